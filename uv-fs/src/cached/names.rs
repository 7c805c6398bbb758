//! Which names were met before: a hint, which may be wrong, in a fixed place.

use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;

const PLACES: usize = 1024;

/// Each name has one place, which it may lose to another.
pub(super) struct Names {
    hasher: RandomState,
    marks: Box<[Cell<u64>]>,
}

impl Default for Names {
    fn default() -> Self {
        Names { hasher: RandomState::new(), marks: vec![Cell::new(0); PLACES].into() }
    }
}

impl Names {
    /// What stands for a name: never 0.
    pub(super) fn mark(&self, path: &Path) -> u64 {
        use std::os::unix::ffi::OsStrExt;

        self.hasher.hash_one(path.as_os_str().as_bytes()) | 1 << 63
    }

    pub(super) fn has(&self, mark: u64) -> bool {
        self.place(mark).get() == mark
    }

    pub(super) fn learn(&self, mark: u64) {
        self.place(mark).set(mark);
    }

    pub(super) fn forget(&self, mark: u64) {
        if self.has(mark) {
            self.place(mark).set(0);
        }
    }

    fn place(&self, mark: u64) -> &Cell<u64> {
        &self.marks[mark as usize % PLACES]
    }
}

#[cfg(test)]
mod tests {
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
                let mark = names.mark(Path::new(&name));
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
    }
}
