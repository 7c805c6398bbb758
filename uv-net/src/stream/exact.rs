//! Reads of so many bytes.

use std::cell::RefCell;

use uv_loop::{HandleId, Loop};
use uv_sys::Result;

use super::body::StreamBody;
use super::read::{ReadBuf, ReadOwner};

/// Reads a number of bytes.
pub(super) struct Exact<F>(RefCell<Filling<F>>);

struct Filling<F> {
    bytes: Vec<u8>,
    count: usize,
    callback: Option<F>,
}

impl<F> Exact<F> {
    pub(super) fn new(count: usize, callback: F) -> Exact<F> {
        Exact(RefCell::new(Filling { bytes: vec![0; count], count: 0, callback: Some(callback) }))
    }
}

impl<F: FnOnce(&Loop, HandleId, Vec<u8>, Result<()>)> ReadOwner for Exact<F> {
    fn fill(&self, _: &Loop, _: HandleId, _: usize, _: usize, read: &mut dyn FnMut(ReadBuf<'_>)) {
        let mut filling = self.0.borrow_mut();
        let count = filling.count;
        read(ReadBuf::from(&mut filling.bytes[count..]));
    }

    fn done(&self, lp: &Loop, id: HandleId, _: usize, result: Result<usize>) {
        let mut filling = self.0.borrow_mut();
        // Nothing was asked for, and so there was nothing to read into.
        let result = if filling.bytes.is_empty() { Ok(0) } else { result };
        filling.count += result.unwrap_or(0);
        if result.is_ok() && filling.count < filling.bytes.len() {
            return;
        }
        let count = filling.count;
        filling.bytes.truncate(count);
        let (bytes, callback) = (std::mem::take(&mut filling.bytes), filling.callback.take());
        drop(filling);
        if let Ok(body) = StreamBody::of(lp, id) {
            body.read_stop(lp, id);
        }
        if let Some(callback) = callback {
            callback(lp, id, bytes, result.map(drop));
        }
    }
}
