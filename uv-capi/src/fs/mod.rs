//! `uv_fs_t`: file-system requests. Without a callback they are done before the function returns.

mod descriptor;
mod dir;
mod path;

use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::ptr;

use uv_fs::{Access, CopyFlags, Made, OpenFlags, OwnedRequests, RequestOwner, Stat, bare};
use uv_loop::{JobError, Lane, Loop};
use uv_sys::{Error, Result};

use crate::alloc;
use crate::elsewhere;
use crate::layout::*;
use crate::ptr::{Ptr, Str, misuse};
use crate::request;

#[unsafe(no_mangle)]
extern "C" fn uv_fs_req_cleanup(req: Ptr<uv_fs_t>) {
    if req.is_null() {
        return;
    }
    let fs_type = req.fs_type.get();
    if req.cb.get().is_some() || matches!(fs_type, fs_type::MKDTEMP | fs_type::MKSTEMP) {
        // The other path is behind it.
        alloc::free(req.path.get().raw());
    }
    req.path.set(Ptr::NULL);
    req.new_path.set(Ptr::NULL);
    let ptr = req.ptr.replace(ptr::null_mut());
    match fs_type {
        fs_type::READDIR => {
            let listed = Ptr::<uv_dir_t>::new(ptr.cast());
            if !listed.is_null() && !listed.dirents.get().is_null() {
                dir::free_names(listed, usize::try_from(req.result.get()).unwrap_or(0));
            }
        }
        // It is the program's until `uv_fs_closedir`.
        fs_type::OPENDIR => {}
        // One that was canceled has not closed it.
        fs_type::CLOSEDIR => dir::free(Ptr::new(ptr.cast())),
        fs_type::SCANDIR => dir::free_entries(ptr),
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

/// Ends the process without a path, as libuv's assertions do.
fn must_be_there(path: Str) {
    if path.is_null() {
        misuse("a file request", "its path is a null pointer");
    }
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
        must_be_there(path);
        self.req.path.set(match self.is_sync {
            true => path,
            false => copy(&[path.text()])?,
        });
        Ok(self)
    }

    /// Keeps both paths with the request, the copies in one piece.
    fn with_paths(self, path: Str, new_path: Str) -> Result<Call> {
        if self.is_sync && (path.is_null() || new_path.is_null()) {
            // As in libuv it is the system that finds it, if it is asked at once.
            self.req.path.set(path);
            self.req.result.set(Error::EFAULT.code() as isize);
            return Err(Error::EFAULT);
        }
        if self.is_sync {
            self.req.path.set(path);
            self.req.new_path.set(new_path);
        } else {
            let (path, new_path) = (path.text(), new_path.text());
            let both = copy(&[path, new_path])?;
            self.req.path.set(both);
            self.req.new_path.set(both.at(path.count_bytes() + 1));
        }
        Ok(self)
    }

    /// Does it now, or has it done by the owner of the loop's requests: what it needs is in the request. `put` puts an
    /// answer there that the kernel's caches had.
    fn make<T>(
        self,
        make: impl FnOnce(&OwnedRequests, &Loop, usize) -> Made<T>,
        put: fn(Ptr<uv_fs_t>, T) -> Result<usize>,
    ) -> Result<c_int> {
        let req = self.req;
        if self.is_sync {
            perform(req);
            dir::give_back(req);
            return Ok(clamp(req.result.get()));
        }
        let loop_ = self.loop_;
        let inner = loop_.inner_anywhere();
        if loop_.is_foreign() {
            let work = inner.files.remote(req.number());
            elsewhere::begin(loop_, req.up(), Lane::Fast, work, |inner, work| {
                inner.files.adopt(&inner.lp, work).map(drop)
            });
            return Ok(0);
        }
        let made = make(&inner.files, &inner.lp, req.number());
        req.req.job.set(Job::Fs(made.request));
        if let Some(answer) = made.answer {
            conclude(req, answer, put);
        }
        Ok(0)
    }

    /// [`make`](Call::make), of a request that changes something.
    fn change(self) -> Result<c_int> {
        self.make(|files, lp, number| Made { request: files.change(lp, number), answer: None }, nothing)
    }

    /// [`make`](Call::make), of one that does not, and of which the caches know nothing.
    fn queue(self) -> Result<c_int> {
        self.make(|files, lp, number| Made { request: files.queue(lp, number), answer: None }, nothing)
    }

    /// Of a request that cannot be begun: the error is its result.
    fn fail(self, error: Error) -> Result<c_int> {
        self.req.result.set(error.code() as isize);
        if self.is_sync {
            return Ok(error.code());
        }
        let (loop_, req) = (self.loop_, self.req);
        match loop_.is_foreign() {
            true => loop_.leave(move || submit(loop_, req, OwnedRequests::complete)),
            false => submit(loop_, req, OwnedRequests::complete),
        }
        Ok(0)
    }
}

fn submit(loop_: Ptr<uv_loop_t>, req: Ptr<uv_fs_t>, how: fn(&OwnedRequests, &Loop, usize) -> uv_fs::Request) {
    let inner = loop_.inner_anywhere();
    req.req.job.set(Job::Fs(how(&inner.files, &inner.lp, req.number())));
}

/// Texts in one piece of the program's memory, each with its zero.
fn copy(texts: &[&CStr]) -> Result<Str> {
    let memory = alloc::allocate(texts.iter().map(|text| text.count_bytes() + 1).sum());
    if memory.is_null() {
        return Err(Error::ENOMEM);
    }
    let mut place = Str::new(memory.cast());
    for text in texts {
        crate::ptr::put_truncated(place, text.count_bytes() + 1, text.to_bytes());
        place = place.at(text.count_bytes() + 1);
    }
    Ok(Ptr::new(memory.cast()))
}

/// The owner of the requests that are in the program's memory alone, who knows each by its address.
pub(crate) struct Files;

impl RequestOwner for Files {
    fn run(&self, number: usize) {
        let req = Ptr::<uv_fs_t>::from_number(number);
        if req.req.elsewhere.start() {
            perform(req);
        }
    }

    fn done(&self, _: &Loop, number: usize, outcome: std::result::Result<(), JobError>) {
        let req = Ptr::<uv_fs_t>::from_number(number);
        let outcome = elsewhere::end(req.up(), outcome);
        req.bufs.free();
        dir::give_back(req);
        if let Err(reason) = outcome {
            let error = match reason {
                JobError::NoThreads(error) => Error::from(error),
                _ => Error::ECANCELED,
            };
            req.result.set(error.code() as isize);
        }
        call_back(req);
    }
}

/// Does what the request says, which has all that is needed for it.
fn perform(req: Ptr<uv_fs_t>) {
    let (path, new_path) = (|| req.path.get().text(), || req.new_path.get().text());
    let (mode, flags) = (|| req.mode.get(), || req.flags.get());
    let (atime, mtime) = (|| req.atime.get(), || req.mtime.get());
    let (uid, gid) = (|| owner(req.uid.get()), || owner(req.gid.get()));
    match req.fs_type.get() {
        fs_type::STAT => conclude(req, bare::stat(path()), put_stat),
        fs_type::LSTAT => conclude(req, bare::lstat(path()), put_stat),
        fs_type::STATFS => conclude(req, bare::statfs(path()), path::put_statfs),
        fs_type::ACCESS => conclude(req, bare::access(path(), Access::from_bits(flags())), nothing),
        fs_type::OPEN => conclude(req, bare::open(path(), OpenFlags::from_bits(flags()), mode()), path::put_fd),
        fs_type::UNLINK => conclude(req, bare::unlink(path()), nothing),
        fs_type::RENAME => conclude(req, bare::rename(path(), new_path()), nothing),
        fs_type::LINK => conclude(req, bare::link(path(), new_path()), nothing),
        fs_type::SYMLINK => conclude(req, bare::symlink(path(), new_path()), nothing),
        fs_type::READLINK => path::readlink(req),
        fs_type::REALPATH => path::realpath(req),
        fs_type::COPYFILE => {
            conclude(req, bare::copyfile(path(), new_path(), CopyFlags::from_bits(flags())), nothing);
        }
        fs_type::CHMOD => conclude(req, bare::chmod(path(), mode()), nothing),
        fs_type::CHOWN => conclude(req, bare::chown(path(), uid(), gid()), nothing),
        fs_type::LCHOWN => conclude(req, bare::lchown(path(), uid(), gid()), nothing),
        fs_type::UTIME => conclude(req, bare::utime(path(), atime(), mtime()), nothing),
        fs_type::LUTIME => conclude(req, bare::lutime(path(), atime(), mtime()), nothing),
        fs_type::MKDIR => conclude(req, bare::mkdir(path(), mode()), nothing),
        fs_type::RMDIR => conclude(req, bare::rmdir(path()), nothing),
        fs_type::MKDTEMP => path::mkdtemp(req),
        fs_type::MKSTEMP => path::mkstemp(req),
        fs_type::SCANDIR => dir::scandir(req),
        fs_type::OPENDIR => conclude(req, bare::opendir(path()), dir::put_dir),
        fs_type::READDIR => dir::readdir(req),
        fs_type::CLOSEDIR => dir::closedir(req),
        _ => descriptor::perform(req),
    }
}

fn conclude<T>(
    req: Ptr<uv_fs_t>,
    result: std::result::Result<T, impl Into<Error>>,
    finish: impl FnOnce(Ptr<uv_fs_t>, T) -> Result<usize>,
) {
    let result = result.map_err(Into::into).and_then(|value| finish(req, value));
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

fn owner(id: c_uint) -> Option<u32> {
    (id != c_uint::MAX).then_some(id)
}
