//! Random programs over handles, and a plain reference model of libuv's loop that runs them: sorted map, queues, flags,
//! nothing clever.

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Timer,
    Idle,
    Prepare,
    Check,
    Async,
    /// Watches the reading end of a pipe of its own; see [`is_readable_at_first`].
    Poll,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Default,
    Once,
    NoWait,
}

/// Handles are named by their number, modulo how many there are; times are in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Op {
    Create(Kind),
    /// The times are for timers only, as in the next.
    Start(usize, u64, u64),
    Restart(usize, u64, u64),
    Again(usize),
    SetRepeat(usize, u64),
    Stop(usize),
    Close(usize),
    Ref(usize),
    Unref(usize),
    Look(usize),
    /// Sends to one of the async handles, if there is any.
    Send(usize),
    /// Makes the pipe of one of the poll handles readable, or empties it.
    Fill(usize),
    Empty(usize),
    Walk,
    Advance(u64),
    UpdateTime,
    StopLoop,
}

#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// The first handles. Before them all there is number 0: an unreferenced timer of [`HEARTBEAT`], so that no poll
    /// blocks for ever.
    pub(crate) kinds: Vec<Kind>,
    /// What handle `i` does in its callback for the n-th time: `scripts[i][n]`, both modulo.
    pub(crate) scripts: Vec<Vec<Vec<Op>>>,
    /// What handle `i` does in its close callback, modulo.
    pub(crate) close_scripts: Vec<Vec<Op>>,
    /// What to do from outside, and then how to run.
    pub(crate) runs: Vec<(Vec<Op>, Mode)>,
    pub(crate) limit: Option<usize>,
}

/// Of every two poll handles one is called back until somebody empties its pipe.
pub(crate) fn is_readable_at_first(h: usize) -> bool {
    h.is_multiple_of(2)
}

pub(crate) const HEARTBEAT: u64 = 20;

/// From this many callbacks on every callback stops the loop and does nothing else.
pub(crate) const ENOUGH: usize = 150;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trace {
    /// Handle, which of all starts gave it this callback, the loop's time.
    Call(usize, usize, u64),
    Closed(usize, u64),
    /// Whether the operation succeeded, and libuv's error name if not.
    Result(Result<(), &'static str>),
    Look {
        active: bool,
        referenced: bool,
        closing: bool,
        due_in: Option<u64>,
        now: u64,
        alive: bool,
        backend_timeout: Option<u64>,
        loop_count: u64,
    },
    /// The handles that are not closed.
    Walk(Vec<usize>),
    /// Whether there is more to wait for, and how many iterations there were.
    Ran(bool, u64),
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        3 => Just(Kind::Timer),
        1 => Just(Kind::Idle),
        1 => Just(Kind::Prepare),
        1 => Just(Kind::Check),
        2 => Just(Kind::Async),
        2 => Just(Kind::Poll),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let handle = 0..8usize;
    let repeat = prop_oneof![2 => Just(0), 1 => 1..4u64];
    let start = (handle.clone(), 0..4u64, repeat.clone());
    prop_oneof![
        2 => kind().prop_map(Op::Create),
        6 => start.clone().prop_map(|(h, t, r)| Op::Start(h, t, r)),
        2 => start.prop_map(|(h, t, r)| Op::Restart(h, t, r)),
        2 => handle.clone().prop_map(Op::Again),
        1 => (handle.clone(), repeat).prop_map(|(h, r)| Op::SetRepeat(h, r)),
        3 => handle.clone().prop_map(Op::Stop),
        2 => handle.clone().prop_map(Op::Close),
        1 => handle.clone().prop_map(Op::Ref),
        1 => handle.clone().prop_map(Op::Unref),
        2 => handle.clone().prop_map(Op::Look),
        3 => handle.clone().prop_map(Op::Send),
        3 => handle.clone().prop_map(Op::Fill),
        2 => handle.prop_map(Op::Empty),
        1 => Just(Op::Walk),
        1 => (0..3u64).prop_map(Op::Advance),
        1 => Just(Op::UpdateTime),
        1 => Just(Op::StopLoop),
    ]
}

pub(crate) fn program() -> impl Strategy<Value = Program> {
    use proptest::collection::vec;
    let mode = prop_oneof![
        2 => Just(Mode::Default),
        1 => Just(Mode::Once),
        1 => Just(Mode::NoWait)
    ];
    let limit = prop_oneof![3 => Just(None), 1 => (1..4usize).prop_map(Some)];
    (
        vec(kind(), 1..6),
        vec(vec(vec(op(), 0..4), 1..4), 1..8),
        vec(vec(op(), 0..3), 1..4),
        vec((vec(op(), 0..10), mode), 1..6),
        limit,
    )
        .prop_map(|(kinds, scripts, close_scripts, runs, limit)| Program {
            kinds,
            scripts,
            close_scripts,
            runs,
            limit,
        })
}

struct Handle {
    kind: Kind,
    active: bool,
    referenced: bool,
    closing: bool,
    closed: bool,
    /// Which start gave it its callback.
    callback: Option<usize>,
    /// Its key in the heap of timers.
    due: Option<(u64, u64)>,
    repeat: u64,
    calls: usize,
    /// Of an async handle: sent to, and not yet called back or passed over.
    pending: bool,
    /// Of a poll handle: whether there is something in its pipe.
    readable: bool,
    /// The poll phase in which, or after which, it was started.
    since: u64,
}

pub(crate) struct Model<'a> {
    program: &'a Program,
    trace: Vec<Trace>,
    handles: Vec<Handle>,
    clock: u64,
    time: u64,
    stop: bool,
    timers: BTreeMap<(u64, u64), usize>,
    timer_count: u64,
    ready: VecDeque<usize>,
    /// One list for each of idle, prepare, check.
    lists: [VecDeque<usize>; 3],
    /// What the phase in hand has still to call.
    local: VecDeque<usize>,
    closing: Vec<usize>,
    closing_now: VecDeque<usize>,
    /// Async handles, in the order in which they were sent to.
    sent: VecDeque<usize>,
    /// Those of them whose turn it is.
    mail: VecDeque<usize>,
    /// Poll handles, in the order in which the kernel found them ready: it looks again when it is asked.
    found: VecDeque<usize>,
    polls: u64,
    /// Where the limit has cut the last poll phase, and whether before the first event.
    next_event: usize,
    events_first: bool,
    loop_count: u64,
    starts: usize,
    calls: usize,
}

fn list(kind: Kind) -> usize {
    match kind {
        Kind::Timer | Kind::Async | Kind::Poll => unreachable!(),
        Kind::Idle => 0,
        Kind::Prepare => 1,
        Kind::Check => 2,
    }
}

pub(crate) fn run(program: &Program) -> Vec<Trace> {
    let mut model = Model {
        program,
        trace: Vec::new(),
        handles: Vec::new(),
        clock: 0,
        time: 0,
        stop: false,
        timers: BTreeMap::new(),
        timer_count: 0,
        ready: VecDeque::new(),
        lists: Default::default(),
        local: VecDeque::new(),
        closing: Vec::new(),
        closing_now: VecDeque::new(),
        sent: VecDeque::new(),
        mail: VecDeque::new(),
        found: VecDeque::new(),
        polls: 0,
        next_event: 0,
        events_first: false,
        loop_count: 0,
        starts: 0,
        calls: 0,
    };
    model.create(Kind::Timer);
    model.start(0, HEARTBEAT, HEARTBEAT);
    model.handles[0].referenced = false;
    program.kinds.iter().for_each(|&kind| model.create(kind));
    for (ops, mode) in &program.runs {
        ops.iter().for_each(|&op| model.exec(op));
        let alive = model.uv_run(*mode);
        model.trace.push(Trace::Ran(alive, model.loop_count));
    }
    model.trace
}

impl Model<'_> {
    fn create(&mut self, kind: Kind) {
        let is_async = kind == Kind::Async;
        self.starts += usize::from(is_async);
        self.handles.push(Handle {
            kind,
            active: is_async,
            referenced: true,
            closing: false,
            closed: false,
            callback: is_async.then_some(self.starts),
            due: None,
            repeat: 0,
            calls: 0,
            pending: false,
            readable: is_readable_at_first(self.handles.len()),
            since: 0,
        });
    }

    /// The handle that an operation means: never the heartbeat.
    fn pick(&self, number: usize) -> usize {
        1 + number % (self.handles.len() - 1)
    }

    /// The n-th handle of a kind, modulo.
    fn pick_of(&self, kind: Kind, number: usize) -> Option<usize> {
        let all: Vec<_> = (0..self.handles.len()).filter(|&h| self.handles[h].kind == kind).collect();
        (!all.is_empty()).then(|| all[number % all.len()])
    }

    fn exec(&mut self, op: Op) {
        let result = match op {
            Op::Create(kind) => {
                // As many as tell the programs apart.
                if self.handles.len() < 9 {
                    self.create(kind);
                }
                return;
            }
            Op::Advance(by) => {
                self.clock += by;
                return;
            }
            Op::UpdateTime => {
                self.time = self.clock;
                return;
            }
            Op::StopLoop => {
                self.stop = true;
                return;
            }
            Op::Look(h) => {
                let h = self.pick(h);
                return self.look(h);
            }
            Op::Walk => {
                let open = (0..self.handles.len()).filter(|&h| !self.handles[h].closed);
                return self.trace.push(Trace::Walk(open.collect()));
            }
            Op::Fill(number) | Op::Empty(number) => {
                if let Some(h) = self.pick_of(Kind::Poll, number) {
                    self.handles[h].readable = matches!(op, Op::Fill(_));
                    self.find(h);
                }
                return;
            }
            Op::Send(number) => {
                let Some(h) = self.pick_of(Kind::Async, number) else {
                    return;
                };
                self.send(h)
            }
            Op::Ref(h) | Op::Unref(h) => {
                let h = self.pick(h);
                match self.handles[h].closed {
                    true => Err("EBADF"),
                    false => {
                        self.handles[h].referenced = matches!(op, Op::Ref(_));
                        Ok(())
                    }
                }
            }
            Op::Start(h, ..) | Op::Restart(h, ..) | Op::Again(h) | Op::SetRepeat(h, _) | Op::Stop(h) | Op::Close(h) => {
                let h = self.pick(h);
                if self.handles[h].closed {
                    Err("EBADF")
                } else if self.handles[h].closing {
                    Err("EINVAL")
                } else {
                    self.change(op, h)
                }
            }
        };
        self.trace.push(Trace::Result(result));
    }

    fn send(&mut self, h: usize) -> Result<(), &'static str> {
        let handle = &mut self.handles[h];
        if handle.closing {
            return Err("EBADF");
        }
        if !handle.pending {
            handle.pending = true;
            self.sent.push_back(h);
        }
        Ok(())
    }

    /// The kernel comes to know that a descriptor which it watches is ready.
    fn find(&mut self, h: usize) {
        if self.handles[h].active && self.handles[h].readable && !self.found.contains(&h) {
            self.found.push_back(h);
        }
    }

    fn change(&mut self, op: Op, h: usize) -> Result<(), &'static str> {
        let is_timer = self.handles[h].kind == Kind::Timer;
        match op {
            Op::Start(_, timeout, repeat) => self.start(h, timeout, repeat),
            // It is started for as long as it is open.
            Op::Stop(_) if self.handles[h].kind == Kind::Async => {}
            Op::Stop(_) => self.stop(h),
            Op::Close(_) => {
                self.stop(h);
                self.handles[h].closing = true;
                self.closing.push(h);
            }
            // The rest is for timers: elsewhere it does nothing.
            _ if !is_timer => {}
            Op::SetRepeat(_, repeat) => self.handles[h].repeat = repeat,
            _ if self.handles[h].callback.is_none() => return Err("EINVAL"),
            Op::Restart(_, timeout, repeat) => self.timer_start(h, timeout, repeat),
            Op::Again(_) => self.timer_again(h),
            _ => unreachable!(),
        }
        Ok(())
    }

    fn start(&mut self, h: usize, timeout: u64, repeat: u64) {
        self.starts += 1;
        let handle = &mut self.handles[h];
        match handle.kind {
            Kind::Timer => {
                handle.callback = Some(self.starts);
                self.timer_start(h, timeout, repeat);
            }
            Kind::Idle | Kind::Prepare | Kind::Check if !handle.active => {
                handle.callback = Some(self.starts);
                handle.active = true;
                self.lists[list(handle.kind)].push_front(h);
            }
            Kind::Poll => {
                handle.callback = Some(self.starts);
                handle.active = true;
                handle.since = self.polls;
                self.find(h);
            }
            Kind::Idle | Kind::Prepare | Kind::Check | Kind::Async => {}
        }
    }

    fn timer_start(&mut self, h: usize, timeout: u64, repeat: u64) {
        self.stop(h);
        self.timer_count += 1;
        let due = (self.time + timeout, self.timer_count);
        self.timers.insert(due, h);
        let timer = &mut self.handles[h];
        timer.due = Some(due);
        timer.repeat = repeat;
        timer.active = true;
    }

    fn timer_again(&mut self, h: usize) {
        let repeat = self.handles[h].repeat;
        if repeat > 0 {
            self.timer_start(h, repeat, repeat);
        }
    }

    fn stop(&mut self, h: usize) {
        if let Some(due) = self.handles[h].due.take() {
            self.timers.remove(&due);
        }
        self.ready.retain(|&other| other != h);
        self.local.retain(|&other| other != h);
        self.found.retain(|&other| other != h);
        self.lists.iter_mut().for_each(|list| list.retain(|&other| other != h));
        self.handles[h].active = false;
    }

    fn look(&mut self, h: usize) {
        let handle = &self.handles[h];
        let open = !handle.closing && !handle.closed;
        let due_in = handle.due.map(|(due, _)| due.saturating_sub(self.time));
        self.trace.push(Trace::Look {
            active: handle.active,
            referenced: handle.referenced && !handle.closed,
            closing: !open,
            due_in: due_in.filter(|_| open),
            now: self.time,
            alive: self.alive(),
            backend_timeout: self.backend_timeout(),
            loop_count: self.loop_count,
        });
    }

    fn has_active(&self) -> bool {
        self.handles.iter().any(|handle| handle.active && handle.referenced)
    }

    /// libuv forgets, within its idle phase, the handles whose turn is still to come.
    fn has_idle(&self) -> bool {
        self.handles.iter().any(|handle| handle.kind == Kind::Idle && handle.active)
    }

    /// As in libuv a closing phase has closed all of its handles when it begins, but for what a limit may leave.
    fn has_closing(&self) -> bool {
        !self.closing.is_empty() || self.program.limit.is_some() && !self.closing_now.is_empty()
    }

    fn alive(&self) -> bool {
        self.has_active() || self.has_closing()
    }

    fn backend_timeout(&self) -> Option<u64> {
        if self.stop || !self.has_active() || self.has_idle() || self.has_closing() || !self.mail.is_empty() {
            return Some(0);
        }
        let (&(due, _), _) = self.timers.first_key_value()?;
        Some(due.saturating_sub(self.time))
    }

    fn uv_run(&mut self, mode: Mode) -> bool {
        let mut alive = self.alive();
        if !alive {
            self.time = self.clock;
        }
        if mode == Mode::Default && alive && !self.stop {
            self.time = self.clock;
            self.run_timers();
        }
        while alive && !self.stop {
            let can_sleep = !self.has_idle();
            self.run_list(0);
            self.run_list(1);
            self.loop_count += 1;
            let mut timeout = Some(0);
            if mode == Mode::Default || (mode == Mode::Once && can_sleep) {
                timeout = self.backend_timeout();
            }
            self.run_poll(timeout.expect("the heartbeat is there"));
            self.run_list(2);
            self.run_closing();
            self.time = self.clock;
            self.run_timers();
            alive = self.alive();
            if mode != Mode::Default {
                break;
            }
        }
        self.stop = false;
        alive
    }

    fn limit(&self) -> usize {
        self.program.limit.unwrap_or(usize::MAX)
    }

    fn run_list(&mut self, list: usize) {
        self.local = std::mem::take(&mut self.lists[list]);
        for _ in 0..self.limit() {
            let Some(h) = self.local.pop_front() else {
                break;
            };
            self.lists[list].push_back(h);
            self.call(h);
        }
        let mut rest = std::mem::take(&mut self.local);
        rest.append(&mut self.lists[list]);
        self.lists[list] = rest;
    }

    fn run_poll(&mut self, timeout: u64) {
        let handles = &self.handles;
        self.found.retain(|&h| handles[h].readable);
        if self.found.is_empty() && self.sent.is_empty() {
            self.clock = self.clock.max(self.time + timeout);
        }
        self.time = self.clock;
        self.polls += 1;
        self.mail.append(&mut self.sent);
        let events: Vec<_> = self.found.iter().copied().collect();

        // Under a limit mail and events take turns.
        let mut budget = self.limit();
        let events_first = std::mem::take(&mut self.events_first);
        if !events_first {
            self.run_mail(&mut budget);
            self.events_first = budget == 0;
        }
        self.run_events(&events, &mut budget);
        if events_first {
            self.run_mail(&mut budget);
        }
    }

    /// A send to a handle that was closed since counts, too.
    fn run_mail(&mut self, budget: &mut usize) {
        while *budget > 0 {
            let Some(h) = self.mail.pop_front() else {
                break;
            };
            *budget -= 1;
            self.handles[h].pending = false;
            if self.handles[h].active {
                self.call(h);
            }
        }
    }

    fn run_events(&mut self, events: &[usize], budget: &mut usize) {
        if events.is_empty() {
            return;
        }
        let first = std::mem::take(&mut self.next_event) % events.len();
        for place in (first..events.len()).chain(0..first) {
            if *budget == 0 {
                self.next_event = place;
                return;
            }
            *budget -= 1;
            self.next_event = place + 1;
            let h = events[place];
            if self.handles[h].active && self.handles[h].since < self.polls {
                self.call(h);
            }
        }
        self.next_event = 0;
    }

    fn run_timers(&mut self) {
        for _ in 0..self.limit() {
            match self.timers.first_key_value() {
                Some((&(due, _), &h)) if due <= self.time => {
                    self.stop(h);
                    self.ready.push_back(h);
                }
                _ => break,
            }
        }
        while let Some(h) = self.ready.pop_front() {
            self.timer_again(h);
            self.call(h);
        }
    }

    fn run_closing(&mut self) {
        let last_first = std::mem::take(&mut self.closing).into_iter().rev();
        self.closing_now.extend(last_first);
        for _ in 0..self.limit() {
            let Some(h) = self.closing_now.pop_front() else {
                break;
            };
            self.handles[h].closed = true;
            self.trace.push(Trace::Closed(h, self.time));
            let scripts = &self.program.close_scripts;
            self.script(&scripts[h % scripts.len()]);
        }
    }

    fn call(&mut self, h: usize) {
        let callback = self.handles[h].callback.expect("it was started");
        self.trace.push(Trace::Call(h, callback, self.time));
        self.handles[h].calls += 1;
        if h > 0 {
            let script = &self.program.scripts[h % self.program.scripts.len()];
            self.script(&script[self.handles[h].calls % script.len()]);
        } else {
            self.script(&[]);
        }
    }

    fn script(&mut self, ops: &[Op]) {
        self.calls += 1;
        if self.calls >= ENOUGH {
            self.stop = true;
        } else {
            ops.iter().for_each(|&op| self.exec(op));
        }
    }
}
