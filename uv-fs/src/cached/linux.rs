use std::io::IoSliceMut;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, ResolveFlags, SeekFrom, Statx, StatxFlags};
use rustix::io::{Errno, ReadWriteFlags};
use uv_sys::{Error, Result};

use super::mounts::{self, Answers};
use super::names::Names;
use super::opened::Opened;
use super::{Attempt, LARGEST, Miss, PathArg, Read};
use crate::{Access, OpenFlags, Stat};

pub(crate) fn stat(path: impl PathArg) -> Attempt<Result<Stat>> {
    stat_of(path, AtFlags::empty())
}

pub(crate) fn lstat(path: impl PathArg) -> Attempt<Result<Stat>> {
    stat_of(path, AtFlags::SYMLINK_NOFOLLOW)
}

fn stat_of(path: impl PathArg, flags: AtFlags) -> Attempt<Result<Stat>> {
    let (known, flags_of_look_up) = match flags.contains(AtFlags::SYMLINK_NOFOLLOW) {
        true => (Known::Itself, OFlags::NOFOLLOW),
        false => (Known::Found, OFlags::empty()),
    };
    let name = Name::new(path, known);
    if name.was_met_of_late() {
        match rustix::fs::statx(CWD, path, flags, STAT) {
            Ok(file) => {
                if !is_near(&file) {
                    name.forget();
                }
                return Ok(Ok(Stat::from_statx(file)));
            }
            Err(_) => name.forget(),
        }
    }
    match look_up(path, flags_of_look_up)? {
        Ok(place) => {
            let file = examine(&place)?;
            if is_near(&file) && is_straight(path, flags_of_look_up) {
                name.learn();
            }
            Ok(Ok(Stat::from_statx(file)))
        }
        Err(error) => Ok(Err(error)),
    }
}

pub(crate) fn fstat(fd: impl AsFd) -> Attempt<Stat> {
    examine(fd).map(Stat::from_statx)
}

/// Only whether there is such a file: what more may be asked, these calls don't tell.
pub(crate) fn access(path: impl PathArg, mode: Access) -> Attempt<Result<()>> {
    use rustix::process::{getegid, geteuid, getgid, getuid};

    if mode != Access::F_OK {
        return Err(Miss::Uncached);
    }
    let name = Name::new(path, Known::Found);
    if name.was_met_of_late() {
        match rustix::fs::access(path, rustix::fs::Access::EXISTS) {
            Ok(()) => return Ok(Ok(())),
            Err(_) => name.forget(),
        }
    }
    // Access is judged by the real user, a lookup by the effective one.
    if getuid() != geteuid() || getgid() != getegid() {
        return Err(Miss::Uncached);
    }
    match look_up(path, OFlags::empty())? {
        Ok(place) => {
            if is_near(&examine(&place)?) && is_straight(path, OFlags::empty()) {
                name.learn();
            }
            Ok(Ok(()))
        }
        Err(error) => Ok(Err(error)),
    }
}

/// Opens a regular file or a directory for reading: to open any other file may block, or have an effect.
pub(crate) fn open(path: impl PathArg, flags: OpenFlags) -> Attempt<Result<OwnedFd>> {
    let flags = OFlags::from_bits_retain(flags.bits() as _);
    let harmless = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    if !harmless.contains(flags) {
        return Err(Miss::Uncached);
    }
    let (fd, _) = match open_plain(path, flags)? {
        Ok(opened) => opened,
        Err(error) => return Ok(Err(error)),
    };
    if !flags.contains(OFlags::NONBLOCK) {
        rustix::fs::fcntl_setfl(&fd, OFlags::empty()).map_err(uncached)?;
    }
    let _ = OPENED.try_with(|opened| opened.put(&fd));
    Ok(Ok(fd))
}

/// Opens a regular file or a directory, as a non-blocking descriptor. What is at the path is looked at before it is
/// opened, as to open and to close anything else has an effect. Of a name met of late that is one call, and the file that is
/// open then is not looked at again.
fn open_plain(path: impl PathArg, flags: OFlags) -> Attempt<Result<(OwnedFd, Option<Statx>)>> {
    let name = Name::new(path, Known::Plain);
    let flags_of_look_up = flags & (OFlags::DIRECTORY | OFlags::NOFOLLOW);
    if name.was_met_of_late() {
        let flags_of_statx = match flags.contains(OFlags::NOFOLLOW) {
            true => AtFlags::SYMLINK_NOFOLLOW,
            false => AtFlags::empty(),
        };
        if let Ok(file) = rustix::fs::statx(CWD, path, flags_of_statx, STAT)
            && is_plain(&file)
            && is_near(&file)
        {
            match open_now(path, flags) {
                Ok(fd) => return Ok(Ok((fd, None))),
                Err(Errno::AGAIN) => return Err(Miss::Uncached),
                Err(_) => {}
            }
        }
        name.forget();
    }
    let place = match look_up(path, flags_of_look_up)? {
        Ok(place) => place,
        Err(error) => return Ok(Err(error)),
    };
    let found = examine(&place)?;
    if !is_plain(&found) {
        return Err(Miss::Uncached);
    }
    let fd = open_now(path, flags).map_err(uncached)?;
    let opened = examine(&fd)?;
    let id = |file: &Statx| (file.stx_dev_major, file.stx_dev_minor, file.stx_ino);
    if id(&found) != id(&opened) {
        return Err(Miss::Uncached);
    }
    if is_near(&found) && is_straight(path, flags_of_look_up) {
        name.learn();
    }
    Ok(Ok((fd, Some(opened))))
}

/// Should something else have come in the file's place, or somebody hold a lease, this does not wait.
fn open_now(path: impl PathArg, flags: OFlags) -> rustix::io::Result<OwnedFd> {
    let flags = flags | OFlags::CLOEXEC | OFlags::NONBLOCK;
    rustix::fs::openat2(CWD, path, flags, Mode::empty(), ResolveFlags::CACHED)
}

/// Whether to close this descriptor, which has no other owner, costs nothing: it is of a file that was only read and that still
/// has a name. (The last close of a file without one gives back its blocks.)
pub(crate) fn closes_at_once(fd: &OwnedFd) -> bool {
    if !rustix::fs::fcntl_getfl(fd).is_ok_and(|flags| flags & OFlags::RWMODE == OFlags::RDONLY) {
        return false;
    }
    let has_name = |file: Statx| file.stx_nlink > 0 && file_type(&file) == FileType::RegularFile;
    OPENED.try_with(|opened| opened.take(fd)).unwrap_or_default() || examine(fd).is_ok_and(has_name)
}

/// A request takes names away, maybe.
pub(crate) fn forget_opened() {
    let _ = OPENED.try_with(Opened::forget);
}

thread_local!(static OPENED: Opened = const { Opened::new() });

pub(crate) fn read(fd: impl AsFd, buf: &mut [u8], offset: Option<u64>) -> Read {
    let fd = fd.as_fd();
    // The offset of all ones, and no other one that is out of range, means the position.
    if buf.is_empty() || buf.len() > LARGEST || offset.is_some_and(|offset| offset > i64::MAX as u64 - LARGEST as u64) {
        return Read::Begun(0);
    }
    let mut count = 0;
    while count < buf.len() {
        match read_now(fd, &mut [IoSliceMut::new(&mut buf[count..])], offset.map(|offset| offset + count as u64)) {
            Ok(0) => break,
            Ok(read) => count += read,
            Err(Errno::INTR) => continue,
            // Whatever it is, the pool will tell.
            Err(_) => return Read::Begun(count),
        }
        // A pipe gives what it has. Of a file that is no more than the cache had of it.
        if offset.is_none() && count < buf.len() && !is_regular(fd) {
            break;
        }
    }
    Read::Done(count)
}

/// All buffers filled, or all up to the file's end.
pub(crate) fn read_vectored<B: AsMut<[u8]>>(fd: impl AsFd, bufs: &mut [B], offset: Option<u64>) -> Attempt<usize> {
    let mut slices: Vec<_> = bufs.iter_mut().map(|buf| IoSliceMut::new(buf.as_mut())).collect();
    read_slices(fd, &mut slices, offset)
}

/// [`read_vectored`].
pub(crate) fn read_slices(fd: impl AsFd, bufs: &mut [IoSliceMut<'_>], offset: Option<u64>) -> Attempt<usize> {
    let (fd, offset) = (fd.as_fd(), offset.filter(|&offset| offset <= i64::MAX as u64 / 2).ok_or(Miss::Uncached)?);
    let len = bufs.iter().map(|buf| buf.len()).sum();
    if !(1..=LARGEST).contains(&len) {
        return Err(Miss::Uncached);
    }
    let count = read_now(fd, bufs, Some(offset)).map_err(uncached)?;
    if count == len || matches!(read(fd, &mut [0], Some(offset + count as u64)), Read::Done(0)) {
        return Ok(count);
    }
    Err(Miss::Uncached)
}

/// As if so many bytes had not been read at the file's position.
pub(crate) fn step_back(fd: impl AsFd, count: usize) {
    // What has no position has not begun either, without being done.
    let _ = rustix::fs::seek(fd, SeekFrom::Current(-(count as i64)));
}

fn read_now(fd: BorrowedFd<'_>, bufs: &mut [IoSliceMut<'_>], offset: Option<u64>) -> rustix::io::Result<usize> {
    let at = offset.unwrap_or(u64::MAX);
    match rustix::io::preadv2(fd, bufs, at, ReadWriteFlags::NOWAIT) {
        // tmpfs has no such call, and no need of it.
        Err(Errno::OPNOTSUPP) if is_in_memory(fd) => rustix::io::preadv2(fd, bufs, at, ReadWriteFlags::empty()),
        result => result,
    }
}

pub(crate) fn read_file(path: impl PathArg) -> Attempt<Result<Vec<u8>>> {
    // Nobody else sees this descriptor, which may stay a non-blocking one.
    let (fd, file) = match open_plain(path, OFlags::empty())? {
        Ok(opened) => opened,
        Err(error) => return Ok(Err(error)),
    };
    let file = match file {
        Some(file) => file,
        None => examine(&fd)?,
    };
    let size = usize::try_from(file.stx_size).ok().filter(|&size| size <= LARGEST).ok_or(Miss::Uncached)?;
    // The content of any other file need not end where its size says.
    if file_type(&file) != FileType::RegularFile {
        return Err(Miss::Uncached);
    }
    let mut content = vec![0; size];
    if size > 0 && !matches!(read(&fd, &mut content, Some(0)), Read::Done(count) if count == size) {
        return Err(Miss::Uncached);
    }
    Ok(Ok(content))
}

/// What was found out about a name.
#[derive(Clone, Copy)]
enum Known {
    /// There is a file, and the way to it and what it is are in memory.
    Found,
    /// The same, of a symbolic link: the link's own.
    Itself,
    /// It is a regular file or a directory.
    Plain,
    /// The way to it leads through a symbolic link.
    Bent,
}

/// A name of which something may be known from before, so that it need not be found out again.
struct Name(u64);

thread_local!(static NAMES: Names = Names::default());

impl Name {
    fn new(path: impl PathArg, known: Known) -> Self {
        // A thread that ends has no table any more, in which nothing is known.
        Name(NAMES.try_with(|names| names.mark(path.bytes(), known as u64)).unwrap_or_default())
    }

    /// Then the file is asked as the pool would ask: what is in memory stays there for a while when it has just been used.
    /// At worst, the memory was needed at once, or the name is another file's by now, and that one call waits.
    fn was_met_of_late(&self) -> bool {
        NAMES.try_with(|names| names.has_of_late(self.0)).unwrap_or_default()
    }

    fn learn(&self) {
        let _ = NAMES.try_with(|names| names.learn(self.0));
    }

    fn forget(&self) {
        let _ = NAMES.try_with(|names| names.forget(self.0));
    }
}

/// Whether neither the file nor what it is below need anybody else to be asked.
fn is_near(file: &Statx) -> bool {
    mounts::mount(file).is_ok_and(|mount| mount.is_near)
}

/// Whether the way to a file leads through nothing but what the file is below. By a symbolic link or `..` it may come from
/// another mount, on which somebody else is asked.
fn is_straight(path: impl PathArg, flags: OFlags) -> bool {
    if path.bytes().split(|byte| *byte == b'/').any(|part| part == b"..") {
        return false;
    }
    let bent = Name::new(path, Known::Bent);
    if bent.was_met_of_late() {
        return false;
    }
    let is_straight = matches!(resolve(path, flags, ResolveFlags::NO_SYMLINKS), Ok(Ok(_)));
    if !is_straight {
        bent.learn();
    }
    is_straight
}

/// The place of a file, which opens nothing.
fn look_up(path: impl PathArg, flags: OFlags) -> Attempt<Result<OwnedFd>> {
    resolve(path, flags, ResolveFlags::empty())
}

fn resolve(path: impl PathArg, flags: OFlags, how: ResolveFlags) -> Attempt<Result<OwnedFd>> {
    /// Whether the system knows the call, and a sandbox lets it pass.
    static AVAILABLE: AtomicBool = AtomicBool::new(true);

    if !AVAILABLE.load(Ordering::Relaxed) {
        return Err(Miss::Uncached);
    }
    let flags = OFlags::PATH | OFlags::CLOEXEC | flags;
    match rustix::fs::openat2(CWD, path, flags, Mode::empty(), ResolveFlags::CACHED | how) {
        Ok(place) => Ok(Ok(place)),
        Err(Errno::NOENT) => Ok(Err(Error::ENOENT)),
        Err(Errno::NOTDIR) => Ok(Err(Error::ENOTDIR)),
        Err(Errno::INVAL) if path.bytes().contains(&0) => Err(Miss::Uncached),
        Err(Errno::NOSYS | Errno::INVAL | Errno::PERM) => {
            AVAILABLE.store(false, Ordering::Relaxed);
            Err(Miss::Uncached)
        }
        Err(_) => Err(Miss::Uncached),
    }
}

const STAT: StatxFlags = StatxFlags::BASIC_STATS.union(StatxFlags::BTIME).union(mounts::UNIQUE_ID);

/// What a file is, if its file system need not ask anybody.
fn examine(fd: impl AsFd) -> Attempt<Statx> {
    let flags = AtFlags::EMPTY_PATH | AtFlags::STATX_DONT_SYNC;
    let file = rustix::fs::statx(fd, "", flags, STAT).map_err(uncached)?;
    match mounts::mount(&file)?.answers {
        Answers::Elsewhere => Err(Miss::Uncached),
        Answers::Local | Answers::Memory => Ok(file),
    }
}

fn uncached(_: Errno) -> Miss {
    Miss::Uncached
}

fn is_in_memory(fd: impl AsFd) -> bool {
    let memory = |file: Statx| {
        let answers = mounts::mount(&file).map(|mount| mount.answers);
        file_type(&file) == FileType::RegularFile && answers == Ok(Answers::Memory)
    };
    examine(fd).is_ok_and(memory)
}

fn is_plain(file: &Statx) -> bool {
    matches!(file_type(file), FileType::RegularFile | FileType::Directory)
}

fn is_regular(fd: impl AsFd) -> bool {
    rustix::fs::fstat(fd).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile)
}

fn file_type(file: &Statx) -> FileType {
    FileType::from_raw_mode(file.stx_mode.into())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_name_that_leads_elsewhere_on_its_way_is_not_met_of_late() {
        let dir = tempfile::tempdir().unwrap();
        let real = dir.path().canonicalize().unwrap();
        fs::create_dir(real.join("dir")).unwrap();
        symlink("dir", real.join("link")).unwrap();
        let file = fs::File::create(real.join("dir/file")).unwrap();
        mounts::learn_of(&file);
        if !examine(&file).is_ok_and(|file| is_near(&file)) {
            return;
        }
        for (path, is_straight) in [("dir/file", true), ("link/file", false), ("dir/../dir/file", false)] {
            let path = real.join(path);
            for _ in 0..2 {
                let _ = (stat(&*path), lstat(&*path), access(&*path, Access::F_OK));
            }
            for known in [Known::Found, Known::Itself] {
                assert_eq!(Name::new(&*path, known).was_met_of_late(), is_straight, "{path:?}");
            }
        }
        let link = real.join("link");
        let _ = (lstat(&*link), stat(&*link));
        assert!(!Name::new(&*link, Known::Found).was_met_of_late());
        assert!(Name::new(&*link, Known::Itself).was_met_of_late());
    }
}
