//! The queue of writes.

use std::collections::VecDeque;
use std::io::{self, Write as _};
use std::net::TcpStream;

use uv_loop::{Loop, RequestGuard};
use uv_sys::{Error, Result};

use crate::tcp::Tcp;

/// As many writes end in one go; then others have their turn.
const AT_ONCE: usize = 32;

/// The bytes and the callback of a write, in one allocation.
trait Request {
    fn bytes(&self) -> &[u8];
    fn done(self: Box<Self>, lp: &Loop, tcp: Tcp, result: Result<()>);
}

struct Parts<B, F> {
    bytes: B,
    callback: F,
}

impl<B: AsRef<[u8]>, F: FnOnce(&Loop, Tcp, Result<()>)> Request for Parts<B, F> {
    fn bytes(&self) -> &[u8] {
        self.bytes.as_ref()
    }

    fn done(self: Box<Self>, lp: &Loop, tcp: Tcp, result: Result<()>) {
        let Parts { bytes, callback } = *self;
        drop(bytes);
        callback(lp, tcp, result);
    }
}

pub(crate) struct Write {
    request: Box<dyn Request>,
    guard: RequestGuard,
    length: usize,
    written: usize,
}

impl Write {
    pub(crate) fn new(
        lp: &Loop,
        bytes: impl AsRef<[u8]> + 'static,
        callback: impl FnOnce(&Loop, Tcp, Result<()>) + 'static,
    ) -> Write {
        Write {
            length: bytes.as_ref().len(),
            written: 0,
            guard: lp.request(),
            request: Box::new(Parts { bytes, callback }),
        }
    }

    /// Sends what the kernel takes; whether that is all.
    fn send(&mut self, mut socket: &TcpStream) -> Result<bool> {
        while self.written < self.length {
            // Whatever the bytes' owner makes of them, their number stays.
            let rest = self.request.bytes().get(self.written..self.length);
            // `write`, and not `write_vectored`: std has no signal sent for the former alone.
            match socket.write(rest.ok_or(Error::EFAULT)?) {
                Ok(count) => self.written += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(true)
    }

    pub(crate) fn done(self, lp: &Loop, tcp: Tcp, result: Result<()>) {
        drop(self.guard);
        self.request.done(lp, tcp, result);
    }
}

#[derive(Default)]
pub(crate) struct WriteQueue {
    waiting: VecDeque<Write>,
    /// Ended, and to be called back.
    pub(crate) ended: VecDeque<(Write, Result<()>)>,
    size: usize,
}

impl WriteQueue {
    /// The bytes that are not with the kernel.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(crate) fn push(&mut self, write: Write) {
        self.size += write.length;
        self.waiting.push_back(write);
    }

    /// Sends what the kernel takes.
    pub(crate) fn flush(&mut self, socket: &TcpStream) {
        for _ in 0..AT_ONCE {
            let Some(write) = self.waiting.front_mut() else {
                break;
            };
            let before = write.written;
            let result = write.send(socket);
            self.size -= write.written - before;
            match result {
                Ok(true) => self.end_first(Ok(())),
                Ok(false) => break,
                Err(error) => {
                    self.end_first(Err(error));
                    break;
                }
            }
        }
    }

    /// Ends all that wait.
    pub(crate) fn fail(&mut self, error: Error) {
        while !self.waiting.is_empty() {
            self.end_first(Err(error));
        }
    }

    fn end_first(&mut self, result: Result<()>) {
        if let Some(write) = self.waiting.pop_front() {
            self.size -= write.length - write.written;
            self.ended.push_back((write, result));
        }
    }
}
