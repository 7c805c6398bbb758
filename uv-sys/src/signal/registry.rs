//! What the process catches, and for which loops.
//!
//! One [`Snapshot`] a signal lists the loops that the handler tells. Mutators take a lock; the handler doesn't. They
//! also block all signals meanwhile, so that no signal handler of the program can fork in the middle of a change.

use std::cell::Cell;
use std::mem;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use libc::c_int;

use super::snapshot::Snapshot;
use super::target::Target;
use crate::{Error, Result};

/// One above the highest signal. A model has one signal, and tries each order of the accesses to all counts.
pub(super) const SIGNALS: usize = if cfg!(all(test, loom)) { 2 } else { 65 };

/// What one loop, or all of them, want of a signal.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    OneShot,
    Repeating,
}

/// To be called before anything else here.
pub(super) fn init() -> Result<()> {
    let registry = REGISTRY.get_or_init(|| {
        // SAFETY: the three functions live as long as the program.
        let prepared = unsafe { libc::pthread_atfork(Some(before_fork), Some(after_fork), Some(after_fork_in_child)) };
        let signals = std::array::from_fn(|_| Snapshot::new());
        Registry { prepared, signals }
    });
    match registry.prepared {
        0 => Ok(()),
        errno => Err(Error::from_raw_errno(errno)),
    }
}

pub(super) fn check(signum: i32) -> Result<u8> {
    match u8::try_from(signum) {
        Ok(small @ 1..) if usize::from(small) < SIGNALS => Ok(small),
        _ => Err(Error::EINVAL),
    }
}

/// Tells `target` of the signal from now on, or changes its mode.
pub(super) fn watch(target: &Arc<Target>, signum: u8, mode: Mode) -> Result<()> {
    let registry = REGISTRY.get().ok_or(Error::EINVAL)?;
    let change = Change::begin();
    let signal = &registry.signals[usize::from(signum)];
    let mut after = change.copy(signal);
    let old = after.mode();
    after.remove(target);
    after.loops.push((Arc::clone(target), mode));

    let new = after.mode();
    let before = signal.replace(Some(after));
    // A one-shot handler is installed again even if it is there: the signal may just have taken it away.
    if old != new || new == Some(Mode::OneShot) {
        let result = catch(signum, mode);
        if result.is_err() {
            change.keep(signal.replace(before));
            return result;
        }
    }
    change.keep(before);
    Ok(())
}

/// Tells `target` of the signal no more. Once this returns, no handler holds or touches it.
pub(super) fn unwatch(target: &Arc<Target>, signum: u8) {
    let Some(registry) = REGISTRY.get() else {
        return;
    };
    let change = Change::begin();
    let signal = &registry.signals[usize::from(signum)];
    let others = |list: &List| list.loops.iter().any(|(other, _)| !Arc::ptr_eq(other, target));
    if !signal.read(|list| list.is_some_and(others)) {
        release(signum);
        return change.keep(signal.replace(None));
    }
    let mut after = change.copy(signal);
    let old = after.mode();
    after.remove(target);
    // What was caught before can be caught in another way.
    if after.mode() == Some(Mode::OneShot) && old == Some(Mode::Repeating) {
        let _ = catch(signum, Mode::OneShot);
    }
    change.keep(signal.replace(Some(after)));
}

static REGISTRY: OnceLock<Registry> = OnceLock::new();
/// Apart from the registry, which another thread may make while this one forks.
static LOCK: Lock = Lock::new();

struct Registry {
    /// What `pthread_atfork` said.
    prepared: c_int,
    signals: [Snapshot<List>; SIGNALS],
}

#[derive(Clone, Default)]
struct List {
    loops: Vec<(Arc<Target>, Mode)>,
}

impl List {
    fn remove(&mut self, target: &Arc<Target>) {
        self.loops.retain(|(other, _)| !Arc::ptr_eq(other, target));
    }

    fn mode(&self) -> Option<Mode> {
        let any = |wanted| self.loops.iter().any(|&(_, mode)| mode == wanted);
        match any(Mode::Repeating) {
            true => Some(Mode::Repeating),
            false => any(Mode::OneShot).then_some(Mode::OneShot),
        }
    }
}

/// The handler of every watched signal. All it does is safe in one: atomics, and `write(2)`.
extern "C" fn handle(signum: c_int) {
    let errno = errno();
    // SAFETY: the pointer is this thread's `errno`.
    let saved = unsafe { *errno };
    if let Some(registry) = REGISTRY.get()
        && let Some(signal) = registry.signals.get(signum as usize)
    {
        signal.read(|list| {
            for (target, _) in list.iter().flat_map(|list| &list.loops) {
                target.notify(signum as usize);
            }
        });
    }
    // SAFETY: as above.
    unsafe { *errno = saved };
}

fn catch(signum: u8, mode: Mode) -> Result<()> {
    let reset = if mode == Mode::OneShot { libc::SA_RESETHAND } else { 0 };
    let handler: extern "C" fn(c_int) = handle;
    set_action(signum, handler as libc::sighandler_t, libc::SA_RESTART | reset)
}

fn release(signum: u8) {
    // It was caught, so it can be released.
    let _ = set_action(signum, libc::SIG_DFL, 0);
}

fn set_action(signum: u8, handler: libc::sighandler_t, flags: c_int) -> Result<()> {
    // SAFETY: zero is a valid value of every field. `handle` is safe to be run at any moment, and takes a number, as
    // the flags say (no SA_SIGINFO).
    let result = unsafe {
        let mut action: libc::sigaction = mem::zeroed();
        action.sa_sigaction = handler;
        action.sa_flags = flags;
        libc::sigfillset(&raw mut action.sa_mask);
        libc::sigaction(c_int::from(signum), &raw const action, ptr::null_mut())
    };
    if result == 0 { Ok(()) } else { Err(std::io::Error::last_os_error().into()) }
}

/// Held with all signals blocked. Mutators are rare and brief. A plain flag, because a fork takes it in one function and
/// gives it back in another.
struct Lock {
    is_held: AtomicBool,
    /// The signals that the holder's thread had blocked before.
    mask: Cell<libc::sigset_t>,
    /// Empty lists, so that a handle that starts and stops takes no memory.
    #[allow(clippy::vec_box, reason = "the boxes are what is kept")]
    spare: Cell<Vec<Box<List>>>,
}

// SAFETY: only who holds the lock touches the mask and the lists.
unsafe impl Sync for Lock {}

impl Lock {
    const fn new() -> Lock {
        // SAFETY: zero is a valid value of a set.
        let none: libc::sigset_t = unsafe { mem::zeroed() };
        Lock { is_held: AtomicBool::new(false), mask: Cell::new(none), spare: Cell::new(Vec::new()) }
    }

    fn lock(&self) {
        // SAFETY: both sets are initialized before they are used; zero is a valid value of theirs.
        let mask = unsafe {
            let (mut all, mut mask): (libc::sigset_t, libc::sigset_t) = (mem::zeroed(), mem::zeroed());
            libc::sigfillset(&raw mut all);
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut mask);
            mask
        };
        while self.is_held.swap(true, Ordering::Acquire) {
            std::thread::sleep(Duration::from_micros(20));
        }
        self.mask.set(mask);
    }

    fn unlock(&self) {
        let mask = self.mask.get();
        self.is_held.store(false, Ordering::Release);
        // SAFETY: `mask` is what this thread's mask was.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const mask, ptr::null_mut()) };
    }
}

/// Holds the lock.
struct Change;

impl Change {
    fn begin() -> Change {
        LOCK.lock();
        Change
    }

    fn copy(&self, signal: &Snapshot<List>) -> Box<List> {
        let mut spare = LOCK.spare.take();
        let mut copy = spare.pop().unwrap_or_default();
        LOCK.spare.set(spare);
        signal.read(|list| copy.loops.extend(list.iter().flat_map(|list| list.loops.iter().cloned())));
        copy
    }

    fn keep(&self, unused: Option<Box<List>>) {
        if let Some(mut unused) = unused {
            unused.loops.clear();
            let mut spare = LOCK.spare.take();
            if spare.len() < SIGNALS {
                spare.push(unused);
            }
            LOCK.spare.set(spare);
        }
    }
}

impl Drop for Change {
    fn drop(&mut self) {
        LOCK.unlock();
    }
}

/// No thread that the child doesn't have may be in the middle of a change, and no signal may be caught in the child before
/// it is known to be one.
extern "C" fn before_fork() {
    LOCK.lock();
}

extern "C" fn after_fork() {
    LOCK.unlock();
}

extern "C" fn after_fork_in_child() {
    if let Some(registry) = REGISTRY.get() {
        for signal in &registry.signals {
            signal.forget_readers();
            signal.read(|list| list.iter().flat_map(|list| &list.loops).for_each(|(target, _)| target.detach()));
        }
    }
    LOCK.unlock();
}

fn errno() -> *mut c_int {
    // SAFETY: the functions have no preconditions.
    unsafe {
        #[cfg(any(target_os = "linux", target_os = "dragonfly"))]
        return libc::__errno_location();
        #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
        return libc::__error();
        #[cfg(any(target_os = "android", target_os = "netbsd", target_os = "openbsd"))]
        return libc::__errno();
        #[cfg(any(target_os = "illumos", target_os = "solaris"))]
        return libc::___errno();
    }
}
