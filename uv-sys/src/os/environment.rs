//! The environment, and directories that it names.

use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use crate::{Error, Result};

/// A variable of the environment, as `uv_os_getenv`.
///
/// # Errors
///
/// `ENOENT` if it is not set.
///
/// ```
/// use uv_sys::{Error, os};
///
/// assert!(os::getenv("PATH".as_ref()).is_ok());
/// assert_eq!(os::getenv("NO_SUCH_VARIABLE".as_ref()), Err(Error::ENOENT));
/// ```
pub fn getenv(name: &OsStr) -> Result<OsString> {
    env::var_os(name).ok_or(Error::ENOENT)
}

/// All variables of the environment, with their values, as `uv_os_environ`.
///
/// ```
/// assert!(uv_sys::os::environ().iter().any(|(name, _)| name == "PATH"));
/// ```
#[must_use]
pub fn environ() -> Vec<(OsString, OsString)> {
    env::vars_os().collect()
}

/// Sets a variable of the environment, as `uv_os_setenv`.
///
/// # Safety
///
/// No other thread may read or write the environment at the same time, but by this module's or `std::env`'s functions,
/// which share a lock. The C library doesn't take that lock: `getenv` in C code, `localtime`, `getaddrinfo` and others
/// read it without one, and would read memory that is freed. So call it before there are threads, or keep an
/// environment of your own and hand it to children, or know what the other threads do.
///
/// # Errors
///
/// `EINVAL` for a name that is empty or has a `=` or a NUL in it, or a value with a NUL.
///
/// ```
/// use uv_sys::os;
///
/// // SAFETY: there is no other thread.
/// unsafe { os::setenv("GREETING".as_ref(), "hello".as_ref())? };
/// assert_eq!(os::getenv("GREETING".as_ref())?, "hello");
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub unsafe fn setenv(name: &OsStr, value: &OsStr) -> Result<()> {
    check_name(name)?;
    if value.as_bytes().contains(&0) {
        return Err(Error::EINVAL);
    }
    // SAFETY: the caller's.
    unsafe { env::set_var(name, value) };
    Ok(())
}

/// Takes a variable out of the environment, as `uv_os_unsetenv`. One that is not set is left so.
///
/// # Safety
///
/// As of [`setenv`].
///
/// # Errors
///
/// `EINVAL` for a name that is empty or has a `=` or a NUL in it.
///
/// ```
/// use uv_sys::{Error, os};
///
/// // SAFETY: there is no other thread.
/// unsafe { os::unsetenv("GREETING".as_ref())? };
/// assert_eq!(os::getenv("GREETING".as_ref()), Err(Error::ENOENT));
/// # Ok::<(), Error>(())
/// ```
pub unsafe fn unsetenv(name: &OsStr) -> Result<()> {
    check_name(name)?;
    // SAFETY: the caller's.
    unsafe { env::remove_var(name) };
    Ok(())
}

/// The user's home directory, as `uv_os_homedir`: what `HOME` says, else the entry of the effective user.
///
/// # Errors
///
/// Those of [`passwd`](super::passwd).
///
/// ```
/// println!("{}", uv_sys::os::homedir()?.display());
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub fn homedir() -> Result<PathBuf> {
    match env::var_os("HOME") {
        Some(home) => Ok(home.into()),
        None => Ok(super::passwd()?.homedir),
    }
}

/// The directory for temporary files, as `uv_os_tmpdir`: the first of `TMPDIR`, `TMP`, `TEMP` and `TEMPDIR` that is
/// set, without a slash at its end, else `/tmp`.
///
/// ```
/// println!("{}", uv_sys::os::tmpdir().display());
/// ```
#[must_use]
pub fn tmpdir() -> PathBuf {
    tmpdir_of(|name| env::var_os(name))
}

fn tmpdir_of(variable: impl Fn(&str) -> Option<OsString>) -> PathBuf {
    let default = if cfg!(target_os = "android") { "/data/local/tmp" } else { "/tmp" };
    let directory = ["TMPDIR", "TMP", "TEMP", "TEMPDIR"].into_iter().find_map(variable);
    let directory = directory.unwrap_or_else(|| default.into());
    match directory.as_bytes() {
        [shorter @ .., b'/'] if !shorter.is_empty() => OsStr::from_bytes(shorter).into(),
        _ => directory.into(),
    }
}

fn check_name(name: &OsStr) -> Result<()> {
    let name = name.as_bytes();
    if name.is_empty() || name.contains(&b'=') || name.contains(&0) { Err(Error::EINVAL) } else { Ok(()) }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_is_set_is_for_temporary_files() {
        let of = |set: &[(&str, &str)]| {
            tmpdir_of(|name| set.iter().find(|(set, _)| *set == name).map(|(_, value)| value.into()))
        };
        assert_eq!(of(&[]).as_os_str(), "/tmp");
        assert_eq!(of(&[("TEMPDIR", "/d")]).as_os_str(), "/d");
        assert_eq!(of(&[("TEMPDIR", "/d"), ("TEMP", "/c/")]).as_os_str(), "/c");
        assert_eq!(of(&[("TEMP", "/c"), ("TMP", "/b//")]).as_os_str(), "/b/");
        assert_eq!(of(&[("TMP", "/b"), ("TMPDIR", "/")]).as_os_str(), "/");
        assert_eq!(of(&[("TMPDIR", "")]).as_os_str(), "");
    }

    #[test]
    fn names_that_cannot_be_set_are_refused() {
        for name in ["", "=", "A=B", "A\0B"] {
            // SAFETY: nothing is set.
            let results = unsafe { [setenv(name.as_ref(), "x".as_ref()), unsetenv(name.as_ref())] };
            assert_eq!(results, [Err(Error::EINVAL); 2]);
            assert_eq!(getenv(name.as_ref()), Err(Error::ENOENT));
        }
        // SAFETY: nothing is set.
        assert_eq!(unsafe { setenv("A".as_ref(), "x\0y".as_ref()) }, Err(Error::EINVAL));
    }
}
