//! The options of a loop.

use std::fmt;
use std::num::NonZeroUsize;
use std::rc::Rc;

use uv_pool::Pool;
use uv_sys::{Clock, Result};

use crate::core::Core;
use crate::event_loop::Loop;
use crate::observer::Observer;
use crate::owner::HandleOwner;
use crate::patience::LOOKS;

pub(crate) type MakePool = Box<dyn FnOnce() -> Pool>;

/// Options of a [`Loop`].
///
/// ```
/// use uv_loop::{Builder, Loop, ManualClock};
///
/// let lp = Builder::new().clock(ManualClock::new()).phase_callback_limit(100).build()?;
/// assert_eq!(lp.now(), 0);
/// # Ok::<(), uv_loop::Error>(())
/// ```
pub struct Builder {
    pub(crate) clock: Option<Rc<dyn Clock>>,
    pub(crate) pool: Option<MakePool>,
    pub(crate) limit: Option<NonZeroUsize>,
    pub(crate) observer: Option<Rc<dyn Observer>>,
    pub(crate) metrics_idle_time: bool,
    pub(crate) orders_async: bool,
    pub(crate) looks_for_mail: u32,
    pub(crate) owner: Option<Rc<dyn HandleOwner>>,
}

impl Builder {
    /// The defaults: the monotonic clock, the process-wide pool, no limit.
    ///
    /// ```
    /// assert!(uv_loop::Builder::new().build().is_ok());
    /// ```
    pub fn new() -> Self {
        Builder {
            clock: None,
            pool: None,
            limit: None,
            observer: None,
            metrics_idle_time: false,
            orders_async: false,
            looks_for_mail: LOOKS,
            owner: None,
        }
    }

    /// Takes another clock, for example a [`ManualClock`](uv_sys::ManualClock) under which hours of timers pass in
    /// microseconds. One that [skips](Clock::skip) what the loop would wait does so after as long in real time while the pool has work
    /// of this loop, and not at all if that ends before.
    ///
    /// ```
    /// use std::time::Duration;
    /// use uv_loop::{Builder, ManualClock, RunMode, Timer};
    ///
    /// let clock = ManualClock::new();
    /// let lp = Builder::new().clock(clock.clone()).build()?;
    /// Timer::new(&lp).start(&lp, Duration::from_secs(3600), Duration::ZERO, |_, _| println!("an hour later"))?;
    /// clock.advance(Duration::from_secs(3600));
    /// assert!(!lp.run(RunMode::NoWait)?);
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(Rc::new(clock));
        self
    }

    /// Runs work requests on this pool. Without it they run on [`Pool::global`], which starts at the first request.
    ///
    /// ```
    /// use uv_loop::{Builder, Pool};
    ///
    /// let lp = Builder::new().pool(Pool::builder().threads(1).build()?).build()?;
    /// assert_eq!(lp.pool().threads(), 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn pool(self, pool: Pool) -> Self {
        self.pool_with(|| pool)
    }

    /// Runs work requests on the pool that `make` gives when the first one is queued.
    ///
    /// ```
    /// use uv_loop::{Loop, Pool, RunMode};
    ///
    /// let lp = Loop::builder().pool_with(|| Pool::global().clone()).build()?;
    /// lp.queue_work(|| (), |_, _| ());
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    #[must_use]
    pub fn pool_with(mut self, make: impl FnOnce() -> Pool + 'static) -> Self {
        self.pool = Some(Box::new(make));
        self
    }

    /// Bounds how many callbacks one phase runs before the loop goes on to the next; the rest runs in the next
    /// iteration. 0 means no limit, which is what libuv and Node do.
    ///
    /// ```
    /// use uv_loop::{Builder, Check, RunMode};
    ///
    /// let lp = Builder::new().phase_callback_limit(1).build()?;
    /// for _ in 0..2 {
    ///     Check::new(&lp).start(&lp, |lp, check| check.stop(lp).unwrap())?;
    /// }
    /// assert!(lp.run(RunMode::NoWait)?, "the second one is still to come");
    /// assert!(!lp.run(RunMode::NoWait)?);
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    #[must_use]
    pub fn phase_callback_limit(mut self, limit: usize) -> Self {
        self.limit = NonZeroUsize::new(limit);
        self
    }

    /// Has this [`Observer`] see what the loop does.
    ///
    /// ```
    /// use std::rc::Rc;
    /// use uv_loop::{Builder, Observer};
    ///
    /// struct Blind;
    /// impl Observer for Blind {}
    /// assert!(Builder::new().observer(Rc::new(Blind)).build().is_ok());
    /// ```
    #[must_use]
    pub fn observer(mut self, observer: Rc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Measures how long the loop waits for events, and counts the events that it need not wait for: libuv's
    /// `UV_METRICS_IDLE_TIME`. See [`Loop::idle_time`] and [`Metrics`](crate::Metrics). Off by default, as a wait takes
    /// one system call more with it.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let lp = uv_loop::Builder::new().metrics_idle_time(true).build()?;
    /// assert_eq!(lp.idle_time(), Duration::ZERO);
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    #[must_use]
    pub fn metrics_idle_time(mut self, on: bool) -> Self {
        self.metrics_idle_time = on;
        self
    }

    /// Calls the async handles that a poll phase finds sent to in the order in which they were made, and work requests before
    /// them, as libuv does. Off by default: they are called in the order of the sends, which is libuv's as well if there is
    /// one.
    ///
    /// ```
    /// use std::{cell::RefCell, rc::Rc};
    /// use uv_loop::{Async, Builder, RunMode};
    ///
    /// let lp = Builder::new().async_in_order_of_creation(true).build()?;
    /// let called = Rc::new(RefCell::new(Vec::new()));
    /// let senders = ["one", "two"].map(|name| {
    ///     let called = called.clone();
    ///     Async::new(&lp, move |_, _| called.borrow_mut().push(name)).sender(&lp).unwrap()
    /// });
    /// senders[1].send()?;
    /// senders[0].send()?;
    /// lp.run(RunMode::NoWait)?;
    /// assert_eq!(*called.borrow(), ["one", "two"]);
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    #[must_use]
    pub fn async_in_order_of_creation(mut self, on: bool) -> Self {
        self.orders_async = on;
        self
    }

    /// How many times a loop that has had a send or the result of work since it last waited looks for more before it waits
    /// again, with a `pause` of the processor between: 100 by default, which takes 1 to 5 microseconds, and 0 has it wait at
    /// once, as libuv does. Timers are seen to after that. Threads that answer each other are spared the system calls to
    /// sleep and to wake, and the time that these take.
    ///
    /// After a time that was in vain the next wait begins at once. So does each in a loop that watches descriptors,
    /// measures its idle time, or is run by [`RunMode::Once`](crate::RunMode::Once), and each of a process whose first
    /// thread to wait so may run on one processor alone.
    ///
    /// ```
    /// use uv_loop::{Async, Builder, Handle, RunMode};
    ///
    /// let lp = Builder::new().looks_for_mail(0).build()?;
    /// let sender = Async::new(&lp, |lp, me| me.close(lp).unwrap()).sender(&lp)?;
    /// std::thread::spawn(move || sender.send());
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    #[must_use]
    pub fn looks_for_mail(mut self, times: u32) -> Self {
        self.looks_for_mail = times;
        self
    }

    /// Has the callbacks of the handles that are made with [`with_number`](crate::Timer::with_number), and of those that are
    /// closed with [`close_to_owner`](crate::Handle::close_to_owner). See [`HandleOwner`].
    ///
    /// ```
    /// use std::rc::Rc;
    /// use uv_loop::{Builder, HandleId, HandleOwner, Loop};
    ///
    /// struct Nobody;
    /// impl HandleOwner for Nobody {
    ///     fn call(&self, _: &Loop, _: HandleId, _: usize) {}
    ///     fn closed(&self, _: &Loop, _: HandleId, _: usize) {}
    /// }
    /// assert!(Builder::new().handle_owner(Rc::new(Nobody)).build().is_ok());
    /// ```
    #[must_use]
    pub fn handle_owner(mut self, owner: Rc<dyn HandleOwner>) -> Self {
        self.owner = Some(owner);
        self
    }

    /// Makes the loop.
    ///
    /// # Errors
    ///
    /// `EMFILE`, `ENFILE` or `ENOMEM` when the kernel has no poller to give.
    ///
    /// ```
    /// # use uv_loop::Builder;
    /// assert!(!Builder::new().build()?.alive());
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn build(self) -> Result<Loop> {
        let lp = Loop::own(Rc::new(Core::new(self)?));
        lp.update_time();
        Ok(lp)
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("clock", &self.clock.is_some())
            .field("pool", &self.pool.is_some())
            .field("limit", &self.limit)
            .field("observer", &self.observer.is_some())
            .field("metrics_idle_time", &self.metrics_idle_time)
            .field("orders_async", &self.orders_async)
            .field("looks_for_mail", &self.looks_for_mail)
            .field("owner", &self.owner.is_some())
            .finish()
    }
}
