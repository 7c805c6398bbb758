//! [`entries`](super::entries) where the system's own way to read a directory is not known.

use std::ffi::{CStr, CString};

use rustix::fs::{Dir, Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};

use crate::FileType;

type Result<T> = std::result::Result<T, Errno>;

#[derive(Debug)]
pub(crate) struct Entries {
    dir: Dir,
    name: CString,
}

impl Entries {
    pub(crate) fn open(path: impl rustix::path::Arg) -> Result<Entries> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let dir = Dir::new(rustix::fs::open(path, flags, Mode::empty())?)?;
        Ok(Entries { dir, name: CString::default() })
    }

    pub(crate) fn next(&mut self) -> Result<Option<(&CStr, FileType)>> {
        loop {
            let Some(entry) = retry_on_intr(|| self.dir.read().transpose())? else {
                return Ok(None);
            };
            if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
                self.name = entry.file_name().to_owned();
                return Ok(Some((&self.name, FileType::from_raw(entry.file_type()))));
            }
        }
    }
}

pub(crate) fn each(path: impl rustix::path::Arg, mut visit: impl FnMut(&CStr, FileType)) -> Result<()> {
    let mut entries = Entries::open(path)?;
    while let Some((name, file_type)) = entries.next()? {
        visit(name, file_type);
    }
    Ok(())
}
