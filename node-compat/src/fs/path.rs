//! Requests on a path.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use uv_fs::{Access, CopyFlags, OpenFlags, Request, Result, Stat, StatFs};

use crate::{Outcome, Runtime};

request! {
    /// [`sync::open`](super::sync::open) on the pool. As `fs.open`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// fs::open(&rt, "/dev/zero", fs::OpenFlags::RDONLY, 0, |rt, fd| {
    ///     fs::read(rt, fd?, vec![1; 4], None, |_, _, buf| assert_eq!(buf, [0; 4]));
    ///     Ok::<(), fs::FsError>(())
    /// });
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    open(path: impl AsRef<Path> + Into<PathBuf>, flags: OpenFlags, mode: u32) -> OwnedFd
}

request! {
    /// [`sync::stat`](super::sync::stat) on the pool. As `fs.stat`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// fs::stat(&rt, "/", |_, stat| assert_eq!(stat.unwrap().file_type(), fs::FileType::Dir));
    /// rt.run()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    stat(path: impl AsRef<Path> + Into<PathBuf>) -> Stat
}

request! {
    /// [`sync::lstat`](super::sync::lstat) on the pool. As `fs.lstat`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let dir = tempfile::tempdir()?;
    /// let path = dir.path().join("link");
    /// fs::sync::symlink("nowhere", &path)?;
    /// fs::lstat(&rt, path, |_, stat| assert_eq!(stat.unwrap().file_type(), fs::FileType::Link));
    /// rt.run()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    lstat(path: impl AsRef<Path> + Into<PathBuf>) -> Stat
}

request! {
    /// [`sync::statfs`](super::sync::statfs) on the pool. As `fs.statfs`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// fs::statfs(&rt, "/", |_, statfs| assert!(statfs.unwrap().blocks > 0));
    /// rt.run()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    statfs(path: impl Into<PathBuf>) -> StatFs
}

request! {
    /// [`sync::access`](super::sync::access) on the pool. As `fs.access`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// fs::access(&rt, "/dev/null", fs::Access::R_OK, |_, allowed| allowed);
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    access(path: impl AsRef<Path> + Into<PathBuf>, mode: Access) -> ()
}

request! {
    /// [`sync::unlink`](super::sync::unlink) on the pool. As `fs.unlink`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let dir = tempfile::tempdir()?;
    /// let path = dir.path().join("file");
    /// fs::sync::write_file(&path, "")?;
    /// fs::unlink(&rt, &path, |_, done| done);
    /// rt.run()?;
    /// assert!(!path.exists());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    unlink(path: impl Into<PathBuf>) -> ()
}

request! {
    /// [`sync::rename`](super::sync::rename) on the pool. As `fs.rename`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let dir = tempfile::tempdir()?;
    /// let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    /// fs::sync::write_file(&a, "")?;
    /// fs::rename(&rt, a, &b, |_, done| done);
    /// rt.run()?;
    /// assert!(b.is_file());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    rename(path: impl Into<PathBuf>, new_path: impl Into<PathBuf>) -> ()
}

request! {
    /// [`sync::link`](super::sync::link) on the pool. As `fs.link`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let dir = tempfile::tempdir()?;
    /// let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    /// fs::sync::write_file(&a, "")?;
    /// fs::link(&rt, a, &b, |_, done| done);
    /// rt.run()?;
    /// assert_eq!(fs::sync::stat(&b)?.nlink, 2);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    link(path: impl Into<PathBuf>, new_path: impl Into<PathBuf>) -> ()
}

request! {
    /// [`sync::symlink`](super::sync::symlink) on the pool. As `fs.symlink`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let dir = tempfile::tempdir()?;
    /// let path = dir.path().join("link");
    /// fs::symlink(&rt, "/", &path, |_, done| done);
    /// rt.run()?;
    /// assert!(path.is_dir());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    symlink(target: impl Into<PathBuf>, path: impl Into<PathBuf>) -> ()
}

request! {
    /// [`sync::copyfile`](super::sync::copyfile) on the pool. As `fs.copyFile`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let dir = tempfile::tempdir()?;
    /// let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    /// fs::sync::write_file(&a, "copied")?;
    /// fs::copyfile(&rt, a, &b, fs::CopyFlags::EXCL, |_, done| done);
    /// rt.run()?;
    /// assert_eq!(fs::sync::read_file(&b)?, b"copied");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    copyfile(src: impl Into<PathBuf>, dst: impl Into<PathBuf>, flags: CopyFlags) -> ()
}

request! {
    /// [`sync::readlink`](super::sync::readlink) on the pool. As `fs.readlink`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let dir = tempfile::tempdir()?;
    /// let path = dir.path().join("link");
    /// fs::sync::symlink("there", &path)?;
    /// fs::readlink(&rt, path, |_, target| assert_eq!(target.unwrap().as_os_str(), "there"));
    /// rt.run()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    readlink(path: impl Into<PathBuf>) -> PathBuf
}

request! {
    /// [`sync::realpath`](super::sync::realpath) on the pool. As `fs.realpath.native`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// fs::realpath(&rt, "/dev/..", |_, path| assert_eq!(path.unwrap().as_os_str(), "/"));
    /// rt.run()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    realpath(path: impl Into<PathBuf>) -> PathBuf
}
