use core::fmt;

use crate::heap::{Heap, Key, NONE};

/// libuv's timers without its loop: one-shot and repeating timers over a [`Heap`], run in turns.
///
/// The queue has no clock. Every method that needs the time takes it as `now`, in any unit as long as it is always
/// the same one (libuv's is the millisecond), and `now` should never go back.
///
/// An entry is in one of three states. *Active*: it waits for its due time. *Ready*: its due time came in
/// [`begin_turn`](Self::begin_turn) and [`next_due`](Self::next_due) has yet to hand it out. *Stopped*: neither; it
/// keeps its key, its value and its repeat interval until it is [`restart`](Self::restart)ed or
/// [`remove`](Self::remove)d.
///
/// As in libuv 1.48 and later, one turn runs the timers that are due when it begins and no others: a timer that is
/// started meanwhile waits for the next turn, however short its timeout, and one that is stopped or restarted
/// meanwhile does not run in this turn. Timers with an equal due time run in the order in which they were started.
/// No call borrows the queue longer than itself, so it can be changed freely between two calls of `next_due`.
///
/// `start`, `restart`, `again`, `stop`, `remove` and each timer that comes due take O(log n), all else O(1)
/// unless it says otherwise. As with [`Heap`], room is kept and used again.
///
/// ```
/// use uv_timers::TimerQueue;
///
/// let mut timers = TimerQueue::new();
/// let mut now = 0;
/// timers.start(now, 20, 0, "once");
/// let tick = timers.start(now, 10, 10, "tick");
///
/// let mut seen = Vec::new();
/// while let Some(timeout) = timers.next_timeout(now) {
///     now += timeout; // a real program sleeps here
///     timers.begin_turn(now);
///     while let Some(key) = timers.next_due(now) {
///         seen.push((now, timers.get(key).copied().unwrap()));
///         if now >= 30 {
///             timers.stop(tick);
///         }
///     }
/// }
/// assert_eq!(seen, [(10, "tick"), (20, "once"), (20, "tick"), (30, "tick")]);
/// ```
pub struct TimerQueue<T> {
    /// Active entries have a due time here; ready and stopped ones are parked.
    heap: Heap<Entry<T>>,
    /// First and last of the ready entries, in the order in which they are handed out, by index.
    ready: Option<(u32, u32)>,
    ready_len: usize,
}

impl<T> TimerQueue<T> {
    /// An empty queue, which has allocated nothing.
    ///
    /// ```
    /// let timers = uv_timers::TimerQueue::<u8>::new();
    /// assert_eq!(timers.next_timeout(0), None);
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self { heap: Heap::new(), ready: None, ready_len: 0 }
    }

    /// An empty queue with room for `capacity` timers.
    ///
    /// ```
    /// let timers = uv_timers::TimerQueue::<u8>::with_capacity(1000);
    /// assert!(timers.is_empty());
    /// ```
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self { heap: Heap::with_capacity(capacity), ready: None, ready_len: 0 }
    }

    /// Makes room for `additional` more timers than there are now.
    ///
    /// ```
    /// let mut timers = uv_timers::TimerQueue::<u8>::new();
    /// timers.reserve(1000);
    /// ```
    ///
    /// # Panics
    ///
    /// Where `Vec::reserve` does: if the room asked for is more than `isize::MAX` bytes.
    pub fn reserve(&mut self, additional: usize) {
        self.heap.reserve(additional);
    }

    /// The number of entries in any state.
    ///
    /// ```
    /// let mut timers = uv_timers::TimerQueue::new();
    /// let key = timers.start(0, 10, 0, ());
    /// timers.stop(key);
    /// assert_eq!((timers.len(), timers.active_len()), (1, 0));
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.heap.len_with_parked()
    }

    /// Whether there is no entry in any state.
    ///
    /// ```
    /// assert!(uv_timers::TimerQueue::<u8>::new().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of active entries.
    ///
    /// ```
    /// let mut timers = uv_timers::TimerQueue::new();
    /// timers.start(0, 10, 0, ());
    /// assert_eq!(timers.active_len(), 1);
    /// timers.begin_turn(10);
    /// assert_eq!((timers.active_len(), timers.ready_len()), (0, 1));
    /// ```
    #[must_use]
    pub fn active_len(&self) -> usize {
        self.heap.len()
    }

    /// The number of ready entries: what [`next_due`](Self::next_due) would hand out if it were called until it
    /// gives `None`.
    ///
    /// ```
    /// let mut timers = uv_timers::TimerQueue::new();
    /// timers.start(0, 10, 0, ());
    /// timers.begin_turn(10);
    /// assert_eq!(timers.ready_len(), 1);
    /// timers.next_due(10);
    /// assert_eq!(timers.ready_len(), 0);
    /// ```
    #[must_use]
    pub fn ready_len(&self) -> usize {
        self.ready_len
    }

    /// Adds an entry that is stopped and has no repeat interval, as `uv_timer_init`.
    ///
    /// ```
    /// let mut timers = uv_timers::TimerQueue::new();
    /// let key = timers.insert("not yet");
    /// assert!(!timers.is_active(key));
    /// assert!(timers.restart(key, 0, 10, 0));
    /// assert!(timers.is_active(key));
    /// ```
    ///
    /// # Panics
    ///
    /// If the queue holds 2³¹ - 4 entries.
    pub fn insert(&mut self, value: T) -> Key {
        self.heap.insert_parked(Entry { value, repeat: 0, ready: None })
    }

    /// Adds a timer that is due at `now + timeout` and from then on every `repeat`, or only once if `repeat` is 0.
    /// A due time past `u64::MAX` is `u64::MAX`.
    ///
    /// ```
    /// let mut timers = uv_timers::TimerQueue::new();
    /// let key = timers.start(1_000, 50, 0, "value");
    /// assert_eq!(timers.next_timeout(1_010), Some(40));
    /// assert_eq!(timers.remove(key), Some("value"));
    /// ```
    ///
    /// # Panics
    ///
    /// If the queue holds 2³¹ - 4 entries.
    pub fn start(&mut self, now: u64, timeout: u64, repeat: u64, value: T) -> Key {
        let entry = Entry { value, repeat, ready: None };
        self.heap.push(now.saturating_add(timeout), entry)
    }

    /// Starts an entry anew, whatever its state, as `uv_timer_start` on a timer that exists. It goes behind the
    /// timers that have an equal due time. `false` if the key is stale.
    ///
    /// ```
    /// let mut timers = uv_timers::TimerQueue::new();
    /// let key = timers.start(0, 10, 0, ());
    /// assert!(timers.restart(key, 5, 10, 0));
    /// assert_eq!(timers.due_in(key, 5), Some(10));
    /// ```
    pub fn restart(&mut self, key: Key, now: u64, timeout: u64, repeat: u64) -> bool {
        self.unready(key);
        let Some(entry) = self.heap.get_mut(key) else {
            return false;
        };
        entry.repeat = repeat;
        self.heap.reschedule(key, now.saturating_add(timeout))
    }

    /// Starts a repeating timer anew with its repeat interval as its timeout, whatever its state, as
    /// `uv_timer_again`. A timer whose repeat interval is 0 is left as it is.
    ///
    /// Says whether the timer was started: `false` if its repeat interval is 0 or the key is stale.
    ///
    /// ```
    /// let mut timers = uv_timers::TimerQueue::new();
    /// let idle = timers.start(0, 100, 30, "idle");
    /// assert!(timers.again(idle, 50));
    /// assert_eq!(timers.due_in(idle, 50), Some(30));
    /// timers.set_repeat(idle, 0);
    /// assert!(!timers.again(idle, 60));
    /// assert_eq!(timers.due_in(idle, 60), Some(20));
    /// ```
    pub fn again(&mut self, key: Key, now: u64) -> bool {
        match self.repeat(key) {
            None | Some(0) => false,
            Some(repeat) => self.restart(key, now, repeat, repeat),
        }
    }

    /// Stops a timer and keeps its entry, as `uv_timer_stop`. Stopping a stopped one does nothing. `false` if the
    /// key is stale.
    ///
    /// ```
    /// let mut timers = uv_timers::TimerQueue::new();
    /// let key = timers.start(0, 10, 0, "kept");
    /// assert!(timers.stop(key));
    /// assert_eq!(timers.next_timeout(0), None);
    /// assert_eq!(timers.get(key), Some(&"kept"));
    /// ```
    pub fn stop(&mut self, key: Key) -> bool {
        self.unready(key);
        self.heap.park(key) || self.heap.contains(key)
    }

    /// Removes an entry in any state; its key becomes stale. `None` if it was already.
    ///
    /// ```
    /// let mut timers = uv_timers::TimerQueue::new();
    /// let key = timers.start(0, 10, 0, "value");
    /// assert_eq!(timers.remove(key), Some("value"));
    /// assert_eq!(timers.remove(key), None);
    /// ```
    pub fn remove(&mut self, key: Key) -> Option<T> {
        self.unready(key);
        self.heap.remove(key).map(|entry| entry.value)
    }

    /// Removes and drops all entries, in O(n). Their keys become stale.
    ///
    /// ```
    /// let mut timers = uv_timers::TimerQueue::new();
    /// let key = timers.start(0, 10, 0, ());
    /// timers.clear();
    /// assert!(timers.is_empty() && !timers.contains(key));
    /// ```
    pub fn clear(&mut self) {
        // First, as the drop of a value may panic: what is left then is stopped, and in no list.
        while let Some((first, _)) = self.ready {
            self.unready(self.heap.key(first));
        }
        self.heap.clear_with_parked();
    }

    /// Begins a turn: every active timer whose due time is `now` or earlier becomes ready, in the order of due time and
    /// start. Says how many are ready then.
    ///
    /// What an earlier turn left ready stays so, ahead of what is added.
    ///
    /// ```
    /// let mut timers = uv_timers::TimerQueue::new();
    /// timers.start(0, 10, 0, 'a');
    /// timers.start(0, 11, 0, 'b');
    /// assert_eq!(timers.begin_turn(9), 0);
    /// assert_eq!(timers.begin_turn(10), 1);
    /// ```
    pub fn begin_turn(&mut self, now: u64) -> usize {
        while let Some(index) = self.heap.park_due(now) {
            self.push_ready(index);
        }
        self.ready_len
    }

    /// Hands out the next timer of the turn, or `None` when its ready timers are all out.
    ///
    /// A repeating timer is active again when it is handed out, due one repeat interval from `now`: it does not
    /// catch up on intervals that were missed. A one-shot timer is stopped. The caller then does what the timer is
    /// for, [`get`](Self::get)s its value or [`remove`](Self::remove)s it.
    ///
    /// ```
    /// let mut timers = uv_timers::TimerQueue::new();
    /// let once = timers.start(0, 10, 0, "once");
    /// let tick = timers.start(0, 10, 10, "tick");
    /// timers.begin_turn(25);
    /// assert_eq!(timers.next_due(25), Some(once));
    /// assert!(!timers.is_active(once));
    /// assert_eq!(timers.next_due(25), Some(tick));
    /// assert_eq!(timers.due_in(tick, 25), Some(10));
    /// assert_eq!(timers.next_due(25), None);
    /// ```
    pub fn next_due(&mut self, now: u64) -> Option<Key> {
        let (first, _) = self.ready?;
        let key = self.heap.key(first);
        self.unready(key);
        self.again(key, now);
        Some(key)
    }

    /// How long until a timer is to be run: 0 if one is overdue or ready, `None` if none is active or ready.
    ///
    /// ```
    /// let mut timers = uv_timers::TimerQueue::new();
    /// assert_eq!(timers.next_timeout(0), None);
    /// timers.start(0, 10, 0, ());
    /// assert_eq!(timers.next_timeout(4), Some(6));
    /// assert_eq!(timers.next_timeout(40), Some(0));
    /// ```
    #[must_use]
    pub fn next_timeout(&self, now: u64) -> Option<u64> {
        if self.ready.is_some() {
            return Some(0);
        }
        self.heap.peek().map(|(_, due, _)| due.saturating_sub(now))
    }

    /// How long until a timer is due: 0 if it is overdue or ready, `None` if it is stopped or the key is stale.
    /// As `uv_timer_get_due_in`.
    ///
    /// ```
    /// let mut timers = uv_timers::TimerQueue::new();
    /// let key = timers.start(0, 10, 0, ());
    /// assert_eq!(timers.due_in(key, 4), Some(6));
    /// timers.stop(key);
    /// assert_eq!(timers.due_in(key, 4), None);
    /// ```
    #[must_use]
    pub fn due_in(&self, key: Key, now: u64) -> Option<u64> {
        if self.is_ready(key) {
            return Some(0);
        }
        self.heap.due(key).map(|due| due.saturating_sub(now))
    }

    /// The repeat interval of a timer, 0 for a one-shot timer, as `uv_timer_get_repeat`. `None` if the key is stale.
    ///
    /// ```
    /// let mut timers = uv_timers::TimerQueue::new();
    /// let key = timers.start(0, 10, 25, ());
    /// assert_eq!(timers.repeat(key), Some(25));
    /// ```
    #[must_use]
    pub fn repeat(&self, key: Key) -> Option<u64> {
        self.heap.get(key).map(|entry| entry.repeat)
    }

    /// Sets the repeat interval that counts from the next time the timer is handed out or started
    /// [`again`](Self::again), as `uv_timer_set_repeat`. The due time it has now does not change. `false` if the key
    /// is stale.
    ///
    /// ```
    /// let mut timers = uv_timers::TimerQueue::new();
    /// let key = timers.start(0, 10, 0, ());
    /// assert!(timers.set_repeat(key, 25));
    /// assert_eq!(timers.due_in(key, 0), Some(10));
    /// ```
    pub fn set_repeat(&mut self, key: Key, repeat: u64) -> bool {
        let entry = self.heap.get_mut(key);
        entry.map(|entry| entry.repeat = repeat).is_some()
    }

    /// Whether a timer waits for its due time, as `uv_is_active`: not so if it is ready or stopped, or if the key is
    /// stale.
    ///
    /// ```
    /// let mut timers = uv_timers::TimerQueue::new();
    /// let key = timers.start(0, 10, 0, ());
    /// assert!(timers.is_active(key));
    /// timers.begin_turn(10);
    /// assert!(!timers.is_active(key));
    /// ```
    #[must_use]
    pub fn is_active(&self, key: Key) -> bool {
        self.heap.due(key).is_some()
    }

    /// Whether a timer came due in a turn and was not handed out yet.
    ///
    /// ```
    /// let mut timers = uv_timers::TimerQueue::new();
    /// let key = timers.start(0, 10, 0, ());
    /// timers.begin_turn(10);
    /// assert!(timers.is_ready(key));
    /// ```
    #[must_use]
    pub fn is_ready(&self, key: Key) -> bool {
        self.heap.get(key).is_some_and(|entry| entry.ready.is_some())
    }

    /// Whether `key` names an entry, in any state.
    ///
    /// ```
    /// let mut timers = uv_timers::TimerQueue::new();
    /// let key = timers.insert(());
    /// assert!(timers.contains(key));
    /// ```
    #[must_use]
    pub fn contains(&self, key: Key) -> bool {
        self.heap.contains(key)
    }

    /// The value of an entry, or `None` if the key is stale.
    ///
    /// ```
    /// let mut timers = uv_timers::TimerQueue::new();
    /// let key = timers.start(0, 10, 0, "value");
    /// assert_eq!(timers.get(key), Some(&"value"));
    /// ```
    #[must_use]
    pub fn get(&self, key: Key) -> Option<&T> {
        self.heap.get(key).map(|entry| &entry.value)
    }

    /// The value of an entry, to be changed in place, or `None` if the key is stale.
    ///
    /// ```
    /// let mut timers = uv_timers::TimerQueue::new();
    /// let key = timers.start(0, 10, 0, 1);
    /// *timers.get_mut(key).unwrap() = 2;
    /// assert_eq!(timers.remove(key), Some(2));
    /// ```
    #[must_use]
    pub fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        self.heap.get_mut(key).map(|entry| &mut entry.value)
    }

    /// All entries in any state, in an arbitrary order. Going through them takes time in proportion to the largest
    /// number of entries there ever were.
    ///
    /// ```
    /// let mut timers = uv_timers::TimerQueue::new();
    /// let a = timers.start(0, 10, 0, 'a');
    /// timers.stop(a);
    /// assert_eq!(timers.iter().collect::<Vec<_>>(), [(a, &'a')]);
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (Key, &T)> {
        self.heap.iter_with_parked().map(|(key, entry)| (key, &entry.value))
    }

    fn push_ready(&mut self, index: u32) {
        let (first, previous) = match self.ready {
            Some((first, last)) => (first, Some(last)),
            None => (index, None),
        };
        if let Some(link) = previous.and_then(|previous| self.link(previous)) {
            link.next = index;
        }
        self.heap.value_mut(index).ready = Some(Link { previous: previous.unwrap_or(NONE), next: NONE });
        self.ready = Some((first, index));
        self.ready_len += 1;
    }

    /// Takes an entry out of the ready ones if it is there, and leaves it stopped.
    fn unready(&mut self, key: Key) {
        let Some(Link { previous, next }) = self.heap.get_mut(key).and_then(|entry| entry.ready.take()) else {
            return;
        };
        if let Some(link) = self.link(previous) {
            link.next = next;
        }
        if let Some(link) = self.link(next) {
            link.previous = previous;
        }
        self.ready = match self.ready {
            _ if previous == NONE && next == NONE => None,
            Some((_, last)) if previous == NONE => Some((next, last)),
            Some((first, _)) if next == NONE => Some((first, previous)),
            unchanged => unchanged,
        };
        self.ready_len -= 1;
    }

    fn link(&mut self, index: u32) -> Option<&mut Link> {
        if index == NONE { None } else { self.heap.value_mut(index).ready.as_mut() }
    }
}

impl<T> Default for TimerQueue<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for TimerQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TimerQueue")
            .field("len", &self.len())
            .field("active", &self.active_len())
            .field("ready", &self.ready_len)
            .finish_non_exhaustive()
    }
}

struct Entry<T> {
    value: T,
    repeat: u64,
    /// The neighbours in the list of ready entries, if it is one.
    ready: Option<Link>,
}

/// Indices of slots, or `NONE`.
#[derive(Clone, Copy)]
struct Link {
    previous: u32,
    next: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_adds_24_bytes() {
        assert_eq!(size_of::<Option<Entry<()>>>(), 24);
        assert_eq!(size_of::<Option<Entry<u64>>>(), 32);
    }
}
