//! How a loop hears of its children's ends where there are no pidfds.

use std::cell::{Cell, RefCell};

use uv_loop::signal::SIGCHLD;
use uv_loop::{Handle, HandleId, Loop, Signal};
use uv_sys::Result;

use crate::running::Running;

/// The loop's children that have no pidfd, in the order in which they were spawned, and a signal handle for as long as there
/// are any. Every `SIGCHLD` may be for several of them, so each is looked at, and nobody else's child is waited for.
#[derive(Default)]
pub(crate) struct Sigchld {
    signal: Cell<Option<Signal>>,
    children: RefCell<Vec<HandleId>>,
}

impl Sigchld {
    pub(crate) fn watch(&self, lp: &Loop, id: HandleId) -> Result<()> {
        // Someone may have closed it, by a walk.
        if self.signal.get().is_none_or(|signal| signal.is_closing(lp)) {
            let signal = Signal::new(lp);
            let started = signal.unref(lp).and_then(|()| signal.start(lp, SIGCHLD, |lp, _, _| look(lp)));
            if let Err(error) = started {
                signal.close(lp)?;
                return Err(error);
            }
            self.signal.set(Some(signal));
        }
        let mut children = self.children.borrow_mut();
        if !children.contains(&id) {
            children.push(id);
        }
        Ok(())
    }

    pub(crate) fn forget(&self, lp: &Loop, id: HandleId) {
        let mut children = self.children.borrow_mut();
        children.retain(|other| *other != id);
        if children.is_empty()
            && let Some(signal) = self.signal.take()
        {
            // It fails if someone else has closed it.
            let _ = signal.close(lp);
        }
    }
}

fn look(lp: &Loop) {
    let sigchld = lp.extension::<Sigchld>();
    let children = sigchld.children.borrow().clone();
    for id in children {
        if lp.kind::<Running>(id).is_ok_and(|running| running.look(lp, id)) {
            sigchld.forget(lp, id);
        }
    }
}
