//! `uv_fs_event_t`: watches files.

use std::ffi::{c_int, c_uint};
use std::os::unix::ffi::OsStrExt;

use uv_fs::{ChangeKind, FsChange, FsEvent, FsEventOwner};
use uv_loop::{Handle, Loop};
use uv_sys::{Error, Result};

use crate::handle;
use crate::layout::{Id, handle_type, uv_fs_event_cb, uv_fs_event_t, uv_loop_t};
use crate::ptr::{Ptr, Str, code, misuse, put_path, put_truncated};

fn id(handle: Ptr<uv_fs_event_t>) -> FsEvent {
    match handle.handle.id.get() {
        Id::FsEvent(id) => id,
        _ => misuse("uv_fs_event_t", "it is not a handle of this type"),
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_event_init(loop_: Ptr<uv_loop_t>, handle: Ptr<uv_fs_event_t>) -> c_int {
    handle.cb.set(None);
    handle::init_anywhere(handle, loop_, handle_type::FS_EVENT, |lp| Id::FsEvent(FsEvent::new(lp)));
    0
}

/// The flags change nothing on Linux, as in libuv.
#[unsafe(no_mangle)]
extern "C" fn uv_fs_event_start(handle: Ptr<uv_fs_event_t>, cb: uv_fs_event_cb, path: Str, _flags: c_uint) -> c_int {
    if handle.handle.is_closing() || id(handle).is_active(handle.handle.lp()) {
        return Error::EINVAL.code();
    }
    if path.is_null() {
        return Error::EFAULT.code();
    }
    handle.cb.set(cb);
    let inner = handle.handle.loop_.get().inner();
    let result = id(handle).start_from(&inner.lp, path.path(), inner.events.clone(), handle.number());
    handle.handle.loop_.get().sync();
    code(result.map_err(|error| error.error()))
}

/// The owner of all watches, who knows each by its handle's address.
pub(crate) struct Events;

impl FsEventOwner for Events {
    fn changed(&self, _: &Loop, _: FsEvent, number: usize, change: uv_fs::Result<FsChange<'_>>) {
        call_back(Ptr::from_number(number), change);
    }
}

fn call_back(handle: Ptr<uv_fs_event_t>, change: uv_fs::Result<FsChange<'_>>) {
    const RENAME: c_int = 1;
    const CHANGE: c_int = 2;
    handle.handle.loop_.get().sync();
    let Some(cb) = handle.cb.get() else { return };
    match change {
        Ok(change) => {
            // A name within a directory has at most 255 bytes.
            let mut name = [0_u8; 256];
            let text = Ptr::new(name.as_mut_ptr().cast());
            put_truncated(text, 256, change.name.as_os_str().as_bytes());
            let events = match change.kind {
                ChangeKind::Rename => RENAME,
                ChangeKind::Change => CHANGE,
                ChangeKind::RenameAndChange => RENAME | CHANGE,
            };
            cb(handle, text.raw(), events, 0);
        }
        Err(error) => cb(handle, std::ptr::null(), 0, error.error().code()),
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_event_stop(handle: Ptr<uv_fs_event_t>) -> c_int {
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
fn stop(handle: Ptr<uv_fs_event_t>) -> Result<()> {
    let loop_ = handle.handle.loop_.get();
    let result = id(handle).stop(loop_.lp_here());
    loop_.sync();
    result
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_event_getpath(handle: Ptr<uv_fs_event_t>, buffer: Str, size: Ptr<usize>) -> c_int {
    put_path(buffer, size, || match handle.handle.is_closing() {
        true => Err(Error::EINVAL),
        false => id(handle).path(handle.handle.lp()),
    })
}
