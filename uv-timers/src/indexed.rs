use alloc::vec::Vec;
use core::fmt;

#[cfg(test)]
mod tests;

/// A priority queue of small numbers by due time: the order of a [`Heap`](crate::Heap), without its values and keys.
///
/// An entry is an id that the caller owns, such as the index of a slot in a slab, and a due time. Each id is in the
/// heap once at most. Entries with equal due times leave in the order in which they were inserted or rescheduled,
/// always. Due times are plain `u64` in whatever unit the caller likes.
///
/// `insert`, `reschedule`, `remove` and `pop` take O(log n); `peek` and lookups O(1). An entry takes 16 bytes, and
/// every id up to the largest one there ever was 4 more: ids want to be small and dense. A heap that has once held
/// its largest number of entries and its largest id allocates no more.
///
/// ```
/// use uv_timers::IndexedHeap;
///
/// let mut heap = IndexedHeap::new();
/// heap.insert(0, 180);
/// heap.insert(1, 60);
/// heap.insert(2, 60);
/// assert_eq!(heap.remove(0), Some(180));
/// assert_eq!(heap.pop(), Some((1, 60)));
/// assert_eq!(heap.pop(), Some((2, 60)));
/// assert_eq!(heap.pop(), None);
/// ```
#[derive(Clone, Default)]
pub struct IndexedHeap {
    /// A 4-ary heap whose siblings are one group. The last place of group 0 is the root's and its other places stay
    /// vacant; the children of the node at position `p` (counted over all groups) are group `p - 2`.
    groups: Vec<[Node; ARITY]>,
    /// The position of each id, or `NONE`.
    positions: Vec<u32>,
    len: usize,
    next_sequence: u32,
}

impl IndexedHeap {
    /// The largest id: 2³² - 5.
    ///
    /// ```
    /// assert!(uv_timers::IndexedHeap::MAX_ID < u32::MAX);
    /// ```
    pub const MAX_ID: u32 = NONE - ARITY as u32;

    /// An empty heap, which has allocated nothing.
    ///
    /// ```
    /// assert_eq!(uv_timers::IndexedHeap::new().capacity(), 0);
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self { groups: Vec::new(), positions: Vec::new(), len: 0, next_sequence: 0 }
    }

    /// An empty heap with room for the ids `0..capacity`.
    ///
    /// ```
    /// assert!(uv_timers::IndexedHeap::with_capacity(100).capacity() >= 100);
    /// ```
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        let mut heap = Self::new();
        heap.reserve(capacity);
        heap
    }

    /// The number of entries.
    ///
    /// ```
    /// let mut heap = uv_timers::IndexedHeap::new();
    /// heap.insert(7, 1_000);
    /// assert_eq!(heap.len(), 1);
    /// ```
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no entry.
    ///
    /// ```
    /// assert!(uv_timers::IndexedHeap::new().is_empty());
    /// ```
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The heap can hold the ids `0..capacity` all at once without allocating.
    ///
    /// ```
    /// let mut heap = uv_timers::IndexedHeap::with_capacity(10);
    /// let room = heap.capacity();
    /// for id in 0..room as u32 {
    ///     heap.insert(id, 5);
    /// }
    /// assert_eq!(heap.capacity(), room);
    /// ```
    #[must_use]
    pub fn capacity(&self) -> usize {
        let nodes = self.groups.capacity().saturating_mul(ARITY).saturating_sub(ROOT);
        nodes.min(self.positions.capacity())
    }

    /// Makes room for `additional` more entries than there are now, if their ids are less than `len + additional`.
    ///
    /// ```
    /// let mut heap = uv_timers::IndexedHeap::new();
    /// heap.insert(0, 5);
    /// heap.reserve(50);
    /// assert!(heap.capacity() >= 51);
    /// ```
    ///
    /// # Panics
    ///
    /// Where `Vec::reserve` does: if the room asked for is more than `isize::MAX` bytes.
    pub fn reserve(&mut self, additional: usize) {
        let total = self.len.saturating_add(additional);
        if total > 0 {
            let groups = total.saturating_add(ROOT).div_ceil(ARITY);
            self.groups.reserve(groups.saturating_sub(self.groups.len()));
            self.positions.reserve(total.saturating_sub(self.positions.len()));
        }
    }

    /// Adds `id`, behind the entries that have an equal `due`. Where `id` is in the heap already it is rescheduled; its
    /// due time until then is returned.
    ///
    /// ```
    /// let mut heap = uv_timers::IndexedHeap::new();
    /// assert_eq!(heap.insert(3, 1_000), None);
    /// assert_eq!(heap.insert(3, 2_000), Some(1_000));
    /// assert_eq!(heap.peek(), Some((3, 2_000)));
    /// ```
    ///
    /// # Panics
    ///
    /// If `id` is greater than [`MAX_ID`](Self::MAX_ID).
    pub fn insert(&mut self, id: u32, due: u64) -> Option<u64> {
        if let Some(position) = self.position(id) {
            return Some(self.move_to(position, due));
        }
        if id as usize >= self.positions.len() {
            assert!(id <= Self::MAX_ID, "{id} is no id of a heap");
            self.positions.resize(id as usize + 1, NONE);
        }
        let node = Node { due, sequence: self.take_sequence(), id };
        let position = ROOT + self.len;
        if position / ARITY >= self.groups.len() {
            self.groups.push([VACANT; ARITY]);
        }
        self.len += 1;
        self.sift_up(position, node);
        None
    }

    /// Gives `id` another due time and puts it behind all that have an equal one, even where the time does not change.
    /// `false`, and nothing is changed, if `id` is not in the heap.
    ///
    /// ```
    /// let mut heap = uv_timers::IndexedHeap::new();
    /// heap.insert(0, 5);
    /// heap.insert(1, 5);
    /// assert!(heap.reschedule(0, 5));
    /// assert_eq!(heap.pop(), Some((1, 5)));
    /// assert!(!heap.reschedule(1, 9));
    /// ```
    pub fn reschedule(&mut self, id: u32, due: u64) -> bool {
        self.position(id).map(|position| self.move_to(position, due)).is_some()
    }

    /// Takes `id` out and returns its due time; `None` if it is not in the heap.
    ///
    /// ```
    /// let mut heap = uv_timers::IndexedHeap::new();
    /// heap.insert(4, 70);
    /// assert_eq!(heap.remove(4), Some(70));
    /// assert_eq!(heap.remove(4), None);
    /// ```
    pub fn remove(&mut self, id: u32) -> Option<u64> {
        let position = self.position(id)?;
        Some(self.unlink(position).due)
    }

    /// The id that is due first and its due time.
    ///
    /// ```
    /// let mut heap = uv_timers::IndexedHeap::new();
    /// heap.insert(1, 9);
    /// heap.insert(2, 3);
    /// assert_eq!(heap.peek(), Some((2, 3)));
    /// ```
    #[must_use]
    pub fn peek(&self) -> Option<(u32, u64)> {
        let root = self.groups.first()?[ROOT];
        (root.id != NONE).then_some((root.id, root.due))
    }

    /// Takes out the id that is due first and returns it with its due time.
    ///
    /// ```
    /// let mut heap = uv_timers::IndexedHeap::new();
    /// heap.insert(1, 9);
    /// heap.insert(2, 3);
    /// assert_eq!(heap.pop(), Some((2, 3)));
    /// assert!(!heap.contains(2));
    /// ```
    pub fn pop(&mut self) -> Option<(u32, u64)> {
        self.pop_due(u64::MAX)
    }

    /// [`pop`](Self::pop), if the first entry is due at `now` or earlier.
    ///
    /// ```
    /// let mut heap = uv_timers::IndexedHeap::new();
    /// heap.insert(1, 9);
    /// assert_eq!(heap.pop_due(8), None);
    /// assert_eq!(heap.pop_due(9), Some((1, 9)));
    /// ```
    pub fn pop_due(&mut self, now: u64) -> Option<(u32, u64)> {
        let first = self.peek().filter(|&(_, due)| due <= now);
        if first.is_some() {
            self.unlink(ROOT);
        }
        first
    }

    /// When `id` is due, or `None` if it is not in the heap.
    ///
    /// ```
    /// let mut heap = uv_timers::IndexedHeap::new();
    /// heap.insert(1, 9);
    /// assert_eq!((heap.due(1), heap.due(0)), (Some(9), None));
    /// ```
    #[must_use]
    pub fn due(&self, id: u32) -> Option<u64> {
        self.position(id).map(|position| self.node(position).due)
    }

    /// Whether `id` is in the heap.
    ///
    /// ```
    /// let mut heap = uv_timers::IndexedHeap::new();
    /// heap.insert(1, 9);
    /// assert!(heap.contains(1) && !heap.contains(0));
    /// ```
    #[must_use]
    pub fn contains(&self, id: u32) -> bool {
        self.position(id).is_some()
    }

    /// All ids with their due times, in an arbitrary order.
    ///
    /// ```
    /// let mut heap = uv_timers::IndexedHeap::new();
    /// heap.insert(1, 9);
    /// heap.insert(2, 3);
    /// assert_eq!(heap.iter().map(|(_, due)| due).max(), Some(9));
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (u32, u64)> {
        self.groups.as_flattened().iter().skip(ROOT).take(self.len).map(|node| (node.id, node.due))
    }

    /// Takes out all entries, in O(len), and keeps the room.
    ///
    /// ```
    /// let mut heap = uv_timers::IndexedHeap::new();
    /// heap.insert(1, 9);
    /// heap.clear();
    /// assert!(heap.is_empty() && !heap.contains(1));
    /// ```
    pub fn clear(&mut self) {
        for node in self.groups.as_flattened().iter().skip(ROOT).take(self.len) {
            self.positions[node.id as usize] = NONE;
        }
        self.groups.clear();
        self.len = 0;
        self.next_sequence = 0;
    }

    /// Takes out the last node, which costs O(1), whenever it is due.
    pub(crate) fn pop_any(&mut self) -> Option<u32> {
        let last = self.len.checked_sub(1)?;
        Some(self.unlink(ROOT + last).id)
    }

    fn position(&self, id: u32) -> Option<usize> {
        let position = *self.positions.get(id as usize)?;
        (position != NONE).then_some(position as usize)
    }

    fn node(&self, position: usize) -> Node {
        self.groups[position / ARITY][position % ARITY]
    }

    /// Gives the node at `position` another due time and returns the one it had.
    fn move_to(&mut self, position: usize, due: u64) -> u64 {
        // First, as it may move the node.
        let id = self.node(position).id;
        let sequence = self.take_sequence();
        let position = self.positions[id as usize] as usize;
        let before = self.node(position).due;
        let node = Node { due, sequence, id };
        if due < before {
            self.sift_up(position, node);
        } else {
            self.sift_down(position, node);
        }
        before
    }

    /// Takes the node at `position` out of the order.
    fn unlink(&mut self, position: usize) -> Node {
        let removed = self.node(position);
        self.positions[removed.id as usize] = NONE;
        self.len -= 1;
        let end = ROOT + self.len;
        let last = core::mem::replace(&mut self.groups[end / ARITY][end % ARITY], VACANT);
        if end.is_multiple_of(ARITY) {
            self.groups.pop();
        }
        if position == end {
            // Nothing has to take its place.
        } else if position > ROOT && last.before(&self.node(parent(position))) {
            self.sift_up(position, last);
        } else {
            self.sift_down(position, last);
        }
        removed
    }

    /// Puts `node` at `position` or as far above it as it belongs.
    fn sift_up(&mut self, mut position: usize, node: Node) {
        while position > ROOT {
            let above = self.node(parent(position));
            if !node.before(&above) {
                break;
            }
            self.place(position, above);
            position = parent(position);
        }
        self.place(position, node);
    }

    /// Puts `node` at `position` or as far below it as it belongs.
    fn sift_down(&mut self, mut position: usize, node: Node) {
        while let Some(children) = self.groups.get(first_child(position) / ARITY) {
            // A match of two rounds rather than a search: its comparisons need no branch.
            let left = usize::from(children[1].before(&children[0]));
            let right = 2 + usize::from(children[3].before(&children[2]));
            let least = if children[right].before(&children[left]) { right } else { left };
            let child = children[least];
            if !child.before(&node) {
                break;
            }
            self.place(position, child);
            position = first_child(position) + least;
        }
        self.place(position, node);
    }

    fn place(&mut self, position: usize, node: Node) {
        self.groups[position / ARITY][position % ARITY] = node;
        self.positions[node.id as usize] = position as u32;
    }

    fn take_sequence(&mut self) -> u32 {
        if self.len == 0 {
            self.next_sequence = 0;
        } else if self.next_sequence == u32::MAX {
            self.renumber();
        }
        self.next_sequence += 1;
        self.next_sequence - 1
    }

    /// Numbers the nodes anew in the order in which they leave: a sorted vector is a heap too.
    #[cold]
    fn renumber(&mut self) {
        let nodes = self.groups.as_flattened_mut();
        let nodes = &mut nodes[ROOT..ROOT + self.len];
        nodes.sort_unstable_by_key(Node::rank);
        for (sequence, node) in (0..).zip(nodes) {
            node.sequence = sequence;
            self.positions[node.id as usize] = sequence + ROOT as u32;
        }
        self.next_sequence = self.len as u32;
    }
}

impl fmt::Debug for IndexedHeap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IndexedHeap").field("len", &self.len).field("first", &self.peek()).finish_non_exhaustive()
    }
}

const ARITY: usize = 4;

/// The position of the root: the groups behind it are all siblings.
const ROOT: usize = ARITY - 1;

/// No id, and no position.
const NONE: u32 = u32::MAX;

/// Fills the last group. It comes after every node, so that a group can be searched without counting its nodes.
const VACANT: Node = Node { due: u64::MAX, sequence: u32::MAX, id: NONE };

#[derive(Clone, Copy)]
struct Node {
    due: u64,
    /// Decides between equal due times.
    sequence: u32,
    id: u32,
}

impl Node {
    fn before(&self, other: &Self) -> bool {
        self.rank() < other.rank()
    }

    /// All of the order as one number, which is compared without a branch between its parts.
    fn rank(&self) -> u128 {
        u128::from(self.due) << 64 | u128::from(self.sequence) << 32 | u128::from(self.id)
    }
}

fn parent(position: usize) -> usize {
    position / ARITY + (ROOT - 1)
}

fn first_child(position: usize) -> usize {
    (position - (ROOT - 1)) * ARITY
}
