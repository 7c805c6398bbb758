//! Much of everything, and the ends of all ranges.

use std::cell::{Cell, RefCell};
use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::time::Duration;

use uv_loop::{
    Async, Channel, Check, Handle, HandleId, HandleKind, Idle, Interest, Loop, ManualClock, Observer, Phase, Poll,
    Prepare, RunMode, Source, Timer,
};

/// Panics without a word about it.
struct Quiet;

fn storm() -> ! {
    // With `resume_unwind` no hook prints a thousand backtraces.
    resume_unwind(Box::new(Quiet))
}

/// Counts what is open.
#[derive(Default)]
struct Balance(Cell<isize>, Cell<usize>);

impl Balance {
    fn add(&self, number: isize) {
        self.0.set(self.0.get() + number);
        self.1.set(self.1.get() + 1);
    }
}

impl Observer for Balance {
    fn iteration_begin(&self, _: &Loop) {
        self.add(1);
    }
    fn iteration_end(&self, _: &Loop) {
        self.add(-1);
    }
    fn phase_begin(&self, _: &Loop, _: Phase) {
        self.add(1);
    }
    fn phase_end(&self, _: &Loop, _: Phase) {
        self.add(-1);
    }
    fn callback_begin(&self, _: &Loop, _: Source) {
        self.add(1);
    }
    fn callback_end(&self, _: &Loop, _: Source) {
        self.add(-1);
    }
    fn wait_begin(&self, _: &Loop, _: Option<Duration>) {
        self.add(1);
    }
    fn wait_end(&self, _: &Loop, _: usize) {
        self.add(-1);
    }
}

/// Defers itself without end, and panics each time.
struct Deferred(Rc<Cell<usize>>);

impl HandleKind for Deferred {
    fn name(&self) -> &'static str {
        "deferred"
    }
    fn on_deferred(&self, lp: &Loop, id: HandleId) {
        self.0.set(self.0.get() + 1);
        lp.defer(id).unwrap();
        storm();
    }
}

#[test]
fn every_callback_panics_each_time_and_each_is_called_again() {
    let balance = Rc::new(Balance::default());
    let lp = Loop::builder().clock(ManualClock::new_auto()).observer(balance.clone()).build().unwrap();
    let calls: Vec<Rc<Cell<usize>>> = (0..7).map(|_| Rc::default()).collect();
    let count = |place: usize| {
        let cell = calls[place].clone();
        move || {
            cell.set(cell.get() + 1);
            storm();
        }
    };
    let (a, b, c, d, e, f) = (count(0), count(1), count(2), count(3), count(4), count(5));
    let millisecond = Duration::from_millis(1);
    Timer::new(&lp).start(&lp, millisecond, millisecond, move |_, _| a()).unwrap();
    Idle::new(&lp).start(&lp, move |_, _| b()).unwrap();
    Prepare::new(&lp).start(&lp, move |_, _| c()).unwrap();
    Check::new(&lp).start(&lp, move |_, _| d()).unwrap();
    let own = Rc::new(RefCell::new(None::<uv_loop::AsyncSender>));
    let it = own.clone();
    let wake = Async::new(&lp, move |_, _| {
        it.borrow().as_ref().unwrap().send().unwrap();
        e();
    });
    own.replace(Some(wake.sender(&lp).unwrap()));
    own.borrow().as_ref().unwrap().send().unwrap();
    let (near, mut far) = UnixStream::pair().unwrap();
    far.write_all(b"x").unwrap();
    let poll = Poll::new(&lp, near).unwrap();
    poll.start(&lp, Interest::READABLE, move |_, _, _| f()).unwrap();
    let deferred = lp.add_handle(Rc::new(Deferred(calls[6].clone())));
    lp.defer(deferred).unwrap();

    let mut panics = 0;
    for _ in 0..3_000 {
        match catch_unwind(AssertUnwindSafe(|| lp.run(RunMode::NoWait))) {
            Err(payload) => panics += usize::from(payload.is::<Quiet>()),
            Ok(result) => assert!(result.unwrap()),
        }
        assert_eq!(balance.0.get(), 0, "what has begun has ended");
    }
    assert!(balance.1.get() > 10_000);
    assert_eq!(panics, calls.iter().map(|calls| calls.get()).sum::<usize>(), "each call is one panic");
    let counts: Vec<_> = calls.iter().map(|calls| calls.get()).collect();
    // The iteration begins anew after each panic: what comes first there is first again, as in `run` itself.
    assert!(counts[6] >= 1_000, "{counts:?}");

    // With less in the way the others are called.
    deferred.close(&lp).unwrap();
    let mut rest = Vec::new();
    lp.walk(|id, _| rest.push(id));
    while let Some(id) = rest.pop() {
        for _ in 0..10 {
            let _ = catch_unwind(AssertUnwindSafe(|| lp.run(RunMode::NoWait)));
        }
        let _ = id.close(&lp);
    }
    for _ in 0..100 {
        if let Ok(alive) = catch_unwind(AssertUnwindSafe(|| lp.run(RunMode::NoWait)))
            && !alive.unwrap()
        {
            break;
        }
    }
    assert!(lp.close().is_ok());
}

#[test]
fn close_callbacks_that_panic_are_called_once_each() {
    let lp = Loop::new().unwrap();
    let calls = Rc::new(Cell::new(0));
    for _ in 0..500 {
        let calls = calls.clone();
        let end = move |lp: &Loop| {
            calls.set(calls.get() + 1);
            // A handle that is made and closed in the middle of it.
            Timer::new(lp).close(lp).unwrap();
            storm();
        };
        Timer::new(&lp).close_with(&lp, end).unwrap();
    }
    let mut panics = 0;
    while catch_unwind(AssertUnwindSafe(|| lp.run(RunMode::Default))).is_err() {
        panics += 1;
    }
    assert_eq!((calls.get(), panics), (500, 500));
    assert!(lp.close().is_ok());
}

#[test]
fn the_end_of_time_comes() {
    let clock = ManualClock::new();
    let lp = Loop::builder().clock(clock.clone()).build().unwrap();
    let calls = Rc::new(RefCell::new(Vec::new()));
    let log = |name: &'static str| {
        let calls = calls.clone();
        move |_: &Loop, _: Timer| calls.borrow_mut().push(name)
    };
    let start = |timeout, repeat, name| {
        let timer = Timer::new(&lp);
        timer.start(&lp, timeout, repeat, log(name)).unwrap();
        timer
    };
    let last = start(Duration::MAX, Duration::ZERO, "last");
    let never_before = start(Duration::from_millis(u64::MAX), Duration::ZERO, "as late");
    let often = start(Duration::from_secs(1), Duration::MAX, "often");
    assert_eq!(last.due_in(&lp), Ok(Some(Duration::from_millis(u64::MAX))));
    assert_eq!(never_before.due_in(&lp), last.due_in(&lp));

    clock.advance(Duration::from_secs(1));
    lp.run(RunMode::NoWait).unwrap();
    assert_eq!(calls.take(), ["often"]);
    clock.set(Duration::MAX).unwrap();
    lp.run(RunMode::NoWait).unwrap();
    assert_eq!(lp.now(), u64::MAX);
    assert_eq!(calls.take(), ["last", "as late", "often"]);
    // Time stands still now, and what repeats is due in each turn, once.
    assert_eq!(lp.backend_timeout(), Some(Duration::ZERO));
    lp.run(RunMode::NoWait).unwrap();
    assert_eq!(calls.take(), ["often"]);
    start(Duration::from_secs(1), Duration::ZERO, "at once");
    often.close(&lp).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
    assert_eq!(calls.take(), ["at once"]);
    lp.block_on(lp.sleep(Duration::MAX)).unwrap();
    lp.block_on(lp.interval(Duration::MAX).tick()).unwrap();
}

#[test]
fn descriptors_that_were_closed_and_used_again() {
    let lp = Loop::new().unwrap();
    for round in 0..200 {
        let (near, mut far) = UnixStream::pair().unwrap();
        let copy = near.as_fd().try_clone_to_owned().unwrap();
        let outlives = near.as_fd().try_clone_to_owned().unwrap();
        far.write_all(b"x").unwrap();
        // Two handles for two duplicates of one socket: both hear of it.
        let heard = Rc::new(Cell::new(0));
        let handles = [Poll::new(&lp, near).unwrap(), Poll::new(&lp, copy).unwrap()];
        for poll in handles {
            let heard = heard.clone();
            poll.start(&lp, Interest::READABLE, move |lp, poll, ready| {
                assert!(ready.unwrap().contains(Interest::READABLE));
                heard.set(heard.get() + 1);
                poll.close(lp).unwrap();
            })
            .unwrap();
        }
        // The third duplicate lives on, readable and watched by nobody: it makes no loop turn.
        assert!(!lp.run(RunMode::Default).unwrap(), "round {round}");
        assert_eq!(heard.get(), 2);
        let events = lp.metrics().events;
        lp.run(RunMode::NoWait).unwrap();
        assert_eq!(lp.metrics().events, events);
        drop(outlives);
    }
    assert!(lp.close().is_ok());
}

#[test]
fn a_channel_of_many_values() {
    const VALUES: u64 = 100_000;
    let lp = Loop::new().unwrap();
    let sum = Rc::new(Cell::new((0, 0)));
    let there = sum.clone();
    let (_, sender) = Channel::new(&lp, move |lp, channel, value: u64| {
        let (count, sum) = there.get();
        there.set((count + 1, sum + value));
        if count + 1 == 2 * VALUES {
            channel.close(lp).unwrap();
        }
    });
    // One half is there before the loop runs, the other comes meanwhile.
    (0..VALUES).for_each(|value| sender.send(value).unwrap());
    let thread = std::thread::spawn(move || (0..VALUES).for_each(|value| sender.send(value).unwrap()));
    assert!(!lp.run(RunMode::Default).unwrap());
    thread.join().unwrap();
    assert_eq!(sum.get(), (2 * VALUES, VALUES * (VALUES - 1)));
}

#[test]
fn phase_handles_that_stop_start_and_close_each_other_in_the_walk() {
    // Each of a ring stops the next, starts the one before anew and closes one of every five it meets.
    let lp = Loop::builder().clock(ManualClock::new()).build().unwrap();
    let ring: Rc<RefCell<Vec<Check>>> = Rc::default();
    let calls = Rc::new(Cell::new(0));
    let make = |place: usize, ring: &Rc<RefCell<Vec<Check>>>, calls: &Rc<Cell<usize>>| {
        let (ring, calls) = (ring.clone(), calls.clone());
        move |lp: &Loop, me: Check| {
            calls.set(calls.get() + 1);
            let (before, next, other) = {
                let ring = ring.borrow();
                let at = |step: usize| ring[(place + step) % ring.len()];
                (at(ring.len() - 1), at(1), at(calls.get() % ring.len()))
            };
            let _ = next.stop(lp);
            let _ = before.start(lp, |_, _| {});
            if calls.get().is_multiple_of(5) {
                let _ = other.close(lp);
                // Its slot is used again by the next one that is made.
                Check::new(lp).close(lp).unwrap();
            }
            let _ = me.stop(lp).and_then(|()| me.start(lp, |_, _| {}));
        }
    };
    for place in 0..50 {
        let check = Check::new(&lp);
        ring.borrow_mut().push(check);
        check.start(&lp, make(place, &ring, &calls)).unwrap();
    }
    for _ in 0..100 {
        if !lp.run(RunMode::NoWait).unwrap() {
            break;
        }
    }
    assert!(calls.get() >= 25);
    let ring = ring.take();
    for check in &ring {
        let _ = check.close(&lp);
    }
    assert!(!lp.run(RunMode::NoWait).unwrap());
    assert!(ring.iter().all(|check| check.close(&lp).is_err()));
    assert!(lp.close().is_ok());
}
