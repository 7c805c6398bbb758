//! The times that a file is given.

use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::{Timestamps, UTIME_NOW, UTIME_OMIT};

use crate::Timespec;

/// A time for `utime`, `lutime` and `futime`: a number of seconds, as libuv has it, or one that is exact.
///
/// Of seconds since 1970 it keeps the whole nanoseconds, as libuv since 1.52 (a number near today's tells a quarter of a
/// microsecond apart); infinite ones mean now, and NaN leaves the time as it is.
///
/// ```
/// use uv_fs::{FileTime, sync};
///
/// let (from, to) = (tempfile::NamedTempFile::new()?, tempfile::NamedTempFile::new()?);
/// let stat = sync::stat(from.path())?;
/// sync::utime(to.path(), stat.atime, stat.mtime)?;
/// assert_eq!(sync::stat(to.path())?.mtime, stat.mtime);
/// sync::utime(to.path(), FileTime::OMIT, 1.5)?;
/// assert_eq!(sync::stat(to.path())?.mtime.nsec, 500_000_000);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileTime {
    sec: i64,
    /// Or one of the system's numbers that mean something else.
    nsec: i64,
}

/// So many seconds fit in no time of the kernel's.
const TOO_FAR: f64 = (1_u64 << 63) as f64;

const SECOND: i64 = 1_000_000_000;

impl FileTime {
    /// The time of the call.
    ///
    /// ```
    /// use uv_fs::{FileTime, sync};
    ///
    /// let file = tempfile::NamedTempFile::new()?;
    /// sync::utime(file.path(), 0.0, 0.0)?;
    /// sync::utime(file.path(), 0.0, FileTime::NOW)?;
    /// assert!(sync::stat(file.path())?.mtime.sec > 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[allow(clippy::unnecessary_cast)] // its width differs among platforms
    pub const NOW: FileTime = FileTime { sec: 0, nsec: UTIME_NOW as i64 };

    /// What the file has.
    ///
    /// ```
    /// use uv_fs::{FileTime, sync};
    ///
    /// let file = tempfile::NamedTempFile::new()?;
    /// sync::utime(file.path(), 1.0, 2.0)?;
    /// sync::utime(file.path(), FileTime::OMIT, 3.0)?;
    /// assert_eq!(sync::stat(file.path())?.atime.sec, 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[allow(clippy::unnecessary_cast)] // as above
    pub const OMIT: FileTime = FileTime { sec: 0, nsec: UTIME_OMIT as i64 };

    /// Cut to whole microseconds, towards 1970: as libuv before 1.52, and so Node 20, takes a time.
    ///
    /// ```
    /// use uv_fs::{FileTime, Timespec};
    ///
    /// let exact = Timespec { sec: 1, nsec: 123_456_789 };
    /// let cut = Timespec { sec: 1, nsec: 123_456_000 };
    /// assert_eq!(FileTime::from(exact).in_micros(), FileTime::from(cut));
    /// assert_eq!(FileTime::NOW.in_micros(), FileTime::NOW);
    /// ```
    pub fn in_micros(self) -> FileTime {
        if !(0..SECOND).contains(&self.nsec) {
            return self;
        }
        let rest = self.nsec % 1000;
        match self.nsec - rest {
            cut if self.sec >= 0 || rest == 0 => FileTime { nsec: cut, ..self },
            cut if cut + 1000 == SECOND => FileTime { sec: self.sec + 1, nsec: 0 },
            cut => FileTime { nsec: cut + 1000, ..self },
        }
    }

    fn raw(self) -> rustix::fs::Timespec {
        rustix::fs::Timespec { tv_sec: self.sec, tv_nsec: self.nsec as _ }
    }
}

impl From<f64> for FileTime {
    fn from(seconds: f64) -> FileTime {
        if seconds.is_nan() {
            return FileTime::OMIT;
        }
        if seconds.is_infinite() {
            return FileTime::NOW;
        }
        let whole = seconds.trunc();
        if !(-TOO_FAR..TOO_FAR).contains(&whole) {
            // For the kernel to refuse: it takes no such number of nanoseconds.
            return FileTime { sec: 0, nsec: -1 };
        }
        let nanoseconds = ((seconds - whole) * 1e9) as i64;
        let borrow = i64::from(nanoseconds < 0);
        FileTime { sec: whole as i64 - borrow, nsec: nanoseconds + borrow * SECOND }
    }
}

impl From<Timespec> for FileTime {
    /// A number of nanoseconds that is none, from 1,000,000,000 on, is `EINVAL` at the call.
    fn from(time: Timespec) -> FileTime {
        let is_one = i64::from(time.nsec) < SECOND;
        FileTime { sec: time.sec, nsec: if is_one { time.nsec.into() } else { -1 } }
    }
}

impl From<SystemTime> for FileTime {
    fn from(time: SystemTime) -> FileTime {
        // The clock of the system counts in seconds of 64 bits, too.
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => FileTime { sec: after.as_secs() as i64, nsec: after.subsec_nanos().into() },
            Err(before) => {
                let before = before.duration();
                let nanoseconds = -i64::from(before.subsec_nanos());
                let borrow = i64::from(nanoseconds < 0);
                FileTime { sec: -(before.as_secs() as i64) - borrow, nsec: nanoseconds + borrow * SECOND }
            }
        }
    }
}

/// What the system is given.
pub(crate) fn timestamps(atime: impl Into<FileTime>, mtime: impl Into<FileTime>) -> Timestamps {
    Timestamps { last_access: atime.into().raw(), last_modification: mtime.into().raw() }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn parts(time: impl Into<FileTime>) -> (i64, i64) {
        let time = time.into();
        (time.sec, time.nsec)
    }

    #[test]
    fn times_are_cut_to_nanoseconds() {
        assert_eq!(parts(0.0), (0, 0));
        assert_eq!(parts(1.5), (1, 500_000_000));
        assert_eq!(parts(1.123456789), (1, 123_456_789));
        assert_eq!(parts(-1.25), (-2, 750_000_000));
        assert_eq!(parts(-1e-9), (-1, 999_999_999));
        assert_eq!(parts(-1e-20), (0, 0));
        assert_eq!(parts(1.0 - f64::EPSILON / 2.0), (0, 999_999_999));
        assert_eq!([parts(1e300).1, parts(-1e300).1, parts(TOO_FAR).1], [-1; 3]);
        assert_eq!(parts(-TOO_FAR), (i64::MIN, 0));
        assert_eq!(FileTime::from(f64::NAN), FileTime::OMIT);
        assert_eq!(FileTime::from(f64::INFINITY), FileTime::NOW);
        assert_eq!(FileTime::from(f64::NEG_INFINITY), FileTime::NOW);
    }

    #[test]
    fn a_malformed_time_means_nothing_else() {
        for nsec in [1_000_000_000, UTIME_NOW as u32, UTIME_OMIT as u32, u32::MAX] {
            assert_eq!(parts(Timespec { sec: 1, nsec }), (1, -1));
        }
    }

    #[test]
    fn times_of_the_systems_clock() {
        assert_eq!(parts(UNIX_EPOCH + Duration::new(5, 7)), (5, 7));
        assert_eq!(parts(UNIX_EPOCH - Duration::from_secs(2)), (-2, 0));
        assert_eq!(parts(UNIX_EPOCH - Duration::new(1, 1)), (-2, 999_999_999));
    }

    proptest! {
        #[test]
        fn no_number_is_malformed(seconds in prop_oneof![any::<f64>(), -1e10..1e10, 9.2e18..9.3e18, -9.3e18..-9.2e18]) {
            let (sec, nsec) = parts(seconds);
            if seconds.is_finite() && !(-TOO_FAR..TOO_FAR).contains(&seconds) {
                prop_assert_eq!(nsec, -1);
                return Ok(());
            }
            prop_assert!(!seconds.is_finite() || (0..SECOND).contains(&nsec));
            // Of a nanosecond, and of what a number of this size tells apart.
            let back = sec as f64 + nsec as f64 / 1e9;
            prop_assert!(seconds.abs() > 1e10 || (back - seconds).abs() < 1e-9 + seconds.abs() * f64::EPSILON);
        }

        #[test]
        fn microseconds_are_cut_towards_the_epoch(sec in -1_000_000..1_000_000_i64, nsec in 0..SECOND) {
            let (cut_sec, cut_nsec) = parts(FileTime { sec, nsec }.in_micros());
            prop_assert_eq!(cut_sec * SECOND + cut_nsec, (sec * SECOND + nsec) / 1000 * 1000);
            prop_assert!((0..SECOND).contains(&cut_nsec));
        }
    }
}
