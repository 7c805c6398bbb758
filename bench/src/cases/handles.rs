//! What handles cost beside their work: memory, opening and closing, being walked over.

use std::hint::black_box;
use std::time::Duration;

use uv_loop::{Async, Handle, Idle, Loop, RunMode, Timer};

use crate::case::{Case, Unit};
use crate::libuv::{self, places};
use crate::support::{bytes_each, called, calls, count, cpu_nanoseconds_each};

pub fn cases() -> Vec<Case> {
    let bytes = Unit::Bytes;
    vec![
        Case::new("handles/timer-memory", bytes, timer_memory).against("libuv", libuv_timer_memory).goal(2.0),
        Case::new("handles/idle-memory", bytes, idle_memory).against("libuv", libuv_idle_memory),
        Case::new("handles/async-memory", bytes, async_memory).against("libuv", libuv_async_memory),
        Case::new("handles/open-close", Unit::CpuNanoseconds, open_close).against("libuv", libuv_open_close),
        Case::new("handles/walk", Unit::CpuNanoseconds, walk).against("libuv", libuv_walk),
    ]
}

/// Resident memory of started timers, with all that the loop holds for them.
fn timers() -> usize {
    count(5_000_000, 1_000_000)
}

fn timer_memory() -> f64 {
    let lp = Loop::new().expect("a loop");
    bytes_each(timers(), || {
        for number in 0..timers() {
            // The handle itself is an id of 12 bytes; it can be forgotten, since `walk` finds all.
            let timeout = Duration::from_millis(number as u64 + 1);
            Timer::new(&lp).start(&lp, timeout, Duration::ZERO, |_, _| _ = called()).expect("it is open");
        }
    })
}

fn libuv_timer_memory() -> f64 {
    unsafe extern "C" fn fired(_: *mut libuv::uv_timer_t) {
        called();
    }
    let lp = libuv::new_loop();
    bytes_each(timers(), || {
        let timers = places::<libuv::uv_timer_t>(self::timers());
        for number in 0..self::timers() {
            // SAFETY: there is room for as many timers, and they stay there.
            unsafe {
                libuv::ok(libuv::uv_timer_init(lp, timers.add(number)));
                libuv::ok(libuv::uv_timer_start(timers.add(number), Some(fired), number as u64 + 1, 0));
            }
        }
    })
}

fn idle_memory() -> f64 {
    let lp = Loop::new().expect("a loop");
    bytes_each(timers(), || {
        for _ in 0..timers() {
            Idle::new(&lp).start(&lp, |_, _| _ = called()).expect("it is open");
        }
    })
}

fn libuv_idle_memory() -> f64 {
    unsafe extern "C" fn turn(_: *mut libuv::uv_idle_t) {
        called();
    }
    let lp = libuv::new_loop();
    bytes_each(timers(), || {
        let handles = places::<libuv::uv_idle_t>(timers());
        for number in 0..timers() {
            // SAFETY: there is room for as many handles, and they stay there.
            unsafe {
                libuv::ok(libuv::uv_idle_init(lp, handles.add(number)));
                libuv::ok(libuv::uv_idle_start(handles.add(number), Some(turn)));
            }
        }
    })
}

/// With one sender each.
fn async_memory() -> f64 {
    let lp = Loop::new().expect("a loop");
    bytes_each(timers(), || -> Vec<_> {
        (0..timers()).map(|_| Async::new(&lp, |_, _| _ = called()).sender(&lp).expect("it is open")).collect()
    })
}

fn libuv_async_memory() -> f64 {
    unsafe extern "C" fn woken(_: *mut libuv::uv_async_t) {
        called();
    }
    let lp = libuv::new_loop();
    bytes_each(timers(), || {
        let handles = places::<libuv::uv_async_t>(timers());
        for number in 0..timers() {
            // SAFETY: there is room for as many handles, and they stay there.
            libuv::ok(unsafe { libuv::uv_async_init(lp, handles.add(number), Some(woken)) });
        }
    })
}

/// A thousand idle handles are opened, started and closed, and their close callbacks called.
const AT_ONCE: usize = 1000;

fn open_close() -> f64 {
    let lp = Loop::new().expect("a loop");
    let rounds = count(5000, 500);
    cpu_nanoseconds_each(rounds * AT_ONCE, || {
        for _ in 0..rounds {
            for _ in 0..AT_ONCE {
                let idle = Idle::new(&lp);
                idle.start(&lp, |_, _| unreachable!()).expect("it is open");
                idle.close_with(&lp, |_| _ = called()).expect("it is open");
            }
            lp.run(RunMode::Default).expect("it runs");
        }
        assert_eq!(calls(), rounds * AT_ONCE);
    })
}

fn libuv_open_close() -> f64 {
    unsafe extern "C" fn turn(_: *mut libuv::uv_idle_t) {
        unreachable!();
    }
    unsafe extern "C" fn closed(_: *mut libuv::uv_handle_t) {
        called();
    }
    let (lp, handles) = (libuv::new_loop(), places::<libuv::uv_idle_t>(AT_ONCE));
    let rounds = count(5000, 500);
    cpu_nanoseconds_each(rounds * AT_ONCE, || {
        for _ in 0..rounds {
            for number in 0..AT_ONCE {
                // SAFETY: there is room for as many handles; those of the last round are closed.
                unsafe {
                    let idle = handles.add(number);
                    libuv::ok(libuv::uv_idle_init(lp, idle));
                    libuv::ok(libuv::uv_idle_start(idle, Some(turn)));
                    libuv::uv_close(idle.cast(), Some(closed));
                }
            }
            libuv::run(lp);
        }
        assert_eq!(calls(), rounds * AT_ONCE);
    })
}

const WALKED: usize = 100_000;

fn walk() -> f64 {
    let lp = Loop::new().expect("a loop");
    (0..WALKED).for_each(|_| _ = Idle::new(&lp));
    let walks = count(100, 20);
    cpu_nanoseconds_each(walks * WALKED, || {
        for _ in 0..walks {
            lp.walk(|id, _| {
                black_box(id);
                called();
            });
        }
        assert_eq!(calls(), walks * WALKED);
    })
}

fn libuv_walk() -> f64 {
    unsafe extern "C" fn visit(handle: *mut libuv::uv_handle_t, _: *mut std::ffi::c_void) {
        black_box(handle);
        called();
    }
    let (lp, handles) = (libuv::new_loop(), places::<libuv::uv_idle_t>(WALKED));
    for number in 0..WALKED {
        // SAFETY: there is room for as many handles, and they stay there.
        libuv::ok(unsafe { libuv::uv_idle_init(lp, handles.add(number)) });
    }
    let walks = count(100, 20);
    cpu_nanoseconds_each(walks * WALKED, || {
        for _ in 0..walks {
            // SAFETY: the loop is of this thread.
            unsafe { libuv::uv_walk(lp, Some(visit), std::ptr::null_mut()) };
        }
        assert_eq!(calls(), walks * WALKED);
    })
}
