//! The system calls. Sockets are made non-blocking and closed on exec; no call raises a signal where the kernel lets one
//! say so, and none ends with `EINTR`.

use std::cell::RefCell;
use std::fs::File;
use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::net::{SocketAddr, SocketAddrV6};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::rc::Rc;
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags};
use rustix::fs::FileType;
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, SocketAddrAny, SocketFlags, SocketType, sockopt,
};
use uv_loop::Loop;
use uv_sys::{Error, Result};

use crate::stream::read::{Buffer, ReadBuf, Target};
use crate::tcp::KeepAlive;

/// As many bytes libuv takes in one call.
pub(crate) const MOST: usize = 0x7fff_f000;

/// As many descriptors come with one message at most (`SCM_MAX_FD`).
const MOST_FDS: usize = 253;

pub(crate) fn error(errno: Errno) -> Error {
    Error::from_raw_errno(errno.raw_os_error())
}

/// Again, as long as signals interrupt it.
#[inline]
pub(crate) fn uninterrupted<T>(mut call: impl FnMut() -> rustix::io::Result<T>) -> Result<T> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            result => return result.map_err(error),
        }
    }
}

pub(crate) fn new(family: AddressFamily) -> Result<OwnedFd> {
    of_type(family, SocketType::STREAM)
}

pub(crate) fn for_datagrams(family: AddressFamily) -> Result<OwnedFd> {
    of_type(family, SocketType::DGRAM)
}

fn of_type(family: AddressFamily, socket_type: SocketType) -> Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    rustix::net::socket_with(family, socket_type, flags, None).map_err(error)
}

/// Whether a stream that is closed closes its descriptor. As in libuv, 0, 1 and 2 are left open: whoever opens a file next
/// would have it for the process's standard output.
pub(crate) fn may_close(fd: &OwnedFd) -> bool {
    const STDERR: i32 = 2;
    fd.as_raw_fd() > STDERR
}

pub(crate) fn family(address: SocketAddr) -> AddressFamily {
    if address.is_ipv6() { AddressFamily::INET6 } else { AddressFamily::INET }
}

pub(crate) fn set_nonblocking(fd: &OwnedFd, on: bool) -> Result<()> {
    rustix::io::ioctl_fionbio(fd, on).map_err(error)
}

pub(crate) fn is_socket(fd: &OwnedFd) -> Result<bool> {
    let stat = uninterrupted(|| rustix::fs::fstat(fd))?;
    Ok(FileType::from_raw_mode(stat.st_mode) == FileType::Socket)
}

pub(crate) fn bind(fd: &OwnedFd, address: SocketAddr, ipv6_only: bool, reuse_port: bool) -> Result<()> {
    sockopt::set_socket_reuseaddr(fd, true).map_err(error)?;
    if reuse_port {
        sockopt::set_socket_reuseport(fd, true).map_err(error)?;
    }
    if address.is_ipv6() {
        sockopt::set_ipv6_v6only(fd, ipv6_only).map_err(error)?;
    }
    rustix::net::bind(fd, &address).map_err(|errno| match errno {
        Errno::AFNOSUPPORT => Error::EINVAL,
        errno => error(errno),
    })
}

pub(crate) fn listen(fd: &OwnedFd, backlog: u32) -> Result<()> {
    let backlog = i32::try_from(backlog).unwrap_or(i32::MAX);
    rustix::net::listen(fd, backlog).map_err(error)
}

/// Begins to connect.
pub(crate) fn connect(fd: &OwnedFd, address: &impl rustix::net::addr::SocketAddrArg) -> Result<()> {
    match rustix::net::connect(fd, address) {
        // An interrupted connect goes on by itself.
        Ok(()) | Err(Errno::INPROGRESS | Errno::INTR) => Ok(()),
        Err(errno) => Err(error(errno)),
    }
}

/// What came of a connect, or `None` while it is under way.
pub(crate) fn connected(fd: &OwnedFd) -> Option<Result<()>> {
    match sockopt::socket_error(fd) {
        Ok(Ok(())) => Some(Ok(())),
        Ok(Err(Errno::INPROGRESS)) => None,
        Ok(Err(errno)) | Err(errno) => Some(Err(error(errno))),
    }
}

/// A link-local address names its interface: the first that has such addresses, if it does not say.
pub(crate) fn with_scope(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V6(v6) if v6.ip().is_unicast_link_local() && v6.scope_id() == 0 => {
            let scope = std::fs::read_to_string("/proc/net/if_inet6").ok().and_then(|list| link_local_scope(&list));
            SocketAddrV6::new(*v6.ip(), v6.port(), v6.flowinfo(), scope.unwrap_or(0)).into()
        }
        address => address,
    }
}

/// Lines of address, interface, prefix length, scope, flags and name, the numbers in hexadecimal.
fn link_local_scope(list: &str) -> Option<u32> {
    let line = list.lines().find(|line| line.starts_with("fe80"))?;
    u32::from_str_radix(line.split_ascii_whitespace().nth(1)?, 16).ok()
}

pub(crate) fn address(name: rustix::io::Result<SocketAddrAny>) -> Result<SocketAddr> {
    SocketAddr::try_from(name.map_err(error)?).map_err(error)
}

pub(crate) fn set_nodelay(fd: &OwnedFd, on: bool) -> Result<()> {
    sockopt::set_tcp_nodelay(fd, on).map_err(error)
}

pub(crate) fn set_keepalive(fd: &OwnedFd, keepalive: Option<KeepAlive>) -> Result<()> {
    let set = || {
        sockopt::set_socket_keepalive(fd, keepalive.is_some())?;
        if let Some(KeepAlive { idle, interval, count }) = keepalive {
            sockopt::set_tcp_keepidle(fd, idle)?;
            sockopt::set_tcp_keepintvl(fd, interval)?;
            sockopt::set_tcp_keepcnt(fd, count)?;
        }
        Ok(())
    };
    set().map_err(error)
}

/// Has the next close cut the connection off.
pub(crate) fn set_reset_on_close(fd: &OwnedFd) -> Result<()> {
    sockopt::set_socket_linger(fd, Some(Duration::ZERO)).map_err(error)
}

/// Reads what is no socket.
pub(crate) fn read(fd: &OwnedFd, buffer: ReadBuf<'_>) -> Result<usize> {
    match buffer.0 {
        Target::Bytes(bytes) => {
            let most = bytes.len().min(MOST);
            uninterrupted(|| rustix::io::read(fd, &mut bytes[..most]))
        }
        Target::Uninit(bytes) => {
            let most = bytes.len().min(MOST);
            uninterrupted(|| rustix::io::read(fd, &mut bytes[..most]).map(|(read, _)| read.len()))
        }
        Target::Spare(bytes) => uninterrupted(|| rustix::io::read(fd, spare_capacity(bytes))),
    }
}

/// Reads from a socket, for which the kernel has a shorter way than `read`.
pub(crate) fn receive(fd: &OwnedFd, buffer: ReadBuf<'_>) -> Result<usize> {
    let flags = RecvFlags::empty();
    match buffer.0 {
        Target::Bytes(bytes) => {
            let most = bytes.len().min(MOST);
            uninterrupted(|| rustix::net::recv(fd, &mut bytes[..most], flags).map(|(_, count)| count))
        }
        Target::Uninit(bytes) => {
            let most = bytes.len().min(MOST);
            uninterrupted(|| rustix::net::recv(fd, &mut bytes[..most], flags).map(|(_, count)| count))
        }
        Target::Spare(bytes) => {
            uninterrupted(|| rustix::net::recv(fd, spare_capacity(bytes), flags)).map(|(_, count)| count)
        }
    }
}

/// What a read from a socket would end with, unless there are bytes, or may still come.
pub(crate) fn end(fd: &OwnedFd) -> Option<Error> {
    match uninterrupted(|| rustix::net::recv(fd, &mut [0; 1], RecvFlags::PEEK).map(|(_, count)| count)) {
        Ok(0) => Some(Error::EOF),
        Ok(_) | Err(Error::EAGAIN) => None,
        Err(error) => Some(error),
    }
}

/// Reads from a socket, and takes the descriptors that come along.
pub(crate) fn receive_with_fds(fd: &OwnedFd, buffer: ReadBuf<'_>, take: &mut dyn FnMut(OwnedFd)) -> Result<usize> {
    // `recvmsg` wants memory that has been written to.
    if let Target::Bytes(bytes) = buffer.0 {
        return receive_message(fd, bytes, take);
    }
    let mut spare = Buffer::take();
    let room = buffer.capacity().min(spare.0.len());
    let bytes = &mut spare.0[..room];
    let count = receive_message(fd, bytes, take)?;
    match buffer.0 {
        Target::Bytes(_) => {}
        Target::Uninit(target) => {
            target[..count].write_copy_of_slice(&bytes[..count]);
        }
        Target::Spare(target) => target.extend_from_slice(&bytes[..count]),
    }
    Ok(count)
}

fn receive_message(fd: &OwnedFd, bytes: &mut [u8], take: &mut dyn FnMut(OwnedFd)) -> Result<usize> {
    let most = bytes.len().min(MOST);
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_FDS))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let received = uninterrupted(|| {
        let mut slices = [IoSliceMut::new(&mut bytes[..most])];
        rustix::net::recvmsg(fd, &mut slices, &mut control, RecvFlags::CMSG_CLOEXEC)
    })?;
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(passed) = message {
            passed.for_each(&mut *take);
        }
    }
    Ok(received.bytes)
}

/// What a stream writes to.
pub(crate) struct Channel<'a> {
    pub(crate) fd: &'a OwnedFd,
    /// Not a socket.
    pub(crate) plain: bool,
    pub(crate) blocking: bool,
}

impl Channel<'_> {
    /// Sends what the kernel takes; full buffers are `EAGAIN`, or waited for.
    #[inline]
    pub(crate) fn send(&self, slices: &[IoSlice<'_>], pass: Option<BorrowedFd<'_>>) -> Result<usize> {
        self.send_once(slices, pass).or_else(|error| self.send_again(error, slices, pass))
    }

    #[inline]
    fn send_once(&self, slices: &[IoSlice<'_>], pass: Option<BorrowedFd<'_>>) -> Result<usize> {
        match (slices, pass) {
            // Most are of this kind.
            ([slice], None) if !self.plain => rustix::net::send(self.fd, slice, SendFlags::NOSIGNAL).map_err(error),
            _ => self.send_other(slices, pass),
        }
    }

    #[inline(never)]
    fn send_other(&self, slices: &[IoSlice<'_>], pass: Option<BorrowedFd<'_>>) -> Result<usize> {
        let result = match (slices, pass) {
            ([slice], None) if self.plain => rustix::io::write(self.fd, slice),
            (slices, None) if self.plain => rustix::io::writev(self.fd, slices),
            (slices, pass) => self.send_message(slices, pass),
        };
        result.map_err(error)
    }

    /// After an error, which may be none.
    #[cold]
    fn send_again(&self, mut error: Error, slices: &[IoSlice<'_>], pass: Option<BorrowedFd<'_>>) -> Result<usize> {
        loop {
            match error {
                Error::EINTR => {}
                Error::EAGAIN | Error::ENOBUFS if self.blocking => self.wait()?,
                Error::ENOBUFS => return Err(Error::EAGAIN),
                error => return Err(error),
            }
            match self.send_once(slices, pass) {
                Ok(count) => return Ok(count),
                Err(another) => error = another,
            }
        }
    }

    fn send_message(&self, slices: &[IoSlice<'_>], pass: Option<BorrowedFd<'_>>) -> rustix::io::Result<usize> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if let Some(pass) = &pass {
            control.push(SendAncillaryMessage::ScmRights(std::slice::from_ref(pass)));
        }
        rustix::net::sendmsg(self.fd, slices, &mut control, SendFlags::NOSIGNAL)
    }

    fn wait(&self) -> Result<()> {
        let mut fds = [PollFd::new(self.fd, PollFlags::OUT)];
        uninterrupted(|| rustix::event::poll(&mut fds, None)).map(drop)
    }
}

/// A descriptor to be given up when there are no more: then the connections that wait can be taken and closed. Left
/// alone they would keep the listener readable, and the loop busy. The listeners of a loop share one.
#[derive(Default)]
pub(crate) struct Reserve(RefCell<Option<File>>);

impl Reserve {
    /// The loop's one, so that a loop that goes to another thread takes it along.
    pub(crate) fn of(lp: &Loop) -> Rc<Reserve> {
        let reserve = lp.extension::<Reserve>();
        if reserve.0.borrow().is_none() {
            reserve.fill();
        }
        reserve
    }

    /// Takes a connection that waits; `None` if there is none, or none that could be taken.
    pub(crate) fn accept(&self, listener: &OwnedFd) -> Option<OwnedFd> {
        let result = accept(listener);
        match result {
            Err(Error::EMFILE | Error::ENFILE) if self.0.take().is_some() => {
                while accept(listener).is_ok() {}
                self.fill();
            }
            _ if self.0.borrow().is_none() => self.fill(),
            _ => {}
        }
        result.ok()
    }

    fn fill(&self) {
        let file = File::open("/dev/null").or_else(|_| File::open("/"));
        self.0.replace(file.ok());
    }
}

fn accept(listener: &OwnedFd) -> Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    uninterrupted(|| rustix::net::accept_with(listener, flags))
}

/// Two Unix sockets that are connected to each other, as `uv_socketpair`. A stream makes its own non-blocking when it
/// is opened; both are closed on exec.
///
/// # Errors
///
/// `EMFILE`, `ENFILE`.
///
/// ```
/// use uv_loop::Loop;
/// use uv_net::Pipe;
///
/// let (ours, theirs) = uv_net::socketpair()?;
/// let lp = Loop::new()?;
/// Pipe::new(&lp).open(&lp, ours)?;
/// let child = std::process::Command::new("true").stdin(theirs).spawn();
/// # child.unwrap().wait().unwrap();
/// # Ok::<(), uv_net::Error>(())
/// ```
pub fn socketpair() -> Result<(OwnedFd, OwnedFd)> {
    rustix::net::socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None).map_err(error)
}

/// The reading and the writing end of an anonymous pipe, as `uv_pipe`. A stream makes its own non-blocking when it
/// is opened; both are closed on exec.
///
/// # Errors
///
/// `EMFILE`, `ENFILE`.
///
/// ```
/// use uv_loop::Loop;
/// use uv_net::{Pipe, Stream};
///
/// let (reading, writing) = uv_net::pipe()?;
/// let lp = Loop::new()?;
/// let (reader, writer) = (Pipe::new(&lp), Pipe::new(&lp));
/// reader.open(&lp, reading)?;
/// writer.open(&lp, writing)?;
/// assert!(reader.is_readable(&lp) && !reader.is_writable(&lp));
/// assert!(writer.is_writable(&lp) && !writer.is_readable(&lp));
/// # Ok::<(), uv_net::Error>(())
/// ```
pub fn pipe() -> Result<(OwnedFd, OwnedFd)> {
    rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).map_err(error)
}

/// What a descriptor is, as `uv_handle_type`: which handle it can be opened in.
///
/// The enum is exhaustive: libuv guesses these.
///
/// ```
/// use uv_net::{HandleType, guess_handle};
///
/// let (ours, _theirs) = uv_net::socketpair()?;
/// assert_eq!(guess_handle(&ours), HandleType::Pipe);
/// # Ok::<(), uv_net::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum HandleType {
    /// Nothing that libuv knows (`UV_UNKNOWN_HANDLE`).
    Unknown,
    /// A file, or a device that is no terminal (`UV_FILE`).
    File,
    /// A pipe or a Unix socket (`UV_NAMED_PIPE`).
    Pipe,
    /// A TCP socket (`UV_TCP`).
    Tcp,
    /// A terminal (`UV_TTY`).
    Tty,
    /// A UDP socket (`UV_UDP`).
    Udp,
}

/// Finds out what a descriptor is, as `uv_guess_handle`.
///
/// ```
/// use uv_net::{HandleType, guess_handle};
///
/// assert_eq!(guess_handle(std::fs::File::open("/dev/null")?), HandleType::File);
/// assert_eq!(guess_handle(std::net::UdpSocket::bind("127.0.0.1:0")?), HandleType::Udp);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn guess_handle(fd: impl AsFd) -> HandleType {
    let fd = fd.as_fd();
    if rustix::termios::isatty(fd) {
        return HandleType::Tty;
    }
    let Ok(stat) = uninterrupted(|| rustix::fs::fstat(fd)) else {
        return HandleType::Unknown;
    };
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile | FileType::CharacterDevice => return HandleType::File,
        FileType::Fifo => return HandleType::Pipe,
        FileType::Socket => {}
        _ => return HandleType::Unknown,
    }
    let (Ok(family), Ok(kind)) = (sockopt::socket_domain(fd), sockopt::socket_type(fd)) else {
        return HandleType::Unknown;
    };
    let internet = family == AddressFamily::INET || family == AddressFamily::INET6;
    match kind {
        SocketType::DGRAM if internet => HandleType::Udp,
        SocketType::STREAM if internet => HandleType::Tcp,
        SocketType::STREAM if family == AddressFamily::UNIX => HandleType::Pipe,
        _ => HandleType::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_link_local_address_gives_the_scope() {
        let list = "00000000000000000000000000000001 01 80 10 80       lo\n\
                    fe800000000000000242acfffe110002 1f 40 20 80     eth0\n\
                    fe800000000000000242acfffe110003 20 40 20 80     eth1\n";
        assert_eq!(link_local_scope(list), Some(0x1f));
        assert_eq!(link_local_scope(""), None);
    }

    #[test]
    fn only_link_local_addresses_get_a_scope() {
        for address in ["[::1]:1", "[fe80::1%7]:1", "127.0.0.1:1", "[2001:db8::1]:1"] {
            let address: SocketAddr = address.parse().unwrap();
            assert_eq!(with_scope(address), address);
        }
    }
}
