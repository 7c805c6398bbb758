//! The same programs run by Node and by this crate: both log the same lines. Random ones run if a Node 20 is there; some
//! hundred, and each that once differed, have been recorded.

mod interpret;
mod program;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use interpret::run;
use program::{Action, Generator, parse, smaller, text};

/// `NET_PROGRAMS=5000` runs that many.
const PROGRAMS: usize = 40;

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

fn differs(program: &[Action], runs: usize) -> Option<(String, String)> {
    let ours = run(program).join("\n");
    let mut theirs = String::new();
    // A machine that is busy may let Node see things in another order.
    for _ in 0..runs {
        theirs = node(&[text(program)]).pop().unwrap();
        if ours == theirs {
            return None;
        }
    }
    Some((ours, theirs))
}

fn shrink(mut program: Vec<Action>) -> Option<(Vec<Action>, String, String)> {
    let (mut ours, mut theirs) = differs(&program, 1)?;
    'again: loop {
        for less in smaller(&program) {
            if less.is_empty() || run(&less).join("\n").contains("ECONNRESET") || less.iter().any(|block| block.body.is_none()) {
                continue;
            }
            if let Some(found) = differs(&less, 1) {
                (ours, theirs) = found;
                program = less;
                continue 'again;
            }
        }
        return Some((program, ours, theirs));
    }
}

#[test]
fn random_programs() {
    let seed = std::env::var("NET_SEED").map_or(1, |seed| seed.parse().unwrap());
    let count = std::env::var("NET_PROGRAMS").map_or(PROGRAMS, |count| count.parse().unwrap());
    let mut generator = Generator::new(seed);
    let programs: Vec<_> = (0..count).map(|_| generator.program()).collect();
    let texts: Vec<_> = programs.iter().map(|program| text(program)).collect();
    let theirs = node(&texts);
    let mut bad = 0;
    let mut seen = Vec::new();
    for (program, theirs) in programs.iter().zip(theirs) {
        let ours = run(program).join("\n");
        // Node 20's libuv takes what hung up for ended without looking.
        if ours.contains("ECONNRESET") {
            continue;
        }
        if ours != theirs && differs(program, 5).is_some() {
            bad += 1;
            if seen.len() < 6 {
                let Some((program, ours, theirs)) = shrink(program.clone()) else { continue };
                if !seen.contains(&text(&program)) {
                    seen.push(text(&program));
                    println!("{}\nOURS\n{ours}\nTHEIRS\n{theirs}\n", text(&program));
                }
            }
        }
    }
    assert_eq!(bad, 0);
}
