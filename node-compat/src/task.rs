//! What the queues hold, and what a callback may come back with.

use std::any::Any;
use std::error::Error as StdError;
use std::fmt;
use std::rc::Rc;

use crate::Runtime;

/// One entry of a queue.
pub(crate) type Task = Box<dyn FnOnce(&Runtime) -> Result<(), Thrown>>;

/// What a callback threw: any value, with a text that says what it is.
///
/// `?` makes one of every error type; an engine puts a value of its own in with [`Thrown::with_value`].
///
/// ```
/// use node_compat::{Runtime, Thrown};
///
/// let rt = Runtime::new()?;
/// rt.on_uncaught_exception(|_, thrown, _| {
///     assert_eq!(thrown.message(), "invalid digit found in string");
///     true
/// });
/// rt.set_immediate(|_| {
///     "x".parse::<i32>()?;
///     Ok::<(), Thrown>(())
/// });
/// assert_eq!(rt.run()?, 0);
/// # Ok::<(), node_compat::Error>(())
/// ```
pub struct Thrown {
    message: String,
    value: Box<dyn Any>,
}

impl Thrown {
    /// A thrown text.
    ///
    /// ```
    /// assert_eq!(node_compat::Thrown::new("boom").message(), "boom");
    /// ```
    pub fn new(message: impl Into<String>) -> Self {
        Thrown { message: message.into(), value: Box::new(()) }
    }

    /// A thrown value of any type, and what to call it where it can only be shown.
    ///
    /// ```
    /// let thrown = node_compat::Thrown::with_value("the number 7", 7_u8);
    /// assert_eq!(thrown.downcast_ref::<u8>(), Some(&7));
    /// ```
    pub fn with_value(message: impl Into<String>, value: impl Any) -> Self {
        Thrown { message: message.into(), value: Box::new(value) }
    }

    /// What was thrown, as text.
    ///
    /// ```
    /// let error = std::io::Error::other("no more");
    /// assert_eq!(node_compat::Thrown::from(error).message(), "no more");
    /// ```
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The value, if it is a `T`.
    ///
    /// ```
    /// let thrown = node_compat::Thrown::from("7x".parse::<u8>().unwrap_err());
    /// assert!(thrown.downcast_ref::<std::num::ParseIntError>().is_some());
    /// ```
    pub fn downcast_ref<T: Any>(&self) -> Option<&T> {
        // A rejection's reason that was thrown on is still what it was.
        self.value.downcast_ref().or_else(|| self.value.downcast_ref::<Rc<Thrown>>()?.downcast_ref())
    }
}

impl fmt::Debug for Thrown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Thrown").field(&self.message).finish()
    }
}

impl<E: StdError + 'static> From<E> for Thrown {
    fn from(error: E) -> Self {
        Thrown { message: error.to_string(), value: Box::new(error) }
    }
}

/// What a callback may return: nothing, or a `Result` whose error counts as thrown.
///
/// ```
/// use node_compat::{Runtime, Thrown};
///
/// let rt = Runtime::new()?;
/// rt.next_tick(|_| println!("cannot throw"));
/// rt.next_tick(|_| Err(Thrown::new("nobody catches this")));
/// assert_eq!(rt.run()?, 1, "the exit code after an uncaught exception");
/// # Ok::<(), node_compat::Error>(())
/// ```
pub trait Outcome {
    /// The outcome as a result.
    fn into_result(self) -> Result<(), Thrown>;
}

impl Outcome for () {
    fn into_result(self) -> Result<(), Thrown> {
        Ok(())
    }
}

impl<E: Into<Thrown>> Outcome for Result<(), E> {
    fn into_result(self) -> Result<(), Thrown> {
        self.map_err(Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_thrown_on_keeps_its_value() {
        let reason = Rc::new(Thrown::with_value("seven", 7_u8));
        assert_eq!(Thrown::rethrow(reason).downcast_ref::<u8>(), Some(&7));
    }
}
