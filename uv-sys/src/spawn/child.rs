//! What a child does until it runs its program. It may share its parent's memory, whose other threads go on, or be the copy
//! of a process whose threads hold locks: so there are system calls here, and nothing that allocates, locks or panics.

use std::convert::Infallible;
use std::ffi::{c_int, c_uint};
use std::io;
use std::os::fd::RawFd;

use super::plan::{Plan, SHELL};

/// What a new process still shares with its parent.
#[derive(Clone, Copy)]
pub(super) struct Shared {
    /// The parent's handlers, which would run in the parent's memory.
    pub(super) handlers: bool,
    /// The table of descriptors.
    pub(super) files: bool,
}

/// Comes back only with what went wrong: an errno.
///
/// # Safety
///
/// To be called in a new process, with all signals blocked. What the plan points to must be there.
pub(super) unsafe fn run(plan: &mut Plan, shared: Shared) -> c_int {
    // SAFETY: the caller's.
    match unsafe { prepare(plan, shared).and_then(|()| exec(plan)) } {
        Err(errno) => errno,
    }
}

type Result<T> = std::result::Result<T, c_int>;

unsafe fn prepare(plan: &mut Plan, shared: Shared) -> Result<()> {
    reset_signals(shared.handlers);
    // Where the table of descriptors ends, if that is known.
    let mut end = c_uint::MAX;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if shared.files {
        end = plan.stdio().iter().fold(2, |highest, &fd| fd.max(highest)) as c_uint + 1;
        if !own_files(end)? {
            end = c_uint::MAX;
        }
    }
    if plan.detached {
        // SAFETY: it touches no memory. It fails for the leader of a group, which a new process is not.
        unsafe { libc::setsid() };
    }
    if let Some(group) = plan.process_group {
        // SAFETY: it touches no memory.
        check(unsafe { libc::setpgid(0, group) })?;
    }
    if !plan.inherit && end > 3 {
        close_on_exec_from(3);
    }
    place(plan.stdio_mut())?;
    if !plan.cwd.is_null() {
        // SAFETY: it is a text that ends with NUL.
        check(unsafe { libc::chdir(plan.cwd) })?;
    }
    become_user(plan.uid, plan.gid)
}

/// Tries one path after the other, as `execvp`: of their errors the last is told, or that one must not be run. What is no
/// program is a script, of the shell's.
unsafe fn exec(plan: &mut Plan) -> Result<Infallible> {
    let (mut last, mut is_forbidden) = (libc::ENOENT, false);
    unblock_signals();
    for place in 0..plan.paths().len() {
        if place > 0 && plan.paths()[place - 1] != 0 {
            continue;
        }
        let path = plan.paths()[place..].as_ptr().cast();
        // SAFETY: the path, and each of the arguments and of the environment, is a text that ends with NUL, and the lists
        // end with a null.
        unsafe { libc::execve(path, plan.args(), plan.env()) };
        last = errno();
        match last {
            libc::EACCES => is_forbidden = true,
            libc::ENOENT | libc::ENOTDIR | libc::ESTALE | libc::ENODEV | libc::ETIMEDOUT => {}
            libc::ENOEXEC => {
                // SAFETY: as above; the path is the plan's own.
                unsafe { libc::execve(SHELL.as_ptr(), plan.script_args(path), plan.env()) };
                return Err(errno());
            }
            _ => return Err(last),
        }
    }
    Err(if is_forbidden { libc::EACCES } else { last })
}

/// The standard disposition for all signals; libuv leaves out the real-time signals, as this does unless the parent's handlers
/// of them could still be called. So it comes before any signal is unblocked.
fn reset_signals(also_real_time: bool) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        /// The kernel's `struct sigaction`, of zeros: the C library would refuse the signals that it uses itself.
        #[repr(C, align(8))]
        struct Default([u8; 64]);
        let action = Default([0; 64]);
        for signum in 1..=if also_real_time { 64 } else { 31 } {
            if signum != libc::SIGKILL && signum != libc::SIGSTOP {
                let old = std::ptr::null_mut::<u8>();
                // SAFETY: the structure is no longer than `action`; the mask has as many bytes as the last argument says.
                unsafe { libc::syscall(libc::SYS_rt_sigaction, signum, &raw const action, old, 8) };
            }
        }
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    for signum in 1..32 {
        let _ = also_real_time;
        // SAFETY: no function is named.
        unsafe { libc::signal(signum, libc::SIG_DFL) };
    }
}

/// A table of its own, of the descriptors below `end`: those of a parent that has many more are not even copied. Whether it ends
/// there; before Linux 5.9 it has them all.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn own_files(end: c_uint) -> Result<bool> {
    const CLOSE_RANGE_UNSHARE: c_uint = 2;
    // SAFETY: the calls touch no memory.
    unsafe {
        match libc::syscall(libc::SYS_close_range, end, c_uint::MAX, CLOSE_RANGE_UNSHARE) {
            0 => Ok(true),
            _ => check(libc::unshare(libc::CLONE_FILES)).map(|_| false),
        }
    }
}

fn unblock_signals() {
    // SAFETY: zero is a valid value of a set, and means no signal, once it is emptied.
    unsafe {
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut());
    }
}

/// Puts the descriptors where they belong.
fn place(stdio: &mut [RawFd]) -> Result<()> {
    let count = stdio.len() as c_int;
    // One whose number is a place that will be filled before it is used moves out of the way.
    for place in 0..count {
        let source = &mut stdio[place as usize];
        if (0..place).contains(source) {
            // SAFETY: it touches no memory.
            *source = check(unsafe { libc::fcntl(*source, libc::F_DUPFD_CLOEXEC, count) })?;
        }
    }
    for place in 0..count {
        let source = stdio[place as usize];
        if source >= 0 {
            assume(source, place)?;
            if place < 3 {
                block(place)?;
            }
        }
    }
    // Last, as it may get the number of a place itself, and must not be taken for one's source.
    let mut null = -1;
    for place in 0..3 {
        if stdio[place as usize] < 0 {
            if null < 0 {
                // SAFETY: it is a text that ends with NUL.
                null = check(unsafe { libc::open(c"/dev/null".as_ptr(), libc::O_RDWR | libc::O_CLOEXEC) })?;
            }
            assume(null, place)?;
        }
    }
    Ok(())
}

/// Gives the descriptor `place` the meaning of `source`.
fn assume(source: RawFd, place: RawFd) -> Result<()> {
    // SAFETY: the functions get numbers.
    unsafe {
        match source == place {
            true => check(libc::fcntl(place, libc::F_SETFD, 0))?,
            false => check(libc::dup2(source, place))?,
        };
    }
    Ok(())
}

/// Programs expect of their standard streams that they block.
fn block(fd: RawFd) -> Result<()> {
    // SAFETY: the functions get numbers.
    unsafe {
        let flags = check(libc::fcntl(fd, libc::F_GETFL))?;
        if flags & libc::O_NONBLOCK != 0 {
            check(libc::fcntl(fd, libc::F_SETFL, flags & !libc::O_NONBLOCK))?;
        }
    }
    Ok(())
}

fn become_user(uid: Option<u32>, gid: Option<u32>) -> Result<()> {
    // SAFETY: the functions get numbers, and no list.
    unsafe {
        if uid.is_some() || gid.is_some() {
            // The groups are the parent's: they would let the child do what its user must not. Only a privileged parent can
            // take them away, and only its child has what another user has not.
            libc::setgroups(0, std::ptr::null());
        }
        if let Some(gid) = gid {
            check(libc::setgid(gid))?;
        }
        if let Some(uid) = uid {
            check(libc::setuid(uid))?;
        }
    }
    Ok(())
}

/// Marks all descriptors from `first` on: a program that is run does not get them.
pub(super) fn close_on_exec_from(first: c_uint) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        const CLOSE_RANGE_CLOEXEC: c_uint = 4;
        // SAFETY: it touches no memory.
        let result = unsafe { libc::syscall(libc::SYS_close_range, first, c_uint::MAX, CLOSE_RANGE_CLOEXEC) };
        if result == 0 {
            return;
        }
    }
    // SAFETY: it fills the structure.
    let limit = unsafe {
        let mut limit: libc::rlimit = std::mem::zeroed();
        libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit);
        RawFd::try_from(limit.rlim_cur).unwrap_or(RawFd::MAX)
    };
    for fd in first as RawFd..limit {
        // SAFETY: it touches no memory.
        unsafe {
            let flags = libc::fcntl(fd, libc::F_GETFD);
            if flags >= 0 {
                libc::fcntl(fd, libc::F_SETFD, flags | libc::FD_CLOEXEC);
            }
        }
    }
}

fn check(result: c_int) -> Result<c_int> {
    if result < 0 { Err(errno()) } else { Ok(result) }
}

pub(super) fn errno() -> c_int {
    io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO)
}
