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

use std::cell::Cell;
use std::rc::Rc;

use uv_loop::Loop;

#[cfg(target_os = "linux")]
pub(crate) use linux::{access, closes_at_once, fstat, lstat, open, read, read_file, read_vectored, stat};
#[cfg(target_os = "linux")]
pub(crate) use mounts::{learn_of, learn_of_path};
#[cfg(not(target_os = "linux"))]
pub(crate) use none::{
    access, closes_at_once, fstat, learn_of, learn_of_path, lstat, open, read, read_file, read_vectored, stat,
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
    positions: Rc<Cell<usize>>,
    changes: Rc<Cell<usize>>,
    /// Answers that are not called back yet.
    answered: Rc<Cell<usize>>,
}

/// From so many bytes on, threads that copy side by side are worth the trip.
const LARGE: usize = 128 << 10;

impl Default for FastPath {
    fn default() -> Self {
        let off = std::env::var_os("UV_FS_FAST_PATH").is_some_and(|value| value == "0");
        FastPath { on: Cell::new(!off), positions: Rc::default(), changes: Rc::default(), answered: Rc::default() }
    }
}

impl FastPath {
    /// Whether a request that is made now may be answered at once. It must not overtake an earlier one that changes what
    /// it sees; with a pool of one thread, which does one thing after the other, it overtakes none.
    pub(crate) fn may_answer(&self, lp: &Loop, effect: Effect) -> bool {
        self.on.get()
            && self.changes.get() == 0
            && (effect == Effect::None || self.positions.get() == 0)
            && (lp.active_work() == 0 || lp.pool().threads() > 1)
    }

    /// [`may_answer`](FastPath::may_answer) for a read of so many bytes: of large ones, the loop does one at a time, and no
    /// other work that is there waits for the next.
    pub(crate) fn may_read(&self, lp: &Loop, effect: Effect, len: usize) -> bool {
        (len < LARGE || (self.answered.get() == 0 && lp.active_work() == 0)) && self.may_answer(lp, effect)
    }

    /// Counts an answer until it is called back, or dropped.
    pub(crate) fn answer(&self) -> Counted {
        self.answered.set(self.answered.get() + 1);
        Counted(self.answered.clone())
    }

    /// Counts a request on the pool until it is called back, or dropped.
    pub(crate) fn count(&self, effect: Effect) -> Option<Counted> {
        let count = match effect {
            Effect::None => return None,
            Effect::Position => &self.positions,
            Effect::Change => &self.changes,
        };
        count.set(count.get() + 1);
        Some(Counted(count.clone()))
    }
}

pub(crate) struct Counted(Rc<Cell<usize>>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// An answer, which may be an error, or none.
pub(crate) type Attempt<T> = std::result::Result<T, Miss>;

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
