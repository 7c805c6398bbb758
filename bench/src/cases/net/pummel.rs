//! `benchmark-udp-pummel.c`: some handles send, each the next datagram when the one before it is with the kernel, and
//! some receive. What counts are the datagrams that arrive.

use std::cell::Cell;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::IntoRawFd;
use std::rc::Rc;

use uv_loop::{Handle, Loop, RunMode};
use uv_net::{SendOwner, Udp};

use super::runtime;
use crate::case::{Case, Unit};
use crate::libuv::{self, places};
use crate::support::{called, calls, count, cpu_time};

pub fn cases() -> Vec<Case> {
    let of = |receivers, senders| {
        let rate = move |pummel: fn(usize, usize, usize)| each_received(|| pummel(receivers, senders, datagrams()));
        Case::new(format!("net/pummel-{receivers}v{senders}"), Unit::PerCpuSecond, move || rate(pummel))
            .against("libuv", move || rate(libuv_pummel))
            .against("tokio", move || rate(tokio_pummel))
            .goal(1.5)
    };
    vec![of(1, 1), of(1, 10), of(1, 100), of(10, 1), of(10, 10), of(10, 100)]
}

const PIECES: [&[u8]; 5] = [b"RANG TANG ", b"DING DONG ", b"I AM THE J", b"APANESE SA", b"NDMAN"];
const WHOLE: &[u8] = b"RANG TANG DING DONG I AM THE JAPANESE SANDMAN";

fn datagrams() -> usize {
    count(500_000, 50_000)
}

/// How many datagrams are received in a second of processor time.
fn each_received(work: impl FnOnce()) -> f64 {
    let start = cpu_time();
    work();
    calls() as f64 / (cpu_time() - start).as_secs_f64()
}

fn receivers_at(count: usize) -> (Vec<UdpSocket>, Vec<SocketAddr>) {
    let bound = |_| {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let address = socket.local_addr().expect("it has one");
        (socket, address)
    };
    (0..count).map(bound).unzip()
}

/// The datagrams of one sender.
struct Sender {
    to: SocketAddr,
    left: Rc<Cell<usize>>,
    /// Itself, for the next.
    this: std::rc::Weak<Sender>,
}

impl SendOwner for Sender {
    fn buffers<'a>(&'a self, _: usize, add: &mut dyn FnMut(&'a [u8])) {
        PIECES.iter().for_each(|piece| add(piece));
    }

    fn done(&self, lp: &Loop, udp: Udp, _: usize, result: uv_net::Result<()>) {
        result.expect("there is room");
        if self.left.get() == 0 {
            return udp.close(lp).expect("it is open");
        }
        self.left.set(self.left.get() - 1);
        let this = self.this.upgrade().expect("it is in use");
        udp.send_from(lp, this, 0, Some(self.to)).expect("it is open");
    }
}

pub fn pummel(receivers: usize, senders: usize, datagrams: usize) {
    let lp = Loop::new().expect("a loop");
    let (sockets, addresses) = receivers_at(receivers);
    for socket in sockets {
        let receiver = Udp::new(&lp);
        receiver.open(&lp, socket).expect("it is a socket");
        receiver
            .recv_start(&lp, |_, _, received| {
                assert_eq!(received.expect("a datagram").bytes, WHOLE);
                called();
            })
            .expect("it is open");
        receiver.unref(&lp).expect("it is open");
    }
    let left = Rc::new(Cell::new(datagrams));
    for number in 0..senders {
        let (to, left) = (addresses[number % receivers], left.clone());
        let sender = Rc::new_cyclic(|this| Sender { to, left, this: this.clone() });
        Udp::new(&lp).send_from(&lp, sender, 0, Some(to)).expect("it is open");
    }
    lp.run(RunMode::Default).expect("it runs");
}

/// What `data` of a sending handle points to.
struct Sending {
    udp: libuv::uv_udp_t,
    request: libuv::uv_udp_send_t,
    to: libuv::sockaddr_in,
    pieces: [libuv::uv_buf_t; 5],
    left: *mut usize,
}

pub fn libuv_pummel(receivers: usize, senders: usize, datagrams: usize) {
    unsafe extern "C" fn alloc(handle: *mut libuv::uv_handle_t, size: usize, buffer: *mut libuv::uv_buf_t) {
        // SAFETY: the loop's `data` is a buffer that all of its handles use in turn.
        unsafe { *buffer = libuv::uv_buf_init((*(*handle).loop_).data.cast(), size as u32) };
    }
    unsafe extern "C" fn received(
        _: *mut libuv::uv_udp_t,
        count: isize,
        buffer: *const libuv::uv_buf_t,
        _: *const libuv::sockaddr,
        _: u32,
    ) {
        if count == 0 {
            return;
        }
        assert!(count > 0);
        // SAFETY: so many bytes of the buffer were received into.
        let bytes = unsafe { std::slice::from_raw_parts((*buffer).base.cast::<u8>(), count as usize) };
        assert_eq!(bytes, WHOLE);
        called();
    }
    unsafe extern "C" fn sent(request: *mut libuv::uv_udp_send_t, status: i32) {
        libuv::ok(status);
        // SAFETY: the handle's `data` is what it sends.
        unsafe {
            let sending: *mut Sending = (*(*request).handle).data.cast();
            if *(*sending).left == 0 {
                return libuv::uv_close((*request).handle.cast(), None);
            }
            *(*sending).left -= 1;
            send(sending);
        }
    }
    unsafe fn send(sending: *mut Sending) {
        // SAFETY: the handle is open, and the request is not in use.
        unsafe {
            let (udp, to) = (&raw mut (*sending).udp, (&raw const (*sending).to).cast());
            let pieces = (&raw const (*sending).pieces).cast();
            libuv::ok(libuv::uv_udp_send(&raw mut (*sending).request, udp, pieces, 5, to, Some(sent)));
        }
    }
    let (lp, left) = (libuv::new_loop(), places::<usize>(1));
    let (sockets, addresses) = receivers_at(receivers);
    // SAFETY: there is room for all of them, and they stay there.
    unsafe {
        (*lp).data = places::<[u8; 64 * 1024]>(1).cast();
        *left = datagrams;
        for socket in sockets {
            let receiver = places::<libuv::uv_udp_t>(1);
            libuv::ok(libuv::uv_udp_init(lp, receiver));
            libuv::ok(libuv::uv_udp_open(receiver, socket.into_raw_fd()));
            libuv::ok(libuv::uv_udp_recv_start(receiver, Some(alloc), Some(received)));
            libuv::uv_unref(receiver.cast());
        }
        let all = places::<Sending>(senders);
        for number in 0..senders {
            let sending = all.add(number);
            (*sending).left = left;
            for (buffer, piece) in (*sending).pieces.iter_mut().zip(PIECES) {
                *buffer = libuv::uv_buf_init(piece.as_ptr().cast_mut().cast(), piece.len() as u32);
            }
            let port = i32::from(addresses[number % receivers].port());
            libuv::ok(libuv::uv_ip4_addr(c"127.0.0.1".as_ptr(), port, &raw mut (*sending).to));
            libuv::ok(libuv::uv_udp_init(lp, &raw mut (*sending).udp));
            (*sending).udp.data = sending.cast();
            send(sending);
        }
    }
    libuv::run(lp);
}

fn tokio_pummel(receivers: usize, senders: usize, datagrams: usize) {
    let (runtime, tasks) = runtime();
    let (sockets, addresses) = receivers_at(receivers);
    tasks.block_on(&runtime, async {
        for socket in sockets {
            socket.set_nonblocking(true).expect("it is open");
            let socket = tokio::net::UdpSocket::from_std(socket).expect("a runtime is entered");
            tokio::task::spawn_local(async move {
                let mut buffer = vec![0; 64 * 1024];
                loop {
                    let (length, _) = socket.recv_from(&mut buffer).await.expect("a datagram");
                    assert_eq!(&buffer[..length], WHOLE);
                    called();
                }
            });
        }
        let left = Rc::new(Cell::new(datagrams));
        let send = |number| {
            let (to, left): (SocketAddr, _) = (addresses[number % receivers], left.clone());
            tokio::task::spawn_local(async move {
                let socket = tokio::net::UdpSocket::bind("0.0.0.0:0").await.expect("a port");
                while left.get() > 0 {
                    left.set(left.get() - 1);
                    socket.send_to(WHOLE, to).await.expect("it is open");
                }
            })
        };
        for task in (0..senders).map(send).collect::<Vec<_>>() {
            task.await.expect("it ends");
        }
    });
}
