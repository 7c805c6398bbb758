//! `uv_process_t`: child processes.

use std::ffi::c_int;

use uv_sys::Error;

use crate::layout::{uv_loop_t, uv_process_options_t, uv_process_t};
use crate::ptr::{Ptr, code};

#[unsafe(no_mangle)]
extern "C" fn uv_spawn(_: Ptr<uv_loop_t>, _: Ptr<uv_process_t>, _: Ptr<uv_process_options_t>) -> c_int {
    Error::ENOSYS.code()
}

#[unsafe(no_mangle)]
extern "C" fn uv_process_kill(handle: Ptr<uv_process_t>, signum: c_int) -> c_int {
    uv_kill(handle.pid.get(), signum)
}

#[unsafe(no_mangle)]
extern "C" fn uv_process_get_pid(handle: Ptr<uv_process_t>) -> c_int {
    handle.pid.get()
}

#[unsafe(no_mangle)]
extern "C" fn uv_kill(pid: c_int, signum: c_int) -> c_int {
    code(uv_sys::os::kill(pid, signum))
}

#[unsafe(no_mangle)]
extern "C" fn uv_disable_stdio_inheritance() {
    // Every open descriptor from 0 on, until some that are not: as libuv does.
    for fd in 0.. {
        // SAFETY: any number may be asked about and changed.
        let result = unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) };
        if result < 0 && fd > 15 {
            break;
        }
    }
}
