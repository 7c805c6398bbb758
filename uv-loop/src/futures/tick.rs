//! Futures that let others have their turn.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::event_loop::Loop;
use crate::loop_handle::LoopHandle;

impl Loop {
    /// A future that is done in the poll phase of the next iteration, so that every phase has its turn meanwhile. The
    /// iteration does not block.
    ///
    /// ```
    /// use std::cell::Cell;
    /// use std::rc::Rc;
    /// use uv_loop::{Check, Loop};
    ///
    /// let lp = Loop::new()?;
    /// let checks = Rc::new(Cell::new(0));
    /// let seen = checks.clone();
    /// Check::new(&lp).start(&lp, move |_, _| seen.set(seen.get() + 1))?;
    /// lp.block_on(async {
    ///     lp.tick().await;
    ///     lp.tick().await;
    ///     assert_eq!(checks.get(), 2);
    /// })?;
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn tick(&self) -> Tick {
        self.handle().tick()
    }
}

impl LoopHandle {
    /// [`Loop::tick`]; if the loop is gone it is never done.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let handle = lp.handle();
    /// lp.block_on(lp.spawn_local(async move { handle.tick().await }))?.unwrap();
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn tick(&self) -> Tick {
        Tick { handle: self.clone(), since: None }
    }
}

/// The future of [`Loop::tick`].
///
/// ```
/// let lp = uv_loop::Loop::new()?;
/// let tick: uv_loop::Tick = lp.tick();
/// lp.block_on(tick)?;
/// # Ok::<(), uv_loop::Error>(())
/// ```
#[must_use = "futures do nothing unless they are awaited"]
pub struct Tick {
    handle: LoopHandle,
    /// The poll phase in which, or after which, it was polled first.
    since: Option<u64>,
}

impl Future for Tick {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let is_done = this.handle.with(|lp| {
            let polls = lp.core.polls.get();
            if *this.since.get_or_insert(polls) < polls {
                return true;
            }
            lp.core.tasks.on_next_tick(cx.waker().clone());
            false
        });
        if is_done == Ok(true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl fmt::Debug for Tick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tick").finish_non_exhaustive()
    }
}

/// A future that lets the other tasks that are to run go first. They may well run in the same phase: to let the
/// phases have their turn, await a [`tick`](Loop::tick).
///
/// ```
/// let lp = uv_loop::Loop::new()?;
/// let other = lp.spawn_local(async {});
/// lp.block_on(async {
///     uv_loop::yield_now().await;
///     assert!(other.is_finished());
/// })?;
/// # Ok::<(), uv_loop::Error>(())
/// ```
pub fn yield_now() -> YieldNow {
    YieldNow { has_yielded: false }
}

/// The future of [`yield_now`].
///
/// ```
/// let lp = uv_loop::Loop::new()?;
/// let turn: uv_loop::YieldNow = uv_loop::yield_now();
/// lp.block_on(turn)?;
/// # Ok::<(), uv_loop::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct YieldNow {
    has_yielded: bool,
}

impl Future for YieldNow {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.has_yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
