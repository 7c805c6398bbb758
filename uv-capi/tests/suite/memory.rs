//! What the sanitizers or valgrind have found.

use std::fs;
use std::path::PathBuf;

use crate::build::{Side, Suite, Tool};

/// Of tests that fork beside threads, the leak sanitizer says itself that it cannot tell: the child has the memory of threads
/// that it does not have.
const FORKS: &str = "fork_threadpool";

/// What was found in a test's processes.
#[derive(Default)]
struct Found {
    /// The first lines of what was told of invalid accesses.
    errors: Vec<String>,
    /// How many pieces of memory nobody knew any more at the end.
    leaks: u64,
    files: Vec<PathBuf>,
}

/// Says what was found on our library and not on libuv; whether that is nothing.
pub(crate) fn report(suite: &Suite, names: &[String]) -> bool {
    let mut is_good = true;
    let (mut clean, mut theirs) = (0, 0);
    for name in names {
        let [libuv, ours] = [Side::Libuv, Side::Ours].map(|side| found(suite, side, name));
        theirs += u64::from(!libuv.errors.is_empty() || libuv.leaks > 0);
        if (ours.errors.is_empty() || !libuv.errors.is_empty())
            && (ours.leaks <= libuv.leaks || name.starts_with(FORKS))
        {
            clean += 1;
            continue;
        }
        is_good = false;
        println!("FOUND, and not on libuv: {name}: {} leaks (libuv: {})", ours.leaks, libuv.leaks);
        ours.errors.iter().for_each(|error| println!("    {error}"));
        ours.files.iter().for_each(|file| println!("    {}", file.display()));
    }
    println!(
        "{clean} of {} tests without an invalid access or a leak that libuv has not; it has some in {theirs}",
        names.len()
    );
    is_good
}

fn found(suite: &Suite, side: Side, name: &str) -> Found {
    let log = suite.memory_log(side, name);
    let prefix = format!("{}.", log.file_name().unwrap().to_string_lossy());
    let mut found = Found::default();
    for entry in fs::read_dir(log.parent().unwrap()).unwrap().map(Result::unwrap) {
        if !entry.file_name().to_string_lossy().starts_with(&prefix) {
            continue;
        }
        let text = String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).into_owned();
        if !text.trim().is_empty() {
            found.files.push(entry.path());
        }
        match suite.tool {
            Tool::Valgrind => found.errors.extend(text.lines().filter(|line| is_of_valgrind(line)).map(str::to_owned)),
            _ => {
                found
                    .errors
                    .extend(text.lines().filter(|line| line.contains("ERROR: AddressSanitizer")).map(str::to_owned));
                found.leaks += text.lines().filter_map(leaked).sum::<u64>();
            }
        }
    }
    found
}

/// `SUMMARY: AddressSanitizer: 43 byte(s) leaked in 2 allocation(s).`
fn leaked(line: &str) -> Option<u64> {
    let (_, count) = line.strip_prefix("SUMMARY: AddressSanitizer:")?.split_once(" leaked in ")?;
    count.split_once(' ')?.0.parse().ok()
}

fn is_of_valgrind(line: &str) -> bool {
    const KINDS: [&str; 5] =
        ["Invalid ", "uninitialised", "Syscall param", "Source and destination overlap", "Mismatched free"];
    KINDS.iter().any(|kind| line.contains(kind))
}
