//! Whole files and trees.

use std::path::{Path, PathBuf};

use uv_loop::LoopHandle;

use super::FsFuture;
use crate::{CopyFlags, Result};

future! {
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
    read_file(path: impl AsRef<Path> + Into<PathBuf>) -> Vec<u8>, "open"
}

future! {
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
    write_file(path: impl Into<PathBuf>, data: impl AsRef<[u8]> + Send + 'static) -> (), "open"
}

future! {
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
    append_file(path: impl Into<PathBuf>, data: impl AsRef<[u8]> + Send + 'static) -> (), "open"
}

future! {
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
    write_file_atomic(path: impl Into<PathBuf>, data: impl AsRef<[u8]> + Send + 'static) -> (), "open"
}

future! {
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
    mkdir_all(path: impl Into<PathBuf>, mode: u32) -> Option<PathBuf>, "mkdir"
}

future! {
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
    copy_tree(src: impl Into<PathBuf>, dst: impl Into<PathBuf>, flags: CopyFlags) -> (), "cp"
}

future! {
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
    remove_tree(path: impl Into<PathBuf>) -> (), "rm"
}
