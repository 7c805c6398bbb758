//! A process that runs out of descriptors. The limit is the whole process's, so the test runs itself
//! in a child.

use std::env;
use std::fs::File;
use std::os::fd::BorrowedFd;
use std::process::Command;

use rustix::io::fcntl_getfd;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use uv_sys::{Error, Poller};

const LIMIT: i32 = 64;

fn open_descriptors() -> usize {
    (0..LIMIT)
        .filter(|&fd| {
            // SAFETY: the number is only handed to the kernel, which says whether it is open.
            fcntl_getfd(unsafe { BorrowedFd::borrow_raw(fd) }).is_ok()
        })
        .count()
}

#[test]
fn too_many_open_files_is_an_error_and_leaks_nothing() {
    const CHILD: &str = "UV_SYS_TEST_LIMITS_CHILD";
    if env::var_os(CHILD).is_none() {
        let output = Command::new(env::current_exe().unwrap())
            .args(["--test-threads=1", "--nocapture"])
            .env(CHILD, "1")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}");
        assert!(text.contains("1 passed"), "{text}");
        return;
    }

    let limit = getrlimit(Resource::Nofile);
    let current = Some(LIMIT as u64);
    setrlimit(Resource::Nofile, Rlimit { current, ..limit }).unwrap();
    let mut hoard: Vec<File> = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        hoard.push(file);
    }
    assert_eq!(open_descriptors(), LIMIT as usize);

    let mut failures = 0;
    for spare in 0..8 {
        let before = open_descriptors();
        assert_eq!(before, LIMIT as usize - spare);
        match Poller::new() {
            Err(error) => {
                assert_eq!(error, Error::EMFILE);
                failures += 1;
                // Once there was room for a poller, there is room for one with more.
                assert_eq!(failures, spare + 1);
            }
            Ok(poller) => drop(poller),
        }
        assert_eq!(open_descriptors(), before);
        hoard.pop();
    }
    assert!((1..8).contains(&failures));
}
