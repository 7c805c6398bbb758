//! `fs`: callbacks as macrotasks, and whole files step by step.

use std::cell::Cell;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::sync::Arc;

use node_compat::{Error, JobError, Pool, Runtime, Thrown, fs};

use crate::support::{Log, catch_all};

/// A runtime whose pool has one thread, so that requests are done in their order.
fn one_thread() -> Runtime {
    let pool = Pool::builder().threads(1).build().unwrap();
    Runtime::builder().pool(pool).build().unwrap()
}

#[test]
fn the_queues_are_drained_after_each_callback() {
    let rt = one_thread();
    let log = Log::default();
    for n in 0..3 {
        let lines = log.clone();
        fs::stat(&rt, "/", move |rt, _| {
            lines.say(n);
            rt.queue_microtask(lines.will("microtask"));
            rt.next_tick(lines.will("tick"));
        });
    }
    rt.run().unwrap();
    assert_eq!(log.take(), "0 tick microtask 1 tick microtask 2 tick microtask");
}

#[test]
fn an_immediate_runs_before_a_request_is_done() {
    let rt = Runtime::new().unwrap();
    let log = Log::default();
    let lines = log.clone();
    rt.run_main(|rt| {
        let again = lines.clone();
        fs::stat(rt, "/", move |rt, _| {
            let lines = again.clone();
            fs::stat(rt, "/", move |_, _| lines.say("stat"));
            rt.set_immediate(again.will("immediate"));
        });
    });
    rt.run().unwrap();
    assert_eq!(log.take(), "immediate stat");
}

#[test]
fn a_question_mark_throws_node_s_error() {
    let rt = Runtime::new().unwrap();
    let log = Log::default();
    catch_all(&rt, &log);
    fs::open(&rt, "/no/such", fs::OpenFlags::RDONLY, 0, |_, fd| fd.map(drop));
    rt.run().unwrap();
    assert_eq!(log.take(), "uncaughtException:ENOENT: no such file or directory, open '/no/such'");
}

#[test]
fn a_descriptor_is_opened_written_read_and_closed() {
    let rt = Runtime::new().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    let done = Rc::new(Cell::new(false));
    let finished = done.clone();
    let flags = fs::OpenFlags::CREAT | fs::OpenFlags::RDWR;
    fs::open(&rt, path, flags, 0o600, move |rt, fd| {
        let fd: Arc<OwnedFd> = Arc::new(fd?);
        fs::write(rt, fd.clone(), "hello", None, move |rt, count, data| {
            assert_eq!((count?, data), (5, "hello"));
            fs::read(rt, fd.clone(), vec![0; 8], Some(1), move |rt, count, buf| {
                assert_eq!(&buf[..count?], b"ello");
                fs::close(rt, fd, move |_, closed| {
                    finished.set(true);
                    closed
                });
                Ok::<(), Thrown>(())
            });
            Ok::<(), Thrown>(())
        });
        Ok::<(), Thrown>(())
    });
    assert_eq!(rt.run().unwrap(), 0);
    assert!(done.get());
}

#[test]
fn a_cancelled_request_calls_back_with_ecanceled() {
    let rt = one_thread();
    let (hold, held) = std::sync::mpsc::channel::<()>();
    rt.queue_work(move || held.recv().is_err(), |_, ended: Result<bool, JobError>| assert!(ended.unwrap()));
    let called = Rc::new(Cell::new(false));
    let seen = called.clone();
    let request = fs::stat(&rt, "/", move |_, stat| {
        seen.set(true);
        assert_eq!(stat.unwrap_err().error(), Error::ECANCELED);
    });
    request.cancel(rt.event_loop()).unwrap();
    drop(hold);
    rt.run().unwrap();
    assert!(called.get());
}

/// How many callbacks of another, endless chain of requests come before `f` says that it is done. With one thread
/// every trip of the one is followed by a trip of the other.
fn trips(f: impl FnOnce(&Runtime, Box<dyn FnOnce(&Runtime)>)) -> usize {
    fn beside(rt: &Runtime, done: Rc<Cell<bool>>, count: Rc<Cell<usize>>) {
        if !done.get() {
            count.set(count.get() + 1);
            fs::stat(rt, "/", move |rt, _| beside(rt, done, count));
        }
    }
    let rt = one_thread();
    let (done, count) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(0)));
    let is_done = done.clone();
    f(&rt, Box::new(move |_| is_done.set(true)));
    beside(&rt, done, count.clone());
    assert_eq!(rt.run().unwrap(), 0);
    count.get()
}

fn trips_to_read(len: usize) -> usize {
    let file = tempfile::NamedTempFile::new().unwrap();
    let expected: Vec<u8> = (0..len).map(|n| (n % 251) as u8).collect();
    fs::sync::write_file(file.path(), &expected).unwrap();
    trips(|rt, done| {
        fs::read_file(rt, file.path(), move |rt, content| {
            assert!(content.unwrap() == expected);
            done(rt);
        });
    })
}

/// open, fstat, one read for each 512 KiB, close: as Node's.
#[test]
fn a_file_is_read_in_node_s_steps() {
    assert_eq!(trips_to_read(0), 4);
    assert_eq!(trips_to_read(10), 4);
    assert_eq!(trips_to_read(512 * 1024), 4);
    assert_eq!(trips_to_read(512 * 1024 + 1), 5);
    assert_eq!(trips_to_read(3 * 512 * 1024), 6);
}

#[test]
fn a_file_that_tells_no_size_is_read_to_its_end() {
    let rt = Runtime::new().unwrap();
    let length = Rc::new(Cell::new(0));
    let seen = length.clone();
    fs::read_file(&rt, "/proc/self/status", move |_, content| seen.set(content.unwrap().len()));
    rt.run().unwrap();
    assert!(length.get() > 0);
}

#[test]
fn a_directory_is_opened_and_then_cannot_be_read() {
    let rt = Runtime::new().unwrap();
    let log = Log::default();
    let lines = log.clone();
    fs::read_file(&rt, "/", move |_, content| lines.say(content.unwrap_err()));
    rt.run().unwrap();
    assert_eq!(log.take(), "EISDIR: illegal operation on a directory, read");
}

/// open, write, close.
#[test]
fn a_file_is_written_in_node_s_steps() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    for data in ["", "data", "a longer text than before"] {
        let target = path.clone();
        let steps = trips(|rt, done| {
            fs::write_file(rt, target, data, |rt, written| {
                written.unwrap();
                done(rt);
            });
        });
        assert_eq!(steps, 3);
        assert_eq!(fs::sync::read_file(&path).unwrap(), data.as_bytes());
    }
    let target = path.clone();
    let steps = trips(|rt, done| {
        fs::append_file(rt, target, ", and more", |rt, written| {
            written.unwrap();
            done(rt);
        });
    });
    assert_eq!(steps, 3);
    assert_eq!(fs::sync::read_file(&path).unwrap(), b"a longer text than before, and more");
}

#[test]
fn errors_of_whole_files_are_those_of_the_step_that_failed() {
    let rt = Runtime::new().unwrap();
    let log = Log::default();
    catch_all(&rt, &log);
    fs::write_file(&rt, "/no/such/file", "", |_, written| written);
    rt.run().unwrap();
    assert_eq!(log.take(), "uncaughtException:ENOENT: no such file or directory, open '/no/such/file'");
    let rt = Runtime::new().unwrap();
    catch_all(&rt, &log);
    fs::append_file(&rt, "/dev/full", "does not fit", |_, written| written);
    rt.run().unwrap();
    assert_eq!(log.take(), "uncaughtException:ENOSPC: no space left on device, write");
}
