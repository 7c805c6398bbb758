//! What the process has used.

use std::fs;
use std::time::Duration;

use rustix::time::ClockId;

use crate::{Error, Result};

/// The processor time that the process has used: in its own code, and in the kernel for it. The sum is exact; how it
/// is shared is known to a tick of the system (a hundredth of a second, as a rule), and where there is no `/proc` all
/// of it counts as the process's own.
///
/// ```
/// let (user, system) = uv_sys::os::cpu_time();
/// assert!(user + system > std::time::Duration::ZERO);
/// ```
#[must_use]
pub fn cpu_time() -> (Duration, Duration) {
    let total = rustix::time::clock_gettime(ClockId::ProcessCPUTime);
    let total = Duration::try_from(total).unwrap_or_default();
    let tick = Duration::from_secs(1) / rustix::param::clock_ticks_per_second() as u32;
    let ticks = stat_field(14).and_then(|ticks| u32::try_from(ticks).ok());
    let system = tick.saturating_mul(ticks.unwrap_or(0)).min(total);
    (total - system, system)
}

/// The memory of the process that is in RAM, in bytes, as `uv_resident_set_memory`.
///
/// # Errors
///
/// `ENOSYS` where the system has no `/proc`.
///
/// ```
/// assert!(uv_sys::os::resident_set_memory()? > 0);
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub fn resident_set_memory() -> Result<u64> {
    let pages = stat_field(23).ok_or(Error::ENOSYS)?;
    Ok(pages.saturating_mul(rustix::param::page_size() as u64))
}

/// What a process or a thread has used of the system, as `uv_rusage_t`. What the system doesn't count is 0.
///
/// ```
/// assert!(uv_sys::os::rusage()?.maxrss > 0);
/// # Ok::<(), uv_sys::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rusage {
    /// Processor time in its own code.
    pub utime: Duration,
    /// Processor time in the kernel.
    pub stime: Duration,
    /// The most memory that it had in RAM, in kilobytes.
    pub maxrss: u64,
    /// Shared memory, over time. Linux doesn't count it.
    pub ixrss: u64,
    /// Its own data, over time. Linux doesn't count it.
    pub idrss: u64,
    /// Its stack, over time. Linux doesn't count it.
    pub isrss: u64,
    /// Page faults that needed no input.
    pub minflt: u64,
    /// Page faults that did.
    pub majflt: u64,
    /// How often it was swapped out. Linux doesn't count it.
    pub nswap: u64,
    /// Blocks read from a file system.
    pub inblock: u64,
    /// Blocks written to one.
    pub oublock: u64,
    /// Messages sent. Linux doesn't count them.
    pub msgsnd: u64,
    /// Messages received. Linux doesn't count them.
    pub msgrcv: u64,
    /// Signals. Linux doesn't count them.
    pub nsignals: u64,
    /// How often it gave the processor away, to wait for something.
    pub nvcsw: u64,
    /// How often the processor was taken away from it.
    pub nivcsw: u64,
}

/// What the process has used, with all its threads, as `uv_getrusage`.
///
/// # Errors
///
/// None on the systems that are known.
///
/// ```
/// let usage = uv_sys::os::rusage()?;
/// println!("{:?} and {} page faults", usage.utime, usage.minflt);
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub fn rusage() -> Result<Rusage> {
    usage_of(libc::RUSAGE_SELF)
}

/// What the calling thread has used, as `uv_getrusage_thread`.
///
/// # Errors
///
/// `ENOTSUP` where the system counts by processes alone.
///
/// ```
/// assert!(uv_sys::os::rusage_thread()?.utime <= uv_sys::os::rusage()?.utime);
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub fn rusage_thread() -> Result<Rusage> {
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd", target_os = "openbsd"))]
    return usage_of(libc::RUSAGE_THREAD);
    #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd", target_os = "openbsd")))]
    return Err(Error::ENOTSUP);
}

fn usage_of(who: libc::c_int) -> Result<Rusage> {
    // SAFETY: zero is a valid value of every field, and the struct outlives the call that fills it.
    let raw = unsafe {
        let mut raw: libc::rusage = std::mem::zeroed();
        if libc::getrusage(who, &raw mut raw) != 0 {
            return Err(std::io::Error::last_os_error().into());
        }
        raw
    };
    let time = |time: libc::timeval| Duration::new(time.tv_sec as u64, time.tv_usec as u32 * 1000);
    Ok(Rusage {
        utime: time(raw.ru_utime),
        stime: time(raw.ru_stime),
        maxrss: raw.ru_maxrss as u64,
        ixrss: raw.ru_ixrss as u64,
        idrss: raw.ru_idrss as u64,
        isrss: raw.ru_isrss as u64,
        minflt: raw.ru_minflt as u64,
        majflt: raw.ru_majflt as u64,
        nswap: raw.ru_nswap as u64,
        inblock: raw.ru_inblock as u64,
        oublock: raw.ru_oublock as u64,
        msgsnd: raw.ru_msgsnd as u64,
        msgrcv: raw.ru_msgrcv as u64,
        nsignals: raw.ru_nsignals as u64,
        nvcsw: raw.ru_nvcsw as u64,
        nivcsw: raw.ru_nivcsw as u64,
    })
}

/// A field of `/proc/self/stat`, counted from 0; the second one may hold blanks and ends with the last parenthesis.
fn stat_field(at: usize) -> Option<u64> {
    parse_stat_field(&fs::read("/proc/self/stat").ok()?, at)
}

/// The name is cut to fifteen bytes, also within a character: the line need not be UTF-8.
fn parse_stat_field(stat: &[u8], at: usize) -> Option<u64> {
    let end = stat.iter().rposition(|&byte| byte == b')')?;
    let rest = std::str::from_utf8(&stat[end + 1..]).ok()?;
    rest.split_ascii_whitespace().nth(at - 2)?.parse().ok()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_process_may_have_any_name() {
        let line = b"42 (a) b\xff 7) R 1 2 3 4 5 6 7 8 9 10 11 12\n";
        assert_eq!(parse_stat_field(line, 3), Some(1));
        assert_eq!(parse_stat_field(line, 14), Some(12));
        assert_eq!(parse_stat_field(line, 15), None);
        assert_eq!(parse_stat_field(b"", 3), None);
    }

    #[test]
    fn work_takes_processor_time() {
        let sum = |(user, system): (Duration, Duration)| user + system;
        let start = sum(cpu_time());
        while sum(cpu_time()) <= start {}
    }

    #[test]
    fn a_threads_usage_is_its_own() {
        let work = || {
            let start = rusage_thread().unwrap();
            while rusage_thread().unwrap().utime <= start.utime {}
            rusage_thread().unwrap()
        };
        let first = std::thread::spawn(work).join().unwrap();
        let total = rusage().unwrap();
        assert!(total.utime >= first.utime && total.minflt >= first.minflt && total.maxrss >= first.maxrss);
        let quiet = std::thread::spawn(|| rusage_thread().unwrap()).join().unwrap();
        assert!(quiet.nvcsw <= rusage().unwrap().nvcsw);
    }
}
