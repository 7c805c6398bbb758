//! `uv_poll_t`: watches a descriptor of the program's.

use std::ffi::c_int;
use std::os::fd::{AsFd, BorrowedFd, RawFd};

use uv_loop::{Handle, Interest, Poll};
use uv_sys::{Error, Result};

use crate::handle::{self, handle_id};
use crate::layout::{Id, handle_type, uv_loop_t, uv_poll_cb, uv_poll_t};
use crate::ptr::{Ptr, code, misuse};

handle_id!(uv_poll_t, Poll);

/// libuv's bits, and those of [`Interest`].
const EVENTS: [(c_int, Interest); 4] =
    [(1, Interest::READABLE), (2, Interest::WRITABLE), (4, Interest::DISCONNECT), (8, Interest::PRIORITY)];

/// A descriptor that is the program's to close.
#[derive(Clone, Copy)]
pub(crate) struct Lent(BorrowedFd<'static>);

impl Lent {
    pub(crate) fn new(fd: RawFd) -> Result<Lent> {
        if fd < 0 {
            return Err(Error::EBADF);
        }
        // SAFETY: it is not -1. The program keeps it open while the handle, or the request, uses it; one that it has closed
        // makes the system's calls fail, or act on another file, and harms no memory.
        Ok(Lent(unsafe { BorrowedFd::borrow_raw(fd) }))
    }

    pub(crate) fn get(self) -> BorrowedFd<'static> {
        self.0
    }
}

impl AsFd for Lent {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_poll_init(loop_: Ptr<uv_loop_t>, handle: Ptr<uv_poll_t>, fd: c_int) -> c_int {
    let poll = match Lent::new(fd).and_then(|fd| Poll::new(loop_.lp(), fd)) {
        Ok(poll) => poll,
        Err(error) => return error.code(),
    };
    handle.poll_cb.set(None);
    handle.fd.set(fd);
    handle::init(handle, loop_, handle_type::POLL, Id::Poll(poll));
    handle.handle.fd.set(fd);
    0
}

#[unsafe(no_mangle)]
extern "C" fn uv_poll_init_socket(loop_: Ptr<uv_loop_t>, handle: Ptr<uv_poll_t>, socket: c_int) -> c_int {
    uv_poll_init(loop_, handle, socket)
}

#[unsafe(no_mangle)]
extern "C" fn uv_poll_start(handle: Ptr<uv_poll_t>, events: c_int, poll_cb: uv_poll_cb) -> c_int {
    if events & !0xf != 0 {
        misuse("uv_poll_start", "there are no such events");
    }
    check("uv_poll_start", handle);
    let loop_ = handle.handle.loop_.get();
    let is_foreign = loop_.is_foreign();
    let interest = EVENTS.iter().filter(|(bit, _)| events & bit != 0).fold(Interest::NONE, |all, (_, one)| all | *one);
    handle.poll_cb.set(if interest.is_empty() { None } else { poll_cb });
    if is_foreign {
        loop_.leave(move || start_late(handle, interest));
        return 0;
    }
    code(start(handle, interest))
}

/// By the loop's thread.
fn start(handle: Ptr<uv_poll_t>, interest: Interest) -> Result<()> {
    let loop_ = handle.handle.loop_.get();
    let (lp, poll) = (loop_.lp_here(), handle.id());
    let result = match poll.is_active(lp) && !interest.is_empty() {
        true => poll.restart(lp, interest),
        false => poll.start(lp, interest, move |_, _, ready| call_back(handle, ready)),
    };
    loop_.sync();
    result
}

/// What another thread has asked for. Its failure is told as that of a watch.
fn start_late(handle: Ptr<uv_poll_t>, interest: Interest) {
    if !handle.handle.is_closing()
        && let Err(error) = start(handle, interest)
    {
        call_back(handle, Err(error));
    }
}

fn check(function: &str, handle: Ptr<uv_poll_t>) {
    if handle.handle.is_closing() {
        misuse(function, "the handle is closing or closed");
    }
}

fn call_back(handle: Ptr<uv_poll_t>, ready: Result<Interest>) {
    handle.handle.loop_.get().sync();
    let Some(poll_cb) = handle.poll_cb.get() else { return };
    match ready {
        Ok(ready) => {
            let events = EVENTS.iter().filter(|(_, one)| ready.contains(*one)).fold(0, |all, (bit, _)| all | bit);
            poll_cb(handle, 0, events);
        }
        Err(error) => {
            // It is stopped by that.
            handle.poll_cb.set(None);
            poll_cb(handle, error.code(), 0);
        }
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_poll_stop(handle: Ptr<uv_poll_t>) -> c_int {
    check("uv_poll_stop", handle);
    let loop_ = handle.handle.loop_.get();
    let is_foreign = loop_.is_foreign();
    handle.poll_cb.set(None);
    match is_foreign {
        true => loop_.leave(move || _ = stop(handle)),
        false => return code(stop(handle)),
    }
    0
}

/// By the loop's thread.
fn stop(handle: Ptr<uv_poll_t>) -> Result<()> {
    let loop_ = handle.handle.loop_.get();
    let result = handle.id().stop(loop_.lp_here());
    loop_.sync();
    result
}
