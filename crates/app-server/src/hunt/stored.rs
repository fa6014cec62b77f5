//! `mangrove hunt --lake`: the hunt through what a server has stored.

use super::{HuntArgs, tell};
use crate::cmd_up;
use crate::lake_cli::{look, tell_left_out};
use anyhow::{Context, Result};
use area_rules::lake_events::{self, LakeEvents};
use base_core::{Clock, Scope, SystemClock};
use engine_hunt::{Control, HuntError, Hunter, Report, Sink, Skip, Words};
use engine_lake::{Lake, Query, SearchRequest};
use std::sync::Arc;
use tokio::runtime::Runtime;

/// What is hunted through, opened and counted.
pub(super) struct Stored {
    runtime: Runtime,
    lake: Arc<dyn Lake>,
    request: SearchRequest,
    /// Events that will be held against the rules.
    pub(super) events: u64,
}

fn scope() -> Scope {
    Scope::system("hunt from the command line, by whoever may read the data folder")
}

impl Stored {
    /// Opens the lake and counts what is worth reading for these rules.
    ///
    /// # Errors
    /// When the lake cannot be read.
    pub(super) fn open(args: &HuntArgs, hunter: &Hunter, words: &Words) -> Result<Self> {
        let runtime = cmd_up::runtime()?;
        let data = args.data.as_deref().context("name the data folder of the server with --data")?;
        let (lake, request, events) = runtime.block_on(async {
            let lake: Arc<dyn Lake> = Arc::new(look(data).await?);
            let from = args.since.map(|secs| SystemClock.now().plus_secs(-secs)).or(args.from);
            tell_left_out(&*lake, (from, args.to)).await;
            let query = hunter.worth_reading().unwrap_or_else(Query::everything);
            let request = SearchRequest { from, until: args.to, ..SearchRequest::of(query) };
            let events = lake_events::count(&*lake, &scope(), &request).await?;
            anyhow::Ok((lake, request, events))
        })?;
        if !args.quiet {
            tell(&words.ta("hunt-lake", &[("n", &events)]));
        }
        Ok(Self { runtime, lake, request, events })
    }

    /// Hunts.
    ///
    /// # Errors
    /// When the result cannot be written.
    pub(super) fn run(
        self,
        hunter: &Hunter,
        rule_skips: Vec<Skip>,
        control: &Control,
        sink: &mut dyn Sink,
    ) -> Result<Report, HuntError> {
        let events = LakeEvents::begin(self.runtime.handle(), self.lake, scope(), self.request);
        hunter.run_stored(("lake", self.events), Box::new(events), rule_skips, &SystemClock, control, sink)
    }
}
