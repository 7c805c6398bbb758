use std::any::Any;
use std::fmt;
use std::mem;
use std::sync::Arc;

use once_cell::race::OnceBox;

use crate::builder::{Builder, DEFAULT_NAME};
use crate::error::JobError;
use crate::job::{Job, Queued};
use crate::lane::Lane;
use crate::size::Limit;
use crate::task::{Functions, Task};
use crate::worker::{Counters, Settings, Shared};

/// A handle to a pool of threads that run jobs and report back, as libuv's worker pool does.
///
/// Clones are handles to the same pool. When the last handle is dropped, the jobs that are queued are still run, then
/// the threads end; the drop does not wait for that. [`shutdown`](Self::shutdown) does.
///
/// ```
/// use std::sync::mpsc;
/// use uv_pool::Pool;
///
/// let pool = Pool::builder().threads(2).build()?;
/// let (sender, receiver) = mpsc::channel();
/// for number in [3_u64, 5, 8] {
///     let sender = sender.clone();
///     pool.submit(move || number * number, move |square| sender.send(square.unwrap()).unwrap());
/// }
/// drop(sender);
/// assert_eq!(receiver.iter().sum::<u64>(), 98);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct Pool {
    handle: Arc<Handle>,
}

impl Pool {
    /// The pool that the whole process shares, as libuv's.
    ///
    /// Its number of threads is read from the environment variable `UV_THREADPOOL_SIZE` when the first job is submitted
    /// (or [`threads`](Self::threads) is first called), so a program can set the variable before that. The value is
    /// read as libuv reads it: 4 if it is not set, the number it begins with (C's `atoi`), 1 for 0 or for no number,
    /// at most [`MAX_THREADS`](crate::MAX_THREADS), which a negative number gives as well. The threads are named
    /// `uv-pool-0`, `uv-pool-1`, ...
    ///
    /// The process ends without waiting for jobs that are still queued or running. A process made by `fork` calls
    /// [`reset_after_fork`](Self::reset_after_fork) before it uses the pool.
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// let (sender, receiver) = mpsc::channel();
    /// uv_pool::Pool::global().submit(|| 2 + 2, move |sum| sender.send(sum.unwrap()).unwrap());
    /// assert_eq!(receiver.recv(), Ok(4));
    /// ```
    #[must_use]
    pub fn global() -> &'static Self {
        // A race that all may run and one wins: no lock that a fork could leave locked.
        static GLOBAL: OnceBox<Pool> = OnceBox::new();
        GLOBAL.get_or_init(|| {
            let settings = Settings {
                limit: Limit::from_environment(),
                name: DEFAULT_NAME.into(),
                numbered: true,
                stack_size: None,
            };
            Box::new(Self::new(settings))
        })
    }

    /// Begins a pool of one's own.
    ///
    /// ```
    /// let pool = uv_pool::Pool::builder().threads(2).name("resize").build()?;
    /// assert_eq!(pool.threads(), 2);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Queues a job: a worker runs `work`, then `done` with its result. As `uv_queue_work`.
    ///
    /// Jobs are started in the order in which they were submitted. `done` is called exactly once, whatever happens:
    ///
    /// - with `work`'s result or [`JobError::Panicked`], on the worker, right after `work`. It holds the worker up, so it
    ///   should do no more than to hand the result on and wake who waits for it;
    /// - with [`JobError::Canceled`], on the thread that canceled the job, or on this one, before `submit` returns, if the
    ///   pool was shut down;
    /// - with [`JobError::NoThreads`], on this thread, before `submit` returns, if the pool has no thread and the
    ///   system would not start one.
    ///
    /// Whatever panics, no panic leaves the pool, and the worker lives on. The panic hook runs as for any panic (the
    /// standard one prints a message).
    ///
    /// Threads are started as they are needed: when a job is submitted while no worker sleeps and there are fewer than
    /// [`threads`](Self::threads). If one cannot be started, the others do its work, and the next submission tries again.
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// let pool = uv_pool::Pool::builder().build()?;
    /// let (sender, receiver) = mpsc::channel();
    /// pool.submit(
    ///     || std::fs::read_to_string("/no/such/file"),
    ///     move |result| sender.send(result).unwrap(),
    /// );
    /// let result = receiver.recv().unwrap().expect("neither canceled nor panicked");
    /// assert_eq!(result.unwrap_err().kind(), std::io::ErrorKind::NotFound);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn submit<T, W, D>(&self, work: W, done: D) -> Job
    where
        W: FnOnce() -> T + Send + 'static,
        D: FnOnce(Result<T, JobError>) + Send + 'static,
        T: Send + 'static,
    {
        self.submit_in(Lane::default(), work, done)
    }

    /// As [`submit`](Self::submit), in the lane of one's choice.
    ///
    /// Jobs of one lane are started in the order in which they were submitted. The first of the slow ones that wait stands in
    /// the line of the fast ones, and when it is started the next takes its place at the end of that line: as in libuv.
    ///
    /// ```
    /// use std::net::ToSocketAddrs;
    /// use std::sync::mpsc;
    /// use uv_pool::{Lane, Pool};
    ///
    /// let (sender, receiver) = mpsc::channel();
    /// let lookup = || ("localhost", 80).to_socket_addrs().map(Iterator::count);
    /// Pool::global().submit_in(Lane::Slow, lookup, move |addresses| sender.send(addresses.unwrap()).unwrap());
    /// println!("localhost has {:?} addresses", receiver.recv().unwrap());
    /// ```
    pub fn submit_in<T, W, D>(&self, lane: Lane, work: W, done: D) -> Job
    where
        W: FnOnce() -> T + Send + 'static,
        D: FnOnce(Result<T, JobError>) + Send + 'static,
        T: Send + 'static,
    {
        self.submit_task(lane, Functions::new(work, done))
    }

    /// As [`submit_in`](Self::submit_in), with a job that is one value: see [`Task`].
    ///
    /// ```
    /// use std::sync::mpsc::{self, SyncSender};
    /// use uv_pool::{JobError, Lane, Pool, Task};
    ///
    /// struct Hello(SyncSender<&'static str>);
    ///
    /// impl Task for Hello {
    ///     fn run(&self) {
    ///         self.0.send("working").unwrap();
    ///     }
    ///
    ///     fn done(&self, outcome: Result<(), JobError>) {
    ///         self.0.send(if outcome.is_ok() { "done" } else { "not done" }).unwrap();
    ///     }
    /// }
    ///
    /// let (sender, receiver) = mpsc::sync_channel(2);
    /// Pool::global().submit_task(Lane::Fast, Hello(sender));
    /// assert_eq!(receiver.recv(), Ok("working"));
    /// assert_eq!(receiver.recv(), Ok("done"));
    /// ```
    pub fn submit_task(&self, lane: Lane, task: impl Task) -> Job {
        let shared = self.handle.shared();
        let job: Arc<Queued> = Arc::new(Queued::new(lane, task));
        shared.submit(&job);
        Job::new(job, Arc::clone(shared))
    }

    /// Submits a job once more, in its lane, after `change` has been at its task; which costs no memory. `None` takes the
    /// job away: it does so if the task is no `T`.
    ///
    /// # Errors
    ///
    /// The job itself, of which `change` has not heard, while it has not ended, or another holds it: a clone, or a worker
    /// that has called its [`done`](Task::done) this moment.
    ///
    /// ```
    /// use std::sync::mpsc::{self, SyncSender};
    /// use uv_pool::{JobError, Lane, Pool, Task};
    ///
    /// struct Say(&'static str, SyncSender<&'static str>);
    ///
    /// impl Task for Say {
    ///     fn run(&self) {
    ///         self.1.send(self.0).unwrap();
    ///     }
    ///
    ///     fn done(&self, _: Result<(), JobError>) {}
    /// }
    ///
    /// let (sender, receiver) = mpsc::sync_channel(2);
    /// let mut job = Pool::global().submit_task(Lane::Fast, Say("once", sender));
    /// assert_eq!(receiver.recv(), Ok("once"));
    /// while let Err(busy) = Pool::global().submit_again(job, |say: &mut Say| say.0 = "again") {
    ///     std::thread::yield_now();
    ///     job = busy;
    /// }
    /// assert_eq!(receiver.recv(), Ok("again"));
    /// ```
    pub fn submit_again<T: Task>(&self, mut job: Job, change: impl FnOnce(&mut T)) -> Result<Option<Job>, Job> {
        let Some(task) = job.alone() else {
            return Err(job);
        };
        let task: &mut dyn Any = task;
        let Some(task) = task.downcast_mut() else {
            return Ok(None);
        };
        change(task);
        let shared = self.handle.shared();
        let job = job.unclaimed();
        shared.submit(&job);
        Ok(Some(Job::new(job, Arc::clone(shared))))
    }

    /// The largest number of threads that the pool will use. Asking for it settles the size of the
    /// [`global`](Self::global) pool.
    ///
    /// ```
    /// let pool = uv_pool::Pool::builder().threads(3).build()?;
    /// assert_eq!(pool.threads(), 3);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn threads(&self) -> usize {
        self.handle.shared().threads()
    }

    /// Changes the largest number of threads, while the pool runs: at least 1, at most
    /// [`MAX_THREADS`](crate::MAX_THREADS). For the [`global`](Self::global) pool this overrides the environment.
    ///
    /// More threads are started as they are needed, at once if jobs wait. Those that are too many end: idle ones now, a busy
    /// one after its job. Nobody waits for that, and no job is lost. How many slow jobs may run follows.
    ///
    /// ```
    /// let pool = uv_pool::Pool::builder().threads(1).build()?;
    /// pool.resize(8);
    /// assert_eq!(pool.threads(), 8);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn resize(&self, threads: usize) {
        self.handle.shared().resize(threads);
    }

    /// The number of jobs that wait for a worker. Like all counters it may be out of date when it is returned.
    ///
    /// ```
    /// let pool = uv_pool::Pool::builder().build()?;
    /// assert_eq!(pool.queued(), 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn queued(&self) -> usize {
        self.counters().queued
    }

    /// The number of jobs whose `work` is being run.
    ///
    /// ```
    /// let pool = uv_pool::Pool::builder().build()?;
    /// assert_eq!(pool.running(), 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn running(&self) -> usize {
        self.counters().running
    }

    /// All counters. They are read one after the other while the workers go on, so they need not add up.
    ///
    /// ```
    /// let pool = uv_pool::Pool::builder().build()?;
    /// assert_eq!(pool.counters(), uv_pool::Counters::default());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.handle.shared().counters()
    }

    /// Shuts the pool down, for all of its handles: runs the jobs that are queued, then waits until all threads have
    /// ended. A job that is submitted later is refused with [`JobError::Canceled`].
    ///
    /// On a thread of the pool itself (that is, in a job) it does not wait. The [`global`](Self::global) pool can be shut down
    /// through a clone too, as by `uv_library_shutdown`; it does not come back.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicBool, Ordering};
    ///
    /// static DONE: AtomicBool = AtomicBool::new(false);
    /// let pool = uv_pool::Pool::builder().build()?;
    /// pool.submit(|| DONE.store(true, Ordering::Relaxed), |_| ());
    /// pool.shutdown();
    /// assert!(DONE.load(Ordering::Relaxed));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn shutdown(self) {
        let shared = self.handle.shared();
        shared.close();
        shared.join();
    }

    /// As [`shutdown`](Self::shutdown), but cancels the jobs that are queued, each as by [`Job::cancel`], and waits only
    /// for those that are running.
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// let pool = uv_pool::Pool::builder().threads(1).build()?;
    /// let (sender, receiver) = mpsc::channel();
    /// for _ in 0..100 {
    ///     let sender = sender.clone();
    ///     pool.submit(|| (), move |result| sender.send(result.is_ok()).unwrap());
    /// }
    /// drop(sender);
    /// pool.shutdown_now();
    /// // Some may have run in the meantime.
    /// assert_eq!(receiver.iter().count(), 100);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn shutdown_now(self) {
        let shared = self.handle.shared();
        shared.close();
        shared.cancel_queued();
        shared.join();
    }

    /// Makes the pool usable in a process that `fork` made, which has none of its threads. To be called there, before
    /// anything else is done with the pool but to drop it; in the process that made the pool, or has reset it before, it does nothing.
    ///
    /// The pool begins anew, of the same size and with counters at 0; its threads start when jobs need them. Jobs that were queued
    /// or running at the time of the fork are the parent's: here nothing becomes of them, their functions are
    /// neither called nor dropped, and [`cancel`](Job::cancel)ing one is refused. It takes no lock that another thread
    /// of the parent could have held. libuv does the same by `pthread_atfork`, which needs no call, and is not to be had without
    /// unsafe code.
    ///
    /// ```
    /// let pool = uv_pool::Pool::builder().build()?;
    /// // pid = fork(); if pid == 0 {
    /// pool.reset_after_fork();
    /// // }
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn reset_after_fork(&self) {
        let mut generation = &self.handle.first;
        while let Some(next) = generation.next.get() {
            generation = next;
        }
        if let Some(successor) = generation.shared.successor() {
            generation.shared.abandon();
            // The queue may be torn in the middle of a push, so that it must never be dropped.
            mem::forget(Arc::clone(&generation.shared));
            // Another thread of this process may have been first.
            let _ = generation.next.set(Box::new(Generation::new(successor)));
        }
    }

    pub(crate) fn new(settings: Settings) -> Self {
        Self { handle: Arc::new(Handle { first: Generation::new(Shared::new(settings)) }) }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("counters", &self.counters()).finish_non_exhaustive()
    }
}

/// What the handles of a pool share, and the workers do not: its drop is that of the last handle.
struct Handle {
    first: Generation,
}

/// What has been the pool up to a fork, and what it is after it. Of a process with its parents and theirs there are as
/// many as have used the pool: the last one is this process's.
struct Generation {
    shared: Arc<Shared>,
    next: OnceBox<Generation>,
}

impl Handle {
    fn shared(&self) -> &Arc<Shared> {
        let mut generation = &self.first;
        while let Some(next) = generation.next.get() {
            generation = next;
        }
        &generation.shared
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // A forked process that has not reset the pool may find its lock taken for ever, and no thread that would end.
        if self.shared().is_at_home() {
            self.shared().close();
        }
    }
}

impl Generation {
    fn new(shared: Shared) -> Self {
        Self { shared: Arc::new(shared), next: OnceBox::new() }
    }
}
