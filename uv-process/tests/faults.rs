//! The kernel says no, in the middle of a spawn: nothing hangs, and nothing is left. `strace` makes system calls fail, in this
//! program run again beneath it.

use std::fs;
use std::process::Stdio as StdStdio;

use uv_loop::{Handle, Loop, RunMode};
use uv_process::{Command, Error, Method, Process, Spawn, Stdio};

const ROUNDS: usize = 30;

fn open_here() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

fn children() -> usize {
    let threads = fs::read_dir("/proc/self/task").unwrap().flatten();
    let lists = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists.map(|list| list.split_whitespace().count()).sum()
}

/// Spawns again and again, whatever comes of it, in every way. Says how many spawns have failed with `UV_PROCESS_FAULT`.
fn spawn_on(allowed: &[Error]) -> usize {
    let lp = Loop::new().unwrap();
    // What a loop opens for good.
    let _ = Command::new("true").pidfd(false).spawn(&lp, |lp, process, _| process.close(lp).unwrap());
    lp.run(RunMode::Default).unwrap();
    let (open, mut failed) = (open_here(), 0);
    for round in 0..ROUNDS {
        let mut command = Command::new("true");
        command.method(if round.is_multiple_of(2) { Method::Vfork } else { Method::Fork }).pidfd(round % 3 > 0);
        command.stdin(Stdio::pipe()).stdout(Stdio::pipe_out()).stderr(Stdio::pipe());
        match command.spawn(&lp, |lp, process, status| {
            assert!(status.success(), "{status}");
            process.close(lp).unwrap();
        }) {
            Ok(_) => {}
            Err(error) => {
                assert!(allowed.contains(&error), "{error:?}");
                failed += 1;
            }
        }
        assert!(!lp.run(RunMode::Default).unwrap());
        assert_eq!(open_here(), open, "round {round}");
        assert_eq!(children(), 0, "round {round}");
    }
    lp.close().map_err(|(_, error)| error).unwrap();
    failed
}

/// What the runs under `strace` do, each in a process of its own.
#[test]
fn storm() {
    let Ok(fault) = std::env::var("UV_PROCESS_FAULT") else {
        return;
    };
    let allowed: Vec<_> = Error::all().filter(|error| error.name() == fault).collect();
    let failed = spawn_on(&allowed);
    assert_eq!(failed > 0, !fault.is_empty());
}

/// Runs [`storm`] with a system call failing now and then.
fn strace(inject: &str, fault: &str) {
    // The limit is for who must look at every number.
    let script =
        "ulimit -n 200; exec strace -f -qq -o /dev/null -e trace=${INJECT%%:*} -e inject=$INJECT \"$0\" --exact storm";
    let mut command = std::process::Command::new("sh");
    command.args(["-c", script]).arg(std::env::current_exe().unwrap());
    command.env("INJECT", inject).env("UV_PROCESS_FAULT", fault).stdin(StdStdio::null());
    if std::process::Command::new("strace").arg("-V").stdout(StdStdio::null()).status().is_err() {
        return println!("skipped: no strace");
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{inject}: {said}");
}

#[test]
fn no_more_processes() {
    strace("clone3:error=EAGAIN:when=4+3", "EAGAIN");
}

#[test]
fn no_more_memory() {
    strace("clone:error=ENOMEM:when=4+3", "ENOMEM"); // of a fork
}

#[test]
fn no_descriptors_for_sockets() {
    strace("socketpair:error=EMFILE:when=2+5", "EMFILE");
}

#[test]
fn no_descriptors_for_pipes() {
    strace("pipe2:error=ENFILE:when=9+4", "ENFILE");
}

#[test]
fn no_descriptor_for_the_child() {
    strace("pidfd_open:error=EMFILE:when=1+2", "EMFILE");
}

/// As on Linux before 5.3: it is heard of by `SIGCHLD` then.
#[test]
fn no_pidfds() {
    strace("pidfd_open:error=ENOSYS", "");
}

/// No room in the set of what the loop waits for.
#[test]
fn no_watches() {
    strace("epoll_ctl:error=ENOSPC:when=9+5", "ENOSPC");
}

#[test]
fn interrupted_calls() {
    strace("waitid:error=EINTR:when=1+2", "");
}

/// As on Linux before 5.5.
#[test]
fn no_clone3() {
    strace("clone3:error=ENOSYS", "");
}

/// As on Linux before 5.9.
#[test]
fn no_close_range() {
    strace("close_range:error=ENOSYS", "");
}

#[test]
fn a_process_handle_whose_spawn_failed_may_try_again() {
    let lp = Loop::new().unwrap();
    let process = Process::new(&lp);
    for _ in 0..3 {
        assert_eq!(process.spawn(&lp, &Spawn::new(c"/none", &[c"none"]), |_, _, _| ()), Err(Error::ENOENT));
    }
    process.spawn(&lp, &Spawn::new(c"true", &[c"true"]), |lp, process, _| process.close(lp).unwrap()).unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
}
