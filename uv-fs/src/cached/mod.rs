//! Answers that need no thread: those that the kernel has in its caches, asked for by calls that cannot block. Only a name
//! of this machine's own file systems that was found a moment ago is asked for as the pool would ask.
//!
//! Every attempt is a [`Miss`] where it does not know, be it that the caches have not got it or that the kernel, the file
//! system or a sandbox does not do such calls: then the pool does what it always did. An error is answered here only if it
//! is sure to be the pool's as well.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod mounts;
#[cfg(target_os = "linux")]
mod names;
#[cfg(not(target_os = "linux"))]
mod none;
#[cfg(target_os = "linux")]
mod opened;

use std::cell::{Cell, RefCell};
use std::ffi::CStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::rc::Rc;
use std::sync::LazyLock;

use uv_loop::{Loop, Work};

#[cfg(target_os = "linux")]
pub(crate) use linux::{
    access, closes_at_once, forget_opened, fstat, lstat, open, read, read_file, read_slices, read_vectored, stat,
    step_back,
};
#[cfg(target_os = "linux")]
pub(crate) use mounts::{learn_of, learn_of_path};
#[cfg(not(target_os = "linux"))]
pub(crate) use none::{
    access, closes_at_once, forget_opened, fstat, learn_of, learn_of_path, lstat, open, read, read_file, read_slices,
    read_vectored, stat, step_back,
};

/// Whether requests that the kernel's caches can answer are answered without a thread; see
/// [`set_fast_path`].
///
/// ```
/// let lp = uv_loop::Loop::new()?;
/// println!("the fast path is {}", if uv_fs::fast_path(&lp) { "on" } else { "off" });
/// # Ok::<(), uv_loop::Error>(())
/// ```
pub fn fast_path(lp: &Loop) -> bool {
    lp.extension::<FastPath>().on.get()
}

/// Turns the fast path of this loop's requests on or off. It is on at first, unless the environment says
/// `UV_FS_FAST_PATH=0`.
///
/// ```
/// let lp = uv_loop::Loop::new()?;
/// uv_fs::set_fast_path(&lp, false);
/// assert!(!uv_fs::fast_path(&lp));
/// # Ok::<(), uv_loop::Error>(())
/// ```
pub fn set_fast_path(lp: &Loop, on: bool) {
    lp.extension::<FastPath>().on.set(on);
}

/// What a request on the pool does that a later one may see.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    None,
    /// It moves a descriptor's position.
    Position,
    /// It changes files or names.
    Change,
}

pub(crate) struct FastPath {
    on: Cell<bool>,
    /// Requests on the pool, by their effect.
    positions: Cell<usize>,
    changes: Cell<usize>,
    /// A large read that the loop is going to do.
    held: RefCell<Option<Rc<dyn Held>>>,
    /// Those that it could not do, and what does them instead.
    moved: RefCell<Vec<(Work, Work)>>,
}

/// A read that is done in the poll phase which reports it, or when something that follows asks for it.
pub(crate) trait Held {
    fn settle(&self);

    fn work(&self) -> Option<Work>;

    /// Nobody waits for it.
    fn unref(&self);
}

/// From so many bytes on, threads that copy side by side are worth the trip.
pub(crate) const LARGE: usize = 128 << 10;

/// The most bytes that are copied on the loop's thread: 1 MiB takes about a tenth of a millisecond.
pub(crate) const LARGEST: usize = 1 << 20;

/// What the environment says, which is asked once: a program may change it later in ways of which only it knows the end.
pub(crate) static IS_ON: LazyLock<bool> =
    LazyLock::new(|| std::env::var_os("UV_FS_FAST_PATH").is_none_or(|value| value != "0"));

impl Default for FastPath {
    fn default() -> Self {
        FastPath {
            on: Cell::new(*IS_ON),
            positions: Cell::default(),
            changes: Cell::default(),
            held: RefCell::default(),
            moved: RefCell::default(),
        }
    }
}

impl FastPath {
    /// Whether a request that is made now may be answered at once. It must not overtake an earlier one that changes what
    /// it sees. While this loop's requests have all threads of the pool it waits for one of them, as in libuv.
    #[inline]
    pub(crate) fn may_answer(&self, lp: &Loop, effect: Effect) -> bool {
        self.on.get()
            && self.changes.get() == 0
            && (effect == Effect::None || self.positions.get() == 0)
            && (lp.active_work() == 0 || lp.active_work() < lp.pool().threads())
    }

    /// [`may_answer`](FastPath::may_answer) for a read of so many bytes: a large one is answered if nothing else waits for it.
    #[inline]
    pub(crate) fn may_read(&self, lp: &Loop, effect: Effect, len: usize) -> bool {
        (len < LARGE || (lp.active_work() == 0 && self.held.borrow().is_none())) && self.may_answer(lp, effect)
    }

    /// Whether a large read may wait for the poll phase, so that the threads have others meanwhile. The loop does one at a time.
    pub(crate) fn may_hold(&self, lp: &Loop, len: usize) -> bool {
        (LARGE..=LARGEST).contains(&len) && self.held.borrow().is_none() && lp.pool().threads() > 1
    }

    pub(crate) fn hold(&self, read: Rc<dyn Held>) {
        let before = self.held.replace(Some(read));
        debug_assert!(before.is_none(), "one at a time");
    }

    /// The read is about to be called back.
    pub(crate) fn let_go(&self) {
        drop(self.held.take());
    }

    /// A request follows that a read which waits must not see anything of.
    #[inline]
    pub(crate) fn settle(&self) {
        let held = self.held.borrow().clone();
        if let Some(held) = held {
            held.settle();
        }
    }

    /// What a request is by now, for those who know it as `work`.
    pub(crate) fn current(&self, work: Work) -> Work {
        self.moved.borrow().iter().find(|(before, _)| *before == work).map_or(work, |(_, after)| *after)
    }

    pub(crate) fn move_to(&self, before: Work, after: Work) {
        self.moved.borrow_mut().push((before, after));
    }

    /// A request that was moved is called back.
    pub(crate) fn forget(&self, before: Work) {
        self.moved.borrow_mut().retain(|(work, _)| *work != before);
    }

    pub(crate) fn unref(&self, work: Work) {
        let held = self.held.borrow().clone();
        if let Some(held) = held.filter(|held| held.work() == Some(work)) {
            held.unref();
        }
    }

    /// A request with this effect is on its way to the pool. To be followed by [`end`](FastPath::end), when it is called back.
    pub(crate) fn begin(&self, effect: Effect) {
        if effect == Effect::Change {
            self.settle();
            forget_opened();
        }
        if let Some(count) = self.count_of(effect) {
            count.set(count.get() + 1);
        }
    }

    pub(crate) fn end(&self, effect: Effect) {
        if let Some(count) = self.count_of(effect) {
            count.set(count.get() - 1);
        }
    }

    /// [`begin`](FastPath::begin), until it is dropped.
    pub(crate) fn count(self: Rc<Self>, effect: Effect) -> Option<Counted> {
        self.begin(effect);
        (effect != Effect::None).then_some(Counted { fast_path: self, effect })
    }

    fn count_of(&self, effect: Effect) -> Option<&Cell<usize>> {
        match effect {
            Effect::None => None,
            Effect::Position => Some(&self.positions),
            Effect::Change => Some(&self.changes),
        }
    }
}

pub(crate) struct Counted {
    fast_path: Rc<FastPath>,
    effect: Effect,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.fast_path.end(self.effect);
    }
}

/// An answer, which may be an error, or none.
pub(crate) type Attempt<T> = std::result::Result<T, Miss>;

/// A path of Rust's or of C's, which is not copied.
pub(crate) trait PathArg: rustix::path::Arg + Copy {
    fn bytes(&self) -> &[u8];
}

impl PathArg for &Path {
    fn bytes(&self) -> &[u8] {
        self.as_os_str().as_bytes()
    }
}

impl PathArg for &CStr {
    fn bytes(&self) -> &[u8] {
        self.to_bytes()
    }
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Miss {
    Uncached,
    /// The file is on a file system of which it is not known whether it answers from memory: to be learnt on the pool.
    UnknownMount,
}

/// What came of an attempt to read.
pub(crate) enum Read {
    /// So many bytes, and a call that may block would have given no more.
    Done(usize),
    /// So many bytes were in the cache, the rest is not.
    Begun(usize),
}
