//! What other threads ask of a stream.

use std::ffi::c_uint;

use uv_sys::{Error, Result};

use super::write::{self, check_sent, check_size, init_shutdown, init_write};
use crate::layout::*;
use crate::ptr::Ptr;
use crate::request::Failed;

/// What the stream's memory says against it is told at once.
#[cold]
pub(super) fn read_start(stream: Ptr<uv_stream_t>, alloc_cb: uv_alloc_cb, read_cb: uv_read_cb) -> Result<()> {
    if stream.is_reading.get() != 0 {
        return Err(Error::EALREADY);
    }
    if stream.is_readable.get() == 0 {
        return Err(Error::ENOTCONN);
    }
    stream.is_reading.set(1);
    stream.handle.loop_.get().leave(move || {
        if stream.handle.is_closing()
            || !matches!(super::read_start(stream, alloc_cb, read_cb), Ok(()) | Err(Error::EALREADY))
        {
            stream.is_reading.set(0);
        }
    });
    Ok(())
}

/// What the handles' memory says against it is told at once, and what the loop's thread finds by the callback.
#[cold]
pub(super) fn write(
    req: Ptr<uv_write_t>,
    stream: Ptr<uv_stream_t>,
    bufs: *const uv_buf_t,
    nbufs: c_uint,
    send_handle: Ptr<uv_stream_t>,
    cb: uv_write_cb,
) -> Result<()> {
    refusal(stream, send_handle)?;
    init_write(req, stream, send_handle, cb);
    let loop_ = stream.handle.loop_.get();
    let faults = check_size(bufs, nbufs).is_err();
    let size = if faults { 0 } else { req.bufs.copy(bufs, nbufs)? };
    loop_.leave(move || {
        let result = if faults { Err(Error::EFAULT) } else { write::write(req, size) };
        if let Err(error) = result {
            later(Failed::new(req, error), stream, error);
        }
    });
    Ok(())
}

#[cold]
pub(super) fn shutdown(req: Ptr<uv_shutdown_t>, stream: Ptr<uv_stream_t>, cb: uv_shutdown_cb) -> Result<()> {
    if stream.is_writable.get() == 0 {
        return Err(Error::ENOTCONN);
    }
    init_shutdown(req, stream, cb);
    stream.handle.loop_.get().leave(move || {
        if let Err(error) = write::shutdown(req, stream, cb) {
            later(Failed::new(req, error), stream, error);
        }
    });
    Ok(())
}

/// [`write::refusal`], as far as the handles' memory says it.
pub(super) fn refusal(stream: Ptr<uv_stream_t>, send_handle: Ptr<uv_stream_t>) -> Result<()> {
    if stream.handle.fd.get() < 0 {
        return Err(Error::EBADF);
    }
    if stream.is_writable.get() == 0 {
        return Err(Error::EPIPE);
    }
    check_sent(stream, send_handle, |sent| sent.fd.get() >= 0)
}

/// What was left to the loop's thread has failed there. A handle that is closing takes its requests back.
fn later(failed: Failed, stream: Ptr<uv_stream_t>, error: Error) {
    match error {
        Error::EFAULT => failed.later(stream.up()),
        _ => failed.or_canceled().later(stream.up()),
    }
}
