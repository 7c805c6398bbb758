//! `uv_async_t`: wakes the loop from any thread.

use std::ffi::c_int;
use std::sync::atomic::{AtomicU32, Ordering};

use uv_loop::{Async, AsyncSender};
use uv_sys::Result;

use crate::handle;
use crate::layout::{Id, handle_type, uv_async_cb, uv_async_t, uv_handle_t, uv_loop_t};
use crate::ptr::{Ptr, code, misuse};

#[unsafe(no_mangle)]
extern "C" fn uv_async_init(loop_: Ptr<uv_loop_t>, handle: Ptr<uv_async_t>, async_cb: uv_async_cb) -> c_int {
    let is_foreign = loop_.is_foreign();
    handle.async_cb.set(async_cb);
    handle::init_memory(handle.up(), loop_, handle_type::ASYNC);
    if !is_foreign {
        return code(make(handle, loop_));
    }
    // SAFETY: nobody sends before this function returns. What was there is no value: it is not dropped.
    unsafe { handle.sender.get().write(None) };
    handle.handle.senders.store(UNMADE, Ordering::Relaxed);
    loop_.leave(move || make_late(handle, loop_));
    0
}

fn make(handle: Ptr<uv_async_t>, loop_: Ptr<uv_loop_t>) -> Result<()> {
    let lp = loop_.lp_here();
    let wakeup = Async::with_number(lp, handle.number());
    let sender = wakeup.sender(lp)?;
    // SAFETY: nobody looks at it yet. What was there is no value, or none that is dropped.
    unsafe { handle.sender.get().write(Some(sender)) };
    handle::enter(handle.up(), loop_, Id::Async(wakeup));
    Ok(())
}

/// Threads may have sent already: that counts once, as ever.
fn make_late(handle: Ptr<uv_async_t>, loop_: Ptr<uv_loop_t>) {
    // It fails for a handle that is closed alone.
    let _ = make(handle, loop_);
    if handle.handle.senders.fetch_and(!(UNMADE | EARLY), Ordering::AcqRel) & EARLY != 0 {
        uv_async_send(handle);
    }
}

pub(crate) fn call(handle: Ptr<uv_async_t>) {
    handle.handle.loop_.get().sync();
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
    let before = senders.fetch_add(1, Ordering::Acquire);
    if before & (SHUT | UNMADE) == 0 || before & UNMADE != 0 && !is_left(senders) {
        // SAFETY: it is written before anybody sends, and changes next when it is shut and its senders have left.
        let sender: Option<&AsyncSender> = unsafe { (*handle.sender.get()).as_ref() };
        // It fails where the loop is gone.
        let _ = sender.map(AsyncSender::send);
    }
    senders.fetch_sub(1, Ordering::Release);
    0
}

/// Whether the loop's thread, which is still to make the handle, will send then.
#[cold]
fn is_left(senders: &AtomicU32) -> bool {
    let is_unmade = senders.fetch_or(EARLY, Ordering::AcqRel) & UNMADE != 0;
    if !is_unmade {
        senders.fetch_and(!EARLY, Ordering::AcqRel);
    }
    is_unmade
}

/// Set in `senders` when the handle begins to close.
const SHUT: u32 = 1 << 31;
/// Set until the loop's thread has made the handle, which another one has asked for.
const UNMADE: u32 = 1 << 30;
/// Set when somebody has sent before that.
const EARLY: u32 = 1 << 29;

/// Keeps senders out, and waits for those that are in: they are there for a few instructions.
pub(crate) fn shut(handle: Ptr<uv_handle_t>) {
    handle.senders.fetch_or(SHUT, Ordering::AcqRel);
    while handle.senders.load(Ordering::Acquire) != SHUT {
        std::thread::yield_now();
    }
}

/// In the child of a fork: the threads that were sending are not there.
pub(crate) fn forget_senders(handle: Ptr<uv_handle_t>) {
    handle.senders.fetch_and(SHUT | UNMADE | EARLY, Ordering::AcqRel);
}

/// The handle is closed, and its memory about to be the program's.
pub(crate) fn forget(handle: Ptr<uv_async_t>) {
    // SAFETY: it is shut; `uv_async_init` has written it.
    drop(unsafe { (*handle.sender.get()).take() });
}
