//! `uv_pool::Pool` beside rayon's pool and the `threadpool` crate, four threads each.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use crate::measure::{Candidate, Table};

const THREADS: usize = 4;
const TRIPS: usize = 2_000;
const JOBS: usize = 50_000;

pub fn compare() -> Table {
    let ours = uv_pool::Pool::builder().threads(THREADS).build().expect("a pool");
    let rayon = rayon_core::ThreadPoolBuilder::new().num_threads(THREADS).build().expect("a pool");
    let threadpool = threadpool::ThreadPool::new(THREADS);

    let mut table = Table::default();
    table.row(
        "one job there and back",
        vec![
            Candidate::new("uv-pool", || trips(|job| drop(ours.submit(job, |_| ())))),
            Candidate::new("rayon", || trips(|job| rayon.spawn(job))),
            Candidate::new("threadpool", || trips(|job| threadpool.execute(job))),
        ],
    );
    table.row(
        format!("one of {JOBS} jobs at once"),
        vec![
            Candidate::new("uv-pool", || flood(|job| drop(ours.submit(job, |_| ())))),
            Candidate::new("rayon", || flood(|job| rayon.spawn(job))),
            Candidate::new("threadpool", || flood(|job| threadpool.execute(job))),
        ],
    );
    table
}

type Job = Box<dyn FnOnce() + Send>;

/// Each job is submitted when the one before has reported.
fn trips(submit: impl Fn(Job)) -> usize {
    let (sender, receiver) = mpsc::channel();
    for n in 0..TRIPS {
        let sender = sender.clone();
        submit(Box::new(move || sender.send(n).expect("somebody waits")));
        assert_eq!(receiver.recv(), Ok(n));
    }
    TRIPS
}

/// All jobs are submitted, and then waited for.
fn flood(submit: impl Fn(Job)) -> usize {
    let (done, waits) = mpsc::channel();
    let left = Arc::new(AtomicUsize::new(JOBS));
    for _ in 0..JOBS {
        let (left, done) = (left.clone(), done.clone());
        submit(Box::new(move || {
            if left.fetch_sub(1, Ordering::AcqRel) == 1 {
                done.send(()).expect("somebody waits");
            }
        }));
    }
    waits.recv().expect("the last job reports");
    JOBS
}
