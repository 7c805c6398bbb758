//! Which descriptors were opened here a moment ago, for reading alone: a hint, by which a close need not ask. If another file
//! has got the number since, that one close may take longer.

use std::cell::Cell;
use std::os::fd::{AsFd, AsRawFd};

use super::names::{LATE, now};

const PLACES: usize = 64;

/// Each number has one place, which it may lose to another.
pub(super) struct Opened {
    places: [Cell<Option<Place>>; PLACES],
    /// Places of an earlier age are empty.
    age: Cell<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    fd: i32,
    age: u64,
    /// When it was opened, in milliseconds.
    time: u64,
}

impl Opened {
    pub(super) const fn new() -> Self {
        Opened { places: [const { Cell::new(None) }; PLACES], age: Cell::new(0) }
    }

    pub(super) fn put(&self, fd: impl AsFd) {
        let fd = fd.as_fd().as_raw_fd();
        self.place(fd).set(Some(Place { fd, age: self.age.get(), time: now() }));
    }

    /// Whether it was put there of late. It is about to be closed.
    pub(super) fn take(&self, fd: impl AsFd) -> bool {
        let fd = fd.as_fd().as_raw_fd();
        let found =
            |place: &Place| place.fd == fd && place.age == self.age.get() && now().wrapping_sub(place.time) < LATE;
        self.place(fd).take().is_some_and(|place| found(&place))
    }

    /// All of them.
    pub(super) fn forget(&self) {
        self.age.set(self.age.get() + 1);
    }

    fn place(&self, fd: i32) -> &Cell<Option<Place>> {
        &self.places[fd as usize % PLACES]
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    #[test]
    fn a_descriptor_is_known_until_it_is_taken_forgotten_or_old() {
        let (a, b) = (File::open("/dev/null").unwrap(), File::open("/dev/null").unwrap());
        let opened = Opened::new();
        opened.put(&a);
        assert!(!opened.take(&b));
        assert!(opened.take(&a));
        assert!(!opened.take(&a));
        opened.put(&a);
        opened.forget();
        assert!(!opened.take(&a));
        let (fd, age) = (a.as_raw_fd(), opened.age.get());
        opened.place(fd).set(Some(Place { fd, age, time: now() - LATE }));
        assert!(!opened.take(&a));
    }
}
