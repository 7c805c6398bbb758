#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod builder;
mod error;
mod job;
mod lane;
mod pool;
mod primitive;
mod queue;
mod size;
mod sleep;
mod task;
mod worker;

pub use builder::Builder;
pub use error::{CancelError, JobError};
pub use job::Job;
pub use lane::Lane;
pub use pool::Pool;
pub use size::{DEFAULT_THREADS, MAX_THREADS, threads_from};
pub use task::Task;
pub use worker::Counters;
