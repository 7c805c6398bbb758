//! A child that runs, and how it ends.

use std::cell::Cell;
use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::process::{Pid, WaitId, WaitIdOptions, WaitIdStatus, waitid};

use crate::{Error, Result, os, signal};

/// How a process has ended: what libuv's exit callback is told.
///
/// ```
/// use uv_sys::spawn::{ExitStatus, Spawn};
///
/// let child = Spawn::new(c"sleep", &[c"sleep", c"1000"]).spawn()?;
/// child.kill(uv_sys::signal::SIGTERM)?;
/// let status = child.wait()?;
/// assert_eq!(status, ExitStatus::Signaled(uv_sys::signal::SIGTERM));
/// assert_eq!(status.to_string(), "signal SIGTERM");
/// assert_eq!((status.code(), status.signal()), (None, Some(15)));
/// # Ok::<(), uv_sys::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExitStatus {
    /// By itself, with this code: 0 to 255.
    Exited(i32),
    /// By this signal.
    Signaled(i32),
    /// Nobody knows: other code of the program has waited for the child, or the program [ignores](ExitStatus::Lost)
    /// `SIGCHLD`, and the system (Linux before 6.15) keeps no record of it.
    Lost,
}

impl ExitStatus {
    /// Whether it has ended with code 0.
    ///
    /// ```
    /// use uv_sys::spawn::ExitStatus;
    ///
    /// assert!(ExitStatus::Exited(0).success());
    /// assert!(!ExitStatus::Exited(1).success());
    /// assert!(!ExitStatus::Lost.success());
    /// ```
    #[must_use]
    pub const fn success(self) -> bool {
        matches!(self, ExitStatus::Exited(0))
    }

    /// Its exit code, if it has ended by itself.
    ///
    /// ```
    /// use uv_sys::spawn::ExitStatus;
    ///
    /// assert_eq!(ExitStatus::Exited(3).code(), Some(3));
    /// assert_eq!(ExitStatus::Signaled(9).code(), None);
    /// ```
    #[must_use]
    pub const fn code(self) -> Option<i32> {
        match self {
            ExitStatus::Exited(code) => Some(code),
            _ => None,
        }
    }

    /// The signal that has ended it.
    ///
    /// ```
    /// use uv_sys::spawn::ExitStatus;
    ///
    /// assert_eq!(ExitStatus::Signaled(9).signal(), Some(9));
    /// assert_eq!(ExitStatus::Exited(9).signal(), None);
    /// ```
    #[must_use]
    pub const fn signal(self) -> Option<i32> {
        match self {
            ExitStatus::Signaled(signal) => Some(signal),
            _ => None,
        }
    }

    /// That of `waitpid(2)`.
    pub(super) fn from_wait_status(status: i32) -> ExitStatus {
        match libc::WIFSIGNALED(status) {
            true => ExitStatus::Signaled(libc::WTERMSIG(status)),
            false => ExitStatus::Exited(libc::WEXITSTATUS(status)),
        }
    }
}

impl From<&WaitIdStatus> for ExitStatus {
    fn from(status: &WaitIdStatus) -> ExitStatus {
        match (status.exit_status(), status.terminating_signal()) {
            (Some(code), _) => ExitStatus::Exited(code),
            (None, Some(signal)) => ExitStatus::Signaled(signal),
            (None, None) => ExitStatus::Lost,
        }
    }
}

impl fmt::Display for ExitStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            ExitStatus::Exited(code) => write!(f, "exit code {code}"),
            ExitStatus::Signaled(number) => match signal::name(number) {
                Some(name) => write!(f, "signal {name}"),
                None => write!(f, "signal {number}"),
            },
            ExitStatus::Lost => f.write_str("an unknown end"),
        }
    }
}

/// A child process. Dropping it neither ends it nor waits for it: a child that nobody waits for stays in the system's
/// table when it has ended, for as long as its parent lives.
///
/// ```
/// use std::os::fd::AsFd;
/// use uv_sys::spawn::Spawn;
/// use uv_sys::{Events, Interest, Poller};
///
/// let child = Spawn::new(c"true", &[c"true"]).spawn()?;
/// if let Some(pidfd) = child.pidfd() {
///     let poller = Poller::new()?;
///     poller.add(pidfd, 0, Interest::READABLE)?;
///     poller.wait(&mut Events::with_capacity(1), None)?;
///     assert!(child.try_wait()?.unwrap().success());
/// }
/// # Ok::<(), uv_sys::Error>(())
/// ```
#[derive(Debug)]
pub struct Child {
    pid: Pid,
    pidfd: Option<OwnedFd>,
    status: Cell<Option<ExitStatus>>,
}

impl Child {
    pub(super) fn new(pid: Pid, pidfd: Option<OwnedFd>) -> Child {
        Child { pid, pidfd, status: Cell::new(None) }
    }

    /// Its process id. When it has ended and was waited for, the system may give the number to another process.
    ///
    /// ```
    /// let child = uv_sys::spawn::Spawn::new(c"true", &[c"true"]).spawn()?;
    /// assert!(child.pid() > 0);
    /// # child.wait()?;
    /// # Ok::<(), uv_sys::Error>(())
    /// ```
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.pid.as_raw_pid()
    }

    /// What is readable when it has ended, where the system has that.
    ///
    /// ```
    /// use uv_sys::spawn::Spawn;
    ///
    /// let child = Spawn { without_pidfd: true, ..Spawn::new(c"true", &[c"true"]) }.spawn()?;
    /// assert!(child.pidfd().is_none());
    /// # child.wait()?;
    /// # Ok::<(), uv_sys::Error>(())
    /// ```
    #[must_use]
    pub fn pidfd(&self) -> Option<BorrowedFd<'_>> {
        self.pidfd.as_ref().map(AsFd::as_fd)
    }

    /// Sends it a signal, as `uv_process_kill`; 0 only looks whether it is there.
    ///
    /// # Errors
    ///
    /// `ESRCH` if it has ended and was waited for, `EINVAL` for a number that is no signal, `EPERM` if it has become another
    /// user's.
    ///
    /// ```
    /// use uv_sys::{Error, spawn::Spawn};
    ///
    /// let child = Spawn::new(c"sleep", &[c"sleep", c"1000"]).spawn()?;
    /// child.kill(uv_sys::signal::SIGKILL)?;
    /// child.wait()?;
    /// assert_eq!(child.kill(0), Err(Error::ESRCH));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn kill(&self, signum: i32) -> Result<()> {
        if self.status.get().is_some() {
            return Err(Error::ESRCH);
        }
        match &self.pidfd {
            None => os::kill(self.pid(), signum),
            Some(pidfd) => send_signal(pidfd, signum),
        }
    }

    /// Waits for its end. Known already, it is told again.
    ///
    /// # Errors
    ///
    /// Only the system's, if someone has closed the descriptor.
    ///
    /// ```
    /// use uv_sys::spawn::{ExitStatus, Spawn};
    ///
    /// let child = Spawn::new(c"false", &[c"false"]).spawn()?;
    /// assert_eq!(child.wait()?, ExitStatus::Exited(1));
    /// assert_eq!(child.wait()?, ExitStatus::Exited(1));
    /// # Ok::<(), uv_sys::Error>(())
    /// ```
    pub fn wait(&self) -> Result<ExitStatus> {
        loop {
            if let Some(status) = self.ask(WaitIdOptions::EXITED)? {
                return Ok(status);
            }
        }
    }

    /// How it has ended, or `None` if it hasn't.
    ///
    /// # Errors
    ///
    /// Those of [`wait`](Child::wait).
    ///
    /// ```
    /// use uv_sys::spawn::Spawn;
    ///
    /// let child = Spawn::new(c"sleep", &[c"sleep", c"1000"]).spawn()?;
    /// assert_eq!(child.try_wait()?, None);
    /// child.kill(uv_sys::signal::SIGKILL)?;
    /// # child.wait()?;
    /// # Ok::<(), uv_sys::Error>(())
    /// ```
    pub fn try_wait(&self) -> Result<Option<ExitStatus>> {
        self.ask(WaitIdOptions::EXITED | WaitIdOptions::NOHANG)
    }

    fn ask(&self, options: WaitIdOptions) -> Result<Option<ExitStatus>> {
        if let Some(status) = self.status.get() {
            return Ok(Some(status));
        }
        let status = loop {
            let id = match &self.pidfd {
                Some(pidfd) => WaitId::PidFd(pidfd.as_fd()),
                None => WaitId::Pid(self.pid),
            };
            match waitid(id, options) {
                Ok(None) => return Ok(None),
                Ok(Some(status)) => break ExitStatus::from(&status),
                Err(Errno::INTR) => {}
                Err(Errno::CHILD) => break self.recorded(),
                Err(errno) => return Err(Error::from_raw_errno(errno.raw_os_error())),
            }
        };
        self.status.set(Some(status));
        Ok(Some(status))
    }

    /// Somebody else has waited for it.
    fn recorded(&self) -> ExitStatus {
        match &self.pidfd {
            Some(pidfd) => info::exit_status(pidfd).unwrap_or(ExitStatus::Lost),
            None => ExitStatus::Lost,
        }
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn send_signal(pidfd: &OwnedFd, signum: i32) -> Result<()> {
    let (fd, info) = (pidfd.as_raw_fd(), std::ptr::null::<libc::siginfo_t>());
    // SAFETY: the descriptor is open; without a `siginfo_t` the system makes one itself.
    let result = unsafe { libc::syscall(libc::SYS_pidfd_send_signal, fd, signum, info, 0) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error().into()) }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn send_signal(_: &OwnedFd, _: i32) -> Result<()> {
    Err(Error::ENOSYS)
}

/// What Linux since 6.15 knows of a process that was waited for.
mod info {
    use super::*;

    /// The kernel's `struct pidfd_info`, as it was first.
    #[repr(C)]
    #[derive(Default)]
    struct PidfdInfo {
        mask: u64,
        cgroup: u64,
        ids: [u32; 11],
        exit_code: i32,
    }

    const EXIT: u64 = 1 << 3;

    pub(super) fn exit_status(pidfd: &OwnedFd) -> Option<ExitStatus> {
        // _IOWR(0xff, 11, struct pidfd_info)
        const PIDFD_GET_INFO: u32 = 3 << 30 | (size_of::<PidfdInfo>() as u32) << 16 | 0xff << 8 | 11;
        let mut info = PidfdInfo { mask: EXIT, ..PidfdInfo::default() };
        // SAFETY: the descriptor is open; the number says how much of `info` the system may fill. Where it has another
        // meaning, or none, it is refused for what is no pidfd of that kernel.
        let result = unsafe { libc::ioctl(pidfd.as_raw_fd(), PIDFD_GET_INFO as _, &raw mut info) };
        let is_known = result == 0 && info.mask & EXIT != 0;
        is_known.then(|| ExitStatus::from_wait_status(info.exit_code))
    }
}
