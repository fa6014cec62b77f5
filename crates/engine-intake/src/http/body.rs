//! The body of `POST /api/v1/events`: unpacked within bounds, cut into records, each checked.

use crate::HttpOptions;
use serde::Serialize;
use std::borrow::Cow;
use std::io::Read;

/// Largest window of a zstd frame, as a power of two: 8 MiB, the most that RFC 9659 §3 allows in this use. The decoder
/// takes as much memory as the frame asks for, before a byte of it is unpacked.
const ZSTD_WINDOW_LOG: u32 = 23;

/// Bounds of one request.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes after unpacking.
    pub unpacked: usize,
    /// Bytes of one record.
    pub record: usize,
    /// Records.
    pub records: usize,
    /// Bad lines that are told one by one; the rest is counted.
    pub told: usize,
}

impl From<&HttpOptions> for Limits {
    fn from(o: &HttpOptions) -> Self {
        Self { unpacked: o.max_unpacked_bytes, record: o.max_record_bytes, records: o.max_records, told: o.max_told }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::from(&HttpOptions::default())
    }
}

/// How the body is compressed (`Content-Encoding`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Not at all.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

impl Encoding {
    /// From the header; an absent one is [`Encoding::Identity`].
    #[must_use]
    pub fn from_header(value: Option<&str>) -> Option<Self> {
        match value.unwrap_or("identity").trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Some(Self::Identity),
            "gzip" | "x-gzip" => Some(Self::Gzip),
            "zstd" => Some(Self::Zstd),
            _ => None,
        }
    }
}

/// What the lines are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One JSON object per line, or one JSON array of objects.
    Json,
    /// One log line per line, of whatever kind (`text/plain`).
    Text,
}

/// A body that cannot be read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}; {remedy}")]
pub struct BodyError {
    /// HTTP status: 400 or 413.
    pub status: u16,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: &'static str,
}

/// A record that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BadLine {
    /// Line, or element of the array, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: &'static str,
}

/// The records of a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records<'a> {
    /// Good ones, in order.
    pub good: Vec<&'a [u8]>,
    /// The first bad ones.
    pub bad: Vec<BadLine>,
    /// How many were bad.
    pub bad_count: usize,
}

/// Unpacks the body.
///
/// # Errors
/// When the compression is damaged, or the body longer than the limits.
pub fn unpack<'a>(body: &'a [u8], encoding: Encoding, limits: &Limits) -> Result<Cow<'a, [u8]>, BodyError> {
    let reader: Box<dyn Read + 'a> = match encoding {
        Encoding::Identity => return Ok(Cow::Borrowed(body)),
        Encoding::Gzip => Box::new(flate2::read::MultiGzDecoder::new(body)),
        Encoding::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::new(body).map_err(|e| damaged("zstd", &e))?;
            decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(|e| damaged("zstd", &e))?;
            Box::new(decoder)
        }
    };
    let name = if encoding == Encoding::Gzip { "gzip" } else { "zstd" };
    let mut unpacked = Vec::new();
    let most = u64::try_from(limits.unpacked).unwrap_or(u64::MAX);
    reader.take(most.saturating_add(1)).read_to_end(&mut unpacked).map_err(|e| damaged(name, &e))?;
    if unpacked.len() > limits.unpacked {
        return Err(BodyError {
            status: 413,
            message: format!("the body is longer than {} bytes after unpacking", limits.unpacked),
            remedy: "send fewer records per request",
        });
    }
    Ok(Cow::Owned(unpacked))
}

fn damaged(name: &str, error: &std::io::Error) -> BodyError {
    BodyError {
        status: 400,
        message: format!("the body is not whole {name} data ({error})"),
        remedy: "send the complete compressed body, or leave Content-Encoding out for plain text",
    }
}

/// Cuts the body into records and checks each.
///
/// # Errors
/// When a JSON array is not closed, or there are more records than the limit.
pub fn split<'a>(body: &'a [u8], form: Form, limits: &Limits) -> Result<Records<'a>, BodyError> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let first = body.iter().find(|b| !b.is_ascii_whitespace());
    let mut records = Records::default();
    if form == Form::Json && first == Some(&b'[') {
        for (number, element) in elements(body)?.into_iter().enumerate() {
            take(&mut records, number + 1, element, form, limits)?;
        }
        return Ok(records);
    }
    for (number, line) in body.split(|b| *b == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if !line.iter().all(u8::is_ascii_whitespace) {
            take(&mut records, number + 1, line, form, limits)?;
        }
    }
    Ok(records)
}

fn take<'a>(
    records: &mut Records<'a>,
    line: usize,
    record: &'a [u8],
    form: Form,
    limits: &Limits,
) -> Result<(), BodyError> {
    if records.good.len() + records.bad_count >= limits.records {
        return Err(BodyError {
            status: 413,
            message: format!("more than {} records", limits.records),
            remedy: "send fewer records per request",
        });
    }
    let wrong = if record.len() > limits.record {
        Some((
            format!("{} bytes long, at most {} are taken", record.len(), limits.record),
            "cut the record before sending it",
        ))
    } else if form == Form::Json {
        wrong_json(record)
    } else {
        None
    };
    match wrong {
        None => records.good.push(record),
        Some((message, remedy)) => {
            records.bad_count += 1;
            if records.bad.len() < limits.told {
                records.bad.push(BadLine { line, message, remedy });
            }
        }
    }
    Ok(())
}

fn wrong_json(record: &[u8]) -> Option<(String, &'static str)> {
    if record.iter().find(|b| !b.is_ascii_whitespace()) != Some(&b'{') {
        let remedy = "send one JSON object per line, or text/plain for lines that are not JSON";
        return Some(("not a JSON object".to_owned(), remedy));
    }
    let error = serde_json::from_slice::<serde::de::IgnoredAny>(record).err()?;
    Some((format!("not valid JSON: {error}"), "mend the object, or send text/plain for lines that are not JSON"))
}

/// The elements of a JSON array, each as its bytes. Only brackets and strings are looked at;
/// what an element is worth is checked later.
fn elements(body: &[u8]) -> Result<Vec<&[u8]>, BodyError> {
    let open = BodyError {
        status: 400,
        message: "the JSON array is not closed".to_owned(),
        remedy: "send the complete array, or one object per line",
    };
    let begin = body.iter().position(|b| *b == b'[').map_or(0, |p| p + 1);
    let (mut found, mut from, mut depth, mut in_text, mut escaped) = (Vec::new(), begin, 0_usize, false, false);
    for (at, byte) in body.iter().enumerate().skip(begin) {
        if in_text {
            (in_text, escaped) = (escaped || *byte != b'"', !escaped && *byte == b'\\');
            continue;
        }
        match byte {
            b'"' => in_text = true,
            b'{' | b'[' => depth += 1,
            b']' if depth == 0 => {
                push_element(&mut found, body.get(from..at));
                let rest = body.get(at + 1..).unwrap_or_default();
                return if rest.iter().all(u8::is_ascii_whitespace) { Ok(found) } else { Err(open) };
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                push_element(&mut found, body.get(from..at));
                from = at + 1;
            }
            _ => {}
        }
    }
    Err(open)
}

fn push_element<'a>(found: &mut Vec<&'a [u8]>, element: Option<&'a [u8]>) {
    if let Some(element) = element.map(<[u8]>::trim_ascii).filter(|e| !e.is_empty()) {
        found.push(element);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn json(body: &[u8]) -> Records<'_> {
        split(body, Form::Json, &Limits::default()).expect("can be read")
    }

    #[test]
    fn good_lines_are_taken_and_bad_ones_named() {
        let r = json(b"\xEF\xBB\xBF{\"a\":1}\r\n\n[1]\n{\"b\":\n{\"c\":2}");
        assert_eq!(r.good, [&b"{\"a\":1}"[..], &b"{\"c\":2}"[..]]);
        assert_eq!(r.bad.iter().map(|b| b.line).collect::<Vec<_>>(), [3, 4]);
        assert!(r.bad[1].message.contains("not valid JSON"));
    }

    #[test]
    fn an_array_is_the_same_as_lines() {
        let r = json(br#" [ {"a":"]},{\" "}, {"b":[1,{"c":2}]} , 7 ] "#);
        assert_eq!(r.good, [&br#"{"a":"]},{\" "}"#[..], &br#"{"b":[1,{"c":2}]}"#[..]]);
        assert_eq!((r.bad_count, r.bad[0].line), (1, 3));
        assert_eq!(split(b"[{}", Form::Json, &Limits::default()).expect_err("open").status, 400);
        assert!(json(b"[]").good.is_empty());
    }

    #[test]
    fn what_unpacks_to_too_much_is_refused_without_filling_memory() {
        let limits = Limits { unpacked: 1000, ..Limits::default() };
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(&vec![b'x'; 1_000_000]).expect("packs");
        let packed = gz.finish().expect("packs");
        assert_eq!(unpack(&packed, Encoding::Gzip, &limits).expect_err("too long").status, 413);
        let cut = packed.get(..packed.len() / 2).expect("half");
        assert_eq!(unpack(cut, Encoding::Gzip, &Limits::default()).expect_err("damaged").status, 400);
        let zst = zstd::encode_all(&b"{}"[..], 1).expect("packs");
        assert_eq!(unpack(&zst, Encoding::Zstd, &limits).expect("unpacks").as_ref(), b"{}");
        assert_eq!(unpack(b"rubbish", Encoding::Zstd, &limits).expect_err("damaged").status, 400);
    }

    #[test]
    fn too_many_and_too_long_records_are_told() {
        let limits = Limits { records: 2, record: 4, told: 1, ..Limits::default() };
        let r = split(b"aaaa\nbbbbb", Form::Text, &limits).expect("can be read");
        assert_eq!((r.good.len(), r.bad_count), (1, 1));
        assert_eq!(split(b"a\nb\nc", Form::Text, &limits).expect_err("too many").status, 413);
    }
}
