//! `benchmark-ping-pongs.c`: one end says PING, the other one says it back.

use std::ffi::c_char;
use std::os::fd::OwnedFd;
use std::thread;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use uv_loop::{Handle, Loop, RunMode};
use uv_net::{AsyncStream, Stream};

use super::{Clock, OfPipe, OfTcp, Socket, runtime};
use crate::case::{Case, Unit};
use crate::libuv::{self, places};
use crate::support::{called, count, each_cpu_second};

pub fn cases() -> Vec<Case> {
    fn of<S: Socket>(kind: &str) -> Vec<Case> {
        let name = |of| format!("net/ping-pong-{kind}{of}");
        vec![
            Case::new(name(""), Unit::PerCpuSecond, || Clock::Cpu.rate(pings(), || together::<S>(pings())))
                .against("libuv", || Clock::Cpu.rate(pings(), || libuv_together::<S>(pings())))
                .goal(1.0),
            Case::new(name("-threads"), Unit::PerSecond, || Clock::Wall.rate(pings(), apart::<S>))
                .against("libuv", || Clock::Wall.rate(pings(), libuv_apart::<S>))
                .against("tokio", tokio_apart::<S>)
                .goal(1.0),
            Case::new(name("-async"), Unit::PerCpuSecond, asynchronous::<S>).against("tokio", tokio_together::<S>),
        ]
    }
    [of::<OfTcp>("tcp"), of::<OfPipe>("pipe")].into_iter().flatten().collect()
}

/// For `bench/syscalls`.
pub fn steady(times: usize) {
    together::<OfTcp>(times);
}

pub fn libuv_steady(times: usize) {
    libuv_together::<OfTcp>(times);
}

const PING: &[u8] = b"PING\n";

fn pings() -> usize {
    count(100_000, 20_000)
}

/// Both ends on one loop: what libraries and kernel do, and nobody is woken.
fn together<S: Socket>(times: usize) {
    let lp = Loop::new().expect("a loop");
    let (client, server) = S::pair();
    echo::<S>(&lp, server);
    ping::<S>(&lp, client, times);
    lp.run(RunMode::Default).expect("it runs");
}

/// The ends on threads of their own.
fn apart<S: Socket>() {
    let (client, server) = S::pair();
    let server = thread::spawn(move || {
        let lp = Loop::new().expect("a loop");
        echo::<S>(&lp, server);
        lp.run(RunMode::Default).expect("it runs");
    });
    let lp = Loop::new().expect("a loop");
    ping::<S>(&lp, client, pings());
    lp.run(RunMode::Default).expect("it runs");
    server.join().expect("it ends");
}

fn echo<S: Socket>(lp: &Loop, socket: OwnedFd) {
    let peer = S::open(lp, socket);
    peer.read_start(lp, |lp, peer, read| match read {
        Ok(bytes) => peer.write(lp, Vec::from(bytes), |_, _, sent| sent.expect("it is open")).expect("it is open"),
        Err(_) => peer.close(lp).expect("it is open"),
    })
    .expect("it is open");
}

fn ping<S: Socket>(lp: &Loop, socket: OwnedFd, times: usize) {
    fn write(lp: &Loop, pinger: impl Stream) {
        pinger.write(lp, PING, |_, _, sent| sent.expect("it is open")).expect("it is open");
    }
    let pinger = S::open(lp, socket);
    let mut place = 0;
    pinger
        .read_start(lp, move |lp, pinger, read| {
            for byte in read.expect("an answer") {
                assert_eq!(*byte, PING[place]);
                place = (place + 1) % PING.len();
                if place == 0 {
                    if called() == times {
                        return pinger.close(lp).expect("it is open");
                    }
                    write(lp, pinger);
                }
            }
        })
        .expect("it is open");
    write(lp, pinger);
}

fn libuv_together<S: Socket>(times: usize) {
    let lp = libuv::new_loop();
    let (client, server) = S::pair();
    libuv_echo::<S>(lp, server);
    libuv_ping::<S>(lp, client, times);
    libuv::run(lp);
}

fn libuv_apart<S: Socket>() {
    let (client, server) = S::pair();
    let server = thread::spawn(move || {
        let lp = libuv::new_loop();
        libuv_echo::<S>(lp, server);
        libuv::run(lp);
    });
    let lp = libuv::new_loop();
    libuv_ping::<S>(lp, client, pings());
    libuv::run(lp);
    server.join().expect("it ends");
}

unsafe extern "C" fn malloc(_: *mut libuv::uv_handle_t, size: usize, buffer: *mut libuv::uv_buf_t) {
    // SAFETY: the buffer is there to be filled in.
    unsafe { *buffer = libuv::uv_buf_init(libc::malloc(size).cast(), size as u32) };
}

unsafe extern "C" fn written(request: *mut libuv::uv_write_t, status: i32) {
    libuv::ok(status);
    // SAFETY: the request and the bytes behind its `data` come from malloc, as libuv's echo server has them.
    unsafe {
        libc::free((*request).data);
        libc::free(request.cast());
    }
}

/// Writes `bytes`; `owned` is freed then.
unsafe fn libuv_write(stream: *mut libuv::uv_stream_t, bytes: *const c_char, length: usize, owned: *mut c_char) {
    // SAFETY: the request is freed by `written`; the bytes live until then, as the caller says.
    unsafe {
        let request: *mut libuv::uv_write_t = libc::malloc(size_of::<libuv::uv_write_t>()).cast();
        (*request).data = owned.cast();
        let buffer = libuv::uv_buf_init(bytes.cast_mut(), length as u32);
        libuv::ok(libuv::uv_write(request, stream, &buffer, 1, Some(written)));
    }
}

fn libuv_echo<S: Socket>(lp: *mut libuv::uv_loop_t, socket: OwnedFd) {
    unsafe extern "C" fn read(stream: *mut libuv::uv_stream_t, count: isize, buffer: *const libuv::uv_buf_t) {
        // SAFETY: the stream is open, and the buffer is from `malloc`.
        unsafe {
            match count {
                1.. => libuv_write(stream, (*buffer).base, count as usize, (*buffer).base),
                0 => libc::free((*buffer).base.cast()),
                _ => {
                    libc::free((*buffer).base.cast());
                    libuv::uv_close(stream.cast(), None);
                }
            }
        }
    }
    let stream = S::open_in_libuv(lp, socket);
    // SAFETY: the stream is open.
    libuv::ok(unsafe { libuv::uv_read_start(stream, Some(malloc), Some(read)) });
}

/// What `data` of the pinging handle points to.
struct Pinger {
    place: usize,
    times: usize,
    buffer: [u8; 64 * 1024],
}

fn libuv_ping<S: Socket>(lp: *mut libuv::uv_loop_t, socket: OwnedFd, times: usize) {
    unsafe fn write(stream: *mut libuv::uv_stream_t) {
        // SAFETY: the stream is open, and what it writes is constant.
        unsafe { libuv_write(stream, PING.as_ptr().cast(), PING.len(), std::ptr::null_mut()) };
    }
    unsafe extern "C" fn alloc(handle: *mut libuv::uv_handle_t, _: usize, buffer: *mut libuv::uv_buf_t) {
        // SAFETY: the handle's `data` is a pinger, whose buffer is used by one read at a time.
        unsafe {
            let pinger: *mut Pinger = (*handle).data.cast();
            *buffer = libuv::uv_buf_init((&raw mut (*pinger).buffer).cast(), 64 * 1024);
        }
    }
    unsafe extern "C" fn read(stream: *mut libuv::uv_stream_t, count: isize, _: *const libuv::uv_buf_t) {
        assert!(count >= 0);
        // SAFETY: the handle is open, and its `data` is a pinger, which nothing else uses meanwhile.
        unsafe {
            let pinger = &mut *(*stream).data.cast::<Pinger>();
            for place in 0..count as usize {
                assert_eq!(pinger.buffer[place], PING[pinger.place]);
                pinger.place = (pinger.place + 1) % PING.len();
                if pinger.place == 0 {
                    if called() == pinger.times {
                        return libuv::uv_close(stream.cast(), None);
                    }
                    write(stream);
                }
            }
        }
    }
    let (stream, pinger) = (S::open_in_libuv(lp, socket), places::<Pinger>(1));
    // SAFETY: the stream is open, and there is room for the pinger, which stays there.
    unsafe {
        (*pinger).times = times;
        (*stream).data = pinger.cast();
        libuv::ok(libuv::uv_read_start(stream, Some(alloc), Some(read)));
        write(stream);
    }
}

/// The same with futures: both ends on one thread.
fn asynchronous<S: Socket>() -> f64 {
    let lp = Loop::new().expect("a loop");
    let (client, server) = S::pair();
    let client = AsyncStream::new(&lp, S::open(&lp, client));
    let server = AsyncStream::new(&lp, S::open(&lp, server));
    each_cpu_second(pings(), || {
        let echo = lp.spawn_local(async move {
            let mut buffer = vec![0; 64 * 1024];
            loop {
                let count = server.read(&mut buffer).await.expect("it is open");
                if count == 0 {
                    break;
                }
                server.write_all(&buffer[..count]).await.expect("it is open");
            }
        });
        lp.block_on(async {
            let mut buffer = [0; PING.len()];
            for _ in 0..pings() {
                client.write_all(PING).await.expect("it is open");
                client.read_exact(&mut buffer).await.expect("an answer");
                assert_eq!(buffer, PING);
            }
            drop(client);
            echo.await.expect("it ends");
        })
        .expect("it runs");
    })
}

async fn tokio_echo<S: Socket>(server: OwnedFd) {
    let mut server = S::open_in_tokio(server);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = server.read(&mut buffer).await.expect("it is open");
        if count == 0 {
            break;
        }
        server.write_all(&buffer[..count]).await.expect("it is open");
    }
}

async fn tokio_ping<S: Socket>(client: OwnedFd) {
    let mut client = S::open_in_tokio(client);
    let mut buffer = [0; PING.len()];
    for _ in 0..pings() {
        client.write_all(PING).await.expect("it is open");
        client.read_exact(&mut buffer).await.expect("an answer");
        assert_eq!(buffer, PING);
    }
}

fn tokio_together<S: Socket>() -> f64 {
    let ((runtime, tasks), (client, server)) = (runtime(), S::pair());
    each_cpu_second(pings(), || {
        tasks.block_on(&runtime, async {
            let echo = tokio::task::spawn_local(tokio_echo::<S>(server));
            tokio_ping::<S>(client).await;
            echo.await.expect("it ends");
        });
    })
}

fn tokio_apart<S: Socket>() -> f64 {
    let (client, server) = S::pair();
    Clock::Wall.rate(pings(), || {
        let server = thread::spawn(|| {
            let (runtime, tasks) = runtime();
            tasks.block_on(&runtime, tokio_echo::<S>(server));
        });
        let (runtime, tasks) = runtime();
        tasks.block_on(&runtime, tokio_ping::<S>(client));
        server.join().expect("it ends");
    })
}
