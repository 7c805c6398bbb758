//! A static library that has Rust's standard library in itself, as `libuv.a` has.

use std::ffi::c_int;
use std::panic;
use std::thread;

/// 1 if a panic of this thread is caught, and one of another thread.
#[unsafe(no_mangle)]
pub extern "C" fn other_catches(zero: c_int) -> c_int {
    panic::set_hook(Box::new(|_| {}));
    let here = panic::catch_unwind(|| 1 / zero);
    let there = thread::spawn(move || 1 / zero).join();
    (here.is_err() && there.is_err()).into()
}
