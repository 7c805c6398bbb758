//! Handles of children: what they do, in which order, and what they leave behind.

use std::cell::{Cell, RefCell};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;
use std::time::Duration;

use uv_loop::signal::{SIGKILL, SIGTERM};
use uv_loop::{Check, Handle, Interest, Loop, Poll, RunMode, Timer};
use uv_process::{Command, Error, ExitStatus, Method, Process, Source, Spawn, Stdio};

/// Every way to make a child and to hear of its end.
fn ways(act: impl Fn(&dyn Fn(&str, &[&str]) -> Command)) {
    for method in [Method::Vfork, Method::Fork] {
        for pidfd in [true, false] {
            act(&|file, args| {
                let mut command = Command::new(file);
                command.args(args).method(method).pidfd(pidfd);
                command
            });
        }
    }
}

/// Runs the command and gives its end, once it has been told.
fn end_of(command: &Command) -> Result<ExitStatus, Error> {
    let lp = Loop::new()?;
    let told = Rc::new(Cell::new(None));
    let tell = told.clone();
    command.spawn(&lp, move |lp, process, status| {
        assert_eq!(tell.replace(Some(status)), None, "told once");
        assert_eq!(process.exit_status(lp), Ok(Some(status)));
        assert!(!process.is_active(lp));
        process.close(lp).unwrap();
    })?;
    assert!(!lp.run(RunMode::Default)?);
    lp.close().map_err(|(_, error)| error)?;
    Ok(told.take().expect("told"))
}

fn read_all(fd: OwnedFd) -> String {
    let mut text = String::new();
    File::from(fd).read_to_string(&mut text).unwrap();
    text
}

fn is_there(pid: i32) -> bool {
    uv_process::kill(pid, 0).is_ok()
}

#[test]
fn ends_are_told() {
    ways(|command| {
        assert_eq!(end_of(&command("true", &[])), Ok(ExitStatus::Exited(0)));
        assert_eq!(end_of(&command("sh", &["-c", "exit 255"])), Ok(ExitStatus::Exited(255)));
        assert_eq!(end_of(&command("sh", &["-c", "kill -TERM $$"])), Ok(ExitStatus::Signaled(SIGTERM)));
        assert_eq!(end_of(&command("sh", &["-c", "kill -63 $$"])), Ok(ExitStatus::Signaled(63)));
    });
}

#[test]
fn errors_are_the_spawns() {
    ways(|command| {
        assert_eq!(end_of(&command("/no/such/program", &[])), Err(Error::ENOENT));
        assert_eq!(end_of(&command("uv-no-such-program", &[])), Err(Error::ENOENT));
        assert_eq!(end_of(&command("/", &[])), Err(Error::EACCES));
        assert_eq!(end_of(&command("", &[])), Err(Error::EACCES), "the first place of `PATH`");
        assert_eq!(end_of(command("true", &[]).cwd("/no/such/place")), Err(Error::ENOENT));
        assert_eq!(end_of(command("true", &[]).stdout(Stdio::number(777_777))), Err(Error::EBADF));
        assert_eq!(end_of(&command("true", &["a\0b"])), Err(Error::EINVAL));
        assert_eq!(end_of(command("true", &[]).env("A=", "b")), Err(Error::EINVAL));
        assert_eq!(end_of(command("true", &[]).env("A", "b\0")), Err(Error::EINVAL));
    });
}

#[test]
fn a_child_that_is_gone_already_is_told_of() {
    ways(|command| {
        let lp = Loop::new().unwrap();
        let told = Rc::new(Cell::new(0));
        let tell = told.clone();
        let spawned = command("true", &[]).spawn(&lp, move |_, _, _| tell.set(tell.get() + 1)).unwrap();
        let pid = spawned.process().pid(&lp).unwrap();
        // It has ended when its state is Z.
        let state = || fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        while !state().contains(") Z ") {
            std::thread::yield_now();
        }
        assert_eq!(spawned.process().kill(&lp, SIGTERM), Ok(()), "as libuv's: it was not waited for");
        assert_eq!(told.get(), 0);
        lp.run(RunMode::Default).unwrap();
        assert_eq!(told.get(), 1);
        assert_eq!(spawned.process().kill(&lp, SIGTERM), Err(Error::ESRCH));
        assert!(!is_there(pid));
    });
}

#[test]
fn kill_reaches_the_child() {
    ways(|command| {
        let lp = Loop::new().unwrap();
        let told = Rc::new(Cell::new(None));
        let tell = told.clone();
        let spawned = command("sleep", &["1000"]).spawn(&lp, move |_, _, status| tell.set(Some(status))).unwrap();
        let process = spawned.process();
        assert_eq!(process.kill(&lp, 0), Ok(()));
        assert_eq!(process.kill(&lp, 1000), Err(Error::EINVAL));
        assert_eq!(process.kill(&lp, -1), Err(Error::EINVAL));
        assert!(lp.run(RunMode::NoWait).unwrap(), "it keeps the loop alive");
        process.kill(&lp, SIGTERM).unwrap();
        lp.run(RunMode::Default).unwrap();
        assert_eq!(told.get(), Some(ExitStatus::Signaled(SIGTERM)));
    });
}

#[test]
fn a_group_is_killed_by_its_number() {
    let lp = Loop::new().unwrap();
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", "sleep 1000 & echo; wait"]).process_group(0).stdout(writer);
    let spawned = command.spawn(&lp, |_, _, status| assert_eq!(status, ExitStatus::Signaled(SIGKILL))).unwrap();
    drop(command);
    reader.read_exact(&mut [0]).unwrap();
    uv_process::kill(-spawned.process().pid(&lp).unwrap(), SIGKILL).unwrap();
    // The grandchild had the pipe.
    assert_eq!(reader.read(&mut [0]).unwrap(), 0);
    lp.run(RunMode::Default).unwrap();
}

#[test]
fn the_last_output_comes_before_the_end() {
    ways(|command| {
        let lp = Loop::new().unwrap();
        let events = Rc::new(RefCell::new(Vec::new()));
        let log = events.clone();
        let mut command = command("sh", &["-c", "echo hello"]);
        let mut spawned = command
            .stdout(Stdio::pipe())
            .spawn(&lp, move |lp, process, _| {
                log.borrow_mut().push("exit");
                process.close(lp).unwrap();
            })
            .unwrap();
        let stdout = Rc::new(File::from(spawned.take(1).unwrap()));
        // Both are there when the loop first looks.
        let pid = spawned.process().pid(&lp).unwrap();
        while !fs::read_to_string(format!("/proc/{pid}/stat")).unwrap().contains(") Z ") {
            std::thread::yield_now();
        }
        let (log, check) = (events.clone(), Check::new(&lp));
        let poll = Poll::new(&lp, stdout.clone()).unwrap();
        poll.start(&lp, Interest::READABLE, move |lp, poll, _| {
            if (&*stdout).read(&mut [0; 16]).unwrap() > 0 {
                log.borrow_mut().push("output");
            } else {
                poll.close(lp).unwrap();
            }
        })
        .unwrap();
        let log = events.clone();
        check
            .start(&lp, move |lp, check| {
                log.borrow_mut().push("check");
                check.close(lp).unwrap();
            })
            .unwrap();
        lp.run(RunMode::Default).unwrap();
        assert_eq!(*events.borrow(), ["output", "exit", "check"]);
    });
}

#[test]
fn a_handle_has_one_child() {
    let lp = Loop::new().unwrap();
    let process = Process::new(&lp);
    let (sh, missing) = (Spawn::new(c"sh", &[c"sh", c"-c", c"exit 4"]), Spawn::new(c"/none", &[c"none"]));
    assert_eq!(process.spawn(&lp, &missing, |_, _, _| unreachable!()), Err(Error::ENOENT));
    assert_eq!(process.kill(&lp, 0), Err(Error::ESRCH));
    process.spawn(&lp, &sh, |_, _, status| assert_eq!(status.code(), Some(4))).unwrap();
    assert_eq!(process.spawn(&lp, &sh, |_, _, _| unreachable!()), Err(Error::EINVAL));
    lp.run(RunMode::Default).unwrap();
    assert_eq!(process.spawn(&lp, &sh, |_, _, _| unreachable!()), Err(Error::EINVAL));
    process.close(&lp).unwrap();
    assert_eq!(process.pid(&lp), Err(Error::EINVAL));
    lp.run(RunMode::Default).unwrap();
    assert_eq!(process.pid(&lp), Err(Error::EBADF));
    assert_eq!(process.spawn(&lp, &sh, |_, _, _| unreachable!()), Err(Error::EBADF));
}

#[test]
fn pipes_carry_in_and_out() {
    ways(|command| {
        let lp = Loop::new().unwrap();
        let mut command = command("sh", &["-c", "cat; echo error >&2; cat <&4 >&5"]);
        command.stdin(Stdio::pipe()).stdout(Stdio::pipe_out()).stderr(Stdio::pipe());
        command.stdio(4, Stdio::pipe_in()).stdio(5, Stdio::pipe());
        let mut spawned = command.spawn(&lp, |_, _, status| assert!(status.success())).unwrap();
        let mut write = |fd, text: &[u8]| File::from(spawned.take(fd).unwrap()).write_all(text).unwrap();
        write(0, b"hello");
        write(4, b"more");
        assert_eq!(spawned.take(3).map(drop), None);
        assert_eq!(read_all(spawned.take(1).unwrap()), "hello");
        assert_eq!(read_all(spawned.take(2).unwrap()), "error\n");
        assert_eq!(read_all(spawned.take(5).unwrap()), "more");
        lp.run(RunMode::Default).unwrap();
    });
}

#[test]
fn streams_of_the_loops_are_inherited() {
    let (near, far) = std::os::unix::net::UnixStream::pair().unwrap();
    let lp = Loop::new().unwrap();
    let poll = Poll::new(&lp, far).unwrap();
    let shared = lp.fileno(poll.id()).unwrap();
    let mut command = Command::new("echo");
    command.arg("hello").stdout(Stdio::shared(shared)).spawn(&lp, |_, _, _| ()).unwrap();
    drop(command);
    lp.run(RunMode::Default).unwrap();
    drop(lp);
    assert_eq!(read_all(near.into()), "hello\n");
}

#[test]
fn environments() {
    let output = |command: &mut Command| {
        let lp = Loop::new().unwrap();
        let mut spawned = command.stdout(Stdio::pipe()).spawn(&lp, |_, _, _| ()).unwrap();
        let text = read_all(spawned.take(1).unwrap());
        lp.run(RunMode::Default).unwrap();
        text
    };
    let mut env = Command::new("/usr/bin/env");
    assert_eq!(output(env.env("LOST", "1").env_clear().envs([("B", "1"), ("A", "2"), ("B", "3")])), "B=3\nA=2\n");
    assert_eq!(output(env.env_remove("B").env("C", "")), "A=2\nC=\n");
    let mut env = Command::new("/usr/bin/env");
    assert_eq!(output(env.env_clear().env("", "x").env("A", "1").env("", "C:=y")), "=x\nA=1\n=C:=y\n");
    let mut env = Command::new("/usr/bin/env");
    assert_eq!(output(&mut env).lines().count(), std::env::vars_os().count());
    let path = output(env.env("UV_TEST", "x y").env_remove("PATH"));
    assert!(path.lines().any(|line| line == "UV_TEST=x y") && !path.lines().any(|line| line.starts_with("PATH=")));
}

#[test]
fn a_closed_handles_child_is_waited_for() {
    ways(|command| {
        let lp = Loop::new().unwrap();
        let captured = Rc::new(());
        let held = captured.clone();
        let spawned = command("sh", &["-c", "read line"])
            .stdin(Stdio::pipe())
            .spawn(&lp, move |_, _, _| unreachable!("{held:?} is closed"))
            .unwrap();
        let pid = spawned.process().pid(&lp).unwrap();
        spawned.process().close(&lp).unwrap();
        assert_eq!(Rc::strong_count(&captured), 1, "its callback is dropped");
        lp.run(RunMode::Default).unwrap();
        assert!(is_there(pid));
        lp.close().map_err(|(_, error)| error).unwrap();
        // It ends with its input, and is gone with some other child's end, if there is a loop for that.
        drop(spawned);
        while is_there(pid) {
            assert!(end_of(&Command::new("true")).unwrap().success());
        }
    });
}

#[test]
fn a_dropped_loops_child_is_waited_for() {
    ways(|command| {
        let lp = Loop::new().unwrap();
        let spawned = command("cat", &[]).stdin(Stdio::pipe()).spawn(&lp, |_, _, _| unreachable!()).unwrap();
        let pid = spawned.process().pid(&lp).unwrap();
        drop(lp);
        assert!(is_there(pid));
        drop(spawned);
        while is_there(pid) {
            assert!(end_of(&Command::new("true")).unwrap().success());
        }
    });
}

#[test]
fn callbacks_may_do_anything() {
    ways(|command| {
        let lp = Loop::new().unwrap();
        let count = Rc::new(Cell::new(0));
        // Close others, spawn more, panic.
        let tell = count.clone();
        let other = command("sleep", &["1000"]).spawn(&lp, |_, _, _| unreachable!()).unwrap().process();
        let again = command("true", &[]);
        command("true", &[])
            .spawn(&lp, move |lp, process, _| {
                other.kill(lp, SIGKILL).unwrap();
                other.close(lp).unwrap();
                process.close(lp).unwrap();
                let tell = tell.clone();
                again
                    .spawn(lp, move |_, _, _| {
                        tell.set(tell.get() + 1);
                        panic!("a bug");
                    })
                    .unwrap();
            })
            .unwrap();
        let run = || std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| lp.run(RunMode::Default)));
        assert!(run().is_err());
        assert_eq!(count.get(), 1);
        assert_eq!(run().unwrap(), Ok(false));
    });
}

#[test]
fn an_unreferenced_child_lets_the_loop_end() {
    ways(|command| {
        let lp = Loop::new().unwrap();
        let spawned = command("cat", &[]).stdin(Stdio::pipe()).spawn(&lp, |_, _, _| ()).unwrap();
        spawned.process().unref(&lp).unwrap();
        assert!(!lp.run(RunMode::Default).unwrap());
        assert!(is_there(spawned.process().pid(&lp).unwrap()));
        spawned.process().ref_(&lp).unwrap();
        drop((spawned, lp.run(RunMode::NoWait)));
        lp.run(RunMode::Default).unwrap();
    });
}

/// Other code of the program waits for all children that it can get, and for its own.
#[test]
fn beside_others_that_wait() {
    let mut theirs = std::process::Command::new("sh").args(["-c", "exit 9"]).spawn().unwrap();
    ways(|command| {
        assert_eq!(end_of(&command("sh", &["-c", "exit 5"])), Ok(ExitStatus::Exited(5)));
    });
    assert_eq!(theirs.wait().unwrap().code(), Some(9));
}

#[test]
fn more_output_than_a_pipe_holds_and_nobody_reads() {
    ways(|command| {
        let lp = Loop::new().unwrap();
        let mut spawned = command("cat", &["/dev/zero"])
            .stdout(Stdio::pipe())
            .spawn(&lp, |_, _, status| assert_eq!(status, ExitStatus::Signaled(SIGKILL)))
            .unwrap();
        let (process, stdout) = (spawned.process(), Rc::new(spawned.take(1).unwrap()));
        // Full when it has waited for the child to say no more.
        let timer = Timer::new(&lp);
        let said = stdout.clone();
        let before = Cell::new(0);
        let look = move |lp: &Loop, timer: Timer| {
            let waiting = rustix::io::ioctl_fionread(said.as_fd()).unwrap();
            if waiting > 0 && before.replace(waiting) == waiting {
                timer.close(lp).unwrap();
                process.kill(lp, SIGKILL).unwrap();
            }
        };
        timer.start(&lp, Duration::from_millis(5), Duration::from_millis(5), look).unwrap();
        lp.run(RunMode::Default).unwrap();
    });
}

#[test]
fn a_child_that_closes_its_end_early() {
    ways(|command| {
        let lp = Loop::new().unwrap();
        let mut command = command("sh", &["-c", "exec <&- >&-; read line <&3"]);
        command.stdin(Stdio::pipe()).stdout(Stdio::pipe()).stdio(3, Stdio::pipe());
        let ended = Rc::new(Cell::new(false));
        let end = ended.clone();
        let mut spawned = command.spawn(&lp, move |_, _, _| end.set(true)).unwrap();
        assert_eq!(read_all(spawned.take(1).unwrap()), "", "the end of its output, and not of it");
        // A child of another test, which was made meanwhile, may still have the end for a moment.
        let mut stdin = File::from(spawned.take(0).unwrap());
        while stdin.write_all(b"nobody reads this").is_ok() {
            std::thread::yield_now();
        }
        assert!(lp.run(RunMode::NoWait).unwrap() && !ended.get());
        drop(spawned);
        lp.run(RunMode::Default).unwrap();
        assert!(ended.get());
    });
}

#[test]
fn a_raw_spawn_takes_the_same_options() {
    let lp = Loop::new().unwrap();
    let (mut reader, writer) = std::io::pipe().unwrap();
    let (env, args) = ([c"PATH=/bin:/usr/bin", c"A=1", c"A=2"], [c"env"]);
    let stdio = [Source::Null, Source::Fd(writer.as_fd())];
    let options = Spawn { env: Some(&env), stdio: &stdio, cwd: Some(c"/"), ..Spawn::new(c"env", &args) };
    let process = Process::new(&lp);
    process.spawn(&lp, &options, |_, _, _| ()).unwrap();
    drop(writer);
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(text, "PATH=/bin:/usr/bin\nA=1\nA=2\n");
    lp.run(RunMode::Default).unwrap();
}

/// Runs the loop until the process is gone from the system's table: a child that nobody has waited for stays there.
fn run_until_gone(lp: &Loop, pid: i32) {
    let timer = Timer::new(lp);
    let tick = Duration::from_millis(1);
    timer
        .start(lp, tick, tick, move |lp, timer| {
            if !is_there(pid) {
                timer.close(lp).unwrap();
            }
        })
        .unwrap();
    assert!(!lp.run(RunMode::Default).unwrap());
}

fn cat() -> Command {
    let mut command = Command::new("cat");
    command.stdin(Stdio::pipe());
    command
}

#[test]
fn a_closed_handles_child_is_waited_for_by_the_loop_alone() {
    for method in [Method::Vfork, Method::Fork] {
        let lp = Loop::new().unwrap();
        let mut spawned = cat().method(method).spawn(&lp, |_, _, _| unreachable!("closed")).unwrap();
        let pid = spawned.process().pid(&lp).unwrap();
        spawned.process().close(&lp).unwrap();
        assert!(!lp.run(RunMode::Default).unwrap(), "it holds up nothing");
        assert!(is_there(pid));
        lp.walk(|_, kind| panic!("a handle: {kind}"));
        drop(spawned.take(0));
        run_until_gone(&lp, pid);
        lp.close().map_err(|(_, error)| error).unwrap();
    }
}

#[test]
fn a_hundred_closed_handles() {
    let lp = Loop::new().unwrap();
    let spawned: Vec<_> = (0..100).map(|_| cat().spawn(&lp, |_, _, _| unreachable!("closed")).unwrap()).collect();
    let pids: Vec<i32> = spawned.iter().map(|spawned| spawned.process().pid(&lp).unwrap()).collect();
    spawned.iter().for_each(|spawned| spawned.process().close(&lp).unwrap());
    drop(spawned);
    pids.into_iter().for_each(|pid| run_until_gone(&lp, pid));
    assert!(lp.is_closable());
}

/// By the next loop that has to do with children.
#[test]
fn a_child_whose_loop_is_gone_is_waited_for() {
    let first = Loop::new().unwrap();
    let mut closed = cat().spawn(&first, |_, _, _| unreachable!("closed")).unwrap();
    let mut left = cat().spawn(&first, |_, _, _| unreachable!("its loop is gone")).unwrap();
    let pids = [&closed, &left].map(|spawned| spawned.process().pid(&first).unwrap());
    closed.process().close(&first).unwrap();
    first.run(RunMode::NoWait).unwrap();
    drop(first);
    assert!(pids.into_iter().all(is_there));

    // Another test's loop may come first: then it is that one's, and what is swept there comes here in turn.
    let second = Loop::new().unwrap();
    drop((closed.take(0), left.take(0)));
    for pid in pids {
        while is_there(pid) {
            assert_eq!(end_of(&Command::new("true")), Ok(ExitStatus::Exited(0)));
            Command::new("true").spawn(&second, |lp, process, _| process.close(lp).unwrap()).unwrap();
            assert!(!second.run(RunMode::Default).unwrap());
        }
    }
    second.close().map_err(|(_, error)| error).unwrap();
}
