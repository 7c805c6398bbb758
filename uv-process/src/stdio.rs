//! What a child's descriptors are to be.

use std::fmt;
use std::os::fd::{AsFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::rc::Rc;

use uv_sys::Result;
use uv_sys::spawn::Source;

/// What one of a child's descriptors is. See [`Command::stdio`](crate::Command::stdio).
///
/// ```
/// use std::fs::File;
/// use uv_loop::{Loop, RunMode};
/// use uv_process::{Command, Stdio};
///
/// let lp = Loop::new()?;
/// let mut command = Command::new("cat");
/// command.stdin(File::open("/dev/null")?).stdout(Stdio::inherit()).stderr(Stdio::number(1));
/// command.spawn(&lp, |_, _, status| assert!(status.success()))?;
/// lp.run(RunMode::Default)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct Stdio(Kind);

#[derive(Clone)]
enum Kind {
    /// Ignored, because nothing was said.
    Unsaid,
    Ignore,
    /// The parent's of the same number.
    Inherit,
    Number(RawFd),
    Fd(Rc<dyn AsFd>),
    Pipe(Direction),
}

/// As the child sees it.
#[derive(Clone, Copy, Debug)]
enum Direction {
    Both,
    Read,
    Write,
}

impl Stdio {
    /// `/dev/null` for 0 to 2, and no descriptor for the others; libuv's `UV_IGNORE`. It is what is not said otherwise.
    ///
    /// ```
    /// let mut command = uv_process::Command::new("cat");
    /// command.stdin(uv_process::Stdio::ignore());
    /// ```
    #[must_use]
    pub const fn ignore() -> Stdio {
        Stdio(Kind::Ignore)
    }

    /// The parent's descriptor of the same number.
    ///
    /// ```
    /// let mut command = uv_process::Command::new("less");
    /// command.stdin(uv_process::Stdio::inherit()).stdout(uv_process::Stdio::inherit());
    /// ```
    #[must_use]
    pub const fn inherit() -> Stdio {
        Stdio(Kind::Inherit)
    }

    /// The parent's descriptor of this number, which is to be open when the child is spawned; libuv's `UV_INHERIT_FD`. One
    /// that the program owns is better given as such: by `Stdio::from`.
    ///
    /// ```
    /// let mut command = uv_process::Command::new("make");
    /// command.stdout(uv_process::Stdio::number(2));
    /// ```
    #[must_use]
    pub const fn number(fd: RawFd) -> Stdio {
        Stdio(Kind::Number(fd))
    }

    /// A descriptor that is shared, as [`Loop::fileno`](uv_loop::Loop::fileno) shares a stream's; libuv's
    /// `UV_INHERIT_STREAM`.
    ///
    /// ```
    /// use std::rc::Rc;
    ///
    /// let (_reader, writer) = std::io::pipe()?;
    /// let writer = Rc::new(writer);
    /// let mut command = uv_process::Command::new("date");
    /// command.stdout(uv_process::Stdio::shared(writer.clone()));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn shared(fd: Rc<dyn AsFd>) -> Stdio {
        Stdio(Kind::Fd(fd))
    }

    /// A new pair of connected sockets, for both directions, of which the parent gets the other end; libuv's
    /// `UV_CREATE_PIPE`. A child cannot open it by a name such as `/dev/stdout`, as it can a pipe.
    ///
    /// ```
    /// use uv_process::{Command, Stdio};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let mut spawned = Command::new("cat").stdin(Stdio::pipe()).spawn(&lp, |_, _, _| ())?;
    /// let stdin: std::os::fd::OwnedFd = spawned.take(0).unwrap();
    /// drop(stdin);
    /// # lp.run(uv_loop::RunMode::Default)?;
    /// # Ok::<(), uv_process::Error>(())
    /// ```
    #[must_use]
    pub const fn pipe() -> Stdio {
        Stdio(Kind::Pipe(Direction::Both))
    }

    /// A new pipe that the child reads from; the parent gets the end that is written.
    ///
    /// ```
    /// let mut command = uv_process::Command::new("cat");
    /// command.stdin(uv_process::Stdio::pipe_in());
    /// ```
    #[must_use]
    pub const fn pipe_in() -> Stdio {
        Stdio(Kind::Pipe(Direction::Read))
    }

    /// A new pipe that the child writes to; the parent gets the end that is read.
    ///
    /// ```
    /// use std::io::Read;
    /// use uv_process::{Command, Stdio};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let mut spawned = Command::new("echo").arg("hello").stdout(Stdio::pipe_out()).spawn(&lp, |_, _, _| ())?;
    /// let mut text = String::new();
    /// std::fs::File::from(spawned.take(1).unwrap()).read_to_string(&mut text)?;
    /// assert_eq!(text, "hello\n");
    /// # lp.run(uv_loop::RunMode::Default)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub const fn pipe_out() -> Stdio {
        Stdio(Kind::Pipe(Direction::Write))
    }

    pub(crate) const fn unsaid() -> Stdio {
        Stdio(Kind::Unsaid)
    }

    /// Whether the parent gets something to read from.
    pub(crate) const fn is_read_here(&self) -> bool {
        matches!(self.0, Kind::Pipe(Direction::Both | Direction::Write))
    }

    pub(crate) const fn is_unsaid(&self) -> bool {
        matches!(self.0, Kind::Unsaid)
    }

    /// The child's end, and the parent's if there is one. The place is that in the child.
    pub(crate) fn open(&self, place: usize) -> Result<(End, Option<OwnedFd>)> {
        let pipe = |(child, parent): (OwnedFd, OwnedFd)| (End::Owned(child), Some(parent));
        Ok(match &self.0 {
            Kind::Unsaid | Kind::Ignore => (End::Null, None),
            Kind::Inherit => (End::Number(RawFd::try_from(place).unwrap_or(-1)), None),
            Kind::Number(fd) => (End::Number(*fd), None),
            Kind::Fd(fd) => (End::Shared(fd.clone()), None),
            Kind::Pipe(Direction::Both) => {
                let (child, parent) = UnixStream::pair()?;
                pipe((child.into(), parent.into()))
            }
            Kind::Pipe(Direction::Read) => {
                let (reader, writer) = std::io::pipe()?;
                pipe((reader.into(), writer.into()))
            }
            Kind::Pipe(Direction::Write) => {
                let (reader, writer) = std::io::pipe()?;
                pipe((writer.into(), reader.into()))
            }
        })
    }
}

/// The descriptor is the child's from each spawn on, and closed here with the last [`Command`](crate::Command) that has it.
impl<T: Into<OwnedFd>> From<T> for Stdio {
    fn from(fd: T) -> Stdio {
        Stdio(Kind::Fd(Rc::new(fd.into())))
    }
}

impl fmt::Debug for Stdio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Unsaid | Kind::Ignore => f.write_str("ignore"),
            Kind::Inherit => f.write_str("inherit"),
            Kind::Number(fd) => write!(f, "number({fd})"),
            Kind::Fd(fd) => f.debug_tuple("fd").field(&fd.as_fd()).finish(),
            Kind::Pipe(direction) => f.debug_tuple("pipe").field(direction).finish(),
        }
    }
}

/// The child's end while it is spawned.
pub(crate) enum End {
    Null,
    Number(RawFd),
    Owned(OwnedFd),
    Shared(Rc<dyn AsFd>),
}

impl End {
    pub(crate) fn source(&self) -> Source<'_> {
        match self {
            End::Null => Source::Null,
            End::Number(fd) => Source::Number(*fd),
            End::Owned(fd) => Source::Fd(fd.as_fd()),
            End::Shared(fd) => Source::Fd((**fd).as_fd()),
        }
    }
}
