//! Children for `async` code: ends, output, limits, and what a dropped future leaves behind.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use uv_loop::signal::{SIGKILL, SIGTERM};
use uv_loop::{Handle, Loop, RunMode};
use uv_process::{Child, Command, Error, ExitStatus, Output, Stdio};

fn output(command: &mut Command) -> Result<Output, Error> {
    let lp = Loop::new()?;
    let output = lp.block_on(command.output(&lp.handle()))?;
    lp.run(RunMode::Default)?;
    let mut handles = 0;
    lp.walk(|_, _| handles += 1);
    assert_eq!(handles, 0, "nothing is left in the loop");
    output
}

fn sh(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

fn is_there(pid: i32) -> bool {
    uv_process::kill(pid, 0).is_ok()
}

#[test]
fn output_is_collected() {
    let all = output(&mut sh("echo out; echo err >&2; exit 3")).unwrap();
    assert_eq!((all.stdout.as_slice(), all.stderr.as_slice()), (b"out\n".as_slice(), b"err\n".as_slice()));
    assert_eq!((all.status, all.error), (ExitStatus::Exited(3), None));
    let silent = output(sh("echo out; echo err >&2").stdout(Stdio::ignore()).stderr(Stdio::ignore())).unwrap();
    assert!(silent.stdout.is_empty() && silent.stderr.is_empty());
    assert_eq!(output(&mut Command::new("/no/such/program")).unwrap_err(), Error::ENOENT);
    assert_eq!(output(Command::new("true").cwd("/no/such/place")).unwrap_err(), Error::ENOENT);
}

#[test]
fn much_goes_in_and_out() {
    let input: Vec<u8> = (0..3_000_000_u32).map(|n| (n * 31 + n / 251) as u8).collect();
    let all = output(Command::new("cat").input(input.clone()).timeout(Duration::from_secs(60))).unwrap();
    assert!(all.stdout == input && all.error.is_none());
    // One who does not read it all.
    let some = output(sh("head -c 10").input(input)).unwrap();
    assert_eq!((some.stdout.len(), some.status), (10, ExitStatus::Exited(0)));
}

#[test]
fn limits_are_kept_to_the_byte() {
    for (limit, error) in [(5, Some(Error::ENOBUFS)), (6, None), (7, None)] {
        let all = output(sh("printf hello!").output_limit(limit)).unwrap();
        assert_eq!((all.stdout.as_slice(), all.error), (&b"hello!"[..limit.min(6)], error));
        let all = output(sh("printf hello! >&2").output_limit(limit)).unwrap();
        assert_eq!((all.stderr.as_slice(), all.error), (&b"hello!"[..limit.min(6)], error));
    }
    let all = output(Command::new("yes").output_limit(1_000_000).kill_signal(SIGTERM)).unwrap();
    assert_eq!((all.stdout.len(), all.error), (1_000_000, Some(Error::ENOBUFS)));
    assert_eq!(all.status, ExitStatus::Signaled(SIGTERM), "and not by the end of its pipe");
    assert_eq!(output(sh("echo").output_limit(0)).unwrap().error, Some(Error::ENOBUFS));
}

#[test]
fn what_is_too_much_may_be_kept() {
    let said = output(sh("printf 1234567890").output_limit(5).keep_excess(true)).unwrap();
    assert_eq!((said.stdout.as_slice(), said.error), (b"1234567890".as_slice(), Some(Error::ENOBUFS)));
    let said = output(sh("printf 12345; sleep 0.01; printf 67890").output_limit(10).keep_excess(true)).unwrap();
    assert_eq!((said.stdout.as_slice(), said.error), (b"1234567890".as_slice(), None));
    let said = output(sh("yes").output_limit(100_000).keep_excess(true)).unwrap();
    assert!((100_001..=131_072).contains(&said.stdout.len()), "{}", said.stdout.len());
    assert_eq!(said.error, Some(Error::ENOBUFS));
}

#[test]
fn further_pipes_are_collected() {
    let mut command = sh("cat; printf 3 >&3; printf 5 >&5; cat <&6 >&2");
    command.input("in").stdio(3, Stdio::pipe()).stdio(5, Stdio::pipe_out()).stdio(6, Stdio::ignore());
    let said = output(&mut command).unwrap();
    assert_eq!((said.stdout.as_slice(), said.others), (b"in".as_slice(), vec![(3, b"3".to_vec()), (5, b"5".to_vec())]));
    assert!(!said.stderr.is_empty(), "there is no 6");
    // One of them may be too long as well.
    let mut command = sh("printf 123456 >&3; cat <&4");
    let said = output(command.output_limit(3).stdio(3, Stdio::pipe()).stdio(4, Stdio::pipe_in())).unwrap();
    assert_eq!((said.others, said.error), (vec![(3, b"123".to_vec())], Some(Error::ENOBUFS)));
}

#[test]
fn timeouts_end_it() {
    let late = output(sh("printf early; sleep 1000").timeout(Duration::from_millis(300))).unwrap();
    assert_eq!((late.status, late.error), (ExitStatus::Signaled(SIGKILL), Some(Error::ETIMEDOUT)));
    // Also one that never is silent, and one whose grandchild holds the pipes.
    let loud = output(sh("yes").timeout(Duration::from_millis(20))).unwrap();
    assert_eq!(loud.error, Some(Error::ETIMEDOUT));
    let left = output(sh("sleep 5 & exit 3").timeout(Duration::from_millis(300))).unwrap();
    assert_eq!((left.status, left.error), (ExitStatus::Exited(3), Some(Error::ETIMEDOUT)));
}

#[test]
fn a_grandchild_that_keeps_the_pipe_open_is_heard() {
    let all = output(&mut sh("(sleep 0.2; echo late) & echo early")).unwrap();
    assert_eq!((all.stdout.as_slice(), all.error), (b"early\nlate\n".as_slice(), None));
}

#[test]
fn a_dropped_output_kills_the_child() {
    let lp = Loop::new().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let fifo = dir.path().join("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let mut command = sh("exec 3>$FIFO; exec sleep 1000");
    command.env("FIFO", &fifo);
    {
        let mut future = pin!(command.output(&lp.handle()));
        assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        // It runs.
    }
    // Whoever had it open for writing is gone, or never came to it.
    assert!(!lp.run(RunMode::Default).unwrap());
    let mut handles = 0;
    lp.walk(|_, _| handles += 1);
    assert_eq!(handles, 0);
}

#[test]
fn a_child_is_awaited() {
    let lp = Loop::new().unwrap();
    let handle = lp.handle();
    for pidfd in [true, false] {
        let ends = lp.block_on(async {
            let mut one = Command::new("sleep").arg("1000").pidfd(pidfd).start(&handle).unwrap();
            let mut two = sh("exit 7").pidfd(pidfd).start(&handle).unwrap();
            let pid = one.pid().unwrap();
            let seven = two.wait().await.unwrap();
            {
                let mut given_up = pin!(one.wait());
                assert!(given_up.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            }
            one.kill(SIGTERM).unwrap();
            let ends = (one.wait().await.unwrap(), one.wait().await.unwrap(), seven);
            assert!(!is_there(pid));
            assert_eq!(one.kill(SIGTERM), Err(Error::ESRCH));
            ends
        });
        let term = ExitStatus::Signaled(SIGTERM);
        assert_eq!(ends.unwrap(), (term, term, ExitStatus::Exited(7)));
    }
}

#[test]
fn dropped_children() {
    for pidfd in [true, false] {
        let lp = Loop::new().unwrap();
        let start = |kill| {
            let mut command = Command::new("cat");
            command.stdin(Stdio::pipe()).pidfd(pidfd).kill_on_drop(kill).start(&lp.handle()).unwrap()
        };
        let killed = start(true);
        let pid = killed.pid().unwrap();
        drop(killed);
        assert!(!lp.run(RunMode::Default).unwrap());
        assert!(!is_there(pid), "killed, and waited for");

        let mut left = start(false);
        let (pid, stdin) = (left.pid().unwrap(), left.take(0));
        drop(left);
        assert!(!lp.run(RunMode::Default).unwrap());
        assert!(is_there(pid), "nobody holds up the loop, or ends it");
        drop(stdin);
        while is_there(pid) {
            lp.block_on(lp.sleep(Duration::from_millis(1))).unwrap();
        }
    }
}

#[test]
fn a_loop_that_goes_first() {
    let lp = Loop::new().unwrap();
    let handle = lp.handle();
    let mut child = Command::new("cat").stdin(Stdio::pipe()).start(&handle).unwrap();
    let poll = |child: &mut Child| pin!(child.wait()).poll(&mut Context::from_waker(Waker::noop()));
    assert!(poll(&mut child).is_pending());
    drop(lp);
    assert_eq!(poll(&mut child), Poll::Ready(Err(Error::ECANCELED)));
    assert!(child.kill(SIGKILL).is_err());
    assert_eq!(Command::new("true").start(&handle).unwrap_err(), Error::EBADF);
    let other = Loop::new().unwrap();
    assert_eq!(other.block_on(Command::new("true").output(&handle)).unwrap().unwrap_err(), Error::EBADF);
}

#[test]
fn a_handle_that_is_closed_by_others() {
    let lp = Loop::new().unwrap();
    let mut child = Command::new("cat").stdin(Stdio::pipe()).start(&lp.handle()).unwrap();
    let task = lp.spawn_local(async move { child.wait().await });
    lp.run(RunMode::NoWait).unwrap();
    let mut found = Vec::new();
    lp.walk(|id, name| found.extend((name == "process").then_some(id)));
    found[0].close(&lp).unwrap();
    assert_eq!(lp.block_on(task).unwrap().unwrap(), Err(Error::ECANCELED));
}
