//! Answers: pages in their frame, redirects, files.

use crate::Web;
use crate::csrf;
use crate::info::Info;
use axum::response::{IntoResponse, Response};
use base_authz::Principal;
use base_i18n::Tr;
use base_ui::{Crumb, Flash, Frame, Href, NavLink, Person};
use http::{HeaderValue, StatusCode, header};
use maud::{Markup, html};

/// The owned parts of a [`Frame`].
pub(crate) struct OwnFrame {
    nav: Vec<NavLink>,
    pub(crate) crumbs: Vec<Crumb>,
    unread: Option<i64>,
    keys: bool,
    person: Option<Person>,
    theme: base_ui::Theme,
    here: String,
    token: String,
    flash: Option<Flash>,
}

impl OwnFrame {
    pub(crate) fn as_frame<'a>(&'a self, tr: &'a Tr, title: &'a str) -> Frame<'a> {
        Frame {
            tr,
            title,
            nav: &self.nav,
            crumbs: &self.crumbs,
            unread: self.unread,
            keys: self.keys,
            person: self.person.clone(),
            theme: self.theme,
            here: &self.here,
            csrf: csrf_input(&self.token),
            csrf_token: &self.token,
            flash: self.flash.clone(),
        }
    }
}

/// The frame for whoever made this request.
pub(crate) fn frame(web: &Web, info: &Info, tr: &Tr) -> OwnFrame {
    let principal = info.session.as_ref().map(|s| &s.principal);
    let nav = match principal {
        None => Vec::new(),
        Some(principal) => {
            let current = current_nav(web, &info.path);
            web.0
                .nav
                .iter()
                .filter(|item| principal.may(item.action))
                .map(|item| NavLink {
                    group: item.group,
                    label: (item.label)(tr),
                    href: item.href,
                    icon: item.icon,
                    current: current == Some(item.href),
                })
                .collect()
        }
    };
    let person = principal.map(|p| Person {
        name: p.name.clone(),
        place: p.home_unit().map_or_else(|| tr.t("web-province"), |unit| web.units().name(unit)),
    });
    let token = if info.binding.is_empty() { String::new() } else { web.0.key.token(&info.binding) };
    let crumbs = principal.map_or_else(Vec::new, |principal| crumbs(web, tr, principal, &info.path));
    // Who must go somewhere first has no inbox and no quick search until then; nor has a console without these pages.
    let whole = info.session.as_ref().is_some_and(|s| s.detour.is_none()) && web.0.has_shell;
    let (unread, keys) = (whole.then_some(info.person.unread), info.person.keys());
    OwnFrame {
        nav,
        crumbs,
        unread,
        keys,
        person,
        theme: info.theme,
        here: info.here.clone(),
        token,
        flash: info.flash.clone(),
    }
}

/// The entry whose address is the longest beginning of the present path.
fn current_nav(web: &Web, path: &str) -> Option<&'static str> {
    let below =
        |href: &str| path == href || (href != "/" && path.strip_prefix(href).is_some_and(|r| r.starts_with('/')));
    web.0.nav.iter().map(|item| item.href).filter(|href| below(href)).max_by_key(|href| href.len())
}

/// The named pages above the present one that the person may open, from the outermost.
fn crumbs(web: &Web, tr: &Tr, principal: &Principal, path: &str) -> Vec<Crumb> {
    let above = |href: &str| href != "/" && path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/'));
    let mut items: Vec<_> = web.places().filter(|i| above(i.href) && principal.may(i.action)).collect();
    items.sort_by_key(|item| item.href.len());
    items.iter().map(|item| Crumb { label: (item.label)(tr), href: Href::new(item.href) }).collect()
}

pub(crate) fn csrf_input(token: &str) -> Markup {
    html! { input type="hidden" name=(csrf::FIELD) value=(token); }
}

/// After a form: go and see `to` (HTTP 303).
#[must_use]
pub fn see_other(to: impl Into<String>) -> Response {
    let to: String = to.into();
    // Addresses of ours are ASCII; anything else would be a defect and leads home.
    let value = HeaderValue::from_str(&to).unwrap_or_else(|_| HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, value)]).into_response()
}

/// A path of ours to go on to, from what a form or address said; anything that could lead elsewhere
/// (`//host`, `/\host`, a scheme, control characters) leads home.
#[must_use]
pub fn safe_next(next: &str) -> &str {
    let bad = |c: char| c.is_control() || c == '\\' || !c.is_ascii();
    if next.starts_with('/') && !next.starts_with("//") && !next.contains(bad) { next } else { "/" }
}

/// A file for the browser to keep. `name` should be plain ASCII; other characters are replaced.
#[must_use]
pub fn attachment(name: &str, mime: &'static str, bytes: Vec<u8>) -> Response {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
    let name: String = name.chars().map(plain).collect();
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""))
        .unwrap_or_else(|_| HeaderValue::from_static("attachment"));
    ([(header::CONTENT_TYPE, HeaderValue::from_static(mime)), (header::CONTENT_DISPOSITION, disposition)], bytes)
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_stays_with_us() {
        assert_eq!(safe_next("/canh-bao?x=1"), "/canh-bao?x=1");
        for bad in ["//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nx", "", "javascript:x", "/đ"] {
            assert_eq!(safe_next(bad), "/", "{bad:?}");
        }
    }

    #[test]
    fn names_of_files_cannot_leave_their_header() {
        for (name, wanted) in [
            ("bang-ke.csv", "bang-ke.csv"),
            ("a\"; filename=\"x.exe", "a___filename__x.exe"),
            ("../../etc/passwd", ".._.._etc_passwd"),
            ("a\r\nSet-Cookie: b=c", "a__Set-Cookie__b_c"),
            ("bảng kê.xlsx", "b_ng_k_.xlsx"),
        ] {
            let answer = attachment(name, "text/csv; charset=utf-8", Vec::new());
            let told = answer.headers().get(header::CONTENT_DISPOSITION).unwrap();
            assert_eq!(told, &format!("attachment; filename=\"{wanted}\""), "{name}");
        }
    }
}
