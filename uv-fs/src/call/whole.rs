use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::Path;

use uv_sys::Error;

use super::fd::{open, write};
use crate::{FsError, OpenFlags, Result};

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
/// in the file: a file of which no half may be seen is written beside and renamed.
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
