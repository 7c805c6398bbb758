use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, which counts what each thread asks for. A test makes it its `#[global_allocator]`.
#[derive(Debug)]
pub struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<isize> = const { Cell::new(0) };
}

/// How many allocations this thread has made.
pub fn count_allocations() -> usize {
    ALLOCATIONS.get()
}

/// How many allocations this thread makes in `act`.
pub fn allocations_of(act: impl FnOnce()) -> usize {
    let before = count_allocations();
    act();
    count_allocations() - before
}

/// How many bytes more this thread has allocated than freed.
pub fn live_bytes() -> isize {
    BYTES.get()
}

/// A thread that ends may allocate when its counters are gone.
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
