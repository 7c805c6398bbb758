//! nextTick, timers and immediates: node-compat's queues with JavaScript functions in them.

use node_compat::{Immediate, Timeout};
use rquickjs::{Array, Ctx, Function, Object};

use super::define;
use crate::host::{Host, NoArguments};

pub(super) fn fill(object: &Object<'_>) -> rquickjs::Result<()> {
    define(object, "setHooks", set_hooks)?;
    define(object, "setHasRejections", set_has_rejections)?;
    define(object, "nextTick", next_tick)?;
    define(object, "queueMicrotask", queue_microtask)?;
    define(object, "startTimer", start_timer)?;
    define(object, "refreshTimer", refresh_timer)?;
    define(object, "clearTimer", clear_timer)?;
    define(object, "refTimer", ref_timer)?;
    define(object, "setImmediate", set_immediate)?;
    define(object, "clearImmediate", clear_immediate)?;
    define(object, "refImmediate", ref_immediate)
}

fn set_hooks<'js>(ctx: Ctx<'js>, hooks: Object<'js>) -> rquickjs::Result<()> {
    Host::of(&ctx)?.set_hooks(&ctx, &hooks)
}

fn set_has_rejections(ctx: Ctx<'_>, has: bool) -> rquickjs::Result<()> {
    Host::of(&ctx)?.has_rejections.set(has);
    Ok(())
}

fn next_tick<'js>(ctx: Ctx<'js>, f: Function<'js>) -> rquickjs::Result<()> {
    let host = Host::of(&ctx)?;
    let callback = host.keep(&ctx, f);
    host.runtime(&ctx)?.next_tick(move |_| callback.call::<NoArguments>(|_| Ok(())));
    Ok(())
}

/// A microtask before all of the engine's: the main ES module is evaluated in one.
fn queue_microtask<'js>(ctx: Ctx<'js>, f: Function<'js>) -> rquickjs::Result<()> {
    let host = Host::of(&ctx)?;
    let callback = host.keep(&ctx, f);
    host.runtime(&ctx)?.queue_microtask(move |_| callback.call::<NoArguments>(|_| Ok(())));
    Ok(())
}

/// Returns the timer's id: two numbers.
fn start_timer<'js>(
    ctx: Ctx<'js>,
    millis: f64,
    repeats: bool,
    referenced: bool,
    f: Function<'js>,
) -> rquickjs::Result<Array<'js>> {
    let host = Host::of(&ctx)?;
    let rt = host.runtime(&ctx)?;
    let callback = host.keep(&ctx, f);
    let fire = move |_: &node_compat::Runtime| callback.call::<NoArguments>(|_| Ok(()));
    let timeout = if repeats { rt.set_interval(millis, fire) } else { rt.set_refreshable_timeout(millis, fire) };
    if !referenced {
        timeout.unref(&rt);
    }
    let (index, generation) = timeout.into_raw();
    let id = Array::new(ctx)?;
    id.set(0, index)?;
    id.set(1, generation as f64)?;
    Ok(id)
}

fn refresh_timer(ctx: Ctx<'_>, index: u32, generation: f64) -> rquickjs::Result<bool> {
    let rt = Host::of(&ctx)?.runtime(&ctx)?;
    Ok(Timeout::from_raw(index, generation as u64).refresh(&rt))
}

fn clear_timer(ctx: Ctx<'_>, index: u32, generation: f64) -> rquickjs::Result<()> {
    let rt = Host::of(&ctx)?.runtime(&ctx)?;
    rt.clear_timeout(Timeout::from_raw(index, generation as u64));
    Ok(())
}

fn ref_timer(ctx: Ctx<'_>, index: u32, generation: f64, referenced: bool) -> rquickjs::Result<()> {
    let rt = Host::of(&ctx)?.runtime(&ctx)?;
    let timeout = Timeout::from_raw(index, generation as u64);
    if referenced {
        timeout.ref_(&rt)
    } else {
        timeout.unref(&rt)
    }
    Ok(())
}

fn set_immediate<'js>(ctx: Ctx<'js>, f: Function<'js>) -> rquickjs::Result<f64> {
    let host = Host::of(&ctx)?;
    let callback = host.keep(&ctx, f);
    let immediate = host.runtime(&ctx)?.set_immediate(move |_| callback.call::<NoArguments>(|_| Ok(())));
    Ok(immediate.into_raw() as f64)
}

fn clear_immediate(ctx: Ctx<'_>, id: f64) -> rquickjs::Result<()> {
    let rt = Host::of(&ctx)?.runtime(&ctx)?;
    rt.clear_immediate(Immediate::from_raw(id as u64));
    Ok(())
}

fn ref_immediate(ctx: Ctx<'_>, id: f64, referenced: bool) -> rquickjs::Result<()> {
    let rt = Host::of(&ctx)?.runtime(&ctx)?;
    let immediate = Immediate::from_raw(id as u64);
    if referenced {
        immediate.ref_(&rt)
    } else {
        immediate.unref(&rt)
    }
    Ok(())
}
