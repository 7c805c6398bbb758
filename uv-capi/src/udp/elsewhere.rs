//! What other threads ask of a UDP socket.

use std::ffi::c_uint;

use uv_sys::{Error, Result};

use super::{NO_SOCKET, To, destination, fail_later, init};
use crate::address::SockAddr;
use crate::layout::*;
use crate::ptr::{Ptr, array, misuse};
use crate::stream::check_size;

/// What the handle's memory and the system say against it is told at once, and what the loop's thread finds by the callback.
#[cold]
pub(super) fn send(
    req: Ptr<uv_udp_send_t>,
    handle: Ptr<uv_udp_t>,
    bufs: *const uv_buf_t,
    nbufs: c_uint,
    address: Ptr<SockAddr>,
    send_cb: uv_udp_send_cb,
) -> Result<()> {
    let checked = check("uv_udp_send", handle, bufs, nbufs, address);
    if let Err(error) = checked
        && error != Error::EFAULT
    {
        return Err(error);
    }
    init(req, handle, send_cb);
    let size = match checked {
        Ok(_) => req.bufs.copy(bufs, nbufs)?,
        Err(_) => array(bufs, nbufs as usize).iter().map(|buf| buf.len).sum(),
    };
    req.size.set(size);
    let (ip, name) = match checked {
        Ok(To::Ip(to)) => (Ok(to), None),
        Ok(To::Unix(name)) => (Ok(None), Some(name.to_owned())),
        Err(error) => (Err(error), None),
    };
    handle.handle.loop_.get().leave(move || {
        let result = ip.and_then(|to| super::send(req, size, name.as_deref().map_or(To::Ip(to), To::Unix)));
        if let Err(error) = result {
            fail_later(req, error);
        }
    });
    Ok(())
}

/// As far as the handle's memory says it.
#[cold]
pub(super) fn recv_start(handle: Ptr<uv_udp_t>, alloc_cb: uv_alloc_cb, recv_cb: uv_udp_recv_cb) -> Result<()> {
    if handle.is_receiving.get() != 0 {
        return Err(Error::EALREADY);
    }
    handle.is_receiving.set(1);
    handle.handle.loop_.get().leave(move || {
        if handle.handle.is_closing()
            || !matches!(super::recv_start(handle, alloc_cb, recv_cb), Ok(()) | Err(Error::EALREADY))
        {
            handle.is_receiving.set(0);
        }
    });
    Ok(())
}

/// [`super::check`], by the system in place of the loop.
pub(super) fn check<'a>(
    function: &str,
    handle: Ptr<uv_udp_t>,
    bufs: *const uv_buf_t,
    nbufs: c_uint,
    address: Ptr<SockAddr>,
) -> Result<To<'a>> {
    match (address.is_null(), is_connected(&handle.handle)) {
        (false, true) => return Err(Error::EISCONN),
        (true, false) => return Err(Error::EDESTADDRREQ),
        _ => {}
    }
    let to = destination(address)?;
    check_size(bufs, nbufs)?;
    if matches!(to, To::Unix(_)) && handle.handle.fd.get() < 0 {
        misuse(function, NO_SOCKET);
    }
    Ok(to)
}

fn is_connected(handle: &uv_handle_t) -> bool {
    let (mut address, mut length) = ([0_u64; 16], 128);
    // SAFETY: there is room for so many bytes, as any address needs.
    unsafe { libc::getpeername(handle.fd.get(), address.as_mut_ptr().cast(), &raw mut length) == 0 }
}
