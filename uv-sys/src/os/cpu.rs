//! The machine's processors.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::Result;

/// One processor, as `uv_cpu_info_t`.
///
/// ```
/// for cpu in uv_sys::os::cpu_info()? {
///     println!("{} at {} MHz", cpu.model, cpu.speed);
/// }
/// # Ok::<(), uv_sys::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CpuInfo {
    /// What it calls itself; `"unknown"` if it doesn't.
    pub model: String,
    /// How fast it runs now, in MHz; 0 if the system doesn't say, as virtual machines don't.
    pub speed: u64,
    /// How it has spent its time.
    pub times: CpuTimes,
}

/// How a processor has spent its time since the machine's start, in milliseconds.
///
/// ```
/// let cpus = uv_sys::os::cpu_info()?;
/// let (busy, idle) = (cpus[0].times.user + cpus[0].times.sys, cpus[0].times.idle);
/// println!("{} % busy", 100 * busy / (busy + idle).max(1));
/// # Ok::<(), uv_sys::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CpuTimes {
    /// In programs.
    pub user: u64,
    /// In programs of low priority.
    pub nice: u64,
    /// In the kernel.
    pub sys: u64,
    /// With nothing to do.
    pub idle: u64,
    /// For interrupts.
    pub irq: u64,
}

/// The processors that are online, in the order of their numbers, as `uv_cpu_info`.
///
/// # Errors
///
/// `ENOENT` where the system has no `/proc`.
///
/// ```
/// assert!(!uv_sys::os::cpu_info()?.is_empty());
/// # Ok::<(), uv_sys::Error>(())
/// ```
pub fn cpu_info() -> Result<Vec<CpuInfo>> {
    read_cpus(Path::new("/"), 1000 / rustix::param::clock_ticks_per_second().max(1))
}

/// How many threads can run at once, as `uv_available_parallelism`; at least 1. It takes the caller's affinity and the
/// quota of its control group into account.
///
/// ```
/// assert!(uv_sys::os::available_parallelism() >= 1);
/// ```
pub fn available_parallelism() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// How many processors the calling thread may run on, by its affinity alone; at least 1, and [`usize::MAX`] where the
/// system does not say. On Linux it is one system call, and other than [`available_parallelism`] reads no files and takes no
/// memory.
///
/// ```
/// assert!(uv_sys::os::usable_processors() >= 1);
/// ```
pub fn usable_processors() -> usize {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    // It fails where there are more processors than a set has room for.
    return rustix::thread::sched_getaffinity(None).map_or(usize::MAX, |set| (set.count() as usize).max(1));
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    return available_parallelism();
}

fn read_cpus(root: &Path, milliseconds_a_tick: u64) -> Result<Vec<CpuInfo>> {
    let stat = fs::read_to_string(root.join("proc/stat"))?;
    let models = models(&fs::read_to_string(root.join("proc/cpuinfo")).unwrap_or_default());
    let mut cpus = BTreeMap::new();
    for line in stat.lines() {
        let Some((number, times)) = parse_times(line) else {
            continue;
        };
        let ticks = |at: usize| times[at].saturating_mul(milliseconds_a_tick);
        let info = CpuInfo {
            model: models.get(&number).cloned().unwrap_or_else(|| "unknown".into()),
            speed: kilohertz(root, number) / 1000,
            times: CpuTimes { user: ticks(0), nice: ticks(1), sys: ticks(2), idle: ticks(3), irq: ticks(5) },
        };
        cpus.insert(number, info);
    }
    Ok(cpus.into_values().collect())
}

/// A line like `cpu3 user nice system idle iowait irq ...`; the line of the sum has no number.
fn parse_times(line: &str) -> Option<(u32, [u64; 6])> {
    let mut words = line.strip_prefix("cpu")?.split_ascii_whitespace();
    let number = words.next().filter(|_| !line.starts_with("cpu "))?.parse().ok()?;
    let mut times = [0; 6];
    for time in &mut times {
        *time = words.next()?.parse().ok()?;
    }
    Some((number, times))
}

/// Sections divided by blank lines, each with its processor's number. The model's name is under a key that depends on
/// the architecture.
fn models(cpuinfo: &str) -> BTreeMap<u32, String> {
    const KEYS: [&str; 4] = ["model name", "cpu model", "Model Name", "cpu"];
    let section = |text: &str| {
        let lines =
            || text.lines().filter_map(|line| line.split_once(':')).map(|(key, value)| (key.trim(), value.trim()));
        let value = |wanted: &str| lines().find(|&(key, _)| key == wanted).map(|(_, value)| value);
        let number = value("processor")?.parse().ok()?;
        Some((number, KEYS.iter().find_map(|key| value(key))?.to_owned()))
    };
    cpuinfo.split("\n\n").filter_map(section).collect()
}

fn kilohertz(root: &Path, number: u32) -> u64 {
    let path = format!("sys/devices/system/cpu/cpu{number}/cpufreq/scaling_cur_freq");
    fs::read_to_string(root.join(path)).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::Error;

    #[test]
    fn processors_are_read_from_a_tree() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        assert_eq!(read_cpus(root.path(), 10), Err(Error::ENOENT));

        write(
            "proc/stat",
            "cpu0 18446744073709551615 0 0 0 0 0\ncpu1 18446744073709551616 0 0 0 0 0\ncpux 0 0 0 0 0 0\n",
        );
        let cpus = read_cpus(root.path(), 10).unwrap();
        assert_eq!((cpus.len(), cpus[0].times.user), (1, u64::MAX));

        let stat = "cpu  9 9 9 9 9 9 9\ncpu10 1 2 3 4 5 6 7\ncpu0 10 20 30 40 50 60 70 0 0 0\ncpu2 1 2\nintr 5 cpu\n";
        write("proc/stat", stat);
        let cpus = read_cpus(root.path(), 10).unwrap();
        assert_eq!(cpus.len(), 2);
        assert_eq!((&*cpus[0].model, cpus[0].speed), ("unknown", 0));
        assert_eq!(cpus[0].times, CpuTimes { user: 100, nice: 200, sys: 300, idle: 400, irq: 600 });
        assert_eq!(cpus[1].times, CpuTimes { user: 10, nice: 20, sys: 30, idle: 40, irq: 60 });

        let cpuinfo = "processor\t: 0\nmodel\t\t: 85\nmodel name\t: Big: One @ 2 GHz\n\nprocessor\t: 10\nmodel name\t: Little\n\n";
        write("proc/cpuinfo", cpuinfo);
        write("sys/devices/system/cpu/cpu10/cpufreq/scaling_cur_freq", "2399999\n");
        let cpus = read_cpus(root.path(), 1).unwrap();
        assert_eq!((&*cpus[0].model, cpus[0].speed), ("Big: One @ 2 GHz", 0));
        assert_eq!((&*cpus[1].model, cpus[1].speed), ("Little", 2399));
    }

    #[test]
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn affinity_bounds_the_parallelism() {
        use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
        std::thread::spawn(|| {
            let all = sched_getaffinity(None).unwrap();
            assert!((1..=all.count() as usize).contains(&available_parallelism()));
            let mut one = CpuSet::new();
            one.set((0..CpuSet::MAX_CPU).find(|&cpu| all.is_set(cpu)).unwrap());
            sched_setaffinity(None, &one).unwrap();
            assert_eq!((available_parallelism(), usable_processors()), (1, 1));
        })
        .join()
        .unwrap();
    }
}
