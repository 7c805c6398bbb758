//! All that a child needs, made before there is one: it may neither allocate nor wait for a lock.

use std::cell::Cell;
use std::ffi::{CStr, c_char};
use std::io;
use std::mem::{self, MaybeUninit};
use std::os::fd::{AsRawFd, RawFd};
use std::ptr;
use std::sync::atomic::AtomicI32;

use super::{Source, Spawn};
use crate::{Error, Result};

/// What [`child::run`](super::child::run) does. The pointers point into what [`Spawn`] borrows, or into the plan.
pub(super) struct Plan {
    lists: Lists,
    has_env: bool,
    pub(super) cwd: *const c_char,
    pub(super) inherit: bool,
    pub(super) uid: Option<u32>,
    pub(super) gid: Option<u32>,
    pub(super) detached: bool,
    pub(super) process_group: Option<i32>,
    /// Where a child that shares the memory says what went wrong: an errno.
    pub(super) errno: AtomicI32,
}

/// What has no fixed size, of which the thread keeps the memory for its next child.
#[derive(Default)]
struct Lists {
    /// The paths to try, each with its NUL.
    paths: Vec<u8>,
    args: Vec<*const c_char>,
    script_args: Vec<*const c_char>,
    env: Vec<*const c_char>,
    /// What its descriptors are, 0 to 2 at least; -1 for `/dev/null` or none. The child's own notes, too.
    stdio: Vec<RawFd>,
    stack: Vec<MaybeUninit<u8>>,
}

thread_local! {
    static KEPT: Cell<Option<Lists>> = const { Cell::new(None) };
}

/// Runs what has no line that says what is to run it.
pub(super) const SHELL: &CStr = c"/bin/sh";

/// What a program's name may have; that of Linux and others.
const NAME_MAX: usize = 255;
/// And its path.
const PATH_MAX: usize = 4096;

impl Plan {
    pub(super) fn new(spawn: &Spawn<'_>) -> Result<Plan> {
        let mut plan = Plan {
            lists: Lists::kept(),
            has_env: spawn.env.is_some(),
            cwd: spawn.cwd.map_or(ptr::null(), CStr::as_ptr),
            inherit: spawn.inherit,
            uid: spawn.uid,
            gid: spawn.gid,
            detached: spawn.detached,
            process_group: spawn.process_group,
            errno: AtomicI32::new(0),
        };
        plan.lists.fill(spawn)?;
        Ok(plan)
    }

    /// Each with its NUL.
    pub(super) fn paths(&self) -> &[u8] {
        &self.lists.paths
    }

    pub(super) fn stdio(&self) -> &[RawFd] {
        &self.lists.stdio
    }

    pub(super) fn stdio_mut(&mut self) -> &mut [RawFd] {
        &mut self.lists.stdio
    }

    /// Memory for a stack of so many bytes, at least, which is there as long as the plan is not dropped.
    pub(super) fn stack(&mut self, size: usize) -> *mut u8 {
        self.lists.stack.reserve_exact(size);
        self.lists.stack.as_mut_ptr().cast()
    }

    pub(super) fn args(&self) -> *const *const c_char {
        self.lists.args.as_ptr()
    }

    /// What the shell gets to run the script that is there.
    pub(super) fn script_args(&mut self, path: *const c_char) -> *const *const c_char {
        self.lists.script_args[1] = path;
        self.lists.script_args.as_ptr()
    }

    pub(super) fn env(&self) -> *const *const c_char {
        match self.has_env {
            true => self.lists.env.as_ptr(),
            // SAFETY: the pointer is read and not kept. Who changes the environment promises that nobody reads it
            // meanwhile but by functions of std's.
            false => unsafe { environ.cast() },
        }
    }
}

impl Lists {
    /// Empty ones.
    fn kept() -> Lists {
        KEPT.try_with(Cell::take).ok().flatten().unwrap_or_default()
    }

    fn fill(&mut self, spawn: &Spawn<'_>) -> Result<()> {
        for source in spawn.stdio {
            self.stdio.push(match *source {
                Source::Null => -1,
                Source::Fd(fd) => fd.as_raw_fd(),
                Source::Number(number) => open_number(number)?,
            });
        }
        self.stdio.resize(spawn.stdio.len().max(3), -1);
        let path = match spawn.env {
            Some(env) => env.iter().find_map(|entry| entry.to_bytes().strip_prefix(b"PATH=")),
            None => inherited_path(),
        };
        put_paths(&mut self.paths, spawn.file.to_bytes(), path.unwrap_or(b"/usr/bin:/bin"))?;
        self.args.extend(pointers(spawn.args));
        self.script_args.extend([SHELL.as_ptr(), ptr::null()]);
        self.script_args.extend(pointers(spawn.args.get(1..).unwrap_or_default()));
        self.env.extend(spawn.env.into_iter().flat_map(pointers));
        Ok(())
    }
}

impl Drop for Plan {
    fn drop(&mut self) {
        /// As many entries of each are kept.
        const MOST: usize = 4096;

        let mut lists = mem::take(&mut self.lists);
        let Lists { paths, args, script_args, env, stdio, stack: _ } = &mut lists;
        paths.clear();
        paths.shrink_to(MOST);
        stdio.clear();
        stdio.shrink_to(MOST);
        for list in [args, script_args, env] {
            list.clear();
            list.shrink_to(MOST);
        }
        // Not where the thread ends.
        let _ = KEPT.try_with(|kept| kept.set(Some(lists)));
    }
}

/// A list as C has it, with a null at its end.
fn pointers(texts: &[&CStr]) -> impl Iterator<Item = *const c_char> {
    texts.iter().map(|text| text.as_ptr()).chain([ptr::null()])
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
fn put_paths(paths: &mut Vec<u8>, file: &[u8], path: &[u8]) -> Result<()> {
    if file.contains(&b'/') {
        paths.extend_from_slice(file);
        paths.push(0);
        return Ok(());
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
    if paths.is_empty() { Err(Error::ENOENT) } else { Ok(()) }
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

    fn paths(file: &[u8], path: &[u8]) -> Result<Vec<u8>> {
        let mut paths = Vec::new();
        put_paths(&mut paths, file, path).map(|()| paths)
    }

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
    }

    #[test]
    fn no_name_is_the_directories_themselves() {
        assert_eq!(listed("", "/usr/bin:/bin"), ["/usr/bin/", "/bin/"]);
        assert_eq!(listed("", ""), [""]);
    }
}
