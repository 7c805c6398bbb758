//! uv-net
