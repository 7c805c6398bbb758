//! Host names beyond ASCII: each label in Punycode (RFC 3492) behind `xn--`, as IDNA 2008 has it. As in libuv there is no
//! mapping of case or form: the name is taken as it is.

use std::ffi::CStr;
use std::fmt;

use uv_sys::{Error, Result};

/// No name in DNS is longer.
const LONGEST: usize = 255;

/// A host's name in the form in which the system is asked for it: each label that is not ASCII in Punycode, as [IDNA] has it. It
/// is where the value is: nothing is allocated.
///
/// [IDNA]: https://www.rfc-editor.org/rfc/rfc5890
///
/// ```
/// use uv_net::HostName;
///
/// assert_eq!(HostName::new("bücher.example")?.as_c_str(), c"xn--bcher-kva.example");
/// assert_eq!(HostName::new("localhost")?.as_c_str(), c"localhost");
/// # Ok::<(), uv_net::Error>(())
/// ```
#[derive(Clone)]
pub struct HostName {
    /// With a zero behind them.
    bytes: [u8; LONGEST + 1],
    /// More than `LONGEST` if there was no room.
    length: usize,
}

impl HostName {
    /// The name in ASCII.
    ///
    /// # Errors
    ///
    /// `EINVAL` for an empty name, for one that is longer than 255 bytes in ASCII, and for a zero byte; `E2BIG` for a label that
    /// Punycode has no numbers for.
    ///
    /// ```
    /// use uv_net::{Error, HostName};
    ///
    /// assert_eq!(HostName::new("").err(), Some(Error::EINVAL));
    /// assert_eq!(HostName::new(&"a".repeat(256)).err(), Some(Error::EINVAL));
    /// ```
    pub fn new(name: &str) -> Result<HostName> {
        if name.is_empty() || name.contains('\0') {
            return Err(Error::EINVAL);
        }
        let mut ascii = HostName { bytes: [0; LONGEST + 1], length: 0 };
        let mut labels = name.split(is_dot).peekable();
        while let Some(label) = labels.next() {
            // Each character makes at least one byte.
            if label.len() / 4 > LONGEST {
                return Err(Error::EINVAL);
            }
            push_label(&mut ascii, label)?;
            if labels.peek().is_some() {
                ascii.push('.');
            }
            if ascii.length > LONGEST {
                return Err(Error::EINVAL);
            }
        }
        Ok(ascii)
    }

    /// The name as the system takes it.
    ///
    /// ```
    /// assert_eq!(uv_net::HostName::new("☃.net")?.as_c_str(), c"xn--n3h.net");
    /// # Ok::<(), uv_net::Error>(())
    /// ```
    #[must_use]
    pub fn as_c_str(&self) -> &CStr {
        CStr::from_bytes_with_nul(&self.bytes[..=self.length]).unwrap_or_default()
    }

    fn push(&mut self, character: char) {
        self.push_str(character.encode_utf8(&mut [0; 4]));
    }

    /// What there is no room for is counted alone.
    fn push_str(&mut self, text: &str) {
        let end = self.length + text.len();
        if end <= LONGEST {
            self.bytes[self.length..end].copy_from_slice(text.as_bytes());
        }
        self.length = end;
    }
}

impl fmt::Debug for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_c_str().fmt(f)
    }
}

/// The dots of all scripts: the full stop, and the ideographic, the fullwidth and the halfwidth one.
fn is_dot(character: char) -> bool {
    matches!(character, '.' | '\u{3002}' | '\u{ff0e}' | '\u{ff61}')
}

fn push_label(out: &mut HostName, label: &str) -> Result<()> {
    if label.is_ascii() {
        out.push_str(label);
        return Ok(());
    }
    out.push_str("xn--");
    let mut done = 0_u32;
    for character in label.chars().filter(char::is_ascii) {
        out.push(character);
        done += 1;
    }
    if done > 0 {
        out.push('-');
    }
    let count = label.chars().count() as u32;
    let (mut reached, mut delta) = (0x80_u32, 0_u32);
    let mut bias = Bias::default();
    while done < count {
        // The characters follow by their value: how far it is to the next one, counted in places where it could stand.
        let next = label.chars().map(u32::from).filter(|&character| character >= reached).min();
        let next = next.ok_or(Error::EINVAL)?;
        let steps = (next - reached).checked_mul(done + 1).and_then(|steps| delta.checked_add(steps));
        delta = steps.ok_or(Error::E2BIG)?;
        for character in label.chars().map(u32::from) {
            if character < next {
                delta = delta.checked_add(1).ok_or(Error::E2BIG)?;
            } else if character == next {
                push_number(out, delta, bias.value);
                done += 1;
                bias.adapt(delta, done);
                delta = 0;
            }
        }
        delta += 1;
        reached = next + 1;
    }
    Ok(())
}

/// Digits of Punycode: `a` to `z`, then `0` to `9`.
const DIGITS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const BASE: u32 = 36;
const LEAST: u32 = 1;
const MOST: u32 = 26;

/// A number in digits, the lowest first, each with a threshold of its own that says whether it is the last.
fn push_number(out: &mut HostName, mut number: u32, bias: u32) {
    let mut push = |digit: u32| out.push(char::from(DIGITS[digit as usize]));
    for place in 1.. {
        let threshold = (place * BASE).saturating_sub(bias).clamp(LEAST, MOST);
        if number < threshold {
            return push(number);
        }
        number -= threshold;
        push(threshold + number % (BASE - threshold));
        number /= BASE - threshold;
    }
}

/// How large the next number is thought to be.
struct Bias {
    value: u32,
    first: bool,
}

impl Default for Bias {
    fn default() -> Bias {
        Bias { value: 72, first: true }
    }
}

impl Bias {
    fn adapt(&mut self, delta: u32, done: u32) {
        let mut delta = if std::mem::take(&mut self.first) { delta / 700 } else { delta / 2 };
        delta += delta / done;
        self.value = 0;
        while delta > (BASE - LEAST) * MOST / 2 {
            delta /= BASE - LEAST;
            self.value += BASE;
        }
        self.value += (BASE - LEAST + 1) * delta / (delta + 38);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn to_ascii(name: &str) -> Result<String> {
        HostName::new(name).map(|name| name.as_c_str().to_str().unwrap().to_owned())
    }

    #[test]
    fn names_of_the_standard_and_of_the_world() {
        let names = [
            (".", "."),
            (".com", ".com"),
            ("example", "example"),
            ("example-", "example-"),
            ("example.com.", "example.com."),
            ("a..b", "a..b"),
            ("straße.de", "xn--strae-oqa.de"),
            ("mañana.com", "xn--maana-pta.com"),
            ("mañana。com", "xn--maana-pta.com"),
            ("mañana．com", "xn--maana-pta.com"),
            ("mañana｡com", "xn--maana-pta.com"),
            ("bücher.com", "xn--bcher-kva.com"),
            ("café.café.com", "xn--caf-dma.xn--caf-dma.com"),
            ("☃-⌘.com", "xn----dqo34k.com"),
            ("💩.la", "xn--ls8h.la"),
            ("ü", "xn--tda"),
            ("ü.ü.", "xn--tda.xn--tda."),
            ("üëäö♥", "xn--4can8av2009b"),
            ("他们为什么不说中文", "xn--ihqwcrb4cv8a8dqg056pqjye"),
            ("Pročprostěnemluvíčesky", "xn--Proprostnemluvesky-uyb24dma41a"),
            ("ليهمابتكلموشعربي؟", "xn--egbpdaj6bu4bxfgehfvwxn"),
            ("なぜみんな日本語を話してくれないのか", "xn--n8jok5ay5dzabd5bym9f0cm5685rrjetr6pdxa"),
        ];
        for (name, ascii) in names {
            assert_eq!(to_ascii(name).as_deref(), Ok(ascii));
            assert_eq!(to_ascii(ascii).as_deref(), Ok(ascii));
        }
    }

    #[test]
    fn a_name_has_at_most_255_bytes_in_ascii() {
        assert_eq!(to_ascii(""), Err(Error::EINVAL));
        let longest = "a".repeat(255);
        assert_eq!(to_ascii(&longest), Ok(longest.clone()));
        assert_eq!(to_ascii(&format!("{longest}a")), Err(Error::EINVAL));
        assert_eq!(to_ascii(&"ü".repeat(250)), Err(Error::EINVAL));
        assert_eq!(to_ascii(&".".repeat(1_000_000)), Err(Error::EINVAL));
        assert_eq!(to_ascii(&"\u{10ffff}".repeat(1_000_000)), Err(Error::EINVAL));
    }

    /// The decoder of RFC 3492, section 6.2.
    fn decode(label: &str) -> Option<String> {
        let (ascii, digits) = label.rsplit_once('-').unwrap_or(("", label));
        let mut out: Vec<char> = ascii.chars().collect();
        let (mut number, mut place, mut bias) = (0x80_u32, 0_u32, Bias::default());
        let mut digits = digits.bytes().peekable();
        while digits.peek().is_some() {
            let (start, mut weight) = (place, 1);
            for step in 1.. {
                let digit = DIGITS.iter().position(|&d| Some(d) == digits.peek().copied())? as u32;
                digits.next();
                place += digit * weight;
                let threshold = (step * BASE).saturating_sub(bias.value).clamp(LEAST, MOST);
                if digit < threshold {
                    break;
                }
                weight *= BASE - threshold;
            }
            let length = out.len() as u32 + 1;
            bias.adapt(place - start, length);
            number += place / length;
            place %= length;
            out.insert(place as usize, char::from_u32(number)?);
            place += 1;
        }
        Some(out.into_iter().collect())
    }

    proptest! {
        #[test]
        fn what_is_encoded_can_be_decoded(label in "[a-z\u{80}-\u{2fff}\u{3003}-\u{9fff}\u{1f300}-\u{1f5ff}-]{1,20}") {
            let ascii = to_ascii(&label).unwrap();
            prop_assert!(ascii.is_ascii());
            match ascii.strip_prefix("xn--") {
                Some(code) if !label.is_ascii() => prop_assert_eq!(decode(code), Some(label)),
                _ => prop_assert_eq!(ascii, label),
            }
        }

        #[test]
        fn any_text_is_encoded_or_refused(name in "\\PC{0,60}") {
            if let Ok(ascii) = to_ascii(&name) {
                prop_assert!(ascii.is_ascii() && ascii.len() <= LONGEST);
                prop_assert_eq!(to_ascii(&ascii), Ok(ascii.clone()));
            }
        }
    }
}
