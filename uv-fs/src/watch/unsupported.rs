//! Where no notifications of the kernel are known.

use std::path::PathBuf;
use std::rc::Rc;

use uv_loop::{HandleId, HandleKind, Loop};
use uv_sys::Error;

use super::event::Listener;

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

    pub(super) fn start(
        &self,
        _: &Loop,
        _: HandleId,
        path: PathBuf,
        _: bool,
        _: Listener,
    ) -> std::result::Result<(), (Error, PathBuf)> {
        Err((Error::ENOSYS, path))
    }

    pub(super) fn stop(&self, _: &Loop, _: HandleId) -> Option<PathBuf> {
        None
    }

    pub(super) fn path(&self) -> Option<PathBuf> {
        None
    }
}
