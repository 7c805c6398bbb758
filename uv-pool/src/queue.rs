//! The two lanes, as one queue. The README beside this folder explains how they take turns.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::job::Queued;
use crate::lane::Lane;
use crate::primitive::{AtomicBool, Injector, Mutex, MutexGuard, Ordering, Padded, lock};

pub(crate) struct Queue {
    order: Injector<Entry>,
    /// Whether the slow lane's turn has come and is put off: `Turn::Due`. Written under the lock of `slow`.
    due: Padded<AtomicBool>,
    slow: Mutex<Slow>,
}

/// A job that is now the caller's alone to run.
pub(crate) struct Taken {
    pub(crate) job: Arc<Queued>,
    /// Whether something was put into the queue that a sleeping worker should look at.
    pub(crate) more: bool,
}

enum Entry {
    Job(Arc<Queued>),
    /// Stands in the line for the slow lane, whose first job it lets go.
    SlowTurn,
}

struct Slow {
    waiting: VecDeque<Arc<Queued>>,
    /// How many of `waiting` are not canceled.
    live: usize,
    running: usize,
    /// How many may run. 0 until the first slow job is there, and so the size of the pool is settled.
    limit: usize,
    turn: Turn,
}

/// Where the one `Entry::SlowTurn` is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Nowhere,
    InOrder,
    /// It was at the front when no slow job might start and there was nothing else: it stays there, before all that
    /// comes later.
    Due,
}

impl Queue {
    pub(crate) fn new() -> Self {
        Self {
            order: Injector::new(),
            due: Padded(AtomicBool::new(false)),
            slow: Mutex::new(Slow { waiting: VecDeque::new(), live: 0, running: 0, limit: 0, turn: Turn::Nowhere }),
        }
    }

    pub(crate) fn push(&self, job: Arc<Queued>) {
        self.order.push(Entry::Job(job));
    }

    /// Whether a worker should come for it: not if the slow lane's turn is in the queue already and a worker is there
    /// that will come by, as it runs a slow job.
    pub(crate) fn push_slow(&self, job: Arc<Queued>, threads: usize) -> bool {
        let mut slow = lock(&self.slow);
        if slow.limit == 0 {
            slow.limit = half(threads);
        }
        slow.waiting.push_back(job);
        slow.live += 1;
        if slow.turn != Turn::Nowhere {
            return slow.running == 0;
        }
        self.take_place(&mut slow);
        true
    }

    pub(crate) fn pop(&self) -> Option<Taken> {
        // A canceled job's drop is its user's code, which must not run under the lock.
        let mut canceled = Vec::new();
        loop {
            if self.due.load(Ordering::Relaxed) {
                let mut slow = lock(&self.slow);
                if slow.turn == Turn::Due {
                    if slow.has_room() {
                        if let Some(taken) = self.take_turn(&mut slow, &mut canceled) {
                            return Some(taken);
                        }
                        continue;
                    }
                    if self.order.is_empty() {
                        return None;
                    }
                    self.take_place(&mut slow);
                }
            }
            match self.order.pop()? {
                Entry::Job(job) => {
                    if job.claim() {
                        return Some(Taken { job, more: false });
                    }
                }
                Entry::SlowTurn => {
                    let mut slow = lock(&self.slow);
                    if slow.has_room() {
                        if let Some(taken) = self.take_turn(&mut slow, &mut canceled) {
                            return Some(taken);
                        }
                    } else if self.order.is_empty() {
                        self.set_turn(&mut slow, Turn::Due);
                        return None;
                    } else {
                        self.take_place(&mut slow);
                    }
                }
            }
        }
    }

    /// Whether there may be something that a worker can take now. It errs to the side of yes.
    pub(crate) fn has_work(&self) -> bool {
        !self.order.is_empty() || (self.due.load(Ordering::Relaxed) && lock(&self.slow).has_room())
    }

    /// To be called when a job that was taken out has been run.
    pub(crate) fn finished(&self, job: &Queued) {
        if job.lane() == Lane::Slow {
            lock(&self.slow).running -= 1;
        }
    }

    /// To be called when a job that is in the queue has been claimed.
    pub(crate) fn withdrawn(&self, job: &Queued) {
        if job.lane() == Lane::Slow {
            lock(&self.slow).live -= 1;
        }
    }

    /// To be called when `threads` has changed.
    pub(crate) fn resized(&self, threads: impl FnOnce() -> usize) {
        let mut slow = lock(&self.slow);
        slow.limit = half(threads());
    }

    /// Everything that is in the queue, claimed or not. Ends when the queue is found empty.
    pub(crate) fn drain(&self, mut take: impl FnMut(Arc<Queued>)) {
        while let Some(entry) = self.order.pop() {
            match entry {
                Entry::Job(job) => take(job),
                Entry::SlowTurn => self.set_turn(&mut lock(&self.slow), Turn::Nowhere),
            }
        }
        let waiting = {
            let mut slow = lock(&self.slow);
            if slow.turn == Turn::Due {
                self.set_turn(&mut slow, Turn::Nowhere);
            }
            std::mem::take(&mut slow.waiting)
        };
        waiting.into_iter().for_each(take);
    }

    /// The slow lane's turn goes to the end of the line.
    fn take_place(&self, slow: &mut MutexGuard<'_, Slow>) {
        self.set_turn(slow, Turn::InOrder);
        self.order.push(Entry::SlowTurn);
    }

    /// The slow lane's turn is used: for its first job, and if it has more it goes to the end of the line again.
    fn take_turn(&self, slow: &mut MutexGuard<'_, Slow>, canceled: &mut Vec<Arc<Queued>>) -> Option<Taken> {
        self.set_turn(slow, Turn::Nowhere);
        while let Some(job) = slow.waiting.pop_front() {
            if job.claim() {
                slow.live -= 1;
                slow.running += 1;
                let more = slow.live > 0;
                if more {
                    self.take_place(slow);
                }
                return Some(Taken { job, more });
            }
            canceled.push(job);
        }
        None
    }

    fn set_turn(&self, slow: &mut MutexGuard<'_, Slow>, turn: Turn) {
        slow.turn = turn;
        self.due.store(turn == Turn::Due, Ordering::Relaxed);
    }
}

impl Slow {
    fn has_room(&self) -> bool {
        self.running < self.limit
    }
}

fn half(threads: usize) -> usize {
    threads.div_ceil(2)
}
