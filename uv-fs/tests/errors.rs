//! What goes wrong, and how it is told.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use uv_fs::{Access, CopyFlags, FileType, FsError, OpenFlags, sync};
use uv_loop::{Loop, RunMode};
use uv_sys::Error;

fn text<T: std::fmt::Debug>(result: Result<T, FsError>) -> String {
    result.unwrap_err().to_string()
}

/// Every request that takes one path.
fn on(path: &Path) -> Vec<FsError> {
    vec![
        sync::open(path, OpenFlags::RDONLY, 0).unwrap_err(),
        sync::stat(path).unwrap_err(),
        sync::lstat(path).unwrap_err(),
        sync::access(path, Access::F_OK).unwrap_err(),
        sync::unlink(path).unwrap_err(),
        sync::mkdir(path, 0o777).unwrap_err(),
        sync::rmdir(path).unwrap_err(),
        sync::scandir(path).unwrap_err(),
        sync::readlink(path).unwrap_err(),
        sync::realpath(path).unwrap_err(),
        sync::chmod(path, 0o600).unwrap_err(),
        sync::utime(path, 0.0, 0.0).unwrap_err(),
        sync::read_file(path).unwrap_err(),
        sync::write_file(path, "x").unwrap_err(),
        sync::append_file(path, "x").unwrap_err(),
        sync::write_file_atomic(path, "x").unwrap_err(),
        sync::opendir(path).unwrap_err(),
        sync::statfs(path).unwrap_err(),
        sync::chown(path, None, None).unwrap_err(),
        sync::lchown(path, None, None).unwrap_err(),
        sync::lutime(path, 0.0, 0.0).unwrap_err(),
        sync::mkdir_all(path, 0o777).unwrap_err(),
        sync::remove_tree(path).unwrap_err(),
    ]
}

/// Every request that takes two paths, with `path` in each place.
fn on_both(good: &Path, path: &Path) -> Vec<FsError> {
    vec![
        sync::rename(path, good).unwrap_err(),
        sync::rename(good, path).unwrap_err(),
        sync::link(path, good).unwrap_err(),
        sync::link(good, path).unwrap_err(),
        sync::symlink(good, path).unwrap_err(),
        sync::copyfile(path, good, CopyFlags::default()).unwrap_err(),
        sync::copyfile(good, path, CopyFlags::default()).unwrap_err(),
        sync::copy_tree(path, good, CopyFlags::default()).unwrap_err(),
        sync::copy_tree(good, path, CopyFlags::default()).unwrap_err(),
    ]
}

#[test]
fn a_path_with_a_nul_byte_is_invalid_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let good = dir.path().join("file");
    File::create(&good).unwrap();
    let bad = dir.path().join("a\0b");
    for error in on(&bad) {
        assert_eq!((error.error(), error.path()), (Error::EINVAL, Some(&*bad)), "{error}");
    }
    for error in on_both(&good, &bad) {
        assert_eq!(error.error(), Error::EINVAL, "{error}");
        assert!(error.path() == Some(&bad) || error.dest() == Some(&bad), "{error}");
    }
    let error = sync::symlink(&bad, dir.path().join("link")).unwrap_err();
    assert_eq!((error.error(), error.path()), (Error::EINVAL, Some(&*bad)));
    let error = sync::mkdtemp(&bad).unwrap_err();
    assert_eq!((error.error(), error.path()), (Error::EINVAL, Some(&*dir.path().join("a\0bXXXXXX"))));
    assert_eq!(sync::scandir(dir.path()).unwrap().len(), 1);
}

#[test]
fn names_that_are_too_long() {
    let dir = tempfile::tempdir().unwrap();
    let good = dir.path().join("file");
    File::create(&good).unwrap();
    let long_name = dir.path().join("x".repeat(256));
    let long_path = dir.path().join("x/".repeat(4096)).join("x");
    for bad in [&long_name, &long_path] {
        for error in on(bad).into_iter().chain(on_both(&good, bad)) {
            // realpath goes from part to part, and finds that the first is missing.
            let missing = bad == &long_path && error.syscall() == "realpath";
            let expected = if missing { Error::ENOENT } else { Error::ENAMETOOLONG };
            assert_eq!(error.error(), expected, "{}", error.syscall());
        }
        assert_eq!(sync::mkdtemp(bad).unwrap_err().error(), Error::ENAMETOOLONG);
    }
}

#[test]
fn names_need_not_be_unicode() {
    let dir = tempfile::tempdir().unwrap();
    let name = OsStr::from_bytes(b"\xff\xfe n\n\x80");
    let path = dir.path().join(name);
    sync::write_file(&path, "x").unwrap();
    assert_eq!(sync::read_file(&path).unwrap(), b"x");
    assert_eq!(sync::scandir(dir.path()).unwrap()[0].name(), name);
    let link = dir.path().join("link");
    sync::symlink(name, &link).unwrap();
    assert_eq!(sync::readlink(&link).unwrap(), Path::new(name));
    assert_eq!(sync::realpath(&link).unwrap().file_name(), Some(name));
    assert!(sync::mkdtemp(&path).unwrap().as_os_str().as_bytes().starts_with(path.as_os_str().as_bytes()));
    sync::unlink(&path).unwrap();
    assert_eq!(sync::stat(&path).unwrap_err().path(), Some(&*path));
}

#[test]
fn errors_read_as_those_of_node() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let text = |error: FsError| error.to_string().replace(&format!("{}/", dir.path().display()), "");
    sync::mkdir(at("dir"), 0o777).unwrap();
    sync::write_file(at("file"), "x").unwrap();
    let open = |path: &str, flags| sync::open(at(path), flags, 0o666);
    let none = CopyFlags::default();
    for (got, expected) in [
        (open("no", OpenFlags::RDONLY).unwrap_err(), "ENOENT: no such file or directory, open 'no'"),
        (open("dir", OpenFlags::WRONLY).unwrap_err(), "EISDIR: illegal operation on a directory, open 'dir'"),
        (open("file", OpenFlags::CREAT | OpenFlags::EXCL).unwrap_err(), "EEXIST: file already exists, open 'file'"),
        (sync::read_file(at("dir")).unwrap_err(), "EISDIR: illegal operation on a directory, read"),
        (sync::write_file(at("dir"), "x").unwrap_err(), "EISDIR: illegal operation on a directory, open 'dir'"),
        (sync::write_file("/dev/full", "x").unwrap_err(), "ENOSPC: no space left on device, write"),
        (sync::scandir(at("file")).unwrap_err(), "ENOTDIR: not a directory, scandir 'file'"),
        (sync::scandir(at("no")).unwrap_err(), "ENOENT: no such file or directory, scandir 'no'"),
        (sync::mkdir(at("file"), 0).unwrap_err(), "EEXIST: file already exists, mkdir 'file'"),
        (sync::rmdir(at("file")).unwrap_err(), "ENOTDIR: not a directory, rmdir 'file'"),
        (sync::rmdir(at(".")).unwrap_err(), "EINVAL: invalid argument, rmdir '.'"),
        (sync::readlink(at("file")).unwrap_err(), "EINVAL: invalid argument, readlink 'file'"),
        (sync::realpath(at("no")).unwrap_err(), "ENOENT: no such file or directory, realpath 'no'"),
        (sync::utime(at("no"), 1.0, 1.0).unwrap_err(), "ENOENT: no such file or directory, utime 'no'"),
        (sync::rename(at("no"), at("y")).unwrap_err(), "ENOENT: no such file or directory, rename 'no' -> 'y'"),
        (sync::symlink(at("no"), at("file")).unwrap_err(), "EEXIST: file already exists, symlink 'no' -> 'file'"),
        (sync::link(at("file"), at("dir")).unwrap_err(), "EEXIST: file already exists, link 'file' -> 'dir'"),
        (sync::mkdtemp(at("no/x-")).unwrap_err(), "ENOENT: no such file or directory, mkdtemp 'no/x-XXXXXX'"),
        (sync::mkstemp(at("no/x-")).unwrap_err(), "ENOENT: no such file or directory, mkstemp 'no/x-XXXXXX'"),
        (sync::opendir(at("file")).unwrap_err(), "ENOTDIR: not a directory, opendir 'file'"),
        (sync::chown(at("no"), Some(0), None).unwrap_err(), "ENOENT: no such file or directory, chown 'no'"),
        (sync::lchown(at("no"), Some(0), None).unwrap_err(), "ENOENT: no such file or directory, lchown 'no'"),
        (sync::lutime(at("no"), 0.0, 0.0).unwrap_err(), "ENOENT: no such file or directory, lutime 'no'"),
        (sync::statfs(at("no")).unwrap_err(), "ENOENT: no such file or directory, statfs 'no'"),
        (sync::mkdir_all(at("file/a/b"), 0).unwrap_err(), "ENOTDIR: not a directory, mkdir 'file/a/b'"),
        (sync::mkdir_all(at("file"), 0).unwrap_err(), "EEXIST: file already exists, mkdir 'file'"),
        (sync::remove_tree(at("no")).unwrap_err(), "ENOENT: no such file or directory, rm 'no'"),
        (
            sync::copy_tree(at("dir"), at("dir/a/b"), none).unwrap_err(),
            "EINVAL: invalid argument, cp 'dir' -> 'dir/a/b'",
        ),
        (sync::write_file_atomic(at("dir"), "x").unwrap_err(), "EISDIR: illegal operation on a directory, open 'dir'"),
        (sync::write_file_atomic("/dev/null", "x").unwrap_err(), "EINVAL: invalid argument, open '/dev/null'"),
        (
            sync::copyfile(at("no"), at("y"), none).unwrap_err(),
            "ENOENT: no such file or directory, copyfile 'no' -> 'y'",
        ),
        (
            sync::copyfile(at("dir"), at("y"), none).unwrap_err(),
            "EISDIR: illegal operation on a directory, copyfile 'dir' -> 'y'",
        ),
        (
            sync::copyfile(at("file"), at("dir"), none).unwrap_err(),
            "EISDIR: illegal operation on a directory, copyfile 'file' -> 'dir'",
        ),
        (
            sync::copyfile(at("file"), at("file"), CopyFlags::EXCL).unwrap_err(),
            "EEXIST: file already exists, copyfile 'file' -> 'file'",
        ),
        (
            sync::copyfile(at("file"), at("y"), CopyFlags::from_bits(8)).unwrap_err(),
            "EINVAL: invalid argument, copyfile 'file' -> 'y'",
        ),
        (sync::access(at("file"), Access::from_bits(8)).unwrap_err(), "EINVAL: invalid argument, access 'file'"),
    ] {
        assert_eq!(text(got), expected);
    }
    assert_eq!(sync::scandir(at(".")).unwrap().len(), 2, "a failed request left something");
}

#[test]
fn errors_of_descriptors() {
    let dir = File::open("/").unwrap();
    let null = File::open("/dev/null").unwrap();
    let sink = File::options().write(true).open("/dev/null").unwrap();
    let (pipe, _writer) = io::pipe().unwrap();
    for (got, expected) in [
        (text(sync::read(&dir, &mut [0], None)), "EISDIR: illegal operation on a directory, read"),
        (text(sync::write(&null, b"x", None)), "EBADF: bad file descriptor, write"),
        (text(sync::read(&pipe, &mut [0], Some(0))), "ESPIPE: invalid seek, read"),
        (text(sync::read(&null, &mut [0], Some(u64::MAX))), "EINVAL: invalid argument, read"),
        (text(sync::write(&null, b"x", Some(1 << 63))), "EINVAL: invalid argument, write"),
        (text(sync::ftruncate(&null, 0)), "EINVAL: invalid argument, ftruncate"),
        (text(sync::ftruncate(&null, u64::MAX)), "EINVAL: invalid argument, ftruncate"),
        (text(sync::fsync(&pipe)), "EINVAL: invalid argument, fsync"),
        (text(sync::fdatasync(&pipe)), "EINVAL: invalid argument, fdatasync"),
        (text(sync::sendfile(&null, &null, 0, 1)), "EBADF: bad file descriptor, sendfile"),
        (text(sync::sendfile(&sink, &dir, 0, 1)), "EISDIR: illegal operation on a directory, sendfile"),
        (text(sync::readdir(&mut sync::opendir("/").unwrap(), 0)), "EINVAL: invalid argument, readdir"),
    ] {
        assert_eq!(got, expected);
    }
}

#[test]
fn a_loop_of_links() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    sync::symlink(&b, &a).unwrap();
    sync::symlink(&a, &b).unwrap();
    for error in [
        sync::stat(&a).unwrap_err(),
        sync::realpath(&a).unwrap_err(),
        sync::read_file(&a).unwrap_err(),
        sync::write_file(&a, "").unwrap_err(),
    ] {
        assert_eq!(error.error(), Error::ELOOP);
    }
    assert_eq!(sync::lstat(&a).unwrap().file_type(), FileType::Link);
}

/// The limit is the process's, so a child process runs into it: this test again.
#[test]
fn no_descriptor_is_left() {
    const CHILD: &str = "UV_FS_TEST_FEW_DESCRIPTORS";
    if std::env::var_os(CHILD).is_none() {
        let test = Command::new("sh")
            .args(["-c", "ulimit -n 24 && exec \"$0\" --exact no_descriptor_is_left --nocapture"])
            .arg(std::env::current_exe().unwrap())
            .env(CHILD, "1")
            .output()
            .unwrap();
        let output = String::from_utf8_lossy(&test.stdout);
        assert!(test.status.success() && output.contains("1 passed"), "{test:?}");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    sync::write_file(&file, "x").unwrap();
    let lp = Loop::new().unwrap();
    let run = || lp.run(RunMode::Default).unwrap();
    uv_fs::stat(&lp, &file, |_, stat| assert!(stat.is_ok()));
    run();
    let mut open = Vec::new();
    let error = loop {
        match sync::open(&file, OpenFlags::RDONLY, 0) {
            Ok(fd) => open.push(fd),
            Err(error) => break error,
        }
    };
    assert_eq!(error.to_string(), format!("EMFILE: too many open files, open '{}'", file.display()));
    assert_eq!(sync::scandir(dir.path()).unwrap_err().error(), Error::EMFILE);
    assert_eq!(sync::read_file(&file).unwrap_err().error(), Error::EMFILE);
    assert_eq!(sync::opendir(dir.path()).unwrap_err().error(), Error::EMFILE);
    assert_eq!(sync::write_file_atomic(&file, "other").unwrap_err().error(), Error::EMFILE);
    // To open is what takes a descriptor, and to look at a file is not, whether a thread does it or not.
    uv_fs::stat(&lp, &file, |_, stat| assert_eq!(stat.unwrap().size, 1));
    uv_fs::open(&lp, &file, OpenFlags::RDONLY, 0, |_, fd| assert_eq!(fd.unwrap_err().error(), Error::EMFILE));
    uv_fs::read_file(&lp, &file, |_, content| assert_eq!(content.unwrap_err().error(), Error::EMFILE));
    run();
    open.pop();
    let copy = dir.path().join("copy");
    // One descriptor is enough for the source, and not for the destination.
    assert_eq!(sync::copyfile(&file, &copy, CopyFlags::default()).unwrap_err().error(), Error::EMFILE);
    assert_eq!(sync::scandir(dir.path()).unwrap().len(), 1);
    open.pop();
    for _ in 0..100 {
        sync::copyfile(&file, &copy, CopyFlags::default()).unwrap();
        sync::read_file(&copy).unwrap();
        sync::scandir(dir.path()).unwrap();
        assert!(sync::mkdtemp(dir.path().join("no/x")).is_err());
        sync::write_file_atomic(&copy, "other").unwrap();
        sync::opendir(dir.path()).unwrap();
        sync::copy_tree(dir.path(), dir.path().with_extension("few"), CopyFlags::default()).unwrap();
        sync::remove_tree(dir.path().with_extension("few")).unwrap();
    }
}

#[test]
fn an_error_passes_through_io_error() {
    let error = sync::rename("/no/a", "/no/b").unwrap_err();
    let io = io::Error::from(error.clone());
    assert_eq!(io.kind(), io::ErrorKind::NotFound);
    assert_eq!(io.to_string(), "ENOENT: no such file or directory, rename '/no/a' -> '/no/b'");
    assert_eq!(io.downcast::<FsError>().unwrap(), error);
    assert_eq!(Error::from(error), Error::ENOENT);
    let paths = FsError::new(Error::EXDEV, "link").with_path("p").with_dest(PathBuf::from("q"));
    assert_eq!((paths.path(), paths.dest()), (Some(Path::new("p")), Some(Path::new("q"))));
}
