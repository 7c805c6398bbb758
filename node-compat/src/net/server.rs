//! Servers.

use std::cell::{Cell, RefCell};
use std::ffi::OsString;
use std::fmt;
use std::net::{Ipv6Addr, SocketAddr};
use std::rc::Rc;

use uv_loop::Handle as _;
use uv_net::{BindOptions, Pipe, Tcp};

use super::endpoint::{ANY_V4, is_abstract};
use super::error::Target;
use super::handle::StreamHandle;
use super::{Endpoint, NetError, Socket, SocketOptions};
use crate::{Error, EventEmitter, ListenerId, Outcome, Runtime, Thrown, dns};

const DEFAULT_BACKLOG: u32 = 511;

/// Listens for connections: as Node's `net.Server`. Every clone is the same server.
///
/// ```
/// use node_compat::{Runtime, net};
///
/// let rt = Runtime::new()?;
/// let server = net::Server::new();
/// server.on_listening(|rt, server| println!("listening on {}", server.address(rt).unwrap()));
/// server.on_connection(|rt, server, socket| {
///     socket.destroy(rt);
///     server.close(rt);
/// });
/// server.on_close(|_, _| println!("closed"));
/// server.listen(&rt, 0)?;
/// net::connect(&rt, server.address(&rt).unwrap(), |rt, socket| socket.resume(rt));
/// assert_eq!(rt.run()?, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Server(Rc<Inner>);

struct Inner {
    emitter: EventEmitter<Emitted>,
    options: ServerOptions,
    handle: Cell<Option<StreamHandle>>,
    path: RefCell<Option<OsString>>,
    connections: Cell<usize>,
    max_connections: Cell<usize>,
    unref: Cell<bool>,
    /// Counts calls of `listen` and `close`: a look-up that they overtook is dropped.
    calls: Cell<u64>,
}

struct Emitted {
    server: Server,
    event: Event,
}

enum Event {
    Listening,
    Connection(Socket),
    Drop(Option<SocketAddr>),
    Error(NetError),
    Close,
}

/// Options of a [`Server`].
///
/// ```
/// use node_compat::net::{Server, ServerOptions, SocketOptions};
///
/// let sockets = SocketOptions { no_delay: true, ..SocketOptions::default() };
/// Server::with_options(ServerOptions { sockets, pause_on_connect: true });
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ServerOptions {
    /// Of the sockets that it accepts.
    pub sockets: SocketOptions,
    /// The sockets that it accepts read nothing before they are [resumed](Socket::resume).
    pub pause_on_connect: bool,
}

/// Options of [`Server::listen_with`].
///
/// ```
/// use node_compat::net::ListenOptions;
///
/// assert_eq!(ListenOptions::default().backlog, 511);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ListenOptions {
    /// How many connections the system keeps waiting; 511 unless set.
    pub backlog: u32,
    /// An address of IPv6 takes no connections of IPv4.
    pub ipv6_only: bool,
    /// Everybody may read from a Unix socket.
    pub readable_all: bool,
    /// Everybody may write to a Unix socket.
    pub writable_all: bool,
}

impl Default for ListenOptions {
    fn default() -> Self {
        ListenOptions { backlog: DEFAULT_BACKLOG, ipv6_only: false, readable_all: false, writable_all: false }
    }
}

/// `on_...` for an event: what it carries, and as what the listener gets that.
macro_rules! on {
    ($(#[$doc:meta])* $name:ident, $event:literal, $carried:pat => ($($arg:expr),*) as ($($type:ty),*)) => {
        $(#[$doc])*
        pub fn $name<O: Outcome>(&self, f: impl Fn(&Runtime, &Server $(, $type)*) -> O + 'static) -> ListenerId {
            self.0.emitter.on($event, move |rt, emitted: &Emitted| match &emitted.event {
                $carried => f(rt, &emitted.server $(, $arg)*).into_result(),
                _ => Ok(()),
            })
        }
    };
}

impl Server {
    /// A server that is to [listen](Server::listen). As `new net.Server()`.
    ///
    /// ```
    /// assert!(!node_compat::net::Server::new().is_listening());
    /// ```
    pub fn new() -> Self {
        Self::with_options(ServerOptions::default())
    }

    /// A server with options. As `new net.Server(options)`.
    ///
    /// ```
    /// use node_compat::net::{Server, ServerOptions};
    ///
    /// Server::with_options(ServerOptions { pause_on_connect: true, ..ServerOptions::default() });
    /// ```
    pub fn with_options(options: ServerOptions) -> Self {
        Server(Rc::new(Inner {
            emitter: EventEmitter::new(),
            options,
            handle: Cell::new(None),
            path: RefCell::default(),
            connections: Cell::new(0),
            max_connections: Cell::new(0),
            unref: Cell::new(false),
            calls: Cell::new(0),
        }))
    }

    on! {
        /// It listens: emitted from the nextTick queue. As the event `'listening'`.
        ///
        /// ```
        /// use node_compat::{Runtime, net::Server};
        ///
        /// let (rt, server) = (Runtime::new()?, Server::new());
        /// server.on_listening(|rt, server| server.close(rt));
        /// server.listen(&rt, 0)?;
        /// rt.run()?;
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        on_listening, "listening", Event::Listening => () as ()
    }

    on! {
        /// A connection has come in: each is a macrotask. As the event `'connection'`.
        ///
        /// ```
        /// use node_compat::{Runtime, net};
        ///
        /// let (rt, server) = (Runtime::new()?, net::Server::new());
        /// server.on_connection(|rt, server, socket| {
        ///     socket.end(rt);
        ///     server.close(rt);
        /// });
        /// server.listen(&rt, 0)?;
        /// net::connect(&rt, server.address(&rt).unwrap(), |rt, socket| socket.resume(rt));
        /// rt.run()?;
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        on_connection, "connection", Event::Connection(socket) => (socket) as (&Socket)
    }

    on! {
        /// A connection from this address (`None` over a Unix socket) was closed, for there are as many as
        /// [`set_max_connections`](Server::set_max_connections) allows. As the event `'drop'`.
        ///
        /// ```
        /// let server = node_compat::net::Server::new();
        /// server.on_drop(|_, _, peer| eprintln!("too many connections: {peer:?} was turned away"));
        /// ```
        on_drop, "drop", Event::Drop(peer) => (*peer) as (Option<SocketAddr>)
    }

    on! {
        /// It cannot listen. Without a listener the error is thrown: it is an uncaught exception. As the event `'error'`.
        ///
        /// ```
        /// use node_compat::{Runtime, net::Server};
        ///
        /// let (rt, server) = (Runtime::new()?, Server::new());
        /// server.on_error(|_, _, error| assert_eq!(error.code(), Some("EACCES")));
        /// server.listen(&rt, std::path::Path::new("/no/such/directory/socket"))?;
        /// assert_eq!(rt.run()?, 0);
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        on_error, "error", Event::Error(error) => (error) as (&NetError)
    }

    on! {
        /// It is closed, and so are all of its connections: emitted from the nextTick queue. As the event `'close'`.
        ///
        /// ```
        /// use node_compat::{Runtime, net::Server};
        ///
        /// let (rt, server) = (Runtime::new()?, Server::new());
        /// server.on_close(|_, server| assert!(!server.is_listening()));
        /// server.listen(&rt, 0)?;
        /// server.close(&rt);
        /// rt.run()?;
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        on_close, "close", Event::Close => () as ()
    }

    /// Removes a listener, and says whether it was there. As `server.off`.
    ///
    /// ```
    /// let server = node_compat::net::Server::new();
    /// let id = server.on_close(|_, _| ());
    /// assert!(server.off(id));
    /// ```
    pub fn off(&self, id: ListenerId) -> bool {
        self.0.emitter.off(id)
    }

    /// Listens, on all addresses if only a port is given. A port alone and a path are bound at once; with a host the call
    /// goes through [`dns::lookup`], also for an address. `'listening'` or `'error'` come from the nextTick queue. As
    /// `server.listen`.
    ///
    /// # Errors
    ///
    /// `ERR_SERVER_ALREADY_LISTEN`.
    ///
    /// ```
    /// use node_compat::{Runtime, net::Server};
    ///
    /// let (rt, server) = (Runtime::new()?, Server::new());
    /// server.listen(&rt, 0)?;
    /// assert_eq!(server.listen(&rt, 0).unwrap_err().code(), Some("ERR_SERVER_ALREADY_LISTEN"));
    /// # server.close(&rt);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn listen(&self, rt: &Runtime, at: impl Into<Endpoint>) -> Result<(), NetError> {
        self.listen_with(rt, at, ListenOptions::default())
    }

    /// [`listen`](Server::listen) with options.
    ///
    /// # Errors
    ///
    /// `ERR_SERVER_ALREADY_LISTEN`.
    ///
    /// ```
    /// use node_compat::{Runtime, net};
    ///
    /// let (rt, server) = (Runtime::new()?, net::Server::new());
    /// server.listen_with(&rt, 0, net::ListenOptions { backlog: 8, ..net::ListenOptions::default() })?;
    /// # server.close(&rt);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn listen_with(&self, rt: &Runtime, at: impl Into<Endpoint>, options: ListenOptions) -> Result<(), NetError> {
        if self.is_listening() {
            let text = "Listen method has been called more than once without closing.";
            return Err(NetError::node("ERR_SERVER_ALREADY_LISTEN", text));
        }
        let call = self.next_call();
        match at.into() {
            Endpoint::Path(path) => {
                *self.0.path.borrow_mut() = Some(path.clone());
                let bound = bind_path(rt, &path, options);
                let target = Target::Path(path.to_string_lossy().into_owned());
                self.listen_on(rt, bound.map_err(|error| (error, target.clone())), target, options);
            }
            Endpoint::Port { port, host: None } => {
                let v6 = SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port);
                let (bound, address) = match bind(rt, v6, options) {
                    Ok(tcp) => (Ok(tcp), v6),
                    Err(_) => {
                        let v4 = SocketAddr::new(ANY_V4, port);
                        (bind(rt, v4, options), v4)
                    }
                };
                let target = Target::Ip(address);
                self.listen_on(rt, bound.map_err(|error| (error, target.clone())), target, options);
            }
            Endpoint::Port { port, host: Some(host) } => {
                let server = self.clone();
                dns::resolve(rt, &host, dns::LookupOptions::default(), move |rt, found| {
                    if server.0.calls.get() != call {
                        return Ok(());
                    }
                    let mut address = match found {
                        Ok(found) => found.first().copied().unwrap_or(SocketAddr::new(ANY_V4, port)),
                        Err(error) => return server.emit(rt, Event::Error(error)),
                    };
                    address.set_port(port);
                    let target = Target::Ip(address);
                    let bound = bind(rt, address, options).map_err(|error| (error, target.clone()));
                    server.listen_on(rt, bound, target, options);
                    Ok(())
                });
            }
        }
        Ok(())
    }

    /// Takes no more connections; those that there are go on. `'close'` is emitted when the last one is closed. As
    /// `server.close`.
    ///
    /// ```
    /// use node_compat::{Runtime, net::Server};
    ///
    /// let (rt, server) = (Runtime::new()?, Server::new());
    /// server.listen(&rt, 0)?;
    /// server.close(&rt);
    /// rt.run()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn close(&self, rt: &Runtime) {
        self.next_call();
        if let Some(handle) = self.0.handle.take() {
            handle.discard(rt);
        }
        self.emit_close_if_drained(rt);
    }

    /// [`close`](Server::close) and call `f` at `'close'`, with `ERR_SERVER_NOT_RUNNING` if it does not listen. As
    /// `server.close` with a callback.
    ///
    /// ```
    /// use node_compat::{Runtime, net::Server};
    ///
    /// let (rt, server) = (Runtime::new()?, Server::new());
    /// server.close_with(&rt, |_, closed| assert_eq!(closed.unwrap_err().code(), Some("ERR_SERVER_NOT_RUNNING")));
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn close_with<O: Outcome>(&self, rt: &Runtime, f: impl FnOnce(&Runtime, Result<(), NetError>) -> O + 'static) {
        let result = if self.is_listening() {
            Ok(())
        } else {
            Err(NetError::node("ERR_SERVER_NOT_RUNNING", "Server is not running."))
        };
        self.0.emitter.once("close", |rt, _| f(rt, result));
        self.close(rt);
    }

    /// What it listens on, with the port that the system chose. As `server.address`.
    ///
    /// ```
    /// use node_compat::{Runtime, net::Server};
    ///
    /// let (rt, server) = (Runtime::new()?, Server::new());
    /// assert_eq!(server.address(&rt), None);
    /// server.listen(&rt, 0)?;
    /// assert_ne!(server.address(&rt).unwrap().port(), Some(0));
    /// # server.close(&rt);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn address(&self, rt: &Runtime) -> Option<Endpoint> {
        match self.0.handle.get()? {
            StreamHandle::Tcp(tcp) => tcp.local_addr(rt.event_loop()).ok().map(Endpoint::from),
            StreamHandle::Pipe(_) => self.0.path.borrow().clone().map(Endpoint::Path),
        }
    }

    /// Whether it listens. As `server.listening`.
    ///
    /// ```
    /// assert!(!node_compat::net::Server::new().is_listening());
    /// ```
    pub fn is_listening(&self) -> bool {
        self.0.handle.get().is_some()
    }

    /// How many connections of its are open.
    ///
    /// ```
    /// assert_eq!(node_compat::net::Server::new().connections(), 0);
    /// ```
    pub fn connections(&self) -> usize {
        self.0.connections.get()
    }

    /// Calls `f` from the nextTick queue with how many connections are open now. As `server.getConnections`.
    ///
    /// ```
    /// let (rt, server) = (node_compat::Runtime::new()?, node_compat::net::Server::new());
    /// server.count_connections(&rt, |_, count| assert_eq!(count, 0));
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn count_connections<O: Outcome>(&self, rt: &Runtime, f: impl FnOnce(&Runtime, usize) -> O + 'static) {
        let count = self.connections();
        rt.next_tick(move |rt| f(rt, count));
    }

    /// Turns connections away, with the event `'drop'`, while so many are open; 0, the default, is no limit. As
    /// `server.maxConnections`.
    ///
    /// ```
    /// node_compat::net::Server::new().set_max_connections(100);
    /// ```
    pub fn set_max_connections(&self, max: usize) {
        self.0.max_connections.set(max);
    }

    /// Lets it keep the runtime alive (the default). As `server.ref`.
    ///
    /// ```
    /// let (rt, server) = (node_compat::Runtime::new()?, node_compat::net::Server::new());
    /// server.ref_(&rt);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn ref_(&self, rt: &Runtime) {
        self.set_referenced(rt, true);
    }

    /// Lets the runtime end while it listens. As `server.unref`.
    ///
    /// ```
    /// let (rt, server) = (node_compat::Runtime::new()?, node_compat::net::Server::new());
    /// server.listen(&rt, 0)?;
    /// server.unref(&rt);
    /// rt.run()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn unref(&self, rt: &Runtime) {
        self.set_referenced(rt, false);
    }

    /// One of its connections was destroyed.
    pub(super) fn connection_closed(&self, rt: &Runtime) {
        self.0.connections.set(self.0.connections.get() - 1);
        self.emit_close_if_drained(rt);
    }

    fn next_call(&self) -> u64 {
        self.0.calls.set(self.0.calls.get() + 1);
        self.0.calls.get()
    }

    fn listen_on(
        &self,
        rt: &Runtime,
        bound: Result<StreamHandle, (Error, Target)>,
        target: Target,
        options: ListenOptions,
    ) {
        let listening = bound.and_then(|handle| {
            self.start(rt, handle, options.backlog).map(|()| handle).map_err(|error| {
                handle.discard(rt);
                (error, target)
            })
        });
        let server = self.clone();
        match listening {
            Err((error, target)) => {
                let error = NetError::listen(error, &target);
                rt.next_tick(move |rt| server.emit(rt, Event::Error(error)));
            }
            Ok(handle) => {
                self.0.handle.set(Some(handle));
                if self.0.unref.get() {
                    handle.set_referenced(rt.event_loop(), false);
                }
                rt.next_tick(move |rt| if server.is_listening() { server.emit(rt, Event::Listening) } else { Ok(()) });
            }
        }
    }

    fn start(&self, rt: &Runtime, handle: StreamHandle, backlog: u32) -> Result<(), Error> {
        let (lp, weak, server) = (rt.event_loop(), rt.downgrade(), self.clone());
        let accepted = move |handle: StreamHandle| {
            if let Some(rt) = weak.upgrade() {
                rt.make_callback(|rt| server.accepted(rt, handle));
            }
        };
        let backlog = if backlog == 0 { DEFAULT_BACKLOG } else { backlog };
        // A connection that is gone before it could be taken is none.
        match handle {
            StreamHandle::Tcp(tcp) => tcp.listen(lp, backlog, move |lp, tcp| {
                tcp.accept(lp).into_iter().for_each(|tcp| accepted(StreamHandle::Tcp(tcp)));
            }),
            StreamHandle::Pipe(pipe) => pipe.listen(lp, backlog, move |lp, pipe| {
                pipe.accept(lp).into_iter().for_each(|pipe| accepted(StreamHandle::Pipe(pipe)));
            }),
        }
    }

    fn accepted(&self, rt: &Runtime, handle: StreamHandle) -> Result<(), Thrown> {
        let it = &self.0;
        let max = it.max_connections.get();
        if max > 0 && it.connections.get() >= max {
            let peer = handle.peer_addr(rt.event_loop());
            let emitted = self.emit(rt, Event::Drop(peer));
            handle.discard(rt);
            return emitted;
        }
        let socket = Socket::accepted(rt, self, handle, it.options.sockets);
        if it.options.pause_on_connect {
            socket.pause();
        } else {
            socket.start(rt);
        }
        it.connections.set(it.connections.get() + 1);
        self.emit(rt, Event::Connection(socket))
    }

    fn emit_close_if_drained(&self, rt: &Runtime) {
        if !self.is_listening() && self.connections() == 0 {
            let server = self.clone();
            rt.next_tick(move |rt| server.emit(rt, Event::Close));
        }
    }

    fn set_referenced(&self, rt: &Runtime, on: bool) {
        self.0.unref.set(!on);
        if let Some(handle) = self.0.handle.get() {
            handle.set_referenced(rt.event_loop(), on);
        }
    }

    fn emit(&self, rt: &Runtime, event: Event) -> Result<(), Thrown> {
        let emitter = &self.0.emitter;
        let name = match &event {
            Event::Listening => "listening",
            Event::Connection(_) => "connection",
            Event::Drop(_) => "drop",
            Event::Error(error) if emitter.listener_count("error") == 0 => return Err(error.clone().into_thrown()),
            Event::Error(_) => "error",
            Event::Close => "close",
        };
        emitter.emit(rt, name, Emitted { server: self.clone(), event }).map(drop)
    }
}

fn bind(rt: &Runtime, address: SocketAddr, options: ListenOptions) -> Result<StreamHandle, Error> {
    let (lp, flags) = (rt.event_loop(), BindOptions::new().ipv6_only(options.ipv6_only && address.is_ipv6()));
    let tcp = Tcp::new(lp);
    let bound = tcp.bind_with(lp, address, flags);
    bound.map(|()| StreamHandle::Tcp(tcp)).inspect_err(|_| StreamHandle::Tcp(tcp).discard(rt))
}

fn bind_path(rt: &Runtime, path: &OsString, options: ListenOptions) -> Result<StreamHandle, Error> {
    let lp = rt.event_loop();
    let pipe = Pipe::new(lp);
    let bound = pipe.bind(lp, path).and_then(|()| match options {
        ListenOptions { readable_all: false, writable_all: false, .. } => Ok(()),
        _ if is_abstract(path) => Err(Error::EINVAL),
        _ => pipe.chmod(lp, options.readable_all, options.writable_all),
    });
    bound.map(|()| StreamHandle::Pipe(pipe)).inspect_err(|_| {
        let _ = pipe.close(lp);
    })
}

impl Default for Server {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("listening", &self.is_listening())
            .field("connections", &self.connections())
            .finish_non_exhaustive()
    }
}
