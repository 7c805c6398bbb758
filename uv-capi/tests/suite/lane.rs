//! Runs the tests side by side, in lanes.
//!
//! A lane has a folder of its own, and a network of its own, as the tests have names of files and ports that are always the
//! same. Where the system allows no such network there is one lane. A test that fails or skips itself there is run again
//! afterwards, alone and outside: what counts is what comes of it then.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use crate::build::{Side, Suite, Tool, copy_tree};
use crate::run::run;

/// What the runner itself allows a test is less than this.
pub(crate) const LIMIT: Duration = Duration::from_secs(100);

/// Most of a test's time is waiting.
const LANES_PER_PROCESSOR: usize = 4;

/// What takes longest is begun first.
const LONG: [&str; 4] =
    ["hrtime", "udp_recvmsg_unreachable_error", "udp_recvmsg_unreachable_error6", "tcp_write_ready"];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    Pass,
    /// When it was run again, alone.
    PassAgain,
    Fail,
    Skip,
}

impl Outcome {
    pub(crate) fn passes(self) -> bool {
        matches!(self, Outcome::Pass | Outcome::PassAgain)
    }
}

/// What came of a test.
pub(crate) struct Done {
    pub(crate) outcome: Outcome,
    pub(crate) seconds: f64,
    pub(crate) was_run_again: bool,
}

type Job = (Side, String);

/// Runs all tests on both sides.
pub(crate) fn run_all(suite: &Suite, names: &[String]) -> BTreeMap<Job, Done> {
    let mut jobs: Vec<Job> =
        names.iter().flat_map(|name| [Side::Libuv, Side::Ours].map(|side| (side, name.clone()))).collect();
    jobs.sort_by_key(|(_, name)| LONG.iter().position(|long| long == name).unwrap_or(LONG.len()));
    let mut results = if thread::spawn(own_network).join().unwrap().is_ok() {
        side_by_side(suite, jobs)
    } else {
        println!("one after another, as networks of their own are not to be had");
        jobs.into_iter().map(|job| (job.clone(), run_one(suite, &job, &suite.tree()))).collect()
    };
    for (job, done) in results.iter_mut().filter(|(_, done)| !done.outcome.passes()) {
        for _ in 0..2 {
            let again = run_one(suite, job, &suite.tree());
            *done = Done { was_run_again: true, ..again };
            match done.outcome {
                Outcome::Pass => {
                    done.outcome = Outcome::PassAgain;
                    break;
                }
                Outcome::Skip => break,
                _ => {}
            }
        }
    }
    results
}

fn side_by_side(suite: &Suite, jobs: Vec<Job>) -> BTreeMap<Job, Done> {
    let rest = Mutex::new(jobs.into_iter());
    let results = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for lane in 0..LANES_PER_PROCESSOR * thread::available_parallelism().map_or(2, usize::from) {
            let (rest, results) = (&rest, &results);
            scope.spawn(move || {
                // Of this thread, and of the processes that it starts.
                own_network().expect("another network, as one was to be had");
                let dir = suite.dir.join(format!("lane-{lane}"));
                let _ = fs::remove_dir_all(&dir);
                copy_tree(&suite.tree().join("test/fixtures"), &dir.join("test/fixtures"));
                while let Some(job) = { rest.lock().unwrap().next() } {
                    let done = run_one(suite, &job, &dir);
                    results.lock().unwrap().insert(job, done);
                }
                let _ = fs::remove_dir_all(&dir);
            });
        }
    });
    results.into_inner().unwrap()
}

fn run_one(suite: &Suite, (side, name): &Job, dir: &Path) -> Done {
    let begun = Instant::now();
    let limit = if suite.tool == Tool::None { LIMIT } else { LIMIT * 3 };
    let ended = run(&mut suite.test(*side, name, dir), &suite.log(*side, name), limit);
    let told = |what: &str| ended.output.lines().any(|line| line.starts_with("ok 1") && line.contains(what));
    let outcome = match ended.status {
        Some(_) if told("# SKIP") => Outcome::Skip,
        Some(0) if told("") => Outcome::Pass,
        _ => Outcome::Fail,
    };
    Done { outcome, seconds: begun.elapsed().as_secs_f64(), was_run_again: false }
}

/// Moves the calling thread to a new network, which has nothing but its own loopback interface.
fn own_network() -> io::Result<()> {
    // SAFETY: it concerns no memory.
    if unsafe { libc::unshare(libc::CLONE_NEWNET) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let socket = std::net::UdpSocket::bind("0.0.0.0:0")?;
    // SAFETY: zeros are a value of it.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(b"lo") {
        *to = from.cast_signed();
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
    // SAFETY: the request is what this call takes, and lives as long.
    match unsafe { libc::ioctl(std::os::fd::AsRawFd::as_raw_fd(&socket), libc::SIOCSIFFLAGS as _, &raw mut request) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
