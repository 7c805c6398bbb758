//! Node's immediates, in the check phase.

use std::collections::VecDeque;

use crate::drain::{Scope, Threw, task};
use crate::task::Task;
use crate::{Origin, Outcome, Runtime};

/// An immediate on its way, as what `setImmediate` returns. Stale once it has run or was cleared: then every
/// operation does nothing.
///
/// ```
/// let rt = node_compat::Runtime::new()?;
/// let immediate = rt.set_immediate(|_| -> () { unreachable!() });
/// rt.clear_immediate(immediate);
/// rt.run()?;
/// # Ok::<(), node_compat::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Immediate(u64);

#[derive(Default)]
pub(crate) struct Immediates {
    next: u64,
    /// For the next check phase.
    queue: VecDeque<Entry>,
    /// Of the check phase in hand; not empty outside of it only when one threw, or the phase's limit was reached.
    outstanding: VecDeque<Entry>,
    referenced: usize,
}

struct Entry {
    id: u64,
    referenced: bool,
    /// `None` once it was cleared: taking it out of the middle of a queue would move the rest.
    task: Option<Task>,
}

impl Immediates {
    /// Makes what is queued the phase's own, unless something is left of that. Whether there is anything to run.
    fn take_queue(&mut self) -> bool {
        if self.outstanding.is_empty() {
            std::mem::swap(&mut self.queue, &mut self.outstanding);
        }
        !self.outstanding.is_empty()
    }

    fn find(&mut self, id: Immediate) -> Option<&mut Entry> {
        fn find(queue: &mut VecDeque<Entry>, id: u64) -> Option<&mut Entry> {
            // Ids only grow along a queue.
            let at = queue.binary_search_by_key(&id, |entry| entry.id).ok()?;
            queue.get_mut(at).filter(|entry| entry.task.is_some())
        }
        match find(&mut self.outstanding, id.0) {
            Some(entry) => Some(entry),
            None => find(&mut self.queue, id.0),
        }
    }

    /// Takes the task out of its entry. Whether the entry was referenced, and the task, to be dropped by the caller.
    fn clear(&mut self, id: Immediate) -> Option<(bool, Option<Task>)> {
        let entry = self.find(id)?;
        let cleared = (std::mem::take(&mut entry.referenced), entry.task.take());
        while self.queue.back().is_some_and(|entry| entry.task.is_none()) {
            self.queue.pop_back();
        }
        Some(cleared)
    }

    /// Drops what was cleared from the front of the phase's own. Whether anything is left to run.
    fn skip_cleared(&mut self) -> bool {
        while self.outstanding.front().is_some_and(|entry| entry.task.is_none()) {
            self.outstanding.pop_front();
        }
        !self.outstanding.is_empty()
    }
}

impl Runtime {
    /// Runs `f` in the next check phase: right after polling, and before any timer if called from an I/O callback.
    /// What an immediate itself queues waits for the next iteration. As `setImmediate`.
    ///
    /// ```
    /// let rt = node_compat::Runtime::new()?;
    /// rt.set_immediate(|rt| {
    ///     rt.set_immediate(|_| println!("one iteration later"));
    /// });
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn set_immediate<O: Outcome>(&self, f: impl FnOnce(&Runtime) -> O + 'static) -> Immediate {
        let mut immediates = self.0.immediates.borrow_mut();
        let id = immediates.next;
        immediates.next += 1;
        immediates.queue.push_back(Entry { id, referenced: true, task: Some(task(f)) });
        drop(immediates);
        self.count_immediates(|n| n + 1);
        Immediate(id)
    }

    /// Takes an immediate back, as `clearImmediate`.
    ///
    /// ```
    /// let rt = node_compat::Runtime::new()?;
    /// let later = std::rc::Rc::new(std::cell::Cell::new(None));
    /// let of_same_phase = later.clone();
    /// rt.set_immediate(move |rt| of_same_phase.take().into_iter().for_each(|it| rt.clear_immediate(it)));
    /// later.set(Some(rt.set_immediate(|_| -> () { unreachable!() })));
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn clear_immediate(&self, immediate: Immediate) {
        let cleared = self.0.immediates.borrow_mut().clear(immediate);
        if cleared.is_some_and(|(referenced, _)| referenced) {
            self.count_immediates(|n| n - 1);
        }
    }

    pub(crate) fn immediates_phase(&self) {
        if self.0.exiting.get() {
            return;
        }
        let mut budget = self.0.lp.phase_callback_limit().unwrap_or(usize::MAX);
        if self.0.rule == crate::DrainRule::PerCallback {
            // Node opens a callback scope here for its own native immediates, and closing it drains what a throw has
            // left behind. What that makes immediate is of this phase.
            let _scope = Scope::enter(&self.0);
            self.drain();
        }
        if !self.0.immediates.borrow_mut().take_queue() {
            return;
        }
        // A throw ends the walk without a drain, and the next one begins where it stopped; if it was the last
        // immediate that threw, with those that were queued meanwhile.
        while self.walk_immediates(&mut budget).is_err() && !self.0.exiting.get() {
            self.0.immediates.borrow_mut().take_queue();
        }
    }

    fn walk_immediates(&self, budget: &mut usize) -> Result<(), Threw> {
        let _scope = Scope::enter(&self.0);
        let mut first = true;
        while *budget > 0 && self.0.immediates.borrow_mut().skip_cleared() {
            if !std::mem::take(&mut first) {
                self.run_next_ticks()?;
            }
            let Some(entry) = self.0.immediates.borrow_mut().outstanding.pop_front() else { break };
            if self.0.exiting.get() {
                return Ok(());
            }
            let Some(task) = entry.task else { continue };
            *budget -= 1;
            if entry.referenced {
                self.count_immediates(|n| n - 1);
            }
            if let Err(thrown) = task(self) {
                self.uncaught(thrown, Origin::UncaughtException);
                return Err(Threw);
            }
        }
        if self.0.rule == crate::DrainRule::PerCallback {
            self.drain();
        }
        Ok(())
    }

    /// Keeps the idle handle started exactly while a referenced immediate waits.
    fn count_immediates(&self, change: impl FnOnce(usize) -> usize) {
        let (before, after) = {
            let mut immediates = self.0.immediates.borrow_mut();
            let before = immediates.referenced;
            immediates.referenced = change(before);
            (before, immediates.referenced)
        };
        let (lp, idle) = (&self.0.lp, self.0.idle);
        let switched = match (before, after) {
            (0, 1..) => idle.start(lp, |_, _| ()),
            (1.., 0) => idle.stop(lp),
            _ => Ok(()),
        };
        debug_assert_eq!(switched, Ok(()), "the idle handle is never closed");
    }
}

impl Immediate {
    /// The id as a number, for code in another language to hold.
    ///
    /// ```
    /// use node_compat::{Immediate, Runtime};
    ///
    /// let immediate = Runtime::new()?.set_immediate(|_| ());
    /// assert_eq!(Immediate::from_raw(immediate.into_raw()), immediate);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn into_raw(self) -> u64 {
        self.0
    }

    /// The id from its number. Any other makes a stale one.
    ///
    /// ```
    /// use node_compat::{Immediate, Runtime};
    ///
    /// assert!(!Immediate::from_raw(7).has_ref(&Runtime::new()?));
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn from_raw(raw: u64) -> Self {
        Immediate(raw)
    }

    /// Whether it keeps the runtime alive; false once it has run or was cleared. As `immediate.hasRef`.
    ///
    /// ```
    /// let rt = node_compat::Runtime::new()?;
    /// assert!(rt.set_immediate(|_| ()).has_ref(&rt));
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn has_ref(self, rt: &Runtime) -> bool {
        rt.0.immediates.borrow_mut().find(self).is_some_and(|entry| entry.referenced)
    }

    /// Lets it keep the runtime alive (the default), as `immediate.ref`.
    ///
    /// ```
    /// let rt = node_compat::Runtime::new()?;
    /// let immediate = rt.set_immediate(|_| println!("runs"));
    /// immediate.unref(&rt);
    /// immediate.ref_(&rt);
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn ref_(self, rt: &Runtime) {
        self.set_referenced(rt, true);
    }

    /// Lets the runtime end before it has run, as `immediate.unref`.
    ///
    /// ```
    /// let rt = node_compat::Runtime::new()?;
    /// rt.set_immediate(|_| -> () { unreachable!() }).unref(&rt);
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn unref(self, rt: &Runtime) {
        self.set_referenced(rt, false);
    }

    fn set_referenced(self, rt: &Runtime, referenced: bool) {
        let changed = {
            let mut immediates = rt.0.immediates.borrow_mut();
            let entry = immediates.find(self);
            entry.is_some_and(|entry| std::mem::replace(&mut entry.referenced, referenced) != referenced)
        };
        if changed {
            rt.count_immediates(|n| if referenced { n + 1 } else { n - 1 });
        }
    }
}
