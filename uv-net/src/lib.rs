#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod socket;
mod stream;
mod tcp;
mod write;

pub use tcp::Tcp;
pub use uv_sys::{Error, Result};
