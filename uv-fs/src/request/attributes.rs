use std::path::PathBuf;

use uv_loop::Loop;

use super::{Request, on_path};
use crate::cached::Effect;
use crate::{Result, sync};

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
pub fn chmod(lp: &Loop, path: impl Into<PathBuf>, mode: u32, cb: impl FnOnce(&Loop, Result<()>) + 'static) -> Request {
    let call = move |path: &_| sync::chmod(path, mode);
    on_path(lp, Effect::Change, "chmod", path.into(), call, cb)
}

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
pub fn chown(
    lp: &Loop,
    path: impl Into<PathBuf>,
    uid: Option<u32>,
    gid: Option<u32>,
    cb: impl FnOnce(&Loop, Result<()>) + 'static,
) -> Request {
    let call = move |path: &_| sync::chown(path, uid, gid);
    on_path(lp, Effect::Change, "chown", path.into(), call, cb)
}

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
pub fn lchown(
    lp: &Loop,
    path: impl Into<PathBuf>,
    uid: Option<u32>,
    gid: Option<u32>,
    cb: impl FnOnce(&Loop, Result<()>) + 'static,
) -> Request {
    let call = move |path: &_| sync::lchown(path, uid, gid);
    on_path(lp, Effect::Change, "lchown", path.into(), call, cb)
}

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
pub fn utime(
    lp: &Loop,
    path: impl Into<PathBuf>,
    atime: f64,
    mtime: f64,
    cb: impl FnOnce(&Loop, Result<()>) + 'static,
) -> Request {
    let call = move |path: &_| sync::utime(path, atime, mtime);
    on_path(lp, Effect::Change, "utime", path.into(), call, cb)
}

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
pub fn lutime(
    lp: &Loop,
    path: impl Into<PathBuf>,
    atime: f64,
    mtime: f64,
    cb: impl FnOnce(&Loop, Result<()>) + 'static,
) -> Request {
    let call = move |path: &_| sync::lutime(path, atime, mtime);
    on_path(lp, Effect::Change, "lutime", path.into(), call, cb)
}
