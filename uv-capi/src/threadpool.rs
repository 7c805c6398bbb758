//! `uv_work_t`: work on the pool's threads; and random bytes, which are fetched there.

use std::ffi::{c_int, c_uint, c_void};

use uv_loop::JobError;
use uv_sys::Error;

use crate::layout::*;
use crate::ptr::{Ptr, bytes_mut, code};
use crate::request;

#[unsafe(no_mangle)]
extern "C" fn uv_queue_work(
    loop_: Ptr<uv_loop_t>,
    req: Ptr<uv_work_t>,
    work_cb: uv_work_cb,
    after_work_cb: uv_after_work_cb,
) -> c_int {
    let Some(work) = work_cb else {
        return Error::EINVAL.code();
    };
    request::init(req, req_type::WORK, loop_);
    req.loop_.set(loop_);
    req.work_cb.set(work_cb);
    req.after_work_cb.set(after_work_cb);
    let work = loop_.lp().queue_work(
        move || work(req),
        move |_, result| {
            req.req.job.set(Job::None);
            if let Some(after_work_cb) = req.after_work_cb.get() {
                after_work_cb(req, status(result));
            }
        },
    );
    req.req.job.set(Job::Work(work));
    0
}

fn status(result: Result<(), JobError>) -> c_int {
    match result {
        Ok(()) => 0,
        Err(JobError::NoThreads(error)) => Error::from(error).code(),
        Err(_) => Error::ECANCELED.code(),
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_random(
    loop_: Ptr<uv_loop_t>,
    req: Ptr<uv_random_t>,
    buf: *mut c_void,
    length: usize,
    flags: c_uint,
    cb: uv_random_cb,
) -> c_int {
    if length > i32::MAX as usize {
        return Error::E2BIG.code();
    }
    if flags != 0 {
        return Error::EINVAL.code();
    }
    let Some(call_back) = cb else {
        return code(uv_sys::os::random(bytes_mut(buf.cast(), length)));
    };
    request::init(req, req_type::RANDOM, loop_);
    req.loop_.set(loop_);
    req.buf.set(buf);
    req.buflen.set(length);
    req.cb.set(cb);
    let place = Ptr::<u8>::new(buf.cast());
    let fill = move || uv_sys::os::random(bytes_mut(Ptr::raw(place), length));
    let work = loop_.lp().queue_work(fill, move |_, result| {
        req.req.job.set(Job::None);
        let status = match result {
            Ok(filled) => code(filled),
            Err(error) => status(Err(error)),
        };
        call_back(req, status, req.buf.get(), req.buflen.get());
    });
    req.req.job.set(Job::Work(work));
    0
}
