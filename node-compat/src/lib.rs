//! node-compat
