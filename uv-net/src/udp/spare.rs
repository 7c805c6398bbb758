//! What closed handles have left, for those that are opened next, as `stream::spare` has it for streams.

use std::cell::RefCell;
use std::net::UdpSocket;
use std::ops::Deref;
use std::os::fd::{AsFd, BorrowedFd};
use std::rc::Rc;

use super::endpoint::Endpoint;

/// As many of each are kept.
const KEPT: usize = 256;

thread_local! {
    static ENDPOINTS: RefCell<Vec<Rc<Endpoint>>> = const { RefCell::new(Vec::new()) };
    static DESCRIPTORS: RefCell<Vec<Rc<UdpDescriptor>>> = const { RefCell::new(Vec::new()) };
}

pub(super) fn endpoint() -> Rc<Endpoint> {
    ENDPOINTS.try_with(|spare| spare.borrow_mut().pop()).ok().flatten().unwrap_or_default()
}

/// Of one that is closed; unless somebody has a share still.
pub(super) fn keep(mut endpoint: Rc<Endpoint>) {
    if let Some(unused) = Rc::get_mut(&mut endpoint) {
        unused.reset();
        let _ = ENDPOINTS.try_with(|spare| {
            let mut spare = spare.borrow_mut();
            if spare.len() < KEPT {
                spare.push(endpoint);
            }
        });
    }
}

/// A handle's socket, which is shared for the time of a call, or by who asks for it.
pub(super) struct UdpDescriptor(Option<UdpSocket>);

impl UdpDescriptor {
    pub(super) fn shared(socket: UdpSocket) -> Rc<UdpDescriptor> {
        let spare = DESCRIPTORS.try_with(|spare| spare.borrow_mut().pop()).ok().flatten();
        let mut shared = spare.unwrap_or_else(|| Rc::new(UdpDescriptor(None)));
        match Rc::get_mut(&mut shared) {
            Some(unused) => {
                unused.0 = Some(socket);
                shared
            }
            None => Rc::new(UdpDescriptor(Some(socket))),
        }
    }

    /// Closes it, unless somebody has a share still: then the last one does.
    pub(super) fn let_go(mut self: Rc<UdpDescriptor>) {
        if let Some(unused) = Rc::get_mut(&mut self) {
            drop(unused.0.take());
            let _ = DESCRIPTORS.try_with(|spare| {
                let mut spare = spare.borrow_mut();
                if spare.len() < KEPT {
                    spare.push(self);
                }
            });
        }
    }
}

impl Deref for UdpDescriptor {
    type Target = UdpSocket;

    fn deref(&self) -> &UdpSocket {
        self.0.as_ref().expect("it is there as long as anybody has a share")
    }
}

impl AsFd for UdpDescriptor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.deref().as_fd()
    }
}
