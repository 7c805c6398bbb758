//! Requests on directories: what they do, and the entries that they have found.

use std::ffi::{CStr, c_int, c_uint, c_void};
use std::mem::ManuallyDrop;
use std::ptr;

use uv_fs::{Dir, FileType, bare};
use uv_sys::{Error, Result};

use super::{Call, clamp, conclude, counted, fs_type, put_ptr, returned};
use crate::alloc;
use crate::layout::*;
use crate::ptr::{Ptr, Str};

pub(super) fn scandir(req: Ptr<uv_fs_t>) {
    let mut found = Found::default();
    let read = bare::scandir(req.path.get().text(), |name, file_type| found.add(name, file_type));
    conclude(req, read, |req, ()| put_entries(req, &found));
}

/// Entries as a byte for the type, the name, and a zero.
#[derive(Default)]
struct Found {
    count: usize,
    bytes: Vec<u8>,
}

impl Found {
    fn add(&mut self, name: &CStr, file_type: FileType) {
        if self.bytes.is_empty() {
            self.bytes.reserve(4096);
        }
        self.count += 1;
        self.bytes.push(file_type.dirent_type() as u8);
        self.bytes.extend_from_slice(name.to_bytes_with_nul());
    }
}

/// Entries, sorted, and their names in one piece of memory. As in libuv it is the C library's, also for a program that has
/// replaced the allocator.
fn put_entries(req: Ptr<uv_fs_t>, found: &Found) -> Result<usize> {
    if found.count == 0 {
        return Ok(0);
    }
    let table = size_of::<uv_dirent_t>() * found.count;
    // SAFETY: any size will do.
    let memory = unsafe { libc::malloc(table + found.bytes.len()) };
    if memory.is_null() {
        return Err(Error::ENOMEM);
    }
    let bytes = Ptr::<u8>::new(memory.wrapping_byte_add(table).cast());
    crate::ptr::bytes_mut(bytes.raw(), found.bytes.len()).copy_from_slice(&found.bytes);
    let (entries, mut entry) = (Ptr::<uv_dirent_t>::new(memory.cast()), bytes);
    for index in 0..found.count {
        let name = Str::new(entry.at(1).raw().cast());
        entries.at(index).put(uv_dirent_t { name: name.raw(), type_: entry.read().into() });
        entry = entry.at(1 + name.text().count_bytes() + 1);
    }
    let name = |entry: &uv_dirent_t| Str::new(entry.name.cast_mut()).text();
    crate::ptr::array_mut(entries.raw(), found.count).sort_unstable_by(|a, b| name(a).cmp(name(b)));
    req.ptr.set(memory);
    Ok(found.count)
}

pub(super) fn free_entries(entries: *mut c_void) {
    // SAFETY: they are of `put_entries`, or none.
    unsafe { libc::free(entries) };
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

pub(super) fn put_dir(req: Ptr<uv_fs_t>, dir: Dir) -> Result<usize> {
    put_ptr(req, alloc::value(uv_dir_t::new(dir)))
}

/// A request on a directory that is open, and is the request's until it is [given back](give_back).
fn on_dir(call: Result<Call>, dir: Ptr<uv_dir_t>, is_fit: fn(&uv_dir_t) -> bool) -> c_int {
    returned(call.and_then(|call| {
        let open = dir.get().filter(|dir| is_fit(dir)).and_then(|dir| dir.dir.take()).ok_or(Error::EINVAL)?;
        call.req.dir.set(Some(ManuallyDrop::new(open)));
        call.req.ptr.set(dir.raw().cast());
        call.queue()
    }))
}

/// Of a request that is done, or was not to be.
pub(super) fn give_back(req: Ptr<uv_fs_t>) {
    if matches!(req.fs_type.get(), fs_type::READDIR | fs_type::CLOSEDIR)
        && let Some(open) = req.dir.take()
    {
        let dir = Ptr::<uv_dir_t>::new(req.ptr.get().cast());
        dir.dir.set(Some(ManuallyDrop::into_inner(open)));
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_fs_readdir(loop_: Ptr<uv_loop_t>, req: Ptr<uv_fs_t>, dir: Ptr<uv_dir_t>, cb: uv_fs_cb) -> c_int {
    on_dir(Call::new(loop_, req, fs_type::READDIR, cb), dir, |dir| !dir.dirents.get().is_null())
}

pub(super) fn readdir(req: Ptr<uv_fs_t>) {
    if let Some(mut open) = req.dir.take() {
        let result = put_dirents(Ptr::new(req.ptr.get().cast()), &mut open);
        req.dir.set(Some(open));
        conclude(req, result, counted);
    }
}

fn put_dirents(dir: Ptr<uv_dir_t>, open: &mut Dir) -> Result<usize> {
    let place = Ptr::<uv_dirent_t>::new(dir.dirents.get());
    let mut count = 0;
    while count < dir.nentries.get() {
        let entry = match bare::next_entry(open) {
            Ok(None) => break,
            Ok(Some((name, file_type))) => Ok((alloc::text(name.to_bytes()), file_type)),
            Err(error) => Err(error),
        };
        match entry {
            Ok((name, file_type)) if !name.is_null() => {
                place.at(count).put(uv_dirent_t { name, type_: file_type.dirent_type() });
                count += 1;
            }
            // What has been read must not be lost: the error comes again.
            Err(_) if count > 0 => break,
            failed => {
                free_names(dir, count);
                return Err(failed.err().unwrap_or(Error::ENOMEM));
            }
        }
    }
    Ok(count)
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
    on_dir(Call::new(loop_, req, fs_type::CLOSEDIR, cb), dir, |_| true)
}

pub(super) fn closedir(req: Ptr<uv_fs_t>) {
    drop(req.dir.take().map(ManuallyDrop::into_inner));
    alloc::free(req.ptr.replace(ptr::null_mut()));
    req.result.set(0);
}

/// Closes one that was not closed by a request, and gives back its memory.
pub(super) fn free(dir: Ptr<uv_dir_t>) {
    if let Some(it) = dir.get() {
        drop(it.dir.take());
        alloc::free(dir.raw());
    }
}
