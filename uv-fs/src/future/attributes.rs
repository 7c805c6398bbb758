//! Requests that change what a file is said to be.

use std::os::fd::AsFd;
use std::path::PathBuf;

use uv_loop::LoopHandle;

use super::FsFuture;
use crate::{FileTime, Result};

future! {
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
    chmod(path: impl Into<PathBuf>, mode: u32) -> (), "chmod"
}

future! {
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
    chown(path: impl Into<PathBuf>, uid: Option<u32>, gid: Option<u32>) -> (), "chown"
}

future! {
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
    lchown(path: impl Into<PathBuf>, uid: Option<u32>, gid: Option<u32>) -> (), "lchown"
}

future! {
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
    utime(path: impl Into<PathBuf>, atime: impl Into<FileTime>, mtime: impl Into<FileTime>) -> (), "utime"
}

future! {
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
    lutime(path: impl Into<PathBuf>, atime: impl Into<FileTime>, mtime: impl Into<FileTime>) -> (), "lutime"
}

future! {
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
    fchmod(fd: impl AsFd + Send + 'static, mode: u32) -> (), "fchmod"
}

future! {
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
    fchown(fd: impl AsFd + Send + 'static, uid: Option<u32>, gid: Option<u32>) -> (), "fchown"
}

future! {
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
    futime(fd: impl AsFd + Send + 'static, atime: impl Into<FileTime>, mtime: impl Into<FileTime>) -> (), "futime"
}
