use std::cell::RefCell;
use std::fmt;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::sync::Arc;

use uv_fs::{FileTime, FsError, Stat};

use super::settle;
use crate::fs;
use crate::{Error, Promise, Runtime};

/// An open file, as Node's `FileHandle`. Every clone is the same one. It is closed by [`close`](FileHandle::close), or with
/// its last clone. What is asked of it after that is rejected with `EBADF`.
///
/// ```
/// use node_compat::{Runtime, fs};
///
/// let rt = Runtime::new()?;
/// fs::promises::open(&rt, "/dev/null", fs::OpenFlags::RDONLY, 0).and_then(&rt, |rt, file| {
///     file.close(rt);
///     Ok(file.stat(rt).then(rt, |_, _| Ok(())).catch(rt, |_, reason| {
///         assert_eq!(reason.message(), "EBADF: bad file descriptor, fstat");
///         Ok(())
///     }))
/// });
/// assert_eq!(rt.run()?, 0);
/// # Ok::<(), node_compat::Error>(())
/// ```
#[derive(Clone)]
pub struct FileHandle(Rc<RefCell<Option<Arc<OwnedFd>>>>);

/// A request on the file that gives a promise.
macro_rules! request {
    ($(#[$doc:meta])* $name:ident, $call:ident($($arg:ident: $type:ty),*) -> $result:ty) => {
        $(#[$doc])*
        pub fn $name(&self, rt: &Runtime, $($arg: $type),*) -> Promise<$result> {
            let (promise, resolver) = Promise::with_resolver();
            match self.fd(stringify!($call)) {
                Ok(fd) => drop(fs::$call(rt, fd, $($arg,)* move |rt, result| settle(rt, &resolver, result))),
                Err(error) => resolver.reject(rt, error),
            }
            promise
        }
    };
}

impl FileHandle {
    pub(super) fn new(fd: Arc<OwnedFd>) -> Self {
        FileHandle(Rc::new(RefCell::new(Some(fd))))
    }

    /// Reads up to `buf.len()` bytes at `offset`, or at the file's position, and gives their number and the buffer. As
    /// `filehandle.read`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let file = tempfile::NamedTempFile::new()?;
    /// fs::sync::write_file(file.path(), "0123456789")?;
    /// fs::promises::open(&rt, file.path(), fs::OpenFlags::RDONLY, 0).and_then(&rt, |rt, file| {
    ///     Ok(file.read(rt, vec![0; 4], Some(8)).then(rt, |_, (count, buf)| Ok(assert_eq!(&buf[..count], b"89"))))
    /// });
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn read(&self, rt: &Runtime, buf: Vec<u8>, offset: Option<u64>) -> Promise<(usize, Vec<u8>)> {
        let (promise, resolver) = Promise::with_resolver();
        match self.fd("read") {
            Ok(fd) => drop(fs::read(rt, fd, buf, offset, move |rt, count, buf| {
                settle(rt, &resolver, count.map(|count| (count, buf)));
            })),
            Err(error) => resolver.reject(rt, error),
        }
        promise
    }

    /// Writes `data` at `offset`, or at the file's position, and gives the number of bytes that were taken and the data. As
    /// `filehandle.write`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let path = tempfile::NamedTempFile::new()?.into_temp_path();
    /// fs::promises::open(&rt, path.to_path_buf(), fs::OpenFlags::WRONLY, 0)
    ///     .and_then(&rt, |rt, file| Ok(file.write(rt, "written", None)));
    /// assert_eq!(rt.run()?, 0);
    /// assert_eq!(fs::sync::read_file(&path)?, b"written");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn write<B: AsRef<[u8]> + Clone + Send + 'static>(
        &self,
        rt: &Runtime,
        data: B,
        offset: Option<u64>,
    ) -> Promise<(usize, B)> {
        let (promise, resolver) = Promise::with_resolver();
        match self.fd("write") {
            Ok(fd) => drop(fs::write(rt, fd, data, offset, move |rt, count, data| {
                settle(rt, &resolver, count.map(|count| (count, data)));
            })),
            Err(error) => resolver.reject(rt, error),
        }
        promise
    }

    request! {
        /// As `filehandle.stat`.
        ///
        /// ```
        /// use node_compat::{Runtime, fs};
        ///
        /// let rt = Runtime::new()?;
        /// let path = tempfile::NamedTempFile::new()?.into_temp_path();
        /// let file = fs::promises::open(&rt, path.to_path_buf(), fs::OpenFlags::RDWR, 0);
        /// file.and_then(&rt, |rt, file| Ok(file.stat(rt).then(rt, |_, stat| Ok(assert_eq!(stat.size, 0)))));
        /// assert_eq!(rt.run()?, 0);
        /// # Ok::<(), std::io::Error>(())
        /// ```
        stat, fstat() -> Stat
    }

    request! {
        /// As `filehandle.truncate`.
        ///
        /// ```
        /// use node_compat::{Runtime, fs};
        ///
        /// let rt = Runtime::new()?;
        /// let path = tempfile::NamedTempFile::new()?.into_temp_path();
        /// let file = fs::promises::open(&rt, path.to_path_buf(), fs::OpenFlags::RDWR, 0);
        /// file.and_then(&rt, |rt, file| Ok(file.truncate(rt, 10)));
        /// assert_eq!(rt.run()?, 0);
        /// assert_eq!(fs::sync::stat(&path)?.size, 10);
        /// # Ok::<(), std::io::Error>(())
        /// ```
        truncate, ftruncate(len: u64) -> ()
    }

    request! {
        /// As `filehandle.sync`.
        ///
        /// ```
        /// use node_compat::{Runtime, fs};
        ///
        /// let rt = Runtime::new()?;
        /// let path = tempfile::NamedTempFile::new()?.into_temp_path();
        /// let file = fs::promises::open(&rt, path.to_path_buf(), fs::OpenFlags::RDWR, 0);
        /// file.and_then(&rt, |rt, file| Ok(file.sync(rt)));
        /// assert_eq!(rt.run()?, 0);
        /// # Ok::<(), std::io::Error>(())
        /// ```
        sync, fsync() -> ()
    }

    request! {
        /// As `filehandle.datasync`.
        ///
        /// ```
        /// use node_compat::{Runtime, fs};
        ///
        /// let rt = Runtime::new()?;
        /// let path = tempfile::NamedTempFile::new()?.into_temp_path();
        /// let file = fs::promises::open(&rt, path.to_path_buf(), fs::OpenFlags::RDWR, 0);
        /// file.and_then(&rt, |rt, file| Ok(file.datasync(rt)));
        /// assert_eq!(rt.run()?, 0);
        /// # Ok::<(), std::io::Error>(())
        /// ```
        datasync, fdatasync() -> ()
    }

    request! {
        /// As `filehandle.chmod`.
        ///
        /// ```
        /// use node_compat::{Runtime, fs};
        ///
        /// let rt = Runtime::new()?;
        /// let path = tempfile::NamedTempFile::new()?.into_temp_path();
        /// let file = fs::promises::open(&rt, path.to_path_buf(), fs::OpenFlags::RDWR, 0);
        /// file.and_then(&rt, |rt, file| Ok(file.chmod(rt, 0o604)));
        /// assert_eq!(rt.run()?, 0);
        /// assert_eq!(fs::sync::stat(&path)?.permissions(), 0o604);
        /// # Ok::<(), std::io::Error>(())
        /// ```
        chmod, fchmod(mode: u32) -> ()
    }

    request! {
        /// As `filehandle.chown`.
        ///
        /// ```
        /// use node_compat::{Runtime, fs};
        ///
        /// let rt = Runtime::new()?;
        /// let path = tempfile::NamedTempFile::new()?.into_temp_path();
        /// let file = fs::promises::open(&rt, path.to_path_buf(), fs::OpenFlags::RDWR, 0);
        /// file.and_then(&rt, |rt, file| Ok(file.chown(rt, None, None)));
        /// assert_eq!(rt.run()?, 0);
        /// # Ok::<(), std::io::Error>(())
        /// ```
        chown, fchown(uid: Option<u32>, gid: Option<u32>) -> ()
    }

    request! {
        /// As `filehandle.utimes`.
        ///
        /// ```
        /// use node_compat::{Runtime, fs};
        ///
        /// let rt = Runtime::new()?;
        /// let path = tempfile::NamedTempFile::new()?.into_temp_path();
        /// let file = fs::promises::open(&rt, path.to_path_buf(), fs::OpenFlags::RDWR, 0);
        /// file.and_then(&rt, |rt, file| Ok(file.utime(rt, 1.0, 2.0)));
        /// assert_eq!(rt.run()?, 0);
        /// assert_eq!(fs::sync::stat(&path)?.mtime.sec, 2);
        /// # Ok::<(), std::io::Error>(())
        /// ```
        utime, futime(atime: impl Into<FileTime>, mtime: impl Into<FileTime>) -> ()
    }

    /// Closes the file, when the requests that use it are done. As `filehandle.close`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let file = fs::promises::open(&rt, "/dev/null", fs::OpenFlags::RDONLY, 0);
    /// file.and_then(&rt, |rt, file| Ok(file.close(rt)));
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn close(&self, rt: &Runtime) -> Promise<()> {
        let (promise, resolver) = Promise::with_resolver();
        let fd = self.0.borrow_mut().take();
        match fd {
            Some(fd) => drop(fs::close(rt, fd, move |rt, closed| settle(rt, &resolver, closed))),
            None => resolver.reject(rt, FsError::new(Error::EBADF, "close")),
        }
        promise
    }

    fn fd(&self, syscall: &'static str) -> fs::Result<Arc<OwnedFd>> {
        self.0.borrow().clone().ok_or(FsError::new(Error::EBADF, syscall))
    }
}

impl fmt::Debug for FileHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FileHandle").field(&self.0.borrow()).finish()
    }
}
