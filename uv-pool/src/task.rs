use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

use parking_lot::Mutex;

use crate::error::JobError;

/// A job as one value, for [`Pool::submit_task`](crate::Pool::submit_task): what a `uv_work_t` with its two callbacks
/// is to libuv.
///
/// The value lives in the one allocation that the pool makes for a job, and whoever holds the [`Job`](crate::Job)
/// reaches it: so a result can wait there for the thread that wants it. Both functions take `&self`, as the pool cannot know
/// who else looks; what they change is behind a lock or an atomic, which is free whenever the pool calls.
///
/// ```
/// use std::any::Any;
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use std::thread::{self, Thread};
/// use uv_pool::{JobError, Lane, Pool, Task};
///
/// struct Square {
///     number: AtomicU64,
///     waiter: Thread,
/// }
///
/// impl Task for Square {
///     fn run(&self) {
///         let number = self.number.load(Ordering::Relaxed);
///         self.number.store(number * number, Ordering::Release);
///     }
///
///     fn done(&self, outcome: Result<(), JobError>) {
///         assert!(outcome.is_ok());
///         self.waiter.unpark();
///     }
/// }
///
/// let pool = Pool::builder().build()?;
/// let square = Square { number: 7.into(), waiter: thread::current() };
/// let job = pool.submit_task(Lane::Fast, square);
/// let task: &dyn Any = job.task();
/// let square: &Square = task.downcast_ref().unwrap();
/// while square.number.load(Ordering::Acquire) != 49 {
///     thread::park();
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait Task: Any + Send + Sync {
    /// Does the work, on a worker. Called at most once.
    fn run(&self);

    /// Is told what became of the work. Called exactly once, where and when [`submit`](crate::Pool::submit)'s `done` is:
    /// with `Ok` right after [`run`](Self::run) has returned, with [`JobError::Panicked`] if it has not, and with
    /// another [`JobError`] if it was not called.
    fn done(&self, outcome: Result<(), JobError>);
}

/// A job made of two functions.
pub(crate) struct Functions<T, W, D>(Mutex<Parts<T, W, D>>);

struct Parts<T, W, D> {
    work: Option<W>,
    value: Option<T>,
    done: Option<D>,
}

impl<T, W, D> Functions<T, W, D> {
    pub(crate) fn new(work: W, done: D) -> Self {
        Self(Mutex::new(Parts { work: Some(work), value: None, done: Some(done) }))
    }
}

impl<T, W, D> Task for Functions<T, W, D>
where
    T: Send + 'static,
    W: FnOnce() -> T + Send + 'static,
    D: FnOnce(Result<T, JobError>) + Send + 'static,
{
    fn run(&self) {
        let mut parts = self.0.lock();
        if let Some(work) = parts.work.take() {
            parts.value = Some(work());
        }
    }

    fn done(&self, outcome: Result<(), JobError>) {
        let Parts { work, value, done } =
            mem::replace(&mut *self.0.lock(), Parts { work: None, value: None, done: None });
        contain(|| drop(work));
        if let Some(done) = done {
            done(outcome.map(|()| value.expect("the work has returned")));
        }
    }
}

/// Calls `function` and lets no panic out, which the panic hook has reported by then.
pub(crate) fn contain(function: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(function)) {
        discard(payload);
    }
}

/// A panic's payload is any value, and dropping it may panic in turn. One that goes on with that is given up.
fn discard(mut payload: Box<dyn Any + Send>) {
    for _ in 0..8 {
        match catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            Ok(()) => return,
            Err(next) => payload = next,
        }
    }
    mem::forget(payload);
}
