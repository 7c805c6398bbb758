//! uv-timers
