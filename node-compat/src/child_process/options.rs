//! What to run, and how.

use std::ffi::{OsStr, OsString};
use std::os::fd::{OwnedFd, RawFd};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use uv_process::Command;

/// Options of [`spawn`](super::spawn).
///
/// ```
/// use node_compat::{Runtime, child_process};
/// use node_compat::child_process::{SpawnOptions, Stdio};
///
/// let rt = Runtime::new()?;
/// let options = SpawnOptions { cwd: Some("/".into()), stdio: vec![Stdio::Ignore, Stdio::Inherit], ..Default::default() };
/// let child = child_process::spawn(&rt, "pwd", [""; 0], options);
/// assert!(child.stdin().is_none() && child.stdout().is_none() && child.stderr().is_some());
/// rt.run()?;
/// # Ok::<(), node_compat::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct SpawnOptions {
    /// The directory in which it begins.
    pub cwd: Option<PathBuf>,
    /// Its whole environment; the parent's if `None`.
    pub env: Option<Vec<(OsString, OsString)>>,
    /// The name by which it is called; that of the file if `None`.
    pub argv0: Option<OsString>,
    /// What its descriptors are. Those of 0 to 2 that nothing is said of are pipes.
    pub stdio: Vec<Stdio>,
    /// It leads a session of its own, and may outlive the parent.
    pub detached: bool,
    /// The user as whom it runs.
    pub uid: Option<u32>,
    /// The group as which it runs.
    pub gid: Option<u32>,
    /// Runs the file and its arguments, with spaces in between, as a command of this shell (`/bin/sh`).
    pub shell: Option<OsString>,
    /// It is killed when it has run for so long.
    pub timeout: Option<Duration>,
    /// The signal for that; `SIGTERM` if `None`.
    pub kill_signal: Option<i32>,
}

/// What a child's descriptor is. As an entry of Node's option `stdio`.
///
/// ```
/// use node_compat::child_process::{SpawnOptions, Stdio};
///
/// let options = SpawnOptions { stdio: vec![Stdio::Pipe, Stdio::Pipe, Stdio::Fd(1)], ..Default::default() };
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Stdio {
    /// A socket for both directions: `'pipe'`.
    #[default]
    Pipe,
    /// `/dev/null`, or no descriptor from 3 on: `'ignore'`.
    Ignore,
    /// The parent's of the same number: `'inherit'`.
    Inherit,
    /// The parent's of this number.
    Fd(RawFd),
    /// A descriptor that the program owns.
    Owned(Rc<OwnedFd>),
}

impl SpawnOptions {
    /// The program with its arguments, of which the first is its name; and the shell's, if it is one.
    pub(super) fn resolve(&self, file: &OsStr, args: Vec<OsString>) -> (OsString, Vec<OsString>) {
        let (file, mut args) = match &self.shell {
            None => (file.to_owned(), args),
            Some(shell) => {
                let mut command = file.to_owned();
                for arg in args {
                    command.push(" ");
                    command.push(arg);
                }
                let shell = if shell.is_empty() { OsString::from("/bin/sh") } else { shell.clone() };
                (shell, vec!["-c".into(), command])
            }
        };
        args.insert(0, self.argv0.clone().unwrap_or_else(|| file.clone()));
        (file, args)
    }

    pub(super) fn command(&self, file: &OsStr, args: &[OsString]) -> Command {
        let mut command = Command::new(file);
        if let [name, args @ ..] = args {
            command.arg0(name).args(args);
        }
        if let Some(cwd) = &self.cwd {
            command.cwd(cwd);
        }
        if let Some(env) = &self.env {
            command.env_clear().envs(env.iter().map(|(name, value)| (name, value)));
        }
        command.detached(self.detached);
        if let Some(uid) = self.uid {
            command.uid(uid);
        }
        if let Some(gid) = self.gid {
            command.gid(gid);
        }
        for (place, stdio) in self.places().enumerate() {
            command.stdio(place, stdio);
        }
        command
    }

    fn places(&self) -> impl Iterator<Item = uv_process::Stdio> {
        use uv_process::Stdio as Place;
        (0..self.stdio.len().max(3)).map(|place| match self.stdio.get(place) {
            None | Some(Stdio::Pipe) => Place::pipe(),
            Some(Stdio::Ignore) => Place::ignore(),
            Some(Stdio::Inherit) => Place::inherit(),
            Some(Stdio::Fd(fd)) => Place::number(*fd),
            Some(Stdio::Owned(fd)) => Place::shared(fd.clone()),
        })
    }
}
