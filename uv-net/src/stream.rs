//! The state machine behind a handle. As in libuv, everything that a callback may see happens before it is called, and
//! no borrow is held while one is.

use std::cell::{Cell, RefCell};
use std::io::{self, Read};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsFd;
use std::rc::Rc;

use socket2::SockRef;
use uv_loop::{Event, Handle, HandleId, HandleKind, Interest, Loop, RequestGuard};
use uv_sys::{Error, Result};

use crate::socket::{self, Reserve};
use crate::tcp::Tcp;
use crate::write::{Write, WriteQueue};

pub(crate) type Done = Box<dyn FnOnce(&Loop, Tcp, Result<()>)>;
pub(crate) type OnRead = Box<dyn FnMut(&Loop, Tcp, Result<&[u8]>)>;
pub(crate) type OnConnection = Box<dyn FnMut(&Loop, Tcp)>;

/// What libuv suggests to read at once.
const BUFFER: usize = 64 * 1024;

/// As many reads follow each other before other handles have their turn.
const AT_ONCE: usize = 32;

#[derive(Default)]
pub(crate) struct Stream {
    socket: RefCell<Option<Rc<TcpStream>>>,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    nodelay: bool,
    readable: bool,
    writable: bool,
    /// What the loop watches the socket for.
    watched: Interest,
    /// Found by a bind or a connect, and to be reported later.
    delayed_error: Option<Error>,
    listener: Option<Listener>,
    /// Counts the starts, so that a callback does not come back after it was replaced.
    reads: u64,
    reading: bool,
    /// Out while it runs.
    on_read: Option<OnRead>,
    connect: Option<(Done, RequestGuard)>,
    shutdown: Option<(Done, RequestGuard)>,
    writes: WriteQueue,
}

struct Listener {
    /// Out while it runs.
    callback: Option<OnConnection>,
    accepted: Option<TcpStream>,
    reserve: Reserve,
}

impl Stream {
    pub(crate) fn open(&self, stream: TcpStream) -> Result<()> {
        if self.socket().is_some() {
            return Err(Error::EBUSY);
        }
        stream.set_nonblocking(true)?;
        self.set_socket(stream)?;
        self.set_connected();
        Ok(())
    }

    pub(crate) fn bind(&self, address: SocketAddr) -> Result<()> {
        let result = socket::bind(&*self.socket_for(address)?, address);
        let in_use = result == Err(Error::EADDRINUSE);
        self.state.borrow_mut().delayed_error = in_use.then_some(Error::EADDRINUSE);
        if in_use { Ok(()) } else { result }
    }

    pub(crate) fn listen(&self, lp: &Loop, tcp: Tcp, backlog: u32, callback: OnConnection) -> Result<()> {
        if let Some(error) = self.state.borrow().delayed_error {
            return Err(error);
        }
        let any = SocketAddr::from(([0, 0, 0, 0], 0));
        let backlog = i32::try_from(backlog).unwrap_or(i32::MAX);
        SockRef::from(&*self.socket_for(any)?).listen(backlog)?;
        let mut state = self.state.borrow_mut();
        let old = state.listener.take();
        let (old_callback, accepted, reserve) = match old {
            Some(old) => (old.callback, old.accepted, old.reserve),
            None => (None, None, Reserve::new()),
        };
        state.listener = Some(Listener { callback: Some(callback), accepted, reserve });
        drop(state);
        drop(old_callback);
        self.watch(lp, tcp).inspect_err(|_| {
            let listener = self.state.borrow_mut().listener.take();
            drop(listener);
        })?;
        lp.set_active(tcp.id(), true)
    }

    pub(crate) fn accept(&self, lp: &Loop, tcp: Tcp) -> Result<Stream> {
        let mut state = self.state.borrow_mut();
        let listener = state.listener.as_mut().ok_or(Error::EAGAIN)?;
        let accepted = listener.accepted.take().ok_or(Error::EAGAIN)?;
        drop(state);
        self.watch(lp, tcp)?;
        let stream = Stream::default();
        stream.set_socket(accepted)?;
        stream.set_connected();
        Ok(stream)
    }

    pub(crate) fn connect(&self, lp: &Loop, tcp: Tcp, address: SocketAddr, callback: Done) -> Result<()> {
        if self.state.borrow().connect.is_some() {
            return Err(Error::EALREADY);
        }
        if self.state.borrow().delayed_error.is_none() {
            let refused = match socket::connect(&*self.socket_for(address)?, address) {
                // Some systems know at once what others tell later.
                Err(Error::ECONNREFUSED) => Some(Error::ECONNREFUSED),
                result => result.map(|()| None)?,
            };
            self.state.borrow_mut().delayed_error = refused;
        }
        self.set_connected();
        self.state.borrow_mut().connect = Some((callback, lp.request()));
        if self.state.borrow().delayed_error.is_some() {
            return lp.defer(tcp.id());
        }
        self.watch(lp, tcp).inspect_err(|_| {
            let connect = self.state.borrow_mut().connect.take();
            drop(connect);
        })
    }

    pub(crate) fn read_start(&self, lp: &Loop, tcp: Tcp, callback: OnRead) -> Result<()> {
        let mut state = self.state.borrow_mut();
        if state.reading {
            return Err(Error::EALREADY);
        }
        if !state.readable {
            return Err(Error::ENOTCONN);
        }
        state.reading = true;
        state.reads += 1;
        let old = state.on_read.replace(callback);
        drop(state);
        drop(old);
        lp.set_active(tcp.id(), true)?;
        self.watch(lp, tcp).inspect_err(|_| drop(self.stop_reading(lp, tcp)))
    }

    pub(crate) fn read_stop(&self, lp: &Loop, tcp: Tcp) -> Result<()> {
        if self.state.borrow().reading {
            drop(self.stop_reading(lp, tcp));
        }
        Ok(())
    }

    pub(crate) fn write(
        &self,
        lp: &Loop,
        tcp: Tcp,
        bytes: impl AsRef<[u8]> + 'static,
        callback: impl FnOnce(&Loop, Tcp, Result<()>) + 'static,
    ) -> Result<()> {
        if self.socket().is_none() {
            return Err(Error::EBADF);
        }
        if !self.state.borrow().writable {
            return Err(Error::EPIPE);
        }
        let write = Write::new(lp, bytes, callback);
        let mut state = self.state.borrow_mut();
        let was_empty = state.writes.is_empty();
        state.writes.push(write);
        let connecting = state.connect.is_some();
        drop(state);
        if was_empty && !connecting {
            self.flush(lp, tcp);
        }
        Ok(())
    }

    pub(crate) fn write_queue_size(&self) -> usize {
        self.state.borrow().writes.size()
    }

    pub(crate) fn shutdown(&self, lp: &Loop, tcp: Tcp, callback: Done) -> Result<()> {
        let mut state = self.state.borrow_mut();
        if !state.writable {
            return Err(Error::ENOTCONN);
        }
        state.writable = false;
        state.shutdown = Some((callback, lp.request()));
        if state.writes.is_empty() {
            lp.defer(tcp.id())?;
        }
        Ok(())
    }

    pub(crate) fn address(&self, ask: impl FnOnce(&TcpStream) -> io::Result<SocketAddr>) -> Result<SocketAddr> {
        if let Some(error) = self.state.borrow().delayed_error {
            return Err(error);
        }
        Ok(ask(&*self.socket().ok_or(Error::EINVAL)?)?)
    }

    pub(crate) fn set_nodelay(&self, on: bool) -> Result<()> {
        self.state.borrow_mut().nodelay = on;
        match self.socket() {
            Some(socket) => Ok(socket.set_nodelay(on)?),
            None => Ok(()),
        }
    }

    fn socket(&self) -> Option<Rc<TcpStream>> {
        self.socket.borrow().clone()
    }

    /// The socket, which is made if there is none yet.
    fn socket_for(&self, address: SocketAddr) -> Result<Rc<TcpStream>> {
        match self.socket() {
            Some(socket) => Ok(socket),
            None => self.set_socket(socket::new(address)?),
        }
    }

    fn set_socket(&self, socket: TcpStream) -> Result<Rc<TcpStream>> {
        if self.state.borrow().nodelay {
            socket.set_nodelay(true)?;
        }
        let socket = Rc::new(socket);
        *self.socket.borrow_mut() = Some(socket.clone());
        Ok(socket)
    }

    fn set_connected(&self) {
        let mut state = self.state.borrow_mut();
        state.readable = true;
        state.writable = true;
    }

    /// Has the loop watch for what the state waits for.
    fn watch(&self, lp: &Loop, tcp: Tcp) -> Result<()> {
        let mut wanted = Interest::NONE;
        let state = self.state.borrow();
        let listens = |listener: &Listener| listener.accepted.is_none();
        if state.reading || state.listener.as_ref().is_some_and(listens) {
            wanted |= Interest::READABLE;
        }
        let connects = state.connect.is_some() && state.delayed_error.is_none();
        if connects || (!state.writes.is_empty() && state.connect.is_none()) {
            wanted |= Interest::WRITABLE;
        }
        let watched = state.watched;
        drop(state);
        if wanted != watched {
            lp.watch(tcp.id(), wanted)?;
            self.state.borrow_mut().watched = wanted;
        }
        Ok(())
    }

    /// After a connect: reports what came of it.
    fn finish_connect(&self, lp: &Loop, tcp: Tcp) {
        let delayed = self.state.borrow_mut().delayed_error.take();
        let result = match (delayed, self.socket()) {
            (Some(error), _) => Err(error),
            (None, Some(socket)) => match socket::connected(&socket) {
                Some(result) => result,
                None => return,
            },
            (None, None) => return,
        };
        let Some((callback, request)) = self.state.borrow_mut().connect.take() else {
            return;
        };
        drop(request);
        let rest = CallBack(self, lp, tcp);
        let mut state = self.state.borrow_mut();
        if result.is_err() {
            state.writes.fail(Error::ECANCELED);
        } else if state.shutdown.is_some() && state.writes.is_empty() {
            // It has waited for the connection.
            let _ = lp.defer(tcp.id());
        }
        drop(state);
        // The writes that have waited are sent when the socket is writable next.
        self.watch_or_fail(lp, tcp);
        callback(lp, tcp, result);
        if result.is_err() && !tcp.is_closing(lp) {
            rest.now();
        }
    }

    /// A listener is readable.
    fn connection(&self, lp: &Loop, tcp: Tcp) {
        /// Puts the callback back, also when it panics, and stops watching if it did not accept.
        struct Lent<'a>(&'a Stream, &'a Loop, Tcp, Option<OnConnection>);
        impl Drop for Lent<'_> {
            fn drop(&mut self) {
                let Lent(stream, lp, tcp, callback) = self;
                if let Some(listener) = stream.state.borrow_mut().listener.as_mut()
                    && listener.callback.is_none()
                {
                    listener.callback = callback.take();
                }
                if !tcp.is_closing(lp) {
                    stream.watch_or_fail(lp, *tcp);
                }
            }
        }

        let Some(socket) = self.socket() else { return };
        let callback = {
            let mut state = self.state.borrow_mut();
            let Some(listener) = state.listener.as_mut() else {
                return;
            };
            if listener.accepted.is_none() {
                listener.accepted = listener.reserve.accept(&socket);
            }
            if listener.accepted.is_none() {
                return;
            }
            listener.callback.take()
        };
        drop(socket);
        let mut lent = Lent(self, lp, tcp, callback);
        if let Some(callback) = lent.3.as_mut() {
            callback(lp, tcp);
        }
    }

    fn read(&self, lp: &Loop, tcp: Tcp) {
        for _ in 0..AT_ONCE {
            let (true, Some(socket)) = (self.state.borrow().reading, self.socket()) else {
                return;
            };
            let mut buffer = Buffer::take();
            let result = loop {
                match (&*socket).read(&mut buffer.0) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    result => break result,
                }
            };
            drop(socket);
            let end = match result {
                Ok(0) => Error::EOF,
                Ok(count) => {
                    self.call_reader(lp, tcp, &buffer.0[..count]);
                    if count < BUFFER {
                        return;
                    }
                    continue;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) => {
                    let mut state = self.state.borrow_mut();
                    state.readable = false;
                    state.writable = false;
                    error.into()
                }
            };
            drop(buffer);
            if let Some(mut callback) = self.stop_reading(lp, tcp) {
                callback(lp, tcp, Err(end));
            }
            return;
        }
    }

    fn call_reader(&self, lp: &Loop, tcp: Tcp, bytes: &[u8]) {
        /// Puts the callback back, also when it panics, unless the reading was stopped.
        struct Lent<'a>(&'a Stream, u64, Option<OnRead>);
        impl Drop for Lent<'_> {
            fn drop(&mut self) {
                let Lent(stream, reads, callback) = self;
                let mut state = stream.state.borrow_mut();
                if state.reading && state.reads == *reads {
                    state.on_read = callback.take();
                }
                // What is left goes when nothing is borrowed.
                drop(state);
                drop(callback.take());
            }
        }

        let mut lent = {
            let mut state = self.state.borrow_mut();
            Lent(self, state.reads, state.on_read.take())
        };
        if let Some(callback) = lent.2.as_mut() {
            callback(lp, tcp, Ok(bytes));
        }
    }

    /// Ends the reading and gives the callback, if it does not run just now.
    fn stop_reading(&self, lp: &Loop, tcp: Tcp) -> Option<OnRead> {
        let mut state = self.state.borrow_mut();
        state.reading = false;
        let callback = state.on_read.take();
        let active = state.listener.is_some();
        drop(state);
        // These fail only for a handle that is closing, which has stopped everything.
        let _ = lp.set_active(tcp.id(), active);
        let _ = self.watch(lp, tcp);
        callback
    }

    /// Sends what the kernel takes; what has ended by that is called back from the loop.
    fn flush(&self, lp: &Loop, tcp: Tcp) {
        let Some(socket) = self.socket() else { return };
        let mut state = self.state.borrow_mut();
        state.writes.flush(&socket);
        drop(state);
        drop(socket);
        self.watch_or_fail(lp, tcp);
    }

    /// A socket that cannot be watched will not be written to either.
    fn watch_or_fail(&self, lp: &Loop, tcp: Tcp) {
        let result = self.watch(lp, tcp);
        let mut state = self.state.borrow_mut();
        if let Err(error) = result {
            state.writes.fail(error);
        }
        if !state.writes.ended.is_empty() {
            let _ = lp.defer(tcp.id());
        }
    }

    /// When all writes are with the kernel: ends the sending side, if that was asked for.
    fn drain(&self, lp: &Loop, tcp: Tcp) {
        let Some(socket) = self.socket() else { return };
        let mut state = self.state.borrow_mut();
        if !state.writes.is_empty() {
            return;
        }
        let Some((callback, request)) = state.shutdown.take() else {
            return;
        };
        drop(state);
        let result = socket.shutdown(std::net::Shutdown::Write);
        drop((socket, request));
        callback(lp, tcp, result.map_err(Error::from));
    }
}

impl HandleKind for Stream {
    fn name(&self) -> &'static str {
        "tcp"
    }

    fn fd(&self) -> Option<Rc<dyn AsFd>> {
        Some(self.socket()?)
    }

    fn on_event(&self, lp: &Loop, id: HandleId, event: Event) {
        let tcp = Tcp(id);
        if self.state.borrow().listener.is_some() {
            return self.connection(lp, tcp);
        }
        if self.state.borrow().connect.is_some() {
            return self.finish_connect(lp, tcp);
        }
        if event.readable {
            self.read(lp, tcp);
        }
        if event.writable && !tcp.is_closing(lp) {
            self.on_deferred(lp, id);
        }
    }

    fn on_deferred(&self, lp: &Loop, id: HandleId) {
        let tcp = Tcp(id);
        let state = self.state.borrow();
        let (connecting, delayed) = (state.connect.is_some(), state.delayed_error.is_some());
        drop(state);
        if connecting {
            if delayed {
                self.finish_connect(lp, tcp);
            }
            return;
        }
        self.flush(lp, tcp);
        CallBack(self, lp, tcp).now();
        if !tcp.is_closing(lp) {
            self.drain(lp, tcp);
        }
    }

    fn on_close(&self, _: &Loop, _: HandleId) {
        let mut state = self.state.borrow_mut();
        state.reading = false;
        state.readable = false;
        state.writable = false;
        let callbacks = (state.on_read.take(), state.listener.take());
        drop(state);
        let socket = self.socket.take();
        drop((socket, callbacks));
    }

    fn on_closed(&self, lp: &Loop, id: HandleId) {
        let tcp = Tcp(id);
        let connect = self.state.borrow_mut().connect.take();
        if let Some((callback, request)) = connect {
            drop(request);
            callback(lp, tcp, Err(Error::ECANCELED));
        }
        self.state.borrow_mut().writes.fail(Error::ECANCELED);
        CallBack(self, lp, tcp).now();
        let shutdown = self.state.borrow_mut().shutdown.take();
        if let Some((callback, request)) = shutdown {
            drop(request);
            callback(lp, tcp, Err(Error::ECANCELED));
        }
    }
}

/// Calls back the writes that have ended. When a callback panics the others are left to the next pending phase.
struct CallBack<'a>(&'a Stream, &'a Loop, Tcp);

impl CallBack<'_> {
    fn now(self) {
        let CallBack(stream, lp, tcp) = self;
        // Those that end meanwhile have their turn later.
        let count = stream.state.borrow().writes.ended.len();
        for _ in 0..count {
            let ended = stream.state.borrow_mut().writes.ended.pop_front();
            if let Some((write, result)) = ended {
                write.done(lp, tcp, result);
            }
        }
    }
}

impl Drop for CallBack<'_> {
    fn drop(&mut self) {
        let CallBack(stream, lp, tcp) = self;
        if !stream.state.borrow().writes.ended.is_empty() {
            let _ = lp.defer(tcp.id());
        }
    }
}

/// One buffer a thread, out of its place while a callback sees what is in it.
struct Buffer(Vec<u8>);

thread_local! {
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

impl Buffer {
    fn take() -> Buffer {
        let mut buffer = SPARE.take();
        buffer.resize(BUFFER, 0);
        Buffer(buffer)
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.0);
        let _ = SPARE.try_with(|spare| spare.set(buffer));
    }
}
