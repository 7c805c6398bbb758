//! TCP handles against std's sockets and against each other.

mod common;

use std::cell::{Cell, RefCell};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::thread;

use uv_loop::{Handle, Idle, Loop, RunMode};
use uv_net::{Error, Stream, Tcp};

use common::{Log, local, note};

/// A listening handle, closed by the first connection, which is handed to `serve`.
fn server(lp: &Loop, serve: impl Fn(&Loop, Tcp) + 'static) -> SocketAddr {
    let server = Tcp::new(lp);
    server.bind(lp, local()).unwrap();
    server
        .listen(lp, 16, move |lp, server| {
            serve(lp, server.accept(lp).unwrap());
            server.close(lp).unwrap();
        })
        .unwrap();
    server.local_addr(lp).unwrap()
}

/// Sends back what comes, until the end, and closes when all of it has gone.
fn echo(lp: &Loop, tcp: Tcp) {
    tcp.read_start(lp, |lp, tcp, read| match read {
        Ok(bytes) => tcp.write(lp, Vec::from(bytes), |_, _, sent| sent.unwrap()).unwrap(),
        Err(error) => {
            assert_eq!(error, Error::EOF);
            tcp.shutdown(lp, |lp, tcp, result| {
                result.unwrap();
                tcp.close(lp).unwrap();
            })
            .unwrap();
        }
    })
    .unwrap();
}

/// Collects what comes, closes at the end, and puts it into the cell.
fn collect(lp: &Loop, tcp: Tcp) -> Rc<RefCell<Vec<u8>>> {
    let all = Rc::new(RefCell::new(Vec::new()));
    let into = all.clone();
    tcp.read_start(lp, move |lp, tcp, read| match read {
        Ok(bytes) => into.borrow_mut().extend_from_slice(bytes),
        Err(error) => {
            assert_eq!(error, Error::EOF);
            tcp.close(lp).unwrap();
        }
    })
    .unwrap();
    all
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i * 31 + i / 251) as u8).collect()
}

#[test]
fn megabytes_come_back_as_they_were_sent() {
    let lp = Loop::new().unwrap();
    let address = server(&lp, echo);
    let client = Tcp::new(&lp);
    let sent = pattern(5 << 20);
    let to_send = sent.clone();
    client
        .connect(&lp, address, move |lp, client, result| {
            result.unwrap();
            client
                .write(lp, to_send, |lp, client, result| {
                    result.unwrap();
                    assert_eq!(client.write_queue_size(lp), Ok(0));
                })
                .unwrap();
            assert!(client.write_queue_size(lp).unwrap() > 0, "more than a socket holds");
            client.shutdown(lp, |_, _, result| result.unwrap()).unwrap();
        })
        .unwrap();
    let received = collect(&lp, client);
    assert!(!lp.run(RunMode::Default).unwrap());
    assert!(*received.borrow() == sent);
    assert!(lp.close().is_ok());
}

#[test]
fn writes_keep_their_order_and_are_called_back_in_it() {
    let listener = TcpListener::bind(local()).unwrap();
    let address = listener.local_addr().unwrap();
    let reader = thread::spawn(move || {
        let mut all = Vec::new();
        listener.accept().unwrap().0.read_to_end(&mut all).unwrap();
        all
    });
    let lp = Loop::new().unwrap();
    let tcp = Tcp::new(&lp);
    tcp.set_nodelay(&lp, true).unwrap();
    let order = Rc::new(RefCell::new(Vec::new()));
    let mut expected = Vec::new();
    tcp.connect(&lp, address, |_, _, result| result.unwrap()).unwrap();
    // Some before the connection stands, of all sizes.
    for number in 0..200usize {
        let bytes = pattern(number * number * 7 % 40_000);
        expected.extend_from_slice(&bytes);
        let order = order.clone();
        tcp.write(&lp, bytes, move |_, _, result| {
            result.unwrap();
            order.borrow_mut().push(number);
        })
        .unwrap();
    }
    let after = order.clone();
    tcp.shutdown(&lp, move |lp, tcp, result| {
        result.unwrap();
        assert_eq!(after.borrow().len(), 200);
        tcp.close(lp).unwrap();
    })
    .unwrap();
    assert_eq!(tcp.write(&lp, "late", |_, _, _| {}), Err(Error::EPIPE));
    assert_eq!(tcp.shutdown(&lp, |_, _, _| {}), Err(Error::ENOTCONN));
    assert!(!lp.run(RunMode::Default).unwrap());
    assert!(order.borrow().iter().copied().eq(0..200));
    assert!(reader.join().unwrap() == expected);
}

#[test]
fn callbacks_come_from_the_loop_and_never_from_inside_a_call() {
    let lp = Loop::new().unwrap();
    let listener = TcpListener::bind(local()).unwrap();
    let tcp = Tcp::new(&lp);
    tcp.open(&lp, TcpStream::connect(listener.local_addr().unwrap()).unwrap()).unwrap();
    let log = Log::default();
    let (wrote, empty, shut) = (note(&log, "write"), note(&log, "empty"), note(&log, "shutdown"));
    tcp.write(&lp, "x", move |_, _, _| wrote()).unwrap();
    tcp.write(&lp, "", move |_, _, _| empty()).unwrap();
    tcp.shutdown(&lp, move |_, _, _| shut()).unwrap();
    assert!(log.borrow().is_empty() && lp.alive());
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(*log.borrow(), ["write", "empty", "shutdown"]);
}

#[test]
fn requests_hold_the_loop_also_for_an_unreferenced_handle() {
    let listener = TcpListener::bind(local()).unwrap();
    let lp = Loop::new().unwrap();
    let tcp = Tcp::new(&lp);
    tcp.unref(&lp).unwrap();
    tcp.connect(&lp, listener.local_addr().unwrap(), |lp, tcp, _| {
        tcp.read_start(lp, |_, _, _| unreachable!()).unwrap();
        tcp.write(lp, vec![7; 4 << 20], |_, _, result| result.unwrap()).unwrap();
    })
    .unwrap();
    let reader = thread::spawn(move || {
        let (mut peer, _) = listener.accept().unwrap();
        peer.read_exact(&mut vec![0; 4 << 20]).unwrap();
        peer
    });
    // It ends with the write, although the handle reads and nobody sends or closes.
    assert!(!lp.run(RunMode::Default).unwrap());
    drop(reader.join().unwrap());
    assert!(tcp.is_active(&lp));
}

#[test]
fn what_is_outstanding_is_canceled_before_the_close_callback() {
    let listener = TcpListener::bind(local()).unwrap();
    let lp = Loop::new().unwrap();
    let log = Log::default();
    let tcp = Tcp::new(&lp);
    tcp.open(&lp, TcpStream::connect(listener.local_addr().unwrap()).unwrap()).unwrap();
    // Nobody reads: the first fits, the second does in part, the third does not.
    for (name, length) in [("small", 10), ("big", 64 << 20), ("waiting", 10)] {
        let log = log.clone();
        tcp.write(&lp, vec![0; length], move |lp, tcp, result| {
            assert!(tcp.is_closing(lp));
            assert_eq!(tcp.write(lp, "more", |_, _, _| {}), Err(Error::EINVAL));
            log.borrow_mut().push(format!("{name} {result:?}"));
        })
        .unwrap();
    }
    let shut = log.clone();
    tcp.shutdown(&lp, move |_, _, result| shut.borrow_mut().push(format!("shutdown {result:?}"))).unwrap();
    tcp.read_start(&lp, |_, _, _| unreachable!("no call after the close")).unwrap();
    let closed = note(&log, "closed");
    tcp.close_with(&lp, move |_| closed()).unwrap();
    assert!(log.borrow().is_empty());
    assert!(!lp.run(RunMode::Default).unwrap());
    let canceled = format!("{:?}", Err::<(), _>(Error::ECANCELED));
    assert_eq!(
        *log.borrow(),
        [
            "small Ok(())".to_owned(),
            format!("big {canceled}"),
            format!("waiting {canceled}"),
            format!("shutdown {canceled}"),
            "closed".to_owned(),
        ]
    );
    // The socket went at once: the peer sees the end, or that it was cut off.
    let mut peer = listener.accept().unwrap().0;
    let _ = peer.read_to_end(&mut Vec::new());
}

#[test]
fn a_connection_is_accepted_in_a_handle_that_is_there() {
    let lp = Loop::new().unwrap();
    let (tcp, peer) = (Tcp::new(&lp), Tcp::new(&lp));
    tcp.bind(&lp, local()).unwrap();
    peer.set_nodelay(&lp, true).unwrap();
    assert_eq!(tcp.accept_into(&lp, peer), Err(Error::EAGAIN));
    let bytes = Rc::new(RefCell::new(None));
    let first = bytes.clone();
    tcp.listen(&lp, 8, move |lp, tcp| {
        if first.borrow().is_none() {
            tcp.accept_into(lp, peer).unwrap();
            *first.borrow_mut() = Some(collect(lp, peer));
            return;
        }
        // It is taken, and the connection with it.
        assert_eq!(tcp.accept_into(lp, peer), Err(Error::EBUSY));
        assert_eq!(tcp.accept_into(lp, peer), Err(Error::EAGAIN));
        tcp.close(lp).unwrap();
    })
    .unwrap();
    let address = tcp.local_addr(&lp).unwrap();
    let client = thread::spawn(move || {
        let mut first = TcpStream::connect(address).unwrap();
        let mut second = TcpStream::connect(address).unwrap();
        let end = second.read(&mut [0]);
        first.write_all(b"hello").unwrap();
        end
    });
    lp.run(RunMode::Default).unwrap();
    assert!(matches!(client.join().unwrap(), Ok(0) | Err(_)));
    assert_eq!(*bytes.borrow().as_ref().unwrap().borrow(), b"hello");
}

#[test]
fn a_connection_waits_until_it_is_accepted_and_holds_up_the_next() {
    let lp = Loop::new().unwrap();
    let bound = Tcp::new(&lp);
    bound.bind(&lp, local()).unwrap();
    let opened = Tcp::new(&lp);
    opened.open(&lp, TcpListener::bind(local()).unwrap()).unwrap();
    connections_wait(&lp, bound);
    connections_wait(&lp, opened);
}

fn connections_wait(lp: &Loop, server: Tcp) {
    let calls = Rc::new(Cell::new(0));
    server
        .listen(lp, 16, {
            let calls = calls.clone();
            move |_, _| calls.set(calls.get() + 1)
        })
        .unwrap();
    assert_eq!(server.accept(lp), Err(Error::EAGAIN));
    let address = server.local_addr(lp).unwrap();
    let clients = [(); 3].map(|()| TcpStream::connect(address).unwrap());
    for accepted in 1..=3 {
        for _ in 0..3 {
            lp.run(RunMode::NoWait).unwrap();
        }
        assert_eq!(calls.get(), accepted);
        let tcp = server.accept(lp).unwrap();
        let peer = tcp.peer_addr(lp).unwrap();
        assert!(clients.iter().any(|client| client.local_addr().unwrap() == peer));
        assert_eq!(server.accept(lp), Err(Error::EAGAIN));
    }
}

#[test]
fn reading_stops_and_starts_and_loses_nothing() {
    let listener = TcpListener::bind(local()).unwrap();
    let lp = Loop::new().unwrap();
    let tcp = Tcp::new(&lp);
    tcp.open(&lp, TcpStream::connect(listener.local_addr().unwrap()).unwrap()).unwrap();
    let sent = pattern(1 << 20);
    let writer = {
        let sent = sent.clone();
        thread::spawn(move || listener.accept().unwrap().0.write_all(&sent).unwrap())
    };
    let all = Rc::new(RefCell::new(Vec::new()));
    fn some(lp: &Loop, tcp: Tcp, all: &Rc<RefCell<Vec<u8>>>) {
        let all = all.clone();
        tcp.read_start(lp, move |lp, tcp, read| match read {
            Ok(bytes) => {
                all.borrow_mut().extend_from_slice(bytes);
                assert_eq!(tcp.read_start(lp, |_, _, _| {}), Err(Error::EALREADY));
                tcp.read_stop(lp).unwrap();
                assert!(!tcp.is_active(lp));
                let all = all.clone();
                if all.borrow().len().is_multiple_of(3) {
                    some(lp, tcp, &all);
                } else {
                    Idle::new(lp)
                        .start(lp, move |lp, idle| {
                            idle.close(lp).unwrap();
                            some(lp, tcp, &all);
                        })
                        .unwrap();
                }
            }
            Err(error) => {
                assert_eq!(error, Error::EOF);
                assert!(!tcp.is_active(lp));
                tcp.close(lp).unwrap();
            }
        })
        .unwrap();
    }
    some(&lp, tcp, &all);
    assert!(!lp.run(RunMode::Default).unwrap());
    writer.join().unwrap();
    assert!(*all.borrow() == sent);
}

#[test]
fn a_vanished_peer_is_an_error_to_reads_and_writes() {
    let listener = TcpListener::bind(local()).unwrap();
    let lp = Loop::new().unwrap();
    let tcp = Tcp::new(&lp);
    tcp.open(&lp, TcpStream::connect(listener.local_addr().unwrap()).unwrap()).unwrap();
    let (mut peer, _) = listener.accept().unwrap();
    // Unread bytes make the close a reset.
    tcp.write(&lp, "unread", |_, _, result| result.unwrap()).unwrap();
    peer.read_exact(&mut [0]).unwrap();
    drop(peer);
    let log = Log::default();
    let read = log.clone();
    tcp.read_start(&lp, move |lp, tcp, result| {
        assert_eq!(result, Err(Error::ECONNRESET));
        read.borrow_mut().push("read".into());
        // It reads until this returns, as in libuv.
        assert_eq!(tcp.read_start(lp, |_, _, _| {}), Err(Error::EALREADY));
        assert_eq!(tcp.write(lp, "x", |_, _, _| {}), Err(Error::EPIPE));
    })
    .unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(*log.borrow(), ["read"]);
}

#[test]
fn writes_to_a_vanished_peer_fail_one_by_one() {
    let listener = TcpListener::bind(local()).unwrap();
    let lp = Loop::new().unwrap();
    let tcp = Tcp::new(&lp);
    tcp.open(&lp, TcpStream::connect(listener.local_addr().unwrap()).unwrap()).unwrap();
    let peer = listener.accept().unwrap().0;
    let results = Rc::new(RefCell::new(Vec::new()));
    for length in [32 << 20, 10, 0] {
        let results = results.clone();
        tcp.write(&lp, vec![1; length], move |_, _, result| results.borrow_mut().push(result)).unwrap();
    }
    drop(peer);
    assert!(!lp.run(RunMode::Default).unwrap());
    let results = results.borrow();
    assert!(matches!(results[0], Err(Error::ECONNRESET | Error::EPIPE)));
    assert_eq!(results[1], Err(Error::EPIPE));
    assert_eq!(results.len(), 3);
    assert_eq!(tcp.write_queue_size(&lp), Ok(0));
}

#[test]
fn one_buffer_is_written_to_many() {
    let lp = Loop::new().unwrap();
    let text: Arc<[u8]> = pattern(100_000).into();
    let server = Tcp::new(&lp);
    server.bind(&lp, local()).unwrap();
    let (sent, mut left) = (text.clone(), 5);
    server
        .listen(&lp, 16, move |lp, server| {
            let peer = server.accept(lp).unwrap();
            peer.write(lp, sent.clone(), |lp, peer, result| {
                result.unwrap();
                peer.close(lp).unwrap();
            })
            .unwrap();
            left -= 1;
            if left == 0 {
                server.close(lp).unwrap();
            }
        })
        .unwrap();
    let address = server.local_addr(&lp).unwrap();
    let received: Vec<_> = (0..5)
        .map(|_| {
            let client = Tcp::new(&lp);
            client.connect(&lp, address, |_, _, result| result.unwrap()).unwrap();
            collect(&lp, client)
        })
        .collect();
    assert!(!lp.run(RunMode::Default).unwrap());
    assert!(received.iter().all(|bytes| **bytes.borrow() == *text));
    assert_eq!(Arc::strong_count(&text), 1);
}

#[test]
fn a_half_closed_connection_still_sends() {
    let lp = Loop::new().unwrap();
    let address = server(&lp, |lp, tcp| {
        tcp.read_start(lp, |lp, tcp, read| {
            assert_eq!(read, Err(Error::EOF));
            tcp.write(lp, "after the end", |lp, tcp, result| {
                result.unwrap();
                tcp.close(lp).unwrap();
            })
            .unwrap();
        })
        .unwrap();
    });
    let client = thread::spawn(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    });
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(client.join().unwrap(), "after the end");
}

#[test]
fn a_panic_in_any_callback_leaves_the_others_theirs() {
    fn run_through(lp: &Loop) -> usize {
        let mut panics = 0;
        while lp.alive() {
            panics += usize::from(catch_unwind(AssertUnwindSafe(|| lp.run(RunMode::Default))).is_err());
        }
        panics
    }

    let lp = Loop::new().unwrap();
    let log = Log::default();
    let server = Tcp::new(&lp);
    server.bind(&lp, local()).unwrap();
    let connected = note(&log, "connection");
    server
        .listen(&lp, 16, move |lp, server| {
            connected();
            let peer = server.accept(lp).unwrap();
            echo(lp, peer);
            panic!("connection");
        })
        .unwrap();
    let client = Tcp::new(&lp);
    let noted = log.clone();
    client
        .connect(&lp, server.local_addr(&lp).unwrap(), move |_, _, _| {
            noted.borrow_mut().push("connect".into());
            panic!("connect");
        })
        .unwrap();
    for number in 0..3 {
        let noted = log.clone();
        client
            .write(&lp, "abc", move |_, _, result| {
                result.unwrap();
                noted.borrow_mut().push(format!("write {number}"));
                panic!("write {number}");
            })
            .unwrap();
    }
    let (mut bytes, noted) = (0, log.clone());
    client
        .read_start(&lp, move |lp, client, read| {
            bytes += read.unwrap().len();
            if bytes == 9 {
                noted.borrow_mut().push("all read".into());
                client.close_with(lp, |_| panic!("close")).unwrap();
                server.close(lp).unwrap();
            }
            panic!("read");
        })
        .unwrap();
    let panics = run_through(&lp);
    assert!(panics >= 7, "{panics}");
    let mut log = log.take();
    log.sort();
    assert_eq!(log, ["all read", "connect", "connection", "write 0", "write 1", "write 2"]);
    assert!(lp.close().is_ok());
}

#[test]
fn canceled_writes_that_panic_are_all_called() {
    let listener = TcpListener::bind(local()).unwrap();
    let lp = Loop::new().unwrap();
    let tcp = Tcp::new(&lp);
    tcp.open(&lp, TcpStream::connect(listener.local_addr().unwrap()).unwrap()).unwrap();
    let called = Rc::new(Cell::new(0));
    for _ in 0..4 {
        let called = called.clone();
        tcp.write(&lp, vec![0; 16 << 20], move |_, _, _| {
            called.set(called.get() + 1);
            panic!();
        })
        .unwrap();
    }
    let closed = Rc::new(Cell::new(false));
    let seen = closed.clone();
    tcp.close_with(&lp, move |_| seen.set(true)).unwrap();
    let mut panics = 0;
    while lp.alive() {
        assert!(!closed.get());
        panics += usize::from(catch_unwind(AssertUnwindSafe(|| lp.run(RunMode::Default))).is_err());
    }
    assert_eq!((panics, called.get(), closed.get()), (4, 4, true));
}

#[test]
fn callbacks_are_dropped_with_their_handle_or_loop() {
    let listener = TcpListener::bind(local()).unwrap();
    let address = listener.local_addr().unwrap();
    let held = Rc::new(());
    let hold = || {
        let held = held.clone();
        move || drop(held.clone())
    };
    for by_loop in [false, true] {
        let lp = Loop::new().unwrap();
        let (tcp, server) = (Tcp::new(&lp), Tcp::new(&lp));
        let (a, b, c, d, e) = (hold(), hold(), hold(), hold(), hold());
        server.listen(&lp, 1, move |_, _| a()).unwrap();
        tcp.connect(&lp, address, move |_, _, _| b()).unwrap();
        tcp.read_start(&lp, move |lp, _, _| {
            tcp.read_stop(lp).unwrap();
            c();
        })
        .unwrap();
        tcp.write(&lp, vec![0; 64 << 20], move |_, _, _| d()).unwrap();
        tcp.shutdown(&lp, move |_, _, _| e()).unwrap();
        assert_eq!(Rc::strong_count(&held), 6);
        if by_loop {
            drop(lp);
        } else {
            tcp.close(&lp).unwrap();
            server.close(&lp).unwrap();
            assert!(!lp.run(RunMode::Default).unwrap());
        }
        assert_eq!(Rc::strong_count(&held), 1);
    }
}

#[test]
fn misuse_is_an_error() {
    let lp = Loop::new().unwrap();
    let tcp = Tcp::new(&lp);
    assert_eq!(tcp.local_addr(&lp), Err(Error::EBADF));
    tcp.bind(&lp, local()).unwrap();
    assert_eq!(tcp.bind(&lp, local()), Err(Error::EINVAL));
    let six: SocketAddr = "[::1]:0".parse().unwrap();
    assert!(tcp.bind(&lp, six).is_err());
    assert!(tcp.connect(&lp, "[::1]:9".parse().unwrap(), |_, _, _| unreachable!()).is_err());
    let not_mine = Tcp::new(&lp).bind(&lp, "8.8.8.8:0".parse().unwrap());
    assert_eq!(not_mine, Err(Error::EADDRNOTAVAIL));
    let listener = TcpListener::bind(local()).unwrap();
    let stream = || TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let refused = tcp.open(&lp, stream()).unwrap_err();
    assert_eq!(refused.error(), Error::EBUSY);
    let open = Tcp::new(&lp);
    open.open(&lp, refused.into_fd()).unwrap();
    assert_eq!(open.connect(&lp, listener.local_addr().unwrap(), |_, _, _| unreachable!()), Err(Error::EISCONN));
    open.close(&lp).unwrap();
    assert_eq!(open.read_stop(&lp), Err(Error::EINVAL));
    let refused = open.open(&lp, stream()).unwrap_err();
    assert_eq!(refused.error(), Error::EINVAL);
    TcpStream::from(refused.into_fd()).peer_addr().unwrap();
    lp.run(RunMode::NoWait).unwrap();
    assert_eq!(open.read_stop(&lp), Err(Error::EBADF));
}
