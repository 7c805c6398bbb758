//! An event emitter.

use std::any::Any;
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Outcome, Runtime, Thrown};

const DEFAULT_MAX_LISTENERS: usize = 10;

/// Named events and those who listen to them, as Node's `EventEmitter`. Every clone is the same emitter, and listeners
/// may do anything to it.
///
/// `A` is what an event carries, for all events of the emitter: an enum where they differ. There are no `newListener`
/// and `removeListener` events, for what they carry is no `A`.
///
/// A listener that captures its own emitter keeps it in memory until the listener is removed.
///
/// ```
/// use node_compat::{EventEmitter, Runtime};
///
/// let rt = Runtime::new()?;
/// let door = EventEmitter::new();
/// door.on("knock", |rt, who: &&str| {
///     println!("who is there? {who}");
///     rt.next_tick(|_| println!("coming"));
/// });
/// door.once("open", |_, _| println!("hello"));
///
/// rt.run_main(|rt| {
///     assert!(door.emit(rt, "knock", "a guest")?);
///     assert!(door.emit(rt, "open", "a guest")?);
///     assert!(!door.emit(rt, "open", "a guest")?, "nobody listens any more");
///     Ok::<(), node_compat::Thrown>(())
/// });
/// assert_eq!(rt.run()?, 0);
/// # Ok::<(), node_compat::Error>(())
/// ```
pub struct EventEmitter<A>(Rc<Inner<A>>);

/// Names a listener, for [`EventEmitter::off`]. No two listeners of a process ever have the same.
///
/// ```
/// use node_compat::{EventEmitter, ListenerId};
///
/// let emitter = EventEmitter::<()>::new();
/// let id: ListenerId = emitter.on("data", |_, _| ());
/// assert_ne!(id, emitter.on("data", |_, _| ()));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ListenerId {
    event: u64,
    listener: u64,
}

struct Inner<A> {
    events: RefCell<Events<A>>,
    max_listeners: Cell<usize>,
    on_leak: RefCell<Option<LeakHook>>,
}

type LeakHook = Rc<dyn Fn(&str, usize)>;

struct Events<A> {
    numbers: HashMap<Cow<'static, str>, u64>,
    /// By number: in the order in which the events were first listened to.
    by_number: BTreeMap<u64, Event<A>>,
    last_number: u64,
}

struct Event<A> {
    name: Cow<'static, str>,
    /// Never empty. Copied when it is changed while an emit goes through it.
    listeners: Rc<Vec<Listener<A>>>,
    warned: bool,
}

struct Listener<A> {
    id: u64,
    once: bool,
    call: Call<A>,
}

type Call<A> = Rc<dyn Fn(&Runtime, &A) -> Result<(), Thrown>>;

impl<A: 'static> EventEmitter<A> {
    /// An emitter without listeners.
    ///
    /// ```
    /// assert!(node_compat::EventEmitter::<()>::new().event_names().is_empty());
    /// ```
    pub fn new() -> Self {
        let events = Events { numbers: HashMap::new(), by_number: BTreeMap::new(), last_number: 0 };
        EventEmitter(Rc::new(Inner {
            events: RefCell::new(events),
            max_listeners: Cell::new(DEFAULT_MAX_LISTENERS),
            on_leak: RefCell::default(),
        }))
    }

    /// Adds a listener behind the others. As `emitter.on`.
    ///
    /// ```
    /// use node_compat::{EventEmitter, Runtime};
    ///
    /// let rt = Runtime::new()?;
    /// let emitter = EventEmitter::new();
    /// emitter.on("data", |_, bytes: &Vec<u8>| assert_eq!(bytes.len(), 3));
    /// emitter.emit(&rt, "data", vec![1, 2, 3]).unwrap();
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn on<O: Outcome>(
        &self,
        name: impl Into<Cow<'static, str>>,
        f: impl Fn(&Runtime, &A) -> O + 'static,
    ) -> ListenerId {
        self.add(name.into(), every_time(f), false, false)
    }

    /// Adds a listener behind the others that is removed when it is called. As `emitter.once`.
    ///
    /// ```
    /// use node_compat::{EventEmitter, Runtime};
    ///
    /// let rt = Runtime::new()?;
    /// let emitter = EventEmitter::new();
    /// emitter.once("ready", |_, _| ());
    /// assert_eq!(emitter.emit(&rt, "ready", ()).unwrap(), true);
    /// assert_eq!(emitter.emit(&rt, "ready", ()).unwrap(), false);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn once<O: Outcome>(
        &self,
        name: impl Into<Cow<'static, str>>,
        f: impl FnOnce(&Runtime, &A) -> O + 'static,
    ) -> ListenerId {
        self.add(name.into(), one_time(f), true, false)
    }

    /// As [`on`](EventEmitter::on), before the others. As `emitter.prependListener`.
    ///
    /// ```
    /// use node_compat::{EventEmitter, Runtime};
    ///
    /// let rt = Runtime::new()?;
    /// let emitter = EventEmitter::new();
    /// emitter.on("data", |_, _| println!("second"));
    /// emitter.prepend_listener("data", |_, _| println!("first"));
    /// emitter.emit(&rt, "data", ()).unwrap();
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn prepend_listener<O: Outcome>(
        &self,
        name: impl Into<Cow<'static, str>>,
        f: impl Fn(&Runtime, &A) -> O + 'static,
    ) -> ListenerId {
        self.add(name.into(), every_time(f), false, true)
    }

    /// As [`once`](EventEmitter::once), before the others. As `emitter.prependOnceListener`.
    ///
    /// ```
    /// use node_compat::{EventEmitter, Runtime};
    ///
    /// let rt = Runtime::new()?;
    /// let emitter = EventEmitter::new();
    /// emitter.on("data", |_, _| println!("second, and ever after"));
    /// emitter.prepend_once_listener("data", |_, _| println!("first"));
    /// emitter.emit(&rt, "data", ()).unwrap();
    /// assert_eq!(emitter.listener_count("data"), 1);
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn prepend_once_listener<O: Outcome>(
        &self,
        name: impl Into<Cow<'static, str>>,
        f: impl FnOnce(&Runtime, &A) -> O + 'static,
    ) -> ListenerId {
        self.add(name.into(), one_time(f), true, true)
    }

    /// Removes a listener, and says whether it was there. An emit that is under way still calls it. As `emitter.off`.
    ///
    /// ```
    /// use node_compat::EventEmitter;
    ///
    /// let emitter = EventEmitter::<()>::new();
    /// let id = emitter.on("data", |_, _| ());
    /// assert!(emitter.off(id));
    /// assert!(!emitter.off(id));
    /// ```
    pub fn off(&self, id: ListenerId) -> bool {
        let removed = self.0.events.borrow_mut().remove(id);
        removed.is_some()
    }

    /// Removes the listeners of one event, or with `None` of all events. As `emitter.removeAllListeners`.
    ///
    /// ```
    /// use node_compat::EventEmitter;
    ///
    /// let emitter = EventEmitter::<()>::new();
    /// for name in ["open", "data", "end"] {
    ///     emitter.on(name, |_, _| ());
    /// }
    /// emitter.remove_all_listeners("data");
    /// assert_eq!(emitter.event_names(), ["open", "end"]);
    /// emitter.remove_all_listeners(None);
    /// assert!(emitter.event_names().is_empty());
    /// ```
    pub fn remove_all_listeners<'a>(&self, name: impl Into<Option<&'a str>>) {
        match name.into() {
            Some(name) => {
                let removed = self.0.events.borrow_mut().remove_event(name);
                drop(removed);
            }
            None => {
                let removed = {
                    let mut events = self.0.events.borrow_mut();
                    events.numbers.clear();
                    std::mem::take(&mut events.by_number)
                };
                drop(removed);
            }
        }
    }

    /// Calls the listeners of an event, now and in their order, and says whether there were any. Those that are added
    /// meanwhile are not called, those that are removed meanwhile are. As `emitter.emit`.
    ///
    /// # Errors
    ///
    /// What a listener throws, which ends the emit. For the event `"error"` without a listener: `args`, itself if `A`
    /// is [`Thrown`], else as the value of one.
    ///
    /// ```
    /// use node_compat::{EventEmitter, Runtime, Thrown};
    ///
    /// let rt = Runtime::new()?;
    /// let emitter = EventEmitter::new();
    /// let thrown = emitter.emit(&rt, "error", 7).unwrap_err();
    /// assert_eq!(thrown.downcast_ref(), Some(&7));
    ///
    /// emitter.on("data", |_, n| if *n < 0 { Err(Thrown::new("negative")) } else { Ok(()) });
    /// assert_eq!(emitter.emit(&rt, "data", -1).unwrap_err().message(), "negative");
    /// # Ok::<(), node_compat::Error>(())
    /// ```
    pub fn emit(&self, rt: &Runtime, name: &str, args: A) -> Result<bool, Thrown> {
        let Some((event, listeners)) = self.snapshot(name) else {
            return if name == "error" { Err(unhandled_error(args)) } else { Ok(false) };
        };
        for listener in listeners.iter() {
            if listener.once {
                self.off(ListenerId { event, listener: listener.id });
            }
            (listener.call)(rt, &args)?;
        }
        Ok(true)
    }

    /// How many listeners an event has.
    ///
    /// ```
    /// let emitter = node_compat::EventEmitter::<()>::new();
    /// emitter.on("data", |_, _| ());
    /// assert_eq!(emitter.listener_count("data"), 1);
    /// assert_eq!(emitter.listener_count("end"), 0);
    /// ```
    pub fn listener_count(&self, name: &str) -> usize {
        self.snapshot(name).map_or(0, |(_, listeners)| listeners.len())
    }

    /// The events that have listeners, in the order in which they got their first one.
    ///
    /// ```
    /// let emitter = node_compat::EventEmitter::<()>::new();
    /// emitter.on("open", |_, _| ());
    /// emitter.on("data", |_, _| ());
    /// assert_eq!(emitter.event_names(), ["open", "data"]);
    /// ```
    pub fn event_names(&self) -> Vec<Cow<'static, str>> {
        self.0.events.borrow().by_number.values().map(|event| event.name.clone()).collect()
    }

    /// Sets how many listeners an event may have before [`on_leak`](EventEmitter::on_leak) tells of it; 0 is no limit.
    ///
    /// ```
    /// let emitter = node_compat::EventEmitter::<()>::new();
    /// emitter.set_max_listeners(100);
    /// assert_eq!(emitter.max_listeners(), 100);
    /// ```
    pub fn set_max_listeners(&self, max: usize) {
        self.0.max_listeners.set(max);
    }

    /// How many listeners an event may have before [`on_leak`](EventEmitter::on_leak) tells of it: 10 unless set.
    ///
    /// ```
    /// assert_eq!(node_compat::EventEmitter::<()>::new().max_listeners(), 10);
    /// ```
    pub fn max_listeners(&self) -> usize {
        self.0.max_listeners.get()
    }

    /// Sets who is told, with its name and its count, of an event that got more listeners than
    /// [`max_listeners`](EventEmitter::max_listeners): a sign that somebody forgets to remove them. Called from the
    /// call that added the listener, once an event, where Node prints its `MaxListenersExceededWarning`. Without a hook
    /// nobody is told.
    ///
    /// ```
    /// use node_compat::EventEmitter;
    ///
    /// let emitter = EventEmitter::<()>::new();
    /// emitter.on_leak(|name, count| eprintln!("possible leak: {count} {name} listeners added"));
    /// for _ in 0..11 {
    ///     emitter.on("data", |_, _| ());
    /// }
    /// ```
    pub fn on_leak(&self, hook: impl Fn(&str, usize) + 'static) {
        let before = self.0.on_leak.replace(Some(Rc::new(hook)));
        drop(before);
    }

    fn add(&self, name: Cow<'static, str>, call: Call<A>, once: bool, first: bool) -> ListenerId {
        static LAST_ID: AtomicU64 = AtomicU64::new(0);
        let listener = LAST_ID.fetch_add(1, Ordering::Relaxed) + 1;
        let (event, leak) = {
            let mut events = self.0.events.borrow_mut();
            let number = events.number(name);
            let mut leak = None;
            if let Some(event) = events.by_number.get_mut(&number) {
                let listeners = Rc::make_mut(&mut event.listeners);
                let at = if first { 0 } else { listeners.len() };
                listeners.insert(at, Listener { id: listener, once, call });
                let count = listeners.len();
                let max = self.0.max_listeners.get();
                if max > 0 && count > max && !std::mem::replace(&mut event.warned, true) {
                    leak = Some((event.name.clone(), count));
                }
            }
            (number, leak)
        };
        if let Some((name, count)) = leak {
            let hook = self.0.on_leak.borrow().clone();
            if let Some(hook) = hook {
                hook(&name, count);
            }
        }
        ListenerId { event, listener }
    }

    fn snapshot(&self, name: &str) -> Option<(u64, Rc<Vec<Listener<A>>>)> {
        let events = self.0.events.borrow();
        let number = *events.numbers.get(name)?;
        Some((number, events.by_number.get(&number)?.listeners.clone()))
    }
}

fn every_time<A, O: Outcome>(f: impl Fn(&Runtime, &A) -> O + 'static) -> Call<A> {
    Rc::new(move |rt, args| f(rt, args).into_result())
}

/// An emit inside of the one that calls `f` may have the listener in its list still.
fn one_time<A, O: Outcome>(f: impl FnOnce(&Runtime, &A) -> O + 'static) -> Call<A> {
    let f = Cell::new(Some(f));
    Rc::new(move |rt, args| f.take().map_or(Ok(()), |f| f(rt, args).into_result()))
}

fn unhandled_error<A: 'static>(args: A) -> Thrown {
    let args: Box<dyn Any> = Box::new(args);
    match args.downcast::<Thrown>() {
        Ok(thrown) => *thrown,
        Err(args) => match args.downcast::<A>() {
            Ok(args) => Thrown::with_value("Unhandled 'error' event", *args),
            Err(_) => unreachable!("it was made of an `A`"),
        },
    }
}

impl<A> Events<A> {
    fn number(&mut self, name: Cow<'static, str>) -> u64 {
        if let Some(&number) = self.numbers.get(&name) {
            return number;
        }
        self.last_number += 1;
        self.numbers.insert(name.clone(), self.last_number);
        self.by_number.insert(self.last_number, Event { name, listeners: Rc::default(), warned: false });
        self.last_number
    }

    fn remove(&mut self, id: ListenerId) -> Option<Listener<A>> {
        let event = self.by_number.get_mut(&id.event)?;
        let at = event.listeners.iter().position(|listener| listener.id == id.listener)?;
        let removed = Rc::make_mut(&mut event.listeners).remove(at);
        if event.listeners.is_empty()
            && let Some(event) = self.by_number.remove(&id.event)
        {
            self.numbers.remove(&event.name);
        }
        Some(removed)
    }

    fn remove_event(&mut self, name: &str) -> Option<Event<A>> {
        let number = self.numbers.remove(name)?;
        self.by_number.remove(&number)
    }
}

impl<A: 'static> Default for EventEmitter<A> {
    fn default() -> Self {
        Self::new()
    }
}

impl<A> Clone for EventEmitter<A> {
    fn clone(&self) -> Self {
        EventEmitter(self.0.clone())
    }
}

impl<A> Clone for Listener<A> {
    fn clone(&self) -> Self {
        Listener { id: self.id, once: self.once, call: self.call.clone() }
    }
}

impl<A> fmt::Debug for EventEmitter<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let events = self.0.events.borrow();
        let counts = events.by_number.values().map(|event| (&event.name, event.listeners.len()));
        f.write_str("EventEmitter ")?;
        f.debug_map().entries(counts).finish()
    }
}
