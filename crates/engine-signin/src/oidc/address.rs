//! Addresses of a provider, and what is put into them.

/// Longest address that is used, in bytes.
const MAX_ADDRESS: usize = 2_048;

/// Whether something secret may be sent there: HTTPS, or plain HTTP on this very machine. Visible ASCII only, so that
/// it can stand in a header; no fragment and no name or password before the host.
pub(super) fn is_usable(address: &str) -> bool {
    if address.len() > MAX_ADDRESS || !address.bytes().all(|b| b.is_ascii_graphic()) || address.contains('#') {
        return false;
    }
    let (secure, rest) = match (address.strip_prefix("https://"), address.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => return false,
    };
    let authority = rest.split(['/', '?']).next().unwrap_or("");
    if authority.contains('@') {
        return false;
    }
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or(""),
        None => authority.rsplit_once(':').map_or(authority, |(host, _)| host),
    };
    let plain = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':'));
    !host.is_empty() && plain && (secure || matches!(host, "localhost" | "127.0.0.1" | "::1"))
}

/// Adds pairs to an address that may have some already (RFC 6749, section 3.1).
pub(super) fn with_query(address: &str, pairs: &[(&str, &str)]) -> String {
    let joint = if address.contains('?') { '&' } else { '?' };
    format!("{address}{joint}{}", form(pairs))
}

/// Pairs as `application/x-www-form-urlencoded`.
pub(super) fn form(pairs: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| format!("{}={}", encoded(name), encoded(value));
    pairs.iter().map(pair).collect::<Vec<_>>().join("&")
}

/// Percent-encoded but for the unreserved characters of RFC 3986.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_over_tls_or_stay_on_the_machine() {
        for good in [
            "https://id.camau.gov.vn",
            "https://id.example:8443/realms/x?y=z",
            "http://127.0.0.1:4000/t",
            "http://[::1]:80/",
            "http://localhost",
        ] {
            assert!(is_usable(good), "{good}");
        }
        for bad in [
            "",
            "ftp://a",
            "http://id.example",
            "https://",
            "https:///x",
            "https://a b",
            "https://a\r\nx",
            "https://a#b",
            "https://u:p@a",
            "http://localhost@evil.example",
            "http://127.0.0.1.evil.example",
            "javascript:alert(1)",
        ] {
            assert!(!is_usable(bad), "{bad:?}");
        }
        assert!(!is_usable(&format!("https://{}", "a".repeat(MAX_ADDRESS))));
    }

    #[test]
    fn pairs_are_encoded_and_joined() {
        assert_eq!(with_query("https://a/x", &[("q", "a b&c"), ("é", "=")]), "https://a/x?q=a%20b%26c&%C3%A9=%3D");
        assert_eq!(with_query("https://a/x?t=1", &[("q", "~")]), "https://a/x?t=1&q=~");
    }
}
