//! In the steady state a datagram costs no heap allocation.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::{Rc, Weak};

use uv_loop::{Loop, RunMode};
use uv_net::{ReceivedBuffer, Result, SendOwner, Udp};
use uv_testing::{Counting, count_allocations};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Sends again whatever was sent.
struct Again {
    this: Weak<Again>,
    to: Vec<SocketAddr>,
}

impl SendOwner for Again {
    fn buffers<'a>(&'a self, _: usize, add: &mut dyn FnMut(&'a [u8])) {
        add(b"in two ");
        add(b"pieces");
    }
    fn done(&self, lp: &Loop, udp: Udp, send: usize, result: Result<()>) {
        result.unwrap();
        udp.send_from(lp, self.this.upgrade().unwrap(), send, Some(self.to[send % self.to.len()])).unwrap();
    }
}

#[test]
fn datagrams_allocate_nothing() {
    let lp = Loop::new().unwrap();
    let received = Rc::new(Cell::new(0_usize));
    let (shared, own) = (Udp::new(&lp), Udp::new(&lp));
    for udp in [shared, own] {
        udp.bind(&lp, "127.0.0.1:0".parse().unwrap()).unwrap();
    }
    let count = received.clone();
    shared.recv_start(&lp, move |_, _, _| count.set(count.get() + 1)).unwrap();
    let count = received.clone();
    let spare = Rc::new(RefCell::new(Some(Box::new([0_u8; 100]))));
    let place = spare.clone();
    let alloc = move |_: &Loop, _: Udp, _| spare.borrow_mut().take().map(Buffer);
    own.recv_start_with(&lp, alloc, move |_, _, received| {
        count.set(count.get() + usize::from(received.result == Ok(Some(13))));
        if let ReceivedBuffer::Whole(Buffer(buffer)) = received.buffer {
            *place.borrow_mut() = Some(buffer);
        }
    })
    .unwrap();
    let to = [shared, own].map(|udp| udp.local_addr(&lp).unwrap()).to_vec();
    let again = Rc::new_cyclic(|this| Again { this: this.clone(), to });
    let sender = Udp::new(&lp);
    for send in 0..30 {
        sender.send_from(&lp, again.clone(), send, Some(again.to[send % 2])).unwrap();
    }
    let run = |count: usize| {
        let until = received.get() + count;
        while received.get() < until {
            lp.run(RunMode::Once).unwrap();
        }
    };
    run(1000);
    let before = count_allocations();
    run(10_000);
    assert_eq!(count_allocations() - before, 0);
}

struct Buffer(Box<[u8; 100]>);

impl AsMut<[u8]> for Buffer {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.0[..]
    }
}
