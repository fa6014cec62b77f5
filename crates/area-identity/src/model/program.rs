//! Tokens of programs: what one may be for, and how it looks.

use crate::model::token;
use base_authz::{Action, Limit};
use base_core::{AccountId, Timestamp, UnitId};
use base_web::ports::TOKEN_PREFIX;
use std::collections::BTreeSet;

/// Longest life, in days.
pub(crate) const MAX_TOKEN_DAYS: i64 = 366;
/// Most tokens of one person that are in force.
pub(crate) const MAX_TOKENS: usize = 20;
/// Characters of a token that are kept in clear, to tell it from others.
const SHOWN: usize = TOKEN_PREFIX.len() + 6;

/// A token as stored, without its secret.
#[derive(Clone, Debug)]
pub(crate) struct ProgramToken {
    pub(crate) id: String,
    pub(crate) account: AccountId,
    pub(crate) name: String,
    pub(crate) prefix: String,
    pub(crate) actions: BTreeSet<Action>,
    pub(crate) unit: Option<UnitId>,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) last_used: Option<Timestamp>,
}

impl ProgramToken {
    /// What it narrows its person's rights to.
    pub(crate) fn limit(&self) -> Limit {
        Limit { actions: self.actions.clone(), units: self.unit.clone().map(|unit| BTreeSet::from([unit])) }
    }
}

/// Whether a token may be for this at all: accounts are managed by people, who can be asked for their password.
pub(crate) fn for_tokens(action: Action) -> bool {
    !matches!(action, Action::AccountsManage | Action::AccessReview | Action::EventsIngest)
}

/// A new token: 256 random bits behind the prefix.
pub(crate) fn fresh() -> String {
    format!("{TOKEN_PREFIX}{}", token::fresh())
}

/// Whether it has the form of our tokens; anything else never reaches the database.
pub(crate) fn well_formed(text: &str) -> bool {
    text.strip_prefix(TOKEN_PREFIX).is_some_and(token::well_formed)
}

/// What is kept in clear.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}
