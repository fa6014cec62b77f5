//! `/quy-tac/luat/{id}/bo-loc-moi`: a new tuning filter; first a look at what it would hide.

use super::{in_words, rule_href};
use crate::model::Condition;
use crate::model::filter::{FilterInput, MAX_CONDITIONS, MAX_DAYS};
use crate::ops::read_rules;
use crate::ops::tune_rule::{LOOK_BACK_DAYS, Trial, add_filter, try_filter};
use crate::ports::RulesPorts;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use base_authz::Action;
use base_core::{FieldError, Kind, Result};
use base_ui::{
    Column, Field, Href, Row, Tone, actions, card, error_summary, field_error, notice, page_head, section, time_full,
};
use base_web::{Ctx, News, WebResult};
use engine_event::{CommonField, Event};
use maud::{Markup, html};
use serde::Deserialize;

/// What the form sends; a link with conditions shows at once what they would have hidden.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Input {
    field1: String,
    value1: String,
    field2: String,
    value2: String,
    field3: String,
    value3: String,
    field4: String,
    value4: String,
    field5: String,
    value5: String,
    until: String,
    reason: String,
    /// `try` to look only.
    act: String,
}

impl Input {
    fn pairs(&self) -> [(&str, &str); MAX_CONDITIONS] {
        [
            (&self.field1, &self.value1),
            (&self.field2, &self.value2),
            (&self.field3, &self.value3),
            (&self.field4, &self.value4),
            (&self.field5, &self.value5),
        ]
    }

    fn conditions(&self) -> Vec<Condition> {
        self.pairs().map(|(field, value)| Condition { field: field.to_owned(), value: value.to_owned() }).to_vec()
    }

    fn input(&self) -> FilterInput {
        FilterInput { conditions: self.conditions(), until: self.until.clone(), reason: self.reason.clone() }
    }

    fn is_begun(&self) -> bool {
        self.pairs().iter().any(|(f, v)| !f.is_empty() || !v.is_empty())
    }
}

/// `GET …/bo-loc-moi`: the form; with conditions, what they would have hidden.
pub(super) async fn form(
    ctx: Ctx,
    Extension(ports): Extension<RulesPorts>,
    Path(id): Path<String>,
    Query(input): Query<Input>,
) -> WebResult<Response> {
    ctx.require(Action::RulesTune)?;
    if !input.is_begun() {
        return Ok(page(&ctx, &ports, &id, &input, &[], None).await?.into_response());
    }
    look(&ctx, &ports, &id, &input).await
}

async fn look(ctx: &Ctx, ports: &RulesPorts, id: &str, input: &Input) -> WebResult<Response> {
    match try_filter(ports, ctx, id, &input.conditions()).await {
        Ok(trial) => Ok(page(ctx, ports, id, input, &[], Some(&trial)).await?.into_response()),
        Err(error) if error.kind == Kind::Invalid => refused(ctx, ports, id, input, error.fields).await,
        Err(error) => Err(error.into()),
    }
}

/// `POST …/bo-loc-moi`: looks, or keeps the filter.
pub(super) async fn submit(
    ctx: Ctx,
    Extension(ports): Extension<RulesPorts>,
    Path(id): Path<String>,
    Form(input): Form<Input>,
) -> WebResult<Response> {
    if input.act == "try" {
        return look(&ctx, &ports, &id, &input).await;
    }
    match add_filter(ctx.db(), ctx.web.ids(), &ports, &ctx, &id, &input.input()).await {
        Ok(filter) => {
            ctx.web.news().send(News::new(crate::TOPIC, Action::RulesRead));
            Ok(ctx.done(Href::new("/quy-tac/bo-loc").segment(&filter), ctx.tr.t("rules-filter-done")))
        }
        Err(error) if error.kind == Kind::Invalid => refused(&ctx, &ports, &id, &input, error.fields).await,
        Err(error) => Err(error.into()),
    }
}

async fn refused(
    ctx: &Ctx,
    ports: &RulesPorts,
    id: &str,
    input: &Input,
    fields: Vec<FieldError>,
) -> WebResult<Response> {
    let errors = in_words(ctx, fields);
    let page = page(ctx, ports, id, input, &errors, None).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn page(
    ctx: &Ctx,
    ports: &RulesPorts,
    id: &str,
    input: &Input,
    errors: &[FieldError],
    trial: Option<&Trial>,
) -> Result<Markup> {
    let full = read_rules::one(ctx.db(), ports, ctx, id).await?;
    let tr = &ctx.tr;
    let title = tr.t("rules-filter-new");
    let until = if input.until.is_empty() { day(ctx, 14) } else { input.until.clone() };
    let content = html! {
        (page_head(&title, Some(full.live.info.title_in(tr.lang())), html! {
            a class="button button-quiet" href=(rule_href(id)) { (tr.t("rules-cancel")) }
        }))
        (error_summary(tr, errors))
        (card(&tr.t("rules-filter-what"), html! {
            p class="lead" { (tr.t("rules-filter-lead")) }
            form method="post" action=(rule_href(id).segment("bo-loc-moi")) {
                (ctx.csrf_field())
                (condition_fields(ctx, input, errors))
                (Field::input("date", "until", &tr.t("rules-filter-until")).value(until).required()
                    .hint(&tr.ta("rules-filter-until-hint", &[("days", &MAX_DAYS)])).error(field_error(errors, "until")).render())
                (Field::area("reason", &tr.t("rules-reason"), 2).value(&input.reason).max(1000)
                    .hint(&tr.t("rules-filter-reason-hint")).error(field_error(errors, "reason")).render())
                (actions(html! {
                    button type="submit" class="button" name="act" value="try" formnovalidate { (tr.t("rules-filter-try")) }
                    button type="submit" class="button button-primary" { (tr.t("rules-filter-keep")) }
                }))
            }
        }))
        @if let Some(trial) = trial { (outcome(ctx, trial)) }
    };
    Ok(ctx.page(&title, content))
}

/// A day so many days from now, as a date field wants it.
fn day(ctx: &Ctx, days: i64) -> String {
    // Seven hours ahead of UTC, so that the day is that of Cà Mau.
    ctx.now.plus_secs(days * 86_400 + 7 * 3_600).utc_day()
}

fn condition_fields(ctx: &Ctx, input: &Input, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let pairs = input.pairs();
    // One more than is filled in, at least two.
    let filled = pairs.iter().rposition(|(f, v)| !f.is_empty() || !v.is_empty()).map_or(0, |n| n + 1);
    let shown = (filled + 1).clamp(2, MAX_CONDITIONS);
    html! {
        @for (n, (field, value)) in (1..).zip(pairs.into_iter().take(shown)) {
            @let names = (format!("field{n}"), format!("value{n}"));
            fieldset {
                legend { (tr.ta("rules-condition-n", &[("n", &n)])) }
                (Field::text(&names.0, &tr.t("rules-condition-field")).value(field).placeholder("Image, user.name…").max(120)
                    .error(field_error(errors, &names.0)).render())
                (Field::text(&names.1, &tr.t("rules-condition-value")).value(value).max(500)
                    .hint(&tr.t("rules-condition-value-hint")).error(field_error(errors, &names.1)).render())
            }
        }
    }
}

/// What the filter would have hidden.
fn outcome(ctx: &Ctx, trial: &Trial) -> Markup {
    let tr = &ctx.tr;
    let said =
        tr.ta("rules-trial-said", &[("hidden", &trial.hidden), ("fitting", &trial.fitting), ("days", &LOOK_BACK_DAYS)]);
    let columns = [
        Column::narrow(tr.t("rules-hidden-time")),
        Column::text(tr.t("rules-hidden-host")),
        Column::text(tr.t("rules-hidden-fields")),
    ];
    let rows = trial.events.iter().map(|e| {
        Row::new(vec![
            html! { a href=(Href::new("/su-kien").segment(e.id.to_string())) { (time_full(tr, e.time)) } },
            html! { span class="mono" { (e.common.get(CommonField::HostName).unwrap_or("—")) } },
            html! { span class="mono small" { (summary(e)) } },
        ])
    });
    let title = tr.t("rules-trial");
    section(
        &title,
        html! {},
        html! {
            (notice(if trial.hidden == 0 { Tone::Info } else { Tone::Warn }, html! {
                p { (said) }
                @if trial.cut { p { (tr.t("rules-trial-cut")) } }
            }))
            @if !trial.events.is_empty() { (base_ui::table(&title, &columns, None, rows.collect())) }
        },
    )
}

/// The common columns that say most of an event, in one line.
fn summary(event: &Event) -> String {
    const COLUMNS: [CommonField; 5] = [
        CommonField::UserName,
        CommonField::SourceIp,
        CommonField::ProcessExecutable,
        CommonField::ProcessCommandLine,
        CommonField::UrlOriginal,
    ];
    let known = COLUMNS.iter().filter_map(|c| event.common.get(*c).map(|v| format!("{}={v}", c.name())));
    let text = known.collect::<Vec<_>>().join(" ");
    let text = if text.is_empty() { event.raw_text().into_owned() } else { text };
    text.chars().take(300).collect()
}
