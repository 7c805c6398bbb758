use std::fs;
use std::path::{Path, PathBuf};

use uv_sys::Error;

use super::copy::copyfile;
use super::dir::{mkdir, scandir};
use super::path::{chmod, readlink, realpath, symlink, unlink};
use super::stat::{lstat, stat};
use crate::{CopyFlags, FileType, FsError, Result, Stat};

/// Makes a directory and those around it that are missing, each with the permissions `mode` less the umask, and returns
/// the outermost that it made: `None` if there were all.
///
/// # Errors
///
/// Those of [`mkdir`]: `EEXIST` if the path is a file, `ENOTDIR` if one of its parts is. What it made until then stays.
///
/// ```
/// use uv_fs::sync;
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("a/b/c");
/// assert_eq!(sync::mkdir_all(&path, 0o777)?, Some(dir.path().join("a")));
/// assert_eq!(sync::mkdir_all(&path, 0o777)?, None);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn mkdir_all(path: impl AsRef<Path>, mode: u32) -> Result<Option<PathBuf>> {
    let path = path.as_ref();
    let mut missing = Vec::new();
    let mut next = Some(path);
    let mut made = None;
    // Inwards is where the first one that exists, or can be made, is found.
    while let Some(dir) = next.filter(|dir| !dir.as_os_str().is_empty()) {
        match make(dir, mode) {
            Ok(new) => {
                made = new.then(|| dir.to_owned());
                break;
            }
            Err(error) if error.error() == Error::ENOENT && dir.parent().is_some() => missing.push(dir),
            Err(error) => return Err(error.with_path(path)),
        }
        next = dir.parent();
    }
    for dir in missing.into_iter().rev() {
        let new = make(dir, mode).map_err(|error| error.with_path(path))?;
        made = made.or_else(|| new.then(|| dir.to_owned()));
    }
    match made {
        None if path.as_os_str().is_empty() => Err(FsError::new(Error::ENOENT, "mkdir").with_path(path)),
        made => Ok(made),
    }
}

/// Whether there is such a directory only now. Another may make it at the same time.
fn make(dir: &Path, mode: u32) -> Result<bool> {
    match mkdir(dir, mode) {
        Ok(()) => Ok(true),
        Err(error) if error.error() == Error::EEXIST => match stat(dir) {
            Ok(found) if found.file_type() == FileType::Dir => Ok(false),
            _ => Err(error),
        },
        Err(error) => Err(error),
    }
}

/// Removes a file, or a directory with all that is in it. No symbolic link is followed, also if one is put in place of a
/// directory meanwhile.
///
/// # Errors
///
/// `ENOENT` if there is no such file; those of [`unlink`], `scandir` and `rmdir`. What was removed until then is gone.
///
/// ```
/// use uv_fs::sync;
///
/// let dir = tempfile::tempdir()?;
/// sync::mkdir_all(dir.path().join("a/b/c"), 0o777)?;
/// sync::remove_tree(dir.path().join("a"))?;
/// assert!(sync::scandir(dir.path())?.is_empty());
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn remove_tree(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    let named = |error: Error| FsError::new(error, "rm").with_path(path);
    let found = lstat(path).map_err(|error| named(error.error()))?;
    if found.file_type() != FileType::Dir {
        return unlink(path).map_err(|error| named(error.error()));
    }
    loop {
        match fs::remove_dir_all(path).map_err(Error::from) {
            Err(Error::EINTR) => {}
            result => return result.map_err(named),
        }
    }
}

/// Copies a file, or a directory with all that is in it: content, permissions, and symbolic links as they are. Into a
/// directory that exists what is copied is added, in place of files of the same names.
///
/// # Errors
///
/// Those of [`copyfile`], which also `flags` are for, `mkdir`, `scandir` and `symlink`; `EINVAL` for a directory into
/// itself, and for files of other types (FIFOs, sockets, devices). What was copied until then stays; of no file
/// half.
///
/// ```
/// use uv_fs::{CopyFlags, sync};
///
/// let dir = tempfile::tempdir()?;
/// let (from, to) = (dir.path().join("from"), dir.path().join("to"));
/// sync::mkdir_all(from.join("sub"), 0o777)?;
/// sync::write_file(from.join("sub/file"), "text")?;
/// sync::copy_tree(&from, &to, CopyFlags::default())?;
/// assert_eq!(sync::read_file(to.join("sub/file"))?, b"text");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn copy_tree(src: impl AsRef<Path>, dst: impl AsRef<Path>, flags: CopyFlags) -> Result<()> {
    let (src, dst) = (src.as_ref(), dst.as_ref());
    let root = lstat(src)?;
    if root.file_type() == FileType::Dir && is_within(dst, &root) {
        return Err(refused(src, dst));
    }
    // Directories get their own permissions when they are full: these may forbid to fill them.
    let mut full = Vec::new();
    let mut rest = vec![(src.to_owned(), dst.to_owned())];
    while let Some((src, dst)) = rest.pop() {
        let found = lstat(&src)?;
        match found.file_type() {
            FileType::Dir => {
                make(&dst, 0o700)?;
                for entry in scandir(&src)? {
                    rest.push((src.join(entry.name()), dst.join(entry.name())));
                }
                full.push((dst, found.permissions()));
            }
            FileType::File => copyfile(&src, &dst, flags)?,
            FileType::Link => copy_link(&src, &dst, flags)?,
            _ => return Err(refused(&src, &dst)),
        }
    }
    full.into_iter().rev().try_for_each(|(dir, permissions)| chmod(dir, permissions))
}

fn copy_link(src: &Path, dst: &Path, flags: CopyFlags) -> Result<()> {
    let target = readlink(src)?;
    match symlink(&target, dst) {
        Err(error) if error.error() == Error::EEXIST && !flags.contains(CopyFlags::EXCL) => {
            unlink(dst)?;
            symlink(target, dst)
        }
        result => result,
    }
}

/// Whether `path` is, or would come, below the directory `root`.
fn is_within(path: &Path, root: &Stat) -> bool {
    let outer = path.ancestors().find_map(|outer| {
        let outer = if outer.as_os_str().is_empty() { Path::new(".") } else { outer };
        realpath(outer).ok()
    });
    let is_root = |outer: &Path| stat(outer).is_ok_and(|outer| (outer.dev, outer.ino) == (root.dev, root.ino));
    outer.is_some_and(|outer| outer.ancestors().any(is_root))
}

fn refused(src: &Path, dst: &Path) -> FsError {
    FsError::new(Error::EINVAL, "cp").with_path(src).with_dest(dst)
}
