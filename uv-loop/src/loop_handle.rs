//! A weak reference to a loop.

use std::fmt;
use std::rc::{Rc, Weak};

use uv_sys::{Error, Result};

use crate::core::Core;
use crate::event_loop::Loop;

/// Refers to a [`Loop`] without keeping it: `'static`, so that futures, tasks and objects of other crates can hold
/// it, and harmless when the loop is gone. It belongs to the loop's thread; other threads send to an
/// [`Async`](crate::Async).
///
/// ```
/// use uv_loop::{Idle, Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let handle = lp.handle();
/// Idle::new(&lp).start(&lp, move |_, idle| {
///     handle.with(|lp| idle.stop(lp)).unwrap().unwrap();
/// })?;
/// assert!(!lp.run(RunMode::Default)?);
/// # Ok::<(), uv_loop::Error>(())
/// ```
#[derive(Clone)]
pub struct LoopHandle(Weak<Core>);

impl LoopHandle {
    pub(crate) fn new(core: &Rc<Core>) -> LoopHandle {
        LoopHandle(Rc::downgrade(core))
    }

    /// A reference to no loop.
    pub(crate) fn none() -> LoopHandle {
        LoopHandle(Weak::new())
    }

    /// Calls `act` with the loop and gives back what it returns.
    ///
    /// # Errors
    ///
    /// `EBADF`, without calling `act`, if the loop has been dropped or closed.
    ///
    /// ```
    /// use uv_loop::{Error, Loop, Timer};
    ///
    /// let lp = Loop::new()?;
    /// let handle = lp.handle();
    /// let timer = handle.with(Timer::new)?;
    /// assert!(timer.due_in(&lp)?.is_none());
    /// drop(lp);
    /// assert_eq!(handle.with(Timer::new), Err(Error::EBADF));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn with<R>(&self, act: impl FnOnce(&Loop) -> R) -> Result<R> {
        let core = self.0.upgrade().filter(|core| !core.ended.get()).ok_or(Error::EBADF)?;
        Ok(act(&Loop::lend(core)))
    }
}

impl fmt::Debug for LoopHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let loop_id = self.with(|lp| lp.core.state.borrow().slab.loop_id()).ok();
        f.debug_tuple("LoopHandle").field(&loop_id).finish()
    }
}
