//! Children with Node's events: their order among the queues and phases, and what becomes of a throw, a panic or a runtime that
//! ends. `tests/js/child_process` has the same from JavaScript, beside what Node prints.

use std::cell::{Cell, RefCell};
use std::fmt::Display;
use std::rc::Rc;
use std::time::Duration;

use node_compat::child_process::{self, ChildProcess, ExecOptions, SpawnOptions, Stdio, SyncOptions};
use node_compat::{Error, Runtime, Thrown};

#[derive(Clone, Default)]
struct Log(Rc<RefCell<Vec<String>>>);

impl Log {
    fn add(&self, line: impl Display) {
        self.0.borrow_mut().push(line.to_string());
    }

    fn take(&self) -> Vec<String> {
        self.0.take()
    }
}

fn silent() -> SpawnOptions {
    SpawnOptions { stdio: vec![Stdio::Ignore; 3], ..SpawnOptions::default() }
}

fn sh(rt: &Runtime, script: &str, options: SpawnOptions) -> ChildProcess {
    child_process::spawn(rt, "sh", ["-c", script], options)
}

fn listen(child: &ChildProcess, log: &Log) {
    let it = log.clone();
    child.on_spawn(move |rt, _| {
        it.add("spawn");
        let it = it.clone();
        rt.next_tick(move |_| it.add("tick of spawn"));
    });
    let it = log.clone();
    child.on_error(move |_, _, error| it.add(error));
    let it = log.clone();
    child.on_exit(move |rt, child, code, signal| {
        assert_eq!((child.exit_code(), child.signal_code()), (code, signal));
        it.add(format_args!("exit {code:?} {signal:?}"));
        let (tick, microtask) = (it.clone(), it.clone());
        rt.next_tick(move |_| tick.add("tick of exit"));
        rt.queue_microtask(move |_| microtask.add("microtask of exit"));
    });
    let it = log.clone();
    child.on_close(move |_, _, code, signal| it.add(format_args!("close {code:?} {signal:?}")));
}

#[test]
fn events_come_in_nodes_order() {
    let (rt, log) = (Runtime::new().unwrap(), Log::default());
    let child = sh(&rt, "exit 3", silent());
    listen(&child, &log);
    let it = log.clone();
    rt.next_tick(move |_| it.add("tick"));
    assert_eq!(rt.run(), Ok(0));
    // Node: `maybeClose` is called in the same callback as the listeners of 'exit'.
    let expected = [
        "spawn",
        "tick",
        "tick of spawn",
        "exit Some(3) None",
        "close Some(3) None",
        "tick of exit",
        "microtask of exit",
    ];
    assert_eq!(log.take(), expected);
}

#[test]
fn pipes_are_closed_before_close() {
    let (rt, log) = (Runtime::new().unwrap(), Log::default());
    // A grandchild holds the pipe.
    let stdio = vec![Stdio::Ignore, Stdio::Pipe, Stdio::Ignore];
    let child = sh(&rt, "(sleep 0.1; echo late) & exit 0", SpawnOptions { stdio, ..SpawnOptions::default() });
    listen(&child, &log);
    let it = log.clone();
    child.stdout().unwrap().on_data(&rt, move |_, _, bytes| it.add(String::from_utf8_lossy(bytes).trim()));
    let it = log.clone();
    child.stdout().unwrap().on_close(move |_, _, _| it.add("stdout closed"));
    assert_eq!(rt.run(), Ok(0));
    let said = log.take();
    let place = |line: &str| said.iter().position(|other| other == line).unwrap();
    // The child listens to its pipe first, as in Node.
    let expected = ["exit Some(0) None", "late", "close Some(0) None", "stdout closed"];
    assert!(expected.map(place).is_sorted(), "{said:?}");
}

#[test]
fn errors_are_emitted_and_followed_by_close() {
    for (file, options) in [
        ("/no/such/program", SpawnOptions::default()),
        ("true", { SpawnOptions { cwd: Some("/no/such/place".into()), ..SpawnOptions::default() } }),
    ] {
        let (rt, log) = (Runtime::new().unwrap(), Log::default());
        let child = child_process::spawn(&rt, file, [""; 0], options);
        listen(&child, &log);
        assert_eq!(rt.run(), Ok(0));
        let enoent = Error::ENOENT.code();
        assert_eq!(log.take(), [format!("spawn {file} ENOENT"), format!("close Some({enoent}) None")]);
        assert_eq!(child.kill(&rt, None), Ok(false));
    }
    // Nobody listens.
    let rt = Runtime::new().unwrap();
    child_process::spawn(&rt, "/no/such/program", [""; 0], silent());
    assert_eq!(rt.run(), Ok(1));
}

#[test]
fn throws_are_uncaught_exceptions() {
    let (rt, log) = (Runtime::new().unwrap(), Log::default());
    let it = log.clone();
    rt.on_uncaught_exception(move |_, thrown, _| {
        it.add(thrown.message());
        true
    });
    let child = sh(&rt, "echo x", SpawnOptions { stdio: vec![Stdio::Ignore, Stdio::Pipe, Stdio::Ignore], ..silent() });
    child.on_spawn(|_, _| Err(Thrown::new("of spawn")));
    child.on_exit(|_, _, _, _| Err(Thrown::new("of exit")));
    assert_eq!(rt.run(), Ok(0));
    assert_eq!(log.take(), ["of spawn", "of exit"]);
    let rt = Runtime::new().unwrap();
    let it = log.clone();
    rt.on_uncaught_exception(move |_, thrown, _| {
        it.add(thrown.message());
        true
    });
    child_process::exec(&rt, "true", ExecOptions::default(), |_, _, _, _| Err(Thrown::new("of exec")));
    assert_eq!(rt.run(), Ok(0));
    assert_eq!(log.take(), ["of exec"]);
}

#[test]
fn exec_tells_once() {
    let told = Rc::new(Cell::new(0));
    let exec = |command: &str, options: ExecOptions| {
        let rt = Runtime::new().unwrap();
        let (told, result) = (told.clone(), Rc::new(RefCell::new(None)));
        let kept = result.clone();
        child_process::exec(&rt, command, options, move |_, error, stdout, stderr| {
            told.set(told.get() + 1);
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            *kept.borrow_mut() = Some((error.cloned(), text(stdout), text(stderr)));
        });
        assert_eq!(rt.run(), Ok(0));
        result.take().unwrap()
    };
    let options = ExecOptions::default;
    assert_eq!(exec("echo a; echo b >&2", options()), (None, "a\n".into(), "b\n".into()));
    let (error, ..) = exec("kill -9 $$", options());
    assert_eq!(error.map(|error| (error.exit_code, error.signal, error.killed)), Some((None, Some(9), false)));
    let timeout = SpawnOptions { timeout: Some(Duration::from_millis(20)), ..SpawnOptions::default() };
    let (error, ..) = exec("exec sleep 1000", ExecOptions { spawn: timeout, ..options() });
    assert_eq!(error.map(|error| (error.signal, error.killed)), Some((Some(15), true)));
    let (error, stdout, _) = exec("yes", ExecOptions { max_buffer: 1000, ..options() });
    assert_eq!(error.unwrap().message, "stdout maxBuffer length exceeded");
    assert_eq!(stdout.len(), 1000);
    assert_eq!(told.get(), 4);
}

#[test]
fn a_runtime_that_is_dropped_drops_what_waits() {
    let rt = Runtime::new().unwrap();
    let captured = Rc::new(());
    let held = captured.clone();
    let child = child_process::spawn(&rt, "cat", [""; 0], SpawnOptions::default());
    child.on_exit(move |_, _, _, _| assert!(Rc::strong_count(&held) == 0, "it has ended"));
    child_process::exec(&rt, "cat", ExecOptions::default(), |_, _, _, _| assert_eq!("called", "not called"));
    drop(child);
    drop(rt);
    assert_eq!(Rc::strong_count(&captured), 1);
}

#[test]
fn sync_runs_beside_the_runtime() {
    let rt = Runtime::new().unwrap();
    rt.run_main(|rt| {
        rt.next_tick(|_| assert_eq!("called", "not called", "nothing goes on meanwhile"));
        let input = Some(vec![b'x'; 300_000]);
        let result = child_process::spawn_sync("cat", [""; 0], &SyncOptions { input, ..SyncOptions::default() });
        assert_eq!((result.status, result.stdout.len(), result.error), (Some(0), 300_000, None));
        rt.exit(7);
    });
    assert_eq!(rt.run(), Ok(7));
    let spawn = SpawnOptions { timeout: Some(Duration::from_millis(20)), ..SpawnOptions::default() };
    let result = child_process::spawn_sync("sleep", ["1000"], &SyncOptions { spawn, ..SyncOptions::default() });
    assert_eq!((result.signal, result.error.unwrap().errno), (Some(15), Some(Error::ETIMEDOUT)));
}
