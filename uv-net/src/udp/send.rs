//! The queue of datagrams to be sent, and the calls that send them.

use std::cell::{Cell, RefCell};
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

    /// The same for an owner that has the pieces side by side: then `buffers` is not called, and sending is quicker.
    ///
    /// ```
    /// use std::io::IoSlice;
    /// use uv_loop::{Loop, Result};
    /// use uv_net::{SendOwner, Udp};
    ///
    /// struct Greeting<'a>([IoSlice<'a>; 2]);
    /// impl SendOwner for Greeting<'_> {
    ///     fn buffers<'a>(&'a self, _: usize, add: &mut dyn FnMut(&'a [u8])) {
    ///         self.0.iter().for_each(|piece| add(piece));
    ///     }
    ///     fn slices(&self, _: usize) -> Option<&[IoSlice<'_>]> {
    ///         Some(&self.0)
    ///     }
    ///     fn done(&self, _: &Loop, _: Udp, _: usize, _: Result<()>) {}
    /// }
    /// let greeting = Greeting([IoSlice::new(b"hello "), IoSlice::new(b"world")]);
    /// assert_eq!(greeting.slices(0).unwrap().len(), 2);
    /// ```
    fn slices(&self, send: usize) -> Option<&[IoSlice<'_>]> {
        let _ = send;
        None
    }

    /// The kernel has taken the datagram, or will not: called once for each, from the loop and in order.
    fn done(&self, lp: &Loop, udp: Udp, send: usize, result: Result<()>);
}

/// A datagram and what is called when it is sent.
pub(super) enum Request {
    Once(Box<dyn SendOnce>),
    Owned(Rc<dyn SendOwner>, usize),
}

impl Request {
    fn size(&self) -> usize {
        match self {
            Request::Once(parts) => parts.bytes().len(),
            Request::Owned(owner, send) => match owner.slices(*send) {
                Some(pieces) => size_of(pieces),
                None => {
                    let mut size = 0_usize;
                    owner.buffers(*send, &mut |bytes| size = size.saturating_add(bytes.len()));
                    size
                }
            },
        }
    }

    /// Calls `add` with the pieces, all at once or one by one.
    fn buffers<'a>(&'a self, add: &mut dyn FnMut(&[IoSlice<'a>])) {
        match self {
            Request::Once(parts) => add(&[IoSlice::new(parts.bytes())]),
            Request::Owned(owner, send) => match owner.slices(*send) {
                Some(pieces) => add(pieces),
                None => owner.buffers(*send, &mut |bytes| add(&[IoSlice::new(bytes)])),
            },
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
    /// What has come of it, once it has ended.
    result: Result<()>,
    guard: RequestGuard,
}

impl Send {
    pub(super) fn new(lp: &Loop, request: Request, to: To) -> Result<Send> {
        let size = request.size();
        check_size(size)?;
        Ok(Send { request, to, size, result: Ok(()), guard: lp.request() })
    }

    #[inline]
    pub(super) fn done(self, lp: &Loop, udp: Udp) {
        drop(self.guard);
        match self.request {
            Request::Once(parts) => parts.done(lp, udp, self.result),
            Request::Owned(owner, send) => owner.done(lp, udp, send, self.result),
        }
    }
}

fn size_of(pieces: &[IoSlice<'_>]) -> usize {
    pieces.iter().fold(0, |size, piece| piece.len().saturating_add(size))
}

/// Of one datagram. More than any system takes in one call is refused, as in libuv.
pub(super) fn check_pieces(pieces: &[IoSlice<'_>]) -> Result<()> {
    check_size(size_of(pieces))
}

fn check_size(size: usize) -> Result<()> {
    i32::try_from(size).map(drop).map_err(|_| Error::EINVAL)
}

/// A handle's datagrams, in their order. No method calls anybody, but for [`send`](SendQueue::send), which asks for their bytes:
/// so long they are borrowed, and others have to wait elsewhere.
///
/// First come those that have ended, and are to be called back; the others wait.
#[derive(Default)]
pub(super) struct SendQueue {
    queue: RefCell<VecDeque<Send>>,
    ended: Cell<usize>,
    /// Something has come while others were being sent: what follows.
    is_disturbed: Cell<bool>,
    /// Those that have come then.
    later: RefCell<Vec<Send>>,
    /// How all that wait are to end, which was said then.
    failure: Cell<Option<Error>>,
    size: Cell<usize>,
    count: Cell<usize>,
}

impl SendQueue {
    /// The bytes of all that have not been called back.
    pub(super) fn size(&self) -> usize {
        self.size.get()
    }

    /// How many have not been called back.
    pub(super) fn count(&self) -> usize {
        self.count.get()
    }

    /// What a queue leaves to another handle's.
    pub(super) fn emptied(self) -> SendQueue {
        const KEPT: usize = 64;
        if self.count() > 0 {
            return SendQueue::default();
        }
        self.queue.borrow_mut().shrink_to(KEPT);
        self
    }

    /// Whether there are any to be sent.
    pub(super) fn is_waiting(&self) -> bool {
        self.count.get() > self.ended.get()
    }

    /// Whether there are any to be called back.
    pub(super) fn has_ended(&self) -> bool {
        self.ended.get() > 0
    }

    #[inline]
    pub(super) fn push(&self, send: Send) {
        self.size.set(self.size.get() + send.size);
        self.count.set(self.count.get() + 1);
        match self.queue.try_borrow_mut() {
            Ok(mut queue) => queue.push_back(send),
            Err(_) => {
                self.is_disturbed.set(true);
                self.later.borrow_mut().push(send);
            }
        }
    }

    /// Sends what the kernel takes.
    pub(super) fn send(&self, socket: &UdpSocket) {
        /// What has come meanwhile goes to the end, also after a panic.
        struct Sending<'a>(&'a SendQueue);
        impl Drop for Sending<'_> {
            fn drop(&mut self) {
                if self.0.is_disturbed.take() {
                    self.0.take_back();
                }
            }
        }

        if self.queue.try_borrow_mut().is_err() {
            return;
        }
        let _sending = Sending(self);
        let mut queue = self.queue.borrow_mut();
        loop {
            let ended = self.ended.get();
            match send_first(socket, &queue, ended) {
                Ok(0) | Err(Error::EAGAIN) => break,
                Ok(count) => self.ended.set(ended + count),
                Err(error) => {
                    self.end(&mut queue, 1, error);
                    break;
                }
            }
            if self.ended.get() == queue.len() {
                break;
            }
        }
    }

    /// Ends all that wait.
    pub(super) fn fail(&self, error: Error) {
        match self.queue.try_borrow_mut() {
            Ok(mut queue) => self.end(&mut queue, usize::MAX, error),
            Err(_) => {
                self.is_disturbed.set(true);
                self.failure.set(Some(error));
            }
        }
    }

    /// What was said while the others were being sent.
    #[cold]
    fn take_back(&self) {
        self.queue.borrow_mut().extend(self.later.borrow_mut().drain(..));
        if let Some(error) = self.failure.take() {
            self.fail(error);
        }
    }

    /// The first to be called back: it counts no longer. There is none while others are being sent.
    #[inline]
    pub(super) fn take_ended(&self) -> Option<Send> {
        let left = self.ended.get().checked_sub(1)?;
        let send = self.queue.try_borrow_mut().ok()?.pop_front()?;
        self.ended.set(left);
        self.size.set(self.size.get() - send.size);
        self.count.set(self.count.get() - 1);
        Some(send)
    }

    /// Ends the first `count` of those that wait, or all if they are fewer.
    fn end(&self, queue: &mut VecDeque<Send>, count: usize, error: Error) {
        for send in queue.iter_mut().skip(self.ended.get()).take(count) {
            send.result = Err(error);
            self.ended.set(self.ended.get() + 1);
        }
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

/// The same where less memory is to be cleared for it.
const TINY: usize = 64;

/// Sends the first of those that wait, as many as one call takes, and gives their number: none if there are none.
///
/// # Errors
///
/// `EAGAIN` if the kernel has no room. Any other error is the first one's.
fn send_first(socket: &UdpSocket, queue: &VecDeque<Send>, ended: usize) -> Result<usize> {
    let Some(first) = queue.get(ended) else { return Ok(0) };
    if queue.len() - ended > 1 {
        return send_batch(socket, first, queue.range(ended..));
    }
    send_alone(socket, first).map(|_| 1)
}

#[inline(never)]
fn send_batch<'a>(socket: &UdpSocket, first: &Send, sends: impl Iterator<Item = &'a Send>) -> Result<usize> {
    let mut pieces = [IoSlice::new(&[]); PIECES];
    let mut messages = [Message { pieces: (0, 0), to: None }; BATCH];
    let (mut used, mut count) = (0, 0);
    for (send, message) in sends.zip(&mut messages) {
        let from = used;
        let mut fits = true;
        send.request.buffers(&mut |more| match pieces.get_mut(used..used + more.len()) {
            Some(places) => {
                places.copy_from_slice(more);
                used += more.len();
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
    match count {
        0 | 1 => send_alone(socket, first).map(|_| 1),
        _ => send_many(socket, &pieces, &messages[..count]),
    }
}

fn send_alone(socket: &UdpSocket, send: &Send) -> Result<usize> {
    match &send.request {
        Request::Once(parts) => send_to(socket, &[IoSlice::new(parts.bytes())], send.size, &send.to),
        Request::Owned(owner, number) => match owner.slices(*number) {
            Some(pieces) => send_to(socket, pieces, send.size, &send.to),
            None => send_told(socket, send),
        },
    }
}

/// One of which the owner tells the pieces one by one. It takes much of the stack, which others are not to pay for.
#[inline(never)]
fn send_told(socket: &UdpSocket, send: &Send) -> Result<usize> {
    send_within::<FEW>(socket, send).or_else(|| send_within::<MOST_PIECES>(socket, send)).unwrap_or_else(|| {
        let mut all = Vec::new();
        send.request.buffers(&mut |pieces| all.extend_from_slice(pieces));
        send_to(socket, &all, send.size, &send.to)
    })
}

/// Unless the datagram has more pieces.
fn send_within<const PIECES: usize>(socket: &UdpSocket, send: &Send) -> Option<Result<usize>> {
    let (mut all, mut count) = ([IoSlice::new(&[]); PIECES], 0);
    send.request.buffers(&mut |pieces| {
        if let Some(places) = all.get_mut(count..count + pieces.len()) {
            places.copy_from_slice(pieces);
        }
        count += pieces.len();
    });
    all.get(..count).map(|pieces| send_to(socket, pieces, send.size, &send.to))
}

fn send_to(socket: &UdpSocket, pieces: &[IoSlice<'_>], size: usize, to: &To) -> Result<usize> {
    match to {
        To::Peer => send_sized(socket, pieces, size, None),
        To::Address(to) => send_sized(socket, pieces, size, Some(to)),
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
pub(super) fn send_one(socket: &UdpSocket, pieces: &[IoSlice<'_>], to: Option<&SocketAddr>) -> Result<usize> {
    send_sized(socket, pieces, size_of(pieces), to)
}

/// [`send_one`], of which the pieces have so many bytes together.
fn send_sized(socket: &UdpSocket, pieces: &[IoSlice<'_>], size: usize, to: Option<&SocketAddr>) -> Result<usize> {
    if let [piece] = pieces {
        return send_bytes(socket, piece, to);
    }
    if size <= TINY {
        return send_joined::<TINY>(socket, pieces, to);
    }
    if size <= SMALL {
        return send_joined::<SMALL>(socket, pieces, to);
    }
    if pieces.len() > MOST_PIECES {
        return send_bytes(socket, &pieces.iter().flat_map(|piece| piece.iter().copied()).collect::<Vec<u8>>(), to);
    }
    let mut control = SendAncillaryBuffer::default();
    match to {
        Some(to) => retry(|| rustix::net::sendmsg_addr(socket, to, pieces, &mut control, SendFlags::NOSIGNAL)),
        None => retry(|| rustix::net::sendmsg(socket, pieces, &mut control, SendFlags::NOSIGNAL)),
    }
}

/// Pieces that have no more bytes than that together.
fn send_joined<const SIZE: usize>(
    socket: &UdpSocket,
    pieces: &[IoSlice<'_>],
    to: Option<&SocketAddr>,
) -> Result<usize> {
    let mut whole = [0; SIZE];
    let mut rest = &mut whole[..];
    for piece in pieces {
        let (place, after) = rest.split_at_mut(piece.len());
        place.copy_from_slice(piece);
        rest = after;
    }
    let left = rest.len();
    send_bytes(socket, &whole[..SIZE - left], to)
}

fn send_bytes(socket: &UdpSocket, bytes: &[u8], to: Option<&SocketAddr>) -> Result<usize> {
    match to {
        Some(to) => retry(|| rustix::net::sendto(socket, bytes, SendFlags::NOSIGNAL, to)),
        None => retry(|| rustix::net::send(socket, bytes, SendFlags::NOSIGNAL)),
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
        match send_one(socket, &pieces[*from..*until], to.as_ref()) {
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
        [first, ..] if count < 2 => send_one(socket, first.pieces, first.to.as_ref()).map(|_| 1),
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
