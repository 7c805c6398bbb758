//! The queue of writes.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::IoSlice;
use std::os::fd::AsFd;
use std::rc::Rc;

use uv_loop::{HandleId, Loop, RequestGuard};
use uv_sys::{Error, Result};

use crate::socket::{Channel, MOST};

/// As many buffers go into one system call.
const SLICES: usize = 128;

/// As many a write has at most that is sent by itself, without a look at more.
const FEW: usize = 4;

/// As many system calls follow each other before other handles have their turn.
const AT_ONCE: usize = 8;

/// As many writes of one turn go to the kernel one by one; those that follow are gathered.
const DIRECT: usize = 32;

/// Has the memory and the callbacks of many writes, each of which is a number to the stream: a write then allocates
/// nothing. See [`Stream::write_from`](crate::Stream::write_from).
///
/// ```
/// use std::cell::Cell;
/// use std::rc::Rc;
/// use uv_loop::{Handle, HandleId, Loop, RunMode};
/// use uv_net::{Error, Pipe, Result, Stream, WriteOwner};
///
/// struct Verses([[&'static str; 2]; 2], Cell<usize>);
///
/// impl WriteOwner for Verses {
///     fn buffers<'a>(&'a self, write: usize, from: usize, add: &mut dyn FnMut(&'a [u8]) -> bool) {
///         for text in &self.0[write][from..] {
///             if !add(text.as_bytes()) {
///                 break;
///             }
///         }
///     }
///     fn done(&self, lp: &Loop, id: HandleId, write: usize, result: Result<()>) {
///         result.unwrap();
///         self.1.set(self.1.get() + 1);
///         if write == 1 {
///             id.close(lp).unwrap();
///         }
///     }
/// }
///
/// let lp = Loop::new()?;
/// let (reader, writer) = Pipe::pair(&lp)?;
/// let verses = Rc::new(Verses([["Es saß ", "ein Kind\n"], ["im grü", "nen Gras\n"]], Cell::new(0)));
/// writer.write_from(&lp, verses.clone(), 0)?;
/// writer.write_from(&lp, verses.clone(), 1)?;
/// reader.read_exact(&lp, 34, |lp, reader, bytes, _| {
///     assert_eq!(bytes, "Es saß ein Kind\nim grünen Gras\n".as_bytes());
///     reader.close(lp).unwrap();
/// })?;
/// lp.run(RunMode::Default)?;
/// assert_eq!(verses.1.get(), 2);
/// # Ok::<(), Error>(())
/// ```
pub trait WriteOwner {
    /// Calls `add` with the buffers of `write`, leaving out the first `from`, until there are no more or `add` says
    /// `false`. They are the same each time until [`done`](WriteOwner::done) is called. The handle must not be used
    /// meanwhile.
    fn buffers<'a>(&'a self, write: usize, from: usize, add: &mut dyn FnMut(&'a [u8]) -> bool);

    /// `count` more bytes of the write are with the kernel. Called from inside of what sends them: nothing of the loop may
    /// be used meanwhile.
    fn sent(&self, write: usize, count: usize) {
        let _ = (write, count);
    }

    /// The write has ended: called once for each, in the order of the writes. One that was
    /// [canceled](crate::Stream::cancel_write) ends before those that wait.
    fn done(&self, lp: &Loop, id: HandleId, write: usize, result: Result<()>);
}

/// A write in one allocation.
pub(crate) trait Request {
    fn buffers<'a>(&'a self, from: usize, add: &mut dyn FnMut(&'a [u8]) -> bool);

    /// A descriptor to go along with the first byte.
    fn pass(&self) -> Option<Rc<dyn AsFd>> {
        None
    }

    fn done(self: Box<Self>, lp: &Loop, id: HandleId, result: Result<()>);
}

pub(crate) struct One<B, F>(pub(crate) B, pub(crate) F);

impl<B: AsRef<[u8]>, F: FnOnce(&Loop, HandleId, Result<()>)> Request for One<B, F> {
    fn buffers<'a>(&'a self, from: usize, add: &mut dyn FnMut(&'a [u8]) -> bool) {
        if from == 0 {
            add(self.0.as_ref());
        }
    }

    fn done(self: Box<Self>, lp: &Loop, id: HandleId, result: Result<()>) {
        let One(bytes, callback) = *self;
        drop(bytes);
        callback(lp, id, result);
    }
}

pub(crate) struct Many<B, F>(pub(crate) Vec<B>, pub(crate) F);

impl<B: AsRef<[u8]>, F: FnOnce(&Loop, HandleId, Result<()>)> Request for Many<B, F> {
    fn buffers<'a>(&'a self, from: usize, add: &mut dyn FnMut(&'a [u8]) -> bool) {
        for bytes in self.0.iter().skip(from) {
            if !add(bytes.as_ref()) {
                break;
            }
        }
    }

    fn done(self: Box<Self>, lp: &Loop, id: HandleId, result: Result<()>) {
        let Many(bytes, callback) = *self;
        drop(bytes);
        callback(lp, id, result);
    }
}

pub(crate) struct Passing<R>(pub(crate) R, pub(crate) Rc<dyn AsFd>);

impl<R: Request> Request for Passing<R> {
    fn buffers<'a>(&'a self, from: usize, add: &mut dyn FnMut(&'a [u8]) -> bool) {
        self.0.buffers(from, add);
    }

    fn pass(&self) -> Option<Rc<dyn AsFd>> {
        Some(self.1.clone())
    }

    fn done(self: Box<Self>, lp: &Loop, id: HandleId, result: Result<()>) {
        let Passing(request, fd) = *self;
        drop(fd);
        Box::new(request).done(lp, id, result);
    }
}

pub(crate) enum Source {
    Boxed(Box<dyn Request>),
    Owner(Rc<dyn WriteOwner>, usize),
    /// With a descriptor to go along with the first byte.
    Passing(Rc<dyn WriteOwner>, usize, Rc<dyn AsFd>),
}

impl Source {
    fn buffers<'a>(&'a self, from: usize, add: &mut dyn FnMut(&'a [u8]) -> bool) {
        match self {
            Source::Boxed(request) => request.buffers(from, add),
            Source::Owner(owner, write) | Source::Passing(owner, write, _) => owner.buffers(*write, from, add),
        }
    }

    fn is(&self, number: usize) -> bool {
        match self {
            Source::Boxed(_) => false,
            Source::Owner(_, write) | Source::Passing(_, write, _) => *write == number,
        }
    }

    fn sent(&self, count: usize) {
        if let Source::Owner(owner, write) | Source::Passing(owner, write, _) = self {
            owner.sent(*write, count);
        }
    }

    fn pass(&self) -> Option<Rc<dyn AsFd>> {
        match self {
            Source::Boxed(request) => request.pass(),
            Source::Owner(..) => None,
            Source::Passing(_, _, fd) => Some(fd.clone()),
        }
    }
}

pub(crate) struct Write {
    source: Source,
    guard: RequestGuard,
    /// Bytes that are not with the kernel, and where they begin: in which buffer, and how far in it.
    left: usize,
    buffer: usize,
    offset: usize,
    /// There is a descriptor to go along.
    passes: bool,
    /// Its buffers are few.
    few: bool,
    result: Result<()>,
}

impl Write {
    /// # Errors
    ///
    /// As in libuv, `EINVAL` for no buffers and for more than one call could take.
    pub(crate) fn new(lp: &Loop, source: Source) -> Result<Write> {
        let (mut left, mut count) = (0usize, 0usize);
        source.buffers(0, &mut |bytes| {
            count += 1;
            left = left.saturating_add(bytes.len());
            true
        });
        let passes = source.pass().is_some();
        // A descriptor goes with a byte, or not at all.
        if count == 0 || left > MOST || (passes && left == 0) {
            return Err(Error::EINVAL);
        }
        Ok(Write { source, guard: lp.request(), left, buffer: 0, offset: 0, passes, few: count <= FEW, result: Ok(()) })
    }

    /// Adds what is left to `slices`; how many bytes that are.
    fn gather<'a, const N: usize>(&'a self, slices: &mut Slices<'a, N>) -> usize {
        let (mut offset, mut total) = (self.offset, 0);
        self.source.buffers(self.buffer, &mut |bytes| {
            // Whatever the bytes' owner makes of them, no more is sent than was counted.
            let bytes = bytes.get(std::mem::take(&mut offset)..).unwrap_or(&[]);
            let bytes = &bytes[..bytes.len().min(self.left - total)];
            total += bytes.len();
            slices.push(bytes)
        });
        total
    }

    fn advance(&mut self, count: usize) {
        self.left -= count;
        if self.left == 0 {
            return;
        }
        let (mut count, mut buffer, mut offset) = (count, self.buffer, self.offset);
        self.source.buffers(self.buffer, &mut |bytes| {
            let here = bytes.len().saturating_sub(offset);
            if count < here {
                offset += count;
                return false;
            }
            count -= here;
            buffer += 1;
            offset = 0;
            true
        });
        (self.buffer, self.offset) = (buffer, offset);
    }

    pub(crate) fn done(self, lp: &Loop, id: HandleId) {
        drop(self.guard);
        match self.source {
            Source::Boxed(request) => request.done(lp, id, self.result),
            Source::Owner(owner, write) | Source::Passing(owner, write, _) => owner.done(lp, id, write, self.result),
        }
    }
}

struct Slices<'a, const N: usize> {
    slices: [IoSlice<'a>; N],
    count: usize,
}

impl<'a, const N: usize> Slices<'a, N> {
    fn new() -> Self {
        Slices { slices: [IoSlice::new(&[]); N], count: 0 }
    }

    /// Whether there is room for more.
    fn push(&mut self, bytes: &'a [u8]) -> bool {
        if !bytes.is_empty() {
            self.slices[self.count] = IoSlice::new(bytes);
            self.count += 1;
        }
        !self.is_full()
    }

    fn is_full(&self) -> bool {
        self.count == N
    }

    /// At least one: a write of no bytes is one, too, and finds a broken stream.
    fn filled(&self) -> &[IoSlice<'a>] {
        &self.slices[..self.count.max(1)]
    }
}

/// The writes in their order: those that have ended, which are to be called back, before those that wait.
#[derive(Default)]
pub(crate) struct WriteQueue {
    writes: VecDeque<Write>,
    ended: usize,
    size: usize,
    /// The kernel takes no more for now.
    blocked: bool,
}

thread_local! {
    /// Queues that no stream uses at present, so that idle ones need no memory and busy ones no allocation.
    #[allow(clippy::vec_box, reason = "the boxes are what is kept")]
    static SPARE: RefCell<Vec<Box<WriteQueue>>> = const { RefCell::new(Vec::new()) };
}

impl WriteQueue {
    pub(crate) fn take() -> Box<WriteQueue> {
        SPARE.try_with(|spare| spare.borrow_mut().pop()).ok().flatten().unwrap_or_default()
    }

    pub(crate) fn put_back(self: Box<WriteQueue>) {
        const KEPT: usize = 64;
        if self.writes.capacity() <= KEPT {
            let _ = SPARE.try_with(|spare| {
                let mut spare = spare.borrow_mut();
                if spare.len() < KEPT {
                    spare.push(self);
                }
            });
        }
    }

    /// The bytes that are not with the kernel. As in libuv, those of a write that has failed count until it is called
    /// back.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    pub(crate) fn has_waiting(&self) -> bool {
        self.ended < self.writes.len()
    }

    pub(crate) fn ended(&self) -> usize {
        self.ended
    }

    pub(crate) fn is_blocked(&self) -> bool {
        self.blocked && self.has_waiting()
    }

    pub(crate) fn block(&mut self) {
        self.blocked = true;
    }

    pub(crate) fn unblock(&mut self) {
        self.blocked = false;
    }

    /// Whether there is something to do before the descriptor is writable.
    pub(crate) fn needs_turn(&self) -> bool {
        self.ended > 0 || (self.has_waiting() && !self.blocked)
    }

    /// Whether the next write goes to the kernel at once.
    pub(crate) fn is_direct(&self) -> bool {
        !self.has_waiting() && self.size == 0 && self.ended < DIRECT
    }

    pub(crate) fn push(&mut self, write: Write) {
        self.size += write.left;
        self.writes.push_back(write);
    }

    /// Adds a write when none waits, and sends what the kernel takes of it.
    pub(crate) fn push_and_send(&mut self, mut write: Write, channel: &Channel<'_>) {
        let mut slices = Slices::<FEW>::new();
        if !write.few || write.passes || write.gather(&mut slices) < write.left {
            self.push(write);
            return self.flush(channel);
        }
        let result = channel.send(slices.filled(), None);
        if result == Ok(write.left) {
            write.source.sent(write.left);
            write.left = 0;
            self.writes.push_back(write);
            self.ended += 1;
            return;
        }
        self.push(write);
        let result = result.map(|sent| {
            self.advance(sent);
            false
        });
        if self.goes_on(result, channel) && channel.blocking {
            self.flush(channel);
        }
    }

    /// The next one to be called back.
    pub(crate) fn pop_ended(&mut self) -> Option<Write> {
        self.ended = self.ended.checked_sub(1)?;
        let write = self.writes.pop_front()?;
        self.size -= write.left;
        Some(write)
    }

    /// Sends what the kernel takes.
    pub(crate) fn flush(&mut self, channel: &Channel<'_>) {
        let mut turns = 0;
        while self.has_waiting() && !self.blocked && (turns < AT_ONCE || channel.blocking) {
            turns += 1;
            let alone = self.writes.len() == self.ended + 1 && self.writes[self.ended].few;
            let result = if alone { self.send::<FEW>(channel) } else { self.send::<SLICES>(channel) };
            if !self.goes_on(result, channel) {
                break;
            }
        }
    }

    /// What came of a call: whether the kernel took all of it. Says whether the next may follow.
    fn goes_on(&mut self, result: Result<bool>, channel: &Channel<'_>) -> bool {
        match result {
            Ok(true) => {}
            Ok(false) | Err(Error::EAGAIN) => self.blocked = !channel.blocking,
            Err(error) => {
                self.writes[self.ended].result = Err(error);
                self.ended += 1;
                // As in libuv, one failure a turn.
                return false;
            }
        }
        true
    }

    /// One system call for as many writes as it takes; whether the kernel took all of it.
    fn send<const N: usize>(&mut self, channel: &Channel<'_>) -> Result<bool> {
        let (mut slices, mut total) = (Slices::<N>::new(), 0);
        let mut pass = None;
        for (place, write) in self.writes.range(self.ended..).enumerate() {
            if write.passes {
                // It goes with its own bytes.
                if place > 0 {
                    break;
                }
                pass = write.source.pass();
            }
            let gathered = write.gather(&mut slices);
            if gathered < write.left && !slices.is_full() {
                if total + gathered == 0 {
                    return Err(Error::EFAULT);
                }
                total += gathered;
                break;
            }
            total += gathered;
            if slices.is_full() || pass.is_some() || total > MOST / 2 {
                break;
            }
        }
        let sent = channel.send(slices.filled(), pass.as_deref().map(AsFd::as_fd))?;
        self.advance(sent);
        Ok(sent == total)
    }

    fn advance(&mut self, mut sent: usize) {
        self.size -= sent;
        while let Some(write) = self.writes.get_mut(self.ended) {
            let here = sent.min(write.left);
            if here > 0 {
                write.passes = false;
                write.source.sent(here);
            }
            write.advance(here);
            if write.left > 0 {
                break;
            }
            sent -= here;
            self.ended += 1;
        }
    }

    /// Ends one that waits; whether there is such a one.
    pub(crate) fn cancel(&mut self, number: usize) -> bool {
        let waiting = self.writes.range(self.ended..);
        let Some(place) = waiting.zip(self.ended..).find(|(write, _)| write.source.is(number)).map(|(_, place)| place)
        else {
            return false;
        };
        if let Some(mut write) = self.writes.remove(place) {
            write.result = Err(Error::ECANCELED);
            self.writes.insert(self.ended, write);
            self.ended += 1;
        }
        true
    }

    /// Ends all that wait.
    pub(crate) fn fail(&mut self, error: Error) {
        for write in self.writes.range_mut(self.ended..) {
            write.result = Err(error);
        }
        self.ended = self.writes.len();
    }
}
