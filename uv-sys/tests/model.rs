//! Random registrations, reads and writes on socket pairs, against a model of what is ready.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use proptest::prelude::*;
use uv_sys::{Error, Events, Interest, Poller};

const SOCKETS: usize = 4;

#[derive(Clone, Debug)]
enum Step {
    Add(usize, usize, Interest),
    Modify(usize, usize, Interest),
    Delete(usize),
    /// The peer writes: the socket becomes readable.
    Send(usize),
    /// The socket's data is read: it is not readable any more.
    Receive(usize),
    /// The socket writes until it would block: it is not writable any more.
    Fill(usize),
    /// The peer reads it all: the socket is writable again.
    Empty(usize),
    /// The peer writes no more.
    ShutDown(usize),
    HangUp(usize),
}

struct Model {
    registered: Option<(usize, Interest)>,
    readable: bool,
    writable: bool,
    shut_down: bool,
    hung_up: bool,
}

struct Pair {
    socket: UnixStream,
    peer: Option<UnixStream>,
    model: Model,
}

impl Pair {
    fn new() -> Pair {
        let (socket, peer) = UnixStream::pair().unwrap();
        socket.set_nonblocking(true).unwrap();
        peer.set_nonblocking(true).unwrap();
        Pair {
            socket,
            peer: Some(peer),
            model: Model { registered: None, readable: false, writable: true, shut_down: false, hung_up: false },
        }
    }

    /// The key, and whether it is reported as readable, writable and disconnected; `None`: it is not reported.
    fn expected(&self) -> Option<(usize, (bool, bool, bool))> {
        let model = &self.model;
        let (key, interest) = model.registered?;
        let readable = (model.readable || model.shut_down) && interest.contains(Interest::READABLE);
        let writable = model.writable && interest.contains(Interest::WRITABLE);
        let disconnected = model.shut_down && interest.contains(Interest::DISCONNECT);
        match (model.hung_up, readable || writable || disconnected) {
            (true, _) => Some((key, (true, true, true))),
            (false, true) => Some((key, (readable, writable, disconnected))),
            (false, false) => None,
        }
    }
}

fn read_all(mut stream: &UnixStream) {
    let mut buffer = vec![0; 1 << 16];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return,
            // The peer hung up with unread data: the error is collected, the end follows.
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        }
    }
}

fn write_all(mut stream: &UnixStream) {
    let buffer = vec![0; 1 << 16];
    while match stream.write(&buffer) {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::WouldBlock);
            false
        }
    } {}
}

fn interest() -> impl Strategy<Value = Interest> {
    prop::sample::select(vec![
        Interest::NONE,
        Interest::READABLE,
        Interest::WRITABLE,
        Interest::READABLE | Interest::WRITABLE,
        Interest::READABLE | Interest::PRIORITY,
        Interest::PRIORITY,
        Interest::DISCONNECT,
        Interest::DISCONNECT | Interest::READABLE,
        Interest::DISCONNECT | Interest::WRITABLE,
    ])
}

fn step() -> impl Strategy<Value = Step> {
    let socket = 0..SOCKETS;
    // Keys of different sockets differ in their remainder.
    let key = 0..usize::MAX / SOCKETS;
    prop_oneof![
        4 => (socket.clone(), key.clone(), interest()).prop_map(|(s, k, i)| Step::Add(s, k, i)),
        4 => (socket.clone(), key, interest()).prop_map(|(s, k, i)| Step::Modify(s, k, i)),
        2 => socket.clone().prop_map(Step::Delete),
        4 => socket.clone().prop_map(Step::Send),
        3 => socket.clone().prop_map(Step::Receive),
        2 => socket.clone().prop_map(Step::Fill),
        2 => socket.clone().prop_map(Step::Empty),
        1 => socket.clone().prop_map(Step::ShutDown),
        1 => socket.prop_map(Step::HangUp),
    ]
}

fn apply(poller: &Poller, pairs: &mut [Pair], step: Step) {
    match step {
        Step::Add(index, key, interest) => {
            let Pair { socket, model, .. } = &mut pairs[index];
            let key = key * SOCKETS + index;
            let result = poller.add(socket.as_fd(), key, interest);
            if model.registered.is_some() {
                assert_eq!(result, Err(Error::EEXIST));
            } else {
                assert_eq!(result, Ok(()));
                model.registered = Some((key, interest));
            }
        }
        Step::Modify(index, key, interest) => {
            let Pair { socket, model, .. } = &mut pairs[index];
            let key = key * SOCKETS + index;
            let result = poller.modify(socket.as_fd(), key, interest);
            if model.registered.is_none() {
                assert_eq!(result, Err(Error::ENOENT));
            } else {
                assert_eq!(result, Ok(()));
                model.registered = Some((key, interest));
            }
        }
        Step::Delete(index) => {
            let Pair { socket, model, .. } = &mut pairs[index];
            let expected = model.registered.take().map(drop).ok_or(Error::ENOENT);
            assert_eq!(poller.delete(socket.as_fd()), expected);
        }
        Step::Send(index) => {
            if let Pair { peer: Some(peer), model, .. } = &mut pairs[index]
                && !model.readable
                && !model.shut_down
            {
                peer.write_all(b"x").unwrap();
                model.readable = true;
            }
        }
        Step::Receive(index) => {
            let Pair { socket, model, .. } = &mut pairs[index];
            read_all(socket);
            model.readable = false;
        }
        Step::Fill(index) => {
            if let Pair { socket, peer: Some(_), model } = &mut pairs[index] {
                write_all(socket);
                model.writable = false;
            }
        }
        Step::Empty(index) => {
            if let Pair { peer: Some(peer), model, .. } = &mut pairs[index] {
                read_all(peer);
                model.writable = true;
            }
        }
        Step::ShutDown(index) => {
            if let Pair { peer: Some(peer), model, .. } = &mut pairs[index] {
                peer.shutdown(Shutdown::Write).unwrap();
                model.shut_down = true;
            }
        }
        Step::HangUp(index) => {
            pairs[index].peer = None;
            pairs[index].model.hung_up = true;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn events_follow_the_model(steps in prop::collection::vec(step(), 1..60)) {
        let poller = Poller::new().unwrap();
        let mut pairs: Vec<Pair> = (0..SOCKETS).map(|_| Pair::new()).collect();
        let mut events = Events::with_capacity(SOCKETS);
        for step in steps {
            apply(&poller, &mut pairs, step);
            let count = poller.wait(&mut events, Some(Duration::ZERO)).unwrap();
            let found: BTreeMap<usize, (bool, bool, bool)> = events
                .iter()
                .map(|event| (event.key, (event.readable, event.writable, event.disconnect)))
                .collect();
            let expected: BTreeMap<_, _> = pairs.iter().filter_map(Pair::expected).collect();
            prop_assert_eq!(count, found.len());
            prop_assert_eq!(found, expected);
        }
    }
}
