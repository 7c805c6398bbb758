//! Channels: async handles that carry values.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, PoisonError};

use uv_sys::Error;

use crate::event_loop::Loop;
use crate::handle::Handle;
use crate::handles::wake::{Async, AsyncSender};
use crate::primitive::{AtomicUsize, Mutex, Ordering};
use crate::slab::HandleId;

/// Brings values from any thread into the loop: each is a call of the callback, in the order in which they were sent.
///
/// It is an [`Async`] handle with a queue: active from the start until it is closed, and called in the poll phase. Any
/// number of values that are sent while the loop is busy cost one wake-up. Those that come in while the values of a
/// poll phase are called back wait for the next one, so a channel that feeds itself starves nobody.
///
/// Closing the handle, or dropping the loop, drops the values that are still on their way; from then on a sender gets
/// its value back. The senders may all go: the handle stays open, and keeps the loop alive, until it is closed.
///
/// ```
/// use uv_loop::{Channel, Handle, Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let mut sum = 0;
/// let (_, sender) = Channel::new(&lp, move |lp, channel, number: u32| {
///     sum += number;
///     if sum == 55 {
///         channel.close(lp).unwrap();
///     }
/// });
/// std::thread::spawn(move || (1..=10).for_each(|number| sender.send(number).unwrap()));
/// lp.run(RunMode::Default)?;
/// # Ok::<(), uv_loop::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Channel(HandleId);

impl Handle for Channel {
    fn id(self) -> HandleId {
        self.0
    }
}

impl Channel {
    /// A channel that takes any number of values, and calls `callback` with each.
    ///
    /// ```
    /// use uv_loop::{Channel, Handle, Loop};
    ///
    /// let lp = Loop::new()?;
    /// let (channel, _sender) = Channel::new(&lp, |_, _, line: String| println!("{line}"));
    /// assert!(channel.is_active(&lp));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn new<T: 'static>(
        lp: &Loop,
        callback: impl FnMut(&Loop, Channel, T) + 'static,
    ) -> (Channel, ChannelSender<T>) {
        Channel::bounded(lp, usize::MAX, callback)
    }

    /// A channel that holds at most `capacity` values whose callback has not been called yet.
    ///
    /// ```
    /// use uv_loop::{Channel, Error, Loop, RunMode};
    ///
    /// let lp = Loop::new()?;
    /// let (_, sender) = Channel::bounded(&lp, 1, |lp, _, _| lp.stop());
    /// sender.send('a').unwrap();
    /// assert_eq!(sender.send('b').unwrap_err().error, Error::EAGAIN);
    /// lp.run(RunMode::Default)?;
    /// sender.send('b').unwrap();
    /// # Ok::<(), Error>(())
    /// ```
    pub fn bounded<T: 'static>(
        lp: &Loop,
        capacity: usize,
        mut callback: impl FnMut(&Loop, Channel, T) + 'static,
    ) -> (Channel, ChannelSender<T>) {
        let queue = Arc::new(Queue::new(capacity));
        let mut receiver = Receiver { queue: queue.clone(), batch: VecDeque::new() };
        let handle = Async::new(lp, move |lp: &Loop, me: Async| {
            let Some(item) = receiver.next() else { return };
            if !receiver.batch.is_empty() {
                // Before the callback, so that a panic in it loses nothing.
                lp.call_again(me.id());
            }
            callback(lp, Channel(me.id()), item);
        });
        let wakeup = handle.sender(lp).expect("the handle was just opened");
        (Channel(handle.id()), ChannelSender { queue, wakeup })
    }
}

/// Sends to a [`Channel`] from any thread. It outlives the handle and the loop harmlessly.
///
/// ```
/// use uv_loop::{Channel, Error, Loop};
///
/// let lp = Loop::new()?;
/// let (_, sender) = Channel::new(&lp, |_, _, _| {});
/// drop(lp);
/// let returned = sender.send("nobody is there").unwrap_err();
/// assert_eq!((returned.error, returned.item), (Error::EBADF, "nobody is there"));
/// # Ok::<(), Error>(())
/// ```
pub struct ChannelSender<T> {
    queue: Arc<Queue<T>>,
    wakeup: AsyncSender,
}

impl<T> ChannelSender<T> {
    /// Has the channel's callback called with `item` in the loop. It never blocks.
    ///
    /// # Errors
    ///
    /// `EAGAIN` if the channel is full, `EBADF` if it, or its loop, is gone; with the item given back.
    ///
    /// ```
    /// use uv_loop::{Channel, Loop, RunMode};
    ///
    /// let lp = Loop::new()?;
    /// let (_, sender) = Channel::new(&lp, |lp, _, word| {
    ///     assert_eq!(word, "hello");
    ///     lp.stop();
    /// });
    /// sender.send("hello").unwrap();
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn send(&self, item: T) -> Result<(), SendError<T>> {
        if !self.wakeup.is_open() {
            return Err(SendError { error: Error::EBADF, item });
        }
        if self.queue.push(item)? {
            // A handle that closes just now drops the item, as if that had come a moment later.
            let _ = self.wakeup.send();
        }
        Ok(())
    }
}

impl<T> Clone for ChannelSender<T> {
    fn clone(&self) -> Self {
        ChannelSender { queue: self.queue.clone(), wakeup: self.wakeup.clone() }
    }
}

impl<T> fmt::Debug for ChannelSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelSender").field("wakeup", &self.wakeup).finish_non_exhaustive()
    }
}

/// What [`ChannelSender::send`] could not send, and why.
///
/// ```
/// use uv_loop::{Channel, Handle, Loop, SendError};
///
/// let lp = Loop::new()?;
/// let (channel, sender) = Channel::new(&lp, |_, _, _: u32| {});
/// channel.close(&lp)?;
/// let SendError { error, item } = sender.send(7).unwrap_err();
/// assert_eq!((error.name(), item), ("EBADF", 7));
/// # Ok::<(), uv_loop::Error>(())
/// ```
pub struct SendError<T> {
    /// `EAGAIN` if the channel is full, `EBADF` if it is gone.
    pub error: Error,
    /// The value itself.
    pub item: T,
}

impl<T> fmt::Debug for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendError").field("error", &self.error).finish_non_exhaustive()
    }
}

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.error {
            Error::EAGAIN => f.write_str("the channel is full"),
            _ => f.write_str("the channel is closed"),
        }
    }
}

impl<T> std::error::Error for SendError<T> {}

/// The loop's end. It goes with the handle's callback, and what is in the channel with it.
struct Receiver<T> {
    queue: Arc<Queue<T>>,
    /// What has left the queue and not been called back.
    batch: VecDeque<T>,
}

impl<T> Receiver<T> {
    fn next(&mut self) -> Option<T> {
        if self.batch.is_empty() {
            self.queue.collect(&mut self.batch);
        }
        let item = self.batch.pop_front()?;
        self.queue.held.fetch_sub(1, Ordering::Relaxed);
        Some(item)
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let items = self.queue.close();
        drop(items);
    }
}

struct Queue<T> {
    /// `None` once the channel is closed.
    items: Mutex<Option<VecDeque<T>>>,
    /// How many values are here or with the receiver. It grows under the lock alone, so the bound holds.
    held: AtomicUsize,
    capacity: usize,
}

impl<T> Queue<T> {
    fn new(capacity: usize) -> Queue<T> {
        Queue { items: Mutex::new(Some(VecDeque::new())), held: AtomicUsize::new(0), capacity }
    }

    /// Whether the caller must send: who finds values here need not, as the one who put the first one has sent or is
    /// about to.
    fn push(&self, item: T) -> Result<bool, SendError<T>> {
        let mut items = self.items.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(items) = items.as_mut() else {
            return Err(SendError { error: Error::EBADF, item });
        };
        if self.held.load(Ordering::Relaxed) >= self.capacity {
            return Err(SendError { error: Error::EAGAIN, item });
        }
        self.held.fetch_add(1, Ordering::Relaxed);
        items.push_back(item);
        Ok(items.len() == 1)
    }

    /// Exchanges the queue for `empty`, so that nobody allocates in the steady state.
    fn collect(&self, empty: &mut VecDeque<T>) {
        if let Some(items) = self.items.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            std::mem::swap(items, empty);
        }
    }

    /// Gives what is left, to be dropped where no lock is held.
    fn close(&self) -> Option<VecDeque<T>> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Run with `RUSTFLAGS="--cfg loom" cargo test -p uv-loop --lib --release`.
#[cfg(all(test, loom))]
mod tests {
    use super::*;
    use crate::mailbox::model::Post;
    use loom::sync::Arc;
    use loom::thread;

    /// A channel with what an async handle does for it.
    struct Model {
        queue: Queue<usize>,
        post: Post,
    }

    impl Model {
        fn new(capacity: usize) -> Arc<Model> {
            Arc::new(Model { queue: Queue::new(capacity), post: Post::new(1) })
        }

        /// As `ChannelSender::send`.
        fn send(&self, item: usize) -> Result<(), SendError<usize>> {
            if self.queue.push(item)? {
                let _ = self.post.send(0);
            }
            Ok(())
        }

        /// As the handle's callback, each time that it is called.
        fn receive(&self, into: &mut VecDeque<usize>) {
            self.post.receive();
            self.queue.collect(into);
        }
    }

    #[test]
    fn every_value_is_received_in_its_senders_order() {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(2);
        builder.check(|| {
            let model = Model::new(usize::MAX);
            for sender in 0..2 {
                let model = model.clone();
                thread::spawn(move || (0..2).for_each(|count| model.send(sender * 2 + count).unwrap()));
            }
            let (mut all, mut batch) = (Vec::new(), VecDeque::new());
            while all.len() < 4 {
                model.receive(&mut batch);
                all.extend(batch.drain(..));
            }
            for sender in 0..2 {
                let own: Vec<_> = all.iter().filter(|&&item| item / 2 == sender).collect();
                assert_eq!(own, [&(sender * 2), &(sender * 2 + 1)]);
            }
        });
    }

    #[test]
    fn each_value_is_received_or_dropped_or_given_back() {
        loom::model(|| {
            let model = Model::new(usize::MAX);
            let thread = {
                let model = model.clone();
                thread::spawn(move || (0..2).filter(|&item| model.send(item).is_ok()).count())
            };
            let mut batch = VecDeque::new();
            model.queue.collect(&mut batch);
            let left = model.queue.close().map_or(0, |items| items.len());
            assert_eq!(batch.len() + left, thread.join().unwrap());
            assert_eq!(model.send(2).unwrap_err().error, Error::EBADF);
        });
    }

    #[test]
    fn a_bound_is_kept() {
        loom::model(|| {
            let model = Model::new(1);
            let threads = [0, 1].map(|item| {
                let model = model.clone();
                thread::spawn(move || model.send(item).is_ok())
            });
            let sent = threads.into_iter().map(|thread| thread.join().unwrap());
            assert_eq!(sent.filter(|&sent| sent).count(), 1);
        });
    }
}
