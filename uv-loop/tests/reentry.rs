//! Code of others that the loop calls where nobody expects any: names, wakers, observers.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, RawWaker, RawWakerVTable, Waker};
use std::time::Duration;

use uv_loop::{
    AsyncFd, Channel, ChannelSender, Error, Handle, HandleKind, Idle, Loop, LoopHandle, ManualClock, Observer, RunMode,
    Signal, Source, Timer, signal,
};

/// A kind that makes a handle each time its name is asked for.
struct Curious(LoopHandle);

impl HandleKind for Curious {
    fn name(&self) -> &'static str {
        self.0.with(|lp| Timer::new(lp).close(lp)).unwrap().unwrap();
        "curious"
    }
}

#[test]
fn a_name_may_use_the_loop() {
    let lp = Loop::new().unwrap();
    let id = lp.add_handle(Rc::new(Curious(lp.handle())));
    let mut names = Vec::new();
    lp.walk(|_, name| names.push(name));
    assert_eq!(names, ["curious"]);
    assert!(lp.handles().iter().any(|info| info.id == id && info.kind == "curious"));
}

/// A waker whose clones and drops make use of the loop.
fn nosy(handle: &LoopHandle) -> Waker {
    const TABLE: RawWakerVTable = RawWakerVTable::new(clone, drop_it, drop_nothing, drop_it);
    fn nose(handle: &LoopHandle) {
        let _ = handle.with(|lp| {
            let _ = pin!(lp.sleep(Duration::from_secs(1))).poll(&mut Context::from_waker(Waker::noop()));
            Timer::new(lp).close(lp).unwrap();
        });
    }
    fn clone(data: *const ()) -> RawWaker {
        // SAFETY: each waker of this table has a box of its own.
        let handle = unsafe { &*data.cast::<LoopHandle>() };
        nose(handle);
        RawWaker::new(Box::into_raw(Box::new(handle.clone())).cast(), &TABLE)
    }
    fn drop_it(data: *const ()) {
        // SAFETY: as above, and this is its end.
        let handle = unsafe { Box::from_raw(data.cast::<LoopHandle>().cast_mut()) };
        nose(&handle);
    }
    fn drop_nothing(_: *const ()) {}
    // SAFETY: the box is the waker's. It stays on the loop's thread, as all of this test does.
    unsafe { Waker::from_raw(RawWaker::new(Box::into_raw(Box::new(handle.clone())).cast(), &TABLE)) }
}

#[test]
fn wakers_may_use_the_loop_when_they_are_cloned_and_dropped() {
    let lp = Loop::builder().clock(ManualClock::new_auto()).build().unwrap();
    let (near, _far) = UnixStream::pair().unwrap();
    let near = AsyncFd::new(&lp, near).unwrap();
    let wakers = [nosy(&lp.handle()), nosy(&lp.handle())];
    {
        let mut sleep = pin!(lp.sleep(Duration::from_millis(1)));
        let mut readable = pin!(near.readable());
        let mut writable = pin!(near.writable());
        let mut tick = pin!(lp.tick());
        let mut work = pin!(lp.work(|| ()));
        let mut task = pin!(lp.spawn_local(std::future::pending::<()>()));
        for waker in wakers.iter().chain(&wakers) {
            let cx = &mut Context::from_waker(waker);
            assert!(sleep.as_mut().poll(cx).is_pending());
            assert!(readable.as_mut().poll(cx).is_pending());
            assert!(writable.as_mut().poll(cx).is_pending());
            assert!(tick.as_mut().poll(cx).is_pending());
            assert!(work.as_mut().poll(cx).is_pending());
            assert!(task.as_mut().poll(cx).is_pending());
        }
        lp.run(RunMode::Once).unwrap();
        task.abort();
    }
    drop(wakers);
    drop(lp);
}

/// Counts what begins and what is open.
#[derive(Default)]
struct Balance {
    begun: RefCell<Vec<&'static str>>,
    open: Cell<usize>,
}

impl Observer for Balance {
    fn callback_begin(&self, _: &Loop, source: Source) {
        self.begun.borrow_mut().push(source.kind());
        self.open.set(self.open.get() + 1);
    }
    fn callback_end(&self, _: &Loop, _: Source) {
        self.open.set(self.open.get() - 1);
    }
}

#[test]
fn a_signals_callback_is_told_once() {
    let balance = Rc::new(Balance::default());
    let lp = Loop::builder().observer(balance.clone()).build().unwrap();
    Signal::new(&lp).start(&lp, signal::SIGWINCH, |lp, me, _| me.close(lp).unwrap()).unwrap();
    uv_sys::os::kill(std::process::id() as i32, signal::SIGWINCH).unwrap();
    lp.run(RunMode::Default).unwrap();
    assert_eq!(*balance.begun.borrow(), ["signal", "signal"], "its callback and its end");
    assert_eq!(balance.open.get(), 0);
}

/// Wakes a task when the loop is about to wait without end.
struct WakesLate(RefCell<Option<Waker>>);

impl Observer for WakesLate {
    fn wait_begin(&self, _: &Loop, timeout: Option<Duration>) {
        if timeout.is_none()
            && let Some(waker) = self.0.take()
        {
            waker.wake();
        }
    }
}

#[test]
fn a_wake_by_an_observer_is_seen_before_the_wait() {
    let observer = Rc::new(WakesLate(RefCell::new(None)));
    let lp = Loop::builder().observer(observer.clone()).build().unwrap();
    let mut polls = 0;
    lp.block_on(std::future::poll_fn(|cx| {
        polls += 1;
        observer.0.replace(Some(cx.waker().clone()));
        if polls == 3 { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    }))
    .unwrap();
}

#[test]
fn handles_come_and_go_by_thousands_inside_of_callbacks() {
    let lp = Loop::builder().clock(ManualClock::new_auto()).build().unwrap();
    let closed = Rc::new(Cell::new(0));
    let rounds = Cell::new(0);
    let count = closed.clone();
    Idle::new(&lp)
        .start(&lp, move |lp, idle| {
            for index in 0..2_000 {
                let count = count.clone();
                let done = move |_: &Loop| count.set(count.get() + 1);
                match index % 3 {
                    0 => {
                        let other = Idle::new(lp);
                        other.start(lp, |_, _| unreachable!()).unwrap();
                        other.close_with(lp, done).unwrap();
                    }
                    1 => {
                        let timer = Timer::new(lp);
                        timer.start(lp, Duration::MAX, Duration::MAX, |_, _| unreachable!()).unwrap();
                        timer.close_with(lp, done).unwrap();
                    }
                    _ => {
                        let inner = Idle::new(lp);
                        let start = move |lp: &Loop, me: Idle| me.close_with(lp, done.clone()).unwrap();
                        inner.start(lp, start).unwrap();
                    }
                }
            }
            rounds.set(rounds.get() + 1);
            if rounds.get() == 10 {
                idle.close(lp).unwrap();
            }
        })
        .unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(closed.get(), 20_000);
    assert!(lp.close().is_ok());
}

/// A value whose drop sends another one, uses the loop and closes the channel.
struct Restless {
    sender: ChannelSender<Restless>,
    channel: Rc<Cell<Option<Channel>>>,
    handle: LoopHandle,
    drops: Rc<Cell<usize>>,
    rests: bool,
}

impl Restless {
    fn again(&self) -> Restless {
        let Restless { sender, channel, handle, drops, .. } = self;
        Restless {
            sender: sender.clone(),
            channel: channel.clone(),
            handle: handle.clone(),
            drops: drops.clone(),
            rests: false,
        }
    }
}

impl Drop for Restless {
    fn drop(&mut self) {
        if self.rests {
            return;
        }
        self.drops.set(self.drops.get() + 1);
        if let Err(mut error) = self.sender.send(self.again()) {
            error.item.rests = true;
            let _ = self.handle.with(|lp| Timer::new(lp).close(lp));
        }
        if self.drops.get() == 100 {
            let _ = self.handle.with(|lp| self.channel.get().unwrap().close(lp));
        }
    }
}

#[test]
fn values_on_their_way_may_use_the_channel_when_they_are_dropped() {
    for closes in [true, false] {
        let lp = Loop::builder().clock(ManualClock::new_auto()).build().unwrap();
        let (channel, drops) = (Rc::new(Cell::new(None)), Rc::new(Cell::new(0)));
        let (made, sender) = Channel::new(&lp, |_, _, value: Restless| drop(value));
        channel.set(Some(made));
        let first = Restless { sender, channel, handle: lp.handle(), drops: drops.clone(), rests: false };
        for _ in 0..10 {
            assert!(first.sender.send(first.again()).is_ok());
        }
        if closes {
            lp.run(RunMode::Default).unwrap();
            assert!(made.is_closing(&lp) && drops.get() >= 100);
        }
        let before = drops.get();
        drop(lp);
        assert!(drops.get() >= before && drops.get() <= 120, "{}", drops.get());
        drop(first);
        assert!(drops.get() <= 121);
    }
}

#[test]
fn tasks_that_end_each_other_as_they_are_dropped() {
    struct EndsNext(Rc<RefCell<Vec<uv_loop::JoinHandle<()>>>>, LoopHandle, Rc<Cell<usize>>);
    impl Drop for EndsNext {
        fn drop(&mut self) {
            self.2.set(self.2.get() + 1);
            let next = self.0.borrow_mut().pop();
            if let Some(next) = next {
                next.abort();
            }
            let late = self.1.spawn_local(async {});
            late.abort();
        }
    }
    for drops_the_loop in [true, false] {
        let lp = Loop::builder().clock(ManualClock::new_auto()).build().unwrap();
        let (tasks, ended) = (Rc::new(RefCell::new(Vec::new())), Rc::new(Cell::new(0)));
        for _ in 0..200 {
            let ends = EndsNext(tasks.clone(), lp.handle(), ended.clone());
            let task = lp.spawn_local(async move {
                let _ends = ends;
                std::future::pending().await
            });
            tasks.borrow_mut().push(task);
        }
        lp.run(RunMode::NoWait).unwrap();
        if drops_the_loop {
            drop(lp);
            assert_eq!(ended.get(), 200);
            continue;
        }
        let last = tasks.borrow_mut().pop().unwrap();
        last.abort();
        assert_eq!(ended.get(), 200);
        assert!(!lp.run(RunMode::Default).unwrap());
        assert!(lp.close().is_ok());
    }
}

/// Makes use of the loop when it is dropped.
struct Nose(LoopHandle);

impl Drop for Nose {
    fn drop(&mut self) {
        self.0.with(|lp| Timer::new(lp).close(lp)).unwrap().unwrap();
    }
}

#[test]
fn a_callback_that_an_owners_handle_refuses_may_use_the_loop_when_it_is_dropped() {
    let lp = Loop::new().unwrap();
    let (timer, idle) = (Timer::with_number(&lp, 1), Idle::with_number(&lp, 2));
    let nose = Nose(lp.handle());
    let refused = timer.start(&lp, Duration::ZERO, Duration::ZERO, move |_, _| drop(Rc::new(&nose)));
    assert_eq!(refused, Err(Error::EINVAL));
    let nose = Nose(lp.handle());
    assert_eq!(idle.start(&lp, move |_, _| drop(Rc::new(&nose))), Err(Error::EINVAL));
}

/// A kind that makes a handle each time it is asked whose it is.
struct Inside(LoopHandle);

impl HandleKind for Inside {
    fn name(&self) -> &'static str {
        "inside"
    }

    fn is_internal(&self) -> bool {
        self.0.with(|lp| Timer::new(lp).close(lp)).unwrap().unwrap();
        true
    }
}

#[test]
fn who_says_that_it_is_internal_may_use_the_loop() {
    let lp = Loop::new().unwrap();
    lp.add_handle(Rc::new(Inside(lp.handle())));
    assert!(lp.is_closable());
    lp.run(RunMode::Default).unwrap();
    lp.walk(|_, kind| assert_eq!(kind, "timer"));
}
