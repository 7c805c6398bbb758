//! What to run, and how.

use node_compat::DrainRule;

/// What the process runs first.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Main {
    /// A file: CommonJS or an ES module, as Node tells them apart.
    Script(String),
    /// Code from the command line; true prints the value of its last expression.
    Eval(String, bool),
    /// Code that was read from standard input.
    Stdin(String),
}

/// What becomes of a rejection that nobody handles: Node's `--unhandled-rejections`.
///
/// ```
/// assert_eq!(node_js::UnhandledRejections::default().as_str(), "throw");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum UnhandledRejections {
    /// `'unhandledRejection'`, and an uncaught exception if nobody listens.
    #[default]
    Throw,
    /// An uncaught exception, and `'unhandledRejection'` if that is handled.
    Strict,
    /// `'unhandledRejection'`, and a warning always.
    Warn,
    /// `'unhandledRejection'` and nothing else.
    None,
    /// `'unhandledRejection'`; a warning and exit code 1 if nobody listens.
    WarnWithErrorCode,
}

impl UnhandledRejections {
    /// Node's name of the mode.
    ///
    /// ```
    /// assert_eq!(node_js::UnhandledRejections::WarnWithErrorCode.as_str(), "warn-with-error-code");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            UnhandledRejections::Throw => "throw",
            UnhandledRejections::Strict => "strict",
            UnhandledRejections::Warn => "warn",
            UnhandledRejections::None => "none",
            UnhandledRejections::WarnWithErrorCode => "warn-with-error-code",
        }
    }

    /// The mode of that name.
    ///
    /// ```
    /// use node_js::UnhandledRejections;
    ///
    /// assert_eq!(UnhandledRejections::from_name("none"), Some(UnhandledRejections::None));
    /// assert_eq!(UnhandledRejections::from_name("sometimes"), None);
    /// ```
    pub fn from_name(name: &str) -> Option<Self> {
        use UnhandledRejections::{None as Ignore, Strict, Throw, Warn, WarnWithErrorCode};
        [Throw, Strict, Warn, Ignore, WarnWithErrorCode].into_iter().find(|mode| mode.as_str() == name)
    }
}

/// How a script is run.
///
/// ```
/// use node_js::{Main, Options};
///
/// let options = Options::new(Main::Eval("1 + 1".to_owned(), false));
/// assert_eq!(options.phase_callback_limit, 0);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// What to run.
    pub main: Main,
    /// `process.argv` behind the first two.
    pub args: Vec<String>,
    /// `process.execArgv`.
    pub exec_args: Vec<String>,
    /// When the nextTick and microtask queues are emptied.
    pub drain_rule: DrainRule,
    /// How many callbacks one phase may run; 0 is no limit.
    pub phase_callback_limit: usize,
    /// What becomes of a rejection that nobody handles.
    pub unhandled_rejections: UnhandledRejections,
    /// Process warnings are not printed (they are still emitted).
    pub no_warnings: bool,
    /// Process warnings are printed with their stack.
    pub trace_warnings: bool,
    /// Code from the command line is an ES module.
    pub input_type_module: bool,
}

impl Options {
    /// Node's defaults.
    ///
    /// ```
    /// use node_js::{Main, Options};
    ///
    /// assert!(Options::new(Main::Script("app.js".to_owned())).args.is_empty());
    /// ```
    pub fn new(main: Main) -> Self {
        Options {
            main,
            args: Vec::new(),
            exec_args: Vec::new(),
            drain_rule: DrainRule::default(),
            phase_callback_limit: 0,
            unhandled_rejections: UnhandledRejections::default(),
            no_warnings: false,
            trace_warnings: false,
            input_type_module: false,
        }
    }
}
