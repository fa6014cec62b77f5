//! Addresses, ports and parts of URLs inside field texts.

use std::net::IpAddr;

/// The address in `192.0.2.1`, `192.0.2.1:443`, `[2001:db8::1]:443`, `::ffff:192.0.2.1`,
/// `192.0.2.1/443`; `None` when there is none.
pub(crate) fn ip_of(text: &str) -> Option<&str> {
    let text = text.trim();
    let inner = match text.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => text,
    };
    let inner = inner.strip_prefix("::ffff:").filter(|v4| v4.contains('.')).unwrap_or(inner);
    if inner.parse::<IpAddr>().is_ok() {
        return Some(inner);
    }
    let (host, _) = inner.split_once(['/', '%']).or_else(|| inner.rsplit_once([':', '#', '.']))?;
    host.parse::<IpAddr>().is_ok().then_some(host)
}

/// The port in `192.0.2.1:443`, `[::1]:443`, `192.0.2.1/443`, `192.0.2.1#53` or `443`.
pub(crate) fn port_of(text: &str) -> Option<&str> {
    let text = text.trim();
    let port = text.rsplit([':', '/', '#']).next().unwrap_or(text);
    port.parse::<u16>().is_ok().then_some(port)
}

/// The host of `http://host:port/path`, also without a scheme.
pub(crate) fn url_host(text: &str) -> Option<&str> {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or(v6),
        None => host.split(':').next().unwrap_or(host),
    };
    (!host.is_empty()).then_some(host)
}

/// The path of a URL or request target, without the query.
pub(crate) fn url_path(text: &str) -> Option<&str> {
    let rest = match text.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"),
        None => text,
    };
    rest.split(['?', '#']).next().filter(|path| !path.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        for (text, want) in [
            ("192.0.2.1:443", Some("192.0.2.1")),
            ("[2001:db8::1]:443", Some("2001:db8::1")),
            ("::ffff:192.0.2.1", Some("192.0.2.1")),
            ("192.0.2.1/443", Some("192.0.2.1")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("fe80::1%eth0", Some("fe80::1")),
            ("LOCAL", None),
            ("-", None),
        ] {
            assert_eq!(ip_of(text), want, "{text}");
        }
        assert_eq!(port_of("[::1]:443"), Some("443"));
        assert_eq!(port_of("x"), None);
        assert_eq!(url_host("http://u@a.example:8080/p?q"), Some("a.example"));
        assert_eq!(url_host("a.example:443"), Some("a.example"));
        assert_eq!(url_path("http://a.example/p?q"), Some("/p"));
        assert_eq!(url_path("/x/y?z=1"), Some("/x/y"));
    }
}
