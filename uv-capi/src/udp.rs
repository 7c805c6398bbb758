//! `uv_udp_t`: UDP sockets.

mod elsewhere;
mod options;

use std::ffi::{OsStr, c_int, c_uint};
use std::io::IoSlice;
use std::net::SocketAddr;
use std::ops::Range;

use uv_loop::Loop;
use uv_net::{Family, Outgoing, Received, ReceivedBuffer, SendOwner, Udp, UdpFlags, UdpOptions};
use uv_sys::{Error, Result};

use crate::address::{SockAddr, from_c, put_address, put_address_elsewhere, unix_name};
use crate::handle::{self, handle_id};
use crate::layout::*;
use crate::ptr::{Ptr, array, code, count, misuse};
use crate::request::{self, CanFail, Failed};
use crate::stream::{check_size, with_slices};

handle_id!(uv_udp_t, Udp);

impl uv_udp_t {
    fn lp<'a>(&self) -> &'a Loop {
        self.handle.lp()
    }

    /// So many bytes, in so many datagrams, more wait to be sent or called back; or fewer, by wrapping.
    fn count(&self, bytes: usize, datagrams: usize) {
        self.send_queue_size.set(self.send_queue_size.get().wrapping_add(bytes));
        self.send_queue_count.set(self.send_queue_count.get().wrapping_add(datagrams));
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_udp_init(loop_: Ptr<uv_loop_t>, handle: Ptr<uv_udp_t>) -> c_int {
    uv_udp_init_ex(loop_, handle, 0)
}

#[unsafe(no_mangle)]
extern "C" fn uv_udp_init_ex(loop_: Ptr<uv_loop_t>, handle: Ptr<uv_udp_t>, flags: c_uint) -> c_int {
    const RECVMMSG: c_uint = 256;
    let family = Family::from_raw((flags & 0xff) as c_int);
    if flags & !0xff & !RECVMMSG != 0 {
        return Error::EINVAL.code();
    }
    let recvmmsg = flags & RECVMMSG != 0;
    let options = UdpOptions { family, recvmmsg };
    // With a family it has a socket from now on, for which there may be no descriptor.
    let udp = match family {
        Family::UNSPEC => None,
        _ => match Udp::with_options(loop_.lp(), options) {
            Ok(udp) => Some(udp),
            Err(error) => return error.code(),
        },
    };
    handle.send_queue_size.set(0);
    handle.send_queue_count.set(0);
    handle.is_receiving.set(0);
    handle.alloc_cb.set(None);
    handle.recv_cb.set(None);
    match udp {
        Some(udp) => {
            handle::init(handle, loop_, handle_type::UDP, Id::Udp(udp));
            handle.handle.note_fd();
        }
        None => handle::init_anywhere(handle, loop_, handle_type::UDP, move |lp| {
            // It fails where a socket is made alone.
            Id::Udp(Udp::with_options(lp, options).unwrap_or_else(|_| Udp::new(lp)))
        }),
    }
    if recvmmsg {
        handle.handle.set(flag::UDP_RECVMMSG);
    }
    0
}

#[unsafe(no_mangle)]
extern "C" fn uv_udp_using_recvmmsg(handle: Ptr<uv_udp_t>) -> c_int {
    handle.handle.is(flag::UDP_RECVMMSG).into()
}

#[unsafe(no_mangle)]
extern "C" fn uv_udp_open(handle: Ptr<uv_udp_t>, socket: c_int) -> c_int {
    uv_udp_open_ex(handle, socket, UdpFlags::REUSE_ADDR.bits())
}

#[unsafe(no_mangle)]
extern "C" fn uv_udp_open_ex(handle: Ptr<uv_udp_t>, socket: c_int, flags: c_uint) -> c_int {
    let allowed = UdpFlags::REUSE_ADDR | UdpFlags::REUSE_PORT;
    if handle.handle.is_closing() {
        return Error::EINVAL.code();
    }
    let Some(flags) = UdpFlags::from_bits(flags).filter(|flags| allowed.contains(*flags)) else {
        return Error::EINVAL.code();
    };
    handle::give(&handle.handle, socket, |socket| handle.id().open_with(handle.lp(), socket, flags))
}

#[unsafe(no_mangle)]
extern "C" fn uv_udp_bind(handle: Ptr<uv_udp_t>, address: Ptr<SockAddr>, flags: c_uint) -> c_int {
    if handle.handle.is_closing() {
        return Error::EINVAL.code();
    }
    let flags = UdpFlags::from_bits(flags).ok_or(Error::EINVAL);
    let result = flags.and_then(|flags| handle.id().bind_with(handle.lp(), from_c(address)?, flags));
    handle.handle.note_fd();
    code(result)
}

#[unsafe(no_mangle)]
extern "C" fn uv_udp_connect(handle: Ptr<uv_udp_t>, address: Ptr<SockAddr>) -> c_int {
    let result = match address.is_null() {
        true => handle.id().disconnect(handle.lp()),
        false => from_c(address).and_then(|address| handle.id().connect(handle.lp(), address)),
    };
    handle.handle.note_fd();
    code(result)
}

#[unsafe(no_mangle)]
extern "C" fn uv_udp_getsockname(handle: Ptr<uv_udp_t>, name: Ptr<SockAddr>, length: Ptr<c_int>) -> c_int {
    if handle.handle.loop_.get().is_foreign() {
        return put_address_elsewhere(&handle.handle, libc::getsockname, name, length);
    }
    put_address(handle.handle.of_fd(handle.id().local_addr(handle.lp())), name, length)
}

#[unsafe(no_mangle)]
extern "C" fn uv_udp_getpeername(handle: Ptr<uv_udp_t>, name: Ptr<SockAddr>, length: Ptr<c_int>) -> c_int {
    if handle.handle.loop_.get().is_foreign() {
        return put_address_elsewhere(&handle.handle, libc::getpeername, name, length);
    }
    put_address(handle.handle.of_fd(handle.id().peer_addr(handle.lp())), name, length)
}

// Sending.

/// Knows each datagram by its request's address.
pub(crate) struct Sends;

impl SendOwner for Sends {
    fn buffers<'a>(&'a self, send: usize, add: &mut dyn FnMut(&'a [u8])) {
        let req = Ptr::<uv_udp_send_t>::from_number(send);
        for buf in req.bufs.all() {
            add(buf.bytes());
        }
    }

    fn slices(&self, send: usize) -> Option<&[IoSlice<'_>]> {
        Ptr::<uv_udp_send_t>::from_number(send).get().map(|req| req.bufs.slices())
    }

    fn done(&self, _: &Loop, _: Udp, send: usize, result: Result<()>) {
        let req = Ptr::<uv_udp_send_t>::from_number(send);
        let handle = req.handle.get();
        handle.count(req.size.get().wrapping_neg(), 1_usize.wrapping_neg());
        req.bufs.free();
        handle.handle.loop_.get().sync();
        if let Some(send_cb) = req.send_cb.get() {
            send_cb(req, code(result));
        }
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_udp_send(
    req: Ptr<uv_udp_send_t>,
    handle: Ptr<uv_udp_t>,
    bufs: *const uv_buf_t,
    nbufs: c_uint,
    address: Ptr<SockAddr>,
    send_cb: uv_udp_send_cb,
) -> c_int {
    if handle.handle.is_closing() {
        return Error::EINVAL.code();
    }
    let loop_ = handle.handle.loop_.get();
    if loop_.is_foreign() {
        return code(elsewhere::send(req, handle, bufs, nbufs, address, send_cb));
    }
    let to = match check(handle, bufs, nbufs, address) {
        Ok(to) => to,
        // The system would find out when it sends.
        Err(Error::EFAULT) => {
            init(req, handle, send_cb);
            req.size.set(array(bufs, nbufs as usize).iter().map(|buf| buf.len).sum());
            fail_later(req, Error::EFAULT);
            return 0;
        }
        Err(error) => return error.code(),
    };
    must_be_open("uv_udp_send", handle, &to);
    init(req, handle, send_cb);
    match req.bufs.copy(bufs, nbufs) {
        Ok(size) => code(send(req, size, to)),
        Err(error) => error.code(),
    }
}

/// By the loop's thread.
#[inline]
fn send(req: Ptr<uv_udp_send_t>, size: usize, to: To<'_>) -> Result<()> {
    let handle = req.handle.get();
    req.size.set(size);
    handle.count(size, 1);
    let loop_ = handle.handle.loop_.get();
    let inner = loop_.inner_anywhere();
    let (udp, lp, owner) = (handle.id(), &inner.lp, inner.sends.clone());
    let result = match to {
        To::Ip(to) => udp.send_from(lp, owner, req.number(), to),
        To::Unix(name) => udp.send_unix_from(lp, owner, req.number(), name),
    };
    if result.is_err() {
        handle.count(size.wrapping_neg(), 1_usize.wrapping_neg());
        req.bufs.free();
    }
    handle.handle.note_fd();
    loop_.sync();
    result
}

/// Has the callback told of it; until then it counts.
#[cold]
fn fail_later(req: Ptr<uv_udp_send_t>, error: Error) {
    let handle = req.handle.get();
    handle.count(req.size.get(), 1);
    let failed = Failed::new(req, error);
    match error {
        Error::EFAULT => failed.later(handle.up()),
        // A handle that is closing takes its requests back.
        _ => failed.or_canceled().later(handle.up()),
    }
}

fn init(req: Ptr<uv_udp_send_t>, handle: Ptr<uv_udp_t>, send_cb: uv_udp_send_cb) {
    request::init(req, req_type::UDP_SEND, handle.handle.loop_.get());
    req.handle.set(handle);
    req.send_cb.set(send_cb);
}

impl CanFail for uv_udp_send_t {
    fn fail(req: Ptr<uv_udp_send_t>, error: Error) {
        req.handle.get().count(req.size.get().wrapping_neg(), 1_usize.wrapping_neg());
        if let Some(send_cb) = req.send_cb.get() {
            send_cb(req, error.code());
        }
    }
}

/// Where a datagram goes; `EFAULT` if nothing but its buffers is wrong.
#[inline]
fn check<'a>(handle: Ptr<uv_udp_t>, bufs: *const uv_buf_t, nbufs: c_uint, address: Ptr<SockAddr>) -> Result<To<'a>> {
    let to = check_size(bufs, nbufs).and_then(|()| destination(address));
    to.map_err(|error| first_error(handle, address, error))
}

/// In libuv's order a connection comes first, then the address and then the buffers.
#[cold]
fn first_error(handle: Ptr<uv_udp_t>, address: Ptr<SockAddr>, error: Error) -> Error {
    match (address.is_null(), handle.id().is_connected(handle.lp())) {
        (false, Ok(true)) => Error::EISCONN,
        (true, Ok(false)) => Error::EDESTADDRREQ,
        _ => destination(address).err().unwrap_or(error),
    }
}

/// Without a socket there is none that libuv would make for such an address: it ends the process.
#[inline]
fn must_be_open(function: &str, handle: Ptr<uv_udp_t>, to: &To<'_>) {
    if matches!(to, To::Unix(_)) && handle.lp().fileno(uv_loop::Handle::id(handle.id())).is_err() {
        misuse(function, NO_SOCKET);
    }
}

const NO_SOCKET: &str = "a handle without a socket sends to no Unix socket";

/// Where a datagram goes.
#[derive(Clone, Copy)]
enum To<'a> {
    /// `None` for the socket's peer.
    Ip(Option<SocketAddr>),
    Unix(&'a OsStr),
}

fn destination<'a>(address: Ptr<SockAddr>) -> Result<To<'a>> {
    match unix_name(address) {
        Some(name) => Ok(To::Unix(name)),
        None if address.is_null() => Ok(To::Ip(None)),
        None => from_c(address).map(|to| To::Ip(Some(to))),
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_udp_try_send(
    handle: Ptr<uv_udp_t>,
    bufs: *const uv_buf_t,
    nbufs: c_uint,
    address: Ptr<SockAddr>,
) -> c_int {
    if handle.handle.is_closing() {
        return Error::EINVAL.code();
    }
    if handle.handle.loop_.get().is_foreign() {
        let checked = elsewhere::check("uv_udp_try_send", handle, bufs, nbufs, address);
        return checked.err().filter(|error| *error != Error::EFAULT).unwrap_or(Error::EAGAIN).code();
    }
    let to = match check(handle, bufs, nbufs, address) {
        Ok(to) => to,
        // Those that wait come first.
        Err(Error::EFAULT) if handle.send_queue_count.get() > 0 => return Error::EAGAIN.code(),
        Err(error) => return error.code(),
    };
    must_be_open("uv_udp_try_send", handle, &to);
    count(try_send(&handle, array(bufs, nbufs as usize), to))
}

fn try_send(handle: &uv_udp_t, bufs: &[uv_buf_t], to: To<'_>) -> Result<usize> {
    let (udp, lp) = (handle.id(), handle.lp());
    with_slices(bufs, |pieces| match to {
        To::Ip(to) => udp.try_send_vectored(lp, pieces, to),
        To::Unix(name) => udp.try_send_unix(lp, pieces, name),
    })
}

#[unsafe(no_mangle)]
extern "C" fn uv_udp_try_send2(
    handle: Ptr<uv_udp_t>,
    datagrams: c_uint,
    bufs: *const *const uv_buf_t,
    nbufs: *const c_uint,
    addresses: *const Ptr<SockAddr>,
    flags: c_uint,
) -> c_int {
    if handle.handle.is_closing() || datagrams < 1 || flags != 0 {
        return Error::EINVAL.code();
    }
    if handle.handle.loop_.get().is_foreign() {
        return Error::EAGAIN.code();
    }
    let all = datagrams as usize;
    let (bufs, nbufs, addresses) = (array(bufs, all), array(nbufs, all), array(addresses, all));
    let datagram = |place: usize| {
        let address = addresses.get(place).copied().unwrap_or(Ptr::NULL);
        (array(bufs[place], nbufs[place] as usize), address)
    };
    // Nothing is sent if one of them can't be; the first whose bytes are nowhere is where the system would stop.
    let mut whole = all;
    for place in 0..all {
        match check(handle, bufs[place], nbufs[place], datagram(place).1) {
            Ok(_) => {}
            Err(Error::EFAULT) => whole = whole.min(place),
            Err(error) => return error.code(),
        }
    }
    if whole == 0 {
        return no_memory(handle).code();
    }
    let all = whole;
    let mut sent = 0;
    while sent < all {
        match try_send_first(&handle, (sent..all).map(datagram)) {
            Ok(0) => break,
            Ok(count) => sent += count,
            Err(_) if sent > 0 => break,
            Err(error) => return error.code(),
        }
    }
    c_int::try_from(sent).unwrap_or(c_int::MAX)
}

/// What comes before that the bytes of the first datagram are nowhere.
#[cold]
fn no_memory(handle: Ptr<uv_udp_t>) -> Error {
    if handle.send_queue_count.get() > 0 {
        return Error::EAGAIN;
    }
    match handle.lp().fileno(uv_loop::Handle::id(handle.id())) {
        Ok(_) => Error::EFAULT,
        Err(_) => Error::EINVAL,
    }
}

/// Sends as many of the first datagrams as find room on the stack, and says how many the kernel has taken.
fn try_send_first<'a>(
    handle: &uv_udp_t,
    datagrams: impl Iterator<Item = (&'a [uv_buf_t], Ptr<SockAddr>)>,
) -> Result<usize> {
    const MANY: usize = 20;
    const PIECES: usize = 64;
    let mut pieces = [IoSlice::new(&[]); PIECES];
    let mut places: [(Range<usize>, Option<SocketAddr>); MANY] = std::array::from_fn(|_| (0..0, None));
    let (mut used, mut count) = (0, 0);
    for ((bufs, address), place) in datagrams.zip(&mut places) {
        let to = destination(address)?;
        let (Some(room), To::Ip(to)) = (pieces.get_mut(used..used + bufs.len()), to) else {
            if count > 0 {
                break;
            }
            // It goes alone.
            return match to {
                To::Unix(_) => try_send(handle, bufs, to).map(|_| 1),
                To::Ip(to) => {
                    with_slices(bufs, |pieces| handle.id().try_send_many(handle.lp(), &[Outgoing { pieces, to }]))
                }
            };
        };
        for (piece, buf) in room.iter_mut().zip(bufs) {
            *piece = IoSlice::new(buf.bytes());
        }
        *place = (used..used + bufs.len(), to);
        used += bufs.len();
        count += 1;
    }
    let outgoing = places.each_ref().map(|(place, to)| Outgoing { pieces: &pieces[place.clone()], to: *to });
    handle.id().try_send_many(handle.lp(), &outgoing[..count])
}

#[unsafe(no_mangle)]
extern "C" fn uv_udp_get_send_queue_size(handle: Ptr<uv_udp_t>) -> usize {
    handle.send_queue_size.get()
}

#[unsafe(no_mangle)]
extern "C" fn uv_udp_get_send_queue_count(handle: Ptr<uv_udp_t>) -> usize {
    handle.send_queue_count.get()
}

// Receiving.

const MMSG_FREE: c_uint = 16;

/// A buffer of the program's, on its way there and back.
struct Lent {
    handle: Ptr<uv_udp_t>,
    buf: uv_buf_t,
    is_used: bool,
}

impl AsMut<[u8]> for Lent {
    fn as_mut(&mut self) -> &mut [u8] {
        self.is_used = true;
        // A program that has stopped receiving, in the callback of a datagram that came with others, may have freed it.
        if self.handle.recv_cb.get().is_some() { self.buf.bytes_mut() } else { &mut [] }
    }
}

impl Lent {
    fn give_back(self) -> uv_buf_t {
        let buf = self.buf;
        std::mem::forget(self);
        buf
    }
}

/// The program has closed the handle, or begun anew, while it got the buffer or saw what is in it. As in libuv it gets the
/// buffer back all the same, unless it has stopped to receive.
impl Drop for Lent {
    fn drop(&mut self) {
        let (nread, flags) = match self.is_used {
            true => (0, MMSG_FREE),
            false if self.handle.handle.is_closing() => (Error::EBADF.code() as isize, 0),
            false => (0, 0),
        };
        if let Some(recv_cb) = self.handle.recv_cb.get() {
            recv_cb(self.handle, nread, &raw const self.buf, std::ptr::null(), flags);
        }
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_udp_recv_start(handle: Ptr<uv_udp_t>, alloc_cb: uv_alloc_cb, recv_cb: uv_udp_recv_cb) -> c_int {
    if handle.is_null() || alloc_cb.is_none() || recv_cb.is_none() || handle.handle.is_closing() {
        return Error::EINVAL.code();
    }
    let loop_ = handle.handle.loop_.get();
    if loop_.is_foreign() {
        return code(elsewhere::recv_start(handle, alloc_cb, recv_cb));
    }
    let result = recv_start(handle, alloc_cb, recv_cb);
    if result.is_ok() {
        handle.is_receiving.set(1);
    }
    code(result)
}

/// By the loop's thread.
#[inline]
fn recv_start(handle: Ptr<uv_udp_t>, alloc_cb: uv_alloc_cb, recv_cb: uv_udp_recv_cb) -> Result<()> {
    let loop_ = handle.handle.loop_.get();
    let alloc = move |_: &Loop, _, suggested| {
        let mut buf = uv_buf_t::EMPTY;
        if let Some(alloc_cb) = handle.alloc_cb.get() {
            alloc_cb(handle.up(), suggested, &raw mut buf);
        }
        Some(Lent { handle, buf, is_used: false })
    };
    let callback = move |_: &Loop, _, received: Received<'_, Lent>| call_back(handle, received);
    let result = handle.id().recv_start_with(loop_.lp_here(), alloc, callback);
    if result.is_ok() {
        handle.alloc_cb.set(alloc_cb);
        handle.recv_cb.set(recv_cb);
    }
    loop_.sync();
    result
}

fn call_back(handle: Ptr<uv_udp_t>, received: Received<'_, Lent>) {
    const PARTIAL: c_uint = 2;
    const MMSG_CHUNK: c_uint = 8;
    const LINUX_RECVERR: c_uint = 32;

    let Some(recv_cb) = handle.recv_cb.get() else { return };
    let mut flags = 0;
    let buf = match received.buffer {
        ReceivedBuffer::Whole(lent) => lent.give_back(),
        ReceivedBuffer::Chunk(chunk) => {
            flags |= MMSG_CHUNK;
            uv_buf_t { base: chunk.as_mut_ptr().cast(), len: chunk.len() }
        }
        ReceivedBuffer::Missing => uv_buf_t::EMPTY,
    };
    for (is_set, flag) in
        [(received.truncated, PARTIAL), (received.free, MMSG_FREE), (received.recv_error, LINUX_RECVERR)]
    {
        if is_set {
            flags |= flag;
        }
    }
    let nread = match received.result {
        Ok(length) => length.unwrap_or(0) as isize,
        Err(error) => error.code() as isize,
    };
    handle.handle.loop_.get().sync();
    // Each datagram has an address, if need be one of no family: without any it would be the end of what there was.
    let address = received.name.map_or(std::ptr::null(), |name| std::ptr::from_ref(name).cast());
    recv_cb(handle, nread, &raw const buf, address, flags);
}

#[unsafe(no_mangle)]
extern "C" fn uv_udp_recv_stop(handle: Ptr<uv_udp_t>) -> c_int {
    if handle.is_null() || handle.handle.is_closing() {
        return 0;
    }
    let loop_ = handle.handle.loop_.get();
    let is_foreign = loop_.is_foreign();
    handle.is_receiving.set(0);
    if is_foreign {
        loop_.leave(move || _ = recv_stop(handle));
        return 0;
    }
    code(recv_stop(handle))
}

/// By the loop's thread.
#[inline]
fn recv_stop(handle: Ptr<uv_udp_t>) -> Result<()> {
    if handle.handle.is_closing() {
        return Ok(());
    }
    let loop_ = handle.handle.loop_.get();
    handle.recv_cb.set(None);
    let result = handle.id().recv_stop(loop_.lp_here());
    loop_.sync();
    result
}
