use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use uv_loop::{Handle, HandleId, HandleKind, Loop, Timer};
use uv_sys::Error;

use super::Slot;
use crate::{Request, Result, Stat};

/// Tells of changes of a file by asking for its [`Stat`] again and again, as `uv_fs_poll_t`. It works on every file
/// system, and finds a change late, or never if it is undone in between. [`FsEvent`](crate::FsEvent) is told.
///
/// The handle is active while it polls.
///
/// ```
/// use std::time::Duration;
/// use uv_fs::{FsPoll, sync};
/// use uv_loop::{Handle, Loop, RunMode, Timer};
///
/// let lp = Loop::new()?;
/// let file = tempfile::NamedTempFile::new()?;
/// let path = file.path().to_owned();
/// FsPoll::new(&lp).start(&lp, &path, Duration::from_millis(2), |lp, poll, change| {
///     let change = change.unwrap();
///     assert_eq!((change.before.size, change.now.size), (0, 4));
///     poll.close(lp).unwrap();
/// })?;
/// Timer::new(&lp).start(&lp, Duration::from_millis(20), Duration::ZERO, move |_, _| {
///     sync::write_file(&path, "more").unwrap();
/// })?;
/// lp.run(RunMode::Default)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FsPoll(HandleId);

/// What a file was and what it is, in the callback of an [`FsPoll`].
///
/// ```
/// use uv_fs::StatChange;
///
/// fn has_grown(change: &StatChange) -> bool {
///     change.now.size > change.before.size
/// }
/// # let stat = uv_fs::sync::stat("/")?;
/// # assert!(!has_grown(&StatChange { before: stat, now: stat }));
/// # Ok::<(), uv_fs::FsError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StatChange {
    /// When it was asked for last. After an error it is what was before that; all zeros if there was nothing.
    pub before: Stat,
    /// Now.
    pub now: Stat,
}

/// Hears of the changes that many handles see, each of which is a number to it: see [`FsPoll::start_from`].
///
/// ```
/// use uv_fs::{FsPoll, FsPollOwner, Result, StatChange};
/// use uv_loop::Loop;
///
/// struct Sizes;
///
/// impl FsPollOwner for Sizes {
///     fn changed(&self, lp: &Loop, poll: FsPoll, number: usize, change: Result<StatChange>) {
///         println!("file {number} has {} bytes", change.map_or(0, |change| change.now.size));
///     }
/// }
/// # let _: &dyn FsPollOwner = &Sizes;
/// ```
pub trait FsPollOwner {
    /// Something has changed, as [`FsPoll::start`]'s callback says.
    fn changed(&self, lp: &Loop, poll: FsPoll, number: usize, change: Result<StatChange>);
}

type Callback = dyn FnMut(&Loop, FsPoll, Result<StatChange>);

impl Handle for FsPoll {
    fn id(self) -> HandleId {
        self.0
    }
}

impl FsPoll {
    /// A handle that does not poll yet, as `uv_fs_poll_init`.
    ///
    /// ```
    /// use uv_loop::{Handle, Loop};
    ///
    /// let lp = Loop::new()?;
    /// assert!(!uv_fs::FsPoll::new(&lp).is_active(&lp));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn new(lp: &Loop) -> FsPoll {
        FsPoll(lp.add_handle(Rc::new(Poller::default())))
    }

    /// Asks for the file's [`Stat`] every `interval` (whole milliseconds, at least one), as `uv_fs_poll_start`; nothing if
    /// it does so already. The callback is called when its times (but that of the last access), size, mode,
    /// owner or number differ from the ones before, and when asking fails: once, as long as it fails in the same way. A file that is missing at first
    /// is such an error too, and no end.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the handle is being closed, `EBADF` if it is closed.
    ///
    /// ```
    /// use std::time::Duration;
    /// use uv_fs::FsPoll;
    /// use uv_loop::{Error, Handle, Loop, RunMode};
    ///
    /// let lp = Loop::new()?;
    /// FsPoll::new(&lp).start(&lp, "/no/such", Duration::from_millis(1), |lp, poll, change| {
    ///     assert_eq!(change.unwrap_err().error(), Error::ENOENT);
    ///     poll.close(lp).unwrap();
    /// })?;
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn start(
        self,
        lp: &Loop,
        path: impl Into<PathBuf>,
        interval: Duration,
        callback: impl FnMut(&Loop, FsPoll, Result<StatChange>) + 'static,
    ) -> uv_sys::Result<()> {
        self.start_with(lp, path.into(), interval, |poller| poller.callback.set(Box::new(callback)))
    }

    /// [`start`](FsPoll::start) for an `owner`, who hears of changes and knows the handle by `number`.
    ///
    /// # Errors
    ///
    /// Those of [`start`](FsPoll::start).
    ///
    /// ```
    /// use std::rc::Rc;
    /// use std::time::Duration;
    /// use uv_fs::{FsPoll, FsPollOwner, StatChange};
    /// use uv_loop::{Error, Handle, Loop, RunMode};
    ///
    /// struct Watch;
    /// impl FsPollOwner for Watch {
    ///     fn changed(&self, lp: &Loop, poll: FsPoll, number: usize, change: uv_fs::Result<StatChange>) {
    ///         assert_eq!((number, change.unwrap_err().error()), (7, Error::ENOENT));
    ///         poll.close(lp).unwrap();
    ///     }
    /// }
    ///
    /// let lp = Loop::new()?;
    /// FsPoll::new(&lp).start_from(&lp, "/no/such", Duration::from_millis(1), Rc::new(Watch), 7)?;
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn start_from(
        self,
        lp: &Loop,
        path: impl Into<PathBuf>,
        interval: Duration,
        owner: Rc<dyn FsPollOwner>,
        number: usize,
    ) -> uv_sys::Result<()> {
        self.start_with(lp, path.into(), interval, |poller| *poller.owner.borrow_mut() = Some((owner, number)))
    }

    fn start_with(
        self,
        lp: &Loop,
        path: PathBuf,
        interval: Duration,
        listen: impl FnOnce(&Poller),
    ) -> uv_sys::Result<()> {
        let poller = lp.kind::<Poller>(self.0)?;
        if poller.watch.borrow().is_some() {
            return Ok(());
        }
        lp.set_active(self.0, true)?;
        let timer = Timer::new(lp);
        timer.unref(lp)?;
        let interval = u64::try_from(interval.as_millis()).unwrap_or(u64::MAX).max(1);
        let turn = poller.turn.get() + 1;
        poller.turn.set(turn);
        *poller.watch.borrow_mut() =
            Some(Watch { path, interval, timer, asked: None, begun: lp.now(), last: None, failed: None });
        listen(&poller);
        ask(lp, self.0, turn);
        Ok(())
    }

    /// Ends the polling, as `uv_fs_poll_stop`; nothing if there is none. The callback is dropped.
    ///
    /// # Errors
    ///
    /// `EBADF` if the handle is closed.
    ///
    /// ```
    /// use std::time::Duration;
    /// use uv_loop::{Handle, Loop};
    ///
    /// let lp = Loop::new()?;
    /// let poll = uv_fs::FsPoll::new(&lp);
    /// poll.start(&lp, "/", Duration::from_secs(1), |_, _, _| ())?;
    /// poll.stop(&lp)?;
    /// assert!(!poll.is_active(&lp));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn stop(self, lp: &Loop) -> uv_sys::Result<()> {
        let poller = lp.kind::<Poller>(self.0)?;
        // It fails for a handle that is being closed, which is not active any more.
        let _ = lp.set_active(self.0, false);
        poller.end(lp);
        Ok(())
    }

    /// What the file was when it was there last; all zeros if it was never. For the callback of an error, which libuv hands
    /// it to.
    ///
    /// # Errors
    ///
    /// `EINVAL` if it does not poll, `EBADF` if the handle is closed.
    ///
    /// ```
    /// use std::time::Duration;
    /// use uv_fs::{FsPoll, Stat};
    /// use uv_loop::{Handle, Loop, RunMode};
    ///
    /// let lp = Loop::new()?;
    /// FsPoll::new(&lp).start(&lp, "/no/such", Duration::from_millis(1), |lp, poll, _| {
    ///     assert_eq!(poll.last(lp), Ok(Stat::default()));
    ///     poll.close(lp).unwrap();
    /// })?;
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn last(self, lp: &Loop) -> uv_sys::Result<Stat> {
        let poller = lp.kind::<Poller>(self.0)?;
        let watch = poller.watch.borrow();
        watch.as_ref().map(|watch| watch.last.unwrap_or_default()).ok_or(Error::EINVAL)
    }

    /// What it polls, as `uv_fs_poll_getpath`.
    ///
    /// # Errors
    ///
    /// `EINVAL` if it does not poll, `EBADF` if the handle is closed.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// assert_eq!(uv_fs::FsPoll::new(&lp).path(&lp), Err(uv_loop::Error::EINVAL));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn path(self, lp: &Loop) -> uv_sys::Result<PathBuf> {
        let poller = lp.kind::<Poller>(self.0)?;
        let watch = poller.watch.borrow();
        watch.as_ref().map(|watch| watch.path.clone()).ok_or(Error::EINVAL)
    }
}

#[derive(Default)]
struct Poller {
    watch: RefCell<Option<Watch>>,
    callback: Slot<Callback>,
    owner: RefCell<Option<(Rc<dyn FsPollOwner>, usize)>>,
    /// How often it was started: a request of an earlier time is not this one's.
    turn: Cell<u64>,
}

struct Watch {
    path: PathBuf,
    /// Milliseconds.
    interval: u64,
    timer: Timer,
    /// The latest request, for which nobody waits when the polling has ended.
    asked: Option<Request>,
    /// When the request in hand, or the last one, was made, in the loop's milliseconds.
    begun: u64,
    last: Option<Stat>,
    failed: Option<Error>,
}

impl HandleKind for Poller {
    fn name(&self) -> &'static str {
        "fs_poll"
    }

    fn on_close(&self, lp: &Loop, _: HandleId) {
        self.end(lp);
    }
}

impl Poller {
    fn end(&self, lp: &Loop) {
        if let Some(watch) = self.watch.take() {
            // It fails if somebody has closed all handles that `walk` has shown.
            let _ = watch.timer.close(lp);
            if let Some(request) = watch.asked {
                // It fails for one that was answered.
                let _ = request.unref(lp);
            }
        }
        self.callback.clear();
        let owner = self.owner.take();
        drop(owner);
    }

    fn answer(&self, lp: &Loop, id: HandleId, turn: u64, answer: Result<Stat>) {
        let event = {
            let mut watch = self.watch.borrow_mut();
            match watch.as_mut().filter(|_| self.turn.get() == turn) {
                Some(watch) => watch.compare(answer),
                None => return,
            }
        };
        /// Also after a panic it goes on.
        struct Again<'a>(&'a Poller, &'a Loop, HandleId, u64);
        impl Drop for Again<'_> {
            fn drop(&mut self) {
                let Again(poller, lp, id, turn) = *self;
                poller.wait(lp, id, turn);
            }
        }
        let _again = Again(self, lp, id, turn);
        if let Some(event) = event {
            let owner = self.owner.borrow().clone();
            match owner {
                Some((owner, number)) => owner.changed(lp, FsPoll(id), number, event),
                None => self.callback.call(|callback| callback(lp, FsPoll(id), event)),
            }
        }
    }

    fn wait(&self, lp: &Loop, id: HandleId, turn: u64) {
        let watch = self.watch.borrow();
        let Some(watch) = watch.as_ref().filter(|_| self.turn.get() == turn) else { return };
        // What asking took is part of the interval.
        let left = watch.interval - (lp.now() - watch.begun) % watch.interval;
        let again = move |lp: &Loop, _: Timer| ask(lp, id, turn);
        // It fails if somebody has closed the timer.
        let _ = watch.timer.start(lp, Duration::from_millis(left), Duration::ZERO, again);
    }
}

impl Watch {
    fn compare(&mut self, answer: Result<Stat>) -> Option<Result<StatChange>> {
        let now = match answer {
            Ok(now) => now,
            Err(error) => {
                let new = self.failed.replace(error.error()) != Some(error.error());
                return new.then_some(Err(error));
            }
        };
        let before = self.last.replace(now);
        let recovered = self.failed.take().is_some();
        match before {
            Some(before) if recovered || differs(&before, &now) => Some(Ok(StatChange { before, now })),
            None if recovered => Some(Ok(StatChange { before: Stat::default(), now })),
            _ => None,
        }
    }
}

fn differs(a: &Stat, b: &Stat) -> bool {
    let times = |stat: &Stat| (stat.ctime, stat.mtime, stat.birthtime);
    let rest = |stat: &Stat| (stat.size, stat.mode, stat.uid, stat.gid, stat.ino, stat.dev);
    times(a) != times(b) || rest(a) != rest(b)
}

fn ask(lp: &Loop, id: HandleId, turn: u64) {
    let Ok(poller) = lp.kind::<Poller>(id) else { return };
    let path = {
        let mut watch = poller.watch.borrow_mut();
        let Some(watch) = watch.as_mut().filter(|_| poller.turn.get() == turn) else { return };
        watch.begun = lp.now();
        watch.path.clone()
    };
    let request = crate::stat(lp, path, move |lp, answer| {
        if let Ok(poller) = lp.kind::<Poller>(id) {
            poller.answer(lp, id, turn, answer);
        }
    });
    if let Some(watch) = poller.watch.borrow_mut().as_mut() {
        watch.asked = Some(request);
    }
}
