//! Users and groups, as the C library finds them: in files, or over a network.

use std::ffi::{CStr, OsStr, OsString};
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::ptr;

use libc::{c_char, c_int};

use crate::{Error, Result};

/// A user's entry, as `uv_passwd_t`.
///
/// ```
/// let root = uv_sys::os::passwd_of(0)?;
/// assert_eq!(root.username, "root");
/// # Ok::<(), uv_sys::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Passwd {
    /// The name to log in.
    pub username: OsString,
    /// The user's id.
    pub uid: u32,
    /// The id of the group that the user is in from the start.
    pub gid: u32,
    /// The program that runs after the login.
    pub shell: PathBuf,
    /// The directory of the user's own files.
    pub homedir: PathBuf,
}

/// A group's entry, as `uv_group_t`.
///
/// ```
/// assert_eq!(uv_sys::os::group(0)?.gid, 0);
/// # Ok::<(), uv_sys::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Group {
    /// The group's name.
    pub groupname: OsString,
    /// The group's id.
    pub gid: u32,
    /// The names of those who are in it without having it in their own entry.
    pub members: Vec<OsString>,
}

/// The effective user's entry, as `uv_os_get_passwd`.
///
/// # Errors
///
/// `ENOENT` if there is none; the system's, if it cannot be read.
///
/// ```
/// match uv_sys::os::passwd() {
///     Ok(user) => assert_eq!(user.uid, uv_sys::os::ids().euid),
///     Err(error) => assert_eq!(error, uv_sys::Error::ENOENT),
/// }
/// ```
pub fn passwd() -> Result<Passwd> {
    passwd_of(rustix::process::geteuid().as_raw())
}

/// A user's entry, as `uv_os_get_passwd2`.
///
/// # Errors
///
/// `ENOENT` if there is none; the system's, if it cannot be read.
///
/// ```
/// assert_eq!(uv_sys::os::passwd_of(u32::MAX - 7), Err(uv_sys::Error::ENOENT));
/// ```
pub fn passwd_of(uid: u32) -> Result<Passwd> {
    lookup(
        // SAFETY: `lookup` hands over an entry and a buffer of that length, which outlive the call.
        |entry, buffer, length, found| unsafe { libc::getpwuid_r(uid, entry, buffer, length, found) },
        // SAFETY: the entry is filled, and what it points to lives in the buffer; a null text is none.
        |entry: &libc::passwd| unsafe {
            Passwd {
                username: text(entry.pw_name),
                uid: entry.pw_uid,
                gid: entry.pw_gid,
                shell: text(entry.pw_shell).into(),
                homedir: text(entry.pw_dir).into(),
            }
        },
    )
}

/// A group's entry, as `uv_os_get_group`.
///
/// # Errors
///
/// `ENOENT` if there is none; the system's, if it cannot be read.
///
/// ```
/// assert_eq!(uv_sys::os::group(u32::MAX - 7), Err(uv_sys::Error::ENOENT));
/// ```
pub fn group(gid: u32) -> Result<Group> {
    lookup(
        // SAFETY: `lookup` hands over an entry and a buffer of that length, which outlive the call.
        |entry, buffer, length, found| unsafe { libc::getgrgid_r(gid, entry, buffer, length, found) },
        // SAFETY: the entry is filled, and what it points to lives in the buffer; the list ends with a null.
        |entry: &libc::group| unsafe {
            let mut members = Vec::new();
            let mut next = entry.gr_mem;
            while !next.is_null() && !(*next).is_null() {
                members.push(text(*next));
                next = next.add(1);
            }
            Group { groupname: text(entry.gr_name), gid: entry.gr_gid, members }
        },
    )
}

/// Calls one of the C library's functions with a buffer that grows until the entry has room in it.
fn lookup<E, T>(
    call: impl Fn(*mut E, *mut c_char, usize, *mut *mut E) -> c_int,
    convert: impl FnOnce(&E) -> T,
) -> Result<T> {
    let mut buffer: Vec<c_char> = vec![0; 2000];
    loop {
        let mut entry = MaybeUninit::<E>::uninit();
        let mut found = ptr::null_mut();
        match call(entry.as_mut_ptr(), buffer.as_mut_ptr(), buffer.len(), &raw mut found) {
            0 if found.is_null() => return Err(Error::ENOENT),
            // SAFETY: the function has succeeded and set `found` to the entry, which it has filled.
            0 => return Ok(convert(unsafe { &*found })),
            libc::EINTR => {}
            libc::ERANGE => buffer.resize(buffer.len() * 2, 0),
            errno => return Err(Error::from_raw_errno(errno)),
        }
    }
}

/// # Safety
///
/// `text` is null or ends with a NUL.
unsafe fn text(text: *const c_char) -> OsString {
    if text.is_null() {
        return OsString::new();
    }
    // SAFETY: the caller's.
    OsStr::from_bytes(unsafe { CStr::from_ptr(text) }.to_bytes()).to_owned()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_grows_until_the_entry_fits() {
        let calls = std::cell::Cell::new(0);
        let result = lookup(
            |entry: *mut u32, _, length, found| {
                calls.set(calls.get() + 1);
                if calls.get() == 2 {
                    return libc::EINTR;
                }
                if length < 7000 {
                    return libc::ERANGE;
                }
                // SAFETY: both are `lookup`'s.
                unsafe {
                    entry.write(length as u32);
                    found.write(entry);
                }
                0
            },
            |&entry| entry,
        );
        assert_eq!((result, calls.get()), (Ok(8000), 4));
    }

    #[test]
    fn failures_are_errors() {
        let of = |errno| lookup(|_: *mut u32, _, _, _| errno, |&entry| entry);
        assert_eq!(of(0), Err(Error::ENOENT));
        assert_eq!(of(libc::EMFILE), Err(Error::EMFILE));
    }
}
