//! For the audit trail: who carries its checkpoints away from this server.

use anyhow::{Context, Result, bail};
use area_audit::ports::Courier;
use area_warn::jobs::smtp::{Letter, Sender};
use area_warn::ports::MailSettings;
use async_trait::async_trait;
use base_audit::Signed;
use base_core::{Error, Kind};
use base_i18n::Tr;
use std::net::ToSocketAddrs as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

/// How long a third party may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// Facility 13 (log audit), severity 6 (informational): RFC 5424, section 6.2.1.
const PRIORITY: u8 = 13 * 8 + 6;

/// Sends a checkpoint as one syslog record (RFC 5424) over TCP, with its length before it (RFC 6587, section 3.4.1).
struct SyslogCourier {
    address: String,
    host: String,
}

#[async_trait]
impl Courier for SyslogCourier {
    fn place(&self) -> String {
        format!("syslog {}", self.address)
    }

    async fn send(&self, checkpoint: &Signed) -> base_core::Result<()> {
        let record = record(checkpoint, &self.host);
        let sent = tokio::time::timeout(PATIENCE, async {
            let mut stream = TcpStream::connect(&self.address).await?;
            stream.write_all(format!("{} {record}", record.len()).as_bytes()).await?;
            stream.shutdown().await
        });
        let refused = |why: String| {
            let message = format!("the checkpoint of the audit trail did not reach syslog {}: {why}", self.address);
            Err(Error::new(Kind::Unavailable, message))
        };
        match sent.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => refused(error.to_string()),
            Err(_) => refused(format!("no answer within {} s", PATIENCE.as_secs())),
        }
    }
}

/// The note stands in the text with its line ends as `\n`; `mangrove audit verify --checkpoint` reads it back.
fn record(checkpoint: &Signed, host: &str) -> String {
    let note = checkpoint.note.trim_end().replace('\n', "\\n");
    format!(
        "<{PRIORITY}>1 {} {host} mangrove - checkpoint - audit checkpoint {} {note}",
        checkpoint.at, checkpoint.size
    )
}

/// Sends a checkpoint by mail.
struct MailCourier {
    settings: Arc<MailSettings>,
    address: String,
    tr: Tr,
    console: String,
}

#[async_trait]
impl Courier for MailCourier {
    fn place(&self) -> String {
        format!("mail {}", self.address)
    }

    async fn send(&self, checkpoint: &Signed) -> base_core::Result<()> {
        let refused = |e: area_warn::jobs::smtp::SendError| {
            let message = format!("the checkpoint of the audit trail did not reach {}: {}", self.address, e.message);
            Error::new(Kind::Unavailable, message)
        };
        let lead = self.tr.ta("audit-mail-lead", &[("n", &checkpoint.size), ("console", &self.console)]);
        let body = format!("{lead}\n\n{}\n\n{}", checkpoint.note.trim_end(), self.tr.t("audit-mail-keep"));
        let letter = Letter {
            id: &format!("audit-{}", checkpoint.size),
            to_name: "",
            to_address: &self.address,
            subject: &self.tr.ta("audit-mail-subject", &[("n", &checkpoint.size)]),
            body: &body,
            created_at: checkpoint.at,
        };
        Sender::new(&self.settings).map_err(refused)?.deliver(&letter).await.map_err(refused)
    }
}

/// The couriers that the settings name.
///
/// # Errors
/// When an address is not understood, or there is no mail server for the mail address.
pub(crate) fn couriers(
    syslog: Option<&str>,
    mail: Option<&str>,
    settings: Option<&Arc<MailSettings>>,
    tr: &Tr,
    (host, console): (&str, &str),
) -> Result<Vec<Arc<dyn Courier>>> {
    let mut couriers: Vec<Arc<dyn Courier>> = Vec::new();
    if let Some(address) = syslog {
        let (name, port) = address.rsplit_once(':').unwrap_or((address, ""));
        if name.is_empty() || port.parse::<u16>().is_err() {
            bail!("--audit-syslog {address} is not HOST:PORT; write e.g. 10.0.0.9:514");
        }
        // A name that is not known yet may be known later; one that never can be is told now.
        if let Err(error) = address.to_socket_addrs() {
            tracing::warn!(address, %error, "the receiver of --audit-syslog is not known at present");
        }
        couriers.push(Arc::new(SyslogCourier { address: address.to_owned(), host: host.to_owned() }));
    }
    if let Some(address) = mail {
        let settings = settings.context("--audit-mail needs a mail server; set --smtp as well")?;
        if !address.contains('@') {
            bail!("--audit-mail {address} is not a mail address");
        }
        couriers.push(Arc::new(MailCourier {
            settings: Arc::clone(settings),
            address: address.to_owned(),
            tr: tr.clone(),
            console: console.to_owned(),
        }));
    }
    Ok(couriers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base_core::Timestamp;

    #[test]
    fn a_record_is_one_line_that_holds_the_whole_note() {
        let note = "mangrove/audit/1\n5\nAAAA\n\n\u{2014} mangrove/audit/1 BBBB\n".to_owned();
        let signed = Signed { size: 5, at: Timestamp::EPOCH, note, sent_at: None, sent_to: None };
        let text = record(&signed, "mangrove.camau.example");
        assert_eq!(
            text,
            "<110>1 1970-01-01T00:00:00Z mangrove.camau.example mangrove - checkpoint - audit checkpoint 5 \
             mangrove/audit/1\\n5\\nAAAA\\n\\n\u{2014} mangrove/audit/1 BBBB"
        );
        assert_eq!(crate::audit_cli::note_of(&text).as_deref(), Some(signed.note.as_str()));
        assert_eq!(crate::audit_cli::note_of(&signed.note).as_deref(), Some(signed.note.as_str()));
    }
}
