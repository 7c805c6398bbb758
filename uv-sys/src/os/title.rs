//! The process's title: `ps` shows what stands where the arguments stood.

use std::ffi::{CStr, CString, OsStr, OsString, c_char};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::slice;
use std::sync::atomic::{AtomicPtr, AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::{Error, Result};

/// The process's title, as `uv_get_process_title`: what was set last, and until then the name by which the program was called.
///
/// # Errors
///
/// `ENOBUFS` where it is not known where the arguments are: see [`set_process_title`].
///
/// ```
/// # #[cfg(all(target_os = "linux", target_env = "gnu"))]
/// assert_eq!(uv_sys::os::process_title()?, std::env::args_os().next().unwrap());
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub fn process_title() -> Result<OsString> {
    with_title(|title| {
        let text = title.memory[..title.length].iter().map(|byte| byte.load(Ordering::Relaxed));
        OsString::from_vec(text.collect())
    })
}

/// Sets what `ps`, `top` and `/proc/PID/cmdline` show of the process, and the name of the calling thread (the first 15 bytes of
/// it), as `uv_set_process_title`.
///
/// There is as much room as the arguments had, their NULs included: of a longer title the beginning is taken. Only that memory
/// is written, and not the environment behind it. [`std::env::args`] goes on to give the arguments, of which a copy is made.
///
/// Call it before there are threads that read the arguments: one that does so while the first title is set may get
/// a mixture of both.
///
/// # Errors
///
/// `EINVAL` for a title with a NUL in it. `ENOBUFS` where it is not known where the arguments are: the C library tells it
/// on Linux with glibc, and elsewhere there is [`setup_args`].
///
/// ```
/// # #[cfg(all(target_os = "linux", target_env = "gnu"))] {
/// use uv_sys::os;
///
/// let arguments: Vec<_> = std::env::args_os().collect();
/// os::set_process_title("worker 7".as_ref())?;
/// assert_eq!(os::process_title()?, "worker 7");
/// assert!(std::fs::read("/proc/self/cmdline").unwrap().starts_with(b"worker 7\0"));
/// assert!(std::env::args_os().eq(arguments));
/// # }
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub fn set_process_title(title: &OsStr) -> Result<()> {
    if title.as_bytes().contains(&0) {
        return Err(Error::EINVAL);
    }
    with_title(|place| place.set(title.as_bytes()))?;
    name_thread(title);
    Ok(())
}

/// Tells where the arguments are, as `uv_setup_args`: for programs whose `main` is not Rust's. From here on the memory behind
/// them is the title's. The list stays as it is; the program should go on with the copy that this gives.
///
/// # Errors
///
/// `EINVAL` if there is no argument.
///
/// # Safety
///
/// `args` must be what `main` has got: a list of `count` texts, each with its NUL, one behind the other. From here on nobody
/// may read the texts, or write to them, but by the functions of this module.
///
/// ```
/// use std::ffi::c_char;
/// use uv_sys::os;
///
/// let text = Vec::leak(b"program\0argument\0".to_vec()).as_mut_ptr().cast::<c_char>();
/// let args = [text, text.wrapping_add(8)];
/// // SAFETY: the texts are there for good, and nobody else has them.
/// let copies = unsafe { os::setup_args(args.len(), args.as_ptr())? };
/// assert_eq!(copies, [c"program".to_owned(), c"argument".to_owned()]);
/// os::set_process_title("a title that is too long".as_ref())?;
/// assert_eq!(os::process_title()?, "a title that is ");
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub unsafe fn setup_args(count: usize, args: *const *mut c_char) -> Result<Vec<CString>> {
    if count == 0 || args.is_null() {
        return Err(Error::EINVAL);
    }
    // SAFETY: the caller's: there are so many pointers.
    let list: Vec<*mut c_char> = unsafe { slice::from_raw_parts(args, count) }.to_vec();
    // SAFETY: the caller's.
    let (title, copies) = unsafe { Title::over(&list) };
    let mut place = TITLE.lock().unwrap_or_else(PoisonError::into_inner);
    let kept = place.take().map_or(Vec::new(), |title| title.kept);
    *place = Some(Title { kept, ..title });
    Ok(copies)
}

struct Title {
    /// The kernel reads it when somebody asks for the arguments. Its last byte is never written: where another one than NUL is
    /// there, the kernel takes what follows, the environment, for more of the title.
    memory: &'static [AtomicU8],
    /// Of the text.
    length: usize,
    /// Until the first title is set: the program's list, which then gets copies.
    list: Option<(&'static [AtomicPtr<c_char>], Vec<CString>)>,
    /// What the program's list has now.
    kept: Vec<CString>,
}

static TITLE: Mutex<Option<Title>> = Mutex::new(None);

fn with_title<R>(act: impl FnOnce(&mut Title) -> R) -> Result<R> {
    let mut title = TITLE.lock().unwrap_or_else(PoisonError::into_inner);
    if title.is_none() {
        *title = captured::title();
    }
    title.as_mut().map(act).ok_or(Error::ENOBUFS)
}

impl Title {
    /// # Safety
    ///
    /// The list is of texts that are there for good, at least one, and nobody has a reference to them.
    unsafe fn over(list: &[*mut c_char]) -> (Title, Vec<CString>) {
        // SAFETY: the caller's.
        let copies: Vec<CString> = list.iter().map(|&text| unsafe { CStr::from_ptr(text) }.to_owned()).collect();
        // Someone may have put another text into the list: what is not behind the others has no part in it.
        let (mut end, mut capacity) = (list[0].addr(), 0);
        for (&text, copy) in list.iter().zip(&copies) {
            if text.addr() != end {
                break;
            }
            let size = copy.as_bytes_with_nul().len();
            (end, capacity) = (end + size, capacity + size);
        }
        // SAFETY: the memory is there for good, and nobody else has a reference to it. It is read and written by atomic
        // operations only, here; copies of the arguments are made (by `std::env::args`) of what is there.
        let memory = unsafe { slice::from_raw_parts(list[0].cast::<AtomicU8>(), capacity) };
        (Title { memory, length: copies[0].count_bytes(), list: None, kept: Vec::new() }, copies)
    }

    fn set(&mut self, text: &[u8]) {
        if let Some((list, copies)) = self.list.take() {
            // Release: with the pointer comes the text.
            list.iter().zip(&copies).for_each(|(place, copy)| place.store(copy.as_ptr().cast_mut(), Ordering::Release));
            self.kept = copies;
        }
        let Some((_, room)) = self.memory.split_last() else { return };
        self.length = text.len().min(room.len());
        let bytes = text.iter().copied().chain(std::iter::repeat(0));
        room.iter().zip(bytes).for_each(|(place, byte)| place.store(byte, Ordering::Relaxed));
    }
}

/// What the C library tells of the arguments before `main`.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod captured {
    use std::ffi::c_int;
    use std::ptr;
    use std::sync::atomic::AtomicI32;

    use super::*;

    static COUNT: AtomicI32 = AtomicI32::new(0);
    static LIST: AtomicPtr<*mut c_char> = AtomicPtr::new(ptr::null_mut());

    // SAFETY: glibc calls what is in this section with these arguments. The function touches nothing but the two statics, which
    // need no initialization.
    #[used]
    #[unsafe(link_section = ".init_array")]
    static CAPTURE: extern "C" fn(c_int, *mut *mut c_char, *mut *mut c_char) = capture;

    extern "C" fn capture(count: c_int, list: *mut *mut c_char, _: *mut *mut c_char) {
        COUNT.store(count, Ordering::Relaxed);
        LIST.store(list, Ordering::Relaxed);
    }

    pub(super) fn title() -> Option<Title> {
        let (count, list) = (COUNT.load(Ordering::Relaxed), LIST.load(Ordering::Relaxed));
        let count = usize::try_from(count).ok().filter(|&count| count > 0 && !list.is_null())?;
        // SAFETY: they are so many pointers on the process's first stack, which is there for good; nobody has a reference to
        // them, and `std::env::args` reads them one by one.
        let list = unsafe { slice::from_raw_parts(list.cast::<AtomicPtr<c_char>>(), count) };
        let texts: Vec<*mut c_char> = list.iter().map(|text| text.load(Ordering::Relaxed)).collect();
        if texts.iter().any(|text| text.is_null()) {
            return None;
        }
        // SAFETY: what `main` gets stays where it is, and is read by who makes copies.
        let (title, copies) = unsafe { Title::over(&texts) };
        Some(Title { list: Some((list, copies)), ..title })
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
mod captured {
    pub(super) fn title() -> Option<super::Title> {
        None
    }
}

/// Linux's name of the calling thread, which `ps` and `top` show where they don't show the arguments.
fn name_thread(title: &OsStr) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        let mut name = [0_u8; 16];
        let length = title.len().min(name.len() - 1);
        name[..length].copy_from_slice(&title.as_bytes()[..length]);
        // SAFETY: it is a text that ends with NUL.
        unsafe { libc::prctl(libc::PR_SET_NAME, name.as_ptr()) };
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = title;
}
