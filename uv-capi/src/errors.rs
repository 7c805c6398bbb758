//! Errors: their names and messages.

use std::ffi::{CString, c_char, c_int};
use std::sync::{LazyLock, Mutex, PoisonError};

use uv_sys::Error;

use crate::alloc;
use crate::ptr::{Str, put_truncated};

/// Of each error its number, name and message, ending with a zero.
static TEXTS: LazyLock<Vec<(c_int, CString, CString)>> = LazyLock::new(|| {
    let text = |text: &str| CString::new(text).unwrap_or_default();
    Error::all().map(|error| (error.code(), text(error.name()), text(error.message()))).collect()
});

fn found(code: c_int) -> Option<&'static (c_int, CString, CString)> {
    TEXTS.iter().find(|(number, ..)| *number == code)
}

/// As in libuv the text of an unknown error is never freed; here there is one a number.
fn unknown(code: c_int) -> *const c_char {
    struct Texts(Vec<(c_int, *const c_char)>);
    // SAFETY: the texts are leaked, and only read.
    unsafe impl Send for Texts {}
    static UNKNOWN: Mutex<Texts> = Mutex::new(Texts(Vec::new()));

    let mut unknown = UNKNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, text)) = unknown.0.iter().find(|(number, _)| *number == code) {
        return *text;
    }
    // libuv's has room for so much.
    const ROOM: usize = 31;
    let text = unknown_text(code);
    let text = alloc::text(&text.as_bytes()[..text.len().min(ROOM)]);
    if text.is_null() {
        return c"Unknown system error".as_ptr();
    }
    unknown.0.push((code, text));
    text
}

fn unknown_text(code: c_int) -> String {
    format!("Unknown system error {code}")
}

#[unsafe(no_mangle)]
extern "C" fn uv_err_name(code: c_int) -> *const c_char {
    found(code).map_or_else(|| unknown(code), |(_, name, _)| name.as_ptr())
}

#[unsafe(no_mangle)]
extern "C" fn uv_strerror(code: c_int) -> *const c_char {
    found(code).map_or_else(|| unknown(code), |(.., message)| message.as_ptr())
}

#[unsafe(no_mangle)]
extern "C" fn uv_err_name_r(code: c_int, buffer: Str, size: usize) -> Str {
    match found(code) {
        Some((_, name, _)) => put_truncated(buffer, size, name.as_bytes()),
        None => put_truncated(buffer, size, unknown_text(code).as_bytes()),
    }
    buffer
}

#[unsafe(no_mangle)]
extern "C" fn uv_strerror_r(code: c_int, buffer: Str, size: usize) -> Str {
    match found(code) {
        Some((.., message)) => put_truncated(buffer, size, message.as_bytes()),
        None => put_truncated(buffer, size, unknown_text(code).as_bytes()),
    }
    buffer
}

#[unsafe(no_mangle)]
extern "C" fn uv_translate_sys_error(errno: c_int) -> c_int {
    if errno <= 0 { errno } else { -errno }
}
