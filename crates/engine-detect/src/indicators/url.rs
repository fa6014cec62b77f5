//! The normal form of URLs, the same for lists and for events.
//!
//! After RFC 3986 section 6.2: scheme and host in lower case, the default port and the fragment
//! left out, an empty path is `/`, hexadecimal digits of percent-encoding in upper case. User
//! names before the host are left out, since they do not change what is fetched.

/// Scheme of a URL, as far as it decides whether two are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    /// Not given: fits every scheme.
    Any,
    Http,
    Https,
    Ftp,
    /// Any other.
    Other,
}

impl Scheme {
    fn of(text: &[u8]) -> Scheme {
        let is = |name: &[u8]| text.eq_ignore_ascii_case(name);
        if is(b"http") {
            Scheme::Http
        } else if is(b"https") {
            Scheme::Https
        } else if is(b"ftp") {
            Scheme::Ftp
        } else {
            Scheme::Other
        }
    }

    /// Letter under which it is stored before the rest of the URL.
    pub(super) const fn code(self) -> u8 {
        match self {
            Scheme::Any => b'*',
            Scheme::Http => b'h',
            Scheme::Https => b's',
            Scheme::Ftp => b'f',
            Scheme::Other => b'o',
        }
    }

    /// Whether URLs of these stored letters may be the same.
    pub(super) const fn fits(stored: u8, seen: Scheme) -> bool {
        let any = Scheme::Any.code();
        stored == any || seen.code() == any || stored == seen.code()
    }

    /// What a stored letter is written as.
    pub(super) const fn prefix(stored: u8) -> &'static str {
        match stored {
            b'h' => "http://",
            b's' => "https://",
            b'f' => "ftp://",
            b'o' => "…://",
            _ => "",
        }
    }

    const fn default_port(self) -> Option<&'static [u8]> {
        match self {
            Scheme::Http => Some(b"80"),
            Scheme::Https => Some(b"443"),
            Scheme::Ftp => Some(b"21"),
            Scheme::Any | Scheme::Other => None,
        }
    }
}

/// Longest URL that is listed or looked up, in bytes.
pub(super) const MAX_URL: usize = 8_192;

/// Writes the normal form of `text`, without scheme, into `out` (emptied first) and gives the
/// scheme; `None` when there is no host or the URL is too long.
pub(super) fn normalise(text: &[u8], out: &mut Vec<u8>) -> Option<Scheme> {
    out.clear();
    if text.len() > MAX_URL {
        return None;
    }
    let (scheme, rest) = match find(text, b"://") {
        Some(at) => (Scheme::of(text.get(..at)?), text.get(at + 3..)?),
        None => (Scheme::Any, text),
    };
    let end = rest.iter().position(|b| matches!(b, b'/' | b'?' | b'#' | b'\\')).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host_port = match authority.iter().rposition(|b| *b == b'@') {
        Some(at) => authority.get(at + 1..)?,
        None => authority,
    };
    push_host(host_port, scheme, out)?;
    push_path(path, out);
    Some(scheme)
}

fn push_host(host_port: &[u8], scheme: Scheme, out: &mut Vec<u8>) -> Option<()> {
    // The colons of an IPv6 address stand within brackets.
    let after = host_port.iter().rposition(|b| *b == b']').map_or(0, |at| at + 1);
    let colon = host_port.get(after..)?.iter().position(|b| *b == b':').map(|at| at + after);
    let (host, port) = match colon {
        Some(at) => (host_port.get(..at)?, host_port.get(at + 1..)?),
        None => (host_port, &b""[..]),
    };
    let host = host.strip_suffix(b".").unwrap_or(host);
    if host.is_empty() || !port.iter().all(u8::is_ascii_digit) {
        return None;
    }
    out.extend(host.iter().map(u8::to_ascii_lowercase));
    if !port.is_empty() && scheme.default_port() != Some(port) {
        out.push(b':');
        out.extend_from_slice(port);
    }
    Some(())
}

fn push_path(path: &[u8], out: &mut Vec<u8>) {
    if !path.starts_with(b"/") {
        out.push(b'/');
    }
    let end = path.iter().position(|b| *b == b'#').unwrap_or(path.len());
    let mut encoded = 0_u8;
    for byte in path.iter().take(end) {
        // The two digits after a percent sign.
        if encoded > 0 && byte.is_ascii_hexdigit() {
            out.push(byte.to_ascii_uppercase());
            encoded -= 1;
            continue;
        }
        encoded = if *byte == b'%' { 2 } else { 0 };
        out.push(*byte);
    }
}

pub(super) fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    text.windows(needle.len()).position(|w| w == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(text: &str) -> Option<(Scheme, String)> {
        let mut out = Vec::new();
        let scheme = normalise(text.as_bytes(), &mut out)?;
        Some((scheme, String::from_utf8(out).expect("made of text")))
    }

    #[test]
    fn equal_urls_have_one_form() {
        let wanted = Some((Scheme::Http, "evil.com/A?b=%C3%A9".to_owned()));
        for text in [
            "http://evil.com/A?b=%c3%a9",
            "HTTP://EVIL.com:80/A?b=%C3%A9#part",
            "http://user:pass@evil.com./A?b=%C3%a9",
        ] {
            assert_eq!(normal(text), wanted, "{text}");
        }
        assert_eq!(normal("https://evil.com"), Some((Scheme::Https, "evil.com/".to_owned())));
        assert_eq!(normal("https://evil.com?x"), Some((Scheme::Https, "evil.com/?x".to_owned())));
        assert_eq!(normal("https://evil.com:8443"), Some((Scheme::Https, "evil.com:8443/".to_owned())));
        assert_eq!(normal("http://[2001:DB8::1]:80/x"), Some((Scheme::Http, "[2001:db8::1]/x".to_owned())));
        assert_eq!(normal("evil.com/x"), Some((Scheme::Any, "evil.com/x".to_owned())));
    }

    #[test]
    fn what_has_no_host_is_no_url() {
        for text in ["http://", "http:///x", "://", "http://evil.com:port/", "http://:80/"] {
            assert_eq!(normal(text), None, "{text}");
        }
    }
}
