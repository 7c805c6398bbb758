//! tokio's files: each call runs on a thread of its blocking pool.

use std::cell::RefCell;
use std::io::SeekFrom;
use std::path::PathBuf;
use std::rc::Rc;
use std::thread;
use std::time::Instant;

use tokio::fs::{self, File};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::task::{self, LocalSet};

use super::Work;
use super::files::{self, Source};
use super::ours::{LONG, rounds};
use super::pace::Pace;

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().max_blocking_threads(4).build().expect("a runtime")
}

pub fn run(work: Work, at_once: usize, pace: &'static Pace) {
    LocalSet::new().block_on(&runtime(), async {
        let mut files = Vec::new();
        for _ in 0..at_once {
            files.push(File::open(files::big()).await.expect("it is there"));
        }
        let source = Rc::new(RefCell::new(Source::new(work.len(), work == Work::UncachedRead)));
        let small: Rc<[_]> = files::small_files().into();
        pace.begin();
        let chain = |file| task::spawn_local(chain(work, small.clone(), file, source.clone(), pace));
        let tasks: Vec<_> = files.into_iter().map(chain).collect();
        for task in tasks {
            task.await.expect("it does not panic");
        }
    });
}

/// One after the other, until the time is over.
async fn chain(work: Work, small: Rc<[PathBuf]>, mut file: File, source: Rc<RefCell<Source>>, pace: &'static Pace) {
    file.set_max_buf_size(work.len());
    let mut buf = vec![0; work.len()];
    let mut next = 0;
    loop {
        match work {
            Work::Stat => {
                assert_eq!(fs::metadata(&small[0]).await.expect("it is there").len(), files::SMALL as u64);
            }
            Work::File => {
                next += 1;
                let mut file = File::open(&small[next % small.len()]).await.expect("it is there");
                file.read_exact(&mut buf).await.expect("it is as long");
            }
            Work::WholeFile => {
                next += 1;
                assert_eq!(fs::read(&small[next % small.len()]).await.expect("it is there").len(), files::SMALL);
            }
            Work::Read | Work::BigRead | Work::UncachedRead => {
                let offset = source.borrow_mut().next();
                file.seek(SeekFrom::Start(offset)).await.expect("it is as long");
                file.read_exact(&mut buf).await.expect("it is as long");
            }
            Work::Directory => {
                let (mut entries, mut names) = (fs::read_dir(files::many()).await.expect("it is there"), Vec::new());
                while let Some(entry) = entries.next_entry().await.expect("it can be read") {
                    names.push(entry.file_name());
                }
                names.sort_unstable();
                files::check_entries(names.len());
            }
        }
        if !pace.done() {
            return;
        }
    }
}

pub fn read_beside_jobs() -> f64 {
    let mut source = Source::new(files::SMALL, false);
    let mut total = 0.0;
    runtime().block_on(async {
        let mut file = File::open(files::big()).await.expect("it is there");
        let mut buf = vec![0; files::SMALL];
        for _ in 0..rounds() {
            file.seek(SeekFrom::Start(source.next())).await.expect("it is as long");
            let jobs: Vec<_> = (0..4).map(|_| task::spawn_blocking(|| thread::sleep(LONG))).collect();
            let begin = Instant::now();
            file.read_exact(&mut buf).await.expect("it is as long");
            total += begin.elapsed().as_secs_f64();
            for job in jobs {
                job.await.expect("it does not panic");
            }
        }
    });
    total * 1e9 / rounds() as f64
}
