//! Connects: what is told of them, and when.

mod common;

use std::cell::Cell;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use uv_loop::{Check, Handle, Idle, Loop, RunMode, Timer};
use uv_net::{Error, Pipe, Stream, Tcp};

use common::{Log, local, note};

/// The port is taken, so that nobody else can come to listen there.
fn nobody_listens(lp: &Loop) -> SocketAddr {
    let tcp = Tcp::new(lp);
    tcp.bind(lp, local()).unwrap();
    tcp.local_addr(lp).unwrap()
}

#[test]
fn a_refused_connection_is_reported_before_checks_and_its_close_after_them() {
    let lp = Loop::new().unwrap();
    let address = nobody_listens(&lp);
    let log = Log::default();
    let (refused, closed, written) = (note(&log, "refused"), note(&log, "closed"), note(&log, "written"));
    let tcp = Tcp::new(&lp);
    tcp.connect(&lp, address, move |lp, tcp, result| {
        assert_eq!(result, Err(Error::ECONNREFUSED));
        refused();
        tcp.close_with(lp, move |_| closed()).unwrap();
    })
    .unwrap();
    assert_eq!(tcp.connect(&lp, address, |_, _, _| {}), Err(Error::EALREADY));
    tcp.write(&lp, "for nobody", move |_, _, result| {
        assert_eq!(result, Err(Error::ECANCELED));
        written();
    })
    .unwrap();
    let checked = note(&log, "check");
    Check::new(&lp)
        .start(&lp, {
            let log = log.clone();
            move |lp, check| {
                if log.borrow().contains(&"refused".to_owned()) {
                    checked();
                    check.close(lp).unwrap();
                }
            }
        })
        .unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(*log.borrow(), ["refused", "check", "written", "closed"]);
}

#[test]
fn a_refused_connection_that_is_not_closed_cancels_its_writes() {
    let lp = Loop::new().unwrap();
    let log = Log::default();
    let tcp = Tcp::new(&lp);
    let (refused, written) = (note(&log, "refused"), note(&log, "canceled"));
    tcp.connect(&lp, nobody_listens(&lp), move |_, _, _| refused()).unwrap();
    tcp.write(&lp, "x", move |_, _, result| {
        assert_eq!(result, Err(Error::ECANCELED));
        written();
    })
    .unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(*log.borrow(), ["refused", "canceled"]);
    assert_eq!(tcp.write_queue_size(&lp), Ok(0));
}

/// The peer's bytes are an event that comes before the connect's own.
#[test]
fn a_shutdown_follows_a_connect_of_which_the_first_bytes_have_told() {
    let listener = TcpListener::bind(local()).unwrap();
    let lp = Loop::new().unwrap();
    let log = Log::default();
    let tcp = Tcp::new(&lp);
    let (connected, shut) = (note(&log, "connected"), note(&log, "shut down"));
    tcp.connect(&lp, listener.local_addr().unwrap(), move |_, _, result| {
        result.unwrap();
        connected();
    })
    .unwrap();
    listener.accept().unwrap().0.write_all(b"hello").unwrap();
    let read = log.clone();
    tcp.read_start(&lp, move |lp, tcp, bytes| match bytes {
        Ok(bytes) => read.borrow_mut().push(format!("{} bytes", bytes.len())),
        Err(_) => tcp.close(lp).unwrap(),
    })
    .unwrap();
    tcp.shutdown(&lp, move |_, _, result| {
        result.unwrap();
        shut();
    })
    .unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    let mut told = log.take();
    assert_eq!(told.remove(0), "connected");
    told.sort();
    assert_eq!(told, ["5 bytes", "shut down"]);
}

/// As in libuv, whose write queue is flushed in the connect's turn, and whose shutdown waits for what never comes.
#[test]
fn a_shutdown_behind_writes_that_a_refused_connect_has_canceled_is_the_closes() {
    for panics in [false, true] {
        let lp = Loop::new().unwrap();
        let log = Log::default();
        let tcp = Tcp::new(&lp);
        let refused = note(&log, "refused");
        let connected = move |_: &Loop, _, result| {
            assert_eq!(result, Err(Error::ECONNREFUSED));
            refused();
            assert!(!panics, "so it was wished");
        };
        tcp.connect(&lp, nobody_listens(&lp), connected).unwrap();
        let written = log.clone();
        tcp.write(&lp, "hello", move |_, _, result| written.borrow_mut().push(format!("write {result:?}"))).unwrap();
        let shut = log.clone();
        tcp.shutdown(&lp, move |lp, tcp, result| {
            assert!(panics || tcp.is_closing(lp));
            shut.borrow_mut().push(format!("shutdown {result:?}"));
        })
        .unwrap();
        let (mut turns, mut closed) = (0, Some(note(&log, "closed")));
        let idle = move |lp: &Loop, idle: Idle| {
            turns += 1;
            if turns == 5 {
                let closed = closed.take().unwrap();
                tcp.close_with(lp, move |_| closed()).unwrap();
                idle.close(lp).unwrap();
            }
        };
        Idle::new(&lp).start(&lp, idle).unwrap();
        let run = || lp.run(RunMode::Default).unwrap();
        if panics {
            assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
        }
        assert!(!run());
        let told = log.borrow().join(", ");
        let canceled = format!("{:?}", Err::<(), _>(Error::ECANCELED));
        let write = format!("refused, write {canceled}");
        if panics {
            assert!(told.starts_with(&write) && told.contains("shutdown") && told.ends_with("closed"), "{told}");
        } else {
            assert_eq!(told, format!("{write}, shutdown {canceled}, closed"));
        }
    }
}

#[test]
fn a_connect_is_canceled_by_a_close() {
    let listener = TcpListener::bind(local()).unwrap();
    let lp = Loop::new().unwrap();
    let result = Rc::new(Cell::new(None));
    let tcp = Tcp::new(&lp);
    let seen = result.clone();
    tcp.connect(&lp, listener.local_addr().unwrap(), move |_, _, result| seen.set(Some(result))).unwrap();
    tcp.close(&lp).unwrap();
    assert_eq!(result.get(), None);
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(result.get(), Some(Err(Error::ECANCELED)));
}

#[test]
fn a_close_frees_the_port_at_once() {
    let lp = Loop::new().unwrap();
    let first = Tcp::new(&lp);
    first.bind(&lp, local()).unwrap();
    first.listen(&lp, 1, |_, _| unreachable!()).unwrap();
    let address = first.local_addr(&lp).unwrap();

    let second = Tcp::new(&lp);
    second.bind(&lp, address).unwrap();
    assert_eq!(second.local_addr(&lp), Err(Error::EADDRINUSE), "it was kept for now");
    assert_eq!(second.listen(&lp, 1, |_, _| {}), Err(Error::EADDRINUSE));
    let reported = Rc::new(Cell::new(None));
    let seen = reported.clone();
    second.connect(&lp, address, move |_, _, result| seen.set(Some(result))).unwrap();
    first.close(&lp).unwrap();

    let third = Tcp::new(&lp);
    third.bind(&lp, address).unwrap();
    third.listen(&lp, 1, |_, _| unreachable!()).unwrap();
    third.close(&lp).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(reported.get(), Some(Err(Error::EADDRINUSE)));
}

/// By a callback that comes after the kernel has told of the connection.
#[test]
fn a_connection_that_is_reset_before_its_turn_is_told_as_such() {
    let lp = Loop::new().unwrap();
    let listener = TcpListener::bind(local()).unwrap();
    let (tcp, peer) = (Tcp::new(&lp), Tcp::new(&lp));
    let (first, other) = Pipe::pair(&lp).unwrap();
    assert_eq!(other.try_write(&lp, b"x"), Ok(1));
    first
        .read_once(&lp, move |lp, _, _| {
            peer.close_reset(lp, |_| {}).unwrap();
            let fd = tcp.fileno(lp).unwrap();
            poll(&mut [PollFd::new(&fd, PollFlags::empty())], None).unwrap();
        })
        .unwrap();
    let told = Rc::new(Cell::new(None));
    let tell = told.clone();
    tcp.connect(&lp, listener.local_addr().unwrap(), move |_, _, result| tell.set(Some(result))).unwrap();
    peer.open(&lp, listener.accept().unwrap().0).unwrap();
    poll(&mut [PollFd::new(&tcp.fileno(&lp).unwrap(), PollFlags::OUT)], None).unwrap();
    while told.get().is_none() {
        lp.run(RunMode::Once).unwrap();
    }
    assert_eq!(told.get(), Some(Err(Error::ECONNRESET)));
}

/// The socket is writable all the time, and for a moment it is watched for that.
#[test]
fn a_connection_that_nobody_uses_ends_no_wait() {
    let lp = Loop::new().unwrap();
    let listener = TcpListener::bind(local()).unwrap();
    let connected = Rc::new(Cell::new(false));
    let told = connected.clone();
    let tcp = Tcp::new(&lp);
    tcp.connect(&lp, listener.local_addr().unwrap(), move |_, _, result| {
        result.unwrap();
        told.set(true);
    })
    .unwrap();
    while !connected.get() {
        lp.run(RunMode::Once).unwrap();
    }
    let fired = Rc::new(Cell::new(false));
    let fire = fired.clone();
    Timer::new(&lp).start(&lp, Duration::from_millis(20), Duration::ZERO, move |_, _| fire.set(true)).unwrap();
    lp.run(RunMode::Once).unwrap();
    assert!(fired.get());
}
