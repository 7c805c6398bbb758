//! Poll handles over sockets, pipes and files.

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use uv_loop::{Async, Check, Error, Handle, Interest, Loop, Poll, Result, RunMode};

type Log = Rc<RefCell<Vec<Result<Interest>>>>;

fn pair() -> (Rc<UnixStream>, UnixStream) {
    let (near, far) = UnixStream::pair().unwrap();
    (Rc::new(near), far)
}

fn logger(log: &Log) -> impl FnMut(&Loop, Poll, Result<Interest>) + 'static {
    let log = log.clone();
    move |_, _, ready| log.borrow_mut().push(ready)
}

fn turn(lp: &Loop) {
    lp.run(RunMode::NoWait).unwrap();
}

#[test]
fn it_is_level_triggered_and_reports_what_holds() {
    let (lp, log) = (Loop::new().unwrap(), Log::default());
    let (near, mut far) = pair();
    let poll = Poll::new(&lp, near.clone()).unwrap();
    poll.start(&lp, Interest::READABLE, logger(&log)).unwrap();
    turn(&lp);
    assert!(log.take().is_empty());
    far.write_all(b"x").unwrap();
    turn(&lp);
    turn(&lp);
    assert_eq!(log.take(), [Ok(Interest::READABLE); 2]);
    poll.restart(&lp, Interest::READABLE | Interest::WRITABLE).unwrap();
    turn(&lp);
    assert_eq!(log.take(), [Ok(Interest::READABLE | Interest::WRITABLE)]);
    (&*near).read_exact(&mut [0]).unwrap();
    turn(&lp);
    assert_eq!(log.take(), [Ok(Interest::WRITABLE)]);
    poll.start(&lp, Interest::NONE, |_, _, _| unreachable!()).unwrap();
    assert!(!poll.is_active(&lp) && !lp.alive());
    assert_eq!(poll.restart(&lp, Interest::READABLE), Err(Error::EINVAL));
}

#[test]
fn the_descriptor_becomes_nonblocking() {
    let lp = Loop::new().unwrap();
    let (near, _far) = pair();
    Poll::new(&lp, near.clone()).unwrap();
    assert_eq!((&*near).read(&mut [0]).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn the_handle_lets_go_of_the_descriptor_when_it_closes() {
    let lp = Loop::new().unwrap();
    let (near, mut far) = UnixStream::pair().unwrap();
    let poll = Poll::new(&lp, near).unwrap();
    poll.start(&lp, Interest::READABLE, |_, _, _| unreachable!()).unwrap();
    poll.close(&lp).unwrap();
    assert_eq!(far.read(&mut [0]).unwrap(), 0, "at once, as libuv's handles do");
    assert_eq!(poll.stop(&lp), Err(Error::EINVAL));
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(poll.start(&lp, Interest::READABLE, |_, _, _| ()), Err(Error::EBADF));
    assert!(poll.fd(&lp).is_err());
}

#[test]
fn one_descriptor_has_one_watch() {
    let lp = Loop::new().unwrap();
    let (near, _far) = pair();
    let first = Poll::new(&lp, near.clone()).unwrap();
    let second = Poll::new(&lp, near.clone()).unwrap();
    first.start(&lp, Interest::WRITABLE, |_, _, _| {}).unwrap();
    assert_eq!(Poll::new(&lp, near.clone()), Err(Error::EEXIST));
    assert_eq!(second.start(&lp, Interest::WRITABLE, |_, _, _| {}), Err(Error::EEXIST));
    assert!(!second.is_active(&lp));
    first.stop(&lp).unwrap();
    second.start(&lp, Interest::WRITABLE, |_, _, _| {}).unwrap();

    // Another loop, or a duplicate, is another watch.
    let other = Loop::new().unwrap();
    Poll::new(&other, near.clone()).unwrap().start(&other, Interest::WRITABLE, |_, _, _| {}).unwrap();
    let duplicate = Poll::new(&lp, near.try_clone().unwrap()).unwrap();
    duplicate.start(&lp, Interest::WRITABLE, |_, _, _| {}).unwrap();
}

#[test]
fn a_regular_file_cannot_be_watched() {
    let lp = Loop::new().unwrap();
    let file = File::open(std::env::current_exe().unwrap()).unwrap();
    assert_eq!(Poll::new(&lp, file), Err(Error::EPERM));
    assert!(lp.close().is_ok(), "no handle was made");
}

#[test]
fn a_pipe_without_readers_is_an_error_and_stops() {
    let (lp, log) = (Loop::new().unwrap(), Log::default());
    let (reader, writer) = std::io::pipe().unwrap();
    let poll = Poll::new(&lp, writer).unwrap();
    poll.start(&lp, Interest::WRITABLE, logger(&log)).unwrap();
    turn(&lp);
    drop(reader);
    turn(&lp);
    assert_eq!(log.take(), [Ok(Interest::WRITABLE), Err(Error::EBADF)]);
    assert!(!poll.is_active(&lp) && !lp.run(RunMode::Default).unwrap());
    // It can be started again, and reports it again.
    poll.start(&lp, Interest::WRITABLE, logger(&log)).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(log.take(), [Err(Error::EBADF)]);
}

#[test]
fn a_pipe_without_writers_meets_all_conditions() {
    let (lp, log) = (Loop::new().unwrap(), Log::default());
    let (reader, writer) = std::io::pipe().unwrap();
    let poll = Poll::new(&lp, reader).unwrap();
    poll.start(&lp, Interest::READABLE | Interest::PRIORITY, logger(&log)).unwrap();
    drop(writer);
    turn(&lp);
    assert_eq!(log.take(), [Ok(Interest::READABLE | Interest::PRIORITY)]);
}

#[test]
fn the_end_of_what_the_peer_sends_is_a_disconnect() {
    let (lp, log) = (Loop::new().unwrap(), Log::default());
    let (near, far) = pair();
    let poll = Poll::new(&lp, near).unwrap();
    poll.start(&lp, Interest::DISCONNECT, logger(&log)).unwrap();
    (&far).write_all(b"x").unwrap();
    turn(&lp);
    assert!(log.take().is_empty(), "bytes are none");
    far.shutdown(std::net::Shutdown::Write).unwrap();
    turn(&lp);
    assert_eq!(log.take(), [Ok(Interest::DISCONNECT)]);
    poll.restart(&lp, Interest::READABLE | Interest::WRITABLE | Interest::DISCONNECT).unwrap();
    turn(&lp);
    assert_eq!(log.take(), [Ok(Interest::READABLE | Interest::WRITABLE | Interest::DISCONNECT)]);
}

#[test]
fn urgent_data_has_priority() {
    let (lp, log) = (Loop::new().unwrap(), Log::default());
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let near = TcpStream::connect(server.local_addr().unwrap()).unwrap();
    let (far, _) = server.accept().unwrap();
    let poll = Poll::new(&lp, near).unwrap();
    poll.start(&lp, Interest::PRIORITY, logger(&log)).unwrap();
    socket2::SockRef::from(&far).send_out_of_band(b"!").unwrap();
    lp.run(RunMode::Once).unwrap();
    assert_eq!(log.take(), [Ok(Interest::PRIORITY)]);
}

#[test]
fn a_reset_connection_is_an_error() {
    let (lp, log) = (Loop::new().unwrap(), Log::default());
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let near = TcpStream::connect(server.local_addr().unwrap()).unwrap();
    let (far, _) = server.accept().unwrap();
    // What is received and not read turns the close into a reset.
    (&near).write_all(b"never read").unwrap();
    while far.peek(&mut [0]).unwrap() == 0 {}
    drop(far);
    let poll = Poll::new(&lp, near).unwrap();
    poll.start(&lp, Interest::READABLE, logger(&log)).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(log.take(), [Err(Error::EBADF)]);
}

#[test]
fn a_callback_may_do_anything_to_its_handle() {
    let lp = Loop::new().unwrap();
    let (near, _far) = pair();
    let poll = Poll::new(&lp, near).unwrap();
    let calls = Rc::new(RefCell::new(Vec::new()));

    // A callback that is replaced while it runs does not come back.
    let log = calls.clone();
    poll.start(&lp, Interest::WRITABLE, move |lp, poll, _| {
        log.borrow_mut().push("first");
        let log = log.clone();
        poll.start(lp, Interest::WRITABLE, move |lp, poll, _| {
            log.borrow_mut().push("second");
            poll.stop(lp).unwrap();
        })
        .unwrap();
    })
    .unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(calls.take(), ["first", "second"]);

    let log = calls.clone();
    poll.start(&lp, Interest::WRITABLE, move |lp, poll, _| {
        log.borrow_mut().push("closes");
        poll.close(lp).unwrap();
        assert_eq!(poll.restart(lp, Interest::WRITABLE), Err(Error::EINVAL));
    })
    .unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(calls.take(), ["closes"]);
}

#[test]
fn what_a_poll_phase_has_found_is_forgotten_by_stop_and_restart() {
    for restart in [false, true] {
        let lp = Loop::new().unwrap();
        let polls: Rc<RefCell<Vec<Poll>>> = Rc::default();
        let calls = Rc::new(Cell::new(0));
        let mut others = Vec::new();
        for _ in 0..2 {
            let (near, far) = pair();
            others.push(far);
            let poll = Poll::new(&lp, near).unwrap();
            let (polls, calls) = (polls.clone(), calls.clone());
            // Whichever comes first keeps the other one from being called in this phase.
            poll.start(&lp, Interest::WRITABLE, {
                let polls = polls.clone();
                move |lp, me, _| {
                    calls.set(calls.get() + 1);
                    let other = *polls.borrow().iter().find(|&&poll| poll != me).unwrap();
                    match restart {
                        true => other.restart(lp, Interest::WRITABLE).unwrap(),
                        false => other.stop(lp).unwrap(),
                    }
                }
            })
            .unwrap();
            polls.borrow_mut().push(poll);
        }
        turn(&lp);
        assert_eq!(calls.get(), 1);
        turn(&lp);
        assert_eq!(calls.get(), 2);
    }
}

#[test]
fn an_unreferenced_handle_is_called_and_does_not_hold_the_loop() {
    let (lp, log) = (Loop::new().unwrap(), Log::default());
    let (near, _far) = pair();
    let poll = Poll::new(&lp, near).unwrap();
    poll.start(&lp, Interest::WRITABLE, logger(&log)).unwrap();
    poll.unref(&lp).unwrap();
    Check::new(&lp).start(&lp, |lp, check| check.stop(lp).unwrap()).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(log.take(), [Ok(Interest::WRITABLE)]);
}

#[test]
fn a_panic_leaves_the_callback_in_its_place() {
    let lp = Loop::new().unwrap();
    let (near, _far) = pair();
    let poll = Poll::new(&lp, near).unwrap();
    let mut calls = 0;
    poll.start(&lp, Interest::WRITABLE, move |lp, poll, _| {
        calls += 1;
        assert_ne!(calls, 1, "the first call panics");
        poll.close(lp).unwrap();
    })
    .unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| lp.run(RunMode::Default))).is_err());
    assert!(!lp.run(RunMode::Default).unwrap());
}

#[test]
fn dropping_the_loop_drops_the_descriptor_and_the_callback() {
    let (near, mut far) = UnixStream::pair().unwrap();
    let dropped = Rc::new(());
    let lp = Loop::new().unwrap();
    let poll = Poll::new(&lp, near).unwrap();
    let captured = dropped.clone();
    poll.start(&lp, Interest::READABLE, move |_, _, _| drop(captured.clone())).unwrap();
    drop(lp);
    assert_eq!(Rc::strong_count(&dropped), 1);
    assert_eq!(far.read(&mut [0]).unwrap(), 0);
}

#[test]
fn many_descriptors_are_all_called_in_one_turn() {
    let lp = Loop::new().unwrap();
    let calls = Rc::new(Cell::new(0));
    let mut others = Vec::new();
    for _ in 0..400 {
        let (near, far) = pair();
        others.push(far);
        let calls = calls.clone();
        let poll = Poll::new(&lp, near).unwrap();
        poll.start(&lp, Interest::WRITABLE, move |lp, poll, _| {
            calls.set(calls.get() + 1);
            poll.close(lp).unwrap();
        })
        .unwrap();
    }
    turn(&lp);
    assert_eq!(calls.get(), 400);
    assert!(lp.close().is_ok());
}

#[test]
fn other_events_of_the_phase_come_too() {
    let lp = Loop::new().unwrap();
    let (near, _far) = pair();
    let log = Rc::new(RefCell::new(Vec::new()));
    let poll_log = log.clone();
    let poll = Poll::new(&lp, near).unwrap();
    poll.start(&lp, Interest::WRITABLE, move |lp, poll, _| {
        poll_log.borrow_mut().push("poll");
        poll.close(lp).unwrap();
    })
    .unwrap();
    let async_log = log.clone();
    let wakeup = Async::new(&lp, move |lp, me| {
        async_log.borrow_mut().push("async");
        me.close(lp).unwrap();
    });
    wakeup.sender(&lp).unwrap().send().unwrap();
    turn(&lp);
    log.borrow_mut().sort_unstable();
    assert_eq!(*log.borrow(), ["async", "poll"]);
}

/// Random programs on socket pairs: what a poll phase calls is what poll(2)'s rules say of the bytes under way.
mod random {
    use super::*;
    use proptest::prelude::*;

    const PAIRS: usize = 3;

    #[derive(Clone, Debug)]
    enum Op {
        Start(usize, u8),
        Restart(usize, u8),
        Stop(usize),
        Write(usize),
        Read(usize),
        HangUp(usize),
        Close(usize),
        Turn,
    }

    fn op() -> impl Strategy<Value = Op> {
        let pair = || 0..PAIRS;
        prop_oneof![
            3 => (pair(), 0..4u8).prop_map(|(pair, interest)| Op::Start(pair, interest)),
            2 => (pair(), 0..4u8).prop_map(|(pair, interest)| Op::Restart(pair, interest)),
            1 => pair().prop_map(Op::Stop),
            3 => pair().prop_map(Op::Write),
            2 => pair().prop_map(Op::Read),
            1 => pair().prop_map(Op::HangUp),
            1 => pair().prop_map(Op::Close),
            4 => Just(Op::Turn),
        ]
    }

    fn interest_of(bits: u8) -> Interest {
        let mut interest = Interest::NONE;
        if bits & 1 != 0 {
            interest |= Interest::READABLE;
        }
        if bits & 2 != 0 {
            interest |= Interest::WRITABLE;
        }
        interest
    }

    #[derive(Default)]
    struct Model {
        watched: Option<Interest>,
        bytes: usize,
        hung_up: bool,
        closed: bool,
    }

    impl Model {
        /// What is called back; a socket's hang-up is the end of what can be read, and writes fail.
        fn ready(&self) -> Option<Interest> {
            let interest = self.watched?;
            let mut ready = Interest::WRITABLE;
            if self.bytes > 0 || self.hung_up {
                ready |= Interest::READABLE;
            }
            if !interest.contains(Interest::READABLE) {
                ready -= Interest::READABLE;
            }
            if !interest.contains(Interest::WRITABLE) {
                ready -= Interest::WRITABLE;
            }
            (!ready.is_empty()).then_some(ready)
        }
    }

    proptest! {
        #[test]
        fn calls_are_what_the_sockets_say(ops in proptest::collection::vec(op(), 1..60)) {
            let lp = Loop::new().unwrap();
            let log: Rc<RefCell<Vec<_>>> = Rc::default();
            let mut models: [Model; PAIRS] = Default::default();
            let mut nears = Vec::new();
            let mut fars = Vec::new();
            let mut polls = Vec::new();
            for _ in 0..PAIRS {
                let (near, far) = pair();
                polls.push(Poll::new(&lp, near.clone()).unwrap());
                nears.push(near);
                fars.push(Some(far));
            }
            for op in ops {
                match op {
                    Op::Start(pair, bits) => {
                        let (log, interest) = (log.clone(), interest_of(bits));
                        let result = polls[pair].start(&lp, interest, move |_, _, ready| log.borrow_mut().push((pair, ready)));
                        prop_assert_eq!(result.is_ok(), !models[pair].closed);
                        if result.is_ok() {
                            models[pair].watched = (!interest.is_empty()).then_some(interest);
                        }
                    }
                    Op::Restart(pair, bits) => {
                        let (interest, model) = (interest_of(bits), &mut models[pair]);
                        let result = polls[pair].restart(&lp, interest);
                        prop_assert_eq!(result.is_ok(), model.watched.is_some());
                        if result.is_ok() {
                            model.watched = (!interest.is_empty()).then_some(interest);
                        }
                    }
                    Op::Stop(pair) => {
                        prop_assert_eq!(polls[pair].stop(&lp).is_ok(), !models[pair].closed);
                        models[pair].watched = None;
                    }
                    Op::Write(pair) => {
                        if let Some(far) = &mut fars[pair] {
                            far.write_all(b"x").unwrap();
                            models[pair].bytes += 1;
                        }
                    }
                    Op::Read(pair) => {
                        if models[pair].bytes > 0 {
                            (&*nears[pair]).read_exact(&mut [0]).unwrap();
                            models[pair].bytes -= 1;
                        }
                    }
                    Op::HangUp(pair) => {
                        fars[pair] = None;
                        models[pair].hung_up = true;
                    }
                    Op::Close(pair) => {
                        prop_assert_eq!(polls[pair].close(&lp).is_ok(), !models[pair].closed);
                        models[pair].closed = true;
                        models[pair].watched = None;
                    }
                    Op::Turn => {
                        lp.run(RunMode::NoWait).unwrap();
                        let mut seen = log.take();
                        seen.sort_by_key(|&(pair, _)| pair);
                        let expected: Vec<_> = models.iter().enumerate()
                            .filter_map(|(pair, model)| Some((pair, Ok(model.ready()?))))
                            .collect();
                        prop_assert_eq!(seen, expected);
                    }
                }
                for (poll, model) in polls.iter().zip(&models) {
                    prop_assert_eq!(poll.is_active(&lp), model.watched.is_some());
                }
            }
        }
    }
}
