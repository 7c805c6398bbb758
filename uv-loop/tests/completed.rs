//! Requests that were answered at once are called back when those of a quick pool would be.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::mpsc::channel;

use proptest::prelude::*;
use uv_loop::{Check, Error, Handle, Idle, Loop, Pool, RunMode};

type Log = Rc<RefCell<Vec<&'static str>>>;

fn push(log: &Log, what: &'static str) -> impl FnOnce(&Loop) + 'static {
    let log = log.clone();
    move |_| log.borrow_mut().push(what)
}

/// A check handle that is called back once: an immediate.
fn immediate(lp: &Loop, log: &Log, what: &'static str) {
    let idle = Idle::new(lp);
    idle.start(lp, |_, _| ()).unwrap();
    let log = log.clone();
    let check = Check::new(lp);
    let called = move |lp: &Loop, check: Check| {
        log.borrow_mut().push(what);
        idle.close(lp).unwrap();
        check.close(lp).unwrap();
    };
    check.start(lp, called).unwrap();
}

#[test]
fn a_poll_phase_that_would_have_waited_delivers() {
    let (lp, log) = (Loop::new().unwrap(), Log::default());
    lp.queue_completed(push(&log, "request"));
    assert!(lp.alive() && lp.backend_timeout().unwrap().is_zero());
    assert!(!lp.run(RunMode::Once).unwrap());
    assert_eq!(*log.borrow(), ["request"]);
}

#[test]
fn immediates_come_first() {
    let (lp, log) = (Loop::new().unwrap(), Log::default());
    lp.queue_completed(push(&log, "request"));
    immediate(&lp, &log, "immediate");
    lp.run(RunMode::Default).unwrap();
    assert_eq!(*log.borrow(), ["immediate", "request"]);
}

#[test]
fn an_idle_loop_is_not_kept_waiting_for_ever() {
    let (lp, log) = (Loop::new().unwrap(), Log::default());
    Idle::new(&lp).start(&lp, |_, _| ()).unwrap();
    lp.queue_completed(push(&log, "request"));
    for expected in [0, 1] {
        lp.run(RunMode::NoWait).unwrap();
        assert_eq!(log.borrow().len(), expected);
    }
}

#[test]
fn what_a_poll_phase_makes_waits_for_the_next() {
    let (lp, log) = (Loop::new().unwrap(), Log::default());
    let (first, second) = (log.clone(), log.clone());
    lp.queue_completed(move |lp| {
        first.borrow_mut().push("first");
        lp.queue_completed(push(&second, "second"));
    });
    assert!(lp.run(RunMode::Once).unwrap());
    assert_eq!(*log.borrow(), ["first"]);
    assert!(!lp.run(RunMode::Once).unwrap());
    assert_eq!(*log.borrow(), ["first", "second"]);
}

#[test]
fn the_limit_counts_them() {
    let lp = Loop::builder().phase_callback_limit(2).build().unwrap();
    let log = Log::default();
    for what in ["a", "b", "c"] {
        lp.queue_completed(push(&log, what));
    }
    assert!(lp.run(RunMode::Once).unwrap());
    assert_eq!(*log.borrow(), ["a", "b"]);
    // The rest is not new to this phase, although it could not wait for anything.
    lp.run(RunMode::NoWait).unwrap();
    assert_eq!(*log.borrow(), ["a", "b", "c"]);
}

#[test]
fn a_panic_loses_none() {
    let (lp, log) = (Loop::new().unwrap(), Log::default());
    lp.queue_completed(|_| panic!("mine"));
    lp.queue_completed(push(&log, "second"));
    assert!(catch_unwind(AssertUnwindSafe(|| lp.run(RunMode::Default))).is_err());
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(*log.borrow(), ["second"]);
}

#[test]
fn such_a_request_is_done_and_pending() {
    let lp = Loop::new().unwrap();
    let held = Rc::new(Cell::new(0));
    let count = held.clone();
    let request = lp.queue_completed(move |_| count.set(1));
    assert!(request.is_pending(&lp));
    assert_eq!(request.cancel(&lp), Err(Error::EBUSY));
    assert_eq!(lp.active_work(), 0);
    let (lp, error) = lp.close().unwrap_err();
    assert_eq!(error, Error::EBUSY);
    drop(lp);
    assert_eq!((held.get(), Rc::strong_count(&held)), (0, 1), "dropped with the loop");

    let lp = Loop::new().unwrap();
    let request = lp.queue_completed(|_| ());
    lp.run(RunMode::Default).unwrap();
    assert!(!request.is_pending(&lp));
    assert_eq!(request.cancel(&lp), Err(Error::EINVAL));
    assert!(lp.close().is_ok());
}

/// The answer of the pool lies in the mailbox when the request before it is called back.
#[test]
fn a_callback_before_a_pools_answer_may_queue_more() {
    let pool = Pool::builder().threads(1).build().unwrap();
    let lp = Loop::builder().pool(pool.clone()).build().unwrap();
    let log = Log::default();
    let (first, last) = (log.clone(), log.clone());
    lp.queue_completed(move |lp| {
        first.borrow_mut().push("completed");
        lp.queue_work(|| (), move |_, _| last.borrow_mut().push("more"));
    });
    let second = log.clone();
    lp.queue_work(|| (), move |_, _| second.borrow_mut().push("work"));
    // One thread: when this one is done, so is what came before it.
    let (sender, receiver) = channel();
    pool.submit(|| (), move |_| sender.send(()).unwrap());
    receiver.recv().unwrap();
    lp.run(RunMode::Default).unwrap();
    assert_eq!(*log.borrow(), ["completed", "work", "more"]);
}

#[test]
fn extensions_end_with_their_loop() {
    #[derive(Default)]
    struct Mine(RefCell<Option<Rc<()>>>);
    let (lp, other) = (Loop::new().unwrap(), Loop::new().unwrap());
    let held = Rc::new(());
    *lp.extension::<Mine>().0.borrow_mut() = Some(held.clone());
    assert!(lp.extension::<Mine>().0.borrow().is_some() && other.extension::<Mine>().0.borrow().is_none());
    drop(lp);
    assert_eq!(Rc::strong_count(&held), 1);
}

#[derive(Clone, Copy, Debug)]
enum Op {
    Work,
    Completed,
    Settle,
    Immediate,
    Turn(bool),
}

proptest! {
    /// With a pool of one thread, whose requests end in the order in which they were made, all of them do.
    #[test]
    fn first_in_first_out(ops in proptest::collection::vec(prop_oneof![
        3 => Just(Op::Work), 3 => Just(Op::Completed), 1 => Just(Op::Settle), 1 => Just(Op::Immediate),
        2 => any::<bool>().prop_map(Op::Turn),
    ], 0..30)) {
        let pool = Pool::builder().threads(1).build().unwrap();
        let lp = Loop::builder().pool(pool.clone()).build().unwrap();
        let order = Rc::new(RefCell::new(Vec::new()));
        let log = Log::default();
        let mut made = 0;
        for op in ops {
            let order = order.clone();
            match op {
                // Only what nobody else is before may be answered at once.
                Op::Completed if lp.active_work() == 0 => {
                    lp.queue_completed(move |_| order.borrow_mut().push(made));
                    made += 1;
                }
                Op::Work | Op::Completed => {
                    lp.queue_work(|| (), move |_, _| order.borrow_mut().push(made));
                    made += 1;
                }
                Op::Settle => {
                    let (sender, receiver) = channel();
                    pool.submit(|| (), move |_| sender.send(()).unwrap());
                    receiver.recv().unwrap();
                }
                Op::Immediate => immediate(&lp, &log, "immediate"),
                Op::Turn(_) if !lp.alive() => {}
                Op::Turn(waits) => drop(lp.run(if waits { RunMode::Once } else { RunMode::NoWait })),
            }
        }
        lp.run(RunMode::Default).unwrap();
        prop_assert!(order.borrow().iter().copied().eq(0..made));
    }
}

#[test]
fn an_idle_handle_keeps_nothing_from_being_delivered() {
    let lp = Loop::new().unwrap();
    let (idle, calls) = (Idle::new(&lp), Rc::new(Cell::new(0)));
    let count = calls.clone();
    idle.start(&lp, move |lp, idle| {
        count.set(count.get() + 1);
        match count.get() {
            // The first poll phase of a run always looks.
            3 => drop(lp.queue_completed(move |lp| idle.close(lp).unwrap())),
            100 => lp.stop(),
            _ => {}
        }
    })
    .unwrap();
    lp.run(RunMode::Default).unwrap();
    assert_eq!(calls.get(), 4, "not in the next poll phase, but in the one after it");
}
