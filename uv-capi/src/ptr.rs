//! What crosses the border to C: pointers to handles, requests and plain values, strings, buffers.
//!
//! Nearly all of this crate's unsafe code is here. It rests on libuv's contract with the program that calls:
//!
//! - a pointer that the program hands over is null, where libuv allows that, or points to a value of its type, which
//!   stays where it is until the handle's close callback, the request's callback, or the call's end;
//! - handles, requests and loops belong to one thread at a time;
//! - the program's callbacks have the types of `uv.h`.
//!
//! Whatever the program may change while one of its callbacks runs is a [`Cell`](std::cell::Cell) in [`layout`](crate::layout), so that a
//! reference to it promises nothing about its content.

use std::ffi::{CStr, OsStr, c_char, c_int};
use std::fmt;
use std::io::IoSlice;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr;
use std::slice;

use uv_sys::{Error, Result};

use crate::layout::uv_buf_t;

/// A pointer of the program's. To follow it is to rely on the contract above.
#[repr(transparent)]
pub(crate) struct Ptr<T>(*mut T);

impl<T> Ptr<T> {
    pub(crate) const NULL: Ptr<T> = Ptr(ptr::null_mut());

    pub(crate) const fn new(raw: *mut T) -> Ptr<T> {
        Ptr(raw)
    }

    pub(crate) fn raw(self) -> *mut T {
        self.0
    }

    pub(crate) fn is_null(self) -> bool {
        self.0.is_null()
    }

    /// The value, unless the pointer is null.
    pub(crate) fn get<'a>(self) -> Option<&'a T> {
        // SAFETY: by the contract it is null or valid, and what may change is in cells.
        unsafe { self.0.as_ref() }
    }

    /// The beginning of the value: a handle's type begins with `uv_handle_t`, a request's with `uv_req_t`.
    pub(crate) fn up<B>(self) -> Ptr<B>
    where
        T: Extends<B>,
    {
        Ptr(self.0.cast())
    }

    /// A value of the type whose beginning this is: its `type` has been looked at, or the program says so by calling a
    /// function of that type.
    pub(crate) fn down<D: Extends<T>>(self) -> Ptr<D> {
        Ptr(self.0.cast())
    }

    /// The same address as a number, for those who know a request by a number.
    pub(crate) fn number(self) -> usize {
        self.0.expose_provenance()
    }

    pub(crate) fn from_number(number: usize) -> Ptr<T> {
        Ptr(ptr::with_exposed_provenance_mut(number))
    }

    /// Writes a result for which the program has made room.
    pub(crate) fn put(self, value: T) {
        if !self.0.is_null() {
            // SAFETY: by the contract it points to a place for a `T`. Nothing is dropped: what is there need not be one.
            unsafe { self.0.write(value) };
        }
    }

    /// A copy of the value.
    pub(crate) fn read(self) -> T
    where
        T: Copy,
    {
        // SAFETY: by the contract it points to a value.
        unsafe { self.0.read() }
    }

    /// The element so many places further in an array of the program's.
    pub(crate) fn at(self, index: usize) -> Ptr<T> {
        Ptr(self.0.wrapping_add(index))
    }
}

impl<T> std::ops::Deref for Ptr<T> {
    type Target = T;

    #[inline]
    #[track_caller]
    fn deref(&self) -> &T {
        debug_assert!(!self.0.is_null(), "a null pointer where libuv wants a value");
        // SAFETY: by the contract it is valid here, where libuv follows it without a look, and what may change is in cells.
        unsafe { &*self.0 }
    }
}

impl<T> Clone for Ptr<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Ptr<T> {}

impl<T> PartialEq for Ptr<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> fmt::Debug for Ptr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

// SAFETY: a request goes to a thread of the pool and comes back; meanwhile the loop's thread leaves it alone, as the program
// must.
unsafe impl<T> Send for Ptr<T> {}

// SAFETY: as above: it is a number until somebody follows it.
unsafe impl<T> Sync for Ptr<T> {}

/// Says that a type of `uv.h` begins with another one.
///
/// # Safety
///
/// It does: `#[repr(C)]`, and the first field is a `B`, or of a type that begins with one.
pub(crate) unsafe trait Extends<B> {}

/// A string of the program's.
pub(crate) type Str = Ptr<c_char>;

impl Ptr<c_char> {
    /// Without a text, where libuv wants one, the process ends.
    pub(crate) fn text<'a>(self) -> &'a CStr {
        if self.is_null() {
            misuse("a string or a path", "it is a null pointer");
        }
        // SAFETY: by the contract it ends with a zero, and stays as it is for the call.
        unsafe { CStr::from_ptr(self.0) }
    }

    pub(crate) fn text_or_none<'a>(self) -> Option<&'a CStr> {
        (!self.is_null()).then(|| self.text())
    }

    pub(crate) fn path<'a>(self) -> &'a Path {
        Path::new(self.os_str())
    }

    pub(crate) fn os_str<'a>(self) -> &'a OsStr {
        OsStr::from_bytes(self.text().to_bytes())
    }

    /// So many bytes, zeros among them.
    pub(crate) fn bytes<'a>(self, length: usize) -> &'a [u8] {
        bytes(self.0.cast(), length)
    }
}

/// An array of the program's, which it leaves as it is for the call.
pub(crate) fn array<'a, T>(from: *const T, count: usize) -> &'a [T] {
    if from.is_null() || count == 0 {
        return &[];
    }
    // SAFETY: by the contract there are so many values.
    unsafe { slice::from_raw_parts(from, count) }
}

/// [`array`], which nobody else uses meanwhile.
pub(crate) fn array_mut<'a, T>(from: *mut T, count: usize) -> &'a mut [T] {
    if from.is_null() || count == 0 {
        return &mut [];
    }
    // SAFETY: by the contract there are so many values.
    unsafe { slice::from_raw_parts_mut(from, count) }
}

/// Buffers of the program's as the slices that they are, unless one is nowhere, which no slice may be.
pub(crate) fn slices(bufs: &[uv_buf_t]) -> Option<&[IoSlice<'_>]> {
    if bufs.iter().any(|buf| buf.base.is_null()) { None } else { Some(slices_of(bufs)) }
}

/// The same where none is nowhere.
#[inline]
pub(crate) fn slices_of(bufs: &[uv_buf_t]) -> &[IoSlice<'_>] {
    const {
        assert!(size_of::<uv_buf_t>() == size_of::<IoSlice<'_>>());
        assert!(align_of::<uv_buf_t>() == align_of::<IoSlice<'_>>());
    }
    debug_assert!(bufs.iter().all(|buf| !buf.base.is_null()));
    // SAFETY: both are `struct iovec`: the one by its fields, the other by its promise. By the contract there are so many bytes,
    // and the caller has found none that is null.
    unsafe { slice::from_raw_parts(bufs.as_ptr().cast(), bufs.len()) }
}

/// What one call of the system transfers at most; programs may name a larger number.
pub(crate) const MOST: usize = 0x7fff_f000;

/// Memory of the program's, to be read.
pub(crate) fn bytes<'a>(from: *const u8, count: usize) -> &'a [u8] {
    array(from, count.min(MOST))
}

/// Memory of the program's, to be written to.
pub(crate) fn bytes_mut<'a>(from: *mut u8, count: usize) -> &'a mut [u8] {
    if from.is_null() || count == 0 {
        return &mut [];
    }
    let count = count.min(MOST);
    // SAFETY: by the contract there is room for so many bytes, and nobody else uses it meanwhile. The memory is not Rust's:
    // its bytes have some value, also where the program has not written yet.
    unsafe { slice::from_raw_parts_mut(from, count) }
}

/// Copies a text into the program's buffer, as libuv's functions with a buffer and a pointer to its size do: without room
/// for the text and its zero it is `ENOBUFS`, and the size that is needed. Else the size is that of the text without its zero.
pub(crate) fn put_text(buffer: Str, size: Ptr<usize>, text: &[u8]) -> c_int {
    if buffer.is_null() || size.is_null() || size.read() == 0 {
        return Error::EINVAL.code();
    }
    let room = size.read();
    if text.len() >= room {
        size.put(text.len() + 1);
        return Error::ENOBUFS.code();
    }
    let place = bytes_mut(buffer.raw().cast(), text.len() + 1);
    place[..text.len()].copy_from_slice(text);
    place[text.len()] = 0;
    size.put(text.len());
    0
}

/// Copies the path of what watches one, as `uv_fs_event_getpath` and `uv_fs_poll_getpath` do: without one it is `EINVAL`, and
/// the size 0.
pub(crate) fn put_path(buffer: Str, size: Ptr<usize>, path: impl FnOnce() -> Result<PathBuf>) -> c_int {
    if buffer.is_null() || size.is_null() || size.read() == 0 {
        return Error::EINVAL.code();
    }
    match path() {
        Ok(path) => put_text(buffer, size, path.as_os_str().as_bytes()),
        Err(_) => {
            size.put(0);
            Error::EINVAL.code()
        }
    }
}

/// Copies as much of a text as there is room for, and a zero.
pub(crate) fn put_truncated(buffer: Str, size: usize, text: &[u8]) {
    if size == 0 {
        return;
    }
    let length = text.len().min(size - 1);
    let place = bytes_mut(buffer.raw().cast(), length + 1);
    place[..length].copy_from_slice(&text[..length]);
    place[length] = 0;
}

/// 0 or the error's number, as libuv's functions return it.
pub(crate) fn code(result: Result<()>) -> c_int {
    match result {
        Ok(()) => 0,
        Err(error) => error.code(),
    }
}

/// A count or the error's number.
pub(crate) fn count(result: Result<usize>) -> c_int {
    match result {
        Ok(count) => c_int::try_from(count).unwrap_or(c_int::MAX),
        Err(error) => error.code(),
    }
}

/// What the system's call has said: a number that is not negative, or `errno`.
pub(crate) fn os(result: c_int) -> Result<c_int> {
    if result < 0 { Err(std::io::Error::last_os_error().into()) } else { Ok(result) }
}

/// Ends the process, as libuv's assertions do.
pub(crate) fn misuse(function: &str, what: &str) -> ! {
    eprintln!("libuv: {function}: {what}");
    std::process::abort()
}
