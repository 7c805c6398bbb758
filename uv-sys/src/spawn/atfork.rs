//! Whether a program can have handlers of `pthread_atfork(3)`, of which the C library keeps the list to itself.

use std::ffi::CStr;
use std::sync::atomic::{AtomicU64, Ordering};

/// Tells whether the process can have handlers of `pthread_atfork(3)`, which a child of [`Method::Vfork`] does not call.
///
/// Who registers handlers names the C library's function for it among its dynamic symbols. So the loaded objects are looked at:
/// once, and again when one was loaded or unloaded meanwhile. Where that cannot be, as in a program that has the C library
/// in itself, or elsewhere than on Linux with glibc, the answer is yes. An object that asks `dlsym(3)` for the function's address is not noticed.
///
/// ```
/// use uv_sys::spawn::{ForkHandlers, Method, Spawn};
///
/// static HANDLERS: ForkHandlers = ForkHandlers::new(c"libexample.so.1");
///
/// let method = if HANDLERS.are_possible() { Method::Fork } else { Method::Vfork };
/// assert!(Spawn { method, ..Spawn::new(c"true", &[c"true"]) }.spawn()?.wait()?.success());
/// # Ok::<(), uv_sys::Error>(())
/// ```
///
/// [`Method::Vfork`]: super::Method::Vfork
#[derive(Debug)]
pub struct ForkHandlers {
    besides: &'static CStr,
    /// What was found, and when: see `imp::Found`.
    found: AtomicU64,
}

impl ForkHandlers {
    /// Those of all objects but the ones of this name (`DT_SONAME`), whose handlers need not be called.
    ///
    /// ```
    /// uv_sys::spawn::ForkHandlers::new(c"libexample.so.1");
    /// ```
    #[must_use]
    pub const fn new(besides: &'static CStr) -> ForkHandlers {
        ForkHandlers { besides, found: AtomicU64::new(0) }
    }

    /// Whether there can be any at this moment.
    ///
    /// ```
    /// use uv_sys::spawn::ForkHandlers;
    ///
    /// static HANDLERS: ForkHandlers = ForkHandlers::new(c"libexample.so.1");
    /// assert!(HANDLERS.are_possible(), "uv-sys has handlers itself");
    /// ```
    #[must_use]
    pub fn are_possible(&self) -> bool {
        let (answer, found) = imp::look(self.besides.to_bytes(), self.found.load(Ordering::Relaxed));
        self.found.store(found, Ordering::Relaxed);
        answer
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod imp {
    use std::ffi::{c_int, c_void};
    use std::slice;

    /// What a walk over the objects has found. In a number: how many objects had been loaded and unloaded, as far as 31 bits say
    /// it, the answer, and a bit that is always set.
    #[derive(Clone, Copy)]
    struct Found {
        objects: u64,
        answer: bool,
    }

    impl Found {
        fn from_number(number: u64) -> Option<Found> {
            (number & 1 == 1).then_some(Found { objects: number >> 2, answer: number & 2 != 0 })
        }

        fn number(self) -> u64 {
            self.objects << 2 | u64::from(self.answer) << 1 | 1
        }
    }

    struct Walk<'a> {
        besides: &'a [u8],
        before: Option<Found>,
        now: Option<Found>,
        /// Whether the C library is one of the objects. Who has it in itself need not name what it calls of it.
        has_libc: bool,
    }

    pub(super) fn look(besides: &[u8], before: u64) -> (bool, u64) {
        let mut walk = Walk { besides, before: Found::from_number(before), now: None, has_libc: false };
        // SAFETY: the function is called before this returns, and by nobody else, with what was lent.
        unsafe { libc::dl_iterate_phdr(Some(visit), (&raw mut walk).cast()) };
        let found = walk.now.map(|found| Found { answer: found.answer || !walk.has_libc, ..found });
        found.map_or((true, 0), |found| (found.answer, found.number()))
    }

    /// Called for one object after the other, none of which is unloaded meanwhile; until it returns something else than zero.
    unsafe extern "C" fn visit(info: *mut libc::dl_phdr_info, _: usize, walk: *mut c_void) -> c_int {
        // SAFETY: the first is the C library's, and the second what `look` has lent.
        let (info, walk) = unsafe { (&*info, &mut *walk.cast::<Walk<'_>>()) };
        const MASK: u64 = (1 << 31) - 1;
        let objects = (info.dlpi_adds & MASK) << 31 | (info.dlpi_subs & MASK);
        if let (None, Some(before)) = (walk.now, walk.before)
            && before.objects == objects
        {
            (walk.now, walk.has_libc) = (Some(before), true);
            return 1;
        }
        // SAFETY: they are the program headers of an object that is loaded there.
        let object = unsafe { Object::new(info) };
        let answer = object.and_then(|object| object.can_register(walk)).unwrap_or(true);
        walk.now = Some(Found { objects, answer });
        answer.into()
    }

    /// An object of the process, which stays loaded for `'a`.
    struct Object<'a> {
        base: usize,
        headers: &'a [ProgramHeader],
    }

    #[cfg(target_pointer_width = "64")]
    type ProgramHeader = libc::Elf64_Phdr;
    #[cfg(target_pointer_width = "32")]
    type ProgramHeader = libc::Elf32_Phdr;

    /// Tags of the dynamic section.
    const STRING_TABLE: usize = 5;
    const STRING_TABLE_SIZE: usize = 10;
    const NAME: usize = 14;

    impl<'a> Object<'a> {
        /// # Safety
        ///
        /// The object stays loaded for `'a`.
        unsafe fn new(info: &'a libc::dl_phdr_info) -> Option<Object<'a>> {
            if info.dlpi_phdr.is_null() {
                return None;
            }
            // SAFETY: the C library says where they are, and how many.
            let headers = unsafe { slice::from_raw_parts(info.dlpi_phdr, info.dlpi_phnum.into()) };
            Some(Object { base: info.dlpi_addr as usize, headers })
        }

        /// Whether its code can register handlers; `None` if it cannot be told.
        fn can_register(&self, walk: &mut Walk<'_>) -> Option<bool> {
            let dynamic = self.headers.iter().find(|header| header.p_type == libc::PT_DYNAMIC)?;
            let size = dynamic.p_memsz as usize;
            let dynamic = self.bytes(self.base.wrapping_add(dynamic.p_vaddr as usize), size)?;
            let entry = |wanted: usize| {
                let mut entries = dynamic.chunks_exact(2 * size_of::<usize>()).map(tag_and_value);
                entries.find(|&(tag, _)| tag == wanted).map(|(_, value)| value)
            };
            // The C library makes an address of what is an offset in the file; not where the section cannot be written. One
            // that lies lower than it was linked for has a base that is a negative number.
            let (strings, size) = (entry(STRING_TABLE)?, entry(STRING_TABLE_SIZE)?);
            let strings = self.bytes(strings, size).or_else(|| self.bytes(self.base.wrapping_add(strings), size))?;
            let name =
                entry(NAME).and_then(|name| strings.get(name..)).and_then(|name| name.split(|&byte| byte == 0).next());
            walk.has_libc |= name == Some(b"libc.so.6");
            // The C library offers the function, and has no need of it.
            let is_left_out =
                name.is_some_and(|name| name == walk.besides || name == b"libc.so.6" || name == b"libpthread.so.0");
            // `__register_atfork`, which is what `pthread_atfork` calls in every object that uses it, or that one itself.
            Some(!is_left_out && contains(strings, b"_atfork\0"))
        }

        /// Memory of the object, if it is a part of it that can be read.
        fn bytes(&self, address: usize, length: usize) -> Option<&'a [u8]> {
            let end = address.checked_add(length)?;
            let mut segments = self.headers.iter().filter(|header| header.p_type == libc::PT_LOAD);
            segments.find(|header| {
                let start = self.base.wrapping_add(header.p_vaddr as usize);
                let is_inside = start <= address && end <= start.saturating_add(header.p_memsz as usize);
                is_inside && header.p_flags & libc::PF_R != 0
            })?;
            // SAFETY: it was found to be there, and is not written to any more: only the linker does, before it tells of the object.
            Some(unsafe { slice::from_raw_parts(address as *const u8, length) })
        }
    }

    /// An entry of the dynamic section.
    fn tag_and_value(entry: &[u8]) -> (usize, usize) {
        let (tag, value) = entry.split_at(size_of::<usize>());
        let number = |bytes: &[u8]| bytes.try_into().map_or(0, usize::from_ne_bytes);
        (number(tag), number(value))
    }

    fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
        // SAFETY: both are as long as they say.
        let found = unsafe { libc::memmem(bytes.as_ptr().cast(), bytes.len(), wanted.as_ptr().cast(), wanted.len()) };
        !found.is_null()
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
mod imp {
    pub(super) fn look(_: &[u8], _: u64) -> (bool, u64) {
        (true, 0)
    }
}
