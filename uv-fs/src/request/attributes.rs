//! Requests that change what a file is said to be.

use std::os::fd::AsFd;
use std::path::PathBuf;

use uv_loop::Loop;

use super::{Request, on_fd, on_path};
use crate::cached::Effect;
use crate::{FileTime, Result, sync};

/// A change of the file at a path, by the blocking call of the same name. What an argument is converted to goes to the thread.
macro_rules! on_path {
    ($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty $(=> $converted:expr)?),*)) => {
        $(#[$doc])*
        pub fn $name(
            lp: &Loop,
            path: impl Into<PathBuf>,
            $($arg: $type,)*
            cb: impl FnOnce(&Loop, Result<()>) + 'static,
        ) -> Request {
            $($(let $arg = $converted;)?)*
            let call = move |path: &_| sync::$name(path, $($arg),*);
            on_path(lp, Effect::Change, stringify!($name), path.into(), call, cb)
        }
    };
}

/// The same of a descriptor's file.
macro_rules! on_fd {
    ($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty $(=> $converted:expr)?),*)) => {
        $(#[$doc])*
        pub fn $name(
            lp: &Loop,
            fd: impl AsFd + Send + 'static,
            $($arg: $type,)*
            cb: impl FnOnce(&Loop, Result<()>) + 'static,
        ) -> Request {
            $($(let $arg = $converted;)?)*
            on_fd(lp, Effect::Change, stringify!($name), move || sync::$name(fd, $($arg),*), cb)
        }
    };
}

on_path! {
    /// [`sync::chmod`] on the pool. As `uv_fs_chmod`.
    ///
    /// ```
    /// use uv_loop::{Loop, RunMode};
    ///
    /// let lp = Loop::new()?;
    /// let file = tempfile::NamedTempFile::new()?;
    /// uv_fs::chmod(&lp, file.path(), 0o604, |_, result| result.unwrap());
    /// lp.run(RunMode::Default)?;
    /// assert_eq!(uv_fs::sync::stat(file.path())?.permissions(), 0o604);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    chmod(mode: u32)
}

on_fd! {
    /// [`sync::fchmod`] on the pool. As `uv_fs_fchmod`.
    ///
    /// ```
    /// use uv_loop::{Loop, RunMode};
    ///
    /// let lp = Loop::new()?;
    /// let file = tempfile::NamedTempFile::new()?;
    /// uv_fs::fchmod(&lp, file.reopen()?, 0o604, |_, result| result.unwrap());
    /// lp.run(RunMode::Default)?;
    /// assert_eq!(uv_fs::sync::fstat(file.as_file())?.permissions(), 0o604);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fchmod(mode: u32)
}

on_path! {
    /// [`sync::chown`] on the pool. As `uv_fs_chown`.
    ///
    /// ```
    /// use uv_loop::{Loop, RunMode};
    ///
    /// let lp = Loop::new()?;
    /// let file = tempfile::NamedTempFile::new()?;
    /// let stat = uv_fs::sync::stat(file.path())?;
    /// uv_fs::chown(&lp, file.path(), Some(stat.uid), None, |_, result| result.unwrap());
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    chown(uid: Option<u32>, gid: Option<u32>)
}

on_path! {
    /// [`sync::lchown`] on the pool. As `uv_fs_lchown`.
    ///
    /// ```
    /// use uv_loop::{Loop, RunMode};
    ///
    /// let lp = Loop::new()?;
    /// let file = tempfile::NamedTempFile::new()?;
    /// let stat = uv_fs::sync::stat(file.path())?;
    /// uv_fs::lchown(&lp, file.path(), Some(stat.uid), None, |_, result| result.unwrap());
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    lchown(uid: Option<u32>, gid: Option<u32>)
}

on_fd! {
    /// [`sync::fchown`] on the pool. As `uv_fs_fchown`.
    ///
    /// ```
    /// use uv_loop::{Loop, RunMode};
    ///
    /// let lp = Loop::new()?;
    /// let file = tempfile::tempfile()?;
    /// let gid = uv_fs::sync::fstat(&file)?.gid;
    /// uv_fs::fchown(&lp, file, None, Some(gid), |_, result| result.unwrap());
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fchown(uid: Option<u32>, gid: Option<u32>)
}

on_path! {
    /// [`sync::utime`] on the pool. As `uv_fs_utime`.
    ///
    /// ```
    /// use uv_loop::{Loop, RunMode};
    ///
    /// let lp = Loop::new()?;
    /// let file = tempfile::NamedTempFile::new()?;
    /// uv_fs::utime(&lp, file.path(), 1.0, 2.0, |_, result| result.unwrap());
    /// lp.run(RunMode::Default)?;
    /// assert_eq!(uv_fs::sync::stat(file.path())?.atime.sec, 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    utime(atime: impl Into<FileTime> => atime.into() as FileTime, mtime: impl Into<FileTime> => mtime.into() as FileTime)
}

on_path! {
    /// [`sync::lutime`] on the pool. As `uv_fs_lutime`.
    ///
    /// ```
    /// use uv_loop::{Loop, RunMode};
    ///
    /// let lp = Loop::new()?;
    /// let dir = tempfile::tempdir()?;
    /// let link = dir.path().join("link");
    /// uv_fs::sync::symlink("nowhere", &link)?;
    /// uv_fs::lutime(&lp, &link, 1.0, 2.0, |_, result| result.unwrap());
    /// lp.run(RunMode::Default)?;
    /// assert_eq!(uv_fs::sync::lstat(&link)?.mtime.sec, 2);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    lutime(atime: impl Into<FileTime> => atime.into() as FileTime, mtime: impl Into<FileTime> => mtime.into() as FileTime)
}

on_fd! {
    /// [`sync::futime`] on the pool. As `uv_fs_futime`.
    ///
    /// ```
    /// use uv_loop::{Loop, RunMode};
    ///
    /// let lp = Loop::new()?;
    /// let file = tempfile::NamedTempFile::new()?;
    /// uv_fs::futime(&lp, file.reopen()?, 1.0, 2.0, |_, result| result.unwrap());
    /// lp.run(RunMode::Default)?;
    /// assert_eq!(uv_fs::sync::fstat(file.as_file())?.mtime.sec, 2);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    futime(atime: impl Into<FileTime> => atime.into() as FileTime, mtime: impl Into<FileTime> => mtime.into() as FileTime)
}
