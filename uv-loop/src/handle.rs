//! What all handles share.

use std::cell::RefMut;
use std::rc::Rc;

use uv_sys::{Error, Result};

use crate::guard::OwnedHandle;
use crate::kind::{HandleKind, Watch};
use crate::slab::{HandleId, ListId, Slot};
use crate::{core::State, event_loop::Loop};

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
    ///
    /// ```
    /// use uv_loop::{Error, Handle, Loop, Timer};
    ///
    /// let lp = Loop::new()?;
    /// let timer = Timer::new(&lp);
    /// timer.id().close(&lp)?; // any handle's id is a handle
    /// assert_eq!(timer.stop(&lp), Err(Error::EINVAL));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    fn id(self) -> HandleId;

    /// Stops the handle and closes it in this iteration's closing phase (the next iteration's, when called from
    /// there). Its callback is not called again and is dropped.
    ///
    /// # Errors
    ///
    /// `EINVAL` if it is being closed already, `EBADF` if it is closed.
    ///
    /// ```
    /// use uv_loop::{Error, Handle, Idle, Loop, RunMode};
    ///
    /// let lp = Loop::new()?;
    /// let idle = Idle::new(&lp);
    /// idle.close(&lp)?;
    /// assert_eq!(idle.close(&lp), Err(Error::EINVAL));
    /// lp.run(RunMode::Default)?;
    /// assert_eq!(idle.close(&lp), Err(Error::EBADF));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    fn close(self, lp: &Loop) -> Result<()> {
        lp.close_handle(self.id(), AfterClose::Nothing)
    }

    /// [`close`](Handle::close), and calls `cb` when it is done, as `uv_close`.
    ///
    /// # Errors
    ///
    /// Those of [`close`](Handle::close); `cb` is dropped then.
    ///
    /// ```
    /// use uv_loop::{Handle, Idle, Loop, RunMode};
    ///
    /// let lp = Loop::new()?;
    /// Idle::new(&lp).close_with(&lp, |_| println!("closed"))?;
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    fn close_with(self, lp: &Loop, cb: impl FnOnce(&Loop) + 'static) -> Result<()> {
        lp.close_handle(self.id(), AfterClose::Call(Box::new(cb)))
    }

    /// [`close`](Handle::close), and when it is done tells the loop's [`HandleOwner`](crate::HandleOwner), who knows the handle by a number. It takes
    /// no memory.
    ///
    /// # Errors
    ///
    /// Those of [`close`](Handle::close).
    ///
    /// See [`HandleOwner`](crate::HandleOwner) for a whole program.
    ///
    /// ```
    /// use uv_loop::{Handle, Loop, Signal};
    ///
    /// let lp = Loop::new()?;
    /// Signal::new(&lp).close_to_owner(&lp, 7)?; // which this loop has not got
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    fn close_to_owner(self, lp: &Loop, number: usize) -> Result<()> {
        if lp.close_to_owner(self.id(), number)? {
            return Ok(());
        }
        lp.close_handle(self.id(), AfterClose::Owner(number))
    }

    /// Makes the handle's owner, which closes it when dropped.
    ///
    /// ```
    /// use uv_loop::{Handle, Idle, Loop};
    ///
    /// let lp = Loop::new()?;
    /// let idle = Idle::new(&lp);
    /// drop(idle.owned(&lp));
    /// assert!(idle.is_closing(&lp));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    fn owned(self, lp: &Loop) -> OwnedHandle<Self> {
        OwnedHandle::new(lp, self)
    }

    /// Whether the handle is doing something, as `uv_is_active`: a timer or a phase handle is started, an async
    /// handle is open. False for a closed one.
    ///
    /// ```
    /// use uv_loop::{Check, Handle, Loop};
    ///
    /// let lp = Loop::new()?;
    /// let check = Check::new(&lp);
    /// assert!(!check.is_active(&lp));
    /// check.start(&lp, |_, _| {})?;
    /// assert!(check.is_active(&lp));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    fn is_active(self, lp: &Loop) -> bool {
        lp.with_slot(self.id(), |flags| flags.active).unwrap_or(false)
    }

    /// Whether the handle is closed or being closed, as `uv_is_closing`.
    ///
    /// ```
    /// use uv_loop::{Check, Handle, Loop};
    ///
    /// let lp = Loop::new()?;
    /// let check = Check::new(&lp);
    /// assert!(!check.is_closing(&lp));
    /// check.close(&lp)?;
    /// assert!(check.is_closing(&lp));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    fn is_closing(self, lp: &Loop) -> bool {
        lp.with_slot(self.id(), |flags| flags.closing).unwrap_or(true)
    }

    /// Whether the handle keeps the loop alive while it is active, as `uv_has_ref`. False for a closed one.
    ///
    /// ```
    /// use uv_loop::{Handle, Loop, Timer};
    ///
    /// let lp = Loop::new()?;
    /// assert!(Timer::new(&lp).has_ref(&lp));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    fn has_ref(self, lp: &Loop) -> bool {
        lp.with_slot(self.id(), |flags| flags.referenced).unwrap_or(false)
    }

    /// Lets the handle keep the loop alive while it is active (the default), as `uv_ref`.
    ///
    /// # Errors
    ///
    /// `EBADF` if it is closed.
    ///
    /// ```
    /// use uv_loop::{Handle, Loop, Timer};
    ///
    /// let lp = Loop::new()?;
    /// let timer = Timer::new(&lp);
    /// timer.unref(&lp)?;
    /// timer.ref_(&lp)?;
    /// assert!(timer.has_ref(&lp));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    fn ref_(self, lp: &Loop) -> Result<()> {
        lp.set_referenced(self.id(), true)
    }

    /// Lets the loop end although the handle is active, as `uv_unref`.
    ///
    /// # Errors
    ///
    /// `EBADF` if it is closed.
    ///
    /// ```
    /// use std::time::Duration;
    /// use uv_loop::{Handle, Loop, RunMode, Timer};
    ///
    /// let lp = Loop::new()?;
    /// let timer = Timer::new(&lp);
    /// timer.start(&lp, Duration::from_secs(60), Duration::ZERO, |_, _| unreachable!())?;
    /// timer.unref(&lp)?;
    /// assert!(!lp.run(RunMode::Default)?, "nobody waits for the timer");
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    fn unref(self, lp: &Loop) -> Result<()> {
        lp.set_referenced(self.id(), false)
    }
}

impl Handle for HandleId {
    fn id(self) -> HandleId {
        self
    }
}

/// What a slot holds for its handle. Callbacks are out of their slot while they run.
pub(crate) enum Body {
    Timer {
        callback: Option<Callback>,
        /// In milliseconds.
        repeat: u64,
        /// Whether it was ever started.
        has_callback: bool,
    },
    Phase {
        callback: Option<Callback>,
        list: ListId,
        /// Whether it was ever started.
        started: bool,
    },
    Async {
        callback: Option<Callback>,
        /// Its address in the mailbox.
        address: u32,
    },
    /// One of the above whose callback is the loop's owner's. It stays what it is when it is closed to the owner.
    Numbered {
        number: usize,
        core: Core,
    },
    Other {
        kind: Rc<dyn HandleKind>,
        watch: Option<Watch>,
    },
    Closing {
        callback: Option<CloseCallback>,
        name: CoreName,
    },
    ClosingOther {
        kind: Rc<dyn HandleKind>,
        callback: Option<Box<CloseCallback>>,
    },
    /// The loop's owner is told.
    ClosingNumbered {
        number: usize,
        name: CoreName,
    },
    ClosingOtherNumbered {
        kind: Rc<dyn HandleKind>,
        number: usize,
    },
}

#[derive(Clone, Copy)]
pub(crate) enum Core {
    /// With its repeat in milliseconds.
    Timer(u64),
    Phase(ListId),
    /// With its address in the mailbox.
    Async(u32),
}

impl Core {
    fn name(self) -> CoreName {
        match self {
            Core::Timer(_) => CoreName::Timer,
            Core::Phase(ListId::Idle) => CoreName::Idle,
            Core::Phase(ListId::Prepare) => CoreName::Prepare,
            Core::Phase(_) => CoreName::Check,
            Core::Async(_) => CoreName::Async,
        }
    }
}

/// What is to be done when a handle is closed.
pub(crate) enum AfterClose {
    Nothing,
    Call(CloseCallback),
    Owner(usize),
}

/// A loop of a million timers is a million of these.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Slot<Body>>() == 48);

/// The kinds of handles that are made here, and not by way of [`HandleKind`].
#[derive(Clone, Copy)]
pub(crate) enum CoreName {
    Timer,
    Idle,
    Prepare,
    Check,
    Async,
}

impl CoreName {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            CoreName::Timer => "timer",
            CoreName::Idle => "idle",
            CoreName::Prepare => "prepare",
            CoreName::Check => "check",
            CoreName::Async => "async",
        }
    }
}

impl Body {
    pub(crate) fn core_name(&self) -> std::result::Result<CoreName, &Rc<dyn HandleKind>> {
        match self {
            Body::Timer { .. } => Ok(CoreName::Timer),
            Body::Phase { list, .. } => Ok(Core::Phase(*list).name()),
            Body::Async { .. } => Ok(CoreName::Async),
            Body::Numbered { core, .. } => Ok(core.name()),
            Body::Closing { name, .. } | Body::ClosingNumbered { name, .. } => Ok(*name),
            Body::Other { kind, .. } | Body::ClosingOther { kind, .. } | Body::ClosingOtherNumbered { kind, .. } => {
                Err(kind)
            }
        }
    }

    pub(crate) fn other(&self) -> Option<&Rc<dyn HandleKind>> {
        self.core_name().err()
    }

    pub(crate) fn callback_mut(&mut self) -> Option<&mut Option<Callback>> {
        match self {
            Body::Timer { callback, .. } | Body::Phase { callback, .. } | Body::Async { callback, .. } => {
                Some(callback)
            }
            _ => None,
        }
    }

    /// The owner's number of a handle that is all the owner's.
    #[inline]
    pub(crate) fn number(&self) -> Option<usize> {
        match *self {
            Body::Numbered { number, .. } => Some(number),
            _ => None,
        }
    }

    /// Its address in the mailbox, of an async handle.
    pub(crate) fn address(&self) -> Option<u32> {
        match *self {
            Body::Async { address, .. } | Body::Numbered { core: Core::Async(address), .. } => Some(address),
            _ => None,
        }
    }

    /// The body of the handle when it begins to close.
    fn closing(&self, after: AfterClose) -> Body {
        let callback = match after {
            AfterClose::Nothing => None,
            AfterClose::Call(callback) => Some(callback),
            AfterClose::Owner(number) => {
                return match self.core_name() {
                    Ok(name) => Body::ClosingNumbered { number, name },
                    Err(kind) => Body::ClosingOtherNumbered { kind: kind.clone(), number },
                };
            }
        };
        match self.core_name() {
            Ok(name) => Body::Closing { callback, name },
            Err(kind) => Body::ClosingOther { kind: kind.clone(), callback: callback.map(Box::new) },
        }
    }

    /// Calls what is to be called when the handle, whose body this was, is closed.
    pub(crate) fn call_back(self, lp: &Loop, id: HandleId) {
        match self {
            Body::Closing { callback: Some(callback), .. } => callback(lp),
            Body::ClosingOther { kind, callback } => {
                kind.on_released();
                if let Some(callback) = callback {
                    (*callback)(lp);
                }
            }
            Body::ClosingOtherNumbered { kind, number } => {
                kind.on_released();
                lp.tell_owner(id, number);
            }
            Body::Numbered { number, .. } | Body::ClosingNumbered { number, .. } => lp.tell_owner(id, number),
            _ => {}
        }
    }
}

impl Loop {
    pub(crate) fn insert(&self, body: Body) -> HandleId {
        self.core.state.borrow_mut().slab.insert(body)
    }

    pub(crate) fn insert_with(&self, body: impl FnOnce(HandleId) -> Body) -> HandleId {
        self.core.state.borrow_mut().slab.insert_with(body)
    }

    pub(crate) fn with_slot<R>(&self, id: HandleId, read: impl FnOnce(&crate::slab::Flags) -> R) -> Option<R> {
        self.core.state.borrow().slab.get(id).map(|slot| read(&slot.flags))
    }

    /// Runs `change` on the body of a handle that is neither closed nor being closed.
    pub(crate) fn with_open<R>(&self, id: HandleId, change: impl FnOnce(&mut State) -> Result<R>) -> Result<R> {
        let mut state = self.core.state.borrow_mut();
        let slot = state.slab.get(id).ok_or(Error::EBADF)?;
        if slot.flags.closing {
            return Err(Error::EINVAL);
        }
        change(&mut state)
    }

    /// Calls the handle's callback. It is out of its slot meanwhile, and goes back only if the slot still belongs to
    /// the handle and was not given another one; also when it panics.
    ///
    /// It takes the borrow under which the caller has found the handle.
    pub(crate) fn call(&self, mut state: RefMut<'_, State>, id: HandleId) {
        struct Restore<'a>(&'a Loop, HandleId, Option<Callback>);
        impl Drop for Restore<'_> {
            fn drop(&mut self) {
                let Restore(lp, id, callback) = self;
                let mut state = lp.core.state.borrow_mut();
                if let Some(place) = State::callback_mut(&mut state, *id)
                    && place.is_none()
                {
                    *place = callback.take();
                }
                // Whatever is left in `callback` is dropped when the borrow has ended: its captures may come back
                // into the loop.
                drop(state);
                drop(callback.take());
            }
        }

        let body = state.slab.get_mut(id).and_then(|slot| slot.body.as_mut());
        if let Some(&mut Body::Numbered { number, .. }) = body {
            drop(state);
            let _seen = self.observe_handle(id);
            return self.call_owner(id, number);
        }
        let callback = body.and_then(Body::callback_mut).and_then(Option::take);
        drop(state);
        let mut guard = Restore(self, id, callback);
        if let Some(callback) = guard.2.as_mut() {
            let _seen = self.observe_handle(id);
            callback(self, id);
        }
    }

    pub(crate) fn tell_owner(&self, id: HandleId, number: usize) {
        if let Some(owner) = &self.core.owner {
            owner.closed(self, id, number);
        }
    }

    fn call_owner(&self, id: HandleId, number: usize) {
        if let Some(owner) = &self.core.owner {
            owner.call(self, id, number);
        }
    }

    fn set_referenced(&self, id: HandleId, referenced: bool) -> Result<()> {
        let mut state = self.core.state.borrow_mut();
        state.slab.get(id).ok_or(Error::EBADF)?;
        self.change_flags(&mut state, id, |flags| flags.referenced = referenced);
        Ok(())
    }

    fn close_handle(&self, id: HandleId, after: AfterClose) -> Result<()> {
        let old = {
            let state = &mut *self.core.state.borrow_mut();
            let body = self.begin_close(state.slab.get_mut(id).ok_or(Error::EBADF)?)?;
            if matches!(body, Body::Timer { .. } | Body::Numbered { core: Core::Timer(_), .. }) {
                state.timers.remove(id.index);
            }
            let closing = body.closing(after);
            let old = std::mem::replace(body, closing);
            state.slab.push_front(ListId::Closing, id.index);
            old
        };
        if let Some(address) = old.address() {
            self.core.desk.borrow_mut().close(&self.core.mailbox, address);
        }
        if let Body::Other { kind, watch } = old {
            self.close_kind(id, &*kind, watch.is_some());
        }
        Ok(())
    }

    /// Closes a handle to the owner, if this crate has nothing to drop of it: its callbacks are all the owner's, or it is of
    /// another crate's kind. Says whether it is such a one.
    fn close_to_owner(&self, id: HandleId, new: usize) -> Result<bool> {
        let mut borrow = self.core.state.borrow_mut();
        let state = &mut *borrow;
        let slot = state.slab.get_mut(id).ok_or(Error::EBADF)?;
        if !matches!(slot.body, Some(Body::Numbered { .. } | Body::Other { .. })) {
            return Ok(false);
        }
        let body = self.begin_close(slot)?;
        match body {
            Body::Numbered { number, core } => {
                *number = new;
                let core = *core;
                state.slab.push_front(ListId::Closing, id.index);
                match core {
                    Core::Timer(_) => {
                        state.timers.remove(id.index);
                    }
                    Core::Phase(_) => {}
                    Core::Async(address) => self.core.desk.borrow_mut().close(&self.core.mailbox, address),
                }
            }
            Body::Other { kind, .. } => {
                let closing = Body::ClosingOtherNumbered { kind: kind.clone(), number: new };
                let old = std::mem::replace(body, closing);
                state.slab.push_front(ListId::Closing, id.index);
                drop(borrow);
                if let Body::Other { kind, watch } = old {
                    self.close_kind(id, &*kind, watch.is_some());
                }
            }
            _ => {}
        }
        Ok(true)
    }

    /// It is no longer active. The last one closed is the first one called back: libuv chains them at the front, as the caller
    /// is to do.
    #[inline]
    fn begin_close<'a>(&self, slot: &'a mut Slot<Body>) -> Result<&'a mut Body> {
        if slot.flags.closing {
            return Err(Error::EINVAL);
        }
        let counted = slot.flags.active && slot.flags.referenced;
        self.core.active_handles.set(self.core.active_handles.get() - usize::from(counted));
        slot.flags.active = false;
        slot.flags.closing = true;
        slot.body.as_mut().ok_or(Error::EBADF)
    }

    #[inline]
    fn close_kind(&self, id: HandleId, kind: &dyn HandleKind, is_watched: bool) {
        if is_watched {
            self.forget_descriptor(kind);
        }
        kind.on_close(self, id);
    }
}

impl State {
    fn callback_mut(&mut self, id: HandleId) -> Option<&mut Option<Callback>> {
        self.slab.get_mut(id)?.body.as_mut()?.callback_mut()
    }
}
