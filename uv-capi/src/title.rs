//! The process's title: `ps` shows what stands where the arguments stood.

use std::ffi::{OsStr, c_char, c_int};
use std::os::unix::ffi::OsStrExt;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use uv_sys::{Error, os};

use crate::alloc;
use crate::ptr::{Ptr, Str, code, put_truncated};

/// The program's arguments from `uv_setup_args` on. Without it a program has no title, as in libuv: its own list is in the way.
static COPY: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());

/// Gives the program a copy of its arguments, so that their memory can have the title.
#[unsafe(no_mangle)]
extern "C" fn uv_setup_args(argc: c_int, argv: *mut *mut c_char) -> *mut *mut c_char {
    let count = usize::try_from(argc).unwrap_or(0);
    // SAFETY: by libuv's contract they are what `main` has got, and from here on the program uses the copy.
    let Ok(args) = (unsafe { os::setup_args(count, argv) }) else {
        return argv;
    };
    let table = (count + 1) * size_of::<*mut c_char>();
    let texts: usize = args.iter().map(|arg| arg.count_bytes() + 1).sum();
    let copy = alloc::zeroed::<u8>(table + texts);
    if copy.is_null() {
        return argv;
    }
    let list = Ptr::<*mut c_char>::new(copy.cast());
    let mut place = Str::new(copy.wrapping_add(table).cast());
    for (index, arg) in args.iter().enumerate() {
        put_truncated(place, arg.count_bytes() + 1, arg.to_bytes());
        list.at(index).put(place.raw());
        place = place.at(arg.count_bytes() + 1);
    }
    COPY.store(copy, Ordering::Release);
    list.raw()
}

/// Frees the copy, which the program uses no longer: after that the process has no title to set.
pub(crate) fn forget() {
    let copy = COPY.swap(ptr::null_mut(), Ordering::AcqRel);
    if !copy.is_null() {
        alloc::free(copy);
    }
}

fn is_set_up() -> bool {
    !COPY.load(Ordering::Acquire).is_null()
}

#[unsafe(no_mangle)]
extern "C" fn uv_set_process_title(title: Str) -> c_int {
    if title.is_null() || !is_set_up() {
        return Error::ENOBUFS.code();
    }
    code(os::set_process_title(OsStr::from_bytes(title.text().to_bytes())))
}

#[unsafe(no_mangle)]
extern "C" fn uv_get_process_title(buffer: Str, size: usize) -> c_int {
    if buffer.is_null() || size == 0 {
        return Error::EINVAL.code();
    }
    let title = os::process_title().ok().filter(|_| is_set_up());
    match title {
        Some(title) if title.len() < size => {
            put_truncated(buffer, size, title.as_bytes());
            0
        }
        _ => Error::ENOBUFS.code(),
    }
}
