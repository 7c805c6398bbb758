//! The process's title: `ps` shows what stands where the arguments stood.

use std::ffi::{c_char, c_int};
use std::sync::{Mutex, PoisonError};

use uv_sys::Error;

use crate::alloc;
use crate::ptr::{Ptr, Str, bytes_mut, put_truncated};

/// The memory of the arguments.
struct Title {
    place: Str,
    /// Of the text, without its zero.
    length: usize,
    capacity: usize,
    /// The program's arguments from then on.
    copy: Ptr<u8>,
}

static TITLE: Mutex<Option<Title>> = Mutex::new(None);

/// Gives the program a copy of its arguments, so that their memory can have the title.
#[unsafe(no_mangle)]
extern "C" fn uv_setup_args(argc: c_int, argv: *mut *mut c_char) -> *mut *mut c_char {
    let Some(count) = usize::try_from(argc).ok().filter(|count| *count > 0 && !argv.is_null()) else {
        return argv;
    };
    let args: Vec<Str> = (0..count).map(|index| Ptr::new(Ptr::new(argv).at(index).read())).collect();
    let table = (count + 1) * size_of::<*mut c_char>();
    let texts: usize = args.iter().map(|arg| arg.text().count_bytes() + 1).sum();
    let copy = alloc::zeroed::<u8>(table + texts);
    if copy.is_null() {
        return argv;
    }
    let list = Ptr::<*mut c_char>::new(copy.cast());
    let mut place = Str::new(copy.wrapping_add(table).cast());
    for (index, arg) in args.iter().enumerate() {
        let text = arg.text().to_bytes();
        put_truncated(place, text.len() + 1, text);
        list.at(index).put(place.raw());
        place = place.at(text.len() + 1);
    }
    let (first, last) = (args[0], args[count - 1]);
    let end = last.raw().addr() + last.text().count_bytes() + 1;
    let title = Title {
        place: first,
        length: first.text().count_bytes(),
        capacity: end.saturating_sub(first.raw().addr()),
        copy: Ptr::new(copy),
    };
    *TITLE.lock().unwrap_or_else(PoisonError::into_inner) = Some(title);
    list.raw()
}

/// Frees the copy, which the program uses no longer: after that the process has no title to set.
pub(crate) fn forget() {
    if let Some(title) = TITLE.lock().unwrap_or_else(PoisonError::into_inner).take() {
        alloc::free(title.copy.raw());
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_set_process_title(title: Str) -> c_int {
    let mut current = TITLE.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(current) = current.as_mut().filter(|_| !title.is_null()) else {
        return Error::ENOBUFS.code();
    };
    let text = title.text().to_bytes();
    let text = &text[..text.len().min(current.capacity.saturating_sub(1))];
    let place = bytes_mut(current.place.raw().cast(), current.capacity);
    place.fill(0);
    place[..text.len()].copy_from_slice(text);
    current.length = text.len();
    // SAFETY: the text ends with a zero; the kernel takes as much of it as it has room for.
    unsafe { libc::prctl(libc::PR_SET_NAME, current.place.raw()) };
    0
}

#[unsafe(no_mangle)]
extern "C" fn uv_get_process_title(buffer: Str, size: usize) -> c_int {
    if buffer.is_null() || size == 0 {
        return Error::EINVAL.code();
    }
    let current = TITLE.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(current) = current.as_ref() else {
        return Error::ENOBUFS.code();
    };
    if size <= current.length {
        return Error::ENOBUFS.code();
    }
    put_truncated(buffer, size, current.place.bytes(current.length));
    0
}
