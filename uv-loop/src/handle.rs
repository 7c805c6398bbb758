//! What all handles share, and the trait by which other crates add kinds of their own.

use std::any::Any;
use std::os::fd::BorrowedFd;
use std::rc::Rc;
use std::sync::Arc;

use uv_sys::{Error, Event, Interest, Result};

use crate::event_loop::{Loop, State};
use crate::handles::timer::TimerBody;
use crate::handles::wake::Mark;
use crate::slab::{HandleId, ListId};

pub(crate) type Callback = Box<dyn FnMut(&Loop, HandleId)>;
pub(crate) type CloseCallback = Box<dyn FnOnce(&Loop)>;

/// What every handle can do. A handle is a `Copy` id: keep as many copies as you like, capture one in its own
/// callback.
///
/// Each operation on a handle whose closing has completed gives `EBADF`.
///
/// ```
/// use uv_loop::{Error, Handle, Loop, Prepare, RunMode};
///
/// let lp = Loop::new()?;
/// let prepare = Prepare::new(&lp);
/// prepare.start(&lp, |lp, me| me.close(lp).unwrap())?;
/// lp.run(RunMode::Default)?;
/// assert_eq!(prepare.unref(&lp), Err(Error::EBADF));
/// # Ok::<(), uv_loop::Error>(())
/// ```
pub trait Handle: Copy {
    /// The id under which the loop knows the handle.
    fn id(self) -> HandleId;

    /// Stops the handle and closes it in this iteration's closing phase (the next iteration's, when called from
    /// there). Its callback is not called again and is dropped.
    ///
    /// # Errors
    ///
    /// `EINVAL` if it is being closed already.
    fn close(self, lp: &Loop) -> Result<()> {
        lp.close_handle(self.id(), None)
    }

    /// [`close`](Handle::close), and calls `cb` when it is done, as `uv_close`.
    ///
    /// # Errors
    ///
    /// Those of [`close`](Handle::close); `cb` is dropped then.
    fn close_with(self, lp: &Loop, cb: impl FnOnce(&Loop) + 'static) -> Result<()> {
        lp.close_handle(self.id(), Some(Box::new(cb)))
    }

    /// Whether the handle is doing something, as `uv_is_active`: a timer or a phase handle is started, an async
    /// handle is open. False for a closed one.
    fn is_active(self, lp: &Loop) -> bool {
        lp.with_slot(self.id(), |flags| flags.active)
            .unwrap_or(false)
    }

    /// Whether the handle is closed or being closed, as `uv_is_closing`.
    fn is_closing(self, lp: &Loop) -> bool {
        lp.with_slot(self.id(), |flags| flags.closing)
            .unwrap_or(true)
    }

    /// Whether the handle keeps the loop alive while it is active, as `uv_has_ref`. False for a closed one.
    fn has_ref(self, lp: &Loop) -> bool {
        lp.with_slot(self.id(), |flags| flags.referenced)
            .unwrap_or(false)
    }

    /// Lets the handle keep the loop alive while it is active (the default), as `uv_ref`.
    ///
    /// # Errors
    ///
    /// `EBADF` if it is closed.
    fn ref_(self, lp: &Loop) -> Result<()> {
        lp.set_referenced(self.id(), true)
    }

    /// Lets the loop end although the handle is active, as `uv_unref`.
    ///
    /// # Errors
    ///
    /// `EBADF` if it is closed.
    fn unref(self, lp: &Loop) -> Result<()> {
        lp.set_referenced(self.id(), false)
    }
}

impl Handle for HandleId {
    fn id(self) -> HandleId {
        self
    }
}

/// A kind of handle that another crate adds to the loop: a socket, a watcher, anything with a descriptor or with
/// completions to deliver. uv-net's handles are made of nothing else.
///
/// The loop holds the kind in an `Rc` and calls it with `&self`, so what changes sits in cells; no borrow of a cell
/// may be held while user code is called.
///
/// ```
/// use std::cell::Cell;
/// use std::io::{Read, Write};
/// use std::os::fd::{AsFd, BorrowedFd};
/// use std::os::unix::net::UnixStream;
/// use std::rc::Rc;
/// use uv_loop::{Event, Handle, HandleId, HandleKind, Interest, Loop, RunMode};
///
/// struct Doorbell {
///     line: UnixStream,
///     rung: Cell<bool>,
/// }
///
/// impl HandleKind for Doorbell {
///     fn name(&self) -> &'static str {
///         "doorbell"
///     }
///     fn fd(&self) -> Option<BorrowedFd<'_>> {
///         Some(self.line.as_fd())
///     }
///     fn on_event(&self, lp: &Loop, id: HandleId, event: Event) {
///         self.rung.set((&self.line).read(&mut [0]).is_ok());
///         id.close(lp).unwrap();
///     }
/// }
///
/// let (line, mut button) = UnixStream::pair()?;
/// let lp = Loop::new()?;
/// let doorbell = Rc::new(Doorbell { line, rung: Cell::new(false) });
/// let id = lp.add_handle(doorbell.clone());
/// lp.watch(id, Interest::READABLE)?;
/// lp.set_active(id, true)?;
/// button.write_all(b"!")?;
/// lp.run(RunMode::Default)?;
/// assert!(doorbell.rung.get());
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait HandleKind: Any {
    /// The kind's name, as libuv's handle types are named: `"tcp"`, `"poll"`.
    fn name(&self) -> &'static str;

    /// The descriptor that [`Loop::watch`] watches.
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    /// The watched descriptor is ready. Called in the poll phase.
    fn on_event(&self, lp: &Loop, id: HandleId, event: Event) {
        let _ = (lp, id, event);
    }

    /// [`Loop::defer`] was called. Called in the pending phase, or right after polling.
    fn on_deferred(&self, lp: &Loop, id: HandleId) {
        let _ = (lp, id);
    }

    /// The handle begins to close: from inside [`Handle::close`], when its descriptor is no longer watched.
    fn on_close(&self, lp: &Loop, id: HandleId) {
        let _ = (lp, id);
    }

    /// The handle is closed, in the closing phase and before the close callback: the place to complete what is
    /// outstanding with `ECANCELED`.
    fn on_closed(&self, lp: &Loop, id: HandleId) {
        let _ = (lp, id);
    }
}

/// What a slot holds for its handle.
pub(crate) struct Body {
    pub(crate) kind: Kind,
    /// Out of its slot while it runs.
    pub(crate) callback: Option<Callback>,
    pub(crate) close_callback: Option<CloseCallback>,
}

pub(crate) enum Kind {
    Timer(TimerBody),
    Phase(ListId),
    Async(Arc<Mark>),
    Other {
        kind: Rc<dyn HandleKind>,
        watched: bool,
    },
}

impl Body {
    pub(crate) fn new(kind: Kind) -> Self {
        Body {
            kind,
            callback: None,
            close_callback: None,
        }
    }

    pub(crate) fn kind_name(&self) -> &'static str {
        match &self.kind {
            Kind::Timer(_) => "timer",
            Kind::Phase(ListId::Idle) => "idle",
            Kind::Phase(ListId::Prepare) => "prepare",
            Kind::Phase(_) => "check",
            Kind::Async(_) => "async",
            Kind::Other { kind, .. } => kind.name(),
        }
    }
}

impl Loop {
    /// Adds a handle of a kind that this crate does not know. It is referenced and not active.
    ///
    /// See [`HandleKind`] for an example.
    pub fn add_handle(&self, kind: Rc<dyn HandleKind>) -> HandleId {
        self.insert(Kind::Other {
            kind,
            watched: false,
        })
    }

    /// The kind behind a handle, if it is a `K`.
    ///
    /// # Errors
    ///
    /// `EBADF` if the handle is closed, `EINVAL` if it is of another kind.
    ///
    /// ```
    /// use std::rc::Rc;
    /// use uv_loop::{HandleKind, Loop};
    ///
    /// struct Label(&'static str);
    /// impl HandleKind for Label {
    ///     fn name(&self) -> &'static str {
    ///         "label"
    ///     }
    /// }
    ///
    /// let lp = Loop::new()?;
    /// let id = lp.add_handle(Rc::new(Label("front door")));
    /// assert_eq!(lp.kind::<Label>(id)?.0, "front door");
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn kind<K: HandleKind>(&self, id: HandleId) -> Result<Rc<K>> {
        let kind: Rc<dyn Any> = self.other(id)?;
        kind.downcast().map_err(|_| Error::EINVAL)
    }

    /// Watches the kind's descriptor for `interest`, level-triggered, or changes what it is watched for.
    /// [`Interest::NONE`] stops watching. The handle's being active is the kind's own business: see
    /// [`Loop::set_active`].
    ///
    /// # Errors
    ///
    /// `EBADF` if the handle is closed, `EINVAL` if it is being closed or has no descriptor, `EEXIST` if another
    /// handle of this loop watches the same descriptor, `EPERM` if the kernel cannot watch it (a regular file).
    ///
    /// See [`HandleKind`] for an example.
    pub fn watch(&self, id: HandleId, interest: Interest) -> Result<()> {
        let kind = self.other(id)?;
        if id.is_closing(self) {
            return Err(Error::EINVAL);
        }
        let fd = kind.fd().ok_or(Error::EINVAL)?;
        let watched = self.is_watched(id);
        match (watched, interest == Interest::NONE) {
            (false, true) => return Ok(()),
            (true, true) => self.poller.delete(fd)?,
            (true, false) => return self.poller.modify(fd, id.index as usize, interest),
            (false, false) => self.poller.add(fd, id.index as usize, interest)?,
        }
        self.set_watched(id, !watched);
        Ok(())
    }

    /// Says whether the handle is doing something; while it is, and is referenced, it keeps the loop alive. As
    /// libuv's own `uv__handle_start` and `uv__handle_stop`.
    ///
    /// # Errors
    ///
    /// `EBADF` if the handle is closed, `EINVAL` if it is being closed.
    ///
    /// See [`HandleKind`] for an example.
    pub fn set_active(&self, id: HandleId, active: bool) -> Result<()> {
        let closing = self
            .with_slot(id, |flags| flags.closing)
            .ok_or(Error::EBADF)?;
        if closing {
            return Err(Error::EINVAL);
        }
        self.change_flags(&mut self.state.borrow_mut(), id, |flags| {
            flags.active = active
        });
        Ok(())
    }

    /// Has [`HandleKind::on_deferred`] called in the next pending phase (right after polling, if it is called
    /// there), once however often it is asked for. As libuv's own `uv__io_feed`: for errors and completions that are
    /// known at once but must not be reported from inside the call that caused them.
    ///
    /// # Errors
    ///
    /// `EBADF` if the handle is closed, `EINVAL` if it is being closed or a kind of this crate.
    ///
    /// ```
    /// use std::rc::Rc;
    /// use uv_loop::{Handle, HandleId, HandleKind, Loop, RunMode};
    ///
    /// struct Later;
    /// impl HandleKind for Later {
    ///     fn name(&self) -> &'static str {
    ///         "later"
    ///     }
    ///     fn on_deferred(&self, lp: &Loop, id: HandleId) {
    ///         id.close(lp).unwrap();
    ///     }
    /// }
    ///
    /// let lp = Loop::new()?;
    /// let id = lp.add_handle(Rc::new(Later));
    /// lp.defer(id)?;
    /// lp.run(RunMode::Default)?;
    /// assert!(id.is_closing(&lp));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn defer(&self, id: HandleId) -> Result<()> {
        self.other(id)?;
        if id.is_closing(self) {
            return Err(Error::EINVAL);
        }
        let mut state = self.state.borrow_mut();
        if state.slab.list_of(id.index) == ListId::None {
            state.slab.push_back(ListId::Pending, id.index);
        }
        Ok(())
    }

    pub(crate) fn insert(&self, kind: Kind) -> HandleId {
        self.state.borrow_mut().slab.insert(Body::new(kind))
    }

    pub(crate) fn other(&self, id: HandleId) -> Result<Rc<dyn HandleKind>> {
        let state = self.state.borrow();
        let slot = state.slab.get(id).ok_or(Error::EBADF)?;
        match slot.body.as_ref().map(|body| &body.kind) {
            Some(Kind::Other { kind, .. }) => Ok(kind.clone()),
            _ => Err(Error::EINVAL),
        }
    }

    pub(crate) fn with_slot<R>(
        &self,
        id: HandleId,
        read: impl FnOnce(&crate::slab::Flags) -> R,
    ) -> Option<R> {
        self.state
            .borrow()
            .slab
            .get(id)
            .map(|slot| read(&slot.flags))
    }

    /// Runs `change` on the body of a handle that is neither closed nor being closed.
    pub(crate) fn with_open<R>(
        &self,
        id: HandleId,
        change: impl FnOnce(&mut State) -> Result<R>,
    ) -> Result<R> {
        let mut state = self.state.borrow_mut();
        let slot = state.slab.get(id).ok_or(Error::EBADF)?;
        if slot.flags.closing {
            return Err(Error::EINVAL);
        }
        change(&mut state)
    }

    /// Calls the handle's callback. It is out of its slot meanwhile, and goes back only if the slot still belongs to
    /// the handle and was not given another one; also when it panics.
    pub(crate) fn call(&self, id: HandleId) {
        struct Restore<'a>(&'a Loop, HandleId, Option<Callback>);
        impl Drop for Restore<'_> {
            fn drop(&mut self) {
                let Restore(lp, id, callback) = self;
                let mut state = lp.state.borrow_mut();
                if let Some(slot) = state.slab.get_mut(*id)
                    && !slot.flags.closing
                    && let Some(body) = slot.body.as_mut()
                    && body.callback.is_none()
                {
                    body.callback = callback.take();
                }
                // Whatever is left in `callback` is dropped when the borrow has ended: its captures may come back
                // into the loop.
                drop(state);
                drop(callback.take());
            }
        }

        let callback = self
            .state
            .borrow_mut()
            .slab
            .get_mut(id)
            .and_then(|slot| slot.body.as_mut()?.callback.take());
        let mut guard = Restore(self, id, callback);
        if let Some(callback) = guard.2.as_mut() {
            callback(self, id);
        }
    }

    /// Puts a callback into the handle's slot and returns the one it replaces, to be dropped outside of the borrow.
    #[must_use]
    pub(crate) fn replace_callback(
        state: &mut State,
        id: HandleId,
        callback: Callback,
    ) -> Option<Callback> {
        state
            .slab
            .get_mut(id)
            .and_then(|slot| slot.body.as_mut()?.callback.replace(callback))
    }

    fn set_referenced(&self, id: HandleId, referenced: bool) -> Result<()> {
        let mut state = self.state.borrow_mut();
        state.slab.get(id).ok_or(Error::EBADF)?;
        self.change_flags(&mut state, id, |flags| flags.referenced = referenced);
        Ok(())
    }

    fn is_watched(&self, id: HandleId) -> bool {
        let state = self.state.borrow();
        let body = state.slab.get(id).and_then(|slot| slot.body.as_ref());
        matches!(
            body,
            Some(Body {
                kind: Kind::Other { watched: true, .. },
                ..
            })
        )
    }

    fn set_watched(&self, id: HandleId, to: bool) {
        if let Some(slot) = self.state.borrow_mut().slab.get_mut(id)
            && let Some(Body {
                kind: Kind::Other { watched, .. },
                ..
            }) = slot.body.as_mut()
        {
            *watched = to;
        }
    }

    fn close_handle(&self, id: HandleId, close_callback: Option<CloseCallback>) -> Result<()> {
        let mut other = None;
        let callback = self.with_open(id, |state| {
            let State { slab, timers } = state;
            slab.unlink(id.index);
            let body = slab
                .get_mut(id)
                .and_then(|slot| slot.body.as_mut())
                .ok_or(Error::EBADF)?;
            match &mut body.kind {
                Kind::Timer(timer) => timer.disarm(timers),
                Kind::Phase(_) => {}
                Kind::Async(mark) => mark.close(),
                Kind::Other { kind, watched } => {
                    other = Some((kind.clone(), std::mem::take(watched)))
                }
            }
            body.close_callback = close_callback;
            let callback = body.callback.take();
            self.change_flags(state, id, |flags| {
                flags.active = false;
                flags.closing = true;
            });
            // libuv chains closing handles at the front: the last one closed is the first one called back.
            state.slab.push_front(ListId::Closing, id.index);
            Ok(callback)
        })?;
        drop(callback);
        if let Some((kind, watched)) = other {
            if watched && let Some(fd) = kind.fd() {
                // The owner may have closed the descriptor before: then there is nothing left to forget.
                let _ = self.poller.delete(fd);
            }
            kind.on_close(self, id);
        }
        Ok(())
    }
}
