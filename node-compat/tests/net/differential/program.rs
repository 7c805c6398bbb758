//! Programs as text, and random ones.
//!
//! A program is a list of blocks, `name{ action action ... }`: `opts` has options, `main` is run at first, and every other
//! block by the event that it is named for, `c.data` for example, the first two times. An action is `c.write:5`, or one with
//! a block that is run later, `tick{ c.end }`.

use std::fmt;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Action {
    pub(super) word: String,
    pub(super) body: Option<Vec<Action>>,
}

impl Action {
    fn new(word: impl Into<String>) -> Self {
        Action { word: word.into(), body: None }
    }

    fn with(word: impl Into<String>, body: Vec<Action>) -> Self {
        Action { word: word.into(), body: Some(body) }
    }

    /// What it is called, and what follows the colon.
    pub(super) fn parts(&self) -> (&str, Option<&str>) {
        self.word.split_once(':').map_or((&self.word, None), |(name, argument)| (name, Some(argument)))
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.word)?;
        let Some(body) = &self.body else { return Ok(()) };
        f.write_str("{ ")?;
        for action in body {
            write!(f, "{action} ")?;
        }
        f.write_str("}")
    }
}

/// Reads a program, or the body of a block.
pub(super) fn parse(text: &str) -> Vec<Action> {
    let spaced = text.replace('{', " { ").replace('}', " } ");
    actions(&mut spaced.split_whitespace().peekable())
}

fn actions<'a>(words: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>) -> Vec<Action> {
    let mut list = Vec::new();
    while let Some(word) = words.next_if(|&word| word != "}") {
        if words.next_if_eq(&"{").is_some() {
            list.push(Action::with(word, actions(words)));
            words.next();
        } else {
            list.push(Action::new(word));
        }
    }
    list
}

/// A program as one line of text.
pub(super) fn text(program: &[Action]) -> String {
    program.iter().map(Action::to_string).collect::<Vec<_>>().join(" ")
}

/// Each way to leave one thing out.
pub(super) fn smaller(program: &[Action]) -> Vec<Vec<Action>> {
    let mut all = Vec::new();
    for at in 0..program.len() {
        let mut without = program.to_vec();
        let left_out = without.remove(at);
        all.push(without);
        let Some(body) = left_out.body else { continue };
        for body in smaller(&body) {
            let mut with_less = program.to_vec();
            with_less[at].body = Some(body);
            all.push(with_less);
        }
    }
    all
}

/// Random programs, always the same ones for one seed.
pub(super) struct Generator {
    state: u64,
    may_throw: bool,
}

impl Generator {
    pub(super) fn new(seed: u64) -> Self {
        Generator { state: seed, may_throw: false }
    }

    pub(super) fn program(&mut self) -> Vec<Action> {
        let mut options = Vec::new();
        for (option, one_in) in [
            ("half-c", 3),
            ("half-p", 3),
            ("lazy-c", 6),
            ("lazy-p", 6),
            ("deaf-c", 12),
            ("deaf-p", 12),
            ("pause-on-connect", 8),
            ("hwm-c:1", 6),
            ("hwm-p:100", 6),
        ] {
            if self.one_in(one_in) {
                options.push(Action::new(option));
            }
        }
        self.may_throw = false;
        let mut main = Vec::new();
        if self.one_in(8) {
            main = self.body(2, 2);
        }
        if !self.one_in(30) {
            main.push(Action::new("s.listen"));
        }
        if self.one_in(8) {
            main.extend(self.body(2, 2));
        }
        main.push(Action::new("c.connect"));
        main.extend(self.body(3, 3));
        let mut program = vec![Action::with("opts", options), Action::with("main", main)];
        for _ in 0..self.below(6) {
            let trigger = *self.of(TRIGGERS);
            if program.iter().all(|block| block.word != trigger) {
                // After a throw out of these Node leaves out other callbacks; we don't.
                self.may_throw = !["drain", "finish", "wrote", "ended"].iter().any(|event| trigger.ends_with(event));
                let body = self.body(4, 3);
                program.push(Action::with(trigger, body));
            }
        }
        program
    }

    fn body(&mut self, longest: u64, depth: u64) -> Vec<Action> {
        (0..=self.below(longest)).map(|_| self.action(depth)).collect()
    }

    fn action(&mut self, depth: u64) -> Action {
        if depth > 0 && self.one_in(3) {
            let word = *self.of(&["tick", "tick", "micro", "imm", "imm", "timer"]);
            return Action::with(word, self.body(2, depth - 1));
        }
        if self.one_in(12) {
            return Action::new(*self.of(SERVER_ACTIONS));
        }
        if self.may_throw && self.one_in(15) {
            return Action::new("throw");
        }
        let socket = *self.of(&["c", "p"]);
        let action = match *self.of(SOCKET_ACTIONS) {
            "connect" if socket == "p" => "destroy",
            action => action,
        };
        Action::new(match action {
            "write" | "writeq" | "end" => format!("{socket}.{action}:{}", self.size()),
            action => format!("{socket}.{action}"),
        })
    }

    fn size(&mut self) -> u64 {
        *self.of(&[1, 5, 20, 99, 100, 1000, 20_000, 70_000, 500_000])
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[usize::try_from(self.below(list.len() as u64)).unwrap()]
    }

    fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }

    /// By Steele's and others' SplitMix64.
    fn below(&mut self, limit: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}

const TRIGGERS: &[&str] = &[
    "s.listening",
    "s.connection",
    "s.connection",
    "s.close",
    "s.closed",
    "c.connect",
    "c.connect",
    "c.ready",
    "c.data",
    "c.end",
    "c.drain",
    "c.finish",
    "c.error",
    "c.close",
    "c.wrote",
    "c.ended",
    "p.data",
    "p.end",
    "p.drain",
    "p.finish",
    "p.error",
    "p.close",
    "p.wrote",
    "p.ended",
];

const SOCKET_ACTIONS: &[&str] = &[
    "write", "write", "write", "write", "writeq", "end", "endq", "endq", "destroy", "fail", "soon", "reset", "pause",
    "resume", "resume", "flow", "state", "state", "state", "cork", "uncork", "uncork", "ref", "unref", "connect",
];

const SERVER_ACTIONS: &[&str] = &["s.listen", "s.shut", "s.close", "s.close", "s.max:1", "s.count", "s.state"];
