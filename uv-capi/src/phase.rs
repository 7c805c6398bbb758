//! What `uv_prepare_t`, `uv_check_t` and `uv_idle_t` have in common.

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
            let lp = loop_.lp();
            let it = $kind::new(lp);
            // The one callback that it ever has, so that starting it takes no memory.
            let callback = move |_: &uv_loop::Loop, _| {
                if let Some(callback) = handle.callback.get() {
                    callback(handle);
                }
            };
            let result = it.start(lp, callback).and_then(|()| it.stop(lp));
            handle.callback.set(None);
            handle::init(handle, loop_, handle_type::$type, Id::$kind(it));
            code(result)
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
            loop_.sync();
            code(result)
        }
    };
}
pub(crate) use phase;
