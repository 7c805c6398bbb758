//! Signals as a stream.

use std::cell::Cell;
use std::fmt;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use uv_sys::{Error, Result};

use crate::event_loop::Loop;
use crate::handle::Handle;
use crate::handles::signal::Signal;
use crate::loop_handle::LoopHandle;

impl Loop {
    /// Watches `signum` from now on, for tasks to await. It is a [`Signal`] handle that does not keep the loop alive by
    /// itself: the task that awaits it does.
    ///
    /// # Errors
    ///
    /// Those of [`Signal::start`].
    ///
    /// ```
    /// use uv_loop::signal::SIGUSR1;
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let mut signals = lp.signal(SIGUSR1)?;
    /// println!("kill -USR1 {}", std::process::id());
    /// # uv_sys::os::kill(std::process::id() as i32, SIGUSR1)?;
    /// lp.block_on(signals.recv())??;
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn signal(&self, signum: i32) -> Result<SignalStream> {
        let caught = Rc::new(Caught::default());
        let stream = SignalStream { caught: caught.clone(), signal: Signal::new(self), handle: self.handle() };
        stream.signal.unref(self)?;
        let end = End(caught);
        stream.signal.start(self, signum, move |_, _, _| end.0.tell(1))?;
        Ok(stream)
    }
}

impl LoopHandle {
    /// [`Loop::signal`].
    ///
    /// # Errors
    ///
    /// Those of [`Loop::signal`], and `EBADF` if the loop is gone.
    ///
    /// ```
    /// use uv_loop::signal::SIGUSR2;
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let mut signals = lp.handle().signal(SIGUSR2)?;
    /// let task = lp.spawn_local(async move { signals.recv().await });
    /// println!("kill -USR2 {}", std::process::id());
    /// # uv_sys::os::kill(std::process::id() as i32, SIGUSR2)?;
    /// lp.block_on(task)?.unwrap()?;
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn signal(&self, signum: i32) -> Result<SignalStream> {
        self.with(|lp| lp.signal(signum))?
    }
}

/// A signal, as often as it is caught. See [`Loop::signal`]. Dropping it ends the watch.
///
/// ```
/// use uv_loop::SignalStream;
/// use uv_loop::signal::SIGWINCH;
///
/// let lp = uv_loop::Loop::new()?;
/// let resizes: SignalStream = lp.signal(SIGWINCH)?;
/// # Ok::<(), uv_loop::Error>(())
/// ```
pub struct SignalStream {
    caught: Rc<Caught>,
    signal: Signal,
    handle: LoopHandle,
}

impl SignalStream {
    /// Waits for the next of the signals that were caught since the stream was made. Dropping the future loses none.
    ///
    /// # Errors
    ///
    /// `ECANCELED` if the loop is gone, or someone has closed the handle (by a [`walk`](Loop::walk)).
    ///
    /// ```
    /// use uv_loop::signal::SIGUSR1;
    /// # use uv_sys::os::kill;
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let mut signals = lp.signal(SIGUSR1)?;
    /// lp.block_on(async {
    ///     for _ in 0..3 {
    ///         # kill(std::process::id() as i32, SIGUSR1)?;
    ///         signals.recv().await?;
    ///     }
    ///     uv_loop::Result::Ok(())
    /// })??;
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub async fn recv(&mut self) -> Result<()> {
        poll_fn(|cx| self.caught.poll(cx)).await
    }
}

impl Drop for SignalStream {
    fn drop(&mut self) {
        // Someone else may have closed it.
        let _ = self.handle.with(|lp| self.signal.close(lp));
    }
}

impl fmt::Debug for SignalStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignalStream").field("signal", &self.signal).finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Caught {
    count: Cell<u64>,
    has_ended: Cell<bool>,
    waker: Cell<Option<Waker>>,
}

impl Caught {
    fn tell(&self, count: u64) {
        self.count.set(self.count.get() + count);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn poll(&self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        if let Some(left) = self.count.get().checked_sub(1) {
            self.count.set(left);
            return Poll::Ready(Ok(()));
        }
        if self.has_ended.get() {
            return Poll::Ready(Err(Error::ECANCELED));
        }
        let waker = self.waker.take().filter(|waker| waker.will_wake(cx.waker()));
        self.waker.set(Some(waker.unwrap_or_else(|| cx.waker().clone())));
        Poll::Pending
    }
}

/// Goes with the handle's callback.
struct End(Rc<Caught>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.has_ended.set(true);
        self.0.tell(0);
    }
}
