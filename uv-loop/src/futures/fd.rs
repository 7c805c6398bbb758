//! A descriptor's readiness as futures.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use uv_sys::{Error, Event, Interest, Result, set_nonblocking};

use crate::event_loop::Loop;
use crate::handle::Handle;
use crate::kind::HandleKind;
use crate::loop_handle::LoopHandle;
use crate::slab::HandleId;
use crate::table::{Key, Table};

/// A non-blocking descriptor whose reads and writes can be awaited: a socket, a pipe, a device.
///
/// Any number of tasks may await either direction; all of them are woken when it is ready, and each tries anew. The
/// descriptor is watched from the first wait until a poll phase finds it ready and nobody waiting, so that one that is
/// always awaited again costs no system call but its reads and writes.
///
/// It is a handle of the loop that is never active: the task that awaits it keeps the loop alive. Dropping it closes the
/// handle, and then the descriptor, unless that is shared.
///
/// ```
/// use std::io::{Read, Write};
/// use std::os::unix::net::UnixStream;
/// use uv_loop::{AsyncFd, Loop};
///
/// let (near, far) = UnixStream::pair()?;
/// let lp = Loop::new()?;
/// let (near, far) = (AsyncFd::new(&lp, near)?, AsyncFd::new(&lp, far)?);
/// let echo = lp.spawn_local(async move {
///     let mut line = [0; 16];
///     let count = far.read_with(|mut socket| socket.read(&mut line)).await?;
///     far.write_with(|mut socket| socket.write(&line[..count])).await
/// });
/// lp.block_on(async {
///     near.write_with(|mut socket| socket.write(b"hello")).await?;
///     let mut line = [0; 16];
///     let count = near.read_with(|mut socket| socket.read(&mut line)).await?;
///     assert_eq!(&line[..count], b"hello");
///     echo.await.unwrap()
/// })??;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct AsyncFd<T: AsFd + 'static> {
    /// `None` only while it is taken apart.
    fd: Option<Rc<T>>,
    watched: Rc<Watched>,
    id: HandleId,
    handle: LoopHandle,
}

impl<T: AsFd + 'static> AsyncFd<T> {
    /// Takes the descriptor, which becomes non-blocking.
    ///
    /// # Errors
    ///
    /// `EPERM` if the kernel cannot watch the descriptor (a regular file), `EEXIST` if this loop watches it already,
    /// `EBADF` if it is not open; the descriptor is dropped then.
    ///
    /// ```
    /// use uv_loop::{AsyncFd, Loop};
    ///
    /// let (reader, _writer) = std::io::pipe()?;
    /// let lp = Loop::new()?;
    /// let handle = lp.handle();
    /// lp.block_on(async move {
    ///     // Inside a task the loop is reached by its handle.
    ///     handle.with(|lp| AsyncFd::new(lp, reader))?
    /// })??;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn new(lp: &Loop, fd: T) -> Result<Self> {
        lp.check_fd(fd.as_fd())?;
        set_nonblocking(fd.as_fd(), true)?;
        let fd = Rc::new(fd);
        let watched = Rc::new(Watched {
            fd: RefCell::new(Some(fd.clone())),
            interest: Cell::new(Interest::NONE),
            waiters: RefCell::default(),
        });
        let id = lp.add_handle(Rc::new(Kind(watched.clone())));
        Ok(AsyncFd { fd: Some(fd), watched, id, handle: lp.handle() })
    }

    /// Waits until a read, or an accept, may succeed; also after an error or a hang-up, which the read then reports.
    /// What was there before is seen too. It may be done without a cause, so be ready for `EAGAIN`.
    ///
    /// # Errors
    ///
    /// `EBADF` if the loop is gone, `ECANCELED` if the handle is closed, or the loop ends, meanwhile; else what the kernel says when it
    /// cannot watch the descriptor.
    ///
    /// ```
    /// use std::io::Write;
    /// use uv_loop::{AsyncFd, Loop};
    ///
    /// let (reader, mut writer) = std::io::pipe()?;
    /// let lp = Loop::new()?;
    /// let reader = AsyncFd::new(&lp, reader)?;
    /// writer.write_all(b"x")?;
    /// lp.block_on(reader.readable())??;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn readable(&self) -> impl Future<Output = Result<()>> + use<T> {
        self.ready(Interest::READABLE)
    }

    /// Waits until a write may succeed, or a connect has ended. Otherwise as [`readable`](AsyncFd::readable).
    ///
    /// # Errors
    ///
    /// Those of [`readable`](AsyncFd::readable).
    ///
    /// ```
    /// use uv_loop::{AsyncFd, Loop};
    ///
    /// let (_reader, writer) = std::io::pipe()?;
    /// let lp = Loop::new()?;
    /// let writer = AsyncFd::new(&lp, writer)?;
    /// lp.block_on(writer.writable())??;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn writable(&self) -> impl Future<Output = Result<()>> + use<T> {
        self.ready(Interest::WRITABLE)
    }

    /// Calls `read` until it gives something else than `EAGAIN` or `EINTR`, waiting for the descriptor to be
    /// readable in between.
    ///
    /// # Errors
    ///
    /// What `read` gives, and those of [`readable`](AsyncFd::readable).
    ///
    /// ```
    /// use std::io::{Read, Write};
    /// use uv_loop::{AsyncFd, Loop};
    ///
    /// let (reader, mut writer) = std::io::pipe()?;
    /// let lp = Loop::new()?;
    /// let reader = AsyncFd::new(&lp, reader)?;
    /// writer.write_all(b"x")?;
    /// let mut byte = [0];
    /// assert_eq!(lp.block_on(reader.read_with(|mut reader| reader.read(&mut byte)))??, 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn read_with<R>(&self, read: impl FnMut(&T) -> io::Result<R>) -> io::Result<R> {
        self.io(Interest::READABLE, read).await
    }

    /// Calls `write` until it gives something else than `EAGAIN` or `EINTR`, waiting for the descriptor to be
    /// writable in between.
    ///
    /// # Errors
    ///
    /// What `write` gives, and those of [`readable`](AsyncFd::readable).
    ///
    /// ```
    /// use std::io::Write;
    /// use uv_loop::{AsyncFd, Loop};
    ///
    /// let (_reader, writer) = std::io::pipe()?;
    /// let lp = Loop::new()?;
    /// let writer = AsyncFd::new(&lp, writer)?;
    /// assert_eq!(lp.block_on(writer.write_with(|mut writer| writer.write(b"x")))??, 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn write_with<R>(&self, write: impl FnMut(&T) -> io::Result<R>) -> io::Result<R> {
        self.io(Interest::WRITABLE, write).await
    }

    /// What holds the descriptor.
    ///
    /// ```
    /// use std::os::unix::net::UnixStream;
    /// use uv_loop::{AsyncFd, Loop};
    ///
    /// let (near, _far) = UnixStream::pair()?;
    /// let lp = Loop::new()?;
    /// let near = AsyncFd::new(&lp, near)?;
    /// near.get_ref().shutdown(std::net::Shutdown::Write)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn get_ref(&self) -> &T {
        self.fd.as_ref().expect("it is there until it is taken apart")
    }

    /// Gives back what holds the descriptor, which stays non-blocking; the loop watches it no more.
    ///
    /// ```
    /// use std::os::unix::net::UnixStream;
    /// use uv_loop::{AsyncFd, Loop};
    ///
    /// let (near, _far) = UnixStream::pair()?;
    /// let lp = Loop::new()?;
    /// let near: UnixStream = AsyncFd::new(&lp, near)?.into_inner();
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn into_inner(mut self) -> T {
        self.close();
        let fd = self.fd.take().and_then(Rc::into_inner);
        fd.expect("nobody else has a share of it when the handle is closed")
    }

    fn ready(&self, interest: Interest) -> Ready {
        Ready { watched: self.watched.clone(), id: self.id, handle: self.handle.clone(), interest, key: None }
    }

    async fn io<R>(&self, interest: Interest, mut act: impl FnMut(&T) -> io::Result<R>) -> io::Result<R> {
        loop {
            match act(self.get_ref()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.ready(interest).await?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    fn close(&self) {
        // A handle that someone else has closed, or a loop that is gone, leaves nothing to do but this.
        let _ = self.handle.with(|lp| self.id.close(lp));
        self.watched.release();
    }
}

impl<T: AsFd + 'static> AsFd for AsyncFd<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.get_ref().as_fd()
    }
}

impl<T: AsFd + 'static> Drop for AsyncFd<T> {
    fn drop(&mut self) {
        self.close();
    }
}

impl<T: AsFd + fmt::Debug + 'static> fmt::Debug for AsyncFd<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncFd").field("fd", &self.fd).field("id", &self.id).finish_non_exhaustive()
    }
}

/// The loop's side of the descriptor.
struct Watched {
    fd: RefCell<Option<Rc<dyn AsFd>>>,
    interest: Cell<Interest>,
    waiters: RefCell<Table<Waiter>>,
}

struct Waiter {
    interest: Interest,
    /// Taken when it is woken.
    waker: Option<Waker>,
}

impl Watched {
    /// Wakes those who wait for one of the conditions, and gives the conditions for which somebody waited.
    fn wake(&self, conditions: Interest) -> Interest {
        let mut awaited = Interest::NONE;
        loop {
            let mut waiters = self.waiters.borrow_mut();
            let waiting = |waiter: &&mut Waiter| waiter.waker.is_some() && conditions.contains(waiter.interest);
            let next = waiters.entries_mut().find(waiting);
            let Some((interest, waker)) = next.map(|waiter| (waiter.interest, waiter.waker.take())) else {
                return awaited;
            };
            drop(waiters);
            awaited |= interest;
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }

    /// Lets go of the descriptor, and has those who wait learn of it.
    fn release(&self) {
        let fd = self.fd.take();
        drop(fd);
        self.interest.set(Interest::NONE);
        self.wake(Interest::READABLE | Interest::WRITABLE);
    }

    /// Has the loop watch for `interest`, too.
    fn watch(&self, lp: &Loop, id: HandleId, interest: Interest) -> Result<()> {
        let wanted = self.interest.get() | interest;
        if wanted != self.interest.get() {
            lp.watch(id, wanted)?;
            self.interest.set(wanted);
        }
        Ok(())
    }
}

/// The loop's share. It goes with the handle, or with the loop, and nobody waits any longer then.
struct Kind(Rc<Watched>);

impl HandleKind for Kind {
    fn name(&self) -> &'static str {
        "poll"
    }

    fn fd(&self) -> Option<Rc<dyn AsFd>> {
        self.0.fd.borrow().clone()
    }

    fn on_event(&self, lp: &Loop, id: HandleId, event: Event) {
        let Kind(watched) = self;
        let mut conditions = Interest::NONE;
        if event.readable {
            conditions |= Interest::READABLE;
        }
        if event.writable {
            conditions |= Interest::WRITABLE;
        }
        let awaited = watched.wake(conditions);
        // What nobody awaits would be reported for ever.
        let left = watched.interest.get() - (conditions - awaited);
        if left != watched.interest.get() && lp.watch(id, left).is_ok() {
            watched.interest.set(left);
            if awaited.is_empty() {
                lp.ignore_event();
            }
        }
    }

    fn on_close(&self, _: &Loop, _: HandleId) {
        self.0.release();
    }
}

impl Drop for Kind {
    fn drop(&mut self) {
        self.0.release();
    }
}

/// A wait for one condition.
struct Ready {
    watched: Rc<Watched>,
    id: HandleId,
    handle: LoopHandle,
    interest: Interest,
    /// Among the waiters, while it waits.
    key: Option<Key>,
}

impl Future for Ready {
    type Output = Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let waiters = &this.watched.waiters;
        if let Some(key) = this.key {
            let is_same = match waiters.borrow_mut().get_mut(key) {
                Some(waiter) => waiter.waker.as_ref().map(|waker| waker.will_wake(cx.waker())),
                None => return Poll::Ready(Err(Error::ECANCELED)),
            };
            match is_same {
                Some(true) => return Poll::Pending,
                Some(false) => {
                    // A foreign executor's waker may do anything when it is cloned or dropped, so outside of the borrow.
                    let mut waker = cx.waker().clone();
                    if let Some(place) = waiters.borrow_mut().get_mut(key).and_then(|waiter| waiter.waker.as_mut()) {
                        std::mem::swap(place, &mut waker);
                        return Poll::Pending;
                    }
                }
                None => {}
            }
            let waiter = waiters.borrow_mut().remove(key);
            drop(waiter);
            this.key = None;
            let is_open = this.watched.fd.borrow().is_some();
            return Poll::Ready(if is_open { Ok(()) } else { Err(Error::ECANCELED) });
        }
        match this.handle.with(|lp| this.watched.watch(lp, this.id, this.interest)) {
            Ok(Ok(())) => {}
            Ok(Err(error)) | Err(error) => return Poll::Ready(Err(error)),
        }
        let waiter = Waiter { interest: this.interest, waker: Some(cx.waker().clone()) };
        this.key = Some(this.watched.waiters.borrow_mut().insert(waiter));
        Poll::Pending
    }
}

impl Drop for Ready {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            let waiter = self.watched.waiters.borrow_mut().remove(key);
            drop(waiter);
        }
    }
}
