//! Requests as futures.

use std::cell::Cell;
use std::future::Future;
use std::io::Write;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::task::{Context, Poll, Wake, Waker};

use uv_fs::{OpenFlags, future, sync};
use uv_loop::{Loop, Pool};
use uv_sys::Error;

#[test]
fn tasks_chain_requests() {
    let lp = Loop::new().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    let handle = lp.handle();
    let file = path.clone();
    let task = lp.spawn_local(async move {
        let fd = std::sync::Arc::new(future::open(&handle, &file, OpenFlags::CREAT | OpenFlags::RDWR, 0o600).await?);
        let (count, data) = future::write(&handle, fd.clone(), "0123456789", None).await;
        assert_eq!(count?, data.len());
        let (count, buf) = future::read(&handle, fd.clone(), vec![0; 4], Some(8)).await;
        future::close(&handle, fd).await?;
        Ok::<_, uv_fs::FsError>(buf[..count?].to_vec())
    });
    assert_eq!(lp.block_on(task).unwrap().unwrap().unwrap(), b"89");
    let missing = lp.block_on(future::unlink(&lp.handle(), dir.path().join("no"))).unwrap();
    assert_eq!(missing.unwrap_err().error(), Error::ENOENT);
}

#[test]
fn a_dropped_future_cancels_its_request() {
    let pool = Pool::builder().threads(1).build().unwrap();
    let lp = Loop::builder().pool(pool.clone()).build().unwrap();
    let (hold, held) = channel::<()>();
    pool.submit(move || held.recv().unwrap_err(), |_| ());
    let dir = tempfile::tempdir().unwrap();
    drop(future::mkdir(&lp.handle(), dir.path().join("sub"), 0o777));
    drop(hold);
    lp.block_on(future::fsync(&lp.handle(), std::fs::File::open(dir.path()).unwrap())).unwrap().unwrap();
    assert_eq!(sync::scandir(dir.path()), Ok(Vec::new()));
}

#[test]
fn a_loop_that_is_gone_cancels() {
    let lp = Loop::new().unwrap();
    let handle = lp.handle();
    let held = Rc::new(Cell::new(false));
    let waiting = future::readlink(&handle, "/");
    drop(lp);
    let mut cx = Context::from_waker(Waker::noop());
    let mut stat = Box::pin(future::stat(&handle, "/"));
    match stat.as_mut().poll(&mut cx) {
        Poll::Ready(Err(error)) => held.set(error.error() == Error::ECANCELED),
        other => panic!("{other:?}"),
    }
    assert!(held.get());
    let mut write = Box::pin(future::write(&handle, tempfile::tempfile().unwrap(), "data", None));
    let Poll::Ready((Err(error), "data")) = write.as_mut().poll(&mut cx) else { panic!("no buffer") };
    assert_eq!(error.syscall(), "write");
    drop(waiting);
}

/// Counts how often it was woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn requests_of_a_loop_that_goes_are_cancelled_and_say_so() {
    let pool = Pool::builder().threads(1).build().unwrap();
    let lp = Loop::builder().pool(pool.clone()).build().unwrap();
    let (hold, held) = channel::<()>();
    pool.submit(move || held.recv().unwrap_err(), |_| ());
    let handle = lp.handle();
    let mut unlink = Box::pin(future::unlink(&handle, "/no/such"));
    let mut write = Box::pin(future::write(&handle, tempfile::tempfile().unwrap(), vec![1, 2], None));
    let mut readdir = Box::pin(future::readdir(&handle, sync::opendir("/").unwrap(), 1));
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(woken.clone());
    let mut cx = Context::from_waker(&waker);
    assert!(unlink.as_mut().poll(&mut cx).is_pending());
    assert!(write.as_mut().poll(&mut cx).is_pending());
    assert!(readdir.as_mut().poll(&mut cx).is_pending());
    drop(lp);
    assert_eq!(woken.0.load(Ordering::SeqCst), 3);
    let Poll::Ready(Err(error)) = unlink.as_mut().poll(&mut cx) else { panic!("it would wait for ever") };
    assert_eq!(error.to_string(), "ECANCELED: operation canceled, unlink");
    // The queue of the pool still has what it needs.
    drop(hold);
    let (written, data) = Loop::new().unwrap().block_on(write).unwrap();
    assert_eq!((written.unwrap_err().error(), data), (Error::ECANCELED, vec![1, 2]));
    let (entries, dir) = Loop::new().unwrap().block_on(readdir).unwrap();
    assert_eq!(entries.unwrap_err().error(), Error::ECANCELED);
    sync::closedir(dir).unwrap();
}

#[test]
fn a_buffer_that_a_thread_uses_comes_back_when_it_is_done() {
    let lp = Loop::new().unwrap();
    let (reader, mut writer) = std::io::pipe().unwrap();
    let read = future::read(&lp.handle(), reader, vec![0; 4], None);
    // A thread may be at it by now, and waits for the pipe.
    drop(lp);
    writer.write_all(b"late").unwrap();
    let (count, buf) = Loop::new().unwrap().block_on(read).unwrap();
    assert_eq!((count.unwrap_err().error(), buf.len()), (Error::ECANCELED, 4));
}
