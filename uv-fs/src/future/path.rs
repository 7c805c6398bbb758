//! Requests on names.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use uv_loop::LoopHandle;

use super::FsFuture;
use crate::{Access, CopyFlags, OpenFlags, Result, Stat, StatFs};

future! {
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
    open(path: impl AsRef<Path> + Into<PathBuf>, flags: OpenFlags, mode: u32) -> OwnedFd, "open"
}

future! {
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
    stat(path: impl AsRef<Path> + Into<PathBuf>) -> Stat, "stat"
}

future! {
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
    lstat(path: impl AsRef<Path> + Into<PathBuf>) -> Stat, "lstat"
}

future! {
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
    statfs(path: impl Into<PathBuf>) -> StatFs, "statfs"
}

future! {
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
    access(path: impl AsRef<Path> + Into<PathBuf>, mode: Access) -> (), "access"
}

future! {
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
    unlink(path: impl Into<PathBuf>) -> (), "unlink"
}

future! {
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
    rename(path: impl Into<PathBuf>, new_path: impl Into<PathBuf>) -> (), "rename"
}

future! {
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
    link(path: impl Into<PathBuf>, new_path: impl Into<PathBuf>) -> (), "link"
}

future! {
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
    symlink(target: impl Into<PathBuf>, path: impl Into<PathBuf>) -> (), "symlink"
}

future! {
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
    readlink(path: impl Into<PathBuf>) -> PathBuf, "readlink"
}

future! {
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
    realpath(path: impl Into<PathBuf>) -> PathBuf, "realpath"
}

future! {
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
    copyfile(src: impl Into<PathBuf>, dst: impl Into<PathBuf>, flags: CopyFlags) -> (), "copyfile"
}
