//! Handle slots and the intrusive lists that run through them.
//!
//! A handle is in at most one list at a time (libuv's handles are, too: a phase's list, the ready timers, the pending
//! queue or the closing list), so two link fields a slot serve all lists, and moving a handle never allocates.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;

/// Identity of a handle: loop, slot and generation. Copying it copies nothing but the name.
///
/// An id outlives its handle harmlessly: once the handle is closed every operation on the id gives
/// [`Error::EBADF`](uv_sys::Error::EBADF), also after the slot has been used again, and also on another loop.
///
/// ```
/// use uv_loop::{Handle, Idle, Loop};
///
/// let lp = Loop::new()?;
/// let idle = Idle::new(&lp);
/// assert_eq!(idle.id(), idle.id());
/// assert_ne!(idle.id(), Idle::new(&lp).id());
/// # Ok::<(), uv_loop::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HandleId {
    pub(crate) loop_id: u32,
    pub(crate) index: u32,
    pub(crate) generation: u32,
}

impl fmt::Debug for HandleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}.{}", self.loop_id, self.index, self.generation)
    }
}

pub(crate) const NIL: u32 = u32::MAX;

/// The lists a handle can be in. `*Running` holds what the phase that is running now has still to call, so that a
/// panic in a callback loses none of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum ListId {
    Idle,
    Prepare,
    Check,
    ReadyTimers,
    /// Timers whose turn a panic has put off: started, due, and not in the heap.
    OverdueTimers,
    Pending,
    PendingRunning,
    Closing,
    ClosingRunning,
}

/// Which lists somebody is in. A turn of the loop asks this many times, and needs no borrow for it.
///
/// Two lists that change places ([`Slab::append`]) are asked for together.
#[derive(Clone, Default, Debug)]
pub(crate) struct Busy(Rc<Cell<u16>>);

impl Busy {
    pub(crate) const IDLE: u16 = 1 << ListId::Idle as u16;
    pub(crate) const PREPARE: u16 = 1 << ListId::Prepare as u16;
    pub(crate) const CHECK: u16 = 1 << ListId::Check as u16;
    pub(crate) const OVERDUE: u16 = 1 << ListId::OverdueTimers as u16;
    pub(crate) const PENDING: u16 = 1 << ListId::Pending as u16 | 1 << ListId::PendingRunning as u16;
    pub(crate) const CLOSING: u16 = 1 << ListId::Closing as u16 | 1 << ListId::ClosingRunning as u16;
    /// Those that let no poll phase wait.
    pub(crate) const AWAKE: u16 = Busy::IDLE | Busy::PENDING | Busy::OVERDUE | Busy::CLOSING;
    pub(crate) const ALL: u16 = u16::MAX;

    #[inline(always)]
    pub(crate) fn is_any(&self, lists: u16) -> bool {
        self.0.get() & lists != 0
    }

    fn set(&self, place: u8) {
        self.0.set(self.0.get() | 1 << place);
    }

    fn clear(&self, place: u8) {
        self.0.set(self.0.get() & !(1 << place));
    }
}

/// A power of two, and more than there are: an index modulo this one needs no check.
const LISTS: usize = 16;
const NO_LIST: u8 = LISTS as u8;
const _: () = assert!((ListId::ClosingRunning as usize) < LISTS);

#[derive(Clone, Copy)]
struct Ends {
    head: u32,
    tail: u32,
}

/// State bits of a handle, as libuv's `UV_HANDLE_ACTIVE`, `UV_HANDLE_REF` and `UV_HANDLE_CLOSING`.
#[derive(Clone, Copy, Default)]
pub(crate) struct Flags {
    pub(crate) active: bool,
    pub(crate) referenced: bool,
    pub(crate) closing: bool,
}

pub(crate) struct Slot<B> {
    generation: u32,
    prev: u32,
    next: u32,
    /// Where in [`Slab::lists`] the list is that the handle is in, or `NO_LIST`.
    list: u8,
    pub(crate) flags: Flags,
    pub(crate) body: Option<B>,
}

pub(crate) struct Slab<B> {
    loop_id: u32,
    slots: Vec<Slot<B>>,
    free: u32,
    len: usize,
    lists: [Ends; LISTS],
    /// Where in `lists` each list is: two change places in no time, however long they are.
    places: [u8; LISTS],
    /// Whom the walk in hand comes to next.
    cursor: u32,
    busy: Busy,
}

impl<B> Slab<B> {
    pub(crate) fn new(loop_id: u32, busy: Busy) -> Self {
        busy.0.set(0);
        Slab {
            loop_id,
            slots: Vec::new(),
            free: NIL,
            len: 0,
            lists: [Ends { head: NIL, tail: NIL }; LISTS],
            places: std::array::from_fn(|place| place as u8),
            cursor: NIL,
            busy,
        }
    }

    pub(crate) fn loop_id(&self) -> u32 {
        self.loop_id
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn insert(&mut self, body: B) -> HandleId {
        self.insert_with(|_| body)
    }

    pub(crate) fn insert_with(&mut self, body: impl FnOnce(HandleId) -> B) -> HandleId {
        self.len += 1;
        let flags = Flags { referenced: true, ..Flags::default() };
        if self.free == NIL {
            let index = self.slots.len() as u32;
            assert!(index < NIL, "a loop holds at most 2^32 - 1 handles");
            let id = HandleId { loop_id: self.loop_id, index, generation: 0 };
            let body = Some(body(id));
            self.slots.push(Slot { generation: 0, prev: NIL, next: NIL, list: NO_LIST, flags, body });
            return id;
        }
        let index = self.free;
        let slot = &mut self.slots[index as usize];
        self.free = slot.next;
        slot.next = NIL;
        slot.flags = flags;
        let id = HandleId { loop_id: self.loop_id, index, generation: slot.generation };
        slot.body = Some(body(id));
        id
    }

    /// Frees the slot. One whose generations are used up is retired: it never names another handle again.
    #[inline]
    pub(crate) fn remove(&mut self, id: HandleId) -> Option<B> {
        self.get(id)?;
        let index = id.index;
        self.unlink(index);
        let slot = &mut self.slots[index as usize];
        let body = slot.body.take()?;
        self.len -= 1;
        if let Some(next) = slot.generation.checked_add(1) {
            slot.generation = next;
            slot.next = self.free;
            self.free = index;
        }
        Some(body)
    }

    #[inline]
    pub(crate) fn get(&self, id: HandleId) -> Option<&Slot<B>> {
        let slot = self.slots.get(id.index as usize)?;
        (id.loop_id == self.loop_id && slot.generation == id.generation && slot.body.is_some()).then_some(slot)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, id: HandleId) -> Option<&mut Slot<B>> {
        let slot = self.slots.get_mut(id.index as usize)?;
        (id.loop_id == self.loop_id && slot.generation == id.generation && slot.body.is_some()).then_some(slot)
    }

    pub(crate) fn id_at(&self, index: u32) -> Option<HandleId> {
        self.at(index).map(|(id, _)| id)
    }

    /// Who is in this slot.
    #[inline]
    pub(crate) fn at(&self, index: u32) -> Option<(HandleId, &B)> {
        let slot = self.slots.get(index as usize)?;
        let body = slot.body.as_ref()?;
        Some((HandleId { loop_id: self.loop_id, index, generation: slot.generation }, body))
    }

    /// How many there are, free ones included.
    pub(crate) fn slots(&self) -> u32 {
        self.slots.len() as u32
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = HandleId> + '_ {
        (0..self.slots()).filter_map(|index| self.id_at(index))
    }

    #[inline]
    pub(crate) fn is_list_empty(&self, list: ListId) -> bool {
        self.ends(list).head == NIL
    }

    pub(crate) fn is_in_any_list(&self, index: u32) -> bool {
        self.slots[index as usize].list != NO_LIST
    }

    pub(crate) fn is_in_list(&self, index: u32, list: ListId) -> bool {
        self.slots[index as usize].list == self.places[list as usize]
    }

    pub(crate) fn front(&self, list: ListId) -> Option<HandleId> {
        self.id_at(self.ends(list).head)
    }

    #[inline]
    pub(crate) fn push_front(&mut self, list: ListId, index: u32) {
        self.unlink(index);
        let place = self.places[list as usize];
        let ends = &mut self.lists[place as usize];
        let old = std::mem::replace(&mut ends.head, index);
        if old == NIL {
            ends.tail = index;
            self.busy.set(place);
        } else {
            self.slots[old as usize].prev = index;
        }
        let slot = &mut self.slots[index as usize];
        slot.list = place;
        slot.next = old;
    }

    pub(crate) fn push_back(&mut self, list: ListId, index: u32) {
        self.unlink(index);
        let place = self.places[list as usize];
        let ends = &mut self.lists[place as usize % LISTS];
        let old = std::mem::replace(&mut ends.tail, index);
        if old == NIL {
            ends.head = index;
            self.busy.set(place);
        } else {
            self.slots[old as usize].next = index;
        }
        let slot = &mut self.slots[index as usize];
        slot.list = place;
        slot.prev = old;
    }

    pub(crate) fn pop_front(&mut self, list: ListId) -> Option<HandleId> {
        let id = self.front(list)?;
        let place = self.places[list as usize];
        let ends = &mut self.lists[place as usize % LISTS];
        let slot = &mut self.slots[id.index as usize];
        let next = std::mem::replace(&mut slot.next, NIL);
        slot.list = NO_LIST;
        ends.head = next;
        if self.cursor == id.index {
            self.cursor = next;
        }
        if next == NIL {
            ends.tail = NIL;
            self.busy.clear(place);
        } else {
            self.slots[next as usize].prev = NIL;
        }
        Some(id)
    }

    #[inline]
    pub(crate) fn unlink(&mut self, index: u32) {
        if self.slots[index as usize].list != NO_LIST {
            self.take_out(index);
        }
    }

    fn take_out(&mut self, index: u32) {
        let slot = &mut self.slots[index as usize];
        let (list, prev, next) = (slot.list, slot.prev, slot.next);
        slot.list = NO_LIST;
        slot.prev = NIL;
        slot.next = NIL;
        if self.cursor == index {
            self.cursor = next;
        }
        if prev == NIL && next == NIL {
            self.busy.clear(list);
        }
        match prev {
            NIL => self.lists[list as usize].head = next,
            _ => self.slots[prev as usize].next = next,
        }
        match next {
            NIL => self.lists[list as usize].tail = prev,
            _ => self.slots[next as usize].prev = prev,
        }
    }

    /// Moves all of `from` behind what `to` already holds: at once, if that is nothing.
    pub(crate) fn append(&mut self, to: ListId, from: ListId) {
        if self.is_list_empty(to) {
            return self.places.swap(to as usize, from as usize);
        }
        while let Some(id) = self.pop_front(from) {
            self.push_back(to, id.index);
        }
    }

    /// Has [`Busy`] tell nothing of `list`, until [`tell`](Slab::tell).
    pub(crate) fn conceal(&mut self, list: ListId) {
        self.busy.clear(self.places[list as usize]);
    }

    /// Ends what [`conceal`](Slab::conceal) has begun.
    pub(crate) fn tell(&mut self, list: ListId) {
        if !self.is_list_empty(list) {
            self.busy.set(self.places[list as usize]);
        }
    }

    /// Begins a walk along a list, from its front. There is one walk at a time.
    pub(crate) fn begin_walk(&mut self, list: ListId) {
        self.cursor = self.ends(list).head;
    }

    /// The next handle of the walk. It stays in its list; one that leaves the list meanwhile is not come to, nor is one
    /// that enters it at the front.
    pub(crate) fn step(&mut self) -> Option<HandleId> {
        let id = self.id_at(self.cursor)?;
        self.cursor = self.slots[id.index as usize].next;
        Some(id)
    }

    /// Ends the walk along `list`: what it has not come to is at the front from now on, in its order.
    pub(crate) fn end_walk(&mut self, list: ListId) {
        let first = std::mem::replace(&mut self.cursor, NIL);
        let place = self.places[list as usize] as usize;
        let Ends { head, tail } = self.lists[place];
        if first == NIL || first == head {
            return;
        }
        let last = std::mem::replace(&mut self.slots[first as usize].prev, NIL);
        self.slots[last as usize].next = NIL;
        self.slots[tail as usize].next = head;
        self.slots[head as usize].prev = tail;
        self.lists[place] = Ends { head: first, tail: last };
    }

    #[inline]
    fn ends(&self, list: ListId) -> &Ends {
        &self.lists[self.places[list as usize] as usize % LISTS]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::VecDeque;

    #[test]
    fn a_slot_with_used_up_generations_is_retired() {
        let mut slab = Slab::new(0, Busy::default());
        let id = slab.insert('a');
        slab.slots[0].generation = u32::MAX;
        let last = HandleId { generation: u32::MAX, ..id };
        assert!(slab.get(last).is_some());
        assert_eq!(slab.remove(last), Some('a'));
        assert!(slab.get(last).is_none());
        assert_eq!(slab.insert('b').index, 1);
        assert!(slab.get(last).is_none());
    }

    #[derive(Clone, Debug)]
    enum Op {
        PushFront(bool, usize),
        PushBack(bool, usize),
        PopFront(bool),
        Unlink(usize),
        Append,
        BeginWalk,
        Step,
        EndWalk,
    }

    fn op() -> impl Strategy<Value = Op> {
        prop_oneof![
            (any::<bool>(), 0..8usize).prop_map(|(l, i)| Op::PushFront(l, i)),
            (any::<bool>(), 0..8usize).prop_map(|(l, i)| Op::PushBack(l, i)),
            any::<bool>().prop_map(Op::PopFront),
            (0..8usize).prop_map(Op::Unlink),
            Just(Op::Append),
            Just(Op::BeginWalk),
            Just(Op::Step),
            Just(Op::Step),
            Just(Op::EndWalk),
        ]
    }

    proptest! {
        #[test]
        fn lists_behave_as_deques(ops in proptest::collection::vec(op(), 0..100)) {
            let pick = |second: bool| if second { ListId::Check } else { ListId::Idle };
            let busy = Busy::default();
            let mut slab = Slab::new(7, busy.clone());
            let ids: Vec<_> = (0..8).map(|i| slab.insert(i)).collect();
            let mut model = [VecDeque::new(), VecDeque::new()];
            // What the walk along the first list has still to come to.
            let mut ahead = VecDeque::new();
            fn forget(model: &mut [VecDeque<usize>; 2], ahead: &mut VecDeque<usize>, i: usize) {
                model.iter_mut().chain([ahead]).for_each(|m| m.retain(|&x| x != i));
            }
            for op in ops {
                match op {
                    Op::PushFront(l, i) => {
                        slab.push_front(pick(l), ids[i].index);
                        forget(&mut model, &mut ahead, i);
                        model[l as usize].push_front(i);
                    }
                    Op::PushBack(l, i) => {
                        slab.push_back(pick(l), ids[i].index);
                        forget(&mut model, &mut ahead, i);
                        model[l as usize].push_back(i);
                        if !l && !ahead.is_empty() {
                            ahead.push_back(i);
                        }
                    }
                    Op::PopFront(l) => {
                        let got = slab.pop_front(pick(l)).map(|id| id.index as usize);
                        prop_assert_eq!(got, model[l as usize].front().copied());
                        got.into_iter().for_each(|i| forget(&mut model, &mut ahead, i));
                    }
                    Op::Unlink(i) => {
                        slab.unlink(ids[i].index);
                        forget(&mut model, &mut ahead, i);
                    }
                    Op::Append => {
                        slab.append(ListId::Idle, ListId::Check);
                        let moved = std::mem::take(&mut model[1]);
                        if !ahead.is_empty() {
                            ahead.extend(&moved);
                        }
                        model[0].extend(moved);
                    }
                    Op::BeginWalk => {
                        slab.begin_walk(ListId::Idle);
                        ahead = model[0].iter().copied().collect();
                    }
                    Op::Step => {
                        let got = slab.step().map(|id| id.index as usize);
                        prop_assert_eq!(got, ahead.pop_front());
                    }
                    Op::EndWalk => {
                        slab.end_walk(ListId::Idle);
                        model[0].retain(|i| !ahead.contains(i));
                        while let Some(i) = ahead.pop_back() {
                            model[0].push_front(i);
                        }
                    }
                }
                prop_assert_eq!(busy.is_any(Busy::IDLE | Busy::CHECK), model.iter().any(|m| !m.is_empty()));
                for l in [false, true] {
                    prop_assert_eq!(slab.is_list_empty(pick(l)), model[l as usize].is_empty());
                    prop_assert_eq!(
                        slab.front(pick(l)).map(|id| id.index as usize),
                        model[l as usize].front().copied()
                    );
                }
            }
        }
    }
}
