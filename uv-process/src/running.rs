//! The kind of handle behind a process: from the spawn to the exit callback.

use std::cell::{Cell, RefCell};
use std::os::fd::AsFd;
use std::rc::Rc;

use uv_loop::signal::SIGKILL;
use uv_loop::{Event, HandleId, HandleKind, Interest, Loop};
use uv_sys::spawn::{Child, ExitStatus, Spawn};
use uv_sys::{Error, Result};

use crate::orphans::{self, Sweeper};
use crate::process::{ExitOwner, Process};
use crate::sigchld::Sigchld;
use crate::spare::{self, Watched};

type Callback = dyn FnOnce(&Loop, HandleId, ExitStatus);

/// Who is to hear of the end.
pub(crate) enum OnExit {
    Call(Box<Callback>),
    Owner(Rc<dyn ExitOwner>, usize),
}

#[derive(Default)]
pub(crate) struct Running {
    /// While it runs.
    child: RefCell<Option<Rc<Watched>>>,
    pid: Cell<Option<i32>>,
    status: Cell<Option<ExitStatus>>,
    on_exit: Cell<Option<OnExit>>,
}

impl Running {
    pub(crate) fn add(lp: &Loop) -> HandleId {
        lp.add_handle(spare::handle())
    }

    pub(crate) fn spawn(&self, lp: &Loop, id: HandleId, options: &Spawn<'_>, on_exit: OnExit) -> Result<()> {
        if self.pid.get().is_some() {
            return Err(Error::EINVAL);
        }
        lp.extension::<Sweeper>();
        orphans::sweep(lp);
        if options.without_pidfd {
            // First: a child may end before this goes on.
            lp.extension::<Sigchld>().watch(lp, id)?;
        }
        let spawned = options.spawn().and_then(|child| self.take(lp, id, child, options.without_pidfd));
        if spawned.is_err() {
            lp.extension::<Sigchld>().forget(lp, id);
            return spawned;
        }
        self.on_exit.set(Some(on_exit));
        lp.set_active(id, true)
    }

    /// A child that the loop cannot watch is taken back.
    fn take(&self, lp: &Loop, id: HandleId, child: Child, is_watched: bool) -> Result<()> {
        let (pid, has_pidfd) = (child.pid(), child.pidfd().is_some());
        *self.child.borrow_mut() = Some(Watched::new(child));
        let watched = match has_pidfd {
            true => lp.watch(id, Interest::READABLE),
            false => lp.extension::<Sigchld>().watch(lp, id),
        };
        let child = if watched.is_err() { self.child.take() } else { None };
        if let Some(child) = child {
            let _ = child.kill(SIGKILL).and_then(|()| child.wait());
            return watched;
        }
        self.pid.set(Some(pid));
        // It may have ended before it was watched for.
        if !has_pidfd && !is_watched && self.look(lp, id) {
            lp.extension::<Sigchld>().forget(lp, id);
        }
        watched
    }

    pub(crate) fn pid(&self) -> Option<i32> {
        self.pid.get()
    }

    pub(crate) fn status(&self) -> Option<ExitStatus> {
        self.status.get()
    }

    pub(crate) fn kill(&self, signum: i32) -> Result<()> {
        let child = self.child.borrow().clone().ok_or(Error::ESRCH)?;
        child.kill(signum)
    }

    /// Whether the child has ended: then its callback is called when all that was found ready has been.
    pub(crate) fn look(&self, lp: &Loop, id: HandleId) -> bool {
        let Some(child) = self.child.borrow().clone() else {
            return true;
        };
        let status = match child.try_wait() {
            Ok(None) => return false,
            Ok(Some(status)) => status,
            Err(_) => ExitStatus::Lost,
        };
        self.status.set(Some(status));
        // It fails for a handle that is being closed, which is neither watched nor called.
        let _ = lp.watch(id, Interest::NONE);
        drop(child);
        drop(self.left());
        let _ = lp.defer(id);
        orphans::sweep(lp);
        true
    }
}

impl HandleKind for Running {
    fn name(&self) -> &'static str {
        "process"
    }

    fn fd(&self) -> Option<Rc<dyn AsFd>> {
        let child = self.child.borrow().clone().filter(|child| child.pidfd().is_some())?;
        Some(child)
    }

    fn on_event(&self, lp: &Loop, id: HandleId, _: Event) {
        self.look(lp, id);
    }

    fn on_deferred(&self, lp: &Loop, id: HandleId) {
        let Some(status) = self.status.get() else {
            return;
        };
        // It fails for a handle that is being closed, whose callback is gone.
        let _ = lp.set_active(id, false);
        match self.on_exit.take() {
            Some(OnExit::Call(on_exit)) => on_exit(lp, id, status),
            Some(OnExit::Owner(owner, number)) => owner.exited(lp, Process::from_id(id), number, status),
            None => {}
        }
    }

    fn on_close(&self, lp: &Loop, id: HandleId) {
        lp.extension::<Sigchld>().forget(lp, id);
        // A child that still runs is the loop's to wait for.
        if let Some(child) = self.left() {
            orphans::adopt(lp, child);
        }
        // What it captured may come back into the handle.
        drop(self.on_exit.take());
    }

    fn on_released(self: Rc<Self>) {
        spare::keep_handle(self);
    }
}

impl Running {
    fn left(&self) -> Option<Child> {
        self.child.take().and_then(Watched::into_child)
    }

    /// As it was before it had a child, and one that runs still is left.
    pub(crate) fn reset(&mut self) {
        *self = Running::default();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = self.left() {
            orphans::leave(child);
        }
    }
}
