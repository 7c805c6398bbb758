//! Futures of what a loop waits for. Dropping one ends the wait.

pub(crate) mod fd;
pub(crate) mod request;
pub(crate) mod signal;
pub(crate) mod tick;
pub(crate) mod time;
pub(crate) mod work;
