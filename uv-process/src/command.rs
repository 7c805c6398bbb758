//! A program with its options.

use std::ffi::{CStr, CString, OsStr, OsString};
use std::fmt;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;
use std::time::Duration;

use uv_loop::{Handle, Loop};
use uv_sys::spawn::{ExitStatus, Method, Spawn};
use uv_sys::{Error, Result};

use crate::process::Process;
use crate::stdio::{End, Stdio};

/// A program to be run, any number of times, with the options of libuv's `uv_process_options_t`.
///
/// ```
/// use uv_loop::{Loop, RunMode};
/// use uv_process::{Command, ExitStatus, Stdio};
///
/// let lp = Loop::new()?;
/// let mut command = Command::new("sh");
/// command.args(["-c", "echo $GREETING; exit 3"]).env("GREETING", "hello").cwd("/").stdout(Stdio::inherit());
/// command.spawn(&lp, |_, _, status| assert_eq!(status, ExitStatus::Exited(3)))?;
/// lp.run(RunMode::Default)?;
/// # Ok::<(), uv_process::Error>(())
/// ```
#[derive(Clone)]
pub struct Command {
    file: CString,
    /// The first is the name by which it is called.
    args: Vec<CString>,
    env: Environment,
    cwd: Option<CString>,
    stdio: Vec<Stdio>,
    inherit: bool,
    uid: Option<u32>,
    gid: Option<u32>,
    detached: bool,
    process_group: Option<i32>,
    method: Method,
    without_pidfd: bool,
    pub(crate) input: Option<Vec<u8>>,
    pub(crate) output_limit: usize,
    pub(crate) keep_excess: bool,
    pub(crate) timeout: Option<Duration>,
    pub(crate) kill_signal: i32,
    pub(crate) kill_on_drop: bool,
    /// Something has a NUL in it, which is told by the spawn.
    invalid: bool,
}

/// What differs from the parent's, in the order in which it was said.
#[derive(Clone, Debug, Default)]
struct Environment {
    cleared: bool,
    changes: Vec<(OsString, Option<OsString>)>,
}

impl Command {
    /// A program: a path if there is a `/` in it, else a name that is looked up in the child's `PATH`. Its standard streams
    /// are `/dev/null`, all else is as in the parent.
    ///
    /// ```
    /// uv_process::Command::new("true");
    /// ```
    pub fn new(file: impl AsRef<OsStr>) -> Command {
        let mut command = Command {
            file: CString::default(),
            args: Vec::new(),
            env: Environment::default(),
            cwd: None,
            stdio: Vec::new(),
            inherit: false,
            uid: None,
            gid: None,
            detached: false,
            process_group: None,
            method: Method::default(),
            without_pidfd: false,
            input: None,
            output_limit: usize::MAX,
            keep_excess: false,
            timeout: None,
            kill_signal: uv_loop::signal::SIGKILL,
            kill_on_drop: false,
            invalid: false,
        };
        command.file = command.text(file.as_ref());
        command.args.push(command.file.clone());
        command
    }

    /// One more argument.
    ///
    /// ```
    /// uv_process::Command::new("sleep").arg("1");
    /// ```
    pub fn arg(&mut self, arg: impl AsRef<OsStr>) -> &mut Command {
        let arg = self.text(arg.as_ref());
        self.args.push(arg);
        self
    }

    /// More arguments.
    ///
    /// ```
    /// uv_process::Command::new("test").args(["-d", "/"]);
    /// ```
    pub fn args(&mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> &mut Command {
        args.into_iter().fold(self, |command, arg| command.arg(arg))
    }

    /// The name by which the program is called; that of its file unless said otherwise.
    ///
    /// ```
    /// uv_process::Command::new("/bin/sh").arg0("-sh"); // a login shell
    /// ```
    pub fn arg0(&mut self, name: impl AsRef<OsStr>) -> &mut Command {
        self.args[0] = self.text(name.as_ref());
        self
    }

    /// Sets a variable of the child's environment. What is set without a name is passed on, each as it is.
    ///
    /// ```
    /// uv_process::Command::new("sort").env("LC_ALL", "C");
    /// ```
    pub fn env(&mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> &mut Command {
        self.env.changes.push((name.as_ref().to_owned(), Some(value.as_ref().to_owned())));
        self
    }

    /// Sets several variables.
    ///
    /// ```
    /// uv_process::Command::new("env").env_clear().envs([("A", "1"), ("B", "2")]);
    /// ```
    pub fn envs<N: AsRef<OsStr>, V: AsRef<OsStr>>(&mut self, vars: impl IntoIterator<Item = (N, V)>) -> &mut Command {
        vars.into_iter().fold(self, |command, (name, value)| command.env(name, value))
    }

    /// Takes a variable out of the child's environment.
    ///
    /// ```
    /// uv_process::Command::new("git").env_remove("GIT_DIR");
    /// ```
    pub fn env_remove(&mut self, name: impl AsRef<OsStr>) -> &mut Command {
        self.env.changes.push((name.as_ref().to_owned(), None));
        self
    }

    /// Begins with no environment at all: the child has what is set after this.
    ///
    /// ```
    /// uv_process::Command::new("/usr/bin/env").env_clear();
    /// ```
    pub fn env_clear(&mut self) -> &mut Command {
        self.env = Environment { cleared: true, changes: Vec::new() };
        self
    }

    /// The directory in which the child begins. A relative path of the program's is one from there.
    ///
    /// ```
    /// uv_process::Command::new("ls").cwd("/");
    /// ```
    pub fn cwd(&mut self, directory: impl AsRef<Path>) -> &mut Command {
        self.cwd = Some(self.text(directory.as_ref().as_os_str()));
        self
    }

    /// What the child's standard input is.
    ///
    /// ```
    /// uv_process::Command::new("cat").stdin(uv_process::Stdio::pipe());
    /// ```
    pub fn stdin(&mut self, stdio: impl Into<Stdio>) -> &mut Command {
        self.stdio(0, stdio)
    }

    /// What the child's standard output is.
    ///
    /// ```
    /// uv_process::Command::new("ls").stdout(uv_process::Stdio::inherit());
    /// ```
    pub fn stdout(&mut self, stdio: impl Into<Stdio>) -> &mut Command {
        self.stdio(1, stdio)
    }

    /// What the child's standard error is.
    ///
    /// ```
    /// uv_process::Command::new("ls").stderr(uv_process::Stdio::number(1));
    /// ```
    pub fn stderr(&mut self, stdio: impl Into<Stdio>) -> &mut Command {
        self.stdio(2, stdio)
    }

    /// What the child's descriptor `fd` is. Those that nothing is said of are [ignored](Stdio::ignore).
    ///
    /// ```
    /// uv_process::Command::new("gpg").stdio(3, uv_process::Stdio::pipe());
    /// ```
    pub fn stdio(&mut self, fd: usize, stdio: impl Into<Stdio>) -> &mut Command {
        if self.stdio.len() <= fd {
            self.stdio.resize(fd + 1, Stdio::unsaid());
        }
        self.stdio[fd] = stdio.into();
        self
    }

    /// Lets the child have the parent's other descriptors that are not close-on-exec, as it has them in libuv; or nothing that
    /// [`stdio`](Command::stdio) does not name, the default.
    ///
    /// ```
    /// uv_process::Command::new("make").inherit_descriptors(true); // with those of the job server around
    /// ```
    pub fn inherit_descriptors(&mut self, on: bool) -> &mut Command {
        self.inherit = on;
        self
    }

    /// The user as whom it runs, without the parent's supplementary groups; libuv's `UV_PROCESS_SETUID`.
    ///
    /// ```
    /// uv_process::Command::new("id").uid(65534).gid(65534);
    /// ```
    pub fn uid(&mut self, uid: u32) -> &mut Command {
        self.uid = Some(uid);
        self
    }

    /// The group as which it runs, without the parent's supplementary groups; libuv's `UV_PROCESS_SETGID`.
    ///
    /// ```
    /// uv_process::Command::new("id").gid(65534);
    /// ```
    pub fn gid(&mut self, gid: u32) -> &mut Command {
        self.gid = Some(gid);
        self
    }

    /// Makes it the leader of a session of its own, which outlives the terminal's; libuv's `UV_PROCESS_DETACHED`. For the
    /// parent to end before it, the handle is to be unreferenced.
    ///
    /// ```
    /// uv_process::Command::new("daemon").detached(true);
    /// ```
    pub fn detached(&mut self, on: bool) -> &mut Command {
        self.detached = on;
        self
    }

    /// Puts it into this process group; 0 makes one of its own, which [`kill`](uv_sys::os::kill) reaches by the negative
    /// process id.
    ///
    /// ```
    /// uv_process::Command::new("make").process_group(0);
    /// ```
    pub fn process_group(&mut self, group: i32) -> &mut Command {
        self.process_group = Some(group);
        self
    }

    /// How the child is made: see [`Method`].
    ///
    /// ```
    /// uv_process::Command::new("true").method(uv_process::Method::Fork);
    /// ```
    pub fn method(&mut self, method: Method) -> &mut Command {
        self.method = method;
        self
    }

    /// Whether its end is heard of by a pidfd, where the system has them, or by `SIGCHLD`.
    ///
    /// ```
    /// uv_process::Command::new("true").pidfd(false);
    /// ```
    pub fn pidfd(&mut self, on: bool) -> &mut Command {
        self.without_pidfd = !on;
        self
    }

    /// What [`output`](Command::output) writes to the child's standard input.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let mut command = uv_process::Command::new("tr");
    /// let output = lp.block_on(command.args(["a-z", "A-Z"]).input("hello").output(&lp.handle()))??;
    /// assert_eq!(output.stdout, b"HELLO");
    /// # Ok::<(), uv_process::Error>(())
    /// ```
    pub fn input(&mut self, bytes: impl Into<Vec<u8>>) -> &mut Command {
        self.input = Some(bytes.into());
        self
    }

    /// How many bytes [`output`](Command::output) takes of each stream, before it kills the child. No limit unless set.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let output = lp.block_on(uv_process::Command::new("yes").output_limit(10_000).output(&lp.handle()))??;
    /// assert_eq!(output.error, Some(uv_process::Error::ENOBUFS));
    /// assert_eq!(output.stdout.len(), 10_000);
    /// # Ok::<(), uv_process::Error>(())
    /// ```
    pub fn output_limit(&mut self, bytes: usize) -> &mut Command {
        self.output_limit = bytes;
        self
    }

    /// Whether what goes past the [limit](Command::output_limit) is kept as well, as far as it was read together with what doesn't:
    /// up to 64 KiB. So does Node's `spawnSync`.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let mut command = uv_process::Command::new("printf");
    /// let output = lp.block_on(command.arg("1234567890").output_limit(5).keep_excess(true).output(&lp.handle()))??;
    /// assert_eq!(output.error, Some(uv_process::Error::ENOBUFS));
    /// assert_eq!(output.stdout, b"1234567890");
    /// # Ok::<(), uv_process::Error>(())
    /// ```
    pub fn keep_excess(&mut self, on: bool) -> &mut Command {
        self.keep_excess = on;
        self
    }

    /// How long [`output`](Command::output) lets the child run, before it kills it. No limit unless set.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let mut command = uv_process::Command::new("sleep");
    /// let output = lp.block_on(command.arg("1000").timeout(Duration::from_millis(5)).output(&lp.handle()))??;
    /// assert_eq!(output.error, Some(uv_process::Error::ETIMEDOUT));
    /// # Ok::<(), uv_process::Error>(())
    /// ```
    pub fn timeout(&mut self, timeout: Duration) -> &mut Command {
        self.timeout = Some(timeout);
        self
    }

    /// The signal by which a child is killed that takes too long, or says too much; `SIGKILL` unless set.
    ///
    /// ```
    /// uv_process::Command::new("server").kill_signal(uv_loop::signal::SIGTERM);
    /// ```
    pub fn kill_signal(&mut self, signum: i32) -> &mut Command {
        self.kill_signal = signum;
        self
    }

    /// Whether a [`Child`](crate::Child) that is dropped before its end is killed.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let child = uv_process::Command::new("sleep").arg("1000").kill_on_drop(true).start(&lp.handle())?;
    /// drop(child);
    /// assert!(!lp.run(uv_loop::RunMode::Default)?, "the loop has waited for its end");
    /// # Ok::<(), uv_process::Error>(())
    /// ```
    pub fn kill_on_drop(&mut self, on: bool) -> &mut Command {
        self.kill_on_drop = on;
        self
    }

    /// Runs it, and calls `on_exit` once it has ended: see [`Process::spawn`].
    ///
    /// # Errors
    ///
    /// Those of [`Spawn::spawn`](uv_sys::spawn::Spawn::spawn), and `EINVAL` for a text with a NUL in it or a variable's name
    /// with a `=`. Nothing is left then: no child, no handle, no descriptor.
    ///
    /// ```
    /// use uv_process::{Command, Error};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let on_exit = |_: &_, _, _| unreachable!();
    /// assert_eq!(Command::new("no such program").spawn(&lp, on_exit).err(), Some(Error::ENOENT));
    /// assert_eq!(Command::new("ls").cwd("/no/such/place").spawn(&lp, on_exit).err(), Some(Error::ENOENT));
    /// assert_eq!(Command::new("ls").arg("a\0b").spawn(&lp, on_exit).err(), Some(Error::EINVAL));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn spawn(&self, lp: &Loop, on_exit: impl FnOnce(&Loop, Process, ExitStatus) + 'static) -> Result<Spawned> {
        if self.invalid {
            return Err(Error::EINVAL);
        }
        let env = self.env.entries()?;
        let opened =
            self.stdio.iter().enumerate().map(|(place, stdio)| stdio.open(place)).collect::<Result<Vec<_>>>()?;
        let (ends, stdio): (Vec<End>, Vec<Option<OwnedFd>>) = opened.into_iter().unzip();
        let sources: Vec<_> = ends.iter().map(End::source).collect();
        let args: Vec<&CStr> = self.args.iter().map(CString::as_c_str).collect();
        let env: Option<Vec<&CStr>> = env.as_ref().map(|entries| entries.iter().map(CString::as_c_str).collect());
        let options = Spawn {
            env: env.as_deref(),
            cwd: self.cwd.as_deref(),
            stdio: &sources,
            inherit: self.inherit,
            uid: self.uid,
            gid: self.gid,
            detached: self.detached,
            process_group: self.process_group,
            method: self.method,
            without_pidfd: self.without_pidfd,
            ..Spawn::new(&self.file, &args)
        };
        let process = Process::new(lp);
        match process.spawn(lp, &options, on_exit) {
            Ok(()) => Ok(Spawned { process, stdio }),
            Err(error) => {
                process.close(lp)?;
                Err(error)
            }
        }
    }

    /// From 1 on, what the parent reads from.
    pub(crate) fn read_here(&self) -> impl Iterator<Item = usize> {
        (1..self.stdio.len()).filter(|&fd| self.stdio[fd].is_read_here())
    }

    /// Unless something else was said of it.
    pub(crate) fn default_stdio(&mut self, fd: usize, make: impl FnOnce() -> Stdio) {
        if self.stdio.get(fd).is_none_or(Stdio::is_unsaid) {
            self.stdio(fd, make());
        }
    }

    fn text(&mut self, text: &OsStr) -> CString {
        CString::new(text.as_bytes()).unwrap_or_else(|_| {
            self.invalid = true;
            CString::default()
        })
    }
}

impl Environment {
    /// `None` if it is the parent's.
    fn entries(&self) -> Result<Option<Vec<CString>>> {
        if !self.cleared && self.changes.is_empty() {
            return Ok(None);
        }
        let mut vars = if self.cleared { Vec::new() } else { uv_sys::os::environ() };
        for (name, value) in &self.changes {
            if name.as_bytes().contains(&b'=') {
                return Err(Error::EINVAL);
            }
            // Where there is no name, all is value.
            if let (true, Some(value)) = (name.is_empty(), value) {
                vars.push((OsString::new(), value.clone()));
                continue;
            }
            let old = vars.iter_mut().find(|(other, _)| other == name);
            match (old, value) {
                (Some((_, old)), Some(value)) => old.clone_from(value),
                (None, Some(value)) => vars.push((name.clone(), value.clone())),
                (_, None) => vars.retain(|(other, _)| other != name),
            }
        }
        let entry = |(mut entry, value): (OsString, OsString)| {
            entry.push("=");
            entry.push(value);
            CString::new(entry.into_vec()).map_err(|_| Error::EINVAL)
        };
        vars.into_iter().map(entry).collect::<Result<_>>().map(Some)
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Command")
            .field("file", &self.file)
            .field("args", &self.args)
            .field("env", &self.env)
            .field("cwd", &self.cwd)
            .field("stdio", &self.stdio)
            .finish_non_exhaustive()
    }
}

/// A child that runs: its handle, and the parent's ends of its pipes. Dropping it closes the pipes, and leaves the child and
/// the handle alone.
///
/// ```
/// use std::io::Write;
/// use uv_loop::{Loop, RunMode};
/// use uv_process::{Command, Spawned, Stdio};
///
/// let lp = Loop::new()?;
/// let mut spawned: Spawned = Command::new("cat").stdin(Stdio::pipe_in()).spawn(&lp, |_, _, _| println!("at its end"))?;
/// let mut stdin = std::fs::File::from(spawned.take(0).unwrap());
/// stdin.write_all(b"hello")?;
/// drop(stdin);
/// lp.run(RunMode::Default)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Spawned {
    process: Process,
    stdio: Vec<Option<OwnedFd>>,
}

impl Spawned {
    /// The handle.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let spawned = uv_process::Command::new("true").spawn(&lp, |_, _, _| ())?;
    /// println!("it is process {}", spawned.process().pid(&lp)?);
    /// # lp.run(uv_loop::RunMode::Default)?;
    /// # Ok::<(), uv_process::Error>(())
    /// ```
    #[must_use]
    pub fn process(&self) -> Process {
        self.process
    }

    /// The parent's end of the pipe that is the child's descriptor `fd`: once, and `None` if it is no pipe. It blocks, until
    /// someone (uv-net's `Pipe`, uv-loop's `AsyncFd`) makes it non-blocking.
    ///
    /// ```
    /// use uv_process::{Command, Stdio};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let mut spawned = Command::new("true").stdout(Stdio::pipe()).spawn(&lp, |_, _, _| ())?;
    /// assert!(spawned.take(1).is_some());
    /// assert!(spawned.take(1).is_none() && spawned.take(0).is_none() && spawned.take(7).is_none());
    /// # lp.run(uv_loop::RunMode::Default)?;
    /// # Ok::<(), uv_process::Error>(())
    /// ```
    pub fn take(&mut self, fd: usize) -> Option<OwnedFd> {
        self.stdio.get_mut(fd)?.take()
    }
}
