//! Times as logs write them.
//!
//! One reader for every form, chosen by the shape of the text: ISO 8601 and RFC 3339 with
//! any separator, syslog without a year, Common Log Format, Apache and nginx error logs,
//! BIND, and Unix epochs in seconds to nanoseconds. A time without a zone is local to the
//! zone of the source.

use base_core::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

const MICROS: i64 = 1_000_000;
/// Times before 1990 are taken for clocks that were never set.
const OLDEST: i64 = 631_152_000 * MICROS;
/// How far a sender's clock may be ahead of the receipt, in seconds.
const AHEAD_SECS: i64 = 86_400;

/// Reads times for one source and one zone.
#[derive(Clone, Debug)]
pub struct TimeReader {
    zone: TimeZone,
    /// Offset in seconds when the zone has always the same since 1990, which saves the look-up.
    fixed: Option<i64>,
}

impl TimeReader {
    /// For times that are local to `zone`.
    #[must_use]
    pub fn new(zone: TimeZone) -> Self {
        let fixed = match zone.iana_name() {
            Some("UTC" | "Etc/UTC") => Some(0),
            Some("Asia/Ho_Chi_Minh" | "Asia/Saigon") => Some(7 * 3600),
            _ => zone.to_fixed_offset().ok().map(|o| i64::from(o.seconds())),
        };
        Self { zone, fixed }
    }

    /// Whether `time` can be believed of a record that was received at `received`.
    #[must_use]
    pub fn believable(time: Timestamp, received: Timestamp) -> bool {
        time.as_micros() >= OLDEST && time <= received.plus_secs(AHEAD_SECS)
    }

    /// Reads `text`, whatever its form; `received` gives the year where there is none.
    #[must_use]
    pub fn read(&self, text: &str, received: Timestamp) -> Option<Timestamp> {
        self.read_prefix(text, received).map(|(time, _)| time)
    }

    /// Reads the time at the start of `text` and tells how many bytes it took.
    #[must_use]
    pub fn read_prefix(&self, text: &str, received: Timestamp) -> Option<(Timestamp, usize)> {
        let mut cur = Cursor { text: text.as_bytes(), pos: 0 };
        cur.skip(b' ');
        if cur.peek() == Some(b'[') {
            cur.pos += 1;
        }
        let time = match cur.peek()? {
            b'0'..=b'9' => self.starts_with_digit(&mut cur)?,
            b'A'..=b'Z' | b'a'..=b'z' => self.starts_with_letter(&mut cur, received)?,
            _ => return None,
        };
        Some((time, cur.pos))
    }

    fn starts_with_digit(&self, cur: &mut Cursor<'_>) -> Option<Timestamp> {
        let digits = cur.digit_run();
        let start = cur.pos;
        match (digits, cur.text.get(start + digits)) {
            (4, Some(b'-' | b'/' | b'.')) => {
                let year = cur.number(4)?;
                cur.pos += 1;
                let month = cur.number(2)?;
                cur.pos += 1;
                let day = cur.number(2)?;
                if matches!(cur.peek(), Some(b'T' | b't' | b' ' | b':' | b'_' | b'-')) {
                    cur.pos += 1;
                    cur.skip(b' ');
                }
                self.clock_and_zone(cur, year, month, day)
            }
            (1..=2, Some(b'/' | b'-' | b' ' | b'.')) => self.day_first(cur),
            (8, Some(b'T' | b't')) => {
                let (year, month, day) = (cur.number(4)?, cur.number(2)?, cur.number(2)?);
                cur.pos += 1;
                let (hour, minute, second) = (cur.number(2)?, cur.number(2)?, cur.number(2)?);
                self.with_zone(cur, civil(year, month, day, hour, minute, second, 0)?)
            }
            // `20261122 10:00:00`
            (8, Some(b' ')) => {
                let (year, month, day) = (cur.number(4)?, cur.number(2)?, cur.number(2)?);
                cur.pos += 1;
                self.clock_and_zone(cur, year, month, day)
            }
            // `261122 10:00:00`, as MySQL and MariaDB once wrote.
            (6, Some(b' ')) => {
                let (year, month, day) = (cur.number(2)?, cur.number(2)?, cur.number(2)?);
                cur.pos += 1;
                cur.skip(b' ');
                self.clock_and_zone(cur, 2000 + year, month, day)
            }
            (9..=19, _) => cur.epoch(digits),
            _ => None,
        }
    }

    /// `10/Oct/2000:13:55:36 -0700`, `22-Nov-2026 10:00:00.123`, `22/11/2026 10:00:00`.
    fn day_first(&self, cur: &mut Cursor<'_>) -> Option<Timestamp> {
        let day = cur.number_up_to(2)?;
        cur.pos += 1;
        let month = if cur.peek()?.is_ascii_alphabetic() { cur.month()? } else { cur.number_up_to(2)? };
        cur.pos += 1;
        let year = cur.number(4)?;
        if matches!(cur.peek(), Some(b':' | b' ' | b'T')) {
            cur.pos += 1;
        }
        self.clock_and_zone(cur, year, month, day)
    }

    fn clock_and_zone(&self, cur: &mut Cursor<'_>, year: i64, month: i64, day: i64) -> Option<Timestamp> {
        let (hour, minute, second, micros) = cur.clock()?;
        self.with_zone(cur, civil(year, month, day, hour, minute, second, micros)?)
    }

    /// `Nov 22 10:00:00`, `Nov 22 2026 10:00:00`, `2026 Nov 22`, `Sun Nov 22 10:00:00.123 2026`, with a zone or not.
    fn starts_with_letter(&self, cur: &mut Cursor<'_>, received: Timestamp) -> Option<Timestamp> {
        let month = match cur.month() {
            Some(month) => month,
            None => {
                // A weekday, `Sun ` or `Sunday, `.
                let letters = cur.rest().iter().take_while(|b| b.is_ascii_alphabetic()).count();
                if !(3..=9).contains(&letters) {
                    return None;
                }
                cur.pos += letters;
                if cur.peek() == Some(b',') {
                    cur.pos += 1;
                }
                cur.skip(b' ');
                if cur.peek()?.is_ascii_digit() {
                    return self.rfc2822(cur);
                }
                cur.month()?
            }
        };
        cur.skip(b' ');
        let day = cur.number_up_to(2)?;
        if cur.peek() == Some(b',') {
            cur.pos += 1;
        }
        cur.skip(b' ');
        let mut year = None;
        if cur.digit_run() == 4 {
            year = Some(cur.number(4)?);
            cur.skip(b' ');
        }
        let (hour, minute, second, micros) = cur.clock()?;
        if year.is_none() && cur.peek() == Some(b' ') {
            // The year may follow the clock (`asctime`), or a message that starts with digits.
            let back = cur.pos;
            cur.skip(b' ');
            if cur.digit_run() == 4 && matches!(cur.text.get(cur.pos + 4), None | Some(b' ' | b']' | b':')) {
                year = cur.number(4).filter(|y| (1990..2100).contains(y));
            }
            if year.is_none() {
                cur.pos = back;
            }
        }
        match year {
            Some(year) => self.with_zone(cur, civil(year, month, day, hour, minute, second, micros)?),
            None => self.guess_year(cur, month, day, (hour, minute, second, micros), received),
        }
    }

    fn rfc2822(&self, cur: &mut Cursor<'_>) -> Option<Timestamp> {
        let day = cur.number_up_to(2)?;
        cur.skip(b' ');
        let month = cur.month()?;
        cur.skip(b' ');
        let year = cur.number(4)?;
        cur.skip(b' ');
        self.clock_and_zone(cur, year, month, day)
    }

    /// The latest year in which the time is not after the receipt (with a day for bad clocks).
    fn guess_year(
        &self,
        cur: &mut Cursor<'_>,
        month: i64,
        day: i64,
        (hour, minute, second, micros): (i64, i64, i64, i64),
        received: Timestamp,
    ) -> Option<Timestamp> {
        let this_year = i64::from(received.to_jiff()?.to_zoned(self.zone.clone()).year());
        let after = cur.pos;
        // 29 February needs a leap year: look back up to eight years (1896–1904 had none for that long).
        for year in (this_year - 8..=this_year + 1).rev() {
            cur.pos = after;
            let Some(at) = civil(year, month, day, hour, minute, second, micros) else { continue };
            let time = self.with_zone(cur, at)?;
            if time <= received.plus_secs(AHEAD_SECS) {
                return Some(time);
            }
        }
        None
    }

    /// Reads an offset or zone name if one follows; else the time is local.
    fn with_zone(&self, cur: &mut Cursor<'_>, at: DateTime) -> Option<Timestamp> {
        let offset = match cur.offset() {
            Some(seconds) => seconds,
            None => match self.fixed {
                Some(seconds) => seconds,
                None => i64::from(
                    self.zone
                        .to_ambiguous_timestamp(at)
                        .compatible()
                        .ok()
                        .map(|ts| self.zone.to_offset(ts).seconds())?,
                ),
            },
        };
        let utc = TimeZone::UTC.to_ambiguous_timestamp(at).compatible().ok()?;
        Some(Timestamp::from_micros(utc.as_microsecond().checked_sub(offset.checked_mul(MICROS)?)?))
    }
}

fn civil(year: i64, month: i64, day: i64, hour: i64, minute: i64, second: i64, micros: i64) -> Option<DateTime> {
    let date = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    // A leap second is read as the last second of its minute.
    let second = if second == 60 { 59 } else { second };
    let time = Time::new(
        i8::try_from(hour).ok()?,
        i8::try_from(minute).ok()?,
        i8::try_from(second).ok()?,
        i32::try_from(micros * 1_000).ok()?,
    );
    Some(date.to_datetime(time.ok()?))
}

struct Cursor<'a> {
    text: &'a [u8],
    pos: usize,
}

impl<'a> Cursor<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.pos).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.text.get(self.pos..).unwrap_or_default()
    }

    fn skip(&mut self, byte: u8) {
        while self.peek() == Some(byte) {
            self.pos += 1;
        }
    }

    fn digit_run(&self) -> usize {
        self.rest().iter().take(20).take_while(|b| b.is_ascii_digit()).count()
    }

    /// Exactly `count` digits.
    fn number(&mut self, count: usize) -> Option<i64> {
        let digits = self.text.get(self.pos..self.pos + count)?;
        let mut value = 0_i64;
        for digit in digits {
            if !digit.is_ascii_digit() {
                return None;
            }
            value = value * 10 + i64::from(digit - b'0');
        }
        self.pos += count;
        Some(value)
    }

    fn number_up_to(&mut self, count: usize) -> Option<i64> {
        let run = self.digit_run();
        if run == 0 || run > count {
            return None;
        }
        self.number(run)
    }

    fn month(&mut self) -> Option<i64> {
        let name = self.text.get(self.pos..self.pos + 3)?;
        let months: [&[u8; 3]; 12] =
            [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
        let at = months.iter().position(|m| name.eq_ignore_ascii_case(*m))?;
        let after = self.text.get(self.pos + 3);
        if after.is_some_and(u8::is_ascii_alphabetic) {
            return None;
        }
        self.pos += 3;
        i64::try_from(at + 1).ok()
    }

    /// `10:00:00`, `10:00:00.123456`, `10:00:00,123`, `10:00`.
    fn clock(&mut self) -> Option<(i64, i64, i64, i64)> {
        let hour = self.number_up_to(2)?;
        (self.peek()? == b':').then_some(())?;
        self.pos += 1;
        let minute = self.number(2)?;
        if self.peek() != Some(b':') || !self.text.get(self.pos + 1).is_some_and(u8::is_ascii_digit) {
            return Some((hour, minute, 0, 0));
        }
        self.pos += 1;
        let second = self.number(2)?;
        let mut micros = 0;
        if matches!(self.peek(), Some(b'.' | b',')) && self.text.get(self.pos + 1).is_some_and(u8::is_ascii_digit) {
            self.pos += 1;
            micros = self.fraction();
        }
        Some((hour, minute, second, micros))
    }

    /// Decimals as microseconds; what is finer is cut.
    fn fraction(&mut self) -> i64 {
        let mut micros = 0;
        let mut scale = 100_000;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            micros += i64::from(digit - b'0') * scale;
            scale /= 10;
            self.pos += 1;
        }
        micros
    }

    /// `Z`, `UTC`, `GMT`, `+07`, `+0700`, `+07:00`, also after a space; in seconds.
    fn offset(&mut self) -> Option<i64> {
        let back = self.pos;
        if self.peek() == Some(b' ') {
            self.pos += 1;
        }
        let sign = match self.peek() {
            Some(b'Z' | b'z') if !self.text.get(self.pos + 1).is_some_and(u8::is_ascii_alphanumeric) => {
                self.pos += 1;
                return Some(0);
            }
            Some(b'U' | b'G') if self.rest().starts_with(b"UTC") || self.rest().starts_with(b"GMT") => {
                self.pos += 3;
                return Some(0);
            }
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => {
                self.pos = back;
                return None;
            }
        };
        self.pos += 1;
        let parsed = self.number(2).and_then(|hours| {
            if self.peek() == Some(b':') {
                self.pos += 1;
            }
            let minutes = if self.digit_run() >= 2 { self.number(2)? } else { 0 };
            (hours <= 18 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
        });
        if parsed.is_none() {
            self.pos = back;
        }
        parsed
    }

    /// Epoch whose unit follows from its size: seconds until the year 5138, then
    /// milliseconds, microseconds, nanoseconds; Windows file times have 18 digits.
    fn epoch(&mut self, digits: usize) -> Option<Timestamp> {
        let whole = self.number(digits)?;
        let micros = match digits {
            9..=11 => {
                let mut micros = whole.checked_mul(MICROS)?;
                if self.peek() == Some(b'.') && self.text.get(self.pos + 1).is_some_and(u8::is_ascii_digit) {
                    self.pos += 1;
                    micros += self.fraction();
                }
                micros
            }
            12..=14 => whole.checked_mul(1_000)?,
            15..=17 => whole,
            18 => whole / 10 - 11_644_473_600 * MICROS,
            _ => whole / 1_000,
        };
        Some(Timestamp::from_micros(micros))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader() -> TimeReader {
        TimeReader::new(TimeZone::get("Asia/Ho_Chi_Minh").expect("zone"))
    }

    #[test]
    fn forms() {
        let received = Timestamp::parse_rfc3339("2026-11-22T03:30:00Z").expect("time");
        let r = reader();
        for (text, want) in [
            ("2026-11-22T10:00:00.123456+07:00", "2026-11-22T03:00:00.123456Z"),
            ("20261122 10:00:00", "2026-11-22T03:00:00Z"),
            ("261122 10:00:00", "2026-11-22T03:00:00Z"),
            ("2026-11-22T03:00:00.1234567Z", "2026-11-22T03:00:00.123456Z"),
            ("2020-09-23 16:57:41", "2020-09-23T09:57:41Z"),
            ("2020-09-23 16:57:41.037 UTC", "2020-09-23T16:57:41.037Z"),
            ("2017-03-25T16:49:58.856335-0600", "2017-03-25T22:49:58.856335Z"),
            ("Nov 22 10:00:00", "2026-11-22T03:00:00Z"),
            ("Nov  2 10:00:00.5", "2026-11-02T03:00:00.5Z"),
            ("Dec 31 23:59:59", "2025-12-31T16:59:59Z"),
            ("Feb 29 12:00:00", "2024-02-29T05:00:00Z"),
            ("Nov 22 2025 10:00:00", "2025-11-22T03:00:00Z"),
            ("[Sun Dec 04 04:47:44.001 2005]", "2005-12-03T21:47:44.001Z"),
            ("10/Oct/2000:13:55:36 -0700", "2000-10-10T20:55:36Z"),
            ("2026/11/22 10:00:00", "2026-11-22T03:00:00Z"),
            ("22-Nov-2026 10:00:00.123", "2026-11-22T03:00:00.123Z"),
            ("Sun, 22 Nov 2026 10:00:00 +0000", "2026-11-22T10:00:00Z"),
            ("1490995752.404", "2017-03-31T21:29:12.404Z"),
            ("1490995752404", "2017-03-31T21:29:12.404Z"),
            ("1490995752404000000", "2017-03-31T21:29:12.404Z"),
            ("20261122T030000Z", "2026-11-22T03:00:00Z"),
        ] {
            assert_eq!(r.read(text, received).map(|t| t.to_string()).as_deref(), Some(want), "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let r = reader();
        for text in ["", "x", "Feb 31 10:00:00", "2026-13-01T00:00:00Z", "99:99", "1", "Nov", "2026-11-22T25:00:00Z"] {
            assert_eq!(r.read(text, Timestamp::from_secs(1_790_000_000)), None, "{text}");
        }
        assert!(!TimeReader::believable(Timestamp::from_secs(0), Timestamp::from_secs(1_790_000_000)));
        assert!(!TimeReader::believable(Timestamp::from_secs(1_790_100_000), Timestamp::from_secs(1_790_000_000)));
    }
}
