//! Receiving: into the loop's buffers, or into the caller's.

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::io::IoSliceMut;
use std::net::SocketAddr;
use std::os::fd::AsFd;

use uv_loop::Loop;
use uv_sys::net::{self, BATCH, SocketName};
use uv_sys::{Error, Result};

use super::Udp;
use super::endpoint::Endpoint;

/// No datagram of UDP is larger.
const LARGEST: usize = 64 * 1024;

/// As many calls follow each other before other handles have their turn, each of which may receive many datagrams: a
/// socket's buffer holds some hundreds, and what does not fit is lost.
const CALLS: usize = 32;

/// As many datagrams where it is the caller who lends a buffer: libuv's number.
const AT_ONCE: usize = 32;

/// A datagram that was received. Its bytes are the loop's, for the time of the callback.
///
/// ```
/// use uv_loop::{Handle, Loop, RunMode};
/// use uv_net::Udp;
///
/// let lp = Loop::new()?;
/// let udp = Udp::new(&lp);
/// udp.bind(&lp, "127.0.0.1:0".parse().unwrap())?;
/// udp.recv_start(&lp, |lp, udp, received| {
///     let datagram = received.unwrap();
///     assert_eq!(datagram.bytes, b"hello");
///     assert_eq!(datagram.from.unwrap().ip(), std::net::Ipv4Addr::LOCALHOST);
///     assert!(!datagram.truncated);
///     udp.close(lp).unwrap();
/// })?;
/// let sender = std::net::UdpSocket::bind("127.0.0.1:0")?;
/// sender.send_to(b"hello", udp.local_addr(&lp)?)?;
/// lp.run(RunMode::Default)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Datagram<'a> {
    /// What was sent: possibly nothing, which is a datagram as well.
    pub bytes: &'a [u8],
    /// Who has sent it; `None` if that is no IPv4 or IPv6 address.
    pub from: Option<SocketAddr>,
    /// The buffer was too small, and the rest is lost; as `UV_UDP_PARTIAL`.
    pub truncated: bool,
}

impl fmt::Debug for Datagram<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Datagram { bytes, from, truncated } = self;
        f.debug_struct("Datagram")
            .field("length", &bytes.len())
            .field("from", from)
            .field("truncated", truncated)
            .finish()
    }
}

/// What the callback of [`Udp::recv_start_with`] is told, as the arguments of `uv_udp_recv_cb`.
///
/// ```
/// use uv_net::{ReceivedBuffer, Received};
///
/// fn length<B: AsMut<[u8]>>(received: Received<'_, B>) -> Option<usize> {
///     match received.buffer {
///         ReceivedBuffer::Whole(_) | ReceivedBuffer::Chunk(_) => received.result.ok()?,
///         ReceivedBuffer::Missing => None,
///     }
/// }
/// # let _ = length::<Vec<u8>>;
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Received<'a, B> {
    /// How many bytes of the buffer a datagram fills; `None` if there is nothing more to receive now. `ENOBUFS` if there
    /// was no buffer.
    pub result: Result<Option<usize>>,
    /// The buffer, or the part of it that the datagram is in.
    pub buffer: ReceivedBuffer<'a, B>,
    /// Who has sent the datagram, of whatever family; with `recv_error`, who has said that it did not arrive.
    pub name: Option<&'a SocketName>,
    /// The buffer was too small, and the rest is lost; `UV_UDP_PARTIAL`.
    pub truncated: bool,
    /// The buffer has had its last datagram; `UV_UDP_MMSG_FREE`.
    pub free: bool,
    /// The error is an entry of the socket's error queue, and the bytes are those of the datagram that caused it;
    /// `UV_UDP_LINUX_RECVERR`.
    pub recv_error: bool,
}

/// Where a received datagram is. The enum is exhaustive.
///
/// ```
/// use uv_net::ReceivedBuffer;
///
/// let buffer = ReceivedBuffer::Whole(vec![0; 1024]);
/// assert!(matches!(buffer, ReceivedBuffer::Whole(bytes) if bytes.len() == 1024));
/// ```
#[derive(Debug)]
pub enum ReceivedBuffer<'a, B> {
    /// At the beginning of this buffer, which is the callback's again.
    Whole(B),
    /// At the beginning of this part of a buffer that is shared with other datagrams; `UV_UDP_MMSG_CHUNK`.
    Chunk(&'a mut [u8]),
    /// Nowhere: there was no buffer.
    Missing,
}

/// What is read: datagrams, or what has become of those that were sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Queue {
    Datagrams,
    Errors,
}

/// How a handle receives.
pub(super) trait Receiver: Any {
    /// Reads what the socket has and calls back, until that is enough for once or the callback has stopped it.
    fn receive(&mut self, lp: &Loop, udp: Udp, endpoint: &Endpoint, queue: Queue);

    /// Drops what there is in it.
    fn clear(&mut self) {}
}

/// In a box that serves again.
impl<R: Receiver> Receiver for Option<R> {
    fn receive(&mut self, lp: &Loop, udp: Udp, endpoint: &Endpoint, queue: Queue) {
        if let Some(receiver) = self {
            receiver.receive(lp, udp, endpoint, queue);
        }
    }

    fn clear(&mut self) {
        drop(self.take());
    }
}

/// A datagram that was received and not called back, as its reader was stopped before.
pub(super) struct Kept {
    bytes: Vec<u8>,
    name: SocketName,
    truncated: bool,
}

/// Into the loop's buffers, many at once.
pub(super) struct Shared<F>(pub(super) F);

impl<F: FnMut(&Loop, Udp, Result<Datagram<'_>>) + 'static> Receiver for Shared<F> {
    fn receive(&mut self, lp: &Loop, udp: Udp, endpoint: &Endpoint, queue: Queue) {
        let callback = &mut self.0;
        let start = endpoint.starts();
        while let Some(Kept { bytes, name, truncated }) = endpoint.take_kept() {
            callback(lp, udp, Ok(Datagram { bytes: &bytes, from: name.address(), truncated }));
            if !endpoint.receives_since(start) {
                return;
            }
        }
        let mut left = CALLS;
        while let (1.., true, Some(socket)) = (left, endpoint.receives_since(start), endpoint.socket()) {
            let mut batch = Batch::new(endpoint);
            let result = match queue {
                Queue::Datagrams => batch.fill(socket.as_fd()),
                Queue::Errors => match net::recv_error(socket.as_fd(), &mut batch.buffer.0[..LARGEST]) {
                    Ok(failed) => Err(failed.error),
                    Err(_) => return,
                },
            };
            drop(socket);
            left -= 1;
            match result {
                Ok(count) => {
                    while let Some(datagram) = batch.next() {
                        callback(lp, udp, Ok(datagram));
                        if !endpoint.receives_since(start) {
                            return;
                        }
                    }
                    if count < BATCH {
                        return;
                    }
                }
                Err(Error::EAGAIN) => return,
                Err(error) => {
                    drop(batch);
                    callback(lp, udp, Err(error));
                    if queue == Queue::Datagrams {
                        return;
                    }
                }
            }
        }
    }
}

/// Datagrams that one call has received. Those that are not called back are kept.
struct Batch<'a> {
    endpoint: &'a Endpoint,
    buffer: Buffer,
    received: [net::Received; BATCH],
    next: usize,
    count: usize,
}

impl<'a> Batch<'a> {
    fn new(endpoint: &'a Endpoint) -> Batch<'a> {
        Batch { endpoint, buffer: Buffer::take(), received: [net::Received::default(); BATCH], next: 0, count: 0 }
    }

    fn fill(&mut self, socket: std::os::fd::BorrowedFd<'_>) -> Result<usize> {
        let mut chunks = self.buffer.0.chunks_mut(STRIDE);
        let mut slices: [IoSliceMut<'_>; BATCH] = std::array::from_fn(|_| match chunks.next() {
            Some(chunk) => IoSliceMut::new(&mut chunk[..LARGEST]),
            None => IoSliceMut::new(&mut []),
        });
        self.count = net::recv_many(socket, &mut slices, &mut self.received)?;
        Ok(self.count)
    }

    fn next(&mut self) -> Option<Datagram<'_>> {
        if self.next == self.count {
            return None;
        }
        let received = &self.received[self.next];
        let from = self.next * STRIDE;
        self.next += 1;
        Some(Datagram {
            bytes: &self.buffer.0[from..from + received.length],
            from: received.address,
            truncated: received.truncated,
        })
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        let endpoint = self.endpoint;
        while let Some(Datagram { bytes, from, truncated }) = self.next() {
            endpoint.keep(Kept {
                bytes: bytes.to_vec(),
                name: from.map(SocketName::from).unwrap_or_default(),
                truncated,
            });
        }
    }
}

/// From one datagram's place to the next one's: not a power of two, so that their first bytes do not share a few lines of
/// the processor's cache.
const STRIDE: usize = LARGEST + 192;

/// One buffer a thread, out of its place while a callback sees what is in it. Of what it never held the system has no
/// memory either.
struct Buffer(Vec<u8>);

thread_local! {
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

impl Buffer {
    fn take() -> Buffer {
        let spare = SPARE.try_with(Cell::take).unwrap_or_default();
        Buffer(if spare.is_empty() { vec![0; BATCH * STRIDE] } else { spare })
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.0);
        let _ = SPARE.try_with(|spare| spare.set(buffer));
    }
}

/// Into the caller's buffers.
pub(super) struct Own<A, F> {
    pub(super) alloc: A,
    pub(super) callback: F,
    /// Several datagrams a buffer.
    pub(super) many: bool,
}

impl<A, F, B> Receiver for Own<A, F>
where
    A: FnMut(&Loop, Udp, usize) -> Option<B> + 'static,
    F: FnMut(&Loop, Udp, Received<'_, B>) + 'static,
    B: AsMut<[u8]>,
{
    fn receive(&mut self, lp: &Loop, udp: Udp, endpoint: &Endpoint, queue: Queue) {
        let start = endpoint.starts();
        let mut left = AT_ONCE;
        while left > 0 && endpoint.receives_since(start) {
            let mut buffer = (self.alloc)(lp, udp, LARGEST);
            if !endpoint.receives_since(start) {
                return;
            }
            let Some(mut buffer) = buffer.take_if(|buffer| !buffer.as_mut().is_empty()) else {
                let buffer = buffer.map_or(ReceivedBuffer::Missing, ReceivedBuffer::Whole);
                return (self.callback)(lp, udp, Received::plain(Err(Error::ENOBUFS), buffer));
            };
            let count = match (endpoint.take_kept(), self.many) {
                (Some(kept), _) => {
                    let read = kept.copy_to(buffer.as_mut());
                    (self.callback)(lp, udp, read.received(&kept.name, ReceivedBuffer::Whole(buffer)));
                    1
                }
                (None, true) => self.receive_many(lp, udp, endpoint, queue, buffer),
                (None, false) => self.receive_one(lp, udp, endpoint, queue, buffer),
            };
            if count == 0 {
                return;
            }
            left = left.saturating_sub(count);
        }
    }
}

impl<A, F> Own<A, F> {
    /// Gives the number of datagrams: none if that was all.
    fn receive_one<B>(&mut self, lp: &Loop, udp: Udp, endpoint: &Endpoint, queue: Queue, mut buffer: B) -> usize
    where
        F: FnMut(&Loop, Udp, Received<'_, B>),
        B: AsMut<[u8]>,
    {
        let mut name = SocketName::default();
        let result = read_one(endpoint, queue, buffer.as_mut(), &mut name);
        let buffer = ReceivedBuffer::Whole(buffer);
        match result {
            Ok(read) => {
                (self.callback)(lp, udp, read.received(&name, buffer));
                1
            }
            Err(error) => {
                (self.callback)(lp, udp, Received::ended(error, buffer));
                0
            }
        }
    }

    fn receive_many<B>(&mut self, lp: &Loop, udp: Udp, endpoint: &Endpoint, queue: Queue, mut buffer: B) -> usize
    where
        F: FnMut(&Loop, Udp, Received<'_, B>),
        B: AsMut<[u8]>,
    {
        let start = endpoint.starts();
        let mut entries = [const { None }; BATCH];
        let count = match read_many(endpoint, queue, buffer.as_mut(), &mut entries) {
            Ok(count) => count,
            Err(error) => {
                (self.callback)(lp, udp, Received::ended(error, ReceivedBuffer::Whole(buffer)));
                return 0;
            }
        };
        let mut rest = Rest { endpoint, buffer: Some(buffer), entries, next: 0 };
        while let Some(((read, name), chunk)) = rest.next() {
            (self.callback)(lp, udp, read.received(&name, ReceivedBuffer::Chunk(chunk)));
            if !endpoint.receives_since(start) {
                return count;
            }
        }
        if let Some(buffer) = rest.buffer.take() {
            let received = Received { free: true, ..Received::plain(Ok(None), ReceivedBuffer::Whole(buffer)) };
            (self.callback)(lp, udp, received);
        }
        count
    }
}

/// An entry of either queue.
#[derive(Clone, Copy)]
struct Read {
    /// How many bytes a datagram has; why one that was sent has failed.
    result: Result<usize>,
    truncated: bool,
    recv_error: bool,
}

impl Read {
    fn received<'a, B>(self, name: &'a SocketName, buffer: ReceivedBuffer<'a, B>) -> Received<'a, B> {
        let Read { result, truncated, recv_error } = self;
        // A failure that nobody has told of has no name; a datagram has one, if it is empty.
        let name = (!recv_error || !name.as_bytes().is_empty()).then_some(name);
        Received { name, truncated, recv_error, ..Received::plain(result.map(Some), buffer) }
    }
}

fn read_one(endpoint: &Endpoint, queue: Queue, buffer: &mut [u8], name: &mut SocketName) -> Result<Read> {
    let socket = endpoint.socket().ok_or(Error::EBADF)?;
    if queue == Queue::Errors {
        let failed = net::recv_error(socket.as_fd(), buffer)?;
        *name = failed.offender.map(SocketName::from).unwrap_or_default();
        return Ok(Read { result: Err(failed.error), truncated: failed.datagram.truncated, recv_error: true });
    }
    let net::Arrival { length, truncated, .. } = net::recv_named(socket.as_fd(), buffer, name)?;
    Ok(Read { result: Ok(length), truncated, recv_error: false })
}

/// One entry for each part of the buffer that has room for the largest datagram.
fn read_many(
    endpoint: &Endpoint,
    queue: Queue,
    buffer: &mut [u8],
    entries: &mut [Option<(Read, SocketName)>; BATCH],
) -> Result<usize> {
    let mut chunks = buffer.chunks_exact_mut(LARGEST).take(BATCH);
    let places = chunks.len();
    if places == 0 {
        return Err(Error::EINVAL);
    }
    if queue == Queue::Errors {
        let mut count = 0;
        for (chunk, entry) in chunks.zip(entries) {
            let mut name = SocketName::default();
            match read_one(endpoint, queue, chunk, &mut name) {
                Ok(read) => *entry = Some((read, name)),
                Err(_) if count > 0 => break,
                Err(error) => return Err(error),
            }
            count += 1;
        }
        return Ok(count);
    }
    let mut slices: [IoSliceMut<'_>; BATCH] =
        std::array::from_fn(|_| IoSliceMut::new(chunks.next().unwrap_or_default()));
    let mut received = [net::Received::default(); BATCH];
    let mut others = [const { None }; BATCH];
    let socket = endpoint.socket().ok_or(Error::EBADF)?;
    let count = net::recv_many_named(socket.as_fd(), &mut slices[..places], &mut received, |place, other| {
        others[place] = Some(SocketName::from_bytes(other));
    })?;
    for ((entry, received), other) in entries.iter_mut().zip(received).zip(others).take(count) {
        let net::Received { length, address, truncated, .. } = received;
        let name = address.map(SocketName::from).or(other).unwrap_or_default();
        *entry = Some((Read { result: Ok(length), truncated, recv_error: false }, name));
    }
    Ok(count)
}

/// What is in a caller's buffer. Datagrams that are not called back are kept.
struct Rest<'a, B: AsMut<[u8]>> {
    endpoint: &'a Endpoint,
    buffer: Option<B>,
    entries: [Option<(Read, SocketName)>; BATCH],
    next: usize,
}

impl<B: AsMut<[u8]>> Rest<'_, B> {
    fn next(&mut self) -> Option<((Read, SocketName), &mut [u8])> {
        let entry = (*self.entries.get(self.next)?)?;
        let chunk = self.buffer.as_mut()?.as_mut().chunks_exact_mut(LARGEST).nth(self.next)?;
        self.next += 1;
        Some((entry, chunk))
    }
}

impl<B: AsMut<[u8]>> Drop for Rest<'_, B> {
    fn drop(&mut self) {
        let endpoint = self.endpoint;
        while let Some(((read, name), chunk)) = self.next() {
            if let Ok(length) = read.result {
                endpoint.keep(Kept { bytes: chunk[..length].to_vec(), name, truncated: read.truncated });
            }
        }
    }
}

impl Kept {
    fn copy_to(&self, buffer: &mut [u8]) -> Read {
        let length = self.bytes.len().min(buffer.len());
        buffer[..length].copy_from_slice(&self.bytes[..length]);
        Read { result: Ok(length), truncated: self.truncated || length < self.bytes.len(), recv_error: false }
    }
}

impl<'a, B> Received<'a, B> {
    fn plain(result: Result<Option<usize>>, buffer: ReceivedBuffer<'a, B>) -> Received<'a, B> {
        Received { result, buffer, name: None, truncated: false, free: false, recv_error: false }
    }

    /// There was nothing more, or it could not be received.
    fn ended(error: Error, buffer: ReceivedBuffer<'a, B>) -> Received<'a, B> {
        let result = if error == Error::EAGAIN { Ok(None) } else { Err(error) };
        Received::plain(result, buffer)
    }
}
