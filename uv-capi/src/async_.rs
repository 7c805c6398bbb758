//! `uv_async_t`: wakes the loop from any thread.

use std::ffi::c_int;
use std::sync::atomic::Ordering;

use uv_loop::{Async, AsyncSender};

use crate::handle;
use crate::layout::{Id, handle_type, uv_async_cb, uv_async_t, uv_handle_t, uv_loop_t};
use crate::ptr::{Ptr, misuse};

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

/// From any thread, and from signal handlers. As in libuv, to send to a handle that is closing does nothing.
#[unsafe(no_mangle)]
extern "C" fn uv_async_send(handle: Ptr<uv_async_t>) -> c_int {
    if handle.handle.type_.get() != handle_type::ASYNC {
        misuse("uv_async_send", "the handle is not an async handle");
    }
    let senders = &handle.handle.senders;
    if senders.fetch_add(1, Ordering::Acquire) & SHUT == 0 {
        // SAFETY: it is written before anybody sends, and changes next when it is shut and its senders have left.
        let sender: Option<&AsyncSender> = unsafe { (*handle.sender.get()).as_ref() };
        // It fails where the loop is gone.
        let _ = sender.map(AsyncSender::send);
    }
    senders.fetch_sub(1, Ordering::Release);
    0
}

/// Set in `senders` when the handle begins to close.
const SHUT: u32 = 1 << 31;

/// Keeps senders out, and waits for those that are in: they are there for a few instructions.
pub(crate) fn shut(handle: Ptr<uv_handle_t>) {
    handle.senders.fetch_or(SHUT, Ordering::AcqRel);
    while handle.senders.load(Ordering::Acquire) != SHUT {
        std::thread::yield_now();
    }
}

/// In the child of a fork: the threads that were sending are not there.
pub(crate) fn forget_senders(handle: Ptr<uv_handle_t>) {
    handle.senders.fetch_and(SHUT, Ordering::AcqRel);
}

/// The handle is closed, and its memory about to be the program's.
pub(crate) fn forget(handle: Ptr<uv_async_t>) {
    // SAFETY: it is shut; `uv_async_init` has written it.
    drop(unsafe { (*handle.sender.get()).take() });
}
