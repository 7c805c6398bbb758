//! The binary interface: which functions there are, and that the system's `uv.h` has types as ours are.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use support::{compile, library_dir, system_header};
use uv_tests::{End, profile_dir, run};

/// All functions of libuv on Unix, one a line.
const FUNCTIONS: &str = include_str!("abi/functions.txt");

/// Where the layout is asserted of our types.
const LAYOUT: &str = include_str!("../src/layout.rs");

#[test]
fn the_functions_are_exported_and_nothing_else() {
    let nm = run(Command::new("nm").args(["-D", "--defined-only"]).arg(library_dir().join("libuv.so.1")));
    assert_eq!(nm.end, End::Code(0), "{}", nm.err());
    let out = nm.out();
    let exported: BTreeSet<(&str, &str)> =
        out.lines().filter_map(|line| line.split_once(' ')?.1.split_once(' ')).collect();
    // `T`: in the text section, and without a version, which nm would add to the name.
    let expected = FUNCTIONS.lines().map(|name| ("T", name)).collect();
    assert_eq!(exported, expected);
}

#[test]
fn the_library_has_libuvs_name() {
    let dynamic = run(Command::new("readelf").args(["-dW"]).arg(library_dir().join("libuv.so.1"))).out();
    assert!(dynamic.contains("Library soname: [libuv.so.1]"), "{dynamic}");
}

/// See `build.rs`.
#[test]
fn rarely_called_functions_are_looked_up_late() {
    let relocations = run(Command::new("readelf").args(["-rW"]).arg(library_dir().join("libuv.so.1"))).out();
    let of_type = |wanted: &str| -> BTreeSet<String> {
        let lines = relocations.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let names = lines
            .filter(|line| line.get(2) == Some(&wanted))
            .filter_map(|line| Some(line.get(4)?.split('@').next()?.to_owned()));
        names.collect()
    };
    let (early, late) = (of_type("R_X86_64_GLOB_DAT"), of_type("R_X86_64_JUMP_SLOT"));
    let lines = include_str!("../lazy.txt").lines().filter(|line| !line.starts_with('#'));
    for name in lines.flat_map(str::split_whitespace) {
        assert!(late.contains(name) && !early.contains(name), "{name}");
    }
    let dynamic = run(Command::new("readelf").args(["-dW"]).arg(library_dir().join("libuv.so.1"))).out();
    assert!(!dynamic.contains("NOW"), "{dynamic}");
}

#[test]
fn the_systems_header_declares_no_other_function() {
    let Some(header) = system_header("functions of uv.h") else { return };
    let known: BTreeSet<_> = FUNCTIONS.lines().collect();
    let preprocessed = run(Command::new("cc").args(["-E", "-P"]).arg(header)).out();
    // A declaration ends with a semicolon, and the function's name is what stands before its first parenthesis.
    let marked = "__attribute__((visibility(\"default\")))";
    let mut found = 0;
    for declaration in preprocessed.split(marked).skip(1) {
        let declaration = declaration.replace("__attribute__", "");
        let before = declaration.split('(').next().unwrap();
        let name = before.rsplit(|c: char| !c.is_alphanumeric() && c != '_').find(|word| !word.is_empty()).unwrap();
        assert!(known.contains(name), "uv.h declares {name}: {before}");
        found += 1;
    }
    assert!(found > 280, "only {found} functions found in uv.h");
}

#[test]
fn types_are_as_the_systems_header_has_them() {
    if system_header("types of uv.h").is_none() {
        return;
    }
    let (types, fields) = layout();
    assert!(types.len() > 40 && fields.len() > 120, "{} types, {} fields", types.len(), fields.len());
    let mut source = "#include <pthread.h>\n#include <semaphore.h>\n#include <stddef.h>\n#include <uv.h>\n".to_owned();
    for (name, size) in &types {
        for name in names(name) {
            let newer = newer(name, "");
            source += &format!("#if {newer}\n_Static_assert(sizeof({name}) == {size}, \"{name}\");\n#endif\n");
        }
    }
    for ((name, field), offset) in &fields {
        let Some(field) = c_field(name, field) else { continue };
        for name in names(name) {
            let newer = newer(name, field);
            source += &format!(
                "#if {newer}\n_Static_assert(offsetof({name}, {field}) == {offset}, \"{name}.{field}\");\n#endif\n"
            );
        }
    }
    // Those which are the C library's.
    for (ours, systems) in [
        ("uv_mutex_t", "pthread_mutex_t"),
        ("uv_cond_t", "pthread_cond_t"),
        ("uv_rwlock_t", "pthread_rwlock_t"),
        ("uv_barrier_t", "pthread_barrier_t"),
        ("uv_sem_t", "sem_t"),
        ("uv_once_t", "pthread_once_t"),
        ("uv_key_t", "pthread_key_t"),
        ("uv_thread_t", "pthread_t"),
        ("uv_buf_t", "struct iovec"),
    ] {
        source += &format!("_Static_assert(sizeof({ours}) == sizeof({systems}), \"{ours}\");\n");
    }
    source += "int main(void) { return 0; }\n";
    let file = profile_dir().join("libuv-layout.c");
    fs::write(&file, source).unwrap();
    compile(&file, &profile_dir().join("libuv-layout"), &[]);
}

#[test]
fn all_types_of_the_systems_header_are_asserted() {
    let Some(header) = system_header("types of uv.h") else { return };
    let preprocessed = run(Command::new("cc").args(["-E", "-P"]).arg(header)).out();
    let (types, _) = layout();
    let asserted: BTreeSet<_> = types.keys().flat_map(|name| names(name)).copied().collect();
    let mut missing = Vec::new();
    for line in preprocessed.split(';') {
        // typedef struct uv_loop_s uv_loop_t
        if let ["typedef", "struct", name, alias] = line.split_whitespace().collect::<Vec<_>>()[..]
            && name.starts_with("uv_")
            && !name.starts_with("uv__")
            && !asserted.contains(alias)
        {
            missing.push(alias.to_owned());
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}

type Sizes = BTreeMap<&'static str, usize>;
type Offsets = BTreeMap<(&'static str, &'static str), usize>;

/// What the invocations of `layout!` assert: `uv_buf_t 16 { base @ 0, len @ 8 }`.
fn layout() -> (Sizes, Offsets) {
    let (mut sizes, mut offsets) = (BTreeMap::new(), BTreeMap::new());
    for block in LAYOUT.split("\nlayout! {").skip(1) {
        let block = block.split("\n}").next().unwrap();
        for one in block.split('}').map(str::trim).filter(|one| !one.is_empty()) {
            let (head, fields) = one.split_once('{').unwrap();
            let (name, size) = head.trim().split_once(' ').unwrap();
            sizes.insert(name, size.parse().unwrap());
            for field in fields.split(',').map(str::trim).filter(|field| !field.is_empty()) {
                let (field, offset) = field.split_once(" @ ").unwrap();
                offsets.insert((name, field), offset.parse().unwrap());
            }
        }
    }
    (sizes, offsets)
}

/// What `uv.h` calls a type that is one here.
fn names(ours: &'static str) -> &'static [&'static str] {
    match ours {
        "uv_phase_t" => &["uv_prepare_t", "uv_check_t", "uv_idle_t"],
        "uv_stream_t" => &["uv_stream_t", "uv_tcp_t"],
        _ => std::slice::from_ref(Box::leak(Box::new(ours))),
    }
}

/// What `uv.h` calls a field; nothing for those that have another meaning there.
fn c_field(name: &str, field: &'static str) -> Option<&'static str> {
    Some(match (name, field) {
        ("uv_loop_t", "inner") => return None,
        ("uv_poll_t", "fd") => "io_watcher.fd",
        ("uv_rusage_t", "rest") => "ru_maxrss",
        (_, "loop_") => "loop",
        (_, "type_") => "type",
        _ => field,
    })
}

/// The condition under which `uv.h` has a type or a field.
fn newer(name: &str, field: &str) -> &'static str {
    match (name, field) {
        ("uv_group_t" | "uv_metrics_t" | "uv_timespec64_t", _) | (_, "f_frsize") => "UV_VERSION_HEX >= 0x013400",
        (_, "f_spare") => "UV_VERSION_HEX >= 0x013400",
        _ => "1",
    }
}

#[test]
fn the_static_library_is_built() {
    let archive = support::built("libuv.a");
    assert!(archive.is_file(), "{}", archive.display());
}
