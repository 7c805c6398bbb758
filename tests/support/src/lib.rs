//! What the tests of several crates share: children of a `fork`, and an allocator that counts.

pub use allocations::{Counting, allocations_of, count_allocations, live_bytes};
pub use fork::fork;

mod allocations;
mod fork;
