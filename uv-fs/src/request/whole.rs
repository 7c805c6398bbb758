use std::path::PathBuf;

use uv_loop::Loop;

use super::{Request, on_cached_path, on_path};
use crate::cached::{self, Effect};
use crate::{Result, sync};

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
pub fn read_file(lp: &Loop, path: impl Into<PathBuf>, cb: impl FnOnce(&Loop, Result<Vec<u8>>) + 'static) -> Request {
    on_cached_path(lp, "open", path.into(), cached::read_file, |path| sync::read_file(path), cb)
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
