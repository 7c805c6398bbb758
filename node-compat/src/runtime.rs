//! The runtime: its parts, how it starts, runs and ends.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::rc::{Rc, Weak};

use uv_loop::{Check, Clock, Handle, HandleId, Idle, Loop, Pool, Prepare, Result, RunMode, Timer};

use crate::child_process::ChildProcess;
use crate::drain::{DrainRule, Scope};
use crate::engine::{Engine, Origin};
use crate::immediate::Immediates;
use crate::net::Socket;
use crate::promise::Rejections;
use crate::task::{Outcome, Task, Thrown};
use crate::timers::Timers;

/// Node's scheduling on a loop of its own. Cheap to clone: every clone is the same runtime.
///
/// ```
/// use node_compat::Runtime;
///
/// let rt = Runtime::new()?;
/// rt.set_immediate(|_| println!("4: check phase"));
/// rt.next_tick(|_| println!("2: nextTick queue"));
/// rt.queue_microtask(|_| println!("3: microtask queue"));
/// println!("1: main");
/// assert_eq!(rt.run()?, 0);
/// # Ok::<(), node_compat::Error>(())
/// ```
#[derive(Clone)]
pub struct Runtime(pub(crate) Rc<Inner>);

type BeforeExitHook = Rc<dyn Fn(&Runtime, i32) -> std::result::Result<(), Thrown>>;
type ExitHook = Rc<dyn Fn(&Runtime, i32)>;
type UncaughtHook = Rc<dyn Fn(&Runtime, &Thrown, Origin) -> bool>;

pub(crate) struct Inner {
    pub(crate) lp: Loop,
    pub(crate) rule: DrainRule,
    pub(crate) engine: Option<Rc<dyn Engine>>,
    pub(crate) ticks: RefCell<VecDeque<Task>>,
    /// Stays set after a tick threw, even if none is left: the next drain looks at the queues as Node does.
    pub(crate) tick_scheduled: Cell<bool>,
    pub(crate) microtasks: RefCell<VecDeque<Task>>,
    pub(crate) rejections: RefCell<Rejections>,
    pub(crate) timers: RefCell<Timers>,
    /// The one timer handle that serves all of Node's timers.
    pub(crate) timer: Timer,
    pub(crate) immediates: RefCell<Immediates>,
    /// Started while a referenced immediate waits, so that polling does not block.
    pub(crate) idle: Idle,
    /// Open sockets, by their handles: nobody else need hold them.
    pub(crate) sockets: RefCell<HashMap<HandleId, Socket>>,
    /// Children of which not all has been told, by their addresses: nobody else need hold them.
    pub(crate) children: RefCell<HashMap<usize, ChildProcess>>,
    pub(crate) depth: Cell<usize>,
    /// No callback runs any more.
    pub(crate) exiting: Cell<bool>,
    /// The `exit` hooks are being called, or have been.
    pub(crate) ending: Cell<bool>,
    /// Ticks that a throw in the main script left behind wait for the next callback, not for `run`.
    main_has_run: Cell<bool>,
    exit_code: Cell<Option<i32>>,
    on_before_exit: RefCell<Vec<BeforeExitHook>>,
    on_exit: RefCell<Vec<ExitHook>>,
    on_uncaught: RefCell<Option<UncaughtHook>>,
}

/// Options of a [`Runtime`].
///
/// ```
/// use node_compat::{DrainRule, ManualClock, Runtime};
///
/// let rt = Runtime::builder().drain_rule(DrainRule::PerPhase).clock(ManualClock::new()).build()?;
/// assert_eq!(rt.event_loop().now(), 0);
/// # Ok::<(), node_compat::Error>(())
/// ```
#[derive(Default)]
pub struct Builder {
    lp: uv_loop::Builder,
    rule: DrainRule,
    engine: Option<Rc<dyn Engine>>,
}

impl Builder {
    /// When the queues are drained; Node 11's rule unless said otherwise.
    ///
    /// ```
    /// use node_compat::{DrainRule, Runtime};
    ///
    /// Runtime::builder().drain_rule(DrainRule::PerPhase).build()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    #[must_use]
    pub fn drain_rule(mut self, rule: DrainRule) -> Self {
        self.rule = rule;
        self
    }

    /// Bounds how many timers, immediates or I/O callbacks one phase runs before the loop goes on; 0, the default
    /// and Node's rule, is no limit.
    ///
    /// ```
    /// let rt = node_compat::Runtime::builder().phase_callback_limit(1).build()?;
    /// assert_eq!(rt.event_loop().phase_callback_limit(), Some(1));
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    #[must_use]
    pub fn phase_callback_limit(mut self, limit: usize) -> Self {
        self.lp = self.lp.phase_callback_limit(limit);
        self
    }

    /// Puts another clock in the real one's place.
    ///
    /// ```
    /// use std::time::Duration;
    /// use node_compat::{ManualClock, Runtime};
    ///
    /// let clock = ManualClock::new();
    /// let rt = Runtime::builder().clock(clock.clone()).build()?;
    /// rt.set_timeout(3_600_000, |_| println!("an hour later"));
    /// clock.advance(Duration::from_secs(3600));
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.lp = self.lp.clock(clock);
        self
    }

    /// Runs file requests on this pool rather than the process-wide one.
    ///
    /// ```
    /// use node_compat::{Pool, Runtime};
    ///
    /// Runtime::builder().pool(Pool::builder().threads(1).build()?).build()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn pool(mut self, pool: Pool) -> Self {
        self.lp = self.lp.pool(pool);
        self
    }

    /// Runs file requests on the pool that `make` gives when the first one is made.
    ///
    /// ```
    /// use node_compat::{Pool, Runtime};
    ///
    /// Runtime::builder().pool_with(|| Pool::global().clone()).build()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    #[must_use]
    pub fn pool_with(mut self, make: impl FnOnce() -> Pool + 'static) -> Self {
        self.lp = self.lp.pool_with(make);
        self
    }

    /// Puts a script engine under the runtime.
    ///
    /// See [`Engine`] for an example.
    #[must_use]
    pub fn engine(mut self, engine: Rc<dyn Engine>) -> Self {
        self.engine = Some(engine);
        self
    }

    /// Makes the runtime.
    ///
    /// # Errors
    ///
    /// Those of [`uv_loop::Builder::build`].
    ///
    /// ```
    /// assert!(node_compat::Runtime::builder().build().is_ok());
    /// ```
    pub fn build(self) -> Result<Runtime> {
        let lp = self.lp.build()?;
        let timer = Timer::new(&lp);
        timer.unref(&lp)?;
        let check = Check::new(&lp);
        let prepare = Prepare::new(&lp);
        let idle = Idle::new(&lp);
        let rule = self.rule;
        let rt = Runtime(Rc::new(Inner {
            lp,
            rule,
            engine: self.engine,
            ticks: RefCell::default(),
            tick_scheduled: Cell::new(false),
            microtasks: RefCell::default(),
            rejections: RefCell::default(),
            timers: RefCell::default(),
            timer,
            immediates: RefCell::default(),
            idle,
            sockets: RefCell::default(),
            children: RefCell::default(),
            depth: Cell::new(0),
            exiting: Cell::new(false),
            ending: Cell::new(false),
            main_has_run: Cell::new(false),
            exit_code: Cell::new(None),
            on_before_exit: RefCell::default(),
            on_exit: RefCell::default(),
            on_uncaught: RefCell::default(),
        }));
        let lp = rt.event_loop();
        let weak = rt.downgrade();
        check.start(lp, move |_, _| weak.with(Runtime::check_phase))?;
        check.unref(lp)?;
        if rule == DrainRule::PerPhase {
            // The closing and pending phases have no handle of this runtime at their end: the next prepare is.
            let weak = rt.downgrade();
            prepare.start(lp, move |_, _| weak.with(Runtime::end_phase))?;
            prepare.unref(lp)?;
        }
        let weak = rt.downgrade();
        let far = std::time::Duration::MAX;
        timer.start(lp, far, std::time::Duration::ZERO, move |_, _| weak.with(Runtime::timers_phase))?;
        timer.stop(lp)?;
        Ok(rt)
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("lp", &self.lp)
            .field("rule", &self.rule)
            .field("engine", &self.engine.is_some())
            .finish()
    }
}

impl Runtime {
    /// A runtime with the default options.
    ///
    /// # Errors
    ///
    /// Those of [`Builder::build`].
    ///
    /// ```
    /// assert_eq!(node_compat::Runtime::new()?.run()?, 0);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn new() -> Result<Self> {
        Builder::default().build()
    }

    /// The options of a runtime to be made.
    ///
    /// ```
    /// let rt = node_compat::Runtime::builder().phase_callback_limit(1000).build()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The loop underneath: for handles of one's own. What they call back must go through
    /// [`make_callback`](Runtime::make_callback) for the queues to be drained.
    ///
    /// ```
    /// let rt = node_compat::Runtime::new()?;
    /// assert!(!rt.event_loop().alive());
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn event_loop(&self) -> &Loop {
        &self.0.lp
    }

    /// Runs `f` as the main script: what it throws is reported, and the queues are drained even so.
    ///
    /// ```
    /// let rt = node_compat::Runtime::new()?;
    /// rt.run_main(|rt| {
    ///     rt.next_tick(|_| println!("second"));
    ///     println!("first");
    /// });
    /// println!("third");
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn run_main<O: Outcome>(&self, f: impl FnOnce(&Runtime) -> O) {
        if self.0.exiting.get() {
            return;
        }
        self.0.main_has_run.set(true);
        let _scope = Scope::enter(&self.0);
        if let Err(thrown) = f(self).into_result() {
            self.uncaught(thrown, Origin::UncaughtException);
        }
        self.drain();
    }

    /// Runs until nothing is left to wait for, and returns the exit code: drains the queues, runs the loop, calls
    /// the `beforeExit` hooks (and goes on if they scheduled something), then the `exit` hooks. As Node's
    /// `SpinEventLoop`.
    ///
    /// # Errors
    ///
    /// Those of [`Loop::run`].
    ///
    /// ```
    /// let rt = node_compat::Runtime::new()?;
    /// rt.set_timeout(1, |rt| rt.set_exit_code(3));
    /// assert_eq!(rt.run()?, 3);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn run(&self) -> Result<i32> {
        if !self.0.main_has_run.get() {
            self.run_main(|_| ());
        }
        while !self.0.exiting.get() {
            if self.0.lp.run(RunMode::Default)? {
                continue;
            }
            if self.0.exiting.get() {
                break;
            }
            self.end_phase();
            if self.0.lp.alive() {
                continue;
            }
            let code = self.exit_code().unwrap_or(0);
            let hooks = self.0.on_before_exit.borrow().clone();
            self.make_callback(|rt| hooks.iter().try_for_each(|hook| hook(rt, code)));
            self.end_phase();
            if !self.0.lp.alive() {
                break;
            }
        }
        if !self.0.exiting.get() {
            self.end();
        }
        Ok(self.exit_code().unwrap_or(0))
    }

    /// The natural end: microtasks of the `exit` hooks still run, ticks are not even taken.
    fn end(&self) {
        let code = self.exit_code().unwrap_or(0);
        self.0.exit_code.set(Some(code));
        self.0.ending.set(true);
        let scope = Scope::enter(&self.0);
        self.call_exit_hooks(code);
        self.drain();
        drop(scope);
        self.0.exiting.set(true);
    }

    fn call_exit_hooks(&self, code: i32) {
        let hooks = self.0.on_exit.borrow().clone();
        hooks.iter().for_each(|hook| hook(self, self.exit_code().unwrap_or(code)));
    }

    /// Ends the runtime: calls the `exit` hooks and lets [`run`](Runtime::run) return `code` when the callback in
    /// hand is over. No other callback runs any more. As `process.exit`, which can also cut its caller short. Later
    /// calls only set the code.
    ///
    /// ```
    /// let rt = node_compat::Runtime::new()?;
    /// rt.set_immediate(|rt| rt.exit(5));
    /// rt.set_immediate(|_| -> () { unreachable!() });
    /// assert_eq!(rt.run()?, 5);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn exit(&self, code: i32) {
        self.0.exit_code.set(Some(code));
        if self.0.exiting.replace(true) {
            return;
        }
        self.0.lp.stop();
        if !self.0.ending.replace(true) {
            self.call_exit_hooks(code);
        }
    }

    /// Whether [`exit`](Runtime::exit) was called or `run` has come to its end.
    ///
    /// ```
    /// let rt = node_compat::Runtime::new()?;
    /// assert!(!rt.is_exiting());
    /// rt.run()?;
    /// assert!(rt.is_exiting());
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn is_exiting(&self) -> bool {
        self.0.exiting.get()
    }

    /// The code that [`run`](Runtime::run) will return, if one was set. As `process.exitCode`.
    ///
    /// ```
    /// assert_eq!(node_compat::Runtime::new()?.exit_code(), None);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn exit_code(&self) -> Option<i32> {
        self.0.exit_code.get()
    }

    /// Sets the code that [`run`](Runtime::run) will return.
    ///
    /// ```
    /// let rt = node_compat::Runtime::new()?;
    /// rt.set_exit_code(2);
    /// assert_eq!(rt.run()?, 2);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn set_exit_code(&self, code: i32) {
        self.0.exit_code.set(Some(code));
    }

    /// Has `hook` called with the exit code when nothing is left to wait for; if it schedules something the loop goes
    /// on, and it is called again later. As `process.on('beforeExit')`.
    ///
    /// ```
    /// use std::cell::Cell;
    ///
    /// let rt = node_compat::Runtime::new()?;
    /// let left = Cell::new(2);
    /// rt.on_before_exit(move |rt, _| {
    ///     if left.replace(left.get() - 1) > 0 {
    ///         rt.set_immediate(|_| println!("one more"));
    ///     }
    /// });
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn on_before_exit<O: Outcome>(&self, hook: impl Fn(&Runtime, i32) -> O + 'static) {
        let hook = move |rt: &Runtime, code| hook(rt, code).into_result();
        self.0.on_before_exit.borrow_mut().push(Rc::new(hook));
    }

    /// Has `hook` called with the exit code at the very end; what it schedules does not run. As `process.on('exit')`.
    ///
    /// ```
    /// let rt = node_compat::Runtime::new()?;
    /// rt.on_exit(|_, code| println!("ends with {code}"));
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn on_exit(&self, hook: impl Fn(&Runtime, i32) + 'static) {
        self.0.on_exit.borrow_mut().push(Rc::new(hook));
    }

    /// Sets who is told of what callbacks throw; true means that it was handled and the runtime goes on. As
    /// `process.setUncaughtExceptionCaptureCallback`.
    ///
    /// ```
    /// use node_compat::{Runtime, Thrown};
    ///
    /// let rt = Runtime::new()?;
    /// rt.on_uncaught_exception(|_, thrown, origin| {
    ///     println!("{}: {}", origin.as_str(), thrown.message());
    ///     true
    /// });
    /// rt.set_immediate(|_| Err(Thrown::new("boom")));
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn on_uncaught_exception(&self, hook: impl Fn(&Runtime, &Thrown, Origin) -> bool + 'static) {
        *self.0.on_uncaught.borrow_mut() = Some(Rc::new(hook));
    }

    /// Runs `work` on the pool and then, in a poll phase and as one macrotask, `after` with what it returned. As
    /// Node's asynchronous functions that are no I/O (`crypto.pbkdf2`) do.
    ///
    /// ```
    /// let rt = node_compat::Runtime::new()?;
    /// rt.queue_work(|| 6 * 7, |_, answer| assert_eq!(answer.unwrap(), 42));
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn queue_work<T: Send + 'static, O: Outcome>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
        after: impl FnOnce(&Runtime, std::result::Result<T, uv_loop::JobError>) -> O + 'static,
    ) -> uv_loop::Work {
        self.0.lp.queue_work(work, self.callback(after))
    }

    pub(crate) fn call_uncaught_handler(&self, thrown: &Thrown, origin: Origin) -> bool {
        let hook = self.0.on_uncaught.borrow().clone();
        hook.is_some_and(|hook| hook(self, thrown, origin))
    }

    /// A callback of the loop that comes back into the runtime as one macrotask: see
    /// [`make_callback`](Runtime::make_callback).
    pub(crate) fn callback<R, O: Outcome>(
        &self,
        f: impl FnOnce(&Runtime, R) -> O + 'static,
    ) -> impl FnOnce(&Loop, R) + 'static {
        let weak = self.downgrade();
        move |_: &Loop, result: R| {
            if let Some(rt) = weak.upgrade() {
                rt.make_callback(|rt| f(rt, result));
            }
        }
    }

    pub(crate) fn downgrade(&self) -> WeakRuntime {
        WeakRuntime(Rc::downgrade(&self.0))
    }

    fn check_phase(&self) {
        self.end_phase();
        self.immediates_phase();
        self.end_phase();
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime").field("lp", &self.0.lp).field("rule", &self.0.rule).finish_non_exhaustive()
    }
}

/// What the runtime's own handles capture, so that the runtime does not hold itself.
#[derive(Clone)]
pub(crate) struct WeakRuntime(Weak<Inner>);

impl WeakRuntime {
    pub(crate) fn upgrade(&self) -> Option<Runtime> {
        self.0.upgrade().map(Runtime)
    }

    fn with(&self, f: impl FnOnce(&Runtime)) {
        if let Some(rt) = self.upgrade() {
            f(&rt);
        }
    }
}
