//! Children whose handles were closed, or whose loops are gone, before they had ended. They are waited for in passing: when a
//! child is spawned or has ended in any loop of the process.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use uv_sys::spawn::Child;

static ORPHANS: Mutex<Vec<Child>> = Mutex::new(Vec::new());
/// So that there is no lock to take where there is none of them.
static COUNT: AtomicUsize = AtomicUsize::new(0);

pub(crate) fn adopt(child: Child) {
    sweep();
    if !matches!(child.try_wait(), Ok(None)) {
        return;
    }
    let mut orphans = ORPHANS.lock().unwrap_or_else(PoisonError::into_inner);
    orphans.push(child);
    COUNT.store(orphans.len(), Ordering::Relaxed);
}

pub(crate) fn sweep() {
    if COUNT.load(Ordering::Relaxed) == 0 {
        return;
    }
    // Another thread that has the lock is sweeping.
    let Ok(mut orphans) = ORPHANS.try_lock() else {
        return;
    };
    orphans.retain(|child| matches!(child.try_wait(), Ok(None)));
    COUNT.store(orphans.len(), Ordering::Relaxed);
}
