//! Signals of a whole process, in a process whose tests run in threads: each test has signals of its own, and raises
//! them in its own thread, where they are caught before `raise` returns.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Write};
use std::mem;
use std::os::fd::AsFd;
use std::os::unix::thread::JoinHandleExt;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use proptest::prelude::*;
use uv_sys::signal::{self, Signals};
use uv_sys::{Error, Events, Interest, Poller, os};

fn raise(signum: i32) {
    // SAFETY: the signal is caught, or ignored by default.
    assert_eq!(unsafe { libc::raise(signum) }, 0);
}

fn disposition(signum: i32) -> libc::sigaction {
    // SAFETY: a null action changes nothing, and the old one is written whole.
    unsafe {
        let mut action = mem::zeroed();
        assert_eq!(libc::sigaction(signum, ptr::null(), &raw mut action), 0);
        action
    }
}

fn is_default(signum: i32) -> bool {
    disposition(signum).sa_sigaction == libc::SIG_DFL
}

/// Signals by real-time numbers, which no other test uses.
fn real_time(index: i32) -> i32 {
    libc::SIGRTMIN() + index
}

/// All that is there for one turn of a loop.
fn read_all(signals: &Signals) -> Vec<(usize, i32)> {
    let mut all = Vec::new();
    while let Some(delivery) = signals.read().unwrap() {
        all.push((delivery.key, delivery.signum));
    }
    all
}

#[test]
fn every_watcher_of_every_loop_is_told() {
    let signum = real_time(1);
    let loops: Vec<_> = (0..5).map(|_| Signals::new().unwrap()).collect();
    for (index, signals) in loops.iter().enumerate() {
        for key in 0..=index {
            signals.start(key, signum).unwrap();
        }
    }
    raise(signum);
    for (index, signals) in loops.iter().enumerate() {
        let expected: Vec<_> = (0..=index).map(|key| (key, signum)).collect();
        assert_eq!(read_all(signals), expected);
        assert_eq!(read_all(signals), []);
    }
    drop(loops);
    assert!(is_default(signum));
}

#[test]
fn signals_keep_their_order() {
    let [a, b, c] = [real_time(2), real_time(3), real_time(4)];
    let signals = Signals::new().unwrap();
    signals.start(20, b).unwrap();
    signals.start(30, c).unwrap();
    signals.start(10, a).unwrap();
    let mut expected = Vec::new();
    for round in 0..300 {
        let (signum, key) = [(c, 30), (a, 10), (b, 20), (a, 10)][round * round % 4];
        raise(signum);
        expected.push((key, signum));
    }
    assert_eq!(read_all(&signals), expected);
}

#[test]
fn what_cannot_be_caught_is_refused() {
    let signals = Signals::new().unwrap();
    for signum in [0, -1, 65, 256 + 10, i32::MAX, i32::MIN, signal::SIGKILL, signal::SIGSTOP, 32, 33] {
        assert_eq!(signals.start(1, signum), Err(Error::EINVAL), "{signum}");
        assert_eq!(signals.start_oneshot(1, signum), Err(Error::EINVAL), "{signum}");
    }
    assert_eq!(format!("{signals:?}"), "Signals { watches: {}, .. }");

    // A key that is refused another signal has stopped.
    let signum = real_time(5);
    signals.start(1, signum).unwrap();
    assert_eq!(signals.start(1, signal::SIGKILL), Err(Error::EINVAL));
    assert!(is_default(signum));
    signals.stop(1);
    signals.stop(2);
}

#[test]
fn the_disposition_follows_the_watchers() {
    let signum = real_time(6);
    let reset = |expected: bool| {
        let action = disposition(signum);
        assert_ne!(action.sa_sigaction, libc::SIG_DFL);
        assert_ne!(action.sa_flags & libc::SA_RESTART, 0);
        assert_eq!(action.sa_flags & libc::SA_RESETHAND != 0, expected);
    };
    let (first, second) = (Signals::new().unwrap(), Signals::new().unwrap());
    first.start_oneshot(1, signum).unwrap();
    reset(true);
    first.start_oneshot(2, signum).unwrap();
    reset(true);
    second.start(1, signum).unwrap();
    reset(false);
    first.start(3, signum).unwrap();
    drop(second);
    reset(false);
    first.stop(3);
    reset(true);
    first.start(2, signum).unwrap();
    reset(false);
    first.start_oneshot(2, signum).unwrap();
    reset(true);
    first.stop(1);
    reset(true);
    first.stop(2);
    assert!(is_default(signum));
}

#[test]
fn a_one_shot_watcher_is_told_once() {
    let signum = signal::SIGURG;
    let signals = Signals::new().unwrap();
    signals.start_oneshot(1, signum).unwrap();
    signals.start_oneshot(2, signum).unwrap();
    raise(signum);
    assert!(is_default(signum), "at once, before it is read");
    raise(signum);
    let delivery = signals.read().unwrap().unwrap();
    assert!(delivery.key == 1 && delivery.oneshot);
    assert_eq!(read_all(&signals), [(2, signum)]);

    // Beside one that repeats, the signal is caught again, and the first is still told once.
    signals.start_oneshot(1, signum).unwrap();
    signals.start(2, signum).unwrap();
    raise(signum);
    raise(signum);
    assert_eq!(read_all(&signals), [(2, signum), (1, signum), (2, signum)]);

    // Started again before anybody has read that the handler is gone.
    signals.stop(2);
    signals.start_oneshot(1, signum).unwrap();
    raise(signum);
    signals.start_oneshot(3, signum).unwrap();
    raise(signum);
    assert_eq!(read_all(&signals), [(1, signum), (3, signum)]);
    assert!(is_default(signum));
}

#[test]
fn a_watcher_may_stop_others_and_itself_while_they_are_told() {
    let signum = real_time(7);
    let signals = Signals::new().unwrap();
    (1..=5).for_each(|key| signals.start(key, signum).unwrap());
    raise(signum);
    raise(signum);
    assert_eq!(signals.read().unwrap().unwrap().key, 1);
    signals.stop(1);
    signals.stop(2);
    signals.start(2, signum).unwrap();
    signals.start(6, signum).unwrap();
    let keys = |signals| read_all(signals).into_iter().map(|(key, _)| key).collect::<Vec<_>>();
    assert_eq!(keys(&signals), [3, 4, 5, 3, 4, 5], "not for who started after the signals");
    raise(signum);
    assert_eq!(keys(&signals), [3, 4, 5, 2, 6]);

    raise(signum);
    assert_eq!(signals.read().unwrap().unwrap().key, 3);
    (1..=6).for_each(|key| signals.stop(key));
    assert_eq!(signals.read().unwrap(), None);
    assert!(is_default(signum));
}

#[test]
fn a_change_of_signal_leaves_the_old_one() {
    let [old, new] = [real_time(8), real_time(9)];
    let signals = Signals::new().unwrap();
    signals.start(1, old).unwrap();
    raise(old);
    signals.start(1, new).unwrap();
    assert!(is_default(old));
    raise(new);
    assert_eq!(read_all(&signals), [(1, new)]);
}

#[test]
fn a_full_pipe_loses_no_signal() {
    let [a, b] = [real_time(10), real_time(11)];
    let signals = Signals::new().unwrap();
    let size = rustix::pipe::fcntl_setpipe_size(&signals, 4096).unwrap();
    signals.start(1, a).unwrap();
    signals.start(2, b).unwrap();
    let room = size / 8;
    for _ in 0..room {
        raise(a);
    }
    for _ in 0..100 {
        raise(b);
        raise(a);
    }
    let all = read_all(&signals);
    assert!(all[..room].iter().all(|&delivery| delivery == (1, a)), "what the pipe held is in order");
    let count = |wanted| all[room..].iter().filter(|&&delivery| delivery == wanted).count();
    assert_eq!((count((1, a)), count((2, b)), all.len()), (100, 100, room + 200));

    raise(b);
    let mut events = Events::with_capacity(4);
    let poller = Poller::new().unwrap();
    poller.add(signals.as_fd(), 0, Interest::READABLE).unwrap();
    poller.wait(&mut events, None).unwrap();
    assert_eq!(read_all(&signals), [(2, b)]);
    assert_eq!(poller.wait(&mut events, Some(Duration::ZERO)).unwrap(), 0);
}

/// Each `read` that raises the signal again would go on for ever if the turn had no end.
#[test]
fn a_turn_has_an_end() {
    let signum = real_time(12);
    let signals = Signals::new().unwrap();
    let poller = Poller::new().unwrap();
    poller.add(signals.as_fd(), 0, Interest::READABLE).unwrap();
    signals.start(1, signum).unwrap();
    raise(signum);
    for _ in 0..3 {
        poller.wait(&mut Events::with_capacity(4), None).unwrap();
        assert_eq!(signals.read().unwrap().unwrap().key, 1);
        raise(signum);
        assert_eq!(signals.read().unwrap(), None);
    }
}

/// As above, with more than one read of the pipe takes, with more than the pipe holds, and with more than a turn hands out.
#[test]
fn a_turn_has_an_end_even_in_a_storm() {
    let signum = real_time(14);
    for (size, before) in [(65_536, 64), (4096, 64), (4096, 600), (4096, 40_000)] {
        for each in 0..3 {
            let signals = Signals::new().unwrap();
            rustix::pipe::fcntl_setpipe_size(&signals, size).unwrap();
            let poller = Poller::new().unwrap();
            poller.add(signals.as_fd(), 0, Interest::READABLE).unwrap();
            signals.start(1, signum).unwrap();
            (0..before).for_each(|_| raise(signum));
            let (mut raised, mut seen) = (before, 0);
            while signals.read().unwrap().is_some() {
                seen += 1;
                assert!(seen <= 16_384, "{size} {before} {each}");
                (0..each).for_each(|_| raise(signum));
                raised += each;
            }
            while seen < raised {
                poller.wait(&mut Events::with_capacity(4), None).unwrap();
                seen += read_all(&signals).len();
            }
            assert_eq!(seen, raised);
            assert_eq!(signals.read().unwrap(), None);
        }
    }
}

#[test]
fn no_system_call_is_interrupted() {
    let signum = real_time(13);
    let signals = Signals::new().unwrap();
    signals.start(1, signum).unwrap();
    let (reader, mut writer) = io::pipe().unwrap();
    let (ready, is_ready) = mpsc::channel();
    let blocked = thread::spawn(move || {
        ready.send(()).unwrap();
        rustix::io::read(&reader, &mut [0; 8])
    });
    is_ready.recv().unwrap();
    for _ in 0..20 {
        // SAFETY: the thread is not joined yet.
        unsafe { libc::pthread_kill(blocked.as_pthread_t(), signum) };
        thread::sleep(Duration::from_millis(1));
    }
    assert!(!blocked.is_finished());
    writer.write_all(b"x").unwrap();
    assert_eq!(blocked.join().unwrap(), Ok(1));
    // The last of them may still be about to be caught when the thread ends.
    assert!((1..=20).contains(&read_all(&signals).len()));
}

#[test]
fn a_signal_ends_a_wait() {
    let signum = real_time(18);
    let signals = Signals::new().unwrap();
    signals.start(4, signum).unwrap();
    let poller = Poller::new().unwrap();
    poller.add(signals.as_fd(), 9, Interest::READABLE).unwrap();
    let thread = thread::spawn(move || raise(signum));
    let mut events = Events::with_capacity(4);
    assert_eq!(poller.wait(&mut events, None).unwrap(), 1);
    assert_eq!(events.iter().next().unwrap().key, 9);
    assert_eq!(read_all(&signals), [(4, signum)]);
    thread.join().unwrap();
}

/// Handlers run in some threads while others start, stop and drop: nobody is told of too much or too little, and
/// nothing is touched after its drop (which address sanitizer and valgrind would see).
#[test]
fn handlers_and_mutators_do_not_disturb_each_other() {
    const RAISERS: usize = 3;
    const EACH: usize = 2000;
    let signum = real_time(15);
    let steady = Signals::new().unwrap();
    steady.start(0, signum).unwrap();
    let done = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..RAISERS {
            scope.spawn(|| {
                (0..EACH).for_each(|_| raise(signum));
                done.fetch_add(1, Ordering::SeqCst);
            });
        }
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(Ordering::SeqCst) {
                    let signals = Signals::new().unwrap();
                    signals.start(1, signum).unwrap();
                    signals.start_oneshot(2, signum).unwrap();
                    while let Some(delivery) = signals.read().unwrap() {
                        assert!(delivery.signum == signum && [1, 2].contains(&delivery.key));
                        if delivery.key == 1 {
                            break;
                        }
                    }
                    signals.stop(1);
                }
            });
        }
        let mut count = 0;
        while done.load(Ordering::SeqCst) < RAISERS {
            count += read_all(&steady).len();
            thread::yield_now();
        }
        loop {
            match read_all(&steady).len() {
                0 => break,
                more => count += more,
            }
        }
        stop.store(true, Ordering::SeqCst);
        assert_eq!(count, RAISERS * EACH);
    });
}

#[test]
fn a_signal_from_another_process_is_caught() {
    let signals = Signals::new().unwrap();
    let poller = Poller::new().unwrap();
    poller.add(signals.as_fd(), 0, Interest::READABLE).unwrap();
    let signum = real_time(16);
    signals.start(1, signum).unwrap();
    let script = format!("kill -{signum} {}", std::process::id());
    assert!(std::process::Command::new("sh").args(["-c", &script]).status().unwrap().success());
    poller.wait(&mut Events::with_capacity(4), None).unwrap();
    assert_eq!(read_all(&signals), [(1, signum)]);
}

#[test]
fn descriptors_are_given_back() {
    let count = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let before = count();
    let all: Vec<_> = (0..50).map(|_| Signals::new().unwrap()).collect();
    all.iter().for_each(|signals| signals.start(1, real_time(17)).unwrap());
    drop(all);
    // Other tests open and close theirs.
    while count() > before + 60 {
        thread::yield_now();
    }
    assert!(is_default(real_time(17)));
    os::kill(std::process::id() as i32, 0).unwrap();
}

#[test]
fn names_and_numbers() {
    for signum in -1..=70 {
        if let Some(name) = signal::name(signum) {
            assert_eq!(signal::number(name), Some(signum));
        }
    }
    assert_eq!((1..32).filter_map(signal::name).count(), 29, "all but SIGSTKFLT and SIGPWR");
    assert_eq!(signal::name(real_time(0)), None);
}

/// Ignored by default: a program of the model may raise them at any time. No other test here uses them.
const MODELED: [i32; 2] = [signal::SIGWINCH, signal::SIGCONT];
const LOOPS: usize = 3;
const KEYS: usize = 4;

#[derive(Clone, Debug)]
enum Step {
    Start(usize, usize, usize, bool),
    Stop(usize, usize),
    Raise(usize),
    ReadOne(usize),
    ReadAll(usize),
    Replace(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let (lp, key, signal) = (0..LOOPS, 0..KEYS, 0..MODELED.len());
    prop_oneof![
        5 => (lp.clone(), key.clone(), signal.clone(), any::<bool>()).prop_map(|(l, k, s, o)| Step::Start(l, k, s, o)),
        2 => (lp.clone(), key).prop_map(|(l, k)| Step::Stop(l, k)),
        5 => signal.prop_map(Step::Raise),
        4 => lp.clone().prop_map(Step::ReadOne),
        2 => lp.clone().prop_map(Step::ReadAll),
        1 => lp.prop_map(Step::Replace),
    ]
}

#[derive(Copy, Clone, PartialEq)]
struct Watch {
    signal: usize,
    oneshot: bool,
    start: usize,
}

/// One loop: its watches, and the keys that are yet to be told, each with the start that was meant.
#[derive(Default)]
struct Model {
    watches: BTreeMap<usize, Watch>,
    queue: VecDeque<(usize, usize)>,
}

#[derive(Copy, Clone, Debug, Default, PartialEq)]
enum Handler {
    #[default]
    Default,
    OneShot,
    Repeating,
}

#[derive(Default)]
struct Process {
    loops: [Model; LOOPS],
    handlers: [Handler; MODELED.len()],
    starts: usize,
}

impl Process {
    /// Whether any watch of `signal` repeats; `None` if there is none.
    fn repeats(&self, signal: usize) -> Option<bool> {
        let watches = self.loops.iter().flat_map(|lp| lp.watches.values());
        watches.filter(|watch| watch.signal == signal).map(|watch| !watch.oneshot).max()
    }

    /// Changes the watches of `signal`, then sets its handler.
    fn change(&mut self, signal: usize, begins: bool, change: impl FnOnce(&mut Process)) {
        let before = self.repeats(signal);
        change(self);
        let after = self.repeats(signal);
        let handler = &mut self.handlers[signal];
        match (before, after) {
            (_, None) => *handler = Handler::Default,
            (Some(true), Some(true)) => {}
            (_, Some(true)) => *handler = Handler::Repeating,
            (Some(true), Some(false)) => *handler = Handler::OneShot,
            (_, Some(false)) if begins => *handler = Handler::OneShot,
            (_, Some(false)) => {}
        }
    }

    fn stop(&mut self, lp: usize, key: usize) {
        if let Some(watch) = self.loops[lp].watches.get(&key).copied() {
            self.change(watch.signal, false, |process| {
                process.loops[lp].watches.remove(&key);
            });
        }
    }

    fn start(&mut self, lp: usize, key: usize, signal: usize, oneshot: bool) {
        let old = self.loops[lp].watches.get(&key).copied();
        if old.is_some_and(|old| old.signal != signal) {
            self.stop(lp, key);
        }
        self.starts += 1;
        let same = old.filter(|old| old.signal == signal);
        if same.is_some_and(|same| same.oneshot == oneshot) {
            return;
        }
        let start = same.map_or(self.starts, |same| same.start);
        let watch = Watch { signal, oneshot, start };
        self.change(signal, true, |process| {
            process.loops[lp].watches.insert(key, watch);
        });
    }

    fn raise(&mut self, signal: usize) {
        match self.handlers[signal] {
            Handler::Default => return,
            Handler::OneShot => self.handlers[signal] = Handler::Default,
            Handler::Repeating => {}
        }
        for lp in &mut self.loops {
            lp.queue.push_back((signal, self.starts));
        }
    }
}

/// What the model says comes next in a loop: the keys for the signal at the queue's head, in order, as they are now.
fn next(process: &mut Process, lp: usize, told: &mut Option<(bool, usize)>) -> Option<(usize, usize)> {
    loop {
        let (signal, caught) = *process.loops[lp].queue.front()?;
        let mut watches: Vec<_> = process.loops[lp]
            .watches
            .iter()
            .filter(|(_, watch)| watch.signal == signal && watch.start <= caught)
            .map(|(&key, watch)| ((watch.oneshot, watch.start), key))
            .filter(|&(place, _)| told.is_none_or(|told| place > told))
            .collect();
        watches.sort_unstable();
        if let Some(&(place, key)) = watches.first() {
            *told = Some(place);
            if place.0 {
                process.stop(lp, key);
            }
            return Some((key, signal));
        }
        *told = None;
        process.loops[lp].queue.pop_front();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn random_programs_follow_the_model(steps in prop::collection::vec(step(), 1..80)) {
        let mut loops: Vec<_> = (0..LOOPS).map(|_| Signals::new().unwrap()).collect();
        let mut process = Process::default();
        let mut told = [None; LOOPS];
        for step in steps {
            match step {
                Step::Start(lp, key, signal, oneshot) => {
                    let start = if oneshot { Signals::start_oneshot } else { Signals::start };
                    start(&loops[lp], key, MODELED[signal]).unwrap();
                    process.start(lp, key, signal, oneshot);
                }
                Step::Stop(lp, key) => {
                    loops[lp].stop(key);
                    process.stop(lp, key);
                }
                Step::Raise(signal) => {
                    raise(MODELED[signal]);
                    process.raise(signal);
                }
                Step::ReadOne(lp) => {
                    let expected = next(&mut process, lp, &mut told[lp]);
                    // A turn may have ended; the next one begins with what came since.
                    let read = || loops[lp].read().unwrap().map(|delivery| (delivery.key, delivery.signum));
                    let found = read().or_else(read);
                    prop_assert_eq!(found, expected.map(|(key, signal)| (key, MODELED[signal])));
                }
                Step::ReadAll(lp) => {
                    let mut found = read_all(&loops[lp]);
                    found.extend(read_all(&loops[lp]));
                    let mut expected = Vec::new();
                    while let Some((key, signal)) = next(&mut process, lp, &mut told[lp]) {
                        expected.push((key, MODELED[signal]));
                    }
                    prop_assert_eq!(found, expected);
                }
                Step::Replace(lp) => {
                    loops[lp] = Signals::new().unwrap();
                    (0..KEYS).for_each(|key| process.stop(lp, key));
                    process.loops[lp].queue.clear();
                    told[lp] = None;
                }
            }
            for (signal, handler) in process.handlers.iter().enumerate() {
                prop_assert_eq!(is_default(MODELED[signal]), *handler == Handler::Default);
            }
        }
    }
}
