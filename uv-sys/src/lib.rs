//! uv-sys
