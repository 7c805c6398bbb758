//! `fs.watch`, `fs.watchFile` and `fs.promises`: events in Node's order, each callback followed by the drain. What is
//! expected is what Node 20 prints.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use node_compat::fs::{self, ChangeKind, OpenFlags, WatchFileOptions, WatchOptions};
use node_compat::{Runtime, Thrown};

use crate::support::{Log, catch_all};

fn word(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Rename | ChangeKind::RenameAndChange => "rename",
        ChangeKind::Change => "change",
    }
}

#[test]
fn changes_come_one_by_one_with_the_drain_after_each() {
    let rt = Runtime::new().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let log = Log::default();
    let watcher = fs::watch(&rt, dir.path(), WatchOptions::default()).unwrap();
    let lines = log.clone();
    watcher.on_change(move |rt, watcher, kind, name| {
        let name = name.unwrap().display().to_string();
        lines.say(format_args!("{}:{name}", word(kind)));
        rt.next_tick(lines.will("tick"));
        rt.queue_microtask(lines.will("microtask"));
        if name == "last" {
            watcher.close(rt);
            watcher.close(rt);
            rt.set_immediate(lines.will("immediate"));
        }
    });
    let lines = log.clone();
    watcher.on_close(move |_, _| lines.say("close"));
    std::fs::write(at("a"), "").unwrap();
    std::fs::rename(at("a"), at("b")).unwrap();
    fs::sync::chmod(at("b"), 0o600).unwrap();
    std::fs::remove_file(at("b")).unwrap();
    std::fs::create_dir(at("last")).unwrap();
    assert_eq!(rt.run().unwrap(), 0);
    let drained = " tick microtask ";
    let before = ["rename:a", "rename:a", "rename:b", "change:b", "rename:b"].join(drained);
    assert_eq!(log.take(), before + drained + "rename:last tick close microtask immediate");
}

#[test]
fn a_throw_in_a_listener_loses_no_change() {
    let rt = Runtime::new().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let log = Log::default();
    catch_all(&rt, &log);
    let lines = log.clone();
    let watcher = fs::watch(&rt, dir.path(), WatchOptions { recursive: true, ..Default::default() }).unwrap();
    watcher.on_change(move |rt, watcher, _, name| {
        let name = name.unwrap().display().to_string();
        if name == "b" {
            watcher.close(rt);
        }
        lines.say(&name);
        Err(Thrown::new("thrown"))
    });
    for name in ["a", "b"] {
        std::fs::write(dir.path().join(name), "").unwrap();
    }
    assert_eq!(rt.run().unwrap(), 0);
    assert_eq!(log.take(), "a uncaughtException:thrown b uncaughtException:thrown");
}

#[test]
fn what_cannot_be_watched_is_an_error_at_once() {
    let rt = Runtime::new().unwrap();
    let error = fs::watch(&rt, "/no/such", WatchOptions::default()).unwrap_err();
    assert_eq!(error.to_string(), "ENOENT: no such file or directory, watch '/no/such'");
    fs::watch(&rt, "/", WatchOptions { persistent: false, recursive: false }).unwrap();
    assert_eq!(rt.run().unwrap(), 0);
}

/// The kernel keeps so many changes for a program that does not look.
#[test]
fn changes_that_were_lost_are_a_change_of_nobody_knows_what() {
    let limit = std::fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap();
    let limit: usize = limit.trim().parse().unwrap();
    if limit > 100_000 {
        return;
    }
    let rt = Runtime::new().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let watcher = fs::watch(&rt, dir.path(), WatchOptions::default()).unwrap();
    let lost = Rc::new(Cell::new(false));
    let seen = lost.clone();
    watcher.on_change(move |rt, watcher, kind, name| {
        if name.is_none() {
            assert_eq!(kind, ChangeKind::Change);
            seen.set(true);
            watcher.close(rt);
        }
    });
    let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    std::fs::write(&a, "").unwrap();
    for _ in 0..limit / 4 + 1 {
        std::fs::rename(&a, &b).unwrap();
        std::fs::rename(&b, &a).unwrap();
    }
    assert_eq!(rt.run().unwrap(), 0);
    assert!(lost.get());
}

#[test]
fn a_file_that_comes_changes_and_goes() {
    let rt = Runtime::new().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("f");
    let log = Log::default();
    let (lines, file, step) = (log.clone(), path.clone(), Cell::new(0));
    let options = WatchFileOptions { interval: Duration::from_millis(5), ..Default::default() };
    let (watcher, _) = fs::watch_file(&rt, &path, options, move |rt, now, before| {
        rt.next_tick(lines.will("tick"));
        lines.say(format_args!("{}/{}->{}/{}", before.size, before.nlink, now.size, now.nlink));
        step.set(step.get() + 1);
        match step.get() {
            1 => std::fs::write(&file, "text")?,
            2 => std::fs::remove_file(&file)?,
            _ => fs::unwatch_file(rt, &file, None)?,
        }
        Ok::<(), Thrown>(())
    })
    .unwrap();
    watcher.on_stop(log.will("stop"));
    let (same, other) = fs::watch_file(&rt, dir.path().join("x/../f"), options, |_, _, _| ()).unwrap();
    assert!(same.off(other));
    assert_eq!(rt.run().unwrap(), 0);
    assert_eq!(log.take(), "0/0->0/0 tick 0/0->4/1 tick 4/1->0/0 tick stop");
}

#[test]
fn those_who_share_a_watcher_keep_the_runtime_going_until_all_have_let_go() {
    let rt = Runtime::new().unwrap();
    let options = WatchFileOptions { interval: Duration::from_secs(1000), ..Default::default() };
    let (watcher, a) = fs::watch_file(&rt, "/", options, |_, _, _| ()).unwrap();
    let (_, b) = fs::watch_file(&rt, "/dev/..", options, |_, _, _| ()).unwrap();
    let alive = || rt.event_loop().alive();
    watcher.unref(&rt);
    assert!(alive());
    watcher.unref(&rt);
    // What is left is the request that is under way.
    watcher.unref(&rt);
    watcher.ref_(&rt);
    fs::unwatch_file(&rt, "/", Some(a)).unwrap();
    fs::unwatch_file(&rt, "/", Some(a)).unwrap();
    let log = Log::default();
    watcher.on_stop(log.will("stop"));
    fs::unwatch_file(&rt, "/", Some(b)).unwrap();
    fs::unwatch_file(&rt, "/", None).unwrap();
    assert_eq!(rt.run().unwrap(), 0);
    assert_eq!(log.take(), "stop");
}

#[test]
fn promises_of_files() {
    let rt = Runtime::new().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    let log = Log::default();
    let (first, second) = (log.clone(), log.clone());
    rt.run_main(|rt| {
        let again = path.clone();
        fs::promises::open(rt, &path, OpenFlags::CREAT | OpenFlags::RDWR, 0o600)
            .and_then(rt, move |rt, file| {
                first.say("open");
                rt.next_tick(first.will("tick"));
                rt.set_immediate(first.will("immediate"));
                let reader = file.clone();
                let written = file.write(rt, "0123456789", None);
                let read = written.and_then(rt, move |rt, (count, data)| {
                    assert_eq!((count, data), (10, "0123456789"));
                    Ok(reader.read(rt, vec![0; 4], Some(8)))
                });
                Ok(read.and_then(rt, move |rt, (count, buf)| {
                    assert_eq!(&buf[..count], b"89");
                    Ok(file.close(rt).and_then(rt, move |rt, ()| Ok(file.stat(rt))))
                }))
            })
            .then(rt, |_, _| Ok(()))
            .catch(rt, move |_, reason| {
                second.say(reason.message());
                Ok(())
            })
            .and_then(rt, move |rt, ()| Ok(fs::promises::unlink(rt, again)));
    });
    assert_eq!(rt.run().unwrap(), 0);
    assert_eq!(log.take(), "open tick immediate EBADF: bad file descriptor, fstat");
    assert!(!path.exists());
}

#[test]
fn a_rejection_that_nobody_handles_ends_the_program() {
    let rt = Runtime::new().unwrap();
    let log = Log::default();
    catch_all(&rt, &log);
    fs::promises::rmdir(&rt, "/no/such");
    rt.run().unwrap();
    assert_eq!(log.take(), "unhandledRejection:ENOENT: no such file or directory, rmdir '/no/such'");
}
