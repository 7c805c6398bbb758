//! The order and the number of callbacks, against a reference model of libuv's loop.

mod model;

use std::cell::{Cell, RefCell};
use std::io::{PipeReader, PipeWriter, Read, Write};
use std::rc::Rc;
use std::time::Duration;

use model::{ENOUGH, HEARTBEAT, Kind, Mode, Op, Program, Trace};
use proptest::prelude::*;
use uv_loop::{
    Async, AsyncSender, Check, Handle, HandleId, Idle, Interest, Loop, ManualClock, Poll, Prepare, RunMode, Timer,
};

#[derive(Clone, Copy)]
enum Any {
    Timer(Timer),
    Idle(Idle),
    Prepare(Prepare),
    Check(Check),
    Async(Async),
    Poll(Poll),
}

/// The end of a handle that is not the loop's.
enum Far {
    None,
    Sender(AsyncSender),
    /// Whether there is something in the pipe.
    Pipe(Rc<PipeReader>, PipeWriter, Cell<bool>),
}

/// Runs a program on the real loop.
struct World {
    program: Program,
    clock: ManualClock,
    trace: RefCell<Vec<Trace>>,
    handles: RefCell<Vec<(Any, usize)>>,
    fars: RefCell<Vec<Far>>,
    starts: Cell<usize>,
    calls: Cell<usize>,
}

impl Any {
    fn id(self) -> HandleId {
        match self {
            Any::Timer(h) => h.id(),
            Any::Idle(h) => h.id(),
            Any::Prepare(h) => h.id(),
            Any::Check(h) => h.id(),
            Any::Async(h) => h.id(),
            Any::Poll(h) => h.id(),
        }
    }
}

const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

impl World {
    fn run(program: &Program) -> Vec<Trace> {
        let clock = ManualClock::new_auto();
        let lp = Loop::builder().clock(clock.clone()).phase_callback_limit(program.limit.unwrap_or(0)).build().unwrap();
        let world = Rc::new(World {
            program: program.clone(),
            clock,
            trace: RefCell::default(),
            handles: RefCell::default(),
            fars: RefCell::default(),
            starts: Cell::new(0),
            calls: Cell::new(0),
        });
        world.create(&lp, Kind::Timer);
        world.start(&lp, 0, HEARTBEAT, HEARTBEAT).unwrap();
        world.id(0).unref(&lp).unwrap();
        for &kind in &program.kinds {
            world.create(&lp, kind);
        }
        for (ops, mode) in &program.runs {
            ops.iter().for_each(|&op| world.exec(&lp, op));
            let mode = match mode {
                Mode::Default => RunMode::Default,
                Mode::Once => RunMode::Once,
                Mode::NoWait => RunMode::NoWait,
            };
            let alive = lp.run(mode).unwrap();
            world.trace.borrow_mut().push(Trace::Ran(alive, lp.metrics().loop_count));
        }
        drop(lp);
        assert_eq!(Rc::strong_count(&world), 1, "a callback outlives its loop");
        world.trace.take()
    }

    fn create(self: &Rc<Self>, lp: &Loop, kind: Kind) {
        let mut far = Far::None;
        let handle = match kind {
            Kind::Timer => Any::Timer(Timer::new(lp)),
            Kind::Idle => Any::Idle(Idle::new(lp)),
            Kind::Prepare => Any::Prepare(Prepare::new(lp)),
            Kind::Check => Any::Check(Check::new(lp)),
            Kind::Async => {
                self.starts.set(self.starts.get() + 1);
                let (world, h, start) = (self.clone(), self.handles.borrow().len(), self.starts.get());
                let wakeup = Async::new(lp, move |lp, _| world.call(lp, h, start));
                far = Far::Sender(wakeup.sender(lp).unwrap());
                Any::Async(wakeup)
            }
            Kind::Poll => {
                let (reader, mut writer) = std::io::pipe().unwrap();
                let is_full = model::is_readable_at_first(self.handles.borrow().len());
                if is_full {
                    writer.write_all(b"!").unwrap();
                }
                let reader = Rc::new(reader);
                let poll = Poll::new(lp, reader.clone()).unwrap();
                far = Far::Pipe(reader, writer, Cell::new(is_full));
                Any::Poll(poll)
            }
        };
        self.fars.borrow_mut().push(far);
        self.handles.borrow_mut().push((handle, 0));
    }

    fn id(&self, h: usize) -> HandleId {
        self.handles.borrow()[h].0.id()
    }

    fn start(self: &Rc<Self>, lp: &Loop, h: usize, timeout: u64, repeat: u64) -> uv_loop::Result<()> {
        let handle = self.handles.borrow()[h].0;
        if !handle.id().is_closing(lp) {
            self.starts.set(self.starts.get() + 1);
        }
        let (world, start) = (self.clone(), self.starts.get());
        let call = move |lp: &Loop| world.call(lp, h, start);
        match handle {
            Any::Timer(timer) => timer.start(lp, ms(timeout), ms(repeat), move |lp, _| call(lp)),
            Any::Idle(idle) => idle.start(lp, move |lp, _| call(lp)),
            Any::Prepare(prepare) => prepare.start(lp, move |lp, _| call(lp)),
            Any::Check(check) => check.start(lp, move |lp, _| call(lp)),
            Any::Async(wakeup) => Self::check_open(lp, wakeup),
            Any::Poll(poll) => poll.start(lp, Interest::READABLE, move |lp, _, ready| {
                assert_eq!(ready, Ok(Interest::READABLE));
                call(lp);
            }),
        }
    }

    /// What an operation gives that means nothing to the handle: it is just looked at for being open.
    fn check_open(lp: &Loop, handle: impl Handle) -> uv_loop::Result<()> {
        if handle.is_closing(lp) { handle.close(lp) } else { Ok(()) }
    }

    fn send(&self, number: usize) -> Option<uv_loop::Result<()>> {
        let fars = self.fars.borrow();
        let senders: Vec<_> =
            fars.iter().filter_map(|far| if let Far::Sender(sender) = far { Some(sender) } else { None }).collect();
        (!senders.is_empty()).then(|| senders[number % senders.len()].send())
    }

    fn set_readable(&self, number: usize, readable: bool) {
        let fars = self.fars.borrow();
        let pipes: Vec<_> = fars
            .iter()
            .filter_map(|far| {
                if let Far::Pipe(reader, writer, is_full) = far { Some((reader, writer, is_full)) } else { None }
            })
            .collect();
        if pipes.is_empty() {
            return;
        }
        let (reader, mut writer, is_full) = pipes[number % pipes.len()];
        match (is_full.replace(readable), readable) {
            (false, true) => writer.write_all(b"!").unwrap(),
            (true, false) => (&**reader).read_exact(&mut [0]).unwrap(),
            _ => {}
        }
    }

    fn walk(&self, lp: &Loop) {
        let mut seen = Vec::new();
        lp.walk(|id, _| seen.push(self.handles.borrow().iter().position(|(handle, _)| handle.id() == id).unwrap()));
        seen.sort_unstable();
        self.trace.borrow_mut().push(Trace::Walk(seen));
    }

    fn exec(self: &Rc<Self>, lp: &Loop, op: Op) {
        let count = self.handles.borrow().len();
        let pick = |number: usize| 1 + number % (count - 1);
        let handle = |number: usize| self.handles.borrow()[pick(number)].0;
        let as_timer = |number: usize, change: &dyn Fn(Timer) -> uv_loop::Result<()>| match handle(number) {
            Any::Timer(timer) => change(timer),
            other => Self::check_open(lp, other.id()),
        };
        let result = match op {
            Op::Create(kind) => {
                if count < 9 {
                    self.create(lp, kind);
                }
                return;
            }
            Op::Advance(by) => return self.clock.advance(ms(by)),
            Op::UpdateTime => return lp.update_time(),
            Op::StopLoop => return lp.stop(),
            Op::Look(h) => return self.look(lp, pick(h)),
            Op::Walk => return self.walk(lp),
            Op::Fill(number) => return self.set_readable(number, true),
            Op::Empty(number) => return self.set_readable(number, false),
            Op::Send(number) => match self.send(number) {
                Some(result) => result,
                None => return,
            },
            Op::Start(h, timeout, repeat) => self.start(lp, pick(h), timeout, repeat),
            Op::Stop(h) => match handle(h) {
                Any::Timer(h) => h.stop(lp),
                Any::Idle(h) => h.stop(lp),
                Any::Prepare(h) => h.stop(lp),
                Any::Check(h) => h.stop(lp),
                Any::Async(h) => Self::check_open(lp, h),
                Any::Poll(h) => h.stop(lp),
            },
            Op::Close(h) => {
                let (world, number) = (self.clone(), pick(h));
                handle(h).id().close_with(lp, move |lp| world.closed(lp, number))
            }
            Op::Ref(h) => handle(h).id().ref_(lp),
            Op::Unref(h) => handle(h).id().unref(lp),
            Op::Restart(h, timeout, repeat) => as_timer(h, &|timer| timer.restart(lp, ms(timeout), ms(repeat))),
            Op::Again(h) => as_timer(h, &|timer| timer.again(lp)),
            Op::SetRepeat(h, repeat) => as_timer(h, &|timer| timer.set_repeat(lp, ms(repeat))),
        };
        let result = result.map_err(|error| error.name());
        self.trace.borrow_mut().push(Trace::Result(result));
    }

    fn look(&self, lp: &Loop, h: usize) {
        let handle = self.handles.borrow()[h].0;
        let id = handle.id();
        let due_in = match handle {
            Any::Timer(timer) => timer.due_in(lp).ok().flatten(),
            _ => None,
        };
        let millis = |duration: Duration| duration.as_millis() as u64;
        self.trace.borrow_mut().push(Trace::Look {
            active: id.is_active(lp),
            referenced: id.has_ref(lp),
            closing: id.is_closing(lp),
            due_in: due_in.map(millis),
            now: lp.now(),
            alive: lp.alive(),
            backend_timeout: lp.backend_timeout().map(millis),
            loop_count: lp.metrics().loop_count,
        });
    }

    fn call(self: &Rc<Self>, lp: &Loop, h: usize, start: usize) {
        self.trace.borrow_mut().push(Trace::Call(h, start, lp.now()));
        let calls = {
            let calls = &mut self.handles.borrow_mut()[h].1;
            *calls += 1;
            *calls
        };
        let script = &self.program.scripts[h % self.program.scripts.len()];
        match h {
            0 => self.script(lp, &[]),
            _ => self.script(lp, &script[calls % script.len()]),
        }
    }

    fn closed(self: &Rc<Self>, lp: &Loop, h: usize) {
        self.trace.borrow_mut().push(Trace::Closed(h, lp.now()));
        let scripts = &self.program.close_scripts;
        self.script(lp, &scripts[h % scripts.len()]);
    }

    fn script(self: &Rc<Self>, lp: &Loop, ops: &[Op]) {
        self.calls.set(self.calls.get() + 1);
        if self.calls.get() >= ENOUGH {
            lp.stop();
        } else {
            ops.iter().for_each(|&op| self.exec(lp, op));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, ..ProptestConfig::default() })]

    #[test]
    fn random_programs_run_as_in_the_model(program in model::program()) {
        prop_assert_eq!(World::run(&program), model::run(&program));
    }
}

/// A poll phase that has nothing to look for ends the turn that events had.
#[test]
fn mail_and_events_take_turns_in_poll_phases_that_follow_each_other() {
    let scripts = vec![
        vec![vec![Op::Create(Kind::Poll)]],
        vec![vec![], vec![Op::Send(0), Op::Start(7, 0, 0)]],
        vec![vec![], vec![], vec![Op::Start(2, 0, 0)]],
    ];
    let program = Program {
        kinds: vec![Kind::Timer, Kind::Timer, Kind::Idle, Kind::Idle, Kind::Async],
        scripts,
        close_scripts: vec![vec![]],
        runs: vec![(vec![Op::Create(Kind::Timer), Op::Start(3, 0, 0)], Mode::Once), (vec![], Mode::Default)],
        limit: Some(1),
    };
    assert_eq!(World::run(&program), model::run(&program));
}

#[test]
fn the_programs_reach_every_corner() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let (mut calls, mut closes, mut errors, mut looks, mut alive) = (0, 0, 0, 0, 0);
    let mut by_kind = std::collections::HashMap::new();
    for _ in 0..300 {
        let program = model::program().new_tree(&mut runner).unwrap().current();
        for event in model::run(&program) {
            match event {
                Trace::Call(h, ..) => {
                    calls += 1;
                    // Those of later handles have whatever kind they were made with.
                    if let Some(kind) = h.checked_sub(1).and_then(|h| program.kinds.get(h)) {
                        *by_kind.entry(*kind).or_insert(0) += 1;
                    }
                }
                Trace::Closed(..) => closes += 1,
                Trace::Result(Err(_)) => errors += 1,
                Trace::Look { .. } => looks += 1,
                Trace::Ran(true, _) => alive += 1,
                _ => {}
            }
        }
    }
    assert!(
        calls > 3000 && closes > 150 && errors > 300 && looks > 300 && alive > 100,
        "{calls} calls, {closes} closes, {errors} errors, {looks} looks, {alive} runs with more to come"
    );
    assert!(by_kind.len() == 6 && by_kind.values().all(|&calls| calls > 200), "{by_kind:?}");
}
