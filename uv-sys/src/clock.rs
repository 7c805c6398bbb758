use std::fmt;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::{Error, Result};

/// A monotonic clock: what an event loop takes its time from.
///
/// ```
/// use std::time::Duration;
/// use uv_sys::{Clock, ManualClock, MonotonicClock};
///
/// fn elapsed(clock: &dyn Clock, work: impl FnOnce()) -> Duration {
///     let start = clock.now();
///     work();
///     clock.now() - start
/// }
///
/// let manual = ManualClock::new();
/// assert_eq!(elapsed(&manual, || manual.advance(Duration::from_secs(3600))).as_secs(), 3600);
/// elapsed(&MonotonicClock, || ());
/// ```
pub trait Clock {
    /// The time since an arbitrary origin. Never less than an earlier answer.
    fn now(&self) -> Duration;

    /// Asked by a loop that is about to block for `timeout`, after which a timer is due. True: the
    /// clock has moved itself ahead by `timeout`, and the loop does not block. A timeout of zero
    /// moves nothing and only asks whether the clock can.
    ///
    /// The default is false: real time passes by itself.
    fn skip(&self, timeout: Duration) -> bool {
        let _ = timeout;
        false
    }
}

macro_rules! forward {
    ($($pointer:ty),*) => {$(
        impl<C: Clock + ?Sized> Clock for $pointer {
            fn now(&self) -> Duration {
                (**self).now()
            }

            fn skip(&self, timeout: Duration) -> bool {
                (**self).skip(timeout)
            }
        }
    )*};
}

forward!(&C, Box<C>, Rc<C>, Arc<C>);

/// The system's monotonic clock in nanoseconds; follows libuv's `uv_hrtime`.
///
/// Every process of the machine reads the same time. On Linux the origin is the start of the
/// machine, and time it spent suspended does not count.
///
/// ```
/// use uv_sys::{Clock, MonotonicClock};
///
/// let start = MonotonicClock.now();
/// assert!(MonotonicClock.now() >= start);
/// ```
#[derive(Copy, Clone, Debug, Default)]
pub struct MonotonicClock;

impl Clock for MonotonicClock {
    fn now(&self) -> Duration {
        let now = clock_gettime(ClockId::Monotonic);
        Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
    }
}

/// A clock that moves only when it is told to: hours of timers run in microseconds.
///
/// Clones are the same clock. It may be shared with other threads.
///
/// ```
/// use std::time::Duration;
/// use uv_sys::{Clock, ManualClock};
///
/// let clock = ManualClock::new();
/// let same = clock.clone();
/// same.advance(Duration::from_millis(1500));
/// assert_eq!(clock.now(), Duration::from_millis(1500));
/// ```
#[derive(Clone, Default)]
pub struct ManualClock {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    now: Mutex<Duration>,
    auto: AtomicBool,
}

impl ManualClock {
    /// A clock at zero that moves only by [`advance`](Self::advance) and [`set`](Self::set). A loop
    /// whose timers are not due blocks in real time, as with any clock.
    ///
    /// ```
    /// use std::time::Duration;
    /// use uv_sys::{Clock, ManualClock};
    ///
    /// let clock = ManualClock::new();
    /// assert_eq!(clock.now(), Duration::ZERO);
    /// assert!(!clock.skip(Duration::from_secs(1)));
    /// ```
    #[must_use]
    pub fn new() -> ManualClock {
        ManualClock::default()
    }

    /// A clock at zero that also moves whenever a loop would block, by the time that the loop would
    /// have blocked.
    ///
    /// ```
    /// use std::time::Duration;
    /// use uv_sys::{Clock, ManualClock};
    ///
    /// let clock = ManualClock::new_auto();
    /// assert!(clock.skip(Duration::from_secs(3600)));
    /// assert_eq!(clock.now(), Duration::from_secs(3600));
    /// ```
    #[must_use]
    pub fn new_auto() -> ManualClock {
        ManualClock::new().auto_advance(true)
    }

    /// Sets whether [`skip`](Clock::skip) moves the clock; for all of its clones.
    ///
    /// ```
    /// use std::time::Duration;
    /// use uv_sys::{Clock, ManualClock};
    ///
    /// let clock = ManualClock::new_auto().auto_advance(false);
    /// assert!(!clock.skip(Duration::from_secs(1)));
    /// ```
    #[must_use]
    pub fn auto_advance(self, on: bool) -> ManualClock {
        self.shared.auto.store(on, Ordering::Relaxed);
        self
    }

    /// Moves the clock ahead. It stops at [`Duration::MAX`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use uv_sys::{Clock, ManualClock};
    ///
    /// let clock = ManualClock::new();
    /// clock.advance(Duration::from_nanos(1));
    /// clock.advance(Duration::MAX);
    /// assert_eq!(clock.now(), Duration::MAX);
    /// ```
    pub fn advance(&self, by: Duration) {
        self.change(|now| *now = now.saturating_add(by));
    }

    /// Moves the clock to a time since its origin.
    ///
    /// # Errors
    ///
    /// `EINVAL` for a time before [`now`](Clock::now): the clock stays where it is, as no monotonic
    /// clock goes back.
    ///
    /// ```
    /// use std::time::Duration;
    /// use uv_sys::{Clock, Error, ManualClock};
    ///
    /// let clock = ManualClock::new();
    /// clock.set(Duration::from_secs(60))?;
    /// assert_eq!(clock.set(Duration::from_secs(59)), Err(Error::EINVAL));
    /// assert_eq!(clock.now(), Duration::from_secs(60));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn set(&self, to: Duration) -> Result<()> {
        self.change(|now| {
            if to < *now {
                return Err(Error::EINVAL);
            }
            *now = to;
            Ok(())
        })
    }

    fn change<T>(&self, change: impl FnOnce(&mut Duration) -> T) -> T {
        // No change leaves the time half made, so a poisoned lock is as good as any.
        let mut now = self.shared.now.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut now)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Duration {
        self.change(|now| *now)
    }

    fn skip(&self, timeout: Duration) -> bool {
        let auto = self.shared.auto.load(Ordering::Relaxed);
        if auto {
            self.advance(timeout);
        }
        auto
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManualClock")
            .field("now", &self.now())
            .field("auto_advance", &self.shared.auto.load(Ordering::Relaxed))
            .finish()
    }
}
