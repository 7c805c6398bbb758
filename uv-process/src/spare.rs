//! What closed handles have left for those that come next, so that these take no memory; and the child that a handle shares with
//! the loop. A thread keeps some of each kind.

use std::cell::RefCell;
use std::ops::Deref;
use std::os::fd::{AsFd, BorrowedFd};
use std::rc::Rc;
use std::thread::LocalKey;

use uv_sys::spawn::Child;

use crate::running::Running;

type Spare<T> = RefCell<Vec<Rc<T>>>;

/// As many of a kind are kept.
const KEPT: usize = 256;

thread_local! {
    static HANDLES: Spare<Running> = const { Spare::new(Vec::new()) };
    static CHILDREN: Spare<Watched> = const { Spare::new(Vec::new()) };
}

pub(crate) fn handle() -> Rc<Running> {
    take(&HANDLES)
}

/// Of a handle that is closed; unless somebody has a share still.
pub(crate) fn keep_handle(mut handle: Rc<Running>) {
    if let Some(unused) = Rc::get_mut(&mut handle) {
        unused.reset();
        keep(&HANDLES, handle);
    }
}

/// A child whose pidfd, which it must have for that, the loop watches.
#[derive(Default)]
pub(crate) struct Watched(Option<Child>);

impl Watched {
    pub(crate) fn new(child: Child) -> Rc<Watched> {
        let mut watched = take(&CHILDREN);
        match Rc::get_mut(&mut watched) {
            Some(unused) => {
                unused.0 = Some(child);
                watched
            }
            None => Rc::new(Watched(Some(child))),
        }
    }

    /// The child, if nobody else has a share: then what was around it serves again.
    pub(crate) fn into_child(mut self: Rc<Self>) -> Option<Child> {
        let child = Rc::get_mut(&mut self)?.0.take();
        keep(&CHILDREN, self);
        child
    }
}

impl Deref for Watched {
    type Target = Child;

    fn deref(&self) -> &Child {
        self.0.as_ref().expect("it is there as long as anybody has a share")
    }
}

impl AsFd for Watched {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pidfd().expect("only children that have one are watched")
    }
}

/// A spare one, or a new one, also when the thread ends and has none any more.
fn take<T: Default>(spare: &'static LocalKey<Spare<T>>) -> Rc<T> {
    spare.try_with(|spare| spare.borrow_mut().pop()).ok().flatten().unwrap_or_default()
}

/// Nothing is left in it: to drop it, if there are enough, calls nobody.
fn keep<T>(spare: &'static LocalKey<Spare<T>>, unused: Rc<T>) {
    let _ = spare.try_with(|spare| {
        let mut spare = spare.borrow_mut();
        if spare.len() < KEPT {
            spare.push(unused);
        }
    });
}
