//! The handles of libuv's core.

pub(crate) mod callback;
pub(crate) mod channel;
pub(crate) mod phase;
pub(crate) mod poll;
pub(crate) mod signal;
pub(crate) mod spare;
pub(crate) mod timer;
pub(crate) mod wake;
