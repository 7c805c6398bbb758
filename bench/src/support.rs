//! What the cases measure with.

use std::cell::Cell;
use std::fs;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Whether `BENCH_QUICK=1` asks for a short run.
pub fn quick() -> bool {
    static QUICK: OnceLock<bool> = OnceLock::new();
    *QUICK.get_or_init(|| std::env::var_os("BENCH_QUICK").is_some_and(|value| !value.is_empty() && value != "0"))
}

/// A number of things to do: `full`, or fewer where it has to be quick.
pub fn count(full: usize, quick_: usize) -> usize {
    if quick() { quick_ } else { full }
}

/// For how long to do something that ends by the clock. libuv's programs take five seconds.
pub fn span() -> Duration {
    Duration::from_millis(if quick() { 300 } else { 1500 })
}

/// Nanoseconds on the wall that each of `count` takes.
pub fn nanoseconds_each(count: usize, work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64() * 1e9 / count as f64
}

/// Nanoseconds of processor time, in the kernel too, that each of `count` takes.
pub fn cpu_nanoseconds_each(count: usize, work: impl FnOnce()) -> f64 {
    let start = cpu_time();
    work();
    (cpu_time() - start).as_secs_f64() * 1e9 / count as f64
}

/// How many of `count` are done in a second of processor time. For work of one thread, which no other work disturbs then.
pub fn each_cpu_second(count: usize, work: impl FnOnce()) -> f64 {
    1e9 / cpu_nanoseconds_each(count, work)
}

/// How many of `count` are done in a second.
pub fn each_second(count: usize, work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    count as f64 / start.elapsed().as_secs_f64()
}

/// Bytes of resident memory that each of `count` takes when `work` has returned; what it returns is kept until then.
pub fn bytes_each<T>(count: usize, work: impl FnOnce() -> T) -> f64 {
    let before = resident();
    let kept = work();
    let after = resident();
    drop(kept);
    (after - before) / count as f64
}

/// Processor time of this process.
pub fn cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a timespec to write to, and the clock exists.
    let status = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    assert_eq!(status, 0);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn resident() -> f64 {
    let statm = fs::read_to_string("/proc/self/statm").expect("Linux has it");
    let pages: f64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("the second is a number");
    pages * 4096.0
}

thread_local! {
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

/// Counts a call on this thread, as libuv's programs do with a global: a closure that captures nothing can do it.
pub fn called() -> usize {
    CALLS.set(CALLS.get() + 1);
    CALLS.get()
}

/// How often `called` was called on this thread.
pub fn calls() -> usize {
    CALLS.get()
}

/// The numbers of libuv's `fastrand`.
pub struct FastRandom(u32);

impl FastRandom {
    pub const fn new() -> Self {
        FastRandom(0)
    }

    pub fn next(&mut self) -> usize {
        self.0 = self.0.wrapping_mul(214_013).wrapping_add(2_531_011);
        self.0 as usize
    }
}

/// xorshift64: scattered numbers, the same for all.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}
