//! The executor: when tasks run, what ends them, and who learns of it.

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use uv_loop::{Async, Check, Error, Handle, Idle, JoinError, Loop, ManualClock, Prepare, RunMode, Timer, yield_now};

type Log = Rc<RefCell<Vec<&'static str>>>;

fn manual() -> Loop {
    Loop::builder().clock(ManualClock::new_auto()).build().unwrap()
}

/// A future that is done when the flag is set, and shows its waker.
fn flag(flag: &Rc<Cell<bool>>, waker: &Rc<RefCell<Option<Waker>>>) -> impl Future<Output = ()> + 'static {
    let (flag, waker) = (flag.clone(), waker.clone());
    poll_fn(move |cx| {
        *waker.borrow_mut() = Some(cx.waker().clone());
        if flag.get() { Poll::Ready(()) } else { Poll::Pending }
    })
}

#[test]
fn tasks_run_in_the_poll_phase_after_its_callbacks() {
    let (lp, log) = (manual(), Log::default());
    let say = |what| {
        let log = log.clone();
        move || log.borrow_mut().push(what)
    };
    let task = say("task");
    lp.spawn_local(async move { task() });
    let (idle, prepare, check, timer) = (say("idle"), say("prepare"), say("check"), say("timer"));
    Timer::new(&lp).start(&lp, Duration::ZERO, Duration::ZERO, move |_, _| timer()).unwrap();
    Idle::new(&lp)
        .start(&lp, move |lp, me| {
            idle();
            me.stop(lp).unwrap();
        })
        .unwrap();
    Prepare::new(&lp)
        .start(&lp, move |lp, me| {
            prepare();
            me.stop(lp).unwrap();
        })
        .unwrap();
    Check::new(&lp)
        .start(&lp, move |lp, me| {
            check();
            me.stop(lp).unwrap();
        })
        .unwrap();
    let wakeup = say("async");
    let handle = Async::new(&lp, move |lp, me| {
        wakeup();
        me.close(lp).unwrap();
    });
    handle.sender(&lp).unwrap().send().unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(*log.borrow(), ["timer", "idle", "prepare", "async", "task", "check"]);
}

#[test]
fn a_task_woken_by_a_callback_of_the_phase_runs_in_it() {
    let (lp, log) = (manual(), Log::default());
    let (done, waker) = (Rc::new(Cell::new(false)), Rc::default());
    let (task_log, wait) = (log.clone(), flag(&done, &waker));
    lp.spawn_local(async move {
        wait.await;
        task_log.borrow_mut().push("task");
    });
    lp.run(RunMode::NoWait).unwrap();
    let check_log = log.clone();
    Check::new(&lp).start(&lp, move |_, _| check_log.borrow_mut().push("check")).unwrap();
    let handle = Async::new(&lp, move |_, _| {
        done.set(true);
        waker.borrow().as_ref().unwrap().wake_by_ref();
    });
    handle.sender(&lp).unwrap().send().unwrap();
    lp.run(RunMode::Once).unwrap();
    assert_eq!(*log.borrow(), ["task", "check"]);
}

#[test]
fn tasks_run_in_the_order_of_their_wakes() {
    let (lp, log) = (manual(), Rc::new(RefCell::new(Vec::new())));
    let wakers: Vec<Rc<RefCell<Option<Waker>>>> = (0..5).map(|_| Rc::default()).collect();
    for (number, waker) in wakers.iter().enumerate() {
        let (log, waker) = (log.clone(), waker.clone());
        lp.spawn_local(poll_fn(move |cx| {
            log.borrow_mut().push(number);
            *waker.borrow_mut() = Some(cx.waker().clone());
            Poll::<()>::Pending
        }));
    }
    lp.run(RunMode::NoWait).unwrap();
    assert_eq!(log.take(), [0, 1, 2, 3, 4]);
    for number in [3, 0, 3, 4, 0] {
        wakers[number].borrow().as_ref().unwrap().wake_by_ref();
    }
    lp.run(RunMode::Once).unwrap();
    assert_eq!(log.take(), [3, 0, 4]);
    lp.run(RunMode::NoWait).unwrap();
    assert!(log.take().is_empty());
}

#[test]
fn a_phase_runs_eight_rounds_and_the_next_iteration_does_not_block() {
    let lp = manual();
    let polls = Rc::new(Cell::new(0));
    let count = polls.clone();
    let task = lp.spawn_local(async move {
        loop {
            count.set(count.get() + 1);
            yield_now().await;
        }
    });
    lp.run(RunMode::Once).unwrap();
    assert_eq!(polls.get(), 8);
    assert_eq!(lp.backend_timeout(), Some(Duration::ZERO));
    lp.run(RunMode::Once).unwrap();
    assert_eq!(polls.get(), 16);

    // Nobody starves.
    let fired = Rc::new(Cell::new(false));
    let seen = fired.clone();
    Timer::new(&lp).start(&lp, Duration::ZERO, Duration::ZERO, move |_, _| seen.set(true)).unwrap();
    lp.run(RunMode::Once).unwrap();
    assert!(fired.get());
    task.abort();
    assert!(!lp.run(RunMode::Default).unwrap());
}

#[test]
fn a_tick_is_one_iteration() {
    let lp = manual();
    let iterations = Rc::new(Cell::new(0));
    let count = iterations.clone();
    let prepare = Prepare::new(&lp);
    prepare.start(&lp, move |_, _| count.set(count.get() + 1)).unwrap();
    prepare.unref(&lp).unwrap();
    lp.block_on(async {
        let first = iterations.get();
        for ticks in 1..=10 {
            lp.tick().await;
            assert_eq!(iterations.get(), first + ticks);
        }
    })
    .unwrap();
}

#[test]
fn the_limit_counts_tasks() {
    let lp = Loop::builder().phase_callback_limit(2).build().unwrap();
    let log = Rc::new(RefCell::new(Vec::new()));
    for number in 0..5 {
        let log = log.clone();
        lp.spawn_local(async move { log.borrow_mut().push(number) });
    }
    for expected in [vec![0, 1], vec![2, 3], vec![4], vec![]] {
        lp.run(RunMode::NoWait).unwrap();
        assert_eq!(log.take(), expected);
    }
}

#[test]
fn a_task_keeps_the_loop_alive_until_it_ends() {
    let lp = manual();
    let handle = lp.handle();
    assert!(!lp.alive());
    let task = lp.spawn_local(async move { handle.sleep(Duration::from_secs(3600)).await });
    assert!(lp.alive());
    assert!(!lp.run(RunMode::Default).unwrap());
    assert!(task.is_finished());
    assert_eq!(lp.now(), 3_600_000);
    assert!(lp.close().is_ok());
}

#[test]
fn dropping_a_join_handle_lets_the_task_go_on() {
    let lp = manual();
    let done = Rc::new(Cell::new(false));
    let (handle, seen) = (lp.handle(), done.clone());
    drop(lp.spawn_local(async move {
        handle.tick().await;
        seen.set(true);
    }));
    assert!(!lp.run(RunMode::Default).unwrap());
    assert!(done.get());
}

#[test]
fn abort_drops_the_future_at_once_and_wakes_who_waits() {
    let lp = manual();
    let captured = Rc::new(());
    let inside = captured.clone();
    let task = lp.spawn_local(async move {
        pending::<()>().await;
        drop(inside);
    });
    lp.run(RunMode::NoWait).unwrap();
    assert_eq!(Rc::strong_count(&captured), 2);
    task.abort();
    assert_eq!(Rc::strong_count(&captured), 1);
    assert!(task.is_finished() && !lp.alive());
    task.abort();
    assert!(matches!(lp.block_on(task).unwrap(), Err(JoinError::Canceled)));

    // Before it has begun, and while someone waits for it.
    let task = Rc::new(RefCell::new(Some(lp.spawn_local(pending::<()>()))));
    let waited = task.borrow_mut().take().unwrap();
    let aborted = lp.spawn_local(pending::<()>());
    aborted.abort();
    let handle = lp.handle();
    let result = lp.block_on(async {
        let waiting = lp.spawn_local(aborted);
        handle.tick().await;
        waited.abort();
        (waiting.await.unwrap(), waited.await)
    });
    let (first, second) = result.unwrap();
    assert!(matches!((first, second), (Err(JoinError::Canceled), Err(JoinError::Canceled))));
}

#[test]
fn a_task_may_abort_itself() {
    let lp = manual();
    let own: Rc<RefCell<Option<uv_loop::JoinHandle<u32>>>> = Rc::default();
    let seen = own.clone();
    let task = lp.spawn_local(async move {
        yield_now().await;
        seen.borrow().as_ref().unwrap().abort();
        // It goes on to its next await.
        yield_now().await;
        unreachable!()
    });
    *own.borrow_mut() = Some(task);
    assert!(!lp.run(RunMode::Default).unwrap());
    let task = own.borrow_mut().take().unwrap();
    assert!(matches!(lp.block_on(task).unwrap(), Err(JoinError::Canceled)));

    // One that returns before has returned.
    let seen = own.clone();
    let task = lp.spawn_local(async move {
        yield_now().await;
        seen.borrow().as_ref().unwrap().abort();
        7
    });
    *own.borrow_mut() = Some(task);
    assert!(!lp.run(RunMode::Default).unwrap());
    let task = own.borrow_mut().take().unwrap();
    assert_eq!(lp.block_on(task).unwrap().unwrap(), 7);
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("bomb");
    }
}

#[test]
fn a_panic_of_a_task_is_its_join_handles() {
    let lp = manual();
    let task = lp.spawn_local(async {
        yield_now().await;
        panic!("task");
    });
    let other = lp.spawn_local(async { 1 });
    assert!(!lp.run(RunMode::Default).unwrap(), "it does not pass through");
    let error = lp.block_on(task).unwrap().unwrap_err();
    assert_eq!(error.to_string(), "the task panicked: task");
    assert_eq!(lp.block_on(other).unwrap().unwrap(), 1);

    // Of what a task drops, too: when it is aborted, when it ends, and by a panic.
    let aborted = lp.spawn_local(async {
        let _bomb = Bomb;
        pending::<()>().await;
    });
    lp.run(RunMode::NoWait).unwrap();
    aborted.abort();
    assert!(matches!(lp.block_on(aborted).unwrap(), Err(JoinError::Panicked(_))));
    let ended = lp.spawn_local(poll_fn({
        let bomb = Bomb;
        move |_| {
            let _ = &bomb;
            Poll::Ready(())
        }
    }));
    assert!(matches!(lp.block_on(ended).unwrap(), Err(JoinError::Panicked(_))));
    assert!(!lp.alive());
}

#[test]
fn a_panic_of_block_ons_future_passes_through() {
    let lp = manual();
    let done = Rc::new(Cell::new(false));
    let (handle, seen) = (lp.handle(), done.clone());
    lp.spawn_local(async move {
        handle.tick().await;
        seen.set(true);
    });
    let result = catch_unwind(AssertUnwindSafe(|| lp.block_on(async { panic!("main") })));
    assert_eq!(*result.unwrap_err().downcast::<&str>().unwrap(), "main");
    assert!(!lp.run(RunMode::Default).unwrap());
    assert!(done.get());
}

#[test]
fn dropping_the_loop_drops_its_tasks() {
    let lp = manual();
    let captured = Rc::new(());
    let (inside, handle) = (captured.clone(), lp.handle());
    let waker: Rc<RefCell<Option<Waker>>> = Rc::default();
    let flagged = flag(&Rc::new(Cell::new(false)), &waker);
    let task = lp.spawn_local(async move {
        let _inside = inside;
        flagged.await;
    });
    let sleeping = {
        let handle = handle.clone();
        lp.spawn_local(async move { handle.sleep(Duration::from_secs(1)).await })
    };
    lp.run(RunMode::NoWait).unwrap();
    drop(lp);
    assert_eq!(Rc::strong_count(&captured), 1);
    assert!(task.is_finished() && sleeping.is_finished());
    task.abort();
    // Wakers outlive the loop.
    waker.borrow_mut().take().unwrap().wake();

    let late = handle.spawn_local(async {});
    assert!(late.is_finished());
    let mut late = std::pin::pin!(late);
    let polled = late.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(polled, Poll::Ready(Err(JoinError::Canceled))));
}

#[test]
fn a_future_that_comes_back_to_the_loop_when_it_is_dropped() {
    struct Spawns(uv_loop::LoopHandle, Rc<Cell<usize>>);
    impl Drop for Spawns {
        fn drop(&mut self) {
            self.1.set(self.1.get() + 1);
            drop(self.0.spawn_local(async {}));
            let _ = self.0.with(|lp| Idle::new(lp).close(lp));
        }
    }

    let drops = Rc::new(Cell::new(0));
    let lp = manual();
    let task = |lp: &Loop| {
        let inside = Spawns(lp.handle(), drops.clone());
        lp.spawn_local(async move {
            let _inside = inside;
            pending::<()>().await;
        })
    };
    task(&lp).abort();
    let running = task(&lp);
    lp.run(RunMode::NoWait).unwrap();
    running.abort();
    task(&lp);
    drop(lp);
    assert_eq!(drops.get(), 3);
}

#[test]
fn wakes_from_other_threads() {
    let lp = Loop::new().unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let mut thread = None;
    lp.block_on(poll_fn(|cx| {
        if done.load(Ordering::Relaxed) {
            return Poll::Ready(());
        }
        let (done, waker) = (done.clone(), cx.waker().clone());
        thread.get_or_insert_with(|| {
            thread::spawn(move || {
                thread::sleep(Duration::from_millis(10));
                done.store(true, Ordering::Relaxed);
                waker.wake();
            })
        });
        Poll::Pending
    }))
    .unwrap();
    thread.unwrap().join().unwrap();
}

#[test]
fn many_wakes_from_many_threads_lose_nothing() {
    const WAKES: usize = 10_000;
    let lp = Loop::new().unwrap();
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let counter = Arc::new(std::sync::atomic::AtomicUsize::new(0));
            let mut begun = false;
            lp.spawn_local(poll_fn(move |cx| {
                if !std::mem::replace(&mut begun, true) {
                    let (counter, waker) = (counter.clone(), cx.waker().clone());
                    thread::spawn(move || {
                        for _ in 0..WAKES {
                            counter.fetch_add(1, Ordering::Relaxed);
                            waker.wake_by_ref();
                        }
                    });
                }
                if counter.load(Ordering::Relaxed) == WAKES { Poll::Ready(()) } else { Poll::Pending }
            }))
        })
        .collect();
    // A last wake that is not seen leaves this waiting for ever.
    assert!(!lp.run(RunMode::Default).unwrap());
    assert!(tasks.iter().all(uv_loop::JoinHandle::is_finished));
}

#[test]
fn a_wake_between_two_runs_is_seen_by_the_next() {
    let lp = manual();
    let (done, waker) = (Rc::new(Cell::new(false)), Rc::default());
    let task = lp.spawn_local(flag(&done, &waker));
    lp.run(RunMode::NoWait).unwrap();
    assert_eq!(lp.backend_timeout(), None);
    done.set(true);
    waker.borrow_mut().take().unwrap().wake();
    assert_eq!(lp.backend_timeout(), Some(Duration::ZERO));
    assert!(!lp.run(RunMode::Once).unwrap());
    assert!(task.is_finished());
}

#[test]
fn block_on_borrows_and_runs_beside_tasks_and_handles() {
    let lp = manual();
    let fired = Rc::new(Cell::new(0));
    let seen = fired.clone();
    Timer::new(&lp)
        .start(&lp, Duration::from_millis(1), Duration::from_millis(1), move |_, _| seen.set(seen.get() + 1))
        .unwrap();
    let mut numbers = vec![1];
    let sum: u32 = lp
        .block_on(async {
            let task = lp.spawn_local(async { 2 });
            numbers.push(task.await.unwrap());
            lp.sleep(Duration::from_millis(5)).await;
            numbers.iter().sum()
        })
        .unwrap();
    assert_eq!(sum, 3);
    assert!(fired.get() >= 5);
    assert!(lp.alive(), "the timer goes on");
}

#[test]
fn block_on_inside_of_the_loop_is_busy() {
    let lp = manual();
    let inner = lp.block_on(async { lp.block_on(async {}) }).unwrap();
    assert_eq!(inner, Err(Error::EBUSY));
}

#[test]
fn stop_ends_block_on() {
    let lp = manual();
    let captured = Rc::new(());
    let inside = captured.clone();
    Idle::new(&lp)
        .start(&lp, |lp, idle| {
            idle.stop(lp).unwrap();
            lp.stop();
        })
        .unwrap();
    let result = lp.block_on(async move {
        let _inside = inside;
        pending::<()>().await;
    });
    assert_eq!(result, Err(Error::ECANCELED));
    assert_eq!(Rc::strong_count(&captured), 1);
    assert_eq!(lp.block_on(async { 1 }), Ok(1));
}

#[test]
fn block_on_of_one_loop_inside_another() {
    let (outer, inner) = (manual(), manual());
    let (done, waker) = (Rc::new(Cell::new(false)), Rc::default());
    let task = outer.spawn_local(flag(&done, &waker));
    let result = outer.block_on(async {
        outer.tick().await;
        inner.block_on(async {
            inner.sleep(Duration::from_millis(3)).await;
            done.set(true);
            waker.borrow_mut().take().unwrap().wake();
        })
    });
    result.unwrap().unwrap();
    assert!(!outer.run(RunMode::Default).unwrap());
    assert!(task.is_finished());
}

/// A waker of another executor, which comes back into the loop when it is woken or dropped.
struct Foreign(Arc<AtomicBool>);

impl Wake for Foreign {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn futures_can_be_polled_by_other_executors() {
    let lp = manual();
    let woken = Arc::new(AtomicBool::new(false));
    let waker = Waker::from(Arc::new(Foreign(woken.clone())));
    let mut cx = Context::from_waker(&waker);
    let mut sleep = lp.sleep(Duration::from_millis(5));
    let mut tick = lp.tick();
    let mut work = lp.work(|| 3);
    assert!(Pin::new(&mut tick).poll(&mut cx).is_pending());
    assert!(Pin::new(&mut work).poll(&mut cx).is_pending());
    lp.run(RunMode::Default).unwrap();
    assert!(woken.swap(false, Ordering::Relaxed));
    assert!(Pin::new(&mut tick).poll(&mut cx).is_ready());
    assert!(matches!(Pin::new(&mut work).poll(&mut cx), Poll::Ready(Ok(3))));

    assert!(Pin::new(&mut sleep).poll(&mut cx).is_pending());
    assert!(!lp.alive(), "a sleep alone does not hold the loop");
    let request = lp.request();
    // A late wake-up of the pool's thread may end a wait before its time.
    while !woken.load(Ordering::Relaxed) {
        lp.run(RunMode::Once).unwrap();
    }
    drop(request);
    assert!(Pin::new(&mut sleep).poll(&mut cx).is_ready());
}

#[test]
fn a_future_that_wakes_itself_at_its_end_is_polled_no_more() {
    struct WakesWhenDropped(std::task::Waker);
    impl Drop for WakesWhenDropped {
        fn drop(&mut self) {
            self.0.wake_by_ref();
        }
    }
    let lp = Loop::new().unwrap();
    let answer = lp.block_on(async {
        let _wakes = WakesWhenDropped(std::future::poll_fn(|cx| std::task::Poll::Ready(cx.waker().clone())).await);
        42
    });
    assert_eq!(answer, Ok(42));
}

#[test]
fn an_idle_handle_keeps_no_task_from_running() {
    let lp = manual();
    let (idle, calls) = (Idle::new(&lp), Rc::new(Cell::new(0)));
    let count = calls.clone();
    idle.start(&lp, move |lp, idle| {
        count.set(count.get() + 1);
        match count.get() {
            // The first poll phase of a run always looks.
            3 => {
                let handle = lp.handle();
                drop(lp.spawn_local(async move { handle.with(|lp| idle.close(lp)).unwrap().unwrap() }));
            }
            100 => lp.stop(),
            _ => {}
        }
    })
    .unwrap();
    lp.run(RunMode::Default).unwrap();
    assert_eq!(calls.get(), 3);
}
