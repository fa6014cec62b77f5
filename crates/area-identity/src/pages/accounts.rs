//! `/quan-tri/tai-khoan`: all accounts.

use super::{grant_badge, role_options};
use crate::model::account::{Account, StoredGrant};
use crate::{Identity, store};
use axum::Extension;
use axum::extract::Query;
use base_authz::Action;
use base_core::AccountId;
use base_core::fold::fold;
use base_ui::{Column, Field, Href, List, Page, Row, Sort, Tone, badge, empty, filter_bar, page_head, time};
use base_web::{Ctx, WebResult};
use maud::{Markup, html};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(super) const PAGE: &str = "/quan-tri/tai-khoan";
const ROWS: i64 = 50;

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Filter {
    #[serde(default)]
    q: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    sort: String,
    #[serde(default)]
    dir: String,
    page: Option<i64>,
}

type Grants = BTreeMap<AccountId, Vec<StoredGrant>>;

pub(crate) async fn show(
    ctx: Ctx,
    Extension(identity): Extension<Arc<Identity>>,
    Query(filter): Query<Filter>,
) -> WebResult<Markup> {
    ctx.require(Action::AccountsRead)?;
    let grants = store::grant::held_by_all(&identity.db, ctx.now).await?;
    let holders = store::factor::holders(&identity.db).await?;
    let mut accounts = store::account::list(&identity.db).await?;
    accounts.retain(|a| fits(a, grants.get(&a.id), &filter));
    let descending = filter.dir == "desc";
    match filter.sort.as_str() {
        "name" => accounts.sort_by_key(|a| fold(&a.name)),
        "seen" => accounts.sort_by_key(|a| a.last_sign_in),
        _ => {}
    }
    if descending {
        accounts.reverse();
    }
    Ok(view(&ctx, &filter, &accounts, (&grants, &holders)))
}

fn fits(account: &Account, grants: Option<&Vec<StoredGrant>>, filter: &Filter) -> bool {
    let q = fold(filter.q.trim());
    let text = q.is_empty() || fold(&account.name).contains(&q) || account.login.contains(&q);
    let role =
        filter.role.is_empty() || grants.is_some_and(|held| held.iter().any(|g| g.grant.role.as_str() == filter.role));
    text && role
}

fn view(
    ctx: &Ctx,
    filter: &Filter,
    accounts: &[Account],
    (grants, holders): (&Grants, &BTreeSet<AccountId>),
) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("identity-accounts-title");
    let here = Href::new(PAGE)
        .with("q", &filter.q)
        .with("role", &filter.role)
        .with("sort", &filter.sort)
        .with("dir", &filter.dir);
    let page = Page::new(filter.page, ROWS);
    let total = i64::try_from(accounts.len()).unwrap_or(i64::MAX);
    let skip = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    let take = usize::try_from(page.size).unwrap_or(usize::MAX);
    let shown = accounts.iter().skip(skip).take(take);
    let rows: Vec<Row> = shown.map(|a| row(ctx, a, grants.get(&a.id), holders.contains(&a.id))).collect();
    let mut roles = vec![(String::new(), tr.t("identity-any-role"))];
    roles.extend(role_options(tr));
    let add = html! {
        @if ctx.may(Action::AccountsManage) {
            a class="button" href=(super::providers::PAGE) { (tr.t("identity-providers")) }
            a class="button button-primary" href="/quan-tri/tai-khoan/moi" { (tr.t("identity-account-new")) }
        }
    };
    let columns = vec![
        Column::text(tr.t("identity-name")).sorted_by("name"),
        Column::text(tr.t("identity-login")).sorted_by("").named("login"),
        Column::text(tr.t("identity-roles")).named("roles"),
        Column::narrow(tr.t("identity-last-sign-in")).sorted_by("seen").named("seen"),
        Column::narrow(tr.t("identity-factor-short")).named("factor"),
        Column::narrow(tr.t("identity-state")).named("state"),
        Column::text(tr.t("identity-email")).extra("email"),
        Column::narrow(tr.t("identity-made")).extra("made"),
    ];
    let sort = Sort { key: &filter.sort, descending: filter.dir == "desc", href: &here };
    let content = html! {
        (page_head(&title, Some(&tr.t("identity-accounts-lead")), add))
        (filter_bar(tr, PAGE, html! {
            (Field::input("search", "q", &tr.t("identity-search")).value(&*filter.q).render())
            (Field::select("role", &tr.t("identity-role"), roles).value(&*filter.role).submit_on_change().render())
        }))
        @if rows.is_empty() {
            (base_ui::card(&title, empty(&tr.t("identity-accounts-none"), &tr.t("identity-accounts-none-hint"), None)))
        } @else {
            (List::new("accounts", &title, columns, rows).sort(sort).page(page, total, &here)
                .chosen(ctx.columns("accounts")).render(tr, ctx.csrf_field(), ctx.here()))
        }
    };
    ctx.page(&title, content)
}

fn row(ctx: &Ctx, account: &Account, grants: Option<&Vec<StoredGrant>>, has_factor: bool) -> Row {
    let tr = &ctx.tr;
    let units = ctx.web.units().as_ref();
    Row::new(vec![
        html! { a href=(Href::new(PAGE).segment(account.id.as_str())) { (account.name) } },
        html! { code { (account.login) } },
        html! { span class="row" { @for grant in grants.into_iter().flatten() { (grant_badge(tr, units, grant)) } } },
        html! { @match account.last_sign_in { Some(at) => { (time(tr, at, ctx.now)) } None => { span class="muted" { (tr.t("identity-never")) } } } },
        html! { @if has_factor { (badge(Tone::Good, &tr.t("identity-factor-on"))) } @else { span class="muted" { (tr.t("identity-factor-off")) } } },
        state(ctx, account),
        html! { (account.email.as_deref().unwrap_or("—")) },
        time(tr, account.created_at, ctx.now),
    ])
}

pub(super) fn state(ctx: &Ctx, account: &Account) -> Markup {
    let tr = &ctx.tr;
    if account.locked_at.is_some() {
        badge(Tone::Bad, &tr.t("identity-state-locked"))
    } else if account.must_change {
        badge(Tone::Warn, &tr.t("identity-state-must-change"))
    } else {
        badge(Tone::Good, &tr.t("identity-state-active"))
    }
}
