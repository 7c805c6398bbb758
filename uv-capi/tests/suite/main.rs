//! libuv's own test suite, test by test, on libuv itself and on our library.
//!
//! It takes minutes, so it is run by `UV_SUITE=1 cargo test -p uv-capi --test suite`, or by `.ci/run suite`. Of the tests,
//! `UV_SUITE=tcp_` runs those whose names begin so. What comes of each is in `target/tmp/suite/results`.

mod run;

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use run::{libuv_source, run};
use uv_tests::{cargo, root};

/// Tests that libuv passes and this library does not, and why.
const KNOWN: [(&str, &str); 2] = [
    ("udp_send_unix", "sends a datagram to a Unix socket's address through a UDP handle, which takes addresses of IP"),
    ("threadpool_cancel_fs_iouring_sync_cancel", "skips itself: file requests go to the pool, and not to an io_uring"),
];

/// Tests that connect to an address on the internet: what comes of them depends on where they run.
const OUTSIDE: [&str; 2] = ["tcp_close_while_connecting", "tcp_connect_timeout"];

/// libuv's own sources on Linux.
const SOURCES: &str = "fs-poll idna inet random strscpy strtok thread-common threadpool timer uv-common \
    uv-data-getter-setters version unix/async unix/core unix/dl unix/fs unix/getaddrinfo unix/getnameinfo \
    unix/loop-watcher unix/loop unix/pipe unix/poll unix/process unix/random-devurandom unix/signal unix/stream unix/tcp \
    unix/thread unix/tty unix/udp unix/proctitle unix/linux unix/procfs-exepath unix/random-getrandom \
    unix/random-sysctl-linux";

/// What the runner itself allows a test is less than this.
const LIMIT: Duration = Duration::from_secs(100);

fn main() -> ExitCode {
    let Some(wanted) = env::var_os("UV_SUITE") else {
        println!("skipped: libuv's suite takes minutes; UV_SUITE=1 runs it");
        return ExitCode::SUCCESS;
    };
    let Some(source) = libuv_source() else {
        println!("skipped: libuv's source is not here (the crate libuv-sys2 of bench/ has it)");
        return ExitCode::SUCCESS;
    };
    let wanted = wanted.into_string().unwrap_or_default();
    let suite = Suite::build(&source);
    let names = suite.names(if wanted == "1" { "" } else { &wanted });
    let upstream = suite.run_all("upstream", &suite.dir.join("upstream"), &names);
    let here = suite.run_all("ours", &build_ours(&suite.dir), &names);
    report(&suite.dir, &names, &upstream, &here)
}

/// Builds our library as programs use it, optimized, and gives its directory.
fn build_ours(dir: &Path) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let mut build = cargo();
    build.args(["build", "--quiet", "--release", "--lib", "-p", "uv-capi"]).current_dir(root());
    compiles(build.env("CARGO_TARGET_DIR", target));
    let ours = dir.join("ours");
    fs::create_dir_all(&ours).unwrap();
    let link = ours.join("libuv.so.1");
    let _ = fs::remove_file(&link);
    std::os::unix::fs::symlink(target.join("release/libuv.so"), link).unwrap();
    ours
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Outcome {
    Pass,
    /// When it was run again.
    PassAgain,
    Fail,
    Skip,
}

impl Outcome {
    fn passes(self) -> bool {
        matches!(self, Outcome::Pass | Outcome::PassAgain)
    }
}

struct Suite {
    dir: PathBuf,
    runner: PathBuf,
}

impl Suite {
    /// Compiles libuv and its tests, as far as that was not done before.
    fn build(source: &Path) -> Suite {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("suite");
        let tree = dir.join("libuv");
        if !tree.join("test/run-tests.c").is_file() {
            copy_tree(source, &tree);
        }
        let mut tests: Vec<PathBuf> =
            fs::read_dir(tree.join("test")).unwrap().map(|entry| entry.unwrap().path()).collect();
        tests.retain(|path| is_of_the_suite(path));
        tests.sort();
        let sources: Vec<_> =
            SOURCES.split_whitespace().map(|name| tree.join("src").join(name).with_extension("c")).collect();
        let tests = compile(&tree, &dir.join("test"), &tests, &["-O1", "-g", "-Itest", "-DUSING_UV_SHARED=1"]);
        let objects = compile(&tree, &dir.join("src"), &sources, &["-O2", "-g", "-fPIC", "-DBUILDING_UV_SHARED=1"]);
        let upstream = dir.join("upstream");
        fs::create_dir_all(&upstream).unwrap();
        let library = upstream.join("libuv.so.1");
        compiles(cc().args(["-shared", "-Wl,-soname,libuv.so.1", "-o"]).arg(&library).args(&objects).args([
            "-lpthread",
            "-ldl",
            "-lrt",
        ]));
        let runner = dir.join("run-tests");
        compiles(cc().arg("-o").arg(&runner).args(&tests).arg(&library).args(["-lpthread", "-ldl", "-lutil", "-lm"]));
        Suite { dir, runner }
    }

    fn command(&self, library: &Path) -> Command {
        let mut command = Command::new(&self.runner);
        // The tests find their fixtures from here.
        command.current_dir(self.dir.join("libuv")).env("LD_LIBRARY_PATH", library).env("UV_RUN_AS_ROOT", "1");
        command
    }

    fn names(&self, prefix: &str) -> Vec<String> {
        let output = self.command(&self.dir.join("upstream")).arg("--list").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        // A test's helpers are told in lines of their own, which are indented.
        let names = text.lines().filter(|line| !line.starts_with(' ') && line.starts_with(prefix));
        names.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
    }

    fn run_all(&self, title: &str, library: &Path, names: &[String]) -> BTreeMap<String, Outcome> {
        let logs = self.dir.join(title).join("logs");
        fs::create_dir_all(&logs).unwrap();
        names.iter().map(|name| (name.clone(), self.run_one(library, name, &logs.join(name)))).collect()
    }

    /// A test that fails on a busy machine is run again.
    fn run_one(&self, library: &Path, name: &str, log: &Path) -> Outcome {
        for attempt in 0..3 {
            let ended = run(self.command(library).arg(name), log, LIMIT);
            let told = |what: &str| ended.output.lines().any(|line| line.starts_with("ok 1") && line.contains(what));
            match ended.status {
                Some(_) if told("# SKIP") => return Outcome::Skip,
                Some(0) if told("") && attempt == 0 => return Outcome::Pass,
                Some(0) if told("") => return Outcome::PassAgain,
                _ => {}
            }
        }
        Outcome::Fail
    }
}

/// Says by name what came of each test, and whether all is as it should be.
fn report(
    dir: &Path,
    names: &[String],
    upstream: &BTreeMap<String, Outcome>,
    here: &BTreeMap<String, Outcome>,
) -> ExitCode {
    let lines: Vec<_> = names.iter().map(|name| format!("{name}\t{:?}\t{:?}\n", upstream[name], here[name])).collect();
    fs::write(dir.join("results"), lines.concat()).unwrap();
    let count =
        |outcomes: &BTreeMap<String, Outcome>, is: fn(Outcome) -> bool| outcomes.values().filter(|it| is(**it)).count();
    for (title, outcomes) in [("libuv", upstream), ("uv-capi", here)] {
        let (pass, fail) = (count(outcomes, Outcome::passes), count(outcomes, |it| it == Outcome::Fail));
        let skip = count(outcomes, |it| it == Outcome::Skip);
        println!("{title}: {pass} pass, {fail} fail, {skip} skip, of {}", names.len());
    }
    let mut is_good = true;
    for name in names {
        let known = KNOWN.iter().find(|(known, _)| known == name);
        match (upstream[name].passes(), here[name]) {
            (_, Outcome::Fail) if OUTSIDE.contains(&name.as_str()) => println!("needs a route to the outside: {name}"),
            (true, Outcome::Fail | Outcome::Skip) => match known {
                Some((_, why)) => println!("fails, as is known: {name}: {why}"),
                None => {
                    is_good = false;
                    println!("FAILS, and libuv passes it: {name}, see {}", dir.join("ours/logs").join(name).display());
                }
            },
            (false, outcome) if upstream[name] == Outcome::Fail => {
                println!("fails on libuv: {name} (here: {outcome:?})")
            }
            (_, Outcome::PassAgain) => println!("passed when it was run again: {name}"),
            _ => {}
        }
    }
    assert!(KNOWN.len() <= 5);
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn is_of_the_suite(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_string_lossy();
    let helper =
        matches!(&*name, "run-tests.c" | "runner.c" | "runner-unix.c" | "echo-server.c" | "blackhole-server.c");
    helper || (name.starts_with("test-") && name.ends_with(".c"))
}

/// As many at a time as there are processors. What is newer than its source is left as it is.
fn compile(tree: &Path, objects: &Path, sources: &[PathBuf], flags: &[&str]) -> Vec<PathBuf> {
    fs::create_dir_all(objects).unwrap();
    let object = |source: &PathBuf| objects.join(source.file_stem().unwrap()).with_extension("o");
    let rest = Mutex::new(sources.iter().filter(|source| is_older(&object(source), source)));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(source) = { rest.lock().unwrap().next() } {
                    compiles(
                        cc().current_dir(tree)
                            .args(["-Iinclude", "-Isrc", "-c"])
                            .args(flags)
                            .arg(source)
                            .arg("-o")
                            .arg(object(source)),
                    );
                }
            });
        }
    });
    sources.iter().map(object).collect()
}

fn is_older(file: &Path, other: &Path) -> bool {
    let time = |path: &Path| path.metadata().and_then(|meta| meta.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    time(file) < time(other) || !file.exists()
}

fn cc() -> Command {
    let mut cc = Command::new("cc");
    cc.args(["-w", "-D_GNU_SOURCE", "-D_FILE_OFFSET_BITS=64"]);
    cc
}

fn compiles(command: &mut Command) {
    assert!(command.status().expect("a compiler").success(), "{command:?}");
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().unwrap().is_dir() {
            copy_tree(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}
