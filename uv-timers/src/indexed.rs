use alloc::vec::Vec;
use core::fmt;

use self::node::Node;
use self::run::{IN_RUN, Run};
use self::tree::Tree;

mod node;
mod run;
#[cfg(test)]
mod tests;
mod tree;

/// A priority queue of small numbers by due time: the order of a [`Heap`](crate::Heap), without its values and keys.
///
/// An entry is an id that the caller owns, such as the index of a slot in a slab, and a due time. Each id is in the
/// heap once at most. Entries with equal due times leave in the order in which they were inserted or rescheduled,
/// always. Due times are plain `u64` in whatever unit the caller likes.
///
/// `insert`, `reschedule`, `remove` and `pop` take O(log n); `peek` and lookups O(1). Where the entries come in the order
/// of their due times, as timers with one and the same timeout do, all is O(1). An entry takes 16 bytes, and
/// every id up to the largest one there ever was 4 more: ids want to be small and dense. Room is kept and
/// used again; a heap never allocates for what it has [`capacity`](Self::capacity) for.
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
    /// What came behind all that was in it. The first entry of all is the first of the run or the first of the tree.
    run: Run,
    /// What did not.
    tree: Tree,
    /// The position of each id in the run (marked by `IN_RUN`) or in the tree, or `NOWHERE`.
    positions: Vec<u32>,
    next_sequence: u32,
    /// How many entries did not fit behind the run since it last gave way.
    kept_out: usize,
}

impl IndexedHeap {
    /// The largest id: 2³¹ - 5.
    ///
    /// ```
    /// assert!(uv_timers::IndexedHeap::MAX_ID > 2_000_000_000);
    /// ```
    pub const MAX_ID: u32 = IN_RUN - 5;

    /// An empty heap, which has allocated nothing.
    ///
    /// ```
    /// assert_eq!(uv_timers::IndexedHeap::new().capacity(), 0);
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self { run: Run::new(), tree: Tree::new(), positions: Vec::new(), next_sequence: 0, kept_out: 0 }
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
        self.run.len() + self.tree.len()
    }

    /// Whether there is no entry.
    ///
    /// ```
    /// assert!(uv_timers::IndexedHeap::new().is_empty());
    /// ```
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
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
        self.run.capacity().min(self.tree.capacity()).min(self.positions.capacity())
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
        let total = self.len().saturating_add(additional);
        if total > 0 {
            self.run.reserve_total(total);
            self.tree.reserve_total(total);
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
        if let Some(before) = self.due(id) {
            self.reschedule(id, due);
            return Some(before);
        }
        if id as usize >= self.positions.len() {
            assert!(id <= Self::MAX_ID, "{id} is no id of a heap");
            self.positions.resize(id as usize + 1, NOWHERE);
        }
        let node = Node { due, sequence: self.take_sequence(), id };
        self.push(node);
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
        if !self.contains(id) {
            return false;
        }
        // First, as it may move the node.
        let node = Node { due, sequence: self.take_sequence(), id };
        match self.place(id) {
            Some(Place::Tree(position)) if !self.run.takes(due) => {
                self.tree.replace(position, node, &mut self.positions);
            }
            _ => {
                self.take(id);
                self.push(node);
            }
        }
        true
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
        self.take(id).map(|node| node.due)
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
    #[inline]
    pub fn peek(&self) -> Option<(u32, u64)> {
        if self.is_empty() {
            return None;
        }
        let first = self.first();
        Some((first.id, first.due))
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
    #[inline]
    pub fn pop_due(&mut self, now: u64) -> Option<(u32, u64)> {
        let (id, due) = self.peek().filter(|&(_, due)| due <= now)?;
        self.take(id);
        Some((id, due))
    }

    /// When `id` is due, or `None` if it is not in the heap.
    ///
    /// ```
    /// let mut heap = uv_timers::IndexedHeap::new();
    /// heap.insert(1, 9);
    /// assert_eq!((heap.due(1), heap.due(0)), (Some(9), None));
    /// ```
    #[must_use]
    #[inline]
    pub fn due(&self, id: u32) -> Option<u64> {
        match self.place(id)? {
            Place::Run(position) => Some(self.run.node(position).due),
            Place::Tree(position) => Some(self.tree.node(position).due),
        }
    }

    /// Whether `id` is in the heap.
    ///
    /// ```
    /// let mut heap = uv_timers::IndexedHeap::new();
    /// heap.insert(1, 9);
    /// assert!(heap.contains(1) && !heap.contains(0));
    /// ```
    #[must_use]
    #[inline]
    pub fn contains(&self, id: u32) -> bool {
        self.place(id).is_some()
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
        self.run.nodes().chain(self.tree.nodes()).map(|node| (node.id, node.due))
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
        for node in self.run.nodes().chain(self.tree.nodes()) {
            self.positions[node.id as usize] = NOWHERE;
        }
        self.run.clear();
        self.tree.clear();
    }

    /// Takes out an id that costs O(1), whenever it is due.
    pub(crate) fn pop_any(&mut self) -> Option<u32> {
        let node = self.tree.nodes().last().or_else(|| self.run.nodes().next())?;
        self.take(node.id).map(|node| node.id)
    }

    fn place(&self, id: u32) -> Option<Place> {
        match *self.positions.get(id as usize)? {
            NOWHERE => None,
            position if position & IN_RUN != 0 => Some(Place::Run(position as usize)),
            position => Some(Place::Tree(position as usize)),
        }
    }

    /// The first node, or a vacant one.
    fn first(&self) -> Node {
        let (run, tree) = (self.run.first(), self.tree.first());
        if run.before(&tree) { run } else { tree }
    }

    /// Adds a node whose id has a place in `positions` and no position.
    fn push(&mut self, node: Node) {
        if self.run.takes(node.due) {
            self.run.push(node, &mut self.positions);
            return;
        }
        self.kept_out += 1;
        if self.kept_out <= PATIENCE * (self.run.len() + PATIENCE) {
            self.tree.push(node, &mut self.positions);
            return;
        }
        // Whatever is due late in the run gives way to those that it keeps out. An entry moves only once.
        self.kept_out = 0;
        while let Some(node) = self.run.pop_first() {
            self.tree.push(node, &mut self.positions);
        }
        self.run.push(node, &mut self.positions);
    }

    /// Takes the node of `id` out.
    fn take(&mut self, id: u32) -> Option<Node> {
        let node = match self.place(id)? {
            Place::Run(position) => self.run.remove(position),
            Place::Tree(position) => self.tree.remove(position, &mut self.positions),
        };
        self.positions[id as usize] = NOWHERE;
        Some(node)
    }

    fn take_sequence(&mut self) -> u32 {
        if self.is_empty() {
            self.next_sequence = 0;
        } else if self.next_sequence == u32::MAX {
            self.renumber();
        }
        self.next_sequence += 1;
        self.next_sequence - 1
    }

    /// Numbers the nodes anew in the order in which they leave. Being sorted, they all go into the run.
    #[cold]
    fn renumber(&mut self) {
        let mut nodes: Vec<Node> = self.run.nodes().chain(self.tree.nodes()).copied().collect();
        nodes.sort_unstable_by_key(Node::rank);
        self.run.clear();
        self.tree.clear();
        self.next_sequence = nodes.len() as u32;
        for (sequence, node) in (0..).zip(nodes) {
            self.run.push(Node { sequence, ..node }, &mut self.positions);
        }
    }
}

impl fmt::Debug for IndexedHeap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IndexedHeap").field("len", &self.len()).field("first", &self.peek()).finish_non_exhaustive()
    }
}

/// How many entries an entry of the run may keep out of it before the run gives way.
const PATIENCE: usize = 4;

/// The position of an id that is not in the heap: the tree has no node there, and those of the run are marked.
const NOWHERE: u32 = 0;

enum Place {
    Run(usize),
    Tree(usize),
}
