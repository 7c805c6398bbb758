//! The callback of a handle that is started and stopped often: its box serves again.

use std::any::Any;
use std::cell::{Cell, RefCell};

use crate::event_loop::Loop;

/// Called with a handle of type `H` and an `A`.
pub(crate) struct Callback<H, A> {
    /// Out of its place while it runs.
    set: RefCell<Option<Boxed<H, A>>>,
    /// The last one's box, with nothing in it.
    spare: RefCell<Option<Boxed<H, A>>>,
    /// Counts the changes, so that one that was replaced while it ran does not come back.
    changes: Cell<u64>,
}

type Boxed<H, A> = Box<dyn Call<H, A>>;

trait Call<H, A>: Any {
    fn call(&mut self, lp: &Loop, handle: H, argument: A);
    fn clear(&mut self);
}

impl<H, A, F: FnMut(&Loop, H, A) + 'static> Call<H, A> for Option<F> {
    fn call(&mut self, lp: &Loop, handle: H, argument: A) {
        if let Some(callback) = self {
            callback(lp, handle, argument);
        }
    }

    fn clear(&mut self) {
        // What it captured may come back into the handle.
        drop(self.take());
    }
}

impl<H: 'static, A: 'static> Callback<H, A> {
    /// Another callback of the same type, if that one is not running, takes no memory.
    pub(crate) fn set<F: FnMut(&Loop, H, A) + 'static>(&self, callback: F) {
        let boxed = match self.spare.take().map(|spare| (spare as Box<dyn Any>).downcast::<Option<F>>()) {
            Some(Ok(mut spare)) => {
                *spare = Some(callback);
                spare
            }
            _ => Box::new(Some(callback)),
        };
        self.change(Some(boxed));
    }

    pub(crate) fn clear(&self) {
        self.change(None);
    }

    fn change(&self, new: Option<Boxed<H, A>>) {
        self.changes.set(self.changes.get() + 1);
        let old = self.set.replace(new);
        self.keep(old);
    }

    fn keep(&self, mut unused: Option<Boxed<H, A>>) {
        if let Some(unused) = &mut unused {
            unused.clear();
        }
        let other = unused.and_then(|unused| self.spare.replace(Some(unused)));
        drop(other);
    }

    /// How often it was changed.
    pub(crate) fn changes(&self) -> u64 {
        self.changes.get()
    }

    /// Calls it, if it is set. It is back in its place then, also when it panics, unless it was changed meanwhile.
    pub(crate) fn call(&self, lp: &Loop, handle: H, argument: A) {
        Lent { callback: self, since: Some(self.changes.get()), boxed: self.set.take() }.call(lp, handle, argument);
    }

    /// Calls it, if it is set, and forgets it.
    pub(crate) fn call_last(&self, lp: &Loop, handle: H, argument: A) {
        self.changes.set(self.changes.get() + 1);
        Lent { callback: self, since: None, boxed: self.set.take() }.call(lp, handle, argument);
    }
}

struct Lent<'a, H: 'static, A: 'static> {
    callback: &'a Callback<H, A>,
    /// Goes back if there was no change since then.
    since: Option<u64>,
    boxed: Option<Boxed<H, A>>,
}

impl<H, A> Lent<'_, H, A> {
    fn call(mut self, lp: &Loop, handle: H, argument: A) {
        if let Some(callback) = &mut self.boxed {
            callback.call(lp, handle, argument);
        }
    }
}

impl<H, A> Drop for Lent<'_, H, A> {
    fn drop(&mut self) {
        let boxed = self.boxed.take();
        if self.since == Some(self.callback.changes.get()) {
            self.callback.set.replace(boxed);
        } else {
            self.callback.keep(boxed);
        }
    }
}

impl<H, A> Default for Callback<H, A> {
    fn default() -> Self {
        Callback { set: RefCell::default(), spare: RefCell::default(), changes: Cell::default() }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::cell::RefCell;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::rc::Rc;

    use super::Callback;
    use crate::Loop;

    fn place<H, A>(callback: &Callback<H, A>) -> Option<*const u8> {
        callback.set.borrow().as_ref().map(|boxed| std::ptr::from_ref(&**boxed).cast())
    }

    #[test]
    fn a_box_serves_again_for_the_same_type() {
        let callback = Callback::<(), u32>::default();
        let mut places = Vec::new();
        for number in [1, 2] {
            let held = Rc::new(number);
            let weak = Rc::downgrade(&held);
            callback.set(move |_, (), _| assert!(*held > 0));
            places.push(place(&callback));
            callback.clear();
            assert!(weak.upgrade().is_none(), "what is captured goes at once");
        }
        assert_eq!(places[0], places[1]);
        let text = Rc::new("another type");
        callback.set(move |_, (), _| assert!(!text.is_empty()));
        callback.call(&Loop::new().unwrap(), (), 1);
    }

    #[test]
    fn one_that_was_changed_while_it_ran_does_not_come_back() {
        let lp = Loop::new().unwrap();
        let callback = Rc::new(Callback::<(), u32>::default());
        let log = Rc::new(RefCell::new(Vec::new()));
        let (again, first, second) = (callback.clone(), log.clone(), log.clone());
        callback.set(move |_, (), number| {
            first.borrow_mut().push(("first", number));
            let second = second.clone();
            match number {
                1 => assert!(catch_unwind(|| panic!("caught")).is_err()),
                2 => panic!("passes through"),
                _ => again.set(move |_, (), number| second.borrow_mut().push(("second", number))),
            }
        });
        callback.call(&lp, (), 1);
        assert!(catch_unwind(AssertUnwindSafe(|| callback.call(&lp, (), 2))).is_err());
        callback.call(&lp, (), 3);
        callback.call(&lp, (), 4);
        callback.call_last(&lp, (), 5);
        callback.call(&lp, (), 6);
        assert_eq!(*log.borrow(), [("first", 1), ("first", 2), ("first", 3), ("second", 4), ("second", 5)]);
    }
}
