//! `/tai-khoan-cua-toi`: the person's own account and sessions.

use super::{delegations, grant_badge, links, period, tokens};
use crate::model::account::{Account, StoredGrant};
use crate::port::{FACTOR_PAGE, IDLE_SECS};
use crate::store::session::Open;
use crate::{Identity, ops, store};
use axum::Extension;
use axum::extract::Path;
use base_ui::{Column, Row, Tone, badge, button, kv, page_head, section, table, time, time_full};
use base_web::{Ctx, WebResult};
use maud::{Markup, html};
use std::sync::Arc;

const PAGE: &str = "/tai-khoan-cua-toi";

pub(crate) async fn show(ctx: Ctx, Extension(identity): Extension<Arc<Identity>>) -> WebResult<Markup> {
    let id = &ctx.principal.account;
    let account = store::account::get(&identity.db, id).await?;
    let grants = store::grant::held(&identity.db, id, ctx.now).await?;
    let sessions = store::session::open(&identity.db, id, ctx.now, IDLE_SECS).await?;
    let factor = store::factor::any(&identity.db, id).await?;
    let left = store::factor::recovery_left(&identity.db, id).await?;
    let tr = &ctx.tr;
    let title = tr.t("identity-me-title");
    let change = html! {
        a class="button" href=(links::PAGE) { (tr.t("identity-links")) }
        a class="button" href=(tokens::PAGE) { (tr.t("identity-tokens")) }
        a class="button" href=(delegations::PAGE) { (tr.t("identity-delegations")) }
        a class="button" href="/tai-khoan-cua-toi/phim-tat" { (tr.t("identity-keys")) }
        a class="button" href="/tai-khoan-cua-toi/mat-khau" { (tr.t("identity-change-password")) }
    };
    let others = html! {
        @if sessions.len() > 1 {
            form method="post" action="/tai-khoan-cua-toi/phien/thu-hoi-phien-khac" {
                (ctx.csrf_field())
                (button(&tr.t("identity-sessions-end-others"), "button-quiet"))
            }
        }
    };
    let content = html! {
        (page_head(&title, None, change))
        (section(&tr.t("identity-me-facts"), html! {}, facts(&ctx, &account, &grants)))
        (section(&tr.t("identity-factor"), html! {}, factor_card(&ctx, factor, left)))
        (section(&tr.t("identity-sessions"), others, sessions_table(&ctx, sessions)))
    };
    Ok(ctx.page(&title, content))
}

/// Recovery codes that remain when it is time to make new ones.
const FEW_CODES: i64 = 3;

fn factor_card(ctx: &Ctx, has_factor: bool, left: i64) -> Markup {
    let tr = &ctx.tr;
    let (state, to) = match has_factor {
        true => (badge(Tone::Good, &tr.t("identity-factor-on")), tr.t("identity-factor-manage")),
        false => (badge(Tone::Warn, &tr.t("identity-factor-off")), tr.t("identity-factor-enrol")),
    };
    let mut rows = vec![(tr.t("identity-state"), state)];
    if has_factor {
        let tone = if left <= FEW_CODES { Tone::Warn } else { Tone::Neutral };
        rows.push((tr.t("identity-recovery"), badge(tone, &tr.ta("identity-recovery-left", &[("n", &left)]))));
    }
    html! {
        (kv(&rows))
        p { a class="button" href=(FACTOR_PAGE) { (to) } }
    }
}

fn facts(ctx: &Ctx, account: &Account, grants: &[StoredGrant]) -> Markup {
    let tr = &ctx.tr;
    kv(&[
        (tr.t("identity-name"), html! { (account.name) }),
        (tr.t("identity-login"), html! { code { (account.login) } }),
        (tr.t("identity-email"), html! { (account.email.as_deref().unwrap_or("—")) }),
        (
            tr.t("identity-roles"),
            html! { @for grant in grants { div class="row" {
                (grant_badge(tr, ctx.web.units().as_ref(), grant)) " " span class="small" { (period(tr, grant, ctx.now)) }
                @if let Some(from) = &grant.delegated { " " span class="small muted" { (tr.ta("identity-delegated-by", &[("name", &from.by)])) } }
            } } },
        ),
        (tr.t("identity-password-changed"), time_full(tr, account.password_changed_at)),
        (tr.t("identity-made"), time_full(tr, account.created_at)),
    ])
}

fn sessions_table(ctx: &Ctx, sessions: Vec<Open>) -> Markup {
    let tr = &ctx.tr;
    let columns = [
        Column::text(tr.t("identity-session-browser")),
        Column::text(tr.t("identity-session-peer")),
        Column::narrow(tr.t("identity-session-since")),
        Column::narrow(tr.t("identity-session-seen")),
        Column::narrow(""),
    ];
    let rows = sessions.into_iter().map(|session| {
        let present = session.id == ctx.session.id;
        let end = html! {
            @if present { (badge(Tone::Good, &tr.t("identity-session-present"))) } @else {
                form method="post" action={ (PAGE) "/phien/" (session.id) "/thu-hoi" } {
                    (ctx.csrf_field())
                    (button(&tr.t("identity-session-end"), "button-danger"))
                }
            }
        };
        Row::new(vec![
            html! {
                (browser_name(session.agent.as_deref().unwrap_or("")))
                @if session.factor != "password" { " " (badge(Tone::Neutral, &tr.dynamic("identity-by-", &session.factor))) }
            },
            html! { (session.peer.as_deref().unwrap_or("—")) },
            time_full(tr, session.created_at),
            time(tr, session.last_seen, ctx.now),
            end,
        ])
    });
    table(&tr.t("identity-sessions"), &columns, None, rows.collect())
}

/// Program and system out of what a browser says of itself; enough to tell one's own sessions apart.
fn browser_name(agent: &str) -> String {
    let find =
        |names: &[(&str, &'static str)]| names.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name);
    // The order matters: Edge also says Chrome, Chrome also says Safari, Android also says Linux.
    let program = find(&[
        ("Edg/", "Edge"),
        ("coc_coc", "Cốc Cốc"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = find(&[
        ("Windows NT 10", "Windows 10/11"),
        ("Windows NT 6.1", "Windows 7"),
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (program, system) {
        (Some(program), Some(system)) => format!("{program} · {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) if agent.is_empty() => "—".to_owned(),
        (None, None) => agent.chars().take(40).collect(),
    }
}

pub(crate) async fn revoke(
    ctx: Ctx,
    Extension(identity): Extension<Arc<Identity>>,
    Path(session): Path<String>,
) -> WebResult {
    ops::revoke_session(&identity, &ctx, &session).await?;
    Ok(ctx.done(PAGE, ctx.tr.t("identity-session-ended")))
}

pub(crate) async fn revoke_others(ctx: Ctx, Extension(identity): Extension<Arc<Identity>>) -> WebResult {
    let ended = ops::revoke_other_sessions(&identity, &ctx, &ctx.session.id).await?;
    Ok(ctx.done(PAGE, ctx.tr.ta("identity-sessions-ended", &[("n", &ended)])))
}

#[cfg(test)]
mod tests {
    use super::browser_name;

    #[test]
    fn browsers_are_told_apart() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36 Edg/120.0";
        assert_eq!(browser_name(edge), "Edge · Windows 10/11");
        assert_eq!(
            browser_name("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
            "Firefox · Linux"
        );
        assert_eq!((browser_name(""), browser_name("curl/8")), ("—".to_owned(), "curl/8".to_owned()));
    }
}
