//! Everywhere else, and on Linux under `--cfg uv_portable_poll`: `polling` and its own wait.

use std::fmt;
use std::num::NonZeroUsize;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::sync::Arc;
use std::time::Duration;

use polling::PollMode;

use crate::{Error, Event, Interest};

#[derive(Debug)]
pub(crate) struct Selector {
    polling: Arc<polling::Poller>,
}

impl Selector {
    pub(crate) fn new() -> Result<(Selector, Notifier), Error> {
        let polling = Arc::new(polling::Poller::new()?);
        if !polling.supports_level() {
            return Err(Error::ENOTSUP);
        }
        let notifier = Notifier { polling: Arc::clone(&polling) };
        Ok((Selector { polling }, notifier))
    }

    pub(crate) fn add(&self, fd: BorrowedFd<'_>, key: usize, interest: Interest) -> Result<(), Error> {
        // SAFETY: `fd` is open here. Its owner may close it before it deletes it; then kernels with
        // a set of their own (epoll, kqueue, event ports) drop the registration, and the `poll`
        // fallback reports the number as invalid. None of them keeps memory of this process.
        unsafe {
            self.polling.add_with_mode(fd.as_raw_fd(), event(key, interest), PollMode::Level)?;
        }
        Ok(())
    }

    pub(crate) fn modify(&self, fd: BorrowedFd<'_>, key: usize, interest: Interest) -> Result<(), Error> {
        Ok(self.polling.modify_with_mode(fd, event(key, interest), PollMode::Level)?)
    }

    pub(crate) fn delete(&self, fd: BorrowedFd<'_>) -> Result<(), Error> {
        Ok(self.polling.delete(fd)?)
    }

    pub(crate) fn wait(&self, events: &mut RawEvents, timeout: Option<Duration>) -> Result<(), Error> {
        events.list.clear();
        self.polling.wait(&mut events.list, timeout)?;
        Ok(())
    }
}

impl AsFd for Selector {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.polling.as_fd()
    }
}

pub(crate) struct RawEvents {
    list: polling::Events,
}

impl RawEvents {
    pub(crate) fn with_capacity(capacity: usize) -> RawEvents {
        let capacity = NonZeroUsize::new(capacity).unwrap_or(NonZeroUsize::MIN);
        RawEvents { list: polling::Events::with_capacity(capacity) }
    }

    pub(crate) fn clear(&mut self) {
        self.list.clear();
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Event> {
        self.list.iter().map(|raw| {
            let error = raw.is_err().unwrap_or(false);
            let hangup = raw.is_interrupt();
            Event {
                key: raw.key,
                readable: raw.readable || error || hangup,
                writable: raw.writable || error || hangup,
                priority: raw.is_priority(),
                error,
                hangup,
            }
        })
    }
}

/// Keeps the kernel's set open until the last waker is gone.
pub(crate) struct Notifier {
    polling: Arc<polling::Poller>,
}

impl Notifier {
    pub(crate) fn notify(&self) {
        // It fails only where the whole set is unusable, which the next wait reports.
        let _ = self.polling.notify();
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
