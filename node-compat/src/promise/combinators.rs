//! Promises of several promises.

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::rc::Rc;

use super::{Promise, Settled};
use crate::{Runtime, Thrown};

impl<T: Clone + 'static> Promise<T> {
    /// The promise of all values, in the order given; rejected as soon as one of them is. As `Promise.all`.
    ///
    /// ```
    /// use node_compat::{Promise, Runtime};
    ///
    /// let rt = Runtime::new()?;
    /// let all = Promise::all(&rt, [1, 2].map(|n| Promise::resolved(&rt, n)));
    /// rt.run()?;
    /// assert_eq!(all.result().unwrap().unwrap(), [1, 2]);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn all(rt: &Runtime, promises: impl IntoIterator<Item = Promise<T>>) -> Promise<Vec<T>> {
        let sort = |result| match result {
            Ok(value) => ControlFlow::Continue(value),
            Err(reason) => ControlFlow::Break(Err(reason)),
        };
        gather(rt, promises, sort, Ok)
    }

    /// The promise of all results, in the order given; never rejected. As `Promise.allSettled`.
    ///
    /// ```
    /// use node_compat::{Promise, Runtime, Thrown};
    ///
    /// let rt = Runtime::new()?;
    /// let both = [Promise::resolved(&rt, 1), Promise::rejected(&rt, Thrown::new("no"))];
    /// let settled = Promise::all_settled(&rt, both);
    /// assert_eq!(rt.run()?, 0);
    /// let results = settled.result().unwrap().unwrap();
    /// assert!(results[0].is_ok() && results[1].is_err());
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn all_settled(
        rt: &Runtime,
        promises: impl IntoIterator<Item = Promise<T>>,
    ) -> Promise<Vec<Result<T, Rc<Thrown>>>> {
        gather(rt, promises, ControlFlow::Continue, Ok)
    }

    /// The promise of the first value. If there is none it is rejected, and the value of the [`Thrown`] is all reasons,
    /// a `Vec<Rc<Thrown>>`, in the order of the promises: ECMAScript's `AggregateError`. As `Promise.any`.
    ///
    /// ```
    /// use std::rc::Rc;
    /// use node_compat::{Promise, Runtime, Thrown};
    ///
    /// let rt = Runtime::new()?;
    /// let both = [Promise::rejected(&rt, Thrown::new("no")), Promise::resolved(&rt, 1)];
    /// let any = Promise::any(&rt, both);
    /// assert_eq!(rt.run()?, 0);
    /// assert_eq!(any.result().unwrap().unwrap(), 1);
    ///
    /// let none = Promise::<()>::any(&rt, []).result().unwrap().unwrap_err();
    /// assert!(none.downcast_ref::<Vec<Rc<Thrown>>>().unwrap().is_empty());
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn any(rt: &Runtime, promises: impl IntoIterator<Item = Promise<T>>) -> Promise<T> {
        let sort = |result| match result {
            Ok(value) => ControlFlow::Break(Ok(value)),
            Err(reason) => ControlFlow::Continue(reason),
        };
        gather(rt, promises, sort, |reasons| Err(Rc::new(Thrown::with_value("All promises were rejected", reasons))))
    }

    /// The promise of the first result, be it a value or a reason; pending for ever if there are no promises. As
    /// `Promise.race`.
    ///
    /// ```
    /// use node_compat::{Promise, Runtime};
    ///
    /// let rt = Runtime::new()?;
    /// let after = |millis| {
    ///     Promise::new(&rt, |rt, resolver| {
    ///         rt.set_timeout(millis, move |rt| resolver.resolve(rt, millis));
    ///     })
    /// };
    /// let first = Promise::race(&rt, [after(40), after(1)]);
    /// rt.run()?;
    /// assert_eq!(first.result().unwrap().unwrap(), 1);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn race(rt: &Runtime, promises: impl IntoIterator<Item = Promise<T>>) -> Promise<T> {
        let (first, resolver) = Promise::with_resolver();
        for promise in promises {
            let resolver = resolver.clone();
            promise.react(rt, move |rt, result| resolver.settle(rt, result));
        }
        first
    }
}

/// Sorts each result into one that decides everything and one that is collected; `finish` makes the result of the
/// collected ones, in the order of the promises, when there are no others.
fn gather<T, U, R>(
    rt: &Runtime,
    promises: impl IntoIterator<Item = Promise<T>>,
    sort: fn(Settled<T>) -> ControlFlow<Settled<R>, U>,
    finish: fn(Vec<U>) -> Settled<R>,
) -> Promise<R>
where
    T: Clone + 'static,
    U: 'static,
    R: Clone + 'static,
{
    let (gathered, resolver) = Promise::with_resolver();
    let collected: Rc<RefCell<Vec<Option<U>>>> = Rc::default();
    // One more than there are, so that none of them finishes before all have been given out.
    let missing = Rc::new(Cell::new(1_usize));
    let one_less = {
        let (collected, missing, resolver) = (collected.clone(), missing.clone(), resolver.clone());
        move |rt: &Runtime| {
            missing.set(missing.get() - 1);
            if missing.get() == 0 {
                let all = collected.take().into_iter().flatten().collect();
                resolver.settle(rt, finish(all));
            }
        }
    };
    for (index, promise) in promises.into_iter().enumerate() {
        collected.borrow_mut().push(None);
        missing.set(missing.get() + 1);
        let (collected, resolver, one_less) = (collected.clone(), resolver.clone(), one_less.clone());
        promise.react(rt, move |rt, result| match sort(result) {
            ControlFlow::Break(decided) => resolver.settle(rt, decided),
            ControlFlow::Continue(item) => {
                collected.borrow_mut()[index] = Some(item);
                one_less(rt);
            }
        });
    }
    one_less(rt);
    gathered
}
