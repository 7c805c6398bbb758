//! The poll phase: waits for the kernel or another thread, and hands out what has come.

use std::hint;
use std::time::Duration;

use uv_sys::{Event, Events, Result};

use crate::event_loop::Loop;
use crate::metrics::Waiting;
use crate::observer::{Phase, Span};
use crate::run::Budget;
use crate::slab::Busy;
use crate::task::Main;

impl Loop {
    /// `first` says that it is the first poll phase of a `run`: that one always asks the kernel, so that who drives the
    /// loop from outside finds its descriptor no longer readable. Later ones need not, if there is no descriptor to ask
    /// for: mail lies in memory.
    #[inline(always)]
    pub(crate) fn poll(&self, blocks: bool, first: bool, main: &mut Main<'_>) -> Result<()> {
        let _phase = self.observe_phase(Phase::Poll);
        if !first && self.has_nothing_to_poll() {
            self.core.polls.set(self.core.polls.get() + 1);
            self.core.events_first.set(false);
            self.refresh_time();
            return Ok(());
        }
        while self.look_for_events(blocks, first, main)? {}
        Ok(())
    }

    /// Whether the phase can neither wait nor find anything.
    #[inline(always)]
    fn has_nothing_to_poll(&self) -> bool {
        self.core.busy.is_any(Busy::AWAKE)
            && self.core.watched.get() == 0
            && self.core.mailbox.is_empty()
            && self.core.mail.borrow().is_empty()
            && self.core.completed.is_empty()
            && !self.core.tasks.are_ready()
            && !self.core.remote.is_told()
    }

    /// Says whether there was to be waited and all that came was nobody's: then, as in libuv, the phase goes on.
    fn look_for_events(&self, blocks: bool, first: bool, main: &mut Main<'_>) -> Result<bool> {
        // Mail ends the wait before it begins, and only for what is completed it matters how long that would have been.
        let may_wait = blocks && (self.core.mailbox.is_empty() || !self.core.completed.is_empty());
        let mut timeout = if may_wait { self.poll_timeout() } else { Some(Duration::ZERO) };
        let mut newest = 0;
        if !self.core.completed.is_empty() {
            newest = self.core.completed.meet(timeout != Some(Duration::ZERO));
            timeout = Some(Duration::ZERO);
        }
        // Who waits without end, or long, is to be woken: unless there is mail already.
        if timeout != Some(Duration::ZERO) && (self.looks_out() || !self.core.mailbox.fall_asleep()) {
            timeout = Some(Duration::ZERO);
        }
        let mut guard = None;
        let mut waited = false;
        if first || timeout != Some(Duration::ZERO) || self.core.watched.get() > 0 {
            let guard = guard.insert(EventsGuard { lp: self, events: self.core.events.take() });
            if let Some(events) = guard.events.as_deref_mut() {
                waited = self.wait(events, timeout)?;
            }
        }
        let events = guard.as_ref().and_then(|guard| guard.events.as_deref()).filter(|events| !events.is_empty());
        self.core.polls.set(self.core.polls.get() + 1);
        self.refresh_time();
        let has_mail = match self.core.orders_async {
            true => self.core.mailbox.collect_ordered(&self.core.mail, &self.core.desk),
            false => self.core.mailbox.collect(&self.core.mail),
        };
        self.core.counters.count_events(events.map_or(0, Events::len) + usize::from(has_mail), waited);

        self.core.ignored.set(0);

        // When the limit leaves no room for both, mail and events take turns.
        let mut budget = self.budget();
        let events_first = self.core.events_first.take();
        if !events_first {
            self.deliver_mail(newest, &mut budget);
            self.core.events_first.set(budget.is_spent());
        }
        if let Some(events) = events {
            self.deliver_events(events, &mut budget);
        }
        if events_first {
            self.deliver_mail(newest, &mut budget);
        }
        self.answer_remote();
        self.deliver_signals(&mut budget);
        let ignored = self.core.ignored.get();
        let goes_on = ignored > 0
            && events.is_some_and(|events| events.len() == ignored)
            && timeout != Some(Duration::ZERO)
            && !has_mail
            && self.poll_timeout() != Some(Duration::ZERO);
        self.run_tasks(main);
        Ok(goes_on)
    }

    /// Whether somebody wants something after some microseconds, in a loop that has had mail since it waited. Of descriptors
    /// the kernel knows, which is asked at once; and what is measured as waiting is left to it.
    #[inline]
    fn looks_out(&self) -> bool {
        self.core.mailbox.is_awake()
            && self.core.watched.get() == 0
            && !self.core.counters.measures_idle_time()
            && self.core.patience.try_it(|looks| {
                (0..looks).any(|_| {
                    hint::spin_loop();
                    self.was_woken_for_something()
                })
            })
    }

    /// Descriptors are watched level-triggered: what the limit leaves out, or a panic, is reported again, and as the
    /// kernel keeps its order, the next phase begins there.
    fn deliver_events(&self, events: &Events, budget: &mut Budget) {
        let whole = match self.core.next_event.take() {
            0 => self.deliver_each_event(0, events.iter(), budget),
            next => {
                let first = next.checked_rem(events.len()).unwrap_or(0);
                self.deliver_each_event(first, events.iter().skip(first), budget)
                    && self.deliver_each_event(0, events.iter().take(first), budget)
            }
        };
        if whole {
            self.core.next_event.set(0);
        }
    }

    /// The first of them has the place `from`; whether the limit has left none out.
    #[inline]
    fn deliver_each_event(&self, from: usize, events: impl Iterator<Item = Event>, budget: &mut Budget) -> bool {
        for (place, event) in (from..).zip(events) {
            if !budget.take() {
                self.core.next_event.set(place);
                return false;
            }
            self.core.next_event.set(place + 1);
            self.deliver_event(event);
        }
        true
    }

    /// Waits up to `timeout`, counted from the frozen time, and says whether it came to waiting. A clock that can be
    /// moved is moved instead, once the kernel has said that nothing is ready.
    fn wait(&self, events: &mut Events, timeout: Option<Duration>) -> Result<bool> {
        let measures = self.core.counters.measures_idle_time();
        if timeout == Some(Duration::ZERO) {
            return self.ask(events, timeout).map(|()| false);
        }
        if timeout.is_none() && !measures {
            // Nobody reads the clock, and no wait is to be shortened.
            loop {
                self.ask(events, None)?;
                if !events.is_empty() || !events.woken() || self.was_woken_for_something() {
                    return Ok(true);
                }
            }
        }
        let until = timeout.map(|timeout| Duration::from_millis(self.now()).saturating_add(timeout));
        let mut waited = false;
        loop {
            let begin = self.core.clock.now();
            let left = until.map(|until| until.saturating_sub(begin));
            // Skipping by nothing asks whether the clock can be moved.
            let skips = left.is_some() && self.core.clock.skip(Duration::ZERO);
            if left == Some(Duration::ZERO) || skips || measures {
                self.ask(events, Some(Duration::ZERO))?;
                let has_found = !events.is_empty() || (events.woken() && self.was_woken_for_something());
                if left == Some(Duration::ZERO) || has_found {
                    return Ok(waited);
                }
            }
            let waiting = measures.then(|| Waiting::since(begin, self));
            // What a thread of the pool is at takes real time: so long the clock stands.
            let is_real = !skips || self.active_work() > 0;
            if is_real {
                self.ask(events, left)?;
            }
            if let Some(left) = left
                && skips
                && events.is_empty()
                && !self.was_woken_for_something()
            {
                if is_real && events.woken() {
                    continue;
                }
                self.core.clock.skip(left);
            }
            drop(waiting);
            waited = true;
            if skips || !events.is_empty() || !events.woken() || self.was_woken_for_something() {
                return Ok(true);
            }
        }
    }

    /// A wake-up for mail that was found in memory, before the kernel was asked, stays with the kernel: it ends the
    /// next wait, and for nothing.
    fn was_woken_for_something(&self) -> bool {
        !self.core.mailbox.is_empty() || self.core.tasks.are_ready() || self.core.remote.is_told()
    }

    fn ask(&self, events: &mut Events, timeout: Option<Duration>) -> Result<()> {
        let mut seen = self.observe(|| Span::Wait(timeout));
        // What an observer wakes makes no system call, and nobody has asked since.
        let has_work = seen.is_some() && self.core.tasks.are_ready();
        self.core.poller.wait(events, if has_work { Some(Duration::ZERO) } else { timeout })?;
        if let Some(seen) = &mut seen {
            seen.set_events(events.len());
        }
        Ok(())
    }
}

struct EventsGuard<'a> {
    lp: &'a Loop,
    events: Option<Box<Events>>,
}

impl Drop for EventsGuard<'_> {
    fn drop(&mut self) {
        self.lp.core.events.set(self.events.take());
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use crate::{Loop, ManualClock, Pool, RunMode, Timer};

    /// One for mail that was found before the kernel was asked.
    #[test]
    fn a_wake_up_for_nothing_moves_no_clock() {
        let pool = Pool::builder().threads(1).build().unwrap();
        let lp = Loop::builder().clock(ManualClock::new_auto()).pool(pool).build().unwrap();
        let (release, released) = mpsc::channel::<()>();
        let log = Rc::new(RefCell::new(Vec::new()));
        let (work, timer) = (log.clone(), log.clone());
        lp.queue_work(move || released.recv(), move |_, _| work.borrow_mut().push("work"));
        let hour = Duration::from_secs(3600);
        Timer::new(&lp).start(&lp, hour, Duration::ZERO, move |_, _| timer.borrow_mut().push("timer")).unwrap();
        let mailbox = lp.core.mailbox.clone();
        let releaser = thread::spawn(move || {
            for _ in 0..3 {
                thread::sleep(Duration::from_millis(10));
                mailbox.wake();
            }
            drop(release);
        });
        while log.borrow().is_empty() {
            lp.run(RunMode::Once).unwrap();
        }
        releaser.join().unwrap();
        assert_eq!(log.borrow()[0], "work");
    }
}
