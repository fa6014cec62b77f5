//! Use cases of warnings: authorise → check → write → audit → tell.

pub mod acknowledge;
pub mod draft_warning;
pub mod issue;
pub mod read_warning;
pub mod remind;
pub mod resend;

use crate::model::Warning;
use crate::ports::WarnPorts;
use base_authz::Action;
use base_core::IdSource;
use base_core::Result;
use base_db::Db;
use base_db::Tx;
use base_i18n::Tr;
use base_ui::{Href, Tone};
use base_web::Broadcaster;
use base_web::notice::{self, Notice, To};

/// What every operation works with.
#[derive(Clone, Copy, Debug)]
pub struct Office<'a> {
    /// The records.
    pub db: &'a Db,
    /// New ids and the time.
    pub ids: &'a IdSource,
    /// The rest of the program.
    pub ports: &'a WarnPorts,
    /// Tells open pages of notices.
    pub news: &'a Broadcaster,
    /// Vietnamese texts: what leaves the house is Vietnamese, whoever sends it.
    pub vi: &'a Tr,
}

impl Office<'_> {
    /// Puts a notice about a warning into the inboxes of those with the right over its unit, once per `once`.
    async fn notify(
        &self,
        tx: &mut Tx,
        warning: &Warning,
        (kind, once, tone): (&'static str, &str, Tone),
        action: Action,
        by: &base_core::AccountId,
    ) -> Result<()> {
        let once = format!("{}:{once}", warning.id);
        let href = Href::new("/canh-bao-don-vi").segment(warning.id.as_str());
        let told = Notice::new(kind, &once, To::May(action), href)
            .unit(Some(&warning.unit))
            .by(by)
            .tone(tone)
            .word("code", warning.code.as_str())
            .word("subject", warning.subject.as_str());
        notice::tell(tx, self.ids, self.news, told).await?;
        Ok(())
    }
}
