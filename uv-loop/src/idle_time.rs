//! How long a loop has waited, as any thread may read it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use uv_sys::Clock;

/// Reads from any thread how long a loop has waited for events, the wait in progress included: `uv_metrics_idle_time`,
/// which libuv lets every thread call. From [`Loop::idle_time_reader`](crate::Loop::idle_time_reader); clones read the same
/// loop.
///
/// ```
/// use std::time::Duration;
/// use uv_loop::{Async, Handle, Loop, MonotonicClock, RunMode};
///
/// let lp = Loop::builder().metrics_idle_time(true).build()?;
/// let sender = Async::new(&lp, |lp, me| me.close(lp).unwrap()).sender(&lp)?;
/// let idle = lp.idle_time_reader();
/// let watcher = std::thread::spawn(move || {
///     while idle.read(&MonotonicClock) < Duration::from_millis(5) {
///         std::thread::yield_now();
///     }
///     sender.send()
/// });
/// lp.run(RunMode::Default)?;
/// watcher.join().unwrap()?;
/// # Ok::<(), uv_loop::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct IdleTime {
    /// Nanoseconds times two. Even: what was waited. Odd, while the loop waits: what the clock's time is added to, to
    /// have the same. One number, so that no reader sees half of a change.
    word: Arc<AtomicU64>,
}

const WAITS: u64 = 1;

impl IdleTime {
    /// The time that was waited until now. `clock` is the loop's own: [`MonotonicClock`](crate::MonotonicClock) unless its
    /// builder was given another. Zero for a loop that does not measure it.
    ///
    /// ```
    /// use uv_loop::{Loop, MonotonicClock};
    ///
    /// let lp = Loop::builder().metrics_idle_time(true).build()?;
    /// assert!(lp.idle_time_reader().read(&MonotonicClock).is_zero());
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn read(&self, clock: &(impl Clock + ?Sized)) -> Duration {
        let mut word = self.word.load(Ordering::Acquire);
        while word & WAITS != 0 {
            // The clock is read after the word, or a wait might begin in the future; and before it is read again, or what came
            // after a wait would be counted too.
            let doubled = (word - WAITS).wrapping_add(double(clock.now()));
            match self.word.load(Ordering::Acquire) {
                unchanged if unchanged == word => return Duration::from_nanos(doubled / 2),
                changed => word = changed,
            }
        }
        Duration::from_nanos(word / 2)
    }

    /// A wait begins at `now`.
    pub(crate) fn begin(&self, now: Duration) {
        let waited = self.word.load(Ordering::Relaxed);
        self.word.store(waited.wrapping_sub(double(now)) | WAITS, Ordering::Release);
    }

    /// It has ended, if there was one.
    pub(crate) fn end(&self, clock: &(impl Clock + ?Sized)) {
        let waited = self.read(clock);
        self.word.store(double(waited), Ordering::Release);
    }

    pub(crate) fn reset(&self) {
        self.word.store(0, Ordering::Release);
    }
}

impl fmt::Debug for IdleTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waits = self.word.load(Ordering::Relaxed) & WAITS != 0;
        f.debug_struct("IdleTime").field("waits", &waits).finish_non_exhaustive()
    }
}

/// Wraps after 292 years.
fn double(time: Duration) -> u64 {
    (time.as_nanos() as u64).wrapping_mul(2)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use proptest::prelude::*;
    use uv_sys::ManualClock;

    use super::*;

    proptest! {
        #[test]
        fn waits_add_up(start: u32, steps in prop::collection::vec((0_u64..1 << 40, 0_u64..1 << 40), 0..20)) {
            let clock = ManualClock::new();
            clock.advance(Duration::from_nanos(start.into()));
            let idle = IdleTime::default();
            let mut waited = Duration::ZERO;
            for (works, waits) in steps {
                clock.advance(Duration::from_nanos(works));
                prop_assert_eq!(idle.read(&clock), waited);
                idle.begin(clock.now());
                prop_assert_eq!(idle.read(&clock), waited);
                clock.advance(Duration::from_nanos(waits));
                waited += Duration::from_nanos(waits);
                prop_assert_eq!(idle.read(&clock), waited);
                idle.end(&clock);
                prop_assert_eq!(idle.read(&clock), waited);
                idle.end(&clock);
            }
            prop_assert_eq!(idle.read(&clock), waited);
            idle.reset();
            prop_assert_eq!(idle.read(&clock), Duration::ZERO);
        }
    }

    /// As when a reader's thread is held up between the wait and the clock.
    #[test]
    fn what_comes_after_a_wait_is_not_counted() {
        struct Late<'a>(&'a IdleTime, ManualClock);
        impl Clock for Late<'_> {
            fn now(&self) -> Duration {
                self.0.end(&self.1);
                self.1.advance(Duration::from_secs(3600));
                self.1.now()
            }
        }
        let (idle, clock) = (IdleTime::default(), ManualClock::new());
        idle.begin(clock.now());
        clock.advance(Duration::from_millis(5));
        assert_eq!(idle.read(&Late(&idle, clock)), Duration::from_millis(5));
    }
}
