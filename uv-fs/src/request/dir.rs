use std::borrow::BorrowMut;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use uv_loop::Loop;

use super::{Request, on_buffer, on_path, submit};
use crate::cached::Effect;
use crate::call::temp::template;
use crate::{Dir, Dirent, FsError, Result, sync};

/// [`sync::mkdir`] on the pool. As `uv_fs_mkdir`.
///
/// ```
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let dir = tempfile::tempdir()?;
/// uv_fs::mkdir(&lp, dir.path().join("sub"), 0o777, |_, result| result.unwrap());
/// lp.run(RunMode::Default)?;
/// assert!(dir.path().join("sub").is_dir());
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn mkdir(lp: &Loop, path: impl Into<PathBuf>, mode: u32, cb: impl FnOnce(&Loop, Result<()>) + 'static) -> Request {
    let call = move |path: &_| sync::mkdir(path, mode);
    on_path(lp, Effect::Change, "mkdir", path.into(), call, cb)
}

/// [`sync::rmdir`] on the pool. As `uv_fs_rmdir`.
///
/// ```
/// use uv_loop::{Error, Loop, RunMode};
///
/// let lp = Loop::new()?;
/// uv_fs::rmdir(&lp, "/dev/null", |_, result| {
///     assert_eq!(result.unwrap_err().error(), Error::ENOTDIR);
/// });
/// lp.run(RunMode::Default)?;
/// # Ok::<(), Error>(())
/// ```
pub fn rmdir(lp: &Loop, path: impl Into<PathBuf>, cb: impl FnOnce(&Loop, Result<()>) + 'static) -> Request {
    on_path(lp, Effect::Change, "rmdir", path.into(), |path| sync::rmdir(path), cb)
}

/// [`sync::scandir`] on the pool. As `uv_fs_scandir`.
///
/// ```
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// uv_fs::scandir(&lp, "/", |_, entries| {
///     assert!(entries.unwrap().iter().any(|entry| entry.name() == "dev"));
/// });
/// lp.run(RunMode::Default)?;
/// # Ok::<(), uv_loop::Error>(())
/// ```
pub fn scandir(lp: &Loop, path: impl Into<PathBuf>, cb: impl FnOnce(&Loop, Result<Vec<Dirent>>) + 'static) -> Request {
    on_path(lp, Effect::None, "scandir", path.into(), |path| sync::scandir(path), cb)
}

/// [`sync::opendir`] on the pool. As `uv_fs_opendir`.
///
/// ```
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// uv_fs::opendir(&lp, "/", |lp, dir| {
///     uv_fs::readdir(lp, dir.unwrap(), 2, |lp, entries, dir| {
///         assert_eq!(entries.unwrap().len(), 2);
///         uv_fs::closedir(lp, dir, |_, closed| closed.unwrap());
///     });
/// });
/// lp.run(RunMode::Default)?;
/// # Ok::<(), uv_loop::Error>(())
/// ```
pub fn opendir(lp: &Loop, path: impl Into<PathBuf>, cb: impl FnOnce(&Loop, Result<Dir>) + 'static) -> Request {
    on_path(lp, Effect::None, "opendir", path.into(), |path| sync::opendir(path), cb)
}

/// [`sync::readdir`] on the pool, and the directory handed back. As `uv_fs_readdir`.
///
/// ```
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let dir = uv_fs::sync::opendir(tempfile::tempdir()?.path())?;
/// uv_fs::readdir(&lp, dir, 100, |_, entries, _| assert!(entries.unwrap().is_empty()));
/// lp.run(RunMode::Default)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn readdir(
    lp: &Loop,
    dir: Dir,
    count: usize,
    cb: impl FnOnce(&Loop, Result<Vec<Dirent>>, Dir) + 'static,
) -> Request {
    readdir_of(lp, dir, count, cb)
}

/// [`readdir`] of something that has the directory.
pub(crate) fn readdir_of<D: BorrowMut<Dir> + Send + 'static>(
    lp: &Loop,
    dir: D,
    count: usize,
    cb: impl FnOnce(&Loop, Result<Vec<Dirent>>, D) + 'static,
) -> Request {
    on_buffer(lp, Effect::None, "readdir", dir, move |dir| sync::readdir(dir.borrow_mut(), count), cb)
}

/// [`sync::closedir`] on the pool. As `uv_fs_closedir`.
///
/// ```
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// uv_fs::closedir(&lp, uv_fs::sync::opendir("/")?, |_, closed| closed.unwrap());
/// lp.run(RunMode::Default)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn closedir(lp: &Loop, dir: Dir, cb: impl FnOnce(&Loop, Result<()>) + 'static) -> Request {
    submit(lp, Effect::None, |error| FsError::new(error, "closedir"), move || sync::closedir(dir), cb)
}

/// [`sync::mkdtemp`] on the pool. As `uv_fs_mkdtemp`.
///
/// ```
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let dir = tempfile::tempdir()?;
/// uv_fs::mkdtemp(&lp, dir.path().join("job-"), |_, path| assert!(path.unwrap().is_dir()));
/// lp.run(RunMode::Default)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn mkdtemp(lp: &Loop, prefix: impl Into<PathBuf>, cb: impl FnOnce(&Loop, Result<PathBuf>) + 'static) -> Request {
    let prefix = prefix.into();
    let named = template(&prefix);
    let refused = move |error| FsError::new(error, "mkdtemp").with_path(named);
    submit(lp, Effect::Change, refused, move || sync::mkdtemp(prefix), cb)
}

/// [`sync::mkstemp`] on the pool. As `uv_fs_mkstemp`. If the loop is dropped before the callback is called, the file is
/// closed, and stays.
///
/// ```
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let dir = tempfile::tempdir()?;
/// uv_fs::mkstemp(&lp, dir.path().join("part-"), |_, made| {
///     let (_fd, path) = made.unwrap();
///     assert!(path.is_file());
/// });
/// lp.run(RunMode::Default)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn mkstemp(
    lp: &Loop,
    prefix: impl Into<PathBuf>,
    cb: impl FnOnce(&Loop, Result<(OwnedFd, PathBuf)>) + 'static,
) -> Request {
    let prefix = prefix.into();
    let named = template(&prefix);
    let refused = move |error| FsError::new(error, "mkstemp").with_path(named);
    submit(lp, Effect::Change, refused, move || sync::mkstemp(prefix), cb)
}
