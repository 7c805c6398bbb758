//! The two ways to make a child, and how its parent hears that it has failed.

use std::ffi::{c_int, c_void};
use std::io::{self, Read};
use std::mem::{self, MaybeUninit};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr;
use std::sync::atomic::Ordering;

use rustix::io::Errno;
use rustix::process::{Pid, WaitOptions, waitpid};

use super::plan::Plan;
use super::{Child, Method, Spawn, child};
use crate::{Error, Result};

pub(super) fn start(spawn: &Spawn<'_>) -> Result<Child> {
    let mut plan = Plan::new(spawn)?;
    let keeps_user = spawn.uid.is_none() && spawn.gid.is_none();
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if spawn.method == Method::Vfork && keeps_user {
        return vfork::start(&mut plan, !spawn.without_pidfd);
    }
    let _ = (keeps_user, Method::Vfork);
    fork(&mut plan, !spawn.without_pidfd)
}

/// What the call that makes a child has returned.
fn made(pid: c_int) -> io::Result<Pid> {
    match pid {
        1.. => Ok(Pid::from_raw(pid).expect("a number above zero")),
        _ => Err(io::Error::last_os_error()),
    }
}

/// A child of which nothing is to be left.
fn bury(pid: Pid) {
    // It is gone already if `SIGCHLD` is ignored.
    while waitpid(Some(pid), WaitOptions::empty()).is_err_and(|errno| errno == Errno::INTR) {}
}

/// Whether the child has its program is told by a pipe: the program's start closes it.
fn fork(plan: &mut Plan, with_pidfd: bool) -> Result<Child> {
    let (mut reader, writer) = io::pipe()?;
    // SAFETY: it touches no memory. The copy is where none of the child's descriptors will be.
    let number = unsafe { libc::fcntl(writer.as_raw_fd(), libc::F_DUPFD_CLOEXEC, plan.stdio.len() as c_int) };
    if number < 0 {
        return Err(io::Error::last_os_error().into());
    }
    // SAFETY: it is open, and nobody else's.
    let report = unsafe { OwnedFd::from_raw_fd(number) };
    drop(writer);

    let blocked = SignalsBlocked::new();
    // SAFETY: the child calls nothing that is unsafe in the child of a process with threads, and does not come back.
    let pid = match unsafe { libc::fork() } {
        // SAFETY: this is a new process with all signals blocked, and ends here; the plan is what its parent has made.
        0 => unsafe {
            let errno = child::run(plan).to_ne_bytes();
            libc::write(report.as_raw_fd(), errno.as_ptr().cast(), errno.len());
            libc::_exit(127);
        },
        pid => made(pid),
    };
    drop(blocked);
    let pid = pid?;
    drop(report);

    let mut errno = [0; mem::size_of::<c_int>()];
    match reader.read_exact(&mut errno) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {}
        Err(error) => {
            bury_alive(pid);
            return Err(error.into());
        }
        Ok(()) => {
            bury(pid);
            return Err(Error::from_raw_errno(c_int::from_ne_bytes(errno)));
        }
    }
    // Its place is the pidfd's, if there is no other.
    drop(reader);
    let pidfd = match with_pidfd.then(|| open_pidfd(pid)) {
        None | Some(Err(Error::ENOSYS)) => None,
        Some(Ok(pidfd)) => Some(pidfd),
        // It has ended, and somebody has waited for it already.
        Some(Err(Error::ESRCH)) => None,
        Some(Err(error)) => {
            bury_alive(pid);
            return Err(error);
        }
    };
    Ok(Child::new(pid, pidfd))
}

fn bury_alive(pid: Pid) {
    let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
    bury(pid);
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn open_pidfd(pid: Pid) -> Result<OwnedFd> {
    let pidfd = rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty());
    pidfd.map_err(|errno| Error::from_raw_errno(errno.raw_os_error()))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn open_pidfd(_: Pid) -> Result<OwnedFd> {
    Err(Error::ENOSYS)
}

/// All signals: a child begins with none of its parent's handlers able to run.
struct SignalsBlocked(libc::sigset_t);

impl SignalsBlocked {
    fn new() -> SignalsBlocked {
        // SAFETY: zero is a valid value of a set; the functions fill theirs.
        unsafe {
            let (mut all, mut before): (libc::sigset_t, libc::sigset_t) = (mem::zeroed(), mem::zeroed());
            libc::sigfillset(&raw mut all);
            mask(&raw const all, &raw mut before);
            SignalsBlocked(before)
        }
    }
}

impl Drop for SignalsBlocked {
    fn drop(&mut self) {
        // SAFETY: the set is what this thread's was.
        unsafe { mask(&raw const self.0, ptr::null_mut()) };
    }
}

/// Sets the thread's mask. The C library's function would leave out the signals that it uses itself, of which one interrupts
/// system calls of a thread.
unsafe fn mask(set: *const libc::sigset_t, old: *mut libc::sigset_t) {
    // SAFETY: the caller's: the kernel's sets are a beginning of the C library's.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    unsafe {
        libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK, set, old, 8);
    }
    // SAFETY: the caller's.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    unsafe {
        libc::pthread_sigmask(libc::SIG_SETMASK, set, old);
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod vfork {
    use super::*;

    /// The child's functions use a small part of it, and the C library's another.
    const STACK: usize = 32 << 10;

    /// The child runs on a stack of its own in this process's memory, while this thread waits. It says there what has gone
    /// wrong.
    pub(super) fn start(plan: &mut Plan, with_pidfd: bool) -> Result<Child> {
        let mut stack = Vec::<MaybeUninit<u8>>::with_capacity(STACK);
        let end = stack.as_mut_ptr().wrapping_add(STACK);
        let top = end.wrapping_sub(end as usize % 16);
        let (mut pidfd, mut flags) = (-1 as c_int, libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD);
        if with_pidfd {
            flags |= libc::CLONE_PIDFD;
        }
        let (plan_pointer, pidfd_pointer) = (ptr::from_mut(plan), &raw mut pidfd);
        let blocked = SignalsBlocked::new();
        // SAFETY: the child uses the stack and the plan, both of which are there until it has a memory of its own: until
        // then this thread waits. What it changes is its parent's memory, where nobody else looks: the plan, its stack, and
        // this thread's `errno`. It runs with the thread's signals blocked and handlers reset, and does not come back.
        let pid = unsafe { libc::clone(main, top.cast(), flags, plan_pointer.cast(), pidfd_pointer) };
        let pid = made(pid);
        drop(blocked);
        drop(stack);
        let pid = pid?;
        // SAFETY: the system has just made it. Before Linux 5.2 it makes none.
        let pidfd = (pidfd >= 0).then(|| unsafe { OwnedFd::from_raw_fd(pidfd) });
        match plan.errno.load(Ordering::Relaxed) {
            0 => Ok(Child::new(pid, pidfd)),
            errno => {
                bury(pid);
                Err(Error::from_raw_errno(errno))
            }
        }
    }

    extern "C" fn main(plan: *mut c_void) -> c_int {
        // SAFETY: it is the plan that `start` has lent, and this a new process with all signals blocked. It ends here.
        unsafe {
            let plan = &mut *plan.cast::<Plan>();
            let errno = child::run(plan);
            plan.errno.store(errno, Ordering::Relaxed);
            libc::_exit(127)
        }
    }
}
