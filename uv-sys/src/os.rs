//! What a runtime asks its system about itself.

use std::fs;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};
use rustix::time::ClockId;

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

/// The processor time that the process has used: in its own code, and in the kernel for it. The sum is exact; how it
/// is shared is known to a tick of the system (a hundredth of a second, as a rule), and where there is no `/proc` all
/// of it counts as the process's own.
///
/// ```
/// let (user, system) = uv_sys::os::cpu_time();
/// assert!(user + system > std::time::Duration::ZERO);
/// ```
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
    Ok(pages * rustix::param::page_size() as u64)
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

/// The process's ids.
///
/// ```
/// assert!(uv_sys::os::ids().ppid > 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ids {
    /// The parent's process id, 0 if it is outside of the process's namespace.
    pub ppid: i32,
    /// The real user's id.
    pub uid: u32,
    /// The effective user's id.
    pub euid: u32,
    /// The real group's id.
    pub gid: u32,
    /// The effective group's id.
    pub egid: u32,
}

/// Reads the process's ids.
///
/// ```
/// let ids = uv_sys::os::ids();
/// println!("user {} of group {}", ids.uid, ids.gid);
/// ```
pub fn ids() -> Ids {
    use rustix::process::{getegid, geteuid, getgid, getppid, getuid};
    Ids {
        ppid: getppid().map_or(0, |pid| pid.as_raw_nonzero().get()),
        uid: getuid().as_raw(),
        euid: geteuid().as_raw(),
        gid: getgid().as_raw(),
        egid: getegid().as_raw(),
    }
}

/// The ids of the groups that the process is in beside its own.
///
/// # Errors
///
/// What `getgroups(2)` says.
///
/// ```
/// println!("{:?}", uv_sys::os::groups()?);
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub fn groups() -> Result<Vec<u32>> {
    let groups = rustix::process::getgroups().map_err(|errno| Error::from_raw_errno(errno.raw_os_error()))?;
    Ok(groups.into_iter().map(|group| group.as_raw()).collect())
}

/// Sets which permissions new files do not get, and returns what was set before; `None` only reads it (which is a
/// set and a reset: another thread may see the gap).
///
/// ```
/// let mask = uv_sys::os::umask(None);
/// assert_eq!(uv_sys::os::umask(Some(mask)), mask);
/// ```
pub fn umask(mask: Option<u32>) -> u32 {
    use rustix::fs::Mode;
    let old = rustix::process::umask(Mode::from_bits_truncate(mask.unwrap_or(0)));
    if mask.is_none() {
        rustix::process::umask(old);
    }
    old.bits()
}

/// Sends a signal, as `uv_kill`: 0 only checks that it could be sent. A negative `pid` means a process group, 0 the
/// caller's own, -1 every process that the caller may signal.
///
/// # Errors
///
/// `ESRCH` if there is no such process, `EPERM` if it belongs to somebody else, `EINVAL` for a number that is no
/// signal.
///
/// ```
/// uv_sys::os::kill(i32::try_from(std::process::id()).unwrap(), 0)?;
/// assert_eq!(uv_sys::os::kill(0x7fff_fff0, 0), Err(uv_sys::Error::ESRCH));
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub fn kill(pid: i32, signal: i32) -> Result<()> {
    use std::ffi::c_int;

    // rustix knows neither the real-time signals nor the process id -1.
    // SAFETY: POSIX declares the function so, and it touches no memory.
    unsafe extern "C" {
        #[link_name = "kill"]
        safe fn c_kill(pid: c_int, signal: c_int) -> c_int;
    }

    match c_kill(pid, signal) {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error().into()),
    }
}

/// Writes all of `bytes`, and waits where it must: also on a descriptor that another process has made non-blocking,
/// as a shell's terminal often is.
///
/// # Errors
///
/// What `write(2)` says: `EPIPE` if nobody reads any more, `ENOSPC`, `EIO`. Part of the bytes may be written then.
///
/// ```
/// use std::io::Read;
/// use std::os::fd::AsFd;
///
/// let (mut reader, writer) = std::io::pipe()?;
/// uv_sys::os::write_all(writer.as_fd(), b"all of it")?;
/// drop(writer);
/// let mut text = String::new();
/// reader.read_to_string(&mut text)?;
/// assert_eq!(text, "all of it");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write_all(fd: BorrowedFd<'_>, mut bytes: &[u8]) -> Result<()> {
    use rustix::io::Errno;
    while !bytes.is_empty() {
        match rustix::io::write(fd, bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                let mut wanted = [PollFd::new(&fd, PollFlags::OUT)];
                match rustix::event::poll(&mut wanted, None) {
                    Ok(_) | Err(Errno::INTR) => {}
                    Err(errno) => return Err(Error::from_raw_errno(errno.raw_os_error())),
                }
            }
            Err(errno) => return Err(Error::from_raw_errno(errno.raw_os_error())),
        }
    }
    Ok(())
}

/// Standard input, for as long as the process runs.
///
/// ```
/// use std::io::IsTerminal;
///
/// println!("{}", uv_sys::os::stdin().is_terminal());
/// ```
pub fn stdin() -> BorrowedFd<'static> {
    rustix::stdio::stdin()
}

/// Standard output, for as long as the process runs; without the buffer and the lock of std's.
///
/// ```
/// uv_sys::os::write_all(uv_sys::os::stdout(), b"to stdout\n")?;
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub fn stdout() -> BorrowedFd<'static> {
    rustix::stdio::stdout()
}

/// Standard error, for as long as the process runs.
///
/// ```
/// uv_sys::os::write_all(uv_sys::os::stderr(), b"to stderr\n")?;
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub fn stderr() -> BorrowedFd<'static> {
    rustix::stdio::stderr()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::fd::AsFd;

    #[test]
    fn a_non_blocking_pipe_takes_more_than_it_holds() {
        let (mut reader, writer) = std::io::pipe().unwrap();
        rustix::io::ioctl_fionbio(&writer, true).unwrap();
        let sent = vec![7; 1 << 20];
        let read = std::thread::spawn(move || {
            let mut all = Vec::new();
            reader.read_to_end(&mut all).map(|_| all)
        });
        write_all(writer.as_fd(), &sent).unwrap();
        drop(writer);
        assert!(read.join().unwrap().unwrap() == sent);
    }

    #[test]
    fn a_pipe_without_a_reader_is_an_error() {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        assert_eq!(write_all(writer.as_fd(), b"x"), Err(Error::EPIPE));
    }

    #[test]
    fn signals_that_are_none_are_refused() {
        let me = i32::try_from(std::process::id()).unwrap();
        assert_eq!(kill(me, -1), Err(Error::EINVAL));
        assert_eq!(kill(me, 1000), Err(Error::EINVAL));
        assert_eq!(kill(i32::MIN, 0), Err(Error::ESRCH));
    }

    #[test]
    fn a_signal_ends_another_process() {
        use std::os::unix::process::ExitStatusExt;
        // SIGTERM, and the last of the real-time signals.
        for signal in [15, 64] {
            let mut child = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
            let pid = i32::try_from(child.id()).unwrap();
            kill(pid, 0).unwrap();
            kill(pid, signal).unwrap();
            assert_eq!(child.wait().unwrap().signal(), Some(signal));
            assert_eq!(kill(pid, 0), Err(Error::ESRCH));
        }
    }

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
}
