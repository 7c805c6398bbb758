//! What is promised to allocate nothing does not.

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use uv_sys::signal::{SIGUSR1, Signals};
use uv_sys::{Events, Interest, Poller, os};

struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: it is the system's allocator, and counts.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

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
        assert!(!poller.take_wake());
    };
    (0..10).for_each(|_| turn());
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    (0..1000).for_each(|_| turn());
    let allocations = ALLOCATIONS.load(Ordering::Relaxed) - before;
    assert_eq!(allocations, 0, "in 1000 turns");
    println!("1000 turns without an allocation ... ok");
}
