//! What stands before every handler: the session, the right of the route, the CSRF token, the time limit.

use crate::area::{Access, RoutePolicy};
use crate::cookie::{self, Cookie};
use crate::csrf;
use crate::ctx::read_flash;
use crate::error::{Problem, WebError, render};
use crate::info::{Info, Wants, wants};
use crate::person::Person;
use crate::ports::{Session, TOKEN_PREFIX, Via};
use crate::reply::{safe_next, see_other};
use crate::{SameSite, Web};
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base_core::{Error, Kind, Lang, Result};
use base_ui::{Href, Theme};
use http::header::{self, HeaderMap, SET_COOKIE};
use http::request::Parts;
use http::{Method, StatusCode, Uri};
use std::net::SocketAddr;
use std::sync::Arc;

/// Longest form (not upload) that is read, in bytes.
const MAX_FORM: usize = 1 << 20;
/// A zero character, percent-encoded, and what stands in its place (U+FFFD).
const ZERO: &str = "%00";
const REPLACED: &str = "%EF%BF%BD";
/// A visitor's cookie lives for the running browser session.
const VISITOR_BYTES: usize = 16;

/// Outermost layer: finds out who asks, lets the request through, gives errors their page.
pub(crate) async fn session(State(web): State<Web>, request: Request, next: Next) -> Response {
    let started = web.clock().now();
    let (mut parts, body) = request.into_parts();
    if let Some(clean) = without_zero(&parts.uri) {
        parts.uri = clean;
    }
    let (info, visitor) = match info(&web, &parts).await {
        Ok(found) => found,
        Err(error) => return WebError(error).into_response(),
    };
    let info = Arc::new(info);
    let (method, path) = (parts.method.clone(), info.path.clone());
    parts.extensions.insert(Arc::clone(&info));
    let response = next.run(Request::from_parts(parts, body)).await;
    let mut response = finish(&web, &info, response).await;
    if let Some(cookie) = visitor {
        response.headers_mut().append(SET_COOKIE, cookie.header());
    }
    tracing::debug!(
        http.method = %method, url.path = %path, http.status = response.status().as_u16(), request.id = %info.request,
        duration_us = web.clock().now().micros_since(started), "answered"
    );
    response
}

/// A zero character means nothing to anybody who asks in good faith, and PostgreSQL keeps none: it becomes the
/// replacement character before anything reads it.
fn without_zero(uri: &Uri) -> Option<Uri> {
    let path = uri.path_and_query()?.as_str();
    if !path.contains(ZERO) {
        return None;
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path.replace(ZERO, REPLACED).parse().ok()?);
    Uri::from_parts(parts).ok()
}

async fn info(web: &Web, parts: &Parts) -> Result<(Info, Option<Cookie>)> {
    let (headers, uri) = (&parts.headers, &parts.uri);
    let secure = web.secure();
    let now = web.clock().now();
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip().to_canonical());
    // A token sent on purpose counts alone: a cookie beside it must not lend it more rights.
    let program = program_token(headers);
    let session = match (program, cookie::read(headers, cookie::SESSION, secure)) {
        (Some(token), _) => web.sessions().resolve_token(token, peer, now).await?.map(Arc::new),
        (None, Some(token)) if !token.is_empty() => web.sessions().resolve(token, peer, now).await?.map(Arc::new),
        _ => None,
    };
    let chosen = |name| cookie::read(headers, name, secure);
    let lang = session.as_ref().and_then(|s| s.lang).or_else(|| chosen(cookie::LANG).and_then(Lang::from_tag));
    let theme = session.as_ref().and_then(|s| s.theme).or_else(|| chosen(cookie::THEME).map(Theme::parse));
    // A program is told its errors as JSON, not by a page or a way to the sign-in.
    let wants = if program.is_some() { Wants::Json } else { wants(uri, headers) };
    let (binding, visitor) = binding(session.as_deref().map(|s| s.id.as_str()), headers, secure, wants);
    let person = person(web, session.as_deref(), wants, uri.path()).await;
    let info = Info {
        session,
        person,
        lang: lang.unwrap_or_default(),
        theme: theme.unwrap_or_default(),
        binding,
        request: web.ids().next(),
        peer,
        now,
        wants,
        path: uri.path().to_owned(),
        here: here(parts),
        flash: cookie::read(headers, cookie::FLASH, secure).and_then(|v| read_flash(web, v)),
    };
    Ok((info, visitor))
}

/// What the person has chosen and has to read: for pages and their parts. A console without it is still a console, so
/// a database that does not answer is told by the page itself.
async fn person(web: &Web, session: Option<&Session>, wants: Wants, path: &str) -> Person {
    let Some(session) = session else { return Person::default() };
    if session.via == Via::Token || wants == Wants::Json || path.starts_with("/static/") || path == "/truc-tiep" {
        return Person::default();
    }
    let read = Person::read(web.db().read(), &session.principal, wants == Wants::Page).await;
    read.unwrap_or_else(|error| {
        tracing::warn!(%error, "the choices of a person could not be read");
        Person::default()
    })
}

/// The token of a program for the console. Those of log senders look otherwise and are left to their routes.
fn program_token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && token.starts_with(TOKEN_PREFIX)).then_some(token)
}

/// Where a person comes back to after signing in or switching language: the page itself, or for a form
/// the page it was sent from.
fn here(parts: &Parts) -> String {
    let own = |path: &str| safe_next(path).to_owned();
    if matches!(parts.method, Method::GET | Method::HEAD) {
        return parts.uri.path_and_query().map_or_else(|| "/".to_owned(), |p| own(p.as_str()));
    }
    let referer = parts.headers.get(header::REFERER).and_then(|v| v.to_str().ok());
    match (referer.and_then(|r| r.split_once("://")).map(|(_, rest)| rest), host(&parts.uri, &parts.headers)) {
        (Some(referer), Some(host)) => referer.strip_prefix(host).map_or_else(|| "/".to_owned(), own),
        _ => "/".to_owned(),
    }
}

/// CSRF tokens are bound to the session; a visitor (sign-in page) gets a cookie to bind them to.
fn binding(session: Option<&str>, headers: &HeaderMap, secure: bool, wants: Wants) -> (String, Option<Cookie>) {
    if let Some(id) = session {
        return (format!("session:{id}"), None);
    }
    let valid = |v: &&str| v.len() == VISITOR_BYTES * 2 && v.bytes().all(|b| b.is_ascii_hexdigit());
    match cookie::read(headers, cookie::VISITOR, secure).filter(valid) {
        Some(visitor) => (format!("visitor:{visitor}"), None),
        None if wants == Wants::Page => {
            let fresh = hex::encode(rand::random::<[u8; VISITOR_BYTES]>());
            let cookie = Cookie::new(cookie::VISITOR, fresh.as_str(), secure).same_site(SameSite::Lax);
            (format!("visitor:{fresh}"), Some(cookie))
        }
        None => (String::new(), None),
    }
}

/// Gives an error its body, and forgets a flash message once a page has shown it.
async fn finish(web: &Web, info: &Info, response: Response) -> Response {
    let code = response.status();
    let is_error = code.is_client_error() || code.is_server_error();
    let plain = |h: &HeaderMap| h.get(header::CONTENT_TYPE).is_none_or(|t| t.as_bytes().starts_with(b"text/plain"));
    let mut response = match response.extensions().get::<Problem>().cloned() {
        Some(problem) if problem.kind == Kind::Unauthenticated && info.wants == Wants::Page => sign_in(info),
        Some(problem) => render(web, info, &problem, code),
        // Answers of the framework itself: what does not parse, is too large, has no such method.
        None if is_error && plain(response.headers()) => {
            let (parts, body) = response.into_parts();
            let text = axum::body::to_bytes(body, 4096).await.unwrap_or_default();
            let mut page = render(web, info, &Problem::from_status(code, &String::from_utf8_lossy(&text)), code);
            for name in [header::ALLOW, header::RETRY_AFTER] {
                if let Some(value) = parts.headers.get(&name) {
                    page.headers_mut().insert(name, value.clone());
                }
            }
            page
        }
        None => response,
    };
    let is_page = response.headers().get(header::CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/html"));
    if info.flash.is_some() && is_page && info.wants == Wants::Page && !response.status().is_redirection() {
        let forget = Cookie::forget(cookie::FLASH, web.secure());
        response.headers_mut().append(SET_COOKIE, forget.header());
    }
    response
}

fn sign_in(info: &Info) -> Response {
    let next = if info.here == "/" { "" } else { &info.here };
    see_other(Href::new("/dang-nhap").with("next", next))
}

/// Innermost layer, around each routed handler: right, CSRF, time limit.
pub(crate) async fn route(State(web): State<Web>, request: Request, next: Next) -> Response {
    let Some(info) = request.extensions().get::<Arc<Info>>().cloned() else {
        return WebError(Error::new(Kind::Bug, "request came in past the session layer")).into_response();
    };
    let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let Some(policy) = find(&web, request.method(), path).cloned() else {
        if let Some(allow) = offered(&web, path) {
            return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, allow)]).into_response();
        }
        let message = format!("route {} {path} has no right; add it through Routes", request.method());
        return WebError(Error::new(Kind::Bug, message)).into_response();
    };
    if let Err(refused) = allowed(&info, &policy) {
        if let Some(session) = &info.session {
            // Somebody who is signed in asks for what their roles do not include: by a stale page, or on purpose.
            tracing::warn!(
                request.id = %info.request, account.id = %session.principal.account, http.method = %policy.method,
                url.path = %info.path, client.address = ?info.peer, "a right is missing"
            );
        }
        return refused.into_response();
    }
    if let Some(response) = detour(&info, &policy) {
        return response;
    }
    let request = match check_csrf(&web, &info, &policy, request).await {
        Ok(request) => request,
        Err(refused) => return refused.into_response(),
    };
    match tokio::time::timeout(policy.timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let secs = policy.timeout.as_secs();
            let message = format!("no answer within {secs} s; narrow the request or try again later");
            WebError(Error::new(Kind::Unavailable, message)).into_response()
        }
    }
}

/// HEAD asks for what GET would give.
fn find<'w>(web: &'w Web, method: &Method, path: &str) -> Option<&'w RoutePolicy> {
    let method = if method == Method::HEAD { &Method::GET } else { method };
    web.policies().iter().find(|p| p.path == path && p.method == *method)
}

/// The methods a path takes, as the header `Allow` says them (RFC 9110, section 15.5.6); `None` when it is no path of ours.
fn offered(web: &Web, path: &str) -> Option<String> {
    let of_path = web.policies().iter().filter(|p| p.path == path);
    let mut methods: Vec<&str> = of_path.map(|p| p.method.as_str()).collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    (!methods.is_empty()).then(|| methods.join(", "))
}

fn allowed(info: &Info, policy: &RoutePolicy) -> Result<(), WebError> {
    let action = match policy.access {
        Access::Public | Access::Bearer => return Ok(()),
        Access::SignedIn => None,
        Access::May(action) => Some(action),
    };
    let Some(session) = &info.session else {
        return Err(Error::new(Kind::Unauthenticated, "sign in first").into());
    };
    match action {
        // One's own account and the live stream of one's pages: for people.
        None if session.via == Via::Token => {
            let message = "a token opens no page of one's own account; sign in for that";
            Err(Error::new(Kind::Forbidden, message).into())
        }
        Some(action) if !session.principal.may(action) => {
            let whose = if session.via == Via::Token { "this token does" } else { "your roles do" };
            let message = format!("{whose} not include the right '{}'", action.as_str());
            Err(Error::new(Kind::Forbidden, message).into())
        }
        _ => Ok(()),
    }
}

/// A person with a detour (a password to change) may go there and below, sign out, and nowhere else.
fn detour(info: &Info, policy: &RoutePolicy) -> Option<Response> {
    let to = info.session.as_ref()?.detour?;
    let there = policy.path.strip_prefix(to).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let free = matches!(policy.access, Access::Public | Access::Bearer) || there || policy.path == "/dang-xuat";
    match info.wants {
        _ if free => None,
        Wants::Page => Some(see_other(to)),
        Wants::Fragment | Wants::Json => {
            let message = format!("go to {to} first");
            Some(WebError(Error::new(Kind::Forbidden, message)).into_response())
        }
    }
}

async fn check_csrf(web: &Web, info: &Info, policy: &RoutePolicy, request: Request) -> Result<Request, WebError> {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let by_token = info.session.as_ref().is_some_and(|s| s.via == Via::Token);
    if safe || policy.access == Access::Bearer || by_token {
        return Ok(request);
    }
    let refuse = |why: &str| {
        tracing::warn!(request.id = %info.request, url.path = %info.path, reason = why, "form refused");
        WebError(Error::new(Kind::Forbidden, format!("the form was refused: {why}; open the page again and repeat")))
    };
    if !same_origin(request.uri(), request.headers()) {
        return Err(refuse("it was sent from another site"));
    }
    let accepts = |token: &str| web.0.key.accepts(token, &info.binding);
    let (request, form) = read_form(request).await?;
    if let Some(token) = request.headers().get(csrf::HEADER).and_then(|v| v.to_str().ok()) {
        return if accepts(token) { Ok(request) } else { Err(refuse("its token is not of this session")) };
    }
    if let Some(token) = value_of(request.uri().query().unwrap_or("").as_bytes()) {
        return if accepts(&token) { Ok(request) } else { Err(refuse("its token is not of this session")) };
    }
    match value_of(&form) {
        Some(token) if accepts(&token) => Ok(request),
        Some(_) => Err(refuse("its token is not of this session")),
        None => Err(refuse("it carries no token")),
    }
}

/// The pairs of a form, without zero characters, and the request with them put back; no pairs for other bodies, which
/// are left unread.
async fn read_form(request: Request) -> Result<(Request, Bytes), WebError> {
    let is_form = request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|t| t.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    if !is_form {
        return Ok((request, Bytes::new()));
    }
    let (mut parts, body) = request.into_parts();
    let too_long =
        |_| WebError(Error::new(Kind::Invalid, format!("the form is longer than {MAX_FORM} bytes; shorten it")));
    let mut form = axum::body::to_bytes(body, MAX_FORM).await.map_err(too_long)?;
    if let Some(text) = std::str::from_utf8(&form).ok().filter(|text| text.contains(ZERO)) {
        form = Bytes::from(text.replace(ZERO, REPLACED));
        parts.headers.insert(header::CONTENT_LENGTH, form.len().into());
    }
    Ok((Request::from_parts(parts, Body::from(form.clone())), form))
}

/// The token among urlencoded pairs. Tokens consist of unreserved characters, so nothing needs decoding.
fn value_of(pairs: &[u8]) -> Option<String> {
    pairs
        .split(|b| *b == b'&')
        .filter_map(|pair| pair.strip_prefix(csrf::FIELD.as_bytes())?.strip_prefix(b"="))
        .find_map(|value| String::from_utf8(value.to_vec()).ok())
}

/// What the browser says about where a form comes from (Fetch Metadata, else Origin); silence is
/// left to the token.
fn same_origin(uri: &Uri, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    match (text("origin"), host(uri, headers)) {
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, h)| h.eq_ignore_ascii_case(host)),
        (Some(_), None) => false,
        (None, _) => true,
    }
}

/// The host asked for: HTTP/1.1 says it in a header, HTTP/2 in the address.
fn host<'r>(uri: &'r Uri, headers: &'r HeaderMap) -> Option<&'r str> {
    let header = headers.get(header::HOST).and_then(|v| v.to_str().ok());
    header.or_else(|| uri.authority().map(http::uri::Authority::as_str))
}
