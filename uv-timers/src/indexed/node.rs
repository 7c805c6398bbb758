//! What the parts of a heap are made of.

/// Nothing: it comes after every node.
pub(super) const VACANT: Node = Node { due: u64::MAX, sequence: u32::MAX, id: u32::MAX };

#[derive(Clone, Copy)]
pub(super) struct Node {
    pub(super) due: u64,
    /// Decides between equal due times.
    pub(super) sequence: u32,
    pub(super) id: u32,
}

impl Node {
    pub(super) fn before(&self, other: &Self) -> bool {
        self.rank() < other.rank()
    }

    /// All of the order as one number, which is compared without a branch between its parts.
    pub(super) fn rank(&self) -> u128 {
        u128::from(self.due) << 64 | u128::from(self.sequence) << 32 | u128::from(self.id)
    }

    pub(super) fn is_vacant(&self) -> bool {
        self.id == VACANT.id
    }
}
