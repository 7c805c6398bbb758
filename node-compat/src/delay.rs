//! How Node reads a timer's duration.

use std::time::Duration;

/// How long a timer waits: whole milliseconds from 1 to 2^31 - 1. As in Node, a fraction is cut off, and whatever is
/// below 1, above 2^31 - 1 or not a number becomes 1.
///
/// ```
/// use std::time::Duration;
/// use node_compat::Delay;
///
/// assert_eq!(Delay::from(20.9).as_millis(), 20);
/// assert_eq!(Delay::from(0).as_millis(), 1);
/// assert_eq!(Delay::from(f64::NAN).as_millis(), 1);
/// assert_eq!(Delay::from(Duration::from_secs(u64::MAX)).as_millis(), 1);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Delay(u32);

impl Delay {
    /// The delay in milliseconds.
    ///
    /// ```
    /// assert_eq!(node_compat::Delay::from(250).as_millis(), 250);
    /// ```
    pub fn as_millis(self) -> u64 {
        self.0.into()
    }
}

impl From<f64> for Delay {
    fn from(millis: f64) -> Self {
        let valid = (1.0..=f64::from(i32::MAX)).contains(&millis);
        Delay(if valid { millis as u32 } else { 1 })
    }
}

impl From<i32> for Delay {
    fn from(millis: i32) -> Self {
        Delay(u32::try_from(millis).unwrap_or(1).max(1))
    }
}

impl From<u64> for Delay {
    fn from(millis: u64) -> Self {
        i32::try_from(millis).map_or(Delay(1), Delay::from)
    }
}

impl From<Duration> for Delay {
    fn from(duration: Duration) -> Self {
        u64::try_from(duration.as_millis()).map_or(Delay(1), Delay::from)
    }
}
