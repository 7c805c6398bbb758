//! The calls of [`sync`](crate::sync) that are given a path, for who knows the path and has it as C has it: of an error the code
//! alone. What the system needs no memory for allocates none here.
//!
//! ```
//! use uv_fs::bare;
//!
//! assert!(bare::stat(c"/")?.nlink > 0);
//! assert_eq!(bare::stat(c"/no/such"), Err(uv_sys::Error::ENOENT));
//! # Ok::<(), uv_sys::Error>(())
//! ```

use std::ffi::CStr;
use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, CWD, OFlags};
use rustix::io::{Errno, retry_on_intr};
use uv_sys::Result;

use super::dir::Dir;
use super::entries::{Entries, each};
use super::owner::{group, owner};
use super::stat::stat_at;
use super::temp::{make_unique, suffixes};
use super::{code, copy, permissions};
use crate::time::timestamps;
use crate::{Access, CopyFlags, FileTime, FileType, OpenFlags, Stat, StatFs};

fn call<T>(call: impl FnMut() -> std::result::Result<T, Errno>) -> Result<T> {
    retry_on_intr(call).map_err(code)
}

/// [`sync::stat`](crate::sync::stat).
///
/// # Errors
///
/// Those of `sync::stat`, as of each of these functions.
///
/// ```
/// assert_eq!(uv_fs::bare::stat(c"/")?.file_type(), uv_fs::FileType::Dir);
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub fn stat(path: &CStr) -> Result<Stat> {
    call(|| stat_at(CWD, path, AtFlags::empty()))
}

/// [`sync::lstat`](crate::sync::lstat).
///
/// ```
/// assert_eq!(uv_fs::bare::lstat(c"/proc/self")?.file_type(), uv_fs::FileType::Link);
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub fn lstat(path: &CStr) -> Result<Stat> {
    call(|| stat_at(CWD, path, AtFlags::SYMLINK_NOFOLLOW))
}

/// [`sync::statfs`](crate::sync::statfs).
///
/// ```
/// assert!(uv_fs::bare::statfs(c"/")?.bsize > 0);
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub fn statfs(path: &CStr) -> Result<StatFs> {
    call(|| rustix::fs::statfs(path)).map(StatFs::from_raw)
}

/// [`sync::access`](crate::sync::access).
///
/// ```
/// uv_fs::bare::access(c"/dev/null", uv_fs::Access::R_OK)?;
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub fn access(path: &CStr, mode: Access) -> Result<()> {
    let mode = rustix::fs::Access::from_bits_retain(mode.bits() as _);
    call(|| rustix::fs::access(path, mode))
}

/// [`sync::open`](crate::sync::open).
///
/// ```
/// let fd = uv_fs::bare::open(c"/dev/null", uv_fs::OpenFlags::RDONLY, 0)?;
/// assert_eq!(uv_fs::sync::read(&fd, &mut [0], None), Ok(0));
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub fn open(path: &CStr, flags: OpenFlags, mode: u32) -> Result<OwnedFd> {
    let flags = OFlags::from_bits_retain(flags.bits() as _) | OFlags::CLOEXEC;
    call(|| rustix::fs::open(path, flags, permissions(mode)))
}

/// [`sync::unlink`](crate::sync::unlink).
///
/// ```
/// assert_eq!(uv_fs::bare::unlink(c"/no/such"), Err(uv_sys::Error::ENOENT));
/// ```
pub fn unlink(path: &CStr) -> Result<()> {
    call(|| rustix::fs::unlink(path))
}

/// [`sync::rename`](crate::sync::rename).
///
/// ```
/// assert_eq!(uv_fs::bare::rename(c"/no/a", c"/no/b"), Err(uv_sys::Error::ENOENT));
/// ```
pub fn rename(path: &CStr, new_path: &CStr) -> Result<()> {
    call(|| rustix::fs::rename(path, new_path))
}

/// [`sync::link`](crate::sync::link).
///
/// ```
/// assert_eq!(uv_fs::bare::link(c"/no/a", c"/no/b"), Err(uv_sys::Error::ENOENT));
/// ```
pub fn link(path: &CStr, new_path: &CStr) -> Result<()> {
    call(|| rustix::fs::linkat(CWD, path, CWD, new_path, AtFlags::empty()))
}

/// [`sync::symlink`](crate::sync::symlink).
///
/// ```
/// assert_eq!(uv_fs::bare::symlink(c"target", c"/no/link"), Err(uv_sys::Error::ENOENT));
/// ```
pub fn symlink(target: &CStr, path: &CStr) -> Result<()> {
    call(|| rustix::fs::symlink(target, path))
}

/// [`sync::readlink`](crate::sync::readlink) into a buffer: as many bytes as there is room for, and how many these are.
///
/// ```
/// let mut target = [0; 100];
/// let length = uv_fs::bare::readlink(c"/proc/self", &mut target)?;
/// assert_eq!(target[..length], *std::process::id().to_string().as_bytes());
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub fn readlink(path: &CStr, target: &mut [u8]) -> Result<usize> {
    call(|| rustix::fs::readlinkat_raw(CWD, path, &mut *target))
}

/// [`sync::copyfile`](crate::sync::copyfile).
///
/// ```
/// use uv_fs::{CopyFlags, bare};
///
/// assert_eq!(bare::copyfile(c"/no/a", c"/no/b", CopyFlags::default()), Err(uv_sys::Error::ENOENT));
/// ```
pub fn copyfile(src: &CStr, dst: &CStr, flags: CopyFlags) -> Result<()> {
    copy::copy(src, dst, flags)
}

/// [`sync::chmod`](crate::sync::chmod).
///
/// ```
/// assert_eq!(uv_fs::bare::chmod(c"/no/such", 0o755), Err(uv_sys::Error::ENOENT));
/// ```
pub fn chmod(path: &CStr, mode: u32) -> Result<()> {
    call(|| rustix::fs::chmod(path, permissions(mode)))
}

/// [`sync::chown`](crate::sync::chown).
///
/// ```
/// assert_eq!(uv_fs::bare::chown(c"/no/such", None, None), Err(uv_sys::Error::ENOENT));
/// ```
pub fn chown(path: &CStr, uid: Option<u32>, gid: Option<u32>) -> Result<()> {
    call(|| rustix::fs::chownat(CWD, path, owner(uid), group(gid), AtFlags::empty()))
}

/// [`sync::lchown`](crate::sync::lchown).
///
/// ```
/// assert_eq!(uv_fs::bare::lchown(c"/no/such", None, None), Err(uv_sys::Error::ENOENT));
/// ```
pub fn lchown(path: &CStr, uid: Option<u32>, gid: Option<u32>) -> Result<()> {
    call(|| rustix::fs::chownat(CWD, path, owner(uid), group(gid), AtFlags::SYMLINK_NOFOLLOW))
}

/// [`sync::utime`](crate::sync::utime).
///
/// ```
/// assert_eq!(uv_fs::bare::utime(c"/no/such", 1.0, 2.5), Err(uv_sys::Error::ENOENT));
/// ```
pub fn utime(path: &CStr, atime: impl Into<FileTime>, mtime: impl Into<FileTime>) -> Result<()> {
    let times = timestamps(atime, mtime);
    call(|| rustix::fs::utimensat(CWD, path, &times, AtFlags::empty()))
}

/// [`sync::lutime`](crate::sync::lutime).
///
/// ```
/// assert_eq!(uv_fs::bare::lutime(c"/no/such", 1.0, 2.5), Err(uv_sys::Error::ENOENT));
/// ```
pub fn lutime(path: &CStr, atime: impl Into<FileTime>, mtime: impl Into<FileTime>) -> Result<()> {
    let times = timestamps(atime, mtime);
    call(|| rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW))
}

/// [`sync::mkdir`](crate::sync::mkdir).
///
/// ```
/// assert_eq!(uv_fs::bare::mkdir(c"/", 0o777), Err(uv_sys::Error::EEXIST));
/// ```
pub fn mkdir(path: &CStr, mode: u32) -> Result<()> {
    call(|| rustix::fs::mkdir(path, permissions(mode)))
}

/// [`sync::rmdir`](crate::sync::rmdir).
///
/// ```
/// assert_eq!(uv_fs::bare::rmdir(c"/no/such"), Err(uv_sys::Error::ENOENT));
/// ```
pub fn rmdir(path: &CStr) -> Result<()> {
    call(|| rustix::fs::rmdir(path))
}

/// [`sync::mkdtemp`](crate::sync::mkdtemp), by a template: a path that ends with `XXXXXX` and a zero, where the letters are put
/// that were found. If it fails the template is what it was.
///
/// # Errors
///
/// `EINVAL` if it is no template.
///
/// ```
/// let mut template = *b"/tmp/job-XXXXXX\0";
/// uv_fs::bare::mkdtemp(&mut template)?;
/// uv_fs::bare::rmdir(std::ffi::CStr::from_bytes_with_nul(&template).unwrap())?;
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub fn mkdtemp(template: &mut [u8]) -> Result<()> {
    make_unique(template, suffixes(), |path| mkdir(path, 0o700))
}

/// [`sync::mkstemp`](crate::sync::mkstemp), by a template as [`mkdtemp`].
///
/// # Errors
///
/// `EINVAL` if it is no template.
///
/// ```
/// let mut template = *b"/tmp/part-XXXXXX\0";
/// let fd = uv_fs::bare::mkstemp(&mut template)?;
/// assert_eq!(uv_fs::sync::write(&fd, b"data", None), Ok(4));
/// uv_fs::bare::unlink(std::ffi::CStr::from_bytes_with_nul(&template).unwrap())?;
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub fn mkstemp(template: &mut [u8]) -> Result<OwnedFd> {
    let flags = OpenFlags::RDWR | OpenFlags::CREAT | OpenFlags::EXCL;
    make_unique(template, suffixes(), |path| open(path, flags, 0o600))
}

/// [`sync::scandir`](crate::sync::scandir), each entry handed to `visit`, in the order of the file system. One buffer is allocated,
/// for all of them.
///
/// ```
/// let mut names = Vec::new();
/// uv_fs::bare::scandir(c"/", |name, _| names.push(name.to_owned()))?;
/// assert!(names.contains(&c"dev".to_owned()));
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub fn scandir(path: &CStr, visit: impl FnMut(&CStr, FileType)) -> Result<()> {
    each(path, visit).map_err(code)
}

/// [`sync::opendir`](crate::sync::opendir), which allocates once.
///
/// ```
/// let mut dir = uv_fs::bare::opendir(c"/dev")?;
/// assert!(uv_fs::bare::next_entry(&mut dir)?.is_some());
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub fn opendir(path: &CStr) -> Result<Dir> {
    call(|| Entries::open(path)).map(|entries| Dir { entries })
}

/// The entry that [`sync::readdir`](crate::sync::readdir) would give next; none at the end of the directory.
///
/// # Errors
///
/// Those of `sync::readdir`. They come again.
///
/// ```
/// use uv_fs::bare;
///
/// let (mut dir, mut count) = (bare::opendir(c"/")?, 0);
/// while let Some((name, _)) = bare::next_entry(&mut dir)? {
///     assert!(name != c"." && name != c"..");
///     count += 1;
/// }
/// assert_eq!(count, uv_fs::sync::scandir("/").unwrap().len());
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub fn next_entry(dir: &mut Dir) -> Result<Option<(&CStr, FileType)>> {
    dir.entries.next().map_err(code)
}
