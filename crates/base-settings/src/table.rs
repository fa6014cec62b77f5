//! Every setting of the server.

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A file.
    File,
    /// A folder.
    Folder,
    /// An IP address.
    Address,
    /// A port, 1 to 65535.
    Port,
    /// `ADDRESS:PORT`, or `off`.
    Listen,
    /// Yes or no.
    Flag,
    /// A whole number between the two, both included.
    Number(u64, u64),
    /// Several texts.
    List,
    /// An address such as `smtp://…` with one of these schemes.
    Url(&'static [&'static str]),
    /// One of these words.
    Choice(&'static [&'static str]),
}

impl Kind {
    /// What stands for the value in the help of the command line.
    #[must_use]
    pub const fn value_name(self) -> &'static str {
        match self {
            Self::Text => "TEXT",
            Self::File => "FILE",
            Self::Folder => "DIR",
            Self::Address => "ADDRESS",
            Self::Port => "PORT",
            Self::Listen => "ADDRESS:PORT",
            Self::Flag => "true|false",
            Self::Number(..) => "NUMBER",
            Self::List => "NAME=DIR/PATTERN",
            Self::Url(_) => "URL",
            Self::Choice(_) => "WORD",
        }
    }
}

/// What belongs together in the manual and in the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Data folder, log.
    General,
    /// Console and API.
    Console,
    /// What receives events.
    Intake,
    /// Mail.
    Mail,
    /// Copies of the audit trail's checkpoints.
    Audit,
    /// Event lake.
    Lake,
    /// Rules and samples.
    Content,
    /// Figures for monitoring.
    Watch,
}

impl Group {
    /// In the order of the manual.
    pub const ALL: [Self; 8] =
        [Self::General, Self::Console, Self::Intake, Self::Mail, Self::Audit, Self::Lake, Self::Content, Self::Watch];

    /// Part of the key of its text.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::Console => "console",
            Self::Intake => "intake",
            Self::Mail => "mail",
            Self::Audit => "audit",
            Self::Lake => "lake",
            Self::Content => "content",
            Self::Watch => "watch",
        }
    }

    /// Heading in the help of the command line.
    #[must_use]
    pub const fn heading(self) -> &'static str {
        match self {
            Self::General => "General",
            Self::Console => "Console",
            Self::Intake => "Events from the network and from files",
            Self::Mail => "Mail",
            Self::Audit => "Audit trail",
            Self::Lake => "Event lake",
            Self::Content => "Content",
            Self::Watch => "Monitoring",
        }
    }
}

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Key in the file and long flag: `syslog-udp`.
    pub name: &'static str,
    /// What its value looks like.
    pub kind: Kind,
    /// What holds where nothing is given; empty for none.
    pub default: &'static str,
    /// What is counted, such as `days`; empty where nothing is.
    pub unit: &'static str,
    /// For a secret: the setting that names a file with it. The value is never shown.
    pub secret_file: Option<&'static str>,
    /// What it belongs to.
    pub group: Group,
    /// A value as one would write it, for the manual; empty where the default says enough.
    pub example: &'static str,
}

impl Setting {
    /// Its environment variable: `MANGROVE_SYSLOG_UDP`.
    #[must_use]
    pub fn variable(&self) -> String {
        variable(self.name)
    }
}

/// The environment variable of a name.
#[must_use]
pub fn variable(name: &str) -> String {
    format!("MANGROVE_{}", name.replace('-', "_").to_uppercase())
}

const fn plain(name: &'static str, kind: Kind, default: &'static str, group: Group, example: &'static str) -> Setting {
    Setting { name, kind, default, unit: "", secret_file: None, group, example }
}

const fn counted(
    name: &'static str,
    range: (u64, u64),
    default: &'static str,
    unit: &'static str,
    group: Group,
) -> Setting {
    Setting { name, kind: Kind::Number(range.0, range.1), default, unit, secret_file: None, group, example: "" }
}

const fn secret(name: &'static str, file: &'static str, kind: Kind, group: Group, example: &'static str) -> Setting {
    Setting { name, kind, default: "", unit: "", secret_file: Some(file), group, example }
}

/// Every setting. A new one needs its line here and its text in both `locales/`; the manual
/// follows (`MANGROVE_BLESS=1 cargo test -p base-settings`).
pub const TABLE: &[Setting] = &[
    plain("data", Kind::Folder, "mangrove-data", Group::General, "/var/lib/mangrove"),
    secret(
        "database",
        "database-file",
        Kind::Url(&["postgres", "postgresql", "sqlite"]),
        Group::General,
        "postgres://mangrove@/mangrove?host=/var/run/postgresql",
    ),
    plain("log", Kind::Text, "info", Group::General, "info,sqlx=warn"),
    plain("log-format", Kind::Choice(&["text", "json"]), "text", Group::General, ""),
    plain("host", Kind::Address, "0.0.0.0", Group::Console, "10.0.0.5"),
    plain("port", Kind::Port, "8443", Group::Console, ""),
    plain("http", Kind::Flag, "false", Group::Console, ""),
    plain("tls-cert", Kind::File, "", Group::Console, "/etc/mangrove/console.crt"),
    plain("tls-key", Kind::File, "", Group::Console, "/etc/mangrove/console.key"),
    plain("name", Kind::Text, "localhost", Group::Console, "mangrove.camau.example"),
    plain("second-factor", Kind::Choice(&["required", "optional"]), "required", Group::Console, ""),
    plain("outbound-ca", Kind::File, "", Group::Console, "/etc/mangrove/province-ca.pem"),
    plain("syslog-udp", Kind::Listen, "0.0.0.0:5514", Group::Intake, ""),
    plain("syslog-tcp", Kind::Listen, "0.0.0.0:5514", Group::Intake, ""),
    plain("syslog-tls", Kind::Listen, "off", Group::Intake, "0.0.0.0:6514"),
    plain("relp", Kind::Listen, "off", Group::Intake, "0.0.0.0:2514"),
    plain("relp-tls", Kind::Listen, "off", Group::Intake, "0.0.0.0:2515"),
    plain("intake-http", Kind::Listen, "off", Group::Intake, "10.0.0.1:9200"),
    plain("intake-https", Kind::Listen, "off", Group::Intake, "0.0.0.0:9200"),
    plain("intake-client-ca", Kind::File, "", Group::Intake, "/etc/mangrove/senders-ca.pem"),
    plain("intake-client-required", Kind::Flag, "false", Group::Intake, ""),
    plain("watch-lines", Kind::List, "", Group::Intake, "web=/var/log/nginx/*.log"),
    plain("watch-files", Kind::List, "", Group::Intake, "evtx=/srv/evtx/*.evtx"),
    counted("source-quota", (0, 4_294_967_295), "0", "records-per-second", Group::Intake),
    secret(
        "smtp",
        "smtp-file",
        Kind::Url(&["smtp", "smtp+starttls", "smtps"]),
        Group::Mail,
        "smtp+starttls://mangrove@mail.example:587",
    ),
    plain(
        "mail-from",
        Kind::Text,
        "Mangrove <mangrove@localhost>",
        Group::Mail,
        "Ứng cứu sự cố <ungcuu@camau.example>",
    ),
    plain("audit-mail", Kind::Text, "", Group::Audit, "kiemtoan@tinh.example"),
    plain("audit-syslog", Kind::Text, "", Group::Audit, "10.0.0.9:514"),
    plain("lake-cold", Kind::Folder, "", Group::Lake, "/mnt/large/mangrove"),
    counted("lake-cold-after", (1, 36_525), "30", "days", Group::Lake),
    plain("content", Kind::Folder, "", Group::Content, "/etc/mangrove/content"),
    plain("attack-samples", Kind::Folder, "", Group::Content, "/srv/samples"),
    plain("metrics", Kind::Listen, "off", Group::Watch, "127.0.0.1:9464"),
    secret("metrics-token", "metrics-token-file", Kind::Text, Group::Watch, ""),
];

/// The setting of this name.
#[must_use]
pub fn setting(name: &str) -> Option<&'static Setting> {
    TABLE.iter().find(|setting| setting.name == name)
}
