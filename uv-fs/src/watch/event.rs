use std::path::{Path, PathBuf};
use std::rc::Rc;

use uv_loop::{Handle, HandleId, Loop};

#[cfg(any(target_os = "linux", target_os = "android"))]
use super::inotify::Watcher;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
use super::unsupported::Watcher;
use crate::{FsError, Result};

/// Tells of changes of a file, or of the files of a directory, as `uv_fs_event_t`: by the kernel's inotify.
///
/// The handle is active while it watches. Changes that other machines make to a network file system are not seen: there
/// is [`FsPoll`](crate::FsPoll).
///
/// ```
/// use uv_fs::{ChangeKind, FsEvent};
/// use uv_loop::{Handle, Loop, RunMode};
///
/// let lp = Loop::new()?;
/// let dir = tempfile::tempdir()?;
/// FsEvent::new(&lp).start(&lp, dir.path(), |lp, event, change| {
///     let change = change.unwrap();
///     assert_eq!((change.kind, change.name.to_str()), (ChangeKind::Rename, Some("new")));
///     event.close(lp).unwrap();
/// })?;
/// uv_fs::sync::mkdir(dir.path().join("new"), 0o777)?;
/// lp.run(RunMode::Default)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FsEvent(HandleId);

/// What has changed, in the callback of an [`FsEvent`].
///
/// ```
/// use std::path::Path;
/// use uv_fs::{ChangeKind, FsChange};
///
/// let describe = |change: FsChange| format!("{:?} of {}", change.kind, change.name.display());
/// assert_eq!(describe(FsChange { kind: ChangeKind::Change, name: Path::new("log") }), "Change of log");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FsChange<'a> {
    /// What has happened to it.
    pub kind: ChangeKind,
    /// The file: within the watched directory, or the watched file's own name.
    pub name: &'a Path,
}

/// The kinds of changes, as libuv's `uv_fs_event`. The enum is exhaustive.
///
/// ```
/// assert_ne!(uv_fs::ChangeKind::Rename, uv_fs::ChangeKind::Change);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// A name has appeared or gone: `UV_RENAME`.
    Rename,
    /// Content or attributes are other ones: `UV_CHANGE`.
    Change,
    /// The attributes of a directory within the watched one: for that libuv tells `UV_RENAME | UV_CHANGE`, and Node
    /// `rename`.
    RenameAndChange,
}

/// Hears of the changes that many handles see, each of which is a number to it: see [`FsEvent::start_from`].
///
/// ```
/// use uv_fs::{FsChange, FsEvent, FsEventOwner, Result};
/// use uv_loop::{Handle, Loop};
///
/// struct Reload;
///
/// impl FsEventOwner for Reload {
///     fn changed(&self, lp: &Loop, event: FsEvent, number: usize, change: Result<FsChange<'_>>) {
///         match change {
///             Ok(change) => println!("directory {number}: {}", change.name.display()),
///             Err(_) => event.close(lp).unwrap(),
///         }
///     }
/// }
/// # let _: &dyn FsEventOwner = &Reload;
/// ```
pub trait FsEventOwner {
    /// Something has changed, as [`FsEvent::start`]'s callback says.
    fn changed(&self, lp: &Loop, event: FsEvent, number: usize, change: Result<FsChange<'_>>);
}

pub(super) type Callback = dyn FnMut(&Loop, FsEvent, Result<FsChange<'_>>);

/// Who is to hear of changes.
pub(super) enum Listener {
    Callback(Box<Callback>),
    Owner(Rc<dyn FsEventOwner>, usize),
}

impl Handle for FsEvent {
    fn id(self) -> HandleId {
        self.0
    }
}

impl FsEvent {
    /// A handle that does not watch yet, as `uv_fs_event_init`.
    ///
    /// ```
    /// use uv_loop::{Handle, Loop};
    ///
    /// let lp = Loop::new()?;
    /// assert!(!uv_fs::FsEvent::new(&lp).is_active(&lp));
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn new(lp: &Loop) -> FsEvent {
        FsEvent(Watcher::add(lp))
    }

    pub(super) fn from_id(id: HandleId) -> FsEvent {
        FsEvent(id)
    }

    /// Watches a file, or a directory with what is directly in it, as `uv_fs_event_start`.
    ///
    /// The callback gets `ENOBUFS` when the kernel's queue ran over (`fs.inotify.max_queued_events`): changes were lost,
    /// and who must know them looks for himself. The watch goes on.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the handle watches already or is being closed, `EBADF` if it is closed; `ENOENT`, `EACCES`; `ENOSPC`
    /// if this user has as many watches as the system allows (`fs.inotify.max_user_watches`), `EMFILE` if as many
    /// loops have.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let error = uv_fs::FsEvent::new(&lp).start(&lp, "/no/such", |_, _, _| ()).unwrap_err();
    /// assert_eq!(error.to_string(), "ENOENT: no such file or directory, watch '/no/such'");
    /// # Ok::<(), uv_loop::Error>(())
    /// ```
    pub fn start(
        self,
        lp: &Loop,
        path: impl Into<PathBuf>,
        callback: impl FnMut(&Loop, FsEvent, Result<FsChange<'_>>) + 'static,
    ) -> Result<()> {
        self.start_with(lp, path.into(), false, Listener::Callback(Box::new(callback)))
    }

    /// [`start`](FsEvent::start), of a directory with all that is below it, also directories that are made later; names
    /// are relative to it. As `UV_FS_EVENT_RECURSIVE`, which libuv lacks on Linux.
    ///
    /// Every directory takes a watch of the kernel's. Symbolic links are not followed. What is in a new directory when its
    /// watch begins is reported as a rename, even if it was just reported.
    ///
    /// # Errors
    ///
    /// Those of [`start`](FsEvent::start). A directory for whose watch there is no room later is an error in the
    /// callback.
    ///
    /// ```
    /// use uv_fs::FsEvent;
    /// use uv_loop::{Handle, Loop, RunMode};
    ///
    /// let lp = Loop::new()?;
    /// let dir = tempfile::tempdir()?;
    /// uv_fs::sync::mkdir_all(dir.path().join("a/b"), 0o777)?;
    /// FsEvent::new(&lp).start_recursive(&lp, dir.path(), |lp, event, change| {
    ///     assert_eq!(change.unwrap().name.to_str(), Some("a/b/c"));
    ///     event.close(lp).unwrap();
    /// })?;
    /// uv_fs::sync::write_file(dir.path().join("a/b/c"), "")?;
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn start_recursive(
        self,
        lp: &Loop,
        path: impl Into<PathBuf>,
        callback: impl FnMut(&Loop, FsEvent, Result<FsChange<'_>>) + 'static,
    ) -> Result<()> {
        self.start_with(lp, path.into(), true, Listener::Callback(Box::new(callback)))
    }

    /// [`start`](FsEvent::start) for an `owner`, who hears of changes and knows the handle by `number`. Once the loop had as many
    /// watches it allocates nothing but the path.
    ///
    /// # Errors
    ///
    /// Those of [`start`](FsEvent::start).
    ///
    /// ```
    /// use std::rc::Rc;
    /// use uv_fs::{FsChange, FsEvent, FsEventOwner};
    /// use uv_loop::{Handle, Loop, RunMode};
    ///
    /// struct Watch;
    /// impl FsEventOwner for Watch {
    ///     fn changed(&self, lp: &Loop, event: FsEvent, number: usize, change: uv_fs::Result<FsChange<'_>>) {
    ///         assert_eq!((number, change.unwrap().name.to_str()), (7, Some("new")));
    ///         event.close(lp).unwrap();
    ///     }
    /// }
    ///
    /// let lp = Loop::new()?;
    /// let dir = tempfile::tempdir()?;
    /// FsEvent::new(&lp).start_from(&lp, dir.path(), Rc::new(Watch), 7)?;
    /// uv_fs::sync::mkdir(dir.path().join("new"), 0o777)?;
    /// lp.run(RunMode::Default)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn start_from(
        self,
        lp: &Loop,
        path: impl Into<PathBuf>,
        owner: Rc<dyn FsEventOwner>,
        number: usize,
    ) -> Result<()> {
        self.start_with(lp, path.into(), false, Listener::Owner(owner, number))
    }

    fn start_with(self, lp: &Loop, path: PathBuf, recursive: bool, listener: Listener) -> Result<()> {
        let named = |(error, path): (_, PathBuf)| FsError::new(error, "watch").with_path(path);
        match lp.kind::<Watcher>(self.0) {
            Ok(watcher) => watcher.start(lp, self.0, path, recursive, listener).map_err(named),
            Err(error) => Err(named((error, path))),
        }
    }

    /// Ends the watch, as `uv_fs_event_stop`; nothing if there is none. The callback is dropped.
    ///
    /// # Errors
    ///
    /// `EBADF` if the handle is closed.
    ///
    /// ```
    /// use uv_loop::{Handle, Loop};
    ///
    /// let lp = Loop::new()?;
    /// let event = uv_fs::FsEvent::new(&lp);
    /// event.start(&lp, "/", |_, _, _| ())?;
    /// event.stop(&lp)?;
    /// assert!(!event.is_active(&lp));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn stop(self, lp: &Loop) -> uv_sys::Result<()> {
        lp.kind::<Watcher>(self.0)?.stop(lp, self.0);
        Ok(())
    }

    /// What it watches, as `uv_fs_event_getpath`.
    ///
    /// # Errors
    ///
    /// `EINVAL` if it does not watch, `EBADF` if the handle is closed.
    ///
    /// ```
    /// let lp = uv_loop::Loop::new()?;
    /// let event = uv_fs::FsEvent::new(&lp);
    /// event.start(&lp, "/", |_, _, _| ())?;
    /// assert_eq!(event.path(&lp)?.to_str(), Some("/"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn path(self, lp: &Loop) -> uv_sys::Result<PathBuf> {
        lp.kind::<Watcher>(self.0)?.path().ok_or(uv_sys::Error::EINVAL)
    }
}
