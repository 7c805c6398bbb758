//! `uv_handle_t`: what all handles have in common.

use std::ffi::{c_char, c_int, c_void};
use std::os::fd::{AsFd, FromRawFd, IntoRawFd, OwnedFd};
use std::sync::atomic::Ordering;

use uv_loop::{Handle, HandleId, HandleOwner, Loop};
use uv_net::{OpenError, Stream};
use uv_sys::{Error, Result};

use crate::event_loop::each_handle;
use crate::layout::*;
use crate::poll::Lent;
use crate::ptr::{Ptr, code, misuse, os};

/// Makes a handle of the program's memory, which `make` adds to the loop: on the loop's thread, to which others leave it.
pub(crate) fn init_anywhere<H: crate::ptr::Extends<uv_handle_t>>(
    handle: Ptr<H>,
    loop_: Ptr<uv_loop_t>,
    handle_type: c_int,
    make: impl FnOnce(&Loop) -> Id + Send + 'static,
) {
    let handle = handle.up();
    init_memory(handle, loop_, handle_type);
    let act = move || enter(handle, loop_, make(loop_.lp_here()));
    match loop_.is_foreign() {
        true => loop_.leave(act),
        false => act(),
    }
}

/// The same where a thread that does not run the loop has been refused.
pub(crate) fn init<H: crate::ptr::Extends<uv_handle_t>>(
    handle: Ptr<H>,
    loop_: Ptr<uv_loop_t>,
    handle_type: c_int,
    id: Id,
) {
    let handle = handle.up();
    init_memory(handle, loop_, handle_type);
    enter(handle, loop_, id);
}

/// What is the loop's of it.
#[inline]
pub(crate) fn enter(handle: Ptr<uv_handle_t>, loop_: Ptr<uv_loop_t>, id: Id) {
    handle.id.set(id);
    loop_.handles().push(handle.link());
    loop_.sync();
}

/// What is the program's own of it.
#[inline]
pub(crate) fn init_memory(handle: Ptr<uv_handle_t>, loop_: Ptr<uv_loop_t>, handle_type: c_int) {
    handle.loop_.set(loop_);
    handle.type_.set(handle_type);
    handle.close_cb.set(None);
    handle.flags.set(0);
    handle.is_ref.set(1);
    handle.fd.set(-1);
    handle.senders.store(0, Ordering::Relaxed);
}

impl uv_handle_t {
    pub(crate) fn lp<'a>(&self) -> &'a Loop {
        self.loop_.get().lp()
    }

    pub(crate) fn is(&self, flag: u32) -> bool {
        self.flags.get() & flag != 0
    }

    pub(crate) fn set(&self, flag: u32) {
        self.flags.set(self.flags.get() | flag);
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.is(flag::CLOSING | flag::CLOSED)
    }

    /// The handle may have got a descriptor.
    #[inline]
    pub(crate) fn note_fd(&self) {
        if self.fd.get() < 0
            && let Ok(fd) = self.loop_.get().lp_here().raw_fileno(self.id.get().id())
        {
            self.fd.set(fd);
        }
    }

    /// The number, or none, for a thread that does not run the handle's loop.
    pub(crate) fn fd_elsewhere(&self) -> c_int {
        if self.is_closing() { -1 } else { self.fd.get() }
    }

    /// What is asked of a handle's descriptor: one that is closing has none.
    pub(crate) fn of_fd<T>(&self, result: Result<T>) -> Result<T> {
        if self.is_closing() { Err(Error::EBADF) } else { result }
    }
}

/// The owner of all handles' callbacks, who knows each by its address.
pub(crate) struct Handles(pub(crate) Ptr<uv_loop_t>);

impl HandleOwner for Handles {
    fn call(&self, _: &Loop, _: HandleId, handle: usize) {
        let handle = Ptr::<uv_handle_t>::from_number(handle);
        // Another thread may have stopped or closed it since it was found to be due.
        if self.0.is_foreign() || handle.is_closing() {
            return;
        }
        match handle.type_.get() {
            handle_type::TIMER => crate::timer::call(handle.down()),
            handle_type::ASYNC => crate::async_::call(handle.down()),
            _ => crate::phase::call(handle.down()),
        }
    }

    fn closed(&self, _: &Loop, _: HandleId, handle: usize) {
        finish_close(Ptr::from_number(handle));
    }

    fn called(&self, _: &Loop) {
        self.0.settle();
    }
}

/// Defines, for a type of handles, how its Rust handle is found.
macro_rules! handle_id {
    ($type:ty, $kind:ident) => {
        impl $type {
            pub(crate) fn id(&self) -> $kind {
                match self.handle.id.get() {
                    crate::layout::Id::$kind(id) => id,
                    _ => crate::ptr::misuse(stringify!($type), "it is not a handle of this type"),
                }
            }
        }
    };
}
pub(crate) use handle_id;

#[unsafe(no_mangle)]
extern "C" fn uv_close(handle: Ptr<uv_handle_t>, close_cb: uv_close_cb) {
    if handle.is_closing() {
        misuse("uv_close", "the handle is closing or closed");
    }
    begin_close(handle, close_cb);
    let loop_ = handle.loop_.get();
    match loop_.is_foreign() {
        true => loop_.leave(move || close(handle)),
        false => close(handle),
    }
}

fn close(handle: Ptr<uv_handle_t>) {
    if handle.type_.get() == handle_type::ASYNC {
        crate::async_::shut(handle);
    }
    let result = handle.id.get().id().close_to_owner(handle.loop_.get().lp_here(), handle.number());
    if result.is_err() {
        misuse("uv_close", "it was not initialized, or its loop is another one");
    }
    handle.loop_.get().sync();
}

pub(crate) fn begin_close(handle: Ptr<uv_handle_t>, close_cb: uv_close_cb) {
    handle.set(flag::CLOSING);
    handle.close_cb.set(close_cb);
}

/// Lets go of what is kept in the handle, and calls the program, whose memory it is from then on.
pub(crate) fn finish_close(handle: Ptr<uv_handle_t>) {
    match handle.type_.get() {
        handle_type::ASYNC => crate::async_::forget(handle.down()),
        handle_type::TCP | handle_type::PIPE | handle_type::TTY => {
            let stream: Ptr<uv_stream_t> = handle.down();
            close_failed(handle);
            if handle.type_.get() == handle_type::PIPE {
                crate::alloc::free(stream.down::<uv_pipe_t>().pipe_fname.replace(std::ptr::null_mut()));
            }
        }
        handle_type::UDP => close_failed(handle),
        _ => _ = handle.loop_.get().is_foreign(),
    }
    handle.set(flag::CLOSED);
    handle.link().remove();
    handle.loop_.get().sync();
    if let Some(close_cb) = handle.close_cb.get() {
        close_cb(handle);
    }
}

/// What another thread has left to be done with the handle is done before its memory is the program's, and what fails of it is
/// called back.
fn close_failed(handle: Ptr<uv_handle_t>) {
    loop {
        let _ = handle.loop_.get().is_foreign();
        if !crate::request::close_failed(handle) {
            break;
        }
    }
}

/// A descriptor that the program gives away. It stays the program's if it is no open one, the loop watches it already, or the
/// handle refuses it.
pub(crate) fn give(
    handle: &uv_handle_t,
    fd: c_int,
    take: impl FnOnce(OwnedFd) -> std::result::Result<(), OpenError>,
) -> c_int {
    let lp = handle.lp();
    // As in libuv, one for datagrams looks first whether it has a descriptor, the others last.
    let is_busy = || handle.type_.get() == handle_type::UDP && lp.fileno(handle.id.get().id()).is_ok();
    match Lent::new(fd).and_then(|fd| lp.check_fd(fd.as_fd())) {
        Err(Error::EBADF | Error::EEXIST) if is_busy() => return Error::EBUSY.code(),
        Err(error @ (Error::EBADF | Error::EEXIST)) => return error.code(),
        // What cannot be watched, a file, can be opened all the same.
        _ => {}
    }
    // SAFETY: it is open, and by libuv's contract the handle's from now on; one that is refused is not closed.
    match take(unsafe { OwnedFd::from_raw_fd(fd) }) {
        Ok(()) => {
            handle.note_fd();
            0
        }
        Err(refused) => {
            let error = refused.error();
            let _ = refused.into_fd().into_raw_fd();
            error.code()
        }
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_is_active(handle: Ptr<uv_handle_t>) -> c_int {
    if handle.is_closing() {
        return 0;
    }
    match handle.type_.get() {
        // Threads ask also while nobody runs the loop, as between the steps of one that is run so.
        handle_type::TIMER => handle.down::<uv_timer_t>().is_started(),
        handle_type::PREPARE | handle_type::CHECK | handle_type::IDLE => {
            handle.down::<uv_phase_t>().callback.get().is_some()
        }
        _ if handle.loop_.get().is_foreign() => is_active_elsewhere(handle),
        _ => handle.id.get().id().is_active(handle.loop_.get().lp_here()),
    }
    .into()
}

/// As far as the handle's own memory says it.
#[cold]
fn is_active_elsewhere(handle: Ptr<uv_handle_t>) -> bool {
    match handle.type_.get() {
        handle_type::POLL => handle.down::<uv_poll_t>().poll_cb.get().is_some(),
        handle_type::SIGNAL => handle.down::<uv_signal_t>().signum.get() != 0,
        handle_type::TCP | handle_type::PIPE | handle_type::TTY => {
            let stream = handle.down::<uv_stream_t>();
            stream.is_reading.get() | stream.is_listening.get() != 0
        }
        handle_type::UDP => {
            let udp = handle.down::<uv_udp_t>();
            udp.is_receiving.get() != 0 || udp.send_queue_count.get() != 0
        }
        // An async handle is from its start to its end; of the others nothing says it.
        _ => true,
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_is_closing(handle: Ptr<uv_handle_t>) -> c_int {
    handle.is_closing().into()
}

#[unsafe(no_mangle)]
extern "C" fn uv_ref(handle: Ptr<uv_handle_t>) {
    set_ref(handle, true);
}

#[unsafe(no_mangle)]
extern "C" fn uv_unref(handle: Ptr<uv_handle_t>) {
    set_ref(handle, false);
}

fn set_ref(handle: Ptr<uv_handle_t>, on: bool) {
    if handle.is(flag::CLOSED) {
        return;
    }
    handle.is_ref.set(on.into());
    handle.loop_.get().briefly(move || tell_ref(handle, on));
}

fn tell_ref(handle: Ptr<uv_handle_t>, on: bool) {
    let (id, lp) = (handle.id.get().id(), handle.loop_.get().lp_here());
    // It fails for a closed handle alone, which it is not.
    let _ = if on { id.ref_(lp) } else { id.unref(lp) };
    handle.loop_.get().sync();
}

#[unsafe(no_mangle)]
extern "C" fn uv_has_ref(handle: Ptr<uv_handle_t>) -> c_int {
    (!handle.is(flag::CLOSED) && handle.is_ref.get() != 0).into()
}

#[unsafe(no_mangle)]
extern "C" fn uv_handle_size(handle_type: c_int) -> usize {
    match handle_type {
        handle_type::ASYNC => size_of::<uv_async_t>(),
        handle_type::CHECK | handle_type::IDLE | handle_type::PREPARE => size_of::<uv_phase_t>(),
        handle_type::FS_EVENT => size_of::<uv_fs_event_t>(),
        handle_type::FS_POLL => size_of::<uv_fs_poll_t>(),
        handle_type::HANDLE => size_of::<uv_handle_t>(),
        handle_type::PIPE => size_of::<uv_pipe_t>(),
        handle_type::POLL => size_of::<uv_poll_t>(),
        handle_type::PROCESS => size_of::<uv_process_t>(),
        handle_type::STREAM | handle_type::TCP => size_of::<uv_stream_t>(),
        handle_type::TIMER => size_of::<uv_timer_t>(),
        handle_type::TTY => size_of::<uv_tty_t>(),
        handle_type::UDP => size_of::<uv_udp_t>(),
        handle_type::SIGNAL => size_of::<uv_signal_t>(),
        _ => usize::MAX,
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_handle_get_type(handle: Ptr<uv_handle_t>) -> c_int {
    handle.type_.get()
}

#[unsafe(no_mangle)]
extern "C" fn uv_handle_type_name(handle_type: c_int) -> *const c_char {
    let name = match handle_type {
        handle_type::ASYNC => c"async",
        handle_type::CHECK => c"check",
        handle_type::FS_EVENT => c"fs_event",
        handle_type::FS_POLL => c"fs_poll",
        handle_type::HANDLE => c"handle",
        handle_type::IDLE => c"idle",
        handle_type::PIPE => c"pipe",
        handle_type::POLL => c"poll",
        handle_type::PREPARE => c"prepare",
        handle_type::PROCESS => c"process",
        handle_type::STREAM => c"stream",
        handle_type::TCP => c"tcp",
        handle_type::TIMER => c"timer",
        handle_type::TTY => c"tty",
        handle_type::UDP => c"udp",
        handle_type::SIGNAL => c"signal",
        handle_type::FILE => c"file",
        _ => return std::ptr::null(),
    };
    name.as_ptr()
}

#[unsafe(no_mangle)]
extern "C" fn uv_handle_get_data(handle: Ptr<uv_handle_t>) -> *mut c_void {
    handle.data.get()
}

#[unsafe(no_mangle)]
extern "C" fn uv_handle_set_data(handle: Ptr<uv_handle_t>, data: *mut c_void) {
    handle.data.set(data);
}

#[unsafe(no_mangle)]
extern "C" fn uv_handle_get_loop(handle: Ptr<uv_handle_t>) -> Ptr<uv_loop_t> {
    handle.loop_.get()
}

#[unsafe(no_mangle)]
extern "C" fn uv_fileno(handle: Ptr<uv_handle_t>, fd: Ptr<c_int>) -> c_int {
    if !matches!(
        handle.type_.get(),
        handle_type::TCP | handle_type::PIPE | handle_type::TTY | handle_type::UDP | handle_type::POLL
    ) {
        return Error::EINVAL.code();
    }
    if handle.is_closing() {
        return Error::EBADF.code();
    }
    let loop_ = handle.loop_.get();
    if loop_.is_foreign() {
        let found = handle.fd.get();
        if found < 0 {
            return Error::EBADF.code();
        }
        fd.put(found);
        // The program may have it twice from now on.
        loop_.leave(move || _ = loop_.lp_here().fileno(handle.id.get().id()));
        return 0;
    }
    match handle.lp().fileno(handle.id.get().id()) {
        Ok(found) => {
            fd.put(std::os::fd::AsRawFd::as_raw_fd(&std::os::fd::AsFd::as_fd(&*found)));
            0
        }
        Err(_) => Error::EBADF.code(),
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_send_buffer_size(handle: Ptr<uv_handle_t>, value: Ptr<c_int>) -> c_int {
    buffer_size(handle, value, true)
}

#[unsafe(no_mangle)]
extern "C" fn uv_recv_buffer_size(handle: Ptr<uv_handle_t>, value: Ptr<c_int>) -> c_int {
    buffer_size(handle, value, false)
}

fn buffer_size(handle: Ptr<uv_handle_t>, value: Ptr<c_int>, of_sends: bool) -> c_int {
    if handle.is_null() || value.is_null() {
        return Error::EINVAL.code();
    }
    if handle.loop_.get().is_foreign() {
        return code(buffer_size_elsewhere(handle, value, of_sends));
    }
    // The kernel takes a negative size for one that is too large.
    let size = usize::try_from(value.read()).unwrap_or(c_int::MAX as usize);
    let lp = handle.loop_.get().lp_here();
    macro_rules! of {
        ($it:expr) => {
            match (size, of_sends) {
                (0, true) => $it.send_buffer_size(lp),
                (0, false) => $it.recv_buffer_size(lp),
                (_, true) => $it.set_send_buffer_size(lp, size).map(|()| size),
                (_, false) => $it.set_recv_buffer_size(lp, size).map(|()| size),
            }
        };
    }
    let result = match handle.id.get() {
        Id::Tcp(tcp) => of!(tcp),
        Id::Pipe(pipe) => of!(pipe),
        Id::Udp(udp) => of!(udp),
        _ => return Error::ENOTSUP.code(),
    };
    code(handle.of_fd(result).map(|found| {
        if size == 0 {
            value.put(found as c_int);
        }
    }))
}

/// The system is asked, or told, at once.
#[cold]
fn buffer_size_elsewhere(handle: Ptr<uv_handle_t>, value: Ptr<c_int>, of_sends: bool) -> Result<()> {
    if !matches!(handle.type_.get(), handle_type::TCP | handle_type::PIPE | handle_type::UDP) {
        return Err(Error::ENOTSUP);
    }
    let fd = handle.fd_elsewhere();
    let option = if of_sends { libc::SO_SNDBUF } else { libc::SO_RCVBUF };
    let (place, mut length) = (value.raw().cast::<c_void>(), size_of::<c_int>() as libc::socklen_t);
    // SAFETY: the value has the length, which is the call's own.
    let result = unsafe {
        match value.read() {
            0 => libc::getsockopt(fd, libc::SOL_SOCKET, option, place, &raw mut length),
            _ => libc::setsockopt(fd, libc::SOL_SOCKET, option, place.cast_const(), length),
        }
    };
    os(result).map(drop)
}

#[unsafe(no_mangle)]
extern "C" fn uv_print_all_handles(loop_: Ptr<uv_loop_t>, stream: *mut libc::FILE) {
    print(loop_, stream, false);
}

#[unsafe(no_mangle)]
extern "C" fn uv_print_active_handles(loop_: Ptr<uv_loop_t>, stream: *mut libc::FILE) {
    print(loop_, stream, true);
}

fn print(loop_: Ptr<uv_loop_t>, stream: *mut libc::FILE, only_active: bool) {
    let loop_ = if loop_.is_null() { Ptr::new(crate::event_loop::uv_default_loop()) } else { loop_ };
    each_handle(loop_, |handle| {
        let active = uv_is_active(handle) != 0;
        if only_active && !active {
            return;
        }
        let letter = |is_set, letter| if is_set { letter } else { '-' };
        let name = match Ptr::new(uv_handle_type_name(handle.type_.get()).cast_mut()).text_or_none() {
            Some(name) => name.to_string_lossy(),
            None => "".into(),
        };
        let line = format!(
            "[{}{}{}] {name:<8} {:?}\n\0",
            letter(uv_has_ref(handle) != 0, 'R'),
            letter(active, 'A'),
            letter(handle.is(flag::INTERNAL), 'I'),
            handle
        );
        put_line(stream, &line);
    });
}

/// Writes a text that ends with a zero, to stderr if there is no stream.
fn put_line(stream: *mut libc::FILE, line: &str) {
    unsafe extern "C" {
        static stderr: *mut libc::FILE;
    }
    // SAFETY: the stream is the program's, or the C library's own; the line ends with a zero.
    unsafe { libc::fputs(line.as_ptr().cast(), if stream.is_null() { stderr } else { stream }) };
}
