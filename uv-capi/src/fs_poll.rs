//! `uv_fs_poll_t`: asks for a file's state again and again.

use std::ffi::{c_int, c_uint};
use std::time::Duration;

use uv_fs::{FsPoll, FsPollOwner, StatChange};
use uv_loop::{Handle, Loop};
use uv_sys::{Error, Result};

use crate::fs::stat_of;
use crate::handle;
use crate::layout::{Id, handle_type, uv_fs_poll_cb, uv_fs_poll_t, uv_loop_t, uv_stat_t};
use crate::ptr::{Ptr, Str, code, misuse, put_path};

fn id(handle: Ptr<uv_fs_poll_t>) -> FsPoll {
    match handle.handle.id.get() {
        Id::FsPoll(id) => id,
        _ => misuse("uv_fs_poll_t", "it is not a handle of this type"),
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_poll_init(loop_: Ptr<uv_loop_t>, handle: Ptr<uv_fs_poll_t>) -> c_int {
    handle.poll_cb.set(None);
    handle::init_anywhere(handle, loop_, handle_type::FS_POLL, |lp| Id::FsPoll(FsPoll::new(lp)));
    0
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_poll_start(handle: Ptr<uv_fs_poll_t>, cb: uv_fs_poll_cb, path: Str, interval: c_uint) -> c_int {
    if handle.handle.is_closing() {
        return Error::EINVAL.code();
    }
    let lp = handle.handle.lp();
    if id(handle).is_active(lp) {
        return 0;
    }
    handle.poll_cb.set(cb);
    let (interval, owner) = (Duration::from_millis(interval.into()), handle.handle.loop_.get().inner().polls.clone());
    let result = id(handle).start_from(lp, path.path(), interval, owner, handle.number());
    handle.handle.loop_.get().sync();
    code(result)
}

/// The owner of all that is asked for again and again, who knows each by its handle's address.
pub(crate) struct Polls;

impl FsPollOwner for Polls {
    fn changed(&self, lp: &Loop, poll: FsPoll, number: usize, change: uv_fs::Result<StatChange>) {
        let handle = Ptr::<uv_fs_poll_t>::from_number(number);
        let (status, before, now) = match change {
            Ok(change) => (0, stat_of(&change.before), stat_of(&change.now)),
            Err(error) => {
                let last = poll.last(lp).map_or_else(|_| uv_stat_t::default(), |last| stat_of(&last));
                (error.error().code(), last, uv_stat_t::default())
            }
        };
        if let Some(poll_cb) = handle.poll_cb.get() {
            poll_cb(handle, status, &raw const before, &raw const now);
        }
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_poll_stop(handle: Ptr<uv_fs_poll_t>) -> c_int {
    if handle.handle.is_closing() {
        return 0;
    }
    let loop_ = handle.handle.loop_.get();
    if loop_.is_foreign() {
        loop_.leave(move || _ = stop(handle));
        return 0;
    }
    code(stop(handle))
}

/// By the loop's thread.
fn stop(handle: Ptr<uv_fs_poll_t>) -> Result<()> {
    let loop_ = handle.handle.loop_.get();
    let result = id(handle).stop(loop_.lp_here());
    loop_.sync();
    result
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_poll_getpath(handle: Ptr<uv_fs_poll_t>, buffer: Str, size: Ptr<usize>) -> c_int {
    put_path(buffer, size, || match handle.handle.is_closing() {
        true => Err(Error::EINVAL),
        false => id(handle).path(handle.handle.lp()),
    })
}
