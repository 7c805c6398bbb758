//! Ten thousand connections at once: none loses anything, and each takes little memory. And what flows costs none.

use std::cell::{Cell, RefCell};
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::rc::Rc;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use uv_loop::{Handle, HandleId, Loop, RunMode};
use uv_net::{Error, Pipe, ReadBuf, ReadOwner, Result, Stream, Tcp, WriteOwner};
use uv_testing::{Counting, count_allocations, live_bytes};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const MESSAGES: usize = 3;

/// As many as the limit of descriptors allows, and ten thousand at most.
fn connections() -> usize {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap();
    let room = limit.maximum.map_or(usize::MAX, |maximum| maximum as usize);
    room.saturating_sub(100).min(10_000)
}

fn message(connection: usize, number: usize) -> Vec<u8> {
    format!("{connection:>8}:{number:>8};").into_bytes()
}

/// The other process: opens all connections, sends on all of them, and reads what comes back.
fn clients(address: SocketAddr) {
    let all = connections();
    let lp = Loop::new().unwrap();
    let connected = Rc::new(Cell::new(0));
    let done = Rc::new(Cell::new(0));
    let streams = Rc::new(RefCell::new(Vec::new()));
    fn talk(lp: &Loop, tcp: Tcp, connection: usize, number: usize, done: Rc<Cell<usize>>) {
        tcp.write(lp, message(connection, number), |_, _, result| result.unwrap()).unwrap();
        tcp.read_exact(lp, 18, move |lp, tcp, bytes, result| {
            result.unwrap();
            assert_eq!(bytes, message(connection, number));
            if number + 1 < MESSAGES {
                talk(lp, tcp, connection, number + 1, done);
            } else {
                done.set(done.get() + 1);
            }
        })
        .unwrap();
    }
    for connection in 0..all {
        let tcp = Tcp::new(&lp);
        streams.borrow_mut().push(tcp);
        let counted = connected.clone();
        tcp.connect(&lp, address, move |_, _, result| {
            result.unwrap_or_else(|error| panic!("{connection}: {error:?}"));
            counted.set(counted.get() + 1);
        })
        .unwrap();
        // The other side's backlog is not endless.
        while connection.saturating_sub(connected.get()) > 100 {
            lp.run(RunMode::Once).unwrap();
        }
    }
    while connected.get() < all {
        lp.run(RunMode::Once).unwrap();
    }
    for (connection, tcp) in streams.borrow().iter().enumerate() {
        talk(&lp, *tcp, connection, 0, done.clone());
    }
    while done.get() < all {
        lp.run(RunMode::Once).unwrap();
    }
    // All are open still; the other side says when to end.
    println!("done");
    let _ = std::io::stdin().read(&mut [0]);
    for tcp in streams.take() {
        tcp.close(&lp).unwrap();
    }
    assert!(!lp.run(RunMode::Default).unwrap());
}

#[test]
fn ten_thousand_connections_echo_at_once() {
    if let Ok(address) = std::env::var("UV_NET_CLIENTS_OF") {
        return clients(address.parse().unwrap());
    }
    let all = connections();
    let lp = Loop::new().unwrap();
    let server = Tcp::new(&lp);
    server.bind(&lp, ([127, 0, 0, 1], 0).into()).unwrap();
    let (accepted, echoed) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    server
        .listen(&lp, 4096, {
            let (accepted, echoed) = (accepted.clone(), echoed.clone());
            move |lp, server| {
                let echoed = echoed.clone();
                accepted.set(accepted.get() + 1);
                let echo = move |lp: &Loop, tcp: Tcp, read: Result<&[u8]>| match read {
                    Ok(bytes) => {
                        echoed.set(echoed.get() + bytes.len());
                        tcp.write(lp, Vec::from(bytes), |_, _, result| result.unwrap()).unwrap();
                    }
                    Err(error) => {
                        assert_eq!(error, Error::EOF);
                        tcp.close(lp).unwrap();
                    }
                };
                server.accept(lp).unwrap().read_start(lp, echo).unwrap();
            }
        })
        .unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "ten_thousand_connections_echo_at_once"])
        .env("UV_NET_CLIENTS_OF", server.local_addr(&lp).unwrap().to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let before = live_bytes();
    while echoed.get() < all * MESSAGES * 18 {
        lp.run(RunMode::Once).unwrap();
    }
    // The writes are called back.
    lp.run(RunMode::NoWait).unwrap();
    let each = (live_bytes() - before) / all as isize;
    assert_eq!((accepted.get(), echoed.get()), (all, all * MESSAGES * 18));
    println!("{all} connections: {each} bytes each");
    // A `uv_tcp_t` takes 248 bytes, and its place among the loop's watchers 8.
    assert!(each <= 256, "{each} bytes a connection");

    child.stdin.take().unwrap().write_all(b"x").unwrap();
    server.close(&lp).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    assert!(child.wait().unwrap().success());
    assert!(lp.close().is_ok());
}

/// Reads and writes in memory of its own.
struct Echo {
    memory: RefCell<[u8; 100]>,
    reads: Cell<usize>,
}

impl ReadOwner for Echo {
    fn fill(&self, _: &Loop, _: HandleId, _: usize, _: usize, read: &mut dyn FnMut(ReadBuf<'_>)) {
        read(ReadBuf::from(&mut self.memory.borrow_mut()[..]));
    }

    fn done(&self, _: &Loop, _: HandleId, _: usize, result: Result<usize>) {
        self.reads.set(self.reads.get() + result.unwrap());
    }
}

impl WriteOwner for Echo {
    fn buffers<'a>(&'a self, _: usize, from: usize, add: &mut dyn FnMut(&'a [u8]) -> bool) {
        let _ = [b"01234", b"56789"].iter().skip(from).all(|bytes| add(*bytes));
    }

    fn done(&self, _: &Loop, _: HandleId, write: usize, result: Result<()>) {
        assert_eq!((write, result), (5, Ok(())));
    }
}

#[test]
fn reads_and_writes_of_an_owner_allocate_nothing() {
    let lp = Loop::new().unwrap();
    let (one, other) = Pipe::pair(&lp).unwrap();
    let echo = Rc::new(Echo { memory: RefCell::new([0; 100]), reads: Cell::new(0) });
    let trip = |times: usize| {
        for _ in 0..times {
            one.read_start_into(&lp, echo.clone(), 0).unwrap();
            let expected = echo.reads.get() + 3 * 10;
            for _ in 0..3 {
                other.write_from(&lp, echo.clone(), 5).unwrap();
            }
            while echo.reads.get() < expected {
                lp.run(RunMode::Once).unwrap();
            }
            one.read_stop(&lp).unwrap();
        }
        lp.run(RunMode::NoWait).unwrap();
    };
    trip(10);
    let before = count_allocations();
    trip(1000);
    assert_eq!(count_allocations() - before, 0);
}

#[test]
fn what_is_read_into_the_loops_memory_allocates_nothing() {
    let lp = Loop::new().unwrap();
    let (one, other) = Pipe::pair(&lp).unwrap();
    let reads = Rc::new(Cell::new(0));
    let counted = reads.clone();
    one.read_start(&lp, move |_, _, read| counted.set(counted.get() + read.unwrap().len())).unwrap();
    let trip = |times: usize| {
        for _ in 0..times {
            let expected = reads.get() + 5;
            assert_eq!(other.try_write(&lp, b"hello"), Ok(5));
            // Of a literal and a callback that captures nothing, only the literal's place is kept.
            other.write(&lp, "", |_, _, result| result.unwrap()).unwrap();
            while reads.get() < expected {
                lp.run(RunMode::Once).unwrap();
            }
        }
    };
    trip(10);
    let before = count_allocations();
    trip(1000);
    assert_eq!(count_allocations() - before, 1000, "the writes' own boxes");
}
