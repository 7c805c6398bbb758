//! Random programs of sends, stops and restarts: on one machine every datagram arrives once, whole and in the order in
//! which its sender has sent it, and every send is called back once and in order.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::IoSlice;
use std::net::SocketAddr;
use std::rc::Rc;

use proptest::prelude::*;
use uv_loop::{Handle, Loop, RunMode};
use uv_net::{Error, Outgoing, ReceivedBuffer, SendOwner, SocketName, Udp, UdpOptions};

/// As many handles send to each other.
const HANDLES: usize = 3;

#[derive(Clone, Debug)]
enum Op {
    Send {
        from: usize,
        to: usize,
        size: usize,
    },
    SendPieces {
        from: usize,
        to: usize,
        sizes: Vec<usize>,
    },
    TrySend {
        from: usize,
        to: usize,
        size: usize,
    },
    TrySendMany {
        from: usize,
        to: usize,
        sizes: Vec<usize>,
    },
    /// Receives until so many more datagrams have come.
    Receive {
        at: usize,
        how: How,
        until: usize,
    },
    Stop {
        at: usize,
    },
    Run,
}

#[derive(Clone, Copy, Debug)]
enum How {
    Shared,
    Own,
    OwnMany,
}

fn op() -> impl Strategy<Value = Op> {
    let handle = || 0..HANDLES;
    let size = || prop_oneof![3 => 0..50_usize, 1 => 0..3000_usize];
    let sizes = || prop::collection::vec(0..40_usize, 1..25);
    let how = prop_oneof![Just(How::Shared), Just(How::Own), Just(How::OwnMany)];
    prop_oneof![
        4 => (handle(), handle(), size()).prop_map(|(from, to, size)| Op::Send { from, to, size }),
        1 => (handle(), handle(), sizes()).prop_map(|(from, to, sizes)| Op::SendPieces { from, to, sizes }),
        1 => (handle(), handle(), size()).prop_map(|(from, to, size)| Op::TrySend { from, to, size }),
        1 => (handle(), handle(), sizes()).prop_map(|(from, to, sizes)| Op::TrySendMany { from, to, sizes }),
        3 => (handle(), how, 1..12_usize).prop_map(|(at, how, until)| Op::Receive { at, how, until }),
        1 => handle().prop_map(|at| Op::Stop { at }),
        2 => Just(Op::Run),
    ]
}

#[derive(Default)]
struct Seen {
    /// By receiver: who has sent, and what.
    received: Vec<Vec<(SocketAddr, Vec<u8>)>>,
    /// By sender: the numbers of its sends.
    done: Vec<Vec<u32>>,
    /// By receiver: when it has had enough.
    until: Vec<usize>,
}

/// A datagram's bytes: its number, and what follows from that.
fn bytes(number: u32, size: usize) -> Vec<u8> {
    number.to_ne_bytes().into_iter().chain((0..size).map(|place| (number as usize + place) as u8)).collect()
}

struct Owner {
    pieces: Vec<Vec<u8>>,
    from: usize,
    seen: Rc<RefCell<Seen>>,
}

impl SendOwner for Owner {
    fn buffers<'a>(&'a self, _: usize, add: &mut dyn FnMut(&'a [u8])) {
        self.pieces.iter().for_each(|piece| add(piece));
    }
    fn done(&self, _: &Loop, _: Udp, send: usize, result: uv_net::Result<()>) {
        result.unwrap();
        self.seen.borrow_mut().done[self.from].push(send as u32);
    }
}

/// Called with each datagram: stops when there were enough.
fn note(seen: &RefCell<Seen>, lp: &Loop, udp: Udp, at: usize, from: Option<SocketAddr>, bytes: &[u8]) {
    let mut seen = seen.borrow_mut();
    seen.received[at].push((from.unwrap(), bytes.to_vec()));
    if seen.received[at].len() >= seen.until[at] {
        drop(seen);
        udp.recv_stop(lp).unwrap();
    }
}

fn receive(lp: &Loop, udp: Udp, at: usize, how: How, seen: &Rc<RefCell<Seen>>) -> uv_net::Result<()> {
    let seen = seen.clone();
    if let How::Shared = how {
        return udp.recv_start(lp, move |lp, udp, received| {
            let datagram = received.unwrap();
            note(&seen, lp, udp, at, datagram.from, datagram.bytes);
        });
    }
    // On a handle for many datagrams a buffer has room for three.
    udp.recv_start_with(
        lp,
        |_, _, suggested| Some(vec![0; 3 * suggested]),
        move |lp, udp, received| match (received.result.unwrap(), received.buffer) {
            (Some(length), ReceivedBuffer::Whole(bytes)) => {
                note(&seen, lp, udp, at, received.name.and_then(SocketName::address), &bytes[..length]);
            }
            (Some(length), ReceivedBuffer::Chunk(bytes)) => {
                note(&seen, lp, udp, at, received.name.and_then(SocketName::address), &bytes[..length]);
            }
            (Some(_), ReceivedBuffer::Missing) => panic!("bytes without a place"),
            (None, _) => {}
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn every_datagram_arrives_once_and_in_order(ops in prop::collection::vec(op(), 1..60)) {
        let lp = Loop::new().unwrap();
        let mut number = 0_u32;
        let mut next = || {
            number += 1;
            number
        };
        let handles: Vec<Udp> = (0..HANDLES)
            .map(|at| {
                let options = UdpOptions { recvmmsg: at == 0, ..UdpOptions::default() };
                let udp = Udp::with_options(&lp, options).unwrap();
                udp.bind(&lp, "127.0.0.1:0".parse().unwrap()).unwrap();
                udp.set_recv_buffer_size(&lp, 8 << 20).unwrap();
                udp
            })
            .collect();
        let addresses: Vec<_> = handles.iter().map(|udp| udp.local_addr(&lp).unwrap()).collect();
        let seen = Rc::new(RefCell::new(Seen {
            received: vec![Vec::new(); HANDLES],
            done: vec![Vec::new(); HANDLES],
            until: vec![0; HANDLES],
        }));
        // By the pair of who sends and who receives.
        let mut sent: HashMap<(usize, usize), Vec<Vec<u8>>> = HashMap::new();
        let mut expected_done = vec![Vec::new(); HANDLES];
        for op in ops {
            match op {
                Op::Send { from, to, size } => {
                    let (number, done) = (next(), seen.clone());
                    let callback = move |_: &Loop, _, result: uv_net::Result<()>| {
                        result.unwrap();
                        done.borrow_mut().done[from].push(number);
                    };
                    handles[from].send(&lp, bytes(number, size), Some(addresses[to]), callback).unwrap();
                    expected_done[from].push(number);
                    sent.entry((from, to)).or_default().push(bytes(number, size));
                }
                Op::SendPieces { from, to, sizes } => {
                    let number = next();
                    let pieces: Vec<_> = sizes.iter().map(|&size| bytes(number, size)).collect();
                    sent.entry((from, to)).or_default().push(pieces.concat());
                    let owner = Rc::new(Owner { pieces, from, seen: seen.clone() });
                    handles[from].send_from(&lp, owner, number as usize, Some(addresses[to])).unwrap();
                    expected_done[from].push(number);
                }
                Op::TrySend { from, to, size } => {
                    let waiting = handles[from].send_queue_count(&lp).unwrap();
                    let datagram = bytes(next(), size);
                    match handles[from].try_send(&lp, &datagram, Some(addresses[to])) {
                        Ok(length) => {
                            prop_assert_eq!((length, waiting), (datagram.len(), 0));
                            sent.entry((from, to)).or_default().push(datagram);
                        }
                        Err(error) => prop_assert!(error == Error::EAGAIN && waiting > 0),
                    }
                }
                Op::TrySendMany { from, to, sizes } => {
                    let datagrams: Vec<_> = sizes.iter().map(|&size| bytes(next(), size)).collect();
                    let pieces: Vec<_> = datagrams.iter().map(|bytes| [IoSlice::new(bytes)]).collect();
                    let to_address = Some(addresses[to]);
                    let all: Vec<_> = pieces.iter().map(|pieces| Outgoing { pieces, to: to_address }).collect();
                    if let Ok(count) = handles[from].try_send_many(&lp, &all) {
                        prop_assert_eq!(count, all.len());
                        sent.entry((from, to)).or_default().extend(datagrams);
                    }
                }
                Op::Receive { at, how, until } => {
                    let started = receive(&lp, handles[at], at, how, &seen);
                    prop_assert!(matches!(started, Ok(()) | Err(Error::EALREADY)));
                    let mut seen = seen.borrow_mut();
                    seen.until[at] = seen.received[at].len() + until;
                }
                Op::Stop { at } => handles[at].recv_stop(&lp).unwrap(),
                Op::Run => drop(lp.run(RunMode::NoWait).unwrap()),
            }
        }
        // To the end: nobody stops any more.
        for (at, udp) in handles.iter().enumerate() {
            udp.recv_stop(&lp).unwrap();
            seen.borrow_mut().until[at] = usize::MAX;
            receive(&lp, *udp, at, [How::Shared, How::Own][at % 2], &seen).unwrap();
        }
        let total: usize = sent.values().map(Vec::len).sum();
        while seen.borrow().received.iter().map(Vec::len).sum::<usize>() < total
            || seen.borrow().done.iter().map(Vec::len).sum::<usize>() < expected_done.iter().map(Vec::len).sum()
        {
            prop_assert!(lp.run(RunMode::Once).unwrap());
        }
        let seen = seen.borrow();
        prop_assert_eq!(&seen.done, &expected_done);
        for from in 0..HANDLES {
            prop_assert_eq!(handles[from].send_queue_size(&lp), Ok(0));
            for to in 0..HANDLES {
                let of_sender = seen.received[to].iter().filter(|(address, _)| *address == addresses[from]);
                let arrived: Vec<_> = of_sender.map(|(_, bytes)| bytes.clone()).collect();
                prop_assert_eq!(arrived, sent.remove(&(from, to)).unwrap_or_default());
            }
        }
        for udp in handles {
            udp.close(&lp).unwrap();
        }
        prop_assert!(!lp.run(RunMode::Default).unwrap());
    }
}
