//! The side of a socket that is read: Node's `Readable` in flowing and paused mode.
//!
//! Bytes wait in `chunks` while they do not flow. Reading from the handle stops when as many wait as the high-water mark
//! says, and begins again from the nextTick queue when there is room.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use super::events::Event;
use super::{NetError, Socket};
use crate::{Error, Runtime, Thrown};

pub(super) struct Readable {
    chunks: RefCell<VecDeque<Vec<u8>>>,
    length: Cell<usize>,
    high_water_mark: usize,
    /// `None` until somebody asks for data or pauses.
    flowing: Cell<Option<bool>>,
    paused: Cell<bool>,
    ended: Cell<bool>,
    end_emitted: Cell<bool>,
    /// The handle was asked to read and has not answered.
    reading: Cell<bool>,
    /// The handle is being asked: what comes now must not be told before the caller is done.
    sync: Cell<bool>,
    need_readable: Cell<bool>,
    emitted_readable: Cell<bool>,
    reading_more: Cell<bool>,
    resume_scheduled: Cell<bool>,
}

impl Readable {
    pub(super) fn new(high_water_mark: usize) -> Self {
        Readable {
            chunks: RefCell::default(),
            length: Cell::new(0),
            high_water_mark,
            flowing: Cell::new(None),
            paused: Cell::new(false),
            ended: Cell::new(false),
            end_emitted: Cell::new(false),
            reading: Cell::new(false),
            sync: Cell::new(true),
            need_readable: Cell::new(false),
            emitted_readable: Cell::new(false),
            reading_more: Cell::new(false),
            resume_scheduled: Cell::new(false),
        }
    }

    /// Ready for another connection.
    pub(super) fn reset(&self) {
        for flag in [&self.ended, &self.end_emitted, &self.reading] {
            flag.set(false);
        }
    }

    /// Nothing is ever read.
    pub(super) fn close(&self) {
        self.ended.set(true);
        self.end_emitted.set(true);
    }

    pub(super) fn end_emitted(&self) -> bool {
        self.end_emitted.get()
    }

    pub(super) fn length(&self) -> usize {
        self.length.get()
    }

    fn is_flowing(&self) -> bool {
        self.flowing.get() == Some(true)
    }

    fn has_room(&self) -> bool {
        self.length.get() < self.high_water_mark || self.length.get() == 0
    }
}

impl Socket {
    /// Whether the bytes that come wait for [`resume`](Socket::resume). As `socket.isPaused`.
    ///
    /// ```
    /// let socket = node_compat::net::Socket::new();
    /// socket.pause();
    /// assert!(socket.is_paused());
    /// ```
    pub fn is_paused(&self) -> bool {
        let r = &self.0.readable;
        r.paused.get() || r.flowing.get() == Some(false)
    }

    /// Lets the bytes that come wait. When 16 KiB (the high-water mark) wait, no more are read. As `socket.pause`.
    ///
    /// ```
    /// use node_compat::{Runtime, net};
    ///
    /// let rt = Runtime::new()?;
    /// let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let (one, other) = (net::Socket::from_fd(&rt, ours)?, net::Socket::from_fd(&rt, theirs)?);
    /// one.on_data(&rt, |rt, one, bytes| {
    ///     assert_eq!(bytes, b"hello");
    ///     one.destroy(rt);
    /// });
    /// one.pause();
    /// other.write(&rt, "hello");
    /// let paused = one.clone();
    /// rt.set_timeout(5, move |rt| paused.resume(rt));
    /// # other.resume(&rt);
    /// rt.run()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn pause(&self) {
        let r = &self.0.readable;
        r.flowing.set(Some(false));
        r.paused.set(true);
    }

    /// Lets the bytes flow, from the nextTick queue on; without a listener they are lost. As `socket.resume`.
    ///
    /// ```
    /// let (rt, socket) = (node_compat::Runtime::new()?, node_compat::net::Socket::new());
    /// socket.pause();
    /// socket.resume(&rt);
    /// assert!(!socket.is_paused());
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn resume(&self, rt: &Runtime) {
        let r = &self.0.readable;
        if !r.is_flowing() {
            r.flowing.set(Some(true));
            if !r.resume_scheduled.replace(true) {
                let socket = self.clone();
                rt.next_tick(move |rt| socket.resume_now(rt));
            }
        }
        r.paused.set(false);
    }

    pub(super) fn flow_unless_paused(&self, rt: &Runtime) {
        if self.0.readable.flowing.get() != Some(false) {
            self.resume(rt);
        }
    }

    /// The handle has bytes, has come to its end, or has failed.
    pub(super) fn on_read(&self, rt: &Runtime, read: Result<&[u8], Error>) -> Result<(), Thrown> {
        self.touch(rt);
        match read {
            Ok([]) => Ok(()),
            Ok(bytes) => {
                self.0.bytes_read.set(self.0.bytes_read.get() + bytes.len() as u64);
                if !self.push(rt, bytes)? {
                    self.stop_reading(rt);
                }
                Ok(())
            }
            Err(Error::EOF) if self.0.readable.end_emitted.get() => Ok(()),
            Err(Error::EOF) => {
                self.push_end(rt)?;
                self.read(rt, false).map(drop)
            }
            Err(error) => {
                self.destroy_with(rt, NetError::errno_of(error, "read"));
                Ok(())
            }
        }
    }

    /// Asks the handle for more if there is room, and takes a chunk if it is to. Whether it took one. As
    /// `readable.read()`, and `readable.read(0)` without taking.
    pub(super) fn read(&self, rt: &Runtime, take: bool) -> Result<bool, Thrown> {
        let r = &self.0.readable;
        if take {
            r.emitted_readable.set(false);
        } else if r.need_readable.get() && (r.ended.get() || r.length.get() >= r.high_water_mark.max(1)) {
            if r.length.get() == 0 {
                self.end_readable(rt);
            } else {
                self.emit_readable(rt);
            }
            return Ok(false);
        }
        let next = || if take { r.chunks.borrow().front().map_or(0, Vec::len) } else { 0 };
        let mut count = next();
        if count == 0 && r.ended.get() {
            if r.length.get() == 0 {
                self.end_readable(rt);
            }
            return Ok(false);
        }
        let left = r.length.get() - count;
        let wanted = r.need_readable.get() || r.length.get() == 0 || left < r.high_water_mark;
        if wanted && !(r.reading.get() || r.ended.get() || self.is_destroyed() || self.has_errored()) {
            r.reading.set(true);
            r.sync.set(true);
            if r.length.get() == 0 {
                r.need_readable.set(true);
            }
            self.start_reading(rt);
            r.sync.set(false);
            if !r.reading.get() {
                count = next();
            }
        }
        let chunk = if count > 0 { r.chunks.borrow_mut().pop_front() } else { None };
        match &chunk {
            Some(chunk) => r.length.set(r.length.get() - chunk.len()),
            None if r.length.get() <= r.high_water_mark => r.need_readable.set(true),
            None => {}
        }
        if r.length.get() == 0 {
            if !r.ended.get() {
                r.need_readable.set(true);
            } else if take {
                self.end_readable(rt);
            }
        }
        let Some(chunk) = chunk else { return Ok(false) };
        if !self.0.error_emitted.get() && !self.0.close_emitted.get() {
            self.emit(rt, Event::Data(chunk))?;
        }
        Ok(true)
    }

    fn resume_now(&self, rt: &Runtime) -> Result<(), Thrown> {
        let r = &self.0.readable;
        if !r.reading.get() {
            self.read(rt, false)?;
        }
        r.resume_scheduled.set(false);
        self.flow(rt)?;
        if r.is_flowing() && !r.reading.get() {
            self.read(rt, false)?;
        }
        Ok(())
    }

    fn flow(&self, rt: &Runtime) -> Result<(), Thrown> {
        while self.0.readable.is_flowing() && self.read(rt, true)? {}
        Ok(())
    }

    /// Bytes for the listeners, or to wait. Whether there is room for more.
    fn push(&self, rt: &Runtime, bytes: &[u8]) -> Result<bool, Thrown> {
        let r = &self.0.readable;
        r.reading.set(false);
        if self.is_destroyed() || self.has_errored() {
            return Ok(false);
        }
        if r.is_flowing() && !r.sync.get() && r.length.get() == 0 && self.listens("data") {
            self.emit(rt, Event::Data(bytes.to_vec()))?;
        } else {
            r.length.set(r.length.get() + bytes.len());
            r.chunks.borrow_mut().push_back(bytes.to_vec());
            if r.need_readable.get() {
                self.emit_readable(rt);
            }
        }
        self.maybe_read_more(rt);
        Ok(!r.ended.get() && r.has_room())
    }

    fn push_end(&self, rt: &Runtime) -> Result<(), Thrown> {
        let r = &self.0.readable;
        r.reading.set(false);
        if r.ended.replace(true) {
            return Ok(());
        }
        if r.sync.get() {
            self.emit_readable(rt);
            return Ok(());
        }
        r.need_readable.set(false);
        r.emitted_readable.set(true);
        self.emit_readable_now(rt)
    }

    fn emit_readable(&self, rt: &Runtime) {
        let r = &self.0.readable;
        r.need_readable.set(false);
        if !r.emitted_readable.replace(true) {
            let socket = self.clone();
            rt.next_tick(move |rt| socket.emit_readable_now(rt));
        }
    }

    /// Where Node emits `'readable'`: what waits flows, if it is to.
    fn emit_readable_now(&self, rt: &Runtime) -> Result<(), Thrown> {
        let r = &self.0.readable;
        if !self.is_destroyed() && !self.has_errored() && (r.length.get() > 0 || r.ended.get()) {
            r.emitted_readable.set(false);
        }
        if !r.is_flowing() && !r.ended.get() && r.length.get() <= r.high_water_mark {
            r.need_readable.set(true);
        }
        self.flow(rt)
    }

    fn maybe_read_more(&self, rt: &Runtime) {
        if self.0.readable.reading_more.replace(true) {
            return;
        }
        let socket = self.clone();
        rt.next_tick(move |rt| {
            let r = &socket.0.readable;
            let wants = || r.length.get() < r.high_water_mark || (r.is_flowing() && r.length.get() == 0);
            while !r.reading.get() && !r.ended.get() && wants() {
                let before = r.length.get();
                socket.read(rt, false)?;
                if r.length.get() == before {
                    break;
                }
            }
            r.reading_more.set(false);
            Ok::<(), Thrown>(())
        });
    }

    fn end_readable(&self, rt: &Runtime) {
        let r = &self.0.readable;
        if r.end_emitted.get() {
            return;
        }
        r.ended.set(true);
        self.next_tick(rt, |rt, socket| socket.end_readable_now(rt));
    }

    fn end_readable_now(&self, rt: &Runtime) -> Result<(), Thrown> {
        let r = &self.0.readable;
        let told = r.end_emitted.get() || self.0.close_emitted.get();
        if told || self.has_errored() || r.length.get() > 0 {
            return Ok(());
        }
        r.end_emitted.set(true);
        self.0.ended_by_peer.set(!self.0.allow_half_open);
        self.emit(rt, Event::End)?;
        if self.is_writable() && !self.0.allow_half_open {
            self.next_tick(rt, |rt, socket| {
                if socket.is_writable() {
                    socket.end(rt);
                }
                Ok(())
            });
        } else if self.0.writable.is_finished() {
            self.destroy(rt);
        }
        Ok(())
    }

    /// Begins as soon as there is a connection.
    fn start_reading(&self, rt: &Runtime) {
        let it = &self.0;
        let Some(handle) = it.handle.get().filter(|_| !it.connecting.get()) else {
            // One that is to connect only later has another life then, or none yet.
            self.once_connected(|rt, socket| socket.start_reading(rt));
            return;
        };
        if it.handle_reading.replace(true) {
            return;
        }
        let socket = self.clone();
        if let Err(error) = handle.read_start(rt, move |rt, read| socket.on_read(rt, read)) {
            self.destroy_with(rt, NetError::errno_of(error, "read"));
        }
    }

    fn stop_reading(&self, rt: &Runtime) {
        self.0.handle_reading.set(false);
        if let Some(handle) = self.0.handle.get()
            && let Err(error) = handle.read_stop(rt.event_loop())
        {
            self.destroy_with(rt, NetError::errno_of(error, "read"));
        }
    }
}
