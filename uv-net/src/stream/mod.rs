//! What TCP sockets, pipes and terminals have in common.

pub(crate) mod body;
pub(crate) mod done;
mod exact;
pub(crate) mod listen;
pub(crate) mod read;
mod send;
pub(crate) mod spare;
pub(crate) mod wait;
pub(crate) mod write;

use std::io::IoSlice;
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::rc::Rc;

use rustix::net::sockopt;
use uv_loop::{Handle, HandleId, Loop};
use uv_sys::{Error, Result};

use crate::socket;
use body::StreamBody;
use done::{Done, RequestOwner};
use exact::Exact;
use read::{ReadOwner, Reader};
use write::{Many, One, Source, WriteOwner};

/// A stream of bytes in both directions, as `uv_stream_t`: [`Tcp`](crate::Tcp), [`Pipe`](crate::Pipe) or
/// [`Tty`](crate::Tty), all under the same rules.
///
/// A handle is active, and so keeps the loop alive, while it reads (or listens). Connects, writes and shutdowns under
/// way keep the loop alive by themselves. Closing the handle closes the descriptor at once; what was under way is
/// called back with `ECANCELED` in the closing phase: the connect, the writes in their order, the shutdown. Only a shutdown
/// that waits for a write in whose callback the handle is closed is called back right after it, as with libuv.
///
/// Every method gives `EBADF` when the handle is closed, and `EINVAL` while it is being closed. The trait is sealed.
///
/// ```
/// use uv_loop::{Handle, Loop, RunMode};
/// use uv_net::{Error, Pipe, Stream, Tcp};
///
/// /// Sends everything back, whatever the stream is.
/// fn echo<S: Stream>(lp: &Loop, stream: S) -> Result<(), Error> {
///     stream.read_start(lp, |lp, stream, read| match read {
///         Ok(bytes) => stream.write(lp, Vec::from(bytes), |_, _, _| {}).unwrap(),
///         Err(_) => stream.close(lp).unwrap(),
///     })
/// }
///
/// let lp = Loop::new()?;
/// let (one, other) = Pipe::pair(&lp)?;
/// echo(&lp, one)?;
/// other.write(&lp, "hello", |_, _, _| {})?;
/// other.read_once(&lp, |lp, other, read| {
///     assert_eq!(read, Ok(&b"hello"[..]));
///     other.close(lp).unwrap();
/// })?;
/// lp.run(RunMode::Default)?;
/// # Ok::<(), Error>(())
/// ```
pub trait Stream: Handle + sealed::FromId + 'static {
    /// Takes the connection that was reported, in a handle that is there already, as `uv_accept` has it: a
    /// [`Tcp::accept`](crate::Tcp::accept) or [`Pipe::accept`](crate::Pipe::accept) that makes no handle.
    ///
    /// # Errors
    ///
    /// `EAGAIN` if there is none. `EBUSY` if `peer` has a descriptor, and `EBADF` or `EINVAL` if it is closed or being closed:
    /// the connection is closed then.
    ///
    /// ```
    /// use uv_loop::{Handle, Loop, RunMode};
    /// use uv_net::{Stream, Tcp};
    ///
    /// let lp = Loop::new()?;
    /// let (server, peer) = (Tcp::new(&lp), Tcp::new(&lp));
    /// server.bind(&lp, "127.0.0.1:0".parse().unwrap())?;
    /// server.listen(&lp, 128, move |lp, server| {
    ///     server.accept_into(lp, peer).unwrap();
    ///     assert!(peer.is_writable(lp));
    ///     lp.stop();
    /// })?;
    /// let _client = std::net::TcpStream::connect(server.local_addr(&lp)?)?;
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn accept_into(self, lp: &Loop, peer: impl Stream) -> Result<()> {
        let accepted = StreamBody::of(lp, self.id())?.take_accepted(lp, self.id())?;
        StreamBody::of(lp, peer.id())?.open_accepted(accepted)
    }

    /// Calls `callback` with what is received, as `uv_read_start`. The bytes are the loop's for the time of the call.
    /// The end of the stream comes as [`Error::EOF`]; after it, and after any other error, no more calls come.
    ///
    /// # Errors
    ///
    /// `EALREADY` if the handle reads, `ENOTCONN` if it is not connected or connecting.
    ///
    /// ```
    /// use uv_net::{Error, Stream, Tcp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// assert_eq!(Tcp::new(&lp).read_start(&lp, |_, _, _| {}), Err(Error::ENOTCONN));
    /// # Ok::<(), Error>(())
    /// ```
    fn read_start(self, lp: &Loop, mut callback: impl FnMut(&Loop, Self, Result<&[u8]>) + 'static) -> Result<()> {
        let callback = move |lp: &Loop, id: HandleId, read: Result<&[u8]>| callback(lp, Self::from_id(id), read);
        StreamBody::of(lp, self.id())?.read_start(lp, self.id(), Reader::Lent(Box::new(callback)))
    }

    /// Reads into memory of the `owner`'s, who knows the reading by a number, as `uv_read_start` with a `uv_alloc_cb` of one's
    /// own. Taking up and ending such a reading allocates nothing.
    ///
    /// # Errors
    ///
    /// Those of [`read_start`](Stream::read_start).
    ///
    /// See [`ReadOwner`] for a whole program.
    ///
    /// ```
    /// use std::rc::Rc;
    /// use uv_loop::{HandleId, Loop};
    /// use uv_net::{Error, ReadBuf, ReadOwner, Result, Stream, Tcp};
    ///
    /// struct Nothing;
    /// impl ReadOwner for Nothing {
    ///     fn fill(&self, _: &Loop, _: HandleId, _: usize, _: usize, _: &mut dyn FnMut(ReadBuf<'_>)) {}
    ///     fn done(&self, _: &Loop, _: HandleId, _: usize, _: Result<usize>) {}
    /// }
    ///
    /// let lp = Loop::new()?;
    /// assert_eq!(Tcp::new(&lp).read_start_into(&lp, Rc::new(Nothing), 0), Err(Error::ENOTCONN));
    /// # Ok::<(), Error>(())
    /// ```
    fn read_start_into(self, lp: &Loop, owner: Rc<dyn ReadOwner>, reading: usize) -> Result<()> {
        StreamBody::of(lp, self.id())?.read_start(lp, self.id(), Reader::Owner(owner, reading))
    }

    /// Reads once: calls `callback` with the next bytes that come, or with the end or an error, and has stopped reading
    /// before.
    ///
    /// # Errors
    ///
    /// Those of [`read_start`](Stream::read_start).
    ///
    /// ```
    /// use uv_loop::{Handle, Loop, RunMode};
    /// use uv_net::{Pipe, Stream};
    ///
    /// let lp = Loop::new()?;
    /// let (reader, writer) = Pipe::pair(&lp)?;
    /// writer.write(&lp, "once", |_, _, _| {})?;
    /// reader.read_once(&lp, |lp, reader, read| {
    ///     assert_eq!(read, Ok(&b"once"[..]));
    ///     assert!(!reader.is_active(lp));
    /// })?;
    /// assert!(!lp.run(RunMode::Default)?);
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    fn read_once(self, lp: &Loop, callback: impl FnOnce(&Loop, Self, Result<&[u8]>) + 'static) -> Result<()> {
        let mut callback = Some(callback);
        self.read_start(lp, move |lp, stream, read| {
            if let Some(callback) = callback.take() {
                // It fails for a handle that is closing, which does not come here.
                let _ = stream.read_stop(lp);
                callback(lp, stream, read);
            }
        })
    }

    /// Reads `count` bytes, and not one more, into one vector. `callback` is called when they are there, or at the end
    /// or an error with those that have come before it. [`read_stop`](Stream::read_stop) loses what has been collected.
    ///
    /// # Errors
    ///
    /// Those of [`read_start`](Stream::read_start).
    ///
    /// ```
    /// use uv_loop::{Handle, Loop, RunMode};
    /// use uv_net::{Pipe, Stream};
    ///
    /// let lp = Loop::new()?;
    /// let (reader, writer) = Pipe::pair(&lp)?;
    /// writer.write(&lp, "headbody", |_, _, _| {})?;
    /// reader.read_exact(&lp, 4, |lp, reader, head, result| {
    ///     assert_eq!((&head[..], result), (&b"head"[..], Ok(())));
    ///     reader.read_once(lp, |_, _, rest| assert_eq!(rest, Ok(&b"body"[..]))).unwrap();
    /// })?;
    /// assert!(!lp.run(RunMode::Default)?);
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    fn read_exact(
        self,
        lp: &Loop,
        count: usize,
        callback: impl FnOnce(&Loop, Self, Vec<u8>, Result<()>) + 'static,
    ) -> Result<()> {
        let callback = move |lp: &Loop, id: HandleId, bytes, result| callback(lp, Self::from_id(id), bytes, result);
        self.read_start_into(lp, Rc::new(Exact::new(count, callback)), 0)
    }

    /// Ends the reading, as `uv_read_stop`; it can be started again, and nothing is lost. Does nothing to a handle that
    /// does not read.
    ///
    /// ```
    /// use uv_net::Stream;
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// uv_net::Tcp::new(&lp).read_stop(&lp)?;
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    fn read_stop(self, lp: &Loop) -> Result<()> {
        StreamBody::of(lp, self.id())?.read_stop(lp, self.id());
        Ok(())
    }

    /// Sends all of `bytes`, after what was written before, and calls `callback` when the kernel has it. As `uv_write`.
    /// `bytes` are dropped then: hand over a `Vec`, a literal, or an `Arc<[u8]>` to write the same to many. (Their
    /// `as_ref` gives the same bytes each time, and does not use the handle.)
    ///
    /// The bytes go to the kernel at once if nothing waits before them. Only when one callback makes very many writes
    /// do the later ones wait for its end, and go many at a time.
    ///
    /// # Errors
    ///
    /// `EBADF` without a descriptor, `EPIPE` if the handle is not connected or connecting, or was shut down, `EINVAL`
    /// for more than 2 GiB. Later errors (`ECONNRESET`, `EPIPE`) are the callback's.
    ///
    /// ```
    /// use uv_net::{Error, Stream, Tcp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// assert_eq!(Tcp::new(&lp).write(&lp, "to nobody", |_, _, _| {}), Err(Error::EBADF));
    /// # Ok::<(), Error>(())
    /// ```
    fn write(
        self,
        lp: &Loop,
        bytes: impl AsRef<[u8]> + 'static,
        callback: impl FnOnce(&Loop, Self, Result<()>) + 'static,
    ) -> Result<()> {
        let callback = move |lp: &Loop, id: HandleId, result: Result<()>| callback(lp, Self::from_id(id), result);
        let body = StreamBody::of(lp, self.id())?;
        body.write(lp, self.id(), Source::Boxed(Box::new(One(bytes, callback))))
    }

    /// [`write`](Stream::write) of several buffers, one after the other, as `uv_write` with `nbufs`.
    ///
    /// # Errors
    ///
    /// Those of [`write`](Stream::write); `EINVAL` for no buffer at all.
    ///
    /// ```
    /// use uv_loop::{Loop, RunMode};
    /// use uv_net::{Pipe, Stream};
    ///
    /// let lp = Loop::new()?;
    /// let (reader, writer) = Pipe::pair(&lp)?;
    /// writer.write_vectored(&lp, vec!["head", "body"], |_, _, result| result.unwrap())?;
    /// reader.read_once(&lp, |_, _, read| assert_eq!(read, Ok(&b"headbody"[..])))?;
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    fn write_vectored<B: AsRef<[u8]> + 'static>(
        self,
        lp: &Loop,
        buffers: Vec<B>,
        callback: impl FnOnce(&Loop, Self, Result<()>) + 'static,
    ) -> Result<()> {
        let callback = move |lp: &Loop, id: HandleId, result: Result<()>| callback(lp, Self::from_id(id), result);
        let body = StreamBody::of(lp, self.id())?;
        body.write(lp, self.id(), Source::Boxed(Box::new(Many(buffers, callback))))
    }

    /// A write whose memory and callback are the `owner`'s, who knows it by the number `write`. It allocates nothing.
    ///
    /// # Errors
    ///
    /// Those of [`write`](Stream::write).
    ///
    /// See [`WriteOwner`] for a whole program.
    ///
    /// ```
    /// use std::rc::Rc;
    /// use uv_loop::{HandleId, Loop};
    /// use uv_net::{Error, Result, Stream, Tcp, WriteOwner};
    ///
    /// struct Hello;
    /// impl WriteOwner for Hello {
    ///     fn buffers<'a>(&'a self, _: usize, from: usize, add: &mut dyn FnMut(&'a [u8]) -> bool) {
    ///         if from == 0 {
    ///             add(b"hello");
    ///         }
    ///     }
    ///     fn done(&self, _: &Loop, _: HandleId, _: usize, _: Result<()>) {}
    /// }
    ///
    /// let lp = Loop::new()?;
    /// assert_eq!(Tcp::new(&lp).write_from(&lp, Rc::new(Hello), 0), Err(Error::EBADF));
    /// # Ok::<(), Error>(())
    /// ```
    fn write_from(self, lp: &Loop, owner: Rc<dyn WriteOwner>, write: usize) -> Result<()> {
        StreamBody::of(lp, self.id())?.write(lp, self.id(), Source::Owner(owner, write))
    }

    /// Takes back a write of [`write_from`](Stream::write_from) that is not with the kernel as a whole, as `uv_cancel`. It
    /// ends with `ECANCELED`, before those that wait. What the other end has of it already stays there.
    ///
    /// # Errors
    ///
    /// `EBUSY` if no write of that number waits.
    ///
    /// ```
    /// use uv_net::{Error, Pipe, Stream};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let (pipe, _) = Pipe::pair(&lp)?;
    /// assert_eq!(pipe.cancel_write(&lp, 1), Err(Error::EBUSY));
    /// # Ok::<(), Error>(())
    /// ```
    fn cancel_write(self, lp: &Loop, write: usize) -> Result<()> {
        StreamBody::of(lp, self.id())?.cancel_write(lp, self.id(), write)
    }

    /// Sends what the kernel takes at once, and says how many bytes that were. As `uv_try_write`.
    ///
    /// # Errors
    ///
    /// `EAGAIN` if the kernel takes nothing now, or earlier writes or the connect are still under way; else those of
    /// `write(2)` and [`write`](Stream::write).
    ///
    /// ```
    /// use uv_net::{Error, Pipe, Stream};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let (_reader, writer) = Pipe::pair(&lp)?;
    /// let megabyte = vec![0; 1 << 20];
    /// assert!(writer.try_write(&lp, &megabyte)? < megabyte.len());
    /// assert_eq!(writer.try_write(&lp, &megabyte), Err(Error::EAGAIN));
    /// # Ok::<(), Error>(())
    /// ```
    fn try_write(self, lp: &Loop, bytes: &[u8]) -> Result<usize> {
        self.try_write_vectored(lp, &[IoSlice::new(bytes)])
    }

    /// [`try_write`](Stream::try_write) of several buffers, as `uv_try_write` with `nbufs`. No more than 1,024 of them
    /// are looked at.
    ///
    /// # Errors
    ///
    /// Those of [`try_write`](Stream::try_write); `EINVAL` for no buffer at all.
    ///
    /// ```
    /// use std::io::IoSlice;
    /// use uv_net::{Pipe, Stream};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let (_reader, writer) = Pipe::pair(&lp)?;
    /// let buffers = [IoSlice::new(b"head"), IoSlice::new(b"body")];
    /// assert_eq!(writer.try_write_vectored(&lp, &buffers), Ok(8));
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    fn try_write_vectored(self, lp: &Loop, buffers: &[IoSlice<'_>]) -> Result<usize> {
        StreamBody::of(lp, self.id())?.try_write(buffers, None)
    }

    /// How many bytes are written and not yet with the kernel, as `uv_stream_get_write_queue_size`. Who writes more
    /// than the other end takes watches this, and waits for the callbacks.
    ///
    /// ```
    /// use uv_net::Stream;
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// assert_eq!(uv_net::Tcp::new(&lp).write_queue_size(&lp)?, 0);
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    fn write_queue_size(self, lp: &Loop) -> Result<usize> {
        Ok(StreamBody::of(lp, self.id())?.write_queue_size())
    }

    /// Ends the sending side when all that was written is with the kernel, then calls `callback`. As `uv_shutdown`.
    /// Reading goes on. The callbacks of writes come before, but for those of writes that were sent whole in a callback of
    /// the stream's writes.
    ///
    /// # Errors
    ///
    /// `ENOTCONN` if the handle is not connected or connecting, or was shut down. What has no sides to end, an
    /// anonymous pipe or a terminal, gives the callback `ENOTSOCK`.
    ///
    /// ```
    /// use uv_net::{Error, Stream, Tcp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// assert_eq!(Tcp::new(&lp).shutdown(&lp, |_, _, _| {}), Err(Error::ENOTCONN));
    /// # Ok::<(), Error>(())
    /// ```
    fn shutdown(self, lp: &Loop, callback: impl FnOnce(&Loop, Self, Result<()>) + 'static) -> Result<()> {
        let callback = move |lp: &Loop, id: HandleId, result: Result<()>| callback(lp, Self::from_id(id), result);
        StreamBody::of(lp, self.id())?.shutdown(lp, self.id(), Done::Call(Box::new(callback)))
    }

    /// A [`shutdown`](Stream::shutdown) whose callback is the `owner`'s, who knows it by the number `request`. It allocates
    /// nothing in the end.
    ///
    /// # Errors
    ///
    /// Those of [`shutdown`](Stream::shutdown).
    ///
    /// See [`RequestOwner`] for a whole program.
    ///
    /// ```
    /// use std::rc::Rc;
    /// use uv_loop::{HandleId, Loop};
    /// use uv_net::{Error, RequestOwner, Result, Stream, Tcp};
    ///
    /// struct Nobody;
    /// impl RequestOwner for Nobody {
    ///     fn done(&self, _: &Loop, _: HandleId, _: usize, _: Result<()>) {}
    /// }
    ///
    /// let lp = Loop::new()?;
    /// assert_eq!(Tcp::new(&lp).shutdown_from(&lp, Rc::new(Nobody), 0), Err(Error::ENOTCONN));
    /// # Ok::<(), Error>(())
    /// ```
    fn shutdown_from(self, lp: &Loop, owner: Rc<dyn RequestOwner>, request: usize) -> Result<()> {
        StreamBody::of(lp, self.id())?.shutdown(lp, self.id(), Done::Owner(owner, request))
    }

    /// Whether the stream can be read from, as `uv_is_readable`: it is connected or connecting, and no error has come.
    /// False for a closed handle.
    ///
    /// ```
    /// use uv_net::{Pipe, Stream, Tcp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// assert!(!Tcp::new(&lp).is_readable(&lp));
    /// assert!(Pipe::pair(&lp)?.0.is_readable(&lp));
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    fn is_readable(self, lp: &Loop) -> bool {
        StreamBody::of(lp, self.id()).is_ok_and(|body| body.state.borrow().readable)
    }

    /// Whether the stream can be written to, as `uv_is_writable`: it is connected or connecting, was not shut down, and
    /// no error has come. False for a closed handle.
    ///
    /// ```
    /// use uv_net::{Pipe, Stream};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let (pipe, _) = Pipe::pair(&lp)?;
    /// assert!(pipe.is_writable(&lp));
    /// pipe.shutdown(&lp, |_, _, _| {})?;
    /// assert!(!pipe.is_writable(&lp));
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    fn is_writable(self, lp: &Loop) -> bool {
        StreamBody::of(lp, self.id()).is_ok_and(|body| body.state.borrow().writable)
    }

    /// What the stream has and can do, asked for at once: who keeps a copy of it needs one call.
    ///
    /// # Errors
    ///
    /// Those of every method.
    ///
    /// ```
    /// use uv_net::{Pipe, Stream};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let (pipe, _) = Pipe::pair(&lp)?;
    /// let status = pipe.status(&lp)?;
    /// assert_eq!(status.fd, lp.raw_fileno(uv_loop::Handle::id(pipe)).ok());
    /// assert!(status.readable && status.writable);
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    fn status(self, lp: &Loop) -> Result<StreamStatus> {
        let body = StreamBody::of(lp, self.id())?;
        let state = body.state.borrow();
        let fd = state.fd.as_ref().map(|fd| fd.as_raw_fd());
        Ok(StreamStatus { fd, readable: state.readable, writable: state.writable })
    }

    /// Has writes block until the kernel has everything, or no longer, as `uv_stream_set_blocking`. Callbacks come from
    /// the loop all the same.
    ///
    /// # Errors
    ///
    /// `EBADF` without a descriptor.
    ///
    /// ```
    /// use uv_net::{Pipe, Stream};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let (pipe, _) = Pipe::pair(&lp)?;
    /// pipe.set_blocking(&lp, true)?;
    /// pipe.write(&lp, "with the kernel when this returns", |_, _, _| {})?;
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    fn set_blocking(self, lp: &Loop, on: bool) -> Result<()> {
        let body = StreamBody::of(lp, self.id())?;
        socket::set_nonblocking(&*body.fd().ok_or(Error::EBADF)?, !on)?;
        body.state.borrow_mut().blocking = on;
        Ok(())
    }

    /// Whether writes block: [`set_blocking`](Stream::set_blocking) was called, or it is a terminal that could not be
    /// opened anew. False for a closed handle.
    ///
    /// ```
    /// use uv_net::{Pipe, Stream};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let (pipe, _) = Pipe::pair(&lp)?;
    /// pipe.set_blocking(&lp, true)?;
    /// assert!(pipe.is_blocking(&lp));
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    fn is_blocking(self, lp: &Loop) -> bool {
        StreamBody::of(lp, self.id()).is_ok_and(|body| body.state.borrow().blocking)
    }

    /// The size in bytes of the kernel's buffer for what is sent, as `uv_send_buffer_size`. Linux gives twice of what
    /// was set.
    ///
    /// # Errors
    ///
    /// `EBADF` without a descriptor, `ENOTSOCK` for what is no socket.
    ///
    /// ```
    /// use uv_net::{Pipe, Stream};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// assert!(Pipe::pair(&lp)?.0.send_buffer_size(&lp)? > 0);
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    fn send_buffer_size(self, lp: &Loop) -> Result<usize> {
        with_fd(lp, self.id(), |fd| sockopt::socket_send_buffer_size(fd))
    }

    /// Changes it.
    ///
    /// # Errors
    ///
    /// Those of [`send_buffer_size`](Stream::send_buffer_size).
    ///
    /// ```
    /// use uv_net::{Pipe, Stream};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let (pipe, _) = Pipe::pair(&lp)?;
    /// pipe.set_send_buffer_size(&lp, 20_000)?;
    /// assert!(pipe.send_buffer_size(&lp)? >= 20_000);
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    fn set_send_buffer_size(self, lp: &Loop, size: usize) -> Result<()> {
        with_fd(lp, self.id(), |fd| sockopt::set_socket_send_buffer_size(fd, size))
    }

    /// The size in bytes of the kernel's buffer for what is received, as `uv_recv_buffer_size`. Linux gives twice of
    /// what was set.
    ///
    /// # Errors
    ///
    /// `EBADF` without a descriptor, `ENOTSOCK` for what is no socket.
    ///
    /// ```
    /// use uv_net::{Pipe, Stream};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// assert!(Pipe::pair(&lp)?.0.recv_buffer_size(&lp)? > 0);
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    fn recv_buffer_size(self, lp: &Loop) -> Result<usize> {
        with_fd(lp, self.id(), |fd| sockopt::socket_recv_buffer_size(fd))
    }

    /// Changes it.
    ///
    /// # Errors
    ///
    /// Those of [`recv_buffer_size`](Stream::recv_buffer_size).
    ///
    /// ```
    /// use uv_net::{Pipe, Stream};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let (pipe, _) = Pipe::pair(&lp)?;
    /// pipe.set_recv_buffer_size(&lp, 20_000)?;
    /// assert!(pipe.recv_buffer_size(&lp)? >= 20_000);
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    fn set_recv_buffer_size(self, lp: &Loop, size: usize) -> Result<()> {
        with_fd(lp, self.id(), |fd| sockopt::set_socket_recv_buffer_size(fd, size))
    }

    /// The stream's descriptor, as `uv_fileno`. It is shared: it stays open for as long as it is held, also when the
    /// handle is closed.
    ///
    /// # Errors
    ///
    /// `EBADF` if there is none.
    ///
    /// ```
    /// use std::os::fd::{AsFd, AsRawFd};
    /// use uv_net::{Pipe, Stream};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let (pipe, _) = Pipe::pair(&lp)?;
    /// assert!(pipe.fileno(&lp)?.as_fd().as_raw_fd() > 2);
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    fn fileno(self, lp: &Loop) -> Result<Rc<dyn AsFd>> {
        Ok(StreamBody::of(lp, self.id())?.shared_fd().ok_or(Error::EBADF)?)
    }
}

/// What [`Stream::status`] finds.
///
/// ```
/// use uv_net::{Stream, Tcp};
///
/// let lp = uv_loop::Loop::new()?;
/// assert_eq!(Tcp::new(&lp).status(&lp)?.fd, None);
/// # Ok::<(), uv_net::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub struct StreamStatus {
    /// The descriptor's number, which is of use as long as the handle is not closed.
    pub fd: Option<RawFd>,
    /// As [`Stream::is_readable`] says.
    pub readable: bool,
    /// As [`Stream::is_writable`] says.
    pub writable: bool,
}

pub(crate) mod sealed {
    use uv_loop::HandleId;

    #[allow(unnameable_types, reason = "the trait is sealed by it")]
    pub trait FromId {
        fn from_id(id: HandleId) -> Self;
    }
}

fn with_fd<T>(lp: &Loop, id: HandleId, ask: impl FnOnce(&std::os::fd::OwnedFd) -> rustix::io::Result<T>) -> Result<T> {
    let fd = StreamBody::of(lp, id)?.fd().ok_or(Error::EBADF)?;
    ask(&fd).map_err(socket::error)
}
