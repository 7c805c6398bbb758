//! Requests that other threads than the loop's begin: the pool has them at once, and the loop's thread, which may be waiting for what they
//! do, hears of them when it comes to it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use uv_loop::{JobError, Lane, Pool, RemoteWork};
use uv_sys::{Error, Result};

use crate::event_loop::{Inner, pool};
use crate::layout::{uv_loop_t, uv_req_t};
use crate::ptr::Ptr;

/// A word in the request's memory, 0 unless it was begun elsewhere: the request's number and one of these. Who may cancel a
/// request needs no more of it than this, and touches nothing else of it once it is canceled, as its callback may be called then.
#[repr(transparent)]
pub(crate) struct Elsewhere(AtomicUsize);

/// No thread has begun with it.
const QUEUED: usize = 1;
const STARTED: usize = 2;
/// No thread will.
const CANCELED: usize = 3;
const STATE: usize = 3;

impl Elsewhere {
    pub(crate) fn init(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// Whether a thread of the pool is to do the request.
    pub(crate) fn start(&self) -> bool {
        self.0.load(Ordering::Acquire) == 0 || self.go_from_queued(STARTED).is_ok()
    }

    /// The request's number if it is in the new state now, and else the state in which it was left.
    fn go_from_queued(&self, state: usize) -> std::result::Result<usize, usize> {
        let go = |word: usize| (word & STATE == QUEUED).then_some(word & !STATE | state);
        match self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, go) {
            Ok(word) => Ok(word & !STATE),
            Err(word) => Err(word & STATE),
        }
    }
}

/// What a loop has of those that were begun elsewhere.
#[derive(Default)]
pub(crate) struct Begun {
    /// That of all loops, which other threads use without a lock.
    pool: OnceLock<Pool>,
    /// By number, what the loop's thread has heard of and not yet called back.
    adopted: RefCell<BTreeMap<usize, RemoteWork>>,
}

impl Begun {
    fn pool(&self) -> &Pool {
        let pool = self.pool.get_or_init(pool);
        pool.reset_after_fork();
        pool
    }
}

/// Has a request of the program's memory, which is filled in, done by a thread of the pool. By another thread than the loop's.
pub(crate) fn begin(
    loop_: Ptr<uv_loop_t>,
    req: Ptr<uv_req_t>,
    lane: Lane,
    work: RemoteWork,
    adopt: fn(&Inner, &RemoteWork) -> Result<()>,
) {
    static NEWEST: AtomicUsize = AtomicUsize::new(0);
    let number = NEWEST.fetch_add(STATE + 1, Ordering::Relaxed);
    req.elsewhere.0.store(number | QUEUED, Ordering::Relaxed);
    // The loop may be gone as soon as it has called back.
    let pool = loop_.inner_anywhere().foreign.begun.pool().clone();
    let submitted = work.clone();
    // First, so that the loop does not end before it is done.
    loop_.leave(move || {
        let inner = loop_.inner_anywhere();
        if adopt(inner, &work).is_ok() {
            inner.foreign.begun.adopted.borrow_mut().insert(number, work);
        }
    });
    submitted.submit(&pool, lane);
}

/// If the request was begun elsewhere: whether no thread will begin with it any more. Its callback is called soon.
pub(crate) fn cancel(req: Ptr<uv_req_t>) -> Option<Result<()>> {
    if req.elsewhere.0.load(Ordering::Relaxed) == 0 {
        return None;
    }
    let loop_ = req.loop_.get();
    // Once it is canceled it may be called back, and the loop be closed.
    Some(loop_.meanwhile(|_| match req.elsewhere.go_from_queued(CANCELED) {
        Ok(number) => {
            let take_back = move || {
                let work = loop_.inner_anywhere().foreign.begun.adopted.borrow().get(&number).cloned();
                // A thread that has it already skips it.
                let _ = work.map(|work| work.cancel());
            };
            match loop_.is_foreign() {
                true => loop_.leave(take_back),
                false => take_back(),
            }
            Ok(())
        }
        Err(CANCELED) => Ok(()),
        Err(_) => Err(Error::EBUSY),
    }))
}

/// Of a request that is to be called back, how it has ended.
pub(crate) fn end(req: Ptr<uv_req_t>, outcome: std::result::Result<(), JobError>) -> std::result::Result<(), JobError> {
    if req.elsewhere.0.load(Ordering::Relaxed) == 0 {
        return outcome;
    }
    let word = req.elsewhere.0.swap(0, Ordering::AcqRel);
    let adopted = &req.loop_.get().inner_anywhere().foreign.begun.adopted;
    let ended = adopted.borrow_mut().remove(&(word & !STATE));
    drop(ended);
    if word & STATE == CANCELED { Err(JobError::Canceled) } else { outcome }
}
