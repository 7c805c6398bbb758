//! The requests as futures, for tasks of the loop's own executor and for others on its thread.
//!
//! They take a [`LoopHandle`], which a task can own. A request begins when its function is called. Dropping its future
//! cancels it if no thread has begun with it; what is under way ends, and its result is dropped. On a loop that is gone a
//! request gives `ECANCELED`, and so does one whose loop is dropped before it is done. Its buffer comes back all the same,
//! when no thread uses it any more.
//!
//! ```
//! use uv_fs::future;
//!
//! let lp = uv_loop::Loop::new()?;
//! let handle = lp.handle();
//! let task = lp.spawn_local(async move {
//!     let entries = future::scandir(&handle, "/").await?;
//!     let mut directories = 0;
//!     for entry in entries {
//!         let path = std::path::Path::new("/").join(entry.name());
//!         let stat = future::lstat(&handle, path).await?;
//!         directories += u32::from(stat.file_type() == uv_fs::FileType::Dir);
//!     }
//!     Ok::<u32, uv_fs::FsError>(directories)
//! });
//! assert!(lp.block_on(task)?.unwrap()? > 0);
//! # Ok::<(), std::io::Error>(())
//! ```

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use uv_loop::{Answer, Loop, LoopHandle, RequestFuture};
use uv_sys::Error;

use crate::{FsError, Request, Result};

/// A request of the crate whose callback gives its result alone; and the call's name, for errors.
macro_rules! future {
    ($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) -> $result:ty, $syscall:literal) => {
        $(#[$doc])*
        pub fn $name(lp: &LoopHandle, $($arg: $type),*) -> FsFuture<Result<$result>> {
            FsFuture::new(lp, $syscall, move |lp, answer| crate::$name(lp, $($arg,)* |_, result| answer.give(result)))
        }
    };
}

mod attributes;
mod dir;
mod fd;
mod lent;
mod path;
mod whole;

pub use attributes::{chmod, chown, fchmod, fchown, futime, lchown, lutime, utime};
pub use dir::{closedir, mkdir, mkdtemp, mkstemp, opendir, readdir, rmdir, scandir};
pub use fd::{close, fdatasync, fstat, fsync, ftruncate, read, read_vectored, sendfile, write, write_vectored};
pub use path::{access, copyfile, link, lstat, open, readlink, realpath, rename, stat, statfs, symlink, unlink};
pub use whole::{append_file, copy_tree, mkdir_all, read_file, remove_tree, write_file, write_file_atomic};

use lent::Lent;

/// The future of a request. It panics if it is polled again after it has given the result.
///
/// ```
/// use uv_fs::{Stat, future};
///
/// let lp = uv_loop::Loop::new()?;
/// let stat: future::FsFuture<uv_fs::Result<Stat>> = future::stat(&lp.handle(), "/");
/// assert!(lp.block_on(stat)?.is_ok());
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "dropping it cancels the request"]
pub struct FsFuture<T> {
    /// `None` once it is known that there is no answer.
    request: Option<RequestFuture<T>>,
    lost: Lost<T>,
}

/// What is given if the loop is gone before the request is done.
enum Lost<T> {
    Error(fn(&'static str) -> T, &'static str),
    /// Waits for the buffer.
    WithBuffer(Box<BufferPoll<T>>),
    Given,
}

type BufferPoll<T> = dyn Fn(&mut Context<'_>) -> Poll<T>;

impl<T: 'static> FsFuture<Result<T>> {
    fn new(
        lp: &LoopHandle,
        syscall: &'static str,
        make: impl FnOnce(&Loop, Answer<Result<T>>) -> Request,
    ) -> FsFuture<Result<T>> {
        let request = RequestFuture::new(lp, |lp, answer| make(lp, answer).0);
        FsFuture { request: Some(request), lost: Lost::Error(canceled, syscall) }
    }
}

impl<T: 'static, B: Send + 'static> FsFuture<(Result<T>, B)> {
    /// `make` gets the buffer, which is to come back with the answer.
    fn with_buffer(
        lp: &LoopHandle,
        syscall: &'static str,
        buf: B,
        make: impl FnOnce(&Loop, Lent<B>, Answer<(Result<T>, B)>) -> Request,
    ) -> FsFuture<(Result<T>, B)> {
        let (lent, home) = lent::lend(buf);
        let request = RequestFuture::new(lp, move |lp, answer| make(lp, lent, answer).0);
        let lost = move |cx: &mut Context<'_>| home.poll(cx).map(|buf| (canceled(syscall), buf));
        FsFuture { request: Some(request), lost: Lost::WithBuffer(Box::new(lost)) }
    }
}

impl<T> Future for FsFuture<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        if let Some(request) = &mut self.request {
            if let Some(result) = ready!(Pin::new(request).poll(cx)) {
                return Poll::Ready(result);
            }
            self.request = None;
        }
        let result = match &mut self.lost {
            Lost::Error(error, syscall) => error(syscall),
            Lost::WithBuffer(poll) => ready!(poll(cx)),
            Lost::Given => panic!("the result was given before"),
        };
        self.lost = Lost::Given;
        Poll::Ready(result)
    }
}

impl<T> Unpin for FsFuture<T> {}

impl<T> fmt::Debug for FsFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FsFuture").field("request", &self.request).finish_non_exhaustive()
    }
}

fn canceled<T>(syscall: &'static str) -> Result<T> {
    Err(FsError::new(Error::ECANCELED, syscall))
}
