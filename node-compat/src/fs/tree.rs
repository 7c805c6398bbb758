//! Requests on whole trees, and on whole files, that take one trip to the pool.

use std::path::PathBuf;

use uv_fs::{CopyFlags, Request, Result};

use crate::{Outcome, Runtime};

request! {
    /// [`sync::mkdir_all`](super::sync::mkdir_all) on the pool. As `fs.mkdir` with `recursive`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let dir = tempfile::tempdir()?;
    /// fs::mkdir_all(&rt, dir.path().join("a/b"), 0o777, |_, made| assert!(made.unwrap().is_some()));
    /// rt.run()?;
    /// assert!(dir.path().join("a/b").is_dir());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    mkdir_all(path: impl Into<PathBuf>, mode: u32) -> Option<PathBuf>
}

request! {
    /// [`sync::remove_tree`](super::sync::remove_tree) on the pool. As `fs.rm` with `recursive`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let dir = tempfile::tempdir()?;
    /// fs::sync::mkdir_all(dir.path().join("a/b"), 0o777)?;
    /// fs::remove_tree(&rt, dir.path().join("a"), |_, done| done);
    /// rt.run()?;
    /// assert!(!dir.path().join("a").exists());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    remove_tree(path: impl Into<PathBuf>) -> ()
}

request! {
    /// [`sync::copy_tree`](super::sync::copy_tree) on the pool. As `fs.cp` with `recursive`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let dir = tempfile::tempdir()?;
    /// let (from, to) = (dir.path().join("from"), dir.path().join("to"));
    /// fs::sync::mkdir_all(from.join("sub"), 0o777)?;
    /// fs::copy_tree(&rt, from, &to, fs::CopyFlags::default(), |_, done| done);
    /// rt.run()?;
    /// assert!(to.join("sub").is_dir());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    copy_tree(src: impl Into<PathBuf>, dst: impl Into<PathBuf>, flags: CopyFlags) -> ()
}

request! {
    /// [`sync::write_file_atomic`](super::sync::write_file_atomic) on the pool. Node has no such function.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let dir = tempfile::tempdir()?;
    /// let path = dir.path().join("settings");
    /// fs::write_file_atomic(&rt, &path, "all of it", |_, done| done);
    /// assert_eq!(rt.run()?, 0);
    /// assert_eq!(fs::sync::read_file(&path)?, b"all of it");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    write_file_atomic(path: impl Into<PathBuf>, data: impl AsRef<[u8]> + Send + 'static) -> ()
}
