//! Ten thousand children, a hundred at a time, half of them killed at random moments: each is heard of once, as it ended, and none is
//! left. A program of its own, as it counts the children of the process.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fs;
use std::rc::Rc;
use std::time::Duration;

use uv_loop::signal::{SIGKILL, SIGTERM};
use uv_loop::{Handle, Loop, RunMode, Timer};
use uv_process::{Command, Error, ExitStatus, Method, Process, Stdio};

const AT_A_TIME: usize = 100;

fn main() {
    // By SIGCHLD each end costs a look at every child.
    for (pidfd, method, count) in [(true, Method::Vfork, 8000), (false, Method::Vfork, 1500), (true, Method::Fork, 500)]
    {
        Storm::run(pidfd, method, count);
        println!("{count} children, pidfd {pidfd}, {method:?} ... ok");
    }
    no_descriptor_left();
    println!("no descriptor left ... ok");
    a_dropped_loop_waits_for_what_others_left();
    println!("a dropped loop waits for what others left ... ok");
    assert_eq!(children(), Vec::<String>::new(), "nobody has waited for these");
}

/// From no descriptor that may be opened, to as many as it takes.
fn no_descriptor_left() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let open = || fs::read_dir("/proc/self/fd").unwrap().count();
    let limit = getrlimit(Resource::Nofile);
    let lp = Loop::new().unwrap();
    let first = Command::new("true").pidfd(false).spawn(&lp, |lp, process, _| process.close(lp).unwrap());
    assert!(first.is_ok() && !lp.run(RunMode::Default).unwrap());
    let before = open();
    for method in [Method::Vfork, Method::Fork] {
        for pidfd in [true, false] {
            let mut refused = 0;
            for room in 0..14 {
                let less = Rlimit { current: Some(before as u64 - 1 + room), ..limit };
                setrlimit(Resource::Nofile, less).unwrap();
                let mut command = Command::new("true");
                command
                    .stdin(Stdio::pipe())
                    .stdout(Stdio::pipe())
                    .stderr(Stdio::pipe_out())
                    .method(method)
                    .pidfd(pidfd);
                let end = |lp: &Loop, process: Process, status: ExitStatus| {
                    assert!(status.success());
                    process.close(lp).unwrap();
                };
                let spawned = command.spawn(&lp, end).map(drop);
                assert!(!lp.run(RunMode::Default).unwrap());
                setrlimit(Resource::Nofile, limit).unwrap();
                assert!(matches!(spawned, Ok(()) | Err(Error::EMFILE)), "{spawned:?}");
                refused += usize::from(spawned.is_err());
                assert_eq!(open(), before);
            }
            assert!((5..13).contains(&refused), "{refused}");
        }
    }
}

fn a_dropped_loop_waits_for_what_others_left() {
    for pidfd in [true, false] {
        let other = Loop::new().unwrap();
        Command::new("true").spawn(&other, |lp, process, _| process.close(lp).unwrap()).unwrap();
        assert!(!other.run(RunMode::Default).unwrap());
        let first = Loop::new().unwrap();
        let mut cat = Command::new("cat");
        let cat = cat.stdin(Stdio::pipe()).pidfd(pidfd);
        let spawned = cat.spawn(&first, |_, _, _| unreachable!("its loop is gone")).unwrap();
        spawned.process().close(&first).unwrap();
        drop(first);
        assert_eq!(children().len(), 1);
        drop(spawned);
        while !children()[0].contains(") Z ") {
            std::thread::sleep(Duration::from_millis(1));
        }
        drop(other);
        assert_eq!(children(), Vec::<String>::new());
    }
}

struct Storm {
    pidfd: bool,
    method: Method,
    left: Cell<usize>,
    running: Cell<usize>,
    random: Cell<u64>,
    killed: RefCell<HashMap<i32, i32>>,
    ends: RefCell<HashMap<i32, usize>>,
    finished: Cell<usize>,
}

impl Storm {
    fn run(pidfd: bool, method: Method, count: usize) {
        let lp = Loop::new().unwrap();
        let before = fs::read_dir("/proc/self/fd").unwrap().count();
        let storm = Rc::new(Storm {
            pidfd,
            method,
            left: Cell::new(count),
            running: Cell::new(0),
            random: Cell::new(0x9e37_79b9_7f4a_7c15 ^ count as u64),
            killed: RefCell::default(),
            ends: RefCell::default(),
            finished: Cell::new(0),
        });
        storm.fill(&lp);
        assert!(!lp.run(RunMode::Default).unwrap());
        assert_eq!((storm.running.get(), storm.finished.get()), (0, count));
        if pidfd {
            assert_eq!(fs::read_dir("/proc/self/fd").unwrap().count(), before);
        }
    }

    fn fill(self: &Rc<Self>, lp: &Loop) {
        while self.running.get() < AT_A_TIME && self.left.get() > 0 {
            self.left.set(self.left.get() - 1);
            self.spawn(lp);
        }
    }

    fn spawn(self: &Rc<Self>, lp: &Loop) {
        let is_killed = self.next().is_multiple_of(2);
        // Of those that are killed, too, some end by themselves: before, while or after they are.
        let mut command =
            Command::new(if is_killed && self.next().is_multiple_of(2) { "/bin/sleep" } else { "/bin/true" });
        command.arg("1000");
        command.pidfd(self.pidfd).method(self.method);
        let storm = self.clone();
        let spawned = command.spawn(lp, move |lp, process, status| storm.ended(lp, process, status)).unwrap();
        let process = spawned.process();
        let pid = process.pid(lp).unwrap();
        self.running.set(self.running.get() + 1);
        // The number may have been another's before, which was heard of.
        self.ends.borrow_mut().insert(pid, 0);
        self.killed.borrow_mut().remove(&pid);
        if !is_killed {
            return;
        }
        let signum = if self.next().is_multiple_of(2) { SIGKILL } else { SIGTERM };
        let storm = self.clone();
        let kill = move |lp: &Loop| match process.kill(lp, signum) {
            Ok(()) => drop(storm.killed.borrow_mut().insert(pid, signum)),
            Err(error) => assert!(matches!(error, Error::ESRCH | Error::EBADF | Error::EINVAL), "{error:?}"),
        };
        match self.next() % 4 {
            0 => kill(lp),
            delay => {
                let timer = Timer::new(lp);
                let mut kill = Some(kill);
                let fire = move |lp: &Loop, timer: Timer| {
                    if let Some(kill) = kill.take() {
                        kill(lp);
                    }
                    timer.close(lp).unwrap();
                };
                timer.start(lp, Duration::from_millis(delay), Duration::ZERO, fire).unwrap();
            }
        }
    }

    fn ended(self: &Rc<Self>, lp: &Loop, process: Process, status: ExitStatus) {
        let pid = process.pid(lp).unwrap();
        *self.ends.borrow_mut().get_mut(&pid).unwrap() += 1;
        assert_eq!(self.ends.borrow()[&pid], 1, "{pid} is told twice");
        match (self.killed.borrow().get(&pid), status) {
            (_, ExitStatus::Exited(0)) => {}
            (Some(&signum), ExitStatus::Signaled(by)) => assert_eq!(signum, by),
            other => panic!("{other:?}"),
        }
        assert_eq!(process.kill(lp, SIGKILL), Err(Error::ESRCH));
        self.running.set(self.running.get() - 1);
        self.finished.set(self.finished.get() + 1);
        process.close(lp).unwrap();
        self.fill(lp);
    }

    fn next(&self) -> u64 {
        // Xorshift: any will do.
        let mut random = self.random.get();
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        self.random.set(random);
        random >> 20
    }
}

/// The children of the process, with their states.
fn children() -> Vec<String> {
    let own = std::process::id().to_string();
    let stat = |path: std::path::PathBuf| fs::read_to_string(path.join("stat")).ok();
    let stats = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| stat(entry.path()));
    stats.filter(|stat| stat.rsplit_once(')').unwrap().1.split_whitespace().nth(1) == Some(own.as_str())).collect()
}
