//! What an observer sees.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use uv_loop::{
    Async, Check, Handle, HandleId, HandleKind, Idle, Loop, ManualClock, Observer, Phase, Prepare, RunMode, Source,
    Timer,
};

/// Writes down what begins and ends, and checks that they match.
#[derive(Default)]
struct Recorder {
    open: RefCell<Vec<String>>,
    log: RefCell<Vec<String>>,
}

impl Recorder {
    fn begin(&self, what: String) {
        self.log.borrow_mut().push(what.clone());
        self.open.borrow_mut().push(what);
    }

    fn end(&self, what: &str) {
        assert_eq!(self.open.borrow_mut().pop().as_deref(), Some(what));
    }

    fn take(&self) -> Vec<String> {
        assert!(self.open.borrow().is_empty());
        self.log.take()
    }
}

fn source_text(source: Source) -> String {
    match source {
        Source::Close { kind, .. } => format!("close {kind}"),
        source => format!("call {}", source.kind()),
    }
}

impl Observer for Recorder {
    fn iteration_begin(&self, _: &Loop) {
        self.begin("iteration".into());
    }
    fn iteration_end(&self, _: &Loop) {
        self.end("iteration");
    }
    fn phase_begin(&self, _: &Loop, phase: Phase) {
        self.begin(phase.name().into());
    }
    fn phase_end(&self, _: &Loop, phase: Phase) {
        self.end(phase.name());
    }
    fn callback_begin(&self, _: &Loop, source: Source) {
        self.begin(source_text(source));
    }
    fn callback_end(&self, _: &Loop, source: Source) {
        self.end(&source_text(source));
    }
    fn wait_begin(&self, _: &Loop, timeout: Option<Duration>) {
        self.begin(format!("wait {timeout:?}"));
    }
    fn wait_end(&self, _: &Loop, events: usize) {
        let what = self.open.borrow_mut().pop().unwrap();
        assert!(what.starts_with("wait ") && events == 0);
    }
}

fn observed() -> (Loop, Rc<Recorder>) {
    let recorder = Rc::new(Recorder::default());
    let lp = Loop::builder().clock(ManualClock::new_auto()).observer(recorder.clone()).build().unwrap();
    (lp, recorder)
}

struct Later;

impl HandleKind for Later {
    fn name(&self) -> &'static str {
        "later"
    }
    fn on_deferred(&self, lp: &Loop, id: HandleId) {
        id.close(lp).unwrap();
    }
}

#[test]
fn an_iteration_is_told_in_its_order() {
    let (lp, recorder) = observed();
    let later = lp.add_handle(Rc::new(Later));
    lp.defer(later).unwrap();
    Idle::new(&lp).start(&lp, |lp, idle| idle.close(lp).unwrap()).unwrap();
    Prepare::new(&lp).start(&lp, |lp, prepare| prepare.stop(lp).unwrap()).unwrap();
    Check::new(&lp).start(&lp, |lp, check| check.stop(lp).unwrap()).unwrap();
    Timer::new(&lp).start(&lp, Duration::ZERO, Duration::ZERO, |_, _| {}).unwrap();
    Async::new(&lp, |lp, me| me.close(lp).unwrap()).sender(&lp).unwrap().send().unwrap();
    drop(lp.spawn_local(async {}));
    lp.queue_completed(|_| {});
    assert!(lp.run(RunMode::NoWait).unwrap(), "what was completed at once comes in the next turn");
    assert_eq!(
        recorder.take(),
        [
            "iteration",
            "pending",
            "call later",
            "idle",
            "call idle",
            "prepare",
            "call prepare",
            "poll",
            "wait Some(0ns)",
            "call async",
            "call task",
            "check",
            "call check",
            "closing",
            "close async",
            "close idle",
            "close later",
            "timers",
            "call timer",
        ]
    );
    assert!(!lp.run(RunMode::NoWait).unwrap());
    assert_eq!(recorder.take(), ["iteration", "poll", "wait Some(0ns)", "call work"]);
}

#[test]
fn what_panics_ends() {
    let (lp, recorder) = observed();
    Idle::new(&lp).start(&lp, |_, _| panic!("each time")).unwrap();
    Timer::new(&lp).start(&lp, Duration::ZERO, Duration::ZERO, |_, _| panic!("once")).unwrap();
    Check::new(&lp).close_with(&lp, |_| panic!("once")).unwrap();
    lp.queue_completed(|_| panic!("once"));
    for _ in 0..8 {
        assert!(catch_unwind(AssertUnwindSafe(|| lp.run(RunMode::Default))).is_err());
        assert!(!recorder.take().is_empty());
    }
}

#[test]
fn it_can_be_changed_in_a_callback() {
    let (lp, recorder) = observed();
    let (second, kept) = (Rc::new(Recorder::default()), recorder.clone());
    let other = second.clone();
    let calls = Rc::new(Cell::new(0));
    let counter = calls.clone();
    Idle::new(&lp)
        .start(&lp, move |lp, _| {
            counter.set(counter.get() + 1);
            match counter.get() {
                1 => lp.set_observer(Some(other.clone())),
                2 => lp.set_observer(None),
                _ => lp.set_observer(Some(kept.clone())),
            }
        })
        .unwrap();
    for _ in 0..3 {
        lp.run(RunMode::NoWait).unwrap();
    }
    assert_eq!(calls.get(), 3);
    // The first one hears the end of what it saw begin, and is back from the third callback's end.
    let phases = ["iteration", "idle", "call idle", "poll", "wait Some(0ns)"];
    assert_eq!(recorder.take(), ["iteration", "idle", "call idle", "poll", "wait Some(0ns)"]);
    let seen = second.take();
    assert_eq!(seen[..2], phases[3..]);
    assert_eq!(seen[2..], phases[..3]);
}

#[test]
fn a_loop_that_is_gone_lets_go_of_it() {
    let (lp, recorder) = observed();
    assert_eq!(Rc::strong_count(&recorder), 2);
    drop(lp);
    assert_eq!(Rc::strong_count(&recorder), 1);
}
