//! What depends on the process a pool is in: each test runs itself again as a child in an environment of its own.
#![cfg(not(loom))]

use std::collections::HashSet;
use std::env;
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread;

use uv_pool::Pool;

/// Set in the children, to what they are to find.
const EXPECTED: &str = "UV_POOL_TEST_EXPECTED";

#[test]
fn the_global_pool_is_as_large_as_the_environment_says() {
    if let Ok(expected) = env::var(EXPECTED) {
        let expected = expected.parse().unwrap();
        assert_eq!(most_jobs_at_once(expected), expected);
        assert_eq!(Pool::global().threads(), expected);
        return;
    }
    let sizes = [(None, 4), (Some("7"), 7), (Some("1"), 1), (Some("0"), 1), (Some(" 3 threads"), 3)];
    for (size, expected) in sizes {
        let mut child = child("the_global_pool_is_as_large_as_the_environment_says");
        match size {
            Some(size) => child.env("UV_THREADPOOL_SIZE", size),
            None => child.env_remove("UV_THREADPOOL_SIZE"),
        };
        succeed(child.env(EXPECTED, expected.to_string()));
    }
}

#[test]
fn the_global_pool_has_a_largest_size() {
    if env::var_os(EXPECTED).is_some() {
        assert_eq!(Pool::global().threads(), uv_pool::MAX_THREADS);
        return;
    }
    for size in ["1024", "1025", "-1"] {
        let mut child = child("the_global_pool_has_a_largest_size");
        succeed(child.env("UV_THREADPOOL_SIZE", size).env(EXPECTED, "1024"));
    }
}

/// With room for the stack of one thread but not for two.
#[test]
#[cfg(target_os = "linux")]
fn one_thread_does_the_work_of_those_that_cannot_be_started() {
    const NAME: &str = "one_thread_does_the_work_of_those_that_cannot_be_started";
    if env::var_os(EXPECTED).is_some() {
        let pool = Pool::builder().stack_size(600 << 20).build().unwrap();
        let (sender, receiver) = mpsc::channel();
        let (open, gate) = mpsc::channel::<()>();
        pool.submit(move || gate.recv(), |_| ());
        for _ in 0..5 {
            let sender = sender.clone();
            let name = || thread::current().name().map(str::to_owned);
            pool.submit(name, move |name| sender.send(name.unwrap()).unwrap());
        }
        drop((sender, open));
        let names: Vec<_> = receiver.iter().flatten().collect();
        assert_eq!(names, ["uv-pool-0"; 5]);
        return;
    }
    let mut shell = Command::new("sh");
    let script = r#"ulimit -v 1000000 && exec "$0" "$@""#;
    shell.args(["-c", script]).arg(env::current_exe().unwrap());
    succeed(shell.args(["--exact", NAME]).env(EXPECTED, "1"));
}

/// How many jobs of the global pool run at the same time, which must be at least `enough` for this to return.
fn most_jobs_at_once(enough: usize) -> usize {
    #[derive(Default)]
    struct Count {
        running: usize,
        most: usize,
    }
    let shared = Arc::new((Mutex::new(Count::default()), Condvar::new()));
    let (sender, receiver) = mpsc::channel();
    for _ in 0..enough + 10 {
        let shared = shared.clone();
        let sender = sender.clone();
        let work = move || {
            let (count, changed) = &*shared;
            let mut count = count.lock().unwrap();
            count.running += 1;
            count.most = count.most.max(count.running);
            changed.notify_all();
            while count.most < enough {
                count = changed.wait(count).unwrap();
            }
            drop(count);
            thread::yield_now();
            shared.0.lock().unwrap().running -= 1;
            thread::current().name().map(str::to_owned)
        };
        Pool::global().submit(work, move |name: Result<Option<String>, _>| {
            sender.send(name.unwrap().unwrap()).unwrap();
        });
    }
    drop(sender);
    let names: HashSet<String> = receiver.iter().collect();
    let known: HashSet<_> = (0..enough).map(|n| format!("uv-pool-{n}")).collect();
    assert!(names.is_subset(&known), "{names:?}");
    shared.0.lock().unwrap().most
}

fn child(test: &str) -> Command {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", test]);
    child
}

fn succeed(child: &mut Command) {
    let output = child.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    // A child whose filter matches no test would succeed too.
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed"), "{text}");
}
