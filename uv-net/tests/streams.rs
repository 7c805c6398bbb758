//! The rules that all streams share, shown on pairs of Unix sockets.

use std::cell::{Cell, RefCell};
use std::io::IoSlice;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use uv_loop::{Check, Handle, HandleId, Idle, Loop, RunMode};
use uv_net::{Error, Pipe, ReadBuf, ReadOwner, Result, Stream, Tcp, WriteOwner};

type Log = Rc<RefCell<Vec<String>>>;

fn note(log: &Log, what: impl Into<String>) {
    log.borrow_mut().push(what.into());
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i * 31 + i / 251) as u8).collect()
}

fn pair() -> (Loop, Pipe, Pipe) {
    let lp = Loop::new().unwrap();
    let (one, other) = Pipe::pair(&lp).unwrap();
    (lp, one, other)
}

/// Collects what comes, until the end, and closes.
fn collect(lp: &Loop, stream: impl Stream) -> Rc<RefCell<Vec<u8>>> {
    let all = Rc::new(RefCell::new(Vec::new()));
    let into = all.clone();
    stream
        .read_start(lp, move |lp, stream, read| match read {
            Ok(bytes) => into.borrow_mut().extend_from_slice(bytes),
            Err(error) => {
                assert_eq!(error, Error::EOF);
                stream.close(lp).unwrap();
            }
        })
        .unwrap();
    all
}

#[test]
fn a_single_read_leaves_the_rest() {
    let (lp, one, other) = pair();
    assert_eq!(other.try_write(&lp, b"first"), Ok(5));
    let log = Log::default();
    let seen = log.clone();
    one.read_once(&lp, move |lp, one, read| {
        note(&seen, String::from_utf8_lossy(read.unwrap()));
        assert!(!one.is_active(lp));
        assert_eq!(other.try_write(lp, b"second"), Ok(6));
        let seen = seen.clone();
        one.read_once(lp, move |_, _, read| note(&seen, String::from_utf8_lossy(read.unwrap()))).unwrap();
    })
    .unwrap();
    assert_eq!(one.read_once(&lp, |_, _, _| {}), Err(Error::EALREADY));
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(*log.borrow(), ["first", "second"]);
    other.close(&lp).unwrap();
    one.read_once(&lp, |_, _, read| assert_eq!(read, Err(Error::EOF))).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
}

#[test]
fn exact_reads_take_no_byte_more() {
    let (lp, one, other) = pair();
    let sent = pattern(300_000);
    other.write(&lp, sent.clone(), |lp, other, _| other.close(lp).unwrap()).unwrap();
    let received = Rc::new(RefCell::new(Vec::new()));
    fn next(lp: &Loop, one: Pipe, received: Rc<RefCell<Vec<Vec<u8>>>>) {
        let count = [1, 10, 100_000, 70_000, 500_000][received.borrow().len()];
        one.read_exact(lp, count, move |lp, one, bytes, result| {
            assert!(!one.is_active(lp));
            let full = bytes.len() == count;
            assert_eq!(result, if full { Ok(()) } else { Err(Error::EOF) });
            received.borrow_mut().push(bytes);
            if full {
                next(lp, one, received);
            } else {
                one.close(lp).unwrap();
            }
        })
        .unwrap();
    }
    next(&lp, one, received.clone());
    assert!(!lp.run(RunMode::Default).unwrap());
    let received = received.take();
    assert_eq!(received.iter().map(Vec::len).collect::<Vec<_>>(), [1, 10, 100_000, 70_000, 129_989]);
    assert!(received.concat() == sent);
}

/// A stream of which the next read fails with `ECONNRESET`: the other end has gone, and had not read everything.
fn reset() -> (Loop, Pipe) {
    let (lp, one, other) = pair();
    assert_eq!(one.try_write(&lp, b"unread"), Ok(6));
    other.close(&lp).unwrap();
    lp.run(RunMode::NoWait).unwrap();
    (lp, one)
}

#[test]
fn an_error_is_told_while_the_handle_reads() {
    let (lp, one) = reset();
    let log = Log::default();
    let seen = log.clone();
    one.read_start(&lp, move |lp, one, read| {
        note(&seen, format!("{read:?} {} {}", one.is_active(lp), lp.alive()));
        note(&seen, format!("{:?}", one.read_start(lp, |_, _, _| {})));
    })
    .unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(*log.borrow(), ["Err(Error(ECONNRESET)) true true", "Err(Error(EALREADY))"]);
    assert!(!one.is_active(&lp));
    assert_eq!(one.read_start(&lp, |_, _, _| {}), Err(Error::ENOTCONN));
}

#[test]
fn a_panic_over_an_error_ends_the_reading_as_well() {
    let (lp, one) = reset();
    one.read_start(&lp, |_, _, read| panic!("{read:?}")).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| lp.run(RunMode::Default))).is_err());
    assert!(!one.is_active(&lp));
    assert!(!lp.run(RunMode::Default).unwrap());
}

/// What an owner is asked for and told of.
struct Turns(Log);

impl ReadOwner for Turns {
    fn fill(&self, _: &Loop, _: HandleId, _: usize, _: usize, read: &mut dyn FnMut(ReadBuf<'_>)) {
        note(&self.0, "fill");
        read(ReadBuf::from(&mut [0; 8][..]));
    }

    fn done(&self, lp: &Loop, id: HandleId, _: usize, result: Result<usize>) {
        note(&self.0, format!("{result:?} {}", id.is_active(lp)));
    }
}

#[test]
fn an_end_behind_the_last_bytes_is_told_in_the_same_turn_and_needs_no_memory() {
    let (lp, one, other) = pair();
    let log = Log::default();
    one.read_start_into(&lp, Rc::new(Turns(log.clone())), 0).unwrap();
    assert_eq!(other.try_write(&lp, b"the last"), Ok(8));
    assert_eq!(other.try_write(&lp, b"bytes"), Ok(5));
    other.close(&lp).unwrap();
    lp.run(RunMode::NoWait).unwrap();
    assert_eq!(*log.borrow(), ["fill", "Ok(8) true", "fill", "Ok(5) true", "Err(Error(EOF)) false"]);
}

#[test]
fn an_exact_read_of_nothing_reads_nothing() {
    let (lp, one, other) = pair();
    other.try_write(&lp, b"x").unwrap();
    one.read_exact(&lp, 0, |lp, one, bytes, result| {
        assert_eq!((bytes, result), (Vec::new(), Ok(())));
        one.read_exact(lp, 1, |_, _, bytes, _| assert_eq!(bytes, b"x")).unwrap();
    })
    .unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
}

/// An owner of small and of no memory.
struct Small {
    room: Cell<usize>,
    memory: RefCell<[MaybeUninit<u8>; 16]>,
    results: RefCell<Vec<Result<usize>>>,
}

impl ReadOwner for Small {
    fn fill(&self, _: &Loop, _: HandleId, reading: usize, suggested: usize, read: &mut dyn FnMut(ReadBuf<'_>)) {
        assert_eq!((reading, suggested), (7, 65536));
        let room = self.room.get();
        if room > 0 {
            read(ReadBuf::from(&mut self.memory.borrow_mut()[..room]));
        }
    }

    fn done(&self, lp: &Loop, id: HandleId, reading: usize, result: Result<usize>) {
        assert_eq!(reading, 7);
        self.results.borrow_mut().push(result);
        match result {
            Err(Error::ENOBUFS) => self.room.set(16),
            Err(_) => id.close(lp).unwrap(),
            Ok(_) => {}
        }
    }
}

#[test]
fn the_memory_of_the_caller_is_filled_as_in_libuv() {
    let (lp, one, other) = pair();
    other.write(&lp, pattern(40), |lp, other, _| other.close(lp).unwrap()).unwrap();
    let owner = Rc::new(Small {
        room: Cell::new(0),
        memory: RefCell::new([MaybeUninit::uninit(); 16]),
        results: RefCell::default(),
    });
    one.read_start_into(&lp, owner.clone(), 7).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    // No memory is an error that ends nothing; full memory is followed by another read at once.
    assert_eq!(*owner.results.borrow(), [Err(Error::ENOBUFS), Ok(16), Ok(16), Ok(8), Err(Error::EOF)]);
    assert_eq!(Rc::strong_count(&owner), 1);
}

#[test]
fn a_read_of_memory_that_was_full_may_find_nothing() {
    let (lp, one, other) = pair();
    other.try_write(&lp, &pattern(16)).unwrap();
    let owner = Rc::new(Small {
        room: Cell::new(16),
        memory: RefCell::new([MaybeUninit::uninit(); 16]),
        results: RefCell::default(),
    });
    one.read_start_into(&lp, owner.clone(), 7).unwrap();
    lp.run(RunMode::NoWait).unwrap();
    assert_eq!(*owner.results.borrow(), [Ok(16), Ok(0)]);
}

#[test]
fn buffers_are_written_one_after_the_other() {
    let (lp, one, other) = pair();
    one.set_send_buffer_size(&lp, 5000).unwrap();
    let mut expected = Vec::new();
    let done = Rc::new(RefCell::new(Vec::new()));
    // More buffers than one system call takes, empty ones among them, and large ones.
    for (number, sizes) in [(0, (0..600).collect::<Vec<_>>()), (1, vec![0, 0]), (2, vec![0, 90_000, 0, 1, 70_000])] {
        let buffers: Vec<Vec<u8>> = sizes.into_iter().map(|size| pattern(size + number)[number..].to_vec()).collect();
        expected.extend(buffers.concat());
        let done = done.clone();
        one.write_vectored(&lp, buffers, move |lp, one, result| {
            done.borrow_mut().push((number, result));
            if number == 2 {
                one.close(lp).unwrap();
            }
        })
        .unwrap();
    }
    assert_eq!(one.write_vectored(&lp, Vec::<Vec<u8>>::new(), |_, _, _| {}), Err(Error::EINVAL));
    assert!(one.write_queue_size(&lp).unwrap() > 0);
    let received = collect(&lp, other);
    assert!(!lp.run(RunMode::Default).unwrap());
    assert!(*received.borrow() == expected);
    assert_eq!(*done.borrow(), [(0, Ok(())), (1, Ok(())), (2, Ok(()))]);
}

#[test]
fn very_many_writes_of_one_turn_are_gathered_and_keep_their_order() {
    let (lp, one, other) = pair();
    let calls = Rc::new(Cell::new(0));
    for number in 0..10_000u32 {
        let calls = calls.clone();
        one.write(&lp, number.to_le_bytes(), move |_, _, result| {
            result.unwrap();
            assert_eq!(calls.replace(number + 1), number);
        })
        .unwrap();
        // The first ones have gone at once.
        assert_eq!(one.write_queue_size(&lp).unwrap(), 4 * (number as usize + 1).saturating_sub(32));
    }
    assert_eq!(one.try_write(&lp, b"x"), Err(Error::EAGAIN));
    one.shutdown(&lp, |lp, one, result| {
        result.unwrap();
        one.close(lp).unwrap();
    })
    .unwrap();
    let received = collect(&lp, other);
    assert!(!lp.run(RunMode::Default).unwrap());
    assert!(received.borrow().chunks(4).zip(0u32..).all(|(bytes, number)| bytes == number.to_le_bytes()));
    assert_eq!((received.borrow().len(), calls.get()), (40_000, 10_000));
}

#[test]
fn a_shutdown_that_waits_is_canceled_after_the_write_in_whose_callback_the_stream_closes() {
    for closing in 0..3 {
        let (lp, one, _other) = pair();
        let log = Log::default();
        for number in 0..3 {
            let log = log.clone();
            one.write(&lp, "abc", move |lp, one, result| {
                note(&log, format!("write {number} {result:?}"));
                if number == closing {
                    let log = log.clone();
                    one.close_with(lp, move |_| note(&log, "closed")).unwrap();
                }
            })
            .unwrap();
        }
        let (shut, check) = (log.clone(), log.clone());
        one.shutdown(&lp, move |lp, one, result| {
            assert_eq!(result, Err(Error::ECANCELED));
            note(&shut, format!("shutdown, closing {}", one.is_closing(lp)));
        })
        .unwrap();
        Check::new(&lp).start(&lp, move |_, _| note(&check, "check")).unwrap();
        lp.run(RunMode::NoWait).unwrap();
        let canceled = "shutdown, closing true";
        assert_eq!(*log.borrow(), ["write 0 Ok(())", "write 1 Ok(())", "write 2 Ok(())", canceled, "check", "closed"]);
    }
}

#[test]
fn a_shutdown_waits_until_the_kernel_has_all_and_not_for_the_callbacks() {
    let (lp, one, _other) = pair();
    let log = Log::default();
    let into = log.clone();
    one.write(&lp, "first", move |lp, one, result| {
        note(&into, format!("write {result:?}"));
        let (again, shut) = (into.clone(), into.clone());
        one.write(lp, "again", move |_, _, result| note(&again, format!("again {result:?}"))).unwrap();
        one.shutdown(lp, move |lp, one, result| {
            note(&shut, format!("shutdown {result:?}"));
            let log = shut.clone();
            one.close_with(lp, move |_| note(&log, "closed")).unwrap();
        })
        .unwrap();
    })
    .unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(*log.borrow(), ["write Ok(())", "shutdown Ok(())", "again Ok(())", "closed"]);
}

#[test]
fn a_reader_that_keeps_up_does_not_starve_others() {
    // A write that is called back writes again, for ever, and the check phase still comes.
    fn again(lp: &Loop, one: Pipe) {
        let _ = one.write(lp, "again", |lp, one, _| again(lp, one));
    }
    let (lp, one, other) = pair();
    other.read_start(&lp, |_, _, _| {}).unwrap();
    again(&lp, one);
    let turns = Rc::new(Cell::new(0));
    Check::new(&lp)
        .start(&lp, {
            let turns = turns.clone();
            move |lp, _| {
                turns.set(turns.get() + 1);
                if turns.get() == 100 {
                    lp.stop();
                }
            }
        })
        .unwrap();
    lp.run(RunMode::Default).unwrap();
    assert_eq!(turns.get(), 100);
}

#[test]
fn a_write_that_lies_about_its_bytes_fails() {
    struct Shrinking(Cell<bool>);
    impl AsRef<[u8]> for Shrinking {
        fn as_ref(&self) -> &[u8] {
            if self.0.replace(false) { &[1; 100] } else { &[] }
        }
    }
    let (lp, one, other) = pair();
    let result = Rc::new(Cell::new(None));
    let seen = result.clone();
    // It has to wait, and is asked again then.
    let first = pattern(1 << 20);
    one.write(&lp, first.clone(), |_, _, result| result.unwrap()).unwrap();
    let fails = move |lp: &Loop, one: Pipe, result| {
        seen.set(Some(result));
        assert_eq!(one.write_queue_size(lp), Ok(0));
        one.close(lp).unwrap();
    };
    one.write(&lp, Shrinking(Cell::new(true)), fails).unwrap();
    assert_eq!(one.write_queue_size(&lp).map(|size| size > 100), Ok(true));
    let received = collect(&lp, other);
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(result.get(), Some(Err(Error::EFAULT)));
    assert!(*received.borrow() == first);
}

#[test]
fn try_write_takes_what_fits_and_waits_for_its_turn() {
    let (lp, one, other) = pair();
    let sent = pattern(1 << 20);
    let (head, tail) = sent.split_at(1000);
    let count = one.try_write_vectored(&lp, &[IoSlice::new(head), IoSlice::new(&[]), IoSlice::new(tail)]).unwrap();
    assert!(count > 1000 && count < sent.len());
    assert_eq!(one.try_write(&lp, &sent[count..]), Err(Error::EAGAIN));
    assert_eq!(one.try_write_vectored(&lp, &[]), Err(Error::EINVAL));
    let rest = sent[count..].to_vec();
    one.write(&lp, rest, |lp, one, result| {
        result.unwrap();
        one.close(lp).unwrap();
        assert_eq!(one.try_write(lp, b"x"), Err(Error::EINVAL));
    })
    .unwrap();
    assert_eq!(one.try_write(&lp, b""), Err(Error::EAGAIN));
    let received = collect(&lp, other);
    assert!(!lp.run(RunMode::Default).unwrap());
    assert!(*received.borrow() == sent);
    let lone = Tcp::new(&lp);
    assert_eq!(lone.try_write(&lp, b"x"), Err(Error::EBADF));
}

#[test]
fn shutting_down_is_one_way_and_once() {
    let (lp, one, other) = pair();
    assert!(one.is_readable(&lp) && one.is_writable(&lp));
    one.shutdown(&lp, |_, _, result| result.unwrap()).unwrap();
    assert!(one.is_readable(&lp) && !one.is_writable(&lp));
    assert_eq!(one.shutdown(&lp, |_, _, _| {}), Err(Error::ENOTCONN));
    assert_eq!(one.write(&lp, "x", |_, _, _| {}), Err(Error::EPIPE));
    assert_eq!(one.try_write(&lp, b"x"), Err(Error::EPIPE));
    other.read_once(&lp, |_, _, read| assert_eq!(read, Err(Error::EOF))).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(one.shutdown(&lp, |_, _, _| {}), Err(Error::ENOTCONN));
    // The other direction still works.
    assert_eq!(other.try_write(&lp, b"back"), Ok(4));
    one.read_once(&lp, |_, _, read| assert_eq!(read, Ok(&b"back"[..]))).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
}

#[test]
fn a_failed_write_counts_until_it_is_called_back() {
    let (lp, one, other) = pair();
    other.close(&lp).unwrap();
    let results = Rc::new(RefCell::new(Vec::new()));
    for _ in 0..2 {
        let results = results.clone();
        one.write(&lp, vec![0; 100], move |lp, one, result| {
            results.borrow_mut().push((result, one.write_queue_size(lp).unwrap()));
        })
        .unwrap();
    }
    assert_eq!(one.write_queue_size(&lp), Ok(200));
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(*results.borrow(), [(Err(Error::EPIPE), 100), (Err(Error::EPIPE), 0)]);
}

#[test]
fn blocking_writes_are_done_when_the_call_returns() {
    let (lp, one, other) = pair();
    one.set_blocking(&lp, true).unwrap();
    let sent = pattern(3 << 20);
    let fd = other.fileno(&lp).unwrap();
    let reader = {
        let mut stream = std::os::unix::net::UnixStream::from(fd.as_fd().try_clone_to_owned().unwrap());
        stream.set_nonblocking(false).unwrap();
        std::thread::spawn(move || {
            let mut all = vec![0; 3 << 20];
            std::io::Read::read_exact(&mut stream, &mut all).unwrap();
            all
        })
    };
    let called = Rc::new(Cell::new(false));
    let seen = called.clone();
    one.write(&lp, sent.clone(), move |_, _, result| {
        result.unwrap();
        seen.set(true);
    })
    .unwrap();
    assert_eq!(one.write_queue_size(&lp), Ok(0));
    assert!(!called.get(), "it is called from the loop all the same");
    assert!(!lp.run(RunMode::Default).unwrap());
    assert!(called.get() && reader.join().unwrap() == sent);
    one.set_blocking(&lp, false).unwrap();
    assert_eq!(Tcp::new(&lp).set_blocking(&lp, true), Err(Error::EBADF));
}

#[test]
fn a_stopped_reader_with_bytes_waiting_does_not_keep_the_loop_busy() {
    let (lp, one, other) = pair();
    other.try_write(&lp, b"x").unwrap();
    one.read_once(&lp, move |lp, _, _| {
        other.try_write(lp, b"y").unwrap();
    })
    .unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    // Something that polls, for a while: what nobody reads is looked at once.
    let turns = Rc::new(Cell::new(0));
    Idle::new(&lp)
        .start(&lp, {
            let turns = turns.clone();
            move |lp, idle| {
                turns.set(turns.get() + 1);
                if turns.get() == 3 {
                    idle.close(lp).unwrap();
                }
            }
        })
        .unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    let mut fds = [rustix::event::PollFd::from_borrowed_fd(lp.backend_fd(), rustix::event::PollFlags::IN)];
    assert_eq!(rustix::event::poll(&mut fds, Some(&rustix::event::Timespec::default())), Ok(0));
    one.read_once(&lp, |_, _, read| assert_eq!(read, Ok(&b"y"[..]))).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
}

#[test]
fn what_a_closed_peer_left_is_read_before_the_end() {
    let (lp, one, other) = pair();
    other.write(&lp, pattern(100_000), |lp, other, _| other.close(lp).unwrap()).unwrap();
    let log = Log::default();
    let seen = log.clone();
    let received = Rc::new(Cell::new(0));
    one.read_start(&lp, move |lp, one, read| match read {
        Ok(bytes) => received.set(received.get() + bytes.len()),
        Err(error) => {
            note(&seen, format!("{} {}", received.get(), error.name()));
            assert!(one.is_readable(lp) && !one.is_active(lp));
        }
    })
    .unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(*log.borrow(), ["100000 EOF"]);
    // Nothing is left that the loop would be woken for.
    let mut fds = [rustix::event::PollFd::from_borrowed_fd(lp.backend_fd(), rustix::event::PollFlags::IN)];
    assert_eq!(rustix::event::poll(&mut fds, Some(&rustix::event::Timespec::default())), Ok(0));
}

#[test]
fn owners_are_let_go_with_the_stream() {
    struct Nothing(Cell<usize>);
    impl ReadOwner for Nothing {
        fn fill(&self, _: &Loop, _: HandleId, _: usize, _: usize, _: &mut dyn FnMut(ReadBuf<'_>)) {}
        fn done(&self, _: &Loop, _: HandleId, _: usize, _: Result<usize>) {}
    }
    impl WriteOwner for Nothing {
        fn buffers<'a>(&'a self, _: usize, from: usize, add: &mut dyn FnMut(&'a [u8]) -> bool) {
            static BYTES: [u8; 1 << 20] = [0; 1 << 20];
            if from == 0 {
                add(&BYTES);
            }
        }
        fn done(&self, _: &Loop, _: HandleId, write: usize, result: Result<()>) {
            assert_eq!((write, result), (self.0.replace(write + 1), Err(Error::ECANCELED)));
        }
    }
    let (lp, one, _other) = pair();
    let owner = Rc::new(Nothing(Cell::new(0)));
    one.read_start_into(&lp, owner.clone(), 7).unwrap();
    for write in 0..3 {
        one.write_from(&lp, owner.clone(), write).unwrap();
    }
    assert_eq!(Rc::strong_count(&owner), 5);
    one.close(&lp).unwrap();
    assert_eq!(Rc::strong_count(&owner), 4);
    lp.run(RunMode::Default).unwrap();
    assert_eq!((Rc::strong_count(&owner), owner.0.get()), (1, 3));
}

#[test]
fn a_shutdown_is_told_although_the_last_writes_callback_has_panicked() {
    for writes in 1..3 {
        let (lp, one, other) = pair();
        for _ in 0..writes {
            one.write(&lp, "x", |_, _, _| panic!("write")).unwrap();
        }
        let told = Rc::new(Cell::new(false));
        let seen = told.clone();
        one.shutdown(&lp, move |_, _, result| seen.set(result.is_ok())).unwrap();
        for _ in 0..writes {
            assert!(catch_unwind(AssertUnwindSafe(|| lp.run(RunMode::NoWait))).is_err());
        }
        lp.run(RunMode::NoWait).unwrap();
        assert!(told.get());
        one.close(&lp).unwrap();
        other.close(&lp).unwrap();
        assert!(!lp.run(RunMode::Default).unwrap());
    }
}

/// The queues go from stream to stream.
#[test]
fn a_stream_does_not_find_blocked_what_was_blocked_for_another() {
    let (lp, one, other) = pair();
    let filler = pattern(1 << 20);
    while one.try_write(&lp, &filler).is_ok() {}
    one.write_from(&lp, Rc::new(Few), 1).unwrap();
    one.cancel_write(&lp, 1).unwrap();
    lp.run(RunMode::NoWait).unwrap();

    let (writer, reader) = Pipe::pair(&lp).unwrap();
    writer.write_vectored(&lp, vec!["a", "b", "c", "d", "e"], |_, _, result| result.unwrap()).unwrap();
    assert_eq!(writer.write_queue_size(&lp), Ok(0), "there is room for all of it");
    for stream in [one, other, writer, reader] {
        stream.close(&lp).unwrap();
    }
    assert!(!lp.run(RunMode::Default).unwrap());
}

struct Few;

impl WriteOwner for Few {
    fn buffers<'a>(&'a self, _: usize, from: usize, add: &mut dyn FnMut(&'a [u8]) -> bool) {
        if from == 0 {
            add(b"few");
        }
    }

    fn done(&self, _: &Loop, _: HandleId, _: usize, result: Result<()>) {
        assert_eq!(result, Err(Error::ECANCELED));
    }
}
