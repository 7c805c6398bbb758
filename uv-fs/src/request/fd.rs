use std::borrow::{Borrow, BorrowMut};
use std::cell::Cell;
use std::io::{IoSlice, IoSliceMut};
use std::marker::PhantomData;
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;
use std::sync::Arc;

use uv_loop::{Loop, Work};

use super::{Request, completed, on_buffer, on_fd};
use crate::cached::{self, Effect, FastPath, Held, Miss, Read};
use crate::{Result, Stat, sync};

/// [`sync::close`] on the pool. As `uv_fs_close`.
///
/// ```
/// use uv_fs::{OpenFlags, sync};
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let fd = sync::open("/dev/null", OpenFlags::RDONLY, 0)?;
/// uv_fs::close(&lp, fd, |_, result| result.unwrap());
/// lp.run(RunMode::Default)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn close(lp: &Loop, fd: impl Into<Arc<OwnedFd>>, cb: impl FnOnce(&Loop, Result<()>) + 'static) -> Request {
    let fd = fd.into();
    let fast_path = lp.extension::<FastPath>();
    if fast_path.may_answer(lp, Effect::None) && (Arc::strong_count(&fd) > 1 || cached::closes_at_once(&fd)) {
        let result = sync::close(fd);
        return completed(lp, move |lp| cb(lp, result));
    }
    on_fd(lp, Effect::None, "close", || sync::close(fd), cb)
}

/// [`sync::read`] on the pool: reads up to `buf.len()` bytes, and hands the buffer back with their
/// number. As `uv_fs_read`.
///
/// ```
/// use std::sync::Arc;
/// use uv_fs::OpenFlags;
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let file = tempfile::NamedTempFile::new()?;
/// uv_fs::sync::write_file(file.path(), "hello")?;
/// let fd = Arc::new(uv_fs::sync::open(file.path(), OpenFlags::RDONLY, 0)?);
/// uv_fs::read(&lp, fd, vec![0; 1024], Some(1), |_, count, buf| {
///     assert_eq!(&buf[..count.unwrap()], b"ello");
/// });
/// lp.run(RunMode::Default)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn read<B: AsMut<[u8]> + Send + 'static>(
    lp: &Loop,
    fd: impl AsFd + Send + 'static,
    buf: B,
    offset: Option<u64>,
    cb: impl FnOnce(&Loop, Result<usize>, B) + 'static,
) -> Request {
    read_into::<B, B>(lp, fd, buf, offset, cb)
}

/// [`read`] into something that has the buffer.
pub(crate) fn read_into<T: AsMut<[u8]> + 'static, B: BorrowMut<T> + Send + 'static>(
    lp: &Loop,
    fd: impl AsFd + Send + 'static,
    buf: B,
    offset: Option<u64>,
    cb: impl FnOnce(&Loop, Result<usize>, B) + 'static,
) -> Request {
    let effect = if offset.is_none() { Effect::Position } else { Effect::None };
    let mut reading = Reading { fd, buf, offset, begun: 0, buffer: PhantomData };
    let len = reading.len();
    let fast_path = lp.extension::<FastPath>();
    let holds = effect == Effect::None && fast_path.may_hold(lp, len);
    if (holds && fast_path.may_answer(lp, effect)) || fast_path.may_read(lp, effect, len) {
        // What is behind is most probably there if the beginning is.
        match reading.go_on(if holds { PROBE } else { len }) {
            Some(PROBE) if holds => return hold(lp, &fast_path, reading, cb),
            Some(count) => return completed(lp, move |lp| cb(lp, Ok(count), reading.buf)),
            None => {}
        }
    }
    read_on_pool(lp, effect, reading, cb)
}

/// So much of a large read is read first.
const PROBE: usize = 4 << 10;

/// A read under way into what has a `T`.
struct Reading<F, T, B> {
    fd: F,
    buf: B,
    offset: Option<u64>,
    begun: usize,
    buffer: PhantomData<fn(T)>,
}

impl<F: AsFd, T: AsMut<[u8]>, B: BorrowMut<T>> Reading<F, T, B> {
    fn len(&mut self) -> usize {
        self.buf.borrow_mut().as_mut().len()
    }

    /// Reads up to `end` what the caches have: how much there is in all, if no call that may block would have given more.
    #[inline]
    fn go_on(&mut self, end: usize) -> Option<usize> {
        let (begun, at) = (self.begun, self.offset.map(|offset| offset.saturating_add(self.begun as u64)));
        let buf = self.buf.borrow_mut().as_mut();
        let end = end.min(buf.len());
        match cached::read(&self.fd, &mut buf[begun.min(end)..end], at) {
            Read::Done(count) => Some(begun + count),
            Read::Begun(count) => {
                self.begun += count;
                None
            }
        }
    }
}

fn read_on_pool<F: AsFd + Send + 'static, T: AsMut<[u8]> + 'static, B: BorrowMut<T> + Send + 'static>(
    lp: &Loop,
    effect: Effect,
    reading: Reading<F, T, B>,
    cb: impl FnOnce(&Loop, Result<usize>, B) + 'static,
) -> Request {
    let Reading { fd, buf, offset, begun, .. } = reading;
    let call = move |buf: &mut B| {
        let rest = sync::read(fd, &mut buf.borrow_mut().as_mut()[begun..], offset.map(|offset| offset + begun as u64));
        // What the cache had is not lost to an error behind it, as a single read would not lose it.
        if begun > 0 { Ok(begun + rest.unwrap_or(0)) } else { rest }
    };
    on_buffer(lp, effect, "read", buf, call, cb)
}

/// A large read that waits for its poll phase, where the loop would only wait for the threads: so each has something to do.
struct Waiting<R> {
    /// And how much there is, once that is known. Out of its place while it is read.
    reading: Cell<Option<(R, Option<usize>)>>,
    work: Cell<Option<Work>>,
    is_unref: Cell<bool>,
}

impl<F: AsFd, T: AsMut<[u8]>, B: BorrowMut<T>> Held for Waiting<Reading<F, T, B>> {
    fn settle(&self) {
        if let Some((mut reading, mut count)) = self.reading.take() {
            if count.is_none() {
                count = reading.go_on(usize::MAX);
            }
            self.reading.set(Some((reading, count)));
        }
    }

    fn work(&self) -> Option<Work> {
        self.work.get()
    }

    fn unref(&self) {
        self.is_unref.set(true);
    }
}

fn hold<F: AsFd + Send + 'static, T: AsMut<[u8]> + 'static, B: BorrowMut<T> + Send + 'static>(
    lp: &Loop,
    fast_path: &FastPath,
    mut reading: Reading<F, T, B>,
    cb: impl FnOnce(&Loop, Result<usize>, B) + 'static,
) -> Request {
    reading.begun = PROBE;
    let reading = Cell::new(Some((reading, None)));
    let waiting = Rc::new(Waiting { reading, work: Cell::new(None), is_unref: Cell::new(false) });
    fast_path.hold(waiting.clone());
    let later = waiting.clone();
    let work = lp.queue_completed(move |lp| {
        let fast_path = lp.extension::<FastPath>();
        later.settle();
        fast_path.let_go();
        let Some((reading, count)) = later.reading.take() else { return };
        if let Some(count) = count {
            return cb(lp, Ok(count), reading.buf);
        }
        let Some(before) = later.work.get() else { return };
        let moved = read_on_pool(lp, Effect::None, reading, move |lp, result, buf| {
            lp.extension::<FastPath>().forget(before);
            cb(lp, result, buf);
        });
        fast_path.move_to(before, moved.0);
        if later.is_unref.get() {
            // It is pending.
            let _ = moved.0.unref(lp);
        }
    });
    waiting.work.set(Some(work));
    Request(work)
}

/// [`sync::read_vectored`] on the pool: the buffers are filled one after the other, and handed back. As `uv_fs_read`.
///
/// ```
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let file = tempfile::NamedTempFile::new()?;
/// uv_fs::sync::write_file(file.path(), "headbody")?;
/// uv_fs::read_vectored(&lp, file.reopen()?, vec![vec![0; 4], vec![0; 4]], Some(0), |_, count, bufs| {
///     assert_eq!((count.unwrap(), bufs), (8, vec![b"head".to_vec(), b"body".to_vec()]));
/// });
/// lp.run(RunMode::Default)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn read_vectored<B: AsMut<[u8]> + Send + 'static>(
    lp: &Loop,
    fd: impl AsFd + Send + 'static,
    bufs: Vec<B>,
    offset: Option<u64>,
    cb: impl FnOnce(&Loop, Result<usize>, Vec<B>) + 'static,
) -> Request {
    read_vectored_into::<B, Vec<B>>(lp, fd, bufs, offset, cb)
}

/// [`read_vectored`] into something that has the buffers.
pub(crate) fn read_vectored_into<T: AsMut<[u8]>, B: BorrowMut<Vec<T>> + Send + 'static>(
    lp: &Loop,
    fd: impl AsFd + Send + 'static,
    mut bufs: B,
    offset: Option<u64>,
    cb: impl FnOnce(&Loop, Result<usize>, B) + 'static,
) -> Request {
    let len = bufs.borrow_mut().iter_mut().map(|buf| buf.as_mut().len()).sum();
    let fast_path = lp.extension::<FastPath>();
    if fast_path.may_read(lp, Effect::None, len)
        && let Ok(count) = cached::read_vectored(&fd, bufs.borrow_mut(), offset)
    {
        return completed(lp, move |lp| cb(lp, Ok(count), bufs));
    }
    let effect = if offset.is_none() { Effect::Position } else { Effect::None };
    let call = move |bufs: &mut B| {
        let mut slices: Vec<_> = bufs.borrow_mut().iter_mut().map(|buf| IoSliceMut::new(buf.as_mut())).collect();
        sync::read_vectored(fd, &mut slices, offset)
    };
    on_buffer(lp, effect, "read", bufs, call, cb)
}

/// [`sync::write`] on the pool, and the data handed back. As `uv_fs_write`.
///
/// ```
/// use std::sync::Arc;
/// use uv_fs::OpenFlags;
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let file = tempfile::NamedTempFile::new()?;
/// let fd = Arc::new(uv_fs::sync::open(file.path(), OpenFlags::WRONLY, 0)?);
/// uv_fs::write(&lp, fd, "hello", None, |_, count, data| {
///     assert_eq!(count.unwrap(), data.len());
/// });
/// lp.run(RunMode::Default)?;
/// assert_eq!(uv_fs::sync::read_file(file.path())?, b"hello");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write<B: AsRef<[u8]> + Send + 'static>(
    lp: &Loop,
    fd: impl AsFd + Send + 'static,
    data: B,
    offset: Option<u64>,
    cb: impl FnOnce(&Loop, Result<usize>, B) + 'static,
) -> Request {
    on_buffer(lp, Effect::Change, "write", data, move |data| sync::write(fd, (*data).as_ref(), offset), cb)
}

/// [`sync::write_vectored`] on the pool, and the data handed back. As `uv_fs_write`.
///
/// ```
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let file = tempfile::NamedTempFile::new()?;
/// uv_fs::write_vectored(&lp, file.reopen()?, vec!["head", "body"], None, |_, count, _| {
///     assert_eq!(count.unwrap(), 8);
/// });
/// lp.run(RunMode::Default)?;
/// assert_eq!(uv_fs::sync::read_file(file.path())?, b"headbody");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write_vectored<B: AsRef<[u8]> + Send + 'static>(
    lp: &Loop,
    fd: impl AsFd + Send + 'static,
    data: Vec<B>,
    offset: Option<u64>,
    cb: impl FnOnce(&Loop, Result<usize>, Vec<B>) + 'static,
) -> Request {
    write_vectored_from(lp, fd, data, offset, cb)
}

/// [`write_vectored`] from something that has the data.
pub(crate) fn write_vectored_from<B: AsRef<[u8]>, D: Borrow<Vec<B>> + Send + 'static>(
    lp: &Loop,
    fd: impl AsFd + Send + 'static,
    data: D,
    offset: Option<u64>,
    cb: impl FnOnce(&Loop, Result<usize>, D) + 'static,
) -> Request {
    let call = move |data: &mut D| {
        let slices: Vec<_> = (*data).borrow().iter().map(|piece| IoSlice::new(piece.as_ref())).collect();
        sync::write_vectored(fd, &slices, offset)
    };
    on_buffer(lp, Effect::Change, "write", data, call, cb)
}

/// [`sync::sendfile`] on the pool. As `uv_fs_sendfile`.
///
/// ```
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let (input, output) = (tempfile::NamedTempFile::new()?, tempfile::NamedTempFile::new()?);
/// uv_fs::sync::write_file(input.path(), "sent")?;
/// uv_fs::sendfile(&lp, output.reopen()?, input.reopen()?, 0, 100, |_, sent| assert_eq!(sent.unwrap(), 4));
/// lp.run(RunMode::Default)?;
/// assert_eq!(uv_fs::sync::read_file(output.path())?, b"sent");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn sendfile(
    lp: &Loop,
    output: impl AsFd + Send + 'static,
    input: impl AsFd + Send + 'static,
    offset: u64,
    len: usize,
    cb: impl FnOnce(&Loop, Result<usize>) + 'static,
) -> Request {
    on_fd(lp, Effect::Change, "sendfile", move || sync::sendfile(output, input, offset, len), cb)
}

/// [`sync::fstat`] on the pool. As `uv_fs_fstat`.
///
/// ```
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// uv_fs::fstat(&lp, std::fs::File::open("/dev/null")?, |_, stat| assert_eq!(stat.unwrap().size, 0));
/// lp.run(RunMode::Default)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn fstat(lp: &Loop, fd: impl AsFd + Send + 'static, cb: impl FnOnce(&Loop, Result<Stat>) + 'static) -> Request {
    let mut unknown = false;
    let fast_path = lp.extension::<FastPath>();
    if fast_path.may_answer(lp, Effect::None) {
        match cached::fstat(&fd) {
            Ok(stat) => return completed(lp, move |lp| cb(lp, Ok(stat))),
            Err(miss) => unknown = miss == Miss::UnknownMount,
        }
    }
    let call = move || {
        if unknown {
            cached::learn_of(&fd);
        }
        sync::fstat(fd)
    };
    on_fd(lp, Effect::None, "fstat", call, cb)
}

/// [`sync::ftruncate`] on the pool. As `uv_fs_ftruncate`.
///
/// ```
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let file = tempfile::NamedTempFile::new()?;
/// uv_fs::ftruncate(&lp, file.reopen()?, 10, |_, result| result.unwrap());
/// lp.run(RunMode::Default)?;
/// assert_eq!(file.as_file().metadata()?.len(), 10);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn ftruncate(
    lp: &Loop,
    fd: impl AsFd + Send + 'static,
    len: u64,
    cb: impl FnOnce(&Loop, Result<()>) + 'static,
) -> Request {
    on_fd(lp, Effect::Change, "ftruncate", move || sync::ftruncate(fd, len), cb)
}

/// [`sync::fsync`] on the pool. As `uv_fs_fsync`.
///
/// ```
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// uv_fs::fsync(&lp, tempfile::tempfile()?, |_, result| result.unwrap());
/// lp.run(RunMode::Default)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn fsync(lp: &Loop, fd: impl AsFd + Send + 'static, cb: impl FnOnce(&Loop, Result<()>) + 'static) -> Request {
    on_fd(lp, Effect::None, "fsync", || sync::fsync(fd), cb)
}

/// [`sync::fdatasync`] on the pool. As `uv_fs_fdatasync`.
///
/// ```
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// uv_fs::fdatasync(&lp, tempfile::tempfile()?, |_, result| result.unwrap());
/// lp.run(RunMode::Default)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn fdatasync(lp: &Loop, fd: impl AsFd + Send + 'static, cb: impl FnOnce(&Loop, Result<()>) + 'static) -> Request {
    on_fd(lp, Effect::None, "fdatasync", || sync::fdatasync(fd), cb)
}
