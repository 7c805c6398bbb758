//! Futures of time. They take no handle: a sleep is a waker in a heap beside the one of the timers.

use std::cell::RefCell;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use uv_sys::{Error, Result};
use uv_timers::{Heap, Key};

use crate::event_loop::Loop;
use crate::loop_handle::LoopHandle;

impl Loop {
    /// A future that is done when `duration` has passed from now on. It reads the clock anew, and is never early;
    /// it is late by up to a millisecond, as all of the loop's time, and by what the loop is busy with. Zero is done at
    /// once.
    ///
    /// Whoever awaits it keeps the loop alive: a task, or [`block_on`](Loop::block_on)'s future.
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let start = Instant::now();
    /// lp.block_on(lp.sleep(Duration::from_millis(2)))?;
    /// assert!(start.elapsed() >= Duration::from_millis(2));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn sleep(&self, duration: Duration) -> Sleep {
        self.handle().sleep(duration)
    }

    /// A future that gives what `future` returns, or `ETIMEDOUT` if `duration` passes before; `future` is dropped with
    /// it.
    ///
    /// ```
    /// use std::time::Duration;
    /// use uv_loop::{Error, Loop};
    ///
    /// let lp = Loop::new()?;
    /// let never = lp.timeout(Duration::from_millis(1), std::future::pending::<()>());
    /// assert_eq!(lp.block_on(never)?, Err(Error::ETIMEDOUT));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn timeout<F: Future>(
        &self,
        duration: Duration,
        future: F,
    ) -> impl Future<Output = Result<F::Output>> + use<F> {
        self.handle().timeout(duration, future)
    }

    /// A clock that ticks every `period` from now on, first when one has passed. A period is of whole milliseconds,
    /// rounded up, and at least one.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let mut interval = lp.interval(Duration::from_millis(1));
    /// lp.block_on(async {
    ///     for _ in 0..3 {
    ///         interval.tick().await;
    ///     }
    /// })?;
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn interval(&self, period: Duration) -> Interval {
        self.handle().interval(period)
    }

    /// When the first sleep ends, in milliseconds.
    #[inline]
    pub(crate) fn next_sleep(&self) -> Option<u64> {
        let sleeps = self.core.tasks.sleeps.0.borrow();
        if sleeps.is_empty() { None } else { sleeps.peek().map(|(_, due, _)| due) }
    }

    #[inline(always)]
    pub(crate) fn has_sleepers(&self) -> bool {
        !self.core.tasks.sleeps.0.borrow().is_empty()
    }

    /// Wakes those whose time has come, in the timers phase.
    #[inline(always)]
    pub(crate) fn wake_sleepers(&self) {
        if self.has_sleepers() {
            self.wake_due_sleepers();
        }
    }

    #[inline(never)]
    fn wake_due_sleepers(&self) {
        let sleeps = &self.core.tasks.sleeps.0;
        while self.next_sleep().is_some_and(|due| due <= self.now()) {
            let first = sleeps.borrow_mut().pop();
            if let Some((_, _, waker)) = first {
                waker.wake();
            }
        }
    }
}

impl LoopHandle {
    /// [`Loop::sleep`]; if the loop is gone it is never done.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let handle = lp.handle();
    /// let task = lp.spawn_local(async move { handle.sleep(Duration::from_millis(1)).await });
    /// lp.block_on(task)?.unwrap();
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn sleep(&self, duration: Duration) -> Sleep {
        let due = self.with(|lp| match duration.is_zero() {
            true => lp.now(),
            false => millis(lp.core.clock.now().saturating_add(duration)),
        });
        Sleep { handle: self.clone(), due: due.unwrap_or(u64::MAX), key: None }
    }

    /// [`Loop::timeout`]; if the loop is gone the time never passes.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let handle = lp.handle();
    /// let task = lp.spawn_local(async move { handle.timeout(Duration::from_secs(60), async { 7 }).await });
    /// assert_eq!(lp.block_on(task)?.unwrap(), Ok(7));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn timeout<F: Future>(
        &self,
        duration: Duration,
        future: F,
    ) -> impl Future<Output = Result<F::Output>> + use<F> {
        let mut sleep = self.sleep(duration);
        async move {
            let mut future = pin!(future);
            poll_fn(|cx| {
                if let Poll::Ready(output) = future.as_mut().poll(cx) {
                    return Poll::Ready(Ok(output));
                }
                Pin::new(&mut sleep).poll(cx).map(|()| Err(Error::ETIMEDOUT))
            })
            .await
        }
    }

    /// [`Loop::interval`]; if the loop is gone it never ticks.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let mut interval = lp.handle().interval(Duration::from_millis(1));
    /// lp.block_on(interval.tick())?;
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn interval(&self, period: Duration) -> Interval {
        let period = period.max(Duration::from_millis(1));
        Interval { sleep: self.sleep(period), period: millis(period) }
    }
}

/// The future of [`Loop::sleep`].
///
/// ```
/// use std::time::Duration;
///
/// let lp = uv_loop::Loop::new()?;
/// let sleep: uv_loop::Sleep = lp.sleep(Duration::ZERO);
/// lp.block_on(sleep)?;
/// # Ok::<(), uv_loop::Error>(())
/// ```
#[must_use = "futures do nothing unless they are awaited"]
pub struct Sleep {
    handle: LoopHandle,
    /// In milliseconds of the loop's clock.
    due: u64,
    /// In the heap of the sleeps, until it is woken.
    key: Option<Key>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let is_over = this.handle.with(|lp| {
            if lp.now() >= this.due {
                return true;
            }
            let sleeps = &lp.core.tasks.sleeps.0;
            let is_there = |waker: &Waker| waker.will_wake(cx.waker());
            if this.key.is_some_and(|key| sleeps.borrow().get(key).is_some_and(is_there)) {
                return false;
            }
            // A foreign executor's waker may do anything when it is cloned or dropped, so outside of the borrow.
            let waker = cx.waker().clone();
            let mut sleeps = sleeps.borrow_mut();
            let old = match this.key.and_then(|key| sleeps.get_mut(key)) {
                Some(place) => Some(std::mem::replace(place, waker)),
                None => {
                    this.key = Some(sleeps.push(this.due, waker));
                    None
                }
            };
            drop(sleeps);
            drop(old);
            false
        });
        if is_over == Ok(true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            let waker = self.handle.with(|lp| lp.core.tasks.sleeps.0.borrow_mut().remove(key));
            // A foreign executor's waker may do anything when it is dropped, so not before.
            drop(waker);
        }
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleep").field("due", &self.due).finish_non_exhaustive()
    }
}

/// A clock that ticks. See [`Loop::interval`].
///
/// ```
/// use std::time::Duration;
/// use uv_loop::{Interval, Loop, ManualClock};
///
/// let lp = Loop::builder().clock(ManualClock::new_auto()).build()?;
/// let mut hours: Interval = lp.interval(Duration::from_secs(3600));
/// lp.block_on(async {
///     hours.tick().await;
///     hours.tick().await;
/// })?;
/// assert_eq!(lp.now(), 2 * 3600 * 1000);
/// # Ok::<(), uv_loop::Error>(())
/// ```
#[derive(Debug)]
pub struct Interval {
    sleep: Sleep,
    /// In milliseconds.
    period: u64,
}

impl Interval {
    /// Waits for the next tick. Ticks that nobody awaits in time are left out: after a late one by a period or more
    /// the next one comes a period later. Dropping the future loses no tick.
    ///
    /// ```
    /// use std::time::Duration;
    /// use uv_loop::{Loop, ManualClock};
    ///
    /// let clock = ManualClock::new_auto();
    /// let lp = Loop::builder().clock(clock.clone()).build()?;
    /// let mut interval = lp.interval(Duration::from_millis(10));
    /// clock.advance(Duration::from_millis(35));
    /// lp.block_on(interval.tick())?;
    /// assert_eq!(lp.now(), 35);
    /// lp.block_on(interval.tick())?;
    /// assert_eq!(lp.now(), 45);
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub async fn tick(&mut self) {
        (&mut self.sleep).await;
        let now = self.sleep.handle.with(Loop::now).unwrap_or(u64::MAX);
        let next = self.sleep.due.saturating_add(self.period);
        self.sleep.due = if next > now { next } else { now.saturating_add(self.period) };
    }
}

/// The wakers of those who sleep, by their time.
#[derive(Default)]
pub(crate) struct Sleeps(RefCell<Heap<Waker>>);

impl Sleeps {
    pub(crate) fn end(&self) {
        let wakers = self.0.take();
        drop(wakers);
    }
}

/// Whole milliseconds, rounded up and saturating.
fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}
