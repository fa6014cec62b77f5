//! The syslog envelope: RFC 5424, RFC 3164 and what devices make of them.

use crate::time::TimeReader;
use base_core::Timestamp;

/// What the envelope of a message says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// Facility and severity from `<PRI>`.
    pub priority: Option<u8>,
    /// Time of the header.
    pub time: Option<Timestamp>,
    /// Whether the header had a time field at all, readable or not.
    pub had_time: bool,
    /// Host name or address.
    pub host: Option<&'a str>,
    /// Tag (RFC 3164) or APP-NAME (RFC 5424).
    pub program: Option<&'a str>,
    /// Process id.
    pub pid: Option<&'a str>,
    /// MSGID (RFC 5424).
    pub message_id: Option<&'a str>,
    /// Structured data as written (RFC 5424).
    pub structured: Option<&'a str>,
    /// The message.
    pub message: &'a str,
}

/// Reads the envelope of `text`; `None` when there is nothing of a syslog header.
#[must_use]
pub fn envelope<'a>(text: &'a str, times: &TimeReader, received: Timestamp) -> Option<Envelope<'a>> {
    let (priority, rest) = match priority(text) {
        Some((priority, rest)) => (Some(priority), rest),
        None => (None, text),
    };
    if (priority.is_some() || text.starts_with("1 "))
        && let Some(rest) = rest.strip_prefix("1 ")
        && let Some(mut found) = rfc5424(rest, times, received)
    {
        found.priority = priority;
        return Some(found);
    }
    rfc3164(rest, priority, times, received)
}

fn priority(text: &str) -> Option<(u8, &str)> {
    let rest = text.strip_prefix('<')?;
    let (digits, rest) = rest.split_once('>')?;
    if digits.is_empty() || digits.len() > 3 {
        return None;
    }
    digits.parse::<u8>().ok().filter(|p| *p <= 191).map(|p| (p, rest))
}

fn rfc5424<'a>(text: &'a str, times: &TimeReader, received: Timestamp) -> Option<Envelope<'a>> {
    let mut parts = text.splitn(6, ' ');
    let time = parts.next()?;
    let (host, program, pid, id) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let rest = parts.next().unwrap_or_default();
    let at = if time == "-" { None } else { Some(times.read(time, received)?) };
    let (structured, message) = structured_data(rest);
    let message = message.strip_prefix('\u{feff}').unwrap_or(message);
    let known = |text: &'a str| (text != "-" && !text.is_empty()).then_some(text);
    Some(Envelope {
        priority: None,
        time: at,
        had_time: time != "-",
        host: known(host),
        program: known(program),
        pid: known(pid),
        message_id: known(id),
        structured,
        message,
    })
}

/// Cuts `[id a="b"][…]` or `-` off the start.
fn structured_data(text: &str) -> (Option<&str>, &str) {
    if let Some(rest) = text.strip_prefix('-') {
        return (None, rest.strip_prefix(' ').unwrap_or(rest));
    }
    if !text.starts_with('[') {
        return (None, text);
    }
    let (mut quoted, mut escaped, mut open) = (false, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' if open => quoted = !quoted,
            b'[' if !quoted => open = true,
            b']' if !quoted => open = false,
            _ if open => {}
            _ => {
                let (data, rest) = text.split_at(at);
                return (Some(data), rest.strip_prefix(' ').unwrap_or(rest));
            }
        }
    }
    if open { (None, text) } else { (Some(text), "") }
}

/// Gives every `name="value"` of structured data to `add`, named `<id>.<name>`.
pub fn structured_params(data: &str, add: &mut dyn FnMut(&str, &str)) {
    let mut name = String::new();
    for element in data.split('[').skip(1) {
        let Some((id, mut rest)) = element.split_once(' ') else { continue };
        while let Some((key, after)) = rest.split_once("=\"") {
            let Some(end) = quote_end(after) else { break };
            let (value, after) = after.split_at(end);
            name.clear();
            name.push_str(id);
            name.push('.');
            name.push_str(key.trim());
            add(&name, value);
            rest = after.get(1..).unwrap_or_default();
        }
    }
}

fn quote_end(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|b| {
        let end = b == b'"' && !escaped;
        escaped = b == b'\\' && !escaped;
        end
    })
}

fn rfc3164<'a>(text: &'a str, priority: Option<u8>, times: &TimeReader, received: Timestamp) -> Option<Envelope<'a>> {
    let mut found = Envelope { priority, message: text, ..Envelope::default() };
    // Cisco puts a sequence number or an asterisk before the time.
    let start = text.trim_start_matches([' ', '*', '.']);
    if let Some((time, used)) = header_time(start, times, received) {
        found.time = Some(time);
        found.had_time = true;
        let rest = start.get(used..).unwrap_or_default();
        // `Nov 22 10:00:00: %ASA-…` has no host.
        let rest = rest.strip_prefix(':').unwrap_or(rest).trim_start_matches(' ');
        let (host, after) = host(rest);
        found.host = host;
        // Cisco sets a colon of its own between host and message.
        found.message = if host.is_some() { after.strip_prefix(": ").unwrap_or(after) } else { after };
    } else if priority.is_none() {
        return None;
    }
    tag(&mut found);
    Some(found)
}

/// A time at the start that is followed by the end of a word.
fn header_time(text: &str, times: &TimeReader, received: Timestamp) -> Option<(Timestamp, usize)> {
    let first = *text.as_bytes().first()?;
    // Epochs and bracketed times belong to other formats.
    if first == b'[' {
        return None;
    }
    // Of the forms that start with a digit only ISO 8601 stands in syslog headers.
    if first.is_ascii_digit() && text.as_bytes().get(4) != Some(&b'-') {
        return None;
    }
    let (time, used) = times.read_prefix(text, received)?;
    let plain_number = text.get(..used)?.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if plain_number || !matches!(text.as_bytes().get(used), None | Some(b' ' | b':')) {
        return None;
    }
    Some((time, used))
}

/// The host is the next word unless that word is a tag.
fn host(text: &str) -> (Option<&str>, &str) {
    let Some((word, rest)) = text.split_once(' ') else { return (None, text) };
    let is_tag =
        word.ends_with(':') || word.ends_with(']') || word.starts_with(['%', '[', '{', '<', '(']) || word.contains('=');
    // A number alone is a thread or a connection (MySQL), not a host (RFC 1123 section 2.1).
    let is_number = word.bytes().all(|b| b.is_ascii_digit());
    if word.is_empty() || is_tag || is_number || word.len() > 255 {
        return (None, text);
    }
    (Some(word), rest.trim_start_matches(' '))
}

/// `tag[pid]: message`, `tag: message`.
fn tag(found: &mut Envelope<'_>) {
    let text = found.message;
    let end = text
        .bytes()
        .position(|b| {
            !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/' | b'@' | b'(' | b')' | b'+'))
        })
        .unwrap_or(text.len());
    if end == 0 || end > 64 {
        return;
    }
    let (name, rest) = text.split_at(end);
    if let Some(rest) = rest.strip_prefix(':') {
        // A colon without a space is part of the text (`http://…`, `a:b`), except at the end.
        if rest.is_empty() || rest.starts_with([' ', '\t']) {
            found.program = Some(name);
            found.message = rest.strip_prefix([' ', '\t']).unwrap_or(rest);
        }
    } else if let Some((pid, rest)) = rest.strip_prefix('[').and_then(|r| r.split_once(']'))
        && pid.len() <= 32
        && !pid.contains(' ')
    {
        found.program = Some(name);
        found.pid = Some(pid);
        let rest = rest.strip_prefix(':').unwrap_or(rest);
        found.message = rest.strip_prefix(' ').unwrap_or(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    fn read(text: &str) -> Option<Envelope<'_>> {
        envelope(text, &TimeReader::new(TimeZone::UTC), Timestamp::parse_rfc3339("2026-11-22T12:00:00Z")?)
    }

    #[test]
    fn both_forms() {
        let e = read("<38>Nov 22 10:00:00 web1 sshd[581]: Accepted password for a").expect("read");
        assert_eq!((e.priority, e.host, e.program, e.pid), (Some(38), Some("web1"), Some("sshd"), Some("581")));
        assert_eq!(e.message, "Accepted password for a");
        let e = read(r#"<165>1 2026-11-22T10:00:00.003Z h.example app 10 ID47 [x@1 a="b \] c"][y k="v"] text"#)
            .expect("read");
        assert_eq!(
            (e.host, e.program, e.pid, e.message_id),
            (Some("h.example"), Some("app"), Some("10"), Some("ID47"))
        );
        assert_eq!(e.message, "text");
        let mut seen = Vec::new();
        structured_params(e.structured.expect("data"), &mut |n, v| seen.push((n.to_owned(), v.to_owned())));
        assert_eq!(seen.last().map(|(n, v)| (n.as_str(), v.as_str())), Some(("y.k", "v")));
    }

    #[test]
    fn devices() {
        let e = read("<166>Nov 22 2026 10:00:00: %ASA-6-302013: Built").expect("read");
        assert_eq!((e.host, e.message), (None, "%ASA-6-302013: Built"));
        let e = read("<166>Nov 22 10:00:00 fw1 %ASA-6-302013: Built").expect("read");
        assert_eq!((e.host, e.message), (Some("fw1"), "%ASA-6-302013: Built"));
        let e = read("<189>date=2026-11-22 time=10:00:00 devname=\"FG\"").expect("read");
        assert_eq!((e.host, e.program, e.time), (None, None, None));
        let e = read("Jun 14 15:16:01 combo sshd(pam_unix)[19939]: authentication failure").expect("read");
        assert_eq!((e.program, e.pid), (Some("sshd(pam_unix)"), Some("19939")));
        let e = read("2026-11-22T10:00:00.123456Z 12 [Note] Access denied").expect("read");
        assert_eq!((e.host, e.message), (None, "12 [Note] Access denied"));
        assert!(read("just text").is_none());
        assert!(read("192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 1").is_none());
        assert!(read("[Sun Dec 04 04:47:44 2005] [error] x").is_none());
    }
}
