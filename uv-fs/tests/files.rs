//! Blocking requests: what the random programs of `model.rs` don't reach.

use std::fs::{self, File};
use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use uv_fs::{CopyFlags, FileType, OpenFlags, Stat, Timespec, sync};
use uv_sys::Error;

fn mkfifo(path: &Path) {
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mkfifoat(rustix::fs::CWD, path, mode).unwrap();
}

fn same(stat: Stat, metadata: fs::Metadata) {
    let time = |sec, nsec: i64| Timespec { sec, nsec: nsec as u32 };
    assert_eq!((stat.dev, stat.ino), (metadata.dev(), metadata.ino()));
    assert_eq!((stat.mode, stat.nlink), (metadata.mode(), metadata.nlink()));
    assert_eq!((stat.uid, stat.gid, stat.rdev), (metadata.uid(), metadata.gid(), metadata.rdev()));
    assert_eq!((stat.size, stat.blocks), (metadata.size(), metadata.blocks()));
    assert_eq!(stat.blksize, metadata.blksize());
    assert_eq!(stat.atime, time(metadata.atime(), metadata.atime_nsec()));
    assert_eq!(stat.mtime, time(metadata.mtime(), metadata.mtime_nsec()));
    assert_eq!(stat.ctime, time(metadata.ctime(), metadata.ctime_nsec()));
    let born = metadata.created().map(|time| time.duration_since(UNIX_EPOCH).unwrap());
    if let Ok(born) = born {
        assert_eq!(stat.birthtime, time(born.as_secs() as i64, born.subsec_nanos().into()));
    }
}

#[test]
fn stat_tells_what_std_tells() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    sync::write_file(&file, [0; 10_000]).unwrap();
    let link = dir.path().join("link");
    sync::symlink("file", &link).unwrap();
    for path in [&file, &link, &dir.path().into(), &"/dev/null".into()] {
        same(sync::stat(path).unwrap(), fs::metadata(path).unwrap());
        same(sync::lstat(path).unwrap(), fs::symlink_metadata(path).unwrap());
        let open = File::open(path).unwrap();
        same(sync::fstat(&open).unwrap(), open.metadata().unwrap());
    }
}

#[test]
fn types_of_entries() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name| dir.path().join(name);
    sync::write_file(at("file"), "").unwrap();
    sync::mkdir(at("dir"), 0o777).unwrap();
    sync::symlink("dir", at("link")).unwrap();
    mkfifo(&at("fifo"));
    let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    let entries = sync::scandir(dir.path()).unwrap();
    let types: Vec<_> = entries.iter().map(|entry| (entry.name().to_str().unwrap(), entry.file_type())).collect();
    let expected = [
        ("dir", FileType::Dir),
        ("fifo", FileType::Fifo),
        ("file", FileType::File),
        ("link", FileType::Link),
        ("socket", FileType::Socket),
    ];
    assert_eq!(types, expected);
    for (name, file_type) in expected {
        assert_eq!(sync::lstat(at(name)).unwrap().file_type(), file_type);
    }
}

#[test]
fn a_directory_of_many_entries() {
    let dir = tempfile::tempdir().unwrap();
    let mut names: Vec<_> = (0..2000).map(|i| format!("{i}{}", "x".repeat(i % 200))).collect();
    for name in &names {
        sync::write_file(dir.path().join(name), "").unwrap();
    }
    names.sort();
    let entries = sync::scandir(dir.path()).unwrap();
    assert!(entries.iter().map(|entry| entry.name()).eq(names.iter().map(String::as_str)));
}

#[test]
fn descriptors_are_not_inherited() {
    let fd = sync::open("/dev/null", OpenFlags::RDONLY, 0).unwrap();
    let flags = rustix::io::fcntl_getfd(&fd).unwrap();
    assert!(flags.contains(rustix::io::FdFlags::CLOEXEC));
}

#[test]
fn a_descriptor_is_closed_with_its_last_owner() {
    let (mut reader, writer) = std::io::pipe().unwrap();
    let fd = Arc::new(writer.as_fd().try_clone_to_owned().unwrap());
    drop(writer);
    let other = fd.clone();
    sync::close(fd).unwrap();
    assert_eq!(sync::write(&other, b"still open", None), Ok(10));
    sync::close(other).unwrap();
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(text, "still open");
}

#[test]
fn position_and_offset() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let fd = sync::open(file.path(), OpenFlags::RDWR, 0).unwrap();
    assert_eq!(sync::write(&fd, b"abc", None), Ok(3));
    assert_eq!(sync::write(&fd, b"xyz", Some(6)), Ok(3));
    assert_eq!(sync::write(&fd, b"d", None), Ok(1));
    let mut buf = [9; 10];
    assert_eq!(sync::read(&fd, &mut buf, Some(0)), Ok(9));
    assert_eq!(&buf, b"abcd\0\0xyz\x09");
    assert_eq!(sync::read(&fd, &mut buf[..2], None), Ok(2));
    assert_eq!(sync::read(&fd, &mut [], None), Ok(0));
    assert_eq!(sync::read(&fd, &mut buf, Some(9)), Ok(0));
    assert_eq!(sync::read(&fd, &mut buf, Some(1 << 40)), Ok(0));
    assert_eq!(sync::write(&fd, b"", None), Ok(0));
}

#[test]
fn whole_files_of_any_size() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for size in [0, 1, 4096, 3_000_001] {
        let data: Vec<u8> = (0..size).map(|i| (i * 31 % 251) as u8).collect();
        sync::write_file(file.path(), &data).unwrap();
        assert!(sync::read_file(file.path()).unwrap() == data);
        sync::append_file(file.path(), "end").unwrap();
        assert!(sync::read_file(file.path()).unwrap() == [&data[..], b"end"].concat());
    }
    // Files of the kernel's own say that they are empty.
    assert_eq!(sync::stat("/proc/version").unwrap().size, 0);
    assert!(sync::read_file("/proc/version").unwrap().ends_with(b"\n"));
}

#[test]
fn a_copy_has_content_and_mode() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    let data = vec![7; 1_000_000];
    sync::write_file(&a, &data).unwrap();
    for flags in [CopyFlags::EXCL, CopyFlags::default(), CopyFlags::FICLONE] {
        sync::chmod(&a, 0o640 | flags.bits() as u32).unwrap();
        sync::copyfile(&a, &b, flags).unwrap();
        assert!(sync::read_file(&b).unwrap() == data);
        assert_eq!(sync::stat(&b).unwrap().mode, sync::stat(&a).unwrap().mode);
    }
    sync::write_file(&a, "short").unwrap();
    sync::copyfile(&a, &b, CopyFlags::default()).unwrap();
    assert_eq!(sync::read_file(&b).unwrap(), b"short");
    sync::copyfile("/proc/version", &b, CopyFlags::default()).unwrap();
    assert_eq!(sync::read_file(&b).unwrap(), sync::read_file("/proc/version").unwrap());
}

#[test]
fn a_file_is_not_copied_onto_itself() {
    let dir = tempfile::tempdir().unwrap();
    let (a, hard, soft) = (dir.path().join("a"), dir.path().join("hard"), dir.path().join("soft"));
    sync::write_file(&a, "precious").unwrap();
    sync::link(&a, &hard).unwrap();
    sync::symlink("a", &soft).unwrap();
    let names = [&a, &hard, &soft, &dir.path().join("./a")];
    for src in names {
        for dst in names {
            for flags in [CopyFlags::default(), CopyFlags::FICLONE_FORCE] {
                sync::copyfile(src, dst, flags).unwrap();
                assert_eq!(sync::read_file(&a).unwrap(), b"precious");
            }
        }
    }
}

#[test]
fn a_copy_has_the_times() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let (atime, mtime) = (Timespec { sec: 1000, nsec: 5 }, Timespec { sec: -2000, nsec: 999_999_999 });
    for (content, name) in [("", "empty"), ("data", "full")] {
        for old in [None, Some("old")] {
            sync::write_file(at(name), content).unwrap();
            sync::utime(at(name), atime, mtime).unwrap();
            let _ = sync::unlink(at("copy"));
            if let Some(old) = old {
                sync::write_file(at("copy"), old).unwrap();
            }
            sync::copyfile(at(name), at("copy"), CopyFlags::default()).unwrap();
            let copy = sync::stat(at("copy")).unwrap();
            assert_eq!(copy.atime, atime);
            assert_eq!(copy.mtime == mtime, content.is_empty(), "what is written to is modified");
        }
    }
}

/// Only a privileged process may give a file away: for any other one the copy is its own.
#[test]
fn a_copy_has_the_owner_if_that_may_be() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    sync::write_file(at("a"), b"data").unwrap();
    let ours = sync::stat(at("a")).unwrap();
    let given = sync::chown(at("a"), Some(1234), Some(2345)).is_ok();
    sync::chmod(at("a"), 0o4755).unwrap();
    sync::copyfile(at("a"), at("b"), CopyFlags::default()).unwrap();
    let copy = sync::stat(at("b")).unwrap();
    assert_eq!((copy.uid, copy.gid), if given { (1234, 2345) } else { (ours.uid, ours.gid) });
    // What an unprivileged process writes to loses the bit.
    assert_eq!(copy.mode & 0o7777, if given { 0o4755 } else { 0o755 });
}

#[test]
fn a_copy_that_fails_leaves_no_half() {
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("copy");
    let forced = sync::copyfile("/proc/version", &copy, CopyFlags::FICLONE_FORCE);
    assert!(forced.is_err(), "no block of /proc can be shared");
    assert_eq!(sync::stat(&copy).unwrap_err().error(), Error::ENOENT);

    // This one says EIO at the first read, after the destination was opened.
    let failed = sync::copyfile("/proc/self/mem", &copy, CopyFlags::default()).unwrap_err();
    assert_eq!(failed.error(), Error::EIO);
    assert_eq!(sync::stat(&copy).unwrap_err().error(), Error::ENOENT);
}

#[test]
fn a_copy_into_a_fifo_leaves_it_there() {
    let dir = tempfile::tempdir().unwrap();
    let (src, fifo) = (dir.path().join("src"), dir.path().join("fifo"));
    sync::write_file(&src, vec![1; 1 << 20]).unwrap();
    sync::chmod(&src, 0o700).unwrap();
    mkfifo(&fifo);
    let reader = std::thread::spawn({
        let fifo = fifo.clone();
        move || sync::read_file(fifo).unwrap().len()
    });
    sync::copyfile(&src, &fifo, CopyFlags::default()).unwrap();
    assert_eq!(reader.join().unwrap(), 1 << 20);

    let reader = std::thread::spawn({
        let fifo = fifo.clone();
        move || drop(File::open(fifo))
    });
    // More than a pipe holds, so it meets the end of the reader.
    let error = sync::copyfile(&src, &fifo, CopyFlags::default()).unwrap_err();
    reader.join().unwrap();
    assert_eq!(error.error(), Error::EPIPE);
    let metadata = fs::metadata(&fifo).unwrap();
    assert!(metadata.file_type().is_fifo());
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
}

#[test]
fn times() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let set = |atime, mtime| {
        sync::utime(file.path(), atime, mtime).unwrap();
        let stat = sync::fstat(file.as_file()).unwrap();
        (stat.atime, stat.mtime)
    };
    let time = |sec, nsec| Timespec { sec, nsec };
    assert_eq!(set(1.5, 1e9), (time(1, 500_000_000), time(1_000_000_000, 0)));
    assert_eq!(set(f64::NAN, 0.000000125), (time(1, 500_000_000), time(0, 125)));
    assert_eq!(set(-1.25, f64::NAN), (time(-2, 750_000_000), time(0, 125)));
    let (atime, mtime) = set(f64::INFINITY, f64::NEG_INFINITY);
    assert!(atime > time(1_500_000_000, 0) && mtime > time(1_500_000_000, 0));
}

#[test]
fn temporary_directories_differ() {
    let dir = tempfile::tempdir().unwrap();
    let mut paths: Vec<_> = (0..100).map(|_| sync::mkdtemp(dir.path().join("t-")).unwrap()).collect();
    for path in &paths {
        let name = path.file_name().unwrap().to_str().unwrap();
        let random = name.strip_prefix("t-").unwrap();
        assert!(random.len() == 6 && random.bytes().all(|b| b.is_ascii_alphanumeric()), "{name}");
    }
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), 100);
    assert_eq!(sync::scandir(dir.path()).unwrap().len(), 100);
}
