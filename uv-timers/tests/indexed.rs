//! An [`IndexedHeap`] as large as they get. Its random histories are beside the code.

use uv_timers::IndexedHeap;

const COUNT: u32 = 1_000_000;

/// A multiplication by an odd number modulo a power of two scatters the times; the remainder makes equals.
fn scattered(id: u32) -> u64 {
    u64::from(id.wrapping_mul(0x9E37_79B1) >> 8) % 100_000
}

#[test]
fn a_million_ids_leave_in_order() {
    let mut heap = IndexedHeap::with_capacity(COUNT as usize);
    let capacity = heap.capacity();
    for id in 0..COUNT {
        assert_eq!(heap.insert(id, scattered(id)), None);
    }
    for id in (0..COUNT).step_by(3) {
        assert_eq!(heap.remove(id), Some(scattered(id)));
    }
    for id in (1..COUNT).step_by(3) {
        assert!(heap.reschedule(id, scattered(id) + 7));
    }
    let mut last = (0, false, 0);
    let mut popped = 0;
    while let Some((id, due)) = heap.pop() {
        let moved = id % 3 == 1;
        assert_ne!(id % 3, 0);
        assert_eq!(due, scattered(id) + if moved { 7 } else { 0 });
        // Among equals the ones that were rescheduled come last, each kind in order.
        assert!(last <= (due, moved, id));
        last = (due, moved, id);
        popped += 1;
    }
    assert_eq!(popped, COUNT - COUNT.div_ceil(3));
    assert_eq!(heap.capacity(), capacity);
}

#[test]
fn room_is_kept_and_used_again() {
    let mut heap = IndexedHeap::with_capacity(1_000);
    let capacity = heap.capacity();
    for round in 0..10_u64 {
        for id in 0..1_000 {
            heap.insert(id, round + u64::from(id % 7));
        }
        if round % 2 == 0 {
            heap.clear();
        } else {
            while heap.pop().is_some() {}
        }
        assert_eq!(heap.capacity(), capacity);
    }
}
