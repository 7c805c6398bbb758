//! Channels: values from any thread, in order, none lost.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::thread;

use proptest::prelude::*;
use uv_loop::{Async, Channel, ChannelSender, Error, Handle, Loop, RunMode, SendError};

type Log = Rc<RefCell<Vec<u32>>>;

fn logging(lp: &Loop, log: &Log) -> (Channel, ChannelSender<u32>) {
    let log = log.clone();
    Channel::new(lp, move |_, _, item| log.borrow_mut().push(item))
}

#[test]
fn senders_may_live_on_any_thread() {
    fn check<T: Send + Sync + Clone + 'static>() {}
    check::<ChannelSender<Cell<u8>>>();
}

#[test]
fn values_come_in_their_order_in_one_phase() {
    let (lp, log) = (Loop::new().unwrap(), Log::default());
    let (_, sender) = logging(&lp, &log);
    (0..1000).for_each(|item| sender.send(item).unwrap());
    lp.run(RunMode::Once).unwrap();
    assert!(log.borrow().iter().copied().eq(0..1000));
}

#[test]
fn threads_lose_nothing_and_keep_their_order() {
    const THREADS: u32 = 4;
    const ITEMS: u32 = 5_000;
    let lp = Loop::new().unwrap();
    let mut next = [0; THREADS as usize];
    let (_, sender) = Channel::new(&lp, move |lp, channel, (thread, item): (usize, u32)| {
        assert_eq!(next[thread], item);
        next[thread] += 1;
        if next == [ITEMS; THREADS as usize] {
            channel.close(lp).unwrap();
        }
    });
    let threads: Vec<_> = (0..THREADS as usize)
        .map(|number| {
            let sender = sender.clone();
            thread::spawn(move || (0..ITEMS).for_each(|item| sender.send((number, item)).unwrap()))
        })
        .collect();
    assert!(!lp.run(RunMode::Default).unwrap());
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn what_a_callback_sends_comes_in_the_next_phase() {
    let (lp, log) = (Loop::new().unwrap(), Log::default());
    let own: Rc<RefCell<Option<ChannelSender<u32>>>> = Rc::default();
    let (_, sender) = Channel::new(&lp, {
        let (log, own) = (log.clone(), own.clone());
        move |_, _, item| {
            log.borrow_mut().push(item);
            own.borrow().as_ref().unwrap().send(item + 10).unwrap();
        }
    });
    *own.borrow_mut() = Some(sender.clone());
    sender.send(1).unwrap();
    sender.send(2).unwrap();
    for expected in [[1, 2], [11, 12], [21, 22]] {
        lp.run(RunMode::Once).unwrap();
        assert_eq!(log.take(), expected);
    }
}

#[test]
fn a_closed_channel_gives_values_back_and_drops_what_it_held() {
    let lp = Loop::new().unwrap();
    let held = Arc::new(());
    let (channel, sender) = Channel::new(&lp, |_, _, _: Arc<()>| unreachable!());
    sender.send(held.clone()).unwrap();
    channel.close(&lp).unwrap();
    assert_eq!(Arc::strong_count(&held), 1);
    let SendError { error, item } = sender.send(held.clone()).unwrap_err();
    assert!(error == Error::EBADF && Arc::ptr_eq(&item, &held));
    drop(item);

    // Closed from inside, with values of the same batch left.
    let (_, sender) = Channel::new(&lp, {
        move |lp, channel: Channel, item: (Arc<()>, ChannelSender<Arc<()>>)| {
            channel.close(lp).unwrap();
            let _ = item;
        }
    });
    let (_, other) = Channel::new(&lp, |_, _, _| {});
    for _ in 0..3 {
        sender.send((held.clone(), other.clone())).unwrap();
    }
    lp.run(RunMode::NoWait).unwrap();
    assert_eq!(Arc::strong_count(&held), 1);
    assert!(sender.send((held.clone(), other.clone())).is_err());

    // The loop goes.
    other.send(held.clone()).unwrap();
    drop(lp);
    assert_eq!(Arc::strong_count(&held), 1);
    assert_eq!(other.send(held).unwrap_err().to_string(), "the channel is closed");
}

#[test]
fn a_value_sent_after_the_callback_has_closed_is_given_back() {
    let lp = Loop::new().unwrap();
    let own: Rc<RefCell<Option<ChannelSender<u32>>>> = Rc::default();
    let (_, sender) = Channel::new(&lp, {
        let own = own.clone();
        move |lp, channel: Channel, item| {
            channel.close(lp).unwrap();
            assert_eq!(own.borrow().as_ref().unwrap().send(item).unwrap_err().item, item);
        }
    });
    *own.borrow_mut() = Some(sender.clone());
    sender.send(7).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
}

/// A value whose drop sends to the channel that drops it: no lock is held meanwhile.
struct Echo(Option<ChannelSender<Echo>>);

impl Drop for Echo {
    fn drop(&mut self) {
        if let Some(sender) = self.0.take() {
            assert!(sender.send(Echo(None)).is_err());
        }
    }
}

#[test]
fn values_that_send_when_they_are_dropped() {
    let lp = Loop::new().unwrap();
    let (channel, sender) = Channel::new(&lp, |_, _, _: Echo| unreachable!());
    sender.send(Echo(Some(sender.clone()))).unwrap();
    channel.close(&lp).unwrap();
    lp.run(RunMode::Default).unwrap();
}

#[test]
fn a_panic_loses_no_other_value() {
    let (lp, log) = (Loop::new().unwrap(), Log::default());
    let (channel, sender) = Channel::new(&lp, {
        let log = log.clone();
        move |_, _, item| {
            log.borrow_mut().push(item);
            assert_ne!(item % 3, 0, "every third value panics");
        }
    });
    (1..=9).for_each(|item| sender.send(item).unwrap());
    let mut panics = 0;
    while log.borrow().len() < 9 {
        panics += u32::from(catch_unwind(AssertUnwindSafe(|| lp.run(RunMode::Once))).is_err());
    }
    assert_eq!(panics, 3);
    assert!(log.borrow().iter().copied().eq(1..=9));
    channel.close(&lp).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
}

#[test]
fn the_limit_counts_values() {
    let lp = Loop::builder().phase_callback_limit(2).build().unwrap();
    let log = Log::default();
    let (_, sender) = logging(&lp, &log);
    (0..5).for_each(|item| sender.send(item).unwrap());
    for expected in [vec![0, 1], vec![2, 3], vec![4], vec![]] {
        lp.run(RunMode::NoWait).unwrap();
        assert_eq!(log.take(), expected);
    }
}

#[test]
fn other_handles_have_their_turn() {
    let (lp, log) = (Loop::new().unwrap(), Log::default());
    let (_, sender) = logging(&lp, &log);
    let other = {
        let log = log.clone();
        Async::new(&lp, move |_, _| log.borrow_mut().push(100)).sender(&lp).unwrap()
    };
    sender.send(1).unwrap();
    other.send().unwrap();
    sender.send(2).unwrap();
    lp.run(RunMode::Once).unwrap();
    assert_eq!(log.take(), [1, 2, 100]);
}

#[test]
fn an_unreferenced_channel_does_not_hold_the_loop() {
    let (lp, log) = (Loop::new().unwrap(), Log::default());
    let (channel, _sender) = logging(&lp, &log);
    channel.unref(&lp).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
}

#[derive(Clone, Debug)]
enum Op {
    Send(u32),
    Turn,
    Close,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![8 => (0..1000u32).prop_map(Op::Send), 3 => Just(Op::Turn), 1 => Just(Op::Close)]
}

proptest! {
    #[test]
    fn a_bounded_channel_is_a_queue(
        ops in proptest::collection::vec(op(), 0..80),
        capacity in 0..6usize,
        limit in 0..4usize,
    ) {
        let lp = Loop::builder().phase_callback_limit(limit).build().unwrap();
        let log = Log::default();
        let (channel, sender) = Channel::bounded(&lp, capacity, {
            let log = log.clone();
            move |_, _, item| log.borrow_mut().push(item)
        });
        let (mut model, mut open) = (Vec::new(), true);
        for op in ops {
            match op {
                Op::Send(item) => {
                    let expected = match (open, model.len() < capacity) {
                        (false, _) => Err((Error::EBADF, item)),
                        (true, false) => Err((Error::EAGAIN, item)),
                        (true, true) => Ok(()),
                    };
                    if expected.is_ok() {
                        model.push(item);
                    }
                    prop_assert_eq!(sender.send(item).map_err(|failed| (failed.error, failed.item)), expected);
                }
                Op::Turn => {
                    lp.run(RunMode::NoWait).unwrap();
                    let count = if limit == 0 { model.len() } else { model.len().min(limit) };
                    prop_assert_eq!(log.take(), model.drain(..count).collect::<Vec<_>>());
                }
                Op::Close => {
                    prop_assert_eq!(channel.close(&lp).is_ok(), open);
                    open = false;
                    model.clear();
                }
            }
        }
    }
}
