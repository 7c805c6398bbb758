//! The sorted run.

use alloc::collections::VecDeque;

use super::node::{Node, VACANT};

/// Marks a position as one in the run, and not in the tree.
pub(super) const IN_RUN: u32 = 1 << 31;

/// More nodes than this and vacant places cannot be told apart by 31 bits.
const LIMIT: usize = IN_RUN as usize - 1;

/// So many places more than twice the nodes there may be.
const SLACK: usize = 8;

/// Nodes that came in the order in which they leave: both cost O(1). A node that is removed from the middle leaves a
/// vacant place; the first place and the last one are never vacant.
#[derive(Clone, Default)]
pub(super) struct Run {
    nodes: VecDeque<Node>,
    /// The position of the first place. Positions go up from there, modulo 2³¹, and stay when the first place goes.
    start: u32,
    len: usize,
}

impl Run {
    pub(super) const fn new() -> Self {
        Self { nodes: VecDeque::new(), start: 0, len: 0 }
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) fn capacity(&self) -> usize {
        self.nodes.capacity().saturating_sub(SLACK) / 2
    }

    pub(super) fn reserve_total(&mut self, total: usize) {
        let places = total.saturating_mul(2).saturating_add(SLACK);
        self.nodes.reserve(places.saturating_sub(self.nodes.len()));
    }

    /// The first node of all, or a vacant one.
    pub(super) fn first(&self) -> Node {
        self.nodes.front().copied().unwrap_or(VACANT)
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| !node.is_vacant())
    }

    pub(super) fn node(&self, position: usize) -> Node {
        self.nodes[self.place(position)]
    }

    pub(super) fn clear(&mut self) {
        self.nodes.clear();
        self.len = 0;
    }

    /// Whether a new node that is due then would come after all others.
    pub(super) fn takes(&self, due: u64) -> bool {
        self.nodes.back().is_none_or(|last| last.due <= due) && self.nodes.len() < LIMIT
    }

    /// Adds a node that comes after all others, and writes its position down.
    pub(super) fn push(&mut self, node: Node, positions: &mut [u32]) {
        if self.nodes.len() >= 2 * self.len + SLACK {
            self.close_ranks(positions);
        }
        positions[node.id as usize] = self.position(self.nodes.len());
        self.nodes.push_back(node);
        self.len += 1;
    }

    /// Takes the node at `position` out. Its entry in `positions` is left as it is.
    pub(super) fn remove(&mut self, position: usize) -> Node {
        let place = self.place(position);
        let removed = core::mem::replace(&mut self.nodes[place], VACANT);
        self.len -= 1;
        while self.nodes.front().is_some_and(Node::is_vacant) {
            self.nodes.pop_front();
            self.start = self.start.wrapping_add(1);
        }
        while self.nodes.back().is_some_and(Node::is_vacant) {
            self.nodes.pop_back();
        }
        if self.nodes.is_empty() {
            self.nodes.clear(); // from the beginning of its memory again
        }
        removed
    }

    /// Takes the first node out.
    pub(super) fn pop_first(&mut self) -> Option<Node> {
        (self.len > 0).then(|| self.remove(self.start as usize))
    }

    /// Removes the vacant places. There are as many as nodes, which pays for it.
    #[cold]
    fn close_ranks(&mut self, positions: &mut [u32]) {
        self.nodes.retain(|node| !node.is_vacant());
        for place in 0..self.nodes.len() {
            positions[self.nodes[place].id as usize] = self.position(place);
        }
    }

    fn position(&self, place: usize) -> u32 {
        self.start.wrapping_add(place as u32) | IN_RUN
    }

    fn place(&self, position: usize) -> usize {
        ((position as u32).wrapping_sub(self.start) & !IN_RUN) as usize
    }

    /// Due times never go down, both ends are taken, and the vacant places do not get out of hand.
    #[cfg(test)]
    pub(super) fn check(&self) {
        assert_eq!(self.nodes().count(), self.len);
        assert!(self.nodes().zip(self.nodes().skip(1)).all(|(node, next)| node.before(next)));
        assert!(self.nodes.front().is_none_or(|node| !node.is_vacant()));
        assert!(self.nodes.back().is_none_or(|node| !node.is_vacant()));
    }

    /// Lets the positions come to their end.
    #[cfg(test)]
    pub(super) fn start_at(&mut self, start: u32) {
        assert!(self.nodes.is_empty());
        self.start = start;
    }
}
