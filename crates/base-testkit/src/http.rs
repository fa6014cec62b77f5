//! A small HTTP/1.1 client for loopback: cookies, forms, bytes; no redirects followed by itself.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Longest wait for the next bytes of an answer.
const TIMEOUT: Duration = Duration::from_secs(60);

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status, such as 200.
    pub status: u16,
    /// Name (lower case) and value of each header, in order.
    pub headers: Vec<(String, String)>,
    /// The body, chunks joined.
    pub body: Vec<u8>,
}

impl Reply {
    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is not JSON.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("not JSON ({e}): {}", self.text()))
    }

    /// The first header of this name (lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The value of a hidden field of a form on the page.
    #[must_use]
    pub fn hidden(&self, name: &str) -> Option<String> {
        let text = self.text();
        let tags = text.split("<input").skip(1).filter_map(|t| t.split('>').next());
        let mut found = tags.filter(|t| t.contains(&format!("name=\"{name}\"")));
        let value = found.next()?.split("value=\"").nth(1)?.split('"').next()?;
        Some(value.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    }
}

/// A client of one server, with its cookies.
#[derive(Clone, Debug)]
pub struct Http {
    address: String,
    cookies: BTreeMap<String, String>,
}

impl Http {
    /// A client of the server on this port of the loopback address.
    #[must_use]
    pub fn local(port: u16) -> Self {
        Self { address: format!("127.0.0.1:{port}"), cookies: BTreeMap::new() }
    }

    /// Fetches a page.
    ///
    /// # Errors
    /// When the server does not answer, or not in HTTP.
    pub fn get(&mut self, path: &str) -> io::Result<Reply> {
        self.send("GET", path, &[], &[])
    }

    /// Sends a form.
    ///
    /// # Errors
    /// As [`Http::get`].
    pub fn post_form(&mut self, path: &str, fields: &[(&str, &str)]) -> io::Result<Reply> {
        let body = fields.iter().map(|(k, v)| format!("{}={}", encode(k), encode(v))).collect::<Vec<_>>().join("&");
        self.send("POST", path, &[("content-type", "application/x-www-form-urlencoded")], body.as_bytes())
    }

    /// Sends any request.
    ///
    /// # Errors
    /// As [`Http::get`].
    pub fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> io::Result<Reply> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.address);
        if !self.cookies.is_empty() {
            let _ = write!(head, "cookie: {}\r\n", self.cookies());
        }
        for (name, value) in headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if method != "GET" {
            let _ = write!(head, "content-length: {}\r\n", body.len());
        }
        head.push_str("\r\n");
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.set_write_timeout(Some(TIMEOUT))?;
        stream.write_all(head.as_bytes())?;
        // A server may refuse a body early and close; its answer is what counts.
        let written = stream.write_all(body);
        let reply = match read_reply(&mut stream) {
            Ok(reply) => reply,
            Err(e) => return Err(written.err().unwrap_or(e)),
        };
        self.keep_cookies(&reply);
        Ok(reply)
    }

    /// The cookies it holds, as a header has them, for another client to go on with.
    #[must_use]
    pub fn cookies(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    /// Forgets the cookies, as a new visitor.
    pub fn forget(&mut self) {
        self.cookies.clear();
    }

    fn keep_cookies(&mut self, reply: &Reply) {
        for (_, cookie) in reply.headers.iter().filter(|(n, _)| n == "set-cookie") {
            let Some((name, value)) = cookie.split(';').next().and_then(|c| c.split_once('=')) else { continue };
            if value.is_empty() || cookie.to_ascii_lowercase().contains("max-age=0") {
                self.cookies.remove(name.trim());
            } else {
                self.cookies.insert(name.trim().to_owned(), value.trim().to_owned());
            }
        }
    }
}

/// Percent-encodes everything but unreserved characters (RFC 3986 §2.3).
#[must_use]
pub fn encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Reads until the answer is complete; not every server closes when asked to.
fn read_reply(stream: &mut TcpStream) -> io::Result<Reply> {
    let mut raw = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = stream.read(&mut buffer)?;
        raw.extend_from_slice(buffer.get(..read).unwrap_or_default());
        match parse(&raw, read == 0) {
            Some(reply) => return Ok(reply),
            None if read == 0 => {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the answer is not complete HTTP"));
            }
            None => {}
        }
    }
}

/// The answer, when it is complete; `ended` says that no more will come.
fn parse(raw: &[u8], ended: bool) -> Option<Reply> {
    let end = raw.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(raw.get(..end)?).into_owned();
    let body = raw.get(end + 4..)?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|l| l.split_once(':'))
        .map(|(n, v)| (n.trim().to_ascii_lowercase(), v.trim().to_owned()))
        .collect();
    // 100 Continue and its kind come before the answer itself.
    if (100..200).contains(&status) {
        return parse(body, ended);
    }
    let chunked = headers.iter().any(|(n, v)| n == "transfer-encoding" && v.eq_ignore_ascii_case("chunked"));
    let length = headers.iter().find(|(n, _)| n == "content-length").and_then(|(_, v)| v.parse::<usize>().ok());
    let body = match (chunked, length) {
        (true, _) => chunks(body)?,
        (false, Some(length)) => body.get(..length)?.to_vec(),
        (false, None) if ended || [204, 304].contains(&status) => body.to_vec(),
        (false, None) => return None,
    };
    Some(Reply { status, headers, body })
}

fn chunks(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    loop {
        let end = rest.windows(2).position(|w| w == b"\r\n")?;
        let size = std::str::from_utf8(rest.get(..end)?).ok()?.split(';').next()?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        rest = rest.get(end + 2..)?;
        if size == 0 {
            return Some(out);
        }
        out.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size + 2..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_with_length_and_in_chunks_are_read() {
        let reply =
            parse(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nSet-Cookie: a=b; Path=/\r\n\r\nabcXX", false).unwrap();
        assert_eq!((reply.status, reply.text().as_str()), (200, "abc"));
        let reply = parse(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n", false).unwrap();
        assert_eq!((reply.status, reply.text().as_str()), (404, "abcde"));
        assert!(parse(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", true).is_none());
        assert!(parse(b"HTTP/1.1 200 OK\r\n\r\nabc", false).is_none());
        assert_eq!(parse(b"HTTP/1.1 200 OK\r\n\r\nabc", true).unwrap().text(), "abc");
    }

    #[test]
    fn hidden_fields_are_found() {
        let body = b"<form><input type=\"hidden\" name=\"csrf\" value=\"a&amp;b\"></form>".to_vec();
        let reply = Reply { status: 200, headers: vec![], body };
        assert_eq!(reply.hidden("csrf").as_deref(), Some("a&b"));
        assert_eq!(reply.hidden("other"), None);
    }

    #[test]
    fn forms_are_encoded() {
        assert_eq!(encode("a b&ỗ"), "a%20b%26%E1%BB%97");
    }
}
