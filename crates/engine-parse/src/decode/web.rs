//! Web access logs: Common and Combined Log Format, also with a virtual host before and
//! further values behind. Fields get the W3C names of the Sigma taxonomy.

use engine_event::{Kind, Record};

/// Reads one line into `record`; `false`, with nothing added, when it is not an access log line.
///
/// `cs-uri-query` holds the whole request target, path and query, because the published
/// Sigma rules match paths in it; `cs-uri-stem` holds the path alone.
pub fn decode(text: &str, record: &mut Record) -> bool {
    let Some(line) = Line::read(text) else { return false };
    let mut add = |name: &str, value: &str| {
        if !value.is_empty() && value != "-" {
            record.push(name, value, Kind::Text);
        }
    };
    add("cs-host", line.vhost);
    add("c-ip", line.client);
    add("cs-username", line.user);
    add("time", line.time);
    add("cs-request", line.request);
    let mut words = line.request.splitn(2, ' ');
    if let (Some(method), Some(rest)) = (words.next(), words.next()) {
        let (target, version) = match rest.rsplit_once(' ') {
            Some((target, version)) if version.starts_with("HTTP/") => (target, version),
            _ => (rest, ""),
        };
        if method.bytes().all(|b| b.is_ascii_uppercase() || b == b'_' || b == b'-') {
            add("cs-method", method);
            add("cs-uri", target);
            add("cs-uri-query", target);
            add("cs-uri-stem", target.split(['?', '#']).next().unwrap_or(target));
            add("cs-version", version);
        }
    }
    if line.status != "-" {
        record.push("sc-status", line.status, Kind::Number);
    }
    if line.bytes.bytes().all(|b| b.is_ascii_digit()) && !line.bytes.is_empty() {
        record.push("sc-bytes", line.bytes, Kind::Number);
    }
    let mut add = |name: &str, value: &str| {
        if !value.is_empty() && value != "-" {
            record.push(name, value, Kind::Text);
        }
    };
    add("cs-referer", line.referer);
    add("cs-user-agent", line.agent);
    add("x-rest", line.rest);
    true
}

struct Line<'t> {
    vhost: &'t str,
    client: &'t str,
    user: &'t str,
    time: &'t str,
    request: &'t str,
    status: &'t str,
    bytes: &'t str,
    referer: &'t str,
    agent: &'t str,
    rest: &'t str,
}

impl<'t> Line<'t> {
    fn read(text: &'t str) -> Option<Self> {
        let (head, after) = text.split_once(" [")?;
        // Host and user only: a longer head is another kind of log.
        let (client, vhost, user) = Self::head(head)?;
        let (time, after) = after.split_once(']')?;
        if time.len() > 40 || !time.contains('/') || !time.contains(':') {
            return None;
        }
        let after = after.trim_start_matches(' ');
        let (request, after) = quoted(after)?;
        let mut words = after.trim_start().splitn(3, ' ');
        let status = words.next()?;
        // A request that was never answered has `-`.
        if status != "-" && (status.len() != 3 || !status.bytes().all(|b| b.is_ascii_digit())) {
            return None;
        }
        let bytes = words.next().unwrap_or_default();
        let rest = words.next().unwrap_or_default().trim_start();
        let (referer, rest) = quoted(rest).unwrap_or(("", rest));
        let (agent, rest) = quoted(rest.trim_start()).unwrap_or(("", rest));
        Some(Self { vhost, client, user, time, request, status, bytes, referer, agent, rest: rest.trim() })
    }

    /// `client ident user`, with a virtual host before; the user may hold spaces.
    fn head(head: &'t str) -> Option<(&'t str, &'t str, &'t str)> {
        let mut words = head.splitn(2, ' ');
        let (mut client, mut rest) = (words.next()?, words.next()?);
        let mut vhost = "";
        let next = rest.split(' ').next().unwrap_or_default();
        let address = |word: &str| word.parse::<std::net::IpAddr>().is_ok();
        if !address(client)
            && (address(next) || rest.split(' ').count() == 3 && client.contains('.'))
            && rest.contains(' ')
        {
            vhost = client;
            client = next;
            rest = rest.get(next.len() + 1..)?;
        }
        if client.is_empty() || client.len() > 255 {
            return None;
        }
        let (_, user) = rest.split_once(' ')?;
        let vhost =
            vhost.rsplit_once(':').filter(|(_, p)| p.bytes().all(|b| b.is_ascii_digit())).map_or(vhost, |(h, _)| h);
        Some((client, vhost, user))
    }
}

/// A quoted text at the start and what follows it; quotes inside are escaped with a backslash.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('"')?;
    let mut escaped = false;
    let end = inner.bytes().position(|b| {
        let end = b == b'"' && !escaped;
        escaped = b == b'\\' && !escaped;
        end
    })?;
    Some((inner.get(..end)?, inner.get(end + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Record> {
        let mut record = Record::new();
        decode(text, &mut record).then_some(record)
    }

    #[test]
    fn forms() {
        let r = read(r#"192.0.2.1 - Nguyen Van A [10/Oct/2026:13:55:36 +0700] "GET /a/b.php?x=1 HTTP/1.1" 404 209 "-" "curl \"x\"" 0.01"#)
            .expect("combined");
        for (name, want) in [
            ("c-ip", "192.0.2.1"),
            ("cs-username", "Nguyen Van A"),
            ("cs-method", "GET"),
            ("cs-uri-query", "/a/b.php?x=1"),
            ("cs-uri-stem", "/a/b.php"),
            ("sc-status", "404"),
            ("cs-user-agent", "curl \\\"x\\\""),
            ("x-rest", "0.01"),
        ] {
            assert_eq!(r.text(name), Some(want), "{name}");
        }
        let r =
            read(r#"www.a.example:443 192.0.2.1 - - [10/Oct/2026:13:55:36 +0700] "\x16\x03" 400 0"#).expect("vhost");
        assert_eq!((r.text("cs-host"), r.text("cs-method")), (Some("www.a.example"), None));
        for bad in ["", "x", "192.0.2.1 - - [x] \"GET\" 200", "Nov 22 10:00:00 h p[1]: x [a/b:c] \"y\" z"] {
            assert!(read(bad).is_none(), "{bad}");
        }
    }
}
