//! `benchmark-tcp-write-batch.c`: a million small writes from one callback.

use std::io::Read;
use std::net::{SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};

use uv_loop::{Handle, Loop, RunMode};
use uv_net::{Stream, Tcp};

use super::Clock;
use crate::case::Case;
use crate::libuv::{self, places};
use crate::support::{called, calls, count};

pub fn cases() -> Vec<Case> {
    let of = |name: &str, clock: Clock| {
        Case::new(name, clock.unit(), move || write(clock))
            .against("libuv", move || libuv_write(clock))
            .goal(1.5)
            .with_rounds(3)
    };
    vec![of("net/writes", Clock::Wall), of("net/writes-cpu", Clock::Cpu)]
}

const DATA: &str = "Hello, world.";

fn writes() -> usize {
    count(1_000_000, 300_000)
}

/// Reads all there is, and answers nothing.
fn sink() -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("it has one");
    let thread = thread::spawn(move || {
        let (mut peer, _) = listener.accept().expect("one connects");
        let (mut total, mut buffer) = (0, vec![0; 64 * 1024]);
        while let count @ 1.. = peer.read(&mut buffer).expect("it is open") {
            total += count;
        }
        assert_eq!(total, writes() * DATA.len());
    });
    (address, thread)
}

fn write(clock: Clock) -> f64 {
    let (address, sink) = sink();
    let lp = Loop::new().expect("a loop");
    let connected = |lp: &Loop, client: Tcp, result: uv_net::Result<()>| {
        result.expect("somebody listens");
        for _ in 0..writes() {
            let written = |_: &Loop, _, sent: uv_net::Result<()>| {
                sent.expect("it is read from");
                called();
            };
            client.write(lp, DATA, written).expect("it is open");
        }
        let close = |lp: &Loop, client: Tcp, result: uv_net::Result<()>| {
            result.expect("it is open");
            client.close(lp).expect("it is open");
        };
        client.shutdown(lp, close).expect("it is open");
    };
    Tcp::new(&lp).connect(&lp, address, connected).expect("it begins");
    clock.rate(writes(), || {
        lp.run(RunMode::Default).expect("it runs");
        assert_eq!(calls(), writes());
        sink.join().expect("it ends");
    })
}

fn libuv_write(clock: Clock) -> f64 {
    unsafe extern "C" fn written(_: *mut libuv::uv_write_t, status: i32) {
        libuv::ok(status);
        called();
    }
    unsafe extern "C" fn down(request: *mut libuv::uv_shutdown_t, status: i32) {
        libuv::ok(status);
        // SAFETY: the stream is open.
        unsafe { libuv::uv_close((*request).handle.cast(), None) };
    }
    unsafe extern "C" fn connected(request: *mut libuv::uv_connect_t, status: i32) {
        libuv::ok(status);
        // SAFETY: there is room for all requests, which stay there, and the stream is open.
        unsafe {
            let (stream, requests) = ((*request).handle, (*request).data.cast::<libuv::uv_write_t>());
            let buffer = libuv::uv_buf_init(DATA.as_ptr().cast_mut().cast(), DATA.len() as u32);
            for number in 0..writes() {
                libuv::ok(libuv::uv_write(requests.add(number), stream, &buffer, 1, Some(written)));
            }
            libuv::ok(libuv::uv_shutdown(places(1), stream, Some(down)));
        }
    }
    let (address, sink) = sink();
    let (lp, client, request) = (libuv::new_loop(), places(1), places::<libuv::uv_connect_t>(1));
    let to = places::<libuv::sockaddr_in>(1);
    // SAFETY: there is room for all of them, and they stay there.
    unsafe {
        (*request).data = places::<libuv::uv_write_t>(writes()).cast();
        libuv::ok(libuv::uv_ip4_addr(c"127.0.0.1".as_ptr(), i32::from(address.port()), to));
        libuv::ok(libuv::uv_tcp_init(lp, client));
        libuv::ok(libuv::uv_tcp_connect(request, client, to.cast(), Some(connected)));
    }
    clock.rate(writes(), || {
        libuv::run(lp);
        assert_eq!(calls(), writes());
        sink.join().expect("it ends");
    })
}
