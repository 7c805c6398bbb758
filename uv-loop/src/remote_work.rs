//! Work requests that other threads begin.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uv_pool::{Job, JobError, Lane, Pool, Task};
use uv_sys::{Error, Result};

use crate::event_loop::Loop;
use crate::mailbox::Mailbox;
use crate::owner::WorkOwner;
use crate::request::{After, Work};

/// A work request that any thread [submits](RemoteWork::submit) to the pool, for a loop that is to [adopt](Loop::adopt_work) it: its
/// owner's [`done`](WorkOwner::done) is called there. Which of the two comes first makes no difference: a pool is at work
/// although the loop's thread has no time to hear of it. Clones are the same request.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use uv_loop::{JobError, Lane, Loop, RemoteWork, RunMode, WorkOwner};
///
/// #[derive(Default)]
/// struct Square(AtomicUsize);
///
/// impl WorkOwner for Square {
///     fn run(&self, work: usize) {
///         self.0.store(work * work, Ordering::Relaxed);
///     }
///     fn done(&self, _: &Loop, _: usize, outcome: Result<(), JobError>) {
///         assert!(outcome.is_ok());
///     }
/// }
///
/// let lp = Loop::new()?;
/// let (square, pool) = (Arc::new(Square::default()), lp.pool().clone());
/// let work = RemoteWork::new(square.clone(), 7);
/// lp.adopt_work(&work)?;
/// std::thread::spawn(move || work.submit(&pool, Lane::Fast));
/// lp.run(RunMode::Default)?;
/// assert_eq!(square.0.load(Ordering::Relaxed), 49);
/// # Ok::<(), uv_loop::Error>(())
/// ```
#[derive(Clone)]
pub struct RemoteWork(Arc<Shared>);

struct Shared {
    owner: Arc<dyn WorkOwner>,
    work: usize,
    /// In which it was made.
    process: u32,
    stage: Mutex<Stage>,
}

#[derive(Default)]
struct Stage {
    /// Whom to tell of its end.
    awaited: Option<(Arc<Mailbox>, u32)>,
    is_submitted: bool,
    has_ended: bool,
    outcome: Option<std::result::Result<(), JobError>>,
    /// From its submission to its end.
    job: Option<Job>,
}

impl RemoteWork {
    /// A request of this owner's, who knows it by a number.
    ///
    /// ```
    /// # use uv_loop::{JobError, Loop, RemoteWork, WorkOwner};
    /// struct Nothing;
    /// impl WorkOwner for Nothing {
    ///     fn run(&self, _: usize) {}
    ///     fn done(&self, _: &Loop, _: usize, _: Result<(), JobError>) {}
    /// }
    /// let work = RemoteWork::new(std::sync::Arc::new(Nothing), 7);
    /// assert!(work.cancel().is_err(), "nobody has submitted it");
    /// ```
    #[must_use]
    pub fn new(owner: Arc<dyn WorkOwner>, work: usize) -> RemoteWork {
        RemoteWork(Arc::new(Shared { owner, work, process: std::process::id(), stage: Mutex::default() }))
    }

    /// Has the owner's [`run`](WorkOwner::run) called on a thread of this pool, also if the loop is gone by then. Another time it
    /// does nothing.
    ///
    /// ```
    /// # use uv_loop::{JobError, Lane, Loop, Pool, RemoteWork, WorkOwner};
    /// # use std::sync::atomic::{AtomicUsize, Ordering};
    /// # #[derive(Default)]
    /// # struct Count(AtomicUsize);
    /// # impl WorkOwner for Count {
    /// #     fn run(&self, _: usize) { self.0.fetch_add(1, Ordering::Relaxed); }
    /// #     fn done(&self, _: &Loop, _: usize, _: Result<(), JobError>) {}
    /// # }
    /// let (pool, count) = (Pool::builder().build()?, std::sync::Arc::new(Count::default()));
    /// let work = RemoteWork::new(count.clone(), 7);
    /// work.submit(&pool, Lane::Fast);
    /// pool.shutdown();
    /// assert_eq!(count.0.load(Ordering::Relaxed), 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn submit(&self, pool: &Pool, lane: Lane) {
        if std::mem::replace(&mut self.0.stage().is_submitted, true) {
            return;
        }
        let job = pool.submit_task(lane, Submitted(self.0.clone()));
        let mut stage = self.0.stage();
        // The job has the request: one that was kept would keep both.
        if !stage.has_ended {
            stage.job = Some(job);
        }
    }

    /// Takes the request back if no thread has begun with it. The owner's `done` is called all the same, by the loop, with
    /// [`JobError::Canceled`].
    ///
    /// # Errors
    ///
    /// `EBUSY` if it is not submitted, a thread is at it, or it has ended.
    ///
    /// ```
    /// use std::sync::{Arc, mpsc};
    /// use uv_loop::{Error, JobError, Lane, Loop, Pool, RemoteWork, RunMode, WorkOwner};
    ///
    /// struct Never;
    /// impl WorkOwner for Never {
    ///     fn run(&self, _: usize) {
    ///         unreachable!();
    ///     }
    ///     fn done(&self, _: &Loop, _: usize, outcome: Result<(), JobError>) {
    ///         assert!(matches!(outcome, Err(JobError::Canceled)));
    ///     }
    /// }
    ///
    /// let (lp, pool) = (Loop::new()?, Pool::builder().threads(1).build()?);
    /// let (hold, held) = mpsc::channel::<()>();
    /// pool.submit(move || held.recv(), |_| {});
    /// let work = RemoteWork::new(Arc::new(Never), 7);
    /// work.submit(&pool, Lane::Fast);
    /// work.cancel()?;
    /// assert_eq!(work.cancel(), Err(Error::EBUSY));
    /// drop(hold);
    /// lp.adopt_work(&work)?;
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn cancel(&self) -> Result<()> {
        self.job().ok_or(Error::EBUSY)?.cancel().map_err(|_| Error::EBUSY)
    }

    pub(crate) fn job(&self) -> Option<Job> {
        if self.0.is_left_behind() {
            return None;
        }
        self.0.stage().job.clone()
    }

    /// The loop's thread has heard that it is done.
    pub(crate) fn finish(&self, lp: &Loop) {
        let outcome = match self.0.is_left_behind() {
            // Maybe with the lock taken.
            true => self.0.stage.try_lock().ok().and_then(|mut stage| stage.outcome.take()),
            false => self.0.stage().outcome.take(),
        };
        self.0.owner.done(lp, self.0.work, outcome.unwrap_or(Err(JobError::Canceled)));
    }
}

impl Shared {
    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this is the child of a fork, in which nobody is at it.
    fn is_left_behind(&self) -> bool {
        self.process != std::process::id()
    }

    /// Whether a loop has it already.
    fn is_awaited(&self) -> bool {
        !self.is_left_behind() && self.stage().awaited.is_some()
    }

    /// Has the end told to this request of a loop's; `false` if it has ended.
    fn await_by(&self, mailbox: &Arc<Mailbox>, slot: u32) -> bool {
        if self.is_left_behind() {
            return false;
        }
        let mut stage = self.stage();
        stage.awaited = Some((mailbox.clone(), slot));
        !stage.has_ended
    }
}

struct Submitted(Arc<Shared>);

impl Task for Submitted {
    fn run(&self) {
        self.0.owner.run(self.0.work);
    }

    fn done(&self, outcome: std::result::Result<(), JobError>) {
        let mut stage = self.0.stage();
        stage.outcome = Some(outcome);
        stage.has_ended = true;
        let (awaited, job) = (stage.awaited.clone(), stage.job.take());
        drop(stage);
        drop(job);
        if let Some((mailbox, slot)) = awaited {
            // The loop may be gone: then the result goes with it.
            let _ = mailbox.send_done(slot);
        }
    }
}

impl fmt::Debug for RemoteWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteWork").field("work", &self.0.work).finish_non_exhaustive()
    }
}

impl Loop {
    /// Makes a request of any thread's one of this loop's: it keeps the loop alive until its owner's `done` is called, in a poll
    /// phase, exactly once unless the loop is dropped before.
    ///
    /// What was submitted in the parent of a fork, and is adopted in the child, ends canceled.
    ///
    /// # Errors
    ///
    /// `EBUSY` if a loop has it already.
    ///
    /// ```
    /// # use uv_loop::{Error, JobError, Lane, Loop, RemoteWork, RunMode, WorkOwner};
    /// # struct Nothing;
    /// # impl WorkOwner for Nothing {
    /// #     fn run(&self, _: usize) {}
    /// #     fn done(&self, _: &Loop, _: usize, _: Result<(), JobError>) {}
    /// # }
    /// let lp = Loop::new()?;
    /// let remote = RemoteWork::new(std::sync::Arc::new(Nothing), 7);
    /// remote.submit(lp.pool(), Lane::Fast);
    /// assert!(!lp.alive());
    /// let work = lp.adopt_work(&remote)?;
    /// assert!(lp.alive() && work.is_pending(&lp));
    /// assert_eq!(lp.adopt_work(&remote), Err(Error::EBUSY));
    /// lp.run(RunMode::Default)?;
    /// assert!(!work.is_pending(&lp));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn adopt_work(&self, work: &RemoteWork) -> Result<Work> {
        if work.0.is_awaited() {
            return Err(Error::EBUSY);
        }
        let adopted = self.new_entry(After::Remote(work.clone()));
        if !work.0.await_by(&self.core.mailbox, adopted.slot) {
            let _ = self.core.mailbox.send_done(adopted.slot);
        }
        Ok(adopted)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::thread;

    use super::*;
    use crate::{Idle, RunMode};

    #[derive(Default)]
    struct Counts {
        run: AtomicUsize,
        done: AtomicUsize,
        canceled: AtomicUsize,
    }

    impl WorkOwner for Counts {
        fn run(&self, _: usize) {
            self.run.fetch_add(1, Ordering::Relaxed);
        }

        fn done(&self, lp: &Loop, all: usize, outcome: std::result::Result<(), JobError>) {
            self.canceled.fetch_add(usize::from(outcome.is_err()), Ordering::Relaxed);
            if self.done.fetch_add(1, Ordering::Relaxed) + 1 == all {
                lp.stop();
            }
        }
    }

    /// It is submitted, done, canceled and adopted in any order.
    #[test]
    fn each_is_done_or_canceled_and_told_of_once() {
        const THREADS: usize = 3;
        const EACH: usize = 2000;
        let pool = Pool::builder().threads(2).build().unwrap();
        let lp = Loop::builder().pool(pool.clone()).build().unwrap();
        let counts = Arc::new(Counts::default());
        let taken_back = Arc::new(AtomicUsize::new(0));
        let (adopt, to_adopt) = mpsc::channel();
        let threads = [0, 1, 2].map(|number| {
            let (adopt, pool, counts, taken_back) = (adopt.clone(), pool.clone(), counts.clone(), taken_back.clone());
            thread::spawn(move || {
                for turn in 0..EACH {
                    let work = RemoteWork::new(counts.clone(), THREADS * EACH);
                    let is_first = (turn + number) % 2 == 0;
                    if is_first {
                        adopt.send(work.clone()).unwrap();
                    }
                    work.submit(&pool, Lane::Fast);
                    work.submit(&pool, Lane::Fast);
                    if turn % 3 == 0 {
                        taken_back.fetch_add(usize::from(work.cancel().is_ok()), Ordering::Relaxed);
                    }
                    if !is_first {
                        adopt.send(work).unwrap();
                    }
                }
            })
        });
        Idle::new(&lp)
            .start(&lp, move |lp, _| {
                to_adopt.try_iter().for_each(|work| {
                    lp.adopt_work(&work).unwrap();
                })
            })
            .unwrap();
        lp.run(RunMode::Default).unwrap();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let [run, done, canceled] = [&counts.run, &counts.done, &counts.canceled].map(|of| of.load(Ordering::Relaxed));
        assert_eq!((run + canceled, done), (THREADS * EACH, THREADS * EACH));
        assert_eq!(canceled, taken_back.load(Ordering::Relaxed));
        assert_eq!(lp.active_work(), 0);
        drop(lp);
        pool.shutdown();
        assert_eq!(Arc::strong_count(&counts), 1, "nothing is kept");
    }

    #[test]
    fn a_refused_one_is_told_of() {
        let pool = Pool::builder().build().unwrap();
        let lp = Loop::builder().pool(pool.clone()).build().unwrap();
        pool.clone().shutdown();
        let counts = Arc::new(Counts::default());
        for is_late in [false, true] {
            let work = RemoteWork::new(counts.clone(), 0);
            if is_late {
                work.submit(&pool, Lane::Slow);
            }
            let adopted = lp.adopt_work(&work).unwrap();
            assert_eq!(adopted.cancel(&lp), Err(Error::EBUSY));
            work.submit(&pool, Lane::Slow);
        }
        assert!(!lp.run(RunMode::Default).unwrap());
        assert_eq!(counts.canceled.load(Ordering::Relaxed), 2);
    }
}
