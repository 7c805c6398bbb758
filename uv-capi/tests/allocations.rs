//! Our library allocates no more often than libuv for an operation that was done before: a C program counts both.

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use support::{compile, library_dir, run_bounded, system_header};
use uv_tests::{End, clean_env, profile_dir};

/// A table that grows now and then takes memory for many operations to come, and a queue of the pool's for some sixty requests at a time:
/// some operations make eight of these, and libuv an allocation for each. One more an operation would be a hundred more.
fn growth(libuv: u64) -> u64 {
    20 + libuv / 20
}

#[test]
fn an_operation_allocates_no_more_often_than_libuvs() {
    if system_header("the count of allocations").is_none() {
        return;
    }
    let program = profile_dir().join("libuv-programs/count");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/allocations/count.c");
    compile(&source, &program, &["-rdynamic", "-luv", "-pthread"]);
    let [libuv, ours] = [None, Some(library_dir())].map(|library_dir| counts(&program, library_dir));
    assert!(libuv.len() > 100 && libuv.keys().eq(ours.keys()), "{libuv:?}\n{ours:?}");
    let more: Vec<_> = ours
        .iter()
        .filter(|(name, count)| **count > libuv[*name] + growth(libuv[*name]))
        .map(|(name, count)| format!("{name}: {count} (libuv: {})\n", libuv[name]))
        .collect();
    assert!(more.is_empty(), "more allocations of a hundred operations than libuv's:\n{}", more.concat());
}

/// The number of allocations of each operation, on the system's library if there is no other.
fn counts(program: &Path, library_dir: Option<&Path>) -> BTreeMap<String, u64> {
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new(program);
    clean_env(&mut command, dir.path()).current_dir(dir.path()).env_remove("LD_LIBRARY_PATH");
    if let Some(library_dir) = library_dir {
        command.env("LD_LIBRARY_PATH", library_dir);
    }
    let finished = run_bounded(&command);
    assert_eq!(finished.end, End::Code(0), "{}{}", finished.out(), finished.err());
    let line = |line: &str| line.split_once('\t').map(|(name, count)| (name.to_owned(), count.parse().unwrap()));
    finished.out().lines().map(|text| line(text).expect("a name and a count")).collect()
}
