use std::path::Path;

use super::on_path;
use crate::{Result, StatFs};

/// What is known of the file system that holds a file. As `uv_fs_statfs`.
///
/// # Errors
///
/// `ENOENT`, `ENOTDIR`, `EACCES`, `ELOOP`.
///
/// ```
/// let root = uv_fs::sync::statfs("/")?;
/// assert!(root.bsize > 0 && root.bavail <= root.blocks);
/// # Ok::<(), uv_fs::FsError>(())
/// ```
pub fn statfs(path: impl AsRef<Path>) -> Result<StatFs> {
    let path = path.as_ref();
    on_path("statfs", path, || rustix::fs::statfs(path)).map(StatFs::from_raw)
}
