use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fs::{FileType, Gid, Mode, OFlags, Stat, Timestamps, Uid};
use rustix::io::{Errno, retry_on_intr};
use rustix::path::Arg;
use uv_sys::Error;

use super::code;
use crate::time::timestamps;
use crate::{CopyFlags, FileTime, FsError, Result, Timespec};

/// Copies a file's content, permissions, times and, if the system permits it, owner and group, in place of what the destination
/// holds. As `uv_fs_copyfile`, since libuv 1.49 with times and owner. To have content is to be modified, so that it is an empty
/// copy that keeps the modification time, and each one the time of the last access.
///
/// A source and a destination that are the same file, by whatever names, are left as they are, and so is a destination of a
/// directory. A destination that is a regular file is removed again if the copy fails half-way, and what is none, as a FIFO or a
/// device, is written to and never removed. All is copied that can be read, whatever size the source says (files of the
/// kernel's own say 0, or too much).
///
/// # Errors
///
/// `ENOENT`; `EISDIR` if either is a directory; `EEXIST` with [`CopyFlags::EXCL`]; `ENOSPC`; with
/// [`CopyFlags::FICLONE_FORCE`] what the system says to the clone, as `EOPNOTSUPP` and `EXDEV`;
/// `EINVAL` for flags of other bits.
///
/// ```
/// use uv_fs::{CopyFlags, sync};
///
/// let dir = tempfile::tempdir()?;
/// let (a, b) = (dir.path().join("a"), dir.path().join("b"));
/// sync::write_file(&a, b"twice")?;
/// sync::copyfile(&a, &b, CopyFlags::default())?;
/// assert_eq!(sync::read_file(&b)?, b"twice");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn copyfile(src: impl AsRef<Path>, dst: impl AsRef<Path>, flags: CopyFlags) -> Result<()> {
    let (src, dst) = (src.as_ref(), dst.as_ref());
    copy(src, dst, flags).map_err(|error| FsError::new(error, "copyfile").with_path(src).with_dest(dst))
}

pub(super) fn copy(src: impl Arg + Copy, dst: impl Arg + Copy, flags: CopyFlags) -> uv_sys::Result<()> {
    let known = CopyFlags::EXCL | CopyFlags::FICLONE | CopyFlags::FICLONE_FORCE;
    if !known.contains(flags) {
        return Err(Error::EINVAL);
    }
    let from = open(src, OFlags::RDONLY, Mode::empty())?;
    let from_stat = retry_on_intr(|| rustix::fs::fstat(&from)).map_err(code)?;
    if FileType::from_raw_mode(from_stat.st_mode) == FileType::Directory {
        return Err(Error::EISDIR);
    }
    let mode = Mode::from_raw_mode(from_stat.st_mode);
    let mut create = OFlags::WRONLY | OFlags::CREATE;
    if flags.contains(CopyFlags::EXCL) {
        create |= OFlags::EXCL;
    }
    // Not truncated here: it may be the source.
    let to = open(dst, create, mode)?;
    let to_stat = retry_on_intr(|| rustix::fs::fstat(&to)).map_err(code)?;
    if (from_stat.st_dev, from_stat.st_ino) == (to_stat.st_dev, to_stat.st_ino) {
        return Ok(());
    }
    let regular = FileType::from_raw_mode(to_stat.st_mode) == FileType::RegularFile;
    let copied = match regular {
        true => make_alike(&to, &from_stat, to_stat.st_size > 0).and_then(|()| fill(from, to, flags)),
        false => fill(from, to, flags),
    };
    if copied.is_err() && regular {
        // The copy's error says more than one of the removal would.
        let _ = rustix::fs::unlink(dst);
    }
    copied
}

/// Empties the destination and gives it the attributes of the source.
fn make_alike(to: &File, from: &Stat, is_full: bool) -> uv_sys::Result<()> {
    // Some file systems refuse it of what was just made to be only read.
    if is_full {
        retry_on_intr(|| rustix::fs::ftruncate(to, 0)).map_err(code)?;
    }
    // Like `cp -p`, who may not give files away has a copy of his own. Before the mode, whose set-user-ID bit it clears.
    let (user, group) = (Uid::from_raw(from.st_uid), Gid::from_raw(from.st_gid));
    let _ = retry_on_intr(|| rustix::fs::futimens(to, &times(from)));
    let _ = retry_on_intr(|| rustix::fs::fchown(to, Some(user), Some(group)));
    match retry_on_intr(|| rustix::fs::fchmod(to, Mode::from_raw_mode(from.st_mode))) {
        // There it means nothing, and is never permitted.
        Err(Errno::PERM) if is_on_smb(to) => Ok(()),
        changed => changed.map_err(code),
    }
}

#[allow(clippy::unnecessary_cast)] // the widths of these fields differ among platforms
fn times(from: &Stat) -> Timestamps {
    let time = |sec, nsec| FileTime::from(Timespec { sec, nsec });
    timestamps(
        time(from.st_atime as i64, from.st_atime_nsec as u32),
        time(from.st_mtime as i64, from.st_mtime_nsec as u32),
    )
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_on_smb(file: &File) -> bool {
    const KINDS: [u64; 3] = [0xff53_4d42, 0xfe53_4d42, 0x517b];
    rustix::fs::fstatfs(file).is_ok_and(|system| KINDS.contains(&(system.f_type as u64 & 0xffff_ffff)))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn is_on_smb(_: &File) -> bool {
    false
}

fn fill(mut from: File, mut to: File, flags: CopyFlags) -> uv_sys::Result<()> {
    if flags.contains(CopyFlags::FICLONE_FORCE) {
        return clone(&from, &to);
    }
    if flags.contains(CopyFlags::FICLONE) && clone(&from, &to).is_ok() {
        return Ok(());
    }
    loop {
        // What was copied before an interruption has moved both files' positions.
        match io::copy(&mut from, &mut to) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result.map(drop).map_err(Error::from),
        }
    }
}

fn open(path: impl Arg + Copy, flags: OFlags, mode: Mode) -> uv_sys::Result<File> {
    let fd = retry_on_intr(|| rustix::fs::open(path, flags | OFlags::CLOEXEC, mode));
    fd.map(File::from).map_err(code)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn clone(from: &File, to: &File) -> uv_sys::Result<()> {
    retry_on_intr(|| rustix::fs::ioctl_ficlone(to, from)).map_err(code)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn clone(_from: &File, _to: &File) -> uv_sys::Result<()> {
    Err(Error::ENOSYS)
}
