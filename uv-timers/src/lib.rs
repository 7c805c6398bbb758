#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod heap;
mod indexed;
mod queue;

pub use heap::{Heap, Key};
pub use indexed::IndexedHeap;
pub use queue::TimerQueue;
