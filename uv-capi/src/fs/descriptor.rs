//! Requests on descriptors.

use std::ffi::{c_int, c_uint};
use std::io::IoSliceMut;
use std::os::fd::{FromRawFd, OwnedFd};

use uv_fs::sync;
use uv_loop::Loop;
use uv_sys::{Error, Result};

use super::{Answer, Call, counted, fs_type, nothing, owner, put_stat, returned};
use crate::layout::*;
use crate::poll::Lent;
use crate::ptr::{Ptr, array};
use crate::stream::{check_size, with_slices};

/// On a descriptor.
macro_rules! on_fd {
    ($function:ident, $type:ident, $name:ident($($arg:ident: $c_type:ty => $value:expr),*), $finish:expr) => {
        #[unsafe(no_mangle)]
        extern "C" fn $function(
            loop_: Ptr<uv_loop_t>,
            req: Ptr<uv_fs_t>,
            file: c_int,
            $($arg: $c_type,)*
            cb: uv_fs_cb,
        ) -> c_int {
            returned(Call::new(loop_, req, fs_type::$type, cb).and_then(|call| {
                req.file.set(file);
                let fd = match Lent::new(file) {
                    Ok(fd) => fd,
                    Err(error) => return call.fail(error),
                };
                call.run(
                    || sync::$name(fd, $($value),*),
                    |lp, answer| uv_fs::$name(lp, fd, $($value,)* move |_, result| answer.is(result)),
                    $finish,
                )
            }))
        }
    };
}

on_fd!(uv_fs_fstat, FSTAT, fstat(), put_stat);
on_fd!(uv_fs_fsync, FSYNC, fsync(), nothing);
on_fd!(uv_fs_fdatasync, FDATASYNC, fdatasync(), nothing);
on_fd!(uv_fs_fchmod, FCHMOD, fchmod(mode: c_int => mode as u32), nothing);
on_fd!(uv_fs_futime, FUTIME, futime(atime: f64 => atime, mtime: f64 => mtime), nothing);
on_fd!(uv_fs_fchown, FCHOWN, fchown(uid: c_uint => owner(uid), gid: c_uint => owner(gid)), nothing);

#[unsafe(no_mangle)]
extern "C" fn uv_fs_close(loop_: Ptr<uv_loop_t>, req: Ptr<uv_fs_t>, file: c_int, cb: uv_fs_cb) -> c_int {
    returned(Call::new(loop_, req, fs_type::CLOSE, cb).and_then(|call| {
        req.file.set(file);
        let is_sync = call.is_sync;
        // SAFETY: any number may be asked about.
        let is_open = unsafe { libc::fcntl(file, libc::F_GETFD) } != -1;
        if !is_open {
            return call.fail(Error::EBADF);
        }
        if is_sync {
            // SAFETY: the program gives its descriptor away.
            let result = crate::ptr::os(unsafe { libc::close(file) });
            // It is closed then, too.
            return match result
                .err()
                .filter(|error| !matches!(error.raw_os_error(), Some(libc::EINTR | libc::EINPROGRESS)))
            {
                Some(error) => call.fail(error),
                None => Ok(0),
            };
        }
        // SAFETY: it is open, and the program gives it away.
        let fd = unsafe { OwnedFd::from_raw_fd(file) };
        call.run(|| Ok(()), |lp, answer| uv_fs::close(lp, fd, move |_, result| answer.is(result)), nothing)
    }))
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_ftruncate(
    loop_: Ptr<uv_loop_t>,
    req: Ptr<uv_fs_t>,
    file: c_int,
    length: i64,
    cb: uv_fs_cb,
) -> c_int {
    returned(Call::new(loop_, req, fs_type::FTRUNCATE, cb).and_then(|call| {
        req.file.set(file);
        let (Ok(fd), Ok(length)) = (Lent::new(file), u64::try_from(length)) else {
            return call.fail(if file < 0 { Error::EBADF } else { Error::EINVAL });
        };
        call.run(
            || sync::ftruncate(fd, length),
            |lp, answer| uv_fs::ftruncate(lp, fd, length, move |_, result| answer.is(result)),
            nothing,
        )
    }))
}

type Counted = fn(Ptr<uv_fs_t>, usize) -> Result<usize>;

/// What `uv_fs_read` and `uv_fs_write` are to work on.
struct Transfer<'a> {
    call: Call,
    fd: Lent,
    bufs: &'a [uv_buf_t],
    /// The file's own position if there is none.
    offset: Option<u64>,
}

impl<'a> Transfer<'a> {
    fn begin(
        call: Result<Call>,
        file: c_int,
        bufs: *const uv_buf_t,
        nbufs: c_uint,
        offset: i64,
        go: impl FnOnce(Transfer<'a>) -> Result<c_int>,
    ) -> c_int {
        returned(call.and_then(|call| {
            if bufs.is_null() {
                return Err(Error::EINVAL);
            }
            check_size(bufs, nbufs)?;
            call.req.file.set(file);
            let (bufs, offset) = (array(bufs, nbufs as usize), u64::try_from(offset).ok());
            match Lent::new(file) {
                Ok(fd) => go(Transfer { call, fd, bufs, offset }),
                Err(error) => call.fail(error),
            }
        }))
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_read(
    loop_: Ptr<uv_loop_t>,
    req: Ptr<uv_fs_t>,
    file: c_int,
    bufs: *const uv_buf_t,
    nbufs: c_uint,
    offset: i64,
    cb: uv_fs_cb,
) -> c_int {
    let call = Call::new(loop_, req, fs_type::READ, cb);
    Transfer::begin(call, file, bufs, nbufs, offset, |it| {
        let now = || match it.bufs {
            [one] => sync::read(it.fd, one.bytes_mut(), it.offset),
            _ => {
                let mut slices: Vec<_> = it.bufs.iter().map(|buf| IoSliceMut::new(buf.bytes_mut())).collect();
                sync::read_vectored(it.fd, &mut slices, it.offset)
            }
        };
        let queue = |lp: &Loop, answer: Answer<Counted>| match it.bufs {
            [one] => uv_fs::read(lp, it.fd, Memory(*one), it.offset, move |_, result, _| answer.is(result)),
            _ => uv_fs::read_vectored(lp, it.fd, memory(it.bufs), it.offset, move |_, result, _| answer.is(result)),
        };
        it.call.run(now, queue, counted as Counted)
    })
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_write(
    loop_: Ptr<uv_loop_t>,
    req: Ptr<uv_fs_t>,
    file: c_int,
    bufs: *const uv_buf_t,
    nbufs: c_uint,
    offset: i64,
    cb: uv_fs_cb,
) -> c_int {
    let call = Call::new(loop_, req, fs_type::WRITE, cb);
    Transfer::begin(call, file, bufs, nbufs, offset, |it| {
        let now = || with_slices(it.bufs, |slices| sync::write_vectored(it.fd, slices, it.offset));
        let queue = |lp: &Loop, answer: Answer<Counted>| match it.bufs {
            [one] => uv_fs::write(lp, it.fd, Memory(*one), it.offset, move |_, result, _| answer.is(result)),
            _ => uv_fs::write_vectored(lp, it.fd, memory(it.bufs), it.offset, move |_, result, _| answer.is(result)),
        };
        it.call.run(now, queue, counted as Counted)
    })
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_sendfile(
    loop_: Ptr<uv_loop_t>,
    req: Ptr<uv_fs_t>,
    output: c_int,
    input: c_int,
    offset: i64,
    length: usize,
    cb: uv_fs_cb,
) -> c_int {
    returned(Call::new(loop_, req, fs_type::SENDFILE, cb).and_then(|call| {
        req.file.set(output);
        if length > 0x7fff_f000 {
            return Err(Error::EINVAL);
        }
        let (Ok(out), Ok(from)) = (Lent::new(output), Lent::new(input)) else {
            return call.fail(Error::EBADF);
        };
        let Ok(offset) = u64::try_from(offset) else {
            return call.fail(Error::EINVAL);
        };
        call.run(
            || sync::sendfile(out, from, offset, length),
            |lp, answer| uv_fs::sendfile(lp, out, from, offset, length, move |_, result| answer.is(result)),
            counted,
        )
    }))
}

fn memory(bufs: &[uv_buf_t]) -> Vec<Memory> {
    bufs.iter().map(|buf| Memory(*buf)).collect()
}

/// The program's memory, for the time of a request.
struct Memory(uv_buf_t);

// SAFETY: the program leaves it to the request until the callback.
unsafe impl Send for Memory {}

impl AsMut<[u8]> for Memory {
    fn as_mut(&mut self) -> &mut [u8] {
        self.0.bytes_mut()
    }
}

impl AsRef<[u8]> for Memory {
    fn as_ref(&self) -> &[u8] {
        self.0.bytes()
    }
}
