#![doc = include_str!("../README.md")]

/// Prints to stderr; that it cannot be printed is no reason to panic.
macro_rules! complain {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}
pub(crate) use complain;

mod bindings;
mod builtins;
mod host;
mod modules;
mod options;
mod run;

pub use options::{Main, Options, UnhandledRejections};
pub use run::run;
