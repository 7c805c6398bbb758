//! The programs with which articles explain Node's event loop, in Rust.
//!
//! ```text
//! cargo run -p examples --example articles
//! ```
//!
//! Where the original depends on how fast the machine is, time is moved by hand here.

use std::cell::Cell;
use std::error::Error;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use node_compat::{DrainRule, ManualClock, Pool, Promise, Runtime, Thrown, fs};
use uv_loop::RunMode;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    title("process.nextTick comes before a promise");
    next_tick_before_promise()?;

    title("Two timers: Node 11 and later drain after each callback");
    two_timers(DrainRule::PerCallback)?;
    title("Two timers: before Node 11 the queues were drained between phases");
    two_timers(DrainRule::PerPhase)?;

    title("Timers fire by expiry, not by registration");
    first_and_second()?;
    for (entered_at, limit) in [(30, 0), (180, 0), (180, 1)] {
        match limit {
            0 => title(&format!("Five timers, the timers phase entered at {entered_at} ms")),
            _ => title(&format!("Five timers, entered at {entered_at} ms, at most {limit} callback a phase")),
        }
        five_timers(entered_at, limit)?;
    }

    for elapsed in [0, 1] {
        title(&format!("setTimeout(0) and setImmediate, {elapsed} ms after the start"));
        timeout_or_immediate(elapsed)?;
    }
    title("setTimeout(0) and setImmediate in an I/O callback");
    timeout_or_immediate_after_io()?;

    title("Reading a file does not block; it is removed when it has been read");
    read_then_unlink()?;

    title("Ticks have no limit: a timer waits for all of them");
    starvation()?;

    title("Five jobs on a pool of four threads");
    five_jobs()
}

fn title(text: &str) {
    println!("\n# {text}");
}

fn print(text: impl Into<String>) -> impl Fn(&Runtime) + 'static {
    let text = text.into();
    move |_| println!("{text}")
}

fn next_tick_before_promise() -> Result<()> {
    let rt = Runtime::new()?;
    rt.run_main(|rt| {
        Promise::resolved(rt, ()).then(rt, |_, ()| {
            println!("resolve");
            Ok(())
        });
        rt.next_tick(print("nextTick"));
    });
    rt.run()?;
    Ok(())
}

fn two_timers(rule: DrainRule) -> Result<()> {
    let rt = Runtime::builder().clock(ManualClock::new_auto()).drain_rule(rule).build()?;
    rt.set_timeout(0, |rt| {
        println!("1");
        rt.next_tick(print("3"));
        Promise::resolved(rt, ()).then(rt, |_, ()| {
            println!("4");
            Ok(())
        });
    });
    rt.set_timeout(0, print("2"));
    rt.run()?;
    Ok(())
}

fn first_and_second() -> Result<()> {
    let rt = Runtime::builder().clock(ManualClock::new_auto()).build()?;
    rt.set_timeout(100, print("First"));
    rt.set_timeout(1, print("Second"));
    rt.run()?;
    Ok(())
}

fn five_timers(entered_at: u64, limit: usize) -> Result<()> {
    let clock = ManualClock::new();
    let rt = Runtime::builder().clock(clock.clone()).phase_callback_limit(limit).build()?;
    for (name, millis) in [("A", 50), ("B", 150), ("C", 200), ("D", 500), ("E", 3000)] {
        rt.set_timeout(millis, print(format!("{name} ({millis} ms)")));
    }
    clock.advance(Duration::from_millis(entered_at));
    rt.event_loop().run(RunMode::NoWait)?;
    println!("on to the next phase");
    Ok(())
}

fn timeout_or_immediate(elapsed: u64) -> Result<()> {
    let clock = ManualClock::new_auto();
    let rt = Runtime::builder().clock(clock.clone()).build()?;
    rt.set_timeout(0, print("setTimeout"));
    rt.set_immediate(print("setImmediate"));
    clock.advance(Duration::from_millis(elapsed));
    rt.run()?;
    Ok(())
}

fn timeout_or_immediate_after_io() -> Result<()> {
    let rt = Runtime::new()?;
    fs::stat(&rt, "/", |rt, _| {
        rt.set_timeout(0, print("setTimeout"));
        rt.set_immediate(print("setImmediate"));
    });
    rt.run()?;
    Ok(())
}

fn read_then_unlink() -> Result<()> {
    let rt = Runtime::new()?;
    let dir = fs::sync::mkdtemp(std::env::temp_dir().join("articles-"))?;
    let path = dir.join("file.md");
    fs::sync::write_file(&path, "content")?;
    rt.run_main(|rt| {
        let unlinked = path.clone();
        fs::read_file(rt, &path, move |rt, content| {
            println!("read: {}", String::from_utf8_lossy(&content?));
            let seen = unlinked.clone();
            fs::unlink(rt, unlinked, move |_, done| {
                done?;
                println!("unlinked, exists: {}", seen.exists());
                Ok::<(), Thrown>(())
            });
            println!("unlink requested");
            Ok::<(), Thrown>(())
        });
        println!("read requested");
    });
    rt.run()?;
    fs::sync::rmdir(dir)?;
    Ok(())
}

fn starvation() -> Result<()> {
    fn tick(rt: &Runtime, count: Rc<Cell<u32>>) {
        count.set(count.get() + 1);
        if count.get() < 100_000 {
            rt.next_tick(move |rt| tick(rt, count));
        }
    }
    let clock = ManualClock::new();
    let rt = Runtime::builder().clock(clock.clone()).build()?;
    let count = Rc::new(Cell::new(0));
    let ticks = count.clone();
    rt.set_timeout(0, move |_| println!("Timer, after {} ticks", ticks.get()));
    rt.next_tick(move |rt| tick(rt, count));
    clock.advance(Duration::from_millis(1));
    rt.run()?;
    Ok(())
}

fn five_jobs() -> Result<()> {
    const THREADS: usize = 4;
    let rt = Runtime::builder().pool(Pool::builder().threads(THREADS).build()?).build()?;
    let started = Arc::new(AtomicUsize::new(0));
    // The first four jobs, and this thread: once to see them all at work, once to let them end.
    let meeting = Arc::new(Barrier::new(THREADS + 1));
    let done = Rc::new(Cell::new(0));
    for _ in 0..5 {
        let (count, meeting) = (started.clone(), meeting.clone());
        let job = move || {
            let number = count.fetch_add(1, Ordering::SeqCst);
            if number < THREADS {
                meeting.wait();
                meeting.wait();
            }
        };
        let (done, started) = (done.clone(), started.clone());
        rt.queue_work(job, move |_, _| {
            done.set(done.get() + 1);
            if done.get() == 5 {
                println!("all done, {} started", started.load(Ordering::SeqCst));
            }
        });
    }
    println!("queued, and the main program goes on");
    rt.set_immediate(move |_| {
        meeting.wait();
        println!("{} at work, and the loop goes on", started.load(Ordering::SeqCst));
        meeting.wait();
    });
    rt.run()?;
    Ok(())
}
