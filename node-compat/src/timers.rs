//! Node's timers: lists by duration, in a heap by expiry, on one timer handle.
//!
//! All timers of one duration are in one list, oldest first, so adding one is a push at the end. The heap orders the
//! lists by the expiry of their first timer; a list that is due runs all of its due timers before the next list is
//! looked at, even if that one expired earlier.

use std::collections::HashMap;
use std::time::Duration;

use uv_loop::Handle;
use uv_timers::{Heap, Key};

use crate::drain::{Scope, Threw};
use crate::{Delay, Origin, Outcome, Runtime, Thrown};

/// A timer, as what `setTimeout` and `setInterval` return. Stale once it has fired for good or was cleared: then
/// every operation does nothing.
///
/// ```
/// let rt = node_compat::Runtime::new()?;
/// let timeout = rt.set_timeout(60_000, |_| -> () { unreachable!() });
/// rt.clear_timeout(timeout);
/// assert!(!timeout.is_pending(&rt));
/// rt.run()?;
/// # Ok::<(), node_compat::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Timeout {
    index: u32,
    generation: u64,
}

type TimerTask = Box<dyn FnMut(&Runtime) -> Result<(), Thrown>>;

const NIL: u32 = u32::MAX;
/// The generation of an entry that is not in use; ids begin at 1.
const FREE: u64 = 0;

pub(crate) struct Timers {
    entries: Vec<Entry>,
    free: Vec<u32>,
    generation: u64,
    lists: HashMap<u64, List>,
    /// Durations of the lists, by expiry.
    queue: Heap<u64>,
    referenced: usize,
    next_expiry: u64,
}

struct List {
    key: Key,
    head: u32,
    tail: u32,
}

struct Entry {
    generation: u64,
    /// In a list, between its neighbours.
    linked: bool,
    prev: u32,
    next: u32,
    start: u64,
    millis: u64,
    repeats: bool,
    referenced: bool,
    firing: bool,
    /// Cleared while firing: goes when the callback returns.
    cleared: bool,
    /// Out of its entry while it runs.
    task: Option<TimerTask>,
}

impl Default for Timers {
    fn default() -> Self {
        Timers {
            entries: Vec::new(),
            free: Vec::new(),
            generation: 0,
            lists: HashMap::new(),
            queue: Heap::new(),
            referenced: 0,
            next_expiry: u64::MAX,
        }
    }
}

impl Timers {
    fn get(&self, id: Timeout) -> Option<&Entry> {
        self.entries.get(id.index as usize).filter(|entry| entry.generation == id.generation && id.generation != FREE)
    }

    fn get_mut(&mut self, id: Timeout) -> Option<&mut Entry> {
        self.entries
            .get_mut(id.index as usize)
            .filter(|entry| entry.generation == id.generation && id.generation != FREE)
    }

    fn insert(&mut self, millis: u64, repeats: bool, task: TimerTask) -> Timeout {
        self.generation += 1;
        let entry = Entry {
            generation: self.generation,
            linked: false,
            prev: NIL,
            next: NIL,
            start: 0,
            millis,
            repeats,
            referenced: true,
            firing: false,
            cleared: false,
            task: Some(task),
        };
        let index = match self.free.pop() {
            Some(index) => {
                self.entries[index as usize] = entry;
                index
            }
            None => {
                self.entries.push(entry);
                (self.entries.len() - 1) as u32
            }
        };
        Timeout { index, generation: self.generation }
    }

    /// Frees the entry; its id is stale from now on.
    fn remove(&mut self, id: Timeout) -> Option<TimerTask> {
        let entry = self.get_mut(id)?;
        entry.generation = FREE;
        let task = entry.task.take();
        self.free.push(id.index);
        task
    }

    /// Appends the timer to the list of its duration. Returns how long the timer handle must wait if this list is now
    /// the first to be due.
    fn link(&mut self, index: u32, start: u64) -> Option<u64> {
        let millis = self.entries[index as usize].millis;
        let expiry = start.saturating_add(millis);
        let mut wait = None;
        if !self.lists.contains_key(&millis) {
            let key = self.queue.push(expiry, millis);
            self.lists.insert(millis, List { key, head: NIL, tail: NIL });
            if self.next_expiry > expiry {
                self.next_expiry = expiry;
                wait = Some(millis);
            }
        }
        if let Some(list) = self.lists.get_mut(&millis) {
            let tail = std::mem::replace(&mut list.tail, index);
            match tail {
                NIL => list.head = index,
                _ => self.entries[tail as usize].next = index,
            }
            let entry = &mut self.entries[index as usize];
            entry.start = start;
            entry.linked = true;
            entry.prev = tail;
            entry.next = NIL;
        }
        wait
    }

    fn unlink(&mut self, index: u32) {
        let entry = &mut self.entries[index as usize];
        if !std::mem::take(&mut entry.linked) {
            return;
        }
        let (prev, next, millis) = (entry.prev, entry.next, entry.millis);
        if let Some(list) = self.lists.get_mut(&millis) {
            match prev {
                NIL => list.head = next,
                _ => self.entries[prev as usize].next = next,
            }
            match next {
                NIL => list.tail = prev,
                _ => self.entries[next as usize].prev = prev,
            }
        }
    }

    fn drop_list_if_empty(&mut self, millis: u64) {
        if self.lists.get(&millis).is_some_and(|list| list.head == NIL)
            && let Some(list) = self.lists.remove(&millis)
        {
            self.queue.remove(list.key);
        }
    }
}

impl Runtime {
    /// Runs `f` once after `delay`, in a timers phase. As `setTimeout`.
    ///
    /// ```
    /// let rt = node_compat::Runtime::new()?;
    /// rt.set_timeout(2, |_| println!("second"));
    /// rt.set_timeout(1, |_| println!("first"));
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn set_timeout<O: Outcome>(&self, delay: impl Into<Delay>, f: impl FnOnce(&Runtime) -> O + 'static) -> Timeout {
        // A refresh from inside the callback would fire it again: Node calls it again, a `FnOnce` has gone.
        let mut f = Some(f);
        self.add_timer(delay.into(), false, Box::new(move |rt| f.take().map_or(Ok(()), |f| f(rt).into_result())))
    }

    /// Like [`set_timeout`](Runtime::set_timeout) for a callback that can be called again, after a
    /// [`Timeout::refresh`] from inside it.
    ///
    /// ```
    /// use std::cell::Cell;
    /// use std::rc::Rc;
    ///
    /// let rt = node_compat::Runtime::new()?;
    /// let (me, left) = (Rc::new(Cell::new(None)), Cell::new(3));
    /// let this: Rc<Cell<Option<node_compat::Timeout>>> = me.clone();
    /// me.set(Some(rt.set_refreshable_timeout(1, move |rt| {
    ///     left.set(left.get() - 1);
    ///     if left.get() > 0 {
    ///         this.get().unwrap().refresh(rt);
    ///     }
    /// })));
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn set_refreshable_timeout<O: Outcome>(
        &self,
        delay: impl Into<Delay>,
        mut f: impl FnMut(&Runtime) -> O + 'static,
    ) -> Timeout {
        self.add_timer(delay.into(), false, Box::new(move |rt| f(rt).into_result()))
    }

    /// Runs `f` every `delay`, counted from the start of the call before; what was missed is not made up for. As
    /// `setInterval`.
    ///
    /// ```
    /// use std::cell::Cell;
    /// use std::rc::Rc;
    ///
    /// let rt = node_compat::Runtime::new()?;
    /// let (me, left) = (Rc::new(Cell::new(None)), Cell::new(3));
    /// let this: Rc<Cell<Option<node_compat::Timeout>>> = me.clone();
    /// me.set(Some(rt.set_interval(1, move |rt| {
    ///     left.set(left.get() - 1);
    ///     if left.get() == 0 {
    ///         rt.clear_timeout(this.get().unwrap());
    ///     }
    /// })));
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn set_interval<O: Outcome>(
        &self,
        delay: impl Into<Delay>,
        mut f: impl FnMut(&Runtime) -> O + 'static,
    ) -> Timeout {
        self.add_timer(delay.into(), true, Box::new(move |rt| f(rt).into_result()))
    }

    /// Takes a timer back, as `clearTimeout` and `clearInterval`.
    ///
    /// ```
    /// let rt = node_compat::Runtime::new()?;
    /// let timeout = rt.set_timeout(1, |_| -> () { unreachable!() });
    /// rt.clear_timeout(timeout);
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn clear_timeout(&self, timeout: Timeout) {
        let (referenced, _dropped_outside) = {
            let mut timers = self.0.timers.borrow_mut();
            let Some(entry) = timers.get_mut(timeout) else { return };
            if entry.cleared {
                return;
            }
            entry.cleared = true;
            let (millis, referenced, firing) = (entry.millis, entry.referenced, entry.firing);
            timers.unlink(timeout.index);
            if referenced {
                // As in Node: the empty list of an unreferenced timer keeps its place until it is due.
                timers.drop_list_if_empty(millis);
            }
            (referenced, if firing { None } else { timers.remove(timeout) })
        };
        if referenced {
            self.count_timers(|n| n - 1);
        }
    }

    fn add_timer(&self, delay: Delay, repeats: bool, task: TimerTask) -> Timeout {
        let id = self.0.timers.borrow_mut().insert(delay.as_millis(), repeats, task);
        self.count_timers(|n| n + 1);
        self.link_timer(id.index, self.fresh_now());
        id
    }

    /// A new timer counts from now, not from when the phase began.
    fn fresh_now(&self) -> u64 {
        self.0.lp.update_time();
        self.0.lp.now()
    }

    fn link_timer(&self, index: u32, start: u64) {
        let wait = self.0.timers.borrow_mut().link(index, start);
        if let Some(millis) = wait {
            self.schedule(millis);
        }
    }

    fn schedule(&self, millis: u64) {
        let started = self.0.timer.restart(&self.0.lp, Duration::from_millis(millis), Duration::ZERO);
        debug_assert_eq!(started, Ok(()), "the timer handle is never closed, and has its callback");
    }

    /// Lets the timer handle keep the loop alive exactly while a referenced timer waits.
    fn count_timers(&self, change: impl FnOnce(usize) -> usize) {
        let after = {
            let mut timers = self.0.timers.borrow_mut();
            timers.referenced = change(timers.referenced);
            timers.referenced
        };
        let (lp, timer) = (&self.0.lp, self.0.timer);
        let switched = if after > 0 { timer.ref_(lp) } else { timer.unref(lp) };
        debug_assert_eq!(switched, Ok(()), "the timer handle is never closed");
    }

    pub(crate) fn timers_phase(&self) {
        if self.0.exiting.get() {
            return;
        }
        self.end_phase();
        let mut budget = self.0.lp.phase_callback_limit().unwrap_or(usize::MAX);
        // A timer that microtasks of this turn started, and whose time has passed by the last time the clock was read,
        // belongs to this phase: in libuv up to 1.47, which Node 20 has, a timers phase ends when none is due.
        loop {
            self.timers_turn(&mut budget);
            let due = self.0.timer.due_in(&self.0.lp) == Ok(Some(Duration::ZERO));
            if !due || budget == 0 || self.0.exiting.get() {
                break;
            }
            let stopped = self.0.timer.stop(&self.0.lp);
            debug_assert_eq!(stopped, Ok(()), "the timer handle is never closed");
        }
        self.end_phase();
    }

    fn timers_turn(&self, budget: &mut usize) {
        let _scope = Scope::enter(&self.0);
        let now = self.fresh_now();
        self.0.timers.borrow_mut().next_expiry = u64::MAX;
        let rearm = Rearm { rt: self, budget };
        // A throw ends the walk without a drain, and the next one begins with what is due then, at the same now.
        while self.walk_timers(now, rearm.budget).is_err() && !self.0.exiting.get() {}
        drop(rearm);
        if self.0.rule == crate::DrainRule::PerCallback && !self.0.exiting.get() {
            self.drain();
        }
    }

    fn walk_timers(&self, now: u64, budget: &mut usize) -> Result<(), Threw> {
        let mut first = true;
        loop {
            let due = self.0.timers.borrow().queue.peek().map(|(_, expiry, &millis)| (expiry, millis));
            let Some((expiry, millis)) = due else { return Ok(()) };
            if expiry > now || *budget == 0 {
                self.0.timers.borrow_mut().next_expiry = expiry;
                return Ok(());
            }
            if !std::mem::take(&mut first) {
                self.run_next_ticks()?;
            }
            self.run_list(millis, now, budget)?;
            if self.0.exiting.get() {
                return Ok(());
            }
        }
    }

    /// Fires the due timers of one duration.
    fn run_list(&self, millis: u64, now: u64, budget: &mut usize) -> Result<(), Threw> {
        let mut first = true;
        loop {
            if *budget == 0 || self.0.exiting.get() {
                return Ok(());
            }
            let Some(id) = self.first_due(millis, now) else { return Ok(()) };
            if !std::mem::take(&mut first) {
                self.run_next_ticks()?;
            }
            // The ticks may have cleared it; one that they refreshed fires all the same, as in Node.
            if self.0.exiting.get() || self.0.timers.borrow().get(id).is_none() {
                continue;
            }
            *budget -= 1;
            self.fire(id)?;
        }
    }

    /// The list's first timer, if it is due. If not, the list goes to its new place in the heap, or goes altogether.
    fn first_due(&self, millis: u64, now: u64) -> Option<Timeout> {
        let mut timers = self.0.timers.borrow_mut();
        let list = timers.lists.get(&millis)?;
        let (key, head) = (list.key, list.head);
        if head == NIL {
            timers.drop_list_if_empty(millis);
            return None;
        }
        let entry = &timers.entries[head as usize];
        let (start, generation) = (entry.start, entry.generation);
        if now.saturating_sub(start) >= millis {
            return Some(Timeout { index: head, generation });
        }
        timers.queue.reschedule(key, start.saturating_add(millis).max(now.saturating_add(1)));
        None
    }

    fn fire(&self, id: Timeout) -> Result<(), Threw> {
        let (task, repeats) = {
            let mut timers = self.0.timers.borrow_mut();
            let Some(entry) = timers.get_mut(id) else { return Ok(()) };
            entry.firing = true;
            let taken = (entry.task.take(), entry.repeats);
            timers.unlink(id.index);
            taken
        };
        let start = if repeats { self.fresh_now() } else { 0 };
        let mut firing = Firing { rt: self, id, task, start };
        let result = match firing.task.as_mut() {
            Some(task) => task(self),
            None => Ok(()),
        };
        drop(firing);
        result.map_err(|thrown| {
            self.uncaught(thrown, Origin::UncaughtException);
            Threw
        })
    }
}

/// Starts the timer handle for what is due next, also when a callback panicked.
struct Rearm<'a> {
    rt: &'a Runtime,
    budget: &'a mut usize,
}

impl Drop for Rearm<'_> {
    fn drop(&mut self) {
        let next = {
            let mut timers = self.rt.0.timers.borrow_mut();
            let first = timers.queue.peek().map_or(u64::MAX, |(_, expiry, _)| expiry);
            timers.next_expiry = timers.next_expiry.min(first);
            timers.next_expiry
        };
        if next != u64::MAX {
            let wait = next.saturating_sub(self.rt.0.lp.now());
            // Never at once, but for what the phase's limit has left over.
            self.rt.schedule(if *self.budget > 0 { wait.max(1) } else { wait });
        }
    }
}

/// Puts a timer that has fired in order, also when its callback panicked: an interval waits again, a refreshed one
/// keeps waiting, any other goes.
struct Firing<'a> {
    rt: &'a Runtime,
    id: Timeout,
    task: Option<TimerTask>,
    start: u64,
}

impl Drop for Firing<'_> {
    fn drop(&mut self) {
        let Firing { rt, id, task, start } = self;
        let mut timers = rt.0.timers.borrow_mut();
        let Some(entry) = timers.get_mut(*id) else { return };
        entry.firing = false;
        if entry.repeats && !entry.cleared {
            entry.task = task.take();
            timers.unlink(id.index);
            drop(timers);
            rt.link_timer(id.index, *start);
        } else if entry.linked {
            entry.task = task.take();
        } else {
            let gone = entry.referenced && !entry.cleared;
            timers.remove(*id);
            drop(timers);
            drop(task.take());
            if gone {
                rt.count_timers(|n| n - 1);
            }
        }
    }
}

impl Timeout {
    /// The id as two numbers, for code in another language to hold.
    ///
    /// ```
    /// use node_compat::{Runtime, Timeout};
    ///
    /// let rt = Runtime::new()?;
    /// let timeout = rt.set_timeout(1, |_| ());
    /// let (index, generation) = timeout.into_raw();
    /// assert_eq!(Timeout::from_raw(index, generation), timeout);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn into_raw(self) -> (u32, u64) {
        (self.index, self.generation)
    }

    /// The id from its two numbers. Any others make a stale one.
    ///
    /// ```
    /// use node_compat::{Runtime, Timeout};
    ///
    /// assert!(!Timeout::from_raw(7, 7).is_pending(&Runtime::new()?));
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn from_raw(index: u32, generation: u64) -> Self {
        Timeout { index, generation }
    }

    /// Whether it is still to fire, or firing.
    ///
    /// ```
    /// let rt = node_compat::Runtime::new()?;
    /// assert!(rt.set_timeout(1, |_| ()).is_pending(&rt));
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn is_pending(self, rt: &Runtime) -> bool {
        rt.0.timers.borrow().get(self).is_some_and(|entry| !entry.cleared)
    }

    /// Starts its time anew, and puts it behind the other timers of its duration. As `timeout.refresh`; says whether
    /// it was still there.
    ///
    /// ```
    /// let rt = node_compat::Runtime::new()?;
    /// let first = rt.set_timeout(5, |_| println!("now last"));
    /// rt.set_timeout(5, |_| println!("now first"));
    /// assert!(first.refresh(&rt));
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn refresh(self, rt: &Runtime) -> bool {
        if !self.is_pending(rt) {
            return false;
        }
        let start = rt.fresh_now();
        rt.0.timers.borrow_mut().unlink(self.index);
        rt.link_timer(self.index, start);
        true
    }

    /// Whether it keeps the runtime alive, as `timeout.hasRef`.
    ///
    /// ```
    /// let rt = node_compat::Runtime::new()?;
    /// assert!(rt.set_timeout(1, |_| ()).has_ref(&rt));
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn has_ref(self, rt: &Runtime) -> bool {
        rt.0.timers.borrow().get(self).is_some_and(|entry| entry.referenced && !entry.cleared)
    }

    /// Lets it keep the runtime alive (the default), as `timeout.ref`.
    ///
    /// ```
    /// let rt = node_compat::Runtime::new()?;
    /// let timeout = rt.set_timeout(1, |_| println!("fires"));
    /// timeout.unref(&rt);
    /// timeout.ref_(&rt);
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn ref_(self, rt: &Runtime) {
        self.set_referenced(rt, true);
    }

    /// Lets the runtime end without waiting for it, as `timeout.unref`.
    ///
    /// ```
    /// let rt = node_compat::Runtime::new()?;
    /// rt.set_timeout(60_000, |_| -> () { unreachable!() }).unref(&rt);
    /// rt.run()?;
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn unref(self, rt: &Runtime) {
        self.set_referenced(rt, false);
    }

    fn set_referenced(self, rt: &Runtime, referenced: bool) {
        let changed = {
            let mut timers = rt.0.timers.borrow_mut();
            timers.get_mut(self).is_some_and(|entry| {
                !entry.cleared && std::mem::replace(&mut entry.referenced, referenced) != referenced
            })
        };
        if changed {
            rt.count_timers(|n| if referenced { n + 1 } else { n - 1 });
        }
    }
}
