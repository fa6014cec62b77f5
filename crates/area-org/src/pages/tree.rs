//! `/don-vi/so-do`: which unit stands below which, on a day.

use super::as_of::AsOf;
use super::units::PAGE;
use super::{block_name, parts};
use crate::model::{Block, Form, Life};
use crate::org::Org;
use axum::Extension;
use axum::extract::Query;
use base_authz::Action;
use base_core::fold::fold;
use base_ui::{Field, Href, Tone, badge, empty, filter_bar, page_head, section};
use base_web::{Ctx, WebResult};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

const HERE: &str = "/don-vi/so-do";

#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Filter {
    #[serde(default)]
    q: String,
    #[serde(default)]
    block: String,
    #[serde(default)]
    at: AsOf,
}

type Entry<'a> = (usize, &'a Life, &'a Form);

pub(crate) async fn show(
    ctx: Ctx,
    Extension(org): Extension<Arc<Org>>,
    Query(filter): Query<Filter>,
) -> WebResult<Markup> {
    let scope = ctx.require(Action::UnitsRead)?;
    let (tr, timeline) = (&ctx.tr, org.timeline());
    let moment = filter.at.moment(ctx.now);
    let mut all = timeline.tree(moment);
    all.retain(|(_, life, _)| scope.contains(&life.id));
    let shown = fitting(&all, &filter);
    let here = Href::new(HERE).with("q", &filter.q).with("block", &filter.block).with("at", filter.at.text());
    let title = tr.t("org-tree-title");
    let mut blocks = vec![(String::new(), tr.t("org-any-block"))];
    blocks.extend(Block::ALL.into_iter().map(|b| (b.as_str().to_owned(), block_name(tr, b))));
    let count = shown.len();
    let content = html! {
        (page_head(&title, Some(&tr.t("org-tree-lead")), html! {}))
        (parts(&ctx, HERE, &filter.at))
        (filter_bar(tr, HERE, html! {
            (Field::input("search", "q", &tr.t("org-search")).value(&*filter.q).render())
            (Field::select("block", &tr.t("org-block"), blocks).value(&*filter.block).submit_on_change().render())
            (filter.at.field(tr))
        }))
        (filter.at.note(tr, &here, ctx.now))
        @if shown.is_empty() {
            (base_ui::card(&title, empty(&tr.t("org-none-fit"), &tr.t("org-none-fit-hint"), None)))
        } @else {
            (section(&tr.ta("org-tree-count", &[("n", &count)]), html! {}, branch(&ctx, &filter.at, &shown)))
        }
    };
    Ok(ctx.page(&title, content))
}

/// The entries that fit, with those they stand below, so that the tree stays whole.
fn fitting<'a>(all: &[Entry<'a>], filter: &Filter) -> Vec<Entry<'a>> {
    let (q, block) = (fold(filter.q.trim()), Block::parse(&filter.block));
    let fits = |life: &Life, form: &Form| {
        (q.is_empty() || fold(&format!("{} {} {}", life.code, form.name, form.short)).contains(&q))
            && block.is_none_or(|b| b == life.block)
    };
    let mut out: Vec<Entry<'a>> = Vec::new();
    // From the end, so that a unit is known to have something fitting below it when it is met.
    let mut needed: Option<usize> = None;
    for (depth, life, form) in all.iter().rev() {
        let leads = needed.is_some_and(|n| *depth < n);
        if fits(life, form) || leads {
            out.push((*depth, life, form));
            needed = (*depth > 0).then_some(*depth);
        }
    }
    out.reverse();
    out
}

/// Nested lists, as a tree is read aloud; units with others below them open and close.
fn branch(ctx: &Ctx, at: &AsOf, entries: &[Entry<'_>]) -> Markup {
    let Some(top) = entries.iter().map(|(depth, ..)| *depth).min() else { return html! {} };
    let starts: Vec<usize> = entries.iter().enumerate().filter(|(_, (d, ..))| *d == top).map(|(n, _)| n).collect();
    let ends = starts.iter().skip(1).copied().chain([entries.len()]);
    html! {
        ul class="tree" {
            @for (start, end) in starts.iter().copied().zip(ends) {
                @if let Some(((_, life, form), below)) = entries.get(start..end).and_then(<[_]>::split_first) {
                    li {
                        (label(ctx, at, life, form))
                        @if !below.is_empty() {
                            // The link stands outside: a control within a control cannot be reached by everybody.
                            details open {
                                summary class="muted small" { (ctx.tr.ta("org-below-count", &[("n", &below.len())])) }
                                (branch(ctx, at, below))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn label(ctx: &Ctx, at: &AsOf, life: &Life, form: &Form) -> Markup {
    let tr = &ctx.tr;
    html! {
        a href=(Href::new(PAGE).segment(&life.code).with("at", at.text())) { (form.name) }
        " " code { (life.code) } " "
        span class="muted small" { (block_name(tr, life.block)) }
        @if life.to.is_some_and(|t| t > ctx.now) { " " (badge(Tone::Warn, &tr.t("org-ends-planned"))) }
    }
}
