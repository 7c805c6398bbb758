use std::sync::Arc;
use std::sync::atomic::Ordering;

#[cfg(all(test, loom))]
use loom::sync::atomic::AtomicBool;
#[cfg(not(all(test, loom)))]
use std::sync::atomic::AtomicBool;

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
    pending: Pending,
    notifier: Notifier,
}

impl Waker {
    pub(crate) fn new(notifier: Notifier) -> Waker {
        let pending = Pending::new();
        Waker { shared: Arc::new(Shared { pending, notifier }) }
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
        self.shared.pending.raise(|| self.shared.notifier.notify());
    }

    pub(crate) fn notifier(&self) -> &Notifier {
        &self.shared.notifier
    }

    /// The notifier is a new one: it has to notify again of what is pending.
    pub(crate) fn renew(&self) {
        if self.shared.pending.take() {
            self.wake();
        }
    }

    /// Takes a pending wake-up; called at each end of a wait.
    pub(crate) fn take(&self) -> bool {
        self.shared.pending.take()
    }
}

/// Whether a wake-up was asked for that no wait has reported yet.
///
/// Each change from false to true is followed by one notification, which ends a wait; each end of a
/// wait takes the flag back to false and reports it. So a waker that finds the flag true may leave:
/// a report is still to come. Both sides swap, also where the value stays true, because only a write
/// releases what the waking thread did before, and the polling thread's swap, which comes later in
/// the flag's order, acquires it. A load and a compare-exchange that fails release nothing.
///
/// Between a waker's swap and its notification the polling thread may already report the wake-up,
/// if its wait ended for another reason. The notification then ends a later wait for nothing, and
/// the poller repeats that wait.
#[derive(Debug)]
struct Pending(AtomicBool);

impl Pending {
    fn new() -> Pending {
        Pending(AtomicBool::new(false))
    }

    fn raise(&self, notify: impl FnOnce()) {
        if !self.0.swap(true, Ordering::AcqRel) {
            notify();
        }
    }

    fn take(&self) -> bool {
        // Who reads false may miss a flag of this moment; its notification ends the next wait.
        self.0.load(Ordering::Relaxed) && self.0.swap(false, Ordering::AcqRel)
    }
}

/// Run with `RUSTFLAGS="--cfg loom" cargo test -p uv-sys --lib --release`.
#[cfg(all(test, loom))]
mod tests {
    use super::{AtomicBool, Ordering, Pending};
    use loom::sync::{Arc, Condvar, Mutex};
    use loom::thread;

    /// What the kernel does for a poller: a notification ends the current or the next wait.
    struct Kernel {
        notified: Mutex<bool>,
        changed: Condvar,
    }

    impl Kernel {
        fn notify(&self) {
            *self.notified.lock().unwrap() = true;
            self.changed.notify_one();
        }

        fn wait(&self) {
            let mut notified = self.notified.lock().unwrap();
            while !*notified {
                notified = self.changed.wait(notified).unwrap();
            }
            *notified = false;
        }
    }

    /// Each thread does its work with no ordering but the wake-up's. A wake-up that came without the
    /// work, or not at all, leaves the polling thread in a wait for ever, which loom reports.
    fn all_work_is_seen(threads: usize, ends_early: bool) {
        let mut model = loom::model::Builder::new();
        // Without a bound two waking threads take minutes; they pass then, too.
        model.preemption_bound = (threads > 1).then_some(2);
        model.check(move || {
            let shared = Arc::new((Pending::new(), Kernel { notified: Mutex::new(false), changed: Condvar::new() }));
            let work: Vec<_> = (0..threads).map(|_| Arc::new(AtomicBool::new(false))).collect();
            for done in &work {
                let (shared, done) = (shared.clone(), done.clone());
                thread::spawn(move || {
                    let (pending, kernel) = &*shared;
                    done.store(true, Ordering::Relaxed);
                    pending.raise(|| kernel.notify());
                });
            }

            let (pending, kernel) = &*shared;
            let mut seen = false;
            // An early end: by a descriptor's event, and not by a notification.
            let mut early = ends_early;
            while !seen {
                if !std::mem::take(&mut early) {
                    kernel.wait();
                }
                if pending.take() {
                    seen = work.iter().all(|done| done.load(Ordering::Relaxed));
                }
            }
        });
    }

    #[test]
    fn one_wake_up_is_seen() {
        all_work_is_seen(1, false);
    }

    #[test]
    fn coalesced_wake_ups_are_seen() {
        all_work_is_seen(2, false);
    }

    #[test]
    fn a_wait_that_ended_for_another_reason_loses_nothing() {
        all_work_is_seen(1, true);
        all_work_is_seen(2, true);
    }
}
