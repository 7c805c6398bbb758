//! Where no notifications of the kernel are known.

use std::path::PathBuf;
use std::rc::Rc;

use uv_loop::{HandleId, HandleKind, Loop};
use uv_sys::{Error, Result};

use super::event::Callback;

pub(super) struct Watcher;

impl HandleKind for Watcher {
    fn name(&self) -> &'static str {
        "fs_event"
    }
}

impl Watcher {
    pub(super) fn add(lp: &Loop) -> HandleId {
        lp.add_handle(Rc::new(Watcher))
    }

    pub(super) fn start(&self, _: &Loop, _: HandleId, _: PathBuf, _: bool, _: Box<Callback>) -> Result<()> {
        Err(Error::ENOSYS)
    }

    pub(super) fn stop(&self, _: &Loop, _: HandleId) {}

    pub(super) fn path(&self) -> Option<PathBuf> {
        None
    }
}
