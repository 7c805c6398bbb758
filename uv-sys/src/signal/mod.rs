//! Signals for event loops: caught once for the whole process, read by any number of loops.
//!
//! Each loop has one [`Signals`], and watches its descriptor. Any number of watchers, of one loop or of many, may want
//! the same signal: all are told. The functions follow libuv's `uv_signal_start`, `uv_signal_start_oneshot` and
//! `uv_signal_stop`, and signals are numbers as there: [`SIGINT`], `libc`'s constants, or a real-time signal.
//!
//! # What it does to the process
//!
//! - The first watcher of a signal takes its disposition over, with `SA_RESTART`. When the last one stops, it becomes
//!   the system's default, whatever it was before, as in libuv: so a Rust program that watches [`SIGPIPE`] and stops
//!   is ended by the next one, as Rust programs aren't otherwise.
//! - While all watchers of a signal are one-shot, the first signal also brings the default back (`SA_RESETHAND`), at
//!   once and not when it is read: a second Ctrl-C ends a program that is too busy to read the first.
//! - The handler takes no lock, allocates nothing, and keeps `errno`. A mutator waits for handlers, never a handler
//!   for a mutator.
//! - After `fork(2)` the child's signals are not reported to the parent. They wait for [`Signals::reinit`].

mod blocked;
mod names;
mod registry;
mod snapshot;
mod target;
mod watches;

use std::cell::RefCell;
use std::fmt;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use rustix::io::Errno;

pub(crate) use self::blocked::{Blocked, check};
pub use self::names::*;
use self::target::{Message, Target};
use self::watches::Watches;
use crate::{Error, Result, fd};

/// The signals that one loop watches, and those that it has yet to read.
///
/// It belongs to one thread at a time. Dropping it stops its watchers.
///
/// ```
/// use uv_sys::signal::{SIGUSR1, Signals};
/// use uv_sys::{Events, Interest, Poller, os};
///
/// let poller = Poller::new()?;
/// let signals = Signals::new()?;
/// poller.add(signals.as_fd(), 0, Interest::READABLE)?;
/// signals.start(7, SIGUSR1)?;
///
/// os::kill(std::process::id() as i32, SIGUSR1)?;
/// poller.wait(&mut Events::with_capacity(16), None)?;
/// let delivery = signals.read()?.unwrap();
/// assert_eq!((delivery.key, delivery.signum), (7, SIGUSR1));
/// assert_eq!(signals.read()?, None);
/// # use std::os::fd::AsFd;
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub struct Signals {
    reader: OwnedFd,
    target: Arc<Target>,
    state: RefCell<State>,
}

struct State {
    watches: Watches,
    inbox: Inbox,
    /// The signal that is being handed out, and how far.
    current: Option<watches::Cursor>,
}

/// A signal that was caught for one watcher.
///
/// ```
/// use uv_sys::signal::{SIGWINCH, Signals};
///
/// let signals = Signals::new()?;
/// signals.start_oneshot(3, SIGWINCH)?;
/// uv_sys::os::kill(std::process::id() as i32, SIGWINCH)?;
/// let delivery = loop {
///     if let Some(delivery) = signals.read()? {
///         break delivery;
///     }
/// };
/// assert!(delivery.key == 3 && delivery.signum == SIGWINCH && delivery.oneshot);
/// # Ok::<(), uv_sys::Error>(())
/// ```
#[derive(Copy, Clone, Debug, Eq, PartialEq, Hash)]
#[non_exhaustive]
pub struct Delivery {
    /// The watcher's key.
    pub key: usize,
    /// The signal's number.
    pub signum: i32,
    /// The watcher was one-shot, and is stopped now.
    pub oneshot: bool,
}

impl Signals {
    /// No watchers yet. Takes two descriptors.
    ///
    /// # Errors
    ///
    /// `EMFILE`, `ENFILE` or `ENOMEM`.
    ///
    /// ```
    /// let signals = uv_sys::signal::Signals::new()?;
    /// assert_eq!(signals.read()?, None);
    /// # Ok::<(), uv_sys::Error>(())
    /// ```
    pub fn new() -> Result<Signals> {
        registry::init()?;
        let (reader, writer) = pipe()?;
        let state = State { watches: Watches::default(), inbox: Inbox::new(), current: None };
        Ok(Signals { reader, target: Arc::new(Target::new(writer)), state: RefCell::new(state) })
    }

    /// Reports every `signum` from now on under `key`, as `uv_signal_start`.
    ///
    /// A key that watches another signal stops that first, even if the new signal is refused then; one that watches
    /// the same signal goes on without a gap, and is no longer one-shot.
    ///
    /// # Errors
    ///
    /// `EINVAL` if there is no such signal, or it cannot be caught (`SIGKILL`, `SIGSTOP`, and the two or three that
    /// the C library keeps for itself).
    ///
    /// ```
    /// use uv_sys::Error;
    /// use uv_sys::signal::{SIGHUP, SIGKILL, Signals};
    ///
    /// let signals = Signals::new()?;
    /// signals.start(1, SIGHUP)?;
    /// signals.start(2, SIGHUP)?; // both are told
    /// assert_eq!(signals.start(3, SIGKILL), Err(Error::EINVAL));
    /// assert_eq!(signals.start(3, 0), Err(Error::EINVAL));
    /// # Ok::<(), uv_sys::Error>(())
    /// ```
    pub fn start(&self, key: usize, signum: i32) -> Result<()> {
        self.watch(key, signum, false)
    }

    /// Reports the next `signum` alone under `key`, as `uv_signal_start_oneshot`: the watcher is stopped when
    /// [`read`](Signals::read) reports it.
    ///
    /// # Errors
    ///
    /// Those of [`start`](Signals::start).
    ///
    /// ```
    /// use uv_sys::signal::{SIGUSR2, Signals};
    ///
    /// let signals = Signals::new()?;
    /// signals.start_oneshot(1, SIGUSR2)?;
    /// signals.stop(1);
    /// # Ok::<(), uv_sys::Error>(())
    /// ```
    pub fn start_oneshot(&self, key: usize, signum: i32) -> Result<()> {
        self.watch(key, signum, true)
    }

    /// Ends a key's watch, as `uv_signal_stop`. What was caught for it and not read yet is not reported any more, not
    /// even if the key starts again. A key that watches nothing is left so.
    ///
    /// ```
    /// use uv_sys::signal::{SIGWINCH, Signals};
    ///
    /// let signals = Signals::new()?;
    /// signals.start(1, SIGWINCH)?;
    /// uv_sys::os::kill(std::process::id() as i32, SIGWINCH)?;
    /// signals.stop(1);
    /// assert_eq!(signals.read()?, None);
    /// # Ok::<(), uv_sys::Error>(())
    /// ```
    pub fn stop(&self, key: usize) {
        self.state.borrow_mut().watches.stop(key, &self.target);
    }

    /// The next signal that was caught, for the next of its watchers; `None` when there is none left for this turn of
    /// a loop. What arrives during a turn (because a callback raises a signal, say) makes the descriptor readable
    /// again: so a loop that reads up to `None` at each of its turns neither misses a signal nor starves. A turn hands out
    /// at most 16,384 signals; the rest leaves the descriptor readable.
    ///
    /// Signals come in the order in which they were caught; one signal's watchers in that of their start, one-shot
    /// ones last. The system itself merges signals of one number that a process has not caught yet. If more than 8192
    /// wait to be read, the order of those beyond is lost, but none of them: they are counted, and follow by number.
    /// (libuv drops them.)
    ///
    /// Allocates nothing.
    ///
    /// # Errors
    ///
    /// Only the system's, if someone closed the descriptor.
    ///
    /// ```
    /// let signals = uv_sys::signal::Signals::new()?;
    /// while let Some(delivery) = signals.read()? {
    ///     println!("{} for {}", delivery.signum, delivery.key);
    /// }
    /// # Ok::<(), uv_sys::Error>(())
    /// ```
    pub fn read(&self) -> Result<Option<Delivery>> {
        let State { watches, inbox, current } = &mut *self.state.borrow_mut();
        loop {
            if let Some(cursor) = current
                && let Some(delivery) = watches.next(cursor)
            {
                if delivery.oneshot {
                    watches.stop(delivery.key, &self.target);
                }
                return Ok(Some(delivery));
            }
            *current = inbox.next(&self.reader, &self.target)?.map(watches::Cursor::new);
            if current.is_none() {
                return Ok(None);
            }
        }
    }

    /// Gives the child of a `fork(2)` a pipe of its own, as `uv_loop_fork` does: until then it shares its parent's,
    /// and must neither read nor start. The watchers stay, what the parent has yet to read is the parent's, and
    /// signals that the child caught in the meantime are reported. The descriptor's number stays; a poller must be
    /// told of it anew.
    ///
    /// # Errors
    ///
    /// `EMFILE`, `ENFILE` or `ENOMEM`; then nothing has changed.
    ///
    /// ```
    /// let signals = uv_sys::signal::Signals::new()?;
    /// signals.reinit()?; // in a child
    /// # Ok::<(), uv_sys::Error>(())
    /// ```
    pub fn reinit(&self) -> Result<()> {
        let (reader, writer) = pipe()?;
        fd::replace(self.target.writer.as_fd(), writer)?;
        fd::replace(self.reader.as_fd(), reader)?;
        let mut state = self.state.borrow_mut();
        state.inbox = Inbox::new();
        state.current = None;
        self.target.attach();
        Ok(())
    }
}

impl Signals {
    fn watch(&self, key: usize, signum: i32, oneshot: bool) -> Result<()> {
        self.state.borrow_mut().watches.start(key, signum, oneshot, &self.target)
    }
}

/// Readable when there are signals to [`read`](Signals::read): the read end of a pipe.
impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.reader.as_fd()
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.state.get_mut().watches.stop_all(&self.target);
    }
}

impl fmt::Debug for Signals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signals").field("watches", &self.state.borrow().watches).finish_non_exhaustive()
    }
}

/// What has been read from the pipe, and what did not fit into it.
struct Inbox {
    buffer: [u8; Inbox::CAPACITY * Message::SIZE],
    next: usize,
    filled: usize,
    /// How often the pipe was read in this turn.
    reads: usize,
    /// This turn takes no more from the pipe: it is empty, or was read often enough.
    emptied: bool,
    /// How often each signal was caught while the pipe was full.
    late: [u32; registry::SIGNALS],
    /// How many of those were handed out in this turn.
    handed: usize,
}

impl Inbox {
    /// libuv's, too.
    const CAPACITY: usize = 32;
    /// So that threads that raise signals without end do not hold up the loop: a turn takes as many as a pipe holds, and
    /// as many of those that it had no room for.
    const MOST: usize = 65_536 / Message::SIZE;

    fn new() -> Inbox {
        Inbox {
            buffer: [0; Inbox::CAPACITY * Message::SIZE],
            next: 0,
            filled: 0,
            reads: 0,
            emptied: false,
            late: [0; registry::SIGNALS],
            handed: 0,
        }
    }

    fn next(&mut self, reader: &OwnedFd, target: &Target) -> Result<Option<Message>> {
        loop {
            if let Some(bytes) = self.buffer[self.next..self.filled].first_chunk() {
                self.next += Message::SIZE;
                match Message::from_bytes(*bytes) {
                    Some(message) => return Ok(Some(message)),
                    None => continue,
                }
            }
            if !self.emptied {
                self.fill(reader)?;
            } else if self.handed == Inbox::MOST {
                target.wake();
                return Ok(self.end_turn());
            } else if let Some(signum) = self.late.iter().position(|&count| count > 0) {
                self.late[signum] -= 1;
                self.handed += 1;
                return Ok(Some(target.message(signum)));
            } else if !target.take_missed(&mut self.late) {
                return Ok(self.end_turn());
            }
        }
    }

    fn fill(&mut self, reader: &OwnedFd) -> Result<()> {
        (self.next, self.filled) = (0, 0);
        self.filled = loop {
            match rustix::io::read(reader, &mut self.buffer) {
                Ok(count) => break count,
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break 0,
                Err(errno) => return Err(Error::from_raw_errno(errno.raw_os_error())),
            }
        };
        self.reads += 1;
        self.emptied = self.filled < self.buffer.len() || self.reads == Inbox::MOST / Inbox::CAPACITY;
        Ok(())
    }

    fn end_turn(&mut self) -> Option<Message> {
        (self.reads, self.emptied, self.handed) = (0, false, 0);
        None
    }
}

fn pipe() -> Result<(OwnedFd, OwnedFd)> {
    let (reader, writer) = std::io::pipe()?;
    crate::set_nonblocking(reader.as_fd(), true)?;
    crate::set_nonblocking(writer.as_fd(), true)?;
    Ok((reader.into(), writer.into()))
}
