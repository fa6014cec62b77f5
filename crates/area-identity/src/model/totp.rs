//! One-time codes of a phone: TOTP (RFC 6238) over HOTP (RFC 4226), as every authenticator app makes them.
//!
//! SHA-1, six digits, thirty seconds: what the apps agree on. HMAC with SHA-1 is not touched by collisions of
//! SHA-1. A code counts for its own step and one step to either side, because clocks of phones differ, and once:
//! the caller keeps the last step used.

use base_core::Timestamp;
use ring::hmac;

/// Bytes of a secret: the length of the hash (RFC 4226, section 4, R6).
pub(crate) const SECRET_BYTES: usize = 20;
/// Digits of a code.
pub(crate) const DIGITS: u32 = 6;
/// Seconds for which a code holds.
const STEP_SECS: i64 = 30;
/// Steps accepted to either side of the present one.
const WINDOW: i64 = 1;

/// A new secret from the operating system's generator.
pub(crate) fn fresh_secret() -> [u8; SECRET_BYTES] {
    rand::random()
}

/// The step a time falls in.
pub(crate) fn step_at(now: Timestamp) -> i64 {
    now.as_secs().div_euclid(STEP_SECS)
}

/// The code of one step (RFC 4226, section 5.3).
fn code(secret: &[u8], step: i64, digits: u32) -> u32 {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let bytes = tag.as_ref();
    let at = usize::from(bytes.last().copied().unwrap_or(0) & 0x0f);
    // The hash has 20 bytes and `at` is at most 15, so four bytes are always there.
    let four = bytes.get(at..at.saturating_add(4)).and_then(|b| <[u8; 4]>::try_from(b).ok()).unwrap_or_default();
    (u32::from_be_bytes(four) & 0x7fff_ffff) % 10_u32.pow(digits)
}

/// Six digits out of what was typed; spaces and dashes do not matter. `None` when it is no such code.
pub(crate) fn typed_code(typed: &str) -> Option<u32> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let fits = digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit());
    if fits { digits.parse().ok() } else { None }
}

/// The step `typed` is the code of, if it is one near `now` and later than `last_step`.
pub(crate) fn step_of(secret: &[u8], typed: u32, now: Timestamp, last_step: i64) -> Option<i64> {
    let middle = step_at(now);
    // Every step is computed whatever the first ones say, so that the time taken tells nothing.
    let steps = (middle - WINDOW..=middle + WINDOW).map(|step| (step, code(secret, step, DIGITS) == typed));
    steps.fold(None, |found, (step, same)| if same && step > last_step { Some(step) } else { found })
}

/// Base32 without padding (RFC 4648, section 6), in which secrets are typed into apps.
pub(crate) fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut out = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut held, mut bits) = (0_u32, 0_u32);
    let letter = |value: u32| char::from(LETTERS.get((value & 31) as usize).copied().unwrap_or(b'A'));
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.push(letter(held >> bits));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        out.push(letter(held << (5 - bits)));
    }
    out
}

/// The address in the QR code (Key URI format of Google Authenticator, which all apps read).
pub(crate) fn otpauth(issuer: &str, login: &str, secret: &[u8]) -> String {
    let plain = |text: &str| {
        let mut out = String::new();
        for byte in text.bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'@') {
                out.push(char::from(byte));
            } else {
                out.push_str(&format!("%{byte:02X}"));
            }
        }
        out
    };
    let (issuer, login) = (plain(issuer), plain(login));
    format!(
        "otpauth://totp/{issuer}:{login}?secret={}&issuer={issuer}&algorithm=SHA1&digits=6&period=30",
        base32(secret)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, the rows of SHA-1.
    #[test]
    fn the_vectors_of_the_rfc() {
        let secret = b"12345678901234567890";
        for (time, wanted) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ] {
            assert_eq!(code(secret, step_at(Timestamp::from_secs(time)), 8), wanted, "{time}");
        }
    }

    /// RFC 4226, appendix D.
    #[test]
    fn the_vectors_of_the_counter() {
        let wanted = [755_224, 287_082, 359_152, 969_429, 338_314, 254_676, 287_922, 162_583, 399_871, 520_489];
        for (count, wanted) in wanted.into_iter().enumerate() {
            assert_eq!(code(b"12345678901234567890", i64::try_from(count).unwrap(), 6), wanted);
        }
    }

    #[test]
    fn a_code_counts_near_its_time_and_after_the_last_one() {
        let (secret, now) = (fresh_secret(), Timestamp::from_secs(1_000_000_000));
        let here = step_at(now);
        for (step, counts) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let typed = code(&secret, here + step, 6);
            // Two steps may share a code by chance; then the later one is found, which is as good.
            assert_eq!(step_of(&secret, typed, now, 0).is_some(), counts, "{step}");
        }
        let typed = code(&secret, here, 6);
        let step = step_of(&secret, typed, now, here - 5).unwrap();
        assert_eq!(step_of(&secret, typed, now, step), None, "once");
    }

    #[test]
    fn base32_of_the_rfc() {
        for (bytes, wanted) in
            [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB")]
        {
            assert_eq!(base32(bytes.as_bytes()), wanted);
        }
        let uri = otpauth("Mangrove Cà Mau", "an@x", b"foo");
        assert!(uri.starts_with("otpauth://totp/Mangrove%20C%C3%A0%20Mau:an@x?secret=MZXW6&issuer="), "{uri}");
    }

    #[test]
    fn what_people_type() {
        assert_eq!(typed_code(" 012 345 "), Some(12_345));
        for bad in ["", "12345", "1234567", "12345a", "１２３４５６", "-12345", "K7QM-W2PX"] {
            assert_eq!(typed_code(bad), None, "{bad}");
        }
    }
}
