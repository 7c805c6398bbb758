//! Writing and shutting down.

use std::io::IoSlice;
use std::os::fd::AsFd;
use std::rc::Rc;
use std::thread;

use uv_loop::{HandleId, Loop};
use uv_sys::{Error, Result};

use super::body::{State, StreamBody};
use super::done::Done;
use super::write::{Attempt, Sent, Source, WriteQueue};
use crate::socket;

impl StreamBody {
    pub(crate) fn write(&self, lp: &Loop, id: HandleId, source: Source) -> Result<()> {
        let mut state = self.state.borrow_mut();
        check_writable(&state)?;
        let connecting = state.connecting();
        let direct = !connecting && state.writes.as_ref().is_none_or(|writes| writes.is_direct());
        let Some((channel, writes)) = state.channel() else { return Err(Error::EBADF) };
        let attempt = Attempt::new(&source, direct.then_some(&channel))?;
        let writes = writes.get_or_insert_with(WriteQueue::take);
        if attempt.has_sent_all() {
            writes.push_sent(Sent::new(source, &attempt, lp.request()));
            drop(state);
            return lp.defer(id);
        }
        writes.push(source, attempt, lp.request(), &channel);
        let (blocked, needs_turn) = (writes.is_blocked(), writes.needs_turn());
        drop(state);
        if connecting {
            return Ok(());
        }
        if blocked {
            self.watch_or_fail(lp, id);
            self.defer_writes(lp, id);
        } else if needs_turn {
            lp.defer(id)?;
        }
        Ok(())
    }

    pub(crate) fn try_write(&self, buffers: &[IoSlice<'_>], pass: Option<Rc<dyn AsFd>>) -> Result<usize> {
        let mut state = self.state.borrow_mut();
        if state.connecting() || state.writes.as_ref().is_some_and(|writes| writes.size() > 0) {
            return Err(Error::EAGAIN);
        }
        check_writable(&state)?;
        // As many as one call takes.
        const MOST_BUFFERS: usize = 1024;
        let buffers = &buffers[..buffers.len().min(MOST_BUFFERS)];
        if buffers.is_empty() || (pass.is_some() && buffers.iter().all(|bytes| bytes.is_empty())) {
            return Err(Error::EINVAL);
        }
        let Some((channel, _)) = state.channel() else { return Err(Error::EBADF) };
        channel.send(buffers, pass.as_deref().map(AsFd::as_fd))
    }

    pub(crate) fn cancel_write(&self, lp: &Loop, id: HandleId, write: usize) -> Result<()> {
        let mut state = self.state.borrow_mut();
        if !state.writes.as_mut().is_some_and(|writes| writes.cancel(write)) {
            return Err(Error::EBUSY);
        }
        drop(state);
        lp.defer(id)
    }

    pub(crate) fn write_queue_size(&self) -> usize {
        self.state.borrow().writes.as_ref().map_or(0, |writes| writes.size())
    }

    pub(crate) fn shutdown(&self, lp: &Loop, id: HandleId, callback: Done) -> Result<()> {
        let mut state = self.state.borrow_mut();
        if !state.writable {
            return Err(Error::ENOTCONN);
        }
        state.writable = false;
        state.rare().shutdown = Some((callback, lp.request()));
        if !state.writes.as_ref().is_some_and(|writes| writes.has_waiting()) {
            drop(state);
            lp.defer(id)?;
        }
        Ok(())
    }

    /// Sends what the kernel takes; what has ended by that is to be called back.
    pub(super) fn flush(&self, lp: &Loop, id: HandleId) {
        let mut state = self.state.borrow_mut();
        if let Some((channel, Some(writes))) = state.channel() {
            writes.flush(&channel);
        }
        drop(state);
        self.watch_or_fail(lp, id);
    }

    /// Calls back the writes that have ended. When a callback panics the others are left to the next pending phase, as is
    /// what was to come behind them.
    pub(super) fn call_back_writes(&self, lp: &Loop, id: HandleId) {
        struct Rest<'a>(&'a StreamBody, &'a Loop, HandleId);
        impl Drop for Rest<'_> {
            fn drop(&mut self) {
                let Rest(body, lp, id) = *self;
                let mut state = body.state.borrow_mut();
                if let Some(unused) = state.writes.take_if(|writes| writes.is_empty()) {
                    unused.put_back();
                }
                let drains = state.shutting() && thread::panicking();
                if drains || state.writes_need_turn() {
                    let _ = lp.defer(id);
                }
            }
        }

        let mut state = self.state.borrow_mut();
        let shutting = state.shutting();
        let Some(writes) = &mut state.writes else { return };
        if !shutting && let Some(sent) = writes.pop_only_sent() {
            if let Some(unused) = state.writes.take() {
                unused.put_back();
            }
            drop(state);
            return sent.call_back(lp, id);
        }
        let count = writes.ended();
        drop(state);
        let _rest = Rest(self, lp, id);
        // Those that end meanwhile have their turn later.
        for _ in 0..count {
            let pop = |state: &mut State| state.writes.as_mut()?.pop_ended();
            let Some(ended) = pop(&mut self.state.borrow_mut()) else {
                break;
            };
            ended.call_back(lp, id);
        }
    }

    /// When all writes are with the kernel: ends the sending side, if that was asked for. Writes that have ended by then may
    /// still be to be called back. What was closed meanwhile has no side to end.
    pub(super) fn drain(&self, lp: &Loop, id: HandleId) {
        let mut state = self.state.borrow_mut();
        if state.writes.as_ref().is_some_and(|writes| writes.has_waiting()) {
            return;
        }
        let Some((callback, request)) = state.rare.as_mut().and_then(|rare| rare.shutdown.take()) else {
            return;
        };
        let fd = state.fd.clone();
        state.trim();
        drop(state);
        let result = match &fd {
            Some(fd) => rustix::net::shutdown(fd, rustix::net::Shutdown::Write).map_err(socket::error),
            None => Err(Error::ECANCELED),
        };
        drop((fd, request));
        callback.is(lp, id, result);
    }
}

fn check_writable(state: &State) -> Result<()> {
    match state.fd {
        None => Err(Error::EBADF),
        Some(_) if state.writable => Ok(()),
        Some(_) => Err(Error::EPIPE),
    }
}
