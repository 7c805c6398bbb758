//! `uv_check_t`: check handles.

crate::phase::phase!(Check, CHECK, uv_check_init, uv_check_start, uv_check_stop);
