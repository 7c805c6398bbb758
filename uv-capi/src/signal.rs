//! `uv_signal_t`: signals.

use std::ffi::c_int;

use uv_loop::{Loop, Signal};
use uv_sys::Error;

use crate::handle::{self, handle_id};
use crate::layout::{Id, handle_type, uv_loop_t, uv_signal_cb, uv_signal_t};
use crate::ptr::{Ptr, code, misuse};

handle_id!(uv_signal_t, Signal);

#[unsafe(no_mangle)]
extern "C" fn uv_signal_init(loop_: Ptr<uv_loop_t>, handle: Ptr<uv_signal_t>) -> c_int {
    let signal = Signal::new(loop_.lp());
    handle.signal_cb.set(None);
    handle.signum.set(0);
    handle::init(handle, loop_, handle_type::SIGNAL, Id::Signal(signal));
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
    if signum == handle.signum.get() {
        handle.signal_cb.set(signal_cb);
        return 0;
    }
    let loop_ = handle.handle.loop_.get();
    let callback = move |_: &Loop, _, signum| {
        if let Some(signal_cb) = handle.signal_cb.get() {
            signal_cb(handle, signum);
        }
        if oneshot && !handle.handle.is_closing() {
            uv_signal_stop(handle);
        }
    };
    let result = match oneshot {
        true => handle.id().start_oneshot(loop_.lp(), signum, callback),
        false => handle.id().start(loop_.lp(), signum, callback),
    };
    if result.is_ok() {
        handle.signum.set(signum);
        handle.signal_cb.set(signal_cb);
    }
    loop_.sync();
    code(result)
}

#[unsafe(no_mangle)]
extern "C" fn uv_signal_stop(handle: Ptr<uv_signal_t>) -> c_int {
    if handle.handle.is_closing() {
        misuse("uv_signal_stop", "the handle is closing or closed");
    }
    let loop_ = handle.handle.loop_.get();
    let result = handle.id().stop(loop_.lp());
    handle.signum.set(0);
    loop_.sync();
    code(result)
}
