//! For how long something is done, and what one time took.

use std::cell::Cell;
use std::time::{Duration, Instant};

use crate::support::{cpu_time, quick};

pub struct Pace {
    begin: Cell<Option<Instant>>,
    end: Cell<Instant>,
    /// Processor time of the process when it began.
    cpu_begin: Cell<Duration>,
    stride: usize,
    done: Cell<usize>,
    over: Cell<bool>,
}

/// Nanoseconds of one time, of as many as `work` does until its time is over.
pub fn each(stride: usize, work: impl FnOnce(&'static Pace)) -> f64 {
    let pace = Pace::new(stride);
    work(pace);
    let begin = pace.begin.get().expect("it began");
    (pace.end.get() - begin).as_secs_f64() * 1e9 / pace.done.get() as f64
}

/// The same in processor time, of all threads and in the kernel.
pub fn each_cpu(stride: usize, work: impl FnOnce(&'static Pace)) -> f64 {
    let pace = Pace::new(stride);
    work(pace);
    (cpu_time() - pace.cpu_begin.get()).as_secs_f64() * 1e9 / pace.done.get() as f64
}

impl Pace {
    /// Callbacks have it. A measurement has a process of its own, so that nothing needs to be freed.
    fn new(stride: usize) -> &'static Pace {
        Box::leak(Box::new(Pace {
            begin: Cell::new(None),
            end: Cell::new(Instant::now()),
            cpu_begin: Cell::default(),
            stride,
            done: Cell::new(0),
            over: Cell::new(false),
        }))
    }

    /// All is set up: the time begins.
    pub fn begin(&self) {
        self.cpu_begin.set(cpu_time());
        self.begin.set(Some(Instant::now()));
    }

    /// One more is done. Whether there shall be another.
    pub fn done(&self) -> bool {
        if self.over.get() {
            return false;
        }
        let done = self.done.get() + 1;
        self.done.set(done);
        if done.is_multiple_of(self.stride) {
            let (begin, now) = (self.begin.get().expect("it began"), Instant::now());
            self.end.set(now);
            self.over.set(now - begin > span());
        }
        !self.over.get()
    }
}

fn span() -> Duration {
    Duration::from_millis(if quick() { 100 } else { 700 })
}
