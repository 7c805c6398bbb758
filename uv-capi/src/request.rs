//! `uv_req_t`: what all requests have in common.

use std::ffi::{c_char, c_int, c_uint, c_void};
use std::io::IoSlice;

use uv_sys::{Error, Result};

use crate::alloc;
use crate::elsewhere;
use crate::layout::*;
use crate::ptr::{Extends, Ptr, array, code, slices_of};

/// Makes a request of the program's memory.
pub(crate) fn init<R: Extends<uv_req_t>>(req: Ptr<R>, req_type: c_int, loop_: Ptr<uv_loop_t>) {
    let req = req.up();
    req.type_.set(req_type);
    req.job.set(Job::None);
    req.loop_.set(loop_);
    req.elsewhere.init();
    req.nwritten.set(0);
}

/// A request that has failed when it was made, and of which the callback is to come.
pub(crate) struct Failed {
    handle: usize,
    request: usize,
    call_back: fn(usize, Error),
    error: Error,
    /// What is told if the handle is closed before.
    error_at_close: Error,
}

/// A request that may have failed before there was anything to wait for.
pub(crate) trait CanFail: Sized {
    /// Calls the program back.
    fn fail(req: Ptr<Self>, error: Error);
}

impl Failed {
    pub(crate) fn new<R: CanFail>(req: Ptr<R>, error: Error) -> Failed {
        let call_back = |number, error| R::fail(Ptr::from_number(number), error);
        Failed { handle: 0, request: req.number(), call_back, error, error_at_close: error }
    }

    pub(crate) fn or_canceled(self) -> Failed {
        Failed { error_at_close: Error::ECANCELED, ..self }
    }

    /// Has the callback come in the next poll phase; before the handle's own, if that is closed.
    pub(crate) fn later(self, handle: Ptr<uv_handle_t>) {
        let (loop_, request) = (handle.loop_.get(), self.request);
        loop_.inner().failed.borrow_mut().push(Failed { handle: handle.number(), ..self });
        let _ = loop_.lp().queue_completed(move |_| {
            if let Some(failed) = take_failed(loop_, |failed| failed.request == request) {
                (failed.call_back)(failed.request, failed.error);
            }
        });
    }
}

/// Calls back what has failed of a handle that is closed; whether there was any.
#[inline]
pub(crate) fn close_failed(handle: Ptr<uv_handle_t>) -> bool {
    let is_any = !handle.loop_.get().inner_anywhere().failed.borrow().is_empty();
    is_any && close_each_failed(handle)
}

fn close_each_failed(handle: Ptr<uv_handle_t>) -> bool {
    let mut had_any = false;
    while let Some(failed) = take_failed(handle.loop_.get(), |failed| failed.handle == handle.number()) {
        (failed.call_back)(failed.request, failed.error_at_close);
        had_any = true;
    }
    had_any
}

fn take_failed(loop_: Ptr<uv_loop_t>, is_it: impl Fn(&Failed) -> bool) -> Option<Failed> {
    let mut all = loop_.inner().failed.borrow_mut();
    let place = all.iter().position(is_it)?;
    Some(all.remove(place))
}

impl Bufs {
    pub(crate) fn init(&self) {
        self.bufs.set(std::ptr::null_mut());
        self.nbufs.set(0);
    }

    /// Copies the program's buffers, which it may forget from then on; not what is in them. Says how many bytes they have.
    #[inline]
    pub(crate) fn copy(&self, bufs: *const uv_buf_t, nbufs: c_uint) -> Result<usize> {
        let from = array(bufs, nbufs as usize);
        self.init();
        match self.small.as_array_of_cells().get(..from.len()) {
            Some(few) => few.iter().zip(from).for_each(|(place, buf)| place.set(buf.or_nowhere())),
            None => self.bufs.set(allocate(from)?),
        }
        self.nbufs.set(nbufs);
        Ok(from.iter().fold(0, |size, buf| size.wrapping_add(buf.len)))
    }

    /// The copy, which is there until [`free`](Bufs::free).
    pub(crate) fn all(&self) -> &[uv_buf_t] {
        let few = self.small.as_ptr().cast_const().cast::<uv_buf_t>();
        let bufs = self.bufs.get().cast_const();
        array(if bufs.is_null() { few } else { bufs }, self.nbufs.get() as usize)
    }

    /// The copy as the slices that they are: none is null.
    pub(crate) fn slices(&self) -> &[IoSlice<'_>] {
        slices_of(self.all())
    }

    /// How many bytes they have.
    pub(crate) fn size(&self) -> usize {
        // No more than one call takes, as was found when they came.
        self.all().iter().fold(0, |size, buf| size.wrapping_add(buf.len))
    }

    pub(crate) fn free(&self) {
        alloc::free(self.bufs.replace(std::ptr::null_mut()));
        self.nbufs.set(0);
    }
}

/// A copy of so many buffers that they have no place in the request.
#[inline(never)]
fn allocate(from: &[uv_buf_t]) -> Result<*mut uv_buf_t> {
    let copy = alloc::allocate(size_of_val(from)).cast::<uv_buf_t>();
    if copy.is_null() {
        return Err(Error::ENOMEM);
    }
    for (place, buf) in from.iter().enumerate() {
        // SAFETY: there is room for as many.
        unsafe { copy.add(place).write(buf.or_nowhere()) };
    }
    Ok(copy)
}

#[unsafe(no_mangle)]
extern "C" fn uv_cancel(req: Ptr<uv_req_t>) -> c_int {
    if req.type_.get() == req_type::WRITE {
        return crate::stream::cancel(req.down());
    }
    if !matches!(
        req.type_.get(),
        req_type::FS | req_type::GETADDRINFO | req_type::GETNAMEINFO | req_type::RANDOM | req_type::WORK
    ) {
        return Error::EINVAL.code();
    }
    let loop_ = req.loop_.get();
    if let Some(result) = elsewhere::cancel(req) {
        return code(result);
    }
    if !loop_.is_null() && loop_.is_foreign() {
        // Who could take it back is the loop's thread.
        return Error::EBUSY.code();
    }
    let result = match req.job.get() {
        Job::None => Err(Error::EBUSY),
        Job::Canceled => Ok(()),
        Job::Work(work) => work.cancel(loop_.lp()),
        Job::Fs(request) => request.cancel(loop_.lp()),
    };
    if result.is_ok() {
        req.job.set(Job::Canceled);
    }
    // libuv does not tell what is done from what is being done.
    code(result.map_err(|_| Error::EBUSY))
}

#[unsafe(no_mangle)]
extern "C" fn uv_req_size(req_type: c_int) -> usize {
    match req_type {
        req_type::REQ => size_of::<uv_req_t>(),
        req_type::CONNECT => size_of::<uv_connect_t>(),
        req_type::WRITE => size_of::<uv_write_t>(),
        req_type::SHUTDOWN => size_of::<uv_shutdown_t>(),
        req_type::UDP_SEND => size_of::<uv_udp_send_t>(),
        req_type::FS => size_of::<uv_fs_t>(),
        req_type::WORK => size_of::<uv_work_t>(),
        req_type::GETADDRINFO => size_of::<uv_getaddrinfo_t>(),
        req_type::GETNAMEINFO => size_of::<uv_getnameinfo_t>(),
        req_type::RANDOM => size_of::<uv_random_t>(),
        _ => usize::MAX,
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_req_get_type(req: Ptr<uv_req_t>) -> c_int {
    req.type_.get()
}

#[unsafe(no_mangle)]
extern "C" fn uv_req_type_name(req_type: c_int) -> *const c_char {
    let name = match req_type {
        req_type::REQ => c"req",
        req_type::CONNECT => c"connect",
        req_type::WRITE => c"write",
        req_type::SHUTDOWN => c"shutdown",
        req_type::UDP_SEND => c"udp_send",
        req_type::FS => c"fs",
        req_type::WORK => c"work",
        req_type::GETADDRINFO => c"getaddrinfo",
        req_type::GETNAMEINFO => c"getnameinfo",
        req_type::RANDOM => c"random",
        _ => return std::ptr::null(),
    };
    name.as_ptr()
}

#[unsafe(no_mangle)]
extern "C" fn uv_req_get_data(req: Ptr<uv_req_t>) -> *mut c_void {
    req.data.get()
}

#[unsafe(no_mangle)]
extern "C" fn uv_req_set_data(req: Ptr<uv_req_t>, data: *mut c_void) {
    req.data.set(data);
}
