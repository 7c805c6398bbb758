//! The stack of those who have mail.

use std::collections::VecDeque;
use std::sync::OnceLock;

use uv_sys::{Error, Result};

use super::{Address, Mail};
use crate::primitive::{AtomicU32, AtomicU64, Ordering};

/// The head's values that are no index.
const NIL: u32 = u32::MAX;
const AWAKE: u32 = NIL - 1;
const ASLEEP: u32 = NIL - 2;
const SHUT: u32 = NIL - 3;

/// Marks the slot of a work request among the indices of addresses.
const DONE: u32 = 1 << 31;

/// The first chunk of a table has this many places, each other one twice as many as the one before.
const FIRST: u32 = if cfg!(loom) { 4 } else { 64 };
const CHUNKS: usize = 25;
/// There are as many addresses at most, and as many work requests.
pub(crate) const LIMIT: u32 = FIRST * ((1 << CHUNKS) - 1);

const PENDING: u64 = 1;
/// Closed by a sender that found the loop gone.
const LOST: u64 = !PENDING;

#[derive(Debug)]
pub(crate) struct Stack {
    head: AtomicU32,
    /// What the head is when its mail has been collected: awake, or asleep.
    rest: u32,
    places: Chunks<Place>,
    /// By slot of a work request, the next one on the stack.
    done: Chunks<AtomicU32>,
}

/// A table that grows while it is used, and moves nothing.
#[derive(Debug)]
struct Chunks<T>([OnceLock<Box<[T]>>; CHUNKS]);

#[derive(Debug)]
struct Place {
    /// Generation and pending bit.
    state: AtomicU64,
    /// Owned by who raised the pending bit, until it is pushed.
    next: AtomicU32,
}

impl Stack {
    fn new(rest: u32) -> Stack {
        Stack { head: AtomicU32::new(ASLEEP), rest, places: Chunks::default(), done: Chunks::default() }
    }

    /// Of a loop that says when it falls asleep.
    pub(crate) fn of_sleeper() -> Stack {
        Stack::new(AWAKE)
    }

    /// Of one that does not.
    pub(crate) fn always_asleep() -> Stack {
        Stack::new(ASLEEP)
    }

    /// Called by the loop's thread before it gives the index away.
    pub(crate) fn reserve(&self, index: u32) {
        // Generation 0 is nobody's: that of an address that was lost.
        self.places.reserve(index, || Place { state: AtomicU64::new(1 << 1), next: AtomicU32::new(NIL) });
    }

    /// Called by the loop's thread before it gives the slot to a work request.
    pub(super) fn reserve_done(&self, slot: u32) {
        self.done.reserve(slot, || AtomicU32::new(NIL));
    }

    fn place(&self, index: u32) -> &Place {
        self.places.at(index)
    }

    pub(crate) fn generation(&self, index: u32) -> u64 {
        self.place(index).state.load(Ordering::Acquire) >> 1
    }

    pub(crate) fn is_pending(&self, index: u32) -> bool {
        self.place(index).state.load(Ordering::Acquire) & PENDING != 0
    }

    /// Whether the caller must wake the loop.
    pub(crate) fn push(&self, address: Address) -> Result<bool> {
        let place = self.place(address.index);
        let open = address.generation << 1;
        loop {
            // Who finds mail on its way changes nothing, but writes all the same: reading that, in `lower`, is what makes
            // what the sender did before visible to the callback.
            let state = match place.state.load(Ordering::Relaxed) {
                state if state & PENDING != 0 => place.state.fetch_add(0, Ordering::AcqRel),
                state => state,
            };
            if state == open | PENDING {
                return Ok(false);
            }
            if state != open {
                return Err(Error::EBADF);
            }
            if place.state.compare_exchange(open, open | PENDING, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
                break;
            }
        }

        self.link(address.index, &place.next).ok_or_else(|| {
            // No send to this address succeeds after one that failed.
            place.state.swap(LOST, Ordering::AcqRel);
            Error::EBADF
        })
    }

    /// [`push`](Stack::push) for a work request, which is pushed once.
    pub(crate) fn push_done(&self, slot: u32) -> Result<bool> {
        self.link(DONE | slot, self.done.at(slot)).ok_or(Error::EBADF)
    }

    /// Whether the caller must wake the loop; `None` if it is gone.
    fn link(&self, index: u32, place: &AtomicU32) -> Option<bool> {
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            if head == SHUT {
                return None;
            }
            place.store(if is_empty(head) { NIL } else { head }, Ordering::Relaxed);
            match self.head.compare_exchange_weak(head, index, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return Some(head == ASLEEP),
                Err(other) => head = other,
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        is_empty(self.head.load(Ordering::Relaxed))
    }

    pub(crate) fn is_awake(&self) -> bool {
        self.head.load(Ordering::Relaxed) == AWAKE
    }

    pub(crate) fn collect(&self, into: &mut VecDeque<Mail>) -> bool {
        if self.is_empty() {
            return false;
        }
        let old = into.len();
        let mut index = self.head.swap(self.rest, Ordering::AcqRel);
        while index != NIL {
            let next = if index & DONE == 0 {
                into.push_back(Mail::Posted(index));
                &self.place(index).next
            } else {
                into.push_back(Mail::Done(index & !DONE));
                self.done.at(index & !DONE)
            };
            index = next.load(Ordering::Relaxed);
        }
        if into.len() > old + 1 {
            into.make_contiguous()[old..].reverse();
        }
        true
    }

    #[inline]
    pub(crate) fn fall_asleep(&self) -> bool {
        // It has not been woken since.
        if self.head.load(Ordering::Acquire) == ASLEEP {
            return true;
        }
        match self.head.compare_exchange(AWAKE, ASLEEP, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => true,
            Err(head) => is_empty(head),
        }
    }

    pub(crate) fn shut(&self) {
        self.head.swap(SHUT, Ordering::AcqRel);
    }

    /// Called before the callback, so that a send from now on leads to another call.
    pub(crate) fn lower(&self, index: u32) {
        self.place(index).state.fetch_and(!PENDING, Ordering::AcqRel);
    }

    /// Whether there is mail on its way, so that the index cannot be used again yet.
    pub(crate) fn retire(&self, index: u32) -> bool {
        self.place(index).state.fetch_add(1 << 1, Ordering::AcqRel) & PENDING != 0
    }
}

impl<T> Chunks<T> {
    fn reserve(&self, index: u32, make: impl Fn() -> T) {
        let (chunk, _) = split(index);
        self.0[chunk].get_or_init(|| (0..FIRST << chunk).map(|_| make()).collect());
    }

    fn at(&self, index: u32) -> &T {
        let (chunk, offset) = split(index);
        let chunk = self.0[chunk].get().expect("an index is given away after its place is made");
        &chunk[offset as usize]
    }
}

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Chunks([const { OnceLock::new() }; CHUNKS])
    }
}

fn is_empty(head: u32) -> bool {
    head >= SHUT
}

/// In which chunk an index is, and where there.
fn split(index: u32) -> (usize, u32) {
    let chunk = (index / FIRST + 1).ilog2();
    (chunk as usize, index - FIRST * ((1 << chunk) - 1))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_index_has_a_place_of_its_own() {
        let mut expected = (0, 0);
        for index in 0..1_000_000 {
            assert_eq!(split(index), expected);
            expected.1 += 1;
            if expected.1 == FIRST << expected.0 {
                expected = (expected.0 + 1, 0);
            }
        }
        let (chunk, offset) = split(LIMIT - 1);
        assert!(chunk < CHUNKS && offset < FIRST << chunk);
    }

    #[test]
    fn only_a_loop_that_sleeps_is_woken() {
        let stack = Stack::new(AWAKE);
        (0..3).for_each(|index| stack.reserve(index));
        let to = |index| Address { index, generation: 1 };
        assert_eq!(stack.push(to(0)), Ok(true));
        assert_eq!(stack.push(to(1)), Ok(false));
        assert!(!stack.fall_asleep());
        assert!(stack.collect(&mut VecDeque::new()));
        assert_eq!(stack.push(to(2)), Ok(false), "the loop is awake");
        assert!(stack.collect(&mut VecDeque::new()));
        assert!(stack.fall_asleep() && stack.fall_asleep());
        stack.lower(0);
        assert_eq!(stack.push(to(0)), Ok(true));
    }
}

/// Run with `RUSTFLAGS="--cfg loom" cargo test -p uv-loop --lib --release`.
#[cfg(all(test, loom))]
pub(crate) mod model {
    use super::*;
    use loom::sync::atomic::AtomicUsize;
    use loom::sync::{Arc, Condvar, Mutex};
    use loom::thread;

    /// A mailbox whose kernel is a condition variable.
    pub(crate) struct Post {
        stack: Stack,
        notified: Mutex<bool>,
        changed: Condvar,
    }

    impl Post {
        pub(crate) fn new(addresses: usize) -> Post {
            let stack = Stack::new(AWAKE);
            (0..addresses as u32).for_each(|index| stack.reserve(index));
            Post { stack, notified: Mutex::new(false), changed: Condvar::new() }
        }

        /// As `AsyncSender::send`.
        pub(crate) fn send(&self, index: usize) -> Result<()> {
            self.notify(self.stack.push(Address { index: index as u32, generation: 1 })?);
            Ok(())
        }

        fn notify(&self, is_asleep: bool) {
            if is_asleep {
                *self.notified.lock().unwrap() = true;
                self.changed.notify_one();
            }
        }

        /// As a poll phase waits for mail.
        fn wait(&self) -> VecDeque<Mail> {
            let mut mail = VecDeque::new();
            while !self.stack.collect(&mut mail) {
                if self.stack.fall_asleep() {
                    let mut notified = self.notified.lock().unwrap();
                    while !*notified {
                        notified = self.changed.wait(notified).unwrap();
                    }
                    *notified = false;
                }
            }
            mail
        }

        /// As a poll phase: gives the addresses that are to be called.
        pub(crate) fn receive(&self) -> Vec<usize> {
            let index = |mail: Mail| match mail {
                Mail::Posted(index) => index,
                Mail::Done(_) | Mail::Again(_) => unreachable!(),
            };
            let called: Vec<_> = self.wait().into_iter().map(index).collect();
            called.iter().for_each(|&index| self.stack.lower(index));
            called.into_iter().map(|index| index as usize).collect()
        }
    }

    /// A send that is not seen leaves the receiver waiting for ever, which loom reports.
    fn every_send_is_seen(handles: usize, senders: usize, sends: usize) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(2);
        builder.check(move || {
            let post = Arc::new(Post::new(handles));
            // What the senders did, with no ordering but the mail's.
            let done: Arc<Vec<_>> = Arc::new((0..senders).map(|_| AtomicUsize::new(0)).collect());
            for sender in 0..senders {
                let (post, done) = (post.clone(), done.clone());
                thread::spawn(move || {
                    for count in 1..=sends {
                        done[sender].store(count, Ordering::Relaxed);
                        post.send(sender % handles).unwrap();
                    }
                });
            }
            let mut seen = vec![0; senders];
            while seen.iter().any(|&count| count < sends) {
                for handle in post.receive() {
                    for sender in (handle..senders).step_by(handles) {
                        seen[sender] = done[sender].load(Ordering::Relaxed);
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
    fn a_request_that_is_done_is_seen_beside_a_send() {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(3);
        builder.check(|| {
            let post = Arc::new(Post::new(1));
            post.stack.reserve_done(0);
            let result = Arc::new(AtomicUsize::new(0));
            let (worker, its_result) = (post.clone(), result.clone());
            thread::spawn(move || {
                its_result.store(7, Ordering::Relaxed);
                worker.notify(worker.stack.push_done(0).unwrap());
            });
            let sender = post.clone();
            thread::spawn(move || sender.send(0).unwrap());
            let (mut is_done, mut is_sent) = (false, false);
            while !(is_done && is_sent) {
                for mail in post.wait() {
                    match mail {
                        Mail::Done(slot) => {
                            assert_eq!((slot, result.load(Ordering::Relaxed)), (0, 7));
                            is_done = true;
                        }
                        Mail::Posted(_) => is_sent = true,
                        Mail::Again(_) => unreachable!(),
                    }
                }
            }
        });
    }

    #[test]
    fn a_loop_that_leaves_run_is_woken_for_what_is_left() {
        loom::model(|| {
            let post = Arc::new(Post::new(2));
            let sender = post.clone();
            let thread = thread::spawn(move || sender.send(1).is_ok());
            // Awake, as in the middle of `run`.
            post.send(0).unwrap();
            let mut mail = VecDeque::new();
            post.stack.collect(&mut mail);
            *post.notified.lock().unwrap() = false;
            let left = post.stack.fall_asleep();
            assert!(thread.join().unwrap());
            let is_there = mail.len() == 2 || !left || *post.notified.lock().unwrap();
            assert!(is_there, "neither collected, nor left for a wake-up, nor notified");
        });
    }

    #[test]
    fn an_error_is_the_last_answer() {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(2);
        builder.check(|| {
            let post = Arc::new(Post::new(1));
            let threads = [(); 2].map(|()| {
                let post = post.clone();
                thread::spawn(move || {
                    let first = post.send(0);
                    assert!(first.is_ok() || post.send(0).is_err());
                })
            });
            post.stack.shut();
            post.stack.retire(0);
            assert_eq!(post.send(0), Err(Error::EBADF));
            for thread in threads {
                thread.join().unwrap();
            }
        });
    }

    #[test]
    fn an_index_is_used_again_when_its_mail_is_gone() {
        loom::model(|| {
            let post = Arc::new(Post::new(1));
            let sender = post.clone();
            let thread = thread::spawn(move || sender.send(0).is_ok());
            let on_its_way = post.stack.retire(0);
            let sent = thread.join().unwrap();
            assert_eq!(on_its_way, sent);
            let mut mail = VecDeque::new();
            assert_eq!(post.stack.collect(&mut mail), sent);
            assert_eq!(mail.len(), usize::from(sent));
        });
    }
}
