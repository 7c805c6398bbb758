//! `uv_process_t`: child processes.

use std::cell::Cell;
use std::ffi::{CStr, c_int, c_uint};
use std::mem;
use std::os::fd::{BorrowedFd, OwnedFd};

use uv_loop::Loop;
use uv_process::{ExitOwner, ExitStatus, Method, Process, Source, Spawn};
use uv_sys::spawn::ForkHandlers;
use uv_sys::{Error, Result};

use crate::event_loop::Inner;
use crate::handle::{self, handle_id};
use crate::layout::*;
use crate::poll::Lent;
use crate::ptr::{Ptr, Str, array, code, misuse};

handle_id!(uv_process_t, Process);

/// The bits of `uv_process_options_t.flags`.
mod option {
    use std::ffi::c_uint;

    pub(super) const SETUID: c_uint = 1;
    pub(super) const SETGID: c_uint = 2;
    pub(super) const DETACHED: c_uint = 8;
    /// With those that concern Windows alone.
    pub(super) const ALL: c_uint = 0xff;
}

/// The bits of `uv_stdio_container_t.flags`, seen from the child.
mod stdio {
    use std::ffi::c_int;

    pub(super) const CREATE_PIPE: c_int = 1;
    pub(super) const INHERIT_FD: c_int = 2;
    pub(super) const INHERIT_STREAM: c_int = 4;
    pub(super) const READABLE_PIPE: c_int = 16;
    pub(super) const WRITABLE_PIPE: c_int = 32;
}

/// A child that borrows this process's memory has no need of the library's own.
static FORK_HANDLERS: ForkHandlers = ForkHandlers::new(c"libuv.so.1");

/// What `status` is when the child has ended: its number may be another process's then.
const ENDED: c_int = 1;

/// Also a handle whose spawn has failed is one, and to be closed.
#[unsafe(no_mangle)]
extern "C" fn uv_spawn(loop_: Ptr<uv_loop_t>, handle: Ptr<uv_process_t>, options: Ptr<uv_process_options_t>) -> c_int {
    let options = options.read();
    if options.file.is_null() {
        misuse("uv_spawn", "there is no file to run");
    }
    if options.flags & !option::ALL != 0 {
        misuse("uv_spawn", "there are no such flags");
    }
    handle::init(handle, loop_, handle_type::PROCESS, Id::Process(Process::new(loop_.lp())));
    handle.pid.set(0);
    handle.status.set(0);
    handle.exit_cb.set(options.exit_cb);
    let result = spawn(loop_.inner(), handle, &options);
    loop_.sync();
    code(result)
}

fn spawn(inner: &Inner, handle: Ptr<uv_process_t>, options: &uv_process_options_t) -> Result<()> {
    /// As many descriptors have room on the stack.
    const FEW: usize = 8;

    let lp = &inner.lp;
    let has = |flag: c_uint| options.flags & flag != 0;
    let containers = array(options.stdio, usize::try_from(options.stdio_count).unwrap_or(0));
    let (mut few_ends, mut many_ends) = ([const { End::Null }; FEW], Vec::new());
    let ends = places(&mut few_ends, &mut many_ends, containers.len(), || End::Null);
    for (end, container) in ends.iter_mut().zip(containers) {
        *end = End::new(lp, container)?;
    }
    let (mut few_sources, mut many_sources) = ([Source::Null; FEW], Vec::new());
    let sources = places(&mut few_sources, &mut many_sources, ends.len(), || Source::Null);
    for (source, end) in sources.iter_mut().zip(&*ends) {
        *source = end.source();
    }
    let mut lists = inner.spawns.take();
    match options.args.is_null() {
        true => lists.args.push(options.file.text()),
        false => lists.args.extend(texts(options.args)),
    }
    lists.env.extend(texts(options.env));
    let spawn = Spawn {
        env: (!options.env.is_null()).then_some(&lists.env),
        cwd: options.cwd.text_or_none(),
        stdio: sources,
        inherit: true,
        uid: has(option::SETUID).then_some(options.uid),
        gid: has(option::SETGID).then_some(options.gid),
        detached: has(option::DETACHED),
        // Programs rely on their pthread_atfork handlers, which libuv 1.53 itself no longer calls.
        method: if FORK_HANDLERS.are_possible() { Method::Fork } else { Method::Vfork },
        ..Spawn::new(options.file.text(), &lists.args)
    };
    let spawned = handle.id().spawn_from(lp, &spawn, inner.exits.clone(), handle.number());
    lists.keep(&inner.spawns);
    if spawned.is_ok() {
        handle.pid.set(handle.id().pid(lp)?);
    }
    // As in libuv the pipes are there also if the program is not: they see the end then.
    let finish = |end: &mut End| mem::replace(end, End::Null).finish(lp);
    ends.iter_mut().map(finish).fold(spawned, Result::and)
}

/// So many, on the stack if there is room.
fn places<'a, T>(few: &'a mut [T], many: &'a mut Vec<T>, count: usize, empty: impl FnMut() -> T) -> &'a mut [T] {
    if count <= few.len() {
        return &mut few[..count];
    }
    many.resize_with(count, empty);
    many
}

/// Lists of the program's for the time of a spawn; a loop keeps their memory for the next one.
#[derive(Default)]
pub(crate) struct Lists {
    args: Vec<&'static CStr>,
    env: Vec<&'static CStr>,
}

impl Lists {
    fn keep(mut self, place: &Cell<Lists>) {
        /// As many entries of each.
        const MOST: usize = 4096;

        for list in [&mut self.args, &mut self.env] {
            list.clear();
            list.shrink_to(MOST);
        }
        place.set(self);
    }
}

/// The owner of all children, who knows each by its handle's address.
pub(crate) struct Exits;

impl ExitOwner for Exits {
    fn exited(&self, _: &Loop, _: Process, number: usize, status: ExitStatus) {
        let handle = Ptr::<uv_process_t>::from_number(number);
        handle.handle.loop_.get().sync();
        handle.status.set(ENDED);
        let (exit_status, signal) = match status {
            ExitStatus::Exited(status) => (status, 0),
            ExitStatus::Signaled(signal) => (0, signal),
            _ => (0, 0),
        };
        if let Some(exit_cb) = handle.exit_cb.get() {
            exit_cb(handle, exit_status.into(), signal);
        }
    }
}

/// The texts of a list that ends with a null; none if there is no list.
fn texts(list: *const Str) -> impl Iterator<Item = &'static CStr> {
    let (list, count) = (Ptr::new(list.cast_mut()), if list.is_null() { 0 } else { usize::MAX });
    (0..count).map_while(move |index| list.at(index).read().text_or_none())
}

/// What becomes of one of the child's descriptors.
enum End {
    Null,
    /// Stays the program's.
    Lent(BorrowedFd<'static>),
    /// The child's end, ours, and the pipe that is to have it.
    Pair {
        child: OwnedFd,
        parent: OwnedFd,
        stream: Ptr<uv_stream_t>,
        flags: c_int,
    },
}

impl End {
    fn new(lp: &Loop, container: &uv_stdio_container_t) -> Result<End> {
        const KIND: c_int = stdio::CREATE_PIPE | stdio::INHERIT_FD | stdio::INHERIT_STREAM;
        match container.flags & KIND {
            0 => Ok(End::Null),
            stdio::CREATE_PIPE => {
                // SAFETY: the flags say that it is a stream.
                let stream = unsafe { container.data.stream };
                if stream.is_null() {
                    misuse("uv_spawn", "there is no stream for the pipe");
                }
                if !matches!(stream.get().map(|stream| stream.handle.id.get()), Some(Id::Pipe(_))) {
                    return Err(Error::EINVAL);
                }
                let (child, parent) = uv_net::socketpair()?;
                uv_sys::set_nonblocking(std::os::fd::AsFd::as_fd(&child), false)?;
                Ok(End::Pair { child, parent, stream, flags: container.flags })
            }
            stdio::INHERIT_FD => {
                // SAFETY: the flags say that it is a descriptor.
                Lent::new(unsafe { container.data.fd }).map(|fd| End::Lent(fd.get())).map_err(|_| Error::EINVAL)
            }
            stdio::INHERIT_STREAM => {
                // SAFETY: the flags say that it is a stream.
                let stream = unsafe { container.data.stream };
                let id = stream.handle.id.get();
                if !matches!(id, Id::Tcp(_) | Id::Pipe(_) | Id::Tty(_)) {
                    return Err(Error::EBADF);
                }
                let fd = lp.fileno(id.id()).map_err(|_| Error::EINVAL)?;
                let number = std::os::fd::AsRawFd::as_raw_fd(&std::os::fd::AsFd::as_fd(&*fd));
                Lent::new(number).map(|fd| End::Lent(fd.get()))
            }
            _ => misuse("uv_spawn", "the flags of a stdio container are more than one kind"),
        }
    }

    fn source(&self) -> Source<'_> {
        match self {
            End::Null => Source::Null,
            End::Lent(fd) => Source::Fd(*fd),
            End::Pair { child, .. } => Source::Fd(std::os::fd::AsFd::as_fd(child)),
        }
    }

    /// Gives the pipe our end, when the child has its own.
    fn finish(self, lp: &Loop) -> Result<()> {
        let End::Pair { parent, stream, flags, .. } = self else {
            return Ok(());
        };
        let (reads, writes) = (flags & stdio::WRITABLE_PIPE != 0, flags & stdio::READABLE_PIPE != 0);
        match stream.handle.id.get() {
            // Nobody will use it: the child sees the end at once. libuv would have it open for ever.
            Id::Pipe(_) if stream.handle.is_closing() => Ok(()),
            Id::Pipe(pipe) => {
                pipe.open_with(lp, parent, reads, writes)?;
                stream.note_status();
                Ok(())
            }
            _ => Err(Error::EINVAL),
        }
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_process_kill(handle: Ptr<uv_process_t>, signum: c_int) -> c_int {
    // Also of a handle that is closed: the child lives on. Without one it would be the group of the program itself.
    match handle.pid.get() {
        0 => Error::ESRCH.code(),
        _ if handle.status.get() == ENDED => Error::ESRCH.code(),
        pid => uv_kill(pid, signum),
    }
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
    uv_process::disable_stdio_inheritance();
}
