//! Children that were let go before they had ended: anyone in the process may wait for them.

use std::fmt;
use std::ptr;

#[cfg(all(test, loom))]
use loom::sync::atomic::{AtomicPtr, Ordering};
#[cfg(not(all(test, loom)))]
use std::sync::atomic::{AtomicPtr, Ordering};

use super::Child;

#[cfg(not(all(test, loom)))]
static ABANDONED: Stack<Child> = Stack::new();
#[cfg(all(test, loom))]
loom::lazy_static! {
    static ref ABANDONED: Stack<Child> = Stack::new();
}

impl Child {
    /// Leaves it to whoever in the process takes [`abandoned`] children next. No lock is taken: the child of a fork, too, may do
    /// this, whatever the threads that it hasn't got were about to do.
    ///
    /// ```
    /// use uv_sys::spawn::{Spawn, abandoned};
    ///
    /// let child = Spawn::new(c"sleep", &[c"sleep", c"1000"]).spawn()?;
    /// child.kill(uv_sys::signal::SIGKILL)?;
    /// child.abandon();
    /// // Any other place of the program:
    /// for child in abandoned() {
    ///     child.wait()?;
    /// }
    /// # Ok::<(), uv_sys::Error>(())
    /// ```
    pub fn abandon(self) {
        ABANDONED.push(self);
    }
}

/// Takes the children that were [abandoned](Child::abandon), in no particular order. Costs one load where there are none.
///
/// ```
/// for child in uv_sys::spawn::abandoned() {
///     if child.try_wait()?.is_none() {
///         child.abandon(); // it runs yet
///     }
/// }
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub fn abandoned() -> Abandoned {
    Abandoned(ABANDONED.take())
}

/// Abandoned children, taken: see [`abandoned`]. When it is dropped, those that it still has are abandoned again.
///
/// ```
/// let children: uv_sys::spawn::Abandoned = uv_sys::spawn::abandoned();
/// assert_eq!(children.count(), 0);
/// ```
pub struct Abandoned(Taken<'static, Child>);

impl Iterator for Abandoned {
    type Item = Child;

    fn next(&mut self) -> Option<Child> {
        self.0.next()
    }
}

impl fmt::Debug for Abandoned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Abandoned").finish_non_exhaustive()
    }
}

/// What several threads put in, and one takes out: all at once, so that nobody ever looks at a node that another may free.
struct Stack<T>(AtomicPtr<Node<T>>);

struct Node<T> {
    value: T,
    next: *mut Node<T>,
}

impl<T> Stack<T> {
    #[cfg(not(all(test, loom)))]
    const fn new() -> Stack<T> {
        Stack(AtomicPtr::new(ptr::null_mut()))
    }

    #[cfg(all(test, loom))]
    fn new() -> Stack<T> {
        Stack(AtomicPtr::new(ptr::null_mut()))
    }
}

/// It is shared by threads whatever `T` is: only what may go to another one comes in.
impl<T: Send> Stack<T> {
    fn push(&self, value: T) {
        let node = Box::into_raw(Box::new(Node { value, next: ptr::null_mut() }));
        let mut first = self.0.load(Ordering::Relaxed);
        loop {
            // SAFETY: it is from a box, and in no stack yet.
            unsafe { (*node).next = first };
            // Release: who takes it reads the node.
            match self.0.compare_exchange_weak(first, node, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(other) => first = other,
            }
        }
    }

    fn take(&self) -> Taken<'_, T> {
        let is_empty = self.0.load(Ordering::Relaxed).is_null();
        let next = if is_empty { ptr::null_mut() } else { self.0.swap(ptr::null_mut(), Ordering::Acquire) };
        Taken { stack: self, next }
    }
}

struct Taken<'a, T: Send> {
    stack: &'a Stack<T>,
    next: *mut Node<T>,
}

impl<T: Send> Iterator for Taken<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        if self.next.is_null() {
            return None;
        }
        // SAFETY: it is from a box, and was taken out of the stack with those that follow it: nobody else has it.
        let node = unsafe { Box::from_raw(self.next) };
        self.next = node.next;
        Some(node.value)
    }
}

impl<T: Send> Drop for Taken<'_, T> {
    fn drop(&mut self) {
        while let Some(value) = self.next() {
            self.stack.push(value);
        }
    }
}

/// Run with `RUSTFLAGS="--cfg loom" cargo test -p uv-sys --lib --release`.
#[cfg(all(test, loom))]
mod tests {
    use super::Stack;
    use loom::sync::Arc;
    use loom::thread;

    /// Each is taken once, by whichever thread.
    #[test]
    fn nothing_is_lost() {
        loom::model(|| {
            let stack = Arc::new(Stack::new());
            let other = Arc::clone(&stack);
            let thread = thread::spawn(move || {
                other.push(Box::new(1));
                let mut taken = other.take();
                // The rest goes back.
                taken.next().map_or(0, |value| *value)
            });
            stack.push(Box::new(2));
            stack.push(Box::new(4));
            let here = stack.take().map(|value| *value).sum::<u32>();
            let there = thread.join().unwrap();
            let rest = stack.take().map(|value| *value).sum::<u32>();
            assert_eq!(here + there + rest, 7);
        });
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_looked_at_stays() {
        let stack = Stack::new();
        assert!(stack.take().next().is_none());
        (0..5).for_each(|number| stack.push(number));
        assert_eq!(stack.take().next(), Some(4));
        let mut rest: Vec<_> = stack.take().collect();
        rest.sort_unstable();
        assert_eq!(rest, [0, 1, 2, 3]);
        assert!(stack.take().next().is_none());
    }
}
