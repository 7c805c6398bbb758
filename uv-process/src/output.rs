//! Run to the end, and all that was said.

use std::fs::File;
use std::future::Future;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use uv_loop::{AsyncFd, LoopHandle, Sleep};
use uv_sys::spawn::ExitStatus;
use uv_sys::{Error, Result};

use crate::child::Child;
use crate::command::Command;
use crate::stdio::Stdio;

/// What a child has said, and how it has ended: see [`Command::output`].
///
/// ```
/// let lp = uv_loop::Loop::new()?;
/// let output: uv_process::Output = lp.block_on(uv_process::Command::new("true").output(&lp.handle()))??;
/// assert!(output.status.success() && output.stdout.is_empty());
/// # Ok::<(), uv_process::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Output {
    /// The process id that it had.
    pub pid: i32,
    /// How it has ended.
    pub status: ExitStatus,
    /// Its standard output, unless the command says where that goes.
    pub stdout: Vec<u8>,
    /// Its standard error, unless the command says where that goes.
    pub stderr: Vec<u8>,
    /// What it has said on its other pipes, by the child's number of each.
    pub others: Vec<(usize, Vec<u8>)>,
    /// Why it was killed: `ETIMEDOUT` if it took too long, `ENOBUFS` if one of the streams was longer than the limit.
    pub error: Option<Error>,
}

impl Command {
    /// Runs it to its end and collects what it says. Its standard output and error are pipes, and so is its input if there is
    /// any; what the command says of other descriptors, or of these by [`stdio`](Command::stdio), holds. What is said on further
    /// pipes is collected, too.
    ///
    /// It ends when the child has ended and its pipes are closed, which a grandchild may hold open. With a
    /// [`timeout`](Command::timeout) it ends in any case: a child that was killed is waited for, and its pipes aren't. Dropping
    /// the future kills the child, too; the loop waits for it then.
    ///
    /// # Errors
    ///
    /// Those of [`spawn`](Command::spawn); what reading the pipes says; `ECANCELED` if the loop is gone.
    ///
    /// ```
    /// use std::time::Duration;
    /// use uv_process::Command;
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let mut command = Command::new("sh");
    /// command.args(["-c", "cat; echo oh >&2; exit 3"]).input("hello").output_limit(1 << 20);
    /// let output = lp.block_on(command.timeout(Duration::from_secs(60)).output(&lp.handle()))??;
    /// assert_eq!((output.stdout.as_slice(), output.stderr.as_slice()), (b"hello".as_slice(), b"oh\n".as_slice()));
    /// assert_eq!((output.status.code(), output.error), (Some(3), None));
    /// # Ok::<(), uv_process::Error>(())
    /// ```
    pub fn output(&self, handle: &LoopHandle) -> impl Future<Output = Result<Output>> + use<> {
        let (mut command, handle) = (self.clone(), handle.clone());
        let input = command.input.take();
        command.default_stdio(0, || if input.is_some() { Stdio::pipe_in() } else { Stdio::ignore() });
        command.default_stdio(1, Stdio::pipe_out);
        command.default_stdio(2, Stdio::pipe_out);
        command.kill_on_drop(true);
        async move {
            let mut child = command.start(&handle)?;
            let pid = child.pid()?;
            let pipe = |fd: Option<OwnedFd>| match fd {
                Some(fd) => handle.with(|lp| AsyncFd::new(lp, File::from(fd)))?.map(Some),
                None => Ok(None),
            };
            let stdin = pipe(child.take(0))?;
            let mut streams = Vec::new();
            for fd in command.read_here() {
                if let Some(pipe) = pipe(child.take(fd))? {
                    streams.push(Collected::new(fd, pipe, command.output_limit, command.keep_excess));
                }
            }
            let mut run = Run {
                child: &child,
                stdin: Box::pin(write(stdin, input.unwrap_or_default())),
                is_written: false,
                streams,
                sleep: command.timeout.map(|timeout| handle.sleep(timeout)),
                kill_signal: command.kill_signal,
                error: None,
                status: None,
            };
            std::future::poll_fn(|cx| run.poll(cx)).await?;
            let (status, error) = (run.status.unwrap_or(ExitStatus::Lost), run.error);
            let mut output = Output { pid, status, stdout: Vec::new(), stderr: Vec::new(), others: Vec::new(), error };
            for stream in run.streams {
                match stream.fd {
                    1 => output.stdout = stream.bytes,
                    2 => output.stderr = stream.bytes,
                    fd => output.others.push((fd, stream.bytes)),
                }
            }
            Ok(output)
        }
    }
}

/// The child's end and its pipes, all at once.
struct Run<'a, W> {
    child: &'a Child,
    stdin: Pin<Box<W>>,
    is_written: bool,
    streams: Vec<Collected>,
    sleep: Option<Sleep>,
    kill_signal: i32,
    error: Option<Error>,
    status: Option<ExitStatus>,
}

impl<W: Future<Output = ()>> Run<'_, W> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        if !self.is_written {
            self.is_written = self.stdin.as_mut().poll(cx).is_ready();
        }
        for stream in &mut self.streams {
            stream.poll(cx)?;
        }
        if self.error.is_none() && self.streams.iter().any(|stream| stream.is_full) {
            self.kill(Error::ENOBUFS);
            self.streams.iter_mut().for_each(Collected::close);
        }
        if let Some(sleep) = &mut self.sleep
            && self.error.is_none()
            && pin!(sleep).poll(cx).is_ready()
        {
            self.kill(Error::ETIMEDOUT);
        }
        if self.status.is_none()
            && let Poll::Ready(status) = self.child.poll(cx)
        {
            self.status = Some(status?);
        }
        let is_silent = self.error.is_some() || self.streams.iter().all(Collected::is_over);
        match self.status.is_some() && is_silent {
            true => Poll::Ready(Ok(())),
            false => Poll::Pending,
        }
    }

    fn kill(&mut self, why: Error) {
        self.error = Some(why);
        // It has ended, and something of its own keeps the pipes open.
        let _ = self.child.kill(self.kill_signal);
    }
}

/// That the child does not read all of it is no error.
async fn write(stdin: Option<AsyncFd<File>>, input: Vec<u8>) {
    let Some(stdin) = stdin else { return };
    let mut rest = input.as_slice();
    while !rest.is_empty() {
        match stdin.write_with(|mut pipe| pipe.write(rest)).await {
            Ok(count) => rest = &rest[count..],
            Err(_) => return,
        }
    }
}

/// What was read of a stream.
struct Collected {
    fd: usize,
    pipe: Option<AsyncFd<File>>,
    ready: Option<Pin<Box<dyn Future<Output = Result<()>>>>>,
    bytes: Vec<u8>,
    limit: usize,
    keeps_excess: bool,
    is_full: bool,
}

/// As much as a pipe holds.
const CHUNK: usize = 64 << 10;
/// And so many at once.
const CHUNKS: usize = 16;

impl Collected {
    fn new(fd: usize, pipe: AsyncFd<File>, limit: usize, keeps_excess: bool) -> Collected {
        Collected { fd, pipe: Some(pipe), ready: None, bytes: Vec::new(), limit, keeps_excess, is_full: false }
    }

    fn is_over(&self) -> bool {
        self.pipe.is_none()
    }

    /// Takes what there is, and goes on in the loop's next iteration if there is a lot.
    fn poll(&mut self, cx: &mut Context<'_>) -> Result<()> {
        for _ in 0..CHUNKS {
            // A full one is closed when the child was killed, and not by that.
            let Some(pipe) = self.pipe.as_ref().filter(|_| !self.is_full) else {
                return Ok(());
            };
            if let Some(ready) = &mut self.ready {
                match ready.as_mut().poll(cx) {
                    Poll::Pending => return Ok(()),
                    Poll::Ready(result) => result?,
                }
                self.ready = None;
            }
            let room = match self.keeps_excess {
                // Node reads into blocks of so many bytes.
                true => CHUNK - self.bytes.len() % CHUNK,
                // One byte more tells whether there is one too many.
                false => self.limit.saturating_sub(self.bytes.len()).saturating_add(1).min(CHUNK),
            };
            let before = self.bytes.len();
            self.bytes.resize(before + room, 0);
            let read = pipe.get_ref().read(&mut self.bytes[before..]);
            self.bytes.truncate(before + *read.as_ref().unwrap_or(&0));
            match read {
                Ok(0) => self.close(),
                Ok(_) if self.bytes.len() > self.limit => {
                    if !self.keeps_excess {
                        self.bytes.truncate(self.limit);
                    }
                    self.is_full = true;
                    return Ok(());
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.ready = Some(Box::pin(pipe.readable())),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        cx.waker().wake_by_ref();
        Ok(())
    }

    fn close(&mut self) {
        self.ready = None;
        self.pipe = None;
    }
}
