//! A crate outside of this repository can take one of ours without the others.

use std::fs;
use std::path::Path;
use std::process::Output;

use uv_tests::{cargo, root};

const NAMES: [&str; 9] =
    ["uv-sys", "uv-timers", "uv-pool", "uv-loop", "uv-net", "uv-fs", "uv-process", "node-compat", "node-js"];

#[test]
fn uv_timers() {
    let program = r#"
        fn main() {
            let mut timers = uv_timers::TimerQueue::new();
            timers.start(0, 5, 0, "late");
            let key = timers.start(0, 3, 0, "early");
            timers.begin_turn(4);
            assert_eq!((timers.next_due(4), timers.next_due(4)), (Some(key), None));
            print!("{}", timers.get(key).unwrap());
        }
    "#;
    takes_alone("uv-timers", program, "early");
}

#[test]
fn uv_pool() {
    let program = r#"
        fn main() {
            let (sender, receiver) = std::sync::mpsc::channel();
            let pool = uv_pool::Pool::builder().threads(1).build().unwrap();
            pool.submit(|| 6 * 7, move |result| sender.send(result.unwrap()).unwrap());
            print!("{}", receiver.recv().unwrap());
        }
    "#;
    takes_alone("uv-pool", program, "42");
}

/// Builds a crate that depends on `name` alone, runs it, and looks at what it was built from.
fn takes_alone(name: &str, program: &str, prints: &str) {
    let dir = tempfile::tempdir().unwrap();
    let source = root().join(name);
    let manifest = format!(
        "[package]\nname = \"scratch\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n{name} = {{ path = {source:?} }}\n"
    );
    fs::create_dir(dir.path().join("src")).unwrap();
    fs::write(dir.path().join("Cargo.toml"), manifest).unwrap();
    fs::write(dir.path().join("src/main.rs"), program).unwrap();
    // The versions that are downloaded already; cargo drops what is not needed.
    fs::copy(root().join("Cargo.lock"), dir.path().join("Cargo.lock")).unwrap();

    let run = cargo_in(dir.path(), &["run", "--quiet", "--offline"]);
    assert_eq!(String::from_utf8_lossy(&run.stdout), prints);
    let tree = cargo_in(dir.path(), &["tree", "--offline", "--edges", "all", "--prefix", "none", "--format", "{p}"]);
    let tree = String::from_utf8(tree.stdout).unwrap();
    let ours: Vec<_> =
        NAMES.into_iter().filter(|ours| tree.lines().any(|line| line.split(' ').next() == Some(*ours))).collect();
    assert_eq!(ours, [name], "{tree}");
}

fn cargo_in(dir: &Path, args: &[&str]) -> Output {
    let output =
        cargo().args(args).current_dir(dir).env("CARGO_TARGET_DIR", dir.join("target")).output().expect("cargo starts");
    assert!(output.status.success(), "cargo {args:?}:\n{}", String::from_utf8_lossy(&output.stderr));
    output
}
