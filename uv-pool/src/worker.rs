use std::io;
use std::sync::Arc;
// Figures only, which no decision rests on: not worth a model's time.
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use once_cell::sync::OnceCell;

use crate::job::{JobError, Task};
use crate::primitive::{Injector, JoinHandle, thread};
use crate::size;
use crate::sleep::{Refused, Sleep};

/// What a pool has to do and has done, as [`Pool::counters`](crate::Pool::counters) found it.
///
/// ```
/// use std::sync::mpsc;
///
/// let pool = uv_pool::Pool::builder().build()?;
/// let (sender, receiver) = mpsc::channel();
/// pool.submit(|| (), move |_| sender.send(()).unwrap());
/// receiver.recv().unwrap();
/// let counters = pool.counters();
/// assert_eq!((counters.queued, counters.running, counters.finished), (0, 0, 1));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[non_exhaustive]
pub struct Counters {
    /// Jobs that wait for a worker.
    pub queued: usize,
    /// Jobs whose `work` is being run.
    pub running: usize,
    /// Jobs whose `work` has returned or panicked. A job is counted before its `done` is called.
    pub finished: u64,
    /// Jobs whose `work` never ran, as they were canceled or no thread could be started. A job is counted before
    /// its `done` is called.
    pub canceled: u64,
}

/// What the handles of a pool and its workers share.
pub(crate) struct Shared {
    pub(crate) tally: Tally,
    queue: Injector<Arc<dyn Task>>,
    sleep: Sleep,
    settings: Settings,
}

pub(crate) struct Settings {
    /// Empty until it is asked for if the environment is to decide.
    pub(crate) threads: OnceCell<usize>,
    pub(crate) name: String,
    pub(crate) stack_size: Option<usize>,
}

impl Shared {
    pub(crate) fn new(settings: Settings) -> Self {
        Self { tally: Tally::default(), queue: Injector::new(), sleep: Sleep::new(), settings }
    }

    pub(crate) fn threads(&self) -> usize {
        *self.settings.threads.get_or_init(size::from_environment)
    }

    pub(crate) fn submit(self: &Arc<Self>, task: Arc<dyn Task>) {
        self.tally.submitted();
        self.queue.push(Arc::clone(&task));
        let spawn = |number| self.spawn(number);
        let error = match self.sleep.submitted(|| self.threads(), spawn) {
            Ok(()) => return,
            Err(Refused::Closed) => JobError::Canceled,
            Err(Refused::NoThreads(error)) => JobError::NoThreads(error),
        };
        // If a worker has come by and taken the job meanwhile, then all is well.
        task.refuse(&self.tally, error);
    }

    pub(crate) fn close(&self) {
        self.sleep.close();
    }

    pub(crate) fn join(&self) {
        self.sleep.join();
    }

    pub(crate) fn cancel_queued(&self) {
        while let Some(task) = self.queue.pop() {
            task.refuse(&self.tally, JobError::Canceled);
        }
    }

    fn spawn(self: &Arc<Self>, number: usize) -> io::Result<JoinHandle<()>> {
        let name = format!("{}-{number}", self.settings.name);
        let mut builder = thread::Builder::new().name(name);
        if let Some(bytes) = self.settings.stack_size {
            builder = builder.stack_size(bytes);
        }
        let shared = Arc::clone(self);
        builder.spawn(move || shared.work())
    }

    /// A worker's life.
    fn work(&self) {
        loop {
            match self.queue.pop() {
                Some(task) => task.run(&self.tally),
                None if self.sleep.sleep(|| self.queue.is_empty()) => {}
                None => break,
            }
        }
        self.sleep.end();
    }
}

/// The counters as they are kept.
#[derive(Default)]
pub(crate) struct Tally {
    queued: AtomicUsize,
    running: AtomicUsize,
    finished: AtomicU64,
    canceled: AtomicU64,
}

impl Tally {
    pub(crate) fn read(&self) -> Counters {
        Counters {
            queued: self.queued.load(Ordering::Relaxed),
            running: self.running.load(Ordering::Relaxed),
            finished: self.finished.load(Ordering::Relaxed),
            canceled: self.canceled.load(Ordering::Relaxed),
        }
    }

    fn submitted(&self) {
        self.queued.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn started(&self) {
        self.running.fetch_add(1, Ordering::Relaxed);
        self.queued.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn finished(&self) {
        self.finished.fetch_add(1, Ordering::Relaxed);
        self.running.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn refused(&self) {
        self.canceled.fetch_add(1, Ordering::Relaxed);
        self.queued.fetch_sub(1, Ordering::Relaxed);
    }
}
