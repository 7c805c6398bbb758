//! The two ways to make a child, and how its parent hears that it has failed.

use std::ffi::{c_int, c_void};
use std::io::{self, Read};
use std::mem;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr;
use std::sync::atomic::{AtomicU8, Ordering};

use rustix::io::Errno;
use rustix::process::{Pid, WaitOptions, waitpid};

use super::child::Shared;
use super::plan::Plan;
use super::{Child, Method, Spawn, child};
use crate::{Error, Result};

pub(super) fn start(spawn: &Spawn<'_>) -> Result<Child> {
    let mut plan = Plan::new(spawn)?;
    let keeps_user = spawn.uid.is_none() && spawn.gid.is_none();
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if spawn.method == Method::Vfork
        && keeps_user
        && let Some(started) = vfork::start(&mut plan, !spawn.without_pidfd)
    {
        return started;
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
    let number = unsafe { libc::fcntl(writer.as_raw_fd(), libc::F_DUPFD_CLOEXEC, plan.stdio().len() as c_int) };
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
            let errno = child::run(plan, Shared { handlers: false, files: false }).to_ne_bytes();
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

    /// What a child is told.
    struct Orders<'a> {
        plan: &'a mut Plan,
        shared: Shared,
    }

    /// The child runs on a stack of its own in this process's memory, while this thread waits. It says there what has gone
    /// wrong. `None` if it would have a copy of the memory.
    pub(super) fn start(plan: &mut Plan, with_pidfd: bool) -> Option<Result<Child>> {
        let base = plan.stack(STACK);
        let size = STACK - base.wrapping_add(STACK) as usize % 16;
        // One that keeps what is not close-on-exec needs a copy of the table all the same.
        let shared = Shared { handlers: false, files: !plan.inherit };
        let mut orders = Orders { plan, shared };
        let mut pidfd = -1;
        let blocked = SignalsBlocked::new();
        // SAFETY: the child uses the stack and its orders, both of which are there until it has a memory of its own: until
        // then this thread waits. What it changes is its parent's memory, where nobody else looks: the orders, its stack, and
        // this thread's `errno`. It runs with all signals blocked until none is caught any more, and does not come back.
        let pid = unsafe { clone(&raw mut orders, base, size, with_pidfd.then_some(&raw mut pidfd)) };
        let pid = pid.map(made);
        drop(blocked);
        let pid = match pid? {
            Ok(pid) => pid,
            Err(error) => return Some(Err(error.into())),
        };
        // SAFETY: the system has just made it. Before Linux 5.2 it makes none.
        let pidfd = (pidfd >= 0).then(|| unsafe { OwnedFd::from_raw_fd(pidfd) });
        Some(match orders.plan.errno.load(Ordering::Relaxed) {
            0 => Ok(Child::new(pid, pidfd)),
            errno => {
                bury(pid);
                Err(Error::from_raw_errno(errno))
            }
        })
    }

    /// As the C library's function: -1 and `errno`, or the child's id. `None` if a child does not share the memory.
    unsafe fn clone(orders: *mut Orders<'_>, base: *mut u8, size: usize, pidfd: Option<*mut c_int>) -> Option<c_int> {
        // SAFETY: the caller's.
        unsafe {
            let mut flags = libc::CLONE_VM | libc::CLONE_VFORK;
            if (*orders).shared.files {
                flags |= libc::CLONE_FILES;
            }
            if pidfd.is_some() {
                flags |= libc::CLONE_PIDFD;
            }
            let pidfd = pidfd.unwrap_or(ptr::null_mut());
            #[cfg(target_arch = "x86_64")]
            match clone3(orders.cast(), base, size, flags, pidfd) {
                // Before Linux 5.5, or where a filter does not know it.
                -1 if matches!(child::errno(), libc::ENOSYS | libc::EINVAL | libc::EPERM) => {}
                pid => return Some(pid),
            }
            (*orders).shared.handlers = true;
            let top = base.wrapping_add(size);
            if !shares_memory(top) {
                return None;
            }
            Some(libc::clone(main, top.cast(), flags | libc::SIGCHLD, orders.cast(), pidfd))
        }
    }

    /// Whether a child shares the memory, as this is not so where Linux is only imitated: by valgrind, QEMU, the first WSL. Of
    /// these none has the newer call. It is tried once, by a child that ends at once.
    ///
    /// # Safety
    ///
    /// The address is where a stack begins that nobody uses, and signals are blocked.
    unsafe fn shares_memory(top: *mut u8) -> bool {
        const UNKNOWN: u8 = 0;
        const SHARED: u8 = 1;
        const COPIED: u8 = 2;
        static MEMORY: AtomicU8 = AtomicU8::new(UNKNOWN);

        extern "C" fn mark(seen: *mut c_void) -> c_int {
            // SAFETY: it is the number that `shares_memory` has lent. The new process ends here.
            unsafe {
                (*seen.cast::<AtomicU8>()).store(SHARED, Ordering::Relaxed);
                libc::_exit(0)
            }
        }

        if MEMORY.load(Ordering::Relaxed) == UNKNOWN {
            let seen = AtomicU8::new(COPIED);
            let lent = (&raw const seen).cast_mut().cast::<c_void>();
            // No signal says that it has ended, so that nobody else waits for it.
            // SAFETY: the child uses the stack and a number, which are there until it ends: until then this thread waits.
            unsafe {
                let pid = libc::clone(mark, top.cast(), libc::CLONE_VM | libc::CLONE_VFORK, lent);
                if pid > 0 {
                    while libc::waitpid(pid, ptr::null_mut(), libc::__WALL) < 0 && child::errno() == libc::EINTR {}
                }
            }
            MEMORY.store(seen.load(Ordering::Relaxed), Ordering::Relaxed);
        }
        MEMORY.load(Ordering::Relaxed) == SHARED
    }

    /// The call for which the C library has no function, and which resets all caught signals by itself.
    #[cfg(target_arch = "x86_64")]
    unsafe fn clone3(orders: *mut c_void, base: *mut u8, size: usize, flags: c_int, pidfd: *mut c_int) -> c_int {
        /// The kernel's `struct clone_args`, as it was first.
        #[repr(C)]
        #[derive(Default)]
        struct CloneArgs {
            flags: u64,
            pidfd: u64,
            child_tid: u64,
            parent_tid: u64,
            exit_signal: u64,
            stack: u64,
            stack_size: u64,
            tls: u64,
        }
        const CLONE_CLEAR_SIGHAND: u64 = 1 << 32;
        let args = CloneArgs {
            flags: flags as u64 | CLONE_CLEAR_SIGHAND,
            pidfd: pidfd as u64,
            exit_signal: libc::SIGCHLD as u64,
            stack: base as u64,
            stack_size: size as u64,
            ..CloneArgs::default()
        };
        let mut result = libc::SYS_clone3;
        // SAFETY: in the parent it is a system call, and no more. The child comes out of it with the parent's registers, but
        // for the stack's, which is at the stack's end and aligned, and for the result, which is zero: it calls `main` with its
        // orders, which doesn't return.
        unsafe {
            std::arch::asm!(
                "syscall",
                "test rax, rax",
                "jnz 2f",
                "xor ebp, ebp",
                "mov rdi, {orders}",
                "call {main}",
                "ud2",
                "2:",
                orders = in(reg) orders,
                main = in(reg) main as extern "C" fn(*mut c_void) -> c_int,
                inout("rax") result,
                in("rdi") &raw const args,
                in("rsi") size_of::<CloneArgs>(),
                out("rcx") _,
                out("r11") _,
            );
        }
        if result < 0 {
            // SAFETY: the pointer is this thread's `errno`.
            unsafe { *libc::__errno_location() = -result as c_int };
            return -1;
        }
        result as c_int
    }

    extern "C" fn main(orders: *mut c_void) -> c_int {
        // SAFETY: they are the orders that `start` has lent, and this a new process with all signals blocked. It ends here.
        unsafe {
            let Orders { plan, shared } = &mut *orders.cast::<Orders<'_>>();
            let errno = child::run(plan, *shared);
            plan.errno.store(errno, Ordering::Relaxed);
            libc::_exit(127)
        }
    }
}
