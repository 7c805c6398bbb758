//! Threads that come and go, and those that do nothing.
#![cfg(not(loom))]

use std::any::Any;
use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;

use uv_pool::{JobError, Lane, MAX_THREADS, Pool, Task};

fn pool(threads: usize) -> Pool {
    Pool::builder().threads(threads).build().unwrap()
}

/// Keeps a worker busy until the sender is dropped; returns when it is.
fn block_in(pool: &Pool, lane: Lane) -> mpsc::Sender<()> {
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

/// Jobs that end only when so many run at the same time.
fn meet(pool: &Pool, threads: usize) {
    let barrier = Arc::new(Barrier::new(threads));
    let (sender, receiver) = mpsc::channel();
    for _ in 0..threads {
        let (barrier, sender) = (barrier.clone(), sender.clone());
        pool.submit(move || barrier.wait().is_leader(), move |_| sender.send(()).unwrap());
    }
    drop(sender);
    assert_eq!(receiver.iter().count(), threads);
}

fn until(condition: impl Fn() -> bool) {
    while !condition() {
        thread::yield_now();
    }
}

#[test]
fn a_pool_grows_for_what_waits() {
    let pool = pool(1);
    let open = block_in(&pool, Lane::Fast);
    let (sender, receiver) = mpsc::channel();
    let both = Arc::new(Barrier::new(2));
    for _ in 0..2 {
        let (both, sender) = (both.clone(), sender.clone());
        pool.submit(move || both.wait().is_leader(), move |_| sender.send(()).unwrap());
    }
    assert_eq!((pool.queued(), pool.counters().threads), (2, 1));
    pool.resize(3);
    assert_eq!([receiver.recv(), receiver.recv()], [Ok(()), Ok(())]);
    assert_eq!(pool.counters().threads, 3);
    drop(open);
    meet(&pool, 3);
}

#[test]
fn idle_threads_end_at_once_and_busy_ones_after_their_job() {
    let pool = pool(4);
    meet(&pool, 4);
    until(|| pool.counters().idle == 4);
    let open: Vec<_> = (0..3).map(|_| block_in(&pool, Lane::Fast)).collect();
    pool.resize(1);
    until(|| pool.counters().threads == 3);
    assert_eq!((pool.threads(), pool.running()), (1, 3));
    let (sender, receiver) = mpsc::channel();
    pool.submit(|| (), move |_| sender.send(()).unwrap());
    assert!(receiver.try_recv().is_err());
    drop(open);
    receiver.recv().unwrap();
    until(|| pool.counters().threads == 1);
    until(|| pool.counters().idle == 1);
    // What they have done is not forgotten.
    assert_eq!(pool.counters().finished, 8);
    meet(&pool, 1);
}

#[test]
fn a_pool_grows_again_and_numbers_stay_small() {
    let pool = Pool::builder().threads(3).name("again").build().unwrap();
    let names: Arc<Mutex<HashSet<String>>> = Arc::default();
    for _ in 0..20 {
        pool.resize(3);
        let barrier = Arc::new(Barrier::new(3));
        let (sender, receiver) = mpsc::channel();
        for _ in 0..3 {
            let (barrier, names, sender) = (barrier.clone(), names.clone(), sender.clone());
            let work = move || {
                names.lock().unwrap().insert(thread::current().name().unwrap().to_owned());
                barrier.wait();
            };
            pool.submit(work, move |_| sender.send(()).unwrap());
        }
        drop(sender);
        receiver.iter().count();
        pool.resize(1);
        until(|| pool.counters().threads == 1);
    }
    assert_eq!(*names.lock().unwrap(), ["again-0", "again-1", "again-2"].map(str::to_owned).into());
    pool.shutdown();
}

#[test]
fn sizes_are_clamped() {
    let pool = pool(2);
    pool.resize(0);
    assert_eq!(pool.threads(), 1);
    pool.resize(usize::MAX);
    assert_eq!(pool.threads(), MAX_THREADS);
    pool.clone().shutdown();
    pool.resize(3);
    assert_eq!(pool.threads(), 3);
}

#[test]
fn a_job_may_resize_its_pool() {
    let pool = pool(1);
    let handle = pool.clone();
    let (sender, receiver) = mpsc::channel();
    pool.submit(
        move || {
            handle.resize(2);
            meet(&handle, 1);
            handle.resize(1);
        },
        move |result| sender.send(result.is_ok()).unwrap(),
    );
    assert_eq!(receiver.recv(), Ok(true));
    pool.shutdown();
}

#[test]
fn sizes_that_change_all_the_time_lose_no_job() {
    let pool = pool(2);
    let finished = Arc::new(AtomicUsize::new(0));
    thread::scope(|scope| {
        for lane in [Lane::Fast, Lane::Slow] {
            let (pool, finished) = (&pool, &finished);
            scope.spawn(move || {
                for _ in 0..3000 {
                    let finished = finished.clone();
                    let count = move |_: Result<(), _>| {
                        finished.fetch_add(1, Ordering::Relaxed);
                    };
                    pool.submit_in(lane, || (), count);
                }
            });
        }
        for round in 0..300 {
            pool.resize(1 + round % 5);
            thread::yield_now();
        }
    });
    pool.shutdown();
    assert_eq!(finished.load(Ordering::Relaxed), 6000);
}

#[test]
fn slow_jobs_take_half_of_the_threads_however_many() {
    for (threads, most) in [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3)] {
        let pool = pool(threads);
        let open: Vec<_> = (0..most).map(|_| block_in(&pool, Lane::Slow)).collect();
        let (sender, receiver) = mpsc::channel();
        for _ in 0..10 {
            let sender = sender.clone();
            pool.submit_in(Lane::Slow, || (), move |_| sender.send(()).unwrap());
        }
        if threads > most {
            meet(&pool, threads - most);
        }
        assert!(receiver.try_recv().is_err());
        assert_eq!((pool.running(), pool.queued()), (most, 10));
        // One more thread or two let one more slow job go.
        pool.resize(threads + 2);
        for _ in 0..10 {
            receiver.recv().unwrap();
        }
        drop(open);
    }
}

#[test]
fn what_the_slow_lane_holds_is_run_or_canceled_at_the_end() {
    for now in [false, true] {
        let pool = pool(2);
        let open = block_in(&pool, Lane::Slow);
        let (sender, receiver) = mpsc::channel();
        for number in 0..6 {
            let sender = sender.clone();
            let lane = if number % 2 == 0 { Lane::Slow } else { Lane::Fast };
            let job = pool.submit_in(lane, || (), move |result| sender.send(result.is_ok()).unwrap());
            if number == 2 {
                job.cancel().unwrap();
            }
        }
        drop(sender);
        let ending = thread::spawn(move || if now { pool.shutdown_now() } else { pool.shutdown() });
        let mut results = Vec::new();
        if now {
            // Two of the slow lane, besides the one that was canceled; the fast ones may have run.
            results.extend(receiver.iter().take(6));
            assert!(results.iter().filter(|ran| !**ran).count() >= 3);
        }
        drop(open);
        results.extend(receiver.iter());
        assert_eq!(results.len(), 6);
        if !now {
            assert_eq!(results.iter().filter(|ran| !**ran).count(), 1);
        }
        ending.join().unwrap();
    }
}

/// A pool that polled or spun would be seen to run, in every pair of looks.
#[test]
#[cfg(target_os = "linux")]
fn an_idle_pool_uses_no_processor() {
    let pool = Pool::builder().threads(4).name("idler").build().unwrap();
    meet(&pool, 4);
    let open = [block_in(&pool, Lane::Slow), block_in(&pool, Lane::Slow)];
    // Waits for its turn while there are free threads.
    pool.submit_in(Lane::Slow, || (), |_| ());
    let quiet = (0..200).any(|_| {
        let before = activity("idler-");
        thread::sleep(std::time::Duration::from_millis(20));
        before.len() == 4 && before == activity("idler-")
    });
    assert!(quiet);
    drop(open);
}

/// What the kernel has counted of each of this process's threads whose name begins so: time on a processor, and how
/// often it has gone to sleep or was made to.
#[cfg(target_os = "linux")]
fn activity(name: &str) -> Vec<String> {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().map(|task| task.unwrap().path());
    let named =
        tasks.filter(|task| std::fs::read_to_string(task.join("comm")).is_ok_and(|comm| comm.starts_with(name)));
    let mut seen: Vec<String> = named
        .map(|task| {
            let [stat, status] = ["schedstat", "status"].map(|file| std::fs::read_to_string(task.join(file)));
            let switches: Vec<_> =
                status.unwrap().lines().filter(|line| line.contains("ctxt")).map(str::to_owned).collect();
            format!("{task:?} {:?} {switches:?}", stat.ok())
        })
        .collect();
    seen.sort();
    seen
}

struct Twice {
    calls: Arc<Mutex<Vec<String>>>,
    panics: bool,
}

impl Task for Twice {
    fn run(&self) {
        self.calls.lock().unwrap().push("run".into());
        if self.panics {
            std::panic::resume_unwind(Box::new("no luck"));
        }
    }

    fn done(&self, outcome: Result<(), JobError>) {
        let text = outcome.map_or_else(|error| error.to_string(), |()| "done".into());
        self.calls.lock().unwrap().push(text);
        if self.panics {
            std::panic::resume_unwind(Box::new("again"));
        }
    }
}

#[test]
fn a_task_is_run_once_and_told_once() {
    let expected: [(&[&str], bool, bool); 3] = [
        (&["run", "done"], false, false),
        (&["run", "the job panicked: no luck"], true, false),
        (&["the job was canceled"], true, true),
    ];
    for (expected, panics, is_canceled) in expected {
        for lane in [Lane::Fast, Lane::Slow] {
            let pool = pool(1);
            let open = block_in(&pool, lane);
            let calls: Arc<Mutex<Vec<String>>> = Arc::default();
            let job = pool.submit_task(lane, Twice { calls: calls.clone(), panics });
            assert_eq!(is_canceled && job.cancel().is_ok(), is_canceled);
            drop(open);
            pool.shutdown();
            assert!(job.cancel().is_err());
            let task: &dyn Any = job.task();
            assert_eq!(task.downcast_ref::<Twice>().unwrap().calls.lock().unwrap().as_slice(), expected);
        }
    }
}
