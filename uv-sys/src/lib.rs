#![doc = include_str!("../README.md")]

mod clock;
mod error;
mod fd;
mod forks;
pub mod net;
pub mod os;
mod poller;
pub mod resolve;
pub mod signal;
pub mod spawn;
mod sys;
mod waker;

pub use clock::{Clock, ManualClock, MonotonicClock};
pub use error::{Error, Result};
pub use fd::set_nonblocking;
pub use forks::Forks;
pub use poller::{Event, Events, Interest, Poller};
pub use waker::Waker;
