//! Node's `child_process`: programs that run beside this one, with Node's events in Node's order. Each callback of the loop's is
//! one macrotask, after which the queues are drained.
//!
//! A [`ChildProcess`] emits `'spawn'` when it runs, or `'error'` when it can't, both from the nextTick queue; `'exit'` when it has
//! ended, and at last, when its pipes are closed too, `'close'`. Its pipes are [sockets](crate::net::Socket).
//!
//! ```
//! use node_compat::{Runtime, child_process};
//!
//! let rt = Runtime::new()?;
//! let cat = child_process::spawn(&rt, "cat", ["-"], Default::default());
//! let stdin = cat.stdin().unwrap();
//! stdin.write(&rt, "hello");
//! stdin.end(&rt);
//! cat.stdout().unwrap().on_data(&rt, |_, _, bytes| assert_eq!(bytes, b"hello"));
//! cat.on_exit(|_, _, code, signal| assert_eq!((code, signal), (Some(0), None)));
//! cat.on_close(|_, _, _, _| println!("and its output is at its end"));
//! assert_eq!(rt.run()?, 0);
//! # Ok::<(), node_compat::Error>(())
//! ```
//!
//! As in Node, a child keeps the runtime alive until it has ended, unless it is [unreferenced](ChildProcess::unref).

mod child;
mod error;
mod events;
mod exec;
mod options;
mod sync;

pub use child::ChildProcess;
pub use error::ChildError;
pub use exec::{ExecOptions, exec, exec_file};
pub use options::{SpawnOptions, Stdio};
pub use sync::{SyncOptions, SyncResult, spawn_sync};

use std::ffi::OsStr;
use std::os::fd::RawFd;

use crate::net::Socket;
use crate::{Error, Runtime, os};

/// Runs a program. As `child_process.spawn`.
///
/// ```
/// use node_compat::{Runtime, child_process};
///
/// let rt = Runtime::new()?;
/// let child = child_process::spawn(&rt, "sh", ["-c", "exit 3"], Default::default());
/// child.on_exit(|_, _, code, _| assert_eq!(code, Some(3)));
///
/// let missing = child_process::spawn(&rt, "/no/such/program", [""; 0], Default::default());
/// missing.on_error(|_, _, error| assert_eq!(error.to_string(), "spawn /no/such/program ENOENT"));
/// assert_eq!(rt.run()?, 0);
/// # Ok::<(), node_compat::Error>(())
/// ```
pub fn spawn(
    rt: &Runtime,
    file: impl AsRef<OsStr>,
    args: impl IntoIterator<Item = impl AsRef<OsStr>>,
    options: SpawnOptions,
) -> ChildProcess {
    let args = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
    match ChildProcess::start(rt, file.as_ref(), args, options, |_| false) {
        Ok(child) => child,
        Err(error) => unreachable!("no error is refused: {error}"),
    }
}

/// Runs a program as [`spawn`] does, and returns what Node throws: `'error'` is emitted for what may be as well as not (`ENOENT`,
/// `EACCES`, `EAGAIN`, `EMFILE`, `ENFILE`), and all else is the error of the call.
///
/// # Errors
///
/// Those of [`Spawn::spawn`](uv_process::Spawn::spawn) that are not named above: `E2BIG`, `ENOTDIR`, `EBADF` and so on.
///
/// ```
/// use node_compat::{Error, Runtime, child_process};
///
/// let rt = Runtime::new()?;
/// let options = || child_process::SpawnOptions::default();
/// let too_long = child_process::try_spawn(&rt, "true", ["x".repeat(10_000_000)], options());
/// assert_eq!(too_long.unwrap_err(), Error::E2BIG);
/// let missing = child_process::try_spawn(&rt, "/no/such/program", [""; 0], options())?;
/// missing.on_error(|_, _, error| assert_eq!(error.code, Some("ENOENT")));
/// assert_eq!(rt.run()?, 0);
/// # Ok::<(), node_compat::Error>(())
/// ```
pub fn try_spawn(
    rt: &Runtime,
    file: impl AsRef<OsStr>,
    args: impl IntoIterator<Item = impl AsRef<OsStr>>,
    options: SpawnOptions,
) -> Result<ChildProcess, Error> {
    const EMITTED: [Error; 5] = [Error::EACCES, Error::EAGAIN, Error::EMFILE, Error::ENFILE, Error::ENOENT];
    let args = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
    ChildProcess::start(rt, file.as_ref(), args, options, |error| !EMITTED.contains(&error))
}

/// Takes this process's end of the channel to a parent that has made one (`NODE_CHANNEL_FD` in the environment is its number): a
/// socket for the messages of Node's `process.send`, each a line of JSON.
///
/// # Errors
///
/// `EBADF` for what is no descriptor of the parent's, or was taken already; `EINVAL` for what is no socket.
///
/// ```
/// use node_compat::{Error, Runtime, child_process};
///
/// let rt = Runtime::new()?;
/// assert_eq!(child_process::channel(&rt, 999).unwrap_err(), Error::EBADF);
/// # Ok::<(), Error>(())
/// ```
pub fn channel(rt: &Runtime, number: RawFd) -> Result<Socket, Error> {
    Socket::from_fd(rt, os::inherited(number)?)
}
