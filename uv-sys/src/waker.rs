use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::sys::Notifier;

/// Ends a [`Poller`](crate::Poller)'s current or next wait, from any thread; follows libuv's
/// `uv_async_send`.
///
/// Wake-ups coalesce: however many there are before the poller's wait returns, they are one
/// wake-up, and all but the first make no system call. None is lost: what a thread wrote before its
/// call of [`wake`](Waker::wake) is visible to the polling thread once its wait returned with
/// [`Events::woken`](crate::Events::woken).
///
/// A waker may outlive its poller; then it wakes nobody.
///
/// ```
/// use uv_sys::{Events, Poller};
///
/// let poller = Poller::new()?;
/// let waker = poller.waker();
/// let thread = std::thread::spawn(move || waker.wake());
///
/// let mut events = Events::with_capacity(16);
/// poller.wait(&mut events, None)?;
/// assert!(events.woken());
/// # thread.join().unwrap();
/// # Ok::<(), uv_sys::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Waker {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// Whether a wake-up was asked for that no wait has reported yet.
    ///
    /// Each change from false to true is followed by one `notify`, which ends a wait; each end of a
    /// wait takes the flag back to false and reports it. So a waker that finds the flag true may
    /// leave: a report is still to come. Both sides swap, also where the value stays true, because
    /// only a write releases what the waking thread did before, and the polling thread's swap, which
    /// comes later in the flag's order, acquires it. Between a waker's swap and its `notify` the
    /// polling thread may already report the wake-up (its wait had ended for another reason); the
    /// notification then ends a later wait for nothing, and the poller repeats that wait.
    pending: AtomicBool,
    notifier: Notifier,
}

impl Waker {
    pub(crate) fn new(notifier: Notifier) -> Waker {
        let pending = AtomicBool::new(false);
        Waker {
            shared: Arc::new(Shared { pending, notifier }),
        }
    }

    /// Ends the poller's wait, or the next one if it isn't waiting.
    ///
    /// Makes at most one system call, takes no lock and allocates nothing: a signal handler may
    /// call it.
    ///
    /// ```
    /// use uv_sys::{Events, Poller};
    ///
    /// let poller = Poller::new()?;
    /// let waker = poller.waker();
    /// waker.wake();
    /// waker.wake();
    ///
    /// let mut events = Events::with_capacity(16);
    /// poller.wait(&mut events, None)?; // does not block
    /// assert!(events.woken() && events.is_empty());
    ///
    /// poller.wait(&mut events, Some(std::time::Duration::ZERO))?;
    /// assert!(!events.woken()); // two calls were one wake-up
    /// # Ok::<(), uv_sys::Error>(())
    /// ```
    pub fn wake(&self) {
        if !self.shared.pending.swap(true, Ordering::AcqRel) {
            self.shared.notifier.notify();
        }
    }

    /// Takes a pending wake-up; called at each end of a wait.
    pub(crate) fn take(&self) -> bool {
        // Who sees false here may miss a wake-up of this moment; its notification ends the next wait.
        self.shared.pending.load(Ordering::Relaxed)
            && self.shared.pending.swap(false, Ordering::AcqRel)
    }
}
