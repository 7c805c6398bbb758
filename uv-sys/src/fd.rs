use std::os::fd::BorrowedFd;

use rustix::io::ioctl_fionbio;

use crate::Result;

/// Has reads and writes of the descriptor give `EAGAIN` instead of blocking, or ends that: libuv's `uv__nonblock`.
///
/// It holds for the open file, and so for all descriptors of it, also those of other processes.
///
/// # Errors
///
/// `EBADF` if it is not open.
///
/// ```
/// use std::io::{ErrorKind, Read};
/// use std::os::fd::AsFd;
///
/// let (mut reader, _writer) = std::io::pipe()?;
/// uv_sys::set_nonblocking(reader.as_fd(), true)?;
/// assert_eq!(reader.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn set_nonblocking(fd: BorrowedFd<'_>, on: bool) -> Result<()> {
    Ok(ioctl_fionbio(fd, on).map_err(std::io::Error::from)?)
}
