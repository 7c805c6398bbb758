//! `uv_tcp_t`: TCP sockets.

use std::ffi::{c_int, c_uint};
use std::net::SocketAddr;
use std::time::Duration;

use uv_net::{BindOptions, KeepAlive, Tcp};
use uv_sys::{Error, Result};

use crate::address::{SockAddr, from_c, put_address, put_address_elsewhere};
use crate::handle::{self, begin_close};
use crate::layout::*;
use crate::ptr::{Ptr, code, misuse};
use crate::request::{self, Failed};

fn id(handle: Ptr<uv_tcp_t>) -> Tcp {
    match handle.handle.id.get() {
        Id::Tcp(tcp) => tcp,
        _ => misuse("uv_tcp_t", "it is not a handle of this type"),
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_tcp_init(loop_: Ptr<uv_loop_t>, handle: Ptr<uv_tcp_t>) -> c_int {
    uv_tcp_init_ex(loop_, handle, 0)
}

#[unsafe(no_mangle)]
extern "C" fn uv_tcp_init_ex(loop_: Ptr<uv_loop_t>, handle: Ptr<uv_tcp_t>, flags: c_uint) -> c_int {
    let tcp = match flags as c_int {
        libc::AF_UNSPEC => {
            handle.init_fields();
            handle::init_anywhere(handle, loop_, handle_type::TCP, |lp| Id::Tcp(Tcp::new(lp)));
            return 0;
        }
        libc::AF_INET => Tcp::new_v4(loop_.lp()),
        libc::AF_INET6 => Tcp::new_v6(loop_.lp()),
        _ => Err(Error::EINVAL),
    };
    code(tcp.map(|tcp| {
        handle.init_fields();
        handle::init(handle, loop_, handle_type::TCP, Id::Tcp(tcp));
        if flags != 0 {
            handle.handle.note_fd();
        }
    }))
}

#[unsafe(no_mangle)]
extern "C" fn uv_tcp_open(handle: Ptr<uv_tcp_t>, socket: c_int) -> c_int {
    let result = handle::give(&handle.handle, socket, |socket| id(handle).open(handle.lp(), socket));
    handle.note_status();
    result
}

/// Without a socket options are kept for the one that comes, and no descriptor is found to be bad.
#[unsafe(no_mangle)]
extern "C" fn uv_tcp_nodelay(handle: Ptr<uv_tcp_t>, enable: c_int) -> c_int {
    if handle.handle.is_closing() {
        return 0;
    }
    let (loop_, on) = (handle.handle.loop_.get(), enable != 0);
    if loop_.is_foreign() {
        loop_.leave(move || _ = id(handle).set_nodelay(loop_.lp_here(), on));
        return 0;
    }
    code(id(handle).set_nodelay(loop_.lp_here(), on))
}

#[unsafe(no_mangle)]
extern "C" fn uv_tcp_keepalive(handle: Ptr<uv_tcp_t>, enable: c_int, delay: c_uint) -> c_int {
    uv_tcp_keepalive_ex(handle, enable, delay, 1, 10)
}

#[unsafe(no_mangle)]
extern "C" fn uv_tcp_keepalive_ex(
    handle: Ptr<uv_tcp_t>,
    on: c_int,
    idle: c_uint,
    interval: c_uint,
    count: c_uint,
) -> c_int {
    if handle.handle.is_closing() {
        return 0;
    }
    let loop_ = handle.handle.loop_.get();
    if loop_.is_foreign() {
        loop_.leave(move || _ = uv_tcp_keepalive_ex(handle, on, idle, interval, count));
        return 0;
    }
    let seconds = |seconds: c_uint| Duration::from_secs(seconds.into());
    let mut keepalive = KeepAlive { idle: seconds(idle), interval: seconds(interval), count };
    if (idle == 0 || interval == 0 || count == 0) && uv_net::Stream::fileno(id(handle), handle.lp()).is_err() {
        // Nobody looks at them yet; these are what libuv gives the socket that comes.
        keepalive = KeepAlive { idle: seconds(60), interval: seconds(1), count: 10 };
    }
    code(id(handle).set_keepalive(handle.lp(), (on != 0).then_some(keepalive)))
}

#[unsafe(no_mangle)]
extern "C" fn uv_tcp_simultaneous_accepts(_: Ptr<uv_tcp_t>, _: c_int) -> c_int {
    0
}

#[unsafe(no_mangle)]
extern "C" fn uv_tcp_bind(handle: Ptr<uv_tcp_t>, address: Ptr<SockAddr>, flags: c_uint) -> c_int {
    const IPV6ONLY: c_uint = 1;
    const REUSEPORT: c_uint = 2;
    if handle.handle.is_closing() {
        return Error::EINVAL.code();
    }
    let options = BindOptions::new().ipv6_only(flags & IPV6ONLY != 0).reuse_port(flags & REUSEPORT != 0);
    let result = from_c(address).and_then(|address| id(handle).bind_with(handle.lp(), address, options));
    handle.handle.note_fd();
    code(result)
}

#[unsafe(no_mangle)]
extern "C" fn uv_tcp_getsockname(handle: Ptr<uv_tcp_t>, name: Ptr<SockAddr>, length: Ptr<c_int>) -> c_int {
    if handle.handle.loop_.get().is_foreign() {
        return put_address_elsewhere(&handle.handle, libc::getsockname, name, length);
    }
    put_address(handle.handle.of_fd(id(handle).local_addr(handle.lp())), name, length)
}

#[unsafe(no_mangle)]
extern "C" fn uv_tcp_getpeername(handle: Ptr<uv_tcp_t>, name: Ptr<SockAddr>, length: Ptr<c_int>) -> c_int {
    if handle.handle.loop_.get().is_foreign() {
        return put_address_elsewhere(&handle.handle, libc::getpeername, name, length);
    }
    put_address(handle.handle.of_fd(id(handle).peer_addr(handle.lp())), name, length)
}

#[unsafe(no_mangle)]
extern "C" fn uv_tcp_connect(
    req: Ptr<uv_connect_t>,
    handle: Ptr<uv_tcp_t>,
    address: Ptr<SockAddr>,
    cb: uv_connect_cb,
) -> c_int {
    if handle.handle.is_closing() {
        return Error::EINVAL.code();
    }
    let loop_ = handle.handle.loop_.get();
    if loop_.is_foreign() {
        return code(from_c(address).map(|address| connect_elsewhere(req, handle, address, cb)));
    }
    code(from_c(address).and_then(|address| connect(req, handle, address, cb)))
}

/// By the loop's thread.
fn connect(req: Ptr<uv_connect_t>, handle: Ptr<uv_tcp_t>, address: SocketAddr, cb: uv_connect_cb) -> Result<()> {
    let inner = handle.handle.loop_.get().inner_anywhere();
    let result = id(handle).connect_from(&inner.lp, address, inner.requests.clone(), req.number());
    if result.is_ok() {
        // A connection that is not begun leaves the request alone.
        init_connect(req, handle, cb);
    }
    handle.note_status();
    result
}

/// What the loop's thread finds is told by the callback.
#[cold]
fn connect_elsewhere(req: Ptr<uv_connect_t>, handle: Ptr<uv_tcp_t>, address: SocketAddr, cb: uv_connect_cb) {
    init_connect(req, handle, cb);
    handle.handle.loop_.get().leave(move || {
        if let Err(error) = connect(req, handle, address, cb) {
            Failed::new(req, error).or_canceled().later(handle.up());
        }
    });
}

pub(crate) fn init_connect(req: Ptr<uv_connect_t>, handle: Ptr<uv_stream_t>, cb: uv_connect_cb) {
    request::init(req, req_type::CONNECT, handle.handle.loop_.get());
    req.handle.set(handle);
    req.cb.set(cb);
}

pub(crate) fn connected(req: Ptr<uv_connect_t>, result: Result<()>) {
    req.handle.get().handle.loop_.get().sync();
    if let Some(cb) = req.cb.get() {
        cb(req, code(result));
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_tcp_close_reset(handle: Ptr<uv_tcp_t>, close_cb: uv_close_cb) -> c_int {
    if handle.handle.is_closing() {
        return Error::EBADF.code();
    }
    let it: Ptr<uv_handle_t> = handle.up();
    let lp = handle.lp();
    // Without a socket there is nothing to reset.
    if uv_net::Stream::fileno(id(handle), lp).is_err() {
        return Error::EBADF.code();
    }
    let result =
        id(handle).reset_on_close(lp).and_then(|()| uv_loop::Handle::close_to_owner(id(handle), lp, it.number()));
    if result.is_ok() {
        begin_close(it, close_cb);
        handle.handle.loop_.get().sync();
    }
    code(result)
}
