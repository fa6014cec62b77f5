//! `mangrove search`

use super::write::Rows;
use super::{Form, LakeArgs, look, tell_left_out};
use crate::cmd_up;
use crate::rules_cli::to_stdout;
use anyhow::{Context, Result};
use area_events::ops::export_writer::whole;
use base_core::{Clock, Scope, SystemClock};
use clap::Args;
use engine_event::Event;
use engine_lake::query::FieldRef;
use engine_lake::{Lake, Order, Query, SearchRequest};
use std::io::Write;
use std::process::ExitCode;

/// Events fetched at once.
const PAGE: usize = 2_000;

/// Search the stored events, in the language of the search page
#[derive(Args, Clone, Debug)]
pub(crate) struct SearchArgs {
    /// What to find, such as: user.name:admin AND NOT source.ip:10.0.0.0/8 "mimikatz"; without it, everything
    #[arg(value_name = "QUERY")]
    query: Vec<String>,
    #[command(flatten)]
    lake: LakeArgs,
    /// Most events
    #[arg(long, short = 'n', value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,
    /// Oldest events first
    #[arg(long)]
    oldest: bool,
    /// Form of the answer
    #[arg(long, short = 'o', value_enum, default_value_t = Form::Table)]
    output: Form,
    /// Fields of the table or CSV, separated by commas
    #[arg(long, short = 'f', value_name = "NAMES", value_delimiter = ',')]
    fields: Vec<String>,
    /// Only how many events match
    #[arg(long, conflicts_with_all = ["fields", "oldest"])]
    count: bool,
}

/// Runs the command.
///
/// # Errors
/// When the query has a mistake or the lake cannot be read.
pub(crate) fn run(args: &SearchArgs) -> Result<ExitCode> {
    let text = args.query.join(" ");
    let query = Query::parse(&text).with_context(|| format!("the query has a mistake: {text}"))?;
    to_stdout(|out| {
        cmd_up::runtime()?.block_on(async {
            let (from, until) = args.lake.span.times(SystemClock.now());
            let lake = look(&args.lake.data).await?;
            tell_left_out(&lake, (from, until)).await;
            let order = if args.oldest { Order::Oldest } else { Order::Newest };
            let request = SearchRequest { from, until, query, order, ..SearchRequest::default() };
            if args.count {
                let found = lake.survey(&scope(), &request, &engine_lake::SurveyAsk::default()).await?;
                writeln!(out, "{}", found.matched)?;
            } else {
                write(args, &lake, request, out).await?;
            }
            Ok(true)
        })
    })
}

/// Who may read the folder may read all of it.
pub(super) fn scope() -> Scope {
    Scope::system("command line, by whoever may read the data folder")
}

async fn write(args: &SearchArgs, lake: &dyn Lake, mut request: SearchRequest, out: &mut dyn Write) -> Result<()> {
    let usual = ["time", "host.name", "user.name", "kind", "event.code", "event.action", "source.ip", "message"];
    let names: Vec<String> =
        if args.fields.is_empty() { usual.map(str::to_owned).to_vec() } else { args.fields.clone() };
    let fields: Vec<FieldRef> = names.iter().map(|name| FieldRef::named(name)).collect();
    let mut rows = Rows::begin(args.output, names, out)?;
    let mut left = args.limit;
    while left > 0 {
        request.limit = PAGE.min(usize::try_from(left).unwrap_or(PAGE));
        let page = lake.search(&scope(), &request).await?;
        left = left.saturating_sub(page.events.len() as u64);
        for event in &page.events {
            let values = fields.iter().map(|field| value(field, event)).collect();
            rows.row(values, (args.output == Form::Jsonl && args.fields.is_empty()).then(|| whole(event)))?;
        }
        match page.next {
            Some(next) => request.after = Some(next),
            None => break,
        }
    }
    rows.end()
}

fn value(field: &FieldRef, event: &Event) -> Option<String> {
    use engine_lake::query::Meta;
    match field {
        FieldRef::Meta(Meta::Time) => Some(event.time.to_string()),
        FieldRef::Meta(Meta::Received) => Some(event.received.to_string()),
        FieldRef::Meta(Meta::Id) => Some(event.id.to_string()),
        FieldRef::Meta(Meta::Raw) => Some(event.raw_text().into_owned()),
        other => {
            let values = other.values_of(event);
            (!values.is_empty()).then(|| values.join(", "))
        }
    }
}
