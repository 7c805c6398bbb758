//! Requests on paths.

use std::ffi::{OsStr, c_int, c_uint};
use std::os::fd::{IntoRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use uv_fs::{Access, CopyFlags, OpenFlags, StatFs, sync};
use uv_sys::{Error, Result};

use super::dir::put_dir;
use super::{Call, fs_type, nothing, owner, put_ptr, put_stat, returned};
use crate::alloc;
use crate::layout::*;
use crate::ptr::{Ptr, Str};

/// On a path: `uv_fs::$name` on the pool, `uv_fs::sync::$name` here.
macro_rules! on_path {
    ($function:ident, $type:ident, $name:ident($($arg:ident: $c_type:ty => $value:expr),*), $finish:expr) => {
        #[unsafe(no_mangle)]
        extern "C" fn $function(
            loop_: Ptr<uv_loop_t>,
            req: Ptr<uv_fs_t>,
            path: Str,
            $($arg: $c_type,)*
            cb: uv_fs_cb,
        ) -> c_int {
            returned(Call::new(loop_, req, fs_type::$type, cb).and_then(|call| call.with_path(path)).and_then(|call| {
                let path = path.path();
                call.run(
                    || sync::$name(path, $($value),*),
                    |lp, answer| uv_fs::$name(lp, path, $($value,)* move |_, result| answer.is(result)),
                    $finish,
                )
            }))
        }
    };
}

/// On a path, in the request's memory: `set` puts there what else it needs.
macro_rules! on_own_path {
    ($function:ident, $type:ident($($arg:ident: $c_type:ty => $field:ident),*), $make:expr) => {
        #[unsafe(no_mangle)]
        extern "C" fn $function(
            loop_: Ptr<uv_loop_t>,
            req: Ptr<uv_fs_t>,
            path: Str,
            $($arg: $c_type,)*
            cb: uv_fs_cb,
        ) -> c_int {
            returned(Call::new(loop_, req, fs_type::$type, cb).and_then(|call| call.with_path(path)).and_then(|call| {
                $(req.$field.set($arg as _);)*
                $make(call, path)
            }))
        }
    };
}

on_own_path!(uv_fs_stat, STAT(), |call: Call, path: Str| {
    call.make(|files, lp, number| files.stat(lp, number, path.path()), put_stat)
});
on_own_path!(uv_fs_lstat, LSTAT(), |call: Call, path: Str| {
    call.make(|files, lp, number| files.lstat(lp, number, path.path()), put_stat)
});
on_own_path!(uv_fs_access, ACCESS(mode: c_int => flags), |call: Call, path: Str| {
    call.make(|files, lp, number| files.access(lp, number, path.path(), Access::from_bits(mode)), nothing)
});
on_own_path!(uv_fs_open, OPEN(flags: c_int => flags, mode: c_int => mode), |call: Call, path: Str| {
    call.make(|files, lp, number| files.open(lp, number, path.path(), OpenFlags::from_bits(flags)), put_fd)
});
on_own_path!(uv_fs_unlink, UNLINK(), |call: Call, _| call.change());
on_own_path!(uv_fs_rmdir, RMDIR(), |call: Call, _| call.change());
on_own_path!(uv_fs_mkdir, MKDIR(mode: c_int => mode), |call: Call, _| call.change());
on_own_path!(uv_fs_chmod, CHMOD(mode: c_int => mode), |call: Call, _| call.change());

/// On two paths.
macro_rules! on_paths {
    ($function:ident, $type:ident, $name:ident($($arg:ident: $c_type:ty),*)) => {
        #[unsafe(no_mangle)]
        extern "C" fn $function(
            loop_: Ptr<uv_loop_t>,
            req: Ptr<uv_fs_t>,
            path: Str,
            new_path: Str,
            $($arg: $c_type,)*
            cb: uv_fs_cb,
        ) -> c_int {
            let call = Call::new(loop_, req, fs_type::$type, cb);
            returned(call.and_then(|call| call.with_paths(path, new_path)).and_then(|call| {
                $(req.flags.set($arg);)*
                let (path, new_path) = (path.path(), new_path.path());
                call.run(
                    || sync::$name(path, new_path),
                    |lp, answer| uv_fs::$name(lp, path, new_path, move |_, result| answer.is(result)),
                    nothing,
                )
            }))
        }
    };
}

on_path!(uv_fs_opendir, OPENDIR, opendir(), put_dir);
on_path!(uv_fs_utime, UTIME, utime(atime: f64 => atime, mtime: f64 => mtime), nothing);
on_path!(uv_fs_lutime, LUTIME, lutime(atime: f64 => atime, mtime: f64 => mtime), nothing);
on_path!(uv_fs_readlink, READLINK, readlink(), put_path);
on_path!(uv_fs_realpath, REALPATH, realpath(), put_path);
on_path!(uv_fs_chown, CHOWN, chown(uid: c_uint => owner(uid), gid: c_uint => owner(gid)), nothing);
on_path!(uv_fs_lchown, LCHOWN, lchown(uid: c_uint => owner(uid), gid: c_uint => owner(gid)), nothing);
on_path!(uv_fs_statfs, STATFS, statfs(), put_statfs);

on_paths!(uv_fs_link, LINK, link());
on_paths!(uv_fs_symlink, SYMLINK, symlink(flags: c_int));

#[unsafe(no_mangle)]
extern "C" fn uv_fs_rename(loop_: Ptr<uv_loop_t>, req: Ptr<uv_fs_t>, path: Str, new_path: Str, cb: uv_fs_cb) -> c_int {
    let call = Call::new(loop_, req, fs_type::RENAME, cb);
    returned(call.and_then(|call| call.with_paths(path, new_path)).and_then(Call::change))
}

pub(super) fn put_fd(_: Ptr<uv_fs_t>, fd: OwnedFd) -> Result<usize> {
    Ok(fd.into_raw_fd() as usize)
}

fn put_path(req: Ptr<uv_fs_t>, path: PathBuf) -> Result<usize> {
    put_ptr(req, alloc::text(path.as_os_str().as_bytes()))
}

fn put_statfs(req: Ptr<uv_fs_t>, statfs: StatFs) -> Result<usize> {
    let value = uv_statfs_t {
        f_type: statfs.fs_type,
        f_bsize: statfs.bsize,
        f_blocks: statfs.blocks,
        f_bfree: statfs.bfree,
        f_bavail: statfs.bavail,
        f_files: statfs.files,
        f_ffree: statfs.ffree,
        f_frsize: statfs.frsize,
        f_spare: [0; 3],
    };
    put_ptr(req, alloc::value(value))
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_copyfile(
    loop_: Ptr<uv_loop_t>,
    req: Ptr<uv_fs_t>,
    path: Str,
    new_path: Str,
    flags: c_int,
    cb: uv_fs_cb,
) -> c_int {
    let call = Call::new(loop_, req, fs_type::COPYFILE, cb);
    returned(call.and_then(|call| {
        if flags & !7 != 0 {
            return Err(Error::EINVAL);
        }
        let call = call.with_paths(path, new_path)?;
        let (path, new_path, flags) = (path.path(), new_path.path(), CopyFlags::from_bits(flags));
        call.run(
            || sync::copyfile(path, new_path, flags),
            |lp, answer| uv_fs::copyfile(lp, path, new_path, flags, move |_, result| answer.is(result)),
            nothing,
        )
    }))
}

/// Without the six letters that a temporary name's template ends with.
fn prefix<'a>(template: Str) -> Option<&'a Path> {
    let bytes = template.text().to_bytes().strip_suffix(b"XXXXXX")?;
    Some(Path::new(OsStr::from_bytes(bytes)))
}

/// The request's path is always a copy, into which the name is written that was found.
fn with_template(call: Call, template: Str) -> Result<Call> {
    let copy = alloc::text(template.text().to_bytes());
    if copy.is_null() {
        return Err(Error::ENOMEM);
    }
    call.req.path.set(Ptr::new(copy));
    Ok(call)
}

fn put_name(req: Ptr<uv_fs_t>, path: &Path) {
    let name = path.as_os_str().as_bytes();
    crate::ptr::put_truncated(req.path.get(), req.path.get().text().count_bytes() + 1, name);
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_mkdtemp(loop_: Ptr<uv_loop_t>, req: Ptr<uv_fs_t>, template: Str, cb: uv_fs_cb) -> c_int {
    let call = Call::new(loop_, req, fs_type::MKDTEMP, cb);
    returned(call.and_then(|call| with_template(call, template)).and_then(|call| {
        let Some(prefix) = prefix(template) else {
            return call.fail(Error::EINVAL);
        };
        call.run(
            || sync::mkdtemp(prefix),
            |lp, answer| uv_fs::mkdtemp(lp, prefix, move |_, result| answer.is(result)),
            |req, path| {
                put_name(req, &path);
                Ok(0)
            },
        )
    }))
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_mkstemp(loop_: Ptr<uv_loop_t>, req: Ptr<uv_fs_t>, template: Str, cb: uv_fs_cb) -> c_int {
    let call = Call::new(loop_, req, fs_type::MKSTEMP, cb);
    returned(call.and_then(|call| with_template(call, template)).and_then(|call| {
        let Some(prefix) = prefix(template) else {
            put_truncated_path(req);
            return call.fail(Error::EINVAL);
        };
        let is_sync = call.is_sync;
        let result = call.run(
            || sync::mkstemp(prefix),
            |lp, answer| {
                uv_fs::mkstemp(lp, prefix, move |_, result| {
                    if result.is_err() {
                        put_truncated_path(req);
                    }
                    answer.is(result);
                })
            },
            |req, (fd, path): (OwnedFd, PathBuf)| {
                put_name(req, &path);
                Ok(fd.into_raw_fd() as usize)
            },
        );
        if is_sync && req.result.get() < 0 {
            put_truncated_path(req);
        }
        result
    }))
}

/// Where there is no file the name is empty.
fn put_truncated_path(req: Ptr<uv_fs_t>) {
    crate::ptr::put_truncated(req.path.get(), 1, b"");
}
