//! `uv_getaddrinfo_t` and `uv_getnameinfo_t`: names to addresses and back.

use std::ffi::{c_char, c_int};
use std::net::SocketAddr;
use std::ptr;

use uv_net::{AddrFlags, AddrInfo, Family, Hints, NameFlags, NameInfo, Protocol, SocketType};
use uv_sys::{Error, Result};

use crate::address::{Raw, SockAddr, from_c};
use crate::layout::*;
use crate::ptr::{Ptr, Str, code};
use crate::request;

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
    let text = |text: Str| match text.text_or_none().map(|text| text.to_str()) {
        None => Ok(None),
        Some(Ok(text)) => Ok(Some(text)),
        Some(Err(_)) => Err(Error::EINVAL),
    };
    let (node, service) = (text(node)?, text(service)?);
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
    let Some(call_back) = cb else {
        req.addrinfo.set(list(&uv_net::getaddrinfo_sync(node, service, hints)?)?);
        return Ok(());
    };
    let lookup = uv_net::getaddrinfo(loop_.lp(), node, service, hints, move |_, found| {
        req.req.job.set(Job::None);
        match found.and_then(|found| list(&found)) {
            Ok(found) => {
                req.addrinfo.set(found);
                call_back(req, 0, found);
            }
            Err(error) => call_back(req, error.code(), ptr::null_mut()),
        }
    })?;
    req.req.job.set(Job::Lookup(lookup));
    Ok(())
}

/// An entry with its address behind it, as the C library allocates them.
#[repr(C)]
struct Entry {
    info: libc::addrinfo,
    address: Raw,
}

/// A list as `getaddrinfo(3)` makes it, so that programs may also free it with `freeaddrinfo(3)`: it is not of the memory
/// that `uv_replace_allocator` governs.
fn list(found: &[AddrInfo]) -> Result<*mut libc::addrinfo> {
    let mut first = ptr::null_mut();
    for entry in found.iter().rev() {
        // SAFETY: any size will do.
        let place = unsafe { libc::malloc(size_of::<Entry>()) }.cast::<Entry>();
        if place.is_null() {
            uv_freeaddrinfo(first);
            return Err(Error::EAI_MEMORY);
        }
        let (address, length) = Raw::new(&entry.address);
        let family = if entry.address.is_ipv6() { libc::AF_INET6 } else { libc::AF_INET };
        let info = libc::addrinfo {
            ai_flags: 0,
            ai_family: family,
            ai_socktype: entry.socket_type.raw(),
            ai_protocol: entry.protocol.raw(),
            ai_addrlen: length as libc::socklen_t,
            // SAFETY: it is within the place.
            ai_addr: unsafe { &raw mut (*place).address }.cast(),
            ai_canonname: entry.canonical_name.as_deref().map_or(ptr::null_mut(), name),
            ai_next: first,
        };
        // SAFETY: there is room for it.
        unsafe { place.write(Entry { info, address }) };
        first = place.cast();
    }
    Ok(first)
}

fn name(name: &str) -> *mut c_char {
    // SAFETY: the text has so many bytes.
    unsafe { libc::strndup(name.as_ptr().cast(), name.len()) }
}

#[unsafe(no_mangle)]
extern "C" fn uv_freeaddrinfo(first: *mut libc::addrinfo) {
    if !first.is_null() {
        // SAFETY: it is a list of the C library, or one as its own.
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
    code(from_c(address).and_then(|address| getnameinfo(loop_, req, cb, address, NameFlags::from_raw(flags))))
}

fn getnameinfo(
    loop_: Ptr<uv_loop_t>,
    req: Ptr<uv_getnameinfo_t>,
    cb: uv_getnameinfo_cb,
    address: SocketAddr,
    flags: NameFlags,
) -> Result<()> {
    request::init(req, req_type::GETNAMEINFO, loop_);
    req.loop_.set(loop_);
    req.getnameinfo_cb.set(cb);
    let Some(call_back) = cb else {
        put_names(req, &uv_net::getnameinfo_sync(address, flags)?);
        return Ok(());
    };
    let lookup = uv_net::getnameinfo(loop_.lp(), address, flags, move |_, found| {
        req.req.job.set(Job::None);
        match found {
            Ok(found) => {
                let (host, service) = put_names(req, &found);
                call_back(req, 0, host, service);
            }
            Err(error) => call_back(req, error.code(), ptr::null(), ptr::null()),
        }
    });
    req.req.job.set(Job::Lookup(lookup));
    Ok(())
}

fn put_names(req: Ptr<uv_getnameinfo_t>, names: &NameInfo) -> (*const c_char, *const c_char) {
    let (host, service) = (Str::new(req.host.as_ptr().cast()), Str::new(req.service.as_ptr().cast()));
    crate::ptr::put_truncated(host, 1025, names.host.as_bytes());
    crate::ptr::put_truncated(service, 32, names.service.as_bytes());
    (host.raw(), service.raw())
}
