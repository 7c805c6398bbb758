use std::io::{IoSlice, IoSliceMut};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;

use rustix::fs::OFlags;

use super::{on_fd, on_path, permissions};
use crate::time::timestamps;
use crate::{FileTime, OpenFlags, Result};

/// How many buffers the kernel takes in one call.
const IOV_MAX: usize = 1024;

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

/// [`read`] into several buffers, one after the other is filled. As `uv_fs_read`, which also takes no more than the
/// first 1024 buffers (`IOV_MAX`) in one request.
///
/// # Errors
///
/// Those of [`read`].
///
/// ```
/// use std::io::IoSliceMut;
/// use uv_fs::sync;
///
/// let file = tempfile::NamedTempFile::new()?;
/// sync::write_file(file.path(), "headbody")?;
/// let (mut head, mut body) = ([0; 4], [0; 10]);
/// let bufs = &mut [IoSliceMut::new(&mut head), IoSliceMut::new(&mut body)];
/// assert_eq!(sync::read_vectored(file.as_file(), bufs, Some(0))?, 8);
/// assert_eq!((&head, &body[..4]), (b"head", &b"body"[..]));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn read_vectored(fd: impl AsFd, bufs: &mut [IoSliceMut<'_>], offset: Option<u64>) -> Result<usize> {
    let fd = fd.as_fd();
    let first = bufs.len().min(IOV_MAX);
    let bufs = &mut bufs[..first];
    on_fd("read", || match offset {
        Some(offset) => rustix::io::preadv(fd, bufs, offset),
        None => rustix::io::readv(fd, bufs),
    })
}

/// Writes `data` at `offset`, or at the file's position if `None`, and returns how many bytes were taken: fewer than
/// there are if an error came between (a full disk, a limit, a non-blocking pipe that is full), which the next write
/// tells. As `uv_fs_write`.
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
    write_vectored(fd, &[IoSlice::new(data)], offset)
}

/// [`write()`] of several pieces of data, one after the other, however many there are. As `uv_fs_write`.
///
/// # Errors
///
/// Those of [`write()`].
///
/// ```
/// use std::io::IoSlice;
/// use uv_fs::{OpenFlags, sync};
///
/// let file = tempfile::NamedTempFile::new()?;
/// let fd = sync::open(file.path(), OpenFlags::WRONLY, 0)?;
/// assert_eq!(sync::write_vectored(&fd, &[IoSlice::new(b"head"), IoSlice::new(b"body")], None)?, 8);
/// assert_eq!(sync::read_file(file.path())?, b"headbody");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write_vectored(fd: impl AsFd, data: &[IoSlice<'_>], offset: Option<u64>) -> Result<usize> {
    let fd = fd.as_fd();
    write_all(data, |data, written| {
        on_fd("write", || match (offset, data) {
            (Some(offset), [one]) => rustix::io::pwrite(fd, one, offset.saturating_add(written)),
            (Some(offset), _) => rustix::io::pwritev(fd, data, offset.saturating_add(written)),
            (None, [one]) => rustix::io::write(fd, one),
            (None, _) => rustix::io::writev(fd, data),
        })
    })
}

/// `write` takes up to `IOV_MAX` pieces and the number of bytes that went before them.
fn write_all(data: &[IoSlice<'_>], mut write: impl FnMut(&[IoSlice<'_>], u64) -> Result<usize>) -> Result<usize> {
    let mut total = 0;
    // The pieces that are not begun; and of one that is begun, the rest.
    let (mut whole, mut rest) = (data, None);
    loop {
        let wrote = match rest {
            Some(rest) => write(&[IoSlice::new(rest)], total as u64),
            None => write(&whole[..whole.len().min(IOV_MAX)], total as u64),
        };
        let mut wrote = match wrote {
            Err(error) if total == 0 => return Err(error),
            Err(_) | Ok(0) => return Ok(total),
            Ok(wrote) => wrote,
        };
        total += wrote;
        if let Some(piece) = rest.take() {
            rest = Some(&piece[wrote..]).filter(|rest| !rest.is_empty());
            wrote = 0;
        }
        while rest.is_none()
            && let Some((piece, others)) = whole.split_first()
            && (wrote > 0 || piece.is_empty())
        {
            whole = others;
            rest = piece.get(wrote..).filter(|rest| !rest.is_empty());
            wrote = wrote.saturating_sub(piece.len());
        }
        if rest.is_none() && whole.is_empty() {
            return Ok(total);
        }
    }
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
pub fn futime(fd: impl AsFd, atime: impl Into<FileTime>, mtime: impl Into<FileTime>) -> Result<()> {
    let fd = fd.as_fd();
    let times = timestamps(atime, mtime);
    on_fd("futime", || rustix::fs::futimens(fd, &times))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::FsError;

    proptest! {
        #[test]
        fn short_writes_are_completed(
            pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..6), 0..20),
            steps in proptest::collection::vec(1..9usize, 40),
            space in 0..80usize,
        ) {
            let data: Vec<_> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
            let (mut disk, mut steps) = (Vec::new(), steps.into_iter().cycle());
            let result = write_all(&data, |pieces, before| {
                assert_eq!(before, disk.len() as u64);
                let bytes: Vec<u8> = pieces.iter().flat_map(|piece| piece.to_vec()).collect();
                let taken = bytes.len().min(steps.next().unwrap()).min(space - disk.len());
                disk.extend_from_slice(&bytes[..taken]);
                if taken == 0 && !bytes.is_empty() {
                    return Err(FsError::new(uv_sys::Error::ENOSPC, "write"));
                }
                Ok(taken)
            });
            let all = pieces.concat();
            let fits = all.len().min(space);
            prop_assert_eq!(&disk, &all[..fits]);
            match result {
                Ok(total) => prop_assert!(total == fits && (total > 0 || all.is_empty())),
                Err(_) => prop_assert!(fits == 0 && !all.is_empty()),
            }
        }
    }
}
