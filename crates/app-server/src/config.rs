//! Settings of the server: flags over environment over configuration file over defaults.

use crate::watched::{self, Watched};
use anyhow::{Context, Result, bail};
use area_identity::SecondFactor;
use clap::Args;
use heavy_lake_datafusion::ColdTier;
use serde::Deserialize;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// Days after which a closed day moves to the cold folder, where nothing else is set.
const COLD_AFTER_DAYS: u32 = 30;

/// Flags shared by `mangrove up` and `mangrove demo`. Each can also be set by its
/// environment variable, or in the file given with `--config` under its long name.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct ServeArgs {
    /// Configuration file (TOML) with the long names of these flags as keys.
    #[arg(long, env = "MANGROVE_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// Folder for everything that is kept.
    #[arg(long, env = "MANGROVE_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Address the console and the API listen on.
    #[arg(long, env = "MANGROVE_HOST", value_name = "ADDRESS")]
    pub host: Option<IpAddr>,
    /// Port of the console and the API [default: 8443, with --http 8080].
    #[arg(long, env = "MANGROVE_PORT", value_name = "PORT")]
    pub port: Option<u16>,
    /// Plain HTTP instead of HTTPS; only allowed on a loopback address.
    #[arg(long, env = "MANGROVE_HTTP")]
    pub http: bool,
    /// Certificate chain (PEM) of the console; without it one is made at first start.
    #[arg(long, env = "MANGROVE_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Private key (PEM) that belongs to --tls-cert.
    #[arg(long, env = "MANGROVE_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Name under which people reach the console; it goes into links and the certificate.
    #[arg(long, env = "MANGROVE_NAME", value_name = "HOST")]
    pub name: Option<String>,
    /// Receive syslog over UDP here, e.g. 0.0.0.0:5514; "off" for none.
    #[arg(long, env = "MANGROVE_SYSLOG_UDP", value_name = "ADDRESS")]
    pub syslog_udp: Option<String>,
    /// Receive syslog over TCP here, e.g. 0.0.0.0:5514; "off" for none.
    #[arg(long, env = "MANGROVE_SYSLOG_TCP", value_name = "ADDRESS")]
    pub syslog_tcp: Option<String>,
    /// Receive syslog over TLS (RFC 5425) here, e.g. 0.0.0.0:6514 [default: off].
    #[arg(long, env = "MANGROVE_SYSLOG_TLS", value_name = "ADDRESS")]
    pub syslog_tls: Option<String>,
    /// Receive RELP here, e.g. 0.0.0.0:2514 [default: off].
    #[arg(long, env = "MANGROVE_RELP", value_name = "ADDRESS")]
    pub relp: Option<String>,
    /// Receive RELP over TLS here, e.g. 0.0.0.0:2515 [default: off].
    #[arg(long, env = "MANGROVE_RELP_TLS", value_name = "ADDRESS")]
    pub relp_tls: Option<String>,
    /// Receive events over HTTP here too (NDJSON, _bulk, OTLP; tokens cross the network in clear), e.g. 10.0.0.1:9200 [default: off].
    #[arg(long, env = "MANGROVE_INTAKE_HTTP", value_name = "ADDRESS")]
    pub intake_http: Option<String>,
    /// Receive events over HTTPS here too (NDJSON, _bulk, OTLP over HTTP and gRPC), e.g. 0.0.0.0:9200 [default: off].
    #[arg(long, env = "MANGROVE_INTAKE_HTTPS", value_name = "ADDRESS")]
    pub intake_https: Option<String>,
    /// Authorities (PEM) that certificates of log senders are verified against.
    #[arg(long, env = "MANGROVE_INTAKE_CLIENT_CA", value_name = "FILE")]
    pub intake_client_ca: Option<PathBuf>,
    /// Turn away log senders over TLS that show no certificate of --intake-client-ca.
    #[arg(long, env = "MANGROVE_INTAKE_CLIENT_REQUIRED")]
    pub intake_client_required: bool,
    /// Follow the files of a folder line by line, through rotation: NAME=DIR/PATTERN, e.g.
    /// web=/var/log/nginx/*.log; may be given several times.
    #[arg(long, env = "MANGROVE_WATCH_LINES", value_name = "NAME=DIR/PATTERN", value_delimiter = ',')]
    pub watch_lines: Vec<String>,
    /// Read each finished file that is put into a folder once, EVTX above all: NAME=DIR/PATTERN, e.g.
    /// evtx=/srv/evtx/*.evtx; may be given several times.
    #[arg(long, env = "MANGROVE_WATCH_FILES", value_name = "NAME=DIR/PATTERN", value_delimiter = ',')]
    pub watch_files: Vec<String>,
    /// Most records a second of one log sender, with bursts of ten times as many [default: no limit].
    #[arg(long, env = "MANGROVE_SOURCE_QUOTA", value_name = "RECORDS")]
    pub source_quota: Option<u32>,
    /// Whether administrators, security leads and analysts must have a second factor [default: required, demo: optional].
    #[arg(long, env = "MANGROVE_SECOND_FACTOR", value_name = "WHETHER")]
    pub second_factor: Option<Whether>,
    /// Give up the lost key of sealed secrets (keys/secrets.key): once, at this start; authenticator apps are removed.
    #[arg(long)]
    #[serde(skip)]
    pub new_secrets_key: bool,
    /// Mail server for warnings, e.g. smtp://mail.example:25, smtps://user:password@mail.example:465.
    #[arg(long, env = "MANGROVE_SMTP", value_name = "URL", hide_env_values = true)]
    pub smtp: Option<String>,
    /// Sender of mails, e.g. "Ứng cứu sự cố <ungcuu@camau.example>".
    #[arg(long, env = "MANGROVE_MAIL_FROM", value_name = "ADDRESS")]
    pub mail_from: Option<String>,
    /// Keep the records in PostgreSQL instead of a file in the data folder: postgres://user:password@host/database.
    #[arg(long, env = "MANGROVE_DATABASE", value_name = "URL", hide_env_values = true)]
    pub database: Option<String>,
    /// Send each signed checkpoint of the audit trail to this mail address; it should be somebody else's.
    #[arg(long, env = "MANGROVE_AUDIT_MAIL", value_name = "ADDRESS")]
    pub audit_mail: Option<String>,
    /// Send each signed checkpoint of the audit trail to this syslog server (TCP), e.g. 10.0.0.9:514.
    #[arg(long, env = "MANGROVE_AUDIT_SYSLOG", value_name = "HOST:PORT")]
    pub audit_syslog: Option<String>,
    /// Folder with your own content (rules/, sources/ …) laid over the built-in one.
    #[arg(long, env = "MANGROVE_CONTENT", value_name = "DIR")]
    pub content: Option<PathBuf>,
    /// Second folder of the event lake, on a larger or slower disk: closed days move there.
    #[arg(long, env = "MANGROVE_LAKE_COLD", value_name = "DIR")]
    pub lake_cold: Option<PathBuf>,
    /// Days after which a closed day moves to --lake-cold [default: 30].
    #[arg(long, env = "MANGROVE_LAKE_COLD_AFTER", value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_525))]
    pub lake_cold_after: Option<u32>,
    /// Folder of attack samples (EVTX, JSON, logs); once a month they are replayed and the share detected is kept.
    #[arg(long, env = "MANGROVE_ATTACK_SAMPLES", value_name = "DIR")]
    pub attack_samples: Option<PathBuf>,
}

/// Whether something is required.
#[derive(Clone, Copy, Debug, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Whether {
    /// It is.
    Required,
    /// It is not.
    Optional,
}

/// What differs between `up` and `demo` where nothing is set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Defaults {
    /// Data folder.
    pub data: &'static str,
    /// Address of the console.
    pub host: IpAddr,
    /// Syslog address, UDP and TCP.
    pub syslog: &'static str,
    /// Second factor of people with much power.
    pub second_factor: SecondFactor,
}

impl Defaults {
    /// For `mangrove up`: reachable from the network.
    pub(crate) const UP: Self = Self {
        data: "mangrove-data",
        host: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        syslog: "0.0.0.0:5514",
        second_factor: SecondFactor::Required,
    };
    /// For `mangrove demo`: this machine only, and accounts that whoever looks at it can sign in with at once.
    pub(crate) const DEMO: Self = Self {
        data: "mangrove-demo-data",
        host: IpAddr::V4(Ipv4Addr::LOCALHOST),
        syslog: "127.0.0.1:5514",
        second_factor: SecondFactor::Optional,
    };
}

/// Settings, complete and checked.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// Data folder.
    pub data: PathBuf,
    /// Console address.
    pub listen: SocketAddr,
    /// Plain HTTP.
    pub http: bool,
    /// Certificate and key given by the administrator.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Host name in links.
    pub name: String,
    /// Syslog over UDP.
    pub syslog_udp: Option<SocketAddr>,
    /// Syslog over TCP.
    pub syslog_tcp: Option<SocketAddr>,
    /// Syslog over TLS.
    pub syslog_tls: Option<SocketAddr>,
    /// RELP.
    pub relp: Option<SocketAddr>,
    /// RELP over TLS.
    pub relp_tls: Option<SocketAddr>,
    /// Events over HTTP, beside the console.
    pub intake_http: Option<SocketAddr>,
    /// Events over HTTPS, beside the console.
    pub intake_https: Option<SocketAddr>,
    /// Authorities of the senders' certificates.
    pub intake_client_ca: Option<PathBuf>,
    /// Senders over TLS must have a certificate.
    pub intake_client_required: bool,
    /// Watched folders.
    pub watched: Vec<Watched>,
    /// Records per second of one sender; 0 without limit.
    pub source_quota: u32,
    /// Second factor of people with much power.
    pub second_factor: SecondFactor,
    /// The key of sealed secrets is given up at this start.
    pub new_secrets_key: bool,
    /// Mail server URL.
    pub smtp: Option<String>,
    /// Sender of mails.
    pub mail_from: String,
    /// Address of the database; `None` for the file in the data folder.
    pub database: Option<String>,
    /// Who gets the checkpoints of the audit trail by mail.
    pub audit_mail: Option<String>,
    /// And by syslog.
    pub audit_syslog: Option<String>,
    /// Local content folder.
    pub content: Option<PathBuf>,
    /// The lake's second folder.
    pub lake_cold: Option<ColdTier>,
    /// Folder of attack samples.
    pub attack_samples: Option<PathBuf>,
}

impl ServeArgs {
    /// Merges file and defaults and checks the whole.
    ///
    /// # Errors
    /// When the file cannot be read or a value is not allowed; the message names the
    /// setting and what to do.
    pub(crate) fn resolve(self, defaults: Defaults) -> Result<Config> {
        let file = match &self.config {
            Some(path) => read_file(path)?,
            None => ServeArgs::default(),
        };
        let http = self.http || file.http;
        let host = self.host.or(file.host).unwrap_or(defaults.host);
        // Plain HTTP is for this machine only: passwords must not cross a network in clear.
        let host = match (http, self.host.or(file.host)) {
            (true, None) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            (true, Some(given)) if !given.is_loopback() => {
                bail!(
                    "--http is only allowed on a loopback address, not on {given}; leave out --http or use --host 127.0.0.1"
                )
            }
            _ => host,
        };
        let port = self.port.or(file.port).unwrap_or(if http { 8080 } else { 8443 });
        let listen = |flag: Option<String>, name: &str, default: &str| -> Result<Option<SocketAddr>> {
            let text = flag.unwrap_or_else(|| default.to_owned());
            if text.eq_ignore_ascii_case("off") {
                return Ok(None);
            }
            text.parse()
                .map(Some)
                .with_context(|| format!("--{name} {text} is not ADDRESS:PORT; write e.g. 0.0.0.0:5514 or off"))
        };
        let tls = match (self.tls_cert.or(file.tls_cert), self.tls_key.or(file.tls_key)) {
            (Some(cert), Some(key)) => Some((cert, key)),
            (None, None) => None,
            _ => bail!("tls-cert and tls-key belong together; give both or none"),
        };
        let intake_client_ca = self.intake_client_ca.or(file.intake_client_ca);
        let intake_client_required = self.intake_client_required || file.intake_client_required;
        if intake_client_required && intake_client_ca.is_none() {
            bail!("intake-client-required needs intake-client-ca: the authorities whose certificates are accepted");
        }
        let after_days = self.lake_cold_after.or(file.lake_cold_after).unwrap_or(COLD_AFTER_DAYS);
        if !(1..=36_525).contains(&after_days) {
            bail!("lake-cold-after is {after_days}; give days from 1 to 36525");
        }
        let lake_cold = self.lake_cold.or(file.lake_cold).map(|dir| ColdTier { dir, after_days });
        Ok(Config {
            data: self.data.or(file.data).unwrap_or_else(|| PathBuf::from(defaults.data)),
            listen: SocketAddr::new(host, port),
            http,
            tls,
            name: self.name.or(file.name).unwrap_or_else(|| "localhost".to_owned()),
            syslog_udp: listen(self.syslog_udp.or(file.syslog_udp), "syslog-udp", defaults.syslog)?,
            syslog_tcp: listen(self.syslog_tcp.or(file.syslog_tcp), "syslog-tcp", defaults.syslog)?,
            syslog_tls: listen(self.syslog_tls.or(file.syslog_tls), "syslog-tls", "off")?,
            relp: listen(self.relp.or(file.relp), "relp", "off")?,
            relp_tls: listen(self.relp_tls.or(file.relp_tls), "relp-tls", "off")?,
            intake_http: listen(self.intake_http.or(file.intake_http), "intake-http", "off")?,
            intake_https: listen(self.intake_https.or(file.intake_https), "intake-https", "off")?,
            watched: watched::all([
                (watched::How::Lines, [self.watch_lines, file.watch_lines].concat()),
                (watched::How::Files, [self.watch_files, file.watch_files].concat()),
            ])?,
            intake_client_ca,
            intake_client_required,
            source_quota: self.source_quota.or(file.source_quota).unwrap_or(0),
            second_factor: match self.second_factor.or(file.second_factor) {
                Some(Whether::Required) => SecondFactor::Required,
                Some(Whether::Optional) => SecondFactor::Optional,
                None => defaults.second_factor,
            },
            new_secrets_key: self.new_secrets_key,
            smtp: self.smtp.or(file.smtp),
            mail_from: self.mail_from.or(file.mail_from).unwrap_or_else(|| "Mangrove <mangrove@localhost>".to_owned()),
            database: self.database.or(file.database),
            audit_mail: self.audit_mail.or(file.audit_mail),
            audit_syslog: self.audit_syslog.or(file.audit_syslog),
            content: self.content.or(file.content),
            lake_cold,
            attack_samples: self.attack_samples.or(file.attack_samples),
        })
    }
}

impl Config {
    /// The address people type.
    #[must_use]
    pub(crate) fn url(&self) -> String {
        let scheme = if self.http { "http" } else { "https" };
        format!("{scheme}://{}:{}", self.name, self.listen.port())
    }
}

fn read_file(path: &Path) -> Result<ServeArgs> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the configuration file {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("the configuration file {} has a mistake", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_over_the_file_and_the_file_over_defaults() {
        let dir = tempfile::tempdir().expect("temp dir");
        let path = dir.path().join("mangrove.toml");
        std::fs::write(&path, "port = 9000\nname = \"mangrove.example\"\nsyslog-udp = \"off\"\n").expect("writes");
        let args = ServeArgs { config: Some(path), port: Some(9100), ..ServeArgs::default() };
        let config = args.resolve(Defaults::UP).expect("resolves");
        assert_eq!(config.url(), "https://mangrove.example:9100");
        assert_eq!(config.syslog_udp, None);
        assert!(config.syslog_tcp.is_some());
    }

    #[test]
    fn plain_http_stays_on_this_machine() {
        let args = ServeArgs { http: true, host: Some(IpAddr::V4(Ipv4Addr::UNSPECIFIED)), ..ServeArgs::default() };
        assert!(args.resolve(Defaults::UP).expect_err("refused").to_string().contains("loopback"));
        let args = ServeArgs { http: true, ..ServeArgs::default() };
        assert!(args.resolve(Defaults::UP).expect("resolves").listen.ip().is_loopback());
    }

    #[test]
    fn a_required_certificate_needs_an_authority() {
        let args = ServeArgs { intake_client_required: true, ..ServeArgs::default() };
        assert!(args.resolve(Defaults::UP).expect_err("refused").to_string().contains("intake-client-ca"));
        let args = ServeArgs { relp: Some("127.0.0.1:2514".to_owned()), ..ServeArgs::default() };
        let config = args.resolve(Defaults::UP).expect("resolves");
        assert!(config.relp.is_some() && config.relp_tls.is_none() && config.syslog_tls.is_none());
    }

    #[test]
    fn an_unknown_key_is_named() {
        let dir = tempfile::tempdir().expect("temp dir");
        let path = dir.path().join("mangrove.toml");
        std::fs::write(&path, "prot = 9000\n").expect("writes");
        let args = ServeArgs { config: Some(path), ..ServeArgs::default() };
        assert!(format!("{:#}", args.resolve(Defaults::UP).expect_err("refused")).contains("prot"));
    }
}
