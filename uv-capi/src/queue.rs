//! The list that runs through a loop's handles, as programs find it in their memory.

use std::cell::Cell;
use std::mem::offset_of;

use crate::layout::{uv_handle_t, uv_loop_t};
use crate::ptr::Ptr;

/// `struct uv__queue`: a link of a ring, whose head is the loop's.
#[repr(C)]
pub(crate) struct Queue {
    next: Cell<Ptr<Queue>>,
    prev: Cell<Ptr<Queue>>,
}

impl Queue {
    pub(crate) const fn new() -> Queue {
        Queue { next: Cell::new(Ptr::NULL), prev: Cell::new(Ptr::NULL) }
    }
}

impl Ptr<Queue> {
    /// Makes it a ring of its own.
    pub(crate) fn init(self) {
        self.next.set(self);
        self.prev.set(self);
    }

    pub(crate) fn first(self) -> Option<Ptr<Queue>> {
        let first = self.next.get();
        (first != self).then_some(first)
    }

    /// Puts `link` at the end of this ring.
    pub(crate) fn push(self, link: Ptr<Queue>) {
        let last = self.prev.get();
        link.next.set(self);
        link.prev.set(last);
        last.next.set(link);
        self.prev.set(link);
    }

    /// Takes this link out of its ring.
    pub(crate) fn remove(self) {
        let (next, prev) = (self.next.get(), self.prev.get());
        prev.next.set(next);
        next.prev.set(prev);
    }

    /// Moves all links of this ring to `other`, whatever that was.
    pub(crate) fn move_to(self, other: Ptr<Queue>) {
        other.init();
        while let Some(link) = self.first() {
            link.remove();
            other.push(link);
        }
    }

    /// The handle that this link is in.
    pub(crate) fn handle(self) -> Ptr<uv_handle_t> {
        Ptr::new(self.raw().wrapping_byte_sub(offset_of!(uv_handle_t, handle_queue)).cast())
    }
}

impl Ptr<uv_handle_t> {
    /// The handle's link.
    pub(crate) fn link(self) -> Ptr<Queue> {
        Ptr::new(self.raw().wrapping_byte_add(offset_of!(uv_handle_t, handle_queue)).cast())
    }
}

impl Ptr<uv_loop_t> {
    /// The ring of the loop's handles.
    pub(crate) fn handles(self) -> Ptr<Queue> {
        Ptr::new(self.raw().wrapping_byte_add(offset_of!(uv_loop_t, handle_queue)).cast())
    }
}
