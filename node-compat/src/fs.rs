//! Node's `fs`, callbacks included: each request runs on the thread pool, or is answered at once where the kernel's caches
//! can, and each callback is one macrotask in the poll phase, after which the queues are drained.
//!
//! The functions are uv-fs's, with a [`Runtime`](crate::Runtime) in the loop's place: what they do and how they fail is
//! told at their blocking forms in [`sync`]. What a callback throws is an uncaught exception. Descriptors are owned ones
//! of `std`, in an [`Arc`](std::sync::Arc) where several requests use them. [`promises`] has the promise forms; [`watch()`] and
//! [`watch_file`] tell of changes.
//!
//! [`read_file`], [`write_file`] and [`append_file`] take one trip to the pool a step, as Node's do, so that timers,
//! immediates and other requests come between where they would in Node.
//!
//! ```
//! use node_compat::{Runtime, Thrown, fs};
//!
//! let rt = Runtime::new()?;
//! let dir = tempfile::tempdir()?;
//! let path = dir.path().join("note");
//! let again = path.clone();
//! fs::write_file(&rt, path, "remember the milk", move |rt, written| {
//!     written?;
//!     fs::read_file(rt, again, |rt, content| {
//!         assert_eq!(content?, b"remember the milk");
//!         rt.set_timeout(0, |_| println!("second"));
//!         rt.set_immediate(|_| println!("first: the check phase follows the poll phase"));
//!         Ok::<(), Thrown>(())
//!     });
//!     Ok::<(), Thrown>(())
//! });
//! assert_eq!(rt.run()?, 0);
//! # Ok::<(), std::io::Error>(())
//! ```

/// A request of uv-fs with a callback into the runtime.
macro_rules! request {
    ($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) -> $result:ty) => {
        $(#[$doc])*
        pub fn $name<O: Outcome>(
            rt: &Runtime,
            $($arg: $type,)*
            f: impl FnOnce(&Runtime, Result<$result>) -> O + 'static,
        ) -> Request {
            uv_fs::$name(rt.event_loop(), $($arg,)* rt.callback(f))
        }
    };
}

mod attributes;
mod dir;
mod fd;
mod path;
pub mod promises;
mod tree;
mod watch;
mod whole;

pub use attributes::{chmod, chown, lchown, lutime, utime};
pub use dir::{closedir, mkdir, mkdtemp, mkstemp, opendir, readdir, rmdir, scandir};
pub use fd::{
    close, fchmod, fchown, fdatasync, fstat, fsync, ftruncate, futime, read, read_vectored, sendfile, write,
    write_vectored,
};
pub use path::{access, copyfile, link, lstat, open, readlink, realpath, rename, stat, statfs, symlink, unlink};
pub use tree::{copy_tree, mkdir_all, remove_tree, write_file_atomic};
pub use watch::event::{FsWatcher, WatchOptions, watch};
pub use watch::stat::{StatWatcher, WatchFileOptions, unwatch_file, watch_file};
pub use whole::{append_file, read_file, write_file};

pub use uv_fs::{
    Access, ChangeKind, CopyFlags, Dir, Dirent, FileTime, FileType, FsError, OpenFlags, Request, Result, Stat, StatFs,
    Timespec, sync,
};
