//! What is promised to allocate nothing does not.

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::time::Duration;

use uv_sys::signal::{SIGUSR1, Signals};
use uv_sys::{Events, Interest, Poller, os};
use uv_testing::{Counting, count_allocations};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    let (mut reader, mut writer) = io::pipe().unwrap();
    let (_other, writable) = io::pipe().unwrap();
    let poller = Poller::new().unwrap();
    let signals = Signals::new().unwrap();
    poller.add(reader.as_fd(), 1, Interest::READABLE).unwrap();
    poller.add(writable.as_fd(), 2, Interest::NONE).unwrap();
    poller.add(signals.as_fd(), 3, Interest::READABLE).unwrap();
    (0..3).for_each(|key| signals.start(key, SIGUSR1).unwrap());
    let waker = poller.waker();
    let mut events = Events::with_capacity(64);

    let mut turn = || {
        writer.write_all(b"x").unwrap();
        poller.modify(writable.as_fd(), 2, Interest::WRITABLE).unwrap();
        waker.wake();
        assert_eq!(poller.wait(&mut events, None).unwrap(), 2);
        assert!(events.woken() && events.iter().count() == 2);
        poller.modify(writable.as_fd(), 2, Interest::NONE).unwrap();
        reader.read_exact(&mut [0]).unwrap();
        poller.wait(&mut events, Some(Duration::from_micros(10))).unwrap();

        os::kill(os::pid(), SIGUSR1).unwrap();
        poller.wait(&mut events, None).unwrap();
        let mut told = 0;
        while let Some(delivery) = signals.read().unwrap() {
            assert_eq!(delivery.key, told);
            told += 1;
        }
        assert_eq!(told, 3);
    };
    (0..10).for_each(|_| turn());
    let before = count_allocations();
    (0..1000).for_each(|_| turn());
    let allocations = count_allocations() - before;
    assert_eq!(allocations, 0, "in 1000 turns");
    println!("1000 turns without an allocation ... ok");
}
