//! A loop in the child of a fork.

use std::os::fd::AsFd;

use uv_sys::{Interest, Result};

use crate::event_loop::Loop;
use crate::handle::Body;
use crate::kind::poll_key;
use crate::slab::HandleId;

impl Loop {
    /// Makes the loop usable in the child of a `fork(2)`, as `uv_loop_fork`: call it there before anything else is done
    /// with the loop. The parent's loop is not touched, whatever its other threads were at when the process forked.
    ///
    /// Every handle goes on as it was: descriptors are registered with a poller of the child's own, async handles and
    /// their senders work, tasks and their wakers. The pool's threads are not in the child: work requests that they had not answered end
    /// canceled, and new ones go to new threads.
    ///
    /// What other threads do with async handles and wakers while the process forks does no harm. A
    /// [`Channel`](crate::Channel) to which one of them sends at that moment cannot be used in the child, nor closed
    /// there: its values are behind a lock that nobody is left to release.
    ///
    /// # Errors
    ///
    /// `EMFILE`, `ENFILE` or `ENOMEM`, when there is no poller to be had; else the first error of a descriptor that
    /// can no longer be watched, or of a handle's [`HandleKind::on_fork`](crate::HandleKind::on_fork). All others are
    /// watched then.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// lp.fork()?; // in a child
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn fork(&self) -> Result<()> {
        self.core.poller.reinit()?;
        if let Some(pool) = self.core.pool.get() {
            pool.reset_after_fork();
        }
        self.core.requests.forget_spare();
        let requests = self.core.requests.slots();
        self.core.mailbox.recover(&self.core.desk.borrow(), &requests, &mut self.core.mail.borrow_mut());
        self.core.tasks.recover();
        self.core.remote.recover();

        let mut result = self.reinit_signals();
        let ids: Vec<_> = self.core.state.borrow().slab.ids().collect();
        for id in ids {
            let Ok(kind) = self.other(id) else {
                continue;
            };
            let mut forked = kind.on_fork(self, id);
            if forked.is_ok()
                && let Some(interest) = self.watched_interest(id)
                && let Some(fd) = kind.fd()
            {
                forked = self.core.poller.add(fd.as_fd(), poll_key(id), interest);
            }
            result = result.and(forked);
        }
        result
    }

    fn watched_interest(&self, id: HandleId) -> Option<Interest> {
        match self.core.state.borrow().slab.get(id)?.body.as_ref()? {
            Body::Other { watch: Some(watch), .. } => Some(watch.interest),
            _ => None,
        }
    }
}
