//! ES modules: the engine asks here, and JavaScript (`internal/modules/esm`) answers, so that there is one resolution
//! for `import` and `require`.

use std::rc::Rc;

use rquickjs::loader::{ImportAttributes, Loader, Resolver};
use rquickjs::module::Declared;
use rquickjs::{Ctx, Function, Module, Object, Result, Value};

use crate::host::Host;

pub(crate) fn install(host: &Rc<Host>) {
    host.engine().set_loader(Resolve, Load);
}

struct Resolve;

impl Resolver for Resolve {
    fn resolve<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        base: &str,
        name: &str,
        attributes: Option<ImportAttributes<'js>>,
    ) -> Result<String> {
        let kind = attributes.and_then(|attributes| attributes.get_type().ok().flatten());
        function(ctx, "resolve")?.call((name, base, kind))
    }
}

struct Load;

impl Loader for Load {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _: Option<ImportAttributes<'js>>,
    ) -> Result<Module<'js, Declared>> {
        let source: String = function(ctx, "load")?.call((name,))?;
        declare(ctx, name, source)
    }
}

/// Compiles a module and gives it its `import.meta`.
fn declare<'js>(ctx: &Ctx<'js>, id: &str, source: String) -> Result<Module<'js, Declared>> {
    let module = Module::declare(ctx.clone(), id, source)?;
    let meta: Object = module.meta()?;
    let _: Value = function(ctx, "initializeMeta")?.call((id, meta))?;
    Ok(module)
}

/// Evaluates a module from its source, and returns the promise of its end.
pub(crate) fn evaluate<'js>(ctx: Ctx<'js>, id: String, source: String) -> Result<Value<'js>> {
    let (_, promise) = declare(&ctx, &id, source)?.eval()?;
    Ok(promise.into_value())
}

/// Imports a module by its id, and returns the promise of its namespace.
pub(crate) fn import<'js>(ctx: Ctx<'js>, id: String) -> Result<Value<'js>> {
    Ok(Module::import(&ctx, id)?.into_value())
}

fn function<'js>(ctx: &Ctx<'js>, name: &str) -> Result<Function<'js>> {
    Host::of(ctx)?.module_functions(ctx)?.get(name)
}
