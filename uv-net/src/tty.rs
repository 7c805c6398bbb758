use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Mutex, PoisonError, TryLockError};

use rustix::fs::{Mode, OFlags};
use rustix::termios::{
    ControlModes, InputModes, LocalModes, OptionalActions, OutputModes, SpecialCodeIndex, Termios, tcgetattr,
    tcgetwinsize, tcsetattr, ttyname,
};
use uv_loop::{Handle, HandleId, Loop};
use uv_sys::{Error, Result};

use crate::socket::{self, HandleType, guess_handle, uninterrupted};
use crate::stream::body::{StreamBody, StreamType};
use crate::stream::{Stream, sealed};

/// A terminal, as `uv_tty_t`. What it shares with the other streams is in [`Stream`].
///
/// ```no_run
/// use uv_loop::{Handle, Loop, RunMode};
/// use uv_net::{Stream, Tty, TtyMode};
///
/// let lp = Loop::new()?;
/// let tty = Tty::new(&lp, std::io::stdin())?;
/// tty.set_mode(&lp, TtyMode::Raw)?;
/// tty.read_start(&lp, |lp, tty, read| match read {
///     Ok(b"q") | Err(_) => tty.close(lp).unwrap(),
///     Ok(key) => println!("{key:?}"),
/// })?;
/// lp.run(RunMode::Default)?;
/// # Ok::<(), uv_net::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Tty(HandleId);

/// What a terminal does with what is typed and printed, as `uv_tty_mode_t`.
///
/// The enum is exhaustive: libuv has these modes.
///
/// ```
/// assert_eq!(uv_net::TtyMode::default(), uv_net::TtyMode::Normal);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum TtyMode {
    /// As the terminal was found: whole lines, as a rule.
    #[default]
    Normal,
    /// Each key comes at once and is not shown; Ctrl-C is a byte. What is written still has its line ends translated.
    Raw,
    /// Bytes pass unchanged in both directions.
    Io,
    /// On Unix the same as [`Raw`](TtyMode::Raw).
    RawVt,
}

pub(crate) struct Terminal {
    mode: TtyMode,
    original: Termios,
}

impl Handle for Tty {
    fn id(self) -> HandleId {
        self.0
    }
}

impl sealed::FromId for Tty {
    fn from_id(id: HandleId) -> Self {
        Tty(id)
    }
}

impl Stream for Tty {}

impl Tty {
    /// A handle on the terminal behind `fd`, as `uv_tty_init`. The terminal is opened anew if it can be, so that nobody
    /// who shares the descriptor finds it non-blocking; if not, the handle's writes block. `fd` itself stays the
    /// caller's.
    ///
    /// As in libuv, pipes and sockets are taken as well.
    ///
    /// # Errors
    ///
    /// `EINVAL` for a file, which cannot be waited for; `EMFILE`, `ENFILE`.
    ///
    /// ```
    /// use uv_net::{Error, Tty};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// assert_eq!(Tty::new(&lp, std::fs::File::open("/dev/null").unwrap()), Err(Error::EINVAL));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn new(lp: &Loop, fd: impl AsFd) -> Result<Tty> {
        let fd = fd.as_fd();
        let kind = guess_handle(fd);
        if matches!(kind, HandleType::File | HandleType::Unknown) {
            return Err(Error::EINVAL);
        }
        let access = rustix::fs::fcntl_getfl(fd).map_err(socket::error)? & OFlags::RWMODE;
        let (readable, writable) = (access != OFlags::WRONLY, access != OFlags::RDONLY);
        let own = if kind == HandleType::Tty { reopen(fd, access) } else { None };
        let blocking = kind == HandleType::Tty && own.is_none() && writable;
        let own = match own {
            Some(own) => own,
            None => rustix::io::fcntl_dupfd_cloexec(fd, 0).map_err(socket::error)?,
        };
        let body = StreamBody::shared(StreamType::Tty);
        body.open(own, readable, writable, blocking)?;
        Ok(Tty(lp.add_handle(body)))
    }

    /// Sets the terminal's mode, as `uv_tty_set_mode`. Closing the first handle that did so puts it back, and so does
    /// [`reset_mode`].
    ///
    /// # Errors
    ///
    /// `ENOTTY` for what is no terminal.
    ///
    /// ```no_run
    /// use uv_net::{Tty, TtyMode};
    ///
    /// let lp = uv_loop::Loop::new()?;
    /// Tty::new(&lp, std::io::stdin())?.set_mode(&lp, TtyMode::Raw)?;
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn set_mode(self, lp: &Loop, mode: TtyMode) -> Result<()> {
        // There is one raw mode on Unix.
        let mode = if mode == TtyMode::RawVt { TtyMode::Raw } else { mode };
        let body = StreamBody::of(lp, self.0)?;
        let fd = body.fd().ok_or(Error::EBADF)?;
        let mut state = body.state.borrow_mut();
        let terminal = &mut state.rare().terminal;
        let old = terminal.as_ref().map_or(TtyMode::Normal, |terminal| terminal.mode);
        if old == mode {
            return Ok(());
        }
        if old == TtyMode::Normal {
            let original = uninterrupted(|| tcgetattr(&fd))?;
            remember(self.0, &fd, &original)?;
            *terminal = Some(Terminal { mode: old, original });
        }
        if let Some(terminal) = terminal {
            let attributes = attributes(&terminal.original, mode);
            uninterrupted(|| tcsetattr(&fd, OptionalActions::Now, &attributes))?;
            terminal.mode = mode;
        }
        Ok(())
    }

    /// The terminal's size in columns and rows, as `uv_tty_get_winsize`.
    ///
    /// # Errors
    ///
    /// `ENOTTY` for what is no terminal.
    ///
    /// ```no_run
    /// let lp = uv_loop::Loop::new()?;
    /// let (columns, rows) = uv_net::Tty::new(&lp, std::io::stdout())?.window_size(&lp)?;
    /// println!("{columns} x {rows}");
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    pub fn window_size(self, lp: &Loop) -> Result<(u16, u16)> {
        let fd = StreamBody::of(lp, self.0)?.fd().ok_or(Error::EBADF)?;
        let size = uninterrupted(|| tcgetwinsize(&fd))?;
        Ok((size.ws_col, size.ws_row))
    }
}

/// Puts the terminal back into the mode in which the first [`Tty::set_mode`] found it, as `uv_tty_reset_mode`: to be
/// called before the process ends. Does nothing if no mode was set.
///
/// # Errors
///
/// `EBUSY` if it is called from inside a signal handler that has interrupted [`Tty::set_mode`].
///
/// ```
/// uv_net::reset_mode()?;
/// # Ok::<(), uv_net::Error>(())
/// ```
pub fn reset_mode() -> Result<()> {
    let found = match FOUND.try_lock() {
        Ok(found) => found,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        Err(TryLockError::WouldBlock) => return Err(Error::EBUSY),
    };
    found.as_ref().map_or(Ok(()), Found::restore)
}

/// The handle is being closed.
pub(crate) fn closed(id: HandleId) {
    let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = found.take_if(|found| found.by == id) {
        // There is nobody left to tell.
        let _ = found.restore();
    }
}

/// How the first terminal was found.
struct Found {
    by: HandleId,
    fd: OwnedFd,
    attributes: Termios,
}

static FOUND: Mutex<Option<Found>> = Mutex::new(None);

impl Found {
    fn restore(&self) -> Result<()> {
        uninterrupted(|| tcsetattr(&self.fd, OptionalActions::Now, &self.attributes))
    }
}

fn remember(by: HandleId, fd: &OwnedFd, attributes: &Termios) -> Result<()> {
    let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    if found.is_none() {
        let fd = rustix::io::fcntl_dupfd_cloexec(fd, 0).map_err(socket::error)?;
        *found = Some(Found { by, fd, attributes: attributes.clone() });
    }
    Ok(())
}

fn attributes(original: &Termios, mode: TtyMode) -> Termios {
    let mut attributes = original.clone();
    match mode {
        TtyMode::Normal => {}
        TtyMode::Raw | TtyMode::RawVt => {
            attributes.input_modes &=
                !(InputModes::BRKINT | InputModes::ICRNL | InputModes::INPCK | InputModes::ISTRIP | InputModes::IXON);
            attributes.output_modes |= OutputModes::ONLCR;
            attributes.control_modes |= ControlModes::CS8;
            attributes.local_modes &= !(LocalModes::ECHO | LocalModes::ICANON | LocalModes::IEXTEN | LocalModes::ISIG);
            attributes.special_codes[SpecialCodeIndex::VMIN] = 1;
            attributes.special_codes[SpecialCodeIndex::VTIME] = 0;
        }
        TtyMode::Io => attributes.make_raw(),
    }
    attributes
}

/// Opens the terminal anew: the non-blocking mode is the open file's, which others share. The controlling end of a
/// pseudo-terminal cannot be opened so.
fn reopen(fd: impl AsFd, access: OFlags) -> Option<OwnedFd> {
    if rustix::pty::ptsname(&fd, Vec::new()).is_ok() {
        return None;
    }
    let path = ttyname(&fd, Vec::new()).ok()?;
    rustix::fs::open(path, access | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).ok()
}
