//! `fs.watchFile`: a file is looked at again and again.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use uv_fs::{FsPoll, Result, Stat, StatChange};
use uv_loop::{Handle, Loop};

use crate::{EventEmitter, ListenerId, Outcome, Runtime};

/// How [`watch_file`] looks at a file, and whether that keeps the runtime going.
///
/// ```
/// let options = node_compat::fs::WatchFileOptions { persistent: false, ..Default::default() };
/// assert_eq!(options.interval.as_millis(), 5007);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WatchFileOptions {
    /// From look to look, in whole milliseconds. 5007 ms unless said otherwise, as in Node.
    pub interval: Duration,
    /// The runtime does not end while it watches. `true` unless said otherwise.
    pub persistent: bool,
}

impl Default for WatchFileOptions {
    fn default() -> Self {
        WatchFileOptions { interval: Duration::from_millis(5007), persistent: true }
    }
}

/// Calls `f` with what a file is and what it was, whenever that has changed. All zeros say that there is no such file: who
/// watches one that is missing is told so once. As `fs.watchFile`: those who watch the same path share a watcher, with the
/// options of the first.
///
/// # Errors
///
/// If the current directory, to which the path is relative, is not known.
///
/// ```
/// use std::time::Duration;
/// use node_compat::{Runtime, fs};
///
/// let rt = Runtime::new()?;
/// let options = fs::WatchFileOptions { interval: Duration::from_millis(1), ..Default::default() };
/// fs::watch_file(&rt, "/no/such", options, |rt, now, before| {
///     assert_eq!((now.mtime.sec, before.mtime.sec), (0, 0));
///     fs::unwatch_file(rt, "/no/such", None)
/// })?;
/// assert_eq!(rt.run()?, 0);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn watch_file<O: Outcome>(
    rt: &Runtime,
    path: impl AsRef<Path>,
    options: WatchFileOptions,
    f: impl Fn(&Runtime, &Stat, &Stat) -> O + 'static,
) -> io::Result<(StatWatcher, ListenerId)> {
    let path = resolve(path.as_ref())?;
    let shared = rt.event_loop().extension::<Shared>();
    let known = shared.0.borrow().get(&path).cloned();
    let watcher = match known {
        Some(watcher) => {
            watcher.add_reference();
            watcher
        }
        None => {
            let watcher = StatWatcher::new(rt, &path, options);
            shared.0.borrow_mut().insert(path, watcher.clone());
            watcher
        }
    };
    let id = watcher.on_change(f);
    Ok((watcher, id))
}

/// Removes a listener of [`watch_file`], or all of them for `None`; the last one ends the watch. As `fs.unwatchFile`.
///
/// # Errors
///
/// Those of [`watch_file`].
///
/// ```
/// use node_compat::{Runtime, fs};
///
/// let rt = Runtime::new()?;
/// let (watcher, id) = fs::watch_file(&rt, "/", fs::WatchFileOptions::default(), |_, _, _| ())?;
/// watcher.on_stop(|_| println!("stopped"));
/// fs::unwatch_file(&rt, "/", Some(id))?;
/// assert_eq!(rt.run()?, 0);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn unwatch_file(rt: &Runtime, path: impl AsRef<Path>, listener: Option<ListenerId>) -> io::Result<()> {
    let path = resolve(path.as_ref())?;
    let shared = rt.event_loop().extension::<Shared>();
    let watcher = shared.0.borrow().get(&path).cloned();
    let Some(watcher) = watcher else { return Ok(()) };
    match listener {
        Some(id) if watcher.off(id) => watcher.drop_reference(rt),
        Some(_) => {}
        None => {
            watcher.0.emitter.remove_all_listeners(Some(CHANGE));
            watcher.drop_all_references(rt);
        }
    }
    if watcher.0.emitter.listener_count(CHANGE) == 0 {
        watcher.stop(rt);
        shared.0.borrow_mut().remove(&path);
    }
    Ok(())
}

/// The watchers of a loop that [`watch_file`] made, by path.
#[derive(Default)]
struct Shared(RefCell<HashMap<PathBuf, StatWatcher>>);

/// Tells what has become of a file, as Node's `StatWatcher`. Every clone is the same one.
///
/// ```
/// use node_compat::fs::{StatWatcher, WatchFileOptions};
/// use node_compat::Runtime;
///
/// let rt = Runtime::new()?;
/// let watcher = StatWatcher::new(&rt, "/", WatchFileOptions::default());
/// watcher.unref(&rt);
/// assert_eq!(rt.run()?, 0);
/// # Ok::<(), node_compat::Error>(())
/// ```
#[derive(Clone)]
pub struct StatWatcher(Rc<Inner>);

struct Inner {
    /// `None` once it is stopped.
    poll: Cell<Option<FsPoll>>,
    /// Of those who share it, how many want it to keep the runtime going; and how many may.
    references: Cell<usize>,
    most_references: Cell<usize>,
    /// What the file is and what it was, or none for `'stop'`.
    emitter: EventEmitter<Option<(Stat, Stat)>>,
}

const CHANGE: &str = "change";
const STOP: &str = "stop";

impl StatWatcher {
    /// A watcher that nobody shares.
    ///
    /// ```
    /// use std::time::Duration;
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let options = fs::WatchFileOptions { interval: Duration::from_millis(1), ..Default::default() };
    /// let watcher = fs::StatWatcher::new(&rt, "/no/such", options);
    /// let again = watcher.clone();
    /// watcher.on_change(move |rt, _, _| again.stop(rt));
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn new(rt: &Runtime, path: impl Into<PathBuf>, options: WatchFileOptions) -> StatWatcher {
        let lp = rt.event_loop();
        let poll = FsPoll::new(lp);
        let watcher = StatWatcher(Rc::new(Inner {
            poll: Cell::new(Some(poll)),
            references: Cell::new(1),
            most_references: Cell::new(1),
            emitter: EventEmitter::new(),
        }));
        if !options.persistent {
            watcher.unref(rt);
        }
        let (weak, told) = (rt.downgrade(), watcher.clone());
        let on_change = move |lp: &Loop, poll: FsPoll, change: Result<StatChange>| {
            let Some(rt) = weak.upgrade() else { return };
            let (now, before) = match change {
                Ok(change) => (change.now, change.before),
                Err(_) => (Stat::default(), poll.last(lp).unwrap_or_default()),
            };
            rt.make_callback(|rt| told.0.emitter.emit(rt, CHANGE, Some((now, before))).map(drop));
        };
        // The handle is new.
        let _ = poll.start(lp, path, options.interval, on_change);
        watcher
    }

    /// The file is another one, or something about it is: what it is now, and what it was. As the event `'change'`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let watcher = fs::StatWatcher::new(&rt, "/", fs::WatchFileOptions::default());
    /// watcher.on_change(|_, now, before| println!("{} bytes, {} before", now.size, before.size));
    /// watcher.stop(&rt);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn on_change<O: Outcome>(&self, f: impl Fn(&Runtime, &Stat, &Stat) -> O + 'static) -> ListenerId {
        self.0.emitter.on(CHANGE, move |rt, change: &Option<(Stat, Stat)>| match change {
            Some((now, before)) => f(rt, now, before).into_result(),
            None => Ok(()),
        })
    }

    /// The watch has ended. As the event `'stop'`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let watcher = fs::StatWatcher::new(&rt, "/", fs::WatchFileOptions::default());
    /// watcher.on_stop(|_| println!("in the tick after it"));
    /// watcher.stop(&rt);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn on_stop<O: Outcome>(&self, f: impl Fn(&Runtime) -> O + 'static) -> ListenerId {
        self.0.emitter.on(STOP, move |rt, _: &Option<(Stat, Stat)>| f(rt).into_result())
    }

    /// Removes a listener, and says whether it was there.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let watcher = fs::StatWatcher::new(&rt, "/", fs::WatchFileOptions::default());
    /// let id = watcher.on_change(|_, _, _| ());
    /// assert!(watcher.off(id) && !watcher.off(id));
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn off(&self, id: ListenerId) -> bool {
        self.0.emitter.off(id)
    }

    /// Ends the watch; the event `'stop'` follows in a tick. Nothing if it has ended. As `watcher.stop`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// fs::StatWatcher::new(&rt, "/", fs::WatchFileOptions::default()).stop(&rt);
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn stop(&self, rt: &Runtime) {
        let Some(poll) = self.0.poll.take() else { return };
        let watcher = self.clone();
        rt.next_tick(move |rt| watcher.0.emitter.emit(rt, STOP, None).map(drop));
        // It fails if somebody else has closed the handle.
        let _ = poll.close(rt.event_loop());
    }

    /// Takes one [`unref`](StatWatcher::unref) back. As `watcher.ref`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let options = fs::WatchFileOptions { persistent: false, ..Default::default() };
    /// let watcher = fs::StatWatcher::new(&rt, "/", options);
    /// watcher.ref_(&rt);
    /// assert!(rt.event_loop().alive());
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn ref_(&self, rt: &Runtime) {
        let references = self.0.references.get();
        if let Some(poll) = self.0.poll.get()
            && references < self.0.most_references.get()
        {
            self.0.references.set(references + 1);
            let _ = poll.ref_(rt.event_loop());
        }
    }

    /// One of those who share it lets the runtime end while it watches: when all have said so, it may. As `watcher.unref`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let (watcher, _) = fs::watch_file(&rt, "/", fs::WatchFileOptions::default(), |_, _, _| ())?;
    /// fs::watch_file(&rt, "/", fs::WatchFileOptions::default(), |_, _, _| ())?;
    /// watcher.unref(&rt);
    /// assert!(rt.event_loop().alive());
    /// watcher.unref(&rt);
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn unref(&self, rt: &Runtime) {
        let references = self.0.references.get();
        if let Some(poll) = self.0.poll.get()
            && references > 0
        {
            self.0.references.set(references - 1);
            if references == 1 {
                let _ = poll.unref(rt.event_loop());
            }
        }
    }

    fn add_reference(&self) {
        self.0.references.set(self.0.references.get() + 1);
        self.0.most_references.set(self.0.most_references.get() + 1);
    }

    fn drop_reference(&self, rt: &Runtime) {
        self.0.most_references.set(self.0.most_references.get() - 1);
        self.unref(rt);
    }

    fn drop_all_references(&self, rt: &Runtime) {
        self.0.references.set(0);
        self.0.most_references.set(0);
        let _ = self.0.poll.get().map(|poll| poll.unref(rt.event_loop()));
    }
}

impl fmt::Debug for StatWatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StatWatcher").field(&self.0.poll.get()).finish()
    }
}

/// As Node's `path.resolve`: two names of one place are the same, as far as that is seen in the names.
fn resolve(path: &Path) -> io::Result<PathBuf> {
    let mut resolved = PathBuf::new();
    for component in std::path::absolute(path)?.components() {
        match component {
            Component::ParentDir => drop(resolved.pop()),
            component => resolved.push(component),
        }
    }
    Ok(resolved)
}
