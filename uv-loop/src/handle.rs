//! What all handles share.

use std::cell::RefMut;
use std::rc::Rc;

use uv_sys::{Error, Result};

use crate::guard::OwnedHandle;
use crate::kind::{HandleKind, Watch};
use crate::slab::{HandleId, ListId};
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

    /// [`close`](Handle::close), and when that is done calls the handle's own callback once more, which is kept until then; it
    /// finds the handle closed. Unlike [`close_with`](Handle::close_with) it takes no memory: for who has one callback a
    /// handle, made with it, as a C program's.
    ///
    /// # Errors
    ///
    /// Those of [`close`](Handle::close), and `ENOTSUP` for another handle than a timer, an idle, prepare, check or async
    /// handle, which is not closed then.
    ///
    /// ```
    /// use uv_loop::{Handle, Loop, RunMode, Timer};
    ///
    /// let lp = Loop::new()?;
    /// let timer = Timer::with_callback(&lp, |lp, timer| assert!(timer.is_closing(lp)));
    /// timer.close_and_call(&lp)?;
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    fn close_and_call(self, lp: &Loop) -> Result<()> {
        let has_callback = |state: &mut State| match state.slab.get_mut(self.id()).and_then(|slot| slot.body.as_mut()) {
            Some(Body::Timer { .. } | Body::Phase { .. } | Body::Async { .. }) => Ok(()),
            _ => Err(Error::ENOTSUP),
        };
        lp.with_open(self.id(), has_callback)?;
        lp.close_handle(self.id(), AfterClose::Own)
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
    Other {
        kind: Rc<dyn HandleKind>,
        watch: Option<Watch>,
    },
    Closing {
        callback: Option<CloseCallback>,
        name: CoreName,
    },
    /// Its own callback is called when it is closed. Out of its slot if it runs just now.
    ClosingOwn {
        callback: Option<Callback>,
        name: CoreName,
    },
    ClosingOther {
        kind: Rc<dyn HandleKind>,
        callback: Option<Box<CloseCallback>>,
    },
}

/// What is to be done when a handle is closed.
pub(crate) enum AfterClose {
    Nothing,
    Call(CloseCallback),
    Own,
}

/// A loop of a million timers is a million of these.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<crate::slab::Slot<Body>>() == 48);

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
            Body::Phase { list: ListId::Idle, .. } => Ok(CoreName::Idle),
            Body::Phase { list: ListId::Prepare, .. } => Ok(CoreName::Prepare),
            Body::Phase { .. } => Ok(CoreName::Check),
            Body::Async { .. } => Ok(CoreName::Async),
            Body::Closing { name, .. } | Body::ClosingOwn { name, .. } => Ok(*name),
            Body::Other { kind, .. } | Body::ClosingOther { kind, .. } => Err(kind),
        }
    }

    pub(crate) fn other(&self) -> Option<&Rc<dyn HandleKind>> {
        self.core_name().err()
    }

    pub(crate) fn callback_mut(&mut self) -> Option<&mut Option<Callback>> {
        match self {
            Body::Timer { callback, .. }
            | Body::Phase { callback, .. }
            | Body::Async { callback, .. }
            | Body::ClosingOwn { callback, .. } => Some(callback),
            Body::Other { .. } | Body::Closing { .. } | Body::ClosingOther { .. } => None,
        }
    }

    /// The body of the handle when it begins to close.
    fn closing(&mut self, after: AfterClose) -> Body {
        let callback = match after {
            AfterClose::Nothing => None,
            AfterClose::Call(callback) => Some(callback),
            AfterClose::Own => {
                let own = self.callback_mut().and_then(Option::take);
                match self.core_name() {
                    Ok(name) => return Body::ClosingOwn { callback: own, name },
                    Err(_) => None,
                }
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
            Body::ClosingOther { callback: Some(callback), .. } => (*callback)(lp),
            Body::ClosingOwn { callback: Some(mut callback), .. } => callback(lp, id),
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

        let callback = State::callback_mut(&mut state, id).and_then(Option::take);
        drop(state);
        let mut guard = Restore(self, id, callback);
        if let Some(callback) = guard.2.as_mut() {
            let _seen = self.observe_handle(id);
            callback(self, id);
        }
    }

    /// Puts a callback into the handle's slot and returns the one it replaces, to be dropped outside of the borrow.
    #[must_use]
    pub(crate) fn replace_callback(state: &mut State, id: HandleId, callback: Callback) -> Option<Callback> {
        State::callback_mut(state, id).and_then(|place| place.replace(callback))
    }

    fn set_referenced(&self, id: HandleId, referenced: bool) -> Result<()> {
        let mut state = self.core.state.borrow_mut();
        state.slab.get(id).ok_or(Error::EBADF)?;
        self.change_flags(&mut state, id, |flags| flags.referenced = referenced);
        Ok(())
    }

    fn close_handle(&self, id: HandleId, after: AfterClose) -> Result<()> {
        let old = self.with_open(id, |state| {
            state.slab.unlink(id.index);
            let body = state.slab.get_mut(id).and_then(|slot| slot.body.as_mut()).ok_or(Error::EBADF)?;
            if matches!(body, Body::Timer { .. }) {
                state.timers.remove(id.index);
            }
            let closing = body.closing(after);
            let old = std::mem::replace(body, closing);
            self.change_flags(state, id, |flags| {
                flags.active = false;
                flags.closing = true;
            });
            // libuv chains closing handles at the front: the last one closed is the first one called back.
            state.slab.push_front(ListId::Closing, id.index);
            Ok(old)
        })?;
        if let Body::Async { address, .. } = &old {
            self.core.desk.borrow_mut().close(&self.core.mailbox, *address);
        }
        if let Body::Other { kind, watch } = old {
            if watch.is_some() {
                self.forget_descriptor(&*kind);
            }
            kind.on_close(self, id);
        }
        Ok(())
    }
}

impl State {
    fn callback_mut(&mut self, id: HandleId) -> Option<&mut Option<Callback>> {
        self.slab.get_mut(id)?.body.as_mut()?.callback_mut()
    }
}
