//! Pool work as a future.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use uv_pool::JobError;

use crate::event_loop::Loop;
use crate::loop_handle::LoopHandle;
use crate::request::Work;

impl Loop {
    /// Runs `work` on the pool, from now on, and gives what it returns: [`queue_work`](Loop::queue_work) as a future.
    /// Dropping the future cancels the work if no thread has begun with it. Should the loop be dropped first, the result is
    /// [`JobError::Canceled`].
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let (left, right) = (lp.work(|| (1..=50).sum::<u32>()), lp.work(|| (51..=100).sum::<u32>()));
    /// let sum = lp.block_on(async { left.await.unwrap() + right.await.unwrap() })?;
    /// assert_eq!(sum, 5050);
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> WorkFuture<T> {
        let done = Rc::new(Done { result: Cell::new(None), waker: Cell::new(None) });
        let answer = Answer(done.clone());
        let request = self.queue_work(work, move |_, result| answer.0.result.set(Some(result)));
        WorkFuture { done, handle: self.handle(), request: Some(request) }
    }
}

impl LoopHandle {
    /// [`Loop::work`]; if the loop is gone the work is canceled.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let handle = lp.handle();
    /// let task = lp.spawn_local(async move { handle.work(|| 6 * 7).await.unwrap() });
    /// assert_eq!(lp.block_on(task)?.unwrap(), 42);
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> WorkFuture<T> {
        self.with(|lp| lp.work(work)).unwrap_or_else(|_| {
            let done = Rc::new(Done { result: Cell::new(Some(Err(JobError::Canceled))), waker: Cell::new(None) });
            WorkFuture { done, handle: self.clone(), request: None }
        })
    }
}

/// The future of [`Loop::work`]. It panics if it is polled again after it has given the result.
///
/// ```
/// use uv_loop::{JobError, Loop, WorkFuture};
///
/// let lp = Loop::new()?;
/// let work: WorkFuture<()> = lp.work(|| panic!("a bug"));
/// assert!(matches!(lp.block_on(work)?, Err(JobError::Panicked(_))));
/// # Ok::<(), uv_loop::Error>(())
/// ```
#[must_use = "dropping it cancels the work"]
pub struct WorkFuture<T> {
    done: Rc<Done<T>>,
    handle: LoopHandle,
    /// `None` once it has given the result.
    request: Option<Work>,
}

struct Done<T> {
    result: Cell<Option<Result<T, JobError>>>,
    waker: Cell<Option<Waker>>,
}

/// The callback's share. It goes with the callback: called, or dropped with the loop.
struct Answer<T>(Rc<Done<T>>);

impl<T> Drop for Answer<T> {
    fn drop(&mut self) {
        let result = self.0.result.take().unwrap_or(Err(JobError::Canceled));
        self.0.result.set(Some(result));
        if let Some(waker) = self.0.waker.take() {
            waker.wake();
        }
    }
}

impl<T> Future for WorkFuture<T> {
    type Output = Result<T, JobError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Some(result) = this.done.result.take() {
            this.request = None;
            return Poll::Ready(result);
        }
        assert!(this.request.is_some(), "the result was given before");
        let waker = this.done.waker.take().filter(|waker| waker.will_wake(cx.waker()));
        this.done.waker.set(Some(waker.unwrap_or_else(|| cx.waker().clone())));
        Poll::Pending
    }
}

impl<T> Drop for WorkFuture<T> {
    fn drop(&mut self) {
        if let Some(request) = self.request {
            // It fails if a thread has begun, or has done it.
            let _ = self.handle.with(|lp| request.cancel(lp));
        }
    }
}

impl<T> fmt::Debug for WorkFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkFuture").field("request", &self.request).finish_non_exhaustive()
    }
}
