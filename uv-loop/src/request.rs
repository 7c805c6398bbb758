//! Work requests: a closure on the pool, its result back in the loop.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use uv_pool::{Job, JobError};
use uv_sys::{Error, Result};

use crate::event_loop::Loop;
use crate::mailbox::Mail;

/// A work request on its way, as `uv_work_t`. See [`Loop::queue_work`].
///
/// ```
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let work = lp.queue_work(|| 6 * 7, |_, answer| assert_eq!(answer.unwrap(), 42));
/// lp.run(RunMode::Default)?;
/// assert!(!work.is_pending(&lp));
/// # Ok::<(), uv_loop::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Work {
    loop_id: u32,
    pub(crate) key: u64,
}

impl Work {
    /// Takes the request back if no thread has begun with it, as `uv_cancel`. Its callback is called all the same,
    /// from the loop, with [`JobError::Canceled`].
    ///
    /// # Errors
    ///
    /// `EBUSY` if a thread is at it or has done it; `EINVAL` if its callback has been called, or if it is a request of
    /// another loop.
    ///
    /// ```
    /// use uv_loop::{Error, JobError, Loop, Pool, RunMode};
    ///
    /// let lp = Loop::builder().pool(Pool::builder().threads(1).build()?).build()?;
    /// let (hold, held) = std::sync::mpsc::channel::<()>();
    /// lp.queue_work(move || held.recv(), |_, _| {});
    /// let second = lp.queue_work(|| unreachable!(), |_, result| {
    ///     assert!(matches!(result, Err::<(), _>(JobError::Canceled)));
    /// });
    /// second.cancel(&lp)?;
    /// drop(hold);
    /// lp.run(RunMode::Default)?;
    /// assert_eq!(second.cancel(&lp), Err(Error::EINVAL));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn cancel(self, lp: &Loop) -> Result<()> {
        if !self.is_pending(lp) {
            return Err(Error::EINVAL);
        }
        let job = lp.core.requests.0.borrow().entries.get(&self.key).and_then(|entry| entry.job.clone());
        job.ok_or(Error::EBUSY)?.cancel().map_err(|_| Error::EBUSY)
    }

    /// Whether the request's callback is still to be called.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// assert!(lp.queue_work(|| (), |_, _| {}).is_pending(&lp));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn is_pending(self, lp: &Loop) -> bool {
        self.loop_id == lp.core.state.borrow().slab.loop_id()
            && (lp.core.requests.0.borrow().entries.contains_key(&self.key) || lp.core.completed.contains(self.key))
    }
}

/// Keeps its loop alive until it is dropped, referenced handles or not: libuv's active request. A request of a
/// [`HandleKind`](crate::HandleKind) (a write, a connect) holds one until its callback is called.
///
/// ```
/// let lp = uv_loop::Loop::new()?;
/// let write = lp.request();
/// assert!(lp.alive());
/// drop(write);
/// assert!(!lp.alive());
/// # Ok::<(), uv_loop::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "the request ends when this is dropped"]
pub struct RequestGuard(Rc<Cell<usize>>);

impl Drop for RequestGuard {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

#[derive(Default)]
pub(crate) struct Requests(RefCell<Table>);

#[derive(Default)]
struct Table {
    next: u64,
    entries: HashMap<u64, Entry>,
}

struct Entry {
    guard: RequestGuard,
    /// `None` until the pool has taken it.
    job: Option<Job>,
    after: Box<dyn FnOnce(&Loop)>,
}

impl Requests {
    pub(crate) fn clear(&self) {
        let entries = std::mem::take(&mut self.0.borrow_mut().entries);
        drop(entries);
    }
}

impl fmt::Debug for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} requests", self.0.borrow().entries.len())
    }
}

impl Loop {
    /// Begins a request, which keeps the loop alive until the guard is dropped. As libuv's own `uv__req_init` and
    /// `uv__req_unregister`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use uv_loop::{Handle, Loop, RunMode, Timer};
    ///
    /// let lp = Loop::new()?;
    /// let (timer, request) = (Timer::new(&lp), lp.request());
    /// let mut request = Some(request);
    /// timer.start(&lp, Duration::from_millis(1), Duration::ZERO, move |_, _| drop(request.take()))?;
    /// timer.unref(&lp)?;
    /// assert!(!lp.run(RunMode::Default)?, "the loop has waited for the request's end");
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn request(&self) -> RequestGuard {
        self.core.active_requests.set(self.core.active_requests.get() + 1);
        RequestGuard(self.core.active_requests.clone())
    }

    /// Runs `work` on the pool and then, in a poll phase of this loop, `after` with what it returned. As
    /// `uv_queue_work`; the request keeps the loop alive until `after` is called, which happens exactly once unless
    /// the loop is dropped before.
    ///
    /// A panic in `work` comes as [`JobError::Panicked`]. With a pool of one thread requests end in the order in
    /// which they were made.
    ///
    /// ```
    /// use uv_loop::{Loop, RunMode};
    ///
    /// let lp = Loop::new()?;
    /// lp.queue_work(|| std::fs::read_to_string("/dev/null"), |_, text| {
    ///     assert_eq!(text.unwrap().unwrap(), "");
    /// });
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn queue_work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
        after: impl FnOnce(&Loop, std::result::Result<T, JobError>) + 'static,
    ) -> Work {
        // First, as making the pool may panic.
        let pool = self.pool();
        let result = Arc::new(Mutex::new(None));
        let queued = self.new_work();
        let key = queued.key;
        {
            let result = result.clone();
            let after = move |lp: &Loop| {
                let result = result.lock().unwrap_or_else(PoisonError::into_inner).take();
                after(lp, result.unwrap_or(Err(JobError::Canceled)));
            };
            let entry = Entry { guard: self.request(), job: None, after: Box::new(after) };
            self.core.requests.0.borrow_mut().entries.insert(key, entry);
        }
        let mailbox = self.core.mailbox.clone();
        let job = pool.submit(work, move |done| {
            *result.lock().unwrap_or_else(PoisonError::into_inner) = Some(done);
            // The loop may be gone: then the result goes with it.
            let _ = mailbox.post(Mail::Work(key));
        });
        if let Some(entry) = self.core.requests.0.borrow_mut().entries.get_mut(&key) {
            entry.job = Some(job);
        }
        queued
    }

    /// How many work requests are queued, running, or done and not yet called back.
    ///
    /// ```
    /// use uv_loop::{Loop, RunMode};
    ///
    /// let lp = Loop::new()?;
    /// lp.queue_work(|| (), |lp, _| assert_eq!(lp.active_work(), 0));
    /// assert_eq!(lp.active_work(), 1);
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn active_work(&self) -> usize {
        self.core.requests.0.borrow().entries.len()
    }

    /// The id of a request to be made. They grow.
    pub(crate) fn new_work(&self) -> Work {
        let mut table = self.core.requests.0.borrow_mut();
        table.next += 1;
        Work { loop_id: self.core.state.borrow().slab.loop_id(), key: table.next }
    }

    pub(crate) fn finish_work(&self, key: u64) {
        let entry = self.core.requests.0.borrow_mut().entries.remove(&key);
        if let Some(Entry { guard, after, .. }) = entry {
            drop(guard);
            after(self);
        }
    }
}
