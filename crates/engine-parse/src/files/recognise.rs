//! What a file is, by its first bytes.

use crate::decode::audit;

/// Format of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// Windows event log.
    Evtx,
    /// JSON: a list, a wrapped list, or objects printed over several lines or joined without newlines.
    Json,
    /// One JSON object per line (evtx_dump, Winlogbeat, Suricata EVE, journal export …).
    Ndjson,
    /// Windows events as XML.
    Xml,
    /// Linux audit log.
    Audit,
    /// Web access log.
    WebAccess,
    /// Any other text, one record per line: syslog, auth.log, firewall and mail logs.
    Text,
    /// Nothing in it.
    Empty,
}

impl FileFormat {
    /// A short name for messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Evtx => "evtx",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Xml => "xml",
            Self::Audit => "audit",
            Self::WebAccess => "web-access",
            Self::Text => "text",
            Self::Empty => "empty",
        }
    }
}

/// Why an input is no log.
pub(crate) struct NotALog {
    pub reason: &'static str,
    pub remedy: &'static str,
}

/// The format of what starts with `head`.
pub(crate) fn recognise(head: &[u8]) -> Result<FileFormat, NotALog> {
    let no = |reason, remedy| Err(NotALog { reason, remedy });
    if head.starts_with(b"ElfFile\0") || head.get(4096..4104).is_some_and(|m| m == b"ElfChnk\0") {
        return Ok(FileFormat::Evtx);
    }
    if head.get(257..262).is_some_and(|m| m == b"ustar") {
        return no("it is a tar archive", "unpack it with `tar -xf` and give the folder");
    }
    if head.starts_with(b"PK\x03\x04") {
        return no("it is a zip archive", "unpack it and give the folder");
    }
    for (magic, reason) in [
        (&b"7z\xbc\xaf"[..], "it is a 7z archive"),
        (b"\xfd7zXZ", "it is compressed with xz"),
        (b"BZh", "it is compressed with bzip2"),
    ] {
        if head.starts_with(magic) {
            return no(reason, "unpack it first and give the result");
        }
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let text = text.trim_ascii_start();
    if text.is_empty() {
        return Ok(FileFormat::Empty);
    }
    if is_binary(text) {
        return no(
            "it is not a log format Mangrove knows: it holds binary data",
            "give EVTX, JSON, syslog, audit or web logs, plain or compressed with gzip or zstd",
        );
    }
    match text.first() {
        Some(b'{') => return Ok(json_shape(text)),
        Some(b'[') if text.get(1..).is_some_and(|t| matches!(t.trim_ascii_start().first(), Some(b'{'))) => {
            return Ok(FileFormat::Json);
        }
        Some(b'[') if text.get(1..).is_some_and(|t| t.trim_ascii() == b"]") => return Ok(FileFormat::Empty),
        Some(b'<') if memchr::memmem::find(text, b"<Event").is_some() => return Ok(FileFormat::Xml),
        _ => {}
    }
    let lossy = String::from_utf8_lossy(text);
    let first: Vec<&str> = lossy.lines().filter(|l| !l.trim().is_empty()).take(5).collect();
    let most = |test: &dyn Fn(&str) -> bool| first.iter().filter(|l| test(l)).count() * 2 > first.len();
    if most(&|line| audit::head(line).is_some()) {
        return Ok(FileFormat::Audit);
    }
    if most(&|line| crate::decode::web::decode(line, &mut engine_event::Record::new())) {
        return Ok(FileFormat::WebAccess);
    }
    Ok(FileFormat::Text)
}

/// Control bytes that text does not have; a few are forgiven.
fn is_binary(text: &[u8]) -> bool {
    let sample = text.get(..8192).unwrap_or(text);
    let control =
        sample.iter().filter(|b| **b < 0x20 && !matches!(**b, b'\t' | b'\n' | b'\r' | 0x1b | 0x1d | 0x0c)).count();
    // Text in another encoding has high bytes, but not mostly.
    let invalid = String::from_utf8_lossy(sample).matches(char::REPLACEMENT_CHARACTER).count();
    control * 20 > sample.len() || invalid * 4 > sample.len()
}

/// One object per line, or objects that have to be cut out.
fn json_shape(text: &[u8]) -> FileFormat {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.iter().enumerate() {
        if quoted {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => quoted = false,
                // A raw newline inside a string: a broken line of NDJSON.
                b'\n' => return FileFormat::Ndjson,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => quoted = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    let rest = text.get(at + 1..).unwrap_or_default();
                    let gap = rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count();
                    return match rest.get(gap) {
                        Some(b'\n') | None if !wraps_list(text) => FileFormat::Ndjson,
                        _ => FileFormat::Json,
                    };
                }
            }
            b'\n' => return FileFormat::Json,
            _ => {}
        }
    }
    if wraps_list(text) { FileFormat::Json } else { FileFormat::Ndjson }
}

/// `{"Records":[{…`: an object that only wraps a list of records.
pub(crate) fn wraps_list(text: &[u8]) -> bool {
    wrapped_at(text).is_some()
}

/// Where the list inside a wrapping object starts.
pub(crate) fn wrapped_at(text: &[u8]) -> Option<usize> {
    let head = text.get(..256).unwrap_or(text);
    let list = memchr::memchr(b'[', head)?;
    let before: Vec<u8> = head.get(..list)?.iter().filter(|b| !b.is_ascii_whitespace()).copied().collect();
    let known = [
        &b"{\"Records\":"[..],
        b"{\"records\":",
        b"{\"Events\":",
        b"{\"events\":",
        b"{\"value\":",
        b"{\"logs\":",
        b"{\"data\":",
    ];
    let object_follows = text.get(list + 1..)?.trim_ascii_start().first() == Some(&b'{');
    (object_follows && known.contains(&before.as_slice())).then_some(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_content() {
        for (head, want) in [
            (&b""[..], FileFormat::Empty),
            (b" \n", FileFormat::Empty),
            (b"ElfFile\0rest", FileFormat::Evtx),
            (b"[{\"a\":1}]", FileFormat::Json),
            (b"{\"a\":1}\n{\"a\":2}", FileFormat::Ndjson),
            (b"{\"a\":1}{\"a\":2}", FileFormat::Json),
            (b"{\n \"a\":1}", FileFormat::Json),
            (b"{\"Records\":[{\"a\":1}]}", FileFormat::Json),
            (b"[Sun Dec 04 04:47:44 2005] [error] x", FileFormat::Text),
            (b"type=SYSCALL msg=audit(1490995752.404:20): a=b", FileFormat::Audit),
            (b"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 1", FileFormat::WebAccess),
            (b"<Events><Event xmlns=''>", FileFormat::Xml),
            ("Tường lửa".as_bytes(), FileFormat::Text),
        ] {
            assert_eq!(recognise(head).ok(), Some(want), "{}", String::from_utf8_lossy(head));
        }
        let noise: Vec<u8> = (0..4096_u32).map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()[2]).collect();
        for bad in [&b"PK\x03\x04"[..], &noise, &[0_u8, 1, 2, 3, 4, 5]] {
            assert!(recognise(bad).is_err());
        }
    }
}
