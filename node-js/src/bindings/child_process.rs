//! Child processes: node-compat's, each an object of functions, and its pipes likewise. What happens comes to one JavaScript
//! function for each, by the event's name.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use node_compat::child_process::{self, ChildError, ChildProcess, SpawnOptions, Stdio, SyncOptions};
use node_compat::net::{NetError, Socket};
use node_compat::{Error, ListenerId, Thrown};
use rquickjs::{Array, Ctx, Function, IntoJs, Object, TypedArray, Value};

use super::{buffer, define};
use crate::host::{Callback, ErrorAndTwo, Host};

pub(super) fn fill(object: &Object<'_>) -> rquickjs::Result<()> {
    define(object, "spawn", spawn)?;
    define(object, "spawnSync", spawn_sync)?;
    define(object, "channel", channel)
}

/// The stream of the channel to the parent, or `{ error }`.
fn channel<'js>(ctx: Ctx<'js>, number: i32) -> rquickjs::Result<Object<'js>> {
    let rt = Host::of(&ctx)?.runtime(&ctx)?;
    match child_process::channel(&rt, number) {
        Ok(socket) => stream(&ctx, socket),
        Err(error) => {
            let object = Object::new(ctx.clone())?;
            object.set("error", error.code())?;
            Ok(object)
        }
    }
}

/// `options` are `{ file, args, cwd, env, argv0, stdio, detached, uid, gid }`; gives `{ pid, kill, ref, unref, stdio }`,
/// or `{ error }` if it is to be thrown.
fn spawn<'js>(ctx: Ctx<'js>, options: Object<'js>, callback: Function<'js>) -> rquickjs::Result<Object<'js>> {
    let host = Host::of(&ctx)?;
    let rt = host.runtime(&ctx)?;
    let (file, args, spawn_options) = spawn_options(&options)?;
    let places = spawn_options.stdio.len();
    let object = Object::new(ctx.clone())?;
    let child = match child_process::try_spawn(&rt, file, args, spawn_options) {
        Ok(child) => child,
        Err(error) => {
            object.set("error", error.code())?;
            return Ok(object);
        }
    };
    listen_to_child(&child, host.keep(&ctx, callback));
    object.set("pid", child.pid())?;
    let killed = child.clone();
    define(&object, "kill", move |ctx: Ctx<'js>, signal: i32| {
        let rt = Host::of(&ctx)?.runtime(&ctx)?;
        Ok::<_, rquickjs::Error>(match killed.kill(&rt, Some(signal)) {
            Ok(sent) => i32::from(sent),
            Err(error) => error.code(),
        })
    })?;
    for (name, referenced) in [("ref", true), ("unref", false)] {
        let child = child.clone();
        define(&object, name, move |ctx: Ctx<'js>| {
            let rt = Host::of(&ctx)?.runtime(&ctx)?;
            if referenced {
                child.ref_(&rt);
            } else {
                child.unref(&rt);
            }
            Ok::<_, rquickjs::Error>(())
        })?;
    }
    let stdio = Array::new(ctx.clone())?;
    for place in 0..places {
        match child.stdio(place) {
            Some(socket) => stdio.set(place, stream(&ctx, socket)?)?,
            None => stdio.set(place, Value::new_null(ctx.clone()))?,
        }
    }
    object.set("stdio", stdio)?;
    Ok(object)
}

/// The options of [`spawn`], with `input`, `maxBuffer`, `timeout` and `killSignal`; gives `{ pid, status, signal, stdout,
/// stderr, others, error }`, of which `others` are the bytes of the pipes from 3 on.
fn spawn_sync<'js>(ctx: Ctx<'js>, options: Object<'js>) -> rquickjs::Result<Object<'js>> {
    let (file, args, mut spawn) = spawn_options(&options)?;
    let timeout: Option<f64> = options.get("timeout")?;
    spawn.timeout = timeout.filter(|millis| *millis > 0.0).map(|millis| Duration::from_secs_f64(millis / 1e3));
    spawn.kill_signal = options.get("killSignal")?;
    let input: Option<TypedArray<'js, u8>> = options.get("input")?;
    let input = input.map(|bytes| buffer::copy_out(&ctx, &bytes, 0, bytes.len())).transpose()?;
    let max_buffer: f64 = options.get("maxBuffer")?;
    let is_piped = |place| matches!(spawn.stdio.get(place), None | Some(Stdio::Pipe));
    let piped = [is_piped(1), is_piped(2)];
    let result = child_process::spawn_sync(file, args, &SyncOptions { spawn, input, max_buffer: max_buffer as usize });
    let object = Object::new(ctx.clone())?;
    object.set("pid", result.pid)?;
    object.set("status", result.status)?;
    object.set("signal", result.signal)?;
    for (name, bytes, is_piped) in [("stdout", result.stdout, piped[0]), ("stderr", result.stderr, piped[1])] {
        object.set(name, is_piped.then(|| TypedArray::new(ctx.clone(), bytes)).transpose()?)?;
    }
    let others = Array::new(ctx.clone())?;
    for (fd, bytes) in result.others {
        others.set(fd - 3, TypedArray::new(ctx.clone(), bytes)?)?;
    }
    object.set("others", others)?;
    object.set("error", result.error.and_then(|error| error.errno).map(Error::code))?;
    Ok(object)
}

fn spawn_options(options: &Object<'_>) -> rquickjs::Result<(String, Vec<String>, SpawnOptions)> {
    let text = |name: &str| options.get::<_, Option<String>>(name);
    let env: Option<Vec<Vec<String>>> = options.get("env")?;
    let pairs = env.map(|env| {
        let pair = |pair: Vec<String>| Some((pair.first()?.into(), pair.get(1)?.into()));
        env.into_iter().filter_map(pair).collect()
    });
    let mut stdio = Vec::new();
    for place in options.get::<_, Array>("stdio")?.iter::<Value>() {
        let place = place?;
        stdio.push(match (place.as_int(), place.as_string()) {
            (Some(fd), _) => Stdio::Fd(fd),
            (None, Some(name)) => match name.to_string()?.as_str() {
                "ignore" => Stdio::Ignore,
                "inherit" => Stdio::Inherit,
                _ => Stdio::Pipe,
            },
            (None, None) => Stdio::Pipe,
        });
    }
    let spawn = SpawnOptions {
        cwd: text("cwd")?.map(Into::into),
        env: pairs,
        argv0: text("argv0")?.map(Into::into),
        stdio,
        detached: options.get("detached")?,
        uid: options.get("uid")?,
        gid: options.get("gid")?,
        ..SpawnOptions::default()
    };
    Ok((options.get("file")?, options.get("args")?, spawn))
}

/// `callback(event, a, b)`, until `'close'`.
fn listen_to_child(child: &ChildProcess, callback: Callback) {
    let callback = Rc::new(callback);
    let ids = Rc::new(RefCell::new(Vec::<ListenerId>::new()));
    let tell = callback.clone();
    let spawned = child.on_spawn(move |_, _| call(&tell, "spawn", None, None));
    let tell = callback.clone();
    let exited = child.on_exit(move |_, _, code, signal| call(&tell, "exit", code, signal));
    let tell = callback.clone();
    let failed = child.on_error(move |_, _, error| call(&tell, "error", code_of(error), None));
    let listeners = ids.clone();
    let closed = child.on_close(move |_, child, code, signal| {
        for id in listeners.take() {
            child.off(id);
        }
        call(&callback, "close", code, signal)
    });
    ids.borrow_mut().extend([spawned, exited, failed, closed]);
}

fn code_of(error: &ChildError) -> Option<i32> {
    error.errno.map(Error::code)
}

fn call(callback: &Callback, event: &str, first: Option<i32>, second: Option<i32>) -> Result<(), Thrown> {
    callback.call::<ErrorAndTwo>(|ctx| Ok((event.into_js(ctx)?, or_null(ctx, first)?, or_null(ctx, second)?)))
}

fn or_null<'js>(ctx: &Ctx<'js>, number: Option<i32>) -> rquickjs::Result<Value<'js>> {
    number.map_or_else(|| Ok(Value::new_null(ctx.clone())), |number| number.into_js(ctx))
}

/// `{ listen, flow, pause, isPaused, resume, write, end, destroy, ref, unref }`.
fn stream<'js>(ctx: &Ctx<'js>, socket: Socket) -> rquickjs::Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    let it = socket.clone();
    let listeners = Rc::new(RefCell::new(Vec::<ListenerId>::new()));
    let ids = listeners.clone();
    define(&object, "listen", move |ctx: Ctx<'js>, callback: Function<'js>| {
        let callback = Host::of(&ctx)?.keep(&ctx, callback);
        listen_to_stream(&it, callback, &ids);
        Ok::<_, rquickjs::Error>(())
    })?;
    let it = socket.clone();
    define(&object, "flow", move |ctx: Ctx<'js>, callback: Function<'js>| {
        let host = Host::of(&ctx)?;
        let callback = host.keep(&ctx, callback);
        let id = it.on_data(&host.runtime(&ctx)?, move |_, _, bytes| {
            callback.call::<ErrorAndTwo>(|ctx| {
                let bytes = TypedArray::new(ctx.clone(), bytes.to_vec())?.into_js(ctx)?;
                Ok((bytes, Value::new_null(ctx.clone()), Value::new_null(ctx.clone())))
            })
        });
        listeners.borrow_mut().push(id);
        Ok::<_, rquickjs::Error>(())
    })?;
    let it = socket.clone();
    define(&object, "pause", move || it.pause())?;
    let it = socket.clone();
    define(&object, "isPaused", move || it.is_paused())?;
    for (name, act) in [
        ("resume", Socket::resume as fn(&Socket, &_)),
        ("end", Socket::end),
        ("destroy", Socket::destroy),
        ("ref", Socket::ref_),
        ("unref", Socket::unref),
    ] {
        let it = socket.clone();
        define(&object, name, move |ctx: Ctx<'js>| {
            act(&it, &Host::of(&ctx)?.runtime(&ctx)?);
            Ok::<_, rquickjs::Error>(())
        })?;
    }
    define(&object, "write", move |ctx: Ctx<'js>, bytes: TypedArray<'js, u8>, callback: Function<'js>| {
        let host = Host::of(&ctx)?;
        let callback = host.keep(&ctx, callback);
        let bytes = buffer::copy_out(&ctx, &bytes, 0, bytes.len())?;
        let written = move |_: &_, result: Result<(), NetError>| {
            let failed = result.err();
            callback.call::<ErrorAndTwo>(|ctx| failure(ctx, "written", failed.as_ref()))
        };
        Ok::<_, rquickjs::Error>(socket.write_with(&host.runtime(&ctx)?, bytes, written))
    })?;
    Ok(object)
}

/// `callback(event, errno or null, syscall or code)`, until `'close'`.
fn listen_to_stream(socket: &Socket, callback: Callback, ids: &Rc<RefCell<Vec<ListenerId>>>) {
    let callback = Rc::new(callback);
    let tell = callback.clone();
    let ended = socket.on_end(move |_, _| call(&tell, "end", None, None));
    let tell = callback.clone();
    let drained = socket.on_drain(move |_, _| call(&tell, "drain", None, None));
    let tell = callback.clone();
    let finished = socket.on_finish(move |_, _| call(&tell, "finish", None, None));
    let tell = callback.clone();
    let failed = socket.on_error(move |_, _, error| {
        let error = error.clone();
        tell.call::<ErrorAndTwo>(move |ctx| failure(ctx, "error", Some(&error)))
    });
    let listeners = ids.clone();
    let closed = socket.on_close(move |_, socket, had_error| {
        for id in listeners.take() {
            socket.off(id);
        }
        call(&callback, "close", Some(i32::from(had_error)), None)
    });
    ids.borrow_mut().extend([ended, drained, finished, failed, closed]);
}

/// An errno and a system call, or null and one of Node's own codes; null twice if nothing failed.
fn failure<'js>(
    ctx: &Ctx<'js>,
    event: &str,
    error: Option<&NetError>,
) -> rquickjs::Result<(Value<'js>, Value<'js>, Value<'js>)> {
    let errno = error.and_then(NetError::errno).map(Error::code);
    let name = error.and_then(|error| error.syscall().or(error.code()));
    let name = name.map_or_else(|| Ok(Value::new_null(ctx.clone())), |name| name.into_js(ctx))?;
    Ok((event.into_js(ctx)?, or_null(ctx, errno)?, name))
}
