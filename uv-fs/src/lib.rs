//! uv-fs
