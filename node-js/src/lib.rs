#![doc = include_str!("../README.md")]

mod bindings;
mod builtins;
mod host;
mod modules;
mod options;
mod run;

pub use options::{Main, Options, UnhandledRejections};
pub use run::run;
