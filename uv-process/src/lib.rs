#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod child;
mod command;
mod orphans;
mod output;
mod process;
mod running;
mod sigchld;
mod spare;
mod stdio;

pub use child::Child;
pub use command::{Command, Spawned};
pub use output::Output;
pub use process::{ExitOwner, Process};
pub use stdio::Stdio;
pub use uv_sys::os::kill;
pub use uv_sys::spawn::{ExitStatus, Method, Source, Spawn, disable_stdio_inheritance};
pub use uv_sys::{Error, Result};
