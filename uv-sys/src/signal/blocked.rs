//! A signal that is held back from a thread for a while.

use std::mem;
use std::ptr;

use crate::{Error, Result};

/// Whether there is such a signal.
pub(crate) fn check(signum: i32) -> Result<()> {
    set_of(signum).map(drop)
}

fn set_of(signum: i32) -> Result<libc::sigset_t> {
    // SAFETY: zero is a valid value of a set, which is initialized before it is used.
    unsafe {
        let mut set: libc::sigset_t = mem::zeroed();
        libc::sigemptyset(&raw mut set);
        if libc::sigaddset(&raw mut set, signum) == 0 { Ok(set) } else { Err(Error::EINVAL) }
    }
}

/// Blocks a signal for this thread until it is dropped, which brings the thread's mask back.
pub(crate) struct Blocked(libc::sigset_t);

impl Blocked {
    pub(crate) fn new(signum: i32) -> Blocked {
        // SAFETY: zero is a valid value of a set, and what no signal is leaves the set empty.
        unsafe {
            let mut before: libc::sigset_t = mem::zeroed();
            let set = set_of(signum).unwrap_or_else(|_| mem::zeroed());
            libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, &raw mut before);
            Blocked(before)
        }
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        // SAFETY: it is what this thread's mask was.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.0, ptr::null_mut()) };
    }
}
