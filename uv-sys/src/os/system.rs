//! The machine and its clock.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::time::ClockId as RawClockId;

use crate::{Error, Result};

/// The system's names, as `uv_os_uname`.
///
/// ```
/// assert!(!uv_sys::os::uname().sysname.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Uname {
    /// The kernel's name: `"Linux"`.
    pub sysname: String,
    /// The host's name.
    pub nodename: String,
    /// The kernel's release: `"6.1.0"`.
    pub release: String,
    /// The kernel's version, with its build's date.
    pub version: String,
    /// The hardware: `"x86_64"`.
    pub machine: String,
}

/// Reads the system's names.
///
/// ```
/// let names = uv_sys::os::uname();
/// println!("{} {} on {}", names.sysname, names.release, names.machine);
/// ```
#[must_use]
pub fn uname() -> Uname {
    let uname = rustix::system::uname();
    let text = |name: &std::ffi::CStr| name.to_string_lossy().into_owned();
    Uname {
        sysname: text(uname.sysname()),
        nodename: text(uname.nodename()),
        release: text(uname.release()),
        version: text(uname.version()),
        machine: text(uname.machine()),
    }
}

/// The host's name, as `uv_os_gethostname`.
///
/// ```
/// assert_eq!(uv_sys::os::hostname(), uv_sys::os::uname().nodename);
/// ```
#[must_use]
pub fn hostname() -> String {
    uname().nodename
}

/// The time since the machine's start, as `uv_uptime`: that of its container, where a `/proc` says so.
///
/// ```
/// assert!(!uv_sys::os::uptime().is_zero());
/// ```
pub fn uptime() -> Duration {
    parse_uptime(&read("/proc/uptime")).unwrap_or_else(boot_time)
}

/// How many processes were running or waiting to, on average over the last 1, 5 and 15 minutes, as `uv_loadavg`.
/// Zeros where the system doesn't say.
///
/// ```
/// let [minute, _, quarter] = uv_sys::os::loadavg();
/// println!("the load is {}", if minute > quarter { "growing" } else { "not growing" });
/// ```
#[must_use]
pub fn loadavg() -> [f64; 3] {
    parse_loadavg(&read("/proc/loadavg")).unwrap_or_default()
}

/// Which clock [`clock_gettime`] reads: `uv_clock_id`. The enum is exhaustive: libuv has these two.
///
/// ```
/// use uv_sys::os::{ClockId, clock_gettime};
///
/// assert_ne!(clock_gettime(ClockId::Realtime), clock_gettime(ClockId::Monotonic));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClockId {
    /// Never goes back, and begins anywhere.
    Monotonic,
    /// The time of day, which may be set.
    Realtime,
}

/// A clock's time, as `uv_timespec64_t`.
///
/// ```
/// use uv_sys::os::{ClockId, clock_gettime};
///
/// assert!(clock_gettime(ClockId::Monotonic).nanoseconds < 1_000_000_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Timespec {
    /// Whole seconds: for [`ClockId::Realtime`] since 1970 began, and negative before.
    pub seconds: i64,
    /// The rest, below a thousand million.
    pub nanoseconds: u32,
}

/// Reads a clock, as `uv_clock_gettime`. (`uv_gettimeofday` is [`ClockId::Realtime`], cut to microseconds.)
///
/// ```
/// use uv_sys::os::{ClockId, clock_gettime};
///
/// let start = clock_gettime(ClockId::Monotonic);
/// assert!(clock_gettime(ClockId::Monotonic) >= start);
/// ```
#[must_use]
pub fn clock_gettime(clock: ClockId) -> Timespec {
    let time = rustix::time::clock_gettime(match clock {
        ClockId::Monotonic => RawClockId::Monotonic,
        ClockId::Realtime => RawClockId::Realtime,
    });
    Timespec { seconds: time.tv_sec, nanoseconds: time.tv_nsec as u32 }
}

/// Fills the buffer with bytes that nobody can foretell, as `uv_random` does when it has no callback. It waits for as
/// long as the system gathers its first ones, early after its start.
///
/// # Errors
///
/// `ENOSYS` and the like, where there is neither `getrandom(2)` nor a `/dev/urandom`.
///
/// ```
/// let (mut a, mut b) = ([0; 16], [0; 16]);
/// uv_sys::os::random(&mut a)?;
/// uv_sys::os::random(&mut b)?;
/// assert_ne!(a, b);
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub fn random(mut buffer: &mut [u8]) -> Result<()> {
    use rustix::io::Errno;
    use rustix::rand::{GetRandomFlags, getrandom};
    while !buffer.is_empty() {
        match getrandom(&mut *buffer, GetRandomFlags::empty()) {
            Ok(count) => buffer = &mut buffer[count..],
            Err(Errno::INTR) => {}
            Err(Errno::NOSYS | Errno::PERM) => return random_from(Path::new("/dev/urandom"), buffer),
            Err(errno) => return Err(Error::from_raw_errno(errno.raw_os_error())),
        }
    }
    Ok(())
}

fn random_from(device: &Path, buffer: &mut [u8]) -> Result<()> {
    use std::io::Read;
    Ok(fs::File::open(device)?.read_exact(buffer)?)
}

/// Empty if there is no such file.
fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn boot_time() -> Duration {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let clock = RawClockId::Boottime;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let clock = RawClockId::Monotonic;
    Duration::try_from(rustix::time::clock_gettime(clock)).unwrap_or_default()
}

fn parse_uptime(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.split_ascii_whitespace().next()?.parse().ok()?).ok()
}

fn parse_loadavg(text: &str) -> Option<[f64; 3]> {
    let mut numbers = text.split_ascii_whitespace().map_while(|number| number.parse().ok());
    Some([numbers.next()?, numbers.next()?, numbers.next()?])
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn what_proc_says_is_read() {
        assert_eq!(parse_uptime("12345.67 98765.43\n"), Some(Duration::from_millis(12_345_670)));
        assert_eq!(parse_loadavg("0.50 1.25 12.00 3/456 7890\n"), Some([0.5, 1.25, 12.0]));
        for nonsense in ["", "\n", "-1 2 x", "1e999"] {
            assert_eq!(parse_uptime(nonsense), None, "{nonsense}");
            assert_eq!(parse_loadavg(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn both_ways_to_the_uptime_agree() {
        let (first, second) = (boot_time(), uptime());
        // The file has hundredths of a second.
        assert!(second + Duration::from_millis(10) >= first, "{first:?} {second:?}");
    }

    #[test]
    fn a_device_is_another_source_of_random_bytes() {
        let mut buffer = [0; 64];
        random_from(Path::new("/dev/urandom"), &mut buffer).unwrap();
        assert_ne!(buffer, [0; 64]);
        assert_eq!(random_from(Path::new("/dev/null"), &mut buffer), Err(Error::EOF));
        assert_eq!(random_from(Path::new("/nowhere"), &mut buffer), Err(Error::ENOENT));
        random(&mut []).unwrap();
    }
}
