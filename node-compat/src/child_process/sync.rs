//! A program that is waited for, while nothing else of the runtime goes on.

use std::ffi::{OsStr, OsString};
use std::time::Duration;

use uv_loop::Loop;
use uv_loop::signal::SIGTERM;
use uv_process::ExitStatus;

use super::{ChildError, SpawnOptions, Stdio};
use crate::Error;

/// Options of [`spawn_sync`].
///
/// ```
/// use node_compat::child_process::{SyncOptions, spawn_sync};
///
/// let options = SyncOptions { input: Some(b"hello".to_vec()), ..Default::default() };
/// assert_eq!(spawn_sync("cat", [""; 0], &options).stdout, b"hello");
/// ```
#[derive(Clone, Debug)]
pub struct SyncOptions {
    /// As for [`spawn`](super::spawn). What comes from its pipes is collected.
    pub spawn: SpawnOptions,
    /// What is written to its standard input.
    pub input: Option<Vec<u8>>,
    /// How many bytes of a stream are too few to kill the child for; 1 MiB unless set. What goes past that is kept as far as it was
    /// read at once.
    pub max_buffer: usize,
}

impl Default for SyncOptions {
    fn default() -> Self {
        SyncOptions { spawn: SpawnOptions::default(), input: None, max_buffer: 1 << 20 }
    }
}

/// What has become of it. As what `child_process.spawnSync` returns.
///
/// ```
/// use node_compat::child_process::{SyncResult, spawn_sync};
///
/// let result: SyncResult = spawn_sync("/no/such/program", [""; 0], &Default::default());
/// assert_eq!((result.status, result.signal), (None, None));
/// assert_eq!(result.error.unwrap().to_string(), "spawnSync /no/such/program ENOENT");
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SyncResult {
    /// Its process id, 0 if it could not be run.
    pub pid: i32,
    /// The code with which it has ended.
    pub status: Option<i32>,
    /// The signal by which it has ended.
    pub signal: Option<i32>,
    /// Its output.
    pub stdout: Vec<u8>,
    /// Its errors.
    pub stderr: Vec<u8>,
    /// What came from its further pipes, by their numbers.
    pub others: Vec<(usize, Vec<u8>)>,
    /// That it could not be run, took too long (`ETIMEDOUT`) or said too much (`ENOBUFS`).
    pub error: Option<ChildError>,
}

/// Runs a program and waits for its end. As `child_process.spawnSync`.
///
/// ```
/// use node_compat::child_process::spawn_sync;
///
/// let result = spawn_sync("sh", ["-c", "echo out; echo err >&2; exit 3"], &Default::default());
/// assert_eq!((result.status, result.stdout, result.stderr), (Some(3), b"out\n".to_vec(), b"err\n".to_vec()));
/// ```
pub fn spawn_sync(
    file: impl AsRef<OsStr>,
    args: impl IntoIterator<Item = impl AsRef<OsStr>>,
    options: &SyncOptions,
) -> SyncResult {
    let args = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
    let (file, args) = options.spawn.resolve(file.as_ref(), args);
    let failed = |error: Error| ChildError {
        path: Some(file.to_string_lossy().into_owned()),
        spawnargs: args.iter().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect(),
        ..ChildError::errno(error, format!("spawnSync {}", file.to_string_lossy()))
    };
    match run(&file, &args, options) {
        Err(error) => SyncResult { error: Some(failed(error)), ..SyncResult::default() },
        Ok((pid, output)) => {
            let (status, signal) = match output.status {
                ExitStatus::Exited(code) => (Some(code), None),
                ExitStatus::Signaled(signal) => (None, Some(signal)),
                ExitStatus::Lost => (None, None),
            };
            let error = output.error.map(failed);
            SyncResult {
                pid,
                status,
                signal,
                stdout: output.stdout,
                stderr: output.stderr,
                others: output.others,
                error,
            }
        }
    }
}

fn run(file: &OsStr, args: &[OsString], options: &SyncOptions) -> Result<(i32, uv_process::Output), Error> {
    let mut command = options.spawn.command(file, args);
    let place = |place| options.spawn.stdio.get(place).cloned().unwrap_or_default();
    // Those are read and written by the command itself.
    if let Stdio::Pipe = place(0) {
        command.stdin(uv_process::Stdio::pipe()).input(options.input.clone().unwrap_or_default());
    }
    command
        .output_limit(options.max_buffer)
        .keep_excess(true)
        .kill_signal(options.spawn.kill_signal.unwrap_or(SIGTERM));
    if let Some(timeout) = options.spawn.timeout.filter(|timeout| *timeout > Duration::ZERO) {
        command.timeout(timeout);
    }
    // A loop of its own: nothing of the runtime goes on.
    let lp = Loop::new()?;
    let output = lp.block_on(command.output(&lp.handle()))??;
    Ok((output.pid, output))
}
