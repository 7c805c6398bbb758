//! What the system does to a program in the middle of its work: full disks, disks that cannot be written to, signals,
//! files that change while they are read.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use uv_fs::{CopyFlags, FsError, OpenFlags, sync};
use uv_loop::{Loop, RunMode};
use uv_sys::Error;

const DISK: &str = "UV_FS_TEST_DISK";

/// Runs this test again where `prepare` has mounted a small disk of its own at `$DISK`: `None` where the system lets
/// nobody mount.
fn on_a_disk_of_its_own(test: &str, options: &str) -> Option<Output> {
    let disk = tempfile::tempdir().unwrap();
    let script = format!("mount -t tmpfs -o {options} none \"$1\" || exit 77; exec \"$0\" --exact {test} --nocapture");
    let mut command = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        command.arg("--map-root-user");
    }
    let shell = ["--mount", "sh", "-c", &script];
    let child = command.args(shell).arg(std::env::current_exe().unwrap()).arg(disk.path()).env(DISK, disk.path());
    let output = child.output().ok()?;
    let refused =
        output.status.code() == Some(77) || String::from_utf8_lossy(&output.stderr).contains("unshare failed");
    (!refused).then_some(output)
}

fn passed(output: Option<Output>) {
    let Some(output) = output else {
        return skip("no disk can be mounted here");
    };
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{output:?}");
}

/// Past the harness, which keeps to itself what is printed by tests that pass.
fn skip(why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}

/// A helper that promises all or nothing leaves nothing; the others what fitted.
#[test]
fn a_full_disk() {
    let Some(disk) = std::env::var_os(DISK).map(PathBuf::from) else {
        return passed(on_a_disk_of_its_own("a_full_disk", "size=256k"));
    };
    let big = vec![1; 1 << 20];
    let outside = tempfile::tempdir().unwrap();
    let source = outside.path().join("source");
    sync::write_file(&source, &big).unwrap();
    let at = |name: &str| disk.join(name);
    let names = || fs::read_dir(&disk).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();
    let full = |result: Result<(), FsError>, text: &str| {
        let error = result.unwrap_err();
        assert_eq!(error.error(), Error::ENOSPC);
        assert!(error.to_string().starts_with(&format!("ENOSPC: no space left on device, {text}")), "{error}");
    };

    full(sync::copyfile(&source, at("copy"), CopyFlags::default()), "copyfile");
    full(sync::copyfile(&source, at("copy"), CopyFlags::FICLONE), "copyfile");
    full(sync::write_file_atomic(at("new"), &big), "write");
    assert!(names().is_empty(), "{:?}", names());
    sync::write_file(at("old"), "precious").unwrap();
    full(sync::write_file_atomic(at("old"), &big), "write");
    assert_eq!(sync::read_file(at("old")).unwrap(), b"precious");
    full(sync::copy_tree(outside.path(), at("tree"), CopyFlags::default()), "copyfile");
    assert!(fs::read_dir(at("tree")).unwrap().next().is_none(), "no half of a file");
    assert_eq!(names().len(), 2);

    let lp = Loop::new().unwrap();
    let (path, data) = (at("old"), big.clone());
    uv_fs::write_file_atomic(&lp, &path, data, |_, result| assert_eq!(result.unwrap_err().error(), Error::ENOSPC));
    lp.run(RunMode::Default).unwrap();
    assert_eq!(sync::read_file(path).unwrap(), b"precious");

    // A write takes what there is room for, and the next one says that there is none.
    let fd = sync::open(at("log"), OpenFlags::CREAT | OpenFlags::WRONLY, 0o600).unwrap();
    let count = sync::write(&fd, &big, None).unwrap();
    assert!(count > 0 && count < big.len());
    assert_eq!(sync::write(&fd, b"x", None).unwrap_err().error(), Error::ENOSPC);
    full(sync::write_file(at("more"), &big), "write");
    full(sync::append_file(at("old"), &big), "write");
}

#[test]
fn a_disk_that_cannot_be_written_to() {
    let Some(disk) = std::env::var_os(DISK).map(PathBuf::from) else {
        return passed(on_a_disk_of_its_own("a_disk_that_cannot_be_written_to", "ro"));
    };
    let file = disk.join("file");
    let other = tempfile::NamedTempFile::new().unwrap();
    for error in [
        sync::write_file(&file, "").unwrap_err(),
        sync::write_file_atomic(&file, "").unwrap_err(),
        sync::append_file(&file, "").unwrap_err(),
        sync::mkdir(&file, 0o777).unwrap_err(),
        sync::mkdir_all(file.join("below"), 0o777).unwrap_err(),
        sync::mkdtemp(&file).unwrap_err(),
        sync::mkstemp(&file).map(drop).unwrap_err(),
        sync::symlink("x", &file).unwrap_err(),
        sync::copyfile(other.path(), &file, CopyFlags::default()).unwrap_err(),
        sync::copy_tree(other.path(), &file, CopyFlags::default()).unwrap_err(),
        sync::chmod(&disk, 0o700).unwrap_err(),
        sync::chown(&disk, Some(0), None).unwrap_err(),
        sync::utime(&disk, 1.0, 1.0).unwrap_err(),
        sync::lutime(&disk, 1.0, 1.0).unwrap_err(),
    ] {
        assert_eq!(error.error(), Error::EROFS, "{error}");
    }
    let error = sync::access(&disk, uv_fs::Access::W_OK).unwrap_err();
    assert_eq!(error.error(), Error::EROFS);
    assert_eq!(sync::scandir(&disk), Ok(Vec::new()));
}

/// Every other of these calls is interrupted before it has done anything.
#[test]
fn signals() {
    const CHILD: &str = "UV_FS_TEST_SIGNALS";
    if std::env::var_os(CHILD).is_none() {
        let calls = "openat,read,pread64,readv,preadv,preadv2,write,pwrite64,writev,pwritev,ftruncate,fsync,fdatasync,\
                     copy_file_range,sendfile,getdents64,statx,openat2,fchmod,flock";
        let mut strace = Command::new("strace");
        strace.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("inject={calls}:error=EINTR:when=20+2")]);
        // Along the directories that cargo names there the loader itself makes these calls, and they would be its own.
        let test = strace.env_remove("LD_LIBRARY_PATH").arg(std::env::current_exe().unwrap());
        let test = test.args(["--exact", "signals", "--nocapture", "--test-threads=1"]).env(CHILD, "1").output();
        match test {
            Ok(test) if String::from_utf8_lossy(&test.stderr).contains("PTRACE") => skip("strace may not trace here"),
            Ok(test) => passed(Some(test)),
            Err(_) => skip("strace is not installed"),
        }
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    for turn in 0..10 {
        let text = format!("turn {turn}").repeat(1000);
        sync::write_file(at("a"), &text).unwrap();
        assert!(sync::read_file(at("a")).unwrap() == text.as_bytes());
        sync::write_file_atomic(at("b"), &text).unwrap();
        sync::append_file(at("b"), "end").unwrap();
        assert_eq!(sync::stat(at("b")).unwrap().size as usize, text.len() + 3);
        sync::copyfile(at("a"), at("c"), CopyFlags::default()).unwrap();
        assert!(sync::read_file(at("c")).unwrap() == text.as_bytes());
        let fd = sync::open(at("c"), OpenFlags::RDWR, 0).unwrap();
        sync::ftruncate(&fd, 3).unwrap();
        sync::fsync(&fd).unwrap();
        sync::fdatasync(&fd).unwrap();
        assert_eq!(sync::write(&fd, b"xyz", Some(1)).unwrap(), 3);
        let mut buf = [0; 8];
        assert_eq!(sync::read(&fd, &mut buf, None).unwrap(), 4);
        assert_eq!(&buf[..4], b"txyz");
        let from = sync::open(at("a"), OpenFlags::RDONLY, 0).unwrap();
        assert_eq!(sync::sendfile(&fd, &from, 0, 4).unwrap(), 4);
        assert_eq!(sync::scandir(dir.path()).unwrap().len(), 3);
        let lp = Loop::new().unwrap();
        let expected = text.clone();
        uv_fs::read_file(&lp, at("a"), move |_, content| assert!(content.unwrap() == expected.as_bytes()));
        uv_fs::read(&lp, from, vec![0; 4], Some(0), |_, count, buf| assert_eq!((count, &*buf), (Ok(4), &b"turn"[..])));
        lp.run(RunMode::Default).unwrap();
    }
}

#[test]
fn a_directory_that_is_removed_while_it_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("dir");
    sync::mkdir(&path, 0o777).unwrap();
    for i in 0..2000 {
        sync::write_file(path.join(i.to_string()), "").unwrap();
    }
    let mut open = sync::opendir(&path).unwrap();
    assert_eq!(sync::readdir(&mut open, 10).unwrap().len(), 10);
    sync::remove_tree(&path).unwrap();
    // What the kernel gave before may still come; then there is an end.
    let mut rest = 0;
    loop {
        match sync::readdir(&mut open, 100).unwrap().len() {
            0 => break,
            count => rest += count,
        }
    }
    assert!(rest < 2000);
    assert_eq!(sync::readdir(&mut open, 1), Ok(Vec::new()));
    sync::closedir(open).unwrap();
}

#[test]
fn a_file_that_is_cut_while_it_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    let full = vec![7; 300_000];
    sync::write_file(&path, &full).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let cutter = std::thread::spawn({
        let (file, stop) = (File::options().write(true).open(&path).unwrap(), stop.clone());
        move || {
            while !stop.load(Ordering::Relaxed) {
                sync::ftruncate(&file, 100_000).unwrap();
                sync::ftruncate(&file, 300_000).unwrap();
            }
        }
    });
    let file = Arc::new(File::open(&path).unwrap());
    let lp = Loop::new().unwrap();
    let known = |content: &[u8]| content.iter().all(|&byte| byte == 7 || byte == 0);
    for _ in 0..100 {
        uv_fs::read_file(&lp, &path, move |_, content| {
            let content = content.unwrap();
            assert!((100_000..=300_000).contains(&content.len()) && known(&content));
        });
        uv_fs::read(&lp, file.clone(), vec![1; 300_000], Some(0), move |_, count, buf| {
            let count = count.unwrap();
            assert!((100_000..=300_000).contains(&count) && known(&buf[..count]));
        });
        lp.run(RunMode::Default).unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    cutter.join().unwrap();
}

#[test]
fn more_buffers_than_the_kernel_takes() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let open = || file.reopen().unwrap();
    let lp = Loop::new().unwrap();
    let pieces: Vec<Vec<u8>> = (0..5000).map(|i| vec![i as u8; i % 5]).collect();
    let all = pieces.concat();
    let len = all.len();
    uv_fs::write_vectored(&lp, open(), pieces, None, move |_, count, back| {
        assert_eq!((count, back.len()), (Ok(len), 5000));
    });
    lp.run(RunMode::Default).unwrap();
    assert!(sync::read_file(file.path()).unwrap() == all);
    for offset in [None, Some(0)] {
        let all = all.clone();
        uv_fs::read_vectored(&lp, open(), vec![vec![0; 2]; 3000], offset, move |_, count, bufs| {
            let count = count.unwrap();
            assert!(count >= 2048 && bufs.concat()[..count] == all[..count]);
        });
        lp.run(RunMode::Default).unwrap();
    }
}

#[test]
fn a_pipe_that_is_full_takes_what_it_can() {
    let (reader, writer) = std::io::pipe().unwrap();
    rustix::io::ioctl_fionbio(&writer, true).unwrap();
    let data = vec![1; 1 << 20];
    let count = sync::write(&writer, &data, None).unwrap();
    assert!(count > 0 && count < data.len());
    assert_eq!(sync::write(&writer, &data, None).unwrap_err().error(), Error::EAGAIN);
    let mut buf = vec![0; 1 << 20];
    assert_eq!(sync::read(&reader, &mut buf, None), Ok(count));
}

#[test]
fn an_atomic_write_keeps_what_a_file_is() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    sync::write_file(at("file"), "old").unwrap();
    sync::chmod(at("file"), 0o6750).unwrap();
    sync::symlink("file", at("link")).unwrap();
    sync::symlink("made", at("dangling")).unwrap();
    sync::write_file_atomic(at("link"), "new").unwrap();
    sync::write_file_atomic(at("dangling"), "made").unwrap();
    assert_eq!(sync::read_file(at("file")).unwrap(), b"new");
    assert_eq!(sync::stat(at("file")).unwrap().permissions(), 0o6750);
    assert_eq!(sync::readlink(at("link")).unwrap(), Path::new("file"));
    assert_eq!(sync::read_file(at("made")).unwrap(), b"made");
    let long = "x".repeat(255);
    sync::write_file_atomic(at(&long), "long").unwrap();
    sync::symlink("loop", at("loop")).unwrap();
    assert_eq!(sync::write_file_atomic(at("loop"), "").unwrap_err().error(), Error::ELOOP);
    assert_eq!(sync::scandir(dir.path()).unwrap().len(), 6);
}

#[test]
fn trees() {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("from"), dir.path().join("to"));
    let deep: PathBuf = std::iter::repeat_n("deep", 200).collect();
    sync::mkdir_all(from.join(&deep), 0o777).unwrap();
    sync::write_file(from.join(&deep).join("file"), "text").unwrap();
    sync::symlink("nowhere", from.join("link")).unwrap();
    sync::symlink("..", from.join("up")).unwrap();
    sync::mkdir(from.join("closed"), 0o777).unwrap();
    sync::write_file(from.join("closed/file"), "").unwrap();
    sync::chmod(from.join("closed"), 0o555).unwrap();
    for _ in 0..2 {
        sync::copy_tree(&from, &to, CopyFlags::default()).unwrap();
        assert_eq!(sync::read_file(to.join(&deep).join("file")).unwrap(), b"text");
        assert_eq!(sync::readlink(to.join("link")).unwrap(), Path::new("nowhere"));
        assert_eq!(sync::stat(to.join("closed")).unwrap().permissions(), 0o555);
        assert_eq!(sync::scandir(&to).unwrap(), sync::scandir(&from).unwrap());
        sync::chmod(to.join("closed"), 0o755).unwrap();
    }
    let error = sync::copy_tree(&from, &to, CopyFlags::EXCL).unwrap_err();
    assert_eq!(error.error(), Error::EEXIST);
    sync::chmod(from.join("closed"), 0o755).unwrap();
    // No link is followed: what it leads to stays.
    sync::symlink(&from, to.join("other")).unwrap();
    sync::remove_tree(&to).unwrap();
    assert!(!to.exists() && from.join(&deep).join("file").exists());
    sync::symlink(&from, &to).unwrap();
    sync::remove_tree(&to).unwrap();
    assert!(from.exists());
    rustix::fs::mkfifoat(rustix::fs::CWD, from.join("fifo"), rustix::fs::Mode::from_raw_mode(0o600)).unwrap();
    assert_eq!(sync::copy_tree(&from, &to, CopyFlags::default()).unwrap_err().error(), Error::EINVAL);
}
