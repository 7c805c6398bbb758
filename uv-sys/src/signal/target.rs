//! Where a handler leaves a signal for one loop.

use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use super::registry::SIGNALS;

/// The write end of a loop's pipe, and a count for each signal that the pipe has no room for.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) writer: OwnedFd,
    /// This process is the child of the one that reads the pipe.
    detached: AtomicBool,
    /// How many watches this loop has started: tells a message from before a watch's start from one after it.
    starts: AtomicU64,
    /// Whether any count of `missed` is above zero; set after the count and taken before it.
    any_missed: AtomicBool,
    missed: [AtomicU32; SIGNALS],
}

impl Target {
    pub(super) fn new(writer: OwnedFd) -> Target {
        Target {
            writer,
            detached: AtomicBool::new(false),
            starts: AtomicU64::new(0),
            any_missed: AtomicBool::new(false),
            missed: [const { AtomicU32::new(0) }; SIGNALS],
        }
    }

    /// The number of a new watch. Messages of a lower number were caught before it.
    pub(super) fn new_start(&self) -> u64 {
        self.starts.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// The signal as if it was caught now.
    pub(super) fn message(&self, signum: usize) -> Message {
        Message { signum: signum as u8, caught: self.starts.load(Ordering::SeqCst) }
    }

    /// Called by the signal handler.
    pub(super) fn notify(&self, signum: usize) {
        if !self.detached.load(Ordering::SeqCst) {
            if self.write(self.message(signum).to_bytes()) {
                return;
            }
            self.miss(signum);
            // The reader may have emptied the pipe before the count was there. If there is still no room, it has not.
            self.write(WAKE);
        } else {
            self.miss(signum);
        }
    }

    /// Adds the counts of what the pipe had no room for to `late`; false if there are none.
    pub(super) fn take_missed(&self, late: &mut [u32; SIGNALS]) -> bool {
        if !self.any_missed.swap(false, Ordering::SeqCst) {
            return false;
        }
        for (late, missed) in late.iter_mut().zip(&self.missed) {
            *late = late.saturating_add(missed.swap(0, Ordering::SeqCst));
        }
        true
    }

    /// In the child of a fork: signals are counted from now on, and not written into the parent's pipe.
    pub(super) fn detach(&self) {
        self.detached.store(true, Ordering::SeqCst);
        self.any_missed.store(false, Ordering::SeqCst);
        for missed in &self.missed {
            missed.store(0, Ordering::SeqCst);
        }
    }

    /// The pipe is this process's own.
    pub(super) fn attach(&self) {
        self.detached.store(false, Ordering::SeqCst);
        if self.any_missed.load(Ordering::SeqCst) {
            self.write(WAKE);
        }
    }

    fn miss(&self, signum: usize) {
        self.missed[signum].fetch_add(1, Ordering::SeqCst);
        self.any_missed.store(true, Ordering::SeqCst);
    }

    /// Short enough to be written whole or not at all.
    fn write(&self, bytes: [u8; Message::SIZE]) -> bool {
        rustix::io::write(&self.writer, &bytes).is_ok()
    }
}

/// One signal in the pipe.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) signum: u8,
    /// How many watches had been started; below 2^56.
    pub(super) caught: u64,
}

/// No signal: it only makes the pipe readable.
const WAKE: [u8; Message::SIZE] = [0; Message::SIZE];

impl Message {
    pub(super) const SIZE: usize = 8;

    fn to_bytes(self) -> [u8; Message::SIZE] {
        (self.caught << 8 | u64::from(self.signum)).to_ne_bytes()
    }

    pub(super) fn from_bytes(bytes: [u8; Message::SIZE]) -> Option<Message> {
        let word = u64::from_ne_bytes(bytes);
        let signum = (word & 0xff) as u8;
        (signum != 0).then_some(Message { signum, caught: word >> 8 })
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_message_survives_the_pipe() {
        for caught in [0, 1, 255, 256, (1 << 56) - 1] {
            let message = Message { signum: 64, caught };
            assert_eq!(Message::from_bytes(message.to_bytes()), Some(message));
        }
        assert_eq!(Message::from_bytes(WAKE), None);
    }
}
