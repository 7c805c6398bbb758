//! libuv as its C programs use it: handles are places in memory that stay where they are. A measurement has a process
//! of its own, so that nothing is ever freed.

use std::ffi::c_int;

pub use libuv_sys2::*;

/// `count` handles or requests one behind the other, zeroed, never freed.
pub fn places<T>(count: usize) -> *mut T {
    // SAFETY: calloc of a size that is not zero.
    let places = unsafe { libc::calloc(count, size_of::<T>()) };
    assert!(!places.is_null());
    places.cast()
}

/// A loop of its own.
pub fn new_loop() -> *mut uv_loop_t {
    let lp = places(1);
    // SAFETY: there is room for a loop, and it stays there.
    ok(unsafe { uv_loop_init(lp) });
    lp
}

/// `uv_run` until nothing is alive.
pub fn run(lp: *mut uv_loop_t) {
    // SAFETY: loops come from `new_loop`, and are run by one thread.
    ok(unsafe { uv_run(lp, uv_run_mode_UV_RUN_DEFAULT) });
}

/// C's `ASSERT_OK`.
pub fn ok(status: c_int) {
    assert_eq!(status, 0);
}
