//! Pools in the child of a fork. A program of its own, because each case wants to say which threads there are when it
//! forks.

#[cfg(any(loom, not(unix)))]
fn main() {}

#[cfg(all(unix, not(loom)))]
fn main() {
    forks::main();
}

#[cfg(all(unix, not(loom)))]
mod forks {
    use std::sync::{Arc, Barrier, mpsc};

    use uv_pool::{CancelError, Counters, Job, JobError, Lane, Pool};
    use uv_testing::fork;

    pub(crate) fn main() {
        let cases: [(&str, fn()); 9] = [
            ("a pool that nobody has used", a_pool_that_nobody_has_used),
            ("a pool whose workers sleep", a_pool_whose_workers_sleep),
            ("what is queued stays the parent's", what_is_queued_stays_the_parents),
            ("the global pool", the_global_pool),
            ("a child's child", a_childs_child),
            ("a fork in the midst of submissions", a_fork_in_the_midst_of_submissions),
            ("a pool that was shut down stays so", a_pool_that_was_shut_down),
            ("a child that lets go of its pool", a_child_that_lets_go),
            ("a child that drops a pool it has not reset", a_child_that_drops_only),
        ];
        for (name, case) in cases {
            case();
            println!("{name} ... ok");
        }
    }

    fn pool(threads: usize) -> Pool {
        Pool::builder().threads(threads).build().unwrap()
    }

    fn answer(pool: &Pool, lane: Lane) -> Result<i32, JobError> {
        let (sender, receiver) = mpsc::channel();
        pool.submit_in(lane, || 42, move |result| sender.send(result).unwrap());
        receiver.recv().unwrap()
    }

    fn assert_works(pool: &Pool) {
        for _ in 0..20 {
            assert_eq!(answer(pool, Lane::Fast).unwrap(), 42);
            assert_eq!(answer(pool, Lane::Slow).unwrap(), 42);
        }
    }

    /// A job that holds a worker up until the sender is dropped, and which has begun.
    fn block(pool: &Pool) -> (mpsc::Sender<()>, Job) {
        let (open, gate) = mpsc::channel();
        let (started, running) = mpsc::channel();
        let work = move || {
            started.send(()).unwrap();
            let _ = gate.recv();
        };
        let job = pool.submit(work, |_| ());
        running.recv().unwrap();
        (open, job)
    }

    fn a_pool_that_nobody_has_used() {
        let pool = pool(3);
        fork(|| {
            pool.reset_after_fork();
            assert_eq!(pool.threads(), 3);
            assert_works(&pool);
        });
        assert_works(&pool);
    }

    fn a_pool_whose_workers_sleep() {
        let pool = pool(3);
        pool.resize(2);
        assert_works(&pool);
        let before = pool.counters();
        fork(|| {
            pool.reset_after_fork();
            assert_eq!(pool.threads(), 2);
            assert_eq!(pool.counters(), Counters::default());
            assert_works(&pool);
            // In the process that has the threads it does nothing.
            pool.reset_after_fork();
            assert_eq!(pool.counters().finished, 40);
            assert_works(&pool);
            pool.clone().shutdown();
        });
        assert_eq!(pool.counters().finished, before.finished);
        assert_works(&pool);
    }

    fn what_is_queued_stays_the_parents() {
        let pool = pool(1);
        let (open, running) = block(&pool);
        let (sender, receiver) = mpsc::channel();
        let queued = [Lane::Fast, Lane::Slow].map(|lane| {
            let sender = sender.clone();
            pool.submit_in(lane, || 1, move |result| sender.send(result.is_ok()).unwrap())
        });
        fork(|| {
            pool.reset_after_fork();
            for job in [&running, &queued[0], &queued[1]] {
                assert_eq!(job.cancel(), Err(CancelError::Busy));
            }
            assert_works(&pool);
            assert!(receiver.try_recv().is_err());
        });
        assert_eq!(queued[1].cancel(), Ok(()));
        assert_eq!(receiver.recv(), Ok(false));
        drop(open);
        assert_eq!(receiver.recv(), Ok(true));
    }

    fn the_global_pool() {
        fork(|| {
            Pool::global().reset_after_fork();
            assert_works(Pool::global());
        });
        assert_works(Pool::global());
        fork(|| {
            Pool::global().reset_after_fork();
            assert_works(Pool::global());
        });
    }

    fn a_childs_child() {
        let pool = pool(2);
        assert_works(&pool);
        fork(|| {
            pool.reset_after_fork();
            assert_works(&pool);
            fork(|| {
                pool.reset_after_fork();
                assert_works(&pool);
            });
            assert_works(&pool);
        });
    }

    /// So that every lock of the pool is held, and its queue torn, in one child or another.
    fn a_fork_in_the_midst_of_submissions() {
        let pool = pool(2);
        let (end, ended) = mpsc::channel::<()>();
        let submitter = {
            let pool = pool.clone();
            std::thread::spawn(move || {
                let mut lanes = [Lane::Fast, Lane::Slow].into_iter().cycle();
                while ended.try_recv() == Err(mpsc::TryRecvError::Empty) {
                    let job = pool.submit_in(lanes.next().unwrap_or_default(), || (), |_| ());
                    let _ = job.cancel();
                    pool.resize(1 + pool.queued() % 3);
                }
            })
        };
        for _ in 0..100 {
            fork(|| {
                pool.reset_after_fork();
                assert_works(&pool);
            });
        }
        drop(end);
        submitter.join().unwrap();
        assert_works(&pool);
    }

    fn a_pool_that_was_shut_down() {
        let pool = pool(1);
        assert_works(&pool);
        pool.clone().shutdown();
        fork(|| {
            pool.reset_after_fork();
            assert!(matches!(answer(&pool, Lane::Fast), Err(JobError::Canceled)));
        });
    }

    /// Its lock may be a thread's that the child does not have: in many of these, as each worker starts the next under it.
    fn a_child_that_drops_only() {
        for _ in 0..50 {
            let pool = pool(40);
            let barrier = Arc::new(Barrier::new(40));
            for _ in 0..40 {
                let barrier = barrier.clone();
                pool.submit(move || barrier.wait().is_leader(), |_| ());
            }
            let mut pool = Some(pool);
            fork(|| drop(pool.take()));
        }
    }

    fn a_child_that_lets_go() {
        let pool = pool(1);
        let (open, job) = block(&pool);
        let kept = pool.clone();
        fork(|| {
            pool.reset_after_fork();
            assert_works(&pool);
            drop((pool, kept, job));
        });
        drop(open);
    }
}
