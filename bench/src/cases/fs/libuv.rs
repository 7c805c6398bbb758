//! libuv, with requests that are used again as soon as they have called back.

use std::cell::Cell;
use std::env;
use std::ffi::{CString, c_char};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::ptr;
use std::thread;
use std::time::Instant;

use super::files::{self, Source};
use super::ours::{LONG, rounds};
use super::pace::Pace;
use super::{Work, std_fs};
use crate::libuv::{self, *};

/// A request, and what it needs to be made again.
struct Job {
    request: uv_fs_t,
    run: *mut Run,
    buf: Vec<u8>,
    fd: i32,
}

struct Run {
    lp: *mut uv_loop_t,
    pace: &'static Pace,
    work: Work,
    small: Vec<CString>,
    many: CString,
    source: Source,
    next: usize,
}

pub fn run(work: Work, at_once: usize, pace: &'static Pace) {
    run_on(new_loop(), work, at_once, pace);
}

pub fn run_with_uring(work: Work, at_once: usize, pace: &'static Pace) {
    run_on(new_loop_with_uring(), work, at_once, pace);
}

fn new_loop_with_uring() -> *mut uv_loop_t {
    // SAFETY: no other thread runs yet.
    unsafe { env::set_var("UV_USE_IO_URING", "1") };
    let lp = new_loop();
    // SAFETY: the loop has been made. The environment alone does not do it.
    ok(unsafe { uv_loop_configure(lp, uv_loop_option_UV_LOOP_USE_IO_URING_SQPOLL) });
    lp
}

fn run_on(lp: *mut uv_loop_t, work: Work, at_once: usize, pace: &'static Pace) {
    let source = Source::new(work.len(), work == Work::UncachedRead);
    let small = files::small_files().into_iter().map(c_path).collect();
    let run = Box::leak(Box::new(Run { lp, pace, work, small, many: c_path(files::many()), source, next: 0 }));
    let jobs: Vec<_> = (0..at_once).map(|_| job(run, work.len())).collect();
    pace.begin();
    for job in jobs {
        // SAFETY: jobs and their run are never freed, and all is done on this thread.
        unsafe { start(job) };
    }
    libuv::run(lp);
}

fn job(run: *mut Run, len: usize) -> *mut Job {
    let job = places::<Job>(1);
    // SAFETY: there is room for a job; a request is made ready by the call that makes it.
    unsafe {
        (&raw mut (*job).run).write(run);
        (&raw mut (*job).buf).write(vec![0; len]);
        (*job).request.data = job.cast();
    }
    job
}

pub fn c_path(path: PathBuf) -> CString {
    CString::new(path.as_os_str().as_bytes()).expect("a path has no NUL")
}

/// # Safety
///
/// The job is one of [`job`], and its request is not under way.
unsafe fn start(job: *mut Job) {
    // SAFETY: as the caller says; only one job at a time looks at the run.
    let (job, run) = unsafe { (&mut *job, &mut *(*job).run) };
    let request = &raw mut job.request;
    // SAFETY: requests and buffers stay where they are until the callback.
    let status = unsafe {
        match run.work {
            Work::Stat => uv_fs_stat(run.lp, request, run.small[0].as_ptr(), Some(on_stat)),
            Work::File | Work::WholeFile => {
                run.next += 1;
                let path = run.small[run.next % run.small.len()].as_ptr();
                uv_fs_open(run.lp, request, path, libc::O_RDONLY, 0, Some(on_open))
            }
            Work::Read | Work::BigRead | Work::UncachedRead => {
                let (fd, offset) = (run.source.file().as_raw_fd(), run.source.next());
                let buf = uv_buf_init(job.buf.as_mut_ptr().cast::<c_char>(), job.buf.len() as u32);
                uv_fs_read(run.lp, request, fd, &buf, 1, offset as i64, Some(on_read))
            }
            Work::Directory => uv_fs_scandir(run.lp, request, run.many.as_ptr(), 0, Some(on_scandir)),
        }
    };
    ok(status);
}

/// The request has called back: its result, and the job.
///
/// # Safety
///
/// The request is a job's.
unsafe fn finish(request: *mut uv_fs_t) -> (isize, &'static mut Job) {
    // SAFETY: as the caller says.
    unsafe {
        let result = (*request).result;
        uv_fs_req_cleanup(request);
        (result, &mut *(*request).data.cast::<Job>())
    }
}

fn again(job: &mut Job) {
    // SAFETY: runs are never freed, and the request has called back.
    unsafe {
        if (*job.run).pace.done() {
            start(job);
        }
    }
}

unsafe extern "C" fn on_stat(request: *mut uv_fs_t) {
    // SAFETY: libuv calls back with the job's request.
    let (result, job) = unsafe {
        assert_eq!((*request).statbuf.st_size, files::SMALL as u64);
        finish(request)
    };
    assert_eq!(result, 0);
    again(job);
}

unsafe extern "C" fn on_read(request: *mut uv_fs_t) {
    // SAFETY: libuv calls back with the job's request.
    let (result, job) = unsafe { finish(request) };
    assert_eq!(result, job.buf.len() as isize);
    again(job);
}

unsafe extern "C" fn on_scandir(request: *mut uv_fs_t) {
    let mut entry = uv_dirent_t { name: ptr::null(), type_: 0 };
    let mut count = 0;
    // SAFETY: libuv calls back with the job's request, which has the entries until it is cleaned up.
    unsafe {
        while uv_fs_scandir_next(request, &mut entry) == 0 {
            count += 1;
        }
    }
    files::check_entries(count);
    // SAFETY: as above.
    again(unsafe { finish(request) }.1);
}

unsafe extern "C" fn on_open(request: *mut uv_fs_t) {
    // SAFETY: libuv calls back with the job's request, which can be used again.
    unsafe {
        let (fd, job) = finish(request);
        assert!(fd >= 0);
        job.fd = fd as i32;
        let buf = uv_buf_init(job.buf.as_mut_ptr().cast::<c_char>(), job.buf.len() as u32);
        ok(uv_fs_read((*job.run).lp, request, job.fd, &buf, 1, 0, Some(on_file_read)));
    }
}

unsafe extern "C" fn on_file_read(request: *mut uv_fs_t) {
    // SAFETY: libuv calls back with the job's request, which can be used again.
    unsafe {
        let (count, job) = finish(request);
        assert_eq!(count, files::SMALL as isize);
        ok(uv_fs_close((*job.run).lp, request, job.fd, Some(on_close)));
    }
}

unsafe extern "C" fn on_close(request: *mut uv_fs_t) {
    // SAFETY: libuv calls back with the job's request.
    let (result, job) = unsafe { finish(request) };
    assert_eq!(result, 0);
    again(job);
}

pub fn stat_sync(pace: &Pace) {
    let path = c_path(std_fs::cached_path());
    let request = places::<uv_fs_t>(1);
    pace.begin();
    loop {
        // SAFETY: there is room for a request, and without a callback it is done when the call returns.
        unsafe {
            ok(uv_fs_stat(ptr::null_mut(), request, path.as_ptr(), None));
            uv_fs_req_cleanup(request);
        }
        if !pace.done() {
            return;
        }
    }
}

pub fn read_beside_jobs() -> f64 {
    read_beside_jobs_on(new_loop())
}

pub fn read_beside_jobs_with_uring() -> f64 {
    read_beside_jobs_on(new_loop_with_uring())
}

fn read_beside_jobs_on(lp: *mut uv_loop_t) -> f64 {
    thread_local! {
        static TOTAL: Cell<f64> = const { Cell::new(0.0) };
        static BEGIN: Cell<Option<Instant>> = const { Cell::new(None) };
    }
    unsafe extern "C" fn long(_: *mut uv_work_t) {
        thread::sleep(LONG);
    }
    unsafe extern "C" fn after(_: *mut uv_work_t, status: i32) {
        ok(status);
    }
    unsafe extern "C" fn on_read(request: *mut uv_fs_t) {
        // SAFETY: libuv calls back with the request that was made.
        unsafe {
            assert_eq!((*request).result as usize, files::SMALL);
            uv_fs_req_cleanup(request);
        }
        TOTAL.set(TOTAL.get() + BEGIN.get().expect("it began").elapsed().as_secs_f64());
    }
    let mut source = Source::new(files::SMALL, false);
    let (jobs, request) = (places::<uv_work_t>(4), places::<uv_fs_t>(1));
    let mut buf = vec![0u8; files::SMALL];
    for _ in 0..rounds() {
        // SAFETY: there is room for the requests, which have called back when the loop has run, as has the buffer's.
        unsafe {
            for number in 0..4 {
                ok(uv_queue_work(lp, jobs.add(number), Some(long), Some(after)));
            }
            BEGIN.set(Some(Instant::now()));
            let buf = uv_buf_init(buf.as_mut_ptr().cast::<c_char>(), buf.len() as u32);
            let (fd, offset) = (source.file().as_raw_fd(), source.next() as i64);
            ok(uv_fs_read(lp, request, fd, &buf, 1, offset, Some(on_read)));
        }
        libuv::run(lp);
    }
    TOTAL.get() * 1e9 / rounds() as f64
}
