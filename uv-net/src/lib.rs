#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod async_stream;
mod async_udp;
mod dns;
#[cfg(feature = "futures-io")]
mod futures_io;
#[cfg(feature = "hyper")]
mod hyper;
mod ipc;
mod open_error;
mod pipe;
mod socket;
mod spare;
mod stream;
mod tcp;
mod tty;
mod udp;

pub use async_stream::{AsyncListener, AsyncStream};
pub use async_udp::AsyncUdp;
pub use dns::{
    HostName, Lookup, LookupFuture, NameInfo, getaddrinfo, getaddrinfo_sync, getnameinfo, getnameinfo_sync, ip_name,
    ip4_addr, ip6_addr, lookup, lookup_name,
};
#[cfg(feature = "hyper")]
pub use hyper::{HyperExecutor, HyperTimer};
pub use open_error::OpenError;
pub use pipe::Pipe;
pub use socket::{HandleType, guess_handle, pipe, socketpair};
pub use stream::done::RequestOwner;
pub use stream::read::{ReadBuf, ReadOwner};
pub use stream::write::WriteOwner;
pub use stream::{Stream, StreamStatus};
pub use tcp::{BindOptions, KeepAlive, Tcp};
pub use tty::{Tty, TtyMode, reset_mode};
pub use udp::{Datagram, Interface, Outgoing, Received, ReceivedBuffer, SendOwner, Udp, UdpFlags, UdpOptions};
pub use uv_sys::net::SocketName;
pub use uv_sys::resolve::{AddrFlags, AddrInfo, Family, Hints, NameFlags, Protocol, SocketType};
pub use uv_sys::{Error, Result};
