//! Requests on the pool: order, cancelling, and what becomes of buffers and descriptors.

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io::{ErrorKind, PipeReader, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use uv_fs::{FsError, OpenFlags, Request, sync};
use uv_loop::{Loop, Pool, RunMode};
use uv_sys::Error;

/// A loop all of whose requests go to a pool of one thread.
fn one_thread() -> (Loop, Pool) {
    let pool = Pool::builder().threads(1).build().unwrap();
    let lp = Loop::builder().pool(pool.clone()).build().unwrap();
    uv_fs::set_fast_path(&lp, false);
    (lp, pool)
}

/// Keeps the pool's only thread until the sender is dropped.
fn hold(pool: &Pool) -> Sender<()> {
    let (hold, held) = channel();
    let (begun, begins) = channel();
    let job = move || {
        begun.send(()).unwrap();
        held.recv().unwrap_err()
    };
    pool.submit(job, |_| ());
    begins.recv().unwrap();
    hold
}

/// Waits until the pool's only thread has done all that it was given.
fn settle(pool: &Pool) {
    let (sender, receiver) = channel();
    pool.submit(|| (), move |_| sender.send(()).unwrap());
    receiver.recv().unwrap();
}

fn run(lp: &Loop) {
    assert!(!lp.run(RunMode::Default).unwrap());
}

#[test]
fn callbacks_come_in_order_and_only_while_the_loop_runs() {
    let (lp, pool) = one_thread();
    let dir = tempfile::tempdir().unwrap();
    let order = Rc::new(RefCell::new(Vec::new()));
    for i in 0..100 {
        let order = order.clone();
        uv_fs::append_file(&lp, dir.path().join("log"), [i], move |_, result| {
            result.unwrap();
            order.borrow_mut().push(i);
        });
    }
    settle(&pool);
    assert_eq!(sync::stat(dir.path().join("log")).unwrap().size, 100);
    assert!(order.borrow().is_empty());
    run(&lp);
    assert!(order.borrow().iter().copied().eq(0..100));
    assert_eq!(sync::read_file(dir.path().join("log")).unwrap(), *order.borrow());
}

#[test]
fn requests_chain_from_callbacks() {
    let lp = Loop::new().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    let content = Rc::new(RefCell::new(Vec::new()));
    let result = content.clone();
    let flags = OpenFlags::CREAT | OpenFlags::RDWR;
    uv_fs::open(&lp, &path, flags, 0o600, move |lp, fd| {
        let fd = Arc::new(fd.unwrap());
        uv_fs::write(lp, fd.clone(), b"0123456789", None, move |lp, count, _| {
            assert_eq!(count, Ok(10));
            uv_fs::read(lp, fd.clone(), vec![0; 4], Some(8), move |lp, count, mut buf| {
                buf.truncate(count.unwrap());
                result.borrow_mut().extend(buf);
                uv_fs::close(lp, fd, |_, closed| closed.unwrap());
            });
        });
    });
    run(&lp);
    assert_eq!(*content.borrow(), b"89");
}

#[test]
fn a_request_in_the_queue_can_be_cancelled() {
    let (lp, pool) = one_thread();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    let file = File::open("/dev/zero").unwrap();
    let gate = hold(&pool);
    let errors = Rc::new(RefCell::new(Vec::new()));
    fn keep<T>(errors: &Rc<RefCell<Vec<String>>>) -> impl FnOnce(&Loop, Result<T, FsError>) + 'static {
        let errors = errors.clone();
        move |_, result| errors.borrow_mut().push(result.err().map(|error| error.to_string()).unwrap_or_default())
    }
    let p = Path::new("p");
    let requests: [Request; 7] = [
        uv_fs::write_file(&lp, &path, "x", keep(&errors)),
        uv_fs::mkdir(&lp, dir.path().join("dir"), 0o777, keep(&errors)),
        uv_fs::fstat(&lp, file, keep(&errors)),
        uv_fs::rename(&lp, p, "q", keep(&errors)),
        uv_fs::mkdtemp(&lp, p, keep(&errors)),
        uv_fs::scandir(&lp, p, keep(&errors)),
        uv_fs::read_file(&lp, p, keep(&errors)),
    ];
    for request in requests {
        request.cancel(&lp).unwrap();
        assert_eq!(request.cancel(&lp), Err(Error::EBUSY), "cancelled already");
    }
    assert!(errors.borrow().is_empty());
    run(&lp);
    let said = |call: &str| format!("ECANCELED: operation canceled, {call}");
    let expected = [
        said(&format!("open '{}'", path.display())),
        said(&format!("mkdir '{}'", dir.path().join("dir").display())),
        said("fstat"),
        said("rename 'p' -> 'q'"),
        said("mkdtemp 'pXXXXXX'"),
        said("scandir 'p'"),
        said("open 'p'"),
    ];
    assert_eq!(*errors.borrow(), expected);
    assert_eq!(requests[0].cancel(&lp), Err(Error::EINVAL));
    drop(gate);
    settle(&pool);
    assert!(sync::scandir(dir.path()).unwrap().is_empty());
}

#[test]
fn what_has_been_done_is_not_cancelled() {
    let (lp, pool) = one_thread();
    let done = Rc::new(Cell::new(false));
    let flag = done.clone();
    let request = uv_fs::stat(&lp, "/", move |_, stat| flag.set(stat.is_ok()));
    settle(&pool);
    assert_eq!(request.cancel(&lp), Err(Error::EBUSY));
    run(&lp);
    assert!(done.get());
}

#[test]
fn a_cancelled_request_gives_its_buffer_back() {
    let (lp, pool) = one_thread();
    let gate = hold(&pool);
    let back = Rc::new(Cell::new(0));
    let zero = Arc::new(File::open("/dev/zero").unwrap());

    let buf = vec![7; 100];
    let (address, seen) = (buf.as_ptr(), back.clone());
    let read = uv_fs::read(&lp, zero.clone(), buf, None, move |_, result, buf| {
        assert_eq!(result.unwrap_err().to_string(), "ECANCELED: operation canceled, read");
        assert_eq!((buf.as_ptr(), buf), (address, vec![7; 100]));
        seen.set(seen.get() + 1);
    });
    let seen = back.clone();
    let write = uv_fs::write(&lp, zero.clone(), String::from("data"), None, move |_, result, data| {
        assert_eq!(result.unwrap_err().error(), Error::ECANCELED);
        assert_eq!(data, "data");
        seen.set(seen.get() + 1);
    });
    read.cancel(&lp).unwrap();
    write.cancel(&lp).unwrap();
    run(&lp);
    assert_eq!(back.get(), 2);
    drop(gate);
    settle(&pool);
    assert_eq!(Arc::strong_count(&zero), 1);
}

#[test]
fn a_failed_request_gives_its_buffer_back() {
    let lp = Loop::new().unwrap();
    let back = Rc::new(Cell::new(false));
    let seen = back.clone();
    uv_fs::read(&lp, File::open("/").unwrap(), vec![7; 10], None, move |_, result, buf| {
        assert_eq!(result.unwrap_err().error(), Error::EISDIR);
        seen.set(buf == [7; 10]);
    });
    run(&lp);
    assert!(back.get());
}

/// A pipe, and the path by which its write end is opened again.
fn pipe() -> (PipeReader, OwnedFd, String) {
    let (reader, writer) = std::io::pipe().unwrap();
    rustix::io::ioctl_fionbio(&reader, true).unwrap();
    let path = format!("/proc/self/fd/{}", writer.as_raw_fd());
    (reader, writer.into(), path)
}

/// At the end of a pipe that all have closed, and not merely empty.
fn at_end(mut reader: PipeReader) -> bool {
    match reader.read(&mut [0]) {
        Ok(0) => true,
        Err(error) if error.kind() == ErrorKind::WouldBlock => false,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_opened_for_a_loop_that_is_gone_is_closed() {
    for dropped_before in [false, true] {
        let (lp, pool) = one_thread();
        let (reader, writer, path) = pipe();
        let gate = hold(&pool);
        uv_fs::open(&lp, path, OpenFlags::WRONLY, 0, |_, _| unreachable!());
        let lp = Some(lp).filter(|_| !dropped_before);
        drop(gate);
        settle(&pool);
        drop(writer);
        assert!(dropped_before || !at_end(reader.try_clone().unwrap()), "the result holds it open");
        drop(lp);
        assert!(at_end(reader));
    }
}

#[test]
fn descriptors_of_requests_are_let_go() {
    let (lp, pool) = one_thread();
    let (done, writer, _) = pipe();
    uv_fs::fstat(&lp, writer, |_, stat| assert!(stat.is_ok()));
    settle(&pool);
    assert!(at_end(done), "the call has no use for it any more");

    let gate = hold(&pool);
    let (cancelled, writer, _) = pipe();
    uv_fs::fstat(&lp, writer, |_, stat| assert!(stat.is_err())).cancel(&lp).unwrap();
    run(&lp);
    assert!(at_end(cancelled));

    let (dropped, writer, _) = pipe();
    uv_fs::fstat(&lp, writer, |_, _| unreachable!());
    drop(lp);
    drop(gate);
    settle(&pool);
    assert!(at_end(dropped));
}

#[test]
fn callbacks_of_a_dropped_loop_are_dropped() {
    let (lp, pool) = one_thread();
    let gate = hold(&pool);
    let held = Rc::new(());
    let (first, second) = (held.clone(), held.clone());
    uv_fs::stat(&lp, "/", move |_, _| drop(first));
    uv_fs::read(&lp, File::open("/dev/zero").unwrap(), vec![0; 1], None, move |_, _, _| drop(second));
    drop(lp);
    assert_eq!(Rc::strong_count(&held), 1);
    drop(gate);
    settle(&pool);
}

#[test]
fn a_fifo_without_its_other_end_stops_one_thread_only() {
    let dir = tempfile::tempdir().unwrap();
    let fifo = dir.path().join("fifo");
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, mode).unwrap();
    let pool = Pool::builder().threads(2).build().unwrap();
    let lp = Loop::builder().pool(pool).build().unwrap();
    let content = Rc::new(RefCell::new(None));
    let result = content.clone();
    uv_fs::read_file(&lp, &fifo, move |_, content| *result.borrow_mut() = Some(content));
    let seen = content.clone();
    uv_fs::stat(&lp, fifo.clone(), move |_, stat| {
        stat.unwrap();
        assert!(seen.borrow().is_none());
        let mut writer = File::options().write(true).open(fifo).unwrap();
        writer.write_all(b"at last").unwrap();
    });
    run(&lp);
    assert_eq!(content.borrow_mut().take(), Some(Ok(b"at last".to_vec())));
}

struct Broken;

impl AsRef<[u8]> for Broken {
    fn as_ref(&self) -> &[u8] {
        panic!("no bytes")
    }
}

#[test]
fn a_panic_of_the_callers_data_comes_out_of_the_loop() {
    let (lp, _pool) = one_thread();
    let null = || File::options().write(true).open("/dev/null").unwrap();
    let later = Rc::new(Cell::new(false));
    let flag = later.clone();
    uv_fs::write(&lp, null(), Broken, None, |_, _, _| unreachable!());
    uv_fs::write_file(&lp, "/dev/null", Broken, |_, _| unreachable!());
    uv_fs::write(&lp, null(), "x", None, move |_, count, _| flag.set(count == Ok(1)));
    for _ in 0..2 {
        let panic = catch_unwind(AssertUnwindSafe(|| lp.run(RunMode::Default))).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"no bytes"));
    }
    run(&lp);
    assert!(later.get());
}

#[test]
fn a_panic_of_a_callback_loses_no_other_request() {
    let (lp, _pool) = one_thread();
    let later = Rc::new(Cell::new(false));
    let flag = later.clone();
    uv_fs::stat(&lp, "/", |_, _| panic!("mine"));
    uv_fs::stat(&lp, "/", move |_, stat| flag.set(stat.is_ok()));
    assert!(catch_unwind(AssertUnwindSafe(|| lp.run(RunMode::Default))).is_err());
    run(&lp);
    assert!(later.get());
}
