//! Requests on descriptors.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use uv_loop::LoopHandle;

use super::FsFuture;
use crate::request::fd::{read_into, read_vectored_into, write_vectored_from};
use crate::{Result, Stat};

future! {
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
    close(fd: impl Into<Arc<OwnedFd>>) -> (), "close"
}

future! {
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
    fstat(fd: impl AsFd + Send + 'static) -> Stat, "fstat"
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
    FsFuture::with_buffer(lp, "read", buf, move |lp, buf, answer| {
        read_into::<Vec<u8>, _>(lp, fd, buf, offset, |_, result, buf| answer.give((result, buf.home())))
    })
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
    FsFuture::with_buffer(lp, "read", bufs, move |lp, bufs, answer| {
        read_vectored_into::<Vec<u8>, _>(lp, fd, bufs, offset, |_, result, bufs| answer.give((result, bufs.home())))
    })
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
    FsFuture::with_buffer(lp, "write", data, move |lp, data, answer| {
        crate::write(lp, fd, data, offset, |_, result, data| answer.give((result, data.home())))
    })
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
    FsFuture::with_buffer(lp, "write", data, move |lp, data, answer| {
        write_vectored_from(lp, fd, data, offset, |_, result, data| answer.give((result, data.home())))
    })
}

future! {
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
    sendfile(output: impl AsFd + Send + 'static, input: impl AsFd + Send + 'static, offset: u64, len: usize) -> usize, "sendfile"
}

future! {
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
    ftruncate(fd: impl AsFd + Send + 'static, len: u64) -> (), "ftruncate"
}

future! {
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
    fsync(fd: impl AsFd + Send + 'static) -> (), "fsync"
}

future! {
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
    fdatasync(fd: impl AsFd + Send + 'static) -> (), "fdatasync"
}
