//! The machine's memory, and how much of it the process may have.

use std::fs;
use std::path::Path;

use rustix::process::{Resource, getrlimit};

/// The machine's memory in bytes, as `uv_get_total_memory`; 0 if it doesn't say.
///
/// ```
/// assert!(uv_sys::os::total_memory() >= uv_sys::os::free_memory());
/// ```
#[must_use]
pub fn total_memory() -> u64 {
    Tree(Path::new("/")).meminfo("MemTotal:").unwrap_or_else(|| from_system().0)
}

/// How much memory programs could still get without swapping, in bytes, as `uv_get_free_memory`; 0 if the system
/// doesn't say.
///
/// ```
/// println!("{} MiB", uv_sys::os::free_memory() >> 20);
/// ```
#[must_use]
pub fn free_memory() -> u64 {
    Tree(Path::new("/")).meminfo("MemAvailable:").unwrap_or_else(|| from_system().1)
}

/// How much memory the process may have at most, in bytes, as `uv_get_constrained_memory`: by its control group (both
/// versions of them), and by the limits of its address space and of its data. `u64::MAX` if its group has no limit, 0
/// if nothing is known of any.
///
/// ```
/// match uv_sys::os::constrained_memory() {
///     0 | u64::MAX => println!("as much as there is"),
///     limit => println!("{} MiB", limit >> 20),
/// }
/// ```
#[must_use]
pub fn constrained_memory() -> u64 {
    let by_group = Tree(Path::new("/")).limit();
    let limits = [Resource::As, Resource::Data].map(|resource| getrlimit(resource).current.unwrap_or(0));
    // Zero is no limit but no knowledge of one.
    limits.into_iter().chain([by_group]).filter(|&limit| limit > 0).min().unwrap_or(0)
}

/// How much memory the process can still get, in bytes, as `uv_get_available_memory`: what its control group leaves
/// it, or [`free_memory`] if it has no limit below the machine's memory; 0 where there are no control groups.
///
/// ```
/// assert!(uv_sys::os::available_memory() <= uv_sys::os::total_memory());
/// ```
#[must_use]
pub fn available_memory() -> u64 {
    Tree(Path::new("/")).available(total_memory(), free_memory())
}

/// The files of a system, or of a test.
struct Tree<'a>(&'a Path);

impl Tree<'_> {
    fn meminfo(&self, name: &str) -> Option<u64> {
        let text = self.read("proc/meminfo")?;
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
        kilobytes.checked_mul(1024).filter(|&bytes| bytes > 0)
    }

    fn limit(&self) -> u64 {
        let Some(group) = self.group() else {
            return 0;
        };
        let (high, max) = match group {
            Group::V2(path) => (self.number(&path, "memory.high"), self.number(&path, "memory.max")),
            Group::V1(path) => {
                let limits = |path: &str| {
                    let limit = |name| self.number(path, name).map(unlimited);
                    Some((limit("memory.soft_limit_in_bytes")?, limit("memory.limit_in_bytes")?))
                };
                // A container may see its own group alone, as the root of all.
                path.and_then(|path| limits(&path)).or_else(|| limits(V1_ROOT)).unzip()
            }
        };
        high.unwrap_or(0).min(max.unwrap_or(0))
    }

    fn available(&self, total: u64, free: u64) -> u64 {
        let Some(group) = self.group() else {
            return 0;
        };
        let limit = self.limit();
        if limit == 0 || limit > total {
            return free;
        }
        let current = match group {
            Group::V2(path) => self.number(&path, "memory.current"),
            Group::V1(path) => {
                let usage = |path: &str| self.number(path, "memory.usage_in_bytes");
                path.and_then(|path| usage(&path)).or_else(|| usage(V1_ROOT))
            }
        };
        // Usage may be above the limit for a moment.
        limit.saturating_sub(current.unwrap_or(0))
    }

    /// The directory of the process's control group. A first line of version 2 means that there is no version 1.
    fn group(&self) -> Option<Group> {
        let text = self.read("proc/self/cgroup")?;
        if let Some(rest) = text.strip_prefix("0::/") {
            let path = rest.lines().next().unwrap_or_default();
            return Some(Group::V2(format!("sys/fs/cgroup/{path}")));
        }
        let path = text.lines().find_map(|line| line.split_once(":memory:/"));
        Some(Group::V1(path.map(|(_, path)| format!("{V1_ROOT}/{path}"))))
    }

    fn number(&self, directory: &str, name: &str) -> Option<u64> {
        match self.read(&format!("{directory}/{name}"))?.trim() {
            "max" => Some(u64::MAX),
            number => number.parse().ok().filter(|&number| number > 0),
        }
    }

    fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.0.join(path)).ok()
    }
}

enum Group {
    V2(String),
    V1(Option<String>),
}

const V1_ROOT: &str = "sys/fs/cgroup/memory";

/// Version 1 has a number for no limit: the greatest one of whole pages.
fn unlimited(limit: u64) -> u64 {
    let most = i64::MAX as u64 & !(rustix::param::page_size() as u64 - 1);
    if limit == most { u64::MAX } else { limit }
}

/// Total and free, without a `/proc`.
fn from_system() -> (u64, u64) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        let info = rustix::system::sysinfo();
        let unit = u64::from(info.mem_unit);
        (info.totalram as u64 * unit, info.freeram as u64 * unit)
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    (0, 0)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    const MEMINFO: (&str, &str) =
        ("proc/meminfo", "MemTotal:       8000000 kB\nMemFree:         100000 kB\nMemAvailable:    500000 kB\n");

    #[test]
    fn meminfo_counts_in_kilobytes() {
        let root = tree(&[MEMINFO]);
        let tree_of = Tree(root.path());
        assert_eq!(tree_of.meminfo("MemTotal:"), Some(8_192_000_000));
        assert_eq!(tree_of.meminfo("MemAvailable:"), Some(512_000_000));
        assert_eq!(tree_of.meminfo("MemGone:"), None);
        for nonsense in ["", "MemTotal:", "MemTotal: x kB", "MemTotal: 0 kB", "MemTotal: 18446744073709551615 kB"] {
            assert_eq!(Tree(tree(&[("proc/meminfo", nonsense)]).path()).meminfo("MemTotal:"), None, "{nonsense}");
        }
        let (total, free) = from_system();
        assert!(total >= free && total > 0);
    }

    #[test]
    fn version_2_has_one_group() {
        let group = ("proc/self/cgroup", "0::/user.slice/app\n");
        let file = |name, text| (["sys/fs/cgroup/user.slice/app/", name].concat(), text);
        let limit = |high, max| {
            let files = [file("memory.high", high), file("memory.max", max), file("memory.current", "300\n")];
            let mut all: Vec<_> = files.iter().map(|(path, text)| (&**path, *text)).collect();
            all.push(group);
            let root = tree(&all);
            (Tree(root.path()).limit(), Tree(root.path()).available(10_000, 9_000))
        };
        assert_eq!(limit("max\n", "max\n"), (u64::MAX, 9_000));
        assert_eq!(limit("max\n", "1000\n"), (1000, 700));
        assert_eq!(limit("800\n", "1000\n"), (800, 500));
        assert_eq!(limit("200\n", "max\n"), (200, 0));
        assert_eq!(limit("20000\n", "max\n"), (20000, 9_000), "more than there is");
        assert_eq!(limit("0\n", "1000\n"), (0, 9_000));
        assert_eq!(limit("x\n", "1000\n"), (0, 9_000));

        let root = tree(&[group]);
        assert_eq!(Tree(root.path()).limit(), 0, "the root group has no files");
        assert_eq!(Tree(root.path()).available(10_000, 9_000), 9_000);
    }

    #[test]
    fn a_container_is_the_root_of_its_groups() {
        let root = tree(&[
            ("proc/self/cgroup", "0::/\n"),
            ("sys/fs/cgroup/memory.high", "max\n"),
            ("sys/fs/cgroup/memory.max", "4096\n"),
            ("sys/fs/cgroup/memory.current", "1096\n"),
        ]);
        assert_eq!(Tree(root.path()).limit(), 4096);
        assert_eq!(Tree(root.path()).available(10_000, 9_000), 3000);
    }

    #[test]
    fn version_1_has_a_group_for_memory() {
        let group = ("proc/self/cgroup", "12:cpu,cpuacct:/x\n4:memory:/docker/abc\n1:name=systemd:/\n0::/\n");
        let most = (i64::MAX as u64 & !(rustix::param::page_size() as u64 - 1)).to_string();
        let own = "sys/fs/cgroup/memory/docker/abc/";
        let file = |directory: &str, name: &str| [directory, name].concat();
        let root = tree(&[
            group,
            (&file(own, "memory.soft_limit_in_bytes"), &most),
            (&file(own, "memory.limit_in_bytes"), "5000\n"),
            (&file(own, "memory.usage_in_bytes"), "1500\n"),
        ]);
        assert_eq!(Tree(root.path()).limit(), 5000);
        assert_eq!(Tree(root.path()).available(10_000, 9_000), 3500);

        let root = tree(&[
            group,
            (&file(own, "memory.soft_limit_in_bytes"), &most),
            (&file(own, "memory.limit_in_bytes"), &most),
        ]);
        assert_eq!(Tree(root.path()).limit(), u64::MAX);
        assert_eq!(Tree(root.path()).available(10_000, 9_000), 9_000);

        // Its own group is not visible: the root's limits are its own.
        let root = tree(&[
            group,
            ("sys/fs/cgroup/memory/memory.soft_limit_in_bytes", &most),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "7000\n"),
            ("sys/fs/cgroup/memory/memory.usage_in_bytes", "2000\n"),
        ]);
        assert_eq!(Tree(root.path()).limit(), 7000);
        assert_eq!(Tree(root.path()).available(10_000, 9_000), 5000);
    }

    #[test]
    fn no_groups_at_all() {
        let root = tree(&[MEMINFO]);
        assert_eq!(Tree(root.path()).limit(), 0);
        assert_eq!(Tree(root.path()).available(10_000, 9_000), 0);
        let root = tree(&[("proc/self/cgroup", "1:name=systemd:/\n")]);
        assert_eq!(Tree(root.path()).limit(), 0);
        assert_eq!(Tree(root.path()).available(10_000, 9_000), 9_000);
    }
}
