//! Timer handles.

use std::time::Duration;

use uv_sys::{Error, Result};

use crate::handle::{Body, Callback, Core, Handle};
use crate::observer::Phase;
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
        Timer(lp.insert(Body::Timer { callback: None, repeat: 0, has_callback: false }))
    }

    /// A timer that is not started, and whose callback is that of the loop's [`HandleOwner`](crate::HandleOwner), who knows it
    /// by this number. [`restart`](Timer::restart) starts it. It takes no memory of its own.
    ///
    /// ```
    /// use std::time::Duration;
    /// use uv_loop::{Handle, Loop, Timer};
    ///
    /// let lp = Loop::new()?;
    /// let timer = Timer::with_number(&lp, 7);
    /// timer.restart(&lp, Duration::from_millis(1), Duration::ZERO)?;
    /// assert!(timer.is_active(&lp));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn with_number(lp: &Loop, number: usize) -> Self {
        Timer(lp.insert(Body::Numbered { number, core: Core::Timer(0) }))
    }

    /// Calls `callback` after `timeout`, and then every `repeat` unless that is zero. A timer that is started
    /// already begins anew. As `uv_timer_start`: with a timeout of zero it fires in the next timers phase.
    ///
    /// # Errors
    ///
    /// `EBADF` if the timer is closed, `EINVAL` if it is being closed or its callback is the owner's; `callback` is dropped
    /// then.
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
        // Refused or replaced by this one, a callback is dropped when nothing is borrowed.
        let mut callback: Option<Callback> = Some(Box::new(move |lp, id| callback(lp, Timer(id))));
        lp.with_open(self.0, |state| {
            let Some((place, has_callback)) = self.place(state) else {
                return Err(Error::EINVAL);
            };
            *has_callback = true;
            std::mem::swap(place, &mut callback);
            self.arm(lp, state, millis(timeout), millis(repeat));
            Ok(())
        })
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
            if !self.has_callback(state) {
                return Err(Error::EINVAL);
            }
            self.arm(lp, state, millis(timeout), millis(repeat));
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
            self.disarm(lp, state);
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
            if !self.has_callback(state) {
                return Err(Error::EINVAL);
            }
            self.arm_again(lp, state);
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
            *self.repeat_of(state) = millis(repeat);
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
        lp.with_open(self.0, |state| Ok(Duration::from_millis(*self.repeat_of(state))))
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
            if state.slab.is_in_list(self.0.index, ListId::OverdueTimers) {
                return Ok(Some(Duration::ZERO));
            }
            let due = state.timers.due(self.0.index).map(|due| due.saturating_sub(lp.now()));
            Ok(due.map(Duration::from_millis))
        })
    }

    #[inline]
    fn body(self, state: &mut State) -> Option<&mut Body> {
        state.slab.get_mut(self.0)?.body.as_mut()
    }

    #[inline]
    fn repeat_of(self, state: &mut State) -> &mut u64 {
        match self.body(state) {
            Some(Body::Timer { repeat, .. } | Body::Numbered { core: Core::Timer(repeat), .. }) => repeat,
            _ => unreachable!("a Timer is made here alone, and its slot was just found open"),
        }
    }

    /// Where its callback is, and whether it has one: unless that is the owner's.
    fn place(self, state: &mut State) -> Option<(&mut Option<Callback>, &mut bool)> {
        match self.body(state) {
            Some(Body::Timer { callback, has_callback, .. }) => Some((callback, has_callback)),
            _ => None,
        }
    }

    fn has_callback(self, state: &mut State) -> bool {
        self.place(state).is_none_or(|(_, has_callback)| *has_callback)
    }

    fn arm(self, lp: &Loop, state: &mut State, timeout: u64, repeat: u64) {
        state.slab.unlink(self.0.index);
        // Behind the timers of the same millisecond, also where it was one of them.
        state.timers.insert(self.0.index, lp.now().saturating_add(timeout));
        lp.change_flags(state, self.0, |flags| flags.active = true);
        *self.repeat_of(state) = repeat;
    }

    fn arm_again(self, lp: &Loop, state: &mut State) {
        let repeat = *self.repeat_of(state);
        if repeat > 0 {
            self.arm(lp, state, repeat, repeat);
        }
    }

    fn disarm(self, lp: &Loop, state: &mut State) {
        state.slab.unlink(self.0.index);
        state.timers.remove(self.0.index);
        lp.change_flags(state, self.0, |flags| flags.active = false);
    }
}

/// Whole milliseconds, rounded up and saturating.
fn millis(duration: Duration) -> u64 {
    let part = duration.subsec_nanos().div_ceil(1_000_000);
    duration.as_secs().saturating_mul(1000).saturating_add(u64::from(part))
}

impl Loop {
    /// All timers that are due now leave the heap before the first of them is called, so a timer that a callback
    /// starts waits for the next turn, whatever its timeout.
    #[inline(always)]
    pub(crate) fn run_timers(&self) {
        if self.core.state.borrow().next_due_timer(self.now()).is_some() {
            self.call_timers();
        }
    }

    #[inline(never)]
    fn call_timers(&self) {
        struct PutBack<'a>(&'a Loop);
        impl Drop for PutBack<'_> {
            fn drop(&mut self) {
                let mut state = self.0.core.state.borrow_mut();
                while let Some(id) = state.slab.pop_front(ListId::ReadyTimers) {
                    state.slab.push_back(ListId::OverdueTimers, id.index);
                    self.0.change_flags(&mut state, id, |flags| flags.active = true);
                }
            }
        }

        self.collect_due_timers();
        let _phase = self.observe_phase(Phase::Timers);
        let rest = PutBack(self);
        loop {
            let mut state = self.core.state.borrow_mut();
            let Some(id) = state.slab.pop_front(ListId::ReadyTimers) else {
                break;
            };
            Timer(id).arm_again(self, &mut state);
            self.call(state, id);
        }
        std::mem::forget(rest);
    }

    /// Takes those that are due, as many as the limit lets, out of the heap.
    fn collect_due_timers(&self) {
        let mut budget = self.budget();
        let mut state = self.core.state.borrow_mut();
        while let Some(id) = state.next_due_timer(self.now())
            && budget.take()
        {
            Timer(id).disarm(self, &mut state);
            state.slab.push_back(ListId::ReadyTimers, id.index);
        }
    }
}

impl State {
    #[inline]
    fn next_due_timer(&self, now: u64) -> Option<HandleId> {
        let overdue = self.slab.front(ListId::OverdueTimers);
        overdue
            .or_else(|| self.timers.peek().filter(|&(_, due)| due <= now).and_then(|(index, _)| self.slab.id_at(index)))
    }
}
