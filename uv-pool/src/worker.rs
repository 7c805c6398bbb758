use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
// A figure only, which no decision rests on: not worth a model's time.
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::error::JobError;
use crate::job::Queued;
use crate::lane::Lane;
use crate::primitive::{JoinHandle, thread};
use crate::queue::Queue;
use crate::size::Limit;
use crate::sleep::{Host, Next, Refused, Sleep, Worker};
use crate::task::contain;

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
    /// Jobs that wait for a worker, of both lanes.
    pub queued: usize,
    /// Jobs whose `work` is being run.
    pub running: usize,
    /// Jobs whose `work` has returned or panicked. A job is counted before its `done` is called.
    pub finished: u64,
    /// Jobs whose `work` never ran, as they were canceled or no thread could be started. A job is counted before
    /// its `done` is called.
    pub canceled: u64,
    /// Threads that have been started and have not ended.
    pub threads: usize,
    /// Threads that sleep.
    pub idle: usize,
}

/// What the handles of a pool and its workers share.
pub(crate) struct Shared {
    queue: Queue,
    sleep: Sleep,
    canceled: AtomicU64,
    settings: Settings,
    /// Of the process that has the threads.
    process: u32,
    abandoned: AtomicBool,
}

#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) limit: Limit,
    pub(crate) name: String,
    /// Whether a thread's number follows.
    pub(crate) numbered: bool,
    pub(crate) stack_size: Option<usize>,
}

impl Shared {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            queue: Queue::new(),
            sleep: Sleep::new(),
            canceled: AtomicU64::new(0),
            settings,
            process: std::process::id(),
            abandoned: AtomicBool::new(false),
        }
    }

    pub(crate) fn threads(&self) -> usize {
        self.settings.limit.threads()
    }

    pub(crate) fn resize(self: &Arc<Self>, threads: usize) {
        self.settings.limit.set(threads);
        self.queue.resized(|| self.threads());
        self.sleep.resized(self);
    }

    pub(crate) fn counters(&self) -> Counters {
        let sums = self.sleep.sums();
        let canceled = self.canceled.load(Ordering::Relaxed);
        Counters {
            queued: sums.submitted.saturating_sub(sums.started).saturating_sub(canceled) as usize,
            running: sums.started.saturating_sub(sums.finished) as usize,
            finished: sums.finished,
            canceled,
            threads: sums.threads,
            idle: sums.idle,
        }
    }

    pub(crate) fn submit(self: &Arc<Self>, job: &Arc<Queued>) {
        let pushed = Arc::clone(job);
        let wanted = match job.lane() {
            Lane::Fast => {
                self.queue.push(pushed);
                true
            }
            Lane::Slow => self.queue.push_slow(pushed, self.threads()),
        };
        let error = match self.sleep.submitted(self, wanted) {
            Ok(()) => return,
            Err(Refused::Closed) => JobError::Canceled,
            Err(Refused::NoThreads(error)) => JobError::NoThreads(error),
        };
        // If a worker has come by and taken the job meanwhile, then all is well.
        self.refuse(job, error);
    }

    /// Reports `error` in the place of running the job, unless it has been claimed.
    pub(crate) fn refuse(&self, job: &Queued, error: JobError) -> bool {
        if self.abandoned.load(Ordering::Relaxed) || !job.claim() {
            return false;
        }
        self.queue.withdrawn(job);
        self.canceled.fetch_add(1, Ordering::Relaxed);
        contain(|| job.task().done(Err(error)));
        true
    }

    pub(crate) fn close(&self) {
        self.sleep.close();
    }

    pub(crate) fn join(&self) {
        self.sleep.join();
    }

    pub(crate) fn cancel_queued(&self) {
        self.queue.drain(|job| {
            self.refuse(&job, JobError::Canceled);
        });
    }

    /// Whether this is the process that has the threads, and not a fork of it.
    pub(crate) fn is_at_home(&self) -> bool {
        self.process == std::process::id()
    }

    /// What is to take this one's place in a process that has none of the threads, if this is such a process. Nothing here
    /// is touched but the settings and an atomic: whatever else there is may have been locked or half done when the process forked.
    pub(crate) fn successor(&self) -> Option<Self> {
        if self.is_at_home() {
            return None;
        }
        let successor = Self::new(self.settings.clone());
        if self.sleep.is_closed() {
            successor.close();
        }
        Some(successor)
    }

    /// From now on its jobs are let alone.
    pub(crate) fn abandon(&self) {
        self.abandoned.store(true, Ordering::Relaxed);
    }

    /// A worker's life.
    fn work(self: &Arc<Self>, number: usize, worker: &Worker) {
        // Whoever is woken or started has a baton: see `Sleep::pass_on`.
        let mut baton = true;
        self.sleep.begin();
        loop {
            if self.sleep.has_excess() && self.sleep.leave(self, number) {
                return if baton { self.sleep.pass_on(self) } else { self.sleep.look_after(self) };
            }
            let Some(taken) = self.queue.pop() else {
                if self.sleep.search(self, &mut baton) {
                    continue;
                }
                match self.sleep.sleep(self, number, baton) {
                    Next::Look { baton: again } => baton = again,
                    Next::End => return self.sleep.end(number),
                }
                continue;
            };
            worker.started();
            if std::mem::take(&mut baton) {
                self.sleep.pass_on(self);
            }
            if taken.more {
                self.sleep.pushed(self);
            }
            let task = taken.job.task();
            let outcome = catch_unwind(AssertUnwindSafe(|| task.run()));
            worker.finished();
            contain(|| task.done(outcome.map_err(JobError::Panicked)));
            self.queue.finished(&taken.job);
        }
    }
}

impl Host for Arc<Shared> {
    fn has_work(&self) -> bool {
        self.queue.has_work()
    }

    fn limit(&self) -> usize {
        self.threads()
    }

    fn spawn(&self, number: usize, worker: Arc<Worker>) -> io::Result<JoinHandle<()>> {
        let Settings { name, numbered, .. } = &self.settings;
        let name = if *numbered { format!("{name}-{number}") } else { name.clone() };
        let mut builder = thread::Builder::new().name(name);
        if let Some(bytes) = self.settings.stack_size {
            builder = builder.stack_size(bytes);
        }
        let shared = Arc::clone(self);
        builder.spawn(move || shared.work(number, &worker))
    }
}
