//! The weak reference to a loop, and a loop that is dropped in the middle of what it does.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use uv_loop::{
    Async, Check, Error, Handle, HandleId, HandleKind, Idle, Loop, LoopHandle, ManualClock, Prepare, RunMode, Timer,
};

#[test]
fn it_lends_the_same_loop() {
    let lp = Loop::new().unwrap();
    let handle = lp.handle();
    let timer = handle.with(Timer::new).unwrap();
    timer.start(&lp, Duration::from_secs(1), Duration::ZERO, |_, _| {}).unwrap();
    assert_eq!(handle.with(|lp| timer.is_active(lp)), Ok(true));
    assert_eq!(handle.clone().with(|lp| lp.run(RunMode::NoWait)), Ok(Ok(true)));
    assert!(lp.alive(), "what was lent has not ended it");
}

#[test]
fn a_closed_loop_is_gone() {
    let lp = Loop::new().unwrap();
    let handle = lp.handle();
    lp.close().unwrap();
    assert_eq!(handle.with(|_| ()), Err(Error::EBADF));
    assert_eq!(format!("{handle:?}"), "LoopHandle(None)");
}

#[test]
fn a_loop_that_is_busy_is_not_gone() {
    let lp = Loop::new().unwrap();
    let handle = lp.handle();
    let idle = Idle::new(&lp);
    let (mut lp, error) = lp.close().unwrap_err();
    assert_eq!(error, Error::EBUSY);
    handle.with(|lp| idle.close(lp)).unwrap().unwrap();
    lp.run(RunMode::Default).unwrap();
    lp = Loop::new().unwrap();
    assert_eq!(handle.with(|_| ()), Err(Error::EBADF));
    drop(lp);
}

#[test]
fn run_inside_run_is_busy() {
    let lp = Loop::new().unwrap();
    let handle = lp.handle();
    Idle::new(&lp)
        .start(&lp, move |lp, idle| {
            assert_eq!(handle.with(|lp| lp.run(RunMode::NoWait)), Ok(Err(Error::EBUSY)));
            idle.stop(lp).unwrap();
        })
        .unwrap();
    lp.run(RunMode::Default).unwrap();
}

/// What a dropped callback captured asks for the loop.
struct AsksOnDrop(LoopHandle, Rc<Cell<usize>>);

impl AsksOnDrop {
    fn asks(&self) {
        self.0.with(|_| ()).unwrap();
    }
}

impl Drop for AsksOnDrop {
    fn drop(&mut self) {
        assert_eq!(self.0.with(|_| ()), Err(Error::EBADF));
        self.1.set(self.1.get() + 1);
    }
}

#[test]
fn what_callbacks_captured_finds_the_loop_gone() {
    let lp = Loop::new().unwrap();
    let dropped = Rc::new(Cell::new(0));
    let asks = || AsksOnDrop(lp.handle(), dropped.clone());
    let (a, b, c, d) = (asks(), asks(), asks(), asks());
    Idle::new(&lp).start(&lp, move |_, _| a.asks()).unwrap();
    Timer::new(&lp).close_with(&lp, move |_| drop(b)).unwrap();
    Async::new(&lp, move |_, _| c.asks());
    lp.queue_work(|| (), move |_, _| drop(d));
    drop(lp);
    assert_eq!(dropped.get(), 4);
}

/// A loop in a cell: nothing but `LoopHandle`s lead to it, so any callback can drop it.
struct Owner {
    lp: RefCell<Option<Loop>>,
    handle: LoopHandle,
    calls: Cell<usize>,
}

impl Owner {
    fn new() -> Rc<Owner> {
        let lp = Loop::builder().clock(ManualClock::new_auto()).build().unwrap();
        let handle = lp.handle();
        Rc::new(Owner { lp: RefCell::new(Some(lp)), handle, calls: Cell::new(0) })
    }

    fn with(&self, act: impl FnOnce(&Loop)) {
        act(self.lp.borrow().as_ref().unwrap());
    }

    /// A callback that drops the loop.
    fn end(self: &Rc<Self>) -> impl Fn() + use<> {
        let owner = self.clone();
        move || {
            owner.calls.set(owner.calls.get() + 1);
            let lp = owner.lp.take();
            drop(lp);
        }
    }

    /// Whatever the phase, the callback is the last one, and is dropped.
    fn ends_in_one_call(self: Rc<Self>) {
        self.handle.with(|lp| assert_eq!(lp.run(RunMode::NoWait), Ok(false))).unwrap();
        assert_eq!(self.calls.get(), 1);
        assert_eq!(Rc::strong_count(&self), 1);
    }
}

macro_rules! dropped_in {
    ($test:ident, $Handle:ident) => {
        #[test]
        fn $test() {
            let owner = Owner::new();
            owner.with(|lp| {
                for _ in 0..3 {
                    let end = owner.end();
                    $Handle::new(lp).start(lp, move |_, _| end()).unwrap();
                }
            });
            owner.ends_in_one_call();
        }
    };
}

dropped_in!(dropped_in_an_idle_callback, Idle);
dropped_in!(dropped_in_a_prepare_callback, Prepare);
dropped_in!(dropped_in_a_check_callback, Check);

#[test]
fn dropped_in_a_timer_callback() {
    let owner = Owner::new();
    owner.with(|lp| {
        for repeat in 0..3 {
            let end = owner.end();
            Timer::new(lp).start(lp, Duration::ZERO, Duration::from_millis(repeat), move |_, _| end()).unwrap();
        }
    });
    owner.ends_in_one_call();
}

#[test]
fn dropped_in_an_async_callback() {
    let owner = Owner::new();
    owner.with(|lp| {
        for _ in 0..3 {
            let end = owner.end();
            let wakeup = Async::new(lp, move |_, _| end());
            wakeup.sender(lp).unwrap().send().unwrap();
        }
    });
    owner.ends_in_one_call();
}

#[test]
fn dropped_in_a_close_callback() {
    let owner = Owner::new();
    owner.with(|lp| {
        for _ in 0..3 {
            let end = owner.end();
            Idle::new(lp).close_with(lp, move |_| end()).unwrap();
        }
    });
    owner.ends_in_one_call();
}

#[test]
fn dropped_in_a_walk() {
    let owner = Owner::new();
    owner.with(|lp| {
        Idle::new(lp);
        Check::new(lp);
    });
    let end = owner.end();
    owner.handle.with(|lp| lp.walk(|_, _| end())).unwrap();
    assert_eq!(owner.calls.get(), 1);
}

#[test]
fn dropped_while_a_kind_calls_back() {
    struct Ends<F>(F, &'static str);
    impl<F: Fn() + 'static> HandleKind for Ends<F> {
        fn name(&self) -> &'static str {
            self.1
        }
        fn on_deferred(&self, _: &Loop, _: HandleId) {
            if self.1 == "deferred" {
                (self.0)();
            }
        }
        fn on_close(&self, _: &Loop, _: HandleId) {
            if self.1 == "close" {
                (self.0)();
            }
        }
        fn on_closed(&self, _: &Loop, _: HandleId) {
            if self.1 == "closed" {
                (self.0)();
            }
        }
    }

    for at in ["deferred", "close", "closed"] {
        let owner = Owner::new();
        let id = owner.handle.with(|lp| lp.add_handle(Rc::new(Ends(owner.end(), at)))).unwrap();
        let begun = owner.handle.with(|lp| if at == "deferred" { lp.defer(id) } else { id.close(lp) });
        assert_eq!(begun, Ok(Ok(())));
        if at == "close" {
            assert_eq!(owner.calls.get(), 1);
        } else {
            owner.ends_in_one_call();
        }
    }
}

#[test]
fn ids_of_a_dropped_loop_name_nothing_in_what_was_lent() {
    let owner = Owner::new();
    let end = owner.end();
    owner
        .handle
        .with(|lp| {
            let before = Idle::new(lp);
            end();
            let after = Idle::new(lp);
            assert_ne!(before.id(), after.id());
            assert_eq!(before.start(lp, |_, _| {}), Err(Error::EBADF));
        })
        .unwrap();
}
