//! Many handles, many closes, and callbacks that ask for the next one at once.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use uv_loop::{Async, Check, Error, Handle, HandleId, Idle, Loop, ManualClock, Prepare, RunMode, Timer};

fn counter() -> (Rc<Cell<usize>>, impl Fn() + Clone) {
    let count = Rc::new(Cell::new(0));
    let counter = count.clone();
    (count, move || counter.set(counter.get() + 1))
}

#[test]
fn a_million_handles() {
    let lp = Loop::builder().clock(ManualClock::new_auto()).build().unwrap();
    let (calls, call) = counter();
    let timers: Vec<_> = (0..1_000_000u64)
        .map(|number| {
            let (timer, call) = (Timer::new(&lp), call.clone());
            let timeout = Duration::from_millis(number / 1000);
            timer.start(&lp, timeout, Duration::ZERO, move |_, _| call()).unwrap();
            timer
        })
        .collect();
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(calls.get(), 1_000_000);
    timers.iter().for_each(|timer| timer.close(&lp).unwrap());
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(timers[0].stop(&lp), Err(Error::EBADF));
    assert_eq!(Rc::strong_count(&calls), 2, "a callback goes with its handle");
    assert!(lp.close().is_ok());
}

#[test]
fn a_hundred_thousand_senders_cost_what_is_sent() {
    let lp = Loop::new().unwrap();
    let (calls, call) = counter();
    let handles: Vec<_> = (0..100_000)
        .map(|_| {
            let call = call.clone();
            Async::new(&lp, move |_, _| call())
        })
        .collect();
    let senders: Vec<_> = handles.iter().map(|handle| handle.sender(&lp).unwrap()).collect();
    std::thread::spawn(move || senders.iter().for_each(|sender| sender.send().unwrap())).join().unwrap();
    lp.run(RunMode::Once).unwrap();
    assert_eq!(calls.get(), 100_000);
    handles.iter().for_each(|handle| handle.close(&lp).unwrap());
    assert!(!lp.run(RunMode::Default).unwrap());
}

#[test]
fn a_thousand_closes_inside_one_callback() {
    let lp = Loop::builder().clock(ManualClock::new_auto()).build().unwrap();
    let (calls, call) = counter();
    let closed: Rc<RefCell<Vec<HandleId>>> = Rc::default();
    let victims: Vec<HandleId> = (0..1000)
        .map(|number| {
            let call = call.clone();
            match number % 4 {
                0 => {
                    let handle = Timer::new(&lp);
                    handle.start(&lp, Duration::ZERO, Duration::ZERO, move |_, _| call()).unwrap();
                    handle.id()
                }
                1 => {
                    let handle = Check::new(&lp);
                    handle.start(&lp, move |_, _| call()).unwrap();
                    handle.id()
                }
                2 => {
                    let handle = Prepare::new(&lp);
                    handle.start(&lp, move |_, _| call()).unwrap();
                    handle.id()
                }
                _ => {
                    let handle = Async::new(&lp, move |_, _| call());
                    handle.sender(&lp).unwrap().send().unwrap();
                    handle.id()
                }
            }
        })
        .collect();
    let log = closed.clone();
    let all = victims.clone();
    // It is called before any of them, and none of them ever is.
    Idle::new(&lp)
        .start(&lp, move |lp, idle| {
            for &id in &all {
                let log = log.clone();
                id.close_with(lp, move |_| log.borrow_mut().push(id)).unwrap();
            }
            idle.close(lp).unwrap();
        })
        .unwrap();
    assert!(!lp.run(RunMode::Once).unwrap());
    assert_eq!(calls.get(), 0);
    assert!(closed.borrow().iter().eq(victims.iter().rev()), "the last one first, as in libuv");
    assert!(lp.close().is_ok());
}

#[test]
fn closing_all_in_a_walk() {
    let lp = Loop::new().unwrap();
    for _ in 0..100 {
        Timer::new(&lp);
        Idle::new(&lp);
        Async::new(&lp, |_, _| {});
    }
    let mut seen = 0;
    lp.walk(|id, _| {
        seen += 1;
        id.close(&lp).unwrap();
    });
    assert_eq!(seen, 300);
    // Those that are being closed are still there to be seen, and no longer to be closed.
    lp.walk(|id, _| assert!(id.is_closing(&lp)));
    assert!(!lp.run(RunMode::Default).unwrap());
    lp.walk(|_, _| unreachable!());
    assert!(lp.close().is_ok());
}

#[test]
fn a_timer_of_zero_that_starts_itself_starves_nobody() {
    let lp = Loop::builder().clock(ManualClock::new()).build().unwrap();
    let (timers, call) = counter();
    Timer::new(&lp)
        .start(&lp, Duration::ZERO, Duration::ZERO, move |lp, timer| {
            call();
            timer.restart(lp, Duration::ZERO, Duration::ZERO).unwrap();
        })
        .unwrap();
    let (checks, call) = counter();
    Check::new(&lp).start(&lp, move |_, _| call()).unwrap();
    let (sends, call) = counter();
    let wakeup = Async::new(&lp, move |_, _| call());
    let sender = wakeup.sender(&lp).unwrap();
    let mut left = 100;
    Prepare::new(&lp)
        .start(&lp, move |lp, _| {
            sender.send().unwrap();
            left -= 1;
            if left == 0 {
                lp.stop();
            }
        })
        .unwrap();
    assert!(lp.run(RunMode::Default).unwrap());
    assert_eq!((checks.get(), sends.get()), (100, 100));
    assert_eq!(timers.get(), 101, "once before the first iteration, and once in each");
}

#[test]
fn stop_before_run_ends_every_mode_at_once() {
    for mode in [RunMode::Default, RunMode::Once, RunMode::NoWait] {
        let lp = Loop::builder().clock(ManualClock::new()).build().unwrap();
        let (calls, call) = counter();
        Timer::new(&lp).start(&lp, Duration::ZERO, Duration::ZERO, move |_, _| call()).unwrap();
        lp.stop();
        assert!(lp.run(mode).unwrap());
        assert_eq!((calls.get(), lp.metrics().loop_count), (0, 0));
        assert!(!lp.run(mode).unwrap(), "the stop is used up");
        assert_eq!(calls.get(), 1);
    }
}
