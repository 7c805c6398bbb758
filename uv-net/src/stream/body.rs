//! What is behind a handle: its state, and the loop's events handed to the rooms beside this one. As in libuv,
//! everything that a callback may see happens before it is called, and no borrow is held while one is.

use std::cell::{Ref, RefCell};
use std::collections::VecDeque;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::rc::Rc;

use rustix::net::AddressFamily;
use uv_loop::{Event, Handle, HandleId, HandleKind, Interest, Loop, RequestGuard};
use uv_sys::{Error, Forks, Result};

use super::done::Done;
use super::listen::Listener;
use super::read::Reader;
use super::spare::Descriptor;
use super::wait::Waiters;
use super::write::WriteQueue;
use crate::OpenError;
use crate::socket::{self, Channel};
use crate::tcp::KeepAlive;
use crate::tty;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum StreamType {
    Tcp,
    Pipe,
    /// A pipe that passes descriptors.
    IpcPipe,
    Tty,
}

/// What came of the opening of a descriptor.
pub(crate) type Opened = std::result::Result<(), OpenError>;

pub(crate) struct StreamBody {
    pub(super) kind: StreamType,
    pub(crate) state: RefCell<State>,
}

/// Kept small: it is all that an idle connection has.
#[derive(Default)]
pub(crate) struct State {
    pub(super) fd: Option<Rc<Descriptor>>,
    /// What was around the descriptor of the stream that had this before.
    pub(super) shell: Option<Rc<Descriptor>>,
    /// Out while it runs.
    pub(super) reader: Option<Reader>,
    /// There while writes are under way.
    pub(super) writes: Option<Box<WriteQueue>>,
    pub(crate) rare: Option<Box<Rare>>,
    pub(super) waiters: Option<Box<Waiters>>,
    /// Found by a bind or a connect, and to be reported later.
    pub(crate) delayed_error: Option<Error>,
    /// Counts the starts, so that a callback does not come back after it was replaced.
    pub(super) reads: u32,
    pub(super) reading: bool,
    pub(crate) readable: bool,
    pub(crate) writable: bool,
    /// Not a socket: a FIFO, a terminal.
    pub(super) plain: bool,
    pub(crate) blocking: bool,
    /// What the loop watches the descriptor for.
    watched: Interest,
    /// From before the descriptor was made, if it was made here and was not given away.
    pub(super) unshared: Option<Forks>,
}

/// What most connections lack most of the time.
#[derive(Default)]
pub(crate) struct Rare {
    pub(super) listener: Option<Listener>,
    pub(super) connect: Option<(Done, RequestGuard)>,
    pub(super) shutdown: Option<(Done, RequestGuard)>,
    /// Descriptors that have come through the pipe.
    pub(crate) received: VecDeque<OwnedFd>,
    /// The socket's file, which goes with it.
    pub(crate) path: Option<PathBuf>,
    pub(crate) terminal: Option<tty::Terminal>,
    /// Wishes that wait for a socket.
    pub(crate) nodelay: bool,
    pub(crate) keepalive: Option<KeepAlive>,
}

impl State {
    pub(crate) fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_with(Rare::take)
    }

    /// Begins anew, for another stream.
    pub(super) fn reset(&mut self) {
        *self = State { shell: self.shell.take(), ..State::default() };
    }

    pub(super) fn put_fd(&mut self, fd: OwnedFd) -> &Rc<Descriptor> {
        let shell = self.shell.take();
        self.fd.insert(Descriptor::refill(shell, fd))
    }

    pub(super) fn connecting(&self) -> bool {
        self.rare.as_ref().is_some_and(|rare| rare.connect.is_some())
    }

    pub(super) fn take_connect(&mut self) -> Option<(Done, RequestGuard)> {
        self.rare.as_mut()?.connect.take()
    }

    pub(super) fn shutting(&self) -> bool {
        self.rare.as_ref().is_some_and(|rare| rare.shutdown.is_some())
    }

    /// Whether writes are to be called back, or sent before the descriptor is writable.
    pub(super) fn writes_need_turn(&self) -> bool {
        self.writes.as_ref().is_some_and(|writes| writes.needs_turn())
    }

    pub(super) fn listener(&mut self) -> Option<&mut Listener> {
        self.rare.as_mut()?.listener.as_mut()
    }

    /// What a read would end with, if it is known that there is nothing to read: then nobody need have memory for it.
    pub(super) fn end(&self) -> Option<Error> {
        if self.plain { None } else { socket::end(self.fd.as_deref()?) }
    }

    /// Lets go of what was for the beginning alone.
    #[inline]
    pub(super) fn trim(&mut self) {
        if self.rare.is_some() {
            self.trim_rare();
        }
    }

    fn trim_rare(&mut self) {
        let idle = |rare: &mut Box<Rare>| {
            let holds = rare.listener.is_some() || rare.path.is_some() || rare.terminal.is_some();
            let waits = rare.connect.is_some() || rare.shutdown.is_some() || !rare.received.is_empty();
            !holds && !waits && !rare.nodelay && rare.keepalive.is_none()
        };
        if let Some(unused) = self.rare.take_if(idle) {
            unused.keep();
        }
    }

    /// Where to write, and what is to be written.
    pub(super) fn channel(&mut self) -> Option<(Channel<'_>, &mut Option<Box<WriteQueue>>)> {
        let State { fd, writes, plain, blocking, .. } = self;
        Some((Channel { fd: fd.as_ref()?, plain: *plain, blocking: *blocking }, writes))
    }

    fn wanted(&self) -> Interest {
        let mut wanted = Interest::NONE;
        let listener = self.rare.as_ref().and_then(|rare| rare.listener.as_ref());
        if self.reading || listener.is_some_and(Listener::waits) {
            wanted |= Interest::READABLE;
        }
        let writes = self.writes.as_ref().is_some_and(|writes| writes.is_blocked());
        if if self.connecting() { self.delayed_error.is_none() } else { writes } {
            wanted |= Interest::WRITABLE;
        }
        if let Some(waiters) = &self.waiters {
            if waiters.reads() {
                wanted |= Interest::READABLE;
            }
            if waiters.writes() {
                wanted |= Interest::WRITABLE;
            }
        }
        wanted
    }
}

impl StreamBody {
    pub(crate) fn new(kind: StreamType) -> StreamBody {
        StreamBody { kind, state: RefCell::default() }
    }

    /// The body of a handle that is open.
    #[inline]
    pub(crate) fn of(lp: &Loop, id: HandleId) -> Result<Rc<StreamBody>> {
        lp.open_kind(id)
    }

    pub(crate) fn is_ipc(&self) -> bool {
        self.kind == StreamType::IpcPipe
    }

    pub(crate) fn is_shutting(&self) -> bool {
        self.state.borrow().shutting()
    }

    /// The descriptor, for what is done with it here.
    pub(crate) fn fd(&self) -> Option<Rc<Descriptor>> {
        self.state.borrow().fd.clone()
    }

    /// The descriptor, for others.
    pub(crate) fn shared_fd(&self) -> Option<Rc<Descriptor>> {
        let mut state = self.state.borrow_mut();
        state.unshared = None;
        state.fd.clone()
    }

    /// Makes the socket.
    pub(crate) fn make_socket(&self, family: AddressFamily) -> Result<Rc<Descriptor>> {
        let before = Forks::now();
        let fd = self.set_fd(socket::new(family)?)?;
        self.state.borrow_mut().unshared = Some(before);
        Ok(fd)
    }

    /// Takes a descriptor: non-blocking, unless `blocking`.
    pub(crate) fn open(&self, fd: OwnedFd, readable: bool, writable: bool, blocking: bool) -> Opened {
        let plain = match self.prepare(&fd, blocking) {
            Ok(plain) => plain,
            Err(error) => return Err(OpenError::new(error, fd)),
        };
        let mut state = self.state.borrow_mut();
        state.put_fd(fd);
        state.readable = readable;
        state.writable = writable;
        state.plain = plain;
        state.blocking = blocking;
        Ok(())
    }

    /// Makes a descriptor ready to be taken; whether it is no socket.
    fn prepare(&self, fd: &OwnedFd, blocking: bool) -> Result<bool> {
        if self.state.borrow().fd.is_some() {
            return Err(Error::EBUSY);
        }
        if !blocking {
            socket::set_nonblocking(fd, true)?;
        }
        let plain = self.kind != StreamType::Tcp && !socket::is_socket(fd)?;
        self.apply_wishes(fd)?;
        Ok(plain)
    }

    pub(crate) fn set_fd(&self, fd: OwnedFd) -> Result<Rc<Descriptor>> {
        self.apply_wishes(&fd)?;
        Ok(self.state.borrow_mut().put_fd(fd).clone())
    }

    /// What was wished before there was a socket.
    pub(super) fn apply_wishes(&self, fd: &OwnedFd) -> Result<()> {
        if let Some(rare) = &mut self.state.borrow_mut().rare {
            if std::mem::take(&mut rare.nodelay) {
                socket::set_nodelay(fd, true)?;
            }
            if let Some(keepalive) = rare.keepalive.take() {
                socket::set_keepalive(fd, Some(keepalive))?;
            }
        }
        Ok(())
    }

    /// Has the loop watch for what the state waits for. A stopped reading is still watched for, until an event comes
    /// for it: most are started again, and that costs no system call then.
    pub(super) fn watch(&self, lp: &Loop, id: HandleId) -> Result<()> {
        let state = self.state.borrow();
        let mut wanted = state.wanted();
        // A socket that was opened as readable may listen: what is not accepted is not to be heard of again.
        let listens = state.rare.as_ref().is_some_and(|rare| rare.listener.is_some());
        if state.readable && !listens && state.watched.contains(Interest::READABLE) {
            wanted |= Interest::READABLE;
        }
        self.watch_for(lp, id, state, wanted)
    }

    /// Has the loop watch for no more than that.
    pub(super) fn unwatch_rest(&self, lp: &Loop, id: HandleId) {
        let state = self.state.borrow();
        let wanted = state.wanted();
        // It fails only for what is not watched any more.
        let _ = self.watch_for(lp, id, state, wanted);
    }

    /// Whether there is something to watch for, and it is not what is watched for.
    pub(super) fn wants_other_events(&self) -> bool {
        let state = self.state.borrow();
        let wanted = state.wanted();
        !wanted.is_empty() && wanted != state.watched
    }

    #[inline]
    fn watch_for(&self, lp: &Loop, id: HandleId, state: Ref<'_, State>, wanted: Interest) -> Result<()> {
        if wanted == state.watched {
            return Ok(());
        }
        let fd = state.fd.clone().ok_or(Error::EINVAL)?;
        drop(state);
        lp.watch_fd(id, fd.as_fd(), wanted)?;
        self.state.borrow_mut().watched = wanted;
        Ok(())
    }

    /// A descriptor that cannot be watched will not be written to either.
    pub(super) fn watch_or_fail(&self, lp: &Loop, id: HandleId) {
        if let Err(error) = self.watch(lp, id)
            && let Some(writes) = self.state.borrow_mut().writes.as_mut()
        {
            writes.fail(error);
        }
    }

    /// Closes the descriptor, if the loop has not, and ends what most streams have not got.
    fn close_rest(&self) {
        let mut state = self.state.borrow_mut();
        let rest = state.rare.as_mut().map(|rare| {
            if let Some(path) = rare.path.take() {
                // Before the socket goes: another process may make one of the same name right after that.
                let _ = std::fs::remove_file(path);
            }
            (rare.listener.take(), std::mem::take(&mut rare.received))
        });
        let fd = state.fd.take();
        drop(state);
        if let Some(fd) = fd {
            let closes = socket::may_close(&fd);
            self.state.borrow_mut().shell = fd.let_go(closes);
        }
        drop(rest);
    }

    /// Has a turn come if the writes need one.
    pub(super) fn defer_writes(&self, lp: &Loop, id: HandleId) {
        if self.state.borrow().writes_need_turn() {
            let _ = lp.defer(id);
        }
    }
}

impl HandleKind for StreamBody {
    fn name(&self) -> &'static str {
        match self.kind {
            StreamType::Tcp => "tcp",
            StreamType::Pipe | StreamType::IpcPipe => "pipe",
            StreamType::Tty => "tty",
        }
    }

    fn fd(&self) -> Option<Rc<dyn AsFd>> {
        Some(self.state.borrow().fd.clone()?)
    }

    fn share_fd(&self) -> Option<Rc<dyn AsFd>> {
        Some(self.shared_fd()?)
    }

    fn close_watched(&self) -> bool {
        let mut state = self.state.borrow_mut();
        let Some(before) = state.unshared else { return false };
        let Some(fd) = state.fd.take() else { return false };
        // Those that have more have their own way.
        let closed = if state.rare.is_none() && socket::may_close(&fd) { fd.close_alone(before) } else { Err(fd) };
        let is_closed = closed.is_ok();
        match closed {
            Ok(shell) => state.shell = Some(shell),
            Err(fd) => state.fd = Some(fd),
        }
        is_closed
    }

    fn on_event(&self, lp: &Loop, id: HandleId, event: Event) {
        let mut state = self.state.borrow_mut();
        if state.listener().is_some() {
            drop(state);
            return self.connection(lp, id);
        }
        if state.connecting() {
            drop(state);
            return self.finish_connect(lp, id);
        }
        let was_reading = state.reading || state.waiters.as_ref().is_some_and(|waiters| waiters.reads());
        let has_waiters = state.waiters.is_some();
        let is_nobodys = !was_reading && state.wanted().is_empty();
        drop(state);
        if is_nobodys {
            self.wake(event.readable, event.writable);
            self.unwatch_rest(lp, id);
            return lp.ignore_event();
        }
        let ended = event.readable && was_reading && self.read(lp, id, event);
        if event.writable && !id.is_closing(lp) {
            if let Some(writes) = self.state.borrow_mut().writes.as_mut() {
                writes.unblock();
            }
            self.on_deferred(lp, id);
            if !id.is_closing(lp) {
                self.watch_or_fail(lp, id);
                self.defer_writes(lp, id);
            }
        }
        if has_waiters {
            let wrote = self.wake(event.readable, event.writable);
            // Who was woken will try, and may wait again: that costs nothing then.
            if event.writable && !wrote && !id.is_closing(lp) {
                self.watch_or_fail(lp, id);
                self.defer_writes(lp, id);
            }
        }
        if event.readable && (ended || !was_reading) && !id.is_closing(lp) {
            self.unwatch_rest(lp, id);
        }
    }

    fn on_deferred(&self, lp: &Loop, id: HandleId) {
        let state = self.state.borrow();
        if state.connecting() {
            let delayed = state.delayed_error.is_some();
            drop(state);
            if delayed {
                self.finish_connect(lp, id);
            }
            return;
        }
        if state.writes.as_ref().is_some_and(|writes| writes.has_waiting()) {
            drop(state);
            self.flush(lp, id);
        } else {
            drop(state);
        }
        self.call_back_writes(lp, id);
        if self.is_shutting() {
            self.drain(lp, id);
        }
    }

    fn on_contended(&self, lp: &Loop, id: HandleId) {
        self.unwatch_rest(lp, id);
    }

    fn on_close(&self, _: &Loop, id: HandleId) {
        let mut state = self.state.borrow_mut();
        state.reading = false;
        state.readable = false;
        state.writable = false;
        let reader = state.reader.take();
        let has_more = state.fd.is_some() || state.rare.is_some();
        drop(state);
        if self.kind == StreamType::Tty {
            tty::closed(id);
        }
        if has_more {
            self.close_rest();
        }
        drop(reader);
        self.wake(true, true);
    }

    fn on_closed(&self, lp: &Loop, id: HandleId) {
        let state = self.state.borrow();
        if state.rare.is_none() && state.writes.is_none() {
            return;
        }
        drop(state);
        let connect = self.state.borrow_mut().take_connect();
        if let Some((callback, request)) = connect {
            drop(request);
            callback.is(lp, id, Err(Error::ECANCELED));
        }
        if let Some(writes) = self.state.borrow_mut().writes.as_mut() {
            writes.fail(Error::ECANCELED);
        }
        self.call_back_writes(lp, id);
        let take_shutdown = |state: &mut State| state.rare.as_mut()?.shutdown.take();
        let shutdown = take_shutdown(&mut self.state.borrow_mut());
        if let Some((callback, request)) = shutdown {
            drop(request);
            callback.is(lp, id, Err(Error::ECANCELED));
        }
    }

    fn on_released(self: Rc<Self>) {
        self.keep();
    }
}
