#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod child_process;
mod delay;
pub mod dns;
mod drain;
mod engine;
mod events;
pub mod fs;
mod immediate;
pub mod net;
mod promise;
mod runtime;
mod task;
mod timers;

pub use delay::Delay;
pub use drain::DrainRule;
pub use engine::{Engine, Origin};
pub use events::{EventEmitter, ListenerId};
pub use immediate::Immediate;
pub use promise::{Promise, Resolver};
pub use runtime::{Builder, Runtime};
pub use task::{Outcome, Thrown};
pub use timers::Timeout;

pub use uv_sys::os;

pub use uv_loop::{Clock, Error, JobError, Loop, ManualClock, MonotonicClock, Pool, Work, threads_from};
