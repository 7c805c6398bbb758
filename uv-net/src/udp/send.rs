//! The queue of datagrams to be sent, and the calls that send them.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::net::{SocketAddr, UdpSocket};
use std::rc::Rc;

use rustix::io::Errno;
use rustix::net::{AddressFamily, SendAncillaryBuffer, SendFlags, SocketAddrUnix};
use uv_loop::{Loop, RequestGuard};
use uv_sys::{Error, Result};

use super::Udp;
use super::spare::UnixTo;

/// Owns datagrams that are sent from it, and knows them by numbers of its own: for who has the memory of a request
/// already, as a C program has its `uv_udp_send_t`. Sending from an owner allocates nothing.
///
/// ```
/// use std::cell::Cell;
/// use std::rc::Rc;
/// use uv_loop::{Handle, Loop, Result, RunMode};
/// use uv_net::{SendOwner, Udp};
///
/// struct Countdown([[u8; 1]; 4], Cell<usize>);
///
/// impl SendOwner for Countdown {
///     fn buffers<'a>(&'a self, send: usize, add: &mut dyn FnMut(&'a [u8])) {
///         add(b"T minus ");
///         add(&self.0[send]);
///     }
///     fn done(&self, lp: &Loop, udp: Udp, send: usize, result: Result<()>) {
///         result.unwrap();
///         self.1.set(self.1.get() + 1);
///         if send == 0 {
///             udp.close(lp).unwrap();
///         }
///     }
/// }
///
/// let receiver = std::net::UdpSocket::bind("127.0.0.1:0")?;
/// let lp = Loop::new()?;
/// let udp = Udp::new(&lp);
/// let owner = Rc::new(Countdown([*b"0", *b"1", *b"2", *b"3"], Cell::new(0)));
/// for send in [3, 2, 1, 0] {
///     udp.send_from(&lp, owner.clone(), send, Some(receiver.local_addr()?))?;
/// }
/// lp.run(RunMode::Default)?;
/// assert_eq!(owner.1.get(), 4);
/// let mut bytes = [0; 20];
/// let length = receiver.recv(&mut bytes)?;
/// assert_eq!(&bytes[..length], b"T minus 3");
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait SendOwner {
    /// Calls `add` with the pieces of the datagram `send`. They are asked for several times, and are the same each time
    /// until [`done`](SendOwner::done) is called.
    fn buffers<'a>(&'a self, send: usize, add: &mut dyn FnMut(&'a [u8]));

    /// The kernel has taken the datagram, or will not: called once for each, from the loop and in order.
    fn done(&self, lp: &Loop, udp: Udp, send: usize, result: Result<()>);
}

/// A datagram and what is called when it is sent.
pub(super) enum Request {
    Once(Box<dyn SendOnce>),
    Owned(Rc<dyn SendOwner>, usize),
}

impl Request {
    fn buffers<'a>(&'a self, add: &mut dyn FnMut(&'a [u8])) {
        match self {
            Request::Once(parts) => add(parts.bytes()),
            Request::Owned(owner, send) => owner.buffers(*send, add),
        }
    }
}

/// Bytes and a callback in one allocation.
pub(super) trait SendOnce {
    fn bytes(&self) -> &[u8];
    fn done(self: Box<Self>, lp: &Loop, udp: Udp, result: Result<()>);
}

pub(super) struct Parts<B, F> {
    pub(super) bytes: B,
    pub(super) callback: F,
}

impl<B: AsRef<[u8]>, F: FnOnce(&Loop, Udp, Result<()>)> SendOnce for Parts<B, F> {
    fn bytes(&self) -> &[u8] {
        self.bytes.as_ref()
    }

    fn done(self: Box<Self>, lp: &Loop, udp: Udp, result: Result<()>) {
        let Parts { bytes, callback } = *self;
        drop(bytes);
        callback(lp, udp, result);
    }
}

/// Where a datagram goes.
pub(super) enum To {
    /// To whom the socket is connected.
    Peer,
    Address(SocketAddr),
    Unix(UnixTo),
}

impl To {
    pub(super) fn new(to: Option<SocketAddr>) -> To {
        to.map_or(To::Peer, To::Address)
    }
}

/// A request in the queue.
pub(super) struct Send {
    request: Request,
    pub(super) to: To,
    size: usize,
    guard: RequestGuard,
}

impl Send {
    pub(super) fn new(lp: &Loop, request: Request, to: To) -> Result<Send> {
        let mut size = 0_usize;
        request.buffers(&mut |bytes| size = size.saturating_add(bytes.len()));
        check_size(size)?;
        Ok(Send { request, to, size, guard: lp.request() })
    }

    pub(super) fn done(self, lp: &Loop, udp: Udp, result: Result<()>) {
        drop(self.guard);
        match self.request {
            Request::Once(parts) => parts.done(lp, udp, result),
            Request::Owned(owner, send) => owner.done(lp, udp, send, result),
        }
    }
}

/// More than any system takes in one call, as in libuv.
pub(super) fn check_size(size: usize) -> Result<()> {
    i32::try_from(size).map(drop).map_err(|_| Error::EINVAL)
}

#[derive(Default)]
pub(super) struct SendQueue {
    waiting: VecDeque<Send>,
    /// Ended, and to be called back.
    ended: VecDeque<(Send, Result<()>)>,
    size: usize,
    count: usize,
}

impl SendQueue {
    /// The bytes of all that have not been called back.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// How many have not been called back.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// What a queue leaves to another handle's.
    pub(super) fn emptied(mut self) -> SendQueue {
        const KEPT: usize = 64;
        if self.count > 0 {
            return SendQueue::default();
        }
        self.waiting.shrink_to(KEPT);
        self.ended.shrink_to(KEPT);
        self
    }

    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    pub(super) fn push(&mut self, send: Send) {
        self.count_in(&send);
        self.waiting.push_back(send);
    }

    /// Counts one that is sent before it would wait: it is as one that was lent.
    pub(super) fn count_in(&mut self, send: &Send) {
        self.size += send.size;
        self.count += 1;
    }

    /// The one that waits, if that is all, to be sent while nothing is borrowed. [`push_front`](Self::push_front) or
    /// [`end`](Self::end) is its way back.
    pub(super) fn lend_only(&mut self) -> Option<Send> {
        if self.waiting.len() == 1 { self.waiting.pop_front() } else { None }
    }

    pub(super) fn push_front(&mut self, send: Send) {
        self.waiting.push_front(send);
    }

    /// Those that wait, to be sent while nothing is borrowed.
    pub(super) fn lend(&mut self) -> VecDeque<Send> {
        std::mem::take(&mut self.waiting)
    }

    /// Back before those that have come meanwhile.
    pub(super) fn give_back(&mut self, mut waiting: VecDeque<Send>) {
        waiting.append(&mut self.waiting);
        self.waiting = waiting;
    }

    pub(super) fn end(&mut self, send: Send, result: Result<()>) {
        self.ended.push_back((send, result));
    }

    /// Ends all that wait.
    pub(super) fn fail(&mut self, error: Error) {
        self.ended.extend(self.waiting.drain(..).map(|send| (send, Err(error))));
    }

    pub(super) fn has_ended(&self) -> bool {
        !self.ended.is_empty()
    }

    /// The first to be called back: it counts no longer.
    pub(super) fn take_ended(&mut self) -> Option<(Send, Result<()>)> {
        let (send, result) = self.ended.pop_front()?;
        self.size -= send.size;
        self.count -= 1;
        Some((send, result))
    }
}

/// As many datagrams are sent by one call; libuv's number.
const BATCH: usize = 20;

/// As many pieces they may have together; a datagram with more goes alone.
const PIECES: usize = 64;

/// As many have room on the stack for a datagram that goes alone.
const FEW: usize = 8;

/// A datagram of several small pieces is put together up to this size: that costs less than to have the kernel do it.
const SMALL: usize = 512;

/// Sends the first of the queue, as many as one call takes; their number is at least one.
///
/// # Errors
///
/// `EAGAIN` if the kernel has no room. Any other error is the first one's.
pub(super) fn send_first(socket: &UdpSocket, queue: &VecDeque<Send>) -> Result<usize> {
    if let (Some(send), 1) = (queue.front(), queue.len()) {
        return send_alone(socket, send).map(|_| 1);
    }
    let mut pieces = [IoSlice::new(&[]); PIECES];
    let mut messages = [Message { pieces: (0, 0), to: None }; BATCH];
    let (mut used, mut count) = (0, 0);
    for (send, message) in queue.iter().zip(&mut messages) {
        let from = used;
        let mut fits = true;
        send.request.buffers(&mut |bytes| match pieces.get_mut(used) {
            Some(piece) => {
                *piece = IoSlice::new(bytes);
                used += 1;
            }
            None => fits = false,
        });
        if !fits {
            break;
        }
        let to = match &send.to {
            To::Peer => None,
            To::Address(to) => Some(*to),
            // It goes alone.
            To::Unix(_) => break,
        };
        *message = Message { pieces: (from, used), to };
        count += 1;
    }
    match (count, queue.front()) {
        (0 | 1, Some(send)) => send_alone(socket, send).map(|_| 1),
        _ => send_many(socket, &pieces, &messages[..count]),
    }
}

pub(super) fn send_alone(socket: &UdpSocket, send: &Send) -> Result<usize> {
    send_within::<FEW>(socket, send).or_else(|| send_within::<MOST_PIECES>(socket, send)).unwrap_or_else(|| {
        let mut pieces = Vec::new();
        send.request.buffers(&mut |bytes| pieces.push(IoSlice::new(bytes)));
        send_to(socket, &pieces, &send.to)
    })
}

/// Unless the datagram has more pieces.
fn send_within<const PIECES: usize>(socket: &UdpSocket, send: &Send) -> Option<Result<usize>> {
    let (mut pieces, mut count) = ([IoSlice::new(&[]); PIECES], 0);
    send.request.buffers(&mut |bytes| {
        if let Some(piece) = pieces.get_mut(count) {
            *piece = IoSlice::new(bytes);
        }
        count += 1;
    });
    pieces.get(..count.max(1)).map(|pieces| send_to(socket, pieces, &send.to))
}

fn send_to(socket: &UdpSocket, pieces: &[IoSlice<'_>], to: &To) -> Result<usize> {
    match to {
        To::Peer => send_one(socket, pieces, None),
        To::Address(to) => send_one(socket, pieces, Some(*to)),
        To::Unix(to) => send_unix(socket, pieces, to),
    }
}

/// To a Unix socket: for a socket that is one, too.
pub(super) fn send_unix(socket: &UdpSocket, pieces: &[IoSlice<'_>], to: &SocketAddrUnix) -> Result<usize> {
    let mut control = SendAncillaryBuffer::default();
    let sent = retry(|| rustix::net::sendmsg_addr(socket, to, pieces, &mut control, SendFlags::NOSIGNAL));
    // A short name is too short for IPv4's address, which the kernel says before it has seen the family.
    sent.map_err(|error| match rustix::net::sockopt::socket_domain(socket) {
        Ok(AddressFamily::INET) if error == Error::EINVAL => Error::EAFNOSUPPORT,
        _ => error,
    })
}

/// No system takes more pieces in one call; this is Linux's number.
const MOST_PIECES: usize = 1024;

/// Where a datagram's pieces are, and where it goes.
#[derive(Clone, Copy)]
struct Message {
    pieces: (usize, usize),
    to: Option<SocketAddr>,
}

/// Sends one datagram and gives its size.
pub(super) fn send_one(socket: &UdpSocket, pieces: &[IoSlice<'_>], to: Option<SocketAddr>) -> Result<usize> {
    let flags = SendFlags::NOSIGNAL;
    let send = |bytes: &[u8]| match to {
        Some(to) => retry(|| rustix::net::sendto(socket, bytes, flags, &to)),
        None => retry(|| rustix::net::send(socket, bytes, flags)),
    };
    if let [piece] = pieces {
        return send(piece);
    }
    let size = pieces.iter().fold(0_usize, |size, piece| size.saturating_add(piece.len()));
    if size <= SMALL {
        let mut whole = [0; SMALL];
        let mut rest = &mut whole[..size];
        for piece in pieces {
            let (place, after) = rest.split_at_mut(piece.len());
            place.copy_from_slice(piece);
            rest = after;
        }
        return send(&whole[..size]);
    }
    if pieces.len() > MOST_PIECES {
        return send(&pieces.iter().flat_map(|piece| piece.iter().copied()).collect::<Vec<u8>>());
    }
    let mut control = SendAncillaryBuffer::default();
    match to {
        Some(to) => retry(|| rustix::net::sendmsg_addr(socket, &to, pieces, &mut control, flags)),
        None => retry(|| rustix::net::sendmsg(socket, pieces, &mut control, flags)),
    }
}

#[cfg(target_os = "linux")]
fn send_many(socket: &UdpSocket, pieces: &[IoSlice<'_>], messages: &[Message]) -> Result<usize> {
    use rustix::net::{MMsgHdr, SocketAddrAny};
    let mut controls: [SendAncillaryBuffer<'_, '_, '_>; BATCH] = Default::default();
    let addresses: [Option<SocketAddrAny>; BATCH] =
        std::array::from_fn(|place| messages.get(place)?.to.map(SocketAddrAny::from));
    let mut place = 0;
    let mut headers = controls.each_mut().map(|control| {
        let (from, to) = messages.get(place).map_or((0, 0), |message| message.pieces);
        let address = addresses[place].as_ref();
        place += 1;
        match address {
            Some(address) => MMsgHdr::new_with_addr(address, &pieces[from..to], control),
            None => MMsgHdr::new(&pieces[from..to], control),
        }
    });
    retry(|| rustix::net::sendmmsg(socket, &mut headers[..messages.len()], SendFlags::NOSIGNAL))
}

#[cfg(not(target_os = "linux"))]
fn send_many(socket: &UdpSocket, pieces: &[IoSlice<'_>], messages: &[Message]) -> Result<usize> {
    let mut sent = 0;
    for Message { pieces: (from, until), to } in messages {
        match send_one(socket, &pieces[*from..*until], *to) {
            Ok(_) => sent += 1,
            // It is met again by the next call.
            Err(_) if sent > 0 => break,
            Err(error) => return Err(error),
        }
    }
    Ok(sent)
}

/// A datagram for [`Udp::try_send_many`].
///
/// ```
/// use std::io::IoSlice;
/// use uv_net::Outgoing;
///
/// let pieces = [IoSlice::new(b"head"), IoSlice::new(b"body")];
/// let datagram = Outgoing { pieces: &pieces, to: Some("127.0.0.1:9".parse().unwrap()) };
/// assert_eq!(datagram.pieces.len(), 2);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// The bytes, in one piece or several.
    pub pieces: &'a [IoSlice<'a>],
    /// Where it goes; `None` on a connected handle.
    pub to: Option<SocketAddr>,
}

/// Sends the datagrams until one is refused, and gives the number of those that went.
pub(super) fn try_send_many(socket: &UdpSocket, datagrams: &[Outgoing<'_>]) -> Result<usize> {
    let mut sent = 0;
    while sent < datagrams.len() {
        match try_send_first(socket, &datagrams[sent..]) {
            Ok(count) => sent += count,
            Err(_) if sent > 0 => break,
            Err(error) => return Err(error),
        }
    }
    Ok(sent)
}

fn try_send_first(socket: &UdpSocket, datagrams: &[Outgoing<'_>]) -> Result<usize> {
    let mut pieces = [IoSlice::new(&[]); PIECES];
    let mut messages = [Message { pieces: (0, 0), to: None }; BATCH];
    let (mut used, mut count) = (0, 0);
    for (datagram, message) in datagrams.iter().zip(&mut messages) {
        let Some(places) = pieces.get_mut(used..used + datagram.pieces.len()) else {
            break;
        };
        places.copy_from_slice(datagram.pieces);
        *message = Message { pieces: (used, used + datagram.pieces.len()), to: datagram.to };
        used += datagram.pieces.len();
        count += 1;
    }
    match datagrams {
        [first, ..] if count < 2 => send_one(socket, first.pieces, first.to).map(|_| 1),
        _ => send_many(socket, &pieces, &messages[..count]),
    }
}

/// Repeats what a signal has interrupted. A device without room for the datagram is as a socket without.
fn retry(mut call: impl FnMut() -> std::result::Result<usize, Errno>) -> Result<usize> {
    loop {
        match call() {
            Ok(count) => return Ok(count),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN | Errno::NOBUFS) => return Err(Error::EAGAIN),
            Err(errno) => return Err(Error::from_raw_errno(errno.raw_os_error())),
        }
    }
}
