//! C programs, one a chapter of libuv's manual, which print the same on the system's libuv and on ours.

mod support;

use std::path::Path;
use std::process::Command;

use support::{compile, library_dir, run_bounded, system_header};
use uv_tests::{End, Finished, clean_env, profile_dir, run};

macro_rules! programs {
    ($($name:ident)*) => {
        /// The names of all of them.
        const NAMES: &[&str] = &[$(plain(stringify!($name))),*];

        $(#[test]
        fn $name() {
            compare(plain(stringify!($name)));
        })*
    };
}

programs! {
    allocator
    r#async
    check
    dll
    dns
    errors
    fs
    fs_event
    fs_poll
    handle
    idle
    r#loop
    metrics
    misc
    misuse
    pipe
    poll
    prepare
    process
    request
    signal
    stream
    tcp
    threading
    threadpool
    timer
    tty
    udp
    version
}

/// Compiles the program against the system's `uv.h`, and runs it twice.
fn compare(name: &str) {
    if system_header(&format!("the program {name}.c")).is_none() {
        return;
    }
    let program = profile_dir().join("libuv-programs").join(name);
    compile(&source(name), &program, &["-luv", "-pthread"]);
    let (systems, ours) = (run_on(&program, None), run_on(&program, Some(library_dir())));
    assert_eq!(systems.end, End::Code(0), "on the system's libuv:\n{}{}", systems.out(), systems.err());
    let first = systems.out().lines().zip(ours.out().lines()).position(|(a, b)| a != b);
    let first = first.unwrap_or_else(|| systems.out().lines().count().min(ours.out().lines().count()));
    assert!(
        systems.stdout == ours.stdout && systems.end == ours.end,
        "{name}.c prints something else from line {} on.\nOn the system's libuv:\n{}\nOn ours (ended with {}):\n{}{}",
        first + 1,
        around(&systems.out(), first),
        ours.end,
        around(&ours.out(), first),
        ours.err(),
    );
}

fn source(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs").join(format!("{name}.c"))
}

/// In a folder of its own; on the system's libuv if there is no other.
fn run_on(program: &Path, library_dir: Option<&Path>) -> Finished {
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new(program);
    clean_env(&mut command, dir.path()).current_dir(dir.path()).env_remove("LD_LIBRARY_PATH");
    if let Some(library_dir) = library_dir {
        command.env("LD_LIBRARY_PATH", library_dir);
    }
    run_bounded(&command)
}

/// The lines about one of them.
fn around(text: &str, line: usize) -> String {
    let lines = text.lines().enumerate().skip(line.saturating_sub(3)).take(9);
    lines.map(|(number, text)| format!("{:5} {text}\n", number + 1)).collect()
}

#[test]
fn every_program_is_run() {
    let mut files: Vec<_> = std::fs::read_dir(source("timer").parent().unwrap())
        .unwrap()
        .filter_map(|entry| Some(entry.unwrap().file_name().to_str()?.strip_suffix(".c")?.to_owned()))
        .collect();
    files.sort();
    assert_eq!(files, NAMES);
}

#[test]
fn a_program_finds_the_library_that_is_meant() {
    if system_header("which library a program finds").is_none() {
        return;
    }
    let program = profile_dir().join("libuv-programs/version-found");
    compile(&source("version"), &program, &["-luv", "-pthread"]);
    let found = |library_dir: Option<&Path>| {
        let mut ldd = Command::new(&program);
        ldd.env("LD_TRACE_LOADED_OBJECTS", "1").env_remove("LD_LIBRARY_PATH");
        if let Some(dir) = library_dir {
            ldd.env("LD_LIBRARY_PATH", dir);
        }
        run(&mut ldd).out()
    };
    let ours = library_dir().join("libuv.so.1").display().to_string();
    assert!(found(Some(library_dir())).contains(&ours));
    let systems = found(None);
    assert!(systems.contains("libuv.so.1") && !systems.contains(&ours), "{systems}");
}

/// A name that is a word of Rust's is `r#name` there.
const fn plain(name: &str) -> &str {
    match name.as_bytes() {
        [b'r', b'#', ..] => name.split_at(2).1,
        _ => name,
    }
}
