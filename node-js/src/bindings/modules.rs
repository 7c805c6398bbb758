//! Compiling scripts and modules.

use rquickjs::context::EvalOptions;
use rquickjs::function::Opt;
use rquickjs::{Ctx, Exception, Function, Object, Value};

use super::define;
use crate::{builtins, modules};

pub(super) fn fill(object: &Object<'_>) -> rquickjs::Result<()> {
    define(object, "compileFunction", compile_function)?;
    define(object, "readText", read_text)?;
    define(object, "runScript", run_script)?;
    define(object, "evaluateModule", modules::evaluate)?;
    define(object, "importModule", modules::import)
}

/// A file's text, with replacement characters for what is not UTF-8.
fn read_text(ctx: Ctx<'_>, path: String) -> rquickjs::Result<String> {
    match node_compat::fs::sync::read_file(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) => Err(super::fs::throw(&ctx, &error)),
    }
}

fn compile_function<'js>(
    ctx: Ctx<'js>,
    source: String,
    filename: String,
    parameters: Opt<String>,
) -> rquickjs::Result<Function<'js>> {
    refuse_nul(&ctx, &source)?;
    let parameters = parameters.0.unwrap_or_else(|| "exports, require, module, __filename, __dirname".to_owned());
    builtins::compile(&ctx, &filename, &parameters, &source)
}

/// Runs a script in the global scope, and returns the value of its last expression.
fn run_script<'js>(ctx: Ctx<'js>, source: String, filename: String) -> rquickjs::Result<Value<'js>> {
    refuse_nul(&ctx, &source)?;
    let mut options = EvalOptions::default();
    options.strict = false;
    options.filename = Some(filename);
    ctx.eval_with_options(source, options)
}

/// The engine takes sources as C strings.
fn refuse_nul(ctx: &Ctx<'_>, source: &str) -> rquickjs::Result<()> {
    if source.contains('\0') {
        return Err(Exception::throw_syntax(ctx, "Invalid or unexpected token"));
    }
    Ok(())
}
