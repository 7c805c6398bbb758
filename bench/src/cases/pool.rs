//! `uv_pool::Pool` beside rayon's pool, the `threadpool` crate and threads that share a channel; four threads each.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use crate::case::{Case, Unit};
use crate::support::{count, nanoseconds_each};

const THREADS: usize = 4;

pub fn cases() -> Vec<Case> {
    vec![
        Case::new("pool/trip", Unit::Nanoseconds, || trips(uv_pool()))
            .against("rayon", || trips(rayon()))
            .against("threadpool", || trips(threadpool()))
            .against("crossbeam", || trips(crossbeam())),
        Case::new("pool/flood", Unit::Nanoseconds, || flood(uv_pool()))
            .against("rayon", || flood(rayon()))
            .against("threadpool", || flood(threadpool()))
            .against("crossbeam", || flood(crossbeam())),
    ]
}

type Job = Box<dyn FnOnce() + Send>;

fn uv_pool() -> impl Fn(Job) {
    let pool = uv_pool::Pool::builder().threads(THREADS).build().expect("a pool");
    move |job| drop(pool.submit(job, |_| ()))
}

fn rayon() -> impl Fn(Job) {
    let pool = rayon_core::ThreadPoolBuilder::new().num_threads(THREADS).build().expect("a pool");
    move |job| pool.spawn(job)
}

fn threadpool() -> impl Fn(Job) {
    let pool = threadpool::ThreadPool::new(THREADS);
    move |job| pool.execute(job)
}

fn crossbeam() -> impl Fn(Job) {
    let (sender, receiver) = crossbeam_channel::unbounded::<Job>();
    for _ in 0..THREADS {
        let receiver = receiver.clone();
        thread::spawn(move || receiver.iter().for_each(|job| job()));
    }
    move |job| sender.send(job).expect("the threads wait")
}

/// Each job is submitted when the one before has reported.
fn trips(submit: impl Fn(Job)) -> f64 {
    let trips = count(50_000, 10_000);
    let (sender, receiver) = mpsc::channel();
    nanoseconds_each(trips, || {
        for n in 0..trips {
            let sender = sender.clone();
            submit(Box::new(move || sender.send(n).expect("somebody waits")));
            assert_eq!(receiver.recv(), Ok(n));
        }
    })
}

/// All jobs are submitted, and then waited for.
fn flood(submit: impl Fn(Job)) -> f64 {
    let jobs = count(1_000_000, 200_000);
    let (done, waits) = mpsc::channel();
    let left = Arc::new(AtomicUsize::new(jobs));
    nanoseconds_each(jobs, || {
        for _ in 0..jobs {
            let (left, done) = (left.clone(), done.clone());
            submit(Box::new(move || {
                if left.fetch_sub(1, Ordering::AcqRel) == 1 {
                    done.send(()).expect("somebody waits");
                }
            }));
        }
        waits.recv().expect("the last job reports");
    })
}
