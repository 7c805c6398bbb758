//! The types of `uv.h`, laid out as C has them on Linux x86-64. What is private there is used freely here.

#![allow(non_camel_case_types, reason = "they are C's names")]

use std::cell::{Cell, UnsafeCell};
use std::ffi::{c_char, c_int, c_uint, c_void};
use std::mem::{ManuallyDrop, offset_of};
use std::sync::atomic::{AtomicU32, AtomicU64};

use uv_fs::{FsEvent, FsPoll};
use uv_loop::{Async, AsyncSender, Check, Handle, HandleId, Idle, Poll, Prepare, Signal, Timer, Work};
use uv_net::{Hints, Pipe, Tcp, Tty, Udp};
use uv_process::Process;

use crate::elsewhere::Elsewhere;
use crate::foreign::{Runner, Shared};
use crate::ptr::{Extends, Ptr, Str};
use crate::queue::Queue;

/// Asserts a size, and where fields are.
macro_rules! layout {
    ($($type:ident $size:literal { $($field:ident @ $offset:literal),* $(,)? })*) => {$(
        const _: () = {
            assert!(size_of::<$type>() == $size);
            $(assert!(offset_of!($type, $field) == $offset);)*
        };
    )*};
}

macro_rules! extends {
    ($($type:ty: $($base:ty),+;)*) => {$($(
        // SAFETY: it is `#[repr(C)]`, and its first field is the base or begins with it.
        unsafe impl Extends<$base> for $type {}
    )+)*};
}

// Handles.

/// What `uv_handle_type` counts.
pub(crate) mod handle_type {
    use std::ffi::c_int;

    pub(crate) const UNKNOWN: c_int = 0;
    pub(crate) const ASYNC: c_int = 1;
    pub(crate) const CHECK: c_int = 2;
    pub(crate) const FS_EVENT: c_int = 3;
    pub(crate) const FS_POLL: c_int = 4;
    pub(crate) const HANDLE: c_int = 5;
    pub(crate) const IDLE: c_int = 6;
    pub(crate) const PIPE: c_int = 7;
    pub(crate) const POLL: c_int = 8;
    pub(crate) const PREPARE: c_int = 9;
    pub(crate) const PROCESS: c_int = 10;
    pub(crate) const STREAM: c_int = 11;
    pub(crate) const TCP: c_int = 12;
    pub(crate) const TIMER: c_int = 13;
    pub(crate) const TTY: c_int = 14;
    pub(crate) const UDP: c_int = 15;
    pub(crate) const SIGNAL: c_int = 16;
    pub(crate) const FILE: c_int = 17;
}

/// What `uv_req_type` counts.
pub(crate) mod req_type {
    use std::ffi::c_int;

    pub(crate) const REQ: c_int = 1;
    pub(crate) const CONNECT: c_int = 2;
    pub(crate) const WRITE: c_int = 3;
    pub(crate) const SHUTDOWN: c_int = 4;
    pub(crate) const UDP_SEND: c_int = 5;
    pub(crate) const FS: c_int = 6;
    pub(crate) const WORK: c_int = 7;
    pub(crate) const GETADDRINFO: c_int = 8;
    pub(crate) const GETNAMEINFO: c_int = 9;
    pub(crate) const RANDOM: c_int = 10;
}

/// The bits of `uv_handle_t.flags` that are kept here, with libuv's numbers.
pub(crate) mod flag {
    pub(crate) const CLOSING: u32 = 0x1;
    pub(crate) const CLOSED: u32 = 0x2;
    pub(crate) const INTERNAL: u32 = 0x10;
    pub(crate) const READABLE: u32 = 0x4000;
    pub(crate) const BLOCKING_WRITES: u32 = 0x10_0000;
    pub(crate) const UDP_RECVMMSG: u32 = 0x400_0000;
}

pub(crate) type uv_close_cb = Option<extern "C" fn(Ptr<uv_handle_t>)>;
pub(crate) type uv_alloc_cb = Option<extern "C" fn(Ptr<uv_handle_t>, usize, *mut uv_buf_t)>;
pub(crate) type uv_read_cb = Option<extern "C" fn(Ptr<uv_stream_t>, isize, *const uv_buf_t)>;
pub(crate) type uv_write_cb = Option<extern "C" fn(Ptr<uv_write_t>, c_int)>;
pub(crate) type uv_connect_cb = Option<extern "C" fn(Ptr<uv_connect_t>, c_int)>;
pub(crate) type uv_shutdown_cb = Option<extern "C" fn(Ptr<uv_shutdown_t>, c_int)>;
pub(crate) type uv_connection_cb = Option<extern "C" fn(Ptr<uv_stream_t>, c_int)>;
pub(crate) type uv_timer_cb = Option<extern "C" fn(Ptr<uv_timer_t>)>;
pub(crate) type uv_phase_cb = Option<extern "C" fn(Ptr<uv_phase_t>)>;
pub(crate) type uv_async_cb = Option<extern "C" fn(Ptr<uv_async_t>)>;
pub(crate) type uv_poll_cb = Option<extern "C" fn(Ptr<uv_poll_t>, c_int, c_int)>;
pub(crate) type uv_signal_cb = Option<extern "C" fn(Ptr<uv_signal_t>, c_int)>;
pub(crate) type uv_exit_cb = Option<extern "C" fn(Ptr<uv_process_t>, i64, c_int)>;
pub(crate) type uv_walk_cb = Option<extern "C" fn(Ptr<uv_handle_t>, *mut c_void)>;
pub(crate) type uv_fs_cb = Option<extern "C" fn(Ptr<uv_fs_t>)>;
pub(crate) type uv_work_cb = Option<extern "C" fn(Ptr<uv_work_t>)>;
pub(crate) type uv_after_work_cb = Option<extern "C" fn(Ptr<uv_work_t>, c_int)>;
pub(crate) type uv_getaddrinfo_cb = Option<extern "C" fn(Ptr<uv_getaddrinfo_t>, c_int, *mut libc::addrinfo)>;
pub(crate) type uv_getnameinfo_cb = Option<extern "C" fn(Ptr<uv_getnameinfo_t>, c_int, *const c_char, *const c_char)>;
pub(crate) type uv_random_cb = Option<extern "C" fn(Ptr<uv_random_t>, c_int, *mut c_void, usize)>;
pub(crate) type uv_fs_event_cb = Option<extern "C" fn(Ptr<uv_fs_event_t>, *const c_char, c_int, c_int)>;
pub(crate) type uv_fs_poll_cb = Option<extern "C" fn(Ptr<uv_fs_poll_t>, c_int, *const uv_stat_t, *const uv_stat_t)>;
pub(crate) type uv_udp_send_cb = Option<extern "C" fn(Ptr<uv_udp_send_t>, c_int)>;
pub(crate) type uv_udp_recv_cb =
    Option<extern "C" fn(Ptr<uv_udp_t>, isize, *const uv_buf_t, *const libc::sockaddr, c_uint)>;

/// Who the handle is to the loop.
#[derive(Clone, Copy)]
pub(crate) enum Id {
    Timer(Timer),
    Prepare(Prepare),
    Check(Check),
    Idle(Idle),
    Async(Async),
    Poll(Poll),
    Signal(Signal),
    Tcp(Tcp),
    Pipe(Pipe),
    Tty(Tty),
    Udp(Udp),
    FsEvent(FsEvent),
    FsPoll(FsPoll),
    Process(Process),
}

impl Id {
    pub(crate) fn id(self) -> HandleId {
        match self {
            Id::Timer(handle) => handle.id(),
            Id::Prepare(handle) => handle.id(),
            Id::Check(handle) => handle.id(),
            Id::Idle(handle) => handle.id(),
            Id::Async(handle) => handle.id(),
            Id::Poll(handle) => handle.id(),
            Id::Signal(handle) => handle.id(),
            Id::Tcp(handle) => handle.id(),
            Id::Pipe(handle) => handle.id(),
            Id::Tty(handle) => handle.id(),
            Id::Udp(handle) => handle.id(),
            Id::FsEvent(handle) => handle.id(),
            Id::FsPoll(handle) => handle.id(),
            Id::Process(handle) => handle.id(),
        }
    }
}

#[repr(C)]
pub(crate) struct uv_handle_t {
    pub(crate) data: Cell<*mut c_void>,
    pub(crate) loop_: Shared<Ptr<uv_loop_t>>,
    pub(crate) type_: Shared<c_int>,
    pub(crate) close_cb: Shared<uv_close_cb>,
    pub(crate) handle_queue: Queue,
    pub(crate) id: Cell<Id>,
    /// How many threads are sending to an async handle, and whether it is closed to them or not there yet.
    pub(crate) senders: AtomicU32,
    /// The descriptor, as others see it who cannot ask the loop; negative without one.
    pub(crate) fd: Shared<c_int>,
    /// 0 or 1. Not one of the flags, of which another thread's change at the same time would be lost.
    pub(crate) is_ref: Shared<u32>,
    spare: Cell<[u32; 3]>,
    /// Of a handle that is in use only the beginning and the end of its closing change them, the one after the other.
    pub(crate) flags: Shared<u32>,
}

#[repr(C)]
pub(crate) struct uv_timer_t {
    pub(crate) handle: uv_handle_t,
    pub(crate) timer_cb: Shared<uv_timer_cb>,
    node: Cell<[usize; 3]>,
    pub(crate) timeout: Shared<u64>,
    pub(crate) repeat: Shared<u64>,
    /// Whether it is active, as others see it who cannot ask the loop: in the lowest bit. The others count starts and stops.
    pub(crate) started: AtomicU64,
}

/// `uv_prepare_t`, `uv_check_t` and `uv_idle_t`.
#[repr(C)]
pub(crate) struct uv_phase_t {
    pub(crate) handle: uv_handle_t,
    /// `None` unless it is active.
    pub(crate) callback: Shared<uv_phase_cb>,
    queue: Cell<[usize; 2]>,
}

#[repr(C)]
pub(crate) struct uv_async_t {
    pub(crate) handle: uv_handle_t,
    pub(crate) async_cb: Cell<uv_async_cb>,
    /// Written by the loop's thread before and after others may send, and read by all.
    pub(crate) sender: UnsafeCell<Option<AsyncSender>>,
}

#[repr(C)]
pub(crate) struct uv_poll_t {
    pub(crate) handle: uv_handle_t,
    /// `None` unless it is active.
    pub(crate) poll_cb: Shared<uv_poll_cb>,
    watcher: Cell<[usize; 6]>,
    pub(crate) fd: Cell<c_int>,
    inotify: Cell<c_int>,
}

#[repr(C)]
pub(crate) struct uv_signal_t {
    pub(crate) handle: uv_handle_t,
    pub(crate) signal_cb: Shared<uv_signal_cb>,
    /// 0 unless it is active.
    pub(crate) signum: Shared<c_int>,
    tree: Cell<[usize; 4]>,
    counters: Cell<[c_uint; 2]>,
}

/// `uv_stream_t`, `uv_tcp_t`, and what a pipe and a terminal begin with.
#[repr(C)]
pub(crate) struct uv_stream_t {
    pub(crate) handle: uv_handle_t,
    pub(crate) write_queue_size: Shared<usize>,
    pub(crate) alloc_cb: Cell<uv_alloc_cb>,
    pub(crate) read_cb: Cell<uv_read_cb>,
    pub(crate) connection_cb: Cell<uv_connection_cb>,
    /// What the program has given to read into.
    pub(crate) read_buf: Cell<uv_buf_t>,
    /// What it does, as others see it who cannot ask the loop; each is 0 or 1.
    pub(crate) is_readable: Shared<u32>,
    pub(crate) is_writable: Shared<u32>,
    pub(crate) is_reading: Shared<u32>,
    pub(crate) is_listening: Shared<u32>,
    /// Where libuv has its watcher and its queues.
    private: Cell<[usize; 11]>,
}

pub(crate) type uv_tcp_t = uv_stream_t;

#[repr(C)]
pub(crate) struct uv_pipe_t {
    pub(crate) stream: uv_stream_t,
    pub(crate) ipc: Cell<c_int>,
    pub(crate) pipe_fname: Cell<*mut c_char>,
}

#[repr(C)]
pub(crate) struct uv_tty_t {
    pub(crate) stream: uv_stream_t,
    termios: Cell<[u32; 15]>,
    mode: Cell<c_int>,
}

#[repr(C)]
pub(crate) struct uv_udp_t {
    pub(crate) handle: uv_handle_t,
    pub(crate) send_queue_size: Shared<usize>,
    pub(crate) send_queue_count: Shared<usize>,
    pub(crate) alloc_cb: Cell<uv_alloc_cb>,
    pub(crate) recv_cb: Cell<uv_udp_recv_cb>,
    /// Whether it receives, as others see it who cannot ask the loop.
    pub(crate) is_receiving: Shared<u64>,
    private: Cell<[usize; 10]>,
}

#[repr(C)]
pub(crate) struct uv_process_t {
    pub(crate) handle: uv_handle_t,
    pub(crate) exit_cb: Cell<uv_exit_cb>,
    pub(crate) pid: Cell<c_int>,
    queue: Cell<[usize; 2]>,
    pub(crate) status: Cell<c_int>,
}

#[repr(C)]
pub(crate) struct uv_fs_event_t {
    pub(crate) handle: uv_handle_t,
    path: Cell<*const c_char>,
    pub(crate) cb: Cell<uv_fs_event_cb>,
    watchers: Cell<[usize; 2]>,
    wd: Cell<c_int>,
}

#[repr(C)]
pub(crate) struct uv_fs_poll_t {
    pub(crate) handle: uv_handle_t,
    pub(crate) poll_cb: Cell<uv_fs_poll_cb>,
}

extends! {
    uv_timer_t: uv_handle_t;
    uv_phase_t: uv_handle_t;
    uv_async_t: uv_handle_t;
    uv_poll_t: uv_handle_t;
    uv_signal_t: uv_handle_t;
    uv_stream_t: uv_handle_t;
    uv_pipe_t: uv_handle_t, uv_stream_t;
    uv_tty_t: uv_handle_t, uv_stream_t;
    uv_udp_t: uv_handle_t;
    uv_process_t: uv_handle_t;
    uv_fs_event_t: uv_handle_t;
    uv_fs_poll_t: uv_handle_t;
}

layout! {
    uv_handle_t 96 { data @ 0, loop_ @ 8, type_ @ 16, close_cb @ 24, handle_queue @ 32, flags @ 88 }
    uv_timer_t 152 { timeout @ 128 }
    uv_phase_t 120 {}
    uv_async_t 128 {}
    uv_poll_t 160 { fd @ 152 }
    uv_signal_t 152 { signum @ 104 }
    uv_stream_t 248 { write_queue_size @ 96, alloc_cb @ 104, read_cb @ 112 }
    uv_pipe_t 264 {}
    uv_tty_t 312 {}
    uv_udp_t 216 { send_queue_size @ 96, send_queue_count @ 104, alloc_cb @ 112 }
    uv_process_t 136 { pid @ 104 }
    uv_fs_event_t 136 {}
    uv_fs_poll_t 104 {}
}

// Requests.

/// Who the request is to the loop, if it can be canceled.
#[derive(Clone, Copy)]
pub(crate) enum Job {
    None,
    /// It is canceled, which is to be told yet.
    Canceled,
    Work(Work),
    Fs(uv_fs::Request),
}

#[repr(C)]
pub(crate) struct uv_req_t {
    pub(crate) data: Cell<*mut c_void>,
    pub(crate) type_: Cell<c_int>,
    pub(crate) job: Cell<Job>,
    pub(crate) loop_: Cell<Ptr<uv_loop_t>>,
    /// What becomes of it on the pool, if another thread than the loop's has begun it.
    pub(crate) elsewhere: Elsewhere,
    pub(crate) nwritten: Cell<usize>,
}

#[repr(C)]
pub(crate) struct uv_connect_t {
    pub(crate) req: uv_req_t,
    pub(crate) cb: Cell<uv_connect_cb>,
    pub(crate) handle: Cell<Ptr<uv_stream_t>>,
    queue: Cell<[usize; 2]>,
}

#[repr(C)]
pub(crate) struct uv_write_t {
    pub(crate) req: uv_req_t,
    pub(crate) cb: Cell<uv_write_cb>,
    pub(crate) send_handle: Cell<Ptr<uv_stream_t>>,
    pub(crate) handle: Cell<Ptr<uv_stream_t>>,
    queue: Cell<[usize; 2]>,
    write_index: Cell<c_uint>,
    pub(crate) bufs: Bufs,
}

/// The buffers that a request has copied from its caller: few of them have their place in the request.
#[repr(C)]
pub(crate) struct Bufs {
    pub(crate) bufs: Cell<*mut uv_buf_t>,
    pub(crate) nbufs: Cell<c_uint>,
    error: Cell<c_int>,
    pub(crate) small: Cell<[uv_buf_t; 4]>,
}

#[repr(C)]
pub(crate) struct uv_shutdown_t {
    pub(crate) req: uv_req_t,
    pub(crate) handle: Cell<Ptr<uv_stream_t>>,
    pub(crate) cb: Cell<uv_shutdown_cb>,
}

#[repr(C)]
pub(crate) struct uv_udp_send_t {
    pub(crate) req: uv_req_t,
    pub(crate) handle: Cell<Ptr<uv_udp_t>>,
    pub(crate) cb: Cell<uv_udp_send_cb>,
    /// How many bytes the datagram has.
    pub(crate) size: Cell<usize>,
    spare: Cell<usize>,
    pub(crate) send_cb: Cell<uv_udp_send_cb>,
    address: Cell<[usize; 17]>,
    pub(crate) bufs: Bufs,
}

#[repr(C)]
pub(crate) struct uv_fs_t {
    pub(crate) req: uv_req_t,
    pub(crate) fs_type: Cell<c_int>,
    pub(crate) loop_: Cell<Ptr<uv_loop_t>>,
    pub(crate) cb: Cell<uv_fs_cb>,
    pub(crate) result: Cell<isize>,
    pub(crate) ptr: Cell<*mut c_void>,
    pub(crate) path: Cell<Str>,
    pub(crate) statbuf: Cell<uv_stat_t>,
    pub(crate) new_path: Cell<Str>,
    pub(crate) file: Cell<c_int>,
    pub(crate) flags: Cell<c_int>,
    pub(crate) mode: Cell<c_uint>,
    pub(crate) next_entry: Cell<c_uint>,
    /// Where, of a read, a write and `sendfile`; the length, of `ftruncate`.
    pub(crate) offset: Cell<i64>,
    pub(crate) uid: Cell<c_uint>,
    pub(crate) gid: Cell<c_uint>,
    pub(crate) atime: Cell<f64>,
    pub(crate) mtime: Cell<f64>,
    /// How much, of `sendfile`.
    pub(crate) length: Cell<usize>,
    /// The directory that a request works on, which nobody else has meanwhile.
    pub(crate) dir: Cell<Option<ManuallyDrop<uv_fs::Dir>>>,
    private: Cell<usize>,
    pub(crate) bufs: Bufs,
}

#[repr(C)]
pub(crate) struct uv_work_t {
    pub(crate) req: uv_req_t,
    pub(crate) loop_: Cell<Ptr<uv_loop_t>>,
    pub(crate) work_cb: Cell<uv_work_cb>,
    pub(crate) after_work_cb: Cell<uv_after_work_cb>,
    private: Cell<[usize; 5]>,
}

#[repr(C)]
pub(crate) struct uv_getaddrinfo_t {
    pub(crate) req: uv_req_t,
    pub(crate) loop_: Cell<Ptr<uv_loop_t>>,
    /// The copies of what is asked, in one piece.
    pub(crate) copies: Cell<*mut c_void>,
    private: Cell<[usize; 4]>,
    pub(crate) cb: Cell<uv_getaddrinfo_cb>,
    pub(crate) hints: Cell<Ptr<Hints>>,
    pub(crate) hostname: Cell<Ptr<c_char>>,
    pub(crate) service: Cell<Ptr<c_char>>,
    pub(crate) addrinfo: Cell<*mut libc::addrinfo>,
    pub(crate) retcode: Cell<c_int>,
}

#[repr(C)]
pub(crate) struct uv_getnameinfo_t {
    pub(crate) req: uv_req_t,
    pub(crate) loop_: Cell<Ptr<uv_loop_t>>,
    private: Cell<[usize; 5]>,
    pub(crate) getnameinfo_cb: Cell<uv_getnameinfo_cb>,
    pub(crate) storage: Cell<[usize; 16]>,
    pub(crate) flags: Cell<c_int>,
    pub(crate) host: Cell<[u8; 1025]>,
    pub(crate) service: Cell<[u8; 32]>,
    pub(crate) retcode: Cell<c_int>,
}

#[repr(C)]
pub(crate) struct uv_random_t {
    pub(crate) req: uv_req_t,
    pub(crate) loop_: Cell<Ptr<uv_loop_t>>,
    pub(crate) status: Cell<c_int>,
    pub(crate) buf: Cell<*mut c_void>,
    pub(crate) buflen: Cell<usize>,
    pub(crate) cb: Cell<uv_random_cb>,
    private: Cell<[usize; 5]>,
}

extends! {
    uv_connect_t: uv_req_t;
    uv_write_t: uv_req_t;
    uv_shutdown_t: uv_req_t;
    uv_udp_send_t: uv_req_t;
    uv_fs_t: uv_req_t;
    uv_work_t: uv_req_t;
    uv_getaddrinfo_t: uv_req_t;
    uv_getnameinfo_t: uv_req_t;
    uv_random_t: uv_req_t;
}

layout! {
    uv_req_t 64 { data @ 0, type_ @ 8 }
    uv_connect_t 96 { cb @ 64, handle @ 72 }
    uv_write_t 192 { cb @ 64, send_handle @ 72, handle @ 80 }
    uv_shutdown_t 80 { handle @ 64, cb @ 72 }
    uv_udp_send_t 320 { handle @ 64, cb @ 72 }
    uv_fs_t 440 { fs_type @ 64, loop_ @ 72, cb @ 80, result @ 88, ptr @ 96, path @ 104, statbuf @ 112, flags @ 284 }
    uv_work_t 128 { loop_ @ 64, work_cb @ 72, after_work_cb @ 80 }
    uv_getaddrinfo_t 160 { loop_ @ 64, addrinfo @ 144 }
    uv_getnameinfo_t 1320 { loop_ @ 64, host @ 252, service @ 1277 }
    uv_random_t 144 { loop_ @ 64 }
}

// The loop, and values.

#[repr(C)]
pub(crate) struct uv_loop_t {
    pub(crate) data: Cell<*mut c_void>,
    pub(crate) active_handles: Shared<c_uint>,
    pub(crate) handle_queue: Queue,
    active_reqs: Cell<usize>,
    pub(crate) inner: Shared<*mut crate::event_loop::Inner>,
    pub(crate) stop_flag: Shared<c_uint>,
    pub(crate) runner: Runner,
    pub(crate) backend_fd: Shared<c_int>,
    private: Cell<[usize; 97]>,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct uv_buf_t {
    pub(crate) base: *mut c_char,
    pub(crate) len: usize,
}

impl uv_buf_t {
    pub(crate) const EMPTY: uv_buf_t = uv_buf_t { base: std::ptr::null_mut(), len: 0 };

    /// Itself, but that one without bytes may be nowhere in no other way than a slice.
    #[inline]
    pub(crate) fn or_nowhere(&self) -> uv_buf_t {
        let nowhere = std::ptr::dangling_mut();
        uv_buf_t { base: if self.base.is_null() { nowhere } else { self.base }, len: self.len }
    }

    /// It says that there are bytes, and has none: `EFAULT` to the system.
    pub(crate) fn faults(&self) -> bool {
        self.base.is_null() & (self.len != 0)
    }

    /// What is in it.
    pub(crate) fn bytes<'a>(&self) -> &'a [u8] {
        crate::ptr::bytes(self.base.cast(), self.len)
    }

    /// What is to be in it.
    pub(crate) fn bytes_mut<'a>(&self) -> &'a mut [u8] {
        crate::ptr::bytes_mut(self.base.cast(), self.len)
    }
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
pub(crate) struct uv_timespec_t {
    pub(crate) tv_sec: i64,
    pub(crate) tv_nsec: i64,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
pub(crate) struct uv_timespec64_t {
    pub(crate) tv_sec: i64,
    pub(crate) tv_nsec: i32,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
pub(crate) struct uv_timeval_t {
    pub(crate) tv_sec: i64,
    pub(crate) tv_usec: i64,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
pub(crate) struct uv_timeval64_t {
    pub(crate) tv_sec: i64,
    pub(crate) tv_usec: i32,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
pub(crate) struct uv_stat_t {
    pub(crate) st_dev: u64,
    pub(crate) st_mode: u64,
    pub(crate) st_nlink: u64,
    pub(crate) st_uid: u64,
    pub(crate) st_gid: u64,
    pub(crate) st_rdev: u64,
    pub(crate) st_ino: u64,
    pub(crate) st_size: u64,
    pub(crate) st_blksize: u64,
    pub(crate) st_blocks: u64,
    pub(crate) st_flags: u64,
    pub(crate) st_gen: u64,
    pub(crate) st_atim: uv_timespec_t,
    pub(crate) st_mtim: uv_timespec_t,
    pub(crate) st_ctim: uv_timespec_t,
    pub(crate) st_birthtim: uv_timespec_t,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
pub(crate) struct uv_statfs_t {
    pub(crate) f_type: u64,
    pub(crate) f_bsize: u64,
    pub(crate) f_blocks: u64,
    pub(crate) f_bfree: u64,
    pub(crate) f_bavail: u64,
    pub(crate) f_files: u64,
    pub(crate) f_ffree: u64,
    pub(crate) f_frsize: u64,
    pub(crate) f_spare: [u64; 3],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct uv_dirent_t {
    pub(crate) name: *const c_char,
    pub(crate) type_: c_int,
}

#[repr(C)]
pub(crate) struct uv_dir_t {
    pub(crate) dirents: Cell<*mut uv_dirent_t>,
    pub(crate) nentries: Cell<usize>,
    pub(crate) dir: Cell<Option<uv_fs::Dir>>,
    reserved: Cell<[usize; 3]>,
}

impl uv_dir_t {
    pub(crate) fn new(dir: uv_fs::Dir) -> uv_dir_t {
        uv_dir_t {
            dirents: Cell::new(std::ptr::null_mut()),
            nentries: Cell::new(0),
            dir: Cell::new(Some(dir)),
            reserved: Cell::new([0; 3]),
        }
    }
}

#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct uv_env_item_t {
    pub(crate) name: *mut c_char,
    pub(crate) value: *mut c_char,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct uv_cpu_info_t {
    pub(crate) model: *mut c_char,
    pub(crate) speed: c_int,
    /// user, nice, sys, idle, irq
    pub(crate) cpu_times: [u64; 5],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct uv_interface_address_t {
    pub(crate) name: *mut c_char,
    pub(crate) phys_addr: [u8; 6],
    pub(crate) is_internal: c_int,
    pub(crate) address: Address,
    pub(crate) netmask: Address,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) union Address {
    pub(crate) v4: libc::sockaddr_in,
    pub(crate) v6: libc::sockaddr_in6,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct uv_passwd_t {
    pub(crate) username: *mut c_char,
    pub(crate) uid: usize,
    pub(crate) gid: usize,
    pub(crate) shell: *mut c_char,
    pub(crate) homedir: *mut c_char,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct uv_group_t {
    pub(crate) groupname: *mut c_char,
    pub(crate) gid: usize,
    pub(crate) members: *mut *mut c_char,
}

#[repr(C)]
pub(crate) struct uv_utsname_t {
    pub(crate) sysname: [c_char; 256],
    pub(crate) release: [c_char; 256],
    pub(crate) version: [c_char; 256],
    pub(crate) machine: [c_char; 256],
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
pub(crate) struct uv_rusage_t {
    pub(crate) ru_utime: uv_timeval_t,
    pub(crate) ru_stime: uv_timeval_t,
    /// maxrss, ixrss, idrss, isrss, minflt, majflt, nswap, inblock, oublock, msgsnd, msgrcv, nsignals, nvcsw, nivcsw
    pub(crate) rest: [u64; 14],
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
pub(crate) struct uv_metrics_t {
    pub(crate) loop_count: u64,
    pub(crate) events: u64,
    pub(crate) events_waiting: u64,
    pub(crate) reserved: [u64; 13],
}

#[repr(C)]
pub(crate) struct uv_lib_t {
    pub(crate) handle: Cell<*mut c_void>,
    pub(crate) errmsg: Cell<*mut c_char>,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct uv_thread_options_t {
    pub(crate) flags: c_uint,
    pub(crate) stack_size: usize,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct uv_stdio_container_t {
    pub(crate) flags: c_int,
    pub(crate) data: Stdio,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) union Stdio {
    pub(crate) stream: Ptr<uv_stream_t>,
    pub(crate) fd: c_int,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct uv_process_options_t {
    pub(crate) exit_cb: uv_exit_cb,
    pub(crate) file: Str,
    pub(crate) args: *const Str,
    pub(crate) env: *const Str,
    pub(crate) cwd: Str,
    pub(crate) flags: c_uint,
    pub(crate) stdio_count: c_int,
    pub(crate) stdio: *const uv_stdio_container_t,
    pub(crate) uid: libc::uid_t,
    pub(crate) gid: libc::gid_t,
}

layout! {
    uv_loop_t 848 { data @ 0, active_handles @ 8, handle_queue @ 16, inner @ 40, stop_flag @ 48, backend_fd @ 64 }
    uv_buf_t 16 { base @ 0, len @ 8 }
    uv_timespec_t 16 { tv_sec @ 0, tv_nsec @ 8 }
    uv_timespec64_t 16 { tv_sec @ 0, tv_nsec @ 8 }
    uv_timeval_t 16 { tv_sec @ 0, tv_usec @ 8 }
    uv_timeval64_t 16 { tv_sec @ 0, tv_usec @ 8 }
    uv_stat_t 160 {
        st_dev @ 0, st_mode @ 8, st_nlink @ 16, st_uid @ 24, st_gid @ 32, st_rdev @ 40, st_ino @ 48, st_size @ 56,
        st_blksize @ 64, st_blocks @ 72, st_flags @ 80, st_gen @ 88, st_atim @ 96, st_mtim @ 112, st_ctim @ 128,
        st_birthtim @ 144,
    }
    uv_statfs_t 88 {
        f_type @ 0, f_bsize @ 8, f_blocks @ 16, f_bfree @ 24, f_bavail @ 32, f_files @ 40, f_ffree @ 48, f_frsize @ 56,
        f_spare @ 64,
    }
    uv_dirent_t 16 { name @ 0, type_ @ 8 }
    uv_dir_t 56 { dirents @ 0, nentries @ 8 }
    uv_env_item_t 16 { name @ 0, value @ 8 }
    uv_cpu_info_t 56 { model @ 0, speed @ 8, cpu_times @ 16 }
    uv_interface_address_t 80 { name @ 0, phys_addr @ 8, is_internal @ 16, address @ 20, netmask @ 48 }
    uv_passwd_t 40 { username @ 0, uid @ 8, gid @ 16, shell @ 24, homedir @ 32 }
    uv_group_t 24 { groupname @ 0, gid @ 8, members @ 16 }
    uv_utsname_t 1024 { sysname @ 0, release @ 256, version @ 512, machine @ 768 }
    uv_rusage_t 144 { ru_utime @ 0, ru_stime @ 16, rest @ 32 }
    uv_metrics_t 128 { loop_count @ 0, events @ 8, events_waiting @ 16 }
    uv_lib_t 16 { handle @ 0, errmsg @ 8 }
    uv_thread_options_t 16 { flags @ 0, stack_size @ 8 }
    uv_stdio_container_t 16 { flags @ 0, data @ 8 }
    uv_process_options_t 64 {
        exit_cb @ 0, file @ 8, args @ 16, env @ 24, cwd @ 32, flags @ 40, stdio_count @ 44, stdio @ 48, uid @ 56, gid @ 60,
    }
}
