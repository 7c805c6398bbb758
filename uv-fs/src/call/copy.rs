use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fs::{FileType, Gid, Mode, OFlags, Uid};
use rustix::io::retry_on_intr;
use rustix::path::Arg;
use uv_sys::Error;

use super::code;
use crate::{CopyFlags, FsError, Result};

/// Copies a file's content, permissions and, if the system permits it, owner and group, in place of what the destination
/// holds. As `uv_fs_copyfile`, since libuv 1.49 with the owner.
///
/// A source and a destination that are the same file, by whatever names, are left as they are. A
/// destination that is a regular file is removed again if the copy fails half-way.
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
    let owner = (Uid::from_raw(from_stat.st_uid), Gid::from_raw(from_stat.st_gid));
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
    let copied = fill(from, to, regular.then_some((mode, owner)), flags);
    if copied.is_err() && regular {
        // The copy's error says more than one of the removal would.
        let _ = rustix::fs::unlink(dst);
    }
    copied
}

/// `attributes` are those of the copy, if the destination is a file of its own and not, say, a device.
fn fill(mut from: File, mut to: File, attributes: Option<(Mode, (Uid, Gid))>, flags: CopyFlags) -> uv_sys::Result<()> {
    if let Some((mode, (user, group))) = attributes {
        retry_on_intr(|| rustix::fs::ftruncate(&to, 0)).map_err(code)?;
        // Like `cp -p`, who may not give files away has a copy of his own. Before the mode, whose set-user-ID bit it clears.
        let _ = retry_on_intr(|| rustix::fs::fchown(&to, Some(user), Some(group)));
        retry_on_intr(|| rustix::fs::fchmod(&to, mode)).map_err(code)?;
    }
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
