//! What is read of directories: without an allocation for each entry.

use std::ffi::CStr;
use std::fmt;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;

use rustix::fs::{Mode, OFlags, RawDir};
use rustix::io::Errno;

use crate::FileType;

type Result<T> = std::result::Result<T, Errno>;

/// An open directory, and the entries that were read of it and not handed out.
pub(crate) struct Entries {
    fd: OwnedFd,
    read: Box<Read>,
}

/// As many bytes of entries are read at once.
const SIZE: usize = 8192;

/// Entries as a byte for the type, the name, and a zero: shorter than the kernel has them.
struct Read {
    bytes: [u8; SIZE],
    next: usize,
    end: usize,
}

impl Entries {
    pub(crate) fn open(path: impl rustix::path::Arg) -> Result<Entries> {
        Ok(Entries { fd: open(path)?, read: Box::new(Read { bytes: [0; SIZE], next: 0, end: 0 }) })
    }

    /// The next entry but `.` and `..`; none at the end of the directory.
    pub(crate) fn next(&mut self) -> Result<Option<(&CStr, FileType)>> {
        if self.read.next == self.read.end {
            self.read_more()?;
        }
        let read = &mut *self.read;
        let [file_type, rest @ ..] = &read.bytes[read.next..read.end] else {
            return Ok(None);
        };
        let name = CStr::from_bytes_until_nul(rest).expect("each name was put with its zero");
        read.next += 1 + name.count_bytes() + 1;
        Ok(Some((name, FileType::from_number(*file_type))))
    }

    fn read_more(&mut self) -> Result<()> {
        let read = &mut *self.read;
        (read.next, read.end) = (0, 0);
        let mut buf = [MaybeUninit::uninit(); SIZE];
        // There may be nothing but `.` and `..` in a part.
        while read.end == 0 && read_once(&self.fd, &mut buf, |name, file_type| read.put(name, file_type))? {}
        Ok(())
    }
}

impl Read {
    fn put(&mut self, name: &CStr, file_type: FileType) {
        let name = name.to_bytes_with_nul();
        self.bytes[self.end] = file_type as u8;
        self.bytes[self.end + 1..][..name.len()].copy_from_slice(name);
        self.end += 1 + name.len();
    }
}

/// All entries of a directory but `.` and `..`, in the order of the file system.
pub(crate) fn each(path: impl rustix::path::Arg, mut visit: impl FnMut(&CStr, FileType)) -> Result<()> {
    let fd = open(path)?;
    let mut buf = Box::new_uninit_slice(4 * SIZE);
    while read_once(&fd, &mut buf, &mut visit)? {}
    Ok(())
}

fn open(path: impl rustix::path::Arg) -> Result<OwnedFd> {
    rustix::fs::open(path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
}

/// Reads as much as there is room for; false at the end of the directory, which one that was removed is at.
fn read_once(fd: &OwnedFd, buf: &mut [MaybeUninit<u8>], mut visit: impl FnMut(&CStr, FileType)) -> Result<bool> {
    let mut raw = RawDir::new(fd, buf);
    loop {
        match raw.next() {
            None | Some(Err(Errno::NOENT)) => return Ok(false),
            Some(Err(Errno::INTR)) => continue,
            Some(Err(errno)) => return Err(errno),
            Some(Ok(entry)) => {
                let name = entry.file_name();
                if !matches!(name.to_bytes(), b"." | b"..") {
                    visit(name, FileType::from_raw(entry.file_type()));
                }
            }
        }
        if raw.is_buffer_empty() {
            return Ok(true);
        }
    }
}

impl fmt::Debug for Entries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entries").field("fd", &self.fd).finish_non_exhaustive()
    }
}
