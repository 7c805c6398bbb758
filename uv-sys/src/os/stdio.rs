//! The standard streams.

use std::os::fd::BorrowedFd;

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
