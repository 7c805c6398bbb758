//! Async handles, and the delivery of what other threads send.

use std::sync::Arc;

use uv_sys::{Error, Result};

use crate::event_loop::Loop;
use crate::handle::{Body, Callback, Core, Handle};
use crate::mailbox::{Address, Mail, Mailbox, Target};
use crate::run::Budget;
use crate::slab::HandleId;

/// Wakes the loop from any thread, and calls back there. As `uv_async_t`.
///
/// It is active, and keeps the loop alive, from the start until it is closed. Sends are coalesced: the callback runs
/// at least once after the last send, not once a send.
///
/// ```
/// use uv_loop::{Async, Handle, Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let wakeup = Async::new(&lp, |lp, me| me.close(lp).unwrap());
/// let sender = wakeup.sender(&lp)?;
/// std::thread::spawn(move || sender.send().unwrap());
/// lp.run(RunMode::Default)?;
/// # Ok::<(), uv_loop::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Async(HandleId);

impl Handle for Async {
    fn id(self) -> HandleId {
        self.0
    }
}

impl Async {
    /// An async handle that calls `callback`, as `uv_async_init`.
    ///
    /// ```
    /// use uv_loop::{Async, Handle, Loop};
    ///
    /// let lp = Loop::new()?;
    /// assert!(Async::new(&lp, |_, _| {}).is_active(&lp));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn new(lp: &Loop, mut callback: impl FnMut(&Loop, Async) + 'static) -> Self {
        let callback: Callback = Box::new(move |lp: &Loop, id| callback(lp, Async(id)));
        Async::of(lp, |address| Body::Async { callback: Some(callback), address })
    }

    /// An async handle whose callback is that of the loop's [`HandleOwner`](crate::HandleOwner), who knows it by this number.
    /// It takes no memory of its own.
    ///
    /// ```
    /// use uv_loop::{Async, Handle, Loop};
    ///
    /// let lp = Loop::new()?;
    /// assert!(Async::with_number(&lp, 7).is_active(&lp));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn with_number(lp: &Loop, number: usize) -> Self {
        Async::of(lp, |address| Body::Numbered { number, core: Core::Async(address) })
    }

    fn of(lp: &Loop, body: impl FnOnce(u32) -> Body) -> Self {
        let open = |id| lp.core.desk.borrow_mut().open(&lp.core.mailbox, Target::Async(id)).index();
        let id = lp.insert_with(|id| body(open(id)));
        lp.change_flags(&mut lp.core.state.borrow_mut(), id, |flags| flags.active = true);
        Async(id)
    }

    /// The end that other threads hold.
    ///
    /// # Errors
    ///
    /// `EBADF` if the handle is closed, `EINVAL` if it is being closed.
    ///
    /// ```
    /// use uv_loop::{Async, Loop};
    ///
    /// let lp = Loop::new()?;
    /// let sender = Async::new(&lp, |_, _| {}).sender(&lp)?;
    /// sender.clone().send()?;
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn sender(self, lp: &Loop) -> Result<AsyncSender> {
        lp.with_open(self.0, |state| match state.slab.get(self.0).and_then(|slot| slot.body.as_ref()?.address()) {
            Some(address) => {
                let mailbox = lp.core.mailbox.clone();
                let address = lp.core.desk.borrow().address(&mailbox, address);
                Ok(AsyncSender { address, mailbox })
            }
            None => Err(Error::EBADF),
        })
    }
}

/// Sends to an [`Async`] handle from any thread. It outlives the handle and the loop harmlessly.
///
/// ```
/// use uv_loop::{Async, Error, Loop};
///
/// let lp = Loop::new()?;
/// let sender = Async::new(&lp, |_, _| {}).sender(&lp)?;
/// drop(lp);
/// assert_eq!(sender.send(), Err(Error::EBADF));
/// # Ok::<(), uv_loop::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct AsyncSender {
    address: Address,
    mailbox: Arc<Mailbox>,
}

impl AsyncSender {
    /// Whether the handle is neither closed nor being closed.
    pub(crate) fn is_open(&self) -> bool {
        self.mailbox.is_open(self.address)
    }

    /// Has the handle's callback called in the loop, as `uv_async_send`. While a send waits to be seen, or the loop is
    /// awake, another one costs a few atomic instructions and no system call. It takes no lock and no memory, so that a
    /// signal handler may call it.
    ///
    /// # Errors
    ///
    /// `EBADF` if the handle or its loop is gone.
    ///
    /// ```
    /// use uv_loop::{Async, Loop, RunMode};
    ///
    /// let lp = Loop::new()?;
    /// let sender = Async::new(&lp, |lp, _| lp.stop()).sender(&lp)?;
    /// sender.send()?;
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn send(&self) -> Result<()> {
        self.mailbox.send(self.address)
    }
}

/// So many pieces of mail are looked at before the first of them is delivered.
const AHEAD: usize = 32;

impl Loop {
    /// Of many open handles the few that have mail lie far apart in memory. Looking at a number of them at once has
    /// the processor fetch them side by side; delivering fetches one after the other.
    #[inline(never)]
    fn warm_up_mail(&self) -> usize {
        let (mail, desk, state) = (self.core.mail.borrow(), self.core.desk.borrow(), self.core.state.borrow());
        let ahead = AHEAD.min(mail.len());
        let mut found = [0; AHEAD];
        for (mail, found) in mail.iter().zip(&mut found) {
            match *mail {
                Mail::Posted(index) => {
                    *found = match desk.target(index) {
                        Target::Async(id) => id.index,
                        _ => 0,
                    };
                    self.core.mailbox.touch(index);
                }
                Mail::Done(slot) => drop(std::hint::black_box(self.core.requests.key(slot))),
                Mail::Again(_) => {}
            }
        }
        for &index in &found[..ahead] {
            std::hint::black_box(state.slab.id_at(index));
        }
        ahead
    }

    /// Called by an async handle's callback: has it called again as the next thing of this poll phase, or of the next
    /// one if this one ends before.
    pub(crate) fn call_again(&self, id: HandleId) {
        self.core.mail.borrow_mut().push_front(Mail::Again(id));
    }

    /// Delivers what other threads sent before this poll phase, and the requests up to `newest` that needed no thread.
    #[inline(always)]
    pub(crate) fn deliver_mail(&self, newest: u64, budget: &mut Budget) {
        if !(self.core.mail.borrow().is_empty() && self.core.completed.is_empty()) {
            self.deliver_each(newest, budget);
        }
    }

    #[inline(never)]
    fn deliver_each(&self, newest: u64, budget: &mut Budget) {
        let (mut warm, mut works) = (0, 0);
        loop {
            let (mail, count) = {
                let mail = self.core.mail.borrow();
                let Some(&first) = mail.front() else { break };
                (first, mail.len())
            };
            if warm == 0 && count > 1 {
                warm = self.warm_up_mail();
            }
            warm = warm.saturating_sub(1);
            // What was asked for before is called back before, although nobody knew yet that it was due.
            if let Mail::Done(slot) = mail
                && let Some(key) = self.core.requests.key(slot)
                && self.deliver_completed(key, budget)
            {
                works += 1;
                continue;
            }
            if !budget.take() {
                break;
            }
            self.core.mail.borrow_mut().pop_front();
            let target = match mail {
                Mail::Posted(index) => self.core.desk.borrow_mut().receive(&self.core.mailbox, index),
                Mail::Again(id) => Target::Async(id),
                Mail::Done(slot) => {
                    works += 1;
                    self.finish_work(slot);
                    continue;
                }
            };
            match target {
                Target::Async(id) => self.call(self.core.state.borrow_mut(), id),
                Target::Task(_) | Target::Closed | Target::Vacant => {}
            }
        }
        while !self.core.completed.is_empty() && self.deliver_completed(newest, budget) {
            works += 1;
        }
        // As in libuv each request is an event, and the wake-up for the first of them was counted.
        self.core.counters.count_works(works);
    }
}
