//! Signal handles.

use std::cell::{Cell, OnceCell, RefCell};
use std::os::fd::AsFd;
use std::rc::Rc;

use uv_sys::signal::Signals;
use uv_sys::{Error, Interest, Result};

use crate::event_loop::Loop;
use crate::handle::Handle;
use crate::handles::callback::Callback;
use crate::handles::spare::{self, Spare};
use crate::kind::{HandleKind, poll_key};
use crate::run::Budget;
use crate::slab::{HandleId, NIL};

/// Calls back when the process is sent a signal. As `uv_signal_t`.
///
/// Any number of handles, of any number of loops, may watch one signal; each is called. Calls come in the poll phase,
/// after its other callbacks, in the order in which the signals were caught. Signals are numbers, as
/// [`signal::SIGINT`](uv_sys::signal::SIGINT).
///
/// While a signal is watched it does not do to the process what it does otherwise. When the last handle stops it does
/// the system's default again; see [`uv_sys::signal`] for more of that.
///
/// ```
/// use uv_loop::signal::SIGUSR1;
/// use uv_loop::{Handle, Loop, RunMode, Signal};
///
/// let lp = Loop::new()?;
/// Signal::new(&lp).start(&lp, SIGUSR1, |lp, me, signum| {
///     assert_eq!(signum, SIGUSR1);
///     me.close(lp).unwrap();
/// })?;
/// println!("kill -USR1 {}", std::process::id());
/// # uv_sys::os::kill(std::process::id() as i32, SIGUSR1)?;
/// lp.run(RunMode::Default)?;
/// # Ok::<(), uv_loop::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Signal(HandleId);

impl Handle for Signal {
    fn id(self) -> HandleId {
        self.0
    }
}

impl Signal {
    /// A handle that is not started, as `uv_signal_init`.
    ///
    /// ```
    /// use uv_loop::{Handle, Loop, Signal};
    ///
    /// let lp = Loop::new()?;
    /// assert!(!Signal::new(&lp).is_active(&lp));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn new(lp: &Loop) -> Signal {
        Signal(lp.add_handle(Watcher::shared()))
    }

    /// Calls `callback` for every `signum`, as `uv_signal_start`. A handle that watches another signal stops that; one
    /// that watches this signal has its callback replaced.
    ///
    /// # Errors
    ///
    /// `EBADF` if the handle is closed, `EINVAL` if it is being closed or `signum` is 0; `EINVAL` if there is no such
    /// signal or it cannot be caught (`SIGKILL`, `SIGSTOP`), and `EMFILE`, `ENFILE` or `ENOMEM` for the first handle of a
    /// loop: the handle is stopped then. In any case `callback` is dropped.
    ///
    /// ```
    /// use uv_loop::signal::{SIGHUP, SIGKILL};
    /// use uv_loop::{Error, Loop, Signal};
    ///
    /// let lp = Loop::new()?;
    /// let signal = Signal::new(&lp);
    /// signal.start(&lp, SIGHUP, |_, _, _| println!("hang-up"))?;
    /// assert_eq!(signal.start(&lp, SIGKILL, |_, _, _| {}), Err(Error::EINVAL));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn start(self, lp: &Loop, signum: i32, callback: impl FnMut(&Loop, Signal, i32) + 'static) -> Result<()> {
        self.watch(lp, signum, callback, Signals::start)
    }

    /// Calls `callback` for the next `signum` alone, as `uv_signal_start_oneshot`. The handle is stopped after the call,
    /// unless the callback has started it again. (libuv stops it then, too.)
    ///
    /// # Errors
    ///
    /// Those of [`start`](Signal::start).
    ///
    /// ```
    /// use uv_loop::signal::SIGUSR2;
    /// use uv_loop::{Loop, RunMode, Signal};
    ///
    /// let lp = Loop::new()?;
    /// Signal::new(&lp).start_oneshot(&lp, SIGUSR2, |_, _, _| println!("once"))?;
    /// println!("kill -USR2 {}", std::process::id());
    /// # uv_sys::os::kill(std::process::id() as i32, SIGUSR2)?;
    /// assert!(!lp.run(RunMode::Default)?);
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn start_oneshot(
        self,
        lp: &Loop,
        signum: i32,
        callback: impl FnMut(&Loop, Signal, i32) + 'static,
    ) -> Result<()> {
        self.watch(lp, signum, callback, Signals::start_oneshot)
    }

    /// Ends the calls, also for signals that were caught and not told yet, and drops the callback. A handle that is not
    /// started stays so. As `uv_signal_stop`.
    ///
    /// # Errors
    ///
    /// `EBADF` if the handle is closed, `EINVAL` if it is being closed.
    ///
    /// ```
    /// use uv_loop::signal::SIGWINCH;
    /// use uv_loop::{Handle, Loop, Signal};
    ///
    /// let lp = Loop::new()?;
    /// let signal = Signal::new(&lp);
    /// signal.start(&lp, SIGWINCH, |_, _, _| unreachable!())?;
    /// signal.stop(&lp)?;
    /// assert!(!signal.is_active(&lp));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn stop(self, lp: &Loop) -> Result<()> {
        let watcher = self.watcher(lp)?;
        watcher.stop(lp, self.0);
        watcher.callback.clear();
        lp.set_active(self.0, false)
    }

    /// The signal that the handle watches, `None` if it is not started.
    ///
    /// # Errors
    ///
    /// `EBADF` if the handle is closed, `EINVAL` if it is being closed.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// assert_eq!(uv_loop::Signal::new(&lp).signum(&lp)?, None);
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn signum(self, lp: &Loop) -> Result<Option<i32>> {
        Ok(self.watcher(lp)?.signum.get())
    }

    fn watch(
        self,
        lp: &Loop,
        signum: i32,
        callback: impl FnMut(&Loop, Signal, i32) + 'static,
        start: impl FnOnce(&Signals, usize, i32) -> Result<()>,
    ) -> Result<()> {
        let watcher = self.watcher(lp)?;
        if signum == 0 {
            return Err(Error::EINVAL);
        }
        let result = lp.core.signals.get(lp).and_then(|signals| start(signals, poll_key(self.0), signum));
        if result.is_err() {
            self.stop(lp)?;
            return result;
        }
        watcher.signum.set(Some(signum));
        lp.set_active(self.0, true)?;
        // Last: the old one may come back into the handle when it is dropped.
        watcher.callback.set(callback);
        Ok(())
    }

    fn watcher(self, lp: &Loop) -> Result<Rc<Watcher>> {
        let watcher = lp.kind(self.0)?;
        match self.is_closing(lp) {
            true => Err(Error::EINVAL),
            false => Ok(watcher),
        }
    }
}

/// The signals of one loop: made when the first handle starts.
#[derive(Default)]
pub(crate) struct LoopSignals {
    signals: OnceCell<Signals>,
    /// Whether there are signals to be told: all of those that have come before this poll phase are, or when the limit
    /// or a panic cuts it, in the next.
    pending: Cell<bool>,
}

impl LoopSignals {
    /// What the poller reports the signals' descriptor under: no handle's key.
    pub(crate) const KEY: usize = NIL as usize;

    fn get(&self, lp: &Loop) -> Result<&Signals> {
        if let Some(signals) = self.signals.get() {
            return Ok(signals);
        }
        let signals = Signals::new()?;
        lp.core.poller.add(signals.as_fd(), Self::KEY, Interest::READABLE)?;
        lp.core.watched.set(lp.core.watched.get() + 1);
        Ok(self.signals.get_or_init(|| signals))
    }

    pub(crate) fn on_event(&self) {
        self.pending.set(true);
    }

    pub(crate) fn are_pending(&self) -> bool {
        self.pending.get()
    }
}

impl Loop {
    /// Calls the handles whose signals were caught before this poll phase.
    pub(crate) fn deliver_signals(&self, budget: &mut Budget) {
        let LoopSignals { signals, pending } = &self.core.signals;
        let Some(signals) = signals.get() else { return };
        while pending.get() && budget.take() {
            match signals.read() {
                Ok(Some(delivery)) => {
                    let id = self.core.state.borrow().slab.id_at(delivery.key as u32);
                    let id = id.filter(|&id| poll_key(id) == delivery.key);
                    if let Some(id) = id
                        && let Ok(watcher) = self.kind::<Watcher>(id)
                    {
                        let _seen = self.observe_handle(id);
                        watcher.deliver(self, id, delivery.signum, delivery.oneshot);
                    }
                }
                // The descriptor is nobody else's to break.
                Ok(None) | Err(_) => pending.set(false),
            }
        }
    }

    /// In the child of a fork, whose poller has a new set: signals that it is sent are its own from here on.
    pub(crate) fn reinit_signals(&self) -> Result<()> {
        let LoopSignals { signals, pending } = &self.core.signals;
        let Some(signals) = signals.get() else {
            return Ok(());
        };
        signals.reinit()?;
        pending.set(false);
        self.core.poller.add(signals.as_fd(), LoopSignals::KEY, Interest::READABLE)
    }
}

#[derive(Default)]
struct Watcher {
    signum: Cell<Option<i32>>,
    callback: Callback<Signal, i32>,
}

thread_local! {
    /// What closed handles have left for those that are opened next.
    static SPARE: Spare<Watcher> = const { RefCell::new(Vec::new()) };
}

impl Watcher {
    fn shared() -> Rc<Watcher> {
        spare::take(&SPARE)
    }

    fn stop(&self, lp: &Loop, id: HandleId) {
        if self.signum.take().is_some()
            && let Some(signals) = lp.core.signals.signals.get()
        {
            signals.stop(poll_key(id));
        }
    }

    fn deliver(&self, lp: &Loop, id: HandleId, signum: i32, oneshot: bool) {
        /// Stops the handle, also when the callback panics, unless that has started it again.
        struct Once<'a>(&'a Watcher, &'a Loop, HandleId, u64);
        impl Drop for Once<'_> {
            fn drop(&mut self) {
                let Once(watcher, lp, id, changes) = *self;
                if watcher.callback.changes() == changes {
                    watcher.signum.set(None);
                    // It fails only for a handle that is closing, whose callback was dropped.
                    let _ = lp.set_active(id, false);
                    watcher.callback.clear();
                }
            }
        }

        let _once = oneshot.then(|| Once(self, lp, id, self.callback.changes()));
        self.callback.call(lp, Signal(id), signum);
    }
}

impl HandleKind for Watcher {
    fn name(&self) -> &'static str {
        "signal"
    }

    fn on_close(&self, lp: &Loop, id: HandleId) {
        self.stop(lp, id);
        self.callback.clear();
    }
    fn on_released(self: Rc<Self>) {
        spare::keep(&SPARE, self);
    }
}
