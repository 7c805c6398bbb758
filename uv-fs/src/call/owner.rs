use std::os::fd::AsFd;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Gid, Uid};

use super::{on_fd, on_path};
use crate::Result;

/// Changes a file's owner and group, each left as it is where `None`; a symbolic link is followed. As `uv_fs_chown`,
/// which takes -1 for `None`; [`u32::MAX`], the same bits, means that here too.
///
/// # Errors
///
/// `ENOENT`, `EPERM` if this user may not, `EROFS`.
///
/// ```
/// use uv_fs::sync;
///
/// let file = tempfile::NamedTempFile::new()?;
/// let stat = sync::stat(file.path())?;
/// sync::chown(file.path(), Some(stat.uid), None)?;
/// assert_eq!(sync::stat(file.path())?.uid, stat.uid);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn chown(path: impl AsRef<Path>, uid: Option<u32>, gid: Option<u32>) -> Result<()> {
    chown_at("chown", path.as_ref(), uid, gid, AtFlags::empty())
}

/// [`chown`] of a symbolic link itself. As `uv_fs_lchown`.
///
/// # Errors
///
/// Those of [`chown`].
///
/// ```
/// use uv_fs::sync;
///
/// let dir = tempfile::tempdir()?;
/// let link = dir.path().join("link");
/// sync::symlink("nowhere", &link)?;
/// sync::lchown(&link, None, Some(sync::lstat(&link)?.gid))?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn lchown(path: impl AsRef<Path>, uid: Option<u32>, gid: Option<u32>) -> Result<()> {
    chown_at("lchown", path.as_ref(), uid, gid, AtFlags::SYMLINK_NOFOLLOW)
}

/// [`chown`] of an open file. As `uv_fs_fchown`.
///
/// # Errors
///
/// `EPERM` if this user may not, `EROFS`.
///
/// ```
/// use uv_fs::sync;
///
/// let file = tempfile::tempfile()?;
/// sync::fchown(&file, None, Some(sync::fstat(&file)?.gid))?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn fchown(fd: impl AsFd, uid: Option<u32>, gid: Option<u32>) -> Result<()> {
    let fd = fd.as_fd();
    on_fd("fchown", || rustix::fs::fchown(fd, owner(uid), group(gid)))
}

fn chown_at(syscall: &'static str, path: &Path, uid: Option<u32>, gid: Option<u32>, flags: AtFlags) -> Result<()> {
    on_path(syscall, path, || rustix::fs::chownat(CWD, path, owner(uid), group(gid), flags))
}

pub(super) fn owner(uid: Option<u32>) -> Option<Uid> {
    uid.filter(|&uid| uid != u32::MAX).map(Uid::from_raw)
}

pub(super) fn group(gid: Option<u32>) -> Option<Gid> {
    gid.filter(|&gid| gid != u32::MAX).map(Gid::from_raw)
}
