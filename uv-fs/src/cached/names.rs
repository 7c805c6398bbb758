//! Which names were met before: a hint, which may be wrong, in a fixed place.

use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};

use rustix::time::{ClockId, clock_gettime};

const PLACES: usize = 1024;

/// How long a name counts as met [of late](Names::has_of_late), in milliseconds.
pub(super) const LATE: u64 = 1000;

/// Each name has one place, which it may lose to another.
pub(super) struct Names {
    seed: (u64, u64),
    places: Box<[Cell<Place>]>,
}

#[derive(Clone, Copy, Default)]
struct Place {
    mark: u64,
    /// When it was learnt, in milliseconds.
    time: u64,
}

impl Default for Names {
    fn default() -> Self {
        let random = RandomState::new();
        let seed = (random.hash_one(0), random.hash_one(1) | 1);
        Names { seed, places: vec![Cell::default(); PLACES].into() }
    }
}

impl Names {
    /// What stands for a name, and for `what` is known of it: never 0. Who does not know the seed cannot find two names
    /// with the same mark.
    pub(super) fn mark(&self, path: &[u8], what: u64) -> u64 {
        let (mut mark, factor) = self.seed;
        let mut add = |value: u64| mark = fold(mark ^ value, factor);
        let (words, rest) = path.as_chunks();
        for &word in words {
            add(u64::from_le_bytes(word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        add(u64::from_le_bytes(last));
        add(what << 8 | rest.len() as u64);
        mark | 1 << 63
    }

    fn has(&self, mark: u64) -> bool {
        self.place(mark).get().mark == mark
    }

    /// Whether the name was learnt not long ago.
    pub(super) fn has_of_late(&self, mark: u64) -> bool {
        let place = self.place(mark).get();
        place.mark == mark && now().wrapping_sub(place.time) < LATE
    }

    pub(super) fn learn(&self, mark: u64) {
        self.place(mark).set(Place { mark, time: now() });
    }

    pub(super) fn forget(&self, mark: u64) {
        if self.has(mark) {
            self.place(mark).set(Place::default());
        }
    }

    fn place(&self, mark: u64) -> &Cell<Place> {
        &self.places[mark as usize % PLACES]
    }
}

/// Both halves of the product, in one.
fn fold(value: u64, factor: u64) -> u64 {
    let product = u128::from(value) * u128::from(factor);
    product as u64 ^ (product >> 64) as u64
}

/// Some milliseconds behind the precise clock, which takes longer to read.
pub(super) fn now() -> u64 {
    let now = clock_gettime(ClockId::MonotonicCoarse);
    now.tv_sec as u64 * 1000 + now.tv_nsec as u64 / 1_000_000
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_name_is_known_from_when_it_is_learnt_until_it_is_forgotten_or_loses_its_place(
            ops in proptest::collection::vec((any::<bool>(), "[ab/]{0,3}"), 0..200)
        ) {
            let names = Names::default();
            let mut known: Vec<u64> = Vec::new();
            for (learns, name) in ops {
                let mark = names.mark(name.as_bytes(), 0);
                prop_assert_eq!(names.has(mark), known.contains(&mark));
                known.retain(|&other| other != mark && !(learns && other as usize % PLACES == mark as usize % PLACES));
                if learns {
                    names.learn(mark);
                    known.push(mark);
                } else {
                    names.forget(mark);
                }
            }
        }

        #[test]
        fn names_differ_by_their_marks(paths in proptest::collection::hash_set("[a\0]{0,20}", 1..100)) {
            let names = Names::default();
            let mut seen = HashMap::new();
            for path in &paths {
                for what in 0..2 {
                    let mark = names.mark(path.as_bytes(), what);
                    prop_assert_eq!(mark, names.mark(path.as_bytes(), what));
                    prop_assert_eq!(seen.insert(mark, (path, what)), None);
                }
            }
        }
    }

    #[test]
    fn of_late_is_not_for_ever() {
        let names = Names::default();
        let mark = names.mark(b"name", 0);
        let place = |time| names.place(mark).set(Place { mark, time });
        place(now() - LATE);
        assert!(names.has(mark) && !names.has_of_late(mark));
        place(now() + LATE);
        assert!(!names.has_of_late(mark), "a clock that went back");
        names.forget(mark);
        assert!(!names.has(mark));
    }
}
