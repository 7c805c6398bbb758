//! A command or a program to its end, and all that it says.

use std::cell::{Cell, RefCell};
use std::ffi::{OsStr, OsString};
use std::rc::Rc;
use std::time::Duration;

use super::{ChildError, ChildProcess, SpawnOptions, spawn};
use crate::net::Socket;
use crate::{Outcome, Runtime, Thrown};

/// Options of [`exec`] and [`exec_file`].
///
/// ```
/// use node_compat::{Runtime, child_process};
/// use node_compat::child_process::ExecOptions;
///
/// let rt = Runtime::new()?;
/// let options = ExecOptions { max_buffer: 10, ..Default::default() };
/// child_process::exec(&rt, "yes", options, |_, error, stdout, _| {
///     assert_eq!(error.unwrap().code, Some("ERR_CHILD_PROCESS_STDIO_MAXBUFFER"));
///     assert_eq!(stdout, b"y\ny\ny\ny\ny\n");
/// });
/// assert_eq!(rt.run()?, 0);
/// # Ok::<(), node_compat::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ExecOptions {
    /// As for [`spawn`](super::spawn); its timeout and signal are those of the whole, and its stdio is not looked at.
    pub spawn: SpawnOptions,
    /// How many bytes of either stream are taken before the child is killed; 1 MiB unless set.
    pub max_buffer: usize,
}

impl Default for ExecOptions {
    fn default() -> Self {
        ExecOptions { spawn: SpawnOptions::default(), max_buffer: 1 << 20 }
    }
}

/// Runs a command of `/bin/sh`, and calls `f` when its pipes are closed: with what went wrong, its output and its errors. As
/// `child_process.exec`.
///
/// ```
/// use node_compat::{Runtime, child_process};
///
/// let rt = Runtime::new()?;
/// child_process::exec(&rt, "echo $((6 * 7))", Default::default(), |_, error, stdout, _| {
///     assert!(error.is_none());
///     assert_eq!(stdout, b"42\n");
/// });
/// rt.run()?;
/// # Ok::<(), node_compat::Error>(())
/// ```
pub fn exec<O: Outcome>(
    rt: &Runtime,
    command: impl AsRef<OsStr>,
    mut options: ExecOptions,
    f: impl FnOnce(&Runtime, Option<&ChildError>, &[u8], &[u8]) -> O + 'static,
) -> ChildProcess {
    options.spawn.shell.get_or_insert_with(OsString::new);
    exec_file(rt, command, [""; 0], options, f)
}

/// Runs a program as [`exec`] does a command. As `child_process.execFile`.
///
/// ```
/// use node_compat::{Runtime, child_process};
///
/// let rt = Runtime::new()?;
/// child_process::exec_file(&rt, "/no/such/program", ["x"], Default::default(), |_, error, _, _| {
///     assert_eq!((error.unwrap().code, error.unwrap().cmd.as_deref()), (Some("ENOENT"), Some("/no/such/program x")));
/// });
/// rt.run()?;
/// # Ok::<(), node_compat::Error>(())
/// ```
pub fn exec_file<O: Outcome>(
    rt: &Runtime,
    file: impl AsRef<OsStr>,
    args: impl IntoIterator<Item = impl AsRef<OsStr>>,
    options: ExecOptions,
    f: impl FnOnce(&Runtime, Option<&ChildError>, &[u8], &[u8]) -> O + 'static,
) -> ChildProcess {
    let args: Vec<OsString> = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
    let words = std::iter::once(file.as_ref()).chain(args.iter().map(OsString::as_os_str));
    let cmd = words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ");
    let ExecOptions { spawn: mut spawn_options, max_buffer } = options;
    let (timeout, kill_signal) = (spawn_options.timeout.take(), spawn_options.kill_signal);
    spawn_options.stdio.clear();
    let child = spawn(rt, file, args, spawn_options);
    let run = Rc::new(Run {
        cmd,
        kill_signal,
        output: Default::default(),
        error: RefCell::default(),
        is_killed: Cell::new(false),
        f: Cell::new(Some(Box::new(move |rt, error, stdout, stderr| f(rt, error, stdout, stderr).into_result()))),
        timer: Cell::new(None),
    });
    if let Some(timeout) = timeout.filter(|timeout| *timeout > Duration::ZERO) {
        let (run, child) = (run.clone(), child.clone());
        let timed = run.clone();
        run.timer.set(Some(rt.set_timeout(timeout, move |rt| timed.kill(rt, &child))));
    }
    for (place, name, socket) in [(0, "stdout", child.stdout()), (1, "stderr", child.stderr())] {
        let Some(socket) = socket else { continue };
        let (run, child) = (run.clone(), child.downgrade());
        socket.on_data(rt, move |rt, _, bytes| {
            let mut output = run.output[place].borrow_mut();
            let room = max_buffer - output.len();
            output.extend_from_slice(&bytes[..bytes.len().min(room)]);
            drop(output);
            if bytes.len() <= room {
                return Ok(());
            }
            *run.error.borrow_mut() = Some(ChildError {
                message: format!("{name} maxBuffer length exceeded"),
                code: Some("ERR_CHILD_PROCESS_STDIO_MAXBUFFER"),
                ..ChildError::default()
            });
            child.upgrade().map_or(Ok(()), |child| run.kill(rt, &child))
        });
    }
    let closed = run.clone();
    child.on_close(move |rt, child, _, _| closed.finish(rt, child));
    child.on_error(move |rt, child, error| {
        *run.error.borrow_mut() = Some(error.clone());
        destroy(rt, [child.stdout(), child.stderr()]);
        run.finish(rt, child)
    });
    child
}

type Callback = Box<dyn FnOnce(&Runtime, Option<&ChildError>, &[u8], &[u8]) -> Result<(), Thrown>>;

struct Run {
    cmd: String,
    kill_signal: Option<i32>,
    output: [RefCell<Vec<u8>>; 2],
    error: RefCell<Option<ChildError>>,
    is_killed: Cell<bool>,
    f: Cell<Option<Callback>>,
    timer: Cell<Option<crate::Timeout>>,
}

impl Run {
    fn kill(&self, rt: &Runtime, child: &ChildProcess) -> Result<(), Thrown> {
        destroy(rt, [child.stdout(), child.stderr()]);
        self.is_killed.set(true);
        Ok(child.kill(rt, self.kill_signal).map(drop)?)
    }

    fn finish(&self, rt: &Runtime, child: &ChildProcess) -> Result<(), Thrown> {
        let Some(f) = self.f.take() else {
            return Ok(());
        };
        if let Some(timer) = self.timer.take() {
            rt.clear_timeout(timer);
        }
        let [stdout, stderr] = [self.output[0].take(), self.output[1].take()];
        let (code, signal) = (child.exit_code(), child.signal_code());
        let error = match self.error.take() {
            None if (code, signal) == (Some(0), None) => return f(rt, None, &stdout, &stderr),
            Some(error) => error,
            None => ChildError {
                message: format!("Command failed: {}\n{}", self.cmd, String::from_utf8_lossy(&stderr)),
                exit_code: code,
                signal,
                killed: child.killed() || self.is_killed.get(),
                ..ChildError::default()
            },
        };
        let error = ChildError { cmd: Some(self.cmd.clone()), ..error };
        f(rt, Some(&error), &stdout, &stderr)
    }
}

fn destroy(rt: &Runtime, sockets: [Option<Socket>; 2]) {
    sockets.iter().flatten().for_each(|socket| socket.destroy(rt));
}
