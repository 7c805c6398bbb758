//! The nextTick queue, the microtask queue, and the rule that says when they are emptied.

use crate::runtime::Inner;
use crate::task::Task;
use crate::{Origin, Outcome, Runtime, Thrown};

/// When the nextTick and microtask queues are emptied.
///
/// ```
/// use std::cell::RefCell;
/// use std::rc::Rc;
/// use node_compat::{DrainRule, Runtime};
///
/// fn order(rule: DrainRule) -> Vec<u8> {
///     let rt = Runtime::builder().drain_rule(rule).build().unwrap();
///     let seen = Rc::new(RefCell::new(Vec::new()));
///     let log = |n| {
///         let seen = seen.clone();
///         move |_: &Runtime| seen.borrow_mut().push(n)
///     };
///     let (one, three, four) = (log(1), log(3), log(4));
///     rt.set_timeout(1, move |rt| {
///         one(rt);
///         rt.next_tick(three);
///         rt.queue_microtask(four);
///     });
///     rt.set_timeout(1, log(2));
///     std::thread::sleep(std::time::Duration::from_millis(2));
///     rt.run().unwrap();
///     drop(rt);
///     seen.take()
/// }
///
/// assert_eq!(order(DrainRule::PerCallback), [1, 3, 4, 2]);
/// assert_eq!(order(DrainRule::PerPhase), [1, 2, 3, 4]);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum DrainRule {
    /// After every callback: Node 11 and later, and browsers.
    #[default]
    PerCallback,
    /// Between the phases only: the rule before Node 11, for those who study the difference.
    PerPhase,
}

/// A callback or a drain was cut short by an exception (which somebody handled).
pub(crate) struct Threw;

impl Runtime {
    /// Queues `f` to run as soon as the callback in hand is over, before any microtask. As `process.nextTick`.
    ///
    /// ```
    /// let rt = node_compat::Runtime::new()?;
    /// rt.next_tick(|rt| rt.next_tick(|_| println!("still before the loop goes on")));
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn next_tick<O: Outcome>(&self, f: impl FnOnce(&Runtime) -> O + 'static) {
        if self.0.ending.get() {
            return;
        }
        self.0.ticks.borrow_mut().push_back(task(f));
        self.0.tick_scheduled.set(true);
    }

    /// Queues `f` to run when the nextTick queue is empty. As `queueMicrotask`: what it throws is reported at once, and
    /// the queue goes on.
    ///
    /// ```
    /// let rt = node_compat::Runtime::new()?;
    /// rt.queue_microtask(|_| println!("second"));
    /// rt.next_tick(|_| println!("first"));
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn queue_microtask<O: Outcome>(&self, f: impl FnOnce(&Runtime) -> O + 'static) {
        self.0.microtasks.borrow_mut().push_back(task(f));
    }

    /// Runs `f` as one macrotask of its own: what it throws is reported, and then the queues are drained (between
    /// phases, under [`DrainRule::PerPhase`]). As Node's C++ `MakeCallback`: what completes outside of the
    /// runtime's own queues, a socket's event for example, comes in through here. Inside another macrotask it only
    /// calls `f`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use node_compat::{Loop, Runtime};
    ///
    /// let rt = Runtime::new()?;
    /// let timer = uv_loop::Timer::new(rt.event_loop());
    /// let into = rt.clone();
    /// timer.start(rt.event_loop(), Duration::ZERO, Duration::ZERO, move |_, _| {
    ///     into.make_callback(|rt| rt.next_tick(|_| println!("drained right after the callback")));
    /// })?;
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn make_callback<O: Outcome>(&self, f: impl FnOnce(&Runtime) -> O) {
        if self.0.exiting.get() {
            return;
        }
        let scope = Scope::enter(&self.0);
        match f(self).into_result() {
            Err(thrown) => self.uncaught(thrown, Origin::UncaughtException),
            Ok(()) if scope.is_outermost() && self.0.rule == DrainRule::PerCallback => self.drain(),
            Ok(()) => {}
        }
    }

    /// Empties both queues; what is left after a throw waits for the next drain, as in Node.
    pub(crate) fn drain(&self) {
        if !self.has_ticks_or_rejections() {
            self.run_microtasks();
        }
        if self.has_ticks_or_rejections() {
            let _ = self.process_ticks_and_rejections();
        }
    }

    /// The drain between two callbacks of one phase.
    pub(crate) fn run_next_ticks(&self) -> Result<(), Threw> {
        if self.0.rule == DrainRule::PerPhase {
            return Ok(());
        }
        if !self.has_ticks_or_rejections() {
            self.run_microtasks();
        }
        if self.has_ticks_or_rejections() {
            return self.process_ticks_and_rejections();
        }
        Ok(())
    }

    /// One phase is over: under [`DrainRule::PerPhase`] this is where the queues are emptied.
    pub(crate) fn end_phase(&self) {
        if self.0.rule == DrainRule::PerPhase && !self.0.exiting.get() {
            let _scope = Scope::enter(&self.0);
            self.drain();
        }
    }

    pub(crate) fn run_microtasks(&self) {
        loop {
            while let Some(task) = self.0.pop_microtask() {
                if let Err(thrown) = task(self) {
                    self.uncaught(thrown, Origin::UncaughtException);
                }
            }
            if self.0.exiting.get() {
                return;
            }
            if let Some(engine) = &self.0.engine {
                engine.run_microtasks(self);
            }
            if self.0.microtasks.borrow().is_empty() {
                return;
            }
        }
    }

    /// Reports to whoever handles uncaught exceptions; ends the runtime if nobody does.
    pub(crate) fn uncaught(&self, thrown: Thrown, origin: Origin) {
        let handled = match &self.0.engine {
            Some(engine) => engine.uncaught_exception(self, &thrown, origin),
            None => self.call_uncaught_handler(&thrown, origin),
        };
        if handled {
            // Node does the same: it makes sure that a drain follows, for the ticks that the throw left behind.
            self.set_immediate(|_| ());
        } else if !self.0.exiting.get() {
            let code = self.exit_code().filter(|&code| code != 0).unwrap_or(1);
            self.exit(code);
        }
    }

    fn has_ticks_or_rejections(&self) -> bool {
        self.0.tick_scheduled.get() || self.has_rejections()
    }

    fn has_rejections(&self) -> bool {
        self.0.rejections.borrow().has_news() || self.0.engine.as_ref().is_some_and(|engine| engine.has_rejections())
    }

    fn process_ticks_and_rejections(&self) -> Result<(), Threw> {
        loop {
            while let Some(task) = self.0.pop_tick() {
                if let Err(thrown) = task(self) {
                    self.uncaught(thrown, Origin::UncaughtException);
                    return Err(Threw);
                }
            }
            self.run_microtasks();
            if self.0.exiting.get() {
                return Ok(());
            }
            if !self.0.ticks.borrow().is_empty() {
                continue;
            }
            if !self.process_rejections()? {
                break;
            }
        }
        self.0.tick_scheduled.set(false);
        Ok(())
    }
}

impl Runtime {
    /// Reports rejections, when both queues are empty.
    fn process_rejections(&self) -> Result<bool, Threw> {
        let own = crate::promise::process_rejections(self);
        let engine = match &self.0.engine {
            Some(engine) => engine.process_rejections(self),
            None => Ok(false),
        };
        engine.map(|engine| own || engine).map_err(|thrown| {
            self.uncaught(thrown, Origin::UncaughtException);
            Threw
        })
    }
}

impl Inner {
    fn pop_tick(&self) -> Option<Task> {
        if self.exiting.get() { None } else { self.ticks.borrow_mut().pop_front() }
    }

    fn pop_microtask(&self) -> Option<Task> {
        if self.exiting.get() { None } else { self.microtasks.borrow_mut().pop_front() }
    }
}

pub(crate) fn task<O: Outcome>(f: impl FnOnce(&Runtime) -> O + 'static) -> Task {
    Box::new(move |rt| f(rt).into_result())
}

/// Counts how deep macrotasks are nested; only the outermost drains. Left also when a callback panics.
pub(crate) struct Scope<'a>(&'a Inner);

impl<'a> Scope<'a> {
    pub(crate) fn enter(inner: &'a Inner) -> Self {
        inner.depth.set(inner.depth.get() + 1);
        Scope(inner)
    }

    fn is_outermost(&self) -> bool {
        self.0.depth.get() == 1
    }
}

impl Drop for Scope<'_> {
    fn drop(&mut self) {
        self.0.depth.set(self.0.depth.get() - 1);
    }
}
