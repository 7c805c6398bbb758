//! Requests on paths.

use std::ffi::{CStr, c_char, c_int, c_uint};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{IntoRawFd, OwnedFd};

use uv_fs::{Access, OpenFlags, StatFs, bare};
use uv_sys::{Error, Result};

use super::{Call, conclude, fs_type, must_be_there, nothing, put_ptr, put_stat, returned};
use crate::alloc;
use crate::layout::*;
use crate::ptr::{Ptr, Str, bytes_mut};

/// On a path; what else it needs is put into the request.
macro_rules! on_path {
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
                $make(call, path.text())
            }))
        }
    };
}

on_path!(uv_fs_stat, STAT(), |call: Call, path: &CStr| {
    call.make(|files, lp, number| files.stat(lp, number, path), put_stat)
});
on_path!(uv_fs_lstat, LSTAT(), |call: Call, path: &CStr| {
    call.make(|files, lp, number| files.lstat(lp, number, path), put_stat)
});
on_path!(uv_fs_access, ACCESS(mode: c_int => flags), |call: Call, path: &CStr| {
    call.make(|files, lp, number| files.access(lp, number, path, Access::from_bits(mode)), nothing)
});
on_path!(uv_fs_open, OPEN(flags: c_int => flags, mode: c_int => mode), |call: Call, path: &CStr| {
    call.make(|files, lp, number| files.open(lp, number, path, OpenFlags::from_bits(flags)), put_fd)
});
on_path!(uv_fs_unlink, UNLINK(), |call: Call, _| call.change());
on_path!(uv_fs_rmdir, RMDIR(), |call: Call, _| call.change());
on_path!(uv_fs_mkdir, MKDIR(mode: c_int => mode), |call: Call, _| call.change());
on_path!(uv_fs_chmod, CHMOD(mode: c_int => mode), |call: Call, _| call.change());

on_path!(uv_fs_chown, CHOWN(uid: c_uint => uid, gid: c_uint => gid), |call: Call, _| call.change());
on_path!(uv_fs_lchown, LCHOWN(uid: c_uint => uid, gid: c_uint => gid), |call: Call, _| call.change());
on_path!(uv_fs_utime, UTIME(atime: f64 => atime, mtime: f64 => mtime), |call: Call, _| call.change());
on_path!(uv_fs_lutime, LUTIME(atime: f64 => atime, mtime: f64 => mtime), |call: Call, _| call.change());
on_path!(uv_fs_statfs, STATFS(), |call: Call, _| call.queue());
on_path!(uv_fs_readlink, READLINK(), |call: Call, _| call.queue());
on_path!(uv_fs_realpath, REALPATH(), |call: Call, _| call.queue());
on_path!(uv_fs_opendir, OPENDIR(), |call: Call, _| call.queue());
on_path!(uv_fs_scandir, SCANDIR(flags: c_int => flags), |call: Call, _| {
    call.req.next_entry.set(0);
    call.queue()
});

/// On two paths.
macro_rules! on_paths {
    ($function:ident, $type:ident($($flags:ident)?)) => {
        #[unsafe(no_mangle)]
        extern "C" fn $function(
            loop_: Ptr<uv_loop_t>,
            req: Ptr<uv_fs_t>,
            path: Str,
            new_path: Str,
            $($flags: c_int,)?
            cb: uv_fs_cb,
        ) -> c_int {
            let call = Call::new(loop_, req, fs_type::$type, cb);
            returned(call.and_then(|call| call.with_paths(path, new_path)).and_then(|call| {
                $(req.flags.set($flags);)?
                call.change()
            }))
        }
    };
}

on_paths!(uv_fs_rename, RENAME());
on_paths!(uv_fs_link, LINK());
on_paths!(uv_fs_symlink, SYMLINK(flags));

#[unsafe(no_mangle)]
extern "C" fn uv_fs_copyfile(
    loop_: Ptr<uv_loop_t>,
    req: Ptr<uv_fs_t>,
    path: Str,
    new_path: Str,
    flags: c_int,
    cb: uv_fs_cb,
) -> c_int {
    returned(Call::new(loop_, req, fs_type::COPYFILE, cb).and_then(|call| {
        if flags & !7 != 0 {
            return Err(Error::EINVAL);
        }
        must_be_there(path);
        must_be_there(new_path);
        let call = call.with_paths(path, new_path)?;
        req.flags.set(flags);
        call.change()
    }))
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_mkdtemp(loop_: Ptr<uv_loop_t>, req: Ptr<uv_fs_t>, template: Str, cb: uv_fs_cb) -> c_int {
    returned(with_template(Call::new(loop_, req, fs_type::MKDTEMP, cb), template).and_then(Call::change))
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_mkstemp(loop_: Ptr<uv_loop_t>, req: Ptr<uv_fs_t>, template: Str, cb: uv_fs_cb) -> c_int {
    returned(with_template(Call::new(loop_, req, fs_type::MKSTEMP, cb), template).and_then(Call::change))
}

/// The request's path is always a copy, into which the name is written that was found.
fn with_template(call: Result<Call>, template: Str) -> Result<Call> {
    let call = call?;
    call.req.path.set(super::copy(&[template.text()])?);
    Ok(call)
}

// What the requests do.

pub(super) fn put_fd(_: Ptr<uv_fs_t>, fd: OwnedFd) -> Result<usize> {
    Ok(fd.into_raw_fd() as usize)
}

pub(super) fn put_statfs(req: Ptr<uv_fs_t>, statfs: StatFs) -> Result<usize> {
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

/// The longest path that the system tells.
const PATH_MAX: usize = libc::PATH_MAX as usize;

pub(super) fn readlink(req: Ptr<uv_fs_t>) {
    // Few are longer.
    let mut short = [0; 256];
    match bare::readlink(req.path.get().text(), &mut short) {
        Ok(256) => {
            let mut long = [0; PATH_MAX];
            let length = bare::readlink(req.path.get().text(), &mut long);
            conclude(req, length, |req, length| put_ptr(req, alloc::text(&long[..length])));
        }
        length => conclude(req, length, |req, length| put_ptr(req, alloc::text(&short[..length]))),
    }
}

pub(super) fn realpath(req: Ptr<uv_fs_t>) {
    let mut real = MaybeUninit::<[c_char; PATH_MAX]>::uninit();
    // SAFETY: the path ends with a zero, and there is room for the longest that is written.
    let found = unsafe { libc::realpath(req.path.get().raw(), real.as_mut_ptr().cast()) };
    let result = if found.is_null() { Err(Error::from(io::Error::last_os_error())) } else { Ok(Str::new(found)) };
    conclude(req, result, |req, real| put_ptr(req, alloc::text(real.text().to_bytes())));
}

fn template<'a>(req: Ptr<uv_fs_t>) -> &'a mut [u8] {
    let path = req.path.get();
    bytes_mut(path.raw().cast(), path.text().count_bytes() + 1)
}

pub(super) fn mkdtemp(req: Ptr<uv_fs_t>) {
    conclude(req, bare::mkdtemp(template(req)), nothing);
}

/// Where there is no file the name is empty.
pub(super) fn mkstemp(req: Ptr<uv_fs_t>) {
    let made = bare::mkstemp(template(req));
    if made.is_err() {
        template(req)[0] = 0;
    }
    conclude(req, made, put_fd);
}
