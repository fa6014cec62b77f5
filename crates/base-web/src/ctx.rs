//! The context of a request: who asks, in which language, and the tools of a page.

use crate::cookie::{self, Cookie};
use crate::info::{Info, Wants};
use crate::person::Person;
use crate::ports::Session;
use crate::reply::{csrf_input, frame, see_other};
use crate::{Web, WebError};
use axum::extract::FromRequestParts;
use axum::response::Response;
use base_authz::Caller;
use base_core::{Error, Kind};
use base_db::Db;
use base_i18n::Tr;
use base_ui::{Crumb, Flash, Href, Tone};
use http::header::SET_COOKIE;
use http::request::Parts;
use maud::Markup;
use std::ops::Deref;
use std::sync::Arc;

/// A request of a signed-in person. Dereferences to the [`Caller`] that operations take.
#[derive(Clone, Debug)]
pub struct Ctx {
    /// What every handler can reach.
    pub web: Web,
    /// Texts in the person's language.
    pub tr: Tr,
    /// Who asks.
    pub caller: Caller,
    /// The session.
    pub session: Arc<Session>,
    info: Arc<Info>,
}

impl Deref for Ctx {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

/// A request of anybody, signed in or not: sign-in and first-start pages.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// What every handler can reach.
    pub web: Web,
    /// Texts in the language chosen in this browser.
    pub tr: Tr,
    /// The session, for who has one.
    pub session: Option<Arc<Session>>,
    info: Arc<Info>,
}

impl FromRequestParts<Web> for Visitor {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, WebError> {
        // Set by the outermost layer; its absence is a defect of the wiring.
        let missing = || Error::new(Kind::Bug, "request came in past the session layer");
        let info = parts.extensions.get::<Arc<Info>>().cloned().ok_or_else(missing)?;
        let tr = Tr::new(info.lang, Arc::clone(web.strings()));
        Ok(Self { web: web.clone(), tr, session: info.session.clone(), info })
    }
}

impl FromRequestParts<Web> for Ctx {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, WebError> {
        let Visitor { web, tr, session, info } = Visitor::from_request_parts(parts, web).await?;
        let session = session.ok_or_else(|| Error::new(Kind::Unauthenticated, "sign in first"))?;
        let caller = Caller {
            principal: Arc::clone(&session.principal),
            peer: info.peer,
            request: info.request.clone(),
            now: info.now,
        };
        Ok(Self { web, tr, caller, session, info })
    }
}

impl Visitor {
    /// The caller of operations that need nobody: the named part of the program, from the asker's address.
    #[must_use]
    pub fn caller(&self, part: &'static str) -> Caller {
        let mut caller = Caller::system(part, self.info.now);
        caller.peer = self.info.peer;
        caller.request.clone_from(&self.info.request);
        caller
    }

    /// The records.
    #[must_use]
    pub fn db(&self) -> &Db {
        self.web.db()
    }

    /// A page without navigation.
    #[must_use]
    pub fn plain(&self, title: &str, content: Markup) -> Markup {
        frame(&self.web, &self.info, &self.tr).as_frame(&self.tr, title).plain(content)
    }

    /// The hidden field every form sent by POST carries.
    #[must_use]
    pub fn csrf_field(&self) -> Markup {
        csrf_input(&self.web.0.key.token(&self.info.binding))
    }
}

impl Ctx {
    /// The records.
    #[must_use]
    pub fn db(&self) -> &Db {
        self.web.db()
    }

    /// A page in its frame: navigation, header, flash message.
    #[must_use]
    pub fn page(&self, title: &str, content: Markup) -> Markup {
        frame(&self.web, &self.info, &self.tr).as_frame(&self.tr, title).page(content)
    }

    /// A page below others that have no fixed address: `steps` come between the area's page and this one.
    #[must_use]
    pub fn page_below(&self, title: &str, steps: &[(String, Href)], content: Markup) -> Markup {
        let mut frame = frame(&self.web, &self.info, &self.tr);
        let steps = steps.iter().map(|(label, href)| Crumb { label: label.clone(), href: href.clone() });
        frame.crumbs.extend(steps);
        frame.as_frame(&self.tr, title).page(content)
    }

    pub(crate) fn person(&self) -> &Person {
        &self.info.person
    }

    /// Whether a script of ours asks for a part of a page (htmx, live fragment) rather than the whole.
    #[must_use]
    pub fn is_fragment(&self) -> bool {
        self.info.wants == Wants::Fragment
    }

    /// The part alone for a script of ours, the page made by `whole` for a browser.
    #[must_use]
    pub fn fragment_or(&self, part: Markup, whole: impl FnOnce(Markup) -> Markup) -> Markup {
        if self.is_fragment() { part } else { whole(part) }
    }

    /// The hidden field every form sent by POST carries.
    #[must_use]
    pub fn csrf_field(&self) -> Markup {
        csrf_input(&self.web.0.key.token(&self.info.binding))
    }

    /// The address for a multipart form (file upload), whose body is not read before its handler:
    /// the token travels in the query.
    #[must_use]
    pub fn csrf_action(&self, path: &str) -> String {
        format!("{path}?{}={}", crate::csrf::FIELD, self.web.0.key.token(&self.info.binding))
    }

    /// Path and query of this request.
    #[must_use]
    pub fn here(&self) -> &str {
        &self.info.here
    }

    /// Goes on to `to` and says `text` there, once.
    #[must_use]
    pub fn done(&self, to: impl Into<String>, text: impl Into<String>) -> Response {
        self.flash(to, Tone::Good, text)
    }

    /// Goes on to `to` and says `text` there in this tone, once.
    #[must_use]
    pub fn flash(&self, to: impl Into<String>, tone: Tone, text: impl Into<String>) -> Response {
        let cookie = flash_cookie(&self.web, &Flash { tone, text: text.into() });
        let mut response = see_other(to);
        response.headers_mut().append(SET_COOKIE, cookie.header());
        response
    }
}

/// Flash messages wait in a signed cookie of a minute: no table, and nobody else can write one.
pub(crate) fn flash_cookie(web: &Web, flash: &Flash) -> Cookie {
    let text = format!("{}{}", tone_letter(flash.tone), flash.text.chars().take(600).collect::<String>());
    Cookie::new(cookie::FLASH, web.0.key.sign("flash", &text), web.secure()).max_age(60)
}

pub(crate) fn read_flash(web: &Web, value: &str) -> Option<Flash> {
    let text = web.0.key.unsign("flash", value)?;
    let mut chars = text.chars();
    let letter = chars.next()?;
    let tone = TONES.into_iter().find(|t| tone_letter(*t) == letter)?;
    Some(Flash { tone, text: chars.as_str().to_owned() })
}

const TONES: [Tone; 5] = [Tone::Neutral, Tone::Info, Tone::Good, Tone::Warn, Tone::Bad];

const fn tone_letter(tone: Tone) -> char {
    match tone {
        Tone::Neutral => 'n',
        Tone::Info => 'i',
        Tone::Good => 'g',
        Tone::Warn => 'w',
        Tone::Bad => 'b',
    }
}
