//! Compiles libuv, its tests, and our library.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::SystemTime;

use uv_tests::{cargo, cargo_build_command, profile_dir, root};

/// libuv's own sources on Linux.
const SOURCES: &str = "fs-poll idna inet random strscpy strtok thread-common threadpool timer uv-common \
    uv-data-getter-setters version unix/async unix/core unix/dl unix/fs unix/getaddrinfo unix/getnameinfo \
    unix/loop-watcher unix/loop unix/pipe unix/poll unix/process unix/random-devurandom unix/signal unix/stream unix/tcp \
    unix/thread unix/tty unix/udp unix/proctitle unix/linux unix/procfs-exepath unix/random-getrandom \
    unix/random-sysctl-linux";

/// The sanitizers are there for this one.
const HOST: &str = "x86_64-unknown-linux-gnu";

/// With what the tests are run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Tool {
    None,
    /// The tests and the libraries are compiled with the address sanitizer.
    Asan,
    Valgrind,
}

/// Whose library the tests are run on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Side {
    Libuv,
    Ours,
}

impl Side {
    pub(crate) fn title(self) -> &'static str {
        match self {
            Side::Libuv => "libuv",
            Side::Ours => "uv-capi",
        }
    }
}

pub(crate) struct Suite {
    pub(crate) dir: PathBuf,
    pub(crate) tool: Tool,
}

impl Suite {
    /// Compiles what is older than its source.
    pub(crate) fn build(source: &Path, tool: Tool) -> Suite {
        let name = if tool == Tool::Asan { "suite-asan" } else { "suite" };
        let suite = Suite { dir: Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), tool };
        if !suite.tree().join("test/run-tests.c").is_file() {
            copy_tree(source, &suite.tree());
        }
        for side in [Side::Libuv, Side::Ours] {
            fs::create_dir_all(suite.library(side)).unwrap();
            let _ = fs::remove_dir_all(suite.logs(side));
            fs::create_dir_all(suite.logs(side)).unwrap();
        }
        suite.build_libuv();
        suite.build_ours();
        suite.build_runner();
        suite
    }

    /// libuv's source, where the tests find their fixtures.
    pub(crate) fn tree(&self) -> PathBuf {
        self.dir.join("libuv")
    }

    /// The folder of the library.
    fn library(&self, side: Side) -> PathBuf {
        self.dir.join(side.title().to_owned() + ".lib")
    }

    fn logs(&self, side: Side) -> PathBuf {
        self.dir.join(side.title().to_owned() + ".logs")
    }

    pub(crate) fn log(&self, side: Side, name: &str) -> PathBuf {
        self.logs(side).join(name)
    }

    /// What the sanitizer or valgrind has to say of the test's processes: the files that begin so.
    pub(crate) fn memory_log(&self, side: Side, name: &str) -> PathBuf {
        self.logs(side).join(format!("{name}.memory"))
    }

    /// The runner's command on one of the libraries.
    pub(crate) fn command(&self, side: Side) -> Command {
        let mut command = Command::new(self.dir.join("run-tests"));
        command.env("LD_LIBRARY_PATH", self.library(side)).env("UV_RUN_AS_ROOT", "1");
        command
    }

    /// The command that runs a test.
    pub(crate) fn test(&self, side: Side, name: &str, dir: &Path) -> Command {
        let plain = self.command(side);
        let memory_log = self.memory_log(side, name);
        let memory_log = memory_log.to_str().expect("a path of UTF-8");
        let mut command = match self.tool {
            Tool::None => plain,
            Tool::Asan => {
                let mut command = plain;
                command.env("UV_TEST_TIMEOUT_MULTIPLIER", "5");
                // Leaks are told and change no exit code, which may be what a test looks at.
                command.env("ASAN_OPTIONS", format!("log_path={memory_log}:exitcode=0:allocator_may_return_null=1"));
                command
            }
            Tool::Valgrind => {
                let mut command = Command::new("valgrind");
                command.env("UV_TEST_TIMEOUT_MULTIPLIER", "20");
                let suppressions = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/valgrind.supp");
                command.args(["--quiet", "--trace-children=yes", "--leak-check=no", "--num-callers=25"]);
                command.arg(format!("--log-file={memory_log}.%p"));
                command.arg(format!("--suppressions={}", suppressions.display()));
                command.arg(plain.get_program());
                command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
                command
            }
        };
        command.arg(name).current_dir(dir);
        command
    }

    /// The names of the tests that begin so.
    pub(crate) fn names(&self, prefix: &str) -> Vec<String> {
        let output = self.command(Side::Libuv).arg("--list").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        // A test's helpers are told in lines of their own, which are indented.
        let names = text.lines().filter(|line| !line.starts_with(' ') && line.starts_with(prefix));
        names.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
    }

    /// Compiles a program of ours against libuv's header.
    pub(crate) fn program(&self, side: Side, source: &Path) -> Command {
        let program = self.dir.join(source.file_stem().unwrap());
        if is_older(&program, source) {
            let objects = self.compile("programs", &[source.to_owned()], &["-O1"]);
            self.link(cc().args(&objects), &program);
        }
        let mut command = self.command(side);
        let plain = std::mem::replace(&mut command, Command::new(program));
        command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command
    }

    fn build_libuv(&self) {
        let tree = self.tree();
        let sources: Vec<_> =
            SOURCES.split_whitespace().map(|name| tree.join("src").join(name).with_extension("c")).collect();
        let objects = self.compile("src", &sources, &["-O2", "-fPIC", "-DBUILDING_UV_SHARED=1"]);
        let mut link = cc();
        link.args(["-shared", "-Wl,-soname,libuv.so.1", "-o"]).arg(self.library(Side::Libuv).join("libuv.so.1"));
        compiles(link.args(&objects).args(["-lpthread", "-ldl", "-lrt"]));
    }

    /// As programs use it, optimized; under the sanitizer with all assertions.
    fn build_ours(&self) {
        let mut build;
        let built = match self.tool {
            Tool::Asan => {
                let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("sanitize");
                let flags = env::var("RUSTFLAGS").unwrap_or_default();
                build = cargo();
                build.args(["build", "--quiet", "--target", HOST]).current_dir(root());
                build.env("CARGO_TARGET_DIR", &target).env("RUSTC_BOOTSTRAP", "1");
                // Some tests close a descriptor behind the library's back, at which Rust's library would end the process.
                build.env("RUSTFLAGS", format!("{flags} -Zsanitizer=address -Zub-checks=no"));
                target.join(HOST).join("debug")
            }
            _ => {
                build = cargo_build_command();
                build.arg("--release");
                profile_dir().with_file_name("release")
            }
        };
        build.args(["--lib", "-p", "uv-capi"]);
        compiles(&mut build);
        let link = self.library(Side::Ours).join("libuv.so.1");
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(built.join("libuv.so"), link).unwrap();
    }

    fn build_runner(&self) {
        let mut tests: Vec<PathBuf> =
            fs::read_dir(self.tree().join("test")).unwrap().map(|entry| entry.unwrap().path()).collect();
        tests.retain(|path| is_of_the_suite(path));
        tests.sort();
        let objects = self.compile("test", &tests, &["-O1", "-Itest", "-DUSING_UV_SHARED=1"]);
        self.link(cc().args(&objects), &self.dir.join("run-tests"));
    }

    fn link(&self, link: &mut Command, program: &Path) {
        link.arg("-o").arg(program).arg(self.library(Side::Libuv).join("libuv.so.1"));
        if self.tool == Tool::Asan {
            // One runtime for the C and the Rust code: that of rustc, which its shared libraries look for in the program.
            link.arg("-Wl,--whole-archive").arg(sanitizer_runtime());
            link.args(["-Wl,--no-whole-archive", "-rdynamic", "-lrt", "-lgcc_s"]);
        }
        compiles(link.args(["-lpthread", "-ldl", "-lutil", "-lm"]));
    }

    fn sanitizer(&self) -> &'static [&'static str] {
        if self.tool == Tool::Asan { &["-fsanitize=address", "-fno-omit-frame-pointer"] } else { &[] }
    }

    /// As many at a time as there are processors. What is newer than its source is left as it is.
    fn compile(&self, objects: &str, sources: &[PathBuf], flags: &[&str]) -> Vec<PathBuf> {
        let objects = self.dir.join(objects);
        fs::create_dir_all(&objects).unwrap();
        let object = |source: &PathBuf| objects.join(source.file_stem().unwrap()).with_extension("o");
        let rest = Mutex::new(sources.iter().filter(|source| is_older(&object(source), source)));
        std::thread::scope(|scope| {
            for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
                scope.spawn(|| {
                    while let Some(source) = { rest.lock().unwrap().next() } {
                        let mut cc = cc();
                        cc.current_dir(self.tree()).args(["-g", "-Iinclude", "-Isrc", "-c"]).args(self.sanitizer());
                        compiles(cc.args(flags).arg(source).arg("-o").arg(object(source)));
                    }
                });
            }
        });
        sources.iter().map(object).collect()
    }
}

/// The directory of libuv's source, which comes with the crate libuv-sys2 that the benchmarks use. `None` if that is not
/// here, and cannot be fetched. `LIBUV_SOURCE` names another one.
pub(crate) fn libuv_source() -> Option<PathBuf> {
    if let Some(source) = env::var_os("LIBUV_SOURCE") {
        return Some(source.into());
    }
    let manifest = root().join("bench/Cargo.toml");
    for offline in [true, false] {
        let mut metadata = cargo();
        metadata.args(["metadata", "--format-version", "1", "--locked", "--manifest-path"]).arg(&manifest);
        if offline {
            metadata.arg("--offline");
        }
        let output = metadata.stderr(Stdio::null()).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut paths = text.split("\"manifest_path\":\"").skip(1).filter_map(|rest| rest.split('"').next());
        if let Some(path) = paths.find(|path| path.contains("/libuv-sys2-")) {
            return Some(Path::new(path).parent().unwrap().join("libuv")).filter(|source| source.join("test").is_dir());
        }
    }
    None
}

fn sanitizer_runtime() -> PathBuf {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).args(["--print", "sysroot"]).output().expect("rustc starts");
    let libraries =
        Path::new(String::from_utf8(output.stdout).unwrap().trim()).join("lib/rustlib").join(HOST).join("lib");
    let mut files = fs::read_dir(libraries).unwrap().map(|entry| entry.unwrap().path());
    files
        .find(|file| file.to_string_lossy().ends_with("_rt.asan.a"))
        .expect("the sanitizer's runtime in rustc's libraries")
}

fn is_of_the_suite(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_string_lossy();
    let helper =
        matches!(&*name, "run-tests.c" | "runner.c" | "runner-unix.c" | "echo-server.c" | "blackhole-server.c");
    helper || (name.starts_with("test-") && name.ends_with(".c"))
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

pub(crate) fn copy_tree(from: &Path, to: &Path) {
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
