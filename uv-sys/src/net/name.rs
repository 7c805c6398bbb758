//! A socket's address as the kernel has it.

use std::mem;
use std::net::SocketAddr;
use std::{fmt, ptr, slice};

use super::{address_of, storage_of};

/// A socket's address as the kernel has it, a `struct sockaddr` of any family: also that of a Unix socket. In memory it begins
/// with the `struct sockaddr_storage`, in which the bytes that are not used are 0.
///
/// ```
/// use std::net::SocketAddr;
/// use uv_sys::net::SocketName;
///
/// let address: SocketAddr = "127.0.0.1:80".parse().unwrap();
/// let name = SocketName::from(address);
/// assert_eq!(name.address(), Some(address));
/// assert_eq!(name.as_bytes()[2..8], [0, 80, 127, 0, 0, 1]);
/// assert_eq!(SocketName::default().address(), None);
/// ```
#[derive(Clone, Copy)]
#[repr(C)]
pub struct SocketName {
    pub(super) storage: libc::sockaddr_storage,
    pub(super) length: libc::socklen_t,
}

impl SocketName {
    /// A `struct sockaddr` by its bytes: as many of them as there is room for in a `struct sockaddr_storage`.
    ///
    /// ```
    /// use uv_sys::net::SocketName;
    ///
    /// let name = SocketName::from("[::1]:80".parse::<std::net::SocketAddr>().unwrap());
    /// assert_eq!(SocketName::from_bytes(name.as_bytes()), name);
    /// ```
    pub fn from_bytes(bytes: &[u8]) -> SocketName {
        let mut name = SocketName::default();
        let count = bytes.len().min(mem::size_of_val(&name.storage));
        // SAFETY: the storage has room for so many bytes, and its fields are numbers, of which any are valid.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), ptr::from_mut(&mut name.storage).cast::<u8>(), count) };
        name.length = count as libc::socklen_t;
        name
    }

    /// The address, if it is one of IPv4 or IPv6.
    ///
    /// ```
    /// use uv_sys::net::SocketName;
    ///
    /// assert_eq!(SocketName::from_bytes(&[1, 0, 0, b'x']).address(), None);
    /// ```
    #[inline]
    pub fn address(&self) -> Option<SocketAddr> {
        address_of(&self.storage, self.length)
    }

    /// The bytes of the `struct sockaddr`: none if the socket has no name.
    ///
    /// ```
    /// assert!(uv_sys::net::SocketName::default().as_bytes().is_empty());
    /// ```
    pub fn as_bytes(&self) -> &[u8] {
        let count = (self.length as usize).min(mem::size_of_val(&self.storage));
        // SAFETY: all of the storage is initialized.
        unsafe { slice::from_raw_parts(ptr::from_ref(&self.storage).cast::<u8>(), count) }
    }
}

/// That of a socket without a name.
impl Default for SocketName {
    #[inline]
    fn default() -> SocketName {
        // SAFETY: zeros are a value of this type, whose fields are numbers.
        SocketName { storage: unsafe { mem::zeroed() }, length: 0 }
    }
}

impl From<SocketAddr> for SocketName {
    fn from(address: SocketAddr) -> SocketName {
        let (storage, length) = storage_of(address);
        SocketName { storage, length }
    }
}

impl PartialEq for SocketName {
    fn eq(&self, other: &SocketName) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for SocketName {}

impl fmt::Debug for SocketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address() {
            Some(address) => address.fmt(f),
            None => f.debug_tuple("SocketName").field(&self.as_bytes()).finish(),
        }
    }
}
