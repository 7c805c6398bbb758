//! The side of futures: reads and writes that are tried at once, and tasks that wait for the next try.

use std::io::IoSlice;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use uv_loop::{HandleId, Loop};
use uv_sys::{Error, Result};

use super::body::{State, StreamBody};
use super::listen::Accepted;
use super::read::ReadBuf;
use crate::socket::{self, Reserve};

/// The tasks that wait for a stream, any number in each direction. All are woken, and each tries anew.
#[derive(Default)]
pub(crate) struct Waiters {
    readers: Vec<Waker>,
    writers: Vec<Waker>,
    /// The last read has left nothing: the next waits without a try.
    drained: bool,
}

impl Waiters {
    pub(super) fn reads(&self) -> bool {
        !self.readers.is_empty()
    }

    pub(super) fn writes(&self) -> bool {
        !self.writers.is_empty()
    }
}

fn add(wakers: &mut Vec<Waker>, cx: &Context<'_>) {
    if !wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
        wakers.push(cx.waker().clone());
    }
}

impl StreamBody {
    pub(crate) fn poll_read(
        &self,
        lp: &Loop,
        id: HandleId,
        cx: &Context<'_>,
        buffer: ReadBuf<'_>,
    ) -> Poll<Result<usize>> {
        let mut state = self.state.borrow_mut();
        if state.reading {
            return Poll::Ready(Err(Error::EALREADY));
        }
        if !state.readable {
            return Poll::Ready(Err(Error::ENOTCONN));
        }
        let room = buffer.capacity();
        if room == 0 {
            return Poll::Ready(Ok(0));
        }
        let waits = state.connecting() || state.waiters.as_ref().is_some_and(|waiters| waiters.drained);
        let result = if waits || state.fd.is_none() { Err(Error::EAGAIN) } else { self.receive(&mut state, buffer) };
        match result {
            Err(Error::EAGAIN) => {
                drop(state);
                self.wait(lp, id, |waiters| add(&mut waiters.readers, cx))
            }
            Ok(count) => {
                // As many as there is room for may not be all. The end is found again by a try.
                if let Some(waiters) = &mut state.waiters {
                    waiters.drained = 0 < count && count < room;
                }
                Poll::Ready(Ok(count))
            }
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    pub(crate) fn poll_write(
        &self,
        lp: &Loop,
        id: HandleId,
        cx: &Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        if buffers.iter().all(|bytes| bytes.is_empty()) {
            return Poll::Ready(Ok(0));
        }
        match self.try_write(buffers, None) {
            Err(Error::EAGAIN) => self.wait(lp, id, |waiters| add(&mut waiters.writers, cx)),
            result => Poll::Ready(result),
        }
    }

    /// Waits until all writes are with the kernel.
    pub(crate) fn poll_flush(&self, lp: &Loop, id: HandleId, cx: &Context<'_>) -> Poll<Result<()>> {
        if self.is_connecting() || self.write_queue_size() > 0 {
            return self.wait(lp, id, |waiters| add(&mut waiters.writers, cx));
        }
        Poll::Ready(Ok(()))
    }

    pub(crate) fn poll_shutdown(&self, lp: &Loop, id: HandleId, cx: &Context<'_>) -> Poll<Result<()>> {
        if self.poll_flush(lp, id, cx)?.is_pending() {
            return Poll::Pending;
        }
        let mut state = self.state.borrow_mut();
        state.writable = false;
        let Some(fd) = state.fd.clone().filter(|_| !state.plain) else {
            return Poll::Ready(Ok(()));
        };
        drop(state);
        Poll::Ready(rustix::net::shutdown(&fd, rustix::net::Shutdown::Write).map_err(socket::error))
    }

    pub(crate) fn poll_accept(
        &self,
        lp: &Loop,
        id: HandleId,
        cx: &Context<'_>,
        reserve: &Reserve,
    ) -> Poll<Result<Rc<StreamBody>>> {
        let Some(fd) = self.fd() else {
            return Poll::Ready(Err(Error::EBADF));
        };
        match Accepted::take(reserve, &fd) {
            Some(accepted) => Poll::Ready(Ok(self.accepted(accepted))),
            None => self.wait(lp, id, |waiters| add(&mut waiters.readers, cx)),
        }
    }

    fn wait<T>(&self, lp: &Loop, id: HandleId, add: impl FnOnce(&mut Waiters)) -> Poll<Result<T>> {
        add(self.state.borrow_mut().waiters.get_or_insert_default());
        match self.watch(lp, id) {
            Ok(()) => Poll::Pending,
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    /// Wakes those who wait for one of the directions; whether anybody waited to write.
    #[inline(always)]
    pub(super) fn wake(&self, reads: bool, writes: bool) -> bool {
        self.state.borrow().waiters.is_some() && self.wake_waiters(reads, writes)
    }

    fn wake_waiters(&self, reads: bool, writes: bool) -> bool {
        let take = |state: &mut State| {
            let waiters = state.waiters.as_mut()?;
            waiters.drained &= !reads;
            let readers = if reads { std::mem::take(&mut waiters.readers) } else { Vec::new() };
            let writers = if writes { std::mem::take(&mut waiters.writers) } else { Vec::new() };
            Some((readers, writers))
        };
        let Some((mut readers, mut writers)) = take(&mut self.state.borrow_mut()) else {
            return false;
        };
        let wrote = !writers.is_empty();
        for waker in readers.drain(..).chain(writers.drain(..)) {
            waker.wake();
        }
        // Their memory serves the next.
        if let Some(waiters) = &mut self.state.borrow_mut().waiters {
            if waiters.readers.capacity() == 0 {
                waiters.readers = readers;
            }
            if waiters.writers.capacity() == 0 {
                waiters.writers = writers;
            }
        }
        wrote
    }
}

/// Something that a callback will give.
pub(crate) struct Promise<T>(std::cell::RefCell<(Option<T>, Option<Waker>)>);

impl<T> Promise<T> {
    pub(crate) fn new() -> Rc<Promise<T>> {
        Rc::new(Promise(std::cell::RefCell::new((None, None))))
    }

    pub(crate) fn keep(&self, value: T) {
        let mut inner = self.0.borrow_mut();
        inner.0 = Some(value);
        let waker = inner.1.take();
        drop(inner);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub(crate) fn poll(&self, cx: &Context<'_>) -> Poll<T> {
        let mut inner = self.0.borrow_mut();
        match inner.0.take() {
            Some(value) => Poll::Ready(value),
            None => {
                inner.1 = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}
