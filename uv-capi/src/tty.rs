//! `uv_tty_t`: terminals.

use std::ffi::c_int;

use uv_net::{Tty, TtyMode, guess_handle, reset_mode};
use uv_sys::Error;

use crate::handle;
use crate::layout::{Id, flag, handle_type, uv_loop_t, uv_tty_t};
use crate::poll::Lent;
use crate::ptr::{Ptr, code, misuse};
use crate::stream::type_of;

fn id(handle: Ptr<uv_tty_t>) -> Tty {
    match handle.stream.handle.id.get() {
        Id::Tty(tty) => tty,
        _ => misuse("uv_tty_t", "it is not a handle of this type"),
    }
}

/// As in today's libuv, whether the terminal is readable is the descriptor's to say.
#[unsafe(no_mangle)]
extern "C" fn uv_tty_init(loop_: Ptr<uv_loop_t>, handle: Ptr<uv_tty_t>, fd: c_int, _readable: c_int) -> c_int {
    let tty = Lent::new(fd).map_err(|_| Error::EINVAL).and_then(|fd| Tty::new(loop_.lp(), fd));
    code(tty.map(|tty| {
        handle.stream.init_fields();
        handle::init(handle, loop_, handle_type::TTY, Id::Tty(tty));
        handle.stream.note_status();
        if uv_net::Stream::is_blocking(tty, loop_.lp()) {
            handle.stream.handle.set(flag::BLOCKING_WRITES);
        }
    }))
}

#[unsafe(no_mangle)]
extern "C" fn uv_tty_set_mode(handle: Ptr<uv_tty_t>, mode: c_int) -> c_int {
    let mode = match mode {
        0 => TtyMode::Normal,
        1 => TtyMode::Raw,
        2 => TtyMode::Io,
        3 => TtyMode::RawVt,
        _ => return Error::EINVAL.code(),
    };
    code(handle.stream.handle.of_fd(id(handle).set_mode(handle.stream.lp(), mode)))
}

#[unsafe(no_mangle)]
extern "C" fn uv_tty_reset_mode() -> c_int {
    code(reset_mode())
}

#[unsafe(no_mangle)]
extern "C" fn uv_tty_get_winsize(handle: Ptr<uv_tty_t>, width: Ptr<c_int>, height: Ptr<c_int>) -> c_int {
    let size = id(handle).window_size(handle.stream.lp());
    code(handle.stream.handle.of_fd(size).map(|(columns, rows)| {
        width.put(columns.into());
        height.put(rows.into());
    }))
}

#[unsafe(no_mangle)]
extern "C" fn uv_tty_set_vterm_state(_: c_int) {}

#[unsafe(no_mangle)]
extern "C" fn uv_tty_get_vterm_state(_: Ptr<c_int>) -> c_int {
    Error::ENOTSUP.code()
}

#[unsafe(no_mangle)]
extern "C" fn uv_guess_handle(fd: c_int) -> c_int {
    Lent::new(fd).map_or(handle_type::UNKNOWN, |fd| type_of(guess_handle(fd)))
}
