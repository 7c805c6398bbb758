//! All that a child needs, made before there is one: it may neither allocate nor wait for a lock.

use std::ffi::{CStr, c_char};
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::ptr;
use std::sync::atomic::AtomicI32;

use super::{Source, Spawn};
use crate::{Error, Result};

/// What [`child::run`](super::child::run) does. The pointers point into what [`Spawn`] borrows, or into the plan.
pub(super) struct Plan {
    /// The paths to try, each with its NUL.
    pub(super) paths: Vec<u8>,
    args: Vec<*const c_char>,
    script_args: Vec<*const c_char>,
    env: Option<Vec<*const c_char>>,
    pub(super) cwd: *const c_char,
    /// What its descriptors are, 0 to 2 at least; -1 for `/dev/null` or none. The child's own notes, too.
    pub(super) stdio: Vec<RawFd>,
    pub(super) inherit: bool,
    pub(super) uid: Option<u32>,
    pub(super) gid: Option<u32>,
    pub(super) detached: bool,
    pub(super) process_group: Option<i32>,
    /// Where a child that shares the memory says what went wrong: an errno.
    pub(super) errno: AtomicI32,
}

/// Runs what has no line that says what is to run it.
pub(super) const SHELL: &CStr = c"/bin/sh";

/// What a program's name may have; that of Linux and others.
const NAME_MAX: usize = 255;
/// And its path.
const PATH_MAX: usize = 4096;

impl Plan {
    pub(super) fn new(spawn: &Spawn<'_>) -> Result<Plan> {
        let pointers = |list: &[&CStr]| list.iter().map(|text| text.as_ptr()).chain([ptr::null()]).collect::<Vec<_>>();
        let mut stdio: Vec<RawFd> = Vec::with_capacity(spawn.stdio.len().max(3));
        for source in spawn.stdio {
            stdio.push(match *source {
                Source::Null => -1,
                Source::Fd(fd) => fd.as_raw_fd(),
                Source::Number(number) => open_number(number)?,
            });
        }
        stdio.resize(stdio.len().max(3), -1);
        let path = match spawn.env {
            Some(env) => env.iter().find_map(|entry| entry.to_bytes().strip_prefix(b"PATH=")),
            None => inherited_path(),
        };
        Ok(Plan {
            paths: paths(spawn.file.to_bytes(), path.unwrap_or(b"/usr/bin:/bin"))?,
            args: pointers(spawn.args),
            script_args: [SHELL.as_ptr(), ptr::null()]
                .into_iter()
                .chain(spawn.args.iter().skip(1).map(|text| text.as_ptr()))
                .chain([ptr::null()])
                .collect(),
            env: spawn.env.map(pointers),
            cwd: spawn.cwd.map_or(ptr::null(), CStr::as_ptr),
            stdio,
            inherit: spawn.inherit,
            uid: spawn.uid,
            gid: spawn.gid,
            detached: spawn.detached,
            process_group: spawn.process_group,
            errno: AtomicI32::new(0),
        })
    }

    pub(super) fn args(&self) -> *const *const c_char {
        self.args.as_ptr()
    }

    /// What the shell gets to run the script that is there.
    pub(super) fn script_args(&mut self, path: *const c_char) -> *const *const c_char {
        self.script_args[1] = path;
        self.script_args.as_ptr()
    }

    pub(super) fn env(&self) -> *const *const c_char {
        match &self.env {
            Some(env) => env.as_ptr(),
            // SAFETY: the pointer is read and not kept. Who changes the environment promises that nobody reads it
            // meanwhile but by functions of std's.
            None => unsafe { environ.cast() },
        }
    }
}

/// Looked at here, as the child opens descriptors of its own before it comes to use them.
fn open_number(number: RawFd) -> Result<RawFd> {
    // SAFETY: it touches no memory.
    match unsafe { libc::fcntl(number, libc::F_GETFD) } {
        -1 => Err(io::Error::last_os_error().into()),
        _ => Ok(number),
    }
}

unsafe extern "C" {
    static environ: *const *const c_char;
}

/// The paths behind a name, in the order in which they are tried.
fn paths(file: &[u8], path: &[u8]) -> Result<Vec<u8>> {
    let mut paths = Vec::with_capacity(file.len() + path.len() + 32);
    if file.is_empty() {
        return Err(Error::ENOENT);
    }
    if file.contains(&b'/') {
        paths.extend_from_slice(file);
        paths.push(0);
        return Ok(paths);
    }
    if file.len() > NAME_MAX {
        return Err(Error::ENAMETOOLONG);
    }
    for dir in path.split(|&byte| byte == b':') {
        if dir.len() + file.len() + 2 > PATH_MAX {
            continue;
        }
        if !dir.is_empty() {
            paths.extend_from_slice(dir);
            paths.push(b'/');
        }
        paths.extend_from_slice(file);
        paths.push(0);
    }
    if paths.is_empty() { Err(Error::ENOENT) } else { Ok(paths) }
}

fn inherited_path<'a>() -> Option<&'a [u8]> {
    // SAFETY: the text is used before the spawn returns. Who changes the environment promises that nobody reads it
    // meanwhile but by functions of std's.
    unsafe {
        let path = libc::getenv(c"PATH".as_ptr());
        (!path.is_null()).then(|| CStr::from_ptr(path).to_bytes())
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn listed(file: &str, path: &str) -> Vec<String> {
        let paths = paths(file.as_bytes(), path.as_bytes()).unwrap();
        let paths = paths.strip_suffix(&[0]).unwrap().split(|&byte| byte == 0);
        paths.map(|path| String::from_utf8(path.to_vec()).unwrap()).collect()
    }

    #[test]
    fn a_name_is_looked_for_in_order() {
        assert_eq!(listed("ls", "/usr/bin:/bin"), ["/usr/bin/ls", "/bin/ls"]);
        assert_eq!(listed("ls", "relative"), ["relative/ls"]);
    }

    #[test]
    fn an_empty_place_is_the_current_directory() {
        assert_eq!(listed("ls", ""), ["ls"]);
        assert_eq!(listed("ls", ":/bin:"), ["ls", "/bin/ls", "ls"]);
    }

    #[test]
    fn a_path_is_not_looked_for() {
        assert_eq!(listed("./ls", "/bin"), ["./ls"]);
        assert_eq!(listed("/bin/", "/bin"), ["/bin/"]);
    }

    #[test]
    fn what_is_too_long_is_not_tried() {
        assert_eq!(listed("ls", &format!("/{}:/bin", "a".repeat(PATH_MAX))), ["/bin/ls"]);
        assert_eq!(paths(b"ls", &[b'a'; PATH_MAX]), Err(Error::ENOENT));
        assert_eq!(paths(&[b'a'; NAME_MAX + 1], b"/bin"), Err(Error::ENAMETOOLONG));
        assert_eq!(paths(b"", b"/bin"), Err(Error::ENOENT));
    }
}
