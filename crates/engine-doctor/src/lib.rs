//! What commonly goes wrong on a machine that runs the server, found with evidence, reason and remedy.
//!
//! Each check is a function from what it looks at to [`Finding`]s; what it looks at can be handed in, so
//! that a test provokes the fault. [`Finding::text`] says it in either language; the texts stand in
//! `locales/` under the finding's code. Nothing here changes anything, but for a small file that is
//! written and removed to time the disk.

mod backup;
mod certificate;
mod clock;
mod disk;
mod finding;
mod limits;
mod mail;
mod permissions;
mod ports;

pub use backup::{BackupFacts, LAST_BACKUP, backup, look_at_backup, note_backup};
pub use certificate::{CertificateAsk, certificate};
pub use clock::{ClockFacts, clock};
pub use disk::{DiskFacts, disk, look_at_disk};
pub use finding::{Finding, Level, as_json, texts};
pub use limits::{LimitFacts, limits, look_at_limits};
pub use mail::{MailServer, mail};
pub use permissions::permissions;
pub use ports::{Listen, Transport, ports};
