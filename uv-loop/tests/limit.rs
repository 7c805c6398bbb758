//! The limit of callbacks a phase: nothing is lost, and the order stays.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use uv_loop::{Async, Check, Handle, HandleId, HandleKind, Idle, Loop, ManualClock, Prepare, RunMode, Timer};

type Log = Rc<RefCell<Vec<usize>>>;

/// Seven callbacks, of which each iteration runs `limit`: gives the log after each iteration.
fn iterations(limit: usize, set_up: impl FnOnce(&Loop, &Log)) -> Vec<Vec<usize>> {
    let lp = Loop::builder().clock(ManualClock::new()).phase_callback_limit(limit).build().unwrap();
    let log = Log::default();
    set_up(&lp, &log);
    let mut turns = Vec::new();
    while lp.alive() {
        lp.run(RunMode::NoWait).unwrap();
        turns.push(log.take());
    }
    turns
}

fn check(set_up: impl Fn(&Loop, &Log)) {
    assert_eq!(iterations(0, &set_up), [vec![0, 1, 2, 3, 4, 5, 6]]);
    assert_eq!(iterations(3, &set_up), [vec![0, 1, 2], vec![3, 4, 5], vec![6]]);
    assert_eq!(iterations(1, &set_up).len(), 7);
}

macro_rules! phase_test {
    ($test:ident, $Handle:ident) => {
        #[test]
        fn $test() {
            check(|lp, log| {
                for number in (0..7).rev() {
                    let log = log.clone();
                    $Handle::new(lp)
                        .start(lp, move |lp, me| {
                            log.borrow_mut().push(number);
                            me.stop(lp).unwrap();
                        })
                        .unwrap();
                }
            });
        }
    };
}

phase_test!(idle, Idle);
phase_test!(prepare, Prepare);
phase_test!(checks, Check);

#[test]
fn timers() {
    check(|lp, log| {
        for number in 0..7 {
            let log = log.clone();
            Timer::new(lp)
                .start(lp, Duration::ZERO, Duration::ZERO, move |_, _| {
                    log.borrow_mut().push(number);
                })
                .unwrap();
        }
    });
}

#[test]
fn closing() {
    check(|lp, log| {
        for number in (0..7).rev() {
            let log = log.clone();
            Idle::new(lp).close_with(lp, move |_| log.borrow_mut().push(number)).unwrap();
        }
    });
}

/// What a closing phase will have called at its end keeps no loop alive; what a limit leaves does.
#[test]
fn alive_in_close_callbacks() {
    let seen = |limit: usize| {
        let lp = Loop::builder().clock(ManualClock::new()).phase_callback_limit(limit).build().unwrap();
        let log = Log::default();
        for last in [false, false, true] {
            let log = log.clone();
            Idle::new(&lp)
                .close_with(&lp, move |lp| {
                    log.borrow_mut().push(lp.alive().into());
                    if last {
                        Idle::new(lp).close(lp).unwrap();
                        log.borrow_mut().push(lp.alive().into());
                    }
                })
                .unwrap();
        }
        assert!(lp.run(RunMode::NoWait).unwrap());
        log.take()
    };
    // The last is called first.
    assert_eq!(seen(0), [0, 1, 1, 1]);
    assert_eq!(seen(1), [1, 1]);
}

#[test]
fn sends_and_deferred_calls() {
    struct Later(Log, usize);
    impl HandleKind for Later {
        fn name(&self) -> &'static str {
            "later"
        }
        fn on_deferred(&self, _: &Loop, _: HandleId) {
            self.0.borrow_mut().push(self.1);
        }
    }

    check(|lp, log| {
        for number in 0..7 {
            let log = log.clone();
            let handle = Async::new(lp, move |lp, me| {
                log.borrow_mut().push(number);
                // Not closed, as the closing phase would add turns of its own.
                me.unref(lp).unwrap();
            });
            handle.sender(lp).unwrap().send().unwrap();
        }
    });
    check(|lp, log| {
        for number in 0..7 {
            let id = lp.add_handle(Rc::new(Later(log.clone(), number)));
            lp.defer(id).unwrap();
        }
    });
}
