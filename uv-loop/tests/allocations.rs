//! In the steady state an event costs no heap allocation, and what handles take is given back.

use std::cell::{Cell, RefCell};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::Duration;

use uv_loop::signal::SIGURG;
use uv_loop::{
    Async, AsyncFd, AsyncSender, Channel, ChannelSender, Check, Handle, Idle, Interest, Loop, ManualClock, Poll,
    Prepare, RunMode, Signal, Timer, yield_now,
};
use uv_testing::{Counting, allocations_of, live_bytes};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Runs the loop until `calls` has grown by ten thousand.
fn ten_thousand(lp: &Loop, calls: &Rc<Cell<usize>>) {
    let until = calls.get() + 10_000;
    while calls.get() < until {
        assert!(lp.run(RunMode::Once).unwrap());
    }
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations_of(|| drop(std::hint::black_box(Box::new(1)))), 1);
}

#[test]
fn events_allocate_nothing() {
    let clock = ManualClock::new_auto();
    let lp = Loop::builder().clock(clock).build().unwrap();
    let calls = Rc::new(Cell::new(0));
    let counter = || {
        let calls = calls.clone();
        move || calls.set(calls.get() + 1)
    };

    for repeat in 1..20 {
        let (call, repeat) = (counter(), Duration::from_millis(repeat));
        Timer::new(&lp).start(&lp, repeat, repeat, move |_, _| call()).unwrap();
        let call = counter();
        Timer::new(&lp)
            .start(&lp, repeat, Duration::ZERO, move |lp, me| {
                call();
                me.restart(lp, Duration::from_millis(3), Duration::ZERO).unwrap();
            })
            .unwrap();
    }
    ten_thousand(&lp, &calls);
    assert_eq!(allocations_of(|| ten_thousand(&lp, &calls)), 0, "timers");

    let call = counter();
    Prepare::new(&lp).start(&lp, move |_, _| call()).unwrap();
    let call = counter();
    Check::new(&lp).start(&lp, move |_, _| call()).unwrap();
    let call = counter();
    let idle = Idle::new(&lp);
    idle.start(&lp, move |_, _| call()).unwrap();
    ten_thousand(&lp, &calls);
    assert_eq!(allocations_of(|| ten_thousand(&lp, &calls)), 0, "phases");
    idle.stop(&lp).unwrap();

    let senders: Rc<RefCell<Vec<AsyncSender>>> = Rc::default();
    for number in 0..10 {
        let (call, others) = (counter(), senders.clone());
        let handle = Async::new(&lp, move |_, _| {
            call();
            others.borrow()[number * 7 % 10].send().unwrap();
        });
        senders.borrow_mut().push(handle.sender(&lp).unwrap());
    }
    senders.borrow().iter().for_each(|sender| sender.send().unwrap());
    ten_thousand(&lp, &calls);
    assert_eq!(allocations_of(|| ten_thousand(&lp, &calls)), 0, "sends");
}

#[test]
fn descriptors_channels_and_signals_allocate_nothing() {
    let lp = Loop::new().unwrap();
    let calls = Rc::new(Cell::new(0));
    let counter = || {
        let calls = calls.clone();
        move || calls.set(calls.get() + 1)
    };

    let (_reader, writer) = std::io::pipe().unwrap();
    let (call, poll) = (counter(), Poll::new(&lp, writer).unwrap());
    poll.start(&lp, Interest::WRITABLE, move |lp, poll, _| {
        call();
        poll.restart(lp, Interest::WRITABLE).unwrap();
    })
    .unwrap();
    ten_thousand(&lp, &calls);
    assert_eq!(allocations_of(|| ten_thousand(&lp, &calls)), 0, "descriptors");
    poll.stop(&lp).unwrap();

    let own: Rc<RefCell<Option<ChannelSender<u64>>>> = Rc::default();
    let (call, sender) = (counter(), own.clone());
    let (channel, sent) = Channel::new(&lp, move |_, _, number| {
        call();
        sender.borrow().as_ref().unwrap().send(number + 1).unwrap();
    });
    *own.borrow_mut() = Some(sent.clone());
    (0..10).for_each(|number| sent.send(number).unwrap());
    ten_thousand(&lp, &calls);
    assert_eq!(allocations_of(|| ten_thousand(&lp, &calls)), 0, "channels");
    channel.close(&lp).unwrap();

    let call = counter();
    let process = std::process::id() as i32;
    let signal = Signal::new(&lp);
    signal
        .start(&lp, SIGURG, move |_, _, signum| {
            call();
            uv_sys::os::kill(process, signum).unwrap();
        })
        .unwrap();
    uv_sys::os::kill(process, SIGURG).unwrap();
    ten_thousand(&lp, &calls);
    assert_eq!(allocations_of(|| ten_thousand(&lp, &calls)), 0, "signals");
}

#[test]
fn tasks_allocate_nothing_while_they_wait_and_run() {
    let lp = Loop::builder().clock(ManualClock::new_auto()).build().unwrap();
    let calls = Rc::new(Cell::new(0));
    for _ in 0..10 {
        let (handle, calls) = (lp.handle(), calls.clone());
        lp.spawn_local(async move {
            let mut interval = handle.interval(Duration::from_millis(2));
            loop {
                calls.set(calls.get() + 1);
                yield_now().await;
                handle.tick().await;
                handle.sleep(Duration::from_millis(3)).await;
                interval.tick().await;
            }
        });
    }
    ten_thousand(&lp, &calls);
    assert_eq!(allocations_of(|| ten_thousand(&lp, &calls)), 0, "time");

    let lp = Loop::new().unwrap();
    let (near, far) = UnixStream::pair().unwrap();
    let ends = [near, far].map(|end| AsyncFd::new(&lp, end).unwrap());
    (&mut ends[0].get_ref()).write_all(b"x").unwrap();
    for end in ends {
        let calls = calls.clone();
        lp.spawn_local(async move {
            let mut byte = [0];
            loop {
                assert_eq!(end.read_with(|mut end| end.read(&mut byte)).await.unwrap(), 1);
                end.write_with(|mut end| end.write(&byte)).await.unwrap();
                calls.set(calls.get() + 1);
            }
        });
    }
    ten_thousand(&lp, &calls);
    assert_eq!(allocations_of(|| ten_thousand(&lp, &calls)), 0, "descriptors");
}

#[test]
fn what_handles_take_is_given_back_or_used_again() {
    let lp = Loop::builder().clock(ManualClock::new()).build().unwrap();
    let round = || {
        for number in 0..10_000u64 {
            let captured = [number; 16];
            let handle = Timer::new(&lp);
            handle
                .start(&lp, Duration::ZERO, Duration::ZERO, move |lp, me| {
                    let number = captured[0];
                    me.close_with(lp, move |_| assert!(number < 10_000)).unwrap();
                })
                .unwrap();
        }
        assert!(!lp.run(RunMode::Default).unwrap());
    };
    let start = live_bytes();
    round();
    let after_one = live_bytes();
    // A slot and a place in the heap of timers stay for each handle that there was at once; its callback's 128 bytes don't.
    assert!(after_one - start < 10_000 * 250, "{} bytes", after_one - start);
    round();
    round();
    assert_eq!(live_bytes(), after_one);
    drop(lp);
    assert!(live_bytes() <= start);
}

/// One for what the pool and the loop share, one for the callback; and the pool's queue takes a block for each 63 jobs.
#[test]
fn a_work_request_allocates_twice() {
    fn trip(lp: &Loop, calls: &Rc<Cell<usize>>) {
        let calls = calls.clone();
        lp.queue_work(
            || 7,
            move |lp, answer| {
                calls.set(calls.get() + answer.unwrap() / 7);
                trip(lp, &calls);
            },
        );
    }
    let lp = Loop::new().unwrap();
    let calls = Rc::new(Cell::new(0));
    trip(&lp, &calls);
    ten_thousand(&lp, &calls);
    let allocations = allocations_of(|| ten_thousand(&lp, &calls));
    assert!((20_000..20_400).contains(&allocations), "{allocations}");
}
