//! What is connected to and listened on.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What a socket connects to and a server listens on: a TCP port, of this host or another one, or the path of a Unix
/// socket. The enum is exhaustive.
///
/// ```
/// use std::path::Path;
/// use node_compat::net::Endpoint;
///
/// assert_eq!(Endpoint::from(80), Endpoint::Port { port: 80, host: None });
/// assert_eq!(Endpoint::from(("example.com", 80)).to_string(), "example.com:80");
/// assert_eq!(Endpoint::from(Path::new("/run/service")), Endpoint::Path("/run/service".into()));
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Endpoint {
    /// A port. Without a host a socket connects to `localhost`, and a server listens on all addresses.
    Port {
        /// The number; 0 has a server get one from the system.
        port: u16,
        /// A name, to be looked up, or an address.
        host: Option<String>,
    },
    /// A Unix socket. On Linux one whose name begins with a zero byte is abstract: it is no file.
    Path(OsString),
}

impl Endpoint {
    /// The address, if it is one of TCP that need not be looked up.
    ///
    /// ```
    /// use node_compat::net::Endpoint;
    ///
    /// let address = "[::1]:80".parse().unwrap();
    /// assert_eq!(Endpoint::from(address).socket_addr(), Some(address));
    /// assert_eq!(Endpoint::from(("localhost", 80)).socket_addr(), None);
    /// ```
    pub fn socket_addr(&self) -> Option<SocketAddr> {
        match self {
            Endpoint::Port { port, host: Some(host) } => Some(SocketAddr::new(host.parse().ok()?, *port)),
            _ => None,
        }
    }

    /// The port, if it is one of TCP.
    ///
    /// ```
    /// assert_eq!(node_compat::net::Endpoint::from(("localhost", 80)).port(), Some(80));
    /// ```
    pub fn port(&self) -> Option<u16> {
        match self {
            Endpoint::Port { port, .. } => Some(*port),
            Endpoint::Path(_) => None,
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Port { port, host: Some(host) } => write!(f, "{host}:{port}"),
            Endpoint::Port { port, host: None } => write!(f, ":{port}"),
            Endpoint::Path(path) => write!(f, "{}", Path::new(path).display()),
        }
    }
}

impl From<u16> for Endpoint {
    fn from(port: u16) -> Self {
        Endpoint::Port { port, host: None }
    }
}

impl From<(&str, u16)> for Endpoint {
    fn from((host, port): (&str, u16)) -> Self {
        Endpoint::Port { port, host: Some(host.to_owned()) }
    }
}

impl From<SocketAddr> for Endpoint {
    fn from(address: SocketAddr) -> Self {
        Endpoint::Port { port: address.port(), host: Some(address.ip().to_string()) }
    }
}

impl From<&Path> for Endpoint {
    fn from(path: &Path) -> Self {
        Endpoint::Path(path.into())
    }
}

impl From<PathBuf> for Endpoint {
    fn from(path: PathBuf) -> Self {
        Endpoint::Path(path.into())
    }
}

pub(super) fn is_abstract(path: &OsStr) -> bool {
    path.as_bytes().first() == Some(&0)
}

/// All addresses of IPv4.
pub(super) const ANY_V4: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
