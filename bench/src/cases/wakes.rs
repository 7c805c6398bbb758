//! Wake-ups of a loop by other threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use uv_loop::{Async, Handle, Loop, RunMode, Timer};

use crate::case::{Case, Unit};
use crate::libuv::{self, places};
use crate::support::{FastRandom, called, calls, count, each_second, span};

pub fn cases() -> Vec<Case> {
    let mut cases =
        vec![Case::new("wakes/million", Unit::PerSecond, million).against("libuv", libuv_million).goal(2.0)];
    for threads in [1, 2, 4, 8] {
        cases.push(
            Case::new(format!("wakes/ping-pong-{threads}"), Unit::PerSecond, move || ping_pong(threads))
                .against("libuv", move || libuv_ping_pong(threads))
                .against("tokio", move || tokio_ping_pong(threads))
                .goal(1.0),
        );
    }
    for threads in [1, 2, 4, 8] {
        cases.push(
            Case::new(format!("wakes/pummel-{threads}"), Unit::PerSecond, move || pummel(threads))
                .against("libuv", move || libuv_pummel(threads))
                .goal(1.0),
        );
    }
    cases
}

/// `benchmark-million-async.c`: a thread sends to one of 2^20 handles after the other, at random.
const HANDLES: usize = 1024 * 1024;

fn million() -> f64 {
    let lp = Loop::new().expect("a loop");
    let mut senders = Vec::with_capacity(HANDLES);
    for _ in 0..HANDLES {
        let handle = Async::new(&lp, |_, _| _ = called());
        senders.push(handle.sender(&lp).expect("it is open"));
    }
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = stop.clone();
    let sender = thread::spawn(move || {
        let mut random = FastRandom::new();
        while !stopped.load(Ordering::Relaxed) {
            senders[random.next() % HANDLES].send().expect("the loop is there");
        }
    });
    lp.update_time(); // it took its time to make so many handles
    let start = Instant::now();
    Timer::new(&lp).start(&lp, span(), Duration::ZERO, |lp, _| lp.stop()).expect("it is open");
    lp.run(RunMode::Default).expect("it runs");
    let rate = calls() as f64 / start.elapsed().as_secs_f64();
    stop.store(true, Ordering::Relaxed);
    sender.join().expect("it ends");
    rate
}

fn libuv_million() -> f64 {
    unsafe extern "C" fn woken(_: *mut libuv::uv_async_t) {
        called();
    }
    unsafe extern "C" fn end(timer: *mut libuv::uv_timer_t) {
        // SAFETY: the loop is the one that runs.
        unsafe { libuv::uv_stop((*timer).loop_) };
    }
    let (lp, handles, timer) = (libuv::new_loop(), places::<libuv::uv_async_t>(HANDLES), places(1));
    for number in 0..HANDLES {
        // SAFETY: there is room for as many handles, and they stay there.
        libuv::ok(unsafe { libuv::uv_async_init(lp, handles.add(number), Some(woken)) });
    }
    let stop = Arc::new(AtomicBool::new(false));
    let (stopped, shared) = (stop.clone(), Shared(handles));
    let sender = thread::spawn(move || {
        let mut random = FastRandom::new();
        while !stopped.load(Ordering::Relaxed) {
            shared.send(random.next() % HANDLES);
        }
    });
    let start = Instant::now();
    // SAFETY: there is room for the timer, it stays there, and the loop is run by this thread.
    unsafe {
        libuv::uv_update_time(lp);
        libuv::ok(libuv::uv_timer_init(lp, timer));
        libuv::ok(libuv::uv_timer_start(timer, Some(end), span().as_millis() as u64, 0));
        libuv::uv_run(lp, libuv::uv_run_mode_UV_RUN_DEFAULT);
    }
    let rate = calls() as f64 / start.elapsed().as_secs_f64();
    stop.store(true, Ordering::Relaxed);
    sender.join().expect("it ends");
    rate
}

/// Async handles that any thread may send to.
#[derive(Clone, Copy)]
struct Shared(*mut libuv::uv_async_t);

// SAFETY: the handles are never freed, and all that is done with them from other threads is `uv_async_send`.
unsafe impl Send for Shared {}

impl Shared {
    fn send(self, number: usize) {
        // SAFETY: see `Send`; `number` is less than the number of handles.
        libuv::ok(unsafe { libuv::uv_async_send(self.0.add(number)) });
    }
}

/// `benchmark-async.c`: some threads with a loop of their own, each of which plays with the main thread's loop. The rate
/// is that of all pings to the main thread and back.
fn pings() -> usize {
    count(100_000, 20_000)
}

/// Answers as often as it is woken, and closes after the last time.
fn answering(lp: &Loop, mut answer: impl FnMut() + 'static) -> uv_loop::AsyncSender {
    let mut seen = 0;
    let handle = Async::new(lp, move |lp, me| {
        answer();
        seen += 1;
        if seen == pings() {
            me.close(lp).expect("it is open");
        }
    });
    handle.sender(lp).expect("it is open")
}

fn ping_pong(threads: usize) -> f64 {
    let lp = Loop::new().expect("a loop");
    let (ready, begin) = (mpsc::channel(), Arc::new(std::sync::Barrier::new(threads + 1)));
    let mut workers = Vec::new();
    for _ in 0..threads {
        let (give_main, take_main) = mpsc::channel::<uv_loop::AsyncSender>();
        let (ready, begin) = (ready.0.clone(), begin.clone());
        workers.push(thread::spawn(move || {
            let lp = Loop::new().expect("a loop");
            let main = std::rc::Rc::new(std::cell::OnceCell::<uv_loop::AsyncSender>::new());
            let answer = main.clone();
            // The last answer finds the other handle closed.
            let me = answering(&lp, move || _ = answer.get().expect("it was set").send());
            ready.send((me, give_main)).expect("main waits");
            let first = main.get_or_init(|| take_main.recv().expect("main sends it"));
            begin.wait();
            first.send().expect("main is there");
            lp.run(RunMode::Default).expect("it runs");
        }));
    }
    for _ in 0..threads {
        let (worker, give_main) = ready.1.recv().expect("each thread sends one");
        let main = answering(&lp, move || _ = worker.send());
        give_main.send(main).expect("the thread waits");
    }
    begin.wait();
    each_second(threads * pings(), || {
        lp.run(RunMode::Default).expect("it runs");
        workers.into_iter().for_each(|worker| worker.join().expect("it ends"));
    })
}

/// One end of a pair: `answered` is the other one.
#[repr(C)]
struct End {
    handle: libuv::uv_async_t,
    other: *mut End,
    seen: usize,
}

struct SharedEnd(*mut End);

// SAFETY: an end is used by the thread of its loop alone, but for `uv_async_send` to its handle.
unsafe impl Send for SharedEnd {}

impl SharedEnd {
    fn run_thread(self) {
        // SAFETY: the ends are never freed; this thread runs the loop of this one.
        unsafe {
            libuv::ok(libuv::uv_async_send(&raw mut (*(*self.0).other).handle));
            libuv::run((*self.0).handle.loop_);
        }
    }
}

fn libuv_ping_pong(threads: usize) -> f64 {
    unsafe extern "C" fn woken(handle: *mut libuv::uv_async_t) {
        // SAFETY: the handle is the first field of an end.
        unsafe {
            let end = handle.cast::<End>();
            libuv::ok(libuv::uv_async_send(&raw mut (*(*end).other).handle));
            (*end).seen += 1;
            if (*end).seen == pings() {
                libuv::uv_close(handle.cast(), None);
            }
        }
    }
    let lp = libuv::new_loop();
    let begin = Arc::new(std::sync::Barrier::new(threads + 1));
    let workers: Vec<_> = (0..threads)
        .map(|_| {
            let ends = places::<End>(2);
            // SAFETY: there is room for two ends, and they stay there.
            unsafe {
                libuv::ok(libuv::uv_async_init(libuv::new_loop(), &raw mut (*ends).handle, Some(woken)));
                libuv::ok(libuv::uv_async_init(lp, &raw mut (*ends.add(1)).handle, Some(woken)));
                (*ends).other = ends.add(1);
                (*ends.add(1)).other = ends;
            }
            let (worker, begin) = (SharedEnd(ends), begin.clone());
            thread::spawn(move || {
                begin.wait();
                worker.run_thread();
            })
        })
        .collect();
    begin.wait();
    each_second(threads * pings(), || {
        libuv::run(lp);
        workers.into_iter().for_each(|worker| worker.join().expect("it ends"));
    })
}

/// Two `Notify`s between two runtimes of one thread each.
fn tokio_ping_pong(threads: usize) -> f64 {
    use tokio::sync::Notify;

    async fn answer(me: Arc<Notify>, other: Arc<Notify>) {
        for _ in 0..pings() {
            me.notified().await;
            other.notify_one();
        }
    }
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let main = runtime();
    let begin = Arc::new(std::sync::Barrier::new(threads + 1));
    let (mut workers, mut tasks) = (Vec::new(), Vec::new());
    for _ in 0..threads {
        let (here, there) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        tasks.push(main.spawn(answer(here.clone(), there.clone())));
        let begin = begin.clone();
        workers.push(thread::spawn(move || {
            let runtime = runtime();
            begin.wait();
            here.notify_one();
            runtime.block_on(answer(there, here));
        }));
    }
    begin.wait();
    each_second(threads * pings(), || {
        main.block_on(async {
            for task in tasks {
                task.await.expect("it ends");
            }
        });
        workers.into_iter().for_each(|worker| worker.join().expect("it ends"));
    })
}

/// `benchmark-async-pummel.c`: some threads send to one handle as fast as they can.
fn callbacks() -> usize {
    count(300_000, 50_000)
}

static RUNNING: AtomicBool = AtomicBool::new(true);

fn pummel(threads: usize) -> f64 {
    let lp = Loop::new().expect("a loop");
    let handle = Async::new(&lp, |lp, me| {
        if called() == callbacks() {
            RUNNING.store(false, Ordering::Relaxed);
            me.close(lp).expect("it is open");
        }
    });
    for _ in 0..threads {
        let sender = handle.sender(&lp).expect("it is open");
        thread::spawn(move || {
            while RUNNING.load(Ordering::Relaxed) {
                // The last ones find it closed.
                let _ = sender.send();
            }
        });
    }
    each_second(callbacks(), || _ = lp.run(RunMode::Default).expect("it runs"))
}

fn libuv_pummel(threads: usize) -> f64 {
    unsafe extern "C" fn woken(handle: *mut libuv::uv_async_t) {
        if called() == callbacks() {
            RUNNING.store(false, Ordering::Relaxed);
            // SAFETY: the loop is the one that runs. The handle stays open for the threads that still send.
            unsafe { libuv::uv_stop((*handle).loop_) };
        }
    }
    let (lp, handle) = (libuv::new_loop(), places(1));
    // SAFETY: there is room for a handle, and it stays there.
    libuv::ok(unsafe { libuv::uv_async_init(lp, handle, Some(woken)) });
    for _ in 0..threads {
        let shared = Shared(handle);
        thread::spawn(move || {
            while RUNNING.load(Ordering::Relaxed) {
                shared.send(0);
            }
        });
    }
    // SAFETY: the loop is run by this thread.
    each_second(callbacks(), || _ = unsafe { libuv::uv_run(lp, libuv::uv_run_mode_UV_RUN_DEFAULT) })
}
