//! Large reads, of which the loop does one itself when it would only wait, and threads the others.

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::sync::Arc;

use tempfile::NamedTempFile;
use uv_fs::{OpenFlags, sync};
use uv_loop::{Check, Handle, Idle, Loop, Pool, RunMode};
use uv_sys::Error;

const MIB: usize = 1 << 20;

fn with_threads(threads: usize) -> Loop {
    let pool = Pool::builder().threads(threads).build().unwrap();
    Loop::builder().pool(pool).build().unwrap()
}

/// No two pages alike.
fn content(len: usize) -> Vec<u8> {
    (0..len).map(|place| (place / 4096 * 7 + place % 251) as u8).collect()
}

fn file_of(content: &[u8]) -> (NamedTempFile, Arc<OwnedFd>) {
    let file = NamedTempFile::new().unwrap();
    sync::write_file(file.path(), content).unwrap();
    let fd = Arc::new(sync::open(file.path(), OpenFlags::RDWR, 0).unwrap());
    (file, fd)
}

/// Whether the loop has kept the request that was just made for itself: where the caches can't be asked, it has not.
fn is_held(lp: &Loop) -> bool {
    lp.active_work() == 0
}

#[test]
fn reads_in_any_number_have_their_content() {
    let content = Rc::new(content(5 * MIB + 1000));
    let (_file, fd) = file_of(&content);
    for threads in [1, 2, 4] {
        let lp = with_threads(threads);
        let calls = Rc::new(Cell::new(0));
        for number in 0..12 {
            // The last ones meet the file's end, and lie behind it.
            let (len, offset) = ([MIB, 200 << 10, MIB + 1][number % 3], number * (500 << 10));
            let (content, calls) = (content.clone(), calls.clone());
            uv_fs::read(&lp, fd.clone(), vec![0; len], Some(offset as u64), move |_, count, buf| {
                let end = content.len().min(offset + len);
                assert_eq!(count, Ok(end.saturating_sub(offset)));
                assert!(buf[..end.saturating_sub(offset)] == content[offset.min(end)..end], "the content at {offset}");
                calls.set(calls.get() + 1);
            });
        }
        lp.run(RunMode::Default).unwrap();
        assert_eq!(calls.get(), 12);
    }
}

#[test]
fn a_read_sees_nothing_of_a_write_that_follows() {
    let (_file, fd) = file_of(&vec![b'a'; MIB]);
    let lp = with_threads(2);
    let seen = Rc::new(RefCell::new(Vec::new()));
    let keep = seen.clone();
    uv_fs::read(&lp, fd.clone(), vec![0; MIB], Some(0), move |_, count, buf| {
        assert_eq!(count, Ok(MIB));
        *keep.borrow_mut() = buf;
    });
    if !is_held(&lp) {
        return;
    }
    uv_fs::write(&lp, fd, vec![b'b'; MIB], Some(0), |_, count, _| assert_eq!(count, Ok(MIB)));
    lp.run(RunMode::Default).unwrap();
    // What the caches have lost meanwhile may be read after the write.
    let old = seen.borrow().iter().take_while(|&&byte| byte == b'a').count();
    assert!(old >= 4096 && seen.borrow()[old..].iter().all(|&byte| byte == b'b'), "{old} bytes from before");
}

#[test]
fn a_descriptor_may_be_closed_when_its_read_was_asked_for() {
    let content = content(MIB);
    let (_file, fd) = file_of(&content);
    let lp = with_threads(2);
    uv_fs::read(&lp, fd.clone(), vec![0; MIB], Some(0), move |_, count, buf| {
        assert_eq!(count, Ok(MIB));
        assert!(buf == content);
    });
    uv_fs::close(&lp, fd, |_, closed| closed.unwrap());
    lp.run(RunMode::Default).unwrap();
}

#[test]
fn immediates_come_before_it() {
    let (_file, fd) = file_of(&vec![b'a'; MIB]);
    let (lp, log) = (with_threads(2), Rc::new(RefCell::new(Vec::new())));
    let (check, idle) = (Check::new(&lp), Idle::new(&lp));
    let (read, checked) = (log.clone(), log.clone());
    let request = uv_fs::read(&lp, fd, vec![0; MIB], Some(0), move |_, _, _| read.borrow_mut().push("read"));
    if !is_held(&lp) {
        return;
    }
    assert_eq!(request.cancel(&lp), Err(Error::EBUSY));
    idle.start(&lp, |_, _| ()).unwrap();
    check
        .start(&lp, move |lp, check| {
            assert!(request.is_pending(lp));
            checked.borrow_mut().push("check");
            check.close(lp).unwrap();
            idle.close(lp).unwrap();
        })
        .unwrap();
    lp.run(RunMode::Default).unwrap();
    assert_eq!(*log.borrow(), ["check", "read"]);
    assert_eq!((request.is_pending(&lp), request.cancel(&lp)), (false, Err(Error::EINVAL)));
}

/// As long as the file system lets its pages go.
fn with_its_beginning_alone_in_memory(file: &NamedTempFile) {
    let file = File::open(file.path()).unwrap();
    file.sync_all().unwrap();
    rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::Random).unwrap();
    rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
    sync::read(&file, &mut [0; 4096], Some(0)).unwrap();
}

#[test]
fn what_the_loop_cannot_do_a_thread_does_in_its_name() {
    let content = Rc::new(content(MIB));
    let (file, _) = file_of(&content);
    for is_unref in [false, true] {
        with_its_beginning_alone_in_memory(&file);
        let (lp, fd) = (with_threads(2), Arc::new(OwnedFd::from(File::open(file.path()).unwrap())));
        rustix::fs::fadvise(&fd, 0, None, rustix::fs::Advice::Random).unwrap();
        let (content, called) = (content.clone(), Rc::new(Cell::new(false)));
        let call = called.clone();
        let request = uv_fs::read(&lp, fd, vec![0; MIB], Some(0), move |_, count, buf| {
            assert_eq!(count, Ok(MIB));
            assert!(buf == *content);
            call.set(true);
        });
        if is_unref {
            request.unref(&lp).unwrap();
            assert!(!lp.alive());
        }
        // Nobody else keeps the loop going.
        let idle = Idle::new(&lp);
        idle.start(&lp, |_, _| ()).unwrap();
        while !called.get() {
            assert!(request.is_pending(&lp));
            lp.run(RunMode::NoWait).unwrap();
        }
        assert!(!request.is_pending(&lp));
    }
}

#[test]
fn a_loop_that_goes_lets_it_go() {
    let (_file, fd) = file_of(&vec![b'a'; MIB]);
    let (lp, dropped) = (with_threads(2), Rc::new(()));
    let keep = dropped.clone();
    uv_fs::read(&lp, fd.clone(), vec![0; MIB], Some(0), move |_, _, _| drop(keep));
    drop(lp);
    assert_eq!(Rc::strong_count(&dropped), 1);
}
