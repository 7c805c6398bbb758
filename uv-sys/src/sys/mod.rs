//! The platform's readiness interface.
//!
//! Every backend supplies these types, and nothing else of a platform is known outside of it:
//!
//! | type | what it is |
//! |---|---|
//! | `Selector` | the kernel's set of watched descriptors: `new() -> (Selector, Notifier)`, `add`, `modify`, `delete`, `wait` (one wait, which a notification ends early), `reinit` (a new and empty set, with the same notifier), `as_fd` |
//! | `RawEvents` | the buffer that `Selector::wait` fills: `with_capacity`, `clear`, `count`, `iter` over [`crate::Event`] |
//! | `Notifier` | ends the selector's current or next wait from any thread: `notify` |
//!
//! A `wait` may end early, with no event and no notification; [`crate::Poller`] repeats it. Which
//! key the backend keeps for itself is [`RESERVED_KEY`].

#[cfg(all(any(target_os = "linux", target_os = "android"), not(uv_portable_poll)))]
mod epoll;
#[cfg(all(any(target_os = "linux", target_os = "android"), not(uv_portable_poll)))]
pub(crate) use epoll::{Notifier, RawEvents, Selector};

#[cfg(any(not(any(target_os = "linux", target_os = "android")), uv_portable_poll))]
mod portable;
#[cfg(any(not(any(target_os = "linux", target_os = "android")), uv_portable_poll))]
pub(crate) use portable::{Notifier, RawEvents, Selector};

/// The key under which a backend registers its own descriptors.
pub(crate) const RESERVED_KEY: usize = usize::MAX;
