//! What the fast path remembers of names changes no answer.

use std::cell::RefCell;
use std::io::Write;
use std::rc::Rc;
use std::time::Duration;
use std::{fs, thread};

use rustix::fs::{CWD, FileType, mknodat};
use uv_fs::OpenFlags;
use uv_loop::{Loop, RunMode};

/// Its writer would be let through by the first and see the reader go.
#[test]
fn a_fifo_in_a_files_place_is_opened_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("name");
    let lp = Loop::new().unwrap();
    for _ in 0..10 {
        fs::write(&path, "x").unwrap();
        for _ in 0..3 {
            uv_fs::open(&lp, &path, OpenFlags::RDONLY, 0, |_, fd| drop(fd.unwrap()));
            lp.run(RunMode::Default).unwrap();
        }
        fs::remove_file(&path).unwrap();
        mknodat(CWD, &path, FileType::Fifo, 0o600.into(), 0).unwrap();
        let to = path.clone();
        let writer = thread::spawn(move || {
            let mut pipe = fs::OpenOptions::new().write(true).open(&to).unwrap();
            thread::sleep(Duration::from_millis(20));
            pipe.write_all(b"hello").map(|()| pipe)
        });
        // So that it most likely waits for a reader.
        thread::sleep(Duration::from_millis(20));
        let kept = Rc::new(RefCell::new(None));
        let reader = kept.clone();
        uv_fs::open(&lp, &path, OpenFlags::RDONLY, 0, move |_, fd| drop(reader.replace(Some(fd.unwrap()))));
        lp.run(RunMode::Default).unwrap();
        assert!(writer.join().unwrap().is_ok(), "the writer saw a reader that went away");
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_file_in_a_files_place_is_read_whole() {
    let dir = tempfile::tempdir().unwrap();
    let (path, new) = (dir.path().join("name"), dir.path().join("new"));
    let lp = Loop::new().unwrap();
    for length in [10, 5000, 3, 70_000] {
        fs::write(&new, vec![7; length]).unwrap();
        fs::rename(&new, &path).unwrap();
        for _ in 0..2 {
            uv_fs::read_file(&lp, &path, move |_, content| assert!(content.unwrap() == vec![7; length]));
            lp.run(RunMode::Default).unwrap();
        }
    }
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    uv_fs::read_file(&lp, &path, |_, content| assert_eq!(content.unwrap_err().error(), uv_loop::Error::EISDIR));
    lp.run(RunMode::Default).unwrap();
}

/// Who owns a loop may use it to its thread's end, when nothing is remembered any more.
#[test]
fn a_request_is_made_while_its_thread_ends() {
    struct Runtime(Loop);
    impl Runtime {
        fn ask(&self) {
            uv_fs::stat(&self.0, "/", |_, stat| assert!(stat.is_ok()));
            uv_fs::open(&self.0, "/", OpenFlags::RDONLY, 0, |lp, fd| {
                uv_fs::close(lp, fd.unwrap(), |_, end| end.unwrap());
            });
            self.0.run(RunMode::Default).unwrap();
        }
    }
    impl Drop for Runtime {
        fn drop(&mut self) {
            self.ask();
        }
    }
    thread_local!(static RUNTIME: RefCell<Option<Runtime>> = const { RefCell::new(None) });
    let user = thread::spawn(|| {
        RUNTIME.set(Some(Runtime(Loop::new().unwrap())));
        RUNTIME.with_borrow(|runtime| runtime.as_ref().unwrap().ask());
    });
    user.join().unwrap();
}
