//! Children whose handles were closed, or whose loops are gone, before they had ended.
//!
//! A loop goes on to watch for the ends of those whose handles were closed there, and nobody is told. When it is gone itself they
//! wait for the next loop that spawns a child. What has no pidfd is waited for in passing: when a child is spawned or has ended in
//! any loop of the process.

use std::os::fd::AsFd;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use uv_loop::{Event, Handle, HandleId, HandleKind, Interest, Loop};
use uv_sys::spawn::Child;

use crate::running::Pidfd;

static ORPHANS: Mutex<Vec<Child>> = Mutex::new(Vec::new());
/// So that there is no lock to take where there is none of them.
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// From now on the loop waits for it.
pub(crate) fn adopt(lp: &Loop, child: Child) {
    if child.pidfd().is_none() {
        return leave(child);
    }
    let id = lp.add_handle(Rc::new(Orphan(Some(Rc::new(child)))));
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
    let mut orphans = ORPHANS.lock().unwrap_or_else(PoisonError::into_inner);
    orphans.push(child);
    COUNT.store(orphans.len(), Ordering::Relaxed);
}

/// Waits for those that have ended, and gives the others to the loop, if that can watch them.
pub(crate) fn sweep(lp: &Loop) {
    if COUNT.load(Ordering::Relaxed) == 0 {
        return;
    }
    // Another thread that has the lock is sweeping.
    let Ok(mut orphans) = ORPHANS.try_lock() else {
        return;
    };
    orphans.retain(|child| matches!(child.try_wait(), Ok(None)));
    let (watched, left) = orphans.drain(..).partition::<Vec<_>, _>(|child| child.pidfd().is_some());
    *orphans = left;
    COUNT.store(orphans.len(), Ordering::Relaxed);
    drop(orphans);
    watched.into_iter().for_each(|child| adopt(lp, child));
}

/// A handle that nobody knows of, until its child has ended.
struct Orphan(Option<Rc<Child>>);

impl HandleKind for Orphan {
    fn name(&self) -> &'static str {
        "orphan"
    }

    fn is_internal(&self) -> bool {
        true
    }

    fn fd(&self) -> Option<Rc<dyn AsFd>> {
        let child = self.0.clone()?;
        Some(Rc::new(Pidfd(child)))
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
        if let Some(child) = self.0.take().and_then(Rc::into_inner) {
            leave(child);
        }
    }
}
