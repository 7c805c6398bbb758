//! Node's `fs.promises`. A function whose promise nobody handles when it is rejected ends the program, as any other.
//!
//! ```
//! use node_compat::{Runtime, fs};
//!
//! let rt = Runtime::new()?;
//! let dir = tempfile::tempdir()?;
//! let path = dir.path().join("note");
//! let file = fs::promises::open(&rt, &path, fs::OpenFlags::CREAT | fs::OpenFlags::RDWR, 0o666);
//! file.and_then(&rt, |rt, file| {
//!     let again = file.clone();
//!     Ok(file.write(rt, "remember the milk", None).and_then(rt, move |rt, _| Ok(again.close(rt))))
//! })
//! .and_then(&rt, move |rt, ()| Ok(fs::promises::read_file(rt, path)))
//! .then(&rt, |_, content| {
//!     assert_eq!(content, b"remember the milk");
//!     Ok(())
//! });
//! assert_eq!(rt.run()?, 0);
//! # Ok::<(), std::io::Error>(())
//! ```

mod dir;
mod file_handle;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use uv_fs::{Access, CopyFlags, Dirent, FileTime, OpenFlags, Result, Stat, StatFs};

use crate::{Promise, Resolver, Runtime};

pub use dir::Dir;
pub use file_handle::FileHandle;

/// A request of the module above whose promise is settled in its callback.
macro_rules! promise {
    ($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) -> $result:ty) => {
        $(#[$doc])*
        pub fn $name(rt: &Runtime, $($arg: $type),*) -> Promise<$result> {
            let (promise, resolver) = Promise::with_resolver();
            super::$name(rt, $($arg,)* move |rt, result| settle(rt, &resolver, result));
            promise
        }
    };
}

/// [`fs::open`](super::open) as a promise. As `fs.promises.open`.
///
/// ```
/// use node_compat::{Runtime, fs};
///
/// let rt = Runtime::new()?;
/// fs::promises::open(&rt, "/dev/zero", fs::OpenFlags::RDONLY, 0).and_then(&rt, |rt, file| {
///     Ok(file.read(rt, vec![1; 4], None).then(rt, |_, (count, buf)| {
///         assert_eq!((count, buf), (4, vec![0; 4]));
///         Ok(())
///     }))
/// });
/// assert_eq!(rt.run()?, 0);
/// # Ok::<(), node_compat::Error>(())
/// ```
pub fn open(rt: &Runtime, path: impl AsRef<Path> + Into<PathBuf>, flags: OpenFlags, mode: u32) -> Promise<FileHandle> {
    let (promise, resolver) = Promise::with_resolver();
    super::open(rt, path, flags, mode, move |rt, fd| {
        settle(rt, &resolver, fd.map(|fd| FileHandle::new(Arc::new(fd))));
    });
    promise
}

/// [`fs::opendir`](super::opendir) as a promise. As `fs.promises.opendir`.
///
/// ```
/// use node_compat::{Runtime, fs};
///
/// let rt = Runtime::new()?;
/// fs::promises::opendir(&rt, "/no/such").then(&rt, |_, _| Ok(())).catch(&rt, |_, reason| {
///     assert_eq!(reason.message(), "ENOENT: no such file or directory, opendir '/no/such'");
///     Ok(())
/// });
/// assert_eq!(rt.run()?, 0);
/// # Ok::<(), node_compat::Error>(())
/// ```
pub fn opendir(rt: &Runtime, path: impl Into<PathBuf>) -> Promise<Dir> {
    let (promise, resolver) = Promise::with_resolver();
    super::opendir(rt, path, move |rt, dir| settle(rt, &resolver, dir.map(Dir::new)));
    promise
}

promise! {
    /// [`fs::access`](super::access) as a promise. As `fs.promises.access`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// fs::promises::access(&rt, "/dev/null", fs::Access::R_OK).then(&rt, |_, ()| {
    ///     println!("it may be read");
    ///     Ok(())
    /// });
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    access(path: impl AsRef<Path> + Into<PathBuf>, mode: Access) -> ()
}

promise! {
    /// [`fs::append_file`](super::append_file) as a promise. As `fs.promises.appendFile`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let file = tempfile::NamedTempFile::new()?;
    /// fs::promises::append_file(&rt, file.path(), "line");
    /// assert_eq!(rt.run()?, 0);
    /// assert_eq!(fs::sync::read_file(file.path())?, b"line");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    append_file(path: impl Into<PathBuf>, data: impl AsRef<[u8]> + Send + 'static) -> ()
}

promise! {
    /// [`fs::chmod`](super::chmod) as a promise. As `fs.promises.chmod`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let file = tempfile::NamedTempFile::new()?;
    /// fs::promises::chmod(&rt, file.path(), 0o604);
    /// assert_eq!(rt.run()?, 0);
    /// assert_eq!(fs::sync::stat(file.path())?.permissions(), 0o604);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    chmod(path: impl Into<PathBuf>, mode: u32) -> ()
}

promise! {
    /// [`fs::chown`](super::chown) as a promise. As `fs.promises.chown`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let file = tempfile::NamedTempFile::new()?;
    /// fs::promises::chown(&rt, file.path(), None, None);
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    chown(path: impl Into<PathBuf>, uid: Option<u32>, gid: Option<u32>) -> ()
}

promise! {
    /// [`fs::lchown`](super::lchown) as a promise. As `fs.promises.lchown`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let file = tempfile::NamedTempFile::new()?;
    /// fs::promises::lchown(&rt, file.path(), None, None);
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    lchown(path: impl Into<PathBuf>, uid: Option<u32>, gid: Option<u32>) -> ()
}

promise! {
    /// [`fs::utime`](super::utime) as a promise. As `fs.promises.utimes`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let file = tempfile::NamedTempFile::new()?;
    /// fs::promises::utime(&rt, file.path(), 1.0, 2.0);
    /// assert_eq!(rt.run()?, 0);
    /// assert_eq!(fs::sync::stat(file.path())?.mtime.sec, 2);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    utime(path: impl Into<PathBuf>, atime: impl Into<FileTime>, mtime: impl Into<FileTime>) -> ()
}

promise! {
    /// [`fs::lutime`](super::lutime) as a promise. As `fs.promises.lutimes`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let file = tempfile::NamedTempFile::new()?;
    /// fs::promises::lutime(&rt, file.path(), 1.0, 2.0);
    /// assert_eq!(rt.run()?, 0);
    /// assert_eq!(fs::sync::stat(file.path())?.atime.sec, 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    lutime(path: impl Into<PathBuf>, atime: impl Into<FileTime>, mtime: impl Into<FileTime>) -> ()
}

promise! {
    /// [`fs::copyfile`](super::copyfile) as a promise. As `fs.promises.copyFile`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let dir = tempfile::tempdir()?;
    /// let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    /// fs::sync::write_file(&a, "copied")?;
    /// fs::promises::copyfile(&rt, a, &b, fs::CopyFlags::default());
    /// assert_eq!(rt.run()?, 0);
    /// assert_eq!(fs::sync::read_file(b)?, b"copied");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    copyfile(src: impl Into<PathBuf>, dst: impl Into<PathBuf>, flags: CopyFlags) -> ()
}

promise! {
    /// [`fs::copy_tree`](super::copy_tree) as a promise. As `fs.promises.cp`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let dir = tempfile::tempdir()?;
    /// let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    /// fs::sync::mkdir_all(a.join("sub"), 0o777)?;
    /// fs::promises::copy_tree(&rt, a, &b, fs::CopyFlags::default());
    /// assert_eq!(rt.run()?, 0);
    /// assert!(b.join("sub").is_dir());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    copy_tree(src: impl Into<PathBuf>, dst: impl Into<PathBuf>, flags: CopyFlags) -> ()
}

promise! {
    /// [`fs::link`](super::link) as a promise. As `fs.promises.link`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let dir = tempfile::tempdir()?;
    /// let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    /// fs::sync::write_file(&a, "")?;
    /// fs::promises::link(&rt, a, &b);
    /// assert_eq!(rt.run()?, 0);
    /// assert_eq!(fs::sync::stat(b)?.nlink, 2);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    link(path: impl Into<PathBuf>, new_path: impl Into<PathBuf>) -> ()
}

promise! {
    /// [`fs::symlink`](super::symlink) as a promise. As `fs.promises.symlink`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let dir = tempfile::tempdir()?;
    /// let path = dir.path().join("link");
    /// fs::promises::symlink(&rt, "/", &path);
    /// assert_eq!(rt.run()?, 0);
    /// assert!(path.is_dir());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    symlink(target: impl Into<PathBuf>, path: impl Into<PathBuf>) -> ()
}

promise! {
    /// [`fs::readlink`](super::readlink) as a promise. As `fs.promises.readlink`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// fs::promises::readlink(&rt, "/proc/self").then(&rt, |_, target| {
    ///     println!("{}", target.display());
    ///     Ok(())
    /// });
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    readlink(path: impl Into<PathBuf>) -> PathBuf
}

promise! {
    /// [`fs::realpath`](super::realpath) as a promise. As `fs.promises.realpath`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// fs::promises::realpath(&rt, "/dev/..").then(&rt, |_, path| {
    ///     assert_eq!(path.as_os_str(), "/");
    ///     Ok(())
    /// });
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    realpath(path: impl Into<PathBuf>) -> PathBuf
}

promise! {
    /// [`fs::stat`](super::stat) as a promise. As `fs.promises.stat`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// fs::promises::stat(&rt, "/").then(&rt, |_, stat| {
    ///     assert_eq!(stat.file_type(), fs::FileType::Dir);
    ///     Ok(())
    /// });
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    stat(path: impl AsRef<Path> + Into<PathBuf>) -> Stat
}

promise! {
    /// [`fs::lstat`](super::lstat) as a promise. As `fs.promises.lstat`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// fs::promises::lstat(&rt, "/proc/self").then(&rt, |_, stat| {
    ///     assert_eq!(stat.file_type(), fs::FileType::Link);
    ///     Ok(())
    /// });
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    lstat(path: impl AsRef<Path> + Into<PathBuf>) -> Stat
}

promise! {
    /// [`fs::statfs`](super::statfs) as a promise. As `fs.promises.statfs`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// fs::promises::statfs(&rt, "/").then(&rt, |_, statfs| {
    ///     assert!(statfs.blocks > 0);
    ///     Ok(())
    /// });
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    statfs(path: impl Into<PathBuf>) -> StatFs
}

promise! {
    /// [`fs::mkdir`](super::mkdir) as a promise. As `fs.promises.mkdir`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let dir = tempfile::tempdir()?;
    /// let path = dir.path().join("sub");
    /// fs::promises::mkdir(&rt, &path, 0o777);
    /// assert_eq!(rt.run()?, 0);
    /// assert!(path.is_dir());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    mkdir(path: impl Into<PathBuf>, mode: u32) -> ()
}

promise! {
    /// [`fs::mkdir_all`](super::mkdir_all) as a promise. As `fs.promises.mkdir` with `recursive`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let dir = tempfile::tempdir()?;
    /// let path = dir.path().join("a/b");
    /// fs::promises::mkdir_all(&rt, &path, 0o777);
    /// assert_eq!(rt.run()?, 0);
    /// assert!(path.is_dir());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    mkdir_all(path: impl Into<PathBuf>, mode: u32) -> Option<PathBuf>
}

promise! {
    /// [`fs::mkdtemp`](super::mkdtemp) as a promise. As `fs.promises.mkdtemp`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let dir = tempfile::tempdir()?;
    /// fs::promises::mkdtemp(&rt, dir.path().join("job-")).then(&rt, |_, path| {
    ///     assert!(path.is_dir());
    ///     Ok(())
    /// });
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    mkdtemp(prefix: impl Into<PathBuf>) -> PathBuf
}

promise! {
    /// [`fs::scandir`](super::scandir) as a promise. As `fs.promises.readdir` with `withFileTypes`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// fs::promises::scandir(&rt, "/").then(&rt, |_, entries| {
    ///     assert!(entries.iter().any(|entry| entry.name() == "dev"));
    ///     Ok(())
    /// });
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    scandir(path: impl Into<PathBuf>) -> Vec<Dirent>
}

promise! {
    /// [`fs::read_file`](super::read_file) as a promise. As `fs.promises.readFile`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// fs::promises::read_file(&rt, "/no/such").catch(&rt, |_, reason| {
    ///     assert_eq!(reason.message(), "ENOENT: no such file or directory, open '/no/such'");
    ///     Ok(Vec::new())
    /// });
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    read_file(path: impl AsRef<Path> + Into<PathBuf>) -> Vec<u8>
}

promise! {
    /// [`fs::write_file`](super::write_file) as a promise. As `fs.promises.writeFile`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let file = tempfile::NamedTempFile::new()?;
    /// fs::promises::write_file(&rt, file.path(), "content");
    /// assert_eq!(rt.run()?, 0);
    /// assert_eq!(fs::sync::read_file(file.path())?, b"content");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    write_file(path: impl Into<PathBuf>, data: impl AsRef<[u8]> + Send + 'static) -> ()
}

promise! {
    /// [`fs::rename`](super::rename) as a promise. As `fs.promises.rename`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let dir = tempfile::tempdir()?;
    /// let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    /// fs::sync::write_file(&a, "")?;
    /// fs::promises::rename(&rt, a, &b);
    /// assert_eq!(rt.run()?, 0);
    /// assert!(b.is_file());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    rename(path: impl Into<PathBuf>, new_path: impl Into<PathBuf>) -> ()
}

promise! {
    /// [`fs::rmdir`](super::rmdir) as a promise. As `fs.promises.rmdir`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let dir = tempfile::tempdir()?;
    /// let path = dir.path().join("sub");
    /// fs::sync::mkdir(&path, 0o777)?;
    /// fs::promises::rmdir(&rt, &path);
    /// assert_eq!(rt.run()?, 0);
    /// assert!(!path.exists());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    rmdir(path: impl Into<PathBuf>) -> ()
}

promise! {
    /// [`fs::remove_tree`](super::remove_tree) as a promise. As `fs.promises.rm` with `recursive`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let dir = tempfile::tempdir()?;
    /// fs::sync::mkdir_all(dir.path().join("a/b"), 0o777)?;
    /// fs::promises::remove_tree(&rt, dir.path().join("a"));
    /// assert_eq!(rt.run()?, 0);
    /// assert!(!dir.path().join("a").exists());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    remove_tree(path: impl Into<PathBuf>) -> ()
}

promise! {
    /// [`fs::unlink`](super::unlink) as a promise. As `fs.promises.unlink`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let dir = tempfile::tempdir()?;
    /// let path = dir.path().join("file");
    /// fs::sync::write_file(&path, "")?;
    /// fs::promises::unlink(&rt, &path);
    /// assert_eq!(rt.run()?, 0);
    /// assert!(!path.exists());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    unlink(path: impl Into<PathBuf>) -> ()
}

fn settle<T: Clone + 'static>(rt: &Runtime, resolver: &Resolver<T>, result: Result<T>) {
    match result {
        Ok(value) => resolver.resolve(rt, value),
        Err(error) => resolver.reject(rt, error),
    }
}
