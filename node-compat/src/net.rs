//! Node's `net`: servers and sockets, over TCP and over Unix sockets, with Node's events in Node's order. Each callback of
//! the loop's is one macrotask, after which the queues are drained.
//!
//! A [`Socket`] emits `'connect'` and `'data'`, `'end'` when the other end has ended, `'finish'` when it has itself, and at
//! last, in the closing phase, `'close'`; an `'error'` comes from the nextTick queue before that. Writes go out at once if the
//! kernel takes them, and [`Socket::write`] says when to hold back.
//!
//! ```
//! use node_compat::{Runtime, net};
//!
//! let rt = Runtime::new()?;
//! let server = net::create_server(|rt, _, socket| {
//!     socket.on_data(rt, |rt, socket, bytes| {
//!         socket.write(rt, bytes);
//!     });
//! });
//! server.on_listening(|rt, server| {
//!     let address = server.address(rt).unwrap();
//!     let client = net::connect(rt, address, |rt, client| {
//!         client.write(rt, "hello");
//!     });
//!     let server = server.clone();
//!     client.on_data(rt, move |rt, client, bytes| {
//!         assert_eq!(bytes, b"hello");
//!         client.end(rt);
//!         server.close(rt);
//!     });
//! });
//! server.listen(&rt, ("127.0.0.1", 0))?;
//! assert_eq!(rt.run()?, 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! As in Node, an open socket or server stays where it is when nobody holds it any more: closing it is done by
//! [`Socket::end`], [`Socket::destroy`] and [`Server::close`], or by dropping the [`Runtime`].

mod connect;
mod ending;
mod endpoint;
mod error;
mod events;
mod handle;
mod options;
mod readable;
mod server;
mod socket;
mod writable;

pub use endpoint::Endpoint;
pub use error::NetError;
pub use server::{ListenOptions, Server, ServerOptions};
pub use socket::{Socket, SocketOptions};

use crate::{Outcome, Runtime};

/// A socket that connects, with a listener for its `'connect'`. As `net.connect`.
///
/// ```
/// use node_compat::{Runtime, net};
///
/// let server = std::net::TcpListener::bind("127.0.0.1:0")?;
/// let rt = Runtime::new()?;
/// net::connect(&rt, server.local_addr()?, |rt, socket| {
///     println!("connected to {}", socket.remote_addr(rt).unwrap());
///     socket.destroy(rt);
/// });
/// rt.run()?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn connect<O: Outcome>(
    rt: &Runtime,
    to: impl Into<Endpoint>,
    f: impl FnOnce(&Runtime, &Socket) -> O + 'static,
) -> Socket {
    let socket = Socket::new();
    socket.once("connect", f);
    socket.connect(rt, to);
    socket
}

/// A server with a listener for its connections, which is to [listen](Server::listen). As `net.createServer`.
///
/// ```
/// use node_compat::{Runtime, net};
///
/// let rt = Runtime::new()?;
/// let server = net::create_server(|rt, server, socket| {
///     println!("{} is here", socket.remote_addr(rt).unwrap());
///     socket.end(rt);
///     server.close(rt);
/// });
/// server.listen(&rt, 0)?;
/// net::connect(&rt, server.address(&rt).unwrap(), |rt, socket| socket.resume(rt));
/// rt.run()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn create_server<O: Outcome>(f: impl Fn(&Runtime, &Server, &Socket) -> O + 'static) -> Server {
    let server = Server::new();
    server.on_connection(f);
    server
}
