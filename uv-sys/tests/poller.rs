//! Readiness, registration and its errors, on whichever backend is built.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};

use rustix::net::{SendFlags, send};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use uv_sys::{Error, Event, Events, Interest, Poller, Waker};

/// What is ready now.
fn ready(poller: &Poller) -> Vec<Event> {
    let mut events = Events::with_capacity(64);
    let count = poller.wait(&mut events, Some(Duration::ZERO)).unwrap();
    assert_eq!(count, events.len());
    assert_eq!(count == 0, events.is_empty());
    assert!(!events.woken());
    events.iter().collect()
}

fn keys(poller: &Poller) -> BTreeSet<usize> {
    ready(poller).iter().map(|event| event.key).collect()
}

#[test]
fn a_pipe_is_readable_as_long_as_it_has_data() {
    let (mut reader, mut writer) = io::pipe().unwrap();
    let poller = Poller::new().unwrap();
    poller.add(reader.as_fd(), 5, Interest::READABLE).unwrap();
    assert_eq!(ready(&poller), []);

    writer.write_all(b"ab").unwrap();
    for _ in 0..3 {
        let [event] = ready(&poller)[..] else { panic!("level-triggered: reported by every wait") };
        assert!(event.key == 5 && event.readable);
        assert!(!event.writable && !event.priority && !event.error && !event.hangup);
    }
    reader.read_exact(&mut [0]).unwrap();
    assert_eq!(keys(&poller), [5].into());
    reader.read_exact(&mut [0]).unwrap();
    assert_eq!(ready(&poller), []);
}

#[test]
fn one_event_has_all_conditions() {
    let (socket, mut peer) = UnixStream::pair().unwrap();
    let poller = Poller::new().unwrap();
    let both = Interest::READABLE | Interest::WRITABLE;
    poller.add(socket.as_fd(), 1, both).unwrap();
    let [event] = ready(&poller)[..] else { panic!("one event") };
    assert!(event.writable && !event.readable);

    peer.write_all(b"x").unwrap();
    let [event] = ready(&poller)[..] else { panic!("one event") };
    assert!(event.writable && event.readable);
}

#[test]
fn modify_changes_key_and_interest() {
    let (socket, mut peer) = UnixStream::pair().unwrap();
    peer.write_all(b"x").unwrap();
    let poller = Poller::new().unwrap();
    poller.add(socket.as_fd(), 1, Interest::NONE).unwrap();
    assert_eq!(ready(&poller), []);

    poller.modify(socket.as_fd(), 2, Interest::READABLE).unwrap();
    let [event] = ready(&poller)[..] else { panic!("one event") };
    assert!(event.key == 2 && event.readable && !event.writable);

    poller.modify(socket.as_fd(), 3, Interest::WRITABLE).unwrap();
    let [event] = ready(&poller)[..] else { panic!("one event") };
    assert!(event.key == 3 && event.writable && !event.readable);

    poller.modify(socket.as_fd(), 3, Interest::NONE).unwrap();
    assert_eq!(ready(&poller), []);
}

#[test]
fn delete_ends_the_watch_and_allows_another() {
    let (reader, mut writer) = io::pipe().unwrap();
    writer.write_all(b"x").unwrap();
    let poller = Poller::new().unwrap();
    poller.add(reader.as_fd(), 1, Interest::READABLE).unwrap();
    poller.delete(reader.as_fd()).unwrap();
    assert_eq!(ready(&poller), []);
    poller.add(reader.as_fd(), 2, Interest::READABLE).unwrap();
    assert_eq!(keys(&poller), [2].into());
}

#[test]
fn registration_errors() {
    let (reader, _writer) = io::pipe().unwrap();
    let fd = reader.as_fd();
    let poller = Poller::new().unwrap();
    assert_eq!(poller.modify(fd, 0, Interest::NONE), Err(Error::ENOENT));
    assert_eq!(poller.delete(fd), Err(Error::ENOENT));
    assert_eq!(poller.add(fd, usize::MAX, Interest::NONE), Err(Error::EINVAL));
    poller.add(fd, usize::MAX - 1, Interest::READABLE).unwrap();
    assert_eq!(poller.add(fd, 1, Interest::READABLE), Err(Error::EEXIST));
    assert_eq!(poller.modify(fd, usize::MAX, Interest::NONE), Err(Error::EINVAL));
    poller.delete(fd).unwrap();
    assert_eq!(poller.delete(fd), Err(Error::ENOENT));
}

#[test]
fn files_cannot_be_watched() {
    let poller = Poller::new().unwrap();
    for path in [std::env::current_exe().unwrap(), "/".into()] {
        let file = File::open(path).unwrap();
        assert_eq!(poller.add(file.as_fd(), 1, Interest::READABLE), Err(Error::EPERM));
    }
}

#[test]
fn a_descriptor_that_is_not_open_is_an_error() {
    // SAFETY: the number is above every limit of this process, so it is nobody's descriptor; the
    // calls only hand it to the kernel.
    let fd = unsafe { BorrowedFd::borrow_raw(i32::MAX - 1) };
    let poller = Poller::new().unwrap();
    assert_eq!(poller.add(fd, 1, Interest::READABLE), Err(Error::EBADF));
    assert_eq!(poller.modify(fd, 1, Interest::READABLE), Err(Error::EBADF));
    assert_eq!(poller.delete(fd), Err(Error::EBADF));
}

#[test]
fn a_closed_descriptor_leaves_the_set() {
    let (reader, mut writer) = io::pipe().unwrap();
    let poller = Poller::new().unwrap();
    poller.add(reader.as_fd(), 1, Interest::READABLE).unwrap();
    writer.write_all(b"x").unwrap();
    drop(reader);
    assert_eq!(ready(&poller), []);
}

#[test]
fn hang_up_makes_both_directions_ready() {
    let (socket, peer) = UnixStream::pair().unwrap();
    let poller = Poller::new().unwrap();
    poller.add(socket.as_fd(), 1, Interest::READABLE).unwrap();
    drop(peer);
    for interest in [Interest::READABLE, Interest::WRITABLE, Interest::NONE] {
        poller.modify(socket.as_fd(), 1, interest).unwrap();
        let [event] = ready(&poller)[..] else { panic!("a hang-up is reported with {interest:?}") };
        assert!(event.hangup && event.readable && event.writable);
    }
}

#[test]
fn a_pipe_without_reader_is_an_error_on_its_write_end() {
    let (reader, writer) = io::pipe().unwrap();
    let poller = Poller::new().unwrap();
    poller.add(writer.as_fd(), 1, Interest::NONE).unwrap();
    assert_eq!(ready(&poller), []);
    drop(reader);
    let [event] = ready(&poller)[..] else { panic!("an error is reported without interest") };
    assert!(event.error && event.readable && event.writable);
}

#[test]
fn a_peer_that_writes_no_more_is_disconnected() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (mut socket, _) = listener.accept().unwrap();
    let poller = Poller::new().unwrap();
    poller.add(socket.as_fd(), 1, Interest::DISCONNECT).unwrap();
    peer.write_all(b"x").unwrap();
    assert_eq!(ready(&poller), [], "data is not asked for");

    let mut events = Events::with_capacity(4);
    peer.shutdown(Shutdown::Write).unwrap();
    for _ in 0..3 {
        assert_eq!(poller.wait(&mut events, None).unwrap(), 1);
        let event = events.iter().next().unwrap();
        assert!(event.key == 1 && event.disconnect && !event.readable && !event.writable && !event.hangup);
    }

    poller.modify(socket.as_fd(), 2, Interest::DISCONNECT | Interest::READABLE | Interest::WRITABLE).unwrap();
    let [event] = ready(&poller)[..] else { panic!("one event") };
    assert!(event.key == 2 && event.disconnect && event.readable && event.writable && !event.hangup);
    poller.modify(socket.as_fd(), 3, Interest::READABLE).unwrap();
    let [event] = ready(&poller)[..] else { panic!("one event") };
    assert!(event.key == 3 && !event.disconnect && event.readable);

    // It can still be written to.
    poller.modify(socket.as_fd(), 4, Interest::DISCONNECT).unwrap();
    socket.write_all(b"y").unwrap();
    peer.read_exact(&mut [0]).unwrap();
    let [event] = ready(&poller)[..] else { panic!("one event") };
    assert!(event.key == 4 && event.disconnect);
    poller.delete(socket.as_fd()).unwrap();
    assert_eq!(ready(&poller), []);
}

#[test]
fn a_wait_for_disconnects_has_a_timeout_and_wakes() {
    let (socket, peer) = UnixStream::pair().unwrap();
    let (other, _peer) = UnixStream::pair().unwrap();
    let poller = Poller::new().unwrap();
    poller.add(socket.as_fd(), 1, Interest::DISCONNECT).unwrap();
    poller.add(other.as_fd(), 2, Interest::READABLE).unwrap();
    let mut events = Events::with_capacity(4);
    let timeout = Duration::from_micros(1500);
    let start = Instant::now();
    assert_eq!(poller.wait(&mut events, Some(timeout)).unwrap(), 0);
    assert!(start.elapsed() >= timeout && !events.woken());

    let waker = poller.waker();
    let thread = thread::spawn(move || waker.wake());
    assert_eq!(poller.wait(&mut events, None).unwrap(), 0);
    assert!(events.woken());
    thread.join().unwrap();

    let thread = thread::spawn(move || peer.shutdown(Shutdown::Write).unwrap());
    assert_eq!(poller.wait(&mut events, None).unwrap(), 1);
    assert!(events.iter().all(|event| event.key == 1 && event.disconnect));
    thread.join().unwrap();

    drop(socket);
    assert_eq!(ready(&poller), [], "it has left the set");
}

#[test]
fn many_disconnects_get_through_a_small_buffer() {
    let pairs: Vec<_> = (0..6).map(|_| UnixStream::pair().unwrap()).collect();
    let poller = Poller::new().unwrap();
    for (key, (socket, _)) in pairs.iter().enumerate() {
        poller.add(socket.as_fd(), key, Interest::DISCONNECT).unwrap();
    }
    for (_, peer) in &pairs {
        peer.shutdown(Shutdown::Write).unwrap();
    }
    let mut events = Events::with_capacity(2);
    let mut left: BTreeSet<usize> = (0..pairs.len()).collect();
    while !left.is_empty() {
        assert!((1..=2).contains(&poller.wait(&mut events, None).unwrap()));
        for event in events.iter() {
            assert!(left.remove(&event.key));
            poller.delete(pairs[event.key].0.as_fd()).unwrap();
        }
    }
}

#[test]
fn a_new_set_is_empty_and_keeps_its_wakers() {
    let (reader, mut writer) = io::pipe().unwrap();
    writer.write_all(b"x").unwrap();
    let (socket, peer) = UnixStream::pair().unwrap();
    peer.shutdown(Shutdown::Write).unwrap();
    let poller = Poller::new().unwrap();
    let waker = poller.waker();
    let mut events = Events::with_capacity(4);
    for pending in [false, true, false] {
        poller.add(reader.as_fd(), 1, Interest::READABLE).unwrap();
        poller.add(socket.as_fd(), 2, Interest::DISCONNECT).unwrap();
        assert_eq!(keys(&poller), [1, 2].into());
        if pending {
            waker.wake();
        }
        poller.reinit().unwrap();
        if !pending {
            assert_eq!(ready(&poller), []);
            waker.wake();
        }
        assert_eq!(poller.wait(&mut events, None).unwrap(), 0);
        assert!(events.woken());
        assert_eq!(poller.modify(reader.as_fd(), 1, Interest::READABLE), Err(Error::ENOENT));
        assert_eq!(ready(&poller), []);
    }
}

#[test]
fn urgent_data_is_for_those_who_asked() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (socket, _) = listener.accept().unwrap();
    let poller = Poller::new().unwrap();
    poller.add(socket.as_fd(), 1, Interest::READABLE).unwrap();
    poller.modify(socket.as_fd(), 1, Interest::PRIORITY).unwrap();

    assert_eq!(send(&peer, b"!", SendFlags::OOB), Ok(1));
    let mut events = Events::with_capacity(4);
    poller.wait(&mut events, None).unwrap();
    let event = events.iter().next().unwrap();
    assert!(event.priority && !event.writable);

    poller.delete(socket.as_fd()).unwrap();
    poller.add(socket.as_fd(), 1, Interest::READABLE).unwrap();
    // `polling` itself counts urgent data as readable.
    let expected = usize::from(cfg!(uv_portable_poll));
    assert_eq!(ready(&poller).len(), expected);
    poller.modify(socket.as_fd(), 1, Interest::READABLE).unwrap();
    assert_eq!(ready(&poller).len(), expected);
}

#[test]
fn a_thousand_descriptors_keep_their_keys() {
    let limit = getrlimit(Resource::Nofile);
    let current = limit.maximum.map_or(4096, |maximum| maximum.min(4096));
    let current = Some(current);
    setrlimit(Resource::Nofile, Rlimit { current, ..limit }).unwrap();

    let pairs: Vec<_> = (0..500).map(|_| UnixStream::pair().unwrap()).collect();
    let poller = Poller::new().unwrap();
    let key = |index: usize| index.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 1;
    for (index, (left, right)) in pairs.iter().enumerate() {
        poller.add(left.as_fd(), key(2 * index), Interest::READABLE).unwrap();
        poller.add(right.as_fd(), key(2 * index + 1), Interest::READABLE).unwrap();
    }
    let mut expected = BTreeSet::new();
    for (index, (left, right)) in pairs.iter().enumerate() {
        if index % 3 != 0 {
            (&*left).write_all(b"x").unwrap();
            expected.insert(key(2 * index + 1));
        }
        if index % 5 != 0 {
            (&*right).write_all(b"x").unwrap();
            expected.insert(key(2 * index));
        }
    }
    let mut events = Events::with_capacity(1024);
    assert_eq!(poller.wait(&mut events, None).unwrap(), expected.len());
    let found: BTreeSet<usize> = events.iter().map(|event| event.key).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_small_buffer_gets_to_all_events() {
    let pipes: Vec<_> = (0..7).map(|_| io::pipe().unwrap()).collect();
    let poller = Poller::new().unwrap();
    for (key, (_, writer)) in pipes.iter().enumerate() {
        poller.add(writer.as_fd(), key, Interest::WRITABLE).unwrap();
    }
    for capacity in [0, 1, 2, 3] {
        let mut events = Events::with_capacity(capacity);
        let mut seen = BTreeSet::new();
        while seen.len() < pipes.len() {
            let count = poller.wait(&mut events, None).unwrap();
            assert!((1..=capacity.max(1)).contains(&count));
            seen.extend(events.iter().map(|event| event.key));
        }
    }
}

#[test]
fn a_wake_up_gets_through_a_small_buffer() {
    let (_reader, writer) = io::pipe().unwrap();
    let poller = Poller::new().unwrap();
    poller.add(writer.as_fd(), 1, Interest::WRITABLE).unwrap();
    let mut events = Events::with_capacity(1);
    for _ in 0..10 {
        poller.waker().wake();
        poller.wait(&mut events, None).unwrap();
        assert!(events.woken());
    }
    // What is left of the notifications ends no wait without an event.
    for _ in 0..10 {
        assert_eq!(poller.wait(&mut events, None).unwrap(), 1);
        assert!(!events.woken());
    }
}

#[test]
fn events_are_of_the_last_wait_alone() {
    let (reader, mut writer) = io::pipe().unwrap();
    let poller = Poller::new().unwrap();
    poller.add(reader.as_fd(), 1, Interest::READABLE).unwrap();
    writer.write_all(b"x").unwrap();
    poller.waker().wake();
    let mut events = Events::with_capacity(8);
    poller.wait(&mut events, None).unwrap();
    assert!(events.woken() && events.len() == 1);
    assert!(format!("{events:?}").contains("key: 1"));

    poller.delete(reader.as_fd()).unwrap();
    assert_eq!(poller.wait(&mut events, Some(Duration::ZERO)).unwrap(), 0);
    assert!(events.is_empty() && !events.woken() && events.iter().next().is_none());
}

#[test]
fn a_poller_can_be_watched_by_another() {
    let (mut reader, mut writer) = io::pipe().unwrap();
    let (outer, inner) = (Poller::new().unwrap(), Poller::new().unwrap());
    inner.add(reader.as_fd(), 1, Interest::READABLE).unwrap();
    outer.add(inner.as_fd(), 2, Interest::READABLE).unwrap();
    assert_eq!(ready(&outer), []);

    writer.write_all(b"x").unwrap();
    assert_eq!(keys(&outer), [2].into());
    assert_eq!(keys(&inner), [1].into());
    reader.read_exact(&mut [0]).unwrap();
    assert_eq!(ready(&inner), []);
    assert_eq!(ready(&outer), []);

    inner.waker().wake();
    assert_eq!(keys(&outer), [2].into());
    let mut events = Events::with_capacity(8);
    inner.wait(&mut events, None).unwrap();
    assert!(events.woken());
    assert_eq!(ready(&outer), []);
}

#[test]
fn interest_is_a_set() {
    let all = Interest::READABLE | Interest::WRITABLE | Interest::PRIORITY | Interest::DISCONNECT;
    assert_eq!(format!("{all:?}"), "READABLE | WRITABLE | PRIORITY | DISCONNECT");
    assert_eq!(format!("{:?}", Interest::default()), "NONE");
    let mut interest = Interest::NONE;
    interest |= Interest::WRITABLE;
    interest |= Interest::PRIORITY;
    interest -= Interest::WRITABLE;
    assert_eq!(interest, Interest::PRIORITY);
    assert!(all.contains(interest) && !interest.contains(all));
}

#[test]
fn what_threads_may_share() {
    fn send<T: Send>() {}
    fn sync<T: Sync>() {}
    send::<Poller>();
    send::<Events>();
    send::<Waker>();
    sync::<Waker>();
}
