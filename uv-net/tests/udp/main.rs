//! UDP handles: what arrives, in which order it is told, and what happens at the edges.

mod buffers;
mod groups;

use std::cell::{Cell, RefCell};
use std::io::IoSlice;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use uv_loop::{Check, Handle, Loop, RunMode, Timer};
use uv_net::{Error, Family, Interface, Outgoing, ReceivedBuffer, SendOwner, SocketName, Udp, UdpFlags, UdpOptions};

type Log<T> = Rc<RefCell<Vec<T>>>;

fn bound(lp: &Loop, ip: impl Into<IpAddr>) -> (Udp, SocketAddr) {
    let udp = Udp::new(lp);
    udp.bind(lp, (ip.into(), 0).into()).unwrap();
    (udp, udp.local_addr(lp).unwrap())
}

fn local(lp: &Loop) -> (Udp, SocketAddr) {
    bound(lp, Ipv4Addr::LOCALHOST)
}

/// An address where nobody receives.
fn nobody() -> SocketAddr {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// What a handle receives.
fn collect(lp: &Loop, udp: Udp) -> Log<Result<Vec<u8>, Error>> {
    let log = Log::default();
    let mine = log.clone();
    udp.recv_start(lp, move |_, _, received| mine.borrow_mut().push(received.map(|d| d.bytes.to_vec()))).unwrap();
    log
}

fn run_until(lp: &Loop, done: impl Fn() -> bool) {
    while !done() {
        let alive = lp.run(RunMode::Once).unwrap();
        assert!(alive || done(), "nothing left to wait for");
    }
}

/// Runs the loop for as long as it has something to do at once.
fn settle(lp: &Loop) {
    for _ in 0..20 {
        lp.run(RunMode::NoWait).unwrap();
    }
}

#[test]
fn datagrams_go_both_ways_in_both_families() {
    for ip in [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()] {
        let lp = Loop::new().unwrap();
        let (echo, address) = bound(&lp, ip);
        echo.recv_start(&lp, |lp, echo, received| {
            let datagram = received.unwrap();
            echo.send(lp, datagram.bytes.to_ascii_uppercase(), datagram.from, |lp, echo, sent| {
                sent.unwrap();
                echo.close(lp).unwrap();
            })
            .unwrap();
        })
        .unwrap();
        let client = Udp::new(&lp);
        client.send(&lp, "hello", Some(address), |_, _, sent| sent.unwrap()).unwrap();
        assert_eq!(client.local_addr(&lp).unwrap().is_ipv6(), ip.is_ipv6(), "bound by the send");
        let from = Rc::new(Cell::new(None));
        let seen = from.clone();
        client
            .recv_start(&lp, move |lp, client, received| {
                let datagram = received.unwrap();
                assert_eq!(datagram.bytes, b"HELLO");
                assert!(!datagram.truncated);
                seen.set(datagram.from);
                client.close(lp).unwrap();
            })
            .unwrap();
        assert!(!lp.run(RunMode::Default).unwrap());
        assert_eq!(from.get(), Some(address));
    }
}

#[test]
fn callbacks_come_in_order_and_from_the_loop() {
    let lp = Loop::new().unwrap();
    let (receiver, address) = local(&lp);
    let received = collect(&lp, receiver);
    let sender = Udp::new(&lp);
    let log: Log<u8> = Log::default();
    for number in 0..60 {
        let log = log.clone();
        sender.send(&lp, vec![number], Some(address), move |_, _, _| log.borrow_mut().push(number)).unwrap();
    }
    assert!(log.borrow().is_empty());
    assert_eq!((sender.send_queue_count(&lp), sender.send_queue_size(&lp)), (Ok(60), Ok(60)));
    assert_eq!(sender.try_send(&lp, b"x", Some(address)), Err(Error::EAGAIN), "others wait");
    run_until(&lp, || received.borrow().len() == 60);
    assert_eq!(*log.borrow(), (0..60).collect::<Vec<_>>());
    assert_eq!((sender.send_queue_count(&lp), sender.send_queue_size(&lp)), (Ok(0), Ok(0)));
    let received: Vec<_> = received.borrow().iter().map(|bytes| bytes.clone().unwrap()[0]).collect();
    assert_eq!(received, (0..60).collect::<Vec<_>>());
}

/// A send that ends at once is called back in the pending phase; one from inside a callback when the socket was seen to be
/// writable.
#[test]
fn the_phases_of_completions() {
    let lp = Loop::new().unwrap();
    let log: Log<&str> = Log::default();
    let mine = log.clone();
    Check::new(&lp).start(&lp, move |_, _| mine.borrow_mut().push("check")).unwrap();
    let udp = Udp::new(&lp);
    let (mine, to) = (log.clone(), Some(nobody()));
    udp.send(&lp, "", to, move |lp, udp, _| {
        mine.borrow_mut().push("first");
        let mine = mine.clone();
        udp.send(lp, "", to, move |lp, udp, _| {
            mine.borrow_mut().push("second");
            udp.close(lp).unwrap();
        })
        .unwrap();
    })
    .unwrap();
    for _ in 0..3 {
        lp.run(RunMode::NoWait).unwrap();
    }
    assert_eq!(*log.borrow(), ["first", "second", "check", "check", "check"]);
}

#[test]
fn empty_datagrams_are_datagrams() {
    let lp = Loop::new().unwrap();
    let (receiver, address) = local(&lp);
    let (sender, from) = local(&lp);
    sender.send(&lp, "", Some(address), |_, _, sent| sent.unwrap()).unwrap();
    receiver
        .recv_start(&lp, move |lp, receiver, received| {
            let datagram = received.unwrap();
            assert_eq!((datagram.bytes, datagram.from), (&b""[..], Some(from)));
            receiver.close(lp).unwrap();
        })
        .unwrap();
    sender.unref(&lp).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
}

#[test]
fn a_datagram_in_pieces_is_one() {
    struct Datagrams(Vec<Vec<Vec<u8>>>, Cell<usize>);
    impl SendOwner for Datagrams {
        fn buffers<'a>(&'a self, send: usize, add: &mut dyn FnMut(&'a [u8])) {
            self.0[send].iter().for_each(|piece| add(piece));
        }
        fn done(&self, _: &Loop, _: Udp, send: usize, result: uv_net::Result<()>) {
            result.unwrap();
            assert_eq!(send, self.1.get() % self.0.len());
            self.1.set(self.1.get() + 1);
        }
    }

    let lp = Loop::new().unwrap();
    let (receiver, address) = local(&lp);
    let received = collect(&lp, receiver);
    let sender = Udp::new(&lp);
    // None, one, many small, many large ones, and more than there is room for in one call.
    let datagrams: Vec<Vec<Vec<u8>>> = vec![
        vec![],
        vec![b"one".to_vec()],
        vec![vec![], b"two".to_vec(), b"three".to_vec()],
        (0..60).map(|piece| vec![piece; 50]).collect(),
        (0..63).map(|piece| vec![piece; 10]).collect(),
        (0..200).map(|piece| vec![piece; 7]).collect(),
        (0..900).map(|piece| vec![piece as u8; 2]).collect(),
        (0..1500).map(|piece| vec![piece as u8]).collect(),
    ];
    let whole: Vec<_> = datagrams.iter().map(|datagram| Ok(datagram.concat())).collect();
    let owner = Rc::new(Datagrams(datagrams, Cell::new(0)));
    for round in 0..2 {
        for send in 0..owner.0.len() {
            sender.send_from(&lp, owner.clone(), send, Some(address)).unwrap();
            if round == 0 {
                run_until(&lp, || sender.send_queue_count(&lp) == Ok(0)); // alone, and then all at once
            }
        }
    }
    run_until(&lp, || received.borrow().len() == 16);
    for (received, sent) in received.borrow().iter().zip(whole.iter().cycle()) {
        assert!(received == sent);
    }
    assert_eq!(owner.1.get(), 16);
}

/// It runs the loop when it is asked for its datagram's only piece, and the handle has a turn then.
struct Restless {
    lp: Rc<Loop>,
    udp: Udp,
    done: Cell<usize>,
}

impl SendOwner for Restless {
    fn buffers<'a>(&'a self, _: usize, add: &mut dyn FnMut(&'a [u8])) {
        self.lp.defer(self.udp.id()).unwrap();
        self.lp.run(RunMode::NoWait).unwrap();
        add(b"x");
    }
    fn done(&self, _: &Loop, _: Udp, _: usize, result: uv_net::Result<()>) {
        result.unwrap();
        self.done.set(self.done.get() + 1);
    }
}

#[test]
fn an_owner_may_run_the_loop_when_it_is_asked() {
    let lp = Rc::new(Loop::new().unwrap());
    let (receiver, address) = local(&lp);
    let received = collect(&lp, receiver);
    let udp = Udp::new(&lp);
    let owner = Rc::new(Restless { lp: lp.clone(), udp, done: Cell::new(0) });
    for number in 1..4 {
        udp.send_from(&lp, owner.clone(), number, Some(address)).unwrap();
        run_until(&lp, || owner.done.get() == number && received.borrow().len() == number);
    }
    assert!(!udp.is_active(&lp));
}

#[test]
fn many_datagrams_at_once() {
    let lp = Loop::new().unwrap();
    let (receiver, address) = local(&lp);
    let received = collect(&lp, receiver);
    let sender = Udp::new(&lp);
    let numbers: Vec<[u8; 1]> = (0..100).map(|number| [number]).collect();
    let pieces: Vec<[IoSlice<'_>; 2]> = numbers.iter().map(|n| [IoSlice::new(n), IoSlice::new(b"!")]).collect();
    let outgoing: Vec<_> = pieces.iter().map(|pieces| Outgoing { pieces, to: Some(address) }).collect();
    assert_eq!(sender.try_send_many(&lp, &outgoing), Err(Error::EINVAL), "no socket");
    assert_eq!(sender.try_send_many(&lp, &[]), Err(Error::EINVAL));
    sender.bind(&lp, "127.0.0.1:0".parse().unwrap()).unwrap();
    assert_eq!(sender.try_send_many(&lp, &outgoing), Ok(100));
    run_until(&lp, || received.borrow().len() == 100);
    let expected: Vec<_> = (0..100).map(|number| Ok(vec![number, b'!'])).collect();
    assert_eq!(*received.borrow(), expected);

    // The first that is refused ends it, and is told only if it is the first of all.
    let large = vec![0; 100_000];
    let large = [Outgoing { pieces: &[IoSlice::new(&large)], to: Some(address) }];
    let mixed = [&outgoing[..3], &large, &outgoing[..2]].concat();
    assert_eq!(sender.try_send_many(&lp, &mixed), Ok(3));
    assert_eq!(sender.try_send_many(&lp, &mixed[3..]), Err(Error::EMSGSIZE));
    let wide: Vec<_> = (0..100).map(|_| IoSlice::new(b"ab")).collect();
    let wide = [Outgoing { pieces: &wide, to: Some(address) }];
    assert_eq!(sender.try_send_many(&lp, &[&outgoing[..1], &wide, &outgoing[..1]].concat()), Ok(3));
    run_until(&lp, || received.borrow().len() == 106);
    assert_eq!(received.borrow()[104], Ok(b"ab".repeat(100)));
}

#[test]
fn an_error_is_of_its_own_datagram() {
    let lp = Loop::new().unwrap();
    let (receiver, address) = local(&lp);
    let received = collect(&lp, receiver);
    let sender = Udp::new(&lp);
    let log: Log<(usize, Result<(), Error>)> = Log::default();
    for (number, size) in [1, 70_000, 2, 3, 80_000, 4].into_iter().enumerate() {
        let log = log.clone();
        sender
            .send(&lp, vec![0; size], Some(address), move |_, _, result| log.borrow_mut().push((number, result)))
            .unwrap();
    }
    run_until(&lp, || received.borrow().len() == 4);
    let too_long = Err(Error::EMSGSIZE);
    let expected = [Ok(()), too_long, Ok(()), Ok(()), too_long, Ok(())];
    assert_eq!(*log.borrow(), expected.into_iter().enumerate().collect::<Vec<_>>());
    let sizes: Vec<_> = received.borrow().iter().map(|bytes| bytes.as_ref().unwrap().len()).collect();
    assert_eq!(sizes, [1, 2, 3, 4]);
}

#[test]
fn a_connected_handle_hears_its_peer_alone() {
    let lp = Loop::new().unwrap();
    let (server, address) = local(&lp);
    let (client, own) = local(&lp);
    assert_eq!(client.disconnect(&lp), Err(Error::ENOTCONN));
    client.connect(&lp, address).unwrap();
    assert_eq!(client.connect(&lp, address), Err(Error::EISCONN));
    assert_eq!(client.peer_addr(&lp), Ok(address));
    assert_eq!(client.send(&lp, "x", Some(address), |_, _, _| {}), Err(Error::EISCONN));
    assert_eq!(client.try_send(&lp, b"x", Some(address)), Err(Error::EISCONN));
    assert_eq!(client.try_send(&lp, b"to the server", None), Ok(13));

    let received = collect(&lp, client);
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    stranger.send_to(b"unheard", own).unwrap();
    server.try_send(&lp, b"heard", Some(own)).unwrap();
    run_until(&lp, || !received.borrow().is_empty());
    client.disconnect(&lp).unwrap();
    assert_eq!(client.send(&lp, "x", None, |_, _, _| {}), Err(Error::EDESTADDRREQ));
    assert_eq!(client.try_send(&lp, b"x", None), Err(Error::EDESTADDRREQ));
    assert_eq!(client.try_send(&lp, b"to anyone again", Some(address)), Ok(15));
    settle(&lp);
    assert_eq!(*received.borrow(), [Ok(b"heard".to_vec())]);
}

#[test]
fn a_refused_datagram_is_told_and_receiving_goes_on() {
    let lp = Loop::new().unwrap();
    let (client, own) = local(&lp);
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = peer.local_addr().unwrap();
    client.connect(&lp, address).unwrap();
    drop(peer);
    let received = collect(&lp, client);
    client.try_send(&lp, b"anyone?", None).unwrap();
    run_until(&lp, || !received.borrow().is_empty());
    let peer = UdpSocket::bind(address).unwrap();
    peer.send_to(b"yes", own).unwrap();
    run_until(&lp, || received.borrow().len() == 2);
    assert_eq!(*received.borrow(), [Err(Error::ECONNREFUSED), Ok(b"yes".to_vec())]);
}

#[test]
#[cfg(target_os = "linux")]
fn refusals_of_unconnected_datagrams_are_told_on_demand() {
    for ip in [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()] {
        let lp = Loop::new().unwrap();
        let udp = Udp::new(&lp);
        udp.bind_with(&lp, (ip, 0).into(), UdpFlags::RECV_ERR).unwrap();
        let target = bound(&lp, ip);
        target.0.close(&lp).unwrap();
        let received = collect(&lp, udp);
        udp.try_send(&lp, b"anyone?", Some(target.1)).unwrap();
        run_until(&lp, || !received.borrow().is_empty());
        settle(&lp);
        // Once as the socket's own error, if nothing else has met it, and once from the queue.
        assert!(received.borrow().iter().all(|error| *error == Err(Error::ECONNREFUSED)), "{received:?}");
        assert!((1..=2).contains(&received.borrow().len()), "{received:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn the_error_queue_is_told_with_who_and_what() {
    for recvmmsg in [false, true] {
        let lp = Loop::new().unwrap();
        let udp = Udp::with_options(&lp, UdpOptions { recvmmsg, ..UdpOptions::default() }).unwrap();
        udp.bind_with(&lp, "127.0.0.1:0".parse().unwrap(), UdpFlags::RECV_ERR).unwrap();
        udp.try_send(&lp, b"anyone?", Some(nobody())).unwrap();
        let log: Log<_> = Log::default();
        let mine = log.clone();
        udp.recv_start_with(
            &lp,
            |_, _, size| Some(vec![0; 2 * size]),
            move |_, _, mut received| {
                let bytes = match &mut received.buffer {
                    ReceivedBuffer::Whole(bytes) => bytes[..7].to_vec(),
                    ReceivedBuffer::Chunk(bytes) => bytes[..7].to_vec(),
                    ReceivedBuffer::Missing => vec![],
                };
                if received.recv_error {
                    let address = received.name.and_then(SocketName::address).unwrap().ip();
                    mine.borrow_mut().push((received.result, address, bytes));
                }
            },
        )
        .unwrap();
        run_until(&lp, || !log.borrow().is_empty());
        let expected = (Err(Error::ECONNREFUSED), IpAddr::from(Ipv4Addr::LOCALHOST), b"anyone?".to_vec());
        assert_eq!(*log.borrow(), [expected]);
    }
}

#[test]
fn pending_sends_are_cancelled_in_order() {
    let lp = Loop::new().unwrap();
    let udp = Udp::new(&lp);
    let log: Log<(u8, Option<Error>)> = Log::default();
    for number in 0..4 {
        let log = log.clone();
        udp.send(&lp, "x", Some(nobody()), move |_, _, result| log.borrow_mut().push((number, result.err()))).unwrap();
    }
    let mine = log.clone();
    udp.close_with(&lp, move |_| mine.borrow_mut().push((99, None))).unwrap();
    assert_eq!(udp.send(&lp, "x", Some(nobody()), |_, _, _| {}), Err(Error::EINVAL));
    assert!(log.borrow().is_empty());
    assert!(!lp.run(RunMode::Default).unwrap());
    let canceled = Some(Error::ECANCELED);
    assert_eq!(*log.borrow(), [(0, None), (1, canceled), (2, canceled), (3, canceled), (99, None)]);
    assert_eq!(udp.recv_stop(&lp), Err(Error::EBADF));
}

#[test]
fn a_handle_is_closed_in_its_own_callbacks() {
    let lp = Loop::new().unwrap();
    let (receiver, address) = local(&lp);
    let calls = Rc::new(Cell::new(0));
    let mine = calls.clone();
    receiver
        .recv_start(&lp, move |lp, receiver, _| {
            mine.set(mine.get() + 1);
            receiver.close(lp).unwrap();
        })
        .unwrap();
    let sender = Udp::new(&lp);
    let results: Log<Result<(), Error>> = Log::default();
    for _ in 0..3 {
        let results = results.clone();
        sender
            .send(&lp, "x", Some(address), move |lp, sender, result| {
                results.borrow_mut().push(result);
                let _ = sender.close(lp);
            })
            .unwrap();
    }
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(calls.get(), 1);
    assert_eq!(*results.borrow(), [Ok(()); 3], "the loop sends all before it calls back");
}

#[test]
fn stopping_loses_nothing() {
    let lp = Loop::new().unwrap();
    let (receiver, address) = local(&lp);
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    for number in 0..50 {
        sender.send_to(&[number], address).unwrap();
    }
    let log: Log<u8> = Log::default();
    for expected in [1, 2, 3] {
        let mine = log.clone();
        receiver
            .recv_start(&lp, move |lp, receiver, received| {
                mine.borrow_mut().push(received.unwrap().bytes[0]);
                receiver.recv_stop(lp).unwrap();
            })
            .unwrap();
        run_until(&lp, || log.borrow().len() == expected);
        settle(&lp);
        assert_eq!(log.borrow().len(), expected, "it was stopped");
        assert!(!lp.alive());
    }
    // Another receiver in the middle, from inside the first, with buffers of its own.
    let mine = log.clone();
    receiver
        .recv_start(&lp, move |lp, receiver, received| {
            mine.borrow_mut().push(received.unwrap().bytes[0]);
            receiver.recv_stop(lp).unwrap();
            let mine = mine.clone();
            receiver
                .recv_start_with(
                    lp,
                    |_, _, _| Some([0; 10]),
                    move |_, _, received| {
                        if let (Ok(Some(1)), ReceivedBuffer::Whole(bytes)) = (received.result, received.buffer) {
                            mine.borrow_mut().push(bytes[0]);
                        }
                    },
                )
                .unwrap();
        })
        .unwrap();
    run_until(&lp, || log.borrow().len() == 50);
    assert_eq!(*log.borrow(), (0..50).collect::<Vec<_>>());
}

#[test]
fn a_panic_loses_nothing() {
    let lp = Loop::new().unwrap();
    let (receiver, address) = local(&lp);
    let sender = Udp::new(&lp);
    let (sent, received): (Log<u8>, Log<u8>) = Default::default();
    for number in 0..10 {
        let sent = sent.clone();
        sender
            .send(&lp, vec![number], Some(address), move |_, _, _| {
                sent.borrow_mut().push(number);
                assert_ne!(number % 3, 1, "sent");
            })
            .unwrap();
    }
    let mine = received.clone();
    receiver
        .recv_start(&lp, move |_, _, received| {
            let number = received.unwrap().bytes[0];
            mine.borrow_mut().push(number);
            assert_ne!(number % 4, 2, "received");
        })
        .unwrap();
    let mut panics = 0;
    while received.borrow().len() < 10 || sent.borrow().len() < 10 {
        if catch_unwind(AssertUnwindSafe(|| lp.run(RunMode::Once).unwrap())).is_err() {
            panics += 1;
        }
    }
    assert_eq!(*received.borrow(), (0..10).collect::<Vec<_>>());
    assert_eq!(*sent.borrow(), (0..10).collect::<Vec<_>>());
    assert_eq!(panics, 3 + 2, "1, 4, 7 and 2, 6");
}

#[test]
fn a_panic_while_closing_loses_nothing() {
    let lp = Loop::new().unwrap();
    let udp = Udp::new(&lp);
    let log: Log<u8> = Log::default();
    for number in 0..4 {
        let log = log.clone();
        udp.send(&lp, "x", Some(nobody()), move |_, _, _| {
            log.borrow_mut().push(number);
            assert_ne!(number, 2);
        })
        .unwrap();
    }
    let mine = log.clone();
    udp.close_with(&lp, move |_| mine.borrow_mut().push(99)).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| lp.run(RunMode::Default))).is_err());
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(*log.borrow(), [0, 1, 2, 3, 99]);
}

#[test]
fn what_keeps_the_loop_alive() {
    let lp = Loop::new().unwrap();
    let (udp, _) = local(&lp);
    assert!(!udp.is_active(&lp) && !lp.alive());
    let received = collect(&lp, udp);
    assert!(udp.is_active(&lp) && lp.alive());
    assert_eq!(udp.recv_start(&lp, |_, _, _| {}), Err(Error::EALREADY));
    udp.recv_stop(&lp).unwrap();
    udp.recv_stop(&lp).unwrap();
    assert!(!udp.is_active(&lp) && !lp.alive());
    assert_eq!(Rc::strong_count(&received), 1, "the callback is gone");

    udp.send(&lp, "x", Some(nobody()), |_, _, _| {}).unwrap();
    udp.unref(&lp).unwrap();
    assert!(udp.is_active(&lp) && lp.alive(), "a request counts, whatever its handle is");
    assert!(!lp.run(RunMode::Default).unwrap());
    assert!(!udp.is_active(&lp));
}

#[test]
fn addresses_are_shared_on_demand() {
    let lp = Loop::new().unwrap();
    let (_, address) = local(&lp);
    assert_eq!(Udp::new(&lp).bind(&lp, address), Err(Error::EADDRINUSE));

    for flags in [UdpFlags::REUSE_ADDR, UdpFlags::REUSE_PORT] {
        let (one, other) = (Udp::new(&lp), Udp::new(&lp));
        one.bind_with(&lp, "127.0.0.1:0".parse().unwrap(), flags).unwrap();
        other.bind_with(&lp, one.local_addr(&lp).unwrap(), flags).unwrap();
        assert_eq!(other.bind(&lp, "127.0.0.1:0".parse().unwrap()), Err(Error::EINVAL), "bound already");
    }

    let v6 = Udp::new(&lp);
    v6.bind_with(&lp, "[::]:0".parse().unwrap(), UdpFlags::IPV6_ONLY).unwrap();
    let port = v6.local_addr(&lp).unwrap().port();
    Udp::new(&lp).bind(&lp, (Ipv4Addr::UNSPECIFIED, port).into()).unwrap();
    assert_eq!(Udp::new(&lp).bind(&lp, "192.0.2.99:0".parse().unwrap()), Err(Error::EADDRNOTAVAIL));
    let v4 = Udp::with_options(&lp, UdpOptions { family: Family::INET, ..UdpOptions::default() }).unwrap();
    assert_eq!(v4.bind(&lp, "[::1]:0".parse().unwrap()), Err(Error::EINVAL), "of the other family");
    let family = Family::from_raw(99);
    assert_eq!(Udp::with_options(&lp, UdpOptions { family, recvmmsg: false }), Err(Error::EINVAL));
}

#[test]
fn a_dual_handle_receives_both_families() {
    let lp = Loop::new().unwrap();
    let (udp, address) = bound(&lp, Ipv6Addr::UNSPECIFIED);
    let received = collect(&lp, udp);
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    sender.send_to(b"four", (Ipv4Addr::LOCALHOST, address.port())).unwrap();
    run_until(&lp, || !received.borrow().is_empty());
    assert_eq!(*received.borrow(), [Ok(b"four".to_vec())]);
}

#[test]
fn sockets_from_elsewhere() {
    let lp = Loop::new().unwrap();
    let udp = Udp::new(&lp);
    udp.open(&lp, UdpSocket::bind("127.0.0.1:0").unwrap()).unwrap();
    let refused = udp.open(&lp, UdpSocket::bind("127.0.0.1:0").unwrap()).unwrap_err();
    assert_eq!(refused.error(), Error::EBUSY);
    let received = collect(&lp, udp);
    udp.send(&lp, "to myself", Some(udp.local_addr(&lp).unwrap()), |_, _, sent| sent.unwrap()).unwrap();
    run_until(&lp, || !received.borrow().is_empty());

    let connected = UdpSocket::bind("127.0.0.1:0").unwrap();
    connected.connect(udp.local_addr(&lp).unwrap()).unwrap();
    let other = Udp::new(&lp);
    let refused = other.open_with(&lp, connected, UdpFlags::IPV6_ONLY).unwrap_err();
    assert_eq!(refused.error(), Error::EINVAL);
    other.open_with(&lp, refused.into_fd(), UdpFlags::NONE).unwrap();
    other.try_send(&lp, b"connected", None).unwrap();
    run_until(&lp, || received.borrow().len() == 2);

    let file = std::fs::File::open("/dev/null").unwrap();
    let refused = Udp::new(&lp).open(&lp, file).unwrap_err();
    assert_eq!(refused.error(), Error::ENOTSOCK);
    assert_eq!(refused.to_string(), "the descriptor was refused: ENOTSOCK: socket operation on non-socket");
    let file = refused.into_fd();
    assert!(rustix::io::fcntl_getfd(&file).is_ok());

    let closed = Udp::new(&lp);
    closed.close(&lp).unwrap();
    let refused = closed.open(&lp, file).unwrap_err();
    assert_eq!(refused.error(), Error::EINVAL);
    assert!(rustix::io::fcntl_getfd(refused.into_fd()).is_ok());
}

/// A socket that is full until its peer receives: a pair of Unix sockets.
#[test]
fn a_full_socket_is_waited_for() {
    let (mine, peer) = std::os::unix::net::UnixDatagram::pair().unwrap();
    let lp = Loop::new().unwrap();
    let udp = Udp::new(&lp);
    udp.open_with(&lp, mine, UdpFlags::NONE).unwrap();
    let mut sent = 0_u32;
    while udp.try_send(&lp, &sent.to_ne_bytes(), None).is_ok() {
        sent += 1;
    }
    assert_eq!(udp.try_send(&lp, b"x", None), Err(Error::EAGAIN));
    let log: Log<u32> = Log::default();
    for number in sent..sent + 50 {
        let log = log.clone();
        udp.send(&lp, number.to_ne_bytes(), None, move |_, _, result| {
            result.unwrap();
            log.borrow_mut().push(number);
        })
        .unwrap();
    }
    settle(&lp);
    assert!(log.borrow().is_empty());
    assert_eq!(udp.send_queue_size(&lp), Ok(200));
    let mut bytes = [0; 4];
    for number in 0..sent + 50 {
        while number == sent + log.borrow().len() as u32 {
            lp.run(RunMode::Once).unwrap();
        }
        assert_eq!(peer.recv(&mut bytes).unwrap(), 4);
        assert_eq!(u32::from_ne_bytes(bytes), number);
        lp.run(RunMode::NoWait).unwrap();
    }
    lp.run(RunMode::Default).unwrap();
    assert_eq!(*log.borrow(), (sent..sent + 50).collect::<Vec<_>>());
}

/// A flood of datagrams does not keep others from their turn.
#[test]
fn nobody_starves() {
    let lp = Loop::new().unwrap();
    let (udp, address) = local(&lp);
    udp.send(&lp, "x", Some(address), |_, _, _| {}).unwrap();
    udp.recv_start(&lp, move |lp, udp, _| {
        udp.send(lp, "x", Some(address), |_, _, _| {}).unwrap();
    })
    .unwrap();
    fn again(lp: &Loop, udp: Udp, to: SocketAddr) {
        let _ = udp.send(lp, "y", Some(to), move |lp, udp, _| again(lp, udp, to));
    }
    let other = Udp::new(&lp);
    again(&lp, other, address);
    let timer = Timer::new(&lp);
    timer
        .start(&lp, Duration::from_millis(5), Duration::ZERO, move |lp, timer| {
            udp.close(lp).unwrap();
            other.close(lp).unwrap();
            timer.close(lp).unwrap();
        })
        .unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
}

#[test]
fn a_dropped_loop_drops_its_callbacks() {
    let lp = Loop::new().unwrap();
    let (udp, address) = local(&lp);
    let value = Rc::new(());
    let (one, two) = (value.clone(), value.clone());
    udp.recv_start(&lp, move |_, _, _| drop(one.clone())).unwrap();
    udp.send(&lp, "x", Some(address), move |_, _, _| drop(two)).unwrap();
    drop(lp);
    assert_eq!(Rc::strong_count(&value), 1);
}
