//! Open directories, which JavaScript knows by numbers. It makes one request of each at a time.

use std::collections::HashMap;
use std::path::PathBuf;

use node_compat::Error;
use node_compat::fs::{self, Dir, FsError, sync};
use rquickjs::function::Opt;
use rquickjs::{Ctx, Function, Object, Value};

use super::{Answer, fails, finish, outcome, pending};
use crate::bindings::define;
use crate::host::Host;

#[derive(Default)]
pub(crate) struct Dirs {
    open: HashMap<u32, Dir>,
    newest: u32,
}

pub(super) fn fill(object: &Object<'_>) -> rquickjs::Result<()> {
    define(object, "opendir", opendir)?;
    define(object, "dirRead", read)?;
    define(object, "dirClose", close)
}

fn opendir<'js>(ctx: Ctx<'js>, path: String, callback: Opt<Function<'js>>) -> rquickjs::Result<Value<'js>> {
    let path = PathBuf::from(path);
    match pending(&ctx, callback)? {
        None => finish(&ctx, sync::opendir(path)),
        Some((rt, callback)) => {
            fs::opendir(&rt, path, move |_, result| callback.complete(result));
            Ok(Value::new_undefined(ctx))
        }
    }
}

fn read<'js>(ctx: Ctx<'js>, id: u32, count: u32, callback: Opt<Function<'js>>) -> rquickjs::Result<Value<'js>> {
    let host = Host::of(&ctx)?;
    let Some(mut dir) = host.dirs.borrow_mut().open.remove(&id) else {
        return fails(&ctx, FsError::new(Error::EBADF, "scandir"), callback);
    };
    let as_node = |error: FsError| FsError::new(error.error(), "scandir");
    match pending(&ctx, callback)? {
        None => {
            let result = sync::readdir(&mut dir, count as usize);
            host.dirs.borrow_mut().open.insert(id, dir);
            finish(&ctx, result.map_err(as_node))
        }
        Some((rt, callback)) => {
            fs::readdir(&rt, dir, count as usize, move |_, result, dir| {
                callback.complete_with(|ctx| {
                    Host::of(ctx)?.dirs.borrow_mut().open.insert(id, dir);
                    outcome(ctx, result.map_err(as_node))
                })
            });
            Ok(Value::new_undefined(ctx))
        }
    }
}

fn close<'js>(ctx: Ctx<'js>, id: u32, callback: Opt<Function<'js>>) -> rquickjs::Result<Value<'js>> {
    let Some(dir) = Host::of(&ctx)?.dirs.borrow_mut().open.remove(&id) else {
        return fails(&ctx, FsError::new(Error::EBADF, "closedir"), callback);
    };
    match pending(&ctx, callback)? {
        None => finish(&ctx, sync::closedir(dir)),
        Some((rt, callback)) => {
            fs::closedir(&rt, dir, move |_, result| callback.complete(result));
            Ok(Value::new_undefined(ctx))
        }
    }
}

impl Answer for Dir {
    fn into_value<'js>(self, ctx: &Ctx<'js>) -> rquickjs::Result<Value<'js>> {
        let host = Host::of(ctx)?;
        let mut dirs = host.dirs.borrow_mut();
        dirs.newest += 1;
        let id = dirs.newest;
        dirs.open.insert(id, self);
        Ok(Value::new_number(ctx.clone(), f64::from(id)))
    }
}
