//! Writing, and shutting down after the last write.

use std::ffi::{c_int, c_uint};
use std::io::IoSlice;

use uv_loop::{HandleId, Loop};
use uv_net::{Stream, WriteOwner};
use uv_sys::{Error, Result};

use super::{elsewhere, must_be_stream, with_stream};
use crate::layout::*;
use crate::ptr::{MOST, Ptr, array, code, count, slices};
use crate::request::{self, CanFail, Failed};

/// Knows each write by its request's address.
pub(crate) struct Writes;

impl WriteOwner for Writes {
    fn slices(&self, write: usize) -> Option<&[IoSlice<'_>]> {
        Ptr::<uv_write_t>::from_number(write).get().map(|req| req.bufs.slices())
    }

    fn buffers<'a>(&'a self, write: usize, from: usize, add: &mut dyn FnMut(&'a [u8]) -> bool) {
        let req = Ptr::<uv_write_t>::from_number(write);
        for buf in req.bufs.all().get(from..).unwrap_or(&[]) {
            if !add(buf.bytes()) {
                break;
            }
        }
    }

    fn sent(&self, write: usize, count: usize) {
        let req = Ptr::<uv_write_t>::from_number(write);
        req.req.nwritten.set(req.req.nwritten.get() + count);
        req.handle.get().count_write(count.wrapping_neg());
    }

    fn done(&self, _: &Loop, _: HandleId, write: usize, result: Result<()>) {
        let req = Ptr::<uv_write_t>::from_number(write);
        let stream = req.handle.get();
        // What has failed counts until now.
        let rest = req.bufs.size() - req.req.nwritten.get();
        stream.count_write(rest.wrapping_neg());
        req.bufs.free();
        stream.handle.loop_.get().sync();
        if let Some(cb) = req.cb.get() {
            cb(req, code(result));
        }
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_write(
    req: Ptr<uv_write_t>,
    stream: Ptr<uv_stream_t>,
    bufs: *const uv_buf_t,
    nbufs: c_uint,
    cb: uv_write_cb,
) -> c_int {
    uv_write2(req, stream, bufs, nbufs, Ptr::NULL, cb)
}

#[unsafe(no_mangle)]
extern "C" fn uv_write2(
    req: Ptr<uv_write_t>,
    stream: Ptr<uv_stream_t>,
    bufs: *const uv_buf_t,
    nbufs: c_uint,
    send_handle: Ptr<uv_stream_t>,
    cb: uv_write_cb,
) -> c_int {
    let checked = check("uv_write", stream, bufs, nbufs);
    let loop_ = stream.handle.loop_.get();
    if matches!(checked, Ok(()) | Err(Error::EFAULT)) && loop_.is_foreign() {
        return code(elsewhere::write(req, stream, bufs, nbufs, send_handle, cb));
    }
    let is_likely = stream.is_writable.get() != 0 && stream.handle.fd.get() >= 0;
    match checked {
        // What is refused leaves the request alone, which may be another write's.
        Ok(()) if !is_likely || req.is_null() || !send_handle.is_null() => {
            if let Err(error) = refusal(stream, send_handle) {
                return error.code();
            }
        }
        Ok(()) => {}
        // The system would find out when it writes.
        Err(Error::EFAULT) => {
            return code(refusal(stream, send_handle).map(|()| fail(req, stream, cb, Error::EFAULT)));
        }
        Err(error) => return error.code(),
    }
    init_write(req, stream, send_handle, cb);
    match req.bufs.copy(bufs, nbufs) {
        Ok(size) => code(write(req, size)),
        Err(error) => error.code(),
    }
}

#[inline]
pub(super) fn init_write(
    req: Ptr<uv_write_t>,
    stream: Ptr<uv_stream_t>,
    send_handle: Ptr<uv_stream_t>,
    cb: uv_write_cb,
) {
    request::init(req, req_type::WRITE, stream.handle.loop_.get());
    req.handle.set(stream);
    req.send_handle.set(send_handle);
    req.cb.set(cb);
}

/// By the loop's thread.
#[inline]
pub(super) fn write(req: Ptr<uv_write_t>, size: usize) -> Result<()> {
    let (stream, send_handle) = (req.handle.get(), req.send_handle.get());
    let inner = stream.handle.loop_.get().inner_anywhere();
    let (lp, owner, number) = (&inner.lp, inner.writes.clone(), req.number());
    stream.count_write(size);
    let result = match send_handle.get() {
        None => with_stream!(stream, |it| it.write_from(lp, owner, number)),
        Some(send_handle) => match stream.handle.id.get() {
            Id::Pipe(pipe) => pipe.write2_from(lp, owner, number, send_handle.handle.id.get().id()),
            _ => Err(Error::EINVAL),
        },
    };
    if result.is_err() {
        stream.count_write(size.wrapping_neg());
        req.bufs.free();
    }
    result
}

/// The checks that come before those of the stream's state.
fn check(function: &str, stream: Ptr<uv_stream_t>, bufs: *const uv_buf_t, nbufs: c_uint) -> Result<()> {
    must_be_stream(function, stream);
    match check_size(bufs, nbufs) {
        Ok(()) | Err(Error::EFAULT) if stream.handle.is_closing() => Err(Error::EBADF),
        checked => checked,
    }
}

/// No buffers are `EINVAL`, and so are more than the system takes by one call; those without memory are `EFAULT`.
pub(crate) fn check_size(bufs: *const uv_buf_t, nbufs: c_uint) -> Result<()> {
    const MOST_BUFFERS: c_uint = 1024 * 1024;
    if nbufs == 0 || nbufs > MOST_BUFFERS {
        return Err(Error::EINVAL);
    }
    let (mut size, mut faults) = (0_usize, bufs.is_null());
    for buf in array(bufs, nbufs as usize) {
        size = size.saturating_add(buf.len);
        faults |= buf.faults();
    }
    match size {
        0..=MOST if faults => Err(Error::EFAULT),
        0..=MOST => Ok(()),
        _ => Err(Error::EINVAL),
    }
}

/// Why a stream does not take a write now, or not with this handle: what libuv finds before it looks at the request.
fn refusal(stream: Ptr<uv_stream_t>, send_handle: Ptr<uv_stream_t>) -> Result<()> {
    let lp = stream.lp();
    let (is_open, is_writable) = with_stream!(stream, |it| (it.fileno(lp).is_ok(), it.is_writable(lp)));
    if !is_open {
        return Err(Error::EBADF);
    }
    if !is_writable {
        return Err(Error::EPIPE);
    }
    check_sent(stream, send_handle, |sent| lp.fileno(sent.id.get().id()).is_ok())
}

pub(super) fn check_sent(
    stream: Ptr<uv_stream_t>,
    send_handle: Ptr<uv_stream_t>,
    is_open: impl FnOnce(&uv_handle_t) -> bool,
) -> Result<()> {
    let Some(sent) = send_handle.get().map(|sent| &sent.handle) else {
        return Ok(());
    };
    if stream.handle.type_.get() != handle_type::PIPE || stream.down::<uv_pipe_t>().ipc.get() == 0 {
        return Err(Error::EINVAL);
    }
    let can_be_sent = matches!(sent.type_.get(), handle_type::TCP | handle_type::PIPE | handle_type::UDP);
    match can_be_sent && !sent.is_closing() && is_open(sent) {
        true => Ok(()),
        false => Err(Error::EBADF),
    }
}

/// Has the callback told of an error that the system has found.
fn fail(req: Ptr<uv_write_t>, stream: Ptr<uv_stream_t>, cb: uv_write_cb, error: Error) {
    request::init(req, req_type::WRITE, stream.handle.loop_.get());
    req.handle.set(stream);
    req.cb.set(cb);
    Failed::new(req, error).later(stream.up());
}

impl CanFail for uv_write_t {
    fn fail(req: Ptr<uv_write_t>, error: Error) {
        if let Some(cb) = req.cb.get() {
            cb(req, error.code());
        }
    }
}

/// As in libuv it is no error if the write is done already, and only its callback is to come.
pub(crate) fn cancel(req: Ptr<uv_write_t>) -> c_int {
    let stream = req.handle.get();
    if stream.handle.is_closing() {
        return Error::EBUSY.code();
    }
    let lp = stream.lp();
    let _ = with_stream!(stream, |it| it.cancel_write(lp, req.number()));
    0
}

#[unsafe(no_mangle)]
extern "C" fn uv_try_write(stream: Ptr<uv_stream_t>, bufs: *const uv_buf_t, nbufs: c_uint) -> c_int {
    uv_try_write2(stream, bufs, nbufs, Ptr::NULL)
}

#[unsafe(no_mangle)]
extern "C" fn uv_try_write2(
    stream: Ptr<uv_stream_t>,
    bufs: *const uv_buf_t,
    nbufs: c_uint,
    send_handle: Ptr<uv_stream_t>,
) -> c_int {
    if stream.write_queue_size.get() != 0 {
        return Error::EAGAIN.code();
    }
    let checked = check("uv_try_write", stream, bufs, nbufs);
    let loop_ = stream.handle.loop_.get();
    if matches!(checked, Ok(()) | Err(Error::EFAULT)) && loop_.is_foreign() {
        return elsewhere::refusal(stream, send_handle).err().unwrap_or(Error::EAGAIN).code();
    }
    let checked = match checked {
        checked @ (Ok(()) | Err(Error::EFAULT)) if checked.is_err() || !send_handle.is_null() => {
            refusal(stream, send_handle).and(checked)
        }
        checked => checked,
    };
    if let Err(error) = checked {
        return error.code();
    }
    let lp = loop_.lp_here();
    with_slices(array(bufs, nbufs as usize), |slices| {
        count(match send_handle.get() {
            None => with_stream!(stream, |it| it.try_write_vectored(lp, slices)),
            Some(send_handle) => match stream.handle.id.get() {
                Id::Pipe(pipe) => pipe.try_write2_vectored(lp, slices, send_handle.handle.id.get().id()),
                _ => Err(Error::EINVAL),
            },
        })
    })
}

/// The program's buffers as slices. Only many of them, with one that is nowhere among them, take an allocation.
pub(crate) fn with_slices<R>(bufs: &[uv_buf_t], act: impl FnOnce(&[IoSlice<'_>]) -> R) -> R {
    const FEW: usize = 8;
    if bufs.len() <= FEW {
        let mut slices = [IoSlice::new(&[]); FEW];
        for (slice, buf) in slices.iter_mut().zip(bufs) {
            *slice = IoSlice::new(buf.bytes());
        }
        return act(&slices[..bufs.len()]);
    }
    if let Some(slices) = slices(bufs) {
        return act(slices);
    }
    let slices: Vec<_> = bufs.iter().map(|buf| IoSlice::new(buf.bytes())).collect();
    act(&slices)
}

#[unsafe(no_mangle)]
extern "C" fn uv_write_nwritten(req: Ptr<uv_write_t>) -> usize {
    req.req.nwritten.get()
}

#[unsafe(no_mangle)]
extern "C" fn uv_stream_get_write_queue_size(stream: Ptr<uv_stream_t>) -> usize {
    stream.write_queue_size.get()
}

#[unsafe(no_mangle)]
extern "C" fn uv_shutdown(req: Ptr<uv_shutdown_t>, stream: Ptr<uv_stream_t>, cb: uv_shutdown_cb) -> c_int {
    must_be_stream("uv_shutdown", stream);
    if stream.handle.is_closing() {
        return Error::ENOTCONN.code();
    }
    let loop_ = stream.handle.loop_.get();
    if loop_.is_foreign() {
        return code(elsewhere::shutdown(req, stream, cb));
    }
    code(shutdown(req, stream, cb))
}

/// By the loop's thread.
pub(super) fn shutdown(req: Ptr<uv_shutdown_t>, stream: Ptr<uv_stream_t>, cb: uv_shutdown_cb) -> Result<()> {
    let inner = stream.handle.loop_.get().inner_anywhere();
    let (lp, owner) = (&inner.lp, inner.requests.clone());
    let result = with_stream!(stream, |it| it.shutdown_from(lp, owner, req.number()));
    if result.is_ok() {
        init_shutdown(req, stream, cb);
    }
    result
}

pub(super) fn init_shutdown(req: Ptr<uv_shutdown_t>, stream: Ptr<uv_stream_t>, cb: uv_shutdown_cb) {
    request::init(req, req_type::SHUTDOWN, stream.handle.loop_.get());
    req.handle.set(stream);
    req.cb.set(cb);
    stream.is_writable.set(0);
}

impl CanFail for uv_shutdown_t {
    fn fail(req: Ptr<uv_shutdown_t>, error: Error) {
        if let Some(cb) = req.cb.get() {
            cb(req, error.code());
        }
    }
}
