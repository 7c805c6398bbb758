//! The process's title: `ps` shows what stands where the arguments stood.

use std::ffi::{CStr, CString, OsStr, OsString, c_char};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::ptr;
use std::slice;
use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

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
    Ok(OsString::from_vec(place()?.text(&Held::new())))
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
    place()?.set(title.as_bytes(), &Held::new());
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
    let (place, copies) = unsafe { Place::over(&list) };
    // What was there before may be in use, and its copies in the program's list.
    PLACE.store(Box::into_raw(Box::new(place)), Ordering::Release);
    Ok(copies)
}

/// Where the title is. Once made, it stays.
struct Place {
    /// The kernel reads it when somebody asks for the arguments. Its last byte is never written: where another one than NUL is
    /// there, the kernel takes what follows, the environment, for more of the title.
    memory: &'static [AtomicU8],
    /// Of the text.
    length: AtomicUsize,
    /// The program's list, which gets the copies when the first title is set.
    list: Option<(&'static [AtomicPtr<c_char>], Vec<CString>)>,
}

static PLACE: AtomicPtr<Place> = AtomicPtr::new(ptr::null_mut());

fn place() -> Result<&'static Place> {
    let mut place = PLACE.load(Ordering::Acquire);
    if place.is_null() {
        let mine = Box::into_raw(Box::new(captured::place().ok_or(Error::ENOBUFS)?));
        place = match PLACE.compare_exchange(ptr::null_mut(), mine, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => mine,
            Err(other) => {
                // SAFETY: it is from a box, and nobody else has got it.
                drop(unsafe { Box::from_raw(mine) });
                other
            }
        };
    }
    // SAFETY: it is from a box, and never freed from here on.
    Ok(unsafe { &*place })
}

impl Place {
    /// # Safety
    ///
    /// The list is of texts that are there for good, at least one, and nobody has a reference to them.
    unsafe fn over(list: &[*mut c_char]) -> (Place, Vec<CString>) {
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
        (Place { memory, length: AtomicUsize::new(copies[0].count_bytes()), list: None }, copies)
    }

    fn text(&self, _: &Held) -> Vec<u8> {
        self.memory[..self.length.load(Ordering::Relaxed)].iter().map(|byte| byte.load(Ordering::Relaxed)).collect()
    }

    fn set(&self, text: &[u8], _: &Held) {
        if let Some((list, copies)) = &self.list {
            for (place, copy) in list.iter().zip(copies) {
                let is_original =
                    self.memory.as_ptr_range().contains(&place.load(Ordering::Relaxed).cast_const().cast());
                if is_original {
                    // Release: with the pointer comes the text.
                    place.store(copy.as_ptr().cast_mut(), Ordering::Release);
                }
            }
        }
        let Some((_, room)) = self.memory.split_last() else { return };
        self.length.store(text.len().min(room.len()), Ordering::Relaxed);
        let bytes = text.iter().copied().chain(std::iter::repeat(0));
        room.iter().zip(bytes).for_each(|(place, byte)| place.store(byte, Ordering::Relaxed));
    }
}

/// The process whose thread reads or writes the title, 0 if there is none.
///
/// No mutex: in the child of a fork it could be one that a thread holds which has stayed behind. What it protects are atomics, so
/// that the child can go on with a title of which half is written.
static HOLDER: AtomicU32 = AtomicU32::new(0);

struct Held;

impl Held {
    fn new() -> Held {
        let own = std::process::id();
        loop {
            match HOLDER.compare_exchange(0, own, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return Held,
                Err(holder) if holder == own => std::thread::sleep(Duration::from_micros(20)),
                Err(gone) => {
                    if HOLDER.compare_exchange(gone, own, Ordering::Acquire, Ordering::Relaxed).is_ok() {
                        return Held;
                    }
                }
            }
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        HOLDER.store(0, Ordering::Release);
    }
}

/// What the C library tells of the arguments before `main`.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod captured {
    use std::ffi::c_int;
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

    pub(super) fn place() -> Option<Place> {
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
        let (place, copies) = unsafe { Place::over(&texts) };
        Some(Place { list: Some((list, copies)), ..place })
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
mod captured {
    pub(super) fn place() -> Option<super::Place> {
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

#[cfg(all(test, target_os = "linux", target_env = "gnu", not(loom)))]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    #[test]
    fn a_forks_child_does_not_wait_for_a_thread_that_it_has_not_got() {
        process_title().unwrap();
        let (tell, told) = mpsc::channel();
        let (end, ended) = mpsc::channel::<()>();
        let holder = thread::spawn(move || {
            let held = Held::new();
            tell.send(()).unwrap();
            let _ = ended.recv();
            drop(held);
        });
        told.recv().unwrap();
        // SAFETY: the child calls functions that the C library allows there: it allocates, and ends without a way back.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            // SAFETY: as above. Who waits for ever is ended by the alarm.
            unsafe {
                libc::alarm(60);
                let title = process_title().is_ok() && set_process_title("child".as_ref()).is_ok();
                libc::_exit(if title && process_title().is_ok_and(|title| title == "child") { 7 } else { 1 });
            }
        }
        let mut status = 0;
        // SAFETY: the child is this test's.
        assert_eq!(unsafe { libc::waitpid(pid, &raw mut status, 0) }, pid);
        assert_eq!((libc::WIFEXITED(status), libc::WEXITSTATUS(status)), (true, 7), "{status:#x}");
        drop(end);
        holder.join().unwrap();
        assert_ne!(process_title().unwrap(), "child");
    }
}
