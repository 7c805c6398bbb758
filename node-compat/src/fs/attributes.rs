//! Requests that change what a file's metadata say.

use std::path::PathBuf;

use uv_fs::{FileTime, Request, Result};

use crate::{Outcome, Runtime};

request! {
    /// [`sync::chmod`](super::sync::chmod) on the pool. As `fs.chmod`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let file = tempfile::NamedTempFile::new()?;
    /// fs::chmod(&rt, file.path(), 0o604, |_, done| done);
    /// rt.run()?;
    /// assert_eq!(fs::sync::stat(file.path())?.permissions(), 0o604);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    chmod(path: impl Into<PathBuf>, mode: u32) -> ()
}

request! {
    /// [`sync::chown`](super::sync::chown) on the pool. As `fs.chown`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let file = tempfile::NamedTempFile::new()?;
    /// let uid = fs::sync::stat(file.path())?.uid;
    /// fs::chown(&rt, file.path(), Some(uid), None, |_, done| done);
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    chown(path: impl Into<PathBuf>, uid: Option<u32>, gid: Option<u32>) -> ()
}

request! {
    /// [`sync::lchown`](super::sync::lchown) on the pool. As `fs.lchown`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let file = tempfile::NamedTempFile::new()?;
    /// let uid = fs::sync::stat(file.path())?.uid;
    /// fs::lchown(&rt, file.path(), Some(uid), None, |_, done| done);
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    lchown(path: impl Into<PathBuf>, uid: Option<u32>, gid: Option<u32>) -> ()
}

request! {
    /// [`sync::utime`](super::sync::utime) on the pool, in seconds since the epoch. As `fs.utimes`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let file = tempfile::NamedTempFile::new()?;
    /// fs::utime(&rt, file.path(), 1.0, 2.0, |_, done| done);
    /// rt.run()?;
    /// assert_eq!(fs::sync::stat(file.path())?.atime.sec, 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    utime(path: impl Into<PathBuf>, atime: impl Into<FileTime>, mtime: impl Into<FileTime>) -> ()
}

request! {
    /// [`sync::lutime`](super::sync::lutime) on the pool. As `fs.lutimes`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let dir = tempfile::tempdir()?;
    /// let link = dir.path().join("link");
    /// fs::sync::symlink("nowhere", &link)?;
    /// fs::lutime(&rt, &link, 1.0, 2.0, |_, done| done);
    /// rt.run()?;
    /// assert_eq!(fs::sync::lstat(&link)?.mtime.sec, 2);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    lutime(path: impl Into<PathBuf>, atime: impl Into<FileTime>, mtime: impl Into<FileTime>) -> ()
}
