//! Requests on a directory, and those that make temporary files.

use std::os::fd::OwnedFd;
use std::path::PathBuf;

use uv_fs::{Dir, Dirent, Request, Result};

use crate::{Outcome, Runtime};

request! {
    /// [`sync::mkdir`](super::sync::mkdir) on the pool. As `fs.mkdir`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let dir = tempfile::tempdir()?;
    /// fs::mkdir(&rt, dir.path().join("sub"), 0o777, |_, done| done);
    /// rt.run()?;
    /// assert!(dir.path().join("sub").is_dir());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    mkdir(path: impl Into<PathBuf>, mode: u32) -> ()
}

request! {
    /// [`sync::rmdir`](super::sync::rmdir) on the pool. As `fs.rmdir`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// fs::rmdir(&rt, "/dev/null", |_, done| {
    ///     assert_eq!(done.unwrap_err().to_string(), "ENOTDIR: not a directory, rmdir '/dev/null'");
    /// });
    /// rt.run()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    rmdir(path: impl Into<PathBuf>) -> ()
}

request! {
    /// [`sync::scandir`](super::sync::scandir) on the pool. As `fs.readdir`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// fs::scandir(&rt, "/", |_, entries| {
    ///     assert!(entries.unwrap().iter().any(|entry| entry.name() == "dev"));
    /// });
    /// rt.run()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    scandir(path: impl Into<PathBuf>) -> Vec<Dirent>
}

request! {
    /// [`sync::opendir`](super::sync::opendir) on the pool. As `fs.opendir`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// fs::opendir(&rt, "/", |rt, dir| {
    ///     fs::readdir(rt, dir?, 2, |rt, entries, dir| {
    ///         assert_eq!(entries?.len(), 2);
    ///         fs::closedir(rt, dir, |_, closed| closed);
    ///         Ok::<(), fs::FsError>(())
    ///     });
    ///     Ok::<(), fs::FsError>(())
    /// });
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    opendir(path: impl Into<PathBuf>) -> Dir
}

/// [`sync::readdir`](super::sync::readdir) on the pool, and the directory handed back. As `Dir.read`.
///
/// ```
/// use node_compat::{Runtime, fs};
///
/// let rt = Runtime::new()?;
/// let dir = fs::sync::opendir(tempfile::tempdir()?.path())?;
/// fs::readdir(&rt, dir, 100, |_, entries, _| assert!(entries.unwrap().is_empty()));
/// rt.run()?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn readdir<O: Outcome>(
    rt: &Runtime,
    dir: Dir,
    count: usize,
    f: impl FnOnce(&Runtime, Result<Vec<Dirent>>, Dir) -> O + 'static,
) -> Request {
    let f = rt.callback(|rt, (entries, dir)| f(rt, entries, dir));
    uv_fs::readdir(rt.event_loop(), dir, count, |lp, entries, dir| f(lp, (entries, dir)))
}

request! {
    /// [`sync::closedir`](super::sync::closedir) on the pool. As `Dir.close`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// fs::closedir(&rt, fs::sync::opendir("/")?, |_, closed| closed);
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    closedir(dir: Dir) -> ()
}

request! {
    /// [`sync::mkdtemp`](super::sync::mkdtemp) on the pool. As `fs.mkdtemp`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let dir = tempfile::tempdir()?;
    /// fs::mkdtemp(&rt, dir.path().join("job-"), |_, path| assert!(path.unwrap().is_dir()));
    /// rt.run()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    mkdtemp(prefix: impl Into<PathBuf>) -> PathBuf
}

request! {
    /// [`sync::mkstemp`](super::sync::mkstemp) on the pool. Node has no such function.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let dir = tempfile::tempdir()?;
    /// fs::mkstemp(&rt, dir.path().join("part-"), |_, made| assert!(made.unwrap().1.is_file()));
    /// rt.run()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    mkstemp(prefix: impl Into<PathBuf>) -> (OwnedFd, PathBuf)
}
