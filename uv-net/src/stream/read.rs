//! Reading.

use std::cell::{Cell, RefMut};
use std::mem::MaybeUninit;
use std::rc::Rc;

use uv_loop::{Event, HandleId, Loop};
use uv_sys::{Error, Result};

use super::body::{Rare, State, StreamBody, StreamType};
use crate::socket;

/// What libuv suggests to read at once.
const SUGGESTED: usize = 64 * 1024;

/// As many reads follow each other before other handles have their turn.
const AT_ONCE: usize = 32;

/// Has the memory and the callbacks of many readings, each of which is a number to the stream, as a pair of a `uv_alloc_cb` and
/// a `uv_read_cb`. See [`Stream::read_start_into`](crate::Stream::read_start_into).
///
/// ```
/// use std::cell::RefCell;
/// use std::rc::Rc;
/// use uv_loop::{Handle, HandleId, Loop, RunMode};
/// use uv_net::{Error, Pipe, ReadBuf, ReadOwner, Result, Stream};
///
/// struct Collect(RefCell<Vec<u8>>);
///
/// impl ReadOwner for Collect {
///     fn fill(&self, _: &Loop, _: HandleId, _: usize, suggested: usize, read: &mut dyn FnMut(ReadBuf<'_>)) {
///         let mut all = self.0.borrow_mut();
///         all.reserve(suggested);
///         read(ReadBuf::from(&mut *all));
///     }
///     fn done(&self, lp: &Loop, id: HandleId, reading: usize, result: Result<usize>) {
///         assert_eq!(reading, 7);
///         if result == Err(Error::EOF) {
///             id.close(lp).unwrap();
///         }
///     }
/// }
///
/// let lp = Loop::new()?;
/// let (reader, writer) = Pipe::pair(&lp)?;
/// let all = Rc::new(Collect(RefCell::default()));
/// reader.read_start_into(&lp, all.clone(), 7)?;
/// writer.write(&lp, "hello", |lp, writer, _| writer.close(lp).unwrap())?;
/// lp.run(RunMode::Default)?;
/// assert_eq!(*all.0.borrow(), b"hello");
/// # Ok::<(), Error>(())
/// ```
pub trait ReadOwner {
    /// Is to call `read` once, with memory for what the kernel has; `suggested` bytes are a good size. The memory may
    /// be of any size, and is filled when `read` returns; how far, [`done`](ReadOwner::done) says. If `read` is not
    /// called, or the memory is of no size, that is `ENOBUFS`.
    ///
    /// The handle must not be used meanwhile.
    fn fill(&self, lp: &Loop, id: HandleId, reading: usize, suggested: usize, read: &mut dyn FnMut(ReadBuf<'_>));

    /// Called after each [`fill`](ReadOwner::fill), and with [`Error::EOF`] at the end, or an error that ends the stream, which
    /// may be found without a `fill`. As in libuv, 0 bytes are not the end: the kernel had nothing after all.
    fn done(&self, lp: &Loop, id: HandleId, reading: usize, result: Result<usize>);
}

/// Memory that a [`ReadOwner`] has read into.
///
/// ```
/// use uv_net::ReadBuf;
///
/// let mut bytes = [0; 100];
/// assert_eq!(ReadBuf::from(&mut bytes[..]).capacity(), 100);
/// // What a vector holds stays, and what is read comes after it.
/// let mut bytes = Vec::with_capacity(100);
/// bytes.push(1);
/// assert!(ReadBuf::from(&mut bytes).capacity() >= 99);
/// ```
#[derive(Debug)]
pub struct ReadBuf<'a>(pub(crate) Target<'a>);

#[derive(Debug)]
pub(crate) enum Target<'a> {
    Bytes(&'a mut [u8]),
    Uninit(&'a mut [MaybeUninit<u8>]),
    Spare(&'a mut Vec<u8>),
}

impl ReadBuf<'_> {
    /// How many bytes there is room for.
    ///
    /// ```
    /// assert_eq!(uv_net::ReadBuf::from(&mut Vec::new()).capacity(), 0);
    /// ```
    pub fn capacity(&self) -> usize {
        match &self.0 {
            Target::Bytes(bytes) => bytes.len(),
            Target::Uninit(bytes) => bytes.len(),
            Target::Spare(bytes) => bytes.capacity() - bytes.len(),
        }
    }
}

impl<'a> From<&'a mut [u8]> for ReadBuf<'a> {
    fn from(bytes: &'a mut [u8]) -> Self {
        ReadBuf(Target::Bytes(bytes))
    }
}

impl<'a> From<&'a mut [MaybeUninit<u8>]> for ReadBuf<'a> {
    fn from(bytes: &'a mut [MaybeUninit<u8>]) -> Self {
        ReadBuf(Target::Uninit(bytes))
    }
}

impl<'a> From<&'a mut Vec<u8>> for ReadBuf<'a> {
    fn from(bytes: &'a mut Vec<u8>) -> Self {
        ReadBuf(Target::Spare(bytes))
    }
}

pub(crate) type OnRead = Box<dyn FnMut(&Loop, HandleId, Result<&[u8]>)>;

pub(crate) enum Reader {
    /// Reads into the thread's buffer.
    Lent(OnRead),
    Owner(Rc<dyn ReadOwner>, usize),
}

impl Reader {
    fn end(self, lp: &Loop, id: HandleId, error: Error) {
        match self {
            Reader::Lent(mut callback) => callback(lp, id, Err(error)),
            Reader::Owner(owner, reading) => owner.done(lp, id, reading, Err(error)),
        }
    }
}

/// What a read has brought.
enum Got {
    Full,
    Some,
    /// None for now, or there was no room.
    Nothing,
    End,
}

impl Got {
    fn of(count: usize, room: usize) -> Got {
        if count == room { Got::Full } else { Got::Some }
    }
}

impl StreamBody {
    pub(crate) fn read_start(&self, lp: &Loop, id: HandleId, reader: Reader) -> Result<()> {
        let mut state = self.state.borrow_mut();
        if state.reading {
            return Err(Error::EALREADY);
        }
        if !state.readable {
            return Err(Error::ENOTCONN);
        }
        state.reading = true;
        state.reads = state.reads.wrapping_add(1);
        let old = state.reader.replace(reader);
        drop(state);
        drop(old);
        lp.set_active(id, true)?;
        self.watch(lp, id).inspect_err(|_| drop(self.stop_reading(lp, id)))
    }

    pub(crate) fn read_stop(&self, lp: &Loop, id: HandleId) {
        if self.state.borrow().reading {
            drop(self.stop_reading(lp, id));
        }
    }

    /// Reads and calls back; whether the stream has ended.
    pub(super) fn read(&self, lp: &Loop, id: HandleId, event: Event) -> bool {
        let mut was_last = false;
        for _ in 0..AT_ONCE {
            let state = self.state.borrow_mut();
            if !state.reading {
                return false;
            }
            if was_last && let Some(end) = state.end() {
                drop(state);
                self.end_reading(lp, id, end);
                return true;
            }
            let blocking = state.blocking;
            let got = match &state.reader {
                Some(Reader::Owner(owner, reading)) => {
                    let (owner, reading) = (owner.clone(), *reading);
                    drop(state);
                    self.read_into(lp, id, event, &*owner, reading)
                }
                _ => self.read_lent(state, lp, id, event),
            };
            match got {
                Got::End => return true,
                // What is not full was the last that there is, and who may block does not look again. With a hangup the end
                // is behind it: it is told in the same turn, as by libuv up to 1.46, which is Node 20's.
                Got::Full if !blocking => {}
                Got::Some if !blocking && event.hangup => was_last = true,
                _ => return false,
            }
        }
        false
    }

    /// Reads into the thread's buffer.
    #[inline(never)]
    fn read_lent(&self, mut state: RefMut<'_, State>, lp: &Loop, id: HandleId, event: Event) -> Got {
        /// Puts the callback back, also when it panics, unless the reading was stopped.
        struct Lent<'a>(&'a StreamBody, u32, Option<Reader>);
        impl Drop for Lent<'_> {
            fn drop(&mut self) {
                let Lent(body, reads, reader) = self;
                let mut state = body.state.borrow_mut();
                // What is swapped out, or was not put back, goes when nothing is borrowed.
                if state.reading && state.reads == *reads {
                    std::mem::swap(&mut state.reader, reader);
                }
            }
        }

        let mut buffer = Buffer::take();
        let result = self.receive(&mut state, ReadBuf::from(&mut buffer.0[..]));
        match self.outcome(result, event) {
            Ok(Some(count)) => {
                let mut lent = Lent(self, state.reads, state.reader.take());
                drop(state);
                if let Some(Reader::Lent(callback)) = lent.2.as_mut() {
                    callback(lp, id, Ok(&buffer.0[..count]));
                }
                Got::of(count, SUGGESTED)
            }
            Ok(None) => Got::Nothing,
            Err(error) => {
                drop((state, buffer));
                self.end_reading(lp, id, error);
                Got::End
            }
        }
    }

    /// Reads into the owner's memory.
    fn read_into(&self, lp: &Loop, id: HandleId, event: Event, owner: &dyn ReadOwner, reading: usize) -> Got {
        let (mut result, mut room) = (Err(Error::ENOBUFS), 0);
        owner.fill(lp, id, reading, SUGGESTED, &mut |buffer| {
            room = buffer.capacity();
            if room > 0 {
                result = self.receive(&mut self.state.borrow_mut(), buffer);
            }
        });
        if room == 0 {
            owner.done(lp, id, reading, Err(Error::ENOBUFS));
            return Got::Nothing;
        }
        match self.outcome(result, event) {
            Ok(count) => {
                owner.done(lp, id, reading, Ok(count.unwrap_or(0)));
                count.map_or(Got::Nothing, |count| Got::of(count, room))
            }
            Err(error) => {
                self.end_reading(lp, id, error);
                Got::End
            }
        }
    }

    pub(super) fn receive(&self, state: &mut State, buffer: ReadBuf<'_>) -> Result<usize> {
        let fd = state.fd.as_deref().ok_or(Error::EBADF)?;
        if state.plain {
            return socket::read(fd, buffer);
        }
        if !self.is_ipc() {
            return socket::receive(fd, buffer);
        }
        let State { fd, rare, .. } = state;
        let fd = fd.as_deref().ok_or(Error::EBADF)?;
        let mut take = |passed| rare.get_or_insert_with(Rare::take).received.push_back(passed);
        socket::receive_with_fds(fd, buffer, &mut take)
    }

    /// How many bytes came, none for now, or the end.
    fn outcome(&self, result: Result<usize>, event: Event) -> Result<Option<usize>> {
        match result {
            Ok(0) => Err(Error::EOF),
            Ok(count) => Ok(Some(count)),
            Err(Error::EAGAIN) => Ok(None),
            // The other end of a terminal is gone.
            Err(Error::EIO) if event.hangup && self.kind != StreamType::Tcp => Err(Error::EOF),
            Err(error) => Err(error),
        }
    }

    /// The end stops the reading before it is told, an error after that: as in libuv.
    fn end_reading(&self, lp: &Loop, id: HandleId, error: Error) {
        /// Also when the callback panics.
        struct Ending<'a>(&'a StreamBody, &'a Loop, HandleId);
        impl Drop for Ending<'_> {
            fn drop(&mut self) {
                self.0.read_stop(self.1, self.2);
            }
        }

        let (reader, _ending) = if error == Error::EOF {
            (self.stop_reading(lp, id), None)
        } else {
            let mut state = self.state.borrow_mut();
            state.readable = false;
            state.writable = false;
            (state.reader.take(), Some(Ending(self, lp, id)))
        };
        if let Some(reader) = reader {
            reader.end(lp, id, error);
        }
    }

    /// Ends the reading and gives the callback, if it does not run just now.
    fn stop_reading(&self, lp: &Loop, id: HandleId) -> Option<Reader> {
        let mut state = self.state.borrow_mut();
        state.reading = false;
        let reader = state.reader.take();
        drop(state);
        // It fails only for a handle that is closing, which has stopped everything.
        let _ = lp.set_active(id, false);
        reader
    }
}

/// One buffer a thread, out of its place while a callback sees what is in it.
pub(crate) struct Buffer(pub(crate) Vec<u8>);

thread_local! {
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

impl Buffer {
    pub(crate) fn take() -> Buffer {
        let mut buffer = SPARE.try_with(Cell::take).unwrap_or_default();
        if buffer.is_empty() {
            buffer.resize(SUGGESTED, 0);
        }
        Buffer(buffer)
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.0);
        let _ = SPARE.try_with(|spare| spare.set(buffer));
    }
}
