//! uv-fs.

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use uv_fs::OpenFlags;
use uv_loop::{Loop, RunMode};

use super::files::{self, Source};
use super::pace::Pace;
use super::{Work, std_fs};
use crate::support::count;

/// What the requests of a run share. It is never freed.
struct Run {
    pace: &'static Pace,
    work: Work,
    small: Vec<PathBuf>,
    fd: Arc<OwnedFd>,
    source: RefCell<Source>,
    next: Cell<usize>,
}

pub fn run(work: Work, at_once: usize, pace: &'static Pace) {
    let lp = Loop::new().expect("a loop");
    let source = Source::new(work.len(), work == Work::UncachedRead);
    let fd = Arc::new(OwnedFd::from(source.file().try_clone().expect("a descriptor")));
    let run = Run { pace, work, small: files::small_files(), fd, source: RefCell::new(source), next: 0.into() };
    let run: &'static Run = Box::leak(Box::new(run));
    // What a file system is has to be learnt once.
    uv_fs::stat(&lp, &run.small[0], |_, stat| assert!(stat.is_ok()));
    lp.run(RunMode::Default).expect("it runs");
    pace.begin();
    for _ in 0..at_once {
        run.start(&lp, vec![0; work.len()]);
    }
    lp.run(RunMode::Default).expect("it runs");
}

impl Run {
    fn start(&'static self, lp: &Loop, buf: Vec<u8>) {
        match self.work {
            Work::Stat => {
                uv_fs::stat(lp, &self.small[0], move |lp, stat| {
                    assert_eq!(stat.expect("it is there").size, files::SMALL as u64);
                    self.again(lp, buf);
                });
            }
            Work::File => self.open(lp, buf),
            Work::WholeFile => {
                uv_fs::read_file(lp, self.next_file(), move |lp, content| {
                    assert_eq!(content.expect("it is there").len(), files::SMALL);
                    self.again(lp, buf);
                });
            }
            Work::Read | Work::BigRead | Work::UncachedRead => {
                let offset = self.source.borrow_mut().next();
                uv_fs::read(lp, self.fd.clone(), buf, Some(offset), move |lp, count, buf| {
                    assert_eq!(count, Ok(buf.len()));
                    self.again(lp, buf);
                });
            }
            Work::Directory => {
                uv_fs::scandir(lp, files::many(), move |lp, entries| {
                    files::check_entries(entries.expect("it is there").len());
                    self.again(lp, buf);
                });
            }
        }
    }

    fn next_file(&self) -> &PathBuf {
        let next = self.next.get();
        self.next.set(next + 1);
        &self.small[next % self.small.len()]
    }

    fn open(&'static self, lp: &Loop, buf: Vec<u8>) {
        uv_fs::open(lp, self.next_file(), OpenFlags::RDONLY, 0, move |lp, fd| {
            let fd = Arc::new(fd.expect("it is there"));
            uv_fs::read(lp, fd.clone(), buf, Some(0), move |lp, count, buf| {
                assert_eq!(count, Ok(files::SMALL));
                uv_fs::close(lp, fd, move |lp, closed| {
                    assert!(closed.is_ok());
                    self.again(lp, buf);
                });
            });
        });
    }

    fn again(&'static self, lp: &Loop, buf: Vec<u8>) {
        if self.pace.done() {
            self.start(lp, buf);
        }
    }
}

pub fn stat_sync(pace: &Pace) {
    let path = std_fs::cached_path();
    pace.begin();
    loop {
        assert!(uv_fs::sync::stat(&path).is_ok());
        if !pace.done() {
            return;
        }
    }
}

/// Nanoseconds until a cached read has called back while four long jobs have the pool.
pub fn read_beside_jobs() -> f64 {
    let lp = Loop::new().expect("a loop");
    let mut source = Source::new(files::SMALL, false);
    let file: Arc<File> = Arc::new(source.file().try_clone().expect("a descriptor"));
    uv_fs::fstat(&lp, file.clone(), |_, stat| assert!(stat.is_ok()));
    lp.run(RunMode::Default).expect("it runs");
    let total = Rc::new(Cell::new(0.0));
    for _ in 0..rounds() {
        for _ in 0..4 {
            lp.queue_work(|| thread::sleep(LONG), |_, done| assert!(done.is_ok()));
        }
        let (begin, total) = (Instant::now(), total.clone());
        uv_fs::read(&lp, file.clone(), vec![0; files::SMALL], Some(source.next()), move |_, count, _| {
            assert_eq!(count, Ok(files::SMALL));
            total.set(total.get() + begin.elapsed().as_secs_f64());
        });
        lp.run(RunMode::Default).expect("it runs");
    }
    total.get() * 1e9 / rounds() as f64
}

/// How long a long job takes.
pub const LONG: Duration = Duration::from_millis(10);

pub fn rounds() -> usize {
    count(50, 8)
}
