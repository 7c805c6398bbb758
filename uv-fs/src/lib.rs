#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod cached;
mod call;
mod error;
mod flags;
pub mod future;
mod request;
mod stat;
mod time;
mod watch;

pub use cached::{fast_path, set_fast_path};
pub use call::bare;
pub use call::dir::Dir;
pub use error::{FsError, Result};
pub use flags::{Access, CopyFlags, OpenFlags};
pub use request::Request;
pub use request::attributes::{chmod, chown, fchmod, fchown, futime, lchown, lutime, utime};
pub use request::dir::{closedir, mkdir, mkdtemp, mkstemp, opendir, readdir, rmdir, scandir};
pub use request::fd::{
    close, fdatasync, fstat, fsync, ftruncate, read, read_vectored, sendfile, write, write_vectored,
};
pub use request::owned::{Made, OwnedRequests, RequestOwner};
pub use request::path::{
    access, copyfile, link, lstat, open, readlink, realpath, rename, stat, statfs, symlink, unlink,
};
pub use request::whole::{append_file, copy_tree, mkdir_all, read_file, remove_tree, write_file, write_file_atomic};
pub use stat::{Dirent, FileType, Stat, StatFs, Timespec};
pub use time::FileTime;
pub use watch::event::{ChangeKind, FsChange, FsEvent, FsEventOwner};
pub use watch::poll::{FsPoll, FsPollOwner, StatChange};

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
    pub use crate::call::dir::{closedir, mkdir, opendir, readdir, rmdir, scandir};
    pub use crate::call::fd::{
        close, fchmod, fdatasync, fsync, ftruncate, futime, open, read, read_vectored, write, write_vectored,
    };
    pub use crate::call::owner::{chown, fchown, lchown};
    pub use crate::call::path::{access, chmod, link, lutime, readlink, realpath, rename, symlink, unlink, utime};
    pub use crate::call::stat::{fstat, lstat, stat};
    pub use crate::call::statfs::statfs;
    pub use crate::call::temp::{mkdtemp, mkstemp};
    pub use crate::call::transfer::sendfile;
    pub use crate::call::tree::{copy_tree, mkdir_all, remove_tree};
    pub use crate::call::whole::{append_file, read_file, write_file, write_file_atomic};
}
