//! The JavaScript half: core modules, compiled in as source and compiled by the engine when first required.

use rquickjs::context::EvalOptions;
use rquickjs::{Array, Ctx, Exception, Function, Object, Value};

use crate::bindings;
use crate::options::{Main, Options};

include!(concat!(env!("OUT_DIR"), "/sources.rs"));

/// Runs the bootstrap script, which sets the global object up and then runs what the options say.
pub(crate) fn bootstrap(ctx: &Ctx<'_>, options: &Options) -> rquickjs::Result<()> {
    let native = Object::new(ctx.clone())?;
    native.set("compileBuiltin", Function::new(ctx.clone(), compile_builtin)?)?;
    native.set("isBuiltin", Function::new(ctx.clone(), |id: String| source(&id).is_some())?)?;
    native.set("builtinIds", Function::new(ctx.clone(), builtin_ids)?)?;
    native.set("binding", Function::new(ctx.clone(), bindings::binding)?)?;
    native.set("options", js_options(ctx, options)?)?;
    let bootstrap = compile_builtin(ctx.clone(), "internal/bootstrap".to_owned())?;
    bootstrap.call((native,))
}

fn js_options<'js>(ctx: &Ctx<'js>, options: &Options) -> rquickjs::Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    match &options.main {
        Main::Script(script) => object.set("script", script.as_str())?,
        Main::Eval(code, print) => {
            object.set("eval", code.as_str())?;
            object.set("print", *print)?;
        }
        Main::Stdin(code) => {
            object.set("eval", code.as_str())?;
            object.set("file", "[stdin]")?;
        }
    }
    object.set("args", options.args.clone())?;
    object.set("execArgs", options.exec_args.clone())?;
    object.set("unhandledRejections", options.unhandled_rejections.as_str())?;
    object.set("noWarnings", options.no_warnings)?;
    object.set("traceWarnings", options.trace_warnings)?;
    object.set("inputTypeModule", options.input_type_module)?;
    Ok(object)
}

/// The function around a core module's source.
fn compile_builtin(ctx: Ctx<'_>, id: String) -> rquickjs::Result<Function<'_>> {
    let Some(source) = source(&id) else {
        return Err(Exception::throw_reference(&ctx, &format!("no core module {id}")));
    };
    let parameters = if id == "internal/bootstrap" { "native" } else { "exports, require, module, internalBinding" };
    compile(&ctx, &format!("node:{id}"), parameters, source)
}

/// Compiles `source` as the body of a sloppy function. What stands before the body is on its first line, so line
/// numbers are the source's.
pub(crate) fn compile<'js>(
    ctx: &Ctx<'js>,
    filename: &str,
    parameters: &str,
    source: &str,
) -> rquickjs::Result<Function<'js>> {
    let mut options = EvalOptions::default();
    options.strict = false;
    options.filename = Some(filename.to_owned());
    ctx.eval_with_options(format!("(function ({parameters}) {{{source}\n}})"), options)
}

fn source(id: &str) -> Option<&'static str> {
    SOURCES.binary_search_by_key(&id, |(id, _)| id).ok().map(|at| SOURCES[at].1)
}

fn builtin_ids(ctx: Ctx<'_>) -> rquickjs::Result<Value<'_>> {
    let ids = Array::new(ctx)?;
    let public = SOURCES.iter().map(|(id, _)| *id).filter(|id| !id.starts_with("internal/"));
    for (at, id) in public.enumerate() {
        ids.set(at, id)?;
    }
    Ok(ids.into_value())
}
