//! The same programs run by Node and by this crate: both log the same lines. Random ones run where a Node 20 is there, and
//! what it logged of some hundred has been recorded, with those that once differed.
//!
//! All goes over Unix sockets, where what is written is there at once, and nothing asks a clock; so a busy machine
//! changes no order.

mod interpret;
mod program;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use interpret::run;
use program::{Action, Generator, parse, smaller, text};

/// `NET_PROGRAMS=5000 NET_SEED=7` runs as many and other ones.
const PROGRAMS: u64 = 150;

#[test]
fn recorded_programs_log_what_node_logged() {
    for file in ["found.txt", "random.txt"] {
        let recorded = fs::read_to_string(directory().join(file)).unwrap();
        for entry in recorded.split_terminator("\n\n") {
            let (program, theirs) = entry.split_once('\n').unwrap_or((entry, ""));
            assert_eq!(run(&parse(program)), theirs, "what we log, and what Node has logged, of\n{program}");
        }
    }
}

/// `NET_RECORD=1` records what Node logs.
#[test]
fn random_programs_log_what_node_logs() {
    let version = Command::new("node").arg("--version").output();
    if !version.is_ok_and(|output| output.stdout.starts_with(b"v20.")) {
        eprintln!("skipped, there is no Node 20 to compare with");
        return;
    }
    let number = |name| std::env::var(name).ok().map(|number| number.parse().unwrap());
    let (seed, count) = (number("NET_SEED").unwrap_or(1), number("NET_PROGRAMS").unwrap_or(PROGRAMS));
    let mut generator = Generator::new(seed);
    let programs: Vec<_> = (0..count).map(|_| generator.program()).collect();
    let texts: Vec<_> = programs.iter().map(|program| text(program)).collect();
    let logs = node(&texts);
    for (program, theirs) in programs.iter().zip(&logs) {
        let ours = run(program);
        if ours != *theirs && !is_left_out(&ours) {
            let (program, ours, theirs) = shrink(program.clone());
            assert_eq!(ours, theirs, "what we log, and what Node logs, with NET_SEED={seed}, of\n{}", text(&program));
        }
    }
    if std::env::var_os("NET_RECORD").is_some() {
        let entries = texts.iter().zip(&logs).filter(|(program, _)| !is_left_out(&run(&parse(program))));
        let recorded: String = entries.map(|(program, log)| format!("{program}\n{log}\n\n")).collect();
        fs::write(directory().join("random.txt"), recorded).unwrap();
    }
}

/// Node 20's libuv takes a connection that hung up for ended without looking whether it was reset.
fn is_left_out(log: &str) -> bool {
    log.contains("ECONNRESET")
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/net/differential")
}

/// What Node logs of each. After one that never ends it ends itself, and is started again.
fn node(programs: &[String]) -> Vec<String> {
    let mut logs = Vec::new();
    while logs.len() < programs.len() {
        let more = start_node(&programs[logs.len()..]);
        assert!(!more.is_empty(), "{}", programs[logs.len()]);
        logs.extend(more);
    }
    logs
}

fn start_node(programs: &[String]) -> Vec<String> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(programs.join("\n").as_bytes()).unwrap();
    let output = Command::new("node").arg(directory().join("interpret.js")).arg(file.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let logged = String::from_utf8(output.stdout).unwrap();
    logged.split_terminator("\n\n").map(str::to_owned).collect()
}

fn shrink(mut program: Vec<Action>) -> (Vec<Action>, String, String) {
    loop {
        let less = smaller(&program).into_iter().find(|less| {
            let is_program = !less.is_empty() && less.iter().all(|block| block.body.is_some());
            is_program && {
                let ours = run(less);
                !is_left_out(&ours) && node(&[text(less)])[0] != ours
            }
        });
        let Some(less) = less else {
            let (ours, theirs) = (run(&program), node(&[text(&program)]).remove(0));
            return (program, ours, theirs);
        };
        program = less;
    }
}
