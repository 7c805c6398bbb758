//! What closed handles leave for those that are opened next, so that these take no memory. A thread keeps some of each kind.

use std::cell::RefCell;
use std::rc::Rc;
use std::thread::LocalKey;

pub(crate) type Spare<T> = RefCell<Vec<Rc<T>>>;

/// As many of a kind are kept.
const KEPT: usize = 256;

/// A spare one, or a new one, also when the thread ends and has none any more.
pub(crate) fn take<T: Default>(spare: &'static LocalKey<Spare<T>>) -> Rc<T> {
    spare.try_with(|spare| spare.borrow_mut().pop()).ok().flatten().unwrap_or_default()
}

/// Nothing is left in it; it is dropped if somebody has a share in it.
pub(crate) fn keep<T>(spare: &'static LocalKey<Spare<T>>, mut unused: Rc<T>) {
    if Rc::get_mut(&mut unused).is_some() {
        let _ = spare.try_with(|spare| {
            let mut spare = spare.borrow_mut();
            if spare.len() < KEPT {
                spare.push(unused);
            }
        });
    }
}
