//! Watching: what is told, to whom, and what ends it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use proptest::prelude::*;
use uv_fs::{ChangeKind, FsChange, FsEvent, FsPoll, sync};
use uv_loop::{Error, Handle, Loop, RunMode};

type Log = Rc<RefCell<Vec<(ChangeKind, PathBuf)>>>;

fn keep(log: &Log) -> impl FnMut(&Loop, FsEvent, uv_fs::Result<FsChange<'_>>) + 'static {
    let log = log.clone();
    move |_, _, change| {
        let change = change.unwrap();
        log.borrow_mut().push((change.kind, change.name.to_owned()));
    }
}

/// All that the kernel has to tell by now is told.
fn settle(lp: &Loop) {
    for _ in 0..3 {
        lp.run(RunMode::NoWait).unwrap();
    }
}

fn names(log: &Log, kind: ChangeKind) -> Vec<String> {
    let log = log.take();
    log.iter().filter(|change| change.0 == kind).map(|change| change.1.display().to_string()).collect()
}

fn inotify_descriptors() -> usize {
    let fds = fs::read_dir("/proc/self/fd").unwrap();
    fds.filter(|fd| fs::read_link(fd.as_ref().unwrap().path()).is_ok_and(|to| to.ends_with("anon_inode:inotify")))
        .count()
}

#[test]
fn what_happens_in_a_directory() {
    let (lp, dir, log) = (Loop::new().unwrap(), tempfile::tempdir().unwrap(), Log::default());
    let event = FsEvent::new(&lp);
    event.start(&lp, dir.path(), keep(&log)).unwrap();
    assert!(event.is_active(&lp) && lp.alive());
    assert_eq!(event.path(&lp).unwrap(), dir.path());
    let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    fs::create_dir(dir.path().join("sub")).unwrap();
    fs::write(&a, "text").unwrap();
    fs::rename(&a, &b).unwrap();
    fs::write(dir.path().join("sub/below"), "").unwrap();
    settle(&lp);
    sync::chmod(&b, 0o600).unwrap();
    sync::chmod(dir.path().join("sub"), 0o700).unwrap();
    fs::remove_file(&b).unwrap();
    settle(&lp);
    let all = log.take();
    let expected = [
        (ChangeKind::Rename, "sub"),
        (ChangeKind::Rename, "a"),
        (ChangeKind::Change, "a"),
        (ChangeKind::Rename, "a"),
        (ChangeKind::Rename, "b"),
        (ChangeKind::Change, "b"),
        (ChangeKind::RenameAndChange, "sub"),
        (ChangeKind::Rename, "b"),
    ];
    assert_eq!(all, expected.map(|(kind, name)| (kind, PathBuf::from(name))));
    event.stop(&lp).unwrap();
    assert!(!lp.alive());
    assert_eq!(event.path(&lp), Err(Error::EINVAL));
    fs::write(&a, "").unwrap();
    lp.run(RunMode::NoWait).unwrap();
    assert!(log.borrow().is_empty());
}

#[test]
fn a_file_is_told_by_its_own_name() {
    let (lp, dir, log) = (Loop::new().unwrap(), tempfile::tempdir().unwrap(), Log::default());
    let path = dir.path().join("file");
    fs::write(&path, "").unwrap();
    FsEvent::new(&lp).start(&lp, &path, keep(&log)).unwrap();
    fs::write(dir.path().join("other"), "").unwrap();
    fs::write(&path, "text").unwrap();
    settle(&lp);
    assert!(log.borrow().iter().all(|(kind, name)| (*kind, name.as_path()) == (ChangeKind::Change, Path::new("file"))));
    assert!(!log.take().is_empty());
    fs::remove_file(&path).unwrap();
    settle(&lp);
    assert_eq!(names(&log, ChangeKind::Rename)[0], "file");
}

#[test]
fn every_handle_is_told_until_it_is_stopped() {
    let (lp, dir) = (Loop::new().unwrap(), tempfile::tempdir().unwrap());
    let counts: Vec<_> = (0..4).map(|_| Rc::new(Cell::new(0))).collect();
    let events: Vec<_> = (0..4).map(|_| FsEvent::new(&lp)).collect();
    for (i, event) in events.iter().enumerate() {
        let (count, events) = (counts[i].clone(), events.clone());
        let told = move |lp: &Loop, me: FsEvent, _: uv_fs::Result<FsChange<'_>>| {
            count.set(count.get() + 1);
            match i {
                // The reader goes, in its own callback; the second stops the last, which is not told.
                0 => me.close(lp).unwrap(),
                1 => events[3].stop(lp).unwrap(),
                _ => {}
            }
        };
        event.start(&lp, dir.path(), told).unwrap();
    }
    assert_eq!(events[0].start(&lp, "/", |_, _, _| ()).unwrap_err().error(), Error::EINVAL);
    fs::create_dir(dir.path().join("a")).unwrap();
    settle(&lp);
    let told = || counts.iter().map(|count| count.get()).collect::<Vec<_>>();
    assert_eq!(told(), [1, 1, 1, 0]);
    fs::create_dir(dir.path().join("b")).unwrap();
    settle(&lp);
    assert_eq!(told(), [1, 2, 2, 0]);
    assert_eq!(events[0].stop(&lp), Err(Error::EBADF));
    // Dropped with the callback, of which nothing else knows.
    events[3].start(&lp, dir.path(), |_, _, _| ()).unwrap();
    for event in &events[1..] {
        event.close(&lp).unwrap();
    }
    settle(&lp);
    assert!(counts.iter().all(|count| Rc::strong_count(count) == 1));
    assert!(lp.close().is_ok());
}

#[test]
fn a_restart_in_the_callback_takes_the_new_one() {
    let (lp, dir, log) = (Loop::new().unwrap(), tempfile::tempdir().unwrap(), Log::default());
    let (path, again) = (dir.path().to_owned(), log.clone());
    let restart = move |lp: &Loop, event: FsEvent, _: uv_fs::Result<FsChange<'_>>| {
        event.stop(lp).unwrap();
        event.start(lp, &path, keep(&again)).unwrap();
    };
    FsEvent::new(&lp).start(&lp, dir.path(), restart).unwrap();
    fs::create_dir(dir.path().join("a")).unwrap();
    settle(&lp);
    assert!(log.borrow().is_empty());
    fs::create_dir(dir.path().join("b")).unwrap();
    settle(&lp);
    assert_eq!(names(&log, ChangeKind::Rename), ["b"]);
}

#[test]
fn a_panic_loses_no_change() {
    let (lp, dir, log) = (Loop::new().unwrap(), tempfile::tempdir().unwrap(), Log::default());
    let mut tell = keep(&log);
    let told = move |lp: &Loop, event: FsEvent, change: uv_fs::Result<FsChange<'_>>| {
        if change.as_ref().is_ok_and(|change| change.name == "bad") {
            panic!("mine");
        }
        tell(lp, event, change);
    };
    FsEvent::new(&lp).start(&lp, dir.path(), told).unwrap();
    for name in ["a", "bad", "c", "d"] {
        fs::create_dir(dir.path().join(name)).unwrap();
    }
    assert!(catch_unwind(AssertUnwindSafe(|| lp.run(RunMode::Once))).is_err());
    settle(&lp);
    assert_eq!(names(&log, ChangeKind::Rename), ["a", "c", "d"]);
}

#[test]
fn an_unreferenced_watch_keeps_nobody_waiting() {
    let (lp, dir) = (Loop::new().unwrap(), tempfile::tempdir().unwrap());
    let (event, poll) = (FsEvent::new(&lp), FsPoll::new(&lp));
    event.start(&lp, dir.path(), |_, _, _| ()).unwrap();
    poll.start(&lp, dir.path(), Duration::from_millis(1), |_, _, _| ()).unwrap();
    event.unref(&lp).unwrap();
    poll.unref(&lp).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    let mut kinds = Vec::new();
    lp.walk(|_, kind| kinds.push(kind));
    assert!(kinds.contains(&"fs_event") && kinds.contains(&"fs_poll"));
}

#[test]
fn a_queue_that_ran_over_is_told() {
    let limit = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap();
    let limit: usize = limit.trim().parse().unwrap();
    let (lp, dir) = (Loop::new().unwrap(), tempfile::tempdir().unwrap());
    let (lost, seen) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let (losses, all) = (lost.clone(), seen.clone());
    let told = move |_: &Loop, _: FsEvent, change: uv_fs::Result<FsChange<'_>>| match change {
        Ok(_) => all.set(all.get() + 1),
        Err(error) => {
            assert_eq!((error.error(), error.syscall()), (Error::ENOBUFS, "watch"));
            losses.set(losses.get() + 1);
        }
    };
    FsEvent::new(&lp).start_recursive(&lp, dir.path(), told).unwrap();
    let names = ["a", "b"].map(|name| dir.path().join(name));
    for name in names.iter().cycle().take(limit + 10) {
        // One name after the other, as equal changes in a row are one.
        sync::utime(name, 1.0, 1.0).or_else(|_| sync::write_file(name, "")).unwrap();
    }
    while lost.get() == 0 {
        lp.run(RunMode::Once).unwrap();
    }
    settle(&lp);
    assert_eq!((lost.get(), seen.get() >= limit), (1, true));
    let before = seen.get();
    sync::mkdir(dir.path().join("new"), 0o777).unwrap();
    settle(&lp);
    assert_eq!(seen.get(), before + 1, "the watch goes on");
}

/// The descriptors are the process's, so a process of its own counts them.
#[test]
fn one_descriptor_for_all_and_none_for_nobody() {
    const CHILD: &str = "UV_FS_TEST_WATCH_DESCRIPTORS";
    if std::env::var_os(CHILD).is_none() {
        let test = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "one_descriptor_for_all_and_none_for_nobody"])
            .env(CHILD, "1")
            .output()
            .unwrap();
        assert!(test.status.success() && String::from_utf8_lossy(&test.stdout).contains("1 passed"), "{test:?}");
        return;
    }
    let (lp, dir) = (Loop::new().unwrap(), tempfile::tempdir().unwrap());
    assert_eq!(inotify_descriptors(), 0);
    assert!(FsEvent::new(&lp).start(&lp, "/no/such", |_, _, _| ()).is_err());
    assert_eq!(inotify_descriptors(), 0);
    let events: Vec<_> = (0..300).map(|_| FsEvent::new(&lp)).collect();
    for (i, event) in events.iter().enumerate() {
        let path = dir.path().join(i.to_string());
        sync::mkdir(&path, 0o777).unwrap();
        event.start(&lp, path, |_, _, _| ()).unwrap();
    }
    assert_eq!(inotify_descriptors(), 1);
    events.iter().for_each(|event| event.stop(&lp).unwrap());
    assert_eq!(inotify_descriptors(), 0);
    events[0].start(&lp, dir.path(), |_, _, _| ()).unwrap();
    drop(lp);
    assert_eq!(inotify_descriptors(), 0);
}

#[test]
fn what_cannot_be_watched() {
    let (lp, dir) = (Loop::new().unwrap(), tempfile::tempdir().unwrap());
    let event = FsEvent::new(&lp);
    let long = dir.path().join("x".repeat(300));
    for (path, error) in
        [(dir.path().join("no"), Error::ENOENT), (PathBuf::from("a\0b"), Error::EINVAL), (long, Error::ENAMETOOLONG)]
    {
        let failed = event.start(&lp, &path, |_, _, _| ()).unwrap_err();
        assert_eq!((failed.error(), failed.path()), (error, Some(path.as_path())));
        assert!(!event.is_active(&lp));
    }
    event.close(&lp).unwrap();
    assert_eq!(event.start(&lp, "/", |_, _, _| ()).unwrap_err().error(), Error::EINVAL);
}

#[derive(Clone, Debug)]
enum Op {
    Mkdir(Vec<u8>),
    Write(Vec<u8>),
    Remove(Vec<u8>),
    Rename(Vec<u8>, Vec<u8>),
    Settle,
}

fn path_of(root: &Path, path: &[u8]) -> PathBuf {
    path.iter().fold(root.to_owned(), |path, name| path.join(name.to_string()))
}

fn directories(root: &Path) -> Vec<PathBuf> {
    let mut all = vec![root.to_owned()];
    let mut at = 0;
    while let Some(dir) = all.get(at).cloned() {
        let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
        all.extend(entries.filter(|path| path.is_dir() && !path.is_symlink()));
        at += 1;
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever happened before, a new file in any directory of the tree is told by its name, once all has settled.
    #[test]
    fn a_tree_is_watched_wherever_it_grows(ops in proptest::collection::vec({
        let path = || proptest::collection::vec(0..3u8, 1..4);
        prop_oneof![
            4 => path().prop_map(Op::Mkdir), 1 => path().prop_map(Op::Write), 1 => path().prop_map(Op::Remove),
            2 => (path(), path()).prop_map(|(a, b)| Op::Rename(a, b)), 2 => Just(Op::Settle),
        ]
    }, 0..30)) {
        let (lp, dir, log) = (Loop::new().unwrap(), tempfile::tempdir().unwrap(), Log::default());
        let root = dir.path().join("root");
        fs::create_dir(&root).unwrap();
        FsEvent::new(&lp).start_recursive(&lp, &root, keep(&log)).unwrap();
        for op in ops {
            // Most fail; the others are told, and change the tree.
            match op {
                Op::Mkdir(path) => drop(fs::create_dir_all(path_of(&root, &path))),
                Op::Write(path) => drop(fs::write(path_of(&root, &path), "")),
                Op::Remove(path) => drop(sync::remove_tree(path_of(&root, &path))),
                Op::Rename(a, b) => drop(fs::rename(path_of(&root, &a), path_of(&root, &b))),
                Op::Settle => settle(&lp),
            }
        }
        settle(&lp);
        log.borrow_mut().clear();
        let mut expected = BTreeSet::new();
        for dir in directories(&root) {
            fs::write(dir.join("mark"), "").unwrap();
            expected.insert(dir.strip_prefix(&root).unwrap().join("mark"));
        }
        settle(&lp);
        let told: BTreeSet<_> = log.take().into_iter().map(|(_, name)| name).collect();
        prop_assert_eq!(told, expected);
    }
}

#[test]
fn polling_finds_what_comes_changes_and_goes() {
    let (lp, dir) = (Loop::new().unwrap(), tempfile::tempdir().unwrap());
    let path = dir.path().join("file");
    let step = Rc::new(Cell::new(0));
    let (steps, file) = (step.clone(), path.clone());
    let poll = FsPoll::new(&lp);
    let told = move |lp: &Loop, poll: FsPoll, change: uv_fs::Result<uv_fs::StatChange>| {
        match steps.replace(steps.get() + 1) {
            0 => {
                assert_eq!(change.unwrap_err().error(), Error::ENOENT);
                fs::write(&file, "four").unwrap();
            }
            1 => {
                let change = change.unwrap();
                assert_eq!((change.before.size, change.before.ino, change.now.size), (0, 0, 4));
                sync::chmod(&file, 0o600).unwrap();
            }
            2 => {
                let change = change.unwrap();
                assert_eq!((change.before.size, change.now.permissions()), (4, 0o600));
                fs::remove_file(&file).unwrap();
            }
            3 => {
                assert_eq!(change.unwrap_err().error(), Error::ENOENT);
                poll.close(lp).unwrap();
            }
            _ => unreachable!(),
        };
    };
    poll.start(&lp, &path, Duration::ZERO, told).unwrap();
    // Nothing, as it polls already.
    poll.start(&lp, "/", Duration::ZERO, |_, _, _| unreachable!()).unwrap();
    assert_eq!(poll.path(&lp).unwrap(), path);
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!((step.get(), Rc::strong_count(&step)), (4, 1));
    assert!(lp.close().is_ok());
}

#[test]
fn polling_goes_on_after_a_panic_and_not_after_a_stop() {
    let (lp, dir) = (Loop::new().unwrap(), tempfile::tempdir().unwrap());
    let path = dir.path().join("file");
    let times = Rc::new(Cell::new(0));
    let (count, file) = (times.clone(), path.clone());
    let poll = FsPoll::new(&lp);
    let told = move |lp: &Loop, poll: FsPoll, _: uv_fs::Result<uv_fs::StatChange>| {
        count.set(count.get() + 1);
        if count.get() == 1 {
            fs::write(&file, "").unwrap();
            panic!("mine");
        }
        poll.stop(lp).unwrap();
    };
    poll.start(&lp, &path, Duration::from_millis(1), told).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| lp.run(RunMode::Default))).is_err());
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(times.get(), 2);

    // Stopped and started anew while a request is under way: that one's answer is nobody's.
    let (seen, keep) = (Rc::new(Cell::new(false)), Rc::new(()));
    let held = keep.clone();
    poll.start(&lp, "/no/such", Duration::from_millis(1), move |_, _, _| unreachable!("{held:?}")).unwrap();
    poll.stop(&lp).unwrap();
    assert_eq!(Rc::strong_count(&keep), 1);
    let flag = seen.clone();
    let told = move |lp: &Loop, poll: FsPoll, change: uv_fs::Result<uv_fs::StatChange>| {
        assert_eq!(change.unwrap_err().path(), Some(Path::new("/no/other")));
        flag.set(true);
        poll.close(lp).unwrap();
    };
    poll.start(&lp, "/no/other", Duration::from_millis(1), told).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    assert!(seen.get());
}
