//! Socket addresses: `struct sockaddr` and back, and `uv_ip4_addr` and its like.

use std::ffi::{OsStr, c_char, c_int, c_void};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::unix::ffi::OsStrExt;

use uv_net::{ip4_addr, ip6_addr};
use uv_sys::{Error, Result};

use crate::layout::uv_handle_t;
use crate::ptr::{Ptr, Str, bytes_mut, code};

/// `struct sockaddr`: of IPv4, of IPv6, or of something else that is refused.
pub(crate) type SockAddr = libc::sockaddr;

/// The address, `EINVAL` for one that is not IP's.
pub(crate) fn from_c(address: Ptr<SockAddr>) -> Result<SocketAddr> {
    if address.is_null() {
        return Err(Error::EINVAL);
    }
    match c_int::from(address.sa_family) {
        libc::AF_INET => {
            let v4 = Ptr::<libc::sockaddr_in>::new(address.raw().cast());
            let ip = Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr));
            Ok(SocketAddrV4::new(ip, u16::from_be(v4.sin_port)).into())
        }
        libc::AF_INET6 => {
            let v6 = Ptr::<libc::sockaddr_in6>::new(address.raw().cast());
            let ip = Ipv6Addr::from(v6.sin6_addr.s6_addr);
            Ok(SocketAddrV6::new(ip, u16::from_be(v6.sin6_port), v6.sin6_flowinfo, v6.sin6_scope_id).into())
        }
        _ => Err(Error::EINVAL),
    }
}

/// The name in the address of a Unix socket, if it is one. That of an abstract one begins with a zero and has all the bytes
/// there are.
pub(crate) fn unix_name<'a>(address: Ptr<SockAddr>) -> Option<&'a OsStr> {
    if address.is_null() || c_int::from(address.sa_family) != libc::AF_UNIX {
        return None;
    }
    let unix = Ptr::<libc::sockaddr_un>::new(address.raw().cast());
    let path = crate::ptr::bytes((&raw const unix.sun_path).cast(), size_of::<[c_char; 108]>());
    let length = path.iter().skip(1).position(|byte| *byte == 0).map_or(path.len(), |place| place + 1);
    Some(OsStr::from_bytes(if path[0] == 0 { path } else { &path[..length] }))
}

pub(crate) fn to_v4(address: &SocketAddrV4) -> libc::sockaddr_in {
    libc::sockaddr_in {
        sin_family: libc::AF_INET as libc::sa_family_t,
        sin_port: address.port().to_be(),
        sin_addr: libc::in_addr { s_addr: u32::from(*address.ip()).to_be() },
        sin_zero: [0; 8],
    }
}

pub(crate) fn to_v6(address: &SocketAddrV6) -> libc::sockaddr_in6 {
    libc::sockaddr_in6 {
        sin6_family: libc::AF_INET6 as libc::sa_family_t,
        sin6_port: address.port().to_be(),
        sin6_flowinfo: address.flowinfo(),
        sin6_addr: libc::in6_addr { s6_addr: address.ip().octets() },
        sin6_scope_id: address.scope_id(),
    }
}

/// An address as C has it, and its length.
#[repr(C)]
pub(crate) union Raw {
    v4: libc::sockaddr_in,
    v6: libc::sockaddr_in6,
}

impl Raw {
    pub(crate) fn new(address: &SocketAddr) -> (Raw, usize) {
        match address {
            SocketAddr::V4(v4) => (Raw { v4: to_v4(v4) }, size_of::<libc::sockaddr_in>()),
            SocketAddr::V6(v6) => (Raw { v6: to_v6(v6) }, size_of::<libc::sockaddr_in6>()),
        }
    }

    pub(crate) fn as_ptr(&self) -> *const SockAddr {
        std::ptr::from_ref(self).cast()
    }
}

/// What the system's `getsockname` or `getpeername` says, for a thread that does not run the handle's loop.
#[cold]
pub(crate) fn put_address_elsewhere(
    handle: &uv_handle_t,
    ask: unsafe extern "C" fn(c_int, *mut libc::sockaddr, *mut libc::socklen_t) -> c_int,
    name: Ptr<SockAddr>,
    length: Ptr<c_int>,
) -> c_int {
    if length.read() < 0 {
        return Error::EINVAL.code();
    }
    let fd = handle.fd_elsewhere();
    // SAFETY: by libuv's contract there is room for so many bytes; the system looks at the pointers itself.
    code(crate::ptr::os(unsafe { ask(fd, name.raw().cast(), length.raw().cast()) }).map(drop))
}

/// Copies the address into the program's memory, as far as there is room, and says how long it is; as the kernel does.
pub(crate) fn put_address(address: Result<SocketAddr>, name: Ptr<SockAddr>, length: Ptr<c_int>) -> c_int {
    code(address.and_then(|address| {
        let room = usize::try_from(length.read()).map_err(|_| Error::EINVAL)?;
        let (raw, size) = Raw::new(&address);
        if name.is_null() && room > 0 {
            return Err(Error::EFAULT);
        }
        let from = crate::ptr::bytes(raw.as_ptr().cast(), size);
        let place = bytes_mut(name.raw().cast(), room.min(size));
        place.copy_from_slice(&from[..place.len()]);
        length.put(size as c_int);
        Ok(())
    }))
}

#[unsafe(no_mangle)]
extern "C" fn uv_ip4_addr(ip: Str, port: c_int, address: Ptr<libc::sockaddr_in>) -> c_int {
    // As in libuv the address is set whatever comes of it.
    let text = ip.text_or_none().and_then(|text| text.to_str().ok()).ok_or(Error::EINVAL);
    let result = text.and_then(|text| ip4_addr(text, port as u16));
    address.put(to_v4(&result.unwrap_or(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port as u16))));
    code(result.map(drop))
}

#[unsafe(no_mangle)]
extern "C" fn uv_ip6_addr(ip: Str, port: c_int, address: Ptr<libc::sockaddr_in6>) -> c_int {
    let text = ip.text().to_str().map_err(|_| Error::EINVAL);
    let result = text.and_then(|text| ip6_addr(text, port as u16));
    address.put(to_v6(&result.unwrap_or(SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, port as u16, 0, 0))));
    code(result.map(drop))
}

#[unsafe(no_mangle)]
extern "C" fn uv_ip4_name(from: Ptr<libc::sockaddr_in>, to: Str, size: usize) -> c_int {
    uv_inet_ntop(libc::AF_INET, (&raw const from.sin_addr).cast(), to, size)
}

#[unsafe(no_mangle)]
extern "C" fn uv_ip6_name(from: Ptr<libc::sockaddr_in6>, to: Str, size: usize) -> c_int {
    uv_inet_ntop(libc::AF_INET6, (&raw const from.sin6_addr).cast(), to, size)
}

#[unsafe(no_mangle)]
extern "C" fn uv_ip_name(from: Ptr<SockAddr>, to: Str, size: usize) -> c_int {
    match c_int::from(from.sa_family) {
        libc::AF_INET => uv_ip4_name(Ptr::new(from.raw().cast()), to, size),
        libc::AF_INET6 => uv_ip6_name(Ptr::new(from.raw().cast()), to, size),
        _ => Error::EAFNOSUPPORT.code(),
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_inet_ntop(family: c_int, from: *const c_void, to: Str, size: usize) -> c_int {
    let name = match family {
        libc::AF_INET => Ipv4Addr::from(Ptr::<[u8; 4]>::new(from.cast_mut().cast()).read()).to_string(),
        libc::AF_INET6 => ipv6_name(Ipv6Addr::from(Ptr::<[u8; 16]>::new(from.cast_mut().cast()).read())),
        _ => return Error::EAFNOSUPPORT.code(),
    };
    if name.len() >= size {
        return Error::ENOSPC.code();
    }
    crate::ptr::put_truncated(to, size, name.as_bytes());
    0
}

/// As the BSDs' and libuv's, which show an embedded IPv4 address also where Rust does not.
fn ipv6_name(address: Ipv6Addr) -> String {
    let segments = address.segments();
    if segments[..6].iter().all(|segment| *segment == 0) && segments[6] != 0 {
        let [.., a, b, c, d] = address.octets();
        return format!("::{}", Ipv4Addr::new(a, b, c, d));
    }
    address.to_string()
}

#[unsafe(no_mangle)]
extern "C" fn uv_inet_pton(family: c_int, from: Str, to: *mut c_void) -> c_int {
    if from.is_null() || to.is_null() {
        return Error::EINVAL.code();
    }
    // What is no UTF-8 is no address, and neither is an empty text.
    let text = from.text().to_str().unwrap_or_default();
    match family {
        libc::AF_INET => match text.parse::<Ipv4Addr>() {
            Ok(ip) => Ptr::<[u8; 4]>::new(to.cast()).put(ip.octets()),
            Err(_) => return Error::EINVAL.code(),
        },
        libc::AF_INET6 => {
            // The scope is not looked at; what is longer than an address is none.
            let ip = text.split('%').next().unwrap_or_default();
            if text.contains('%') && ip.len() > 45 {
                return Error::EINVAL.code();
            }
            match ip.parse::<Ipv6Addr>() {
                Ok(ip) => Ptr::<[u8; 16]>::new(to.cast()).put(ip.octets()),
                Err(_) => return Error::EINVAL.code(),
            }
        }
        _ => return Error::EAFNOSUPPORT.code(),
    }
    0
}

/// What `if_indextoname` writes at most.
pub(crate) const NAME: usize = libc::IF_NAMESIZE;

#[unsafe(no_mangle)]
extern "C" fn uv_if_indextoname(index: std::ffi::c_uint, buffer: Str, size: Ptr<usize>) -> c_int {
    if buffer.is_null() || size.is_null() || size.read() == 0 {
        return Error::EINVAL.code();
    }
    let mut name = [0 as c_char; NAME + 1];
    // SAFETY: there is room for a name.
    if unsafe { libc::if_indextoname(index, name.as_mut_ptr()) }.is_null() {
        return Error::from(std::io::Error::last_os_error()).code();
    }
    crate::ptr::put_text(buffer, size, Ptr::new(name.as_mut_ptr()).text().to_bytes())
}

#[unsafe(no_mangle)]
extern "C" fn uv_if_indextoiid(index: std::ffi::c_uint, buffer: Str, size: Ptr<usize>) -> c_int {
    uv_if_indextoname(index, buffer, size)
}
