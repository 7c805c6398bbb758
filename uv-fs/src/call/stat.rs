use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

use rustix::fs::{AtFlags, CWD};
use rustix::io::Errno;
use rustix::path::Arg;

use super::{on_fd, on_path};
use crate::{Result, Stat};

/// What a file is; a symbolic link is followed. As `uv_fs_stat`.
///
/// # Errors
///
/// `ENOENT`, `ENOTDIR` if a part of the path that should be a directory is not, `EACCES`, `ELOOP`,
/// `ENAMETOOLONG`.
///
/// ```
/// use uv_fs::sync;
///
/// let file = tempfile::NamedTempFile::new()?;
/// sync::write_file(file.path(), b"four")?;
/// assert_eq!(sync::stat(file.path())?.size, 4);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn stat(path: impl AsRef<Path>) -> Result<Stat> {
    let path = path.as_ref();
    on_path("stat", path, || stat_at(CWD, path, AtFlags::empty()))
}

/// What a file is, of a symbolic link the link itself. As `uv_fs_lstat`.
///
/// # Errors
///
/// Those of [`stat`].
///
/// ```
/// use uv_fs::{FileType, sync};
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("link");
/// sync::symlink("nowhere", &path)?;
/// assert_eq!(sync::lstat(&path)?.file_type(), FileType::Link);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn lstat(path: impl AsRef<Path>) -> Result<Stat> {
    let path = path.as_ref();
    on_path("lstat", path, || stat_at(CWD, path, AtFlags::SYMLINK_NOFOLLOW))
}

/// What the file of a descriptor is. As `uv_fs_fstat`.
///
/// # Errors
///
/// `EIO`, `EOVERFLOW`.
///
/// ```
/// use uv_fs::{FileType, sync};
///
/// let (reader, _writer) = std::io::pipe()?;
/// assert_eq!(sync::fstat(&reader)?.file_type(), FileType::Fifo);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn fstat(fd: impl AsFd) -> Result<Stat> {
    let fd = fd.as_fd();
    on_fd("fstat", || stat_of(fd))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn stat_at(dir: BorrowedFd<'_>, path: impl Arg + Copy, flags: AtFlags) -> std::result::Result<Stat, Errno> {
    use rustix::fs::StatxFlags;

    let mask = StatxFlags::BASIC_STATS | StatxFlags::BTIME;
    match rustix::fs::statx(dir, path, flags, mask) {
        Ok(raw) => Ok(Stat::from_statx(raw)),
        // Old kernels lack the call, and some sandboxes forbid it.
        Err(Errno::NOSYS | Errno::PERM | Errno::OPNOTSUPP) => rustix::fs::statat(dir, path, flags).map(Stat::from_raw),
        Err(errno) => Err(errno),
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn stat_of(fd: BorrowedFd<'_>) -> std::result::Result<Stat, Errno> {
    stat_at(fd, "", AtFlags::EMPTY_PATH)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn stat_at(dir: BorrowedFd<'_>, path: impl Arg + Copy, flags: AtFlags) -> std::result::Result<Stat, Errno> {
    rustix::fs::statat(dir, path, flags).map(Stat::from_raw)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn stat_of(fd: BorrowedFd<'_>) -> std::result::Result<Stat, Errno> {
    rustix::fs::fstat(fd).map(Stat::from_raw)
}

#[cfg(all(test, any(target_os = "linux", target_os = "android")))]
mod tests {
    use super::*;

    #[test]
    fn without_statx_only_the_birth_time_is_lost() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for path in [file.path(), Path::new("/"), Path::new("/dev/null")] {
            let expected = stat(path).unwrap();
            let fallback = Stat::from_raw(rustix::fs::stat(path).unwrap());
            assert_eq!(fallback.birthtime, expected.ctime);
            let birthtime = expected.birthtime;
            assert_eq!(Stat { birthtime, ..fallback }, expected);
        }
    }
}
