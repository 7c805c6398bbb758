//! What a loop tells about itself while it runs.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use crate::event_loop::Loop;
use crate::handle::Body;
use crate::slab::HandleId;

/// Sees what a loop does: iterations, phases, callbacks and waits, each as it begins and ends. Set it with
/// [`Builder::observer`](crate::Builder::observer) or [`Loop::set_observer`].
///
/// What has begun ends, also when a callback panics; ends come in the reverse order of the beginnings. An observer
/// that is set or taken away in the middle hears neither the end of what began before it nor the beginning of what ends
/// after it. It looks on: it should neither panic nor run the loop. A loop without an observer pays one test for each of
/// these.
///
/// ```
/// use std::cell::Cell;
/// use std::rc::Rc;
/// use uv_loop::{Idle, Loop, Observer, RunMode, Source};
///
/// #[derive(Default)]
/// struct Counter(Cell<u32>);
/// impl Observer for Counter {
///     fn callback_begin(&self, _: &Loop, source: Source) {
///         assert_eq!(source.kind(), "idle");
///         self.0.set(self.0.get() + 1);
///     }
/// }
///
/// let counter = Rc::new(Counter::default());
/// let lp = Loop::builder().observer(counter.clone()).build()?;
/// Idle::new(&lp).start(&lp, |lp, idle| idle.stop(lp).unwrap())?;
/// lp.run(RunMode::Default)?;
/// assert_eq!(counter.0.get(), 1);
/// # Ok::<(), uv_loop::Error>(())
/// ```
pub trait Observer {
    /// An iteration begins. Its number is [`Metrics::loop_count`](crate::Metrics::loop_count).
    fn iteration_begin(&self, lp: &Loop) {
        let _ = lp;
    }

    /// The iteration has ended.
    fn iteration_end(&self, lp: &Loop) {
        let _ = lp;
    }

    /// A phase begins. One that has nothing to call is not told of, except polling.
    fn phase_begin(&self, lp: &Loop, phase: Phase) {
        let _ = (lp, phase);
    }

    /// The phase has ended.
    fn phase_end(&self, lp: &Loop, phase: Phase) {
        let _ = (lp, phase);
    }

    /// A callback is about to be called.
    fn callback_begin(&self, lp: &Loop, source: Source) {
        let _ = (lp, source);
    }

    /// The callback has returned, or panicked.
    fn callback_end(&self, lp: &Loop, source: Source) {
        let _ = (lp, source);
    }

    /// The loop is about to ask the kernel, and waits up to `timeout`; `None` is without end.
    fn wait_begin(&self, lp: &Loop, timeout: Option<Duration>) {
        let _ = (lp, timeout);
    }

    /// The kernel has answered with this many events, wake-ups by other threads not among them.
    fn wait_end(&self, lp: &Loop, events: usize) {
        let _ = (lp, events);
    }
}

/// The phases of an iteration, in libuv's order.
///
/// The enum is exhaustive: libuv has these seven phases.
///
/// ```
/// use uv_loop::Phase;
///
/// assert_eq!(Phase::Poll.name(), "poll");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Phase {
    /// Timers that are due.
    Timers,
    /// What was put off: at the beginning of an iteration, and again after polling.
    Pending,
    /// Idle handles.
    Idle,
    /// Prepare handles.
    Prepare,
    /// Descriptors, async handles, work requests, tasks.
    Poll,
    /// Check handles.
    Check,
    /// Close callbacks.
    Closing,
}

impl Phase {
    /// The phase's name in lower case.
    ///
    /// ```
    /// assert_eq!(uv_loop::Phase::Closing.name(), "closing");
    /// ```
    pub const fn name(self) -> &'static str {
        match self {
            Phase::Timers => "timers",
            Phase::Pending => "pending",
            Phase::Idle => "idle",
            Phase::Prepare => "prepare",
            Phase::Poll => "poll",
            Phase::Check => "check",
            Phase::Closing => "closing",
        }
    }
}

/// Whose callback it is.
///
/// ```
/// use uv_loop::Source;
///
/// assert_eq!(Source::Work { key: 7 }.kind(), "work");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Source {
    /// A handle of any kind, those of other crates among them.
    Handle {
        /// Which one.
        id: HandleId,
        /// The name of its kind, as [`Loop::walk`] gives it.
        kind: &'static str,
    },
    /// A handle's close callback, and what its kind completes before.
    Close {
        /// Which one.
        id: HandleId,
        /// The name of its kind.
        kind: &'static str,
    },
    /// A work request.
    Work {
        /// Counts the loop's requests, in the order in which they were made.
        key: u64,
    },
    /// A task of the loop's executor.
    Task {
        /// Tells the tasks from each other; `None` is the future of [`Loop::block_on`].
        key: Option<u64>,
    },
}

impl Source {
    /// The name of the handle's kind, or `"work"` or `"task"`.
    ///
    /// ```
    /// assert_eq!(uv_loop::Source::Task { key: None }.kind(), "task");
    /// ```
    pub const fn kind(self) -> &'static str {
        match self {
            Source::Handle { kind, .. } | Source::Close { kind, .. } => kind,
            Source::Work { .. } => "work",
            Source::Task { .. } => "task",
        }
    }
}

/// The loop's place for an observer.
#[derive(Default)]
pub(crate) struct Observed {
    pub(crate) is_set: Cell<bool>,
    observer: RefCell<Option<Rc<dyn Observer>>>,
}

impl Observed {
    pub(crate) fn set(&self, observer: Option<Rc<dyn Observer>>) {
        self.is_set.set(observer.is_some());
        let old = self.observer.replace(observer);
        drop(old);
    }
}

impl fmt::Debug for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observed").field("is_set", &self.is_set.get()).finish_non_exhaustive()
    }
}

/// What has begun.
#[derive(Clone, Copy)]
pub(crate) enum Span {
    Iteration,
    Phase(Phase),
    Callback(Source),
    Wait(Option<Duration>),
}

/// Tells the observer of the end when it is dropped.
pub(crate) struct Ends<'a> {
    lp: &'a Loop,
    observer: Rc<dyn Observer>,
    span: Span,
    events: usize,
}

impl Ends<'_> {
    pub(crate) fn set_events(&mut self, events: usize) {
        self.events = events;
    }
}

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        let Ends { lp, observer, span, events } = self;
        match *span {
            Span::Iteration => observer.iteration_end(lp),
            Span::Phase(phase) => observer.phase_end(lp, phase),
            Span::Callback(source) => observer.callback_end(lp, source),
            Span::Wait(_) => observer.wait_end(lp, *events),
        }
    }
}

impl Loop {
    /// Sets the loop's [`Observer`], or takes it away.
    ///
    /// ```
    /// use std::rc::Rc;
    /// use uv_loop::{Loop, Observer, Phase, RunMode};
    ///
    /// struct Printer;
    /// impl Observer for Printer {
    ///     fn phase_begin(&self, _: &Loop, phase: Phase) {
    ///         println!("{}", phase.name());
    ///     }
    /// }
    ///
    /// let lp = Loop::new()?;
    /// lp.set_observer(Some(Rc::new(Printer)));
    /// lp.run(RunMode::NoWait)?;
    /// lp.set_observer(None);
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn set_observer(&self, observer: Option<Rc<dyn Observer>>) {
        self.core.observed.set(observer);
    }

    /// Tells the observer, if there is one, that something begins, and when the result is dropped that it has ended.
    #[inline]
    pub(crate) fn observe(&self, span: impl FnOnce() -> Span) -> Option<Ends<'_>> {
        if self.core.observed.is_set.get() { self.begin(span()) } else { None }
    }

    #[inline]
    pub(crate) fn observe_phase(&self, phase: Phase) -> Option<Ends<'_>> {
        self.observe(|| Span::Phase(phase))
    }

    /// The callback of a handle is about to be called.
    #[inline]
    pub(crate) fn observe_handle(&self, id: HandleId) -> Option<Ends<'_>> {
        self.core.is_time_fresh.set(false);
        self.observe(|| Span::Callback(Source::Handle { id, kind: self.kind_name(id) }))
    }

    /// A callback that is no handle's is about to be called.
    #[inline]
    pub(crate) fn observe_callback(&self, source: impl FnOnce() -> Source) -> Option<Ends<'_>> {
        self.core.is_time_fresh.set(false);
        self.observe(|| Span::Callback(source()))
    }

    #[cold]
    fn begin(&self, span: Span) -> Option<Ends<'_>> {
        let observer = self.core.observed.observer.borrow().clone()?;
        match span {
            Span::Iteration => observer.iteration_begin(self),
            Span::Phase(phase) => observer.phase_begin(self, phase),
            Span::Callback(source) => observer.callback_begin(self, source),
            Span::Wait(timeout) => observer.wait_begin(self, timeout),
        }
        Some(Ends { lp: self, observer, span, events: 0 })
    }

    /// Empty for a handle that is closed.
    pub(crate) fn kind_name(&self, id: HandleId) -> &'static str {
        let state = self.core.state.borrow();
        let kind = match state.slab.get(id).and_then(|slot| slot.body.as_ref()).map(Body::core_name) {
            Some(Ok(name)) => return name.text(),
            Some(Err(kind)) => kind.clone(),
            None => return "",
        };
        // Another crate's code, so outside of the borrow.
        drop(state);
        kind.name()
    }
}
