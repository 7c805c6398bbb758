//! `uv_stream_t`: what TCP sockets, pipes and terminals have in common.

mod elsewhere;
mod write;

use std::ffi::c_int;

use uv_loop::{HandleId, Loop};
use uv_net::{HandleType, ReadBuf, ReadOwner, RequestOwner, Stream};
use uv_sys::{Error, Result};

use crate::layout::*;
use crate::ptr::{Ptr, code, misuse};

pub(crate) use write::{Writes, cancel, check_size, with_slices};

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
            _ => $crate::ptr::misuse("a stream's function", "the handle is not a stream"),
        }
    };
}
use with_stream;

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

// What comes of connects and shutdowns.

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
