use std::any::Any;
use std::error::Error;
use std::fmt;
use std::io;

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
    /// The job did not run: it was canceled by [`Job::cancel`](crate::Job::cancel) or by
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

fn message(payload: &(dyn Any + Send)) -> Option<&str> {
    let literal = payload.downcast_ref::<&str>().copied();
    literal.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
}
