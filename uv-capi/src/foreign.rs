//! What other threads ask of a loop while one runs it.
//!
//! libuv forbids all of it but `uv_async_send`, and does not notice: some of it survives by luck, and programs have come to live
//! by that. A loop here notes which thread runs it. What another one calls meanwhile is done in four ways:
//!
//! - what the pool is to do is [given to it](crate::elsewhere) at once, and the loop's thread hears of it as of what is left;
//! - what has no result that depends on the loop's state is done in the program's own memory at once, and the rest is left to the
//!   loop's thread: it is woken for that, and does it before anything else that it does with the loop, in the order of the calls;
//! - what only reads is answered from the program's memory, whose fields are [`Shared`], or from the clock;
//! - for all else the process ends, with the function's name.
//!
//! Nobody waits for the loop's thread, which may be waiting, in a callback, for one who calls. A loop that nobody runs is the
//! caller's, as in libuv: threads may take turns.

use std::cell::{Cell, UnsafeCell};
use std::ffi::{CStr, c_int, c_void};
use std::mem::transmute_copy;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU32, AtomicUsize, Ordering};

use uv_loop::{Loop, Remote};
use uv_sys::Forks;

use crate::elsewhere::Begun;
use crate::layout::uv_loop_t;
use crate::ptr::{Ptr, misuse};

/// A field of the program's memory that other threads than the loop's look at, or write. It takes no more than a [`Cell`].
#[repr(transparent)]
pub(crate) struct Shared<T: Copy>(UnsafeCell<T>);

impl<T: Copy> Shared<T> {
    const IS_POINTER: () = assert!(size_of::<T>() == size_of::<*mut ()>() || size_of::<T>() == size_of::<u32>());

    #[inline(always)]
    pub(crate) fn get(&self) -> T {
        const { Self::IS_POINTER };
        // SAFETY: the field is there and aligned as its type, and is used by these functions alone. The value is one that was
        // written by `set`, or by the program, as a `T`, whose bits are copied.
        unsafe {
            match size_of::<T>() {
                4 => transmute_copy(&AtomicU32::from_ptr(self.0.get().cast()).load(Ordering::Relaxed)),
                _ => transmute_copy(&AtomicPtr::<()>::from_ptr(self.0.get().cast()).load(Ordering::Relaxed)),
            }
        }
    }

    #[inline(always)]
    pub(crate) fn set(&self, value: T) {
        const { Self::IS_POINTER };
        // SAFETY: as above.
        unsafe {
            match size_of::<T>() {
                4 => AtomicU32::from_ptr(self.0.get().cast()).store(transmute_copy(&value), Ordering::Relaxed),
                _ => AtomicPtr::<()>::from_ptr(self.0.get().cast()).store(transmute_copy(&value), Ordering::Relaxed),
            }
        }
    }

    /// Not at once: what another thread writes in between is lost.
    pub(crate) fn replace(&self, value: T) -> T {
        let old = self.get();
        self.set(value);
        old
    }
}

/// The thread that runs a loop, 0 if none does; and whether something [is left](LEFT) to it, it has the loop [but briefly](BRIEF),
/// or nobody has touched the loop [since it was run](RESTS).
pub(crate) type Runner = AtomicUsize;

/// No thread's number has these bits. This one is set from when something is left to the loop's thread until that begins to do it.
const LEFT: usize = 1;
/// From when the thread begins to do what was left until it has done it. If no other runs the loop it has it for that long.
const BRIEF: usize = 2;
/// From the end of a run until anything else is asked of the loop, if it is one that [another thread waits for](Driven).
const RESTS: usize = 4;

fn thread_of(runner: usize) -> usize {
    runner & !(LEFT | BRIEF | RESTS)
}

/// What a loop has for those who do not run it.
pub(crate) struct Foreign {
    /// The last of a list that goes back in time. There is no lock, which a fork could leave taken for ever.
    last: AtomicPtr<Left>,
    remote: Remote,
    /// How many threads are leaving something.
    leaving: AtomicU32,
    /// The process whose threads they are.
    process: AtomicI32,
    /// The forks up to the last run. Of the thread that runs the loop.
    forks: Cell<Forks>,
    driven: Driven,
    pub(crate) begun: Begun,
}

/// How a loop is driven by two threads: one runs it in steps, and between them is used to its timers and requests; the other waits
/// meanwhile for the loop's descriptor, as long as `uv_backend_timeout` says, which may not look at what is the first one's.
#[derive(Default)]
struct Driven {
    /// The thread that has run the loop last.
    home: AtomicUsize,
    /// `uv_backend_timeout` as it was at the end of that run.
    timeout: AtomicI32,
    /// Whether another one has asked for it between two runs.
    is_driven: AtomicBool,
}

impl Foreign {
    pub(crate) fn new(lp: &Loop) -> Foreign {
        Foreign {
            last: AtomicPtr::new(ptr::null_mut()),
            remote: lp.remote(),
            leaving: AtomicU32::new(0),
            process: AtomicI32::new(uv_sys::os::pid()),
            forks: Cell::new(Forks::now()),
            driven: Driven::default(),
            begun: Begun::default(),
        }
    }

    /// Whether the process is a child of the one that it was when this was last asked. Who was leaving something then is not there.
    fn is_forked(&self) -> bool {
        let here = uv_sys::os::pid();
        let is_forked = self.process.swap(here, Ordering::Relaxed) != here;
        if is_forked {
            self.leaving.store(0, Ordering::Relaxed);
        }
        is_forked
    }

    fn push(&self, act: impl FnOnce() + Send + 'static) {
        let left = Box::into_raw(Box::new(Left { before: self.last.load(Ordering::Relaxed), act: Box::new(act) }));
        // SAFETY: nobody else has it before it is the last one.
        let before = unsafe { &mut (*left).before };
        while let Err(last) = self.last.compare_exchange(*before, left, Ordering::Release, Ordering::Relaxed) {
            *before = last;
        }
    }

    /// All that is left, the oldest first.
    fn take(&self) -> Vec<Act> {
        let mut acts = Vec::new();
        let mut last = self.last.swap(ptr::null_mut(), Ordering::Acquire);
        while !last.is_null() {
            // SAFETY: it is from `Box::into_raw` in `push`, and was taken out with all before it: nobody else has it.
            let left = unsafe { Box::from_raw(last) };
            last = left.before;
            acts.push(left.act);
        }
        acts.reverse();
        acts
    }
}

type Act = Box<dyn FnOnce() + Send>;

struct Left {
    before: *mut Left,
    act: Act,
}

impl Ptr<uv_loop_t> {
    /// Whether a thread runs the loop, and it is another one than this. If not, what others have left is done.
    #[inline(always)]
    pub(crate) fn is_foreign(self) -> bool {
        !self.is_surely_ours() && self.look_closer()
    }

    /// Whether this thread runs the loop, or none does, and nothing is left to be done.
    #[inline(always)]
    pub(crate) fn is_surely_ours(self) -> bool {
        let runner = self.runner.load(Ordering::Relaxed);
        runner == 0 || runner == this_thread()
    }

    /// The same as [`is_foreign`](Ptr::is_foreign), and nothing is done: for what a signal's handler may ask.
    #[inline(always)]
    pub(crate) fn is_run_elsewhere(self) -> bool {
        !self.is_surely_ours() && self.look()
    }

    #[cold]
    fn look(self) -> bool {
        match thread_of(self.runner.load(Ordering::Relaxed)) {
            0 => false,
            thread => thread != this_thread() && !self.is_left_by_a_fork(),
        }
    }

    #[cold]
    fn look_closer(self) -> bool {
        loop {
            let runner = self.runner.load(Ordering::Relaxed);
            match thread_of(runner) {
                0 if runner & RESTS != 0 => _ = self.runner.fetch_and(!RESTS, Ordering::Relaxed),
                0 if runner & LEFT == 0 => return false,
                0 => {
                    if self.claim(LEFT) {
                        self.do_what_is_left();
                        self.runner.fetch_and(LEFT, Ordering::Release);
                        return false;
                    }
                }
                thread if thread == this_thread() => {
                    self.settle();
                    return false;
                }
                _ => return !self.is_left_by_a_fork(),
            }
        }
    }

    /// Takes a loop that nobody runs.
    fn claim(self, left: usize) -> bool {
        let mine = this_thread() | left | BRIEF;
        self.runner.compare_exchange(left, mine, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Whether the thread that ran the loop is not there, in the child of a fork. Its first thread is the one that forked; of the
    /// others, which are new, none can say who that was.
    fn is_left_by_a_fork(self) -> bool {
        // SAFETY: it has no conditions.
        let thread = unsafe { libc::gettid() };
        thread == uv_sys::os::pid() && self.forget_runner()
    }

    fn forget_runner(self) -> bool {
        let is_forked = self.inner_anywhere().foreign.is_forked();
        if is_forked {
            self.runner.fetch_and(LEFT, Ordering::Relaxed);
        }
        is_forked
    }

    /// Has the loop's thread do it before anything else that it does with the loop, and wakes it for that.
    #[cold]
    pub(crate) fn leave(self, act: impl FnOnce() + Send + 'static) {
        self.meanwhile(|foreign| {
            foreign.push(act);
            // Not sooner, or it would be taken for done.
            self.runner.fetch_or(LEFT, Ordering::Release);
            foreign.remote.call();
        });
    }

    /// As `uv_stop`, and a loop that waits is woken.
    #[cold]
    pub(crate) fn stop_elsewhere(self) {
        self.meanwhile(|foreign| {
            self.stop_flag.set(1);
            foreign.remote.stop();
        });
    }

    /// The loop is not closed until this is done, though its thread may see before what it does.
    pub(crate) fn meanwhile<T>(self, act: impl FnOnce(&Foreign) -> T) -> T {
        let foreign = &self.inner_anywhere().foreign;
        foreign.leaving.fetch_add(1, Ordering::Relaxed);
        let result = act(foreign);
        foreign.leaving.fetch_sub(1, Ordering::Release);
        result
    }

    /// Does it when no other thread has the loop, which may be about to run it, and leaves it to the one that has.
    pub(crate) fn briefly(self, act: impl FnOnce() + Send + 'static) {
        loop {
            if self.is_foreign() {
                return self.leave(act);
            }
            if thread_of(self.runner.load(Ordering::Relaxed)) == this_thread() {
                return act();
            }
            if self.claim(0) {
                act();
                self.runner.fetch_and(LEFT, Ordering::Release);
                return;
            }
        }
    }

    /// Waits for those who have left something and are about to go, and does what it was. The loop is to end.
    pub(crate) fn settle_all(self) {
        let foreign = &self.inner_anywhere().foreign;
        foreign.is_forked();
        while foreign.leaving.load(Ordering::Acquire) != 0 {
            std::thread::yield_now();
        }
        let _ = self.is_foreign();
    }

    /// Does what was left; whether there was any. By the thread that runs the loop.
    pub(crate) fn settle(self) -> bool {
        // What is left is done with functions that would begin with it.
        if self.runner.load(Ordering::Relaxed) & (LEFT | BRIEF) != LEFT {
            return false;
        }
        self.runner.fetch_or(BRIEF, Ordering::Relaxed);
        let has_done = self.do_what_is_left();
        self.runner.fetch_and(!BRIEF, Ordering::Relaxed);
        has_done
    }

    fn do_what_is_left(self) -> bool {
        self.runner.fetch_and(!LEFT, Ordering::Acquire);
        let acts = self.inner_anywhere().foreign.take();
        let has_some = !acts.is_empty();
        acts.into_iter().for_each(|act| act());
        has_some
    }

    /// Notes that this thread runs the loop.
    pub(crate) fn begin_run(self) {
        let here = this_thread();
        while let Err(runner) = self.runner.compare_exchange(0, here, Ordering::Acquire, Ordering::Relaxed) {
            match thread_of(runner) {
                0 => _ = self.look_closer(),
                thread if thread == here => misuse("uv_run", "it is called from a callback of the same loop"),
                _ if self.forget_runner() => {}
                // Whoever has it so waits for nobody.
                _ if runner & BRIEF != 0 => std::thread::yield_now(),
                _ => misuse("uv_run", "another thread runs the loop"),
            }
        }
        let (foreign, forks) = (&self.inner_anywhere().foreign, Forks::now());
        if foreign.forks.replace(forks) != forks {
            foreign.is_forked();
        }
    }

    /// From here on the timeout is this, until something is asked of the loop.
    pub(crate) fn end_run(self, timeout: c_int) {
        let driven = &self.inner_anywhere().foreign.driven;
        driven.home.store(this_thread(), Ordering::Relaxed);
        driven.timeout.store(timeout, Ordering::Relaxed);
        let after = if driven.is_driven.load(Ordering::Relaxed) { RESTS } else { 0 };
        // Something may be left meanwhile.
        let _ = self.runner.fetch_update(Ordering::Release, Ordering::Relaxed, |runner| Some(runner & LEFT | after));
    }

    /// `uv_backend_timeout` for a thread that waits for a loop which another one runs in steps. If that one has used the loop
    /// since its last step, the next is due at once.
    pub(crate) fn timeout_elsewhere(self) -> Option<c_int> {
        let driven = &self.inner_anywhere().foreign.driven;
        let home = driven.home.load(Ordering::Relaxed);
        let runner = self.runner.load(Ordering::Acquire);
        if home == 0 || home == this_thread() || thread_of(runner) != 0 {
            return None;
        }
        driven.is_driven.store(true, Ordering::Relaxed);
        let rests = runner == RESTS && self.stop_flag.get() == 0;
        Some(if rests { driven.timeout.load(Ordering::Relaxed) } else { 0 })
    }

    /// Whether a thread runs the loop.
    pub(crate) fn is_run(self) -> bool {
        self.is_run_elsewhere() || thread_of(self.runner.load(Ordering::Relaxed)) != 0
    }

    /// In the child of a fork, where this thread uses the loop from now on.
    pub(crate) fn forget_threads(self) {
        match thread_of(self.runner.load(Ordering::Relaxed)) == this_thread() {
            true => _ = self.inner_anywhere().foreign.is_forked(),
            false => _ = self.forget_runner(),
        }
    }

    /// Ends the process: what is called changes what belongs to another thread.
    #[cold]
    #[inline(never)]
    pub(crate) fn refuse(self) -> ! {
        const RULE: &str = "called on another thread than the one that runs the loop";
        match called_function() {
            Some(name) => misuse(&name.to_string_lossy(), RULE),
            None => misuse("a loop", RULE),
        }
    }
}

/// The function of this library that the program has called, if its name is known at run time.
fn called_function() -> Option<&'static CStr> {
    let mut frames = [std::ptr::null_mut::<c_void>(); 24];
    // SAFETY: there is room for so many.
    let count = unsafe { libc::backtrace(frames.as_mut_ptr(), frames.len() as c_int) };
    let frames = &frames[..usize::try_from(count).unwrap_or(0)];
    frames.iter().rev().find_map(|frame| {
        // SAFETY: it is a place for one, of which zeros are a value, and the address is only looked up.
        let (found, info) = unsafe {
            let mut info: libc::Dl_info = std::mem::zeroed();
            (libc::dladdr(*frame, &raw mut info), info)
        };
        let is_ours = found != 0 && info.dli_fbase == this_library() && !info.dli_sname.is_null();
        // SAFETY: the loader's names end with a zero, and stay while the library is loaded.
        is_ours.then(|| unsafe { CStr::from_ptr(info.dli_sname) }).filter(|name| name.to_bytes().starts_with(b"uv_"))
    })
}

fn this_library() -> *mut c_void {
    // SAFETY: as above.
    unsafe {
        let mut info: libc::Dl_info = std::mem::zeroed();
        libc::dladdr(called_function as *const c_void, &raw mut info);
        info.dli_fbase
    }
}

/// A number that no other thread has as long as this one is there; never 0, nor odd.
#[inline(always)]
fn this_thread() -> usize {
    #[cfg(target_arch = "x86_64")]
    {
        let number;
        // SAFETY: a thread's control block begins with its own address, by the ABI of its thread-local storage.
        unsafe {
            std::arch::asm!("mov {}, fs:0", out(reg) number, options(pure, readonly, nostack, preserves_flags));
        }
        number
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        // SAFETY: it has no conditions.
        let number = unsafe { libc::pthread_self() };
        number as usize
    }
}
