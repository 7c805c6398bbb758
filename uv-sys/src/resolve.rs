//! Names to addresses and back: `getaddrinfo(3)` and `getnameinfo(3)`, which block.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::fmt;
use std::mem;
use std::net::SocketAddr;
use std::ops::{BitOr, BitOrAssign};
use std::ptr;

use crate::net::{address_of, storage_of};
use crate::{Error, Result};

macro_rules! numbers {
    ($(#[$doc:meta])* $type:ident { $($(#[$item:meta])* $name:ident = $value:expr;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
        pub struct $type(c_int);

        impl $type {
            $($(#[$item])* pub const $name: $type = $type($value);)*

            #[doc = concat!("The one of the system's number; any is taken, and the system judges it.\n\n```\n",
                "use uv_sys::resolve::", stringify!($type), ";\n\nassert_eq!(", stringify!($type),
                "::from_raw(0), ", stringify!($type), "::default());\n```")]
            #[must_use]
            pub const fn from_raw(number: i32) -> $type {
                $type(number)
            }

            #[doc = concat!("The system's number.\n\n```\nassert_eq!(uv_sys::resolve::", stringify!($type),
                "::default().raw(), 0);\n```")]
            #[must_use]
            pub const fn raw(self) -> i32 {
                self.0
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match *self {
                    $($type::$name => f.write_str(stringify!($name)),)*
                    $type(number) => write!(f, "{}({number})", stringify!($type)),
                }
            }
        }
    };
}

macro_rules! flags {
    ($type:ident) => {
        impl BitOr for $type {
            type Output = $type;

            fn bitor(self, other: $type) -> $type {
                $type(self.0 | other.0)
            }
        }

        impl BitOrAssign for $type {
            fn bitor_assign(&mut self, other: $type) {
                *self = *self | other;
            }
        }

        impl $type {
            #[doc = concat!("Whether all flags of `other` are set.\n\n```\nuse uv_sys::resolve::", stringify!($type),
                ";\n\nassert!(", stringify!($type), "::NUMERICHOST.contains(", stringify!($type), "::default()));\n```")]
            #[must_use]
            pub const fn contains(self, other: $type) -> bool {
                self.0 & other.0 == other.0
            }
        }
    };
}

numbers! {
    /// A family of addresses.
    ///
    /// ```
    /// use uv_sys::resolve::Family;
    ///
    /// assert_eq!(Family::default(), Family::UNSPEC);
    /// ```
    Family {
        /// Any; `AF_UNSPEC`.
        UNSPEC = libc::AF_UNSPEC;
        /// IPv4; `AF_INET`.
        INET = libc::AF_INET;
        /// IPv6; `AF_INET6`.
        INET6 = libc::AF_INET6;
    }
}

numbers! {
    /// A type of sockets.
    ///
    /// ```
    /// use uv_sys::resolve::SocketType;
    ///
    /// assert_eq!(format!("{:?}", SocketType::STREAM), "STREAM");
    /// ```
    SocketType {
        /// Any.
        ANY = 0;
        /// Streams, as TCP's; `SOCK_STREAM`.
        STREAM = libc::SOCK_STREAM;
        /// Datagrams, as UDP's; `SOCK_DGRAM`.
        DGRAM = libc::SOCK_DGRAM;
        /// The network's packets; `SOCK_RAW`.
        RAW = libc::SOCK_RAW;
    }
}

numbers! {
    /// A protocol by its number.
    ///
    /// ```
    /// use uv_sys::resolve::Protocol;
    ///
    /// assert_eq!(Protocol::UDP.raw(), 17);
    /// ```
    Protocol {
        /// Any.
        ANY = 0;
        /// `IPPROTO_TCP`.
        TCP = libc::IPPROTO_TCP;
        /// `IPPROTO_UDP`.
        UDP = libc::IPPROTO_UDP;
    }
}

numbers! {
    /// How [`getaddrinfo`] looks names up: `AI_*`, joined by `|`.
    ///
    /// ```
    /// use uv_sys::resolve::AddrFlags;
    ///
    /// let flags = AddrFlags::NUMERICHOST | AddrFlags::NUMERICSERV;
    /// assert!(flags.contains(AddrFlags::NUMERICSERV));
    /// ```
    AddrFlags {
        /// Without a host, the addresses are for a bind (`0.0.0.0`, `::`) and not the machine's own.
        PASSIVE = libc::AI_PASSIVE;
        /// The first result has the host's canonical name.
        CANONNAME = libc::AI_CANONNAME;
        /// The host is an address; nobody is asked.
        NUMERICHOST = libc::AI_NUMERICHOST;
        /// The service is a port's number.
        NUMERICSERV = libc::AI_NUMERICSERV;
        /// If IPv6 is wanted and there is none, IPv4 addresses mapped into it.
        V4MAPPED = libc::AI_V4MAPPED;
        /// With `V4MAPPED`: those as well as IPv6 addresses.
        ALL = libc::AI_ALL;
        /// Only families of which this machine has an address.
        ADDRCONFIG = libc::AI_ADDRCONFIG;
    }
}

flags!(AddrFlags);

numbers! {
    /// How [`getnameinfo`] looks names up: `NI_*`, joined by `|`.
    ///
    /// ```
    /// use uv_sys::resolve::NameFlags;
    ///
    /// let mut flags = NameFlags::NUMERICHOST;
    /// flags |= NameFlags::NUMERICSERV;
    /// assert_ne!(flags, NameFlags::default());
    /// ```
    NameFlags {
        /// An address without a name is an error, `EAI_NONAME`.
        NAMEREQD = libc::NI_NAMEREQD;
        /// The service is UDP's.
        DGRAM = libc::NI_DGRAM;
        /// Of this machine's network, the first part of the name alone.
        NOFQDN = libc::NI_NOFQDN;
        /// The host as an address; nobody is asked.
        NUMERICHOST = libc::NI_NUMERICHOST;
        /// The service as a number.
        NUMERICSERV = libc::NI_NUMERICSERV;
    }
}

flags!(NameFlags);

/// Which addresses are wanted: an `addrinfo` as a hint. The default is any, of each type of sockets.
///
/// ```
/// use uv_sys::resolve::{Family, Hints};
///
/// let hints = Hints { family: Family::INET6, ..Hints::default() };
/// assert_eq!(hints.flags.raw(), 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Hints {
    /// The family of the addresses.
    pub family: Family,
    /// The type of sockets.
    pub socket_type: SocketType,
    /// The protocol.
    pub protocol: Protocol,
    /// How to look them up.
    pub flags: AddrFlags,
}

/// One address that [`getaddrinfo`] has found, and for which sockets.
///
/// ```
/// use uv_sys::resolve::getaddrinfo;
///
/// let found = getaddrinfo(Some(c"127.0.0.1"), Some(c"80"), None)?;
/// assert_eq!(found[0].address, "127.0.0.1:80".parse().unwrap());
/// # Ok::<(), uv_sys::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct AddrInfo {
    /// The address, and the service's port, or 0.
    pub address: SocketAddr,
    /// The type of sockets.
    pub socket_type: SocketType,
    /// The protocol.
    pub protocol: Protocol,
    /// The host's canonical name: of the first result alone, and if it was asked for.
    pub canonical_name: Option<String>,
}

/// Looks up a host's addresses and a service's port, one of which may be missing, as `getaddrinfo(3)`: in the order in
/// which they are to be tried. Without hints, any address of a family that this machine has. It blocks, for as long as
/// the system waits for an answer.
///
/// # Errors
///
/// `EAI_NONAME` or `EAI_NODATA` if there are none, `EAI_AGAIN` if nobody could be asked, `EAI_SERVICE` if there is no such
/// service for the type of sockets, and the other `EAI_*` codes; an errno where the system says `EAI_SYSTEM`.
///
/// ```
/// use uv_sys::Error;
/// use uv_sys::resolve::{AddrFlags, Hints, SocketType, getaddrinfo};
///
/// let hints = Hints { socket_type: SocketType::STREAM, flags: AddrFlags::NUMERICHOST, ..Hints::default() };
/// let found = getaddrinfo(Some(c"::1"), None, Some(&hints))?;
/// assert_eq!(found.len(), 1);
/// assert!(found[0].address.ip().is_loopback());
/// assert_eq!(getaddrinfo(Some(c"localhost"), None, Some(&hints)), Err(Error::EAI_NONAME));
/// # Ok::<(), Error>(())
/// ```
pub fn getaddrinfo(host: Option<&CStr>, service: Option<&CStr>, hints: Option<&Hints>) -> Result<Vec<AddrInfo>> {
    Ok(AddrInfoList::look_up(host, service, hints)?.iter().collect())
}

/// What `getaddrinfo(3)` has found, as the C library has it: for who hands it on to C, or takes the first alone.
///
/// ```
/// use uv_sys::resolve::AddrInfoList;
///
/// let list = AddrInfoList::look_up(Some(c"127.0.0.1"), Some(c"80"), None)?;
/// assert_eq!(list.iter().next().unwrap().address, "127.0.0.1:80".parse().unwrap());
/// # Ok::<(), uv_sys::Error>(())
/// ```
#[derive(Debug)]
pub struct AddrInfoList {
    first: *mut libc::addrinfo,
}

impl AddrInfoList {
    /// Looks up as [`getaddrinfo`](fn@getaddrinfo) does. It allocates nothing itself.
    ///
    /// # Errors
    ///
    /// Those of [`getaddrinfo`](fn@getaddrinfo).
    ///
    /// ```
    /// use uv_sys::Error;
    /// use uv_sys::resolve::{AddrFlags, AddrInfoList, Hints};
    ///
    /// let hints = Hints { flags: AddrFlags::NUMERICHOST, ..Hints::default() };
    /// assert!(AddrInfoList::look_up(Some(c"localhost"), None, Some(&hints)).is_err_and(|error| error == Error::EAI_NONAME));
    /// ```
    pub fn look_up(host: Option<&CStr>, service: Option<&CStr>, hints: Option<&Hints>) -> Result<AddrInfoList> {
        let hints = hints.map(|hints| {
            // SAFETY: zeros are a value of this type: numbers and null pointers.
            let mut raw: libc::addrinfo = unsafe { mem::zeroed() };
            raw.ai_family = hints.family.raw();
            raw.ai_socktype = hints.socket_type.raw();
            raw.ai_protocol = hints.protocol.raw();
            raw.ai_flags = hints.flags.raw();
            raw
        });
        let mut list = AddrInfoList { first: ptr::null_mut() };
        // SAFETY: each pointer is null or to a value that outlives the call; the strings end with a zero.
        let code = unsafe {
            libc::getaddrinfo(
                host.map_or(ptr::null(), CStr::as_ptr),
                service.map_or(ptr::null(), CStr::as_ptr),
                hints.as_ref().map_or(ptr::null(), ptr::from_ref),
                &mut list.first,
            )
        };
        check(code)?;
        Ok(list)
    }

    /// The addresses, in the order in which they are to be tried. Entries of other families than IP's are left out.
    ///
    /// ```
    /// use uv_sys::resolve::{AddrInfoList, Hints, SocketType};
    ///
    /// let hints = Hints { socket_type: SocketType::DGRAM, ..Hints::default() };
    /// let list = AddrInfoList::look_up(Some(c"::1"), Some(c"53"), Some(&hints))?;
    /// assert!(list.iter().all(|found| found.socket_type == SocketType::DGRAM));
    /// # Ok::<(), uv_sys::Error>(())
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = AddrInfo> + '_ {
        // SAFETY: each entry of the list is null, its end, or valid as long as the list is.
        let first = unsafe { self.first.as_ref() };
        // SAFETY: as above.
        let entries = std::iter::successors(first, |entry| unsafe { entry.ai_next.as_ref() });
        // SAFETY: the entry's pointers are null or valid as long as the list is, and the lengths are the addresses'.
        entries.filter_map(|entry| unsafe { info(entry) })
    }

    /// The first `struct addrinfo` of the list, which is the caller's from now on: for C, whose `freeaddrinfo(3)` ends it.
    ///
    /// ```
    /// use uv_sys::resolve::AddrInfoList;
    ///
    /// let list = AddrInfoList::look_up(Some(c"127.0.0.1"), None, None)?;
    /// let first: *mut std::ffi::c_void = list.into_raw();
    /// assert!(!first.is_null());
    /// # unsafe extern "C" { fn freeaddrinfo(first: *mut std::ffi::c_void); }
    /// # unsafe { freeaddrinfo(first) };
    /// # Ok::<(), uv_sys::Error>(())
    /// ```
    #[must_use = "the list is leaked unless somebody frees it"]
    pub fn into_raw(self) -> *mut c_void {
        mem::ManuallyDrop::new(self).first.cast()
    }
}

impl Drop for AddrInfoList {
    fn drop(&mut self) {
        if !self.first.is_null() {
            // SAFETY: the list is getaddrinfo's, and is used no more.
            unsafe { libc::freeaddrinfo(self.first) };
        }
    }
}

/// Looks up the names of an address's host and of its port's service, as `getnameinfo(3)`. Where there is no name it
/// gives the number. It blocks, for as long as the system waits for an answer.
///
/// # Errors
///
/// `EAI_NONAME` if the host has no name and [`NameFlags::NAMEREQD`] asks for one, and the other `EAI_*` codes.
///
/// ```
/// use uv_sys::resolve::{NameFlags, getnameinfo};
///
/// let numbers = NameFlags::NUMERICHOST | NameFlags::NUMERICSERV;
/// let (host, service) = getnameinfo("[::1]:80".parse().unwrap(), numbers)?;
/// assert_eq!((host.as_str(), service.as_str()), ("::1", "80"));
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub fn getnameinfo(address: SocketAddr, flags: NameFlags) -> Result<(String, String)> {
    // As `NI_MAXHOST` and `NI_MAXSERV` of the BSDs and glibc.
    let (mut host, mut service) = ([0_u8; 1025], [0_u8; 32]);
    getnameinfo_into(address, flags, &mut host, &mut service)?;
    let text = |bytes: &[u8]| match CStr::from_bytes_until_nul(bytes) {
        Ok(text) => Ok(text.to_string_lossy().into_owned()),
        Err(_) => Err(Error::EAI_OVERFLOW),
    };
    Ok((text(&host)?, text(&service)?))
}

/// [`getnameinfo`] into memory of the caller's: each name with a zero behind it. It allocates nothing itself. No host's name
/// needs more than 1025 bytes, no service's more than 32; what has no room at all is not looked for.
///
/// # Errors
///
/// Those of [`getnameinfo`], and `EAI_OVERFLOW` for a name that there is no room for.
///
/// ```
/// use uv_sys::Error;
/// use uv_sys::resolve::{NameFlags, getnameinfo_into};
///
/// let numbers = NameFlags::NUMERICHOST | NameFlags::NUMERICSERV;
/// let address = "127.0.0.1:80".parse().unwrap();
/// let (mut host, mut service) = ([0xff; 10], [0xff; 3]);
/// getnameinfo_into(address, numbers, &mut host, &mut service)?;
/// assert_eq!((&host, &service), (b"127.0.0.1\0", b"80\0"));
/// assert_eq!(getnameinfo_into(address, numbers, &mut host[1..], &mut service), Err(Error::EAI_OVERFLOW));
/// # Ok::<(), Error>(())
/// ```
pub fn getnameinfo_into(address: SocketAddr, flags: NameFlags, host: &mut [u8], service: &mut [u8]) -> Result<()> {
    let (storage, length) = storage_of(address);
    let room = |place: &[u8]| libc::socklen_t::try_from(place.len()).unwrap_or(libc::socklen_t::MAX);
    // SAFETY: the address and both buffers outlive the call, and are at least as long as it is told.
    let code = unsafe {
        libc::getnameinfo(
            ptr::from_ref(&storage).cast(),
            length,
            host.as_mut_ptr().cast::<c_char>(),
            room(host),
            service.as_mut_ptr().cast::<c_char>(),
            room(service),
            flags.raw(),
        )
    };
    check(code)
}

/// # Safety
///
/// The entry's address is null or as long as it says, and its name is null or a string.
unsafe fn info(entry: &libc::addrinfo) -> Option<AddrInfo> {
    if entry.ai_addr.is_null() {
        return None;
    }
    // SAFETY: zeros are a value of this type.
    let mut storage: libc::sockaddr_storage = unsafe { mem::zeroed() };
    let length = (entry.ai_addrlen as usize).min(mem::size_of_val(&storage));
    // SAFETY: the address has so many bytes, and the storage has room for them.
    unsafe { ptr::copy_nonoverlapping(entry.ai_addr.cast::<u8>(), ptr::from_mut(&mut storage).cast(), length) };
    let canonical_name = (!entry.ai_canonname.is_null()).then(|| {
        // SAFETY: it is a string.
        unsafe { CStr::from_ptr(entry.ai_canonname) }.to_string_lossy().into_owned()
    });
    Some(AddrInfo {
        address: address_of(&storage, entry.ai_addrlen)?,
        socket_type: SocketType(entry.ai_socktype),
        protocol: Protocol(entry.ai_protocol),
        canonical_name,
    })
}

/// Glibc's, which the crate libc does not name.
#[cfg(target_os = "linux")]
const EAI_ADDRFAMILY: c_int = -9;

fn check(code: c_int) -> Result<()> {
    Err(match code {
        0 => return Ok(()),
        libc::EAI_AGAIN => Error::EAI_AGAIN,
        libc::EAI_BADFLAGS => Error::EAI_BADFLAGS,
        libc::EAI_FAIL => Error::EAI_FAIL,
        libc::EAI_FAMILY => Error::EAI_FAMILY,
        libc::EAI_MEMORY => Error::EAI_MEMORY,
        libc::EAI_NODATA => Error::EAI_NODATA,
        libc::EAI_NONAME => Error::EAI_NONAME,
        libc::EAI_OVERFLOW => Error::EAI_OVERFLOW,
        libc::EAI_SERVICE => Error::EAI_SERVICE,
        libc::EAI_SOCKTYPE => Error::EAI_SOCKTYPE,
        libc::EAI_SYSTEM => Error::from(std::io::Error::last_os_error()),
        #[cfg(target_os = "linux")]
        EAI_ADDRFAMILY => Error::EAI_ADDRFAMILY,
        _ => Error::EAI_FAIL,
    })
}
