//! A program on the runtime.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use node_compat::{DrainRule, Immediate, ManualClock, Origin, Promise, Runtime, Thrown, Timeout};
use std::time::Duration;

use crate::program::{Body, Line, MAX_LINES, Step};

pub(crate) fn run(main: &Body, rule: DrainRule) -> Vec<Line> {
    let clock = ManualClock::new_auto();
    let rt = Runtime::builder().clock(clock.clone()).drain_rule(rule).build().unwrap();
    let world = Rc::new(World {
        clock,
        log: RefCell::default(),
        timers: RefCell::default(),
        immediates: RefCell::default(),
        ended: Cell::new(false),
    });
    let here = world.clone();
    rt.on_uncaught_exception(move |rt, thrown, origin| {
        assert_eq!(origin, Origin::UncaughtException);
        here.write(rt, Line::Uncaught(thrower(thrown)));
        true
    });
    let here = world.clone();
    rt.on_unhandled_rejection(move |rt, thrown, _| here.write(rt, Line::UnhandledRejection(thrower(thrown))));
    rt.run_main(world.call(main));
    rt.run().unwrap();
    world.log.take()
}

fn thrower(thrown: &Thrown) -> usize {
    *thrown.downcast_ref().expect("a body throws its number")
}

struct World {
    clock: ManualClock,
    log: RefCell<Vec<Line>>,
    timers: RefCell<Vec<Timeout>>,
    immediates: RefCell<Vec<Immediate>>,
    ended: Cell<bool>,
}

impl World {
    fn write(&self, rt: &Runtime, line: Line) {
        if self.ended.get() {
            return;
        }
        let mut log = self.log.borrow_mut();
        log.push(line);
        if log.len() == MAX_LINES {
            drop(log);
            self.ended.set(true);
            rt.exit(0);
        }
    }

    fn call(self: &Rc<Self>, body: &Body) -> impl Fn(&Runtime) -> Result<(), Thrown> + 'static {
        let (world, body) = (self.clone(), body.clone());
        move |rt| world.take_steps(rt, &body)
    }

    fn take_steps(self: &Rc<Self>, rt: &Runtime, body: &Body) -> Result<(), Thrown> {
        let now = node_compat::Clock::now(&self.clock).as_millis() as u64;
        self.write(rt, Line::Body(body.number, now));
        for step in body.steps.iter() {
            if self.ended.get() {
                break;
            }
            self.take(rt, body, step)?;
        }
        Ok(())
    }

    fn take(self: &Rc<Self>, rt: &Runtime, body: &Body, step: &Step) -> Result<(), Thrown> {
        match step {
            Step::Tick(body) => rt.next_tick(self.call(body)),
            Step::Microtask(body) => rt.queue_microtask(self.call(body)),
            Step::Then(body) => then(rt, Promise::resolved(rt, ()), self.call(body)),
            Step::AndThen(body) => {
                let promise = Promise::resolved(rt, ()).and_then(rt, |rt, ()| Ok(Promise::resolved(rt, ())));
                then(rt, promise, self.call(body));
            }
            Step::Finally(body) => then(rt, Promise::resolved(rt, ()).finally(rt, |_| ()), self.call(body)),
            Step::Reject(body) => {
                let call = self.call(body);
                Promise::<()>::rejected(rt, Thrown::new("no")).catch(rt, move |rt, _| call(rt));
            }
            Step::Immediate(body) => {
                let immediate = rt.set_immediate(self.call(body));
                self.immediates.borrow_mut().push(immediate);
            }
            Step::Timeout(millis, body) => {
                let timeout = rt.set_refreshable_timeout(f64::from(*millis), self.call(body));
                self.timers.borrow_mut().push(timeout);
            }
            Step::Interval(millis, body) => {
                let interval = rt.set_interval(f64::from(*millis), self.call(body));
                self.timers.borrow_mut().push(interval);
            }
            Step::Clear(n) => self.timer(*n).into_iter().for_each(|timer| rt.clear_timeout(timer)),
            Step::Refresh(n) => self.timer(*n).into_iter().for_each(|timer| _ = timer.refresh(rt)),
            Step::Unref(n) => self.timer(*n).into_iter().for_each(|timer| timer.unref(rt)),
            Step::Ref(n) => self.timer(*n).into_iter().for_each(|timer| timer.ref_(rt)),
            Step::ClearImmediate(n) => self.immediate(*n).into_iter().for_each(|it| rt.clear_immediate(it)),
            Step::UnrefImmediate(n) => self.immediate(*n).into_iter().for_each(|it| it.unref(rt)),
            Step::RefImmediate(n) => self.immediate(*n).into_iter().for_each(|it| it.ref_(rt)),
            Step::Sleep(millis) => self.clock.advance(Duration::from_millis(*millis)),
            Step::Throw => return Err(Thrown::with_value("thrown", body.number)),
        }
        Ok(())
    }

    fn timer(&self, n: usize) -> Option<Timeout> {
        let timers = self.timers.borrow();
        timers.get(n % timers.len().max(1)).copied()
    }

    fn immediate(&self, n: usize) -> Option<Immediate> {
        let immediates = self.immediates.borrow();
        immediates.get(n % immediates.len().max(1)).copied()
    }
}

fn then(rt: &Runtime, promise: Promise<()>, call: impl Fn(&Runtime) -> Result<(), Thrown> + 'static) {
    promise.then(rt, move |rt, ()| call(rt));
}
