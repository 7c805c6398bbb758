//! Timer handles.

use std::time::Duration;

use uv_sys::{Error, Result};
use uv_timers::{Heap, Key};

use crate::handle::{Handle, Kind};
use crate::slab::{HandleId, ListId};
use crate::{core::State, event_loop::Loop};

/// Calls back when its time has come, once or again and again. As `uv_timer_t`.
///
/// Times are counted on the loop's millisecond clock ([`Loop::now`]); a fraction of a millisecond is rounded up, so a
/// timer never fires early. Timers that are due at the same millisecond fire in the order in which they were started.
///
/// ```
/// use std::time::Duration;
/// use uv_loop::{Loop, RunMode, Timer};
///
/// let lp = Loop::new()?;
/// let mut left = 3;
/// Timer::new(&lp).start(&lp, Duration::ZERO, Duration::from_millis(1), move |lp, timer| {
///     left -= 1;
///     if left == 0 {
///         timer.stop(lp).unwrap();
///     }
/// })?;
/// lp.run(RunMode::Default)?;
/// # Ok::<(), uv_loop::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Timer(HandleId);

impl Handle for Timer {
    fn id(self) -> HandleId {
        self.0
    }
}

impl Timer {
    /// A timer that is not started, as `uv_timer_init`.
    ///
    /// ```
    /// use uv_loop::{Handle, Loop, Timer};
    ///
    /// let lp = Loop::new()?;
    /// assert!(!Timer::new(&lp).is_active(&lp));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn new(lp: &Loop) -> Self {
        Timer(lp.insert(Kind::Timer(TimerBody::default())))
    }

    /// Calls `callback` after `timeout`, and then every `repeat` unless that is zero. A timer that is started
    /// already begins anew. As `uv_timer_start`: with a timeout of zero it fires in the next timers phase.
    ///
    /// # Errors
    ///
    /// `EBADF` if the timer is closed, `EINVAL` if it is being closed; `callback` is dropped then.
    ///
    /// ```
    /// use std::time::Duration;
    /// use uv_loop::{Loop, RunMode, Timer};
    ///
    /// let lp = Loop::new()?;
    /// let timer = Timer::new(&lp);
    /// timer.start(&lp, Duration::from_millis(2), Duration::ZERO, |lp, timer| assert_eq!(timer.due_in(lp), Ok(None)))?;
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn start(
        self,
        lp: &Loop,
        timeout: Duration,
        repeat: Duration,
        mut callback: impl FnMut(&Loop, Timer) + 'static,
    ) -> Result<()> {
        let old = lp.with_open(self.0, |state| {
            TimerBody::arm(lp, state, self.0, millis(timeout), millis(repeat));
            TimerBody::of(state, self.0).has_callback = true;
            Ok(Loop::replace_callback(state, self.0, Box::new(move |lp, id| callback(lp, Timer(id)))))
        })?;
        drop(old);
        Ok(())
    }

    /// [`start`](Timer::start) with the callback that the timer has: a timer that is started often allocates nothing.
    ///
    /// # Errors
    ///
    /// Those of [`start`](Timer::start), and `EINVAL` if the timer was never started.
    ///
    /// ```
    /// use std::time::Duration;
    /// use uv_loop::{Loop, RunMode, Timer};
    ///
    /// let lp = Loop::new()?;
    /// let timer = Timer::new(&lp);
    /// timer.start(&lp, Duration::ZERO, Duration::ZERO, |_, _| println!("twice"))?;
    /// lp.run(RunMode::Default)?;
    /// timer.restart(&lp, Duration::ZERO, Duration::ZERO)?;
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn restart(self, lp: &Loop, timeout: Duration, repeat: Duration) -> Result<()> {
        lp.with_open(self.0, |state| {
            if !TimerBody::of(state, self.0).has_callback {
                return Err(Error::EINVAL);
            }
            TimerBody::arm(lp, state, self.0, millis(timeout), millis(repeat));
            Ok(())
        })
    }

    /// Stops the timer; it can be started again. As `uv_timer_stop`.
    ///
    /// # Errors
    ///
    /// `EBADF` if the timer is closed, `EINVAL` if it is being closed.
    ///
    /// ```
    /// use std::time::Duration;
    /// use uv_loop::{Handle, Loop, Timer};
    ///
    /// let lp = Loop::new()?;
    /// let timer = Timer::new(&lp);
    /// timer.start(&lp, Duration::ZERO, Duration::ZERO, |_, _| unreachable!())?;
    /// timer.stop(&lp)?;
    /// assert!(!timer.is_active(&lp));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn stop(self, lp: &Loop) -> Result<()> {
        lp.with_open(self.0, |state| {
            TimerBody::stop(lp, state, self.0);
            Ok(())
        })
    }

    /// Starts a repeating timer anew with its repeat value; does nothing to one that does not repeat. As
    /// `uv_timer_again`.
    ///
    /// # Errors
    ///
    /// Those of [`stop`](Timer::stop), and `EINVAL` if the timer was never started.
    ///
    /// ```
    /// use std::time::Duration;
    /// use uv_loop::{Error, Loop, Timer};
    ///
    /// let lp = Loop::new()?;
    /// let timer = Timer::new(&lp);
    /// assert_eq!(timer.again(&lp), Err(Error::EINVAL));
    /// timer.start(&lp, Duration::ZERO, Duration::from_millis(50), |_, _| {})?;
    /// timer.again(&lp)?;
    /// assert_eq!(timer.due_in(&lp)?, Some(Duration::from_millis(50)));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn again(self, lp: &Loop) -> Result<()> {
        lp.with_open(self.0, |state| {
            if !TimerBody::of(state, self.0).has_callback {
                return Err(Error::EINVAL);
            }
            TimerBody::again(lp, state, self.0);
            Ok(())
        })
    }

    /// Sets the time between repeats from the next one on, as `uv_timer_set_repeat`. Zero ends the repeating.
    ///
    /// # Errors
    ///
    /// `EBADF` if the timer is closed, `EINVAL` if it is being closed.
    ///
    /// ```
    /// use std::time::Duration;
    /// use uv_loop::{Loop, Timer};
    ///
    /// let lp = Loop::new()?;
    /// let timer = Timer::new(&lp);
    /// timer.set_repeat(&lp, Duration::from_millis(20))?;
    /// assert_eq!(timer.repeat(&lp)?, Duration::from_millis(20));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn set_repeat(self, lp: &Loop, repeat: Duration) -> Result<()> {
        lp.with_open(self.0, |state| {
            TimerBody::of(state, self.0).repeat = millis(repeat);
            Ok(())
        })
    }

    /// The time between repeats, zero if the timer does not repeat. As `uv_timer_get_repeat`.
    ///
    /// # Errors
    ///
    /// `EBADF` if the timer is closed, `EINVAL` if it is being closed.
    ///
    /// ```
    /// use std::time::Duration;
    /// use uv_loop::{Loop, Timer};
    ///
    /// let lp = Loop::new()?;
    /// assert_eq!(Timer::new(&lp).repeat(&lp)?, Duration::ZERO);
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn repeat(self, lp: &Loop) -> Result<Duration> {
        lp.with_open(self.0, |state| Ok(Duration::from_millis(TimerBody::of(state, self.0).repeat)))
    }

    /// How long until the timer fires, on the loop's clock: zero if it is overdue, `None` if it is not started.
    /// (`uv_timer_get_due_in` cannot tell the last two from each other.)
    ///
    /// # Errors
    ///
    /// `EBADF` if the timer is closed, `EINVAL` if it is being closed.
    ///
    /// ```
    /// use std::time::Duration;
    /// use uv_loop::{Loop, Timer};
    ///
    /// let lp = Loop::new()?;
    /// let timer = Timer::new(&lp);
    /// assert_eq!(timer.due_in(&lp)?, None);
    /// timer.start(&lp, Duration::from_secs(1), Duration::ZERO, |_, _| {})?;
    /// assert_eq!(timer.due_in(&lp)?, Some(Duration::from_secs(1)));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn due_in(self, lp: &Loop) -> Result<Option<Duration>> {
        lp.with_open(self.0, |state| {
            let Some(key) = TimerBody::of(state, self.0).key else {
                return Ok(None);
            };
            let due = state.timers.due(key).map(|due| due.saturating_sub(lp.now()));
            Ok(due.map(Duration::from_millis))
        })
    }
}

/// Whole milliseconds, rounded up and saturating.
fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

#[derive(Default)]
pub(crate) struct TimerBody {
    /// In the heap while the timer is active; a timer on the ready list is not.
    key: Option<Key>,
    /// When it is due, or was last.
    due: u64,
    repeat: u64,
    has_callback: bool,
}

impl TimerBody {
    fn of(state: &mut State, id: HandleId) -> &mut TimerBody {
        match state.slab.get_mut(id).and_then(|slot| slot.body.as_mut()).map(|body| &mut body.kind) {
            Some(Kind::Timer(timer)) => timer,
            _ => unreachable!("a Timer is made by Timer::new alone, and its slot was just found open"),
        }
    }

    pub(crate) fn disarm(&mut self, timers: &mut Heap<HandleId>) {
        if let Some(key) = self.key.take() {
            timers.remove(key);
        }
    }

    fn arm(lp: &Loop, state: &mut State, id: HandleId, timeout: u64, repeat: u64) {
        Self::stop(lp, state, id);
        Self::of(state, id).repeat = repeat;
        Self::enter(lp, state, id, lp.now().saturating_add(timeout));
    }

    fn enter(lp: &Loop, state: &mut State, id: HandleId, due: u64) {
        let key = state.timers.push(due, id);
        let timer = Self::of(state, id);
        timer.key = Some(key);
        timer.due = due;
        lp.change_flags(state, id, |flags| flags.active = true);
    }

    fn stop(lp: &Loop, state: &mut State, id: HandleId) {
        state.slab.unlink(id.index);
        if let Some(key) = Self::of(state, id).key.take() {
            state.timers.remove(key);
            lp.change_flags(state, id, |flags| flags.active = false);
        }
    }

    fn again(lp: &Loop, state: &mut State, id: HandleId) {
        let repeat = Self::of(state, id).repeat;
        if repeat > 0 {
            Self::arm(lp, state, id, repeat, repeat);
        }
    }
}

impl Loop {
    /// All timers that are due now leave the heap before the first of them is called, so a timer that a callback
    /// starts waits for the next turn, whatever its timeout.
    pub(crate) fn run_timers(&self) {
        /// Timers that were ready when a callback panicked are as due as they were.
        struct PutBack<'a>(&'a Loop);
        impl Drop for PutBack<'_> {
            fn drop(&mut self) {
                let mut state = self.0.core.state.borrow_mut();
                while let Some(id) = state.slab.pop_front(ListId::ReadyTimers) {
                    let due = TimerBody::of(&mut state, id).due;
                    TimerBody::enter(self.0, &mut state, id, due);
                }
            }
        }

        let _rest = PutBack(self);
        let mut budget = self.budget();
        {
            let mut state = self.core.state.borrow_mut();
            while budget.take()
                && let Some((_, due, &id)) = state.timers.peek()
                && due <= self.now()
            {
                TimerBody::stop(self, &mut state, id);
                state.slab.push_back(ListId::ReadyTimers, id.index);
            }
        }
        loop {
            let mut state = self.core.state.borrow_mut();
            let Some(id) = state.slab.pop_front(ListId::ReadyTimers) else {
                break;
            };
            TimerBody::again(self, &mut state, id);
            drop(state);
            self.call(id);
        }
    }
}
