//! Async handles, and the mailbox by which other threads reach the loop.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use uv_sys::{Error, Result, Waker};

use crate::event_loop::Loop;
use crate::handle::{Handle, Kind};
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
        let mark = Arc::new(Mark {
            pending: AtomicBool::new(false),
            open: AtomicBool::new(true),
        });
        let id = lp.insert(Kind::Async(mark));
        let mut state = lp.state.borrow_mut();
        let none = Loop::replace_callback(
            &mut state,
            id,
            Box::new(move |lp, id| callback(lp, Async(id))),
        );
        debug_assert!(none.is_none());
        lp.change_flags(&mut state, id, |flags| flags.active = true);
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
        lp.with_open(self.0, |state| {
            match state
                .slab
                .get(self.0)
                .and_then(|slot| slot.body.as_ref())
                .map(|body| &body.kind)
            {
                Some(Kind::Async(mark)) => Ok(AsyncSender {
                    id: self.0,
                    mark: mark.clone(),
                    mailbox: lp.mailbox.clone(),
                }),
                _ => Err(Error::EBADF),
            }
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
    id: HandleId,
    mark: Arc<Mark>,
    mailbox: Arc<Mailbox>,
}

impl AsyncSender {
    /// Has the handle's callback called in the loop, as `uv_async_send`. While a send waits to be seen, another one
    /// costs an atomic swap and no system call.
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
        if !self.mark.open.load(Ordering::Acquire) {
            return Err(Error::EBADF);
        }
        if self.mark.pending.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        self.mailbox
            .post(Mail::Async(self.id))
            .inspect_err(|_| self.mark.pending.store(false, Ordering::Release))
    }
}

/// What an async handle and its senders share.
#[derive(Debug)]
pub(crate) struct Mark {
    pending: AtomicBool,
    open: AtomicBool,
}

impl Mark {
    pub(crate) fn close(&self) {
        self.open.store(false, Ordering::Release);
    }
}

/// A message to the loop from another thread.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mail {
    Async(HandleId),
    Work(u64),
}

#[derive(Debug)]
pub(crate) struct Mailbox {
    waker: Waker,
    /// `None` once the loop is gone.
    queue: Mutex<Option<VecDeque<Mail>>>,
}

impl Mailbox {
    pub(crate) fn new(waker: Waker) -> Self {
        Mailbox {
            waker,
            queue: Mutex::new(Some(VecDeque::new())),
        }
    }

    pub(crate) fn post(&self, mail: Mail) -> Result<()> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let was_empty = {
            let queue = queue.as_mut().ok_or(Error::EBADF)?;
            queue.push_back(mail);
            queue.len() == 1
        };
        drop(queue);
        // Who finds mail already there need not wake: the one who put it there has woken or is about to.
        if was_empty {
            self.waker.wake();
        }
        Ok(())
    }

    /// Moves the mail into `into`, which must be empty: its buffer becomes the mailbox's.
    pub(crate) fn collect(&self, into: &mut VecDeque<Mail>) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = queue.as_mut() {
            if into.is_empty() {
                std::mem::swap(queue, into);
            } else {
                into.append(queue);
            }
        }
    }

    pub(crate) fn shut(&self) {
        self.queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
    }
}

impl Loop {
    /// Delivers what other threads sent before this poll phase.
    pub(crate) fn deliver_mail(&self, budget: &mut crate::run::Budget) {
        self.mailbox.collect(&mut self.mail.borrow_mut());
        while !self.mail.borrow().is_empty() && budget.take() {
            let Some(mail) = self.mail.borrow_mut().pop_front() else {
                break;
            };
            match mail {
                Mail::Async(id) => {
                    let mark = {
                        let state = self.state.borrow();
                        match state
                            .slab
                            .get(id)
                            .and_then(|slot| slot.body.as_ref())
                            .map(|body| &body.kind)
                        {
                            Some(Kind::Async(mark)) => mark.clone(),
                            _ => continue,
                        }
                    };
                    // Before the callback, so that a send from now on leads to another call.
                    mark.pending.store(false, Ordering::Release);
                    self.call(id);
                }
                Mail::Work(key) => self.finish_work(key),
            }
        }
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        self.mailbox.shut();
    }
}
