//! `benchmark-multi-accept.c`: 40 clients connect and close, over and over; threads that listen to one socket accept.
//! The queue of the kernel is long enough for all, unlike the program's, whose clients often wait for a second until a
//! connection that had no room is tried again. The end is when all have been accepted.

use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsRawFd, IntoRawFd, OwnedFd};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use uv_loop::{Async, Handle, Idle, Loop, RunMode};
use uv_net::{Error, Stream, Tcp};

use super::{Clock, runtime};
use crate::case::Case;
use crate::libuv::{self, places};
use crate::support::{called, count};

pub fn cases() -> Vec<Case> {
    let of = |threads: usize, clock: Clock| {
        let name = match clock {
            Clock::Wall => format!("net/accept-{threads}"),
            Clock::Cpu => format!("net/accept-{threads}-cpu"),
        };
        Case::new(name, clock.unit(), move || clock.rate(connects(), || accept(threads, connects())))
            .against("libuv", move || clock.rate(connects(), || libuv_accept(threads, connects())))
            .against("tokio", move || clock.rate(connects(), || tokio_accept(threads, connects())))
            .goal(1.1)
    };
    vec![of(1, Clock::Wall), of(1, Clock::Cpu), of(2, Clock::Wall), of(2, Clock::Cpu)]
}

const CLIENTS: usize = 40;

/// Fewer than there are ports: closed ones rest for a while.
fn connects() -> usize {
    count(25_000, 10_000)
}

/// The most that the kernel lets wait, where nobody has said otherwise.
const BACKLOG: u32 = 4096;

static ACCEPTED: AtomicUsize = AtomicUsize::new(0);

fn wait_for(accepted: usize) {
    while ACCEPTED.load(Ordering::Relaxed) < accepted {
        thread::sleep(Duration::from_micros(100));
    }
}

/// A socket that listens, and descriptors of it for each of `threads`.
fn listeners(threads: usize) -> (SocketAddr, Vec<OwnedFd>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("it is open");
    // SAFETY: the descriptor is open.
    libuv::ok(unsafe { libc::listen(listener.as_raw_fd(), BACKLOG as i32) });
    let each = (0..threads).map(|_| listener.try_clone().expect("a descriptor").into()).collect();
    (listener.local_addr().expect("it has one"), each)
}

pub fn accept(threads: usize, times: usize) {
    let (address, listeners) = listeners(threads);
    let servers: Vec<_> = listeners.into_iter().map(serve).collect();
    let lp = Loop::new().expect("a loop");
    for _ in 0..CLIENTS {
        connect(&lp, Idle::new(&lp), address, times);
    }
    lp.run(RunMode::Default).expect("it runs");
    wait_for(times);
    for (stop, thread) in servers {
        stop.send().expect("it listens");
        thread.join().expect("it ends");
    }
}

fn connect(lp: &Loop, idle: Idle, address: SocketAddr, times: usize) {
    let connected = move |lp: &Loop, client: Tcp, result: uv_net::Result<()>| {
        result.expect("somebody listens");
        let close = move |lp: &Loop, idle: Idle| {
            let again = move |lp: &Loop| {
                if called() + CLIENTS <= times {
                    connect(lp, idle, address, times);
                } else {
                    idle.close(lp).expect("it is open");
                }
            };
            client.close_with(lp, again).expect("it is open");
            idle.stop(lp).expect("it is open");
        };
        idle.start(lp, close).expect("it is open");
    };
    Tcp::new(lp).connect(lp, address, connected).expect("it begins");
}

fn serve(listener: OwnedFd) -> (uv_loop::AsyncSender, thread::JoinHandle<()>) {
    let (give, take) = std::sync::mpsc::channel();
    let thread = thread::spawn(move || {
        let lp = Loop::new().expect("a loop");
        let server = Tcp::new(&lp);
        server.open(&lp, listener).expect("it is a socket");
        server
            .listen(&lp, BACKLOG, |lp, server| {
                ACCEPTED.fetch_add(1, Ordering::Relaxed);
                let end = |lp: &Loop, peer: Tcp, read: uv_net::Result<&[u8]>| {
                    assert_eq!(read, Err(Error::EOF));
                    peer.close(lp).expect("it is open");
                };
                server.accept(lp).expect("one is there").read_start(lp, end).expect("it is open");
            })
            .expect("it is bound");
        let stop = Async::new(&lp, move |lp, stop| {
            server.close(lp).expect("it is open");
            stop.close(lp).expect("it is open");
        });
        give.send(stop.sender(&lp).expect("it is open")).expect("it is waited for");
        lp.run(RunMode::Default).expect("it runs");
    });
    (take.recv().expect("the thread sends it"), thread)
}

/// What `data` of a client's handles points to.
struct Client {
    tcp: libuv::uv_tcp_t,
    request: libuv::uv_connect_t,
    idle: libuv::uv_idle_t,
    address: libuv::sockaddr_in,
    times: usize,
}

pub fn libuv_accept(threads: usize, times: usize) {
    let (address, listeners) = listeners(threads);
    let servers: Vec<_> = listeners.into_iter().map(libuv_serve).collect();
    let (lp, clients) = (libuv::new_loop(), places::<Client>(CLIENTS));
    for number in 0..CLIENTS {
        // SAFETY: there is room for as many clients, and they stay there.
        unsafe {
            let client = clients.add(number);
            (*client).times = times;
            let port = i32::from(address.port());
            libuv::ok(libuv::uv_ip4_addr(c"127.0.0.1".as_ptr(), port, &raw mut (*client).address));
            libuv::ok(libuv::uv_idle_init(lp, &raw mut (*client).idle));
            libuv_connect(lp, client);
        }
    }
    libuv::run(lp);
    wait_for(times);
    for (stop, thread) in servers {
        stop.send();
        thread.join().expect("it ends");
    }
}

unsafe fn libuv_connect(lp: *mut libuv::uv_loop_t, client: *mut Client) {
    unsafe extern "C" fn connected(request: *mut libuv::uv_connect_t, status: i32) {
        libuv::ok(status);
        // SAFETY: the handle's `data` is its client, whose idle handle is open.
        unsafe {
            let client: *mut Client = (*(*request).handle).data.cast();
            libuv::ok(libuv::uv_idle_start(&raw mut (*client).idle, Some(close)));
        }
    }
    unsafe extern "C" fn close(idle: *mut libuv::uv_idle_t) {
        // SAFETY: as above.
        unsafe {
            let client: *mut Client = (*idle).data.cast();
            libuv::uv_close((&raw mut (*client).tcp).cast(), Some(closed));
            libuv::ok(libuv::uv_idle_stop(idle));
        }
    }
    unsafe extern "C" fn closed(handle: *mut libuv::uv_handle_t) {
        // SAFETY: as above; the closed handle can be used again.
        unsafe {
            let client: *mut Client = (*handle).data.cast();
            if called() + CLIENTS <= (*client).times {
                libuv_connect((*handle).loop_, client);
            } else {
                libuv::uv_close((&raw mut (*client).idle).cast(), None);
            }
        }
    }
    // SAFETY: the caller has a client whose TCP handle is not in use.
    unsafe {
        let tcp = &raw mut (*client).tcp;
        libuv::ok(libuv::uv_tcp_init(lp, tcp));
        (*tcp).data = client.cast();
        (*client).idle.data = client.cast();
        let address = (&raw const (*client).address).cast();
        libuv::ok(libuv::uv_tcp_connect(&raw mut (*client).request, tcp, address, Some(connected)));
    }
}

struct Stop(*mut libuv::uv_async_t);

// SAFETY: the handle is never freed, and other threads do nothing with it but `uv_async_send`.
unsafe impl Send for Stop {}

impl Stop {
    fn send(self) {
        // SAFETY: the handle is open until this is called, once.
        libuv::ok(unsafe { libuv::uv_async_send(self.0) });
    }
}

fn libuv_serve(listener: OwnedFd) -> (Stop, thread::JoinHandle<()>) {
    unsafe extern "C" fn alloc(_: *mut libuv::uv_handle_t, _: usize, buffer: *mut libuv::uv_buf_t) {
        thread_local! {
            static SLAB: std::cell::UnsafeCell<[u8; 32]> = const { std::cell::UnsafeCell::new([0; 32]) };
        }
        // SAFETY: one read at a time writes to the thread's buffer.
        unsafe { *buffer = libuv::uv_buf_init(SLAB.with(|slab| slab.get()).cast(), 32) };
    }
    unsafe extern "C" fn free(handle: *mut libuv::uv_handle_t) {
        // SAFETY: the handle is closed and comes from malloc.
        unsafe { libc::free(handle.cast()) };
    }
    unsafe extern "C" fn read(stream: *mut libuv::uv_stream_t, count: isize, _: *const libuv::uv_buf_t) {
        assert_eq!(count, libuv::uv_errno_t_UV_EOF as isize);
        // SAFETY: the stream is open.
        unsafe { libuv::uv_close(stream.cast(), Some(free)) };
    }
    unsafe extern "C" fn connection(server: *mut libuv::uv_stream_t, status: i32) {
        libuv::ok(status);
        // SAFETY: there is room for the handle, which stays there until `free`.
        unsafe {
            let peer: *mut libuv::uv_tcp_t = libc::malloc(size_of::<libuv::uv_tcp_t>()).cast();
            libuv::ok(libuv::uv_tcp_init((*server).loop_, peer));
            libuv::ok(libuv::uv_accept(server, peer.cast()));
            libuv::ok(libuv::uv_read_start(peer.cast(), Some(alloc), Some(read)));
        }
        ACCEPTED.fetch_add(1, Ordering::Relaxed);
    }
    unsafe extern "C" fn stop(handle: *mut libuv::uv_async_t) {
        // SAFETY: the handle's `data` is the listening one, and both are open.
        unsafe {
            libuv::uv_close((*handle).data.cast(), None);
            libuv::uv_close(handle.cast(), None);
        }
    }
    let (give, take) = std::sync::mpsc::channel();
    let thread = thread::spawn(move || {
        let (lp, server) = (libuv::new_loop(), places::<libuv::uv_tcp_t>(1));
        let stopping = places::<libuv::uv_async_t>(1);
        // SAFETY: there is room for the handles, and they stay there.
        unsafe {
            libuv::ok(libuv::uv_tcp_init(lp, server));
            libuv::ok(libuv::uv_tcp_open(server, listener.into_raw_fd()));
            libuv::ok(libuv::uv_listen(server.cast(), BACKLOG as i32, Some(connection)));
            libuv::ok(libuv::uv_async_init(lp, stopping, Some(stop)));
            (*stopping).data = server.cast();
        }
        give.send(Stop(stopping)).expect("it is waited for");
        libuv::run(lp);
    });
    (take.recv().expect("the thread sends it"), thread)
}

fn tokio_accept(threads: usize, times: usize) {
    use tokio::io::AsyncReadExt;
    use tokio::net::{TcpListener, TcpStream};

    let (address, listeners) = listeners(threads);
    let servers: Vec<_> = listeners
        .into_iter()
        .map(|listener| {
            let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
            let thread = thread::spawn(move || {
                let (runtime, tasks) = runtime();
                tasks.block_on(&runtime, async {
                    let listener = TcpListener::from_std(listener.into()).expect("it listens");
                    tokio::task::spawn_local(async move {
                        loop {
                            let (mut peer, _) = listener.accept().await.expect("one");
                            ACCEPTED.fetch_add(1, Ordering::Relaxed);
                            tokio::task::spawn_local(async move {
                                assert_eq!(peer.read(&mut [0; 32]).await.expect("it is open"), 0);
                            });
                        }
                    });
                    let _ = stopped.await;
                });
            });
            (stop, thread)
        })
        .collect();
    let (runtime, tasks) = runtime();
    for client in 0..CLIENTS {
        tasks.spawn_local(async move {
            for _ in (client..times).step_by(CLIENTS) {
                let stream = TcpStream::connect(address).await.expect("somebody listens");
                tokio::task::yield_now().await;
                drop(stream);
            }
        });
    }
    runtime.block_on(tasks);
    wait_for(times);
    for (stop, thread) in servers {
        drop(stop);
        thread.join().expect("it ends");
    }
}
