//! Pollers and signals in the child of a fork. A program of its own, because each case wants to say which threads there
//! are when it forks.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use uv_sys::signal::{SIGUSR1, SIGUSR2, SIGWINCH, Signals};
use uv_sys::spawn::{Spawn, abandoned};
use uv_sys::{Error, Events, Forks, Interest, Poller};
use uv_testing::fork;

fn main() {
    let cases: [(&str, fn()); 13] = [
        ("a signal that meets a fork", a_signal_that_meets_a_fork),
        ("a child's signals are its own", a_childs_signals_are_its_own),
        ("what the parent has not read stays the parent's", what_the_parent_has_not_read),
        ("a child's full pipe", a_childs_full_pipe),
        ("a child that drops its signals", a_child_that_drops_its_signals),
        ("a fork among threads that change and catch", a_fork_among_threads),
        ("a child's set is its own", a_childs_set_is_its_own),
        ("a child's wakers are its own", a_childs_wakers_are_its_own),
        ("a wake-up that is pending at the fork", a_pending_wake_up),
        ("a child that drops its parent's poller", a_child_that_drops_its_parents_poller),
        ("a close after a fork", a_close_after_a_fork),
        ("closes beside a fork", closes_beside_a_fork),
        ("children that are abandoned beside a fork", abandoned_beside_a_fork),
    ];
    for (name, case) in cases {
        case();
        println!("{name} ... ok");
    }
}

/// Where forks are not counted every one may have been.
const COUNTS_FORKS: bool = cfg!(all(target_os = "linux", not(uv_portable_poll)));

fn closes(before: Forks) -> bool {
    let (reader, mut writer) = io::pipe().unwrap();
    let kept = before.close(reader.into());
    assert_eq!(writer.write(b"!").is_ok(), kept.is_some());
    kept.is_none()
}

fn a_close_after_a_fork() {
    let before = Forks::now();
    assert_eq!(closes(before), COUNTS_FORKS);
    fork(|| {
        assert!(!closes(before));
        assert_eq!(closes(Forks::now()), COUNTS_FORKS);
    });
    assert!(!closes(before));
    assert_eq!(closes(Forks::now()), COUNTS_FORKS);
}

/// A child has none of the descriptors whose close has said that nobody has them.
fn closes_beside_a_fork() {
    let ends = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !ends.load(Ordering::Relaxed) {
                let before = Forks::now();
                let (reader, mut writer) = io::pipe().unwrap();
                if before.close(reader.into()).is_none() {
                    // A child that had the reader would let this go through.
                    assert!(writer.write(b"!").is_err());
                }
            }
        });
        for _ in 0..100 {
            fork(|| thread::sleep(Duration::from_millis(1)));
        }
        ends.store(true, Ordering::Relaxed);
    });
}

fn raise(signum: i32) {
    // SAFETY: the signal is caught, or ignored by default.
    assert_eq!(unsafe { libc::raise(signum) }, 0);
}

fn read_all(signals: &Signals) -> Vec<(usize, i32)> {
    std::iter::from_fn(|| signals.read().unwrap()).map(|delivery| (delivery.key, delivery.signum)).collect()
}

fn keys(poller: &Poller) -> Vec<usize> {
    let mut events = Events::with_capacity(8);
    poller.wait(&mut events, Some(Duration::ZERO)).unwrap();
    assert!(!events.woken());
    events.iter().map(|event| event.key).collect()
}

/// The C library calls what was registered first before the others in a child, and so before the child is known to be one.
fn a_signal_that_meets_a_fork() {
    static RAISES: AtomicBool = AtomicBool::new(false);
    extern "C" fn in_child() {
        if RAISES.load(Ordering::Relaxed) {
            raise(SIGUSR1);
        }
    }
    // SAFETY: the function lives as long as the program.
    assert_eq!(unsafe { libc::pthread_atfork(None, None, Some(in_child)) }, 0);

    let signals = Signals::new().unwrap();
    signals.start(1, SIGUSR1).unwrap();
    RAISES.store(true, Ordering::Relaxed);
    fork(|| {
        signals.reinit().unwrap();
        assert_eq!(read_all(&signals), [(1, SIGUSR1)]);
    });
    RAISES.store(false, Ordering::Relaxed);
    assert_eq!(read_all(&signals), []);
    raise(SIGUSR1);
    assert_eq!(read_all(&signals), [(1, SIGUSR1)]);
}

fn a_childs_signals_are_its_own() {
    let signals = Signals::new().unwrap();
    signals.start(1, SIGUSR1).unwrap();
    signals.start(2, SIGUSR2).unwrap();
    fork(|| {
        raise(SIGUSR1);
        raise(SIGUSR2);
        raise(SIGUSR1);
        signals.reinit().unwrap();
        let poller = Poller::new().unwrap();
        poller.add(signals.as_fd(), 0, Interest::READABLE).unwrap();
        assert_eq!(keys(&poller), [0]);
        assert_eq!(read_all(&signals), [(1, SIGUSR1), (1, SIGUSR1), (2, SIGUSR2)], "by number: the order is unknown");
        raise(SIGUSR2);
        raise(SIGUSR1);
        assert_eq!(read_all(&signals), [(2, SIGUSR2), (1, SIGUSR1)]);
        // And its children's are theirs.
        fork(|| {
            raise(SIGUSR1);
            signals.reinit().unwrap();
            assert_eq!(read_all(&signals), [(1, SIGUSR1)]);
        });
        assert_eq!(read_all(&signals), []);
    });
    assert_eq!(read_all(&signals), []);
    raise(SIGUSR1);
    assert_eq!(read_all(&signals), [(1, SIGUSR1)]);
}

fn what_the_parent_has_not_read() {
    let signals = Signals::new().unwrap();
    signals.start(1, SIGUSR1).unwrap();
    signals.start(2, SIGUSR1).unwrap();
    raise(SIGUSR1);
    raise(SIGUSR1);
    assert_eq!(signals.read().unwrap().unwrap().key, 1);
    fork(|| {
        signals.reinit().unwrap();
        assert_eq!(read_all(&signals), []);
        raise(SIGUSR1);
        assert_eq!(read_all(&signals), [(1, SIGUSR1), (2, SIGUSR1)]);
    });
    assert_eq!(read_all(&signals), [(2, SIGUSR1), (1, SIGUSR1), (2, SIGUSR1)]);
}

/// What the parent counts because its pipe is full is not the child's.
fn a_childs_full_pipe() {
    let signals = Signals::new().unwrap();
    let room = rustix::pipe::fcntl_setpipe_size(&signals, 4096).unwrap() / 8;
    signals.start(1, SIGUSR1).unwrap();
    (0..room + 5).for_each(|_| raise(SIGUSR1));
    fork(|| {
        raise(SIGUSR1);
        signals.reinit().unwrap();
        assert_eq!(read_all(&signals), [(1, SIGUSR1)]);
    });
    assert_eq!(read_all(&signals).len(), room + 5);
}

fn a_child_that_drops_its_signals() {
    let signals = Signals::new().unwrap();
    signals.start(1, SIGWINCH).unwrap();
    let moved = AssertUnwindSafe(std::cell::Cell::new(Some(signals)));
    fork(|| {
        drop(moved.take());
        raise(SIGWINCH);
        let other = Signals::new().unwrap();
        other.start_oneshot(2, SIGWINCH).unwrap();
        raise(SIGWINCH);
        assert_eq!(read_all(&other), [(2, SIGWINCH)]);
    });
    let signals = moved.take().unwrap();
    assert_eq!(read_all(&signals), []);
    raise(SIGWINCH);
    assert_eq!(read_all(&signals), [(1, SIGWINCH)]);
}

/// A thread that was in the middle of a change, or of a handler, when the child was forked, would never let go.
fn a_fork_among_threads() {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for thread in 0..3 {
            let stop = &stop;
            scope.spawn(move || {
                let steady = Signals::new().unwrap();
                steady.start(0, SIGWINCH).unwrap();
                while !stop.load(Ordering::SeqCst) {
                    if thread == 0 {
                        raise(SIGWINCH);
                    } else {
                        steady.start(1, SIGWINCH).unwrap();
                        steady.start_oneshot(2, SIGUSR1).unwrap();
                        steady.stop(1);
                        steady.stop(2);
                    }
                    read_all(&steady);
                }
            });
        }
        let signals = Signals::new().unwrap();
        signals.start(7, SIGUSR2).unwrap();
        for _ in 0..100 {
            fork(|| {
                signals.reinit().unwrap();
                signals.start(8, SIGWINCH).unwrap();
                raise(SIGWINCH);
                raise(SIGUSR2);
                assert_eq!(read_all(&signals), [(8, SIGWINCH), (7, SIGUSR2)]);
                signals.stop(7);
                signals.stop(8);
            });
        }
        stop.store(true, Ordering::SeqCst);
        assert_eq!(read_all(&signals), []);
    });
}

fn a_childs_set_is_its_own() {
    let (reader, mut writer) = io::pipe().unwrap();
    let (socket, peer) = UnixStream::pair().unwrap();
    writer.write_all(b"x").unwrap();
    let poller = Poller::new().unwrap();
    poller.add(reader.as_fd(), 1, Interest::READABLE).unwrap();
    poller.add(socket.as_fd(), 2, Interest::DISCONNECT).unwrap();
    fork(|| {
        poller.reinit().unwrap();
        let signals = Signals::new().unwrap();
        signals.reinit().unwrap();
        for fd in [poller.as_fd(), signals.as_fd()] {
            assert!(rustix::io::fcntl_getfd(fd).unwrap().contains(rustix::io::FdFlags::CLOEXEC));
        }
        assert_eq!(keys(&poller), []);
        assert_eq!(poller.delete(reader.as_fd()), Err(Error::ENOENT));
        poller.add(reader.as_fd(), 3, Interest::READABLE).unwrap();
        poller.add(socket.as_fd(), 4, Interest::WRITABLE).unwrap();
        let mut found = keys(&poller);
        found.sort_unstable();
        assert_eq!(found, [3, 4]);
        poller.delete(reader.as_fd()).unwrap();
        poller.delete(socket.as_fd()).unwrap();
        let timeout = Duration::from_micros(1500);
        assert_eq!(poller.wait(&mut Events::with_capacity(1), Some(timeout)).unwrap(), 0);
    });
    assert_eq!(keys(&poller), [1]);
    drop(peer);
    let mut found = keys(&poller);
    found.sort_unstable();
    assert_eq!(found, [1, 2]);
    assert_eq!(poller.add(reader.as_fd(), 1, Interest::READABLE), Err(Error::EEXIST));
}

fn a_childs_wakers_are_its_own() {
    let poller = Poller::new().unwrap();
    let waker = poller.waker();
    let mut events = Events::with_capacity(4);
    fork(|| {
        let mut events = Events::with_capacity(4);
        poller.reinit().unwrap();
        for _ in 0..3 {
            waker.wake();
            poller.wait(&mut events, None).unwrap();
            assert!(events.woken());
            let other = waker.clone();
            let thread = thread::spawn(move || other.wake());
            poller.wait(&mut events, None).unwrap();
            assert!(events.woken());
            thread.join().unwrap();
        }
        waker.wake();
    });
    assert_eq!(keys(&poller), []);
    // A wake-up in the child would leave the parent's set readable.
    let outer = Poller::new().unwrap();
    outer.add(poller.as_fd(), 1, Interest::READABLE).unwrap();
    assert_eq!(keys(&outer), []);
    waker.wake();
    assert_eq!(keys(&outer), [1]);
    poller.wait(&mut events, None).unwrap();
    assert!(events.woken());
}

fn a_pending_wake_up() {
    let poller = Poller::new().unwrap();
    poller.waker().wake();
    let mut events = Events::with_capacity(4);
    fork(|| {
        let mut events = Events::with_capacity(4);
        poller.reinit().unwrap();
        for _ in 0..2 {
            poller.wait(&mut events, None).unwrap();
            assert!(events.woken());
            poller.waker().wake();
        }
    });
    poller.wait(&mut events, None).unwrap();
    assert!(events.woken());
}

fn a_child_that_drops_its_parents_poller() {
    let (reader, mut writer) = io::pipe().unwrap();
    let poller = Poller::new().unwrap();
    poller.add(reader.as_fd(), 1, Interest::READABLE).unwrap();
    let waker = poller.waker();
    let moved = AssertUnwindSafe(std::cell::Cell::new(Some(poller)));
    fork(|| drop(moved.take()));
    let poller = moved.take().unwrap();
    let mut events = Events::with_capacity(4);
    for _ in 0..3 {
        waker.wake();
        poller.wait(&mut events, None).unwrap();
        assert!(events.woken());
    }
    writer.write_all(b"x").unwrap();
    assert_eq!(poller.wait(&mut events, None).unwrap(), 1);
}

/// A child waits for nothing that a thread had begun which it has not got.
fn abandoned_beside_a_fork() {
    let ends = AtomicBool::new(false);
    let spawn = || Spawn::new(c"true", &[c"true"]).spawn().unwrap();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                spawn().abandon();
                while !ends.load(Ordering::Relaxed) {
                    abandoned().for_each(uv_sys::spawn::Child::abandon);
                }
            });
        }
        for _ in 0..20 {
            fork(|| {
                // Those of its parent are none that it could wait for.
                assert!(abandoned().all(|child| child.wait().is_ok()));
                let own = spawn();
                let pid = own.pid();
                own.abandon();
                let left: Vec<_> = abandoned().collect();
                assert!(left.len() == 1 && left[0].pid() == pid);
                assert!(left[0].wait().unwrap().success());
            });
        }
        ends.store(true, Ordering::Relaxed);
    });
    let left: Vec<_> = abandoned().collect();
    assert_eq!(left.len(), 2);
    assert!(left.iter().all(|child| child.wait().unwrap().success()));
}
