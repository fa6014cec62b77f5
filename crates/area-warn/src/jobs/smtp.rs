//! One mail to one server by SMTP (RFC 5321), through `lettre`.

use crate::model::OutboxMail;
use crate::ports::{MailSettings, MailTls};
use base_core::Timestamp;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::AsyncSmtpTransport;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{Address, AsyncTransport, Message, Tokio1Executor};
use std::time::{Duration, SystemTime};

/// How long one exchange with the server may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Why a mail could not be sent.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct SendError {
    /// What was wrong and what to do.
    pub message: String,
    /// Whether trying again is pointless: a wrong address, or a refusal for good (5xx).
    pub lasting: bool,
}

fn lasting(message: String) -> SendError {
    SendError { message, lasting: true }
}

/// One mail as it goes out.
#[derive(Clone, Copy, Debug)]
pub struct Letter<'a> {
    /// The local part of its Message-ID, so that a repeat can be told.
    pub id: &'a str,
    /// Name of the receiver; may be empty.
    pub to_name: &'a str,
    /// Address of the receiver.
    pub to_address: &'a str,
    /// Subject.
    pub subject: &'a str,
    /// Text.
    pub body: &'a str,
    /// When it was made: the same at every attempt.
    pub created_at: Timestamp,
}

/// A connection to the mail server of the settings; connects with the first mail.
#[derive(Debug)]
pub struct Sender {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    server: String,
}

impl Sender {
    /// Prepares the connection.
    ///
    /// # Errors
    /// When the sender's address or the certificate in the settings cannot be understood.
    pub fn new(settings: &MailSettings) -> Result<Self, SendError> {
        let from: Mailbox = settings.from.parse().map_err(|e| {
            lasting(format!("mail sender '{}' is not an address ({e}); set it as name@domain", settings.from))
        })?;
        let tls = match settings.tls {
            MailTls::None => Tls::None,
            MailTls::StartTls => Tls::Required(parameters(settings)?),
            MailTls::Implicit => Tls::Wrapper(parameters(settings)?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(settings.host.clone())
            .port(settings.port)
            .timeout(Some(TIMEOUT))
            .tls(tls);
        if let Some((user, password)) = &settings.credentials {
            builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
        }
        let server = format!("{}:{}", settings.host, settings.port);
        Ok(Self { transport: builder.build(), from, server })
    }

    /// Sends one mail of the outbox.
    ///
    /// # Errors
    /// With the server, what it said, and whether trying again makes sense.
    pub async fn send(&self, mail: &OutboxMail) -> Result<(), SendError> {
        let letter = Letter {
            id: &mail.id,
            to_name: &mail.to_name,
            to_address: &mail.to_address,
            subject: &mail.subject,
            body: &mail.body,
            created_at: mail.created_at,
        };
        self.deliver(&letter).await
    }

    /// Sends one mail.
    ///
    /// # Errors
    /// As [`Sender::send`].
    pub async fn deliver(&self, letter: &Letter<'_>) -> Result<(), SendError> {
        let message = self.message(letter)?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(e) => {
                let cause = std::error::Error::source(&e).map(|s| format!(": {s}")).unwrap_or_default();
                let message = format!("mail server {} did not take the mail: {e}{cause}", self.server);
                Err(SendError { message, lasting: e.is_permanent() })
            }
        }
    }

    fn message(&self, mail: &Letter<'_>) -> Result<Message, SendError> {
        let address: Address = mail.to_address.parse().map_err(|e| {
            lasting(format!("'{}' is not a mail address ({e}); mend the address it was given", mail.to_address))
        })?;
        let name = Some(mail.to_name.to_owned()).filter(|n| !n.trim().is_empty());
        let micros = u64::try_from(mail.created_at.as_micros()).unwrap_or(0);
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(name, address))
            .subject(mail.subject)
            // The same id at every attempt, so that a mail sent twice can be told.
            .message_id(Some(format!("<{}@{}>", mail.id, self.from.email.domain())))
            .date(SystemTime::UNIX_EPOCH + Duration::from_micros(micros))
            .header(ContentType::TEXT_PLAIN)
            .body(mail.body.to_owned())
            .map_err(|e| lasting(format!("the mail cannot be written: {e}")))
    }
}

fn parameters(settings: &MailSettings) -> Result<TlsParameters, SendError> {
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(pem) = &settings.authority_pem {
        let authority = Certificate::from_pem(pem)
            .map_err(|e| lasting(format!("the certificate of the mail server's authority cannot be read: {e}")))?;
        builder = builder.add_root_certificate(authority);
    }
    builder.build().map_err(|e| lasting(format!("TLS to mail server {} cannot be prepared: {e}", settings.host)))
}
