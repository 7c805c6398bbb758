//! What an attempt costs that finds nothing: requests are made, with the fast path and without it, and taken back before
//! a thread has begun with them.

use std::io::{PipeReader, PipeWriter};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use uv_fs::{OpenFlags, Request};
use uv_loop::{Loop, Pool, RunMode};

use super::files::SMALL;
use crate::support::count;

type Make = fn(&Loop, &Arc<PipeReader>) -> Request;

/// The pipe is empty, and what is below `/proc` has somebody else to be asked for, as one finds in the end: there is
/// never an answer.
pub const REQUESTS: [(&str, Make); 3] = [
    ("read", |lp, pipe| uv_fs::read(lp, pipe.clone(), vec![0; SMALL], None, |_, _, _| ())),
    ("stat", |lp, _| uv_fs::stat(lp, "/proc/version", |_, _| ())),
    ("open", |lp, _| uv_fs::open(lp, "/proc/version", OpenFlags::RDONLY, 0, |_, _| ())),
];

/// Nanoseconds for the making of one request.
pub fn make(make: Make, fast_path: bool) -> f64 {
    let pool = Pool::builder().threads(2).build().expect("a pool");
    let lp = Loop::builder().pool(pool).build().expect("a loop");
    uv_fs::set_fast_path(&lp, fast_path);
    // What a file system is has to be learnt once.
    uv_fs::stat(&lp, "/proc/version", |_, stat| assert!(stat.is_ok()));
    lp.run(RunMode::Default).expect("it runs");
    let holds = [hold(&lp), hold(&lp)];
    let (pipe, _writer): (PipeReader, PipeWriter) = std::io::pipe().expect("a pipe");
    let pipe = Arc::new(pipe);
    let requests = count(200_000, 30_000);
    let mut total = Duration::ZERO;
    for _ in 0..requests {
        let begin = Instant::now();
        let request = make(&lp, &pipe);
        total += begin.elapsed();
        request.cancel(&lp).expect("no thread has begun with it");
        lp.run(RunMode::NoWait).expect("it runs");
    }
    drop(holds);
    total.as_secs_f64() * 1e9 / requests as f64
}

/// A thread of the pool has something to do until this is dropped.
fn hold(lp: &Loop) -> impl Sized {
    let ((hold, held), (begun, begins)) = (channel::<()>(), channel());
    let work = move || {
        begun.send(()).expect("somebody waits");
        held.recv().is_err()
    };
    lp.queue_work(work, |_, _| ());
    begins.recv().expect("it begins");
    hold
}
