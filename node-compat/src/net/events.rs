//! The events of sockets, and who listens to them.

use std::net::IpAddr;

use super::{NetError, Socket};
use crate::{ListenerId, Outcome, Runtime, Thrown};

pub(super) struct Emitted {
    socket: Socket,
    event: Event,
}

pub(super) enum Event {
    Lookup(Result<IpAddr, NetError>, String),
    Connect,
    Ready,
    Data(Vec<u8>),
    End,
    Drain,
    Finish,
    Timeout,
    Error(NetError),
    Close(bool),
}

impl Event {
    fn name(&self) -> &'static str {
        match self {
            Event::Lookup(..) => "lookup",
            Event::Connect => "connect",
            Event::Ready => "ready",
            Event::Data(_) => "data",
            Event::End => "end",
            Event::Drain => "drain",
            Event::Finish => "finish",
            Event::Timeout => "timeout",
            Event::Error(_) => "error",
            Event::Close(_) => "close",
        }
    }
}

/// `on_...` for an event: what it carries, and as what the listener gets that.
macro_rules! on {
    ($(#[$doc:meta])* $name:ident, $event:literal, $carried:pat => ($($arg:expr),*) as ($($type:ty),*)) => {
        $(#[$doc])*
        pub fn $name<O: Outcome>(&self, f: impl Fn(&Runtime, &Socket $(, $type)*) -> O + 'static) -> ListenerId {
            self.0.emitter.on($event, move |rt, emitted: &Emitted| match &emitted.event {
                $carried => f(rt, &emitted.socket $(, $arg)*).into_result(),
                _ => Ok(()),
            })
        }
    };
}

/// Events. Listeners get the socket, so that they need not hold it: one that captured it would keep it in memory.
impl Socket {
    on! {
        /// A name was looked up on the way to [connect](Socket::connect) to it: told once an address, with the name. As the
        /// event `'lookup'`.
        ///
        /// ```
        /// use node_compat::{Runtime, net};
        ///
        /// let server = std::net::TcpListener::bind("127.0.0.1:0")?;
        /// let rt = Runtime::new()?;
        /// let socket = net::connect(&rt, ("localhost", server.local_addr()?.port()), |rt, socket| socket.destroy(rt));
        /// socket.on_lookup(|_, _, address, host| println!("{host} is at {}", address.as_ref().unwrap()));
        /// rt.run()?;
        /// # Ok::<(), std::io::Error>(())
        /// ```
        on_lookup, "lookup", Event::Lookup(address, host) => (address, host) as (&Result<IpAddr, NetError>, &str)
    }

    on! {
        /// The socket is connected. As the event `'connect'`.
        ///
        /// ```
        /// use node_compat::{Runtime, net::Socket};
        ///
        /// let server = std::net::TcpListener::bind("127.0.0.1:0")?;
        /// let rt = Runtime::new()?;
        /// let socket = Socket::new();
        /// socket.on_connect(|rt, socket| socket.destroy(rt));
        /// socket.connect(&rt, server.local_addr()?);
        /// rt.run()?;
        /// # Ok::<(), std::io::Error>(())
        /// ```
        on_connect, "connect", Event::Connect => () as ()
    }

    on! {
        /// Right after `'connect'`. As the event `'ready'`.
        ///
        /// ```
        /// use node_compat::{Runtime, net};
        ///
        /// let server = std::net::TcpListener::bind("127.0.0.1:0")?;
        /// let rt = Runtime::new()?;
        /// let socket = net::connect(&rt, server.local_addr()?, |_, _| println!("first"));
        /// socket.on_ready(|rt, socket| {
        ///     println!("second");
        ///     socket.destroy(rt);
        /// });
        /// rt.run()?;
        /// # Ok::<(), std::io::Error>(())
        /// ```
        on_ready, "ready", Event::Ready => () as ()
    }

    /// Bytes have come. The first listener lets them flow, unless the socket was [paused](Socket::pause). As the event
    /// `'data'`.
    ///
    /// ```
    /// use node_compat::{Runtime, net};
    ///
    /// let rt = Runtime::new()?;
    /// let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let (one, other) = (net::Socket::from_fd(&rt, ours)?, net::Socket::from_fd(&rt, theirs)?);
    /// other.on_data(&rt, |rt, other, bytes| {
    ///     assert_eq!(bytes, b"hello");
    ///     other.end(rt);
    /// });
    /// one.write(&rt, "hello");
    /// one.end(&rt);
    /// one.resume(&rt);
    /// rt.run()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn on_data<O: Outcome>(&self, rt: &Runtime, f: impl Fn(&Runtime, &Socket, &[u8]) -> O + 'static) -> ListenerId {
        let id = self.0.emitter.on("data", move |rt, emitted: &Emitted| match &emitted.event {
            Event::Data(bytes) => f(rt, &emitted.socket, bytes).into_result(),
            _ => Ok(()),
        });
        self.flow_unless_paused(rt);
        id
    }

    on! {
        /// The other end has ended, and all that it sent has been read. Unless the socket may be half open it is ended now,
        /// too. As the event `'end'`.
        ///
        /// ```
        /// use node_compat::{Runtime, net};
        ///
        /// let rt = Runtime::new()?;
        /// let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        /// let socket = net::Socket::from_fd(&rt, ours)?;
        /// socket.on_end(|_, _| println!("the other end has ended"));
        /// socket.resume(&rt);
        /// drop(theirs);
        /// rt.run()?;
        /// assert!(socket.is_destroyed());
        /// # Ok::<(), std::io::Error>(())
        /// ```
        on_end, "end", Event::End => () as ()
    }

    on! {
        /// After [`write`](Socket::write) has said `false`: all is on its way, and it is time to write more. As the event
        /// `'drain'`.
        ///
        /// ```
        /// use node_compat::{Runtime, net};
        ///
        /// let rt = Runtime::new()?;
        /// let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        /// let (one, other) = (net::Socket::from_fd(&rt, ours)?, net::Socket::from_fd(&rt, theirs)?);
        /// one.on_drain(|rt, one| one.end(rt));
        /// assert!(!one.write(&rt, vec![b'.'; 5_000_000]), "more than the system takes at once");
        /// one.resume(&rt);
        /// other.resume(&rt);
        /// rt.run()?;
        /// # Ok::<(), std::io::Error>(())
        /// ```
        on_drain, "drain", Event::Drain => () as ()
    }

    on! {
        /// The socket was [ended](Socket::end), and all that was written is with the system. As the event `'finish'`.
        ///
        /// ```
        /// use node_compat::{Runtime, net};
        ///
        /// let rt = Runtime::new()?;
        /// let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
        /// let socket = net::Socket::from_fd(&rt, ours)?;
        /// socket.on_finish(|rt, socket| socket.destroy(rt));
        /// socket.end(&rt);
        /// rt.run()?;
        /// # Ok::<(), std::io::Error>(())
        /// ```
        on_finish, "finish", Event::Finish => () as ()
    }

    on! {
        /// Nothing has come or gone for as long as [`set_timeout`](Socket::set_timeout) says. The socket stays as it is. As
        /// the event `'timeout'`.
        ///
        /// ```
        /// use std::time::Duration;
        /// use node_compat::{Runtime, net};
        ///
        /// let rt = Runtime::new()?;
        /// let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
        /// let socket = net::Socket::from_fd(&rt, ours)?;
        /// socket.on_timeout(|rt, socket| socket.destroy(rt));
        /// socket.set_timeout(&rt, Duration::from_millis(5));
        /// rt.run()?;
        /// # Ok::<(), std::io::Error>(())
        /// ```
        on_timeout, "timeout", Event::Timeout => () as ()
    }

    on! {
        /// Something went wrong; `'close'` follows. Without a listener the error is thrown: it is an uncaught exception. As
        /// the event `'error'`.
        ///
        /// ```
        /// use node_compat::{Runtime, net};
        ///
        /// let rt = Runtime::new()?;
        /// let socket = net::connect(&rt, std::path::Path::new("/no/such/socket"), |_, _| ());
        /// socket.on_error(|_, _, error| assert_eq!(error.code(), Some("ENOENT")));
        /// assert_eq!(rt.run()?, 0);
        ///
        /// let rt = Runtime::new()?;
        /// net::connect(&rt, std::path::Path::new("/no/such/socket"), |_, _| ());
        /// assert_eq!(rt.run()?, 1);
        /// # Ok::<(), node_compat::Error>(())
        /// ```
        on_error, "error", Event::Error(error) => (error) as (&NetError)
    }

    on! {
        /// The socket is closed, and whether an error was why. The last event. As the event `'close'`.
        ///
        /// ```
        /// use node_compat::{Runtime, net};
        ///
        /// let rt = Runtime::new()?;
        /// let socket = net::connect(&rt, std::path::Path::new("/no/such/socket"), |_, _| ());
        /// socket.on_error(|_, _, _| ());
        /// socket.on_close(|_, _, had_error| assert!(had_error));
        /// rt.run()?;
        /// # Ok::<(), node_compat::Error>(())
        /// ```
        on_close, "close", Event::Close(had_error) => (*had_error) as (bool)
    }

    /// Removes a listener, and says whether it was there. As `socket.off`.
    ///
    /// ```
    /// let socket = node_compat::net::Socket::new();
    /// let id = socket.on_end(|_, _| ());
    /// assert!(socket.off(id));
    /// assert!(!socket.off(id));
    /// ```
    pub fn off(&self, id: ListenerId) -> bool {
        self.0.emitter.off(id)
    }

    pub(super) fn once<O: Outcome>(
        &self,
        name: &'static str,
        f: impl FnOnce(&Runtime, &Socket) -> O + 'static,
    ) -> ListenerId {
        self.0.emitter.once(name, |rt, emitted: &Emitted| f(rt, &emitted.socket))
    }

    pub(super) fn listens(&self, name: &str) -> bool {
        self.0.emitter.listener_count(name) > 0
    }

    pub(super) fn emit(&self, rt: &Runtime, event: Event) -> Result<(), Thrown> {
        let name = event.name();
        if let Event::Error(error) = &event
            && !self.listens(name)
        {
            return Err(error.clone().into_thrown());
        }
        self.0.emitter.emit(rt, name, Emitted { socket: self.clone(), event }).map(drop)
    }
}
