//! Random histories of a [`TimerQueue`] against a plain list, and its corners.

use std::rc::Rc;

use proptest::prelude::*;
use proptest::sample::Index;
use uv_timers::{Key, TimerQueue};

#[derive(Clone, Debug)]
enum Step {
    Insert,
    Start(u64, u64),
    Restart(Index, u64, u64),
    Again(Index),
    Stop(Index),
    SetRepeat(Index, u64),
    Remove(Index),
    BeginTurn,
    NextDue,
    /// Time passes.
    Pass(u64),
    Clear,
}

fn span() -> impl Strategy<Value = u64> {
    prop_oneof![10 => 0..8_u64, 1 => Just(u64::MAX), 1 => Just(u64::MAX - 3)]
}

fn repeat() -> impl Strategy<Value = u64> {
    prop_oneof![3 => Just(0), 5 => 1..8_u64, 1 => Just(u64::MAX)]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        20 => Just(Step::Insert),
        120 => (span(), repeat()).prop_map(|(timeout, repeat)| Step::Start(timeout, repeat)),
        60 => (any::<Index>(), span(), repeat()).prop_map(|(k, t, r)| Step::Restart(k, t, r)),
        40 => any::<Index>().prop_map(Step::Again),
        60 => any::<Index>().prop_map(Step::Stop),
        30 => (any::<Index>(), repeat()).prop_map(|(key, repeat)| Step::SetRepeat(key, repeat)),
        60 => any::<Index>().prop_map(Step::Remove),
        70 => Just(Step::BeginTurn),
        120 => Just(Step::NextDue),
        80 => (0..6_u64).prop_map(Step::Pass),
        1 => Just(Step::Clear),
    ]
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum State {
    Stopped,
    /// Due then, and started as the so-and-so-many'th.
    Active(u64, u64),
    /// The so-and-so-many'th that became ready.
    Ready(u64),
}

/// A list of timers that is searched for everything.
#[derive(Default)]
struct Model {
    timers: Vec<Timer>,
    now: u64,
    /// Numbers starts and what becomes ready.
    count: u64,
}

struct Timer {
    key: Key,
    value: u64,
    repeat: u64,
    state: State,
}

impl Model {
    fn find(&mut self, key: Key) -> Option<&mut Timer> {
        self.timers.iter_mut().find(|timer| timer.key == key)
    }

    fn add(&mut self, key: Key, value: u64) {
        self.timers.push(Timer { key, value, repeat: 0, state: State::Stopped });
    }

    fn restart(&mut self, key: Key, timeout: u64, repeat: u64) -> bool {
        self.count += 1;
        let state = State::Active(self.now.saturating_add(timeout), self.count);
        let timer = self.find(key);
        timer.map(|timer| (timer.repeat, timer.state) = (repeat, state)).is_some()
    }

    fn again(&mut self, key: Key) -> bool {
        match self.find(key).map_or(0, |timer| timer.repeat) {
            0 => false,
            repeat => self.restart(key, repeat, repeat),
        }
    }

    fn begin_turn(&mut self) -> usize {
        let now = self.now;
        let mut due: Vec<&mut Timer> =
            self.timers.iter_mut().filter(|timer| matches!(timer.state, State::Active(due, _) if due <= now)).collect();
        due.sort_by_key(|timer| match timer.state {
            State::Active(due, count) => (due, count),
            _ => unreachable!(),
        });
        for timer in due {
            self.count += 1;
            timer.state = State::Ready(self.count);
        }
        self.ready().len()
    }

    fn next_due(&mut self) -> Option<Key> {
        let (_, key) = *self.ready().first()?;
        self.find(key)?.state = State::Stopped;
        self.again(key);
        Some(key)
    }

    fn ready(&self) -> Vec<(u64, Key)> {
        let mut ready: Vec<_> = self
            .timers
            .iter()
            .filter_map(|timer| match timer.state {
                State::Ready(count) => Some((count, timer.key)),
                _ => None,
            })
            .collect();
        ready.sort();
        ready
    }

    fn due_in(&self, state: State) -> Option<u64> {
        match state {
            State::Stopped => None,
            State::Ready(_) => Some(0),
            State::Active(due, _) => Some(due.saturating_sub(self.now)),
        }
    }

    fn next_timeout(&self) -> Option<u64> {
        let timers = self.timers.iter();
        timers.filter_map(|timer| self.due_in(timer.state)).min()
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_queue_does_as_its_model(
        start in prop_oneof![4 => Just(0), 1 => Just(u64::MAX - 20)],
        steps in prop::collection::vec(step(), 0..150),
    ) {
        let mut queue = TimerQueue::new();
        let mut model = Model { now: start, ..Model::default() };
        let mut keys: Vec<Key> = Vec::new();
        for (value, step) in (0..).zip(steps) {
            let now = model.now;
            match step {
                Step::Insert => {
                    let key = queue.insert(value);
                    prop_assert!(!keys.contains(&key));
                    keys.push(key);
                    model.add(key, value);
                }
                Step::Start(timeout, repeat) => {
                    let key = queue.start(now, timeout, repeat, value);
                    prop_assert!(!keys.contains(&key));
                    keys.push(key);
                    model.add(key, value);
                    model.restart(key, timeout, repeat);
                }
                Step::BeginTurn => prop_assert_eq!(queue.begin_turn(now), model.begin_turn()),
                Step::NextDue => prop_assert_eq!(queue.next_due(now), model.next_due()),
                Step::Pass(span) => model.now = now.saturating_add(span),
                Step::Clear => {
                    queue.clear();
                    model.timers.clear();
                }
                _ if keys.is_empty() => {}
                Step::Restart(which, timeout, repeat) => {
                    let key = *which.get(&keys);
                    let expected = model.restart(key, timeout, repeat);
                    prop_assert_eq!(queue.restart(key, now, timeout, repeat), expected);
                }
                Step::Again(which) => {
                    let key = *which.get(&keys);
                    prop_assert_eq!(queue.again(key, now), model.again(key));
                }
                Step::Stop(which) => {
                    let key = *which.get(&keys);
                    let timer = model.find(key);
                    let expected = timer.map(|timer| timer.state = State::Stopped).is_some();
                    prop_assert_eq!(queue.stop(key), expected);
                }
                Step::SetRepeat(which, repeat) => {
                    let key = *which.get(&keys);
                    let timer = model.find(key);
                    let expected = timer.map(|timer| timer.repeat = repeat).is_some();
                    prop_assert_eq!(queue.set_repeat(key, repeat), expected);
                }
                Step::Remove(which) => {
                    let key = *which.get(&keys);
                    let place = model.timers.iter().position(|timer| timer.key == key);
                    let expected = place.map(|place| model.timers.remove(place).value);
                    prop_assert_eq!(queue.remove(key), expected);
                }
            }

            let now = model.now;
            prop_assert_eq!(queue.len(), model.timers.len());
            prop_assert_eq!(queue.is_empty(), model.timers.is_empty());
            prop_assert_eq!(queue.ready_len(), model.ready().len());
            prop_assert_eq!(queue.next_timeout(now), model.next_timeout());
            let mut active = 0;
            for &key in &keys {
                let timer = model.timers.iter().find(|timer| timer.key == key);
                let is_active = timer.is_some_and(|t| matches!(t.state, State::Active(..)));
                let is_ready = timer.is_some_and(|t| matches!(t.state, State::Ready(_)));
                active += usize::from(is_active);
                prop_assert_eq!(queue.contains(key), timer.is_some());
                prop_assert_eq!(queue.is_active(key), is_active);
                prop_assert_eq!(queue.is_ready(key), is_ready);
                prop_assert_eq!(queue.get(key), timer.map(|t| &t.value));
                prop_assert_eq!(queue.get_mut(key).copied(), timer.map(|t| t.value));
                prop_assert_eq!(queue.repeat(key), timer.map(|t| t.repeat));
                prop_assert_eq!(queue.due_in(key, now), timer.and_then(|t| model.due_in(t.state)));
            }
            prop_assert_eq!(queue.active_len(), active);
            let mut all: Vec<_> = queue.iter().map(|(key, &value)| (key, value)).collect();
            let mut expected: Vec<_> = model.timers.iter().map(|t| (t.key, t.value)).collect();
            all.sort();
            expected.sort();
            prop_assert_eq!(all, expected);
        }
    }
}

/// Runs a turn and says what was handed out.
fn turn(queue: &mut TimerQueue<&'static str>, now: u64) -> Vec<&'static str> {
    queue.begin_turn(now);
    let mut seen = Vec::new();
    while let Some(key) = queue.next_due(now) {
        seen.push(*queue.get(key).unwrap());
    }
    seen
}

#[test]
fn a_timer_started_in_a_turn_waits_for_the_next() {
    let mut queue = TimerQueue::new();
    queue.start(0, 5, 0, "first");
    queue.begin_turn(5);
    let key = queue.next_due(5).unwrap();
    queue.restart(key, 5, 0, 0);
    queue.start(5, 0, 0, "second");
    assert_eq!(queue.next_due(5), None);
    assert_eq!(queue.next_timeout(5), Some(0));
    assert_eq!(turn(&mut queue, 5), ["first", "second"]);
    assert_eq!(turn(&mut queue, 5), [""; 0]);
}

#[test]
fn a_ready_timer_can_be_stopped_restarted_or_removed() {
    let mut queue = TimerQueue::new();
    let keys = ["a", "b", "c", "d", "e"].map(|name| queue.start(0, 5, 9, name));
    assert_eq!(queue.begin_turn(5), 5);
    assert_eq!(queue.next_due(5), Some(keys[0]));
    assert!(queue.stop(keys[1]));
    assert!(queue.restart(keys[2], 5, 1, 0));
    assert_eq!(queue.remove(keys[4]), Some("e"));
    assert_eq!(queue.next_due(5), Some(keys[3]));
    assert_eq!(queue.next_due(5), None);
    assert_eq!(turn(&mut queue, 100), ["c", "a", "d"]);
    assert!(queue.again(keys[1], 100));
    assert_eq!(queue.due_in(keys[1], 100), Some(9));
}

#[test]
fn what_a_turn_leaves_ready_comes_first_in_the_next() {
    let mut queue = TimerQueue::new();
    queue.start(0, 5, 0, "a");
    queue.start(0, 6, 0, "b");
    queue.begin_turn(6);
    let first = queue.next_due(6).unwrap();
    assert_eq!(queue.get(first), Some(&"a"));
    queue.start(0, 1, 0, "c");
    assert_eq!(queue.next_timeout(6), Some(0));
    assert_eq!(turn(&mut queue, 7), ["b", "c"]);
}

#[test]
fn intervals_do_not_catch_up() {
    let mut queue = TimerQueue::new();
    queue.start(0, 10, 10, "tick");
    assert_eq!(turn(&mut queue, 55), ["tick"]);
    assert_eq!(turn(&mut queue, 64), [""; 0]);
    assert_eq!(turn(&mut queue, 65), ["tick"]);
}

#[test]
fn a_changed_interval_counts_from_the_next_run() {
    let mut queue = TimerQueue::new();
    let key = queue.start(0, 10, 10, "tick");
    queue.set_repeat(key, 3);
    assert_eq!(queue.due_in(key, 0), Some(10));
    assert_eq!(turn(&mut queue, 10), ["tick"]);
    assert_eq!(queue.due_in(key, 10), Some(3));
    queue.set_repeat(key, 0);
    assert_eq!(turn(&mut queue, 13), ["tick"]);
    assert_eq!(queue.next_timeout(13), None);
}

#[test]
fn times_saturate() {
    let mut queue = TimerQueue::new();
    let far = queue.start(u64::MAX - 1, 100, 0, "far");
    let never = queue.start(5, u64::MAX, u64::MAX, "never");
    assert_eq!(queue.due_in(far, u64::MAX - 1), Some(1));
    assert_eq!(queue.due_in(never, 5), Some(u64::MAX - 5));
    assert_eq!(turn(&mut queue, u64::MAX - 1), [""; 0]);
    // At the end of time they are due, and an interval that cannot go on is due again in each turn.
    assert_eq!(turn(&mut queue, u64::MAX), ["far", "never"]);
    assert_eq!(turn(&mut queue, u64::MAX), ["never"]);
}

#[test]
fn a_clock_that_goes_back_delays_and_no_more() {
    let mut queue = TimerQueue::new();
    let key = queue.start(100, 10, 0, "x");
    assert_eq!(queue.due_in(key, 50), Some(60));
    assert_eq!(turn(&mut queue, 50), [""; 0]);
    assert_eq!(turn(&mut queue, 110), ["x"]);
}

#[test]
fn each_value_is_dropped_once() {
    let value = Rc::new(());
    let mut queue = TimerQueue::with_capacity(4);
    let keys: Vec<Key> = (0..8).map(|n| queue.start(0, n, 1, value.clone())).collect();
    queue.begin_turn(3);
    queue.next_due(3);
    queue.stop(keys[5]);
    drop(queue.remove(keys[1]));
    drop(queue.remove(keys[6]));
    assert_eq!(Rc::strong_count(&value), 7);
    queue.clear();
    assert_eq!(Rc::strong_count(&value), 1);
    assert_eq!((queue.len(), queue.ready_len(), queue.active_len()), (0, 0, 0));
    assert_eq!(queue.next_due(9), None);
    let again = queue.start(0, 1, 0, value.clone());
    queue.insert(value.clone());
    assert!(!keys.contains(&again));
    drop(queue);
    assert_eq!(Rc::strong_count(&value), 1);
}

#[test]
fn a_drop_that_panics_leaves_the_rest_in_order() {
    struct Fragile(bool);
    impl Drop for Fragile {
        fn drop(&mut self) {
            assert!(!std::mem::take(&mut self.0), "fragile");
        }
    }
    let mut queue = TimerQueue::new();
    let ready: Vec<Key> = (0..3).map(|_| queue.start(0, 1, 0, Fragile(false))).collect();
    assert_eq!(queue.begin_turn(1), 3);
    queue.start(1, 5, 0, Fragile(true));
    let cleared = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| queue.clear()));
    assert!(cleared.is_err());
    assert_eq!((queue.len(), queue.ready_len(), queue.active_len()), (3, 0, 0));
    assert!(queue.next_due(9).is_none());
    assert!(queue.stop(ready[0]) && queue.restart(ready[1], 1, 1, 0));
    drop(queue.remove(ready[2]));
    assert_eq!(queue.begin_turn(2), 1);
    assert_eq!(queue.next_due(2), Some(ready[1]));
    queue.clear();
    assert!(queue.is_empty());
}
