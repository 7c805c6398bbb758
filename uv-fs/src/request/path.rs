use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use uv_loop::Loop;

use super::{Request, on_cached_path, on_path, on_paths};
use crate::cached::{self, Effect};
use crate::{Access, CopyFlags, OpenFlags, Result, Stat, StatFs, sync};

/// [`sync::open`] on the pool. As `uv_fs_open`. If the loop is dropped before the callback is called,
/// the file is closed.
///
/// ```
/// use std::sync::Arc;
/// use uv_fs::OpenFlags;
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// uv_fs::open(&lp, "/dev/zero", OpenFlags::RDONLY, 0, |lp, fd| {
///     uv_fs::read(lp, fd.unwrap(), vec![1; 16], None, |_, count, buf| {
///         assert_eq!(buf[..count.unwrap()], [0; 16]);
///     });
/// });
/// lp.run(RunMode::Default)?;
/// # Ok::<(), uv_loop::Error>(())
/// ```
pub fn open(
    lp: &Loop,
    path: impl AsRef<Path> + Into<PathBuf>,
    flags: OpenFlags,
    mode: u32,
    cb: impl FnOnce(&Loop, Result<OwnedFd>) + 'static,
) -> Request {
    let call = move |path: &_| sync::open(path, flags, mode);
    if flags.contains(OpenFlags::CREAT) || flags.contains(OpenFlags::TRUNC) {
        return on_path(lp, Effect::Change, "open", path.into(), call, cb);
    }
    on_cached_path(lp, "open", path, |path| cached::open(path, flags), call, cb)
}

/// [`sync::stat`] on the pool. As `uv_fs_stat`.
///
/// ```
/// use uv_fs::FileType;
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// uv_fs::stat(&lp, "/", |_, stat| assert_eq!(stat.unwrap().file_type(), FileType::Dir));
/// lp.run(RunMode::Default)?;
/// # Ok::<(), uv_loop::Error>(())
/// ```
pub fn stat(
    lp: &Loop,
    path: impl AsRef<Path> + Into<PathBuf>,
    cb: impl FnOnce(&Loop, Result<Stat>) + 'static,
) -> Request {
    on_cached_path(lp, "stat", path, |path| cached::stat(path), |path| sync::stat(path), cb)
}

/// [`sync::lstat`] on the pool. As `uv_fs_lstat`.
///
/// ```
/// use uv_fs::FileType;
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("link");
/// uv_fs::sync::symlink("nowhere", &path)?;
/// uv_fs::lstat(&lp, path, |_, stat| assert_eq!(stat.unwrap().file_type(), FileType::Link));
/// lp.run(RunMode::Default)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn lstat(
    lp: &Loop,
    path: impl AsRef<Path> + Into<PathBuf>,
    cb: impl FnOnce(&Loop, Result<Stat>) + 'static,
) -> Request {
    on_cached_path(lp, "lstat", path, |path| cached::lstat(path), |path| sync::lstat(path), cb)
}

/// [`sync::statfs`] on the pool. As `uv_fs_statfs`.
///
/// ```
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// uv_fs::statfs(&lp, "/", |_, statfs| assert!(statfs.unwrap().blocks > 0));
/// lp.run(RunMode::Default)?;
/// # Ok::<(), uv_loop::Error>(())
/// ```
pub fn statfs(lp: &Loop, path: impl Into<PathBuf>, cb: impl FnOnce(&Loop, Result<StatFs>) + 'static) -> Request {
    on_path(lp, Effect::None, "statfs", path.into(), |path| sync::statfs(path), cb)
}

/// [`sync::access`] on the pool. As `uv_fs_access`.
///
/// ```
/// use uv_fs::Access;
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// uv_fs::access(&lp, "/dev/null", Access::R_OK, |_, result| result.unwrap());
/// lp.run(RunMode::Default)?;
/// # Ok::<(), uv_loop::Error>(())
/// ```
pub fn access(
    lp: &Loop,
    path: impl AsRef<Path> + Into<PathBuf>,
    mode: Access,
    cb: impl FnOnce(&Loop, Result<()>) + 'static,
) -> Request {
    let call = move |path: &_| sync::access(path, mode);
    on_cached_path(lp, "access", path, |path| cached::access(path, mode), call, cb)
}

/// [`sync::unlink`] on the pool. As `uv_fs_unlink`.
///
/// ```
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("file");
/// uv_fs::sync::write_file(&path, "")?;
/// uv_fs::unlink(&lp, &path, |_, result| result.unwrap());
/// lp.run(RunMode::Default)?;
/// assert!(!path.exists());
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn unlink(lp: &Loop, path: impl Into<PathBuf>, cb: impl FnOnce(&Loop, Result<()>) + 'static) -> Request {
    on_path(lp, Effect::Change, "unlink", path.into(), |path| sync::unlink(path), cb)
}

/// [`sync::rename`] on the pool. As `uv_fs_rename`.
///
/// ```
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let dir = tempfile::tempdir()?;
/// let (a, b) = (dir.path().join("a"), dir.path().join("b"));
/// uv_fs::sync::write_file(&a, "")?;
/// uv_fs::rename(&lp, a, &b, |_, result| result.unwrap());
/// lp.run(RunMode::Default)?;
/// assert!(b.is_file());
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn rename(
    lp: &Loop,
    path: impl Into<PathBuf>,
    new_path: impl Into<PathBuf>,
    cb: impl FnOnce(&Loop, Result<()>) + 'static,
) -> Request {
    let call = |path: &_, new_path: &_| sync::rename(path, new_path);
    on_paths(lp, Effect::Change, "rename", path.into(), new_path.into(), call, cb)
}

/// [`sync::link`] on the pool. As `uv_fs_link`.
///
/// ```
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let dir = tempfile::tempdir()?;
/// let (a, b) = (dir.path().join("a"), dir.path().join("b"));
/// uv_fs::sync::write_file(&a, "")?;
/// uv_fs::link(&lp, a, &b, |_, result| result.unwrap());
/// lp.run(RunMode::Default)?;
/// assert_eq!(uv_fs::sync::stat(&b)?.nlink, 2);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn link(
    lp: &Loop,
    path: impl Into<PathBuf>,
    new_path: impl Into<PathBuf>,
    cb: impl FnOnce(&Loop, Result<()>) + 'static,
) -> Request {
    let call = |path: &_, new_path: &_| sync::link(path, new_path);
    on_paths(lp, Effect::Change, "link", path.into(), new_path.into(), call, cb)
}

/// [`sync::symlink`] on the pool. As `uv_fs_symlink`.
///
/// ```
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("link");
/// uv_fs::symlink(&lp, "/", &path, |_, result| result.unwrap());
/// lp.run(RunMode::Default)?;
/// assert!(path.is_dir());
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn symlink(
    lp: &Loop,
    target: impl Into<PathBuf>,
    path: impl Into<PathBuf>,
    cb: impl FnOnce(&Loop, Result<()>) + 'static,
) -> Request {
    let call = |target: &_, path: &_| sync::symlink(target, path);
    on_paths(lp, Effect::Change, "symlink", target.into(), path.into(), call, cb)
}

/// [`sync::copyfile`] on the pool. As `uv_fs_copyfile`.
///
/// ```
/// use uv_fs::CopyFlags;
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let dir = tempfile::tempdir()?;
/// let (a, b) = (dir.path().join("a"), dir.path().join("b"));
/// uv_fs::sync::write_file(&a, "copied")?;
/// uv_fs::copyfile(&lp, a, &b, CopyFlags::EXCL, |_, result| result.unwrap());
/// lp.run(RunMode::Default)?;
/// assert_eq!(uv_fs::sync::read_file(&b)?, b"copied");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn copyfile(
    lp: &Loop,
    src: impl Into<PathBuf>,
    dst: impl Into<PathBuf>,
    flags: CopyFlags,
    cb: impl FnOnce(&Loop, Result<()>) + 'static,
) -> Request {
    let call = move |src: &_, dst: &_| sync::copyfile(src, dst, flags);
    on_paths(lp, Effect::Change, "copyfile", src.into(), dst.into(), call, cb)
}

/// [`sync::readlink`] on the pool. As `uv_fs_readlink`.
///
/// ```
/// use std::path::Path;
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("link");
/// uv_fs::sync::symlink("there", &path)?;
/// uv_fs::readlink(&lp, path, |_, target| assert_eq!(target.unwrap(), Path::new("there")));
/// lp.run(RunMode::Default)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn readlink(lp: &Loop, path: impl Into<PathBuf>, cb: impl FnOnce(&Loop, Result<PathBuf>) + 'static) -> Request {
    on_path(lp, Effect::None, "readlink", path.into(), |path| sync::readlink(path), cb)
}

/// [`sync::realpath`] on the pool. As `uv_fs_realpath`.
///
/// ```
/// use std::path::Path;
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// uv_fs::realpath(&lp, "/dev/..", |_, path| assert_eq!(path.unwrap(), Path::new("/")));
/// lp.run(RunMode::Default)?;
/// # Ok::<(), uv_loop::Error>(())
/// ```
pub fn realpath(lp: &Loop, path: impl Into<PathBuf>, cb: impl FnOnce(&Loop, Result<PathBuf>) + 'static) -> Request {
    on_path(lp, Effect::None, "realpath", path.into(), |path| sync::realpath(path), cb)
}
