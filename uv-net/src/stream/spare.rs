//! What closed handles have left, for those that are opened next: a program whose connections come and go allocates nothing
//! for them in the end.

use std::cell::RefCell;
use std::ops::Deref;
use std::os::fd::{AsFd, BorrowedFd, IntoRawFd, OwnedFd};
use std::rc::Rc;

use uv_sys::Forks;

use super::body::{Rare, StreamBody, StreamType};
use super::write::Source;

/// As many of each are kept.
const KEPT: usize = 256;

thread_local! {
    static BODIES: RefCell<Vec<Rc<StreamBody>>> = const { RefCell::new(Vec::new()) };
    #[allow(clippy::vec_box, reason = "the boxes are what is kept")]
    static RARES: RefCell<Vec<Box<Rare>>> = const { RefCell::new(Vec::new()) };
    #[allow(clippy::vec_box, reason = "as above")]
    static PASSINGS: RefCell<Vec<Box<Passing>>> = const { RefCell::new(Vec::new()) };
    static DESCRIPTORS: RefCell<Vec<Rc<Descriptor>>> = const { RefCell::new(Vec::new()) };
}

macro_rules! take {
    ($from:ident) => {
        $from.try_with(|spare| spare.borrow_mut().pop()).ok().flatten()
    };
}

/// What is no longer used has nothing in it: to drop it, if there are enough, calls nobody.
macro_rules! keep {
    ($from:ident, $unused:expr) => {
        let _ = $from.try_with(|spare| {
            let mut spare = spare.borrow_mut();
            if spare.len() < KEPT {
                spare.push($unused);
            }
        });
    };
}

impl StreamBody {
    pub(crate) fn shared(kind: StreamType) -> Rc<StreamBody> {
        if let Some(mut body) = take!(BODIES)
            && let Some(unused) = Rc::get_mut(&mut body)
        {
            unused.kind = kind;
            return body;
        }
        Rc::new(StreamBody::new(kind))
    }

    pub(super) fn keep(mut self: Rc<StreamBody>) {
        if let Some(unused) = Rc::get_mut(&mut self) {
            unused.state.get_mut().trim();
            let old = std::mem::take(unused.state.get_mut());
            drop(old);
            keep!(BODIES, self);
        }
    }
}

impl Rare {
    pub(super) fn take() -> Box<Rare> {
        take!(RARES).unwrap_or_default()
    }

    /// It has nothing to say.
    pub(super) fn keep(self: Box<Rare>) {
        keep!(RARES, self);
    }
}

/// A write with the descriptor that goes with it.
#[derive(Default)]
pub(crate) struct Passing(Option<(Source, Rc<dyn AsFd>)>);

impl Passing {
    pub(super) fn boxed(source: Source, fd: Rc<dyn AsFd>) -> Box<Passing> {
        let mut passing = take!(PASSINGS).unwrap_or_default();
        passing.0 = Some((source, fd));
        passing
    }

    pub(super) fn source(&self) -> Option<&Source> {
        self.0.as_ref().map(|(source, _)| source)
    }

    pub(super) fn fd(&self) -> Option<&Rc<dyn AsFd>> {
        self.0.as_ref().map(|(_, fd)| fd)
    }

    pub(super) fn into_source(mut self: Box<Passing>) -> Option<Source> {
        let (source, _) = self.0.take()?;
        keep!(PASSINGS, self);
        Some(source)
    }
}

/// A stream's descriptor, which is shared for the time of a call, or by who asks for it.
pub(crate) struct Descriptor(Option<OwnedFd>);

impl Descriptor {
    pub(crate) fn shared(fd: OwnedFd) -> Rc<Descriptor> {
        let mut shared = take!(DESCRIPTORS).unwrap_or_else(|| Rc::new(Descriptor(None)));
        match Rc::get_mut(&mut shared) {
            Some(unused) => {
                unused.0 = Some(fd);
                shared
            }
            None => Rc::new(Descriptor(Some(fd))),
        }
    }

    /// Closes it, unless somebody has a share still; or lets it be, open.
    pub(crate) fn let_go(mut self: Rc<Descriptor>, closes: bool) {
        if let Some(unused) = Rc::get_mut(&mut self) {
            let fd = unused.0.take();
            if let (Some(fd), false) = (fd, closes) {
                let _ = fd.into_raw_fd();
            }
            keep!(DESCRIPTORS, self);
        }
    }

    /// Closes it if nobody else can have it: nobody has a share, nor a child a copy. Else gives it back.
    pub(super) fn close_alone(mut self: Rc<Descriptor>, before: Forks) -> Option<Rc<Descriptor>> {
        let Some(alone) = Rc::get_mut(&mut self) else { return Some(self) };
        alone.0 = alone.0.take().and_then(|fd| before.close(fd));
        if alone.0.is_some() {
            return Some(self);
        }
        keep!(DESCRIPTORS, self);
        None
    }
}

impl Deref for Descriptor {
    type Target = OwnedFd;

    fn deref(&self) -> &OwnedFd {
        self.0.as_ref().expect("it is there as long as anybody has a share")
    }
}

impl AsFd for Descriptor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.deref().as_fd()
    }
}
