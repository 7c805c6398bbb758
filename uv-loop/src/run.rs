//! One iteration, phase by phase.

use std::rc::Rc;

use uv_sys::{Error, Result};

use crate::event_loop::Loop;
use crate::handle::Body;
use crate::kind::HandleKind;
use crate::observer::{Phase, Source, Span};
use crate::slab::{Busy, HandleId, ListId};
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

    pub(crate) fn is_spent(&self) -> bool {
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
        let _running = Leave(self);
        let _entered = self.core.tasks.enter();

        let mut alive = self.alive();
        if !alive {
            self.update_time();
        }
        if mode == RunMode::Default && alive && !self.core.remote.is_stopped() {
            self.update_time();
            self.run_timers();
            self.wake_sleepers();
        }
        let mut first = true;
        while alive && !self.core.remote.is_stopped() {
            let _iteration = self.observe(|| Span::Iteration);
            self.core.is_time_fresh.set(false);
            let can_sleep = self.can_sleep();
            self.run_pending(&mut self.budget());
            self.run_phase(Phase::Idle);
            self.run_phase(Phase::Prepare);
            self.core.counters.count_loop();
            let blocks = mode == RunMode::Default || (mode == RunMode::Once && can_sleep);
            self.poll(blocks, std::mem::take(&mut first), &mut main)?;
            self.run_pending_after_poll();
            self.run_phase(Phase::Check);
            self.run_closing();
            if mode != RunMode::Default || self.is_time_wanted() {
                self.refresh_time();
                self.run_timers();
                self.wake_sleepers();
            }
            alive = self.alive();
            if mode != RunMode::Default {
                break;
            }
        }
        self.core.remote.forget_stop();
        Ok(alive)
    }

    pub(crate) fn budget(&self) -> Budget {
        Budget(self.core.limit.map_or(usize::MAX, |limit| limit.get()))
    }

    /// Whether anything before the next poll phase, after which the clock is read, depends on the time: to read the clock
    /// takes as long as a hundred instructions.
    #[inline(always)]
    fn is_time_wanted(&self) -> bool {
        self.core.busy.is_any(Busy::ALL)
            || self.core.remote.is_stopped()
            || !self.has_active()
            || self.core.observed.is_set.get()
            || !self.core.state.borrow().timers.is_empty()
            || self.has_sleepers()
    }

    #[inline(always)]
    fn can_sleep(&self) -> bool {
        !self.core.busy.is_any(Busy::PENDING | Busy::IDLE)
    }

    #[inline(always)]
    fn run_pending(&self, budget: &mut Budget) {
        if self.core.busy.is_any(Busy::PENDING) {
            self.call_pending(budget);
        }
    }

    #[inline(never)]
    fn call_pending(&self, budget: &mut Budget) {
        self.core.state.borrow_mut().slab.append(ListId::PendingRunning, ListId::Pending);
        let _phase = self.observe_phase(Phase::Pending);
        while budget.take() {
            let Some((id, kind)) = self.pop_other(ListId::PendingRunning) else {
                break;
            };
            if let Some(kind) = kind {
                let _seen = self.observe_handle(id);
                kind.on_deferred(self, id);
            }
        }
    }

    /// What a poll callback deferred need not wait an iteration; but not without end, so that nobody starves.
    fn run_pending_after_poll(&self) {
        if !self.core.busy.is_any(Busy::PENDING) {
            return;
        }
        let mut budget = self.budget();
        for _ in 0..8 {
            if self.core.state.borrow().slab.is_list_empty(ListId::Pending) || budget.is_spent() {
                break;
            }
            self.run_pending(&mut budget);
        }
    }

    #[inline(always)]
    fn run_closing(&self) {
        if self.core.busy.is_any(Busy::CLOSING) {
            self.call_closing();
        }
    }

    #[inline(never)]
    fn call_closing(&self) {
        /// What a panic has left is told of again.
        struct Concealed<'a>(&'a Loop);
        impl Drop for Concealed<'_> {
            fn drop(&mut self) {
                self.0.core.state.borrow_mut().slab.tell(ListId::ClosingRunning);
            }
        }

        let mut state = self.core.state.borrow_mut();
        state.slab.append(ListId::ClosingRunning, ListId::Closing);
        // The loop is not alive by what this phase calls, unless a limit may leave some of it.
        let _concealed = self.core.limit.is_none().then(|| {
            state.slab.conceal(ListId::ClosingRunning);
            Concealed(self)
        });
        drop(state);
        let _phase = self.observe_phase(Phase::Closing);
        let mut budget = self.budget();
        while budget.take() {
            let mut state = self.core.state.borrow_mut();
            let Some(id) = state.slab.pop_front(ListId::ClosingRunning) else {
                break;
            };
            let body = state.slab.get(id).and_then(|slot| slot.body.as_ref());
            if let Some(number) = body.and_then(Body::number)
                && !self.core.observed.is_set.get()
            {
                // Nothing of it is to be dropped.
                std::mem::forget(state.slab.remove(id));
                drop(state);
                self.core.is_time_fresh.set(false);
                self.tell_owner(id, number);
            } else {
                let kind = body.and_then(Body::other).cloned();
                drop(state);
                self.finish_close(id, kind);
            }
        }
    }

    fn finish_close(&self, id: HandleId, kind: Option<Rc<dyn HandleKind>>) {
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

        let _seen = self.observe_callback(|| Source::Close { id, kind: self.kind_name(id) });
        let unfinished = TryAgain(self, id);
        if let Some(kind) = kind {
            kind.on_closed(self, id);
        }
        std::mem::forget(unfinished);

        let body = self.core.state.borrow_mut().slab.remove(id);
        if let Some(body) = body {
            body.call_back(self, id);
        }
    }
}

struct Leave<'a>(&'a Loop);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.core.running.set(false);
        self.0.core.mailbox.leave();
        self.0.tell_of_completed();
    }
}
