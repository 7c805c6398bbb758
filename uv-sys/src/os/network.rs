//! Network interfaces.

use std::ffi::{CStr, CString, OsStr, OsString};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::ptr;

use crate::{Error, Result};

/// An address of a network interface, as `uv_interface_address_t`.
///
/// ```
/// for address in uv_sys::os::interface_addresses()? {
///     println!("{:?}: {}", address.name, address.address);
/// }
/// # Ok::<(), uv_sys::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InterfaceAddress {
    /// The interface's name.
    pub name: OsString,
    /// Its hardware address; zeros if it has none.
    pub phys_addr: [u8; 6],
    /// It leads back to the machine itself.
    pub internal: bool,
    /// The address.
    pub address: IpAddr,
    /// Which of the address's bits name the network.
    pub netmask: IpAddr,
    /// The interface's index, for an address that holds on one link alone; else 0.
    pub scope_id: u32,
}

/// The addresses of the network interfaces that are up and running, as `uv_interface_addresses`. An interface is there
/// once for each of its addresses.
///
/// # Errors
///
/// The system's: `ENOMEM`, `EMFILE`.
///
/// ```
/// let addresses = uv_sys::os::interface_addresses()?;
/// assert!(addresses.iter().all(|address| !address.internal || address.address.is_loopback()));
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub fn interface_addresses() -> Result<Vec<InterfaceAddress>> {
    let list = List::new()?;
    let mut addresses = Vec::new();
    for entry in list.iter().filter(|entry| is_running(entry)) {
        let Some((address, scope_id)) = address(entry.ifa_addr) else {
            continue;
        };
        addresses.push(InterfaceAddress {
            name: name(entry),
            phys_addr: [0; 6],
            internal: entry.ifa_flags & libc::IFF_LOOPBACK as u32 != 0,
            address,
            netmask: self::address(entry.ifa_netmask).map_or(unspecified(address), |(netmask, _)| netmask),
            scope_id,
        });
    }
    for (entry, hardware) in list.iter().filter_map(|entry| Some((entry, hardware(entry)?))) {
        let device = name(entry);
        for address in addresses.iter_mut().filter(|address| is_of(&address.name, &device)) {
            address.phys_addr = hardware;
        }
    }
    Ok(addresses)
}

/// The name of the interface with this index, as `uv_if_indextoname`.
///
/// # Errors
///
/// `ENXIO` if there is none.
///
/// ```
/// use uv_sys::{Error, os};
///
/// assert_eq!(os::if_indextoname(0), Err(Error::ENXIO));
/// ```
pub fn if_indextoname(index: u32) -> Result<OsString> {
    let mut buffer = [0; libc::IF_NAMESIZE];
    // SAFETY: the buffer has the room that the function asks for.
    if unsafe { libc::if_indextoname(index, buffer.as_mut_ptr()) }.is_null() {
        return Err(std::io::Error::last_os_error().into());
    }
    let bytes = buffer.map(|byte| byte as u8);
    let name = CStr::from_bytes_until_nul(&bytes).map_err(|_| Error::EINVAL)?;
    Ok(OsStr::from_bytes(name.to_bytes()).to_owned())
}

/// The index of the interface of this name: the way back from [`if_indextoname`].
///
/// # Errors
///
/// `ENODEV` or `ENXIO` if there is none, `EINVAL` for a name with a NUL in it.
///
/// ```
/// use uv_sys::os;
///
/// for address in os::interface_addresses()? {
///     assert_eq!(os::if_indextoname(os::if_nametoindex(&address.name)?)?, address.name);
/// }
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub fn if_nametoindex(name: &OsStr) -> Result<u32> {
    let name = CString::new(name.as_bytes()).map_err(|_| Error::EINVAL)?;
    // SAFETY: the text ends with a NUL.
    match unsafe { libc::if_nametoindex(name.as_ptr()) } {
        0 => Err(std::io::Error::last_os_error().into()),
        index => Ok(index),
    }
}

/// What `getifaddrs` has made.
struct List(*mut libc::ifaddrs);

impl List {
    fn new() -> Result<List> {
        let mut first = ptr::null_mut();
        // SAFETY: the pointer outlives the call.
        match unsafe { libc::getifaddrs(&raw mut first) } {
            0 => Ok(List(first)),
            _ => Err(std::io::Error::last_os_error().into()),
        }
    }

    fn iter(&self) -> impl Iterator<Item = &libc::ifaddrs> {
        // SAFETY: the list lives as long as `self`, and each entry's next is one of it or null.
        let at = |entry: *mut libc::ifaddrs| unsafe { entry.as_ref() };
        std::iter::successors(at(self.0), move |entry| at(entry.ifa_next))
    }
}

impl Drop for List {
    fn drop(&mut self) {
        // SAFETY: the list is from `getifaddrs`, and nobody refers to it any more.
        unsafe { libc::freeifaddrs(self.0) };
    }
}

fn is_running(entry: &libc::ifaddrs) -> bool {
    let wanted = (libc::IFF_UP | libc::IFF_RUNNING) as u32;
    entry.ifa_flags & wanted == wanted
}

fn name(entry: &libc::ifaddrs) -> OsString {
    // SAFETY: the name is the entry's and ends with a NUL.
    OsString::from_vec(unsafe { CStr::from_ptr(entry.ifa_name) }.to_bytes().to_vec())
}

/// An alias, such as `eth0:1`, shares its device's hardware.
fn is_of(name: &OsStr, device: &OsStr) -> bool {
    name.as_bytes().strip_prefix(device.as_bytes()).is_some_and(|rest| matches!(rest, [] | [b':', ..]))
}

/// The IP address, and the scope of one of version 6. `None` for addresses of other kinds, and for none.
fn address(address: *const libc::sockaddr) -> Option<(IpAddr, u32)> {
    // SAFETY: an entry's address is null or valid, and as long as its family says.
    unsafe {
        match libc::c_int::from(address.as_ref()?.sa_family) {
            libc::AF_INET => {
                let address = address.cast::<libc::sockaddr_in>().read_unaligned();
                Some((Ipv4Addr::from(address.sin_addr.s_addr.to_ne_bytes()).into(), 0))
            }
            libc::AF_INET6 => {
                let address = address.cast::<libc::sockaddr_in6>().read_unaligned();
                Some((Ipv6Addr::from(address.sin6_addr.s6_addr).into(), address.sin6_scope_id))
            }
            _ => None,
        }
    }
}

fn unspecified(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    }
}

/// The hardware address, if the entry is a device's.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn hardware(entry: &libc::ifaddrs) -> Option<[u8; 6]> {
    // SAFETY: as in `address`.
    unsafe {
        if libc::c_int::from(entry.ifa_addr.as_ref()?.sa_family) != libc::AF_PACKET {
            return None;
        }
        let address = entry.ifa_addr.cast::<libc::sockaddr_ll>().read_unaligned();
        address.sll_addr.first_chunk().copied()
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn hardware(_: &libc::ifaddrs) -> Option<[u8; 6]> {
    None
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_of_its_device() {
        let of = |name: &str, device: &str| is_of(name.as_ref(), device.as_ref());
        assert!(of("eth0", "eth0") && of("eth0:1", "eth0"));
        assert!(!of("eth01", "eth0") && !of("eth", "eth0") && !of("lo", "eth0"));
    }

    #[test]
    fn names_and_indices_that_are_none() {
        assert_eq!(if_indextoname(u32::MAX), Err(Error::ENXIO));
        assert!(matches!(if_nametoindex("nowhere0".as_ref()), Err(Error::ENODEV | Error::ENXIO)));
        assert_eq!(if_nametoindex("a\0b".as_ref()), Err(Error::EINVAL));
    }
}
