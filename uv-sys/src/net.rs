//! Calls on datagram sockets that neither the standard library nor its usual companions have: many datagrams a call,
//! the error queue, and source-specific groups of IPv6.

mod name;

use std::io::IoSliceMut;
use std::mem::{self, MaybeUninit};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr;

pub use name::SocketName;

use crate::{Error, Result};

/// As many datagrams [`recv_many`] receives at most; libuv's number.
///
/// ```
/// assert_eq!(uv_sys::net::BATCH, 20);
/// ```
pub const BATCH: usize = 20;

/// What is known of a received datagram besides its bytes.
///
/// ```
/// assert_eq!(uv_sys::net::Received::default().length, 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// How many bytes of the buffer it fills.
    pub length: usize,
    /// Who has sent it, if that is an IPv4 or IPv6 address.
    pub address: Option<SocketAddr>,
    /// The buffer was too small for it, and the rest is gone.
    pub truncated: bool,
}

/// Receives datagrams, one into each of `buffers`, as `recvmmsg(2)`: at most [`BATCH`] of them and as many as there are
/// places in `received`. It does not wait for more than one, nor for the first if the socket is non-blocking. Gives
/// their number; systems without that call give one.
///
/// # Errors
///
/// `EAGAIN` if there is none, `EINVAL` without a buffer or a place, and what the system says of the socket: an earlier
/// datagram's `ECONNREFUSED`. An error after some datagrams is left to the next call.
///
/// ```
/// use std::io::IoSliceMut;
/// use std::net::UdpSocket;
/// use std::os::fd::AsFd;
/// use uv_sys::net::{Received, recv_many};
///
/// let (socket, sender) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
/// socket.set_nonblocking(true)?;
/// sender.send_to(b"one", socket.local_addr()?)?;
/// sender.send_to(b"number two", socket.local_addr()?)?;
///
/// let (mut first, mut second) = ([0; 8], [0; 8]);
/// let mut buffers = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
/// let mut received = [Received::default(); 2];
/// let count = recv_many(socket.as_fd(), &mut buffers, &mut received)?;
/// assert_eq!(received[0].address, Some(sender.local_addr()?));
/// assert!(&first[..received[0].length] == b"one");
/// assert!(count == 1 || (received[1].truncated && &second == b"number t"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn recv_many(socket: BorrowedFd<'_>, buffers: &mut [IoSliceMut<'_>], received: &mut [Received]) -> Result<usize> {
    recv_many_named(socket, buffers, received, |_, _| ())
}

/// [`recv_many`], which calls `other` with the addresses that are neither IPv4's nor IPv6's: the datagram's place among those
/// received, and the bytes of its sender's `struct sockaddr`; there are none if the sender has no name.
///
/// # Errors
///
/// As [`recv_many`].
///
/// ```
/// use std::io::IoSliceMut;
/// use std::os::fd::AsFd;
/// use std::os::unix::net::UnixDatagram;
/// use uv_sys::net::{Received, recv_many_named};
///
/// let dir = tempfile::tempdir()?;
/// let (name, mut bytes) = (dir.path().join("sender"), [[0; 8]; 2]);
/// let (socket, sender) = (UnixDatagram::bind(dir.path().join("socket"))?, UnixDatagram::bind(&name)?);
/// sender.send_to(b"ping", dir.path().join("socket"))?;
/// let mut buffers = bytes.each_mut().map(|bytes| IoSliceMut::new(bytes));
/// let mut received = [Received::default(); 2];
/// let count = recv_many_named(socket.as_fd(), &mut buffers, &mut received, |place, other| {
///     assert_eq!((place, &other[2..other.len() - 1]), (0, name.as_os_str().as_encoded_bytes()));
/// })?;
/// assert_eq!((count, received[0].length), (1, 4));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn recv_many_named(
    socket: BorrowedFd<'_>,
    buffers: &mut [IoSliceMut<'_>],
    received: &mut [Received],
    mut other: impl FnMut(usize, &[u8]),
) -> Result<usize> {
    if buffers.is_empty() || received.is_empty() {
        return Err(Error::EINVAL);
    }
    // One call for one is quicker than that for many.
    if buffers.len() == 1 || received.len() == 1 {
        return recv_one(socket, &mut buffers[0], &mut received[0], &mut other);
    }
    imp::recv_many(socket, buffers, received, &mut other)
}

fn recv_one(
    socket: BorrowedFd<'_>,
    buffer: &mut IoSliceMut<'_>,
    place: &mut Received,
    other: &mut dyn FnMut(usize, &[u8]),
) -> Result<usize> {
    let mut name = SocketName::default();
    let Arrival { length, truncated } = recv_named(socket, buffer, &mut name)?;
    *place = Received { length, address: name.address(), truncated };
    if place.address.is_none() {
        other(0, name.as_bytes());
    }
    Ok(1)
}

/// What [`recv_named`] says of a datagram.
///
/// ```
/// fn is_whole(arrival: uv_sys::net::Arrival) -> bool {
///     !arrival.truncated
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Arrival {
    /// How many bytes of the buffer it fills.
    pub length: usize,
    /// The buffer was too small for it, and the rest is gone.
    pub truncated: bool,
}

/// Receives one datagram, as `recvmsg(2)`, and puts its sender into `name`.
///
/// # Errors
///
/// As [`recv_many`].
///
/// ```
/// use std::os::fd::AsFd;
/// use std::os::unix::net::UnixDatagram;
/// use uv_sys::net::{SocketName, recv_named};
///
/// let dir = tempfile::tempdir()?;
/// let (path, mut bytes, mut name) = (dir.path().join("sender"), [0; 8], SocketName::default());
/// let (socket, sender) = (UnixDatagram::bind(dir.path().join("socket"))?, UnixDatagram::bind(&path)?);
/// sender.send_to(b"ping", dir.path().join("socket"))?;
/// let arrival = recv_named(socket.as_fd(), &mut bytes, &mut name)?;
/// assert_eq!((arrival.length, arrival.truncated), (4, false));
/// assert_eq!(&name.as_bytes()[2..name.as_bytes().len() - 1], path.as_os_str().as_encoded_bytes());
/// # Ok::<(), std::io::Error>(())
/// ```
#[inline]
pub fn recv_named(socket: BorrowedFd<'_>, buffer: &mut [u8], name: &mut SocketName) -> Result<Arrival> {
    // What is left from another sender would be behind a name that is shorter.
    if name.length != 0 {
        *name = SocketName::default();
    }
    let mut buffer = IoSliceMut::new(buffer);
    let mut header = header(&raw mut name.storage, &mut buffer);
    // SAFETY: the name and the buffer outlive the call, and their lengths are their own.
    let length = retry(|| unsafe { libc::recvmsg(socket.as_raw_fd(), &mut header, 0) })?;
    name.length = header.msg_namelen;
    Ok(Arrival { length, truncated: header.msg_flags & libc::MSG_TRUNC != 0 })
}

/// # Safety
///
/// The kernel has received with this header, which points to this name.
unsafe fn name_of<'a>(header: &libc::msghdr, name: &'a MaybeUninit<libc::sockaddr_storage>) -> &'a [u8] {
    let count = (header.msg_namelen as usize).min(mem::size_of_val(name));
    // SAFETY: the kernel has written so many bytes of the name.
    unsafe { std::slice::from_raw_parts(name.as_ptr().cast::<u8>(), count) }
}

/// What has become of a datagram that was sent: an entry of a socket's error queue.
///
/// ```
/// fn log(failed: &uv_sys::net::Failed) {
///     println!("to {:?}: {}, says {:?}", failed.datagram.address, failed.error, failed.offender);
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failed {
    /// Why: `ECONNREFUSED`, `EHOSTUNREACH`, `EMSGSIZE`.
    pub error: Error,
    /// The machine that has said so in an ICMP message; `None` if it was this one.
    pub offender: Option<SocketAddr>,
    /// The datagram, what is left of it, and the address to which it was sent.
    pub datagram: Received,
}

/// Whether what ICMP says of sent datagrams is kept in the socket's error queue, and all of it is; the socket option
/// `IP_RECVERR`, or `IPV6_RECVERR` if it `is_ipv6`. An entry makes the socket readable with an error.
///
/// # Errors
///
/// What `setsockopt(2)` says. `ENOTSUP` on other systems than Linux.
///
/// ```
/// use std::os::fd::AsFd;
///
/// let socket = std::net::UdpSocket::bind("127.0.0.1:0")?;
/// # #[cfg(target_os = "linux")]
/// uv_sys::net::set_recv_errors(socket.as_fd(), false, true)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn set_recv_errors(socket: BorrowedFd<'_>, is_ipv6: bool, on: bool) -> Result<()> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    return match is_ipv6 {
        false => set_option(socket, libc::IPPROTO_IP, libc::IP_RECVERR, &libc::c_int::from(on)),
        true => set_option(socket, libc::IPPROTO_IPV6, libc::IPV6_RECVERR, &libc::c_int::from(on)),
    };
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    {
        let _ = (socket, is_ipv6, on);
        Err(Error::ENOTSUP)
    }
}

/// Takes the first entry of the socket's error queue; the datagram goes into `buffer`. See [`set_recv_errors`].
///
/// # Errors
///
/// `EAGAIN` if there is none. `ENOTSUP` on other systems than Linux.
///
/// ```
/// use std::os::fd::AsFd;
/// use uv_sys::{Error, net::recv_error};
///
/// let socket = std::net::UdpSocket::bind("127.0.0.1:0")?;
/// # #[cfg(target_os = "linux")]
/// assert_eq!(recv_error(socket.as_fd(), &mut [0; 16]), Err(Error::EAGAIN));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn recv_error(socket: BorrowedFd<'_>, buffer: &mut [u8]) -> Result<Failed> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    return linux::recv_error(socket, buffer);
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    {
        let _ = (socket, buffer);
        Err(Error::ENOTSUP)
    }
}

/// Receives what `source` sends to `group` on the interface of that index (0: one that the system chooses); the socket
/// option `MCAST_JOIN_SOURCE_GROUP`.
///
/// # Errors
///
/// What `setsockopt(2)` says: `ENODEV` for an unknown interface, `EINVAL` for a group that is none, `EADDRNOTAVAIL` if it
/// has joined already. `ENOTSUP` on other systems than Linux.
///
/// ```
/// use std::net::Ipv6Addr;
/// use std::os::fd::AsFd;
///
/// let socket = std::net::UdpSocket::bind("[::]:0")?;
/// let no_group = Ipv6Addr::LOCALHOST;
/// assert!(uv_sys::net::join_source_v6(socket.as_fd(), no_group, Ipv6Addr::LOCALHOST, 0).is_err());
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn join_source_v6(socket: BorrowedFd<'_>, group: Ipv6Addr, source: Ipv6Addr, interface: u32) -> Result<()> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    return linux::source_group(socket, linux::MCAST_JOIN_SOURCE_GROUP, group, source, interface);
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    {
        let _ = (socket, group, source, interface);
        Err(Error::ENOTSUP)
    }
}

/// Undoes [`join_source_v6`]; the socket option `MCAST_LEAVE_SOURCE_GROUP`.
///
/// # Errors
///
/// `EADDRNOTAVAIL` if it has not joined, and else those of [`join_source_v6`].
///
/// ```
/// use std::net::Ipv6Addr;
/// use std::os::fd::AsFd;
///
/// let socket = std::net::UdpSocket::bind("[::]:0")?;
/// let group = "ff32::1234".parse().unwrap();
/// assert!(uv_sys::net::leave_source_v6(socket.as_fd(), group, Ipv6Addr::LOCALHOST, 0).is_err());
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn leave_source_v6(socket: BorrowedFd<'_>, group: Ipv6Addr, source: Ipv6Addr, interface: u32) -> Result<()> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    return linux::source_group(socket, linux::MCAST_LEAVE_SOURCE_GROUP, group, source, interface);
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    {
        let _ = (socket, group, source, interface);
        Err(Error::ENOTSUP)
    }
}

/// The address in `storage`, of which the kernel has filled `length` bytes.
pub(crate) fn address_of(storage: &libc::sockaddr_storage, length: libc::socklen_t) -> Option<SocketAddr> {
    // SAFETY: all of it is initialized.
    unsafe { address_at(storage, length) }
}

/// The same where nothing is behind these bytes.
///
/// # Safety
///
/// The first `length` bytes, as far as they are in the storage, are initialized.
unsafe fn address_at(from: *const libc::sockaddr_storage, length: libc::socklen_t) -> Option<SocketAddr> {
    let length = length as usize;
    if length < 2 {
        return None;
    }
    // SAFETY: the family is within the first two bytes of any socket address.
    let family = unsafe { (&raw const (*from).ss_family).read() };
    match libc::c_int::from(family) {
        libc::AF_INET if length >= mem::size_of::<libc::sockaddr_in>() => {
            // SAFETY: the storage is aligned for any socket address; this one's bytes are there, and numbers, of which any
            // are valid.
            let address = unsafe { &*from.cast::<libc::sockaddr_in>() };
            let ip = Ipv4Addr::from(u32::from_be(address.sin_addr.s_addr));
            Some(SocketAddrV4::new(ip, u16::from_be(address.sin_port)).into())
        }
        libc::AF_INET6 if length >= mem::size_of::<libc::sockaddr_in6>() => {
            // SAFETY: as above.
            let address = unsafe { &*from.cast::<libc::sockaddr_in6>() };
            let ip = Ipv6Addr::from(address.sin6_addr.s6_addr);
            let port = u16::from_be(address.sin6_port);
            Some(SocketAddrV6::new(ip, port, address.sin6_flowinfo, address.sin6_scope_id).into())
        }
        _ => None,
    }
}

/// An address as the kernel reads it, and its length.
pub(crate) fn storage_of(address: SocketAddr) -> (libc::sockaddr_storage, libc::socklen_t) {
    // SAFETY: zeros are a value of this type, whose fields are numbers.
    let mut storage: libc::sockaddr_storage = unsafe { mem::zeroed() };
    let into: *mut libc::sockaddr_storage = &mut storage;
    let length = match address {
        SocketAddr::V4(address) => {
            // SAFETY: the storage is larger than, and aligned for, any socket address, and initialized.
            let into = unsafe { &mut *into.cast::<libc::sockaddr_in>() };
            into.sin_family = libc::AF_INET as libc::sa_family_t;
            into.sin_port = address.port().to_be();
            into.sin_addr.s_addr = u32::from(*address.ip()).to_be();
            mem::size_of::<libc::sockaddr_in>()
        }
        SocketAddr::V6(address) => {
            // SAFETY: as above.
            let into = unsafe { &mut *into.cast::<libc::sockaddr_in6>() };
            into.sin6_family = libc::AF_INET6 as libc::sa_family_t;
            into.sin6_port = address.port().to_be();
            into.sin6_addr.s6_addr = address.ip().octets();
            into.sin6_flowinfo = address.flowinfo();
            into.sin6_scope_id = address.scope_id();
            mem::size_of::<libc::sockaddr_in6>()
        }
    };
    (storage, length as libc::socklen_t)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn set_option<T>(socket: BorrowedFd<'_>, level: libc::c_int, name: libc::c_int, value: &T) -> Result<()> {
    let length = mem::size_of::<T>() as libc::socklen_t;
    // SAFETY: the value lives for the time of the call, and the length is its own.
    let result = unsafe { libc::setsockopt(socket.as_raw_fd(), level, name, ptr::from_ref(value).cast(), length) };
    if result == 0 { Ok(()) } else { Err(last_error()) }
}

fn last_error() -> Error {
    Error::from(std::io::Error::last_os_error())
}

/// Repeats what a signal has interrupted.
fn retry(mut call: impl FnMut() -> libc::ssize_t) -> Result<usize> {
    loop {
        match usize::try_from(call()) {
            Ok(count) => return Ok(count),
            Err(_) => match last_error() {
                Error::EINTR => {}
                error => return Err(error),
            },
        }
    }
}

/// A header for one datagram; the kernel writes through its pointers until the next use of what they point to.
fn header(name: *mut libc::sockaddr_storage, buffer: &mut IoSliceMut<'_>) -> libc::msghdr {
    // SAFETY: zeros are a value of this type: null pointers and numbers.
    let mut header: libc::msghdr = unsafe { mem::zeroed() };
    header.msg_name = name.cast();
    header.msg_namelen = mem::size_of::<libc::sockaddr_storage>() as libc::socklen_t;
    // An `IoSliceMut` is an iovec in memory, as its documentation promises.
    header.msg_iov = ptr::from_mut(buffer).cast();
    header.msg_iovlen = 1;
    header
}

/// What the kernel has said of a datagram.
///
/// # Safety
///
/// The kernel has received into this header, and its name is still there.
unsafe fn received(header: &libc::msghdr, name: &MaybeUninit<libc::sockaddr_storage>, length: usize) -> Received {
    Received {
        length,
        // SAFETY: so much of the name the kernel has written.
        address: unsafe { address_at(name.as_ptr(), header.msg_namelen) },
        truncated: header.msg_flags & libc::MSG_TRUNC != 0,
    }
}

#[cfg(all(any(target_os = "linux", target_os = "android"), not(uv_portable_poll)))]
mod imp {
    use super::*;

    pub(super) fn recv_many(
        socket: BorrowedFd<'_>,
        buffers: &mut [IoSliceMut<'_>],
        places: &mut [Received],
        other: &mut dyn FnMut(usize, &[u8]),
    ) -> Result<usize> {
        let mut names = [const { MaybeUninit::<libc::sockaddr_storage>::uninit() }; BATCH];
        let mut headers = [const { MaybeUninit::<libc::mmsghdr>::uninit() }; BATCH];
        let count = BATCH.min(buffers.len()).min(places.len());
        for ((place, name), buffer) in headers.iter_mut().zip(&mut names).zip(buffers).take(count) {
            place.write(libc::mmsghdr { msg_hdr: header(name.as_mut_ptr(), buffer), msg_len: 0 });
        }
        let all: *mut libc::mmsghdr = headers.as_mut_ptr().cast();
        let received_count = retry(|| {
            // SAFETY: `count` headers are initialized; the names and buffers they point to outlive the call, and their
            // lengths are their own.
            let result = unsafe {
                let flags = libc::MSG_WAITFORONE as _;
                libc::recvmmsg(socket.as_raw_fd(), all, count as libc::c_uint, flags, ptr::null_mut())
            };
            result as libc::ssize_t
        })?;
        let all = places.iter_mut().zip(&headers).zip(&names).take(received_count).enumerate();
        for (index, ((place, header), name)) in all {
            // SAFETY: initialized above, and by the kernel, which has received so many.
            let header = unsafe { header.assume_init_ref() };
            // SAFETY: as above.
            *place = unsafe { received(&header.msg_hdr, name, header.msg_len as usize) };
            if place.address.is_none() {
                // SAFETY: as above.
                other(index, unsafe { name_of(&header.msg_hdr, name) });
            }
        }
        Ok(received_count)
    }
}

/// One datagram a call: no other way keeps an error that follows one for the next call.
#[cfg(not(all(any(target_os = "linux", target_os = "android"), not(uv_portable_poll))))]
mod imp {
    use super::*;

    pub(super) fn recv_many(
        socket: BorrowedFd<'_>,
        buffers: &mut [IoSliceMut<'_>],
        places: &mut [Received],
        other: &mut dyn FnMut(usize, &[u8]),
    ) -> Result<usize> {
        recv_one(socket, &mut buffers[0], &mut places[0], other)
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux {
    use super::*;

    pub(super) const MCAST_JOIN_SOURCE_GROUP: libc::c_int = 46;
    pub(super) const MCAST_LEAVE_SOURCE_GROUP: libc::c_int = 47;

    /// The kernel's `group_source_req`.
    #[repr(C)]
    struct GroupSource {
        interface: u32,
        /// Bytes that the kernel reads, too.
        padding: u32,
        group: libc::sockaddr_storage,
        source: libc::sockaddr_storage,
    }

    pub(super) fn source_group(
        socket: BorrowedFd<'_>,
        option: libc::c_int,
        group: Ipv6Addr,
        source: Ipv6Addr,
        interface: u32,
    ) -> Result<()> {
        let (group, _) = storage_of((group, 0).into());
        let (source, _) = storage_of((source, 0).into());
        set_option(socket, libc::IPPROTO_IPV6, option, &GroupSource { interface, padding: 0, group, source })
    }

    pub(super) fn recv_error(socket: BorrowedFd<'_>, buffer: &mut [u8]) -> Result<Failed> {
        // Room for one message with an address, aligned as its header wants it.
        let mut control = [0_u64; 32];
        let mut name = MaybeUninit::uninit();
        let mut buffer = IoSliceMut::new(buffer);
        let mut header = header(name.as_mut_ptr(), &mut buffer);
        header.msg_control = control.as_mut_ptr().cast();
        header.msg_controllen = mem::size_of_val(&control) as _;
        // SAFETY: the name, the buffer and the control data outlive the call, and their lengths are their own.
        let length = retry(|| unsafe { libc::recvmsg(socket.as_raw_fd(), &mut header, libc::MSG_ERRQUEUE) })?;
        // SAFETY: the kernel has received into this header.
        let datagram = unsafe { received(&header, &name, length) };
        let (error, offender) = extended_error(&header).ok_or(Error::EIO)?;
        Ok(Failed { error, offender, datagram })
    }

    fn extended_error(header: &libc::msghdr) -> Option<(Error, Option<SocketAddr>)> {
        // SAFETY: the header's control data are what the kernel has written, or null.
        let mut message = unsafe { libc::CMSG_FIRSTHDR(header) };
        while !message.is_null() {
            // SAFETY: the macros give a whole message header inside the control data, or null.
            let (level, kind, length) = unsafe { ((*message).cmsg_level, (*message).cmsg_type, (*message).cmsg_len) };
            let wanted =
                matches!((level, kind), (libc::SOL_IP, libc::IP_RECVERR) | (libc::SOL_IPV6, libc::IPV6_RECVERR));
            // SAFETY: this computes a length.
            let least = unsafe { libc::CMSG_LEN(mem::size_of::<libc::sock_extended_err>() as u32) } as usize;
            if wanted && length >= least {
                // SAFETY: the message holds an error of this type; it is read without regard to alignment.
                let error: libc::sock_extended_err = unsafe { ptr::read_unaligned(libc::CMSG_DATA(message).cast()) };
                let rest = length - least;
                // SAFETY: zeros are a value of this type.
                let mut offender: libc::sockaddr_storage = unsafe { mem::zeroed() };
                let count = rest.min(mem::size_of_val(&offender));
                // SAFETY: so many bytes follow the error in the message, and the storage has room for them.
                unsafe {
                    let from = libc::CMSG_DATA(message).add(mem::size_of::<libc::sock_extended_err>());
                    ptr::copy_nonoverlapping(from, ptr::from_mut(&mut offender).cast(), count);
                }
                let error_of = Error::from_raw_errno(error.ee_errno as i32);
                return Some((error_of, address_of(&offender, count as libc::socklen_t)));
            }
            // SAFETY: the message is one of this header's.
            message = unsafe { libc::CMSG_NXTHDR(header, message) };
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn addresses_survive_the_kernels_form(
            ip in any::<[u8; 16]>(), v6 in any::<bool>(), port in any::<u16>(), flow in any::<u32>(), scope in any::<u32>(),
        ) {
            let address: SocketAddr = match v6 {
                true => SocketAddrV6::new(ip.into(), port, flow, scope).into(),
                false => (Ipv4Addr::new(ip[0], ip[1], ip[2], ip[3]), port).into(),
            };
            let (storage, length) = storage_of(address);
            prop_assert_eq!(address_of(&storage, length), Some(address));
            prop_assert_eq!(address_of(&storage, length - 1), None);
        }
    }
}
