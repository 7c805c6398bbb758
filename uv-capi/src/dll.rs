//! `uv_lib_t`: shared libraries.

use std::ffi::{c_char, c_int, c_void};

use crate::alloc;
use crate::layout::uv_lib_t;
use crate::ptr::{Ptr, Str};

#[unsafe(no_mangle)]
extern "C" fn uv_dlopen(name: Str, lib: Ptr<uv_lib_t>) -> c_int {
    lib.errmsg.set(std::ptr::null_mut());
    // SAFETY: the name is null or ends with a zero; what the library does when loaded is the program's to know.
    unsafe {
        libc::dlerror();
        lib.handle.set(libc::dlopen(name.raw(), libc::RTLD_LAZY));
    }
    if lib.handle.get().is_null() { keep_error(lib) } else { 0 }
}

#[unsafe(no_mangle)]
extern "C" fn uv_dlclose(lib: Ptr<uv_lib_t>) {
    alloc::free(lib.errmsg.replace(std::ptr::null_mut()));
    let handle = lib.handle.replace(std::ptr::null_mut());
    if !handle.is_null() {
        // SAFETY: it is dlopen's, and forgotten.
        unsafe { libc::dlclose(handle) };
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_dlsym(lib: Ptr<uv_lib_t>, name: Str, symbol: Ptr<*mut c_void>) -> c_int {
    // SAFETY: the handle is dlopen's, and the name ends with a zero.
    let found = unsafe {
        libc::dlerror();
        libc::dlsym(lib.handle.get(), name.raw())
    };
    symbol.put(found);
    // A symbol may be null, and be no error.
    if found.is_null() { keep_error(lib) } else { 0 }
}

/// -1 if the linker has an error to tell, which is kept.
fn keep_error(lib: Ptr<uv_lib_t>) -> c_int {
    alloc::free(lib.errmsg.replace(std::ptr::null_mut()));
    // SAFETY: null, or a text that stays until the next call.
    let error = Str::new(unsafe { libc::dlerror() });
    match error.text_or_none() {
        Some(error) => {
            lib.errmsg.set(alloc::text(error.to_bytes()));
            -1
        }
        None => 0,
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_dlerror(lib: Ptr<uv_lib_t>) -> *const c_char {
    let error = lib.errmsg.get();
    if error.is_null() { c"no error".as_ptr() } else { error }
}
