//! What hyper asks of a runtime.

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use hyper::rt::{Executor, Read, ReadBufCursor, Sleep, Write};
use uv_loop::{Handle, Loop, LoopHandle, Timer};

use crate::async_stream::AsyncStream;
use crate::stream::Stream;
use crate::stream::read::{Buffer, ReadBuf};

impl<S: Stream + Unpin> Read for AsyncStream<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, mut cursor: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        // The thread's buffer, as filling hyper's own would not be safe.
        let mut buffer = Buffer::take();
        let room = buffer.0.len().min(cursor.remaining());
        let bytes = &mut buffer.0[..room];
        let read = AsyncStream::poll_read(&self, cx, ReadBuf::from(&mut *bytes))?;
        read.map(|count| {
            cursor.put_slice(&bytes[..count]);
            Ok(())
        })
    }
}

impl<S: Stream + Unpin> Write for AsyncStream<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        AsyncStream::poll_write(&self, cx, &[IoSlice::new(bytes)]).map_err(io::Error::from)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        AsyncStream::poll_write(&self, cx, buffers).map_err(io::Error::from)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        AsyncStream::poll_flush(&self, cx).map_err(io::Error::from)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        AsyncStream::poll_shutdown(&self, cx).map_err(io::Error::from)
    }
}

/// Starts hyper's tasks as tasks of the loop. (Feature `hyper`.)
///
/// ```
/// use hyper::rt::Executor;
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// uv_net::HyperExecutor::new(lp.handle()).execute(async { println!("on the loop") });
/// lp.run(RunMode::Default)?;
/// # Ok::<(), uv_net::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct HyperExecutor(LoopHandle);

impl HyperExecutor {
    /// Of that loop.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let executor = uv_net::HyperExecutor::new(lp.handle());
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn new(handle: LoopHandle) -> HyperExecutor {
        HyperExecutor(handle)
    }
}

impl<F: Future + 'static> Executor<F> for HyperExecutor {
    fn execute(&self, future: F) {
        // A loop that is gone runs nothing, and drops what it is given.
        let _ = self.0.with(|lp| drop(lp.spawn_local(future)));
    }
}

/// Gives hyper its timeouts by timers of the loop, which do not keep it alive. (Feature `hyper`.)
///
/// hyper wants a timer that any thread could have; this one belongs to the thread of its loop. A sleep that is polled
/// on another thread panics.
///
/// ```
/// use std::time::Duration;
/// use hyper::rt::Timer;
///
/// let lp = uv_loop::Loop::new()?;
/// let timer = uv_net::HyperTimer::new(&lp);
/// lp.block_on(timer.sleep(Duration::from_millis(1)))?;
/// # Ok::<(), uv_net::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct HyperTimer(Arc<Registered>);

impl HyperTimer {
    /// Of that loop.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let timer = uv_net::HyperTimer::new(&lp);
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn new(lp: &Loop) -> HyperTimer {
        let place = LOOPS.with_borrow_mut(|loops| {
            let place = loops.iter().position(Option::is_none).unwrap_or(loops.len());
            loops.resize(loops.len().max(place + 1), None);
            loops[place] = Some(lp.handle());
            place
        });
        HyperTimer(Arc::new(Registered { place, thread: std::thread::current().id() }))
    }
}

impl hyper::rt::Timer for HyperTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        let now = Instant::now();
        self.sleep_until(now.checked_add(duration).unwrap_or_else(|| now + FOREVER))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Sleeping { deadline, registered: self.0.clone(), timer: None, shared: Arc::default() })
    }
}

/// What no connection outlives.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

thread_local! {
    /// The loops of this thread's timers. The sleeps of hyper must be `Send`, and a loop's handle is not.
    static LOOPS: RefCell<Vec<Option<LoopHandle>>> = const { RefCell::new(Vec::new()) };
}

/// A place among the thread's loops.
#[derive(Debug)]
struct Registered {
    place: usize,
    thread: std::thread::ThreadId,
}

impl Registered {
    fn is_here(&self) -> bool {
        self.thread == std::thread::current().id()
    }

    fn with<R>(&self, act: impl FnOnce(&Loop) -> R) -> Option<R> {
        let handle = LOOPS.try_with(|loops| loops.borrow().get(self.place).cloned().flatten()).ok().flatten();
        handle?.with(act).ok()
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        // On another thread the place is left; it holds a weak reference.
        if self.is_here() {
            let _ = LOOPS.try_with(|loops| loops.borrow_mut()[self.place].take());
        }
    }
}

struct Sleeping {
    deadline: Instant,
    registered: Arc<Registered>,
    timer: Option<Timer>,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    is_over: bool,
    waker: Option<Waker>,
}

impl Sleep for Sleeping {}

impl Future for Sleeping {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        assert!(self.registered.is_here(), "a HyperTimer belongs to the thread of its loop");
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let left = self.deadline.saturating_duration_since(Instant::now());
        if shared.is_over || left.is_zero() {
            return Poll::Ready(());
        }
        shared.waker = Some(cx.waker().clone());
        drop(shared);
        if self.timer.is_none() {
            let shared = self.shared.clone();
            self.timer = self.registered.with(|lp| start(lp, left, shared));
        }
        Poll::Pending
    }
}

fn start(lp: &Loop, left: Duration, shared: Arc<Mutex<Shared>>) -> Timer {
    let timer = Timer::new(lp);
    // The loop's time stands still in a callback, and may be behind.
    lp.update_time();
    let over = move |_: &Loop, _: Timer| {
        let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.is_over = true;
        let waker = shared.waker.take();
        drop(shared);
        if let Some(waker) = waker {
            waker.wake();
        }
    };
    // The loop's milliseconds are whole ones, and the one that has begun is over sooner.
    let left = left.saturating_add(Duration::from_millis(1));
    // They fail for a handle that is closing, and this one is new.
    let _ = timer.start(lp, left, Duration::ZERO, over);
    let _ = timer.unref(lp);
    timer
}

impl Drop for Sleeping {
    fn drop(&mut self) {
        if let Some(timer) = self.timer.filter(|_| self.registered.is_here()) {
            self.registered.with(|lp| timer.close(lp));
        }
    }
}

impl fmt::Debug for Sleeping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleeping").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}
