//! The 4-ary heap.

use alloc::vec::Vec;

use super::node::{Node, VACANT};

const ARITY: usize = 4;

/// The position of the root: the groups behind it are all siblings.
pub(super) const ROOT: usize = ARITY - 1;

/// A 4-ary heap whose siblings are one group. The last place of group 0 is the root's and its other places stay vacant;
/// the children of the node at position `p` (counted over all groups) are group `p - 2`. What is left over of the last
/// group is vacant, so that it can be searched like the others.
///
/// Whatever moves a node writes its position down in `positions`, by its id.
#[derive(Clone, Default)]
pub(super) struct Tree {
    groups: Vec<[Node; ARITY]>,
    len: usize,
}

impl Tree {
    pub(super) const fn new() -> Self {
        Self { groups: Vec::new(), len: 0 }
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) fn capacity(&self) -> usize {
        self.groups.capacity().saturating_mul(ARITY).saturating_sub(ROOT)
    }

    pub(super) fn reserve_total(&mut self, total: usize) {
        let groups = total.saturating_add(ROOT).div_ceil(ARITY);
        self.groups.reserve(groups.saturating_sub(self.groups.len()));
    }

    /// The first node of all, or a vacant one.
    pub(super) fn first(&self) -> Node {
        self.groups.first().map_or(VACANT, |group| group[ROOT])
    }

    pub(super) fn nodes(&self) -> &[Node] {
        let all = self.groups.as_flattened();
        if all.is_empty() { all } else { &all[ROOT..ROOT + self.len] }
    }

    pub(super) fn node(&self, position: usize) -> Node {
        self.groups[position / ARITY][position % ARITY]
    }

    pub(super) fn clear(&mut self) {
        self.groups.clear();
        self.len = 0;
    }

    pub(super) fn push(&mut self, node: Node, positions: &mut [u32]) {
        let position = ROOT + self.len;
        if position / ARITY >= self.groups.len() {
            self.groups.push([VACANT; ARITY]);
        }
        self.len += 1;
        self.sift_up(position, node, positions);
    }

    /// Puts `node` in the place of the one at `position`, which has the same id.
    pub(super) fn replace(&mut self, position: usize, node: Node, positions: &mut [u32]) {
        if node.before(&self.node(position)) {
            self.sift_up(position, node, positions);
        } else {
            self.sift_down(position, node, positions);
        }
    }

    /// Takes the node at `position` out. Its entry in `positions` is left as it is.
    pub(super) fn remove(&mut self, position: usize, positions: &mut [u32]) -> Node {
        let removed = self.node(position);
        self.len -= 1;
        let end = ROOT + self.len;
        let last = core::mem::replace(&mut self.groups[end / ARITY][end % ARITY], VACANT);
        if end.is_multiple_of(ARITY) {
            self.groups.pop();
        }
        if position == end {
            // Nothing has to take its place.
        } else if position > ROOT && last.before(&self.node(parent(position))) {
            self.sift_up(position, last, positions);
        } else {
            self.sift_down(position, last, positions);
        }
        removed
    }

    /// Puts `node` at `position` or as far above it as it belongs.
    fn sift_up(&mut self, mut position: usize, node: Node, positions: &mut [u32]) {
        while position > ROOT {
            let above = self.node(parent(position));
            if !node.before(&above) {
                break;
            }
            self.place(position, above, positions);
            position = parent(position);
        }
        self.place(position, node, positions);
    }

    /// Puts `node` at `position` or as far below it as it belongs.
    fn sift_down(&mut self, mut position: usize, node: Node, positions: &mut [u32]) {
        while let Some(children) = self.groups.get(first_child(position) / ARITY) {
            // A match of two rounds rather than a search: its comparisons need no branch.
            let left = usize::from(children[1].before(&children[0]));
            let right = 2 + usize::from(children[3].before(&children[2]));
            let least = if children[right].before(&children[left]) { right } else { left };
            let child = children[least];
            if !child.before(&node) {
                break;
            }
            self.place(position, child, positions);
            position = first_child(position) + least;
        }
        self.place(position, node, positions);
    }

    fn place(&mut self, position: usize, node: Node, positions: &mut [u32]) {
        self.groups[position / ARITY][position % ARITY] = node;
        positions[node.id as usize] = position as u32;
    }

    /// Parents come before their children, and what is not used is vacant.
    #[cfg(test)]
    pub(super) fn check(&self) {
        for (position, node) in self.groups.as_flattened().iter().enumerate() {
            let used = (ROOT..ROOT + self.len).contains(&position);
            assert_eq!(used, !node.is_vacant());
            assert!(!used || position == ROOT || self.node(parent(position)).before(node));
        }
        assert!(self.groups.len() <= (ROOT + self.len).div_ceil(ARITY));
    }
}

fn parent(position: usize) -> usize {
    position / ARITY + (ROOT - 1)
}

fn first_child(position: usize) -> usize {
    (position - (ROOT - 1)) * ARITY
}
