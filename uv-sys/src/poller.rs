use std::cell::Cell;
use std::fmt;
use std::ops::{BitOr, BitOrAssign, Sub, SubAssign};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use crate::signal::Blocked;
use crate::sys::{RESERVED_KEY, RawEvents, Selector};
use crate::{Error, Result, Waker};

/// A set of watched descriptors, level-triggered: an event is reported by every wait for as long as
/// its condition holds.
///
/// It belongs to one thread at a time (`Send`, not `Sync`); other threads reach it by its
/// [`Waker`].
///
/// A descriptor that is closed leaves the set by itself, unless a duplicate of it is open; then
/// its events go on. So [`delete`](Poller::delete) before you close.
///
/// ```
/// use std::io::Write;
/// use std::os::fd::AsFd;
/// use uv_sys::{Events, Interest, Poller};
///
/// let (reader, mut writer) = std::io::pipe()?;
/// let poller = Poller::new()?;
/// poller.add(reader.as_fd(), 7, Interest::READABLE)?;
///
/// writer.write_all(b"x")?;
/// let mut events = Events::with_capacity(1024);
/// assert_eq!(poller.wait(&mut events, None)?, 1);
/// let event = events.iter().next().unwrap();
/// assert!(event.key == 7 && event.readable);
///
/// poller.delete(reader.as_fd())?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Poller {
    selector: Selector,
    waker: Waker,
    /// The signal that waits do not let in.
    blocked: Cell<Option<i32>>,
}

impl Poller {
    /// An empty set.
    ///
    /// # Errors
    ///
    /// `EMFILE`, `ENFILE` or `ENOMEM`; what was opened until then is closed. A poller takes two
    /// descriptors on Linux.
    ///
    /// ```
    /// let poller = uv_sys::Poller::new()?;
    /// # Ok::<(), uv_sys::Error>(())
    /// ```
    pub fn new() -> Result<Poller> {
        let (selector, notifier) = Selector::new()?;
        Ok(Poller { selector, waker: Waker::new(notifier), blocked: Cell::new(None) })
    }

    /// Watches a descriptor; its events carry `key`.
    ///
    /// With [`Interest::NONE`] only errors and hang-ups are reported, which no interest can keep
    /// away (on kqueue: nothing is).
    ///
    /// # Errors
    ///
    /// `EEXIST` if it is watched already, `EPERM` if it is always ready (a regular file, a
    /// directory), `EBADF` if it is not open, `EINVAL` for the key `usize::MAX`, which the poller
    /// keeps for itself, `ENOTSUP` for [`Interest::DISCONNECT`] where there is none.
    ///
    /// ```
    /// use std::os::fd::AsFd;
    /// use uv_sys::{Error, Interest, Poller};
    ///
    /// let (reader, _writer) = std::io::pipe()?;
    /// let poller = Poller::new()?;
    /// poller.add(reader.as_fd(), 0, Interest::READABLE)?;
    /// assert_eq!(poller.add(reader.as_fd(), 1, Interest::READABLE), Err(Error::EEXIST));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[inline]
    pub fn add(&self, fd: BorrowedFd<'_>, key: usize, interest: Interest) -> Result<()> {
        check_key(key)?;
        self.selector.add(fd, key, interest)
    }

    /// Changes a watched descriptor's key and interest.
    ///
    /// # Errors
    ///
    /// `ENOENT` if it is not watched, `EBADF` if it is not open, `EINVAL` for the key `usize::MAX`.
    ///
    /// ```
    /// use std::os::fd::AsFd;
    /// use std::time::Duration;
    /// use uv_sys::{Events, Interest, Poller};
    ///
    /// let (_reader, writer) = std::io::pipe()?;
    /// let poller = Poller::new()?;
    /// poller.add(writer.as_fd(), 1, Interest::WRITABLE)?;
    /// poller.modify(writer.as_fd(), 1, Interest::NONE)?;
    /// let mut events = Events::with_capacity(16);
    /// assert_eq!(poller.wait(&mut events, Some(Duration::ZERO))?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[inline]
    pub fn modify(&self, fd: BorrowedFd<'_>, key: usize, interest: Interest) -> Result<()> {
        check_key(key)?;
        self.selector.modify(fd, key, interest)
    }

    /// Ends the watch of a descriptor. Events of it that a wait has already stored stay there.
    ///
    /// # Errors
    ///
    /// `ENOENT` if it is not watched, `EBADF` if it is not open.
    ///
    /// ```
    /// use std::os::fd::AsFd;
    /// use uv_sys::{Error, Interest, Poller};
    ///
    /// let (reader, _writer) = std::io::pipe()?;
    /// let poller = Poller::new()?;
    /// poller.add(reader.as_fd(), 0, Interest::READABLE)?;
    /// poller.delete(reader.as_fd())?;
    /// assert_eq!(poller.delete(reader.as_fd()), Err(Error::ENOENT));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn delete(&self, fd: BorrowedFd<'_>) -> Result<()> {
        self.selector.delete(fd)
    }

    /// Waits for an event, a wake-up or the end of `timeout` (`None`: no end), and returns the
    /// number of events in `events`, whose former content is gone.
    ///
    /// A timeout is never cut short: a signal restarts the wait with the time that remains. It is
    /// kept to the nanosecond where the kernel can, and else rounded up to the next millisecond. A
    /// wake-up is reported by [`Events::woken`], once, and is no event.
    ///
    /// Does not allocate. On Linux it makes one system call, unless a signal interrupts it.
    ///
    /// # Errors
    ///
    /// None on an intact poller; the system's, if someone closed the poller's descriptor.
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    /// use uv_sys::{Events, Poller};
    ///
    /// let poller = Poller::new()?;
    /// let start = Instant::now();
    /// let count = poller.wait(&mut Events::with_capacity(16), Some(Duration::from_millis(2)))?;
    /// assert_eq!(count, 0);
    /// assert!(start.elapsed() >= Duration::from_millis(2));
    /// # Ok::<(), uv_sys::Error>(())
    /// ```
    pub fn wait(&self, events: &mut Events, timeout: Option<Duration>) -> Result<usize> {
        let timer = timeout.filter(|timeout| !timeout.is_zero()).map(|timeout| (Instant::now(), timeout));
        let mut remaining = timeout;
        loop {
            events.clear();
            let result = {
                let _blocked = self.blocked.get().map(Blocked::new);
                self.selector.wait(&mut events.raw, remaining)
            };
            if let Err(error) = result
                && error != Error::EINTR
            {
                return Err(error);
            }
            events.count = events.raw.count();
            events.woken = self.waker.take();
            if events.count > 0 || events.woken {
                return Ok(events.count);
            }
            remaining = match (timeout, timer) {
                (None, _) => None,
                (Some(_), None) if result.is_ok() => return Ok(0),
                (Some(_), None) => Some(Duration::ZERO),
                (Some(_), Some((start, timeout))) => match timeout.checked_sub(start.elapsed()) {
                    Some(remaining) if !remaining.is_zero() => Some(remaining),
                    _ => return Ok(0),
                },
            };
        }
    }

    /// Keeps a signal from interrupting waits, or none: it is delivered to the thread when a wait has ended. As libuv's
    /// `UV_LOOP_BLOCK_SIGNAL`, for sampling profilers, whose signals would wake a loop that has nothing to do. Each wait
    /// costs two system calls more.
    ///
    /// # Errors
    ///
    /// `EINVAL` for what is no signal.
    ///
    /// ```
    /// use uv_sys::{Error, Poller, signal};
    ///
    /// let poller = Poller::new()?;
    /// poller.block_signal(Some(signal::SIGPROF))?;
    /// assert_eq!(poller.block_signal(Some(-1)), Err(Error::EINVAL));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn block_signal(&self, signum: Option<i32>) -> Result<()> {
        if let Some(signum) = signum {
            crate::signal::check(signum)?;
        }
        self.blocked.set(signum);
        Ok(())
    }

    /// Gives the child of a `fork(2)` a set of its own, as `uv_loop_fork` does: until then it shares its parent's, and
    /// every other call would be felt there.
    ///
    /// The new set is empty: add what you watch anew. The poller's wakers keep working, and reach this poller and no
    /// longer the parent's; a wake-up that was pending stays so.
    ///
    /// # Errors
    ///
    /// `EMFILE`, `ENFILE` or `ENOMEM`; then nothing has changed.
    ///
    /// ```
    /// use std::os::fd::AsFd;
    /// use uv_sys::{Error, Interest, Poller};
    ///
    /// let (reader, _writer) = std::io::pipe()?;
    /// let poller = Poller::new()?;
    /// poller.add(reader.as_fd(), 1, Interest::READABLE)?;
    /// poller.reinit()?; // in a child
    /// assert_eq!(poller.delete(reader.as_fd()), Err(Error::ENOENT));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn reinit(&self) -> Result<()> {
        self.selector.reinit(self.waker.notifier())?;
        self.waker.renew();
        Ok(())
    }

    /// A handle by which other threads, and signal handlers, end this poller's wait.
    ///
    /// ```
    /// let waker = uv_sys::Poller::new()?.waker();
    /// waker.wake(); // the poller is gone: nothing happens
    /// # Ok::<(), uv_sys::Error>(())
    /// ```
    #[must_use]
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }
}

/// The backend's descriptor, as of libuv's `uv_backend_fd`: it is readable when a wait would not
/// block, so a poller can be watched by another event loop. Waits on it belong to the poller alone.
impl AsFd for Poller {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.selector.as_fd()
    }
}

/// What a descriptor is watched for: a set of conditions, joined by `|`, taken away by `-`.
///
/// ```
/// use uv_sys::Interest;
///
/// let interest = Interest::READABLE | Interest::WRITABLE;
/// assert!(interest.contains(Interest::READABLE));
/// assert_eq!(interest - Interest::READABLE, Interest::WRITABLE);
/// ```
#[derive(Copy, Clone, Default, Eq, PartialEq, Hash)]
pub struct Interest(u8);

impl Interest {
    /// Nothing but what is always reported: errors and hang-ups. This is the default.
    ///
    /// ```
    /// assert!(uv_sys::Interest::NONE.is_empty());
    /// ```
    pub const NONE: Interest = Interest(0);

    /// A read, or an accept, would not block: libuv's `UV_READABLE`.
    ///
    /// ```
    /// assert_eq!(format!("{:?}", uv_sys::Interest::READABLE), "READABLE");
    /// ```
    pub const READABLE: Interest = Interest(1);

    /// A write would not block, or a connect has ended: libuv's `UV_WRITABLE`.
    ///
    /// ```
    /// assert_eq!(format!("{:?}", uv_sys::Interest::WRITABLE), "WRITABLE");
    /// ```
    pub const WRITABLE: Interest = Interest(2);

    /// Urgent data, such as TCP's out-of-band byte: libuv's `UV_PRIORITIZED`.
    ///
    /// ```
    /// assert_eq!(format!("{:?}", uv_sys::Interest::PRIORITY), "PRIORITY");
    /// ```
    pub const PRIORITY: Interest = Interest(4);

    /// The peer has shut down its writing side: libuv's `UV_DISCONNECT`. Unlike the end of data, it is seen while
    /// there is still data to read, and without an interest in that.
    ///
    /// Where the kernel has no such condition (neither Linux nor Android), watching for it is `ENOTSUP`.
    ///
    /// ```
    /// assert_eq!(format!("{:?}", uv_sys::Interest::DISCONNECT), "DISCONNECT");
    /// ```
    pub const DISCONNECT: Interest = Interest(8);

    /// Whether all conditions of `other` are in this set.
    ///
    /// ```
    /// use uv_sys::Interest;
    ///
    /// assert!(Interest::READABLE.contains(Interest::NONE));
    /// assert!(!Interest::READABLE.contains(Interest::READABLE | Interest::WRITABLE));
    /// ```
    #[must_use]
    pub const fn contains(self, other: Interest) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether the set is [`Interest::NONE`].
    ///
    /// ```
    /// assert!(!uv_sys::Interest::WRITABLE.is_empty());
    /// ```
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl BitOr for Interest {
    type Output = Interest;

    fn bitor(self, other: Interest) -> Interest {
        Interest(self.0 | other.0)
    }
}

impl BitOrAssign for Interest {
    fn bitor_assign(&mut self, other: Interest) {
        *self = *self | other;
    }
}

impl Sub for Interest {
    type Output = Interest;

    fn sub(self, other: Interest) -> Interest {
        Interest(self.0 & !other.0)
    }
}

impl SubAssign for Interest {
    fn sub_assign(&mut self, other: Interest) {
        *self = *self - other;
    }
}

impl fmt::Debug for Interest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("NONE");
        }
        let names = [
            (Interest::READABLE, "READABLE"),
            (Interest::WRITABLE, "WRITABLE"),
            (Interest::PRIORITY, "PRIORITY"),
            (Interest::DISCONNECT, "DISCONNECT"),
        ];
        let mut separator = "";
        for (condition, name) in names {
            if self.contains(condition) {
                write!(f, "{separator}{name}")?;
                separator = " | ";
            }
        }
        Ok(())
    }
}

/// What happened to one descriptor.
///
/// After an error or a hang-up neither a read nor a write would block, so `readable` and `writable`
/// are both true then, whatever the interest was; and `disconnect` is after a hang-up.
///
/// ```
/// use std::os::fd::AsFd;
/// use uv_sys::{Events, Interest, Poller};
///
/// let (reader, writer) = std::io::pipe()?;
/// let poller = Poller::new()?;
/// poller.add(reader.as_fd(), 3, Interest::READABLE)?;
/// drop(writer);
///
/// let mut events = Events::with_capacity(16);
/// poller.wait(&mut events, None)?;
/// let event = events.iter().next().unwrap();
/// assert!(event.key == 3 && event.hangup && event.readable);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Copy, Clone, Debug, Eq, PartialEq, Hash)]
#[non_exhaustive]
pub struct Event {
    /// The key under which the descriptor is watched.
    pub key: usize,
    /// A read would not block: there is data, the end of it, a connection or an error to collect.
    pub readable: bool,
    /// A write would not block.
    pub writable: bool,
    /// Urgent data is there.
    pub priority: bool,
    /// The peer will not write any more.
    pub disconnect: bool,
    /// The descriptor has an error; for a pipe's write end: nobody reads any more.
    pub error: bool,
    /// Both directions are shut down; for a pipe's read end: nobody writes any more.
    pub hangup: bool,
}

/// The events of one [`Poller::wait`], in a buffer that is used again by the next.
///
/// ```
/// use std::time::Duration;
/// use uv_sys::{Events, Poller};
///
/// let poller = Poller::new()?;
/// let mut events = Events::with_capacity(1024);
/// poller.wait(&mut events, Some(Duration::ZERO))?;
/// for event in events.iter() {
///     println!("{} is ready", event.key);
/// }
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub struct Events {
    raw: RawEvents,
    count: usize,
    woken: bool,
}

impl Events {
    /// A buffer for up to `capacity` events of one wait (at least one; a wake-up may take a place).
    /// Further events are reported by the next wait. libuv's loop takes 1024.
    ///
    /// ```
    /// assert!(uv_sys::Events::with_capacity(1024).is_empty());
    /// ```
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Events {
        Events { raw: RawEvents::with_capacity(capacity.max(1)), count: 0, woken: false }
    }

    /// The events, in the order in which the system reported them.
    ///
    /// ```
    /// assert!(uv_sys::Events::with_capacity(8).iter().next().is_none());
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = Event> {
        self.raw.iter()
    }

    /// The number of events.
    ///
    /// ```
    /// assert_eq!(uv_sys::Events::with_capacity(8).len(), 0);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is no event. A wake-up is none.
    ///
    /// ```
    /// assert!(uv_sys::Events::with_capacity(8).is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether the wait took a wake-up.
    ///
    /// ```
    /// use uv_sys::{Events, Poller};
    ///
    /// let poller = Poller::new()?;
    /// poller.waker().wake();
    /// let mut events = Events::with_capacity(8);
    /// poller.wait(&mut events, None)?;
    /// assert!(events.woken());
    /// # Ok::<(), uv_sys::Error>(())
    /// ```
    #[must_use]
    pub fn woken(&self) -> bool {
        self.woken
    }

    /// Forgets the events, and whether there was a wake-up.
    ///
    /// ```
    /// let mut events = uv_sys::Events::with_capacity(8);
    /// events.clear();
    /// assert!(events.is_empty() && !events.woken());
    /// ```
    pub fn clear(&mut self) {
        self.raw.clear();
        self.count = 0;
        self.woken = false;
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("woken", &self.woken).field("events", &self.iter().collect::<Vec<_>>()).finish()
    }
}

fn check_key(key: usize) -> Result<()> {
    if key == RESERVED_KEY {
        return Err(Error::EINVAL);
    }
    Ok(())
}
