//! `uv_work_t`: work on the pool's threads; and random bytes, which are fetched there.

use std::ffi::{c_int, c_uint, c_void};

use uv_loop::{JobError, Lane, Loop, RemoteWork, WorkOwner};
use uv_sys::Error;

use crate::dns;
use crate::elsewhere;
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
    if work_cb.is_none() {
        return Error::EINVAL.code();
    }
    request::init(req, req_type::WORK, loop_);
    req.loop_.set(loop_);
    req.work_cb.set(work_cb);
    req.after_work_cb.set(after_work_cb);
    queue(loop_, req.up(), Lane::Fast);
    0
}

/// Has the request done by a thread of the pool. Any thread may ask for it.
pub(crate) fn queue(loop_: Ptr<uv_loop_t>, req: Ptr<uv_req_t>, lane: Lane) {
    let inner = loop_.inner_anywhere();
    if loop_.is_foreign() {
        let work = RemoteWork::new(inner.works.clone(), req.number());
        return elsewhere::begin(loop_, req, lane, work, |inner, work| inner.lp.adopt_work(work).map(drop));
    }
    req.job.set(Job::Work(inner.lp.queue_work_from_in(lane, inner.works.clone(), req.number())));
}

/// The owner of all that goes to the pool, who knows each request by its address.
pub(crate) struct Works;

impl WorkOwner for Works {
    fn run(&self, work: usize) {
        let req = Ptr::<uv_req_t>::from_number(work);
        if !req.elsewhere.start() {
            return;
        }
        match req.type_.get() {
            req_type::RANDOM => {
                let req = req.down::<uv_random_t>();
                req.status.set(random(req.buf.get(), req.buflen.get()));
            }
            req_type::GETADDRINFO => dns::look_up(req.down()),
            req_type::GETNAMEINFO => dns::look_up_names(req.down()),
            _ => {
                let req = req.down::<uv_work_t>();
                if let Some(work_cb) = req.work_cb.get() {
                    work_cb(req);
                }
            }
        }
    }

    fn done(&self, _: &Loop, work: usize, outcome: Result<(), JobError>) {
        let req = Ptr::<uv_req_t>::from_number(work);
        let outcome = elsewhere::end(req, outcome);
        req.job.set(Job::None);
        match req.type_.get() {
            req_type::RANDOM => {
                let req = req.down::<uv_random_t>();
                let status = if outcome.is_ok() { req.status.get() } else { status(outcome) };
                if let Some(cb) = req.cb.get() {
                    cb(req, status, req.buf.get(), req.buflen.get());
                }
            }
            req_type::GETADDRINFO => dns::looked_up(req.down(), outcome),
            req_type::GETNAMEINFO => dns::looked_up_names(req.down(), outcome),
            _ => {
                let req = req.down::<uv_work_t>();
                if let Some(after_work_cb) = req.after_work_cb.get() {
                    after_work_cb(req, status(outcome));
                }
            }
        }
    }
}

fn status(result: Result<(), JobError>) -> c_int {
    match result {
        Ok(()) => 0,
        Err(JobError::NoThreads(error)) => Error::from(error).code(),
        Err(_) => Error::ECANCELED.code(),
    }
}

fn random(buf: *mut c_void, length: usize) -> c_int {
    match buf.is_null() && length > 0 {
        true => Error::EFAULT.code(),
        false => code(uv_sys::os::random(bytes_mut(buf.cast(), length))),
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
    if cb.is_none() {
        return random(buf, length);
    }
    request::init(req, req_type::RANDOM, loop_);
    req.loop_.set(loop_);
    req.buf.set(buf);
    req.buflen.set(length);
    req.cb.set(cb);
    queue(loop_, req.up(), Lane::Fast);
    0
}
