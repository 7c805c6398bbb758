//! Requests on an open file.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use uv_fs::{FileTime, Request, Result, Stat};

use crate::{Outcome, Runtime};

request! {
    /// [`sync::close`](super::sync::close) on the pool. As `fs.close`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let fd = fs::sync::open("/dev/null", fs::OpenFlags::RDONLY, 0)?;
    /// fs::close(&rt, fd, |_, closed| closed);
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    close(fd: impl Into<Arc<OwnedFd>>) -> ()
}

/// [`sync::read`](super::sync::read) on the pool: reads up to `buf.len()` bytes, at `offset` or at the file's position
/// if `None`, and hands the buffer back with their number. As `fs.read`.
///
/// ```
/// use node_compat::{Runtime, fs};
///
/// let rt = Runtime::new()?;
/// let zero = fs::sync::open("/dev/zero", fs::OpenFlags::RDONLY, 0)?;
/// fs::read(&rt, zero, vec![1; 4], None, |_, count, buf| {
///     assert_eq!((count.unwrap(), buf), (4, vec![0; 4]));
/// });
/// rt.run()?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn read<O: Outcome>(
    rt: &Runtime,
    fd: impl AsFd + Send + 'static,
    buf: Vec<u8>,
    offset: Option<u64>,
    f: impl FnOnce(&Runtime, Result<usize>, Vec<u8>) -> O + 'static,
) -> Request {
    let f = rt.callback(|rt, (count, buf)| f(rt, count, buf));
    uv_fs::read(rt.event_loop(), fd, buf, offset, |lp, count, buf| f(lp, (count, buf)))
}

/// [`sync::read_vectored`](super::sync::read_vectored) on the pool, and the buffers handed back. As `fs.readv`.
///
/// ```
/// use node_compat::{Runtime, fs};
///
/// let rt = Runtime::new()?;
/// let zero = fs::sync::open("/dev/zero", fs::OpenFlags::RDONLY, 0)?;
/// fs::read_vectored(&rt, zero, vec![vec![1; 2], vec![1; 2]], None, |_, count, bufs| {
///     assert_eq!((count.unwrap(), bufs), (4, vec![vec![0; 2]; 2]));
/// });
/// rt.run()?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn read_vectored<O: Outcome>(
    rt: &Runtime,
    fd: impl AsFd + Send + 'static,
    bufs: Vec<Vec<u8>>,
    offset: Option<u64>,
    f: impl FnOnce(&Runtime, Result<usize>, Vec<Vec<u8>>) -> O + 'static,
) -> Request {
    let f = rt.callback(|rt, (count, bufs)| f(rt, count, bufs));
    uv_fs::read_vectored(rt.event_loop(), fd, bufs, offset, |lp, count, bufs| f(lp, (count, bufs)))
}

/// [`sync::write`](super::sync::write) on the pool, and the data handed back with the number of bytes that were taken.
/// As `fs.write`.
///
/// ```
/// use node_compat::{Runtime, fs};
///
/// let rt = Runtime::new()?;
/// let null = fs::sync::open("/dev/null", fs::OpenFlags::WRONLY, 0)?;
/// fs::write(&rt, null, "data", None, |_, count, data| assert_eq!(count.unwrap(), data.len()));
/// rt.run()?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write<B: AsRef<[u8]> + Send + 'static, O: Outcome>(
    rt: &Runtime,
    fd: impl AsFd + Send + 'static,
    data: B,
    offset: Option<u64>,
    f: impl FnOnce(&Runtime, Result<usize>, B) -> O + 'static,
) -> Request {
    let f = rt.callback(|rt, (count, data)| f(rt, count, data));
    uv_fs::write(rt.event_loop(), fd, data, offset, |lp, count, data| f(lp, (count, data)))
}

/// [`sync::write_vectored`](super::sync::write_vectored) on the pool, and the data handed back. As `fs.writev`.
///
/// ```
/// use node_compat::{Runtime, fs};
///
/// let rt = Runtime::new()?;
/// let null = fs::sync::open("/dev/null", fs::OpenFlags::WRONLY, 0)?;
/// fs::write_vectored(&rt, null, vec!["head", "body"], None, |_, count, _| assert_eq!(count.unwrap(), 8));
/// rt.run()?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write_vectored<B: AsRef<[u8]> + Send + 'static, O: Outcome>(
    rt: &Runtime,
    fd: impl AsFd + Send + 'static,
    data: Vec<B>,
    offset: Option<u64>,
    f: impl FnOnce(&Runtime, Result<usize>, Vec<B>) -> O + 'static,
) -> Request {
    let f = rt.callback(|rt, (count, data)| f(rt, count, data));
    uv_fs::write_vectored(rt.event_loop(), fd, data, offset, |lp, count, data| f(lp, (count, data)))
}

request! {
    /// [`sync::sendfile`](super::sync::sendfile) on the pool. Node has no such function.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let (from, to) = (tempfile::NamedTempFile::new()?, tempfile::NamedTempFile::new()?);
    /// fs::sync::write_file(from.path(), "sent")?;
    /// fs::sendfile(&rt, to.reopen()?, from.reopen()?, 0, 100, |_, sent| assert_eq!(sent.unwrap(), 4));
    /// rt.run()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    sendfile(output: impl AsFd + Send + 'static, input: impl AsFd + Send + 'static, offset: u64, len: usize) -> usize
}

request! {
    /// [`sync::fstat`](super::sync::fstat) on the pool. As `fs.fstat`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// fs::fstat(&rt, std::fs::File::open("/dev/null")?, |_, stat| assert_eq!(stat.unwrap().size, 0));
    /// rt.run()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fstat(fd: impl AsFd + Send + 'static) -> Stat
}

request! {
    /// [`sync::ftruncate`](super::sync::ftruncate) on the pool. As `fs.ftruncate`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let file = tempfile::NamedTempFile::new()?;
    /// fs::ftruncate(&rt, file.reopen()?, 10, |_, done| done);
    /// rt.run()?;
    /// assert_eq!(fs::sync::stat(file.path())?.size, 10);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ftruncate(fd: impl AsFd + Send + 'static, len: u64) -> ()
}

request! {
    /// [`sync::fsync`](super::sync::fsync) on the pool. As `fs.fsync`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// fs::fsync(&rt, tempfile::tempfile()?, |_, done| done);
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fsync(fd: impl AsFd + Send + 'static) -> ()
}

request! {
    /// [`sync::fdatasync`](super::sync::fdatasync) on the pool. As `fs.fdatasync`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// fs::fdatasync(&rt, tempfile::tempfile()?, |_, done| done);
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fdatasync(fd: impl AsFd + Send + 'static) -> ()
}

request! {
    /// [`sync::fchmod`](super::sync::fchmod) on the pool. As `fs.fchmod`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let file = tempfile::NamedTempFile::new()?;
    /// fs::fchmod(&rt, file.reopen()?, 0o604, |_, done| done);
    /// rt.run()?;
    /// assert_eq!(fs::sync::stat(file.path())?.permissions(), 0o604);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fchmod(fd: impl AsFd + Send + 'static, mode: u32) -> ()
}

request! {
    /// [`sync::fchown`](super::sync::fchown) on the pool. As `fs.fchown`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let file = tempfile::tempfile()?;
    /// let gid = fs::sync::fstat(&file)?.gid;
    /// fs::fchown(&rt, file, None, Some(gid), |_, done| done);
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fchown(fd: impl AsFd + Send + 'static, uid: Option<u32>, gid: Option<u32>) -> ()
}

request! {
    /// [`sync::futime`](super::sync::futime) on the pool, in seconds since the epoch. As `fs.futimes`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let file = tempfile::NamedTempFile::new()?;
    /// fs::futime(&rt, file.reopen()?, 1.0, 2.0, |_, done| done);
    /// rt.run()?;
    /// assert_eq!(fs::sync::stat(file.path())?.mtime.sec, 2);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    futime(fd: impl AsFd + Send + 'static, atime: impl Into<FileTime>, mtime: impl Into<FileTime>) -> ()
}
