//! What the tests share: where the commands are, and how a program is run and compared.
//!
//! The tests run the `node-compat` command of this workspace, built as they are (debug or release). With
//! `NODE_COMPAT=/path/to/command` they run that one instead: `NODE_COMPAT=node cargo test -p uv-tests` shows which of
//! them Node itself passes.

#![forbid(unsafe_code)]

mod program;
mod run;

pub use program::{Program, check_programs, programs_under};
pub use run::{End, Finished, clean_env, run, run_in_new_dir};

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}

/// The root of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The `node-compat` command, built at the first call.
pub fn node_compat() -> &'static Path {
    static COMMAND: OnceLock<PathBuf> = OnceLock::new();
    COMMAND.get_or_init(|| match env::var_os("NODE_COMPAT") {
        Some(command) => find_command(Path::new(&command)).expect("NODE_COMPAT names no command"),
        None => {
            // Of the whole workspace, so that the features are those for which the libraries are built already.
            cargo_build(&["--workspace", "--bin", "node-compat"]);
            profile_dir().join("node-compat")
        }
    })
}

/// The real `node`, if it is installed; otherwise says on stderr that `what` is skipped.
pub fn node_or_skip(what: &str) -> Option<PathBuf> {
    let node = find_command(Path::new("node"));
    if node.is_none() {
        notice(&format!("skipped, there is no `node` to compare with: {what}"));
    }
    node
}

/// Prints a line to the real stderr: the test harness captures what `eprintln!` prints.
pub fn notice(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Runs `cargo build ARGS` with the profile and the target directory of the running test.
pub fn cargo_build(args: &[&str]) {
    let profile_dir = profile_dir();
    let profile = match profile_dir.file_name().and_then(|name| name.to_str()) {
        Some("debug") => "dev",
        Some(name) => name,
        None => panic!("no profile in {}", profile_dir.display()),
    };
    let output = cargo_build_command().args(["--profile", profile]).args(args).output().expect("cargo starts");
    assert!(output.status.success(), "cargo build {args:?}:\n{}", String::from_utf8_lossy(&output.stderr));
}

/// `cargo build --quiet` in the workspace, for the platform of the running test and beside it: without `--profile` it builds in the
/// folder `debug` beside [`profile_dir`].
pub fn cargo_build_command() -> Command {
    let profile_dir = profile_dir();
    let dir = profile_dir.parent().expect("a profile lies in target, or in target/PLATFORM");
    let platform = dir.file_name().and_then(|name| name.to_str()).filter(|name| is_platform(name));
    let mut build = cargo();
    build.args(["build", "--quiet"]).current_dir(root());
    match platform.zip(dir.parent()) {
        Some((platform, dir)) => build.args(["--target", platform, "--target-dir"]).arg(dir),
        None => build.arg("--target-dir").arg(dir),
    };
    build
}

/// As `x86_64-unknown-linux-gnu`: cargo has a folder for it if it is called with `--target`, or configured so.
fn is_platform(name: &str) -> bool {
    name.strip_prefix(env::consts::ARCH).is_some_and(|rest| rest.starts_with('-') && rest.contains(env::consts::OS))
}

/// The cargo that runs the test.
pub fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Where cargo puts the commands that are built as the running test is: `target/debug` or `target/release`.
pub fn profile_dir() -> PathBuf {
    let test = env::current_exe().expect("the test's own path");
    let deps = test.ancestors().find(|dir| dir.ends_with("deps"));
    deps.and_then(Path::parent).expect("a test lies in target/PROFILE/deps").to_owned()
}

fn find_command(command: &Path) -> Option<PathBuf> {
    if command.components().count() > 1 {
        return command.canonicalize().ok();
    }
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|dir| dir.join(command)).find(|file| file.is_file())
}
