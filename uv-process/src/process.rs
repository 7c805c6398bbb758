//! The handle of a child process.

use std::rc::Rc;

use uv_loop::{Handle, HandleId, Loop};
use uv_sys::spawn::{ExitStatus, Spawn};
use uv_sys::{Error, Result};

use crate::running::{OnExit, Running};

/// A child process, as `uv_process_t`. It is active, and keeps the loop alive, from the [`spawn`](Process::spawn) until the
/// child has ended.
///
/// Closing it does not end the child: who does not want to hear of its end may close the handle at once. The loop waits for the
/// child all the same when that has ended, and holds nothing up for it.
///
/// ```
/// use uv_loop::{Handle, Loop, RunMode};
/// use uv_process::{ExitStatus, Process, Spawn};
///
/// let lp = Loop::new()?;
/// let process = Process::new(&lp);
/// process.spawn(&lp, &Spawn::new(c"sh", &[c"sh", c"-c", c"exit 3"]), |lp, process, status| {
///     assert_eq!(status, ExitStatus::Exited(3));
///     process.close(lp).unwrap();
/// })?;
/// println!("it is process {}", process.pid(&lp)?);
/// assert!(!lp.run(RunMode::Default)?);
/// # Ok::<(), uv_process::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Process(HandleId);

/// Hears of the ends of many children, each of which is a number to it: see [`Process::spawn_from`].
///
/// ```
/// use std::cell::RefCell;
/// use std::rc::Rc;
/// use uv_loop::{Handle, Loop, RunMode};
/// use uv_process::{ExitOwner, ExitStatus, Process, Spawn};
///
/// #[derive(Default)]
/// struct Codes(RefCell<[Option<i32>; 3]>);
///
/// impl ExitOwner for Codes {
///     fn exited(&self, lp: &Loop, process: Process, number: usize, status: ExitStatus) {
///         self.0.borrow_mut()[number] = status.code();
///         process.close(lp).unwrap();
///     }
/// }
///
/// let lp = Loop::new()?;
/// let codes = Rc::new(Codes::default());
/// for (number, script) in [c"exit 3", c"exit 4", c"exit 5"].into_iter().enumerate() {
///     Process::new(&lp).spawn_from(&lp, &Spawn::new(c"sh", &[c"sh", c"-c", script]), codes.clone(), number)?;
/// }
/// lp.run(RunMode::Default)?;
/// assert_eq!(*codes.0.borrow(), [Some(3), Some(4), Some(5)]);
/// # Ok::<(), uv_process::Error>(())
/// ```
pub trait ExitOwner {
    /// The child has ended, as [`Process::spawn`]'s callback says: called once for each, unless the handle is closed before.
    fn exited(&self, lp: &Loop, process: Process, number: usize, status: ExitStatus);
}

impl Handle for Process {
    fn id(self) -> HandleId {
        self.0
    }
}

impl Process {
    /// A handle without a child.
    ///
    /// ```
    /// use uv_process::{Error, Process};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// assert_eq!(Process::new(&lp).pid(&lp), Err(Error::ESRCH));
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn new(lp: &Loop) -> Process {
        Process(Running::add(lp))
    }

    /// Runs a program, and calls `on_exit` when it has ended: once, in a poll phase after what else that phase has found (its
    /// last output, too), also if it ends at once. As `uv_spawn`. [`Command`](crate::Command) puts the options together, and
    /// makes pipes.
    ///
    /// # Errors
    ///
    /// Those of [`Spawn::spawn`]; the handle is as it was then. `EINVAL` if it has a child or had one, or is being closed,
    /// `EBADF` if it is closed.
    ///
    /// ```
    /// use uv_process::{Error, Process, Spawn};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let process = Process::new(&lp);
    /// let missing = Spawn::new(c"/no/such/program", &[c"program"]);
    /// assert_eq!(process.spawn(&lp, &missing, |_, _, _| ()), Err(Error::ENOENT));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn spawn(
        self,
        lp: &Loop,
        options: &Spawn<'_>,
        on_exit: impl FnOnce(&Loop, Process, ExitStatus) + 'static,
    ) -> Result<()> {
        let on_exit = Box::new(move |lp: &Loop, id, status| on_exit(lp, Process(id), status));
        self.running(lp)?.spawn(lp, self.0, options, OnExit::Call(on_exit))
    }

    /// [`spawn`](Process::spawn) for an `owner`, who hears of the end and knows the child by `number`. Once there were as many at
    /// a time it allocates nothing.
    ///
    /// # Errors
    ///
    /// Those of [`spawn`](Process::spawn); the owner hears nothing then.
    ///
    /// ```
    /// use std::rc::Rc;
    /// use uv_loop::{Handle, Loop, RunMode};
    /// use uv_process::{ExitOwner, ExitStatus, Process, Spawn};
    ///
    /// struct Jobs;
    /// impl ExitOwner for Jobs {
    ///     fn exited(&self, lp: &Loop, process: Process, number: usize, status: ExitStatus) {
    ///         assert!(number == 7 && status.success());
    ///         process.close(lp).unwrap();
    ///     }
    /// }
    ///
    /// let lp = Loop::new()?;
    /// Process::new(&lp).spawn_from(&lp, &Spawn::new(c"true", &[c"true"]), Rc::new(Jobs), 7)?;
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), uv_process::Error>(())
    /// ```
    pub fn spawn_from(self, lp: &Loop, options: &Spawn<'_>, owner: Rc<dyn ExitOwner>, number: usize) -> Result<()> {
        self.running(lp)?.spawn(lp, self.0, options, OnExit::Owner(owner, number))
    }

    pub(crate) fn from_id(id: HandleId) -> Process {
        Process(id)
    }

    /// The child's process id, as `uv_process_get_pid`; it is known also when it has ended.
    ///
    /// # Errors
    ///
    /// `ESRCH` if there is no child yet, `EBADF` if the handle is closed, `EINVAL` if it is being closed.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let spawned = uv_process::Command::new("true").spawn(&lp, |_, _, _| ())?;
    /// assert!(spawned.process().pid(&lp)? > 0);
    /// # lp.run(uv_loop::RunMode::Default)?;
    /// # Ok::<(), uv_process::Error>(())
    /// ```
    pub fn pid(self, lp: &Loop) -> Result<i32> {
        self.running(lp)?.pid().ok_or(Error::ESRCH)
    }

    /// Sends the child a signal, as `uv_process_kill`. Where there are pidfds it never goes to another process.
    ///
    /// # Errors
    ///
    /// `ESRCH` if it has ended and `on_exit` is about to be called, or was, or if there is no child yet; `EINVAL` for a number
    /// that is no signal, or if the handle is being closed; `EBADF` if it is closed; `EPERM` if the child has become another user's.
    ///
    /// ```
    /// use uv_loop::{Loop, RunMode, signal::SIGTERM};
    /// use uv_process::{Command, Error, ExitStatus};
    ///
    /// let lp = Loop::new()?;
    /// let spawned = Command::new("sleep").arg("1000").spawn(&lp, |lp, process, status| {
    ///     assert_eq!(status, ExitStatus::Signaled(SIGTERM));
    ///     assert_eq!(process.kill(lp, SIGTERM), Err(Error::ESRCH));
    /// })?;
    /// spawned.process().kill(&lp, SIGTERM)?;
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn kill(self, lp: &Loop, signum: i32) -> Result<()> {
        self.running(lp)?.kill(signum)
    }

    /// How the child has ended, `None` while it runs.
    ///
    /// # Errors
    ///
    /// `EBADF` if the handle is closed, `EINVAL` if it is being closed.
    ///
    /// ```
    /// use uv_loop::{Loop, RunMode};
    ///
    /// let lp = Loop::new()?;
    /// let spawned = uv_process::Command::new("true").spawn(&lp, |_, _, _| ())?;
    /// assert_eq!(spawned.process().exit_status(&lp)?, None);
    /// lp.run(RunMode::Default)?;
    /// assert!(spawned.process().exit_status(&lp)?.unwrap().success());
    /// # Ok::<(), uv_process::Error>(())
    /// ```
    pub fn exit_status(self, lp: &Loop) -> Result<Option<ExitStatus>> {
        Ok(self.running(lp)?.status())
    }

    fn running(self, lp: &Loop) -> Result<Rc<Running>> {
        let running = lp.kind(self.0)?;
        match self.is_closing(lp) {
            true => Err(Error::EINVAL),
            false => Ok(running),
        }
    }
}
