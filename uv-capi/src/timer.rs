//! `uv_timer_t`: timers.

use std::ffi::c_int;
use std::time::Duration;

use uv_loop::Timer;
use uv_sys::Error;

use crate::handle::{self, handle_id};
use crate::layout::{Id, handle_type, uv_loop_t, uv_timer_cb, uv_timer_t};
use crate::ptr::{Ptr, code};

handle_id!(uv_timer_t, Timer);

#[unsafe(no_mangle)]
extern "C" fn uv_timer_init(loop_: Ptr<uv_loop_t>, handle: Ptr<uv_timer_t>) -> c_int {
    let timer = Timer::with_number(loop_.lp(), handle.number());
    handle.timer_cb.set(None);
    handle.timeout.set(0);
    handle.repeat.set(0);
    handle::init(handle, loop_, handle_type::TIMER, Id::Timer(timer));
    0
}

pub(crate) fn call(handle: Ptr<uv_timer_t>) {
    let loop_ = handle.handle.loop_.get();
    if handle.repeat.get() > 0 {
        handle.timeout.set(loop_.lp().now().saturating_add(handle.repeat.get()));
    }
    loop_.sync();
    if let Some(timer_cb) = handle.timer_cb.get() {
        timer_cb(handle);
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_timer_start(handle: Ptr<uv_timer_t>, cb: uv_timer_cb, timeout: u64, repeat: u64) -> c_int {
    if cb.is_none() || handle.handle.is_closing() {
        return Error::EINVAL.code();
    }
    let loop_ = handle.handle.loop_.get();
    let lp = loop_.lp();
    handle.timer_cb.set(cb);
    handle.timeout.set(lp.now().saturating_add(timeout));
    handle.repeat.set(repeat);
    let result = handle.id().restart(lp, Duration::from_millis(timeout), Duration::from_millis(repeat));
    loop_.sync();
    code(result)
}

#[unsafe(no_mangle)]
extern "C" fn uv_timer_stop(handle: Ptr<uv_timer_t>) -> c_int {
    if handle.handle.is_closing() {
        return 0;
    }
    let loop_ = handle.handle.loop_.get();
    let result = handle.id().stop(loop_.lp());
    loop_.sync();
    code(result)
}

#[unsafe(no_mangle)]
extern "C" fn uv_timer_again(handle: Ptr<uv_timer_t>) -> c_int {
    if handle.timer_cb.get().is_none() {
        return Error::EINVAL.code();
    }
    if handle.repeat.get() == 0 || handle.handle.is_closing() {
        return 0;
    }
    let loop_ = handle.handle.loop_.get();
    handle.timeout.set(loop_.lp().now().saturating_add(handle.repeat.get()));
    let result = handle.id().again(loop_.lp());
    loop_.sync();
    code(result)
}

#[unsafe(no_mangle)]
extern "C" fn uv_timer_set_repeat(handle: Ptr<uv_timer_t>, repeat: u64) {
    handle.repeat.set(repeat);
    if !handle.handle.is_closing() {
        // It fails for a handle that is closing alone.
        let _ = handle.id().set_repeat(handle.handle.lp(), Duration::from_millis(repeat));
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_timer_get_repeat(handle: Ptr<uv_timer_t>) -> u64 {
    handle.repeat.get()
}

#[unsafe(no_mangle)]
extern "C" fn uv_timer_get_due_in(handle: Ptr<uv_timer_t>) -> u64 {
    handle.timeout.get().saturating_sub(handle.handle.lp().now())
}
