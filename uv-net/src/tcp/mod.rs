mod options;

use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::rc::Rc;

use rustix::net::AddressFamily;
use uv_loop::{Handle, HandleId, Loop};
use uv_sys::{Error, Result};

use crate::OpenError;
use crate::socket;
use crate::stream::body::{StreamBody, StreamType};
use crate::stream::done::{Done, RequestOwner};
use crate::stream::spare::Descriptor;
use crate::stream::{Stream, sealed};

pub use options::{BindOptions, KeepAlive};

/// A TCP socket: a listener or a connection, as `uv_tcp_t`. What it shares with the other streams is in [`Stream`].
///
/// ```
/// use std::io::Write;
/// use uv_loop::{Handle, Loop, RunMode};
/// use uv_net::{Error, Stream, Tcp};
///
/// let server = std::net::TcpListener::bind("127.0.0.1:0")?;
/// let address = server.local_addr()?;
/// let thread = std::thread::spawn(move || server.accept()?.0.write_all(b"hello"));
///
/// let lp = Loop::new()?;
/// Tcp::new(&lp).connect(&lp, address, |lp, tcp, result| {
///     result.unwrap();
///     tcp.read_start(lp, |lp, tcp, read| match read {
///         Ok(bytes) => println!("{}", String::from_utf8_lossy(bytes)),
///         Err(_) => tcp.close(lp).unwrap(),
///     })
///     .unwrap();
/// })?;
/// lp.run(RunMode::Default)?;
/// # thread.join().unwrap()?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Tcp(HandleId);

impl Handle for Tcp {
    fn id(self) -> HandleId {
        self.0
    }
}

impl sealed::FromId for Tcp {
    fn from_id(id: HandleId) -> Self {
        Tcp(id)
    }
}

impl Stream for Tcp {}

impl Tcp {
    /// A handle without a socket, as `uv_tcp_init`.
    ///
    /// ```
    /// use uv_loop::{Handle, Loop};
    ///
    /// let lp = Loop::new()?;
    /// assert!(!uv_net::Tcp::new(&lp).is_active(&lp));
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn new(lp: &Loop) -> Tcp {
        Tcp(lp.add_handle(StreamBody::shared(StreamType::Tcp)))
    }

    /// A handle with a socket for IPv4, as `uv_tcp_init_ex` with `AF_INET`: for options to be set before the socket is
    /// used.
    ///
    /// # Errors
    ///
    /// `EMFILE`, `ENFILE`.
    ///
    /// ```
    /// use uv_net::{Stream, Tcp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// Tcp::new_v4(&lp)?.set_send_buffer_size(&lp, 100_000)?;
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn new_v4(lp: &Loop) -> Result<Tcp> {
        Self::with_family(lp, AddressFamily::INET)
    }

    /// A handle with a socket for IPv6, as `uv_tcp_init_ex` with `AF_INET6`.
    ///
    /// # Errors
    ///
    /// `EAFNOSUPPORT` without IPv6; `EMFILE`, `ENFILE`.
    ///
    /// ```
    /// use uv_net::{Error, Tcp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// match Tcp::new_v6(&lp) {
    ///     Ok(tcp) => assert!(tcp.local_addr(&lp)?.is_ipv6()),
    ///     Err(error) => assert_eq!(error, Error::EAFNOSUPPORT),
    /// }
    /// # Ok::<(), Error>(())
    /// ```
    pub fn new_v6(lp: &Loop) -> Result<Tcp> {
        Self::with_family(lp, AddressFamily::INET6)
    }

    fn with_family(lp: &Loop, family: AddressFamily) -> Result<Tcp> {
        let body = StreamBody::shared(StreamType::Tcp);
        body.make_socket(family)?;
        Ok(Tcp(lp.add_handle(body)))
    }

    /// Takes a connected socket, as `uv_tcp_open`: std's `TcpStream`, or any descriptor. It becomes non-blocking.
    ///
    /// # Errors
    ///
    /// `EBUSY` if the handle has a socket. What is refused is in the error.
    ///
    /// ```
    /// use std::net::{TcpListener, TcpStream};
    /// use uv_loop::Loop;
    /// use uv_net::Tcp;
    ///
    /// let server = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(server.local_addr()?)?;
    /// let lp = Loop::new()?;
    /// let tcp = Tcp::new(&lp);
    /// tcp.open(&lp, stream)?;
    /// assert_eq!(tcp.peer_addr(&lp)?, server.local_addr()?);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn open(self, lp: &Loop, socket: impl Into<OwnedFd>) -> std::result::Result<(), OpenError> {
        match self.body(lp) {
            Ok(body) => body.open(socket.into(), true, true, false),
            Err(error) => Err(OpenError::new(error, socket)),
        }
    }

    /// Gives the socket its own address, as `uv_tcp_bind`: port 0 for one that the system chooses. An IPv6 socket takes
    /// IPv4 connections, too.
    ///
    /// # Errors
    ///
    /// What `bind(2)` says, but for `EADDRINUSE`: as in libuv, [`listen`](Tcp::listen) and
    /// [`connect`](Tcp::connect) report that. `EINVAL` if it is bound already.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let tcp = uv_net::Tcp::new(&lp);
    /// tcp.bind(&lp, "127.0.0.1:0".parse().unwrap())?;
    /// assert_ne!(tcp.local_addr(&lp)?.port(), 0);
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn bind(self, lp: &Loop, address: SocketAddr) -> Result<()> {
        self.bind_with(lp, address, BindOptions::new())
    }

    /// [`bind`](Tcp::bind) with options, as `uv_tcp_bind` with flags.
    ///
    /// # Errors
    ///
    /// Those of [`bind`](Tcp::bind); `EINVAL` for an address of IPv4 that is to be for IPv6 only.
    ///
    /// ```
    /// use uv_net::{BindOptions, Tcp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let (one, two) = (Tcp::new(&lp), Tcp::new(&lp));
    /// let shared = BindOptions::new().reuse_port(true);
    /// one.bind_with(&lp, "127.0.0.1:0".parse().unwrap(), shared)?;
    /// two.bind_with(&lp, one.local_addr(&lp)?, shared)?;
    /// one.listen(&lp, 128, |_, _| {})?;
    /// two.listen(&lp, 128, |_, _| {})?;
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn bind_with(self, lp: &Loop, address: SocketAddr, options: BindOptions) -> Result<()> {
        if options.ipv6_only && address.is_ipv4() {
            return Err(Error::EINVAL);
        }
        let body = self.body(lp)?;
        let fd = socket_for(&body, socket::family(address))?;
        let result = socket::bind(&fd, address, options.ipv6_only, options.reuse_port);
        let in_use = result == Err(Error::EADDRINUSE);
        body.state.borrow_mut().delayed_error = in_use.then_some(Error::EADDRINUSE);
        if in_use { Ok(()) } else { result }
    }

    /// Calls `callback` for each connection that comes in, as `uv_listen`: it is to take it with
    /// [`accept`](Tcp::accept). Until that is done no other one is reported. The kernel keeps up to `backlog`
    /// connections waiting.
    ///
    /// # Errors
    ///
    /// `EADDRINUSE` if the address is in use; else what `listen(2)` says.
    ///
    /// ```
    /// use uv_loop::{Handle, Loop, RunMode};
    /// use uv_net::Tcp;
    ///
    /// let lp = Loop::new()?;
    /// let server = Tcp::new(&lp);
    /// server.bind(&lp, "127.0.0.1:0".parse().unwrap())?;
    /// server.listen(&lp, 128, |lp, server| {
    ///     server.accept(lp).unwrap().close(lp).unwrap();
    ///     server.close(lp).unwrap();
    /// })?;
    /// let _client = std::net::TcpStream::connect(server.local_addr(&lp)?)?;
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn listen(self, lp: &Loop, backlog: u32, mut callback: impl FnMut(&Loop, Tcp) + 'static) -> Result<()> {
        let body = self.body(lp)?;
        if let Some(error) = body.state.borrow().delayed_error {
            return Err(error);
        }
        socket_for(&body, AddressFamily::INET)?;
        body.listen(lp, self.0, backlog, Box::new(move |lp, id| callback(lp, Tcp(id))))
    }

    /// Takes the connection that was reported, as `uv_accept`: the new handle is ready to read and write.
    ///
    /// # Errors
    ///
    /// `EAGAIN` if there is none.
    ///
    /// ```
    /// use uv_net::{Error, Tcp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// assert_eq!(Tcp::new(&lp).accept(&lp), Err(Error::EAGAIN));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn accept(self, lp: &Loop) -> Result<Tcp> {
        let body = self.body(lp)?;
        let fd = body.take_accepted(lp, self.0)?;
        Ok(Tcp(lp.add_handle(body.accepted(fd))))
    }

    /// Takes the connection that was reported as a descriptor: for a thread or a process that has a loop of its own.
    ///
    /// # Errors
    ///
    /// `EAGAIN` if there is none.
    ///
    /// ```
    /// use uv_net::{Error, Tcp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// assert_eq!(Tcp::new(&lp).accept_fd(&lp).unwrap_err(), Error::EAGAIN);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn accept_fd(self, lp: &Loop) -> Result<OwnedFd> {
        self.body(lp)?.take_accepted(lp, self.0).map(|accepted| accepted.0)
    }

    /// Connects, and calls `callback` with what came of it, as `uv_tcp_connect`. Writes and reads may begin before
    /// that; they wait. When it fails the writes fail with `ECANCELED`.
    ///
    /// # Errors
    ///
    /// `EALREADY` while another connect is under way; what `connect(2)` says at once (`EISCONN`, `ENETUNREACH`,
    /// `EAFNOSUPPORT`). A refused connection is the callback's.
    ///
    /// ```
    /// use uv_loop::{Handle, Loop, RunMode};
    /// use uv_net::{Error, Tcp};
    ///
    /// // A port where nobody listens.
    /// let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    /// let lp = Loop::new()?;
    /// Tcp::new(&lp).connect(&lp, address, |lp, tcp, result| {
    ///     assert_eq!(result, Err(Error::ECONNREFUSED));
    ///     tcp.close(lp).unwrap();
    /// })?;
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn connect(
        self,
        lp: &Loop,
        address: SocketAddr,
        callback: impl FnOnce(&Loop, Tcp, Result<()>) + 'static,
    ) -> Result<()> {
        self.begin_connect(lp, address, || Done::Call(Box::new(move |lp, id, result| callback(lp, Tcp(id), result))))
    }

    /// A [`connect`](Tcp::connect) whose callback is the `owner`'s, who knows it by the number `request`. It allocates
    /// nothing in the end.
    ///
    /// # Errors
    ///
    /// Those of [`connect`](Tcp::connect).
    ///
    /// ```
    /// use std::rc::Rc;
    /// use uv_loop::{Handle, HandleId, Loop, RunMode};
    /// use uv_net::{RequestOwner, Result, Tcp};
    ///
    /// struct Closing;
    /// impl RequestOwner for Closing {
    ///     fn done(&self, lp: &Loop, id: HandleId, request: usize, result: Result<()>) {
    ///         assert_eq!((request, result), (7, Ok(())));
    ///         id.close(lp).unwrap();
    ///     }
    /// }
    ///
    /// let server = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// let lp = Loop::new()?;
    /// Tcp::new(&lp).connect_from(&lp, server.local_addr()?, Rc::new(Closing), 7)?;
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn connect_from(
        self,
        lp: &Loop,
        address: SocketAddr,
        owner: Rc<dyn RequestOwner>,
        request: usize,
    ) -> Result<()> {
        self.begin_connect(lp, address, || Done::Owner(owner, request))
    }

    fn begin_connect(self, lp: &Loop, address: SocketAddr, done: impl FnOnce() -> Done) -> Result<()> {
        let body = self.body(lp)?;
        if body.is_connecting() {
            return Err(Error::EALREADY);
        }
        let mut delayed = body.state.borrow().delayed_error;
        if delayed.is_none() {
            let fd = socket_for(&body, socket::family(address))?;
            delayed = match socket::connect(&fd, &socket::with_scope(address)) {
                Err(Error::ECONNREFUSED) => Some(Error::ECONNREFUSED),
                result => result.map(|()| None)?,
            };
        }
        body.connecting(lp, self.0, delayed, done())
    }

    /// Closes the handle and cuts the connection off, as `uv_tcp_close_reset`: the other end's reads fail with
    /// `ECONNRESET`, and nothing lingers in `TIME_WAIT`.
    ///
    /// # Errors
    ///
    /// `EINVAL` while a shutdown is under way, `EBADF` without a socket.
    ///
    /// ```
    /// use std::io::{ErrorKind, Read};
    /// use std::net::{TcpListener, TcpStream};
    /// use uv_net::Tcp;
    ///
    /// let server = TcpListener::bind("127.0.0.1:0")?;
    /// let lp = uv_loop::Loop::new()?;
    /// let tcp = Tcp::new(&lp);
    /// tcp.open(&lp, TcpStream::connect(server.local_addr()?)?)?;
    /// let mut peer = server.accept()?.0;
    /// tcp.close_reset(&lp, |_| println!("closed"))?;
    /// assert_eq!(peer.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn close_reset(self, lp: &Loop, callback: impl FnOnce(&Loop) + 'static) -> Result<()> {
        self.reset_on_close(lp)?;
        self.close_with(lp, callback)
    }

    /// Has the close that follows cut the connection off: [`close_reset`](Tcp::close_reset) without the close.
    ///
    /// # Errors
    ///
    /// Those of [`close_reset`](Tcp::close_reset).
    ///
    /// ```
    /// use uv_net::{Error, Tcp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// assert_eq!(Tcp::new(&lp).reset_on_close(&lp), Err(Error::EBADF));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn reset_on_close(self, lp: &Loop) -> Result<()> {
        let body = self.body(lp)?;
        if body.is_shutting() {
            return Err(Error::EINVAL);
        }
        socket::set_reset_on_close(&*body.fd().ok_or(Error::EBADF)?)
    }

    /// The socket's own address, as `uv_tcp_getsockname`.
    ///
    /// # Errors
    ///
    /// `EBADF` without a socket, `EADDRINUSE` after a bind to an address in use.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let tcp = uv_net::Tcp::new(&lp);
    /// tcp.bind(&lp, "127.0.0.1:0".parse().unwrap())?;
    /// assert!(tcp.local_addr(&lp)?.ip().is_loopback());
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn local_addr(self, lp: &Loop) -> Result<SocketAddr> {
        socket::address(rustix::net::getsockname(&*self.named(lp)?))
    }

    /// The other end's address, as `uv_tcp_getpeername`.
    ///
    /// # Errors
    ///
    /// `EBADF` without a socket, `ENOTCONN` if it is not connected.
    ///
    /// ```
    /// use uv_net::{Error, Tcp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let tcp = Tcp::new(&lp);
    /// tcp.bind(&lp, "127.0.0.1:0".parse().unwrap())?;
    /// assert_eq!(tcp.peer_addr(&lp), Err(Error::ENOTCONN));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn peer_addr(self, lp: &Loop) -> Result<SocketAddr> {
        let name = rustix::net::getpeername(&*self.named(lp)?).map_err(socket::error)?;
        socket::address(name.ok_or(rustix::io::Errno::NOTCONN))
    }

    /// Sends small writes at once, and not together with those that follow; as `uv_tcp_nodelay`. Without a socket it
    /// is remembered until there is one.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// uv_net::Tcp::new(&lp).set_nodelay(&lp, true)?;
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn set_nodelay(self, lp: &Loop, on: bool) -> Result<()> {
        let body = self.body(lp)?;
        match body.fd() {
            Some(fd) => socket::set_nodelay(&fd, on)?,
            None => body.state.borrow_mut().rare().nodelay = on,
        }
        Ok(())
    }

    /// Has the kernel look whether the other end of an idle connection is still there, or no longer. As
    /// `uv_tcp_keepalive_ex`. Without a socket it is remembered until there is one.
    ///
    /// # Errors
    ///
    /// `EINVAL` for times under a second and a count of 0.
    ///
    /// ```
    /// use std::time::Duration;
    /// use uv_net::{KeepAlive, Tcp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let tcp = Tcp::new_v4(&lp)?;
    /// tcp.set_keepalive(&lp, Some(KeepAlive::after(Duration::from_secs(60))))?;
    /// tcp.set_keepalive(&lp, None)?;
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn set_keepalive(self, lp: &Loop, keepalive: Option<KeepAlive>) -> Result<()> {
        let body = self.body(lp)?;
        if keepalive.is_some_and(|it| it.idle.as_secs() < 1 || it.interval.as_secs() < 1 || it.count < 1) {
            return Err(Error::EINVAL);
        }
        match body.fd() {
            Some(fd) => socket::set_keepalive(&fd, keepalive)?,
            None => body.state.borrow_mut().rare().keepalive = keepalive,
        }
        Ok(())
    }

    fn body(self, lp: &Loop) -> Result<Rc<StreamBody>> {
        StreamBody::of(lp, self.0)
    }

    fn named(self, lp: &Loop) -> Result<Rc<Descriptor>> {
        let body = self.body(lp)?;
        if let Some(error) = body.state.borrow().delayed_error {
            return Err(error);
        }
        body.fd().ok_or(Error::EBADF)
    }
}

/// The socket, which is made if there is none yet.
fn socket_for(body: &StreamBody, family: AddressFamily) -> Result<Rc<Descriptor>> {
    match body.fd() {
        Some(fd) => Ok(fd),
        None => body.make_socket(family),
    }
}
