//! Timeouts, signals and wake-ups. No test has an upper limit of time: a lost wake-up or a wait that
//! starts over hangs.

use std::ffi::c_int;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::thread::{JoinHandleExt, RawPthread};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use uv_sys::{Events, Interest, Poller, Waker};

unsafe extern "C" {
    fn signal(signal: c_int, handler: extern "C" fn(c_int)) -> usize;
    fn pthread_kill(thread: RawPthread, signal: c_int) -> c_int;
}

const SIGUSR1: c_int = rustix::process::Signal::USR1.as_raw();
const SIGUSR2: c_int = rustix::process::Signal::USR2.as_raw();

fn handle(number: c_int, handler: extern "C" fn(c_int)) {
    // SAFETY: the handlers of this file use atomics and `Waker::wake` alone, which is async-signal-safe.
    unsafe { signal(number, handler) };
}

fn interrupt<T>(thread: &thread::JoinHandle<T>, number: c_int) {
    // SAFETY: the thread has not been joined, so its id is valid. If it has ended, nothing happens.
    unsafe { pthread_kill(thread.as_pthread_t(), number) };
}

static INTERRUPTIONS: AtomicUsize = AtomicUsize::new(0);

extern "C" fn count(_: c_int) {
    INTERRUPTIONS.fetch_add(1, Ordering::Relaxed);
}

#[test]
fn no_timeout_ends_early() {
    let poller = Poller::new().unwrap();
    let mut events = Events::with_capacity(8);
    for microseconds in [1, 50, 250, 999, 1000, 1001, 1500, 3000, 12_345] {
        let timeout = Duration::from_micros(microseconds);
        let start = Instant::now();
        assert_eq!(poller.wait(&mut events, Some(timeout)).unwrap(), 0);
        assert!(start.elapsed() >= timeout);
        assert!(!events.woken());
    }
    assert_eq!(poller.wait(&mut events, Some(Duration::ZERO)).unwrap(), 0);
}

#[test]
fn an_event_ends_even_the_longest_timeout() {
    let (_reader, writer) = io::pipe().unwrap();
    let poller = Poller::new().unwrap();
    poller.add(writer.as_fd(), 1, Interest::WRITABLE).unwrap();
    let mut events = Events::with_capacity(8);
    let long = [
        Duration::MAX,
        Duration::from_secs(u64::MAX),
        Duration::from_secs(i64::MAX as u64),
        Duration::from_millis(i32::MAX as u64 + 1),
        Duration::from_nanos(u64::MAX),
    ];
    for timeout in long {
        assert_eq!(poller.wait(&mut events, Some(timeout)).unwrap(), 1);
    }

    poller.delete(writer.as_fd()).unwrap();
    for timeout in long {
        let waker = poller.waker();
        let thread = thread::spawn(move || {
            thread::sleep(Duration::from_millis(2));
            waker.wake();
        });
        assert_eq!(poller.wait(&mut events, Some(timeout)).unwrap(), 0);
        assert!(events.woken());
        thread.join().unwrap();
    }
}

/// A wait that started over at each signal would never end here.
#[test]
fn signals_do_not_change_a_timeout() {
    handle(SIGUSR1, count);
    let timeout = Duration::from_millis(40);
    let waiting = thread::spawn(move || {
        let poller = Poller::new().unwrap();
        let start = Instant::now();
        let count = poller.wait(&mut Events::with_capacity(8), Some(timeout)).unwrap();
        (count, start.elapsed())
    });
    while !waiting.is_finished() {
        interrupt(&waiting, SIGUSR1);
        thread::sleep(Duration::from_millis(1));
    }
    let (count, elapsed) = waiting.join().unwrap();
    assert_eq!(count, 0);
    assert!(elapsed >= timeout);
    assert!(INTERRUPTIONS.load(Ordering::Relaxed) > 0);
}

#[test]
fn signals_do_not_end_a_wait_without_timeout() {
    handle(SIGUSR1, count);
    let (reader, mut writer) = io::pipe().unwrap();
    let waiting = thread::spawn(move || {
        let poller = Poller::new().unwrap();
        poller.add(reader.as_fd(), 4, Interest::READABLE).unwrap();
        let mut events = Events::with_capacity(8);
        let count = poller.wait(&mut events, None).unwrap();
        (count, events.iter().next().map(|event| event.key))
    });
    for _ in 0..10 {
        interrupt(&waiting, SIGUSR1);
        thread::sleep(Duration::from_millis(1));
    }
    assert!(!waiting.is_finished());
    writer.write_all(b"x").unwrap();
    assert_eq!(waiting.join().unwrap(), (1, Some(4)));
}

static SIGNAL_WAKER: OnceLock<Waker> = OnceLock::new();

extern "C" fn wake(_: c_int) {
    if let Some(waker) = SIGNAL_WAKER.get() {
        waker.wake();
    }
}

#[test]
fn a_signal_handler_can_wake() {
    handle(SIGUSR2, wake);
    let waiting = thread::spawn(|| {
        let poller = Poller::new().unwrap();
        SIGNAL_WAKER.set(poller.waker()).unwrap();
        let mut events = Events::with_capacity(8);
        poller.wait(&mut events, None).unwrap();
        events.woken()
    });
    while SIGNAL_WAKER.get().is_none() {
        thread::yield_now();
    }
    interrupt(&waiting, SIGUSR2);
    assert!(waiting.join().unwrap());
}

#[test]
fn wake_ups_before_a_wait_are_one() {
    let poller = Poller::new().unwrap();
    let mut events = Events::with_capacity(8);
    for _ in 0..3 {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let waker = poller.waker();
                thread::spawn(move || (0..1000).for_each(|_| waker.wake()))
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(poller.wait(&mut events, None).unwrap(), 0);
        assert!(events.woken());

        let start = Instant::now();
        let timeout = Duration::from_millis(3);
        assert_eq!(poller.wait(&mut events, Some(timeout)).unwrap(), 0);
        assert!(!events.woken() && start.elapsed() >= timeout);
    }
}

/// Each thread counts what it did without any ordering of its own, then wakes.
#[test]
fn no_wake_up_is_lost() {
    const THREADS: usize = 4;
    const EACH: usize = 5000;
    static DONE: [AtomicUsize; THREADS] = [const { AtomicUsize::new(0) }; THREADS];

    let (_reader, writer) = io::pipe().unwrap();
    let poller = Poller::new().unwrap();
    let threads: Vec<_> = (0..THREADS)
        .map(|index| {
            let waker = poller.waker();
            thread::spawn(move || {
                for turn in 1..=EACH {
                    DONE[index].store(turn, Ordering::Relaxed);
                    waker.wake();
                    if turn % 64 == index {
                        thread::yield_now();
                    }
                }
            })
        })
        .collect();

    let mut events = Events::with_capacity(2);
    let mut wake_ups = 0;
    let mut seen = 0;
    let mut watched = false;
    while seen < THREADS * EACH {
        // Now and then an event ends the wait and not the notification.
        if watched {
            poller.delete(writer.as_fd()).unwrap();
        } else if wake_ups % 3 == 0 {
            poller.add(writer.as_fd(), 1, Interest::WRITABLE).unwrap();
        }
        watched = !watched && wake_ups % 3 == 0;
        poller.wait(&mut events, None).unwrap();
        if events.woken() {
            wake_ups += 1;
            seen = DONE.iter().map(|done| done.load(Ordering::Relaxed)).sum();
        }
    }
    assert!(wake_ups <= THREADS * EACH);
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn a_waker_outlives_its_poller() {
    let poller = Poller::new().unwrap();
    let waker = poller.waker();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                waker.wake();
            }
        });
        let mut events = Events::with_capacity(8);
        poller.wait(&mut events, None).unwrap();
        assert!(events.woken());
        drop(poller);
        // Another poller may get the descriptors' numbers; the waker must not reach it.
        let other = Poller::new().unwrap();
        let timeout = Duration::from_millis(5);
        assert_eq!(other.wait(&mut events, Some(timeout)).unwrap(), 0);
        assert!(!events.woken());
        stop.store(true, Ordering::Relaxed);
    });
    waker.clone().wake();
    assert!(format!("{waker:?}").starts_with("Waker"));
}

#[derive(Clone, Debug)]
enum Step {
    Wake(usize),
    Wait,
    Write,
    Drain,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![(1usize..4).prop_map(Step::Wake), Just(Step::Wait), Just(Step::Write), Just(Step::Drain),]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Wake-ups and events, in any order, end the next wait and no other.
    #[test]
    fn wake_ups_follow_the_model(steps in prop::collection::vec(step(), 1..40)) {
        let (reader, mut writer) = io::pipe().unwrap();
        let poller = Poller::new().unwrap();
        poller.add(reader.as_fd(), 1, Interest::READABLE).unwrap();
        let mut events = Events::with_capacity(4);
        let (mut pending, mut written) = (false, 0usize);
        for step in steps {
            match step {
                Step::Wake(times) => {
                    (0..times).for_each(|_| poller.waker().wake());
                    pending = true;
                }
                Step::Write => {
                    writer.write_all(b"x").unwrap();
                    written += 1;
                }
                Step::Drain if written > 0 => {
                    let mut buffer = vec![0; written];
                    io::Read::read_exact(&mut &reader, &mut buffer).unwrap();
                    written = 0;
                }
                Step::Drain => {}
                Step::Wait => {
                    // What is ready must not let the wait block.
                    let ready = pending || written > 0;
                    let timeout = (!ready).then_some(Duration::ZERO);
                    let count = poller.wait(&mut events, timeout).unwrap();
                    prop_assert_eq!(count, usize::from(written > 0));
                    prop_assert_eq!(events.woken(), pending);
                    pending = false;
                }
            }
        }
    }
}
