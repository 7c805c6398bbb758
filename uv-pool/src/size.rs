use std::ffi::OsStr;

use crate::primitive::{AtomicUsize, Ordering};

/// The number of threads of [`Pool::global`](crate::Pool::global) where `UV_THREADPOOL_SIZE` is not set, and of a pool whose builder
/// was not given one.
///
/// ```
/// let pool = uv_pool::Pool::builder().build()?;
/// assert_eq!(pool.threads(), uv_pool::DEFAULT_THREADS);
/// # Ok::<(), std::io::Error>(())
/// ```
pub const DEFAULT_THREADS: usize = 4;

/// The largest number of threads of any pool.
///
/// ```
/// let pool = uv_pool::Pool::builder().threads(1_000_000).build()?;
/// assert_eq!(pool.threads(), uv_pool::MAX_THREADS);
/// # Ok::<(), std::io::Error>(())
/// ```
pub const MAX_THREADS: usize = 1024;

/// The number of threads that a value of `UV_THREADPOOL_SIZE` asks for, read as libuv reads it: as C's `atoi` does,
/// from 1 to [`MAX_THREADS`]. No value asks for [`DEFAULT_THREADS`], and so does one of 16 bytes or more.
///
/// ```
/// use std::ffi::OsStr;
/// use uv_pool::threads_from;
///
/// assert_eq!(threads_from(None), 4);
/// assert_eq!(threads_from(Some(OsStr::new("16 threads"))), 16);
/// assert_eq!(threads_from(Some(OsStr::new("many"))), 1);
/// assert_eq!(threads_from(Some(OsStr::new("0000000000000016"))), 4);
/// ```
#[must_use]
pub fn threads_from(value: Option<&OsStr>) -> usize {
    // libuv has a buffer of 16 bytes for it, with its zero, and takes no part of what is longer.
    let value = value.map(OsStr::as_encoded_bytes).filter(|value| value.len() < 16);
    value.map_or(DEFAULT_THREADS, parse)
}

/// The number of threads a pool may have, which the environment decides when it is first asked for unless the
/// program has.
pub(crate) struct Limit(AtomicUsize);

impl Limit {
    pub(crate) fn from_environment() -> Self {
        Self(AtomicUsize::new(0))
    }

    pub(crate) fn new(threads: usize) -> Self {
        Self(AtomicUsize::new(threads.clamp(1, MAX_THREADS)))
    }

    pub(crate) fn threads(&self) -> usize {
        let threads = self.0.load(Ordering::Relaxed);
        if threads > 0 {
            return threads;
        }
        let threads = threads_from(std::env::var_os("UV_THREADPOOL_SIZE").as_deref());
        match self.0.compare_exchange(0, threads, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => threads,
            Err(settled) => settled,
        }
    }

    pub(crate) fn set(&self, threads: usize) {
        self.0.store(threads.clamp(1, MAX_THREADS), Ordering::Relaxed);
    }
}

impl Clone for Limit {
    fn clone(&self) -> Self {
        Self(AtomicUsize::new(self.0.load(Ordering::Relaxed)))
    }
}

/// A size as libuv understands it: C's `atoi` taken as unsigned, so that a negative number is a huge one, and of a number
/// of more than 32 bits the lower ones are taken; then 0 becomes 1, and what is above the largest size the largest.
fn parse(value: &[u8]) -> usize {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let start = value.iter().position(|byte| !is_space(byte));
    let value = &value[start.unwrap_or(value.len())..];
    let (negative, digits) = match value {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let sign = if negative { -1 } else { 1 };
    let number = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .fold(0_i64, |number, digit| number.saturating_mul(10).saturating_add(sign * i64::from(digit - b'0')));
    match number as u32 {
        0 => 1,
        size => usize::try_from(size).unwrap_or(usize::MAX).min(MAX_THREADS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_are_read_as_atoi_reads_them() {
        let expected: &[(&str, usize)] = &[
            ("1", 1),
            ("4", 4),
            ("128", 128),
            ("007", 7),
            ("+9", 9),
            (" \t\n\x0b\x0c\r12", 12),
            ("12 13", 12),
            ("12abc", 12),
            ("3.9", 3),
            ("1024", 1024),
            ("1025", 1024),
            ("99999999999999999999999999", 1024),
            ("-1", 1024),
            ("-99999999999999999999999999", 1),
            ("4294967296", 1),
            ("4294967298", 2),
            ("", 1),
            ("   ", 1),
            ("0", 1),
            ("-0", 1),
            ("abc", 1),
            ("x4", 1),
            ("+-4", 1),
            ("- 4", 1),
            ("\u{a0}4", 1),
        ];
        for (text, size) in expected {
            assert_eq!(parse(text.as_bytes()), *size, "{text:?}");
        }
        assert_eq!(parse(b"8\xff"), 8);
    }

    proptest! {
        #[test]
        fn any_number_is_clamped(number: u64) {
            let lower = number.min(i64::MAX as u64) as u32;
            let size = (lower as usize).clamp(1, MAX_THREADS);
            prop_assert_eq!(parse(number.to_string().as_bytes()), size);
        }

        #[test]
        fn any_bytes_give_a_valid_size(bytes: Vec<u8>) {
            prop_assert!((1..=MAX_THREADS).contains(&parse(&bytes)));
        }
    }
}
