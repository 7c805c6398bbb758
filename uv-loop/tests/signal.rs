//! Signal handles. Signals are the process's, so the tests here take turns.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use uv_loop::signal::{SIGHUP, SIGKILL, SIGUSR1, SIGUSR2, SIGWINCH};
use uv_loop::{Check, Error, Handle, Loop, LoopHandle, RunMode, Signal, Timer};

type Log = Rc<RefCell<Vec<(usize, i32)>>>;

fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sends it, and comes back when it has been caught.
fn raise(signum: i32) {
    let process = std::process::id() as i32;
    uv_sys::os::kill(process, signum).unwrap();
    // Whichever thread has caught it: a handler has run when the process does another thing for itself.
    while std::fs::read_to_string("/proc/self/status").unwrap().lines().any(|line| is_pending(line, signum)) {
        std::thread::yield_now();
    }
}

fn is_pending(line: &str, signum: i32) -> bool {
    let Some(mask) = line.strip_prefix("ShdPnd:").or_else(|| line.strip_prefix("SigPnd:")) else {
        return false;
    };
    u64::from_str_radix(mask.trim(), 16).unwrap() >> (signum - 1) & 1 == 1
}

fn wait_for_events(lp: &Loop) {
    let poller = uv_sys::Poller::new().unwrap();
    poller.add(lp.backend_fd(), 0, uv_loop::Interest::READABLE).unwrap();
    poller.wait(&mut uv_sys::Events::with_capacity(1), None).unwrap();
}

fn logger(log: &Log, number: usize) -> impl FnMut(&Loop, Signal, i32) + 'static {
    let log = log.clone();
    move |_, _, signum| log.borrow_mut().push((number, signum))
}

/// Runs iterations until there are `count` entries, and takes them. One more would come in the next iteration.
fn take(lp: &Loop, log: &Log, count: usize) -> Vec<(usize, i32)> {
    while log.borrow().len() < count {
        lp.run(RunMode::Once).unwrap();
    }
    lp.run(RunMode::NoWait).unwrap();
    log.take()
}

#[test]
fn every_signal_is_a_call_of_every_handle() {
    let _turn = turn();
    let (lp, log) = (Loop::new().unwrap(), Log::default());
    for number in 0..3 {
        Signal::new(&lp).start(&lp, SIGUSR1, logger(&log, number)).unwrap();
    }
    Signal::new(&lp).start(&lp, SIGUSR2, logger(&log, 3)).unwrap();
    for _ in 0..3 {
        raise(SIGUSR1);
        assert_eq!(take(&lp, &log, 3), [(0, SIGUSR1), (1, SIGUSR1), (2, SIGUSR1)]);
    }
    raise(SIGUSR2);
    assert_eq!(take(&lp, &log, 1), [(3, SIGUSR2)]);
}

#[test]
fn every_loop_is_told() {
    let _turn = turn();
    let log = Log::default();
    let loops: Vec<_> = (0..3)
        .map(|number| {
            let lp = Loop::new().unwrap();
            Signal::new(&lp).start(&lp, SIGUSR1, logger(&log, number)).unwrap();
            lp
        })
        .collect();
    raise(SIGUSR1);
    for (number, lp) in loops.iter().enumerate() {
        assert_eq!(take(lp, &log, 1), [(number, SIGUSR1)]);
    }
    // A loop that goes leaves the others their signals.
    let mut loops = loops;
    drop(loops.remove(0));
    raise(SIGUSR1);
    assert_eq!(take(&loops[0], &log, 1), [(1, SIGUSR1)]);
}

#[test]
fn one_shot_handles_are_called_once_and_may_start_again() {
    let _turn = turn();
    let (lp, log) = (Loop::new().unwrap(), Log::default());
    // Keeps the signal from ending the process.
    let other = Signal::new(&lp);
    other.start(&lp, SIGUSR1, |_, _, _| {}).unwrap();
    other.unref(&lp).unwrap();

    let once = Signal::new(&lp);
    once.start_oneshot(&lp, SIGUSR1, logger(&log, 0)).unwrap();
    assert!(once.is_active(&lp));
    raise(SIGUSR1);
    assert_eq!(take(&lp, &log, 1), [(0, SIGUSR1)]);
    assert!(!once.is_active(&lp) && once.signum(&lp) == Ok(None) && !lp.alive());

    let again = log.clone();
    once.start_oneshot(&lp, SIGUSR1, move |lp, once, signum| {
        assert!(once.is_active(lp) && once.signum(lp) == Ok(Some(SIGUSR1)));
        again.borrow_mut().push((1, signum));
        once.start_oneshot(lp, SIGUSR1, logger(&again, 2)).unwrap();
    })
    .unwrap();
    raise(SIGUSR1);
    assert_eq!(take(&lp, &log, 1), [(1, SIGUSR1)]);
    raise(SIGUSR1);
    assert_eq!(take(&lp, &log, 1), [(2, SIGUSR1)]);
}

#[test]
fn a_handle_may_change_its_signal_or_its_callback() {
    let _turn = turn();
    let (lp, log) = (Loop::new().unwrap(), Log::default());
    for signum in [SIGUSR1, SIGUSR2] {
        Signal::new(&lp).start(&lp, signum, |_, _, _| {}).unwrap();
    }
    let signal = Signal::new(&lp);
    signal.start(&lp, SIGUSR1, logger(&log, 0)).unwrap();
    signal.start(&lp, SIGUSR1, logger(&log, 1)).unwrap();
    raise(SIGUSR1);
    assert_eq!(take(&lp, &log, 1), [(1, SIGUSR1)]);
    signal.start(&lp, SIGUSR2, logger(&log, 2)).unwrap();
    assert_eq!(signal.signum(&lp), Ok(Some(SIGUSR2)));
    raise(SIGUSR1);
    raise(SIGUSR2);
    assert_eq!(take(&lp, &log, 1), [(2, SIGUSR2)]);
}

#[test]
fn stop_and_close_forget_what_was_caught() {
    let _turn = turn();
    let (lp, log) = (Loop::new().unwrap(), Log::default());
    let other = Signal::new(&lp);
    other.start(&lp, SIGUSR1, logger(&log, 9)).unwrap();
    let (stopped, closed) = (Signal::new(&lp), Signal::new(&lp));
    stopped.start(&lp, SIGUSR1, |_, _, _| unreachable!()).unwrap();
    closed.start(&lp, SIGUSR1, |_, _, _| unreachable!()).unwrap();
    raise(SIGUSR1);
    stopped.stop(&lp).unwrap();
    closed.close(&lp).unwrap();
    assert_eq!(take(&lp, &log, 1), [(9, SIGUSR1)]);
    assert_eq!(closed.stop(&lp), Err(Error::EBADF));
    stopped.stop(&lp).unwrap();
    other.close(&lp).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
}

#[test]
fn a_callback_may_close_its_handle_and_others() {
    let _turn = turn();
    let lp = Loop::new().unwrap();
    let guard = Signal::new(&lp);
    guard.start(&lp, SIGUSR1, |_, _, _| {}).unwrap();
    guard.unref(&lp).unwrap();
    let handles: Rc<RefCell<Vec<Signal>>> = Rc::default();
    for _ in 0..3 {
        let signal = Signal::new(&lp);
        let all = handles.clone();
        signal
            .start(&lp, SIGUSR1, move |lp, _, _| {
                // The first one closes all, so no other one is called.
                for signal in all.take() {
                    signal.close(lp).unwrap();
                }
            })
            .unwrap();
        handles.borrow_mut().push(signal);
    }
    raise(SIGUSR1);
    assert!(!lp.run(RunMode::Default).unwrap());
}

#[test]
fn signals_that_cannot_be_caught_are_errors() {
    let _turn = turn();
    let lp = Loop::new().unwrap();
    let signal = Signal::new(&lp);
    for signum in [0, -1, SIGKILL, 1000] {
        assert_eq!(signal.start(&lp, signum, |_, _, _| {}), Err(Error::EINVAL));
        assert_eq!(signal.start_oneshot(&lp, signum, |_, _, _| {}), Err(Error::EINVAL));
        assert!(!signal.is_active(&lp));
    }
    signal.start(&lp, SIGHUP, |_, _, _| {}).unwrap();
    assert_eq!(signal.start(&lp, SIGKILL, |_, _, _| {}), Err(Error::EINVAL));
    assert!(!signal.is_active(&lp), "as libuv, which stops it first");
    assert!(lp.signal(SIGKILL).is_err());
}

#[test]
fn only_active_referenced_handles_hold_the_loop() {
    let _turn = turn();
    let lp = Loop::new().unwrap();
    let signal = Signal::new(&lp);
    signal.start(&lp, SIGWINCH, |_, _, _| {}).unwrap();
    assert!(lp.alive());
    signal.unref(&lp).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap(), "nor does the loop's own descriptor");
    signal.ref_(&lp).unwrap();
    signal.stop(&lp).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    signal.close(&lp).unwrap();
    lp.run(RunMode::Default).unwrap();
    assert!(lp.close().is_ok());
}

#[test]
fn calls_come_after_the_other_events_of_the_phase() {
    let _turn = turn();
    let (lp, log) = (Loop::new().unwrap(), Rc::new(RefCell::new(Vec::new())));
    let (_reader, writer) = std::io::pipe().unwrap();
    let say = |what| {
        let log = log.clone();
        move || log.borrow_mut().push(what)
    };
    let (signaled, ready, checked) = (say("signal"), say("poll"), say("check"));
    Signal::new(&lp)
        .start(&lp, SIGUSR1, move |lp, me, _| {
            signaled();
            me.close(lp).unwrap();
        })
        .unwrap();
    raise(SIGUSR1);
    wait_for_events(&lp);
    let poll = uv_loop::Poll::new(&lp, writer).unwrap();
    poll.start(&lp, uv_loop::Interest::WRITABLE, move |lp, me, _| {
        ready();
        me.close(lp).unwrap();
    })
    .unwrap();
    Check::new(&lp)
        .start(&lp, move |lp, me| {
            checked();
            me.close(lp).unwrap();
        })
        .unwrap();
    lp.run(RunMode::Default).unwrap();
    assert_eq!(*log.borrow(), ["poll", "signal", "check"]);
}

#[test]
fn a_panic_or_the_limit_leaves_the_rest_to_the_next_phase() {
    let _turn = turn();
    let (lp, log) = (Loop::new().unwrap(), Log::default());
    for number in 0..3 {
        let log = log.clone();
        Signal::new(&lp)
            .start(&lp, SIGUSR1, move |lp, me, signum| {
                log.borrow_mut().push((number, signum));
                me.close(lp).unwrap();
                assert_ne!(number, 1, "the second panics");
            })
            .unwrap();
    }
    raise(SIGUSR1);
    assert!(catch_unwind(AssertUnwindSafe(|| lp.run(RunMode::Default))).is_err());
    assert_eq!(lp.backend_timeout(), Some(Duration::ZERO));
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(log.take(), [(0, SIGUSR1), (1, SIGUSR1), (2, SIGUSR1)]);

    let lp = Loop::builder().phase_callback_limit(2).build().unwrap();
    for number in 0..5 {
        Signal::new(&lp).start(&lp, SIGUSR1, logger(&log, number)).unwrap();
    }
    raise(SIGUSR1);
    let mut most = 0;
    while log.borrow().len() < 5 {
        let before = log.borrow().len();
        lp.run(RunMode::Once).unwrap();
        most = most.max(log.borrow().len() - before);
    }
    assert_eq!(most, 2);
    assert!(log.take().into_iter().map(|(number, _)| number).eq(0..5));
}

#[test]
fn a_signal_ends_a_wait() {
    let _turn = turn();
    let lp = Loop::new().unwrap();
    Signal::new(&lp).start(&lp, SIGUSR1, |lp, me, _| me.close(lp).unwrap()).unwrap();
    let sender = std::thread::spawn(|| {
        std::thread::sleep(Duration::from_millis(20));
        raise(SIGUSR1);
    });
    // Nothing else would.
    assert!(!lp.run(RunMode::Default).unwrap());
    sender.join().unwrap();
}

#[test]
fn streams() {
    let _turn = turn();
    let lp = Loop::new().unwrap();
    let mut signals = lp.signal(SIGUSR1).unwrap();
    assert!(!lp.alive());
    let timer = Timer::new(&lp);
    let mut left = 3;
    timer
        .start(&lp, Duration::ZERO, Duration::from_millis(1), move |lp, timer| {
            raise(SIGUSR1);
            left -= 1;
            if left == 0 {
                timer.close(lp).unwrap();
            }
        })
        .unwrap();
    lp.block_on(async {
        for _ in 0..3 {
            signals.recv().await.unwrap();
        }
        // A wait that is dropped loses nothing.
        assert_eq!(lp.timeout(Duration::from_millis(2), signals.recv()).await, Err(Error::ETIMEDOUT));
        raise(SIGUSR1);
        signals.recv().await.unwrap();
    })
    .unwrap();

    // Whoever closes all handles ends it.
    lp.walk(|id, _| id.close(&lp).unwrap());
    assert_eq!(lp.block_on(signals.recv()), Ok(Err(Error::ECANCELED)));
    drop(signals);
    assert!(!lp.run(RunMode::Default).unwrap());
    let mut orphan = lp.signal(SIGUSR1).unwrap();
    drop(lp);
    let other = Loop::new().unwrap();
    assert_eq!(other.block_on(orphan.recv()), Ok(Err(Error::ECANCELED)));
}

#[test]
fn what_a_oneshot_has_captured_goes_after_its_call() {
    let _turn = turn();
    let lp = Loop::new().unwrap();
    let captured = Rc::new(());
    let (signal, held) = (Signal::new(&lp), captured.clone());
    signal
        .start_oneshot(&lp, SIGUSR1, move |lp, _, _| {
            assert_eq!(Rc::strong_count(&held), 2);
            lp.stop();
        })
        .unwrap();
    raise(SIGUSR1);
    lp.run(RunMode::Default).unwrap();
    assert_eq!(Rc::strong_count(&captured), 1);
}

#[test]
fn a_callback_that_is_replaced_may_stop_the_handle() {
    struct Stops(LoopHandle, Signal);
    impl Drop for Stops {
        fn drop(&mut self) {
            self.0.with(|lp| self.1.stop(lp)).unwrap().unwrap();
        }
    }

    let _turn = turn();
    let lp = Loop::new().unwrap();
    let signal = Signal::new(&lp);
    let stops = Stops(lp.handle(), signal);
    let old = move |_: &Loop, _: Signal, _| {
        let _ = &stops;
    };
    signal.start(&lp, SIGUSR1, old).unwrap();
    signal.start(&lp, SIGUSR1, |_, _, _| {}).unwrap();
    assert_eq!((signal.signum(&lp).unwrap(), signal.is_active(&lp)), (None, false));
}

/// As libuv, which looks at the number before anything else.
#[test]
fn number_zero_changes_nothing() {
    let _turn = turn();
    let lp = Loop::new().unwrap();
    let signal = Signal::new(&lp);
    signal.start(&lp, SIGUSR1, |_, _, _| {}).unwrap();
    assert_eq!(signal.start(&lp, 0, |_, _, _| {}), Err(Error::EINVAL));
    assert_eq!((signal.signum(&lp).unwrap(), signal.is_active(&lp)), (Some(SIGUSR1), true));
}
