//! A loop that is driven from inside another one, by its descriptor and its timeout.

use std::cell::Cell;
use std::io::Write;
use std::os::fd::AsFd;
use std::rc::Rc;
use std::time::Duration;

use uv_loop::{Async, Check, Handle, Interest, Loop, Poll, RunMode, Timer};
use uv_sys::{Events, Poller};

/// A loop with a bit of everything; counts what it has done.
fn inner() -> (Rc<Loop>, Rc<Cell<u32>>, std::thread::JoinHandle<()>) {
    let lp = Rc::new(Loop::new().unwrap());
    let done = Rc::new(Cell::new(0));
    let count = |done: &Rc<Cell<u32>>| {
        let done = done.clone();
        move || done.set(done.get() + 1)
    };

    let call = count(&done);
    Timer::new(&lp).start(&lp, Duration::from_millis(5), Duration::ZERO, move |_, _| call()).unwrap();

    let (reader, mut writer) = std::io::pipe().unwrap();
    let call = count(&done);
    let poll = Poll::new(&lp, reader).unwrap();
    poll.start(&lp, Interest::READABLE, move |lp, poll, _| {
        call();
        poll.close(lp).unwrap();
    })
    .unwrap();

    let (call, mut left) = (count(&done), 3);
    let wakeup = Async::new(&lp, move |lp, me| {
        call();
        left -= 1;
        if left == 0 {
            me.close(lp).unwrap();
        }
    });
    let call = count(&done);
    lp.queue_work(|| (), move |_, _| call());

    let sender = wakeup.sender(&lp).unwrap();
    let thread = std::thread::spawn(move || {
        writer.write_all(b"!").unwrap();
        for _ in 0..50 {
            std::thread::sleep(Duration::from_millis(2));
            // It is closed at the third that is seen.
            if sender.send().is_err() {
                return;
            }
        }
    });
    (lp, done, thread)
}

#[test]
fn in_a_plain_poller() {
    let (lp, done, thread) = inner();
    let poller = Poller::new().unwrap();
    poller.add(lp.backend_fd(), 0, Interest::READABLE).unwrap();
    let mut events = Events::with_capacity(1);
    while lp.run(RunMode::NoWait).unwrap() {
        poller.wait(&mut events, lp.backend_timeout()).unwrap();
    }
    thread.join().unwrap();
    assert_eq!(done.get(), 1 + 1 + 3 + 1);
}

#[test]
fn in_a_loop() {
    let (lp, done, thread) = inner();
    let outer = Loop::new().unwrap();
    let fd = lp.backend_fd().try_clone_to_owned().unwrap();
    let (poll, timer) = (Poll::new(&outer, fd).unwrap(), Timer::new(&outer));

    // One turn of the inner loop, and then to wait for its next one.
    let inner = lp.clone();
    let turn = Rc::new(move |outer: &Loop| {
        if !inner.run(RunMode::NoWait).unwrap() {
            poll.close(outer).unwrap();
            timer.close(outer).unwrap();
            return;
        }
        match inner.backend_timeout() {
            Some(timeout) => timer.restart(outer, timeout, Duration::ZERO).unwrap(),
            None => timer.stop(outer).unwrap(),
        }
    });
    let on_time = turn.clone();
    timer.start(&outer, Duration::ZERO, Duration::ZERO, move |outer, _| on_time(outer)).unwrap();
    poll.start(&outer, Interest::READABLE, move |outer, _, _| turn(outer)).unwrap();
    assert!(!outer.run(RunMode::Default).unwrap());
    thread.join().unwrap();
    assert_eq!(done.get(), 1 + 1 + 3 + 1);
}

#[test]
fn the_descriptor_is_silent_when_there_is_nothing_to_do() {
    let lp = Loop::new().unwrap();
    let wakeup = Async::new(&lp, |_, _| {});
    let sender = wakeup.sender(&lp).unwrap();
    let poller = Poller::new().unwrap();
    poller.add(lp.backend_fd().as_fd(), 0, Interest::READABLE).unwrap();
    let mut events = Events::with_capacity(1);
    for _ in 0..10 {
        sender.send().unwrap();
        assert_eq!(poller.wait(&mut events, Some(Duration::ZERO)), Ok(1));
        lp.run(RunMode::NoWait).unwrap();
        assert_eq!(poller.wait(&mut events, Some(Duration::ZERO)), Ok(0));
    }
}

#[test]
fn what_is_sent_while_the_loop_leaves_is_told_by_the_descriptor() {
    let lp = Loop::new().unwrap();
    let received = Rc::new(Cell::new(0));
    let count = received.clone();
    let sender = Async::new(&lp, move |_, _| count.set(count.get() + 1)).sender(&lp).unwrap();
    // What the loop finds in its poll phase tells senders that it is awake.
    sender.send().unwrap();
    let check = Check::new(&lp);
    check
        .start(&lp, move |lp, check| {
            sender.send().unwrap();
            check.close(lp).unwrap();
        })
        .unwrap();
    lp.run(RunMode::NoWait).unwrap();
    assert_eq!(received.get(), 1);
    let poller = Poller::new().unwrap();
    poller.add(lp.backend_fd(), 0, Interest::READABLE).unwrap();
    let mut events = Events::with_capacity(1);
    assert_eq!(poller.wait(&mut events, Some(Duration::from_secs(20))).unwrap(), 1);
    lp.run(RunMode::NoWait).unwrap();
    assert_eq!(received.get(), 2);
}

/// It need not look at the timeout, which another thread may have taken before.
#[test]
fn a_request_that_was_answered_at_once_is_told_by_the_descriptor() {
    let lp = Loop::new().unwrap();
    Timer::new(&lp).start(&lp, Duration::from_secs(3600), Duration::ZERO, |_, _| unreachable!()).unwrap();
    let poller = Poller::new().unwrap();
    poller.add(lp.backend_fd(), 0, Interest::READABLE).unwrap();
    let mut events = Events::with_capacity(1);
    let answered = Rc::new(Cell::new(0));
    for round in 1..10 {
        lp.run(RunMode::NoWait).unwrap();
        assert_eq!(poller.wait(&mut events, Some(Duration::ZERO)), Ok(0), "all was told");
        for _ in 0..3 {
            let (answers, count) = (answered.clone(), answered.clone());
            lp.queue_completed(move |lp| {
                answers.set(answers.get() + 1);
                // In a callback, for the next run.
                lp.queue_completed(move |_| count.set(count.get() + 1));
            });
        }
        for _ in 0..100 {
            if answered.get() == round * 6 {
                break;
            }
            assert_eq!(poller.wait(&mut events, Some(Duration::ZERO)), Ok(1), "there is more to tell");
            lp.run(RunMode::NoWait).unwrap();
        }
        assert_eq!(answered.get(), round * 6);
    }
}

#[test]
fn in_a_child_the_new_descriptor_tells_of_it() {
    let lp = Loop::new().unwrap();
    lp.queue_completed(|_| {});
    lp.fork().unwrap();
    let poller = Poller::new().unwrap();
    poller.add(lp.backend_fd(), 0, Interest::READABLE).unwrap();
    assert_eq!(poller.wait(&mut Events::with_capacity(1), Some(Duration::ZERO)), Ok(1));
    assert!(!lp.run(RunMode::Once).unwrap());
}
