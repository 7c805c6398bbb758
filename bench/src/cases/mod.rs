//! The cases, a file for each group of them. A new group is a file with `cases()` and a line here.

use crate::case::Case;

mod capi;
mod fs;
mod handles;
mod heap;
pub mod net;
mod poll;
mod pool;
mod process;
mod tasks;
mod timers;
mod turns;
mod wakes;
mod work;

pub fn all() -> Vec<Case> {
    let groups = [
        timers::cases,
        turns::cases,
        wakes::cases,
        work::cases,
        fs::cases,
        process::cases,
        tasks::cases,
        handles::cases,
        heap::cases,
        poll::cases,
        pool::cases,
        net::cases,
        capi::cases,
    ];
    groups.into_iter().flat_map(|cases| cases()).collect()
}
