//! What goes wrong on the network, as Node tells it.

use std::fmt;
use std::net::SocketAddr;
use std::rc::Rc;

use crate::{Error, Thrown};

/// An error of a socket, a server or a look-up, with what Node's has: a code, and where it came from the system also its
/// number, the call that failed and the address it was for. Cheap to clone.
///
/// ```
/// use node_compat::{Error, Runtime, net};
///
/// // A port where nobody listens.
/// let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
/// let rt = Runtime::new()?;
/// net::connect(&rt, address, |_, _| ()).on_error(move |_, _, error: &net::NetError| {
///     assert_eq!(error.to_string(), format!("connect ECONNREFUSED {address}"));
///     assert_eq!((error.code(), error.errno()), (Some("ECONNREFUSED"), Some(Error::ECONNREFUSED)));
/// });
/// assert_eq!(rt.run()?, 0);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct NetError(Rc<Inner>);

#[derive(Default)]
struct Inner {
    message: String,
    code: Option<&'static str>,
    errno: Option<Error>,
    syscall: Option<&'static str>,
    address: Option<String>,
    port: Option<u16>,
    hostname: Option<String>,
    errors: Vec<NetError>,
    thrown: Option<Rc<Thrown>>,
}

impl NetError {
    /// An error of one's own, to [destroy](super::Socket::destroy_with) a socket with. When nobody listens to it, it is
    /// thrown as it is.
    ///
    /// ```
    /// use node_compat::{Thrown, net::NetError};
    ///
    /// let error = NetError::other(Thrown::with_value("enough", 7));
    /// assert_eq!(error.to_string(), "enough");
    /// assert_eq!(error.thrown().unwrap().downcast_ref(), Some(&7));
    /// ```
    pub fn other(thrown: impl Into<Thrown>) -> Self {
        let thrown = thrown.into();
        let message = thrown.message().to_owned();
        NetError(Rc::new(Inner { message, thrown: Some(Rc::new(thrown)), ..Inner::default() }))
    }

    /// Node's name of the error: `"ECONNREFUSED"`, `"ENOTFOUND"` (a host that has no address), `"ERR_STREAM_DESTROYED"`.
    /// `None` for one of [one's own](NetError::other).
    ///
    /// ```
    /// let rt = node_compat::Runtime::new()?;
    /// let socket = node_compat::net::Socket::new();
    /// socket.end(&rt);
    /// socket.write_with(&rt, "too late", |_, written| {
    ///     assert_eq!(written.unwrap_err().code(), Some("ERR_STREAM_WRITE_AFTER_END"));
    /// });
    /// # socket.on_error(|_, _, _| ());
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn code(&self) -> Option<&'static str> {
        self.0.code
    }

    /// The system's error, if it is one. As `error.errno`.
    ///
    /// ```
    /// assert_eq!(node_compat::net::NetError::other(std::fmt::Error).errno(), None);
    /// ```
    pub fn errno(&self) -> Option<Error> {
        self.0.errno
    }

    /// The call that failed: `connect`, `listen`, `read`, `write`, `shutdown`, `getaddrinfo`.
    ///
    /// ```
    /// use node_compat::{Runtime, dns};
    ///
    /// let rt = Runtime::new()?;
    /// dns::lookup(&rt, "\0", dns::LookupOptions::default(), |_, found| {
    ///     assert_eq!(found.unwrap_err().syscall(), Some("getaddrinfo"));
    /// });
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn syscall(&self) -> Option<&'static str> {
        self.0.syscall
    }

    /// The address, or the path, that was connected to or listened on.
    ///
    /// ```
    /// use node_compat::{Runtime, net};
    ///
    /// let rt = Runtime::new()?;
    /// let path = std::path::Path::new("/no/such/socket");
    /// net::connect(&rt, path, |_, _| ()).on_error(|_, _, error| {
    ///     assert_eq!(error.address(), Some("/no/such/socket"));
    /// });
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn address(&self) -> Option<&str> {
        self.0.address.as_deref()
    }

    /// The port that was connected to or listened on.
    ///
    /// ```
    /// assert_eq!(node_compat::net::NetError::other(std::fmt::Error).port(), None);
    /// ```
    pub fn port(&self) -> Option<u16> {
        self.0.port
    }

    /// The name that was looked up.
    ///
    /// ```
    /// use node_compat::{Runtime, dns};
    ///
    /// let rt = Runtime::new()?;
    /// dns::lookup(&rt, "host.invalid", dns::LookupOptions::default(), |_, found| {
    ///     assert_eq!(found.unwrap_err().hostname(), Some("host.invalid"));
    /// });
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn hostname(&self) -> Option<&str> {
        self.0.hostname.as_deref()
    }

    /// What went wrong with each address, if a host has several and none could be connected to; the code is that of the
    /// first. As an `AggregateError`'s `errors`.
    ///
    /// ```
    /// assert!(node_compat::net::NetError::other(std::fmt::Error).errors().is_empty());
    /// ```
    pub fn errors(&self) -> &[NetError] {
        &self.0.errors
    }

    /// What [`other`](NetError::other) was given.
    ///
    /// ```
    /// let error = node_compat::net::NetError::other(std::fmt::Error);
    /// assert!(error.thrown().unwrap().downcast_ref::<std::fmt::Error>().is_some());
    /// ```
    pub fn thrown(&self) -> Option<&Thrown> {
        self.0.thrown.as_deref()
    }

    /// As Node's `ErrnoException`.
    pub(crate) fn errno_of(error: Error, syscall: &'static str) -> Self {
        let message = format!("{syscall} {}", error.name());
        Self::of_system(error, syscall, message)
    }

    /// As Node's `ExceptionWithHostPort`; `local` is told where a connect failed at once.
    pub(crate) fn connect(error: Error, to: &Target, local: Option<SocketAddr>) -> Self {
        let local = local.map(|local| format!(" - Local ({}:{})", local.ip(), local.port())).unwrap_or_default();
        let message = format!("connect {} {to}{local}", error.name());
        Self::of_system(error, "connect", message).at(to)
    }

    /// As Node's `UVExceptionWithHostPort`.
    pub(crate) fn listen(error: Error, at: &Target) -> Self {
        let message = format!("listen {}: {} {at}", error.name(), error.message());
        Self::of_system(error, "listen", message).at(at)
    }

    /// As Node's `DNSException`.
    pub(crate) fn dns(error: Error, syscall: &'static str, hostname: &str) -> Self {
        let code = match error {
            Error::EAI_NODATA | Error::EAI_NONAME => "ENOTFOUND",
            error => error.name(),
        };
        let message =
            if hostname.is_empty() { format!("{syscall} {code}") } else { format!("{syscall} {code} {hostname}") };
        NetError(Rc::new(Inner {
            message,
            code: Some(code),
            errno: Some(error),
            syscall: Some(syscall),
            hostname: Some(hostname.to_owned()),
            ..Inner::default()
        }))
    }

    /// One of Node's own.
    pub(crate) fn node(code: &'static str, message: impl Into<String>) -> Self {
        NetError(Rc::new(Inner { message: message.into(), code: Some(code), ..Inner::default() }))
    }

    pub(crate) fn destroyed(call: &str) -> Self {
        Self::node("ERR_STREAM_DESTROYED", format!("Cannot call {call} after a stream was destroyed"))
    }

    pub(crate) fn aggregate(errors: Vec<NetError>) -> Self {
        let texts: Vec<_> = errors.iter().map(NetError::to_string).collect();
        let code = errors.first().and_then(NetError::code);
        NetError(Rc::new(Inner { message: texts.join("; "), code, errors, ..Inner::default() }))
    }

    pub(crate) fn into_thrown(self) -> Thrown {
        match &self.0.thrown {
            Some(thrown) => Thrown::rethrow(thrown.clone()),
            None => Thrown::from(self),
        }
    }

    fn of_system(error: Error, syscall: &'static str, message: String) -> Self {
        NetError(Rc::new(Inner {
            message,
            code: Some(error.name()),
            errno: Some(error),
            syscall: Some(syscall),
            ..Inner::default()
        }))
    }

    fn at(mut self, target: &Target) -> Self {
        if let Some(inner) = Rc::get_mut(&mut self.0) {
            match target {
                Target::Ip(address) => {
                    inner.address = Some(address.ip().to_string());
                    inner.port = Some(address.port()).filter(|&port| port > 0);
                }
                Target::Path(path) => inner.address = Some(path.clone()),
            }
        }
        self
    }
}

/// What an error was for.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    Ip(SocketAddr),
    Path(String),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Ip(address) if address.port() == 0 => write!(f, "{}", address.ip()),
            // Node puts no brackets around an address of IPv6.
            Target::Ip(address) => write!(f, "{}:{}", address.ip(), address.port()),
            Target::Path(path) => f.write_str(path),
        }
    }
}

impl fmt::Display for NetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for NetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NetError").field("message", &self.0.message).field("code", &self.0.code).finish_non_exhaustive()
    }
}

impl std::error::Error for NetError {}
