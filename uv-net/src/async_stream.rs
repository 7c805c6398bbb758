use std::ffi::OsStr;
use std::fmt;
use std::future::{Future, poll_fn};
use std::io::IoSlice;
use std::net::SocketAddr;
use std::rc::Rc;
use std::task::{Context, Poll};

use uv_loop::{Handle, Loop, LoopHandle};
use uv_sys::{Error, Result};

use crate::pipe::Pipe;
use crate::socket::{self, Reserve};
use crate::stream::Stream;
use crate::stream::body::StreamBody;
use crate::stream::read::ReadBuf;
use crate::stream::wait::Promise;
use crate::tcp::{BindOptions, Tcp};

/// A stream whose reads and writes are futures. It owns the handle, which is closed when this is dropped.
///
/// A read or a write is tried when its future is polled, and again whenever the kernel is ready, so the memory is used
/// during a poll alone: a future may be dropped at any time, and nothing has been taken from the stream, or written to
/// it, that it did not report. Any number of tasks may share the stream (in an `Rc`, say), and one may read while another
/// writes.
///
/// A future that waits does not keep the loop alive; its task does.
///
/// ```
/// use uv_loop::Loop;
/// use uv_net::{AsyncListener, AsyncStream};
///
/// let lp = Loop::new()?;
/// let handle = lp.handle();
/// let listener = AsyncListener::bind(&handle, "127.0.0.1:0".parse().unwrap())?;
/// let address = listener.local_addr()?;
///
/// let server = lp.spawn_local(async move {
///     let stream = listener.accept().await?;
///     let mut line = [0; 5];
///     stream.read_exact(&mut line).await?;
///     stream.write_all(&line).await
/// });
/// lp.block_on(async {
///     let stream = AsyncStream::connect(&handle, address).await?;
///     stream.write_all(b"hello").await?;
///     let mut back = Vec::with_capacity(16);
///     while stream.read_into(&mut back).await? > 0 {}
///     assert_eq!(back, b"hello");
///     server.await.unwrap()
/// })??;
/// # Ok::<(), uv_net::Error>(())
/// ```
///
/// With the feature `futures-io` it has that crate's `AsyncRead` and `AsyncWrite`; with the feature `hyper` it is a
/// connection that hyper can serve.
pub struct AsyncStream<S: Stream> {
    stream: S,
    handle: LoopHandle,
    is_owner: bool,
}

impl<S: Stream> AsyncStream<S> {
    /// Takes a stream that is connected or connecting.
    ///
    /// ```
    /// use uv_loop::Loop;
    /// use uv_net::{AsyncStream, Pipe};
    ///
    /// let lp = Loop::new()?;
    /// let (one, other) = Pipe::pair(&lp)?;
    /// let (one, other) = (AsyncStream::new(&lp, one), AsyncStream::new(&lp, other));
    /// lp.block_on(async {
    ///     one.write_all(b"hello").await?;
    ///     let mut bytes = [0; 5];
    ///     other.read_exact(&mut bytes).await?;
    ///     assert_eq!(&bytes, b"hello");
    ///     Ok::<(), uv_net::Error>(())
    /// })??;
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn new(lp: &Loop, stream: S) -> AsyncStream<S> {
        AsyncStream { stream, handle: lp.handle(), is_owner: true }
    }

    /// The handle.
    ///
    /// ```
    /// use uv_net::{AsyncStream, Pipe, Stream};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let stream = AsyncStream::new(&lp, Pipe::pair(&lp)?.0);
    /// assert!(stream.stream().is_writable(&lp));
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn stream(&self) -> S {
        self.stream
    }

    /// Gives the handle back, which is not closed.
    ///
    /// ```
    /// use uv_loop::Handle;
    /// use uv_net::{AsyncStream, Pipe};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let pipe = AsyncStream::new(&lp, Pipe::pair(&lp)?.0).into_stream();
    /// assert!(!pipe.is_closing(&lp));
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn into_stream(mut self) -> S {
        self.is_owner = false;
        self.stream
    }

    /// Reads what there is, as far as `buffer` goes, and waits if there is nothing; 0 bytes are the end.
    ///
    /// # Errors
    ///
    /// What `read(2)` says, `EALREADY` while the handle reads for a callback, `ENOTCONN` if it is not connected, `EBADF`
    /// or `EINVAL` if somebody has closed the handle.
    ///
    /// ```
    /// use uv_net::{AsyncStream, Pipe, Stream};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let (one, other) = Pipe::pair(&lp)?;
    /// other.try_write(&lp, b"hello")?;
    /// let one = AsyncStream::new(&lp, one);
    /// let mut buffer = [0; 100];
    /// assert_eq!(lp.block_on(one.read(&mut buffer))?, Ok(5));
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn read<'a>(&'a self, buffer: &'a mut [u8]) -> impl Future<Output = Result<usize>> + use<'a, S> {
        poll_fn(move |cx| self.poll_read(cx, ReadBuf::from(&mut *buffer)))
    }

    /// Reads into the spare capacity of `buffer`, after what it holds. It does not grow: without spare capacity nothing
    /// is read.
    ///
    /// # Errors
    ///
    /// Those of [`read`](AsyncStream::read).
    ///
    /// ```
    /// use uv_net::{AsyncStream, Pipe, Stream};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let (one, other) = Pipe::pair(&lp)?;
    /// other.try_write(&lp, b"world")?;
    /// let one = AsyncStream::new(&lp, one);
    /// let mut text = b"hello ".to_vec();
    /// text.reserve(100);
    /// assert_eq!(lp.block_on(one.read_into(&mut text))?, Ok(5));
    /// assert_eq!(text, b"hello world");
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn read_into<'a>(&'a self, buffer: &'a mut Vec<u8>) -> impl Future<Output = Result<usize>> + use<'a, S> {
        poll_fn(move |cx| self.poll_read(cx, ReadBuf::from(&mut *buffer)))
    }

    /// Fills `buffer`. If the future is dropped before that, what it has read is lost.
    ///
    /// # Errors
    ///
    /// [`Error::EOF`] if the stream ends before; else those of [`read`](AsyncStream::read).
    ///
    /// ```
    /// use uv_net::{AsyncStream, Error, Pipe, Stream};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let (one, other) = Pipe::pair(&lp)?;
    /// other.try_write(&lp, b"hello")?;
    /// other.shutdown(&lp, |_, _, _| {})?;
    /// let one = AsyncStream::new(&lp, one);
    /// let mut buffer = [0; 3];
    /// assert_eq!(lp.block_on(one.read_exact(&mut buffer))?, Ok(()));
    /// assert_eq!(lp.block_on(one.read_exact(&mut buffer))?, Err(Error::EOF));
    /// # Ok::<(), Error>(())
    /// ```
    pub async fn read_exact(&self, buffer: &mut [u8]) -> Result<()> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read(&mut buffer[filled..]).await? {
                0 => return Err(Error::EOF),
                count => filled += count,
            }
        }
        Ok(())
    }

    /// Writes what the kernel takes, and waits if it takes nothing.
    ///
    /// # Errors
    ///
    /// What `write(2)` says (`EPIPE`, `ECONNRESET`), `EPIPE` after a shutdown, `EBADF` or `EINVAL` if somebody has
    /// closed the handle.
    ///
    /// ```
    /// use uv_net::{AsyncStream, Pipe};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let (one, _other) = Pipe::pair(&lp)?;
    /// let one = AsyncStream::new(&lp, one);
    /// assert_eq!(lp.block_on(one.write(b"hello"))?, Ok(5));
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub async fn write(&self, bytes: &[u8]) -> Result<usize> {
        poll_fn(|cx| self.poll_write(cx, &[IoSlice::new(bytes)])).await
    }

    /// Writes what the kernel takes of several buffers, and waits if it takes nothing.
    ///
    /// # Errors
    ///
    /// Those of [`write`](AsyncStream::write).
    ///
    /// ```
    /// use std::io::IoSlice;
    /// use uv_net::{AsyncStream, Pipe};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let (one, _other) = Pipe::pair(&lp)?;
    /// let one = AsyncStream::new(&lp, one);
    /// let buffers = [IoSlice::new(b"head"), IoSlice::new(b"body")];
    /// assert_eq!(lp.block_on(one.write_vectored(&buffers))?, Ok(8));
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub async fn write_vectored(&self, buffers: &[IoSlice<'_>]) -> Result<usize> {
        poll_fn(|cx| self.poll_write(cx, buffers)).await
    }

    /// Writes all of `bytes`. If the future is dropped before that, the kernel has a part of them.
    ///
    /// # Errors
    ///
    /// Those of [`write`](AsyncStream::write).
    ///
    /// ```
    /// use uv_net::{AsyncStream, Pipe};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let (one, other) = Pipe::pair(&lp)?;
    /// let (one, other) = (AsyncStream::new(&lp, one), AsyncStream::new(&lp, other));
    /// let writer = lp.spawn_local(async move { one.write_all(&[7; 1 << 20]).await });
    /// lp.block_on(async {
    ///     let mut bytes = vec![0; 1 << 20];
    ///     other.read_exact(&mut bytes).await?;
    ///     writer.await.unwrap()
    /// })??;
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub async fn write_all(&self, bytes: &[u8]) -> Result<()> {
        let mut written = 0;
        while written < bytes.len() {
            written += self.write(&bytes[written..]).await?;
        }
        Ok(())
    }

    /// Ends the sending side, after all that callbacks have written. Reading goes on. (An anonymous pipe or a terminal
    /// has no sides: its end comes when this is dropped.)
    ///
    /// # Errors
    ///
    /// What `shutdown(2)` says; `EBADF` or `EINVAL` if somebody has closed the handle.
    ///
    /// ```
    /// use uv_net::{AsyncStream, Pipe};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let (one, other) = Pipe::pair(&lp)?;
    /// let (one, other) = (AsyncStream::new(&lp, one), AsyncStream::new(&lp, other));
    /// lp.block_on(one.shutdown())??;
    /// assert_eq!(lp.block_on(other.read(&mut [0]))?, Ok(0));
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub async fn shutdown(&self) -> Result<()> {
        poll_fn(|cx| self.poll_shutdown(cx)).await
    }

    pub(crate) fn poll_read(&self, cx: &Context<'_>, buffer: ReadBuf<'_>) -> Poll<Result<usize>> {
        self.with(|lp, body| body.poll_read(lp, self.stream.id(), cx, buffer))
    }

    pub(crate) fn poll_write(&self, cx: &Context<'_>, buffers: &[IoSlice<'_>]) -> Poll<Result<usize>> {
        self.with(|lp, body| body.poll_write(lp, self.stream.id(), cx, buffers))
    }

    #[cfg_attr(not(any(feature = "futures-io", feature = "hyper")), allow(dead_code))]
    pub(crate) fn poll_flush(&self, cx: &Context<'_>) -> Poll<Result<()>> {
        self.with(|lp, body| body.poll_flush(lp, self.stream.id(), cx))
    }

    pub(crate) fn poll_shutdown(&self, cx: &Context<'_>) -> Poll<Result<()>> {
        self.with(|lp, body| body.poll_shutdown(lp, self.stream.id(), cx))
    }

    fn with<T>(&self, act: impl FnOnce(&Loop, &StreamBody) -> Poll<Result<T>>) -> Poll<Result<T>> {
        let result = self.handle.with(|lp| act(lp, &*StreamBody::of(lp, self.stream.id())?));
        result.unwrap_or_else(|error| Poll::Ready(Err(error)))
    }
}

impl AsyncStream<Tcp> {
    /// Connects to `address`. Dropping the future closes the socket.
    ///
    /// # Errors
    ///
    /// What became of the connection (`ECONNREFUSED`, `ETIMEDOUT`), and those of [`Tcp::connect`].
    ///
    /// ```
    /// use uv_net::{AsyncStream, Error};
    ///
    /// // A port where nobody listens.
    /// let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    /// let lp = uv_loop::Loop::new()?;
    /// let connected = lp.block_on(AsyncStream::connect(&lp.handle(), address))?;
    /// assert_eq!(connected.unwrap_err(), Error::ECONNREFUSED);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn connect(handle: &LoopHandle, address: SocketAddr) -> Result<AsyncStream<Tcp>> {
        let promise = Promise::new();
        let stream = handle.with(|lp| {
            let (stream, kept) = (AsyncStream::new(lp, Tcp::new(lp)), promise.clone());
            stream.stream.connect(lp, address, move |_, _, result| kept.keep(result))?;
            Ok::<_, Error>(stream)
        })??;
        poll_fn(|cx| promise.poll(cx)).await?;
        Ok(stream)
    }
}

impl AsyncStream<Pipe> {
    /// Connects to the Unix socket of that name: see [`Pipe::connect`]. Dropping the future closes the socket.
    ///
    /// # Errors
    ///
    /// What became of the connection (`ENOENT`, `ECONNREFUSED`), and those of [`Pipe::connect`].
    ///
    /// ```
    /// use uv_net::{AsyncStream, Error};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let connected = lp.block_on(AsyncStream::connect_to(&lp.handle(), "/no/such/socket"))?;
    /// assert_eq!(connected.unwrap_err(), Error::ENOENT);
    /// # Ok::<(), Error>(())
    /// ```
    pub async fn connect_to(handle: &LoopHandle, name: impl AsRef<OsStr>) -> Result<AsyncStream<Pipe>> {
        let promise = Promise::new();
        let stream = handle.with(|lp| {
            let (stream, kept) = (AsyncStream::new(lp, Pipe::new(lp)), promise.clone());
            stream.stream.connect(lp, name, move |_, _, result| kept.keep(result))?;
            Ok::<_, Error>(stream)
        })??;
        poll_fn(|cx| promise.poll(cx)).await?;
        Ok(stream)
    }
}

impl<S: Stream> Drop for AsyncStream<S> {
    fn drop(&mut self) {
        if self.is_owner {
            // Somebody may have closed it, and the loop may be gone.
            let _ = self.handle.with(|lp| self.stream.close(lp));
        }
    }
}

impl<S: Stream + fmt::Debug> fmt::Debug for AsyncStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncStream").field(&self.stream).finish()
    }
}

/// A listening socket whose connections are futures. It owns the handle, which is closed when this is dropped.
///
/// ```
/// use uv_loop::Loop;
/// use uv_net::{AsyncListener, AsyncStream};
///
/// let lp = Loop::new()?;
/// let handle = lp.handle();
/// let listener = AsyncListener::bind_to(&handle, "\0the name of a listener")?;
/// lp.block_on(async {
///     let _client = AsyncStream::connect_to(&handle, "\0the name of a listener").await?;
///     listener.accept().await?.write_all(b"hello").await
/// })??;
/// # Ok::<(), uv_net::Error>(())
/// ```
pub struct AsyncListener<S: Stream> {
    stream: S,
    handle: LoopHandle,
    reserve: Rc<Reserve>,
}

impl<S: Stream> AsyncListener<S> {
    /// Waits for a connection and takes it. Several tasks may wait; each connection goes to one. When descriptors run
    /// out, connections are closed as in [`Tcp::listen`].
    ///
    /// # Errors
    ///
    /// `EBADF` or `EINVAL` if somebody has closed the handle.
    ///
    /// ```
    /// use uv_net::{AsyncListener, AsyncStream};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let handle = lp.handle();
    /// let listener = AsyncListener::bind(&handle, "127.0.0.1:0".parse().unwrap())?;
    /// lp.block_on(async {
    ///     let client = AsyncStream::connect(&handle, listener.local_addr()?).await?;
    ///     let peer = listener.accept().await?;
    ///     client.write_all(b"hello").await?;
    ///     peer.read_exact(&mut [0; 5]).await
    /// })??;
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub async fn accept(&self) -> Result<AsyncStream<S>> {
        let poll = |lp: &Loop, cx: &Context<'_>| {
            let id = self.stream.id();
            StreamBody::of(lp, id)?.poll_accept(lp, id, cx, &self.reserve).map_ok(|body| {
                let stream = S::from_id(lp.add_handle(body));
                AsyncStream { stream, handle: self.handle.clone(), is_owner: true }
            })
        };
        poll_fn(|cx| self.handle.with(|lp| poll(lp, cx)).unwrap_or_else(|error| Poll::Ready(Err(error)))).await
    }

    /// The handle.
    ///
    /// ```
    /// use uv_loop::Handle;
    /// use uv_net::AsyncListener;
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let listener = AsyncListener::bind(&lp.handle(), "127.0.0.1:0".parse().unwrap())?;
    /// assert!(!listener.stream().is_active(&lp), "the task that accepts keeps the loop alive");
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn stream(&self) -> S {
        self.stream
    }

    fn listening(lp: &Loop, stream: S) -> Result<Self> {
        let this = AsyncListener { stream, handle: lp.handle(), reserve: Reserve::of(lp) };
        let fd = StreamBody::of(lp, stream.id())?.fd().ok_or(Error::EINVAL)?;
        socket::listen(&fd, BACKLOG)?;
        Ok(this)
    }
}

/// As many connections wait in the kernel; `SOMAXCONN` bounds it.
const BACKLOG: u32 = 4096;

impl AsyncListener<Tcp> {
    /// Binds to `address` and listens. Port 0 is for one that the system chooses.
    ///
    /// # Errors
    ///
    /// `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`, as `bind(2)` says; `EBADF` if the loop is gone.
    ///
    /// ```
    /// use uv_net::AsyncListener;
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let listener = AsyncListener::bind(&lp.handle(), "127.0.0.1:0".parse().unwrap())?;
    /// assert_ne!(listener.local_addr()?.port(), 0);
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn bind(handle: &LoopHandle, address: SocketAddr) -> Result<AsyncListener<Tcp>> {
        Self::bind_with(handle, address, BindOptions::new())
    }

    /// [`bind`](AsyncListener::bind) with options: several loops can share a port.
    ///
    /// # Errors
    ///
    /// Those of [`bind`](AsyncListener::bind) and [`Tcp::bind_with`].
    ///
    /// ```
    /// use uv_net::{AsyncListener, BindOptions};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let shared = BindOptions::new().reuse_port(true);
    /// let one = AsyncListener::bind_with(&lp.handle(), "127.0.0.1:0".parse().unwrap(), shared)?;
    /// let other = AsyncListener::bind_with(&lp.handle(), one.local_addr()?, shared)?;
    /// assert_eq!(one.local_addr(), other.local_addr());
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn bind_with(handle: &LoopHandle, address: SocketAddr, options: BindOptions) -> Result<AsyncListener<Tcp>> {
        handle.with(|lp| {
            let tcp = Tcp::new(lp);
            let this = tcp.bind_with(lp, address, options).and_then(|()| {
                // An address in use is known by now.
                tcp.local_addr(lp)?;
                Self::listening(lp, tcp)
            });
            this.inspect_err(|_| {
                let _ = tcp.close(lp);
            })
        })?
    }

    /// The address that it listens on.
    ///
    /// # Errors
    ///
    /// `EBADF` if the loop is gone, or somebody has closed the handle.
    ///
    /// ```
    /// use uv_net::AsyncListener;
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let listener = AsyncListener::bind(&lp.handle(), "127.0.0.1:0".parse().unwrap())?;
    /// assert!(listener.local_addr()?.ip().is_loopback());
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn local_addr(&self) -> Result<SocketAddr> {
        self.handle.with(|lp| self.stream.local_addr(lp))?
    }
}

impl AsyncListener<Pipe> {
    /// Binds a Unix socket to `name` and listens: see [`Pipe::bind`].
    ///
    /// # Errors
    ///
    /// Those of [`Pipe::bind`]; `EBADF` if the loop is gone.
    ///
    /// ```
    /// use uv_net::{AsyncListener, Error};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let listener = AsyncListener::bind_to(&lp.handle(), "/no/such/directory/socket");
    /// assert_eq!(listener.unwrap_err(), Error::EACCES);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn bind_to(handle: &LoopHandle, name: impl AsRef<OsStr>) -> Result<AsyncListener<Pipe>> {
        handle.with(|lp| {
            let pipe = Pipe::new(lp);
            let this = pipe.bind(lp, name).and_then(|()| Self::listening(lp, pipe));
            this.inspect_err(|_| {
                let _ = pipe.close(lp);
            })
        })?
    }
}

impl<S: Stream> Drop for AsyncListener<S> {
    fn drop(&mut self) {
        let _ = self.handle.with(|lp| self.stream.close(lp));
    }
}

impl<S: Stream + fmt::Debug> fmt::Debug for AsyncListener<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncListener").field(&self.stream).finish()
    }
}
