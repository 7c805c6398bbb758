//! The trait by which other crates add kinds of handles of their own, and the loop's side of it.

use std::any::Any;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::rc::Rc;

use uv_sys::{Error, Event, Interest, Result};

use crate::core::State;
use crate::event_loop::Loop;
use crate::handle::Body;
use crate::handles::signal::LoopSignals;
use crate::slab::{HandleId, ListId};

/// A kind of handle that another crate adds to the loop: a socket, a watcher, anything with a descriptor or with
/// completions to deliver. uv-net's handles are made of nothing else.
///
/// The loop holds the kind in an `Rc` and calls it with `&self`, so what changes sits in cells; no borrow of a cell
/// may be held while user code is called.
///
/// ```
/// use std::cell::Cell;
/// use std::io::{Read, Write};
/// use std::os::fd::AsFd;
/// use std::os::unix::net::UnixStream;
/// use std::rc::Rc;
/// use uv_loop::{Event, Handle, HandleId, HandleKind, Interest, Loop, RunMode};
///
/// struct Doorbell {
///     line: Rc<UnixStream>,
///     rung: Cell<bool>,
/// }
///
/// impl HandleKind for Doorbell {
///     fn name(&self) -> &'static str {
///         "doorbell"
///     }
///     fn fd(&self) -> Option<Rc<dyn AsFd>> {
///         Some(self.line.clone())
///     }
///     fn on_event(&self, lp: &Loop, id: HandleId, event: Event) {
///         self.rung.set((&*self.line).read(&mut [0]).is_ok());
///         id.close(lp).unwrap();
///     }
/// }
///
/// let (line, mut button) = UnixStream::pair()?;
/// let lp = Loop::new()?;
/// let doorbell = Rc::new(Doorbell { line: Rc::new(line), rung: Cell::new(false) });
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

    /// Whether the loop has the handle for itself, as libuv's internal handles: [`Loop::walk`] passes over it, and it does not keep the
    /// loop from being [closed](Loop::close), which drops it.
    fn is_internal(&self) -> bool {
        false
    }

    /// The descriptor that [`Loop::watch`] watches. It is shared for the time of a call, so that a kind can let go of
    /// its own share in [`on_close`](HandleKind::on_close): libuv's handles close their descriptors there.
    fn fd(&self) -> Option<Rc<dyn AsFd>> {
        None
    }

    /// [`fd`](HandleKind::fd) for others than the loop, who may make duplicates of it.
    fn share_fd(&self) -> Option<Rc<dyn AsFd>> {
        self.fd()
    }

    /// The handle begins to close, and its descriptor is watched. A kind that knows that there is no duplicate of the
    /// descriptor, in this process or another one, may close it here: then the kernel stops watching by itself, which saves
    /// a system call. Says whether it has.
    fn close_watched(&self) -> bool {
        false
    }

    /// The watched descriptor is ready. Called in the poll phase. See [`Loop::ignore_event`] for what nobody waits for.
    fn on_event(&self, lp: &Loop, id: HandleId, event: Event) {
        let _ = (lp, id, event);
    }

    /// [`Loop::defer`] was called. Called in the pending phase, or right after polling.
    fn on_deferred(&self, lp: &Loop, id: HandleId) {
        let _ = (lp, id);
    }

    /// The loop is in the child of a fork: see [`Loop::fork`]. Called before the descriptor is watched there, so that
    /// it may be another one.
    ///
    /// # Errors
    ///
    /// What keeps the handle from working in the child; [`Loop::fork`] returns it, and the descriptor is not watched.
    fn on_fork(&self, lp: &Loop, id: HandleId) -> Result<()> {
        let _ = (lp, id);
        Ok(())
    }

    /// Another handle is to watch the same descriptor. A kind that goes on watching for longer than it needs to, and needs
    /// to no more, is to stop: by [`Loop::watch`].
    fn on_contended(&self, lp: &Loop, id: HandleId) {
        let _ = (lp, id);
    }

    /// The handle begins to close: from inside [`Handle::close`](crate::Handle::close), when its descriptor is no longer watched.
    fn on_close(&self, lp: &Loop, id: HandleId) {
        let _ = (lp, id);
    }

    /// The handle is closed, in the closing phase and before the close callback: the place to complete what is
    /// outstanding with `ECANCELED`. If it panics it is called again by the next [`Loop::run`], for the rest.
    fn on_closed(&self, lp: &Loop, id: HandleId) {
        let _ = (lp, id);
    }

    /// The handle is gone, and this is the loop's share of the kind: for who keeps it for another handle. Called before the
    /// close callback.
    fn on_released(self: Rc<Self>) {}
}

impl Loop {
    /// Adds a handle of a kind that this crate does not know. It is referenced and not active.
    ///
    /// ```
    /// use std::rc::Rc;
    /// use uv_loop::{HandleKind, Loop};
    ///
    /// struct Socket;
    /// impl HandleKind for Socket {
    ///     fn name(&self) -> &'static str {
    ///         "socket"
    ///     }
    /// }
    ///
    /// let lp = Loop::new()?;
    /// let id = lp.add_handle(Rc::new(Socket));
    /// lp.walk(|seen, name| assert!(seen == id && name == "socket"));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn add_handle(&self, kind: Rc<dyn HandleKind>) -> HandleId {
        self.insert(Body::Other { kind, watch: None })
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

    /// [`kind`](Loop::kind) of a handle that is neither closed nor being closed.
    ///
    /// # Errors
    ///
    /// `EBADF` if the handle is closed, `EINVAL` if it is being closed or of another kind.
    ///
    /// ```
    /// use std::rc::Rc;
    /// use uv_loop::{Error, Handle, HandleKind, Loop};
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
    /// assert_eq!(lp.open_kind::<Label>(id)?.0, "front door");
    /// id.close(&lp)?;
    /// assert!(matches!(lp.open_kind::<Label>(id), Err(Error::EINVAL)));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    #[inline]
    pub fn open_kind<K: HandleKind>(&self, id: HandleId) -> Result<Rc<K>> {
        let kind: Rc<dyn Any> = self.open_other(id)?;
        kind.downcast().map_err(|_| Error::EINVAL)
    }

    /// The descriptor of a handle that has one, as `uv_fileno`. It is shared: it stays open for as long as it is held.
    ///
    /// # Errors
    ///
    /// `EBADF` if the handle is closed or has no descriptor, `EINVAL` if it is being closed or is of a kind of this crate
    /// without descriptors.
    ///
    /// ```
    /// use std::os::fd::{AsFd, AsRawFd};
    /// use std::rc::Rc;
    /// use uv_loop::{HandleKind, Loop};
    ///
    /// struct Pipe(Rc<std::io::PipeReader>);
    /// impl HandleKind for Pipe {
    ///     fn name(&self) -> &'static str {
    ///         "pipe"
    ///     }
    ///     fn fd(&self) -> Option<Rc<dyn AsFd>> {
    ///         Some(self.0.clone())
    ///     }
    /// }
    ///
    /// let reader = Rc::new(std::io::pipe().unwrap().0);
    /// let lp = Loop::new()?;
    /// let id = lp.add_handle(Rc::new(Pipe(reader.clone())));
    /// assert_eq!(lp.fileno(id)?.as_fd().as_raw_fd(), reader.as_raw_fd());
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn fileno(&self, id: HandleId) -> Result<Rc<dyn AsFd>> {
        self.open_other(id)?.share_fd().ok_or(Error::EBADF)
    }

    /// The number of the descriptor of a handle that has one. Unlike [`fileno`](Loop::fileno) it shares nothing: the number is
    /// somebody else's as soon as the handle is closed, and what is made of it meanwhile (by `dup(2)`, say) the kind does not
    /// know of.
    ///
    /// # Errors
    ///
    /// Those of [`fileno`](Loop::fileno).
    ///
    /// ```
    /// use std::os::fd::{AsFd, AsRawFd};
    /// use std::rc::Rc;
    /// use uv_loop::{HandleKind, Loop};
    ///
    /// struct Pipe(Rc<std::io::PipeReader>);
    /// impl HandleKind for Pipe {
    ///     fn name(&self) -> &'static str {
    ///         "pipe"
    ///     }
    ///     fn fd(&self) -> Option<Rc<dyn AsFd>> {
    ///         Some(self.0.clone())
    ///     }
    /// }
    ///
    /// let reader = Rc::new(std::io::pipe().unwrap().0);
    /// let lp = Loop::new()?;
    /// let id = lp.add_handle(Rc::new(Pipe(reader.clone())));
    /// assert_eq!(lp.raw_fileno(id)?, reader.as_raw_fd());
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn raw_fileno(&self, id: HandleId) -> Result<RawFd> {
        let fd = self.open_other(id)?.fd().ok_or(Error::EBADF)?;
        Ok(fd.as_fd().as_raw_fd())
    }

    /// Watches the kind's descriptor for `interest`, level-triggered, or changes what it is watched for.
    /// [`Interest::NONE`] stops watching, also for what the poll phase in hand has still to report. The handle's being active is the kind's own business: see
    /// [`Loop::set_active`].
    ///
    /// # Errors
    ///
    /// `EBADF` if the handle is closed, `EINVAL` if it is being closed or has no descriptor, `EEXIST` if another
    /// handle of this loop watches the same descriptor, `EPERM` if the kernel cannot watch it (a regular file).
    ///
    /// ```
    /// use std::os::fd::AsFd;
    /// use std::rc::Rc;
    /// use uv_loop::{HandleKind, Interest, Loop};
    ///
    /// struct Pipe(Rc<std::io::PipeReader>);
    /// impl HandleKind for Pipe {
    ///     fn name(&self) -> &'static str {
    ///         "pipe"
    ///     }
    ///     fn fd(&self) -> Option<Rc<dyn AsFd>> {
    ///         Some(self.0.clone())
    ///     }
    /// }
    ///
    /// let (reader, _writer) = std::io::pipe().unwrap();
    /// let lp = Loop::new()?;
    /// let id = lp.add_handle(Rc::new(Pipe(Rc::new(reader))));
    /// lp.watch(id, Interest::READABLE)?;
    /// lp.watch(id, Interest::NONE)?;
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn watch(&self, id: HandleId, interest: Interest) -> Result<()> {
        let fd = self.open_other(id)?.fd().ok_or(Error::EINVAL)?;
        self.watch_fd(id, fd.as_fd(), interest)
    }

    /// [`watch`](Loop::watch) for a kind that has its descriptor at hand: `fd` is the one that [`HandleKind::fd`] gives.
    ///
    /// # Errors
    ///
    /// Those of [`watch`](Loop::watch).
    ///
    /// ```
    /// use std::os::fd::AsFd;
    /// use std::rc::Rc;
    /// use uv_loop::{HandleKind, Interest, Loop};
    ///
    /// struct Pipe(Rc<std::io::PipeReader>);
    /// impl HandleKind for Pipe {
    ///     fn name(&self) -> &'static str {
    ///         "pipe"
    ///     }
    ///     fn fd(&self) -> Option<Rc<dyn AsFd>> {
    ///         Some(self.0.clone())
    ///     }
    /// }
    ///
    /// let (reader, _writer) = std::io::pipe().unwrap();
    /// let pipe = Rc::new(Pipe(Rc::new(reader)));
    /// let lp = Loop::new()?;
    /// let id = lp.add_handle(pipe.clone());
    /// lp.watch_fd(id, pipe.0.as_fd(), Interest::READABLE)?;
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn watch_fd(&self, id: HandleId, fd: BorrowedFd<'_>, interest: Interest) -> Result<()> {
        match self.try_watch(id, fd, interest) {
            Err(Error::EEXIST) => {
                self.contend(fd);
                self.try_watch(id, fd, interest)
            }
            result => result,
        }
    }

    fn try_watch(&self, id: HandleId, fd: BorrowedFd<'_>, interest: Interest) -> Result<()> {
        let mut state = self.core.state.borrow_mut();
        let watch = match state.slab.get_mut(id).ok_or(Error::EBADF)?.body.as_mut() {
            Some(Body::Other { watch, .. }) => watch,
            // It is of this crate, or closing.
            _ => return Err(Error::EINVAL),
        };
        let (key, watched) = (poll_key(id), &self.core.watched);
        match watch {
            Some(_) if interest == Interest::NONE => {
                // If its owner has closed the descriptor there is nothing left to forget.
                let _ = self.core.poller.delete(fd);
                watched.set(watched.get().saturating_sub(1));
                *watch = None;
            }
            Some(watch) => {
                self.core.poller.modify(fd, key, interest)?;
                watch.interest = interest;
            }
            None if interest == Interest::NONE => {}
            None => {
                self.core.poller.add(fd, key, interest)?;
                watched.set(watched.get() + 1);
                *watch = Some(Watch { interest, since: self.core.polls.get() as u32 });
            }
        }
        Ok(())
    }

    /// No longer watches the descriptor of a handle that begins to close.
    pub(crate) fn forget_descriptor(&self, kind: &dyn HandleKind) {
        self.core.watched.set(self.core.watched.get().saturating_sub(1));
        if kind.close_watched() {
            return;
        }
        if let Some(fd) = kind.fd() {
            // The owner may have closed the descriptor before: then there is nothing left to forget.
            let _ = self.core.poller.delete(fd.as_fd());
        }
    }

    /// Asks whether this loop could watch the descriptor, which it does not yet.
    ///
    /// # Errors
    ///
    /// Those of [`watch`](Loop::watch): `EEXIST` if this loop watches it already, `EPERM` if the kernel cannot watch it,
    /// `EBADF` if it is not open.
    ///
    /// ```
    /// use std::os::fd::AsFd;
    /// use uv_loop::Loop;
    ///
    /// let (reader, _writer) = std::io::pipe().unwrap();
    /// Loop::new()?.check_fd(reader.as_fd())?;
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn check_fd(&self, fd: BorrowedFd<'_>) -> Result<()> {
        let add = || self.core.poller.add(fd, 0, Interest::NONE);
        if add() == Err(Error::EEXIST) {
            self.contend(fd);
            add()?;
        }
        self.core.poller.delete(fd)
    }

    /// Has the handles that watch this descriptor say whether they need it.
    #[cold]
    fn contend(&self, fd: BorrowedFd<'_>) {
        let ids: Vec<_> = self.core.state.borrow().slab.ids().collect();
        for id in ids {
            if self.watch_of(id).is_some()
                && let Ok(kind) = self.open_other(id)
                && kind.fd().is_some_and(|own| own.as_fd().as_raw_fd() == fd.as_raw_fd())
            {
                kind.on_contended(self, id);
            }
        }
    }

    /// Says whether the handle is doing something; while it is, and is referenced, it keeps the loop alive. As
    /// libuv's own `uv__handle_start` and `uv__handle_stop`.
    ///
    /// # Errors
    ///
    /// `EBADF` if the handle is closed, `EINVAL` if it is being closed or a kind of this crate.
    ///
    /// ```
    /// use std::rc::Rc;
    /// use uv_loop::{Handle, HandleKind, Loop};
    ///
    /// struct Download;
    /// impl HandleKind for Download {
    ///     fn name(&self) -> &'static str {
    ///         "download"
    ///     }
    /// }
    ///
    /// let lp = Loop::new()?;
    /// let id = lp.add_handle(Rc::new(Download));
    /// assert!(!lp.alive());
    /// lp.set_active(id, true)?;
    /// assert!(lp.alive());
    /// id.unref(&lp)?;
    /// assert!(!lp.alive());
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn set_active(&self, id: HandleId, active: bool) -> Result<()> {
        let mut state = self.core.state.borrow_mut();
        open_other(&state, id)?;
        self.change_flags(&mut state, id, |flags| flags.active = active);
        Ok(())
    }

    /// Says, from inside [`HandleKind::on_event`], that nobody was called: the event is one that is no longer waited for, of a
    /// descriptor that was watched for longer than needed, and the watch is ended or changed. A poll phase that has found
    /// nothing else waits on for the rest of its time, as libuv's does, so that a run of [`RunMode::Once`](crate::RunMode::Once)
    /// does not end for nothing.
    ///
    /// ```
    /// use std::os::fd::AsFd;
    /// use std::rc::Rc;
    /// use std::time::Duration;
    /// use uv_loop::{Event, HandleId, HandleKind, Interest, Loop, RunMode, Timer};
    ///
    /// struct Idle(Rc<std::io::PipeWriter>);
    /// impl HandleKind for Idle {
    ///     fn name(&self) -> &'static str {
    ///         "idle writer"
    ///     }
    ///     fn fd(&self) -> Option<Rc<dyn AsFd>> {
    ///         Some(self.0.clone())
    ///     }
    ///     fn on_event(&self, lp: &Loop, id: HandleId, _: Event) {
    ///         lp.watch(id, Interest::NONE).unwrap();
    ///         lp.ignore_event();
    ///     }
    /// }
    ///
    /// let (_reader, writer) = std::io::pipe().unwrap();
    /// let lp = Loop::new()?;
    /// let id = lp.add_handle(Rc::new(Idle(Rc::new(writer))));
    /// lp.watch(id, Interest::WRITABLE)?;
    /// Timer::new(&lp).start(&lp, Duration::from_millis(5), Duration::ZERO, |_, _| {})?;
    /// assert!(!lp.run(RunMode::Once)?, "it has waited for the timer");
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn ignore_event(&self) {
        self.core.ignored.set(self.core.ignored.get() + 1);
    }

    /// Has [`HandleKind::on_deferred`] called in the next pending phase (right after polling, if it is called
    /// there), once however often it is asked for; the loop stays alive until then. As libuv's own `uv__io_feed`: for errors and completions that are
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
        let mut state = self.core.state.borrow_mut();
        open_other(&state, id)?;
        if !state.slab.is_in_any_list(id.index) {
            state.slab.push_back(ListId::Pending, id.index);
        }
        Ok(())
    }

    pub(crate) fn other(&self, id: HandleId) -> Result<Rc<dyn HandleKind>> {
        let state = self.core.state.borrow();
        let slot = state.slab.get(id).ok_or(Error::EBADF)?;
        slot.body.as_ref().and_then(Body::other).cloned().ok_or(Error::EINVAL)
    }

    pub(crate) fn is_internal(&self, id: HandleId) -> bool {
        self.other(id).is_ok_and(|kind| kind.is_internal())
    }

    pub(crate) fn open_other(&self, id: HandleId) -> Result<Rc<dyn HandleKind>> {
        open_other(&self.core.state.borrow(), id).cloned()
    }

    /// Hands an event to its handle, if the handle still watches for it: a callback of the same poll phase may have
    /// ended or changed the watch.
    pub(crate) fn deliver_event(&self, mut event: Event) {
        if event.key == LoopSignals::KEY {
            return self.core.signals.on_event();
        }
        let Some((id, kind, watch)) = self.watching(event.key) else {
            return;
        };
        if watch.since == self.core.polls.get() as u32 {
            return;
        }
        if !watch.interest.contains(conditions(&event)) {
            watch.restrict(&mut event);
        }
        if !conditions(&event).is_empty() {
            let _seen = self.observe_handle(id);
            kind.on_event(self, id, event);
        }
    }

    /// The open handle that is registered under this key. A descriptor that was closed unasked may live on in a
    /// duplicate, and its events with it.
    #[inline]
    fn watching(&self, key: usize) -> Option<(HandleId, Rc<dyn HandleKind>, Watch)> {
        let state = self.core.state.borrow();
        let (id, body) = state.slab.at(key as u32).filter(|&(id, _)| poll_key(id) == key)?;
        match body {
            Body::Other { kind, watch: Some(watch) } => Some((id, kind.clone(), *watch)),
            _ => None,
        }
    }

    /// The first of a list, which it leaves, if it is of a kind that this crate does not know.
    #[inline]
    pub(crate) fn pop_other(&self, list: ListId) -> Option<(HandleId, Option<Rc<dyn HandleKind>>)> {
        let mut state = self.core.state.borrow_mut();
        let id = state.slab.pop_front(list)?;
        let body = state.slab.get(id).and_then(|slot| slot.body.as_ref());
        Some((id, body.and_then(Body::other).cloned()))
    }

    fn watch_of(&self, id: HandleId) -> Option<Watch> {
        match self.core.state.borrow().slab.get(id)?.body.as_ref()? {
            Body::Other { watch, .. } => *watch,
            _ => None,
        }
    }
}

#[inline]
fn open_other(state: &State, id: HandleId) -> Result<&Rc<dyn HandleKind>> {
    match state.slab.get(id).ok_or(Error::EBADF)?.body.as_ref() {
        Some(Body::Other { kind, .. }) => Ok(kind),
        // It is of this crate, or closing.
        _ => Err(Error::EINVAL),
    }
}

/// A descriptor's registration with the poller.
#[derive(Clone, Copy)]
pub(crate) struct Watch {
    pub(crate) interest: Interest,
    /// The poll phase in which, or after which, it was made: events of that phase are not its own. It has 32 bits; the
    /// 2^32nd phase after misses an event, which the next one reports again.
    since: u32,
}

impl Watch {
    /// Takes out of the event what is not, or no longer, watched for. Errors and hang-ups are told unasked.
    fn restrict(self, event: &mut Event) {
        let always = event.error || event.hangup;
        event.readable &= always || self.interest.contains(Interest::READABLE);
        event.writable &= always || self.interest.contains(Interest::WRITABLE);
        event.priority &= self.interest.contains(Interest::PRIORITY);
        event.disconnect &= always || self.interest.contains(Interest::DISCONNECT);
    }
}

#[inline]
fn conditions(event: &Event) -> Interest {
    let of = |is_so, condition| if is_so { condition } else { Interest::NONE };
    of(event.readable, Interest::READABLE)
        | of(event.writable, Interest::WRITABLE)
        | of(event.priority, Interest::PRIORITY)
        | of(event.disconnect, Interest::DISCONNECT)
}

/// What the poller reports a handle's events under: with the generation where a key has room for it.
pub(crate) fn poll_key(id: HandleId) -> usize {
    let generation = (id.generation as usize).checked_shl(32).unwrap_or(0);
    generation | id.index as usize
}
