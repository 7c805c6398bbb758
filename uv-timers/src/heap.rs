use alloc::vec::Vec;
use core::fmt;
use core::num::NonZeroU32;

/// Names one entry of a [`Heap`] or a [`TimerQueue`](crate::TimerQueue).
///
/// A key stays valid until its entry is removed or popped, wherever the entry moves meanwhile. After that it is
/// stale: every method answers a stale key with `None` or `false`, and no later entry is ever given an equal key.
/// A key means nothing to a heap other than the one that gave it out.
///
/// Keys have an arbitrary but stable order, so that they can index sorted collections; it is not the order of due times.
/// `Option<Key>` is as small as `Key`: 8 bytes.
///
/// ```
/// let mut heap = uv_timers::Heap::new();
/// let old = heap.push(1, "old");
/// heap.remove(old);
/// let new = heap.push(1, "new");
/// assert_ne!(old, new);
/// assert_eq!(heap.get(old), None);
/// assert_eq!(heap.get(new), Some(&"new"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Key {
    index: u32,
    generation: NonZeroU32,
}

/// A priority queue by due time whose entries can be removed and rescheduled by [`Key`].
///
/// Entries with equal due times leave in the order in which they were pushed or rescheduled. Due times are plain
/// `u64` in whatever unit the caller likes.
///
/// `push`, `pop`, `remove` and `reschedule` take O(log n); `peek` and everything that only looks an entry up O(1).
/// Removed entries leave room that later ones use: a heap that has once held its largest number of entries
/// allocates no more. A heap holds fewer than 2³² entries.
///
/// ```
/// use uv_timers::Heap;
///
/// let mut heap = Heap::new();
/// let tea = heap.push(180, "tea");
/// heap.push(60, "egg");
/// heap.push(60, "toast");
/// assert_eq!(heap.remove(tea), Some("tea"));
/// assert_eq!(heap.pop().map(|(_, due, what)| (due, what)), Some((60, "egg")));
/// assert_eq!(heap.pop().map(|(_, due, what)| (due, what)), Some((60, "toast")));
/// assert_eq!(heap.pop(), None);
/// ```
pub struct Heap<T> {
    /// The 4-ary heap itself: the children of node `i` are `4 * i + 1 ..= 4 * i + 4`.
    nodes: Vec<Node>,
    /// Where each entry stands in `nodes`. Apart from `values`, so that sifting touches 8 bytes an entry.
    slots: Vec<Slot>,
    values: Vec<Option<T>>,
    /// First link of the list of vacant slots, or `NONE`.
    free: u32,
    /// Entries with the parked ones: occupied slots.
    occupied: usize,
    sequence: u64,
}

impl<T> Heap<T> {
    /// An empty heap, which has allocated nothing.
    ///
    /// ```
    /// let heap = uv_timers::Heap::<String>::new();
    /// assert_eq!(heap.capacity(), 0);
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self { nodes: Vec::new(), slots: Vec::new(), values: Vec::new(), free: NONE, occupied: 0, sequence: 0 }
    }

    /// An empty heap with room for `capacity` entries.
    ///
    /// ```
    /// let heap = uv_timers::Heap::<String>::with_capacity(100);
    /// assert!(heap.capacity() >= 100);
    /// ```
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            nodes: Vec::with_capacity(capacity),
            slots: Vec::with_capacity(capacity),
            values: Vec::with_capacity(capacity),
            free: NONE,
            occupied: 0,
            sequence: 0,
        }
    }

    /// The number of entries.
    ///
    /// ```
    /// let mut heap = uv_timers::Heap::new();
    /// heap.push(7, 'a');
    /// assert_eq!(heap.len(), 1);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no entry.
    ///
    /// ```
    /// assert!(uv_timers::Heap::<u8>::new().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// How many entries the heap can hold before it allocates again.
    ///
    /// ```
    /// let mut heap = uv_timers::Heap::with_capacity(2);
    /// let room = heap.capacity();
    /// for due in 0..room as u64 {
    ///     heap.push(due, ());
    /// }
    /// assert_eq!(heap.capacity(), room);
    /// ```
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.nodes.capacity().min(self.slots.capacity()).min(self.values.capacity())
    }

    /// Makes room for `additional` more entries than there are now.
    ///
    /// ```
    /// let mut heap = uv_timers::Heap::<u8>::new();
    /// heap.reserve(50);
    /// assert!(heap.capacity() >= 50);
    /// ```
    ///
    /// # Panics
    ///
    /// Where `Vec::reserve` does: if the room asked for is more than `isize::MAX` bytes.
    pub fn reserve(&mut self, additional: usize) {
        // Parked entries need a node when they come back; vacant slots are used before new ones.
        let parked = self.occupied - self.nodes.len();
        let vacant = self.slots.len() - self.occupied;
        self.nodes.reserve(additional.saturating_add(parked));
        self.slots.reserve(additional.saturating_sub(vacant));
        self.values.reserve(additional.saturating_sub(vacant));
    }

    /// Adds an entry, behind those that have an equal `due`.
    ///
    /// ```
    /// let mut heap = uv_timers::Heap::new();
    /// let key = heap.push(1_000, "later");
    /// assert_eq!(heap.peek(), Some((key, 1_000, &"later")));
    /// ```
    ///
    /// # Panics
    ///
    /// If the heap holds 2³² - 1 entries.
    pub fn push(&mut self, due: u64, value: T) -> Key {
        let key = self.insert_parked(value);
        self.schedule(key.index, due);
        key
    }

    /// The entry that is due first, without removing it.
    ///
    /// ```
    /// let mut heap = uv_timers::Heap::new();
    /// heap.push(9, 'b');
    /// let first = heap.push(3, 'a');
    /// assert_eq!(heap.peek(), Some((first, 3, &'a')));
    /// ```
    #[must_use]
    pub fn peek(&self) -> Option<(Key, u64, &T)> {
        let node = self.nodes.first()?;
        Some((self.key(node.slot), node.due, self.value(node.slot)))
    }

    /// Removes the entry that is due first.
    ///
    /// ```
    /// let mut heap = uv_timers::Heap::new();
    /// heap.push(9, 'b');
    /// let first = heap.push(3, 'a');
    /// assert_eq!(heap.pop(), Some((first, 3, 'a')));
    /// assert!(!heap.contains(first));
    /// ```
    pub fn pop(&mut self) -> Option<(Key, u64, T)> {
        let Node { due, slot, .. } = *self.nodes.first()?;
        let key = self.key(slot);
        self.unlink(0);
        Some((key, due, self.vacate(slot)))
    }

    /// Removes the entry `key`, or gives `None` if the key is stale.
    ///
    /// ```
    /// let mut heap = uv_timers::Heap::new();
    /// let key = heap.push(5, "five");
    /// assert_eq!(heap.remove(key), Some("five"));
    /// assert_eq!(heap.remove(key), None);
    /// ```
    pub fn remove(&mut self, key: Key) -> Option<T> {
        let position = self.position(key)?;
        if position != NONE {
            self.unlink(position as usize);
        }
        Some(self.vacate(key.index))
    }

    /// Gives the entry `key` another due time and puts it behind all that have an equal one, even where the time
    /// does not change. `false` if the key is stale.
    ///
    /// ```
    /// let mut heap = uv_timers::Heap::new();
    /// let a = heap.push(5, 'a');
    /// let b = heap.push(5, 'b');
    /// assert!(heap.reschedule(a, 5));
    /// assert_eq!(heap.pop(), Some((b, 5, 'b')));
    /// assert_eq!(heap.pop(), Some((a, 5, 'a')));
    /// assert!(!heap.reschedule(a, 6));
    /// ```
    pub fn reschedule(&mut self, key: Key, due: u64) -> bool {
        let Some(position) = self.position(key) else {
            return false;
        };
        if position == NONE {
            self.schedule(key.index, due);
            return true;
        }
        let position = position as usize;
        let sequence = self.next_sequence();
        let earlier = due < self.nodes[position].due;
        let node = Node { due, sequence, slot: key.index };
        if earlier {
            self.sift_up(position, node);
        } else {
            self.sift_down(position, node);
        }
        true
    }

    /// When the entry `key` is due, or `None` if the key is stale.
    ///
    /// ```
    /// let mut heap = uv_timers::Heap::new();
    /// let key = heap.push(5, ());
    /// assert_eq!(heap.due(key), Some(5));
    /// ```
    #[must_use]
    pub fn due(&self, key: Key) -> Option<u64> {
        let position = self.position(key)?;
        self.nodes.get(position as usize).map(|node| node.due)
    }

    /// The value of the entry `key`, or `None` if the key is stale.
    ///
    /// ```
    /// let mut heap = uv_timers::Heap::new();
    /// let key = heap.push(5, "five");
    /// assert_eq!(heap.get(key), Some(&"five"));
    /// ```
    #[must_use]
    pub fn get(&self, key: Key) -> Option<&T> {
        self.position(key)?;
        self.values[key.index as usize].as_ref()
    }

    /// The value of the entry `key`, to be changed in place, or `None` if the key is stale.
    ///
    /// ```
    /// let mut heap = uv_timers::Heap::new();
    /// let key = heap.push(5, 1);
    /// *heap.get_mut(key).unwrap() += 1;
    /// assert_eq!(heap.pop(), Some((key, 5, 2)));
    /// ```
    #[must_use]
    pub fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        self.position(key)?;
        self.values[key.index as usize].as_mut()
    }

    /// Whether `key` names an entry: `false` once that was removed or popped.
    ///
    /// ```
    /// let mut heap = uv_timers::Heap::new();
    /// let key = heap.push(5, ());
    /// assert!(heap.contains(key));
    /// heap.clear();
    /// assert!(!heap.contains(key));
    /// ```
    #[must_use]
    pub fn contains(&self, key: Key) -> bool {
        self.position(key).is_some()
    }

    /// All entries, in an arbitrary order.
    ///
    /// ```
    /// let mut heap = uv_timers::Heap::new();
    /// heap.push(5, 'a');
    /// heap.push(3, 'b');
    /// let latest = heap.iter().map(|(_, due, _)| due).max();
    /// assert_eq!(latest, Some(5));
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (Key, u64, &T)> {
        self.nodes.iter().map(|node| (self.key(node.slot), node.due, self.value(node.slot)))
    }

    /// Removes and drops all entries in an arbitrary order; their keys become stale and the room is kept.
    ///
    /// ```
    /// let mut heap = uv_timers::Heap::new();
    /// heap.push(5, 'a');
    /// heap.clear();
    /// assert!(heap.is_empty());
    /// assert!(heap.capacity() >= 1);
    /// ```
    pub fn clear(&mut self) {
        // A heap without its last node is a heap: should a value's drop panic, all is in order behind it.
        while let Some(node) = self.nodes.pop() {
            drop(self.vacate(node.slot));
        }
    }

    /// Adds an entry that has a key but no due time: `reschedule` gives it one.
    pub(crate) fn insert_parked(&mut self, value: T) -> Key {
        let index = if self.free == NONE {
            let index = u32::try_from(self.slots.len())
                .ok()
                .filter(|&index| index != NONE)
                .expect("a heap holds fewer than 2^32 entries");
            self.slots.push(Slot { generation: 0, position: NONE });
            self.values.push(None);
            index
        } else {
            let index = self.free;
            self.free = self.slots[index as usize].position;
            index
        };
        let slot = &mut self.slots[index as usize];
        slot.generation += 1;
        slot.position = NONE;
        self.values[index as usize] = Some(value);
        self.occupied += 1;
        self.key(index)
    }

    /// Takes the due time from an entry and keeps the rest of it. `false` if it has none, or if the key is stale.
    pub(crate) fn park(&mut self, key: Key) -> bool {
        match self.position(key) {
            None | Some(NONE) => false,
            Some(position) => {
                self.unlink(position as usize);
                self.slots[key.index as usize].position = NONE;
                true
            }
        }
    }

    /// The number of entries with the parked ones.
    pub(crate) fn len_with_parked(&self) -> usize {
        self.occupied
    }

    /// All entries with the parked ones, in an arbitrary order.
    pub(crate) fn iter_with_parked(&self) -> impl Iterator<Item = (Key, &T)> {
        (0..).zip(&self.values).filter_map(|(index, value)| value.as_ref().map(|value| (self.key(index), value)))
    }

    /// `clear` which takes the parked entries too.
    pub(crate) fn clear_with_parked(&mut self) {
        self.clear();
        for index in 0..self.values.len() {
            if self.values[index].is_some() {
                drop(self.vacate(index as u32));
            }
        }
    }

    /// The position of a live entry, `Some(NONE)` where it is parked, `None` for a stale key.
    fn position(&self, key: Key) -> Option<u32> {
        let slot = self.slots.get(key.index as usize)?;
        (slot.generation == key.generation.get()).then_some(slot.position)
    }

    fn key(&self, index: u32) -> Key {
        let generation = NonZeroU32::new(self.slots[index as usize].generation);
        Key { index, generation: generation.expect("an occupied slot has an odd generation") }
    }

    fn value(&self, index: u32) -> &T {
        self.values[index as usize].as_ref().expect("an occupied slot has a value")
    }

    fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    fn schedule(&mut self, index: u32, due: u64) {
        let node = Node { due, sequence: self.next_sequence(), slot: index };
        self.nodes.push(node);
        self.sift_up(self.nodes.len() - 1, node);
    }

    /// Makes the key of an entry stale and takes its value; its node must be gone already.
    fn vacate(&mut self, index: u32) -> T {
        let slot = &mut self.slots[index as usize];
        // A slot whose generations are used up is not listed as free and so never used again: generation 0 is in
        // no key, so all of its keys stay stale.
        slot.generation = slot.generation.wrapping_add(1);
        if slot.generation != 0 {
            slot.position = self.free;
            self.free = index;
        }
        self.occupied -= 1;
        self.values[index as usize].take().expect("an occupied slot has a value")
    }

    /// Takes the node at `position` out of the order.
    fn unlink(&mut self, position: usize) {
        let Some(last) = self.nodes.pop() else { return };
        if position == self.nodes.len() {
            return;
        }
        if position > 0 && last.before(&self.nodes[parent(position)]) {
            self.sift_up(position, last);
        } else {
            self.sift_down(position, last);
        }
    }

    /// Puts `node` at `position` or as far above it as it belongs.
    fn sift_up(&mut self, mut position: usize, node: Node) {
        while position > 0 {
            let above = parent(position);
            if !node.before(&self.nodes[above]) {
                break;
            }
            self.place(position, self.nodes[above]);
            position = above;
        }
        self.place(position, node);
    }

    /// Puts `node` at `position` or as far below it as it belongs.
    fn sift_down(&mut self, mut position: usize, node: Node) {
        loop {
            let first = ARITY * position + 1;
            let end = (first + ARITY).min(self.nodes.len());
            if first >= end {
                break;
            }
            let mut least = first;
            for child in first + 1..end {
                if self.nodes[child].before(&self.nodes[least]) {
                    least = child;
                }
            }
            if !self.nodes[least].before(&node) {
                break;
            }
            self.place(position, self.nodes[least]);
            position = least;
        }
        self.place(position, node);
    }

    fn place(&mut self, position: usize, node: Node) {
        self.nodes[position] = node;
        self.slots[node.slot as usize].position = position as u32;
    }
}

impl<T> Default for Heap<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Heap<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heap")
            .field("len", &self.len())
            .field("first_due", &self.nodes.first().map(|node| node.due))
            .finish_non_exhaustive()
    }
}

const ARITY: usize = 4;

/// No position, and no next vacant slot.
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Node {
    due: u64,
    /// Unique: it decides between equal due times.
    sequence: u64,
    slot: u32,
}

impl Node {
    fn before(&self, other: &Self) -> bool {
        self.rank() < other.rank()
    }

    /// Both parts as one number, which is compared without a branch between them.
    fn rank(&self) -> u128 {
        u128::from(self.due) << 64 | u128::from(self.sequence)
    }
}

struct Slot {
    /// Odd while the slot is occupied. It grows by one when an entry comes and when it goes.
    generation: u32,
    /// The index in `nodes`, or `NONE` if parked; in a vacant slot the next vacant one.
    position: u32,
}

fn parent(position: usize) -> usize {
    (position - 1) / ARITY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_out_of_generations_is_retired() {
        let mut heap = Heap::new();
        let first = heap.push(1, 'a');
        heap.remove(first);
        // Two uses are left: generations u32::MAX - 2 and u32::MAX.
        heap.slots[0].generation = u32::MAX - 3;
        let last_but_one = heap.push(1, 'b');
        assert_eq!(heap.remove(last_but_one), Some('b'));
        let last = heap.push(1, 'c');
        assert_eq!(last.index, 0);
        assert_eq!(last.generation.get(), u32::MAX);
        assert_eq!(heap.remove(last), Some('c'));

        let fresh = heap.push(1, 'd');
        assert_eq!(fresh.index, 1);
        for stale in [first, last_but_one, last] {
            assert!(!heap.contains(stale));
            assert_eq!(heap.remove(stale), None);
        }
        assert_eq!(heap.pop(), Some((fresh, 1, 'd')));
        assert_eq!(heap.push(2, 'e').index, 1);
        assert_eq!(heap.iter_with_parked().count(), 1);
        heap.clear_with_parked();
        assert_eq!(heap.iter_with_parked().count(), 0);
    }

    #[test]
    fn option_of_key_has_no_cost() {
        assert_eq!(size_of::<Option<Key>>(), 8);
        assert_eq!(size_of::<Node>(), 24);
    }
}
