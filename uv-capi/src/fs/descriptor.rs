//! Requests on descriptors.

use std::ffi::{c_int, c_uint};
use std::io::IoSliceMut;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use uv_fs::{Made, OwnedRequests, sync};
use uv_loop::Loop;
use uv_sys::{Error, Result};

use super::{Call, clamp, conclude, counted, fs_type, nothing, owner, put_stat, returned};
use crate::layout::*;
use crate::poll::Lent;
use crate::ptr::{MOST, Ptr, array};
use crate::stream::with_slices;

fn on_file(call: Result<Call>, file: c_int, go: impl FnOnce(Call, Lent) -> Result<c_int>) -> c_int {
    returned(call.and_then(|call| {
        call.req.file.set(file);
        match Lent::new(file) {
            Ok(fd) => go(call, fd),
            Err(error) => call.fail(error),
        }
    }))
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_fstat(loop_: Ptr<uv_loop_t>, req: Ptr<uv_fs_t>, file: c_int, cb: uv_fs_cb) -> c_int {
    on_file(Call::new(loop_, req, fs_type::FSTAT, cb), file, |call, fd| {
        call.make(|files, lp, number| files.fstat(lp, number, fd), put_stat)
    })
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_fsync(loop_: Ptr<uv_loop_t>, req: Ptr<uv_fs_t>, file: c_int, cb: uv_fs_cb) -> c_int {
    on_file(Call::new(loop_, req, fs_type::FSYNC, cb), file, |call, _| call.queue())
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_fdatasync(loop_: Ptr<uv_loop_t>, req: Ptr<uv_fs_t>, file: c_int, cb: uv_fs_cb) -> c_int {
    on_file(Call::new(loop_, req, fs_type::FDATASYNC, cb), file, |call, _| call.queue())
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_fchmod(loop_: Ptr<uv_loop_t>, req: Ptr<uv_fs_t>, file: c_int, mode: c_int, cb: uv_fs_cb) -> c_int {
    on_file(Call::new(loop_, req, fs_type::FCHMOD, cb), file, |call, _| {
        req.mode.set(mode as c_uint);
        call.change()
    })
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_fchown(
    loop_: Ptr<uv_loop_t>,
    req: Ptr<uv_fs_t>,
    file: c_int,
    uid: c_uint,
    gid: c_uint,
    cb: uv_fs_cb,
) -> c_int {
    on_file(Call::new(loop_, req, fs_type::FCHOWN, cb), file, |call, _| {
        req.uid.set(uid);
        req.gid.set(gid);
        call.change()
    })
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_futime(
    loop_: Ptr<uv_loop_t>,
    req: Ptr<uv_fs_t>,
    file: c_int,
    atime: f64,
    mtime: f64,
    cb: uv_fs_cb,
) -> c_int {
    on_file(Call::new(loop_, req, fs_type::FUTIME, cb), file, |call, _| {
        req.atime.set(atime);
        req.mtime.set(mtime);
        call.change()
    })
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_close(loop_: Ptr<uv_loop_t>, req: Ptr<uv_fs_t>, file: c_int, cb: uv_fs_cb) -> c_int {
    returned(Call::new(loop_, req, fs_type::CLOSE, cb).and_then(|call| {
        req.file.set(file);
        // SAFETY: any number may be asked about.
        let is_open = unsafe { libc::fcntl(file, libc::F_GETFD) } != -1;
        if !is_open {
            return call.fail(Error::EBADF);
        }
        let close = |files: &OwnedRequests, lp: &Loop, number| {
            // SAFETY: it is open, and the program gives it away.
            let fd = unsafe { OwnedFd::from_raw_fd(file) };
            let (request, left) = files.close(lp, number, fd);
            Made { request, answer: left.is_none().then_some(Ok(())) }
        };
        call.make(close, nothing)
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
    on_file(Call::new(loop_, req, fs_type::FTRUNCATE, cb), file, |call, _| {
        req.offset.set(length);
        if length < 0 { call.fail(Error::EINVAL) } else { call.change() }
    })
}

/// Does what the request says: one of those above, a read or a write.
pub(super) fn perform(req: Ptr<uv_fs_t>) {
    let file = req.file.get();
    let Ok(fd) = Lent::new(file) else {
        return req.result.set(Error::EBADF.code() as isize);
    };
    match req.fs_type.get() {
        fs_type::FSTAT => conclude(req, sync::fstat(fd), put_stat),
        fs_type::FSYNC => conclude(req, sync::fsync(fd), nothing),
        fs_type::FDATASYNC => conclude(req, sync::fdatasync(fd), nothing),
        fs_type::FCHMOD => conclude(req, sync::fchmod(fd, req.mode.get()), nothing),
        fs_type::FCHOWN => conclude(req, sync::fchown(fd, owner(req.uid.get()), owner(req.gid.get())), nothing),
        fs_type::FUTIME => conclude(req, sync::futime(fd, req.atime.get(), req.mtime.get()), nothing),
        fs_type::SENDFILE => {
            let sent = Lent::new(req.flags.get()).and_then(|input| {
                // One before the beginning is one behind all ends, which the kernel refuses.
                Ok(sync::sendfile(fd, input, req.offset.get() as u64, req.length.get())?)
            });
            conclude(req, sent, counted);
        }
        fs_type::FTRUNCATE => conclude(req, sync::ftruncate(fd, req.offset.get() as u64), nothing),
        fs_type::READ => conclude(req, read_now(fd, req.bufs.all(), offset_of(req)), counted),
        fs_type::WRITE => conclude(req, write_now(fd, req.bufs.all(), offset_of(req)), counted),
        fs_type::CLOSE => {
            // SAFETY: the program gives its descriptor away.
            let error = crate::ptr::os(unsafe { libc::close(file) }).err();
            // It is closed then, too.
            let closed = |error: &Error| matches!(error.raw_os_error(), Some(libc::EINTR | libc::EINPROGRESS));
            req.result.set(error.filter(|error| !closed(error)).map_or(0, |error| error.code() as isize));
        }
        _ => req.result.set(Error::ENOSYS.code() as isize),
    }
}

/// What `uv_fs_read` and `uv_fs_write` are to work on.
fn transfer<'a>(
    call: Result<Call>,
    file: c_int,
    bufs: *const uv_buf_t,
    nbufs: c_uint,
    offset: i64,
    go: impl FnOnce(Call, Lent, &'a [uv_buf_t]) -> Result<c_int>,
) -> c_int {
    returned(call.and_then(|call| {
        if bufs.is_null() || nbufs == 0 {
            return Err(Error::EINVAL);
        }
        // The system reads into no more at once, and the rest is not looked at; what is written is written in several calls.
        let nbufs = if call.req.fs_type.get() == fs_type::READ { nbufs.min(MOST_BUFFERS) } else { nbufs };
        let all = array(bufs, nbufs as usize);
        if call.req.fs_type.get() == fs_type::WRITE && within_one_call(all).len() < all.len() {
            return Err(Error::EINVAL);
        }
        let req = call.req;
        req.file.set(file);
        req.offset.set(offset);
        match Lent::new(file) {
            Ok(_) if all.iter().any(uv_buf_t::faults) => call.fail(Error::EFAULT),
            Ok(fd) => {
                if !call.is_sync {
                    req.bufs.copy(bufs, nbufs)?;
                }
                go(call, fd, all)
            }
            Err(error) => call.fail(error),
        }
    }))
}

/// The first of the buffers, which one call of the system can fill.
fn within_one_call(bufs: &[uv_buf_t]) -> &[uv_buf_t] {
    let mut left = MOST;
    let rest = bufs.iter().position(|buf| match left.checked_sub(buf.len) {
        Some(less) => {
            left = less;
            false
        }
        None => true,
    });
    &bufs[..rest.unwrap_or(bufs.len())]
}

/// What is to be read into: of what is too long, as much as there can be.
fn readable(bufs: &[uv_buf_t]) -> &[uv_buf_t] {
    match within_one_call(bufs) {
        [] => &bufs[..1],
        some => some,
    }
}

/// The file's own position if there is none.
fn offset_of(req: Ptr<uv_fs_t>) -> Option<u64> {
    u64::try_from(req.offset.get()).ok()
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
    transfer(call, file, bufs, nbufs, offset, |call, fd, bufs| {
        if call.is_sync {
            conclude(req, read_now(fd, bufs, offset_of(req)), counted);
            return Ok(clamp(req.result.get()));
        }
        let make = |files: &OwnedRequests, lp: &Loop, number| match readable(bufs) {
            [one] => files.read(lp, number, fd, one.bytes_mut(), offset_of(req)),
            bufs if bufs.len() <= FEW && are_apart(bufs) => {
                with_slices_mut(bufs, |slices| files.read_vectored(lp, number, fd, slices, offset_of(req)))
            }
            // Into no buffer the caches read nothing.
            _ => files.read_vectored(lp, number, fd, &mut [], offset_of(req)),
        };
        call.make(make, counted)
    })
}

fn read_now(fd: Lent, bufs: &[uv_buf_t], offset: Option<u64>) -> Result<usize> {
    match readable(bufs) {
        [one] => Ok(sync::read(fd, one.bytes_mut(), offset)?),
        bufs => read_many(fd, bufs, offset),
    }
}

/// Linux's `IOV_MAX`.
const MOST_BUFFERS: c_uint = 1024;

/// So many buffers have their slices on the stack.
const FEW: usize = 32;

/// Whether each is memory of its own, as slices that are written to must be: a program may have the same bytes read over again.
fn are_apart(bufs: &[uv_buf_t]) -> bool {
    let ends = |buf: &uv_buf_t| (buf.base.addr(), buf.base.addr().saturating_add(buf.len));
    bufs.iter().enumerate().all(|(index, buf)| {
        let (start, end) = ends(buf);
        bufs[..index].iter().map(ends).all(|(other_start, other_end)| other_end <= start || end <= other_start)
    })
}

/// [`with_slices`], to be written to; of a few buffers.
fn with_slices_mut<R>(bufs: &[uv_buf_t], act: impl FnOnce(&mut [IoSliceMut<'_>]) -> R) -> R {
    let mut slices = [(); FEW].map(|()| IoSliceMut::new(&mut []));
    for (slice, buf) in slices.iter_mut().zip(bufs) {
        *slice = IoSliceMut::new(buf.bytes_mut());
    }
    act(&mut slices[..bufs.len().min(FEW)])
}

/// Into as many buffers as the system takes at once, where they are.
fn read_many(fd: Lent, bufs: &[uv_buf_t], offset: Option<u64>) -> Result<usize> {
    let (vector, count) = (bufs.as_ptr().cast::<libc::iovec>(), bufs.len().min(MOST_BUFFERS as usize) as c_int);
    let fd = fd.get().as_raw_fd();
    loop {
        let read = match offset {
            // SAFETY: a buffer of the program's is laid out as `struct iovec`, and there are so many; by the contract there is
            // room in each for as many bytes as it says.
            Some(offset) => unsafe { libc::preadv(fd, vector, count, offset as libc::off_t) },
            // SAFETY: as above.
            None => unsafe { libc::readv(fd, vector, count) },
        };
        match usize::try_from(read).map_err(|_| Error::from(std::io::Error::last_os_error())) {
            Err(Error::EINTR) => {}
            result => return result,
        }
    }
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
    transfer(call, file, bufs, nbufs, offset, |call, fd, bufs| {
        if call.is_sync {
            conclude(req, write_now(fd, bufs, offset_of(req)), counted);
            return Ok(clamp(req.result.get()));
        }
        call.change()
    })
}

fn write_now(fd: Lent, bufs: &[uv_buf_t], offset: Option<u64>) -> uv_fs::Result<usize> {
    with_slices(bufs, |slices| sync::write_vectored(fd, slices, offset))
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
        req.flags.set(input);
        req.offset.set(offset);
        req.length.set(length);
        if length > 0x7fff_f000 { Err(Error::EINVAL) } else { call.change() }
    }))
}
