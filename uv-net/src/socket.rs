//! Sockets, all of them non-blocking and closed on exec.

use std::fs::File;
use std::io;
use std::net::{SocketAddr, TcpStream};

use rustix::io::Errno;
use socket2::{Domain, SockAddr, SockRef, Socket, Type};
use uv_sys::{Error, Result};

pub(crate) fn new(address: SocketAddr) -> Result<TcpStream> {
    let domain = Domain::for_address(address);
    let socket = Socket::new(domain, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

pub(crate) fn bind(socket: &TcpStream, address: SocketAddr) -> Result<()> {
    let socket = SockRef::from(socket);
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    socket.bind(&SockAddr::from(address)).map_err(|error| match Error::from(error) {
        Error::EAFNOSUPPORT => Error::EINVAL,
        error => error,
    })
}

/// Begins to connect.
pub(crate) fn connect(socket: &TcpStream, address: SocketAddr) -> Result<()> {
    match SockRef::from(socket).connect(&SockAddr::from(address)) {
        // An interrupted connect goes on by itself.
        Err(error) if !is_in_progress(&error) && error.kind() != io::ErrorKind::Interrupted => Err(error.into()),
        _ => Ok(()),
    }
}

/// What came of a connect, or `None` while it is under way.
pub(crate) fn connected(socket: &TcpStream) -> Option<Result<()>> {
    match socket.take_error() {
        Ok(None) => Some(Ok(())),
        Ok(Some(error)) if is_in_progress(&error) => None,
        Ok(Some(error)) | Err(error) => Some(Err(error.into())),
    }
}

/// A descriptor to be given up when there are no more: then the connections that wait can be taken and closed. Left
/// alone they would keep the listener readable, and the loop busy.
#[derive(Default)]
pub(crate) struct Reserve(Option<File>);

impl Reserve {
    pub(crate) fn new() -> Reserve {
        Reserve(File::open("/dev/null").ok())
    }

    /// Takes a connection that waits; `None` if there is none, or none that could be taken.
    pub(crate) fn accept(&mut self, listener: &TcpStream) -> Option<TcpStream> {
        let result = accept(listener);
        match result {
            Err(Error::EMFILE | Error::ENFILE) if self.0.take().is_some() => {
                while accept(listener).is_ok() {}
                *self = Reserve::new();
            }
            _ if self.0.is_none() => *self = Reserve::new(),
            _ => {}
        }
        result.ok()
    }
}

fn accept(listener: &TcpStream) -> Result<TcpStream> {
    loop {
        match accept_once(listener) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return Ok(result?),
        }
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn accept_once(listener: &TcpStream) -> io::Result<TcpStream> {
    use rustix::net::{SocketFlags, accept_with};
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    Ok(accept_with(listener, flags)?.into())
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn accept_once(listener: &TcpStream) -> io::Result<TcpStream> {
    let (socket, _) = SockRef::from(listener).accept()?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

fn is_in_progress(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::INPROGRESS.raw_os_error())
}
