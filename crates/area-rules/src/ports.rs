//! What this area needs from elsewhere. `app-server` implements these; this crate knows neither
//! the desk nor the pipeline.

use crate::book::RuleBook;
use crate::model::Feedback;
use crate::ops::replay_pack::Replays;
use crate::ops::retro_hunt::RetroHunts;
use async_trait::async_trait;
use base_core::{ContentFile, Result, Scope, Timestamp};
use engine_detect::RulePack;
use engine_lake::Lake;
use engine_parse::Catalog;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

/// What became of the alerts that rules raised.
#[async_trait]
pub trait FeedbackPort: Send + Sync {
    /// By rule, the alerts raised since `since`, within the scope.
    ///
    /// # Errors
    /// When the alerts cannot be read.
    async fn of_rules(&self, scope: &Scope, since: Timestamp) -> Result<HashMap<String, Feedback>>;
}

/// The rules that ship with the program, with the local folder laid over them.
#[derive(Debug)]
pub struct Shipped {
    /// Rule files and their tests.
    pub files: Arc<[ContentFile]>,
    /// Texts of the tactics.
    pub tactics: Arc<[ContentFile]>,
    /// The rules, compiled.
    pub pack: Arc<RulePack>,
}

/// Everything this area is handed at the start.
#[derive(Clone)]
pub struct RulesPorts {
    /// The rules that run.
    pub book: Arc<RuleBook>,
    /// The rules that ship with the program.
    pub shipped: Arc<Shipped>,
    /// The stored events.
    pub lake: Arc<dyn Lake>,
    /// Source definitions.
    pub catalog: Arc<Catalog>,
    /// What became of alerts.
    pub feedback: Arc<dyn FeedbackPort>,
    /// Replays under way.
    pub replays: Arc<Replays>,
    /// Hunts through the past under way.
    pub hunts: Arc<RetroHunts>,
    /// Folder of attack samples for the replay proof.
    pub samples: Option<PathBuf>,
}

impl std::fmt::Debug for RulesPorts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RulesPorts")
    }
}
