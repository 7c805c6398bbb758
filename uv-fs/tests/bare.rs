//! The calls on C's paths do what those on Rust's do.

use std::ffi::{CStr, CString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use uv_fs::{Access, CopyFlags, FileType, FsError, OpenFlags, bare, sync};
use uv_sys::Error;

fn c(path: impl AsRef<Path>) -> CString {
    CString::new(path.as_ref().as_os_str().as_bytes()).unwrap()
}

/// Both results, of which the errors have one code.
fn same<T: PartialEq + std::fmt::Debug>(bare: Result<T, Error>, sync: Result<T, FsError>) {
    assert_eq!(bare, sync.map_err(|error| error.error()));
}

#[test]
fn they_answer_as_the_others_do() {
    let dir = tempfile::tempdir().unwrap();
    let (file, link, empty) = (dir.path().join("file"), dir.path().join("link"), dir.path().join("empty"));
    sync::write_file(&file, "text").unwrap();
    sync::symlink("file", &link).unwrap();
    sync::mkdir(&empty, 0o700).unwrap();
    let long = dir.path().join("x".repeat(300));
    let below = file.join("below");
    for path in [&file, &link, &empty, dir.path(), &dir.path().join("missing"), &long, &below, Path::new("")] {
        let name = c(path);
        same(bare::stat(&name), sync::stat(path));
        same(bare::lstat(&name), sync::lstat(path));
        same(bare::statfs(&name).map(|it| it.fs_type), sync::statfs(path).map(|it| it.fs_type));
        same(bare::access(&name, Access::R_OK), sync::access(path, Access::R_OK));
        same(bare::open(&name, OpenFlags::RDONLY, 0).map(drop), sync::open(path, OpenFlags::RDONLY, 0).map(drop));
        same(bare::unlink(&c(path.join("none"))), sync::unlink(path.join("none")));
        same(bare::rmdir(&c(path.join("none"))), sync::rmdir(path.join("none")));
        same(bare::rename(&name, c"/proc/none"), sync::rename(path, "/proc/none"));
        same(bare::link(&name, &c(&file)), sync::link(path, &file));
        same(bare::symlink(&name, &c(&file)), sync::symlink(path, &file));
        same(bare::chown(&name, None, None), sync::chown(path, None, None));
        same(bare::lchown(&name, None, None), sync::lchown(path, None, None));
        same(bare::utime(&name, 1.0, 2.5), sync::utime(path, 1.0, 2.5));
        same(bare::lutime(&name, 1.0, 2.5), sync::lutime(path, 1.0, 2.5));
        let mode = sync::stat(path).map_or(0o600, |stat| stat.permissions());
        same(bare::chmod(&name, mode), sync::chmod(path, mode));
        same(bare::copyfile(&name, &name, CopyFlags::EXCL), sync::copyfile(path, path, CopyFlags::EXCL));
        let mut target = [0; 100];
        let target = bare::readlink(&name, &mut target).map(|length| target[..length].to_vec());
        same(target, sync::readlink(path).map(|path| path.as_os_str().as_bytes().to_vec()));
        let mut entries = Vec::new();
        let found = bare::scandir(&name, |name, file_type| entries.push((name.to_owned(), file_type)));
        entries.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let expected = |entry: uv_fs::Dirent| (c(entry.name()), entry.file_type());
        same(found.map(|()| entries), sync::scandir(path).map(|all| all.into_iter().map(expected).collect()));
        same(bare::opendir(&name).map(drop), sync::opendir(path).map(drop));
    }
}

#[test]
fn they_do_what_the_others_do() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| c(dir.path().join(name));
    bare::mkdir(&at("sub"), 0o700).unwrap();
    bare::symlink(c"sub", &at("link")).unwrap();
    drop(bare::open(&at("file"), OpenFlags::CREAT | OpenFlags::WRONLY, 0o600).unwrap());
    bare::chmod(&at("file"), 0o640).unwrap();
    bare::utime(&at("file"), 1.0, 2.0).unwrap();
    bare::lutime(&at("link"), 1.0, 3.0).unwrap();
    bare::link(&at("file"), &at("other")).unwrap();
    bare::rename(&at("other"), &at("sub/other")).unwrap();
    bare::copyfile(&at("file"), &at("copy"), CopyFlags::default()).unwrap();
    let file = sync::stat(dir.path().join("file")).unwrap();
    assert_eq!((file.permissions(), file.nlink, file.mtime.sec), (0o640, 2, 2));
    assert_eq!(sync::lstat(dir.path().join("link")).unwrap().mtime.sec, 3);
    assert_eq!(sync::stat(dir.path().join("copy")).unwrap().permissions(), 0o640);
    bare::unlink(&at("sub/other")).unwrap();
    bare::rmdir(&at("sub")).unwrap();
    let names: Vec<_> = sync::scandir(dir.path()).unwrap().into_iter().map(uv_fs::Dirent::into_name).collect();
    assert_eq!(names, ["copy", "file", "link"]);
}

#[test]
fn a_link_is_read_as_far_as_there_is_room() {
    let dir = tempfile::tempdir().unwrap();
    let link = c(dir.path().join("link"));
    bare::symlink(c"0123456789", &link).unwrap();
    let mut target = [b'-'; 12];
    assert_eq!(bare::readlink(&link, &mut target[..4]), Ok(4));
    assert_eq!(&target, b"0123--------");
    assert_eq!(bare::readlink(&link, &mut target), Ok(10));
    assert_eq!(&target, b"0123456789--");
}

#[test]
fn names_that_nobody_has_are_put_into_their_templates() {
    let dir = tempfile::tempdir().unwrap();
    let template = c(dir.path().join("a-XXXXXX")).into_bytes_with_nul();
    let (mut one, mut other) = (template.clone(), template.clone());
    bare::mkdtemp(&mut one).unwrap();
    let fd = bare::mkstemp(&mut other).unwrap();
    let path = |name| CStr::from_bytes_with_nul(name).unwrap();
    assert_eq!(bare::lstat(path(&one)).unwrap().file_type(), FileType::Dir);
    assert_eq!(bare::lstat(path(&other)).unwrap().ino, sync::fstat(&fd).unwrap().ino);
    assert!(one != other && one[..one.len() - 7] == template[..template.len() - 7]);
    let mut none = c("/no/such/a-XXXXXX").into_bytes_with_nul();
    assert_eq!(bare::mkdtemp(&mut none), Err(Error::ENOENT));
    assert_eq!(bare::mkstemp(&mut none).unwrap_err(), Error::ENOENT);
    assert_eq!(none, b"/no/such/a-XXXXXX\0");
}

#[test]
fn a_directory_is_read_to_its_end_in_steps_of_any_size() {
    let dir = tempfile::tempdir().unwrap();
    let names: Vec<_> = (0..500).map(|number| format!("{number:03}{}", "n".repeat(number % 250))).collect();
    for name in &names {
        sync::write_file(dir.path().join(name), "").unwrap();
    }
    let mut open = bare::opendir(&c(dir.path())).unwrap();
    let mut found = Vec::new();
    while let Some((name, file_type)) = bare::next_entry(&mut open).unwrap() {
        found.push((name.to_str().unwrap().to_owned(), file_type));
    }
    assert_eq!(bare::next_entry(&mut open), Ok(None));
    found.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(found, names.iter().map(|name| (name.clone(), FileType::File)).collect::<Vec<_>>());
    for step in [1, 7, 100, 1000] {
        let mut open = sync::opendir(dir.path()).unwrap();
        let mut all = Vec::new();
        loop {
            let some = sync::readdir(&mut open, step).unwrap();
            assert!(some.len() <= step);
            if some.is_empty() {
                break;
            }
            all.extend(some.into_iter().map(uv_fs::Dirent::into_name));
        }
        all.sort();
        assert!(all.iter().eq(names.iter().map(AsRef::<std::ffi::OsStr>::as_ref)), "in steps of {step}");
    }
}

#[test]
fn a_directory_that_was_removed_has_no_entries() {
    let dir = tempfile::tempdir().unwrap();
    let gone = dir.path().join("gone");
    sync::mkdir(&gone, 0o700).unwrap();
    let mut open = bare::opendir(&c(&gone)).unwrap();
    sync::rmdir(&gone).unwrap();
    assert_eq!(bare::next_entry(&mut open), Ok(None));
}
