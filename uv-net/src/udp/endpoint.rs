//! The state machine behind a handle. As in libuv, everything that a callback may see happens before it is called, and
//! no borrow is held while one is.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;

use rustix::net::{AddressFamily, SocketAddrUnix};
use socket2::{SockAddr, SockRef};
use uv_loop::{Event, Handle, HandleId, HandleKind, Interest, Loop};
use uv_sys::{Error, Result};

use super::recv::{Kept, Queue, Receiver};
use super::send::{self, Outgoing, Request, Send, SendQueue, To};
use super::spare::{self, UdpDescriptor};
use super::{Udp, UdpFlags};
use crate::{OpenError, socket};

#[derive(Default)]
pub(super) struct Endpoint {
    socket: RefCell<Option<Rc<UdpDescriptor>>>,
    is_ipv6: Cell<bool>,
    connected: Cell<bool>,
    /// Whether the caller's buffers take several datagrams.
    recvmmsg: Cell<bool>,
    active: Cell<bool>,
    /// What the loop watches the socket for.
    watched: Cell<Interest>,
    /// Datagrams wait until the socket is writable.
    writing: Cell<bool>,
    /// Datagrams are being sent or called back: others have to wait.
    processing: Cell<bool>,
    sends: SendQueue,
    receiving: Cell<bool>,
    /// Counts the starts, so that a receiver does not come back after it was replaced.
    starts: Cell<u64>,
    /// Out while it runs.
    receiver: Cell<Option<Box<dyn Receiver>>>,
    /// The last receiver's box, with nothing in it.
    spare: Cell<Option<Box<dyn Receiver>>>,
    kept: RefCell<VecDeque<Kept>>,
}

impl Endpoint {
    pub(super) fn shared(recvmmsg: bool) -> Rc<Endpoint> {
        let endpoint = spare::endpoint();
        endpoint.recvmmsg.set(recvmmsg);
        endpoint
    }

    /// Makes it as good as new.
    pub(super) fn reset(&mut self) {
        let Endpoint { sends, kept, spare, .. } = std::mem::take(self);
        *self = Endpoint { sends: sends.emptied(), kept, spare, ..Endpoint::default() };
    }

    pub(super) fn uses_recvmmsg(&self) -> bool {
        cfg!(any(target_os = "linux", target_os = "android")) && self.recvmmsg.get()
    }

    pub(super) fn socket(&self) -> Option<Rc<UdpDescriptor>> {
        self.socket.borrow().clone()
    }

    /// The socket, for a call that needs one.
    pub(super) fn open_socket(&self) -> Result<Rc<UdpDescriptor>> {
        self.socket().ok_or(Error::EBADF)
    }

    pub(super) fn is_ipv6(&self) -> bool {
        self.is_ipv6.get()
    }

    pub(super) fn create(&self, is_ipv6: bool) -> Result<Rc<UdpDescriptor>> {
        let family = if is_ipv6 { AddressFamily::INET6 } else { AddressFamily::INET };
        let socket = socket::for_datagrams(family)?;
        let socket = UdpDescriptor::shared(UdpSocket::from(socket));
        self.is_ipv6.set(is_ipv6);
        *self.socket.borrow_mut() = Some(socket.clone());
        Ok(socket)
    }

    pub(super) fn open(&self, descriptor: OwnedFd, flags: UdpFlags) -> std::result::Result<(), OpenError> {
        if !(UdpFlags::REUSE_ADDR | UdpFlags::REUSE_PORT).contains(flags) {
            return Err(OpenError::new(Error::EINVAL, descriptor));
        }
        if self.socket().is_some() {
            return Err(OpenError::new(Error::EBUSY, descriptor));
        }
        let socket = UdpSocket::from(descriptor);
        if let Err(error) = socket.set_nonblocking(true).map_err(Error::from).and_then(|()| share(&socket, flags)) {
            return Err(OpenError::new(error, socket));
        }
        // What is no socket has no address, and may be one's handle all the same.
        self.is_ipv6.set(SockRef::from(&socket).local_addr().is_ok_and(|address| address.is_ipv6()));
        self.connected.set(SockRef::from(&socket).peer_addr().is_ok());
        *self.socket.borrow_mut() = Some(UdpDescriptor::shared(socket));
        Ok(())
    }

    pub(super) fn bind(&self, address: SocketAddr, flags: UdpFlags) -> Result<()> {
        if flags.contains(UdpFlags::IPV6_ONLY) && address.is_ipv4() {
            return Err(Error::EINVAL);
        }
        let socket = match self.socket() {
            Some(socket) => socket,
            None => self.create(address.is_ipv6())?,
        };
        if flags.contains(UdpFlags::RECV_ERR) && cfg!(any(target_os = "linux", target_os = "android")) {
            uv_sys::net::set_recv_errors(socket.as_fd(), address.is_ipv6(), true)?;
        }
        share(&socket, flags)?;
        let socket = SockRef::from(&*socket);
        if flags.contains(UdpFlags::IPV6_ONLY) {
            socket.set_only_v6(true)?;
        }
        socket.bind(&SockAddr::from(address)).map_err(|error| match Error::from(error) {
            Error::EAFNOSUPPORT => Error::EINVAL,
            error => error,
        })
    }

    /// Binds to any port of any address, if there is no socket yet.
    pub(super) fn bind_any(&self, is_ipv6: bool, flags: UdpFlags) -> Result<Rc<UdpDescriptor>> {
        if self.socket().is_none() {
            let address = match is_ipv6 {
                true => (Ipv6Addr::UNSPECIFIED, 0).into(),
                false => (Ipv4Addr::UNSPECIFIED, 0).into(),
            };
            self.bind(address, flags)?;
        }
        self.open_socket()
    }

    pub(super) fn connect(&self, address: SocketAddr) -> Result<()> {
        if self.connected.get() {
            return Err(Error::EISCONN);
        }
        let socket = self.bind_any(address.is_ipv6(), UdpFlags::NONE)?;
        uninterrupted(|| rustix::net::connect(&*socket, &address))?;
        self.connected.set(true);
        Ok(())
    }

    pub(super) fn disconnect(&self) -> Result<()> {
        if !self.connected.get() {
            return Err(Error::ENOTCONN);
        }
        let socket = self.open_socket()?;
        uninterrupted(|| rustix::net::connect_unspec(&*socket))?;
        self.connected.set(false);
        Ok(())
    }

    pub(super) fn is_connected(&self) -> bool {
        self.connected.get()
    }

    fn check_destination(&self, is_given: bool) -> Result<()> {
        match (is_given, self.connected.get()) {
            (true, true) => Err(Error::EISCONN),
            (false, false) => Err(Error::EDESTADDRREQ),
            _ => Ok(()),
        }
    }

    pub(super) fn send(&self, lp: &Loop, udp: Udp, request: Request, to: To) -> Result<()> {
        self.check_destination(!matches!(to, To::Peer))?;
        let send = Send::new(lp, request, to)?;
        if self.socket.borrow().is_none() {
            match &send.to {
                To::Peer => {}
                To::Address(to) => drop(self.bind_any(to.is_ipv6(), UdpFlags::NONE)?),
                // One that is made here is no Unix socket.
                To::Unix(_) => return Err(Error::EINVAL),
            }
        }
        self.sends.push(send);
        let at_once = self.sends.count() == 1 && !self.processing.get();
        if !at_once {
            self.writing.set(true);
        }
        self.set_active(lp, udp, true);
        if at_once {
            self.flush(lp, udp);
        }
        self.watch_or_fail(lp, udp);
        Ok(())
    }

    pub(super) fn try_send(&self, pieces: &[std::io::IoSlice<'_>], to: Option<SocketAddr>) -> Result<usize> {
        self.check_destination(to.is_some())?;
        send::check_pieces(pieces)?;
        if self.sends.count() > 0 {
            return Err(Error::EAGAIN);
        }
        let socket = match to {
            Some(to) => self.bind_any(to.is_ipv6(), UdpFlags::NONE)?,
            None => self.open_socket()?,
        };
        send::send_one(&socket, pieces, to.as_ref())
    }

    pub(super) fn try_send_unix(&self, pieces: &[std::io::IoSlice<'_>], to: &SocketAddrUnix) -> Result<usize> {
        self.check_destination(true)?;
        if self.sends.count() > 0 {
            return Err(Error::EAGAIN);
        }
        send::send_unix(&*self.socket().ok_or(Error::EINVAL)?, pieces, to)
    }

    pub(super) fn try_send_many(&self, datagrams: &[Outgoing<'_>]) -> Result<usize> {
        if datagrams.is_empty() {
            return Err(Error::EINVAL);
        }
        for Outgoing { pieces, to } in datagrams {
            self.check_destination(to.is_some())?;
            send::check_pieces(pieces)?;
        }
        if self.sends.count() > 0 {
            return Err(Error::EAGAIN);
        }
        send::try_send_many(&*self.socket().ok_or(Error::EINVAL)?, datagrams)
    }

    pub(super) fn send_queue_size(&self) -> usize {
        self.sends.size()
    }

    pub(super) fn send_queue_count(&self) -> usize {
        self.sends.count()
    }

    pub(super) fn recv_start<R: Receiver>(&self, lp: &Loop, udp: Udp, receiver: R) -> Result<()> {
        if self.receiving.get() {
            return Err(Error::EALREADY);
        }
        self.bind_any(false, UdpFlags::NONE)?;
        let receiver = self.boxed(receiver);
        self.receiving.set(true);
        self.starts.set(self.starts() + 1);
        let has_kept = self.has_kept();
        self.let_go(self.receiver.replace(Some(receiver)));
        self.watch(lp, udp).inspect_err(|_| self.let_go(self.stop_receiving()))?;
        self.set_active(lp, udp, true);
        if has_kept { lp.defer(udp.id()) } else { Ok(()) }
    }

    pub(super) fn recv_stop(&self, lp: &Loop, udp: Udp) -> Result<()> {
        let receiver = self.stop_receiving();
        let result = self.watch(lp, udp);
        if !self.writing.get() {
            self.set_active(lp, udp, false);
        }
        self.let_go(receiver);
        result
    }

    /// In the box that there is, if it is one for such a receiver.
    fn boxed<R: Receiver>(&self, receiver: R) -> Box<dyn Receiver> {
        match self.spare.take().map(|spare| (spare as Box<dyn Any>).downcast::<Option<R>>()) {
            Some(Ok(mut spare)) => {
                *spare = Some(receiver);
                spare
            }
            _ => Box::new(Some(receiver)),
        }
    }

    /// What it captured goes; its box serves again.
    fn let_go(&self, unused: Option<Box<dyn Receiver>>) {
        if let Some(mut unused) = unused {
            unused.clear();
            self.spare.set(Some(unused));
        }
    }

    fn stop_receiving(&self) -> Option<Box<dyn Receiver>> {
        self.receiving.set(false);
        self.receiver.take()
    }

    /// How often the receiving was started.
    pub(super) fn starts(&self) -> u64 {
        self.starts.get()
    }

    /// Whether the receiving that was started then goes on.
    pub(super) fn receives_since(&self, start: u64) -> bool {
        self.receiving.get() && self.starts() == start
    }

    /// Keeps a datagram for the next receiver. A closed handle has none.
    pub(super) fn keep(&self, datagram: Kept) {
        if self.socket.borrow().is_some() {
            self.kept.borrow_mut().push_back(datagram);
        }
    }

    pub(super) fn take_kept(&self) -> Option<Kept> {
        if self.has_kept() { self.kept.borrow_mut().pop_front() } else { None }
    }

    fn has_kept(&self) -> bool {
        !self.kept.borrow().is_empty()
    }

    fn receive(&self, lp: &Loop, udp: Udp, queue: Queue) {
        /// Puts the receiver back, also when it panics, unless the receiving was stopped.
        struct Lent<'a>(&'a Endpoint, &'a Loop, Udp, u64, Option<Box<dyn Receiver>>);
        impl Drop for Lent<'_> {
            fn drop(&mut self) {
                let Lent(endpoint, lp, udp, start, receiver) = self;
                if endpoint.receives_since(*start) {
                    endpoint.receiver.set(receiver.take());
                }
                endpoint.let_go(receiver.take());
                if endpoint.receiving.get() && endpoint.has_kept() {
                    let _ = lp.defer(udp.id());
                }
            }
        }

        if !self.receiving.get() {
            return;
        }
        let mut lent = Lent(self, lp, udp, self.starts(), self.receiver.take());
        if let Some(receiver) = lent.4.as_mut() {
            receiver.receive(lp, udp, self, queue);
        }
    }

    /// Sends what the kernel takes; what has ended by that is called back from the loop.
    fn flush(&self, lp: &Loop, udp: Udp) {
        /// Back to what was, whatever happens.
        struct Processing<'a>(&'a Endpoint, &'a Loop, Udp, bool);
        impl Drop for Processing<'_> {
            fn drop(&mut self) {
                let Processing(endpoint, lp, udp, before) = *self;
                endpoint.processing.set(before);
                if endpoint.sends.is_waiting() {
                    endpoint.writing.set(true);
                }
                endpoint.call_back_later(lp, udp);
            }
        }

        if !self.sends.is_waiting() {
            return;
        }
        let Some(socket) = self.socket() else { return };
        let before = self.processing.replace(true);
        let _processing = Processing(self, lp, udp, before);
        self.sends.send(&socket);
    }

    fn call_back_later(&self, lp: &Loop, udp: Udp) {
        if self.sends.has_ended() {
            // This fails only for a handle that is closing, which calls back when it is closed.
            let _ = lp.defer(udp.id());
        }
    }

    /// Calls back what has ended. After a panic the others are left to the next pending phase.
    fn call_back(&self, lp: &Loop, udp: Udp) {
        struct Processing<'a>(&'a Endpoint, &'a Loop, Udp);
        impl Drop for Processing<'_> {
            fn drop(&mut self) {
                let Processing(endpoint, lp, udp) = self;
                endpoint.processing.set(false);
                endpoint.call_back_later(lp, *udp);
            }
        }

        let processing = Processing(self, lp, udp);
        self.processing.set(true);
        while let Some(send) = self.sends.take_ended() {
            send.done(lp, udp);
        }
        drop(processing);
        self.writing.set(self.sends.is_waiting());
        let active = self.writing.get() || self.receiving.get();
        self.watch_or_fail(lp, udp);
        self.set_active(lp, udp, active);
    }

    #[inline]
    fn set_active(&self, lp: &Loop, udp: Udp, active: bool) {
        if self.active.replace(active) != active {
            // This fails only for a handle that is closing, which has stopped everything.
            let _ = lp.set_active(udp.id(), active);
        }
    }

    /// Has the loop watch for what the state waits for.
    #[inline]
    fn watch(&self, lp: &Loop, udp: Udp) -> Result<()> {
        let mut wanted = Interest::NONE;
        if self.receiving.get() {
            wanted |= Interest::READABLE;
        }
        if self.writing.get() {
            wanted |= Interest::WRITABLE;
        }
        if wanted == self.watched.get() { Ok(()) } else { self.change_watch(lp, udp, wanted) }
    }

    fn change_watch(&self, lp: &Loop, udp: Udp, wanted: Interest) -> Result<()> {
        if self.socket.borrow().is_none() {
            return Ok(());
        }
        let before = self.watched.replace(wanted);
        lp.watch(udp.id(), wanted).inspect_err(|_| self.watched.set(before))
    }

    /// A socket that cannot be watched will not be sent to either.
    #[inline]
    fn watch_or_fail(&self, lp: &Loop, udp: Udp) {
        if let Err(error) = self.watch(lp, udp) {
            self.writing.set(false);
            self.sends.fail(error);
            self.call_back_later(lp, udp);
        }
    }
}

impl HandleKind for Endpoint {
    fn name(&self) -> &'static str {
        "udp"
    }

    fn fd(&self) -> Option<Rc<dyn AsFd>> {
        Some(self.socket()?)
    }

    fn on_event(&self, lp: &Loop, id: HandleId, event: Event) {
        let udp = Udp(id);
        if event.readable {
            self.receive(lp, udp, Queue::Datagrams);
        }
        if event.error {
            self.receive(lp, udp, Queue::Errors);
        }
        if event.writable && !udp.is_closing(lp) {
            self.flush(lp, udp);
            self.call_back(lp, udp);
        }
    }

    fn on_deferred(&self, lp: &Loop, id: HandleId) {
        let udp = Udp(id);
        if self.has_kept() {
            self.receive(lp, udp, Queue::Datagrams);
        }
        if !udp.is_closing(lp) {
            self.flush(lp, udp);
            self.call_back(lp, udp);
        }
    }

    fn on_close(&self, _: &Loop, _: HandleId) {
        let receiver = self.stop_receiving();
        self.writing.set(false);
        self.connected.set(false);
        let kept = self.kept.take();
        if let Some(socket) = self.socket.take() {
            socket.let_go();
        }
        drop(kept);
        self.let_go(receiver);
    }

    fn on_closed(&self, lp: &Loop, id: HandleId) {
        self.sends.fail(Error::ECANCELED);
        self.call_back(lp, Udp(id));
    }

    fn on_released(self: Rc<Self>) {
        spare::keep(self);
    }
}

/// Sets who may have the same address.
fn share(socket: &UdpSocket, flags: UdpFlags) -> Result<()> {
    let socket = SockRef::from(socket);
    if flags.contains(UdpFlags::REUSE_ADDR) {
        if cfg!(any(target_os = "linux", target_os = "android")) {
            socket.set_reuse_address(true)?;
        } else {
            // What Linux calls the one, the BSDs call the other.
            socket.set_reuse_port(true)?;
        }
    }
    if flags.contains(UdpFlags::REUSE_PORT) {
        match cfg!(any(target_os = "linux", target_os = "android")) {
            true => socket.set_reuse_port(true)?,
            false => return Err(Error::ENOTSUP),
        }
    }
    Ok(())
}

fn uninterrupted(mut call: impl FnMut() -> rustix::io::Result<()>) -> Result<()> {
    use rustix::io::Errno;
    loop {
        match call() {
            Err(Errno::INTR) => {}
            result => return result.map_err(|errno| Error::from_raw_errno(errno.raw_os_error())),
        }
    }
}
