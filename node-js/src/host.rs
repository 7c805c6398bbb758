//! The engine behind node-compat's seam: one QuickJS context, and the tables by which the runtime and it know each
//! other's things.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use node_compat::{Engine, Origin, Runtime, Thrown};
use rquickjs::function::IntoArgs;
use rquickjs::{Context, Ctx, Exception, Function, JsLifetime, Object, Persistent, Value, qjs};

use crate::bindings::env::Environment;
use crate::bindings::fs::dir::Dirs;
use crate::bindings::fs::watch::Watches;

/// QuickJS collects cycles whenever its heap has grown by half; starting from 256 KB, as it does, a script that makes
/// many promises does little else.
const GC_THRESHOLD: usize = 32 << 20;

pub(crate) struct Host {
    callbacks: RefCell<Callbacks>,
    hooks: OnceCell<Hooks>,
    /// JavaScript has rejections to report: Node's `hasRejectionToWarn`.
    pub(crate) has_rejections: Cell<bool>,
    runtime: RefCell<Option<Runtime>>,
    pub(crate) environment: RefCell<Environment>,
    /// Descriptors that the script has opened.
    pub(crate) files: RefCell<HashMap<i32, Arc<OwnedFd>>>,
    /// Directories that the script has opened.
    pub(crate) dirs: RefCell<Dirs>,
    /// Watches of files that the script has made.
    pub(crate) watches: RefCell<Watches>,
    pub(crate) started: std::time::Instant,
    /// Last, for it goes last: no JavaScript value may outlive it.
    context: Context,
}

/// What JavaScript offers the runtime; set once, by the bootstrap script.
struct Hooks {
    /// How ES modules are resolved and loaded.
    modules: Persistent<Object<'static>>,
    rejection: Persistent<Function<'static>>,
    uncaught_exception: Persistent<Function<'static>>,
    process_rejections: Persistent<Function<'static>>,
    before_exit: Persistent<Function<'static>>,
    exit: Persistent<Function<'static>>,
}

/// JavaScript functions that Rust closures stand for. They are here and not in the closures, so that none is left
/// when the engine goes.
#[derive(Default)]
struct Callbacks {
    slots: Vec<Option<Persistent<Function<'static>>>>,
    free: Vec<usize>,
}

/// A JavaScript function in a Rust closure; its place in the table goes with it.
pub(crate) struct Callback {
    host: Weak<Host>,
    slot: usize,
}

impl Callback {
    /// Calls the function with what `args` makes.
    pub(crate) fn call<A: Arguments>(
        &self,
        args: impl for<'js> FnOnce(&Ctx<'js>) -> rquickjs::Result<A::Args<'js>>,
    ) -> Result<(), Thrown> {
        let Some(host) = self.host.upgrade() else { return Ok(()) };
        let function = host.callbacks.borrow().slots.get(self.slot).cloned().flatten();
        let Some(function) = function else { return Ok(()) };
        host.context.with(|ctx| {
            let result = function.restore(&ctx).and_then(|function| function.call::<_, Value>(args(&ctx)?)).map(drop);
            result.map_err(|error| thrown(&ctx, error))
        })
    }
}

impl Drop for Callback {
    fn drop(&mut self) {
        if let Some(host) = self.host.upgrade() {
            let function = {
                let mut callbacks = host.callbacks.borrow_mut();
                callbacks.free.push(self.slot);
                callbacks.slots.get_mut(self.slot).and_then(Option::take)
            };
            drop(function);
        }
    }
}

/// A thrown JavaScript value on its way through the runtime.
struct ThrownValue(Persistent<Value<'static>>);

struct HostRef(Weak<Host>);

// SAFETY: the type holds no JavaScript value and so none with a lifetime.
unsafe impl<'js> JsLifetime<'js> for HostRef {
    type Changed<'to> = HostRef;
}

impl Host {
    pub(crate) fn new(stack_size: usize) -> rquickjs::Result<Rc<Self>> {
        let engine = rquickjs::Runtime::new()?;
        engine.set_max_stack_size(stack_size);
        engine.set_gc_threshold(GC_THRESHOLD);
        engine.set_host_promise_rejection_tracker(Some(Box::new(on_rejection)));
        let context = Context::full(&engine)?;
        let host = Rc::new(Host {
            context,
            callbacks: RefCell::default(),
            hooks: OnceCell::new(),
            has_rejections: Cell::new(false),
            runtime: RefCell::new(None),
            environment: RefCell::new(Environment::inherited()),
            files: RefCell::default(),
            dirs: RefCell::default(),
            watches: RefCell::default(),
            started: std::time::Instant::now(),
        });
        let weak = Rc::downgrade(&host);
        host.context.with(|ctx| {
            ctx.store_userdata(HostRef(weak)).map_err(|_| Exception::throw_message(&ctx, "the engine is in use"))
        })?;
        Ok(host)
    }

    /// The host to which a binding's context belongs.
    pub(crate) fn of(ctx: &Ctx<'_>) -> rquickjs::Result<Rc<Host>> {
        ctx.userdata::<HostRef>()
            .and_then(|host| host.0.upgrade())
            .ok_or_else(|| Exception::throw_message(ctx, "the runtime is gone"))
    }

    pub(crate) fn with<R>(&self, f: impl for<'js> FnOnce(Ctx<'js>) -> R) -> R {
        self.context.with(f)
    }

    pub(crate) fn engine(&self) -> &rquickjs::Runtime {
        self.context.runtime()
    }

    pub(crate) fn attach(&self, rt: &Runtime) {
        *self.runtime.borrow_mut() = Some(rt.clone());
    }

    /// The runtime, from inside a binding.
    pub(crate) fn runtime(&self, ctx: &Ctx<'_>) -> rquickjs::Result<Runtime> {
        self.runtime.borrow().clone().ok_or_else(|| Exception::throw_message(ctx, "the runtime is gone"))
    }

    /// Lets go of every JavaScript value, which must not outlive the engine, and of the runtime, which holds the host.
    pub(crate) fn detach(&self) {
        let slots = std::mem::take(&mut *self.callbacks.borrow_mut());
        drop(slots);
        drop(self.runtime.borrow_mut().take());
        self.files.borrow_mut().clear();
        drop(self.dirs.take());
        let watches = self.watches.take();
        drop(watches);
    }

    pub(crate) fn set_hooks<'js>(&self, ctx: &Ctx<'js>, hooks: &Object<'js>) -> rquickjs::Result<()> {
        let hook = |name: &str| Ok::<_, rquickjs::Error>(Persistent::save(ctx, hooks.get::<_, Function>(name)?));
        let hooks = Hooks {
            modules: Persistent::save(ctx, hooks.get::<_, Object>("modules")?),
            rejection: hook("rejection")?,
            uncaught_exception: hook("uncaughtException")?,
            process_rejections: hook("processRejections")?,
            before_exit: hook("beforeExit")?,
            exit: hook("exit")?,
        };
        self.hooks.set(hooks).map_err(|_| Exception::throw_message(ctx, "the hooks are set already"))
    }

    pub(crate) fn module_functions<'js>(&self, ctx: &Ctx<'js>) -> rquickjs::Result<Object<'js>> {
        match self.hooks.get() {
            Some(hooks) => hooks.modules.clone().restore(ctx),
            None => Err(Exception::throw_message(ctx, "the runtime is not ready")),
        }
    }

    pub(crate) fn keep<'js>(self: &Rc<Self>, ctx: &Ctx<'js>, function: Function<'js>) -> Callback {
        let function = Some(Persistent::save(ctx, function));
        let mut callbacks = self.callbacks.borrow_mut();
        let slot = match callbacks.free.pop() {
            Some(slot) => {
                callbacks.slots[slot] = function;
                slot
            }
            None => {
                callbacks.slots.push(function);
                callbacks.slots.len() - 1
            }
        };
        Callback { host: Rc::downgrade(self), slot }
    }

    fn call_hook<R>(
        &self,
        hook: impl FnOnce(&Hooks) -> &Persistent<Function<'static>>,
        call: impl for<'js> FnOnce(Ctx<'js>, Function<'js>) -> rquickjs::Result<R>,
    ) -> Result<Option<R>, Thrown> {
        let Some(hooks) = self.hooks.get() else { return Ok(None) };
        let function = hook(hooks).clone();
        self.context.with(|ctx| {
            let result = function.restore(&ctx).and_then(|function| call(ctx.clone(), function));
            result.map(Some).map_err(|error| thrown(&ctx, error))
        })
    }

    pub(crate) fn before_exit(&self, code: i32) -> Result<(), Thrown> {
        self.call_hook(|hooks| &hooks.before_exit, |_, hook| hook.call::<_, ()>((code,))).map(drop)
    }

    pub(crate) fn exit(&self, code: i32) -> Result<(), Thrown> {
        self.call_hook(|hooks| &hooks.exit, |_, hook| hook.call::<_, ()>((code,))).map(drop)
    }

    fn report<'js>(ctx: &Ctx<'js>, hook: &Persistent<Function<'static>>, value: Value<'js>, origin: Origin) -> bool {
        let from_promise = origin == Origin::UnhandledRejection;
        let hook = hook.clone().restore(ctx);
        let handled = hook.and_then(|hook| hook.call::<_, bool>((value, from_promise)));
        handled.unwrap_or_else(|error| {
            // The hook ends the process itself when a handler throws; this is the engine's own failure.
            crate::complain!("node-compat: {error}: {:?}", ctx.catch());
            false
        })
    }
}

/// Arguments of a call that can be built for any context.
pub(crate) trait Arguments {
    type Args<'js>: IntoArgs<'js>;
}

/// A call without arguments.
pub(crate) struct NoArguments;

impl Arguments for NoArguments {
    type Args<'js> = ();
}

/// A Node-style call: error or null, and the result.
pub(crate) struct ErrorAndResult;

impl Arguments for ErrorAndResult {
    type Args<'js> = (Value<'js>, Value<'js>);
}

/// A call with a failure or null, and two values.
pub(crate) struct ErrorAndTwo;

impl Arguments for ErrorAndTwo {
    type Args<'js> = (Value<'js>, Value<'js>, Value<'js>);
}

/// The engine's word of a promise that was rejected without a handler, or got its first handler after that.
fn on_rejection<'js>(ctx: Ctx<'js>, promise: Value<'js>, reason: Value<'js>, handled: bool) {
    let Ok(host) = Host::of(&ctx) else { return };
    let Some(hooks) = host.hooks.get() else { return };
    let hook = hooks.rejection.clone().restore(&ctx);
    if let Err(error) = hook.and_then(|hook| hook.call::<_, ()>((promise, reason, handled))) {
        crate::complain!("node-compat: {error}: {:?}", ctx.catch());
    }
}

/// Takes the pending exception out of the context, as what the runtime passes on.
pub(crate) fn thrown(ctx: &Ctx<'_>, error: rquickjs::Error) -> Thrown {
    if error.is_exception() {
        return Thrown::with_value("a JavaScript value", ThrownValue(Persistent::save(ctx, ctx.catch())));
    }
    Thrown::from(error)
}

impl Engine for Host {
    fn run_microtasks(&self, _: &Runtime) {
        self.context.with(|ctx| {
            loop {
                let mut job_context = std::ptr::null_mut();
                // SAFETY: the context is alive and entered, so its runtime is, and `job_context` is a valid place for
                // the one pointer that is written.
                let done = unsafe {
                    let runtime = qjs::JS_GetRuntime(ctx.as_raw().as_ptr());
                    qjs::JS_ExecutePendingJob(runtime, &mut job_context)
                };
                match done {
                    0 => break,
                    1.. => {}
                    _ => {
                        if let Some(hooks) = self.hooks.get() {
                            Self::report(&ctx, &hooks.uncaught_exception, ctx.catch(), Origin::UncaughtException);
                        }
                    }
                }
            }
        });
    }

    fn has_rejections(&self) -> bool {
        self.has_rejections.get()
    }

    fn process_rejections(&self, _: &Runtime) -> Result<bool, Thrown> {
        let ran = self.call_hook(|hooks| &hooks.process_rejections, |_, hook| hook.call::<_, bool>(()))?;
        Ok(ran.unwrap_or(false))
    }

    fn uncaught_exception(&self, _: &Runtime, thrown: &Thrown, origin: Origin) -> bool {
        let Some(hooks) = self.hooks.get() else {
            crate::complain!("node-compat: thrown before the runtime was ready: {}", self.describe(thrown));
            return false;
        };
        self.context.with(|ctx| {
            let value = match thrown.downcast_ref::<ThrownValue>() {
                Some(value) => value.0.clone().restore(&ctx),
                None => {
                    Exception::from_message(ctx.clone(), thrown.message()).map(|error| error.into_object().into_value())
                }
            };
            match value {
                Ok(value) => Self::report(&ctx, &hooks.uncaught_exception, value, origin),
                Err(_) => false,
            }
        })
    }
}

impl Host {
    /// A thrown value as text, where no JavaScript is there to show it.
    pub(crate) fn describe(&self, thrown: &Thrown) -> String {
        let Some(value) = thrown.downcast_ref::<ThrownValue>() else { return thrown.message().to_owned() };
        self.context.with(|ctx| {
            let Ok(value) = value.0.clone().restore(&ctx) else { return String::new() };
            match value.as_exception() {
                Some(error) => format!("{error}"),
                None => format!("{value:?}"),
            }
        })
    }
}
