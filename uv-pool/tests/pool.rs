//! The corners of a pool, one by one.
#![cfg(not(loom))]

mod common;

use std::cell::RefCell;
use std::collections::HashSet;
use std::error::Error;
use std::panic::panic_any;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread::{self, ThreadId};

use common::{Quiet, quiet_panics};
use uv_pool::{CancelError, Job, JobError, Lane, MAX_THREADS, Pool};

fn pool(threads: usize) -> Pool {
    Pool::builder().threads(threads).build().unwrap()
}

/// Runs `work` on `pool` and waits for its result.
fn run<T: Send + 'static>(pool: &Pool, work: impl FnOnce() -> T + Send + 'static) -> Result<T, JobError> {
    let (sender, receiver) = mpsc::channel();
    pool.submit(work, move |result| sender.send(result).unwrap());
    receiver.recv().unwrap()
}

/// Keeps one worker busy until the sender is dropped; returns when it is.
fn block(pool: &Pool) -> mpsc::Sender<()> {
    let (open, gate) = mpsc::channel();
    let (started, running) = mpsc::channel();
    let work = move || {
        started.send(()).unwrap();
        let _ = gate.recv();
    };
    pool.submit(work, |_| ());
    running.recv().unwrap();
    open
}

fn here() -> ThreadId {
    thread::current().id()
}

#[test]
fn handles_can_be_shared_between_threads() {
    fn check<T: Send + Sync + Clone>() {}
    check::<Pool>();
    check::<Job>();
}

#[test]
fn one_worker_keeps_the_order_of_each_submitter() {
    let pool = pool(1);
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for submitter in 0..3 {
            let (pool, sender) = (&pool, sender.clone());
            scope.spawn(move || {
                for number in 0..1000 {
                    let sender = sender.clone();
                    pool.submit(move || sender.send((submitter, number)).unwrap(), |_| ());
                }
            });
        }
    });
    drop(sender);
    let mut next = [0; 3];
    for (submitter, number) in receiver {
        assert_eq!(number, next[submitter]);
        next[submitter] += 1;
    }
    assert_eq!(next, [1000; 3]);
}

#[test]
fn done_runs_on_the_worker_of_the_work() {
    let pool = pool(3);
    let (sender, receiver) = mpsc::channel();
    for _ in 0..50 {
        let sender = sender.clone();
        pool.submit(here, move |worker| {
            sender.send((worker.unwrap(), here())).unwrap();
        });
    }
    drop(sender);
    for (work, done) in receiver {
        assert_eq!(work, done);
        assert_ne!(work, here());
    }
}

#[test]
fn a_pool_uses_all_its_threads_at_once_and_no_more() {
    let pool = pool(5);
    let (sender, receiver) = mpsc::channel();
    // Each five jobs wait for one another: with fewer workers than that they never end.
    let barrier = Arc::new(Barrier::new(5));
    for _ in 0..50 {
        let barrier = barrier.clone();
        let sender = sender.clone();
        let work = move || {
            barrier.wait();
            here()
        };
        pool.submit(work, move |id| sender.send(id.unwrap()).unwrap());
    }
    drop(sender);
    assert_eq!(receiver.iter().collect::<HashSet<_>>().len(), 5);
}

#[test]
fn no_pool_has_more_threads_than_the_maximum() {
    let pool = Pool::builder().threads(5000).name("many").stack_size(64 * 1024).build().unwrap();
    assert_eq!(pool.threads(), MAX_THREADS);
    let (open, gate) = mpsc::channel::<()>();
    let gate = Arc::new(std::sync::Mutex::new(gate));
    let (sender, receiver) = mpsc::channel();
    for _ in 0..MAX_THREADS + 20 {
        let gate = gate.clone();
        let sender = sender.clone();
        let work = move || {
            let _ = gate.lock().unwrap().recv();
            let name = thread::current().name().unwrap().to_owned();
            let (prefix, number) = name.split_once('-').unwrap();
            assert_eq!(prefix, "many");
            number.parse::<usize>().unwrap()
        };
        pool.submit(work, move |number| sender.send(number.unwrap()).unwrap());
    }
    drop((sender, open));
    let numbers: Vec<_> = receiver.iter().collect();
    assert_eq!(numbers.len(), MAX_THREADS + 20);
    assert!(numbers.iter().all(|&number| number < MAX_THREADS));
}

#[test]
fn a_panic_is_an_error_and_the_worker_lives() {
    quiet_panics();
    let pool = pool(1);
    let worker = run(&pool, here).unwrap();
    match run(&pool, || -> () { panic_any(Quiet) }) {
        Err(JobError::Panicked(payload)) => assert!(payload.is::<Quiet>()),
        other => panic!("{other:?}"),
    }
    pool.submit(|| (), |_| panic_any(Quiet));
    assert_eq!(run(&pool, here).unwrap(), worker);
}

/// A payload whose drop panics too, and so does that panic's payload.
struct Bomb(u8);

impl Drop for Bomb {
    fn drop(&mut self) {
        if self.0 > 0 && !thread::panicking() {
            panic_any(Bomb(self.0 - 1));
        }
    }
}

#[test]
fn no_drop_brings_a_worker_down() {
    quiet_panics();
    let pool = pool(1);
    let worker = run(&pool, here).unwrap();
    // The payload is dropped by `done`, which thereby panics.
    pool.submit(|| -> () { panic_any(Bomb(3)) }, drop);
    pool.submit(|| (), |_| panic_any(Bomb(3)));
    // What the functions own panics when it is dropped.
    let bomb = Bomb(3);
    pool.submit(move || drop(bomb), |_| ());
    let bomb = Bomb(3);
    pool.submit(|| (), move |_| drop(bomb));
    pool.submit(|| Bomb(3), drop);
    assert_eq!(run(&pool, here).unwrap(), worker);

    let open = block(&pool);
    let bomb = Bomb(3);
    let (sender, receiver) = mpsc::channel();
    let job = pool.submit(
        move || drop(bomb),
        move |result| {
            sender.send(result.is_err()).unwrap();
            panic_any(Bomb(3));
        },
    );
    assert_eq!(job.cancel(), Ok(()));
    assert_eq!(receiver.try_recv(), Ok(true));
    drop(open);
    assert_eq!(run(&pool, here).unwrap(), worker);
    pool.shutdown();
}

#[test]
fn a_canceled_job_is_reported_on_the_canceling_thread() {
    let pool = pool(1);
    let open = block(&pool);
    let owned = Arc::new(());
    let (sender, receiver) = mpsc::channel();
    let job = {
        let (in_work, in_done) = (owned.clone(), owned.clone());
        pool.submit(
            move || drop(in_work),
            move |result| {
                let only_done_is_left = Arc::strong_count(&in_done) == 2;
                sender.send((result, here(), only_done_is_left)).unwrap();
            },
        )
    };
    assert_eq!(pool.queued(), 1);
    assert_eq!(job.cancel(), Ok(()));
    let (result, thread, only_done_was_left) = receiver.try_recv().unwrap();
    assert!(matches!(result, Err(JobError::Canceled)));
    assert_eq!(thread, here());
    assert!(only_done_was_left);
    assert_eq!(Arc::strong_count(&owned), 1);
    assert_eq!(job.clone().cancel(), Err(CancelError::Busy));
    let counters = pool.counters();
    assert_eq!((counters.queued, counters.running), (0, 1));
    assert_eq!((counters.finished, counters.canceled), (0, 1));
    drop(open);
}

#[test]
fn a_running_job_cannot_be_canceled() {
    let pool = pool(1);
    let (open, gate) = mpsc::channel::<()>();
    let (started, running) = mpsc::channel();
    let (sender, receiver) = mpsc::channel();
    let work = move || {
        started.send(()).unwrap();
        gate.recv().is_err()
    };
    let job = pool.submit(work, move |result| sender.send(result.unwrap()).unwrap());
    running.recv().unwrap();
    assert_eq!(job.cancel(), Err(CancelError::Busy));
    drop(open);
    assert_eq!(receiver.recv(), Ok(true));
    assert_eq!(job.cancel(), Err(CancelError::Busy));
}

#[test]
fn jobs_may_submit_and_cancel_from_work_and_done() {
    let pool = pool(1);
    let (sender, receiver) = mpsc::channel();
    let (in_work, in_done) = (pool.clone(), pool.clone());
    let (first, second) = (sender.clone(), sender);
    pool.submit(
        move || {
            // The only worker is here, so this one is still queued.
            let job = in_work.submit(|| (), move |result| first.send(result.is_ok()).unwrap());
            job.cancel().unwrap();
        },
        move |_| {
            in_done.submit(|| (), move |result| second.send(result.is_ok()).unwrap());
        },
    );
    assert_eq!(receiver.iter().collect::<Vec<_>>(), [false, true]);
}

#[test]
fn without_any_thread_the_job_is_refused() {
    for bytes in [1 << 46, usize::MAX] {
        let pool = Pool::builder().stack_size(bytes).build().unwrap();
        let owned = Arc::new(());
        for _ in 0..3 {
            let (sender, receiver) = mpsc::channel();
            let in_work = owned.clone();
            let done = move |result| sender.send((result, here())).unwrap();
            let job = pool.submit(move || drop(in_work), done);
            let (result, thread) = receiver.try_recv().unwrap();
            let error = result.unwrap_err();
            assert!(matches!(error, JobError::NoThreads(_)), "{error:?}");
            assert!(error.to_string().starts_with("no thread could be started: "));
            assert!(error.source().is_some());
            assert_eq!(thread, here());
            assert_eq!(job.cancel(), Err(CancelError::Busy));
        }
        assert_eq!(Arc::strong_count(&owned), 1);
        assert_eq!((pool.queued(), pool.counters().canceled), (0, 3));
        pool.shutdown();
    }
}

/// The first leaves the slow lane's turn in the queue, and nobody comes for it: no later job may count on that.
#[test]
fn without_any_thread_every_slow_job_is_refused() {
    let pool = Pool::builder().stack_size(1 << 46).build().unwrap();
    for number in 0..3 {
        let (sender, receiver) = mpsc::channel();
        pool.submit_in(Lane::Slow, || (), move |result| sender.send(result).unwrap());
        let result = receiver.try_recv();
        assert!(matches!(result, Ok(Err(JobError::NoThreads(_)))), "{number}: {result:?}");
    }
    pool.shutdown();
}

#[test]
fn a_dropped_pool_runs_what_is_queued() {
    let pool = pool(2);
    let (sender, receiver) = mpsc::channel();
    let open = [block(&pool), block(&pool)];
    for number in 0..100 {
        let sender = sender.clone();
        pool.submit(move || number, move |n| sender.send(n.unwrap()).unwrap());
    }
    drop((pool, sender));
    assert!(receiver.try_recv().is_err());
    drop(open);
    let mut numbers: Vec<_> = receiver.iter().collect();
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(0..100));
}

#[test]
fn the_threads_end_after_the_last_handle() {
    thread_local! {
        /// Dropped with its thread.
        static LIFE: RefCell<Option<mpsc::Sender<()>>> = const { RefCell::new(None) };
    }
    let (sender, receiver) = mpsc::channel();
    let first = pool(2);
    let open = [block(&first), block(&first)];
    let both = Arc::new(Barrier::new(2));
    for _ in 0..2 {
        let (sender, both) = (sender.clone(), both.clone());
        let work = move || {
            both.wait();
            LIFE.set(Some(sender));
        };
        first.submit(work, |_| ());
    }
    drop((open, sender));
    let second = first.clone();
    drop(first);
    assert!(run(&second, || ()).is_ok());
    drop(second);
    assert!(receiver.recv().is_err());
}

#[test]
fn the_last_handle_may_go_in_a_job() {
    let (sender, receiver) = mpsc::channel();
    let pool = pool(1);
    let last = pool.clone();
    let (open, gate) = mpsc::channel::<()>();
    let work = move || {
        let _ = gate.recv();
        drop(last);
    };
    pool.submit(work, move |result| sender.send(result.is_ok()).unwrap());
    drop(pool);
    drop(open);
    assert_eq!(receiver.recv(), Ok(true));
}

#[test]
fn shutdown_in_a_job_does_not_wait_for_itself() {
    for now in [false, true] {
        let pool = pool(1);
        let other = pool.clone();
        let shutdown = move || {
            if now {
                other.shutdown_now();
            } else {
                other.shutdown();
            }
        };
        run(&pool, shutdown).unwrap();
        pool.shutdown();
    }
}

#[test]
fn a_pool_that_was_shut_down_refuses_jobs() {
    for used in [false, true] {
        let pool = pool(2);
        if used {
            run(&pool, || ()).unwrap();
        }
        pool.clone().shutdown();
        let (sender, receiver) = mpsc::channel();
        let job = pool.submit(|| (), move |result| sender.send((result, here())).unwrap());
        let (result, thread) = receiver.try_recv().unwrap();
        assert!(matches!(result, Err(JobError::Canceled)));
        assert_eq!(thread, here());
        assert_eq!(job.cancel(), Err(CancelError::Busy));
    }
}

#[test]
fn shutdown_waits_for_every_job() {
    let finished = Arc::new(AtomicUsize::new(0));
    let pool = pool(3);
    for _ in 0..1000 {
        let finished = finished.clone();
        pool.submit(
            || (),
            move |_| {
                finished.fetch_add(1, Ordering::Relaxed);
            },
        );
    }
    pool.shutdown();
    assert_eq!(Arc::into_inner(finished).unwrap().into_inner(), 1000);
}

#[test]
fn submitters_and_cancelers_in_a_crowd_lose_nothing() {
    const EACH: usize = 5000;
    let pool = pool(3);
    let (ran, done, canceled) =
        (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let told: usize = thread::scope(|scope| {
        let submitters: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut told = 0;
                    let mut previous: Option<Job> = None;
                    for number in 0..EACH {
                        let ran = ran.clone();
                        let (done, canceled) = (done.clone(), canceled.clone());
                        let job = pool.submit(
                            move || {
                                ran.fetch_add(1, Ordering::Relaxed);
                            },
                            move |result| {
                                let counter = if result.is_ok() { &done } else { &canceled };
                                counter.fetch_add(1, Ordering::Relaxed);
                            },
                        );
                        let victim = if number % 3 == 0 { previous.replace(job) } else { Some(job) };
                        if number % 2 == 0 {
                            told += usize::from(victim.is_some_and(|job| job.cancel().is_ok()));
                        }
                    }
                    told
                })
            })
            .collect();
        submitters.into_iter().map(|s| s.join().unwrap()).sum()
    });
    let handle = pool.clone();
    pool.shutdown();
    let counters = handle.counters();
    let [ran, done, canceled] = [ran, done, canceled].map(|n| Arc::into_inner(n).unwrap());
    assert_eq!(done.into_inner() + told, 4 * EACH);
    assert_eq!(canceled.into_inner(), told);
    assert_eq!(ran.into_inner(), 4 * EACH - told);
    assert_eq!((counters.queued, counters.running), (0, 0));
    assert_eq!(counters.finished, (4 * EACH - told) as u64);
    assert_eq!(counters.canceled, told as u64);
}

/// Sends its number when it is run, and another one when it is done.
struct Numbered(usize, mpsc::Sender<usize>);

impl uv_pool::Task for Numbered {
    fn run(&self) {
        self.1.send(self.0).unwrap();
    }

    fn done(&self, outcome: Result<(), JobError>) {
        self.1.send(if outcome.is_ok() { 100 } else { 200 }).unwrap();
    }
}

struct Other;

impl uv_pool::Task for Other {
    fn run(&self) {}

    fn done(&self, _: Result<(), JobError>) {}
}

#[test]
fn a_job_that_has_ended_can_be_submitted_again() {
    let pool = pool(1);
    let gate = block(&pool);
    let (sender, receiver) = mpsc::channel();
    let job = pool.submit_task(Lane::Fast, Numbered(1, sender));
    // It waits: nobody may change it.
    let job = pool.submit_again(job, |_: &mut Numbered| unreachable!()).unwrap_err();
    drop(gate);
    assert_eq!((receiver.recv(), receiver.recv()), (Ok(1), Ok(100)));
    let again = |mut job: Job, number| loop {
        match pool.submit_again(job, |task: &mut Numbered| task.0 = number) {
            Ok(job) => break job.unwrap(),
            Err(busy) => job = busy,
        }
        thread::yield_now();
    };
    let job = again(job, 2);
    assert_eq!((receiver.recv(), receiver.recv()), (Ok(2), Ok(100)));
    // One that was canceled is in the queue until a worker comes by.
    let gate = block(&pool);
    let job = again(job, 3);
    job.cancel().unwrap();
    assert_eq!(receiver.recv(), Ok(200));
    let job = pool.submit_again(job, |_: &mut Numbered| unreachable!()).unwrap_err();
    drop(gate);
    let job = again(job, 4);
    assert_eq!((receiver.recv(), receiver.recv()), (Ok(4), Ok(100)));
    let clone = job.clone();
    let job = pool.submit_again(job, |_: &mut Numbered| unreachable!()).unwrap_err();
    drop(clone);
    let mut job = Err(job);
    while let Err(busy) = job {
        job = pool.submit_again(busy, |_: &mut Other| unreachable!());
    }
    assert!(job.unwrap().is_none(), "its task is no such thing");
}
