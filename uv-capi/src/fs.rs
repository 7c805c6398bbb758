//! `uv_fs_t`: file-system requests. Without a callback they are done before the function returns.

use std::ffi::{c_char, c_int, c_uint, c_void};
use std::os::fd::{FromRawFd, IntoRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr;

use uv_fs::{Access, CopyFlags, Dirent, FileType, FsError, OpenFlags, Request, Stat, StatFs, sync};
use uv_loop::Loop;
use uv_sys::{Error, Result};

use crate::alloc;
use crate::layout::*;
use crate::poll::Lent;
use crate::ptr::{Ptr, Str, array};
use crate::request;

/// What `uv_fs_type` counts.
mod fs_type {
    use std::ffi::c_int;

    pub(super) const OPEN: c_int = 1;
    pub(super) const CLOSE: c_int = 2;
    pub(super) const READ: c_int = 3;
    pub(super) const WRITE: c_int = 4;
    pub(super) const SENDFILE: c_int = 5;
    pub(super) const STAT: c_int = 6;
    pub(super) const LSTAT: c_int = 7;
    pub(super) const FSTAT: c_int = 8;
    pub(super) const FTRUNCATE: c_int = 9;
    pub(super) const UTIME: c_int = 10;
    pub(super) const FUTIME: c_int = 11;
    pub(super) const ACCESS: c_int = 12;
    pub(super) const CHMOD: c_int = 13;
    pub(super) const FCHMOD: c_int = 14;
    pub(super) const FSYNC: c_int = 15;
    pub(super) const FDATASYNC: c_int = 16;
    pub(super) const UNLINK: c_int = 17;
    pub(super) const RMDIR: c_int = 18;
    pub(super) const MKDIR: c_int = 19;
    pub(super) const MKDTEMP: c_int = 20;
    pub(super) const RENAME: c_int = 21;
    pub(super) const SCANDIR: c_int = 22;
    pub(super) const LINK: c_int = 23;
    pub(super) const SYMLINK: c_int = 24;
    pub(super) const READLINK: c_int = 25;
    pub(super) const CHOWN: c_int = 26;
    pub(super) const FCHOWN: c_int = 27;
    pub(super) const REALPATH: c_int = 28;
    pub(super) const COPYFILE: c_int = 29;
    pub(super) const LCHOWN: c_int = 30;
    pub(super) const OPENDIR: c_int = 31;
    pub(super) const READDIR: c_int = 32;
    pub(super) const CLOSEDIR: c_int = 33;
    pub(super) const STATFS: c_int = 34;
    pub(super) const MKSTEMP: c_int = 35;
    pub(super) const LUTIME: c_int = 36;
}

/// A request that was filled in, and what becomes of its answer.
struct Call {
    req: Ptr<uv_fs_t>,
    loop_: Ptr<uv_loop_t>,
    is_sync: bool,
}

impl Call {
    fn new(loop_: Ptr<uv_loop_t>, req: Ptr<uv_fs_t>, fs_type: c_int, cb: uv_fs_cb) -> Result<Call> {
        if req.is_null() {
            return Err(Error::EINVAL);
        }
        request::init(req, req_type::FS, loop_);
        req.fs_type.set(fs_type);
        req.loop_.set(loop_);
        req.cb.set(cb);
        req.result.set(0);
        req.ptr.set(ptr::null_mut());
        req.path.set(Ptr::NULL);
        req.new_path.set(Ptr::NULL);
        req.bufs.init();
        Ok(Call { req, loop_, is_sync: cb.is_none() })
    }

    /// Keeps the path with the request: a copy, if the program may forget it before the callback.
    fn with_path(self, path: Str) -> Result<Call> {
        self.req.path.set(self.kept(path)?);
        Ok(self)
    }

    fn with_paths(self, path: Str, new_path: Str) -> Result<Call> {
        let call = self.with_path(path)?;
        call.req.new_path.set(call.kept(new_path)?);
        Ok(call)
    }

    fn kept(&self, path: Str) -> Result<Str> {
        if self.is_sync {
            return Ok(path);
        }
        let copy = alloc::text(path.text().to_bytes());
        if copy.is_null() { Err(Error::ENOMEM) } else { Ok(Ptr::new(copy)) }
    }

    /// Does it now, or has it done: `finish` turns what came of it into the request's result.
    fn run<T: 'static>(
        self,
        now: impl FnOnce() -> uv_fs::Result<T>,
        queue: impl FnOnce(&Loop, Answer<T>) -> Request,
        finish: impl FnOnce(Ptr<uv_fs_t>, T) -> Result<usize> + 'static,
    ) -> Result<c_int> {
        let req = self.req;
        if self.is_sync {
            conclude(req, now(), finish);
            return Ok(clamp(req.result.get()));
        }
        let answer = Answer(Box::new(move |result| {
            conclude(req, result, finish);
            call_back(req);
        }));
        req.req.job.set(Job::Fs(queue(self.loop_.lp(), answer)));
        Ok(0)
    }

    /// Of a request that cannot be begun: the error is its result.
    fn fail(self, error: Error) -> Result<c_int> {
        let req = self.req;
        req.result.set(error.code() as isize);
        if self.is_sync {
            return Ok(error.code());
        }
        req.req.job.set(Job::Work(self.loop_.lp().queue_completed(move |_| call_back(req))));
        Ok(0)
    }
}

struct Answer<T>(Box<dyn FnOnce(uv_fs::Result<T>)>);

impl<T> Answer<T> {
    fn is(self, result: uv_fs::Result<T>) {
        (self.0)(result);
    }
}

fn conclude<T>(req: Ptr<uv_fs_t>, result: uv_fs::Result<T>, finish: impl FnOnce(Ptr<uv_fs_t>, T) -> Result<usize>) {
    let result = result.map_err(|error: FsError| error.error()).and_then(|value| finish(req, value));
    req.result.set(match result {
        Ok(count) => count as isize,
        Err(error) => error.code() as isize,
    });
}

fn call_back(req: Ptr<uv_fs_t>) {
    if let Some(cb) = req.cb.get() {
        cb(req);
    }
}

fn clamp(result: isize) -> c_int {
    c_int::try_from(result).unwrap_or(c_int::MAX)
}

fn returned(result: Result<c_int>) -> c_int {
    result.unwrap_or_else(Error::code)
}

fn nothing(_: Ptr<uv_fs_t>, (): ()) -> Result<usize> {
    Ok(0)
}

fn counted(_: Ptr<uv_fs_t>, count: usize) -> Result<usize> {
    Ok(count)
}

/// On a path: `uv_fs::$name` on the pool, `uv_fs::sync::$name` here.
macro_rules! on_path {
    ($function:ident, $type:ident, $name:ident($($arg:ident: $c_type:ty => $value:expr),*), $finish:expr) => {
        #[unsafe(no_mangle)]
        extern "C" fn $function(
            loop_: Ptr<uv_loop_t>,
            req: Ptr<uv_fs_t>,
            path: Str,
            $($arg: $c_type,)*
            cb: uv_fs_cb,
        ) -> c_int {
            returned(Call::new(loop_, req, fs_type::$type, cb).and_then(|call| call.with_path(path)).and_then(|call| {
                let path = path.path();
                call.run(
                    || sync::$name(path, $($value),*),
                    |lp, answer| uv_fs::$name(lp, path, $($value,)* move |_, result| answer.is(result)),
                    $finish,
                )
            }))
        }
    };
}

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
                if let Err(error) = Lent::new(file) {
                    return call.fail(error);
                }
                let fd = || Lent::new(file).expect("it was checked");
                call.run(
                    || sync::$name(fd(), $($value),*),
                    |lp, answer| uv_fs::$name(lp, fd(), $($value,)* move |_, result| answer.is(result)),
                    $finish,
                )
            }))
        }
    };
}

/// On two paths.
macro_rules! on_paths {
    ($function:ident, $type:ident, $name:ident($($arg:ident: $c_type:ty),*)) => {
        #[unsafe(no_mangle)]
        extern "C" fn $function(
            loop_: Ptr<uv_loop_t>,
            req: Ptr<uv_fs_t>,
            path: Str,
            new_path: Str,
            $($arg: $c_type,)*
            cb: uv_fs_cb,
        ) -> c_int {
            let call = Call::new(loop_, req, fs_type::$type, cb);
            returned(call.and_then(|call| call.with_paths(path, new_path)).and_then(|call| {
                $(req.flags.set($arg);)*
                let (path, new_path) = (path.path(), new_path.path());
                call.run(
                    || sync::$name(path, new_path),
                    |lp, answer| uv_fs::$name(lp, path, new_path, move |_, result| answer.is(result)),
                    nothing,
                )
            }))
        }
    };
}

fn owner(id: c_uint) -> Option<u32> {
    (id != c_uint::MAX).then_some(id)
}

on_path!(uv_fs_open, OPEN, open(flags: c_int => OpenFlags::from_bits(flags), mode: c_int => mode as u32), put_fd);
on_path!(uv_fs_unlink, UNLINK, unlink(), nothing);
on_path!(uv_fs_mkdir, MKDIR, mkdir(mode: c_int => mode as u32), nothing);
on_path!(uv_fs_rmdir, RMDIR, rmdir(), nothing);
on_path!(uv_fs_opendir, OPENDIR, opendir(), put_dir);
on_path!(uv_fs_stat, STAT, stat(), put_stat);
on_path!(uv_fs_lstat, LSTAT, lstat(), put_stat);
on_path!(uv_fs_access, ACCESS, access(mode: c_int => Access::from_bits(mode)), nothing);
on_path!(uv_fs_chmod, CHMOD, chmod(mode: c_int => mode as u32), nothing);
on_path!(uv_fs_utime, UTIME, utime(atime: f64 => atime, mtime: f64 => mtime), nothing);
on_path!(uv_fs_lutime, LUTIME, lutime(atime: f64 => atime, mtime: f64 => mtime), nothing);
on_path!(uv_fs_readlink, READLINK, readlink(), put_path);
on_path!(uv_fs_realpath, REALPATH, realpath(), put_path);
on_path!(uv_fs_chown, CHOWN, chown(uid: c_uint => owner(uid), gid: c_uint => owner(gid)), nothing);
on_path!(uv_fs_lchown, LCHOWN, lchown(uid: c_uint => owner(uid), gid: c_uint => owner(gid)), nothing);
on_path!(uv_fs_statfs, STATFS, statfs(), put_statfs);

on_fd!(uv_fs_fstat, FSTAT, fstat(), put_stat);
on_fd!(uv_fs_fsync, FSYNC, fsync(), nothing);
on_fd!(uv_fs_fdatasync, FDATASYNC, fdatasync(), nothing);
on_fd!(uv_fs_fchmod, FCHMOD, fchmod(mode: c_int => mode as u32), nothing);
on_fd!(uv_fs_futime, FUTIME, futime(atime: f64 => atime, mtime: f64 => mtime), nothing);
on_fd!(uv_fs_fchown, FCHOWN, fchown(uid: c_uint => owner(uid), gid: c_uint => owner(gid)), nothing);

on_paths!(uv_fs_rename, RENAME, rename());
on_paths!(uv_fs_link, LINK, link());
on_paths!(uv_fs_symlink, SYMLINK, symlink(flags: c_int));

fn put_fd(_: Ptr<uv_fs_t>, fd: OwnedFd) -> Result<usize> {
    Ok(fd.into_raw_fd() as usize)
}

fn put_stat(req: Ptr<uv_fs_t>, stat: Stat) -> Result<usize> {
    req.statbuf.set(stat_of(&stat));
    req.ptr.set(req.statbuf.as_ptr().cast());
    Ok(0)
}

/// What the request has in the program's memory, until `uv_fs_req_cleanup`.
fn put_ptr<T>(req: Ptr<uv_fs_t>, memory: *mut T) -> Result<usize> {
    if memory.is_null() {
        return Err(Error::ENOMEM);
    }
    req.ptr.set(memory.cast());
    Ok(0)
}

fn put_path(req: Ptr<uv_fs_t>, path: PathBuf) -> Result<usize> {
    put_ptr(req, alloc::text(path.as_os_str().as_bytes()))
}

fn put_statfs(req: Ptr<uv_fs_t>, statfs: StatFs) -> Result<usize> {
    let value = uv_statfs_t {
        f_type: statfs.fs_type,
        f_bsize: statfs.bsize,
        f_blocks: statfs.blocks,
        f_bfree: statfs.bfree,
        f_bavail: statfs.bavail,
        f_files: statfs.files,
        f_ffree: statfs.ffree,
        f_frsize: statfs.frsize,
        f_spare: [0; 3],
    };
    put_ptr(req, alloc::value(value))
}

pub(crate) fn stat_of(stat: &Stat) -> uv_stat_t {
    let time = |time: uv_fs::Timespec| uv_timespec_t { tv_sec: time.sec, tv_nsec: time.nsec.into() };
    uv_stat_t {
        st_dev: stat.dev,
        st_mode: stat.mode.into(),
        st_nlink: stat.nlink,
        st_uid: stat.uid.into(),
        st_gid: stat.gid.into(),
        st_rdev: stat.rdev,
        st_ino: stat.ino,
        st_size: stat.size,
        st_blksize: stat.blksize,
        st_blocks: stat.blocks,
        st_flags: 0,
        st_gen: 0,
        st_atim: time(stat.atime),
        st_mtim: time(stat.mtime),
        st_ctim: time(stat.ctime),
        st_birthtim: time(stat.birthtime),
    }
}

// Descriptors.

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
        let again = Lent::new(file)?;
        call.run(
            || sync::ftruncate(fd, length),
            |lp, answer| uv_fs::ftruncate(lp, again, length, move |_, result| answer.is(result)),
            nothing,
        )
    }))
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
    returned(call.and_then(|call| {
        if bufs.is_null() {
            return Err(Error::EINVAL);
        }
        crate::stream::check_size(bufs, nbufs)?;
        req.file.set(file);
        let (Ok(fd), Ok(again)) = (Lent::new(file), Lent::new(file)) else {
            return call.fail(Error::EBADF);
        };
        let (bufs, offset) = (array(bufs, nbufs as usize), u64::try_from(offset).ok());
        let now = || match bufs {
            [one] => sync::read(fd, one.bytes_mut(), offset),
            _ => {
                let mut slices: Vec<_> = bufs.iter().map(|buf| std::io::IoSliceMut::new(buf.bytes_mut())).collect();
                sync::read_vectored(fd, &mut slices, offset)
            }
        };
        let queue = |lp: &Loop, answer: Answer<usize>| match bufs {
            [one] => uv_fs::read(lp, again, Memory(*one), offset, move |_, result, _| answer.is(result)),
            _ => {
                let memory = bufs.iter().map(|buf| Memory(*buf)).collect();
                uv_fs::read_vectored(lp, again, memory, offset, move |_, result, _: Vec<Memory>| answer.is(result))
            }
        };
        call.run(now, queue, counted)
    }))
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
    returned(call.and_then(|call| {
        if bufs.is_null() {
            return Err(Error::EINVAL);
        }
        crate::stream::check_size(bufs, nbufs)?;
        req.file.set(file);
        let (Ok(fd), Ok(again)) = (Lent::new(file), Lent::new(file)) else {
            return call.fail(Error::EBADF);
        };
        let (bufs, offset) = (array(bufs, nbufs as usize), u64::try_from(offset).ok());
        let now = || crate::stream::with_slices(bufs, |slices| sync::write_vectored(fd, slices, offset));
        let queue = |lp: &Loop, answer: Answer<usize>| match bufs {
            [one] => uv_fs::write(lp, again, Memory(*one), offset, move |_, result, _| answer.is(result)),
            _ => {
                let memory = bufs.iter().map(|buf| Memory(*buf)).collect();
                uv_fs::write_vectored(lp, again, memory, offset, move |_, result, _: Vec<Memory>| answer.is(result))
            }
        };
        call.run(now, queue, counted)
    }))
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
        let fds = || Some((Lent::new(output).ok()?, Lent::new(input).ok()?));
        let (Some((out, from)), Some((again_out, again_from))) = (fds(), fds()) else {
            return call.fail(Error::EBADF);
        };
        let Ok(offset) = u64::try_from(offset) else {
            return call.fail(Error::EINVAL);
        };
        call.run(
            || sync::sendfile(out, from, offset, length),
            |lp, answer| uv_fs::sendfile(lp, again_out, again_from, offset, length, move |_, result| answer.is(result)),
            counted,
        )
    }))
}

// Paths.

#[unsafe(no_mangle)]
extern "C" fn uv_fs_copyfile(
    loop_: Ptr<uv_loop_t>,
    req: Ptr<uv_fs_t>,
    path: Str,
    new_path: Str,
    flags: c_int,
    cb: uv_fs_cb,
) -> c_int {
    let call = Call::new(loop_, req, fs_type::COPYFILE, cb);
    returned(call.and_then(|call| {
        if flags & !7 != 0 {
            return Err(Error::EINVAL);
        }
        let call = call.with_paths(path, new_path)?;
        let (path, new_path, flags) = (path.path(), new_path.path(), CopyFlags::from_bits(flags));
        call.run(
            || sync::copyfile(path, new_path, flags),
            |lp, answer| uv_fs::copyfile(lp, path, new_path, flags, move |_, result| answer.is(result)),
            nothing,
        )
    }))
}

/// Without the six letters that a temporary name's template ends with.
fn prefix<'a>(template: Str) -> Option<&'a Path> {
    let bytes = template.text().to_bytes().strip_suffix(b"XXXXXX")?;
    Some(Path::new(std::ffi::OsStr::from_bytes(bytes)))
}

/// The request's path is always a copy, into which the name is written that was found.
fn with_template(call: Call, template: Str) -> Result<Call> {
    let copy = alloc::text(template.text().to_bytes());
    if copy.is_null() {
        return Err(Error::ENOMEM);
    }
    call.req.path.set(Ptr::new(copy));
    Ok(call)
}

fn put_name(req: Ptr<uv_fs_t>, path: &Path) {
    let name = path.as_os_str().as_bytes();
    crate::ptr::put_truncated(req.path.get(), req.path.get().text().count_bytes() + 1, name);
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_mkdtemp(loop_: Ptr<uv_loop_t>, req: Ptr<uv_fs_t>, template: Str, cb: uv_fs_cb) -> c_int {
    let call = Call::new(loop_, req, fs_type::MKDTEMP, cb);
    returned(call.and_then(|call| with_template(call, template)).and_then(|call| {
        let Some(prefix) = prefix(template) else {
            return call.fail(Error::EINVAL);
        };
        call.run(
            || sync::mkdtemp(prefix),
            |lp, answer| uv_fs::mkdtemp(lp, prefix, move |_, result| answer.is(result)),
            |req, path| {
                put_name(req, &path);
                Ok(0)
            },
        )
    }))
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_mkstemp(loop_: Ptr<uv_loop_t>, req: Ptr<uv_fs_t>, template: Str, cb: uv_fs_cb) -> c_int {
    let call = Call::new(loop_, req, fs_type::MKSTEMP, cb);
    returned(call.and_then(|call| with_template(call, template)).and_then(|call| {
        let Some(prefix) = prefix(template) else {
            put_truncated_path(req);
            return call.fail(Error::EINVAL);
        };
        let is_sync = call.is_sync;
        let result = call.run(
            || sync::mkstemp(prefix),
            |lp, answer| {
                uv_fs::mkstemp(lp, prefix, move |_, result| {
                    if result.is_err() {
                        put_truncated_path(req);
                    }
                    answer.is(result);
                })
            },
            |req, (fd, path): (OwnedFd, PathBuf)| {
                put_name(req, &path);
                Ok(fd.into_raw_fd() as usize)
            },
        );
        if is_sync && req.result.get() < 0 {
            put_truncated_path(req);
        }
        result
    }))
}

/// Where there is no file the name is empty.
fn put_truncated_path(req: Ptr<uv_fs_t>) {
    crate::ptr::put_truncated(req.path.get(), 1, b"");
}

// Directories.

fn type_of(file_type: FileType) -> c_int {
    match file_type {
        FileType::File => 1,
        FileType::Dir => 2,
        FileType::Link => 3,
        FileType::Fifo => 4,
        FileType::Socket => 5,
        FileType::CharDevice => 6,
        FileType::BlockDevice => 7,
        _ => 0,
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_scandir(loop_: Ptr<uv_loop_t>, req: Ptr<uv_fs_t>, path: Str, flags: c_int, cb: uv_fs_cb) -> c_int {
    returned(Call::new(loop_, req, fs_type::SCANDIR, cb).and_then(|call| call.with_path(path)).and_then(|call| {
        req.flags.set(flags);
        req.next_entry.set(0);
        let path = path.path();
        call.run(
            || sync::scandir(path),
            |lp, answer| uv_fs::scandir(lp, path, move |_, result| answer.is(result)),
            put_entries,
        )
    }))
}

/// Entries and their names in one piece of the program's memory.
fn put_entries(req: Ptr<uv_fs_t>, entries: Vec<Dirent>) -> Result<usize> {
    if entries.is_empty() {
        return Ok(0);
    }
    let table = size_of::<uv_dirent_t>() * entries.len();
    let names: usize = entries.iter().map(|entry| entry.name().len() + 1).sum();
    let memory = alloc::zeroed::<u8>(table + names);
    if memory.is_null() {
        return Err(Error::ENOMEM);
    }
    let place = Ptr::<uv_dirent_t>::new(memory.cast());
    let mut name = Str::new(memory.wrapping_add(table).cast());
    for (index, entry) in entries.iter().enumerate() {
        let bytes = entry.name().as_bytes();
        crate::ptr::put_truncated(name, bytes.len() + 1, bytes);
        place.at(index).put(uv_dirent_t { name: name.raw(), type_: type_of(entry.file_type()) });
        name = name.at(bytes.len() + 1);
    }
    req.ptr.set(memory.cast());
    Ok(entries.len())
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_scandir_next(req: Ptr<uv_fs_t>, entry: Ptr<uv_dirent_t>) -> c_int {
    if req.result.get() < 0 {
        return clamp(req.result.get());
    }
    let next = req.next_entry.get() as usize;
    if req.ptr.get().is_null() || next >= req.result.get() as usize {
        return Error::EOF.code();
    }
    req.next_entry.set(next as c_uint + 1);
    entry.put(Ptr::<uv_dirent_t>::new(req.ptr.get().cast()).at(next).read());
    0
}

fn put_dir(req: Ptr<uv_fs_t>, dir: uv_fs::Dir) -> Result<usize> {
    put_ptr(req, alloc::value(uv_dir_t::new(dir)))
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_readdir(loop_: Ptr<uv_loop_t>, req: Ptr<uv_fs_t>, dir: Ptr<uv_dir_t>, cb: uv_fs_cb) -> c_int {
    returned(Call::new(loop_, req, fs_type::READDIR, cb).and_then(|call| {
        if dir.is_null() || dir.dirents.get().is_null() {
            return Err(Error::EINVAL);
        }
        let mut open = dir.dir.take().ok_or(Error::EINVAL)?;
        req.ptr.set(dir.raw().cast());
        let count = dir.nentries.get();
        let finish = move |_, entries| put_dirents(dir, entries);
        if call.is_sync {
            let result = sync::readdir(&mut open, count);
            dir.dir.set(Some(open));
            conclude(req, result, finish);
            return Ok(clamp(req.result.get()));
        }
        let queue = |lp: &Loop, answer: Answer<Vec<Dirent>>| {
            uv_fs::readdir(lp, *open, count, move |_, result, open| {
                dir.dir.set(Some(Box::new(open)));
                answer.is(result);
            })
        };
        call.run(|| unreachable!("that is done above"), queue, finish)
    }))
}

fn put_dirents(dir: Ptr<uv_dir_t>, entries: Vec<Dirent>) -> Result<usize> {
    let place = Ptr::<uv_dirent_t>::new(dir.dirents.get());
    for (index, entry) in entries.iter().enumerate() {
        let name = alloc::text(entry.name().as_bytes());
        if name.is_null() {
            free_names(dir, index);
            return Err(Error::ENOMEM);
        }
        place.at(index).put(uv_dirent_t { name, type_: type_of(entry.file_type()) });
    }
    Ok(entries.len())
}

fn free_names(dir: Ptr<uv_dir_t>, count: usize) {
    let place = Ptr::<uv_dirent_t>::new(dir.dirents.get());
    for index in 0..count {
        let entry = place.at(index);
        alloc::free(entry.read().name.cast_mut());
        entry.put(uv_dirent_t { name: ptr::null(), type_: entry.read().type_ });
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_closedir(loop_: Ptr<uv_loop_t>, req: Ptr<uv_fs_t>, dir: Ptr<uv_dir_t>, cb: uv_fs_cb) -> c_int {
    returned(Call::new(loop_, req, fs_type::CLOSEDIR, cb).and_then(|call| {
        let open = dir.get().and_then(|dir| dir.dir.take()).ok_or(Error::EINVAL)?;
        alloc::free(dir.raw());
        if call.is_sync {
            drop(open);
            return Ok(0);
        }
        call.run(|| Ok(()), |lp, answer| uv_fs::closedir(lp, *open, move |_, result| answer.is(result)), nothing)
    }))
}

// The request.

#[unsafe(no_mangle)]
extern "C" fn uv_fs_req_cleanup(req: Ptr<uv_fs_t>) {
    if req.is_null() {
        return;
    }
    let fs_type = req.fs_type.get();
    if req.cb.get().is_some() || matches!(fs_type, fs_type::MKDTEMP | fs_type::MKSTEMP) {
        alloc::free(req.path.get().raw());
        alloc::free(req.new_path.get().raw());
    }
    req.path.set(Ptr::NULL);
    req.new_path.set(Ptr::NULL);
    let ptr = req.ptr.replace(ptr::null_mut());
    match fs_type {
        fs_type::READDIR => {
            let dir = Ptr::<uv_dir_t>::new(ptr.cast());
            if !dir.is_null() && !dir.dirents.get().is_null() {
                free_names(dir, usize::try_from(req.result.get()).unwrap_or(0));
            }
        }
        // It is the program's until `uv_fs_closedir`.
        fs_type::OPENDIR => {}
        _ if ptr != req.statbuf.as_ptr().cast() => alloc::free(ptr),
        _ => {}
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_get_type(req: Ptr<uv_fs_t>) -> c_int {
    req.fs_type.get()
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_get_result(req: Ptr<uv_fs_t>) -> isize {
    req.result.get()
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_get_system_error(req: Ptr<uv_fs_t>) -> c_int {
    -clamp(req.result.get())
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_get_ptr(req: Ptr<uv_fs_t>) -> *mut c_void {
    req.ptr.get()
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_get_path(req: Ptr<uv_fs_t>) -> *const c_char {
    req.path.get().raw()
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_get_statbuf(req: Ptr<uv_fs_t>) -> *mut uv_stat_t {
    req.statbuf.as_ptr()
}
