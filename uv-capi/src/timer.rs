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
    handle.timer_cb.set(None);
    handle.timeout.set(0);
    handle.repeat.set(0);
    handle.is_started.set(0);
    handle::init_memory(handle.up(), loop_, handle_type::TIMER);
    match loop_.is_foreign() {
        true => loop_.leave(move || make(handle, loop_)),
        false => make(handle, loop_),
    }
    0
}

fn make(handle: Ptr<uv_timer_t>, loop_: Ptr<uv_loop_t>) {
    let timer = Timer::with_number(loop_.lp_here(), handle.number());
    handle::enter(handle.up(), loop_, Id::Timer(timer));
}

pub(crate) fn call(handle: Ptr<uv_timer_t>) {
    let loop_ = handle.handle.loop_.get();
    match handle.repeat.get() {
        0 => handle.is_started.set(0),
        repeat => handle.timeout.set(loop_.lp_here().now().saturating_add(repeat)),
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
    handle.timer_cb.set(cb);
    handle.repeat.set(repeat);
    handle.is_started.set(1);
    if loop_.is_foreign() {
        return start_elsewhere(handle, timeout);
    }
    let lp = loop_.lp_here();
    handle.timeout.set(lp.now().saturating_add(timeout));
    let result = handle.id().restart(lp, Duration::from_millis(timeout), Duration::from_millis(repeat));
    loop_.sync();
    code(result)
}

/// By a thread that does not run the loop. The time counts from now.
#[cold]
fn start_elsewhere(handle: Ptr<uv_timer_t>, timeout: u64) -> c_int {
    let loop_ = handle.handle.loop_.get();
    let (due, repeat) = (loop_.now().saturating_add(timeout), handle.repeat.get());
    handle.timeout.set(due);
    loop_.leave(move || {
        let lp = loop_.lp_here();
        let left = due.saturating_sub(lp.now());
        // It fails for a handle that is closing alone.
        let _ = handle.id().restart(lp, Duration::from_millis(left), Duration::from_millis(repeat));
        loop_.sync();
    });
    0
}

#[unsafe(no_mangle)]
extern "C" fn uv_timer_stop(handle: Ptr<uv_timer_t>) -> c_int {
    if handle.handle.is_closing() {
        return 0;
    }
    let loop_ = handle.handle.loop_.get();
    handle.is_started.set(0);
    match loop_.is_foreign() {
        true => loop_.leave(move || stop(handle)),
        false => stop(handle),
    }
    0
}

fn stop(handle: Ptr<uv_timer_t>) {
    let loop_ = handle.handle.loop_.get();
    // It fails for a handle that is closing alone.
    let _ = handle.id().stop(loop_.lp_here());
    loop_.sync();
}

#[unsafe(no_mangle)]
extern "C" fn uv_timer_again(handle: Ptr<uv_timer_t>) -> c_int {
    if handle.timer_cb.get().is_none() {
        return Error::EINVAL.code();
    }
    if handle.repeat.get() == 0 || handle.handle.is_closing() {
        return 0;
    }
    let (loop_, repeat) = (handle.handle.loop_.get(), handle.repeat.get());
    handle.is_started.set(1);
    if loop_.is_foreign() {
        return start_elsewhere(handle, repeat);
    }
    let lp = loop_.lp_here();
    handle.timeout.set(lp.now().saturating_add(repeat));
    let result = handle.id().again(lp);
    loop_.sync();
    code(result)
}

#[unsafe(no_mangle)]
extern "C" fn uv_timer_set_repeat(handle: Ptr<uv_timer_t>, repeat: u64) {
    handle.repeat.set(repeat);
    if handle.handle.is_closing() {
        return;
    }
    let loop_ = handle.handle.loop_.get();
    match loop_.is_foreign() {
        true => loop_.leave(move || set_repeat(handle, repeat)),
        false => set_repeat(handle, repeat),
    }
}

fn set_repeat(handle: Ptr<uv_timer_t>, repeat: u64) {
    // It fails for a handle that is closing alone.
    let _ = handle.id().set_repeat(handle.handle.loop_.get().lp_here(), Duration::from_millis(repeat));
}

#[unsafe(no_mangle)]
extern "C" fn uv_timer_get_repeat(handle: Ptr<uv_timer_t>) -> u64 {
    handle.repeat.get()
}

#[unsafe(no_mangle)]
extern "C" fn uv_timer_get_due_in(handle: Ptr<uv_timer_t>) -> u64 {
    handle.timeout.get().saturating_sub(handle.handle.loop_.get().now())
}
