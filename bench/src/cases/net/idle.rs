//! What connections cost that are read from and say nothing.

use uv_loop::Loop;
use uv_net::Stream;

use super::{OfTcp, Socket};
use crate::case::{Case, Unit};
use crate::libuv;
use crate::support::{bytes_each, count};

pub fn cases() -> Vec<Case> {
    let case = Case::new("net/connection-memory", Unit::Bytes, connection_memory);
    vec![case.against("libuv", libuv_connection_memory).goal(1.0)]
}

/// Each has two descriptors, its peer's among them.
fn connections() -> usize {
    count(8000, 4000)
}

fn connection_memory() -> f64 {
    let (sockets, _peers): (Vec<_>, Vec<_>) = (0..connections()).map(|_| OfTcp::pair()).unzip();
    let lp = Loop::new().expect("a loop");
    bytes_each(connections(), || {
        for socket in sockets {
            OfTcp::open(&lp, socket).read_start(&lp, |_, _, _| unreachable!()).expect("it is open");
        }
    })
}

fn libuv_connection_memory() -> f64 {
    unsafe extern "C" fn alloc(_: *mut libuv::uv_handle_t, _: usize, _: *mut libuv::uv_buf_t) {
        unreachable!();
    }
    unsafe extern "C" fn read(_: *mut libuv::uv_stream_t, _: isize, _: *const libuv::uv_buf_t) {
        unreachable!();
    }
    let (sockets, _peers): (Vec<_>, Vec<_>) = (0..connections()).map(|_| OfTcp::pair()).unzip();
    let lp = libuv::new_loop();
    bytes_each(connections(), || {
        for socket in sockets {
            let stream = OfTcp::open_in_libuv(lp, socket);
            // SAFETY: the stream is open.
            libuv::ok(unsafe { libuv::uv_read_start(stream, Some(alloc), Some(read)) });
        }
        // Now the kernel hears of them, too.
        // SAFETY: the loop is of this thread.
        unsafe { libuv::uv_run(lp, libuv::uv_run_mode_UV_RUN_NOWAIT) };
    })
}
