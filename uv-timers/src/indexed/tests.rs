//! Random histories of an [`IndexedHeap`] against a sorted map, with the sequence numbers about to run out.

use std::collections::BTreeMap;
use std::prelude::v1::*;
use std::vec;

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Step {
    Insert(u32, u64),
    Reschedule(u32, u64),
    Remove(u32),
    Pop,
    PopDue(u64),
    Reserve(usize),
    Clear,
}

fn step() -> impl Strategy<Value = Step> {
    let id = || 0..40_u32;
    // Few different times, so that many are equal, and the extremes.
    let due = || prop_oneof![8 => 0..6_u64, 1 => Just(u64::MAX), 1 => any::<u64>()];
    prop_oneof![
        24 => (id(), due()).prop_map(|(id, due)| Step::Insert(id, due)),
        8 => (id(), due()).prop_map(|(id, due)| Step::Reschedule(id, due)),
        8 => id().prop_map(Step::Remove),
        6 => Just(Step::Pop),
        2 => due().prop_map(Step::PopDue),
        1 => (0..20_usize).prop_map(Step::Reserve),
        1 => Just(Step::Clear),
    ]
}

/// The ids in the order in which they leave.
#[derive(Default)]
struct Model {
    order: BTreeMap<(u64, u64), u32>,
    count: u64,
}

impl Model {
    fn insert(&mut self, id: u32, due: u64) -> Option<u64> {
        let before = self.remove(id);
        self.count += 1;
        self.order.insert((due, self.count), id);
        before
    }

    fn remove(&mut self, id: u32) -> Option<u64> {
        let place = *self.order.iter().find(|&(_, &other)| other == id)?.0;
        self.order.remove(&place);
        Some(place.0)
    }

    fn due(&self, id: u32) -> Option<u64> {
        self.order.iter().find(|&(_, &other)| other == id).map(|(&(due, _), _)| due)
    }

    fn peek(&self) -> Option<(u32, u64)> {
        self.order.first_key_value().map(|(&(due, _), &id)| (id, due))
    }

    fn pop_due(&mut self, now: u64) -> Option<(u32, u64)> {
        let first = self.peek().filter(|&(_, due)| due <= now)?;
        self.order.pop_first();
        Some(first)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_heap_does_as_its_model(left in 0..100_u32, room in prop::bool::ANY, steps in prop::collection::vec(step(), 0..200)) {
        // 40 ids and what steps reserve beyond them.
        let mut heap = if room { IndexedHeap::with_capacity(60) } else { IndexedHeap::new() };
        let capacity = capacities(&heap);
        let mut model = Model::default();
        heap.run.start_at(0_u32.wrapping_sub(left));
        for (number, step) in steps.into_iter().enumerate() {
            if number == 20 && !heap.is_empty() {
                heap.next_sequence = u32::MAX - left;
            }
            match step {
                Step::Insert(id, due) => prop_assert_eq!(heap.insert(id, due), model.insert(id, due)),
                Step::Reschedule(id, due) => {
                    let known = model.due(id).is_some();
                    if known {
                        model.insert(id, due);
                    }
                    prop_assert_eq!(heap.reschedule(id, due), known);
                }
                Step::Remove(id) => prop_assert_eq!(heap.remove(id), model.remove(id)),
                Step::Pop => prop_assert_eq!(heap.pop(), model.pop_due(u64::MAX)),
                Step::PopDue(now) => prop_assert_eq!(heap.pop_due(now), model.pop_due(now)),
                Step::Reserve(room) => {
                    heap.reserve(room);
                    prop_assert!(heap.capacity() >= heap.len() + room);
                }
                Step::Clear => {
                    heap.clear();
                    model.order.clear();
                }
            }
            check(&heap);
            prop_assert_eq!(heap.len(), model.order.len());
            prop_assert_eq!(heap.is_empty(), model.order.is_empty());
            prop_assert_eq!(heap.peek(), model.peek());
            for id in 0..42 {
                prop_assert_eq!(heap.due(id), model.due(id));
                prop_assert_eq!(heap.contains(id), model.due(id).is_some());
            }
            let mut all: Vec<_> = heap.iter().map(|(id, due)| (due, id)).collect();
            let mut expected: Vec<_> = model.order.iter().map(|(&(due, _), &id)| (due, id)).collect();
            all.sort_unstable();
            expected.sort_unstable();
            prop_assert_eq!(all, expected);
        }
        prop_assert!(!room || capacities(&heap) == capacity, "it has allocated");
        while let Some(expected) = model.pop_due(u64::MAX) {
            prop_assert_eq!(heap.pop(), Some(expected));
        }
        prop_assert_eq!(heap.pop(), None);
    }
}

fn capacities(heap: &IndexedHeap) -> [usize; 3] {
    [heap.run.capacity(), heap.tree.capacity(), heap.positions.capacity()]
}

/// The parts are in order, and positions are those of the nodes.
fn check(heap: &IndexedHeap) {
    heap.tree.check();
    heap.run.check();
    for (id, _) in heap.iter() {
        let node = match heap.place(id).unwrap() {
            Place::Run(position) => heap.run.node(position),
            Place::Tree(position) => heap.tree.node(position),
        };
        assert_eq!(node.id, id);
    }
}

#[test]
fn equals_stay_in_order_when_the_sequence_begins_anew() {
    let mut heap = IndexedHeap::new();
    heap.insert(0, 10);
    heap.next_sequence = u32::MAX - 2;
    for id in 1..=5 {
        heap.insert(id, 10);
    }
    assert!(heap.next_sequence < 10);
    heap.next_sequence = u32::MAX;
    heap.reschedule(2, 10);
    let order: Vec<u32> = std::iter::from_fn(|| heap.pop()).map(|(id, _)| id).collect();
    assert_eq!(order, vec![0, 1, 3, 4, 5, 2]);
}

#[test]
fn entries_that_come_in_order_stay_out_of_the_tree() {
    let mut heap = IndexedHeap::new();
    // One that is due late does not keep the others out for long.
    heap.insert(1000, u64::MAX);
    for id in 0..1000 {
        heap.insert(id, u64::from(id / 10));
    }
    assert!(heap.tree.len() < 50);
    for turn in 0..100_000_u64 {
        let id = (turn * 7 % 1000) as u32;
        heap.reschedule(id, 100 + turn / 10);
    }
    assert_eq!((heap.run.len(), heap.tree.len()), (1000, 1));
    assert!(heap.run.capacity() <= 4096, "vacant places are used again");
    check(&heap);
}

#[test]
fn an_empty_heap_counts_from_0() {
    let mut heap = IndexedHeap::new();
    heap.insert(0, 10);
    heap.next_sequence = u32::MAX;
    heap.pop();
    heap.insert(0, 10);
    assert_eq!(heap.next_sequence, 1);
}

#[test]
fn a_node_takes_16_bytes() {
    assert_eq!(size_of::<Node>(), 16);
}

#[test]
#[should_panic(expected = "is no id of a heap")]
fn an_id_that_is_too_large_is_refused() {
    IndexedHeap::new().insert(IndexedHeap::MAX_ID + 1, 0);
}
