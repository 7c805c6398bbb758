//! The native half of the core modules: what `internalBinding(name)` gives.

pub(crate) mod buffer;
mod child_process;
pub(crate) mod env;
pub(crate) mod fs;
mod modules;
mod os;
mod process;
mod schedule;
mod stdio;
mod util;

use rquickjs::function::IntoJsFunc;
use rquickjs::{Ctx, Exception, Function, Object};

pub(crate) fn binding(ctx: Ctx<'_>, name: String) -> rquickjs::Result<Object<'_>> {
    let fill = match name.as_str() {
        "buffer" => buffer::fill,
        "child_process" => child_process::fill,
        "console" => stdio::fill,
        "env" => env::fill,
        "fs" => fs::fill,
        "modules" => modules::fill,
        "os" => os::fill,
        "process" => process::fill,
        "schedule" => schedule::fill,
        "util" => util::fill,
        _ => return Err(Exception::throw_message(&ctx, &format!("No such binding: {name}"))),
    };
    let object = Object::new(ctx)?;
    fill(&object)?;
    Ok(object)
}

/// Puts a native function into a binding.
fn define<'js, P, F: IntoJsFunc<'js, P> + 'js>(object: &Object<'js>, name: &str, f: F) -> rquickjs::Result<()> {
    object.set(name, Function::new(object.ctx().clone(), f)?.with_name(name)?)
}
