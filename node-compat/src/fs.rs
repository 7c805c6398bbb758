//! Node's `fs`, callbacks included, on uv-fs.

pub use uv_fs::{
    Access, CopyFlags, Dirent, FileType, FsError, OpenFlags, Request, Result, Stat, Timespec, sync,
};
