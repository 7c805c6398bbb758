//! Requests that the kernel's caches answer: without a thread, with the pool's results, in the pool's order.

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use uv_fs::{Access, FsError, OpenFlags, Request, Stat, Timespec, sync};
use uv_loop::{Check, Handle, Idle, Loop, Pool, RunMode};
use uv_sys::Error;

fn with_threads(threads: usize) -> (Loop, Pool) {
    let pool = Pool::builder().threads(threads).build().unwrap();
    (Loop::builder().pool(pool.clone()).build().unwrap(), pool)
}

/// Keeps a thread of the pool until the sender is dropped.
fn hold(pool: &Pool) -> Sender<()> {
    let (hold, held) = channel();
    let (begun, begins) = channel();
    pool.submit(
        move || {
            begun.send(()).unwrap();
            held.recv().unwrap_err()
        },
        |_| (),
    );
    begins.recv().unwrap();
    hold
}

/// The kind of file system that the tests' files are on has to be learnt before it is known.
fn warm(dir: &Path) {
    let (lp, dir) = (Loop::new().unwrap(), Arc::new(File::open(dir).unwrap()));
    uv_fs::fstat(&lp, dir, |_, stat| assert!(stat.is_ok()));
    lp.run(RunMode::Default).unwrap();
}

type Slot<T> = Rc<RefCell<Option<T>>>;

fn result<T: 'static>() -> (Slot<T>, impl FnOnce(&Loop, T) + 'static) {
    let slot = Rc::new(RefCell::new(None));
    let keep = slot.clone();
    (slot, move |_: &Loop, value| *keep.borrow_mut() = Some(value))
}

/// What a request gives while no thread is free. A lookup without locks may have to give way to a change beside it, which
/// other tests make; so there are more attempts than one.
fn without_a_thread<T: 'static>(request: impl Fn(&Loop, Box<dyn FnOnce(&Loop, T)>) -> Request) -> T {
    let (lp, pool) = with_threads(1);
    let gate = hold(&pool);
    for _ in 0..1000 {
        let (slot, keep) = result();
        let made = request(&lp, Box::new(keep));
        assert!(slot.borrow().is_none(), "a callback before the loop ran");
        if made.cancel(&lp).is_ok() {
            lp.run(RunMode::Default).unwrap();
            continue;
        }
        // The second one is the first that delivers where none may wait.
        lp.run(RunMode::NoWait).unwrap();
        assert!(slot.borrow().is_none() && made.is_pending(&lp));
        lp.run(RunMode::NoWait).unwrap();
        drop(gate);
        return slot.borrow_mut().take().expect("an answer");
    }
    panic!("no answer without a thread");
}

#[test]
fn cached_answers_need_no_thread_and_are_the_pools() {
    let dir = tempfile::tempdir().unwrap();
    warm(dir.path());
    let at = |name: &str| dir.path().join(name);
    let (file, link, missing) = (at("file"), at("link"), at("missing"));
    sync::write_file(&file, "0123456789").unwrap();
    sync::symlink("file", &link).unwrap();
    for path in [&file, &link, &missing, &dir.path().into()] {
        // Asked for once, even a name that is missing is known, for as long as there is memory for it.
        let known = || (sync::stat(path), sync::lstat(path), sync::access(path, Access::F_OK));
        // Links are read, and note it, the first time they are followed.
        for _ in 0..2 {
            without_a_thread(|lp, cb| (known(), uv_fs::stat(lp, path, cb)).1).ok();
        }
        let (stat, lstat, access) = known();
        let answer = without_a_thread(|lp, cb| (known(), uv_fs::stat(lp, path, cb)).1);
        assert_eq!(answer, stat);
        let answer = without_a_thread(|lp, cb| (known(), uv_fs::lstat(lp, path, cb)).1);
        assert_eq!(answer, lstat);
        let answer = without_a_thread(|lp, cb| (known(), uv_fs::access(lp, path, Access::F_OK, cb)).1);
        assert_eq!(answer, access);
    }
    let open = Arc::new(File::open(&link).unwrap());
    let stat = without_a_thread(|lp, cb| uv_fs::fstat(lp, open.clone(), cb));
    assert_eq!(stat, sync::fstat(&open));

    sync::read_file(&file).unwrap();
    let content = |path: &PathBuf| without_a_thread(|lp, cb| (sync::read_file(path), uv_fs::read_file(lp, path, cb)).1);
    assert_eq!(content(&link).unwrap(), b"0123456789");
    assert_eq!(content(&missing), sync::read_file(&missing));

    let fd: OwnedFd = without_a_thread(|lp, cb| uv_fs::open(lp, &link, OpenFlags::RDONLY, 0, cb)).unwrap();
    assert_eq!(rustix::fs::fcntl_getfl(&fd).unwrap() & rustix::fs::OFlags::NONBLOCK, rustix::fs::OFlags::empty());
    assert!(rustix::io::fcntl_getfd(&fd).unwrap().contains(rustix::io::FdFlags::CLOEXEC));
    let fd = Arc::new(fd);
    let read = |offset, len| {
        without_a_thread(|lp, cb| {
            uv_fs::read(lp, fd.clone(), vec![0; len], offset, |lp, count, buf| cb(lp, (count, buf)))
        })
    };
    assert_eq!(read(Some(2), 4), (Ok(4), b"2345".to_vec()));
    assert_eq!(read(None, 4), (Ok(4), b"0123".to_vec()));
    assert_eq!(read(None, 8), (Ok(6), b"456789\0\0".to_vec()));
    assert_eq!(read(Some(100), 1), (Ok(0), vec![0]));
    let (count, bufs) = without_a_thread(|lp, cb| {
        let bufs = vec![vec![0; 4], vec![0; 8]];
        uv_fs::read_vectored(lp, fd.clone(), bufs, Some(0), |lp, count, bufs| cb(lp, (count, bufs)))
    });
    assert_eq!((count, bufs), (Ok(10), vec![b"0123".to_vec(), b"456789\0\0".to_vec()]));

    let number = fd.as_raw_fd();
    let last = RefCell::new(Some(fd));
    let closed = without_a_thread(|lp, cb| uv_fs::close(lp, last.borrow_mut().take().unwrap(), cb));
    assert_eq!(closed, Ok(()));
    let gone = std::fs::read_link(format!("/proc/self/fd/{number}")).is_ok_and(|path| path == file);
    assert!(!gone, "still open");
}

#[test]
fn files_in_memory_are_read_without_a_thread() {
    let Ok(dir) = tempfile::tempdir_in("/dev/shm") else { return };
    warm(dir.path());
    let file = dir.path().join("file");
    sync::write_file(&file, "text").unwrap();
    if sync::statfs(&file).unwrap().fs_type == 0x0102_1994 {
        let content = without_a_thread(|lp, cb| uv_fs::read_file(lp, &file, cb));
        assert_eq!(content.unwrap(), b"text");
    }
}

#[test]
fn what_a_loop_must_not_do_itself_goes_to_the_pool() {
    let dir = tempfile::tempdir().unwrap();
    warm(dir.path());
    let (fifo, file) = (dir.path().join("fifo"), dir.path().join("file"));
    rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::from_raw_mode(0o600)).unwrap();
    sync::write_file(&file, vec![1; (1 << 20) + 1]).unwrap();
    let (lp, pool) = with_threads(1);
    let gate = hold(&pool);
    let (reader, _writer) = std::io::pipe().unwrap();
    let requests = [
        uv_fs::open(&lp, &fifo, OpenFlags::RDONLY, 0, |_, _| ()),
        uv_fs::open(&lp, "/dev/null", OpenFlags::RDONLY, 0, |_, _| ()),
        uv_fs::open(&lp, &file, OpenFlags::WRONLY, 0, |_, _| ()),
        uv_fs::read_file(&lp, &fifo, |_, _| ()),
        uv_fs::read_file(&lp, &file, |_, _| ()),
        uv_fs::stat(&lp, "/proc/version", |_, _| ()),
        uv_fs::read(&lp, reader, vec![0; 1], None, |_, _, _| ()),
        uv_fs::close(&lp, OwnedFd::from(File::options().write(true).open(&file).unwrap()), |_, _| ()),
    ];
    for request in requests {
        assert_eq!(request.cancel(&lp), Ok(()), "still in the pool's queue");
    }
    lp.run(RunMode::Default).unwrap();
    drop(gate);
}

/// What was a file may be a FIFO by now: to open that is the pool's, which waits for its other end.
#[test]
fn a_file_that_has_become_something_else() {
    let dir = tempfile::tempdir().unwrap();
    warm(dir.path());
    let path = dir.path().join("name");
    let open = |flags| without_a_thread(|lp, cb| uv_fs::open(lp, &path, flags, 0, cb));
    for turn in 0..3 {
        sync::write_file(&path, format!("turn {turn}")).unwrap();
        for _ in 0..3 {
            open(OpenFlags::RDONLY).unwrap();
            let content = without_a_thread(|lp, cb| uv_fs::read_file(lp, &path, cb));
            assert_eq!(content.unwrap(), format!("turn {turn}").as_bytes());
            assert_eq!(open(OpenFlags::DIRECTORY).unwrap_err().error(), Error::ENOTDIR);
        }
        sync::unlink(&path).unwrap();
        assert_eq!(open(OpenFlags::RDONLY).unwrap_err().error(), Error::ENOENT);
        sync::write_file(&path, "").unwrap();
        open(OpenFlags::RDONLY).unwrap();
        sync::unlink(&path).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::from_raw_mode(0o600)).unwrap();
        for _ in 0..2 {
            let (lp, pool) = with_threads(1);
            let gate = hold(&pool);
            let opens = uv_fs::open(&lp, &path, OpenFlags::RDONLY, 0, |_, fd| assert!(fd.is_err()));
            assert_eq!(opens.cancel(&lp), Ok(()), "in the pool's queue");
            drop(gate);
            lp.run(RunMode::Default).unwrap();
        }
        sync::unlink(&path).unwrap();
        sync::mkdir(&path, 0o777).unwrap();
        open(OpenFlags::DIRECTORY).unwrap();
        sync::rmdir(&path).unwrap();
    }
}

/// Names that were met a moment before, and are other files' now, or nobody's.
#[test]
fn what_is_at_a_name_is_asked_each_time() {
    let dir = tempfile::tempdir().unwrap();
    warm(dir.path());
    let at = |name: &str| dir.path().join(name);
    let (name, other, sub) = (at("name"), at("other"), at("sub"));
    let below = sub.join("name");
    let lp = Loop::new().unwrap();
    // To follow a link is to read it, which it notes.
    let but_atime = |mut stat: uv_fs::Result<Stat>| {
        if let Ok(stat) = &mut stat {
            stat.atime = Timespec::default();
        }
        stat
    };
    let same = || {
        for path in [&name, &other, &sub, &below] {
            // The second time it was met already.
            for _ in 0..3 {
                let (stat, lstat, access) = (result(), result(), result());
                uv_fs::stat(&lp, path, stat.1);
                uv_fs::lstat(&lp, path, lstat.1);
                uv_fs::access(&lp, path, Access::F_OK, access.1);
                lp.run(RunMode::Default).unwrap();
                assert_eq!(stat.0.take().map(but_atime), Some(but_atime(sync::stat(path))));
                assert_eq!(lstat.0.take().map(but_atime), Some(but_atime(sync::lstat(path))));
                assert_eq!(access.0.take(), Some(sync::access(path, Access::F_OK)));
            }
        }
    };
    let steps: [&dyn Fn() -> uv_fs::Result<()>; 16] = [
        &|| sync::write_file(&name, "a"),
        &|| sync::write_file(&name, "longer"),
        &|| sync::chmod(&name, 0o400),
        &|| sync::rename(&name, &other),
        &|| sync::mkdir(&name, 0o700),
        &|| sync::symlink("name", &sub),
        &|| sync::rename(&other, &below),
        &|| sync::unlink(&sub),
        &|| sync::rename(&name, &sub),
        &|| sync::symlink("sub/name", &name),
        &|| sync::unlink(&below),
        &|| sync::symlink("name", &other),
        &|| sync::rmdir(&sub),
        &|| sync::write_file(&sub, "no directory"),
        &|| sync::unlink(&name),
        &|| sync::symlink("other", &name),
    ];
    same();
    for step in steps {
        step().unwrap();
        same();
    }
    assert_eq!(sync::stat(&name).unwrap_err().error(), Error::ELOOP);
}

#[test]
fn a_request_overtakes_no_change() {
    let dir = tempfile::tempdir().unwrap();
    warm(dir.path());
    let file = dir.path().join("file");
    sync::write_file(&file, "old").unwrap();
    let (lp, pool) = with_threads(4);
    let gates: Vec<_> = (0..4).map(|_| hold(&pool)).collect();
    let change = uv_fs::write_file(&lp, &file, "newer", |_, result| result.unwrap());
    let (size, keep) = result();
    let stat = uv_fs::stat(&lp, &file, move |lp, stat| keep(lp, stat.unwrap().size));
    drop(gates);
    lp.run(RunMode::Default).unwrap();
    assert!(!change.is_pending(&lp) && !stat.is_pending(&lp));
    // They ran side by side, so only that neither is lost is sure; one after the other it is.
    assert!(size.borrow().is_some());
    assert_eq!(without_a_thread(|lp, cb| uv_fs::stat(lp, &file, cb)).unwrap().size, 5);
}

#[test]
fn with_one_thread_all_is_first_in_first_out() {
    let dir = tempfile::tempdir().unwrap();
    warm(dir.path());
    let file = dir.path().join("file");
    sync::write_file(&file, "").unwrap();
    let (lp, pool) = with_threads(1);
    let order = Rc::new(RefCell::new(Vec::new()));
    let gate = hold(&pool);
    for i in 0..20u64 {
        let seen = order.clone();
        match i % 4 {
            0 => uv_fs::append_file(&lp, &file, "x", move |_, _| seen.borrow_mut().push((i, None))),
            1 => uv_fs::stat(&lp, &file, move |_, stat| seen.borrow_mut().push((i, Some(stat.unwrap().size)))),
            2 => uv_fs::fsync(&lp, File::open(&file).unwrap(), move |_, _| seen.borrow_mut().push((i, None))),
            _ => uv_fs::read_file(&lp, &file, move |_, content| {
                seen.borrow_mut().push((i, Some(content.unwrap().len() as u64)));
            }),
        };
    }
    drop(gate);
    lp.run(RunMode::Default).unwrap();
    for (at, &(i, size)) in order.borrow().iter().enumerate() {
        assert_eq!((at as u64, size.unwrap_or(i / 4 + 1)), (i, i / 4 + 1));
    }
    assert_eq!(order.borrow().len(), 20);
}

#[test]
fn immediates_come_before_an_answer_from_the_cache() {
    let dir = tempfile::tempdir().unwrap();
    warm(dir.path());
    let (lp, _pool) = with_threads(1);
    let order = Rc::new(RefCell::new(Vec::new()));
    let (first, second) = (order.clone(), order.clone());
    uv_fs::stat(&lp, dir.path(), move |_, _| first.borrow_mut().push("stat"));
    let idle = Idle::new(&lp);
    idle.start(&lp, |_, _| ()).unwrap();
    let check = move |lp: &Loop, check: Check| {
        second.borrow_mut().push("immediate");
        idle.close(lp).unwrap();
        check.close(lp).unwrap();
    };
    Check::new(&lp).start(&lp, check).unwrap();
    lp.run(RunMode::Default).unwrap();
    assert_eq!(*order.borrow(), ["immediate", "stat"]);
}

#[test]
fn a_pipe_gives_what_it_has() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(b"some").unwrap();
    let reader = Arc::new(reader);
    let lp = Loop::new().unwrap();
    let done = Rc::new(Cell::new(false));
    let flag = done.clone();
    let again = reader.clone();
    uv_fs::read(&lp, reader, vec![0; 10], None, move |lp, count, buf| {
        assert_eq!(&buf[..count.unwrap()], b"some");
        uv_fs::read(lp, again, vec![0; 10], None, move |_, count, buf| {
            assert_eq!(&buf[..count.unwrap()], b"more");
            flag.set(true);
        });
        writer.write_all(b"more").unwrap();
    });
    lp.run(RunMode::Default).unwrap();
    assert!(done.get());
}

/// A file that is half in the cache is read whole.
#[test]
fn the_rest_of_a_read_comes_from_the_pool() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    warm(dir.path());
    let path = dir.path().join("file");
    let data: Vec<u8> = (0..1 << 20).map(|i| (i / 4096 + i % 251) as u8).collect();
    sync::write_file(&path, &data).unwrap();
    let file = Arc::new(File::open(&path).unwrap());
    sync::fsync(&file).unwrap();
    let lp = Loop::new().unwrap();
    for offset in [Some(0), Some(100_000), None] {
        for evict in [0..1 << 20, 400_000..1 << 20, 0..500_000] {
            let len = std::num::NonZeroU64::new(evict.end - evict.start);
            rustix::fs::fadvise(&file, evict.start, len, rustix::fs::Advice::DontNeed).unwrap();
            rustix::fs::seek(&file, rustix::fs::SeekFrom::Start(0)).unwrap();
            let (slot, keep) = result();
            uv_fs::read(&lp, file.clone(), vec![0; 700_000], offset, move |lp, count, buf| keep(lp, (count, buf)));
            lp.run(RunMode::Default).unwrap();
            let (count, buf) = slot.borrow_mut().take().unwrap();
            let from = offset.unwrap_or(0) as usize;
            assert_eq!(count, Ok(700_000));
            assert!(buf == data[from..from + 700_000]);
        }
    }
    let (slot, keep) = result();
    rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
    uv_fs::read_file(&lp, &path, keep);
    lp.run(RunMode::Default).unwrap();
    assert!(slot.borrow_mut().take().unwrap().unwrap() == data);
}

#[test]
fn errors_are_those_of_the_pool() {
    let dir = tempfile::tempdir().unwrap();
    warm(dir.path());
    let long = dir.path().join("x".repeat(300));
    let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    sync::symlink(&b, &a).unwrap();
    sync::symlink(&a, &b).unwrap();
    let lp = Loop::new().unwrap();
    for path in [Path::new(""), Path::new("a\0b"), &long, &a, &dir.path().join("no/no")] {
        let (errors, _) = result::<()>();
        drop(errors);
        let all: Rc<RefCell<Vec<FsError>>> = Rc::default();
        let push = || {
            let all = all.clone();
            move |error: FsError| all.borrow_mut().push(error)
        };
        let (stat, open, read) = (push(), push(), push());
        uv_fs::stat(&lp, path, move |_, result| stat(result.unwrap_err()));
        uv_fs::open(&lp, path, OpenFlags::RDONLY, 0, move |_, result| open(result.unwrap_err()));
        uv_fs::read_file(&lp, path, move |_, result| read(result.unwrap_err()));
        lp.run(RunMode::Default).unwrap();
        let mut got = all.take();
        got.sort_by_key(|error| error.syscall());
        let opened = sync::open(path, OpenFlags::RDONLY, 0).unwrap_err();
        assert_eq!(got, [opened.clone(), opened, sync::stat(path).unwrap_err()]);
    }
}

#[test]
fn the_environment_turns_it_off() {
    const CHILD: &str = "UV_FS_TEST_OFF";
    if std::env::var_os(CHILD).is_some() {
        let lp = Loop::new().unwrap();
        assert!(!uv_fs::fast_path(&lp));
        return;
    }
    assert!(uv_fs::fast_path(&Loop::new().unwrap()) || std::env::var_os("UV_FS_FAST_PATH").is_some());
    let test = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_environment_turns_it_off"])
        .env(CHILD, "1")
        .env("UV_FS_FAST_PATH", "0")
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&test.stdout);
    assert!(test.status.success() && output.contains("1 passed"), "{test:?}");
}

#[test]
fn turned_off_all_goes_to_the_pool() {
    let (lp, pool) = with_threads(1);
    uv_fs::set_fast_path(&lp, false);
    let gate = hold(&pool);
    let request = uv_fs::stat(&lp, "/", |_, stat| assert_eq!(stat.unwrap_err().error(), Error::ECANCELED));
    assert_eq!(request.cancel(&lp), Ok(()));
    lp.run(RunMode::Default).unwrap();
    drop(gate);
}

/// As in libuv: with another thread free it is answered at once.
#[test]
fn while_all_threads_are_at_work_nothing_is_answered() {
    for blocked in [1, 2] {
        let (lp, _) = with_threads(2);
        let dir = tempfile::tempdir().unwrap();
        // Of the file system the pool learns first.
        for _ in 0..2 {
            uv_fs::stat(&lp, dir.path(), |_, result| assert!(result.is_ok()));
            lp.run(RunMode::Default).unwrap();
        }
        let (release, released) = channel::<()>();
        let released = Arc::new(std::sync::Mutex::new(released));
        for _ in 0..blocked {
            let released = released.clone();
            lp.queue_work(move || released.lock().unwrap().recv().is_ok(), |_, _| ());
        }
        let answered = Rc::new(Cell::new(false));
        let note = answered.clone();
        uv_fs::stat(&lp, dir.path(), move |_, result| note.set(result.is_ok()));
        for _ in 0..3 {
            lp.run(RunMode::NoWait).unwrap();
        }
        let was_answered = answered.get();
        drop(release);
        lp.run(RunMode::Default).unwrap();
        assert!(answered.get());
        if cfg!(target_os = "linux") && blocked == 1 {
            assert!(was_answered || !uv_fs::fast_path(&lp));
        } else if blocked == 2 {
            assert!(!was_answered);
        }
    }
}
