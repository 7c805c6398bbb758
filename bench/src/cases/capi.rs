//! libuv's own benchmark programs, on libuv and on the `libuv.so.1` of uv-capi. They come with the crate libuv-sys2, and are
//! compiled once.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::case::{Case, Unit};
use crate::support::quick;

/// All programs but `sizes`, which says how large libuv's types are, and these two, which fail on libuv itself, for they bind all
/// their sockets to one address: `ping_udp10` and `ping_udp100`.
const PROGRAMS: &str = "loop_count loop_count_timed loop_alive million_timers million_async \
    async1 async2 async4 async8 async_pummel_1 async_pummel_2 async_pummel_4 async_pummel_8 \
    queue_work fs_stat fs_stat-sync getaddrinfo thread_create spawn \
    ping_pongs tcp_write_batch tcp_pump1_client tcp_pump100_client pipe_pump1_client pipe_pump100_client \
    tcp4_pound_100 tcp4_pound_1000 pipe_pound_100 pipe_pound_1000 \
    tcp_multi_accept2 tcp_multi_accept4 tcp_multi_accept8 ping_udp1 \
    udp_timed_pummel_1v1 udp_timed_pummel_1v10 udp_timed_pummel_1v100 udp_timed_pummel_1v1000 \
    udp_timed_pummel_10v10 udp_timed_pummel_10v100 udp_timed_pummel_10v1000 \
    udp_timed_pummel_100v100 udp_timed_pummel_100v1000 udp_timed_pummel_1000v1000 \
    udp_pummel_1v1 udp_pummel_1v10 udp_pummel_1v100 udp_pummel_1v1000 udp_pummel_10v10 udp_pummel_10v100 \
    udp_pummel_10v1000 udp_pummel_100v100 udp_pummel_100v1000 udp_pummel_1000v1000";

/// Of those that are much the same a quick run has one.
const QUICK: &str = "loop_count loop_count_timed loop_alive million_async async1 async_pummel_1 queue_work fs_stat fs_stat-sync \
    getaddrinfo thread_create spawn ping_pongs tcp_write_batch tcp_pump1_client tcp_pump100_client pipe_pump1_client \
    pipe_pump100_client tcp4_pound_100 pipe_pound_100 ping_udp1 udp_timed_pummel_1v1 udp_timed_pummel_10v10";

/// What is done for a second here or so, for five or ten in the original: what a run comes to depends on where the kernel
/// happens to have its threads and processes, so that many short ones say more than a few long ones.
const SHORTER: [(&str, &str, &str); 17] = [
    ("benchmark-async", "NUM_PINGS (1000 * 1000)", "NUM_PINGS (50 * 1000)"),
    ("benchmark-async-pummel", "NUM_PINGS               (1000 * 1000)", "NUM_PINGS (250 * 1000)"),
    ("benchmark-fs-stat", "(10 * 1e5)", "(2 * 1e5)"),
    ("benchmark-fs-stat", "(1 * (int) 1e5)", "((int) 2e4)"),
    ("benchmark-loop-count", "timer_cb, 5000, 0", "timer_cb, 1000, 0"),
    ("benchmark-loop-count", "ticks / 5.0", "ticks / 1.0"),
    ("benchmark-million-async", "timeout = 5000", "timeout = 1000"),
    ("benchmark-million-timers", "(10 * 1000 * 1000)", "(2 * 1000 * 1000)"),
    ("benchmark-multi-accept", "(250 * 1000)", "(25 * 1000)"),
    ("benchmark-ping-pongs", "TIME 5000", "TIME 1000"),
    ("benchmark-ping-udp", "TIME 5000", "TIME 1000"),
    ("benchmark-pound", "start < 10000", "start < 1000"),
    ("benchmark-pump", "STATS_COUNT                 5", "STATS_COUNT 1"),
    ("benchmark-queue-work", "timeout = 5000", "timeout = 1000"),
    ("benchmark-udp-pummel", "TEST_DURATION 5000", "TEST_DURATION 1000"),
    ("benchmark-udp-pummel", "packet_counter = (unsigned int) 1e6", "packet_counter = 200000"),
    ("runner", "uv_sleep(1000)", "uv_sleep(100)"),
];

/// libuv's own sources on Linux.
const SOURCES: &str = "fs-poll idna inet random strscpy strtok thread-common threadpool timer uv-common \
    uv-data-getter-setters version unix/async unix/core unix/dl unix/fs unix/getaddrinfo unix/getnameinfo \
    unix/loop-watcher unix/loop unix/pipe unix/poll unix/process unix/random-devurandom unix/signal unix/stream unix/tcp \
    unix/thread unix/tty unix/udp unix/proctitle unix/linux unix/procfs-exepath unix/random-getrandom \
    unix/random-sysctl-linux";

pub fn cases() -> Vec<Case> {
    let case = |program: &'static str| {
        Case::new(format!("capi/{program}"), Unit::PerSecond, move || measure(program, "ours"))
            .against("libuv", move || measure(program, "libuv"))
            .goal(0.95)
            .with_rounds(5)
    };
    if quick() { QUICK } else { PROGRAMS }.split_whitespace().map(case).collect()
}

/// `fs_stat` measures two things.
fn measure(case: &str, library: &str) -> f64 {
    let (program, part) = case.split_once('-').unwrap_or((case, ""));
    let dir = build();
    let output = Command::new(dir.join("run-benchmarks"))
        .arg(program)
        .current_dir(dir.join("libuv"))
        .env("LD_LIBRARY_PATH", dir.join(format!("lib-{library}")))
        .env("UV_RUN_AS_ROOT", "1")
        .output()
        .expect("the program starts");
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} on {library}: {}\n{text}", output.status);
    let figure = if program == "fs_stat" { stats(&text, part == "sync") } else { rate(&text) };
    figure.unwrap_or_else(|| panic!("{program} on {library} says no rate:\n{text}"))
}

/// What a program says last: so many of something a second, or in how many seconds it has done its work.
fn rate(text: &str) -> Option<f64> {
    // Of several threads the sum is told first.
    let lines = text.lines().filter(|line| !line.contains("thread #"));
    if let Some(rate) = lines.filter_map(rate_of_line).next_back() {
        return Some(rate);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let seconds = words.iter().enumerate().filter_map(|(place, word)| match word.strip_suffix("s.") {
        Some(seconds) => seconds.parse::<f64>().ok(),
        None if *word == "seconds" => number(words.get(place.checked_sub(1)?)?),
        None => None,
    });
    Some(1.0 / seconds.sum::<f64>()).filter(|rate| rate.is_finite())
}

/// `(1,234/s)`, or `1234 roundtrips/s`; of two the first, which is what was received, and the other what was sent.
fn rate_of_line(line: &str) -> Option<f64> {
    let words: Vec<&str> = line.split_whitespace().collect();
    words.iter().enumerate().find_map(|(place, word)| {
        let (before, _) = word.split_once("/s")?;
        number(before).or_else(|| number(words.get(place.checked_sub(1)?)?))
    })
}

/// A line has the calls without a callback, and one each the requests with so many at a time: of these all together.
fn stats(text: &str, is_sync: bool) -> Option<f64> {
    let lines = text.lines().filter(|line| line.contains("stats (") && line.contains("(sync)") == is_sync);
    let times: Vec<f64> = lines.map(|line| rate_of_line(line).map(|rate| 1.0 / rate)).collect::<Option<_>>()?;
    (!times.is_empty()).then(|| times.len() as f64 / times.iter().sum::<f64>())
}

fn number(word: &str) -> Option<f64> {
    word.trim_matches(|c: char| !c.is_ascii_digit()).replace(',', "").parse().ok()
}

/// The programs and both libraries, in one directory.
fn build() -> PathBuf {
    let target = env::current_exe().unwrap().parent().unwrap().join("capi");
    if is_newer(&target.join("built"), &env::current_exe().unwrap()) {
        // Of our library the bench itself knows nothing: cargo does.
        build_ours(&target);
        return target;
    }
    let tree = target.join("libuv");
    fs::create_dir_all(&target).unwrap();
    let source = source();
    run(Command::new("cp").arg("-r").arg(&source).arg(&target));
    shorten(&tree.join("test"));
    let names = ["run-benchmarks", "runner", "runner-unix", "echo-server", "blackhole-server"];
    let benchmarks = fs::read_dir(tree.join("test")).unwrap().map(|entry| entry.unwrap().path());
    let benchmarks = benchmarks.filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("benchmark-") && name.ends_with(".c")
    });
    let programs: Vec<_> =
        names.iter().map(|name| tree.join("test").join(name).with_extension("c")).chain(benchmarks).collect();
    let sources = SOURCES.split_whitespace().map(|name| tree.join("src").join(name).with_extension("c"));
    for library in ["libuv", "ours"] {
        fs::create_dir_all(target.join(format!("lib-{library}"))).unwrap();
    }
    let upstream = target.join("lib-libuv/libuv.so.1");
    let soname = "-Wl,-soname,libuv.so.1";
    run(cc(&tree)
        .args(["-fPIC", "-shared", soname, "-DBUILDING_UV_SHARED=1", "-o"])
        .arg(&upstream)
        .args(sources)
        .args(["-lpthread", "-ldl"]));
    let runner = target.join("run-benchmarks");
    run(cc(&tree).args(["-DUSING_UV_SHARED=1", "-o"]).arg(runner).args(programs).arg(&upstream).args([
        "-lpthread",
        "-ldl",
        "-lm",
    ]));
    build_ours(&target);
    fs::write(target.join("built"), "").unwrap();
    target
}

fn shorten(programs: &Path) {
    for (name, original, shorter) in SHORTER {
        let path = programs.join(name).with_extension("c");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(original), "{}: {original}", path.display());
        fs::write(path, text.replace(original, shorter)).unwrap();
    }
}

/// `bench/run` makes this program anew when a crate has changed; then the library is made anew, too.
fn is_newer(file: &Path, other: &Path) -> bool {
    let time = |path: &Path| path.metadata().and_then(|meta| meta.modified()).ok();
    time(file) > time(other)
}

fn build_ours(target: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let cargo = env::var_os("CARGO").unwrap_or("cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--release", "--lib", "-p", "uv-capi", "--target-dir"]).arg(target.join("cargo"));
    run(build.current_dir(root));
    fs::copy(target.join("cargo/release/libuv.so"), target.join("lib-ours/libuv.so.1")).unwrap();
}

fn source() -> PathBuf {
    let cargo = env::var_os("CARGO").unwrap_or("cargo".into());
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let mut metadata = Command::new(cargo);
    metadata.args(["metadata", "--format-version", "1", "--locked", "--manifest-path"]).arg(manifest);
    let output = metadata.stderr(Stdio::inherit()).output().expect("cargo starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let paths = text.split("\"manifest_path\":\"").skip(1).filter_map(|rest| rest.split('"').next());
    let path = paths.into_iter().find(|path| path.contains("/libuv-sys2-")).expect("bench depends on libuv-sys2");
    Path::new(path).parent().unwrap().join("libuv")
}

fn cc(tree: &Path) -> Command {
    let mut cc = Command::new("cc");
    cc.current_dir(tree).args(["-w", "-O2", "-D_GNU_SOURCE", "-D_FILE_OFFSET_BITS=64", "-Iinclude", "-Isrc", "-Itest"]);
    cc
}

fn run(command: &mut Command) {
    // What is measured is told on the standard output.
    let status = command.stdout(Stdio::null()).status().expect("a compiler");
    assert!(status.success(), "{command:?}");
}
