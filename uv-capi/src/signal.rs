//! `uv_signal_t`: signals.

use std::ffi::c_int;

use uv_loop::{Loop, Signal};
use uv_sys::{Error, Result};

use crate::handle::{self, handle_id};
use crate::layout::{Id, handle_type, uv_loop_t, uv_signal_cb, uv_signal_t};
use crate::ptr::{Ptr, code, misuse};

handle_id!(uv_signal_t, Signal);

#[unsafe(no_mangle)]
extern "C" fn uv_signal_init(loop_: Ptr<uv_loop_t>, handle: Ptr<uv_signal_t>) -> c_int {
    handle.signal_cb.set(None);
    handle.signum.set(0);
    handle::init_anywhere(handle, loop_, handle_type::SIGNAL, |lp| Id::Signal(Signal::new(lp)));
    0
}

#[unsafe(no_mangle)]
extern "C" fn uv_signal_start(handle: Ptr<uv_signal_t>, signal_cb: uv_signal_cb, signum: c_int) -> c_int {
    start(handle, signal_cb, signum, false)
}

#[unsafe(no_mangle)]
extern "C" fn uv_signal_start_oneshot(handle: Ptr<uv_signal_t>, signal_cb: uv_signal_cb, signum: c_int) -> c_int {
    start(handle, signal_cb, signum, true)
}

fn start(handle: Ptr<uv_signal_t>, signal_cb: uv_signal_cb, signum: c_int, oneshot: bool) -> c_int {
    if handle.handle.is_closing() {
        misuse("uv_signal_start", "the handle is closing or closed");
    }
    if signum == 0 {
        return Error::EINVAL.code();
    }
    let loop_ = handle.handle.loop_.get();
    let is_foreign = loop_.is_foreign();
    if signum == handle.signum.get() {
        handle.signal_cb.set(signal_cb);
        return 0;
    }
    if is_foreign {
        return code(start_elsewhere(handle, signal_cb, signum, oneshot));
    }
    let result = watch(handle, signum, oneshot);
    if result.is_ok() {
        handle.signum.set(signum);
        handle.signal_cb.set(signal_cb);
    }
    code(result)
}

/// By the loop's thread.
fn watch(handle: Ptr<uv_signal_t>, signum: c_int, oneshot: bool) -> Result<()> {
    let loop_ = handle.handle.loop_.get();
    let lp = loop_.lp_here();
    let callback = move |_: &Loop, _, signum| call_back(handle, signum, oneshot);
    let result = match oneshot {
        true => handle.id().start_oneshot(lp, signum, callback),
        false => handle.id().start(lp, signum, callback),
    };
    loop_.sync();
    result
}

fn call_back(handle: Ptr<uv_signal_t>, signum: c_int, oneshot: bool) {
    // Another thread may have stopped or closed it since the signal came.
    if handle.handle.loop_.get().is_foreign() || handle.signum.get() != signum || handle.handle.is_closing() {
        return;
    }
    handle.handle.loop_.get().sync();
    if let Some(signal_cb) = handle.signal_cb.get() {
        signal_cb(handle, signum);
    }
    if oneshot && !handle.handle.is_closing() {
        uv_signal_stop(handle);
    }
}

/// What the system refuses for any handle is told at once.
#[cold]
fn start_elsewhere(handle: Ptr<uv_signal_t>, signal_cb: uv_signal_cb, signum: c_int, oneshot: bool) -> Result<()> {
    if !(1..=libc::SIGRTMAX()).contains(&signum) || matches!(signum, libc::SIGKILL | libc::SIGSTOP) {
        return Err(Error::EINVAL);
    }
    handle.signum.set(signum);
    handle.signal_cb.set(signal_cb);
    handle.handle.loop_.get().leave(move || {
        if handle.handle.is_closing() || watch(handle, signum, oneshot).is_err() {
            handle.signum.set(0);
        }
    });
    Ok(())
}

#[unsafe(no_mangle)]
extern "C" fn uv_signal_stop(handle: Ptr<uv_signal_t>) -> c_int {
    if handle.handle.is_closing() {
        misuse("uv_signal_stop", "the handle is closing or closed");
    }
    let loop_ = handle.handle.loop_.get();
    let is_foreign = loop_.is_foreign();
    handle.signum.set(0);
    match is_foreign {
        true => loop_.leave(move || _ = stop(handle)),
        false => return code(stop(handle)),
    }
    0
}

/// By the loop's thread.
fn stop(handle: Ptr<uv_signal_t>) -> Result<()> {
    let loop_ = handle.handle.loop_.get();
    let result = handle.id().stop(loop_.lp_here());
    loop_.sync();
    result
}
