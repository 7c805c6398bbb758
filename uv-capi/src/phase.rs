//! What `uv_prepare_t`, `uv_check_t` and `uv_idle_t` have in common.

use crate::layout::uv_phase_t;
use crate::ptr::Ptr;

pub(crate) fn call(handle: Ptr<uv_phase_t>) {
    handle.handle.loop_.get().sync();
    if let Some(callback) = handle.callback.get() {
        callback(handle);
    }
}

/// The functions of one of them.
macro_rules! phase {
    ($kind:ident, $type:ident, $init:ident, $start:ident, $stop:ident) => {
        use std::ffi::c_int;

        use uv_loop::$kind;
        use uv_sys::{Error, Result};

        use crate::handle;
        use crate::layout::{Id, handle_type, uv_loop_t, uv_phase_cb, uv_phase_t};
        use crate::ptr::{Ptr, code, misuse};

        fn id(handle: Ptr<uv_phase_t>) -> $kind {
            match handle.handle.id.get() {
                Id::$kind(id) => id,
                _ => misuse(stringify!($start), "it is not a handle of this type"),
            }
        }

        #[unsafe(no_mangle)]
        extern "C" fn $init(loop_: Ptr<uv_loop_t>, handle: Ptr<uv_phase_t>) -> c_int {
            handle.callback.set(None);
            let make = move |lp: &uv_loop::Loop| Id::$kind($kind::with_number(lp, handle.number()));
            handle::init_anywhere(handle, loop_, handle_type::$type, make);
            0
        }

        #[unsafe(no_mangle)]
        extern "C" fn $start(handle: Ptr<uv_phase_t>, cb: uv_phase_cb) -> c_int {
            let loop_ = handle.handle.loop_.get();
            let is_foreign = loop_.is_foreign();
            if handle.callback.get().is_some() && !handle.handle.is_closing() {
                return 0;
            }
            if cb.is_none() || handle.handle.is_closing() {
                return Error::EINVAL.code();
            }
            handle.callback.set(cb);
            match is_foreign {
                true => loop_.leave(move || follow(handle)),
                false => return code(start(handle)),
            }
            0
        }

        /// By the loop's thread: does what others have left, unless it has been told otherwise since.
        #[cold]
        fn follow(handle: Ptr<uv_phase_t>) {
            let is_active = uv_loop::Handle::is_active(id(handle), handle.handle.loop_.get().lp_here());
            // It fails for a handle that is closing alone.
            let _ = match handle.callback.get() {
                Some(_) if is_active => Ok(()),
                Some(_) => start(handle),
                None => stop(handle),
            };
        }

        /// By the loop's thread.
        fn start(handle: Ptr<uv_phase_t>) -> Result<()> {
            let loop_ = handle.handle.loop_.get();
            let result = id(handle).restart(loop_.lp_here());
            loop_.sync();
            result
        }

        #[unsafe(no_mangle)]
        extern "C" fn $stop(handle: Ptr<uv_phase_t>) -> c_int {
            if handle.handle.is_closing() {
                return 0;
            }
            let loop_ = handle.handle.loop_.get();
            let is_foreign = loop_.is_foreign();
            handle.callback.set(None);
            match is_foreign {
                true => loop_.leave(move || follow(handle)),
                false => return code(stop(handle)),
            }
            0
        }

        /// By the loop's thread.
        fn stop(handle: Ptr<uv_phase_t>) -> Result<()> {
            let loop_ = handle.handle.loop_.get();
            let result = id(handle).stop(loop_.lp_here());
            loop_.sync();
            result
        }
    };
}
pub(crate) use phase;
