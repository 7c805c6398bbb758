//! Which keys of one loop watch which signals.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

use super::registry::{self, Mode};
use super::target::{Message, Target};
use super::{Delivery, Error, Result};

#[derive(Default)]
pub(super) struct Watches {
    by_key: BTreeMap<usize, Place>,
    /// The keys, each signal's in the order in which they are told.
    in_order: BTreeMap<Place, usize>,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    signum: u8,
    oneshot: bool,
    /// The number of the watch's start.
    start: u64,
}

impl Watches {
    pub(super) fn start(&mut self, key: usize, signum: i32, oneshot: bool, target: &Arc<Target>) -> Result<()> {
        if signum == 0 {
            return Err(Error::EINVAL);
        }
        let old = self.by_key.get(&key).copied();
        let same = old.filter(|place| i32::from(place.signum) == signum);
        if same.is_none() {
            self.stop(key, target);
        }
        let signum = registry::check(signum)?;
        let start = same.map_or_else(|| target.new_start(), |place| place.start);
        let place = Place { signum, oneshot, start };
        if same == Some(place) {
            return Ok(());
        }

        let before = self.mode(signum);
        if let Some(same) = same {
            self.in_order.remove(&same);
        }
        self.in_order.insert(place, key);
        self.by_key.insert(key, place);
        let after = self.mode(signum);
        // A one-shot watch begins anew even if there is one: that one's signal may be caught and not read yet.
        if before != after || after == Some(Mode::OneShot) {
            let result = registry::watch(target, signum, after.unwrap_or(Mode::OneShot));
            if result.is_err() {
                self.in_order.remove(&place);
                self.by_key.remove(&key);
            }
            return result;
        }
        Ok(())
    }

    pub(super) fn stop(&mut self, key: usize, target: &Arc<Target>) {
        let Some(place) = self.by_key.remove(&key) else {
            return;
        };
        let before = self.mode(place.signum);
        self.in_order.remove(&place);
        match self.mode(place.signum) {
            after if after == before => {}
            None => registry::unwatch(target, place.signum),
            Some(mode) => {
                // A signal that was watched can be watched in another mode.
                let _ = registry::watch(target, place.signum, mode);
            }
        }
    }

    pub(super) fn stop_all(&mut self, target: &Arc<Target>) {
        while let Some((&key, _)) = self.by_key.first_key_value() {
            self.stop(key, target);
        }
    }

    /// The next watch that `cursor` has to tell, if it was started before the signal was caught.
    pub(super) fn next(&self, cursor: &mut Cursor) -> Option<Delivery> {
        let Message { signum, caught } = cursor.message;
        let end = Place { signum, oneshot: true, start: u64::MAX };
        let (place, &key) =
            self.in_order.range((cursor.told, Bound::Included(end))).find(|(place, _)| place.start <= caught)?;
        cursor.told = Bound::Excluded(*place);
        Some(Delivery { key, signum: signum.into(), oneshot: place.oneshot })
    }

    /// Repeating if any watch of the signal is.
    fn mode(&self, signum: u8) -> Option<Mode> {
        let first = Place { signum, oneshot: false, start: 0 };
        let (place, _) = self.in_order.range(first..).next()?;
        let mode = if place.oneshot { Mode::OneShot } else { Mode::Repeating };
        (place.signum == signum).then_some(mode)
    }
}

/// How far one signal has been handed out; watches may come and go meanwhile.
pub(super) struct Cursor {
    message: Message,
    told: Bound<Place>,
}

impl Cursor {
    pub(super) fn new(message: Message) -> Cursor {
        let first = Place { signum: message.signum, oneshot: false, start: 0 };
        Cursor { message, told: Bound::Included(first) }
    }
}

impl fmt::Debug for Watches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.by_key.iter().map(|(key, place)| (key, place.signum));
        f.debug_map().entries(entries).finish()
    }
}
