//! Tasks that do something when they are dropped, wherever the last reference to one goes.
#![cfg(not(loom))]

mod common;

use std::panic::panic_any;
use std::sync::mpsc::{self, Sender};

use common::{Quiet, quiet_panics};
use uv_pool::{Job, JobError, Lane, Pool, Task};

/// Panics when it is dropped.
struct Bomb {
    outcomes: Sender<bool>,
}

impl Task for Bomb {
    fn run(&self) {}

    fn done(&self, outcome: Result<(), JobError>) {
        self.outcomes.send(outcome.is_ok()).unwrap();
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        panic_any(Quiet);
    }
}

/// Keeps a worker busy until the sender is dropped; returns when it is.
fn block_in(pool: &Pool, lane: Lane) -> Sender<()> {
    let (open, gate) = mpsc::channel();
    let (started, running) = mpsc::channel();
    let work = move || {
        started.send(()).unwrap();
        let _ = gate.recv();
    };
    pool.submit_in(lane, work, |_| ());
    running.recv().unwrap();
    open
}

#[test]
fn a_worker_outlives_a_task_whose_drop_panics() {
    quiet_panics();
    for lane in [Lane::Fast, Lane::Slow] {
        let pool = Pool::builder().threads(1).build().unwrap();
        let (outcomes, seen) = mpsc::channel();
        for _ in 0..10 {
            pool.submit_task(lane, Bomb { outcomes: outcomes.clone() });
        }
        drop(outcomes);
        assert_eq!(seen.iter().filter(|&is_ok| is_ok).count(), 10);
        assert_eq!(pool.counters().threads, 1);
        pool.shutdown();
    }
}

#[test]
fn a_worker_outlives_canceled_tasks_whose_drop_panics() {
    quiet_panics();
    for lane in [Lane::Fast, Lane::Slow] {
        let pool = Pool::builder().threads(1).build().unwrap();
        let open = block_in(&pool, lane);
        let (outcomes, seen) = mpsc::channel();
        let jobs: Vec<Job> = (0..10).map(|_| pool.submit_task(lane, Bomb { outcomes: outcomes.clone() })).collect();
        for job in jobs {
            job.cancel().unwrap();
        }
        let (sender, receiver) = mpsc::channel();
        pool.submit_in(lane, || 7, move |result| sender.send(result.unwrap()).unwrap());
        drop((open, outcomes));
        assert_eq!(receiver.recv(), Ok(7));
        assert_eq!(seen.iter().filter(|&is_ok| !is_ok).count(), 10);
        pool.shutdown();
    }
}

#[test]
fn a_shutdown_cancels_every_task_whatever_their_drops_do() {
    quiet_panics();
    for lane in [Lane::Fast, Lane::Slow] {
        let pool = Pool::builder().threads(1).build().unwrap();
        let open = block_in(&pool, lane);
        let (outcomes, seen) = mpsc::channel();
        for _ in 0..10 {
            pool.submit_task(lane, Bomb { outcomes: outcomes.clone() });
        }
        drop(outcomes);
        let ending = std::thread::spawn(move || pool.shutdown_now());
        assert_eq!(seen.iter().filter(|&is_ok| !is_ok).count(), 10);
        drop(open);
        ending.join().unwrap();
    }
}

/// Submits another job when it is dropped.
struct Heir {
    pool: Pool,
    lane: Lane,
    ran: Sender<()>,
}

impl Task for Heir {
    fn run(&self) {}

    fn done(&self, _: Result<(), JobError>) {}
}

impl Drop for Heir {
    fn drop(&mut self) {
        let ran = self.ran.clone();
        self.pool.submit_in(self.lane, || (), move |_| ran.send(()).unwrap());
    }
}

/// The drop comes on the worker that finds the canceled job, which must hold no lock then.
#[test]
fn a_canceled_task_may_use_the_pool_in_its_drop() {
    for lane in [Lane::Fast, Lane::Slow] {
        let pool = Pool::builder().threads(1).build().unwrap();
        let open = block_in(&pool, lane);
        let (ran, receiver) = mpsc::channel();
        for _ in 0..3 {
            let job = pool.submit_task(lane, Heir { pool: pool.clone(), lane, ran: ran.clone() });
            job.cancel().unwrap();
        }
        drop((open, ran));
        assert_eq!(receiver.iter().count(), 3);
        pool.shutdown();
    }
}
