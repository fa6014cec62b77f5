//! Language and theme: kept in a cookie for this browser, and with the account for who is signed in.

use crate::cookie::{self, Cookie};
use crate::reply::{safe_next, see_other};
use crate::{Visitor, WebResult};
use axum::Form;
use base_core::Lang;
use base_ui::Theme;
use http::header::SET_COOKIE;
use serde::Deserialize;

/// One year, in seconds.
const KEEP: i64 = 365 * 86_400;

#[derive(Debug, Deserialize)]
pub(crate) struct Choice {
    lang: Option<String>,
    theme: Option<String>,
    next: Option<String>,
}

/// `POST /tuy-chon`
pub(crate) async fn choose(visitor: Visitor, Form(choice): Form<Choice>) -> WebResult {
    let lang = choice.lang.as_deref().and_then(Lang::from_tag);
    let theme = choice.theme.as_deref().map(Theme::parse);
    if let Some(session) = &visitor.session {
        visitor.web.sessions().prefer(&session.principal.account, lang, theme).await?;
    }
    let mut response = see_other(safe_next(choice.next.as_deref().unwrap_or("/")));
    let secure = visitor.web.secure();
    let mut keep = |name, value| {
        response.headers_mut().append(SET_COOKIE, Cookie::new(name, value, secure).max_age(KEEP).header());
    };
    if let Some(lang) = lang {
        keep(cookie::LANG, lang.tag());
    }
    if let Some(theme) = theme {
        keep(cookie::THEME, theme.as_str());
    }
    Ok(response)
}
