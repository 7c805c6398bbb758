//! The version: that of the libuv whose interface this is.

use std::ffi::{c_char, c_uint};

#[unsafe(no_mangle)]
extern "C" fn uv_version() -> c_uint {
    1 << 16 | 53 << 8
}

#[unsafe(no_mangle)]
extern "C" fn uv_version_string() -> *const c_char {
    c"1.53.0".as_ptr()
}
