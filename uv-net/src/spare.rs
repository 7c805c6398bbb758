//! What closed handles have left, for those that are opened next: a program whose connections come and go allocates nothing
//! for them in the end. A thread keeps some of each kind.

use std::cell::RefCell;
use std::ops::Deref;
use std::os::fd::{AsFd, BorrowedFd};
use std::rc::Rc;
use std::thread::LocalKey;

pub(crate) type Spare<T> = RefCell<Vec<T>>;

/// As many of a kind are kept.
const KEPT: usize = 256;

/// None if there is none, also when the thread ends.
pub(crate) fn take<T>(spare: &'static LocalKey<Spare<T>>) -> Option<T> {
    spare.try_with(|spare| spare.borrow_mut().pop()).ok().flatten()
}

/// What is no longer used has nothing in it: to drop it, if there are enough, calls nobody.
pub(crate) fn keep<T>(spare: &'static LocalKey<Spare<T>>, unused: T) {
    let _ = spare.try_with(|spare| {
        let mut spare = spare.borrow_mut();
        if spare.len() < KEPT {
            spare.push(unused);
        }
    });
}

/// A handle's descriptor, which is shared for the time of a call, or by who asks for it.
pub(crate) struct SharedFd<T>(Option<T>);

impl<T> SharedFd<T> {
    pub(crate) fn new(spare: &'static LocalKey<Spare<Rc<SharedFd<T>>>>, fd: T) -> Rc<SharedFd<T>> {
        SharedFd::refill(take(spare), fd)
    }

    /// Takes out what nobody else has a share in; then, if `dispose` gives nothing back, what was around it serves again.
    pub(crate) fn end(
        self: Rc<Self>,
        spare: &'static LocalKey<Spare<Rc<SharedFd<T>>>>,
        dispose: impl FnOnce(T) -> Option<T>,
    ) -> Option<Rc<Self>> {
        self.empty(dispose).map(|shell| keep(spare, shell)).err()
    }

    /// Takes out what nobody else has a share in; then, if `dispose` gives nothing back, this is what was around it.
    pub(crate) fn empty(
        mut self: Rc<Self>,
        dispose: impl FnOnce(T) -> Option<T>,
    ) -> std::result::Result<Rc<Self>, Rc<Self>> {
        let Some(alone) = Rc::get_mut(&mut self) else { return Err(self) };
        alone.0 = alone.0.take().and_then(dispose);
        if alone.0.is_some() { Err(self) } else { Ok(self) }
    }

    /// Puts a descriptor into what was left around another one.
    pub(crate) fn refill(shell: Option<Rc<Self>>, fd: T) -> Rc<SharedFd<T>> {
        let Some(mut shell) = shell else { return Rc::new(SharedFd(Some(fd))) };
        match Rc::get_mut(&mut shell) {
            Some(unused) => {
                unused.0 = Some(fd);
                shell
            }
            None => Rc::new(SharedFd(Some(fd))),
        }
    }
}

impl<T> Deref for SharedFd<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_ref().expect("it is there as long as anybody has a share")
    }
}

impl<T: AsFd> AsFd for SharedFd<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.deref().as_fd()
    }
}
