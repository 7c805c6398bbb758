//! `uv_pipe_t`: Unix sockets, and pipes.

use std::ffi::{OsStr, OsString, c_int, c_uint};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use uv_loop::Loop;
use uv_net::Pipe;
use uv_sys::{Error, Result};

use crate::handle;
use crate::layout::*;
use crate::ptr::{Ptr, Str, code, misuse, os};
use crate::request::{CanFail, Failed};
use crate::stream::type_of;
use crate::tcp::{connected, init_connect};

fn id(handle: Ptr<uv_pipe_t>) -> Pipe {
    match handle.stream.handle.id.get() {
        Id::Pipe(pipe) => pipe,
        _ => misuse("uv_pipe_t", "it is not a handle of this type"),
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_pipe_init(loop_: Ptr<uv_loop_t>, handle: Ptr<uv_pipe_t>, ipc: c_int) -> c_int {
    handle.stream.init_fields();
    handle.ipc.set(ipc);
    handle.pipe_fname.set(std::ptr::null_mut());
    let make = move |lp: &Loop| Id::Pipe(if ipc != 0 { Pipe::new_ipc(lp) } else { Pipe::new(lp) });
    handle::init_anywhere(handle, loop_, handle_type::PIPE, make);
    0
}

#[unsafe(no_mangle)]
extern "C" fn uv_pipe_open(handle: Ptr<uv_pipe_t>, fd: c_int) -> c_int {
    let lp = handle.stream.lp();
    // A program may have said beforehand that it will read, whatever the descriptor is open for.
    let reads = handle.stream.handle.is(flag::READABLE);
    // SAFETY: any number may be asked about.
    let writes = unsafe { libc::fcntl(fd, libc::F_GETFL) } & libc::O_ACCMODE != libc::O_RDONLY;
    let result = handle::give(&handle.stream.handle, fd, |fd| match reads {
        true => id(handle).open_with(lp, fd, true, writes),
        false => id(handle).open(lp, fd),
    });
    handle.stream.note_status();
    result
}

#[unsafe(no_mangle)]
extern "C" fn uv_pipe_bind(handle: Ptr<uv_pipe_t>, name: Str) -> c_int {
    uv_pipe_bind2(handle, name, name.text().count_bytes(), 0)
}

#[unsafe(no_mangle)]
extern "C" fn uv_pipe_bind2(handle: Ptr<uv_pipe_t>, name: Str, length: usize, flags: c_uint) -> c_int {
    code(checked(name, length, flags).and_then(|name| {
        if handle.stream.handle.is_closing() {
            return Err(Error::EINVAL);
        }
        // Programs look at it; the socket's file itself is known below.
        let copy = match name.as_bytes() {
            [] | [0, ..] => std::ptr::null_mut(),
            name => match crate::alloc::text(name) {
                copy if copy.is_null() => return Err(Error::ENOMEM),
                copy => copy,
            },
        };
        match id(handle).bind(handle.stream.lp(), name) {
            Ok(()) => {
                handle.pipe_fname.set(copy);
                handle.stream.handle.note_fd();
            }
            Err(error) => {
                crate::alloc::free(copy);
                return Err(error);
            }
        }
        Ok(())
    }))
}

/// The name; what is too long is cut unless that is not wished.
fn checked<'a>(name: Str, length: usize, flags: c_uint) -> Result<&'a OsStr> {
    const NO_TRUNCATE: c_uint = 1;
    const ROOM: usize = 108;
    if flags & !NO_TRUNCATE != 0 || name.is_null() {
        return Err(Error::EINVAL);
    }
    let name = name.bytes(length);
    let is_abstract = name.first() == Some(&0);
    if (!is_abstract && name.contains(&0)) || (name.len() > ROOM && flags & NO_TRUNCATE != 0) {
        return Err(Error::EINVAL);
    }
    Ok(OsStr::from_bytes(&name[..name.len().min(ROOM)]))
}

#[unsafe(no_mangle)]
extern "C" fn uv_pipe_connect(req: Ptr<uv_connect_t>, handle: Ptr<uv_pipe_t>, name: Str, cb: uv_connect_cb) {
    let name = checked(name, name.text().count_bytes(), 0);
    if handle.stream.handle.loop_.get().is_foreign() {
        connect_elsewhere(req, handle, name.map(OsStr::to_owned), cb);
    } else if let Err(error) = name.and_then(|name| connect(req, handle, name, cb)) {
        // This function cannot say it: the callback does.
        fail(req, handle, error, cb);
    }
}

fn fail(req: Ptr<uv_connect_t>, handle: Ptr<uv_pipe_t>, error: Error, cb: uv_connect_cb) {
    init_connect(req, handle.up(), cb);
    Failed::new(req, error).or_canceled().later(handle.up());
}

impl CanFail for uv_connect_t {
    fn fail(req: Ptr<uv_connect_t>, error: Error) {
        connected(req, Err(error));
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_pipe_connect2(
    req: Ptr<uv_connect_t>,
    handle: Ptr<uv_pipe_t>,
    name: Str,
    length: usize,
    flags: c_uint,
    cb: uv_connect_cb,
) -> c_int {
    let name = if length == 0 { Err(Error::EINVAL) } else { checked(name, length, flags) };
    if handle.stream.handle.loop_.get().is_foreign() {
        return code(name.map(|name| connect_elsewhere(req, handle, Ok(name.to_owned()), cb)));
    }
    code(name.and_then(|name| connect(req, handle, name, cb)))
}

/// What the loop's thread finds is told by the callback.
#[cold]
fn connect_elsewhere(req: Ptr<uv_connect_t>, handle: Ptr<uv_pipe_t>, name: Result<OsString>, cb: uv_connect_cb) {
    init_connect(req, handle.up(), cb);
    handle.stream.handle.loop_.get().leave(move || {
        if let Err(error) = name.and_then(|name| connect(req, handle, &name, cb)) {
            fail(req, handle, error, cb);
        }
    });
}

/// By the loop's thread.
fn connect(req: Ptr<uv_connect_t>, handle: Ptr<uv_pipe_t>, name: &OsStr, cb: uv_connect_cb) -> Result<()> {
    init_connect(req, handle.up(), cb);
    let inner = handle.stream.handle.loop_.get().inner_anywhere();
    let result = id(handle).connect_from(&inner.lp, name, inner.requests.clone(), req.number());
    handle.stream.note_status();
    result
}

#[unsafe(no_mangle)]
extern "C" fn uv_pipe_getsockname(handle: Ptr<uv_pipe_t>, buffer: Str, size: Ptr<usize>) -> c_int {
    let loop_ = handle.stream.handle.loop_.get();
    let name = match loop_.is_foreign() {
        true => name_elsewhere(handle, libc::getsockname),
        false => handle.stream.handle.of_fd(id(handle).local_name(loop_.lp_here())),
    };
    put_name(name, buffer, size)
}

#[unsafe(no_mangle)]
extern "C" fn uv_pipe_getpeername(handle: Ptr<uv_pipe_t>, buffer: Str, size: Ptr<usize>) -> c_int {
    let loop_ = handle.stream.handle.loop_.get();
    let name = match loop_.is_foreign() {
        true => name_elsewhere(handle, libc::getpeername),
        false => handle.stream.handle.of_fd(id(handle).peer_name(loop_.lp_here())),
    };
    put_name(name, buffer, size)
}

/// What the system says, for a thread that does not run the handle's loop.
#[cold]
fn name_elsewhere(
    handle: Ptr<uv_pipe_t>,
    ask: unsafe extern "C" fn(c_int, *mut libc::sockaddr, *mut libc::socklen_t) -> c_int,
) -> Result<OsString> {
    const PATH_AT: usize = std::mem::offset_of!(libc::sockaddr_un, sun_path);
    let handle = &handle.stream.handle;
    let fd = handle.fd_elsewhere();
    // A zero more than the system writes ends any path.
    let mut address = [0_u64; size_of::<libc::sockaddr_un>() / 8 + 1];
    let mut length = size_of::<libc::sockaddr_un>() as libc::socklen_t;
    // SAFETY: there is room for so many bytes, which are aligned as an address.
    os(unsafe { ask(fd, address.as_mut_ptr().cast(), &raw mut length) })?;
    let name: Vec<u8> =
        address.iter().flat_map(|word| word.to_ne_bytes()).take(length as usize).skip(PATH_AT).collect();
    Ok(OsString::from_vec(match name.first() {
        None | Some(0) => name,
        Some(_) => name.into_iter().take_while(|byte| *byte != 0).collect(),
    }))
}

/// A name, which may have zeros in it and has one behind it; a size that is too small becomes the one that is needed.
fn put_name(name: Result<OsString>, buffer: Str, size: Ptr<usize>) -> c_int {
    if buffer.is_null() || size.is_null() || size.read() == 0 {
        return Error::EINVAL.code();
    }
    match name {
        // Abstract names have no zero at their end.
        Ok(name) if matches!(name.as_bytes(), [] | [0, ..]) => {
            let (name, room) = (name.as_bytes(), size.read());
            size.put(name.len());
            if name.len() > room {
                return Error::ENOBUFS.code();
            }
            let place = crate::ptr::bytes_mut(buffer.raw().cast(), name.len().max(1));
            // Without a name it is an empty text.
            place[0] = 0;
            place[..name.len()].copy_from_slice(name);
            0
        }
        Ok(name) => crate::ptr::put_text(buffer, size, name.as_bytes()),
        Err(error) => {
            size.put(0);
            error.code()
        }
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_pipe_pending_instances(_: Ptr<uv_pipe_t>, _: c_int) {}

#[unsafe(no_mangle)]
extern "C" fn uv_pipe_pending_count(handle: Ptr<uv_pipe_t>) -> c_int {
    if handle.ipc.get() == 0 {
        return 0;
    }
    id(handle).pending_count(handle.stream.lp()).map_or(0, |count| count as c_int)
}

#[unsafe(no_mangle)]
extern "C" fn uv_pipe_pending_type(handle: Ptr<uv_pipe_t>) -> c_int {
    if handle.ipc.get() == 0 {
        return handle_type::UNKNOWN;
    }
    id(handle).pending_type(handle.stream.lp()).map_or(handle_type::UNKNOWN, type_of)
}

#[unsafe(no_mangle)]
extern "C" fn uv_pipe_chmod(handle: Ptr<uv_pipe_t>, flags: c_int) -> c_int {
    const READABLE: c_int = 1;
    const WRITABLE: c_int = 2;
    if handle.is_null() || uv_net::Stream::fileno(id(handle), handle.stream.lp()).is_err() {
        return Error::EBADF.code();
    }
    if flags & !(READABLE | WRITABLE) != 0 {
        return Error::EINVAL.code();
    }
    code(id(handle).chmod(handle.stream.lp(), flags & READABLE != 0, flags & WRITABLE != 0))
}
