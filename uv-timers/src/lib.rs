#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod heap;
mod queue;

pub use heap::{Heap, Key};
pub use queue::TimerQueue;
