use std::net::{SocketAddr, TcpStream};
use std::rc::Rc;

use uv_loop::{Handle, HandleId, Loop};
use uv_sys::{Error, Result};

use crate::stream::Stream;

/// A TCP socket: a listener or a connection, as `uv_tcp_t`.
///
/// The handle is active, and so keeps the loop alive, while it listens or reads. Connects, writes and shutdowns under
/// way keep the loop alive by themselves. Closing the handle closes the socket at once.
///
/// Every method gives `EBADF` when the handle is closed, and `EINVAL` while it is being closed.
///
/// ```
/// use std::io::Write;
/// use uv_loop::{Handle, Loop, RunMode};
/// use uv_net::{Error, Tcp};
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
pub struct Tcp(pub(crate) HandleId);

impl Handle for Tcp {
    fn id(self) -> HandleId {
        self.0
    }
}

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
        Tcp(lp.add_handle(Rc::new(Stream::default())))
    }

    /// Takes a socket that std has connected, as `uv_tcp_open`. It becomes non-blocking.
    ///
    /// # Errors
    ///
    /// `EBUSY` if the handle has a socket; the socket is closed then.
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
    pub fn open(self, lp: &Loop, stream: TcpStream) -> Result<()> {
        self.stream(lp)?.open(stream)
    }

    /// Gives the socket its own address, as `uv_tcp_bind`: port 0 for one that the system chooses.
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
        self.stream(lp)?.bind(address)
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
    pub fn listen(self, lp: &Loop, backlog: u32, callback: impl FnMut(&Loop, Tcp) + 'static) -> Result<()> {
        let stream = self.stream(lp)?;
        stream.listen(lp, self, backlog, Box::new(callback))
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
        let accepted = self.stream(lp)?.accept(lp, self)?;
        Ok(Tcp(lp.add_handle(Rc::new(accepted))))
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
        let stream = self.stream(lp)?;
        stream.connect(lp, self, address, Box::new(callback))
    }

    /// Calls `callback` with what is received, as `uv_read_start`. The bytes are the loop's for the time of the call.
    /// The end of the stream comes as [`Error::EOF`]; after it, and after any other error, no more calls come.
    ///
    /// # Errors
    ///
    /// `EALREADY` if the handle reads, `ENOTCONN` if it is not connected or connecting.
    ///
    /// ```
    /// use uv_net::{Error, Tcp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// assert_eq!(Tcp::new(&lp).read_start(&lp, |_, _, _| {}), Err(Error::ENOTCONN));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn read_start(self, lp: &Loop, callback: impl FnMut(&Loop, Tcp, Result<&[u8]>) + 'static) -> Result<()> {
        self.stream(lp)?.read_start(lp, self, Box::new(callback))
    }

    /// Ends the reading, as `uv_read_stop`; it can be started again, and nothing is lost. Does nothing to a handle that
    /// does not read.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// uv_net::Tcp::new(&lp).read_stop(&lp)?;
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn read_stop(self, lp: &Loop) -> Result<()> {
        self.stream(lp)?.read_stop(lp, self)
    }

    /// Sends all of `bytes`, after what was written before, and calls `callback` when the kernel has it. As `uv_write`.
    /// `bytes` are dropped then: hand over a `Vec`, a literal, or an `Arc<[u8]>` to write the same to many. (Their
    /// `as_ref` gives the same bytes each time, and does not use the handle.)
    ///
    /// # Errors
    ///
    /// `EBADF` without a socket, `EPIPE` if the handle is not connected or connecting, or was shut down. Later errors
    /// (`ECONNRESET`, `EPIPE`) are the callback's.
    ///
    /// ```
    /// use uv_net::{Error, Tcp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// assert_eq!(Tcp::new(&lp).write(&lp, "to nobody", |_, _, _| {}), Err(Error::EBADF));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn write(
        self,
        lp: &Loop,
        bytes: impl AsRef<[u8]> + 'static,
        callback: impl FnOnce(&Loop, Tcp, Result<()>) + 'static,
    ) -> Result<()> {
        self.stream(lp)?.write(lp, self, bytes, callback)
    }

    /// How many bytes are written and not yet with the kernel, as `uv_stream_get_write_queue_size`.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// assert_eq!(uv_net::Tcp::new(&lp).write_queue_size(&lp)?, 0);
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn write_queue_size(self, lp: &Loop) -> Result<usize> {
        Ok(self.stream(lp)?.write_queue_size())
    }

    /// Ends the sending side when all that was written is with the kernel, then calls `callback`. As `uv_shutdown`.
    /// Reading goes on.
    ///
    /// # Errors
    ///
    /// `ENOTCONN` if the handle is not connected or connecting, or was shut down.
    ///
    /// ```
    /// use uv_net::{Error, Tcp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// assert_eq!(Tcp::new(&lp).shutdown(&lp, |_, _, _| {}), Err(Error::ENOTCONN));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn shutdown(self, lp: &Loop, callback: impl FnOnce(&Loop, Tcp, Result<()>) + 'static) -> Result<()> {
        self.stream(lp)?.shutdown(lp, self, Box::new(callback))
    }

    /// The socket's own address, as `uv_tcp_getsockname`.
    ///
    /// # Errors
    ///
    /// `EINVAL` without a socket, `EADDRINUSE` after a bind to an address in use.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let tcp = uv_net::Tcp::new(&lp);
    /// tcp.bind(&lp, "127.0.0.1:0".parse().unwrap())?;
    /// assert!(tcp.local_addr(&lp)?.ip().is_loopback());
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn local_addr(self, lp: &Loop) -> Result<SocketAddr> {
        self.stream(lp)?.address(TcpStream::local_addr)
    }

    /// The other end's address, as `uv_tcp_getpeername`.
    ///
    /// # Errors
    ///
    /// `EINVAL` without a socket, `ENOTCONN` if it is not connected.
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
        self.stream(lp)?.address(TcpStream::peer_addr)
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
        self.stream(lp)?.set_nodelay(on)
    }

    fn stream(self, lp: &Loop) -> Result<Rc<Stream>> {
        let stream = lp.kind::<Stream>(self.0)?;
        match self.is_closing(lp) {
            true => Err(Error::EINVAL),
            false => Ok(stream),
        }
    }
}
