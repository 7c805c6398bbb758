//! The descriptors that the process was started with.

use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Error, Result};

/// Those of a higher number are not looked at.
const NUMBERS: usize = 256;

/// A bit for each that was open at the start and was not taken yet.
static OPEN: [AtomicU64; NUMBERS / 64] = [const { AtomicU64::new(0) }; NUMBERS / 64];

/// Takes a descriptor that the process was started with, besides its standard streams: once. The programs that it runs
/// don't get it any more. It is for what a parent leaves behind for its child and names in the environment.
///
/// What a program opens itself is not taken for one of these: which are open is looked at before `main`. So this is for
/// programs, in which this crate is linked: a shared library with the crate in itself may be loaded at any moment, and gets
/// none.
///
/// # Errors
///
/// `EBADF` for a descriptor that was not open at the start, is closed on exec or closed by now, was taken already, or has
/// a number below 3 or above 255; also where it is not known what was open at the start, as in a shared library, and elsewhere
/// than on Linux with glibc.
///
/// ```
/// use std::os::fd::AsRawFd;
/// use uv_sys::{Error, os};
///
/// let own = std::fs::File::open("/dev/null")?;
/// assert_eq!(os::inherited(own.as_raw_fd()).unwrap_err(), Error::EBADF);
/// assert_eq!(os::inherited(2).unwrap_err(), Error::EBADF);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn inherited(number: RawFd) -> Result<OwnedFd> {
    at_start::is_linked();
    let place = usize::try_from(number).map_err(|_| Error::EBADF)?;
    let bit = 1 << (place % 64);
    if OPEN.get(place / 64).ok_or(Error::EBADF)?.fetch_and(!bit, Ordering::Relaxed) & bit == 0 {
        return Err(Error::EBADF);
    }
    // SAFETY: it touches no memory.
    let flags = unsafe { libc::fcntl(number, libc::F_GETFD) };
    if flags < 0 || flags & libc::FD_CLOEXEC != 0 {
        return Err(Error::EBADF);
    }
    // SAFETY: it touches no memory.
    unsafe { libc::fcntl(number, libc::F_SETFD, flags | libc::FD_CLOEXEC) };
    // SAFETY: it is open. It was so before the program began, and came from the parent, so no code of this process has made it
    // and owns it, and nobody else gets it from here.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod at_start {
    use std::ffi::c_void;
    use std::{mem, ptr};

    use super::{NUMBERS, OPEN, Ordering};

    /// Of so many a process may have that is allowed few.
    const FEW: usize = 32;

    // SAFETY: glibc calls what is in this section. The function uses nothing but a static that needs no initialization, its
    // stack, functions of the C library that are ready before any of these, and a system call.
    #[unsafe(link_section = ".init_array")]
    static LOOK: extern "C" fn() = look;

    /// Has it in a program that calls this; link-time optimization leaves it out of the others, which start without it.
    pub(super) fn is_linked() {
        std::hint::black_box(&LOOK);
    }

    /// Whether it lies in the program itself, and not in a shared library.
    pub(super) fn is_of_program(address: *const c_void) -> bool {
        let object = |address| {
            // SAFETY: zeros are a value of it: null pointers. The function looks for an object around any address.
            unsafe {
                let mut found: libc::Dl_info = mem::zeroed();
                libc::dladdr(address, &raw mut found);
                found.dli_fbase
            }
        };
        // SAFETY: it touches no memory.
        let entry = unsafe { libc::getauxval(libc::AT_ENTRY) };
        entry != 0 && object(address) == object(ptr::with_exposed_provenance(entry as usize))
    }

    extern "C" fn look() {
        if !is_of_program((&raw const LOOK).cast()) {
            return;
        }
        let mut asked = [libc::pollfd { fd: -1, events: 0, revents: 0 }; NUMBERS];
        for (fd, asked) in (3..).zip(&mut asked[3..]) {
            asked.fd = fd;
        }
        // One call for all tells which are not open. It takes no more than the process may open.
        // SAFETY: there are so many, and it waits for none.
        let ask =
            |asked: &mut [libc::pollfd]| unsafe { libc::poll(asked.as_mut_ptr(), asked.len() as libc::nfds_t, 0) };
        let count = match ask(&mut asked) {
            0.. => NUMBERS,
            _ if ask(&mut asked[..FEW]) >= 0 => FEW,
            _ => return,
        };
        for (number, asked) in asked.iter().enumerate().take(count).skip(3) {
            if asked.revents & libc::POLLNVAL == 0 {
                OPEN[number / 64].fetch_or(1 << (number % 64), Ordering::Relaxed);
            }
        }
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
mod at_start {
    pub(super) fn is_linked() {}
}

#[cfg(all(test, not(loom)))]
mod tests {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    use std::ffi::c_void;
    use std::os::fd::AsRawFd;
    use std::process::Command;

    use super::*;

    /// Safe code makes such a descriptor too, and it has an owner then.
    #[test]
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fn a_library_is_no_program() {
        let here: fn() = a_library_is_no_program;
        assert!(at_start::is_of_program(here as *const c_void));
        // SAFETY: the name ends with a zero.
        let there = unsafe { libc::dlsym(libc::RTLD_NEXT, c"poll".as_ptr()) };
        assert!(!there.is_null() && !at_start::is_of_program(there));
    }

    #[test]
    fn what_was_made_here_is_not_inherited() {
        let own = rustix::io::dup(super::super::stderr()).unwrap();
        assert_eq!(inherited(own.as_raw_fd()).map(std::mem::forget), Err(Error::EBADF));
    }

    #[test]
    fn what_the_parent_left_is_taken_once() {
        const CHILD: &str = "UV_SYS_TEST_INHERITED";
        if std::env::var_os(CHILD).is_some() {
            let taken = inherited(7).unwrap();
            assert_eq!(inherited(7).map(drop), Err(Error::EBADF));
            assert_eq!(inherited(8).map(drop), Err(Error::EBADF));
            assert!(rustix::io::fcntl_getfd(&taken).unwrap().contains(rustix::io::FdFlags::CLOEXEC));
            return;
        }
        let this = std::env::current_exe().unwrap();
        let name = "os::inherited::tests::what_the_parent_left_is_taken_once";
        for limit in ["", "ulimit -n 64;"] {
            let mut shell = Command::new("sh");
            let script = format!("{limit} exec \"$0\" --exact \"$1\" 7</dev/null 8<&-");
            let status = shell.args(["-c", &script]).arg(&this).arg(name).env(CHILD, "1").status();
            assert!(status.unwrap().success());
        }
    }
}
