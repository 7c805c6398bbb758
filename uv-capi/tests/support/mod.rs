//! Our library as programs find it, and a C compiler.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use uv_tests::{End, Finished, cargo_build, notice, profile_dir, run};

/// A folder in which our library lies as `libuv.so.1` and `libuv.so`: what `LD_LIBRARY_PATH` takes.
pub(crate) fn library_dir() -> &'static Path {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    DIR.get_or_init(|| {
        let built = built("libuv.so");
        let dir = profile_dir().join("libuv-dir");
        fs::create_dir_all(&dir).expect("a folder in the target directory");
        for name in ["libuv.so.1", "libuv.so"] {
            // By way of a name of its own: other tests may be doing the same.
            let own = dir.join(format!("{name}.{}", std::process::id()));
            let _ = fs::remove_file(&own);
            symlink(&built, &own).expect("a link");
            fs::rename(&own, dir.join(name)).expect("a link");
        }
        dir
    })
}

/// What cargo builds of the library, in the profile of the tests. It does not do so by itself: no test can depend on what is
/// only a `cdylib` and a `staticlib`.
pub(crate) fn built(name: &str) -> PathBuf {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| cargo_build(&["--lib", "-p", "uv-capi"]));
    let built = profile_dir().join(name);
    assert!(built.is_file(), "cargo has not built {}", built.display());
    built
}

/// The header of the system's libuv, if it is installed with its library; otherwise says that `what` is skipped.
pub(crate) fn system_header(what: &str) -> Option<PathBuf> {
    let files = run(Command::new("cc").args(["-M", "-include", "uv.h", "-xc", "/dev/null"])).out();
    let header = files.split_whitespace().find(|path| path.ends_with("/uv.h"));
    if header.is_none() {
        notice(&format!("skipped, the header of the system's libuv is not installed (libuv1-dev): {what}"));
    }
    header.map(PathBuf::from)
}

/// Compiles a C program into `output`.
pub(crate) fn compile(source: &Path, output: &Path, arguments: &[&str]) {
    let dir = output.parent().expect("a file lies in a folder");
    fs::create_dir_all(dir).expect("a folder for programs");
    let own = output.with_extension(std::process::id().to_string());
    let mut cc = Command::new("cc");
    cc.args(["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", "-o"]).arg(&own);
    let finished = run(cc.arg(source).args(arguments));
    assert_eq!(finished.end, End::Code(0), "cc {}:\n{}", source.display(), finished.err());
    fs::rename(own, output).expect("the program");
}

/// Runs a command that may hang: then it is ended, with code 124, after two minutes.
pub(crate) fn run_bounded(command: &Command) -> Finished {
    let mut bounded = Command::new("timeout");
    bounded.args(["--kill-after=5", "120"]).arg(command.get_program()).args(command.get_args());
    if let Some(dir) = command.get_current_dir() {
        bounded.current_dir(dir);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => bounded.env(name, value),
            None => bounded.env_remove(name),
        };
    }
    run(&mut bounded)
}
