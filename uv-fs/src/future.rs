//! The requests as futures, for tasks of the loop's own executor and for others on its thread.
//!
//! They take a [`LoopHandle`], which a task can own. A request begins when its function is called. Dropping its future
//! cancels it if no thread has begun with it; what is under way ends, and its result is dropped. On a loop that is gone a
//! request is cancelled at once; one that is under way when the loop goes is never done.
//!
//! ```
//! use uv_fs::future;
//!
//! let lp = uv_loop::Loop::new()?;
//! let handle = lp.handle();
//! let task = lp.spawn_local(async move {
//!     let entries = future::scandir(&handle, "/").await?;
//!     let mut directories = 0;
//!     for entry in entries {
//!         let path = std::path::Path::new("/").join(entry.name());
//!         let stat = future::lstat(&handle, path).await?;
//!         directories += u32::from(stat.file_type() == uv_fs::FileType::Dir);
//!     }
//!     Ok::<u32, uv_fs::FsError>(directories)
//! });
//! assert!(lp.block_on(task)?.unwrap()? > 0);
//! # Ok::<(), std::io::Error>(())
//! ```

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use uv_loop::{Loop, LoopHandle};
use uv_sys::Error;

use crate::{Access, CopyFlags, Dir, Dirent, FsError, OpenFlags, Request, Result, Stat, StatFs};

/// The future of a request. It panics if it is polled again after it has given the result.
///
/// ```
/// use uv_fs::{Stat, future};
///
/// let lp = uv_loop::Loop::new()?;
/// let stat: future::FsFuture<uv_fs::Result<Stat>> = future::stat(&lp.handle(), "/");
/// assert!(lp.block_on(stat)?.is_ok());
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "dropping it cancels the request"]
pub struct FsFuture<T> {
    done: Rc<Done<T>>,
    handle: LoopHandle,
    /// `None` once it has given the result, and for a loop that is gone.
    request: Option<Request>,
}

struct Done<T> {
    result: Cell<Option<T>>,
    waker: Cell<Option<Waker>>,
}

impl<T> Future for FsFuture<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let this = &mut *self;
        if let Some(result) = this.done.result.take() {
            this.request = None;
            return Poll::Ready(result);
        }
        assert!(this.request.is_some(), "the result was given before");
        let waker = this.done.waker.take().filter(|waker| waker.will_wake(cx.waker()));
        this.done.waker.set(Some(waker.unwrap_or_else(|| cx.waker().clone())));
        Poll::Pending
    }
}

impl<T> Unpin for FsFuture<T> {}

impl<T> Drop for FsFuture<T> {
    fn drop(&mut self) {
        if let Some(request) = self.request {
            // It fails if a thread has begun, or has done it.
            let _ = self.handle.with(|lp| request.cancel(lp));
        }
    }
}

impl<T> fmt::Debug for FsFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FsFuture").field("request", &self.request).finish_non_exhaustive()
    }
}

/// `make` makes the request with this callback; `gone` is the result where there is no loop.
fn start<T: 'static, I>(
    handle: &LoopHandle,
    input: I,
    make: impl FnOnce(&Loop, I, Box<dyn FnOnce(&Loop, T)>) -> Request,
    gone: impl FnOnce(I) -> T,
) -> FsFuture<T> {
    let done = Rc::new(Done { result: Cell::new(None), waker: Cell::new(None) });
    let there = done.clone();
    let callback = move |_: &Loop, result| {
        there.result.set(Some(result));
        if let Some(waker) = there.waker.take() {
            waker.wake();
        }
    };
    let mut input = Some(input);
    let request = handle.with(|lp| input.take().map(|input| make(lp, input, Box::new(callback))));
    if let Some(input) = input {
        done.result.set(Some(gone(input)));
    }
    FsFuture { done, handle: handle.clone(), request: request.ok().flatten() }
}

/// [`open`](crate::open()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// let fd = future::open(&lp, "/dev/null", uv_fs::OpenFlags::RDONLY, 0).await?;
/// assert_eq!(future::fstat(&lp, fd).await?.size, 0);
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn open(lp: &LoopHandle, path: impl Into<PathBuf>, flags: OpenFlags, mode: u32) -> FsFuture<Result<OwnedFd>> {
    let make = |lp: &Loop, (path, flags, mode): (_, _, _), cb| crate::open(lp, path, flags, mode, cb);
    start(lp, (path, flags, mode), make, |_| canceled("open"))
}

/// [`close`](crate::close()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// let fd = uv_fs::sync::open("/dev/null", uv_fs::OpenFlags::RDONLY, 0)?;
/// future::close(&lp, fd).await?;
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn close(lp: &LoopHandle, fd: impl Into<Arc<OwnedFd>>) -> FsFuture<Result<()>> {
    let make = |lp: &Loop, (fd,): (_,), cb| crate::close(lp, fd, cb);
    start(lp, (fd,), make, |_| canceled("close"))
}

/// [`stat`](crate::stat()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// assert_eq!(future::stat(&lp, "/").await?.file_type(), uv_fs::FileType::Dir);
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn stat(lp: &LoopHandle, path: impl Into<PathBuf>) -> FsFuture<Result<Stat>> {
    let make = |lp: &Loop, (path,): (_,), cb| crate::stat(lp, path, cb);
    start(lp, (path,), make, |_| canceled("stat"))
}

/// [`lstat`](crate::lstat()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// assert!(future::lstat(&lp, "/no/such").await.is_err());
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn lstat(lp: &LoopHandle, path: impl Into<PathBuf>) -> FsFuture<Result<Stat>> {
    let make = |lp: &Loop, (path,): (_,), cb| crate::lstat(lp, path, cb);
    start(lp, (path,), make, |_| canceled("lstat"))
}

/// [`fstat`](crate::fstat()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// assert_eq!(future::fstat(&lp, std::fs::File::open("/dev/null")?).await?.size, 0);
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn fstat(lp: &LoopHandle, fd: impl AsFd + Send + 'static) -> FsFuture<Result<Stat>> {
    let make = |lp: &Loop, (fd,): (_,), cb| crate::fstat(lp, fd, cb);
    start(lp, (fd,), make, |_| canceled("fstat"))
}

/// [`statfs`](crate::statfs()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// assert!(future::statfs(&lp, "/").await?.blocks > 0);
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn statfs(lp: &LoopHandle, path: impl Into<PathBuf>) -> FsFuture<Result<StatFs>> {
    let make = |lp: &Loop, (path,): (_,), cb| crate::statfs(lp, path, cb);
    start(lp, (path,), make, |_| canceled("statfs"))
}

/// [`access`](crate::access()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// future::access(&lp, "/dev/null", uv_fs::Access::R_OK).await?;
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn access(lp: &LoopHandle, path: impl Into<PathBuf>, mode: Access) -> FsFuture<Result<()>> {
    let make = |lp: &Loop, (path, mode): (_, _), cb| crate::access(lp, path, mode, cb);
    start(lp, (path, mode), make, |_| canceled("access"))
}

/// [`unlink`](crate::unlink()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let dir = tempfile::tempdir()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// let path = dir.path().join("file");
/// future::write_file(&lp, &path, "").await?;
/// future::unlink(&lp, path).await?;
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn unlink(lp: &LoopHandle, path: impl Into<PathBuf>) -> FsFuture<Result<()>> {
    let make = |lp: &Loop, (path,): (_,), cb| crate::unlink(lp, path, cb);
    start(lp, (path,), make, |_| canceled("unlink"))
}

/// [`rename`](crate::rename()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let dir = tempfile::tempdir()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// let (a, b) = (dir.path().join("a"), dir.path().join("b"));
/// future::write_file(&lp, &a, "").await?;
/// future::rename(&lp, a, b).await?;
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn rename(lp: &LoopHandle, path: impl Into<PathBuf>, new_path: impl Into<PathBuf>) -> FsFuture<Result<()>> {
    let make = |lp: &Loop, (path, new_path): (_, _), cb| crate::rename(lp, path, new_path, cb);
    start(lp, (path, new_path), make, |_| canceled("rename"))
}

/// [`link`](crate::link()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let dir = tempfile::tempdir()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// let (a, b) = (dir.path().join("a"), dir.path().join("b"));
/// future::write_file(&lp, &a, "").await?;
/// future::link(&lp, &a, b).await?;
/// assert_eq!(future::stat(&lp, a).await?.nlink, 2);
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn link(lp: &LoopHandle, path: impl Into<PathBuf>, new_path: impl Into<PathBuf>) -> FsFuture<Result<()>> {
    let make = |lp: &Loop, (path, new_path): (_, _), cb| crate::link(lp, path, new_path, cb);
    start(lp, (path, new_path), make, |_| canceled("link"))
}

/// [`symlink`](crate::symlink()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let dir = tempfile::tempdir()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// future::symlink(&lp, "/", dir.path().join("root")).await?;
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn symlink(lp: &LoopHandle, target: impl Into<PathBuf>, path: impl Into<PathBuf>) -> FsFuture<Result<()>> {
    let make = |lp: &Loop, (target, path): (_, _), cb| crate::symlink(lp, target, path, cb);
    start(lp, (target, path), make, |_| canceled("symlink"))
}

/// [`readlink`](crate::readlink()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let dir = tempfile::tempdir()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// let path = dir.path().join("root");
/// future::symlink(&lp, "/", &path).await?;
/// assert_eq!(future::readlink(&lp, path).await?.to_str(), Some("/"));
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn readlink(lp: &LoopHandle, path: impl Into<PathBuf>) -> FsFuture<Result<PathBuf>> {
    let make = |lp: &Loop, (path,): (_,), cb| crate::readlink(lp, path, cb);
    start(lp, (path,), make, |_| canceled("readlink"))
}

/// [`realpath`](crate::realpath()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// assert_eq!(future::realpath(&lp, "/dev/..").await?.to_str(), Some("/"));
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn realpath(lp: &LoopHandle, path: impl Into<PathBuf>) -> FsFuture<Result<PathBuf>> {
    let make = |lp: &Loop, (path,): (_,), cb| crate::realpath(lp, path, cb);
    start(lp, (path,), make, |_| canceled("realpath"))
}

/// [`copyfile`](crate::copyfile()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let dir = tempfile::tempdir()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// let (a, b) = (dir.path().join("a"), dir.path().join("b"));
/// future::write_file(&lp, &a, "twice").await?;
/// future::copyfile(&lp, a, &b, uv_fs::CopyFlags::EXCL).await?;
/// assert_eq!(future::read_file(&lp, b).await?, b"twice");
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn copyfile(
    lp: &LoopHandle,
    src: impl Into<PathBuf>,
    dst: impl Into<PathBuf>,
    flags: CopyFlags,
) -> FsFuture<Result<()>> {
    let make = |lp: &Loop, (src, dst, flags): (_, _, _), cb| crate::copyfile(lp, src, dst, flags, cb);
    start(lp, (src, dst, flags), make, |_| canceled("copyfile"))
}

/// [`mkdir`](crate::mkdir()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let dir = tempfile::tempdir()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// future::mkdir(&lp, dir.path().join("sub"), 0o777).await?;
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn mkdir(lp: &LoopHandle, path: impl Into<PathBuf>, mode: u32) -> FsFuture<Result<()>> {
    let make = |lp: &Loop, (path, mode): (_, _), cb| crate::mkdir(lp, path, mode, cb);
    start(lp, (path, mode), make, |_| canceled("mkdir"))
}

/// [`rmdir`](crate::rmdir()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// assert!(future::rmdir(&lp, "/dev/null").await.is_err());
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn rmdir(lp: &LoopHandle, path: impl Into<PathBuf>) -> FsFuture<Result<()>> {
    let make = |lp: &Loop, (path,): (_,), cb| crate::rmdir(lp, path, cb);
    start(lp, (path,), make, |_| canceled("rmdir"))
}

/// [`scandir`](crate::scandir()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let dir = tempfile::tempdir()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// assert!(future::scandir(&lp, dir.path()).await?.is_empty());
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn scandir(lp: &LoopHandle, path: impl Into<PathBuf>) -> FsFuture<Result<Vec<Dirent>>> {
    let make = |lp: &Loop, (path,): (_,), cb| crate::scandir(lp, path, cb);
    start(lp, (path,), make, |_| canceled("scandir"))
}

/// [`opendir`](crate::opendir()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// let root = future::opendir(&lp, "/").await?;
/// future::closedir(&lp, root).await?;
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn opendir(lp: &LoopHandle, path: impl Into<PathBuf>) -> FsFuture<Result<Dir>> {
    let make = |lp: &Loop, (path,): (_,), cb| crate::opendir(lp, path, cb);
    start(lp, (path,), make, |_| canceled("opendir"))
}

/// [`closedir`](crate::closedir()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// future::closedir(&lp, uv_fs::sync::opendir("/")?).await?;
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn closedir(lp: &LoopHandle, dir: Dir) -> FsFuture<Result<()>> {
    let make = |lp: &Loop, (dir,): (_,), cb| crate::closedir(lp, dir, cb);
    start(lp, (dir,), make, |_| canceled("closedir"))
}

/// [`mkdtemp`](crate::mkdtemp()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let dir = tempfile::tempdir()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// assert!(future::mkdtemp(&lp, dir.path().join("job-")).await?.is_dir());
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn mkdtemp(lp: &LoopHandle, prefix: impl Into<PathBuf>) -> FsFuture<Result<PathBuf>> {
    let make = |lp: &Loop, (prefix,): (_,), cb| crate::mkdtemp(lp, prefix, cb);
    start(lp, (prefix,), make, |_| canceled("mkdtemp"))
}

/// [`mkstemp`](crate::mkstemp()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let dir = tempfile::tempdir()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// let (_fd, path) = future::mkstemp(&lp, dir.path().join("part-")).await?;
/// assert!(path.is_file());
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn mkstemp(lp: &LoopHandle, prefix: impl Into<PathBuf>) -> FsFuture<Result<(OwnedFd, PathBuf)>> {
    let make = |lp: &Loop, (prefix,): (_,), cb| crate::mkstemp(lp, prefix, cb);
    start(lp, (prefix,), make, |_| canceled("mkstemp"))
}

/// [`chmod`](crate::chmod()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let dir = tempfile::tempdir()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// future::chmod(&lp, dir.path(), 0o700).await?;
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn chmod(lp: &LoopHandle, path: impl Into<PathBuf>, mode: u32) -> FsFuture<Result<()>> {
    let make = |lp: &Loop, (path, mode): (_, _), cb| crate::chmod(lp, path, mode, cb);
    start(lp, (path, mode), make, |_| canceled("chmod"))
}

/// [`chown`](crate::chown()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let dir = tempfile::tempdir()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// future::chown(&lp, dir.path(), None, None).await?;
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn chown(lp: &LoopHandle, path: impl Into<PathBuf>, uid: Option<u32>, gid: Option<u32>) -> FsFuture<Result<()>> {
    let make = |lp: &Loop, (path, uid, gid): (_, _, _), cb| crate::chown(lp, path, uid, gid, cb);
    start(lp, (path, uid, gid), make, |_| canceled("chown"))
}

/// [`lchown`](crate::lchown()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let dir = tempfile::tempdir()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// future::lchown(&lp, dir.path(), None, None).await?;
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn lchown(lp: &LoopHandle, path: impl Into<PathBuf>, uid: Option<u32>, gid: Option<u32>) -> FsFuture<Result<()>> {
    let make = |lp: &Loop, (path, uid, gid): (_, _, _), cb| crate::lchown(lp, path, uid, gid, cb);
    start(lp, (path, uid, gid), make, |_| canceled("lchown"))
}

/// [`utime`](crate::utime()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let dir = tempfile::tempdir()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// future::utime(&lp, dir.path(), 1.0, 2.0).await?;
/// assert_eq!(future::stat(&lp, dir.path()).await?.mtime.sec, 2);
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn utime(lp: &LoopHandle, path: impl Into<PathBuf>, atime: f64, mtime: f64) -> FsFuture<Result<()>> {
    let make = |lp: &Loop, (path, atime, mtime): (_, _, _), cb| crate::utime(lp, path, atime, mtime, cb);
    start(lp, (path, atime, mtime), make, |_| canceled("utime"))
}

/// [`lutime`](crate::lutime()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let dir = tempfile::tempdir()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// future::lutime(&lp, dir.path(), 1.0, 2.0).await?;
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn lutime(lp: &LoopHandle, path: impl Into<PathBuf>, atime: f64, mtime: f64) -> FsFuture<Result<()>> {
    let make = |lp: &Loop, (path, atime, mtime): (_, _, _), cb| crate::lutime(lp, path, atime, mtime, cb);
    start(lp, (path, atime, mtime), make, |_| canceled("lutime"))
}

/// [`sendfile`](crate::sendfile()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// let (from, to) = (tempfile::NamedTempFile::new()?, tempfile::tempfile()?);
/// future::write_file(&lp, from.path(), "sent").await?;
/// assert_eq!(future::sendfile(&lp, to, from.reopen()?, 0, 100).await?, 4);
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn sendfile(
    lp: &LoopHandle,
    output: impl AsFd + Send + 'static,
    input: impl AsFd + Send + 'static,
    offset: u64,
    len: usize,
) -> FsFuture<Result<usize>> {
    let make =
        |lp: &Loop, (output, input, offset, len): (_, _, _, _), cb| crate::sendfile(lp, output, input, offset, len, cb);
    start(lp, (output, input, offset, len), make, |_| canceled("sendfile"))
}

/// [`ftruncate`](crate::ftruncate()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// future::ftruncate(&lp, tempfile::tempfile()?, 10).await?;
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn ftruncate(lp: &LoopHandle, fd: impl AsFd + Send + 'static, len: u64) -> FsFuture<Result<()>> {
    let make = |lp: &Loop, (fd, len): (_, _), cb| crate::ftruncate(lp, fd, len, cb);
    start(lp, (fd, len), make, |_| canceled("ftruncate"))
}

/// [`fsync`](crate::fsync()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// future::fsync(&lp, tempfile::tempfile()?).await?;
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn fsync(lp: &LoopHandle, fd: impl AsFd + Send + 'static) -> FsFuture<Result<()>> {
    let make = |lp: &Loop, (fd,): (_,), cb| crate::fsync(lp, fd, cb);
    start(lp, (fd,), make, |_| canceled("fsync"))
}

/// [`fdatasync`](crate::fdatasync()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// future::fdatasync(&lp, tempfile::tempfile()?).await?;
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn fdatasync(lp: &LoopHandle, fd: impl AsFd + Send + 'static) -> FsFuture<Result<()>> {
    let make = |lp: &Loop, (fd,): (_,), cb| crate::fdatasync(lp, fd, cb);
    start(lp, (fd,), make, |_| canceled("fdatasync"))
}

/// [`fchmod`](crate::fchmod()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// future::fchmod(&lp, tempfile::tempfile()?, 0o600).await?;
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn fchmod(lp: &LoopHandle, fd: impl AsFd + Send + 'static, mode: u32) -> FsFuture<Result<()>> {
    let make = |lp: &Loop, (fd, mode): (_, _), cb| crate::fchmod(lp, fd, mode, cb);
    start(lp, (fd, mode), make, |_| canceled("fchmod"))
}

/// [`fchown`](crate::fchown()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// future::fchown(&lp, tempfile::tempfile()?, None, None).await?;
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn fchown(
    lp: &LoopHandle,
    fd: impl AsFd + Send + 'static,
    uid: Option<u32>,
    gid: Option<u32>,
) -> FsFuture<Result<()>> {
    let make = |lp: &Loop, (fd, uid, gid): (_, _, _), cb| crate::fchown(lp, fd, uid, gid, cb);
    start(lp, (fd, uid, gid), make, |_| canceled("fchown"))
}

/// [`futime`](crate::futime()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// future::futime(&lp, tempfile::tempfile()?, 1.0, 2.0).await?;
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn futime(lp: &LoopHandle, fd: impl AsFd + Send + 'static, atime: f64, mtime: f64) -> FsFuture<Result<()>> {
    let make = |lp: &Loop, (fd, atime, mtime): (_, _, _), cb| crate::futime(lp, fd, atime, mtime, cb);
    start(lp, (fd, atime, mtime), make, |_| canceled("futime"))
}

/// [`read_file`](crate::read_file()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// assert!(future::read_file(&lp, "/dev/null").await?.is_empty());
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn read_file(lp: &LoopHandle, path: impl Into<PathBuf>) -> FsFuture<Result<Vec<u8>>> {
    let make = |lp: &Loop, (path,): (_,), cb| crate::read_file(lp, path, cb);
    start(lp, (path,), make, |_| canceled("open"))
}

/// [`write_file`](crate::write_file()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let dir = tempfile::tempdir()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// future::write_file(&lp, dir.path().join("file"), "text").await?;
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write_file(
    lp: &LoopHandle,
    path: impl Into<PathBuf>,
    data: impl AsRef<[u8]> + Send + 'static,
) -> FsFuture<Result<()>> {
    let make = |lp: &Loop, (path, data): (_, _), cb| crate::write_file(lp, path, data, cb);
    start(lp, (path, data), make, |_| canceled("open"))
}

/// [`append_file`](crate::append_file()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let dir = tempfile::tempdir()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// future::append_file(&lp, dir.path().join("log"), "line\n").await?;
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn append_file(
    lp: &LoopHandle,
    path: impl Into<PathBuf>,
    data: impl AsRef<[u8]> + Send + 'static,
) -> FsFuture<Result<()>> {
    let make = |lp: &Loop, (path, data): (_, _), cb| crate::append_file(lp, path, data, cb);
    start(lp, (path, data), make, |_| canceled("open"))
}

/// [`write_file_atomic`](crate::write_file_atomic()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let dir = tempfile::tempdir()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// future::write_file_atomic(&lp, dir.path().join("file"), "all of it").await?;
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write_file_atomic(
    lp: &LoopHandle,
    path: impl Into<PathBuf>,
    data: impl AsRef<[u8]> + Send + 'static,
) -> FsFuture<Result<()>> {
    let make = |lp: &Loop, (path, data): (_, _), cb| crate::write_file_atomic(lp, path, data, cb);
    start(lp, (path, data), make, |_| canceled("open"))
}

/// [`mkdir_all`](crate::mkdir_all()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let dir = tempfile::tempdir()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// assert!(future::mkdir_all(&lp, dir.path().join("a/b"), 0o777).await?.is_some());
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn mkdir_all(lp: &LoopHandle, path: impl Into<PathBuf>, mode: u32) -> FsFuture<Result<Option<PathBuf>>> {
    let make = |lp: &Loop, (path, mode): (_, _), cb| crate::mkdir_all(lp, path, mode, cb);
    start(lp, (path, mode), make, |_| canceled("mkdir"))
}

/// [`remove_tree`](crate::remove_tree()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let dir = tempfile::tempdir()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// future::mkdir_all(&lp, dir.path().join("a/b"), 0o777).await?;
/// future::remove_tree(&lp, dir.path().join("a")).await?;
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn remove_tree(lp: &LoopHandle, path: impl Into<PathBuf>) -> FsFuture<Result<()>> {
    let make = |lp: &Loop, (path,): (_,), cb| crate::remove_tree(lp, path, cb);
    start(lp, (path,), make, |_| canceled("rm"))
}

/// [`copy_tree`](crate::copy_tree()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let dir = tempfile::tempdir()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// let (a, b) = (dir.path().join("a"), dir.path().join("b"));
/// future::mkdir_all(&lp, a.join("sub"), 0o777).await?;
/// future::copy_tree(&lp, a, b, uv_fs::CopyFlags::default()).await?;
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn copy_tree(
    lp: &LoopHandle,
    src: impl Into<PathBuf>,
    dst: impl Into<PathBuf>,
    flags: CopyFlags,
) -> FsFuture<Result<()>> {
    let make = |lp: &Loop, (src, dst, flags): (_, _, _), cb| crate::copy_tree(lp, src, dst, flags, cb);
    start(lp, (src, dst, flags), make, |_| canceled("cp"))
}

/// [`read`](crate::read()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// let zero = std::fs::File::open("/dev/zero")?;
/// let (count, buf) = future::read(&lp, zero, vec![1; 4], None).await;
/// assert_eq!((count?, buf), (4, vec![0; 4]));
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn read(
    lp: &LoopHandle,
    fd: impl AsFd + Send + 'static,
    buf: Vec<u8>,
    offset: Option<u64>,
) -> FsFuture<(Result<usize>, Vec<u8>)> {
    let make = |lp: &Loop, (fd, buf, offset): (_, _, _), cb: Box<dyn FnOnce(&Loop, _)>| {
        crate::read(lp, fd, buf, offset, |lp, result, buf| cb(lp, (result, buf)))
    };
    start(lp, (fd, buf, offset), make, |(_, buf, _): (_, _, _)| (canceled("read"), buf))
}

/// [`read_vectored`](crate::read_vectored()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// let zero = std::fs::File::open("/dev/zero")?;
/// let (count, bufs) = future::read_vectored(&lp, zero, vec![vec![1; 2]; 2], None).await;
/// assert_eq!((count?, bufs), (4, vec![vec![0; 2]; 2]));
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn read_vectored(
    lp: &LoopHandle,
    fd: impl AsFd + Send + 'static,
    bufs: Vec<Vec<u8>>,
    offset: Option<u64>,
) -> FsFuture<(Result<usize>, Vec<Vec<u8>>)> {
    let make = |lp: &Loop, (fd, bufs, offset): (_, _, _), cb: Box<dyn FnOnce(&Loop, _)>| {
        crate::read_vectored(lp, fd, bufs, offset, |lp, result, bufs| cb(lp, (result, bufs)))
    };
    start(lp, (fd, bufs, offset), make, |(_, bufs, _): (_, _, _)| (canceled("read"), bufs))
}

/// [`write`](crate::write()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// let (count, data) = future::write(&lp, tempfile::tempfile()?, "data", None).await;
/// assert_eq!(count?, data.len());
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write<B: AsRef<[u8]> + Send + 'static>(
    lp: &LoopHandle,
    fd: impl AsFd + Send + 'static,
    data: B,
    offset: Option<u64>,
) -> FsFuture<(Result<usize>, B)> {
    let make = |lp: &Loop, (fd, data, offset): (_, _, _), cb: Box<dyn FnOnce(&Loop, _)>| {
        crate::write(lp, fd, data, offset, |lp, result, data| cb(lp, (result, data)))
    };
    start(lp, (fd, data, offset), make, |(_, data, _): (_, _, _)| (canceled("write"), data))
}

/// [`write_vectored`](crate::write_vectored()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// let (count, _) = future::write_vectored(&lp, tempfile::tempfile()?, vec!["head", "body"], None).await;
/// assert_eq!(count?, 8);
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write_vectored<B: AsRef<[u8]> + Send + 'static>(
    lp: &LoopHandle,
    fd: impl AsFd + Send + 'static,
    data: Vec<B>,
    offset: Option<u64>,
) -> FsFuture<(Result<usize>, Vec<B>)> {
    let make = |lp: &Loop, (fd, data, offset): (_, _, _), cb: Box<dyn FnOnce(&Loop, _)>| {
        crate::write_vectored(lp, fd, data, offset, |lp, result, data| cb(lp, (result, data)))
    };
    start(lp, (fd, data, offset), make, |(_, data, _): (_, _, _)| (canceled("write"), data))
}

/// [`readdir`](crate::readdir()) as a future.
///
/// ```
/// # use uv_fs::future;
/// # let lp = uv_loop::Loop::new()?;
/// # let handle = lp.handle();
/// # lp.block_on(async {
/// # let lp = handle;
/// let root = future::opendir(&lp, "/").await?;
/// let (entries, _root) = future::readdir(&lp, root, 2).await;
/// assert_eq!(entries?.len(), 2);
/// # Ok::<(), std::io::Error>(())
/// # })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn readdir(lp: &LoopHandle, dir: Dir, count: usize) -> FsFuture<(Result<Vec<Dirent>>, Dir)> {
    let make = |lp: &Loop, (dir, count): (_, _), cb: Box<dyn FnOnce(&Loop, _)>| {
        crate::readdir(lp, dir, count, |lp, result, dir| cb(lp, (result, dir)))
    };
    start(lp, (dir, count), make, |(dir, _): (_, _)| (canceled("readdir"), dir))
}

fn canceled<T>(syscall: &'static str) -> Result<T> {
    Err(FsError::new(Error::ECANCELED, syscall))
}
