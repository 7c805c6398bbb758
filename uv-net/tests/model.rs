//! Random conversations: whatever the two ends do, every byte arrives once and in order, and every request ends once.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::net::TcpListener;
use std::rc::Rc;

use proptest::prelude::*;
use uv_loop::{HandleId, Loop, RunMode};
use uv_net::{Error, Pipe, ReadBuf, ReadOwner, Result, Stream, Tcp, WriteOwner};

#[derive(Clone, Debug)]
enum Op {
    Write(usize),
    WriteVectored(Vec<usize>),
    WriteFrom(usize),
    TryWrite(usize),
    /// Writes this often again, from the callback.
    WriteAgain(usize, usize),
    ReadStart,
    ReadInto(usize),
    ReadOnce,
    ReadExact(usize),
    /// Stops in the callback after so many calls.
    ReadSome(usize),
    ReadStop,
    Shutdown,
    Close,
    Run(usize),
}

fn size() -> impl Strategy<Value = usize> {
    prop_oneof![4 => 0..20usize, 3 => 0..2000usize, 2 => 0..50_000usize, 1 => 0..150_000usize]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        8 => size().prop_map(Op::Write),
        3 => prop::collection::vec(size(), 1..200).prop_map(|sizes| {
            Op::WriteVectored(sizes.into_iter().map(|size| size / 20).collect())
        }),
        3 => size().prop_map(Op::WriteFrom),
        4 => size().prop_map(Op::TryWrite),
        3 => (1..60usize, 0..40usize).prop_map(|(size, times)| Op::WriteAgain(size, times)),
        4 => Just(Op::ReadStart),
        2 => (1..5000usize).prop_map(Op::ReadInto),
        3 => Just(Op::ReadOnce),
        3 => size().prop_map(Op::ReadExact),
        2 => (1..4usize).prop_map(Op::ReadSome),
        3 => Just(Op::ReadStop),
        1 => Just(Op::Shutdown),
        1 => Just(Op::Close),
        12 => (1..4usize).prop_map(Op::Run),
    ]
}

/// What the bytes at a place in a stream are.
fn pattern(from: usize, length: usize) -> Vec<u8> {
    (from..from + length).map(|i| (i * 31 + i / 251) as u8).collect()
}

#[derive(Default)]
struct End {
    /// Bytes that were handed over, requests and calls that took effect alike.
    sent: Cell<usize>,
    /// The requests under way, in their order.
    outstanding: RefCell<VecDeque<(usize, usize)>>,
    requests: Cell<usize>,
    failed: Cell<bool>,
    received: Cell<usize>,
    /// Stopping it would lose what it has.
    exact: Cell<bool>,
    eof: Cell<bool>,
    read_error: Cell<Option<Error>>,
    shutdown: Cell<Option<Option<Result<()>>>>,
    closed: Cell<bool>,
    gone: Cell<bool>,
}

impl End {
    fn begin(&self, size: usize) -> usize {
        let number = self.requests.get();
        self.requests.set(number + 1);
        self.outstanding.borrow_mut().push_back((number, size));
        number
    }

    /// Writes end in their order, and after a failure none succeeds.
    fn end(&self, number: usize, result: Result<()>) {
        let (first, size) = self.outstanding.borrow_mut().pop_front().unwrap();
        assert_eq!(first, number);
        assert!(!self.gone.get(), "after the close callback");
        match result {
            Ok(()) => assert!(!self.failed.get() || size == 0),
            Err(error) => {
                assert!(self.closed.get() || error != Error::ECANCELED);
                self.failed.set(true);
            }
        }
    }

    fn receive(&self, bytes: &[u8]) {
        let over = self.closed.get() || self.eof.get() || self.read_error.get().is_some();
        assert!(bytes.is_empty() || !over);
        assert!(bytes == pattern(self.received.get(), bytes.len()));
        self.received.set(self.received.get() + bytes.len());
    }

    fn read(&self, read: Result<&[u8]>) {
        match read {
            Ok(bytes) => {
                assert!(!bytes.is_empty());
                self.receive(bytes);
            }
            Err(Error::EOF) => self.eof.set(true),
            Err(error) => self.read_error.set(Some(error)),
        }
    }
}

struct Into(Rc<End>, RefCell<Vec<u8>>);

impl ReadOwner for Into {
    fn fill(&self, _: &Loop, _: HandleId, _: usize, _: usize, read: &mut dyn FnMut(ReadBuf<'_>)) {
        read(ReadBuf::from(&mut self.1.borrow_mut()[..]));
    }

    fn done(&self, _: &Loop, _: HandleId, reading: usize, result: Result<usize>) {
        assert_eq!(reading, 3);
        match result {
            Ok(count) => self.0.receive(&self.1.borrow()[..count]),
            Err(error) => self.0.read(Err(error)),
        }
    }
}

struct From(Rc<End>, RefCell<Vec<usize>>, Vec<Vec<u8>>, Cell<usize>);

impl WriteOwner for From {
    fn buffers<'a>(&'a self, write: usize, from: usize, add: &mut dyn FnMut(&'a [u8]) -> bool) {
        assert_eq!(write, 7);
        let _ = self.2.iter().skip(from).all(|bytes| add(bytes));
    }

    fn sent(&self, write: usize, count: usize) {
        assert_eq!(write, 7);
        self.3.set(self.3.get() + count);
    }

    fn done(&self, _: &Loop, _: HandleId, write: usize, result: Result<()>) {
        assert_eq!(write, 7);
        if result.is_ok() {
            assert_eq!(self.3.get(), self.2.iter().map(Vec::len).sum());
        }
        let number = self.1.borrow_mut().pop().expect("it is called once");
        self.0.end(number, result);
    }
}

fn write_again(lp: &Loop, stream: impl Stream, end: &Rc<End>, size: usize, times: usize) {
    let number = end.begin(size);
    let again = end.clone();
    let result = stream.write(lp, pattern(end.sent.get(), size), move |lp, stream, result| {
        again.end(number, result);
        if times > 0 {
            write_again(lp, stream, &again, size, times - 1);
        }
    });
    taken(end, size, result);
}

fn taken(end: &End, size: usize, result: Result<()>) {
    match result {
        Ok(()) => end.sent.set(end.sent.get() + size),
        Err(_) => {
            end.outstanding.borrow_mut().pop_back();
        }
    }
}

fn act(lp: &Loop, stream: impl Stream, end: &Rc<End>, op: &Op) {
    let me = end.clone();
    match op.clone() {
        Op::Write(size) => write_again(lp, stream, end, size, 0),
        Op::WriteAgain(size, times) => write_again(lp, stream, end, size, times),
        Op::WriteVectored(sizes) => {
            let number = end.begin(sizes.iter().sum());
            let mut at = end.sent.get();
            let buffers = sizes.iter().map(|&size| {
                at += size;
                pattern(at - size, size)
            });
            let result = stream.write_vectored(lp, buffers.collect(), move |_, _, result| me.end(number, result));
            taken(end, sizes.iter().sum(), result);
        }
        Op::WriteFrom(size) => {
            let number = end.begin(size);
            let bytes = pattern(end.sent.get(), size);
            let (one, two) = bytes.split_at(size / 3);
            let owner =
                From(me, RefCell::new(vec![number]), vec![one.to_vec(), Vec::new(), two.to_vec()], Cell::new(0));
            let result = stream.write_from(lp, Rc::new(owner), 7);
            taken(end, size, result);
        }
        Op::TryWrite(size) => match stream.try_write(lp, &pattern(end.sent.get(), size)) {
            Ok(count) => end.sent.set(end.sent.get() + count),
            Err(error) => assert!(matches!(
                error,
                Error::EAGAIN | Error::EPIPE | Error::ECONNRESET | Error::EINVAL | Error::EBADF
            )),
        },
        Op::ReadStart => {
            let _ = stream.read_start(lp, move |_, _, read| me.read(read));
        }
        Op::ReadInto(size) => {
            let _ = stream.read_start_into(lp, Rc::new(Into(me, RefCell::new(vec![0; size]))), 3);
        }
        Op::ReadOnce => {
            let _ = stream.read_once(lp, move |_, _, read| me.read(read));
        }
        Op::ReadExact(count) => {
            let started = stream.read_exact(lp, count, move |_, _, bytes, result| {
                assert!(result.is_err() || bytes.len() == count);
                me.exact.set(false);
                me.receive(&bytes);
                if let Err(error) = result {
                    me.read(Err(error));
                }
            });
            end.exact.set(end.exact.get() || started.is_ok());
        }
        Op::ReadSome(mut calls) => {
            let _ = stream.read_start(lp, move |lp, stream, read| {
                me.read(read);
                calls -= 1;
                if calls == 0 {
                    stream.read_stop(lp).unwrap();
                }
            });
        }
        Op::ReadStop if end.exact.get() => {}
        Op::ReadStop => {
            let _ = stream.read_stop(lp);
        }
        Op::Shutdown => {
            let taken = stream.shutdown(lp, move |_, _, result| {
                assert_eq!(me.shutdown.replace(Some(Some(result))), Some(None));
                assert!(me.outstanding.borrow().is_empty(), "all writes have ended before");
            });
            if taken.is_ok() {
                end.shutdown.set(Some(None));
            }
        }
        Op::Close => {
            let result = stream.close_with(lp, move |_| {
                assert!(me.outstanding.borrow().is_empty());
                assert_ne!(me.shutdown.get(), Some(None));
                me.gone.set(true);
            });
            if result.is_ok() {
                end.closed.set(true);
            }
        }
        Op::Run(times) => {
            for _ in 0..times {
                lp.run(RunMode::NoWait).unwrap();
            }
        }
    }
}

fn converse<S: Stream>(lp: Loop, streams: [S; 2], ops: &[(bool, Op)]) -> std::result::Result<(), TestCaseError> {
    let ends = [Rc::new(End::default()), Rc::new(End::default())];
    for (side, op) in ops {
        let side = usize::from(*side);
        act(&lp, streams[side], &ends[side], op);
    }
    // Then each is read to its end, and ends.
    for side in 0..2 {
        act(&lp, streams[side], &ends[side], &Op::Shutdown);
    }
    let goes_on = |end: &End| {
        let reads = !end.closed.get() && !end.eof.get() && end.read_error.get().is_none();
        reads || !end.outstanding.borrow().is_empty() || end.shutdown.get() == Some(None)
    };
    while ends.iter().any(|end| goes_on(end)) {
        // A reading that was for a part goes on as one for all.
        for side in 0..2 {
            if !ends[side].eof.get() {
                act(&lp, streams[side], &ends[side], &Op::ReadStart);
            }
        }
        lp.run(RunMode::Once).unwrap();
    }
    for side in 0..2 {
        let (end, other) = (&ends[side], &ends[1 - side]);
        prop_assert!(end.received.get() <= other.sent.get());
        if !end.closed.get() && !other.closed.get() {
            prop_assert_eq!(end.received.get(), other.sent.get());
            prop_assert!(end.eof.get() && !end.failed.get() && end.read_error.get().is_none());
            prop_assert_eq!(end.shutdown.get(), Some(Some(Ok(()))));
        }
        act(&lp, streams[side], end, &Op::Close);
    }
    prop_assert!(!lp.run(RunMode::Default).unwrap());
    for end in &ends {
        prop_assert!(end.gone.get() && end.outstanding.borrow().is_empty());
        prop_assert_ne!(end.shutdown.get(), Some(None));
        prop_assert_eq!(Rc::strong_count(end), 1);
    }
    prop_assert!(lp.close().is_ok());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pipes(ops in prop::collection::vec((any::<bool>(), op()), 1..60), small in any::<bool>()) {
        let lp = Loop::new().unwrap();
        let (one, other) = Pipe::pair(&lp).unwrap();
        if small {
            one.set_send_buffer_size(&lp, 1).unwrap();
            other.set_send_buffer_size(&lp, 1).unwrap();
        }
        converse(lp, [one, other], &ops)?;
    }

    #[test]
    fn connections(ops in prop::collection::vec((any::<bool>(), op()), 1..60), early in any::<bool>()) {
        let lp = Loop::new().unwrap();
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let (one, other) = (Tcp::new(&lp), Tcp::new(&lp));
        one.connect(&lp, server.local_addr().unwrap(), |_, _, result| {
            assert!(matches!(result, Ok(()) | Err(Error::ECANCELED)));
        })
        .unwrap();
        if !early {
            lp.run(RunMode::NoWait).unwrap();
        }
        other.open(&lp, server.accept().unwrap().0).unwrap();
        converse(lp, [one, other], &ops)?;
    }
}
