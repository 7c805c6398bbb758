//! Listening, accepting and connecting.

use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::thread;

use uv_loop::{Handle, HandleId, Loop};
use uv_sys::{Error, Forks, Result};

use super::body::StreamBody;
use super::done::Done;
use crate::socket::{self, Reserve};

pub(crate) type OnConnection = Box<dyn FnMut(&Loop, HandleId)>;

pub(crate) struct Listener {
    /// Out while it runs.
    callback: Option<OnConnection>,
    accepted: Option<Accepted>,
    reserve: Rc<Reserve>,
}

/// A connection, and from before it was taken.
pub(crate) struct Accepted(pub(crate) OwnedFd, Forks);

impl Accepted {
    pub(super) fn take(reserve: &Reserve, listener: &OwnedFd) -> Option<Accepted> {
        let before = Forks::now();
        reserve.accept(listener).map(|fd| Accepted(fd, before))
    }
}

/// What follows a connect's callback, also when it panics.
struct Connected<'a> {
    body: &'a StreamBody,
    lp: &'a Loop,
    id: HandleId,
    failed: bool,
}

impl Drop for Connected<'_> {
    fn drop(&mut self) {
        let Connected { body, lp, id, failed } = *self;
        if id.is_closing(lp) {
            return;
        }
        if failed {
            body.unwatch_rest(lp, id);
            if let Some(writes) = body.state.borrow_mut().writes.as_mut() {
                writes.fail(Error::ECANCELED);
            }
        } else if body.wants_other_events() {
            // Else the watch is left as it is, until an event comes for it: most begin to read soon, or end.
            body.watch_or_fail(lp, id);
        }
        if !failed || thread::panicking() {
            body.defer_writes(lp, id);
        }
    }
}

impl Listener {
    pub(super) fn waits(&self) -> bool {
        self.accepted.is_none()
    }
}

impl StreamBody {
    pub(crate) fn listen(&self, lp: &Loop, id: HandleId, backlog: u32, callback: OnConnection) -> Result<()> {
        let fd = self.fd().ok_or(Error::EINVAL)?;
        socket::listen(&fd, backlog)?;
        let mut state = self.state.borrow_mut();
        let rare = state.rare();
        let old = rare.listener.take();
        let (old_callback, accepted, reserve) = match old {
            Some(old) => (old.callback, old.accepted, old.reserve),
            None => (None, None, Reserve::of(lp)),
        };
        rare.listener = Some(Listener { callback: Some(callback), accepted, reserve });
        drop(state);
        drop(old_callback);
        self.watch(lp, id).inspect_err(|_| {
            let listener = self.state.borrow_mut().rare().listener.take();
            drop(listener);
        })?;
        lp.set_active(id, true)
    }

    /// The connection that was reported.
    pub(crate) fn take_accepted(&self, lp: &Loop, id: HandleId) -> Result<Accepted> {
        let mut state = self.state.borrow_mut();
        let listener = state.listener().ok_or(Error::EAGAIN)?;
        let accepted = listener.accepted.take().ok_or(Error::EAGAIN)?;
        drop(state);
        self.watch(lp, id)?;
        Ok(accepted)
    }

    /// What `accept` makes of a connection.
    pub(crate) fn accepted(&self, accepted: Accepted) -> Rc<StreamBody> {
        let body = StreamBody::shared(self.kind);
        body.begin(accepted);
        body
    }

    /// A new handle takes a connection.
    pub(crate) fn open_accepted(&self, accepted: Accepted) -> Result<()> {
        if self.state.borrow().fd.is_some() {
            return Err(Error::EBUSY);
        }
        self.apply_wishes(&accepted.0)?;
        self.begin(accepted);
        Ok(())
    }

    fn begin(&self, Accepted(fd, before): Accepted) {
        let mut state = self.state.borrow_mut();
        state.put_fd(fd);
        state.unshared = Some(before);
        state.readable = true;
        state.writable = true;
    }

    pub(crate) fn is_connecting(&self) -> bool {
        self.state.borrow().connecting()
    }

    /// Waits for the socket's connect to end, or reports `error` in its place.
    pub(crate) fn connecting(&self, lp: &Loop, id: HandleId, error: Option<Error>, callback: Done) -> Result<()> {
        let mut state = self.state.borrow_mut();
        state.readable = true;
        state.writable = true;
        state.delayed_error = error;
        state.rare().connect = Some((callback, lp.request()));
        drop(state);
        let result = if error.is_some() { lp.defer(id) } else { self.watch(lp, id) };
        result.inspect_err(|_| {
            let connect = self.state.borrow_mut().take_connect();
            drop(connect);
        })
    }

    /// After a connect: reports what came of it. The socket is asked, for a callback that ran after the kernel had told of
    /// the connection may have reset it.
    pub(super) fn finish_connect(&self, lp: &Loop, id: HandleId) {
        let delayed = self.state.borrow_mut().delayed_error.take();
        let result = match delayed {
            Some(error) => Err(error),
            None => {
                let Some(result) = self.fd().and_then(|fd| socket::connected(&fd)) else { return };
                result
            }
        };
        let mut state = self.state.borrow_mut();
        let Some((callback, request)) = state.take_connect() else {
            return;
        };
        drop(request);
        if result.is_ok() {
            if let Some(writes) = state.writes.as_mut() {
                // They are sent when the socket is writable next, which it is.
                writes.block();
            } else if state.shutting() {
                // It has waited for the connection.
                let _ = lp.defer(id);
            }
        }
        state.trim();
        drop(state);
        self.wake(true, true);
        {
            // After the callback, which in most cases begins to read.
            let _connected = Connected { body: self, lp, id, failed: result.is_err() };
            callback.is(lp, id, result);
        }
        if result.is_err() && !id.is_closing(lp) {
            // Not a shutdown that waits behind them: that is the close's, as in libuv.
            self.call_back_writes(lp, id);
        }
    }

    /// A listener is readable.
    pub(super) fn connection(&self, lp: &Loop, id: HandleId) {
        /// Puts the callback back, also when it panics, and stops watching if it did not accept.
        struct Lent<'a>(&'a StreamBody, &'a Loop, HandleId, Option<OnConnection>);
        impl Drop for Lent<'_> {
            fn drop(&mut self) {
                let Lent(body, lp, id, callback) = self;
                if let Some(listener) = body.state.borrow_mut().listener()
                    && listener.callback.is_none()
                {
                    listener.callback = callback.take();
                }
                if !id.is_closing(lp) {
                    body.watch_or_fail(lp, *id);
                }
            }
        }

        let Some(fd) = self.fd() else { return };
        let callback = {
            let mut state = self.state.borrow_mut();
            let Some(listener) = state.listener() else {
                return;
            };
            if listener.accepted.is_none() {
                listener.accepted = Accepted::take(&listener.reserve, &fd);
            }
            if listener.accepted.is_none() {
                return;
            }
            listener.callback.take()
        };
        drop(fd);
        let mut lent = Lent(self, lp, id, callback);
        if let Some(callback) = lent.3.as_mut() {
            callback(lp, id);
        }
    }
}
