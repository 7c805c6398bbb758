//! `uv_prepare_t`: prepare handles.

crate::phase::phase!(Prepare, PREPARE, uv_prepare_init, uv_prepare_start, uv_prepare_stop);
