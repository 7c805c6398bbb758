//! `uv_timer_t`: timers.

use std::ffi::c_int;
use std::sync::atomic::Ordering;
use std::time::Duration;

use uv_loop::Timer;
use uv_sys::Error;

use crate::handle::{self, handle_id};
use crate::layout::{Id, handle_type, uv_loop_t, uv_timer_cb, uv_timer_t};
use crate::ptr::{Ptr, code};

handle_id!(uv_timer_t, Timer);

/// Of `started`.
const ON: u64 = 1;

impl uv_timer_t {
    /// Notes that it is started, or stopped.
    #[inline]
    fn note(&self, on: u64) -> u64 {
        let mark = (self.started.load(Ordering::Relaxed) & !ON).wrapping_add(2) | on;
        self.started.store(mark, Ordering::Relaxed);
        mark
    }

    pub(crate) fn is_started(&self) -> bool {
        self.started.load(Ordering::Relaxed) & ON != 0
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_timer_init(loop_: Ptr<uv_loop_t>, handle: Ptr<uv_timer_t>) -> c_int {
    handle.timer_cb.set(None);
    handle.timeout.set(0);
    handle.repeat.set(0);
    handle.started.store(0, Ordering::Relaxed);
    handle::init_memory(handle.up(), loop_, handle_type::TIMER);
    match loop_.is_foreign() {
        true => loop_.leave(move || make(handle, loop_)),
        false => make(handle, loop_),
    }
    0
}

#[inline]
fn make(handle: Ptr<uv_timer_t>, loop_: Ptr<uv_loop_t>) {
    let timer = Timer::with_number(loop_.lp_here(), handle.number());
    handle::enter(handle.up(), loop_, Id::Timer(timer));
}

pub(crate) fn call(handle: Ptr<uv_timer_t>) {
    let loop_ = handle.handle.loop_.get();
    let mark = handle.started.load(Ordering::Relaxed);
    if mark & ON == 0 {
        return;
    }
    match handle.repeat.get() {
        // Unless another thread has started it anew.
        0 => _ = handle.started.compare_exchange(mark, mark & !ON, Ordering::Relaxed, Ordering::Relaxed),
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
    handle.timer_cb.set(cb);
    handle.repeat.set(repeat);
    let loop_ = handle.handle.loop_.get();
    let mark = handle.note(ON);
    if loop_.is_surely_ours() { start(handle, loop_, timeout, repeat) } else { start_anywhere(handle, timeout, mark) }
}

/// By the loop's thread.
#[inline(never)]
fn start(handle: Ptr<uv_timer_t>, loop_: Ptr<uv_loop_t>, timeout: u64, repeat: u64) -> c_int {
    let lp = loop_.lp_here();
    handle.timeout.set(lp.now().saturating_add(timeout));
    let result = handle.id().restart(lp, Duration::from_millis(timeout), Duration::from_millis(repeat));
    loop_.sync();
    code(result)
}

/// By another thread the time counts from when it calls.
#[cold]
fn start_anywhere(handle: Ptr<uv_timer_t>, timeout: u64, mark: u64) -> c_int {
    let (loop_, repeat) = (handle.handle.loop_.get(), handle.repeat.get());
    if !loop_.is_foreign() {
        return start(handle, loop_, timeout, repeat);
    }
    let due = loop_.now().saturating_add(timeout);
    handle.timeout.set(due);
    loop_.leave(move || {
        // It fails for a handle that is closing alone.
        start(handle, loop_, due.saturating_sub(loop_.now()), repeat);
        // The timeout before this one may have been told since, but nobody has stopped or started it.
        if handle.started.load(Ordering::Relaxed) | ON == mark {
            handle.started.store(mark, Ordering::Relaxed);
        }
    });
    0
}

#[unsafe(no_mangle)]
extern "C" fn uv_timer_stop(handle: Ptr<uv_timer_t>) -> c_int {
    if handle.handle.is_closing() {
        return 0;
    }
    let loop_ = handle.handle.loop_.get();
    handle.note(0);
    if loop_.is_surely_ours() { stop(handle, loop_) } else { stop_anywhere(handle) }
}

/// By the loop's thread.
#[inline(never)]
fn stop(handle: Ptr<uv_timer_t>, loop_: Ptr<uv_loop_t>) -> c_int {
    let result = handle.id().stop(loop_.lp_here());
    loop_.sync();
    code(result)
}

#[cold]
fn stop_anywhere(handle: Ptr<uv_timer_t>) -> c_int {
    let loop_ = handle.handle.loop_.get();
    if !loop_.is_foreign() {
        return stop(handle, loop_);
    }
    // It fails for a handle that is closing alone.
    loop_.leave(move || _ = stop(handle, loop_));
    0
}

#[unsafe(no_mangle)]
extern "C" fn uv_timer_again(handle: Ptr<uv_timer_t>) -> c_int {
    if handle.timer_cb.get().is_none() {
        return Error::EINVAL.code();
    }
    let repeat = handle.repeat.get();
    if repeat == 0 || handle.handle.is_closing() {
        return 0;
    }
    let loop_ = handle.handle.loop_.get();
    let mark = handle.note(ON);
    if loop_.is_surely_ours() { start(handle, loop_, repeat, repeat) } else { start_anywhere(handle, repeat, mark) }
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
