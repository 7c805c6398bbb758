use std::ffi::{CStr, OsStr, OsString};
use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use uv_sys::Error;

use super::bare;
use super::fd::{fchmod, fsync, open, write};
use super::owner::fchown;
use super::path::{readlink, realpath, rename, unlink};
use super::stat::stat;
use super::temp::{make_in, make_unique, suffixes};
use crate::{FileType, FsError, OpenFlags, Result, Stat};

const NEW_FILE: u32 = 0o666;

/// All of a file's content.
///
/// # Errors
///
/// Those of [`open`]; then those of [`read`](super::fd::read), which name no path: `EISDIR` for a
/// directory; `ENOMEM` if there is no memory for it.
///
/// ```
/// assert!(uv_fs::sync::read_file("/dev/null")?.is_empty());
/// # Ok::<(), uv_fs::FsError>(())
/// ```
pub fn read_file(path: impl AsRef<Path>) -> Result<Vec<u8>> {
    let mut file = File::from(open(path, OpenFlags::RDONLY, 0)?);
    let mut content = Vec::new();
    file.read_to_end(&mut content).map_err(|error| FsError::new(Error::from(error), "read"))?;
    Ok(content)
}

/// Makes `data` the whole content of a file, which is made (`0o666` less the umask) if there is
/// none.
///
/// # Errors
///
/// Those of [`open`]; then those of [`write()`], which name no path. What was written until then stays
/// in the file: [`write_file_atomic`] is for a file of which no half may be seen.
///
/// ```
/// use uv_fs::sync;
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("file");
/// sync::write_file(&path, "a longer text")?;
/// sync::write_file(&path, "text")?;
/// assert_eq!(sync::read_file(&path)?, b"text");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write_file(path: impl AsRef<Path>, data: impl AsRef<[u8]>) -> Result<()> {
    let flags = OpenFlags::WRONLY | OpenFlags::CREAT | OpenFlags::TRUNC;
    write_all(open(path, flags, NEW_FILE)?, data.as_ref())
}

/// Makes `data` the whole content of a file, all or nothing: whoever looks sees the old content or the new, also after an
/// error or a crash. The data is written to a new file beside it, which then takes its name, with the permissions of
/// the file that had it (`0o666` less the umask if none had). A symbolic link is followed.
///
/// # Errors
///
/// Those of [`open`], [`write()`], [`fsync`] and `rename`, with nothing changed and nothing left; `EISDIR` for a
/// directory, and `EINVAL` for any other file that is no regular one and can't be replaced.
///
/// ```
/// use uv_fs::sync;
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("settings");
/// sync::write_file_atomic(&path, "all of it")?;
/// assert_eq!(sync::read_file(&path)?, b"all of it");
/// assert_eq!(sync::scandir(dir.path())?.len(), 1);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write_file_atomic(path: impl AsRef<Path>, data: impl AsRef<[u8]>) -> Result<()> {
    let path = path.as_ref();
    let old = match stat(path) {
        Ok(old) => Some(old),
        Err(error) if error.error() == Error::ENOENT => None,
        Err(error) => return Err(FsError::new(error.error(), "open").with_path(path)),
    };
    let refused = |error| Err(FsError::new(error, "open").with_path(path));
    let place = match old.map(|old| old.file_type()) {
        Some(FileType::Dir) => return refused(Error::EISDIR),
        Some(FileType::File) => realpath(path)?,
        Some(_) => return refused(Error::EINVAL),
        None => target_of(path)?,
    };
    let mut prefix = OsString::from(".");
    prefix.push(place.file_name().unwrap_or_default());
    // Of a long name a part is enough: the suffix tells the files apart.
    let cut = prefix.len().min(200);
    let prefix = place.with_file_name(OsStr::from_bytes(&prefix.as_bytes()[..cut]));
    let flags = OpenFlags::WRONLY | OpenFlags::CREAT | OpenFlags::EXCL;
    let make = |name: &CStr| bare::open(name, flags, NEW_FILE);
    let made = make_in("open", &prefix, |template| make_unique(template, suffixes(), make));
    let (new, fd) = made.map_err(|error| error.with_path(path))?;
    let filled = fill(fd, old, data.as_ref()).and_then(|()| rename(&new, &place));
    if filled.is_err() {
        // What went wrong before says more than this could.
        let _ = unlink(&new);
    }
    filled
}

fn fill(fd: OwnedFd, old: Option<Stat>, data: &[u8]) -> Result<()> {
    if let Some(old) = old {
        // First, as it clears the bits that the second sets. Only the superuser can give a file away.
        let _ = fchown(&fd, Some(old.uid), Some(old.gid));
        fchmod(&fd, old.permissions())?;
    }
    complete(data, |rest| write(&fd, rest, None))?;
    fsync(&fd)
}

/// Where a link leads whose file is to be made.
fn target_of(path: &Path) -> Result<PathBuf> {
    let mut place = path.to_owned();
    for _ in 0..40 {
        match readlink(&place) {
            Ok(target) => place = place.parent().unwrap_or(Path::new("")).join(target),
            Err(_) => return Ok(place),
        }
    }
    Err(FsError::new(Error::ELOOP, "open").with_path(path))
}

/// Puts `data` at the end of a file, which is made (`0o666` less the umask) if there is none.
///
/// # Errors
///
/// Those of [`write_file`].
///
/// ```
/// use uv_fs::sync;
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("log");
/// sync::append_file(&path, "one\n")?;
/// sync::append_file(&path, "two\n")?;
/// assert_eq!(sync::read_file(&path)?, b"one\ntwo\n");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn append_file(path: impl AsRef<Path>, data: impl AsRef<[u8]>) -> Result<()> {
    let flags = OpenFlags::WRONLY | OpenFlags::CREAT | OpenFlags::APPEND;
    write_all(open(path, flags, NEW_FILE)?, data.as_ref())
}

fn write_all(fd: OwnedFd, data: &[u8]) -> Result<()> {
    complete(data, |rest| write(&fd, rest, None))
}

fn complete(mut data: &[u8], mut write: impl FnMut(&[u8]) -> Result<usize>) -> Result<()> {
    while !data.is_empty() {
        match write(data)? {
            0 => return Err(FsError::new(Error::EIO, "write")),
            written => data = &data[written..],
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes `step` bytes a call, and none beyond `space`.
    fn disk(step: usize, space: usize, data: &[u8]) -> (Result<()>, Vec<u8>) {
        let mut disk = Vec::new();
        let result = complete(data, |rest| {
            let taken = rest.len().min(step).min(space - disk.len());
            disk.extend_from_slice(&rest[..taken]);
            match taken {
                0 if step > 0 => Err(FsError::new(Error::ENOSPC, "write")),
                taken => Ok(taken),
            }
        });
        (result, disk)
    }

    #[test]
    fn short_writes_are_completed() {
        assert_eq!(disk(3, 100, b"0123456789"), (Ok(()), b"0123456789".into()));
    }

    #[test]
    fn what_fits_stays_on_a_full_disk() {
        let full = FsError::new(Error::ENOSPC, "write");
        assert_eq!(disk(3, 7, b"0123456789"), (Err(full), b"0123456".into()));
    }

    #[test]
    fn a_write_of_nothing_is_an_error_and_no_endless_loop() {
        assert_eq!(disk(0, 7, b"x").0, Err(FsError::new(Error::EIO, "write")));
    }
}
