//! What goes wrong with children, as Node tells it.

use std::fmt;

use crate::{Error, Thrown};

/// An error of a child, with what Node's has.
///
/// ```
/// use node_compat::{Runtime, child_process};
///
/// let rt = Runtime::new()?;
/// child_process::exec(&rt, "echo oh >&2; exit 3", Default::default(), |_, error, _, stderr| {
///     let error: &child_process::ChildError = error.unwrap();
///     assert_eq!(error.to_string(), "Command failed: echo oh >&2; exit 3\noh\n");
///     assert_eq!((error.exit_code, stderr), (Some(3), b"oh\n".as_slice()));
/// });
/// assert_eq!(rt.run()?, 0);
/// # Ok::<(), node_compat::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChildError {
    /// What it says.
    pub message: String,
    /// Node's name of the error, where it has one: `"ENOENT"`, `"ERR_CHILD_PROCESS_STDIO_MAXBUFFER"`.
    pub code: Option<&'static str>,
    /// The system's error, if it is one.
    pub errno: Option<Error>,
    /// The call that failed, `spawn` with the program, or `kill`.
    pub syscall: Option<String>,
    /// The program, if it could not be run.
    pub path: Option<String>,
    /// And its arguments.
    pub spawnargs: Vec<String>,
    /// Of `exec` and `exec_file`: the command.
    pub cmd: Option<String>,
    /// And the code with which it has ended.
    pub exit_code: Option<i32>,
    /// And the signal by which it has ended.
    pub signal: Option<i32>,
    /// And whether it was killed from here.
    pub killed: bool,
}

impl ChildError {
    /// As Node's `ErrnoException`.
    pub(super) fn errno(error: Error, syscall: String) -> ChildError {
        let message = format!("{syscall} {}", error.name());
        ChildError {
            message,
            code: Some(error.name()),
            errno: Some(error),
            syscall: Some(syscall),
            ..Default::default()
        }
    }

    pub(super) fn into_thrown(self) -> Thrown {
        Thrown::from(self)
    }
}

impl fmt::Display for ChildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ChildError {}
