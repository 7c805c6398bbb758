//! A request's callback as a future.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::event_loop::Loop;
use crate::loop_handle::LoopHandle;
use crate::request::Work;

/// Waits for the callback of a request, and gives what the callback gave to its [`Answer`]: `None` if it never will, as
/// the loop is gone. For crates whose requests are made of [`Loop::queue_work`] or [`Loop::queue_completed`], and that
/// have futures of them.
///
/// Dropping it cancels the request if no thread has begun with it. It panics if it is polled again after it has given
/// the result.
///
/// ```
/// use uv_loop::{Loop, RequestFuture};
///
/// let lp = Loop::new()?;
/// let future = RequestFuture::new(&lp.handle(), |lp, answer| {
///     lp.queue_work(|| 6 * 7, |_, result| answer.give(result.unwrap()))
/// });
/// assert_eq!(lp.block_on(future)?, Some(42));
///
/// let handle = lp.handle();
/// drop(lp);
/// let future = RequestFuture::new(&handle, |lp, answer| lp.queue_completed(|_| answer.give(())));
/// assert_eq!(Loop::new()?.block_on(future)?, None);
/// # Ok::<(), uv_loop::Error>(())
/// ```
#[must_use = "dropping it cancels the request"]
pub struct RequestFuture<T> {
    state: Rc<Cell<State<T>>>,
    handle: LoopHandle,
    /// `None` once it has given the result, and for a loop that was gone before.
    request: Option<Work>,
}

enum State<T> {
    Waits(Option<Waker>),
    Given(T),
    Lost,
    Taken,
}

impl<T> RequestFuture<T> {
    /// `make` makes the request and has its callback answer. It is not called if the loop is gone.
    ///
    /// ```
    /// use uv_loop::{Loop, RequestFuture};
    ///
    /// let lp = Loop::new()?;
    /// let future = RequestFuture::new(&lp.handle(), |lp, answer| lp.queue_completed(|_| answer.give("cached")));
    /// assert_eq!(lp.block_on(future)?, Some("cached"));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn new(handle: &LoopHandle, make: impl FnOnce(&Loop, Answer<T>) -> Work) -> Self {
        let state = Rc::new(Cell::new(State::Waits(None)));
        let answer = Answer(state.clone());
        let request = handle.with(|lp| make(lp, answer)).ok();
        RequestFuture { state, handle: handle.clone(), request }
    }
}

/// The callback's share of a [`RequestFuture`]. If it is dropped without an answer, as with a callback whose loop is
/// dropped, the future gives `None`.
///
/// ```
/// use uv_loop::{Answer, Loop, RequestFuture};
///
/// fn stat(lp: &Loop, answer: Answer<u64>) -> uv_loop::Work {
///     lp.queue_work(
///         || std::fs::metadata("/dev/null").map_or(0, |file| file.len()),
///         |_, size| answer.give(size.unwrap()),
///     )
/// }
/// let lp = Loop::new()?;
/// assert_eq!(lp.block_on(RequestFuture::new(&lp.handle(), stat))?, Some(0));
/// # Ok::<(), uv_loop::Error>(())
/// ```
pub struct Answer<T>(Rc<Cell<State<T>>>);

impl<T> Answer<T> {
    /// Has the future give this.
    ///
    /// ```
    /// # use uv_loop::{Loop, RequestFuture};
    /// # let lp = Loop::new()?;
    /// let future = RequestFuture::new(&lp.handle(), |lp, answer| lp.queue_completed(|_| answer.give(1)));
    /// # assert_eq!(lp.block_on(future)?, Some(1));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn give(self, result: T) {
        self.settle(State::Given(result));
    }

    fn settle(&self, state: State<T>) {
        match self.0.replace(state) {
            State::Waits(None) => {}
            State::Waits(Some(waker)) => waker.wake(),
            // It was given before.
            before => drop(self.0.replace(before)),
        }
    }
}

impl<T> Drop for Answer<T> {
    fn drop(&mut self) {
        self.settle(State::Lost);
    }
}

impl<T> Future for RequestFuture<T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let result = match self.state.replace(State::Taken) {
            State::Given(result) => Some(result),
            State::Lost => None,
            State::Waits(waker) => {
                let waker = waker.filter(|waker| waker.will_wake(cx.waker()));
                self.state.set(State::Waits(Some(waker.unwrap_or_else(|| cx.waker().clone()))));
                return Poll::Pending;
            }
            State::Taken => panic!("the result was given before"),
        };
        self.request = None;
        Poll::Ready(result)
    }
}

impl<T> Unpin for RequestFuture<T> {}

impl<T> Drop for RequestFuture<T> {
    fn drop(&mut self) {
        if let Some(request) = self.request {
            // It fails if a thread has begun, or has done it.
            let _ = self.handle.with(|lp| request.cancel(lp));
        }
    }
}

impl<T> fmt::Debug for RequestFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestFuture").field("request", &self.request).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Answer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").finish_non_exhaustive()
    }
}
