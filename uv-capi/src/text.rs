//! UTF-16 to WTF-8 and back: UTF-8 in which surrogates may stand alone.

use std::ffi::{c_char, c_int};

use uv_sys::Error;

use crate::alloc;
use crate::ptr::{Ptr, Str, bytes_mut};

/// The code points of a UTF-16 text, which ends with a zero if it has no length.
struct Points {
    next: Ptr<u16>,
    /// `None` until a zero comes.
    left: Option<usize>,
}

impl Points {
    fn new(text: *const u16, length: isize) -> Points {
        Points { next: Ptr::new(text.cast_mut()), left: usize::try_from(length).ok() }
    }

    fn unit(&mut self) -> Option<u16> {
        let unit = if self.left == Some(0) { return None } else { self.next.read() };
        if self.left.is_none() && unit == 0 {
            return None;
        }
        self.left = self.left.map(|left| left - 1);
        self.next = self.next.at(1);
        Some(unit)
    }
}

impl Iterator for Points {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let unit = self.unit()?;
        if (0xd800..0xdc00).contains(&unit) && self.left != Some(0) {
            let second = self.next.read();
            if (0xdc00..0xe000).contains(&second) {
                self.unit();
                return Some(0x10000 + ((u32::from(unit) - 0xd800) << 10) + (u32::from(second) - 0xdc00));
            }
        }
        Some(unit.into())
    }
}

/// A code point's bytes, and how many they are.
fn encode(point: u32) -> ([u8; 4], usize) {
    let tail = |shift: u32| 0x80 | (point >> shift & 0x3f) as u8;
    match point {
        0..0x80 => ([point as u8, 0, 0, 0], 1),
        0x80..0x800 => ([0xc0 | (point >> 6) as u8, tail(0), 0, 0], 2),
        0x800..0x10000 => ([0xe0 | (point >> 12) as u8, tail(6), tail(0), 0], 3),
        _ => ([0xf0 | (point >> 18) as u8, tail(12), tail(6), tail(0)], 4),
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_utf16_length_as_wtf8(text: *const u16, length: isize) -> usize {
    Points::new(text, length).map(|point| encode(point).1).sum()
}

#[unsafe(no_mangle)]
extern "C" fn uv_utf16_to_wtf8(text: *const u16, length: isize, to: Ptr<*mut c_char>, size: Ptr<usize>) -> c_int {
    let whole = uv_utf16_length_as_wtf8(text, length);
    let given = to.get().copied().filter(|to| !to.is_null());
    let room = if given.is_some() { size.read() } else { whole };
    size.put(whole);
    if to.is_null() {
        return 0;
    }
    let place = given.unwrap_or_else(|| alloc::allocate(whole + 1).cast());
    if place.is_null() {
        return Error::ENOMEM.code();
    }
    to.put(place);
    let count = whole.min(room);
    let place = bytes_mut(place.cast(), count + 1);
    let encoded = Points::new(text, length).flat_map(|point| {
        let (bytes, count) = encode(point);
        bytes.into_iter().take(count)
    });
    for (place, byte) in place.iter_mut().zip(encoded.chain([0])) {
        *place = byte;
    }
    place[count] = 0;
    if whole > room { Error::ENOBUFS.code() } else { 0 }
}

/// The code point at the beginning, and how many bytes it has. What follows a zero is not looked at.
fn decode(text: &[u8]) -> Option<(u32, usize)> {
    let tail = |index: usize| text.get(index).filter(|byte| **byte & 0xc0 == 0x80).map(|byte| u32::from(*byte & 0x3f));
    let first = u32::from(*text.first()?);
    let (point, count) = match first {
        0..0x80 => (first, 1),
        0xc2..0xe0 => ((first & 0x1f) << 6 | tail(1)?, 2),
        // As libuv it takes what could be said in fewer bytes.
        0xe0..0xf0 => ((first & 0xf) << 12 | tail(1)? << 6 | tail(2)?, 3),
        0xf0..0xf5 => ((first & 7) << 18 | tail(1)? << 12 | tail(2)? << 6 | tail(3)?, 4),
        _ => return None,
    };
    (point <= 0x10ffff).then_some((point, count))
}

/// Calls `take` with each code point; whether all were right.
fn each_point(text: Str, mut take: impl FnMut(u32)) -> bool {
    let mut rest = text.text().to_bytes();
    while !rest.is_empty() {
        let Some((point, count)) = decode(rest) else {
            return false;
        };
        take(point);
        rest = &rest[count..];
    }
    true
}

/// With the zero at the end.
#[unsafe(no_mangle)]
extern "C" fn uv_wtf8_length_as_utf16(text: Str) -> isize {
    let mut length = 1;
    if each_point(text, |point| length += if point > 0xffff { 2 } else { 1 }) {
        length
    } else {
        Error::EINVAL.code() as isize
    }
}

#[unsafe(no_mangle)]
extern "C" fn uv_wtf8_to_utf16(text: Str, to: Ptr<u16>, length: usize) {
    let mut place = 0;
    let mut put = |unit: u32| {
        if place < length {
            to.at(place).put(unit as u16);
            place += 1;
        }
    };
    each_point(text, |point| {
        if point > 0xffff {
            put(0xd800 + ((point - 0x10000) >> 10));
            put(0xdc00 + ((point - 0x10000) & 0x3ff));
        } else {
            put(point);
        }
    });
    put(0);
}
