#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod call;
mod error;
mod flags;
mod request;
mod stat;

pub use error::{FsError, Result};
pub use flags::{Access, CopyFlags, OpenFlags};
pub use request::Request;
pub use request::fd::{close, fchmod, fdatasync, fstat, fsync, ftruncate, futime, read, write};
pub use request::path::{
    access, chmod, copyfile, link, lstat, mkdir, mkdtemp, open, readlink, realpath, rename, rmdir, scandir, stat,
    symlink, unlink, utime,
};
pub use request::whole::{append_file, read_file, write_file};
pub use stat::{Dirent, FileType, Stat, Timespec};

/// The same requests as blocking calls, as libuv's functions are without a callback.
///
/// ```
/// use uv_fs::{OpenFlags, sync};
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("note");
/// let fd = sync::open(&path, OpenFlags::CREAT | OpenFlags::RDWR, 0o600)?;
/// sync::write(&fd, b"hello", None)?;
/// assert_eq!(sync::fstat(&fd)?.size, 5);
/// # Ok::<(), std::io::Error>(())
/// ```
pub mod sync {
    pub use crate::call::copy::copyfile;
    pub use crate::call::dir::{mkdir, mkdtemp, rmdir, scandir};
    pub use crate::call::fd::{close, fchmod, fdatasync, fsync, ftruncate, futime, open, read, write};
    pub use crate::call::path::{access, chmod, link, readlink, realpath, rename, symlink, unlink, utime};
    pub use crate::call::stat::{fstat, lstat, stat};
    pub use crate::call::whole::{append_file, read_file, write_file};
}
