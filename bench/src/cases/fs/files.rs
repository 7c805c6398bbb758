//! The files that are read. They are made once, beside the program: on a disk, where `/tmp` may be memory.

use std::env;
use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::support::Random;

pub const SMALL: usize = 4096;
pub const BIG: usize = 1 << 20;

/// The small files take turns.
const COUNT: usize = 64;

const ENTRIES: usize = 100_000;

/// A folder, with all that is in it.
fn folder() -> &'static PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let beside = env::current_exe().expect("it has a path");
        let folder = beside.with_file_name("bench-files");
        if !folder.join("complete").exists() {
            make(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        }
        folder
    })
}

fn make(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder.join("many"))?;
    for number in 0..COUNT {
        fs::write(folder.join(format!("small-{number}")), vec![number as u8; SMALL])?;
    }
    for entry in 0..ENTRIES {
        File::create(folder.join(format!("many/entry-{entry:06}")))?;
    }
    fs::write(folder.join("big"), vec![1; 64 * BIG])?;
    for name in ["big", "small-0"] {
        File::open(folder.join(name))?.sync_all()?;
    }
    fs::write(folder.join("complete"), "")
}

pub fn small(number: usize) -> PathBuf {
    folder().join(format!("small-{}", number % COUNT))
}

/// All small files, in the cache.
pub fn small_files() -> Vec<PathBuf> {
    let files: Vec<_> = (0..COUNT).map(small).collect();
    for file in &files {
        assert_eq!(fs::read(file).expect("it is there").len(), SMALL);
    }
    files
}

/// 64 MiB.
pub fn big() -> PathBuf {
    folder().join("big")
}

/// `ENTRIES` names.
pub fn many() -> PathBuf {
    folder().join("many")
}

pub fn check_entries(count: usize) {
    assert_eq!(count, ENTRIES);
}

/// An open file and from where to read in it.
pub struct Source {
    file: File,
    uncached: bool,
    len: usize,
    random: Random,
}

impl Source {
    /// The first part of the big file, in the cache; or, if `uncached`, its places at random, in no cache.
    pub fn new(len: usize, uncached: bool) -> Self {
        let file = File::open(big()).expect("it is there");
        let advice = if uncached { libc::POSIX_FADV_RANDOM } else { libc::POSIX_FADV_WILLNEED };
        advise(&file, 0, 8 * BIG, advice);
        if !uncached {
            let content = &mut vec![0; 8 * BIG];
            io::Read::read_exact(&mut &file, content).expect("it has as many bytes");
        }
        Source { file, uncached, len, random: Random(88_172_645_463_325_252) }
    }

    pub fn file(&self) -> &File {
        &self.file
    }

    /// The next offset.
    pub fn next(&mut self) -> u64 {
        if self.uncached {
            let offset = self.random.below((64 * BIG / self.len) as u64) * self.len as u64;
            advise(&self.file, offset, self.len, libc::POSIX_FADV_DONTNEED);
            return offset;
        }
        self.random.below((8 * BIG / self.len) as u64) * self.len as u64
    }
}

fn advise(file: &File, offset: u64, len: usize, advice: i32) {
    // SAFETY: the call takes no pointers.
    let status = unsafe { libc::posix_fadvise(file.as_raw_fd(), offset as i64, len as i64, advice) };
    assert_eq!(status, 0);
}
