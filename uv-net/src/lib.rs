#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod pipe;
mod socket;
mod stream;
mod tcp;
mod tty;

pub use pipe::Pipe;
pub use socket::{HandleType, guess_handle, pipe, socketpair};
pub use stream::Stream;
pub use stream::read::{ReadBuf, ReadOwner};
pub use stream::write::WriteOwner;
pub use tcp::{BindOptions, KeepAlive, Tcp};
pub use tty::{Tty, TtyMode, reset_mode};
pub use uv_sys::{Error, Result};
