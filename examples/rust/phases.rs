//! A walk through the event loop: its phases one by one, and the two queues that are emptied in between.
//!
//! ```text
//! cargo run -p examples --example phases
//! ```
//!
//! Every line is printed in the order that the loop's rules give; none depends on how fast the machine is.

use std::cell::Cell;
use std::error::Error;
use std::rc::Rc;

use node_compat::{Loop, ManualClock, Runtime, fs};
use uv_loop::{Handle, HandleId, HandleKind, Idle, Prepare};

fn main() -> Result<(), Box<dyn Error>> {
    let rt = Runtime::builder().clock(ManualClock::new_auto()).build()?;
    let walk = Walk::default();

    walk.title("The main program runs to its end before the loop begins");
    rt.run_main(|rt| main_program(rt, &walk));
    let hook = walk.clone();
    rt.on_before_exit(move |_, _| hook.say("beforeExit", "nothing is left to wait for"));
    let hook = walk.clone();
    rt.on_exit(move |_, code| hook.say("exit", &format!("with code {code}")));
    rt.run()?;
    Ok(())
}

fn main_program(rt: &Runtime, walk: &Walk) {
    walk.say("main", "begins");
    let (first, second) = (walk.clone(), walk.clone());
    rt.set_timeout(1, move |rt| {
        first.title("The timers phase: due timers in order, the queues emptied after each");
        first.say("timers", "first timer");
        first.fill_queues(rt, "after the first timer");
    });
    rt.set_timeout(1, move |rt| {
        second.say("timers", "second timer, due at the same time");
        next_iteration(rt, &second);
    });
    walk.fill_queues(rt, "main");
    walk.say("main", "ends");
}

/// Starts something in each of the phases to come.
fn next_iteration(rt: &Runtime, walk: &Walk) {
    let asked = walk.clone();
    fs::stat(rt, "/", move |rt, _| poll(rt, &asked));
    walk.say("timers", "asked for a file: a thread of the pool looks it up");

    // Two phases that Node leaves to libuv: their callbacks are no macrotasks, and no queue is emptied after them.
    let lp = rt.event_loop();
    let (idle, prepare) = (Idle::new(lp), Prepare::new(lp));
    let once = walk.clone();
    let started = idle.start(lp, move |lp, idle| {
        once.title("The next iteration");
        once.say("idle", "before polling; while an idle handle is active, polling does not block");
        idle.close(lp).expect("an open handle closes");
    });
    started.expect("a new handle starts");
    let once = walk.clone();
    let started = prepare.start(lp, move |lp, prepare| {
        once.say("prepare", "right before polling");
        prepare.close(lp).expect("an open handle closes");
    });
    started.expect("a new handle starts");
}

fn poll(rt: &Runtime, walk: &Walk) {
    walk.title("The poll phase: what the pool and the kernel have completed");
    walk.say("poll", "the file is there");
    walk.fill_queues(rt, "after the I/O callback");

    let lp = rt.event_loop();
    let close = walk.clone();
    let into = rt.clone();
    let closed = Idle::new(lp).close_with(lp, move |_| {
        into.make_callback(|rt| {
            close.title("The closing phase: handles that were closed");
            close.say("close", "a handle is closed");
            close.fill_queues(rt, "after the close callback");
        });
    });
    closed.expect("a new handle closes");
    let timer = walk.clone();
    rt.set_timeout(0, move |_| {
        timer.title("And the timers phase again");
        timer.say("timers", "set in the poll phase, after what it made immediate");
    });
    let check = walk.clone();
    rt.set_immediate(move |rt| {
        check.title("The check phase: immediates");
        check.say("check", "first immediate");
        check.fill_queues(rt, "after the first immediate");
    });
    let check = walk.clone();
    rt.set_immediate(move |_| check.say("check", "second immediate"));

    let id = lp.add_handle(Rc::new(Deferring(walk.clone())));
    lp.defer(id).expect("an open handle defers");
}

/// A handle of one's own: it puts a callback off to the pending phase.
struct Deferring(Walk);

impl HandleKind for Deferring {
    fn name(&self) -> &'static str {
        "deferring"
    }

    fn on_deferred(&self, lp: &Loop, id: HandleId) {
        self.0.title("The pending phase: what was put off, here by the poll phase");
        self.0.say("pending", "a callback that was put off");
        id.close(lp).expect("an open handle closes");
    }
}

/// Counts the steps.
#[derive(Clone, Default)]
struct Walk(Rc<Cell<u32>>);

impl Walk {
    fn title(&self, text: &str) {
        println!("\n{text}");
    }

    fn say(&self, place: &str, what: &str) {
        self.0.set(self.0.get() + 1);
        println!("{:2}  {place:12} {what}", self.0.get());
    }

    /// Queues ticks and microtasks. They are run when the callback in hand has returned: first all ticks, then all
    /// microtasks, and from the start again while there is something in either.
    fn fill_queues(&self, rt: &Runtime, name: &'static str) {
        let walk = self.clone();
        rt.next_tick(move |rt| {
            walk.say("nextTick", &format!("{name}: first all ticks"));
            rt.queue_microtask(move |_| walk.say("microtask", &format!("{name}: a microtask that a tick queued")));
        });
        let walk = self.clone();
        rt.queue_microtask(move |rt| {
            walk.say("microtask", &format!("{name}: then all microtasks"));
            rt.next_tick(move |_| walk.say("nextTick", &format!("{name}: a tick that a microtask queued")));
        });
    }
}
