#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod job;
mod pool;
mod primitive;
mod size;
mod sleep;
mod worker;

pub use job::{CancelError, Job, JobError};
pub use pool::{Builder, Pool};
pub use size::{DEFAULT_THREADS, MAX_THREADS, threads_from};
pub use worker::Counters;
