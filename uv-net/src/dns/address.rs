//! Addresses as text, where std's own forms differ from libuv's.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use uv_sys::{Error, Result};

/// An IPv4 address in the dotted form, and a port; as `uv_ip4_addr`.
///
/// # Errors
///
/// `EINVAL` for another text.
///
/// ```
/// use uv_net::{Error, ip4_addr};
///
/// assert_eq!(ip4_addr("127.0.0.1", 80)?.to_string(), "127.0.0.1:80");
/// assert_eq!(ip4_addr("127.1", 80), Err(Error::EINVAL));
/// # Ok::<(), Error>(())
/// ```
pub fn ip4_addr(ip: &str, port: u16) -> Result<SocketAddrV4> {
    let ip: Ipv4Addr = ip.parse().map_err(|_| Error::EINVAL)?;
    Ok(SocketAddrV4::new(ip, port))
}

/// An IPv6 address and a port, as `uv_ip6_addr`. Behind a `%` the address may have the name of an interface, whose index
/// becomes the scope; an unknown one is 0.
///
/// # Errors
///
/// `EINVAL` for another text.
///
/// ```
/// use uv_net::{Error, ip6_addr};
///
/// assert_eq!(ip6_addr("::1", 80)?.to_string(), "[::1]:80");
/// assert_eq!(ip6_addr("fe80::1%no such thing", 80)?.scope_id(), 0);
/// # #[cfg(target_os = "linux")]
/// assert_eq!(ip6_addr("fe80::1%lo", 80)?.scope_id(), 1);
/// assert_eq!(ip6_addr("127.0.0.1", 80), Err(Error::EINVAL));
/// # Ok::<(), Error>(())
/// ```
pub fn ip6_addr(ip: &str, port: u16) -> Result<SocketAddrV6> {
    let (ip, zone) = match ip.split_once('%') {
        Some((ip, zone)) => (ip, Some(zone)),
        None => (ip, None),
    };
    let ip: Ipv6Addr = ip.parse().map_err(|_| Error::EINVAL)?;
    let scope = zone.and_then(|zone| interface_index(zone).ok()).unwrap_or(0);
    Ok(SocketAddrV6::new(ip, port, 0, scope))
}

/// The address without the port, and without a scope; as `uv_ip_name`.
///
/// ```
/// assert_eq!(uv_net::ip_name(&"[fe80::1%3]:80".parse().unwrap()), "fe80::1");
/// ```
pub fn ip_name(address: &SocketAddr) -> String {
    match address.ip() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => ip.to_string(),
    }
}

fn interface_index(name: &str) -> Result<u32> {
    let socket = rustix::net::socket(rustix::net::AddressFamily::UNIX, rustix::net::SocketType::DGRAM, None);
    let socket = socket.map_err(|errno| Error::from_raw_errno(errno.raw_os_error()))?;
    let index = rustix::net::netdevice::name_to_index(socket, name);
    index.map_err(|errno| Error::from_raw_errno(errno.raw_os_error()))
}
