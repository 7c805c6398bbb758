//! `uv_loop_t`: the event loop.

use std::cell::{Cell, RefCell};
use std::ffi::{c_int, c_uint, c_void};
use std::ptr;
use std::rc::Rc;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use uv_fs::{FsEventOwner, FsPollOwner, OwnedRequests};
use uv_loop::{IdleTime, Loop, Pool, RequestGuard, RunMode, WorkOwner};
use uv_net::{ReadOwner, RequestOwner, SendOwner, WriteOwner};
use uv_process::ExitOwner;
use uv_sys::{Clock, Error, MonotonicClock, Result};

use crate::alloc;
use crate::foreign::Foreign;
use crate::layout::{flag, uv_handle_t, uv_loop_t, uv_walk_cb};
use crate::ptr::{Ptr, code, misuse};
use crate::queue::Queue;
use crate::request::Failed;

/// What stands behind a `uv_loop_t`.
pub(crate) struct Inner {
    pub(crate) lp: Loop,
    pub(crate) idle_time: IdleTime,
    /// What was last written to `active_handles`; a program may have counted on from there.
    counted: Cell<c_uint>,
    /// Keeps the loop alive for what the program has counted.
    counted_by_program: Cell<Option<RequestGuard>>,
    is_counted_by_program: Cell<bool>,
    /// The owner of all the loop's readings, who knows each by its stream's address.
    pub(crate) reads: Rc<dyn ReadOwner>,
    /// The owners of all the loop's writes and datagrams, who know each by its request's address.
    pub(crate) writes: Rc<dyn WriteOwner>,
    pub(crate) sends: Rc<dyn SendOwner>,
    /// The owner of all connects and shutdowns.
    pub(crate) requests: Rc<dyn RequestOwner>,
    pub(crate) failed: RefCell<Vec<Failed>>,
    /// The owner of all that goes to the pool.
    pub(crate) works: Arc<dyn WorkOwner>,
    pub(crate) files: OwnedRequests,
    /// The owner of all children.
    pub(crate) exits: Rc<dyn ExitOwner>,
    /// The owner of all watches of files.
    pub(crate) events: Rc<dyn FsEventOwner>,
    pub(crate) polls: Rc<dyn FsPollOwner>,
    pub(crate) spawns: Cell<crate::process::Lists>,
    pub(crate) foreign: Foreign,
}

impl Ptr<uv_loop_t> {
    /// For the thread that runs the loop, or any if none does.
    #[inline]
    pub(crate) fn inner<'a>(self) -> &'a Inner {
        if self.is_foreign() {
            self.refuse();
        }
        self.inner_anywhere()
    }

    /// Of what is behind it another thread than the loop's may use what threads may share.
    #[inline]
    pub(crate) fn inner_anywhere<'a>(self) -> &'a Inner {
        match self.inner_or_none() {
            Some(inner) => inner,
            None => misuse("a loop is used", "it was not initialized, or is closed"),
        }
    }

    fn inner_or_none<'a>(self) -> Option<&'a Inner> {
        // SAFETY: null, or from `Box::into_raw` in `uv_loop_init` until `uv_loop_close`, which is not called while any
        // function of the loop runs.
        unsafe { self.inner.get().as_ref() }
    }

    #[inline]
    pub(crate) fn lp<'a>(self) -> &'a Loop {
        &self.inner().lp
    }

    /// For who has found that [no other thread](Ptr::is_foreign) runs the loop.
    #[inline]
    pub(crate) fn lp_here<'a>(self) -> &'a Loop {
        &self.inner_anywhere().lp
    }

    /// Milliseconds. The loop's own time is that of the thread that runs it; others read the clock, as it is about to.
    #[inline]
    pub(crate) fn now(self) -> u64 {
        if self.is_run_elsewhere() { now() } else { self.lp_here().now() }
    }

    /// Has the fields that programs read say what is, and heeds what programs have written there.
    pub(crate) fn sync(self) {
        let inner = self.inner_anywhere();
        let by_program = self.active_handles.get().wrapping_sub(inner.counted.get());
        let counted = inner.lp.active_handles() as c_uint;
        self.active_handles.set(counted.wrapping_add(by_program));
        inner.counted.set(counted);
        if by_program != 0 || inner.is_counted_by_program.get() {
            self.heed(by_program);
        }
    }

    #[cold]
    fn heed(self, by_program: c_uint) {
        let inner = self.inner_anywhere();
        let is_alive = (by_program as c_int) > 0;
        if inner.is_counted_by_program.replace(is_alive) != is_alive {
            drop(inner.counted_by_program.replace(is_alive.then(|| inner.lp.request())));
        }
    }
}

#[cold]
fn now() -> u64 {
    MonotonicClock.now().as_millis().try_into().unwrap_or(u64::MAX)
}

#[unsafe(no_mangle)]
extern "C" fn uv_loop_init(loop_: Ptr<uv_loop_t>) -> c_int {
    code(init(loop_))
}

fn init(loop_: Ptr<uv_loop_t>) -> Result<()> {
    let options = Loop::builder().pool_with(pool).async_in_order_of_creation(true);
    let lp = options.handle_owner(Rc::new(crate::handle::Handles(loop_))).build()?;
    let (writes, sends) = (Rc::new(crate::stream::Writes), Rc::new(crate::udp::Sends));
    let data = loop_.data.get();
    // SAFETY: it is a place for a `uv_loop_t`, of whose fields zeros are a value.
    unsafe { loop_.raw().write_bytes(0, 1) };
    loop_.data.set(data);
    loop_.handles().init();
    loop_.backend_fd.set(std::os::fd::AsRawFd::as_raw_fd(&lp.backend_fd()));
    let inner = Inner {
        idle_time: lp.idle_time_reader(),
        foreign: Foreign::new(&lp),
        lp,
        counted: Cell::new(0),
        reads: Rc::new(crate::stream::Reads),
        counted_by_program: Cell::new(None),
        is_counted_by_program: Cell::new(false),
        writes,
        sends,
        requests: Rc::new(crate::stream::Requests),
        failed: RefCell::default(),
        works: Arc::new(crate::threadpool::Works),
        files: OwnedRequests::new(Arc::new(crate::fs::Files)),
        exits: Rc::new(crate::process::Exits),
        events: Rc::new(crate::fs_event::Events),
        polls: Rc::new(crate::fs_poll::Polls),
        spawns: Cell::default(),
    };
    loop_.inner.set(Box::into_raw(Box::new(inner)));
    Ok(())
}

/// The pool, and the process whose threads it has.
static POOL: Mutex<Option<(Pool, i32)>> = Mutex::new(None);

/// The pool of all loops, made when the first of them needs it. A process that was forked has threads of its own.
pub(crate) fn pool() -> Pool {
    let here = uv_sys::os::pid();
    let mut place = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    let (pool, process) = place.get_or_insert_with(|| (make_pool(), here));
    if std::mem::replace(process, here) != here {
        pool.reset_after_fork();
    }
    pool.clone()
}

fn make_pool() -> Pool {
    let threads = uv_loop::threads_from(std::env::var_os("UV_THREADPOOL_SIZE").as_deref());
    match Pool::builder().threads(threads).same_name("libuv-worker").build() {
        Ok(pool) => pool,
        Err(error) => misuse("the thread pool", &error.to_string()),
    }
}

/// Does what is queued, and waits until the threads have ended. What is left of a parent's pool in the child of a fork has
/// none, and maybe a lock that is taken for ever.
pub(crate) fn end_pool() {
    let Ok(mut place) = POOL.try_lock() else { return };
    let ended = place.take_if(|(_, process)| *process == uv_sys::os::pid());
    drop(place);
    if let Some((pool, _)) = ended {
        pool.shutdown();
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_loop_close(loop_: Ptr<uv_loop_t>) -> c_int {
    let Some(inner) = loop_.inner_or_none() else {
        return Error::EBUSY.code();
    };
    if loop_.is_run() {
        return Error::EBUSY.code();
    }
    loop_.settle_all();
    drop(inner.counted_by_program.take());
    if !inner.lp.is_closable() {
        inner.is_counted_by_program.set(false);
        loop_.sync();
        return Error::EBUSY.code();
    }
    let inner = loop_.inner.replace(ptr::null_mut());
    let _ = DEFAULT.compare_exchange(loop_.raw(), ptr::null_mut(), Ordering::AcqRel, Ordering::Relaxed);
    // SAFETY: from `Box::into_raw`, and nobody has it any more.
    drop(unsafe { Box::from_raw(inner) });
    0
}

/// Null until somebody asks for it.
static DEFAULT: AtomicPtr<uv_loop_t> = AtomicPtr::new(ptr::null_mut());

#[unsafe(no_mangle)]
pub(crate) extern "C" fn uv_default_loop() -> *mut uv_loop_t {
    /// A place for it, which is always the same one.
    struct Place(std::cell::UnsafeCell<std::mem::MaybeUninit<uv_loop_t>>);
    // SAFETY: as libuv says, the default loop belongs to one thread at a time.
    unsafe impl Sync for Place {}
    static PLACE: Place = Place(std::cell::UnsafeCell::new(std::mem::MaybeUninit::zeroed()));

    let loop_ = DEFAULT.load(Ordering::Acquire);
    if !loop_.is_null() {
        return loop_;
    }
    let loop_ = Ptr::new(PLACE.0.get().cast());
    if init(loop_).is_err() {
        return ptr::null_mut();
    }
    DEFAULT.store(loop_.raw(), Ordering::Release);
    loop_.raw()
}

#[unsafe(no_mangle)]
extern "C" fn uv_loop_new() -> *mut uv_loop_t {
    let loop_ = alloc::zeroed::<uv_loop_t>(1);
    if !loop_.is_null() && uv_loop_init(Ptr::new(loop_)) != 0 {
        alloc::free(loop_);
        return ptr::null_mut();
    }
    loop_
}

#[unsafe(no_mangle)]
extern "C" fn uv_loop_delete(loop_: Ptr<uv_loop_t>) {
    let is_default = DEFAULT.load(Ordering::Acquire) == loop_.raw();
    if uv_loop_close(loop_) != 0 {
        misuse("uv_loop_delete", "the loop has handles or requests");
    }
    if !is_default {
        alloc::free(loop_.raw());
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_loop_size() -> usize {
    size_of::<uv_loop_t>()
}

#[unsafe(no_mangle)]
extern "C" fn uv_loop_get_data(loop_: Ptr<uv_loop_t>) -> *mut c_void {
    loop_.data.get()
}

#[unsafe(no_mangle)]
extern "C" fn uv_loop_set_data(loop_: Ptr<uv_loop_t>, data: *mut c_void) {
    loop_.data.set(data);
}

/// libuv's is variadic. A variadic caller on x86-64 passes an integer third argument in the register in which this
/// function takes it; for options without an argument the register has any value, and is not looked at.
#[unsafe(no_mangle)]
extern "C" fn uv_loop_configure(loop_: Ptr<uv_loop_t>, option: c_int, argument: c_int) -> c_int {
    const BLOCK_SIGNAL: c_int = 0;
    const METRICS_IDLE_TIME: c_int = 1;
    const USE_IO_URING_SQPOLL: c_int = 2;
    match option {
        METRICS_IDLE_TIME => loop_.lp().set_metrics_idle_time(true),
        // As in libuv it is this signal alone.
        BLOCK_SIGNAL if argument == libc::SIGPROF => return code(loop_.lp().block_signal(Some(argument))),
        BLOCK_SIGNAL => return Error::EINVAL.code(),
        // It is a permission, of which no use is made.
        USE_IO_URING_SQPOLL => {}
        _ => return Error::ENOSYS.code(),
    }
    0
}

#[unsafe(no_mangle)]
extern "C" fn uv_loop_fork(loop_: Ptr<uv_loop_t>) -> c_int {
    loop_.forget_threads();
    each_handle(loop_, crate::async_::forget_senders);
    let result = loop_.lp().fork();
    loop_.backend_fd.set(std::os::fd::AsRawFd::as_raw_fd(&loop_.lp().backend_fd()));
    code(result)
}

#[unsafe(no_mangle)]
extern "C" fn uv_loop_alive(loop_: Ptr<uv_loop_t>) -> c_int {
    // It says what is, and what the program has counted; and one branch is none of a frame's work.
    if loop_.active_handles.get() as c_int > 0 { 1 } else { is_alive(loop_) }
}

#[inline(never)]
extern "C" fn is_alive(loop_: Ptr<uv_loop_t>) -> c_int {
    if loop_.is_foreign() {
        // `uv_run` would have ended, or is about to.
        return 1;
    }
    loop_.sync();
    loop_.lp_here().alive().into()
}

#[unsafe(no_mangle)]
extern "C" fn uv_run(loop_: Ptr<uv_loop_t>, mode: c_int) -> c_int {
    let mode = match mode {
        1 => RunMode::Once,
        2 => RunMode::NoWait,
        _ => RunMode::Default,
    };
    loop_.begin_run();
    loop_.sync();
    let lp = loop_.lp_here();
    let result = loop {
        let result = lp.run(mode);
        // What another thread has started last may have come when the loop was about to end.
        let may_go_on = matches!(result, Ok(false)) && loop_.stop_flag.get() == 0;
        if !(may_go_on && loop_.settle() && lp.alive()) {
            break result;
        }
        if mode != RunMode::Default {
            break Ok(true);
        }
    };
    loop_.stop_flag.set(0);
    loop_.sync();
    loop_.end_run(timeout_of(lp));
    match result {
        Ok(alive) => alive.into(),
        // libuv ends the process as well when the kernel does not let it poll.
        Err(error) => misuse("uv_run", &error.to_string()),
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_stop(loop_: Ptr<uv_loop_t>) {
    if loop_.is_run_elsewhere() {
        return loop_.stop_elsewhere();
    }
    loop_.stop_flag.set(1);
    loop_.lp_here().stop();
}

#[unsafe(no_mangle)]
extern "C" fn uv_update_time(loop_: Ptr<uv_loop_t>) {
    loop_.briefly(move || loop_.lp_here().update_time());
}

#[unsafe(no_mangle)]
extern "C" fn uv_now(loop_: Ptr<uv_loop_t>) -> u64 {
    loop_.now()
}

#[unsafe(no_mangle)]
extern "C" fn uv_backend_fd(loop_: Ptr<uv_loop_t>) -> c_int {
    loop_.backend_fd.get()
}

#[unsafe(no_mangle)]
extern "C" fn uv_backend_timeout(loop_: Ptr<uv_loop_t>) -> c_int {
    if let Some(timeout) = loop_.timeout_elsewhere() {
        return timeout;
    }
    if loop_.is_foreign() {
        // It is about to do what may have been left to it.
        return 0;
    }
    loop_.sync();
    timeout_of(loop_.lp_here())
}

fn timeout_of(lp: &Loop) -> c_int {
    match lp.backend_timeout() {
        None => -1,
        Some(timeout) => timeout.as_millis().try_into().unwrap_or(c_int::MAX),
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_walk(loop_: Ptr<uv_loop_t>, walk_cb: uv_walk_cb, arg: *mut c_void) {
    if loop_.is_foreign() {
        // The list is that of the thread that runs the loop, which changes it meanwhile.
        return;
    }
    each_handle(loop_, |handle| {
        if handle.flags.get() & flag::INTERNAL == 0
            && let Some(walk_cb) = walk_cb
        {
            walk_cb(handle, arg);
        }
    });
}

/// Calls `visit` with each handle. It may make handles, which are not met, and close any.
pub(crate) fn each_handle(loop_: Ptr<uv_loop_t>, mut visit: impl FnMut(Ptr<uv_handle_t>)) {
    if loop_.is_foreign() {
        loop_.refuse();
    }
    let mut head = Queue::new();
    let rest = Ptr::new(&raw mut head);
    loop_.handles().move_to(rest);
    while let Some(link) = rest.first() {
        link.remove();
        loop_.handles().push(link);
        visit(link.handle());
    }
}
