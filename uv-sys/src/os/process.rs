//! The process, and others.

use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// The process's id, as `uv_os_getpid`.
///
/// ```
/// assert_eq!(uv_sys::os::pid() as u32, std::process::id());
/// ```
#[must_use]
pub fn pid() -> i32 {
    rustix::process::getpid().as_raw_pid()
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
#[must_use]
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

/// How willingly the system runs another process: [`set_priority`]'s highest, -20.
///
/// ```
/// assert!(uv_sys::os::PRIORITY_HIGHEST < uv_sys::os::PRIORITY_HIGH);
/// ```
pub const PRIORITY_HIGHEST: i32 = -20;

/// A high priority, -14.
///
/// ```
/// assert!(uv_sys::os::PRIORITY_HIGH < uv_sys::os::PRIORITY_ABOVE_NORMAL);
/// ```
pub const PRIORITY_HIGH: i32 = -14;

/// Above the normal priority, -7.
///
/// ```
/// assert!(uv_sys::os::PRIORITY_ABOVE_NORMAL < uv_sys::os::PRIORITY_NORMAL);
/// ```
pub const PRIORITY_ABOVE_NORMAL: i32 = -7;

/// What a process begins with, as a rule: 0.
///
/// ```
/// assert_eq!(uv_sys::os::PRIORITY_NORMAL, 0);
/// ```
pub const PRIORITY_NORMAL: i32 = 0;

/// Below the normal priority, 10.
///
/// ```
/// assert!(uv_sys::os::PRIORITY_BELOW_NORMAL > uv_sys::os::PRIORITY_NORMAL);
/// ```
pub const PRIORITY_BELOW_NORMAL: i32 = 10;

/// The lowest priority, 19.
///
/// ```
/// assert!(uv_sys::os::PRIORITY_LOW > uv_sys::os::PRIORITY_BELOW_NORMAL);
/// ```
pub const PRIORITY_LOW: i32 = 19;

/// A process's scheduling priority, as `uv_os_getpriority`: from -20, the highest, to 19. 0 means the caller's own
/// process.
///
/// # Errors
///
/// `ESRCH` if there is no such process.
///
/// ```
/// use uv_sys::{Error, os};
///
/// assert_eq!(os::priority(0), os::priority(os::pid()));
/// assert_eq!(os::priority(-1), Err(Error::ESRCH));
/// # Ok::<(), Error>(())
/// ```
pub fn priority(pid: i32) -> Result<i32> {
    Ok(rustix::process::getpriority_process(process(pid)?).map_err(std::io::Error::from)?)
}

/// Sets a process's scheduling priority, as `uv_os_setpriority`.
///
/// # Errors
///
/// `EINVAL` for a priority outside of -20 to 19, `ESRCH` if there is no such process, `EPERM` if it belongs to somebody
/// else, `EACCES` to raise it without the right to.
///
/// ```
/// use uv_sys::{Error, os};
///
/// os::set_priority(0, os::priority(0)?)?;
/// assert_eq!(os::set_priority(0, 20), Err(Error::EINVAL));
/// # Ok::<(), Error>(())
/// ```
pub fn set_priority(pid: i32, priority: i32) -> Result<()> {
    if !(PRIORITY_HIGHEST..=PRIORITY_LOW).contains(&priority) {
        return Err(Error::EINVAL);
    }
    Ok(rustix::process::setpriority_process(process(pid)?, priority).map_err(std::io::Error::from)?)
}

/// `None` means the caller.
fn process(pid: i32) -> Result<Option<rustix::process::Pid>> {
    if pid < 0 { Err(Error::ESRCH) } else { Ok(rustix::process::Pid::from_raw(pid)) }
}

/// The path of the program that runs, as `uv_exepath`.
///
/// # Errors
///
/// The system's: `ENOENT` where there is no `/proc`.
///
/// ```
/// assert!(uv_sys::os::exepath()?.is_absolute());
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub fn exepath() -> Result<PathBuf> {
    // The standard library has no error number for a missing `/proc`.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    return link("/proc/self/exe");
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    Ok(std::env::current_exe()?)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn link(path: &str) -> Result<PathBuf> {
    Ok(std::fs::read_link(path)?)
}

/// The working directory, as `uv_cwd`.
///
/// # Errors
///
/// `ENOENT` if it is removed, `EACCES` if it is hidden from the caller.
///
/// ```
/// assert!(uv_sys::os::cwd()?.is_dir());
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub fn cwd() -> Result<PathBuf> {
    Ok(std::env::current_dir()?)
}

/// Changes the whole process's working directory, as `uv_chdir`.
///
/// # Errors
///
/// Those of `chdir(2)`: `ENOENT`, `ENOTDIR`, `EACCES`, `ELOOP`, `ENAMETOOLONG`; `EINVAL` for a path with a NUL in it.
///
/// ```
/// use uv_sys::{Error, os};
///
/// os::chdir(&os::cwd()?)?;
/// assert_eq!(os::chdir("/no/such/place".as_ref()), Err(Error::ENOENT));
/// # Ok::<(), Error>(())
/// ```
pub fn chdir(directory: &Path) -> Result<()> {
    Ok(std::env::set_current_dir(directory)?)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn a_missing_link_has_an_error_number() {
        assert_eq!(exepath().unwrap(), std::env::current_exe().unwrap());
        assert_eq!(link("/nowhere/self/exe"), Err(Error::ENOENT));
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
        // SIGTERM, and a real-time signal.
        for signal in [15, 63] {
            let mut child = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
            let pid = i32::try_from(child.id()).unwrap();
            kill(pid, 0).unwrap();
            kill(pid, signal).unwrap();
            assert_eq!(child.wait().unwrap().signal(), Some(signal));
            assert_eq!(kill(pid, 0), Err(Error::ESRCH));
        }
    }

    #[test]
    fn priorities_are_the_systems() {
        let child = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        let end = scopeguard(child);
        let own = priority(0).unwrap();
        assert_eq!(priority(pid), Ok(own));
        set_priority(pid, PRIORITY_LOW).unwrap();
        assert_eq!(priority(pid), Ok(PRIORITY_LOW));
        assert_eq!(priority(0), Ok(own));
        for wrong in [-21, 20, i32::MIN, i32::MAX] {
            assert_eq!(set_priority(pid, wrong), Err(Error::EINVAL));
        }
        drop(end);
        for nobody in [pid, -1, i32::MIN, i32::MAX] {
            assert_eq!(priority(nobody), Err(Error::ESRCH));
            assert_eq!(set_priority(nobody, 0), Err(Error::ESRCH));
        }
    }

    /// Ends a child with its scope.
    fn scopeguard(child: std::process::Child) -> impl Drop {
        struct End(std::process::Child);
        impl Drop for End {
            fn drop(&mut self) {
                let _ = self.0.kill().and_then(|()| self.0.wait());
            }
        }
        End(child)
    }
}
