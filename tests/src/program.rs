//! Programs with the output that is expected of them beside them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::run::{End, Finished, run_in_new_dir};
use crate::{node_compat, notice, root};

/// A program and what is expected of it: `NAME.js` or `NAME.mjs`, what it prints in `NAME.out` (or, where Node leaves
/// the choice, in `NAME.out2`, `NAME.out3`, ..), and how it ends in `NAME.code`: an exit code or a signal's name, 0 if
/// there is no such file.
#[derive(Clone, Debug)]
pub struct Program {
    script: PathBuf,
    outputs: Vec<Vec<u8>>,
    end: End,
}

impl Program {
    /// The program in `script`, if there is a `.out` beside it.
    pub fn read(script: &Path) -> Option<Program> {
        if !matches!(script.extension()?.to_str()?, "js" | "mjs") {
            return None;
        }
        let first = fs::read(script.with_extension("out")).ok()?;
        let others = (2..10).map_while(|n| fs::read(script.with_extension(format!("out{n}"))).ok());
        let outputs = std::iter::once(first).chain(others).collect();
        let end = match fs::read_to_string(script.with_extension("code")) {
            Ok(text) => text.trim().parse().map_or_else(|_| End::Signal(text.trim().to_owned()), End::Code),
            Err(_) => End::Code(0),
        };
        Some(Program { script: script.to_owned(), outputs, end })
    }

    /// Runs it; the error says in one line what came out differently.
    pub fn check(&self, command: &Path) -> Result<(), String> {
        let finished = run_in_new_dir(Command::new(command).arg(&self.script));
        self.judge(&finished).map_err(|what| format!("{}: {what}", self.name()))
    }

    /// Its path from the root of the workspace.
    pub fn name(&self) -> String {
        self.script.strip_prefix(root()).unwrap_or(&self.script).display().to_string()
    }

    fn judge(&self, finished: &Finished) -> Result<(), String> {
        let stderr = finished.err();
        let last = stderr.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("nothing");
        if !self.outputs.contains(&finished.stdout) {
            let difference = first_difference(&self.outputs[0], &finished.stdout);
            return Err(format!("{difference} (ended with {}; stderr: {last})", finished.end));
        }
        if finished.end != self.end {
            return Err(format!("ended with {}, not {} (stderr: {last})", finished.end, self.end));
        }
        Ok(())
    }
}

fn first_difference(want: &[u8], have: &[u8]) -> String {
    let lines = |bytes| String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect::<Vec<_>>();
    let (want, have) = (lines(want), lines(have));
    let line = (0..want.len().max(have.len())).find(|&n| want.get(n) != have.get(n));
    let Some(n) = line else {
        return "line ends differ".to_owned();
    };
    let show = |lines: &[String]| lines.get(n).map_or("the end".to_owned(), |line| format!("{line:?}"));
    format!("line {}: expected {}, not {}", n + 1, show(&want), show(&have))
}

/// All programs below `dir`, in order.
pub fn programs_under(dir: &Path) -> Vec<Program> {
    let mut programs = Vec::new();
    let mut entries: Vec<_> = fs::read_dir(dir)
        .unwrap_or_else(|error| panic!("{}: {error}", dir.display()))
        .map(|entry| entry.expect("a directory entry").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            programs.extend(programs_under(&path));
        } else {
            programs.extend(Program::read(&path));
        }
    }
    programs
}

/// Runs programs with the `node-compat` command, as many at once as there are processors, and panics with a list of all
/// that failed. A program that takes over a minute is named on stderr, and waited for.
pub fn check_programs(programs: &[Program]) {
    assert!(!programs.is_empty(), "no programs");
    let command = node_compat();
    let next = Mutex::new(programs.iter());
    let running = Mutex::new(Vec::new());
    let mut failures = Vec::new();
    thread::scope(|scope| {
        let (sender, results) = mpsc::channel();
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            let (sender, next, running) = (sender.clone(), &next, &running);
            scope.spawn(move || {
                loop {
                    let Some(program) = next.lock().unwrap().next() else {
                        return;
                    };
                    running.lock().unwrap().push(program.name());
                    let result = program.check(command);
                    running.lock().unwrap().retain(|name| *name != program.name());
                    sender.send(result).unwrap();
                }
            });
        }
        drop(sender);
        loop {
            match results.recv_timeout(Duration::from_secs(60)) {
                Ok(result) => failures.extend(result.err()),
                Err(RecvTimeoutError::Timeout) => {
                    notice(&format!("still running: {}", running.lock().unwrap().join(", ")));
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
    });
    failures.sort();
    assert!(failures.is_empty(), "{} of {} programs failed:\n{}", failures.len(), programs.len(), failures.join("\n"));
}
