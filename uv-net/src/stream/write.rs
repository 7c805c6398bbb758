//! The queue of writes.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::os::fd::AsFd;
use std::rc::Rc;

use uv_loop::{HandleId, Loop, RequestGuard};
use uv_sys::{Error, Result};

use super::spare::Passing;
use crate::socket::{Channel, MOST};
use crate::spare::{self, Spare};

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

    /// The same buffers, all of them, if they lie in memory as one array: they need not be collected then.
    fn slices(&self, write: usize) -> Option<&[IoSlice<'_>]> {
        let _ = write;
        None
    }

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

pub(crate) enum Source {
    Boxed(Box<dyn Request>),
    Owner(Rc<dyn WriteOwner>, usize),
    /// With a descriptor to go along with the first byte.
    Passing(Box<Passing>),
}

impl Source {
    pub(crate) fn passing(source: Source, fd: Rc<dyn AsFd>) -> Source {
        Source::Passing(Passing::boxed(source, fd))
    }

    fn buffers<'a>(&'a self, from: usize, add: &mut dyn FnMut(&'a [u8]) -> bool) {
        match self {
            Source::Boxed(request) => request.buffers(from, add),
            Source::Owner(owner, write) => owner.buffers(*write, from, add),
            Source::Passing(passing) => {
                if let Some(source) = passing.source() {
                    source.buffers(from, add);
                }
            }
        }
    }

    fn slices(&self) -> Option<&[IoSlice<'_>]> {
        match self {
            Source::Owner(owner, write) => owner.slices(*write),
            Source::Boxed(_) | Source::Passing(_) => None,
        }
    }

    fn is(&self, number: usize) -> bool {
        match self {
            Source::Boxed(_) => false,
            Source::Owner(_, write) => *write == number,
            Source::Passing(passing) => passing.source().is_some_and(|source| source.is(number)),
        }
    }

    fn sent(&self, count: usize) {
        match self {
            Source::Boxed(_) => {}
            Source::Owner(owner, write) => owner.sent(*write, count),
            Source::Passing(passing) => {
                if let Some(source) = passing.source() {
                    source.sent(count);
                }
            }
        }
    }

    fn pass(&self) -> Option<&Rc<dyn AsFd>> {
        match self {
            Source::Boxed(_) | Source::Owner(..) => None,
            Source::Passing(passing) => passing.fd(),
        }
    }

    #[inline]
    fn done(self, lp: &Loop, id: HandleId, result: Result<()>) {
        match self {
            Source::Owner(owner, write) => owner.done(lp, id, write, result),
            source => source.done_boxed(lp, id, result),
        }
    }

    #[inline(never)]
    fn done_boxed(self, lp: &Loop, id: HandleId, result: Result<()>) {
        match self {
            Source::Boxed(request) => request.done(lp, id, result),
            Source::Owner(owner, write) => owner.done(lp, id, write, result),
            Source::Passing(passing) => {
                if let Some(source) = passing.into_source() {
                    source.done(lp, id, result);
                }
            }
        }
    }
}

/// A write that has ended, or will have with what it has here.
pub(crate) struct Ended {
    source: Source,
    guard: RequestGuard,
    /// Bytes that are not with the kernel.
    left: usize,
    result: Result<()>,
}

impl Ended {
    pub(crate) fn call_back(self, lp: &Loop, id: HandleId) {
        drop(self.guard);
        self.source.done(lp, id, self.result);
    }
}

/// A write of which the kernel has got everything when it was made.
pub(crate) struct Sent {
    source: Source,
    guard: RequestGuard,
}

impl Sent {
    pub(crate) fn new(source: Source, attempt: &Attempt, guard: RequestGuard) -> Sent {
        source.sent(attempt.size);
        Sent { source, guard }
    }

    pub(crate) fn call_back(self, lp: &Loop, id: HandleId) {
        drop(self.guard);
        self.source.done(lp, id, Ok(()));
    }
}

impl From<Sent> for Ended {
    fn from(Sent { source, guard }: Sent) -> Ended {
        Ended { source, guard, left: 0, result: Ok(()) }
    }
}

/// A write of which the kernel has not got everything.
struct Write {
    inner: Ended,
    /// Where the rest begins: in which buffer, and how far in it.
    buffer: usize,
    offset: usize,
    /// There is a descriptor to go along.
    passes: bool,
    /// Its buffers are few.
    few: bool,
}

impl Write {
    fn left(&self) -> usize {
        self.inner.left
    }

    fn ended(self, result: Result<()>) -> Ended {
        Ended { result, ..self.inner }
    }

    /// Adds what is left to `slices`; how many bytes that are.
    fn gather<'a, const N: usize>(&'a self, slices: &mut Slices<'a, N>) -> usize {
        let (mut offset, mut total) = (self.offset, 0);
        self.inner.source.buffers(self.buffer, &mut |bytes| {
            // Whatever the bytes' owner makes of them, no more is sent than was counted.
            let bytes = bytes.get(std::mem::take(&mut offset)..).unwrap_or(&[]);
            let bytes = &bytes[..bytes.len().min(self.left() - total)];
            total += bytes.len();
            slices.push(bytes)
        });
        total
    }

    fn advance(&mut self, count: usize) {
        self.inner.left -= count;
        if self.inner.left == 0 {
            return;
        }
        let (mut count, mut buffer, mut offset) = (count, self.buffer, self.offset);
        self.inner.source.buffers(self.buffer, &mut |bytes| {
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
        if !bytes.is_empty()
            && let Some(place) = self.slices.get_mut(self.count)
        {
            *place = IoSlice::new(bytes);
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

/// What is known of a write before it is in the queue, and what came of it if the kernel was asked by then.
pub(crate) struct Attempt {
    size: usize,
    few: bool,
    allowed: bool,
    result: Option<Result<usize>>,
}

impl Attempt {
    /// Gives the kernel what it takes of the write, if `channel` says where and the write is a simple one.
    ///
    /// # Errors
    ///
    /// As in libuv, `EINVAL` for no buffers and for more than one call could take.
    #[inline]
    pub(crate) fn new(source: &Source, channel: Option<&Channel<'_>>) -> Result<Attempt> {
        if let Some(slices) = source.slices() {
            let size = slices.iter().fold(0, |size: usize, slice| size.saturating_add(slice.len()));
            return Attempt::of(slices, slices.len(), size, false, channel);
        }
        let (mut slices, mut size, mut count) = (Slices::<FEW>::new(), 0usize, 0usize);
        source.buffers(0, &mut |bytes| {
            count += 1;
            size = size.saturating_add(bytes.len());
            slices.push(bytes);
            true
        });
        Attempt::of(slices.filled(), count, size, source.pass().is_some(), channel)
    }

    /// One of so many buffers, of which the slices are all if they are few.
    #[inline]
    fn of(
        slices: &[IoSlice<'_>],
        count: usize,
        size: usize,
        passes: bool,
        channel: Option<&Channel<'_>>,
    ) -> Result<Attempt> {
        // A descriptor goes with a byte, or not at all.
        if count == 0 || size > MOST || (passes && size == 0) {
            return Err(Error::EINVAL);
        }
        let few = count <= FEW;
        let result = channel.filter(|_| few && !passes).map(|channel| channel.send(slices, None));
        Ok(Attempt { size, few, allowed: channel.is_some(), result })
    }

    /// Whether the kernel has got all of it.
    pub(crate) fn has_sent_all(&self) -> bool {
        self.result == Some(Ok(self.size))
    }
}

/// The writes in their order.
#[derive(Default)]
pub(crate) struct WriteQueue {
    /// To be called back, before all others.
    sent: Option<Sent>,
    /// To be called back.
    ended: VecDeque<Ended>,
    waiting: VecDeque<Write>,
    size: usize,
    /// The kernel takes no more for now.
    blocked: bool,
}

thread_local! {
    /// Queues that no stream uses at present, so that idle ones need no memory and busy ones no allocation.
    static SPARE: Spare<Box<WriteQueue>> = const { Spare::new(Vec::new()) };
}

impl WriteQueue {
    pub(crate) fn take() -> Box<WriteQueue> {
        spare::take(&SPARE).unwrap_or_default()
    }

    pub(crate) fn put_back(self: Box<WriteQueue>) {
        const KEPT: usize = 64;
        if self.ended.capacity() <= KEPT && self.waiting.capacity() <= KEPT {
            spare::keep(&SPARE, self);
        }
    }

    /// The bytes that are not with the kernel. As in libuv, those of a write that has failed count until it is called
    /// back.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ended() == 0 && self.waiting.is_empty()
    }

    pub(crate) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// How many are to be called back.
    pub(crate) fn ended(&self) -> usize {
        self.ended.len() + usize::from(self.sent.is_some())
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
        self.ended() > 0 || (self.has_waiting() && !self.blocked)
    }

    /// Whether the next write goes to the kernel at once.
    pub(crate) fn is_direct(&self) -> bool {
        self.waiting.is_empty() && self.size == 0 && self.ended() < DIRECT
    }

    /// Adds a write of which the kernel has got everything.
    pub(crate) fn push_sent(&mut self, sent: Sent) {
        if self.ended() == 0 {
            self.sent = Some(sent);
        } else {
            self.ended.push_back(sent.into());
        }
    }

    /// The one that is to be called back, if the queue has nothing but a write that was sent whole, as most have.
    pub(crate) fn pop_only_sent(&mut self) -> Option<Sent> {
        if self.ended.is_empty() && self.waiting.is_empty() { self.sent.take() } else { None }
    }

    /// Adds a write. Where an attempt was allowed, the kernel has got what it takes of it then.
    pub(crate) fn push(&mut self, source: Source, attempt: Attempt, guard: RequestGuard, channel: &Channel<'_>) {
        let Attempt { size, few, allowed, result } = attempt;
        let passes = source.pass().is_some();
        self.size += size;
        if self.waiting.is_empty() {
            // Of one that was canceled, maybe for another stream.
            self.blocked = false;
        }
        let inner = Ended { source, guard, left: size, result: Ok(()) };
        self.waiting.push_back(Write { inner, buffer: 0, offset: 0, passes, few });
        let goes_on = match result {
            Some(result) => {
                let result = result.map(|sent| {
                    self.advance(sent);
                    false
                });
                self.goes_on(result, channel) && channel.blocking
            }
            None => allowed,
        };
        if goes_on {
            self.flush(channel);
        }
    }

    /// The next one to be called back.
    pub(crate) fn pop_ended(&mut self) -> Option<Ended> {
        if let Some(sent) = self.sent.take() {
            return Some(sent.into());
        }
        let ended = self.ended.pop_front()?;
        self.size -= ended.left;
        Some(ended)
    }

    /// Sends what the kernel takes.
    pub(crate) fn flush(&mut self, channel: &Channel<'_>) {
        let mut turns = 0;
        while self.has_waiting() && !self.blocked && (turns < AT_ONCE || channel.blocking) {
            turns += 1;
            let alone = self.waiting.len() == 1 && self.waiting[0].few;
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
                let failed = self.waiting.pop_front();
                self.ended.extend(failed.map(|write| write.ended(Err(error))));
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
        for (place, write) in self.waiting.iter().enumerate() {
            if write.passes {
                // It goes with its own bytes.
                if place > 0 {
                    break;
                }
                pass = write.inner.source.pass().cloned();
            }
            let gathered = write.gather(&mut slices);
            if gathered < write.left() && !slices.is_full() {
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
        while let Some(write) = self.waiting.front_mut() {
            let here = sent.min(write.left());
            if here > 0 {
                write.passes = false;
                write.inner.source.sent(here);
            }
            write.advance(here);
            if write.left() > 0 {
                break;
            }
            sent -= here;
            self.ended.extend(self.waiting.pop_front().map(|write| write.ended(Ok(()))));
        }
    }

    /// Ends one that waits; whether there is such a one.
    pub(crate) fn cancel(&mut self, number: usize) -> bool {
        let place = self.waiting.iter().position(|write| write.inner.source.is(number));
        let canceled = place.and_then(|place| self.waiting.remove(place));
        let is_there = canceled.is_some();
        self.ended.extend(canceled.map(|write| write.ended(Err(Error::ECANCELED))));
        is_there
    }

    /// Ends all that wait.
    pub(crate) fn fail(&mut self, error: Error) {
        self.ended.extend(self.waiting.drain(..).map(|write| write.ended(Err(error))));
    }
}
