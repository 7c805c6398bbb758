//! UDP handles.

mod endpoint;
mod flags;
mod multicast;
mod options;
mod recv;
mod send;
mod spare;

use std::ffi::OsStr;
use std::io::IoSlice;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::rc::Rc;

use uv_loop::{Handle, HandleId, Loop};
use uv_sys::resolve::Family;
use uv_sys::{Error, Result};

pub use flags::{Interface, UdpFlags, UdpOptions};
pub use recv::{Datagram, Received, ReceivedBuffer};
pub use send::{Outgoing, SendOwner};

use crate::OpenError;
use crate::pipe;
use endpoint::Endpoint;
use recv::{Own, Shared};
use send::{Parts, Request, To};

/// A UDP socket, as `uv_udp_t`.
///
/// It keeps the loop alive while it receives, and until all that it was to send is called back. Each operation on a
/// handle that is closed gives `EBADF`, and on one that is being closed `EINVAL`.
///
/// ```
/// use uv_loop::{Handle, Loop, RunMode};
/// use uv_net::Udp;
///
/// let lp = Loop::new()?;
/// let echo = Udp::new(&lp);
/// echo.bind(&lp, "127.0.0.1:0".parse().unwrap())?;
/// echo.recv_start(&lp, |lp, echo, received| {
///     let datagram = received.unwrap();
///     echo.send(lp, datagram.bytes.to_vec(), datagram.from, |lp, echo, _| echo.close(lp).unwrap()).unwrap();
/// })?;
///
/// let client = Udp::new(&lp);
/// client.connect(&lp, echo.local_addr(&lp)?)?;
/// client.send(&lp, "hello", None, |_, _, sent| sent.unwrap())?;
/// client.recv_start(&lp, |lp, client, received| {
///     assert_eq!(received.unwrap().bytes, b"hello");
///     client.close(lp).unwrap();
/// })?;
/// lp.run(RunMode::Default)?;
/// # Ok::<(), uv_net::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Udp(HandleId);

impl Handle for Udp {
    fn id(self) -> HandleId {
        self.0
    }
}

impl Udp {
    /// A handle without a socket, as `uv_udp_init`. It gets one by the first operation that needs one.
    ///
    /// ```
    /// use uv_net::{Error, Udp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// assert_eq!(Udp::new(&lp).local_addr(&lp), Err(Error::EBADF));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn new(lp: &Loop) -> Udp {
        Udp(lp.add_handle(Endpoint::shared(false)))
    }

    /// A handle with options, as `uv_udp_init_ex`.
    ///
    /// # Errors
    ///
    /// `EINVAL` for another family than IPv4 or IPv6, and what `socket(2)` says: `EMFILE`.
    ///
    /// ```
    /// use uv_net::{Family, Udp, UdpOptions};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = Udp::with_options(&lp, UdpOptions { family: Family::INET, recvmmsg: true })?;
    /// assert!(udp.using_recvmmsg(&lp)? || !cfg!(target_os = "linux"));
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn with_options(lp: &Loop, options: UdpOptions) -> Result<Udp> {
        let endpoint = Endpoint::shared(options.recvmmsg);
        match options.family {
            Family::UNSPEC => {}
            Family::INET => drop(endpoint.create(false)?),
            Family::INET6 => drop(endpoint.create(true)?),
            _ => return Err(Error::EINVAL),
        }
        Ok(Udp(lp.add_handle(endpoint)))
    }

    /// Takes a socket, as `uv_udp_open`: of std, or a descriptor from elsewhere that is one of datagrams. It becomes
    /// non-blocking, and its address may be shared with others ([`UdpFlags::REUSE_ADDR`]).
    ///
    /// # Errors
    ///
    /// `EBUSY` if the handle has a socket, and what the system says of a descriptor that is none. The error has the descriptor.
    ///
    /// ```
    /// use std::net::UdpSocket;
    /// use uv_net::Udp;
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let socket = UdpSocket::bind("127.0.0.1:0")?;
    /// let address = socket.local_addr()?;
    /// let udp = Udp::new(&lp);
    /// udp.open(&lp, socket)?;
    /// assert_eq!(udp.local_addr(&lp)?, address);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn open(self, lp: &Loop, socket: impl Into<OwnedFd>) -> std::result::Result<(), OpenError> {
        self.open_with(lp, socket, UdpFlags::REUSE_ADDR)
    }

    /// [`open`](Udp::open) with flags, as `uv_udp_open_ex`: `REUSE_ADDR`, `REUSE_PORT` or neither.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Udp::open), and `EINVAL` for another flag.
    ///
    /// ```
    /// use std::net::UdpSocket;
    /// use uv_net::{Udp, UdpFlags};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// Udp::new(&lp).open_with(&lp, UdpSocket::bind("127.0.0.1:0")?, UdpFlags::NONE)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn open_with(
        self,
        lp: &Loop,
        socket: impl Into<OwnedFd>,
        flags: UdpFlags,
    ) -> std::result::Result<(), OpenError> {
        let socket = socket.into();
        match self.endpoint(lp) {
            Ok(endpoint) => endpoint.open(socket, flags),
            Err(error) => Err(OpenError::new(error, socket)),
        }
    }

    /// Gives the socket its own address, as `uv_udp_bind`: port 0 for one that the system chooses.
    ///
    /// # Errors
    ///
    /// What `bind(2)` says: `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`; `EINVAL` if it is bound, or of the other family.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = uv_net::Udp::new(&lp);
    /// udp.bind(&lp, "[::1]:0".parse().unwrap())?;
    /// assert_ne!(udp.local_addr(&lp)?.port(), 0);
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn bind(self, lp: &Loop, address: SocketAddr) -> Result<()> {
        self.bind_with(lp, address, UdpFlags::NONE)
    }

    /// [`bind`](Udp::bind) with flags, as `uv_udp_bind`.
    ///
    /// # Errors
    ///
    /// Those of [`bind`](Udp::bind), and `EINVAL` for [`UdpFlags::IPV6_ONLY`] with an IPv4 address.
    ///
    /// ```
    /// use uv_net::{Error, Udp, UdpFlags};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = Udp::new(&lp);
    /// assert_eq!(udp.bind_with(&lp, "0.0.0.0:0".parse().unwrap(), UdpFlags::IPV6_ONLY), Err(Error::EINVAL));
    /// udp.bind_with(&lp, "[::]:0".parse().unwrap(), UdpFlags::IPV6_ONLY)?;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn bind_with(self, lp: &Loop, address: SocketAddr, flags: UdpFlags) -> Result<()> {
        self.endpoint(lp)?.bind(address, flags)
    }

    /// Sends to `address` alone from now on, and receives from it alone; as `uv_udp_connect`. Nothing is sent by that.
    ///
    /// # Errors
    ///
    /// `EISCONN` if it is connected; what `connect(2)` says: `ENETUNREACH`, `EAFNOSUPPORT`.
    ///
    /// ```
    /// use uv_net::{Error, Udp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = Udp::new(&lp);
    /// udp.connect(&lp, "127.0.0.1:9".parse().unwrap())?;
    /// assert_eq!(udp.peer_addr(&lp)?.port(), 9);
    /// assert_eq!(udp.connect(&lp, "127.0.0.1:10".parse().unwrap()), Err(Error::EISCONN));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn connect(self, lp: &Loop, address: SocketAddr) -> Result<()> {
        self.endpoint(lp)?.connect(address)
    }

    /// Undoes [`connect`](Udp::connect), as `uv_udp_connect` without an address.
    ///
    /// # Errors
    ///
    /// `ENOTCONN` if it is not connected.
    ///
    /// ```
    /// use uv_net::{Error, Udp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = Udp::new(&lp);
    /// udp.connect(&lp, "127.0.0.1:9".parse().unwrap())?;
    /// udp.disconnect(&lp)?;
    /// assert_eq!(udp.peer_addr(&lp), Err(Error::ENOTCONN));
    /// assert_eq!(udp.disconnect(&lp), Err(Error::ENOTCONN));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn disconnect(self, lp: &Loop) -> Result<()> {
        self.endpoint(lp)?.disconnect()
    }

    /// Whether the handle is connected.
    ///
    /// # Errors
    ///
    /// None of its own.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = uv_net::Udp::new(&lp);
    /// assert!(!udp.is_connected(&lp)?);
    /// udp.connect(&lp, "127.0.0.1:9".parse().unwrap())?;
    /// assert!(udp.is_connected(&lp)?);
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn is_connected(self, lp: &Loop) -> Result<bool> {
        Ok(self.endpoint(lp)?.is_connected())
    }

    /// Sends a datagram to an address, or without one on a connected handle, and calls `callback` when the kernel has
    /// it; as `uv_udp_send`. Datagrams are sent in order and called back in order, from the loop and never from inside
    /// this call. `bytes` are dropped before: hand over a `Vec`, a literal, or an `Arc<[u8]>` to send the same to many.
    /// (Their `as_ref` gives the same bytes each time.)
    ///
    /// # Errors
    ///
    /// `EDESTADDRREQ` without an address and a connection, `EISCONN` with both, `EINVAL` for more than 2 GiB. Later errors
    /// are the callback's: `EMSGSIZE` for more than a datagram holds, `ECONNREFUSED` for an earlier datagram, `ECANCELED`
    /// when the handle is closed before.
    ///
    /// ```
    /// use uv_loop::{Handle, Loop, RunMode};
    /// use uv_net::{Error, Udp};
    ///
    /// let lp = Loop::new()?;
    /// let (udp, to) = (Udp::new(&lp), "127.0.0.1:9".parse().unwrap());
    /// assert_eq!(udp.send(&lp, "to whom?", None, |_, _, _| {}), Err(Error::EDESTADDRREQ));
    /// udp.send(&lp, vec![0; 100_000], Some(to), |lp, udp, sent| {
    ///     assert_eq!(sent, Err(Error::EMSGSIZE));
    ///     udp.close(lp).unwrap();
    /// })?;
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn send(
        self,
        lp: &Loop,
        bytes: impl AsRef<[u8]> + 'static,
        to: Option<SocketAddr>,
        callback: impl FnOnce(&Loop, Udp, Result<()>) + 'static,
    ) -> Result<()> {
        self.endpoint(lp)?.send(lp, self, Request::Once(Box::new(Parts { bytes, callback })), To::new(to))
    }

    /// [`send`](Udp::send), of a datagram that `owner` has in its memory, in one piece or several: it knows it by the
    /// number `send`. See [`SendOwner`], which has another example.
    ///
    /// # Errors
    ///
    /// Those of [`send`](Udp::send).
    ///
    /// ```
    /// use std::rc::Rc;
    /// use uv_loop::{Loop, Result, RunMode};
    /// use uv_net::{SendOwner, Udp};
    ///
    /// struct Empty;
    /// impl SendOwner for Empty {
    ///     fn buffers<'a>(&'a self, _: usize, _: &mut dyn FnMut(&'a [u8])) {}
    ///     fn done(&self, _: &Loop, _: Udp, send: usize, result: Result<()>) {
    ///         assert_eq!((send, result), (7, Ok(())));
    ///     }
    /// }
    /// let lp = Loop::new()?;
    /// Udp::new(&lp).send_from(&lp, Rc::new(Empty), 7, Some("127.0.0.1:9".parse().unwrap()))?;
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    #[inline]
    pub fn send_from(self, lp: &Loop, owner: Rc<dyn SendOwner>, send: usize, to: Option<SocketAddr>) -> Result<()> {
        self.endpoint(lp)?.send(lp, self, Request::Owned(owner, send), To::new(to))
    }

    /// [`send_from`](Udp::send_from) to a Unix socket by its name, as `uv_udp_send` with a `sockaddr_un`: for a handle that has
    /// [opened](Udp::open) a Unix socket. A first byte of 0 makes the name an abstract one.
    ///
    /// # Errors
    ///
    /// Those of [`send_from`](Udp::send_from), and `EINVAL` without a socket and for a name that is too long.
    ///
    /// ```
    /// use std::os::unix::net::UnixDatagram;
    /// use std::rc::Rc;
    /// use uv_loop::{Handle, Loop, RunMode};
    /// use uv_net::{Error, Result, SendOwner, Udp};
    ///
    /// struct Ping;
    /// impl SendOwner for Ping {
    ///     fn buffers<'a>(&'a self, _: usize, add: &mut dyn FnMut(&'a [u8])) {
    ///         add(b"ping");
    ///     }
    ///     fn done(&self, lp: &Loop, udp: Udp, _: usize, result: Result<()>) {
    ///         result.unwrap();
    ///         udp.close(lp).unwrap();
    ///     }
    /// }
    ///
    /// let dir = tempfile::tempdir()?;
    /// let receiver = UnixDatagram::bind(dir.path().join("socket"))?;
    /// let lp = Loop::new()?;
    /// let udp = Udp::new(&lp);
    /// udp.open(&lp, UnixDatagram::unbound()?)?;
    /// udp.send_unix_from(&lp, Rc::new(Ping), 0, dir.path().join("socket"))?;
    /// lp.run(RunMode::Default)?;
    /// let mut text = [0; 4];
    /// receiver.recv(&mut text)?;
    /// assert_eq!(&text, b"ping");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn send_unix_from(
        self,
        lp: &Loop,
        owner: Rc<dyn SendOwner>,
        send: usize,
        name: impl AsRef<OsStr>,
    ) -> Result<()> {
        let to = To::Unix(spare::UnixTo::new(pipe::address(name.as_ref().as_bytes())?));
        self.endpoint(lp)?.send(lp, self, Request::Owned(owner, send), to)
    }

    /// [`try_send_vectored`](Udp::try_send_vectored) to a Unix socket: see [`send_unix_from`](Udp::send_unix_from).
    ///
    /// # Errors
    ///
    /// Those of [`try_send_vectored`](Udp::try_send_vectored), and `EINVAL` without a socket and for a name that is too long.
    ///
    /// ```
    /// use std::io::IoSlice;
    /// use std::os::unix::net::UnixDatagram;
    /// use uv_loop::Loop;
    /// use uv_net::{Error, Udp};
    ///
    /// let lp = Loop::new()?;
    /// let udp = Udp::new(&lp);
    /// udp.open(&lp, UnixDatagram::unbound()?)?;
    /// assert_eq!(udp.try_send_unix(&lp, &[IoSlice::new(b"ping")], "/nowhere/at/all"), Err(Error::ENOENT));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn try_send_unix(self, lp: &Loop, pieces: &[IoSlice<'_>], name: impl AsRef<OsStr>) -> Result<usize> {
        self.endpoint(lp)?.try_send_unix(pieces, &pipe::address(name.as_ref().as_bytes())?)
    }

    /// Sends a datagram now or not at all, as `uv_udp_try_send`, and gives its size.
    ///
    /// # Errors
    ///
    /// `EAGAIN` if others wait to be sent or called back, or the kernel has no room; else those of [`send`](Udp::send).
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = uv_net::Udp::new(&lp);
    /// assert_eq!(udp.try_send(&lp, b"hello", Some("127.0.0.1:9".parse().unwrap()))?, 5);
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn try_send(self, lp: &Loop, bytes: &[u8], to: Option<SocketAddr>) -> Result<usize> {
        self.try_send_vectored(lp, &[IoSlice::new(bytes)], to)
    }

    /// [`try_send`](Udp::try_send), of a datagram in several pieces.
    ///
    /// # Errors
    ///
    /// Those of [`try_send`](Udp::try_send).
    ///
    /// ```
    /// use std::io::IoSlice;
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = uv_net::Udp::new(&lp);
    /// udp.connect(&lp, "127.0.0.1:9".parse().unwrap())?;
    /// assert_eq!(udp.try_send_vectored(&lp, &[IoSlice::new(b"head"), IoSlice::new(b"body")], None)?, 8);
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn try_send_vectored(self, lp: &Loop, pieces: &[IoSlice<'_>], to: Option<SocketAddr>) -> Result<usize> {
        self.endpoint(lp)?.try_send(pieces, to)
    }

    /// Sends many datagrams now, with few system calls, as `uv_udp_try_send2`; gives the number of those that the kernel
    /// has taken, which are the first.
    ///
    /// # Errors
    ///
    /// If there are none, what the first one has met: those of [`try_send`](Udp::try_send). `EINVAL` for an empty list, and
    /// on a handle without a socket.
    ///
    /// ```
    /// use std::io::IoSlice;
    /// use uv_net::{Outgoing, Udp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = Udp::new(&lp);
    /// udp.bind(&lp, "127.0.0.1:0".parse().unwrap())?;
    /// let (to, pieces) = (Some("127.0.0.1:9".parse().unwrap()), [IoSlice::new(b"tick")]);
    /// assert_eq!(udp.try_send_many(&lp, &[Outgoing { pieces: &pieces, to }; 100])?, 100);
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn try_send_many(self, lp: &Loop, datagrams: &[Outgoing<'_>]) -> Result<usize> {
        self.endpoint(lp)?.try_send_many(datagrams)
    }

    /// How many bytes wait to be sent or called back, as `uv_udp_get_send_queue_size`.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = uv_net::Udp::new(&lp);
    /// udp.send(&lp, "hello", Some("127.0.0.1:9".parse().unwrap()), |_, _, _| {})?;
    /// assert_eq!(udp.send_queue_size(&lp)?, 5);
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn send_queue_size(self, lp: &Loop) -> Result<usize> {
        Ok(self.endpoint(lp)?.send_queue_size())
    }

    /// How many datagrams wait to be sent or called back, as `uv_udp_get_send_queue_count`.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// assert_eq!(uv_net::Udp::new(&lp).send_queue_count(&lp)?, 0);
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn send_queue_count(self, lp: &Loop) -> Result<usize> {
        Ok(self.endpoint(lp)?.send_queue_count())
    }

    /// Calls `callback` with each datagram that comes, as `uv_udp_recv_start`; a handle that is not bound is bound to a
    /// port that the system chooses. The bytes are the loop's for the time of the call, and many datagrams are received
    /// by one system call.
    ///
    /// An error does not end the receiving: it is of a datagram that was sent before (`ECONNREFUSED`).
    ///
    /// # Errors
    ///
    /// `EALREADY` if the handle receives, and those of [`bind`](Udp::bind).
    ///
    /// ```
    /// use uv_net::{Error, Udp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = Udp::new(&lp);
    /// udp.recv_start(&lp, |_, _, received| println!("{received:?}"))?;
    /// assert_eq!(udp.recv_start(&lp, |_, _, _| {}), Err(Error::EALREADY));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn recv_start(self, lp: &Loop, callback: impl FnMut(&Loop, Udp, Result<Datagram<'_>>) + 'static) -> Result<()> {
        self.endpoint(lp)?.recv_start(lp, self, Shared(callback))
    }

    /// Receives into buffers of the caller's, as `uv_udp_recv_start`: `alloc` is called for each, with the size that has
    /// room for any datagram (64 KiB), and `callback` gets it back, also if nothing was received into it. The order and
    /// number of the calls are libuv's.
    ///
    /// With [`UdpOptions::recvmmsg`] a buffer of several times 64 KiB takes as many datagrams, up to 20. The callback sees
    /// each of them in its part of the buffer, and then the buffer.
    ///
    /// # Errors
    ///
    /// Those of [`recv_start`](Udp::recv_start).
    ///
    /// ```
    /// use std::cell::RefCell;
    /// use std::rc::Rc;
    /// use uv_loop::{Handle, Loop, RunMode};
    /// use uv_net::{ReceivedBuffer, Udp};
    ///
    /// let lp = Loop::new()?;
    /// let udp = Udp::new(&lp);
    /// udp.bind(&lp, "127.0.0.1:0".parse().unwrap())?;
    /// udp.try_send(&lp, b"to myself", Some(udp.local_addr(&lp)?))?;
    ///
    /// let pool = Rc::new(RefCell::new(vec![vec![0; 65536]]));
    /// let spare = pool.clone();
    /// udp.recv_start_with(
    ///     &lp,
    ///     move |_, _, _| pool.borrow_mut().pop(),
    ///     move |lp, udp, received| {
    ///         if let (Ok(Some(length)), ReceivedBuffer::Whole(buffer)) = (received.result, received.buffer) {
    ///             assert_eq!(&buffer[..length], b"to myself");
    ///             spare.borrow_mut().push(buffer);
    ///             udp.close(lp).unwrap();
    ///         }
    ///     },
    /// )?;
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn recv_start_with<B: AsMut<[u8]> + 'static>(
        self,
        lp: &Loop,
        alloc: impl FnMut(&Loop, Udp, usize) -> Option<B> + 'static,
        callback: impl FnMut(&Loop, Udp, Received<'_, B>) + 'static,
    ) -> Result<()> {
        let endpoint = self.endpoint(lp)?;
        let many = endpoint.uses_recvmmsg();
        endpoint.recv_start(lp, self, Own { alloc, callback, many })
    }

    /// Ends the receiving, as `uv_udp_recv_stop`; it can be started again, and what was received and not called back
    /// comes then. Does nothing to a handle that does not receive.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// uv_net::Udp::new(&lp).recv_stop(&lp)?;
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn recv_stop(self, lp: &Loop) -> Result<()> {
        self.endpoint(lp)?.recv_stop(lp, self)
    }

    /// Whether [`recv_start_with`](Udp::recv_start_with) receives several datagrams into a buffer, as
    /// `uv_udp_using_recvmmsg`.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// assert!(!uv_net::Udp::new(&lp).using_recvmmsg(&lp)?);
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn using_recvmmsg(self, lp: &Loop) -> Result<bool> {
        Ok(self.endpoint(lp)?.uses_recvmmsg())
    }

    /// The socket's own address, as `uv_udp_getsockname`.
    ///
    /// # Errors
    ///
    /// `EBADF` without a socket.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = uv_net::Udp::new(&lp);
    /// udp.recv_start(&lp, |_, _, _| {})?;
    /// assert!(udp.local_addr(&lp)?.ip().is_unspecified());
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn local_addr(self, lp: &Loop) -> Result<SocketAddr> {
        Ok(self.endpoint(lp)?.open_socket()?.local_addr()?)
    }

    /// The address that the handle is connected to, as `uv_udp_getpeername`.
    ///
    /// # Errors
    ///
    /// `EBADF` without a socket, `ENOTCONN` if it is not connected.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let udp = uv_net::Udp::new(&lp);
    /// udp.connect(&lp, "127.0.0.1:9".parse().unwrap())?;
    /// assert_eq!(udp.peer_addr(&lp)?.port(), 9);
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn peer_addr(self, lp: &Loop) -> Result<SocketAddr> {
        Ok(self.endpoint(lp)?.open_socket()?.peer_addr()?)
    }

    fn endpoint(self, lp: &Loop) -> Result<Rc<Endpoint>> {
        lp.open_kind(self.0)
    }
}
