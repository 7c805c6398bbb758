use alloc::vec::Vec;
use core::fmt;
use core::num::NonZeroU32;

use crate::IndexedHeap;

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
/// Removed entries leave room that later ones use; a heap never allocates for what it has [`capacity`](Self::capacity)
/// for. A heap holds at most 2³¹ - 4 entries.
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
    /// The slots of the entries that have a due time.
    order: IndexedHeap,
    slots: Vec<Slot<T>>,
    /// First link of the list of vacant slots, or `NONE`.
    free: u32,
    /// Entries with the parked ones: occupied slots.
    occupied: usize,
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
        Self { order: IndexedHeap::new(), slots: Vec::new(), free: NONE, occupied: 0 }
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
            order: IndexedHeap::with_capacity(capacity),
            slots: Vec::with_capacity(capacity),
            free: NONE,
            occupied: 0,
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
        self.order.len()
    }

    /// Whether there is no entry.
    ///
    /// ```
    /// assert!(uv_timers::Heap::<u8>::new().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
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
        self.order.capacity().min(self.slots.capacity())
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
        // Vacant slots are used before new ones.
        let vacant = self.slots.len() - self.occupied;
        self.slots.reserve(additional.saturating_sub(vacant));
        let slots = self.occupied.saturating_add(additional).max(self.slots.len());
        self.order.reserve(slots - self.order.len());
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
    /// If the heap holds 2³¹ - 4 entries.
    pub fn push(&mut self, due: u64, value: T) -> Key {
        let key = self.insert_parked(value);
        self.order.insert(key.index, due);
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
        let (index, due) = self.order.peek()?;
        Some((self.key(index), due, self.value(index)))
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
        let (index, due) = self.order.pop()?;
        let key = self.key(index);
        Some((key, due, self.vacate(index)))
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
        self.slot(key)?;
        self.order.remove(key.index);
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
        let known = self.contains(key);
        if known {
            self.order.insert(key.index, due);
        }
        known
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
        self.slot(key)?;
        self.order.due(key.index)
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
        self.slot(key)?.value.as_ref()
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
        let slot = self.slots.get_mut(key.index as usize)?;
        if slot.generation == key.generation.get() { slot.value.as_mut() } else { None }
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
        self.slot(key).is_some()
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
        self.order.iter().map(|(index, due)| (self.key(index), due, self.value(index)))
    }

    /// Removes and drops all entries in an arbitrary order; their keys become stale and the room is kept.
    ///
    /// ```
    /// let mut heap = uv_timers::Heap::with_capacity(8);
    /// heap.push(5, 'a');
    /// heap.clear();
    /// assert!(heap.is_empty());
    /// assert!(heap.capacity() >= 8);
    /// ```
    pub fn clear(&mut self) {
        // Should a value's drop panic, all is in order behind it.
        while let Some(index) = self.order.pop_any() {
            drop(self.vacate(index));
        }
    }

    /// Adds an entry that has a key but no due time: `reschedule` gives it one.
    pub(crate) fn insert_parked(&mut self, value: T) -> Key {
        let index = if self.free == NONE {
            let index = u32::try_from(self.slots.len()).ok().filter(|&index| index <= IndexedHeap::MAX_ID);
            let index = index.expect("a heap holds at most 2^31 - 4 entries");
            self.slots.push(Slot { generation: 0, next_free: NONE, value: None });
            index
        } else {
            let index = self.free;
            self.free = self.slots[index as usize].next_free;
            index
        };
        let slot = &mut self.slots[index as usize];
        slot.generation += 1;
        slot.value = Some(value);
        self.occupied += 1;
        self.key(index)
    }

    /// Takes the due time from the entry that is due first, if that is at `now` or earlier, and keeps the rest of it.
    pub(crate) fn park_due(&mut self, now: u64) -> Option<u32> {
        self.order.pop_due(now).map(|(index, _)| index)
    }

    /// Takes the due time from an entry and keeps the rest of it. `false` if it has none, or if the key is stale.
    pub(crate) fn park(&mut self, key: Key) -> bool {
        self.contains(key) && self.order.remove(key.index).is_some()
    }

    /// The number of entries with the parked ones.
    pub(crate) fn len_with_parked(&self) -> usize {
        self.occupied
    }

    /// All entries with the parked ones, in an arbitrary order.
    pub(crate) fn iter_with_parked(&self) -> impl Iterator<Item = (Key, &T)> {
        (0..).zip(&self.slots).filter_map(|(index, slot)| slot.value.as_ref().map(|value| (self.key(index), value)))
    }

    /// `clear` which takes the parked entries too.
    pub(crate) fn clear_with_parked(&mut self) {
        self.clear();
        for index in 0..self.slots.len() {
            if self.slots[index].value.is_some() {
                drop(self.vacate(index as u32));
            }
        }
    }

    /// The slot of an entry, `None` for a stale key.
    fn slot(&self, key: Key) -> Option<&Slot<T>> {
        self.slots.get(key.index as usize).filter(|slot| slot.generation == key.generation.get())
    }

    /// The key of an occupied slot.
    pub(crate) fn key(&self, index: u32) -> Key {
        let generation = NonZeroU32::new(self.slots[index as usize].generation);
        Key { index, generation: generation.expect("an occupied slot has an odd generation") }
    }

    fn value(&self, index: u32) -> &T {
        self.slots[index as usize].value.as_ref().expect("an occupied slot has a value")
    }

    /// The value of an occupied slot.
    pub(crate) fn value_mut(&mut self, index: u32) -> &mut T {
        self.slots[index as usize].value.as_mut().expect("an occupied slot has a value")
    }

    /// Makes the key of an entry stale and takes its value; its due time must be gone already.
    fn vacate(&mut self, index: u32) -> T {
        let slot = &mut self.slots[index as usize];
        // A slot whose generations are used up is not listed as free and so never used again: generation 0 is in
        // no key, so all of its keys stay stale.
        slot.generation = slot.generation.wrapping_add(1);
        if slot.generation != 0 {
            slot.next_free = self.free;
            self.free = index;
        }
        self.occupied -= 1;
        slot.value.take().expect("an occupied slot has a value")
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
            .field("first_due", &self.order.peek().map(|(_, due)| due))
            .finish_non_exhaustive()
    }
}

/// No slot.
pub(crate) const NONE: u32 = u32::MAX;

struct Slot<T> {
    /// Odd while the slot is occupied. It grows by one when an entry comes and when it goes.
    generation: u32,
    /// In a vacant slot the next vacant one.
    next_free: u32,
    value: Option<T>,
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
    }

    #[test]
    fn a_slot_adds_8_bytes() {
        assert_eq!(size_of::<Slot<u64>>(), 8 + size_of::<Option<u64>>());
    }
}
