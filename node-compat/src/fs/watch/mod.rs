//! Watchers of files.

pub(super) mod event;
pub(super) mod stat;
