//! How the side of a socket that is written ends: when all of it is with the kernel the other end is told, then
//! `'finish'` comes.

use super::events::Event;
use super::writable::{Callback, call_all, report};
use super::{NetError, Socket};
use crate::{Error, Runtime, Thrown};

impl Socket {
    pub(super) fn end_now(&self, rt: &Runtime, callback: Option<Callback>) {
        let w = &self.0.writable;
        let mut error = None;
        self.uncork_wholly(rt);
        if !w.ending.get() && !self.has_errored() {
            w.ending.set(true);
            let finished = self.finish_maybe(rt);
            report(rt, finished);
            // Node never calls the callback then.
            error = self.is_destroyed().then(|| NetError::destroyed("end"));
        } else if w.finished.get() {
            error = Some(NetError::node("ERR_STREAM_ALREADY_FINISHED", "Cannot call end after a stream was finished"));
        } else if self.is_destroyed() {
            error = Some(NetError::destroyed("end"));
        }
        let Some(callback) = callback else { return };
        let result = match error.or_else(|| self.0.errored.borrow().clone()) {
            Some(error) => Err(error),
            None if w.finished.get() => Ok(()),
            None => return w.on_finish.borrow_mut().push(callback),
        };
        rt.next_tick(move |rt| callback(rt, result));
    }

    fn needs_finish(&self) -> bool {
        let (it, w) = (&self.0, &self.0.writable);
        let busy = w.writing.get() || w.clearing.get() || w.length.get() > 0 || !w.queue.borrow().is_empty();
        let over = w.finished.get() || self.is_destroyed() || self.has_errored();
        w.ending.get() && !busy && !over && !it.error_emitted.get() && !it.close_emitted.get()
    }

    pub(super) fn finish_maybe(&self, rt: &Runtime) -> Result<(), Thrown> {
        if !self.needs_finish() {
            return Ok(());
        }
        self.prefinish(rt)?;
        let w = &self.0.writable;
        if w.pending.get() == 0 {
            w.pending.set(1);
            self.next_tick(rt, |rt, socket| {
                if socket.needs_finish() {
                    return socket.finish(rt);
                }
                let w = &socket.0.writable;
                w.pending.set(w.pending.get().saturating_sub(1));
                Ok(())
            });
        }
        Ok(())
    }

    fn prefinish(&self, rt: &Runtime) -> Result<(), Thrown> {
        let w = &self.0.writable;
        if w.prefinished.get() || w.final_called.replace(true) {
            return Ok(());
        }
        w.sync.set(true);
        w.pending.set(w.pending.get() + 1);
        let result = self.shut_down(rt);
        w.sync.set(false);
        result
    }

    /// Tells the other end that there is no more, when there is a connection.
    fn shut_down(&self, rt: &Runtime) -> Result<(), Thrown> {
        let Some(handle) = self.0.handle.get().filter(|_| !self.0.connecting.get()) else {
            self.once_connected(|rt, socket| socket.shut_down(rt));
            return Ok(());
        };
        let (socket, life) = (self.clone(), self.0.life.get());
        let completed = move |rt: &Runtime| {
            if socket.0.life.get() == life { socket.shut_down_completed(rt, Ok(())) } else { Ok(()) }
        };
        match handle.shutdown(rt, completed) {
            Ok(()) => Ok(()),
            Err(Error::ENOTCONN) => self.shut_down_completed(rt, Ok(())),
            Err(error) => self.shut_down_completed(rt, Err(NetError::errno_of(error, "shutdown"))),
        }
    }

    fn shut_down_completed(&self, rt: &Runtime, result: Result<(), NetError>) -> Result<(), Thrown> {
        let w = &self.0.writable;
        w.pending.set(w.pending.get().saturating_sub(1));
        if let Err(error) = result {
            let callbacks = w.on_finish.take();
            self.destroy_with(rt, error.clone());
            return call_all(rt, callbacks.into_iter().map(|callback| (callback, Err(error.clone()))).collect());
        }
        if self.needs_finish() {
            w.prefinished.set(true);
            w.pending.set(w.pending.get() + 1);
            self.next_tick(rt, |rt, socket| socket.finish(rt));
        }
        Ok(())
    }

    fn finish(&self, rt: &Runtime) -> Result<(), Thrown> {
        let w = &self.0.writable;
        w.pending.set(w.pending.get().saturating_sub(1));
        w.finished.set(true);
        call_all(rt, w.on_finish.take().into_iter().map(|callback| (callback, Ok(()))).collect())?;
        self.emit(rt, Event::Finish)?;
        if self.0.readable.end_emitted() {
            self.destroy(rt);
        }
        Ok(())
    }
}
