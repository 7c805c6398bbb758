//! What only the engine can tell about a value.

use rquickjs::promise::PromiseState;
use rquickjs::{Array, Ctx, Object, Promise, Proxy, Value};

use super::define;

pub(super) fn fill(object: &Object<'_>) -> rquickjs::Result<()> {
    define(object, "promiseState", promise_state)?;
    define(object, "proxyDetails", proxy_details)?;
    define(object, "classId", class_id)?;
    define(object, "isProxy", |value: Value<'_>| value.is_proxy())
}

/// `[state, value or reason]`.
fn promise_state<'js>(ctx: Ctx<'js>, promise: Promise<'js>) -> rquickjs::Result<Array<'js>> {
    let details = Array::new(ctx.clone())?;
    let state = promise.state();
    let name = match state {
        PromiseState::Pending => "pending",
        PromiseState::Resolved => "fulfilled",
        PromiseState::Rejected => "rejected",
    };
    details.set(0, name)?;
    if state != PromiseState::Pending {
        // SAFETY: the context is alive and entered, and the value is one of its promises; the result is a new
        // reference, which the `Value` takes over.
        let result = unsafe {
            let raw = rquickjs::qjs::JS_PromiseResult(ctx.as_raw().as_ptr(), promise.as_value().as_raw());
            Value::from_raw(ctx.clone(), raw)
        };
        details.set(1, result)?;
    }
    Ok(details)
}

/// The number of the engine's class that an object is of: a Map's, a Date's; -1 for what is no object.
fn class_id(value: Value<'_>) -> i32 {
    if !value.is_object() {
        return -1;
    }
    // SAFETY: the value is a live object.
    unsafe { rquickjs::qjs::JS_GetClassID(value.as_raw()) as i32 }
}

/// `[target, handler]`, or undefined for what is no proxy.
fn proxy_details<'js>(ctx: Ctx<'js>, value: Value<'js>) -> rquickjs::Result<Option<Array<'js>>> {
    let Some(proxy) = Proxy::from_value(value).ok() else { return Ok(None) };
    let details = Array::new(ctx)?;
    details.set(0, proxy.target()?)?;
    details.set(1, proxy.handler()?)?;
    Ok(Some(details))
}
