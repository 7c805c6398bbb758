use std::ffi::{CStr, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::io::Errno;

use super::entries::{Entries, each};
use super::{code, on_path, permissions};
use crate::stat::{Dirent, FileType};
use crate::{FsError, Result};

/// Makes a directory with the permissions `mode`, less the process's umask. As `uv_fs_mkdir`.
///
/// # Errors
///
/// `EEXIST` if the name is taken, `ENOENT` if the directory around it is missing.
///
/// ```
/// use uv_fs::sync;
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("sub");
/// sync::mkdir(&path, 0o777)?;
/// assert_eq!(sync::mkdir(&path, 0o777).unwrap_err().error(), uv_sys::Error::EEXIST);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn mkdir(path: impl AsRef<Path>, mode: u32) -> Result<()> {
    let path = path.as_ref();
    on_path("mkdir", path, || rustix::fs::mkdir(path, permissions(mode)))
}

/// Removes an empty directory. As `uv_fs_rmdir`.
///
/// # Errors
///
/// `ENOTEMPTY`, `ENOENT`, `ENOTDIR`, `EBUSY` for a mount point, `EINVAL` for a path that ends in
/// `.`.
///
/// ```
/// use uv_fs::sync;
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("sub");
/// sync::mkdir(&path, 0o777)?;
/// sync::rmdir(&path)?;
/// assert!(sync::stat(&path).is_err());
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn rmdir(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    on_path("rmdir", path, || rustix::fs::rmdir(path))
}

/// The entries of a directory without `.` and `..`, sorted by the bytes of their names. As
/// `uv_fs_scandir`.
///
/// # Errors
///
/// `ENOENT`, `ENOTDIR`, `EACCES`, `EMFILE`.
///
/// ```
/// use uv_fs::sync;
///
/// let dir = tempfile::tempdir()?;
/// for name in ["b", "a", "B"] {
///     sync::write_file(dir.path().join(name), b"")?;
/// }
/// let entries = sync::scandir(dir.path())?;
/// assert!(entries.iter().map(|entry| entry.name()).eq(["B", "a", "b"]));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn scandir(path: impl AsRef<Path>) -> Result<Vec<Dirent>> {
    let path = path.as_ref();
    let mut entries = Vec::new();
    on_path("scandir", path, || {
        entries.clear();
        each(path, |name, file_type| entries.push(dirent(name, file_type)))
    })?;
    entries.sort_unstable_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
    Ok(entries)
}

/// A directory that is read in steps, as `uv_dir_t`. Dropping it closes it.
///
/// ```
/// use uv_fs::sync;
///
/// let mut dir = sync::opendir("/")?;
/// let mut count = 0;
/// loop {
///     let entries = sync::readdir(&mut dir, 16)?;
///     if entries.is_empty() {
///         break;
///     }
///     count += entries.len();
/// }
/// assert_eq!(count, sync::scandir("/")?.len());
/// # Ok::<(), uv_fs::FsError>(())
/// ```
#[derive(Debug)]
pub struct Dir {
    pub(crate) entries: Entries,
}

/// Opens a directory for [`readdir`]. As `uv_fs_opendir`.
///
/// # Errors
///
/// `ENOENT`, `ENOTDIR`, `EACCES`, `EMFILE`.
///
/// ```
/// let error = uv_fs::sync::opendir("/dev/null").unwrap_err();
/// assert_eq!(error.to_string(), "ENOTDIR: not a directory, opendir '/dev/null'");
/// ```
pub fn opendir(path: impl AsRef<Path>) -> Result<Dir> {
    let path = path.as_ref();
    on_path("opendir", path, || Entries::open(path)).map(|entries| Dir { entries })
}

/// Up to `count` more entries, in the order of the file system and without `.` and `..`: none at the end of the
/// directory. As `uv_fs_readdir`.
///
/// # Errors
///
/// `EINVAL` for a `count` of 0. A directory that was removed meanwhile has no more entries.
///
/// ```
/// use uv_fs::sync;
///
/// let dir = tempfile::tempdir()?;
/// sync::write_file(dir.path().join("file"), "")?;
/// let mut dir = sync::opendir(dir.path())?;
/// assert_eq!(sync::readdir(&mut dir, 10)?[0].name(), "file");
/// assert!(sync::readdir(&mut dir, 10)?.is_empty());
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn readdir(dir: &mut Dir, count: usize) -> Result<Vec<Dirent>> {
    let error = |errno| FsError::new(code(errno), "readdir");
    if count == 0 {
        return Err(error(Errno::INVAL));
    }
    let mut entries = Vec::new();
    while entries.len() < count {
        match dir.entries.next() {
            Ok(None) => break,
            Ok(Some((name, file_type))) => entries.push(dirent(name, file_type)),
            // What has been read must not be lost: the error comes again.
            Err(_) if !entries.is_empty() => break,
            Err(errno) => return Err(error(errno)),
        }
    }
    Ok(entries)
}

/// Closes a directory. As `uv_fs_closedir`.
///
/// # Errors
///
/// None.
///
/// ```
/// use uv_fs::sync;
///
/// sync::closedir(sync::opendir("/")?)?;
/// # Ok::<(), uv_fs::FsError>(())
/// ```
pub fn closedir(dir: Dir) -> Result<()> {
    drop(dir);
    Ok(())
}

fn dirent(name: &CStr, file_type: FileType) -> Dirent {
    Dirent { name: OsStr::from_bytes(name.to_bytes()).to_owned(), file_type }
}
