use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::thread;
use std::time::{Duration, Instant};

/// Runs `child` in a child process, and panics if that does. One that hangs is ended after a minute.
pub fn fork(child: impl FnOnce()) {
    // SAFETY: where other threads exist, the child takes no lock that they could hold, but for the allocator's, which
    // the C library releases in a child.
    match unsafe { libc::fork() } {
        -1 => panic!("{}", io::Error::last_os_error()),
        0 => {
            let result = panic::catch_unwind(AssertUnwindSafe(child));
            // SAFETY: it ends the process without what the parent has registered for its own end.
            unsafe { libc::_exit(i32::from(result.is_err())) };
        }
        pid => {
            let status = end_of(pid);
            assert!(status == 0, "the child failed: {status:#x}");
        }
    }
}

/// Waits for a child's end, and brings it about if it hangs: it may have blocked every other signal.
fn end_of(pid: libc::pid_t) -> i32 {
    let start = Instant::now();
    let mut status = 0;
    loop {
        // SAFETY: the status outlives the call.
        match unsafe { libc::waitpid(pid, &raw mut status, libc::WNOHANG) } {
            0 if start.elapsed() > Duration::from_secs(60) => {
                // SAFETY: the child has not been waited for, so the number is its own.
                assert_eq!(unsafe { libc::kill(pid, libc::SIGKILL) }, 0);
            }
            0 => thread::sleep(Duration::from_micros(100)),
            ended => {
                assert_eq!(ended, pid);
                return status;
            }
        }
    }
}
