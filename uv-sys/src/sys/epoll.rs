//! Linux: an epoll set, which one system call waits for. Wake-ups have an eventfd.
//!
//! `polling`, which the portable backend uses, makes three to five system calls a wait (it re-arms its notifier and its
//! timer each time), and has no interest in a peer's shutdown, nor one in data without urgent data.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::event::{EventfdFlags, Timespec, eventfd};
use rustix::io::Errno;

use super::RESERVED_KEY;
use crate::{Error, Event, Interest, fd};

#[derive(Debug)]
pub(crate) struct Selector {
    set: OwnedFd,
    /// Whether to try `epoll_pwait2`: until the kernel, or a sandbox, turns it down.
    precise: AtomicBool,
}

impl Selector {
    pub(crate) fn new() -> Result<(Selector, Notifier), Error> {
        let set = epoll::create(CreateFlags::CLOEXEC).map_err(error)?;
        let eventfd = notifier(set.as_fd())?;
        let precise = AtomicBool::new(true);
        Ok((Selector { set, precise }, Notifier { eventfd }))
    }

    /// Both descriptors keep their numbers.
    pub(crate) fn reinit(&self, old: &Notifier) -> Result<(), Error> {
        let set = epoll::create(CreateFlags::CLOEXEC).map_err(error)?;
        let eventfd = notifier(set.as_fd())?;
        fd::replace(old.eventfd.as_fd(), eventfd)?;
        fd::replace(self.set.as_fd(), set)
    }

    pub(crate) fn add(&self, fd: BorrowedFd<'_>, key: usize, interest: Interest) -> Result<(), Error> {
        let data = EventData::new_u64(key as u64);
        epoll::add(&self.set, fd, data, flags(interest)).map_err(error)
    }

    pub(crate) fn modify(&self, fd: BorrowedFd<'_>, key: usize, interest: Interest) -> Result<(), Error> {
        let data = EventData::new_u64(key as u64);
        epoll::modify(&self.set, fd, data, flags(interest)).map_err(error)
    }

    pub(crate) fn delete(&self, fd: BorrowedFd<'_>) -> Result<(), Error> {
        epoll::delete(&self.set, fd).map_err(error)
    }

    /// Fails with `EINTR` when a signal interrupts it.
    pub(crate) fn wait(&self, events: &mut RawEvents, timeout: Option<Duration>) -> Result<(), Error> {
        events.list.clear();
        let timeout = timeout.map(|timeout| timeout.min(LONGEST));
        if let Some(timeout) = timeout
            && !timeout.subsec_nanos().is_multiple_of(1_000_000)
            && self.precise.load(Ordering::Relaxed)
        {
            match epoll_pwait2(self.set.as_fd(), &mut events.list, timeout) {
                // Containers with an old seccomp filter answer EPERM to calls unknown to it.
                Err(Errno::NOSYS | Errno::PERM) => self.precise.store(false, Ordering::Relaxed),
                result => return result.map_err(error),
            }
        }
        let timeout =
            timeout.map(|timeout| Timespec { tv_sec: timeout.as_secs() as _, tv_nsec: timeout.subsec_nanos() as _ });
        // `epoll_pwait`, which takes milliseconds: this rounds up to the next.
        let buffer = spare_capacity(&mut events.list);
        match epoll::wait(&self.set, buffer, timeout.as_ref()) {
            Ok(_) => Ok(()),
            Err(errno) => Err(error(errno)),
        }
    }
}

impl AsFd for Selector {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.set.as_fd()
    }
}

pub(crate) struct RawEvents {
    list: Vec<epoll::Event>,
}

// SAFETY: only the kernel's representation has a pointer in it (a union of pointer and integer), and
// this module stores and reads integers alone.
unsafe impl Send for RawEvents {}

impl RawEvents {
    pub(crate) fn with_capacity(capacity: usize) -> RawEvents {
        RawEvents { list: Vec::with_capacity(capacity.min(MOST_EVENTS)) }
    }

    pub(crate) fn clear(&mut self) {
        self.list.clear();
    }

    pub(crate) fn count(&self) -> usize {
        let is_woken = self.list.iter().any(|raw| raw.data.u64() as usize == RESERVED_KEY);
        self.list.len() - usize::from(is_woken)
    }

    #[inline]
    pub(crate) fn iter(&self) -> impl Iterator<Item = Event> {
        self.list
            .iter()
            .filter(|raw| raw.data.u64() as usize != RESERVED_KEY)
            .map(|raw| event(raw.data.u64() as usize, raw.flags))
    }
}

#[derive(Debug)]
pub(crate) struct Notifier {
    eventfd: OwnedFd,
}

impl Notifier {
    pub(crate) fn notify(&self) {
        // The only possible failure is a counter at 2^64 - 2, for which a machine must run millennia.
        let _ = rustix::io::write(&self.eventfd, &1u64.to_ne_bytes());
    }
}

/// The longest timeout of `epoll_pwait`, whose milliseconds are a C int: 24 days.
const LONGEST: Duration = Duration::from_millis(i32::MAX as u64);

/// The kernel refuses a wait for more.
const MOST_EVENTS: usize = i32::MAX as usize / size_of::<epoll::Event>();

/// An eventfd that is watched edge-triggered: each write is an edge of its own, so nobody has to read the counter.
fn notifier(set: BorrowedFd<'_>) -> Result<OwnedFd, Error> {
    let eventfd = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).map_err(error)?;
    epoll::add(set, &eventfd, EventData::new_u64(RESERVED_KEY as u64), EventFlags::IN | EventFlags::ET)
        .map_err(error)?;
    Ok(eventfd)
}

fn flags(interest: Interest) -> EventFlags {
    let mut flags = EventFlags::empty();
    flags.set(EventFlags::IN, interest.contains(Interest::READABLE));
    flags.set(EventFlags::OUT, interest.contains(Interest::WRITABLE));
    flags.set(EventFlags::PRI, interest.contains(Interest::PRIORITY));
    flags.set(EventFlags::RDHUP, interest.contains(Interest::DISCONNECT));
    flags
}

fn event(key: usize, flags: EventFlags) -> Event {
    let error = flags.contains(EventFlags::ERR);
    let hangup = flags.contains(EventFlags::HUP);
    Event {
        key,
        readable: flags.contains(EventFlags::IN) || error || hangup,
        writable: flags.contains(EventFlags::OUT) || error || hangup,
        priority: flags.contains(EventFlags::PRI),
        disconnect: flags.contains(EventFlags::RDHUP) || hangup,
        error,
        hangup,
    }
}

fn error(errno: Errno) -> Error {
    Error::from_raw_errno(errno.raw_os_error())
}

/// `epoll_pwait2` (Linux 5.11): the only wait whose timeout is in nanoseconds. rustix makes this
/// call only if it may always make it, and then older kernels are left without a wait; the C
/// library has a function for it only in newer versions.
#[cfg(target_pointer_width = "64")]
fn epoll_pwait2(epoll: BorrowedFd<'_>, events: &mut Vec<epoll::Event>, timeout: Duration) -> Result<(), Errno> {
    use std::ffi::c_int;
    use std::ptr;

    #[repr(C)]
    struct KernelTimespec {
        seconds: i64,
        nanoseconds: i64,
    }

    let timeout = KernelTimespec { seconds: timeout.as_secs() as i64, nanoseconds: i64::from(timeout.subsec_nanos()) };
    let buffer = events.spare_capacity_mut();
    let length = c_int::try_from(buffer.len()).unwrap_or(c_int::MAX);
    // SAFETY: the arguments have the call's types: `buffer` has room for `length` events, whose layout
    // is the kernel's; the timeout outlives the call; a null signal mask is none.
    let count = unsafe {
        libc::syscall(
            libc::SYS_epoll_pwait2,
            epoll.as_raw_fd(),
            buffer.as_mut_ptr(),
            length,
            &raw const timeout,
            ptr::null::<u8>(),
            0usize,
        )
    };
    let Ok(count) = usize::try_from(count) else {
        return Err(Errno::from_io_error(&io::Error::last_os_error()).unwrap_or(Errno::IO));
    };
    let filled = events.len() + count;
    // SAFETY: the kernel has written `count` events behind the list's end.
    unsafe { events.set_len(filled) };
    Ok(())
}

#[cfg(not(target_pointer_width = "64"))]
fn epoll_pwait2(_: BorrowedFd<'_>, _: &mut Vec<epoll::Event>, _: Duration) -> Result<(), Errno> {
    Err(Errno::NOSYS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn without_pwait2_a_timeout_is_rounded_up() {
        let (selector, _notifier) = Selector::new().unwrap();
        selector.precise.store(false, Ordering::Relaxed);
        let mut events = RawEvents::with_capacity(1);
        let start = Instant::now();
        selector.wait(&mut events, Some(Duration::from_micros(1200))).unwrap();
        assert!(start.elapsed() >= Duration::from_millis(2));
    }

    #[test]
    fn both_waits_fill_the_same_buffer() {
        let (selector, _notifier) = Selector::new().unwrap();
        let (_reader, writer) = std::io::pipe().unwrap();
        selector.add(writer.as_fd(), 9, Interest::WRITABLE).unwrap();
        let mut events = RawEvents::with_capacity(1);
        for nanoseconds in [1, 0, 1_500_000, 2_000_000] {
            selector.wait(&mut events, Some(Duration::from_nanos(nanoseconds))).unwrap();
            assert!(events.iter().map(|event| event.key).eq([9]));
        }
    }

    #[test]
    fn a_descriptor_that_is_no_set_is_an_error() {
        let null = std::fs::File::open("/dev/null").unwrap();
        let mut events = Vec::with_capacity(1);
        let result = epoll_pwait2(null.as_fd(), &mut events, Duration::from_nanos(1));
        assert!(matches!(result, Err(Errno::INVAL | Errno::NOSYS | Errno::PERM)));
        assert!(events.is_empty());
    }
}
