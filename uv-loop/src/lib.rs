//! uv-loop
