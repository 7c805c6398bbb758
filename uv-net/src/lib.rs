#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod pipe;
mod socket;
mod stream;
mod tcp;
mod tty;
mod udp;

pub use pipe::Pipe;
pub use socket::{HandleType, guess_handle, pipe, socketpair};
pub use stream::Stream;
pub use stream::read::{ReadBuf, ReadOwner};
pub use stream::write::WriteOwner;
pub use tcp::{BindOptions, KeepAlive, Tcp};
pub use tty::{Tty, TtyMode, reset_mode};
pub use udp::{Datagram, Interface, Outgoing, Received, ReceivedBuffer, SendRequest, Udp, UdpFlags, UdpOptions};
pub use uv_sys::resolve::Family;
pub use uv_sys::{Error, Result};
