//! What other threads tell the loop itself.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use uv_sys::Waker;

use crate::event_loop::Loop;

/// Stops a loop, or has its [`HandleOwner`](crate::HandleOwner) called, from any thread. It is no handle: it neither keeps the
/// loop alive nor from being closed, and outlives it harmlessly. From [`Loop::remote`].
///
/// ```
/// use std::time::Duration;
/// use uv_loop::{Loop, RunMode, Timer};
///
/// let lp = Loop::new()?;
/// Timer::new(&lp).start(&lp, Duration::from_secs(3600), Duration::ZERO, |_, _| unreachable!())?;
/// let remote = lp.remote();
/// std::thread::spawn(move || remote.stop());
/// assert!(lp.run(RunMode::Default)?, "the timer is still active");
/// # Ok::<(), uv_loop::Error>(())
/// ```
#[derive(Clone)]
pub struct Remote(Arc<Told>);

impl Remote {
    pub(crate) fn new(waker: Waker) -> Remote {
        Remote(Arc::new(Told { word: AtomicU32::new(0), waker }))
    }

    /// As [`Loop::stop`], from any thread: `run` ends after the iteration in hand, or the next `run` at once. A loop that waits is
    /// woken, which `uv_stop` does not do.
    ///
    /// ```
    /// use uv_loop::{Idle, Loop, RunMode};
    ///
    /// let lp = Loop::new()?;
    /// Idle::new(&lp).start(&lp, |_, _| unreachable!())?;
    /// lp.remote().stop();
    /// assert!(lp.run(RunMode::Default)?);
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn stop(&self) {
        self.0.word.fetch_or(STOP, Ordering::Release);
        self.0.waker.wake();
    }

    /// Has [`HandleOwner::called`](crate::HandleOwner::called) called in the loop's poll phase, the current or the next one, for
    /// which a loop that waits is woken. Any number of calls until then are one; what was done before them is seen there.
    ///
    /// ```
    /// use std::cell::Cell;
    /// use std::rc::Rc;
    /// use uv_loop::{HandleId, HandleOwner, Idle, Loop, RunMode};
    ///
    /// #[derive(Default)]
    /// struct Owner(Cell<bool>);
    ///
    /// impl HandleOwner for Owner {
    ///     fn call(&self, _: &Loop, _: HandleId, _: usize) {}
    ///     fn closed(&self, _: &Loop, _: HandleId, _: usize) {}
    ///     fn called(&self, lp: &Loop) {
    ///         self.0.set(true);
    ///         lp.stop();
    ///     }
    /// }
    ///
    /// let owner = Rc::new(Owner::default());
    /// let lp = Loop::builder().handle_owner(owner.clone()).build()?;
    /// Idle::new(&lp).start(&lp, |_, _| {})?;
    /// let remote = lp.remote();
    /// std::thread::spawn(move || remote.call());
    /// lp.run(RunMode::Default)?;
    /// assert!(owner.0.get());
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn call(&self) {
        self.0.word.fetch_or(CALL, Ordering::Release);
        self.0.waker.wake();
    }

    #[inline(always)]
    pub(crate) fn is_stopped(&self) -> bool {
        self.0.word.load(Ordering::Acquire) & STOP != 0
    }

    /// Of the loop's thread, which need not be woken.
    pub(crate) fn set_stopped(&self) {
        self.0.word.fetch_or(STOP, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn forget_stop(&self) {
        if self.is_stopped() {
            self.0.word.fetch_and(!STOP, Ordering::Relaxed);
        }
    }

    /// Whether the loop is not to wait.
    #[inline(always)]
    pub(crate) fn is_told(&self) -> bool {
        self.0.word.load(Ordering::Relaxed) != 0
    }

    /// In the child of a fork: who was about to wake the loop is not there.
    pub(crate) fn recover(&self) {
        if self.is_told() {
            self.0.waker.wake();
        }
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.0.word.load(Ordering::Relaxed);
        f.debug_struct("Remote").field("stop", &(word & STOP != 0)).field("call", &(word & CALL != 0)).finish()
    }
}

/// What threads share with the loop.
struct Told {
    word: AtomicU32,
    waker: Waker,
}

/// `run` is to end.
const STOP: u32 = 1;
/// The owner is to be called.
const CALL: u32 = 2;

impl Loop {
    /// What stops the loop, or calls its owner, from other threads.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let remote = lp.remote();
    /// drop(lp);
    /// remote.call(); // nobody hears it
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn remote(&self) -> Remote {
        self.core.remote.clone()
    }

    /// In the poll phase.
    #[inline(always)]
    pub(crate) fn answer_remote(&self) {
        if self.core.remote.is_told() {
            self.answer();
        }
    }

    #[inline(never)]
    fn answer(&self) {
        let word = self.core.remote.0.word.fetch_and(!CALL, Ordering::Acquire);
        if word & CALL != 0
            && let Some(owner) = self.core.owner.clone()
        {
            owner.called(self);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use std::time::Duration;

    use crate::{HandleId, HandleOwner, Idle, Loop, RunMode, Timer};

    /// Counts what it is asked for, and stops the loop when it has seen all.
    struct Owner {
        asked: Arc<AtomicUsize>,
        all: usize,
        seen: Cell<usize>,
        calls: Cell<usize>,
    }

    impl HandleOwner for Owner {
        fn call(&self, _: &Loop, _: HandleId, _: usize) {}
        fn closed(&self, _: &Loop, _: HandleId, _: usize) {}
        fn called(&self, lp: &Loop) {
            self.calls.set(self.calls.get() + 1);
            self.seen.set(self.asked.load(Ordering::Relaxed));
            if self.seen.get() == self.all {
                lp.stop();
            }
        }
    }

    fn threads_ask(keep: impl Fn(&Loop)) {
        const THREADS: usize = 3;
        const CALLS: usize = 2000;
        let asked = Arc::new(AtomicUsize::new(0));
        let all = THREADS * CALLS;
        let owner = Rc::new(Owner { asked: asked.clone(), all, seen: Cell::new(0), calls: Cell::new(0) });
        let lp = Loop::builder().handle_owner(owner.clone()).build().unwrap();
        keep(&lp);
        let threads = [(); THREADS].map(|()| {
            let (asked, remote) = (asked.clone(), lp.remote());
            thread::spawn(move || {
                for _ in 0..CALLS {
                    asked.fetch_add(1, Ordering::Relaxed);
                    remote.call();
                }
            })
        });
        assert!(lp.run(RunMode::Default).unwrap());
        assert_eq!(owner.seen.get(), all, "the last call is seen, with what came before it");
        assert!((1..=all).contains(&owner.calls.get()));
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    }

    #[test]
    fn a_loop_that_waits_is_called() {
        threads_ask(|lp| {
            Timer::new(lp).start(lp, Duration::from_secs(3600), Duration::ZERO, |_, _| unreachable!()).unwrap();
        });
    }

    #[test]
    fn a_loop_that_spins_is_called() {
        threads_ask(|lp| Idle::new(lp).start(lp, |_, _| {}).unwrap());
    }

    #[test]
    fn a_stop_from_elsewhere_ends_each_run() {
        let lp = Loop::new().unwrap();
        Timer::new(&lp).start(&lp, Duration::from_secs(3600), Duration::ZERO, |_, _| unreachable!()).unwrap();
        for _ in 0..200 {
            let remote = lp.remote();
            let stops = thread::spawn(move || remote.stop());
            assert!(lp.run(RunMode::Default).unwrap());
            stops.join().unwrap();
        }
        assert!(lp.run(RunMode::NoWait).unwrap());
    }

    #[test]
    fn a_stop_before_the_run_ends_that_alone() {
        let lp = Loop::new().unwrap();
        let turns = Rc::new(Cell::new(0));
        let count = turns.clone();
        let idle = Idle::new(&lp);
        idle.start(&lp, move |_, _| count.set(count.get() + 1)).unwrap();
        lp.remote().stop();
        assert!(lp.run(RunMode::Once).unwrap());
        assert_eq!(turns.get(), 0);
        assert!(lp.run(RunMode::Once).unwrap());
        assert_eq!(turns.get(), 1);
    }
}
