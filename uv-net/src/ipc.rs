//! Pipes that pass descriptors.

use std::os::fd::OwnedFd;
use std::rc::Rc;

use uv_loop::{Handle, HandleId, Loop};
use uv_sys::{Error, Result};

use crate::pipe::Pipe;
use crate::socket::{HandleType, guess_handle};
use crate::stream::body::StreamBody;
use crate::stream::write::{One, Source, WriteOwner};
use crate::tcp::Tcp;

impl Pipe {
    /// Writes, and passes the descriptor of `handle` (a stream or a UDP socket of this loop) to the other end, as
    /// `uv_write2`. Both ends then share it; it stays open until it is on its way, also if the handle is closed.
    ///
    /// # Errors
    ///
    /// Those of [`write`](crate::Stream::write); `EINVAL` if this handle was not made by [`new_ipc`](Pipe::new_ipc) or `bytes`
    /// are empty, `EBADF` if `handle` has no descriptor.
    ///
    /// ```
    /// use uv_net::{Error, Pipe, Tcp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let (pipe, _) = Pipe::pair(&lp)?;
    /// assert_eq!(pipe.write2(&lp, "x", Tcp::new_v4(&lp)?, |_, _, _| {}), Err(Error::EINVAL));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn write2(
        self,
        lp: &Loop,
        bytes: impl AsRef<[u8]> + 'static,
        handle: impl Handle,
        callback: impl FnOnce(&Loop, Pipe, Result<()>) + 'static,
    ) -> Result<()> {
        let body = self.ipc_body(lp)?;
        let fd = lp.fileno(handle.id())?;
        let callback = move |lp: &Loop, id: HandleId, result: Result<()>| callback(lp, Pipe(id), result);
        body.write(lp, self.0, Source::passing(Source::Boxed(Box::new(One(bytes, callback))), fd))
    }

    /// Sends what the kernel takes at once, and passes a descriptor with it, as `uv_try_write2`.
    ///
    /// # Errors
    ///
    /// Those of [`try_write`](crate::Stream::try_write) and [`write2`](Pipe::write2).
    ///
    /// ```
    /// use uv_net::{Pipe, Stream, Tcp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let (one, two) = uv_net::socketpair()?;
    /// let pipe = Pipe::new_ipc(&lp);
    /// pipe.open(&lp, one)?;
    /// assert_eq!(pipe.try_write2(&lp, b"a socket", Tcp::new_v4(&lp)?), Ok(8));
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn try_write2(self, lp: &Loop, bytes: &[u8], handle: impl Handle) -> Result<usize> {
        let body = self.ipc_body(lp)?;
        body.try_write(&[std::io::IoSlice::new(bytes)], Some(lp.fileno(handle.id())?))
    }

    /// [`write2`](Pipe::write2), of a write whose memory and callback are the `owner`'s: see
    /// [`write_from`](crate::Stream::write_from).
    ///
    /// # Errors
    ///
    /// Those of [`write2`](Pipe::write2).
    ///
    /// ```
    /// use std::rc::Rc;
    /// use uv_loop::{HandleId, Loop};
    /// use uv_net::{Error, Pipe, Result, Tcp, WriteOwner};
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
    /// let (one, _two) = uv_net::socketpair()?;
    /// let pipe = Pipe::new_ipc(&lp);
    /// pipe.open(&lp, one)?;
    /// pipe.write2_from(&lp, Rc::new(Hello), 0, Tcp::new_v4(&lp)?)?;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn write2_from(self, lp: &Loop, owner: Rc<dyn WriteOwner>, write: usize, handle: impl Handle) -> Result<()> {
        let body = self.ipc_body(lp)?;
        let fd = lp.fileno(handle.id())?;
        body.write(lp, self.0, Source::passing(Source::Owner(owner, write), fd))
    }

    /// [`try_write2`](Pipe::try_write2) of several buffers.
    ///
    /// # Errors
    ///
    /// Those of [`try_write2`](Pipe::try_write2).
    ///
    /// ```
    /// use std::io::IoSlice;
    /// use uv_net::{Pipe, Stream, Tcp};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// let (one, _two) = uv_net::socketpair()?;
    /// let pipe = Pipe::new_ipc(&lp);
    /// pipe.open(&lp, one)?;
    /// let buffers = [IoSlice::new(b"a "), IoSlice::new(b"socket")];
    /// assert_eq!(pipe.try_write2_vectored(&lp, &buffers, Tcp::new_v4(&lp)?), Ok(8));
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn try_write2_vectored(
        self,
        lp: &Loop,
        buffers: &[std::io::IoSlice<'_>],
        handle: impl Handle,
    ) -> Result<usize> {
        let body = self.ipc_body(lp)?;
        body.try_write(buffers, Some(lp.fileno(handle.id())?))
    }

    /// How many descriptors have come and were not taken, as `uv_pipe_pending_count`. They come before the bytes that
    /// were written with them.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// assert_eq!(uv_net::Pipe::new_ipc(&lp).pending_count(&lp)?, 0);
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn pending_count(self, lp: &Loop) -> Result<usize> {
        let body = self.body(lp)?;
        let state = body.state.borrow();
        Ok(state.rare.as_ref().map_or(0, |rare| rare.received.len()))
    }

    /// What the first of them is, as `uv_pipe_pending_type`.
    ///
    /// ```
    /// use uv_net::{HandleType, Pipe};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// assert_eq!(Pipe::new_ipc(&lp).pending_type(&lp)?, HandleType::Unknown);
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn pending_type(self, lp: &Loop) -> Result<HandleType> {
        let body = self.body(lp)?;
        let state = body.state.borrow();
        let first = state.rare.as_ref().and_then(|rare| rare.received.front());
        Ok(first.map_or(HandleType::Unknown, guess_handle))
    }

    /// Takes the first of them into a [`Tcp`] handle, as `uv_accept`.
    ///
    /// # Errors
    ///
    /// `EAGAIN` if there is none, `EINVAL` (and it is left) if it is of another type.
    ///
    /// ```
    /// use uv_net::{Error, Pipe};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// assert_eq!(Pipe::new_ipc(&lp).accept_tcp(&lp), Err(Error::EAGAIN));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn accept_tcp(self, lp: &Loop) -> Result<Tcp> {
        let fd = self.take_pending(lp, HandleType::Tcp)?;
        let tcp = Tcp::new(lp);
        tcp.open(lp, fd)?;
        Ok(tcp)
    }

    /// Takes the first of them into a [`Pipe`] handle, as `uv_accept`.
    ///
    /// # Errors
    ///
    /// `EAGAIN` if there is none, `EINVAL` (and it is left) if it is of another type.
    ///
    /// ```
    /// use uv_net::{Error, Pipe};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// assert_eq!(Pipe::new_ipc(&lp).accept_pipe(&lp), Err(Error::EAGAIN));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn accept_pipe(self, lp: &Loop) -> Result<Pipe> {
        let fd = self.take_pending(lp, HandleType::Pipe)?;
        let pipe = Pipe::new(lp);
        pipe.open(lp, fd)?;
        Ok(pipe)
    }

    /// Takes the first of them, or a connection that was reported, whatever it is: to be opened in a handle of that
    /// kind, here or in another loop.
    ///
    /// # Errors
    ///
    /// `EAGAIN` if there is none.
    ///
    /// ```
    /// use uv_net::{Error, Pipe};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// assert_eq!(Pipe::new_ipc(&lp).accept_fd(&lp).unwrap_err(), Error::EAGAIN);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn accept_fd(self, lp: &Loop) -> Result<OwnedFd> {
        let body = self.body(lp)?;
        if !body.is_ipc() {
            return body.take_accepted(lp, self.0).map(|accepted| accepted.0);
        }
        let mut state = body.state.borrow_mut();
        state.rare.as_mut().and_then(|rare| rare.received.pop_front()).ok_or(Error::EAGAIN)
    }

    fn take_pending(self, lp: &Loop, kind: HandleType) -> Result<OwnedFd> {
        match self.pending_type(lp)? {
            found if found == kind => self.accept_fd(lp),
            _ if self.pending_count(lp)? == 0 => Err(Error::EAGAIN),
            _ => Err(Error::EINVAL),
        }
    }

    fn ipc_body(self, lp: &Loop) -> Result<Rc<StreamBody>> {
        let body = self.body(lp)?;
        if body.is_ipc() { Ok(body) } else { Err(Error::EINVAL) }
    }
}
