//! How long a loop looks out for mail before it waits.
//!
//! To wait and be woken costs two system calls, and tens of microseconds until a processor that rests is at work again. A
//! thread that has just sent to the loop, and had its answer, mostly sends again sooner than that.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Some microseconds: a `pause` takes 10 to 50 nanoseconds.
pub(crate) const LOOKS: u32 = 100;

/// Decides at which waits it is worth while. Two threads that have begun to sleep at each turn find one another when both
/// look out at once: were that rare, they never would.
#[derive(Debug)]
pub(crate) struct Patience {
    looks: u32,
    was_in_vain: Cell<bool>,
}

impl Patience {
    pub(crate) fn new(looks: u32) -> Patience {
        Patience { looks, was_in_vain: Cell::new(false) }
    }

    /// Has `find` look as often as it is told, at most, before a wait, and says what it says; after a time that was in vain
    /// it is not asked.
    #[inline]
    pub(crate) fn try_it(&self, find: impl FnOnce(u32) -> bool) -> bool {
        if self.was_in_vain.take() || self.looks == 0 || !may_be_sent_to_meanwhile() {
            return false;
        }
        let found = find(self.looks);
        self.was_in_vain.set(!found);
        found
    }
}

/// Whether there is another processor for who sends. The first loop's thread that asks has asked for all.
fn may_be_sent_to_meanwhile() -> bool {
    /// 0 until it is known. The child of a fork finds no lock here.
    static PROCESSORS: AtomicUsize = AtomicUsize::new(0);
    match PROCESSORS.load(Ordering::Relaxed) {
        0 => {
            let found = uv_sys::os::usable_processors();
            PROCESSORS.store(found, Ordering::Relaxed);
            found > 1
        }
        known => known > 1,
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn who_looked_out_in_vain_waits_at_once_the_next_time(
            looks in 0_u32..200,
            finds in prop::collection::vec(any::<bool>(), 0..50),
        ) {
            let patience = Patience::new(looks);
            let mut was_in_vain = false;
            for finds in finds {
                let mut asked = None;
                let found = patience.try_it(|times| {
                    asked = Some(times);
                    finds
                });
                let is_asked = looks > 0 && !was_in_vain && may_be_sent_to_meanwhile();
                prop_assert_eq!(asked, is_asked.then_some(looks));
                prop_assert_eq!(found, is_asked && finds);
                was_in_vain = is_asked && !finds;
            }
        }
    }
}
