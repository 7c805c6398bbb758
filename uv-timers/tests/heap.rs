//! Random histories of a [`Heap`] against a sorted map, and its corners.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use proptest::prelude::*;
use proptest::sample::Index;
use uv_timers::{Heap, Key};

#[derive(Clone, Debug)]
enum Step {
    Push(u64),
    Pop,
    Remove(Index),
    Reschedule(Index, u64),
    Change(Index),
    Reserve(usize),
    Clear,
}

/// Few different times, so that many are equal, and the extremes.
fn due() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 0..12_u64, 1 => Just(u64::MAX), 1 => any::<u64>()]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => due().prop_map(Step::Push),
        5 => Just(Step::Pop),
        4 => any::<Index>().prop_map(Step::Remove),
        6 => (any::<Index>(), due()).prop_map(|(key, due)| Step::Reschedule(key, due)),
        2 => any::<Index>().prop_map(Step::Change),
        1 => (0..20_usize).prop_map(Step::Reserve),
        1 => Just(Step::Clear),
    ]
}

/// The entries in the order in which they leave, and where each key's entry is among them.
#[derive(Default)]
struct Model {
    order: BTreeMap<(u64, u64), (Key, u64)>,
    places: HashMap<Key, (u64, u64)>,
    sequence: u64,
}

impl Model {
    fn add(&mut self, key: Key, due: u64, value: u64) {
        self.sequence += 1;
        let place = (due, self.sequence);
        self.order.insert(place, (key, value));
        self.places.insert(key, place);
    }

    fn remove(&mut self, key: Key) -> Option<u64> {
        let place = self.places.remove(&key)?;
        self.order.remove(&place).map(|(_, value)| value)
    }

    fn first(&self) -> Option<(Key, u64, u64)> {
        let (&(due, _), &(key, value)) = self.order.first_key_value()?;
        Some((key, due, value))
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_heap_does_as_its_model(steps in prop::collection::vec(step(), 0..150)) {
        let mut heap = Heap::new();
        let mut model = Model::default();
        // All keys there ever were: most steps that take one hit a stale one sooner or later.
        let mut keys: Vec<Key> = Vec::new();
        let mut next_value = 0;
        for step in steps {
            match step {
                Step::Push(due) => {
                    next_value += 1;
                    let key = heap.push(due, next_value);
                    prop_assert!(!keys.contains(&key));
                    keys.push(key);
                    model.add(key, due, next_value);
                }
                Step::Pop => {
                    let expected = model.first();
                    if let Some((key, ..)) = expected {
                        model.remove(key);
                    }
                    prop_assert_eq!(heap.pop(), expected);
                }
                Step::Reserve(room) => {
                    heap.reserve(room);
                    let capacity = heap.capacity();
                    prop_assert!(capacity >= heap.len() + room);
                }
                Step::Clear => {
                    heap.clear();
                    model.order.clear();
                    model.places.clear();
                }
                _ if keys.is_empty() => {}
                Step::Remove(which) => {
                    let key = *which.get(&keys);
                    prop_assert_eq!(heap.remove(key), model.remove(key));
                }
                Step::Reschedule(which, due) => {
                    let key = *which.get(&keys);
                    let value = model.remove(key);
                    prop_assert_eq!(heap.reschedule(key, due), value.is_some());
                    if let Some(value) = value {
                        model.add(key, due, value);
                    }
                }
                Step::Change(which) => {
                    let key = *which.get(&keys);
                    next_value += 1;
                    let place = model.places.get(&key);
                    let expected = place.and_then(|place| model.order.get_mut(place));
                    match (heap.get_mut(key), expected) {
                        (Some(value), Some((_, expected))) => {
                            prop_assert_eq!(&*value, &*expected);
                            *value = next_value;
                            *expected = next_value;
                        }
                        (value, expected) => prop_assert_eq!(value, expected.map(|(_, v)| v)),
                    }
                }
            }

            prop_assert_eq!(heap.len(), model.order.len());
            prop_assert_eq!(heap.is_empty(), model.order.is_empty());
            let first = heap.peek().map(|(key, due, &value)| (key, due, value));
            prop_assert_eq!(first, model.first());
            for &key in &keys {
                let place = model.places.get(&key);
                let value = place.map(|place| &model.order[place].1);
                prop_assert_eq!(heap.contains(key), place.is_some());
                prop_assert_eq!(heap.due(key), place.map(|place| place.0));
                prop_assert_eq!(heap.get(key), value);
            }
            let all: HashSet<_> = heap.iter().map(|(key, due, &value)| (key, due, value)).collect();
            let expected: HashSet<_> = model
                .order
                .iter()
                .map(|(&(due, _), &(key, value))| (key, due, value))
                .collect();
            prop_assert_eq!(all, expected);
        }
        while let Some(expected) = model.first() {
            model.remove(expected.0);
            prop_assert_eq!(heap.pop(), Some(expected));
        }
        prop_assert_eq!(heap.pop(), None);
    }
}

#[test]
fn a_million_timers_leave_in_order() {
    const COUNT: u64 = 1_000_000;
    let mut heap = Heap::with_capacity(COUNT as usize);
    let capacity = heap.capacity();
    // A multiplication by an odd number modulo a power of two scatters the times; the remainder makes equals.
    let due = |number: u64| (number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) % 100_000;
    let keys: Vec<Key> = (0..COUNT).map(|n| heap.push(due(n), n)).collect();
    for key in keys.iter().step_by(3) {
        assert!(heap.remove(*key).is_some());
    }
    for key in keys.iter().skip(1).step_by(3) {
        assert!(heap.reschedule(*key, heap.due(*key).unwrap() + 7));
    }
    let mut last = (0, false, 0);
    let mut popped = 0;
    while let Some((_, due_then, number)) = heap.pop() {
        let moved = number % 3 == 1;
        assert_ne!(number % 3, 0);
        assert_eq!(due_then, due(number) + if moved { 7 } else { 0 });
        // Among equals the ones that were rescheduled come last, each kind in order.
        assert!(last <= (due_then, moved, number));
        last = (due_then, moved, number);
        popped += 1;
    }
    assert_eq!(popped, COUNT - COUNT.div_ceil(3));
    assert_eq!(heap.capacity(), capacity);
}

#[test]
fn the_steady_state_allocates_nothing() {
    let mut heap = Heap::with_capacity(100);
    let mut keys: Vec<Key> = (0..100).map(|due| heap.push(due, due)).collect();
    let capacity = heap.capacity();
    for round in 0..10_000_u64 {
        let slot = (round % 100) as usize;
        if !heap.contains(keys[slot]) || round % 3 == 0 {
            heap.remove(keys[slot]).or_else(|| heap.pop().map(|(_, _, v)| v));
        } else {
            heap.pop();
        }
        keys[slot] = heap.push(round % 17, round);
        assert_eq!(heap.len(), 100);
    }
    assert_eq!(heap.capacity(), capacity);
}

/// Counts its drops.
struct Counted(Rc<Cell<usize>>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

#[test]
fn each_value_is_dropped_once() {
    let drops = Rc::new(Cell::new(0));
    let value = || Counted(drops.clone());
    let mut heap = Heap::new();
    let removed = heap.push(1, value());
    heap.push(2, value());
    heap.push(3, value());
    drop(heap.remove(removed));
    assert_eq!(drops.get(), 1);
    drop(heap.pop());
    assert_eq!(drops.get(), 2);
    heap.clear();
    assert_eq!(drops.get(), 3);
    for due in 0..10 {
        heap.push(due, value());
    }
    drop(heap);
    assert_eq!(drops.get(), 13);
}

#[test]
fn a_panic_in_a_drop_leaves_the_heap_in_order() {
    struct Bomb(Rc<Cell<usize>>, bool);
    impl Drop for Bomb {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
            assert!(!self.1, "a value that panics when it is dropped");
        }
    }
    let drops = Rc::new(Cell::new(0));
    let mut heap = Heap::new();
    let keys: Vec<Key> = (0..10_u64).map(|n| heap.push(n, Bomb(drops.clone(), n == 5))).collect();
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| heap.clear()));
    assert!(result.is_err());
    assert_eq!(heap.len() + drops.get(), 10);
    let alive = keys.iter().filter(|&&key| heap.contains(key)).count();
    assert_eq!(alive, heap.len());
    let mut last = 0;
    while let Some((_, due, _)) = heap.pop() {
        assert!(due >= last);
        last = due;
    }
    assert_eq!(drops.get(), 10);
}

#[test]
fn keys_of_another_heap_do_no_harm() {
    let mut heap = Heap::<u8>::new();
    let mut other = Heap::new();
    let keys: Vec<Key> = (0..10).map(|n| other.push(n, 0)).collect();
    assert_eq!(heap.remove(keys[9]), None);
    assert_eq!(heap.due(keys[0]), None);
    assert!(!heap.reschedule(keys[3], 1));
    assert!(heap.get_mut(keys[3]).is_none());
}
