//! Writing to stdout and stderr: blocking, as Node does for files, pipes and terminals on Linux.

use std::os::fd::BorrowedFd;

use node_compat::Error;
use rquickjs::{Ctx, Exception, Object, TypedArray};

use super::{buffer, define};

pub(super) fn fill(object: &Object<'_>) -> rquickjs::Result<()> {
    define(object, "write", |ctx: Ctx<'_>, fd: i32, text: String| write(&ctx, fd, text.as_bytes()))?;
    define(object, "writeBytes", write_bytes)?;
    define(object, "isTerminal", |fd: i32| standard(fd).is_some_and(|fd| std::io::IsTerminal::is_terminal(&fd)))
}

fn write_bytes<'js>(ctx: Ctx<'js>, fd: i32, bytes: TypedArray<'js, u8>) -> rquickjs::Result<i32> {
    let bytes = buffer::copy_out(&ctx, &bytes, 0, bytes.len())?;
    write(&ctx, fd, &bytes)
}

/// Returns 0 or a negative error code; the process's own standard output may well be a closed pipe.
fn write(ctx: &Ctx<'_>, fd: i32, bytes: &[u8]) -> rquickjs::Result<i32> {
    let written = standard(fd).map(|fd| node_compat::os::write_all(fd, bytes));
    match written {
        Some(Ok(())) => Ok(0),
        Some(Err(error)) => Ok(error.code()),
        None => Err(Exception::throw_range(ctx, &format!("{}: {fd}", Error::EBADF))),
    }
}

/// The standard descriptors, which are open for as long as the process is.
pub(super) fn standard(fd: i32) -> Option<BorrowedFd<'static>> {
    match fd {
        0 => Some(node_compat::os::stdin()),
        1 => Some(node_compat::os::stdout()),
        2 => Some(node_compat::os::stderr()),
        _ => None,
    }
}
