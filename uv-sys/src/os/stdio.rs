//! The standard streams.

use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::event::{PollFd, PollFlags};

use crate::{Error, Result};

/// Writes all of `bytes`, and waits where it must: also on a descriptor that another process has made non-blocking,
/// as a shell's terminal often is.
///
/// # Errors
///
/// What `write(2)` says: `EPIPE` if nobody reads any more, `ENOSPC`, `EIO`. Part of the bytes may be written then.
///
/// ```
/// use std::io::Read;
/// use std::os::fd::AsFd;
///
/// let (mut reader, writer) = std::io::pipe()?;
/// uv_sys::os::write_all(writer.as_fd(), b"all of it")?;
/// drop(writer);
/// let mut text = String::new();
/// reader.read_to_string(&mut text)?;
/// assert_eq!(text, "all of it");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write_all(fd: BorrowedFd<'_>, mut bytes: &[u8]) -> Result<()> {
    use rustix::io::Errno;
    while !bytes.is_empty() {
        match rustix::io::write(fd, bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                let mut wanted = [PollFd::new(&fd, PollFlags::OUT)];
                match rustix::event::poll(&mut wanted, None) {
                    Ok(_) | Err(Errno::INTR) => {}
                    Err(errno) => return Err(Error::from_raw_errno(errno.raw_os_error())),
                }
            }
            Err(errno) => return Err(Error::from_raw_errno(errno.raw_os_error())),
        }
    }
    Ok(())
}

/// Standard input, for as long as the process runs.
///
/// ```
/// use std::io::IsTerminal;
///
/// println!("{}", uv_sys::os::stdin().is_terminal());
/// ```
#[must_use]
pub fn stdin() -> BorrowedFd<'static> {
    rustix::stdio::stdin()
}

/// Standard output, for as long as the process runs; without the buffer and the lock of std's.
///
/// ```
/// uv_sys::os::write_all(uv_sys::os::stdout(), b"to stdout\n")?;
/// # Ok::<(), uv_sys::Error>(())
/// ```
#[must_use]
pub fn stdout() -> BorrowedFd<'static> {
    rustix::stdio::stdout()
}

/// Standard error, for as long as the process runs.
///
/// ```
/// uv_sys::os::write_all(uv_sys::os::stderr(), b"to stderr\n")?;
/// # Ok::<(), uv_sys::Error>(())
/// ```
#[must_use]
pub fn stderr() -> BorrowedFd<'static> {
    rustix::stdio::stderr()
}

/// Takes a descriptor that the process was started with, besides its standard streams: once. The programs that it runs don't get it
/// any more.
///
/// What a program opens itself is closed on exec, as std has it, and is not taken for one of these.
///
/// # Errors
///
/// `EBADF` for a descriptor that is not open, is closed on exec, was taken already, or has a number below 3 or above 1023.
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
    static TAKEN: [AtomicU64; 16] = [const { AtomicU64::new(0) }; 16];
    let place = usize::try_from(number).ok().filter(|&number| number > 2).ok_or(Error::EBADF)?;
    let taken = TAKEN.get(place / 64).ok_or(Error::EBADF)?;
    // SAFETY: it touches no memory.
    let flags = unsafe { libc::fcntl(number, libc::F_GETFD) };
    if flags < 0 || flags & libc::FD_CLOEXEC != 0 {
        return Err(Error::EBADF);
    }
    let bit = 1 << (place % 64);
    if taken.fetch_or(bit, Ordering::Relaxed) & bit != 0 {
        return Err(Error::EBADF);
    }
    // SAFETY: it touches no memory.
    unsafe { libc::fcntl(number, libc::F_SETFD, flags | libc::FD_CLOEXEC) };
    // SAFETY: it is open. Nobody in the process has made it, as it is not closed on exec, and nobody else gets it from here.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::fd::AsFd;

    #[test]
    fn a_non_blocking_pipe_takes_more_than_it_holds() {
        let (mut reader, writer) = std::io::pipe().unwrap();
        rustix::io::ioctl_fionbio(&writer, true).unwrap();
        let sent = vec![7; 1 << 20];
        let read = std::thread::spawn(move || {
            let mut all = Vec::new();
            reader.read_to_end(&mut all).map(|_| all)
        });
        write_all(writer.as_fd(), &sent).unwrap();
        drop(writer);
        assert!(read.join().unwrap().unwrap() == sent);
    }

    #[test]
    fn a_pipe_without_a_reader_is_an_error() {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        assert_eq!(write_all(writer.as_fd(), b"x"), Err(Error::EPIPE));
    }
}
