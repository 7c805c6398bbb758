//! One inotify descriptor a loop, as long as a handle of it watches. The handles' places in the tree are its watches.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::ffi::{OsStr, OsString};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::io::Errno;
use uv_loop::{Event, HandleId, HandleKind, Interest, Loop};
use uv_sys::{Error, Result};

use super::Slot;
use super::event::{Callback, ChangeKind, FsChange, FsEvent, FsEventOwner, Listener};
use crate::{FileType, FsError, sync};

/// A handle.
#[derive(Default)]
pub(super) struct Watcher {
    /// `None` while it is no handle's.
    inotify: Option<Rc<Inotify>>,
    started: RefCell<Option<Started>>,
    /// The watches, by the directory's path below the started one: that of itself is empty.
    places: RefCell<HashMap<PathBuf, i32>>,
    callback: Slot<Callback>,
    owner: RefCell<Option<(Rc<dyn FsEventOwner>, usize)>>,
}

struct Started {
    path: PathBuf,
    recursive: bool,
}

thread_local! {
    /// What closed handles have left for those that are made next.
    static SPARE: RefCell<Vec<Rc<Watcher>>> = const { RefCell::new(Vec::new()) };
}

/// As many are kept, and as many empty lists of a loop's.
const KEPT: usize = 256;

/// What the handles of a loop share.
#[derive(Default)]
pub(super) struct Inotify {
    fd: RefCell<Option<Rc<Descriptor>>>,
    /// What was around a descriptor that is closed.
    spare_fd: Cell<Option<Rc<Descriptor>>>,
    /// The handle by which the loop watches the descriptor.
    reader: Cell<Option<HandleId>>,
    /// Who has a watch, and as which place.
    watches: RefCell<HashMap<i32, Vec<(HandleId, PathBuf)>>>,
    /// Lists of watches that have gone.
    spare_lists: RefCell<Vec<Vec<(HandleId, PathBuf)>>>,
    /// What was read and is not delivered.
    queue: RefCell<VecDeque<Notice>>,
}

/// It is there until nobody has a share.
#[derive(Default)]
struct Descriptor(Option<OwnedFd>);

impl AsFd for Descriptor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_ref().expect("it is there as long as anybody has a share").as_fd()
    }
}

struct Notice {
    wd: i32,
    flags: ReadFlags,
    name: Option<OsString>,
}

impl HandleKind for Watcher {
    fn name(&self) -> &'static str {
        "fs_event"
    }

    fn fd(&self) -> Option<Rc<dyn AsFd>> {
        self.inotify().fd.borrow().clone().map(|fd| fd as Rc<dyn AsFd>)
    }

    fn on_event(&self, lp: &Loop, id: HandleId, _: Event) {
        self.inotify().read();
        self.inotify().deliver(lp, id);
    }

    fn on_deferred(&self, lp: &Loop, id: HandleId) {
        self.inotify().deliver(lp, id);
    }

    fn on_close(&self, lp: &Loop, id: HandleId) {
        self.end(lp, id);
    }

    fn on_released(mut self: Rc<Self>) {
        let Some(unused) = Rc::get_mut(&mut self) else { return };
        let inotify = unused.inotify.take();
        drop(inotify);
        unused.places.get_mut().shrink_to(KEPT);
        // One that was never closed, as its loop is gone, has something left.
        if unused.started.get_mut().is_none() {
            let _ = SPARE.try_with(|spare| {
                let mut spare = spare.borrow_mut();
                if spare.len() < KEPT {
                    spare.push(self);
                }
            });
        }
    }
}

impl Watcher {
    pub(super) fn add(lp: &Loop) -> HandleId {
        let spare = SPARE.try_with(|spare| spare.borrow_mut().pop()).ok().flatten();
        let mut watcher = spare.unwrap_or_default();
        match Rc::get_mut(&mut watcher) {
            Some(watcher) => watcher.inotify = Some(lp.extension()),
            None => watcher = Rc::new(Watcher { inotify: Some(lp.extension()), ..Watcher::default() }),
        }
        lp.add_handle(watcher)
    }

    fn inotify(&self) -> &Inotify {
        self.inotify.as_deref().expect("every handle has one")
    }

    /// Gives the path back with an error.
    pub(super) fn start(
        &self,
        lp: &Loop,
        id: HandleId,
        path: PathBuf,
        recursive: bool,
        listener: Listener,
    ) -> std::result::Result<(), (Error, PathBuf)> {
        if self.started.borrow().is_some() {
            return Err((Error::EINVAL, path));
        }
        if let Err(error) = lp.set_active(id, true) {
            return Err((error, path));
        }
        *self.started.borrow_mut() = Some(Started { path, recursive });
        match listener {
            Listener::Callback(callback) => self.callback.set(callback),
            Listener::Owner(owner, number) => *self.owner.borrow_mut() = Some((owner, number)),
        }
        let begun = self.inotify().open(lp, id).and_then(|()| self.watch(id, Path::new("")).map(drop));
        begun.map_err(|error| (error, self.stop(lp, id).unwrap_or_default()))
    }

    /// Gives back what was watched.
    pub(super) fn stop(&self, lp: &Loop, id: HandleId) -> Option<PathBuf> {
        // It fails for a handle that is being closed, which is not active any more.
        let _ = lp.set_active(id, false);
        self.end(lp, id)
    }

    pub(super) fn path(&self) -> Option<PathBuf> {
        self.started.borrow().as_ref().map(|started| started.path.clone())
    }

    fn end(&self, lp: &Loop, id: HandleId) -> Option<PathBuf> {
        let started = self.started.take()?;
        for (place, wd) in self.places.borrow_mut().drain() {
            self.inotify().unwatch(wd, id, &place);
        }
        self.inotify().leave(lp, id);
        self.callback.clear();
        let owner = self.owner.take();
        drop(owner);
        Some(started.path)
    }

    /// Watches a place, and if all is to be watched what is below it. Gives the names of what it found there.
    fn watch(&self, id: HandleId, place: &Path) -> Result<Vec<PathBuf>> {
        let (mut found, mut rest) = (Vec::new(), Vec::new());
        let mut next = Some(place.to_owned());
        while let Some(place) = next.take().or_else(|| rest.pop()) {
            let started = self.started.borrow();
            let Some(started) = started.as_ref() else { break };
            let is_root = place.as_os_str().is_empty();
            let below = if is_root { PathBuf::new() } else { started.path.join(&place) };
            let path = if is_root { &started.path } else { &below };
            match self.inotify().watch(path, is_root) {
                Ok(wd) => self.insert(id, wd, place.clone()),
                // It has gone again, or another file has come in its place.
                Err(Error::ENOENT | Error::ENOTDIR | Error::ELOOP) if !is_root => continue,
                Err(error) => return Err(error),
            }
            let entries = if started.recursive { sync::scandir(path) } else { Ok(Vec::new()) };
            let entries = match entries.map_err(|error| error.error()) {
                Ok(entries) => entries,
                Err(Error::ENOENT | Error::ENOTDIR) => continue,
                Err(error) => return Err(error),
            };
            for entry in entries {
                let name = place.join(entry.name());
                if is_directory(&entry, path) {
                    rest.push(name.clone());
                }
                found.push(name);
            }
        }
        Ok(found)
    }

    fn find(&self, place: &Path) -> Option<(PathBuf, bool)> {
        let started = self.started.borrow();
        let started = started.as_ref()?;
        let path = if place.as_os_str().is_empty() { started.path.clone() } else { started.path.join(place) };
        Some((path, started.recursive))
    }

    fn insert(&self, id: HandleId, wd: i32, place: PathBuf) {
        self.inotify().insert(wd, id, place.clone());
        // It may have been watched there before, or another file in that place.
        let old = self.places.borrow_mut().insert(place.clone(), wd);
        if let Some(old) = old {
            self.inotify().unwatch(old, id, &place);
        }
    }

    /// A directory has gone from its place: so has all that is below it. It may have been found in another one before.
    fn forget(&self, id: HandleId, place: &Path) {
        for (place, wd) in self.places.borrow_mut().extract_if(|below, _| below.starts_with(place)) {
            self.inotify().unwatch(wd, id, &place);
        }
    }

    fn notice(&self, lp: &Loop, id: HandleId, place: &Path, notice: &Notice) {
        let is_root = place.as_os_str().is_empty();
        let name = match &notice.name {
            Some(name) => place.join(name),
            None if is_root => match self.find(place) {
                Some((path, _)) => path.file_name().map_or(path.clone(), PathBuf::from),
                None => return,
            },
            // The directory around tells that of its own.
            None => return,
        };
        let recursive = self.find(place).is_some_and(|(_, recursive)| recursive);
        let is_directory = notice.name.is_some() && notice.flags.contains(ReadFlags::ISDIR);
        if recursive && is_directory && notice.flags.intersects(ReadFlags::MOVED_FROM | ReadFlags::DELETE) {
            self.forget(id, &name);
        }
        let changed = ReadFlags::ATTRIB | ReadFlags::MODIFY;
        let kind = match (notice.flags.intersects(changed), notice.flags.contains(ReadFlags::ISDIR)) {
            (false, _) => ChangeKind::Rename,
            (true, false) => ChangeKind::Change,
            (true, true) => ChangeKind::RenameAndChange,
        };
        self.tell(lp, id, Ok(FsChange { kind, name: &name }));
        if recursive && is_directory && notice.flags.intersects(ReadFlags::MOVED_TO | ReadFlags::CREATE) {
            self.look(lp, id, &name);
        }
    }

    /// Watches what has come, and tells what was in it before there was a watch.
    fn look(&self, lp: &Loop, id: HandleId, place: &Path) {
        match self.watch(id, place) {
            Ok(found) => {
                for name in found {
                    self.tell(lp, id, Ok(FsChange { kind: ChangeKind::Rename, name: &name }));
                }
            }
            Err(error) => self.fail(lp, id, error),
        }
    }

    fn overflow(&self, lp: &Loop, id: HandleId) {
        self.fail(lp, id, Error::ENOBUFS);
        if self.find(Path::new("")).is_some_and(|(_, recursive)| recursive)
            && let Err(error) = self.watch(id, Path::new(""))
        {
            self.fail(lp, id, error);
        }
    }

    fn fail(&self, lp: &Loop, id: HandleId, error: Error) {
        let error = FsError::new(error, "watch").with_path(self.path().unwrap_or_default());
        self.tell(lp, id, Err(error));
    }

    fn tell(&self, lp: &Loop, id: HandleId, change: crate::Result<FsChange<'_>>) {
        let owner = self.owner.borrow().clone();
        match owner {
            Some((owner, number)) => owner.changed(lp, FsEvent::from_id(id), number, change),
            None => self.callback.call(|callback| callback(lp, FsEvent::from_id(id), change)),
        }
    }
}

fn is_directory(entry: &crate::Dirent, dir: &Path) -> bool {
    match entry.file_type() {
        FileType::Unknown => sync::lstat(dir.join(entry.name())).is_ok_and(|stat| stat.file_type() == FileType::Dir),
        file_type => file_type == FileType::Dir,
    }
}

impl Inotify {
    /// Opens the descriptor with the first handle, which the loop watches it by.
    fn open(&self, lp: &Loop, id: HandleId) -> Result<()> {
        if self.fd.borrow().is_none() {
            let fd = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).map_err(code)?;
            *self.fd.borrow_mut() = Some(self.descriptor(fd));
        }
        if self.reader.get().is_none() {
            lp.watch(id, Interest::READABLE)?;
            self.reader.set(Some(id));
        }
        Ok(())
    }

    /// A handle watches nothing any more: if it was the reader, another becomes it, or the descriptor is closed.
    fn leave(&self, lp: &Loop, id: HandleId) {
        if self.reader.get() == Some(id) {
            self.reader.set(None);
            // It fails for a handle that is being closed, for which the loop has done it.
            let _ = lp.watch(id, Interest::NONE);
            let others = self.handles();
            let next = others.into_iter().find(|&other| lp.watch(other, Interest::READABLE).is_ok());
            self.reader.set(next);
            if let Some(next) = next.filter(|_| !self.queue.borrow().is_empty()) {
                let _ = lp.defer(next);
            }
        }
        if self.reader.get().is_none() {
            self.queue.borrow_mut().clear();
            self.close();
        }
    }

    fn descriptor(&self, fd: OwnedFd) -> Rc<Descriptor> {
        let mut descriptor = self.spare_fd.take().unwrap_or_default();
        match Rc::get_mut(&mut descriptor) {
            Some(unused) => {
                unused.0 = Some(fd);
                descriptor
            }
            None => Rc::new(Descriptor(Some(fd))),
        }
    }

    /// If somebody has a share in the descriptor, the last one closes it.
    fn close(&self) {
        let Some(mut descriptor) = self.fd.take() else { return };
        if let Some(alone) = Rc::get_mut(&mut descriptor) {
            alone.0 = None;
            self.spare_fd.set(Some(descriptor));
        }
    }

    fn insert(&self, wd: i32, id: HandleId, place: PathBuf) {
        let mut watches = self.watches.borrow_mut();
        let list = watches.entry(wd).or_insert_with(|| self.spare_lists.borrow_mut().pop().unwrap_or_default());
        list.push((id, place));
    }

    fn watch(&self, path: &Path, is_root: bool) -> Result<i32> {
        let fd = self.fd.borrow().clone().ok_or(Error::EBADF)?;
        let mut flags = WatchFlags::ATTRIB
            | WatchFlags::CREATE
            | WatchFlags::MODIFY
            | WatchFlags::DELETE
            | WatchFlags::DELETE_SELF
            | WatchFlags::MOVE_SELF
            | WatchFlags::MOVED_FROM
            | WatchFlags::MOVED_TO;
        if !is_root {
            flags |= WatchFlags::ONLYDIR | WatchFlags::DONT_FOLLOW;
        }
        inotify::add_watch(&*fd, path, flags).map_err(code)
    }

    /// Takes one of a handle's places away from a watch, and the watch from the kernel if it was the last.
    fn unwatch(&self, wd: i32, id: HandleId, place: &Path) {
        let mut watches = self.watches.borrow_mut();
        let Some(places) = watches.get_mut(&wd) else { return };
        if let Some(at) = places.iter().position(|(other, at)| *other == id && at == place) {
            places.remove(at);
        }
        if places.is_empty() {
            let list = watches.remove(&wd);
            let mut spare = self.spare_lists.borrow_mut();
            if spare.len() < KEPT {
                spare.extend(list);
            }
            if let Some(fd) = self.fd.borrow().as_ref() {
                // The kernel has removed it already if the file has gone.
                let _ = inotify::remove_watch(&**fd, wd);
            }
        }
    }

    fn handles(&self) -> Vec<HandleId> {
        let mut handles = Vec::new();
        for (id, _) in self.watches.borrow().values().flatten() {
            if !handles.contains(id) {
                handles.push(*id);
            }
        }
        handles
    }

    fn read(&self) {
        let Some(fd) = self.fd.borrow().clone() else { return };
        let mut buf = [MaybeUninit::uninit(); 16 << 10];
        let mut reader = inotify::Reader::new(&*fd, &mut buf);
        let mut queue = self.queue.borrow_mut();
        // No more than is there now: the loop asks again.
        while queue.is_empty() || !reader.is_buffer_empty() {
            match reader.next() {
                Ok(event) => queue.push_back(Notice {
                    wd: event.wd(),
                    flags: event.events(),
                    name: event.file_name().map(|name| OsStr::from_bytes(name.to_bytes()).to_owned()),
                }),
                Err(Errno::INTR) => {}
                Err(_) => break,
            }
        }
    }

    fn deliver(&self, lp: &Loop, id: HandleId) {
        /// A panic leaves what is not delivered to the next iteration.
        struct Later<'a>(&'a Inotify, &'a Loop, HandleId);
        impl Drop for Later<'_> {
            fn drop(&mut self) {
                let Later(inotify, lp, id) = self;
                if !inotify.queue.borrow().is_empty() {
                    let _ = lp.defer(inotify.reader.get().unwrap_or(*id));
                }
            }
        }

        let _later = Later(self, lp, id);
        loop {
            let notice = self.queue.borrow_mut().pop_front();
            let Some(notice) = notice else { break };
            if notice.flags.contains(ReadFlags::QUEUE_OVERFLOW) {
                for id in self.handles() {
                    if let Ok(watcher) = lp.kind::<Watcher>(id) {
                        watcher.overflow(lp, id);
                    }
                }
                continue;
            }
            let places = self.watches.borrow().get(&notice.wd).cloned().unwrap_or_default();
            for (id, place) in places {
                // A callback before may have ended this one's watch.
                let watches = |inotify: &Inotify| {
                    let watches = inotify.watches.borrow();
                    let places = watches.get(&notice.wd);
                    places.is_some_and(|places| places.iter().any(|(other, at)| *other == id && *at == place))
                };
                if watches(self)
                    && let Ok(watcher) = lp.kind::<Watcher>(id)
                {
                    watcher.notice(lp, id, &place, &notice);
                }
            }
        }
    }
}

fn code(errno: Errno) -> Error {
    Error::from_raw_errno(errno.raw_os_error())
}
