use std::collections::hash_map::RandomState;
use std::ffi::OsString;
use std::hash::{BuildHasher, Hasher};
use std::iter::repeat_with;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use uv_sys::Error;

use super::dir::mkdir;
use super::fd::open;
use crate::{FsError, OpenFlags, Result};

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
    let made = make_unique("mkdtemp", prefix.as_ref(), suffixes(), |path| mkdir(path, 0o700));
    made.map(|(path, ())| path)
}

/// Makes a file whose name is `prefix` and six letters and digits that nobody can guess, for this user alone
/// (`0o600`), and returns it, open for reading and writing, with its path. As `uv_fs_mkstemp`, whose template ends in
/// `XXXXXX`; the path of an error does, too.
///
/// # Errors
///
/// `ENOENT` if the directory around it is missing, `EACCES`, `EMFILE`, `EEXIST` if no free name was found.
///
/// ```
/// use uv_fs::sync;
///
/// let dir = tempfile::tempdir()?;
/// let (fd, path) = sync::mkstemp(dir.path().join("part-"))?;
/// sync::write(&fd, b"data", None)?;
/// assert_eq!(sync::read_file(&path)?, b"data");
/// assert_eq!(sync::stat(&path)?.permissions(), 0o600);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn mkstemp(prefix: impl AsRef<Path>) -> Result<(OwnedFd, PathBuf)> {
    let flags = OpenFlags::RDWR | OpenFlags::CREAT | OpenFlags::EXCL;
    let made = make_unique("mkstemp", prefix.as_ref(), suffixes(), |path| open(path, flags, 0o600));
    made.map(|(path, fd)| (fd, path))
}

pub(crate) fn template(prefix: &Path) -> PathBuf {
    with_suffix(prefix, "XXXXXX")
}

/// glibc gives up after as many names.
const ATTEMPTS: usize = 62 * 62 * 62;

pub(crate) fn make_unique<T>(
    syscall: &'static str,
    prefix: &Path,
    suffixes: impl Iterator<Item = String>,
    make: impl Fn(&Path) -> Result<T>,
) -> Result<(PathBuf, T)> {
    let failed = |error| Err(FsError::new(error, syscall).with_path(template(prefix)));
    for suffix in suffixes {
        let path = with_suffix(prefix, &suffix);
        match make(&path) {
            Ok(made) => return Ok((path, made)),
            Err(error) if error.error() == Error::EEXIST => {}
            Err(error) => return failed(error.error()),
        }
    }
    failed(Error::EEXIST)
}

pub(crate) fn suffixes() -> impl Iterator<Item = String> {
    // Every RandomState has keys of its own, which come of the system's random bytes.
    repeat_with(|| suffix(RandomState::new().build_hasher().finish())).take(ATTEMPTS)
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
        let made = make_unique("mkdtemp", &prefix, (0..).map(suffix), |path| mkdir(path, 0o700));
        assert_eq!(made, Ok((dir.path().join("x-200000"), ())));
    }

    #[test]
    fn when_every_name_is_taken_it_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let prefix = dir.path().join("x-");
        mkdir(dir.path().join("x-000000"), 0o755).unwrap();
        let error = make_unique("mkdtemp", &prefix, [suffix(0)].into_iter(), |path| mkdir(path, 0o700)).unwrap_err();
        assert_eq!(error.to_string(), format!("EEXIST: file already exists, mkdtemp '{}XXXXXX'", prefix.display()));
    }
}
