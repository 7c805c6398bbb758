//! From options to an exit code.

use std::io;

use node_compat::{Pool, Runtime};

use crate::builtins;
use crate::host::{Host, thrown};
use crate::modules;
use crate::options::Options;

/// JavaScript may use this much stack, about 26,000 calls deep; the thread has more, for the engine's own code.
const STACK_SIZE: usize = 16 << 20;
const THREAD_STACK_SIZE: usize = STACK_SIZE + (4 << 20);

/// Runs a script to its end, on a thread with a stack of the right size, and returns the exit code.
///
/// `process.exit` and an uncaught exception end the whole process, from inside this call.
///
/// # Errors
///
/// When the system has no thread, descriptor or memory for it. What goes wrong in the script is printed to stderr
/// and told by the exit code, as Node does.
///
/// ```
/// use node_js::{Main, Options};
///
/// let code = "setImmediate(() => { process.exitCode = 3; });";
/// assert_eq!(node_js::run(Options::new(Main::Eval(code.to_owned(), false)))?, 3);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn run(options: Options) -> io::Result<i32> {
    let thread = std::thread::Builder::new()
        .name("main".to_owned())
        .stack_size(THREAD_STACK_SIZE)
        .spawn(move || run_here(options))?;
    match thread.join() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

fn run_here(options: Options) -> io::Result<i32> {
    let host = Host::new(STACK_SIZE).map_err(|error| io::Error::other(format!("no engine: {error}")))?;
    let weak = std::rc::Rc::downgrade(&host);
    let pool = move || {
        // A script may set the size before the pool's first use: its own environment counts.
        let size = weak.upgrade().and_then(|host| host.environment.borrow().get("UV_THREADPOOL_SIZE"));
        let threads = uv_pool_size(size.as_deref());
        Pool::builder().threads(threads).build().unwrap_or_else(|_| Pool::global().clone())
    };
    let rt = Runtime::builder()
        .engine(host.clone())
        .drain_rule(options.drain_rule)
        .phase_callback_limit(options.phase_callback_limit)
        .pool_with(pool)
        .build()?;
    host.attach(&rt);
    {
        let host = host.clone();
        rt.on_before_exit(move |_, code| host.before_exit(code));
    }
    {
        let host = host.clone();
        rt.on_exit(move |_, code| {
            if let Err(thrown) = host.exit(code) {
                crate::complain!("node-compat: {}", host.describe(&thrown));
            }
        });
    }
    modules::install(&host);
    rt.run_main(|_| host.with(|ctx| builtins::bootstrap(&ctx, &options).map_err(|error| thrown(&ctx, error))));
    let code = rt.run();
    host.detach();
    Ok(code?)
}

fn uv_pool_size(value: Option<&str>) -> usize {
    node_compat::threads_from(value.map(std::ffi::OsStr::new))
}
