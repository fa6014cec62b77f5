//! A received message, and reading it as a mail program shows it (RFC 2045, 2047).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A message as it came over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Envelope sender.
    pub from: String,
    /// Envelope recipients.
    pub to: Vec<String>,
    /// Headers and body.
    pub raw: String,
}

impl Message {
    /// A message from its envelope and text.
    #[must_use]
    pub fn new(from: String, to: Vec<String>, raw: &str) -> Self {
        Self { from, to, raw: raw.replace("\r\n", "\n") }
    }

    /// A header with its encoded words decoded; empty when it is absent.
    #[must_use]
    pub fn header(&self, name: &str) -> String {
        let (head, _) = self.raw.split_once("\n\n").unwrap_or((&self.raw, ""));
        field(head, name).map(|v| decode_words(&v)).unwrap_or_default()
    }

    /// The subject.
    #[must_use]
    pub fn subject(&self) -> String {
        self.header("Subject")
    }

    /// The text: the body decoded, or for several parts each textual part after the other.
    #[must_use]
    pub fn text(&self) -> String {
        part_text(&self.raw)
    }
}

fn part_text(part: &str) -> String {
    let (head, body) = part.split_once("\n\n").unwrap_or((part, ""));
    let kind = field(head, "Content-Type").unwrap_or_default();
    if kind.to_ascii_lowercase().starts_with("multipart/") {
        let boundary = kind.split("boundary=").nth(1).unwrap_or_default();
        let boundary = boundary.trim_start_matches('"').split(['"', ';']).next().unwrap_or_default();
        let mark = format!("--{boundary}");
        let parts = body.split(&mark).skip(1).filter(|p| !p.starts_with("--"));
        return parts.map(|p| part_text(p.trim_start_matches('\n'))).collect::<Vec<_>>().join("\n");
    }
    match field(head, "Content-Transfer-Encoding").unwrap_or_default().to_ascii_lowercase().as_str() {
        "base64" => base64_text(&body.split_whitespace().collect::<String>()),
        "quoted-printable" => quoted_printable(&body.replace("=\n", "")),
        _ => body.to_owned(),
    }
}

/// A header field, its folded lines joined.
fn field(head: &str, name: &str) -> Option<String> {
    let mut value: Option<String> = None;
    for line in head.lines() {
        if line.starts_with([' ', '\t']) {
            if let Some(value) = &mut value {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if value.is_some() {
            break;
        } else if let Some((found, rest)) = line.split_once(':')
            && found.eq_ignore_ascii_case(name)
        {
            value = Some(rest.trim().to_owned());
        }
    }
    value
}

/// `=?utf-8?b?…?=` and `=?utf-8?q?…?=`; white space between two encoded words is not text.
fn decode_words(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    let mut after_word = false;
    while let Some((before, tail)) = rest.split_once("=?") {
        let mut parts = tail.splitn(4, '?');
        let (Some(_charset), Some(encoding), Some(text), Some(end)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            break;
        };
        if !(after_word && before.trim().is_empty()) {
            out.push_str(before);
        }
        out.push_str(&if encoding.eq_ignore_ascii_case("b") {
            base64_text(text)
        } else {
            quoted_printable(&text.replace('_', " "))
        });
        after_word = true;
        rest = end.strip_prefix('=').unwrap_or(end);
    }
    out.push_str(rest);
    out
}

fn base64_text(text: &str) -> String {
    let bytes = STANDARD.decode(text).unwrap_or_else(|e| panic!("base64 of a mail is broken ({e}): {text}"));
    String::from_utf8_lossy(&bytes).into_owned()
}

fn quoted_printable(text: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'=' {
            out.push(byte);
            continue;
        }
        let digits: Vec<u8> = bytes.by_ref().take(2).collect();
        match std::str::from_utf8(&digits).ok().and_then(|d| u8::from_str_radix(d, 16).ok()) {
            Some(decoded) => out.push(decoded),
            None => out.extend([b"=", digits.as_slice()].concat()),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(raw: &str) -> Message {
        Message::new("a@x.example".to_owned(), vec![], raw)
    }

    #[test]
    fn encoded_subjects_are_read() {
        let m = message("Subject: =?utf-8?b?Q+G6o25o?=\r\n =?utf-8?b?IGLDoW8=?= 01/CB\r\n\r\nx");
        assert_eq!(m.subject(), "Cảnh báo 01/CB");
        assert_eq!(message("Subject: =?utf-8?q?C=E1=BA=A3nh_b=C3=A1o?=\n\nx").subject(), "Cảnh báo");
    }

    #[test]
    fn bodies_are_decoded() {
        let m = message("Content-Transfer-Encoding: base64\n\nQ+G6o25o\nIGLDoW8=\n");
        assert_eq!(m.text(), "Cảnh báo");
        let m = message("Content-Transfer-Encoding: quoted-printable\n\nC=E1=BA=A3nh =\nb=C3=A1o");
        assert_eq!(m.text(), "Cảnh báo");
        let m = message(
            "Content-Type: multipart/alternative;\n boundary=\"x\"\n\n--x\nContent-Type: text/plain\n\none\n--x\n\
             Content-Transfer-Encoding: base64\n\ndHdv\n--x--\n",
        );
        assert!(m.text().contains("one") && m.text().contains("two"), "{}", m.text());
    }
}
