//! The blocking system calls. Each is retried when a signal interrupts it.

pub mod bare;
pub(crate) mod copy;
pub(crate) mod dir;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) mod entries;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[path = "entries_portable.rs"]
pub(crate) mod entries;
pub(crate) mod fd;
pub(crate) mod owner;
pub(crate) mod path;
pub(crate) mod stat;
pub(crate) mod statfs;
pub(crate) mod temp;
pub(crate) mod transfer;
pub(crate) mod tree;
pub(crate) mod whole;

use std::path::Path;

use rustix::fs::{Mode, RawMode, Timestamps};
use rustix::io::{Errno, retry_on_intr};
use uv_sys::Error;

use crate::{FsError, Result};

fn on_fd<T>(syscall: &'static str, call: impl FnMut() -> std::result::Result<T, Errno>) -> Result<T> {
    retry_on_intr(call).map_err(|errno| FsError::new(code(errno), syscall))
}

fn on_path<T>(syscall: &'static str, path: &Path, call: impl FnMut() -> std::result::Result<T, Errno>) -> Result<T> {
    on_fd(syscall, call).map_err(|error| error.with_path(path))
}

fn on_paths<T>(
    syscall: &'static str,
    path: &Path,
    dest: &Path,
    call: impl FnMut() -> std::result::Result<T, Errno>,
) -> Result<T> {
    on_path(syscall, path, call).map_err(|error| error.with_dest(dest))
}

fn code(errno: Errno) -> Error {
    Error::from_raw_errno(errno.raw_os_error())
}

fn permissions(mode: u32) -> Mode {
    Mode::from_raw_mode(mode as RawMode)
}

/// The access and modification times of seconds since the epoch, cut to microseconds as libuv does.
fn timestamps(atime: f64, mtime: f64) -> Timestamps {
    Timestamps { last_access: timespec(atime), last_modification: timespec(mtime) }
}

/// So many seconds fit in no time of the kernel's.
const TOO_FAR: f64 = (1_u64 << 63) as f64;

fn timespec(seconds: f64) -> rustix::fs::Timespec {
    let (tv_sec, tv_nsec) = if seconds.is_nan() {
        (0, rustix::fs::UTIME_OMIT)
    } else if seconds.is_infinite() {
        (0, rustix::fs::UTIME_NOW)
    } else {
        let whole = seconds.trunc();
        if !(-TOO_FAR..TOO_FAR).contains(&whole) {
            // For the kernel to refuse: it takes no such number of nanoseconds.
            return rustix::fs::Timespec { tv_sec: 0, tv_nsec: -1 };
        }
        let nanoseconds = ((seconds - whole) * 1e9) as i64 / 1000 * 1000;
        let borrow = i64::from(nanoseconds < 0);
        (whole as i64 - borrow, (nanoseconds + borrow * 1_000_000_000) as _)
    };
    rustix::fs::Timespec { tv_sec, tv_nsec }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_are_cut_to_microseconds() {
        let parts = |seconds| {
            let time = timespec(seconds);
            (time.tv_sec, time.tv_nsec)
        };
        assert_eq!(parts(0.0), (0, 0));
        assert_eq!(parts(1.5), (1, 500_000_000));
        assert_eq!(parts(1.123456789), (1, 123_456_000));
        assert_eq!(parts(-1.25), (-2, 750_000_000));
        assert_eq!(parts(-1e-20), (0, 0));
        assert_eq!([parts(1e300).1, parts(-1e300).1, parts(TOO_FAR).1], [-1; 3]);
        assert_eq!(parts(-TOO_FAR), (i64::MIN, 0));
        assert_eq!(parts(f64::NAN).1, rustix::fs::UTIME_OMIT);
        assert_eq!(parts(f64::INFINITY).1, rustix::fs::UTIME_NOW);
        assert_eq!(parts(f64::NEG_INFINITY).1, rustix::fs::UTIME_NOW);
    }

    proptest! {
        #[test]
        fn no_time_is_malformed(seconds in prop_oneof![any::<f64>(), -1e10..1e10]) {
            let time = timespec(seconds);
            if seconds.is_finite() && seconds.abs() > 9.3e18 {
                prop_assert_eq!(time.tv_nsec, -1);
                return Ok(());
            }
            let is_special = !seconds.is_finite();
            prop_assert!(is_special || ((0..1_000_000_000).contains(&time.tv_nsec) && time.tv_nsec % 1000 == 0));
            let back = time.tv_sec as f64 + time.tv_nsec as f64 / 1e9;
            prop_assert!(seconds.abs() > 1e10 || (back - seconds).abs() < 2e-6);
        }
    }

    #[test]
    fn an_interrupted_call_is_made_again() {
        let mut calls = 0;
        let result = on_fd("read", || {
            calls += 1;
            if calls < 3 { Err(Errno::INTR) } else { Ok(calls) }
        });
        assert_eq!(result, Ok(3));
    }
}
