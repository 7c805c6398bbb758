//! One iteration, phase by phase.

use std::time::Duration;

use uv_sys::{Error, Events, Result};

use crate::event_loop::Loop;
use crate::handle::Body;
use crate::slab::{HandleId, ListId};
use crate::task::Main;

/// How long [`Loop::run`] runs, as `uv_run_mode`.
///
/// The enum is exhaustive: libuv has these three modes.
///
/// ```
/// use uv_loop::{Loop, RunMode};
///
/// assert!(!Loop::new()?.run(RunMode::NoWait)?);
/// # Ok::<(), uv_loop::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum RunMode {
    /// Until nothing is left to wait for, or [`Loop::stop`].
    #[default]
    Default,
    /// One iteration, which blocks for events if nothing is pending.
    Once,
    /// One iteration, which does not block.
    NoWait,
}

/// How many callbacks a phase may still run.
pub(crate) struct Budget(usize);

impl Budget {
    pub(crate) fn take(&mut self) -> bool {
        let left = self.0 > 0;
        self.0 = self.0.saturating_sub(1);
        left
    }

    fn is_spent(&self) -> bool {
        self.0 == 0
    }
}

impl Loop {
    /// Runs the loop, as `uv_run`, and says whether there is more to wait for.
    ///
    /// An iteration is: pending callbacks, idle, prepare, poll, check, closing, timers; in the default mode the
    /// timers that are due run once before the first one. A panic in a callback passes through, and leaves the loop
    /// usable: what had not been called yet is called by the next `run`.
    ///
    /// # Errors
    ///
    /// `EBUSY` when called from inside a callback of the same loop; else what the kernel says when it cannot poll.
    ///
    /// ```
    /// use std::time::Duration;
    /// use uv_loop::{Loop, RunMode, Timer};
    ///
    /// let lp = Loop::new()?;
    /// Timer::new(&lp).start(&lp, Duration::from_secs(60), Duration::ZERO, |_, _| {})?;
    /// assert!(lp.run(RunMode::NoWait)?, "the timer is still waiting");
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn run(&self, mode: RunMode) -> Result<bool> {
        self.run_with(mode, None)
    }

    /// [`run`](Loop::run), and has the poll phase run `main` when it is woken.
    pub(crate) fn run_with(&self, mode: RunMode, mut main: Main<'_>) -> Result<bool> {
        if self.core.running.replace(true) {
            return Err(Error::EBUSY);
        }
        let _running = ResetOnDrop(&self.core.running);
        let _entered = self.core.tasks.enter();

        let mut alive = self.alive();
        if !alive {
            self.update_time();
        }
        if mode == RunMode::Default && alive && !self.core.stop_flag.get() {
            self.update_time();
            self.run_timers();
            self.wake_sleepers();
        }
        while alive && !self.core.stop_flag.get() {
            let can_sleep = self.can_sleep();
            self.run_pending(&mut self.budget());
            self.run_phase(ListId::Idle, ListId::IdleRunning);
            self.run_phase(ListId::Prepare, ListId::PrepareRunning);
            let blocks = mode == RunMode::Default || (mode == RunMode::Once && can_sleep);
            self.poll(blocks, &mut main)?;
            self.run_pending_after_poll();
            self.run_phase(ListId::Check, ListId::CheckRunning);
            self.run_closing();
            self.update_time();
            self.run_timers();
            self.wake_sleepers();
            alive = self.alive();
            if mode != RunMode::Default {
                break;
            }
        }
        self.core.stop_flag.set(false);
        Ok(alive)
    }

    pub(crate) fn budget(&self) -> Budget {
        Budget(self.core.limit.map_or(usize::MAX, |limit| limit.get()))
    }

    fn can_sleep(&self) -> bool {
        let slab = &self.core.state.borrow().slab;
        slab.is_list_empty(ListId::Pending)
            && slab.is_list_empty(ListId::PendingRunning)
            && slab.is_list_empty(ListId::Idle)
    }

    fn run_pending(&self, budget: &mut Budget) {
        self.core.state.borrow_mut().slab.append(ListId::PendingRunning, ListId::Pending);
        while budget.take() {
            let Some(id) = self.core.state.borrow_mut().slab.pop_front(ListId::PendingRunning) else {
                break;
            };
            if let Ok(kind) = self.other(id) {
                kind.on_deferred(self, id);
            }
        }
    }

    /// What a poll callback deferred need not wait an iteration; but not without end, so that nobody starves.
    fn run_pending_after_poll(&self) {
        let mut budget = self.budget();
        for _ in 0..8 {
            if self.core.state.borrow().slab.is_list_empty(ListId::Pending) || budget.is_spent() {
                break;
            }
            self.run_pending(&mut budget);
        }
    }

    fn poll(&self, blocks: bool, main: &mut Main<'_>) -> Result<()> {
        let mut timeout = if blocks { self.poll_timeout() } else { Some(Duration::ZERO) };
        let newest = self.core.completed.meet(timeout != Some(Duration::ZERO));
        if !self.core.completed.is_empty() {
            timeout = Some(Duration::ZERO);
        }
        let mut guard = EventsGuard { lp: self, events: self.core.events.take() };
        let Some(events) = guard.events.as_mut() else {
            return Ok(());
        };
        self.wait(events, timeout)?;
        self.core.polls.set(self.core.polls.get() + 1);
        self.update_time();

        // When the limit leaves no room for both, mail and events take turns.
        let mut budget = self.budget();
        if self.core.events_first.take() {
            self.deliver_events(events, &mut budget);
            self.deliver_mail(newest, &mut budget);
        } else {
            self.deliver_mail(newest, &mut budget);
            self.core.events_first.set(budget.is_spent());
            self.deliver_events(events, &mut budget);
        }
        self.deliver_signals(&mut budget);
        self.run_tasks(main);
        Ok(())
    }

    /// Descriptors are watched level-triggered: what the limit leaves out, or a panic, is reported again, and as the
    /// kernel keeps its order, the next phase begins there.
    fn deliver_events(&self, events: &Events, budget: &mut Budget) {
        let first = self.core.next_event.take().checked_rem(events.len()).unwrap_or(0);
        let order = (first..events.len()).chain(0..first);
        let sorted = events.iter().skip(first).chain(events.iter().take(first));
        for (place, event) in order.zip(sorted) {
            if !budget.take() {
                self.core.next_event.set(place);
                return;
            }
            self.core.next_event.set(place + 1);
            self.deliver_event(event);
        }
        self.core.next_event.set(0);
    }

    /// Waits up to `timeout`, counted from the frozen time. A clock that can be moved is moved instead, once the
    /// kernel has said that nothing is ready.
    fn wait(&self, events: &mut Events, timeout: Option<Duration>) -> Result<()> {
        let Some(timeout) = timeout else {
            return self.core.poller.wait(events, None).map(drop);
        };
        let until = Duration::from_millis(self.now()).saturating_add(timeout);
        let left = until.saturating_sub(self.core.clock.now());
        if timeout.is_zero() || left.is_zero() {
            return self.core.poller.wait(events, Some(Duration::ZERO)).map(drop);
        }
        // Skipping by nothing asks whether the clock can be moved.
        if self.core.clock.skip(Duration::ZERO) {
            self.core.poller.wait(events, Some(Duration::ZERO))?;
            if events.is_empty() && !events.woken() {
                self.core.clock.skip(left);
            }
            return Ok(());
        }
        self.core.poller.wait(events, Some(left)).map(drop)
    }

    fn run_closing(&self) {
        let mut budget = self.budget();
        self.core.state.borrow_mut().slab.append(ListId::ClosingRunning, ListId::Closing);
        while budget.take() {
            let Some(id) = self.core.state.borrow_mut().slab.pop_front(ListId::ClosingRunning) else {
                break;
            };
            self.finish_close(id);
        }
    }

    fn finish_close(&self, id: HandleId) {
        /// A panic leaves the rest of what the handle has to complete, and its close callback, to the next run.
        struct TryAgain<'a>(&'a Loop, HandleId);
        impl Drop for TryAgain<'_> {
            fn drop(&mut self) {
                let TryAgain(lp, id) = *self;
                let slab = &mut lp.core.state.borrow_mut().slab;
                if slab.get(id).is_some() {
                    slab.push_front(ListId::ClosingRunning, id.index);
                }
            }
        }

        let unfinished = TryAgain(self, id);
        if let Ok(kind) = self.other(id) {
            kind.on_closed(self, id);
        }
        std::mem::forget(unfinished);

        let body = self.core.state.borrow_mut().slab.remove(id);
        if let Some(callback) = body.and_then(Body::into_close_callback) {
            callback(self);
        }
    }
}

struct ResetOnDrop<'a>(&'a std::cell::Cell<bool>);

impl Drop for ResetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

struct EventsGuard<'a> {
    lp: &'a Loop,
    events: Option<Events>,
}

impl Drop for EventsGuard<'_> {
    fn drop(&mut self) {
        self.lp.core.events.replace(self.events.take());
    }
}
