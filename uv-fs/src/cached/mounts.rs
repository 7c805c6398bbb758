//! Which mounted file systems answer from this machine's memory what they have in it. Others (network file systems, those
//! of a process) may ask somebody else about a file that the kernel knows, so they are left to the pool.

use std::cell::Cell;
use std::collections::HashMap;
use std::fs;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::sync::{PoisonError, RwLock};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, Statx, StatxFlags};

use super::{Attempt, Miss};

/// `STATX_MNT_ID_UNIQUE`, since Linux 6.8: an id that no later mount is given.
pub(super) const UNIQUE_ID: StatxFlags = StatxFlags::from_bits_retain(0x4000);

/// Mounts come and go; the table does not grow with them.
const KNOWN: usize = 1024;

static MOUNTS: RwLock<Option<HashMap<Id, Mount>>> = RwLock::new(None);

/// The mount's id and, as that may be given anew on older systems, the device.
type Id = (u64, u32, u32);

/// Where the answers of a file system come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answers {
    /// From somebody who may let wait for them.
    Elsewhere,
    /// From this machine: what is in memory from there, the rest from a disk.
    Local,
    /// Always from memory.
    Memory,
}

#[derive(Clone, Copy)]
pub(super) struct Mount {
    pub(super) answers: Answers,
    /// Whether all that it is mounted below are this machine's as well, so that nobody else is asked on the way to it.
    pub(super) is_near: bool,
}

/// That of a file.
pub(super) fn mount(file: &Statx) -> Attempt<Mount> {
    thread_local! {
        /// That of the file before, most often.
        static LAST: Cell<Option<(Id, Mount)>> = const { Cell::new(None) };
    }
    let id = id(file).ok_or(Miss::Uncached)?;
    if let Some((last, mount)) = LAST.get()
        && last == id
    {
        return Ok(mount);
    }
    let mounts = MOUNTS.read().unwrap_or_else(PoisonError::into_inner);
    let mount = mounts.as_ref().and_then(|mounts| mounts.get(&id)).copied().ok_or(Miss::UnknownMount)?;
    LAST.set(Some((id, mount)));
    Ok(mount)
}

/// Looks what kind of file system a file is on, which may block.
pub(crate) fn learn_of(fd: impl AsFd) {
    let fd = fd.as_fd();
    let mask = StatxFlags::BASIC_STATS | UNIQUE_ID;
    let Ok(file) = rustix::fs::statx(fd, "", AtFlags::EMPTY_PATH, mask) else { return };
    let Some(id) = id(&file) else { return };
    if mount(&file).is_ok() {
        return;
    }
    let Ok(statfs) = rustix::fs::fstatfs(fd) else { return };
    let kind = statfs.f_type as u32;
    let answers = match kind {
        _ if MEMORY.contains(&kind) => Answers::Memory,
        _ if LOCAL.contains(&kind) => Answers::Local,
        _ => Answers::Elsewhere,
    };
    let is_near = answers != Answers::Elsewhere && number(fd).is_some_and(is_near);
    let mut mounts = MOUNTS.write().unwrap_or_else(PoisonError::into_inner);
    let mounts = mounts.get_or_insert_default();
    if mounts.len() >= KNOWN {
        mounts.clear();
    }
    mounts.insert(id, Mount { answers, is_near });
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

/// The mount's number in `/proc/self/mountinfo`, which is not the unique one.
fn number(fd: BorrowedFd<'_>) -> Option<u64> {
    let file = rustix::fs::statx(fd, "", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID).ok()?;
    (file.stx_mask & StatxFlags::MNT_ID.bits() != 0).then_some(file.stx_mnt_id)
}

fn is_near(number: u64) -> bool {
    let Ok(table) = fs::read("/proc/self/mountinfo") else { return false };
    is_near_in(&String::from_utf8_lossy(&table), number)
}

/// Each line of the table has the mount's number, that of the mount which it is below (of the root: one that is not in the
/// table), and, behind a lone `-`, the file system's type.
fn is_near_in(table: &str, number: u64) -> bool {
    let parse = |line: &'_ str| -> Option<(u64, (u64, bool))> {
        let mut fields = line.split(' ');
        let (number, parent) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        let kind = fields.skip_while(|&field| field != "-").nth(1)?;
        Some((number, (parent, NEAR.contains(&kind))))
    };
    let mounts: HashMap<_, _> = table.lines().filter_map(parse).collect();
    if !mounts.contains_key(&number) {
        return false;
    }
    let mut next = number;
    for _ in 0..mounts.len() {
        match mounts.get(&next) {
            Some(&(parent, true)) => next = parent,
            Some((_, false)) => return false,
            None => return true,
        }
    }
    !mounts.contains_key(&next)
}

/// The names of the types below, and of those that have but directories in memory.
const NEAR: &[&str] = &[
    "ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "zfs", "bcachefs", "overlay", "squashfs", "erofs", "iso9660",
    "tmpfs", "ramfs", "rootfs", "devtmpfs",
];

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_is_near_if_all_that_it_is_below_are() {
        let table = "\
            22 1 254:0 / / rw,relatime - ext4 /dev/root rw\n\
            23 22 0:21 / /proc rw - proc proc rw\n\
            24 22 0:30 / /mnt/a\\040b rw shared:1 master:2 - fuse.sshfs them: rw\n\
            25 24 254:1 / /mnt/a\\040b/disk rw - xfs /dev/b rw\n\
            26 22 0:31 / /tmp rw shared:3 - tmpfs tmpfs rw\n\
            27 26 254:1 / /tmp/disk rw - xfs /dev/b rw\n\
            30 31 254:1 / /a rw - xfs /dev/b rw\n\
            31 30 254:1 / /b rw - xfs /dev/b rw\n";
        let near: Vec<_> = (20..35).filter(|&number| is_near_in(table, number)).collect();
        assert_eq!(near, [22, 26, 27], "30 and 31 are below each other");
        assert!(!is_near_in("", 22) && !is_near_in("22 - ext4", 22));
    }

    #[test]
    fn the_mount_of_a_file_is_found() {
        let file = tempfile::tempfile().unwrap();
        let number = number(file.as_fd()).expect("Linux tells it since 5.8");
        let table = fs::read_to_string("/proc/self/mountinfo").unwrap();
        assert!(table.lines().any(|line| line.starts_with(&format!("{number} "))));
    }
}
