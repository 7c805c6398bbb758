//! Every example runs, and prints what is recorded beside it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use uv_tests::{
    Program, cargo_build, check_programs, node_compat, node_or_skip, profile_dir, programs_under, root, run_in_new_dir,
};

#[test]
fn rust_examples() {
    cargo_build(&["-p", "examples", "--examples"]);
    for source in files(&root().join("examples/rust"), "rs") {
        let name = source.file_stem().unwrap().to_str().unwrap();
        let finished = run_in_new_dir(&mut Command::new(profile_dir().join("examples").join(name)));
        assert_eq!(finished.end.to_string(), "0", "{name}: {}", finished.err());
        let recorded = fs::read_to_string(source.with_extension("out"))
            .unwrap_or_else(|error| panic!("what {name} prints is not recorded: {error}"));
        assert_eq!(finished.out(), recorded, "{name}");
    }
}

#[test]
fn javascript_examples() {
    let dir = root().join("examples/js");
    let programs = programs_under(&dir);
    let checked: BTreeSet<_> = programs.iter().map(Program::name).collect();
    for script in files(&dir, "js") {
        let name = script.strip_prefix(root()).unwrap().display().to_string();
        assert!(checked.contains(&name), "what {name} prints is not recorded");
    }
    check_programs(&programs);
}

#[test]
fn javascript_examples_in_node() {
    let Some(node) = node_or_skip("the JavaScript examples") else {
        return;
    };
    for program in programs_under(&root().join("examples/js")) {
        program.check(&node).unwrap();
    }
}

#[test]
fn the_article_before_node_11() {
    let script = root().join("examples/js/v11.js");
    let finished = run_in_new_dir(Command::new(node_compat()).arg("--drain=per-phase").arg(script));
    assert_eq!((finished.out().as_str(), finished.err().as_str()), ("1\n2\n3\n4\n", ""));
}

#[test]
fn the_script_in_the_readme() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, rest) = readme.split_once("$ cat hello.js\n").unwrap();
    let (code, rest) = rest.split_once("\n$ node-compat hello.js\n").unwrap();
    let (output, _) = rest.split_once("```").unwrap();
    let node = node_or_skip("the script in the README");
    for command in [Some(node_compat().to_owned()), node].into_iter().flatten() {
        let finished = run_in_new_dir(Command::new(command).args(["-e", code]));
        assert_eq!((finished.out().as_str(), finished.err().as_str()), (output, ""));
    }
}

fn files(dir: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|found| found == extension));
    files.sort();
    assert!(!files.is_empty(), "no .{extension} in {}", dir.display());
    files
}
