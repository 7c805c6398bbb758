//! A buffer on loan to a request: wherever that drops it, on the loop or on a thread of the pool, it comes home.

use std::borrow::{Borrow, BorrowMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

pub(super) fn lend<B>(buf: B) -> (Lent<B>, Home<B>) {
    let home = Home(Arc::new(Mutex::new(Place { buf: None, waker: None })));
    (Lent { buf: Some(buf), home: Home(home.0.clone()) }, home)
}

pub(super) struct Lent<B> {
    /// There until it goes home.
    buf: Option<B>,
    home: Home<B>,
}

/// Where the buffer comes back to.
pub(super) struct Home<B>(Arc<Mutex<Place<B>>>);

struct Place<B> {
    buf: Option<B>,
    waker: Option<Waker>,
}

impl<B> Lent<B> {
    /// The buffer itself, as the request is done with it.
    pub(super) fn home(mut self) -> B {
        self.buf.take().expect(BORROWED)
    }
}

impl<B> Drop for Lent<B> {
    fn drop(&mut self) {
        if let Some(buf) = self.buf.take() {
            let mut place = self.home.place();
            place.buf = Some(buf);
            let waker = place.waker.take();
            drop(place);
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }
}

impl<B> Home<B> {
    pub(super) fn poll(&self, cx: &mut Context<'_>) -> Poll<B> {
        let mut place = self.place();
        match place.buf.take() {
            Some(buf) => Poll::Ready(buf),
            None => {
                place.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    fn place(&self) -> MutexGuard<'_, Place<B>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const BORROWED: &str = "the buffer is there until it goes home";

impl<B> Borrow<B> for Lent<B> {
    fn borrow(&self) -> &B {
        self.buf.as_ref().expect(BORROWED)
    }
}

impl<B> BorrowMut<B> for Lent<B> {
    fn borrow_mut(&mut self) -> &mut B {
        self.buf.as_mut().expect(BORROWED)
    }
}

impl<B: AsRef<[u8]>> AsRef<[u8]> for Lent<B> {
    fn as_ref(&self) -> &[u8] {
        Borrow::<B>::borrow(self).as_ref()
    }
}
