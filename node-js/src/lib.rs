//! node-js
