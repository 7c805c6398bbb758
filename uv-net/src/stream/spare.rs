//! What closed streams have left.

use std::os::fd::{AsFd, IntoRawFd, OwnedFd};
use std::rc::Rc;

use uv_sys::Forks;

use super::body::{Rare, StreamBody, StreamType};
use super::write::Source;
use crate::spare::{self, SharedFd, Spare};

thread_local! {
    static BODIES: Spare<Rc<StreamBody>> = const { Spare::new(Vec::new()) };
    static RARES: Spare<Box<Rare>> = const { Spare::new(Vec::new()) };
    static PASSINGS: Spare<Box<Passing>> = const { Spare::new(Vec::new()) };
}

impl StreamBody {
    pub(crate) fn shared(kind: StreamType) -> Rc<StreamBody> {
        if let Some(mut body) = spare::take(&BODIES)
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
            unused.state.get_mut().reset();
            spare::keep(&BODIES, self);
        }
    }
}

impl Rare {
    pub(super) fn take() -> Box<Rare> {
        spare::take(&RARES).unwrap_or_default()
    }

    /// It has nothing to say.
    pub(super) fn keep(self: Box<Rare>) {
        spare::keep(&RARES, self);
    }
}

/// A write with the descriptor that goes with it.
#[derive(Default)]
pub(crate) struct Passing(Option<(Source, Rc<dyn AsFd>)>);

impl Passing {
    pub(super) fn boxed(source: Source, fd: Rc<dyn AsFd>) -> Box<Passing> {
        let mut passing = spare::take(&PASSINGS).unwrap_or_default();
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
        spare::keep(&PASSINGS, self);
        Some(source)
    }
}

pub(crate) type Descriptor = SharedFd<OwnedFd>;

impl Descriptor {
    /// Closes it, unless somebody has a share still; or lets it be, open. Gives what was around it.
    pub(super) fn let_go(self: Rc<Descriptor>, closes: bool) -> Option<Rc<Descriptor>> {
        let dispose = |fd: OwnedFd| {
            if !closes {
                let _ = fd.into_raw_fd();
            }
            None
        };
        self.empty(dispose).ok()
    }

    /// Closes it if nobody else can have it: nobody has a share, nor a child a copy. Then gives what was around it, else
    /// itself back.
    pub(super) fn close_alone(self: Rc<Descriptor>, before: Forks) -> Result<Rc<Descriptor>, Rc<Descriptor>> {
        self.empty(|fd| before.close(fd))
    }
}
