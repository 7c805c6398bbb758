//! Work requests: each one's callback is called once, whatever happens to it.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use uv_loop::{Error, JobError, Lane, Loop, ManualClock, Pool, RunMode, Timer, Work};

fn loop_with(threads: usize) -> Loop {
    let pool = Pool::builder().threads(threads).build().unwrap();
    Loop::builder().pool(pool).build().unwrap()
}

#[test]
fn every_request_is_called_back_once_and_in_order_with_one_thread() {
    let lp = loop_with(1);
    let answers = Rc::new(RefCell::new(Vec::new()));
    for number in 0..1000 {
        let answers = answers.clone();
        lp.queue_work(move || number, move |_, answer| answers.borrow_mut().push(answer.unwrap()));
    }
    assert!(lp.alive());
    assert!(answers.borrow().is_empty(), "not before the loop runs");
    assert!(!lp.run(RunMode::Default).unwrap());
    assert!(answers.borrow().iter().copied().eq(0..1000));
}

#[test]
fn requests_made_in_callbacks_and_many_threads() {
    fn spread(lp: &Loop, depth: u32, leaves: &Rc<Cell<u32>>) {
        for _ in 0..3 {
            let leaves = leaves.clone();
            lp.queue_work(
                move || depth,
                move |lp, depth| match depth.unwrap() {
                    0 => leaves.set(leaves.get() + 1),
                    depth => spread(lp, depth - 1, &leaves),
                },
            );
        }
    }
    let lp = loop_with(4);
    let leaves = Rc::new(Cell::new(0));
    spread(&lp, 5, &leaves);
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(leaves.get(), 3u32.pow(6));
}

#[test]
fn a_queued_request_is_canceled_and_a_running_one_is_busy() {
    let lp = loop_with(1);
    let (started, is_started) = mpsc::channel();
    let (go, may_go) = mpsc::channel::<()>();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let running = lp.queue_work(
        move || {
            started.send(()).unwrap();
            may_go.recv().unwrap();
        },
        {
            let seen = seen.clone();
            move |_, result| seen.borrow_mut().push(("running", result.is_ok()))
        },
    );
    let queued = lp.queue_work(|| unreachable!("it was canceled"), {
        let seen = seen.clone();
        move |_, result: Result<(), JobError>| {
            assert!(matches!(result, Err(JobError::Canceled)));
            seen.borrow_mut().push(("queued", false));
        }
    });
    is_started.recv().unwrap();
    assert_eq!(running.cancel(&lp), Err(Error::EBUSY));
    queued.cancel(&lp).unwrap();
    assert_eq!(queued.cancel(&lp), Err(Error::EBUSY), "it is done, but for its callback");
    assert!(running.is_pending(&lp) && queued.is_pending(&lp));
    assert!(seen.borrow().is_empty(), "callbacks come from the loop");

    lp.run(RunMode::Once).unwrap();
    assert_eq!(*seen.borrow(), [("queued", false)]);
    assert_eq!(queued.cancel(&lp), Err(Error::EINVAL));
    go.send(()).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(*seen.borrow(), [("queued", false), ("running", true)]);
    assert_eq!(running.cancel(&lp), Err(Error::EINVAL));
}

#[test]
fn a_request_of_another_loop_is_none_of_this_one() {
    let (here, there) = (loop_with(1), loop_with(1));
    let (go, may_go) = mpsc::channel::<()>();
    here.queue_work(move || may_go.recv(), |_, _| {});
    let mine = here.queue_work(|| 1, |_, answer| assert_eq!(answer.unwrap(), 1));
    let theirs = [(); 2].map(|()| there.queue_work(|| 2, |_, answer| assert_eq!(answer.unwrap(), 2)));
    for work in theirs {
        assert_eq!(work.cancel(&here), Err(Error::EINVAL));
        assert!(!work.is_pending(&here) && work.is_pending(&there));
    }
    assert_ne!(mine, theirs[1]);
    go.send(()).unwrap();
    here.run(RunMode::Default).unwrap();
    there.run(RunMode::Default).unwrap();
}

#[test]
fn a_panic_in_the_work_is_an_error() {
    let lp = loop_with(1);
    let text = Rc::new(RefCell::new(String::new()));
    lp.queue_work(|| panic!("burnt"), {
        let text = text.clone();
        move |_, result: Result<(), _>| *text.borrow_mut() = result.unwrap_err().to_string()
    });
    lp.queue_work(|| 5, |_, answer| assert_eq!(answer.unwrap(), 5));
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(*text.borrow(), "the job panicked: burnt");
}

#[test]
fn a_panic_in_a_callback_passes_through_and_loses_no_other() {
    let lp = loop_with(1);
    let called = Rc::new(Cell::new(0));
    for number in 0..10 {
        let called = called.clone();
        lp.queue_work(
            || (),
            move |_, _| {
                called.set(called.get() + 1);
                assert!(number % 3 != 0, "request {number}");
            },
        );
    }
    let mut panics = 0;
    while lp.alive() {
        panics += usize::from(catch_unwind(AssertUnwindSafe(|| lp.run(RunMode::Default))).is_err());
    }
    assert_eq!((panics, called.get()), (4, 10));
}

#[test]
fn a_loop_may_go_while_its_work_is_under_way() {
    struct Counted(Arc<AtomicUsize>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    let pool = Pool::builder().threads(1).build().unwrap();
    let lp = Loop::builder().pool(pool.clone()).build().unwrap();
    let (go, may_go) = mpsc::channel::<()>();
    let (finished, is_finished) = mpsc::channel();
    let dropped = Arc::new(AtomicUsize::new(0));
    let callback = Rc::new(());
    for _ in 0..3 {
        let kept = callback.clone();
        let answer = Counted(dropped.clone());
        lp.queue_work(move || answer, move |_, _| drop(kept));
    }
    lp.queue_work(
        move || {
            may_go.recv().unwrap();
            finished.send(()).unwrap();
        },
        |_, _| unreachable!("its loop is gone"),
    );
    drop(lp);
    assert_eq!(Rc::strong_count(&callback), 1);
    go.send(()).unwrap();
    is_finished.recv().unwrap();
    // One more job through the only thread: then everything before it is over.
    let (end, ended) = mpsc::channel();
    pool.submit(|| (), move |_| end.send(()).unwrap());
    ended.recv().unwrap();
    assert_eq!(dropped.load(Ordering::SeqCst), 3);
}

#[test]
fn a_pool_that_was_shut_down_answers_from_the_loop() {
    let pool = Pool::builder().threads(1).build().unwrap();
    let lp = Loop::builder().pool(pool.clone()).build().unwrap();
    pool.shutdown_now();
    let called = Rc::new(Cell::new(false));
    let work = lp.queue_work(|| (), {
        let called = called.clone();
        move |_, result| {
            assert!(matches!(result, Err(JobError::Canceled)));
            called.set(true);
        }
    });
    assert!(!called.get() && work.is_pending(&lp));
    assert!(!lp.run(RunMode::Default).unwrap());
    assert!(called.get());
}

#[test]
fn a_pool_that_cannot_be_made_leaves_no_request_behind() {
    let lp = Loop::builder().pool_with(|| panic!("no pool")).build().unwrap();
    let queue = || -> Work { lp.queue_work(|| (), |_, _| unreachable!()) };
    assert!(catch_unwind(AssertUnwindSafe(queue)).is_err());
    assert!(!lp.alive());
    assert!(lp.close().is_ok());
}

#[test]
fn requests_hold_the_loop_and_keep_it_from_closing() {
    let lp = loop_with(1);
    let guard = lp.request();
    let (lp, error) = lp.close().unwrap_err();
    assert_eq!(error, Error::EBUSY);
    drop(guard);
    lp.queue_work(|| (), |lp, _| assert!(!lp.alive(), "its own request is over"));
    let (lp, _) = lp.close().unwrap_err();
    lp.run(RunMode::Default).unwrap();
    assert!(lp.close().is_ok());
    // A guard may outlive its loop.
    let lp = Loop::new().unwrap();
    let guard = lp.request();
    drop(lp);
    drop(guard);
}

#[test]
fn slow_requests_leave_a_thread_to_the_fast() {
    let lp = loop_with(2);
    let (go, may_go) = mpsc::channel::<()>();
    let order = Rc::new(RefCell::new(Vec::new()));
    let note = |what: &'static str| {
        let order = order.clone();
        move |_: &Loop, _: Result<(), JobError>| order.borrow_mut().push(what)
    };
    lp.queue_work_in(Lane::Slow, move || may_go.recv().unwrap_or(()), note("slow"));
    let canceled = lp.queue_work_in(Lane::Slow, || (), note("canceled"));
    lp.queue_work_in(Lane::Slow, || (), note("slow too"));
    let order_then = order.clone();
    lp.queue_work(
        || (),
        move |lp, _| {
            order_then.borrow_mut().push("fast");
            canceled.cancel(lp).unwrap();
            drop(go);
        },
    );
    assert_eq!(lp.active_work(), 4);
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(lp.active_work(), 0);
    let mut order = order.take();
    assert_eq!(order[0], "fast");
    order.sort_unstable();
    assert_eq!(order, ["canceled", "fast", "slow", "slow too"]);
}

/// Slots are used again, and given back after a flood; ids of old requests name none of the new ones.
#[test]
fn many_requests_at_once_and_their_ids() {
    let lp = loop_with(2);
    let called = Rc::new(Cell::new(0));
    let mut ids = Vec::new();
    for round in 1..=3 {
        for _ in 0..5000 {
            let called = called.clone();
            ids.push(lp.queue_work(|| (), move |_, _| called.set(called.get() + 1)));
        }
        assert_eq!(ids.iter().filter(|work| work.is_pending(&lp)).count(), 5000);
        assert!(!lp.run(RunMode::Default).unwrap());
        assert_eq!(called.get(), round * 5000);
    }
    assert_eq!(ids.iter().collect::<std::collections::HashSet<_>>().len(), 15_000);
    assert!(ids.iter().all(|work| work.cancel(&lp) == Err(Error::EINVAL)));
}

#[test]
fn a_request_whose_work_panics_when_dropped_is_called_back() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            std::panic::resume_unwind(Box::new("boom"));
        }
    }
    let lp = loop_with(1);
    let (go, may_go) = mpsc::channel::<()>();
    lp.queue_work(move || may_go.recv().is_err(), |_, _| {});
    let bomb = Bomb;
    let called = Rc::new(Cell::new(false));
    let seen = called.clone();
    let work = lp.queue_work(
        move || std::mem::forget(bomb),
        move |_, result| seen.set(matches!(result, Err(JobError::Canceled))),
    );
    work.cancel(&lp).unwrap();
    drop(go);
    assert!(!lp.run(RunMode::Default).unwrap());
    assert!(called.get());
}

#[test]
fn a_clock_that_skips_stands_while_the_pool_works() {
    let lp = Loop::builder().clock(ManualClock::new_auto()).build().unwrap();
    let (release, released) = mpsc::channel();
    let log = Rc::new(RefCell::new(Vec::new()));
    let (first, second, hour) = (log.clone(), log.clone(), log.clone());
    lp.queue_work(
        move || released.recv(),
        move |lp, _| {
            first.borrow_mut().push(("work", lp.now()));
            lp.queue_work(
                || thread::sleep(Duration::from_millis(20)),
                move |lp, _| second.borrow_mut().push(("work", lp.now())),
            );
        },
    );
    let (short, long) = (Timer::new(&lp), Timer::new(&lp));
    let begun = log.clone();
    short
        .start(&lp, Duration::from_millis(5), Duration::ZERO, move |lp, _| {
            begun.borrow_mut().push(("timer", lp.now()));
            release.send(()).unwrap();
        })
        .unwrap();
    long.start(&lp, Duration::from_secs(3600), Duration::ZERO, move |lp, _| {
        hour.borrow_mut().push(("timer", lp.now()))
    })
    .unwrap();
    lp.run(RunMode::Default).unwrap();
    assert_eq!(*log.borrow(), [("timer", 5), ("work", 5), ("work", 5), ("timer", 3_600_000)]);
}

#[test]
fn time_that_a_callback_takes_counts_in_its_iteration() {
    let clock = ManualClock::new();
    let lp = Loop::builder().clock(clock.clone()).build().unwrap();
    let log = Rc::new(RefCell::new(Vec::new()));
    let (work, timer) = (log.clone(), log.clone());
    Timer::new(&lp)
        .start(&lp, Duration::from_millis(5), Duration::ZERO, move |lp, _| {
            timer.borrow_mut().push(lp.metrics().loop_count)
        })
        .unwrap();
    lp.queue_completed(move |lp| {
        clock.advance(Duration::from_millis(5));
        work.borrow_mut().push(lp.metrics().loop_count);
    });
    while lp.run(RunMode::NoWait).unwrap() {}
    let log = log.borrow();
    assert_eq!(log[0], log[1]);
}

/// Says of each request what it heard.
struct Notes {
    gate: std::sync::Mutex<mpsc::Receiver<()>>,
    ran: AtomicUsize,
    done: std::sync::Mutex<Vec<(usize, &'static str)>>,
}

impl uv_loop::WorkOwner for Notes {
    fn run(&self, work: usize) {
        match work {
            0 => drop(self.gate.lock().unwrap().recv()),
            1 => panic!("the owner's own"),
            _ => {}
        }
        self.ran.fetch_add(1, Ordering::Relaxed);
    }

    fn done(&self, lp: &Loop, work: usize, outcome: Result<(), JobError>) {
        let outcome = match outcome {
            Ok(()) => "ran",
            Err(JobError::Canceled) => "canceled",
            Err(_) => "panicked",
        };
        self.done.lock().unwrap().push((work, outcome));
        lp.update_time();
    }
}

#[test]
fn requests_of_an_owner_are_told_to_it_once_each() {
    let lp = loop_with(1);
    let (open, gate) = mpsc::channel();
    let (ran, done) = (AtomicUsize::new(0), std::sync::Mutex::default());
    let notes = Arc::new(Notes { gate: std::sync::Mutex::new(gate), ran, done });
    let works: Vec<_> = (0..4).map(|number| lp.queue_work_from(notes.clone(), number)).collect();
    works[2].cancel(&lp).unwrap();
    drop(open);
    let answered = lp.queue_completed_from(notes.clone(), 4);
    assert_eq!(answered.cancel(&lp), Err(Error::EBUSY));
    assert!(!lp.run(RunMode::Default).unwrap());
    let mut done = std::mem::take(&mut *notes.done.lock().unwrap());
    done.sort_unstable();
    assert_eq!(done, [(0, "ran"), (1, "panicked"), (2, "canceled"), (3, "ran"), (4, "ran")]);
    assert_eq!(works[3].cancel(&lp), Err(Error::EINVAL));
    // Jobs that have ended are used again, whatever became of them.
    for _ in 0..500 {
        let works = [3, 4, 5].map(|number| lp.queue_work_from(notes.clone(), number));
        let canceled = works[1].cancel(&lp).is_ok();
        assert!(!lp.run(RunMode::Default).unwrap());
        let mut done = std::mem::take(&mut *notes.done.lock().unwrap());
        done.sort_unstable();
        assert_eq!(done, [(3, "ran"), (4, if canceled { "canceled" } else { "ran" }), (5, "ran")]);
    }
    drop(lp);
    // The pool lets go of what it has still in hand.
    while Arc::strong_count(&notes) > 1 {
        thread::yield_now();
    }
}

#[test]
fn an_owner_is_let_go_of_when_it_was_told() {
    let lp = loop_with(1);
    let (_, gate) = mpsc::channel();
    let (ran, done) = (AtomicUsize::new(0), std::sync::Mutex::default());
    let notes = Arc::new(Notes { gate: std::sync::Mutex::new(gate), ran, done });
    for number in 2..5 {
        lp.queue_work_from(notes.clone(), number);
    }
    lp.queue_work_from(notes.clone(), 5).cancel(&lp).ok();
    assert!(!lp.run(RunMode::Default).unwrap());
    assert!(Arc::into_inner(notes).is_some());
}
