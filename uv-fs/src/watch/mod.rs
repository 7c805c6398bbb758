//! Handles that tell of changes: [`FsEvent`] by the kernel's notifications, [`FsPoll`] by asking.

pub(crate) mod event;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod inotify;
pub(crate) mod poll;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod unsupported;

use std::cell::RefCell;

/// A handle's callback. It is out of its place while it runs, and goes back only if the handle was neither stopped nor
/// started anew meanwhile.
struct Slot<F: ?Sized>(RefCell<Option<(u64, Option<Box<F>>)>>, std::cell::Cell<u64>);

impl<F: ?Sized> Default for Slot<F> {
    fn default() -> Self {
        Slot(RefCell::new(None), std::cell::Cell::new(0))
    }
}

impl<F: ?Sized> Slot<F> {
    fn set(&self, callback: Box<F>) {
        self.1.set(self.1.get() + 1);
        let old = self.0.replace(Some((self.1.get(), Some(callback))));
        drop(old);
    }

    fn clear(&self) {
        let old = self.0.take();
        drop(old);
    }

    fn call(&self, call: impl FnOnce(&mut F)) {
        struct Restore<'a, F: ?Sized>(&'a Slot<F>, u64, Option<Box<F>>);
        impl<F: ?Sized> Drop for Restore<'_, F> {
            fn drop(&mut self) {
                if let Some((turn, place)) = self.0.0.borrow_mut().as_mut()
                    && *turn == self.1
                {
                    *place = self.2.take();
                }
                // What is left is dropped when the borrow has ended: its captures may come back here.
            }
        }

        let taken = self.0.borrow_mut().as_mut().and_then(|(turn, callback)| Some((*turn, callback.take()?)));
        if let Some((turn, callback)) = taken {
            let mut restore = Restore(self, turn, Some(callback));
            if let Some(callback) = restore.2.as_mut() {
                call(callback);
            }
        }
    }
}
