//! The same programs in JavaScript and in Rust, and what each prints: events in Node's order, with ticks, microtasks,
//! immediates and timers between them. Beside each program in JavaScript is what Node 20 printed.

mod lookups;
mod programs;

use std::cell::{Cell, RefCell};
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use node_compat::net::{NetError, Socket};
use node_compat::{Promise, Runtime};

/// What a program has printed.
#[derive(Clone, Default)]
pub(crate) struct Log(Rc<Lines>);

#[derive(Default)]
struct Lines {
    lines: RefCell<Vec<String>>,
    /// To be printed as `PORT`.
    port: Cell<u16>,
}

impl Log {
    fn say(&self, line: impl Display) {
        let line = line.to_string().replace(&format!(":{}", self.0.port.get()), ":PORT");
        self.0.lines.borrow_mut().push(line);
    }

    fn set_port(&self, port: u16) {
        self.0.port.set(port);
    }

    /// All events of a socket but data.
    fn watch(&self, name: &str, socket: &Socket) {
        let say = |event: &str| {
            let (log, line) = (self.clone(), format!("{name} {event}"));
            move |_: &Runtime, _: &Socket| log.say(&line)
        };
        socket.on_connect(say("connect"));
        socket.on_ready(say("ready"));
        socket.on_end(say("end"));
        socket.on_drain(say("drain"));
        socket.on_finish(say("finish"));
        socket.on_timeout(say("timeout"));
        let (log, of) = (self.clone(), name.to_owned());
        socket.on_error(move |_, _, error| log.say(format_args!("{of} error {error} {}", error.code().unwrap_or(""))));
        let (log, of) = (self.clone(), name.to_owned());
        socket.on_close(move |_, _, had_error| log.say(format_args!("{of} close {had_error}")));
    }

    /// Ticks, microtasks and immediates from here on.
    fn around(&self, rt: &Runtime, name: &str) {
        let say = |what: &str| {
            let (log, line) = (self.clone(), format!("{name} {what}"));
            move || log.say(&line)
        };
        let (tick, microtask, immediate) = (say("tick"), say("microtask"), say("immediate"));
        rt.set_immediate(move |_| immediate());
        Promise::resolved(rt, ()).then(rt, move |_, ()| {
            microtask();
            Ok(())
        });
        rt.next_tick(move |_| tick());
    }

    /// The callback of a write or an end.
    fn wrote(&self, name: &str) -> impl FnOnce(&Runtime, Result<(), NetError>) + 'static {
        let (log, name) = (self.clone(), name.to_owned());
        move |_, written| match written {
            Ok(()) => log.say(format_args!("{name} written ok")),
            Err(error) => log.say(format_args!("{name} written {} {error}", error.code().unwrap_or(""))),
        }
    }
}

fn check(name: &str, program: fn(&Runtime, &Log)) {
    let (rt, log) = (Runtime::new().unwrap(), Log::default());
    rt.run_main(|rt| program(rt, &log));
    rt.run().unwrap();
    let printed = log.0.lines.take().join("\n");
    let expected = fs::read_to_string(file(name, "txt")).unwrap();
    assert_eq!(printed, expected.trim_end_matches('\n'), "{name}: what was printed, and what Node prints");
}

macro_rules! programs {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            check(&stringify!($name).replace('_', "-"), programs::$name);
        })*

        const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}

programs! {
    between
    destroy
    echo
    half_open
    late
    lookups
    names
    paths
    pressure
    refused
    reset
    servers
    throws
    timeout
}

/// Each program in JavaScript has its twin, and a Node 20 that is installed prints what was recorded.
#[test]
fn node_agrees() {
    let version = Command::new("node").arg("--version").output();
    let is_there = version.is_ok_and(|output| output.stdout.starts_with(b"v20."));
    if !is_there {
        eprintln!("skipped, there is no Node 20 to compare with");
    }
    let mut count = 0;
    for entry in fs::read_dir(directory()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if path.extension().is_none_or(|extension| extension != "js") || name == "common" {
            continue;
        }
        count += 1;
        assert!(NAMES.contains(&name.replace('-', "_").as_str()), "{name} has no twin");
        if is_there {
            let output = Command::new("node").arg(&path).output().unwrap();
            let printed = String::from_utf8(output.stdout).unwrap();
            assert_eq!(
                printed,
                fs::read_to_string(file(name, "txt")).unwrap(),
                "{name}: what Node prints, and has printed"
            );
        }
    }
    assert_eq!(count, NAMES.len());
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/net/order")
}

fn file(name: &str, extension: &str) -> PathBuf {
    directory().join(name).with_extension(extension)
}
