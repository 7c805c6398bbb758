//! Callbacks that are somebody's who has many of them, and knows each by a number: nothing is allocated for them here.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, Mutex, Weak};

use uv_pool::{Job, JobError, Lane, Task};

use crate::event_loop::Loop;
use crate::mailbox::Mailbox;
use crate::request::{After, Work};
use crate::slab::HandleId;

/// Has the callbacks of many handles of a loop, each of which is a number to it: what [`Builder::handle_owner`] takes. For who
/// keeps handles in memory of its own, as a C program does.
///
/// [`Builder::handle_owner`]: crate::Builder::handle_owner
///
/// ```
/// use std::cell::RefCell;
/// use std::rc::Rc;
/// use uv_loop::{Handle, HandleId, HandleOwner, Idle, Loop, RunMode};
///
/// #[derive(Default)]
/// struct Log(RefCell<Vec<String>>);
///
/// impl HandleOwner for Log {
///     fn call(&self, lp: &Loop, id: HandleId, number: usize) {
///         self.0.borrow_mut().push(format!("called {number}"));
///         id.close_to_owner(lp, number).unwrap();
///     }
///     fn closed(&self, _: &Loop, _: HandleId, number: usize) {
///         self.0.borrow_mut().push(format!("closed {number}"));
///     }
/// }
///
/// let log = Rc::new(Log::default());
/// let lp = Loop::builder().handle_owner(log.clone()).build()?;
/// Idle::with_number(&lp, 7).restart(&lp)?;
/// lp.run(RunMode::Default)?;
/// assert_eq!(*log.0.borrow(), ["called 7", "closed 7"]);
/// # Ok::<(), uv_loop::Error>(())
/// ```
pub trait HandleOwner {
    /// A timer, an idle, prepare, check or async handle that was made with a number is called.
    fn call(&self, lp: &Loop, id: HandleId, number: usize);

    /// A handle, of any kind, that was closed with [`close_to_owner`](crate::Handle::close_to_owner) is closed.
    fn closed(&self, lp: &Loop, id: HandleId, number: usize);

    /// A thread has [called](crate::Remote::call). Nothing is done unless the owner says what.
    fn called(&self, _lp: &Loop) {}
}

/// Does many work requests, each of which is a number to it, and has their callbacks: see
/// [`Loop::queue_work_from`].
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use uv_loop::{JobError, Loop, RunMode, WorkOwner};
///
/// #[derive(Default)]
/// struct Squares([AtomicUsize; 3]);
///
/// impl WorkOwner for Squares {
///     fn run(&self, work: usize) {
///         self.0[work].store(work * work, Ordering::Relaxed);
///     }
///     fn done(&self, _: &Loop, work: usize, outcome: Result<(), JobError>) {
///         outcome.unwrap();
///         println!("the square of {work} is {:?}", self.0[work]);
///     }
/// }
///
/// let lp = Loop::new()?;
/// let squares = Arc::new(Squares::default());
/// for number in 0..3 {
///     lp.queue_work_from(squares.clone(), number);
/// }
/// lp.run(RunMode::Default)?;
/// # Ok::<(), uv_loop::Error>(())
/// ```
pub trait WorkOwner: Send + Sync + 'static {
    /// Does the work, on a thread of the pool. It is left if the loop, and the owner with it, is gone before a thread begins.
    fn run(&self, work: usize);

    /// The work is done, or was not to be: called once for each, by the loop, and last.
    fn done(&self, lp: &Loop, work: usize, outcome: Result<(), JobError>);
}

impl Loop {
    /// A work request whose work and callback are the `owner`'s, who knows it by the number `work`. Once there were as many at a
    /// time it allocates nothing.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use uv_loop::{Error, JobError, Loop, RunMode, WorkOwner};
    ///
    /// struct Nothing;
    /// impl WorkOwner for Nothing {
    ///     fn run(&self, _: usize) {}
    ///     fn done(&self, _: &Loop, _: usize, outcome: Result<(), JobError>) {
    ///         assert!(outcome.is_ok());
    ///     }
    /// }
    ///
    /// let lp = Loop::new()?;
    /// let work = lp.queue_work_from(Arc::new(Nothing), 7);
    /// lp.run(RunMode::Default)?;
    /// assert_eq!(work.cancel(&lp), Err(Error::EINVAL));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn queue_work_from(&self, owner: Arc<dyn WorkOwner>, work: usize) -> Work {
        self.queue_work_from_in(Lane::Fast, owner, work)
    }

    /// As [`queue_work_from`](Loop::queue_work_from), in the pool's lane of one's choice: see
    /// [`queue_work_in`](Loop::queue_work_in).
    ///
    /// ```
    /// use std::net::ToSocketAddrs;
    /// use std::sync::Arc;
    /// use uv_loop::{JobError, Lane, Loop, RunMode, WorkOwner};
    ///
    /// struct Hosts([&'static str; 2]);
    ///
    /// impl WorkOwner for Hosts {
    ///     fn run(&self, work: usize) {
    ///         println!("{:?}", (self.0[work], 80).to_socket_addrs());
    ///     }
    ///     fn done(&self, _: &Loop, _: usize, outcome: Result<(), JobError>) {
    ///         assert!(outcome.is_ok());
    ///     }
    /// }
    ///
    /// let lp = Loop::new()?;
    /// let hosts = Arc::new(Hosts(["127.0.0.1", "::1"]));
    /// for number in 0..2 {
    ///     lp.queue_work_from_in(Lane::Slow, hosts.clone(), number);
    /// }
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn queue_work_from_in(&self, lane: Lane, owner: Arc<dyn WorkOwner>, work: usize) -> Work {
        // First, as making the pool may panic.
        let pool = self.pool();
        let weak = Arc::downgrade(&owner);
        let queued = self.new_entry(After::Owner(owner));
        let mut next = Some(Owned {
            owner: weak,
            work,
            lane,
            mailbox: self.core.mailbox.clone(),
            slot: queued.slot,
            outcome: Mutex::default(),
        });
        // One that a worker has not quite let go of will do another time.
        for _ in 0..4 {
            let Some(spare) = self.core.requests.take_spare(lane) else {
                break;
            };
            match pool.submit_again(spare, |task: &mut Owned| next.take().map_or((), |next| *task = next)) {
                Ok(Some(job)) => {
                    self.core.requests.set_job(queued, job);
                    return queued;
                }
                Ok(None) => {}
                Err(spare) => self.core.requests.put_spare(lane, spare),
            }
        }
        if let Some(task) = next {
            self.core.requests.set_job(queued, pool.submit_task(lane, task));
        }
        queued
    }

    /// [`queue_completed`](Loop::queue_completed) to an owner, whose [`done`](WorkOwner::done) is called. It allocates nothing.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use uv_loop::{JobError, Loop, RunMode, WorkOwner};
    ///
    /// struct Answers;
    /// impl WorkOwner for Answers {
    ///     fn run(&self, _: usize) {
    ///         unreachable!("it is done");
    ///     }
    ///     fn done(&self, _: &Loop, _: usize, outcome: Result<(), JobError>) {
    ///         assert!(outcome.is_ok());
    ///     }
    /// }
    ///
    /// let lp = Loop::new()?;
    /// let answer = lp.queue_completed_from(Arc::new(Answers), 7);
    /// assert!(answer.is_pending(&lp));
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn queue_completed_from(&self, owner: Arc<dyn WorkOwner>, work: usize) -> Work {
        self.complete(crate::completed::After::Owner(owner, work))
    }

    /// The request is done: its owner is called, and the job kept for another one.
    pub(crate) fn finish_owned(&self, owner: Arc<dyn WorkOwner>, job: Job) {
        let task: &dyn Any = job.task();
        let Some(task) = task.downcast_ref::<Owned>() else {
            return;
        };
        // It has none if it was left behind by a fork, maybe with the lock taken.
        let outcome = task.outcome.try_lock().ok().and_then(|mut outcome| outcome.take());
        let (work, lane) = (task.work, task.lane);
        self.core.requests.put_spare(lane, job);
        owner.done(self, work, outcome.unwrap_or(Err(JobError::Canceled)));
    }
}

struct Owned {
    /// The request has the owner, as jobs are kept for other requests.
    owner: Weak<dyn WorkOwner>,
    work: usize,
    /// Which the job keeps.
    lane: Lane,
    mailbox: Arc<Mailbox>,
    slot: u32,
    outcome: Mutex<Option<Result<(), JobError>>>,
}

impl Task for Owned {
    fn run(&self) {
        if let Some(owner) = self.owner.upgrade() {
            owner.run(self.work);
        }
    }

    fn done(&self, outcome: Result<(), JobError>) {
        if let Ok(mut place) = self.outcome.lock() {
            *place = Some(outcome);
        }
        // The loop may be gone: then the result goes with it.
        let _ = self.mailbox.send_done(self.slot);
    }
}

impl fmt::Debug for Owned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Owned").field("work", &self.work).field("slot", &self.slot).finish_non_exhaustive()
    }
}
