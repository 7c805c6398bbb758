//! The reference: Node's rules with vectors that are searched from end to end.
//!
//! Poll phases have nothing to do here but to let time pass; all callbacks come from timers, immediates and the two
//! queues. Whatever throws is handled, as with an `uncaughtException` listener.

use std::collections::VecDeque;

use node_compat::DrainRule;

use crate::program::{Body, Line, MAX_LINES, Step};

pub(crate) fn run(main: &Body, rule: DrainRule) -> Vec<Line> {
    let mut node = Node { rule, ..Node::default() };
    node.run(main);
    node.log
}

/// A callback was cut short by an exception.
struct Threw;

#[derive(Default)]
struct Node {
    rule: DrainRule,
    log: Vec<Line>,
    exited: bool,
    /// The time, and what libuv thinks it is.
    clock: u64,
    now: u64,
    ticks: VecDeque<Body>,
    microtasks: VecDeque<Job>,
    rejections: Vec<usize>,
    /// In the order of their making; those that Node itself makes have no body.
    immediates: Vec<Immediate>,
    /// What the next check phase will run, and what the one in hand has left to run: indices of `immediates`.
    queue: Vec<usize>,
    outstanding: Vec<usize>,
    timers: Vec<Timer>,
    lists: Vec<List>,
    last_list: u64,
    next_expiry: Option<u64>,
    /// When libuv's one timer is due.
    timer_handle: Option<u64>,
}

enum Job {
    Call(Body),
    /// A reaction of a promise, so many microtasks away: what it throws rejects the next promise.
    React(usize, Body),
}

struct Immediate {
    body: Option<Body>,
    referenced: bool,
    /// It has run, or was cleared.
    gone: bool,
}

struct Timer {
    body: Body,
    millis: u64,
    start: u64,
    repeats: bool,
    referenced: bool,
    /// It has fired for the last time, or was cleared.
    gone: bool,
}

/// The timers of one duration; at most one list of a duration is in `lists`.
struct List {
    millis: u64,
    expiry: u64,
    id: u64,
    members: Vec<usize>,
}

impl Node {
    fn run(&mut self, main: &Body) {
        if self.call(main).is_err() {
            self.uncaught(main.number);
        }
        self.drain();
        while !self.exited {
            self.run_loop();
            self.end_phase();
            if self.is_alive() {
                continue;
            }
            // 'beforeExit', to which nobody listens.
            if self.rule == DrainRule::PerCallback {
                self.drain();
            }
            self.end_phase();
            if !self.is_alive() {
                return;
            }
        }
    }

    // ---- the loop

    fn run_loop(&mut self) {
        let mut alive = self.is_alive();
        if alive {
            self.now = self.clock;
            self.timers_phase();
        }
        while alive && !self.exited {
            self.end_phase();
            self.poll_phase();
            self.check_phase();
            self.now = self.clock;
            self.timers_phase();
            alive = self.is_alive();
        }
    }

    fn is_alive(&self) -> bool {
        let timers = self.timer_handle.is_some() && self.timers.iter().any(|timer| !timer.gone && timer.referenced);
        timers || self.has_referenced_immediate()
    }

    fn has_referenced_immediate(&self) -> bool {
        self.immediates.iter().any(|immediate| !immediate.gone && immediate.referenced)
    }

    fn poll_phase(&mut self) {
        if !self.has_referenced_immediate()
            && self.is_alive()
            && let Some(due) = self.timer_handle
        {
            self.clock = self.clock.max(due);
        }
        self.now = self.clock;
    }

    fn end_phase(&mut self) {
        if self.rule == DrainRule::PerPhase {
            self.drain();
        }
    }

    // ---- the queues

    fn drain(&mut self) {
        let _ = self.try_drain();
    }

    /// A throw leaves the rest for the next drain.
    fn try_drain(&mut self) -> Result<(), Threw> {
        loop {
            while let Some(body) = self.ticks.pop_front() {
                self.run_or_report(&body)?;
            }
            while let Some(job) = self.microtasks.pop_front() {
                self.run_job(job);
            }
            if self.exited {
                return Ok(());
            }
            if self.ticks.is_empty() {
                if self.rejections.is_empty() {
                    return Ok(());
                }
                for number in std::mem::take(&mut self.rejections) {
                    self.write(Line::UnhandledRejection(number));
                }
            }
        }
    }

    fn run_job(&mut self, job: Job) {
        match job {
            Job::Call(body) => drop(self.run_or_report(&body)),
            Job::React(1, body) => {
                if self.call(&body).is_err() {
                    self.rejections.push(body.number);
                }
            }
            Job::React(distance, body) => self.microtasks.push_back(Job::React(distance - 1, body)),
        }
    }

    /// Between two callbacks of a phase.
    fn run_next_ticks(&mut self) -> Result<(), Threw> {
        match self.rule {
            DrainRule::PerCallback => self.try_drain(),
            DrainRule::PerPhase => Ok(()),
        }
    }

    fn run_or_report(&mut self, body: &Body) -> Result<(), Threw> {
        self.call(body).inspect_err(|Threw| self.uncaught(body.number))
    }

    fn uncaught(&mut self, number: usize) {
        self.write(Line::Uncaught(number));
        self.set_immediate(None);
    }

    // ---- the check phase

    fn check_phase(&mut self) {
        // Before the immediates come those of Node's own C++ code, and what follows them is a drain.
        self.drain();
        if !(self.queue.is_empty() && self.outstanding.is_empty()) {
            while self.process_immediates().is_err() && !self.exited {}
        }
        self.end_phase();
    }

    fn process_immediates(&mut self) -> Result<(), Threw> {
        if self.outstanding.is_empty() {
            // After a throw in the last one this takes those of the next iteration, as Node does.
            self.outstanding = std::mem::take(&mut self.queue);
        }
        let mut is_first = true;
        while !self.outstanding.is_empty() {
            if !std::mem::take(&mut is_first) {
                self.run_next_ticks()?;
            }
            if self.outstanding.is_empty() {
                break;
            }
            let immediate = &mut self.immediates[self.outstanding.remove(0)];
            immediate.gone = true;
            if let Some(body) = immediate.body.clone() {
                self.run_or_report(&body)?;
            }
        }
        if self.rule == DrainRule::PerCallback {
            self.drain();
        }
        Ok(())
    }

    fn set_immediate(&mut self, body: Option<Body>) {
        self.queue.push(self.immediates.len());
        self.immediates.push(Immediate { body, referenced: true, gone: false });
    }

    fn clear_immediate(&mut self, index: usize) {
        self.immediates[index].gone = true;
        self.queue.retain(|&other| other != index);
        self.outstanding.retain(|&other| other != index);
    }

    fn reference_immediate(&mut self, index: usize, referenced: bool) {
        self.immediates[index].referenced = referenced;
    }

    fn immediate(&self, n: usize) -> Option<usize> {
        let own = |&index: &usize| self.immediates[index].body.is_some();
        let all: Vec<usize> = (0..self.immediates.len()).filter(own).collect();
        all.get(n % all.len().max(1)).copied()
    }

    // ---- the timers phase

    fn timers_phase(&mut self) {
        if self.exited || !self.is_timer_due() {
            return;
        }
        self.end_phase();
        // Node 20's libuv looks for due timers until there is none; later ones look once.
        while self.is_timer_due() && !self.exited {
            self.run_timers();
        }
        self.end_phase();
    }

    fn is_timer_due(&self) -> bool {
        self.timer_handle.is_some_and(|due| due <= self.now)
    }

    fn run_timers(&mut self) {
        self.timer_handle = None;
        self.now = self.clock;
        let now = self.now;
        while self.process_timers(now).is_err() && !self.exited {}
        if let Some(expiry) = self.next_expiry {
            self.timer_handle = Some(expiry.max(self.now + 1));
        }
        if self.rule == DrainRule::PerCallback {
            self.drain();
        }
    }

    fn process_timers(&mut self, now: u64) -> Result<(), Threw> {
        self.next_expiry = None;
        let mut is_first = true;
        while let Some(first) = self.lists.iter().min_by_key(|list| (list.expiry, list.id)) {
            let (expiry, millis) = (first.expiry, first.millis);
            if expiry > now {
                self.next_expiry = Some(expiry);
                return Ok(());
            }
            if !std::mem::take(&mut is_first) {
                self.run_next_ticks()?;
            }
            self.process_list(millis, now)?;
            if self.exited {
                return Ok(());
            }
        }
        Ok(())
    }

    fn process_list(&mut self, millis: u64, now: u64) -> Result<(), Threw> {
        let mut is_first = true;
        while let Some(list) = self.list(millis) {
            let Some(&index) = list.members.first() else {
                self.lists.retain(|list| list.millis != millis);
                return Ok(());
            };
            let start = self.timers[index].start;
            if now.saturating_sub(start) < millis {
                self.last_list += 1;
                let id = self.last_list;
                if let Some(list) = self.list(millis) {
                    (list.expiry, list.id) = ((start + millis).max(now + 1), id);
                }
                return Ok(());
            }
            if !std::mem::take(&mut is_first) {
                self.run_next_ticks()?;
            }
            if self.exited {
                return Ok(());
            }
            self.fire(index)?;
            if self.exited {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The ticks before may have cleared it (then it is skipped) or refreshed it (then it fires all the same).
    fn fire(&mut self, index: usize) -> Result<(), Threw> {
        self.unlink(index);
        if self.timers[index].gone {
            return Ok(());
        }
        let begin = self.clock;
        if self.timers[index].repeats {
            self.now = begin;
        }
        let body = self.timers[index].body.clone();
        let result = self.call(&body);
        let timer = &self.timers[index];
        if timer.repeats && !timer.gone {
            self.link(index, begin);
        } else if !self.is_linked(index) {
            self.timers[index].gone = true;
        }
        result.inspect_err(|Threw| self.uncaught(body.number))
    }

    fn set_timer(&mut self, millis: u32, repeats: bool, body: Body) {
        let index = self.timers.len();
        self.timers.push(Timer { body, millis: millis.into(), start: 0, repeats, referenced: true, gone: false });
        self.now = self.clock;
        self.link(index, self.now);
    }

    fn clear_timer(&mut self, index: usize) {
        if std::mem::replace(&mut self.timers[index].gone, true) {
            return;
        }
        self.unlink(index);
        if self.timers[index].referenced {
            // Node keeps an empty list if the timer was not referenced.
            let millis = self.timers[index].millis;
            self.lists.retain(|list| list.millis != millis || !list.members.is_empty());
        }
    }

    fn refresh_timer(&mut self, index: usize) {
        if !self.timers[index].gone {
            self.now = self.clock;
            self.link(index, self.now);
        }
    }

    /// Puts the timer at the end of its list.
    fn link(&mut self, index: usize, start: u64) {
        self.unlink(index);
        self.timers[index].start = start;
        let millis = self.timers[index].millis;
        if self.list(millis).is_none() {
            let expiry = start + millis;
            self.last_list += 1;
            self.lists.push(List { millis, expiry, id: self.last_list, members: Vec::new() });
            if self.next_expiry.is_none_or(|next| next > expiry) {
                self.next_expiry = Some(expiry);
                self.timer_handle = Some(self.now + millis);
            }
        }
        if let Some(list) = self.list(millis) {
            list.members.push(index);
        }
    }

    fn unlink(&mut self, index: usize) {
        for list in &mut self.lists {
            list.members.retain(|&member| member != index);
        }
    }

    fn is_linked(&self, index: usize) -> bool {
        self.lists.iter().any(|list| list.members.contains(&index))
    }

    fn list(&mut self, millis: u64) -> Option<&mut List> {
        self.lists.iter_mut().find(|list| list.millis == millis)
    }

    fn timer(&self, n: usize) -> Option<usize> {
        if self.timers.is_empty() { None } else { Some(n % self.timers.len()) }
    }

    // ---- the program

    fn write(&mut self, line: Line) {
        if !self.exited {
            self.log.push(line);
            if self.log.len() == MAX_LINES {
                self.exited = true;
                self.ticks.clear();
                self.microtasks.clear();
            }
        }
    }

    fn call(&mut self, body: &Body) -> Result<(), Threw> {
        self.write(Line::Body(body.number, self.clock));
        for step in body.steps.iter() {
            if self.exited {
                break;
            }
            self.take(step)?;
        }
        Ok(())
    }

    fn take(&mut self, step: &Step) -> Result<(), Threw> {
        match step {
            Step::Tick(body) => self.ticks.push_back(body.clone()),
            Step::Microtask(body) => self.microtasks.push_back(Job::Call(body.clone())),
            Step::Then(body) | Step::Reject(body) => self.microtasks.push_back(Job::React(1, body.clone())),
            Step::AndThen(body) | Step::Finally(body) => self.microtasks.push_back(Job::React(4, body.clone())),
            Step::Immediate(body) => self.set_immediate(Some(body.clone())),
            Step::Timeout(millis, body) => self.set_timer(*millis, false, body.clone()),
            Step::Interval(millis, body) => self.set_timer(*millis, true, body.clone()),
            Step::Clear(n) => self.timer(*n).into_iter().for_each(|it| self.clear_timer(it)),
            Step::Refresh(n) => self.timer(*n).into_iter().for_each(|it| self.refresh_timer(it)),
            Step::Unref(n) => self.timer(*n).into_iter().for_each(|it| self.timers[it].referenced = false),
            Step::Ref(n) => self.timer(*n).into_iter().for_each(|it| self.timers[it].referenced = true),
            Step::ClearImmediate(n) => self.immediate(*n).into_iter().for_each(|it| self.clear_immediate(it)),
            Step::UnrefImmediate(n) => {
                self.immediate(*n).into_iter().for_each(|it| self.reference_immediate(it, false))
            }
            Step::RefImmediate(n) => self.immediate(*n).into_iter().for_each(|it| self.reference_immediate(it, true)),
            Step::Sleep(millis) => self.clock += millis,
            Step::Throw => return Err(Threw),
        }
        Ok(())
    }
}
