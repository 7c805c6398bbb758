use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use uv_fs::{Dirent, FsError};

use super::settle;
use crate::fs;
use crate::{Error, Promise, Resolver, Runtime};

/// An open directory, as Node's `Dir`. Clones are the same directory. It is closed with [`close`](Dir::close), or when the
/// last clone is gone.
///
/// ```
/// use node_compat::{Promise, Runtime, fs};
///
/// fn print(rt: &Runtime, dir: fs::promises::Dir) -> Promise<()> {
///     dir.read(rt).and_then(rt, move |rt, entry| match entry {
///         Some(entry) => {
///             println!("{}", entry.name().display());
///             Ok(print(rt, dir))
///         }
///         None => Ok(dir.close(rt)),
///     })
/// }
///
/// let rt = Runtime::new()?;
/// fs::promises::opendir(&rt, "/").and_then(&rt, |rt, dir| Ok(print(rt, dir)));
/// assert_eq!(rt.run()?, 0);
/// # Ok::<(), node_compat::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Dir(Rc<RefCell<State>>);

/// How many entries a request reads, as Node's `bufferSize`.
const BUFFER: usize = 32;

#[derive(Debug)]
struct State {
    /// `None` while a request has it, and once it is closed.
    dir: Option<fs::Dir>,
    is_closed: bool,
    entries: VecDeque<Dirent>,
    /// What was asked for while a request is under way.
    waiting: VecDeque<Request>,
}

#[derive(Debug)]
enum Request {
    Read(Resolver<Option<Dirent>>),
    Close(Resolver<()>),
}

impl Dir {
    pub(super) fn new(dir: fs::Dir) -> Self {
        let (entries, waiting) = (VecDeque::new(), VecDeque::new());
        Dir(Rc::new(RefCell::new(State { dir: Some(dir), is_closed: false, entries, waiting })))
    }

    /// The next entry, in the order of the file system and without `.` and `..`: `None` at the end. Reads that overlap
    /// follow each other. Rejected with `EBADF` after [`close`](Dir::close). As `dir.read`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// let dir = tempfile::tempdir()?;
    /// fs::promises::opendir(&rt, dir.path()).and_then(&rt, |rt, dir| {
    ///     Ok(dir.read(rt).then(rt, |_, entry| {
    ///         assert!(entry.is_none());
    ///         Ok(())
    ///     }))
    /// });
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn read(&self, rt: &Runtime) -> Promise<Option<Dirent>> {
        let (promise, resolver) = Promise::with_resolver();
        self.ask(rt, Request::Read(resolver));
        promise
    }

    /// Closes the directory, when what was asked for before is done. Rejected with `EBADF` the second time. As `dir.close`.
    ///
    /// ```
    /// use node_compat::{Runtime, fs};
    ///
    /// let rt = Runtime::new()?;
    /// fs::promises::opendir(&rt, "/").and_then(&rt, |rt, dir| {
    ///     let again = dir.clone();
    ///     Ok(dir.close(rt).and_then(rt, move |rt, ()| Ok(again.close(rt).catch(rt, |_, reason| {
    ///         assert_eq!(reason.message(), "EBADF: bad file descriptor, closedir");
    ///         Ok(())
    ///     }))))
    /// });
    /// assert_eq!(rt.run()?, 0);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn close(&self, rt: &Runtime) -> Promise<()> {
        let (promise, resolver) = Promise::with_resolver();
        self.ask(rt, Request::Close(resolver));
        promise
    }

    fn ask(&self, rt: &Runtime, request: Request) {
        let mut state = self.0.borrow_mut();
        state.waiting.push_back(request);
        let is_free = state.dir.is_some() || state.is_closed;
        drop(state);
        if is_free {
            self.work(rt);
        }
    }

    /// Answers what waits, until a request is under way. What it settles calls nobody back here.
    fn work(&self, rt: &Runtime) {
        loop {
            let mut state = self.0.borrow_mut();
            let Some(request) = state.waiting.pop_front() else { return };
            if state.is_closed {
                drop(state);
                match request {
                    Request::Read(resolver) => resolver.reject(rt, FsError::new(Error::EBADF, "scandir")),
                    Request::Close(resolver) => resolver.reject(rt, FsError::new(Error::EBADF, "closedir")),
                }
                continue;
            }
            let this = self.clone();
            match request {
                Request::Read(resolver) => {
                    if let Some(entry) = state.entries.pop_front() {
                        drop(state);
                        resolver.resolve(rt, Some(entry));
                        continue;
                    }
                    let Some(dir) = state.dir.take() else { return };
                    drop(state);
                    fs::readdir(rt, dir, BUFFER, move |rt, result, dir| {
                        let mut state = this.0.borrow_mut();
                        state.dir = Some(dir);
                        let first = result.map(|entries| {
                            state.entries.extend(entries);
                            state.entries.pop_front()
                        });
                        drop(state);
                        settle(rt, &resolver, first);
                        this.work(rt);
                    });
                }
                Request::Close(resolver) => {
                    let Some(dir) = state.dir.take() else { return };
                    state.is_closed = true;
                    state.entries.clear();
                    drop(state);
                    fs::closedir(rt, dir, move |rt, result| settle(rt, &resolver, result));
                    continue;
                }
            }
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::collections::BTreeSet;
    use std::rc::Rc;

    use crate::{Runtime, fs};

    /// As many reads at once as there are entries, and more: each entry comes once, then there is an end, and a close that
    /// was asked for meanwhile waits for all of them.
    #[test]
    fn what_overlaps_is_done_one_after_the_other() {
        for count in [0, 1, 31, 32, 33, 100] {
            let place = tempfile::tempdir().unwrap();
            for name in 0..count {
                fs::sync::write_file(place.path().join(name.to_string()), "").unwrap();
            }
            let rt = Runtime::new().unwrap();
            let (names, ends, closed) =
                (Rc::new(RefCell::new(BTreeSet::new())), Rc::new(Cell::new(0)), Rc::new(Cell::new(false)));
            let seen = (names.clone(), ends.clone(), closed.clone());
            fs::promises::opendir(&rt, place.path()).then(&rt, move |rt, dir| {
                for _ in 0..count + 3 {
                    let (names, ends, closed) = seen.clone();
                    dir.read(rt).then(rt, move |_, entry| {
                        assert!(!closed.get());
                        match entry {
                            Some(entry) => assert!(ends.get() == 0 && names.borrow_mut().insert(entry.into_name())),
                            None => ends.set(ends.get() + 1),
                        }
                        Ok(())
                    });
                }
                let closed = seen.2.clone();
                dir.close(rt).then(rt, move |_, ()| {
                    closed.set(true);
                    Ok(())
                });
                dir.read(rt).then(rt, |_, entry| unreachable!("a read after the close: {entry:?}")).catch(
                    rt,
                    |_, reason| {
                        assert_eq!(reason.message(), "EBADF: bad file descriptor, scandir");
                        Ok(())
                    },
                );
                Ok(())
            });
            assert_eq!(rt.run().unwrap(), 0);
            assert_eq!((names.borrow().len(), ends.get(), closed.get()), (count, 3, true));
        }
    }
}
