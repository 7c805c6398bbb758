//! Memory that goes to the program: `uv_replace_allocator` decides where it comes from. What stays inside is Rust's.

use std::ffi::{c_char, c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use uv_sys::Error;

type Malloc = extern "C" fn(usize) -> *mut c_void;
type Realloc = extern "C" fn(*mut c_void, usize) -> *mut c_void;
type Calloc = extern "C" fn(usize, usize) -> *mut c_void;
type Free = extern "C" fn(*mut c_void);

struct Functions {
    malloc: Malloc,
    calloc: Calloc,
    free: Free,
}

/// Null for the C library's.
static REPLACED: AtomicPtr<Functions> = AtomicPtr::new(ptr::null_mut());

#[unsafe(no_mangle)]
extern "C" fn uv_replace_allocator(
    malloc: Option<Malloc>,
    realloc: Option<Realloc>,
    calloc: Option<Calloc>,
    free: Option<Free>,
) -> c_int {
    let (Some(malloc), Some(_), Some(calloc), Some(free)) = (malloc, realloc, calloc, free) else {
        return Error::EINVAL.code();
    };
    // Never freed: another thread may be using the old ones.
    REPLACED.store(Box::into_raw(Box::new(Functions { malloc, calloc, free })), Ordering::Release);
    0
}

fn replaced() -> Option<&'static Functions> {
    // SAFETY: it is null or was leaked above.
    unsafe { REPLACED.load(Ordering::Acquire).as_ref() }
}

/// Null where there is no memory.
pub(crate) fn allocate(size: usize) -> *mut c_void {
    match replaced() {
        Some(functions) => (functions.malloc)(size),
        // SAFETY: any size will do.
        None => unsafe { libc::malloc(size) },
    }
}

/// `count` values of zeros, or null.
pub(crate) fn zeroed<T>(count: usize) -> *mut T {
    match replaced() {
        Some(functions) => (functions.calloc)(count, size_of::<T>()),
        // SAFETY: any size will do.
        None => unsafe { libc::calloc(count, size_of::<T>()) },
    }
    .cast()
}

/// Takes back what the functions here have given; null is nothing.
pub(crate) fn free<T>(memory: *mut T) {
    if memory.is_null() {
        return;
    }
    match replaced() {
        Some(functions) => (functions.free)(memory.cast()),
        // SAFETY: it is malloc's: the allocator is replaced before there is any memory, or libuv's contract is broken.
        None => unsafe { libc::free(memory.cast()) },
    }
}

/// A copy that ends with a zero, or null.
pub(crate) fn text(bytes: &[u8]) -> *mut c_char {
    let copy = allocate(bytes.len() + 1).cast::<u8>();
    if !copy.is_null() {
        // SAFETY: there is room for the bytes and the zero.
        unsafe {
            ptr::copy_nonoverlapping(bytes.as_ptr(), copy, bytes.len());
            copy.add(bytes.len()).write(0);
        }
    }
    copy.cast()
}

/// A copy in the program's memory, or null.
pub(crate) fn value<T>(value: T) -> *mut T {
    let copy = allocate(size_of::<T>()).cast::<T>();
    if !copy.is_null() {
        // SAFETY: there is room for it, and malloc's alignment suffices for the types of `uv.h`.
        unsafe { copy.write(value) };
    }
    copy
}
