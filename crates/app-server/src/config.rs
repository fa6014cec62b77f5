//! Settings of the server: flags over environment over configuration file over defaults.
//!
//! What settings there are stands in `base_settings::TABLE`; here is what they mean together.

use crate::watched::{self, Watched};
use anyhow::{Result, anyhow};
use area_identity::SecondFactor;
use base_core::Lang;
use base_settings::{Given, Kind, Mistake, Place, Settings, TABLE, Wrong, texts, variable};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, value_parser};
use heavy_lake_datafusion::ColdTier;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// The configuration file where none is named and the data folder has none.
const SYSTEM_FILE: &str = "/etc/mangrove/mangrove.toml";
/// The configuration file in the data folder.
const OWN_FILE: &str = "mangrove.toml";
/// The flag that gives up a lost key.
const NEW_KEY: &str = "new-secrets-key";
/// Fewest characters of the token for figures: a short one can be guessed.
const TOKEN_LEAST: usize = 16;

/// What was given on the command line, shared by `mangrove up`, `demo`, `config` and whoever needs
/// the settings of a server.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServeArgs {
    /// The configuration file.
    pub config: Option<PathBuf>,
    /// Flags with their values.
    pub flags: Vec<(String, Vec<String>)>,
    /// The lost key of sealed secrets is given up: said once, at one start, so it is no setting.
    pub new_secrets_key: bool,
}

impl Args for ServeArgs {
    fn augment_args(command: Command) -> Command {
        let tr = texts(Lang::En);
        let config = Arg::new("config")
            .long("config")
            .env("MANGROVE_CONFIG")
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .help("Configuration file (TOML) [default: mangrove.toml in the data folder, then /etc/mangrove/mangrove.toml]");
        let given_up = Arg::new(NEW_KEY).long(NEW_KEY).action(ArgAction::SetTrue).help(
            "Give up the lost key of sealed secrets (keys/secrets.key): once, at this start; second factors are removed",
        );
        let mut command = command.arg(config).arg(given_up);
        for setting in TABLE {
            let default =
                if setting.default.is_empty() { String::new() } else { format!(" [default: {}]", setting.default) };
            let help = format!("{} [env: {}]{default}", tr.dynamic("setting-", setting.name), setting.variable());
            let arg = Arg::new(setting.name)
                .long(setting.name)
                .value_name(setting.kind.value_name())
                .help_heading(setting.group.heading())
                .help(help);
            command = command.arg(match setting.kind {
                // `--http` alone says yes.
                Kind::Flag => arg.num_args(0..=1).require_equals(true).default_missing_value("true"),
                Kind::List => arg.action(ArgAction::Append),
                _ => arg,
            });
            if let Some(file) = setting.secret_file {
                let help = format!("File with the value of --{} [env: {}]", setting.name, variable(file));
                let arg = Arg::new(file).long(file).value_name("FILE").help_heading(setting.group.heading());
                command = command.arg(arg.help(help));
            }
        }
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for ServeArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut args = Self {
            config: matches.get_one::<PathBuf>("config").cloned(),
            flags: Vec::new(),
            new_secrets_key: matches.get_flag(NEW_KEY),
        };
        for name in TABLE.iter().flat_map(|setting| [Some(setting.name), setting.secret_file]).flatten() {
            if let Some(values) = matches.get_many::<String>(name) {
                args.flags.push((name.to_owned(), values.cloned().collect()));
            }
        }
        Ok(args)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// What differs between `up` and `demo` where nothing is set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Defaults {
    /// Settings with other defaults than the table's.
    own: &'static [(&'static str, &'static str)],
    /// Whether a file is looked for where none is named.
    looks_for_file: bool,
}

impl Defaults {
    /// For `mangrove up`: reachable from the network.
    pub(crate) const UP: Self = Self { own: &[], looks_for_file: true };
    /// For `mangrove demo`: this machine only, and never the folder of the real server.
    pub(crate) const DEMO: Self = Self {
        own: &[
            ("data", "mangrove-demo-data"),
            ("host", "127.0.0.1"),
            ("syslog-udp", "127.0.0.1:5514"),
            ("syslog-tcp", "127.0.0.1:5514"),
            // Accounts that whoever looks at it can sign in with at once.
            ("second-factor", "optional"),
            ("log", "warn"),
        ],
        looks_for_file: false,
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
    /// Authorities trusted beside the well-known ones when others are asked.
    pub outbound_ca: Option<PathBuf>,
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
    /// What goes to the log.
    pub log: String,
    /// Whether the log is JSON.
    pub log_json: bool,
    /// Where figures are served.
    pub metrics: Option<SocketAddr>,
    /// What must be sent to get them.
    pub metrics_token: Option<String>,
    /// The configuration file that was read.
    pub file: Option<PathBuf>,
    /// Every setting with where it came from, for the page that shows them.
    pub settings: Settings,
}

impl ServeArgs {
    /// Merges everything that was given and checks the whole.
    ///
    /// # Errors
    /// When a file cannot be read or a value is not allowed; the message has every mistake with its
    /// place and what to do.
    pub(crate) fn resolve(&self, defaults: Defaults) -> Result<Config> {
        let (file, settings, mut mistakes) = self.look_up(defaults);
        mistakes.retain(|mistake| !mistake.harmless);
        if mistakes.is_empty() {
            match Config::of(&settings, file) {
                Ok(config) => return Ok(Config { new_secrets_key: self.new_secrets_key, ..config }),
                Err(wrong) => mistakes.push(wrong),
            }
        }
        let tr = texts(Lang::En);
        let all: Vec<String> = mistakes.iter().map(|mistake| mistake.text(&tr)).collect();
        Err(anyhow!("{}", all.join("\n"))
            .context("the settings have mistakes; `mangrove config check` looks at them without starting"))
    }

    /// The file that is read, the settings, and every mistake.
    pub(crate) fn look_up(&self, defaults: Defaults) -> (Option<PathBuf>, Settings, Vec<Mistake>) {
        let mut given = Given {
            flags: self.flags.clone(),
            // Names and values that are not UTF-8 are none of ours.
            variables: std::env::vars_os()
                .filter_map(|(n, v)| Some((n.into_string().ok()?, v.into_string().ok()?)))
                .collect(),
            file: self.config.clone(),
            defaults: defaults.own.to_vec(),
        };
        if given.file.is_none() && defaults.looks_for_file {
            // Which folder that is can only be said by what is stronger than the file.
            let data = base_settings::resolve(&given).0.path("data").unwrap_or_default();
            given.file = [data.join(OWN_FILE), PathBuf::from(SYSTEM_FILE)].into_iter().find(|file| file.is_file());
        }
        let (settings, mistakes) = base_settings::resolve(&given);
        (given.file, settings, mistakes)
    }
}

/// The console's certificate, and whether the program made it itself.
pub(crate) fn certificate_file(config: &Config) -> (PathBuf, bool) {
    match &config.tls {
        Some((certificate, _)) => (certificate.clone(), false),
        None => (config.data.join("keys/console.crt"), true),
    }
}

/// A mistake of settings together, at the place where the named one was given.
pub(crate) fn together(settings: &Settings, name: &'static str, text: String) -> Mistake {
    let place = settings.get(name).map_or(Place::Default, |(_, place)| place.clone());
    Mistake { place, name: Some(name), wrong: Wrong::Together(text), harmless: false }
}

impl Config {
    /// Checks what the settings mean together.
    ///
    /// # Errors
    /// The first mistake.
    pub(crate) fn of(settings: &Settings, file: Option<PathBuf>) -> Result<Self, Mistake> {
        let wrong = |name: &'static str, text: &str| Err(together(settings, name, text.to_owned()));
        let http = settings.flag("http");
        // Plain HTTP is for this machine only: passwords must not cross a network in clear.
        let host = match (http, settings.is_given("host")) {
            (true, false) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            _ => settings.address("host").unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        };
        if http && !host.is_loopback() {
            let text = format!(
                "plain HTTP is only allowed on a loopback address, not on {host}; leave out http or set host to 127.0.0.1"
            );
            return Err(together(settings, "http", text));
        }
        let port = settings.number("port").filter(|_| settings.is_given("port") || !http).unwrap_or(8080);
        let tls = match (settings.path("tls-cert"), settings.path("tls-key")) {
            (Some(cert), Some(key)) => Some((cert, key)),
            (None, None) => None,
            (Some(_), None) => return wrong("tls-cert", "tls-cert and tls-key belong together; give both or none"),
            (None, Some(_)) => return wrong("tls-key", "tls-cert and tls-key belong together; give both or none"),
        };
        let (intake_client_ca, intake_client_required) =
            (settings.path("intake-client-ca"), settings.flag("intake-client-required"));
        if intake_client_required && intake_client_ca.is_none() {
            let text = "this needs intake-client-ca: the authorities whose certificates are accepted";
            return wrong("intake-client-required", text);
        }
        let watched = watched::all([
            (watched::How::Lines, settings.list("watch-lines")),
            (watched::How::Files, settings.list("watch-files")),
        ]);
        let watched = match watched {
            Ok(watched) => watched,
            Err(error) => return Err(together(settings, "watch-lines", error.to_string())),
        };
        let (metrics, metrics_token) = (settings.listen("metrics"), settings.text("metrics-token"));
        if metrics.is_some_and(|at| !at.ip().is_loopback()) && metrics_token.is_none() {
            return wrong(
                "metrics",
                "beyond a loopback address figures need metrics-token; set it, or listen on 127.0.0.1",
            );
        }
        if metrics_token.as_ref().is_some_and(|token| token.chars().count() < TOKEN_LEAST) {
            return wrong(
                "metrics-token",
                "the token has fewer than 16 characters and can be guessed; make a longer one",
            );
        }
        let after_days = settings.number("lake-cold-after").and_then(|days| u32::try_from(days).ok()).unwrap_or(30);
        Ok(Self {
            data: settings.path("data").unwrap_or_default(),
            listen: SocketAddr::new(host, u16::try_from(port).unwrap_or(8443)),
            http,
            tls,
            name: settings.text("name").unwrap_or_else(|| "localhost".to_owned()),
            syslog_udp: settings.listen("syslog-udp"),
            syslog_tcp: settings.listen("syslog-tcp"),
            syslog_tls: settings.listen("syslog-tls"),
            relp: settings.listen("relp"),
            relp_tls: settings.listen("relp-tls"),
            intake_http: settings.listen("intake-http"),
            intake_https: settings.listen("intake-https"),
            intake_client_ca,
            intake_client_required,
            watched,
            source_quota: settings.number("source-quota").and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
            second_factor: match settings.text("second-factor").as_deref() {
                Some("optional") => SecondFactor::Optional,
                _ => SecondFactor::Required,
            },
            outbound_ca: settings.path("outbound-ca"),
            // Not a setting: whoever resolves flags adds it.
            new_secrets_key: false,
            smtp: settings.text("smtp"),
            mail_from: settings.text("mail-from").unwrap_or_default(),
            database: settings.text("database"),
            audit_mail: settings.text("audit-mail"),
            audit_syslog: settings.text("audit-syslog"),
            content: settings.path("content"),
            lake_cold: settings.path("lake-cold").map(|dir| ColdTier { dir, after_days }),
            attack_samples: settings.path("attack-samples"),
            log: settings.text("log").unwrap_or_else(|| "info".to_owned()),
            log_json: settings.text("log-format").as_deref() == Some("json"),
            metrics,
            metrics_token,
            file,
            settings: settings.clone(),
        })
    }

    /// The address people type.
    #[must_use]
    pub(crate) fn url(&self) -> String {
        let scheme = if self.http { "http" } else { "https" };
        format!("{scheme}://{}:{}", self.name, self.listen.port())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(flags: &[(&str, &str)]) -> ServeArgs {
        let flags = flags.iter().map(|(n, v)| ((*n).to_owned(), vec![(*v).to_owned()])).collect();
        ServeArgs { flags, ..ServeArgs::default() }
    }

    fn refused(flags: &[(&str, &str)]) -> String {
        format!("{:#}", given(flags).resolve(Defaults::UP).expect_err("refused"))
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_defaults() {
        let dir = tempfile::tempdir().expect("temp dir");
        let path = dir.path().join("mangrove.toml");
        std::fs::write(&path, "port = 9000\nname = \"mangrove.example\"\nsyslog-udp = \"off\"\n").expect("writes");
        let args = ServeArgs { config: Some(path), ..given(&[("port", "9100")]) };
        let config = args.resolve(Defaults::UP).expect("resolves");
        assert_eq!(config.url(), "https://mangrove.example:9100");
        assert_eq!(config.syslog_udp, None);
        assert!(config.syslog_tcp.is_some());
    }

    #[test]
    fn the_file_of_the_data_folder_is_found_but_not_by_the_demo() {
        let dir = tempfile::tempdir().expect("temp dir");
        std::fs::write(dir.path().join(OWN_FILE), "name = \"own.example\"\n").expect("writes");
        let args = given(&[("data", dir.path().to_str().expect("UTF-8"))]);
        assert_eq!(args.resolve(Defaults::UP).expect("resolves").name, "own.example");
        let demo = args.resolve(Defaults::DEMO).expect("resolves");
        assert_eq!((demo.name.as_str(), demo.log.as_str()), ("localhost", "warn"));
    }

    #[test]
    fn plain_http_stays_on_this_machine() {
        assert!(refused(&[("http", "true"), ("host", "0.0.0.0")]).contains("loopback"));
        let config = given(&[("http", "true")]).resolve(Defaults::UP).expect("resolves");
        assert!(config.listen.ip().is_loopback() && config.listen.port() == 8080);
    }

    #[test]
    fn what_belongs_together_is_asked_for_together() {
        assert!(refused(&[("intake-client-required", "true")]).contains("intake-client-ca"));
        assert!(refused(&[("tls-cert", "/a.pem")]).contains("belong together"));
        assert!(refused(&[("metrics", "0.0.0.0:9464")]).contains("metrics-token"));
        assert!(refused(&[("metrics", "127.0.0.1:9464"), ("metrics-token", "short")]).contains("16 characters"));
        assert!(refused(&[("watch-lines", "web")]).contains("NAME=DIR/PATTERN"));
        let config = given(&[("relp", "127.0.0.1:2514")]).resolve(Defaults::UP).expect("resolves");
        assert!(config.relp.is_some() && config.relp_tls.is_none() && config.syslog_tls.is_none());
    }

    #[test]
    fn every_setting_is_a_flag() {
        let command = ServeArgs::augment_args(Command::new("up"));
        let matches = command.try_get_matches_from([
            "up",
            "--http",
            "--port=9000",
            "--watch-lines",
            "a=/a/*",
            "--smtp-file",
            "/x",
        ]);
        let args = ServeArgs::from_arg_matches(&matches.expect("parses")).expect("reads");
        let names: Vec<&str> = args.flags.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["port", "http", "watch-lines", "smtp-file"]);
    }
}
