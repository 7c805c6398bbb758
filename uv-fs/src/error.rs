use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use uv_sys::Error;

/// What every request of this crate returns.
///
/// ```
/// fn size(path: &str) -> uv_fs::Result<u64> {
///     Ok(uv_fs::sync::stat(path)?.size)
/// }
/// assert!(size("/").is_ok());
/// ```
pub type Result<T> = std::result::Result<T, FsError>;

/// Why a request failed: the error's code, the call that failed, and the paths it was given.
///
/// `Display` is Node's form of it. A request on a descriptor names no path.
///
/// ```
/// use uv_fs::sync;
///
/// let error = sync::stat("/no/such").unwrap_err();
/// assert_eq!(error.to_string(), "ENOENT: no such file or directory, stat '/no/such'");
/// let error = sync::rename("/no/a", "/no/b").unwrap_err();
/// assert_eq!(error.to_string(), "ENOENT: no such file or directory, rename '/no/a' -> '/no/b'");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FsError {
    error: Error,
    syscall: &'static str,
    path: Option<PathBuf>,
    dest: Option<PathBuf>,
}

impl FsError {
    /// An error that names no path.
    ///
    /// ```
    /// use uv_fs::FsError;
    ///
    /// let error = FsError::new(uv_sys::Error::EBADF, "read");
    /// assert_eq!(error.to_string(), "EBADF: bad file descriptor, read");
    /// ```
    pub fn new(error: Error, syscall: &'static str) -> Self {
        FsError { error, syscall, path: None, dest: None }
    }

    /// Names the path that the request was given, or the first of two.
    ///
    /// ```
    /// use uv_fs::FsError;
    ///
    /// let error = FsError::new(uv_sys::Error::EACCES, "open").with_path("/etc/shadow");
    /// assert_eq!(error.to_string(), "EACCES: permission denied, open '/etc/shadow'");
    /// ```
    #[must_use]
    pub fn with_path(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Names the second path of a request that was given two.
    ///
    /// ```
    /// use uv_fs::FsError;
    ///
    /// let error = FsError::new(uv_sys::Error::EXDEV, "link").with_path("a").with_dest("b");
    /// assert_eq!(error.to_string(), "EXDEV: cross-device link not permitted, link 'a' -> 'b'");
    /// ```
    #[must_use]
    pub fn with_dest(mut self, dest: impl Into<PathBuf>) -> Self {
        self.dest = Some(dest.into());
        self
    }

    /// The error's code. `ECANCELED` for a request that was cancelled.
    ///
    /// ```
    /// let error = uv_fs::sync::rmdir("/no/such").unwrap_err();
    /// assert_eq!(error.error(), uv_sys::Error::ENOENT);
    /// ```
    pub fn error(&self) -> Error {
        self.error
    }

    /// The call that failed, by the name that libuv and Node give it: "open", "scandir", "copyfile".
    ///
    /// ```
    /// assert_eq!(uv_fs::sync::scandir("/no/such").unwrap_err().syscall(), "scandir");
    /// ```
    pub fn syscall(&self) -> &'static str {
        self.syscall
    }

    /// The path that the request was given, or the first of two.
    ///
    /// ```
    /// use std::path::Path;
    ///
    /// let error = uv_fs::sync::unlink("/no/such").unwrap_err();
    /// assert_eq!(error.path(), Some(Path::new("/no/such")));
    /// ```
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The second path of a request that was given two.
    ///
    /// ```
    /// use std::path::Path;
    ///
    /// let error = uv_fs::sync::link("/no/a", "/no/b").unwrap_err();
    /// assert_eq!(error.dest(), Some(Path::new("/no/b")));
    /// ```
    pub fn dest(&self) -> Option<&Path> {
        self.dest.as_deref()
    }
}

impl fmt::Display for FsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.error, self.syscall)?;
        if let Some(path) = &self.path {
            write!(f, " '{}'", path.display())?;
        }
        if let Some(dest) = &self.dest {
            write!(f, " -> '{}'", dest.display())?;
        }
        Ok(())
    }
}

impl std::error::Error for FsError {}

/// The code alone.
impl From<FsError> for Error {
    fn from(error: FsError) -> Error {
        error.error
    }
}

/// An `io::Error` of the kind that the code has, around this error: its text names the paths, and
/// [`io::Error::downcast`] gives this error back.
impl From<FsError> for io::Error {
    fn from(error: FsError) -> io::Error {
        io::Error::new(io::Error::from(error.error).kind(), error)
    }
}
