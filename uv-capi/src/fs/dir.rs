//! Requests on directories.

use std::ffi::{c_int, c_uint};
use std::os::unix::ffi::OsStrExt;
use std::ptr;

use uv_fs::{Dirent, sync};
use uv_loop::Loop;
use uv_sys::{Error, Result};

use super::{Answer, Call, clamp, conclude, fs_type, nothing, put_ptr, returned};
use crate::alloc;
use crate::layout::*;
use crate::ptr::{Ptr, Str};

#[unsafe(no_mangle)]
extern "C" fn uv_fs_scandir(loop_: Ptr<uv_loop_t>, req: Ptr<uv_fs_t>, path: Str, flags: c_int, cb: uv_fs_cb) -> c_int {
    returned(Call::new(loop_, req, fs_type::SCANDIR, cb).and_then(|call| call.with_path(path)).and_then(|call| {
        req.flags.set(flags);
        req.next_entry.set(0);
        let path = path.path();
        call.run(
            || sync::scandir(path),
            |lp, answer| uv_fs::scandir(lp, path, move |_, result| answer.is(result)),
            put_entries,
        )
    }))
}

/// Entries and their names in one piece of the program's memory.
fn put_entries(req: Ptr<uv_fs_t>, entries: Vec<Dirent>) -> Result<usize> {
    if entries.is_empty() {
        return Ok(0);
    }
    let table = size_of::<uv_dirent_t>() * entries.len();
    let names: usize = entries.iter().map(|entry| entry.name().len() + 1).sum();
    let memory = alloc::zeroed::<u8>(table + names);
    if memory.is_null() {
        return Err(Error::ENOMEM);
    }
    let place = Ptr::<uv_dirent_t>::new(memory.cast());
    let mut name = Str::new(memory.wrapping_add(table).cast());
    for (index, entry) in entries.iter().enumerate() {
        let bytes = entry.name().as_bytes();
        crate::ptr::put_truncated(name, bytes.len() + 1, bytes);
        place.at(index).put(uv_dirent_t { name: name.raw(), type_: entry.file_type().dirent_type() });
        name = name.at(bytes.len() + 1);
    }
    req.ptr.set(memory.cast());
    Ok(entries.len())
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_scandir_next(req: Ptr<uv_fs_t>, entry: Ptr<uv_dirent_t>) -> c_int {
    if req.result.get() < 0 {
        return clamp(req.result.get());
    }
    let next = req.next_entry.get() as usize;
    if req.ptr.get().is_null() || next >= req.result.get() as usize {
        return Error::EOF.code();
    }
    req.next_entry.set(next as c_uint + 1);
    entry.put(Ptr::<uv_dirent_t>::new(req.ptr.get().cast()).at(next).read());
    0
}

pub(super) fn put_dir(req: Ptr<uv_fs_t>, dir: uv_fs::Dir) -> Result<usize> {
    put_ptr(req, alloc::value(uv_dir_t::new(dir)))
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_readdir(loop_: Ptr<uv_loop_t>, req: Ptr<uv_fs_t>, dir: Ptr<uv_dir_t>, cb: uv_fs_cb) -> c_int {
    returned(Call::new(loop_, req, fs_type::READDIR, cb).and_then(|call| {
        if dir.is_null() || dir.dirents.get().is_null() {
            return Err(Error::EINVAL);
        }
        let mut open = dir.dir.take().ok_or(Error::EINVAL)?;
        req.ptr.set(dir.raw().cast());
        let count = dir.nentries.get();
        let finish = move |_, entries| put_dirents(dir, entries);
        if call.is_sync {
            let result = sync::readdir(&mut open, count);
            dir.dir.set(Some(open));
            conclude(req, result, finish);
            return Ok(clamp(req.result.get()));
        }
        let queue = |lp: &Loop, answer: Answer<_>| {
            uv_fs::readdir(lp, *open, count, move |_, result, open| {
                dir.dir.set(Some(Box::new(open)));
                answer.is(result);
            })
        };
        call.run(|| unreachable!("that is done above"), queue, finish)
    }))
}

fn put_dirents(dir: Ptr<uv_dir_t>, entries: Vec<Dirent>) -> Result<usize> {
    let place = Ptr::<uv_dirent_t>::new(dir.dirents.get());
    for (index, entry) in entries.iter().enumerate() {
        let name = alloc::text(entry.name().as_bytes());
        if name.is_null() {
            free_names(dir, index);
            return Err(Error::ENOMEM);
        }
        place.at(index).put(uv_dirent_t { name, type_: entry.file_type().dirent_type() });
    }
    Ok(entries.len())
}

pub(super) fn free_names(dir: Ptr<uv_dir_t>, count: usize) {
    let place = Ptr::<uv_dirent_t>::new(dir.dirents.get());
    for index in 0..count {
        let entry = place.at(index);
        alloc::free(entry.read().name.cast_mut());
        entry.put(uv_dirent_t { name: ptr::null(), type_: entry.read().type_ });
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_closedir(loop_: Ptr<uv_loop_t>, req: Ptr<uv_fs_t>, dir: Ptr<uv_dir_t>, cb: uv_fs_cb) -> c_int {
    returned(Call::new(loop_, req, fs_type::CLOSEDIR, cb).and_then(|call| {
        let open = dir.get().and_then(|dir| dir.dir.take()).ok_or(Error::EINVAL)?;
        alloc::free(dir.raw());
        if call.is_sync {
            drop(open);
            return Ok(0);
        }
        call.run(|| Ok(()), |lp, answer| uv_fs::closedir(lp, *open, move |_, result| answer.is(result)), nothing)
    }))
}
