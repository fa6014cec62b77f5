//! `GET /phien`: whether the session still stands, and the token for forms that it gives.
//!
//! A page that has been open for long asks before it sends a form. Another site can send this request but cannot read
//! the answer, and the token is bound to the session like that of every page.

use base_web::Ctx;

/// The token, as plain text; 401 when the session has ended.
pub(crate) async fn token(ctx: Ctx) -> String {
    ctx.csrf_action("").rsplit('=').next().unwrap_or_default().to_owned()
}
