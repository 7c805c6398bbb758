//! Async handles: sends from any thread, coalesced, none lost.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Duration;

use uv_loop::{Async, AsyncSender, Error, Handle, Idle, Loop, ManualClock, Observer, RunMode, Timer};

#[test]
fn senders_may_live_on_any_thread() {
    fn check<T: Send + Sync + Clone + 'static>() {}
    check::<AsyncSender>();
}

#[test]
fn sends_before_the_poll_phase_are_one_call() {
    let lp = Loop::new().unwrap();
    let calls = Rc::new(Cell::new(0));
    let handle = Async::new(&lp, {
        let calls = calls.clone();
        move |_, _| calls.set(calls.get() + 1)
    });
    let sender = handle.sender(&lp).unwrap();
    for _ in 0..1000 {
        sender.send().unwrap();
    }
    assert!(lp.run(RunMode::Once).unwrap());
    assert_eq!(calls.get(), 1);
    lp.run(RunMode::NoWait).unwrap();
    assert_eq!(calls.get(), 1);
    sender.send().unwrap();
    lp.run(RunMode::Once).unwrap();
    assert_eq!(calls.get(), 2);
}

#[test]
fn a_send_from_the_callback_is_another_call() {
    let lp = Loop::new().unwrap();
    let sender: Rc<RefCell<Option<AsyncSender>>> = Rc::default();
    let mut left = 3;
    let handle = Async::new(&lp, {
        let sender = sender.clone();
        move |lp, me| {
            left -= 1;
            match left {
                0 => me.close(lp).unwrap(),
                _ => sender.borrow().as_ref().unwrap().send().unwrap(),
            }
        }
    });
    *sender.borrow_mut() = Some(handle.sender(&lp).unwrap());
    sender.borrow().as_ref().unwrap().send().unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
}

#[test]
fn a_wake_up_for_mail_that_was_met_in_memory_ends_no_later_wait() {
    let lp = Loop::builder().clock(ManualClock::new_auto()).build().unwrap();
    let calls = Rc::new(Cell::new(0));
    let counter = calls.clone();
    let handle = Async::new(&lp, move |_, _| counter.set(counter.get() + 1));
    handle.unref(&lp).unwrap();
    let sender = handle.sender(&lp).unwrap();
    let ms = Duration::from_millis;
    // The loop has waited for this timer, so that the send is told the kernel.
    Timer::new(&lp).start(&lp, ms(10), ms(0), move |_, _| sender.send().unwrap()).unwrap();
    Timer::new(&lp).start(&lp, ms(20), ms(0), |_, _| {}).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!((calls.get(), lp.now()), (1, 20));
    assert_eq!(lp.metrics().loop_count, 3, "two waits, and between them the turn that has called back");
}

#[test]
fn only_the_woken_are_called_and_in_the_order_of_their_sends() {
    let lp = Loop::new().unwrap();
    let called = Rc::new(RefCell::new(Vec::new()));
    let senders: Vec<_> = (0..1000)
        .map(|number| {
            let called = called.clone();
            Async::new(&lp, move |_, _| called.borrow_mut().push(number)).sender(&lp).unwrap()
        })
        .collect();
    for number in [700, 3, 999] {
        senders[number].send().unwrap();
    }
    lp.run(RunMode::Once).unwrap();
    assert_eq!(*called.borrow(), [700, 3, 999]);
}

#[test]
fn sends_to_what_is_gone_are_errors() {
    let lp = Loop::new().unwrap();
    let handle = Async::new(&lp, |_, _| unreachable!());
    let sender = handle.sender(&lp).unwrap();
    // This one is on its way when the handle closes: it is forgotten.
    sender.send().unwrap();
    handle.close(&lp).unwrap();
    assert_eq!(sender.send(), Err(Error::EBADF));
    assert_eq!(handle.sender(&lp).unwrap_err(), Error::EINVAL);
    lp.run(RunMode::Default).unwrap();
    assert_eq!(handle.sender(&lp).unwrap_err(), Error::EBADF);

    // The slot is used again: the old sender still means the old handle.
    let next = Async::new(&lp, |_, _| unreachable!());
    assert_eq!(sender.send(), Err(Error::EBADF));
    lp.run(RunMode::NoWait).unwrap();

    // A loop that goes with mail still in it, and one that goes without.
    let pending = next.sender(&lp).unwrap();
    let idle = Async::new(&lp, |_, _| unreachable!()).sender(&lp).unwrap();
    pending.send().unwrap();
    drop(lp);
    for sender in [&pending, &pending, &idle, &idle] {
        assert_eq!(sender.send(), Err(Error::EBADF));
    }
}

#[test]
fn an_unreferenced_handle_does_not_hold_the_loop() {
    let lp = Loop::new().unwrap();
    let handle = Async::new(&lp, |_, _| {});
    handle.unref(&lp).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
}

#[test]
fn no_send_is_lost_while_threads_send_and_the_loop_runs() {
    const THREADS: usize = 4;
    const HANDLES: usize = 3;
    const SENDS: u64 = 20_000;
    let lp = Loop::new().unwrap();
    // What each thread has done, told by a relaxed store and a send alone.
    let done: Arc<[[AtomicU64; HANDLES]; THREADS]> = Arc::default();
    let open = Rc::new(Cell::new(HANDLES));
    let senders: Vec<_> = (0..HANDLES)
        .map(|number| {
            let (done, open) = (done.clone(), open.clone());
            Async::new(&lp, move |lp, me| {
                let finished = |of: &[AtomicU64; HANDLES]| of[number].load(Ordering::Relaxed) == SENDS;
                if done.iter().all(finished) {
                    open.set(open.get() - 1);
                    me.close(lp).unwrap();
                }
            })
            .sender(&lp)
            .unwrap()
        })
        .collect();
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let (done, senders) = (done.clone(), senders.clone());
            thread::spawn(move || {
                for count in 1..=SENDS {
                    for (number, sender) in senders.iter().enumerate() {
                        done[thread][number].store(count, Ordering::Relaxed);
                        // Closed only once all have sent all of theirs.
                        sender.send().unwrap();
                    }
                }
            })
        })
        .collect();
    // A last send that is not seen leaves this waiting for ever.
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(open.get(), 0);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn threads_may_send_while_handles_and_loops_come_and_go() {
    for round in 0..200 {
        let lp = Loop::new().unwrap();
        let seen = Arc::new(AtomicUsize::new(0));
        let handle = {
            let seen = seen.clone();
            Async::new(&lp, move |_, _| {
                seen.fetch_add(1, Ordering::Relaxed);
            })
        };
        let go = Arc::new(Barrier::new(3));
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let (sender, go) = (handle.sender(&lp).unwrap(), go.clone());
                thread::spawn(move || {
                    go.wait();
                    let mut sent = 0;
                    while sender.send() == Ok(()) {
                        sent += 1;
                    }
                    assert_eq!(sender.send(), Err(Error::EBADF));
                    sent
                })
            })
            .collect();
        go.wait();
        lp.run(RunMode::Once).unwrap();
        if round % 2 == 0 {
            handle.close(&lp).unwrap();
            assert!(!lp.run(RunMode::Default).unwrap());
        } else {
            drop(lp);
        }
        let sent: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
        assert!(seen.load(Ordering::Relaxed) <= sent && sent > 0);
    }
}

#[test]
fn an_idle_loop_is_woken_out_of_its_wait() {
    let lp = Loop::new().unwrap();
    let flag = Arc::new(AtomicBool::new(false));
    let handle = {
        let flag = flag.clone();
        Async::new(&lp, move |lp, me| {
            assert!(flag.load(Ordering::Relaxed));
            me.close(lp).unwrap();
        })
    };
    let sender = handle.sender(&lp).unwrap();
    let polled = Rc::new(Cell::new(false));
    Idle::new(&lp)
        .start(&lp, {
            let polled = polled.clone();
            move |lp, idle| {
                polled.set(true);
                idle.stop(lp).unwrap();
            }
        })
        .unwrap();
    lp.run(RunMode::NoWait).unwrap();
    assert!(polled.get());
    let thread = thread::spawn(move || {
        thread::sleep(std::time::Duration::from_millis(20));
        flag.store(true, Ordering::Relaxed);
        sender.send().unwrap();
    });
    assert!(!lp.run(RunMode::Default).unwrap());
    thread.join().unwrap();
}

/// How many waits without end there are while a thread sends, is called back, and sends again some time later.
fn waits(looks_for_mail: u32) -> usize {
    struct Waits(Cell<usize>);
    impl Observer for Waits {
        fn wait_begin(&self, _: &Loop, timeout: Option<Duration>) {
            self.0.set(self.0.get() + usize::from(timeout.is_none()));
        }
    }
    let waits = Rc::new(Waits(Cell::new(0)));
    let lp = Loop::builder().observer(waits.clone()).looks_for_mail(looks_for_mail).build().unwrap();
    let (answer, answered) = mpsc::channel();
    let mut calls = 0;
    let handle = Async::new(&lp, move |lp, me| {
        calls += 1;
        answer.send(()).unwrap();
        if calls == 2 {
            me.close(lp).unwrap();
        }
    });
    let sender = handle.sender(&lp).unwrap();
    let thread = thread::spawn(move || {
        for _ in 0..2 {
            thread::sleep(Duration::from_millis(20));
            sender.send().unwrap();
            answered.recv().unwrap();
        }
    });
    lp.run(RunMode::Default).unwrap();
    thread.join().unwrap();
    waits.0.get()
}

#[test]
fn a_loop_that_was_sent_to_looks_for_more_before_it_waits() {
    assert_eq!(waits(0), 2);
    let is_alone = uv_sys::os::usable_processors() == 1;
    assert_eq!(waits(u32::MAX), if is_alone { 2 } else { 1 });
}
