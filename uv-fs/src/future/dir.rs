//! Requests on directories.

use std::os::fd::OwnedFd;
use std::path::PathBuf;

use uv_loop::LoopHandle;

use super::FsFuture;
use crate::request::dir::readdir_of;
use crate::{Dir, Dirent, Result};

future! {
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
    mkdir(path: impl Into<PathBuf>, mode: u32) -> (), "mkdir"
}

future! {
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
    rmdir(path: impl Into<PathBuf>) -> (), "rmdir"
}

future! {
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
    scandir(path: impl Into<PathBuf>) -> Vec<Dirent>, "scandir"
}

future! {
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
    opendir(path: impl Into<PathBuf>) -> Dir, "opendir"
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
    FsFuture::with_buffer(lp, "readdir", dir, move |lp, dir, answer| {
        readdir_of(lp, dir, count, |_, result, dir| answer.give((result, dir.home())))
    })
}

future! {
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
    closedir(dir: Dir) -> (), "closedir"
}

future! {
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
    mkdtemp(prefix: impl Into<PathBuf>) -> PathBuf, "mkdtemp"
}

future! {
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
    mkstemp(prefix: impl Into<PathBuf>) -> (OwnedFd, PathBuf), "mkstemp"
}
