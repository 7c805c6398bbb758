//! Child processes: started without a copy of the parent, and waited for by a descriptor.
//!
//! [`Spawn`] says what to run and how. What keeps the program from running, whether before the child exists or in it (no such
//! file, no such directory, no descriptor left), is the error of [`Spawn::spawn`], as it is with libuv's `uv_spawn`.
//!
//! # How a child comes to be
//!
//! By [`Method::Vfork`], unless told otherwise, the child borrows the parent's memory until it has its own program, and only
//! the calling thread waits meanwhile: so a parent of many gigabytes spawns as quickly as a small one. By [`Method::Fork`]
//! it gets a copy of the page tables from `fork(2)` as the C library offers it, and with it what programs have asked
//! `pthread_atfork` for; [`ForkHandlers`] says whether they can have. In both cases the child
//!
//! - has the standard disposition of every signal (as in libuv, a real-time signal that is ignored may stay so), and blocks
//!   none;
//! - has the descriptors that it was given and no other, unless [`Spawn::inherit`] says so.
//!
//! # How it ends
//!
//! On Linux since 5.4 a [`Child`] has a [pidfd](Child::pidfd), which a [`Poller`](crate::Poller) watches: it is readable when
//! the child has ended. It can be waited for beside any other code that waits for children of its own, and a signal
//! never goes to another process that has got the child's number. Without it there is `SIGCHLD`, and [`Child::try_wait`].
//!
//! A child that nobody wants to hear of is [abandoned](Child::abandon): whoever in the process has to do with children next waits
//! for it.

mod abandoned;
mod atfork;
mod child;
mod exit;
mod plan;
mod start;

use std::ffi::CStr;
use std::os::fd::{BorrowedFd, RawFd};

pub use abandoned::{Abandoned, abandoned};
pub use atfork::ForkHandlers;
pub use exit::{Child, ExitStatus};

use crate::Result;

/// What to run, and how. The fields are those of libuv's `uv_process_options_t`.
///
/// ```
/// use uv_sys::spawn::{ExitStatus, Source, Spawn};
/// use std::io::Read;
/// use std::os::fd::AsFd;
///
/// let (mut reader, writer) = std::io::pipe()?;
/// let stdio = [Source::Null, Source::Fd(writer.as_fd())];
/// let child = Spawn { stdio: &stdio, ..Spawn::new(c"echo", &[c"echo", c"hello"]) }.spawn()?;
/// drop(writer);
/// let mut text = String::new();
/// reader.read_to_string(&mut text)?;
/// assert_eq!(text, "hello\n");
/// assert_eq!(child.wait()?, ExitStatus::Exited(0));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Spawn<'a> {
    /// The program: a path if there is a `/` in it, else a name that is looked up in the child's `PATH` (in `/usr/bin` and
    /// `/bin` if it has none).
    pub file: &'a CStr,
    /// Its arguments, of which the first is the name by which it is called.
    pub args: &'a [&'a CStr],
    /// Its environment, as `NAME=value`; the parent's if `None`.
    pub env: Option<&'a [&'a CStr]>,
    /// The directory in which it begins; the parent's if `None`.
    pub cwd: Option<&'a CStr>,
    /// What its descriptors 0, 1, 2 and so on are. 0 to 2 are `/dev/null` if nothing is said of them.
    pub stdio: &'a [Source<'a>],
    /// Lets it have those of the parent's other descriptors that are not close-on-exec, as libuv does. Otherwise it has what
    /// `stdio` says, and nothing else.
    pub inherit: bool,
    /// The user as whom it runs, without the parent's supplementary groups. It is forked then, however the method: else a
    /// process of that user would for a moment have the parent's memory.
    pub uid: Option<u32>,
    /// The group as which it runs, and as above.
    pub gid: Option<u32>,
    /// Makes it the leader of a session of its own, as `setsid(2)`: no terminal's Ctrl-C reaches it. libuv's
    /// `UV_PROCESS_DETACHED`.
    pub detached: bool,
    /// Puts it into this process group, as `setpgid(2)`; 0 makes one of its own.
    pub process_group: Option<i32>,
    /// How it is made.
    pub method: Method,
    /// Without a pidfd, as on older systems: so that what stands on [`Child::try_wait`] can be tested.
    pub without_pidfd: bool,
}

/// What a child's descriptor is.
///
/// ```
/// use uv_sys::spawn::{Source, Spawn};
///
/// // Its output goes where this program's standard error goes.
/// let stdio = [Source::Null, Source::Number(2), Source::Number(2)];
/// let spawn = Spawn { stdio: &stdio, ..Spawn::new(c"true", &[c"true"]) };
/// assert!(spawn.spawn()?.wait()?.success());
/// # Ok::<(), uv_sys::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Source<'a> {
    /// `/dev/null` for 0 to 2, and no descriptor for the others. libuv's `UV_IGNORE`.
    Null,
    /// The same as a descriptor of the parent.
    Fd(BorrowedFd<'a>),
    /// The same as the parent's descriptor of this number, which should better be open: `EBADF` if it isn't. libuv's
    /// `UV_INHERIT_FD`.
    Number(RawFd),
}

/// How a child is made.
///
/// ```
/// use uv_sys::spawn::{Method, Spawn};
///
/// let spawn = Spawn { method: Method::Fork, ..Spawn::new(c"true", &[c"true"]) };
/// assert!(spawn.spawn()?.wait()?.success());
/// # Ok::<(), uv_sys::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Method {
    /// As `vfork(2)` does: the child uses the parent's memory, and the calling thread waits until it runs its program.
    /// Handlers of `pthread_atfork` are not called. Where it is not possible it is `Fork`.
    #[default]
    Vfork,
    /// By the C library's `fork(2)`, which calls the handlers of `pthread_atfork`.
    Fork,
}

impl<'a> Spawn<'a> {
    /// A program and its arguments, and nothing else.
    ///
    /// ```
    /// use uv_sys::spawn::{ExitStatus, Spawn};
    ///
    /// let child = Spawn::new(c"/bin/sh", &[c"sh", c"-c", c"exit 3"]).spawn()?;
    /// assert_eq!(child.wait()?, ExitStatus::Exited(3));
    /// # Ok::<(), uv_sys::Error>(())
    /// ```
    #[must_use]
    pub const fn new(file: &'a CStr, args: &'a [&'a CStr]) -> Spawn<'a> {
        Spawn {
            file,
            args,
            env: None,
            cwd: None,
            stdio: &[],
            inherit: false,
            uid: None,
            gid: None,
            detached: false,
            process_group: None,
            method: Method::Vfork,
            without_pidfd: false,
        }
    }

    /// Runs it. When this returns, the child has its program. A file that is none, and has no line that says what runs it, is
    /// a script of `/bin/sh`'s, as it is for `execvp`.
    ///
    /// # Errors
    ///
    /// `ENOENT` if there is no such program or directory, `ENOTDIR`, `EACCES` if it must not be run,
    /// `ENAMETOOLONG`, `E2BIG` for arguments and environment that are too long, `EBADF` for a [`Source::Number`] that is not
    /// open, `EPERM` to become another user or group without the right to, `EAGAIN` or `ENOMEM` if there can be no more
    /// processes, `EMFILE` or `ENFILE` no more descriptors. No child is left then.
    ///
    /// ```
    /// use uv_sys::Error;
    /// use uv_sys::spawn::Spawn;
    ///
    /// assert_eq!(Spawn::new(c"/no/such/program", &[c"program"]).spawn().err(), Some(Error::ENOENT));
    /// assert_eq!(Spawn::new(c"/dev/null", &[c"null"]).spawn().err(), Some(Error::EACCES));
    /// let elsewhere = Spawn { cwd: Some(c"/no/such/place"), ..Spawn::new(c"true", &[c"true"]) };
    /// assert_eq!(elsewhere.spawn().err(), Some(Error::ENOENT));
    /// ```
    pub fn spawn(&self) -> Result<Child> {
        start::start(self)
    }
}

/// Keeps all descriptors of the process from the children to come, those that it has inherited itself included; libuv's
/// `uv_disable_stdio_inheritance`. Only children that [inherit](Spawn::inherit) notice, and those that other code makes.
///
/// ```
/// uv_sys::spawn::disable_stdio_inheritance();
/// ```
pub fn disable_stdio_inheritance() {
    child::close_on_exec_from(0);
}
