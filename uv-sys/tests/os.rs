//! What the system's own tools say about it, and what Node says. A tool that is not there is skipped.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsStr;
use std::net::IpAddr;
use std::process::Command;
use std::time::Duration;

use uv_sys::os;

/// What a program prints, or `None` if there is no such program.
fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = match Command::new(program).args(arguments).output() {
        Ok(output) => output,
        Err(error) => {
            eprintln!("skipped: {program}: {error}");
            return None;
        }
    };
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap().trim_end().to_owned())
}

/// The lines of what a JavaScript expression is, an array of texts or numbers.
fn node(expression: &str) -> Option<Vec<String>> {
    let script = format!("console.log({expression}.join('\\n'))");
    Some(output("node", &["-e", &script])?.lines().map(str::to_owned).collect())
}

fn lossy(text: impl AsRef<OsStr>) -> String {
    text.as_ref().to_string_lossy().into_owned()
}

#[test]
fn names_are_those_of_uname() {
    let names = os::uname();
    let all = [("-s", names.sysname), ("-n", os::hostname()), ("-r", names.release), ("-v", names.version)];
    for (option, name) in all.into_iter().chain([("-m", names.machine)]) {
        if let Some(expected) = output("uname", &[option]) {
            assert_eq!(name, expected);
        }
    }
    if let Some(expected) = output("hostname", &[]) {
        assert_eq!(os::hostname(), expected);
    }
}

#[test]
fn users_and_groups_are_those_of_getent() {
    if let Some(list) = output("getent", &["passwd"]) {
        for line in list.lines() {
            let [name, _, uid, gid, _, home, shell] = line.split(':').collect::<Vec<_>>()[..] else {
                panic!("{line}");
            };
            let entry = os::passwd_of(uid.parse().unwrap()).unwrap();
            // Two names may have one id: the first is found.
            if entry.username == name {
                assert_eq!((entry.uid.to_string(), entry.gid.to_string()), (uid.into(), gid.into()));
                assert_eq!((lossy(entry.homedir), lossy(entry.shell)), (home.into(), shell.into()));
            }
        }
    }
    if let Some(list) = output("getent", &["group"]) {
        for line in list.lines() {
            let [name, _, gid, members] = line.split(':').collect::<Vec<_>>()[..] else { panic!("{line}") };
            let entry = os::group(gid.parse().unwrap()).unwrap();
            if entry.groupname == name {
                let members: Vec<_> = members.split(',').filter(|member| !member.is_empty()).collect();
                assert_eq!(entry.members, members);
            }
        }
    }
    if let Some(name) = output("id", &["-un"]) {
        assert_eq!(os::passwd().unwrap().username, *name);
    }
}

#[test]
fn interfaces_are_those_of_ip() {
    let Some(text) = output("ip", &["-o", "address", "show", "up"]) else {
        return;
    };
    let addresses = os::interface_addresses().unwrap();
    let mut found = BTreeSet::new();
    for line in text.lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        let [index, name, "inet" | "inet6", address, ..] = words[..] else { continue };
        // A peer-to-peer address has no mask in this place.
        let Some((address, bits)) = address.split_once('/') else { continue };
        let address: IpAddr = address.parse().unwrap();
        let Some(ours) = addresses.iter().find(|ours| ours.address == address && ours.name == name) else {
            // Up, and not running.
            assert!(addresses.iter().all(|ours| ours.name != name), "{line}");
            continue;
        };
        found.insert(address);
        let index: u32 = index.trim_end_matches(':').parse().unwrap();
        assert_eq!(os::if_nametoindex(name.as_ref()), Ok(index));
        assert_eq!(os::if_indextoname(index).unwrap(), name);
        assert_eq!(ours.internal, name == "lo");
        let ones = match ours.netmask {
            IpAddr::V4(mask) => u32::from(mask).count_ones(),
            IpAddr::V6(mask) => u128::from(mask).count_ones(),
        };
        assert_eq!(ones.to_string(), bits);
        assert_eq!(ours.scope_id, if text.contains(&format!("{address}/{bits} scope link")) { index } else { 0 });
        let hardware = format!("/sys/class/net/{name}/address");
        if let Ok(expected) = std::fs::read_to_string(hardware) {
            assert_eq!(ours.phys_addr.map(|byte| format!("{byte:02x}")).join(":"), expected.trim_end());
        }
    }
    assert_eq!(found.len(), addresses.len());
}

#[test]
fn memory_is_that_of_free() {
    let Some(text) = output("free", &["-b"]) else {
        return;
    };
    let total = text.lines().nth(1).unwrap().split_whitespace().nth(1).unwrap();
    assert_eq!(os::total_memory().to_string(), total);
}

#[test]
fn the_number_of_processors_is_that_of_getconf() {
    if let Some(online) = output("getconf", &["_NPROCESSORS_ONLN"]) {
        assert_eq!(os::cpu_info().unwrap().len().to_string(), online);
    }
    assert!(os::available_parallelism() <= os::cpu_info().unwrap().len());
}

#[test]
fn node_says_the_same() {
    let Some(names) = node("[os.hostname(), os.type(), os.release(), os.version(), os.machine()]") else {
        return;
    };
    let ours = os::uname();
    assert_eq!(names, [os::hostname(), ours.sysname, ours.release, ours.version, ours.machine]);

    let texts =
        node("[os.homedir(), os.tmpdir(), process.cwd(), os.getPriority(), os.availableParallelism()]").unwrap();
    let directories = [lossy(os::homedir().unwrap()), lossy(os::tmpdir()), lossy(os::cwd().unwrap())];
    assert_eq!(texts[..3], directories);
    assert_eq!(texts[3..], [os::priority(0).unwrap().to_string(), os::available_parallelism().to_string()]);

    let user = "(u => [u.username, u.uid, u.gid, u.shell, u.homedir])(os.userInfo())";
    let ours = os::passwd().unwrap();
    let expected = [lossy(ours.username), ours.uid.to_string(), ours.gid.to_string()];
    let user = node(user).unwrap();
    assert_eq!(user[..3], expected);
    assert_eq!(user[3..], [lossy(ours.shell), lossy(ours.homedir)]);

    let interfaces = "Object.entries(os.networkInterfaces()).flatMap(([name, all]) => all.map(\
        a => [name, a.address, a.netmask, a.mac, a.internal, a.scopeid ?? 0].join(' ')))";
    let ours: BTreeSet<_> = os::interface_addresses()
        .unwrap()
        .into_iter()
        .map(|a| {
            let mac = a.phys_addr.map(|byte| format!("{byte:02x}")).join(":");
            format!("{} {} {} {mac} {} {}", lossy(a.name), a.address, a.netmask, a.internal, a.scope_id)
        })
        .collect();
    assert_eq!(node(interfaces).unwrap().into_iter().collect::<BTreeSet<_>>(), ours);

    assert_eq!(node("[BigInt(os.totalmem())]").unwrap(), [os::total_memory().to_string()]);
}

#[test]
fn what_grows_lies_between_two_answers_of_node() {
    let expression = "[os.uptime(), ...os.cpus().flatMap(c => [c.times.user, c.times.sys, c.times.idle])]";
    let numbers = || Some(node(expression)?.iter().map(|number| number.parse::<f64>().unwrap()).collect::<Vec<_>>());
    let Some(before) = numbers() else {
        return;
    };
    let mut ours = vec![os::uptime().as_secs_f64()];
    for cpu in os::cpu_info().unwrap() {
        ours.extend([cpu.times.user, cpu.times.sys, cpu.times.idle].map(|time| time as f64));
    }
    let after = numbers().unwrap();
    assert_eq!(before.len(), ours.len());
    for ((before, ours), after) in before.iter().zip(&ours).zip(&after) {
        // The kernel may take a tick of idle time back.
        assert!(before - 50.0 <= *ours && *ours <= after + 50.0, "{before} {ours} {after}");
    }
    let models = node("os.cpus().map(c => c.model)").unwrap();
    assert_eq!(models, os::cpu_info().unwrap().into_iter().map(|cpu| cpu.model).collect::<Vec<_>>());
}

#[test]
fn the_load_is_a_number_of_processes() {
    for load in os::loadavg() {
        assert!((0.0..1e6).contains(&load));
    }
}

#[test]
fn memory_in_use_is_counted() {
    assert!(os::free_memory() <= os::total_memory());
    assert!(os::available_memory() <= os::total_memory());
    let before = os::rusage().unwrap();
    let grown = vec![1u8; 64 << 20];
    let after = os::rusage().unwrap();
    assert!(grown.iter().step_by(4096).all(|&byte| byte == 1));
    assert!(after.minflt > before.minflt && after.maxrss >= 64 << 10);
    assert!(after.utime + after.stime >= before.utime + before.stime);
    assert!(os::resident_set_memory().unwrap() >= 64 << 20);
}

/// Limits are the whole process's, so the test runs itself in a child.
#[test]
fn limits_of_the_process_constrain_its_memory() {
    const CHILD: &str = "UV_SYS_TEST_OS_CHILD";
    // More than the sanitizers have mapped already.
    let limit: u64 = 64 << 40;
    if env::var_os(CHILD).is_none() {
        let name = "limits_of_the_process_constrain_its_memory";
        let output = Command::new(env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(CHILD, "1")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
        return;
    }
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let before = os::constrained_memory();
    let old = getrlimit(Resource::Data);
    setrlimit(Resource::Data, Rlimit { current: Some(limit), ..old }).unwrap();
    let expected = if before == 0 { limit } else { before.min(limit) };
    assert_eq!(os::constrained_memory(), expected);
    setrlimit(Resource::Data, Rlimit { current: Some(limit / 2), ..old }).unwrap();
    assert_eq!(os::constrained_memory(), expected.min(limit / 2));
}

#[test]
fn clocks_are_those_of_std() {
    let before = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let time = os::clock_gettime(os::ClockId::Realtime);
    assert!(Duration::new(time.seconds as u64, time.nanoseconds) >= before);
    let uptime = os::uptime();
    assert!(uptime.as_secs() as i64 >= os::clock_gettime(os::ClockId::Monotonic).seconds - 1);
}

#[test]
fn random_bytes_are_spread() {
    let mut buffer = vec![0; 1 << 20];
    os::random(&mut buffer).unwrap();
    let mut counts = [0u32; 256];
    buffer.iter().for_each(|&byte| counts[usize::from(byte)] += 1);
    // 4096 of each are expected, with a deviation of 64.
    assert!(counts.iter().all(|count| (3500..4700).contains(count)), "{counts:?}");
}
