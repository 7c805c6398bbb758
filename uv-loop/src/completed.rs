//! Requests that were answered at once, and must not be told before a pool could have told.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use crate::event_loop::Loop;
use crate::observer::Source;
use crate::owner::WorkOwner;
use crate::request::{RequestGuard, Work};
use crate::run::Budget;

#[derive(Default)]
pub(crate) struct Completed {
    /// By key, as they were made.
    queue: RefCell<VecDeque<Request>>,
    /// The newest key that a poll phase has met.
    met: Cell<u64>,
}

struct Request {
    key: u64,
    /// `None` if nobody waits for it.
    guard: Option<RequestGuard>,
    after: After,
}

pub(crate) enum After {
    Call(Box<dyn FnOnce(&Loop)>),
    Owner(Arc<dyn WorkOwner>, usize),
}

impl Completed {
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.borrow().is_empty()
    }

    pub(crate) fn contains(&self, key: u64) -> bool {
        self.queue.borrow().binary_search_by_key(&key, |request| request.key).is_ok()
    }

    pub(crate) fn unref(&self, key: u64) -> Option<Option<RequestGuard>> {
        let mut queue = self.queue.borrow_mut();
        let place = queue.binary_search_by_key(&key, |request| request.key).ok()?;
        Some(queue[place].guard.take())
    }

    pub(crate) fn clear(&self) {
        drop(self.queue.take());
    }

    /// A poll phase begins: up to which key it is to deliver. Where it would have waited, a pool would have answered;
    /// where not, what is new goes to the next phase.
    pub(crate) fn meet(&self, would_block: bool) -> u64 {
        let newest = self.queue.borrow().back().map_or(0, |request| request.key);
        let met = self.met.replace(newest.max(self.met.get()));
        if would_block { newest } else { met }
    }
}

impl fmt::Debug for Completed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} completed requests", self.queue.borrow().len())
    }
}

impl Loop {
    /// Has `after` called as that of a work request which the pool has done in no time: in a poll phase that began
    /// after this call, and if that one would not have waited (an idle handle is active, immediates are due), in the
    /// next. The loop stays alive until then. For requests that can be answered without a thread, and whose callers
    /// count on the order that a pool gives.
    ///
    /// Work requests and these are called back in the order in which they were made, as far as they are done.
    /// [`Work::cancel`] says `EBUSY`.
    ///
    /// ```
    /// use uv_loop::{Check, Handle, Loop, RunMode};
    ///
    /// let lp = Loop::new()?;
    /// let answer = lp.queue_completed(|_| println!("after the check phase"));
    /// let check = Check::new(&lp);
    /// check.start(&lp, move |lp, check| {
    ///     assert!(answer.is_pending(lp));
    ///     check.close(lp).unwrap();
    /// })?;
    /// lp.run(RunMode::NoWait)?;
    /// assert!(answer.is_pending(&lp));
    /// lp.run(RunMode::Default)?;
    /// assert!(!answer.is_pending(&lp));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn queue_completed(&self, after: impl FnOnce(&Loop) + 'static) -> Work {
        self.complete(After::Call(Box::new(after)))
    }

    pub(crate) fn complete(&self, after: After) -> Work {
        let work = self.new_work();
        let request = Request { key: work.key, guard: Some(self.request()), after };
        self.core.completed.queue.borrow_mut().push_back(request);
        work
    }

    /// Calls back the oldest request if its key is at most `newest`.
    pub(crate) fn deliver_completed(&self, newest: u64, budget: &mut Budget) -> bool {
        let due = self.core.completed.queue.borrow().front().is_some_and(|request| request.key <= newest);
        if !due || !budget.take() {
            return false;
        }
        let request = self.core.completed.queue.borrow_mut().pop_front();
        if let Some(Request { guard, after, key }) = request {
            drop(guard);
            let _seen = self.observe_callback(|| Source::Work { key });
            match after {
                After::Call(after) => after(self),
                After::Owner(owner, work) => owner.done(self, work, Ok(())),
            }
        }
        true
    }
}
