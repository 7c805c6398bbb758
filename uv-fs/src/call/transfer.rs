use std::os::fd::{AsFd, BorrowedFd};

use rustix::event::{PollFd, PollFlags};
use rustix::io::{Errno, retry_on_intr};

use super::code;
use crate::{FsError, Result};

/// Copies up to `len` bytes of `input`, from `offset`, to the position of `output`, and returns how many there were: 0
/// at the end of the input, whose position does not move. As `uv_fs_sendfile`: inside of the kernel where it can, and
/// otherwise by reading and writing. What has no offsets, as a pipe or a socket, is read from where it is; an output that does
/// not block is waited for.
///
/// # Errors
///
/// Those of [`read`](super::fd::read), and those of [`write()`](super::fd::write); `EISDIR` for directories, `EOVERFLOW` for an
/// offset that is none for a file, above `i64::MAX`.
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
    match range {
        Ok(1..) => return Some(range),
        // Files of the kernel's own say that they are empty here, and are not.
        Ok(0) => {}
        // It is for files of one file system: what is to be said of others, the next call says. `EBADF` is an appending file, too.
        Err(Errno::NOSYS | Errno::OPNOTSUPP | Errno::XDEV | Errno::INVAL | Errno::IO | Errno::PERM | Errno::BADF) => {}
        Err(_) => return Some(range),
    }
    let mut from = offset;
    match retry_on_intr(|| rustix::fs::sendfile(output, input, Some(&mut from), len)) {
        Err(_) if range.is_ok() => Some(range),
        Err(Errno::INVAL | Errno::IO | Errno::NOTSOCK | Errno::XDEV | Errno::NOSYS | Errno::SPIPE | Errno::AGAIN) => {
            None
        }
        sent => Some(sent),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn kernel(_: BorrowedFd<'_>, _: BorrowedFd<'_>, _: u64, _: usize) -> Option<Sent> {
    None
}

/// What has no offsets, as a pipe, is read from where it is. It waits for an output that has no room.
fn by_hand(output: BorrowedFd<'_>, input: BorrowedFd<'_>, offset: u64, len: usize) -> Sent {
    let mut buf = [0; 8192];
    let (mut total, mut has_offsets) = (0, true);
    while total < len {
        let want = buf.len().min(len - total);
        let read = retry_on_intr(|| match has_offsets {
            true => rustix::io::pread(input, &mut buf[..want], offset.wrapping_add(total as u64)),
            false => rustix::io::read(input, &mut buf[..want]),
        });
        let read = match read {
            Ok(0) => break,
            Ok(read) => read,
            Err(Errno::SPIPE | Errno::IO) if has_offsets && total == 0 => {
                has_offsets = false;
                continue;
            }
            Err(errno) if total == 0 => return Err(errno),
            Err(_) => break,
        };
        // With offsets, what has been read is not lost by a short write: they are the caller's.
        let mut rest = &buf[..read];
        while !rest.is_empty() {
            match retry_on_intr(|| rustix::io::write(output, rest)) {
                Ok(written) => {
                    rest = &rest[written..];
                    total += written;
                }
                Err(Errno::AGAIN) => wait_for_room(output)?,
                Err(errno) if total == 0 || !has_offsets => return Err(errno),
                Err(_) => return Ok(total),
            }
        }
    }
    Ok(total)
}

fn wait_for_room(output: BorrowedFd<'_>) -> std::result::Result<(), Errno> {
    let mut waited = [PollFd::from_borrowed_fd(output, PollFlags::OUT)];
    retry_on_intr(|| rustix::event::poll(&mut waited, None))?;
    // An end that is gone is told by the next write.
    Ok(())
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
    fn what_has_no_offsets_is_read_from_where_it_is() {
        use std::io::{Read, Write};
        let (reader, mut writer) = std::io::pipe().unwrap();
        writer.write_all(b"0123456789").unwrap();
        drop(writer);
        let mut output = tempfile::tempfile().unwrap();
        assert_eq!(sendfile(&output, &reader, 3, 4).unwrap(), 4);
        assert_eq!(sendfile(&output, &reader, 0, 100).unwrap(), 6);
        let mut text = String::new();
        std::io::Seek::rewind(&mut output).unwrap();
        output.read_to_string(&mut text).unwrap();
        assert_eq!(text, "0123456789");
    }

    #[test]
    fn an_output_without_room_is_waited_for() {
        use std::io::{Read, Write};
        use std::os::unix::net::UnixStream;
        let (output, mut other) = UnixStream::pair().unwrap();
        output.set_nonblocking(true).unwrap();
        let mut full = 0;
        while let Ok(count) = (&output).write(&[b'x'; 4096]) {
            full += count;
        }
        let input = tempfile::tempfile().unwrap();
        (&input).write_all(&[b'y'; 5000]).unwrap();
        std::thread::scope(|scope| {
            let sent = scope.spawn(|| sendfile(&output, &input, 0, 5000).unwrap());
            let mut all = vec![0; full + 1];
            other.read_exact(&mut all).unwrap();
            assert_eq!(all.last(), Some(&b'y'));
            let mut rest = vec![0; 4999];
            while !sent.is_finished() {
                std::thread::yield_now();
            }
            let sent = sent.join().unwrap();
            other.read_exact(&mut rest[..sent - 1]).unwrap();
            assert!(rest[..sent - 1].iter().all(|byte| *byte == b'y'));
        });
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let (dir, file) = (std::fs::File::open("/").unwrap(), tempfile::tempfile().unwrap());
        let err = |result: Result<usize>| uv_sys::Error::from(result.unwrap_err());
        assert_eq!(err(sendfile(&dir, &file, 0, 1)), uv_sys::Error::EISDIR);
        assert_eq!(err(sendfile(&file, &dir, 0, 1)), uv_sys::Error::EISDIR);
        assert_eq!(err(sendfile(&file, &file, u64::MAX, 1)), uv_sys::Error::EOVERFLOW);
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
