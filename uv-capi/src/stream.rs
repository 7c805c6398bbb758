//! `uv_stream_t`: what TCP sockets, pipes and terminals have in common.

mod elsewhere;

use std::ffi::{c_int, c_uint};
use std::io::IoSlice;

use uv_loop::{HandleId, Loop};
use uv_net::{HandleType, ReadBuf, ReadOwner, RequestOwner, Stream, WriteOwner};
use uv_sys::{Error, Result};

use crate::layout::*;
use crate::ptr::{MOST, Ptr, array, code, count, misuse, slices};
use crate::request::{self, CanFail, Failed};

/// Ends the process if the handle is none of a stream, as libuv's assertions do.
fn must_be_stream(function: &str, stream: Ptr<uv_stream_t>) {
    if !is_stream(stream) {
        misuse(function, "the handle is not a stream");
    }
}

fn is_stream(stream: Ptr<uv_stream_t>) -> bool {
    matches!(stream.handle.type_.get(), handle_type::TCP | handle_type::PIPE | handle_type::TTY)
}

/// Does `$do` with the Rust handle of a stream, whichever type it has.
macro_rules! with_stream {
    ($stream:expr, |$it:ident| $do:expr) => {
        match $stream.handle.id.get() {
            Id::Tcp($it) => $do,
            Id::Pipe($it) => $do,
            Id::Tty($it) => $do,
            _ => misuse("a stream's function", "the handle is not a stream"),
        }
    };
}

impl uv_stream_t {
    pub(crate) fn init_fields(&self) {
        self.write_queue_size.set(0);
        self.is_readable.set(0);
        self.is_writable.set(0);
        self.is_reading.set(0);
        self.is_listening.set(0);
        self.alloc_cb.set(None);
        self.read_cb.set(None);
        self.connection_cb.set(None);
        self.read_buf.set(uv_buf_t::EMPTY);
    }

    pub(crate) fn lp<'a>(&self) -> &'a Loop {
        self.handle.lp()
    }

    #[cold]
    fn note_end_of_reading(&self, error: Error) {
        // Without a buffer it goes on.
        if error != Error::ENOBUFS {
            self.is_reading.set(0);
        }
        // At the end it can still be written to, and to read is no error.
        if error != Error::EOF {
            self.note_status();
        }
    }

    /// It may have got a descriptor, or lost a direction.
    pub(crate) fn note_status(&self) {
        let lp = self.handle.loop_.get().lp_here();
        let status = with_stream!(self, |it| it.status(lp)).unwrap_or_default();
        self.handle.fd.set(status.fd.unwrap_or(-1));
        self.is_readable.set(status.readable.into());
        self.is_writable.set(status.writable.into());
    }

    /// So many bytes more wait to be written; or fewer, by wrapping.
    fn count_write(&self, bytes: usize) {
        self.write_queue_size.set(self.write_queue_size.get().wrapping_add(bytes));
    }
}

// Listening.

#[unsafe(no_mangle)]
extern "C" fn uv_listen(stream: Ptr<uv_stream_t>, backlog: c_int, cb: uv_connection_cb) -> c_int {
    if stream.handle.is_closing() {
        return Error::EINVAL.code();
    }
    let old = stream.connection_cb.replace(cb);
    // As to the kernel, a negative one is the most.
    let backlog = u32::try_from(backlog).unwrap_or(u32::MAX);
    let lp = stream.lp();
    let call_back = move || {
        stream.handle.loop_.get().sync();
        if let Some(connection_cb) = stream.connection_cb.get() {
            connection_cb(stream, 0);
        }
    };
    let result = match stream.handle.id.get() {
        Id::Tcp(tcp) => tcp.listen(lp, backlog, move |_, _| call_back()),
        Id::Pipe(pipe) => pipe.listen(lp, backlog, move |_, _| call_back()),
        _ => Err(Error::EINVAL),
    };
    match result {
        Ok(()) => stream.is_listening.set(1),
        Err(_) => stream.connection_cb.set(old),
    }
    stream.handle.note_fd();
    stream.handle.loop_.get().sync();
    code(result)
}

#[unsafe(no_mangle)]
extern "C" fn uv_accept(server: Ptr<uv_stream_t>, client: Ptr<uv_stream_t>) -> c_int {
    if server.handle.is_closing() || server.handle.type_.get() == handle_type::TTY {
        return Error::EAGAIN.code();
    }
    let lp = server.lp();
    let passes = server.handle.type_.get() == handle_type::PIPE && server.down::<uv_pipe_t>().ipc.get() != 0;
    let result = match (server.handle.id.get(), client.handle.id.get()) {
        (Id::Pipe(server), client) if passes => {
            // What was passed may be of any kind and in any state.
            server.accept_fd(lp).and_then(|fd| match client {
                Id::Tcp(tcp) => Ok(tcp.open(lp, fd)?),
                Id::Pipe(pipe) => Ok(pipe.open(lp, fd)?),
                Id::Udp(udp) => Ok(udp.open(lp, fd)?),
                _ => Err(Error::EINVAL),
            })
        }
        (Id::Tcp(server), Id::Udp(udp)) => server.accept_fd(lp).and_then(|fd| Ok(udp.open(lp, fd)?)),
        (Id::Pipe(server), Id::Udp(udp)) => server.accept_fd(lp).and_then(|fd| Ok(udp.open(lp, fd)?)),
        (Id::Tcp(server), client) => accept(lp, server, client),
        (Id::Pipe(server), client) => accept(lp, server, client),
        _ => Err(Error::EINVAL),
    };
    match is_stream(client) {
        true => client.note_status(),
        false => client.handle.note_fd(),
    }
    code(result)
}

fn accept(lp: &Loop, server: impl Stream, client: Id) -> Result<()> {
    match client {
        Id::Tcp(tcp) => server.accept_into(lp, tcp),
        Id::Pipe(pipe) => server.accept_into(lp, pipe),
        _ => Err(Error::EINVAL),
    }
}

// Reading.

/// Knows each reading by its stream's address.
pub(crate) struct Reads;

impl ReadOwner for Reads {
    fn fill(&self, _: &Loop, _: HandleId, stream: usize, suggested: usize, read: &mut dyn FnMut(ReadBuf<'_>)) {
        let stream = Ptr::<uv_stream_t>::from_number(stream);
        let mut buf = uv_buf_t::EMPTY;
        if let Some(alloc_cb) = stream.alloc_cb.get() {
            alloc_cb(stream.up(), suggested, &raw mut buf);
        }
        stream.read_buf.set(buf);
        if !stream.handle.is_closing() && buf.len > 0 && !buf.base.is_null() {
            read(ReadBuf::from(buf.bytes_mut()));
        }
    }

    fn done(&self, _: &Loop, _: HandleId, stream: usize, result: Result<usize>) {
        let stream = Ptr::<uv_stream_t>::from_number(stream);
        let buf = stream.read_buf.replace(uv_buf_t::EMPTY);
        let nread = match result {
            Ok(count) => count as isize,
            Err(error) => {
                stream.note_end_of_reading(error);
                error.code() as isize
            }
        };
        stream.handle.loop_.get().sync();
        if let Some(read_cb) = stream.read_cb.get()
            && !stream.handle.is_closing()
        {
            read_cb(stream, nread, &raw const buf);
        }
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_read_start(stream: Ptr<uv_stream_t>, alloc_cb: uv_alloc_cb, read_cb: uv_read_cb) -> c_int {
    if stream.is_null() || alloc_cb.is_none() || read_cb.is_none() || stream.handle.is_closing() {
        return Error::EINVAL.code();
    }
    must_be_stream("uv_read_start", stream);
    let loop_ = stream.handle.loop_.get();
    if loop_.is_foreign() {
        return code(elsewhere::read_start(stream, alloc_cb, read_cb));
    }
    let result = read_start(stream, alloc_cb, read_cb);
    if result.is_ok() {
        stream.is_reading.set(1);
    }
    code(result)
}

#[inline]
fn read_start(stream: Ptr<uv_stream_t>, alloc_cb: uv_alloc_cb, read_cb: uv_read_cb) -> Result<()> {
    let inner = stream.handle.loop_.get().inner_anywhere();
    let (lp, owner, number) = (&inner.lp, inner.reads.clone(), stream.number());
    let result = with_stream!(stream, |it| it.read_start_into(lp, owner, number));
    if result.is_ok() {
        stream.alloc_cb.set(alloc_cb);
        stream.read_cb.set(read_cb);
    }
    stream.handle.loop_.get().sync();
    result
}

#[unsafe(no_mangle)]
extern "C" fn uv_read_stop(stream: Ptr<uv_stream_t>) -> c_int {
    if stream.handle.is_closing() || !is_stream(stream) {
        return 0;
    }
    let loop_ = stream.handle.loop_.get();
    let is_foreign = loop_.is_foreign();
    stream.is_reading.set(0);
    if is_foreign {
        loop_.leave(move || _ = read_stop(stream));
        return 0;
    }
    code(read_stop(stream))
}

/// By the loop's thread.
#[inline]
fn read_stop(stream: Ptr<uv_stream_t>) -> Result<()> {
    let lp = stream.handle.loop_.get().lp_here();
    let result = with_stream!(stream, |it| it.read_stop(lp));
    stream.handle.loop_.get().sync();
    result
}

// Writing.

/// Knows each write by its request's address.
pub(crate) struct Writes;

impl WriteOwner for Writes {
    fn slices(&self, write: usize) -> Option<&[IoSlice<'_>]> {
        Ptr::<uv_write_t>::from_number(write).get().map(|req| req.bufs.slices())
    }

    fn buffers<'a>(&'a self, write: usize, from: usize, add: &mut dyn FnMut(&'a [u8]) -> bool) {
        let req = Ptr::<uv_write_t>::from_number(write);
        for buf in req.bufs.all().get(from..).unwrap_or(&[]) {
            if !add(buf.bytes()) {
                break;
            }
        }
    }

    fn sent(&self, write: usize, count: usize) {
        let req = Ptr::<uv_write_t>::from_number(write);
        req.req.nwritten.set(req.req.nwritten.get() + count);
        req.handle.get().count_write(count.wrapping_neg());
    }

    fn done(&self, _: &Loop, _: HandleId, write: usize, result: Result<()>) {
        let req = Ptr::<uv_write_t>::from_number(write);
        let stream = req.handle.get();
        // What has failed counts until now.
        let rest = req.bufs.size() - req.req.nwritten.get();
        stream.count_write(rest.wrapping_neg());
        req.bufs.free();
        stream.handle.loop_.get().sync();
        if let Some(cb) = req.cb.get() {
            cb(req, code(result));
        }
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_write(
    req: Ptr<uv_write_t>,
    stream: Ptr<uv_stream_t>,
    bufs: *const uv_buf_t,
    nbufs: c_uint,
    cb: uv_write_cb,
) -> c_int {
    uv_write2(req, stream, bufs, nbufs, Ptr::NULL, cb)
}

#[unsafe(no_mangle)]
extern "C" fn uv_write2(
    req: Ptr<uv_write_t>,
    stream: Ptr<uv_stream_t>,
    bufs: *const uv_buf_t,
    nbufs: c_uint,
    send_handle: Ptr<uv_stream_t>,
    cb: uv_write_cb,
) -> c_int {
    let checked = check("uv_write", stream, bufs, nbufs);
    let loop_ = stream.handle.loop_.get();
    if matches!(checked, Ok(()) | Err(Error::EFAULT)) && loop_.is_foreign() {
        return code(elsewhere::write(req, stream, bufs, nbufs, send_handle, cb));
    }
    let is_likely = stream.is_writable.get() != 0 && stream.handle.fd.get() >= 0;
    match checked {
        // What is refused leaves the request alone, which may be another write's.
        Ok(()) if !is_likely || req.is_null() || !send_handle.is_null() => {
            if let Err(error) = refusal(stream, send_handle) {
                return error.code();
            }
        }
        Ok(()) => {}
        // The system would find out when it writes.
        Err(Error::EFAULT) => {
            return code(refusal(stream, send_handle).map(|()| fail(req, stream, cb, Error::EFAULT)));
        }
        Err(error) => return error.code(),
    }
    init_write(req, stream, send_handle, cb);
    match req.bufs.copy(bufs, nbufs) {
        Ok(size) => code(write(req, size)),
        Err(error) => error.code(),
    }
}

#[inline]
fn init_write(req: Ptr<uv_write_t>, stream: Ptr<uv_stream_t>, send_handle: Ptr<uv_stream_t>, cb: uv_write_cb) {
    request::init(req, req_type::WRITE, stream.handle.loop_.get());
    req.handle.set(stream);
    req.send_handle.set(send_handle);
    req.cb.set(cb);
}

/// By the loop's thread.
#[inline]
fn write(req: Ptr<uv_write_t>, size: usize) -> Result<()> {
    let (stream, send_handle) = (req.handle.get(), req.send_handle.get());
    let inner = stream.handle.loop_.get().inner_anywhere();
    let (lp, owner, number) = (&inner.lp, inner.writes.clone(), req.number());
    stream.count_write(size);
    let result = match send_handle.get() {
        None => with_stream!(stream, |it| it.write_from(lp, owner, number)),
        Some(send_handle) => match stream.handle.id.get() {
            Id::Pipe(pipe) => pipe.write2_from(lp, owner, number, send_handle.handle.id.get().id()),
            _ => Err(Error::EINVAL),
        },
    };
    if result.is_err() {
        stream.count_write(size.wrapping_neg());
        req.bufs.free();
    }
    result
}

/// The checks that come before those of the stream's state.
fn check(function: &str, stream: Ptr<uv_stream_t>, bufs: *const uv_buf_t, nbufs: c_uint) -> Result<()> {
    must_be_stream(function, stream);
    match check_size(bufs, nbufs) {
        Ok(()) | Err(Error::EFAULT) if stream.handle.is_closing() => Err(Error::EBADF),
        checked => checked,
    }
}

/// No buffers are `EINVAL`, and so are more than the system takes by one call; those without memory are `EFAULT`.
pub(crate) fn check_size(bufs: *const uv_buf_t, nbufs: c_uint) -> Result<()> {
    const MOST_BUFFERS: c_uint = 1024 * 1024;
    if nbufs == 0 || nbufs > MOST_BUFFERS {
        return Err(Error::EINVAL);
    }
    let (mut size, mut faults) = (0_usize, bufs.is_null());
    for buf in array(bufs, nbufs as usize) {
        size = size.saturating_add(buf.len);
        faults |= buf.faults();
    }
    match size {
        0..=MOST if faults => Err(Error::EFAULT),
        0..=MOST => Ok(()),
        _ => Err(Error::EINVAL),
    }
}

/// Why a stream does not take a write now, or not with this handle: what libuv finds before it looks at the request.
fn refusal(stream: Ptr<uv_stream_t>, send_handle: Ptr<uv_stream_t>) -> Result<()> {
    let lp = stream.lp();
    let (is_open, is_writable) = with_stream!(stream, |it| (it.fileno(lp).is_ok(), it.is_writable(lp)));
    if !is_open {
        return Err(Error::EBADF);
    }
    if !is_writable {
        return Err(Error::EPIPE);
    }
    check_sent(stream, send_handle, |sent| lp.fileno(sent.id.get().id()).is_ok())
}

fn check_sent(
    stream: Ptr<uv_stream_t>,
    send_handle: Ptr<uv_stream_t>,
    is_open: impl FnOnce(&uv_handle_t) -> bool,
) -> Result<()> {
    let Some(sent) = send_handle.get().map(|sent| &sent.handle) else {
        return Ok(());
    };
    if stream.handle.type_.get() != handle_type::PIPE || stream.down::<uv_pipe_t>().ipc.get() == 0 {
        return Err(Error::EINVAL);
    }
    let can_be_sent = matches!(sent.type_.get(), handle_type::TCP | handle_type::PIPE | handle_type::UDP);
    match can_be_sent && !sent.is_closing() && is_open(sent) {
        true => Ok(()),
        false => Err(Error::EBADF),
    }
}

/// Has the callback told of an error that the system has found.
fn fail(req: Ptr<uv_write_t>, stream: Ptr<uv_stream_t>, cb: uv_write_cb, error: Error) {
    request::init(req, req_type::WRITE, stream.handle.loop_.get());
    req.handle.set(stream);
    req.cb.set(cb);
    Failed::new(req, error).later(stream.up());
}

impl CanFail for uv_write_t {
    fn fail(req: Ptr<uv_write_t>, error: Error) {
        if let Some(cb) = req.cb.get() {
            cb(req, error.code());
        }
    }
}

/// As in libuv it is no error if the write is done already, and only its callback is to come.
pub(crate) fn cancel(req: Ptr<uv_write_t>) -> c_int {
    let stream = req.handle.get();
    if stream.handle.is_closing() {
        return Error::EBUSY.code();
    }
    let lp = stream.lp();
    let _ = with_stream!(stream, |it| it.cancel_write(lp, req.number()));
    0
}

#[unsafe(no_mangle)]
extern "C" fn uv_try_write(stream: Ptr<uv_stream_t>, bufs: *const uv_buf_t, nbufs: c_uint) -> c_int {
    uv_try_write2(stream, bufs, nbufs, Ptr::NULL)
}

#[unsafe(no_mangle)]
extern "C" fn uv_try_write2(
    stream: Ptr<uv_stream_t>,
    bufs: *const uv_buf_t,
    nbufs: c_uint,
    send_handle: Ptr<uv_stream_t>,
) -> c_int {
    if stream.write_queue_size.get() != 0 {
        return Error::EAGAIN.code();
    }
    let checked = check("uv_try_write", stream, bufs, nbufs);
    let loop_ = stream.handle.loop_.get();
    if matches!(checked, Ok(()) | Err(Error::EFAULT)) && loop_.is_foreign() {
        return elsewhere::refusal(stream, send_handle).err().unwrap_or(Error::EAGAIN).code();
    }
    let checked = match checked {
        checked @ (Ok(()) | Err(Error::EFAULT)) if checked.is_err() || !send_handle.is_null() => {
            refusal(stream, send_handle).and(checked)
        }
        checked => checked,
    };
    if let Err(error) = checked {
        return error.code();
    }
    let lp = loop_.lp_here();
    with_slices(array(bufs, nbufs as usize), |slices| {
        count(match send_handle.get() {
            None => with_stream!(stream, |it| it.try_write_vectored(lp, slices)),
            Some(send_handle) => match stream.handle.id.get() {
                Id::Pipe(pipe) => pipe.try_write2_vectored(lp, slices, send_handle.handle.id.get().id()),
                _ => Err(Error::EINVAL),
            },
        })
    })
}

/// The program's buffers as slices. Only many of them, with one that is nowhere among them, take an allocation.
pub(crate) fn with_slices<R>(bufs: &[uv_buf_t], act: impl FnOnce(&[IoSlice<'_>]) -> R) -> R {
    const FEW: usize = 8;
    if bufs.len() <= FEW {
        let mut slices = [IoSlice::new(&[]); FEW];
        for (slice, buf) in slices.iter_mut().zip(bufs) {
            *slice = IoSlice::new(buf.bytes());
        }
        return act(&slices[..bufs.len()]);
    }
    if let Some(slices) = slices(bufs) {
        return act(slices);
    }
    let slices: Vec<_> = bufs.iter().map(|buf| IoSlice::new(buf.bytes())).collect();
    act(&slices)
}

#[unsafe(no_mangle)]
extern "C" fn uv_write_nwritten(req: Ptr<uv_write_t>) -> usize {
    req.req.nwritten.get()
}

#[unsafe(no_mangle)]
extern "C" fn uv_stream_get_write_queue_size(stream: Ptr<uv_stream_t>) -> usize {
    stream.write_queue_size.get()
}

#[unsafe(no_mangle)]
extern "C" fn uv_shutdown(req: Ptr<uv_shutdown_t>, stream: Ptr<uv_stream_t>, cb: uv_shutdown_cb) -> c_int {
    must_be_stream("uv_shutdown", stream);
    if stream.handle.is_closing() {
        return Error::ENOTCONN.code();
    }
    let loop_ = stream.handle.loop_.get();
    if loop_.is_foreign() {
        return code(elsewhere::shutdown(req, stream, cb));
    }
    code(shutdown(req, stream, cb))
}

/// By the loop's thread.
fn shutdown(req: Ptr<uv_shutdown_t>, stream: Ptr<uv_stream_t>, cb: uv_shutdown_cb) -> Result<()> {
    let inner = stream.handle.loop_.get().inner_anywhere();
    let (lp, owner) = (&inner.lp, inner.requests.clone());
    let result = with_stream!(stream, |it| it.shutdown_from(lp, owner, req.number()));
    if result.is_ok() {
        init_shutdown(req, stream, cb);
    }
    result
}

fn init_shutdown(req: Ptr<uv_shutdown_t>, stream: Ptr<uv_stream_t>, cb: uv_shutdown_cb) {
    request::init(req, req_type::SHUTDOWN, stream.handle.loop_.get());
    req.handle.set(stream);
    req.cb.set(cb);
    stream.is_writable.set(0);
}

impl CanFail for uv_shutdown_t {
    fn fail(req: Ptr<uv_shutdown_t>, error: Error) {
        if let Some(cb) = req.cb.get() {
            cb(req, error.code());
        }
    }
}

/// Knows each connect and each shutdown by its request's address.
pub(crate) struct Requests;

impl RequestOwner for Requests {
    fn done(&self, _: &Loop, _: HandleId, request: usize, result: Result<()>) {
        let req = Ptr::<uv_req_t>::from_number(request);
        if req.type_.get() == req_type::CONNECT {
            return crate::tcp::connected(req.down(), result);
        }
        let req = req.down::<uv_shutdown_t>();
        req.handle.get().handle.loop_.get().sync();
        if let Some(cb) = req.cb.get() {
            cb(req, code(result));
        }
    }
}

// What it is.

#[unsafe(no_mangle)]
extern "C" fn uv_is_readable(stream: Ptr<uv_stream_t>) -> c_int {
    has_direction(stream, false).into()
}

#[unsafe(no_mangle)]
extern "C" fn uv_is_writable(stream: Ptr<uv_stream_t>) -> c_int {
    has_direction(stream, true).into()
}

fn has_direction(stream: Ptr<uv_stream_t>, writes: bool) -> bool {
    if !is_stream(stream) || stream.handle.is_closing() {
        return false;
    }
    let loop_ = stream.handle.loop_.get();
    if loop_.is_foreign() {
        return if writes { stream.is_writable.get() } else { stream.is_readable.get() } != 0;
    }
    let lp = loop_.lp_here();
    match writes {
        true => with_stream!(stream, |it| it.is_writable(lp)),
        false => with_stream!(stream, |it| it.is_readable(lp)),
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_stream_set_blocking(stream: Ptr<uv_stream_t>, blocking: c_int) -> c_int {
    let lp = stream.lp();
    code(stream.handle.of_fd(with_stream!(stream, |it| it.set_blocking(lp, blocking != 0))))
}

/// What libuv calls a kind of descriptors.
pub(crate) fn type_of(kind: HandleType) -> c_int {
    match kind {
        HandleType::Tcp => handle_type::TCP,
        HandleType::Udp => handle_type::UDP,
        HandleType::Pipe => handle_type::PIPE,
        HandleType::Tty => handle_type::TTY,
        HandleType::File => handle_type::FILE,
        _ => handle_type::UNKNOWN,
    }
}
