//! What a loop has counted.

use std::ffi::c_int;

use uv_sys::MonotonicClock;

use crate::layout::{uv_loop_t, uv_metrics_t};
use crate::ptr::Ptr;

#[unsafe(no_mangle)]
extern "C" fn uv_metrics_info(loop_: Ptr<uv_loop_t>, metrics: Ptr<uv_metrics_t>) -> c_int {
    let counted = loop_.lp().metrics();
    metrics.put(uv_metrics_t {
        loop_count: counted.loop_count,
        events: counted.events,
        events_waiting: counted.events_waiting,
        reserved: [0; 13],
    });
    0
}

#[unsafe(no_mangle)]
extern "C" fn uv_metrics_idle_time(loop_: Ptr<uv_loop_t>) -> u64 {
    // Of all that a loop has this alone is read by any thread.
    loop_.inner_anywhere().idle_time.read(&MonotonicClock).as_nanos().try_into().unwrap_or(u64::MAX)
}
