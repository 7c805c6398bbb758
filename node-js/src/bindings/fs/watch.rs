//! Watches of files: node-compat's, known to JavaScript by numbers.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use node_compat::Runtime;
use node_compat::fs::{self, ChangeKind, FsWatcher, StatWatcher, WatchFileOptions, WatchOptions};
use rquickjs::{Ctx, Function, IntoJs, Object, Value};

use super::{Answer, define, failure, throw};
use crate::host::{ErrorAndResult, ErrorAndTwo, Host};

/// Those of a script.
#[derive(Default)]
pub(crate) struct Watches {
    watches: HashMap<u32, Watch>,
    last: u32,
}

#[derive(Clone)]
enum Watch {
    Event(FsWatcher),
    Stat(StatWatcher),
}

impl Watches {
    fn add(&mut self, watch: Watch) -> u32 {
        self.last += 1;
        self.watches.insert(self.last, watch);
        self.last
    }
}

pub(super) fn fill(object: &Object<'_>) -> rquickjs::Result<()> {
    define(object, "watch", watch)?;
    define(object, "watchFile", watch_file)?;
    define(object, "unwatch", unwatch)?;
    define(object, "watchRef", watch_ref)
}

/// `callback(failure)`, or `callback(null, kind, name)`; a name of null says that changes were lost.
fn watch<'js>(
    ctx: Ctx<'js>,
    path: String,
    persistent: bool,
    recursive: bool,
    callback: Function<'js>,
) -> rquickjs::Result<u32> {
    let host = Host::of(&ctx)?;
    let watcher = fs::watch(&host.runtime(&ctx)?, path, WatchOptions { persistent, recursive })
        .map_err(|error| throw(&ctx, &error))?;
    let callback = Rc::new(host.keep(&ctx, callback));
    let on_error = callback.clone();
    watcher.on_change(move |_, _, kind, name| {
        let name = name.map(|name| name.to_string_lossy().into_owned());
        callback.call::<ErrorAndTwo>(|ctx| {
            let kind = match kind {
                ChangeKind::Rename | ChangeKind::RenameAndChange => "rename",
                ChangeKind::Change => "change",
            };
            let name = match name {
                Some(name) => name.into_js(ctx)?,
                None => Value::new_null(ctx.clone()),
            };
            Ok((Value::new_null(ctx.clone()), kind.into_js(ctx)?, name))
        })
    });
    watcher.on_error(move |_, _, error| {
        on_error.call::<ErrorAndTwo>(|ctx| {
            let nothing = || Value::new_undefined(ctx.clone());
            Ok((failure(ctx, error)?.into_value(), nothing(), nothing()))
        })
    });
    Ok(host.watches.borrow_mut().add(Watch::Event(watcher)))
}

/// `callback(current, previous)`, with the numbers of each.
fn watch_file<'js>(ctx: Ctx<'js>, path: String, interval: u32, callback: Function<'js>) -> rquickjs::Result<u32> {
    let host = Host::of(&ctx)?;
    let options = WatchFileOptions { interval: Duration::from_millis(interval.into()), persistent: true };
    let watcher = StatWatcher::new(&host.runtime(&ctx)?, path, options);
    let callback = host.keep(&ctx, callback);
    watcher.on_change(move |_, now, before| {
        let (now, before) = (*now, *before);
        callback.call::<ErrorAndResult>(|ctx| Ok((now.into_value(ctx)?, before.into_value(ctx)?)))
    });
    Ok(host.watches.borrow_mut().add(Watch::Stat(watcher)))
}

fn unwatch(ctx: Ctx<'_>, id: u32) -> rquickjs::Result<()> {
    let host = Host::of(&ctx)?;
    let rt = host.runtime(&ctx)?;
    let watch = host.watches.borrow_mut().watches.remove(&id);
    match watch {
        Some(Watch::Event(watcher)) => watcher.close(&rt),
        Some(Watch::Stat(watcher)) => watcher.stop(&rt),
        None => {}
    }
    Ok(())
}

fn watch_ref(ctx: Ctx<'_>, id: u32, on: bool) -> rquickjs::Result<()> {
    let host = Host::of(&ctx)?;
    let rt: Runtime = host.runtime(&ctx)?;
    let watch = host.watches.borrow().watches.get(&id).cloned();
    match (watch, on) {
        (Some(Watch::Event(watcher)), true) => watcher.ref_(&rt),
        (Some(Watch::Event(watcher)), false) => watcher.unref(&rt),
        (Some(Watch::Stat(watcher)), true) => watcher.ref_(&rt),
        (Some(Watch::Stat(watcher)), false) => watcher.unref(&rt),
        (None, _) => {}
    }
    Ok(())
}
