//! The futures: what they wait for, and what dropping them ends.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use uv_loop::{AsyncFd, Error, Handle, JobError, Loop, ManualClock, Pool, RunMode};

fn manual() -> (Loop, ManualClock) {
    let clock = ManualClock::new_auto();
    (Loop::builder().clock(clock.clone()).build().unwrap(), clock)
}

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn sleepers_wake_in_the_order_of_their_time_and_then_of_their_wait() {
    let (lp, _) = manual();
    let log = Rc::new(RefCell::new(Vec::new()));
    for (number, time) in [30, 10, 20, 10, 0, 20].into_iter().enumerate() {
        let (log, handle) = (log.clone(), lp.handle());
        lp.spawn_local(async move {
            handle.sleep(millis(time)).await;
            log.borrow_mut().push((number, handle.with(Loop::now).unwrap()));
        });
    }
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(*log.borrow(), [(4, 0), (1, 10), (3, 10), (2, 20), (5, 20), (0, 30)]);
}

#[test]
fn a_sleep_is_never_early_on_a_stale_clock() {
    let (lp, clock) = manual();
    // A callback that takes long: the loop's time stands still.
    clock.advance(Duration::from_micros(7_300));
    assert_eq!(lp.now(), 0);
    let start = clock_now(&clock);
    lp.block_on(lp.sleep(millis(5))).unwrap();
    assert!(clock_now(&clock) - start >= millis(5));
}

fn clock_now(clock: &ManualClock) -> Duration {
    uv_loop::Clock::now(clock)
}

#[test]
fn a_dropped_sleep_holds_up_nothing() {
    let (lp, _) = manual();
    lp.block_on(async {
        let mut sleep = pin!(lp.sleep(millis(1)));
        assert!(poll_once(sleep.as_mut()).is_pending());
        {
            let mut other = pin!(lp.sleep(millis(2)));
            assert!(poll_once(other.as_mut()).is_pending());
        }
        sleep.await;
    })
    .unwrap();
    assert_eq!(lp.now(), 1);
    assert!(lp.backend_timeout().is_some_and(|timeout| timeout.is_zero()), "nothing is active");
    let request = lp.request();
    assert_eq!(lp.backend_timeout(), None);
    drop(request);
}

#[test]
fn times_beyond_the_end_of_time() {
    let (lp, _) = manual();
    let mut never = pin!(lp.sleep(Duration::MAX));
    assert!(poll_once(never.as_mut()).is_pending());
    let result = lp.block_on(lp.timeout(Duration::MAX, async { 1 })).unwrap();
    assert_eq!(result, Ok(1));
}

#[test]
fn a_timeout_drops_what_it_has_waited_for() {
    let (lp, _) = manual();
    let captured = Rc::new(());
    let inside = captured.clone();
    let result = lp.block_on(lp.timeout(millis(3), async move {
        let _inside = inside;
        std::future::pending::<()>().await;
    }));
    assert_eq!(result, Ok(Err(Error::ETIMEDOUT)));
    assert_eq!((Rc::strong_count(&captured), lp.now()), (1, 3));
    // What is ready at its very end has come in time.
    let handle = lp.handle();
    assert_eq!(lp.block_on(lp.timeout(millis(2), async move { handle.sleep(millis(2)).await })), Ok(Ok(())));
}

#[test]
fn an_interval_keeps_its_beat() {
    let (lp, clock) = manual();
    lp.block_on(async {
        let mut interval = lp.interval(millis(10));
        let mut times = Vec::new();
        for late in [0, 3, 0, 0, 25, 0] {
            interval.tick().await;
            times.push(lp.now());
            clock.advance(millis(late));
            lp.tick().await;
        }
        // Late by less than a period: the beat stays. By more: it begins anew.
        assert_eq!(times, [10, 20, 30, 40, 50, 75]);
        // A tick that is not waited for to its end comes all the same.
        {
            let mut tick = pin!(interval.tick());
            assert!(poll_once(tick.as_mut()).is_pending());
        }
        interval.tick().await;
        assert_eq!(lp.now(), 85);
    })
    .unwrap();
}

#[test]
fn dropped_work_is_canceled_if_it_has_not_begun() {
    let pool = Pool::builder().threads(1).build().unwrap();
    let lp = Loop::builder().pool(pool).build().unwrap();
    let (open, gate) = std::sync::mpsc::channel::<()>();
    let first = lp.work(move || gate.recv().is_err());
    let has_run = Arc::new(AtomicBool::new(false));
    let inside = has_run.clone();
    let second = lp.work(move || inside.store(true, Ordering::Relaxed));
    drop(second);
    drop(open);
    assert!(lp.block_on(first).unwrap().unwrap());
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(Arc::strong_count(&has_run), 1, "it is dropped");
    assert!(!has_run.load(Ordering::Relaxed));

    let handle = lp.handle();
    drop(lp);
    let mut late = pin!(handle.work(|| 1));
    assert!(matches!(poll_once(late.as_mut()), Poll::Ready(Err(JobError::Canceled))));
}

#[test]
fn two_tasks_talk_over_a_socket() {
    let lp = Loop::new().unwrap();
    let (near, far) = UnixStream::pair().unwrap();
    let (near, far) = (AsyncFd::new(&lp, near).unwrap(), AsyncFd::new(&lp, far).unwrap());
    // Far more than the socket holds, so that both wait for each other.
    let sent: Vec<u8> = (0..1_000_000u32).map(|number| number as u8).collect();
    let expected = sent.clone();
    let writer = lp.spawn_local(async move {
        let mut left = &sent[..];
        while !left.is_empty() {
            let count = near.write_with(|mut socket| socket.write(left)).await.unwrap();
            left = &left[count..];
        }
    });
    let received = lp.block_on(async {
        let (mut received, mut buffer) = (Vec::new(), [0; 4096]);
        loop {
            match far.read_with(|mut socket| socket.read(&mut buffer)).await.unwrap() {
                0 => return received,
                count => received.extend_from_slice(&buffer[..count]),
            }
        }
    });
    assert!(received.unwrap() == expected && writer.is_finished());
}

#[test]
fn both_directions_and_many_tasks_may_wait() {
    let lp = Loop::new().unwrap();
    let (near, mut far) = UnixStream::pair().unwrap();
    let near = Rc::new(AsyncFd::new(&lp, near).unwrap());
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let near = near.clone();
            lp.spawn_local(async move {
                let mut byte = [0];
                near.read_with(|mut socket| socket.read(&mut byte)).await.unwrap();
                byte[0]
            })
        })
        .collect();
    let writer = {
        let near = near.clone();
        lp.spawn_local(async move { near.writable().await })
    };
    lp.block_on(writer).unwrap().unwrap().unwrap();
    assert!(!readers.iter().any(uv_loop::JoinHandle::is_finished));
    far.write_all(b"abc").unwrap();
    let mut bytes = Vec::new();
    for reader in readers {
        bytes.push(lp.block_on(reader).unwrap().unwrap());
    }
    bytes.sort_unstable();
    assert_eq!(bytes, *b"abc");
}

#[test]
fn a_descriptor_that_nobody_awaits_is_watched_no_more() {
    let lp = Loop::new().unwrap();
    let (near, mut far) = UnixStream::pair().unwrap();
    let near = AsyncFd::new(&lp, near).unwrap();
    {
        let mut readable = pin!(near.readable());
        assert!(poll_once(readable.as_mut()).is_pending());
    }
    far.write_all(b"x").unwrap();
    // The first poll phase finds nobody waiting.
    lp.block_on(lp.tick()).unwrap();
    let poller = uv_sys::Poller::new().unwrap();
    poller.add(lp.backend_fd(), 0, uv_loop::Interest::READABLE).unwrap();
    let mut events = uv_sys::Events::with_capacity(1);
    assert_eq!(poller.wait(&mut events, Some(Duration::ZERO)), Ok(0));
    // What is there is seen all the same by the next who waits.
    lp.block_on(near.readable()).unwrap().unwrap();
}

#[test]
fn a_reset_connection_is_readable_and_the_read_says_why() {
    let lp = Loop::new().unwrap();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let near = TcpStream::connect(server.local_addr().unwrap()).unwrap();
    let (far, _) = server.accept().unwrap();
    (&near).write_all(b"never read").unwrap();
    while far.peek(&mut [0]).unwrap() == 0 {}
    let near = AsyncFd::new(&lp, near).unwrap();
    let reading = lp.spawn_local(async move { near.read_with(|mut socket| socket.read(&mut [0])).await });
    lp.run(RunMode::NoWait).unwrap();
    drop(far);
    let error = lp.block_on(reading).unwrap().unwrap().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[test]
fn descriptors_that_cannot_be_watched() {
    let lp = Loop::new().unwrap();
    let file = std::fs::File::open(std::env::current_exe().unwrap()).unwrap();
    assert_eq!(AsyncFd::new(&lp, file).unwrap_err(), Error::EPERM);
    let (near, _far) = UnixStream::pair().unwrap();
    let near = Rc::new(near);
    let first = AsyncFd::new(&lp, near.clone()).unwrap();
    let second = AsyncFd::new(&lp, near.clone()).unwrap();
    let mut waiting = pin!(first.readable());
    assert!(poll_once(waiting.as_mut()).is_pending());
    assert_eq!(lp.block_on(second.writable()), Ok(Err(Error::EEXIST)));
    assert_eq!(AsyncFd::new(&lp, near.clone()).unwrap_err(), Error::EEXIST);
}

#[test]
fn whoever_closes_the_handle_ends_the_waits() {
    let lp = Loop::new().unwrap();
    let (near, _far) = UnixStream::pair().unwrap();
    let near = Rc::new(AsyncFd::new(&lp, near).unwrap());
    let waiting = {
        let near = near.clone();
        lp.spawn_local(async move { near.readable().await })
    };
    lp.run(RunMode::NoWait).unwrap();
    lp.walk(|id, kind| {
        assert_eq!(kind, "poll");
        id.close(&lp).unwrap();
    });
    assert_eq!(lp.block_on(waiting).unwrap().unwrap(), Err(Error::ECANCELED));
    assert!(lp.block_on(near.readable()).unwrap().is_err());
    drop(lp);
    assert_eq!(poll_once(pin!(near.readable())), Poll::Ready(Err(Error::EBADF)));
}

#[test]
fn a_wait_may_outlive_its_descriptor_and_its_loop() {
    let lp = Loop::new().unwrap();
    let (near, mut far) = UnixStream::pair().unwrap();
    let near = AsyncFd::new(&lp, near).unwrap();
    let mut readable = Box::pin(near.readable());
    assert!(poll_once(readable.as_mut()).is_pending());
    drop(near);
    assert_eq!(far.read(&mut [0]).unwrap(), 0, "the descriptor is closed");
    assert_eq!(poll_once(readable.as_mut()), Poll::Ready(Err(Error::ECANCELED)));
    drop(lp);
}

#[test]
fn a_descriptor_comes_back_out() {
    let lp = Loop::new().unwrap();
    let (near, mut far) = UnixStream::pair().unwrap();
    let near = AsyncFd::new(&lp, near).unwrap();
    lp.block_on(near.writable()).unwrap().unwrap();
    let near = near.into_inner();
    // It can be watched anew at once.
    let near = AsyncFd::new(&lp, near).unwrap();
    lp.block_on(near.writable()).unwrap().unwrap();
    drop(lp);
    let near = near.into_inner();
    assert!(near.as_fd().try_clone_to_owned().is_ok());
    (&near).write_all(b"x").unwrap();
    far.read_exact(&mut [0]).unwrap();
}

/// Tells when it is dropped.
struct Told(Rc<Cell<usize>>);

impl Told {
    fn new(live: &Rc<Cell<usize>>) -> Told {
        live.set(live.get() + 1);
        Told(live.clone())
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

#[test]
fn a_task_can_be_ended_at_every_await() {
    const AWAITS: usize = 12;
    for last in 0..=AWAITS {
        for drops_loop in [false, true] {
            let lp = Loop::new().unwrap();
            let handle = lp.handle();
            let (live, passed) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
            let (near, mut far) = UnixStream::pair().unwrap();
            far.write_all(b"xy").unwrap();
            let mut signals = lp.signal(uv_loop::signal::SIGURG).unwrap();
            let task = {
                let (live, passed) = (live.clone(), passed.clone());
                let near = AsyncFd::new(&lp, near).unwrap();
                lp.spawn_local(async move {
                    let pass = || {
                        passed.set(passed.get() + 1);
                        // Of those that have passed, this many are left on the way.
                        std::future::poll_fn(|_| if passed.get() > last { Poll::Pending } else { Poll::Ready(()) })
                    };
                    let _first = Told::new(&live);
                    pass().await;
                    uv_loop::yield_now().await;
                    pass().await;
                    handle.tick().await;
                    pass().await;
                    handle.sleep(millis(1)).await;
                    pass().await;
                    let told = Told::new(&live);
                    handle.timeout(millis(1), async move { (told, std::future::pending::<()>().await) }).await.ok();
                    pass().await;
                    let mut interval = handle.interval(millis(1));
                    interval.tick().await;
                    pass().await;
                    let work = handle.work(|| 1);
                    let other = handle.work(|| 2);
                    work.await.unwrap();
                    pass().await;
                    near.read_with(|mut socket| socket.read(&mut [0])).await.unwrap();
                    pass().await;
                    near.writable().await.unwrap();
                    pass().await;
                    let told = Told::new(&live);
                    let task = handle.spawn_local(async move { (told, std::future::pending::<()>().await) });
                    task.abort();
                    assert!(task.await.is_err());
                    pass().await;
                    assert!(poll_once(pin!(signals.recv())).is_pending());
                    pass().await;
                    other.await.unwrap();
                    pass().await;
                })
            };
            while passed.get() <= last && !task.is_finished() {
                lp.run(RunMode::Once).unwrap();
            }
            assert_eq!(task.is_finished(), last == AWAITS);
            if drops_loop {
                drop(lp);
            } else {
                task.abort();
                // Nothing is left that would hold it.
                assert!(!lp.run(RunMode::Default).unwrap());
                assert!(lp.close().is_ok());
            }
            assert_eq!(live.get(), 0);
            assert_eq!(Rc::strong_count(&passed), 1);
            // The end, or a reset for what was not read: in any case the descriptor is closed.
            assert_eq!(far.read(&mut [0]).unwrap_or(0), 0);
        }
    }
}
