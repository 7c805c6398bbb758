//! Requests that were answered at once, and must not be told before a pool could have told.

use std::any::{Any, TypeId};
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
    spare: RefCell<Spare>,
}

struct Request {
    key: u64,
    /// `None` if nobody waits for it.
    guard: Option<RequestGuard>,
    after: After,
}

pub(crate) enum After {
    Call(Box<dyn Callback>),
    Owner(Arc<dyn WorkOwner>, usize),
}

pub(crate) trait Callback: Any {
    fn call(self: Box<Self>, lp: &Loop);
}

/// Where a callback lies, which is used again for the next one of the type.
struct Place<F> {
    after: Option<F>,
    /// Which places are of this type; there may be too many types.
    kind: Option<usize>,
}

impl<F: FnOnce(&Loop) + 'static> Callback for Place<F> {
    fn call(mut self: Box<Self>, lp: &Loop) {
        let after = self.after.take();
        // First, as the callback may well make the next request.
        if let Some(kind) = self.kind {
            let surplus = lp.core.completed.spare.borrow_mut().put(kind, self);
            drop(surplus);
        }
        if let Some(after) = after {
            after(lp);
        }
    }
}

/// Places that are empty, by the types of their callbacks.
#[derive(Default)]
struct Spare(Vec<(TypeId, Vec<Box<dyn Any>>)>);

/// So many types have places that are kept.
const KINDS: usize = 16;

/// So many places of a type are kept.
const KEPT: usize = 64;

impl Spare {
    fn place<F: FnOnce(&Loop) + 'static>(&mut self, after: F) -> Box<Place<F>> {
        let id = TypeId::of::<F>();
        let kind = match self.0.iter().position(|(other, _)| *other == id) {
            Some(kind) => Some(kind),
            None if self.0.len() < KINDS => {
                self.0.push((id, Vec::new()));
                Some(self.0.len() - 1)
            }
            None => None,
        };
        let empty = kind.and_then(|kind| self.0[kind].1.pop()).and_then(|place| place.downcast::<Place<F>>().ok());
        match empty {
            Some(mut place) => {
                place.after = Some(after);
                place
            }
            None => Box::new(Place { after: Some(after), kind }),
        }
    }

    /// Hands the place back if there are enough.
    fn put(&mut self, kind: usize, place: Box<dyn Any>) -> Option<Box<dyn Any>> {
        match self.0.get_mut(kind) {
            Some((_, places)) if places.len() < KEPT => {
                places.push(place);
                None
            }
            _ => Some(place),
        }
    }
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
        drop(self.spare.take());
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
    /// [`Work::cancel`] says `EBUSY`. Once there were as many requests of a closure's at a time, it allocates nothing.
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
        let place = self.core.completed.spare.borrow_mut().place(after);
        self.complete(After::Call(place))
    }

    pub(crate) fn complete(&self, after: After) -> Work {
        let work = self.new_work();
        let request = Request { key: work.key, guard: Some(self.request()), after };
        let is_first = self.core.completed.is_empty();
        self.core.completed.queue.borrow_mut().push_back(request);
        if is_first && !self.core.running.get() {
            self.tell_of_completed();
        }
        work
    }

    /// To be called when the loop does not run. Who drives it from inside another one may be waiting for its descriptor in another
    /// thread, which a pool's answer would make readable.
    pub(crate) fn tell_of_completed(&self) {
        if !self.core.completed.is_empty() {
            self.core.mailbox.wake();
        }
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
                After::Call(after) => after.call(self),
                After::Owner(owner, work) => owner.done(self, work, Ok(())),
            }
        }
        true
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::RunMode;

    #[test]
    fn the_next_callback_of_a_type_has_the_place_of_the_last() {
        fn count_down(lp: &Loop, left: Rc<Cell<u32>>) {
            lp.queue_completed(move |lp| {
                left.set(left.get() - 1);
                if left.get() > 0 {
                    assert_eq!(lp.core.completed.spare.borrow().0[0].1.len(), 1);
                    count_down(lp, left);
                    assert_eq!(lp.core.completed.spare.borrow().0[0].1.len(), 0);
                }
            });
        }
        let (lp, left) = (Loop::new().unwrap(), Rc::new(Cell::new(10)));
        count_down(&lp, left.clone());
        lp.run(RunMode::Default).unwrap();
        assert_eq!((left.get(), Rc::strong_count(&left)), (0, 1));
        assert_eq!(lp.core.completed.spare.borrow().0.len(), 1);
    }

    #[test]
    fn few_places_of_few_types_are_kept() {
        struct Kind<const N: usize>;
        fn queue<const N: usize>(lp: &Loop, calls: &Rc<Cell<usize>>) {
            for _ in 0..KEPT + 5 {
                let (kind, calls) = (Kind::<N>, calls.clone());
                lp.queue_completed(move |_| {
                    let Kind::<N> = kind;
                    calls.set(calls.get() + 1);
                });
            }
        }
        let (lp, calls) = (Loop::new().unwrap(), Rc::new(Cell::new(0)));
        for _ in 0..2 {
            queue::<0>(&lp, &calls);
            queue::<1>(&lp, &calls);
            lp.run(RunMode::Default).unwrap();
        }
        assert_eq!(calls.get(), 4 * (KEPT + 5));
        let spare = lp.core.completed.spare.borrow();
        assert_eq!(spare.0.len(), 2);
        assert!(spare.0.iter().all(|(_, places)| places.len() == KEPT));
    }

    #[test]
    fn of_too_many_types_some_have_no_place_of_their_own() {
        let mut spare = Spare((0..KINDS).map(|_| (TypeId::of::<Spare>(), Vec::new())).collect());
        let place = spare.place(|_: &Loop| ());
        assert_eq!((place.kind, spare.0.len()), (None, KINDS));
    }
}
