//! A socket: what it is, and how it ends. Its sides, its events and how it connects are in the rooms beside this one.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::time::Duration;

use uv_net::{HandleType, Pipe, Tcp};

use super::events::{Emitted, Event};
use super::handle::StreamHandle;
use super::readable::Readable;
use super::writable::Writable;
use super::{NetError, Server};
use crate::{Delay, Error, EventEmitter, Outcome, Runtime, Thrown, Timeout};

/// A connection, or one to be: as Node's `net.Socket`. Every clone is the same socket.
///
/// ```
/// use node_compat::{Runtime, Thrown, net};
///
/// let rt = Runtime::new()?;
/// let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
/// let (one, other) = (net::Socket::from_fd(&rt, ours)?, net::Socket::from_fd(&rt, theirs)?);
/// one.end_with(&rt, |_, finished| finished);
/// one.resume(&rt);
/// other.on_end(|_, _| println!("and so the other is ended"));
/// other.on_close(|_, _, had_error| assert!(!had_error));
/// other.resume(&rt);
/// assert_eq!(rt.run()?, 0);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct Socket(pub(super) Rc<Inner>);

pub(super) struct Inner {
    pub(super) emitter: EventEmitter<Emitted>,
    pub(super) handle: Cell<Option<StreamHandle>>,
    /// The handle was told to read.
    pub(super) handle_reading: Cell<bool>,
    pub(super) connecting: Cell<bool>,
    pub(super) readable: Readable,
    pub(super) writable: Writable,
    pub(super) allow_half_open: bool,
    pub(super) ended_by_peer: Cell<bool>,
    destroyed: Cell<bool>,
    /// Counts its lives, from one connection to the next: what belongs to an earlier one is told to nobody.
    pub(super) life: Cell<u64>,
    pub(super) errored: RefCell<Option<NetError>>,
    pub(super) error_emitted: Cell<bool>,
    pub(super) close_emitted: Cell<bool>,
    pub(super) bytes_read: Cell<u64>,
    pub(super) bytes_written: Cell<u64>,
    pub(super) last_write_queue_size: Cell<usize>,
    pub(super) timeout: Cell<Option<(Timeout, Delay)>>,
    pub(super) no_delay: Cell<bool>,
    pub(super) keep_alive: Cell<Option<Duration>>,
    pub(super) peer: Cell<Option<SocketAddr>>,
    /// Who accepted it.
    server: RefCell<Option<Server>>,
}

/// Options of a [`Socket`].
///
/// ```
/// use node_compat::net::{Socket, SocketOptions};
///
/// let options = SocketOptions { allow_half_open: true, ..SocketOptions::default() };
/// assert_eq!(Socket::with_options(options).writable_high_water_mark(), 16 * 1024);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SocketOptions {
    /// When the other end ends, this one stays open until it is ended, too.
    pub allow_half_open: bool,
    /// How many bytes may wait to be read, or to be sent, before the other side is to hold back; 16 KiB unless set.
    pub high_water_mark: usize,
    /// See [`Socket::set_no_delay`].
    pub no_delay: bool,
    /// See [`Socket::set_keep_alive`].
    pub keep_alive: Option<Duration>,
}

impl Default for SocketOptions {
    fn default() -> Self {
        SocketOptions { allow_half_open: false, high_water_mark: 16 * 1024, no_delay: false, keep_alive: None }
    }
}

impl Socket {
    /// A socket that is to [connect](Socket::connect). As `new net.Socket()`.
    ///
    /// ```
    /// assert!(node_compat::net::Socket::new().is_pending());
    /// ```
    pub fn new() -> Self {
        Self::with_options(SocketOptions::default())
    }

    /// A socket with options. As `new net.Socket(options)`.
    ///
    /// ```
    /// use node_compat::net::{Socket, SocketOptions};
    ///
    /// let options = SocketOptions { high_water_mark: 100, ..SocketOptions::default() };
    /// assert_eq!(Socket::with_options(options).writable_high_water_mark(), 100);
    /// ```
    pub fn with_options(options: SocketOptions) -> Self {
        Socket(Rc::new(Inner {
            emitter: EventEmitter::new(),
            handle: Cell::new(None),
            handle_reading: Cell::new(false),
            connecting: Cell::new(false),
            readable: Readable::new(options.high_water_mark),
            writable: Writable::new(options.high_water_mark),
            allow_half_open: options.allow_half_open,
            ended_by_peer: Cell::new(false),
            destroyed: Cell::new(false),
            life: Cell::new(0),
            errored: RefCell::default(),
            error_emitted: Cell::new(false),
            close_emitted: Cell::new(false),
            bytes_read: Cell::new(0),
            bytes_written: Cell::new(0),
            last_write_queue_size: Cell::new(0),
            timeout: Cell::new(None),
            no_delay: Cell::new(options.no_delay),
            keep_alive: Cell::new(options.keep_alive),
            peer: Cell::new(None),
            server: RefCell::default(),
        }))
    }

    /// Takes a connected socket: std's `TcpStream` or `UnixStream`, or one end of a pipe. As `new net.Socket({ fd })`.
    ///
    /// # Errors
    ///
    /// `EINVAL` for what is none of these, else what the system says.
    ///
    /// ```
    /// use node_compat::{Error, Runtime, net::Socket};
    ///
    /// let rt = Runtime::new()?;
    /// let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let socket = Socket::from_fd(&rt, ours)?;
    /// assert!(!socket.is_pending());
    /// # socket.destroy(&rt);
    /// let file = std::fs::File::open("/")?;
    /// assert_eq!(Socket::from_fd(&rt, file).unwrap_err(), Error::EINVAL);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn from_fd(rt: &Runtime, fd: impl Into<OwnedFd>) -> Result<Self, Error> {
        let socket = Self::around(rt, fd.into())?;
        socket.start(rt);
        Ok(socket)
    }

    /// One that is only written to: nothing is read, and its end is that of the writing. As `new net.Socket({ handle,
    /// readable: false })`.
    pub(crate) fn from_fd_to_write(rt: &Runtime, fd: OwnedFd) -> Result<Self, Error> {
        let socket = Self::around(rt, fd)?;
        socket.0.readable.close();
        Ok(socket)
    }

    fn around(rt: &Runtime, fd: OwnedFd) -> Result<Self, Error> {
        let lp = rt.event_loop();
        let handle = match uv_net::guess_handle(&fd) {
            HandleType::Tcp => {
                let tcp = Tcp::new(lp);
                tcp.open(lp, fd).map(|()| StreamHandle::Tcp(tcp)).inspect_err(|_| StreamHandle::Tcp(tcp).discard(rt))?
            }
            HandleType::Pipe => {
                let pipe = Pipe::new(lp);
                pipe.open(lp, fd)
                    .map(|()| StreamHandle::Pipe(pipe))
                    .inspect_err(|_| StreamHandle::Pipe(pipe).discard(rt))?
            }
            _ => return Err(Error::EINVAL),
        };
        let socket = Socket::new();
        socket.adopt(rt, handle);
        Ok(socket)
    }

    /// Closes it: what was not sent is lost, and its callbacks fail. `'close'` is emitted in the closing phase. As
    /// `socket.destroy`.
    ///
    /// ```
    /// use node_compat::{Runtime, net};
    ///
    /// let rt = Runtime::new()?;
    /// let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let socket = net::Socket::from_fd(&rt, ours)?;
    /// socket.on_close(|_, _, had_error| assert!(!had_error));
    /// rt.run_main(|rt| socket.destroy(rt));
    /// rt.run()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn destroy(&self, rt: &Runtime) {
        self.close_down(rt, None, false);
    }

    /// [`destroy`](Socket::destroy) for a reason, which is emitted as `'error'`. As `socket.destroy(error)`.
    ///
    /// ```
    /// use node_compat::{Runtime, Thrown, net};
    ///
    /// let (rt, socket) = (Runtime::new()?, net::Socket::new());
    /// socket.on_error(|_, _, error| assert_eq!(error.to_string(), "enough"));
    /// socket.destroy_with(&rt, net::NetError::other(Thrown::new("enough")));
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn destroy_with(&self, rt: &Runtime, error: NetError) {
        self.close_down(rt, Some(error), false);
    }

    /// [`destroy`](Socket::destroy) so that the other end's reads fail with `ECONNRESET`. A socket that connects is reset
    /// when it is connected. As `socket.resetAndDestroy`.
    ///
    /// # Errors
    /// `ERR_INVALID_HANDLE_TYPE` of a Unix socket, which knows no reset; it stays as it is.
    ///
    /// ```
    /// use std::io::{ErrorKind, Read};
    /// use node_compat::{Runtime, net};
    ///
    /// let server = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// let rt = Runtime::new()?;
    /// net::connect(&rt, server.local_addr()?, |rt, socket| socket.reset_and_destroy(rt));
    /// rt.run()?;
    /// let error = server.accept()?.0.read(&mut [0]).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn reset_and_destroy(&self, rt: &Runtime) -> Result<(), NetError> {
        match self.0.handle.get() {
            None => self.destroy_with(rt, NetError::node("ERR_SOCKET_CLOSED", "Socket is closed")),
            Some(StreamHandle::Pipe(_)) => {
                return Err(NetError::node("ERR_INVALID_HANDLE_TYPE", "This handle type cannot be sent"));
            }
            Some(StreamHandle::Tcp(_)) if self.0.connecting.get() => {
                self.once_connected(|rt, socket| socket.close_down(rt, None, true));
            }
            Some(StreamHandle::Tcp(_)) => self.close_down(rt, None, true),
        }
        Ok(())
    }

    /// [`end`](Socket::end)s it, and destroys it when it has finished. As `socket.destroySoon`.
    ///
    /// ```
    /// use node_compat::{Runtime, net};
    ///
    /// let rt = Runtime::new()?;
    /// let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let socket = net::Socket::from_fd(&rt, ours)?;
    /// socket.write(&rt, "to the last byte");
    /// socket.destroy_soon(&rt);
    /// rt.run()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn destroy_soon(&self, rt: &Runtime) {
        if self.is_writable() {
            self.end(rt);
        }
        if self.is_writable_finished() {
            self.destroy(rt);
        } else {
            self.once("finish", |rt, socket| socket.destroy(rt));
        }
    }

    /// Its own address, if it is one of TCP. As `socket.address`, `socket.localAddress` and `socket.localPort`.
    ///
    /// ```
    /// use node_compat::{Runtime, net};
    ///
    /// let server = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// let rt = Runtime::new()?;
    /// net::connect(&rt, server.local_addr()?, |rt, socket| {
    ///     assert!(socket.local_addr(rt).unwrap().ip().is_loopback());
    ///     socket.destroy(rt);
    /// });
    /// rt.run()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn local_addr(&self, rt: &Runtime) -> Option<SocketAddr> {
        self.0.handle.get()?.local_addr(rt.event_loop())
    }

    /// The other end's address, if it is connected by TCP; once asked for it is known also when the socket is destroyed. As
    /// `socket.remoteAddress` and `socket.remotePort`.
    ///
    /// ```
    /// use node_compat::{Runtime, net};
    ///
    /// let server = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// let (rt, address) = (Runtime::new()?, server.local_addr()?);
    /// net::connect(&rt, address, move |rt, socket| {
    ///     assert_eq!(socket.remote_addr(rt), Some(address));
    ///     socket.destroy(rt);
    /// });
    /// rt.run()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn remote_addr(&self, rt: &Runtime) -> Option<SocketAddr> {
        let it = &self.0;
        if it.peer.get().is_none()
            && let Some(handle) = it.handle.get().filter(|_| !it.connecting.get())
        {
            it.peer.set(handle.peer_addr(rt.event_loop()));
        }
        it.peer.get()
    }

    /// How many bytes have come. As `socket.bytesRead`.
    ///
    /// ```
    /// assert_eq!(node_compat::net::Socket::new().bytes_read(), 0);
    /// ```
    pub fn bytes_read(&self) -> u64 {
        self.0.bytes_read.get()
    }

    /// How many bytes were written, those included that wait. As `socket.bytesWritten`.
    ///
    /// ```
    /// use node_compat::{Runtime, net::Socket};
    ///
    /// let rt = Runtime::new()?;
    /// let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let socket = Socket::from_fd(&rt, ours)?;
    /// socket.write(&rt, "hello");
    /// assert_eq!(socket.bytes_written(), 5);
    /// # socket.destroy(&rt);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn bytes_written(&self) -> u64 {
        self.0.bytes_written.get() + self.0.writable.undispatched() as u64
    }

    /// How many bytes wait to be read. As `socket.readableLength`.
    ///
    /// ```
    /// assert_eq!(node_compat::net::Socket::new().readable_length(), 0);
    /// ```
    pub fn readable_length(&self) -> usize {
        self.0.readable.length()
    }

    /// Whether it connects. As `socket.connecting`.
    ///
    /// ```
    /// use node_compat::{Runtime, net};
    ///
    /// let server = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// let rt = Runtime::new()?;
    /// let socket = net::connect(&rt, server.local_addr()?, |rt, socket| {
    ///     assert!(!socket.is_connecting());
    ///     socket.destroy(rt);
    /// });
    /// assert!(socket.is_connecting());
    /// rt.run()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn is_connecting(&self) -> bool {
        self.0.connecting.get()
    }

    /// Whether it is not connected: not yet, or no more. As `socket.pending`.
    ///
    /// ```
    /// assert!(node_compat::net::Socket::new().is_pending());
    /// ```
    pub fn is_pending(&self) -> bool {
        self.0.handle.get().is_none() || self.0.connecting.get()
    }

    /// Whether it was destroyed, which it also is by itself when both ends have ended. As `socket.destroyed`.
    ///
    /// ```
    /// let (rt, socket) = (node_compat::Runtime::new()?, node_compat::net::Socket::new());
    /// socket.destroy(&rt);
    /// assert!(socket.is_destroyed());
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn is_destroyed(&self) -> bool {
        self.0.destroyed.get()
    }

    /// Whether [`end`](Socket::end) was called. As `socket.writableEnded`.
    ///
    /// ```
    /// assert!(!node_compat::net::Socket::new().is_writable_ended());
    /// ```
    pub fn is_writable_ended(&self) -> bool {
        self.0.writable.is_ending()
    }

    pub(super) fn accepted(rt: &Runtime, server: &Server, handle: StreamHandle, options: SocketOptions) -> Self {
        let socket = Socket::with_options(options);
        *socket.0.server.borrow_mut() = Some(server.clone());
        socket.adopt(rt, handle);
        socket.apply_options(rt);
        socket
    }

    /// Reads, so that an end is noticed also if nobody asks for data.
    pub(super) fn start(&self, rt: &Runtime) {
        // Nothing flows yet, and so nobody is called who could throw.
        let _ = self.read(rt, false);
    }

    /// Takes a handle: the runtime holds the socket for as long as it is open.
    pub(super) fn adopt(&self, rt: &Runtime, handle: StreamHandle) {
        self.0.handle.set(Some(handle));
        self.0.handle_reading.set(false);
        rt.0.sockets.borrow_mut().insert(handle.id(), self.clone());
    }

    /// Ready for another connection, if it was destroyed.
    pub(super) fn undestroy(&self, rt: &Runtime) {
        let it = &self.0;
        if !it.destroyed.get() {
            return;
        }
        it.life.set(it.life.get() + 1);
        for flag in [&it.destroyed, &it.error_emitted, &it.close_emitted] {
            flag.set(false);
        }
        it.errored.take();
        it.readable.reset();
        self.forget_writes(rt);
    }

    pub(super) fn lives(&self, life: u64) -> bool {
        self.0.life.get() == life && !self.is_destroyed()
    }

    /// As soon as it is connected, if it is that in this life.
    pub(super) fn once_connected<O: Outcome>(&self, f: impl FnOnce(&Runtime, &Socket) -> O + 'static) {
        let life = self.0.life.get();
        self.once(
            "connect",
            move |rt, socket| if socket.0.life.get() == life { f(rt, socket).into_result() } else { Ok(()) },
        );
    }

    /// From the nextTick queue, if it is in this life still.
    pub(super) fn next_tick(&self, rt: &Runtime, f: impl FnOnce(&Runtime, &Socket) -> Result<(), Thrown> + 'static) {
        let (socket, life) = (self.clone(), self.0.life.get());
        rt.next_tick(move |rt| if socket.0.life.get() == life { f(rt, &socket) } else { Ok(()) });
    }

    pub(super) fn has_errored(&self) -> bool {
        self.0.errored.borrow().is_some()
    }

    pub(super) fn set_errored(&self, error: &NetError) {
        self.0.errored.borrow_mut().get_or_insert_with(|| error.clone());
    }

    fn close_down(&self, rt: &Runtime, error: Option<NetError>, reset: bool) {
        let it = &self.0;
        if it.destroyed.replace(true) {
            return;
        }
        if it.writable.has_callbacks_waiting() {
            self.next_tick(rt, |rt, socket| socket.fail_waiting(rt));
        }
        if let Some(error) = &error {
            self.set_errored(error);
        }
        it.connecting.set(false);
        self.stop_timeout(rt);
        let (had_error, handle) = (error.is_some(), it.handle.take());
        if let Some(handle) = handle {
            let socket = self.clone();
            handle.close(rt, reset, move |rt| {
                let held = rt.0.sockets.borrow_mut().remove(&handle.id());
                let emitted = socket.emit(rt, Event::Close(had_error));
                drop(held);
                emitted
            });
        }
        let (socket, life) = (self.clone(), it.life.get());
        rt.next_tick(move |rt| socket.tell_destroyed(rt, error, life));
        if handle.is_none() {
            let socket = self.clone();
            rt.next_tick(move |rt| socket.emit(rt, Event::Close(false)));
        }
        let server = it.server.borrow().clone();
        if let Some(server) = server {
            server.connection_closed(rt);
        }
    }

    fn tell_destroyed(&self, rt: &Runtime, error: Option<NetError>, life: u64) -> Result<(), Thrown> {
        let it = &self.0;
        let is_over = || it.life.get() == life;
        if let Some(error) = error {
            it.error_emitted.set(is_over());
            self.emit(rt, Event::Error(error))?;
        }
        if is_over() {
            it.close_emitted.set(true);
        }
        Ok(())
    }
}

impl Default for Socket {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket")
            .field("connecting", &self.is_connecting())
            .field("destroyed", &self.is_destroyed())
            .field("bytes_read", &self.bytes_read())
            .field("bytes_written", &self.bytes_written())
            .finish_non_exhaustive()
    }
}
