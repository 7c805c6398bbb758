//! A value that signal handlers read while other threads replace it.

use std::ptr;

#[cfg(all(test, loom))]
use loom::sync::atomic::{AtomicPtr, AtomicUsize, Ordering, fence};
#[cfg(not(all(test, loom)))]
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering, fence};

/// Readers never wait. A writer swaps the pointer, then waits until nobody can hold the old one, and drops it.
///
/// A reader counts itself before it loads the pointer, in one of two counters. A writer that finds a counter at zero
/// after its swap knows that whoever counts itself there later loads the new pointer; once it has seen each counter at
/// zero, the old value is its own. There are two, so that readers that overlap for ever cannot hold it up: it turns new
/// ones to the other counter, and the first runs out.
pub(super) struct Snapshot<T> {
    current: AtomicPtr<T>,
    turn: AtomicUsize,
    readers: [AtomicUsize; 2],
}

impl<T: Send + Sync> Snapshot<T> {
    pub(super) fn new() -> Snapshot<T> {
        Snapshot {
            current: AtomicPtr::new(ptr::null_mut()),
            turn: AtomicUsize::new(0),
            readers: [AtomicUsize::new(0), AtomicUsize::new(0)],
        }
    }

    /// Calls `read` with the value of this moment. Async-signal-safe if `read` is.
    pub(super) fn read<R>(&self, read: impl FnOnce(Option<&T>) -> R) -> R {
        let readers = &self.readers[self.turn.load(Ordering::Relaxed) & 1];
        readers.fetch_add(1, Ordering::Relaxed);
        let _leave = Leave(readers);
        // Pairs with the writer's: either it sees this reader, or the reader sees its swap.
        fence(Ordering::SeqCst);
        let current = self.current.load(Ordering::Acquire);
        // SAFETY: the pointer is null or from a box, which its writer takes back only after it has seen this reader leave.
        read(unsafe { current.as_ref() })
    }

    /// Puts `new` in the value's place, and gives the old one back once no reader has it.
    pub(super) fn replace(&self, new: Option<Box<T>>) -> Option<Box<T>> {
        let new = new.map_or(ptr::null_mut(), Box::into_raw);
        let old = self.current.swap(new, Ordering::AcqRel);
        if old.is_null() {
            return None;
        }
        fence(Ordering::SeqCst);
        let mut empty = [false; 2];
        loop {
            for (empty, readers) in empty.iter_mut().zip(&self.readers) {
                *empty |= readers.load(Ordering::Acquire) == 0;
            }
            if empty == [true; 2] {
                break;
            }
            self.turn.fetch_add(1, Ordering::Relaxed);
            pause();
        }
        // SAFETY: the pointer came from a box, and this swap alone has taken it out. A reader that loaded it had
        // counted itself before the swap, and has left.
        Some(unsafe { Box::from_raw(old) })
    }

    /// In the child of a fork, where no other thread is: those that were reading in the parent never leave.
    pub(super) fn forget_readers(&self) {
        for readers in &self.readers {
            readers.store(0, Ordering::Relaxed);
        }
    }
}

struct Leave<'a>(&'a AtomicUsize);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Release);
    }
}

#[cfg(not(all(test, loom)))]
fn pause() {
    std::thread::sleep(std::time::Duration::from_micros(20));
}

#[cfg(all(test, loom))]
fn pause() {
    loom::thread::yield_now();
}

impl<T> Drop for Snapshot<T> {
    fn drop(&mut self) {
        let current = self.current.swap(ptr::null_mut(), Ordering::AcqRel);
        if !current.is_null() {
            // SAFETY: the pointer is from a box, and `&mut self` says that nobody reads it.
            drop(unsafe { Box::from_raw(current) });
        }
    }
}

/// Run with `RUSTFLAGS="--cfg loom" cargo test -p uv-sys --lib --release`.
#[cfg(all(test, loom))]
mod tests {
    use super::Snapshot;
    use loom::cell::UnsafeCell;
    use loom::sync::Arc;
    use loom::thread;

    /// Reports a read that overlaps its drop.
    struct Value(UnsafeCell<u32>);

    // SAFETY: loom checks each access.
    unsafe impl Sync for Value {}

    impl Value {
        fn new(number: u32) -> Option<Box<Value>> {
            Some(Box::new(Value(UnsafeCell::new(number))))
        }

        fn read(&self) -> u32 {
            // SAFETY: loom reports it if the value is written at the same time.
            self.0.with(|number| unsafe { *number })
        }
    }

    impl Drop for Value {
        fn drop(&mut self) {
            // SAFETY: as above.
            self.0.with_mut(|number| unsafe { *number = 0 });
        }
    }

    fn model(readers: usize, replacements: u32) {
        let mut model = loom::model::Builder::new();
        model.preemption_bound = Some(if readers > 1 { 2 } else { 3 });
        model.check(move || {
            let snapshot = Arc::new(Snapshot::new());
            snapshot.replace(Value::new(1));
            let readers: Vec<_> = (0..readers)
                .map(|_| {
                    let snapshot = Arc::clone(&snapshot);
                    thread::spawn(move || {
                        let first = snapshot.read(|value| value.map_or(u32::MAX, Value::read));
                        let second = snapshot.read(|value| value.map_or(u32::MAX, Value::read));
                        assert!(0 < first && first <= second, "{first} {second}");
                    })
                })
                .collect();
            for number in 0..replacements {
                snapshot.replace(Value::new(number + 2));
            }
            snapshot.replace(None);
            for reader in readers {
                reader.join().unwrap();
            }
        });
    }

    #[test]
    fn nothing_is_dropped_while_it_is_read() {
        model(1, 1);
    }

    #[test]
    fn nor_with_more_readers() {
        model(2, 0);
    }
}
