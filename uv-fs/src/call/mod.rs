//! The blocking system calls. Each is retried when a signal interrupts it.

pub mod bare;
pub(crate) mod copy;
pub(crate) mod dir;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) mod entries;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[path = "entries_portable.rs"]
pub(crate) mod entries;
pub(crate) mod fd;
pub(crate) mod owner;
pub(crate) mod path;
pub(crate) mod stat;
pub(crate) mod statfs;
pub(crate) mod temp;
pub(crate) mod transfer;
pub(crate) mod tree;
pub(crate) mod whole;

use std::path::Path;

use rustix::fs::{Mode, RawMode};
use rustix::io::{Errno, retry_on_intr};
use uv_sys::Error;

use crate::{FsError, Result};

fn on_fd<T>(syscall: &'static str, call: impl FnMut() -> std::result::Result<T, Errno>) -> Result<T> {
    retry_on_intr(call).map_err(|errno| FsError::new(code(errno), syscall))
}

fn on_path<T>(syscall: &'static str, path: &Path, call: impl FnMut() -> std::result::Result<T, Errno>) -> Result<T> {
    on_fd(syscall, call).map_err(|error| error.with_path(path))
}

fn on_paths<T>(
    syscall: &'static str,
    path: &Path,
    dest: &Path,
    call: impl FnMut() -> std::result::Result<T, Errno>,
) -> Result<T> {
    on_path(syscall, path, call).map_err(|error| error.with_dest(dest))
}

fn code(errno: Errno) -> Error {
    Error::from_raw_errno(errno.raw_os_error())
}

fn permissions(mode: u32) -> Mode {
    Mode::from_raw_mode(mode as RawMode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupted_call_is_made_again() {
        let mut calls = 0;
        let result = on_fd("read", || {
            calls += 1;
            if calls < 3 { Err(Errno::INTR) } else { Ok(calls) }
        });
        assert_eq!(result, Ok(3));
    }
}
