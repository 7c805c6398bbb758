//! How a program is run that may leave processes behind.

use std::fs::File;
use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How a program has ended, and what it has said.
#[derive(Debug)]
pub(crate) struct Ended {
    /// `None` if it did not end in time; -N if signal N has ended it.
    pub(crate) status: Option<i32>,
    pub(crate) output: String,
}

/// Runs a program in a process group of its own, of which nothing is left afterwards. Its output goes through a file, so
/// that nobody waits for a grandchild that has it open.
pub(crate) fn run(command: &mut Command, log: &Path, limit: Duration) -> Ended {
    let file = File::create(log).unwrap();
    command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file).process_group(0);
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let status = wait(&mut child, Instant::now() + limit);
    kill_group(&child);
    let _ = child.wait();
    let mut output = Vec::new();
    File::open(log).and_then(|mut file| file.read_to_end(&mut output)).unwrap();
    Ended { status, output: String::from_utf8_lossy(&output).into_owned() }
}

fn wait(child: &mut Child, until: Instant) -> Option<i32> {
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status.code().unwrap_or_else(|| -status.signal().unwrap_or(0)));
        }
        if Instant::now() >= until {
            return None;
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

fn kill_group(child: &Child) {
    // SAFETY: it has no memory as its argument; the group is the child's, which was not waited for by anybody else.
    unsafe { libc::kill(-(child.id() as i32), libc::SIGKILL) };
}
