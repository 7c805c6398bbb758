//! `uv_timers::Heap` beside what the standard library offers: a `BTreeMap` ordered by time, which can cancel, and a
//! `BinaryHeap`, which can only mark an entry as dead and drop it when it comes up. And beside tokio-util's wheel.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::hint::black_box;
use std::time::Duration;

use tokio_util::time::DelayQueue;
use tokio_util::time::delay_queue;
use uv_timers::{Heap, Key};

use crate::case::{Case, Unit};
use crate::support::{Random, count, cpu_nanoseconds_each};

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (waiting, name) in [(1_000, "1k"), (100_000, "100k")] {
        cases.push(
            Case::new(format!("heap/fire-of-{name}"), Unit::CpuNanoseconds, move || fire::<Indexed>(waiting))
                .against("BTreeMap", move || fire::<Tree>(waiting))
                .against("BinaryHeap", move || fire::<Tombstones>(waiting)),
        );
        cases.push(
            Case::new(format!("heap/cancel-of-{name}"), Unit::CpuNanoseconds, move || cancel::<Indexed>(waiting))
                .against("BTreeMap", move || cancel::<Tree>(waiting))
                .against("BinaryHeap", move || cancel::<Tombstones>(waiting))
                .against("DelayQueue", move || in_tokio(move || cancel::<Wheel>(waiting))),
        );
    }
    cases
}

trait Timers: Default {
    type Id;
    fn start(&mut self, due: u64, value: u32) -> Self::Id;
    fn cancel(&mut self, id: Self::Id);
}

trait Pop: Timers {
    fn pop(&mut self) -> Option<(u64, u32)>;
}

#[derive(Default)]
struct Indexed(Heap<u32>);

impl Timers for Indexed {
    type Id = Key;

    fn start(&mut self, due: u64, value: u32) -> Key {
        self.0.push(due, value)
    }

    fn cancel(&mut self, id: Key) {
        self.0.remove(id);
    }
}

impl Pop for Indexed {
    fn pop(&mut self) -> Option<(u64, u32)> {
        self.0.pop().map(|(_, due, value)| (due, value))
    }
}

#[derive(Default)]
struct Tree {
    entries: BTreeMap<(u64, u64), u32>,
    sequence: u64,
}

impl Timers for Tree {
    type Id = (u64, u64);

    fn start(&mut self, due: u64, value: u32) -> (u64, u64) {
        self.sequence += 1;
        self.entries.insert((due, self.sequence), value);
        (due, self.sequence)
    }

    fn cancel(&mut self, id: (u64, u64)) {
        self.entries.remove(&id);
    }
}

impl Pop for Tree {
    fn pop(&mut self) -> Option<(u64, u32)> {
        self.entries.pop_first().map(|((due, _), value)| (due, value))
    }
}

#[derive(Default)]
struct Tombstones {
    entries: BinaryHeap<Reverse<(u64, usize, u32)>>,
    /// By sequence number.
    alive: Vec<bool>,
    cancelled: usize,
}

impl Timers for Tombstones {
    type Id = usize;

    fn start(&mut self, due: u64, value: u32) -> usize {
        self.entries.push(Reverse((due, self.alive.len(), value)));
        self.alive.push(true);
        self.alive.len() - 1
    }

    /// Sweeps when half of the entries are dead, or they would fill the memory.
    fn cancel(&mut self, id: usize) {
        self.alive[id] = false;
        self.cancelled += 1;
        if self.cancelled * 2 > self.entries.len() {
            self.entries.retain(|Reverse((_, sequence, _))| self.alive[*sequence]);
            self.cancelled = 0;
        }
    }
}

impl Pop for Tombstones {
    fn pop(&mut self) -> Option<(u64, u32)> {
        while let Some(Reverse((due, sequence, value))) = self.entries.pop() {
            if std::mem::take(&mut self.alive[sequence]) {
                return Some((due, value));
            }
        }
        None
    }
}

#[derive(Default)]
struct Wheel(DelayQueue<u32>);

impl Timers for Wheel {
    type Id = delay_queue::Key;

    fn start(&mut self, due: u64, value: u32) -> delay_queue::Key {
        self.0.insert(value, Duration::from_millis(due))
    }

    fn cancel(&mut self, id: delay_queue::Key) {
        self.0.remove(&id);
    }
}

fn in_tokio(work: impl FnOnce() -> f64) -> f64 {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(async { work() })
}

/// Each timer that fires starts the next one, at a random time.
fn fire<T: Pop>(waiting: usize) -> f64 {
    let (mut timers, mut random) = (T::default(), Random(1));
    for n in 0..waiting {
        timers.start(random.below(60_000), n as u32);
    }
    let turns = count(2_000_000, 500_000);
    cpu_nanoseconds_each(turns, || {
        for _ in 0..turns {
            let (due, value) = timers.pop().expect("as many as before");
            timers.start(due + random.below(60_000), black_box(value));
        }
    })
}

/// Requests with a timeout of a minute; each ends before it and cancels its timer, whichever it is, and another begins.
fn cancel<T: Timers>(waiting: usize) -> f64 {
    let (mut timers, mut random) = (T::default(), Random(2));
    let mut requests: Vec<Option<T::Id>> =
        (0..waiting).map(|n| Some(timers.start(60_000 + n as u64 / 100, n as u32))).collect();
    let turns = count(2_000_000, 500_000);
    cpu_nanoseconds_each(turns, || {
        for turn in 0..turns {
            let ended = random.below(waiting as u64) as usize;
            if let Some(id) = requests[ended].take() {
                timers.cancel(id);
            }
            requests[ended] = Some(timers.start(60_000 + (waiting + turn) as u64 / 100, turn as u32));
        }
    })
}
