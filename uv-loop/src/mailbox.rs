//! How other threads reach the loop: a queue of mail, and for each async handle a mark that says whether mail of it is
//! on its way, so that any number of sends is one.

use std::collections::VecDeque;
use std::sync::PoisonError;

use uv_sys::{Error, Result, Waker};

use crate::primitive::{AtomicBool, Mutex, Ordering};
use crate::request::Work;
use crate::slab::HandleId;

/// A message to the loop from another thread.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mail {
    Async(HandleId),
    Work(Work),
}

#[derive(Debug)]
pub(crate) struct Mailbox {
    waker: Waker,
    queue: Queue<Mail>,
}

impl Mailbox {
    pub(crate) fn new(waker: Waker) -> Self {
        let queue = Queue::new();
        Mailbox { waker, queue }
    }

    /// Has the loop find `mail` in its current or next poll phase. `EBADF` if it is gone.
    pub(crate) fn post(&self, mail: Mail) -> Result<()> {
        if self.queue.push(mail)? {
            self.waker.wake();
        }
        Ok(())
    }

    pub(crate) fn collect(&self, into: &mut VecDeque<Mail>) {
        self.queue.collect(into);
    }

    pub(crate) fn shut(&self) {
        self.queue.shut();
    }
}

/// What an async handle and its senders share.
#[derive(Debug)]
pub(crate) struct Mark {
    pending: AtomicBool,
    open: AtomicBool,
}

impl Mark {
    pub(crate) fn new() -> Self {
        Mark { pending: AtomicBool::new(false), open: AtomicBool::new(true) }
    }

    /// Whether the caller must post mail: not if another's is on its way, whose receiver will see what the caller did
    /// before. `EBADF` if the handle is closed.
    pub(crate) fn raise(&self) -> Result<bool> {
        if !self.is_open() {
            return Err(Error::EBADF);
        }
        Ok(!self.pending.swap(true, Ordering::AcqRel))
    }

    /// Called on receipt and before the callback, so that a send from now on leads to another call.
    ///
    /// A swap, because the coalesced senders are not ordered by the queue: reading the last one's swap is what makes
    /// their memory visible here.
    pub(crate) fn lower(&self) {
        self.pending.swap(false, Ordering::AcqRel);
    }

    pub(crate) fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    pub(crate) fn close(&self) {
        self.open.store(false, Ordering::Release);
    }
}

#[derive(Debug)]
struct Queue<T>(
    /// `None` once the loop is gone.
    Mutex<Option<VecDeque<T>>>,
);

impl<T> Queue<T> {
    fn new() -> Self {
        Queue(Mutex::new(Some(VecDeque::new())))
    }

    /// Whether the caller must wake the loop: who finds mail already there need not, as the one who put it there has
    /// woken or is about to.
    fn push(&self, mail: T) -> Result<bool> {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = queue.as_mut().ok_or(Error::EBADF)?;
        queue.push_back(mail);
        Ok(queue.len() == 1)
    }

    /// Moves the mail behind what `into` holds. If that is nothing the buffers change places, and nobody allocates.
    fn collect(&self, into: &mut VecDeque<T>) {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = queue.as_mut() {
            if into.is_empty() {
                std::mem::swap(queue, into);
            } else {
                into.append(queue);
            }
        }
    }

    fn shut(&self) {
        let mail = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(mail);
    }
}

/// Run with `RUSTFLAGS="--cfg loom" cargo test -p uv-loop --lib --release`.
#[cfg(all(test, loom))]
mod tests {
    use super::*;
    use loom::sync::atomic::AtomicUsize;
    use loom::sync::{Arc, Condvar};
    use loom::thread;

    struct Model {
        queue: Queue<usize>,
        marks: Vec<Mark>,
        /// What the senders did, with no ordering but the mail's.
        done: Vec<AtomicUsize>,
        notified: Mutex<bool>,
        changed: Condvar,
    }

    impl Model {
        fn new(handles: usize, senders: usize) -> Arc<Model> {
            Arc::new(Model {
                queue: Queue::new(),
                marks: (0..handles).map(|_| Mark::new()).collect(),
                done: (0..senders).map(|_| AtomicUsize::new(0)).collect(),
                notified: Mutex::new(false),
                changed: Condvar::new(),
            })
        }

        /// As `AsyncSender::send`.
        fn send(&self, handle: usize) -> Result<()> {
            let mark = &self.marks[handle];
            if mark.raise()? && self.queue.push(handle).inspect_err(|_| mark.close())? {
                *self.notified.lock().unwrap() = true;
                self.changed.notify_one();
            }
            Ok(())
        }

        /// As a poll phase: waits for a wake-up and gives the handles that are to be called.
        fn receive(&self) -> VecDeque<usize> {
            let mut notified = self.notified.lock().unwrap();
            while !*notified {
                notified = self.changed.wait(notified).unwrap();
            }
            *notified = false;
            drop(notified);
            let mut mail = VecDeque::new();
            self.queue.collect(&mut mail);
            mail.iter().for_each(|&handle| self.marks[handle].lower());
            mail
        }
    }

    /// A send that is not seen leaves the receiver waiting for ever, which loom reports.
    fn every_send_is_seen(handles: usize, senders: usize, sends: usize) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(2);
        builder.check(move || {
            let model = Model::new(handles, senders);
            for sender in 0..senders {
                let model = model.clone();
                thread::spawn(move || {
                    for count in 1..=sends {
                        model.done[sender].store(count, Ordering::Relaxed);
                        model.send(sender % handles).unwrap();
                    }
                });
            }
            let mut seen = vec![0; senders];
            while seen.iter().any(|&count| count < sends) {
                for handle in model.receive() {
                    for sender in (handle..senders).step_by(handles) {
                        seen[sender] = model.done[sender].load(Ordering::Relaxed);
                    }
                }
            }
        });
    }

    #[test]
    fn sends_of_one_thread_are_seen() {
        every_send_is_seen(1, 1, 3);
    }

    #[test]
    fn coalesced_sends_are_seen() {
        every_send_is_seen(1, 2, 1);
        every_send_is_seen(1, 2, 2);
    }

    #[test]
    fn sends_to_two_handles_are_seen() {
        every_send_is_seen(2, 2, 2);
    }

    #[test]
    fn an_error_is_the_last_answer() {
        loom::model(|| {
            let model = Model::new(1, 2);
            let threads = [(); 2].map(|()| {
                let model = model.clone();
                thread::spawn(move || {
                    let first = model.send(0);
                    assert!(first.is_ok() || model.send(0).is_err());
                })
            });
            model.queue.shut();
            model.marks[0].close();
            assert_eq!(model.send(0), Err(Error::EBADF));
            for thread in threads {
                thread.join().unwrap();
            }
        });
    }
}
