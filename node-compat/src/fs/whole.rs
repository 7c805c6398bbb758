//! Whole files, step by step as Node does it.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use uv_fs::{FileType, FsError, OpenFlags, Result};

use super::{close, fstat, open, read, write};
use crate::{Error, Outcome, Runtime, Thrown};

/// Up to so many bytes are read in one trip from a file whose size is known, and
const CHUNK: u64 = 512 * 1024;
/// from one whose size is not.
const CHUNK_OF_UNKNOWN: u64 = 64 * 1024;

const NEW_FILE: u32 = 0o666;

/// Reads all of a file, as `fs.readFile`: a trip to the pool to open it, one for its size, one for each 512 KiB, one to
/// close it; then the callback.
///
/// ```
/// use node_compat::{Runtime, fs};
///
/// let rt = Runtime::new()?;
/// fs::read_file(&rt, "/dev/null", |_, content| assert_eq!(content.unwrap(), b""));
/// fs::read_file(&rt, "/no/such", |_, content| {
///     assert_eq!(content.unwrap_err().to_string(), "ENOENT: no such file or directory, open '/no/such'");
/// });
/// rt.run()?;
/// # Ok::<(), node_compat::Error>(())
/// ```
pub fn read_file<O: Outcome>(
    rt: &Runtime,
    path: impl AsRef<Path> + Into<PathBuf>,
    f: impl FnOnce(&Runtime, Result<Vec<u8>>) -> O + 'static,
) {
    open(rt, path, OpenFlags::RDONLY, NEW_FILE, |rt, fd| match fd {
        Ok(fd) => {
            let file = OpenFile { fd: Arc::new(fd), done: Box::new(|rt, content| f(rt, content).into_result()) };
            Reading { file, size: None, content: Vec::new() }.stat(rt);
            Ok(())
        }
        Err(error) => f(rt, Err(error)).into_result(),
    });
}

/// Makes `data` the whole content of a file, as `fs.writeFile`: a trip to the pool to open (and make or empty) it, one
/// for each write that it takes, one to close it; then the callback.
///
/// ```
/// use node_compat::{Runtime, fs};
///
/// let rt = Runtime::new()?;
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("file");
/// fs::write_file(&rt, &path, "content", |_, written| written);
/// assert_eq!(rt.run()?, 0);
/// assert_eq!(fs::sync::read_file(&path)?, b"content");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write_file<O: Outcome>(
    rt: &Runtime,
    path: impl Into<PathBuf>,
    data: impl AsRef<[u8]> + Send + 'static,
    f: impl FnOnce(&Runtime, Result<()>) -> O + 'static,
) {
    write_with(rt, path, OpenFlags::TRUNC, data, f);
}

/// Puts `data` at the end of a file, in the steps of [`write_file`]. As `fs.appendFile`.
///
/// ```
/// use node_compat::{Runtime, fs};
///
/// let rt = Runtime::new()?;
/// let file = tempfile::NamedTempFile::new()?;
/// fs::sync::write_file(file.path(), "one, ")?;
/// fs::append_file(&rt, file.path(), "two", |_, written| written);
/// assert_eq!(rt.run()?, 0);
/// assert_eq!(fs::sync::read_file(file.path())?, b"one, two");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn append_file<O: Outcome>(
    rt: &Runtime,
    path: impl Into<PathBuf>,
    data: impl AsRef<[u8]> + Send + 'static,
    f: impl FnOnce(&Runtime, Result<()>) -> O + 'static,
) {
    write_with(rt, path, OpenFlags::APPEND, data, f);
}

fn write_with<O: Outcome>(
    rt: &Runtime,
    path: impl Into<PathBuf>,
    flags: OpenFlags,
    data: impl AsRef<[u8]> + Send + 'static,
    f: impl FnOnce(&Runtime, Result<()>) -> O + 'static,
) {
    let flags = OpenFlags::WRONLY | OpenFlags::CREAT | flags;
    open(rt, path.into(), flags, NEW_FILE, |rt, fd| match fd {
        Ok(fd) => {
            let file = OpenFile { fd: Arc::new(fd), done: Box::new(|rt, written| f(rt, written).into_result()) };
            write_rest(rt, file, Rest { data, from: 0 });
            Ok(())
        }
        Err(error) => f(rt, Err(error)).into_result(),
    });
}

/// A file, and who waits for it to be closed.
struct OpenFile<T> {
    fd: Arc<OwnedFd>,
    done: Done<T>,
}

type Done<T> = Box<dyn FnOnce(&Runtime, Result<T>) -> std::result::Result<(), Thrown>>;

impl<T: 'static> OpenFile<T> {
    fn close(self, rt: &Runtime, result: Result<T>) {
        close(rt, self.fd, |rt, closed| (self.done)(rt, result.and_then(|value| closed.map(|()| value))));
    }
}

struct Reading {
    file: OpenFile<Vec<u8>>,
    /// `None` for what is no regular file, or says it is empty: the files of `/proc` do.
    size: Option<u64>,
    content: Vec<u8>,
}

impl Reading {
    fn stat(mut self, rt: &Runtime) {
        fstat(rt, self.file.fd.clone(), |rt, stat| match stat {
            Ok(stat) => {
                let is_known = stat.file_type() == FileType::File && stat.size > 0;
                self.size = is_known.then_some(stat.size);
                self.read(rt);
            }
            Err(error) => self.file.close(rt, Err(error)),
        });
    }

    fn read(mut self, rt: &Runtime) {
        let chunk = match self.size {
            Some(size) => CHUNK.min(size - self.content.len() as u64),
            None => CHUNK_OF_UNKNOWN,
        };
        let Some(buf) = buffer(chunk as usize) else {
            return self.file.close(rt, Err(FsError::new(Error::ENOMEM, "read")));
        };
        read(rt, self.file.fd.clone(), buf, None, |rt, count, mut buf| {
            let count = match count {
                Ok(count) => count,
                Err(error) => return self.file.close(rt, Err(error)),
            };
            buf.truncate(count);
            if self.content.is_empty() {
                self.content = buf;
            } else if self.content.try_reserve(count).is_ok() {
                self.content.extend_from_slice(&buf);
            } else {
                return self.file.close(rt, Err(FsError::new(Error::ENOMEM, "read")));
            }
            if count == 0 || Some(self.content.len() as u64) == self.size {
                self.file.close(rt, Ok(self.content));
            } else {
                self.read(rt);
            }
        });
    }
}

fn buffer(len: usize) -> Option<Vec<u8>> {
    let mut buf = Vec::new();
    buf.try_reserve_exact(len).ok()?;
    buf.resize(len, 0);
    Some(buf)
}

fn write_rest<B: AsRef<[u8]> + Send + 'static>(rt: &Runtime, file: OpenFile<()>, rest: Rest<B>) {
    write(rt, file.fd.clone(), rest, None, |rt, count, mut rest| {
        let count = match count {
            Ok(count) => count,
            Err(error) => return file.close(rt, Err(error)),
        };
        let missing = rest.as_ref().len() - count;
        rest.from += count;
        match (count, missing) {
            (_, 0) => file.close(rt, Ok(())),
            (0, _) => file.close(rt, Err(FsError::new(Error::EIO, "write"))),
            _ => write_rest(rt, file, rest),
        }
    });
}

/// What is still to be written.
struct Rest<B> {
    data: B,
    from: usize,
}

impl<B: AsRef<[u8]>> AsRef<[u8]> for Rest<B> {
    fn as_ref(&self) -> &[u8] {
        &self.data.as_ref()[self.from..]
    }
}
