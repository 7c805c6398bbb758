//! Idle, prepare and check handles: one callback an iteration, each in the phase of its name.

use uv_sys::{Error, Result};

use crate::event_loop::Loop;
use crate::handle::{Body, Callback, Core, Handle};
use crate::observer::Phase;
use crate::slab::{Busy, HandleId, ListId};

macro_rules! phase_handle {
    ($name:ident, $list:expr, $uv:literal, $what:literal, $example:literal) => {
        #[doc = $what]
        ///
        #[doc = concat!("As `uv_", $uv, "_t`. Of several handles the one started last is called first; from then on")]
        /// they keep that order.
        ///
        #[doc = $example]
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub struct $name(HandleId);

        impl Handle for $name {
            fn id(self) -> HandleId {
                self.0
            }
        }

        impl $name {
            #[doc = concat!("A handle that is not started, as `uv_", $uv, "_init`.")]
            ///
            /// ```
            #[doc = concat!("use uv_loop::{Handle, Loop, ", stringify!($name), "};")]
            ///
            /// let lp = Loop::new()?;
            #[doc = concat!("assert!(!", stringify!($name), "::new(&lp).is_active(&lp));")]
            /// # Ok::<(), uv_loop::Error>(())
            /// ```
            pub fn new(lp: &Loop) -> Self {
                $name(lp.insert(Body::Phase { callback: None, list: $list, started: false }))
            }

            /// A handle that is not started, and whose callback is that of the loop's [`HandleOwner`](crate::HandleOwner), who
            /// knows it by this number. [`restart`](Self::restart) starts it. It takes no memory of its own.
            ///
            /// ```
            #[doc = concat!("use uv_loop::{Handle, Loop, ", stringify!($name), "};")]
            ///
            /// let lp = Loop::new()?;
            #[doc = concat!("let handle = ", stringify!($name), "::with_number(&lp, 7);")]
            /// handle.restart(&lp)?;
            /// assert!(handle.is_active(&lp));
            /// # Ok::<(), uv_loop::Error>(())
            /// ```
            pub fn with_number(lp: &Loop, number: usize) -> Self {
                $name(lp.insert(Body::Numbered { number, core: Core::Phase($list) }))
            }

            #[doc = concat!("Calls `callback` once an iteration, as `uv_", $uv, "_start`: on a handle that is started")]
            /// already it does nothing, and the callback stays the one it had.
            ///
            /// # Errors
            ///
            /// `EBADF` if the handle is closed, `EINVAL` if it is being closed or its callback is the owner's; `callback` is
            /// dropped then.
            ///
            /// ```
            #[doc = concat!("use uv_loop::{Loop, RunMode, ", stringify!($name), "};")]
            ///
            /// let lp = Loop::new()?;
            #[doc = concat!("let handle = ", stringify!($name), "::new(&lp);")]
            /// handle.start(&lp, |lp, handle| handle.stop(lp).unwrap())?;
            /// lp.run(RunMode::NoWait)?;
            /// assert!(!lp.alive());
            /// # Ok::<(), uv_loop::Error>(())
            /// ```
            pub fn start(self, lp: &Loop, mut callback: impl FnMut(&Loop, $name) + 'static) -> Result<()> {
                if self.is_active(lp) {
                    return Ok(());
                }
                // Refused or replaced by this one, a callback is dropped when nothing is borrowed.
                let mut callback: Option<Callback> = Some(Box::new(move |lp, id| callback(lp, $name(id))));
                lp.with_open(self.0, |state| {
                    let body = state.slab.get_mut(self.0).and_then(|slot| slot.body.as_mut());
                    let Some(Body::Phase { started, callback: place, .. }) = body else {
                        return Err(Error::EINVAL);
                    };
                    *started = true;
                    std::mem::swap(place, &mut callback);
                    state.slab.push_front($list, self.0.index);
                    lp.change_flags(state, self.0, |flags| flags.active = true);
                    Ok(())
                })
            }

            /// [`start`](Self::start) with the callback that the handle has: a handle that is started often allocates
            /// nothing.
            ///
            /// # Errors
            ///
            /// Those of [`start`](Self::start), and `EINVAL` if the handle was never started.
            ///
            /// ```
            #[doc = concat!("use uv_loop::{Error, Loop, RunMode, ", stringify!($name), "};")]
            ///
            /// let lp = Loop::new()?;
            #[doc = concat!("let handle = ", stringify!($name), "::new(&lp);")]
            /// assert_eq!(handle.restart(&lp), Err(Error::EINVAL));
            /// handle.start(&lp, |lp, handle| handle.stop(lp).unwrap())?;
            /// lp.run(RunMode::NoWait)?;
            /// handle.restart(&lp)?;
            /// assert!(lp.alive());
            /// # Ok::<(), uv_loop::Error>(())
            /// ```
            pub fn restart(self, lp: &Loop) -> Result<()> {
                if self.is_active(lp) {
                    return Ok(());
                }
                lp.with_open(self.0, |state| {
                    let body = state.slab.get_mut(self.0).and_then(|slot| slot.body.as_mut());
                    let Some(Body::Phase { started: true, .. } | Body::Numbered { .. }) = body else {
                        return Err(Error::EINVAL);
                    };
                    state.slab.push_front($list, self.0.index);
                    lp.change_flags(state, self.0, |flags| flags.active = true);
                    Ok(())
                })
            }

            #[doc = concat!("Stops the calls, as `uv_", $uv, "_stop`. A handle that is not started stays so.")]
            ///
            /// # Errors
            ///
            /// `EBADF` if the handle is closed, `EINVAL` if it is being closed.
            ///
            /// ```
            #[doc = concat!("use uv_loop::{Loop, ", stringify!($name), "};")]
            ///
            /// let lp = Loop::new()?;
            #[doc = concat!("let handle = ", stringify!($name), "::new(&lp);")]
            /// handle.start(&lp, |_, _| unreachable!())?;
            /// handle.stop(&lp)?;
            /// assert!(!lp.alive());
            /// # Ok::<(), uv_loop::Error>(())
            /// ```
            pub fn stop(self, lp: &Loop) -> Result<()> {
                lp.with_open(self.0, |state| {
                    state.slab.unlink(self.0.index);
                    lp.change_flags(state, self.0, |flags| flags.active = false);
                    Ok(())
                })
            }
        }
    };
}

phase_handle!(
    Idle,
    ListId::Idle,
    "idle",
    "Calls back once an iteration before polling, and keeps polling from blocking while it is started.",
    "```
use uv_loop::{Idle, Loop, RunMode};

let lp = Loop::new()?;
let mut slice = 0;
Idle::new(&lp).start(&lp, move |lp, idle| {
    slice += 1; // a piece of low-priority work
    if slice == 10 {
        idle.stop(lp).unwrap();
    }
})?;
lp.run(RunMode::Default)?;
# Ok::<(), uv_loop::Error>(())
```"
);
phase_handle!(
    Prepare,
    ListId::Prepare,
    "prepare",
    "Calls back once an iteration right before polling.",
    "```
use uv_loop::{Loop, Prepare, RunMode};

let lp = Loop::new()?;
Prepare::new(&lp).start(&lp, |_, _| println!(\"about to poll\"))?;
lp.run(RunMode::NoWait)?;
# Ok::<(), uv_loop::Error>(())
```"
);
phase_handle!(
    Check,
    ListId::Check,
    "check",
    "Calls back once an iteration right after polling.",
    "```
use uv_loop::{Check, Loop, RunMode};

let lp = Loop::new()?;
Check::new(&lp).start(&lp, |_, _| println!(\"polled\"))?;
lp.run(RunMode::NoWait)?;
# Ok::<(), uv_loop::Error>(())
```"
);

impl Loop {
    /// Runs the handles of one phase, in the order of their list. One that is started meanwhile enters the list at its
    /// front, behind the walk, and waits for the next iteration.
    #[inline(always)]
    pub(crate) fn run_phase(&self, phase: Phase) {
        let (list, busy) = match phase {
            Phase::Idle => (ListId::Idle, Busy::IDLE),
            Phase::Prepare => (ListId::Prepare, Busy::PREPARE),
            _ => (ListId::Check, Busy::CHECK),
        };
        if self.core.busy.is_any(busy) {
            self.call_phase(phase, list);
        }
    }

    #[inline(never)]
    fn call_phase(&self, phase: Phase, list: ListId) {
        /// What the limit left out, or a panic, is called first in the next iteration.
        struct End<'a>(&'a Loop, ListId);
        impl Drop for End<'_> {
            fn drop(&mut self) {
                self.0.core.state.borrow_mut().slab.end_walk(self.1);
            }
        }

        let _phase = self.observe_phase(phase);
        let mut budget = self.budget();
        self.core.state.borrow_mut().slab.begin_walk(list);
        let _end = End(self, list);
        while budget.take() {
            let mut state = self.core.state.borrow_mut();
            let Some(id) = state.slab.step() else {
                break;
            };
            self.call(state, id);
        }
    }
}
