//! The asynchronous form of the calls: each on a thread of the loop's pool, its result in the loop.

pub(crate) mod attributes;
pub(crate) mod dir;
pub(crate) mod fd;
pub(crate) mod owned;
pub(crate) mod path;
pub(crate) mod whole;

use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use uv_loop::{JobError, Loop, Work};
use uv_sys::Error;

use crate::cached::{self, Attempt, Effect, FastPath, Miss};
use crate::{FsError, Result};

/// A request on its way, as `uv_fs_t`. It may be copied, and forgotten.
///
/// ```
/// use uv_loop::{Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let request = uv_fs::stat(&lp, "/", |_, stat| assert!(stat.is_ok()));
/// assert!(request.is_pending(&lp));
/// lp.run(RunMode::Default)?;
/// assert!(!request.is_pending(&lp));
/// # Ok::<(), uv_loop::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Request(pub(crate) Work);

impl Request {
    /// Takes the request back if no thread has begun with it, as `uv_cancel`. Its callback is called
    /// all the same, from the loop, with `ECANCELED`.
    ///
    /// # Errors
    ///
    /// `EBUSY` if a thread is at it or it is done; `EINVAL` if its callback has been called.
    ///
    /// ```
    /// use uv_loop::{Error, Loop, Pool, RunMode};
    ///
    /// let lp = Loop::builder().pool(Pool::builder().threads(1).build()?).build()?;
    /// let (hold, held) = std::sync::mpsc::channel::<()>();
    /// lp.queue_work(move || held.recv(), |_, _| {});
    /// let request = uv_fs::rmdir(&lp, "/precious", |_, result| {
    ///     assert_eq!(result.unwrap_err().to_string(), "ECANCELED: operation canceled, rmdir '/precious'");
    /// });
    /// request.cancel(&lp)?;
    /// drop(hold);
    /// lp.run(RunMode::Default)?;
    /// assert_eq!(request.cancel(&lp), Err(Error::EINVAL));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn cancel(self, lp: &Loop) -> uv_sys::Result<()> {
        self.current(lp).cancel(lp)
    }

    /// Lets the loop end, and close, although the request is under way: see [`Work::unref`](uv_loop::Work::unref).
    ///
    /// # Errors
    ///
    /// `EINVAL` if its callback has been called.
    ///
    /// ```
    /// use uv_loop::{Loop, RunMode};
    ///
    /// let lp = Loop::new()?;
    /// uv_fs::stat(&lp, "/", |_, _| {}).unref(&lp)?;
    /// assert!(!lp.run(RunMode::Default)?);
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn unref(self, lp: &Loop) -> uv_sys::Result<()> {
        lp.extension::<FastPath>().unref(self.0);
        self.current(lp).unref(lp)
    }

    /// Whether the request's callback is still to be called.
    ///
    /// ```
    /// # use uv_loop::Loop;
    /// let lp = Loop::new()?;
    /// assert!(uv_fs::read_file(&lp, "/dev/null", |_, _| {}).is_pending(&lp));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn is_pending(self, lp: &Loop) -> bool {
        self.current(lp).is_pending(lp)
    }

    fn current(self, lp: &Loop) -> Work {
        lp.extension::<FastPath>().current(self.0)
    }
}

/// A request that was given no path.
fn on_fd<T: Send + 'static>(
    lp: &Loop,
    effect: Effect,
    syscall: &'static str,
    call: impl FnOnce() -> Result<T> + Send + 'static,
    cb: impl FnOnce(&Loop, Result<T>) + 'static,
) -> Request {
    submit(lp, effect, move |error| FsError::new(error, syscall), call, cb)
}

fn on_path<T: Send + 'static>(
    lp: &Loop,
    effect: Effect,
    syscall: &'static str,
    path: PathBuf,
    call: impl FnOnce(&Path) -> Result<T> + Send + 'static,
    cb: impl FnOnce(&Loop, Result<T>) + 'static,
) -> Request {
    let path = Arc::new(path);
    let named = path.clone();
    submit(
        lp,
        effect,
        move |error| FsError::new(error, syscall).with_path(Arc::unwrap_or_clone(named)),
        move || call(&path),
        cb,
    )
}

fn on_paths<T: Send + 'static>(
    lp: &Loop,
    effect: Effect,
    syscall: &'static str,
    path: PathBuf,
    dest: PathBuf,
    call: impl FnOnce(&Path, &Path) -> Result<T> + Send + 'static,
    cb: impl FnOnce(&Loop, Result<T>) + 'static,
) -> Request {
    let paths = Arc::new((path, dest));
    let named = paths.clone();
    submit(
        lp,
        effect,
        move |error| {
            let (path, dest) = Arc::unwrap_or_clone(named);
            FsError::new(error, syscall).with_path(path).with_dest(dest)
        },
        move || call(&paths.0, &paths.1),
        cb,
    )
}

/// A request whose answer may be in the kernel's caches, where `attempt` looks for it. Only the pool needs a path of its own.
fn on_cached_path<T: Send + 'static>(
    lp: &Loop,
    syscall: &'static str,
    path: impl AsRef<Path> + Into<PathBuf>,
    attempt: impl FnOnce(&Path) -> Attempt<uv_sys::Result<T>>,
    call: impl FnOnce(&Path) -> Result<T> + Send + 'static,
    cb: impl FnOnce(&Loop, Result<T>) + 'static,
) -> Request {
    let fast_path = lp.extension::<FastPath>();
    if !fast_path.may_answer(lp, Effect::None) {
        return on_path(lp, Effect::None, syscall, path.into(), call, cb);
    }
    match attempt(path.as_ref()) {
        Ok(Ok(answer)) => completed(lp, move |lp| cb(lp, Ok(answer))),
        Ok(Err(error)) => {
            let error = FsError::new(error, syscall).with_path(path);
            completed(lp, move |lp| cb(lp, Err(error)))
        }
        Err(Miss::Uncached) => on_path(lp, Effect::None, syscall, path.into(), call, cb),
        Err(Miss::UnknownMount) => {
            let call = move |path: &Path| {
                cached::learn_of_path(path);
                call(path)
            };
            on_path(lp, Effect::None, syscall, path.into(), call, cb)
        }
    }
}

/// A request that works on a buffer, which comes back whether the request ran or not.
fn on_buffer<B: Send + 'static, T: Send + 'static>(
    lp: &Loop,
    effect: Effect,
    syscall: &'static str,
    buf: B,
    call: impl FnOnce(&mut B) -> Result<T> + Send + 'static,
    cb: impl FnOnce(&Loop, Result<T>, B) + 'static,
) -> Request {
    let kept = Arc::new(Mutex::new(Some(buf)));
    let lent = kept.clone();
    let take = |slot: &Mutex<Option<B>>| {
        let buf = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        buf.expect("either the call takes the buffer, or the callback of a call that was not made")
    };
    let call = move || {
        let mut buf = take(&lent);
        let result = call(&mut buf);
        (result, buf)
    };
    let counted = lp.extension::<FastPath>().count(effect);
    Request(lp.queue_work(call, move |lp, done| {
        drop(counted);
        match done {
            Ok((result, buf)) => cb(lp, result, buf),
            Err(reason) => {
                let error = FsError::new(refusal(reason), syscall);
                cb(lp, Err(error), take(&kept));
            }
        }
    }))
}

/// `refused` makes the error of a call that was not made.
fn submit<T: Send + 'static>(
    lp: &Loop,
    effect: Effect,
    refused: impl FnOnce(Error) -> FsError + 'static,
    call: impl FnOnce() -> Result<T> + Send + 'static,
    cb: impl FnOnce(&Loop, Result<T>) + 'static,
) -> Request {
    let counted = lp.extension::<FastPath>().count(effect);
    Request(lp.queue_work(call, move |lp, done| {
        drop(counted);
        cb(lp, done.unwrap_or_else(|reason| Err(refused(refusal(reason)))));
    }))
}

/// A request that has its answer.
fn completed(lp: &Loop, cb: impl FnOnce(&Loop) + 'static) -> Request {
    Request(lp.queue_completed(cb))
}

/// A panic on the pool is one of the caller's own code (its descriptor's `AsFd`, its buffer's
/// `AsRef`), so it goes on where the caller is.
fn refusal(reason: JobError) -> Error {
    match reason {
        JobError::Panicked(payload) => resume_unwind(payload),
        JobError::NoThreads(error) => Error::from(error),
        _ => Error::ECANCELED,
    }
}
