//! Threads, locks and what threads wait for: the C library's, whose types these are.

use std::ffi::{c_char, c_int, c_uint, c_void};
use std::mem::MaybeUninit;

use uv_sys::{Error, Result};

use crate::layout::uv_thread_options_t;
use crate::ptr::{Ptr, Str, bytes_mut, code, misuse};

type Mutex = libc::pthread_mutex_t;
type Condition = libc::pthread_cond_t;
type RwLock = libc::pthread_rwlock_t;
type Semaphore = libc::sem_t;
type Barrier = libc::pthread_barrier_t;
type Thread = libc::pthread_t;
type Key = libc::pthread_key_t;

const _: () = assert!(size_of::<Mutex>() == 40 && size_of::<Condition>() == 48 && size_of::<RwLock>() == 56);
const _: () = assert!(size_of::<Semaphore>() == 32 && size_of::<Barrier>() == 32 && size_of::<Thread>() == 8);
const _: () = assert!(size_of::<Key>() == 4 && size_of::<libc::pthread_once_t>() == 4);

/// A call of the threads' library, which returns the error.
fn error(errno: c_int) -> c_int {
    -errno
}

/// One that cannot fail unless the program is wrong: libuv ends the process.
fn must(function: &str, errno: c_int) {
    if errno != 0 {
        misuse(function, Error::from_raw_errno(errno).message());
    }
}

/// One that tries: taken, or `EBUSY`.
fn tried(function: &str, errno: c_int) -> c_int {
    match errno {
        0 => 0,
        libc::EBUSY | libc::EAGAIN => Error::EBUSY.code(),
        errno => misuse(function, Error::from_raw_errno(errno).message()),
    }
}

// Locks.

#[unsafe(no_mangle)]
extern "C" fn uv_mutex_init(mutex: Ptr<Mutex>) -> c_int {
    init_mutex(mutex, libc::PTHREAD_MUTEX_NORMAL)
}

#[unsafe(no_mangle)]
extern "C" fn uv_mutex_init_recursive(mutex: Ptr<Mutex>) -> c_int {
    init_mutex(mutex, libc::PTHREAD_MUTEX_RECURSIVE)
}

fn init_mutex(mutex: Ptr<Mutex>, kind: c_int) -> c_int {
    let mut attributes = MaybeUninit::uninit();
    // SAFETY: the attributes are initialized by the first call, and the mutex is a place for one.
    unsafe {
        must("uv_mutex_init", libc::pthread_mutexattr_init(attributes.as_mut_ptr()));
        must("uv_mutex_init", libc::pthread_mutexattr_settype(attributes.as_mut_ptr(), kind));
        let result = libc::pthread_mutex_init(mutex.raw(), attributes.as_ptr());
        must("uv_mutex_init", libc::pthread_mutexattr_destroy(attributes.as_mut_ptr()));
        error(result)
    }
}

/// Functions that hand a pointer of the program's to the C library.
macro_rules! forward {
    ($($name:ident($type:ty) = $function:ident via $check:ident $(-> $result:ty)?;)*) => {$(
        #[unsafe(no_mangle)]
        extern "C" fn $name(it: Ptr<$type>) $(-> $result)? {
            // SAFETY: by libuv's contract it was initialized, and is not destroyed while it is used.
            $check(stringify!($name), unsafe { libc::$function(it.raw()) })
        }
    )*};
}

forward! {
    uv_mutex_destroy(Mutex) = pthread_mutex_destroy via must;
    uv_mutex_lock(Mutex) = pthread_mutex_lock via must;
    uv_mutex_trylock(Mutex) = pthread_mutex_trylock via tried -> c_int;
    uv_mutex_unlock(Mutex) = pthread_mutex_unlock via must;
    uv_rwlock_destroy(RwLock) = pthread_rwlock_destroy via must;
    uv_rwlock_rdlock(RwLock) = pthread_rwlock_rdlock via must;
    uv_rwlock_tryrdlock(RwLock) = pthread_rwlock_tryrdlock via tried -> c_int;
    uv_rwlock_rdunlock(RwLock) = pthread_rwlock_unlock via must;
    uv_rwlock_wrlock(RwLock) = pthread_rwlock_wrlock via must;
    uv_rwlock_trywrlock(RwLock) = pthread_rwlock_trywrlock via tried -> c_int;
    uv_rwlock_wrunlock(RwLock) = pthread_rwlock_unlock via must;
    uv_cond_destroy(Condition) = pthread_cond_destroy via must;
    uv_cond_signal(Condition) = pthread_cond_signal via must;
    uv_cond_broadcast(Condition) = pthread_cond_broadcast via must;
    uv_barrier_destroy(Barrier) = pthread_barrier_destroy via must;
    uv_sem_destroy(Semaphore) = sem_destroy via must_sem;
    uv_sem_post(Semaphore) = sem_post via must_sem;
}

fn must_sem(function: &str, result: c_int) {
    if let Err(error) = crate::ptr::os(result) {
        misuse(function, error.message());
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_rwlock_init(lock: Ptr<RwLock>) -> c_int {
    // SAFETY: it is a place for a lock.
    error(unsafe { libc::pthread_rwlock_init(lock.raw(), std::ptr::null()) })
}

#[unsafe(no_mangle)]
extern "C" fn uv_sem_init(semaphore: Ptr<Semaphore>, value: c_uint) -> c_int {
    // SAFETY: it is a place for a semaphore.
    code(crate::ptr::os(unsafe { libc::sem_init(semaphore.raw(), 0, value) }).map(drop))
}

#[unsafe(no_mangle)]
extern "C" fn uv_sem_wait(semaphore: Ptr<Semaphore>) {
    loop {
        // SAFETY: by libuv's contract it was initialized.
        match crate::ptr::os(unsafe { libc::sem_wait(semaphore.raw()) }) {
            Ok(_) => return,
            Err(Error::EINTR) => {}
            Err(error) => misuse("uv_sem_wait", error.message()),
        }
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_sem_trywait(semaphore: Ptr<Semaphore>) -> c_int {
    loop {
        // SAFETY: by libuv's contract it was initialized.
        match crate::ptr::os(unsafe { libc::sem_trywait(semaphore.raw()) }) {
            Ok(_) => return 0,
            Err(Error::EINTR) => {}
            Err(Error::EAGAIN) => return Error::EAGAIN.code(),
            Err(error) => misuse("uv_sem_trywait", error.message()),
        }
    }
}

// Conditions wait by the monotonic clock.

#[unsafe(no_mangle)]
extern "C" fn uv_cond_init(condition: Ptr<Condition>) -> c_int {
    let mut attributes = MaybeUninit::uninit();
    // SAFETY: the attributes are initialized by the first call, and the condition is a place for one.
    unsafe {
        must("uv_cond_init", libc::pthread_condattr_init(attributes.as_mut_ptr()));
        must("uv_cond_init", libc::pthread_condattr_setclock(attributes.as_mut_ptr(), libc::CLOCK_MONOTONIC));
        let result = libc::pthread_cond_init(condition.raw(), attributes.as_ptr());
        must("uv_cond_init", libc::pthread_condattr_destroy(attributes.as_mut_ptr()));
        error(result)
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_cond_wait(condition: Ptr<Condition>, mutex: Ptr<Mutex>) {
    // SAFETY: by libuv's contract both were initialized, and the mutex is the caller's.
    must("uv_cond_wait", unsafe { libc::pthread_cond_wait(condition.raw(), mutex.raw()) });
}

#[unsafe(no_mangle)]
extern "C" fn uv_cond_timedwait(condition: Ptr<Condition>, mutex: Ptr<Mutex>, timeout: u64) -> c_int {
    const SECOND: u64 = 1_000_000_000;
    let until = crate::misc::uv_hrtime().saturating_add(timeout);
    let until = libc::timespec { tv_sec: (until / SECOND) as i64, tv_nsec: (until % SECOND) as i64 };
    // SAFETY: by libuv's contract both were initialized, and the mutex is the caller's.
    match unsafe { libc::pthread_cond_timedwait(condition.raw(), mutex.raw(), &raw const until) } {
        0 => 0,
        libc::ETIMEDOUT => Error::ETIMEDOUT.code(),
        errno => misuse("uv_cond_timedwait", Error::from_raw_errno(errno).message()),
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_barrier_init(barrier: Ptr<Barrier>, count: c_uint) -> c_int {
    if barrier.is_null() || count == 0 {
        return Error::EINVAL.code();
    }
    // SAFETY: it is a place for a barrier.
    error(unsafe { libc::pthread_barrier_init(barrier.raw(), std::ptr::null(), count) })
}

#[unsafe(no_mangle)]
extern "C" fn uv_barrier_wait(barrier: Ptr<Barrier>) -> c_int {
    // SAFETY: by libuv's contract it was initialized.
    match unsafe { libc::pthread_barrier_wait(barrier.raw()) } {
        0 => 0,
        libc::PTHREAD_BARRIER_SERIAL_THREAD => 1,
        errno => misuse("uv_barrier_wait", Error::from_raw_errno(errno).message()),
    }
}

// Once, and each thread's own.

#[unsafe(no_mangle)]
extern "C" fn uv_once(guard: *mut libc::pthread_once_t, callback: Option<extern "C" fn()>) {
    unsafe extern "C" {
        fn pthread_once(guard: *mut libc::pthread_once_t, callback: Option<extern "C" fn()>) -> c_int;
    }
    // SAFETY: the guard is the program's, `UV_ONCE_INIT` or used so before; by libuv's contract there is a function.
    must("uv_once", unsafe { pthread_once(guard, callback) });
}

#[unsafe(no_mangle)]
extern "C" fn uv_key_create(key: Ptr<Key>) -> c_int {
    // SAFETY: it is a place for a key.
    error(unsafe { libc::pthread_key_create(key.raw(), None) })
}

#[unsafe(no_mangle)]
extern "C" fn uv_key_delete(key: Ptr<Key>) {
    // SAFETY: by libuv's contract it was created.
    must("uv_key_delete", unsafe { libc::pthread_key_delete(key.read()) });
}

#[unsafe(no_mangle)]
extern "C" fn uv_key_get(key: Ptr<Key>) -> *mut c_void {
    // SAFETY: any key may be asked for.
    unsafe { libc::pthread_getspecific(key.read()) }
}

#[unsafe(no_mangle)]
extern "C" fn uv_key_set(key: Ptr<Key>, value: *mut c_void) {
    // SAFETY: by libuv's contract it was created.
    must("uv_key_set", unsafe { libc::pthread_setspecific(key.read(), value) });
}

// Threads.

type Entry = Option<extern "C" fn(*mut c_void)>;

#[unsafe(no_mangle)]
extern "C" fn uv_thread_create(thread: Ptr<Thread>, entry: Entry, arg: *mut c_void) -> c_int {
    create(thread, 0, entry, arg)
}

#[unsafe(no_mangle)]
extern "C" fn uv_thread_create_ex(
    thread: Ptr<Thread>,
    options: Ptr<uv_thread_options_t>,
    entry: Entry,
    arg: *mut c_void,
) -> c_int {
    const HAS_STACK_SIZE: c_uint = 1;
    let options = options.read();
    let stack_size = if options.flags & HAS_STACK_SIZE != 0 { options.stack_size } else { 0 };
    create(thread, stack_size, entry, arg)
}

fn create(thread: Ptr<Thread>, stack_size: usize, entry: Entry, arg: *mut c_void) -> c_int {
    let Some(entry) = entry else {
        misuse("uv_thread_create", "there is no function to run");
    };
    let size = if stack_size == 0 { default_stack() } else { rounded(stack_size).max(least_stack()) };
    let mut attributes = MaybeUninit::uninit();
    // SAFETY: a C function without a result may be called, on x86-64, as one with a result that nobody looks at, which is
    // how libuv starts its threads. The attributes are initialized by the first call; the thread is a place for an id.
    unsafe {
        let start = std::mem::transmute::<extern "C" fn(*mut c_void), extern "C" fn(*mut c_void) -> *mut c_void>(entry);
        must("uv_thread_create", libc::pthread_attr_init(attributes.as_mut_ptr()));
        must("uv_thread_create", libc::pthread_attr_setstacksize(attributes.as_mut_ptr(), size));
        let result = libc::pthread_create(thread.raw(), attributes.as_ptr(), start, arg);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        error(result)
    }
}

fn page() -> usize {
    // SAFETY: it has no arguments that could be wrong.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096)
}

/// To whole pages; a size that is beyond all of them is none, as in libuv.
fn rounded(size: usize) -> usize {
    size.wrapping_add(page() - 1) & !(page() - 1)
}

/// As libuv's: room for some of the larger frames.
fn least_stack() -> usize {
    rounded(8192_usize.max(libc::PTHREAD_STACK_MIN))
}

/// What the main thread has, or two megabytes where that has no end.
fn default_stack() -> usize {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: there is a place for the answer.
    let known = unsafe { libc::getrlimit(libc::RLIMIT_STACK, &raw mut limit) } == 0;
    match usize::try_from(limit.rlim_cur) {
        Ok(size) if known && limit.rlim_cur != libc::RLIM_INFINITY && size >= least_stack() => size & !(page() - 1),
        _ => 2 << 20,
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_thread_self() -> Thread {
    // SAFETY: it cannot fail.
    unsafe { libc::pthread_self() }
}

#[unsafe(no_mangle)]
extern "C" fn uv_thread_join(thread: Ptr<Thread>) -> c_int {
    // SAFETY: by libuv's contract it is a thread that was not joined.
    error(unsafe { libc::pthread_join(thread.read(), std::ptr::null_mut()) })
}

#[unsafe(no_mangle)]
extern "C" fn uv_thread_detach(thread: Ptr<Thread>) -> c_int {
    // SAFETY: by libuv's contract it is a thread that was not joined.
    error(unsafe { libc::pthread_detach(thread.read()) })
}

#[unsafe(no_mangle)]
extern "C" fn uv_thread_equal(one: Ptr<Thread>, other: Ptr<Thread>) -> c_int {
    (one.read() == other.read()).into()
}

#[unsafe(no_mangle)]
extern "C" fn uv_thread_setname(name: Str) -> c_int {
    if name.is_null() {
        return Error::EINVAL.code();
    }
    let mut short = [0 as c_char; 16];
    crate::ptr::put_truncated(Ptr::new(short.as_mut_ptr()), short.len(), name.text().to_bytes());
    // SAFETY: the name ends with a zero.
    error(unsafe { libc::pthread_setname_np(libc::pthread_self(), short.as_ptr()) })
}

#[unsafe(no_mangle)]
extern "C" fn uv_thread_getname(thread: Ptr<Thread>, name: Str, size: usize) -> c_int {
    if name.is_null() || size == 0 {
        return Error::EINVAL.code();
    }
    let mut found = [0 as c_char; 16];
    // SAFETY: there is room for a name.
    let result = unsafe { libc::pthread_getname_np(thread.read(), found.as_mut_ptr(), found.len()) };
    crate::ptr::put_truncated(name, size, Ptr::new(found.as_mut_ptr()).text().to_bytes());
    error(result)
}

// Where a thread runs.

const CPUS: usize = libc::CPU_SETSIZE as usize;

#[unsafe(no_mangle)]
extern "C" fn uv_thread_setaffinity(
    thread: Ptr<Thread>,
    mask: *mut c_char,
    old_mask: *mut c_char,
    size: usize,
) -> c_int {
    code(set_affinity(thread, mask, old_mask, size))
}

fn set_affinity(thread: Ptr<Thread>, mask: *mut c_char, old_mask: *mut c_char, size: usize) -> Result<()> {
    if size < CPUS {
        return Err(Error::EINVAL);
    }
    if !old_mask.is_null() {
        get_affinity(thread, old_mask, size)?;
    }
    // SAFETY: zeros are an empty set.
    let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    for (cpu, wanted) in crate::ptr::bytes(mask.cast_const().cast(), CPUS).iter().enumerate() {
        if *wanted != 0 {
            // SAFETY: the set has a place for it.
            unsafe { libc::CPU_SET(cpu, &mut set) };
        }
    }
    // SAFETY: the thread is one, and the set is of that size.
    match unsafe { libc::pthread_setaffinity_np(thread.read(), size_of_val(&set), &raw const set) } {
        0 => Ok(()),
        errno => Err(Error::from_raw_errno(errno)),
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_thread_getaffinity(thread: Ptr<Thread>, mask: *mut c_char, size: usize) -> c_int {
    code(get_affinity(thread, mask, size))
}

fn get_affinity(thread: Ptr<Thread>, mask: *mut c_char, size: usize) -> Result<()> {
    if size < CPUS {
        return Err(Error::EINVAL);
    }
    // SAFETY: zeros are an empty set; the thread is one.
    let (set, errno) = unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        let errno = libc::pthread_getaffinity_np(thread.read(), size_of_val(&set), &raw mut set);
        (set, errno)
    };
    if errno != 0 {
        return Err(Error::from_raw_errno(errno));
    }
    for (cpu, place) in bytes_mut(mask.cast(), CPUS).iter_mut().enumerate() {
        // SAFETY: the set has a place for it.
        *place = unsafe { libc::CPU_ISSET(cpu, &set) }.into();
    }
    Ok(())
}

#[unsafe(no_mangle)]
extern "C" fn uv_thread_getcpu() -> c_int {
    // SAFETY: it has no arguments.
    crate::ptr::os(unsafe { libc::sched_getcpu() }).unwrap_or_else(Error::code)
}

#[unsafe(no_mangle)]
extern "C" fn uv_cpumask_size() -> c_int {
    CPUS as c_int
}

// How urgent a thread is.

#[unsafe(no_mangle)]
extern "C" fn uv_thread_getpriority(thread: Thread, priority: Ptr<c_int>) -> c_int {
    if priority.is_null() {
        return Error::EINVAL.code();
    }
    code(scheduling(thread).map(|(policy, parameters)| {
        let is_nice = policy == libc::SCHED_OTHER && thread == uv_thread_self();
        priority.put(if is_nice { nice() } else { parameters.sched_priority });
    }))
}

fn scheduling(thread: Thread) -> Result<(c_int, libc::sched_param)> {
    let (mut policy, mut parameters) = (0, libc::sched_param { sched_priority: 0 });
    // SAFETY: the thread is one, and there are places for the answers.
    match unsafe { libc::pthread_getschedparam(thread, &raw mut policy, &raw mut parameters) } {
        0 => Ok((policy, parameters)),
        errno => Err(Error::from_raw_errno(errno)),
    }
}

fn nice() -> c_int {
    // SAFETY: it has no arguments that could be wrong.
    unsafe { libc::getpriority(libc::PRIO_PROCESS, libc::gettid() as libc::id_t) }
}

#[unsafe(no_mangle)]
extern "C" fn uv_thread_setpriority(thread: Thread, priority: c_int) -> c_int {
    const LOWEST: c_int = -2;
    const HIGHEST: c_int = 2;
    if !(LOWEST..=HIGHEST).contains(&priority) {
        return Error::EINVAL.code();
    }
    code(set_priority(thread, priority))
}

fn set_priority(thread: Thread, priority: c_int) -> Result<()> {
    let (policy, mut parameters) = scheduling(thread)?;
    if policy == libc::SCHED_OTHER && thread == uv_thread_self() {
        // SAFETY: it has no arguments that could be wrong.
        let result = unsafe { libc::setpriority(libc::PRIO_PROCESS, libc::gettid() as libc::id_t, priority * -2) };
        return crate::ptr::os(result).map(drop);
    }
    // SAFETY: the policy is the thread's own.
    let (least, most) = unsafe { (libc::sched_get_priority_min(policy), libc::sched_get_priority_max(policy)) };
    parameters.sched_priority = least + (most - least) * (priority + 2) / 4;
    // SAFETY: the thread is one.
    match unsafe { libc::pthread_setschedparam(thread, policy, &raw const parameters) } {
        0 => Ok(()),
        errno => Err(Error::from_raw_errno(errno)),
    }
}
