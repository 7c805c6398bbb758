use std::io;

use crate::pool::Pool;
use crate::size::{DEFAULT_THREADS, Limit};
use crate::worker::Settings;

/// Makes a [`Pool`] of one's own: see [`Pool::builder`].
///
/// ```
/// let pool = uv_pool::Pool::builder()
///     .threads(2)
///     .name("thumbnails")
///     .stack_size(256 * 1024)
///     .build()?;
/// # pool.shutdown();
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Builder {
    threads: usize,
    name: String,
    numbered: bool,
    stack_size: Option<usize>,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self { threads: DEFAULT_THREADS, name: DEFAULT_NAME.into(), numbered: true, stack_size: None }
    }

    /// The largest number of threads: at least 1, at most [`MAX_THREADS`](crate::MAX_THREADS), and
    /// [`DEFAULT_THREADS`](crate::DEFAULT_THREADS) if this is not called.
    ///
    /// ```
    /// let pool = uv_pool::Pool::builder().threads(0).build()?;
    /// assert_eq!(pool.threads(), 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// What the threads' names begin with; `-` and a number from 0 follow. `uv-pool` if this is not called.
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// let pool = uv_pool::Pool::builder().name("dns").build()?;
    /// let (sender, receiver) = mpsc::channel();
    /// let name = || std::thread::current().name().map(str::to_owned);
    /// pool.submit(name, move |name| sender.send(name.unwrap()).unwrap());
    /// assert_eq!(receiver.recv().unwrap().as_deref(), Some("dns-0"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn name(mut self, prefix: impl Into<String>) -> Self {
        self.name = prefix.into();
        self.numbered = true;
        self
    }

    /// The name that all threads have, without a number: as libuv's are all `libuv-worker`.
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// let pool = uv_pool::Pool::builder().same_name("worker").build()?;
    /// let (sender, receiver) = mpsc::channel();
    /// let name = || std::thread::current().name().map(str::to_owned);
    /// pool.submit(name, move |name| sender.send(name.unwrap()).unwrap());
    /// assert_eq!(receiver.recv().unwrap().as_deref(), Some("worker"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn same_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self.numbered = false;
        self
    }

    /// The size of each thread's stack in bytes; the standard library's default if this is not called.
    ///
    /// ```
    /// let pool = uv_pool::Pool::builder().stack_size(64 * 1024).build()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = Some(bytes);
        self
    }

    /// The pool. Its threads are started later, as jobs come.
    ///
    /// ```
    /// let pool = uv_pool::Pool::builder().build()?;
    /// assert!(uv_pool::Pool::builder().name("no\0name").build().is_err());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) if the name has a NUL in it, which no thread's name can have.
    pub fn build(self) -> io::Result<Pool> {
        if self.name.contains('\0') {
            let message = "a thread's name cannot have a NUL in it";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        Ok(Pool::new(Settings {
            limit: Limit::new(self.threads),
            name: self.name,
            numbered: self.numbered,
            stack_size: self.stack_size,
        }))
    }
}

pub(crate) const DEFAULT_NAME: &str = "uv-pool";
