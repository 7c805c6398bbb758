//! `uv_timers::Heap` beside the two that the standard library offers: a `BTreeMap` ordered by time, which can cancel,
//! and a `BinaryHeap`, which can only mark an entry as dead and drop it when it comes up.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::hint::black_box;

use uv_timers::{Heap, Key};

use crate::measure::{Candidate, Table};

const TURNS: usize = 100_000;

trait Timers: Default {
    type Id: Copy;
    fn start(&mut self, due: u64, value: u32) -> Self::Id;
    fn cancel(&mut self, id: Self::Id);
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

    fn pop(&mut self) -> Option<(u64, u32)> {
        self.entries.pop_first().map(|((due, _), value)| (due, value))
    }
}

#[derive(Default)]
struct Tombstones {
    entries: BinaryHeap<Reverse<(u64, usize, u32)>>,
    /// By sequence number.
    alive: Vec<bool>,
}

impl Timers for Tombstones {
    type Id = usize;

    fn start(&mut self, due: u64, value: u32) -> usize {
        self.entries.push(Reverse((due, self.alive.len(), value)));
        self.alive.push(true);
        self.alive.len() - 1
    }

    fn cancel(&mut self, id: usize) {
        self.alive[id] = false;
    }

    fn pop(&mut self) -> Option<(u64, u32)> {
        while let Some(Reverse((due, sequence, value))) = self.entries.pop() {
            if std::mem::take(&mut self.alive[sequence]) {
                return Some((due, value));
            }
        }
        None
    }
}

pub fn compare() -> Table {
    let mut table = Table::default();
    for waiting in [1_000, 100_000] {
        table.row(
            format!("start, then fire: {waiting} wait"),
            vec![
                Candidate::new("Heap", || fire::<Indexed>(waiting)),
                Candidate::new("BTreeMap", || fire::<Tree>(waiting)),
                Candidate::new("BinaryHeap, tombstones", || fire::<Tombstones>(waiting)),
            ],
        );
        table.row(
            format!("start, then cancel (a request's timeout): {waiting} wait"),
            vec![
                Candidate::new("Heap", || cancel::<Indexed>(waiting)),
                Candidate::new("BTreeMap", || cancel::<Tree>(waiting)),
                Candidate::new("BinaryHeap, tombstones", || cancel::<Tombstones>(waiting)),
            ],
        );
    }
    table
}

/// Each timer that fires starts the next one, at a random time.
fn fire<T: Timers>(waiting: usize) -> usize {
    let (mut timers, mut random) = (T::default(), Random(1));
    for n in 0..waiting {
        timers.start(random.below(60_000), n as u32);
    }
    for _ in 0..TURNS {
        let (due, value) = timers.pop().expect("as many as before");
        timers.start(due + random.below(60_000), black_box(value));
    }
    TURNS + waiting
}

/// Requests with a timeout of a minute; each ends before it and cancels its timer, whichever it is. Time goes on, so what
/// is dead comes up after its minute.
fn cancel<T: Timers>(waiting: usize) -> usize {
    let (mut timers, mut random) = (T::default(), Random(2));
    let mut requests: Vec<T::Id> = (0..waiting).map(|n| timers.start(60_000 + n as u64, n as u32)).collect();
    for turn in 0..TURNS {
        let ended = random.below(waiting as u64) as usize;
        timers.cancel(requests[ended]);
        requests[ended] = timers.start(60_000 + (waiting + turn) as u64, turn as u32);
    }
    let mut left = 0;
    while let Some(entry) = timers.pop() {
        black_box(entry);
        left += 1;
    }
    assert_eq!(left, waiting);
    TURNS + waiting
}

/// xorshift64: the same numbers for all.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}
