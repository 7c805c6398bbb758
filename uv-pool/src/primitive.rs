//! What the pool takes from outside to make threads meet: the real thing in a normal build, its models under
//! `--cfg loom`. Everything else in the crate is the same code in both.
//!
//! Locks and sleep are the standard library's: on Linux they are plain futexes, so that nothing of them is shared by
//! the whole process, where a `fork` could leave it locked.

use std::cell::Cell;
use std::ops::Deref;
use std::sync::PoisonError;

pub(crate) use injector::Injector;
#[cfg(loom)]
pub(crate) use loom::{
    sync::{
        Condvar, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering},
    },
    thread,
};
pub(crate) use patience::Patience;
#[cfg(not(loom))]
pub(crate) use std::{
    sync::{
        Condvar, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering},
    },
    thread,
};
pub(crate) use thread::JoinHandle;

#[cfg(loom)]
loom::thread_local! {
    static MINE: Cell<usize> = Cell::new(0);
}
#[cfg(not(loom))]
std::thread_local! {
    static MINE: Cell<usize> = const { Cell::new(0) };
}

/// A number that is this thread's: 0 if it has not set one. To be had also at the end of the process, when there is no
/// `thread::current` any more.
pub(crate) fn mine() -> usize {
    MINE.with(Cell::get)
}

pub(crate) fn set_mine(number: usize) {
    MINE.with(|mine| mine.set(number));
}

/// Locks. No code of a user runs under a lock of this crate, so a poisoned one is as good as any.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn wait<'a, T>(condvar: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    condvar.wait(guard).unwrap_or_else(PoisonError::into_inner)
}

/// Whether the thread has ended. Loom does not tell, and then it has not.
pub(crate) fn is_finished(handle: &JoinHandle<()>) -> bool {
    #[cfg(not(loom))]
    return handle.is_finished();
    #[cfg(loom)]
    return {
        let _ = handle;
        false
    };
}

/// A value with its cache lines (two, as the processor fetches them in pairs) to itself.
#[derive(Default)]
#[repr(align(128))]
pub(crate) struct Padded<T>(pub(crate) T);

impl<T> Deref for Padded<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

#[cfg(not(loom))]
mod patience {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use std::time::{Duration, Instant};

    /// About as long as it takes to put a thread to sleep and to wake it, which is what looking on may save.
    const LIMIT: Duration = Duration::from_micros(20);

    /// How long a worker looks on before it sleeps.
    pub(crate) struct Patience {
        until: Option<Instant>,
    }

    impl Patience {
        pub(crate) fn new() -> Self {
            // What is waited for cannot happen meanwhile if there is no other processor.
            Self { until: (processors() > 1).then(|| Instant::now() + LIMIT) }
        }

        pub(crate) fn is_none(&self) -> bool {
            self.until.is_none()
        }

        /// `false` when it is at its end.
        pub(crate) fn wait(&mut self) -> bool {
            thread::yield_now();
            self.until.is_some_and(|until| Instant::now() < until)
        }
    }

    fn processors() -> usize {
        static KNOWN: AtomicUsize = AtomicUsize::new(0);
        match KNOWN.load(Ordering::Relaxed) {
            0 => {
                let found = thread::available_parallelism().map_or(1, usize::from);
                KNOWN.store(found, Ordering::Relaxed);
                found
            }
            known => known,
        }
    }
}

#[cfg(loom)]
mod patience {
    /// Looks once more.
    pub(crate) struct Patience(bool);

    impl Patience {
        pub(crate) fn new() -> Self {
            Self(true)
        }

        pub(crate) fn is_none(&self) -> bool {
            false
        }

        pub(crate) fn wait(&mut self) -> bool {
            std::mem::take(&mut self.0)
        }
    }
}

#[cfg(not(loom))]
mod injector {
    use crossbeam_deque::Steal;

    pub(crate) struct Injector<T>(crossbeam_deque::Injector<T>);

    impl<T> Injector<T> {
        pub(crate) fn new() -> Self {
            Self(crossbeam_deque::Injector::new())
        }

        pub(crate) fn push(&self, item: T) {
            self.0.push(item);
        }

        pub(crate) fn pop(&self) -> Option<T> {
            loop {
                match self.0.steal() {
                    Steal::Success(item) => return Some(item),
                    Steal::Empty => return None,
                    // Another thread took an item in that moment, so this cannot go on for ever.
                    Steal::Retry => std::hint::spin_loop(),
                }
            }
        }

        pub(crate) fn is_empty(&self) -> bool {
            self.0.is_empty()
        }
    }
}

#[cfg(loom)]
mod injector {
    use super::{AtomicUsize, Mutex, Ordering, lock};
    use std::collections::VecDeque;

    /// A queue that orders nothing but its own items: whether it is empty is told from a relaxed counter, so
    /// that a pool which relies on more than its own gate fails the models.
    pub(crate) struct Injector<T> {
        len: AtomicUsize,
        items: Mutex<VecDeque<T>>,
    }

    impl<T> Injector<T> {
        pub(crate) fn new() -> Self {
            Self { len: AtomicUsize::new(0), items: Mutex::new(VecDeque::new()) }
        }

        pub(crate) fn push(&self, item: T) {
            let mut items = lock(&self.items);
            items.push_back(item);
            self.len.fetch_add(1, Ordering::Relaxed);
        }

        pub(crate) fn pop(&self) -> Option<T> {
            if self.is_empty() {
                return None;
            }
            let mut items = lock(&self.items);
            let item = items.pop_front()?;
            self.len.fetch_sub(1, Ordering::Relaxed);
            Some(item)
        }

        pub(crate) fn is_empty(&self) -> bool {
            self.len.load(Ordering::Relaxed) == 0
        }
    }
}
