use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;

use rustix::fs::OFlags;

use super::{on_fd, on_path, permissions, timestamps};
use crate::{OpenFlags, Result};

/// Opens a file, as `uv_fs_open`. `mode` gives the permissions of a file that is made, less the
/// process's umask. The descriptor is not inherited by child processes.
///
/// Opening a FIFO waits for the other end, unless with [`OpenFlags::NONBLOCK`].
///
/// # Errors
///
/// The system's; among them `ENOENT`, `EACCES`, `EEXIST` with [`OpenFlags::EXCL`], `EISDIR` for
/// writing to a directory, `EMFILE` when the process has all the descriptors it may have, `EINVAL`
/// for a path with a NUL byte.
///
/// ```
/// use uv_fs::{OpenFlags, sync};
///
/// let dir = tempfile::tempdir()?;
/// let fd = sync::open(dir.path().join("new"), OpenFlags::CREAT | OpenFlags::RDWR, 0o600)?;
/// assert_eq!(sync::write(&fd, b"data", None)?, 4);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn open(path: impl AsRef<Path>, flags: OpenFlags, mode: u32) -> Result<OwnedFd> {
    let path = path.as_ref();
    let flags = OFlags::from_bits_retain(flags.bits() as _) | OFlags::CLOEXEC;
    on_path("open", path, || rustix::fs::open(path, flags, permissions(mode)))
}

/// Gives up a descriptor, as `uv_fs_close`. It is closed when its last owner is gone, so a request
/// that is under way on another clone of the `Arc` ends undisturbed.
///
/// # Errors
///
/// None. What the system has to tell at a close, [`fsync`] tells before.
///
/// ```
/// use std::sync::Arc;
/// use uv_fs::{OpenFlags, sync};
///
/// let fd = Arc::new(sync::open("/dev/null", OpenFlags::RDONLY, 0)?);
/// let other = fd.clone();
/// sync::close(fd)?;
/// assert!(sync::fstat(&other).is_ok());
/// # Ok::<(), uv_fs::FsError>(())
/// ```
pub fn close(fd: impl Into<Arc<OwnedFd>>) -> Result<()> {
    drop(fd.into());
    Ok(())
}

/// Reads up to `buf.len()` bytes at `offset`, or at the file's position if `None`, and returns how
/// many there were: 0 at the end of the file. As `uv_fs_read`.
///
/// # Errors
///
/// `EISDIR` for a directory, `EBADF` if the descriptor is not open for reading, `ESPIPE` for an
/// offset in a pipe, `EAGAIN` for a non-blocking descriptor without data.
///
/// ```
/// use uv_fs::{OpenFlags, sync};
///
/// let file = tempfile::NamedTempFile::new()?;
/// sync::write_file(file.path(), b"0123456789")?;
/// let fd = sync::open(file.path(), OpenFlags::RDONLY, 0)?;
/// let mut buf = [0; 4];
/// assert_eq!(sync::read(&fd, &mut buf, Some(8))?, 2);
/// assert_eq!(sync::read(&fd, &mut buf, None)?, 4);
/// assert_eq!(&buf, b"0123");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn read(fd: impl AsFd, buf: &mut [u8], offset: Option<u64>) -> Result<usize> {
    let fd = fd.as_fd();
    on_fd("read", || match offset {
        Some(offset) => rustix::io::pread(fd, &mut *buf, offset),
        None => rustix::io::read(fd, &mut *buf),
    })
}

/// Writes `data` at `offset`, or at the file's position if `None`, and returns how many bytes were
/// taken: fewer than there are if the disk is full or a limit is reached, and then the next write
/// fails. As `uv_fs_write`.
///
/// # Errors
///
/// `ENOSPC` and `EDQUOT` for a full disk, `EFBIG` beyond the largest size, `EBADF` if the descriptor
/// is not open for writing, `EPIPE` for a pipe that nobody reads.
///
/// ```
/// use uv_fs::{OpenFlags, sync};
///
/// let file = tempfile::NamedTempFile::new()?;
/// let fd = sync::open(file.path(), OpenFlags::WRONLY, 0)?;
/// sync::write(&fd, b"hallo", None)?;
/// sync::write(&fd, b"e", Some(1))?;
/// assert_eq!(sync::read_file(file.path())?, b"hello");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write(fd: impl AsFd, data: &[u8], offset: Option<u64>) -> Result<usize> {
    let fd = fd.as_fd();
    on_fd("write", || match offset {
        Some(offset) => rustix::io::pwrite(fd, data, offset),
        None => rustix::io::write(fd, data),
    })
}

/// Cuts a file to `len` bytes, or lengthens it with zeros. As `uv_fs_ftruncate`.
///
/// # Errors
///
/// `EINVAL` if the descriptor is not open for writing or is no regular file, `EFBIG`.
///
/// ```
/// use uv_fs::{OpenFlags, sync};
///
/// let file = tempfile::NamedTempFile::new()?;
/// let fd = sync::open(file.path(), OpenFlags::WRONLY, 0)?;
/// sync::ftruncate(&fd, 3)?;
/// assert_eq!(sync::read_file(file.path())?, [0; 3]);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn ftruncate(fd: impl AsFd, len: u64) -> Result<()> {
    let fd = fd.as_fd();
    on_fd("ftruncate", || rustix::fs::ftruncate(fd, len))
}

/// Waits until the file's data and metadata are on the disk. As `uv_fs_fsync`.
///
/// # Errors
///
/// `EIO`, `ENOSPC` or `EDQUOT` if that failed, `EINVAL` for what can't be synchronized.
///
/// ```
/// use uv_fs::{OpenFlags, sync};
///
/// let file = tempfile::NamedTempFile::new()?;
/// let fd = sync::open(file.path(), OpenFlags::WRONLY, 0)?;
/// sync::write(&fd, b"safe", None)?;
/// sync::fsync(&fd)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn fsync(fd: impl AsFd) -> Result<()> {
    let fd = fd.as_fd();
    on_fd("fsync", || rustix::fs::fsync(fd))
}

/// As [`fsync`], without the metadata that a reader doesn't need. As `uv_fs_fdatasync`.
///
/// # Errors
///
/// Those of [`fsync`].
///
/// ```
/// use uv_fs::{OpenFlags, sync};
///
/// let file = tempfile::NamedTempFile::new()?;
/// sync::fdatasync(sync::open(file.path(), OpenFlags::WRONLY, 0)?)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn fdatasync(fd: impl AsFd) -> Result<()> {
    let fd = fd.as_fd();
    #[cfg(not(target_vendor = "apple"))]
    return on_fd("fdatasync", || rustix::fs::fdatasync(fd));
    #[cfg(target_vendor = "apple")]
    return on_fd("fdatasync", || rustix::fs::fsync(fd));
}

/// Changes a file's permissions. As `uv_fs_fchmod`.
///
/// # Errors
///
/// `EPERM` for another user's file, `EROFS`.
///
/// ```
/// use uv_fs::{OpenFlags, sync};
///
/// let file = tempfile::NamedTempFile::new()?;
/// let fd = sync::open(file.path(), OpenFlags::RDONLY, 0)?;
/// sync::fchmod(&fd, 0o400)?;
/// assert_eq!(sync::fstat(&fd)?.permissions(), 0o400);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn fchmod(fd: impl AsFd, mode: u32) -> Result<()> {
    let fd = fd.as_fd();
    on_fd("fchmod", || rustix::fs::fchmod(fd, permissions(mode)))
}

/// Sets a file's access and modification times, as [`utime`](super::path::utime) does. As
/// `uv_fs_futime`.
///
/// # Errors
///
/// `EPERM` or `EACCES` for another user's file, `EROFS`.
///
/// ```
/// use uv_fs::{OpenFlags, sync};
///
/// let file = tempfile::NamedTempFile::new()?;
/// let fd = sync::open(file.path(), OpenFlags::RDONLY, 0)?;
/// sync::futime(&fd, 1.0, 2.5)?;
/// let mtime = sync::fstat(&fd)?.mtime;
/// assert_eq!((mtime.sec, mtime.nsec), (2, 500_000_000));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn futime(fd: impl AsFd, atime: f64, mtime: f64) -> Result<()> {
    let fd = fd.as_fd();
    let times = timestamps(atime, mtime);
    on_fd("futime", || rustix::fs::futimens(fd, &times))
}
