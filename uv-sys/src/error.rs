use std::fmt;
use std::io;

use rustix::io::Errno;

/// What an operation returns that can fail with an [`Error`].
///
/// ```
/// fn port(number: u32) -> uv_sys::Result<u16> {
///     u16::try_from(number).map_err(|_| uv_sys::Error::EINVAL)
/// }
/// assert_eq!(port(65536), Err(uv_sys::Error::EINVAL));
/// ```
pub type Result<T> = std::result::Result<T, Error>;

/// A libuv error code: a negative number with a name and a message.
///
/// A code is `-errno` where the platform has that errno, and else libuv's own number: `-3000` and
/// below for the errors of name resolution (`EAI_*`), `-4000` and below for the others, among them
/// `EOF` and `UNKNOWN`. So the codes are those that a C program sees, and unlike [`io::Error`] the
/// type can say [`EOF`](Error::EOF) and [`EAI_NONAME`](Error::EAI_NONAME). The names and messages
/// are those of libuv 1.52.
///
/// The set is open: a system's errno that libuv doesn't name is kept as its number.
///
/// ```
/// use std::io;
/// use uv_sys::Error;
///
/// let error = Error::ECONNREFUSED;
/// assert_eq!(error.name(), "ECONNREFUSED");
/// assert_eq!(error.to_string(), "ECONNREFUSED: connection refused");
///
/// assert_eq!(io::Error::from(error).kind(), io::ErrorKind::ConnectionRefused);
/// assert_eq!(Error::from(io::Error::from(error)), error);
/// ```
#[derive(Copy, Clone, Eq, PartialEq, Hash)]
pub struct Error(i32);

impl Error {
    /// The error of a code as libuv's functions return it. `None` for zero and above, which are no
    /// errors. A negative code that libuv doesn't name is kept.
    ///
    /// ```
    /// use uv_sys::Error;
    ///
    /// assert_eq!(Error::from_code(-4095), Some(Error::EOF));
    /// assert_eq!(Error::from_code(0), None);
    /// assert_eq!(Error::from_code(-2999).unwrap().to_string(), "Unknown system error -2999");
    /// ```
    #[must_use]
    pub const fn from_code(code: i32) -> Option<Error> {
        if code < 0 { Some(Error(code)) } else { None }
    }

    /// The error of a system's errno; follows libuv's `uv_translate_sys_error`, which leaves a
    /// negative number as the code that it is. Zero, which is no error, gives `UNKNOWN`.
    ///
    /// ```
    /// use uv_sys::Error;
    ///
    /// let errno = Error::EPIPE.raw_os_error().unwrap();
    /// assert_eq!(Error::from_raw_errno(errno), Error::EPIPE);
    /// assert_eq!(Error::from_raw_errno(Error::EOF.code()), Error::EOF);
    /// assert_eq!(Error::from_raw_errno(0), Error::UNKNOWN);
    /// ```
    #[must_use]
    pub const fn from_raw_errno(errno: i32) -> Error {
        match errno {
            0 => Error::UNKNOWN,
            1.. => Error(-errno),
            _ => Error(errno),
        }
    }

    /// The code: always negative.
    ///
    /// ```
    /// assert_eq!(uv_sys::Error::EAI_AGAIN.code(), -3001);
    /// ```
    #[must_use]
    pub const fn code(self) -> i32 {
        self.0
    }

    /// The system's errno, if the error is one and not libuv's own.
    ///
    /// ```
    /// use uv_sys::Error;
    ///
    /// assert_eq!(Error::ENOENT.raw_os_error(), Some(-Error::ENOENT.code()));
    /// assert_eq!(Error::EOF.raw_os_error(), None);
    /// ```
    #[must_use]
    pub const fn raw_os_error(self) -> Option<i32> {
        if self.0 > LIBUV_CODES { Some(-self.0) } else { None }
    }

    /// Every error that has a name, in libuv's order.
    ///
    /// ```
    /// use uv_sys::Error;
    ///
    /// assert!(Error::all().any(|error| error.name() == "EADDRINUSE"));
    /// ```
    pub fn all() -> impl Iterator<Item = Error> {
        ALL.iter().copied()
    }
}

/// What an error without a name is called; its number follows in libuv's texts.
const UNNAMED: &str = "Unknown system error";

/// The codes of libuv's own making begin here, going down; the systems' errnos stay well above.
const LIBUV_CODES: i32 = -3000;

macro_rules! errors {
    ($($name:ident = $code:expr, $message:literal;)*) => {
        /// The codes of libuv's `UV_ERRNO_MAP`, without their prefix `UV_`.
        impl Error {
            $(
                #[doc = concat!("`", stringify!($name), "`: ", $message, ".\n\n```\nlet error = uv_sys::Error::",
                    stringify!($name), ";\nassert_eq!(error.to_string(), \"", stringify!($name), ": ", $message,
                    "\");\n```")]
                pub const $name: Error = Error($code);
            )*

            /// The name, as of libuv's `uv_err_name`. An error without one is an "Unknown system
            /// error"; `Display` adds its number.
            ///
            /// ```
            /// assert_eq!(uv_sys::Error::EAI_NONAME.name(), "EAI_NONAME");
            /// ```
            pub const fn name(self) -> &'static str {
                match self {
                    $(Error::$name => stringify!($name),)*
                    _ => UNNAMED,
                }
            }

            /// The message, as of libuv's `uv_strerror`. For an error without a name it is "Unknown
            /// system error"; `Display` adds its number.
            ///
            /// ```
            /// assert_eq!(uv_sys::Error::EOF.message(), "end of file");
            /// ```
            pub const fn message(self) -> &'static str {
                match self {
                    $(Error::$name => $message,)*
                    _ => UNNAMED,
                }
            }
        }

        const ALL: &[Error] = &[$(Error::$name),*];
    };
}

errors! {
    E2BIG = os(Errno::TOOBIG), "argument list too long";
    EACCES = os(Errno::ACCESS), "permission denied";
    EADDRINUSE = os(Errno::ADDRINUSE), "address already in use";
    EADDRNOTAVAIL = os(Errno::ADDRNOTAVAIL), "address not available";
    EAFNOSUPPORT = os(Errno::AFNOSUPPORT), "address family not supported";
    EAGAIN = os(Errno::AGAIN), "resource temporarily unavailable";
    EAI_ADDRFAMILY = -3000, "address family not supported";
    EAI_AGAIN = -3001, "temporary failure";
    EAI_BADFLAGS = -3002, "bad ai_flags value";
    EAI_BADHINTS = -3013, "invalid value for hints";
    EAI_CANCELED = -3003, "request canceled";
    EAI_FAIL = -3004, "permanent failure";
    EAI_FAMILY = -3005, "ai_family not supported";
    EAI_MEMORY = -3006, "out of memory";
    EAI_NODATA = -3007, "no address";
    EAI_NONAME = -3008, "unknown node or service";
    EAI_OVERFLOW = -3009, "argument buffer overflow";
    EAI_PROTOCOL = -3014, "resolved protocol is unknown";
    EAI_SERVICE = -3010, "service not available for socket type";
    EAI_SOCKTYPE = -3011, "socket type not supported";
    EALREADY = os(Errno::ALREADY), "connection already in progress";
    EBADF = os(Errno::BADF), "bad file descriptor";
    EBUSY = os(Errno::BUSY), "resource busy or locked";
    ECANCELED = os(Errno::CANCELED), "operation canceled";
    ECHARSET = -4080, "invalid Unicode character";
    ECONNABORTED = os(Errno::CONNABORTED), "software caused connection abort";
    ECONNREFUSED = os(Errno::CONNREFUSED), "connection refused";
    ECONNRESET = os(Errno::CONNRESET), "connection reset by peer";
    EDESTADDRREQ = os(Errno::DESTADDRREQ), "destination address required";
    EEXIST = os(Errno::EXIST), "file already exists";
    EFAULT = os(Errno::FAULT), "bad address in system call argument";
    EFBIG = os(Errno::FBIG), "file too large";
    EHOSTUNREACH = os(Errno::HOSTUNREACH), "host is unreachable";
    EINTR = os(Errno::INTR), "interrupted system call";
    EINVAL = os(Errno::INVAL), "invalid argument";
    EIO = os(Errno::IO), "i/o error";
    EISCONN = os(Errno::ISCONN), "socket is already connected";
    EISDIR = os(Errno::ISDIR), "illegal operation on a directory";
    ELOOP = os(Errno::LOOP), "too many symbolic links encountered";
    EMFILE = os(Errno::MFILE), "too many open files";
    EMSGSIZE = os(Errno::MSGSIZE), "message too long";
    ENAMETOOLONG = os(Errno::NAMETOOLONG), "name too long";
    ENETDOWN = os(Errno::NETDOWN), "network is down";
    ENETUNREACH = os(Errno::NETUNREACH), "network is unreachable";
    ENFILE = os(Errno::NFILE), "file table overflow";
    ENOBUFS = os(Errno::NOBUFS), "no buffer space available";
    ENODEV = os(Errno::NODEV), "no such device";
    ENOENT = os(Errno::NOENT), "no such file or directory";
    ENOMEM = os(Errno::NOMEM), "not enough memory";
    ENONET = platform::ENONET, "machine is not on the network";
    ENOPROTOOPT = os(Errno::NOPROTOOPT), "protocol not available";
    ENOSPC = os(Errno::NOSPC), "no space left on device";
    ENOSYS = os(Errno::NOSYS), "function not implemented";
    ENOTCONN = os(Errno::NOTCONN), "socket is not connected";
    ENOTDIR = os(Errno::NOTDIR), "not a directory";
    ENOTEMPTY = os(Errno::NOTEMPTY), "directory not empty";
    ENOTSOCK = os(Errno::NOTSOCK), "socket operation on non-socket";
    ENOTSUP = os(Errno::NOTSUP), "operation not supported on socket";
    EOVERFLOW = os(Errno::OVERFLOW), "value too large for defined data type";
    EPERM = os(Errno::PERM), "operation not permitted";
    EPIPE = os(Errno::PIPE), "broken pipe";
    EPROTO = os(Errno::PROTO), "protocol error";
    EPROTONOSUPPORT = os(Errno::PROTONOSUPPORT), "protocol not supported";
    EPROTOTYPE = os(Errno::PROTOTYPE), "protocol wrong type for socket";
    ERANGE = os(Errno::RANGE), "result too large";
    EROFS = os(Errno::ROFS), "read-only file system";
    ESHUTDOWN = os(Errno::SHUTDOWN), "cannot send after transport endpoint shutdown";
    ESPIPE = os(Errno::SPIPE), "invalid seek";
    ESRCH = os(Errno::SRCH), "no such process";
    ETIMEDOUT = os(Errno::TIMEDOUT), "connection timed out";
    ETXTBSY = os(Errno::TXTBSY), "text file is busy";
    EXDEV = os(Errno::XDEV), "cross-device link not permitted";
    UNKNOWN = -4094, "unknown error";
    EOF = -4095, "end of file";
    ENXIO = os(Errno::NXIO), "no such device or address";
    EMLINK = os(Errno::MLINK), "too many links";
    EHOSTDOWN = os(Errno::HOSTDOWN), "host is down";
    EREMOTEIO = platform::EREMOTEIO, "remote I/O error";
    ENOTTY = os(Errno::NOTTY), "inappropriate ioctl for device";
    EFTYPE = platform::EFTYPE, "inappropriate file type or format";
    EILSEQ = os(Errno::ILSEQ), "illegal byte sequence";
    ESOCKTNOSUPPORT = os(Errno::SOCKTNOSUPPORT), "socket type not supported";
    ENODATA = platform::ENODATA, "no data available";
    EUNATCH = platform::EUNATCH, "protocol driver not attached";
    ENOEXEC = os(Errno::NOEXEC), "exec format error";
}

/// Errors that not every Unix has.
mod platform {
    use super::os;
    use rustix::io::Errno;

    macro_rules! os_or {
        ($($name:ident = $errno:ident where $platform:meta else $code:literal;)*) => {$(
            #[cfg($platform)]
            pub(super) const $name: i32 = os(Errno::$errno);
            #[cfg(not($platform))]
            pub(super) const $name: i32 = $code;
        )*};
    }

    os_or! {
        ENONET = NONET where any(target_os = "linux", target_os = "android") else -4056;
        EREMOTEIO = REMOTEIO where any(target_os = "linux", target_os = "android") else -4030;
        EFTYPE = FTYPE where any(
            target_vendor = "apple",
            target_os = "freebsd",
            target_os = "dragonfly",
            target_os = "netbsd",
            target_os = "openbsd",
        ) else -4028;
        ENODATA = NODATA where any(
            target_os = "linux",
            target_os = "android",
            target_vendor = "apple",
            target_os = "netbsd",
        ) else -4024;
        EUNATCH = UNATCH where any(target_os = "linux", target_os = "android") else -4023;
    }
}

const fn os(errno: Errno) -> i32 {
    -errno.raw_os_error()
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            UNNAMED => write!(f, "{UNNAMED} {}", self.0),
            name => write!(f, "{name}: {}", self.message()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            UNNAMED => write!(f, "Error({})", self.0),
            name => write!(f, "Error({name})"),
        }
    }
}

impl std::error::Error for Error {}

/// By the system's errno; else the [`Error`] that the `io::Error` was made of; else by its kind; and
/// `UNKNOWN` if nothing fits.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Error {
        if let Some(errno) = error.raw_os_error() {
            return Error::from_raw_errno(errno);
        }
        if let Some(inner) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
            return *inner;
        }
        match error.kind() {
            io::ErrorKind::NotFound => Error::ENOENT,
            io::ErrorKind::PermissionDenied => Error::EACCES,
            io::ErrorKind::ConnectionRefused => Error::ECONNREFUSED,
            io::ErrorKind::ConnectionReset => Error::ECONNRESET,
            io::ErrorKind::HostUnreachable => Error::EHOSTUNREACH,
            io::ErrorKind::NetworkUnreachable => Error::ENETUNREACH,
            io::ErrorKind::ConnectionAborted => Error::ECONNABORTED,
            io::ErrorKind::NotConnected => Error::ENOTCONN,
            io::ErrorKind::AddrInUse => Error::EADDRINUSE,
            io::ErrorKind::AddrNotAvailable => Error::EADDRNOTAVAIL,
            io::ErrorKind::NetworkDown => Error::ENETDOWN,
            io::ErrorKind::BrokenPipe => Error::EPIPE,
            io::ErrorKind::AlreadyExists => Error::EEXIST,
            io::ErrorKind::WouldBlock => Error::EAGAIN,
            io::ErrorKind::NotADirectory => Error::ENOTDIR,
            io::ErrorKind::IsADirectory => Error::EISDIR,
            io::ErrorKind::DirectoryNotEmpty => Error::ENOTEMPTY,
            io::ErrorKind::ReadOnlyFilesystem => Error::EROFS,
            io::ErrorKind::InvalidInput => Error::EINVAL,
            io::ErrorKind::InvalidFilename => Error::ENAMETOOLONG,
            io::ErrorKind::InvalidData => Error::EILSEQ,
            io::ErrorKind::TimedOut => Error::ETIMEDOUT,
            io::ErrorKind::WriteZero => Error::EIO,
            io::ErrorKind::StorageFull => Error::ENOSPC,
            io::ErrorKind::NotSeekable => Error::ESPIPE,
            io::ErrorKind::FileTooLarge => Error::EFBIG,
            io::ErrorKind::ResourceBusy => Error::EBUSY,
            io::ErrorKind::ExecutableFileBusy => Error::ETXTBSY,
            io::ErrorKind::CrossesDevices => Error::EXDEV,
            io::ErrorKind::TooManyLinks => Error::EMLINK,
            io::ErrorKind::ArgumentListTooLong => Error::E2BIG,
            io::ErrorKind::Interrupted => Error::EINTR,
            io::ErrorKind::Unsupported => Error::ENOTSUP,
            io::ErrorKind::UnexpectedEof => Error::EOF,
            io::ErrorKind::OutOfMemory => Error::ENOMEM,
            _ => Error::UNKNOWN,
        }
    }
}

/// The system's errno where the error is one; else an `io::Error` around this one, of kind
/// `UnexpectedEof` for `EOF` and `Other` for the rest. The way back gives the same error.
impl From<Error> for io::Error {
    fn from(error: Error) -> io::Error {
        match error.raw_os_error() {
            Some(errno) => io::Error::from_raw_os_error(errno),
            None if error == Error::EOF => io::Error::new(io::ErrorKind::UnexpectedEof, error),
            None => io::Error::other(error),
        }
    }
}
