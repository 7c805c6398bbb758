//! Loops in the child of a fork. A program of its own, because each case wants to say which threads there are when it
//! forks.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Waker;
use std::time::Duration;

use uv_loop::{Async, AsyncSender, Handle, Interest, JobError, JoinHandle, Loop, Poll, Pool, RunMode, Signal, Timer};
use uv_testing::fork;

fn main() {
    let cases: [(&str, fn()); 9] = [
        ("descriptors are watched by both", descriptors_are_watched_by_both),
        ("sends reach the loop of the process", sends_reach_the_loop_of_the_process),
        ("a fork in the midst of sends", a_fork_in_the_midst_of_sends),
        ("a fork in the midst of wakes", a_fork_in_the_midst_of_wakes),
        ("work that was queued is canceled", work_that_was_queued_is_canceled),
        ("timers go on", timers_go_on),
        ("signals of the child are its own", signals_of_the_child),
        ("a fork inside a callback", a_fork_inside_a_callback),
        ("a child's child", a_childs_child),
    ];
    for (name, case) in cases {
        case();
        println!("{name} ... ok");
    }
}

/// A watched pipe; reads one byte an event and counts.
fn counting_pipe(lp: &Loop) -> (Poll, io::PipeWriter, Rc<Cell<u32>>) {
    let (reader, writer) = io::pipe().unwrap();
    let poll = Poll::new(lp, reader.try_clone().unwrap()).unwrap();
    let count = Rc::new(Cell::new(0));
    let (counter, reader) = (count.clone(), RefCell::new(reader));
    poll.start(lp, Interest::READABLE, move |_, _, result| {
        assert!(result.unwrap().contains(Interest::READABLE));
        reader.borrow_mut().read_exact(&mut [0]).unwrap();
        counter.set(counter.get() + 1);
    })
    .unwrap();
    (poll, writer, count)
}

fn descriptors_are_watched_by_both() {
    let lp = Loop::new().unwrap();
    let (poll, mut writer, count) = counting_pipe(&lp);
    lp.run(RunMode::NoWait).unwrap();
    fork(|| {
        lp.fork().unwrap();
        writer.write_all(b"!").unwrap();
        lp.run(RunMode::Once).unwrap();
        assert_eq!(count.get(), 1);
        // What the child does to its set is not felt in the parent's.
        poll.close(&lp).unwrap();
        assert!(!lp.run(RunMode::Default).unwrap());
    });
    (&writer).write_all(b"!").unwrap();
    lp.run(RunMode::Once).unwrap();
    assert_eq!(count.get(), 1);
}

fn counting_async(lp: &Loop) -> (Async, AsyncSender, Rc<Cell<u32>>) {
    let count = Rc::new(Cell::new(0));
    let counter = count.clone();
    let wakeup = Async::new(lp, move |_, _| counter.set(counter.get() + 1));
    let sender = wakeup.sender(lp).unwrap();
    (wakeup, sender, count)
}

fn sends_reach_the_loop_of_the_process() {
    let lp = Loop::new().unwrap();
    let (_, sender, count) = counting_async(&lp);
    lp.run(RunMode::NoWait).unwrap();
    fork(|| {
        lp.fork().unwrap();
        let in_thread = sender.clone();
        let thread = std::thread::spawn(move || in_thread.send().unwrap());
        lp.run(RunMode::Once).unwrap();
        thread.join().unwrap();
        assert_eq!(count.get(), 1);
    });
    lp.run(RunMode::NoWait).unwrap();
    assert_eq!(count.get(), 0, "the child's send was the child's");

    // Sent before the fork, it is there in both.
    sender.send().unwrap();
    fork(|| {
        lp.fork().unwrap();
        lp.run(RunMode::Once).unwrap();
        assert_eq!(count.get(), 1);
    });
    lp.run(RunMode::Once).unwrap();
    assert_eq!(count.get(), 1);
}

fn a_fork_in_the_midst_of_sends() {
    let lp = Loop::new().unwrap();
    let (wakeup, sender, count) = counting_async(&lp);
    let ends = Arc::new(AtomicBool::new(false));
    let threads: Vec<_> = (0..3)
        .map(|_| {
            let (sender, ends) = (sender.clone(), ends.clone());
            std::thread::spawn(move || {
                while !ends.load(Ordering::Relaxed) {
                    sender.send().unwrap();
                }
            })
        })
        .collect();
    for _ in 0..30 {
        lp.run(RunMode::NoWait).unwrap();
        fork(|| {
            lp.fork().unwrap();
            lp.run(RunMode::NoWait).unwrap();
            // No thread sends here, and no address is left pending for ever.
            for before in count.get()..count.get() + 3 {
                sender.send().unwrap();
                lp.run(RunMode::Once).unwrap();
                assert_eq!(count.get(), before + 1);
            }
            wakeup.close(&lp).unwrap();
            assert!(!lp.run(RunMode::Default).unwrap());
        });
    }
    ends.store(true, Ordering::Relaxed);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

fn a_fork_in_the_midst_of_wakes() {
    /// So many that threads are busy with them for a while.
    const TASKS: usize = 2000;
    let lp = Loop::new().unwrap();
    let counts = Rc::new(RefCell::new(vec![0; TASKS]));
    let wakers: Rc<RefCell<Vec<Waker>>> = Rc::default();
    let spawn = |number: usize| {
        let (counts, wakers) = (counts.clone(), wakers.clone());
        lp.spawn_local(poll_fn::<(), _>(move |context| {
            counts.borrow_mut()[number] += 1;
            if wakers.borrow().len() == number {
                wakers.borrow_mut().push(context.waker().clone());
            }
            std::task::Poll::Pending
        }))
    };
    let tasks: Vec<_> = (0..TASKS).map(spawn).collect();
    lp.run(RunMode::NoWait).unwrap();
    let wakers = Arc::new(wakers.take());

    let ends = Arc::new(AtomicBool::new(false));
    let threads: Vec<_> = (0..3)
        .map(|_| {
            let (wakers, ends) = (wakers.clone(), ends.clone());
            std::thread::spawn(move || {
                while !ends.load(Ordering::Relaxed) {
                    wakers.iter().for_each(Waker::wake_by_ref);
                }
            })
        })
        .collect();
    for _ in 0..30 {
        lp.run(RunMode::NoWait).unwrap();
        fork(|| {
            lp.fork().unwrap();
            lp.run(RunMode::NoWait).unwrap();
            for _ in 0..2 {
                let expected: Vec<_> = counts.borrow().iter().map(|count| count + 1).collect();
                wakers.iter().for_each(Waker::wake_by_ref);
                lp.run(RunMode::Once).unwrap();
                assert_eq!(*counts.borrow(), expected);
            }
            assert_eq!(lp.block_on(async { 7 }), Ok(7));
            tasks.iter().for_each(JoinHandle::abort);
            assert!(!lp.run(RunMode::Default).unwrap());
        });
    }
    ends.store(true, Ordering::Relaxed);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

fn work_that_was_queued_is_canceled() {
    let lp = Loop::builder().pool(Pool::builder().threads(1).build().unwrap()).build().unwrap();
    let (hold, held) = std::sync::mpsc::channel::<()>();
    let (started, starts) = std::sync::mpsc::channel();
    let answers: Rc<RefCell<Vec<Result<i32, JobError>>>> = Rc::default();
    let log = || {
        let answers = answers.clone();
        move |_: &Loop, answer: Result<i32, JobError>| answers.borrow_mut().push(answer)
    };
    lp.queue_work(
        move || {
            started.send(()).unwrap();
            let _ = held.recv();
            1
        },
        log(),
    );
    lp.queue_work(|| 2, log());
    starts.recv().unwrap();
    fork(|| {
        lp.fork().unwrap();
        lp.queue_work(|| 3, log());
        assert!(!lp.run(RunMode::Default).unwrap());
        let answers: Vec<_> = answers.take().into_iter().map(Result::ok).collect();
        assert_eq!(answers, [None, None, Some(3)]);
    });
    drop(hold);
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(answers.take().into_iter().map(Result::unwrap).collect::<Vec<_>>(), [1, 2]);
}

fn timers_go_on() {
    let lp = Loop::new().unwrap();
    let calls = Rc::new(Cell::new(0));
    let counter = calls.clone();
    Timer::new(&lp)
        .start(&lp, Duration::from_millis(1), Duration::from_millis(1), move |lp, timer| {
            counter.set(counter.get() + 1);
            if counter.get() == 3 {
                timer.close(lp).unwrap();
            }
        })
        .unwrap();
    fork(|| {
        lp.fork().unwrap();
        assert!(!lp.run(RunMode::Default).unwrap());
        assert_eq!(calls.get(), 3);
    });
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(calls.get(), 3);
}

fn signals_of_the_child() {
    let lp = Loop::new().unwrap();
    let calls = Rc::new(Cell::new(0));
    let counter = calls.clone();
    let signal = Signal::new(&lp);
    signal.start(&lp, libc::SIGUSR1, move |_, _, _| counter.set(counter.get() + 1)).unwrap();
    fork(|| {
        lp.fork().unwrap();
        // SAFETY: the handler that is set for it is the loop's.
        assert_eq!(unsafe { libc::raise(libc::SIGUSR1) }, 0);
        lp.run(RunMode::Once).unwrap();
        assert_eq!(calls.get(), 1);
    });
    lp.run(RunMode::NoWait).unwrap();
    assert_eq!(calls.get(), 0);
    // SAFETY: as above.
    assert_eq!(unsafe { libc::raise(libc::SIGUSR1) }, 0);
    lp.run(RunMode::Once).unwrap();
    assert_eq!(calls.get(), 1);
    signal.close(&lp).unwrap();
    lp.run(RunMode::Default).unwrap();
}

fn a_fork_inside_a_callback() {
    let lp = Loop::new().unwrap();
    let (poll, mut writer, count) = counting_pipe(&lp);
    let seen = count.clone();
    Timer::new(&lp)
        .start(&lp, Duration::ZERO, Duration::ZERO, move |lp, _| {
            fork(|| {
                lp.fork().unwrap();
                let handle = lp.handle();
                assert_eq!(handle.with(|lp| lp.alive()), Ok(true));
            });
        })
        .unwrap();
    writer.write_all(b"!").unwrap();
    lp.run(RunMode::Once).unwrap();
    assert_eq!(seen.get(), 1);
    poll.close(&lp).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
}

fn a_childs_child() {
    let lp = Loop::new().unwrap();
    let (_, mut writer, count) = counting_pipe(&lp);
    fork(|| {
        lp.fork().unwrap();
        fork(|| {
            lp.fork().unwrap();
            writer.write_all(b"!").unwrap();
            lp.run(RunMode::Once).unwrap();
            assert_eq!(count.get(), 1);
        });
        lp.run(RunMode::NoWait).unwrap();
        assert_eq!(count.get(), 0);
    });
}
