//! Children whose handles were closed, or whose loops are gone, before they had ended.
//!
//! A loop goes on to watch for the ends of those whose handles were closed there, and nobody is told. When it is gone itself they
//! wait for the next loop that spawns a child. What has no pidfd is waited for in passing: when a child is spawned or has ended in
//! any loop of the process, and when a loop that had children is dropped.

use std::os::fd::AsFd;
use std::rc::Rc;

use uv_loop::{Event, Handle, HandleId, HandleKind, Interest, Loop};
use uv_sys::spawn::{Child, abandoned};

use crate::spare::Watched;

/// From now on the loop waits for it.
pub(crate) fn adopt(lp: &Loop, child: Child) {
    if child.pidfd().is_none() {
        return leave(child);
    }
    let id = lp.add_handle(Rc::new(Orphan(Some(Watched::new(child)))));
    let watched = id.unref(lp).and_then(|()| lp.watch(id, Interest::READABLE));
    if watched.is_err() {
        // There is no room for it in the kernel's set. It is left when the handle is closed.
        let _ = id.close(lp);
    }
}

/// There is no loop for it.
pub(crate) fn leave(child: Child) {
    if !matches!(child.try_wait(), Ok(None)) {
        return;
    }
    child.abandon();
}

/// Waits for those that have ended, and gives the others to the loop, if that can watch them.
pub(crate) fn sweep(lp: &Loop) {
    let (watched, others): (Vec<_>, Vec<_>) = running().partition(|child| child.pidfd().is_some());
    others.into_iter().for_each(Child::abandon);
    watched.into_iter().for_each(|child| adopt(lp, child));
}

/// Those that still run; the others were waited for.
fn running() -> impl Iterator<Item = Child> {
    abandoned().filter(|child| matches!(child.try_wait(), Ok(None)))
}

/// Goes with each loop that had children.
#[derive(Default)]
pub(crate) struct Sweeper;

impl Drop for Sweeper {
    fn drop(&mut self) {
        let running: Vec<_> = running().collect();
        running.into_iter().for_each(Child::abandon);
    }
}

/// A handle that nobody knows of, until its child has ended.
struct Orphan(Option<Rc<Watched>>);

impl HandleKind for Orphan {
    fn name(&self) -> &'static str {
        "orphan"
    }

    fn is_internal(&self) -> bool {
        true
    }

    fn fd(&self) -> Option<Rc<dyn AsFd>> {
        self.0.clone().map(|child| child as Rc<dyn AsFd>)
    }

    fn on_event(&self, lp: &Loop, id: HandleId, _: Event) {
        let is_running = self.0.as_ref().is_some_and(|child| matches!(child.try_wait(), Ok(None)));
        if !is_running {
            let _ = id.close(lp);
        }
    }
}

impl Drop for Orphan {
    fn drop(&mut self) {
        if let Some(child) = self.0.take().and_then(Watched::into_child) {
            leave(child);
        }
    }
}
