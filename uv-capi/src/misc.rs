//! What the manual calls miscellaneous: the machine, the process, the environment, memory, time.

use std::ffi::{OsStr, c_char, c_int, c_uint};
use std::net::{IpAddr, SocketAddrV4, SocketAddrV6};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use uv_sys::os::{self, ClockId};
use uv_sys::{Error, Result};

use crate::address::{to_v4, to_v6};
use crate::alloc;
use crate::layout::*;
use crate::ptr::{Ptr, Str, code, os as os_result, put_text, put_truncated};

#[unsafe(no_mangle)]
extern "C" fn uv_buf_init(base: *mut c_char, length: c_uint) -> uv_buf_t {
    uv_buf_t { base, len: length as usize }
}

/// Called when the process ends or the library is unloaded, too: what was given to the pool is done then, and no thread is
/// left without its code.
#[unsafe(no_mangle)]
extern "C" fn uv_library_shutdown() {
    crate::title::forget();
    crate::event_loop::end_pool();
}

// SAFETY: the linker's table of such functions holds functions of this type.
#[used]
#[unsafe(link_section = ".fini_array")]
static AT_THE_END: extern "C" fn() = uv_library_shutdown;

// Time.

#[unsafe(no_mangle)]
pub(crate) extern "C" fn uv_hrtime() -> u64 {
    let now = os::clock_gettime(ClockId::Monotonic);
    now.seconds as u64 * 1_000_000_000 + u64::from(now.nanoseconds)
}

#[unsafe(no_mangle)]
extern "C" fn uv_clock_gettime(clock: c_int, time: Ptr<uv_timespec64_t>) -> c_int {
    if time.is_null() {
        return Error::EFAULT.code();
    }
    let clock = match clock {
        0 => ClockId::Monotonic,
        1 => ClockId::Realtime,
        _ => return Error::EINVAL.code(),
    };
    let now = os::clock_gettime(clock);
    time.put(uv_timespec64_t { tv_sec: now.seconds, tv_nsec: now.nanoseconds as i32 });
    0
}

#[unsafe(no_mangle)]
extern "C" fn uv_gettimeofday(time: Ptr<uv_timeval64_t>) -> c_int {
    if time.is_null() {
        return Error::EINVAL.code();
    }
    let now = os::clock_gettime(ClockId::Realtime);
    time.put(uv_timeval64_t { tv_sec: now.seconds, tv_usec: (now.nanoseconds / 1000) as i32 });
    0
}

#[unsafe(no_mangle)]
extern "C" fn uv_sleep(milliseconds: c_uint) {
    std::thread::sleep(Duration::from_millis(milliseconds.into()));
}

#[unsafe(no_mangle)]
extern "C" fn uv_uptime(uptime: Ptr<f64>) -> c_int {
    uptime.put(os::uptime().as_secs() as f64);
    0
}

// The process.

#[unsafe(no_mangle)]
extern "C" fn uv_os_getpid() -> c_int {
    os::pid()
}

#[unsafe(no_mangle)]
extern "C" fn uv_os_getppid() -> c_int {
    // SAFETY: it cannot fail.
    unsafe { libc::getppid() }
}

#[unsafe(no_mangle)]
extern "C" fn uv_os_getpriority(pid: c_int, priority: Ptr<c_int>) -> c_int {
    if priority.is_null() {
        return Error::EINVAL.code();
    }
    code(os::priority(pid).map(|found| priority.put(found)))
}

#[unsafe(no_mangle)]
extern "C" fn uv_os_setpriority(pid: c_int, priority: c_int) -> c_int {
    if !(os::PRIORITY_HIGHEST..=os::PRIORITY_LOW).contains(&priority) {
        return Error::EINVAL.code();
    }
    code(os::set_priority(pid, priority))
}

#[unsafe(no_mangle)]
extern "C" fn uv_cwd(buffer: Str, size: Ptr<usize>) -> c_int {
    put_path(os::cwd().as_deref().map_err(|error| *error), buffer, size)
}

#[unsafe(no_mangle)]
extern "C" fn uv_chdir(directory: Str) -> c_int {
    if directory.is_null() {
        return Error::EFAULT.code();
    }
    code(os::chdir(directory.path()))
}

/// As in libuv a path for which there is no room is cut.
#[unsafe(no_mangle)]
extern "C" fn uv_exepath(buffer: Str, size: Ptr<usize>) -> c_int {
    if buffer.is_null() || size.is_null() || size.read() == 0 {
        return Error::EINVAL.code();
    }
    code(os::exepath().map(|path| {
        let path = path.as_os_str().as_bytes();
        put_truncated(buffer, size.read(), path);
        size.put(path.len().min(size.read() - 1));
    }))
}

fn put_path(path: Result<&Path>, buffer: Str, size: Ptr<usize>) -> c_int {
    if buffer.is_null() || size.is_null() || size.read() == 0 {
        return Error::EINVAL.code();
    }
    match path {
        Ok(path) => put_text(buffer, size, path.as_os_str().as_bytes()),
        Err(error) => error.code(),
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_getrusage(usage: Ptr<uv_rusage_t>) -> c_int {
    code(os::rusage().map(|found| usage.put(usage_of(&found))))
}

#[unsafe(no_mangle)]
extern "C" fn uv_getrusage_thread(usage: Ptr<uv_rusage_t>) -> c_int {
    code(os::rusage_thread().map(|found| usage.put(usage_of(&found))))
}

fn usage_of(it: &os::Rusage) -> uv_rusage_t {
    let time = |time: Duration| uv_timeval_t { tv_sec: time.as_secs() as i64, tv_usec: time.subsec_micros().into() };
    uv_rusage_t {
        ru_utime: time(it.utime),
        ru_stime: time(it.stime),
        rest: [
            it.maxrss,
            it.ixrss,
            it.idrss,
            it.isrss,
            it.minflt,
            it.majflt,
            it.nswap,
            it.inblock,
            it.oublock,
            it.msgsnd,
            it.msgrcv,
            it.nsignals,
            it.nvcsw,
            it.nivcsw,
        ],
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_resident_set_memory(rss: Ptr<usize>) -> c_int {
    code(os::resident_set_memory().map(|bytes| rss.put(bytes as usize)))
}

// Descriptors.

const NONBLOCK: c_int = 0x40;

#[unsafe(no_mangle)]
extern "C" fn uv_pipe(fds: *mut c_int, read_flags: c_int, write_flags: c_int) -> c_int {
    let mut pair = [-1; 2];
    let both = if read_flags & write_flags & NONBLOCK != 0 { libc::O_NONBLOCK } else { 0 };
    // SAFETY: there is a place for both.
    let made = os_result(unsafe { libc::pipe2(pair.as_mut_ptr(), libc::O_CLOEXEC | both) });
    code(made.and_then(|_| put_pair(fds, pair, read_flags, write_flags)))
}

#[unsafe(no_mangle)]
extern "C" fn uv_socketpair(kind: c_int, protocol: c_int, fds: *mut c_int, flags0: c_int, flags1: c_int) -> c_int {
    let mut pair = [-1; 2];
    let both = if flags0 & flags1 & NONBLOCK != 0 { libc::SOCK_NONBLOCK } else { 0 };
    let kind = kind | libc::SOCK_CLOEXEC | both;
    // SAFETY: there is a place for both.
    let made = os_result(unsafe { libc::socketpair(libc::AF_UNIX, kind, protocol, pair.as_mut_ptr()) });
    code(made.and_then(|_| put_pair(fds, pair, flags0, flags1)))
}

fn put_pair(fds: *mut c_int, pair: [c_int; 2], flags0: c_int, flags1: c_int) -> Result<()> {
    for (fd, flags) in pair.into_iter().zip([flags0, flags1]) {
        if flags & NONBLOCK != 0 && flags0 & flags1 & NONBLOCK == 0 {
            let on: c_int = 1;
            // SAFETY: it was just made, and has an int as its argument.
            let result = os_result(unsafe { libc::ioctl(fd, libc::FIONBIO, &raw const on) });
            if let Err(error) = result {
                // SAFETY: they were just made, and nobody has them.
                unsafe { (libc::close(pair[0]), libc::close(pair[1])) };
                return Err(error);
            }
        }
    }
    Ptr::new(fds.cast::<[c_int; 2]>()).put(pair);
    Ok(())
}

#[unsafe(no_mangle)]
extern "C" fn uv_get_osfhandle(fd: c_int) -> c_int {
    fd
}

#[unsafe(no_mangle)]
extern "C" fn uv_open_osfhandle(fd: c_int) -> c_int {
    fd
}

// The environment.

#[unsafe(no_mangle)]
extern "C" fn uv_os_getenv(name: Str, buffer: Str, size: Ptr<usize>) -> c_int {
    if name.is_null() || buffer.is_null() || size.is_null() || size.read() == 0 {
        return Error::EINVAL.code();
    }
    match os::getenv(name.os_str()) {
        Ok(value) => put_text(buffer, size, value.as_bytes()),
        Err(error) => error.code(),
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_os_setenv(name: Str, value: Str) -> c_int {
    if name.is_null() || value.is_null() {
        return Error::EINVAL.code();
    }
    // SAFETY: as with setenv(3), the program sees to it that no thread reads the environment meanwhile.
    code(unsafe { os::setenv(name.os_str(), value.os_str()) })
}

#[unsafe(no_mangle)]
extern "C" fn uv_os_unsetenv(name: Str) -> c_int {
    if name.is_null() {
        return Error::EINVAL.code();
    }
    // SAFETY: as above.
    code(unsafe { os::unsetenv(name.os_str()) })
}

#[unsafe(no_mangle)]
extern "C" fn uv_os_environ(items: Ptr<*mut uv_env_item_t>, count: Ptr<c_int>) -> c_int {
    let all = os::environ();
    let list = alloc::zeroed::<uv_env_item_t>(all.len().max(1));
    if list.is_null() {
        return Error::ENOMEM.code();
    }
    for (index, (name, value)) in all.iter().enumerate() {
        let (name, value) = (alloc::text(name.as_bytes()), alloc::text(value.as_bytes()));
        Ptr::new(list).at(index).put(uv_env_item_t { name, value });
        if name.is_null() || value.is_null() {
            uv_os_free_environ(list, index as c_int + 1);
            return Error::ENOMEM.code();
        }
    }
    items.put(list);
    count.put(all.len() as c_int);
    0
}

#[unsafe(no_mangle)]
extern "C" fn uv_os_free_environ(items: *mut uv_env_item_t, count: c_int) {
    for index in 0..count.max(0) as usize {
        let item = Ptr::new(items).at(index).read();
        alloc::free(item.name);
        alloc::free(item.value);
    }
    alloc::free(items);
}

#[unsafe(no_mangle)]
extern "C" fn uv_os_homedir(buffer: Str, size: Ptr<usize>) -> c_int {
    put_path(os::homedir().as_deref().map_err(|error| *error), buffer, size)
}

#[unsafe(no_mangle)]
extern "C" fn uv_os_tmpdir(buffer: Str, size: Ptr<usize>) -> c_int {
    // libuv wants room for the slash, too, with which the variable ends and the directory does not.
    let named = ["TMPDIR", "TMP", "TEMP", "TEMPDIR"].into_iter().find_map(std::env::var_os);
    let length = named.map_or(0, |name| name.len());
    if !buffer.is_null() && !size.is_null() && (1..=length).contains(&size.read()) {
        size.put(length + 1);
        return Error::ENOBUFS.code();
    }
    put_path(Ok(&os::tmpdir()), buffer, size)
}

// Users.

#[unsafe(no_mangle)]
extern "C" fn uv_os_get_passwd(passwd: Ptr<uv_passwd_t>) -> c_int {
    put_passwd(passwd, os::passwd)
}

#[unsafe(no_mangle)]
extern "C" fn uv_os_get_passwd2(passwd: Ptr<uv_passwd_t>, uid: c_uint) -> c_int {
    put_passwd(passwd, || os::passwd_of(uid))
}

fn put_passwd(passwd: Ptr<uv_passwd_t>, find: impl FnOnce() -> Result<os::Passwd>) -> c_int {
    if passwd.is_null() {
        return Error::EINVAL.code();
    }
    let found = match find() {
        Ok(found) => found,
        Err(error) => return error.code(),
    };
    let text = |text: &OsStr| alloc::text(text.as_bytes());
    let copy = uv_passwd_t {
        username: text(&found.username),
        uid: found.uid as usize,
        gid: found.gid as usize,
        shell: text(found.shell.as_os_str()),
        homedir: text(found.homedir.as_os_str()),
    };
    passwd.put(copy);
    if copy.username.is_null() || copy.shell.is_null() || copy.homedir.is_null() {
        uv_os_free_passwd(passwd);
        return Error::ENOMEM.code();
    }
    0
}

#[unsafe(no_mangle)]
extern "C" fn uv_os_free_passwd(passwd: Ptr<uv_passwd_t>) {
    if passwd.is_null() {
        return;
    }
    let old = passwd.read();
    for text in [old.username, old.shell, old.homedir] {
        alloc::free(text);
    }
    let none = std::ptr::null_mut();
    passwd.put(uv_passwd_t { username: none, shell: none, homedir: none, ..old });
}

#[unsafe(no_mangle)]
extern "C" fn uv_os_get_group(group: Ptr<uv_group_t>, gid: c_uint) -> c_int {
    if group.is_null() {
        return Error::EINVAL.code();
    }
    let found = match os::group(gid) {
        Ok(found) => found,
        Err(error) => return error.code(),
    };
    let groupname = alloc::text(found.groupname.as_bytes());
    let members = alloc::zeroed::<*mut c_char>(found.members.len() + 1);
    let mut complete = !groupname.is_null() && !members.is_null();
    if !members.is_null() {
        for (index, member) in found.members.iter().enumerate() {
            let name = alloc::text(member.as_bytes());
            Ptr::new(members).at(index).put(name);
            complete &= !name.is_null();
        }
    }
    group.put(uv_group_t { groupname, gid: found.gid as usize, members });
    if !complete {
        uv_os_free_group(group);
        return Error::ENOMEM.code();
    }
    0
}

#[unsafe(no_mangle)]
extern "C" fn uv_os_free_group(group: Ptr<uv_group_t>) {
    if group.is_null() {
        return;
    }
    let uv_group_t { groupname, gid, members } = group.read();
    if !members.is_null() {
        for index in 0.. {
            let member = Ptr::new(members).at(index).read();
            if member.is_null() {
                break;
            }
            alloc::free(member);
        }
    }
    alloc::free(members);
    alloc::free(groupname);
    group.put(uv_group_t { groupname: std::ptr::null_mut(), gid, members: std::ptr::null_mut() });
}

// The machine.

#[unsafe(no_mangle)]
extern "C" fn uv_os_gethostname(buffer: Str, size: Ptr<usize>) -> c_int {
    if buffer.is_null() || size.is_null() || size.read() == 0 {
        return Error::EINVAL.code();
    }
    put_text(buffer, size, os::hostname().as_bytes())
}

#[unsafe(no_mangle)]
extern "C" fn uv_os_uname(buffer: Ptr<uv_utsname_t>) -> c_int {
    if buffer.is_null() {
        return Error::EINVAL.code();
    }
    let found = os::uname();
    let text = |text: &str| {
        let mut place = [0 as c_char; 256];
        put_truncated(Ptr::new(place.as_mut_ptr()), place.len(), text.as_bytes());
        place
    };
    buffer.put(uv_utsname_t {
        sysname: text(&found.sysname),
        release: text(&found.release),
        version: text(&found.version),
        machine: text(&found.machine),
    });
    0
}

#[unsafe(no_mangle)]
extern "C" fn uv_available_parallelism() -> c_uint {
    os::available_parallelism().try_into().unwrap_or(c_uint::MAX)
}

#[unsafe(no_mangle)]
extern "C" fn uv_cpu_info(infos: Ptr<*mut uv_cpu_info_t>, count: Ptr<c_int>) -> c_int {
    let all = match os::cpu_info() {
        Ok(all) => all,
        Err(error) => return error.code(),
    };
    let list = alloc::zeroed::<uv_cpu_info_t>(all.len().max(1));
    if list.is_null() {
        return Error::ENOMEM.code();
    }
    for (index, cpu) in all.iter().enumerate() {
        let times = &cpu.times;
        let info = uv_cpu_info_t {
            model: alloc::text(cpu.model.as_bytes()),
            speed: cpu.speed.try_into().unwrap_or(c_int::MAX),
            cpu_times: [times.user, times.nice, times.sys, times.idle, times.irq],
        };
        Ptr::new(list).at(index).put(info);
        if info.model.is_null() {
            uv_free_cpu_info(list, index as c_int);
            return Error::ENOMEM.code();
        }
    }
    infos.put(list);
    count.put(all.len() as c_int);
    0
}

#[unsafe(no_mangle)]
extern "C" fn uv_free_cpu_info(infos: *mut uv_cpu_info_t, count: c_int) {
    for index in 0..count.max(0) as usize {
        alloc::free(Ptr::new(infos).at(index).read().model);
    }
    alloc::free(infos);
}

#[unsafe(no_mangle)]
extern "C" fn uv_interface_addresses(addresses: Ptr<*mut uv_interface_address_t>, count: Ptr<c_int>) -> c_int {
    count.put(0);
    addresses.put(std::ptr::null_mut());
    let all = match os::interface_addresses() {
        Ok(all) => all,
        Err(error) => return error.code(),
    };
    if all.is_empty() {
        return 0;
    }
    let list = alloc::zeroed::<uv_interface_address_t>(all.len());
    if list.is_null() {
        return Error::ENOMEM.code();
    }
    for (index, found) in all.iter().enumerate() {
        let address = |address: IpAddr, scope| match address {
            IpAddr::V4(v4) => Address { v4: to_v4(&SocketAddrV4::new(v4, 0)) },
            IpAddr::V6(v6) => Address { v6: to_v6(&SocketAddrV6::new(v6, 0, 0, scope)) },
        };
        let item = uv_interface_address_t {
            name: alloc::text(found.name.as_bytes()),
            phys_addr: found.phys_addr,
            is_internal: found.internal.into(),
            address: address(found.address, found.scope_id),
            netmask: address(found.netmask, 0),
        };
        Ptr::new(list).at(index).put(item);
        if item.name.is_null() {
            uv_free_interface_addresses(list, index as c_int);
            return Error::ENOMEM.code();
        }
    }
    addresses.put(list);
    count.put(all.len() as c_int);
    0
}

#[unsafe(no_mangle)]
extern "C" fn uv_free_interface_addresses(addresses: *mut uv_interface_address_t, count: c_int) {
    for index in 0..count.max(0) as usize {
        alloc::free(Ptr::new(addresses).at(index).read().name);
    }
    alloc::free(addresses);
}

#[unsafe(no_mangle)]
extern "C" fn uv_loadavg(average: *mut [f64; 3]) {
    Ptr::new(average).put(os::loadavg());
}

#[unsafe(no_mangle)]
extern "C" fn uv_get_free_memory() -> u64 {
    os::free_memory()
}

#[unsafe(no_mangle)]
extern "C" fn uv_get_total_memory() -> u64 {
    os::total_memory()
}

#[unsafe(no_mangle)]
extern "C" fn uv_get_constrained_memory() -> u64 {
    os::constrained_memory()
}

#[unsafe(no_mangle)]
extern "C" fn uv_get_available_memory() -> u64 {
    os::available_memory()
}
