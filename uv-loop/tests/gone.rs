//! A loop that ends in the middle of a `run`, or before those who wait for it do.

use std::cell::{Cell, RefCell};
use std::future::{Future, pending};
use std::os::unix::net::UnixStream;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use uv_loop::{AsyncFd, Error, Idle, JobError, JoinError, Loop, LoopHandle, ManualClock, RequestGuard, RunMode, Timer};

/// A loop that nothing but a callback owns.
fn owned() -> (Rc<RefCell<Option<Loop>>>, LoopHandle) {
    let lp = Loop::builder().clock(ManualClock::new_auto()).build().unwrap();
    let handle = lp.handle();
    (Rc::new(RefCell::new(Some(lp))), handle)
}

/// Drops the loop in a timer's callback.
fn end_in_a_callback(owner: &Rc<RefCell<Option<Loop>>>) {
    let it = owner.clone();
    let lp = owner.borrow();
    let timer = Timer::new(lp.as_ref().unwrap());
    timer.start(lp.as_ref().unwrap(), Duration::from_millis(1), Duration::ZERO, move |_, _| drop(it.take())).unwrap();
}

#[derive(Default)]
struct Counter(AtomicUsize);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn poll<F: Future>(future: Pin<&mut F>, counter: &Arc<Counter>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(&Waker::from(counter.clone())))
}

#[test]
fn block_on_ends_with_its_loop() {
    let (owner, handle) = owned();
    end_in_a_callback(&owner);
    assert_eq!(handle.with(|lp| lp.block_on(pending::<()>())), Ok(Err(Error::ECANCELED)));
    assert!(owner.borrow().is_none());
}

#[test]
fn run_ends_with_its_loop_although_a_request_is_held() {
    let (owner, handle) = owned();
    end_in_a_callback(&owner);
    let request: RequestGuard = handle.with(Loop::request).unwrap();
    handle.with(|lp| lp.run(RunMode::Default)).unwrap().unwrap();
    drop(request);
}

#[test]
fn a_task_that_comes_too_late_is_canceled() {
    let (owner, handle) = owned();
    let joined = Rc::new(RefCell::new(None));
    let there = joined.clone();
    let it = owner.clone();
    let inner = handle.clone();
    let ender = async move {
        // The new task could have the key of this one, were it taken.
        let _ = inner.with(|lp| {
            drop(it.take());
            let late = lp.spawn_local(async { 1 });
            there.replace(Some((late.is_finished(), late)));
        });
    };
    drop(handle.spawn_local(ender));
    handle.with(|lp| lp.run(RunMode::Default)).unwrap().unwrap();
    let (at_once, late) = joined.take().unwrap();
    assert!(at_once);
    let counter = Arc::default();
    assert!(matches!(poll(pin!(late), &counter), Poll::Ready(Err(JoinError::Canceled))));
}

#[test]
fn work_whose_loop_is_gone_is_canceled() {
    let lp = Loop::new().unwrap();
    let counter = Arc::default();
    let mut work = lp.work(|| 1);
    assert!(poll(Pin::new(&mut work), &counter).is_pending());
    drop(lp);
    assert_eq!(counter.0.load(Ordering::Relaxed), 1);
    assert!(matches!(poll(Pin::new(&mut work), &counter), Poll::Ready(Err(JobError::Canceled))));
}

#[test]
fn a_wait_for_a_descriptor_ends_with_the_loop() {
    let lp = Loop::new().unwrap();
    let counter = Arc::default();
    let (near, _far) = UnixStream::pair().unwrap();
    let near = AsyncFd::new(&lp, near).unwrap();
    let mut readable = pin!(near.readable());
    assert!(poll(readable.as_mut(), &counter).is_pending());
    drop(lp);
    assert_eq!(counter.0.load(Ordering::Relaxed), 1);
    assert_eq!(poll(readable, &counter), Poll::Ready(Err(Error::ECANCELED)));
    assert_eq!(poll(pin!(near.readable()), &counter), Poll::Ready(Err(Error::EBADF)));
    near.into_inner();
}

#[test]
fn wakers_wake_nobody_when_the_loop_is_gone() {
    let lp = Loop::new().unwrap();
    let wakers = Rc::new(RefCell::new(Vec::new()));
    for _ in 0..100 {
        let wakers = wakers.clone();
        drop(lp.spawn_local(std::future::poll_fn(move |cx| {
            wakers.borrow_mut().push(cx.waker().clone());
            Poll::<()>::Pending
        })));
    }
    assert!(lp.run(RunMode::NoWait).unwrap());
    let wakers = wakers.take();
    assert_eq!(wakers.len(), 100);
    let copies = [wakers.clone(), wakers.clone(), wakers];
    std::thread::scope(|scope| {
        let threads =
            copies.map(|wakers| scope.spawn(move || wakers.into_iter().cycle().take(10_000).for_each(Waker::wake)));
        drop(lp);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

#[test]
fn a_loop_dropped_by_what_its_idle_handle_captured() {
    // The outer loop owns the inner one through a callback, which owns a third: each ends with the one before.
    struct Chain(#[allow(dead_code)] Loop, Rc<Cell<usize>>);
    impl Drop for Chain {
        fn drop(&mut self) {
            self.1.set(self.1.get() + 1);
        }
    }
    let ended = Rc::new(Cell::new(0));
    let mut outer = Loop::new().unwrap();
    for _ in 0..50 {
        let next = Loop::new().unwrap();
        let chain = Chain(outer, ended.clone());
        Idle::new(&next)
            .start(&next, move |_, _| {
                let _ = &chain;
            })
            .unwrap();
        outer = next;
    }
    drop(outer);
    assert_eq!(ended.get(), 50);
}
