//! `uv_idle_t`: idle handles.

crate::phase::phase!(Idle, IDLE, uv_idle_init, uv_idle_start, uv_idle_stop);
