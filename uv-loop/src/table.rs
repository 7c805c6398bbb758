//! Entries under keys that are never given out twice.

/// A place and its generation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Key {
    index: u32,
    generation: u32,
}

/// Insertion and removal take a place that was used before, if there is one.
impl Key {
    /// A number that no other key of the table has.
    pub(crate) fn number(self) -> u64 {
        u64::from(self.generation) << 32 | u64::from(self.index)
    }
}

pub(crate) struct Table<T> {
    places: Vec<Place<T>>,
    free: Vec<u32>,
}

struct Place<T> {
    generation: u32,
    entry: Option<T>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Table { places: Vec::new(), free: Vec::new() }
    }
}

impl<T> Table<T> {
    /// The key that the next [`insert`](Table::insert) gives out.
    pub(crate) fn next_key(&self) -> Key {
        match self.free.last() {
            Some(&index) => Key { index, generation: self.places[index as usize].generation },
            None => Key { index: self.places.len() as u32, generation: 0 },
        }
    }

    pub(crate) fn insert(&mut self, entry: T) -> Key {
        let key = self.next_key();
        if self.free.pop().is_none() {
            assert!(key.index < u32::MAX, "a table holds at most 2^32 - 1 entries");
            self.places.push(Place { generation: 0, entry: None });
        }
        self.places[key.index as usize].entry = Some(entry);
        key
    }

    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        let place = self.places.get_mut(key.index as usize)?;
        if place.generation == key.generation { place.entry.as_mut() } else { None }
    }

    /// A place whose generations are used up is given up.
    pub(crate) fn remove(&mut self, key: Key) -> Option<T> {
        let place = self.places.get_mut(key.index as usize)?;
        if place.generation != key.generation {
            return None;
        }
        let entry = place.entry.take()?;
        if let Some(next) = place.generation.checked_add(1) {
            place.generation = next;
            self.free.push(key.index);
        }
        Some(entry)
    }

    pub(crate) fn entries_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.places.iter_mut().filter_map(|place| place.entry.as_mut())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    #[test]
    fn a_place_with_used_up_generations_is_given_up() {
        let mut table = Table::default();
        let key = table.insert('a');
        table.places[0].generation = u32::MAX;
        let last = Key { generation: u32::MAX, ..key };
        assert_eq!(table.remove(last), Some('a'));
        assert_eq!(table.insert('b').index, 1);
        assert_eq!(table.get_mut(last), None);
    }

    proptest! {
        #[test]
        fn it_is_a_map_whose_keys_are_new(ops in proptest::collection::vec((any::<bool>(), 0..20usize), 0..200)) {
            let (mut table, mut model, mut all) = (Table::default(), HashMap::new(), Vec::new());
            for (count, (inserts, pick)) in ops.into_iter().enumerate() {
                if inserts {
                    let next = table.next_key();
                    let key = table.insert(count);
                    prop_assert!(key == next && !all.contains(&key));
                    all.push(key);
                    model.insert(key, count);
                } else if let Some(&key) = all.get(pick) {
                    prop_assert_eq!(table.remove(key), model.remove(&key));
                }
                for &key in &all {
                    prop_assert_eq!(table.get_mut(key).copied(), model.get(&key).copied());
                }
                let mut entries: Vec<_> = table.entries_mut().map(|entry| *entry).collect();
                entries.sort_unstable();
                let mut expected: Vec<_> = model.values().copied().collect();
                expected.sort_unstable();
                prop_assert_eq!(entries, expected);
            }
        }
    }
}
