//! Promises that settle in the order, and after the number of microtasks, that ECMAScript lays down.

mod combinators;
mod rejections;

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

use crate::{Outcome, Runtime, Thrown};

use rejections::{Rejection, track};
pub(crate) use rejections::{Rejections, process_rejections};

/// A result that comes later, as ECMAScript's `Promise`. Every clone is the same promise.
///
/// A reaction ([`then`](Promise::then) and its kin) is always called from the microtask queue, never at once. It gets
/// a clone of the value, so large values want to be in an [`Rc`], as the reasons of rejections are. A rejection that
/// has no reaction when the queues are empty is reported: see [`Runtime::on_unhandled_rejection`].
///
/// A promise holds its reactions until it is settled, so a reaction that captures the promise it waits for keeps both
/// in memory for as long as nobody settles it.
///
/// ```
/// use node_compat::{Promise, Runtime};
///
/// let rt = Runtime::new()?;
/// let promise = Promise::new(&rt, |rt, resolver| {
///     rt.set_timeout(1, move |rt| resolver.resolve(rt, 20));
/// });
/// let sum = promise.then(&rt, |_, n| Ok(n + 1)).then(&rt, |_, n| Ok(n * 2));
/// rt.run()?;
/// assert_eq!(sum.result().unwrap().unwrap(), 42);
/// # Ok::<(), node_compat::Error>(())
/// ```
pub struct Promise<T: 'static>(Rc<Core<T>>);

/// The means to settle a promise: the two functions that ECMAScript hands to an executor. The first call of any
/// clone wins, the later ones do nothing.
///
/// ```
/// use node_compat::{Promise, Runtime};
///
/// let rt = Runtime::new()?;
/// let (promise, resolver) = Promise::with_resolver();
/// resolver.resolve(&rt, "first");
/// resolver.resolve(&rt, "too late");
/// assert_eq!(promise.result().unwrap().unwrap(), "first");
/// # Ok::<(), node_compat::Error>(())
/// ```
pub struct Resolver<T: 'static> {
    promise: Promise<T>,
    used: Rc<Cell<bool>>,
}

struct Core<T: 'static> {
    state: RefCell<State<T>>,
    handled: Cell<bool>,
}

enum State<T> {
    Pending(Vec<Reaction<T>>),
    Fulfilled(T),
    Rejected(Rc<Rejection>),
}

type Reaction<T> = Box<dyn FnOnce(&Runtime, Settled<T>)>;

type Settled<T> = Result<T, Rc<Thrown>>;

/// What a promise is resolved with: ECMAScript's `resolve` tells the two apart by looking for a `then`.
enum Resolution<T: 'static> {
    Value(T),
    Promise(Promise<T>),
}

impl<T: Clone + 'static> Promise<T> {
    /// Makes a promise and calls `executor` at once with the means to settle it; what the executor throws rejects it.
    /// As `new Promise(executor)`.
    ///
    /// ```
    /// use node_compat::{Promise, Runtime, Thrown};
    ///
    /// let rt = Runtime::new()?;
    /// let promise = Promise::<u32>::new(&rt, |_, _| Err(Thrown::new("no")));
    /// let seen = promise.catch(&rt, |_, reason| Ok(reason.message().len() as u32));
    /// rt.run()?;
    /// assert_eq!(seen.result().unwrap().unwrap(), 2);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn new<O: Outcome>(rt: &Runtime, executor: impl FnOnce(&Runtime, Resolver<T>) -> O) -> Self {
        let (promise, resolver) = Self::with_resolver();
        if let Err(thrown) = executor(rt, resolver.clone()).into_result() {
            resolver.reject(rt, thrown);
        }
        promise
    }

    /// A pending promise and the means to settle it, as `Promise.withResolvers()`.
    ///
    /// ```
    /// use node_compat::{Promise, Runtime};
    ///
    /// let rt = Runtime::new()?;
    /// let (promise, resolver) = Promise::with_resolver();
    /// rt.set_immediate(move |rt| resolver.resolve(rt, 7));
    /// rt.run()?;
    /// assert_eq!(promise.result().unwrap().unwrap(), 7);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn with_resolver() -> (Self, Resolver<T>) {
        let promise =
            Promise(Rc::new(Core { state: RefCell::new(State::Pending(Vec::new())), handled: Cell::new(false) }));
        let resolver = Resolver { promise: promise.clone(), used: Rc::default() };
        (promise, resolver)
    }

    /// A promise fulfilled with `value`, as `Promise.resolve(value)`.
    ///
    /// ```
    /// use node_compat::{Promise, Runtime};
    ///
    /// let rt = Runtime::new()?;
    /// assert_eq!(Promise::resolved(&rt, 1).result().unwrap().unwrap(), 1);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn resolved(rt: &Runtime, value: T) -> Self {
        let (promise, resolver) = Self::with_resolver();
        resolver.resolve(rt, value);
        promise
    }

    /// A promise rejected with `reason`, as `Promise.reject(reason)`.
    ///
    /// ```
    /// use node_compat::{Promise, Runtime, Thrown};
    ///
    /// let rt = Runtime::new()?;
    /// Promise::<()>::rejected(&rt, Thrown::new("nobody looks at this"));
    /// assert_eq!(rt.run()?, 1, "the exit code after an unhandled rejection");
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn rejected(rt: &Runtime, reason: impl Into<Thrown>) -> Self {
        let (promise, resolver) = Self::with_resolver();
        resolver.reject(rt, reason);
        promise
    }

    /// What the promise was settled with; `None` while it is pending. Does not count as handling a rejection.
    ///
    /// ```
    /// use node_compat::Promise;
    ///
    /// let (promise, _resolver) = Promise::<u8>::with_resolver();
    /// assert!(promise.result().is_none());
    /// ```
    pub fn result(&self) -> Option<Result<T, Rc<Thrown>>> {
        match &*self.0.state.borrow() {
            State::Pending(_) => None,
            State::Fulfilled(value) => Some(Ok(value.clone())),
            State::Rejected(rejection) => Some(Err(rejection.reason().clone())),
        }
    }

    /// Whether the promise is still to be settled.
    ///
    /// ```
    /// use node_compat::{Promise, Runtime};
    ///
    /// let rt = Runtime::new()?;
    /// let (promise, resolver) = Promise::with_resolver();
    /// assert!(promise.is_pending());
    /// resolver.resolve(&rt, ());
    /// assert!(!promise.is_pending());
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn is_pending(&self) -> bool {
        matches!(*self.0.state.borrow(), State::Pending(_))
    }

    /// Calls `f` with the value and returns the promise of what `f` returns; a rejection passes by. As
    /// `promise.then(f)`.
    ///
    /// ```
    /// use node_compat::{Promise, Runtime};
    ///
    /// let rt = Runtime::new()?;
    /// let parsed = Promise::resolved(&rt, "12").then(&rt, |_, text| Ok(text.parse::<u32>()?));
    /// rt.run()?;
    /// assert_eq!(parsed.result().unwrap().unwrap(), 12);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn then<U: Clone + 'static>(
        &self,
        rt: &Runtime,
        f: impl FnOnce(&Runtime, T) -> Result<U, Thrown> + 'static,
    ) -> Promise<U> {
        self.derive(rt, |rt, result| value_of(f(rt, result?)))
    }

    /// As [`then`](Promise::then), for an `f` that returns a promise. The promise returned here follows it, two
    /// microtasks later than a plain value, as in ECMAScript.
    ///
    /// ```
    /// use node_compat::{Promise, Runtime};
    ///
    /// let rt = Runtime::new()?;
    /// let later = |rt: &Runtime, n: u32| {
    ///     Promise::new(rt, |rt, resolver| {
    ///         rt.set_timeout(1, move |rt| resolver.resolve(rt, n + 1));
    ///     })
    /// };
    /// let three = later(&rt, 1).and_then(&rt, move |rt, n| Ok(later(rt, n)));
    /// rt.run()?;
    /// assert_eq!(three.result().unwrap().unwrap(), 3);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn and_then<U: Clone + 'static>(
        &self,
        rt: &Runtime,
        f: impl FnOnce(&Runtime, T) -> Result<Promise<U>, Thrown> + 'static,
    ) -> Promise<U> {
        self.derive(rt, |rt, result| promise_of(f(rt, result?)))
    }

    /// Calls `f` with the reason of a rejection and returns the promise of what `f` returns; a value passes by. As
    /// `promise.catch(f)`.
    ///
    /// ```
    /// use node_compat::{Promise, Runtime, Thrown};
    ///
    /// let rt = Runtime::new()?;
    /// let promise = Promise::rejected(&rt, Thrown::new("no number")).catch(&rt, |_, _| Ok(0));
    /// assert_eq!(rt.run()?, 0);
    /// assert_eq!(promise.result().unwrap().unwrap(), 0);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn catch(
        &self,
        rt: &Runtime,
        f: impl FnOnce(&Runtime, Rc<Thrown>) -> Result<T, Thrown> + 'static,
    ) -> Promise<T> {
        self.derive(rt, |rt, result| match result {
            Ok(value) => Ok(Resolution::Value(value)),
            Err(reason) => value_of(f(rt, reason)),
        })
    }

    /// As [`catch`](Promise::catch), for an `f` that returns a promise.
    ///
    /// ```
    /// use node_compat::{Promise, Runtime, Thrown};
    ///
    /// let rt = Runtime::new()?;
    /// let second_try = Promise::resolved(&rt, 2);
    /// let promise = Promise::rejected(&rt, Thrown::new("busy")).or_else(&rt, |_, _| Ok(second_try));
    /// rt.run()?;
    /// assert_eq!(promise.result().unwrap().unwrap(), 2);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn or_else(
        &self,
        rt: &Runtime,
        f: impl FnOnce(&Runtime, Rc<Thrown>) -> Result<Promise<T>, Thrown> + 'static,
    ) -> Promise<T> {
        self.derive(rt, |rt, result| match result {
            Ok(value) => Ok(Resolution::Value(value)),
            Err(reason) => promise_of(f(rt, reason)),
        })
    }

    /// Calls `f` with the value or the reason, and returns the promise of what `f` returns. As
    /// `promise.then(on_fulfilled, on_rejected)`, and what `await` does.
    ///
    /// ```
    /// use node_compat::{Promise, Runtime};
    ///
    /// let rt = Runtime::new()?;
    /// let settled = Promise::resolved(&rt, 1).when_settled(&rt, |_, result| Ok(result.is_ok()));
    /// rt.run()?;
    /// assert!(settled.result().unwrap().unwrap());
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn when_settled<U: Clone + 'static>(
        &self,
        rt: &Runtime,
        f: impl FnOnce(&Runtime, Result<T, Rc<Thrown>>) -> Result<U, Thrown> + 'static,
    ) -> Promise<U> {
        self.derive(rt, |rt, result| value_of(f(rt, result)))
    }

    /// Calls `f` whatever the promise comes to, and passes that on, unless `f` throws. As `promise.finally(f)`: two
    /// microtasks go by before it is passed on.
    ///
    /// ```
    /// use node_compat::{Promise, Runtime};
    ///
    /// let rt = Runtime::new()?;
    /// let promise = Promise::resolved(&rt, 5).finally(&rt, |_| println!("cleaned up"));
    /// rt.run()?;
    /// assert_eq!(promise.result().unwrap().unwrap(), 5);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn finally<O: Outcome>(&self, rt: &Runtime, f: impl FnOnce(&Runtime) -> O + 'static) -> Promise<T> {
        self.and_finally(rt, |rt| f(rt).into_result().map(|()| Promise::resolved(rt, ())))
    }

    /// As [`finally`](Promise::finally), for an `f` that returns a promise: waits for it, and takes over its rejection.
    ///
    /// ```
    /// use node_compat::{Promise, Runtime};
    ///
    /// let rt = Runtime::new()?;
    /// let (closed, resolver) = Promise::with_resolver();
    /// rt.set_timeout(1, move |rt| resolver.resolve(rt, ()));
    /// let promise = Promise::resolved(&rt, 5).and_finally(&rt, move |_| Ok(closed));
    /// rt.run()?;
    /// assert_eq!(promise.result().unwrap().unwrap(), 5);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn and_finally(
        &self,
        rt: &Runtime,
        f: impl FnOnce(&Runtime) -> Result<Promise<()>, Thrown> + 'static,
    ) -> Promise<T> {
        self.derive(rt, |rt, result| {
            let waited_for = f(rt).map_err(into_reason)?;
            let passed_on = waited_for.derive(rt, |_, waited| waited.and(result).map(Resolution::Value));
            Ok(Resolution::Promise(passed_on))
        })
    }

    /// The promise of what `f` makes of this one's result.
    fn derive<U: Clone + 'static>(
        &self,
        rt: &Runtime,
        f: impl FnOnce(&Runtime, Settled<T>) -> Settled<Resolution<U>> + 'static,
    ) -> Promise<U> {
        let (derived, resolver) = Promise::with_resolver();
        self.react(rt, move |rt, result| match f(rt, result) {
            Ok(Resolution::Value(value)) => resolver.resolve(rt, value),
            Ok(Resolution::Promise(promise)) => resolver.resolve_with(rt, &promise),
            Err(reason) => resolver.settle(rt, Err(reason)),
        });
        derived
    }

    /// Has `f` called from a microtask once the promise is settled. The bare step on which all else stands:
    /// ECMAScript's PerformPromiseThen.
    fn react(&self, rt: &Runtime, f: impl FnOnce(&Runtime, Settled<T>) + 'static) {
        let handled = self.0.handled.replace(true);
        match &mut *self.0.state.borrow_mut() {
            State::Pending(reactions) => return reactions.push(Box::new(f)),
            State::Rejected(rejection) if !handled => rejection.now_handled(rt),
            State::Fulfilled(_) | State::Rejected(_) => {}
        }
        self.enqueue(rt, f);
    }

    fn enqueue(&self, rt: &Runtime, reaction: impl FnOnce(&Runtime, Settled<T>) + 'static) {
        let promise = self.clone();
        rt.queue_microtask(move |rt| {
            if let Some(result) = promise.result() {
                drop(promise);
                reaction(rt, result);
            }
        });
    }

    fn settle(&self, rt: &Runtime, result: Settled<T>) {
        let settled = match result {
            Ok(value) => State::Fulfilled(value),
            Err(reason) => State::Rejected(track(rt, reason, self.0.handled.get())),
        };
        let before = self.0.state.replace(settled);
        let State::Pending(reactions) = before else { unreachable!("a resolver settles once") };
        for reaction in reactions {
            self.enqueue(rt, reaction);
        }
    }
}

impl<T: 'static> Clone for Promise<T> {
    fn clone(&self) -> Self {
        Promise(self.0.clone())
    }
}

impl<T: fmt::Debug + 'static> fmt::Debug for Promise<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0.state.borrow() {
            State::Pending(_) => f.write_str("Promise(<pending>)"),
            State::Fulfilled(value) => f.debug_tuple("Promise").field(value).finish(),
            State::Rejected(rejection) => f.debug_tuple("Promise").field(&rejection.reason()).finish(),
        }
    }
}

impl<T: Clone + 'static> Resolver<T> {
    /// Fulfils the promise.
    ///
    /// ```
    /// use node_compat::{Promise, Runtime};
    ///
    /// let rt = Runtime::new()?;
    /// let promise = Promise::new(&rt, |rt, resolver| resolver.resolve(rt, 1));
    /// assert_eq!(promise.result().unwrap().unwrap(), 1);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn resolve(&self, rt: &Runtime, value: T) {
        self.settle(rt, Ok(value));
    }

    /// Rejects the promise.
    ///
    /// ```
    /// use node_compat::{Promise, Runtime, Thrown};
    ///
    /// let rt = Runtime::new()?;
    /// let promise = Promise::<()>::new(&rt, |rt, resolver| resolver.reject(rt, Thrown::new("no")));
    /// assert_eq!(promise.result().unwrap().unwrap_err().message(), "no");
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn reject(&self, rt: &Runtime, reason: impl Into<Thrown>) {
        self.settle(rt, Err(into_reason(reason.into())));
    }

    /// Lets the promise follow another one; it is settled two microtasks after the other, or after this call if the
    /// other is settled already. To follow itself is a rejection. As `resolve(promise)`.
    ///
    /// ```
    /// use node_compat::{Promise, Runtime};
    ///
    /// let rt = Runtime::new()?;
    /// let promise = Promise::new(&rt, |rt, resolver| resolver.resolve_with(rt, &Promise::resolved(rt, 1)));
    /// assert!(promise.is_pending());
    /// rt.run()?;
    /// assert_eq!(promise.result().unwrap().unwrap(), 1);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn resolve_with(&self, rt: &Runtime, promise: &Promise<T>) {
        if self.used.replace(true) {
            return;
        }
        if Rc::ptr_eq(&self.promise.0, &promise.0) {
            let cycle = Thrown::new("Chaining cycle detected for promise #<Promise>");
            return self.promise.settle(rt, Err(Rc::new(cycle)));
        }
        let (follower, followed) = (self.promise.clone(), promise.clone());
        rt.queue_microtask(move |rt| {
            followed.react(rt, move |rt, result| follower.settle(rt, result));
        });
    }

    fn settle(&self, rt: &Runtime, result: Settled<T>) {
        if !self.used.replace(true) {
            self.promise.settle(rt, result);
        }
    }
}

impl Thrown {
    /// Throws the reason of a rejection again: a promise that is rejected with it has the very same reason. (Who is
    /// told of it as an uncaught exception finds the `Rc<Thrown>` as its value.)
    ///
    /// ```
    /// use std::rc::Rc;
    /// use node_compat::{Promise, Runtime, Thrown};
    ///
    /// let rt = Runtime::new()?;
    /// let promise = Promise::<()>::rejected(&rt, Thrown::new("no"));
    /// let passed_on = promise.catch(&rt, |_, reason| Err(Thrown::rethrow(reason)));
    /// rt.run()?;
    /// let reasons = [promise, passed_on].map(|promise| promise.result().unwrap().unwrap_err());
    /// assert!(Rc::ptr_eq(&reasons[0], &reasons[1]));
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn rethrow(reason: Rc<Thrown>) -> Self {
        let message = reason.message().to_owned();
        Thrown::with_value(message, reason)
    }
}

fn into_reason(thrown: Thrown) -> Rc<Thrown> {
    match thrown.downcast_ref::<Rc<Thrown>>() {
        Some(reason) => reason.clone(),
        None => Rc::new(thrown),
    }
}

fn value_of<T>(returned: Result<T, Thrown>) -> Settled<Resolution<T>> {
    returned.map(Resolution::Value).map_err(into_reason)
}

fn promise_of<T>(returned: Result<Promise<T>, Thrown>) -> Settled<Resolution<T>> {
    returned.map(Resolution::Promise).map_err(into_reason)
}

impl<T: 'static> Clone for Resolver<T> {
    fn clone(&self) -> Self {
        Resolver { promise: self.promise.clone(), used: self.used.clone() }
    }
}

impl<T: fmt::Debug + 'static> fmt::Debug for Resolver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").field("promise", &self.promise).field("used", &self.used.get()).finish()
    }
}

impl<T: 'static> Drop for Core<T> {
    fn drop(&mut self) {
        if let State::Pending(reactions) = self.state.get_mut()
            && !reactions.is_empty()
        {
            drop_flat(Box::new(std::mem::take(reactions)));
        }
    }
}

/// Drops what a pending promise holds, which may hold the next pending promise, and so on: one after another rather
/// than one inside another, so that a long chain cannot overflow the stack.
fn drop_flat(held: Box<dyn Any>) {
    thread_local! {
        /// What is still to be dropped, while somebody further down the stack is at it.
        static WAITING: RefCell<Option<Vec<Box<dyn Any>>>> = const { RefCell::new(None) };
    }
    struct Done;
    impl Drop for Done {
        fn drop(&mut self) {
            let left = WAITING.try_with(|waiting| waiting.borrow_mut().take());
            drop(left);
        }
    }

    let mut held = Some(held);
    let is_first = WAITING.try_with(|waiting| match &mut *waiting.borrow_mut() {
        Some(waiting) => {
            waiting.extend(held.take());
            false
        }
        none => {
            *none = Some(Vec::new());
            true
        }
    });
    if is_first != Ok(true) {
        return;
    }
    let _done = Done;
    while let Some(next) = held {
        drop(next);
        held = WAITING.with(|waiting| waiting.borrow_mut().as_mut().and_then(Vec::pop));
    }
}
