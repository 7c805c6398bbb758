//! A panic in any callback passes through `run`; the loop loses nothing and goes on.

use std::cell::{Cell, RefCell};
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use uv_loop::{
    Async, Check, Error, Event, Handle, HandleId, HandleKind, Idle, Interest, Loop, ManualClock, Prepare, RunMode,
    Timer,
};

type Log = Rc<RefCell<Vec<usize>>>;

fn loop_and_log() -> (Loop, Log) {
    let lp = Loop::builder().clock(ManualClock::new_auto()).build().unwrap();
    (lp, Log::default())
}

/// Runs one iteration at a time, through panics, until nothing is left; gives the number of panics.
fn run_through(lp: &Loop) -> usize {
    let mut panics = 0;
    while lp.alive() {
        // Here all that is waited for, but time, is there already.
        let mode = match lp.backend_timeout() {
            Some(_) => RunMode::Once,
            None => RunMode::NoWait,
        };
        panics += usize::from(catch_unwind(AssertUnwindSafe(|| lp.run(mode))).is_err());
    }
    panics
}

/// What every callback here does: it writes itself down, and the second one of three panics.
fn call(log: &Log, number: usize) {
    log.borrow_mut().push(number);
    assert_ne!(number, 1, "the second panics");
}

macro_rules! phase_test {
    ($test:ident, $Handle:ident) => {
        #[test]
        fn $test() {
            let (lp, log) = loop_and_log();
            // The one started last is called first.
            for number in [2, 1, 0] {
                let log = log.clone();
                $Handle::new(&lp)
                    .start(&lp, move |lp, me| {
                        me.stop(lp).unwrap();
                        call(&log, number);
                    })
                    .unwrap();
            }
            assert_eq!(run_through(&lp), 1);
            assert_eq!(*log.borrow(), [0, 1, 2]);
        }
    };
}

phase_test!(idle, Idle);
phase_test!(prepare, Prepare);
phase_test!(check, Check);

#[test]
fn the_handles_of_a_phase_keep_their_order() {
    let (lp, log) = loop_and_log();
    for number in [2, 1, 0] {
        let log = log.clone();
        Check::new(&lp).start(&lp, move |_, _| call(&log, number)).unwrap();
    }
    let once = || catch_unwind(AssertUnwindSafe(|| lp.run(RunMode::NoWait)));
    for _ in 0..5 {
        assert!(once().is_err());
    }
    // Each run begins with what the one before had left out.
    assert_eq!(*log.borrow(), [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1]);
}

#[test]
fn timers() {
    let (lp, log) = loop_and_log();
    for (number, timeout) in [(2, 3), (0, 1), (1, 2)] {
        let log = log.clone();
        let timeout = Duration::from_millis(timeout);
        Timer::new(&lp).start(&lp, timeout, Duration::ZERO, move |_, _| call(&log, number)).unwrap();
    }
    assert_eq!(run_through(&lp), 1);
    assert_eq!(*log.borrow(), [0, 1, 2]);
}

#[test]
fn timers_that_were_due_together_stay_active_and_due() {
    let (lp, log) = loop_and_log();
    let timers: Vec<_> = (0..4)
        .map(|number| {
            let (log, timer) = (log.clone(), Timer::new(&lp));
            timer.start(&lp, Duration::ZERO, Duration::ZERO, move |_, _| call(&log, number)).unwrap();
            timer
        })
        .collect();
    assert!(catch_unwind(AssertUnwindSafe(|| lp.run(RunMode::Default))).is_err());
    assert_eq!(*log.borrow(), [0, 1]);
    assert!(!timers[1].is_active(&lp), "it has been called");
    assert!(timers[2].is_active(&lp) && lp.alive());
    assert_eq!(timers[2].due_in(&lp), Ok(Some(Duration::ZERO)));
    timers[3].stop(&lp).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(*log.borrow(), [0, 1, 2]);
}

#[test]
fn a_repeating_timer_goes_on() {
    let (lp, _) = loop_and_log();
    let mut left = 5;
    Timer::new(&lp)
        .start(&lp, Duration::ZERO, Duration::from_millis(7), move |lp, me| {
            left -= 1;
            if left == 0 {
                me.stop(lp).unwrap();
            }
            panic!("each time");
        })
        .unwrap();
    assert_eq!(run_through(&lp), 5);
    assert_eq!(lp.now(), 28);
}

#[test]
fn sends() {
    let (lp, log) = loop_and_log();
    for number in 0..3 {
        let log = log.clone();
        let handle = Async::new(&lp, move |lp, me| {
            me.close(lp).unwrap();
            call(&log, number);
        });
        handle.sender(&lp).unwrap().send().unwrap();
    }
    assert_eq!(run_through(&lp), 1);
    assert_eq!(*log.borrow(), [0, 1, 2]);
}

#[test]
fn close_callbacks() {
    let (lp, log) = loop_and_log();
    for number in [2, 1, 0] {
        let log = log.clone();
        Idle::new(&lp).close_with(&lp, move |_| call(&log, number)).unwrap();
    }
    assert_eq!(run_through(&lp), 1);
    assert_eq!(*log.borrow(), [0, 1, 2]);
    assert!(lp.close().is_ok());
}

/// A kind that calls back, and panics for number 1, at the point that is asked for.
struct Fragile {
    number: usize,
    at: &'static str,
    log: Log,
    readable: Rc<std::io::PipeReader>,
    outstanding: Cell<usize>,
}

impl Fragile {
    fn add_three(lp: &Loop, log: &Log, at: &'static str) -> Vec<HandleId> {
        let add = |number| {
            // Nobody writes: the end of it makes the pipe readable.
            let readable = Rc::new(std::io::pipe().unwrap().0);
            let (log, outstanding) = (log.clone(), Cell::new(3));
            lp.add_handle(Rc::new(Fragile { number, at, log, readable, outstanding }))
        };
        (0..3).map(add).collect()
    }

    fn reached(&self, at: &'static str) {
        if self.at == at {
            call(&self.log, self.number);
        }
    }
}

impl HandleKind for Fragile {
    fn name(&self) -> &'static str {
        "fragile"
    }
    fn fd(&self) -> Option<Rc<dyn AsFd>> {
        Some(self.readable.clone())
    }
    fn on_event(&self, lp: &Loop, id: HandleId, _: Event) {
        id.close(lp).unwrap();
        self.reached("event");
    }
    fn on_deferred(&self, _: &Loop, _: HandleId) {
        self.reached("deferred");
    }
    fn on_close(&self, _: &Loop, _: HandleId) {
        self.reached("close");
    }
    fn on_closed(&self, _: &Loop, _: HandleId) {
        // As a stream with three writes outstanding, whose callbacks may panic.
        while self.outstanding.get() > 0 {
            self.outstanding.set(self.outstanding.get() - 1);
            self.reached("closed");
        }
    }
}

#[test]
fn events_of_other_kinds() {
    let (lp, log) = loop_and_log();
    for id in Fragile::add_three(&lp, &log, "event") {
        lp.watch(id, Interest::READABLE).unwrap();
        lp.set_active(id, true).unwrap();
    }
    assert_eq!(run_through(&lp), 1);
    log.borrow_mut().sort();
    assert_eq!(*log.borrow(), [0, 1, 2]);
}

#[test]
fn a_handle_that_panics_at_each_event_does_not_keep_the_others_from_theirs() {
    struct Broken(Rc<std::io::PipeReader>, Cell<bool>, usize, Log);
    impl HandleKind for Broken {
        fn name(&self) -> &'static str {
            "broken"
        }
        fn fd(&self) -> Option<Rc<dyn AsFd>> {
            Some(self.0.clone())
        }
        fn on_event(&self, _: &Loop, _: HandleId, _: Event) {
            if !self.1.replace(true) {
                self.3.borrow_mut().push(self.2);
            }
            panic!("always");
        }
    }

    let (lp, log) = loop_and_log();
    for number in 0..5 {
        let (reader, _) = std::io::pipe().unwrap();
        let id = lp.add_handle(Rc::new(Broken(Rc::new(reader), Cell::new(false), number, log.clone())));
        lp.watch(id, Interest::READABLE).unwrap();
        lp.set_active(id, true).unwrap();
    }
    for _ in 0..5 {
        assert!(catch_unwind(AssertUnwindSafe(|| lp.run(RunMode::Once))).is_err());
    }
    log.borrow_mut().sort();
    assert_eq!(*log.borrow(), [0, 1, 2, 3, 4]);
}

#[test]
fn deferred_calls() {
    let (lp, log) = loop_and_log();
    for id in Fragile::add_three(&lp, &log, "deferred") {
        lp.defer(id).unwrap();
    }
    assert_eq!(run_through(&lp), 1);
    assert_eq!(*log.borrow(), [0, 1, 2]);
}

#[test]
fn a_panic_at_the_beginning_of_a_close_leaves_the_handle_closing() {
    let (lp, log) = loop_and_log();
    let id = Fragile::add_three(&lp, &log, "close")[1];
    let close = || id.close_with(&lp, |_| {});
    assert!(catch_unwind(AssertUnwindSafe(close)).is_err());
    assert!(id.is_closing(&lp));
    assert_eq!(run_through(&lp), 0);
    assert_eq!(id.close(&lp), Err(Error::EBADF));
}

#[test]
fn a_panic_while_a_close_completes_leaves_the_rest_of_it() {
    let (lp, log) = loop_and_log();
    let closed = Rc::new(Cell::new(0));
    for id in Fragile::add_three(&lp, &log, "closed") {
        let closed = closed.clone();
        id.close_with(&lp, move |_| closed.set(closed.get() + 1)).unwrap();
    }
    assert_eq!(run_through(&lp), 3);
    assert_eq!(*log.borrow(), [2, 2, 2, 1, 1, 1, 0, 0, 0]);
    assert_eq!(closed.get(), 3);
    assert!(lp.close().is_ok());
}

#[test]
fn the_callback_stays_and_is_dropped_with_its_handle() {
    let (lp, _) = loop_and_log();
    let captured = Rc::new(());
    let check = Check::new(&lp);
    let kept = captured.clone();
    check
        .start(&lp, move |_, _| {
            let _ = &kept;
            panic!();
        })
        .unwrap();
    for _ in 0..3 {
        assert!(catch_unwind(AssertUnwindSafe(|| lp.run(RunMode::NoWait))).is_err());
        assert_eq!(Rc::strong_count(&captured), 2);
    }
    check.close(&lp).unwrap();
    assert_eq!(Rc::strong_count(&captured), 1);
    lp.run(RunMode::Default).unwrap();
}

#[test]
fn a_callback_that_closes_its_handle_and_panics_is_dropped() {
    let (lp, _) = loop_and_log();
    let captured = Rc::new(());
    let kept = captured.clone();
    Check::new(&lp)
        .start(&lp, move |lp, me| {
            let _ = &kept;
            me.close(lp).unwrap();
            panic!();
        })
        .unwrap();
    assert_eq!(run_through(&lp), 1);
    assert_eq!(Rc::strong_count(&captured), 1);
    assert!(lp.close().is_ok());
}
