//! Pool work as a future.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use uv_pool::JobError;

use super::request::RequestFuture;
use crate::event_loop::Loop;
use crate::loop_handle::LoopHandle;

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
        self.handle().work(work)
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
        WorkFuture(RequestFuture::new(self, |lp, answer| lp.queue_work(work, |_, result| answer.give(result))))
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
pub struct WorkFuture<T>(RequestFuture<Result<T, JobError>>);

impl<T> Future for WorkFuture<T> {
    type Output = Result<T, JobError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(|result| result.unwrap_or(Err(JobError::Canceled)))
    }
}

impl<T> fmt::Debug for WorkFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WorkFuture").field(&self.0).finish()
    }
}
