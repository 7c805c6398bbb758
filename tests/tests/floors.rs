//! A crate depends on crates of lower floors only, and shows nobody what it is made with.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use uv_tests::{cargo, root};

/// The floor of each library crate. A new crate is entered here.
const FLOORS: [(&str, u32); 10] = [
    ("uv-sys", 0),
    ("uv-timers", 0),
    ("uv-pool", 0),
    ("uv-loop", 1),
    ("uv-net", 2),
    ("uv-fs", 2),
    ("uv-process", 2),
    ("node-compat", 3),
    ("node-js", 4),
    ("uv-capi", 4),
];

/// What no public signature may name.
const HIDDEN: [&str; 7] = ["libc", "polling", "rustix", "crossbeam_deque", "parking_lot", "once_cell", "socket2"];

/// The standard library's descriptor types, which some of them re-export.
const DESCRIPTORS: [&str; 7] = ["AsFd", "BorrowedFd", "OwnedFd", "AsRawFd", "FromRawFd", "IntoRawFd", "RawFd"];

#[test]
fn every_member_has_a_floor() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (_, list) = manifest.split_once("members = [").unwrap();
    let (list, _) = list.split_once(']').unwrap();
    let members: BTreeSet<_> = list.split(',').map(|name| name.trim().trim_matches('"')).collect();
    let mut known: BTreeSet<_> = FLOORS.iter().map(|(name, _)| *name).collect();
    known.extend(["", "examples", "tests", "tests/support"]);
    assert_eq!(members, known);
}

#[test]
fn dependencies_only_go_down() {
    let floors = BTreeMap::from(FLOORS);
    for (name, floor) in FLOORS {
        for dependency in dependencies(name, None) {
            let Some(below) = floors.get(dependency.as_str()) else {
                continue;
            };
            assert!(*below < floor, "{name} (floor {floor}) depends on {dependency} (floor {below})");
        }
    }
}

#[test]
fn uv_timers_depends_on_nothing() {
    assert_eq!(dependencies("uv-timers", None), BTreeSet::new());
}

#[test]
fn node_js_reaches_the_system_through_node_compat() {
    let floors = BTreeMap::from(FLOORS);
    let mut ours = dependencies("node-js", Some(1));
    ours.retain(|name| floors.contains_key(name.as_str()));
    assert_eq!(ours, BTreeSet::from(["node-compat".to_owned()]));
}

#[test]
fn signatures_name_no_dependency() {
    let mut checked = 0;
    for (name, _) in FLOORS {
        for (file, source) in sources(&root().join(name).join("src")) {
            let imported = imports(&source);
            for signature in signatures(&source) {
                checked += 1;
                for word in words(signature) {
                    assert!(
                        !HIDDEN.contains(&word) && !imported.contains(word),
                        "{file} shows {word}, which is a dependency's:\n{signature}"
                    );
                }
            }
        }
    }
    assert!(checked > 300, "only {checked} public signatures found");
}

#[test]
fn the_check_of_signatures_finds_what_it_looks_for() {
    let source = "use polling::{Event, Events as Raw};\nuse rustix::fd::OwnedFd;\n\
                  pub fn a(e: &Event) {}\npub(crate) fn b(r: &Raw) {}\npub fn c(fd: OwnedFd) -> rustix::io::Result<()> {}\n\
                  pub const D: i32 = libc::SIGHUP;";
    assert_eq!(imports(source), BTreeSet::from(["Event".to_owned(), "Raw".to_owned()]));
    let expected = ["pub fn a(e: &Event) ", "pub fn c(fd: OwnedFd) -> rustix::io::Result<()> ", "pub const D: i32 "];
    assert_eq!(signatures(source), expected);
    assert!(words("-> rustix::io::Result<()>").any(|word| word == "rustix"));
}

/// The names of what a crate is built from, itself left out.
fn dependencies(name: &str, depth: Option<u32>) -> BTreeSet<String> {
    let mut tree = cargo();
    tree.args(["tree", "--offline", "-p", name, "--prefix", "none", "--edges", "normal,build", "--format", "{p}"]);
    if let Some(depth) = depth {
        tree.args(["--depth", &depth.to_string()]);
    }
    let output = tree.current_dir(root()).output().expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    let names = lines.lines().filter_map(|line| line.split(' ').next());
    names.filter(|other| !other.is_empty() && *other != name).map(str::to_owned).collect()
}

fn sources(dir: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

/// The names that a file imports from a hidden crate, without the descriptor types.
fn imports(source: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let uses = source.split("\nuse ").chain(source.strip_prefix("use ")).filter_map(|text| text.split_once(';'));
    for (path, _) in uses {
        let crate_name = path.split("::").next().unwrap_or_default();
        if !HIDDEN.contains(&crate_name) {
            continue;
        }
        for item in path.split(['{', '}', ',']) {
            let name = item.trim().rsplit(" as ").next().unwrap_or_default();
            let name = name.rsplit("::").next().unwrap_or_default();
            if name.starts_with(char::is_uppercase) && !DESCRIPTORS.contains(&name) {
                names.insert(name.to_owned());
            }
        }
    }
    names
}

/// What is public, from its `pub` to its body or end: functions, types with their public fields, re-exports.
fn signatures(source: &str) -> Vec<&str> {
    let starts = source.match_indices("pub ").filter(|(at, _)| {
        let line = source[..*at].rsplit('\n').next().unwrap_or_default();
        line.trim().is_empty()
    });
    starts
        .map(|(at, _)| {
            let rest = &source[at..];
            // A constant's value is no part of what it shows.
            let ends: &[char] = match rest {
                _ if rest.starts_with("pub use") => &[';'],
                _ if rest.starts_with("pub const") && !rest.starts_with("pub const fn") => &['=', ';'],
                _ => &['{', ';', '\n'],
            };
            let one_line = rest.split(ends).next().unwrap_or(rest);
            match one_line.contains('(') && !one_line.contains(')') {
                true => rest.split(['{', ';']).next().unwrap_or(rest),
                false => one_line,
            }
        })
        .collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}
