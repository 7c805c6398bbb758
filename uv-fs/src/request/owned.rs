use std::ffi::{CStr, OsStr};
use std::fmt;
use std::io::IoSliceMut;
use std::mem;
use std::os::fd::{AsFd, AsRawFd, IntoRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use uv_loop::{JobError, Loop, RemoteWork, WorkOwner};
use uv_sys::Result;

use super::Request;
use crate::cached::{self, Attempt, Effect, FastPath, Miss, Read};
use crate::{Access, OpenFlags, Stat};

/// Does many file requests, each of which is a number to it and has its memory there: see [`OwnedRequests`].
///
/// ```
/// use std::ffi::CStr;
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use uv_fs::{OwnedRequests, RequestOwner, bare};
/// use uv_loop::{JobError, Loop, RunMode};
///
/// /// The sizes of some files.
/// struct Sizes([(&'static CStr, AtomicU64); 2]);
///
/// impl RequestOwner for Sizes {
///     fn run(&self, number: usize) {
///         let (path, size) = &self.0[number];
///         size.store(bare::stat(path).map_or(0, |stat| stat.size), Ordering::Relaxed);
///     }
///     fn done(&self, _: &Loop, number: usize, outcome: Result<(), JobError>) {
///         outcome.unwrap();
///         println!("{:?}: {:?} bytes", self.0[number].0, self.0[number].1);
///     }
/// }
///
/// let lp = Loop::new()?;
/// let sizes = Arc::new(Sizes([(c"/", AtomicU64::new(0)), (c"/dev", AtomicU64::new(0))]));
/// let requests = OwnedRequests::new(sizes.clone());
/// for (number, (path, size)) in sizes.0.iter().enumerate() {
///     if let Some(stat) = requests.stat(&lp, number, path).answer {
///         size.store(stat.map_or(0, |stat| stat.size), Ordering::Relaxed);
///     }
/// }
/// lp.run(RunMode::Default)?;
/// # Ok::<(), uv_loop::Error>(())
/// ```
pub trait RequestOwner: Send + Sync + 'static {
    /// Does the request by a call of [`bare`](crate::bare) or [`sync`](crate::sync), on a thread of the pool. It is left if the request had its answer when
    /// it was made, if it is taken back, and if the loop is gone before a thread begins.
    fn run(&self, number: usize);

    /// The request is done, or was not to be: called once for each, by the loop, and last.
    fn done(&self, lp: &Loop, number: usize, outcome: std::result::Result<(), JobError>);
}

/// A request of an [owner's](RequestOwner) that was made.
///
/// ```
/// # use uv_fs::{OwnedRequests, RequestOwner};
/// # use uv_loop::{JobError, Loop, RunMode};
/// # struct Owner;
/// # impl RequestOwner for Owner {
/// #     fn run(&self, _: usize) {}
/// #     fn done(&self, _: &Loop, _: usize, _: Result<(), JobError>) {}
/// # }
/// let lp = Loop::new()?;
/// let made = OwnedRequests::new(std::sync::Arc::new(Owner)).stat(&lp, 7, c"/");
/// println!("{}", if made.answer.is_some() { "the kernel's caches have the answer" } else { "a thread is to find it" });
/// assert!(made.request.is_pending(&lp));
/// # Ok::<(), uv_loop::Error>(())
/// ```
#[derive(Debug)]
pub struct Made<T> {
    /// It is pending, whether it has its answer or not.
    pub request: Request,
    /// What the kernel's caches answered. If nothing, the owner's [`run`](RequestOwner::run) does the request.
    pub answer: Option<Result<T>>,
}

/// Makes the requests of an owner, for a program that keeps requests in memory of its own: once there were as many at a time
/// they allocate nothing. Whatever [`RequestOwner::run`] needs has to be in its place before
/// the request is made.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use uv_fs::{OwnedRequests, RequestOwner, sync};
/// use uv_loop::{JobError, Loop, RunMode};
///
/// #[derive(Default)]
/// struct Made(AtomicUsize);
///
/// impl RequestOwner for Made {
///     fn run(&self, number: usize) {
///         let made = sync::mkdir(std::env::temp_dir().join(format!("uv-{}-{number}", std::process::id())), 0o700);
///         self.0.fetch_add(usize::from(made.is_ok()), Ordering::Relaxed);
///     }
///     fn done(&self, _: &Loop, number: usize, _: Result<(), JobError>) {
///         sync::rmdir(std::env::temp_dir().join(format!("uv-{}-{number}", std::process::id()))).unwrap();
///     }
/// }
///
/// let lp = Loop::new()?;
/// let made = Arc::new(Made::default());
/// let requests = OwnedRequests::new(made.clone());
/// requests.change(&lp, 1);
/// requests.change(&lp, 2);
/// lp.run(RunMode::Default)?;
/// assert_eq!(made.0.load(Ordering::Relaxed), 2);
/// # Ok::<(), uv_loop::Error>(())
/// ```
#[derive(Clone)]
pub struct OwnedRequests {
    plain: Arc<Owned>,
    positions: Arc<Owned>,
    changes: Arc<Owned>,
}

impl OwnedRequests {
    /// Those of this owner.
    ///
    /// ```
    /// # use uv_fs::{OwnedRequests, RequestOwner};
    /// # use uv_loop::{JobError, Loop};
    /// struct Nothing;
    /// impl RequestOwner for Nothing {
    ///     fn run(&self, _: usize) {}
    ///     fn done(&self, _: &Loop, _: usize, _: Result<(), JobError>) {}
    /// }
    /// let requests = OwnedRequests::new(std::sync::Arc::new(Nothing));
    /// # let _ = requests;
    /// ```
    pub fn new(owner: Arc<dyn RequestOwner>) -> Self {
        // Not only with the first request: see there.
        LazyLock::force(&crate::cached::IS_ON);
        let with = |effect| {
            let (has_unknown, unknown) = (AtomicBool::new(false), Mutex::default());
            Arc::new(Owned { owner: owner.clone(), effect, has_unknown, unknown })
        };
        OwnedRequests { plain: with(Effect::None), positions: with(Effect::Position), changes: with(Effect::Change) }
    }

    /// [`stat`](crate::stat()) of the owner's.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use uv_fs::{Access, OpenFlags, OwnedRequests, RequestOwner, sync};
    /// # use uv_loop::{JobError, Loop, RunMode};
    /// # struct Owner;
    /// # impl RequestOwner for Owner {
    /// #     fn run(&self, _: usize) {}
    /// #     fn done(&self, _: &Loop, _: usize, outcome: Result<(), JobError>) {
    /// #         outcome.unwrap();
    /// #     }
    /// # }
    /// let (lp, requests) = (Loop::new()?, OwnedRequests::new(Arc::new(Owner)));
    /// if let Some(stat) = requests.stat(&lp, 7, c"/").answer {
    ///     assert_eq!(stat?.file_type(), uv_fs::FileType::Dir);
    /// }
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn stat(&self, lp: &Loop, number: usize, path: &CStr) -> Made<Stat> {
        self.look(lp, number, || cached::stat(path), || path_of(path))
    }

    /// [`lstat`](crate::lstat) of the owner's.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use uv_fs::{Access, OpenFlags, OwnedRequests, RequestOwner, sync};
    /// # use uv_loop::{JobError, Loop, RunMode};
    /// # struct Owner;
    /// # impl RequestOwner for Owner {
    /// #     fn run(&self, _: usize) {}
    /// #     fn done(&self, _: &Loop, _: usize, outcome: Result<(), JobError>) {
    /// #         outcome.unwrap();
    /// #     }
    /// # }
    /// let (lp, requests) = (Loop::new()?, OwnedRequests::new(Arc::new(Owner)));
    /// if let Some(stat) = requests.lstat(&lp, 7, c"/").answer {
    ///     assert_eq!(stat?.file_type(), uv_fs::FileType::Dir);
    /// }
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn lstat(&self, lp: &Loop, number: usize, path: &CStr) -> Made<Stat> {
        self.look(lp, number, || cached::lstat(path), || path_of(path))
    }

    /// [`access`](crate::access) of the owner's.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use uv_fs::{Access, OpenFlags, OwnedRequests, RequestOwner, sync};
    /// # use uv_loop::{JobError, Loop, RunMode};
    /// # struct Owner;
    /// # impl RequestOwner for Owner {
    /// #     fn run(&self, _: usize) {}
    /// #     fn done(&self, _: &Loop, _: usize, outcome: Result<(), JobError>) {
    /// #         outcome.unwrap();
    /// #     }
    /// # }
    /// let (lp, requests) = (Loop::new()?, OwnedRequests::new(Arc::new(Owner)));
    /// if let Some(access) = requests.access(&lp, 7, c"/", Access::F_OK).answer {
    ///     assert!(access.is_ok());
    /// }
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn access(&self, lp: &Loop, number: usize, path: &CStr, mode: Access) -> Made<()> {
        self.look(lp, number, || cached::access(path, mode), || path_of(path))
    }

    /// [`open`](crate::open) of the owner's.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use uv_fs::{Access, OpenFlags, OwnedRequests, RequestOwner, sync};
    /// # use uv_loop::{JobError, Loop, RunMode};
    /// # struct Owner;
    /// # impl RequestOwner for Owner {
    /// #     fn run(&self, _: usize) {}
    /// #     fn done(&self, _: &Loop, _: usize, outcome: Result<(), JobError>) {
    /// #         outcome.unwrap();
    /// #     }
    /// # }
    /// let (lp, requests) = (Loop::new()?, OwnedRequests::new(Arc::new(Owner)));
    /// if let Some(fd) = requests.open(&lp, 7, c"/", OpenFlags::RDONLY).answer {
    ///     println!("{:?}", fd?);
    /// }
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn open(&self, lp: &Loop, number: usize, path: &CStr, flags: OpenFlags) -> Made<OwnedFd> {
        if flags.contains(OpenFlags::CREAT) || flags.contains(OpenFlags::TRUNC) {
            return Made { request: self.change(lp, number), answer: None };
        }
        self.look(lp, number, || cached::open(path, flags), || path_of(path))
    }

    /// [`fstat`](crate::fstat) of the owner's.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use uv_fs::{Access, OpenFlags, OwnedRequests, RequestOwner, sync};
    /// # use uv_loop::{JobError, Loop, RunMode};
    /// # struct Owner;
    /// # impl RequestOwner for Owner {
    /// #     fn run(&self, _: usize) {}
    /// #     fn done(&self, _: &Loop, _: usize, outcome: Result<(), JobError>) {
    /// #         outcome.unwrap();
    /// #     }
    /// # }
    /// let (lp, requests) = (Loop::new()?, OwnedRequests::new(Arc::new(Owner)));
    /// let fd = sync::open("/", OpenFlags::RDONLY, 0)?;
    /// if let Some(stat) = requests.fstat(&lp, 7, &fd).answer {
    ///     assert!(stat?.nlink > 0);
    /// }
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn fstat(&self, lp: &Loop, number: usize, fd: impl AsFd) -> Made<Stat> {
        let path = || PathBuf::from(format!("/proc/self/fd/{}", fd.as_fd().as_raw_fd()));
        self.look(lp, number, || cached::fstat(&fd).map(Ok), path)
    }

    /// [`close`](crate::close) of the owner's: closed at once where that cannot take long. Otherwise the descriptor's number
    /// comes back, which [`run`](RequestOwner::run) is to close: it owns what it is the number of, and may already have closed it.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use uv_fs::{Access, OpenFlags, OwnedRequests, RequestOwner, sync};
    /// # use uv_loop::{JobError, Loop, RunMode};
    /// # struct Owner;
    /// # impl RequestOwner for Owner {
    /// #     fn run(&self, _: usize) {}
    /// #     fn done(&self, _: &Loop, _: usize, outcome: Result<(), JobError>) {
    /// #         outcome.unwrap();
    /// #     }
    /// # }
    /// let (lp, requests) = (Loop::new()?, OwnedRequests::new(Arc::new(Owner)));
    /// let fd = sync::open("/dev/null", OpenFlags::RDONLY, 0)?;
    /// if let (_, Some(fd)) = requests.close(&lp, 7, fd) {
    ///     println!("a thread is to close {fd}");
    /// }
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn close(&self, lp: &Loop, number: usize, fd: OwnedFd) -> (Request, Option<RawFd>) {
        let fast_path = lp.extension::<FastPath>();
        // What threads are at may be with this descriptor.
        if lp.active_work() == 0 && fast_path.may_answer(lp, Effect::None) && cached::closes_at_once(&fd) {
            drop(fd);
            return (completed(lp, &self.plain, number), None);
        }
        // Before a thread has it.
        let fd = fd.into_raw_fd();
        (self.queue(lp, number), Some(fd))
    }

    /// [`read`](crate::read) of the owner's.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use uv_fs::{Access, OpenFlags, OwnedRequests, RequestOwner, sync};
    /// # use uv_loop::{JobError, Loop, RunMode};
    /// # struct Owner;
    /// # impl RequestOwner for Owner {
    /// #     fn run(&self, _: usize) {}
    /// #     fn done(&self, _: &Loop, _: usize, outcome: Result<(), JobError>) {
    /// #         outcome.unwrap();
    /// #     }
    /// # }
    /// let (lp, requests) = (Loop::new()?, OwnedRequests::new(Arc::new(Owner)));
    /// let (fd, mut buf) = (tempfile::tempfile()?, [0; 16]);
    /// if let Some(count) = requests.read(&lp, 7, &fd, &mut buf, Some(0)).answer {
    ///     assert_eq!(count?, 0);
    /// }
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn read(&self, lp: &Loop, number: usize, fd: impl AsFd, buf: &mut [u8], offset: Option<u64>) -> Made<usize> {
        self.read_by(lp, number, buf.len(), offset, || match cached::read(&fd, buf, offset) {
            Read::Done(count) => Ok(count),
            Read::Begun(count) => {
                if offset.is_none() && count > 0 {
                    // `run` begins anew.
                    cached::step_back(&fd, count);
                }
                Err(Miss::Uncached)
            }
        })
    }

    /// [`read_vectored`](crate::read_vectored) of the owner's.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use uv_fs::{Access, OpenFlags, OwnedRequests, RequestOwner, sync};
    /// # use uv_loop::{JobError, Loop, RunMode};
    /// # struct Owner;
    /// # impl RequestOwner for Owner {
    /// #     fn run(&self, _: usize) {}
    /// #     fn done(&self, _: &Loop, _: usize, outcome: Result<(), JobError>) {
    /// #         outcome.unwrap();
    /// #     }
    /// # }
    /// let (lp, requests) = (Loop::new()?, OwnedRequests::new(Arc::new(Owner)));
    /// let (fd, mut buf) = (tempfile::tempfile()?, [0; 16]);
    /// let bufs = &mut [std::io::IoSliceMut::new(&mut buf)];
    /// if let Some(count) = requests.read_vectored(&lp, 7, &fd, bufs, Some(0)).answer {
    ///     assert_eq!(count?, 0);
    /// }
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn read_vectored(
        &self,
        lp: &Loop,
        number: usize,
        fd: impl AsFd,
        bufs: &mut [IoSliceMut<'_>],
        offset: Option<u64>,
    ) -> Made<usize> {
        let len = bufs.iter().map(|buf| buf.len()).sum();
        self.read_by(lp, number, len, offset, || cached::read_slices(&fd, bufs, offset))
    }

    fn read_by(
        &self,
        lp: &Loop,
        number: usize,
        len: usize,
        offset: Option<u64>,
        attempt: impl FnOnce() -> Attempt<usize>,
    ) -> Made<usize> {
        let (effect, owner) = match offset {
            None => (Effect::Position, &self.positions),
            Some(_) => (Effect::None, &self.plain),
        };
        let fast_path = lp.extension::<FastPath>();
        if fast_path.may_read(lp, effect, len)
            && let Ok(count) = attempt()
        {
            return Made { request: completed(lp, &self.plain, number), answer: Some(Ok(count)) };
        }
        Made { request: queue(lp, &fast_path, owner, number), answer: None }
    }

    /// Any request that changes files or names, a write among them.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use uv_fs::{Access, OpenFlags, OwnedRequests, RequestOwner, sync};
    /// # use uv_loop::{JobError, Loop, RunMode};
    /// # struct Owner;
    /// # impl RequestOwner for Owner {
    /// #     fn run(&self, _: usize) {}
    /// #     fn done(&self, _: &Loop, _: usize, outcome: Result<(), JobError>) {
    /// #         outcome.unwrap();
    /// #     }
    /// # }
    /// let (lp, requests) = (Loop::new()?, OwnedRequests::new(Arc::new(Owner)));
    /// let request = requests.change(&lp, 7);
    /// assert!(request.is_pending(&lp));
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn change(&self, lp: &Loop, number: usize) -> Request {
        queue(lp, &lp.extension(), &self.changes, number)
    }

    /// Any other request.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use uv_fs::{Access, OpenFlags, OwnedRequests, RequestOwner, sync};
    /// # use uv_loop::{JobError, Loop, RunMode};
    /// # struct Owner;
    /// # impl RequestOwner for Owner {
    /// #     fn run(&self, _: usize) {}
    /// #     fn done(&self, _: &Loop, _: usize, outcome: Result<(), JobError>) {
    /// #         outcome.unwrap();
    /// #     }
    /// # }
    /// let (lp, requests) = (Loop::new()?, OwnedRequests::new(Arc::new(Owner)));
    /// let request = requests.queue(&lp, 7);
    /// assert!(request.is_pending(&lp));
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn queue(&self, lp: &Loop, number: usize) -> Request {
        queue(lp, &lp.extension(), &self.plain, number)
    }

    /// One whose answer the owner has in its place already.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use uv_fs::{OwnedRequests, RequestOwner};
    /// # use uv_loop::{JobError, Loop, RunMode};
    /// # struct Owner;
    /// # impl RequestOwner for Owner {
    /// #     fn run(&self, _: usize) {}
    /// #     fn done(&self, _: &Loop, _: usize, outcome: Result<(), JobError>) {
    /// #         outcome.unwrap();
    /// #     }
    /// # }
    /// let (lp, requests) = (Loop::new()?, OwnedRequests::new(Arc::new(Owner)));
    /// let request = requests.complete(&lp, 7);
    /// assert!(request.is_pending(&lp));
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn complete(&self, lp: &Loop, number: usize) -> Request {
        completed(lp, &self.plain, number)
    }

    /// Any request, which another thread than the loop's submits, for the loop to [adopt](OwnedRequests::adopt).
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use uv_fs::{OwnedRequests, RequestOwner};
    /// # use uv_loop::{JobError, Lane, Loop, RunMode};
    /// # struct Owner;
    /// # impl RequestOwner for Owner {
    /// #     fn run(&self, _: usize) {}
    /// #     fn done(&self, _: &Loop, _: usize, outcome: Result<(), JobError>) {
    /// #         outcome.unwrap();
    /// #     }
    /// # }
    /// let (lp, requests) = (Loop::new()?, OwnedRequests::new(Arc::new(Owner)));
    /// let remote = requests.remote(7);
    /// requests.adopt(&lp, &remote)?;
    /// let pool = lp.pool().clone();
    /// std::thread::spawn(move || remote.submit(&pool, Lane::Fast));
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn remote(&self, number: usize) -> RemoteWork {
        RemoteWork::new(self.changes.clone(), number)
    }

    /// Makes what [`remote`](OwnedRequests::remote) of this owner has made a request of this loop's, before or after it is submitted.
    ///
    /// # Errors
    ///
    /// `EBUSY` if a loop has it already.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use uv_fs::{OwnedRequests, RequestOwner};
    /// # use uv_loop::{JobError, Lane, Loop, RunMode};
    /// # struct Owner;
    /// # impl RequestOwner for Owner {
    /// #     fn run(&self, _: usize) {}
    /// #     fn done(&self, _: &Loop, _: usize, outcome: Result<(), JobError>) {
    /// #         outcome.unwrap();
    /// #     }
    /// # }
    /// let (lp, requests) = (Loop::new()?, OwnedRequests::new(Arc::new(Owner)));
    /// let remote = requests.remote(7);
    /// remote.submit(lp.pool(), Lane::Fast);
    /// assert!(requests.adopt(&lp, &remote)?.is_pending(&lp));
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn adopt(&self, lp: &Loop, remote: &RemoteWork) -> Result<Request> {
        let work = lp.adopt_work(remote)?;
        // What the caches have is not asked for meanwhile: it may change something.
        lp.extension::<FastPath>().begin(self.changes.effect);
        Ok(Request(work))
    }

    fn look<T>(
        &self,
        lp: &Loop,
        number: usize,
        attempt: impl FnOnce() -> Attempt<Result<T>>,
        path: impl FnOnce() -> PathBuf,
    ) -> Made<T> {
        let fast_path = lp.extension::<FastPath>();
        if fast_path.may_answer(lp, Effect::None) {
            match attempt() {
                Ok(answer) => return Made { request: completed(lp, &self.plain, number), answer: Some(answer) },
                Err(Miss::Uncached) => {}
                Err(Miss::UnknownMount) => self.plain.add_unknown(path()),
            }
        }
        Made { request: queue(lp, &fast_path, &self.plain, number), answer: None }
    }
}

fn path_of(path: &CStr) -> PathBuf {
    OsStr::from_bytes(path.to_bytes()).into()
}

fn completed(lp: &Loop, owner: &Arc<Owned>, number: usize) -> Request {
    Request(lp.queue_completed_from(owner.clone(), number))
}

fn queue(lp: &Loop, fast_path: &FastPath, owner: &Arc<Owned>, number: usize) -> Request {
    fast_path.begin(owner.effect);
    Request(lp.queue_work_from(owner.clone(), number))
}

impl fmt::Debug for OwnedRequests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedRequests").finish_non_exhaustive()
    }
}

/// The owner of requests which all have this effect.
struct Owned {
    owner: Arc<dyn RequestOwner>,
    effect: Effect,
    /// Paths to file systems of which it is to be learnt on the pool what they are.
    unknown: Mutex<Vec<PathBuf>>,
    has_unknown: AtomicBool,
}

/// So many are enough: there will be others.
const UNKNOWN: usize = 16;

impl Owned {
    fn add_unknown(&self, path: PathBuf) {
        let mut unknown = self.unknown.lock().unwrap_or_else(PoisonError::into_inner);
        if unknown.len() < UNKNOWN {
            unknown.push(path);
            self.has_unknown.store(true, Ordering::Release);
        }
    }

    fn learn(&self) {
        let unknown = mem::take(&mut *self.unknown.lock().unwrap_or_else(PoisonError::into_inner));
        for path in unknown {
            cached::learn_of_path(&path);
        }
    }
}

impl WorkOwner for Owned {
    fn run(&self, number: usize) {
        if self.has_unknown.swap(false, Ordering::AcqRel) {
            self.learn();
        }
        self.owner.run(number);
    }

    fn done(&self, lp: &Loop, number: usize, outcome: std::result::Result<(), JobError>) {
        // An answer has no effect, and is `plain`.
        if self.effect != Effect::None {
            lp.extension::<FastPath>().end(self.effect);
        }
        self.owner.done(lp, number, outcome);
    }
}
