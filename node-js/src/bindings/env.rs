//! `process.env`: the script's own copy of the environment, so that setting a variable races with no other thread's
//! reading of the real one.

use std::collections::HashMap;

use rquickjs::{Ctx, Object};

use super::define;
use crate::host::Host;

pub(crate) struct Environment {
    values: HashMap<String, String>,
    /// Names in the order in which Node enumerates them.
    names: Vec<String>,
}

impl Environment {
    pub(crate) fn inherited() -> Self {
        let mut environment = Environment { values: HashMap::new(), names: Vec::new() };
        for (name, value) in std::env::vars_os() {
            environment.set(name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned());
        }
        environment
    }

    pub(crate) fn get(&self, name: &str) -> Option<String> {
        self.values.get(name).cloned()
    }

    fn set(&mut self, name: String, value: String) {
        if self.values.insert(name.clone(), value).is_none() {
            self.names.push(name);
        }
    }

    fn remove(&mut self, name: &str) {
        if self.values.remove(name).is_some() {
            self.names.retain(|other| other != name);
        }
    }
}

pub(super) fn fill(object: &Object<'_>) -> rquickjs::Result<()> {
    define(object, "get", |ctx: Ctx<'_>, name: String| {
        Ok::<_, rquickjs::Error>(Host::of(&ctx)?.environment.borrow().get(&name))
    })?;
    define(object, "set", |ctx: Ctx<'_>, name: String, value: String| {
        Host::of(&ctx)?.environment.borrow_mut().set(name, value);
        Ok::<_, rquickjs::Error>(())
    })?;
    define(object, "remove", |ctx: Ctx<'_>, name: String| {
        Host::of(&ctx)?.environment.borrow_mut().remove(&name);
        Ok::<_, rquickjs::Error>(())
    })?;
    define(object, "names", |ctx: Ctx<'_>| Ok::<_, rquickjs::Error>(Host::of(&ctx)?.environment.borrow().names.clone()))
}
