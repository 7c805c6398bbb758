//! Sockets: the work of libuv's own network programs.

use std::net::{TcpListener, TcpStream};
use std::os::fd::{IntoRawFd, OwnedFd};
use std::os::unix::net::UnixStream;

use tokio::io::{AsyncRead, AsyncWrite};
use uv_loop::Loop;
use uv_net::{Pipe, Stream, Tcp};

use crate::case::{Case, Unit};
use crate::libuv::{self, places};
use crate::support::{each_cpu_second, each_second};

pub mod accept;
mod idle;
mod lookup;
pub mod ping_pong;
pub mod pummel;
mod pump;
mod writes;

pub fn cases() -> Vec<Case> {
    let programs =
        [ping_pong::cases, pump::cases, accept::cases, writes::cases, pummel::cases, lookup::cases, idle::cases];
    programs.into_iter().flat_map(|cases| cases()).collect()
}

/// What the rate is of: a second on the wall, or one of processor time of all threads.
#[derive(Clone, Copy)]
enum Clock {
    Wall,
    Cpu,
}

impl Clock {
    fn unit(self) -> Unit {
        match self {
            Clock::Wall => Unit::PerSecond,
            Clock::Cpu => Unit::PerCpuSecond,
        }
    }

    fn rate(self, count: usize, work: impl FnOnce()) -> f64 {
        match self {
            Clock::Wall => each_second(count, work),
            Clock::Cpu => each_cpu_second(count, work),
        }
    }
}

/// A kind of streams, in each of the libraries.
trait Socket: 'static {
    type Ours: Stream;
    type Tokio: AsyncRead + AsyncWrite + Unpin + 'static;

    /// Two that are connected to each other, and neither blocks.
    fn pair() -> (OwnedFd, OwnedFd);

    fn open(lp: &Loop, socket: OwnedFd) -> Self::Ours;

    fn open_in_libuv(lp: *mut libuv::uv_loop_t, socket: OwnedFd) -> *mut libuv::uv_stream_t;

    fn open_in_tokio(socket: OwnedFd) -> Self::Tokio;
}

struct OfTcp;

impl Socket for OfTcp {
    type Ours = Tcp;
    type Tokio = tokio::net::TcpStream;

    fn pair() -> (OwnedFd, OwnedFd) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("it has one");
        let client = TcpStream::connect(address).expect("it listens");
        let (server, _) = listener.accept().expect("it was connected to");
        for end in [&client, &server] {
            end.set_nonblocking(true).expect("it is open");
        }
        (client.into(), server.into())
    }

    fn open(lp: &Loop, socket: OwnedFd) -> Tcp {
        let tcp = Tcp::new(lp);
        tcp.open(lp, socket).expect("it is connected");
        tcp
    }

    fn open_in_libuv(lp: *mut libuv::uv_loop_t, socket: OwnedFd) -> *mut libuv::uv_stream_t {
        let tcp = places::<libuv::uv_tcp_t>(1);
        // SAFETY: there is room for the handle, and it stays there.
        unsafe {
            libuv::ok(libuv::uv_tcp_init(lp, tcp));
            libuv::ok(libuv::uv_tcp_open(tcp, socket.into_raw_fd()));
        }
        tcp.cast()
    }

    fn open_in_tokio(socket: OwnedFd) -> tokio::net::TcpStream {
        tokio::net::TcpStream::from_std(socket.into()).expect("a runtime is entered")
    }
}

struct OfPipe;

impl Socket for OfPipe {
    type Ours = Pipe;
    type Tokio = tokio::net::UnixStream;

    fn pair() -> (OwnedFd, OwnedFd) {
        let (one, other) = UnixStream::pair().expect("two descriptors");
        for end in [&one, &other] {
            end.set_nonblocking(true).expect("it is open");
        }
        (one.into(), other.into())
    }

    fn open(lp: &Loop, socket: OwnedFd) -> Pipe {
        let pipe = Pipe::new(lp);
        pipe.open(lp, socket).expect("it is connected");
        pipe
    }

    fn open_in_libuv(lp: *mut libuv::uv_loop_t, socket: OwnedFd) -> *mut libuv::uv_stream_t {
        let pipe = places::<libuv::uv_pipe_t>(1);
        // SAFETY: there is room for the handle, and it stays there.
        unsafe {
            libuv::ok(libuv::uv_pipe_init(lp, pipe, 0));
            libuv::ok(libuv::uv_pipe_open(pipe, socket.into_raw_fd()));
        }
        pipe.cast()
    }

    fn open_in_tokio(socket: OwnedFd) -> tokio::net::UnixStream {
        tokio::net::UnixStream::from_std(socket.into()).expect("a runtime is entered")
    }
}

/// tokio's runtime of one thread.
fn runtime() -> (tokio::runtime::Runtime, tokio::task::LocalSet) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
    (runtime, tokio::task::LocalSet::new())
}
