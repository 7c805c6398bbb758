//! The loop object: its clock, its counters, its life.

use std::fmt;
use std::num::NonZeroUsize;
use std::os::fd::{AsFd, BorrowedFd};
use std::rc::Rc;
use std::time::Duration;

use uv_pool::Pool;
use uv_sys::{Error, Result};

use crate::builder::Builder;
use crate::core::{Core, State};
use crate::loop_handle::LoopHandle;
use crate::slab::{Busy, HandleId};

/// An event loop: one thread, seven phases, any number of handles and requests.
///
/// Every method takes `&self`, and no borrow of the loop is held while a callback runs, so a callback may do anything
/// to the loop and to any handle, its own included. Dropping the loop drops every callback without calling it.
///
/// ```
/// use std::time::Duration;
/// use uv_loop::{Loop, RunMode, Timer};
///
/// let lp = Loop::new()?;
/// let timer = Timer::new(&lp);
/// timer.start(&lp, Duration::from_millis(1), Duration::ZERO, |_, _| println!("a millisecond later"))?;
/// assert!(!lp.run(RunMode::Default)?);
/// # Ok::<(), uv_loop::Error>(())
/// ```
pub struct Loop {
    pub(crate) core: Rc<Core>,
    /// False for what [`LoopHandle::with`] lends.
    owner: bool,
}

impl Loop {
    /// A loop with the default options, as `uv_loop_init`.
    ///
    /// # Errors
    ///
    /// Those of [`Builder::build`].
    ///
    /// ```
    /// assert!(!uv_loop::Loop::new()?.alive());
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn new() -> Result<Self> {
        Builder::new().build()
    }

    /// The options of a loop to be made.
    ///
    /// ```
    /// let lp = uv_loop::Loop::builder().phase_callback_limit(10).build()?;
    /// assert_eq!(lp.phase_callback_limit(), Some(10));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn own(core: Rc<Core>) -> Loop {
        Loop { core, owner: true }
    }

    pub(crate) fn lend(core: Rc<Core>) -> Loop {
        Loop { core, owner: false }
    }

    /// A weak reference, for what cannot borrow the loop: a future, a task, an object that outlives it.
    ///
    /// ```
    /// use uv_loop::{Error, Loop};
    ///
    /// let lp = Loop::new()?;
    /// let handle = lp.handle();
    /// assert_eq!(handle.with(|lp| lp.alive()), Ok(false));
    /// drop(lp);
    /// assert_eq!(handle.with(|lp| lp.alive()), Err(Error::EBADF));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn handle(&self) -> LoopHandle {
        LoopHandle::new(&self.core)
    }

    /// The loop's time in milliseconds since a start that only the clock knows. It stands still while callbacks run,
    /// as `uv_now`: it is read once at the start of an iteration and once after polling.
    ///
    /// ```
    /// use std::time::Duration;
    /// use uv_loop::{Loop, ManualClock};
    ///
    /// let clock = ManualClock::new();
    /// let lp = Loop::builder().clock(clock.clone()).build()?;
    /// clock.advance(Duration::from_millis(5));
    /// assert_eq!(lp.now(), 0);
    /// lp.update_time();
    /// assert_eq!(lp.now(), 5);
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn now(&self) -> u64 {
        self.core.now.get()
    }

    /// Reads the clock anew, as `uv_update_time`. Worth a call after a callback that took long, before it starts
    /// timers.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let before = lp.now();
    /// lp.update_time();
    /// assert!(lp.now() >= before);
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn update_time(&self) {
        let now = self.core.clock.now();
        let millis = now.as_secs().saturating_mul(1000).saturating_add(u64::from(now.subsec_millis()));
        self.core.now.set(millis.max(self.core.now.get()));
    }

    /// Reads the clock anew unless no callback was called since this was done: then hardly any time has passed.
    pub(crate) fn refresh_time(&self) {
        if !self.core.is_time_fresh.replace(true) {
            self.update_time();
        }
    }

    /// Whether there is anything to wait for: an active and referenced handle, a request, or a handle that is being
    /// closed. As `uv_loop_alive`, for which a closing phase has closed all of its handles when it begins.
    ///
    /// ```
    /// use uv_loop::{Handle, Idle, Loop};
    ///
    /// let lp = Loop::new()?;
    /// let idle = Idle::new(&lp);
    /// idle.start(&lp, |_, _| {})?;
    /// assert!(lp.alive());
    /// idle.unref(&lp)?;
    /// assert!(!lp.alive());
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn alive(&self) -> bool {
        self.has_active() || self.core.busy.is_any(Busy::PENDING | Busy::CLOSING)
    }

    /// How many handles are active and referenced, as libuv's `active_handles`.
    ///
    /// ```
    /// use uv_loop::{Idle, Loop};
    ///
    /// let lp = Loop::new()?;
    /// Idle::new(&lp).start(&lp, |_, _| {})?;
    /// assert_eq!(lp.active_handles(), 1);
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn active_handles(&self) -> usize {
        self.core.active_handles.get()
    }

    /// Whether [`close`](Loop::close) would end the loop: there is no handle that is not closed, and no request under
    /// way.
    ///
    /// ```
    /// use uv_loop::{Idle, Loop};
    ///
    /// let lp = Loop::new()?;
    /// assert!(lp.is_closable());
    /// Idle::new(&lp);
    /// assert!(!lp.is_closable());
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn is_closable(&self) -> bool {
        if self.core.active_requests.get() > 0 {
            return false;
        }
        let id_at = |index| self.core.state.borrow().slab.id_at(index);
        let slots = match &self.core.state.borrow().slab {
            slab if slab.len() == 0 => 0,
            slab => slab.slots(),
        };
        (0..slots).filter_map(id_at).all(|id| self.is_internal(id))
    }

    /// Ends [`run`](Loop::run) after the iteration in hand, or the next `run` at once if none is in hand, as
    /// `uv_stop`.
    ///
    /// ```
    /// use uv_loop::{Idle, Loop, RunMode};
    ///
    /// let lp = Loop::new()?;
    /// Idle::new(&lp).start(&lp, |lp, _| lp.stop())?;
    /// assert!(lp.run(RunMode::Default)?, "the idle handle is still active");
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn stop(&self) {
        self.core.remote.set_stopped();
    }

    /// The limit given to [`Builder::phase_callback_limit`], if any. What builds its own queues on a handle of this
    /// loop (as node-compat does) applies it to them.
    ///
    /// ```
    /// assert_eq!(uv_loop::Loop::new()?.phase_callback_limit(), None);
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn phase_callback_limit(&self) -> Option<usize> {
        self.core.limit.map(NonZeroUsize::get)
    }

    /// How long polling would block now: `None` for without end, zero for not at all. As `uv_backend_timeout`, which
    /// counts in whole milliseconds.
    ///
    /// ```
    /// use std::time::Duration;
    /// use uv_loop::{Loop, ManualClock, Timer};
    ///
    /// let lp = Loop::builder().clock(ManualClock::new()).build()?;
    /// Timer::new(&lp).start(&lp, Duration::from_millis(30), Duration::ZERO, |_, _| {})?;
    /// assert_eq!(lp.backend_timeout(), Some(Duration::from_millis(30)));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn backend_timeout(&self) -> Option<Duration> {
        if self.core.completed.is_empty() { self.poll_timeout() } else { Some(Duration::ZERO) }
    }

    /// [`backend_timeout`](Loop::backend_timeout), were there no request that has been answered at once.
    pub(crate) fn poll_timeout(&self) -> Option<Duration> {
        let may_block = !self.core.busy.is_any(Busy::AWAKE)
            && !self.core.remote.is_told()
            && self.has_active()
            && self.core.mail.borrow().is_empty()
            && !self.core.tasks.are_ready()
            && !self.core.signals.are_pending();
        if !may_block {
            return Some(Duration::ZERO);
        }
        let timer = self.core.state.borrow().timers.peek().map(|(_, due)| due);
        let due = match (timer, self.next_sleep()) {
            (Some(timer), Some(sleep)) => timer.min(sleep),
            (timer, sleep) => timer.or(sleep)?,
        };
        Some(Duration::from_millis(due.saturating_sub(self.now())))
    }

    /// The descriptor that becomes readable when the loop has events, so that the loop can be driven from inside
    /// another one. As `uv_backend_fd`.
    ///
    /// ```
    /// use std::os::fd::AsRawFd;
    ///
    /// assert!(uv_loop::Loop::new()?.backend_fd().as_raw_fd() >= 0);
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn backend_fd(&self) -> BorrowedFd<'_> {
        self.core.poller.as_fd()
    }

    /// Keeps a signal from interrupting the waits of poll phases, or none; as `uv_loop_configure` with
    /// `UV_LOOP_BLOCK_SIGNAL`. See [`Poller::block_signal`](uv_sys::Poller::block_signal).
    ///
    /// # Errors
    ///
    /// `EINVAL` for what is no signal.
    ///
    /// ```
    /// use uv_loop::{Loop, signal};
    ///
    /// Loop::new()?.block_signal(Some(signal::SIGPROF))?;
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn block_signal(&self, signum: Option<i32>) -> Result<()> {
        self.core.poller.block_signal(signum)
    }

    /// The pool on which work requests run.
    ///
    /// ```
    /// use uv_loop::{Loop, Pool};
    ///
    /// let lp = Loop::builder().pool(Pool::builder().threads(2).build()?).build()?;
    /// assert_eq!(lp.pool().threads(), 2);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn pool(&self) -> &Pool {
        self.core.pool.get_or_init(|| match self.core.make_pool.take() {
            Some(make) => make(),
            None => Pool::global().clone(),
        })
    }

    /// Calls `visit` with the id and the kind's name of every handle that is not closed yet, in no particular order, but for
    /// [internal](crate::HandleKind::is_internal) ones.
    /// Handles that `visit` itself makes may or may not be seen. As `uv_walk`.
    ///
    /// ```
    /// use uv_loop::{Check, Loop, Timer};
    ///
    /// let lp = Loop::new()?;
    /// (Timer::new(&lp), Check::new(&lp));
    /// let mut kinds = Vec::new();
    /// lp.walk(|_, kind| kinds.push(kind));
    /// kinds.sort();
    /// assert_eq!(kinds, ["check", "timer"]);
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn walk(&self, mut visit: impl FnMut(HandleId, &'static str)) {
        let ids: Vec<HandleId> = self.core.state.borrow().slab.ids().collect();
        for id in ids {
            let is_there = self.core.state.borrow().slab.get(id).is_some();
            if is_there && !self.is_internal(id) {
                visit(id, self.kind_name(id));
            }
        }
    }

    /// Ends the loop if nothing holds it: no handle that is not closed, no request under way. As `uv_loop_close`.
    ///
    /// # Errors
    ///
    /// `EBUSY`, with the loop given back, when there are handles or requests. (Dropping a loop is always possible: it
    /// drops their callbacks.)
    ///
    /// ```
    /// use uv_loop::{Error, Handle, Idle, Loop, RunMode};
    ///
    /// let lp = Loop::new()?;
    /// let idle = Idle::new(&lp);
    /// let (lp, error) = lp.close().unwrap_err();
    /// assert_eq!(error, Error::EBUSY);
    /// idle.close(&lp)?;
    /// lp.run(RunMode::Default)?;
    /// assert!(lp.close().is_ok());
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    #[allow(clippy::result_large_err, reason = "the loop is given back, as std's own by-value conversions do")]
    pub fn close(self) -> std::result::Result<(), (Loop, Error)> {
        if self.is_closable() { Ok(()) } else { Err((self, Error::EBUSY)) }
    }

    pub(crate) fn has_active(&self) -> bool {
        self.core.active_handles.get() > 0 || self.core.active_requests.get() > 0
    }

    /// Keeps the count of active and referenced handles true while `change` alters the flags.
    pub(crate) fn change_flags(&self, state: &mut State, id: HandleId, change: impl FnOnce(&mut crate::slab::Flags)) {
        let Some(slot) = state.slab.get_mut(id) else {
            return;
        };
        let counts = |flags: &crate::slab::Flags| usize::from(flags.active && flags.referenced);
        let before = counts(&slot.flags);
        change(&mut slot.flags);
        self.core.active_handles.set(self.core.active_handles.get() - before + counts(&slot.flags));
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        if self.owner {
            self.core.end();
        }
    }
}

impl fmt::Debug for Loop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loop")
            .field("now", &self.now())
            .field("handles", &self.core.state.borrow().slab.len())
            .field("active_handles", &self.core.active_handles.get())
            .field("active_requests", &self.core.active_requests.get())
            .finish_non_exhaustive()
    }
}
