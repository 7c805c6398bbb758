//! The handles of uv-net under a socket, told apart only here.

use std::cell::Cell;
use std::io::IoSlice;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use uv_loop::{Handle as _, HandleId, Loop};
use uv_net::{KeepAlive, Pipe, Stream, Tcp};

use crate::{Error, Runtime, Thrown};

#[derive(Clone, Copy)]
pub(super) enum StreamHandle {
    Tcp(Tcp),
    Pipe(Pipe),
}

use StreamHandle as Any;

macro_rules! each {
    ($handle:expr, $stream:ident => $call:expr) => {
        match $handle {
            Any::Tcp($stream) => $call,
            Any::Pipe($stream) => $call,
        }
    };
}

type Result<T> = std::result::Result<T, Error>;

impl StreamHandle {
    pub(super) fn id(self) -> HandleId {
        each!(self, stream => stream.id())
    }

    /// Every read is a macrotask.
    pub(super) fn read_start(
        self,
        rt: &Runtime,
        f: impl Fn(&Runtime, Result<&[u8]>) -> std::result::Result<(), Thrown> + 'static,
    ) -> Result<()> {
        let weak = rt.downgrade();
        let f = move |read: Result<&[u8]>| {
            if let Some(rt) = weak.upgrade() {
                rt.make_callback(|rt| f(rt, read));
            }
        };
        each!(self, stream => stream.read_start(rt.event_loop(), move |_, _, read| f(read)))
    }

    pub(super) fn read_stop(self, lp: &Loop) -> Result<()> {
        each!(self, stream => stream.read_stop(lp))
    }

    /// Sends what the kernel takes at once, and the rest when it takes more: then `f` is a macrotask, and this says
    /// `false`.
    pub(super) fn write(
        self,
        rt: &Runtime,
        chunks: Vec<Vec<u8>>,
        f: impl FnOnce(&Runtime, Result<()>) -> std::result::Result<(), Thrown> + 'static,
    ) -> Result<bool> {
        let slices: Vec<_> = chunks.iter().map(|chunk| IoSlice::new(chunk)).collect();
        let mut sent = match each!(self, stream => stream.try_write_vectored(rt.event_loop(), &slices)) {
            Err(Error::EAGAIN) => 0,
            result => result?,
        };
        let mut rest = Vec::new();
        for bytes in chunks {
            let from = sent.min(bytes.len());
            sent -= from;
            if from < bytes.len() {
                rest.push(Rest { bytes, from });
            }
        }
        if rest.is_empty() {
            return Ok(true);
        }
        let f = rt.callback(f);
        each!(self, stream => stream.write_vectored(rt.event_loop(), rest, |lp, _, result| f(lp, result)))?;
        Ok(false)
    }

    pub(super) fn write_queue_size(self, lp: &Loop) -> usize {
        each!(self, stream => stream.write_queue_size(lp)).unwrap_or(0)
    }

    pub(super) fn shutdown(
        self,
        rt: &Runtime,
        f: impl FnOnce(&Runtime) -> std::result::Result<(), Thrown> + 'static,
    ) -> Result<()> {
        let f = rt.callback(|rt, ()| f(rt));
        each!(self, stream => stream.shutdown(rt.event_loop(), |lp, _, _| f(lp, ())))
    }

    pub(super) fn close(
        self,
        rt: &Runtime,
        reset: bool,
        f: impl FnOnce(&Runtime) -> std::result::Result<(), Thrown> + 'static,
    ) {
        let lp = rt.event_loop();
        let f = Rc::new(Cell::new(Some(rt.callback(|rt, ()| f(rt)))));
        let once = || {
            let f = f.clone();
            move |lp: &Loop| f.take().into_iter().for_each(|f| f(lp, ()))
        };
        let closed = match self {
            // While it is being shut down it cannot be reset.
            Any::Tcp(tcp) if reset => tcp.close_reset(lp, once()).or_else(|_| tcp.close_with(lp, once())),
            handle => each!(handle, stream => stream.close_with(lp, once())),
        };
        debug_assert_eq!(closed, Ok(()), "a socket closes its handle once");
    }

    /// Closes a handle that nobody uses any more.
    pub(super) fn discard(self, rt: &Runtime) {
        let closed = each!(self, stream => stream.close(rt.event_loop()));
        debug_assert_eq!(closed, Ok(()), "a socket closes its handle once");
    }

    pub(super) fn set_referenced(self, lp: &Loop, on: bool) {
        let set = each!(self, stream => if on { stream.ref_(lp) } else { stream.unref(lp) });
        debug_assert_eq!(set, Ok(()), "a socket's handle is open");
    }

    /// The options are hints: as in Node, that they cannot be set is no error.
    pub(super) fn set_nodelay(self, lp: &Loop, on: bool) {
        if let Any::Tcp(tcp) = self {
            let _ = tcp.set_nodelay(lp, on);
        }
    }

    pub(super) fn set_keepalive(self, lp: &Loop, idle: Option<Duration>) {
        if let Any::Tcp(tcp) = self {
            let keepalive = idle.map(|idle| if idle.as_secs() > 0 { KeepAlive::after(idle) } else { OF_THE_SYSTEM });
            let _ = tcp.set_keepalive(lp, keepalive);
        }
    }

    pub(super) fn local_addr(self, lp: &Loop) -> Option<SocketAddr> {
        match self {
            Any::Tcp(tcp) => tcp.local_addr(lp).ok(),
            Any::Pipe(_) => None,
        }
    }

    pub(super) fn peer_addr(self, lp: &Loop) -> Option<SocketAddr> {
        match self {
            Any::Tcp(tcp) => tcp.peer_addr(lp).ok(),
            Any::Pipe(_) => None,
        }
    }
}

/// What Linux does unless told otherwise, and so what a delay of 0 leaves in Node.
const OF_THE_SYSTEM: KeepAlive =
    KeepAlive { idle: Duration::from_secs(7200), interval: Duration::from_secs(75), count: 9 };

struct Rest {
    bytes: Vec<u8>,
    from: usize,
}

impl AsRef<[u8]> for Rest {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[self.from..]
    }
}
