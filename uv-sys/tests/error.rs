//! The codes, names and messages are libuv's, and the way through `io::Error` loses nothing.

use std::collections::HashSet;
use std::io;

use proptest::prelude::*;
use uv_sys::Error;

#[test]
fn names_and_messages_are_libuvs() {
    let table = [
        (Error::E2BIG, "E2BIG", "argument list too long"),
        (Error::EACCES, "EACCES", "permission denied"),
        (Error::EADDRINUSE, "EADDRINUSE", "address already in use"),
        (Error::ECANCELED, "ECANCELED", "operation canceled"),
        (Error::ECHARSET, "ECHARSET", "invalid Unicode character"),
        (Error::EISDIR, "EISDIR", "illegal operation on a directory"),
        (Error::ENOTSUP, "ENOTSUP", "operation not supported on socket"),
        (Error::EAI_NONAME, "EAI_NONAME", "unknown node or service"),
        (Error::UNKNOWN, "UNKNOWN", "unknown error"),
        (Error::EOF, "EOF", "end of file"),
        (Error::ENOEXEC, "ENOEXEC", "exec format error"),
    ];
    for (error, name, message) in table {
        assert_eq!(error.name(), name);
        assert_eq!(error.message(), message);
        assert_eq!(error.to_string(), format!("{name}: {message}"));
        assert_eq!(format!("{error:?}"), format!("Error({name})"));
    }
}

#[test]
#[cfg(any(target_os = "linux", target_os = "android"))]
fn codes_are_those_of_linux() {
    let table = [
        (Error::EPERM, -1),
        (Error::E2BIG, -7),
        (Error::EAGAIN, -11),
        (Error::EACCES, -13),
        (Error::EUNATCH, -49),
        (Error::ENODATA, -61),
        (Error::ENONET, -64),
        (Error::ENOTSUP, -95),
        (Error::EREMOTEIO, -121),
        (Error::ECANCELED, -125),
        (Error::EAI_ADDRFAMILY, -3000),
        (Error::EAI_PROTOCOL, -3014),
        (Error::EFTYPE, -4028),
        (Error::ECHARSET, -4080),
        (Error::UNKNOWN, -4094),
        (Error::EOF, -4095),
    ];
    for (error, code) in table {
        assert_eq!(error.code(), code, "{error}");
    }
}

#[test]
fn every_error_has_its_own_code_and_name() {
    assert_eq!(Error::all().count(), 85);
    let codes: HashSet<i32> = Error::all().map(Error::code).collect();
    let names: HashSet<&str> = Error::all().map(Error::name).collect();
    assert_eq!(codes.len(), 85);
    assert_eq!(names.len(), 85);
    for error in Error::all() {
        assert!(error.code() < 0);
        assert_eq!(Error::from_code(error.code()), Some(error));
        assert_eq!(Error::from_raw_errno(error.code()), error);
        assert!(!error.message().is_empty());
    }
}

#[test]
fn every_error_comes_back_from_io_error() {
    for error in Error::all() {
        let io = io::Error::from(error);
        assert_eq!(io.raw_os_error(), error.raw_os_error());
        assert_eq!(Error::from(io), error);
    }
    let eof = io::Error::from(Error::EOF);
    assert_eq!(eof.kind(), io::ErrorKind::UnexpectedEof);
    assert_eq!(eof.to_string(), "EOF: end of file");
    assert_eq!(io::Error::from(Error::ENOENT).kind(), io::ErrorKind::NotFound);
}

#[test]
fn an_io_error_without_errno_goes_by_its_kind() {
    let table = [
        (io::ErrorKind::NotFound, Error::ENOENT),
        (io::ErrorKind::UnexpectedEof, Error::EOF),
        (io::ErrorKind::WouldBlock, Error::EAGAIN),
        (io::ErrorKind::InvalidInput, Error::EINVAL),
        (io::ErrorKind::Unsupported, Error::ENOTSUP),
        (io::ErrorKind::Other, Error::UNKNOWN),
    ];
    for (kind, error) in table {
        assert_eq!(Error::from(io::Error::from(kind)), error);
        assert_eq!(Error::from(io::Error::new(kind, "text")), error);
    }
}

/// Where the system's errno and its `ErrorKind` both have an error, the two ways agree.
#[test]
fn kinds_agree_with_errnos() {
    for error in Error::all() {
        let Some(errno) = error.raw_os_error() else {
            continue;
        };
        let kind = io::Error::from_raw_os_error(errno).kind();
        let by_kind = Error::from(io::Error::from(kind));
        let same_kind = io::Error::from(by_kind).kind() == kind;
        assert!(by_kind == Error::UNKNOWN || same_kind, "{error}: {kind:?}");
    }
}

proptest! {
    #[test]
    fn any_code_is_kept(code in any::<i32>()) {
        match Error::from_code(code) {
            None => prop_assert!(code >= 0),
            Some(error) => {
                prop_assert_eq!(error.code(), code);
                prop_assert_eq!(Error::from(io::Error::from(error)), error);
                if Error::all().all(|named| named != error) {
                    prop_assert_eq!(error.to_string(), format!("Unknown system error {code}"));
                }
            }
        }
    }

    #[test]
    fn any_errno_is_an_error(errno in any::<i32>()) {
        let error = Error::from_raw_errno(errno);
        prop_assert!(error.code() < 0);
        if (1..3000).contains(&errno) {
            prop_assert_eq!(error.raw_os_error(), Some(errno));
        }
    }
}
