//! Random programs of requests end as the same programs of `std::fs` do, whether they run blocking or as
//! the loop's requests, some of which need no thread.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt, symlink};
use std::path::Path;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};

use proptest::prelude::*;
use uv_fs::{Access, CopyFlags, Dirent, FileType, FsError, OpenFlags, Stat, sync};
use uv_loop::{Loop, Pool, RunMode};
use uv_sys::Error;

#[derive(Clone, Copy, Debug)]
enum Op {
    WriteFile(Name, u8),
    AppendFile(Name, u8),
    ReadFile(Name),
    Unlink(Name),
    Mkdir(Name),
    Rmdir(Name),
    Rename(Name, Name),
    Link(Name, Name),
    Symlink(Name, Name),
    Readlink(Name),
    Realpath(Name),
    Copyfile(Name, Name, bool),
    Stat(Name),
    Lstat(Name),
    Access(Name),
    Scandir(Name),
    Chmod(Name, u32),
    Utime(Name, u16),
    Atomic(Name, u8),
    MkdirAll(Name),
    RemoveTree(Name),
    Chown(Name),
    /// Through a descriptor: bytes at an offset, then another length.
    Patch(Name, u8),
}

type Name = &'static str;

/// Few enough that programs meet their own traces; "d" is mostly a directory, and `p/x` has no parent.
const NAMES: &[Name] = &["a", "b", "d", "d/a", "d/b", "d/e", "p/x", "a/x", "l"];

/// What a request gave, with everything in it that two directories have in common.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Done,
    Bytes(Vec<u8>),
    Names(Vec<(Vec<u8>, FileType)>),
    Stat(u32, u64, u64, i64),
}

type Outcome = Result<Value, Error>;

fn op() -> impl Strategy<Value = Op> {
    let name = || proptest::sample::select(NAMES);
    prop_oneof![
        3 => (name(), any::<u8>()).prop_map(|(a, n)| Op::WriteFile(a, n)),
        1 => (name(), any::<u8>()).prop_map(|(a, n)| Op::AppendFile(a, n)),
        1 => name().prop_map(Op::ReadFile),
        2 => name().prop_map(Op::Unlink),
        3 => name().prop_map(Op::Mkdir),
        1 => name().prop_map(Op::Rmdir),
        3 => (name(), name()).prop_map(|(a, b)| Op::Rename(a, b)),
        2 => (name(), name()).prop_map(|(a, b)| Op::Link(a, b)),
        2 => (name(), name()).prop_map(|(a, b)| Op::Symlink(a, b)),
        1 => name().prop_map(Op::Readlink),
        1 => name().prop_map(Op::Realpath),
        4 => (name(), name(), any::<bool>()).prop_map(|(a, b, excl)| Op::Copyfile(a, b, excl)),
        1 => name().prop_map(Op::Stat),
        1 => name().prop_map(Op::Lstat),
        1 => name().prop_map(Op::Access),
        2 => name().prop_map(Op::Scandir),
        1 => (name(), 0..0o100u32).prop_map(|(a, bits)| Op::Chmod(a, 0o700 | bits)),
        1 => (name(), any::<u16>()).prop_map(|(a, t)| Op::Utime(a, t)),
        2 => (name(), any::<u8>()).prop_map(|(a, n)| Op::Atomic(a, n)),
        1 => name().prop_map(Op::MkdirAll),
        1 => name().prop_map(Op::RemoveTree),
        1 => name().prop_map(Op::Chown),
        2 => (name(), any::<u8>()).prop_map(|(a, n)| Op::Patch(a, n)),
    ]
}

fn content(n: u8) -> Vec<u8> {
    vec![n; usize::from(n) * 7]
}

fn by_std(root: &Path, op: Op) -> Outcome {
    let at = |name: Name| root.join(name);
    let done = |result: io::Result<()>| result.map(|()| Value::Done);
    let stat = |metadata: fs::Metadata| {
        // The sizes of directories are the file system's own affair.
        let size = if metadata.is_dir() { 0 } else { metadata.len() };
        Value::Stat(metadata.mode(), metadata.nlink(), size, metadata.mtime())
    };
    let written = |name, n, append: bool| {
        let mut options = fs::OpenOptions::new();
        options.create(true).append(append).write(true).truncate(!append);
        io::Write::write_all(&mut options.open(at(name))?, &content(n))
    };
    let result = match op {
        Op::WriteFile(a, n) => done(written(a, n, false)),
        Op::AppendFile(a, n) => done(written(a, n, true)),
        Op::ReadFile(a) => fs::read(at(a)).map(Value::Bytes),
        Op::Unlink(a) => done(fs::remove_file(at(a))),
        Op::Mkdir(a) => done(fs::create_dir(at(a))),
        Op::Rmdir(a) => done(fs::remove_dir(at(a))),
        Op::Rename(a, b) => done(fs::rename(at(a), at(b))),
        Op::Link(a, b) => done(fs::hard_link(at(a), at(b))),
        Op::Symlink(a, b) => done(symlink(a, at(b))),
        Op::Readlink(a) => fs::read_link(at(a)).map(|target| Value::Bytes(target.as_os_str().as_bytes().into())),
        Op::Realpath(a) => fs::canonicalize(at(a)).map(|path| below(root, &path)),
        Op::Copyfile(a, b, excl) => done(copy_by_std(&at(a), &at(b), excl)),
        Op::Stat(a) => fs::metadata(at(a)).map(stat),
        Op::Lstat(a) => fs::symlink_metadata(at(a)).map(stat),
        Op::Access(a) => done(fs::metadata(at(a)).map(drop)),
        Op::Scandir(a) => names_by_std(&at(a)).map(Value::Names),
        Op::Chmod(a, mode) => done(fs::set_permissions(at(a), PermissionsExt::from_mode(mode))),
        Op::Utime(a, t) => done(utime_by_std(&at(a), t)),
        Op::Atomic(a, n) => done(atomic_by_std(&at(a), n)),
        Op::MkdirAll(a) => done(fs::create_dir_all(at(a))),
        Op::RemoveTree(a) => done(remove_by_std(&at(a))),
        Op::Chown(a) => done(std::os::unix::fs::chown(at(a), None, None)),
        Op::Patch(a, n) => done(fs::OpenOptions::new().read(true).write(true).open(at(a)).and_then(|file| {
            file.write_all_at(&content(n), n.into())?;
            file.set_len(u64::from(n) * 6)
        })),
    };
    // Links' own times aren't set, so they differ.
    result.map_err(Error::from).map(|value| match value {
        Value::Stat(mode, nlink, size, mtime) => {
            Value::Stat(mode, nlink, size, if mtime < 1 << 17 { mtime } else { -1 })
        }
        value => value,
    })
}

fn below(root: &Path, path: &Path) -> Value {
    Value::Bytes(path.strip_prefix(root).unwrap().as_os_str().as_bytes().into())
}

fn copy_by_std(a: &Path, b: &Path, excl: bool) -> io::Result<()> {
    let (data, metadata) = (fs::read(a)?, fs::metadata(a)?);
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).create_new(excl).truncate(false).mode(0o600);
    let mut to = options.open(b)?;
    if (to.metadata()?.dev(), to.metadata()?.ino()) != (metadata.dev(), metadata.ino()) {
        to.set_len(0)?;
        io::Write::write_all(&mut to, &data)?;
        to.set_permissions(metadata.permissions())?;
    }
    Ok(())
}

fn names_by_std(path: &Path) -> io::Result<Vec<(Vec<u8>, FileType)>> {
    let entries = fs::read_dir(path)?.map(|entry| {
        let entry = entry?;
        let mode = fs::symlink_metadata(entry.path())?.mode();
        Ok((entry.file_name().as_bytes().to_vec(), FileType::from_mode(mode)))
    });
    let mut names = entries.collect::<io::Result<Vec<_>>>()?;
    names.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(names)
}

fn utime_by_std(path: &Path, t: u16) -> io::Result<()> {
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(t.into());
    let times = fs::FileTimes::new().set_accessed(time).set_modified(time);
    fs::File::open(path)?.set_times(times)
}

/// As a plain write does, but that other names of the file keep the old content.
fn atomic_by_std(path: &Path, n: u8) -> io::Result<()> {
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return fs::write(path, content(n)),
        metadata => metadata?,
    };
    if metadata.is_dir() {
        return Err(Error::EISDIR.into());
    }
    let place = fs::canonicalize(path)?;
    fs::remove_file(&place)?;
    fs::write(&place, content(n))?;
    fs::set_permissions(place, metadata.permissions())
}

fn remove_by_std(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}

trait Compared {
    fn value(self, root: &Path) -> Value;
}

impl Compared for () {
    fn value(self, _: &Path) -> Value {
        Value::Done
    }
}

impl Compared for Vec<u8> {
    fn value(self, _: &Path) -> Value {
        Value::Bytes(self)
    }
}

impl Compared for std::path::PathBuf {
    fn value(self, root: &Path) -> Value {
        match self.strip_prefix(root) {
            Ok(_) => below(root, &self),
            Err(_) => Value::Bytes(self.as_os_str().as_bytes().into()),
        }
    }
}

impl Compared for Vec<Dirent> {
    fn value(self, _: &Path) -> Value {
        Value::Names(self.iter().map(|entry| (entry.name().as_bytes().to_vec(), entry.file_type())).collect())
    }
}

impl Compared for Stat {
    fn value(self, _: &Path) -> Value {
        let size = if self.file_type() == FileType::Dir { 0 } else { self.size };
        let mtime = if self.mtime.sec < 1 << 17 { self.mtime.sec } else { -1 };
        Value::Stat(self.mode, self.nlink, size, mtime)
    }
}

fn outcome<T: Compared>(root: &Path, result: Result<T, FsError>) -> Outcome {
    result.map(|value| value.value(root)).map_err(|error| error.error())
}

fn copy_flags(excl: bool) -> CopyFlags {
    if excl { CopyFlags::EXCL } else { CopyFlags::FICLONE }
}

fn by_sync(root: &Path, op: Op) -> Outcome {
    let at = |name: Name| root.join(name);
    match op {
        Op::WriteFile(a, n) => outcome(root, sync::write_file(at(a), content(n))),
        Op::AppendFile(a, n) => outcome(root, sync::append_file(at(a), content(n))),
        Op::ReadFile(a) => outcome(root, sync::read_file(at(a))),
        Op::Unlink(a) => outcome(root, sync::unlink(at(a))),
        Op::Mkdir(a) => outcome(root, sync::mkdir(at(a), 0o777)),
        Op::Rmdir(a) => outcome(root, sync::rmdir(at(a))),
        Op::Rename(a, b) => outcome(root, sync::rename(at(a), at(b))),
        Op::Link(a, b) => outcome(root, sync::link(at(a), at(b))),
        Op::Symlink(a, b) => outcome(root, sync::symlink(a, at(b))),
        Op::Readlink(a) => outcome(root, sync::readlink(at(a))),
        Op::Realpath(a) => outcome(root, sync::realpath(at(a))),
        Op::Copyfile(a, b, excl) => outcome(root, sync::copyfile(at(a), at(b), copy_flags(excl))),
        Op::Stat(a) => outcome(root, sync::stat(at(a))),
        Op::Lstat(a) => outcome(root, sync::lstat(at(a))),
        Op::Access(a) => outcome(root, sync::access(at(a), Access::F_OK)),
        Op::Scandir(a) => outcome(root, sync::scandir(at(a))),
        Op::Chmod(a, mode) => outcome(root, sync::chmod(at(a), mode)),
        Op::Utime(a, t) => outcome(root, sync::utime(at(a), f64::from(t), f64::from(t))),
        Op::Atomic(a, n) => outcome(root, sync::write_file_atomic(at(a), content(n))),
        Op::MkdirAll(a) => outcome(root, sync::mkdir_all(at(a), 0o777).map(drop)),
        Op::RemoveTree(a) => outcome(root, sync::remove_tree(at(a))),
        Op::Chown(a) => outcome(root, sync::chown(at(a), None, None)),
        Op::Patch(a, n) => outcome(
            root,
            sync::open(at(a), OpenFlags::RDWR, 0).and_then(|fd| {
                sync::write(&fd, &content(n), Some(n.into()))?;
                sync::ftruncate(&fd, u64::from(n) * 6)
            }),
        ),
    }
}

/// All requests at once: a pool of one thread runs them in their order.
fn by_requests(root: &Path, ops: &[Op]) -> Vec<Outcome> {
    static POOL: OnceLock<Pool> = OnceLock::new();
    let pool = POOL.get_or_init(|| Pool::builder().threads(1).build().unwrap());
    let lp = Loop::builder().pool(pool.clone()).build().unwrap();
    let outcomes = Rc::new(RefCell::new(Vec::new()));
    for &op in ops {
        request(&lp, root, op, &outcomes);
    }
    assert!(outcomes.borrow().is_empty(), "a callback before the loop ran");
    assert!(!lp.run(RunMode::Default).unwrap());
    outcomes.take()
}

/// Each when the one before has called back: what the kernel has in its caches is answered without a thread.
fn one_by_one(root: &Path, ops: &[Op]) -> Vec<Outcome> {
    let lp = Loop::new().unwrap();
    let outcomes = Rc::new(RefCell::new(Vec::new()));
    for (count, &op) in (1..).zip(ops) {
        match op {
            Op::Patch(a, n) => patch(&lp, root, a, n, &outcomes),
            op => request(&lp, root, op, &outcomes),
        }
        assert!(!lp.run(RunMode::Default).unwrap());
        assert_eq!(outcomes.borrow().len(), count);
    }
    outcomes.take()
}

/// [`Op::Patch`], a request a step.
fn patch(lp: &Loop, root: &Path, a: Name, n: u8, outcomes: &Rc<RefCell<Vec<Outcome>>>) {
    let outcomes = outcomes.clone();
    let end = move |result: Result<(), FsError>| {
        outcomes.borrow_mut().push(result.map(|()| Value::Done).map_err(|error| error.error()));
    };
    uv_fs::open(lp, root.join(a), OpenFlags::RDWR, 0, move |lp, fd| {
        let fd = match fd {
            Ok(fd) => Arc::new(fd),
            Err(error) => return end(Err(error)),
        };
        uv_fs::write(lp, fd.clone(), content(n), Some(n.into()), move |lp, count, data| {
            assert_eq!(count, Ok(data.len()));
            uv_fs::ftruncate(lp, fd.clone(), u64::from(n) * 6, move |lp, cut| {
                cut.unwrap();
                let len = usize::from(n) * 6;
                uv_fs::read(lp, fd.clone(), vec![0; len + 1], Some(0), move |lp, count, _| {
                    assert_eq!(count, Ok(len));
                    uv_fs::close(lp, fd, move |_, closed| end(closed));
                });
            });
        });
    });
}

fn request(lp: &Loop, root: &Path, op: Op, outcomes: &Rc<RefCell<Vec<Outcome>>>) {
    fn push<T: Compared + 'static>(
        root: &Path,
        outcomes: &Rc<RefCell<Vec<Outcome>>>,
    ) -> impl FnOnce(&Loop, Result<T, FsError>) + 'static {
        let (root, outcomes) = (root.to_owned(), outcomes.clone());
        move |_, result| outcomes.borrow_mut().push(outcome(&root, result))
    }
    let at = |name: Name| root.join(name);
    let _request = match op {
        Op::WriteFile(a, n) => uv_fs::write_file(lp, at(a), content(n), push(root, outcomes)),
        Op::AppendFile(a, n) => uv_fs::append_file(lp, at(a), content(n), push(root, outcomes)),
        Op::ReadFile(a) => uv_fs::read_file(lp, at(a), push(root, outcomes)),
        Op::Unlink(a) => uv_fs::unlink(lp, at(a), push(root, outcomes)),
        Op::Mkdir(a) => uv_fs::mkdir(lp, at(a), 0o777, push(root, outcomes)),
        Op::Rmdir(a) => uv_fs::rmdir(lp, at(a), push(root, outcomes)),
        Op::Rename(a, b) => uv_fs::rename(lp, at(a), at(b), push(root, outcomes)),
        Op::Link(a, b) => uv_fs::link(lp, at(a), at(b), push(root, outcomes)),
        Op::Symlink(a, b) => uv_fs::symlink(lp, a, at(b), push(root, outcomes)),
        Op::Readlink(a) => uv_fs::readlink(lp, at(a), push(root, outcomes)),
        Op::Realpath(a) => uv_fs::realpath(lp, at(a), push(root, outcomes)),
        Op::Copyfile(a, b, excl) => uv_fs::copyfile(lp, at(a), at(b), copy_flags(excl), push(root, outcomes)),
        Op::Stat(a) => uv_fs::stat(lp, at(a), push(root, outcomes)),
        Op::Lstat(a) => uv_fs::lstat(lp, at(a), push(root, outcomes)),
        Op::Access(a) => uv_fs::access(lp, at(a), Access::F_OK, push(root, outcomes)),
        Op::Scandir(a) => uv_fs::scandir(lp, at(a), push(root, outcomes)),
        Op::Chmod(a, mode) => uv_fs::chmod(lp, at(a), mode, push(root, outcomes)),
        Op::Utime(a, t) => uv_fs::utime(lp, at(a), f64::from(t), f64::from(t), push(root, outcomes)),
        Op::Atomic(a, n) => uv_fs::write_file_atomic(lp, at(a), content(n), push(root, outcomes)),
        Op::MkdirAll(a) => {
            let push = push::<()>(root, outcomes);
            uv_fs::mkdir_all(lp, at(a), 0o777, |lp, made| push(lp, made.map(drop)))
        }
        Op::RemoveTree(a) => uv_fs::remove_tree(lp, at(a), push(root, outcomes)),
        Op::Chown(a) => uv_fs::chown(lp, at(a), None, None, push(root, outcomes)),
        Op::Patch(a, n) => {
            // One trip, as a program's requests must stay in their order.
            let (path, push) = (at(a), push::<()>(root, outcomes));
            let call = move || {
                let fd = sync::open(path, OpenFlags::RDWR, 0)?;
                sync::write(&fd, &content(n), Some(n.into()))?;
                sync::ftruncate(&fd, u64::from(n) * 6)
            };
            lp.queue_work(call, |lp, done| push(lp, done.unwrap()));
            return;
        }
    };
}

/// Every file below `root`: mode, number of names, and content or target.
fn tree(root: &Path) -> BTreeMap<Vec<u8>, (u32, u64, Vec<u8>)> {
    let mut tree = BTreeMap::new();
    let mut dirs = vec![root.to_owned()];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            let content = if metadata.is_dir() {
                dirs.push(path.clone());
                Vec::new()
            } else if metadata.is_symlink() {
                fs::read_link(&path).unwrap().as_os_str().as_bytes().into()
            } else {
                fs::read(&path).unwrap()
            };
            let Value::Bytes(name) = below(root, &path) else { unreachable!() };
            tree.insert(name, (metadata.mode(), metadata.nlink(), content));
        }
    }
    tree
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn programs_end_as_those_of_std(ops in proptest::collection::vec(op(), 0..40)) {
        let dirs = [(); 4].map(|()| tempfile::tempdir().unwrap());
        let [model, blocking, pooled, stepped] = dirs.each_ref().map(|dir| dir.path().canonicalize().unwrap());
        let expected: Vec<_> = ops.iter().map(|&op| by_std(&model, op)).collect();
        let got: Vec<_> = ops.iter().map(|&op| by_sync(&blocking, op)).collect();
        prop_assert_eq!(&got, &expected);
        prop_assert_eq!(by_requests(&pooled, &ops), &*expected);
        prop_assert_eq!(one_by_one(&stepped, &ops), expected);
        prop_assert_eq!(tree(&blocking), tree(&model));
        prop_assert_eq!(tree(&pooled), tree(&model));
        prop_assert_eq!(tree(&stepped), tree(&model));
    }
}
