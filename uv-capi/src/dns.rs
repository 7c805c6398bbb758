//! `uv_getaddrinfo_t` and `uv_getnameinfo_t`: names to addresses and back.

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int};
use std::ptr;

use uv_loop::{JobError, Lane};
use uv_net::{AddrFlags, Family, Hints, HostName, NameFlags, Protocol, SocketType};
use uv_sys::resolve::{AddrInfoList, getnameinfo_into};
use uv_sys::{Error, Result};

use crate::address::{Raw, SockAddr, from_c};
use crate::alloc;
use crate::layout::*;
use crate::ptr::{Ptr, Str, bytes_mut, code};
use crate::{request, threadpool};

#[unsafe(no_mangle)]
extern "C" fn uv_getaddrinfo(
    loop_: Ptr<uv_loop_t>,
    req: Ptr<uv_getaddrinfo_t>,
    cb: uv_getaddrinfo_cb,
    node: Str,
    service: Str,
    hints: Ptr<libc::addrinfo>,
) -> c_int {
    code(getaddrinfo(loop_, req, cb, node, service, hints))
}

fn getaddrinfo(
    loop_: Ptr<uv_loop_t>,
    req: Ptr<uv_getaddrinfo_t>,
    cb: uv_getaddrinfo_cb,
    node: Str,
    service: Str,
    hints: Ptr<libc::addrinfo>,
) -> Result<()> {
    if req.is_null() || (node.is_null() && service.is_null()) || (loop_.is_null() && cb.is_some()) {
        return Err(Error::EINVAL);
    }
    let host = node.text_or_none().map(|node| node.to_str().map_err(|_| Error::EINVAL).and_then(HostName::new));
    let host = host.transpose()?;
    let (host, service) = (host.as_ref().map(HostName::as_c_str), service.text_or_none());
    let hints = hints.get().map(|hints| Hints {
        family: Family::from_raw(hints.ai_family),
        socket_type: SocketType::from_raw(hints.ai_socktype),
        protocol: Protocol::from_raw(hints.ai_protocol),
        flags: AddrFlags::from_raw(hints.ai_flags),
    });
    request::init(req, req_type::GETADDRINFO, loop_);
    req.loop_.set(loop_);
    req.cb.set(cb);
    req.addrinfo.set(ptr::null_mut());
    if cb.is_none() {
        req.addrinfo.set(AddrInfoList::look_up(host, service, hints.as_ref())?.into_raw().cast());
        return Ok(());
    }
    keep(&req, host, service, hints)?;
    threadpool::queue(loop_, req.up(), Lane::Slow);
    Ok(())
}

/// Copies what is asked, which the program may forget before a thread asks it.
fn keep(req: &uv_getaddrinfo_t, host: Option<&CStr>, service: Option<&CStr>, hints: Option<Hints>) -> Result<()> {
    let [host, service] = [host, service].map(|text| text.map(CStr::to_bytes_with_nul));
    let length = |text: Option<&[u8]>| text.map_or(0, <[u8]>::len);
    let copies = alloc::allocate(size_of::<Hints>() + length(host) + length(service));
    if copies.is_null() {
        return Err(Error::ENOMEM);
    }
    req.copies.set(copies);
    req.hints.set(match hints {
        Some(hints) => {
            let place = Ptr::<Hints>::new(copies.cast());
            place.put(hints);
            place
        }
        None => Ptr::NULL,
    });
    let mut behind = copies.cast::<u8>().wrapping_add(size_of::<Hints>());
    let mut put = |text: Option<&[u8]>| match text {
        Some(text) => {
            let place = behind;
            bytes_mut(place, text.len()).copy_from_slice(text);
            behind = place.wrapping_add(text.len());
            Str::new(place.cast())
        }
        None => Ptr::NULL,
    };
    req.hostname.set(put(host));
    req.service.set(put(service));
    Ok(())
}

/// On a thread of the pool.
pub(crate) fn look_up(req: Ptr<uv_getaddrinfo_t>) {
    let (host, service) = (req.hostname.get().text_or_none(), req.service.get().text_or_none());
    let found = AddrInfoList::look_up(host, service, req.hints.get().get());
    req.retcode.set(match found {
        Ok(found) => {
            req.addrinfo.set(found.into_raw().cast());
            0
        }
        Err(error) => error.code(),
    });
}

pub(crate) fn looked_up(req: Ptr<uv_getaddrinfo_t>, outcome: std::result::Result<(), JobError>) {
    alloc::free(req.copies.replace(ptr::null_mut()));
    req.hints.set(Ptr::NULL);
    req.hostname.set(Ptr::NULL);
    req.service.set(Ptr::NULL);
    set_status(&req.retcode, outcome);
    if let Some(cb) = req.cb.get() {
        cb(req, req.retcode.get(), req.addrinfo.get());
    }
}

/// That of a request that no thread has done.
fn set_status(retcode: &Cell<c_int>, outcome: std::result::Result<(), JobError>) {
    match outcome {
        Ok(()) => {}
        Err(JobError::Canceled) => retcode.set(Error::EAI_CANCELED.code()),
        // Nothing here panics but for want of memory.
        Err(_) => retcode.set(Error::EAI_MEMORY.code()),
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_freeaddrinfo(first: *mut libc::addrinfo) {
    if !first.is_null() {
        // SAFETY: it is a list of the C library.
        unsafe { libc::freeaddrinfo(first) };
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_getnameinfo(
    loop_: Ptr<uv_loop_t>,
    req: Ptr<uv_getnameinfo_t>,
    cb: uv_getnameinfo_cb,
    address: Ptr<SockAddr>,
    flags: c_int,
) -> c_int {
    if req.is_null() {
        return Error::EINVAL.code();
    }
    let address = match from_c(address) {
        Ok(address) => address,
        Err(error) => return error.code(),
    };
    request::init(req, req_type::GETNAMEINFO, loop_);
    req.loop_.set(loop_);
    req.getnameinfo_cb.set(cb);
    Ptr::<Raw>::new(req.storage.as_ptr().cast()).put(Raw::new(&address).0);
    req.flags.set(flags);
    req.retcode.set(0);
    if cb.is_none() {
        look_up_names(req);
        return req.retcode.get();
    }
    threadpool::queue(loop_, req.up(), Lane::Slow);
    0
}

/// On a thread of the pool, or at once.
pub(crate) fn look_up_names(req: Ptr<uv_getnameinfo_t>) {
    let host = bytes_mut(req.host.as_ptr().cast(), size_of_val(&req.host));
    let service = bytes_mut(req.service.as_ptr().cast(), size_of_val(&req.service));
    let flags = NameFlags::from_raw(req.flags.get());
    let found = from_c(Ptr::new(req.storage.as_ptr().cast()))
        .and_then(|address| getnameinfo_into(address, flags, host, service));
    req.retcode.set(code(found));
}

pub(crate) fn looked_up_names(req: Ptr<uv_getnameinfo_t>, outcome: std::result::Result<(), JobError>) {
    set_status(&req.retcode, outcome);
    let name = |place: *mut c_char| if req.retcode.get() == 0 { place.cast_const() } else { ptr::null() };
    if let Some(call_back) = req.getnameinfo_cb.get() {
        let (host, service) = (name(req.host.as_ptr().cast()), name(req.service.as_ptr().cast()));
        call_back(req, req.retcode.get(), host, service);
    }
}
