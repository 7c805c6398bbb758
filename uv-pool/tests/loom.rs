//! The pool's own code, explored in all interleavings. To be run by
//! `RUSTFLAGS="--cfg loom" cargo test -p uv-pool --release --test loom`.
#![cfg(loom)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use uv_pool::{JobError, Lane, Pool};

/// How often each thing happened in one execution. These atomics are no part of the model: they are read when all
/// threads have ended.
#[derive(Clone, Default)]
struct Seen(Arc<[AtomicUsize; 3]>);

const WORK: usize = 0;
const DONE: usize = 1;
const CANCELED: usize = 2;

impl Seen {
    fn submit(&self, pool: &Pool) -> uv_pool::Job {
        self.submit_in(pool, Lane::Fast)
    }

    fn submit_in(&self, pool: &Pool, lane: Lane) -> uv_pool::Job {
        let (work, done) = (self.clone(), self.clone());
        pool.submit_in(
            lane,
            move || work.add(WORK),
            move |result| match result {
                Ok(()) => done.add(DONE),
                Err(JobError::Canceled) => done.add(CANCELED),
                Err(_) => {}
            },
        )
    }

    fn add(&self, what: usize) {
        self.0[what].fetch_add(1, Ordering::Relaxed);
    }

    fn count(&self, what: usize) -> usize {
        self.0[what].load(Ordering::Relaxed)
    }
}

fn pool(threads: usize) -> Pool {
    Pool::builder().threads(threads).build().unwrap()
}

/// Runs `body` in all interleavings that preempt a thread at most so many times.
fn explore(preemptions: usize, body: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(preemptions);
    model.check(body);
}

/// One worker goes to sleep, or is about to, whenever the jobs come. A lost wake-up is a deadlock.
#[test]
fn a_lone_worker_misses_no_job() {
    explore(3, || {
        let (pool, seen) = (pool(1), Seen::default());
        seen.submit(&pool);
        seen.submit(&pool);
        seen.submit(&pool);
        pool.shutdown();
        assert_eq!((seen.count(WORK), seen.count(DONE)), (3, 3));
    });
}

/// The second job waits for the first to be done, so nothing else brings the sleeping worker back.
#[test]
fn a_sleeping_worker_is_woken() {
    explore(3, || {
        let pool = pool(1);
        for _ in 0..2 {
            let (sender, receiver) = loom::sync::mpsc::channel();
            pool.submit(|| 7, move |result| sender.send(result.ok()).unwrap());
            assert_eq!(receiver.recv().unwrap(), Some(7));
        }
        pool.shutdown();
    });
}

#[test]
fn two_workers_share_the_jobs() {
    explore(2, || {
        let (pool, seen) = (pool(2), Seen::default());
        for _ in 0..3 {
            seen.submit(&pool);
        }
        pool.shutdown();
        assert_eq!((seen.count(WORK), seen.count(DONE)), (3, 3));
    });
}

/// Both jobs must run at the same time, or neither ends.
#[test]
fn two_jobs_get_two_workers() {
    explore(2, || {
        let pool = pool(2);
        submit_two_that_meet(&pool);
        pool.shutdown();
    });
}

/// The same where one worker is there already and goes to sleep, or is about to.
#[test]
fn one_sleeping_worker_is_not_taken_for_two() {
    explore(2, || {
        let pool = pool(2);
        let (sender, receiver) = loom::sync::mpsc::channel();
        pool.submit(|| (), move |_| sender.send(()).unwrap());
        receiver.recv().unwrap();
        submit_two_that_meet(&pool);
        pool.shutdown();
    });
}

fn submit_two_that_meet(pool: &Pool) {
    submit_two_that_meet_in(pool, Lane::Fast);
}

fn submit_two_that_meet_in(pool: &Pool, lane: Lane) {
    let (to_second, from_first) = loom::sync::mpsc::channel();
    let (to_first, from_second) = loom::sync::mpsc::channel();
    let first = move || {
        to_second.send(()).unwrap();
        from_second.recv().unwrap();
    };
    let second = move || {
        to_first.send(()).unwrap();
        from_first.recv().unwrap();
    };
    pool.submit_in(lane, first, |_| ());
    pool.submit_in(lane, second, |_| ());
}

#[test]
fn two_submitters_start_no_more_than_they_may() {
    explore(2, || {
        let (pool, seen) = (pool(1), Seen::default());
        let other = {
            let (pool, seen) = (pool.clone(), seen.clone());
            loom::thread::spawn(move || {
                seen.submit(&pool);
            })
        };
        seen.submit(&pool);
        other.join().unwrap();
        pool.shutdown();
        assert_eq!((seen.count(WORK), seen.count(DONE)), (2, 2));
    });
}

#[test]
fn a_job_is_run_or_canceled() {
    explore(3, || {
        let (pool, seen) = (pool(1), Seen::default());
        let job = seen.submit(&pool);
        let canceled = usize::from(job.cancel().is_ok());
        assert_eq!(seen.count(CANCELED), canceled);
        pool.shutdown();
        assert_eq!(seen.count(CANCELED), canceled);
        assert_eq!(seen.count(WORK), 1 - canceled);
        assert_eq!(seen.count(DONE), 1 - canceled);
    });
}

#[test]
fn one_of_two_cancels() {
    explore(2, || {
        let (pool, seen) = (pool(1), Seen::default());
        let job = seen.submit(&pool);
        let other = {
            let job = job.clone();
            loom::thread::spawn(move || job.cancel().is_ok())
        };
        let canceled = usize::from(job.cancel().is_ok()) + usize::from(other.join().unwrap());
        pool.shutdown();
        assert!(canceled <= 1);
        assert_eq!(seen.count(CANCELED), canceled);
        assert_eq!(seen.count(WORK), 1 - canceled);
        assert_eq!(seen.count(DONE), 1 - canceled);
    });
}

/// A submission that meets a shutdown is run or refused, and never left in the queue.
#[test]
fn no_job_stays_in_a_closed_pool() {
    explore(3, || {
        let (pool, seen) = (pool(1), Seen::default());
        seen.submit(&pool);
        let other = {
            let (pool, seen) = (pool.clone(), seen.clone());
            loom::thread::spawn(move || {
                seen.submit(&pool);
            })
        };
        pool.shutdown();
        other.join().unwrap();
        assert_eq!(seen.count(DONE) + seen.count(CANCELED), 2);
        assert_eq!(seen.count(WORK), seen.count(DONE));
    });
}

/// The same where no thread was there before the shutdown, and none to look at the queue after it.
#[test]
fn nor_in_one_that_has_no_thread() {
    explore(3, || {
        let (pool, seen) = (pool(1), Seen::default());
        let other = {
            let (pool, seen) = (pool.clone(), seen.clone());
            loom::thread::spawn(move || {
                seen.submit(&pool);
            })
        };
        pool.shutdown();
        other.join().unwrap();
        assert_eq!(seen.count(DONE) + seen.count(CANCELED), 1);
        assert_eq!(seen.count(WORK), seen.count(DONE));
    });
}

#[test]
fn shutdown_now_runs_or_cancels_each_job() {
    explore(3, || {
        let (pool, seen) = (pool(1), Seen::default());
        seen.submit(&pool);
        seen.submit(&pool);
        pool.shutdown_now();
        assert_eq!(seen.count(DONE) + seen.count(CANCELED), 2);
        assert_eq!(seen.count(WORK), seen.count(DONE));
    });
}

#[test]
fn two_shutdowns_both_wait() {
    explore(2, || {
        let (pool, seen) = (pool(1), Seen::default());
        seen.submit(&pool);
        let other = {
            let (pool, seen) = (pool.clone(), seen.clone());
            loom::thread::spawn(move || {
                pool.shutdown();
                assert_eq!(seen.count(DONE), 1);
            })
        };
        pool.shutdown();
        assert_eq!(seen.count(DONE), 1);
        other.join().unwrap();
    });
}

/// Nobody waits: the model itself fails if a worker is left asleep.
#[test]
fn workers_end_after_the_last_handle() {
    explore(3, || {
        let (pool, seen) = (pool(2), Seen::default());
        seen.submit(&pool);
        drop(pool);
    });
}

/// The wake-up for the first of two jobs is still on its way when they both are there: whoever comes for the first has to
/// send for the second.
#[test]
fn a_wake_up_is_passed_on() {
    explore(1, || {
        let pool = pool(2);
        submit_two_that_meet(&pool);
        let (sender, receiver) = loom::sync::mpsc::channel();
        pool.submit(|| (), move |_| sender.send(()).unwrap());
        receiver.recv().unwrap();
        submit_two_that_meet(&pool);
        pool.shutdown();
    });
}

#[test]
fn two_submitters_get_two_workers() {
    explore(2, || {
        let pool = pool(2);
        let (to_second, from_first) = loom::sync::mpsc::channel();
        let (to_first, from_second) = loom::sync::mpsc::channel();
        let other = {
            let pool = pool.clone();
            let work = move || {
                to_second.send(()).unwrap();
                from_second.recv().unwrap();
            };
            loom::thread::spawn(move || drop(pool.submit(work, |_| ())))
        };
        let work = move || {
            to_first.send(()).unwrap();
            from_first.recv().unwrap();
        };
        pool.submit(work, |_| ());
        other.join().unwrap();
        pool.shutdown();
    });
}

/// Two threads: no more than one of them does slow work, and neither lane is forgotten.
#[test]
fn slow_jobs_leave_a_thread_alone() {
    explore(2, || {
        let (pool, seen) = (pool(2), Seen::default());
        let at_once = Arc::new(AtomicUsize::new(0));
        for _ in 0..2 {
            let at_once = at_once.clone();
            let work = move || {
                assert_eq!(at_once.fetch_add(1, Ordering::Relaxed), 0);
                loom::thread::yield_now();
                at_once.fetch_sub(1, Ordering::Relaxed);
            };
            let done = seen.clone();
            pool.submit_in(Lane::Slow, work, move |result| {
                result.unwrap();
                done.add(DONE);
            });
        }
        seen.submit(&pool);
        pool.shutdown();
        assert_eq!(seen.count(DONE), 3);
    });
}

#[test]
fn a_slow_job_is_run_or_canceled_and_the_next_one_runs() {
    explore(2, || {
        let (pool, seen) = (pool(1), Seen::default());
        let first = seen.submit_in(&pool, Lane::Slow);
        seen.submit_in(&pool, Lane::Slow);
        let canceled = usize::from(first.cancel().is_ok());
        pool.shutdown();
        assert_eq!(seen.count(CANCELED), canceled);
        assert_eq!(seen.count(DONE), 2 - canceled);
    });
}

/// The second job waits for a thread that there may be only after the change.
#[test]
fn a_pool_that_grows_sends_for_what_waits() {
    explore(2, || {
        let pool = pool(1);
        submit_two_that_meet(&pool);
        pool.resize(2);
        pool.shutdown();
    });
}

/// Whichever comes last: what it says holds for the slow lane, too.
#[test]
fn two_that_resize_at_once_agree_about_the_slow_lane() {
    explore(2, || {
        let pool = pool(2);
        let other = {
            let pool = pool.clone();
            loom::thread::spawn(move || pool.resize(3))
        };
        pool.resize(1);
        other.join().unwrap();
        if pool.threads() == 3 {
            submit_two_that_meet_in(&pool, Lane::Slow);
        }
        pool.shutdown();
    });
}

#[test]
fn a_pool_that_shrinks_loses_no_job() {
    explore(2, || {
        let (pool, seen) = (pool(2), Seen::default());
        seen.submit(&pool);
        seen.submit(&pool);
        pool.resize(1);
        seen.submit(&pool);
        pool.shutdown();
        assert_eq!((seen.count(WORK), seen.count(DONE)), (3, 3));
    });
}

/// A worker that leaves may have been the one that a submission has counted on.
#[test]
fn a_leaving_worker_passes_its_wake_up_on() {
    explore(1, || {
        let (pool, seen) = (pool(2), Seen::default());
        seen.submit(&pool);
        let other = {
            let pool = pool.clone();
            loom::thread::spawn(move || pool.resize(1))
        };
        let (sender, receiver) = loom::sync::mpsc::channel();
        pool.submit(|| (), move |_| sender.send(()).unwrap());
        receiver.recv().unwrap();
        other.join().unwrap();
        pool.shutdown();
        assert_eq!(seen.count(DONE), 1);
    });
}
