//! Finds the indicators in a value of an event.
//!
//! A value is not tried as every kind. Names, addresses, URLs and mail addresses have a dot or
//! colon, so only the words around dots and colons are looked at (found by vector search); a name
//! is only looked up when its last label is one of those listed; hashes are runs of exactly 32, 40
//! or 64 hexadecimal digits, so looking at every 32nd byte finds them all. What remains is asked of
//! the filter by fingerprint, and compared in full only when that says "maybe". Nothing here
//! allocates once warm, and time is linear in the length of the value.

use super::filter::Absent;
use super::index::{Indicators, Place};
use super::kind::IndicatorKind;
use super::table::Table;
use super::url::{MAX_URL, Scheme, normalise};
use super::value::is_mail_byte;
use memchr::memchr2_iter;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Memory of one thread.
#[derive(Debug)]
pub(super) struct ScanScratch {
    pub(super) absent: Absent,
    url: Vec<u8>,
}

impl ScanScratch {
    pub(super) fn new() -> Self {
        Self { absent: Absent::new(), url: Vec::new() }
    }
}

/// An indicator found, and the bytes of the value that are it.
pub(super) type Found<'f> = dyn FnMut(Place, (usize, usize)) + 'f;

/// Longest name looked at (RFC 1035 section 2.3.4, with a dot at the end).
const MAX_NAME: usize = 254;
/// Longest local part of a mail address (RFC 5321 section 4.5.3.1.1).
const MAX_LOCAL: usize = 64;
/// Longest text of an IPv6 address.
const MAX_V6: usize = 45;
/// Bytes of URLs read per value, beyond four times its length: URLs within URLs are read again.
const URL_BUDGET: usize = 65_536;

/// A value being scanned.
struct Scan<'a, 's, 'f> {
    text: &'a [u8],
    index: &'a Indicators,
    scratch: &'s mut ScanScratch,
    found: &'s mut Found<'f>,
    url_budget: usize,
}

/// Tells `found` every indicator in `text`.
pub(super) fn scan(text: &[u8], index: &Indicators, scratch: &mut ScanScratch, found: &mut Found<'_>) {
    if text.len() < 4 {
        return;
    }
    let mut scan = Scan { text, index, scratch, found, url_budget: URL_BUDGET + 4 * text.len() };
    if text.len() >= 32 {
        scan.hashes();
    }
    // End of the last word looked at: each byte belongs to one word at most.
    let mut done = 0;
    for at in memchr2_iter(b'.', b':', text) {
        if at >= done {
            done = if text.get(at) == Some(&b'.') { scan.dotted(at, done) } else { scan.colon(at) };
        }
    }
}

/// Letters, digits, `.`, `-`, `_` and bytes beyond ASCII: one bit per byte, since this is asked most.
const NAME_BYTES: [bool; 256] = {
    let mut set = [false; 256];
    let mut byte: u8 = 0;
    loop {
        let fits = byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') || !byte.is_ascii();
        #[expect(clippy::indexing_slicing, reason = "a byte is below 256; made when compiling")]
        {
            set[byte as usize] = fits;
        }
        if byte == u8::MAX {
            break set;
        }
        byte += 1;
    }
};

fn is_name_byte(byte: u8) -> bool {
    NAME_BYTES.get(usize::from(byte)).copied().unwrap_or_default()
}

/// Bytes at which a URL ends wherever it stands.
const fn ends_url(byte: u8) -> bool {
    byte <= b' ' || matches!(byte, b'"' | b'<' | b'>' | b'`' | b'{' | b'}' | b'|' | b'^' | b'\\' | 0x7F)
}

impl Scan<'_, '_, '_> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.text.get(at).copied()
    }

    fn before(&self, at: usize) -> Option<u8> {
        self.byte(at.checked_sub(1)?)
    }

    /// Where a run of bytes that `fit` begins, going left from `at` by at most `most`.
    fn left(&self, at: usize, from: usize, most: usize, fit: impl Fn(u8) -> bool) -> usize {
        let lowest = from.max(at.saturating_sub(most));
        let run = self.text.get(lowest..at).unwrap_or_default().iter().rev().take_while(|b| fit(**b)).count();
        at - run
    }

    fn right(&self, at: usize, most: usize, fit: impl Fn(u8) -> bool) -> usize {
        let run = self.text.get(at..).unwrap_or_default().iter().take(most).take_while(|b| fit(**b)).count();
        at + run
    }

    fn may_have(&mut self, print: u64) -> bool {
        self.scratch.absent.may_have(&self.index.filter, print)
    }

    /// The word around a dot: address, name, mail address or URL. Gives its end.
    fn dotted(&mut self, at: usize, from: usize) -> usize {
        let end = self.right(at, usize::MAX, is_name_byte);
        // File names end in what no listed name ends in: then the rest need not be looked at.
        let tail = self.text.get(at..end).unwrap_or_default();
        let last = tail.iter().rposition(|b| *b == b'.').map_or(tail, |n| tail.get(n + 1..).unwrap_or_default());
        if last.last().is_some_and(|b| !b.is_ascii_digit() && *b != b'-') && !self.is_top(last) {
            return end;
        }
        let start = self.left(at, from, MAX_NAME, is_name_byte);
        let word = self.text.get(start..end).unwrap_or_default();
        let front = word.iter().take_while(|b| matches!(b, b'.' | b'-')).count();
        let back = word.iter().rev().take_while(|b| matches!(b, b'.' | b'-')).count();
        if front + back >= word.len() {
            return end;
        }
        let (start, stop) = (start + front, end - back);
        if self.before(stop).is_some_and(|b| b.is_ascii_digit()) {
            self.v4(start, stop);
        } else {
            self.name(start, stop);
        }
        end
    }

    fn is_top(&self, label: &[u8]) -> bool {
        self.index.tops.may_have(self.index.key.top(label))
    }

    fn v4(&mut self, start: usize, stop: usize) {
        let Some(address) = self.text.get(start..stop).and_then(parse_v4) else { return };
        self.address(IpAddr::V4(address), (start, stop));
        if !self.index.tables.urls.is_empty() {
            self.url(start, stop);
        }
    }

    fn address(&mut self, address: IpAddr, span: (usize, usize)) {
        let print = match address {
            IpAddr::V4(v4) => self.index.key.fixed(&v4.octets()),
            IpAddr::V6(v6) => self.index.key.fixed(&v6.octets()),
        };
        let may = self.may_have(print);
        let found = &mut self.found;
        self.index.address(address, may, &mut |place| found(place, span));
    }

    /// A name and the names above it; then what it may be part of.
    fn name(&mut self, start: usize, stop: usize) {
        let index = self.index;
        let key = index.key;
        let start = start.max(stop.saturating_sub(MAX_NAME));
        let Some(word) = self.text.get(start..stop) else { return };
        let mut labels = word.rsplit(|b| *b == b'.');
        let Some(top) = labels.next().filter(|top| top.len() < word.len()) else { return };
        if !self.is_top(top) {
            return;
        }
        let mut print = key.label(key.name_start(), top);
        if self.is_host(start, stop) {
            let mut begin = stop - top.len();
            for label in labels {
                begin -= label.len() + 1;
                print = key.label(print, label);
                if self.may_have(print) {
                    self.tell(&index.tables.domains, IndicatorKind::Domain, print, (begin, stop), false);
                }
            }
        }
        if self.before(start) == Some(b'@') && !index.tables.mails.is_empty() {
            self.mail(start, stop);
        }
        if !index.tables.urls.is_empty() {
            self.url(start, stop);
        }
    }

    /// Whether a name can be that of a host: not the local part of a mail address, nor one part of
    /// a path.
    fn is_host(&self, start: usize, stop: usize) -> bool {
        let doubled = |b| start.checked_sub(2).and_then(|at| self.byte(at)) == Some(b);
        match self.before(start) {
            Some(b @ (b'/' | b'\\')) if !doubled(b) => false,
            _ => self.byte(stop) != Some(b'@'),
        }
    }

    /// Compares in full with what has this fingerprint.
    fn tell(&mut self, table: &Table, kind: IndicatorKind, print: u64, span: (usize, usize), exact: bool) {
        let Some(word) = self.text.get(span.0..span.1) else { return };
        let same = |stored: &[u8]| if exact { stored == word } else { stored.eq_ignore_ascii_case(word) };
        let found = &mut self.found;
        table.find(print, same, |at| {
            found(Place { kind, six: false, at: u32::try_from(at).unwrap_or(u32::MAX) }, span);
        });
    }

    /// The mail address whose host this is.
    fn mail(&mut self, host: usize, stop: usize) {
        let at = host - 1;
        let start = self.left(at, 0, MAX_LOCAL, is_mail_byte);
        if start == at {
            return;
        }
        let index = self.index;
        let print = index.key.text(self.text.get(start..stop).unwrap_or_default());
        if self.may_have(print) {
            self.tell(&index.tables.mails, IndicatorKind::Mail, print, (start, stop), false);
        }
    }

    /// The URL whose host this is.
    fn url(&mut self, host: usize, stop: usize) {
        let Some(start) = self.url_start(host, stop) else { return };
        let most = MAX_URL.min(self.url_budget);
        let end = self.right(stop, most, |b| !ends_url(b));
        self.url_budget -= end - stop;
        // Sentences and scripts put quotes and punctuation behind a URL, which may also be part of it.
        let whole = self.text.get(start..end).unwrap_or_default();
        let quoted = whole.iter().position(|b| *b == b'\'').map_or(end, |at| start + at);
        let tail = |b: &&u8| matches!(**b, b'.' | b',' | b';' | b':' | b'!' | b'?' | b')' | b']' | b'\'');
        let upto = self.text.get(start..quoted).unwrap_or_default();
        let plain = quoted - upto.iter().rev().take_while(tail).count();
        self.url_upto(start, end);
        if quoted < end {
            self.url_upto(start, quoted);
        }
        if plain < quoted {
            self.url_upto(start, plain);
        }
    }

    /// Where a URL with this host begins; `None` when it is none.
    fn url_start(&self, host: usize, stop: usize) -> Option<usize> {
        let before = self.text.get(..host)?;
        let authority = match before.last() {
            // User names may stand before the host.
            Some(b'@') => self.left(host, 0, 128, |b| !ends_url(b) && b != b'/'),
            _ => host,
        };
        if self.text.get(..authority)?.ends_with(b"://") {
            let scheme = authority - 3;
            let start = self.left(scheme, 0, 16, |b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-'));
            return (start < scheme).then_some(start);
        }
        // Without a scheme it must begin where a word begins, and go on as a URL does.
        let fresh = before.last().is_none_or(|b| ends_url(*b) || matches!(b, b'\'' | b'(' | b'='));
        let goes_on = matches!(self.byte(stop), Some(b'/' | b'?'))
            || (self.byte(stop) == Some(b':') && self.byte(stop + 1).is_some_and(|b| b.is_ascii_digit()));
        (fresh && goes_on).then_some(host)
    }

    fn url_upto(&mut self, start: usize, end: usize) {
        let index = self.index;
        let Some(text) = self.text.get(start..end) else { return };
        let mut url = std::mem::take(&mut self.scratch.url);
        if let Some(scheme) = normalise(text, &mut url) {
            let print = index.key.fixed(&url);
            if self.may_have(print) {
                let same = |stored: &[u8]| {
                    stored.split_first().is_some_and(|(code, rest)| rest == url && Scheme::fits(*code, scheme))
                };
                let found = &mut self.found;
                index.tables.urls.find(print, same, |at| {
                    let at = u32::try_from(at).unwrap_or(u32::MAX);
                    found(Place { kind: IndicatorKind::Url, six: false, at }, (start, end));
                });
            }
        }
        self.scratch.url = url;
    }

    /// The word around a colon, if it is an IPv6 address. Gives its end.
    fn colon(&mut self, at: usize) -> usize {
        let next = self.byte(at + 1);
        if !next.is_some_and(|b| b.is_ascii_hexdigit() || b == b':') {
            return at + 1;
        }
        let fit = |b: u8| b.is_ascii_hexdigit() || b == b':';
        let start = self.left(at, 0, MAX_V6, fit);
        let end = self.right(at, MAX_V6 + 1, fit);
        let word = self.text.get(start..end).unwrap_or_default();
        let colons = word.iter().filter(|b| **b == b':').count();
        let short = word.windows(2).any(|w| w == b"::");
        // What follows the last colon may be the beginning of a name or of an IPv4 address.
        let after = word.iter().rposition(|b| *b == b':').map_or(end, |n| start + n + 1);
        // Times have two colons and no pair; an IPv4 address at the end is found by its dots.
        let within = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || b == b':');
        if !(short || colons == 7)
            || word.len() > MAX_V6
            || within(self.before(start))
            || within(self.byte(end))
            || self.byte(end) == Some(b'.')
        {
            return after;
        }
        let Some(address) = std::str::from_utf8(word).ok().and_then(|w| w.parse::<Ipv6Addr>().ok()) else {
            return after;
        };
        // "Any" means nothing.
        if address.is_unspecified() {
            return after;
        }
        if let Some(v4) = address.to_ipv4_mapped() {
            self.address(IpAddr::V4(v4), (start, end));
            return end;
        }
        self.address(IpAddr::V6(address), (start, end));
        if self.before(start) == Some(b'[') && self.byte(end) == Some(b']') && !self.index.tables.urls.is_empty() {
            self.url(start - 1, end + 1);
        }
        end
    }

    /// Runs of hexadecimal digits as long as a hash.
    fn hashes(&mut self) {
        let text = self.text;
        let (mut at, mut done) = (31, 0);
        while let Some(byte) = text.get(at) {
            if !byte.is_ascii_hexdigit() {
                at += 32;
                continue;
            }
            let start = self.left(at, done, usize::MAX, |b| b.is_ascii_hexdigit());
            let end = self.right(at, usize::MAX, |b| b.is_ascii_hexdigit());
            done = end;
            let bounded = !self.before(start).is_some_and(|b| b.is_ascii_alphanumeric())
                && !self.byte(end).is_some_and(|b| b.is_ascii_alphanumeric());
            if bounded {
                self.hash(start, end);
            }
            at = (end + 31).max(at + 32);
        }
    }

    fn hash(&mut self, start: usize, end: usize) {
        let Some(text) = self.text.get(start..end) else { return };
        match text.len() {
            32 if !self.is_imphash(start) => self.decoded::<16>(text, IndicatorKind::Md5, (start, end)),
            40 => self.decoded::<20>(text, IndicatorKind::Sha1, (start, end)),
            64 => self.decoded::<32>(text, IndicatorKind::Sha256, (start, end)),
            _ => {}
        }
    }

    /// Sysmon gives the hash of imports beside those of the file, in one value.
    fn is_imphash(&self, start: usize) -> bool {
        let before = start.checked_sub(8).and_then(|from| self.text.get(from..start));
        before.is_some_and(|b| b.eq_ignore_ascii_case(b"imphash="))
    }

    fn decoded<const N: usize>(&mut self, text: &[u8], kind: IndicatorKind, span: (usize, usize)) {
        let Some(hash) = from_hex::<N>(text) else { return };
        let index = self.index;
        let print = index.key.fixed(&hash);
        if !self.may_have(print) {
            return;
        }
        let table = match kind {
            IndicatorKind::Md5 => &index.tables.md5,
            IndicatorKind::Sha1 => &index.tables.sha1,
            _ => &index.tables.sha256,
        };
        let found = &mut self.found;
        table.find(
            print,
            |stored| stored == hash,
            |at| {
                found(Place { kind, six: false, at: u32::try_from(at).unwrap_or(u32::MAX) }, span);
            },
        );
    }
}

/// The bytes of a run of hexadecimal digits. Many events have several, so that it is worth its own loop.
fn from_hex<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let (pairs, rest) = text.as_chunks::<2>();
    let mut out = [0_u8; N];
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    for ([high, low], byte) in pairs.iter().zip(&mut out) {
        *byte = (nibble(*high) << 4) | nibble(*low);
    }
    Some(out)
}

/// Of a hexadecimal digit: letters are nine above their lower four bits.
const fn nibble(digit: u8) -> u8 {
    (digit & 0x0F) + (digit >> 6) * 9
}

/// Four decimal groups, as [`Ipv4Addr`] reads them.
fn parse_v4(word: &[u8]) -> Option<Ipv4Addr> {
    if !(7..=15).contains(&word.len()) || !word.iter().all(|b| b.is_ascii_digit() || *b == b'.') {
        return None;
    }
    std::str::from_utf8(word).ok()?.parse().ok()
}
