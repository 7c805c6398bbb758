//! A child for `async` code.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::poll_fn;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use uv_loop::{Handle, LoopHandle};
use uv_sys::spawn::ExitStatus;
use uv_sys::{Error, Result};

use crate::command::{Command, Spawned};

/// A child whose end is awaited. It is a [`Process`](crate::Process) that does not keep the loop alive by itself: the task that
/// awaits it does.
///
/// Dropping it closes the parent's ends of its pipes, and lets it run; the loop waits for it when it has ended. With
/// [`Command::kill_on_drop`] it is killed, and the loop stays alive until it has ended.
///
/// ```
/// use uv_process::{Child, Command, ExitStatus};
///
/// let lp = uv_loop::Loop::new()?;
/// let mut child: Child = Command::new("sh").args(["-c", "exit 3"]).start(&lp.handle())?;
/// assert_eq!(lp.block_on(child.wait())??, ExitStatus::Exited(3));
/// # Ok::<(), uv_process::Error>(())
/// ```
pub struct Child {
    spawned: Spawned,
    ended: Rc<Ended>,
    handle: LoopHandle,
    kill_on_drop: bool,
}

#[derive(Default)]
struct Ended {
    result: Cell<Option<Result<ExitStatus>>>,
    wakers: RefCell<Vec<Waker>>,
}

/// Goes with the callback: called, or dropped with the handle or the loop.
struct Tell(Rc<Ended>);

impl Drop for Tell {
    fn drop(&mut self) {
        let result = self.0.result.get().unwrap_or(Err(Error::ECANCELED));
        self.0.result.set(Some(result));
        let wakers = self.0.wakers.take();
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl Command {
    /// Runs it, for its end to be awaited.
    ///
    /// # Errors
    ///
    /// Those of [`spawn`](Command::spawn), and `EBADF` if the loop is gone.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let mut child = uv_process::Command::new("true").start(&lp.handle())?;
    /// assert!(lp.block_on(child.wait())??.success());
    /// # Ok::<(), uv_process::Error>(())
    /// ```
    pub fn start(&self, handle: &LoopHandle) -> Result<Child> {
        handle.with(|lp| {
            let ended = Rc::new(Ended::default());
            let tell = Tell(ended.clone());
            let spawned = self.spawn(lp, move |lp, process, status| {
                tell.0.result.set(Some(Ok(status)));
                // Nobody else knows of it, but who has walked over the handles.
                let _ = process.close(lp);
            })?;
            spawned.process().unref(lp)?;
            Ok(Child { spawned, ended, handle: handle.clone(), kill_on_drop: self.kill_on_drop })
        })?
    }
}

impl Child {
    /// Its process id.
    ///
    /// # Errors
    ///
    /// `EBADF` if it has ended, or the loop is gone.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let mut child = uv_process::Command::new("true").start(&lp.handle())?;
    /// assert!(child.pid()? > 0);
    /// # lp.block_on(child.wait())??;
    /// # Ok::<(), uv_process::Error>(())
    /// ```
    pub fn pid(&self) -> Result<i32> {
        self.handle.with(|lp| self.spawned.process().pid(lp))?
    }

    /// The parent's end of one of its pipes, once: see [`Spawned::take`].
    ///
    /// ```
    /// use std::io::Read;
    /// use uv_loop::AsyncFd;
    /// use uv_process::{Command, Stdio};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let mut child = Command::new("echo").arg("hello").stdout(Stdio::pipe_out()).start(&lp.handle())?;
    /// let stdout = AsyncFd::new(&lp, std::fs::File::from(child.take(1).unwrap()))?;
    /// let mut line = [0; 16];
    /// let count = lp.block_on(stdout.read_with(|mut pipe| pipe.read(&mut line)))??;
    /// assert_eq!(&line[..count], b"hello\n");
    /// # lp.block_on(child.wait())??;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn take(&mut self, fd: usize) -> Option<OwnedFd> {
        self.spawned.take(fd)
    }

    /// Sends it a signal: see [`Process::kill`](crate::Process::kill).
    ///
    /// # Errors
    ///
    /// `ESRCH` if it has ended, `EINVAL` for a number that is no signal, `EBADF` if the loop is gone.
    ///
    /// ```
    /// use uv_process::{Command, Error, ExitStatus};
    /// use uv_loop::signal::SIGTERM;
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let mut child = Command::new("sleep").arg("1000").start(&lp.handle())?;
    /// child.kill(SIGTERM)?;
    /// assert_eq!(lp.block_on(child.wait())??, ExitStatus::Signaled(SIGTERM));
    /// assert_eq!(child.kill(SIGTERM), Err(Error::ESRCH));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn kill(&self, signum: i32) -> Result<()> {
        match self.ended.result.get() {
            Some(_) => Err(Error::ESRCH),
            None => self.handle.with(|lp| self.spawned.process().kill(lp, signum))?,
        }
    }

    /// Waits for its end. Dropping the future changes nothing; known already, the end is told again.
    ///
    /// # Errors
    ///
    /// `ECANCELED` if the loop is gone, or someone has closed the handle (by a [`walk`](uv_loop::Loop::walk)).
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let mut child = uv_process::Command::new("false").start(&lp.handle())?;
    /// assert_eq!(lp.block_on(child.wait())??.code(), Some(1));
    /// assert_eq!(lp.block_on(child.wait())??.code(), Some(1));
    /// # Ok::<(), uv_process::Error>(())
    /// ```
    pub async fn wait(&mut self) -> Result<ExitStatus> {
        poll_fn(|cx| self.poll(cx)).await
    }

    pub(crate) fn poll(&self, cx: &mut Context<'_>) -> Poll<Result<ExitStatus>> {
        if let Some(result) = self.ended.result.get() {
            return Poll::Ready(result);
        }
        let mut wakers = self.ended.wakers.borrow_mut();
        if !wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
            wakers.push(cx.waker().clone());
        }
        Poll::Pending
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.kill_on_drop && self.ended.result.get().is_none() {
            // It has ended meanwhile, or its handle is closed, or the loop gone: then there is nothing to do here.
            let _ = self.handle.with(|lp| {
                let process = self.spawned.process();
                process.kill(lp, uv_loop::signal::SIGKILL).and_then(|()| process.ref_(lp))
            });
        }
    }
}

impl fmt::Debug for Child {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child").field("spawned", &self.spawned).finish_non_exhaustive()
    }
}
