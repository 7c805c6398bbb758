//! Options of UDP sockets.

use std::ffi::c_int;
use std::net::{IpAddr, SocketAddr};

use uv_loop::Loop;
use uv_net::{Interface, Udp, ip4_addr, ip6_addr};
use uv_sys::{Error, Result};

use crate::layout::*;
use crate::ptr::{Ptr, Str, code};

#[unsafe(no_mangle)]
extern "C" fn uv_udp_set_membership(handle: Ptr<uv_udp_t>, group: Str, interface: Str, membership: c_int) -> c_int {
    code(group_of(group).and_then(|group| {
        let interface = interface_for(group, interface)?;
        let (udp, lp) = (handle.id(), handle.lp());
        match membership {
            0 => udp.leave_group(lp, group, interface),
            1 => udp.join_group(lp, group, interface),
            _ => Err(Error::EINVAL),
        }
    }))
}

#[unsafe(no_mangle)]
extern "C" fn uv_udp_set_source_membership(
    handle: Ptr<uv_udp_t>,
    group: Str,
    interface: Str,
    source: Str,
    membership: c_int,
) -> c_int {
    code(group_of(group).and_then(|group| {
        let source = group_of(source)?;
        let interface = interface_for(group, interface)?;
        let (udp, lp) = (handle.id(), handle.lp());
        match membership {
            0 => udp.leave_source_group(lp, group, source, interface),
            1 => udp.join_source_group(lp, group, source, interface),
            _ => Err(Error::EINVAL),
        }
    }))
}

/// A text that is an address of either family.
fn parse(text: Str) -> Result<SocketAddr> {
    let text = text.text().to_str().map_err(|_| Error::EINVAL)?;
    match ip4_addr(text, 0) {
        Ok(v4) => Ok(v4.into()),
        Err(_) => Ok(ip6_addr(text, 0)?.into()),
    }
}

fn group_of(text: Str) -> Result<IpAddr> {
    if text.is_null() {
        return Err(Error::EINVAL);
    }
    Ok(parse(text)?.ip())
}

/// IPv4's interfaces are named by their address, IPv6's by an address whose scope they are.
fn interface_for(group: IpAddr, interface: Str) -> Result<Interface> {
    if interface.is_null() {
        return Ok(Interface::Any);
    }
    match (group, parse(interface)?) {
        (IpAddr::V4(_), SocketAddr::V4(v4)) => Ok(Interface::Address(*v4.ip())),
        (IpAddr::V6(_), SocketAddr::V6(v6)) => Ok(Interface::Index(v6.scope_id())),
        _ => Err(Error::EINVAL),
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_udp_set_multicast_interface(handle: Ptr<uv_udp_t>, interface: Str) -> c_int {
    let interface = match interface.is_null() {
        true => Ok(Interface::Any),
        false => parse(interface).map(|address| match address {
            SocketAddr::V4(v4) if v4.ip().is_unspecified() => Interface::Any,
            SocketAddr::V4(v4) => Interface::Address(*v4.ip()),
            SocketAddr::V6(v6) => Interface::Index(v6.scope_id()),
        }),
    };
    code(interface.and_then(|interface| {
        if matches!((interface, handle.id().local_addr(handle.lp())), (Interface::Index(_), Ok(SocketAddr::V4(_)))) {
            return Err(Error::ENOPROTOOPT);
        }
        handle.handle.of_fd(handle.id().set_multicast_interface(handle.lp(), interface))
    }))
}

#[unsafe(no_mangle)]
extern "C" fn uv_udp_set_multicast_loop(handle: Ptr<uv_udp_t>, on: c_int) -> c_int {
    if !(0..=255).contains(&on) {
        return Error::EINVAL.code();
    }
    set_option(handle, move |udp, lp| udp.set_multicast_loop(lp, on != 0))
}

/// What the system says of it is told to the loop's thread alone.
fn set_option(handle: Ptr<uv_udp_t>, set: impl FnOnce(Udp, &Loop) -> Result<()> + Send + 'static) -> c_int {
    let loop_ = handle.handle.loop_.get();
    if !loop_.is_foreign() {
        return code(handle.handle.of_fd(set(handle.id(), loop_.lp_here())));
    }
    if handle.handle.is_closing() || handle.handle.fd.get() < 0 {
        return Error::EBADF.code();
    }
    loop_.leave(move || _ = set(handle.id(), loop_.lp_here()));
    0
}

#[unsafe(no_mangle)]
extern "C" fn uv_udp_set_multicast_ttl(handle: Ptr<uv_udp_t>, ttl: c_int) -> c_int {
    match u32::try_from(ttl) {
        Ok(ttl @ 0..=255) => set_option(handle, move |udp, lp| udp.set_multicast_ttl(lp, ttl)),
        _ => Error::EINVAL.code(),
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_udp_set_ttl(handle: Ptr<uv_udp_t>, ttl: c_int) -> c_int {
    match u32::try_from(ttl) {
        Ok(ttl @ 1..=255) => set_option(handle, move |udp, lp| udp.set_ttl(lp, ttl)),
        _ => Error::EINVAL.code(),
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_udp_set_broadcast(handle: Ptr<uv_udp_t>, on: c_int) -> c_int {
    set_option(handle, move |udp, lp| udp.set_broadcast(lp, on != 0))
}
