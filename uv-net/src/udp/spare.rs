//! What closed handles have left.

use std::net::UdpSocket;
use std::rc::Rc;

use super::endpoint::Endpoint;
use crate::spare::{self, SharedFd, Spare};

thread_local! {
    static ENDPOINTS: Spare<Rc<Endpoint>> = const { Spare::new(Vec::new()) };
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
