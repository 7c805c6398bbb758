//! The side of a socket that is written: Node's `Writable`, with one write under way at a time.
//!
//! What is written meanwhile waits in `queue` and goes out together. A write that the kernel takes at once is told from
//! the nextTick queue, any other one from the macrotask that ends it.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use super::events::Event;
use super::{NetError, Socket};
use crate::{Error, ListenerId, Origin, Outcome, Runtime, Thrown};

pub(super) struct Writable {
    pub(super) queue: RefCell<VecDeque<Chunk>>,
    /// Bytes that were written and not told of.
    pub(super) length: Cell<usize>,
    high_water_mark: usize,
    /// Of the write that is under way.
    callbacks: RefCell<Vec<Callback>>,
    pub(super) writing: Cell<bool>,
    writing_length: Cell<usize>,
    /// The handle is being asked to write, or to shut down.
    pub(super) sync: Cell<bool>,
    /// What has waited goes out.
    pub(super) clearing: Cell<bool>,
    /// Writes and ends whose callbacks are still to come: `'finish'` waits for them.
    pub(super) pending: Cell<usize>,
    after_write_pending: Cell<bool>,
    need_drain: Cell<bool>,
    /// How many calls of `cork` wait for their `uncork`.
    corked: Cell<u32>,
    pub(super) ending: Cell<bool>,
    pub(super) final_called: Cell<bool>,
    pub(super) prefinished: Cell<bool>,
    pub(super) finished: Cell<bool>,
    pub(super) on_finish: RefCell<Vec<Callback>>,
    /// Bytes that wait for the connection.
    unsent: Cell<usize>,
}

pub(super) type Callback = Box<dyn FnOnce(&Runtime, Result<(), NetError>) -> Result<(), Thrown>>;

pub(super) struct Chunk {
    bytes: Vec<u8>,
    callback: Option<Callback>,
}

impl Writable {
    pub(super) fn new(high_water_mark: usize) -> Self {
        Writable {
            queue: RefCell::default(),
            length: Cell::new(0),
            high_water_mark,
            callbacks: RefCell::default(),
            writing: Cell::new(false),
            writing_length: Cell::new(0),
            sync: Cell::new(true),
            clearing: Cell::new(false),
            pending: Cell::new(0),
            after_write_pending: Cell::new(false),
            need_drain: Cell::new(false),
            corked: Cell::new(0),
            ending: Cell::new(false),
            final_called: Cell::new(false),
            prefinished: Cell::new(false),
            finished: Cell::new(false),
            on_finish: RefCell::default(),
            unsent: Cell::new(0),
        }
    }

    pub(super) fn is_ending(&self) -> bool {
        self.ending.get()
    }

    pub(super) fn is_finished(&self) -> bool {
        self.finished.get()
    }

    pub(super) fn has_callbacks_waiting(&self) -> bool {
        !self.queue.borrow().is_empty() || !self.on_finish.borrow().is_empty()
    }

    /// Bytes that were written and of which the handle has not heard.
    pub(super) fn undispatched(&self) -> usize {
        self.unsent.get() + self.queue.borrow().iter().map(|chunk| chunk.bytes.len()).sum::<usize>()
    }
}

impl Socket {
    /// Sends bytes, in the order of the calls. Says `false` if 16 KiB (the high-water mark) or more wait now: better
    /// write no more before [`'drain'`](Socket::on_drain). As `socket.write`.
    ///
    /// Writing to a socket that was ended or destroyed is an [error](Socket::on_error); what is written while it connects
    /// waits.
    ///
    /// ```
    /// use node_compat::{Runtime, net};
    ///
    /// let rt = Runtime::new()?;
    /// let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let socket = net::Socket::from_fd(&rt, ours)?;
    /// assert!(socket.write(&rt, "small"));
    /// assert!(!socket.write(&rt, vec![0; 1_000_000]), "large");
    /// # drop(theirs);
    /// # socket.on_error(|_, _, _| ());
    /// # socket.resume(&rt);
    /// # rt.run()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn write(&self, rt: &Runtime, data: impl Into<Vec<u8>>) -> bool {
        self.add(rt, data.into(), None)
    }

    /// [`write`](Socket::write) and call `f` when the system has the bytes, or with what went wrong. As `socket.write` with
    /// a callback.
    ///
    /// ```
    /// use node_compat::{Runtime, net};
    ///
    /// let rt = Runtime::new()?;
    /// let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let socket = net::Socket::from_fd(&rt, ours)?;
    /// let ended = socket.clone();
    /// socket.write_with(&rt, "hello", move |rt, written| {
    ///     assert!(written.is_ok());
    ///     ended.destroy(rt);
    /// });
    /// rt.run()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn write_with<O: Outcome>(
        &self,
        rt: &Runtime,
        data: impl Into<Vec<u8>>,
        f: impl FnOnce(&Runtime, Result<(), NetError>) -> O + 'static,
    ) -> bool {
        self.add(rt, data.into(), Some(callback(f)))
    }

    /// Nothing will be written any more: when all is on its way, the other end is told and [`'finish'`](Socket::on_finish)
    /// is emitted. As `socket.end`.
    ///
    /// ```
    /// use std::io::Read;
    /// use node_compat::{Runtime, net};
    ///
    /// let rt = Runtime::new()?;
    /// let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let socket = net::Socket::from_fd(&rt, ours)?;
    /// socket.write(&rt, "all");
    /// socket.end(&rt);
    /// socket.on_finish(|rt, socket| socket.destroy(rt));
    /// rt.run()?;
    /// let mut text = String::new();
    /// theirs.read_to_string(&mut text)?;
    /// assert_eq!(text, "all");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn end(&self, rt: &Runtime) {
        self.end_now(rt, None);
    }

    /// [`end`](Socket::end) and call `f` right before `'finish'`, or with why there will be none. As `socket.end` with a
    /// callback.
    ///
    /// ```
    /// use node_compat::{Runtime, net};
    ///
    /// let rt = Runtime::new()?;
    /// let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let socket = net::Socket::from_fd(&rt, ours)?;
    /// let ended = socket.clone();
    /// socket.end_with(&rt, move |rt, finished| {
    ///     assert!(finished.is_ok());
    ///     ended.destroy(rt);
    /// });
    /// rt.run()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn end_with<O: Outcome>(&self, rt: &Runtime, f: impl FnOnce(&Runtime, Result<(), NetError>) -> O + 'static) {
        self.end_now(rt, Some(callback(f)));
    }

    /// What is written from now on waits for [`uncork`](Socket::uncork), called as often as this, or for the
    /// [`end`](Socket::end), and goes out as one write. As `socket.cork`.
    ///
    /// ```
    /// use std::io::Read;
    /// use node_compat::{Runtime, net};
    ///
    /// let rt = Runtime::new()?;
    /// let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let socket = net::Socket::from_fd(&rt, ours)?;
    /// socket.cork();
    /// socket.write(&rt, "head, ");
    /// socket.write(&rt, "body");
    /// assert_eq!(socket.writable_length(), 10);
    /// socket.uncork(&rt);
    /// assert_eq!(socket.writable_length(), 0);
    /// let mut both = [0; 10];
    /// theirs.read_exact(&mut both)?;
    /// assert_eq!(&both, b"head, body");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn cork(&self) {
        let corked = &self.0.writable.corked;
        corked.set(corked.get() + 1);
    }

    /// Takes one [`cork`](Socket::cork) back; after the last one, what has waited goes out. As `socket.uncork`.
    ///
    /// ```
    /// let (rt, socket) = (node_compat::Runtime::new()?, node_compat::net::Socket::new());
    /// socket.uncork(&rt); // Nothing was corked.
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn uncork(&self, rt: &Runtime) {
        let w = &self.0.writable;
        let Some(left) = w.corked.get().checked_sub(1) else { return };
        w.corked.set(left);
        if !w.writing.get() {
            let cleared = self.clear_queue(rt);
            report(rt, cleared);
        }
    }

    /// Whether it can be written to: not ended, destroyed or failed. As `socket.writable`.
    ///
    /// ```
    /// let (rt, socket) = (node_compat::Runtime::new()?, node_compat::net::Socket::new());
    /// assert!(socket.is_writable());
    /// socket.end(&rt);
    /// assert!(!socket.is_writable());
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn is_writable(&self) -> bool {
        !self.0.writable.ending.get() && !self.is_destroyed() && !self.has_errored()
    }

    /// How many bytes were written and are not known to be with the system. As `socket.writableLength`.
    ///
    /// ```
    /// let (rt, socket) = (node_compat::Runtime::new()?, node_compat::net::Socket::new());
    /// assert_eq!(socket.writable_length(), 0);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn writable_length(&self) -> usize {
        self.0.writable.length.get()
    }

    /// With how many waiting bytes [`write`](Socket::write) says `false`. As `socket.writableHighWaterMark`.
    ///
    /// ```
    /// assert_eq!(node_compat::net::Socket::new().writable_high_water_mark(), 16 * 1024);
    /// ```
    pub fn writable_high_water_mark(&self) -> usize {
        self.0.writable.high_water_mark
    }

    /// Whether all was written and [`'finish'`](Socket::on_finish) has come. As `socket.writableFinished`.
    ///
    /// ```
    /// assert!(!node_compat::net::Socket::new().is_writable_finished());
    /// ```
    pub fn is_writable_finished(&self) -> bool {
        self.0.writable.is_finished()
    }

    /// All that waits to be told fails: the socket was destroyed.
    pub(super) fn fail_waiting(&self, rt: &Runtime) -> Result<(), Thrown> {
        let w = &self.0.writable;
        if w.writing.get() {
            return Ok(());
        }
        let errored = || self.0.errored.borrow().clone();
        let mut failed = 0;
        // A callback may write once more; until all are called, `bytes_written` counts them.
        while let Some(chunk) = self.pop_waiting() {
            failed += chunk.bytes.len();
            w.unsent.set(w.unsent.get() + chunk.bytes.len());
            w.length.set(w.length.get() - chunk.bytes.len());
            let error = errored().unwrap_or_else(|| NetError::destroyed("write"));
            if let Some(callback) = chunk.callback
                && let Err(thrown) = callback(rt, Err(error))
            {
                w.unsent.set(w.unsent.get().saturating_sub(failed));
                self.next_tick(rt, |rt, socket| socket.fail_waiting(rt));
                return Err(thrown);
            }
        }
        w.unsent.set(w.unsent.get().saturating_sub(failed));
        let error = errored().unwrap_or_else(|| NetError::destroyed("end"));
        call_all(rt, w.on_finish.take().into_iter().map(|callback| (callback, Err(error.clone()))).collect())
    }

    fn pop_waiting(&self) -> Option<Chunk> {
        self.0.writable.queue.borrow_mut().pop_front()
    }

    /// Ready for another connection: what was not told of the one before fails.
    pub(super) fn forget_writes(&self, rt: &Runtime) {
        let w = &self.0.writable;
        let flags = [&w.writing, &w.after_write_pending, &w.ending, &w.final_called, &w.prefinished];
        for flag in flags.into_iter().chain([&w.finished]) {
            flag.set(false);
        }
        for count in [&w.length, &w.writing_length, &w.pending, &w.unsent] {
            count.set(0);
        }
        let mut callbacks = w.callbacks.take();
        callbacks.extend(w.queue.take().into_iter().filter_map(|chunk| chunk.callback));
        callbacks.extend(w.on_finish.take());
        if !callbacks.is_empty() {
            let fail = |callback| (callback, Err(NetError::destroyed("write")));
            let failed = callbacks.into_iter().map(fail).collect();
            rt.next_tick(move |rt| call_all(rt, failed));
        }
    }

    pub(super) fn uncork_wholly(&self, rt: &Runtime) {
        let corked = &self.0.writable.corked;
        if corked.get() > 0 {
            corked.set(1);
            self.uncork(rt);
        }
    }

    fn add(&self, rt: &Runtime, bytes: Vec<u8>, callback: Option<Callback>) -> bool {
        let w = &self.0.writable;
        let error = if w.ending.get() {
            if self.0.ended_by_peer.get() {
                NetError::node("EPIPE", "This socket has been ended by the other party")
            } else {
                NetError::node("ERR_STREAM_WRITE_AFTER_END", "write after end")
            }
        } else if self.is_destroyed() {
            NetError::destroyed("write")
        } else {
            w.pending.set(w.pending.get() + 1);
            return self.write_or_wait(rt, Chunk { bytes, callback });
        };
        if let Some(callback) = callback {
            let error = error.clone();
            rt.next_tick(move |rt| callback(rt, Err(error)));
        }
        self.destroy_with(rt, error);
        false
    }

    fn write_or_wait(&self, rt: &Runtime, chunk: Chunk) -> bool {
        let w = &self.0.writable;
        w.length.set(w.length.get() + chunk.bytes.len());
        if w.writing.get() || w.corked.get() > 0 || self.has_errored() {
            w.queue.borrow_mut().push_back(chunk);
        } else {
            let written = self.begin_write(rt, vec![chunk]);
            report(rt, written);
        }
        let has_room = w.length.get() < w.high_water_mark || w.length.get() == 0;
        if !has_room {
            w.need_drain.set(true);
        }
        has_room && !self.is_destroyed() && !self.has_errored()
    }

    fn begin_write(&self, rt: &Runtime, chunks: Vec<Chunk>) -> Result<(), Thrown> {
        let w = &self.0.writable;
        w.writing_length.set(chunks.iter().map(|chunk| chunk.bytes.len()).sum());
        let mut bytes = Vec::with_capacity(chunks.len());
        {
            let mut callbacks = w.callbacks.borrow_mut();
            for chunk in chunks {
                bytes.push(chunk.bytes);
                callbacks.extend(chunk.callback);
            }
        }
        w.writing.set(true);
        w.sync.set(true);
        let result = if self.is_destroyed() {
            self.written(rt, Err(NetError::destroyed("write")))
        } else {
            self.dispatch(rt, bytes)
        };
        w.sync.set(false);
        result
    }

    /// Hands bytes to the handle, when there is a connection.
    fn dispatch(&self, rt: &Runtime, bytes: Vec<Vec<u8>>) -> Result<(), Thrown> {
        let (it, w) = (&self.0, &self.0.writable);
        let total = bytes.iter().map(Vec::len).sum::<usize>();
        if it.connecting.get() {
            w.unsent.set(total);
            let closed = Rc::new(Cell::new(None));
            let id = closed.clone();
            self.once_connected(move |rt, socket| {
                if let Some(id) = id.take() {
                    socket.off(id);
                }
                socket.dispatch(rt, bytes)
            });
            self.fail_unless_connected(it.life.get(), closed);
            return Ok(());
        }
        w.unsent.set(0);
        let Some(handle) = it.handle.get() else {
            return self.written(rt, Err(NetError::node("ERR_SOCKET_CLOSED", "Socket is closed")));
        };
        self.touch(rt);
        it.bytes_written.set(it.bytes_written.get() + total as u64);
        let (socket, life) = (self.clone(), it.life.get());
        let completed = move |rt: &Runtime, result| {
            if socket.0.life.get() == life { socket.write_completed(rt, result) } else { Ok(()) }
        };
        match handle.write(rt, bytes, completed) {
            Ok(true) => self.written(rt, Ok(())),
            Ok(false) => {
                it.last_write_queue_size.set(total);
                Ok(())
            }
            Err(error) => self.written(rt, Err(NetError::errno_of(error, "write"))),
        }
    }

    /// Fails the write that waits for a connection when there will be none. `listener` is who waits for that.
    fn fail_unless_connected(&self, life: u64, listener: Rc<Cell<Option<ListenerId>>>) {
        let same = listener.clone();
        listener.set(Some(self.once("close", move |rt, socket| {
            if socket.0.life.get() != life {
                return Ok(());
            }
            if !socket.is_destroyed() {
                // It was the connection before this one that was closed.
                socket.fail_unless_connected(life, same);
                return Ok(());
            }
            let text = "Socket closed before the connection was established";
            socket.written(rt, Err(NetError::node("ERR_SOCKET_CLOSED_BEFORE_CONNECTION", text)))
        })));
    }

    fn write_completed(&self, rt: &Runtime, result: Result<(), Error>) -> Result<(), Thrown> {
        if self.is_destroyed() {
            return self.written(rt, Ok(()));
        }
        if let Err(error) = result {
            return self.written(rt, Err(NetError::errno_of(error, "write")));
        }
        self.touch(rt);
        self.0.last_write_queue_size.set(0);
        self.written(rt, Ok(()))
    }

    /// The write that was under way has ended.
    fn written(&self, rt: &Runtime, result: Result<(), NetError>) -> Result<(), Thrown> {
        let w = &self.0.writable;
        let sync = w.sync.get();
        let callbacks = w.callbacks.take();
        w.writing.set(false);
        w.length.set(w.length.get() - w.writing_length.take());
        if let Err(error) = result {
            self.set_errored(&error);
            if !sync {
                return self.write_failed(rt, error, callbacks);
            }
            let (socket, life) = (self.clone(), self.0.life.get());
            rt.next_tick(move |rt| {
                if socket.0.life.get() == life {
                    socket.write_failed(rt, error, callbacks)
                } else {
                    call_all(rt, callbacks.into_iter().map(|callback| (callback, Err(error.clone()))).collect())
                }
            });
            return Ok(());
        }
        self.clear_queue(rt)?;
        if !sync {
            return self.after_write(rt, callbacks);
        }
        let must_drain = w.need_drain.get() && w.length.get() == 0;
        if !callbacks.is_empty() || (must_drain && !w.after_write_pending.get()) {
            w.after_write_pending.set(true);
            let (socket, life) = (self.clone(), self.0.life.get());
            rt.next_tick(move |rt| {
                if socket.0.life.get() == life {
                    socket.after_write(rt, callbacks)
                } else {
                    call_all(rt, callbacks.into_iter().map(|callback| (callback, Ok(()))).collect())
                }
            });
            return Ok(());
        }
        w.pending.set(w.pending.get().saturating_sub(1));
        self.finish_maybe(rt)
    }

    fn write_failed(&self, rt: &Runtime, error: NetError, callbacks: Vec<Callback>) -> Result<(), Thrown> {
        let w = &self.0.writable;
        w.pending.set(w.pending.get().saturating_sub(1));
        let called = call_all(rt, callbacks.into_iter().map(|callback| (callback, Err(error.clone()))).collect());
        if called.is_err() {
            // What Node leaves lying after a throw is told and closed here all the same.
            self.destroy_with(rt, error);
            return called;
        }
        self.fail_waiting(rt)?;
        self.destroy_with(rt, error);
        Ok(())
    }

    fn after_write(&self, rt: &Runtime, callbacks: Vec<Callback>) -> Result<(), Thrown> {
        let w = &self.0.writable;
        w.after_write_pending.set(false);
        if w.need_drain.get() && !w.ending.get() && !self.is_destroyed() && w.length.get() == 0 {
            w.need_drain.set(false);
            if let Err(thrown) = self.emit(rt, Event::Drain) {
                let socket = self.clone();
                rt.next_tick(move |rt| socket.after_write(rt, callbacks));
                return Err(thrown);
            }
        }
        w.pending.set(w.pending.get().saturating_sub(1));
        let called = call_all(rt, callbacks.into_iter().map(|callback| (callback, Ok(()))).collect());
        if called.is_err() {
            self.next_tick(rt, |rt, socket| socket.finish_maybe(rt));
            return called;
        }
        if self.is_destroyed() {
            self.fail_waiting(rt)?;
        }
        self.finish_maybe(rt)
    }

    /// Writes what has waited.
    fn clear_queue(&self, rt: &Runtime) -> Result<(), Thrown> {
        let w = &self.0.writable;
        if self.is_destroyed() || w.corked.get() > 0 || w.clearing.get() || w.queue.borrow().is_empty() {
            return Ok(());
        }
        w.clearing.set(true);
        let chunks: Vec<_> = w.queue.take().into();
        // One write from now on.
        w.pending.set(w.pending.get() - (chunks.len() - 1));
        let result = self.begin_write(rt, chunks);
        w.clearing.set(false);
        result
    }
}

fn callback<O: Outcome>(f: impl FnOnce(&Runtime, Result<(), NetError>) -> O + 'static) -> Callback {
    Box::new(move |rt, result| f(rt, result).into_result())
}

/// Calls each in turn. After a throw the others are called from the nextTick queue: none is lost.
pub(super) fn call_all(rt: &Runtime, calls: Vec<(Callback, Result<(), NetError>)>) -> Result<(), Thrown> {
    let mut calls = calls.into_iter();
    while let Some((callback, result)) = calls.next() {
        let called = callback(rt, result);
        if called.is_err() {
            let rest: Vec<_> = calls.collect();
            if !rest.is_empty() {
                rt.next_tick(move |rt| call_all(rt, rest));
            }
            return called;
        }
    }
    Ok(())
}

/// Where a caller cannot be told what somebody else's callback threw.
pub(super) fn report(rt: &Runtime, result: Result<(), Thrown>) {
    if let Err(thrown) = result {
        rt.uncaught(thrown, Origin::UncaughtException);
    }
}
