//! Requests whose memory is their owner's: with the fast path and without it they are what the blocking calls are.

use std::ffi::CString;
use std::io::IoSliceMut;
use std::os::fd::{OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use uv_fs::{Access, Made, OpenFlags, OwnedRequests, RequestOwner, Stat, bare, sync};
use uv_loop::{JobError, Loop, Pool, RunMode};
use uv_sys::Error;

#[derive(Clone, Debug, PartialEq)]
enum Answer {
    Stat(Stat),
    Opened,
    Read(Vec<u8>),
    Nothing,
    Error(Error),
    Canceled,
}

impl Answer {
    fn of<T, E: Into<Error>>(result: Result<T, E>, answer: impl FnOnce(T) -> Answer) -> Answer {
        result.map_or_else(|error| Answer::Error(error.into()), answer)
    }
}

#[derive(Clone)]
enum Call {
    Stat(CString),
    Lstat(CString),
    Access(CString),
    Open(CString),
    Fstat(Arc<OwnedFd>),
    Read(Arc<OwnedFd>, Option<u64>),
    ReadVectored(Arc<OwnedFd>, u64),
    Mkdir(CString),
    Fsync(Arc<OwnedFd>),
}

const LEN: usize = 10_000;

impl Call {
    fn by_blocking(&self) -> Answer {
        match self {
            Call::Stat(path) => Answer::of(bare::stat(path), Answer::Stat),
            Call::Lstat(path) => Answer::of(bare::lstat(path), Answer::Stat),
            Call::Access(path) => Answer::of(bare::access(path, Access::F_OK), |()| Answer::Nothing),
            Call::Open(path) => Answer::of(bare::open(path, OpenFlags::RDONLY, 0), |_| Answer::Opened),
            Call::Fstat(fd) => Answer::of(sync::fstat(fd), Answer::Stat),
            Call::Read(fd, offset) => {
                let mut buf = vec![0; LEN];
                Answer::of(sync::read(fd, &mut buf, *offset), |count| Answer::Read(buf[..count].to_vec()))
            }
            Call::ReadVectored(fd, offset) => {
                let (mut a, mut b) = (vec![0; 100], vec![0; LEN]);
                let bufs = &mut [IoSliceMut::new(&mut a), IoSliceMut::new(&mut b)];
                Answer::of(sync::read_vectored(fd, bufs, Some(*offset)), |count| read(&a, &b, count))
            }
            Call::Mkdir(path) => Answer::of(bare::mkdir(path, 0o700), |()| Answer::Nothing),
            Call::Fsync(fd) => Answer::of(sync::fsync(fd), |()| Answer::Nothing),
        }
    }
}

fn read(a: &[u8], b: &[u8], count: usize) -> Answer {
    Answer::Read([a, b].concat()[..count].to_vec())
}

#[derive(Default)]
struct Owner {
    requests: Mutex<Vec<(Call, Option<Answer>)>>,
    done: Mutex<Vec<usize>>,
}

impl RequestOwner for Owner {
    fn run(&self, number: usize) {
        let call = self.requests.lock().unwrap()[number].0.clone();
        self.answer(number, call.by_blocking());
    }

    fn done(&self, _: &Loop, number: usize, outcome: Result<(), JobError>) {
        if outcome.is_err() {
            self.answer(number, Answer::Canceled);
        }
        self.done.lock().unwrap().push(number);
    }
}

impl Owner {
    fn answer(&self, number: usize, answer: Answer) {
        let before = self.requests.lock().unwrap()[number].1.replace(answer);
        assert_eq!(before, None, "an answer to {number}");
    }

    fn make(&self, requests: &OwnedRequests, lp: &Loop, call: Call) -> uv_fs::Request {
        let number = self.requests.lock().unwrap().len();
        self.requests.lock().unwrap().push((call.clone(), None));
        let (mut a, mut b) = (vec![0; 100], vec![0; LEN]);
        let (request, answer) = match &call {
            Call::Stat(path) => told(requests.stat(lp, number, path), Answer::Stat),
            Call::Lstat(path) => told(requests.lstat(lp, number, path), Answer::Stat),
            Call::Access(path) => told(requests.access(lp, number, path, Access::F_OK), |()| Answer::Nothing),
            Call::Open(path) => told(requests.open(lp, number, path, OpenFlags::RDONLY), |_| Answer::Opened),
            Call::Fstat(fd) => told(requests.fstat(lp, number, fd), Answer::Stat),
            Call::Read(fd, offset) => {
                let made = requests.read(lp, number, fd, &mut b, *offset);
                told(made, |count| Answer::Read(b[..count].to_vec()))
            }
            Call::ReadVectored(fd, offset) => {
                let bufs = &mut [IoSliceMut::new(&mut a), IoSliceMut::new(&mut b)];
                let made = requests.read_vectored(lp, number, fd, bufs, Some(*offset));
                told(made, |count| read(&a, &b, count))
            }
            Call::Mkdir(_) => (requests.change(lp, number), None),
            Call::Fsync(_) => (requests.queue(lp, number), None),
        };
        if let Some(answer) = answer {
            self.answer(number, answer);
        }
        request
    }
}

fn told<T>(made: Made<T>, answer: impl FnOnce(T) -> Answer) -> (uv_fs::Request, Option<Answer>) {
    (made.request, made.answer.map(|result| Answer::of(result, answer)))
}

fn c(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).unwrap()
}

fn one_loop(threads: usize) -> Loop {
    let pool = Pool::builder().threads(threads).build().unwrap();
    Loop::builder().pool(pool).build().unwrap()
}

#[test]
fn they_are_what_the_blocking_calls_are() {
    let dir = tempfile::tempdir().unwrap();
    let (file, link, missing) = (dir.path().join("file"), dir.path().join("link"), dir.path().join("missing"));
    sync::write_file(&file, (0..30_000).map(|number| (number % 251) as u8).collect::<Vec<_>>()).unwrap();
    sync::symlink("file", &link).unwrap();
    let open = || Arc::new(sync::open(&file, OpenFlags::RDONLY, 0).unwrap());
    let fd = open();
    let mut calls = Vec::new();
    for path in [&file, &link, &missing, dir.path(), Path::new("/proc/self/status"), &dir.path().join("x".repeat(300))]
    {
        calls.extend([Call::Lstat, Call::Access, Call::Open].map(|call| call(c(path))));
        // The times and sizes of what is below `/proc` are those of the question.
        if !path.starts_with("/proc") {
            calls.push(Call::Stat(c(path)));
        }
    }
    calls.retain(|call| !matches!(call, Call::Lstat(path) if path.to_bytes().starts_with(b"/proc")));
    calls.extend([Call::Fstat(fd.clone()), Call::Fsync(fd.clone()), Call::Mkdir(c(&file))]);
    for offset in [0, 5000, 25_000, 30_000, 50_000] {
        calls.extend([Call::Read(fd.clone(), Some(offset)), Call::ReadVectored(fd.clone(), offset)]);
    }
    for (threads, fast_path) in [(1, true), (1, false), (4, true), (4, false)] {
        let (lp, owner) = (one_loop(threads), Arc::new(Owner::default()));
        uv_fs::set_fast_path(&lp, fast_path);
        let requests = OwnedRequests::new(owner.clone());
        // Once as they come, one after the other, and all at a time.
        let mut expected = Vec::new();
        for (round, waits) in [(0, true), (1, true), (2, false)] {
            for call in &calls {
                let request = owner.make(&requests, &lp, call.clone());
                assert!(request.is_pending(&lp), "in round {round}");
                expected.push(call.by_blocking());
                if waits {
                    lp.run(RunMode::Default).unwrap();
                    assert!(!request.is_pending(&lp));
                }
            }
            lp.run(RunMode::Default).unwrap();
        }
        let (made, mut done) = (owner.requests.lock().unwrap(), owner.done.lock().unwrap());
        for (number, ((_, answer), expected)) in made.iter().zip(&expected).enumerate() {
            assert_eq!(answer.as_ref(), Some(expected), "request {number}");
        }
        if threads == 1 {
            assert!(done.is_sorted());
        }
        done.sort_unstable();
        assert!(done.iter().copied().eq(0..made.len()));
        assert_eq!(lp.active_work(), 0);
    }
}

#[test]
fn the_position_moves_with_each_read() {
    let file = tempfile::NamedTempFile::new().unwrap();
    sync::write_file(file.path(), (0..LEN * 3).map(|place| (place / LEN) as u8).collect::<Vec<_>>()).unwrap();
    for fast_path in [true, false] {
        let (lp, owner) = (one_loop(1), Arc::new(Owner::default()));
        uv_fs::set_fast_path(&lp, fast_path);
        let requests = OwnedRequests::new(owner.clone());
        // Some of it may have to come from the disk.
        let fd = Arc::new(sync::open(file.path(), OpenFlags::RDONLY, 0).unwrap());
        sync::fsync(&fd).unwrap();
        rustix::fs::fadvise(&fd, 8192, None, rustix::fs::Advice::DontNeed).unwrap();
        for _ in 0..4 {
            owner.make(&requests, &lp, Call::Read(fd.clone(), None));
        }
        lp.run(RunMode::Default).unwrap();
        let made = owner.requests.lock().unwrap();
        let answers: Vec<_> = made.iter().filter_map(|(_, answer)| answer.clone()).collect();
        let expected = [vec![0; LEN], vec![1; LEN], vec![2; LEN], vec![]].map(Answer::Read);
        assert_eq!(answers, expected);
    }
}

#[test]
fn one_that_is_taken_back_is_not_run() {
    let (lp, owner) = (one_loop(1), Arc::new(Owner::default()));
    let requests = OwnedRequests::new(owner.clone());
    let dir = tempfile::tempdir().unwrap();
    let (hold, held) = channel::<()>();
    lp.queue_work(move || held.recv(), |_, _| ());
    let request = owner.make(&requests, &lp, Call::Mkdir(c(&dir.path().join("new"))));
    request.cancel(&lp).unwrap();
    drop(hold);
    lp.run(RunMode::Default).unwrap();
    assert_eq!(owner.requests.lock().unwrap()[0].1, Some(Answer::Canceled));
    assert_eq!(request.cancel(&lp), Err(Error::EINVAL));
    assert!(!dir.path().join("new").exists());
    // The change is counted no longer: what is in memory is answered again.
    assert_eq!(lp.active_work(), 0);
}

#[test]
fn a_descriptor_is_closed_or_comes_back() {
    struct Closes(Mutex<Vec<RawFd>>);
    impl RequestOwner for Closes {
        fn run(&self, number: usize) {
            self.0.lock().unwrap().push(number as RawFd);
        }
        fn done(&self, _: &Loop, _: usize, outcome: Result<(), JobError>) {
            outcome.unwrap();
        }
    }
    let owner = Arc::new(Closes(Mutex::default()));
    let requests = OwnedRequests::new(owner.clone());
    let lp = one_loop(2);
    let mut left = Vec::new();
    for is_on in [true, false] {
        uv_fs::set_fast_path(&lp, is_on);
        let (reader, writer) = std::io::pipe().unwrap();
        let number = std::os::fd::AsRawFd::as_raw_fd(&writer);
        // A pipe is not closed at once: that may have effects.
        let (request, back) = requests.close(&lp, number as usize, writer.into());
        assert_eq!(back, Some(number));
        left.push(number);
        lp.run(RunMode::Default).unwrap();
        assert!(!request.is_pending(&lp));
        drop(reader);
    }
    assert_eq!(*owner.0.lock().unwrap(), left);
}
