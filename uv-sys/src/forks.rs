//! Whether a child has copies of this process's descriptors.

use std::os::fd::OwnedFd;

/// How often the process had forked at some moment. A descriptor that was made after that moment is in no child's hands
/// for as long as the number stays the same, but in those of one that is about to execute another program, which ends
/// what is closed on exec.
///
/// ```
/// use uv_sys::Forks;
///
/// let before = Forks::now();
/// let (reader, _writer) = std::io::pipe()?;
/// if let Some(reader) = before.close(reader.into()) {
///     println!("perhaps a child has {reader:?}, too");
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Forks(u32);

impl Forks {
    /// The number as it is now.
    ///
    /// ```
    /// use uv_sys::Forks;
    ///
    /// assert_eq!(Forks::now(), Forks::now()); // nobody forks here
    /// ```
    pub fn now() -> Forks {
        Forks(imp::now())
    }

    /// Closes the descriptor if the process has not forked since; no fork comes in between. Else, and where forks cannot
    /// be counted, it gives the descriptor back.
    ///
    /// ```
    /// use std::io::Write;
    /// use uv_sys::Forks;
    ///
    /// let before = Forks::now();
    /// let (reader, mut writer) = std::io::pipe()?;
    /// let kept = before.close(reader.into());
    /// assert_eq!(writer.write(b"!").is_ok(), kept.is_some());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use = "it is open yet"]
    pub fn close(self, fd: OwnedFd) -> Option<OwnedFd> {
        imp::close(self.0, fd)
    }
}

#[cfg(all(target_os = "linux", not(uv_portable_poll), not(loom)))]
mod imp {
    use std::os::fd::OwnedFd;
    use std::sync::Once;
    use std::sync::atomic::{AtomicU32, Ordering};

    static FORKS: AtomicU32 = AtomicU32::new(0);
    /// Threads that fork at this moment.
    static FORKING: AtomicU32 = AtomicU32::new(0);
    /// Threads that close descriptors at this moment. Who closes tells first and looks at `FORKS` then, and who forks does
    /// it the other way round: one of them sees the other.
    static CLOSING: AtomicU32 = AtomicU32::new(0);

    /// A close takes less. Whoever forks in a signal's handler waits for the close that was interrupted, and not for ever.
    const PATIENCE: u32 = 10_000;

    pub(super) fn now() -> u32 {
        static HANDLERS: Once = Once::new();
        HANDLERS.call_once(|| {
            // SAFETY: the handlers take no arguments, live as long as the process, and use nothing but atomics and
            // `sched_yield`.
            let result = unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) };
            if result != 0 {
                // Nobody will hear of forks: each number is of the past.
                CLOSING.store(UNKNOWN, Ordering::SeqCst);
            }
        });
        let forks = FORKS.load(Ordering::SeqCst);
        // One that is under way is counted already, and may yet copy what is made from here on.
        if FORKING.load(Ordering::SeqCst) == 0 { forks } else { forks.wrapping_sub(1) }
    }

    /// More than there are threads.
    const UNKNOWN: u32 = u32::MAX / 2;

    pub(super) fn close(forks: u32, fd: OwnedFd) -> Option<OwnedFd> {
        let others = CLOSING.fetch_add(1, Ordering::SeqCst);
        let may_close = FORKS.load(Ordering::SeqCst) == forks && others < UNKNOWN;
        let kept = if may_close {
            drop(fd);
            None
        } else {
            Some(fd)
        };
        CLOSING.fetch_sub(1, Ordering::SeqCst);
        kept
    }

    extern "C" fn before() {
        FORKING.fetch_add(1, Ordering::SeqCst);
        FORKS.fetch_add(1, Ordering::SeqCst);
        for _ in 0..PATIENCE {
            if CLOSING.load(Ordering::SeqCst) == 0 {
                break;
            }
            std::thread::yield_now();
        }
    }

    extern "C" fn in_parent() {
        FORKING.fetch_sub(1, Ordering::SeqCst);
    }

    /// The threads that were closing, or forking, have stayed behind.
    extern "C" fn in_child() {
        FORKING.store(0, Ordering::SeqCst);
        CLOSING.store(0, Ordering::SeqCst);
    }
}

#[cfg(not(all(target_os = "linux", not(uv_portable_poll), not(loom))))]
mod imp {
    use std::os::fd::OwnedFd;

    pub(super) fn now() -> u32 {
        0
    }

    pub(super) fn close(_: u32, fd: OwnedFd) -> Option<OwnedFd> {
        Some(fd)
    }
}
