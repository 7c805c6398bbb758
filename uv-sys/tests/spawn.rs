//! Children and what they get. A program of its own, because it is also the child that looks at what it has got, and moves
//! descriptors about that a test harness uses.

use std::collections::BTreeMap;
use std::env;
use std::ffi::{CStr, CString};
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::exit;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use uv_sys::Error;
use uv_sys::signal::{SIGHUP, SIGKILL, SIGTERM, SIGUSR1};
use uv_sys::spawn::{Child, ExitStatus, ForkHandlers, Method, Source, Spawn};

const METHODS: [Method; 2] = [Method::Vfork, Method::Fork];

fn main() {
    if let Some(report) = env::args().nth(1).and_then(|arg| arg.strip_prefix("report=").map(str::to_owned)) {
        fs::write(report, look()).expect("the report is written");
        return;
    }
    let cases: [(&str, fn()); 15] = [
        ("layouts", layouts),
        ("standard streams that the parent has closed", closed_streams),
        ("no descriptor leaks", no_descriptor_leaks),
        ("inherited descriptors", inherited_descriptors),
        ("signals are as for a new program", signals_are_reset),
        ("the parent's signals stay", the_parents_signals_stay),
        ("the child's PATH", the_childs_path),
        ("errors", errors),
        ("errors leave nothing behind", errors_leave_nothing),
        ("sessions and groups", sessions_and_groups),
        ("users", users),
        ("handlers of pthread_atfork", atfork_handlers),
        ("blocking streams", blocking_streams),
        ("others that wait", others_that_wait),
        ("many threads spawn", many_threads),
    ];
    let only = env::args().nth(1).filter(|arg| !arg.starts_with('-'));
    for (name, case) in cases {
        if only.as_ref().is_none_or(|only| name.contains(only.as_str())) {
            case();
            println!("{name} ... ok");
        }
    }
}

/// What the child has: its descriptors with what is behind them, signals, directory and ids, a line each.
fn look() -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for fd in 0..300 {
        // SAFETY: if it is open, it stays so.
        let fd = unsafe { BorrowedFd::borrow_raw(fd) };
        if let Ok(stat) = rustix::fs::fstat(fd) {
            let _ = writeln!(text, "fd {} {}:{}", fd.as_raw_fd(), stat.st_dev, stat.st_ino);
        }
    }
    let status = fs::read_to_string("/proc/self/status").unwrap();
    for name in ["SigBlk", "SigIgn", "SigCgt", "Uid", "Gid", "Groups"] {
        let value = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(":")).unwrap();
        let _ = writeln!(text, "{name} {}", value.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    // SAFETY: they touch no memory.
    let (group, session, pid) = unsafe { (libc::getpgid(0), libc::getsid(0), libc::getpid()) };
    let _ = writeln!(text, "group {group}\nsession {session}\npid {pid}");
    let _ = writeln!(text, "cwd {}", env::current_dir().unwrap().display());
    let _ = writeln!(text, "name {}", env::args().next().unwrap());
    text
}

struct Looked(BTreeMap<String, String>);

impl Looked {
    fn descriptors(&self) -> BTreeMap<RawFd, String> {
        let of = |(key, value): (&String, &String)| Some((key.strip_prefix("fd ")?.parse().ok()?, value.clone()));
        self.0.iter().filter_map(of).collect()
    }

    fn get(&self, key: &str) -> &str {
        &self.0[key]
    }
}

/// Has a child look at what it gets from `change`d options.
fn child_looks<'a>(change: impl FnOnce(Spawn<'a>) -> Spawn<'a>) -> Looked {
    let dir = tempfile::tempdir().unwrap();
    // Whoever it runs as.
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let file = dir.path().join("report");
    let (program, argument) = (own_path(), c_string(format!("report={}", file.display())));
    let args = [c"child", argument.as_c_str()];
    let spawn = change(Spawn::new(c"", &[]));
    let child = Spawn { file: &program, args: &args, ..spawn }.spawn().unwrap();
    assert_eq!(child.wait(), Ok(ExitStatus::Exited(0)));
    let report = fs::read_to_string(file).unwrap();
    let entry = |line: &str| line.rsplit_once(' ').map(|(key, value)| (key.to_owned(), value.to_owned()));
    Looked(report.lines().filter_map(entry).collect())
}

fn own_path() -> CString {
    c_string(env::current_exe().unwrap().as_os_str().as_bytes())
}

fn c_string(text: impl Into<Vec<u8>>) -> CString {
    CString::new(text).unwrap()
}

fn identity(fd: impl AsFd) -> String {
    let stat = rustix::fs::fstat(fd).unwrap();
    format!("{}:{}", stat.st_dev, stat.st_ino)
}

fn null() -> String {
    identity(File::open("/dev/null").unwrap())
}

fn open_here() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

fn sh(script: &CStr) -> Child {
    Spawn::new(c"/bin/sh", &[c"sh", c"-c", script]).spawn().unwrap()
}

/// Children that nobody has waited for.
fn zombies() -> usize {
    let own = std::process::id().to_string();
    let is_zombie = |path: &Path| {
        let stat = fs::read_to_string(path.join("stat")).ok()?;
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        Some(fields.next()? == "Z" && fields.next()? == own)
    };
    fs::read_dir("/proc").unwrap().flatten().filter(|entry| is_zombie(&entry.path()) == Some(true)).count()
}

/// Any of the parent's descriptors may be any of the child's, several times too.
fn layouts() {
    const FIRST: RawFd = 3;
    const SOURCES: usize = 9;
    // Files under numbers that the child's places have, too.
    let files: Vec<OwnedFd> = (0..SOURCES)
        .map(|_| {
            let file = tempfile::tempfile().unwrap();
            // SAFETY: the number was made for this.
            unsafe {
                let number = libc::fcntl(file.as_raw_fd(), libc::F_DUPFD_CLOEXEC, FIRST);
                OwnedFd::from_raw_fd(number)
            }
        })
        .collect();
    let identities: Vec<_> = files.iter().map(identity).collect();
    let (null, streams) = (null(), [identity(io::stdin()), identity(io::stdout()), identity(io::stderr())]);
    let source = prop_oneof![1 => Just(None), 1 => (0..3_usize).prop_map(Some), 6 => (3..3 + SOURCES).prop_map(Some)];
    let strategy = (proptest::collection::vec(source, 0..14), any::<bool>(), any::<bool>());
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() });
    let run = runner.run(&strategy, |(layout, forks, by_number)| {
        let stdio: Vec<_> = layout
            .iter()
            .map(|source| match *source {
                None => Source::Null,
                Some(stream @ 0..3) => Source::Number(stream as RawFd),
                Some(file) if by_number => Source::Number(files[file - 3].as_raw_fd()),
                Some(file) => Source::Fd(files[file - 3].as_fd()),
            })
            .collect();
        let method = if forks { Method::Fork } else { Method::Vfork };
        let looked = child_looks(|spawn| Spawn { stdio: &stdio, method, ..spawn });
        let mut expected = BTreeMap::new();
        for place in 0..layout.len().max(3) {
            match layout.get(place).copied().flatten() {
                None if place < 3 => drop(expected.insert(place as RawFd, null.clone())),
                None => {}
                Some(stream @ 0..3) => drop(expected.insert(place as RawFd, streams[stream].clone())),
                Some(file) => drop(expected.insert(place as RawFd, identities[file - 3].clone())),
            }
        }
        prop_assert_eq!(looked.descriptors(), expected);
        Ok(())
    });
    run.unwrap_or_else(|error| panic!("{error}"));
}

fn closed_streams() {
    let kept: Vec<_> = (0..3)
        // SAFETY: the copies are made for this.
        .map(|fd| unsafe { OwnedFd::from_raw_fd(libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 50)) })
        .collect();
    let file = tempfile::tempfile().unwrap();
    let high = rustix::io::fcntl_dupfd_cloexec(&file, 60).unwrap();
    drop(file);
    for closed in 0..8 {
        for method in METHODS {
            for layout in 0..8 {
                let stdio: Vec<_> = (0..3)
                    .map(|place| if layout >> place & 1 == 1 { Source::Fd(high.as_fd()) } else { Source::Null })
                    .collect();
                let (program, dir) = (own_path(), tempfile::tempdir().unwrap());
                let report = dir.path().join("report");
                let argument = c_string(format!("report={}", report.display()));
                // SAFETY: nobody uses the streams before they are there again.
                let ended = unsafe {
                    (0..3).filter(|fd| closed >> fd & 1 == 1).for_each(|fd| assert_eq!(libc::close(fd), 0));
                    let args = [c"child", argument.as_c_str()];
                    let child = Spawn { stdio: &stdio, method, ..Spawn::new(&program, &args) }.spawn();
                    // Its own descriptor may be one of the three.
                    let ended = child.and_then(|child| child.wait());
                    let missing = Spawn { stdio: &stdio, method, ..Spawn::new(c"/none", &args) }.spawn();
                    (0..3).for_each(|fd| assert_eq!(libc::dup2(kept[fd as usize].as_raw_fd(), fd), fd));
                    assert_eq!(missing.err(), Some(Error::ENOENT));
                    ended
                };
                assert_eq!(ended, Ok(ExitStatus::Exited(0)));
                let report = fs::read_to_string(report).unwrap();
                let found: Vec<_> = report.lines().filter_map(|line| line.strip_prefix("fd ")).collect();
                let place = |n| if layout >> n & 1 == 1 { identity(&high) } else { null() };
                assert_eq!(found, [0, 1, 2].map(|n| format!("{n} {}", place(n))), "{closed} {layout} {method:?}");
            }
        }
    }
}

fn no_descriptor_leaks() {
    let file = tempfile::tempfile().unwrap();
    let leaks: Vec<_> = (0..20).map(|_| file.try_clone().unwrap()).collect();
    for leak in &leaks {
        rustix::io::fcntl_setfd(leak, rustix::io::FdFlags::empty()).unwrap();
    }
    for method in METHODS {
        let found = child_looks(|spawn| Spawn { method, ..spawn }).descriptors();
        assert_eq!(found, [0, 1, 2].into_iter().map(|fd| (fd, null())).collect());
    }
}

fn inherited_descriptors() {
    let file = tempfile::tempfile().unwrap();
    let (open, closed) = (file.try_clone().unwrap(), file.try_clone().unwrap());
    rustix::io::fcntl_setfd(&open, rustix::io::FdFlags::empty()).unwrap();
    for method in METHODS {
        let found = child_looks(|spawn| Spawn { method, inherit: true, ..spawn }).descriptors();
        assert_eq!(found.get(&open.as_raw_fd()), Some(&identity(&file)));
        assert_eq!(found.get(&closed.as_raw_fd()), None);
    }
    uv_sys::spawn::disable_stdio_inheritance();
    let found = child_looks(|spawn| Spawn { inherit: true, ..spawn }).descriptors();
    assert_eq!(found.into_keys().collect::<Vec<_>>(), [0, 1, 2]);
}

extern "C" fn handler(_: libc::c_int) {}

fn set_disposition(signum: i32, handler: libc::sighandler_t) {
    // SAFETY: the handler does nothing.
    unsafe { libc::signal(signum, handler) };
}

fn signals_are_reset() {
    let caught: extern "C" fn(libc::c_int) = handler;
    let (usr1, real_time) = (SIGUSR1, libc::SIGRTMIN() + 1);
    set_disposition(usr1, caught as libc::sighandler_t);
    set_disposition(real_time, caught as libc::sighandler_t);
    set_disposition(SIGHUP, libc::SIG_IGN);
    // SAFETY: zero is a valid value of a set.
    let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
    // SAFETY: the set is one.
    unsafe {
        libc::sigaddset(&raw mut set, SIGTERM);
        libc::sigaddset(&raw mut set, real_time);
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut());
    }
    for method in METHODS {
        let looked = child_looks(|spawn| Spawn { method, ..spawn });
        assert_eq!(looked.get("SigBlk"), "0000000000000000");
        // The child is a program in Rust, which ignores SIGPIPE and catches faults on its own account.
        let ignored = u64::from_str_radix(looked.get("SigIgn"), 16).unwrap();
        assert_eq!(ignored & 0x7fff_ffff, 1 << (libc::SIGPIPE - 1), "{ignored:x}");
        let caught = u64::from_str_radix(looked.get("SigCgt"), 16).unwrap();
        assert_eq!(caught & (1 << (usr1 - 1) | 1 << (real_time - 1)), 0, "{caught:x}");
    }
    // SAFETY: the set is one.
    unsafe { libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const set, std::ptr::null_mut()) };
    for signum in [usr1, real_time, SIGHUP] {
        set_disposition(signum, libc::SIG_DFL);
    }
}

fn the_parents_signals_stay() {
    let read = || {
        let status = fs::read_to_string("/proc/thread-self/status").unwrap();
        status.lines().filter(|line| line.starts_with("Sig")).collect::<Vec<_>>().join("\n")
    };
    let caught: extern "C" fn(libc::c_int) = handler;
    set_disposition(SIGUSR1, caught as libc::sighandler_t);
    let before = read();
    for method in METHODS {
        sh(c"exit 0").wait().unwrap();
        assert!(Spawn { method, ..Spawn::new(c"/none", &[c"none"]) }.spawn().is_err());
        assert_eq!(read(), before);
    }
    set_disposition(SIGUSR1, libc::SIG_DFL);
}

fn the_childs_path() {
    let dir = tempfile::tempdir().unwrap();
    let make = |place: &str, text: &str, mode| {
        fs::create_dir_all(dir.path().join(place)).unwrap();
        let file = dir.path().join(place).join("uv-tool");
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
    };
    make("no", "#!/bin/sh\nexit 1\n", 0o644);
    make("one", "#!/bin/sh\nexit 11\n", 0o755);
    make("two", "#!/bin/sh\nexit 22\n", 0o755);
    make("script", "exit $((${#1} + 30))\n", 0o755);
    let run = |places: &[&str], cwd: Option<&str>, method| {
        let places: Vec<_> = places.iter().map(|place| dir.path().join(place).display().to_string()).collect();
        let path = c_string(format!("PATH={}", places.join(":")));
        let cwd = cwd.map(|place| c_string(dir.path().join(place).as_os_str().as_bytes()));
        let env = [c"A=b", path.as_c_str()];
        let spawn =
            Spawn { env: Some(&env), cwd: cwd.as_deref(), method, ..Spawn::new(c"uv-tool", &[c"uv-tool", c"abc"]) };
        spawn.spawn()?.wait()
    };
    for method in METHODS {
        assert_eq!(run(&["none", "one", "two"], None, method), Ok(ExitStatus::Exited(11)));
        assert_eq!(run(&["no", "two", "one"], None, method), Ok(ExitStatus::Exited(22)));
        assert_eq!(run(&["none", "no"], None, method), Err(Error::EACCES));
        assert_eq!(run(&["no", "none"], None, method), Err(Error::EACCES));
        assert_eq!(run(&["one/uv-tool", "none"], None, method), Err(Error::ENOENT));
        assert_eq!(run(&["none", "one/uv-tool"], None, method), Err(Error::ENOTDIR));
        assert_eq!(run(&["script", "one"], None, method), Ok(ExitStatus::Exited(33)));
        let script = c_string(dir.path().join("script/uv-tool").as_os_str().as_bytes());
        let script = Spawn { method, ..Spawn::new(&script, &[]) };
        assert_eq!(script.spawn().unwrap().wait(), Ok(ExitStatus::Exited(30)));
        // Relative paths are the child's.
        let env = [c"PATH=none:"];
        let cwd = c_string(dir.path().join("two").as_os_str().as_bytes());
        let tool = Spawn { env: Some(&env), cwd: Some(&cwd), method, ..Spawn::new(c"uv-tool", &[c"uv-tool"]) };
        assert_eq!(tool.spawn().unwrap().wait(), Ok(ExitStatus::Exited(22)));
        let tool = Spawn { env: Some(&[]), method, ..Spawn::new(c"true", &[c"true"]) };
        assert!(tool.spawn().unwrap().wait().unwrap().success(), "without a PATH there is one");
    }
}

fn errors() {
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("script");
    fs::write(&script, "#!/no/such/interpreter\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let script = c_string(script.as_os_str().as_bytes());
    let (long, path) = (c_string(vec![b'a'; 300]), c_string([b"/".as_slice(), &[b'a'; 5000]].concat()));
    let huge = c_string(vec![b'a'; 200_000]);
    for method in METHODS {
        let base = Spawn { method, ..Spawn::new(c"true", &[c"true"]) };
        let err = |spawn: Spawn<'_>| spawn.spawn().err();
        assert_eq!(err(Spawn { file: c"/none", ..base }), Some(Error::ENOENT));
        assert_eq!(err(Spawn { file: c"", ..base }), Some(Error::EACCES), "the first place of `PATH`");
        assert_eq!(err(Spawn { file: c"uv-no-such-program", ..base }), Some(Error::ENOENT));
        assert_eq!(err(Spawn { file: &script, ..base }), Some(Error::ENOENT));
        assert_eq!(err(Spawn { file: c"/", ..base }), Some(Error::EACCES));
        assert_eq!(err(Spawn { file: c"/dev/null/x", ..base }), Some(Error::ENOTDIR));
        assert_eq!(err(Spawn { file: &long, ..base }), Some(Error::ENAMETOOLONG));
        assert_eq!(err(Spawn { file: &path, ..base }), Some(Error::ENAMETOOLONG));
        assert_eq!(err(Spawn { args: &[c"true", &huge], ..base }), Some(Error::E2BIG));
        assert_eq!(err(Spawn { cwd: Some(c"/none"), ..base }), Some(Error::ENOENT));
        assert_eq!(err(Spawn { cwd: Some(c"/dev/null"), ..base }), Some(Error::ENOTDIR));
        for number in [-1, 299, RawFd::MAX] {
            assert_eq!(err(Spawn { stdio: &[Source::Number(number)], ..base }), Some(Error::EBADF));
        }
        assert_eq!(err(Spawn { process_group: Some(-1), ..base }), Some(Error::EINVAL));
        assert_eq!(err(Spawn { process_group: Some(1), ..base }), Some(Error::EPERM));
    }
}

fn errors_leave_nothing() {
    let before = open_here();
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    for method in METHODS {
        for without_pidfd in [false, true] {
            let base = Spawn { method, without_pidfd, ..Spawn::new(c"true", &[c"true"]) };
            for _ in 0..50 {
                assert!(Spawn { file: c"/none", ..base }.spawn().is_err());
                assert!(Spawn { cwd: Some(c"/none"), ..base }.spawn().is_err());
            }
            // From no descriptor left on, to as many as it takes.
            let mut refused = 0;
            for room in 0..8 {
                let most = open_here() as u64 - 1 + room;
                let less = rustix::process::Rlimit { current: Some(most), ..limit };
                rustix::process::setrlimit(rustix::process::Resource::Nofile, less).unwrap();
                let result = base.spawn();
                rustix::process::setrlimit(rustix::process::Resource::Nofile, limit).unwrap();
                match result {
                    Ok(child) => assert!(child.wait().unwrap().success()),
                    Err(error) => {
                        assert_eq!(error, Error::EMFILE);
                        refused += 1;
                    }
                }
            }
            assert!(refused < 8, "{base:?}");
        }
    }
    assert_eq!(open_here(), before);
    assert_eq!(zombies(), 0);
}

fn sessions_and_groups() {
    for method in METHODS {
        let looked = child_looks(|spawn| Spawn { method, ..spawn });
        // SAFETY: it touches no memory.
        assert_eq!(looked.get("group"), unsafe { libc::getpgid(0) }.to_string());
        let looked = child_looks(|spawn| Spawn { method, detached: true, cwd: Some(c"/usr"), ..spawn });
        assert_eq!(looked.get("session"), looked.get("pid"));
        assert_eq!(looked.get("cwd"), "/usr");
        let looked = child_looks(|spawn| Spawn { method, process_group: Some(0), ..spawn });
        assert_eq!(looked.get("group"), looked.get("pid"));
        assert_ne!(looked.get("session"), looked.get("pid"));
    }
}

fn users() {
    if !rustix::process::geteuid().is_root() {
        let other = Spawn { uid: Some(0), ..Spawn::new(c"true", &[c"true"]) };
        assert_eq!(other.spawn().err(), Some(Error::EPERM));
        return println!("skipped: becoming another user, which takes root");
    }
    for method in METHODS {
        let looked = |uid, gid| {
            let args = [c"sh", c"-c", c"id -u; id -g; id -G"];
            let (mut reader, writer) = io::pipe().unwrap();
            let stdio = [Source::Null, Source::Fd(writer.as_fd())];
            let spawn = Spawn { stdio: &stdio, uid, gid, method, ..Spawn::new(c"sh", &args) };
            let child = spawn.spawn().unwrap();
            drop(writer);
            let mut text = String::new();
            reader.read_to_string(&mut text).unwrap();
            assert!(child.wait().unwrap().success());
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(looked(Some(1234), Some(2345)), "1234 2345 2345");
        assert_eq!(looked(None, Some(2345)), "0 2345 2345");
        // A parent that has lent its memory to another user could not be looked at by its own any more.
        let is_dumpable = rustix::process::dumpable_behavior().unwrap();
        assert_eq!(is_dumpable, rustix::process::DumpableBehavior::Dumpable);
    }
}

fn atfork_handlers() {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    extern "C" fn called() {
        CALLS.fetch_add(1, Ordering::Relaxed);
    }
    // SAFETY: the handler is there for as long as the program.
    assert_eq!(unsafe { libc::pthread_atfork(None, Some(called), None) }, 0);
    let base = Spawn::new(c"true", &[c"true"]);
    base.spawn().unwrap().wait().unwrap();
    assert_eq!(CALLS.load(Ordering::Relaxed), 0);
    Spawn { method: Method::Fork, ..base }.spawn().unwrap().wait().unwrap();
    assert_eq!(CALLS.load(Ordering::Relaxed), 1);
    // This program names the function. One that does not is tests/borders/atfork.c of uv-capi.
    static HANDLERS: ForkHandlers = ForkHandlers::new(c"libuv.so.1");
    assert!(HANDLERS.are_possible() && HANDLERS.are_possible());
}

fn blocking_streams() {
    for method in METHODS {
        let (reader, writer) = io::pipe().unwrap();
        uv_sys::set_nonblocking(reader.as_fd(), true).unwrap();
        let stdio = [Source::Fd(reader.as_fd())];
        let child = Spawn { stdio: &stdio, method, ..Spawn::new(c"cat", &[c"cat"]) }.spawn().unwrap();
        assert!(!rustix::fs::fcntl_getfl(&reader).unwrap().contains(rustix::fs::OFlags::NONBLOCK));
        drop(writer);
        assert!(child.wait().unwrap().success());
    }
}

/// Other code takes the end of every child that it can get.
fn others_that_wait() {
    for (method, without_pidfd) in [(Method::Vfork, false), (Method::Fork, false), (Method::Vfork, true)] {
        let args = [c"sh", c"-c", c"exit 7"];
        let child = Spawn { method, without_pidfd, ..Spawn::new(c"sh", &args) }.spawn().unwrap();
        let mut status = 0;
        // SAFETY: it fills the number.
        assert_eq!(unsafe { libc::waitpid(-1, &raw mut status, 0) }, child.pid());
        let told = child.wait().unwrap();
        let known = if without_pidfd { ExitStatus::Lost } else { ExitStatus::Exited(7) };
        assert!(told == known || told == ExitStatus::Lost, "{told:?}");
        assert_eq!(child.kill(SIGKILL), Err(Error::ESRCH));
    }
    // Or the system does.
    set_disposition(libc::SIGCHLD, libc::SIG_IGN);
    for method in METHODS {
        let child = Spawn { method, ..Spawn::new(c"true", &[c"true"]) }.spawn().unwrap();
        assert!(matches!(child.wait(), Ok(ExitStatus::Lost | ExitStatus::Exited(0))));
        assert_eq!(Spawn { method, ..Spawn::new(c"/none", &[c"none"]) }.spawn().err(), Some(Error::ENOENT));
    }
    set_disposition(libc::SIGCHLD, libc::SIG_DFL);
}

fn many_threads() {
    thread::scope(|scope| {
        for number in 0..8 {
            scope.spawn(move || {
                for round in 0..20 {
                    let (mut reader, writer) = io::pipe().unwrap();
                    let stdio = [Source::Null, Source::Fd(writer.as_fd())];
                    let (text, method) = (c_string(format!("{number}.{round}")), METHODS[round % 2]);
                    let args = [c"echo", text.as_c_str()];
                    let child = Spawn { stdio: &stdio, method, ..Spawn::new(c"echo", &args) }.spawn().unwrap();
                    drop(writer);
                    let mut said = String::new();
                    // Ends only if no other thread's child has the writing end.
                    reader.read_to_string(&mut said).unwrap();
                    assert_eq!(said.trim_end(), text.to_str().unwrap());
                    assert!(child.wait().unwrap().success());
                }
            });
        }
    });
    if zombies() > 0 {
        eprintln!("a zombie is left");
        exit(1);
    }
}
