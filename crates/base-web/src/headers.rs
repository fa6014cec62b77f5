//! Headers of every answer: what the browser may load, run and show.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{self, HeaderName, HeaderValue};

/// Everything from here, nothing inline, nothing evaluated, never in a frame.
/// The reasons per line are in `docs/security/browser.md`.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
                   connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const ALWAYS: &[(&str, &str)] = &[
    ("content-security-policy", CSP),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
];

/// A year, with the names below the console's, of which there are none. Browsers ignore it where the
/// certificate is not trusted (RFC 6797, section 8.1), so the self-made one locks nobody out.
const HSTS: &str = "max-age=31536000; includeSubDomains";

/// Sets the headers; pages are not kept by the browser unless their handler says otherwise.
pub(crate) async fn set(State(secure): State<bool>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
    // On a shared machine the "back" button must not show a page after sign-out.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn_with_state;
    use tower::ServiceExt as _;

    #[tokio::test]
    async fn with_tls_browsers_are_told_to_insist_on_it() {
        let ask = async |secure: bool| {
            let router: Router = Router::new().layer(from_fn_with_state(secure, set));
            let answer = router.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
            answer.headers().get(header::STRICT_TRANSPORT_SECURITY).cloned()
        };
        assert_eq!(ask(true).await, Some(HeaderValue::from_static("max-age=31536000; includeSubDomains")));
        assert_eq!(ask(false).await, None);
    }
}
