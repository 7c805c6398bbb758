//! Everywhere else, and on Linux under `--cfg uv_portable_poll`: `polling` and its own wait.

use std::cell::RefCell;
use std::fmt;
use std::num::NonZeroUsize;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicPtr, Ordering};
use std::time::Duration;

use polling::PollMode;
use rustix::process::getpid;

use self::disconnects::Disconnects;
use crate::{Error, Event, Interest};

#[derive(Debug)]
pub(crate) struct Selector {
    set: Arc<Set>,
    /// What `polling` has no interest for.
    disconnects: RefCell<Disconnects>,
}

impl Selector {
    pub(crate) fn new() -> Result<(Selector, Notifier), Error> {
        let set = Arc::new(Set::new()?);
        let notifier = Notifier { set: Arc::clone(&set) };
        Ok((Selector { set, disconnects: RefCell::default() }, notifier))
    }

    pub(crate) fn reinit(&self, _: &Notifier) -> Result<(), Error> {
        self.set.reinit()?;
        *self.disconnects.borrow_mut() = Disconnects::default();
        Ok(())
    }

    pub(crate) fn add(&self, fd: BorrowedFd<'_>, key: usize, interest: Interest) -> Result<(), Error> {
        disconnects::check(interest)?;
        // SAFETY: `fd` is open here. Its owner may close it before it deletes it; then kernels with
        // a set of their own (epoll, kqueue, event ports) drop the registration, and the `poll`
        // fallback reports the number as invalid. None of them keeps memory of this process.
        unsafe {
            self.set.polling().add_with_mode(fd.as_raw_fd(), event(key, interest), PollMode::Level)?;
        }
        self.disconnects.borrow_mut().change(fd, key, interest);
        Ok(())
    }

    pub(crate) fn modify(&self, fd: BorrowedFd<'_>, key: usize, interest: Interest) -> Result<(), Error> {
        disconnects::check(interest)?;
        self.set.polling().modify_with_mode(fd, event(key, interest), PollMode::Level)?;
        self.disconnects.borrow_mut().change(fd, key, interest);
        Ok(())
    }

    pub(crate) fn delete(&self, fd: BorrowedFd<'_>) -> Result<(), Error> {
        self.disconnects.borrow_mut().change(fd, 0, Interest::NONE);
        Ok(self.set.polling().delete(fd)?)
    }

    pub(crate) fn wait(&self, events: &mut RawEvents, timeout: Option<Duration>) -> Result<(), Error> {
        events.clear();
        let mut disconnects = self.disconnects.borrow_mut();
        if disconnects.is_empty() {
            self.set.polling().wait(&mut events.list, timeout)?;
        } else if disconnects.wait(self.set.polling().as_fd(), &mut events.disconnected, timeout)? {
            self.set.polling().wait(&mut events.list, Some(Duration::ZERO))?;
        }
        Ok(())
    }
}

impl AsFd for Selector {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.set.polling().as_fd()
    }
}

/// `polling`'s poller, which a fork replaces: its notifier is its own secret, and shared with the parent.
#[derive(Debug)]
struct Set {
    current: AtomicPtr<polling::Poller>,
    process: AtomicI32,
}

impl Set {
    fn new() -> Result<Set, Error> {
        let current = AtomicPtr::new(Box::into_raw(Set::make()?));
        Ok(Set { current, process: AtomicI32::new(getpid().as_raw_pid()) })
    }

    /// The old one is left as it is, and its descriptors open: somebody may hold a reference to it, and its end would
    /// take the notifier out of the set that the parent uses.
    fn reinit(&self) -> Result<(), Error> {
        let new = Box::into_raw(Set::make()?);
        self.current.store(new, Ordering::Release);
        self.process.store(getpid().as_raw_pid(), Ordering::Relaxed);
        Ok(())
    }

    fn polling(&self) -> &polling::Poller {
        // SAFETY: the pointer is from a box that is dropped with `self`, or never.
        unsafe { &*self.current.load(Ordering::Acquire) }
    }

    fn make() -> Result<Box<polling::Poller>, Error> {
        let polling = polling::Poller::new()?;
        if polling.supports_level() { Ok(Box::new(polling)) } else { Err(Error::ENOTSUP) }
    }
}

impl Drop for Set {
    fn drop(&mut self) {
        if *self.process.get_mut() == getpid().as_raw_pid() {
            // SAFETY: the pointer is from a box, and nobody has a reference to it but `self`.
            drop(unsafe { Box::from_raw(*self.current.get_mut()) });
        }
    }
}

pub(crate) struct RawEvents {
    list: polling::Events,
    disconnected: Vec<usize>,
}

impl RawEvents {
    pub(crate) fn with_capacity(capacity: usize) -> RawEvents {
        let places = NonZeroUsize::new(capacity).unwrap_or(NonZeroUsize::MIN);
        RawEvents { list: polling::Events::with_capacity(places), disconnected: Vec::with_capacity(capacity) }
    }

    pub(crate) fn clear(&mut self) {
        self.list.clear();
        self.disconnected.clear();
    }

    pub(crate) fn count(&self) -> usize {
        self.iter().count()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Event> {
        let others = self.disconnected.iter().filter(|&&key| self.list.iter().all(|raw| raw.key != key));
        let others = others.map(|&key| Event {
            key,
            readable: false,
            writable: false,
            priority: false,
            disconnect: true,
            error: false,
            hangup: false,
        });
        let all = self.list.iter().map(|raw| {
            let error = raw.is_err().unwrap_or(false);
            let hangup = raw.is_interrupt();
            Event {
                key: raw.key,
                readable: raw.readable || error || hangup,
                writable: raw.writable || error || hangup,
                priority: raw.is_priority(),
                disconnect: hangup || self.disconnected.contains(&raw.key),
                error,
                hangup,
            }
        });
        all.chain(others).take(self.list.capacity().get())
    }
}

/// Keeps the kernel's set open until the last waker is gone.
pub(crate) struct Notifier {
    set: Arc<Set>,
}

impl Notifier {
    pub(crate) fn notify(&self) {
        // It fails only where the whole set is unusable, which the next wait reports.
        let _ = self.set.polling().notify();
    }
}

impl fmt::Debug for Notifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notifier").finish_non_exhaustive()
    }
}

fn event(key: usize, interest: Interest) -> polling::Event {
    let readable = interest.contains(Interest::READABLE);
    let writable = interest.contains(Interest::WRITABLE);
    let mut event = polling::Event::new(key, readable, writable);
    event.set_priority(interest.contains(Interest::PRIORITY));
    event
}

/// Descriptors that are watched for [`Interest::DISCONNECT`]: by `poll(2)`, together with `polling`'s set.
#[cfg(any(target_os = "linux", target_os = "android"))]
mod disconnects {
    use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
    use std::time::Duration;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    use crate::{Error, Interest};

    #[derive(Debug, Default)]
    pub(super) struct Disconnects {
        /// The first is `polling`'s set.
        polled: Vec<PollFd<'static>>,
        /// The key of each of the others.
        keys: Vec<usize>,
    }

    pub(super) fn check(_: Interest) -> Result<(), Error> {
        Ok(())
    }

    impl Disconnects {
        pub(super) fn is_empty(&self) -> bool {
            self.keys.is_empty()
        }

        pub(super) fn change(&mut self, fd: BorrowedFd<'_>, key: usize, interest: Interest) {
            let others = self.polled.iter().skip(1);
            if let Some(index) = others.into_iter().position(|polled| polled.as_fd().as_raw_fd() == fd.as_raw_fd()) {
                self.remove(index);
            }
            if interest.contains(Interest::DISCONNECT) {
                if self.polled.is_empty() {
                    self.polled.push(polled(fd, PollFlags::IN));
                }
                self.polled.push(polled(fd, PollFlags::RDHUP));
                self.keys.push(key);
            }
        }

        /// Stores the keys of those that are disconnected, as many as fit; says whether `set` has events.
        pub(super) fn wait(
            &mut self,
            set: BorrowedFd<'_>,
            disconnected: &mut Vec<usize>,
            timeout: Option<Duration>,
        ) -> Result<bool, Error> {
            // A timeout that no clock will ever reach is none.
            let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
            self.polled[0] = polled(set, PollFlags::IN);
            poll(&mut self.polled, timeout.as_ref()).map_err(|errno| Error::from_raw_errno(errno.raw_os_error()))?;
            for index in (0..self.keys.len()).rev() {
                let found = self.polled[index + 1].revents();
                if found.contains(PollFlags::NVAL) {
                    self.remove(index);
                } else if found.contains(PollFlags::RDHUP) && disconnected.len() < disconnected.capacity() {
                    disconnected.push(self.keys[index]);
                }
            }
            Ok(!self.polled[0].revents().is_empty())
        }

        fn remove(&mut self, index: usize) {
            self.polled.swap_remove(index + 1);
            self.keys.swap_remove(index);
        }
    }

    fn polled(fd: BorrowedFd<'_>, flags: PollFlags) -> PollFd<'static> {
        // SAFETY: the number is only handed to `poll(2)`, which says so if it is not open any more.
        PollFd::from_borrowed_fd(unsafe { BorrowedFd::borrow_raw(fd.as_raw_fd()) }, flags)
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod disconnects {
    use std::os::fd::BorrowedFd;
    use std::time::Duration;

    use crate::{Error, Interest};

    #[derive(Debug, Default)]
    pub(super) struct Disconnects;

    pub(super) fn check(interest: Interest) -> Result<(), Error> {
        if interest.contains(Interest::DISCONNECT) { Err(Error::ENOTSUP) } else { Ok(()) }
    }

    impl Disconnects {
        pub(super) fn is_empty(&self) -> bool {
            true
        }

        pub(super) fn change(&mut self, _: BorrowedFd<'_>, _: usize, _: Interest) {}

        pub(super) fn wait(
            &mut self,
            _: BorrowedFd<'_>,
            _: &mut Vec<usize>,
            _: Option<Duration>,
        ) -> Result<bool, Error> {
            Ok(true)
        }
    }
}
