//! How other threads reach the loop.
//!
//! Whatever can be sent to any number of times has an address: an async handle; in a mailbox of their own, the tasks. A
//! work request, which is answered once, has its slot. Those with mail form a stack of
//! indices, linked through tables, so that sending takes a few atomic instructions and neither a lock nor memory: it is
//! allowed in a signal handler, and a process that forks meanwhile finds no lock that nobody will release.
//!
//! An address is on the stack once at most: its pending bit, which the sender raises and the loop lowers before it
//! calls back, makes any number of sends one. The stack's head also says whether the loop sleeps. Who finds it empty
//! *and asleep* wakes the loop by a system call; all others need not, as somebody has, or as the loop will look before
//! it sleeps.

mod stack;

use std::cell::RefCell;
use std::collections::VecDeque;

use uv_sys::{Result, Waker};

#[cfg(all(test, loom))]
pub(crate) use stack::model;
pub(crate) use stack::{LIMIT, Stack};

use crate::slab::HandleId;
use crate::table::Key;

/// What an address stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    Async(HandleId),
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
    /// The work request of this slot is done.
    Done(u32),
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
        Mailbox { waker, stack: Stack::of_sleeper() }
    }

    /// One whose loop does not say when it sleeps: whoever finds it empty wakes the loop.
    pub(crate) fn always_asleep(waker: Waker) -> Self {
        Mailbox { waker, stack: Stack::always_asleep() }
    }

    /// Has the loop find mail for the address in its current or next poll phase. `EBADF` if it is closed, or the loop
    /// gone.
    pub(crate) fn send(&self, address: Address) -> Result<()> {
        if self.post(address)? {
            self.wake();
        }
        Ok(())
    }

    /// Has the loop find that the work request of this slot is done. Once only; `EBADF` if the loop is gone.
    pub(crate) fn send_done(&self, slot: u32) -> Result<()> {
        if self.stack.push_done(slot)? {
            self.wake();
        }
        Ok(())
    }

    /// To be called by the loop's thread before it gives the slot to a work request.
    pub(crate) fn reserve_done(&self, slot: u32) {
        self.stack.reserve_done(slot);
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

    /// [`collect`](Mailbox::collect), and puts the new mail into the order in which libuv looks at it: work requests, then
    /// async handles as they were made.
    #[inline]
    pub(crate) fn collect_ordered(&self, into: &RefCell<VecDeque<Mail>>, desk: &RefCell<Desk>) -> bool {
        if self.is_empty() {
            return false;
        }
        let mut into = into.borrow_mut();
        let old = into.len();
        let has_mail = self.stack.collect(&mut into);
        if into.len() > old + 1 {
            desk.borrow().order(&mut into.make_contiguous()[old..]);
        }
        has_mail
    }

    /// Has the processor fetch what [`Desk::receive`] will change.
    pub(crate) fn touch(&self, index: u32) {
        std::hint::black_box(self.stack.is_pending(index));
    }

    /// Whether the loop has had mail since it last fell asleep: who sends need not wake it.
    #[inline]
    pub(crate) fn is_awake(&self) -> bool {
        self.stack.is_awake()
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
    /// of the work requests gets its answer, as nobody is left to give it.
    pub(crate) fn recover(&self, desk: &Desk, requests: &[u32], mail: &mut VecDeque<Mail>) {
        self.stack.collect(mail);
        let mut posted = vec![false; desk.targets.len()];
        let mut done = vec![false; requests.iter().max().map_or(0, |&newest| newest as usize + 1)];
        for mail in mail.iter() {
            match *mail {
                Mail::Posted(index) => posted[index as usize] = true,
                Mail::Done(slot) => done[slot as usize] = true,
                Mail::Again(_) => {}
            }
        }
        let lost = (0..).zip(posted).filter(|&(index, is_there)| !is_there && self.stack.is_pending(index));
        mail.extend(lost.map(|(index, _)| Mail::Posted(index)));
        mail.extend(requests.iter().filter(|&&slot| !done[slot as usize]).map(|&slot| Mail::Done(slot)));
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
    /// When each was opened, if anybody asks: a number that grows.
    births: Option<Vec<u64>>,
    newest: u64,
}

impl Desk {
    /// `orders` says that [`Mailbox::collect_ordered`] is to be used.
    pub(crate) fn new(orders: bool) -> Desk {
        Desk { births: orders.then(Vec::new), ..Desk::default() }
    }

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
        if let Some(births) = &mut self.births {
            self.newest += 1;
            births.resize(self.targets.len(), 0);
            births[index as usize] = self.newest;
        }
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
        self.births.as_mut().map(Vec::clear);
        self.free.clear();
    }

    fn order(&self, mail: &mut [Mail]) {
        mail.sort_by_key(|mail| match *mail {
            Mail::Posted(index) => self.births.as_ref().map_or(0, |births| births[index as usize]),
            Mail::Done(_) | Mail::Again(_) => 0,
        });
    }

    /// Whom mail is for. From here on a send is mail anew.
    pub(crate) fn receive(&mut self, mailbox: &Mailbox, index: u32) -> Target {
        mailbox.stack.lower(index);
        let Some(&target) = self.targets.get(index as usize) else {
            return Target::Vacant;
        };
        match target {
            Target::Async(_) | Target::Task(_) => {}
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

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use uv_sys::Error;

    const TARGET: Target = Target::Task(None);

    #[test]
    fn who_has_had_mail_need_not_be_woken() {
        let mailbox = Mailbox::new(uv_sys::Poller::new().unwrap().waker());
        let mut desk = Desk::default();
        let mut mail = VecDeque::new();
        let [first, second] = [(); 2].map(|()| desk.open(&mailbox, TARGET));
        assert!(!mailbox.is_awake());
        assert_eq!(mailbox.post(first), Ok(true));
        assert!(!mailbox.is_awake() && !mailbox.is_empty());
        assert!(mailbox.stack.collect(&mut mail) && mailbox.is_awake());
        assert_eq!(mailbox.post(second), Ok(false));
    }

    #[test]
    fn an_address_that_is_used_again_is_another_one() {
        let mailbox = Mailbox::new(uv_sys::Poller::new().unwrap().waker());
        let mut desk = Desk::default();
        let mut mail = VecDeque::new();
        let first = desk.open(&mailbox, TARGET);
        desk.close(&mailbox, first.index());
        let second = desk.open(&mailbox, TARGET);
        assert_eq!(first.index(), second.index());
        assert_eq!(mailbox.send(first), Err(Error::EBADF));
        assert!(!mailbox.stack.collect(&mut mail));

        // Closed with mail on its way: the index is free when that has been thrown away.
        mailbox.send(second).unwrap();
        desk.close(&mailbox, second.index());
        assert_eq!(mailbox.send(second), Err(Error::EBADF));
        assert_ne!(desk.open(&mailbox, TARGET).index(), second.index());
        assert!(mailbox.stack.collect(&mut mail));
        assert!(matches!(desk.receive(&mailbox, second.index()), Target::Closed));
        let third = desk.open(&mailbox, TARGET);
        assert_eq!(third.index(), second.index());
        mailbox.send(third).unwrap();
        assert_eq!(mailbox.send(second), Err(Error::EBADF));
    }

    #[test]
    fn mail_arrives_in_the_order_of_the_sends() {
        let mailbox = Mailbox::new(uv_sys::Poller::new().unwrap().waker());
        let mut desk = Desk::default();
        let addresses: Vec<_> = (0..200).map(|_| desk.open(&mailbox, TARGET)).collect();
        (0..200).for_each(|slot| mailbox.reserve_done(slot));
        let mut mail = VecDeque::new();
        for half in addresses.chunks(100) {
            for address in half {
                mailbox.send(*address).unwrap();
                mailbox.send_done(address.index()).unwrap();
                mailbox.send(*address).unwrap();
            }
            mailbox.stack.collect(&mut mail);
        }
        let found: Vec<_> = mail
            .iter()
            .map(|mail| match *mail {
                Mail::Posted(index) => (index, false),
                Mail::Done(slot) => (slot, true),
                Mail::Again(_) => unreachable!(),
            })
            .collect();
        let sent: Vec<_> = (0..200).flat_map(|number| [(number, false), (number, true)]).collect();
        assert_eq!(found, sent);
    }

    #[test]
    fn a_fork_answers_what_nobody_else_will() {
        let mailbox = Mailbox::new(uv_sys::Poller::new().unwrap().waker());
        let mut desk = Desk::default();
        let address = desk.open(&mailbox, TARGET);
        (0..4).for_each(|slot| mailbox.reserve_done(slot));
        mailbox.send_done(2).unwrap();
        mailbox.send(address).unwrap();
        let mut mail = VecDeque::from([Mail::Done(0)]);
        mailbox.recover(&desk, &[3, 0, 2, 1], &mut mail);
        let slots = mail.iter().filter_map(|mail| match *mail {
            Mail::Done(slot) => Some(slot),
            _ => None,
        });
        assert!(slots.eq([0, 2, 3, 1]));
        assert_eq!(mail.len(), 5);
    }
}
