use std::fmt;
use std::sync::Arc;

use crate::error::{CancelError, JobError};
use crate::lane::Lane;
use crate::primitive::{AtomicBool, Ordering};
use crate::task::{Task, contain};
use crate::worker::Shared;

/// A handle to a job that was [`submit`](crate::Pool::submit)ted, to cancel it.
///
/// Dropping the handle does nothing to the job. Clones are handles to the same job.
///
/// ```
/// use std::sync::mpsc;
///
/// let pool = uv_pool::Pool::builder().build()?;
/// let (sender, receiver) = mpsc::channel();
/// let job = pool.submit(|| 6 * 7, move |result| sender.send(result.unwrap()).unwrap());
/// assert_eq!(receiver.recv(), Ok(42));
/// assert!(job.cancel().is_err());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct Job {
    queued: Arc<Queued>,
    shared: Arc<Shared>,
}

impl Job {
    /// Cancels the job if no worker has started it, as `uv_cancel`.
    ///
    /// The job's `work` is dropped unrun and its `done` called with [`JobError::Canceled`], in this order and on this
    /// thread, before `cancel` returns. A panic of either is contained.
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// let pool = uv_pool::Pool::builder().threads(1).build()?;
    /// let (open, gate) = mpsc::channel::<()>();
    /// pool.submit(move || gate.recv(), |_| ());
    ///
    /// let (sender, receiver) = mpsc::channel();
    /// let job = pool.submit(|| unreachable!(), move |result: Result<(), _>| {
    ///     sender.send(result.unwrap_err().to_string()).unwrap();
    /// });
    /// assert_eq!(job.cancel(), Ok(()));
    /// assert_eq!(receiver.try_recv().as_deref(), Ok("the job was canceled"));
    /// assert_eq!(job.cancel(), Err(uv_pool::CancelError::Busy));
    /// # drop(open);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CancelError::Busy`] if the job runs, has run or was canceled before, and for a job that a
    /// [forked](crate::Pool::reset_after_fork) process has left to its parent; nothing has happened then.
    pub fn cancel(&self) -> Result<(), CancelError> {
        if self.shared.refuse(&self.queued, JobError::Canceled) { Ok(()) } else { Err(CancelError::Busy) }
    }

    /// What [`submit_task`](crate::Pool::submit_task) was given.
    ///
    /// ```
    /// use std::any::Any;
    /// use uv_pool::{JobError, Lane, Pool, Task};
    ///
    /// struct Hello;
    ///
    /// impl Task for Hello {
    ///     fn run(&self) {}
    ///     fn done(&self, _: Result<(), JobError>) {}
    /// }
    ///
    /// let pool = Pool::builder().build()?;
    /// let job = pool.submit_task(Lane::Fast, Hello);
    /// let task: &dyn Any = job.task();
    /// assert!(task.is::<Hello>());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn task(&self) -> &dyn Task {
        self.queued.task()
    }

    pub(crate) fn new(queued: Arc<Queued>, shared: Arc<Shared>) -> Self {
        Self { queued, shared }
    }

    /// The task, if nobody else holds the job: neither a queue nor a worker, who lets go of it after its end.
    pub(crate) fn alone(&mut self) -> Option<&mut dyn Task> {
        Some(Arc::get_mut(&mut self.queued)?.task.task_mut())
    }

    /// The job, which anybody may claim again.
    pub(crate) fn unclaimed(self) -> Arc<Queued> {
        self.queued.claimed.store(false, Ordering::Release);
        self.queued
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("lane", &self.queued.lane).finish_non_exhaustive()
    }
}

/// A task as the queue, the workers and the handles share it.
pub(crate) struct Queued<H: ?Sized = dyn Hold> {
    lane: Lane,
    claimed: AtomicBool,
    task: H,
}

impl<T: Task> Queued<Held<T>> {
    pub(crate) fn new(lane: Lane, task: T) -> Self {
        Self { lane, claimed: AtomicBool::new(false), task: Held(Some(task)) }
    }
}

impl Queued {
    /// Whoever is told yes has the job, to run it or to refuse it: that is all there is to a race between start and
    /// cancel.
    pub(crate) fn claim(&self) -> bool {
        !self.claimed.swap(true, Ordering::AcqRel)
    }

    pub(crate) fn lane(&self) -> Lane {
        self.lane
    }

    pub(crate) fn task(&self) -> &dyn Task {
        self.task.task()
    }
}

/// A task, whose drop lets no panic out: the last reference to it may be a worker's.
pub(crate) struct Held<T: Task>(Option<T>);

pub(crate) trait Hold: Send + Sync {
    fn task(&self) -> &dyn Task;

    fn task_mut(&mut self) -> &mut dyn Task;
}

const TAKEN: &str = "the drop alone takes it out";

impl<T: Task> Hold for Held<T> {
    fn task(&self) -> &dyn Task {
        self.0.as_ref().expect(TAKEN)
    }

    fn task_mut(&mut self) -> &mut dyn Task {
        self.0.as_mut().expect(TAKEN)
    }
}

impl<T: Task> Drop for Held<T> {
    fn drop(&mut self) {
        let task = self.0.take();
        contain(|| drop(task));
    }
}
