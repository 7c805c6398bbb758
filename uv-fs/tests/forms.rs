//! The requests that the model does not draw, as callbacks: what they do, seen by std, and what they say when they fail.

use std::cell::Cell;
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::rc::Rc;

use uv_fs::{CopyFlags, FsError, Request, Result};
use uv_loop::{Loop, RunMode};
use uv_sys::Error;

/// Has `start` begin a request and gives what its callback was told.
fn told<T: 'static>(start: impl FnOnce(&Loop, Box<dyn FnOnce(&Loop, Result<T>)>) -> Request) -> Result<T> {
    let lp = Loop::new().unwrap();
    let result = Rc::new(Cell::new(None));
    let place = result.clone();
    start(&lp, Box::new(move |_, told| assert!(place.replace(Some(told)).is_none())));
    assert!(!lp.run(RunMode::Default).unwrap());
    result.take().expect("the callback is called")
}

fn said<T: std::fmt::Debug + 'static>(result: Result<T>) -> (Error, &'static str) {
    let error: FsError = result.unwrap_err();
    (error.error(), error.syscall())
}

#[test]
fn attributes_by_descriptor() {
    let file = tempfile::tempfile().unwrap();
    let clone = || file.try_clone().unwrap();
    told(|lp, cb| uv_fs::fchmod(lp, clone(), 0o640, cb)).unwrap();
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o7777, 0o640);
    told(|lp, cb| uv_fs::futime(lp, clone(), 1000.25, 2000.5, cb)).unwrap();
    let times = file.metadata().unwrap();
    assert_eq!((times.atime(), times.atime_nsec()), (1000, 250_000_000));
    assert_eq!((times.mtime(), times.mtime_nsec()), (2000, 500_000_000));

    let (uid, gid) = (times.uid(), times.gid());
    told(|lp, cb| uv_fs::fchown(lp, clone(), Some(uid), Some(gid), cb)).unwrap();
    let now = file.metadata().unwrap();
    assert_eq!((now.uid(), now.gid()), (uid, gid));

    let (reader, _writer) = std::io::pipe().unwrap();
    assert_eq!(said(told(|lp, cb| uv_fs::fdatasync(lp, reader, cb))), (Error::EINVAL, "fdatasync"));
    told(|lp, cb| uv_fs::fdatasync(lp, clone(), cb)).unwrap();
}

#[test]
fn attributes_of_links() {
    let dir = tempfile::tempdir().unwrap();
    let (file, link) = (dir.path().join("file"), dir.path().join("link"));
    fs::write(&file, "x").unwrap();
    symlink("file", &link).unwrap();
    let before = fs::metadata(&file).unwrap();
    told(|lp, cb| uv_fs::lutime(lp, &link, 1.0, 2.0, cb)).unwrap();
    assert_eq!(fs::symlink_metadata(&link).unwrap().mtime(), 2);
    assert_eq!(fs::metadata(&file).unwrap().mtime(), before.mtime());
    told(|lp, cb| uv_fs::lchown(lp, &link, Some(before.uid()), None, cb)).unwrap();

    let none = dir.path().join("none");
    assert_eq!(said(told(|lp, cb| uv_fs::lutime(lp, &none, 1.0, 2.0, cb))), (Error::ENOENT, "lutime"));
    assert_eq!(said(told(|lp, cb| uv_fs::lchown(lp, &none, None, None, cb))), (Error::ENOENT, "lchown"));
    assert_eq!(said(told(|lp, cb| uv_fs::statfs(lp, &none, cb))), (Error::ENOENT, "statfs"));
    let disk = told(|lp, cb| uv_fs::statfs(lp, dir.path(), cb)).unwrap();
    assert!(disk.bsize > 0 && disk.bfree <= disk.blocks);
}

#[test]
fn files_with_new_names() {
    let dir = tempfile::tempdir().unwrap();
    let (fd, path) = told(|lp, cb| uv_fs::mkstemp(lp, dir.path().join("name-XXXXXX"), cb)).unwrap();
    assert!(path.file_name().unwrap().to_str().unwrap().starts_with("name-") && !path.ends_with("name-XXXXXX"));
    assert_eq!(File::from(fd).metadata().unwrap().ino(), fs::metadata(&path).unwrap().ino());
    let nowhere = dir.path().join("none").join("name-XXXXXX");
    assert_eq!(said(told(|lp, cb| uv_fs::mkstemp(lp, nowhere, cb))), (Error::ENOENT, "mkstemp"));
}

#[test]
fn directories_bit_by_bit() {
    let dir = tempfile::tempdir().unwrap();
    (0..5).for_each(|i| fs::write(dir.path().join(i.to_string()), "").unwrap());
    let mut open = told(|lp, cb| uv_fs::opendir(lp, dir.path(), cb)).unwrap();
    let mut names = Vec::new();
    loop {
        let (found, back) = told(|lp, cb| {
            let cb = move |lp: &Loop, result: Result<_>, dir| cb(lp, result.map(|found| (found, dir)));
            uv_fs::readdir(lp, open, 2, cb)
        })
        .unwrap();
        open = back;
        assert!(found.len() <= 2);
        if found.is_empty() {
            break;
        }
        names.extend(found.into_iter().map(|entry| entry.name().to_owned().into_string().unwrap()));
    }
    names.sort();
    assert_eq!(names, ["0", "1", "2", "3", "4"]);
    told(|lp, cb| uv_fs::closedir(lp, open, cb)).unwrap();
    let file = dir.path().join("0");
    assert_eq!(said(told(|lp, cb| uv_fs::opendir(lp, file, cb))), (Error::ENOTDIR, "opendir"));
}

#[test]
fn content_from_file_to_file_and_tree_to_tree() {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("from"), dir.path().join("to"));
    fs::create_dir(&from).unwrap();
    fs::write(from.join("file"), "0123456789").unwrap();
    told(|lp, cb| uv_fs::copy_tree(lp, &from, &to, CopyFlags::default(), cb)).unwrap();
    assert_eq!(fs::read(to.join("file")).unwrap(), b"0123456789");

    let output = File::create(to.join("part")).unwrap();
    let input = File::open(from.join("file")).unwrap();
    assert_eq!(told(|lp, cb| uv_fs::sendfile(lp, output, input, 3, 4, cb)).unwrap(), 4);
    assert_eq!(fs::read(to.join("part")).unwrap(), b"3456");
    let missing = dir.path().join("none");
    assert_eq!(said(told(|lp, cb| uv_fs::copy_tree(lp, missing, &to, CopyFlags::default(), cb))).0, Error::ENOENT);
}
