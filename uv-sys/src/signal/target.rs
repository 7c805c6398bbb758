//! Where a handler leaves a signal for one loop.

use std::array;
use std::os::fd::OwnedFd;

#[cfg(all(test, loom))]
use loom::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
#[cfg(not(all(test, loom)))]
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use super::registry::SIGNALS;

/// The write end of a loop's pipe, and a count for each signal that the pipe has no room for.
#[derive(Debug)]
pub(super) struct Target<W = OwnedFd> {
    pub(super) writer: W,
    /// This process is the child of the one that reads the pipe.
    detached: AtomicBool,
    /// How many watches this loop has started: tells a message from before a watch's start from one after it.
    starts: AtomicU64,
    /// Whether any count of `missed` is above zero; set after the count and taken before it.
    any_missed: AtomicBool,
    missed: [AtomicU32; SIGNALS],
}

/// The write end of a pipe.
pub(super) trait Writer {
    /// Writes all or nothing: what is this short is written so.
    fn write(&self, bytes: [u8; Message::SIZE]) -> bool;
}

impl Writer for OwnedFd {
    fn write(&self, bytes: [u8; Message::SIZE]) -> bool {
        rustix::io::write(self, &bytes).is_ok()
    }
}

impl<W: Writer> Target<W> {
    pub(super) fn new(writer: W) -> Target<W> {
        Target {
            writer,
            detached: AtomicBool::new(false),
            starts: AtomicU64::new(0),
            any_missed: AtomicBool::new(false),
            missed: array::from_fn(|_| AtomicU32::new(0)),
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
        if !self.is_detached() && self.writer.write(self.message(signum).to_bytes()) {
            return;
        }
        self.miss(signum);
        // The reader may have emptied the pipe, or got one of its own, before the count was there. If there is still no
        // room, or no pipe, it has yet to do that.
        if !self.is_detached() {
            self.wake();
        }
    }

    /// Makes the pipe readable, if only of nothing.
    pub(super) fn wake(&self) {
        self.writer.write(WAKE);
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
            self.wake();
        }
    }

    fn is_detached(&self) -> bool {
        self.detached.load(Ordering::SeqCst)
    }

    fn miss(&self, signum: usize) {
        self.missed[signum].fetch_add(1, Ordering::SeqCst);
        // A store would do, but loom takes one for older than a swap that came before it.
        self.any_missed.swap(true, Ordering::SeqCst);
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

/// Run with `RUSTFLAGS="--cfg loom" cargo test -p uv-sys --lib --release`.
#[cfg(all(test, loom))]
mod models {
    use super::*;
    use loom::sync::{Arc, Condvar, Mutex};
    use loom::thread;

    /// Has room for one message.
    struct Pipe {
        message: Mutex<Option<[u8; Message::SIZE]>>,
        changed: Condvar,
    }

    impl Pipe {
        /// What a loop does when the pipe is readable, after it has waited for that.
        fn read(&self) -> [u8; Message::SIZE] {
            let mut message = self.message.lock().unwrap();
            loop {
                match message.take() {
                    Some(bytes) => return bytes,
                    None => message = self.changed.wait(message).unwrap(),
                }
            }
        }
    }

    impl Writer for Pipe {
        fn write(&self, bytes: [u8; Message::SIZE]) -> bool {
            let mut message = self.message.lock().unwrap();
            let has_room = message.is_none();
            if has_room {
                *message = Some(bytes);
                self.changed.notify_one();
            }
            has_room
        }
    }

    /// A signal that is lost, or not told of, leaves the reader in a wait for ever, which loom reports.
    fn all_signals_are_read(signals: u32, is_child: bool) {
        let mut model = loom::model::Builder::new();
        // Without a bound it takes minutes.
        model.preemption_bound = Some(3);
        model.check(move || {
            let target = Arc::new(Target::new(Pipe { message: Mutex::new(None), changed: Condvar::new() }));
            if is_child {
                target.detach();
            }
            let caught = Arc::clone(&target);
            thread::spawn(move || (0..signals).for_each(|_| caught.notify(1)));
            if is_child {
                target.attach();
            }
            let mut seen = 0;
            while seen < signals {
                seen += u32::from(Message::from_bytes(target.writer.read()).is_some());
                let mut late = [0; SIGNALS];
                target.take_missed(&mut late);
                seen += late[1];
            }
            assert_eq!(seen, signals);
        });
    }

    #[test]
    fn a_full_pipe_loses_no_signal() {
        all_signals_are_read(3, false);
    }

    #[test]
    fn a_signal_that_meets_the_new_pipe_of_a_child_is_read() {
        all_signals_are_read(2, true);
    }
}
