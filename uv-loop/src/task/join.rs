//! The two ends of a task's result.

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::loop_handle::LoopHandle;
use crate::table::Key;

/// A spawned task's end, as a future of what the task returns. Dropping it lets the task go on alone.
///
/// As a future it panics if it is polled again after it has given the result.
///
/// ```
/// let lp = uv_loop::Loop::new()?;
/// let task = lp.spawn_local(async { 6 * 7 });
/// assert_eq!(lp.block_on(task)?.unwrap(), 42);
/// # Ok::<(), uv_loop::Error>(())
/// ```
pub struct JoinHandle<T> {
    join: Rc<Join<T>>,
    handle: LoopHandle,
    /// `None` if the loop was gone before the task.
    key: Option<Key>,
}

impl<T> JoinHandle<T> {
    pub(crate) fn new(join: Rc<Join<T>>, handle: LoopHandle, key: Option<Key>) -> Self {
        JoinHandle { join, handle, key }
    }

    /// Ends the task where it awaits: its future is dropped now, and its result is [`JoinError::Canceled`]. A task
    /// that ends itself so is ended at its next await. Does nothing to one that has ended.
    ///
    /// ```
    /// use uv_loop::JoinError;
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let task = lp.spawn_local(std::future::pending::<()>());
    /// task.abort();
    /// assert!(matches!(lp.block_on(task)?, Err(JoinError::Canceled)));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn abort(&self) {
        if let Some(key) = self.key {
            // With the loop its tasks have ended.
            let _ = self.handle.with(|lp| lp.abort_task(key));
        }
    }

    /// Whether the task has returned, panicked or been aborted.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let task = lp.spawn_local(async {});
    /// assert!(!task.is_finished(), "it begins in the poll phase");
    /// lp.run(uv_loop::RunMode::Default)?;
    /// assert!(task.is_finished());
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn is_finished(&self) -> bool {
        self.join.is_finished.get()
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if !self.is_finished() {
            let waker = self.join.waker.take();
            let same = waker.filter(|waker| waker.will_wake(cx.waker()));
            self.join.waker.set(Some(same.unwrap_or_else(|| cx.waker().clone())));
            return Poll::Pending;
        }
        Poll::Ready(self.join.result.take().expect("the result was given before"))
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").field("is_finished", &self.is_finished()).finish_non_exhaustive()
    }
}

/// Why a task has no result.
///
/// The enum is exhaustive: a task that does not return was ended or panicked.
///
/// ```
/// use uv_loop::JoinError;
///
/// let lp = uv_loop::Loop::new()?;
/// let task = lp.spawn_local(async { panic!("a bug") });
/// match lp.block_on(task)? {
///     Err(JoinError::Panicked(payload)) => assert_eq!(*payload.downcast::<&str>().unwrap(), "a bug"),
///     _ => unreachable!(),
/// }
/// # Ok::<(), uv_loop::Error>(())
/// ```
pub enum JoinError {
    /// It was [aborted](JoinHandle::abort), or its loop was dropped.
    Canceled,
    /// It panicked, with this payload.
    Panicked(Box<dyn Any + Send>),
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            JoinError::Canceled => "Canceled",
            JoinError::Panicked(_) => "Panicked(..)",
        })
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JoinError::Canceled => f.write_str("the task was canceled"),
            JoinError::Panicked(payload) => {
                let text = payload.downcast_ref::<&str>().copied();
                match text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)) {
                    Some(text) => write!(f, "the task panicked: {text}"),
                    None => f.write_str("the task panicked"),
                }
            }
        }
    }
}

impl std::error::Error for JoinError {}

/// What a task and its [`JoinHandle`] share.
pub(crate) struct Join<T> {
    result: Cell<Option<Result<T, JoinError>>>,
    waker: Cell<Option<Waker>>,
    is_finished: Cell<bool>,
}

impl<T> Join<T> {
    pub(crate) fn new() -> Rc<Join<T>> {
        Rc::new(Join { result: Cell::new(None), waker: Cell::new(None), is_finished: Cell::new(false) })
    }

    pub(crate) fn finish(&self, result: Result<T, JoinError>) {
        if self.is_finished.replace(true) {
            return;
        }
        self.result.set(Some(result));
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// A task as the loop has it, whatever it returns. Dropping it cancels it, if it has not ended.
pub(crate) trait Body {
    /// Runs the task up to its next await, and says whether it has ended. A panic ends it.
    fn run(&mut self, cx: &mut Context<'_>) -> bool;
}

pub(crate) struct Spawned<F: Future> {
    /// `None` once it has ended.
    future: Option<Pin<Box<F>>>,
    outcome: Result<F::Output, JoinError>,
    join: Rc<Join<F::Output>>,
}

impl<F: Future> Spawned<F> {
    pub(crate) fn new(future: F, join: Rc<Join<F::Output>>) -> Self {
        Spawned { future: Some(Box::pin(future)), outcome: Err(JoinError::Canceled), join }
    }

    /// Drops the future; a panic of that is the task's, too.
    fn drop_future(&mut self) {
        if let Some(future) = self.future.take()
            && let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(future)))
        {
            self.outcome = Err(JoinError::Panicked(payload));
        }
    }
}

impl<F: Future> Body for Spawned<F> {
    fn run(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(future) = self.future.as_mut() else {
            return true;
        };
        self.outcome = match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(Poll::Pending) => return false,
            Ok(Poll::Ready(output)) => Ok(output),
            Err(payload) => Err(JoinError::Panicked(payload)),
        };
        self.drop_future();
        true
    }
}

impl<F: Future> Drop for Spawned<F> {
    fn drop(&mut self) {
        self.drop_future();
        self.join.finish(std::mem::replace(&mut self.outcome, Err(JoinError::Canceled)));
    }
}
