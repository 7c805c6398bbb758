//! uv-pool
