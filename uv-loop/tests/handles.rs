//! The life of handles: ids, closing, what callbacks hold, and callbacks that change their own loop.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use uv_loop::{Async, Check, Error, Handle, HandleId, Idle, Interest, Loop, Prepare, RunMode, Timer};

#[test]
fn stale_ids_are_errors_also_when_their_slot_is_used_again() {
    let lp = Loop::new().unwrap();
    let old = Timer::new(&lp);
    old.close(&lp).unwrap();
    assert_eq!(old.stop(&lp), Err(Error::EINVAL));
    lp.run(RunMode::Default).unwrap();
    let new = Timer::new(&lp);
    assert_ne!(old, new);
    let callback = |_: &Loop, _: Timer| unreachable!();
    assert_eq!(old.start(&lp, Duration::ZERO, Duration::ZERO, callback), Err(Error::EBADF));
    assert_eq!(old.restart(&lp, Duration::ZERO, Duration::ZERO), Err(Error::EBADF));
    assert_eq!(old.stop(&lp), Err(Error::EBADF));
    assert_eq!(old.again(&lp), Err(Error::EBADF));
    assert_eq!(old.set_repeat(&lp, Duration::ZERO), Err(Error::EBADF));
    assert_eq!(old.repeat(&lp), Err(Error::EBADF));
    assert_eq!(old.due_in(&lp), Err(Error::EBADF));
    assert_eq!(old.ref_(&lp), Err(Error::EBADF));
    assert_eq!(old.unref(&lp), Err(Error::EBADF));
    assert_eq!(old.close(&lp), Err(Error::EBADF));
    assert_eq!(old.close_with(&lp, |_| unreachable!()), Err(Error::EBADF));
    assert!(!old.is_active(&lp) && !old.has_ref(&lp) && old.is_closing(&lp));
    assert!(new.has_ref(&lp) && !new.is_closing(&lp));
}

#[test]
fn ids_mean_nothing_to_another_loop() {
    let (here, there) = (Loop::new().unwrap(), Loop::new().unwrap());
    let mine = Idle::new(&here);
    let theirs = Idle::new(&there);
    assert_ne!(mine.id(), theirs.id());
    assert_eq!(theirs.start(&here, |_, _| unreachable!()), Err(Error::EBADF));
    assert_eq!(theirs.close(&here), Err(Error::EBADF));
    assert!(theirs.is_closing(&here) && !theirs.is_closing(&there));
}

#[test]
fn what_is_for_other_kinds_is_refused() {
    let lp = Loop::new().unwrap();
    let ids: [HandleId; 3] = [Timer::new(&lp).id(), Check::new(&lp).id(), Async::new(&lp, |_, _| {}).id()];
    for id in ids {
        assert_eq!(lp.set_active(id, !id.is_active(&lp)), Err(Error::EINVAL));
        assert_eq!(lp.watch(id, Interest::READABLE), Err(Error::EINVAL));
        assert_eq!(lp.defer(id), Err(Error::EINVAL));
    }
}

#[test]
fn a_loop_does_not_run_within_itself() {
    let lp = Loop::new().unwrap();
    let seen = Rc::new(Cell::new(None));
    Idle::new(&lp)
        .start(&lp, {
            let seen = seen.clone();
            move |lp, idle| {
                seen.set(Some(lp.run(RunMode::NoWait)));
                let other = Loop::new().unwrap();
                assert_eq!(other.run(RunMode::Default), Ok(false));
                idle.stop(lp).unwrap();
            }
        })
        .unwrap();
    lp.run(RunMode::Default).unwrap();
    assert_eq!(seen.get(), Some(Err(Error::EBUSY)));
    assert_eq!(lp.run(RunMode::Default), Ok(false), "and it can run again");
}

#[test]
fn a_stop_from_outside_ends_the_next_run_at_once() {
    let lp = Loop::new().unwrap();
    let calls = Rc::new(Cell::new(0));
    let counted = calls.clone();
    Idle::new(&lp).start(&lp, move |_, _| counted.set(counted.get() + 1)).unwrap();
    lp.stop();
    assert!(lp.run(RunMode::Default).unwrap());
    assert_eq!(calls.get(), 0);
    lp.run(RunMode::NoWait).unwrap();
    assert_eq!(calls.get(), 1);
}

#[test]
fn callbacks_may_hold_their_own_handle_and_are_dropped_with_it() {
    let lp = Loop::new().unwrap();
    let held = Rc::new(());
    let hold = || {
        let held = held.clone();
        move || drop(held.clone())
    };
    let (timer, idle, prepare, check) = (Timer::new(&lp), Idle::new(&lp), Prepare::new(&lp), Check::new(&lp));
    let (a, b, c, d, e, f) = (hold(), hold(), hold(), hold(), hold(), hold());
    let far = Duration::from_secs(9);
    timer
        .start(&lp, far, Duration::ZERO, move |lp, _| {
            timer.stop(lp).unwrap();
            a();
        })
        .unwrap();
    macro_rules! start {
        ($handle:ident, $hold:ident) => {
            $handle
                .start(&lp, move |lp, _| {
                    $handle.stop(lp).unwrap();
                    $hold();
                })
                .unwrap();
        };
    }
    start!(idle, b);
    start!(prepare, c);
    start!(check, d);
    let wakeup = Async::new(&lp, move |_, _| e());
    assert_eq!(Rc::strong_count(&held), 7);
    wakeup.close_with(&lp, move |_| f()).unwrap();
    assert_eq!(Rc::strong_count(&held), 6, "a callback goes when its handle begins to close");
    lp.run(RunMode::NoWait).unwrap();
    assert_eq!(Rc::strong_count(&held), 5, "a close callback goes when it was called");
    timer.close(&lp).unwrap();
    idle.close(&lp).unwrap();
    assert_eq!(Rc::strong_count(&held), 3);
    drop(lp);
    assert_eq!(Rc::strong_count(&held), 1);
}

#[test]
fn a_handle_may_close_in_its_own_callback() {
    let lp = Loop::new().unwrap();
    let log = Rc::new(RefCell::new(Vec::new()));
    let note = |what: &'static str| {
        let log = log.clone();
        move || log.borrow_mut().push(what)
    };
    let (called, closed) = (note("called"), Rc::new(note("closed")));
    Idle::new(&lp)
        .start(&lp, move |lp, me| {
            called();
            let closed = closed.clone();
            me.close_with(lp, move |lp| {
                assert!(me.is_closing(lp));
                closed();
            })
            .unwrap();
            assert_eq!(me.start(lp, |_, _| unreachable!()), Err(Error::EINVAL));
        })
        .unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(*log.borrow(), ["called", "closed"]);
}

/// Comes back into the loop when it is dropped.
struct Reenters(Weak<Loop>, Rc<Cell<usize>>);

impl Drop for Reenters {
    fn drop(&mut self) {
        self.1.set(self.1.get() + 1);
        if let Some(lp) = self.0.upgrade() {
            let check = Check::new(&lp);
            check.start(&lp, |_, _| {}).unwrap();
            check.close(&lp).unwrap();
            lp.walk(|_, _| {});
            lp.alive();
        }
    }
}

#[test]
fn what_a_callback_holds_may_use_the_loop_when_it_is_dropped() {
    let lp = Rc::new(Loop::new().unwrap());
    let drops = Rc::new(Cell::new(0));
    let reenters = || Reenters(Rc::downgrade(&lp), drops.clone());
    let dropped = |count: usize| assert_eq!(drops.replace(0), count);
    let callback = || {
        let held = reenters();
        move || drop(Rc::new(&held))
    };

    // A timer's callback is replaced, from outside and from inside.
    let timer = Timer::new(&lp);
    for _ in 0..2 {
        let call = callback();
        timer.start(&lp, Duration::ZERO, Duration::ZERO, move |_, _| call()).unwrap();
    }
    dropped(1);
    let inner = RefCell::new(Some(callback()));
    timer
        .start(&lp, Duration::ZERO, Duration::ZERO, {
            let outer = callback();
            move |lp, me| {
                outer();
                let inner = inner.take().unwrap();
                me.start(lp, Duration::ZERO, Duration::ZERO, move |_, _| inner()).unwrap();
            }
        })
        .unwrap();
    dropped(1);
    lp.run(RunMode::NoWait).unwrap();
    dropped(1);

    // A callback that is not taken: the handle is started, closing, closed.
    let idle = Idle::new(&lp);
    for _ in 0..2 {
        let call = callback();
        idle.start(&lp, move |_, _| call()).unwrap();
    }
    dropped(1);
    idle.close(&lp).unwrap();
    dropped(1);
    for error in [Error::EINVAL, Error::EBADF] {
        let (call, close) = (callback(), callback());
        assert_eq!(idle.start(&lp, move |_, _| call()), Err(error));
        assert_eq!(idle.close_with(&lp, move |_| close()), Err(error));
        dropped(2);
        lp.run(RunMode::NoWait).unwrap();
    }

    // The callback closes its own handle.
    let call = callback();
    Check::new(&lp)
        .start(&lp, move |lp, me| {
            call();
            me.close(lp).unwrap();
        })
        .unwrap();
    lp.run(RunMode::NoWait).unwrap();
    dropped(1);

    // The loop goes.
    timer.close(&lp).unwrap();
    dropped(1);
    let call = callback();
    Async::new(&lp, move |_, _| call());
    drop(lp);
    dropped(1);
}

#[test]
fn a_walk_sees_what_is_not_closed_and_may_close_it() {
    let lp = Loop::new().unwrap();
    let ids: Vec<HandleId> = vec![
        Timer::new(&lp).id(),
        Idle::new(&lp).id(),
        Prepare::new(&lp).id(),
        Check::new(&lp).id(),
        Async::new(&lp, |_, _| {}).id(),
    ];
    let mut seen = Vec::new();
    lp.walk(|id, kind| {
        seen.push((id, kind));
        id.close(&lp).unwrap();
        Timer::new(&lp);
    });
    let kinds = ["timer", "idle", "prepare", "check", "async"];
    for (id, kind) in ids.iter().zip(kinds) {
        assert!(seen.contains(&(*id, kind)));
    }
    lp.run(RunMode::NoWait).unwrap();
    let mut left = Vec::new();
    lp.walk(|_, kind| left.push(kind));
    assert_eq!(left, ["timer"; 5]);
}

#[derive(Default)]
struct Log(std::cell::RefCell<Vec<(&'static str, usize)>>);

impl uv_loop::HandleOwner for Log {
    fn call(&self, lp: &Loop, id: uv_loop::HandleId, number: usize) {
        assert!(!id.is_closing(lp));
        self.0.borrow_mut().push(("called", number));
        let _ = id.close_to_owner(lp, number);
    }

    fn closed(&self, lp: &Loop, id: uv_loop::HandleId, number: usize) {
        assert_eq!(id.close(lp), Err(uv_loop::Error::EBADF));
        self.0.borrow_mut().push(("closed", number));
    }
}

#[test]
fn the_callbacks_of_handles_may_be_their_owners() {
    let log = std::rc::Rc::new(Log::default());
    let lp = Loop::builder().handle_owner(log.clone()).build().unwrap();
    let (timer, idle) = (uv_loop::Timer::with_number(&lp, 1), uv_loop::Idle::with_number(&lp, 2));
    let wakeup = uv_loop::Async::with_number(&lp, 3);
    timer.restart(&lp, Duration::ZERO, Duration::from_millis(1)).unwrap();
    idle.restart(&lp).unwrap();
    wakeup.sender(&lp).unwrap().send().unwrap();
    // One that was never called, and one of another kind.
    uv_loop::Check::with_number(&lp, 4).close_to_owner(&lp, 4).unwrap();
    uv_loop::Signal::new(&lp).close_to_owner(&lp, 5).unwrap();
    let kinds = std::cell::RefCell::new(Vec::new());
    lp.walk(|_, kind| kinds.borrow_mut().push(kind));
    assert_eq!(*kinds.borrow(), ["timer", "idle", "async", "check", "signal"]);
    assert!(!lp.run(RunMode::Default).unwrap());
    let mut log = log.0.borrow_mut();
    log.sort_unstable();
    let called = [("called", 1), ("called", 2), ("called", 3)];
    assert_eq!(
        log[..],
        [&called[..], &[("closed", 1), ("closed", 2), ("closed", 3), ("closed", 4), ("closed", 5)]].concat()
    );
}

#[test]
fn an_owners_handle_takes_no_other_callback() {
    let lp = Loop::new().unwrap();
    let (timer, check) = (uv_loop::Timer::with_number(&lp, 1), uv_loop::Check::with_number(&lp, 2));
    let refused = Err(uv_loop::Error::EINVAL);
    assert_eq!(timer.start(&lp, Duration::ZERO, Duration::ZERO, |_, _| unreachable!()), refused);
    assert_eq!(check.start(&lp, |_, _| unreachable!()), refused);
    assert!(!timer.is_active(&lp) && !check.is_active(&lp));
    timer.restart(&lp, Duration::ZERO, Duration::from_millis(3)).unwrap();
    assert_eq!(timer.repeat(&lp), Ok(Duration::from_millis(3)));
    // Nobody is there to be called.
    check.restart(&lp).unwrap();
    assert!(lp.run(RunMode::NoWait).unwrap());
    check.close_to_owner(&lp, 2).unwrap();
    timer.close_to_owner(&lp, 1).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
}

#[test]
fn an_owners_handle_is_closed_once_and_last_in_is_first_out() {
    struct Watcher;
    impl uv_loop::Observer for Watcher {}

    for is_observed in [false, true] {
        let log = std::rc::Rc::new(Log::default());
        let lp = Loop::builder().handle_owner(log.clone()).build().unwrap();
        if is_observed {
            lp.set_observer(Some(std::rc::Rc::new(Watcher)));
        }
        let (timer, idle) = (uv_loop::Timer::with_number(&lp, 1), uv_loop::Idle::with_number(&lp, 2));
        let wakeup = uv_loop::Async::with_number(&lp, 3);
        timer.restart(&lp, Duration::ZERO, Duration::from_millis(1)).unwrap();
        idle.restart(&lp).unwrap();
        idle.unref(&lp).unwrap();
        let sender = wakeup.sender(&lp).unwrap();
        sender.send().unwrap();

        let ids = [timer.id(), idle.id(), wakeup.id()];
        for (id, number) in ids.into_iter().zip(11..) {
            id.close_to_owner(&lp, number).unwrap();
            assert!(id.is_closing(&lp) && !id.is_active(&lp));
            assert_eq!(id.close_to_owner(&lp, number), Err(uv_loop::Error::EINVAL));
            assert_eq!(id.close(&lp), Err(uv_loop::Error::EINVAL));
        }
        assert_eq!(lp.active_handles(), 0);
        assert_eq!(timer.restart(&lp, Duration::ZERO, Duration::ZERO), Err(uv_loop::Error::EINVAL));
        assert_eq!(idle.restart(&lp), Err(uv_loop::Error::EINVAL));
        assert!(sender.send().is_err());
        let kinds = std::cell::RefCell::new(Vec::new());
        lp.walk(|_, kind| kinds.borrow_mut().push(kind));
        assert_eq!(*kinds.borrow(), ["timer", "idle", "async"]);

        assert!(!lp.run(RunMode::Default).unwrap());
        assert_eq!(*log.0.borrow(), [("closed", 13), ("closed", 12), ("closed", 11)]);
        for id in ids {
            assert_eq!(id.close_to_owner(&lp, 0), Err(uv_loop::Error::EBADF));
        }
        let count = std::cell::Cell::new(0);
        lp.walk(|_, _| count.set(count.get() + 1));
        assert_eq!(count.get(), 0);
    }
}
