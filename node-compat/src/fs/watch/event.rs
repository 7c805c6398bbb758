//! `fs.watch`: the system tells of changes.

use std::cell::Cell;
use std::fmt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use uv_fs::{ChangeKind, FsChange, FsError, FsEvent, Result};
use uv_loop::Handle;

use crate::{Error, EventEmitter, ListenerId, Outcome, Runtime, Thrown};

/// What [`watch`] watches, and whether that keeps the runtime going.
///
/// ```
/// let options = node_compat::fs::WatchOptions { recursive: true, ..Default::default() };
/// assert!(options.persistent);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WatchOptions {
    /// The runtime does not end while it watches. `true` unless said otherwise.
    pub persistent: bool,
    /// Of a directory all that is below it, too. `false` unless said otherwise.
    pub recursive: bool,
}

impl Default for WatchOptions {
    fn default() -> Self {
        WatchOptions { persistent: true, recursive: false }
    }
}

/// Watches a file, or a directory with what is in it, until the watcher is closed. As `fs.watch`.
///
/// # Errors
///
/// Those of [`FsEvent::start`]: `ENOENT`, `EACCES`, `ENOSPC` for too many watches.
///
/// ```
/// use node_compat::fs::{self, ChangeKind, WatchOptions};
/// use node_compat::Runtime;
///
/// let rt = Runtime::new()?;
/// let dir = tempfile::tempdir()?;
/// let watcher = fs::watch(&rt, dir.path(), WatchOptions::default())?;
/// watcher.on_change(|rt, watcher, kind, name| {
///     assert_eq!((kind, name.unwrap().to_str()), (ChangeKind::Rename, Some("new")));
///     watcher.close(rt);
/// });
/// watcher.on_close(|_, _| println!("the last event"));
/// fs::sync::mkdir(dir.path().join("new"), 0o777)?;
/// assert_eq!(rt.run()?, 0);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn watch(rt: &Runtime, path: impl Into<PathBuf>, options: WatchOptions) -> Result<FsWatcher> {
    let (lp, path) = (rt.event_loop(), path.into());
    let event = FsEvent::new(lp);
    let watcher = FsWatcher(Rc::new(Inner { event: Cell::new(Some(event)), emitter: EventEmitter::new() }));
    let (weak, told) = (rt.downgrade(), watcher.clone());
    let on_change = move |_: &_, _: FsEvent, change: Result<FsChange<'_>>| {
        if let Some(rt) = weak.upgrade() {
            rt.make_callback(|rt| told.on_event(rt, change));
        }
    };
    let started =
        if options.recursive { event.start_recursive(lp, path, on_change) } else { event.start(lp, path, on_change) };
    if let Err(error) = started {
        watcher.end(rt);
        return Err(error);
    }
    if !options.persistent {
        watcher.unref(rt);
    }
    Ok(watcher)
}

/// Tells of changes, as Node's `FSWatcher`. Every clone is the same one.
///
/// ```
/// use node_compat::fs::{FsWatcher, WatchOptions, watch};
/// use node_compat::Runtime;
///
/// let rt = Runtime::new()?;
/// let watcher: FsWatcher = watch(&rt, "/", WatchOptions { persistent: false, ..Default::default() })?;
/// assert_eq!(rt.run()?, 0);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct FsWatcher(Rc<Inner>);

struct Inner {
    /// `None` once it is closed.
    event: Cell<Option<FsEvent>>,
    emitter: EventEmitter<(FsWatcher, Event)>,
}

enum Event {
    Change(ChangeKind, Option<PathBuf>),
    Error(FsError),
    Close,
}

impl FsWatcher {
    /// Something has changed: what kind of change it was and the file's name, relative to what is watched. `None` for the
    /// name says that the system has lost changes: look for yourself. As the event `'change'`.
    ///
    /// ```
    /// use node_compat::fs::{self, ChangeKind, WatchOptions};
    /// use node_compat::Runtime;
    ///
    /// let rt = Runtime::new()?;
    /// let file = tempfile::NamedTempFile::new()?;
    /// let watcher = fs::watch(&rt, file.path(), WatchOptions::default())?;
    /// watcher.on_change(|rt, watcher, kind, _| {
    ///     assert_eq!(kind, ChangeKind::Change);
    ///     watcher.close(rt);
    /// });
    /// fs::sync::write_file(file.path(), "text")?;
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn on_change<O: Outcome>(
        &self,
        f: impl Fn(&Runtime, &FsWatcher, ChangeKind, Option<&Path>) -> O + 'static,
    ) -> ListenerId {
        self.0.emitter.on("change", move |rt, (watcher, event): &(_, Event)| match event {
            Event::Change(kind, name) => f(rt, watcher, *kind, name.as_deref()).into_result(),
            _ => Ok(()),
        })
    }

    /// The watch has failed, and has ended; `'close'` does not follow. Without a listener the error is thrown. As the event
    /// `'error'`.
    ///
    /// ```
    /// use node_compat::fs::{self, WatchOptions};
    /// use node_compat::Runtime;
    ///
    /// let rt = Runtime::new()?;
    /// let watcher = fs::watch(&rt, "/", WatchOptions::default())?;
    /// watcher.on_error(|_, _, error| println!("{error}"));
    /// watcher.close(&rt);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn on_error<O: Outcome>(&self, f: impl Fn(&Runtime, &FsWatcher, &FsError) -> O + 'static) -> ListenerId {
        self.0.emitter.on("error", move |rt, (watcher, event): &(_, Event)| match event {
            Event::Error(error) => f(rt, watcher, error).into_result(),
            _ => Ok(()),
        })
    }

    /// The watcher was closed. As the event `'close'`.
    ///
    /// ```
    /// use node_compat::fs::{self, WatchOptions};
    /// use node_compat::Runtime;
    ///
    /// let rt = Runtime::new()?;
    /// let watcher = fs::watch(&rt, "/", WatchOptions::default())?;
    /// watcher.on_close(|_, _| println!("in the tick after it"));
    /// rt.run_main(move |rt| watcher.close(rt));
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn on_close<O: Outcome>(&self, f: impl Fn(&Runtime, &FsWatcher) -> O + 'static) -> ListenerId {
        self.0.emitter.on("close", move |rt, (watcher, _): &(FsWatcher, Event)| f(rt, watcher).into_result())
    }

    /// Removes a listener, and says whether it was there. As `watcher.off`.
    ///
    /// ```
    /// use node_compat::fs::{self, WatchOptions};
    /// use node_compat::Runtime;
    ///
    /// let rt = Runtime::new()?;
    /// let watcher = fs::watch(&rt, "/", WatchOptions::default())?;
    /// let id = watcher.on_close(|_, _| ());
    /// assert!(watcher.off(id));
    /// watcher.close(&rt);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn off(&self, id: ListenerId) -> bool {
        self.0.emitter.off(id)
    }

    /// Ends the watch; the event `'close'` follows in a tick. Nothing if it has ended. As `watcher.close`.
    ///
    /// ```
    /// use node_compat::fs::{self, WatchOptions};
    /// use node_compat::Runtime;
    ///
    /// let rt = Runtime::new()?;
    /// fs::watch(&rt, "/", WatchOptions::default())?.close(&rt);
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn close(&self, rt: &Runtime) {
        if self.end(rt) {
            let watcher = self.clone();
            rt.next_tick(move |rt| watcher.emit(rt, "close", Event::Close));
        }
    }

    /// Keeps the runtime going while it watches, as it does at first. As `watcher.ref`.
    ///
    /// ```
    /// use node_compat::fs::{self, WatchOptions};
    /// use node_compat::Runtime;
    ///
    /// let rt = Runtime::new()?;
    /// let watcher = fs::watch(&rt, "/", WatchOptions { persistent: false, ..Default::default() })?;
    /// watcher.ref_(&rt);
    /// assert!(rt.event_loop().alive());
    /// watcher.close(&rt);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn ref_(&self, rt: &Runtime) {
        // It fails for a handle that somebody else has closed.
        let _ = self.0.event.get().map(|event| event.ref_(rt.event_loop()));
    }

    /// Lets the runtime end while it watches. As `watcher.unref`.
    ///
    /// ```
    /// use node_compat::fs::{self, WatchOptions};
    /// use node_compat::Runtime;
    ///
    /// let rt = Runtime::new()?;
    /// fs::watch(&rt, "/", WatchOptions::default())?.unref(&rt);
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn unref(&self, rt: &Runtime) {
        let _ = self.0.event.get().map(|event| event.unref(rt.event_loop()));
    }

    fn on_event(&self, rt: &Runtime, change: Result<FsChange<'_>>) -> std::result::Result<(), Thrown> {
        match change {
            Ok(FsChange { kind, name }) => self.emit(rt, "change", Event::Change(kind, Some(name.to_owned()))),
            // As Node has it where a queue of the system's ran over and says so.
            Err(error) if error.error() == Error::ENOBUFS => {
                self.emit(rt, "change", Event::Change(ChangeKind::Change, None))
            }
            Err(error) => {
                self.end(rt);
                if self.0.emitter.listener_count("error") == 0 {
                    return Err(error.into());
                }
                self.emit(rt, "error", Event::Error(error))
            }
        }
    }

    fn emit(&self, rt: &Runtime, name: &'static str, event: Event) -> std::result::Result<(), Thrown> {
        self.0.emitter.emit(rt, name, (self.clone(), event)).map(drop)
    }

    /// Whether it had not ended before.
    fn end(&self, rt: &Runtime) -> bool {
        let event = self.0.event.take();
        let _ = event.map(|event| event.close(rt.event_loop()));
        event.is_some()
    }
}

impl fmt::Debug for FsWatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FsWatcher").field(&self.0.event.get()).finish()
    }
}
