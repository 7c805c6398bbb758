//! What is left of a descriptor that no handle has taken.

use std::os::fd::OwnedFd;
use std::{error, fmt, io};

use uv_sys::Error;

/// A handle has refused a descriptor, which is here: dropping this closes it.
///
/// It becomes an [`Error`], or that of the standard library, by `?`.
///
/// ```
/// use std::net::UdpSocket;
/// use uv_net::{Error, Udp};
///
/// let lp = uv_loop::Loop::new()?;
/// let udp = Udp::new(&lp);
/// udp.bind(&lp, "127.0.0.1:0".parse().unwrap())?;
///
/// let socket = UdpSocket::bind("127.0.0.1:0")?;
/// let address = socket.local_addr()?;
/// let refused = udp.open(&lp, socket).unwrap_err();
/// assert_eq!(refused.error(), Error::EBUSY);
/// let socket = UdpSocket::from(refused.into_fd());
/// assert_eq!(socket.local_addr()?, address);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct OpenError {
    error: Error,
    fd: OwnedFd,
}

impl OpenError {
    pub(crate) fn new(error: Error, fd: impl Into<OwnedFd>) -> OpenError {
        OpenError { error, fd: fd.into() }
    }

    /// Why the descriptor was refused.
    ///
    /// ```
    /// use uv_net::{Error, Udp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let refused = Udp::new(&lp).open(&lp, std::fs::File::open("/dev/null")?).unwrap_err();
    /// assert_eq!(refused.error(), Error::ENOTSOCK);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn error(&self) -> Error {
        self.error
    }

    /// The descriptor, which may be non-blocking now.
    ///
    /// ```
    /// use std::fs::File;
    /// use uv_net::Udp;
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let refused = Udp::new(&lp).open(&lp, File::open("/dev/null")?).unwrap_err();
    /// assert!(!File::from(refused.into_fd()).metadata()?.is_file());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn into_fd(self) -> OwnedFd {
        self.fd
    }
}

impl From<OpenError> for Error {
    fn from(refused: OpenError) -> Error {
        refused.error
    }
}

impl From<OpenError> for io::Error {
    fn from(refused: OpenError) -> io::Error {
        refused.error.into()
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the descriptor was refused: {}", self.error)
    }
}

impl error::Error for OpenError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        Some(&self.error)
    }
}
