//! A child: how it starts, what it has, how it ends.

use std::cell::{Cell, RefCell};
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::rc::{Rc, Weak};

use uv_loop::signal::SIGTERM;
use uv_loop::{Handle, Loop};
use uv_process::{ExitStatus, Process, Spawned};

use super::events::{Emitted, Event};
use super::{ChildError, SpawnOptions, Stdio};
use crate::net::Socket;
use crate::{Error, EventEmitter, Runtime, Thrown};

/// A program that runs, or has run, or could not be: as Node's `ChildProcess`. Every clone is the same child.
///
/// ```
/// use node_compat::{Runtime, child_process};
///
/// let rt = Runtime::new()?;
/// let child: child_process::ChildProcess = child_process::spawn(&rt, "sleep", ["1000"], Default::default());
/// assert!(child.kill(&rt, None)?);
/// child.on_exit(|_, _, code, signal| assert_eq!((code, signal), (None, Some(15))));
/// assert_eq!(rt.run()?, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ChildProcess(pub(super) Rc<Inner>);

pub(super) struct Inner {
    pub(super) emitter: EventEmitter<Emitted>,
    process: Cell<Option<Process>>,
    pid: Cell<Option<i32>>,
    file: OsString,
    args: Vec<OsString>,
    stdio: RefCell<Vec<Option<Socket>>>,
    exit_code: Cell<Option<i32>>,
    signal_code: Cell<Option<i32>>,
    killed: Cell<bool>,
    /// Pipes, and the end, that are to be told of before `'close'`.
    closes_needed: Cell<usize>,
    closes_got: Cell<usize>,
}

impl ChildProcess {
    /// `refused` says which errors are the caller's; the others are the child's.
    pub(super) fn start(
        rt: &Runtime,
        file: &OsStr,
        args: Vec<OsString>,
        options: SpawnOptions,
        refused: fn(Error) -> bool,
    ) -> Result<ChildProcess, Error> {
        let (file, args) = options.resolve(file, args);
        let command = options.command(&file, &args);
        let child = ChildProcess(Rc::new(Inner {
            emitter: EventEmitter::new(),
            process: Cell::new(None),
            pid: Cell::new(None),
            file,
            args,
            stdio: RefCell::default(),
            exit_code: Cell::new(None),
            signal_code: Cell::new(None),
            killed: Cell::new(false),
            closes_needed: Cell::new(1),
            closes_got: Cell::new(0),
        }));
        let (ended, lp) = (child.clone(), rt.event_loop());
        let on_exit = rt.callback(move |rt, status| ended.ended(rt, status));
        let spawned = match command.spawn(lp, move |lp: &Loop, _, status| on_exit(lp, status)) {
            Err(error) if refused(error) => return Err(error),
            spawned => spawned,
        };
        rt.0.children.borrow_mut().insert(child.address(), child.clone());
        let started = child.clone();
        match spawned {
            Ok(spawned) => {
                child.open(rt, spawned, options.stdio.len().max(3));
                rt.next_tick(move |rt| started.emit(rt, Event::Spawn));
            }
            Err(error) => {
                if !matches!(error, Error::EMFILE | Error::ENFILE) {
                    child.open_without_child(rt, &options);
                }
                rt.next_tick(move |rt| started.failed(rt, error));
            }
        }
        if let Some(timeout) = options.timeout.filter(|timeout| !timeout.is_zero() && child.pid().is_some()) {
            let (killed, signal) = (child.clone(), options.kill_signal);
            let timer = rt.set_timeout(timeout, move |rt| killed.kill(rt, signal).map(drop));
            child.on_exit(move |rt, _, _, _| rt.clear_timeout(timer));
        }
        Ok(child)
    }

    /// Its process id, if it could be run. As `child.pid`.
    ///
    /// ```
    /// use node_compat::{Runtime, child_process};
    ///
    /// let rt = Runtime::new()?;
    /// assert!(child_process::spawn(&rt, "true", [""; 0], Default::default()).pid().is_some());
    /// let missing = child_process::spawn(&rt, "/no/such/program", [""; 0], Default::default());
    /// assert!(missing.pid().is_none());
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn pid(&self) -> Option<i32> {
        self.0.pid.get()
    }

    /// Its standard input, if that is a pipe. As `child.stdin`.
    ///
    /// ```
    /// use node_compat::{Runtime, child_process};
    ///
    /// let rt = Runtime::new()?;
    /// let cat = child_process::spawn(&rt, "cat", [""; 0], Default::default());
    /// cat.stdin().unwrap().end(&rt);
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn stdin(&self) -> Option<Socket> {
        self.stdio(0)
    }

    /// Its standard output, if that is a pipe. As `child.stdout`.
    ///
    /// ```
    /// use node_compat::{Runtime, child_process};
    ///
    /// let rt = Runtime::new()?;
    /// let echo = child_process::spawn(&rt, "echo", ["hello"], Default::default());
    /// echo.stdout().unwrap().on_data(&rt, |_, _, bytes| assert_eq!(bytes, b"hello\n"));
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn stdout(&self) -> Option<Socket> {
        self.stdio(1)
    }

    /// Its standard error, if that is a pipe. As `child.stderr`.
    ///
    /// ```
    /// use node_compat::{Runtime, child_process};
    ///
    /// let rt = Runtime::new()?;
    /// let child = child_process::spawn(&rt, "sh", ["-c", "echo oh >&2"], Default::default());
    /// child.stderr().unwrap().on_data(&rt, |_, _, bytes| assert_eq!(bytes, b"oh\n"));
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn stderr(&self) -> Option<Socket> {
        self.stdio(2)
    }

    /// Any of its descriptors that is a pipe. As `child.stdio`.
    ///
    /// ```
    /// use node_compat::{Runtime, child_process};
    /// use node_compat::child_process::{SpawnOptions, Stdio};
    ///
    /// let rt = Runtime::new()?;
    /// let options = SpawnOptions { stdio: vec![Stdio::Pipe; 4], ..Default::default() };
    /// let child = child_process::spawn(&rt, "sh", ["-c", "echo hello >&3"], options);
    /// child.stdio(3).unwrap().on_data(&rt, |_, _, bytes| assert_eq!(bytes, b"hello\n"));
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn stdio(&self, fd: usize) -> Option<Socket> {
        self.0.stdio.borrow().get(fd)?.clone()
    }

    /// The code with which it has ended, if it has and no signal did it; the negative error number of a child that could not
    /// be run. As `child.exitCode`.
    ///
    /// ```
    /// use node_compat::{Runtime, child_process};
    ///
    /// let rt = Runtime::new()?;
    /// let child = child_process::spawn(&rt, "sh", ["-c", "exit 3"], Default::default());
    /// assert_eq!(child.exit_code(), None);
    /// rt.run()?;
    /// assert_eq!(child.exit_code(), Some(3));
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn exit_code(&self) -> Option<i32> {
        self.0.exit_code.get()
    }

    /// The signal that has ended it. As `child.signalCode`, which is its name.
    ///
    /// ```
    /// use node_compat::{Runtime, child_process};
    ///
    /// let rt = Runtime::new()?;
    /// let child = child_process::spawn(&rt, "sh", ["-c", "kill -9 $$"], Default::default());
    /// rt.run()?;
    /// assert_eq!((child.exit_code(), child.signal_code()), (None, Some(9)));
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn signal_code(&self) -> Option<i32> {
        self.0.signal_code.get()
    }

    /// The program that is run. As `child.spawnfile`.
    ///
    /// ```
    /// let rt = node_compat::Runtime::new()?;
    /// let child = node_compat::child_process::spawn(&rt, "true", [""; 0], Default::default());
    /// assert_eq!(child.spawnfile(), "true");
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn spawnfile(&self) -> &OsStr {
        &self.0.file
    }

    /// Its arguments, of which the first is its name. As `child.spawnargs`.
    ///
    /// ```
    /// let rt = node_compat::Runtime::new()?;
    /// let child = node_compat::child_process::spawn(&rt, "true", ["x"], Default::default());
    /// assert_eq!(child.spawnargs(), ["true", "x"]);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn spawnargs(&self) -> &[OsString] {
        &self.0.args
    }

    /// Whether [`kill`](ChildProcess::kill) has sent it a signal. As `child.killed`.
    ///
    /// ```
    /// let rt = node_compat::Runtime::new()?;
    /// let child = node_compat::child_process::spawn(&rt, "true", [""; 0], Default::default());
    /// assert!(!child.killed());
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn killed(&self) -> bool {
        self.0.killed.get()
    }

    /// Sends it a signal, `SIGTERM` if `None`, and says whether it was there to get it. As `child.kill`.
    ///
    /// # Errors
    ///
    /// `EINVAL` for a number that is no signal. What else goes wrong is [emitted](ChildProcess::on_error).
    ///
    /// ```
    /// use node_compat::{Runtime, child_process};
    ///
    /// let rt = Runtime::new()?;
    /// let child = child_process::spawn(&rt, "sleep", ["1000"], Default::default());
    /// assert!(child.kill(&rt, Some(1000)).is_err());
    /// assert!(child.kill(&rt, Some(0))? && child.kill(&rt, Some(9))? && child.killed());
    /// rt.run()?;
    /// assert!(!child.kill(&rt, None)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn kill(&self, rt: &Runtime, signal: Option<i32>) -> Result<bool, Error> {
        let Some(process) = self.0.process.get() else {
            return Ok(false);
        };
        match process.kill(rt.event_loop(), signal.unwrap_or(SIGTERM)) {
            Ok(()) => {
                self.0.killed.set(true);
                Ok(true)
            }
            // It has ended already.
            Err(Error::ESRCH) => Ok(false),
            Err(error @ (Error::EINVAL | Error::ENOSYS)) => Err(error),
            Err(error) => {
                if let Err(thrown) = self.emit(rt, Event::Error(ChildError::errno(error, "kill".into()))) {
                    rt.next_tick(|_| Err(thrown));
                }
                Ok(false)
            }
        }
    }

    /// Lets it keep the runtime alive (the default). As `child.ref`.
    ///
    /// ```
    /// let rt = node_compat::Runtime::new()?;
    /// let child = node_compat::child_process::spawn(&rt, "true", [""; 0], Default::default());
    /// child.unref(&rt);
    /// child.ref_(&rt);
    /// # rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn ref_(&self, rt: &Runtime) {
        if let Some(process) = self.0.process.get() {
            let _ = process.ref_(rt.event_loop());
        }
    }

    /// Lets the runtime end before it; its pipes hold that up still. As `child.unref`.
    ///
    /// ```
    /// use node_compat::{Runtime, child_process};
    /// use node_compat::child_process::{SpawnOptions, Stdio};
    ///
    /// let rt = Runtime::new()?;
    /// let options = SpawnOptions { stdio: vec![Stdio::Ignore; 3], detached: true, ..Default::default() };
    /// child_process::spawn(&rt, "sleep", ["1"], options).unref(&rt);
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn unref(&self, rt: &Runtime) {
        if let Some(process) = self.0.process.get() {
            let _ = process.unref(rt.event_loop());
        }
    }
}

impl ChildProcess {
    fn open(&self, rt: &Runtime, mut spawned: Spawned, places: usize) {
        let process = spawned.process();
        self.0.process.set(Some(process));
        self.0.pid.set(process.pid(rt.event_loop()).ok());
        for place in 0..places {
            let socket = spawned.take(place).and_then(|fd| self.socket(rt, fd, place));
            self.0.stdio.borrow_mut().push(socket);
        }
    }

    /// As in Node, whose pipes are there before the child is: nobody is at their other ends, so they end at once.
    fn open_without_child(&self, rt: &Runtime, options: &SpawnOptions) {
        for place in 0..options.stdio.len().max(3) {
            let is_pipe = matches!(options.stdio.get(place), None | Some(Stdio::Pipe));
            let pair = is_pipe.then(UnixStream::pair).and_then(Result::ok);
            let socket = pair.and_then(|(near, _)| self.socket(rt, near.into(), place));
            self.0.stdio.borrow_mut().push(socket);
        }
    }

    fn socket(&self, rt: &Runtime, fd: OwnedFd, place: usize) -> Option<Socket> {
        if place == 0 {
            return Socket::from_fd_to_write(rt, fd).ok();
        }
        let socket = Socket::from_fd(rt, fd).ok()?;
        self.0.closes_needed.set(self.0.closes_needed.get() + 1);
        let child = self.downgrade();
        socket.on_close(move |rt, _, _| child.upgrade().map_or(Ok(()), |child| child.maybe_close(rt)));
        Some(socket)
    }

    /// As the handle's `onexit`.
    fn ended(&self, rt: &Runtime, status: ExitStatus) -> Result<(), Thrown> {
        let it = &self.0;
        match status {
            ExitStatus::Signaled(signal) => it.signal_code.set(Some(signal)),
            ExitStatus::Exited(code) => it.exit_code.set(Some(code)),
            // As libuv's own error number would come: nobody knows how it has ended.
            ExitStatus::Lost => it.exit_code.set(Some(Error::ESRCH.code())),
        }
        if let Some(stdin) = self.stdin() {
            stdin.destroy(rt);
        }
        if let Some(process) = it.process.take() {
            let _ = process.close(rt.event_loop());
        }
        let emitted = self.emit(rt, Event::Exit(self.exit_code(), self.signal_code()));
        // In Node a throw leaves out what follows; and so the pipes that nobody reads would stay open.
        self.flush_later(rt);
        if emitted.is_err() {
            self.forget(rt);
        }
        emitted?;
        self.maybe_close(rt)
    }

    /// It could not be run.
    fn failed(&self, rt: &Runtime, error: Error) -> Result<(), Thrown> {
        let text = |text: &OsStr| text.to_string_lossy().into_owned();
        let file = text(&self.0.file);
        self.0.exit_code.set(Some(error.code()));
        if let Some(stdin) = self.stdin() {
            stdin.destroy(rt);
        }
        let error = ChildError {
            path: Some(file.clone()),
            spawnargs: self.0.args.iter().skip(1).map(|arg| text(arg)).collect(),
            ..ChildError::errno(error, format!("spawn {file}"))
        };
        let emitted = self.emit(rt, Event::Error(error));
        self.flush_later(rt);
        if emitted.is_err() {
            self.forget(rt);
        }
        emitted?;
        self.maybe_close(rt)
    }

    /// All is told: from here on only those who hold it have it.
    fn forget(&self, rt: &Runtime) {
        let held = rt.0.children.borrow_mut().remove(&self.address());
        drop(held);
    }

    fn address(&self) -> usize {
        Rc::as_ptr(&self.0).addr()
    }

    /// For what its own parts hold: else they would hold themselves.
    pub(super) fn downgrade(&self) -> WeakChild {
        WeakChild(Rc::downgrade(&self.0))
    }

    /// What nobody reads is read to its end, for the pipes to be closed.
    fn flush_later(&self, rt: &Runtime) {
        let child = self.clone();
        rt.next_tick(move |rt| {
            let sockets: Vec<_> = child.0.stdio.borrow().iter().skip(1).flatten().cloned().collect();
            sockets.iter().filter(|socket| !socket.is_destroyed()).for_each(|socket| socket.resume(rt));
        });
    }

    fn maybe_close(&self, rt: &Runtime) -> Result<(), Thrown> {
        let it = &self.0;
        it.closes_got.set(it.closes_got.get() + 1);
        match it.closes_got.get() == it.closes_needed.get() {
            true => {
                self.forget(rt);
                self.emit(rt, Event::Close(self.exit_code(), self.signal_code()))
            }
            false => Ok(()),
        }
    }
}

pub(super) struct WeakChild(Weak<Inner>);

impl WeakChild {
    pub(super) fn upgrade(&self) -> Option<ChildProcess> {
        self.0.upgrade().map(ChildProcess)
    }
}

impl fmt::Debug for ChildProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChildProcess")
            .field("file", &self.0.file)
            .field("args", &self.0.args)
            .field("pid", &self.pid())
            .field("exit_code", &self.exit_code())
            .field("signal_code", &self.signal_code())
            .finish_non_exhaustive()
    }
}
