//! What a runtime asks its system about itself, the machine and the users; signals to other processes; its title; the
//! standard streams.
//!
//! The names are libuv's without `uv_`, `uv_os_` and `uv_get_`.

mod cpu;
mod environment;
mod inherited;
mod memory;
mod network;
mod process;
mod stdio;
mod system;
mod title;
mod usage;
mod user;

pub use cpu::{CpuInfo, CpuTimes, available_parallelism, cpu_info, usable_processors};
pub use environment::{environ, getenv, homedir, setenv, tmpdir, unsetenv};
pub use inherited::inherited;
pub use memory::{available_memory, constrained_memory, free_memory, total_memory};
pub use network::{InterfaceAddress, if_indextoname, if_nametoindex, interface_addresses};
pub use process::{
    Ids, PRIORITY_ABOVE_NORMAL, PRIORITY_BELOW_NORMAL, PRIORITY_HIGH, PRIORITY_HIGHEST, PRIORITY_LOW, PRIORITY_NORMAL,
    chdir, cwd, exepath, groups, ids, kill, pid, priority, set_priority, umask,
};
pub use stdio::{stderr, stdin, stdout, write_all};
pub use system::{ClockId, Timespec, Uname, clock_gettime, hostname, loadavg, random, uname, uptime};
pub use title::{process_title, set_process_title, setup_args};
pub use usage::{Rusage, cpu_time, resident_set_memory, rusage, rusage_thread};
pub use user::{Group, Passwd, group, passwd, passwd_of};
