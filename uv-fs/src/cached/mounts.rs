//! Which mounted file systems answer from this machine's memory what they have in it. Others (network file systems, those
//! of a process) may ask somebody else about a file that the kernel knows, so they are left to the pool.

use std::cell::Cell;
use std::collections::HashMap;
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::{PoisonError, RwLock};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, Statx, StatxFlags};

use super::{Attempt, Miss};

/// `STATX_MNT_ID_UNIQUE`, since Linux 6.8: an id that no later mount is given.
pub(super) const UNIQUE_ID: StatxFlags = StatxFlags::from_bits_retain(0x4000);

/// Mounts come and go; the table does not grow with them.
const KNOWN: usize = 1024;

static MOUNTS: RwLock<Option<HashMap<Id, Answers>>> = RwLock::new(None);

/// The mount's id and, as that may be given anew on older systems, the device.
type Id = (u64, u32, u32);

/// Where the answers of a file system come from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Answers {
    /// From somebody who may let wait for them.
    Elsewhere,
    /// From this machine: what is in memory from there, the rest from a disk.
    Local,
    /// Always from memory.
    Memory,
}

pub(super) fn answers(file: &Statx) -> Attempt<Answers> {
    thread_local! {
        /// That of the file before, most often.
        static LAST: Cell<Option<(Id, Answers)>> = const { Cell::new(None) };
    }
    let id = id(file).ok_or(Miss::Uncached)?;
    if let Some((last, answers)) = LAST.get()
        && last == id
    {
        return Ok(answers);
    }
    let mounts = MOUNTS.read().unwrap_or_else(PoisonError::into_inner);
    let answers = mounts.as_ref().and_then(|mounts| mounts.get(&id)).copied().ok_or(Miss::UnknownMount)?;
    LAST.set(Some((id, answers)));
    Ok(answers)
}

/// Looks what kind of file system a file is on, which may block.
pub(crate) fn learn_of(fd: impl AsFd) {
    let fd = fd.as_fd();
    let mask = StatxFlags::BASIC_STATS | UNIQUE_ID;
    let Ok(file) = rustix::fs::statx(fd, "", AtFlags::EMPTY_PATH, mask) else { return };
    let Some(id) = id(&file) else { return };
    if answers(&file).is_ok() {
        return;
    }
    let Ok(statfs) = rustix::fs::fstatfs(fd) else { return };
    let mut mounts = MOUNTS.write().unwrap_or_else(PoisonError::into_inner);
    let mounts = mounts.get_or_insert_default();
    if mounts.len() >= KNOWN {
        mounts.clear();
    }
    let kind = statfs.f_type as u32;
    let answers = match kind {
        _ if MEMORY.contains(&kind) => Answers::Memory,
        _ if LOCAL.contains(&kind) => Answers::Local,
        _ => Answers::Elsewhere,
    };
    mounts.insert(id, answers);
}

/// [`learn_of`] the file that a path leads to.
pub(crate) fn learn_of_path(path: &Path) {
    let flags = OFlags::PATH | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    if let Ok(fd) = rustix::fs::openat(CWD, path, flags, Mode::empty()) {
        learn_of(&fd);
    }
    if let Ok(fd) = rustix::fs::openat(CWD, path, flags & !OFlags::NOFOLLOW, Mode::empty()) {
        learn_of(&fd);
    }
}

fn id(file: &Statx) -> Option<Id> {
    let known = UNIQUE_ID | StatxFlags::MNT_ID;
    (file.stx_mask & known.bits() != 0).then_some((file.stx_mnt_id, file.stx_dev_major, file.stx_dev_minor))
}

/// Their numbers in `statfs(2)`.
const LOCAL: &[u32] = &[
    0x0000_ef53, // ext2, ext3, ext4
    0x5846_5342, // XFS
    0x9123_683e, // Btrfs
    0xf2f5_2010, // F2FS
    0x2fc1_2fc1, // ZFS
    0xca45_1a4e, // bcachefs
    0x794c_7630, // overlayfs
    0x7371_7368, // SquashFS
    0xe0f5_e1e2, // EROFS
    0x0000_9660, // ISO 9660
];

const MEMORY: &[u32] = &[
    0x0102_1994, // tmpfs
    0x8584_58f6, // ramfs
];
