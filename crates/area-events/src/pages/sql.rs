//! `/tim-kiem/sql`: questions in SQL, for experts. Reading only; the table itself holds the scope.

use super::search_params::Params;
use crate::model::range::{Preset, field_text};
use crate::ops::ask_sql::{self, MAX_FILE_ROWS, MAX_ROWS};
use crate::ports::EventsPorts;
use axum::response::Response;
use axum::{Extension, Form};
use base_authz::Action;
use base_core::{Error, Result, Timestamp};
use base_ui::{Column, Field, Row, Tone, actions, button, card, code, empty, notice, page_head, section};
use base_web::{Csv, Ctx, WebResult, attachment};
use engine_lake::{LakeTables, MAX_SQL_CHARS, SqlError, SqlKind, SqlRows};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// What the form sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Question {
    sql: String,
    range: String,
    was: String,
    from: String,
    until: String,
    /// `csv` to take the answer out as a file.
    form: String,
}

impl Question {
    fn times(&self) -> Params {
        let Self { range, was, from, until, .. } = self.clone();
        Params { range, was, from, until, ..Params::default() }
    }

    fn span(&self, now: Timestamp) -> (Option<Timestamp>, Option<Timestamp>) {
        self.times().span(now)
    }
}

/// A statement to begin with.
const FIRST: &str = "SELECT host_name, count(*) AS n\nFROM events\nWHERE event_outcome = 'failure'\nGROUP BY host_name\nORDER BY n DESC\nLIMIT 20";

fn tables(ports: &EventsPorts) -> Result<&Arc<dyn LakeTables>> {
    ports.tables.as_ref().ok_or_else(|| Error::not_found("this lake takes no questions in SQL"))
}

/// `GET /tim-kiem/sql`
pub(super) async fn page(ctx: Ctx, Extension(ports): Extension<EventsPorts>) -> WebResult<Markup> {
    let tables = tables(&ports)?;
    let question = Question { sql: FIRST.to_owned(), ..Question::default() };
    Ok(whole(&ctx, &**tables, &question, &html! {}))
}

/// `POST /tim-kiem/sql`
pub(super) async fn ask(
    ctx: Ctx,
    Extension(ports): Extension<EventsPorts>,
    Form(question): Form<Question>,
) -> WebResult<Response> {
    let tables = tables(&ports)?;
    let as_file = question.form == "csv";
    let most = if as_file { MAX_FILE_ROWS } else { MAX_ROWS };
    let answer = ask_sql::ask(ctx.db(), &**tables, &ctx, &question.sql, question.span(ctx.now), most).await?;
    let shown = match answer {
        Ok(rows) if as_file => return Ok(file(&rows)),
        Ok(rows) => {
            let left_out = super::left_out(&ctx, &ports, question.span(ctx.now)).await;
            html! { (left_out) (answer_table(&ctx, &rows)) }
        }
        Err(error) => wrong(&ctx, &error),
    };
    Ok(axum::response::IntoResponse::into_response(whole(&ctx, &**tables, &question, &shown)))
}

fn whole(ctx: &Ctx, tables: &dyn LakeTables, question: &Question, answer: &Markup) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("events-sql-title");
    let content = html! {
        (page_head(&title, Some(&tr.t("events-sql-lead")), html! {
            a class="button button-quiet" href="/tim-kiem" { (tr.t("events-saved-back")) }
        }))
        (form(ctx, question))
        (answer)
        (help(ctx, tables))
    };
    ctx.page(&title, content)
}

fn form(ctx: &Ctx, question: &Question) -> Markup {
    let tr = &ctx.tr;
    let times = question.times();
    let mut presets: Vec<_> =
        Preset::ALL.into_iter().map(|p| (p.as_str().to_owned(), tr.dynamic("events-range-", p.as_str()))).collect();
    presets.push((String::new(), tr.t("events-range-own")));
    let chosen = times.preset().map_or("", Preset::as_str);
    let (from, until) = if chosen.is_empty() { times.span(ctx.now) } else { (None, None) };
    let text = |at: Option<Timestamp>| at.map(field_text).unwrap_or_default();
    let longest = u32::try_from(MAX_SQL_CHARS).unwrap_or(10_000);
    card(
        &tr.t("events-sql-question"),
        html! {
            form method="post" action="/tim-kiem/sql" class="sql-form" {
                (ctx.csrf_field())
                (Field::area("sql", &tr.t("events-sql-statement"), 8).value(question.sql.as_str()).max(longest).required().render())
                input type="hidden" name="was" value=(chosen);
                div class="filter-bar" {
                    (Field::select("range", &tr.t("events-search-range"), presets).value(chosen).render())
                    (Field::input("datetime-local", "from", &tr.t("events-search-from")).value(text(from)).render())
                    (Field::input("datetime-local", "until", &tr.t("events-search-until")).value(text(until)).render())
                }
                (actions(html! {
                    (button(&tr.t("events-sql-ask"), "button-primary"))
                    @if ctx.may(Action::EventsExport) {
                        button type="submit" class="button" name="form" value="csv" { (tr.t("events-export-csv")) }
                    }
                }))
                p class="small muted" { (tr.ta("events-sql-limits", &[("rows", &MAX_ROWS), ("seconds", &25), ("mb", &256)])) }
            }
        },
    )
}

/// What is wrong with the statement, or which limit it met, and what to do.
fn wrong(ctx: &Ctx, error: &SqlError) -> Markup {
    let tr = &ctx.tr;
    html! {
        div role="alert" {
            (notice(Tone::Bad, html! {
                p { strong { (tr.dynamic("events-sql-error-", error.key())) } }
                (code(&error.to_string()))
            }))
        }
    }
}

fn answer_table(ctx: &Ctx, answer: &SqlRows) -> Markup {
    let tr = &ctx.tr;
    let title = tr.ta("events-sql-answer", &[("n", &answer.rows.len())]);
    if answer.rows.is_empty() {
        return section(&title, html! {}, empty(&tr.t("events-sql-none"), &tr.t("events-sql-none-hint"), None));
    }
    let columns: Vec<Column> = answer
        .columns
        .iter()
        .map(|c| match c.kind {
            SqlKind::Number => Column::number(c.name.as_str()),
            SqlKind::Time | SqlKind::Bool => Column::narrow(c.name.as_str()),
            SqlKind::Text => Column::text(c.name.as_str()),
        })
        .collect();
    let cell = |(value, kind): (&Option<String>, SqlKind)| match value {
        None => html! { span class="muted" { "—" } },
        Some(value) => match (kind, Timestamp::parse_rfc3339(value)) {
            (SqlKind::Time, Some(at)) => html! { span class="nowrap" { (tr.time_secs(at)) } },
            _ => html! { span class="mono small" { (short(value)) } },
        },
    };
    let rows = answer
        .rows
        .iter()
        .map(|row| Row::new(row.iter().zip(answer.columns.iter().map(|c| c.kind)).map(cell).collect()));
    let table = base_ui::table(&title, &columns, None, rows.collect());
    section(
        &title,
        html! {},
        html! { @if answer.more { (notice(Tone::Warn, html! { p { (tr.ta("events-sql-more", &[("n", &answer.rows.len())])) } })) } (table) },
    )
}

fn short(text: &str) -> String {
    text.chars().take(600).collect()
}

fn file(answer: &SqlRows) -> Response {
    let names: Vec<&str> = answer.columns.iter().map(|c| c.name.as_str()).collect();
    let mut csv = Csv::new(&names);
    for row in &answer.rows {
        csv.row(&row.iter().map(|v| v.as_deref().unwrap_or_default()).collect::<Vec<_>>());
    }
    attachment("sql.csv", "text/csv; charset=utf-8", csv.take().into_bytes())
}

/// The table's columns and what the language offers beyond plain SQL.
fn help(ctx: &Ctx, tables: &dyn LakeTables) -> Markup {
    let tr = &ctx.tr;
    let examples = [
        (
            "SELECT count(*) FROM events WHERE matches('user.name:admin* AND NOT source.ip:10.0.0.0/8')",
            tr.t("events-sql-help-matches"),
        ),
        (
            "SELECT field('LogonType') AS t, count(*) FROM events WHERE event_code = '4624' GROUP BY t",
            tr.t("events-sql-help-field"),
        ),
        (
            "SELECT source_ip, count(*) AS n FROM events WHERE NOT in_network(source_ip, '10.0.0.0/8') GROUP BY source_ip ORDER BY n DESC LIMIT 50",
            tr.t("events-sql-help-network"),
        ),
        (
            "SELECT date_trunc('hour', time) AS h, count(*) FROM events GROUP BY h ORDER BY h",
            tr.t("events-sql-help-time"),
        ),
    ];
    card(
        &tr.t("events-sql-help"),
        html! {
            p { (tr.t("events-sql-help-lead")) }
            @for (statement, meaning) in examples { p class="small" { (meaning) } (code(statement)) }
            h3 { (tr.t("events-sql-columns")) }
            p class="mono small" { @for column in tables.sql_columns() { (column.name) " " } }
        },
    )
}
