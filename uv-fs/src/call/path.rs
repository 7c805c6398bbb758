use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD};
use uv_sys::Error;

use super::{on_path, on_paths, permissions};
use crate::time::timestamps;
use crate::{Access, FileTime, FsError, Result};

/// Whether this process may do with the file what `mode` asks, judged by its real user and group.
/// As `uv_fs_access`.
///
/// # Errors
///
/// `EACCES` if it may not, `ENOENT`, `EINVAL` for a mode of other bits.
///
/// ```
/// use uv_fs::{Access, sync};
///
/// sync::access("/dev/null", Access::R_OK)?;
/// assert!(sync::access("/no/such", Access::F_OK).is_err());
/// # Ok::<(), uv_fs::FsError>(())
/// ```
pub fn access(path: impl AsRef<Path>, mode: Access) -> Result<()> {
    let path = path.as_ref();
    let mode = rustix::fs::Access::from_bits_retain(mode.bits() as _);
    on_path("access", path, || rustix::fs::access(path, mode))
}

/// Removes a name, and the file when nothing else refers to it. As `uv_fs_unlink`.
///
/// # Errors
///
/// `ENOENT`, `EISDIR` for a directory (`EPERM` on other systems than Linux), `EACCES`.
///
/// ```
/// use uv_fs::sync;
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("gone");
/// sync::write_file(&path, b"")?;
/// sync::unlink(&path)?;
/// assert_eq!(sync::unlink(&path).unwrap_err().error(), uv_sys::Error::ENOENT);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn unlink(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    on_path("unlink", path, || rustix::fs::unlink(path))
}

/// Gives a file another name, in place of a file that has it. As `uv_fs_rename`.
///
/// # Errors
///
/// `ENOENT`, `EXDEV` between file systems, `ENOTEMPTY` if the new name is a directory with entries,
/// `EISDIR` and `ENOTDIR` if one is a directory and the other is not, `EINVAL` for a directory into
/// itself.
///
/// ```
/// use uv_fs::sync;
///
/// let dir = tempfile::tempdir()?;
/// let (a, b) = (dir.path().join("a"), dir.path().join("b"));
/// sync::write_file(&a, b"moved")?;
/// sync::rename(&a, &b)?;
/// assert_eq!(sync::read_file(&b)?, b"moved");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn rename(path: impl AsRef<Path>, new_path: impl AsRef<Path>) -> Result<()> {
    let (path, new_path) = (path.as_ref(), new_path.as_ref());
    on_paths("rename", path, new_path, || rustix::fs::rename(path, new_path))
}

/// Gives a file a second name. A symbolic link is not followed. As `uv_fs_link`.
///
/// # Errors
///
/// `EEXIST` if the new name is taken, `EPERM` for a directory, `EXDEV` between file systems.
///
/// ```
/// use uv_fs::sync;
///
/// let dir = tempfile::tempdir()?;
/// let (a, b) = (dir.path().join("a"), dir.path().join("b"));
/// sync::write_file(&a, b"")?;
/// sync::link(&a, &b)?;
/// assert_eq!(sync::stat(&a)?.nlink, 2);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn link(path: impl AsRef<Path>, new_path: impl AsRef<Path>) -> Result<()> {
    let (path, new_path) = (path.as_ref(), new_path.as_ref());
    on_paths("link", path, new_path, || rustix::fs::linkat(CWD, path, CWD, new_path, AtFlags::empty()))
}

/// Makes the symbolic link `path`, which leads to `target`; whether there is such a file is not
/// asked. As `uv_fs_symlink`, whose flags mean something on Windows only.
///
/// # Errors
///
/// `EEXIST` if the name is taken, `ENOENT` for an empty target.
///
/// ```
/// use std::path::Path;
/// use uv_fs::sync;
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("link");
/// sync::symlink("nowhere", &path)?;
/// assert_eq!(sync::readlink(&path)?, Path::new("nowhere"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn symlink(target: impl AsRef<Path>, path: impl AsRef<Path>) -> Result<()> {
    let (target, path) = (target.as_ref(), path.as_ref());
    on_paths("symlink", target, path, || rustix::fs::symlink(target, path))
}

/// Where a symbolic link leads to. As `uv_fs_readlink`.
///
/// # Errors
///
/// `EINVAL` if the file is no symbolic link, `ENOENT`.
///
/// ```
/// use uv_fs::sync;
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("link");
/// sync::symlink("/dev/null", &path)?;
/// assert_eq!(sync::readlink(&path)?.to_str(), Some("/dev/null"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn readlink(path: impl AsRef<Path>) -> Result<PathBuf> {
    let path = path.as_ref();
    let target = on_path("readlink", path, || rustix::fs::readlink(path, Vec::new()))?;
    Ok(OsString::from_vec(target.into_bytes()).into())
}

/// The absolute path of a file without symbolic links, `.` and `..`. As `uv_fs_realpath`.
///
/// # Errors
///
/// `ENOENT` if a part is missing, `ENOTDIR`, `ELOOP`, `EACCES`.
///
/// ```
/// use std::path::Path;
///
/// assert_eq!(uv_fs::sync::realpath("/dev/../dev/null")?, Path::new("/dev/null"));
/// # Ok::<(), uv_fs::FsError>(())
/// ```
pub fn realpath(path: impl AsRef<Path>) -> Result<PathBuf> {
    let path = path.as_ref();
    loop {
        match std::fs::canonicalize(path).map_err(Error::from) {
            Ok(real) => return Ok(real),
            Err(Error::EINTR) => {}
            Err(error) => return Err(FsError::new(error, "realpath").with_path(path)),
        }
    }
}

/// Changes a file's permissions; a symbolic link is followed. As `uv_fs_chmod`.
///
/// # Errors
///
/// `ENOENT`, `EPERM` for another user's file, `EROFS`.
///
/// ```
/// use uv_fs::sync;
///
/// let file = tempfile::NamedTempFile::new()?;
/// sync::chmod(file.path(), 0o755)?;
/// assert_eq!(sync::stat(file.path())?.permissions(), 0o755);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn chmod(path: impl AsRef<Path>, mode: u32) -> Result<()> {
    let path = path.as_ref();
    on_path("chmod", path, || rustix::fs::chmod(path, permissions(mode)))
}

/// Sets a file's access and modification times; a symbolic link is followed. As `uv_fs_utime`: a number counts seconds since
/// 1970, an infinite one means now, NaN leaves the time as it is ([`FileTime`] has exact ones). What the file system can't hold
/// it takes as its earliest or latest time.
///
/// # Errors
///
/// `ENOENT`, `EPERM` or `EACCES` for another user's file, `EROFS`.
///
/// ```
/// use uv_fs::sync;
///
/// let file = tempfile::NamedTempFile::new()?;
/// sync::utime(file.path(), f64::NAN, 1.5)?;
/// let mtime = sync::stat(file.path())?.mtime;
/// assert_eq!((mtime.sec, mtime.nsec), (1, 500_000_000));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn utime(path: impl AsRef<Path>, atime: impl Into<FileTime>, mtime: impl Into<FileTime>) -> Result<()> {
    let path = path.as_ref();
    let times = timestamps(atime, mtime);
    on_path("utime", path, || rustix::fs::utimensat(CWD, path, &times, AtFlags::empty()))
}

/// [`utime`] of a symbolic link itself. As `uv_fs_lutime`.
///
/// # Errors
///
/// Those of [`utime`].
///
/// ```
/// use uv_fs::sync;
///
/// let dir = tempfile::tempdir()?;
/// let link = dir.path().join("link");
/// sync::symlink("nowhere", &link)?;
/// sync::lutime(&link, 1.0, 2.0)?;
/// assert_eq!(sync::lstat(&link)?.mtime.sec, 2);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn lutime(path: impl AsRef<Path>, atime: impl Into<FileTime>, mtime: impl Into<FileTime>) -> Result<()> {
    let path = path.as_ref();
    let times = timestamps(atime, mtime);
    on_path("lutime", path, || rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW))
}
