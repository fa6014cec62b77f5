//! Cookies: reading them, and writing them with the attributes that keep them in.

use crate::Web;
use http::HeaderMap;
use http::header::{COOKIE, HeaderValue};
use std::fmt::Write as _;

/// When a browser sends a cookie along (RFC 6265bis, section 5.6.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// Also when a link from elsewhere is followed, such as from a warning mail.
    Lax,
    /// Only from our own pages.
    Strict,
}

/// A cookie to set. Always `HttpOnly` and for the whole site; `Secure` and the `__Host-` prefix with TLS.
#[derive(Clone, Debug)]
pub struct Cookie {
    name: String,
    value: String,
    max_age: Option<i64>,
    same_site: SameSite,
    secure: bool,
}

impl Cookie {
    /// A cookie for the running browser session.
    #[must_use]
    pub fn new(name: &str, value: impl Into<String>, secure: bool) -> Self {
        Self { name: full_name(name, secure), value: value.into(), max_age: None, same_site: SameSite::Lax, secure }
    }

    /// A cookie that makes the browser forget the one of that name.
    #[must_use]
    pub fn forget(name: &str, secure: bool) -> Self {
        Self::new(name, "", secure).max_age(0)
    }

    /// Seconds until the browser forgets it.
    #[must_use]
    pub fn max_age(mut self, secs: i64) -> Self {
        self.max_age = Some(secs);
        self
    }

    /// When it is sent along.
    #[must_use]
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = same_site;
        self
    }

    /// The value of `Set-Cookie`. Characters a cookie cannot hold are left out.
    #[must_use]
    pub fn header(&self) -> HeaderValue {
        let clean = |c: &char| c.is_ascii_graphic() && !matches!(c, ';' | ',' | '"' | '\\');
        let value: String = self.value.chars().filter(clean).collect();
        let site = match self.same_site {
            SameSite::Lax => "Lax",
            SameSite::Strict => "Strict",
        };
        let mut text = format!("{}={value}; Path=/; HttpOnly; SameSite={site}", self.name);
        if self.secure {
            text.push_str("; Secure");
        }
        if let Some(secs) = self.max_age {
            // Writing to a String cannot fail.
            let _ = write!(text, "; Max-Age={secs}");
        }
        // Only visible ASCII got into it.
        HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

/// `__Host-` keeps other hosts of the domain from setting the cookie (RFC 6265bis, section 4.1.3.2).
fn full_name(name: &str, secure: bool) -> String {
    if secure { format!("__Host-{name}") } else { name.to_owned() }
}

/// The value of our cookie `name` in a request.
#[must_use]
pub fn read<'h>(headers: &'h HeaderMap, name: &str, secure: bool) -> Option<&'h str> {
    let wanted = full_name(name, secure);
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|h| h.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(n, _)| *n == wanted)
        .map(|(_, value)| value)
}

pub(crate) const SESSION: &str = "mangrove";
pub(crate) const VISITOR: &str = "mangrove-visitor";
pub(crate) const LANG: &str = "mangrove-lang";
pub(crate) const THEME: &str = "mangrove-theme";
pub(crate) const FLASH: &str = "mangrove-flash";

/// Name of the session cookie as the browser knows it.
#[must_use]
pub fn session_cookie_name(secure: bool) -> String {
    full_name(SESSION, secure)
}

/// The cookie of a session; `None` signs out. It lives as long as the browser session or
/// `max_age` seconds, whichever the caller chooses.
#[must_use]
pub fn session_cookie(web: &Web, token: Option<&str>, max_age: Option<i64>) -> Cookie {
    match (token, max_age) {
        (None, _) => Cookie::forget(SESSION, web.secure()),
        (Some(token), None) => Cookie::new(SESSION, token, web.secure()),
        (Some(token), Some(secs)) => Cookie::new(SESSION, token, web.secure()).max_age(secs),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_and_no_injection() {
        let cookie = Cookie::new("x", "a;b\r\nSet-Cookie: y", true).max_age(60).header();
        assert_eq!(cookie, "__Host-x=abSet-Cookie:y; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60");
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("a=1; __Host-x=2; x=3"));
        assert_eq!((read(&headers, "x", true), read(&headers, "x", false)), (Some("2"), Some("3")));
    }
}
