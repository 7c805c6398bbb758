use std::collections::hash_map::RandomState;
use std::ffi::{OsStr, OsString};
use std::hash::{BuildHasher, Hasher};
use std::iter::repeat_with;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Dir, Mode, OFlags};
use rustix::io::Errno;

use super::{on_path, permissions};
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
    let mut entries = on_path("scandir", path, || entries(path))?;
    entries.sort_unstable_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
    Ok(entries)
}

fn entries(path: &Path) -> std::result::Result<Vec<Dirent>, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let dir = Dir::new(rustix::fs::open(path, flags, Mode::empty())?)?;
    let mut entries = Vec::new();
    for entry in dir {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if name != b"." && name != b".." {
            entries.push(Dirent {
                name: OsStr::from_bytes(name).to_owned(),
                file_type: FileType::from_raw(entry.file_type()),
            });
        }
    }
    Ok(entries)
}

/// glibc gives up after as many names.
const ATTEMPTS: usize = 62 * 62 * 62;

/// Makes a directory whose name is `prefix` and six letters and digits that nobody can guess, for
/// this user alone (`0o700`), and returns its path. As `uv_fs_mkdtemp`, whose template ends in
/// `XXXXXX`; the path of an error does, too.
///
/// # Errors
///
/// `ENOENT` if the directory around it is missing, `EACCES`, `EEXIST` if no free name was found.
///
/// ```
/// use uv_fs::sync;
///
/// let dir = tempfile::tempdir()?;
/// let path = sync::mkdtemp(dir.path().join("job-"))?;
/// assert_eq!(path.file_name().unwrap().len(), "job-XXXXXX".len());
/// assert_eq!(sync::stat(&path)?.permissions(), 0o700);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn mkdtemp(prefix: impl AsRef<Path>) -> Result<PathBuf> {
    let prefix = prefix.as_ref();
    // Every RandomState has keys of its own, which come of the system's random bytes.
    let random = || suffix(RandomState::new().build_hasher().finish());
    make_unique(prefix, repeat_with(random).take(ATTEMPTS)).map_err(|error| error.with_path(template(prefix)))
}

pub(crate) fn template(prefix: &Path) -> PathBuf {
    with_suffix(prefix, "XXXXXX")
}

fn make_unique(prefix: &Path, suffixes: impl Iterator<Item = String>) -> Result<PathBuf> {
    for suffix in suffixes {
        let path = with_suffix(prefix, &suffix);
        match mkdir(&path, 0o700) {
            Ok(()) => return Ok(path),
            Err(error) if error.error() == uv_sys::Error::EEXIST => {}
            Err(error) => return Err(FsError::new(error.error(), "mkdtemp")),
        }
    }
    Err(FsError::new(uv_sys::Error::EEXIST, "mkdtemp"))
}

fn with_suffix(prefix: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(prefix);
    name.push(suffix);
    name.into()
}

fn suffix(mut random: u64) -> String {
    const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut letter = || {
        let letter = LETTERS[(random % 62) as usize];
        random /= 62;
        char::from(letter)
    };
    (0..6).map(|_| letter()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_name_is_not_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let prefix = dir.path().join("x-");
        mkdir(dir.path().join("x-000000"), 0o755).unwrap();
        std::fs::write(dir.path().join("x-100000"), "").unwrap();
        let path = make_unique(&prefix, (0..).map(suffix));
        assert_eq!(path, Ok(dir.path().join("x-200000")));
    }

    #[test]
    fn when_every_name_is_taken_it_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let prefix = dir.path().join("x-");
        mkdir(dir.path().join("x-000000"), 0o755).unwrap();
        let error = make_unique(&prefix, [suffix(0)].into_iter()).unwrap_err();
        assert_eq!((error.error(), error.syscall()), (uv_sys::Error::EEXIST, "mkdtemp"));
    }
}
