use std::path::{Path, PathBuf};

use uv_loop::Loop;

use super::{Request, on_cached_path, on_path, on_paths};
use crate::cached::{self, Effect};
use crate::{CopyFlags, Result, sync};

/// [`sync::read_file`] on the pool, in one trip. libuv has no such request: its users open, read and
/// close, a trip each.
///
/// ```
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let file = tempfile::NamedTempFile::new()?;
/// uv_fs::sync::write_file(file.path(), "all of it")?;
/// uv_fs::read_file(&lp, file.path(), |_, content| assert_eq!(content.unwrap(), b"all of it"));
/// lp.run(RunMode::Default)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn read_file(
    lp: &Loop,
    path: impl AsRef<Path> + Into<PathBuf>,
    cb: impl FnOnce(&Loop, Result<Vec<u8>>) + 'static,
) -> Request {
    on_cached_path(lp, "open", path, |path| cached::read_file(path), |path| sync::read_file(path), cb)
}

/// [`sync::write_file`] on the pool, in one trip.
///
/// ```
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let file = tempfile::NamedTempFile::new()?;
/// uv_fs::write_file(&lp, file.path(), "written", |_, result| result.unwrap());
/// lp.run(RunMode::Default)?;
/// assert_eq!(uv_fs::sync::read_file(file.path())?, b"written");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write_file(
    lp: &Loop,
    path: impl Into<PathBuf>,
    data: impl AsRef<[u8]> + Send + 'static,
    cb: impl FnOnce(&Loop, Result<()>) + 'static,
) -> Request {
    let call = move |path: &_| sync::write_file(path, data);
    on_path(lp, Effect::Change, "open", path.into(), call, cb)
}

/// [`sync::append_file`] on the pool, in one trip.
///
/// ```
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let file = tempfile::NamedTempFile::new()?;
/// uv_fs::append_file(&lp, file.path(), "line\n", |_, result| result.unwrap());
/// lp.run(RunMode::Default)?;
/// assert_eq!(uv_fs::sync::read_file(file.path())?, b"line\n");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn append_file(
    lp: &Loop,
    path: impl Into<PathBuf>,
    data: impl AsRef<[u8]> + Send + 'static,
    cb: impl FnOnce(&Loop, Result<()>) + 'static,
) -> Request {
    let call = move |path: &_| sync::append_file(path, data);
    on_path(lp, Effect::Change, "open", path.into(), call, cb)
}

/// [`sync::write_file_atomic`] on the pool, in one trip.
///
/// ```
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let file = tempfile::NamedTempFile::new()?;
/// uv_fs::write_file_atomic(&lp, file.path(), "all of it", |_, result| result.unwrap());
/// lp.run(RunMode::Default)?;
/// assert_eq!(uv_fs::sync::read_file(file.path())?, b"all of it");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write_file_atomic(
    lp: &Loop,
    path: impl Into<PathBuf>,
    data: impl AsRef<[u8]> + Send + 'static,
    cb: impl FnOnce(&Loop, Result<()>) + 'static,
) -> Request {
    let call = move |path: &_| sync::write_file_atomic(path, data);
    on_path(lp, Effect::Change, "open", path.into(), call, cb)
}

/// [`sync::mkdir_all`] on the pool, in one trip.
///
/// ```
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let dir = tempfile::tempdir()?;
/// uv_fs::mkdir_all(&lp, dir.path().join("a/b"), 0o777, |_, made| assert!(made.unwrap().is_some()));
/// lp.run(RunMode::Default)?;
/// assert!(dir.path().join("a/b").is_dir());
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn mkdir_all(
    lp: &Loop,
    path: impl Into<PathBuf>,
    mode: u32,
    cb: impl FnOnce(&Loop, Result<Option<PathBuf>>) + 'static,
) -> Request {
    let call = move |path: &_| sync::mkdir_all(path, mode);
    on_path(lp, Effect::Change, "mkdir", path.into(), call, cb)
}

/// [`sync::remove_tree`] on the pool, in one trip.
///
/// ```
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let dir = tempfile::tempdir()?;
/// uv_fs::sync::mkdir_all(dir.path().join("a/b"), 0o777)?;
/// uv_fs::remove_tree(&lp, dir.path().join("a"), |_, result| result.unwrap());
/// lp.run(RunMode::Default)?;
/// assert!(!dir.path().join("a").exists());
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn remove_tree(lp: &Loop, path: impl Into<PathBuf>, cb: impl FnOnce(&Loop, Result<()>) + 'static) -> Request {
    on_path(lp, Effect::Change, "rm", path.into(), |path| sync::remove_tree(path), cb)
}

/// [`sync::copy_tree`] on the pool, in one trip.
///
/// ```
/// use uv_fs::CopyFlags;
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let dir = tempfile::tempdir()?;
/// let (from, to) = (dir.path().join("from"), dir.path().join("to"));
/// uv_fs::sync::mkdir_all(from.join("sub"), 0o777)?;
/// uv_fs::copy_tree(&lp, from, &to, CopyFlags::default(), |_, result| result.unwrap());
/// lp.run(RunMode::Default)?;
/// assert!(to.join("sub").is_dir());
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn copy_tree(
    lp: &Loop,
    src: impl Into<PathBuf>,
    dst: impl Into<PathBuf>,
    flags: CopyFlags,
    cb: impl FnOnce(&Loop, Result<()>) + 'static,
) -> Request {
    let call = move |src: &_, dst: &_| sync::copy_tree(src, dst, flags);
    on_paths(lp, Effect::Change, "cp", src.into(), dst.into(), call, cb)
}
