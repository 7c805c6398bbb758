//! State of other crates that belongs to a loop.

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use crate::event_loop::Loop;

#[derive(Default)]
pub(crate) struct Extensions(RefCell<Vec<(TypeId, Rc<dyn Any>)>>);

impl Extensions {
    pub(crate) fn clear(&self) {
        drop(self.0.take());
    }

    fn find<T: 'static>(&self) -> Option<Rc<T>> {
        let extensions = self.0.borrow();
        let (_, found) = extensions.iter().find(|(id, _)| *id == TypeId::of::<T>())?;
        found.clone().downcast().ok()
    }
}

impl fmt::Debug for Extensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} extensions", self.0.borrow().len())
    }
}

impl Loop {
    /// The loop's one `T`, made at the first call: for a crate that keeps something of its own with each loop. It is
    /// let go when the loop is dropped.
    ///
    /// ```
    /// use std::cell::Cell;
    /// use uv_loop::Loop;
    ///
    /// #[derive(Default)]
    /// struct Requests(Cell<u32>);
    ///
    /// let lp = Loop::new()?;
    /// lp.extension::<Requests>().0.set(1);
    /// assert_eq!(lp.extension::<Requests>().0.get(), 1);
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn extension<T: Default + 'static>(&self) -> Rc<T> {
        if let Some(found) = self.core.extensions.find() {
            return found;
        }
        // Made outside of the borrow, as it is another crate's code.
        let made = Rc::new(T::default());
        self.core.extensions.0.borrow_mut().push((TypeId::of::<T>(), made.clone()));
        made
    }
}
