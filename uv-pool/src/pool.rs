use std::fmt;
use std::io;
use std::sync::Arc;

use once_cell::sync::OnceCell;

use crate::job::{Body, Job, JobError};
use crate::size::{DEFAULT_THREADS, MAX_THREADS};
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
    /// The process ends without waiting for jobs that are still queued or running. A child that was made by `fork` without `exec`
    /// has no threads and must not submit jobs to it: this is not supported yet.
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
        static GLOBAL: OnceCell<Pool> = OnceCell::new();
        GLOBAL.get_or_init(|| {
            Self::new(Settings { threads: OnceCell::new(), name: DEFAULT_NAME.into(), stack_size: None })
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
        Builder { threads: DEFAULT_THREADS, name: DEFAULT_NAME.into(), stack_size: None }
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
        let shared = &self.handle.shared;
        let job = Job::new(Arc::new(Body::new(work, done)), Arc::clone(shared));
        shared.submit(job.task());
        job
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
        self.handle.shared.threads()
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
        self.handle.shared.tally.read()
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
        self.handle.shared.close();
        self.handle.shared.join();
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
        self.handle.shared.close();
        self.handle.shared.cancel_queued();
        self.handle.shared.join();
    }

    fn new(settings: Settings) -> Self {
        let shared = Arc::new(Shared::new(settings));
        Self { handle: Arc::new(Handle { shared }) }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("counters", &self.counters()).finish_non_exhaustive()
    }
}

/// Makes a [`Pool`] of one's own: see [`Pool::builder`].
///
/// ```
/// let pool = uv_pool::Pool::builder()
///     .threads(2)
///     .name("thumbnails")
///     .stack_size(256 * 1024)
///     .build()?;
/// # pool.shutdown();
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Builder {
    threads: usize,
    name: String,
    stack_size: Option<usize>,
}

impl Builder {
    /// The largest number of threads: at least 1, at most [`MAX_THREADS`](crate::MAX_THREADS), and
    /// [`DEFAULT_THREADS`](crate::DEFAULT_THREADS) if this is not called.
    ///
    /// ```
    /// let pool = uv_pool::Pool::builder().threads(0).build()?;
    /// assert_eq!(pool.threads(), 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads.clamp(1, MAX_THREADS);
        self
    }

    /// What the threads' names begin with; `-` and a number from 0 follow. `uv-pool` if this is not called.
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// let pool = uv_pool::Pool::builder().name("dns").build()?;
    /// let (sender, receiver) = mpsc::channel();
    /// let name = || std::thread::current().name().map(str::to_owned);
    /// pool.submit(name, move |name| sender.send(name.unwrap()).unwrap());
    /// assert_eq!(receiver.recv().unwrap().as_deref(), Some("dns-0"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn name(mut self, prefix: impl Into<String>) -> Self {
        self.name = prefix.into();
        self
    }

    /// The size of each thread's stack in bytes; the standard library's default if this is not called.
    ///
    /// ```
    /// let pool = uv_pool::Pool::builder().stack_size(64 * 1024).build()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = Some(bytes);
        self
    }

    /// The pool. Its threads are started later, as jobs come.
    ///
    /// ```
    /// let pool = uv_pool::Pool::builder().build()?;
    /// assert!(uv_pool::Pool::builder().name("no\0name").build().is_err());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) if the name has a NUL in it, which no thread's name can have.
    pub fn build(self) -> io::Result<Pool> {
        if self.name.contains('\0') {
            let message = "a thread's name cannot have a NUL in it";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        Ok(Pool::new(Settings {
            threads: OnceCell::with_value(self.threads),
            name: self.name,
            stack_size: self.stack_size,
        }))
    }
}

const DEFAULT_NAME: &str = "uv-pool";

/// What the handles of a pool share, and the workers do not: its drop is that of the last handle.
struct Handle {
    shared: Arc<Shared>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.close();
    }
}
