//! Descriptors.

use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use rustix::io::{Errno, ioctl_fionbio};

use crate::{Error, Result};

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

/// Makes the number of `old` mean what `new` does, close-on-exec; `new`'s own number is closed. Who holds the number
/// keeps it: after a fork, that is how a child gets kernel objects of its own.
pub(crate) fn replace(old: BorrowedFd<'_>, new: OwnedFd) -> Result<()> {
    // SAFETY: the owner stays the owner. This one only lends the number, which is open before the call and after it.
    let mut number = ManuallyDrop::new(unsafe { OwnedFd::from_raw_fd(old.as_raw_fd()) });
    loop {
        match duplicate(&new, &mut number) {
            Ok(()) => return Ok(()),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(Error::from_raw_errno(errno.raw_os_error())),
        }
    }
}

#[cfg(not(target_vendor = "apple"))]
fn duplicate(new: &OwnedFd, number: &mut OwnedFd) -> rustix::io::Result<()> {
    rustix::io::dup3(new, number, rustix::io::DupFlags::CLOEXEC)
}

#[cfg(target_vendor = "apple")]
fn duplicate(new: &OwnedFd, number: &mut OwnedFd) -> rustix::io::Result<()> {
    rustix::io::dup2(new, number)?;
    rustix::io::fcntl_setfd(&*number, rustix::io::FdFlags::CLOEXEC)
}
