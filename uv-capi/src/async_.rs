//! `uv_async_t`: wakes the loop from any thread.

use std::ffi::c_int;

use uv_loop::{Async, AsyncSender};

use crate::handle;
use crate::layout::{Id, handle_type, uv_async_cb, uv_async_t, uv_loop_t};
use crate::ptr::{Ptr, code};

#[unsafe(no_mangle)]
extern "C" fn uv_async_init(loop_: Ptr<uv_loop_t>, handle: Ptr<uv_async_t>, async_cb: uv_async_cb) -> c_int {
    let lp = loop_.lp();
    let wakeup = Async::with_number(lp, handle.number());
    let sender = match wakeup.sender(lp) {
        Ok(sender) => sender,
        Err(error) => return error.code(),
    };
    handle.async_cb.set(async_cb);
    // SAFETY: nobody sends before this function returns. What was there is no value: it is not dropped.
    unsafe { handle.sender.get().write(Some(sender)) };
    handle::init(handle, loop_, handle_type::ASYNC, Id::Async(wakeup));
    0
}

pub(crate) fn call(handle: Ptr<uv_async_t>) {
    if let Some(async_cb) = handle.async_cb.get() {
        async_cb(handle);
    }
}

/// From any thread, and from signal handlers.
#[unsafe(no_mangle)]
extern "C" fn uv_async_send(handle: Ptr<uv_async_t>) -> c_int {
    // SAFETY: it changes before anybody sends and, by libuv's contract, after the last one has sent.
    let sender: Option<&AsyncSender> = unsafe { (*handle.sender.get()).as_ref() };
    // As in libuv, to send to a handle that is closing does nothing.
    code(sender.map_or(Ok(()), |sender| sender.send().or(Ok(()))))
}

/// The handle is closed, and its memory about to be the program's.
pub(crate) fn forget(handle: Ptr<uv_async_t>) {
    // SAFETY: nobody may send any more; `uv_async_init` has written it.
    drop(unsafe { (*handle.sender.get()).take() });
}
