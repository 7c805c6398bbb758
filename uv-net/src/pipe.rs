use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;
use std::rc::Rc;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix};
use socket2::{SockAddr, SockRef};
use uv_loop::{Handle, HandleId, Loop};
use uv_sys::{Error, Result};

use crate::OpenError;
use crate::socket;
use crate::stream::body::{StreamBody, StreamType};
use crate::stream::done::{Done, RequestOwner};
use crate::stream::{Stream, sealed};

/// A Unix socket, an anonymous pipe or a FIFO, as `uv_pipe_t`. What it shares with the other streams is in [`Stream`].
///
/// ```
/// use uv_loop::{Handle, Loop, RunMode};
/// use uv_net::{Pipe, Stream};
///
/// let lp = Loop::new()?;
/// let server = Pipe::new(&lp);
/// let name = format!("\0an abstract name {}", std::process::id());
/// server.bind(&lp, &name)?;
/// server.listen(&lp, 128, |lp, server| {
///     let peer = server.accept(lp).unwrap();
///     peer.write(lp, "hello", |lp, peer, _| peer.close(lp).unwrap()).unwrap();
///     server.close(lp).unwrap();
/// })?;
/// Pipe::new(&lp).connect(&lp, &name, |lp, client, result| {
///     result.unwrap();
///     client
///         .read_once(lp, |lp, client, read| {
///             assert_eq!(read, Ok(&b"hello"[..]));
///             client.close(lp).unwrap();
///         })
///         .unwrap();
/// })?;
/// assert!(!lp.run(RunMode::Default)?);
/// # Ok::<(), uv_net::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Pipe(pub(crate) HandleId);

impl Handle for Pipe {
    fn id(self) -> HandleId {
        self.0
    }
}

impl sealed::FromId for Pipe {
    fn from_id(id: HandleId) -> Self {
        Pipe(id)
    }
}

impl Stream for Pipe {}

impl Pipe {
    /// A handle without a descriptor, as `uv_pipe_init`.
    ///
    /// ```
    /// use uv_loop::{Handle, Loop};
    ///
    /// let lp = Loop::new()?;
    /// assert!(!uv_net::Pipe::new(&lp).is_active(&lp));
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn new(lp: &Loop) -> Pipe {
        Pipe(lp.add_handle(StreamBody::shared(StreamType::Pipe)))
    }

    /// A handle through which descriptors can be passed, as `uv_pipe_init` with `ipc`. It connects, or opens a
    /// connected socket; it cannot listen.
    ///
    /// ```
    /// use uv_loop::Loop;
    /// use uv_net::{Error, Pipe, Stream};
    ///
    /// let lp = Loop::new()?;
    /// let (one, two) = uv_net::socketpair()?;
    /// let (sender, receiver) = (Pipe::new_ipc(&lp), Pipe::new_ipc(&lp));
    /// sender.open(&lp, one)?;
    /// receiver.open(&lp, two)?;
    /// let (passed, _) = Pipe::pair(&lp)?;
    /// sender.write2(&lp, "a pipe for you", passed, |_, _, result| result.unwrap())?;
    /// receiver.read_start(&lp, |lp, receiver, _| {
    ///     let pipe = receiver.accept_pipe(lp).unwrap();
    ///     assert!(pipe.is_writable(lp));
    ///     lp.stop();
    /// })?;
    /// lp.run(uv_loop::RunMode::Default)?;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn new_ipc(lp: &Loop) -> Pipe {
        Pipe(lp.add_handle(StreamBody::shared(StreamType::IpcPipe)))
    }

    /// Two handles that are connected to each other, by `socketpair(2)`.
    ///
    /// # Errors
    ///
    /// `EMFILE`, `ENFILE`.
    ///
    /// ```
    /// use uv_net::{Pipe, Stream};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let (one, other) = Pipe::pair(&lp)?;
    /// assert!(one.is_readable(&lp) && other.is_writable(&lp));
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn pair(lp: &Loop) -> Result<(Pipe, Pipe)> {
        let (one, other) = socket::socketpair()?;
        let open = |fd| -> Result<Rc<StreamBody>> {
            let body = StreamBody::shared(StreamType::Pipe);
            body.open(fd, true, true, false)?;
            Ok(body)
        };
        let (one, other) = (open(one)?, open(other)?);
        Ok((Pipe(lp.add_handle(one)), Pipe(lp.add_handle(other))))
    }

    /// Takes a descriptor, as `uv_pipe_open`: a connected Unix socket, one end of a pipe, or a FIFO. It becomes
    /// non-blocking, for all that share it.
    ///
    /// A write to a pipe (that is no socket) without a reader is `EPIPE`, and the signal `SIGPIPE` as well if the process
    /// does not ignore that. Programs in Rust ignore it unless they say otherwise.
    ///
    /// # Errors
    ///
    /// `EBUSY` if the handle has a descriptor. What is refused is in the error.
    ///
    /// ```
    /// use uv_loop::Loop;
    /// use uv_net::{Pipe, Stream};
    ///
    /// let lp = Loop::new()?;
    /// let (reader, writer) = std::io::pipe()?;
    /// let pipe = Pipe::new(&lp);
    /// pipe.open(&lp, reader)?;
    /// assert!(pipe.is_readable(&lp) && !pipe.is_writable(&lp));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn open(self, lp: &Loop, fd: impl Into<OwnedFd>) -> std::result::Result<(), OpenError> {
        let fd = fd.into();
        match rustix::fs::fcntl_getfl(&fd) {
            Ok(flags) => {
                let access = flags & OFlags::RWMODE;
                self.open_with(lp, fd, access != OFlags::WRONLY, access != OFlags::RDONLY)
            }
            Err(errno) => Err(OpenError::new(socket::error(errno), fd)),
        }
    }

    /// [`open`](Pipe::open), of a descriptor of which the caller knows what it is for: of both ends of a `socketpair(2)`, one may
    /// be for reading alone; and reads from one that was opened for writing see its other end hang up.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Pipe::open).
    ///
    /// ```
    /// use uv_loop::Loop;
    /// use uv_net::{Pipe, Stream};
    ///
    /// let lp = Loop::new()?;
    /// let pipe = Pipe::new(&lp);
    /// pipe.open_with(&lp, uv_net::socketpair()?.0, true, false)?;
    /// assert!(pipe.is_readable(&lp) && !pipe.is_writable(&lp));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn open_with(
        self,
        lp: &Loop,
        fd: impl Into<OwnedFd>,
        readable: bool,
        writable: bool,
    ) -> std::result::Result<(), OpenError> {
        match self.body(lp) {
            Ok(body) => body.open(fd.into(), readable, writable, false),
            Err(error) => Err(OpenError::new(error, fd)),
        }
    }

    /// Gives a Unix socket its name, as `uv_pipe_bind2`. A path makes a file, which goes when the handle is closed. On
    /// Linux a name that begins with a zero byte is abstract and makes none, and for an empty name the system chooses an
    /// abstract one.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the handle has a descriptor already, or if the path has a zero byte in it; `ENAMETOOLONG` for more
    /// than 108 bytes; `EACCES` also for a directory that is not there, as in libuv; else what `bind(2)` says
    /// (`EADDRINUSE`).
    ///
    /// ```
    /// use uv_net::{Error, Pipe};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// assert_eq!(Pipe::new(&lp).bind(&lp, "/no/such/directory/socket"), Err(Error::EACCES));
    /// assert_eq!(Pipe::new(&lp).bind(&lp, "long".repeat(100)), Err(Error::ENAMETOOLONG));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn bind(self, lp: &Loop, name: impl AsRef<OsStr>) -> Result<()> {
        let body = self.body(lp)?;
        if body.fd().is_some() {
            return Err(Error::EINVAL);
        }
        let name = name.as_ref().as_bytes();
        let address = if name.is_empty() { SocketAddrUnix::new_unnamed() } else { address(name)? };
        let fd = socket::new(AddressFamily::UNIX)?;
        rustix::net::bind(&fd, &address).map_err(|errno| match errno {
            Errno::NOENT => Error::EACCES,
            errno => socket::error(errno),
        })?;
        body.set_fd(fd)?;
        if !matches!(name, [] | [0, ..]) {
            body.state.borrow_mut().rare().path = Some(PathBuf::from(OsStr::from_bytes(name)));
        }
        Ok(())
    }

    /// Calls `callback` for each connection that comes in, as `uv_listen`: see [`Tcp::listen`](crate::Tcp::listen).
    ///
    /// # Errors
    ///
    /// `EINVAL` if the handle is not bound, or passes descriptors; else what `listen(2)` says.
    ///
    /// ```
    /// use uv_net::{Error, Pipe};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// assert_eq!(Pipe::new(&lp).listen(&lp, 128, |_, _| {}), Err(Error::EINVAL));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn listen(self, lp: &Loop, backlog: u32, mut callback: impl FnMut(&Loop, Pipe) + 'static) -> Result<()> {
        let body = self.body(lp)?;
        if body.is_ipc() {
            return Err(Error::EINVAL);
        }
        body.listen(lp, self.0, backlog, Box::new(move |lp, id| callback(lp, Pipe(id))))
    }

    /// Takes the connection that was reported, as `uv_accept`: see [`Tcp::accept`](crate::Tcp::accept).
    ///
    /// # Errors
    ///
    /// `EAGAIN` if there is none.
    ///
    /// ```
    /// use uv_net::{Error, Pipe};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// assert_eq!(Pipe::new(&lp).accept(&lp), Err(Error::EAGAIN));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn accept(self, lp: &Loop) -> Result<Pipe> {
        let body = self.body(lp)?;
        let fd = body.take_accepted(lp, self.0)?;
        Ok(Pipe(lp.add_handle(body.accepted(fd))))
    }

    /// Connects to the socket of that name, and calls `callback` with what came of it, as `uv_pipe_connect2`. Writes and
    /// reads may begin before that; they wait. When it fails the writes fail with `ECANCELED`.
    ///
    /// # Errors
    ///
    /// `EALREADY` while another connect is under way; `EINVAL` for an empty name, or one with a zero byte in it that is
    /// not abstract; `ENAMETOOLONG` for more than 108 bytes. What the kernel says is the callback's (`ENOENT`,
    /// `ECONNREFUSED`).
    ///
    /// ```
    /// use uv_loop::{Handle, Loop, RunMode};
    /// use uv_net::{Error, Pipe};
    ///
    /// let lp = Loop::new()?;
    /// Pipe::new(&lp).connect(&lp, "/no/such/socket", |lp, pipe, result| {
    ///     assert_eq!(result, Err(Error::ENOENT));
    ///     pipe.close(lp).unwrap();
    /// })?;
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn connect(
        self,
        lp: &Loop,
        name: impl AsRef<OsStr>,
        callback: impl FnOnce(&Loop, Pipe, Result<()>) + 'static,
    ) -> Result<()> {
        let done = || Done::Call(Box::new(move |lp, id, result| callback(lp, Pipe(id), result)));
        self.begin_connect(lp, name.as_ref(), done)
    }

    /// A [`connect`](Pipe::connect) whose callback is the `owner`'s, who knows it by the number `request`.
    ///
    /// # Errors
    ///
    /// Those of [`connect`](Pipe::connect).
    ///
    /// ```
    /// use std::rc::Rc;
    /// use uv_loop::{Handle, HandleId, Loop, RunMode};
    /// use uv_net::{Error, Pipe, RequestOwner, Result};
    ///
    /// struct Closing;
    /// impl RequestOwner for Closing {
    ///     fn done(&self, lp: &Loop, id: HandleId, request: usize, result: Result<()>) {
    ///         assert_eq!((request, result), (7, Err(Error::ENOENT)));
    ///         id.close(lp).unwrap();
    ///     }
    /// }
    ///
    /// let lp = Loop::new()?;
    /// Pipe::new(&lp).connect_from(&lp, "/nowhere/at/all", Rc::new(Closing), 7)?;
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn connect_from(
        self,
        lp: &Loop,
        name: impl AsRef<OsStr>,
        owner: Rc<dyn RequestOwner>,
        request: usize,
    ) -> Result<()> {
        self.begin_connect(lp, name.as_ref(), || Done::Owner(owner, request))
    }

    fn begin_connect(self, lp: &Loop, name: &OsStr, done: impl FnOnce() -> Done) -> Result<()> {
        let body = self.body(lp)?;
        if body.is_connecting() {
            return Err(Error::EALREADY);
        }
        let address = address(name.as_bytes())?;
        let connect = || {
            let fd = match body.fd() {
                Some(fd) => fd,
                None => body.make_socket(AddressFamily::UNIX)?,
            };
            socket::connect(&fd, &address)
        };
        body.connecting(lp, self.0, connect().err(), done())
    }

    /// The socket's own name, as `uv_pipe_getsockname`: empty without one, and with a zero byte in front if it is
    /// abstract.
    ///
    /// # Errors
    ///
    /// `EBADF` without a descriptor, `ENOTSOCK` for what is no socket.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let pipe = uv_net::Pipe::new(&lp);
    /// pipe.bind(&lp, "")?;
    /// assert!(pipe.local_name(&lp)?.to_str().unwrap().starts_with('\0'), "the system has chosen one");
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn local_name(self, lp: &Loop) -> Result<OsString> {
        let fd = self.body(lp)?.fd().ok_or(Error::EBADF)?;
        Ok(name(&SockRef::from(&*fd).local_addr()?))
    }

    /// The name of the socket at the other end, as `uv_pipe_getpeername`.
    ///
    /// # Errors
    ///
    /// `EBADF` without a descriptor, `ENOTCONN` if it is not connected, `ENOTSOCK` for what is no socket.
    ///
    /// ```
    /// use uv_net::Pipe;
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let (pipe, _other) = Pipe::pair(&lp)?;
    /// assert_eq!(pipe.peer_name(&lp)?, "");
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn peer_name(self, lp: &Loop) -> Result<OsString> {
        let fd = self.body(lp)?.fd().ok_or(Error::EBADF)?;
        Ok(name(&SockRef::from(&*fd).peer_addr()?))
    }

    /// Says whether everybody may read from and write to the socket's file, as `uv_pipe_chmod`. (To connect on Linux one
    /// must be allowed to write.)
    ///
    /// # Errors
    ///
    /// `EINVAL` for neither, `EBADF` without a descriptor, `ENOENT` if the socket has no file, else what `chmod(2)` says.
    ///
    /// ```
    /// use std::os::unix::fs::PermissionsExt;
    /// use uv_net::Pipe;
    ///
    /// let path = std::env::temp_dir().join(format!("uv-net-chmod-{}", std::process::id()));
    /// let lp = uv_loop::Loop::new()?;
    /// let pipe = Pipe::new(&lp);
    /// pipe.bind(&lp, &path)?;
    /// pipe.chmod(&lp, true, true)?;
    /// assert_eq!(path.metadata()?.permissions().mode() & 0o666, 0o666);
    /// # uv_loop::Handle::close(pipe, &lp)?;
    /// # assert!(!path.exists());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn chmod(self, lp: &Loop, readable: bool, writable: bool) -> Result<()> {
        let fd = self.body(lp)?.fd().ok_or(Error::EBADF)?;
        let mut mode = Mode::empty();
        mode.set(Mode::RUSR | Mode::RGRP | Mode::ROTH, readable);
        mode.set(Mode::WUSR | Mode::WGRP | Mode::WOTH, writable);
        if mode.is_empty() {
            return Err(Error::EINVAL);
        }
        socket::uninterrupted(|| rustix::fs::fchmod(&fd, mode))?;
        let name = self.local_name(lp)?;
        match name.as_bytes() {
            [] | [0, ..] => Err(Error::ENOENT),
            path => socket::uninterrupted(|| rustix::fs::chmod(path, mode)),
        }
    }

    pub(crate) fn body(self, lp: &Loop) -> Result<Rc<StreamBody>> {
        StreamBody::of(lp, self.0)
    }
}

pub(crate) fn address(name: &[u8]) -> Result<SocketAddrUnix> {
    let address = match name {
        [] => return Err(Error::EINVAL),
        [0, name @ ..] => SocketAddrUnix::new_abstract_name(name),
        path if path.contains(&0) => return Err(Error::EINVAL),
        path => SocketAddrUnix::new(path),
    };
    address.map_err(socket::error)
}

// `rustix` would panic at a path of all 108 bytes, and a peer may have one.
fn name(address: &SockAddr) -> OsString {
    match (address.as_pathname(), address.as_abstract_namespace()) {
        (Some(path), _) => path.as_os_str().to_owned(),
        (None, Some(name)) => OsString::from_vec([&[0], name].concat()),
        (None, None) => OsString::new(),
    }
}
