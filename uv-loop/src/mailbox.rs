//! How other threads reach the loop.
//!
//! Whatever can be sent to has an address: an async handle, a work request; in a mailbox of their own, the tasks. The addresses with mail form a stack of
//! indices, linked through a table, so that sending takes a few atomic instructions and neither a lock nor memory: it is
//! allowed in a signal handler, and a process that forks meanwhile finds no lock that nobody will release.
//!
//! An address is on the stack once at most: its pending bit, which the sender raises and the loop lowers before it
//! calls back, makes any number of sends one. The stack's head also says whether the loop sleeps. Who finds it empty
//! *and asleep* wakes the loop by a system call; all others need not, as somebody has, or as the loop will look before
//! it sleeps.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::OnceLock;

use uv_sys::{Error, Result, Waker};

use crate::primitive::{AtomicU32, AtomicU64, Ordering};
use crate::request::Work;
use crate::slab::HandleId;
use crate::table::Key;

/// What an address stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    Async(HandleId),
    Work(Work),
    /// `None` for `block_on`'s future.
    Task(Option<Key>),
    /// Closed while mail was on its way, which will be thrown away.
    Closed,
    Vacant,
}

/// Mail that is due for delivery.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mail {
    Posted(u32),
    /// An async handle's callback has asked for another call.
    Again(HandleId),
}

/// Where to send to. It goes stale when the loop closes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Address {
    index: u32,
    generation: u64,
}

/// What senders share with the loop.
#[derive(Debug)]
pub(crate) struct Mailbox {
    waker: Waker,
    stack: Stack,
}

impl Mailbox {
    pub(crate) fn new(waker: Waker) -> Self {
        Mailbox { waker, stack: Stack::new(AWAKE) }
    }

    /// One whose loop does not say when it sleeps: whoever finds it empty wakes the loop.
    pub(crate) fn always_asleep(waker: Waker) -> Self {
        Mailbox { waker, stack: Stack::new(ASLEEP) }
    }

    /// Has the loop find mail for the address in its current or next poll phase. `EBADF` if it is closed, or the loop
    /// gone.
    pub(crate) fn send(&self, address: Address) -> Result<()> {
        if self.post(address)? {
            self.wake();
        }
        Ok(())
    }

    /// [`send`](Mailbox::send), but for the wake-up: whether there has to be one.
    pub(crate) fn post(&self, address: Address) -> Result<bool> {
        self.stack.push(address)
    }

    pub(crate) fn wake(&self) {
        self.waker.wake();
    }

    pub(crate) fn is_open(&self, address: Address) -> bool {
        self.stack.generation(address.index) == address.generation
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.stack.is_empty()
    }

    /// Moves all mail behind what `into` holds, in the order in which it was sent. From here on senders need not wake
    /// the loop. Whether there was any.
    #[inline]
    pub(crate) fn collect(&self, into: &RefCell<VecDeque<Mail>>) -> bool {
        !self.is_empty() && self.stack.collect(&mut into.borrow_mut())
    }

    /// Has the processor fetch what [`Desk::receive`] will change.
    pub(crate) fn touch(&self, index: u32) {
        std::hint::black_box(self.stack.is_pending(index));
    }

    /// From here on senders wake the loop; `false`, and they do not, if there is mail already.
    pub(crate) fn fall_asleep(&self) -> bool {
        self.stack.fall_asleep()
    }

    /// The loop leaves `run`: who waits for its descriptor instead must hear of mail.
    pub(crate) fn leave(&self) {
        if !self.stack.fall_asleep() {
            self.wake();
        }
    }

    /// In the child of a fork: an address whose sender has stayed behind in the middle of a send has its mail, and each
    /// work request gets its answer, as nobody is left to give it.
    pub(crate) fn recover(&self, desk: &Desk, mail: &mut VecDeque<Mail>) {
        self.stack.collect(mail);
        let mut is_there = vec![false; desk.targets.len()];
        for mail in mail.iter() {
            if let Mail::Posted(index) = *mail {
                is_there[index as usize] = true;
            }
        }
        for (index, target) in (0..).zip(&desk.targets) {
            let is_pending = self.stack.is_pending(index) || matches!(target, Target::Work(_));
            if is_pending && !is_there[index as usize] {
                mail.push_back(Mail::Posted(index));
            }
        }
    }

    pub(crate) fn shut(&self) {
        self.stack.shut();
    }
}

/// The loop's side: who has which address.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    targets: Vec<Target>,
    free: Vec<u32>,
}

impl Desk {
    pub(crate) fn open(&mut self, mailbox: &Mailbox, target: Target) -> Address {
        let index = match self.free.pop() {
            Some(index) => {
                self.targets[index as usize] = target;
                index
            }
            None => {
                let index = self.targets.len() as u32;
                assert!(index < LIMIT, "a loop has at most {LIMIT} addresses");
                mailbox.stack.reserve(index);
                self.targets.push(target);
                index
            }
        };
        self.address(mailbox, index)
    }

    pub(crate) fn address(&self, mailbox: &Mailbox, index: u32) -> Address {
        Address { index, generation: mailbox.stack.generation(index) }
    }

    /// From here on senders get `EBADF`. After [`close_all`](Desk::close_all) there is nothing to close.
    pub(crate) fn close(&mut self, mailbox: &Mailbox, index: u32) {
        let Some(target) = self.targets.get_mut(index as usize) else {
            return;
        };
        if mailbox.stack.retire(index) {
            *target = Target::Closed;
        } else {
            *target = Target::Vacant;
            self.free.push(index);
        }
    }

    pub(crate) fn close_all(&mut self, mailbox: &Mailbox) {
        for index in 0..self.targets.len() as u32 {
            mailbox.stack.retire(index);
        }
        self.targets.clear();
        self.free.clear();
    }

    /// Whom mail is for. From here on a send is mail anew. A work request has its one answer: its address is closed.
    pub(crate) fn receive(&mut self, mailbox: &Mailbox, index: u32) -> Target {
        mailbox.stack.lower(index);
        let Some(&target) = self.targets.get(index as usize) else {
            return Target::Vacant;
        };
        match target {
            Target::Async(_) | Target::Task(_) => {}
            Target::Work(_) => self.close(mailbox, index),
            Target::Closed => {
                self.targets[index as usize] = Target::Vacant;
                self.free.push(index);
            }
            Target::Vacant => {}
        }
        target
    }

    pub(crate) fn target(&self, index: u32) -> Target {
        self.targets.get(index as usize).copied().unwrap_or(Target::Vacant)
    }
}

impl Address {
    pub(crate) fn index(self) -> u32 {
        self.index
    }

    /// That of the first who has the index, for models.
    #[cfg(all(test, loom))]
    pub(crate) fn first(index: u32) -> Address {
        Address { index, generation: 1 }
    }
}

/// The head's values that are no index.
const NIL: u32 = u32::MAX;
const AWAKE: u32 = NIL - 1;
const ASLEEP: u32 = NIL - 2;
const SHUT: u32 = NIL - 3;

/// The first chunk of the table has this many places, each other one twice as many as the one before.
const FIRST: u32 = if cfg!(loom) { 4 } else { 64 };
const CHUNKS: usize = 26;
const LIMIT: u32 = FIRST * ((1 << CHUNKS) - 1);

const PENDING: u64 = 1;
/// Closed by a sender that found the loop gone.
const LOST: u64 = !PENDING;

#[derive(Debug)]
pub(crate) struct Stack {
    head: AtomicU32,
    /// What the head is when its mail has been collected: awake, or asleep.
    rest: u32,
    chunks: [OnceLock<Box<[Place]>>; CHUNKS],
}

#[derive(Debug)]
struct Place {
    /// Generation and pending bit.
    state: AtomicU64,
    /// Owned by who raised the pending bit, until it is pushed.
    next: AtomicU32,
}

impl Stack {
    fn new(rest: u32) -> Stack {
        Stack { head: AtomicU32::new(ASLEEP), rest, chunks: [const { OnceLock::new() }; CHUNKS] }
    }

    #[cfg(all(test, loom))]
    pub(crate) fn always_asleep() -> Stack {
        Stack::new(ASLEEP)
    }

    /// Called by the loop's thread before it gives the index away.
    pub(crate) fn reserve(&self, index: u32) {
        let (chunk, _) = split(index);
        self.chunks[chunk].get_or_init(|| {
            // Generation 0 is nobody's: that of an address that was lost.
            let place = |_| Place { state: AtomicU64::new(1 << 1), next: AtomicU32::new(NIL) };
            (0..FIRST << chunk).map(place).collect()
        });
    }

    fn place(&self, index: u32) -> &Place {
        let (chunk, offset) = split(index);
        let chunk = self.chunks[chunk].get().expect("an address is given away after its place is made");
        &chunk[offset as usize]
    }

    fn generation(&self, index: u32) -> u64 {
        self.place(index).state.load(Ordering::Acquire) >> 1
    }

    fn is_pending(&self, index: u32) -> bool {
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

        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            if head == SHUT {
                // No send to this address succeeds after one that failed.
                place.state.swap(LOST, Ordering::AcqRel);
                return Err(Error::EBADF);
            }
            let next = if is_empty(head) { NIL } else { head };
            place.next.store(next, Ordering::Relaxed);
            match self.head.compare_exchange_weak(head, address.index, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return Ok(head == ASLEEP),
                Err(other) => head = other,
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        is_empty(self.head.load(Ordering::Relaxed))
    }

    pub(crate) fn collect(&self, into: &mut VecDeque<Mail>) -> bool {
        if self.is_empty() {
            return false;
        }
        let old = into.len();
        let mut index = self.head.swap(self.rest, Ordering::AcqRel);
        while index != NIL {
            into.push_back(Mail::Posted(index));
            index = self.place(index).next.load(Ordering::Relaxed);
        }
        into.make_contiguous()[old..].reverse();
        true
    }

    fn fall_asleep(&self) -> bool {
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
    fn retire(&self, index: u32) -> bool {
        self.place(index).state.fetch_add(1 << 1, Ordering::AcqRel) & PENDING != 0
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

    fn work(key: u64) -> Target {
        Target::Work(Work::with_key(key))
    }

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
    fn an_address_that_is_used_again_is_another_one() {
        let mailbox = Mailbox::new(uv_sys::Poller::new().unwrap().waker());
        let mut desk = Desk::default();
        let mut mail = VecDeque::new();
        let first = desk.open(&mailbox, work(1));
        desk.close(&mailbox, first.index());
        let second = desk.open(&mailbox, work(2));
        assert_eq!(first.index(), second.index());
        assert_eq!(mailbox.send(first), Err(Error::EBADF));
        assert!(!mailbox.stack.collect(&mut mail));

        // Closed with mail on its way: the index is free when that has been thrown away.
        mailbox.send(second).unwrap();
        desk.close(&mailbox, second.index());
        assert_eq!(mailbox.send(second), Err(Error::EBADF));
        assert_ne!(desk.open(&mailbox, work(3)).index(), second.index());
        assert!(mailbox.stack.collect(&mut mail));
        assert!(matches!(desk.receive(&mailbox, second.index()), Target::Closed));
        let third = desk.open(&mailbox, work(4));
        assert_eq!(third.index(), second.index());
        mailbox.send(third).unwrap();
        assert_eq!(mailbox.send(second), Err(Error::EBADF));
    }

    #[test]
    fn mail_arrives_in_the_order_of_the_sends() {
        let mailbox = Mailbox::new(uv_sys::Poller::new().unwrap().waker());
        let mut desk = Desk::default();
        let addresses: Vec<_> = (0..200).map(|key| desk.open(&mailbox, work(key))).collect();
        let mut mail = VecDeque::new();
        for half in addresses.chunks(100) {
            half.iter().chain(half).for_each(|&address| mailbox.send(address).unwrap());
            mailbox.stack.collect(&mut mail);
        }
        let keys = mail.iter().map(|mail| match mail {
            &Mail::Posted(index) => index,
            Mail::Again(_) => unreachable!(),
        });
        assert!(keys.eq(0..200));
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
            if self.stack.push(Address { index: index as u32, generation: 1 })? {
                *self.notified.lock().unwrap() = true;
                self.changed.notify_one();
            }
            Ok(())
        }

        /// As a poll phase: waits for mail and gives the addresses that are to be called.
        pub(crate) fn receive(&self) -> Vec<usize> {
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
            let index = |mail: Mail| match mail {
                Mail::Posted(index) => index,
                Mail::Again(_) => unreachable!(),
            };
            let called: Vec<_> = mail.into_iter().map(index).collect();
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
