//! The process: its clock, its identity, its end.

use std::collections::HashMap;

use node_compat::Clock;
use node_compat::fs::FsError;
use node_compat::os;
use rquickjs::function::Opt;
use rquickjs::{Ctx, Object};

use super::define;
use crate::host::Host;

pub(super) fn fill(object: &Object<'_>) -> rquickjs::Result<()> {
    define(object, "reallyExit", |code: i32| -> () { std::process::exit(code) })?;
    define(object, "abort", || -> () { std::process::abort() })?;
    define(object, "setExitCode", set_exit_code)?;
    define(object, "isAlive", |ctx: Ctx<'_>| {
        Ok::<_, rquickjs::Error>(Host::of(&ctx)?.runtime(&ctx)?.event_loop().alive())
    })?;
    define(object, "hrtime", hrtime)?;
    define(object, "hrtimeParts", || {
        let now = node_compat::MonotonicClock.now();
        vec![now.as_secs() as f64, f64::from(now.subsec_nanos())]
    })?;
    define(object, "argv0", || std::env::args().next().unwrap_or_default())?;
    define(object, "execPath", || {
        std::env::current_exe().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default()
    })?;
    define(object, "cwd", |ctx: Ctx<'_>| {
        let cwd = std::env::current_dir().map(|dir| dir.to_string_lossy().into_owned());
        cwd.map_err(|error| super::fs::throw(&ctx, &FsError::new(error.into(), "uv_cwd")))
    })?;
    define(object, "chdir", |ctx: Ctx<'_>, dir: String| {
        std::env::set_current_dir(&dir)
            .map_err(|error| super::fs::throw(&ctx, &FsError::new(error.into(), "chdir").with_path(dir)))
    })?;
    define(object, "title", || {
        os::process_title().map(|title| title.to_string_lossy().into_owned()).unwrap_or_default()
    })?;
    define(object, "setTitle", set_title)?;
    define(object, "pid", std::process::id)?;
    define(object, "ids", || {
        let ids = os::ids();
        vec![f64::from(ids.ppid), ids.uid.into(), ids.euid.into(), ids.gid.into(), ids.egid.into()]
    })?;
    define(object, "groups", || os::groups().unwrap_or_default())?;
    define(object, "umask", |mask: Opt<u32>| os::umask(mask.0))?;
    define(object, "cpuUsage", || {
        let (user, system) = os::cpu_time();
        vec![user.as_micros() as f64, system.as_micros() as f64]
    })?;
    define(object, "memoryUsage", memory_usage)?;
    define(object, "kill", |pid: i32, signal: i32| os::kill(pid, signal).map_or_else(|error| error.code(), |()| 0))
}

/// As in Node what is behind a NUL has no part in it, and where there is no title nothing happens.
fn set_title(title: String) {
    let title = title.split('\0').next().unwrap_or_default();
    if os::set_process_title(title.as_ref()).is_ok() {
        // Node's scripts run on the main thread, whose name is the process's; here it is another one.
        let _ = std::fs::write("/proc/self/comm", format!("{title}\0"));
    }
}

fn set_exit_code(ctx: Ctx<'_>, code: i32) -> rquickjs::Result<()> {
    Host::of(&ctx)?.runtime(&ctx)?.set_exit_code(code);
    Ok(())
}

/// Milliseconds since the process began, with a fraction.
fn hrtime(ctx: Ctx<'_>) -> rquickjs::Result<f64> {
    Ok(Host::of(&ctx)?.started.elapsed().as_secs_f64() * 1e3)
}

fn memory_usage(ctx: Ctx<'_>) -> rquickjs::Result<HashMap<&'static str, f64>> {
    let mut engine = std::mem::MaybeUninit::uninit();
    // SAFETY: the context is alive and so is its runtime; the call fills the whole struct.
    let engine: rquickjs::runtime::MemoryUsage = unsafe {
        rquickjs::qjs::JS_ComputeMemoryUsage(rquickjs::qjs::JS_GetRuntime(ctx.as_raw().as_ptr()), engine.as_mut_ptr());
        engine.assume_init()
    };
    let heap = engine.memory_used_size as f64;
    Ok(HashMap::from([
        ("rss", os::resident_set_memory().unwrap_or(0) as f64),
        ("heapTotal", engine.malloc_size as f64),
        ("heapUsed", heap),
        ("external", (engine.malloc_size - engine.memory_used_size).max(0) as f64),
        ("arrayBuffers", 0.0),
    ]))
}
