use std::collections::hash_map::RandomState;
use std::ffi::{CStr, OsStr, OsString};
use std::hash::{BuildHasher, Hasher};
use std::iter::repeat_with;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use uv_sys::Error;

use super::bare;
use crate::{FsError, Result};

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
    make_in("mkdtemp", prefix.as_ref(), bare::mkdtemp).map(|(path, ())| path)
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
    make_in("mkstemp", prefix.as_ref(), bare::mkstemp).map(|(path, fd)| (fd, path))
}

/// What stands for the part of a name that is to be found.
const PLACE: [u8; 6] = *b"XXXXXX";

pub(crate) fn template(prefix: &Path) -> PathBuf {
    let mut name = OsString::from(prefix);
    name.push(OsStr::from_bytes(&PLACE));
    name.into()
}

/// Lets `make` fill in the template of this prefix.
pub(crate) fn make_in<T>(
    syscall: &'static str,
    prefix: &Path,
    make: impl FnOnce(&mut [u8]) -> uv_sys::Result<T>,
) -> Result<(PathBuf, T)> {
    let mut name = template(prefix).into_os_string().into_vec();
    name.push(0);
    let made = make(&mut name);
    name.pop();
    let path = PathBuf::from(OsString::from_vec(name));
    match made {
        Ok(made) => Ok((path, made)),
        Err(error) => Err(FsError::new(error, syscall).with_path(path)),
    }
}

/// glibc gives up after as many names.
const ATTEMPTS: usize = 62 * 62 * 62;

/// Puts one suffix after the other into the template until `make` finds the name free. If none is, or it fails, the template
/// is what it was.
pub(crate) fn make_unique<T>(
    template: &mut [u8],
    suffixes: impl Iterator<Item = [u8; 6]>,
    make: impl Fn(&CStr) -> uv_sys::Result<T>,
) -> uv_sys::Result<T> {
    let start = template.len().checked_sub(PLACE.len() + 1).ok_or(Error::EINVAL)?;
    if template[start..] != *b"XXXXXX\0" {
        return Err(Error::EINVAL);
    }
    let mut result = Err(Error::EEXIST);
    for suffix in suffixes {
        template[start..][..PLACE.len()].copy_from_slice(&suffix);
        result = CStr::from_bytes_with_nul(template).map_err(|_| Error::EINVAL).and_then(&make);
        if !matches!(result, Err(Error::EEXIST)) {
            break;
        }
    }
    if result.is_err() {
        template[start..][..PLACE.len()].copy_from_slice(&PLACE);
    }
    result
}

pub(crate) fn suffixes() -> impl Iterator<Item = [u8; 6]> {
    // Every RandomState has keys of its own, which come of the system's random bytes.
    repeat_with(|| suffix(RandomState::new().build_hasher().finish())).take(ATTEMPTS)
}

fn suffix(mut random: u64) -> [u8; 6] {
    const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    [(); 6].map(|()| {
        let letter = LETTERS[(random % 62) as usize];
        random /= 62;
        letter
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::dir::mkdir;

    #[test]
    fn a_taken_name_is_not_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let prefix = dir.path().join("x-");
        mkdir(dir.path().join("x-000000"), 0o755).unwrap();
        std::fs::write(dir.path().join("x-100000"), "").unwrap();
        let make = |path: &CStr| bare::mkdir(path, 0o700);
        let made = make_in("mkdtemp", &prefix, |template| make_unique(template, (0..).map(suffix), make));
        assert_eq!(made, Ok((dir.path().join("x-200000"), ())));
    }

    #[test]
    fn when_every_name_is_taken_it_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let prefix = dir.path().join("x-");
        mkdir(dir.path().join("x-000000"), 0o755).unwrap();
        let make = |path: &CStr| bare::mkdir(path, 0o700);
        let made = make_in("mkdtemp", &prefix, |template| make_unique(template, [suffix(0)].into_iter(), make));
        let expected = format!("EEXIST: file already exists, mkdtemp '{}XXXXXX'", prefix.display());
        assert_eq!(made.unwrap_err().to_string(), expected);
    }

    #[test]
    fn what_is_no_template_is_refused_and_left() {
        for text in [&b""[..], b"\0", b"XXXXX\0", b"XXXXXX", b"aXXXXXXb\0", b"a\0XXXXXX\0"] {
            let mut template = text.to_vec();
            assert_eq!(bare::mkdtemp(&mut template), Err(Error::EINVAL));
            assert_eq!(template, text);
        }
    }
}
