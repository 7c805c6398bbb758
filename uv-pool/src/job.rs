use std::any::Any;
use std::error::Error;
use std::fmt;
use std::io;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::primitive::Mutex;
use crate::worker::{Shared, Tally};

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
    task: Arc<dyn Task>,
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
    /// [`CancelError::Busy`] if the job runs, has run or was canceled before; nothing has happened then.
    pub fn cancel(&self) -> Result<(), CancelError> {
        if self.task.refuse(&self.shared.tally, JobError::Canceled) { Ok(()) } else { Err(CancelError::Busy) }
    }

    pub(crate) fn new(task: Arc<dyn Task>, shared: Arc<Shared>) -> Self {
        Self { task, shared }
    }

    pub(crate) fn task(&self) -> Arc<dyn Task> {
        Arc::clone(&self.task)
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").finish_non_exhaustive()
    }
}

/// Why a job has no result. More reasons may come.
///
/// ```
/// use std::sync::mpsc;
/// use uv_pool::{JobError, Pool};
///
/// let (sender, receiver) = mpsc::channel();
/// let pool = Pool::builder().build()?;
/// pool.submit(|| panic!("out of cheese"), move |result: Result<(), _>| {
///     sender.send(result.unwrap_err()).unwrap();
/// });
/// let error = receiver.recv().unwrap();
/// assert!(matches!(error, JobError::Panicked(_)));
/// assert_eq!(error.to_string(), "the job panicked: out of cheese");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum JobError {
    /// The job did not run: it was canceled by [`Job::cancel`] or by
    /// [`Pool::shutdown_now`](crate::Pool::shutdown_now), or it came after the pool was shut down. libuv's
    /// `UV_ECANCELED`.
    Canceled,
    /// The job's `work` panicked, with this payload.
    Panicked(Box<dyn Any + Send>),
    /// The job did not run: the pool has no thread, and the system would not start one, for this reason.
    NoThreads(io::Error),
}

impl fmt::Display for JobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Canceled => f.write_str("the job was canceled"),
            Self::Panicked(payload) => match message(payload.as_ref()) {
                Some(message) => write!(f, "the job panicked: {message}"),
                None => f.write_str("the job panicked"),
            },
            Self::NoThreads(error) => write!(f, "no thread could be started: {error}"),
        }
    }
}

impl Error for JobError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Canceled | Self::Panicked(_) => None,
            Self::NoThreads(error) => Some(error),
        }
    }
}

/// Why a job was not canceled. More reasons may come.
///
/// ```
/// let error = uv_pool::CancelError::Busy;
/// assert_eq!(error.to_string(), "the job is running or finished");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum CancelError {
    /// The job runs or is finished. libuv's `UV_EBUSY`.
    Busy,
}

impl fmt::Display for CancelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str("the job is running or finished"),
        }
    }
}

impl Error for CancelError {}

/// A job as the queue, the workers and the handles share it.
pub(crate) trait Task: Send + Sync {
    /// Runs the job, unless it was refused.
    fn run(&self, tally: &Tally);

    /// Reports `error` in the place of running the job. `false` if it was run or refused before.
    fn refuse(&self, tally: &Tally, error: JobError) -> bool;
}

/// Whoever takes the functions out has the job: that is all there is to a race between start and cancel.
pub(crate) struct Body<W, D>(Mutex<Option<(W, D)>>);

impl<T, W, D> Body<W, D>
where
    W: FnOnce() -> T + Send,
    D: FnOnce(Result<T, JobError>) + Send,
{
    pub(crate) fn new(work: W, done: D) -> Self {
        Self(Mutex::new(Some((work, done))))
    }

    fn take(&self) -> Option<(W, D)> {
        self.0.lock().take()
    }
}

impl<T, W, D> Task for Body<W, D>
where
    W: FnOnce() -> T + Send,
    D: FnOnce(Result<T, JobError>) + Send,
{
    fn run(&self, tally: &Tally) {
        let Some((work, done)) = self.take() else {
            return;
        };
        tally.started();
        let result = catch_unwind(AssertUnwindSafe(work)).map_err(JobError::Panicked);
        tally.finished();
        contain(|| done(result));
    }

    fn refuse(&self, tally: &Tally, error: JobError) -> bool {
        let Some((work, done)) = self.take() else {
            return false;
        };
        tally.refused();
        contain(|| drop(work));
        contain(|| done(Err(error)));
        true
    }
}

/// Calls `function` and lets no panic out. The panic hook has reported it by then.
fn contain(function: impl FnOnce()) {
    let result = catch_unwind(AssertUnwindSafe(function));
    // A payload is any value, and dropping it may panic in turn.
    if let Err(payload) = result
        && let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(payload)))
    {
        mem::forget(payload);
    }
}

fn message(payload: &(dyn Any + Send)) -> Option<&str> {
    let literal = payload.downcast_ref::<&str>().copied();
    literal.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
}
