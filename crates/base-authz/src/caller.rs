//! Who asks, from where, and when: what every operation is handed.

use crate::{Action, Principal};
use base_core::{Error, Kind, Result, Scope, Timestamp};
use std::net::IpAddr;
use std::sync::Arc;

/// The person behind a request, or the job behind a system task.
///
/// `ops` functions take a `&Caller`; the request context of `base-web` dereferences to one.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The person.
    pub principal: Arc<Principal>,
    /// Address the request came from; `None` for jobs.
    pub peer: Option<IpAddr>,
    /// Id of the request, for the log and the audit trail.
    pub request: String,
    /// When the request began.
    pub now: Timestamp,
}

impl Caller {
    /// The program itself, for a named job.
    #[must_use]
    pub fn system(job: &'static str, now: Timestamp) -> Self {
        Self { principal: Arc::new(Principal::system(job)), peer: None, request: job.to_owned(), now }
    }

    /// The units `action` is allowed on.
    ///
    /// # Errors
    /// `Forbidden` when it is not allowed at all.
    pub fn require(&self, action: Action) -> Result<Scope> {
        self.principal.scope_for(action).ok_or_else(|| {
            Error::new(Kind::Forbidden, format!("your roles do not include the right '{}'", action.as_str()))
        })
    }

    /// Whether `action` is allowed on anything: for showing or hiding a button.
    #[must_use]
    pub fn may(&self, action: Action) -> bool {
        self.principal.may(action)
    }
}
