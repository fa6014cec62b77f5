//! Addresses with a query, built without gluing strings.

use maud::Render;
use std::fmt::{self, Write as _};

/// An address within the console: a path and its query. Values are percent-encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Href {
    path: String,
    query: Vec<(String, String)>,
}

impl Href {
    /// A path that is known to the program, such as `/canh-bao`.
    #[must_use]
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into(), query: Vec::new() }
    }

    /// Adds a path segment that comes from data.
    #[must_use]
    pub fn segment(mut self, segment: impl AsRef<str>) -> Self {
        if !self.path.ends_with('/') {
            self.path.push('/');
        }
        encode(segment.as_ref(), &mut self.path);
        self
    }

    /// Sets a query value (replacing an earlier one of that name); an empty value removes it.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl AsRef<str>) -> Self {
        let value = value.as_ref();
        self.query.retain(|(n, _)| n != name);
        if !value.is_empty() {
            self.query.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// As [`Href::with`], removing it when there is no value.
    #[must_use]
    pub fn with_opt(self, name: &str, value: Option<impl AsRef<str>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self.with(name, ""),
        }
    }
}

impl fmt::Display for Href {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = self.path.clone();
        for (i, (name, value)) in self.query.iter().enumerate() {
            text.push(if i == 0 { '?' } else { '&' });
            encode(name, &mut text);
            text.push('=');
            encode(value, &mut text);
        }
        f.write_str(&text)
    }
}

impl Render for Href {
    fn render_to(&self, buffer: &mut String) {
        self.to_string().as_str().render_to(buffer);
    }
}

impl From<Href> for String {
    fn from(href: Href) -> Self {
        href.to_string()
    }
}

/// Everything but the unreserved characters of RFC 3986, section 2.3.
fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_cannot_leave_its_place() {
        let href = Href::new("/don-vi").segment("../a b").with("q", "x&y=1").with("q", "tường").with("page", "");
        assert_eq!(href.to_string(), "/don-vi/..%2Fa%20b?q=t%C6%B0%E1%BB%9Dng");
    }
}
