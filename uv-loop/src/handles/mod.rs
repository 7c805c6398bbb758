//! The handles of libuv's core.

pub(crate) mod phase;
pub(crate) mod timer;
pub(crate) mod wake;
