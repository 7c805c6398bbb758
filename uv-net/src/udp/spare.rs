//! What closed handles have left.

use std::net::UdpSocket;
use std::ops::Deref;
use std::rc::Rc;

use rustix::net::SocketAddrUnix;

use super::endpoint::Endpoint;
use crate::spare::{self, SharedFd, Spare};

thread_local! {
    static ENDPOINTS: Spare<Rc<Endpoint>> = const { Spare::new(Vec::new()) };
    static UNIX_ADDRESSES: Spare<Box<SocketAddrUnix>> = const { Spare::new(Vec::new()) };
    static DESCRIPTORS: Spare<Rc<UdpDescriptor>> = const { Spare::new(Vec::new()) };
}

pub(super) fn endpoint() -> Rc<Endpoint> {
    spare::take(&ENDPOINTS).unwrap_or_default()
}

/// Of one that is closed; unless somebody has a share still.
pub(super) fn keep(mut endpoint: Rc<Endpoint>) {
    if let Some(unused) = Rc::get_mut(&mut endpoint) {
        unused.reset();
        spare::keep(&ENDPOINTS, endpoint);
    }
}

pub(super) type UdpDescriptor = SharedFd<UdpSocket>;

impl UdpDescriptor {
    pub(super) fn shared(socket: UdpSocket) -> Rc<UdpDescriptor> {
        SharedFd::new(&DESCRIPTORS, socket)
    }

    /// Closes it, unless somebody has a share still: then the last one does.
    pub(super) fn let_go(self: Rc<UdpDescriptor>) {
        self.end(&DESCRIPTORS, |socket| {
            drop(socket);
            None
        });
    }
}

/// The address of a Unix socket: too long to lie in every request.
pub(super) struct UnixTo(Option<Box<SocketAddrUnix>>);

impl UnixTo {
    pub(super) fn new(address: SocketAddrUnix) -> UnixTo {
        let Some(mut place) = spare::take(&UNIX_ADDRESSES) else { return UnixTo(Some(Box::new(address))) };
        *place = address;
        UnixTo(Some(place))
    }
}

impl Deref for UnixTo {
    type Target = SocketAddrUnix;

    fn deref(&self) -> &SocketAddrUnix {
        self.0.as_ref().expect("it is there until the drop")
    }
}

impl Drop for UnixTo {
    fn drop(&mut self) {
        if let Some(place) = self.0.take() {
            spare::keep(&UNIX_ADDRESSES, place);
        }
    }
}
