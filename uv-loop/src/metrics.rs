//! What a loop counts, and what it holds.

use std::cell::Cell;
use std::fmt;
use std::time::Duration;

use crate::event_loop::Loop;
use crate::handle::Handle;
use crate::idle_time::IdleTime;
use crate::slab::HandleId;

/// What a loop has counted since it was made, as `uv_metrics_t`. See [`Loop::metrics`].
///
/// ```
/// use uv_loop::{Loop, Metrics};
///
/// let none = Metrics::default();
/// assert_eq!(Loop::new()?.metrics(), none);
/// # Ok::<(), uv_loop::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub struct Metrics {
    /// Iterations.
    pub loop_count: u64,
    /// Events that polling has found: a ready descriptor is one, a request that is called back, and so is all that other
    /// threads have sent since the poll phase before, which in libuv is the descriptor that wakes the loop.
    pub events: u64,
    /// Of these, the ones that were there before the loop waited. Counted only where the idle time is, as in libuv.
    pub events_waiting: u64,
}

/// A line of [`Loop::handles`]. Displayed it reads as one of `uv_print_all_handles`: `[RA-] timer    0:1.0`, for
/// referenced, active, and internal, which no handle here is; then the kind and the id.
///
/// ```
/// use uv_loop::{Idle, Loop};
///
/// let lp = Loop::new()?;
/// Idle::new(&lp).start(&lp, |_, _| {})?;
/// let line = lp.handles()[0].to_string();
/// assert!(line.starts_with("[RA-] idle "));
/// # Ok::<(), uv_loop::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub struct HandleInfo {
    /// Which handle it is.
    pub id: HandleId,
    /// The name of its kind.
    pub kind: &'static str,
    /// As [`Handle::is_active`].
    pub active: bool,
    /// As [`Handle::has_ref`].
    pub referenced: bool,
    /// As [`Handle::is_closing`].
    pub closing: bool,
}

impl fmt::Display for HandleInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flag = |is_set, letter| if is_set { letter } else { '-' };
        let (referenced, active) = (flag(self.referenced, 'R'), flag(self.active, 'A'));
        write!(f, "[{referenced}{active}-] {:<8} {:?}", self.kind, self.id)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    loop_count: Cell<u64>,
    events: Cell<u64>,
    events_waiting: Cell<u64>,
    /// Whether the poll phase in hand has.
    has_waited: Cell<bool>,
    measures_idle_time: Cell<bool>,
    idle_time: IdleTime,
}

impl Counters {
    pub(crate) fn new(idle_time: bool) -> Counters {
        Counters { measures_idle_time: Cell::new(idle_time), ..Counters::default() }
    }

    pub(crate) fn measures_idle_time(&self) -> bool {
        self.measures_idle_time.get()
    }

    pub(crate) fn count_loop(&self) {
        self.loop_count.set(self.loop_count.get() + 1);
    }

    /// Requests that a poll phase has called back, the first of which came with a wake-up that was counted.
    pub(crate) fn count_works(&self, works: usize) {
        if works > 1 {
            self.count_events(works - 1, self.has_waited.get());
        }
    }

    /// Events that were found by a wait, or there without one.
    pub(crate) fn count_events(&self, events: usize, waited: bool) {
        self.has_waited.set(waited);
        self.events.set(self.events.get() + events as u64);
        if self.measures_idle_time() && !waited {
            self.events_waiting.set(self.events_waiting.get() + events as u64);
        }
    }
}

/// A wait that counts as idle time, until this is dropped.
pub(crate) struct Waiting<'a> {
    lp: &'a Loop,
}

impl<'a> Waiting<'a> {
    /// Waits since `begin`.
    pub(crate) fn since(begin: Duration, lp: &'a Loop) -> Self {
        lp.core.counters.idle_time.begin(begin);
        Waiting { lp }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.lp.core.counters.idle_time.end(&*self.lp.core.clock);
    }
}

impl Loop {
    /// What the loop has counted, as `uv_metrics_info`.
    ///
    /// ```
    /// use uv_loop::{Idle, Loop, RunMode};
    ///
    /// let lp = Loop::new()?;
    /// Idle::new(&lp).start(&lp, |_, _| {})?;
    /// lp.run(RunMode::NoWait)?;
    /// lp.run(RunMode::NoWait)?;
    /// assert_eq!(lp.metrics().loop_count, 2);
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn metrics(&self) -> Metrics {
        let counters = &self.core.counters;
        Metrics {
            loop_count: counters.loop_count.get(),
            events: counters.events.get(),
            events_waiting: counters.events_waiting.get(),
        }
    }

    /// How long the loop has waited for events, as `uv_metrics_idle_time`. Zero unless
    /// [`Builder::metrics_idle_time`](crate::Builder::metrics_idle_time) asked for it.
    ///
    /// ```
    /// use std::time::Duration;
    /// use uv_loop::{Loop, ManualClock, RunMode, Timer};
    ///
    /// let lp = Loop::builder().clock(ManualClock::new_auto()).metrics_idle_time(true).build()?;
    /// Timer::new(&lp).start(&lp, Duration::from_secs(60), Duration::ZERO, |_, _| {})?;
    /// lp.run(RunMode::Default)?;
    /// assert_eq!(lp.idle_time(), Duration::from_secs(60));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn idle_time(&self) -> Duration {
        self.core.counters.idle_time.read(&*self.core.clock)
    }

    /// Reads [`idle_time`](Loop::idle_time) from any thread.
    ///
    /// ```
    /// use std::time::Duration;
    /// use uv_loop::{Loop, ManualClock, RunMode, Timer};
    ///
    /// let clock = ManualClock::new_auto();
    /// let lp = Loop::builder().clock(clock.clone()).metrics_idle_time(true).build()?;
    /// let idle = lp.idle_time_reader();
    /// Timer::new(&lp).start(&lp, Duration::from_secs(60), Duration::ZERO, |_, _| {})?;
    /// lp.run(RunMode::Default)?;
    /// let read = std::thread::spawn(move || idle.read(&clock)).join().unwrap();
    /// assert_eq!(read, Duration::from_secs(60));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn idle_time_reader(&self) -> IdleTime {
        self.core.counters.idle_time.clone()
    }

    /// Has the loop measure its idle time from now on, or no longer: [`Builder::metrics_idle_time`] of a loop that is
    /// there already. As `uv_loop_configure` with `UV_METRICS_IDLE_TIME`.
    ///
    /// [`Builder::metrics_idle_time`]: crate::Builder::metrics_idle_time
    ///
    /// ```
    /// use std::time::Duration;
    /// use uv_loop::{Loop, ManualClock, RunMode, Timer};
    ///
    /// let lp = Loop::builder().clock(ManualClock::new_auto()).build()?;
    /// lp.set_metrics_idle_time(true);
    /// Timer::new(&lp).start(&lp, Duration::from_secs(60), Duration::ZERO, |_, _| {})?;
    /// lp.run(RunMode::Default)?;
    /// assert_eq!(lp.idle_time(), Duration::from_secs(60));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn set_metrics_idle_time(&self, on: bool) {
        let counters = &self.core.counters;
        counters.measures_idle_time.set(on);
        if !on {
            counters.idle_time.reset();
        }
    }

    /// All handles that are not closed, those being closed among them, in no particular order: for debugging, as
    /// `uv_print_all_handles`.
    ///
    /// ```
    /// use uv_loop::{Check, Handle, Loop, Timer};
    ///
    /// let lp = Loop::new()?;
    /// Timer::new(&lp).unref(&lp)?;
    /// Check::new(&lp).start(&lp, |_, _| {})?;
    /// let lines: Vec<_> = lp.handles().iter().map(|info| info.to_string()).collect();
    /// assert!(lines[0].starts_with("[---] timer    "));
    /// assert!(lines[1].starts_with("[RA-] check    "));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn handles(&self) -> Vec<HandleInfo> {
        let ids: Vec<_> = self.core.state.borrow().slab.ids().collect();
        let info = |id: HandleId| HandleInfo {
            id,
            kind: self.kind_name(id),
            active: id.is_active(self),
            referenced: id.has_ref(self),
            closing: id.is_closing(self),
        };
        ids.into_iter().map(info).collect()
    }
}
