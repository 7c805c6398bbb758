//! Child processes: a program that ends at once, from a small parent and from one with a gigabyte in memory. Its standard streams
//! are `/dev/null`.

use std::cell::RefCell;
use std::ffi::{CString, c_char};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::rc::Rc;

use uv_loop::{Handle, Loop, RunMode};
use uv_process::Command;

use crate::case::{Case, Unit};
use crate::libuv::{self, places};
use crate::support::{count, each_second};

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let kinds = [
        Kind { name: "by-path", by_name: false, at_a_time: 1, gigabyte: false },
        Kind { name: "by-name", by_name: true, at_a_time: 1, gigabyte: false },
        Kind { name: "hundred", by_name: false, at_a_time: 100, gigabyte: false },
        Kind { name: "by-path-1g", by_name: false, at_a_time: 1, gigabyte: true },
        Kind { name: "by-name-1g", by_name: true, at_a_time: 1, gigabyte: true },
        Kind { name: "hundred-1g", by_name: false, at_a_time: 100, gigabyte: true },
    ];
    for kind in kinds {
        let case = Case::new(format!("process/{}", kind.name), Unit::PerSecond, move || kind.measure(ours))
            .against("libuv", move || kind.measure(libuv))
            .against("tokio", move || kind.measure(tokio))
            .against("std", move || kind.measure(std))
            .goal(1.3)
            .with_rounds(5);
        cases.push(case);
    }
    cases
}

#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    /// As programs are mostly run: looked up in six places of the `PATH`, of which the fourth has it.
    by_name: bool,
    at_a_time: usize,
    gigabyte: bool,
}

impl Kind {
    fn measure(self, work: fn(&str, usize, usize)) -> f64 {
        let dir = Dir::new();
        let program = dir.0.join("uv-bench-child").display().to_string();
        let name = if self.by_name { "uv-bench-child" } else { &program };
        // SAFETY: there is no other thread.
        unsafe {
            std::env::set_var(
                "PATH",
                format!("/usr/local/sbin:/usr/local/bin:/usr/sbin:{}:/sbin:/bin", dir.0.display()),
            );
        }
        let memory = vec![1_u8; if self.gigabyte { 1 << 30 } else { 0 }];
        // What is made at the first use.
        work(name, 1, 1);
        let number = count(2000, 500);
        let rate = each_second(number, || work(name, number, self.at_a_time));
        drop(std::hint::black_box(memory));
        rate
    }
}

/// Where the program lies.
struct Dir(PathBuf);

impl Dir {
    fn new() -> Dir {
        let dir = std::env::temp_dir().join(format!("uv-bench-{}", std::process::id()));
        fs::create_dir_all(&dir).expect("a place for the program");
        child(&dir.join("uv-bench-child"));
        Dir(dir)
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A program that is nothing but `exit(0)`: what is measured is the parent's part, and the kernel's.
#[cfg(target_arch = "x86_64")]
fn child(path: &Path) {
    const BASE: u64 = 0x40_0000;
    const HEADERS: u64 = 64 + 56;
    // mov eax, 60; xor edi, edi; syscall
    let code = [0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05];
    let mut elf = Vec::from(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0\x01\0\0\0");
    [BASE + HEADERS, 64, 0].iter().for_each(|word| elf.extend(word.to_le_bytes()));
    elf.extend([0, 0, 0, 0, 64, 0, 56, 0, 1, 0, 64, 0, 0, 0, 0, 0]);
    // One segment: all of the file, to be read and run.
    elf.extend([1, 0, 0, 0, 5, 0, 0, 0]);
    let size = HEADERS + code.len() as u64;
    [0, BASE, BASE, size, size, 0x1000].iter().for_each(|word| elf.extend(word.to_le_bytes()));
    elf.extend(code);
    fs::write(path, elf).expect("room for the program");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a program");
}

#[cfg(not(target_arch = "x86_64"))]
fn child(path: &Path) {
    fs::copy("/bin/true", path).expect("room for the program");
}

fn ours(file: &str, number: usize, at_a_time: usize) {
    struct Run {
        command: Command,
        left: RefCell<usize>,
    }
    fn spawn(lp: &Loop, run: &Rc<Run>) {
        if *run.left.borrow() == 0 {
            return;
        }
        *run.left.borrow_mut() -= 1;
        let again = run.clone();
        let spawned = run.command.spawn(lp, move |lp, process, status| {
            assert!(status.success());
            process.close(lp).expect("it is open");
            spawn(lp, &again);
        });
        spawned.expect("it runs");
    }
    let lp = Loop::new().expect("a loop");
    let run = Rc::new(Run { command: Command::new(file), left: RefCell::new(number) });
    (0..at_a_time).for_each(|_| spawn(&lp, &run));
    lp.run(RunMode::Default).expect("it runs");
}

fn libuv(file: &str, number: usize, at_a_time: usize) {
    struct Run {
        options: libuv::uv_process_options_t,
        left: usize,
    }
    unsafe extern "C" fn ended(process: *mut libuv::uv_process_t, status: i64, signal: i32) {
        assert_eq!((status, signal), (0, 0));
        // SAFETY: the handle is open; its place is used again once it is closed.
        unsafe { libuv::uv_close(process.cast(), Some(closed)) };
    }
    unsafe extern "C" fn closed(handle: *mut libuv::uv_handle_t) {
        // SAFETY: the handle is closed, its loop there, and its data the run.
        unsafe { spawn((*handle).loop_, handle.cast(), (*handle).data.cast()) };
    }
    unsafe fn spawn(lp: *mut libuv::uv_loop_t, process: *mut libuv::uv_process_t, run: *mut Run) {
        // SAFETY: the caller's: there is room for the handle, the run is there for as long as the loop runs.
        unsafe {
            if (*run).left > 0 {
                (*run).left -= 1;
                libuv::ok(libuv::uv_spawn(lp, process, &(*run).options));
                (*process).data = run.cast();
            }
        }
    }
    let file = CString::new(file).expect("no NUL");
    let mut args = [file.as_ptr().cast_mut(), std::ptr::null_mut::<c_char>()];
    // SAFETY: zero is a valid value of the structure.
    let mut options: libuv::uv_process_options_t = unsafe { std::mem::zeroed() };
    options.file = file.as_ptr();
    options.args = args.as_mut_ptr();
    options.exit_cb = Some(ended);
    let mut run = Run { options, left: number };
    let (lp, processes) = (libuv::new_loop(), places::<libuv::uv_process_t>(at_a_time));
    for place in 0..at_a_time {
        // SAFETY: there is room for as many handles, and the run is there until the loop has run.
        unsafe { spawn(lp, processes.add(place), &raw mut run) };
    }
    libuv::run(lp);
}

fn tokio(file: &str, number: usize, at_a_time: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let tasks = tokio::task::LocalSet::new();
    tasks.block_on(&runtime, async {
        let runs = (0..at_a_time).map(|place| {
            let mut command = tokio::process::Command::new(file);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            tokio::task::spawn_local(async move {
                for _ in (place..number).step_by(at_a_time) {
                    assert!(command.spawn().expect("it runs").wait().await.expect("it ends").success());
                }
            })
        });
        for run in runs.collect::<Vec<_>>() {
            run.await.expect("it does not panic");
        }
    });
}

fn std(file: &str, number: usize, at_a_time: usize) {
    let mut command = std::process::Command::new(file);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    for start in (0..number).step_by(at_a_time) {
        let spawn = |_| command.spawn().expect("it runs");
        let children: Vec<_> = (start..number.min(start + at_a_time)).map(spawn).collect();
        for mut child in children {
            assert!(child.wait().expect("it ends").success());
        }
    }
}
