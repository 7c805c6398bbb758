use std::ffi::{OsStr, OsString};

use rustix::fs::{RawMode, Stat as RawStat};

/// What the file system knows of a file, as libuv's `uv_stat_t`. The default is all zeros: there is no such file.
///
/// ```
/// use uv_fs::{FileType, sync};
///
/// let stat = sync::stat("/dev/null")?;
/// assert_eq!(stat.file_type(), FileType::CharDevice);
/// assert_eq!(stat.permissions(), stat.mode & 0o7777);
/// # Ok::<(), uv_fs::FsError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Stat {
    /// The device that holds the file.
    pub dev: u64,
    /// The file's number on that device.
    pub ino: u64,
    /// Type and permissions: `st_mode`.
    pub mode: u32,
    /// How many names the file has.
    pub nlink: u64,
    /// The owner.
    pub uid: u32,
    /// The group.
    pub gid: u32,
    /// The device that the file itself stands for, 0 if none.
    pub rdev: u64,
    /// Bytes.
    pub size: u64,
    /// The size in bytes of blocks that suits reads and writes.
    pub blksize: u64,
    /// How many units of 512 bytes are allocated.
    pub blocks: u64,
    /// When the file was read last.
    pub atime: Timespec,
    /// When the content was changed last.
    pub mtime: Timespec,
    /// When the content or any of the other fields was changed last.
    pub ctime: Timespec,
    /// When the file was made; the epoch where the file system doesn't record it, and `ctime` where
    /// the system can't tell it.
    pub birthtime: Timespec,
}

impl Stat {
    /// The type that [`mode`](Stat::mode) tells.
    ///
    /// ```
    /// use uv_fs::{FileType, sync};
    ///
    /// assert_eq!(sync::stat("/")?.file_type(), FileType::Dir);
    /// # Ok::<(), uv_fs::FsError>(())
    /// ```
    pub fn file_type(&self) -> FileType {
        FileType::from_mode(self.mode)
    }

    /// The bits of [`mode`](Stat::mode) that `chmod` sets.
    ///
    /// ```
    /// use uv_fs::sync;
    ///
    /// let file = tempfile::NamedTempFile::new()?;
    /// sync::chmod(file.path(), 0o640)?;
    /// assert_eq!(sync::stat(file.path())?.permissions(), 0o640);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn permissions(&self) -> u32 {
        self.mode & 0o7777
    }

    #[allow(clippy::unnecessary_cast)] // the widths of these fields differ among platforms
    pub(crate) fn from_raw(raw: RawStat) -> Stat {
        let time = |sec, nsec| Timespec { sec, nsec };
        let ctime = time(raw.st_ctime as i64, raw.st_ctime_nsec as u32);
        Stat {
            dev: raw.st_dev as u64,
            ino: raw.st_ino as u64,
            mode: raw.st_mode as u32,
            nlink: raw.st_nlink as u64,
            uid: raw.st_uid as u32,
            gid: raw.st_gid as u32,
            rdev: raw.st_rdev as u64,
            size: raw.st_size as u64,
            blksize: raw.st_blksize as u64,
            blocks: raw.st_blocks as u64,
            atime: time(raw.st_atime as i64, raw.st_atime_nsec as u32),
            mtime: time(raw.st_mtime as i64, raw.st_mtime_nsec as u32),
            ctime,
            birthtime: ctime,
        }
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(crate) fn from_statx(raw: rustix::fs::Statx) -> Stat {
        use rustix::fs::makedev;

        let time = |time: rustix::fs::StatxTimestamp| Timespec { sec: time.tv_sec, nsec: time.tv_nsec };
        Stat {
            dev: makedev(raw.stx_dev_major, raw.stx_dev_minor),
            ino: raw.stx_ino,
            mode: raw.stx_mode.into(),
            nlink: raw.stx_nlink.into(),
            uid: raw.stx_uid,
            gid: raw.stx_gid,
            rdev: makedev(raw.stx_rdev_major, raw.stx_rdev_minor),
            size: raw.stx_size,
            blksize: raw.stx_blksize.into(),
            blocks: raw.stx_blocks,
            atime: time(raw.stx_atime),
            mtime: time(raw.stx_mtime),
            ctime: time(raw.stx_ctime),
            birthtime: time(raw.stx_btime),
        }
    }
}

/// What is known of a file system, as libuv's `uv_statfs_t`. Sizes are in blocks.
///
/// ```
/// let root = uv_fs::sync::statfs("/")?;
/// println!("{} MiB are free", root.bavail * root.bsize >> 20);
/// # Ok::<(), uv_fs::FsError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct StatFs {
    /// The magic number of the file system's type.
    pub fs_type: u64,
    /// The size in bytes of a block.
    pub bsize: u64,
    /// The size in bytes of a fragment, which is what blocks are counted in where it differs from `bsize`.
    pub frsize: u64,
    /// How many blocks there are.
    pub blocks: u64,
    /// How many of them are free.
    pub bfree: u64,
    /// How many are free for a user without privileges.
    pub bavail: u64,
    /// How many files there can be, 0 if that is not limited.
    pub files: u64,
    /// How many more there can be.
    pub ffree: u64,
}

impl StatFs {
    #[allow(clippy::unnecessary_cast)] // the widths of these fields differ among platforms
    pub(crate) fn from_raw(raw: rustix::fs::StatFs) -> StatFs {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let frsize = raw.f_frsize as u64;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let frsize = raw.f_bsize as u64;
        StatFs {
            fs_type: raw.f_type as u64,
            bsize: raw.f_bsize as u64,
            frsize,
            blocks: raw.f_blocks as u64,
            bfree: raw.f_bfree as u64,
            bavail: raw.f_bavail as u64,
            files: raw.f_files as u64,
            ffree: raw.f_ffree as u64,
        }
    }
}

/// A time since 1970-01-01 00:00 UTC, as libuv's `uv_timespec_t`. Times order as they follow each
/// other; before 1970 the seconds are negative and the nanoseconds still count forward.
///
/// ```
/// use uv_fs::Timespec;
///
/// let half_past = Timespec { sec: 0, nsec: 500_000_000 };
/// assert!(half_past > Timespec::default());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timespec {
    /// Whole seconds.
    pub sec: i64,
    /// Nanoseconds after them, below 1,000,000,000.
    pub nsec: u32,
}

/// The types of files, as libuv's `uv_dirent_type_t`. The set is closed.
///
/// ```
/// use uv_fs::FileType;
///
/// assert_eq!(FileType::from_mode(0o100644), FileType::File);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FileType {
    /// Not told: by a directory whose file system doesn't keep types, which `lstat` then tells.
    #[default]
    Unknown = 0,
    /// A regular file.
    File,
    /// A directory.
    Dir,
    /// A symbolic link.
    Link,
    /// A named pipe.
    Fifo,
    /// A Unix-domain socket.
    Socket,
    /// A character device.
    CharDevice,
    /// A block device.
    BlockDevice,
}

impl FileType {
    /// The type in the `S_IFMT` bits of an `st_mode`.
    ///
    /// ```
    /// use uv_fs::FileType;
    ///
    /// assert_eq!(FileType::from_mode(0o040755), FileType::Dir);
    /// assert_eq!(FileType::from_mode(0o755), FileType::Unknown);
    /// ```
    pub fn from_mode(mode: u32) -> FileType {
        FileType::from_raw(rustix::fs::FileType::from_raw_mode(mode as RawMode))
    }

    /// Its number as libuv's `uv_dirent_type_t`, which is also that of Node's `UV_DIRENT_*`.
    ///
    /// ```
    /// use uv_fs::FileType;
    ///
    /// let all = [FileType::Unknown, FileType::File, FileType::Dir, FileType::Link];
    /// assert_eq!(all.map(FileType::dirent_type), [0, 1, 2, 3]);
    /// let rest = [FileType::Fifo, FileType::Socket, FileType::CharDevice, FileType::BlockDevice];
    /// assert_eq!(rest.map(FileType::dirent_type), [4, 5, 6, 7]);
    /// ```
    #[must_use]
    pub const fn dirent_type(self) -> i32 {
        self as i32
    }

    /// The type whose [number](FileType::dirent_type) this is.
    pub(crate) fn from_number(number: u8) -> FileType {
        const ALL: [FileType; 8] = [
            FileType::Unknown,
            FileType::File,
            FileType::Dir,
            FileType::Link,
            FileType::Fifo,
            FileType::Socket,
            FileType::CharDevice,
            FileType::BlockDevice,
        ];
        ALL.get(usize::from(number)).copied().unwrap_or_default()
    }

    pub(crate) fn from_raw(raw: rustix::fs::FileType) -> FileType {
        use rustix::fs::FileType as Raw;
        match raw {
            Raw::RegularFile => FileType::File,
            Raw::Directory => FileType::Dir,
            Raw::Symlink => FileType::Link,
            Raw::Fifo => FileType::Fifo,
            Raw::Socket => FileType::Socket,
            Raw::CharacterDevice => FileType::CharDevice,
            Raw::BlockDevice => FileType::BlockDevice,
            _ => FileType::Unknown,
        }
    }
}

/// An entry of a directory, as libuv's `uv_dirent_t`.
///
/// ```
/// use uv_fs::{FileType, sync};
///
/// let dir = tempfile::tempdir()?;
/// sync::mkdir(dir.path().join("sub"), 0o755)?;
/// let entries = sync::scandir(dir.path())?;
/// assert_eq!(entries[0].name(), "sub");
/// assert_eq!(entries[0].file_type(), FileType::Dir);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Dirent {
    pub(crate) name: OsString,
    pub(crate) file_type: FileType,
}

impl Dirent {
    /// The name within the directory; any bytes but a slash and NUL.
    ///
    /// ```
    /// assert!(uv_fs::sync::scandir("/")?.iter().any(|entry| entry.name() == "dev"));
    /// # Ok::<(), uv_fs::FsError>(())
    /// ```
    pub fn name(&self) -> &OsStr {
        &self.name
    }

    /// The name, owned.
    ///
    /// ```
    /// let names: Vec<_> = uv_fs::sync::scandir("/")?.into_iter().map(|entry| entry.into_name()).collect();
    /// assert!(names.iter().any(|name| name == "dev"));
    /// # Ok::<(), uv_fs::FsError>(())
    /// ```
    pub fn into_name(self) -> OsString {
        self.name
    }

    /// The entry's own type: a symbolic link is not followed.
    ///
    /// ```
    /// use uv_fs::{FileType, sync};
    ///
    /// let dir = tempfile::tempdir()?;
    /// sync::symlink("/", dir.path().join("root"))?;
    /// assert_eq!(sync::scandir(dir.path())?[0].file_type(), FileType::Link);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn file_type(&self) -> FileType {
        self.file_type
    }
}
