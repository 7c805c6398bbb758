use std::os::fd::{AsFd, BorrowedFd};

use rustix::io::{Errno, retry_on_intr};

use super::code;
use crate::{FsError, Result};

/// Copies up to `len` bytes of `input`, from `offset`, to the position of `output`, and returns how many there were: 0
/// at the end of the input, whose position does not move. As `uv_fs_sendfile`: inside of the kernel where it can, and
/// otherwise by reading and writing.
///
/// # Errors
///
/// Those of [`read`](super::fd::read) at an offset, and those of [`write()`](super::fd::write).
///
/// ```
/// use std::io::Read;
/// use uv_fs::sync;
///
/// let file = tempfile::NamedTempFile::new()?;
/// sync::write_file(file.path(), "0123456789")?;
/// let (mut reader, writer) = std::io::pipe()?;
/// assert_eq!(sync::sendfile(&writer, file.as_file(), 7, 100)?, 3);
/// drop(writer);
/// let mut text = String::new();
/// reader.read_to_string(&mut text)?;
/// assert_eq!(text, "789");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn sendfile(output: impl AsFd, input: impl AsFd, offset: u64, len: usize) -> Result<usize> {
    let (output, input) = (output.as_fd(), input.as_fd());
    let sent = kernel(output, input, offset, len).unwrap_or_else(|| by_hand(output, input, offset, len));
    sent.map_err(|errno| FsError::new(code(errno), "sendfile"))
}

type Sent = std::result::Result<usize, Errno>;

/// `None` where the kernel does not do it for these two.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn kernel(output: BorrowedFd<'_>, input: BorrowedFd<'_>, offset: u64, len: usize) -> Option<Sent> {
    let mut from = offset;
    let range = retry_on_intr(|| rustix::fs::copy_file_range(input, Some(&mut from), output, None, len));
    // Files of the kernel's own say that they are empty here, and are not.
    if let Ok(copied @ 1..) = range {
        return Some(Ok(copied));
    }
    let mut from = offset;
    match retry_on_intr(|| rustix::fs::sendfile(output, input, Some(&mut from), len)) {
        Err(Errno::INVAL | Errno::IO | Errno::NOTSOCK | Errno::XDEV | Errno::NOSYS) => None,
        sent => Some(sent),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn kernel(_: BorrowedFd<'_>, _: BorrowedFd<'_>, _: u64, _: usize) -> Option<Sent> {
    None
}

fn by_hand(output: BorrowedFd<'_>, input: BorrowedFd<'_>, offset: u64, len: usize) -> Sent {
    let mut buf = [0; 8192];
    let mut total = 0;
    while total < len {
        let want = buf.len().min(len - total);
        let read = match retry_on_intr(|| rustix::io::pread(input, &mut buf[..want], offset + total as u64)) {
            Ok(0) => break,
            Ok(read) => read,
            Err(errno) if total == 0 => return Err(errno),
            Err(_) => break,
        };
        // What has been read is not lost by a short write: the offset is the caller's.
        let mut rest = &buf[..read];
        while !rest.is_empty() {
            match retry_on_intr(|| rustix::io::write(output, rest)) {
                Ok(written) => {
                    rest = &rest[written..];
                    total += written;
                }
                Err(errno) if total == 0 => return Err(errno),
                Err(_) => return Ok(total),
            }
        }
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand_as_by_the_kernel() {
        let dir = tempfile::tempdir().unwrap();
        let data: Vec<u8> = (0..20_000u32).map(|i| (i % 251) as u8).collect();
        let input = dir.path().join("input");
        std::fs::write(&input, &data).unwrap();
        let input = std::fs::File::open(input).unwrap();
        for (offset, len) in [(0, 0), (0, 20_000), (5, 9000), (19_990, 100), (20_000, 1), (30_000, 1)] {
            let sent = [true, false].map(|by_kernel| {
                let path = dir.path().join("output");
                let output = std::fs::File::create(&path).unwrap();
                let sent = match by_kernel {
                    true => sendfile(&output, &input, offset, len).unwrap(),
                    false => by_hand(output.as_fd(), input.as_fd(), offset, len).unwrap(),
                };
                (sent, std::fs::read(path).unwrap())
            });
            let end = data.len().min(offset as usize + len);
            let expected = data.get(offset as usize..end).unwrap_or_default();
            assert_eq!(sent[0], (expected.len(), expected.to_vec()));
            assert_eq!(sent[1], sent[0]);
        }
    }

    #[test]
    fn what_the_kernel_cannot_splice_is_copied() {
        // Neither end of an appending file is one for copy_file_range(2) or sendfile(2).
        let file = tempfile::NamedTempFile::new().unwrap();
        let append = std::fs::File::options().append(true).open(file.path()).unwrap();
        let input = std::fs::File::open("/proc/version").unwrap();
        let sent = sendfile(&append, &input, 0, 1000).unwrap();
        assert_eq!(std::fs::read(file.path()).unwrap(), std::fs::read("/proc/version").unwrap());
        assert_eq!(sent, std::fs::metadata(file.path()).unwrap().len() as usize);
    }
}
