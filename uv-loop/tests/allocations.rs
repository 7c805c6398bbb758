//! In the steady state an event costs no heap allocation, and what handles take is given back.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use uv_loop::{Async, AsyncSender, Check, Handle, Idle, Loop, ManualClock, Prepare, RunMode, Timer};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + usize::from(bytes > 0)));
    let _ = BYTES.try_with(|live| live.set(live.get() + bytes));
}

// SAFETY: everything is the system allocator's; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promise is handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller's promise is handed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations_of(act: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.get();
    act();
    ALLOCATIONS.get() - before
}

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
    let start = BYTES.get();
    round();
    let after_one = BYTES.get();
    // A slot and a place in the heap of timers stay for each handle that there was at once; its callback's 128 bytes don't.
    assert!(after_one - start < 10_000 * 250, "{} bytes", after_one - start);
    round();
    round();
    assert_eq!(BYTES.get(), after_one);
    drop(lp);
    assert!(BYTES.get() <= start);
}
