//! Work requests: a closure on the pool, its result back in the loop.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::mem;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

use uv_pool::{Job, JobError, Lane, Task};
use uv_sys::{Error, Result};

use crate::event_loop::Loop;
use crate::mailbox::{LIMIT, Mailbox};
use crate::observer::Source;
use crate::owner::WorkOwner;
use crate::remote_work::RemoteWork;

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
    /// Where the table has it.
    pub(crate) slot: u32,
    /// Grows from request to request.
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
        let job = lp.core.requests.0.borrow().get(self).and_then(Entry::job);
        job.ok_or(Error::EBUSY)?.cancel().map_err(|_| Error::EBUSY)
    }

    /// Lets the loop end, and close, although the request is under way: nobody waits for its callback, which is called if the
    /// loop runs then. As `uv_unref`, which libuv has for handles alone.
    ///
    /// # Errors
    ///
    /// `EINVAL` if its callback has been called, or if it is a request of another loop.
    ///
    /// ```
    /// use uv_loop::{Loop, RunMode};
    ///
    /// let lp = Loop::new()?;
    /// let (hold, held) = std::sync::mpsc::channel::<()>();
    /// let work = lp.queue_work(move || held.recv(), |_, _| {});
    /// work.unref(&lp)?;
    /// assert!(!lp.run(RunMode::Default)?);
    /// drop(hold);
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn unref(self, lp: &Loop) -> Result<()> {
        if !self.is_pending(lp) {
            return Err(Error::EINVAL);
        }
        let queued = lp.core.requests.0.borrow_mut().get_mut(self).map(|entry| entry.guard.take());
        drop(queued.or_else(|| lp.core.completed.unref(self.key)));
        Ok(())
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
            && (lp.core.requests.0.borrow().get(self).is_some() || lp.core.completed.contains(self.key))
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
        self.queue_work_in(Lane::Fast, work, after)
    }

    /// As [`queue_work`](Loop::queue_work), in the pool's lane of one's choice: what mostly waits, as DNS, belongs into
    /// [`Lane::Slow`], where it leaves half of the threads alone.
    ///
    /// ```
    /// use std::net::ToSocketAddrs;
    /// use uv_loop::{Lane, Loop, RunMode};
    ///
    /// let lp = Loop::new()?;
    /// let lookup = || ("localhost", 80).to_socket_addrs().map(Iterator::count);
    /// lp.queue_work_in(Lane::Slow, lookup, |_, addresses| println!("{:?}", addresses.unwrap()));
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn queue_work_in<T: Send + 'static, W: FnOnce() -> T + Send + 'static>(
        &self,
        lane: Lane,
        work: W,
        after: impl FnOnce(&Loop, std::result::Result<T, JobError>) + 'static,
    ) -> Work {
        // First, as making the pool may panic.
        let pool = self.pool();
        let after = move |lp: &Loop, job: Job| {
            let outcome = Request::<T, W>::outcome_of(&job);
            drop(job);
            after(lp, outcome);
        };
        let queued = self.new_entry(After::Call(Box::new(after)));
        let stage = Mutex::new(Stage::Waits(work));
        let mailbox = self.core.mailbox.clone();
        let job = pool.submit_task(lane, Request { stage, mailbox, slot: queued.slot });
        self.core.requests.set_job(queued, job);
        queued
    }

    /// A place for a request whose job is to follow.
    pub(crate) fn new_entry(&self, after: After) -> Work {
        let mut queued = self.new_work();
        let entry = Entry { key: queued.key, guard: Some(self.request()), job: None, after };
        queued.slot = self.core.requests.0.borrow_mut().insert(entry);
        self.core.mailbox.reserve_done(queued.slot);
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
        self.core.requests.0.borrow().len
    }

    /// The id of a request to be made. They grow.
    pub(crate) fn new_work(&self) -> Work {
        let mut table = self.core.requests.0.borrow_mut();
        table.newest += 1;
        Work { loop_id: self.core.state.borrow().slab.loop_id(), slot: NIL, key: table.newest }
    }

    /// Calls the request of this slot back, which is done.
    pub(crate) fn finish_work(&self, slot: u32) {
        let entry = self.core.requests.0.borrow_mut().remove(slot);
        if let Some(Entry { key, guard, job, after }) = entry {
            drop(guard);
            let _seen = self.observe_callback(|| Source::Work { key });
            match (after, job) {
                (After::Call(after), Some(job)) => after(self, job),
                (After::Owner(owner), Some(job)) => self.finish_owned(owner, job),
                (After::Remote(work), _) => work.finish(self),
                (_, None) => {}
            }
        }
    }
}

#[derive(Default)]
pub(crate) struct Requests(RefCell<Table>);

impl Requests {
    pub(crate) fn clear(&self) {
        let table = self.0.take();
        self.0.borrow_mut().newest = table.newest;
        drop(table);
    }

    /// That of the request which has the slot.
    pub(crate) fn set_job(&self, work: Work, job: Job) {
        if let Some(entry) = self.0.borrow_mut().get_mut(work) {
            entry.job = Some(job);
        }
    }

    /// In the child of a fork: threads that are not there hold some of them for ever.
    pub(crate) fn forget_spare(&self) {
        let spare = std::mem::take(&mut self.0.borrow_mut().spare);
        drop(spare);
    }

    /// A job of an owner's that has ended.
    pub(crate) fn take_spare(&self, lane: Lane) -> Option<Job> {
        self.0.borrow_mut().spare.of(lane).pop_front()
    }

    pub(crate) fn put_spare(&self, lane: Lane, job: Job) {
        let mut table = self.0.borrow_mut();
        let spare = table.spare.of(lane);
        let surplus = if spare.len() < KEPT {
            spare.push_back(job);
            None
        } else {
            Some(job)
        };
        drop(table);
        drop(surplus);
    }

    pub(crate) fn key(&self, slot: u32) -> Option<u64> {
        match self.0.borrow().slots.get(slot as usize) {
            Some(Slot::Taken(entry)) => Some(entry.key),
            _ => None,
        }
    }

    /// Those that are taken, the oldest request's first.
    pub(crate) fn slots(&self) -> Vec<u32> {
        let table = self.0.borrow();
        let taken = |(number, slot): (u32, &Slot)| match slot {
            Slot::Taken(entry) => Some((entry.key, number)),
            Slot::Vacant(_) => None,
        };
        let mut found: Vec<_> = (0..).zip(&table.slots).filter_map(taken).collect();
        found.sort_unstable();
        found.into_iter().map(|(_, slot)| slot).collect()
    }
}

impl fmt::Debug for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} requests", self.0.borrow().len)
    }
}

struct Table {
    newest: u64,
    len: usize,
    slots: Vec<Slot>,
    vacant: u32,
    spare: Spare,
}

/// Jobs of owners that have ended.
#[derive(Default)]
struct Spare {
    fast: VecDeque<Job>,
    slow: VecDeque<Job>,
}

impl Spare {
    fn of(&mut self, lane: Lane) -> &mut VecDeque<Job> {
        match lane {
            Lane::Fast => &mut self.fast,
            Lane::Slow => &mut self.slow,
        }
    }
}

enum Slot {
    /// And the next one of the kind.
    Vacant(u32),
    Taken(Entry),
}

struct Entry {
    key: u64,
    /// `None` if nobody waits for it.
    guard: Option<RequestGuard>,
    /// `None` until the pool has taken it.
    job: Option<Job>,
    after: After,
}

type OnDone = Box<dyn FnOnce(&Loop, Job)>;

/// What the loop does when the pool is done.
pub(crate) enum After {
    Call(OnDone),
    /// The job knows the number.
    Owner(Arc<dyn WorkOwner>),
    /// Which has its job.
    Remote(RemoteWork),
}

impl Entry {
    fn job(&self) -> Option<Job> {
        match &self.after {
            After::Remote(work) => work.job(),
            _ => self.job.clone(),
        }
    }
}

const NIL: u32 = u32::MAX;

/// So many slots are kept when no request is left.
const KEPT: usize = 1024;

impl Default for Table {
    fn default() -> Self {
        Table { newest: 0, len: 0, slots: Vec::new(), vacant: NIL, spare: Spare::default() }
    }
}

impl Table {
    fn get(&self, work: Work) -> Option<&Entry> {
        match self.slots.get(work.slot as usize) {
            Some(Slot::Taken(entry)) if entry.key == work.key => Some(entry),
            _ => None,
        }
    }

    fn get_mut(&mut self, work: Work) -> Option<&mut Entry> {
        match self.slots.get_mut(work.slot as usize) {
            Some(Slot::Taken(entry)) if entry.key == work.key => Some(entry),
            _ => None,
        }
    }

    fn insert(&mut self, entry: Entry) -> u32 {
        self.len += 1;
        if let Some(slot) = self.slots.get_mut(self.vacant as usize) {
            let place = self.vacant;
            if let Slot::Vacant(next) = mem::replace(slot, Slot::Taken(entry)) {
                self.vacant = next;
            }
            return place;
        }
        assert!(self.slots.len() < LIMIT as usize, "a loop has at most {LIMIT} work requests");
        self.slots.push(Slot::Taken(entry));
        self.slots.len() as u32 - 1
    }

    fn remove(&mut self, slot: u32) -> Option<Entry> {
        let place = self.slots.get_mut(slot as usize).filter(|place| matches!(place, Slot::Taken(_)))?;
        let Slot::Taken(entry) = mem::replace(place, Slot::Vacant(self.vacant)) else {
            return None;
        };
        self.vacant = slot;
        self.len -= 1;
        if self.len == 0 && self.slots.len() > KEPT {
            self.slots = Vec::new();
            self.vacant = NIL;
        }
        Some(entry)
    }
}

/// What the pool and the loop share of a work request.
struct Request<T, W> {
    /// Never contended: the pool is through with it when the loop hears of it.
    stage: Mutex<Stage<T, W>>,
    mailbox: Arc<Mailbox>,
    slot: u32,
}

enum Stage<T, W> {
    Waits(W),
    Done(std::result::Result<T, JobError>),
    Empty,
}

impl<T: Send + 'static, W: FnOnce() -> T + Send + 'static> Request<T, W> {
    fn outcome_of(job: &Job) -> std::result::Result<T, JobError> {
        let task: &dyn Any = job.task();
        let request: Option<&Self> = task.downcast_ref();
        match request.and_then(Self::stage).map(|mut stage| mem::replace(&mut *stage, Stage::Empty)) {
            Some(Stage::Done(outcome)) => outcome,
            // Left behind by a fork.
            _ => Err(JobError::Canceled),
        }
    }

    /// `None` only where a thread has it that this process has not.
    fn stage(&self) -> Option<MutexGuard<'_, Stage<T, W>>> {
        match self.stage.try_lock() {
            Ok(stage) => Some(stage),
            // The work has panicked, before it has changed anything here.
            Err(TryLockError::Poisoned(error)) => Some(error.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

impl<T: Send + 'static, W: FnOnce() -> T + Send + 'static> Task for Request<T, W> {
    fn run(&self) {
        if let Some(mut stage) = self.stage()
            && let Stage::Waits(work) = mem::replace(&mut *stage, Stage::Empty)
        {
            *stage = Stage::Done(Ok(work()));
        }
    }

    fn done(&self, outcome: std::result::Result<(), JobError>) {
        /// Also if the drop of the work, or of what it has captured, panics.
        struct Post<'a>(&'a Mailbox, u32);
        impl Drop for Post<'_> {
            fn drop(&mut self) {
                // The loop may be gone: then the result goes with it.
                let _ = self.0.send_done(self.1);
            }
        }

        let _post = Post(&self.mailbox, self.slot);
        if let Err(error) = outcome {
            let before = self.stage().map(|mut stage| mem::replace(&mut *stage, Stage::Done(Err(error))));
            drop(before);
        }
    }
}
