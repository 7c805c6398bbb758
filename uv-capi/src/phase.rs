//! What `uv_prepare_t`, `uv_check_t` and `uv_idle_t` have in common.

use crate::layout::uv_phase_t;
use crate::ptr::Ptr;

pub(crate) fn call(handle: Ptr<uv_phase_t>) {
    if let Some(callback) = handle.callback.get() {
        callback(handle);
    }
}

/// The functions of one of them.
macro_rules! phase {
    ($kind:ident, $type:ident, $init:ident, $start:ident, $stop:ident) => {
        use std::ffi::c_int;

        use uv_loop::{Handle, $kind};
        use uv_sys::Error;

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
            let it = $kind::with_number(loop_.lp(), handle.number());
            handle.callback.set(None);
            handle::init(handle, loop_, handle_type::$type, Id::$kind(it));
            0
        }

        #[unsafe(no_mangle)]
        extern "C" fn $start(handle: Ptr<uv_phase_t>, cb: uv_phase_cb) -> c_int {
            let loop_ = handle.handle.loop_.get();
            if id(handle).is_active(loop_.lp()) {
                return 0;
            }
            if cb.is_none() {
                return Error::EINVAL.code();
            }
            handle.callback.set(cb);
            let result = id(handle).restart(loop_.lp());
            loop_.sync();
            code(result)
        }

        #[unsafe(no_mangle)]
        extern "C" fn $stop(handle: Ptr<uv_phase_t>) -> c_int {
            if handle.handle.is_closing() {
                return 0;
            }
            let loop_ = handle.handle.loop_.get();
            let result = id(handle).stop(loop_.lp());
            handle.callback.set(None);
            loop_.sync();
            code(result)
        }
    };
}
pub(crate) use phase;
