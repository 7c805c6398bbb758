//! File requests: uv-fs beside libuv, with its thread pool and with its io_uring, tokio's files and `std`'s blocking
//! calls. All pools have four threads.

mod files;
mod libuv;
mod miss;
mod ours;
mod pace;
mod std_fs;
mod tokio_fs;

use crate::case::{Case, Unit};
use pace::Pace;

/// What is asked for again and again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Work {
    /// `benchmark-fs-stat`: a path that is in the kernel's cache.
    Stat,
    /// A cached file of 4 KiB: open, read, close.
    File,
    /// The same, by the one request for it, where there is one.
    WholeFile,
    /// 4 KiB from an open file, cached.
    Read,
    /// 1 MiB from an open file, cached.
    BigRead,
    /// 4 KiB that are in no cache.
    UncachedRead,
    /// The names in a directory of 100,000 files.
    Directory,
}

/// The way to do it: so many at a time, at this pace.
type Way = fn(Work, usize, &'static Pace);

const WAYS: [(&str, Way); 4] =
    [("libuv", libuv::run), ("libuv-uring", libuv::run_with_uring), ("tokio", tokio_fs::run), ("std", std_fs::run)];

pub fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new("fs/stat-sync", Unit::Nanoseconds, || pace::each(1, ours::stat_sync))
            .against("libuv", || pace::each(1, libuv::stat_sync))
            .against("std", || pace::each(1, |pace| std_fs::run(Work::Stat, 1, pace))),
    ];
    cases.extend([1, 2, 8, 32, 128].map(|at_once| case("stat", Work::Stat, at_once, 2.0)));
    cases.extend([1, 8, 32].map(|at_once| case("file", Work::File, at_once, 4.0)));
    cases.extend([1, 8, 32].map(|at_once| case("whole-file", Work::WholeFile, at_once, 4.0)));
    cases.extend([1, 8, 32].map(|at_once| case("read", Work::Read, at_once, if at_once == 1 { 5.0 } else { 4.0 })));
    cases.extend([1, 4].map(|at_once| case("big-read", Work::BigRead, at_once, 1.2)));
    cases.extend([1, 8, 32].map(|at_once| case("uncached", Work::UncachedRead, at_once, 1.0)));
    cases.push(case("directory", Work::Directory, 1, 1.0));
    cases.push(
        Case::new("fs/full-pool", Unit::Nanoseconds, ours::read_beside_jobs)
            .against("libuv", libuv::read_beside_jobs)
            .against("libuv-uring", libuv::read_beside_jobs_with_uring)
            .against("tokio", tokio_fs::read_beside_jobs)
            .goal(100.0),
    );
    let often = [("stat", Work::Stat), ("file", Work::File), ("read", Work::Read)];
    cases.extend(often.map(|(name, work)| cpu_case(name, work, 32)));
    for (name, request) in miss::REQUESTS {
        cases.push(
            Case::new(format!("fs/miss-{name}"), Unit::Nanoseconds, move || miss::make(request, true))
                .against("without", move || miss::make(request, false)),
        );
    }
    cases
}

fn case(name: &str, work: Work, at_once: usize, goal: f64) -> Case {
    let each = |work: Work, at_once, way: Way| pace::each(work.stride(), |pace| way(work, at_once, pace));
    ways(format!("fs/{name}-{at_once}"), Unit::Nanoseconds, work, at_once, each).goal(goal)
}

fn cpu_case(name: &str, work: Work, at_once: usize) -> Case {
    let each = |work: Work, at_once, way: Way| pace::each_cpu(work.stride(), |pace| way(work, at_once, pace));
    ways(format!("fs/{name}-{at_once}-cpu"), Unit::CpuNanoseconds, work, at_once, each)
}

fn ways(name: String, unit: Unit, work: Work, at_once: usize, each: fn(Work, usize, Way) -> f64) -> Case {
    let mut case = Case::new(name, unit, move || each(work, at_once, ours::run));
    for (name, way) in WAYS {
        // One blocking call after the other is all that std has.
        if name != "std" || at_once == 1 {
            case = case.against(name, move || each(work, at_once, way));
        }
    }
    case
}

impl Work {
    /// So many are done between two looks at the clock.
    fn stride(self) -> usize {
        match self {
            Work::Stat | Work::File | Work::WholeFile | Work::Read => 16,
            Work::BigRead | Work::UncachedRead => 4,
            Work::Directory => 1,
        }
    }

    /// How many bytes are read at once.
    fn len(self) -> usize {
        if self == Work::BigRead { files::BIG } else { files::SMALL }
    }
}
